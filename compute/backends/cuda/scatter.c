/* The verb of scattering: what is uploaded, launched and read back. */
#include "compute/backends/cuda/scatter.h"

#include <string.h>

#include "compute/backends/cuda/cuda-private.h"

/* Centres that a launch takes. */
#define CENTRES_AT_ONCE 32

/* What a round has on the device; freed when it ends. */
typedef struct
{
  LloydCuda *cuda;
  LloydScatterRound *round;
  float *centres_dev;
  LloydCudaScatter *result_dev;
  size_t *rows_dev;
  /* Where the distances stand after the round. */
  double *nearest_dev;
  LloydCudaScatter result;
} Job;

static gboolean
prepare (Job *job, gboolean is_first, GError **error)
{
  LloydCuda *self = job->cuda;
  const LloydScatterRound *round = job->round;
  size_t n_values = (size_t) round->n_centres * self->d;
  double **tried = round->is_trial ? &self->tried_dev : &self->scattered_dev;

  job->result = (LloydCudaScatter){ .farthest = G_MAXUINT64 };
  if (!lloyd_cuda_keep (self, (gpointer *) &self->scattered_dev, self->n, sizeof (double), error) ||
      !lloyd_cuda_keep (self, (gpointer *) tried, self->n, sizeof (double), error) ||
      !lloyd_cuda_allocate ((gpointer *) &job->centres_dev, n_values, sizeof (float), error) ||
      !lloyd_cuda_allocate ((gpointer *) &job->result_dev, 1, sizeof job->result, error) ||
      !lloyd_cuda_upload (self, job->centres_dev, round->centres, n_values * sizeof (float),
                          error) ||
      !lloyd_cuda_upload (self, job->result_dev, &job->result, sizeof job->result, error))
    return FALSE;
  job->nearest_dev = *tried;
  return !is_first ||
         lloyd_cuda_check (lloyd_cuda_fill_infinity (self->scattered_dev, self->n, self->stream),
                           "lloyd_cuda_fill_infinity", error);
}

/* Some centres, and the distances before them. */
typedef struct
{
  Job *job;
  guint first;
  guint count;
  const double *before_dev;
} Pass;

static cudaError_t
take_part (LloydCuda *self, LloydCudaView part, size_t offset, gpointer data)
{
  const Pass *pass = data;
  (void) offset;
  return lloyd_cuda_take_centres (
      lloyd_cuda_points (self), part, pass->job->centres_dev + (size_t) pass->first * self->d,
      pass->count, pass->before_dev, pass->job->nearest_dev, pass->job->result_dev, self->stream);
}

/* A few centres a launch; the largest distance counts only once all of them are taken. */
static gboolean
take_centres (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCuda *self = job->cuda;
  LloydCudaView rows = { .count = self->n };
  guint m = job->round->n_centres;

  for (guint c = 0; c < m; c += CENTRES_AT_ONCE)
    {
      Pass pass = { job, c, MIN (m - c, (guint) CENTRES_AT_ONCE),
                    c == 0 ? self->scattered_dev : job->nearest_dev };
      if (!LLOYD_CUDA_TRY (
              cudaMemsetAsync (&job->result_dev->largest, 0, sizeof (guint64), self->stream),
              error) ||
          !LLOYD_CUDA_TRY (
              cudaMemsetAsync (&job->result_dev->heaviest, 0, sizeof (guint64), self->stream),
              error) ||
          !lloyd_cuda_for_each_part (self, NULL, rows, 3.0 * self->d * pass.count, take_part, &pass,
                                     cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
find_farthest (Job *job, GError **error)
{
  LloydCuda *self = job->cuda;
  if (!lloyd_cuda_check (lloyd_cuda_find_farthest (lloyd_cuda_points (self), self->n,
                                                   job->nearest_dev, job->result_dev, self->stream),
                         "lloyd_cuda_find_farthest", error) ||
      !lloyd_cuda_download (self, &job->result, job->result_dev, sizeof job->result, error))
    return FALSE;
  memcpy (&job->round->distance, &job->result.largest, sizeof (double));
  job->round->farthest = job->result.farthest;
  return TRUE;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  size_t x = *(const size_t *) a, y = *(const size_t *) b;
  return (x > y) - (x < y);
}

/* Draws into room for `capacity` rows; n_drawn says how many there were. */
static gboolean
draw_into (Job *job, const LloydCudaDraws *draws, size_t capacity, GError **error)
{
  LloydCuda *self = job->cuda;
  cudaFree (job->rows_dev);
  job->rows_dev = NULL;
  return lloyd_cuda_allocate ((gpointer *) &job->rows_dev, capacity, sizeof (size_t), error) &&
         LLOYD_CUDA_TRY (
             cudaMemsetAsync (&job->result_dev->n_drawn, 0, sizeof (guint64), self->stream),
             error) &&
         lloyd_cuda_check (lloyd_cuda_draw_rows (lloyd_cuda_points (self), self->n,
                                                 job->nearest_dev, *draws, job->rows_dev, capacity,
                                                 job->result_dev, self->stream),
                           "lloyd_cuda_draw_rows", error) &&
         lloyd_cuda_download (self, &job->result, job->result_dev, sizeof job->result, error);
}

static gboolean
draw_rows (Job *job, GError **error)
{
  LloydCuda *self = job->cuda;
  LloydScatterRound *round = job->round;
  double heaviest;
  memcpy (&heaviest, &job->result.heaviest, sizeof heaviest);
  LloydCudaDraws draws = { round->n_wanted, round->seed, round->round,
                           lloyd_sample_scale (self->n, heaviest), 0 };
  /* As many as wanted are to be expected, and seldom twice as many. */
  size_t capacity = (size_t) MIN ((guint64) self->n, 2 * round->n_wanted + 64);

  g_array_set_size (round->rows, 0);
  if (!lloyd_cuda_check (lloyd_cuda_sum_all_weights (lloyd_cuda_points (self), self->n,
                                                     job->nearest_dev, draws.scale, job->result_dev,
                                                     self->stream),
                         "lloyd_cuda_sum_all_weights", error) ||
      !lloyd_cuda_download (self, &job->result, job->result_dev, sizeof job->result, error))
    return FALSE;
  draws.total = job->result.total;
  if (draws.total == 0)
    return TRUE;
  if (!draw_into (job, &draws, capacity, error) ||
      (job->result.n_drawn > capacity && !draw_into (job, &draws, job->result.n_drawn, error)))
    return FALSE;
  g_array_set_size (round->rows, (guint) job->result.n_drawn);
  if (!lloyd_cuda_download (self, round->rows->data, job->rows_dev,
                            job->result.n_drawn * sizeof (size_t), error))
    return FALSE;
  g_array_sort (round->rows, compare_rows);
  return TRUE;
}

gboolean
lloyd_cuda_verb_scatter (LloydEngine *engine,
                         LloydScatterRound *round,
                         gboolean is_first,
                         GCancellable *cancellable,
                         GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  Job job = { .cuda = self, .round = round };

  g_return_val_if_fail (!round->is_trial || round->nearest != NULL, FALSE);
  gboolean is_done =
      LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) && prepare (&job, is_first, error) &&
      take_centres (&job, cancellable, error) && find_farthest (&job, error) &&
      (round->nearest == NULL || lloyd_cuda_download (self, round->nearest, job.nearest_dev,
                                                      self->n * sizeof (double), error)) &&
      (round->n_wanted == 0 || draw_rows (&job, error));
  cudaFree (job.centres_dev);
  cudaFree (job.result_dev);
  cudaFree (job.rows_dev);
  return is_done;
}
