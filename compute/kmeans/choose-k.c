#include "compute/kmeans/choose-k.h"

#include <math.h>

#include "compute/backends/row.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

/* Rows measured at once. */
#define CHUNK_ROWS ((size_t) 65536)

/* ---- silhouette ---------------------------------------------------------------------------- */

/* What a chunk of rows is measured into. */
typedef struct
{
  double *own;
  double *other;
  gint32 *labels;
  gint32 *others;
} Chunk;

/* Distance of a row to a centroid, given the cost that `measure` gave. */
static double
distance_of (LloydRun *run, size_t row, gint32 cluster, double cost)
{
  const LloydEngine *engine = lloyd_run_get_engine (run);
  guint d = engine->points->d;
  const float *x = lloyd_engine_row (engine, row);
  if (!LLOYD_METRIC_IS_ANGULAR (engine->metric))
    return sqrt (cost);
  return sqrt (
      lloyd_exact_seeding_distance (engine->metric, x, sqrt (lloyd_exact_norm_squared (x, d)),
                                    ldexp (1.0, lloyd_points_unit_shift (engine->points)),
                                    lloyd_run_get_centroids (run) + (size_t) cluster * d, d));
}

static double
silhouette_of_row (double own, double other)
{
  double larger = MAX (own, other);
  return larger > 0.0 ? (other - own) / larger : 0.0;
}

static gboolean
add_chunk (LloydRun *run,
           const LloydView *view,
           const Chunk *chunk,
           LloydWide *sum,
           GCancellable *cancellable,
           GError **error)
{
  LloydEngine *engine = lloyd_run_get_engine (run);
  const gint64 *sizes = lloyd_run_get_sizes (run);
  LloydMeasure measure = { .cost = chunk->own,
                           .runner_up = chunk->others,
                           .runner_up_cost = chunk->other };

  if (!engine->backend->measure (engine, view, lloyd_run_get_centroids (run), lloyd_run_get_k (run),
                                 &measure, cancellable, error) ||
      !engine->backend->read (engine, view->first, view->count, chunk->labels, error))
    return FALSE;
  for (size_t i = 0; i < view->count; i++)
    {
      size_t row = view->first + i;
      if (sizes[chunk->labels[i]] < 2)
        continue;
      double v = silhouette_of_row (distance_of (run, row, chunk->labels[i], chunk->own[i]),
                                    distance_of (run, row, chunk->others[i], chunk->other[i]));
      lloyd_wide_add_product (sum, v, lloyd_points_weight (engine->points, row));
    }
  return TRUE;
}

gboolean
lloyd_silhouette (LloydRun *run, double *silhouette, GCancellable *cancellable, GError **error)
{
  size_t n = lloyd_run_get_points (run)->n, rows = MIN (n, CHUNK_ROWS);
  g_autofree double *distances = g_new (double, 2 * rows);
  g_autofree gint32 *labels = g_new (gint32, 2 * rows);
  Chunk chunk = { distances, distances + rows, labels, labels + rows };
  LloydWide sum = { 0 };

  g_return_val_if_fail (lloyd_run_is_at_end (run), FALSE);
  *silhouette = NAN;
  if (lloyd_run_get_k (run) < 2)
    return TRUE;
  /* The engine may hold labels of another run. */
  if (!lloyd_run_go_to (run, lloyd_run_get_position (run), cancellable, error))
    return FALSE;
  for (size_t first = 0; first < n; first += rows)
    {
      LloydView view = { .first = first, .count = MIN (rows, n - first) };
      if (!add_chunk (run, &view, &chunk, &sum, cancellable, error))
        return FALSE;
    }
  *silhouette = lloyd_wide_round (&sum) / lloyd_points_total_weight (lloyd_run_get_points (run));
  return TRUE;
}

/* ---- choice -------------------------------------------------------------------------------- */

static void
find_chords (LloydKChoice *self)
{
  const LloydKScore *first = &self->scores[0], *last = &self->scores[self->n - 1];
  double fall = first->objective - last->objective;
  if (self->n < 3 || !(fall > 0.0))
    return;
  for (guint i = 0; i < self->n; i++)
    {
      LloydKScore *score = &self->scores[i];
      double x = (double) (score->k - first->k) / (double) (last->k - first->k);
      double y = (score->objective - last->objective) / fall;
      score->chord = (1.0 - x - y) / sqrt (2.0);
    }
}

/* The K of the largest value at `offset` in its score. */
static guint
find_largest (const LloydKChoice *self, size_t offset)
{
  double largest = -INFINITY;
  guint k = 0;
  for (guint i = 0; i < self->n; i++)
    {
      double v = G_STRUCT_MEMBER (double, &self->scores[i], offset);
      if (v > largest)
        {
          largest = v;
          k = self->scores[i].k;
        }
    }
  return k;
}

static gboolean
check_range (const LloydPoints *points, guint from, guint to, GError **error)
{
  if (from >= 1 && from <= to)
    return lloyd_points_check_k (points, to, error);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("from %u to %u there is no K to try"), from,
               to);
  return FALSE;
}

/* Adds what a finished run says of its K. */
static gboolean
add_score (LloydKChoice *self, LloydRun *run, GCancellable *cancellable, GError **error)
{
  LloydKScore score = { .k = lloyd_run_get_k (run),
                        .objective = lloyd_run_get_objective (run),
                        .chord = NAN };
  if (!lloyd_silhouette (run, &score.silhouette, cancellable, error))
    return FALSE;
  self->scores[self->n++] = score;
  self->by_silhouette = find_largest (self, G_STRUCT_OFFSET (LloydKScore, silhouette));
  return TRUE;
}

LloydKChoice *
lloyd_choose_k (LloydPoints *points,
                const LloydRecipe *recipe,
                guint from,
                guint to,
                const LloydBackend *backend,
                const LloydEngineOptions *options,
                LloydKProgress progress,
                gpointer data,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (LloydRecipe) own = lloyd_recipe_copy (recipe);
  g_autoptr (LloydRun) run = NULL;
  g_autoptr (LloydKChoice) self = g_new0 (LloydKChoice, 1);

  if (!check_range (points, from, to, error))
    return NULL;
  self->scores = g_new0 (LloydKScore, to - from + 1);
  for (own->k = from; own->k <= to; own->k++)
    {
      LloydRun *next =
          run != NULL
              ? lloyd_restarts_run_beside (run, own, NULL, NULL, cancellable, error)
              : lloyd_restarts_run (points, own, backend, options, NULL, NULL, cancellable, error);
      g_clear_pointer (&run, lloyd_run_free);
      run = next;
      if (run == NULL || !add_score (self, run, cancellable, error))
        return NULL;
      if (progress != NULL)
        progress (self, to - from + 1, data);
    }
  find_chords (self);
  self->by_elbow = find_largest (self, G_STRUCT_OFFSET (LloydKScore, chord));
  return g_steal_pointer (&self);
}

void
lloyd_k_choice_free (LloydKChoice *self)
{
  g_free (self->scores);
  g_free (self);
}
