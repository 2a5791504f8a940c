/* Comparing the times of two runs. */
#include <math.h>
#include <stdlib.h>

#include "compute/session/comparison.h"
#include "compute/session/rises.h"
#include "tests/support/clouds.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* ---- quantiles ----------------------------------------------------------------------------- */

static void
test_quantiles (void)
{
  static const double four[] = { 1.0, 2.0, 3.0, 10.0 }, five[] = { 1, 2, 3, 4, 5 }, one[] = { 7.0 };
  g_assert_cmpfloat (lloyd_quantile (four, 4, 0.0), ==, 1.0);
  g_assert_cmpfloat (lloyd_quantile (four, 4, 0.25), ==, 1.75);
  g_assert_cmpfloat (lloyd_quantile (four, 4, 0.5), ==, 2.5);
  g_assert_cmpfloat (lloyd_quantile (four, 4, 0.75), ==, 4.75);
  g_assert_cmpfloat (lloyd_quantile (four, 4, 1.0), ==, 10.0);
  for (int i = 0; i < 5; i++)
    {
      g_assert_cmpfloat (lloyd_quantile (five, 5, i / 4.0), ==, five[i]);
      g_assert_cmpfloat (lloyd_quantile (one, 1, i / 4.0), ==, 7.0);
    }
}

/* Between the values on either side, never falling. */
static void
test_quantiles_rise (void)
{
  g_autoptr (GRand) rand = random_new ();
  double values[50];
  for (int round = 0; round < 200; round++)
    {
      guint n = (guint) g_rand_int_range (rand, 1, 51);
      double before = -INFINITY;
      for (guint i = 0; i < n; i++)
        values[i] = g_rand_double_range (rand, -100.0, 100.0);
      qsort (values, n, sizeof *values, compare_doubles);
      for (int i = 0; i <= 100; i++)
        {
          double at = i / 100.0 * (n - 1), v = lloyd_quantile (values, n, i / 100.0);
          g_assert_cmpfloat (v, >=, before - 1e-12);
          g_assert_cmpfloat (v, >=, values[(guint) floor (at)] - 1e-12);
          g_assert_cmpfloat (v, <=, values[MIN ((guint) ceil (at), n - 1)] + 1e-12);
          before = v;
        }
    }
}

/* ---- comparisons --------------------------------------------------------------------------- */

static LloydStep
make_step (guint step, gint64 assign_ns, gint64 update_ns)
{
  return (LloydStep){ .step = step,
                      .objective = 2.0,
                      .objective_after_update = 1.0,
                      .assign_ns = assign_ns,
                      .update_ns = update_ns,
                      .wall_ns = 1000000000 };
}

/* Steps of random times; each now and then one that does not compare. */
static void
fill_steps (LloydStep *steps, guint n, gint64 around, GRand *rand)
{
  for (guint i = 0; i < n; i++)
    {
      steps[i] = make_step (i + 1, around + g_rand_int_range (rand, 0, 1000),
                            g_rand_int_range (rand, 0, 1000));
      if (g_rand_int_range (rand, 0, 5) == 0)
        steps[i].is_paced = TRUE;
      if (g_rand_int_range (rand, 0, 10) == 0)
        steps[i].objective_after_update = NAN;
      if (g_rand_int_range (rand, 0, 20) == 0)
        steps[i].assign_ns = steps[i].update_ns = 0;
    }
}

static gboolean
is_comparable (const LloydStep *step)
{
  return step->step > 1 && !step->is_paced && !isnan (step->objective_after_update) &&
         step->assign_ns + step->update_ns > 0;
}

static void
check_comparison (const LloydStep *a, guint n_a, const LloydStep *b, guint n_b)
{
  LloydComparison result = lloyd_compare (a, n_a, TRUE, b, n_b, FALSE);
  double ratios[60], times_a[60], times_b[60];
  guint n = 0;

  for (guint i = 0; i < MIN (n_a, n_b); i++)
    if (is_comparable (&a[i]) && is_comparable (&b[i]))
      {
        times_a[n] = (double) (a[i].assign_ns + a[i].update_ns);
        times_b[n] = (double) (b[i].assign_ns + b[i].update_ns);
        ratios[n] = times_a[n] / times_b[n];
        n++;
      }
  g_assert_cmpuint (result.n, ==, n);
  g_assert_cmpuint (result.n_steps_a, ==, n_a);
  g_assert_cmpuint (result.n_steps_b, ==, n_b);
  g_assert_true (isnan (result.total_ratio));
  if (n == 0)
    return;
  qsort (ratios, n, sizeof *ratios, compare_doubles);
  qsort (times_a, n, sizeof *times_a, compare_doubles);
  qsort (times_b, n, sizeof *times_b, compare_doubles);
  g_assert_cmpfloat (result.ratio, ==, lloyd_quantile (ratios, n, 0.5));
  g_assert_cmpfloat (result.low, ==, lloyd_quantile (ratios, n, 0.25));
  g_assert_cmpfloat (result.high, ==, lloyd_quantile (ratios, n, 0.75));
  gboolean is_a_faster = lloyd_quantile (times_a, n, 0.75) < lloyd_quantile (times_b, n, 0.25);
  gboolean is_b_faster = lloyd_quantile (times_b, n, 0.75) < lloyd_quantile (times_a, n, 0.25);
  gboolean is_apart = (is_a_faster && result.high < 1.0) || (is_b_faster && result.low > 1.0);
  g_assert_cmpint (result.is_clear, ==, is_apart && n >= LLOYD_CLEAR_STEPS);
}

static void
test_comparisons (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const gint64 offsets[] = { 0, 200, 1000, 100000 };
  LloydStep a[60], b[60];
  for (int round = 0; round < 500; round++)
    {
      guint n_a = (guint) g_rand_int_range (rand, 0, 60);
      guint n_b = (guint) g_rand_int_range (rand, 0, 60);
      fill_steps (a, n_a, 500, rand);
      fill_steps (b, n_b, 500 + offsets[round % 4], rand);
      check_comparison (a, n_a, b, n_b);
      check_comparison (b, n_b, a, n_a);
    }
}

/* Three steps that compare: ratios of 2, 3 and 4 to 1. */
static void
test_known (void)
{
  LloydStep a[6], b[6];
  static const gint64 times[] = { 900, 200, 300, 400, 900, 900 };
  for (guint i = 0; i < 6; i++)
    {
      a[i] = make_step (i + 1, times[i] - 50, 50);
      b[i] = make_step (i + 1, 60, 40);
    }
  a[4].is_paced = TRUE;
  b[5].objective_after_update = NAN;
  LloydComparison result = lloyd_compare (a, 6, TRUE, b, 6, TRUE);
  g_assert_cmpuint (result.n, ==, 3);
  g_assert_cmpfloat (result.ratio, ==, 3.0);
  g_assert_cmpfloat (result.low, ==, 2.5);
  g_assert_cmpfloat (result.high, ==, 3.5);
  g_assert_true (result.is_clear);
  /* Totals are of whole runs, with every step, of which none was paced. */
  g_assert_true (result.are_over);
  g_assert_true (isnan (result.total_ratio));
  a[4].is_paced = FALSE;
  g_assert_cmpfloat (lloyd_compare (a, 6, TRUE, b, 6, TRUE).total_ratio, ==, 3600.0 / 600.0);
  a[4].is_paced = TRUE;

  /* The other way round the same is said. */
  LloydComparison turned = lloyd_compare (b, 6, TRUE, a, 6, TRUE);
  g_assert_cmpfloat_with_epsilon (turned.ratio, 1.0 / 3.0, 1e-15);
  g_assert_true (turned.is_clear);

  /* A run beside itself is as fast, and nothing is clear. */
  LloydComparison same = lloyd_compare (a, 6, TRUE, a, 6, TRUE);
  g_assert_cmpfloat (same.ratio, ==, 1.0);
  g_assert_false (same.is_clear);
}

/* Overlapping quartiles are not clear, whatever the medians. */
static void
test_unclear (void)
{
  LloydStep a[9], b[9];
  for (guint i = 0; i < 9; i++)
    {
      a[i] = make_step (i + 1, 100 + 10 * i, 0);
      b[i] = make_step (i + 1, 130 + 10 * i, 0);
    }
  LloydComparison result = lloyd_compare (a, 9, FALSE, b, 9, FALSE);
  g_assert_cmpuint (result.n, ==, 8);
  g_assert_cmpfloat (result.ratio, <, 1.0);
  g_assert_false (result.is_clear);
  for (guint i = 0; i < 9; i++)
    b[i].assign_ns += 20;
  g_assert_true (lloyd_compare (a, 9, FALSE, b, 9, FALSE).is_clear);
  g_assert_true (lloyd_compare (b, 9, FALSE, a, 9, FALSE).is_clear);
}

/* Times may lie apart while the ratio, step by step, says now this and now that. */
static void
test_unclear_ratio (void)
{
  static const gint64 times_a[] = { 1, 100, 100, 100, 100, 300 },
                      times_b[] = { 1, 150, 150, 150, 50, 50 };
  LloydStep a[6], b[6];
  for (guint i = 0; i < 6; i++)
    {
      a[i] = make_step (i + 1, times_a[i], 0);
      b[i] = make_step (i + 1, times_b[i], 0);
    }
  LloydComparison result = lloyd_compare (a, 6, FALSE, b, 6, FALSE);
  g_assert_cmpfloat (result.low, <, 1.0);
  g_assert_cmpfloat (result.high, >, 1.0);
  g_assert_false (result.is_clear);
}

/* Two steps have a ratio, but nothing is clear of them. */
static void
test_few (void)
{
  LloydStep a[4], b[4];
  for (guint i = 0; i < 4; i++)
    {
      a[i] = make_step (i + 1, 100, 0);
      b[i] = make_step (i + 1, 900, 0);
    }
  g_assert_false (lloyd_compare (a, 3, FALSE, b, 3, FALSE).is_clear);
  g_assert_true (lloyd_compare (a, 4, FALSE, b, 4, FALSE).is_clear);
}

/* Totals only of runs that are over, and nothing of runs that have not begun. */
static void
test_totals (void)
{
  LloydStep a[3], b[2];
  for (guint i = 0; i < 3; i++)
    a[i] = make_step (i + 1, 100, 20);
  for (guint i = 0; i < 2; i++)
    b[i] = make_step (i + 1, 80, 10);
  g_assert_cmpfloat (lloyd_compare (a, 3, TRUE, b, 2, TRUE).total_ratio, ==, 2.0);
  g_assert_true (isnan (lloyd_compare (a, 3, FALSE, b, 2, TRUE).total_ratio));
  g_assert_true (isnan (lloyd_compare (a, 3, TRUE, b, 2, FALSE).total_ratio));

  LloydComparison none = lloyd_compare (NULL, 0, TRUE, NULL, 0, TRUE);
  g_assert_cmpuint (none.n, ==, 0);
  g_assert_true (isnan (none.total_ratio));
  g_assert_false (none.is_clear);
  /* A first step that is slow enough to turn it round decides nothing; one that is not may be. */
  b[0] = make_step (1, 5000, 0);
  g_assert_true (isnan (lloyd_compare (a, 3, TRUE, b, 2, TRUE).total_ratio));
  b[0] = make_step (1, 200, 0);
  g_assert_cmpfloat (lloyd_compare (a, 3, TRUE, b, 2, TRUE).total_ratio, ==, 360.0 / 290.0);
  /* The first step warms up, so that one step says nothing. */
  g_assert_cmpuint (lloyd_compare (a, 1, FALSE, b, 1, FALSE).n, ==, 0);
}

/* ---- rises --------------------------------------------------------------------------------- */

/* Steps that fall, each half of them. */
static void
fill_falling (LloydStep *steps, guint n)
{
  for (guint i = 0; i < n; i++)
    steps[i] = (LloydStep){ .step = i + 1,
                            .n_rows = 100,
                            .objective = 100.0 - 2.0 * i,
                            .objective_after_update = 99.0 - 2.0 * i };
}

static void
test_rises (void)
{
  LloydStep steps[6];
  LloydEvent event = { .step = 4 };
  fill_falling (steps, 6);
  steps[5].objective_after_update = NAN;
  g_assert_cmpuint (lloyd_find_rise (steps, 6, NULL, 0, LLOYD_METRIC_EUCLIDEAN), ==, 0);
  g_assert_cmpuint (lloyd_find_rise (steps, 0, NULL, 0, LLOYD_METRIC_EUCLIDEAN), ==, 0);
  /* Rounding is no rise. */
  steps[3].objective = steps[2].objective_after_update * (1.0 + 1e-12);
  g_assert_cmpuint (lloyd_find_rise (steps, 6, NULL, 0, LLOYD_METRIC_EUCLIDEAN), ==, 0);
  steps[3].objective = steps[2].objective_after_update + 0.01;
  g_assert_cmpuint (lloyd_find_rise (steps, 6, NULL, 0, LLOYD_METRIC_EUCLIDEAN), ==, 4);
  g_assert_cmpuint (lloyd_find_rise (steps, 6, NULL, 0, LLOYD_METRIC_COSINE), ==, 4);
  g_assert_cmpuint (lloyd_find_rise (steps, 6, &event, 1, LLOYD_METRIC_EUCLIDEAN), ==, 0);
  event.step = 3;
  g_assert_cmpuint (lloyd_find_rise (steps, 6, &event, 1, LLOYD_METRIC_EUCLIDEAN), ==, 4);
  /* An update that gave an empty cluster a new centroid. */
  fill_falling (steps, 6);
  steps[1].objective_after_update = 99.5;
  g_assert_cmpuint (lloyd_find_rise (steps, 6, NULL, 0, LLOYD_METRIC_EUCLIDEAN), ==, 2);
  steps[1].n_repaired = 1;
  g_assert_cmpuint (lloyd_find_rise (steps, 6, NULL, 0, LLOYD_METRIC_EUCLIDEAN), ==, 0);
  g_assert_true (lloyd_must_fall (LLOYD_METRIC_COSINE, LLOYD_ALGORITHM_LLOYD));
  g_assert_false (lloyd_must_fall (LLOYD_METRIC_COSINE_RAW, LLOYD_ALGORITHM_LLOYD));
  g_assert_false (lloyd_must_fall (LLOYD_METRIC_EUCLIDEAN, LLOYD_ALGORITHM_MINIBATCH));
}

/* No run of this engine rises. */
static void
test_real_runs (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  for (int round = 0; round < 24; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      g_autoptr (LloydPoints) points =
          test_cloud_weighted (&test_clouds[round % 3], NULL, 700, 2 + (guint) round % 4, rand);
      guint n;
      recipe->metric = round % 2 ? LLOYD_METRIC_COSINE : LLOYD_METRIC_EUCLIDEAN;
      recipe->missing = LLOYD_MISSING_DROP;
      recipe->k = 3 + (guint) round;
      const LloydBackend *backend = lloyd_backends_find ("cpu", 0, NULL, &error);
      g_autoptr (LloydRun) run = lloyd_run_new (points, recipe, backend, NULL, NULL, &error);
      g_assert_no_error (error);
      while (!lloyd_run_is_at_end (run))
        g_assert_true (lloyd_run_step (run, NULL, &error));
      const LloydStep *steps = lloyd_run_get_steps (run, &n);
      g_assert_cmpuint (lloyd_find_rise (steps, n, NULL, 0, recipe->metric), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/comparison/quantiles", test_quantiles);
  g_test_add_func ("/comparison/quantiles-rise", test_quantiles_rise);
  g_test_add_func ("/comparison/comparisons", test_comparisons);
  g_test_add_func ("/comparison/known", test_known);
  g_test_add_func ("/comparison/unclear-ratio", test_unclear_ratio);
  g_test_add_func ("/comparison/few", test_few);
  g_test_add_func ("/comparison/unclear", test_unclear);
  g_test_add_func ("/comparison/totals", test_totals);
  g_test_add_func ("/comparison/rises", test_rises);
  g_test_add_func ("/comparison/real-runs", test_real_runs);
  return g_test_run ();
}
