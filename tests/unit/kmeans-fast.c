/* Fast mode: its labels are wrong only where rounding cannot tell, its sums are rounded and nothing
 * worse, wrong labels are counted as they are, and whatever it is part of says so. */
#include <math.h>
#include <string.h>

#include "compute/data/order.h"
#include "compute/error.h"
#include "compute/files/report.h"
#include "compute/kmeans/bench.h"
#include "compute/kmeans/seeding.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

#ifndef TEST_ONLY
#define TEST_ONLY "cpu"
/* What float32 may take a score for that is another, of (|x| + |c|)^2 and a dimension. */
#define ROUNDING 0x1p-22
#define FEWER 1
#else
/* The kernels on the host take their time. */
#define FEWER 20
/* Copies in float16. */
#define ROUNDING 0x1p-10
#endif

static const LloydBackend *
backend (void)
{
  const LloydBackend *found = lloyd_backends_find (TEST_ONLY, 0, NULL, NULL);
  g_assert_nonnull (found);
  return found;
}

static LloydEngine *
open_engine (LloydPoints *points, LloydMetric metric, const char *simd, gboolean is_fast)
{
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = {
    .metric = metric, .simd = simd, .n_threads = 2, .is_fast = is_fast
  };
  LloydEngine *engine = backend ()->open (points, &options, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (engine->is_fast, ==, is_fast);
  return engine;
}

static LloydPoints *
make_points (size_t n, guint d, double mean, gboolean is_weighted, gboolean is_ordered, GRand *rand)
{
  g_autofree double *values = g_new (double, n *d);
  g_autofree double *weights = is_weighted ? g_new (double, n) : NULL;
  for (size_t i = 0; i < n * d; i++)
    values[i] = mean + g_rand_double_range (rand, -1.0, 1.0);
  for (size_t i = 0; i < n && is_weighted; i++)
    weights[i] = i == 0 ? 1.0 : g_rand_int_range (rand, 0, 4) * 0.37;
  LloydPoints *points = test_points_weighted (values, weights, n, d);
  if (is_ordered)
    g_assert_true (lloyd_points_order (points, 1, 0, NULL));
  return points;
}

/* Points along a line of equal distance from two centroids, far out on it: float32 cannot tell. */
static LloydPoints *
make_ties (size_t n, GRand *rand)
{
  g_autofree float *values = g_new (float, 2 * n);
  for (size_t i = 0; i < n; i++)
    {
      values[2 * i] = (float) g_rand_double_range (rand, -1000.0, 1000.0);
      values[2 * i + 1] = (float) g_rand_double_range (rand, -1e-3, 1e-3);
    }
  values[0] = values[2] = 1.0f;
  values[1] = -1e-4f;
  values[3] = 1e-4f;
  return lloyd_points_new_from_floats (values, n, 2, NULL);
}

static gint32
canonical_label (const LloydEngine *engine, const float *centroids, guint k, size_t row)
{
  guint d = engine->points->d;
  double lowest = INFINITY;
  gint32 nearest = -1;
  for (guint j = 0; j < k; j++)
    {
      double cost = lloyd_exact_cost (engine->metric, lloyd_engine_row (engine, row),
                                      centroids + (size_t) j * d, d);
      if (cost < lowest)
        {
          lowest = cost;
          nearest = (gint32) j;
        }
    }
  return nearest;
}

static double
norm_of (const float *x, guint d)
{
  return sqrt (lloyd_exact_norm_squared (x, d));
}

static void
take_first_rows (LloydEngine *engine, guint k, float *centroids)
{
  for (guint j = 0; j < k; j++)
    lloyd_seed_from_row (engine, j, centroids + (size_t) j * engine->points->d);
}

/* ---- labels and sums ----------------------------------------------------------------------- */

/* How many labels are wrong; none by more than rounding explains. */
static size_t
check_labels (LloydEngine *engine, const float *centroids, guint k, const gint32 *labels)
{
  guint d = engine->points->d;
  size_t n_wrong = 0;
  for (size_t row = 0; row < engine->points->n; row++)
    {
      const float *x = lloyd_engine_row (engine, row);
      gint32 nearest = canonical_label (engine, centroids, k, row);
      g_assert_cmpint (labels[row], >=, 0);
      g_assert_cmpint (labels[row], <, (gint32) k);
      if (labels[row] == nearest)
        continue;
      const float *given = centroids + (size_t) labels[row] * d,
                  *best = centroids + (size_t) nearest * d;
      double gap = lloyd_exact_cost (engine->metric, x, given, d) -
                   lloyd_exact_cost (engine->metric, x, best, d);
      double reach = norm_of (x, d) + norm_of (given, d);
      g_assert_cmpfloat (gap, <=, (d + 16) * ROUNDING * reach * reach);
      n_wrong++;
    }
  return n_wrong;
}

/* Sizes are those of the labels, and sums those of the rows but for float32. */
static void
check_sums (LloydEngine *engine, const gint32 *labels, const LloydSums *sums)
{
  const LloydPoints *points = engine->points;
  guint d = points->d;
  for (guint cluster = 0; cluster < sums->k; cluster++)
    {
      double weight = 0.0;
      gint64 size = 0;
      g_autofree double *sum = g_new0 (double, d);
      g_autofree double *most = g_new0 (double, d);
      for (size_t row = 0; row < points->n; row++)
        {
          double w = points->weights != NULL ? (double) points->weights[row] : 1.0;
          const float *x = lloyd_engine_row (engine, row);
          double norm = engine->metric == LLOYD_METRIC_COSINE ? norm_of (x, d) : 1.0;
          if (labels[row] != (gint32) cluster)
            continue;
          size += w > 0.0;
          weight += w;
          for (guint j = 0; j < d; j++)
            {
              sum[j] += w * (double) x[j] / norm;
              most[j] += fabs (w * (double) x[j] / norm);
            }
        }
      g_assert_cmpint (sums->sizes[cluster], ==, size);
      g_assert_cmpfloat_with_epsilon (lloyd_sums_weight (sums, cluster), weight,
                                      1e-9 * weight + 1e-300);
      for (guint j = 0; j < d; j++)
        g_assert_cmpfloat_with_epsilon (lloyd_sums_round (sums, cluster, j), sum[j],
                                        1e-4 * most[j] + 1e-7);
    }
}

static void
check_shape (LloydPoints *points, LloydMetric metric, guint k, const char *simd)
{
  g_autoptr (LloydEngine) engine = open_engine (points, metric, simd, TRUE);
  g_autoptr (LloydSums) sums = lloyd_sums_new (k, engine->grid);
  g_autofree float *centroids = g_new (float, (size_t) k * points->d);
  g_autofree gint32 *labels = g_new (gint32, points->n);
  size_t n_moved, some[] = { points->n - 1, 0, points->n / 2 };
  g_autoptr (GError) error = NULL;

  take_first_rows (engine, k, centroids);
  /* Twice: the second time labels are known. */
  for (guint turn = 0; turn < 2; turn++)
    {
      g_assert_true (
          engine->backend->assign (engine, NULL, centroids, k, sums, &n_moved, NULL, &error));
      g_assert_cmpuint (n_moved, ==, turn == 0 ? points->n : 0);
      g_assert_true (engine->backend->read (engine, 0, points->n, labels, &error));
      check_labels (engine, centroids, k, labels);
      check_sums (engine, labels, sums);
    }
  LloydView view = { .rows = some, .count = G_N_ELEMENTS (some) };
  g_assert_true (
      engine->backend->assign (engine, &view, centroids, k, sums, &n_moved, NULL, &error));
  g_assert_cmpuint (n_moved, ==, 0);
}

static void
test_shapes (void)
{
  static const guint shapes[][3] = {
    { 1, 1, 1 },     { 100, 1, 7 },    { 1007, 2, 64 },  { 2011, 3, 5 },  { 700, 8, 33 },
    { 611, 9, 100 }, { 1000, 17, 64 }, { 500, 100, 41 }, { 301, 129, 7 }, { 40, 1500, 3 },
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (int kind = 0; kind < 3; kind++)
      {
        g_autoptr (LloydPoints) points = make_points (
            shapes[i][0], shapes[i][1], kind == 1 ? 3.0 : 0.3, kind == 1, kind == 2, rand);
        for (int metric = 0; FEWER > 1 && kind == (int) i % 3 && metric < LLOYD_N_METRICS; metric++)
          check_shape (points, metric, shapes[i][2], NULL);
        for (const TestSubject *subject = subjects; FEWER == 1 && subject->backend != NULL;
             subject++)
          for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
            if (g_str_equal (subject->backend, "cpu") && subject->n_threads > 1)
              check_shape (points, metric, shapes[i][2], subject->simd);
      }
}

/* Wherever it is rounded, exact mode is right and fast mode is not. */
static void
test_wrong (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (LloydPoints) points = make_ties (20000 / FEWER, rand);
  for (gboolean is_fast = FALSE; is_fast <= TRUE; is_fast++)
    {
      g_autoptr (LloydEngine) engine = open_engine (points, LLOYD_METRIC_EUCLIDEAN, NULL, is_fast);
      g_autoptr (LloydSums) sums = lloyd_sums_new (2, engine->grid);
      g_autofree gint32 *labels = g_new (gint32, points->n);
      float centroids[4];
      size_t n_moved;
      take_first_rows (engine, 2, centroids);
      g_assert_true (
          engine->backend->assign (engine, NULL, centroids, 2, sums, &n_moved, NULL, NULL));
      g_assert_true (engine->backend->read (engine, 0, points->n, labels, NULL));
      size_t n_wrong = check_labels (engine, centroids, 2, labels);
      if (!is_fast)
        g_assert_cmpuint (n_wrong, ==, 0);
      else
        g_assert_cmpuint (n_wrong, >, points->n / 200);
    }
}

/* Points in order are labelled faster with proof than without: fast mode is exact there, says so,
 * and seeds as it always does. */
static void
test_in_order (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  for (gboolean is_ordered = FALSE; is_ordered <= TRUE; is_ordered++)
    {
      g_autoptr (LloydPoints) points = make_ties (3000, rand);
      if (is_ordered)
        g_assert_true (lloyd_points_order (points, 1, 0, NULL));
      g_autoptr (LloydEngine) fast = open_engine (points, LLOYD_METRIC_EUCLIDEAN, NULL, TRUE);
      g_autoptr (LloydEngine) exact = open_engine (points, LLOYD_METRIC_EUCLIDEAN, NULL, FALSE);
      g_autoptr (LloydSums) sums = lloyd_sums_new (2, fast->grid);
      g_autoptr (LloydSums) exact_sums = lloyd_sums_new (2, exact->grid);
      g_autofree gint32 *labels = g_new (gint32, points->n);
      float centroids[4];
      size_t n_moved;
      take_first_rows (fast, 2, centroids);
      g_assert_true (fast->backend->assign (fast, NULL, centroids, 2, sums, &n_moved, NULL, NULL));
      g_assert_true (
          exact->backend->assign (exact, NULL, centroids, 2, exact_sums, &n_moved, NULL, NULL));
      g_assert_true (fast->backend->read (fast, 0, points->n, labels, NULL));
      g_assert_cmpint (check_labels (fast, centroids, 2, labels) == 0, ==, is_ordered);
      g_assert_cmpint (lloyd_sums_equal (sums, exact_sums), ==, is_ordered);
      g_assert_cmpint (g_str_has_suffix (fast->device_detail, ", exact"), ==, is_ordered);
      g_assert_false (g_str_has_suffix (exact->device_detail, ", exact"));
    }
}

/* ---- the bench ----------------------------------------------------------------------------- */

/* Of one iteration from the first rows the wrong labels are known. */
static void
test_count (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autoptr (LloydPoints) points = make_ties (5000 / FEWER, rand);
  LloydBenchPlan plan = { .k = 2, .iterations = 1, .repeats = 2, .is_fast = TRUE };
  LloydEngineOptions options = { .n_threads = 2 };
  LloydBenchResult result;
  g_autoptr (GError) error = NULL;
  g_assert_true (lloyd_bench_run (points, backend (), &options, &plan, &result, NULL, &error));

  g_autoptr (LloydEngine) engine = open_engine (points, LLOYD_METRIC_EUCLIDEAN, NULL, TRUE);
  g_autoptr (LloydSums) sums = lloyd_sums_new (2, engine->grid);
  g_autofree gint32 *labels = g_new (gint32, points->n);
  float centroids[4];
  size_t n_moved, n_wrong = 0;
  take_first_rows (engine, 2, centroids);
  g_assert_true (engine->backend->assign (engine, NULL, centroids, 2, sums, &n_moved, NULL, NULL));
  g_assert_true (engine->backend->read (engine, 0, points->n, labels, NULL));
  g_assert_cmpuint (result.n_checked, ==, points->n);
  g_assert_nonnull (result.wrongs);
  for (size_t row = 0; row < points->n; row++)
    {
      gint32 nearest = canonical_label (engine, centroids, 2, row);
      if (labels[row] == nearest)
        continue;
      if (n_wrong < result.wrongs->rows->len)
        {
          const LloydBenchWrong *wrong =
              &g_array_index (result.wrongs->rows, LloydBenchWrong, n_wrong);
          g_assert_cmpuint (wrong->row, ==, row);
          g_assert_cmpint (wrong->label, ==, labels[row]);
          g_assert_cmpint (wrong->nearest, ==, nearest);
          g_assert_cmpfloat (wrong->gap, >, 0.0);
          g_assert_cmpfloat (fabs (wrong->x), <=, 1000.0);
          g_assert_cmpfloat (fabs (wrong->y), <=, 1e-3);
        }
      n_wrong++;
    }
  g_assert_cmpuint (n_wrong, >, 0);
  g_assert_cmpuint (result.n_wrong, ==, n_wrong);
  g_assert_cmpuint (result.wrongs->rows->len, ==, MIN (n_wrong, (size_t) LLOYD_MAX_WRONG));
  g_assert_cmpuint (result.wrongs->around->len, ==, 2 * MIN (points->n, (size_t) LLOYD_MAX_AROUND));
  g_assert_cmpuint (result.wrongs->columns[0], ==, 0);

  plan.is_fast = FALSE;
  lloyd_bench_result_clear (&result);
  g_assert_true (lloyd_bench_run (points, backend (), &options, &plan, &result, NULL, &error));
  g_assert_cmpuint (result.n_wrong, ==, 0);
  g_assert_null (result.wrongs);
  lloyd_bench_result_clear (&result);
}

/* ---- what it is part of -------------------------------------------------------------------- */

static void
test_runs (void)
{
  static const char *const algorithms[] = { "lloyd", "minibatch" };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (LloydPoints) points = make_points (3000 / FEWER, 2, 0.0, FALSE, TRUE, rand);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      g_autoptr (GError) error = NULL;
      test_recipe_set (recipe, "k", "12");
      test_recipe_set (recipe, "algorithm", algorithms[i % 2]);
      test_recipe_set (recipe, "metric", i < 2 ? "euclidean" : "cosine");
      test_recipe_set (recipe, "max-steps", "40");
      test_recipe_set (recipe, "batch-size", "100");
      g_autoptr (LloydRun) exact = lloyd_run_new (points, recipe, backend (), NULL, NULL, &error);
      test_recipe_set (recipe, "mode", "fast");
      g_autoptr (LloydRun) run = lloyd_run_new (points, recipe, backend (), NULL, NULL, &error);
      g_assert_no_error (error);
      /* Seeding is exact. */
      size_t bytes = sizeof (float) * 12 * 2;
      g_assert_cmpmem (lloyd_run_get_centroids (run), bytes, lloyd_run_get_centroids (exact),
                       bytes);
      test_run_to_end (run);
      test_run_to_end (exact);
      g_assert_cmpfloat (test_run_objective (run), <, 1.2 * test_run_objective (exact));
      g_assert_true (g_strv_contains (lloyd_run_get_remarks (run), lloyd_fast_remark));
      g_assert_false (g_strv_contains (lloyd_run_get_remarks (exact), lloyd_fast_remark));

      g_autofree char *text =
          lloyd_report_dup_json (run, "a.csv", lloyd_run_get_stop (run), &error);
      g_assert_nonnull (strstr (text, "\"mode\" : \"fast\""));
      g_assert_nonnull (strstr (text, "--mode fast"));
      g_assert_nonnull (strstr (text, "without proof"));
    }
}

static void
test_refused (void)
{
  const float large[] = { 3e38f, 1.0f, 3e38f, 1.0f, -3e38f, 2.0f };
  g_autoptr (LloydPoints) points = lloyd_points_new_from_floats (large, 3, 2, NULL);
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .is_fast = TRUE };
  size_t n_moved;

  const LloydBackend *reference = lloyd_backends_find ("reference", 0, NULL, NULL);
  g_assert_null (reference->open (points, &options, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE);
  g_clear_error (&error);

  if (!g_str_equal (TEST_ONLY, "cpu"))
    return;
  g_autoptr (LloydEngine) engine = open_engine (points, LLOYD_METRIC_EUCLIDEAN, NULL, TRUE);
  g_autoptr (LloydSums) sums = lloyd_sums_new (1, engine->grid);
  g_assert_false (engine->backend->assign (engine, NULL, large, 1, sums, &n_moved, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_nonnull (strstr (error->message, "too large for float32"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fast/shapes", test_shapes);
  g_test_add_func ("/fast/wrong", test_wrong);
  if (g_str_equal (TEST_ONLY, "cpu"))
    g_test_add_func ("/fast/in-order", test_in_order);
  g_test_add_func ("/fast/count", test_count);
  g_test_add_func ("/fast/runs", test_runs);
  g_test_add_func ("/fast/refused", test_refused);
  return g_test_run ();
}
