#include "compute/backends/cuda/ceilings.h"

#include "compute/backends/cuda/ceilings-kernels.h"
#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/backends/cuda/units.h"
#include "compute/clock.h"
#include "compute/error.h"
#include "compute/words.h"

/* A launch grows by so much until it takes so long, so that its start does not count; then it is
 * done so often at least, and for so long: a clock that was at rest needs time to go up. A device
 * that shows a desktop is never held for long. */
#define GROWTH 4
#define ENOUGH_MS 2.0f
#define MAX_ROUNDS (1u << 24)
#define REPEATS 5
/* Much more than any cache holds. */
#define MAX_BYTES ((size_t) 4 << 30)
#define MEMORY_PART 4
#define WORD_BYTES 16

static gint64 running_ns = 150000000;

void
lloyd_cuda_hurry_ceilings (void)
{
  running_ns = 0;
}

typedef struct
{
  unsigned int n_blocks;
  cudaStream_t stream;
  cudaEvent_t start;
  cudaEvent_t stop;
  float *sink_dev;
  void *words_dev;
  size_t n_words;
} Bench;

typedef cudaError_t (*Launch) (const Bench *self, unsigned int rounds);

static cudaError_t
multiply_halves (const Bench *self, unsigned int rounds)
{
  return lloyd_cuda_multiply_halves (rounds, self->n_blocks, self->sink_dev, self->stream);
}

#ifdef LLOYD_CUDA_WGMMA
static cudaError_t
multiply_wgmma (const Bench *self, unsigned int rounds)
{
  return lloyd_cuda_multiply_wgmma (rounds, self->n_blocks, self->sink_dev, self->stream);
}
#endif

static cudaError_t
multiply_floats (const Bench *self, unsigned int rounds)
{
  return lloyd_cuda_multiply_floats (rounds, self->n_blocks, self->sink_dev, self->stream);
}

static cudaError_t
read_words (const Bench *self, unsigned int rounds)
{
  return lloyd_cuda_read_words (rounds, self->n_blocks, self->words_dev, self->n_words,
                                self->sink_dev, self->stream);
}

static gboolean
time_launch (const Bench *self,
             Launch launch,
             unsigned int rounds,
             float *ms,
             GCancellable *cancellable,
             GError **error)
{
  return !g_cancellable_set_error_if_cancelled (cancellable, error) &&
         LLOYD_CUDA_TRY (cudaEventRecord (self->start, self->stream), error) &&
         lloyd_cuda_check (launch (self, rounds), "a measurement of what the GPU can do", error) &&
         LLOYD_CUDA_TRY (cudaEventRecord (self->stop, self->stream), error) &&
         LLOYD_CUDA_TRY (cudaEventSynchronize (self->stop), error) &&
         LLOYD_CUDA_TRY (cudaEventElapsedTime (ms, self->start, self->stop), error);
}

/* 10^9 of what a round does `work` of, a second, in the fastest launch. */
static gboolean
find_rate (const Bench *self,
           Launch launch,
           double work,
           double *rate,
           GCancellable *cancellable,
           GError **error)
{
  unsigned int rounds = 1;
  gint64 start_ns = lloyd_clock_ns ();
  float ms, fastest;

  /* The first brings the kernel onto the device. */
  if (!time_launch (self, launch, rounds, &ms, cancellable, error) ||
      !time_launch (self, launch, rounds, &fastest, cancellable, error))
    return FALSE;
  while (fastest < ENOUGH_MS && rounds < MAX_ROUNDS)
    {
      rounds *= GROWTH;
      if (!time_launch (self, launch, rounds, &fastest, cancellable, error))
        return FALSE;
    }
  for (guint i = 1; i < REPEATS || lloyd_clock_ns () < start_ns + running_ns; i++)
    {
      if (!time_launch (self, launch, rounds, &ms, cancellable, error))
        return FALSE;
      fastest = MIN (fastest, ms);
    }
  if (!(fastest > 0.0f))
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                           _ ("the GPU's clock does not tell how long a kernel takes"));
      return FALSE;
    }
  *rate = work * rounds / (double) fastest * 1e-6;
  return TRUE;
}

static gboolean
open_bench (Bench *self, int device, GError **error)
{
  struct cudaDeviceProp properties;
  size_t n_free, n_all;

  if (!LLOYD_CUDA_TRY (cudaSetDevice (device), error) ||
      !LLOYD_CUDA_TRY (cudaGetDeviceProperties (&properties, device), error) ||
      !LLOYD_CUDA_TRY (cudaMemGetInfo (&n_free, &n_all), error) ||
      !LLOYD_CUDA_TRY (cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking), error) ||
      !LLOYD_CUDA_TRY (cudaEventCreate (&self->start), error) ||
      !LLOYD_CUDA_TRY (cudaEventCreate (&self->stop), error))
    return FALSE;
  self->n_blocks =
      LLOYD_CUDA_CEILING_BLOCKS * (unsigned int) MAX (properties.multiProcessorCount, 1);
  size_t turn = (size_t) self->n_blocks * LLOYD_CUDA_CEILING_THREADS * LLOYD_CUDA_CEILING_READS;
  self->n_words = MAX (MIN (n_free / MEMORY_PART, MAX_BYTES) / WORD_BYTES / turn, 1) * turn;
  return lloyd_cuda_allocate ((gpointer *) &self->sink_dev, 1, sizeof (float), error) &&
         lloyd_cuda_allocate (&self->words_dev, self->n_words, WORD_BYTES, error) &&
         LLOYD_CUDA_TRY (
             cudaMemsetAsync (self->words_dev, 0, self->n_words * WORD_BYTES, self->stream), error);
}

/* An error here has been said before or changes nothing any more. */
static void
close_bench (Bench *self)
{
  if (self->stream != NULL)
    cudaStreamSynchronize (self->stream);
  cudaFree (self->words_dev);
  cudaFree (self->sink_dev);
  if (self->stop != NULL)
    cudaEventDestroy (self->stop);
  if (self->start != NULL)
    cudaEventDestroy (self->start);
  if (self->stream != NULL)
    cudaStreamDestroy (self->stream);
}

/* Of the faster way to the matrix unit. */
static gboolean
find_products (
    const Bench *self, int device, double *gops, GCancellable *cancellable, GError **error)
{
  double n_tiles = (double) self->n_blocks * LLOYD_CUDA_CEILING_THREADS * LLOYD_CUDA_CEILING_TILES;
  const char *reason;
  if (!find_rate (self, multiply_halves, n_tiles / 32 * 2.0 * 16 * 8 * 16, gops, cancellable,
                  error) ||
      !lloyd_cuda_check_unit (device, LLOYD_CUDA_WGMMA_UNIT, &reason, error))
    return FALSE;
  if (reason != NULL)
    return TRUE;
#ifdef LLOYD_CUDA_WGMMA
  double found;
  if (!find_rate (self, multiply_wgmma, n_tiles / 128 * 2.0 * 64 * 64 * 16, &found, cancellable,
                  error))
    return FALSE;
  *gops = MAX (*gops, found);
#endif
  return TRUE;
}

static gboolean
measure (
    const Bench *self, int device, LloydCeilings *found, GCancellable *cancellable, GError **error)
{
  double n_threads = (double) self->n_blocks * LLOYD_CUDA_CEILING_THREADS;
  return find_products (self, device, &found->gops, cancellable, error) &&
         find_rate (self, multiply_floats, n_threads * LLOYD_CUDA_CEILING_SUMS * 2.0,
                    &found->gops_float, cancellable, error) &&
         find_rate (self, read_words, (double) self->n_words * WORD_BYTES, &found->gbytes,
                    cancellable, error);
}

gboolean
lloyd_cuda_find_ceilings (int device,
                          LloydCeilings *found,
                          GCancellable *cancellable,
                          GError **error)
{
  Bench bench = { 0 };
  LloydCeilings seen = { 0 };

  if (!lloyd_backend_cuda.probe (device, NULL, NULL, error))
    return FALSE;
  gboolean is_done =
      open_bench (&bench, device, error) && measure (&bench, device, &seen, cancellable, error);
  close_bench (&bench);
  if (is_done)
    *found = seen;
  return is_done;
}
