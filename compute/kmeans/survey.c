#include "compute/kmeans/survey.h"

#include <math.h>

#include "compute/error.h"
#include "compute/kmeans/distances.h"
#include "compute/memory.h"
#include "compute/team.h"
#include "compute/words.h"

/* Rows between two looks at the cancellable. */
#define CHUNK_ROWS ((size_t) 32768)

gint32 *
lloyd_survey_read_labels (LloydRun *run, GCancellable *cancellable, GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  /* The engine may hold labels of another run. */
  if (!lloyd_run_go_to (run, lloyd_run_get_position (run), cancellable, error))
    return NULL;
  gint32 *labels = lloyd_allocate_aligned (points->n, sizeof *labels, "the labels", error);
  if (labels != NULL && lloyd_run_read_stored_labels (run, labels, error))
    return labels;
  lloyd_free_aligned (labels);
  return NULL;
}

double
lloyd_survey_distance (LloydRun *run, size_t row, guint cluster)
{
  const LloydEngine *engine = lloyd_run_get_engine (run);
  guint d = engine->points->d;
  const float *c = lloyd_run_get_centroids (run) + (size_t) cluster * d;
  double cost = lloyd_exact_cost (engine->metric, lloyd_engine_row (engine, row), c, d);
  return lloyd_distance_of_cost (engine, row, cost);
}

/* ---- all clusters -------------------------------------------------------------------------- */

typedef struct
{
  LloydRun *run;
  const gint32 *labels;
  guint n_threads;
  GCancellable *cancellable;
  /* Thread by thread, k each: sums over rows of weight, weight * what the row adds to the
   * objective, and weight * squared distance. */
  double *weights;
  double *costs;
  double *squares;
} Pass;

/* What a row at this distance adds to the objective; see objective.h. */
static double
share_of_row (const LloydEngine *engine, size_t row, double distance)
{
  if (engine->metric == LLOYD_METRIC_EUCLIDEAN)
    return distance * distance;
  if (engine->metric == LLOYD_METRIC_COSINE)
    return distance;
  return distance *
         sqrt (lloyd_exact_norm_squared (lloyd_engine_row (engine, row), engine->points->d));
}

static void
survey_part (guint index, gpointer data)
{
  const Pass *pass = data;
  const LloydEngine *engine = lloyd_run_get_engine (pass->run);
  const LloydPoints *points = engine->points;
  size_t k = lloyd_run_get_k (pass->run), n = points->n;
  size_t first = n * index / pass->n_threads, end = n * (index + 1) / pass->n_threads;
  double *weights = pass->weights + index * k, *costs = pass->costs + index * k;
  double *squares = pass->squares + index * k;

  for (size_t row = first; row < end; row++)
    {
      gint32 label = pass->labels[row];
      if ((row - first) % CHUNK_ROWS == 0 && g_cancellable_is_cancelled (pass->cancellable))
        return;
      if (label < 0)
        continue;
      double w = (double) lloyd_points_weight (points, row);
      double distance = lloyd_survey_distance (pass->run, row, (guint) label);
      weights[label] += w;
      costs[label] += w * share_of_row (engine, row, distance);
      squares[label] += w * distance * distance;
    }
}

/* Adds what the other threads found to what the first did. */
static void
merge (double *sums, guint n_threads, size_t k)
{
  for (size_t i = k; i < n_threads * k; i++)
    sums[i % k] += sums[i];
}

static LloydSurvey *
make_survey (const Pass *pass, size_t k)
{
  LloydSurvey *self = g_new0 (LloydSurvey, 1);
  double total = 0.0;

  for (size_t j = 0; j < k; j++)
    total += pass->costs[j];
  self->k = (guint) k;
  self->sizes = g_memdup2 (lloyd_run_get_sizes (pass->run), sizeof (gint64) * k);
  self->shares = g_new (double, k);
  self->spreads = g_new (double, k);
  for (size_t j = 0; j < k; j++)
    {
      self->shares[j] = total > 0.0 ? pass->costs[j] / total : (double) NAN;
      self->spreads[j] = sqrt (pass->squares[j] / pass->weights[j]);
    }
  return self;
}

LloydSurvey *
lloyd_survey_new (
    LloydRun *run, guint n_threads, int nice, GCancellable *cancellable, GError **error)
{
  size_t k = lloyd_run_get_k (run);
  guint n = n_threads > 0 ? n_threads : lloyd_team_default_size ();
  gint32 *labels = lloyd_survey_read_labels (run, cancellable, error);
  if (labels == NULL)
    return NULL;

  g_autofree double *sums = g_new0 (double, 3 * n * k);
  Pass pass = { run, labels, n, cancellable, sums, sums + n * k, sums + 2 * n * k };
  LloydTeam *team = lloyd_team_new (n, nice);
  lloyd_team_run (team, n, survey_part, &pass);
  lloyd_team_free (team);
  lloyd_free_aligned (labels);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  merge (pass.weights, n, k);
  merge (pass.costs, n, k);
  merge (pass.squares, n, k);
  return make_survey (&pass, k);
}

void
lloyd_survey_free (LloydSurvey *self)
{
  g_free (self->sizes);
  g_free (self->shares);
  g_free (self->spreads);
  g_free (self);
}

/* ---- one row ------------------------------------------------------------------------------- */

/* The stored row of an input row, or LLOYD_ERROR_DATA. */
static gboolean
find_row (const LloydPoints *points, size_t input_row, size_t *row, GError **error)
{
  if (lloyd_points_find_input_row (points, input_row, row))
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               input_row < points->n_input ? _ ("row %zu was left out") : _ ("there is no row %zu"),
               input_row + 1);
  return FALSE;
}

/* The label of one row: the engine has it, except where a batch was labelled. */
static gboolean
find_label (LloydRun *run, size_t row, const gint32 *labels, gint32 *label, GError **error)
{
  LloydEngine *engine = lloyd_run_get_engine (run);
  guint position = lloyd_run_get_position (run);

  *label = labels != NULL ? labels[row] : -1;
  if (labels != NULL || position == 0)
    return TRUE;
  if (lloyd_run_get_recipe (run)->algorithm == LLOYD_ALGORITHM_LLOYD)
    /* The engine may hold labels of another run. */
    return lloyd_run_go_to (run, position, NULL, error) &&
           engine->backend->read (engine, row, 1, label, error);
  gint32 *all = lloyd_survey_read_labels (run, NULL, error);
  if (all == NULL)
    return FALSE;
  *label = all[row];
  lloyd_free_aligned (all);
  return TRUE;
}

gboolean
lloyd_standing_find (
    LloydRun *run, size_t input_row, const gint32 *labels, LloydStanding *out, GError **error)
{
  size_t row;
  LloydStanding self = {
    .input_row = input_row, .distance = NAN, .other = -1, .other_distance = INFINITY
  };

  if (!find_row (lloyd_run_get_points (run), input_row, &row, error) ||
      !find_label (run, row, labels, &self.cluster, error))
    return FALSE;
  for (guint j = 0; j < lloyd_run_get_k (run); j++)
    {
      double distance = lloyd_survey_distance (run, row, j);
      if ((gint32) j == self.cluster)
        self.distance = distance;
      else if (distance < self.other_distance)
        {
          self.other = (gint32) j;
          self.other_distance = distance;
        }
    }
  *out = self;
  return TRUE;
}
