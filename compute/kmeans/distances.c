#include "compute/kmeans/distances.h"

#include <math.h>

#include "compute/exact/canonical.h"
#include "compute/memory.h"

/* Rows measured at once. */
#define CHUNK_ROWS 65536

double
lloyd_distance_of_cost (const LloydEngine *engine, size_t row, double cost)
{
  guint d = engine->points->d;
  if (!LLOYD_METRIC_IS_ANGULAR (engine->metric))
    return sqrt (cost);
  return 1.0 + cost / sqrt (lloyd_exact_norm_squared (lloyd_engine_row (engine, row), d));
}

static void
place (const LloydEngine *engine,
       const LloydView *view,
       const double *own,
       const double *other,
       double *distances,
       double *ambiguities)
{
  for (size_t i = 0; i < view->count; i++)
    {
      size_t row = view->first + i, input_row = lloyd_points_input_row (engine->points, row);
      double nearest = lloyd_distance_of_cost (engine, row, own[i]);
      double next = isinf (other[i]) ? INFINITY : lloyd_distance_of_cost (engine, row, other[i]);
      if (distances != NULL)
        distances[input_row] = nearest;
      if (ambiguities != NULL)
        ambiguities[input_row] = next - nearest;
    }
}

/* The costs of the rows' own centroids and of the nearest others, where centroids have moved since
 * the rows were labelled. */
static void
take_labels (LloydRun *run, const LloydView *view, const gint32 *labels, double *own, double *other)
{
  const LloydEngine *engine = lloyd_run_get_engine (run);
  const float *centroids = lloyd_run_get_centroids (run);
  guint d = engine->points->d, k = lloyd_run_get_k (run);
  for (size_t i = 0; i < view->count; i++)
    {
      size_t row = view->first + i;
      gboolean is_owned = labels[row] >= 0 && (guint) labels[row] < k;
      double cost = is_owned ? lloyd_exact_cost (engine->metric, lloyd_engine_row (engine, row),
                                                 centroids + (size_t) labels[row] * d, d)
                             : (double) NAN;
      if (cost != own[i])
        other[i] = own[i];
      own[i] = cost;
    }
}

/* The labels of the stored rows, where the nearest centroid need not be a row's own. */
static gboolean
read_labels (LloydRun *run, gint32 **labels, GError **error)
{
  size_t n = lloyd_run_get_points (run)->n;
  if (lloyd_run_get_position (run) % 2 == 1 || lloyd_run_is_at_batch (run))
    return TRUE;
  *labels = lloyd_allocate_aligned (n, sizeof (gint32), "the labels", error);
  return *labels != NULL && lloyd_run_read_stored_labels (run, *labels, error);
}

static gboolean
read_chunks (LloydRun *run,
             const gint32 *labels,
             double *distances,
             double *ambiguities,
             GCancellable *cancellable,
             GError **error)
{
  LloydEngine *engine = lloyd_run_get_engine (run);
  size_t n = lloyd_run_get_points (run)->n, rows = MIN (n, CHUNK_ROWS);
  g_autofree double *costs = g_new (double, 2 * rows);
  g_autofree gint32 *others = g_new (gint32, rows);
  for (size_t first = 0; first < n; first += rows)
    {
      LloydView view = { .first = first, .count = MIN (rows, n - first) };
      LloydMeasure measure = { .cost = costs, .runner_up = others, .runner_up_cost = costs + rows };
      if (!engine->backend->measure (engine, &view, lloyd_run_get_centroids (run),
                                     lloyd_run_get_k (run), &measure, cancellable, error))
        return FALSE;
      if (labels != NULL)
        take_labels (run, &view, labels, costs, costs + rows);
      place (engine, &view, costs, costs + rows, distances, ambiguities);
    }
  return TRUE;
}

gboolean
lloyd_run_read_distances (LloydRun *run,
                          double *distances,
                          double *ambiguities,
                          GCancellable *cancellable,
                          GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  gint32 *labels = NULL;

  /* The engine may hold labels of another run. */
  if (!lloyd_run_go_to (run, lloyd_run_get_position (run), cancellable, error))
    return FALSE;
  for (size_t i = 0; i < points->n_input; i++)
    {
      if (distances != NULL)
        distances[i] = NAN;
      if (ambiguities != NULL)
        ambiguities[i] = NAN;
    }
  gboolean is_read = read_labels (run, &labels, error) &&
                     read_chunks (run, labels, distances, ambiguities, cancellable, error);
  lloyd_free_aligned (labels);
  return is_read;
}
