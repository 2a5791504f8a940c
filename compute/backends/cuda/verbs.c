/* The verbs of the CUDA backend: what is uploaded, launched and read back for each. */
#include <string.h>

#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/ranking.h"
#include "compute/backends/row.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"

/* ---- assign -------------------------------------------------------------------------------- */

typedef struct
{
  guint k;
  LloydCudaSums sums;
} AssignJob;

static cudaError_t
assign_part (LloydCuda *self, LloydCudaView part, size_t offset, gpointer data)
{
  const AssignJob *job = data;
  (void) offset;
  cudaError_t code = lloyd_cuda_assign (lloyd_cuda_points (self), part, self->centroids_dev, job->k,
                                        self->labels_dev, self->moved_dev, self->stream);
  if (code == cudaSuccess)
    code =
        lloyd_cuda_add (lloyd_cuda_points (self), part, self->labels_dev, job->sums, self->stream);
  if (code == cudaSuccess && job->sums.n_slots > 0)
    code = lloyd_cuda_carry (self->wide_dev, (size_t) job->k * job->sums.n_slots, self->stream);
  if (code == cudaSuccess && self->weights_dev != NULL)
    code = lloyd_cuda_carry (self->cluster_weights_dev, job->k, self->stream);
  return code;
}

static gboolean
clear_sums (LloydCuda *self, guint k, GError **error)
{
  const LloydGrid *grid = self->engine.grid;
  size_t n_values = (size_t) k * self->d, n_wide = (size_t) k * grid->n_slots;
  return LLOYD_CUDA_TRY (
             cudaMemsetAsync (self->fixed_dev, 0, n_values * sizeof (gint64), self->stream),
             error) &&
         LLOYD_CUDA_TRY (cudaMemsetAsync (self->sizes_dev, 0, k * sizeof (gint64), self->stream),
                         error) &&
         (!grid->has_fine ||
          LLOYD_CUDA_TRY (
              cudaMemsetAsync (self->fine_dev, 0, n_values * sizeof (gint64), self->stream),
              error)) &&
         LLOYD_CUDA_TRY (
             cudaMemsetAsync (self->moved_dev, 0, sizeof (*self->moved_dev), self->stream),
             error) &&
         (n_wide == 0 ||
          LLOYD_CUDA_TRY (
              cudaMemsetAsync (self->wide_dev, 0, n_wide * sizeof (LloydWide), self->stream),
              error)) &&
         (!grid->is_weighted ||
          LLOYD_CUDA_TRY (
              cudaMemsetAsync (self->cluster_weights_dev, 0, k * sizeof (LloydWide), self->stream),
              error));
}

static gboolean
download_sums (LloydCuda *self, LloydSums *sums, size_t *n_moved, GError **error)
{
  size_t n_values = (size_t) sums->k * sums->d, n_wide = (size_t) sums->k * sums->grid->n_slots;
  unsigned long long moved;

  if (!lloyd_cuda_download (self, sums->fixed, self->fixed_dev, n_values * sizeof (gint64),
                            error) ||
      !lloyd_cuda_download (self, sums->sizes, self->sizes_dev, sums->k * sizeof (gint64), error) ||
      !lloyd_cuda_download (self, &moved, self->moved_dev, sizeof moved, error))
    return FALSE;
  if (sums->fine != NULL &&
      !lloyd_cuda_download (self, sums->fine, self->fine_dev, n_values * sizeof (gint64), error))
    return FALSE;
  if (n_wide > 0 &&
      !lloyd_cuda_download (self, sums->wide, self->wide_dev, n_wide * sizeof (LloydWide), error))
    return FALSE;
  if (sums->weights != NULL && !lloyd_cuda_download (self, sums->weights, self->cluster_weights_dev,
                                                     sums->k * sizeof (LloydWide), error))
    return FALSE;
  *n_moved = moved;
  return TRUE;
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
  float elapsed_ms;

  if (!LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !lloyd_cuda_view (self, view, &rows, error) ||
      !lloyd_cuda_prepare (self, centroids, k, error))
    return FALSE;
  AssignJob job = { .k = k,
                    .sums = { .scale_dev = self->scale_dev,
                              .unit_dev = self->unit_dev,
                              .limit_dev = self->limit_dev,
                              .slot_dev = self->slot_dev,
                              .fine_scale_dev = self->fine_scale_dev,
                              .fine_dev = self->fine_dev,
                              .n_slots = engine->grid->n_slots,
                              .fixed_dev = self->fixed_dev,
                              .wide_dev = self->wide_dev,
                              .sizes_dev = self->sizes_dev,
                              .weights_dev = self->cluster_weights_dev } };

  if (!LLOYD_CUDA_TRY (cudaEventRecord (self->start, self->stream), error) ||
      !clear_sums (self, k, error) ||
      !lloyd_cuda_for_each_part (self, rows, 3.0 * k * self->d, assign_part, &job, cancellable,
                                 error) ||
      !LLOYD_CUDA_TRY (cudaEventRecord (self->stop, self->stream), error) ||
      !download_sums (self, sums, n_moved, error) ||
      !LLOYD_CUDA_TRY (cudaEventElapsedTime (&elapsed_ms, self->start, self->stop), error))
    return FALSE;
  engine->assign_ns = (gint64) ((double) elapsed_ms * 1e6);
  return TRUE;
}

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
  return lloyd_cuda_measure (lloyd_cuda_points (self), part, self->centroids_dev, job->k,
                             job->cost_dev + offset, job->runner_up_dev + offset,
                             job->runner_up_cost_dev + offset, self->stream);
}

static gboolean
measure_distances (LloydCuda *self,
                   MeasureJob *job,
                   LloydCudaView rows,
                   LloydMeasure *out,
                   GCancellable *cancellable,
                   GError **error)
{
  return lloyd_cuda_allocate ((gpointer *) &job->cost_dev, rows.count, sizeof (double), error) &&
         lloyd_cuda_allocate ((gpointer *) &job->runner_up_dev, rows.count, sizeof (int), error) &&
         lloyd_cuda_allocate ((gpointer *) &job->runner_up_cost_dev, rows.count, sizeof (double),
                              error) &&
         lloyd_cuda_for_each_part (self, rows, 3.0 * job->k * self->d, measure_part, job,
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
      !wants_distances || measure_distances (self, &job, rows, measure, cancellable, error);
  cudaFree (job.cost_dev);
  cudaFree (job.runner_up_dev);
  cudaFree (job.runner_up_cost_dev);
  return is_done && (measure->energy == NULL ||
                     measure_energy (self, view, k, measure->energy, cancellable, error));
}

/* ---- farthest ------------------------------------------------------------------------------ */

static gboolean
download_distances (LloydCuda *self, double *distances, gint32 *labels, GError **error)
{
  LloydEngine *engine = &self->engine;
  double *distances_dev = NULL;
  gboolean is_done =
      lloyd_cuda_allocate ((gpointer *) &distances_dev, self->n, sizeof (double), error) &&
      lloyd_cuda_check (lloyd_cuda_distances (lloyd_cuda_points (self), self->centroids_dev,
                                              self->labels_dev, distances_dev, self->stream),
                        "lloyd_cuda_distances", error) &&
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
      !download_distances (self, all, labels, error))
    return FALSE;
  for (size_t i = 0; i < self->n; i++)
    if ((cluster < 0 || labels[i] == cluster) && lloyd_points_weight (engine->points, i) > 0.0f)
      lloyd_ranking_add (&ranking, all[i], i);
  *n_found = ranking.n;
  return TRUE;
}

/* ---- sample -------------------------------------------------------------------------------- */

static inline size_t
n_weight_sums (const LloydCuda *self)
{
  return (self->n + LLOYD_CUDA_WEIGHT_ROWS - 1) / LLOYD_CUDA_WEIGHT_ROWS;
}

static gboolean
prepare_sampling (LloydCuda *self, gboolean is_first, GError **error)
{
  return lloyd_cuda_allocate ((gpointer *) &self->nearest_dev, self->n, sizeof (double), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->candidates_dev,
                              (size_t) LLOYD_CUDA_MAX_CANDIDATES * self->d, sizeof (float),
                              error) &&
         lloyd_cuda_allocate ((gpointer *) &self->potentials_dev, LLOYD_CUDA_MAX_CANDIDATES,
                              sizeof (guint64), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->largest_dev, 1, sizeof (guint64), error) &&
         lloyd_cuda_allocate ((gpointer *) &self->weight_sums_dev, n_weight_sums (self),
                              sizeof (guint64), error) &&
         (!is_first ||
          lloyd_cuda_check (lloyd_cuda_fill_infinity (self->nearest_dev, self->n, self->stream),
                            "lloyd_cuda_fill_infinity", error));
}

static gboolean
choose_candidate (LloydCuda *self, LloydSamplingRound *round, GError **error)
{
  size_t bytes = round->n_candidates * sizeof (guint64);
  if (!LLOYD_CUDA_TRY (cudaMemsetAsync (self->potentials_dev, 0, bytes, self->stream), error) ||
      !lloyd_cuda_check (lloyd_cuda_try_candidates (lloyd_cuda_points (self), self->candidates_dev,
                                                    round->n_candidates, self->nearest_dev,
                                                    self->sample_scale, self->potentials_dev,
                                                    self->stream),
                         "lloyd_cuda_try_candidates", error) ||
      !lloyd_cuda_download (self, round->potentials, self->potentials_dev, bytes, error))
    return FALSE;
  for (guint c = 1; c < round->n_candidates; c++)
    if (round->potentials[c] < round->potentials[round->chosen])
      round->chosen = c;
  return TRUE;
}

/* Takes the chosen centre; the weights' sums come back to the host. */
static gboolean
take_candidate (LloydCuda *self, LloydSamplingRound *round, guint64 *sums, GError **error)
{
  double largest;
  if (!LLOYD_CUDA_TRY (cudaMemsetAsync (self->largest_dev, 0, sizeof (guint64), self->stream),
                       error) ||
      !lloyd_cuda_check (
          lloyd_cuda_take_centre (lloyd_cuda_points (self),
                                  self->candidates_dev + (size_t) round->chosen * self->d,
                                  self->nearest_dev, self->largest_dev, self->stream),
          "lloyd_cuda_take_centre", error) ||
      !lloyd_cuda_download (self, &largest, self->largest_dev, sizeof largest, error))
    return FALSE;
  self->sample_scale = lloyd_sample_scale (self->n, largest);
  return lloyd_cuda_check (lloyd_cuda_sum_weights (lloyd_cuda_points (self), self->nearest_dev,
                                                   self->sample_scale, self->weight_sums_dev,
                                                   self->stream),
                           "lloyd_cuda_sum_weights", error) &&
         lloyd_cuda_download (self, sums, self->weight_sums_dev,
                              n_weight_sums (self) * sizeof (guint64), error);
}

/* The first row at which the running sum of weights exceeds the threshold. */
static gboolean
find_drawn_row (
    LloydCuda *self, const guint64 *sums, guint64 threshold, size_t *row, GError **error)
{
  double nearest[LLOYD_CUDA_WEIGHT_ROWS];
  size_t at = 0;
  guint64 sum = 0;

  for (; sum + sums[at] <= threshold; at++)
    sum += sums[at];
  size_t first = at * LLOYD_CUDA_WEIGHT_ROWS;
  size_t count = MIN (self->n - first, (size_t) LLOYD_CUDA_WEIGHT_ROWS);
  if (!lloyd_cuda_download (self, nearest, self->nearest_dev + first, count * sizeof (double),
                            error))
    return FALSE;
  for (size_t i = 0; i < count; i++)
    {
      sum += lloyd_sample_weight (lloyd_weigh (self->engine.points->weights, first + i, nearest[i]),
                                  self->sample_scale);
      if (sum > threshold)
        {
          *row = first + i;
          return TRUE;
        }
    }
  g_assert_not_reached ();
}

gboolean
lloyd_cuda_verb_sample (LloydEngine *engine,
                        LloydSamplingRound *round,
                        gboolean is_first,
                        GCancellable *cancellable,
                        GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  g_autofree guint64 *sums = g_new (guint64, n_weight_sums (self));

  g_return_val_if_fail (round->n_candidates <= LLOYD_CUDA_MAX_CANDIDATES, FALSE);
  round->chosen = 0;
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) ||
      !prepare_sampling (self, is_first, error) ||
      !lloyd_cuda_upload (self, self->candidates_dev, round->candidates,
                          sizeof (float) * round->n_candidates * self->d, error) ||
      (!is_first && !choose_candidate (self, round, error)) ||
      !take_candidate (self, round, sums, error))
    return FALSE;

  round->total = 0;
  for (size_t i = 0; i < n_weight_sums (self); i++)
    round->total += sums[i];
  if (is_first)
    round->potentials[0] = round->total;
  for (guint r = 0; r < round->n_draws && round->total > 0; r++)
    if (!find_drawn_row (self, sums, lloyd_multiply_high (round->draws[r], round->total),
                         &round->rows[r], error))
      return FALSE;
  return TRUE;
}
