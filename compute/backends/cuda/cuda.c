#include "compute/backends/cuda/cuda.h"

#include "compute/backends/cuda/bridge.h"
#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/row.h"
#include "compute/error.h"

/* Kernels need at least this compute capability. */
#define MIN_CAPABILITY 75
/* Operations of one launch, so that it stays well under a tenth of a second on a small GPU. */
#define OPERATIONS_PER_LAUNCH 5e9
#define MIN_ROWS_PER_LAUNCH ((size_t) 1 << 14)
/* Wide sums take so many rows before their carries must settle. */
#define MAX_ROWS_PER_LAUNCH ((size_t) 1 << 28)

/* ---- errors -------------------------------------------------------------------------------- */

gboolean
lloyd_cuda_check (cudaError_t code, const char *call, GError **error)
{
  if (code == cudaSuccess)
    return TRUE;
  LloydErrorCode kind = code == cudaErrorMemoryAllocation ? LLOYD_ERROR_MEMORY : LLOYD_ERROR_DEVICE;
  g_set_error (error, LLOYD_ERROR, kind, "CUDA error %d (%s) in %s", (int) code,
               cudaGetErrorString (code), call);
  return FALSE;
}

gboolean
lloyd_cuda_allocate (gpointer *pointer, size_t n, size_t size, GError **error)
{
  size_t bytes;
  if (*pointer != NULL)
    return TRUE;
  if (!g_size_checked_mul (&bytes, MAX (n, 1), size))
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                           "not enough memory on the GPU: more bytes than can be addressed");
      return FALSE;
    }

  cudaError_t code = cudaMalloc (pointer, bytes);
  if (code == cudaErrorMemoryAllocation)
    {
      g_autofree char *need = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
      /* The error is not sticky: it is taken off, so that the next call does not see it. */
      cudaGetLastError ();
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                   "not enough memory on the GPU: %s needed at once", need);
      return FALSE;
    }
  return lloyd_cuda_check (code, "cudaMalloc", error);
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
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, "no NVIDIA driver found");
      return FALSE;
    }
  if (!LLOYD_CUDA_TRY (cudaRuntimeGetVersion (&runtime), error))
    return FALSE;
  if (driver / 1000 < runtime / 1000)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   "the NVIDIA driver knows CUDA %d.%d, and this program needs %d.%d",
                   driver / 1000, driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
      return FALSE;
    }
  return TRUE;
}

static gboolean
probe (int device, char **name, char **detail, GError **error)
{
  int n_devices = 0;
  struct cudaDeviceProp properties;

  if (!check_driver (error))
    return FALSE;
  cudaError_t code = cudaGetDeviceCount (&n_devices);
  if (code == cudaErrorNoDevice || (code == cudaSuccess && n_devices == 0))
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, "no NVIDIA GPU found");
      return FALSE;
    }
  if (!lloyd_cuda_check (code, "cudaGetDeviceCount", error))
    return FALSE;
  if (device >= n_devices)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   "there is no GPU %d; the last one is GPU %d", device, n_devices - 1);
      return FALSE;
    }
  if (!LLOYD_CUDA_TRY (cudaGetDeviceProperties (&properties, device), error))
    return FALSE;
  if (properties.major * 10 + properties.minor < MIN_CAPABILITY)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   "%s has compute capability %d.%d, and at least %d.%d is needed", properties.name,
                   properties.major, properties.minor, MIN_CAPABILITY / 10, MIN_CAPABILITY % 10);
      return FALSE;
    }
  if (name != NULL)
    *name = g_strdup (properties.name);
  if (detail != NULL)
    {
      g_autofree char *memory =
          g_format_size_full (properties.totalGlobalMem, G_FORMAT_SIZE_IEC_UNITS);
      *detail = g_strdup_printf ("sm_%d%d, %d multiprocessors, %s", properties.major,
                                 properties.minor, properties.multiProcessorCount, memory);
    }
  return TRUE;
}

/* ---- open ---------------------------------------------------------------------------------- */

static void
close_engine (LloydEngine *engine)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  void *const memory[] = { self->x_dev,           self->labels_dev,         self->scale_dev,
                           self->unit_dev,        self->limit_dev,          self->slot_dev,
                           self->fine_scale_dev,  self->fine_dev,           self->centroids_dev,
                           self->fixed_dev,       self->sizes_dev,          self->wide_dev,
                           self->moved_dev,       self->rows_dev,           self->nearest_dev,
                           self->candidates_dev,  self->potentials_dev,     self->largest_dev,
                           self->weight_sums_dev, self->scattered_dev,      self->tried_dev,
                           self->weights_dev,     self->cluster_weights_dev };

  /* First: it reads the rows. An error here has been said before or changes nothing any more. */
  g_clear_pointer (&self->gallery, lloyd_cuda_gallery_close);
  for (size_t i = 0; i < G_N_ELEMENTS (memory); i++)
    if (memory[i] != NULL)
      cudaFree (memory[i]);
  if (self->start != NULL)
    cudaEventDestroy (self->start);
  if (self->stop != NULL)
    cudaEventDestroy (self->stop);
  if (self->stream != NULL)
    cudaStreamDestroy (self->stream);
  lloyd_engine_clear (engine);
  g_free (self);
}

static void
find_energy (LloydCuda *self)
{
  LloydEngine *engine = &self->engine;
  if (engine->metric == LLOYD_METRIC_EUCLIDEAN && engine->points->weights == NULL)
    lloyd_wide_add_squares (&engine->energy, engine->rows, self->n * self->d);
  else
    for (size_t i = 0; i < self->n; i++)
      lloyd_engine_add_energy (engine, i, &engine->energy);
}

/* Rows uploaded at once where they lie in an order of their own. */
#define UPLOADED_ROWS ((size_t) 1 << 16)

/* The rows, by number. */
static gboolean
upload_rows (LloydCuda *self, GError **error)
{
  const LloydPoints *points = self->engine.points;
  if (points->order == NULL)
    return lloyd_cuda_upload (self, self->x_dev, self->engine.rows,
                              self->n * self->d * sizeof (float), error);
  g_autofree float *rows = g_new (float, UPLOADED_ROWS * self->d);
  for (size_t first = 0; first < self->n; first += UPLOADED_ROWS)
    {
      size_t count = MIN (UPLOADED_ROWS, self->n - first);
      lloyd_points_copy_rows (points, self->engine.rows, first, count, rows);
      if (!lloyd_cuda_upload (self, self->x_dev + first * self->d, rows,
                              count * self->d * sizeof (float), error) ||
          !LLOYD_CUDA_TRY (cudaStreamSynchronize (self->stream), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
upload_points (LloydCuda *self, GError **error)
{
  const LloydGrid *grid = self->engine.grid;
  size_t n_values = self->n * self->d, d = self->d;

  return lloyd_cuda_allocate ((gpointer *) &self->x_dev, n_values, sizeof (float), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->labels_dev, self->n, sizeof (int), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->scale_dev, d, sizeof (double), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->unit_dev, d, sizeof (double), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->limit_dev, d, sizeof (float), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->slot_dev, d, sizeof (int), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->fine_scale_dev, d, sizeof (double), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->moved_dev, 1, sizeof (*self->moved_dev), error) &&
         upload_rows (self, error) &&
         lloyd_cuda_upload (self, self->scale_dev, grid->scale, d * sizeof (double), error) &&
         lloyd_cuda_upload (self, self->unit_dev, grid->unit, d * sizeof (double), error) &&
         lloyd_cuda_upload (self, self->limit_dev, grid->limit, d * sizeof (float), error) &&
         lloyd_cuda_upload (self, self->slot_dev, grid->slot, d * sizeof (int), error) &&
         lloyd_cuda_upload (self, self->fine_scale_dev, grid->fine_scale, d * sizeof (double),
                            error)
         /* Every byte 255: no label. */
         && LLOYD_CUDA_TRY (
                cudaMemsetAsync (self->labels_dev, 255, self->n * sizeof (int), self->stream),
                error) &&
         LLOYD_CUDA_TRY (cudaStreamSynchronize (self->stream), error);
}

static gboolean
upload_weights (LloydCuda *self, GError **error)
{
  const float *weights = self->engine.points->weights;
  return weights == NULL ||
         (lloyd_cuda_allocate ((gpointer *) &self->weights_dev, self->n, sizeof (float), error) &&
          lloyd_cuda_upload (self, self->weights_dev, weights, self->n * sizeof (float), error));
}

static LloydEngine *
open_engine (LloydPoints *points,
             const LloydEngineOptions *options,
             GCancellable *cancellable,
             GError **error)
{
  LloydCuda *self = g_new0 (LloydCuda, 1);
  g_autoptr (LloydEngine) engine = &self->engine;

  lloyd_engine_init (engine, &lloyd_backend_cuda, points, options->metric);
  self->n = points->n;
  self->d = points->d;
  self->device = options->device;
  if (!probe (options->device, &engine->device_name, &engine->device_detail, error) ||
      !LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !LLOYD_CUDA_TRY (cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking), error) ||
      !LLOYD_CUDA_TRY (cudaEventCreate (&self->start), error) ||
      !LLOYD_CUDA_TRY (cudaEventCreate (&self->stop), error))
    return NULL;

  engine->grid = lloyd_engine_new_grid (engine, NULL);
  find_energy (self);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !upload_points (self, error) ||
      !upload_weights (self, error))
    return NULL;
  return g_steal_pointer (&engine);
}

/* ---- shared by the verbs ------------------------------------------------------------------- */

LloydCudaPoints
lloyd_cuda_points (const LloydCuda *self)
{
  return (LloydCudaPoints){
    .metric = self->engine.metric,
    .x_dev = self->x_dev,
    .weights_dev = self->weights_dev,
    .n = self->n,
    .d = self->d,
    .unit_scale = ldexp (1.0, lloyd_points_unit_shift (self->engine.points)),
  };
}

gboolean
lloyd_cuda_view (LloydCuda *self, const LloydView *view, LloydCudaView *out, GError **error)
{
  if (view == NULL || view->rows == NULL)
    {
      *out = (LloydCudaView){ .first = view != NULL ? view->first : 0,
                              .count = view != NULL ? view->count : self->n };
      return TRUE;
    }
  if (view->count > self->n_listed)
    {
      cudaFree (self->rows_dev);
      self->rows_dev = NULL;
      self->n_listed = 0;
    }
  if (!lloyd_cuda_allocate ((gpointer *) &self->rows_dev, view->count, sizeof (size_t), error) ||
      !lloyd_cuda_upload (self, self->rows_dev, view->rows, view->count * sizeof (size_t), error))
    return FALSE;
  self->n_listed = MAX (self->n_listed, view->count);
  *out = (LloydCudaView){ .rows_dev = self->rows_dev, .count = view->count };
  return TRUE;
}

static void
free_room_for_clusters (LloydCuda *self)
{
  gpointer *const room[] = {
    (gpointer *) &self->centroids_dev, (gpointer *) &self->fixed_dev,
    (gpointer *) &self->fine_dev,      (gpointer *) &self->sizes_dev,
    (gpointer *) &self->wide_dev,      (gpointer *) &self->cluster_weights_dev
  };
  for (size_t i = 0; i < G_N_ELEMENTS (room); i++)
    {
      if (*room[i] != NULL)
        cudaFree (*room[i]);
      *room[i] = NULL;
    }
  self->k = 0;
}

gboolean
lloyd_cuda_prepare (LloydCuda *self, const float *centroids, guint k, GError **error)
{
  const LloydGrid *grid = self->engine.grid;
  size_t n_values = (size_t) k * self->d, n_wide = (size_t) k * grid->n_slots;
  size_t n_fine = grid->has_fine ? n_values : 0, n_weights = grid->is_weighted ? k : 0;

  if (k != self->k)
    free_room_for_clusters (self);
  if (!lloyd_cuda_allocate ((gpointer *) &self->centroids_dev, n_values, sizeof (float), error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->fixed_dev, n_values, sizeof (gint64), error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->fine_dev, n_fine, sizeof (gint64), error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->sizes_dev, k, sizeof (gint64), error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->wide_dev, n_wide, sizeof (LloydWide), error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->cluster_weights_dev, n_weights, sizeof (LloydWide),
                            error))
    return FALSE;
  self->k = k;
  return lloyd_cuda_upload (self, self->centroids_dev, centroids, n_values * sizeof (float), error);
}

gboolean
lloyd_cuda_for_each_part (LloydCuda *self,
                          LloydCudaView view,
                          double operations_per_row,
                          LloydCudaPart run,
                          gpointer data,
                          GCancellable *cancellable,
                          GError **error)
{
  double wanted = OPERATIONS_PER_LAUNCH / MAX (operations_per_row, 1.0);
  size_t rows = (size_t) CLAMP (wanted, (double) MIN_ROWS_PER_LAUNCH, (double) MAX_ROWS_PER_LAUNCH);

  for (size_t at = 0; at < view.count; at += rows)
    {
      LloydCudaView part = view;
      part.count = MIN (rows, view.count - at);
      if (view.rows_dev != NULL)
        part.rows_dev += at;
      else
        part.first += at;
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !lloyd_cuda_check (run (self, part, at, data), "a kernel launch", error) ||
          !LLOYD_CUDA_TRY (cudaStreamSynchronize (self->stream), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_labels (LloydEngine *engine, size_t first, size_t count, gint32 *labels, GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  return lloyd_cuda_download (self, labels, self->labels_dev + first, count * sizeof (int), error);
}

const LloydBackend lloyd_backend_cuda = {
  .name = "cuda",
  .probe = probe,
  .open = open_engine,
  .assign = lloyd_cuda_verb_assign,
  .read = read_labels,
  .measure = lloyd_cuda_verb_measure,
  .farthest = lloyd_cuda_verb_farthest,
  .sample = lloyd_cuda_verb_sample,
  .scatter = lloyd_cuda_verb_scatter,
  .splat = lloyd_cuda_verb_splat,
  .exhibit = lloyd_cuda_verb_exhibit,
  .gl = &lloyd_cuda_gl,
  .forget = NULL,
  .close = close_engine,
};
