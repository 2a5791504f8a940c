/* What clusters are like: survey, standings and reasons against brute force, at every position, for
 * every metric. */
#include "compute/kmeans/survey.h"

#include <math.h>

#include "compute/error.h"
#include "compute/kmeans/reasons.h"
#include "compute/kmeans/restarts.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static const char *const metrics[] = { "euclidean", "cosine", "cosine-raw" };

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* The distance that the interface shows, in long double. */
static double
brute_distance (LloydRun *run, size_t row, guint cluster)
{
  const LloydEngine *engine = lloyd_run_get_engine (run);
  const float *x = lloyd_engine_row (engine, row);
  const float *c = lloyd_run_get_centroids (run) + (size_t) cluster * engine->points->d;
  long double square = 0.0L, dot = 0.0L, norm = 0.0L;
  for (guint j = 0; j < engine->points->d; j++)
    {
      long double difference = (long double) x[j] - (long double) c[j];
      square += difference * difference;
      dot += (long double) x[j] * (long double) c[j];
      norm += (long double) x[j] * (long double) x[j];
    }
  if (!LLOYD_METRIC_IS_ANGULAR (engine->metric))
    return (double) sqrtl (square);
  return (double) (1.0L - dot / sqrtl (norm));
}

static gint32 *
read_labels (LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  gint32 *labels = g_new (gint32, lloyd_run_get_points (run)->n);
  g_assert_true (lloyd_run_read_stored_labels (run, labels, &error));
  return labels;
}

/* A run on a random cloud, `n_half_steps` on. */
static LloydRun *
run_new (const char *metric, guint k, size_t n, guint d, guint n_half_steps, gboolean has_weights)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points =
      test_cloud_weighted (&test_clouds[1], has_weights ? &test_weights[1] : NULL, n, d, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GError) error = NULL;
  recipe->k = k;
  test_recipe_set (recipe, "metric", metric);
  LloydRun *run = test_run_open (points, recipe, "cpu");
  for (guint i = 0; i < n_half_steps; i++)
    g_assert_true (lloyd_run_half_step (run, NULL, &error));
  return run;
}

/* ---- survey -------------------------------------------------------------------------------- */

static void
check_survey (LloydRun *run, guint n_threads)
{
  g_autoptr (GError) error = NULL;
  const LloydPoints *points = lloyd_run_get_points (run);
  guint k = lloyd_run_get_recipe (run)->k;
  g_autoptr (LloydSurvey) survey = lloyd_survey_new (run, n_threads, 0, NULL, &error);
  g_assert_no_error (error);
  g_autofree gint32 *labels = read_labels (run);
  double shares = 0.0;

  g_assert_cmpuint (survey->k, ==, k);
  for (guint j = 0; j < k; j++)
    {
      long double weight = 0.0L, squares = 0.0L;
      for (size_t i = 0; i < points->n; i++)
        if (labels[i] == (gint32) j)
          {
            long double w = (long double) lloyd_points_weight (points, i);
            long double distance = (long double) brute_distance (run, i, j);
            weight += w;
            squares += w * distance * distance;
          }
      double spread = (double) sqrtl (squares / weight);
      g_assert_cmpint (survey->sizes[j], ==, lloyd_run_get_sizes (run)[j]);
      g_assert_true (isnan (spread) == isnan (survey->spreads[j]));
      if (!isnan (spread))
        g_assert_cmpfloat_with_epsilon (survey->spreads[j], spread, 1e-9 * (1.0 + spread));
      shares += isnan (survey->shares[j]) ? 0.0 : survey->shares[j];
    }
  if (lloyd_run_get_position (run) > 0)
    g_assert_cmpfloat_with_epsilon (shares, 1.0, 1e-9);
}

static void
test_survey (void)
{
  for (size_t m = 0; m < G_N_ELEMENTS (metrics); m++)
    for (guint position = 0; position < 6; position++)
      {
        g_autoptr (LloydRun) run = run_new (metrics[m], 5, 500, 3, position, position % 2);
        check_survey (run, 1 + position % 3);
      }
}

/* The shares are those of the run's own objective. */
static void
test_shares (void)
{
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_STANDARDISE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GError) error = NULL;
  recipe->k = 4;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autoptr (LloydSurvey) survey = lloyd_survey_new (run, 0, 0, NULL, &error);
  for (guint j = 0; j < 4; j++)
    {
      double own = survey->spreads[j] * survey->spreads[j] * (double) survey->sizes[j];
      g_assert_cmpfloat_with_epsilon (survey->shares[j] * lloyd_run_get_objective (run), own,
                                      1e-9 * own);
    }
}

static void
test_cancelled (void)
{
  g_autoptr (LloydRun) run = run_new ("euclidean", 3, 100, 2, 4, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_cancellable_cancel (cancellable);
  g_assert_null (lloyd_survey_new (run, 1, 0, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (lloyd_column_facts_new (lloyd_run_get_points (run), cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  check_survey (run, 2);
}

/* ---- standings ----------------------------------------------------------------------------- */

static void
check_standing (LloydRun *run, size_t row, const LloydStanding *standing, gint32 label)
{
  gint32 other = -1;
  double least = INFINITY;
  for (guint j = 0; j < lloyd_run_get_recipe (run)->k; j++)
    {
      double distance = brute_distance (run, row, j);
      if ((gint32) j != label && distance < least)
        {
          other = (gint32) j;
          least = distance;
        }
    }
  g_assert_cmpuint (standing->input_row, ==,
                    lloyd_points_input_row (lloyd_run_get_points (run), row));
  g_assert_cmpint (standing->cluster, ==, label);
  g_assert_cmpint (standing->other, ==, other);
  if (other >= 0)
    g_assert_cmpfloat_with_epsilon (standing->other_distance, least, 1e-9 * (1.0 + least));
  g_assert_true (isnan (standing->distance) == (label < 0));
  if (label >= 0)
    g_assert_cmpfloat_with_epsilon (standing->distance, brute_distance (run, row, (guint) label),
                                    1e-9);
}

static void
test_standings (void)
{
  for (size_t m = 0; m < G_N_ELEMENTS (metrics); m++)
    for (guint position = 0; position < 5; position++)
      {
        g_autoptr (LloydRun) run = run_new (metrics[m], 1 + 2 * position, 60, 3, position, FALSE);
        g_autofree gint32 *labels = read_labels (run);
        for (size_t row = 0; row < 60; row += 7)
          {
            g_autoptr (GError) error = NULL;
            LloydStanding standing;
            g_assert_true (lloyd_standing_find (run, row, NULL, &standing, &error));
            check_standing (run, row, &standing, labels[row]);
          }
      }
}

/* Of a batch only its own rows belong to anybody. */
static void
test_batch (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[1], 300, 2, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GError) error = NULL;
  guint n_in_batch = 0;
  recipe->k = 3;
  test_recipe_set (recipe, "algorithm", "minibatch");
  test_recipe_set (recipe, "batch-size", "40");
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_assert_true (lloyd_run_step (run, NULL, &error));
  g_autofree gint32 *labels = read_labels (run);
  for (size_t row = 0; row < 300; row++)
    {
      LloydStanding standing;
      g_assert_true (lloyd_standing_find (run, row, NULL, &standing, &error));
      g_assert_cmpint (standing.cluster, ==, labels[row]);
      n_in_batch += standing.cluster >= 0;
    }
  g_assert_cmpuint (n_in_batch, >, 0);
  g_assert_cmpuint (n_in_batch, <=, 40);
}

static void
test_no_such_row (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  LloydStanding standing;

  g_assert_true (lloyd_standing_find (run, 0, NULL, &standing, &error));
  /* The fourth penguin was not measured. */
  g_assert_false (lloyd_standing_find (run, 3, NULL, &standing, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_cmpstr (error->message, ==, "row 4 was left out");
  g_clear_error (&error);
  g_assert_false (lloyd_standing_find (run, 344, NULL, &standing, &error));
  g_assert_cmpstr (error->message, ==, "there is no row 345");
}

/* ---- reasons ------------------------------------------------------------------------------- */

/* The five rows of least key, by looking at all of them, lower rows first among equals. */
static guint
brute_least (const double *keys, size_t n, size_t *rows)
{
  guint n_found = 0;
  while (n_found < LLOYD_REASON_ROWS)
    {
      size_t best = n;
      for (size_t i = 0; i < n; i++)
        {
          gboolean is_taken = FALSE;
          for (guint t = 0; t < n_found; t++)
            is_taken |= rows[t] == i;
          if (!is_taken && isfinite (keys[i]) && (best == n || keys[i] < keys[best]))
            best = i;
        }
      if (best == n)
        break;
      rows[n_found++] = best;
    }
  return n_found;
}

static void
check_members (LloydRun *run, const LloydReasons *reasons, const gint32 *labels)
{
  size_t n = lloyd_run_get_points (run)->n, rows[LLOYD_REASON_ROWS];
  g_autofree double *own = g_new (double, n);
  g_autofree double *gaps = g_new (double, n);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < n; i++)
    {
      LloydStanding standing;
      own[i] = gaps[i] = NAN;
      if (labels[i] != (gint32) reasons->cluster)
        continue;
      g_assert_true (lloyd_standing_find (run, i, labels, &standing, &error));
      own[i] = standing.distance;
      gaps[i] = standing.other_distance - standing.distance;
    }
  g_assert_cmpuint (reasons->n_typical, ==, brute_least (own, n, rows));
  for (guint i = 0; i < reasons->n_typical; i++)
    {
      g_assert_cmpuint (reasons->typical[i].input_row, ==, rows[i]);
      check_standing (run, rows[i], &reasons->typical[i], (gint32) reasons->cluster);
    }
  g_assert_cmpuint (reasons->n_doubtful, ==, brute_least (gaps, n, rows));
  for (guint i = 0; i < reasons->n_doubtful; i++)
    g_assert_cmpuint (reasons->doubtful[i].input_row, ==, rows[i]);
}

static void
check_columns (LloydRun *run, const LloydReasons *reasons, const gint32 *labels)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  guint d = points->d;

  g_assert_cmpuint (reasons->n_columns, ==, reasons->size > 0 ? d : 0);
  for (guint at = 0; at < reasons->n_columns; at++)
    {
      const LloydDeviation *found = &reasons->columns[at];
      long double weight = 0.0L, sum = 0.0L, own_weight = 0.0L, own = 0.0L, squares = 0.0L;
      for (size_t i = 0; i < points->n; i++)
        {
          long double w = (long double) lloyd_points_weight (points, i);
          long double v = (long double) lloyd_points_values (points, i)[found->column];
          weight += w;
          sum += w * v;
          own_weight += labels[i] == (gint32) reasons->cluster ? w : 0.0L;
          own += labels[i] == (gint32) reasons->cluster ? w * v : 0.0L;
        }
      for (size_t i = 0; i < points->n; i++)
        {
          long double v = (long double) lloyd_points_values (points, i)[found->column];
          squares += (long double) lloyd_points_weight (points, i) * (v - sum / weight) *
                     (v - sum / weight);
        }
      double deviation = (double) ((own / own_weight - sum / weight) / sqrtl (squares / weight));
      double origin = points->origin[found->column];
      g_assert_cmpfloat_with_epsilon (found->deviation, deviation, 1e-9);
      g_assert_cmpfloat_with_epsilon (found->mean, (double) (own / own_weight) + origin, 1e-9);
      g_assert_cmpfloat_with_epsilon (found->overall, (double) (sum / weight) + origin, 1e-9);
      if (at > 0)
        g_assert_cmpfloat (fabs (found->deviation), <=, fabs (found[-1].deviation));
    }
}

static void
test_reasons (void)
{
  for (size_t m = 0; m < G_N_ELEMENTS (metrics); m++)
    for (guint position = 0; position < 5; position++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (LloydRun) run = run_new (metrics[m], 4, 200, 3, position, position % 2);
        g_autoptr (LloydColumnFacts) facts =
            lloyd_column_facts_new (lloyd_run_get_points (run), NULL, &error);
        g_autofree gint32 *labels = read_labels (run);
        for (guint cluster = 0; cluster < 4; cluster++)
          {
            g_autoptr (LloydReasons) reasons =
                lloyd_reasons_new (run, cluster, facts, NULL, &error);
            g_assert_no_error (error);
            check_columns (run, reasons, labels);
            check_members (run, reasons, labels);
          }
      }
}

/* In the data's own unit, whatever the scaling: Gentoo penguins weigh 5,076 g, and all 4,202 g. */
static void
test_data_units (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_STANDARDISE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 3;
  test_recipe_set (recipe, "init", "rows:1,162,303");
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autoptr (LloydColumnFacts) facts = lloyd_column_facts_new (points, NULL, &error);
  g_autoptr (LloydReasons) reasons = lloyd_reasons_new (run, 1, facts, NULL, &error);
  g_assert_cmpint (reasons->size, ==, 123);
  g_assert_cmpstr (points->names[reasons->columns[0].column], ==, "flipper_length_mm");
  for (guint i = 0; i < 4; i++)
    if (g_str_equal (points->names[reasons->columns[i].column], "body_mass_g"))
      {
        g_assert_cmpfloat_with_epsilon (reasons->columns[i].overall, 4201.754, 0.001);
        g_assert_cmpfloat_with_epsilon (reasons->columns[i].mean, 5076.016, 0.001);
      }
}

/* A column that is all the same deviates from nothing. */
static void
test_constant_column (void)
{
  static const double values[] = { 0.0, 7.0, 1.0, 7.0, 10.0, 7.0, 11.0, 7.0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_points (values, 4, 2);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autoptr (LloydColumnFacts) facts = lloyd_column_facts_new (points, NULL, &error);
  g_autoptr (LloydReasons) reasons = lloyd_reasons_new (run, 0, facts, NULL, &error);
  g_assert_cmpuint (reasons->columns[0].column, ==, 0);
  g_assert_cmpuint (reasons->columns[1].column, ==, 1);
  g_assert_cmpfloat (reasons->columns[1].deviation, ==, 0.0);
  g_assert_cmpfloat_with_epsilon (reasons->columns[1].mean, 7.0, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kmeans/survey/clusters", test_survey);
  g_test_add_func ("/kmeans/survey/shares", test_shares);
  g_test_add_func ("/kmeans/survey/cancelled", test_cancelled);
  g_test_add_func ("/kmeans/survey/standings", test_standings);
  g_test_add_func ("/kmeans/survey/batch", test_batch);
  g_test_add_func ("/kmeans/survey/no-such-row", test_no_such_row);
  g_test_add_func ("/kmeans/survey/reasons", test_reasons);
  g_test_add_func ("/kmeans/survey/data-units", test_data_units);
  g_test_add_func ("/kmeans/survey/constant-column", test_constant_column);
  return g_test_run ();
}
