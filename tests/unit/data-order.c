/* Points of few dimensions in an order of their own in memory: the same rows, and the same results
 * as without. */
#include <string.h>

#include "compute/backends/backend.h"
#include "compute/data/order.h"
#include "compute/kmeans/run.h"
#include "tests/support/clouds.h"

/* A cloud with rows that are zero, duplicates and an outlier; the same each time for a seed. */
static LloydPoints *
make_points (size_t n, guint d, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autofree double *values = g_new (double, n *d);
  for (size_t i = 0; i < n * d; i++)
    values[i] = g_rand_double_range (rand, -1.0, 1.0);
  for (size_t i = 0; i < n; i += 37)
    memset (values + i * d, 0, sizeof (double) * d);
  for (size_t i = 1; i < n; i += 11)
    memcpy (values + i * d, values + i / 2 * d, sizeof (double) * d);
  values[n / 3 * d] = 1e20;
  return test_points (values, n, d);
}

static void
check_rows (const LloydPoints *plain, const LloydPoints *ordered)
{
  size_t bytes = sizeof (float) * plain->d;
  g_autofree gboolean *is_taken = g_new0 (gboolean, plain->n);
  g_autofree float *copy = g_new (float, plain->n * plain->d);
  g_autofree char *plain_sha = lloyd_points_dup_sha256 (plain);
  g_autofree char *sha = lloyd_points_dup_sha256 (ordered);

  g_assert_cmpuint (plain->n, ==, ordered->n);
  for (size_t i = 0; i < plain->n; i++)
    {
      size_t place = lloyd_points_place (ordered, i);
      g_assert_cmpuint (lloyd_points_row (ordered, place), ==, i);
      g_assert_false (is_taken[place]);
      is_taken[place] = TRUE;
      g_assert_cmpmem (lloyd_points_values (ordered, i), bytes, lloyd_points_values (plain, i),
                       bytes);
      g_assert_cmpmem (lloyd_points_absolute (ordered, i), bytes, lloyd_points_absolute (plain, i),
                       bytes);
      g_assert_cmpuint (lloyd_points_input_row (ordered, i), ==, lloyd_points_input_row (plain, i));
    }
  lloyd_points_copy_rows (ordered, ordered->values, 0, plain->n, copy);
  g_assert_cmpmem (copy, bytes * plain->n, plain->values, bytes * plain->n);
  g_assert_cmpstr (sha, ==, plain_sha);
}

static void
test_rows (void)
{
  for (guint d = 1; d <= LLOYD_ORDER_MAX_DIMS; d++)
    for (guint threads = 1; threads <= 3; threads += 2)
      {
        g_autoptr (LloydPoints) plain = make_points (300 + 401 * d, d, d);
        g_autoptr (LloydPoints) ordered = make_points (300 + 401 * d, d, d);
        g_assert_true (lloyd_points_order (ordered, threads, 0, NULL));
        g_assert_nonnull (ordered->order);
        check_rows (plain, ordered);

        g_autoptr (LloydPoints) some = lloyd_points_with_direction (plain, NULL, NULL, NULL);
        g_autoptr (LloydPoints) same = lloyd_points_with_direction (ordered, NULL, NULL, NULL);
        g_assert_nonnull (same->order);
        g_assert_cmpuint (some->n, <, plain->n);
        check_rows (some, same);
      }
}

/* Neighbours in memory are neighbours: the boxes of runs are far smaller than those of the input.
 */
static void
test_neighbours (void)
{
  size_t n = 200000;
  g_autoptr (LloydPoints) points = make_points (n, 2, 5);
  double extent[2] = { 0.0, 0.0 };
  for (int turn = 0; turn < 2; turn++)
    {
      for (size_t first = 0; first + LLOYD_ORDER_RUN <= n; first += LLOYD_ORDER_RUN)
        for (guint j = 0; j < 2; j++)
          {
            float low = G_MAXFLOAT, high = -G_MAXFLOAT;
            for (size_t i = first; i < first + LLOYD_ORDER_RUN; i++)
              {
                low = MIN (low, points->values[2 * i + j]);
                high = MAX (high, points->values[2 * i + j]);
              }
            extent[turn] += MIN ((double) high - (double) low, 2.0);
          }
      if (turn == 0)
        g_assert_true (lloyd_points_order (points, 2, 0, NULL));
    }
  g_assert_cmpfloat (extent[1], <, 0.05 * extent[0]);
}

static void
test_refused (void)
{
  g_autoptr (LloydPoints) few = make_points (LLOYD_ORDER_MIN_ROWS - 1, 2, 1);
  g_autoptr (LloydPoints) wide = make_points (500, LLOYD_ORDER_MAX_DIMS + 1, 1);
  g_autofree float *values = g_new0 (float, 1000);
  g_autoptr (LloydPoints) part = lloyd_points_new_part (values, NULL, 500, 2, 1000, 0.0, NULL);
  LloydPoints *all[] = { few, wide, part };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      const float *before = all[i]->values;
      g_assert_true (lloyd_points_order (all[i], 1, 0, NULL));
      g_assert_null (all[i]->order);
      g_assert_true (all[i]->values == before);
    }
}

static LloydRun *
make_run (LloydPoints *points, LloydRecipe *recipe, const char *backend_name)
{
  g_autoptr (GError) error = NULL;
  const LloydBackend *backend = lloyd_backends_find (backend_name, 0, NULL, &error);
  LloydRun *run = lloyd_run_new (points, recipe, backend, NULL, NULL, &error);
  g_assert_no_error (error);
  for (guint step = 0; step < 6 && !lloyd_run_is_at_end (run); step++)
    {
      lloyd_run_step (run, NULL, &error);
      g_assert_no_error (error);
    }
  return run;
}

static void
check_run (LloydPoints *points, const LloydRun *expected, const gint32 *labels, LloydRecipe *recipe)
{
  static const char *const backends[] = { "reference", "cpu" };
  for (guint b = 0; b < G_N_ELEMENTS (backends); b++)
    {
      g_autoptr (LloydRun) run = make_run (points, recipe, backends[b]);
      g_autofree gint32 *own = g_new (gint32, points->n_input);
      size_t bytes = sizeof (float) * recipe->k * points->d;
      const size_t *rows = lloyd_run_get_start_rows (run);

      g_assert_true (lloyd_run_read_labels (run, own, NULL));
      g_assert_cmpmem (own, sizeof (gint32) * points->n_input, labels,
                       sizeof (gint32) * points->n_input);
      g_assert_cmpmem (lloyd_run_get_centroids (run), bytes, lloyd_run_get_centroids (expected),
                       bytes);
      g_assert_cmpmem (rows, sizeof (size_t) * recipe->k, lloyd_run_get_start_rows (expected),
                       sizeof (size_t) * recipe->k);
    }
}

/* Each way of starting, each metric, both algorithms: nothing tells the two apart. */
static void
test_runs (void)
{
  static const LloydInit inits[] = { LLOYD_INIT_FIRST, LLOYD_INIT_RANDOM, LLOYD_INIT_PLUS_PLUS,
                                     LLOYD_INIT_PARALLEL, LLOYD_INIT_FARTHEST };
  for (guint i = 0; i < G_N_ELEMENTS (inits); i++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      for (int batches = 0; batches < 2; batches++)
        {
          guint d = 1 + (i + (guint) metric) % 4;
          g_autoptr (LloydPoints) plain = make_points (2100, d, 3);
          g_autoptr (LloydPoints) ordered = make_points (2100, d, 3);
          g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
          recipe->k = 9;
          recipe->metric = (LloydMetric) metric;
          recipe->init = inits[i];
          recipe->algorithm = batches ? LLOYD_ALGORITHM_MINIBATCH : LLOYD_ALGORITHM_LLOYD;
          recipe->batch_size = 300;
          recipe->missing = LLOYD_MISSING_DROP;
          g_test_message ("start %u, metric %d, d = %u, batches %d", i, metric, d, batches);

          g_assert_true (lloyd_points_order (ordered, 2, 0, NULL));
          g_autoptr (LloydRun) run = make_run (plain, recipe, "reference");
          g_autofree gint32 *labels = g_new (gint32, plain->n_input);
          g_assert_true (lloyd_run_read_labels (run, labels, NULL));
          check_run (ordered, run, labels, recipe);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/order/rows", test_rows);
  g_test_add_func ("/data/order/neighbours", test_neighbours);
  g_test_add_func ("/data/order/refused", test_refused);
  g_test_add_func ("/data/order/runs", test_runs);
  return g_test_run ();
}
