/* One body over every backend: whatever the data and the shape, the same bits as the reference. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "compute/backends/backend.h"
#include "compute/backends/cpu/kernels.h"
#include "compute/exact/philox.h"
#include "compute/kmeans/objective.h"
#include "compute/kmeans/recipe.h"
#include "compute/kmeans/seeding.h"
#include "compute/kmeans/update.h"
#ifdef TEST_MEMORY
#include "tests/fake-cuda/fake.h"
#endif
#include "tests/conformance/case.h"
#include "tests/support/clouds.h"
#include "tests/support/guard.h"

/* Largest case in row-dimension-clusters; with -m thorough, what the contract asks for. */
#define QUICK_WORK ((size_t) 1 << TEST_WORK_BITS)
#ifndef TEST_THOROUGH_BITS
#define TEST_THOROUGH_BITS 27
#endif
#define THOROUGH_WORK ((size_t) 1 << TEST_THOROUGH_BITS)
/* Without -m thorough one case of so many is tried: all of them where that is bearable. */
#ifndef TEST_STRIDE
#define TEST_STRIDE 1
#endif
#define STEPS_IN_A_ROW 3
/* Much takes no time on a real GPU. */
#ifdef TEST_ONLY
#define HAS_REAL_GPU FALSE
#else
#define HAS_REAL_GPU TRUE
#endif

typedef struct
{
  const LloydBackend *backend;
  const char *simd;
  guint n_threads;
} Subject;

/* ---- cases --------------------------------------------------------------------------------- */

/* Centroids near the data: rows, means of rows, duplicates. */
static void
make_centroids (Case *self, GRand *rand)
{
  guint d = self->points->d;
  for (guint j = 0; j < self->k; j++)
    {
      float *c = self->centroids + (size_t) j * d;
      size_t row = (size_t) g_rand_int_range (rand, 0, (gint32) self->points->n);
      lloyd_seed_from_row (self->oracle, row, c);
      if (j > 0 && g_rand_int_range (rand, 0, 8) == 0)
        memcpy (c, self->centroids + (size_t) g_rand_int_range (rand, 0, (gint32) j) * d,
                sizeof (float) * d);
      else if (!LLOYD_METRIC_IS_ANGULAR (self->metric) && g_rand_boolean (rand))
        for (guint i = 0; i < d; i++)
          c[i] = 0.5f * c[i];
    }
}

static void
case_open (Case *self,
           const Subject *subject,
           const TestCloud *cloud,
           const TestWeights *weights,
           LloydMetric metric,
           size_t n,
           guint d,
           guint k,
           GRand *rand)
{
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .metric = metric,
                                 .simd = subject->simd,
                                 .n_threads = subject->n_threads };

  self->points = test_cloud_weighted (cloud, weights, n, d, rand);
  self->metric = metric;
  self->k = k;
  self->oracle =
      lloyd_backends_find ("reference", 0, NULL, NULL)->open (self->points, &options, NULL, &error);
  g_assert_no_error (error);
  self->engine = subject->backend->open (self->points, &options, NULL, &error);
  if (self->engine == NULL)
    g_error ("%s", error->message);
  self->centroids = g_new (float, (size_t) k *d);
  make_centroids (self, rand);
  self->oracle_sums = lloyd_sums_new (k, self->oracle->grid);
  self->sums = lloyd_sums_new (k, self->engine->grid);
}

static void
case_close (Case *self)
{
  lloyd_sums_free (self->oracle_sums);
  lloyd_sums_free (self->sums);
  lloyd_engine_close (self->oracle);
  lloyd_engine_close (self->engine);
  lloyd_points_unref (self->points);
  g_free (self->centroids);
}

/* ---- checks -------------------------------------------------------------------------------- */

static void
check_assign (Case *self, const LloydView *view)
{
  g_autoptr (GError) error = NULL;
  size_t expected_moved, moved;

  g_assert_true (self->oracle->backend->assign (self->oracle, view, self->centroids, self->k,
                                                self->oracle_sums, &expected_moved, NULL, &error));
  g_assert_true (self->engine->backend->assign (self->engine, view, self->centroids, self->k,
                                                self->sums, &moved, NULL, &error));
  g_assert_no_error (error);
  check_labels (self);
  g_assert_cmpuint (moved, ==, expected_moved);
  check_sums (self->sums, self->oracle_sums);
}

static void
check_objective (const Case *self)
{
  g_assert_true (lloyd_wide_equal (&self->engine->energy, &self->oracle->energy));
  double expected =
      lloyd_objective (self->metric, &self->oracle->energy, self->oracle_sums, self->centroids);
  double objective =
      lloyd_objective (self->metric, &self->engine->energy, self->sums, self->centroids);
  check_doubles ("the objective", &objective, &expected, 1);
}

/* Moves the centroids on, and checks that both sums lead to the same ones. */
static void
check_update (Case *self)
{
  size_t bytes = sizeof (float) * self->k * self->points->d;
  g_autofree float *expected = g_malloc (bytes);
  float *next = guarded_new (bytes);

  lloyd_update (self->metric, self->oracle_sums, self->centroids, expected);
  lloyd_update (self->metric, self->sums, self->centroids, next);
  g_assert_cmpmem (next, bytes, expected, bytes);
  memcpy (self->centroids, next, bytes);
  guarded_free (next, bytes);
}

/* Steps in a row against steps one by one; empty clusters stay, or end it. */
static void
check_iterate (Case *self, gboolean keeps_empty)
{
  g_autoptr (GError) error = NULL;
  size_t n_values = (size_t) self->k * self->points->d, bytes = sizeof (float) * n_values;
  size_t moved[STEPS_IN_A_ROW];
  LloydSums *sums[STEPS_IN_A_ROW];
  LloydIteration steps = {
    .n_steps = STEPS_IN_A_ROW, .keeps_empty = keeps_empty, .sums = sums, .moved = moved
  };

  if (self->engine->backend->iterate == NULL)
    return;
  steps.centroids = guarded_new (STEPS_IN_A_ROW * bytes);
  for (guint i = 0; i < STEPS_IN_A_ROW; i++)
    sums[i] = lloyd_sums_new (self->k, self->engine->grid);
  g_assert_true (self->engine->backend->iterate (self->engine, self->centroids, self->k, &steps,
                                                 NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < steps.n_done; i++)
    {
      size_t expected_moved;
      g_autofree float *next = g_memdup2 (self->centroids, bytes);
      g_assert_true (self->oracle->backend->assign (self->oracle, NULL, self->centroids, self->k,
                                                    self->oracle_sums, &expected_moved, NULL,
                                                    &error));
      g_assert_cmpuint (moved[i], ==, expected_moved);
      check_sums (sums[i], self->oracle_sums);
      lloyd_update (self->metric, self->oracle_sums, self->centroids, next);
      gboolean has_empty = FALSE;
      for (guint j = 0; j < self->k; j++)
        has_empty |= self->oracle_sums->sizes[j] == 0;
      gboolean is_last = i + 1 == steps.n_done;
      g_assert_true (is_last && steps.is_stopped ? !keeps_empty && has_empty
                                                 : keeps_empty || !has_empty);
      if (!(is_last && steps.is_stopped))
        {
          g_assert_cmpmem (steps.centroids + i * n_values, bytes, next, bytes);
          memcpy (self->centroids, next, bytes);
        }
    }
  if (steps.n_done > 0)
    check_labels (self);
  for (guint i = 0; i < STEPS_IN_A_ROW; i++)
    lloyd_sums_free (sums[i]);
  guarded_free (steps.centroids, STEPS_IN_A_ROW * bytes);
}

static void
check_measure (const Case *self, const LloydView *view)
{
  g_autoptr (GError) error = NULL;
  size_t count = view != NULL ? view->count : self->points->n;
  LloydMeasure results[2];
  LloydEngine *engines[2] = { self->oracle, self->engine };

  for (int i = 0; i < 2; i++)
    {
      results[i] = (LloydMeasure){ guarded_new (sizeof (double) * count),
                                   guarded_new (sizeof (gint32) * count),
                                   guarded_new (sizeof (double) * count),
                                   guarded_new (sizeof (LloydWide) * self->k) };
      g_assert_true (engines[i]->backend->measure (engines[i], view, self->centroids, self->k,
                                                   &results[i], NULL, &error));
    }
  check_doubles ("costs", results[1].cost, results[0].cost, count);
  g_assert_cmpmem (results[1].runner_up, sizeof (gint32) * count, results[0].runner_up,
                   sizeof (gint32) * count);
  check_doubles ("costs of runners-up", results[1].runner_up_cost, results[0].runner_up_cost,
                 count);
  for (guint j = 0; j < self->k; j++)
    g_assert_true (lloyd_wide_equal (&results[1].energy[j], &results[0].energy[j]));
  for (int i = 0; i < 2; i++)
    {
      guarded_free (results[i].cost, sizeof (double) * count);
      guarded_free (results[i].runner_up, sizeof (gint32) * count);
      guarded_free (results[i].runner_up_cost, sizeof (double) * count);
      guarded_free (results[i].energy, sizeof (LloydWide) * self->k);
    }
}

static void
check_farthest (const Case *self, int cluster, size_t m)
{
  g_autoptr (GError) error = NULL;
  size_t *rows[2], n_found[2];
  double *distances[2];
  LloydEngine *engines[2] = { self->oracle, self->engine };

  for (int i = 0; i < 2; i++)
    {
      rows[i] = guarded_new (sizeof (size_t) * m);
      distances[i] = guarded_new (sizeof (double) * m);
      g_assert_true (engines[i]->backend->farthest (engines[i], self->centroids, self->k, cluster,
                                                    m, rows[i], distances[i], &n_found[i], NULL,
                                                    &error));
    }
  g_assert_cmpuint (n_found[1], ==, n_found[0]);
  g_assert_cmpmem (rows[1], sizeof (size_t) * n_found[1], rows[0], sizeof (size_t) * n_found[0]);
  check_doubles ("largest distances", distances[1], distances[0], n_found[0]);
  for (int i = 0; i < 2; i++)
    {
      guarded_free (rows[i], sizeof (size_t) * m);
      guarded_free (distances[i], sizeof (double) * m);
    }
}

static void
check_views (Case *self, GRand *rand)
{
  size_t n = self->points->n;
  size_t first = (size_t) g_rand_int_range (rand, 0, (gint32) n);
  LloydView range = { NULL, first, 1 + (size_t) g_rand_int_range (rand, 0, (gint32) (n - first)) };
  g_autofree size_t *rows = g_new (size_t, n);
  size_t count = 0;

  /* Different rows in an order of their own. */
  for (size_t i = 0; i < n; i++)
    if (g_rand_boolean (rand))
      rows[count++] = n - 1 - i;
  check_assign (self, &range);
  check_measure (self, &range);
  if (count == 0)
    return;
  LloydView list = { rows, 0, count };
  check_assign (self, &list);
  check_measure (self, &list);
}

static void
check_case (Case *self, GRand *rand)
{
  for (int step = 0; step < 3; step++)
    {
      check_assign (self, NULL);
      check_objective (self);
      check_measure (self, NULL);
      check_farthest (self, -1, 1 + self->k);
      check_farthest (self, (int) (self->k / 2), 3);
      check_update (self);
    }
  check_splat (self, rand);
  check_iterate (self, TRUE);
  check_sample (self, rand);
  check_scatter (self, rand);
  check_iterate (self, FALSE);
  check_views (self, rand);
  /* A view leaves other labels alone: all rows again find changed only what it changed. */
  check_assign (self, NULL);
}

/* ---- the body ------------------------------------------------------------------------------ */

/* Which of so many: another one by another seed. */
static size_t first_tried;

static gboolean
is_tried (size_t number)
{
  return g_test_thorough () || (number + first_tried) % TEST_STRIDE == 0;
}

static void
run_whole_case (const Subject *subject,
                const TestCloud *cloud,
                const TestWeights *weights,
                LloydMetric metric,
                size_t n,
                guint d,
                guint k,
                GRand *rand)
{
  Case test = { 0 };
  g_test_message ("%s, weights: %s, %s, n = %" G_GSIZE_FORMAT ", d = %u, k = %u", cloud->name,
                  weights != NULL ? weights->name : "none", lloyd_metric_names[metric], n, d, k);
  case_open (&test, subject, cloud, weights, metric, n, d, k, rand);
  check_case (&test, rand);
  check_engine (&test);
  case_close (&test);
}

/* With as many rows as time allows. */
static void
run_case (const Subject *subject,
          const TestCloud *cloud,
          const TestWeights *weights,
          LloydMetric metric,
          size_t n,
          guint d,
          guint k,
          GRand *rand)
{
  size_t max_work = g_test_thorough () ? THOROUGH_WORK : QUICK_WORK;
  if (n * d * k > max_work)
    n = MAX (max_work / ((size_t) d * k), 1);
  run_whole_case (subject, cloud, weights, metric, n, d, MIN (k, (guint) n), rand);
}

static void
test_subject (gconstpointer data)
{
  const Subject *subject = data;
  static const guint shapes[][3] = { { 1, 1, 1 },      { 10007, 2, 7 },  { 10007, 3, 64 },
                                     { 1003, 17, 33 }, { 501, 100, 64 }, { 257, 129, 100 },
                                     { 65, 9, 65 },    { 10007, 1, 13 }, { 300, 8, 1000 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        if (!is_tried ((size_t) (cloud - test_clouds + metric)))
          continue;
        const guint *shape = shapes[g_rand_int_range (rand, 0, G_N_ELEMENTS (shapes))];
        run_case (subject, cloud, NULL, (LloydMetric) metric, shape[0], shape[1], shape[2], rand);
        run_case (subject, cloud, NULL, (LloydMetric) metric, test_odd_size (rand, 3000),
                  test_odd_size (rand, 140), test_odd_size (rand, 140), rand);
      }
}

/* Every kind of weights, each on a few clouds. */
static void
test_weighted (gconstpointer data)
{
  const Subject *subject = data;
  static const guint shapes[][3] = { { 1, 1, 1 },      { 10007, 2, 7 },  { 4001, 3, 64 },
                                     { 1003, 17, 33 }, { 501, 100, 64 }, { 65, 9, 65 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  guint n_clouds = 0;

  while (test_clouds[n_clouds].name != NULL)
    n_clouds++;
  for (const TestWeights *weights = test_weights; weights->name != NULL; weights++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      for (int turn = 0; turn < 3; turn++)
        {
          if (!is_tried ((size_t) (weights - test_weights + metric + turn)))
            continue;
          const guint *shape = shapes[g_rand_int_range (rand, 0, G_N_ELEMENTS (shapes))];
          guint cloud = turn == 0 ? 0 : (guint) g_rand_int_range (rand, 1, (gint32) n_clouds);
          run_case (subject, &test_clouds[cloud], weights, (LloydMetric) metric, shape[0], shape[1],
                    shape[2], rand);
        }
}

/* Every shape on plain data, so that none is left to chance. */
static void
test_shapes (gconstpointer data)
{
  const Subject *subject = data;
  static const guint sizes[] = { 1, 2, 5, 97, 1003 };
  static const guint dims[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 100, 129 };
  static const guint clusters[] = { 1, 2, 7, 31, 32, 33, 64, 97 };
  static const guint wide[][3] = { { 70, 200, 40 },  { 33, 257, 3 },     { 97, 1030, 5 },
                                   { 40, 2050, 17 }, { 1200, 12, 1100 }, { 600, 130, 300 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (size_t i = 0; i < G_N_ELEMENTS (wide); i++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      if (is_tried (i + (size_t) metric))
        run_case (subject, &test_clouds[0], NULL, (LloydMetric) metric, wide[i][0], wide[i][1],
                  wide[i][2], rand);

  for (size_t n = 0; n < G_N_ELEMENTS (sizes); n++)
    for (size_t d = 0; d < G_N_ELEMENTS (dims); d++)
      for (size_t k = 0; k < G_N_ELEMENTS (clusters); k++)
        if (clusters[k] <= sizes[n] && is_tried (n + d + k))
          run_case (subject, &test_clouds[0], NULL, (LloydMetric) ((n + d + k) % LLOYD_N_METRICS),
                    sizes[n], dims[d], clusters[k], rand);
}

/* A few cases that take every road once, for checkers that slow a program down a hundredfold. */
static void
test_few (gconstpointer data)
{
  const Subject *subject = data;
  static const guint shapes[][3] = { { 700, 2, 33 }, { 300, 20, 40 }, { 150, 129, 17 } };
  static const guint clouds[] = { 0, 8, 9 };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (int metric = 0; metric < 2; metric++)
      run_case (subject, &test_clouds[clouds[i]], metric == 0 ? NULL : &test_weights[2],
                (LloydMetric) metric, shapes[i][0], shapes[i][1], shapes[i][2], rand);
}

/* What a real GPU does otherwise where there is much: centroids that no longer fit a block, and
 * rows whose lists come in parts. */
static void
test_many (gconstpointer data)
{
  const Subject *subject = data;
  static const guint shapes[][3] = { { 1100, 100, 1050 }, { 900, 128, 850 }, { 4200001, 9, 3 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    run_whole_case (subject, &test_clouds[0], NULL, (LloydMetric) (i % 2), shapes[i][0],
                    shapes[i][1], shapes[i][2], rand);
}

static void
test_unusable (gconstpointer data)
{
  g_test_skip (data);
}

static void
add_test (const Subject *subject, const char *name, const char *part, GTestDataFunc test)
{
  g_autofree char *path = g_strconcat (name, part, NULL);
  g_test_add_data_func_full (path, g_memdup2 (subject, sizeof *subject), test, g_free);
}

static void
add_subject (const LloydBackend *backend, const char *simd, guint n_threads, gboolean is_brief)
{
  const Subject subject = { backend, simd, n_threads };
  g_autofree char *way = simd != NULL ? g_strconcat ("/", simd, NULL) : g_strdup ("");
  g_autofree char *name = g_strdup_printf ("/conformance/%s%s/%u", backend->name, way, n_threads);
  if (!g_str_equal (backend->name, "cpu"))
    add_test (&subject, name, "/few", test_few);
  if (is_brief)
    return;
  if (HAS_REAL_GPU && g_str_equal (backend->name, "cuda"))
    add_test (&subject, name, "/many", test_many);
  add_test (&subject, name, "/hard-data", test_subject);
  add_test (&subject, name, "/weights", test_weighted);
  if (n_threads == 1)
    add_test (&subject, name, "/shapes", test_shapes);
}

/* A backend as it comes, and by the ways it has beside the first, which small cases take anyway;
 * LLOYD_TEST_WITHOUT names one that is not even to be tried. */
static void
add_ways (const LloydBackend *backend, gboolean is_brief)
{
  const char *without = g_getenv ("LLOYD_TEST_WITHOUT");
  add_subject (backend, NULL, 1, FALSE);
  for (guint i = 1; backend->ways != NULL && backend->ways[i - 1] != NULL; i++)
    if (backend->ways[i] != NULL && g_strcmp0 (backend->ways[i], without) != 0 &&
        backend->try_way (0, backend->ways[i], NULL))
      add_subject (backend, backend->ways[i], 1, is_brief);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Where a second try is far away, all that is wrong is told at once. */
  if (g_getenv ("LLOYD_TEST_GOES_ON") != NULL)
    g_test_set_nonfatal_assertions ();
  first_tried = (size_t) g_test_rand_int_range (0, TEST_STRIDE);
#ifdef TEST_MEMORY
  fake_cuda_set_memory (TEST_MEMORY);
#endif
#ifdef TEST_ONLY
  add_ways (lloyd_backends_find (TEST_ONLY, 0, NULL, NULL), !g_test_thorough ());
  return g_test_run ();
#endif
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    {
      g_autoptr (GError) error = NULL;
      if (!(*backend)->probe (0, NULL, NULL, &error))
        {
          g_autofree char *name = g_strdup_printf ("/conformance/%s", (*backend)->name);
          g_test_add_data_func_full (name, g_strdup (error->message), test_unusable, g_free);
        }
      else if (!g_str_equal ((*backend)->name, "cpu"))
        add_ways (*backend, FALSE);
      else
        for (const char *const *simd = lloyd_kernels_names (); *simd != NULL; simd++)
          for (guint n_threads = 1; n_threads <= 5; n_threads += 2)
            add_subject (*backend, *simd, n_threads, FALSE);
    }
  return g_test_run ();
}
