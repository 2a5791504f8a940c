/* Mini-batch k-means: batches, both rules, stopping, going back. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/minibatch.h"
#include "compute/kmeans/seeding.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static LloydRecipe *
recipe_new (guint k, int metric, guint batch_size, const char *rule)
{
  LloydRecipe *recipe = lloyd_recipe_new ();
  recipe->k = k;
  recipe->metric = (LloydMetric) metric;
  recipe->batch_size = batch_size;
  test_recipe_set (recipe, "algorithm", "minibatch");
  test_recipe_set (recipe, "batch-rule", rule);
  return recipe;
}

/* ---- batches ------------------------------------------------------------------------------- */

/* An epoch has every row once; the next has them in another order; another seed in another. */
static void
test_batches (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (guint round = 0; round < 50; round++)
    {
      guint n = 1 + (guint) g_rand_int_range (rand, 0, 2000),
            size = 1 + (guint) g_rand_int_range (rand, 0, (gint32) n);
      guint64 seed = g_rand_int (rand);
      guint per_epoch = (n + size - 1) / size;
      g_autofree size_t *rows = g_new (size_t, size);
      g_autofree size_t *orders = g_new (size_t, 2 * (size_t) n);
      size_t at = 0;
      for (guint epoch = 0; epoch < 2; epoch++)
        {
          g_autofree guint *seen = g_new0 (guint, n);
          for (guint b = 0; b < per_epoch; b++)
            {
              size_t count = lloyd_minibatch_rows (n, size, seed, 1 + epoch * per_epoch + b, rows);
              g_assert_cmpuint (count, ==, b + 1 < per_epoch ? size : n - b * size);
              for (size_t i = 0; i < count; i++)
                {
                  seen[rows[i]]++;
                  orders[at++] = rows[i];
                }
            }
          for (guint i = 0; i < n; i++)
            g_assert_cmpuint (seen[i], ==, 1);
        }
      if (n >= 100)
        g_assert_true (memcmp (orders, orders + n, sizeof (size_t) * n) != 0);
      lloyd_minibatch_rows (n, size, seed + 1, 1, rows);
      if (size >= 100)
        g_assert_true (memcmp (orders, rows, sizeof (size_t) * size) != 0);
    }
}

/* ---- steps --------------------------------------------------------------------------------- */

/* One batch of all rows, by `count`: the first step of Lloyd, bit for bit, whatever the data. */
static void
test_one_batch (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        guint n = 10 + test_odd_size (rand, 500);
        g_autoptr (LloydPoints) points =
            test_cloud_points (cloud, n, 1 + test_odd_size (rand, 8), rand);
        g_autoptr (LloydRecipe) recipe =
            recipe_new (1 + test_odd_size (rand, 9), metric, n, "count");
        recipe->max_steps = 2;
        recipe->empty = LLOYD_EMPTY_KEEP;
        for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
          {
            g_autoptr (LloydRecipe) plain = lloyd_recipe_copy (recipe);
            guint n_steps, n_plain;
            plain->algorithm = LLOYD_ALGORITHM_LLOYD;
            g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
            g_autoptr (LloydRun) lloyd = test_run_open_on (points, plain, subject);
            test_run_to_end (run);
            test_run_to_end (lloyd);
            const LloydStep *steps = lloyd_run_get_steps (run, &n_steps),
                            *plain_steps = lloyd_run_get_steps (lloyd, &n_plain);
            g_test_message ("%s, metric %d, n = %u, %s", cloud->name, metric, n, subject->backend);
            g_assert_cmpuint (n_steps, ==, 2);
            g_assert_cmpuint (n_plain, ==, 2);
            g_assert_cmpuint (steps[0].moved, ==, n);
            g_assert_cmpuint (steps[0].n_empty, ==, plain_steps[0].n_empty);
            g_assert_cmpmem (&steps[0].objective, sizeof (double), &plain_steps[0].objective,
                             sizeof (double));
            g_assert_cmpmem (&steps[0].objective_after_update, sizeof (double),
                             &plain_steps[0].objective_after_update, sizeof (double));
            g_assert_cmpmem (&steps[1].objective, sizeof (double), &plain_steps[1].objective,
                             sizeof (double));
            g_assert_cmpmem (lloyd_run_get_centroids (run), sizeof (float) * recipe->k * points->d,
                             lloyd_run_get_centroids (lloyd),
                             sizeof (float) * recipe->k * points->d);
          }
      }
}

/* Every backend, instruction set and number of threads: the same trace and the same bits. */
static void
test_alike (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  static const char *const rules[] = { "count", "published" };
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        guint n = 50 + test_odd_size (rand, 500);
        g_autoptr (LloydPoints) points =
            test_cloud_points (cloud, n, 1 + test_odd_size (rand, 8), rand);
        g_autoptr (LloydRecipe) recipe =
            recipe_new (1 + test_odd_size (rand, 9), metric, 1 + test_odd_size (rand, 40),
                        rules[g_rand_int_range (rand, 0, 2)]);
        recipe->max_steps = 60;
        g_test_message ("%s, metric %d, n = %u, %s", cloud->name, metric, n,
                        lloyd_batch_rule_names[recipe->batch_rule]);
        g_autoptr (LloydRun) oracle = test_run_open_on (points, recipe, &subjects[0]);
        test_run_to_end (oracle);
        for (const TestSubject *subject = subjects + 1; subject->backend != NULL; subject++)
          {
            g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
            test_run_to_end (run);
            test_runs_assert_equal (run, oracle);
          }
      }
}

/* Both rules by hand, on a line. */
static void
test_rules (void)
{
  const double values[] = { 0, 1, 2, 3, 10, 11, 12, 13 };
  g_autoptr (LloydPoints) points = test_points (values, 8, 1);
  for (int rule = 0; rule < 2; rule++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRecipe) recipe =
          recipe_new (2, LLOYD_METRIC_EUCLIDEAN, 3, rule == 0 ? "count" : "published");
      double c[2] = { 0, 13 }, sum[2] = { 0, 0 };
      guint count[2] = { 0, 0 };
      test_recipe_set (recipe, "init", "rows:1,8");
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      for (guint step = 1; step <= 7; step++)
        {
          size_t rows[3], n = lloyd_minibatch_rows (8, 3, 0, step, rows);
          double batch_sum[2] = { 0, 0 }, objective = 0.0;
          guint batch_count[2] = { 0, 0 };
          for (size_t i = 0; i < n; i++)
            {
              double x = values[rows[i]];
              guint j = fabs (x - c[0]) <= fabs (x - c[1]) ? 0 : 1;
              batch_sum[j] += x;
              batch_count[j]++;
              objective += (x - c[j]) * (x - c[j]);
            }
          for (guint j = 0; j < 2; j++)
            {
              sum[j] += batch_sum[j];
              count[j] += batch_count[j];
              if (batch_count[j] == 0)
                continue;
              double mean = batch_sum[j] / batch_count[j];
              c[j] = (double) (float) (rule == 0 ? sum[j] / count[j]
                                                 : c[j] + (mean - c[j]) / count[j]);
            }
          guint n_steps;
          g_assert_true (lloyd_run_step (run, NULL, &error));
          const LloydStep *steps = lloyd_run_get_steps (run, &n_steps);
          g_assert_cmpfloat_with_epsilon (steps[step - 1].objective, objective,
                                          1e-5 * (1.0 + objective));
          g_assert_cmpuint (steps[step - 1].n_rows, ==, n);
          for (guint j = 0; j < 2; j++)
            g_assert_cmpfloat ((double) lloyd_run_get_centroids (run)[j] + points->origin[0], ==,
                               c[j]);
        }
    }
}

/* What the integers leave out counts: large values cancel, and a tiny one is the sum; after two
 * epochs it is there twice. */
static void
test_remainders (void)
{
  g_autofree TestSubject *subjects = test_subjects_new ();
  double values[64] = { 0 };
  for (guint i = 0; i < 62; i++)
    values[i] = i % 2 == 0 ? 0x1p30 : -0x1p30;
  values[62] = 0x1p-45;
  g_autoptr (LloydPoints) points = test_points (values, 64, 1);
  g_autoptr (LloydRecipe) recipe = recipe_new (1, LLOYD_METRIC_EUCLIDEAN, 16, "count");
  test_recipe_set (recipe, "init", "first");
  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
      for (guint step = 1; step <= 8; step++)
        {
          g_assert_true (lloyd_run_step (run, NULL, &error));
          if (step % 4 == 0)
            g_assert_cmpfloat ((double) lloyd_run_get_centroids (run)[0], ==, 0x1p-45 / 64);
        }
    }
}

/* ---- quality and stopping ------------------------------------------------------------------ */

/* On blobs it comes within a few percent of Lloyd from the same start. */
static void
test_quality (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[1], 6000, 4, rand);
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    for (guint64 seed = 0; seed < 4; seed++)
      {
        g_autoptr (LloydRecipe) recipe = recipe_new (5, metric, 300, "count");
        recipe->seed = seed;
        g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
        recipe->algorithm = LLOYD_ALGORITHM_LLOYD;
        g_autoptr (LloydRun) lloyd = test_run_open (points, recipe, "cpu");
        test_run_to_end (run);
        test_run_to_end (lloyd);
        g_assert_cmpfloat (test_run_objective (run), <=, 1.03 * test_run_objective (lloyd));
      }
}

/* The last entry labels all rows with the nearest of the final centroids. */
static void
test_last_entry (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 1000, 2, rand);
  g_autoptr (LloydRecipe) recipe = recipe_new (7, LLOYD_METRIC_EUCLIDEAN, 64, "count");
  gint32 labels[1000];
  guint n;

  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  const LloydStep *steps = lloyd_run_get_steps (run, &n);
  g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_NO_IMPROVEMENT);
  g_assert_cmpuint (n, >, LLOYD_BATCH_PATIENCE);
  g_assert_cmpuint (steps[n - 1].batch, ==, 0);
  g_assert_cmpuint (steps[n - 1].n_rows, ==, 1000);
  g_assert_true (isnan (steps[n - 1].objective_after_update));
  for (guint i = 0; i + 1 < n; i++)
    g_assert_cmpuint (steps[i].batch, ==, i + 1);

  double objective = 0.0;
  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  for (guint i = 0; i < 1000; i++)
    {
      double lowest = INFINITY;
      gint32 nearest = -1;
      for (gint32 j = 0; j < 7; j++)
        {
          double distance = lloyd_exact_distance (lloyd_points_values (points, i),
                                                  lloyd_run_get_centroids (run) + 2 * j, 2);
          if (distance < lowest)
            {
              lowest = distance;
              nearest = j;
            }
        }
      g_assert_cmpint (labels[i], ==, nearest);
      objective += lowest;
    }
  g_assert_cmpfloat_with_epsilon (steps[n - 1].objective, objective, 1e-9 * objective);
}

static void
test_stops (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 2000, 2, rand);
  for (int metric = 0; metric <= LLOYD_METRIC_COSINE; metric++)
    {
      g_autoptr (LloydRecipe) recipe = recipe_new (5, metric, 200, "count");
      guint n;
      recipe->max_steps = 4;
      g_autoptr (LloydRun) few = test_run_open (points, recipe, "cpu");
      test_run_to_end (few);
      g_assert_cmpint (lloyd_run_get_stop (few), ==, LLOYD_STOP_MAX_STEPS);
      lloyd_run_get_steps (few, &n);
      g_assert_cmpuint (n, ==, 4);

      recipe->max_steps = 1000;
      recipe->tolerance = 0.05;
      g_autoptr (LloydRun) close = test_run_open (points, recipe, "cpu");
      test_run_to_end (close);
      const LloydStep *steps = lloyd_run_get_steps (close, &n);
      g_assert_cmpint (lloyd_run_get_stop (close), ==, LLOYD_STOP_TOLERANCE);
      g_assert_true (steps[n - 2].is_within_tolerance);
      for (guint i = 0; i + 2 < n; i++)
        g_assert_false (steps[i].is_within_tolerance);

      /* Going on after the limit of steps is as if it had not been there. */
      recipe->tolerance = 0.0;
      g_autoptr (LloydRun) whole = test_run_open (points, recipe, "cpu");
      test_run_to_end (whole);
      lloyd_run_continue (few, 1000);
      test_run_to_end (few);
      g_assert_cmpint (lloyd_run_get_stop (few), ==, LLOYD_STOP_NO_IMPROVEMENT);
      g_assert_cmpfloat (test_run_objective (few), ==, test_run_objective (whole));
      g_assert_cmpmem (lloyd_run_get_centroids (few), sizeof (float) * 10,
                       lloyd_run_get_centroids (whole), sizeof (float) * 10);
    }
}

static void
test_too_large (void)
{
  g_autoptr (GError) error = NULL;
  const double values[] = { 0, 1, 2, 3 };
  g_autoptr (LloydPoints) points = test_points (values, 4, 1);
  g_autoptr (LloydRecipe) recipe = recipe_new (2, LLOYD_METRIC_EUCLIDEAN, 5, "count");
  g_assert_null (lloyd_run_new (points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL,
                                NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_nonnull (strstr (error->message, "a batch of 5 rows is more than the 4 rows"));
}

/* ---- back and forth ------------------------------------------------------------------------ */

typedef struct
{
  gint32 labels[600];
  gint32 all[600];
  float centroids[18];
  gint64 sizes[6];
} State;

static State
read_state (LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  State state;
  g_assert_true (lloyd_run_read_labels (run, state.labels, &error));
  g_assert_true (lloyd_run_read_all_labels (run, state.all, NULL, &error));
  memcpy (state.centroids, lloyd_run_get_centroids (run), sizeof state.centroids);
  memcpy (state.sizes, lloyd_run_get_sizes (run), sizeof state.sizes);
  return state;
}

/* Any position, in any order, is what it was; also where its centroids are not kept. */
static void
check_back (gboolean forgets)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  static const char *const rules[] = { "count", "published" };
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 600, 3, rand);
  for (int turn = 0; turn < 2 * LLOYD_N_METRICS; turn++)
    {
      g_autoptr (LloydRecipe) recipe = recipe_new (6, turn / 2, 47, rules[turn % 2]);
      g_autoptr (GArray) states = g_array_new (FALSE, FALSE, sizeof (State));
      recipe->max_steps = 40;
      g_autoptr (LloydRun) straight = test_run_open (points, recipe, "cpu");
      test_run_to_end (straight);
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      if (forgets)
        lloyd_run_set_history_budget (run, 4 * sizeof (float) * 18);
      for (guint p = 0;; p++)
        {
          State state = read_state (run);
          g_array_append_val (states, state);
          if (lloyd_run_is_at_end (run))
            break;
          if (p > 2 && g_rand_int_range (rand, 0, 3) == 0)
            {
              g_assert_true (lloyd_run_go_to (run, (guint) g_rand_int_range (rand, 0, (gint32) p),
                                              NULL, &error));
              g_assert_true (lloyd_run_go_to (run, p, NULL, &error));
            }
          g_assert_true (lloyd_run_half_step (run, NULL, &error));
        }
      test_runs_assert_equal (run, straight);
      for (guint i = 0; i < 40; i++)
        {
          guint p = (guint) g_rand_int_range (rand, 0, (gint32) states->len);
          g_assert_true (lloyd_run_go_to (run, p, NULL, &error));
          State now = read_state (run);
          g_assert_cmpmem (&now, sizeof now, &g_array_index (states, State, p), sizeof now);
        }
    }
}

static void
test_back (void)
{
  check_back (FALSE);
}

static void
test_back_without_history (void)
{
  check_back (TRUE);
}

/* Labels at a batch's position are those of its rows, and of no others; asked for all, they are the
 * nearest centroids. */
static void
test_labels (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 300, 2, rand);
  g_autoptr (LloydRecipe) recipe = recipe_new (4, LLOYD_METRIC_EUCLIDEAN, 70, "count");
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  gint32 labels[300];

  for (guint step = 1; step <= 6; step++)
    {
      size_t rows[70], n = lloyd_minibatch_rows (300, 70, 0, step, rows);
      guint n_labelled = 0;
      g_assert_true (lloyd_run_step (run, NULL, &error));
      g_assert_true (lloyd_run_read_labels (run, labels, &error));
      for (size_t i = 0; i < n; i++)
        g_assert_cmpint (labels[rows[i]], >=, 0);
      for (guint i = 0; i < 300; i++)
        n_labelled += labels[i] >= 0;
      g_assert_cmpuint (n_labelled, ==, n);

      g_assert_true (lloyd_run_read_all_labels (run, labels, NULL, &error));
      const float *c = lloyd_run_get_centroids (run);
      for (guint i = 0; i < 300; i++)
        for (guint j = 0; j < 4; j++)
          g_assert_cmpfloat (
              lloyd_exact_distance (lloyd_points_values (points, i), c + 2 * labels[i], 2), <=,
              lloyd_exact_distance (lloyd_points_values (points, i), c + 2 * j, 2));
    }
}

/* ---- engines ------------------------------------------------------------------------------- */

#define ENGINE_ROWS 3000
#define ENGINE_DIMS 40
/* Enough that rows are copied in 8 bits as they come. */
#define ENGINE_K 70

static LloydEngine *
open_engine (LloydPoints *points, LloydMetric metric, gboolean is_for_batches)
{
  g_autoptr (GError) error = NULL;
  const LloydEngineOptions options = { .metric = metric, .is_for_batches = is_for_batches };
  LloydEngine *engine =
      lloyd_backends_find ("cpu", 0, NULL, NULL)->open (points, &options, NULL, &error);
  g_assert_no_error (error);
  return engine;
}

/* Labels and sums of a view (NULL: all rows) by both engines. */
static void
check_assign (LloydEngine *engines[2], const LloydView *view, const float *centroids)
{
  gint32 labels[2][ENGINE_ROWS];
  LloydSums *sums[2];
  size_t moved[2];
  for (guint e = 0; e < 2; e++)
    {
      sums[e] = lloyd_sums_new (ENGINE_K, engines[e]->grid);
      g_assert_true (engines[e]->backend->assign (engines[e], view, centroids, ENGINE_K, sums[e],
                                                  &moved[e], NULL, NULL));
      g_assert_true (engines[e]->backend->read (engines[e], 0, ENGINE_ROWS, labels[e], NULL));
    }
  g_assert_cmpmem (labels[0], sizeof labels[0], labels[1], sizeof labels[1]);
  g_assert_cmpuint (moved[0], ==, moved[1]);
  for (guint j = 0; j < ENGINE_K; j++)
    for (guint l = 0; l < ENGINE_DIMS; l++)
      g_assert_cmpfloat (lloyd_sums_round (sums[0], j, l), ==, lloyd_sums_round (sums[1], j, l));
  lloyd_sums_free (sums[0]);
  lloyd_sums_free (sums[1]);
}

/* Greedy seeding by both engines; the centroids stay in `centroids`. */
static void
check_seeding (LloydEngine *engines[2], float *centroids)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autofree float *other = g_new (float, ENGINE_K *ENGINE_DIMS);
  recipe->k = ENGINE_K;
  recipe->metric = engines[0]->metric;
  for (guint e = 0; e < 2; e++)
    {
      g_autofree char *remark = NULL;
      size_t rows[ENGINE_K];
      gboolean has_rows;
      g_assert_true (lloyd_seed (engines[e], NULL, recipe, e == 0 ? centroids : other, rows,
                                 &has_rows, NULL, &remark, NULL, NULL));
    }
  g_assert_cmpmem (centroids, sizeof (float) * ENGINE_K * ENGINE_DIMS, other,
                   sizeof (float) * ENGINE_K * ENGINE_DIMS);
}

/* An engine that puts off what batches do not pay for gives the same bits, whatever is asked first.
 */
static void
test_lazy_engine (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points =
      test_cloud_weighted (&test_clouds[0], NULL, ENGINE_ROWS, ENGINE_DIMS, rand);
  g_autofree float *centroids = g_new (float, ENGINE_K *ENGINE_DIMS);
  size_t rows[200];
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    rows[i] = (i * 37) % ENGINE_ROWS;
  const LloydView batch = { .rows = rows, .count = G_N_ELEMENTS (rows) };
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    for (guint is_seeded_first = 0; is_seeded_first < 2; is_seeded_first++)
      {
        LloydEngine *engines[] = { open_engine (points, (LloydMetric) metric, FALSE),
                                   open_engine (points, (LloydMetric) metric, TRUE) };
        for (guint j = 0; j < ENGINE_K; j++)
          memcpy (centroids + (size_t) j * ENGINE_DIMS, lloyd_engine_row (engines[0], j),
                  sizeof (float) * ENGINE_DIMS);
        if (is_seeded_first)
          check_seeding (engines, centroids);
        check_assign (engines, &batch, centroids);
        for (guint i = 0; i < 3; i++)
          check_assign (engines, NULL, centroids);
        check_assign (engines, &batch, centroids);
        check_seeding (engines, centroids);
        check_assign (engines, NULL, centroids);
        lloyd_engine_close (engines[0]);
        lloyd_engine_close (engines[1]);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/minibatch/batches", test_batches);
  g_test_add_func ("/minibatch/one-batch", test_one_batch);
  g_test_add_func ("/minibatch/alike", test_alike);
  g_test_add_func ("/minibatch/rules", test_rules);
  g_test_add_func ("/minibatch/remainders", test_remainders);
  g_test_add_func ("/minibatch/quality", test_quality);
  g_test_add_func ("/minibatch/last-entry", test_last_entry);
  g_test_add_func ("/minibatch/stops", test_stops);
  g_test_add_func ("/minibatch/too-large", test_too_large);
  g_test_add_func ("/minibatch/labels", test_labels);
  g_test_add_func ("/minibatch/back", test_back);
  g_test_add_func ("/minibatch/lazy-engine", test_lazy_engine);
  g_test_add_func ("/minibatch/back-without-history", test_back_without_history);
  return g_test_run ();
}
