#include "compute/kmeans/reasons.h"

#include <math.h>
#include <stdlib.h>

#include "compute/error.h"
#include "compute/kmeans/distances.h"
#include "compute/memory.h"
#include "compute/words.h"

/* Rows between two looks at the cancellable, and operations of a backend between two. */
#define CHUNK_ROWS ((size_t) 65536)
#define CHUNK_OPERATIONS 2e8

/* ---- columns ------------------------------------------------------------------------------- */

LloydColumnFacts *
lloyd_column_facts_new (LloydPoints *points, GCancellable *cancellable, GError **error)
{
  g_autoptr (LloydColumnFacts) self = g_new0 (LloydColumnFacts, 1);
  guint d = points->d;
  double total = 0.0;

  self->points = lloyd_points_ref (points);
  self->means = g_new0 (double, d);
  self->deviations = g_new0 (double, d);
  for (size_t place = 0; place < points->n; place++)
    {
      double w = (double) lloyd_points_weight (points, lloyd_points_row (points, place));
      const float *x = points->values + place * d;
      if (place % CHUNK_ROWS == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      if (w == 0.0)
        continue;
      /* West, "Updating mean and variance estimates", 1979: stable whatever the mean. */
      total += w;
      for (guint j = 0; j < d; j++)
        {
          double delta = (double) x[j] - self->means[j];
          self->means[j] += delta * w / total;
          self->deviations[j] += w * delta * ((double) x[j] - self->means[j]);
        }
    }
  for (guint j = 0; j < d; j++)
    self->deviations[j] = sqrt (self->deviations[j] / total);
  return g_steal_pointer (&self);
}

void
lloyd_column_facts_free (LloydColumnFacts *self)
{
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_free (self->means);
  g_free (self->deviations);
  g_free (self);
}

static double
to_data (const LloydPoints *points, guint j, double stored)
{
  return (stored + points->origin[j]) * points->factor[j] + points->offset[j];
}

static int
compare_deviations (gconstpointer a, gconstpointer b)
{
  const LloydDeviation *x = a, *y = b;
  double sx = fabs (x->deviation), sy = fabs (y->deviation);
  if (sx != sy)
    return sx > sy ? -1 : 1;
  return (x->column > y->column) - (x->column < y->column);
}

/* `sums` are of the cluster's rows, which weigh `weight`. */
static void
fill_columns (LloydReasons *self, const LloydColumnFacts *facts, const double *sums, double weight)
{
  guint d = facts->points->d;
  if (!(weight > 0.0))
    return;
  self->n_columns = d;
  self->columns = g_new0 (LloydDeviation, d);
  for (guint j = 0; j < d; j++)
    {
      double mean = sums[j] / weight, difference = mean - facts->means[j];
      self->columns[j] = (LloydDeviation){
        .column = j,
        .deviation = facts->deviations[j] > 0.0 ? difference / facts->deviations[j] : 0.0,
        .mean = to_data (facts->points, j, mean),
        .overall = to_data (facts->points, j, facts->means[j]),
      };
    }
  qsort (self->columns, d, sizeof *self->columns, compare_deviations);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* The rows of least key so far, the least first. */
typedef struct
{
  guint n;
  double keys[LLOYD_REASON_ROWS];
  size_t rows[LLOYD_REASON_ROWS];
} Least;

/* Rows come in rising order, so that the lower stays before its equals. */
static void
keep (Least *self, double key, size_t row)
{
  guint at = self->n;
  while (at > 0 && key < self->keys[at - 1])
    at--;
  if (at == LLOYD_REASON_ROWS)
    return;
  self->n = MIN (self->n + 1, LLOYD_REASON_ROWS);
  for (guint i = self->n - 1; i > at; i--)
    {
      self->keys[i] = self->keys[i - 1];
      self->rows[i] = self->rows[i - 1];
    }
  self->keys[at] = key;
  self->rows[at] = row;
}

/* Rows of the cluster that wait to be measured, and what was found. */
typedef struct
{
  LloydRun *run;
  guint cluster;
  size_t *rows;
  size_t n_rows;
  size_t n_room;
  double *costs;
  Least typical;
  Least doubtful;
} Search;

static gboolean
measure_rows (Search *self, GCancellable *cancellable, GError **error)
{
  LloydEngine *engine = lloyd_run_get_engine (self->run);
  guint k = lloyd_run_get_k (self->run);
  LloydView view = { .rows = self->rows, .count = self->n_rows };
  LloydMeasure measure = { .cost = self->costs, .runner_up_cost = self->costs + self->n_room };

  if (self->n_rows == 0)
    return TRUE;
  /* Not cancelled within: after that the engine's labels would be of no use. */
  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !engine->backend->measure (engine, &view, lloyd_run_get_centroids (self->run), k, &measure,
                                 NULL, error))
    return FALSE;
  for (size_t i = 0; i < self->n_rows; i++)
    {
      size_t row = self->rows[i];
      double own = lloyd_survey_distance (self->run, row, self->cluster);
      double nearest = lloyd_distance_of_cost (engine, row, measure.cost[i]);
      double next = measure.runner_up_cost[i];
      double other = own > nearest
                         ? nearest
                         : (isinf (next) ? next : lloyd_distance_of_cost (engine, row, next));
      keep (&self->typical, own, row);
      if (!isinf (other))
        keep (&self->doubtful, other - own, row);
    }
  self->n_rows = 0;
  return TRUE;
}

/* Goes over all rows: sums those of the cluster and measures them. */
static gboolean
search (Search *self,
        const gint32 *labels,
        double *sums,
        double *weight,
        GCancellable *cancellable,
        GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (self->run);
  for (size_t row = 0; row < points->n; row++)
    {
      if (row % CHUNK_ROWS == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (labels[row] != (gint32) self->cluster)
        continue;
      double w = (double) lloyd_points_weight (points, row);
      const float *x = lloyd_points_values (points, row);
      for (guint j = 0; j < points->d; j++)
        sums[j] += w * (double) x[j];
      *weight += w;
      self->rows[self->n_rows++] = row;
      if (self->n_rows == self->n_room && !measure_rows (self, cancellable, error))
        return FALSE;
    }
  return measure_rows (self, cancellable, error);
}

static gboolean
fill_standings (
    LloydRun *run, const gint32 *labels, const Least *least, LloydStanding *out, GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  for (guint i = 0; i < least->n; i++)
    if (!lloyd_standing_find (run, lloyd_points_input_row (points, least->rows[i]), labels, &out[i],
                              error))
      return FALSE;
  return TRUE;
}

static LloydReasons *
find_reasons (LloydRun *run,
              guint cluster,
              const LloydColumnFacts *facts,
              const gint32 *labels,
              GCancellable *cancellable,
              GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  double operations = (double) lloyd_run_get_k (run) * points->d, weight = 0.0;
  size_t room = (size_t) CLAMP (CHUNK_OPERATIONS / operations, 64.0, (double) CHUNK_ROWS);
  g_autofree size_t *rows = g_new (size_t, room);
  g_autofree double *costs = g_new (double, 2 * room);
  g_autofree double *sums = g_new0 (double, points->d);
  g_autoptr (LloydReasons) self = g_new0 (LloydReasons, 1);
  Search state = { .run = run, .cluster = cluster, .rows = rows, .n_room = room, .costs = costs };

  self->cluster = cluster;
  self->size = lloyd_run_get_sizes (run)[cluster];
  if (!search (&state, labels, sums, &weight, cancellable, error))
    return NULL;
  fill_columns (self, facts, sums, weight);
  self->n_typical = state.typical.n;
  self->n_doubtful = state.doubtful.n;
  if (!fill_standings (run, labels, &state.typical, self->typical, error) ||
      !fill_standings (run, labels, &state.doubtful, self->doubtful, error))
    return NULL;
  return g_steal_pointer (&self);
}

LloydReasons *
lloyd_reasons_new (LloydRun *run,
                   guint cluster,
                   const LloydColumnFacts *facts,
                   GCancellable *cancellable,
                   GError **error)
{
  g_return_val_if_fail (cluster < lloyd_run_get_k (run), NULL);
  g_return_val_if_fail (facts->points == lloyd_run_get_points (run), NULL);
  if (!lloyd_run_has_current_labels (run))
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                           _ ("clusters were added or removed here: they have no points of their "
                              "own until these are assigned"));
      return NULL;
    }
  gint32 *labels = lloyd_survey_read_labels (run, cancellable, error);
  if (labels == NULL)
    return NULL;
  LloydReasons *self = find_reasons (run, cluster, facts, labels, cancellable, error);
  lloyd_free_aligned (labels);
  return self;
}

void
lloyd_reasons_free (LloydReasons *self)
{
  g_free (self->columns);
  g_free (self);
}
