/* The tolerance against its definition: the run ends one assignment after the first update in which
 * no centroid moves farther than tolerance * sqrt (SST / W), under angles than the tolerance. */
#include <math.h>
#include <string.h>

#include "tests/support/clouds.h"
#include "tests/support/runs.h"

/* Total sum of squares about the mean, over the rows. */
static double
mean_square (const LloydPoints *points)
{
  long double total = 0.0L;
  for (guint j = 0; j < points->d; j++)
    {
      long double sum = 0.0L, squares = 0.0L;
      for (size_t i = 0; i < points->n; i++)
        sum += (long double) points->values[i * points->d + j];
      for (size_t i = 0; i < points->n; i++)
        {
          long double t = (long double) points->values[i * points->d + j] - sum / points->n;
          squares += t * t;
        }
      total += squares;
    }
  return (double) (total / points->n);
}

static double
largest_shift (const float *a, const float *b, guint k, guint d)
{
  double largest = 0.0;
  for (guint cluster = 0; cluster < k; cluster++)
    {
      double square = 0.0;
      for (guint j = 0; j < d; j++)
        square += pow ((double) a[cluster * d + j] - (double) b[cluster * d + j], 2.0);
      largest = MAX (largest, sqrt (square));
    }
  return largest;
}

static void
check_run (LloydPoints *points, const LloydRecipe *recipe)
{
  g_autoptr (GError) error = NULL;
  size_t bytes = sizeof (float) * recipe->k * points->d;
  g_autofree float *before = g_malloc (bytes);
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  double limit = recipe->tolerance;
  gboolean was_within = FALSE;
  guint n;

  if (recipe->metric == LLOYD_METRIC_EUCLIDEAN)
    limit *= sqrt (mean_square (points));
  while (!lloyd_run_is_at_end (run))
    {
      memcpy (before, lloyd_run_get_centroids (run), bytes);
      g_assert_true (lloyd_run_step (run, NULL, &error));
      const LloydStep *steps = lloyd_run_get_steps (run, &n);
      double shift = largest_shift (before, lloyd_run_get_centroids (run), recipe->k, points->d);
      if (was_within)
        {
          g_assert_true (lloyd_run_is_at_end (run));
          g_assert_true (isnan (steps[n - 1].objective_after_update));
          break;
        }
      if (lloyd_run_is_at_end (run))
        break;
      /* Nearer to the limit than this, rounding decides. */
      if (fabs (shift - limit) > 1e-9 * limit)
        g_assert_true (steps[n - 1].is_within_tolerance == (shift < limit));
      was_within = steps[n - 1].is_within_tolerance;
    }
  g_assert_true (was_within);
  /* Where the last assignment moves nobody, that comes first. */
  const LloydStep *last = lloyd_run_get_steps (run, &n) + n - 1;
  gboolean is_at_rest = recipe->algorithm == LLOYD_ALGORITHM_LLOYD && last->moved == 0;
  g_assert_cmpint (lloyd_run_get_stop (run), ==,
                   is_at_rest ? LLOYD_STOP_CONVERGED : LLOYD_STOP_TOLERANCE);
}

static void
test_definition (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  static const double tolerances[] = { 0.3, 0.05, 0.01 };
  for (int turn = 0; turn < 3 * 2 * LLOYD_N_METRICS; turn++)
    {
      g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 4000, 3, rand);
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 25;
      recipe->metric = (LloydMetric) (turn % LLOYD_N_METRICS);
      recipe->tolerance = tolerances[turn / 2 / LLOYD_N_METRICS];
      if (turn / LLOYD_N_METRICS % 2 != 0)
        {
          recipe->algorithm = LLOYD_ALGORITHM_MINIBATCH;
          recipe->batch_size = 2000;
          recipe->tolerance *= 2.0;
        }
      check_run (points, recipe);
    }
}

/* The unit of the data does not matter: a thousand times larger, the same steps. */
static void
test_unit (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  double values[2000], larger[2000];
  guint n, n_larger;
  for (guint i = 0; i < 2000; i++)
    {
      values[i] = g_rand_double_range (rand, -1.0, 1.0);
      larger[i] = 1024.0 * values[i];
    }
  g_autoptr (LloydPoints) points = test_points (values, 1000, 2);
  g_autoptr (LloydPoints) larger_points = test_points (larger, 1000, 2);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 12;
  recipe->tolerance = 0.02;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_autoptr (LloydRun) larger_run = test_run_open (larger_points, recipe, "cpu");
  test_run_to_end (run);
  test_run_to_end (larger_run);
  lloyd_run_get_steps (run, &n);
  lloyd_run_get_steps (larger_run, &n_larger);
  g_assert_cmpuint (n, ==, n_larger);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tolerance/definition", test_definition);
  g_test_add_func ("/tolerance/unit", test_unit);
  return g_test_run ();
}
