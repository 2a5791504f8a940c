#include "compute/backends/cuda/assign.h"

#include <string.h>

#include "compute/backends/cuda/units.h"

/* Blocks for each multiprocessor of kernels whose blocks go on until all is done. */
#define ADD_BLOCKS 8
#define LOW_BLOCKS 8
/* Operations of the matrix unit, and of float32, that take as long as one in double where that is
 * slow. */
#define MATRIX_SPEED 64.0
#define FLOAT_SPEED 16.0

typedef struct
{
  LloydCudaLabels labels;
  LloydCudaList doubtful;
  gboolean is_change;
} AssignJob;

static cudaError_t
label_low (LloydCuda *self, LloydCudaView part, const AssignJob *job)
{
  return lloyd_cuda_assign_low (lloyd_cuda_points (self), part, self->clusters.panels, job->labels,
                                self->clusters.sums, job->is_change,
                                LOW_BLOCKS * (unsigned int) self->n_multiprocessors, self->stream);
}

static cudaError_t
label_and_add (LloydCuda *self, LloydCudaView part, const AssignJob *job)
{
  LloydCudaPoints points = lloyd_cuda_points (self);
  const LloydCudaPanels panels = self->clusters.panels;
  unsigned int n_mp = (unsigned int) self->n_multiprocessors;
  cudaError_t code = cudaMemsetAsync (self->counts_dev, 0, 2 * sizeof (unsigned int), self->stream);

  if (code == cudaSuccess && self->has_reduced)
    code = lloyd_cuda_screen_chosen (self, part, panels, job->labels, job->doubtful);
  else if (code == cudaSuccess)
    code = lloyd_cuda_list_all (job->doubtful, (unsigned int) part.count, self->stream);
  if (code == cudaSuccess)
    code = lloyd_cuda_settle (points, part, panels, job->labels, job->doubtful,
                              LLOYD_CUDA_SETTLE_BLOCKS * n_mp, self->stream);
  if (code == cudaSuccess)
    code = lloyd_cuda_add (points, part, job->labels, self->clusters.sums, panels.k, job->is_change,
                           ADD_BLOCKS * n_mp, self->stream);
  return code;
}

static cudaError_t
assign_part (LloydCuda *self, LloydCudaView part, size_t offset, gpointer data)
{
  const AssignJob *job = data;
  const LloydCudaSums *sums = &self->clusters.sums;
  guint k = self->clusters.k;
  (void) offset;
  cudaError_t code = self->d <= LLOYD_CUDA_LOW_DIMS ? label_low (self, part, job)
                                                    : label_and_add (self, part, job);
  if (code == cudaSuccess && sums->n_slots > 0)
    code = lloyd_cuda_carry (sums->wide_dev, (size_t) k * sums->n_slots, self->stream);
  if (code == cudaSuccess && sums->weights_dev != NULL)
    code = lloyd_cuda_carry (sums->weights_dev, k, self->stream);
  return code;
}

static double
operations_per_row (const LloydCuda *self, guint k)
{
  double pairs = 3.0 * k * self->d;
  if (self->d <= LLOYD_CUDA_LOW_DIMS)
    return (pairs + 10.0 * k) / FLOAT_SPEED;
  return pairs / (self->has_reduced ? MATRIX_SPEED : FLOAT_SPEED);
}

static gboolean
allocate_lists (LloydCuda *self, GError **error)
{
  size_t n = self->list_rows;
  return self->d <= LLOYD_CUDA_LOW_DIMS ||
         (lloyd_cuda_keep (self, (gpointer *) &self->doubtful_dev, n, sizeof (int), error) &&
          lloyd_cuda_keep (self, (gpointer *) &self->changed_dev, n, sizeof (int), error) &&
          lloyd_cuda_keep (self, (gpointer *) &self->before_dev, n, sizeof (int), error) &&
          lloyd_cuda_keep (self, (gpointer *) &self->counts_dev, 2, sizeof (int), error));
}

gboolean
lloyd_cuda_clear_totals (LloydCuda *self, GError **error)
{
  const LloydCudaClusters *clusters = &self->clusters;
  if (self->is_carried)
    return LLOYD_CUDA_TRY (cudaMemsetAsync (clusters->moved_dev, 0, sizeof (guint64), self->stream),
                           error);
  return LLOYD_CUDA_TRY (
      cudaMemsetAsync (clusters->totals_dev, 0, clusters->totals_bytes, self->stream), error);
}

gboolean
lloyd_cuda_download_totals (
    LloydCuda *self, const void *totals_dev, LloydSums *sums, guint64 *n_moved, GError **error)
{
  const LloydCudaClusters *clusters = &self->clusters;
  size_t n_values = (size_t) sums->k * sums->d, n_wide = (size_t) sums->k * sums->grid->n_slots;

  if (!lloyd_cuda_download (self, clusters->totals_pinned, totals_dev, clusters->totals_bytes,
                            error))
    return FALSE;
  const LloydWide *wide = clusters->totals_pinned;
  if (n_wide > 0)
    memcpy (sums->wide, wide, n_wide * sizeof *wide);
  wide += n_wide;
  if (sums->weights != NULL)
    memcpy (sums->weights, wide, sums->k * sizeof *wide);
  const gint64 *integers = (const gint64 *) (wide + (sums->weights != NULL ? sums->k : 0));
  memcpy (sums->fixed, integers, n_values * sizeof *integers);
  integers += n_values;
  if (sums->fine != NULL)
    memcpy (sums->fine, integers, n_values * sizeof *integers);
  integers += sums->fine != NULL ? n_values : 0;
  memcpy (sums->sizes, integers, sums->k * sizeof *integers);
  *n_moved = (guint64) integers[sums->k];
  return TRUE;
}

/* Labels the rows of a view. The sums are at odds with the labels until all is done. */
static gboolean
label_view (LloydCuda *self,
            const LloydView *view,
            LloydCudaView rows,
            const unsigned int *stop_dev,
            GCancellable *cancellable,
            GError **error)
{
  AssignJob job = { .labels = { .labels_dev = self->labels_dev,
                                .moved_dev = self->clusters.moved_dev,
                                .stop_dev = stop_dev },
                    .doubtful = { self->doubtful_dev, self->counts_dev },
                    .is_change = self->is_carried };
  if (self->is_carried && self->d > LLOYD_CUDA_LOW_DIMS)
    {
      job.labels.changed = (LloydCudaList){ self->changed_dev, self->counts_dev + 1 };
      job.labels.before_dev = self->before_dev;
    }
  self->is_carried = FALSE;
  return lloyd_cuda_for_each_part (self, view, rows, operations_per_row (self, self->clusters.k),
                                   assign_part, &job, cancellable, error);
}

gboolean
lloyd_cuda_label_all (LloydCuda *self,
                      const unsigned int *stop_dev,
                      GCancellable *cancellable,
                      GError **error)
{
  LloydCudaView rows = { .count = self->n };
  return allocate_lists (self, error) &&
         label_view (self, NULL, rows, stop_dev, cancellable, error);
}

gboolean
lloyd_cuda_verb_assign (LloydEngine *engine,
                        const LloydView *view,
                        const float *centroids,
                        guint k,
                        LloydSums *sums,
                        size_t *n_moved,
                        GCancellable *cancellable,
                        GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  LloydCudaView rows;
  guint64 moved;
  float elapsed_ms;

  if (!LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !lloyd_cuda_view (self, view, &rows, error) ||
      !lloyd_cuda_prepare (self, centroids, k, error) ||
      !lloyd_cuda_choose_unit (self, rows.count, error) || !allocate_lists (self, error))
    return FALSE;
  gboolean is_all = rows.rows_dev == NULL && rows.count == self->n;
  self->is_carried = self->is_carried && is_all;
  if (!LLOYD_CUDA_TRY (cudaEventRecord (self->start, self->stream), error) ||
      !lloyd_cuda_clear_totals (self, error) ||
      !lloyd_cuda_check (lloyd_cuda_fill_panels (self->clusters.panels, self->stream),
                         "lloyd_cuda_fill_panels", error) ||
      !label_view (self, view, rows, NULL, cancellable, error) ||
      !LLOYD_CUDA_TRY (cudaEventRecord (self->stop, self->stream), error) ||
      !lloyd_cuda_download_totals (self, self->clusters.totals_dev, sums, &moved, error) ||
      !LLOYD_CUDA_TRY (cudaEventElapsedTime (&elapsed_ms, self->start, self->stop), error))
    {
      self->is_carried = FALSE;
      return FALSE;
    }
  *n_moved = (size_t) moved;
  self->is_carried = is_all;
  engine->assign_ns = (gint64) ((double) elapsed_ms * 1e6);
  return TRUE;
}
