/* Runs over weighted rows: weights of 1 change nothing, nor does a power of two for all of them;
 * rows of weight 0 are labelled and no more; every way to compute gives the same bits. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/minibatch.h"
#include "compute/kmeans/restarts.h"
#include "compute/kmeans/seeding.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static const char *const inits[] = { "k-means++", "k-means++-plain", "k-means-parallel",
                                     "random",    "first",           "farthest" };

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* The points of a cloud with weights that are those of `fill` times `factor`. */
static LloydPoints *
weighted_points (const double *values, const double *weights, double factor, size_t n, guint d)
{
  g_autofree double *own = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    own[i] = weights[i] * factor;
  return test_points_weighted (values, own, n, d);
}

/* Recipes of all kinds: the number says which. */
static LloydRecipe *
recipe_new (guint number, GRand *rand)
{
  static const char *const empty[] = { "farthest", "keep", "split", "random" };
  LloydRecipe *recipe = lloyd_recipe_new ();
  recipe->k = 2 + (guint) g_rand_int_range (rand, 0, 12);
  recipe->metric = (LloydMetric) (number % LLOYD_N_METRICS);
  recipe->seed = g_rand_int (rand);
  recipe->max_steps = 12;
  recipe->restarts = 1 + number % 2;
  test_recipe_set (recipe, "init", inits[number % G_N_ELEMENTS (inits)]);
  test_recipe_set (recipe, "empty", empty[number / 3 % G_N_ELEMENTS (empty)]);
  if (number % 4 == 3)
    {
      recipe->algorithm = LLOYD_ALGORITHM_MINIBATCH;
      recipe->batch_size = 40;
      recipe->batch_rule = number % 8 == 3 ? LLOYD_BATCH_COUNT : LLOYD_BATCH_PUBLISHED;
    }
  if (number % 5 == 4)
    recipe->tolerance = 0.05;
  return recipe;
}

#define N_RECIPES 24

static LloydRun *
run_all (LloydPoints *points, const LloydRecipe *recipe, const TestSubject *subject)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) own = lloyd_recipe_copy (recipe);
  LloydEngineOptions options = { .simd = subject->simd };
  own->n_threads = subject->n_threads;
  LloydRun *run =
      lloyd_restarts_run (points, own, lloyd_backends_find (subject->backend, 0, NULL, &error),
                          &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return run;
}

/* A cloud in which start rows coincide, so that clusters are empty now and then. */
static double *
values_new (guint number, size_t n, guint d, GRand *rand)
{
  static const guint clouds[] = { 0, 1, 5, 7, 15 };
  double *values = g_new (double, n *d);
  test_clouds[clouds[number % G_N_ELEMENTS (clouds)]].fill (values, n, d, rand);
  for (size_t i = 0; i < n; i++)
    values[i * d] = values[i * d] == 0.0 ? 0.5 : values[i * d];
  return values;
}

/* ---- weights of 1 -------------------------------------------------------------------------- */

static void
test_ones (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (guint number = 0; number < N_RECIPES; number++)
    {
      size_t n = 200;
      guint d = number % 2 == 0 ? 3 : 20;
      g_autofree double *values = values_new (number, n, d, rand);
      g_autofree double *ones = g_new (double, n);
      for (size_t i = 0; i < n; i++)
        ones[i] = 1.0;
      g_autoptr (LloydPoints) plain = test_points (values, n, d);
      g_autoptr (LloydPoints) points = test_points_weighted (values, ones, n, d);
      g_autoptr (LloydRecipe) recipe = recipe_new (number, rand);
      for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
        {
          g_autoptr (LloydRun) run = run_all (points, recipe, subject);
          g_autoptr (LloydRun) expected = run_all (plain, recipe, subject);
          test_runs_assert_equal (run, expected);
          g_assert_cmpmem (lloyd_run_get_weights (run), sizeof (double) * recipe->k,
                           lloyd_run_get_weights (expected), sizeof (double) * recipe->k);
          g_assert_cmpfloat (lloyd_run_get_total (run), ==, lloyd_run_get_total (expected));
        }
    }
}

/* ---- the same everywhere ------------------------------------------------------------------- */

static void
test_same_bits (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (guint number = 0; number < N_RECIPES; number++)
    {
      /* Whole, real, extreme. */
      const TestWeights *weights = &test_weights[1 + number % 3];
      g_autoptr (LloydPoints) points =
          test_cloud_weighted (&test_clouds[number % 8], weights, 300, 1 + number, rand);
      g_autoptr (LloydRecipe) recipe = recipe_new (number, rand);
      g_autoptr (LloydRun) expected = run_all (points, recipe, &subjects[0]);
      guint last = lloyd_run_get_last_position (expected);
      for (const TestSubject *subject = subjects + 1; subject->backend != NULL; subject++)
        {
          g_autoptr (LloydRun) run = run_all (points, recipe, subject);
          test_runs_assert_equal (run, expected);
          g_assert_cmpmem (lloyd_run_get_weights (run), sizeof (double) * recipe->k,
                           lloyd_run_get_weights (expected), sizeof (double) * recipe->k);
          /* Back and forth again. */
          g_assert_true (lloyd_run_go_to (run, last / 2, NULL, &error));
          g_assert_true (lloyd_run_go_to (run, last, NULL, &error));
          test_runs_assert_equal (run, expected);
        }
    }
}

/* A power of two for all weights scales the objective and changes nothing else. */
static void
test_powers_of_two (void)
{
  g_autoptr (GRand) rand = random_new ();
  const TestSubject subject = { "cpu", NULL, 2 };
  for (guint number = 0; number < N_RECIPES; number++)
    {
      size_t n = 150;
      guint d = 1 + number % 5, k, n_steps, n_expected;
      g_autofree double *values = values_new (number, n, d, rand);
      g_autofree double *weights = g_new (double, n);
      test_weights[2].fill (weights, n, rand);
      g_autoptr (LloydPoints) points = weighted_points (values, weights, 1.0, n, d);
      g_autoptr (LloydPoints) scaled = weighted_points (values, weights, 0x1p-20, n, d);
      g_autoptr (LloydRecipe) recipe = recipe_new (number, rand);
      g_autoptr (LloydRun) expected = run_all (points, recipe, &subject);
      g_autoptr (LloydRun) run = run_all (scaled, recipe, &subject);
      const LloydStep *steps = lloyd_run_get_steps (run, &n_steps),
                      *expected_steps = lloyd_run_get_steps (expected, &n_expected);
      k = recipe->k;
      g_assert_cmpuint (n_steps, ==, n_expected);
      for (guint i = 0; i < n_steps; i++)
        {
          g_assert_cmpfloat (steps[i].objective, ==, expected_steps[i].objective * 0x1p-20);
          g_assert_cmpuint (steps[i].moved, ==, expected_steps[i].moved);
          g_assert_cmpuint (steps[i].n_repaired, ==, expected_steps[i].n_repaired);
        }
      g_assert_cmpmem (lloyd_run_get_centroids (run), sizeof (float) * k * d,
                       lloyd_run_get_centroids (expected), sizeof (float) * k * d);
      for (guint j = 0; j < k; j++)
        g_assert_cmpfloat (lloyd_run_get_weights (run)[j], ==,
                           lloyd_run_get_weights (expected)[j] * 0x1p-20);
    }
}

/* ---- rows of weight 0 ---------------------------------------------------------------------- */

/* Rows of weight 0 lie far out, where every seeding and every repair would want them. */
static LloydPoints *
far_points (guint n_far, guint n_near, GRand *rand)
{
  guint n = n_far + n_near;
  g_autofree double *values = g_new (double, 2 * (size_t) n);
  g_autofree double *weights = g_new (double, n);
  for (guint i = 0; i < n; i++)
    {
      double reach = i < n_far ? 1000.0 : 1.0;
      weights[i] = i < n_far ? 0.0 : g_rand_double_range (rand, 0.5, 2.0);
      values[2 * i] = g_rand_double_range (rand, 0.1, reach);
      values[2 * i + 1] = g_rand_double_range (rand, -reach, reach);
    }
  return test_points_weighted (values, weights, n, 2);
}

/* Away from the rows that count no centroid ever stands. */
static void
check_near (LloydRun *run)
{
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  const float *c = lloyd_run_get_centroids (run);
  for (guint i = 0; i < 2 * recipe->k; i++)
    g_assert_cmpfloat (fabs ((double) c[i]), <, 1.5);
}

static void
test_zero (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (guint number = 0; number < N_RECIPES; number++)
    for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
      {
        g_autoptr (LloydPoints) points = far_points (100, 60, rand);
        g_autoptr (LloydRecipe) recipe = recipe_new (number, rand);
        g_autofree gint32 *labels = g_new (gint32, 160);
        gint64 n = 0;
        recipe->restarts = 1;
        g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
        for (guint j = 0; j < recipe->k; j++)
          g_assert_cmpuint (lloyd_run_get_start_rows (run)[j], >=, 100);
        while (!lloyd_run_is_at_end (run))
          {
            g_assert_true (lloyd_run_half_step (run, NULL, &error));
            check_near (run);
          }
        g_assert_true (lloyd_run_read_labels (run, labels, &error));
        for (guint i = 0; i < 160; i++)
          g_assert_cmpint (labels[i], >=, 0);
        for (guint j = 0; j < recipe->k; j++)
          {
            g_assert_cmpint (lloyd_run_get_weights (run)[j] > 0.0, ==,
                             lloyd_run_get_sizes (run)[j] > 0);
            n += lloyd_run_get_sizes (run)[j];
          }
        g_assert_cmpint (n, ==, 60);
      }
}

/* An empty cluster gets a row that counts, though those of weight 0 are farther. */
static void
test_repair (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autofree TestSubject *subjects = test_subjects_new ();
  static const char *const policies[] = { "farthest", "split", "random" };
  for (size_t p = 0; p < G_N_ELEMENTS (policies); p++)
    for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
      {
        g_autoptr (LloydPoints) points = far_points (30, 60, rand);
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        guint n_steps;
        recipe->k = 4;
        recipe->seed = g_rand_int (rand);
        test_recipe_set (recipe, "empty", policies[p]);
        /* The same row three times: two clusters are empty. */
        test_recipe_set (recipe, "init", "rows:31,31,31,32");
        g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
        g_assert_true (lloyd_run_step (run, NULL, &error));
        g_assert_cmpuint (lloyd_run_get_steps (run, &n_steps)[0].n_repaired, ==, 2);
        check_near (run);
        for (guint cluster = 1; cluster < 3; cluster++)
          g_assert_true (memcmp (lloyd_run_get_centroids (run) + 2 * cluster,
                                 points->values + 2 * 30, 2 * sizeof (float)) != 0);
      }
}

/* Where all rows that count are the same, seeding falls back on other rows that count. */
static void
test_same_rows (void)
{
  double values[20], weights[20];
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (int i = 0; i < 20; i++)
    {
      values[i] = i % 2 == 0 ? i : 7.5;
      weights[i] = i % 2 == 0 ? 0.0 : 0.1 * i;
    }
  g_autoptr (LloydPoints) points = test_points_weighted (values, weights, 20, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 9;
  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    for (size_t i = 0; i < G_N_ELEMENTS (inits); i++)
      {
        guint32 taken = 0;
        test_recipe_set (recipe, "init", inits[i]);
        g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
        for (guint j = 0; j < recipe->k; j++)
          {
            size_t row = lloyd_run_get_start_rows (run)[j];
            g_assert_cmpuint (row % 2, ==, 1);
            g_assert_false (taken >> row & 1);
            taken |= 1u << row;
          }
      }
}

/* Of rows that count there must be one for each cluster. */
static void
test_too_few (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = far_points (20, 3, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  const LloydBackend *backend = lloyd_backends_find ("cpu", 0, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (inits); i++)
    {
      g_autoptr (GError) error = NULL;
      test_recipe_set (recipe, "init", inits[i]);
      recipe->k = 4;
      g_assert_null (lloyd_run_new (points, recipe, backend, NULL, NULL, &error));
      g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
      g_assert_cmpstr (error->message, ==,
                       "test: 4 clusters are more than the 3 rows whose weight is not 0");
      recipe->k = 3;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
    }
}

/* ---- chances ------------------------------------------------------------------------------- */

/* The first row is drawn by weight, and the second by weight times squared distance. */
static void
test_chances (void)
{
  const double values[] = { 0.0, 1.0, 3.0, 4.0, 9.0 }, weights[] = { 1.0, 2.0, 0.0, 0.5, 0.25 };
  const guint n_seeds = 20000;
  double first[5] = { 0 }, pairs[5][5] = { { 0 } }, chi_first = 0.0, chi_pairs = 0.0;
  g_autoptr (LloydPoints) points = test_points_weighted (values, weights, 5, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  recipe->init = LLOYD_INIT_PLUS_PLUS_PLAIN;
  for (recipe->seed = 0; recipe->seed < n_seeds; recipe->seed++)
    {
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "reference");
      const size_t *rows = lloyd_run_get_start_rows (run);
      first[rows[0]]++;
      pairs[rows[0]][rows[1]]++;
    }
  for (int i = 0; i < 5; i++)
    {
      double expected = n_seeds * weights[i] / points->total_weight, total = 0.0;
      if (weights[i] == 0.0)
        {
          g_assert_cmpfloat (first[i], ==, 0.0);
          continue;
        }
      chi_first += pow (first[i] - expected, 2.0) / expected;
      for (int j = 0; j < 5; j++)
        total += weights[j] * pow (values[j] - values[i], 2.0);
      for (int j = 0; j < 5; j++)
        {
          double wanted = first[i] * weights[j] * pow (values[j] - values[i], 2.0) / total;
          if (wanted == 0.0)
            g_assert_cmpfloat (pairs[i][j], ==, 0.0);
          else
            chi_pairs += pow (pairs[i][j] - wanted, 2.0) / wanted;
        }
    }
  /* Of 3 and of 4 x 2 degrees of freedom, beyond one in a million. */
  g_assert_cmpfloat (chi_first, <, 30.7);
  g_assert_cmpfloat (chi_pairs, <, 42.7);
}

/* k-means|| chooses among its draws by the weight of what is nearest to each. */
static void
test_parallel (void)
{
  const double values[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
  const double weights[] = { 0.001, 0.001, 0.001, 0.001, 0.001, 0.9, 0.001, 0.001 };
  g_autoptr (LloydPoints) points = test_points_weighted (values, weights, 8, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  guint n_heavy = 0;
  recipe->k = 1;
  recipe->init = LLOYD_INIT_PARALLEL;
  for (recipe->seed = 0; recipe->seed < 500; recipe->seed++)
    {
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      n_heavy += lloyd_run_get_start_rows (run)[0] == 5;
    }
  /* 99 of 100; a third if rows alone counted. */
  g_assert_cmpuint (n_heavy, >, 480);
}

/* A batch that weighs nothing has no mean, and none that could spoil the smoothed one. */
static void
test_batch_of_nothing (void)
{
  g_autoptr (LloydMiniBatch) batch =
      lloyd_minibatch_new (LLOYD_METRIC_EUCLIDEAN, LLOYD_BATCH_COUNT, 2, 1, NULL);
  lloyd_minibatch_note (batch, 0.0, 0.0, 10, 100);
  for (int i = 0; i < 2 * LLOYD_BATCH_PATIENCE; i++)
    {
      lloyd_minibatch_note (batch, 100.0 - i, 10.0, 10, 100);
      lloyd_minibatch_note (batch, 0.0, 0.0, 10, 100);
      g_assert_false (lloyd_minibatch_is_stalled (batch));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weighted-runs/ones", test_ones);
  g_test_add_func ("/weighted-runs/same-bits", test_same_bits);
  g_test_add_func ("/weighted-runs/powers-of-two", test_powers_of_two);
  g_test_add_func ("/weighted-runs/zero", test_zero);
  g_test_add_func ("/weighted-runs/repair", test_repair);
  g_test_add_func ("/weighted-runs/same-rows", test_same_rows);
  g_test_add_func ("/weighted-runs/too-few", test_too_few);
  g_test_add_func ("/weighted-runs/chances", test_chances);
  g_test_add_func ("/weighted-runs/parallel", test_parallel);
  g_test_add_func ("/weighted-runs/batch-of-nothing", test_batch_of_nothing);
  return g_test_run ();
}
