/* Distances and energies: what is uploaded, launched and read back. */
#include <string.h>

#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/ranking.h"
#include "compute/backends/row.h"

/* ---- measure ------------------------------------------------------------------------------- */

typedef struct
{
  guint k;
  double *cost_dev;
  int *runner_up_dev;
  double *runner_up_cost_dev;
} MeasureJob;

static cudaError_t
measure_part (LloydCuda *self, LloydCudaView part, size_t offset, gpointer data)
{
  const MeasureJob *job = data;
  return lloyd_cuda_measure (lloyd_cuda_points (self), part, self->clusters.centroids_dev, job->k,
                             job->cost_dev + offset, job->runner_up_dev + offset,
                             job->runner_up_cost_dev + offset, self->stream);
}

static gboolean
measure_distances (LloydCuda *self,
                   MeasureJob *job,
                   const LloydView *view,
                   LloydCudaView rows,
                   LloydMeasure *out,
                   GCancellable *cancellable,
                   GError **error)
{
  return lloyd_cuda_allocate ((gpointer *) &job->cost_dev, rows.count, sizeof (double), error) &&
         lloyd_cuda_allocate ((gpointer *) &job->runner_up_dev, rows.count, sizeof (int), error) &&
         lloyd_cuda_allocate ((gpointer *) &job->runner_up_cost_dev, rows.count, sizeof (double),
                              error) &&
         lloyd_cuda_for_each_part (self, view, rows, 3.0 * job->k * self->d, measure_part, job,
                                   cancellable, error) &&
         (out->cost == NULL || lloyd_cuda_download (self, out->cost, job->cost_dev,
                                                    rows.count * sizeof (double), error)) &&
         (out->runner_up == NULL || lloyd_cuda_download (self, out->runner_up, job->runner_up_dev,
                                                         rows.count * sizeof (int), error)) &&
         (out->runner_up_cost == NULL ||
          lloyd_cuda_download (self, out->runner_up_cost, job->runner_up_cost_dev,
                               rows.count * sizeof (double), error));
}

/* Asked for when a cluster is split, so it may take its time: summed on the host. */
static gboolean
measure_energy (LloydCuda *self,
                const LloydView *view,
                guint k,
                LloydWide *energy,
                GCancellable *cancellable,
                GError **error)
{
  LloydEngine *engine = &self->engine;
  size_t count = view != NULL ? view->count : self->n;
  g_autofree gint32 *labels = g_new (gint32, self->n);

  if (!engine->backend->read (engine, 0, self->n, labels, error))
    return FALSE;
  memset (energy, 0, sizeof (LloydWide) * k);
  for (size_t at = 0; at < count; at++)
    {
      size_t i = lloyd_view_row (view, at);
      if (at % 4096 == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      lloyd_engine_add_energy (engine, i, &energy[labels[i]]);
    }
  return TRUE;
}

gboolean
lloyd_cuda_verb_measure (LloydEngine *engine,
                         const LloydView *view,
                         const float *centroids,
                         guint k,
                         LloydMeasure *measure,
                         GCancellable *cancellable,
                         GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  gboolean wants_distances =
      measure->cost != NULL || measure->runner_up != NULL || measure->runner_up_cost != NULL;
  MeasureJob job = { .k = k };
  LloydCudaView rows;

  if (!LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !lloyd_cuda_view (self, view, &rows, error) ||
      !lloyd_cuda_prepare (self, centroids, k, error))
    return FALSE;
  gboolean is_done =
      !wants_distances || measure_distances (self, &job, view, rows, measure, cancellable, error);
  cudaFree (job.cost_dev);
  cudaFree (job.runner_up_dev);
  cudaFree (job.runner_up_cost_dev);
  return is_done && (measure->energy == NULL ||
                     measure_energy (self, view, k, measure->energy, cancellable, error));
}

/* ---- farthest ------------------------------------------------------------------------------ */

static cudaError_t
distances_part (LloydCuda *self, LloydCudaView part, size_t offset, gpointer data)
{
  double *distances_dev = data;
  return lloyd_cuda_distances (lloyd_cuda_points (self), part, self->clusters.centroids_dev,
                               self->labels_dev, distances_dev + offset, self->stream);
}

static gboolean
download_distances (
    LloydCuda *self, double *distances, gint32 *labels, GCancellable *cancellable, GError **error)
{
  LloydEngine *engine = &self->engine;
  LloydCudaView rows = { .count = self->n };
  double *distances_dev = NULL;
  gboolean is_done =
      lloyd_cuda_allocate ((gpointer *) &distances_dev, self->n, sizeof (double), error) &&
      lloyd_cuda_for_each_part (self, NULL, rows, 3.0 * self->d, distances_part, distances_dev,
                                cancellable, error) &&
      lloyd_cuda_download (self, distances, distances_dev, self->n * sizeof (double), error) &&
      engine->backend->read (engine, 0, self->n, labels, error);
  cudaFree (distances_dev);
  return is_done;
}

gboolean
lloyd_cuda_verb_farthest (LloydEngine *engine,
                          const float *centroids,
                          guint k,
                          int cluster,
                          size_t m,
                          size_t *rows,
                          double *distances,
                          size_t *n_found,
                          GCancellable *cancellable,
                          GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  g_autofree double *all = g_new (double, self->n);
  g_autofree gint32 *labels = g_new (gint32, self->n);
  LloydRanking ranking = { m, 0, rows, distances };

  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !lloyd_cuda_prepare (self, centroids, k, error) ||
      !download_distances (self, all, labels, cancellable, error))
    return FALSE;
  for (size_t i = 0; i < self->n; i++)
    if ((cluster < 0 || labels[i] == cluster) && lloyd_points_weight (engine->points, i) > 0.0f)
      lloyd_ranking_add (&ranking, all[i], i);
  *n_found = ranking.n;
  return TRUE;
}
