#include "compute/kmeans/distances.h"

#include <math.h>

#include "compute/exact/canonical.h"

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

gboolean
lloyd_run_read_distances (LloydRun *run,
                          double *distances,
                          double *ambiguities,
                          GCancellable *cancellable,
                          GError **error)
{
  LloydEngine *engine = lloyd_run_get_engine (run);
  const LloydPoints *points = lloyd_run_get_points (run);
  size_t rows = MIN (points->n, CHUNK_ROWS);
  g_autofree double *costs = g_new (double, 2 * rows);
  g_autofree gint32 *others = g_new (gint32, rows);

  g_return_val_if_fail (lloyd_run_is_at_end (run), FALSE);
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
  for (size_t first = 0; first < points->n; first += rows)
    {
      LloydView view = { .first = first, .count = MIN (rows, points->n - first) };
      LloydMeasure measure = { .cost = costs, .runner_up = others, .runner_up_cost = costs + rows };
      if (!engine->backend->measure (engine, &view, lloyd_run_get_centroids (run),
                                     lloyd_run_get_k (run), &measure, cancellable, error))
        return FALSE;
      place (engine, &view, costs, costs + rows, distances, ambiguities);
    }
  return TRUE;
}
