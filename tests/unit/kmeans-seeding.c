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

/* ---- rounds of sampling -------------------------------------------------------------------- */

#define MAX_CANDIDATES 40

/* What a round gave. */
typedef struct
{
  guint64 potentials[MAX_CANDIDATES];
  size_t rows[MAX_CANDIDATES];
  guint chosen;
  guint64 total;
} Round;

static LloydEngine *
open_on (LloydPoints *points, LloydMetric metric, const TestSubject *subject)
{
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .metric = metric,
                                 .n_threads = subject->n_threads,
                                 .simd = subject->simd };
  const LloydBackend *backend = lloyd_backends_find (subject->backend, 0, NULL, &error);
  LloydEngine *engine = backend->open (points, &options, NULL, &error);
  g_assert_no_error (error);
  return engine;
}

/* One round whose candidates are these rows, with as many draws. */
static void
sample_round (LloydEngine *engine,
              const size_t *candidates,
              guint n_candidates,
              const guint64 *draws,
              gboolean is_first,
              Round *round)
{
  g_autoptr (GError) error = NULL;
  guint d = engine->points->d;
  g_autofree float *centres = g_new (float, (size_t) n_candidates *d);
  LloydSamplingRound sample = { .candidates = centres,
                                .n_candidates = n_candidates,
                                .draws = draws,
                                .n_draws = n_candidates,
                                .potentials = round->potentials,
                                .rows = round->rows };

  memset (round, 0, sizeof *round);
  for (guint c = 0; c < n_candidates; c++)
    lloyd_seed_from_row (engine, candidates[c], centres + (size_t) c * d);
  engine->backend->sample (engine, &sample, is_first, NULL, &error);
  g_assert_no_error (error);
  round->chosen = sample.chosen;
  round->total = sample.total;
}

/* Rounds of the numbers of candidates given, ended by 0, of which the first must be 1: the same on
 * every subject. The first rows are the first candidates, the others random. */
static void
check_rounds (LloydPoints *points,
              LloydMetric metric,
              const guint *counts,
              const size_t *first_rows,
              GRand *rand)
{
  g_autofree TestSubject *subjects = test_subjects_new ();
  g_autoptr (GPtrArray) engines =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_engine_close);
  size_t candidates[MAX_CANDIDATES];
  guint64 draws[MAX_CANDIDATES];
  Round oracle, round;

  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    g_ptr_array_add (engines, open_on (points, metric, subject));
  for (guint r = 0; counts[r] != 0; r++)
    {
      for (guint c = 0; c < counts[r]; c++)
        {
          candidates[c] = first_rows != NULL
                              ? first_rows[r]
                              : (size_t) g_rand_int_range (rand, 0, (gint32) points->n);
          draws[c] = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
        }
      /* Equal candidates are told apart by their order. */
      if (counts[r] > 2)
        candidates[counts[r] - 1] = candidates[0];
      sample_round (engines->pdata[0], candidates, counts[r], draws, r == 0, &oracle);
      for (guint i = 1; i < engines->len; i++)
        {
          sample_round (engines->pdata[i], candidates, counts[r], draws, r == 0, &round);
          g_assert_cmpmem (&round, sizeof round, &oracle, sizeof oracle);
        }
    }
}

/* Every way of going over rows: few dimensions and many, rows of one piece and of several, few
 * candidates and more than a vector holds, weights and none. */
static void
test_rounds (void)
{
  const guint dims[] = { 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 33, 100, 130, 300 };
  const guint counts[] = { 1, 1, 8, 9, 4, 17, MAX_CANDIDATES, 16, 2, 8, 3, 0 };
  g_autoptr (GRand) rand = random_new ();
  guint n_clouds = 0, n_weights = 0;

  while (test_clouds[n_clouds].name != NULL)
    n_clouds++;
  while (test_weights[n_weights].name != NULL)
    n_weights++;
  for (gsize i = 0; i < G_N_ELEMENTS (dims); i++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        const TestCloud *cloud = &test_clouds[g_rand_int_range (rand, 0, (gint32) n_clouds)];
        const TestWeights *weights = NULL;
        if (g_rand_boolean (rand))
          weights = &test_weights[g_rand_int_range (rand, 0, (gint32) n_weights)];
        guint n = 1 + test_odd_size (rand, MIN (60000 / dims[i], 4000));
        g_test_message ("%s, weights %s, metric %d, n = %u, d = %u", cloud->name,
                        weights != NULL ? weights->name : "none", metric, n, dims[i]);
        g_autoptr (LloydPoints) points = test_cloud_weighted (cloud, weights, n, dims[i], rand);
        check_rounds (points, (LloydMetric) metric, counts, NULL, rand);
      }
}

/* Rows in order round a circle: whole boxes of them are far from a candidate. */
static void
test_rounds_in_order (void)
{
  const guint counts[] = { 1, 3, 8, 8, 8, 8, 17, 8, 0 }, n = 5000;
  g_autoptr (GRand) rand = random_new ();
  g_autofree double *values = g_new (double, 2 * (gsize) n);

  for (guint i = 0; i < n; i++)
    {
      double angle = 2.0 * G_PI * i / n, radius = g_rand_double_range (rand, 0.1, 3.0);
      values[2 * i] = radius * cos (angle);
      values[2 * i + 1] = radius * sin (angle);
    }
  g_autoptr (LloydPoints) points = test_points (values, n, 2);
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    check_rounds (points, (LloydMetric) metric, counts, NULL, rand);
}

/* A candidate that is too far off to be screened, but nearer than all centres. */
static void
test_rounds_far_off (void)
{
  const guint counts[] = { 1, 1, 1, 0 }, n = 100, d = 16;
  const size_t rows[] = { 0, 1, 2 };
  g_autoptr (GRand) rand = random_new ();
  g_autofree double *values = g_new (double, (gsize) n *d);

  for (guint i = 0; i < n * d; i++)
    values[i] = g_rand_double (rand);
  values[0] = -1.4e18;
  values[d] = 1.05e18;
  values[2 * d] = 9e17;
  g_autoptr (LloydPoints) points = test_points (values, n, d);
  check_rounds (points, LLOYD_METRIC_EUCLIDEAN, counts, rows, rand);
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
  g_test_add_func ("/seeding/rounds", test_rounds);
  g_test_add_func ("/seeding/rounds-in-order", test_rounds_in_order);
  g_test_add_func ("/seeding/rounds-far-off", test_rounds_far_off);
  return g_test_run ();
}
