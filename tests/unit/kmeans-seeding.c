/* Seeding: farthest-first against brute force, k-means|| and greedy k-means++ against their
 * probabilities, and all of them alike on every backend. */
#include <math.h>
#include <string.h>

#include "compute/exact/philox.h"
#include "compute/kmeans/seeding.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* ---- farthest first ------------------------------------------------------------------------ */

/* Canonical distance of a stored row to a centre. */
static double
distance_to (const LloydEngine *engine, size_t row, const float *centre)
{
  guint d = engine->points->d;
  const float *x = lloyd_engine_row (engine, row);
  return lloyd_exact_seeding_distance (engine->metric, x, sqrt (lloyd_exact_norm_squared (x, d)),
                                       ldexp (1.0, lloyd_exact_unit_shift (engine->points->n)),
                                       centre, d);
}

/* The row farthest from the first `n` centroids, the lowest among equals. */
static size_t
brute_farthest (const LloydRun *run, guint n, double *distance)
{
  const LloydEngine *engine = lloyd_run_get_engine (run);
  guint d = engine->points->d;
  size_t farthest = 0;
  *distance = -1.0;
  for (size_t i = 0; i < engine->points->n; i++)
    {
      double nearest = INFINITY;
      for (guint j = 0; j < n; j++)
        nearest = MIN (nearest, distance_to (engine, i, lloyd_run_get_centroids (run) + j * d));
      if (nearest > *distance)
        {
          *distance = nearest;
          farthest = i;
        }
    }
  return farthest;
}

static void
test_farthest (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        guint n = 20 + test_odd_size (rand, 300), k = 1 + test_odd_size (rand, 12);
        g_autoptr (LloydPoints) points =
            test_cloud_points (cloud, n, 1 + test_odd_size (rand, 6), rand);
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        recipe->k = k;
        recipe->metric = (LloydMetric) metric;
        recipe->init = LLOYD_INIT_FARTHEST;
        recipe->seed = g_rand_int (rand);
        g_test_message ("%s, metric %d, n = %u, k = %u", cloud->name, metric, n, k);
        g_autoptr (LloydRun) oracle = test_run_open_on (points, recipe, &subjects[0]);
        const size_t *rows = lloyd_run_get_start_rows (oracle);
        for (guint j = 1; j < k; j++)
          {
            double distance;
            size_t farthest = brute_farthest (oracle, j, &distance);
            gboolean is_taken = distance == 0.0;
            for (guint i = 0; i < j; i++)
              {
                g_assert_cmpuint (rows[i], !=, rows[j]);
                is_taken |= rows[i] == farthest;
              }
            if (!is_taken)
              g_assert_cmpuint (rows[j], ==, farthest);
          }
        for (const TestSubject *subject = subjects + 1; subject->backend != NULL; subject++)
          {
            g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
            g_assert_cmpmem (lloyd_run_get_start_rows (run), sizeof (size_t) * k, rows,
                             sizeof (size_t) * k);
          }
      }
}

/* The same first row as k-means++, and a remark where rows run out. */
static void
test_farthest_rules (void)
{
  const double values[] = { 1, 5, 5, 1, 9, 9, 1, 5 };
  g_autoptr (LloydPoints) points = test_points (values, 8, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 5;
  for (recipe->seed = 0; recipe->seed < 20; recipe->seed++)
    {
      recipe->init = LLOYD_INIT_FARTHEST;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      recipe->init = LLOYD_INIT_PLUS_PLUS;
      g_autoptr (LloydRun) other = test_run_open (points, recipe, "cpu");
      g_assert_cmpuint (lloyd_run_get_start_rows (run)[0], ==, lloyd_run_get_start_rows (other)[0]);
      g_assert_cmpstr (lloyd_run_get_remarks (run)[0], ==,
                       "only 3 of 5 first centroids differ: the data have no more distinct rows");
    }
}

/* ---- k-means|| ----------------------------------------------------------------------------- */

/* Every backend, instruction set and number of threads: the same rows, all different, whatever the
 * data. */
static void
test_parallel (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        guint n = 20 + test_odd_size (rand, 600), k = test_odd_size (rand, 20);
        g_autoptr (LloydPoints) points =
            test_cloud_points (cloud, n, 1 + test_odd_size (rand, 6), rand);
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
        recipe->k = k;
        recipe->metric = (LloydMetric) metric;
        recipe->init = LLOYD_INIT_PARALLEL;
        recipe->seed = g_rand_int (rand);
        g_test_message ("%s, metric %d, n = %u, k = %u", cloud->name, metric, n, k);
        g_autoptr (LloydRun) oracle = test_run_open_on (points, recipe, &subjects[0]);
        const size_t *rows = lloyd_run_get_start_rows (oracle);
        for (guint j = 0; j < k; j++)
          g_assert_true (g_hash_table_add (seen, GSIZE_TO_POINTER (rows[j] + 1)));
        for (const TestSubject *subject = subjects + 1; subject->backend != NULL; subject++)
          {
            g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
            g_assert_cmpmem (lloyd_run_get_start_rows (run), sizeof (size_t) * k, rows,
                             sizeof (size_t) * k);
          }
      }
}

/* On separated blobs it finds one row in each. */
static void
test_parallel_finds_blobs (void)
{
  g_autoptr (GRand) rand = random_new ();
  double values[2 * 1000];
  for (guint i = 0; i < 1000; i++)
    {
      values[2 * i] = 1000.0 * (i % 10) + g_rand_double (rand);
      values[2 * i + 1] = g_rand_double (rand);
    }
  g_autoptr (LloydPoints) points = test_points (values, 1000, 2);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 10;
  recipe->init = LLOYD_INIT_PARALLEL;
  for (recipe->seed = 0; recipe->seed < 20; recipe->seed++)
    {
      guint found = 0;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      for (guint j = 0; j < 10; j++)
        found |= 1u << lloyd_run_get_start_rows (run)[j] % 10;
      g_assert_cmphex (found, ==, 0x3FF);
    }
}

/* How often each row is drawn in one round: min (1, l W / T) of the time, each row by itself. */
static void
test_scatter_frequencies (void)
{
  /* From a centre at 0 the squared distances are 0, 1, 4, 9, 16, 400. */
  const double values[] = { 0, 1, 2, 3, 4, 20 };
  const guint n_draws = 20000;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_points (values, 6, 1);
  LloydEngineOptions options = { .n_threads = 1 };
  const LloydBackend *cpu = lloyd_backends_find ("cpu", 0, NULL, NULL);
  g_autoptr (LloydEngine) engine = cpu->open (points, &options, NULL, &error);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (size_t));
  guint counts[6] = { 0 }, both = 0;
  float centre;

  lloyd_seed_from_row (engine, 0, &centre);
  for (guint seed = 0; seed < n_draws; seed++)
    {
      LloydScatterRound round = {
        .centres = &centre, .n_centres = 1, .n_wanted = 10, .seed = seed, .rows = rows
      };
      gboolean has[6] = { FALSE };
      g_assert_true (cpu->scatter (engine, &round, TRUE, NULL, &error));
      for (guint i = 0; i < rows->len; i++)
        {
          counts[g_array_index (rows, size_t, i)]++;
          has[g_array_index (rows, size_t, i)] = TRUE;
        }
      both += has[3] && has[4];
    }

  double chi = 0.0;
  g_assert_cmpuint (counts[0], ==, 0);
  g_assert_cmpuint (counts[5], ==, n_draws);
  for (guint i = 1; i < 5; i++)
    {
      double p = 10.0 * values[i] * values[i] / 430.0, expected = n_draws * p;
      chi += pow (counts[i] - expected, 2.0) / (expected * (1.0 - p));
    }
  /* 4 degrees of freedom: exceeded once in a million. */
  g_assert_cmpfloat (chi, <, 33.4);
  double p = 90.0 / 430.0 * (160.0 / 430.0);
  g_assert_cmpfloat (fabs (both - n_draws * p), <, 5.0 * sqrt (n_draws * p * (1.0 - p)));
}

/* The first row of k-means|| among its candidates: each row weighs the rows nearest to it. With two
 * far groups, the chosen rows lie one in each, and the first one in the larger as often as it is
 * larger. */
static void
test_parallel_weights (void)
{
  double values[40];
  const guint n_runs = 2000;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  guint n_large = 0;

  for (guint i = 0; i < 40; i++)
    values[i] = i < 30 ? i * 0.01 : 1000.0 + i * 0.01;
  g_autoptr (LloydPoints) points = test_points (values, 40, 1);
  recipe->k = 2;
  recipe->init = LLOYD_INIT_PARALLEL;
  for (recipe->seed = 0; recipe->seed < n_runs; recipe->seed++)
    {
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "reference");
      const size_t *rows = lloyd_run_get_start_rows (run);
      g_assert_true ((rows[0] < 30) != (rows[1] < 30));
      n_large += rows[0] < 30;
    }
  g_assert_cmpfloat (fabs (n_large - 0.75 * n_runs), <, 5.0 * sqrt (n_runs * 0.75 * 0.25));
}

/* ---- greedy k-means++ ---------------------------------------------------------------------- */

/* The second centre: of three draws by squared distance, the one that leaves the least; its
 * probability is worked out over all triples of draws. */
static void
test_greedy_frequencies (void)
{
  const double values[] = { 0, 1, 2, 3, 5, 6 };
  const guint n = 6, n_runs = 6000, n_trials = 2 + (guint) floor (log (3.0));
  g_autoptr (LloydPoints) points = test_points (values, n, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  guint counts[6][6] = { { 0 } }, firsts[6] = { 0 };

  recipe->k = 3;
  g_assert_cmpuint (n_trials, ==, 3);
  for (recipe->seed = 0; recipe->seed < n_runs; recipe->seed++)
    {
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "reference");
      const size_t *rows = lloyd_run_get_start_rows (run);
      firsts[rows[0]]++;
      counts[rows[0]][rows[1]]++;
    }
  for (guint first = 0; first < n; first++)
    {
      double weight[6], left[6] = { 0 }, total = 0.0, chance[6] = { 0 }, chi = 0.0;
      for (guint i = 0; i < n; i++)
        {
          weight[i] = pow (values[i] - values[first], 2.0);
          total += weight[i];
          for (guint j = 0; j < n; j++)
            left[i] += MIN (pow (values[j] - values[first], 2.0), pow (values[j] - values[i], 2.0));
        }
      for (guint t = 0; t < n * n * n; t++)
        {
          guint draw[3] = { t % n, t / n % n, t / n / n }, best = 0;
          for (guint i = 1; i < 3; i++)
            if (left[draw[i]] < left[draw[best]])
              best = i;
          chance[draw[best]] +=
              weight[draw[0]] * weight[draw[1]] * weight[draw[2]] / pow (total, 3.0);
        }
      for (guint i = 0; i < n; i++)
        if (firsts[first] * chance[i] >= 5.0)
          chi +=
              pow (counts[first][i] - firsts[first] * chance[i], 2.0) / (firsts[first] * chance[i]);
      /* At most 4 degrees of freedom: exceeded once in a million. */
      g_assert_cmpfloat (chi, <, 33.4);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/seeding/farthest", test_farthest);
  g_test_add_func ("/seeding/farthest-rules", test_farthest_rules);
  g_test_add_func ("/seeding/parallel", test_parallel);
  g_test_add_func ("/seeding/parallel-finds-blobs", test_parallel_finds_blobs);
  g_test_add_func ("/seeding/parallel-weights", test_parallel_weights);
  g_test_add_func ("/seeding/scatter-frequencies", test_scatter_frequencies);
  g_test_add_func ("/seeding/greedy-frequencies", test_greedy_frequencies);
  return g_test_run ();
}
