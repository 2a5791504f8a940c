/* K-means against what must always hold. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/history.h"
#include "compute/kmeans/seeding.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

/* ---- empty clusters ------------------------------------------------------------------------ */

static const double vanishing[] = { 0, 3, 0, 4, 1, 0, 3, 3, 7, 3, 9, 9, 8, 4 };

static void
test_vanishing (void)
{
  g_autoptr (LloydPoints) points = test_points (vanishing, 7, 2);
  for (guint b = 0; test_backend_names[b] != NULL; b++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 3;
      recipe->empty = LLOYD_EMPTY_KEEP;
      recipe->init = LLOYD_INIT_FIRST;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, test_backend_names[b]);
      static const gint64 first[] = { 2, 3, 2 }, second[] = { 4, 3, 0 };
      static const double centroids[] = { 1.5, 3, 5.6666667, 5.6666667, 4, 1.5 };

      g_assert_true (lloyd_run_half_step (run, NULL, &error));
      g_assert_cmpmem (lloyd_run_get_sizes (run), sizeof first, first, sizeof first);
      g_assert_true (lloyd_run_half_step (run, NULL, &error));
      for (guint i = 0; i < 6; i++)
        g_assert_cmpfloat_with_epsilon ((double) lloyd_run_get_centroids (run)[i], centroids[i],
                                        1e-6);
      g_assert_true (lloyd_run_half_step (run, NULL, &error));
      g_assert_cmpmem (lloyd_run_get_sizes (run), sizeof second, second, sizeof second);
      /* Kept where it was: the third centroid, empty or not. */
      g_assert_true (lloyd_run_half_step (run, NULL, &error));
      for (guint i = 4; i < 6; i++)
        g_assert_cmpfloat ((double) lloyd_run_get_centroids (run)[i], ==, centroids[i]);
    }
}

/* The other policies fill the empty cluster, alike on every backend. */
static void
test_repairs (void)
{
  g_autoptr (LloydPoints) points = test_points (vanishing, 7, 2);
  static const LloydEmpty policies[] = { LLOYD_EMPTY_FARTHEST, LLOYD_EMPTY_SPLIT,
                                         LLOYD_EMPTY_RANDOM };

  for (size_t p = 0; p < G_N_ELEMENTS (policies); p++)
    {
      double objectives[2];
      for (guint b = 0; test_backend_names[b] != NULL; b++)
        {
          g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
          guint n, n_repaired = 0;
          recipe->k = 3;
          recipe->empty = policies[p];
          recipe->init = LLOYD_INIT_FIRST;
          g_autoptr (LloydRun) run = test_run_open (points, recipe, test_backend_names[b]);
          test_run_to_end (run);
          const LloydStep *steps = lloyd_run_get_steps (run, &n);
          for (guint i = 0; i < n; i++)
            n_repaired += steps[i].n_repaired;
          g_assert_cmpuint (n_repaired, >=, 1);
          g_assert_cmpuint (steps[n - 1].n_empty, ==, 0);
          objectives[b] = test_run_objective (run);
        }
      g_assert_cmpfloat (objectives[0], ==, objectives[1]);
    }
}

/* More clusters than distinct rows: the surplus stays empty, the run ends and says so. */
static void
test_surplus (void)
{
  double values[40];
  for (guint i = 0; i < 20; i++)
    {
      values[2 * i] = 1 + i % 3;
      values[2 * i + 1] = 2 + i % 3 % 2;
    }
  g_autoptr (LloydPoints) points = test_points (values, 20, 2);
  static const char *const inits[] = { "k-means++", "k-means++-plain", "first", "random" };
  for (size_t i = 0; i < G_N_ELEMENTS (inits); i++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        gint64 total = 0;
        recipe->k = 7;
        recipe->metric = (LloydMetric) metric;
        test_recipe_set (recipe, "init", inits[i]);
        g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
        test_run_to_end (run);
        g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_CONVERGED);
        g_assert_nonnull (lloyd_run_get_remarks (run)[0]);
        for (guint j = 0; j < recipe->k; j++)
          total += lloyd_run_get_sizes (run)[j];
        g_assert_cmpint (total, ==, 20);
      }
}

static void
test_too_many (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_points (vanishing, 7, 2);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 8;
  g_assert_null (lloyd_run_new (points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL,
                                NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_nonnull (strstr (error->message, "8 clusters are more than the 7 rows"));
}

static void
test_zero_rows (void)
{
  const double values[] = { 1, 0, 0, 0, 0, 2, 3, 1, 0, 0, 2, 2 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_points (values, 6, 2);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  const LloydBackend *cpu = lloyd_backends_find ("cpu", 0, NULL, NULL);
  gint32 labels[6];

  recipe->k = 2;
  recipe->metric = LLOYD_METRIC_COSINE;
  g_assert_null (lloyd_run_new (points, recipe, cpu, NULL, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_ZERO_ROW);
  g_assert_nonnull (strstr (error->message, "row 2"));
  g_clear_error (&error);

  recipe->missing = LLOYD_MISSING_DROP;
  g_autoptr (LloydRun) run = lloyd_run_new (points, recipe, cpu, NULL, NULL, &error);
  g_assert_no_error (error);
  test_run_to_end (run);
  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  for (guint i = 0; i < 6; i++)
    g_assert_true ((labels[i] == -1) == (i == 1 || i == 4));
  g_assert_nonnull (lloyd_run_get_remarks (run)[0]);
}

/* ---- what always holds --------------------------------------------------------------------- */

/* What rounding the centroids to float32 can cost: each coordinate is off by half a unit at the
 * most. */
static double
rounding_cost (const LloydPoints *points)
{
  double largest = 0.0;
  for (size_t i = 0; i < points->n * points->d; i++)
    largest = MAX (largest, fabs ((double) points->values[i]));
  double unit = 0x1p-24 * largest + 0x1p-149;
  return (double) points->n * points->d * unit * unit;
}

/* Without repair the objective never rises, and never exceeds that of one cluster. */
static void
test_objective (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric <= LLOYD_METRIC_COSINE; metric++)
      {
        guint n = 200 + test_odd_size (rand, 400), n_steps;
        g_autoptr (LloydPoints) points =
            test_cloud_points (cloud, n, 1 + test_odd_size (rand, 8), rand);
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        recipe->k = 1 + (guint) g_rand_int_range (rand, 0, 9);
        recipe->metric = (LloydMetric) metric;
        recipe->empty = LLOYD_EMPTY_KEEP;
        recipe->max_steps = 40;
        g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
        test_run_to_end (run);
        const LloydStep *steps = lloyd_run_get_steps (run, &n_steps);
        double slack = metric == LLOYD_METRIC_COSINE ? 1e-6 * n : rounding_cost (points);
        for (guint i = 1; i < n_steps; i++)
          {
            double before = steps[i - 1].objective, between = steps[i - 1].objective_after_update;
            g_assert_cmpfloat (between, <=, before + 1e-12 * before + slack);
            g_assert_cmpfloat (steps[i].objective, <=, between + 1e-12 * between + slack);
          }
        g_assert_cmpfloat (test_run_objective (run), <=,
                           lloyd_run_get_total (run) * (1.0 + 1e-9) + slack);
      }
}

/* Permuting rows permutes labels and leaves everything else the same. */
static void
test_permutation (void)
{
  enum
  {
    N = 501,
    D = 3,
    K = 7
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (GError) error = NULL;
  double values[N * D], shuffled[N * D];
  gint32 labels[N], shuffled_labels[N];
  guint order[N];

  for (guint i = 0; i < N * D; i++)
    values[i] = g_rand_double_range (rand, -1.0, 1.0);
  for (guint i = 0; i < N; i++)
    order[i] = i;
  /* The first K rows, which are the first centroids, stay. */
  for (guint i = N - 1; i > K; i--)
    {
      guint j = (guint) g_rand_int_range (rand, K, (gint32) i + 1), swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  for (guint i = 0; i < N; i++)
    memcpy (shuffled + i * D, values + order[i] * D, sizeof (double) * D);

  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = K;
  recipe->init = LLOYD_INIT_FIRST;
  g_autoptr (LloydPoints) points = test_points (values, N, D);
  g_autoptr (LloydPoints) other = test_points (shuffled, N, D);
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_autoptr (LloydRun) other_run = test_run_open (other, recipe, "cpu");
  test_run_to_end (run);
  test_run_to_end (other_run);
  g_assert_cmpmem (lloyd_run_get_centroids (run), sizeof (float) * K * D,
                   lloyd_run_get_centroids (other_run), sizeof (float) * K * D);
  g_assert_cmpfloat (test_run_objective (run), ==, test_run_objective (other_run));
  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  g_assert_true (lloyd_run_read_labels (other_run, shuffled_labels, &error));
  for (guint i = 0; i < N; i++)
    g_assert_cmpint (shuffled_labels[i], ==, labels[order[i]]);
}

/* ---- steps back and forth ------------------------------------------------------------------ */

typedef struct
{
  gint32 *labels;
  float *centroids;
  gint64 *sizes;
} State;

static State
read_state (LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  guint k = lloyd_run_get_recipe (run)->k, d = lloyd_run_get_points (run)->d;
  State state = { g_new (gint32, lloyd_run_get_points (run)->n_input),
                  g_memdup2 (lloyd_run_get_centroids (run), sizeof (float) * k * d),
                  g_memdup2 (lloyd_run_get_sizes (run), sizeof (gint64) * k) };
  g_assert_true (lloyd_run_read_labels (run, state.labels, &error));
  return state;
}

static void
state_clear (gpointer data)
{
  State *state = data;
  g_free (state->labels);
  g_free (state->centroids);
  g_free (state->sizes);
}

/* Any position, in any order, is what it was; going on from one changes nothing that follows. */
static void
test_stepping_back (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 3001, 3, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GArray) states = g_array_new (FALSE, FALSE, sizeof (State));
  guint k = 9, n;

  g_array_set_clear_func (states, state_clear);
  recipe->k = k;
  g_autoptr (LloydRun) straight = test_run_open (points, recipe, "cpu");
  test_run_to_end (straight);
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  for (guint p = 0;; p++)
    {
      State state = read_state (run);
      g_array_append_val (states, state);
      if (lloyd_run_is_at_end (run))
        break;
      /* Now and then, back and again forward on the way. */
      guint position = lloyd_run_get_position (run);
      if (p > 2 && g_rand_int_range (rand, 0, 3) == 0)
        {
          g_assert_true (
              lloyd_run_go_to (run, (guint) g_rand_int_range (rand, 0, (gint32) p), NULL, &error));
          g_assert_true (lloyd_run_go_to (run, position, NULL, &error));
        }
      g_assert_true (lloyd_run_half_step (run, NULL, &error));
    }
  g_assert_cmpfloat (test_run_objective (run), ==, test_run_objective (straight));
  lloyd_run_get_steps (straight, &n);
  g_assert_cmpuint (lloyd_run_get_last_position (run), ==, 2 * n - 1);

  for (guint i = 0; i < 60; i++)
    {
      guint p = (guint) g_rand_int_range (rand, 0, (gint32) states->len);
      g_assert_true (lloyd_run_go_to (run, p, NULL, &error));
      State now = read_state (run), *then = &g_array_index (states, State, p);
      g_assert_cmpmem (now.labels, sizeof (gint32) * points->n, then->labels,
                       sizeof (gint32) * points->n);
      g_assert_cmpmem (now.centroids, sizeof (float) * k * 3, then->centroids,
                       sizeof (float) * k * 3);
      g_assert_cmpmem (now.sizes, sizeof (gint64) * k, then->sizes, sizeof (gint64) * k);
      state_clear (&now);
    }
}

static void
test_history (void)
{
  g_autoptr (LloydHistory) history = lloyd_history_new (2);
  for (guint step = 1; step <= 1000; step++)
    {
      const float frame[] = { (float) step, -(float) step };
      lloyd_history_add (history, step, frame);
      if (lloyd_history_get_bytes (history) > 10 * sizeof frame)
        g_assert_true (lloyd_history_thin_out (history));
      for (guint asked = 1; asked <= step; asked += 1 + step / 10)
        {
          guint found;
          const float *kept = lloyd_history_before (history, asked, &found);
          g_assert_cmpuint (found, <=, asked);
          /* At most ten frames are kept, so at worst every 200th of 1000 steps. */
          g_assert_cmpuint (asked - found, <=, step / 4 + 1);
          g_assert_cmpfloat ((double) kept[0], ==, found);
        }
    }
}

static void
test_continue (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 2000, 2, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 20;
  g_autoptr (LloydRun) whole = test_run_open (points, recipe, "cpu");
  test_run_to_end (whole);

  recipe->max_steps = 3;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  guint n;
  lloyd_run_get_steps (run, &n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_MAX_STEPS);
  lloyd_run_continue (run, 1000);
  test_run_to_end (run);
  g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_CONVERGED);
  g_assert_cmpfloat (test_run_objective (run), ==, test_run_objective (whole));
}

static void
test_tolerance (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 5000, 2, rand);
  for (int metric = 0; metric <= LLOYD_METRIC_COSINE; metric++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      guint n, n_strict;
      recipe->k = 30;
      recipe->metric = (LloydMetric) metric;
      g_autoptr (LloydRun) strict = test_run_open (points, recipe, "cpu");
      test_run_to_end (strict);
      recipe->tolerance = 0.01;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      lloyd_run_get_steps (strict, &n_strict);
      const LloydStep *steps = lloyd_run_get_steps (run, &n);
      g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_TOLERANCE);
      g_assert_cmpuint (n, <, n_strict);
      /* One assignment after the update that was small enough, so labels are the nearest centroids.
       */
      g_assert_true (steps[n - 2].is_within_tolerance);
      g_assert_true (isnan (steps[n - 1].objective_after_update));
    }
}

static void
test_cancel (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 2000, 2, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  for (guint b = 0; test_backend_names[b] != NULL; b++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRun) whole = test_run_open (points, recipe, test_backend_names[b]);
      g_autoptr (LloydRun) run = test_run_open (points, recipe, test_backend_names[b]);
      test_run_to_end (whole);
      g_assert_true (lloyd_run_step (run, NULL, &error));
      g_cancellable_cancel (cancellable);
      g_assert_false (lloyd_run_step (run, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_cancellable_reset (cancellable);
      /* The run is as good as before. */
      test_run_to_end (run);
      g_assert_cmpfloat (test_run_objective (run), ==, test_run_objective (whole));
    }
}

/* ---- seeding ------------------------------------------------------------------------------- */

/* Frequencies of the second centre of plain k-means++ against the squared distances from the first.
 */
static void
test_seeding_frequencies (void)
{
  /* Rows on a line, so that weights are easy: from a first centre at 0 they are 0, 1, 4, 9, 25. */
  const double values[] = { 0, 1, 2, 3, 5 };
  const guint n_draws = 4000;
  g_autoptr (LloydPoints) points = test_points (values, 5, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  guint counts[5][5] = { { 0 } }, firsts[5] = { 0 };

  recipe->k = 2;
  recipe->init = LLOYD_INIT_PLUS_PLUS_PLAIN;
  for (guint seed = 0; seed < n_draws; seed++)
    {
      recipe->seed = seed;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "reference");
      const size_t *rows = lloyd_run_get_start_rows (run);
      firsts[rows[0]]++;
      counts[rows[0]][rows[1]]++;
    }

  double chi = 0.0;
  for (guint i = 0; i < 5; i++)
    chi += pow (firsts[i] - n_draws / 5.0, 2.0) / (n_draws / 5.0);
  /* 4 degrees of freedom: exceeded once in a million. */
  g_assert_cmpfloat (chi, <, 33.4);

  for (guint first = 0; first < 5; first++)
    {
      double total = 0.0;
      chi = 0.0;
      for (guint i = 0; i < 5; i++)
        total += pow (values[i] - values[first], 2.0);
      for (guint i = 0; i < 5; i++)
        {
          double expected = firsts[first] * pow (values[i] - values[first], 2.0) / total;
          if (i == first)
            g_assert_cmpuint (counts[first][i], ==, 0);
          else
            chi += pow (counts[first][i] - expected, 2.0) / expected;
        }
      g_assert_cmpfloat (chi, <, 30.7);
    }
}

static void
test_seeding_rules (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[1], 400, 3, rand);
  for (guint b = 0; test_backend_names[b] != NULL; b++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
      recipe->k = 40;
      recipe->init = LLOYD_INIT_RANDOM;
      recipe->seed = 3;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, test_backend_names[b]);
      for (guint j = 0; j < 40; j++)
        g_assert_true (
            g_hash_table_add (seen, GSIZE_TO_POINTER (lloyd_run_get_start_rows (run)[j] + 1)));

      recipe->init = LLOYD_INIT_FIRST;
      g_autoptr (LloydRun) first = test_run_open (points, recipe, test_backend_names[b]);
      for (guint j = 0; j < 40; j++)
        g_assert_cmpuint (lloyd_run_get_start_rows (first)[j], ==, j);
    }
}

/* Centroids written for people come back the same. */
static void
test_centroids_round_trip (void)
{
  g_autoptr (GError) error = NULL;
  static const LloydScale scales[] = { LLOYD_SCALE_NONE, LLOYD_SCALE_STANDARDISE,
                                       LLOYD_SCALE_MINMAX };
  for (size_t s = 0; s < G_N_ELEMENTS (scales); s++)
    {
      g_autoptr (LloydPoints) points = test_penguins_load (scales[s]);
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 5;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      double data[20];
      float back[20];
      lloyd_centroids_to_data (points, recipe->metric, lloyd_run_get_centroids (run), 5, data);
      g_assert_true (lloyd_centroids_from_data (points, recipe->metric, data, 5, back, &error));
      g_assert_cmpmem (back, sizeof back, lloyd_run_get_centroids (run), sizeof back);
      for (guint i = 0; i < 5; i++)
        g_assert_cmpfloat (data[4 * i + 3], >, 2000.0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kmeans/vanishing", test_vanishing);
  g_test_add_func ("/kmeans/repairs", test_repairs);
  g_test_add_func ("/kmeans/surplus", test_surplus);
  g_test_add_func ("/kmeans/too-many", test_too_many);
  g_test_add_func ("/kmeans/zero-rows", test_zero_rows);
  g_test_add_func ("/kmeans/objective", test_objective);
  g_test_add_func ("/kmeans/permutation", test_permutation);
  g_test_add_func ("/kmeans/stepping-back", test_stepping_back);
  g_test_add_func ("/kmeans/history", test_history);
  g_test_add_func ("/kmeans/continue", test_continue);
  g_test_add_func ("/kmeans/tolerance", test_tolerance);
  g_test_add_func ("/kmeans/cancel", test_cancel);
  g_test_add_func ("/kmeans/seeding-frequencies", test_seeding_frequencies);
  g_test_add_func ("/kmeans/seeding-rules", test_seeding_rules);
  g_test_add_func ("/kmeans/centroids-round-trip", test_centroids_round_trip);
  return g_test_run ();
}
