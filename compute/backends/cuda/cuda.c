#include "compute/backends/cuda/cuda.h"

#include "compute/backends/cuda/bridge.h"
#include "compute/backends/cuda/ceilings.h"
#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/units.h"
#include "compute/backends/row.h"
#include "compute/error.h"
#include "compute/team.h"
#include "compute/words.h"

/* Kernels need at least this compute capability. */
#define MIN_CAPABILITY 75
/* Beyond so many dimensions what the matrix unit may lose makes its screen of no use. */
#define MAX_REDUCED_DIMS 16384
/* Below this many rows threads are not worth their waking. */
#define MIN_SHARED_ROWS 10000

/* ---- errors -------------------------------------------------------------------------------- */

/* What ended the use of CUDA in this process. */
static char *death;
G_LOCK_DEFINE_STATIC (death);

const char *
lloyd_cuda_death (void)
{
  G_LOCK (death);
  const char *sentence = death;
  G_UNLOCK (death);
  return sentence;
}

void
lloyd_cuda_revive (void)
{
  G_LOCK (death);
  g_clear_pointer (&death, g_free);
  G_UNLOCK (death);
}

/* After these no call succeeds any more: something in the device's memory or in its clockwork went
 * wrong, which only a new process mends. In between are refusals: a launch that wants more than
 * there is (701, 720), memory that is registered or not (704, 705, 712, 713). */
static gboolean
is_sticky (cudaError_t code)
{
  switch ((int) code)
    {
    case 214:
    case 220:
    case 700:
    case 702:
    case 709:
    case 710:
    case 714:
    case 715:
    case 716:
    case 717:
    case 718:
    case 719:
    case 721:
      return TRUE;
    default:
      return FALSE;
    }
}

static _Thread_local const char *last_kernel;

void
lloyd_cuda_note_kernel (const char *kernel)
{
  last_kernel = kernel;
}

static void
die (const char *sentence)
{
  G_LOCK (death);
  if (death == NULL)
    death = g_strdup (sentence);
  G_UNLOCK (death);
}

gboolean
lloyd_cuda_check (cudaError_t code, const char *call, GError **error)
{
  if (code == cudaSuccess)
    return TRUE;
  LloydErrorCode kind = code == cudaErrorMemoryAllocation ? LLOYD_ERROR_MEMORY : LLOYD_ERROR_DEVICE;
  /* What went wrong on the device is told by whatever call comes next. */
  gboolean has_kernel = last_kernel != NULL && code != cudaErrorMemoryAllocation;
  g_autofree char *sentence =
      has_kernel ? g_strdup_printf (_ ("CUDA error %d (%s) in %s, after %s"), (int) code,
                                    cudaGetErrorString (code), call, last_kernel)
                 : g_strdup_printf (_ ("CUDA error %d (%s) in %s"), (int) code,
                                    cudaGetErrorString (code), call);
  /* An error that is not sticky is taken off, so that the next call does not see it. */
  if (is_sticky (code))
    die (sentence);
  else
    cudaGetLastError ();
  g_set_error_literal (error, LLOYD_ERROR, kind, sentence);
  return FALSE;
}

static gboolean
check_allocation (
    cudaError_t code, const char *call, const char *where, size_t bytes, GError **error)
{
  if (code != cudaErrorMemoryAllocation)
    return lloyd_cuda_check (code, call, error);
  g_autofree char *need = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  cudaGetLastError ();
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
               _ ("not enough memory %s: %s needed at once"), _ (where), need);
  return FALSE;
}

static gboolean
check_bytes (size_t n, size_t size, const char *where, size_t *bytes, GError **error)
{
  if (g_size_checked_mul (bytes, MAX (n, 1), size))
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
               _ ("not enough memory %s: more bytes than can be addressed"), _ (where));
  return FALSE;
}

gboolean
lloyd_cuda_allocate (gpointer *pointer, size_t n, size_t size, GError **error)
{
  size_t bytes;
  if (*pointer != NULL)
    return TRUE;
  return check_bytes (n, size, N_ ("on the GPU"), &bytes, error) &&
         check_allocation (cudaMalloc (pointer, bytes), "cudaMalloc", N_ ("on the GPU"), bytes,
                           error);
}

gboolean
lloyd_cuda_pin (gpointer *pointer, size_t n, size_t size, GError **error)
{
  size_t bytes;
  if (*pointer != NULL)
    return TRUE;
  return check_bytes (n, size, N_ ("for the GPU"), &bytes, error) &&
         check_allocation (cudaMallocHost (pointer, bytes), "cudaMallocHost", N_ ("for the GPU"),
                           bytes, error);
}

gboolean
lloyd_cuda_keep (LloydCuda *self, gpointer *pointer, size_t n, size_t size, GError **error)
{
  if (*pointer != NULL)
    return TRUE;
  if (!lloyd_cuda_allocate (pointer, n, size, error))
    return FALSE;
  size_t bytes = n * size;
  g_ptr_array_add (self->kept, pointer);
  g_array_append_val (self->kept_bytes, bytes);
  self->held_bytes += bytes;
  self->engine.device_bytes = MAX (self->engine.device_bytes, self->held_bytes);
  return TRUE;
}

void
lloyd_cuda_release (LloydCuda *self, gpointer *pointer)
{
  if (*pointer == NULL)
    return;
  guint index;
  cudaFree (*pointer);
  *pointer = NULL;
  if (!g_ptr_array_find (self->kept, pointer, &index))
    return;
  self->held_bytes -= g_array_index (self->kept_bytes, size_t, index);
  g_ptr_array_remove_index_fast (self->kept, index);
  g_array_remove_index_fast (self->kept_bytes, index);
}

gboolean
lloyd_cuda_upload (LloydCuda *self, void *dev, const void *host, size_t bytes, GError **error)
{
  return LLOYD_CUDA_TRY (cudaMemcpyAsync (dev, host, bytes, cudaMemcpyHostToDevice, self->stream),
                         error) &&
         LLOYD_CUDA_TRY (cudaStreamSynchronize (self->stream), error);
}

gboolean
lloyd_cuda_download (LloydCuda *self, void *host, const void *dev, size_t bytes, GError **error)
{
  return LLOYD_CUDA_TRY (cudaMemcpyAsync (host, dev, bytes, cudaMemcpyDeviceToHost, self->stream),
                         error) &&
         LLOYD_CUDA_TRY (cudaStreamSynchronize (self->stream), error);
}

/* ---- probe --------------------------------------------------------------------------------- */

static gboolean
check_driver (GError **error)
{
  int driver = 0, runtime = 0;
  if (cudaDriverGetVersion (&driver) != cudaSuccess || driver == 0)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("no NVIDIA driver found"));
      return FALSE;
    }
  if (!LLOYD_CUDA_TRY (cudaRuntimeGetVersion (&runtime), error))
    return FALSE;
  if (driver / 1000 < runtime / 1000)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   _ ("the NVIDIA driver knows CUDA %d.%d, and this program needs %d.%d"),
                   driver / 1000, driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
      return FALSE;
    }
  return TRUE;
}

/* What decides how fast it is, clocks at most. Yours. */
static char *
dup_detail (const struct cudaDeviceProp *about, int core_khz, int memory_khz)
{
  g_autofree char *memory = g_format_size_full (about->totalGlobalMem, G_FORMAT_SIZE_IEC_UNITS);
  return g_strdup_printf ("sm_%d%d, %d multiprocessors up to %d MHz, %s up to %d MHz", about->major,
                          about->minor, about->multiProcessorCount, core_khz / 1000, memory,
                          memory_khz / 1000);
}

static gboolean
probe (int device, char **name, char **detail, GError **error)
{
  int n_devices = 0, core_khz = 0, memory_khz = 0;
  struct cudaDeviceProp properties;

  if (lloyd_cuda_death () != NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   _ ("the GPU failed (%s) and cannot be used until the program is started anew"),
                   lloyd_cuda_death ());
      return FALSE;
    }
  if (!check_driver (error))
    return FALSE;
  cudaError_t code = cudaGetDeviceCount (&n_devices);
  if (code == cudaErrorNoDevice || (code == cudaSuccess && n_devices == 0))
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("no NVIDIA GPU found"));
      return FALSE;
    }
  if (!lloyd_cuda_check (code, "cudaGetDeviceCount", error))
    return FALSE;
  if (device >= n_devices)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   _ ("there is no GPU %d; the last one is GPU %d"), device, n_devices - 1);
      return FALSE;
    }
  if (!LLOYD_CUDA_TRY (cudaGetDeviceProperties (&properties, device), error))
    return FALSE;
  if (properties.major * 10 + properties.minor < MIN_CAPABILITY)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   _ ("%s has compute capability %d.%d, and at least %d.%d is needed"),
                   properties.name, properties.major, properties.minor, MIN_CAPABILITY / 10,
                   MIN_CAPABILITY % 10);
      return FALSE;
    }
  if (detail != NULL &&
      (!LLOYD_CUDA_TRY (cudaDeviceGetAttribute (&core_khz, cudaDevAttrClockRate, device), error) ||
       !LLOYD_CUDA_TRY (cudaDeviceGetAttribute (&memory_khz, cudaDevAttrMemoryClockRate, device),
                        error)))
    return FALSE;
  if (name != NULL)
    *name = g_strdup (properties.name);
  if (detail != NULL)
    *detail = dup_detail (&properties, core_khz, memory_khz);
  return TRUE;
}

static guint
count (void)
{
  int n_devices = 0;
  if (lloyd_cuda_death () != NULL || !check_driver (NULL) ||
      cudaGetDeviceCount (&n_devices) != cudaSuccess)
    return 0;
  return (guint) MAX (n_devices, 0);
}

/* ---- open ---------------------------------------------------------------------------------- */

static void
close_engine (LloydEngine *engine)
{
  LloydCuda *self = lloyd_cuda_of (engine);

  /* First: it reads the rows. An error here has been said before or changes nothing any more. */
  g_clear_pointer (&self->gallery, lloyd_cuda_gallery_close);
  lloyd_cuda_close_rows (self);
  lloyd_cuda_close_trail (self);
  lloyd_cuda_close_clusters (self);
  if (self->round_pinned != NULL)
    cudaFreeHost (self->round_pinned);
  while (self->kept->len > 0)
    lloyd_cuda_release (self, self->kept->pdata[self->kept->len - 1]);
  g_ptr_array_unref (self->kept);
  g_array_unref (self->kept_bytes);
  if (self->start != NULL)
    cudaEventDestroy (self->start);
  if (self->stop != NULL)
    cudaEventDestroy (self->stop);
  if (self->copy_stream != NULL)
    cudaStreamDestroy (self->copy_stream);
  if (self->stream != NULL)
    cudaStreamDestroy (self->stream);
  lloyd_cuda_rescue_clear (&self->rescue);
  lloyd_engine_clear (engine);
  g_free (self->detail);
  g_free (self);
}

/* A share of the rows for each thread. */
typedef struct
{
  LloydCuda *cuda;
  guint n_parts;
  LloydWide *energies;
} EnergyJob;

static void
sum_energy (guint part, gpointer data)
{
  EnergyJob *job = data;
  const LloydEngine *engine = &job->cuda->engine;
  size_t n = job->cuda->n, first = n / job->n_parts * part;
  size_t end = part + 1 < job->n_parts ? n / job->n_parts * (part + 1) : n, d = job->cuda->d;

  if (engine->metric == LLOYD_METRIC_EUCLIDEAN && engine->points->weights == NULL)
    lloyd_wide_add_squares (&job->energies[part], engine->rows + first * d, (end - first) * d);
  else
    for (size_t i = first; i < end; i++)
      lloyd_engine_add_energy (engine, i, &job->energies[part]);
}

/* What the host finds out about the rows, on all its cores: the grid of their sums, their energy.
 */
static void
survey_rows (LloydCuda *self)
{
  guint n_parts =
      self->options.n_threads > 0 ? self->options.n_threads : lloyd_team_default_size ();
  if (self->n < MIN_SHARED_ROWS)
    n_parts = 1;
  LloydTeam *team = lloyd_team_new (n_parts, self->options.nice);
  g_autofree LloydWide *energies = g_new0 (LloydWide, n_parts);
  EnergyJob job = { self, n_parts, energies };

  self->engine.grid = lloyd_engine_new_grid (&self->engine, team);
  lloyd_team_run (team, n_parts, sum_energy, &job);
  for (guint i = 0; i < n_parts; i++)
    lloyd_wide_merge (&self->engine.energy, &energies[i]);
  lloyd_team_free (team);
}

/* An array of d values of the grid. */
static gboolean
upload_column (LloydCuda *self, gpointer *dev, const void *host, size_t size, GError **error)
{
  return lloyd_cuda_keep (self, dev, self->d, size, error) &&
         lloyd_cuda_upload (self, *dev, host, self->d * size, error);
}

static gboolean
upload_grid (LloydCuda *self, GError **error)
{
  const LloydGrid *grid = self->engine.grid;
  return upload_column (self, (gpointer *) &self->scale_dev, grid->scale, sizeof (double), error) &&
         upload_column (self, (gpointer *) &self->unit_dev, grid->unit, sizeof (double), error) &&
         upload_column (self, (gpointer *) &self->limit_dev, grid->limit, sizeof (float), error) &&
         upload_column (self, (gpointer *) &self->slot_dev, grid->slot, sizeof (int), error) &&
         upload_column (self, (gpointer *) &self->fine_scale_dev, grid->fine_scale, sizeof (double),
                        error);
}

static gboolean
upload_weights (LloydCuda *self, GError **error)
{
  const float *weights = self->engine.points->weights;
  return weights == NULL ||
         (lloyd_cuda_keep (self, (gpointer *) &self->weights_dev, self->n, sizeof (float), error) &&
          lloyd_cuda_upload (self, self->weights_dev, weights, self->n * sizeof (float), error));
}

static gboolean
make_labels (LloydCuda *self, GError **error)
{
  return lloyd_cuda_keep (self, (gpointer *) &self->labels_dev, self->n, sizeof (int), error)
         /* Every byte 255: no label. */
         &&
         LLOYD_CUDA_TRY (
             cudaMemsetAsync (self->labels_dev, 255, self->n * sizeof (int), self->stream), error);
}

static gboolean
open_device (LloydCuda *self, GError **error)
{
  struct cudaDeviceProp properties;
  if (!LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !LLOYD_CUDA_TRY (cudaGetDeviceProperties (&properties, self->device), error) ||
      !LLOYD_CUDA_TRY (cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking), error) ||
      !LLOYD_CUDA_TRY (cudaStreamCreateWithFlags (&self->copy_stream, cudaStreamNonBlocking),
                       error) ||
      !LLOYD_CUDA_TRY (cudaEventCreate (&self->start), error) ||
      !LLOYD_CUDA_TRY (cudaEventCreate (&self->stop), error))
    return FALSE;
  self->n_multiprocessors = MAX (properties.multiProcessorCount, 1);
  if (self->d <= LLOYD_CUDA_LOW_DIMS || self->d > MAX_REDUCED_DIMS)
    return TRUE;
  const char *reason = NULL;
  if (!lloyd_cuda_check_unit (self->device, LLOYD_CUDA_MMA_UNIT, &reason, error))
    return FALSE;
  self->has_reduced = reason == NULL;
  return TRUE;
}

/* What the engine's detail is until a unit is chosen. */
static void
take_detail (LloydCuda *self)
{
  char *detail = self->engine.device_detail;
  self->detail = g_strconcat (detail, self->is_streamed ? ", rows in parts" : "", NULL);
  self->engine.device_detail = g_strdup (self->detail);
  g_free (detail);
}

static gboolean
fill_device (LloydCuda *self, GError **error)
{
  if (!open_device (self, error) || !upload_grid (self, error) || !upload_weights (self, error) ||
      !make_labels (self, error) || !lloyd_cuda_open_rows (self, error))
    return FALSE;
  take_detail (self);
  return TRUE;
}

/* Takes the unit that is asked for; other names are of the CPU. */
static gboolean
take_unit (LloydCuda *self, const char *name, GError **error)
{
  self->wanted_unit = LLOYD_CUDA_N_UNITS;
  for (guint unit = 0; name != NULL && unit < LLOYD_CUDA_N_UNITS; unit++)
    if (g_str_equal (name, lloyd_cuda_unit_names[unit]))
      self->wanted_unit = (LloydCudaUnit) unit;
  return self->wanted_unit != LLOYD_CUDA_WGMMA_UNIT ||
         lloyd_cuda_try_way (self->device, name, error);
}

static LloydEngine *
open_engine (LloydPoints *points,
             const LloydEngineOptions *options,
             GCancellable *cancellable,
             GError **error)
{
  LloydCuda *self = g_new0 (LloydCuda, 1);
  g_autoptr (LloydEngine) engine = &self->engine;
  GError *failure = NULL;

  lloyd_engine_init (engine, &lloyd_backend_cuda, points, options->metric);
  lloyd_cuda_rescue_init (&self->rescue);
  self->kept = g_ptr_array_new ();
  self->kept_bytes = g_array_new (FALSE, FALSE, sizeof (size_t));
  self->n = points->n;
  self->d = points->d;
  self->device = options->device;
  self->options = *options;
  self->options.simd = NULL;
  engine->is_fast = options->is_fast;
  if (!probe (options->device, &engine->device_name, &engine->device_detail, error) ||
      !take_unit (self, options->simd, error))
    return NULL;

  survey_rows (self);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      (!fill_device (self, &failure) && !lloyd_cuda_rescue (engine, failure, cancellable, error)))
    return NULL;
  return g_steal_pointer (&engine);
}

const LloydBackend lloyd_backend_cuda = {
  .name = "cuda",
  .has_fast = TRUE,
  .probe = probe,
  .count = count,
  .ways = lloyd_cuda_unit_names,
  .try_way = lloyd_cuda_try_way,
  .find_ceilings = lloyd_cuda_find_ceilings,
  .open = open_engine,
  .assign = lloyd_cuda_safe_assign,
  .iterate = lloyd_cuda_safe_iterate,
  .read = lloyd_cuda_safe_read,
  .measure = lloyd_cuda_safe_measure,
  .farthest = lloyd_cuda_safe_farthest,
  .sample = lloyd_cuda_safe_sample,
  .scatter = lloyd_cuda_safe_scatter,
  .splat = lloyd_cuda_safe_splat,
  .exhibit = lloyd_cuda_verb_exhibit,
  .gl = &lloyd_cuda_gl,
  .forget = lloyd_cuda_safe_forget,
  .close = close_engine,
};
