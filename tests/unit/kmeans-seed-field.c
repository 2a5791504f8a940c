/* What seeding did, and how rows lay to the centroids meanwhile: against a plain computation, and
 * alike on every backend and for any number of threads. */
#include <math.h>
#include <string.h>

#include "compute/kmeans/seed-field.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static const LloydInit inits[] = { LLOYD_INIT_PLUS_PLUS, LLOYD_INIT_PLUS_PLUS_PLAIN,
                                   LLOYD_INIT_RANDOM,    LLOYD_INIT_FIRST,
                                   LLOYD_INIT_PARALLEL,  LLOYD_INIT_FARTHEST };

static double
distance_to (const LloydEngine *engine, size_t row, const float *centre)
{
  guint d = engine->points->d;
  const float *x = lloyd_engine_row (engine, row);
  return lloyd_exact_seeding_distance (engine->metric, x, sqrt (lloyd_exact_norm_squared (x, d)),
                                       ldexp (1.0, lloyd_points_unit_shift (engine->points)),
                                       centre, d);
}

/* The nearest of the first n centroids, and how far it is; the lowest among equals. */
static double
find_nearest (const LloydRun *run, size_t row, guint n, guint32 *owner)
{
  guint d = lloyd_run_get_points (run)->d;
  double nearest = INFINITY;
  *owner = LLOYD_SEED_NOBODY;
  for (guint j = 0; j < n; j++)
    {
      double distance =
          distance_to (lloyd_run_get_engine (run), row, lloyd_run_get_centroids (run) + j * d);
      if (distance < nearest)
        {
          nearest = distance;
          *owner = j;
        }
    }
  return nearest;
}

/* Integer weights as the contract has them, row by row; their total. */
static guint64
find_weights (const LloydRun *run, guint n, guint64 *weights)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  g_autofree double *distances = g_new (double, points->n);
  double largest = 0.0;
  guint64 total = 0;
  guint32 owner;
  for (size_t i = 0; i < points->n; i++)
    {
      distances[i] = lloyd_weigh (points->weights, i, find_nearest (run, i, n, &owner));
      largest = MAX (largest, distances[i]);
    }
  double scale = lloyd_sample_scale (points->n, largest);
  for (size_t i = 0; i < points->n; i++)
    {
      weights[i] = lloyd_sample_weight (distances[i], scale);
      total += weights[i];
    }
  return total;
}

static LloydRecipe *
make_recipe (GRand *rand, guint k, int metric, LloydInit init)
{
  LloydRecipe *recipe = lloyd_recipe_new ();
  recipe->k = k;
  recipe->metric = (LloydMetric) metric;
  recipe->init = init;
  recipe->seed = g_rand_int (rand);
  return recipe;
}

/* ---- the trace ----------------------------------------------------------------------------- */

static void
assert_rows (const LloydRun *run)
{
  const LloydSeedTrace *trace = lloyd_run_get_seed_trace (run);
  guint k = lloyd_run_get_k (run);
  g_assert_cmpuint (lloyd_seed_trace_get_k (trace), ==, k);
  for (guint j = 0; j < k; j++)
    {
      const LloydSeedRound *round = lloyd_seed_trace_round (trace, j);
      g_assert_cmpuint (round->row, ==, lloyd_run_get_start_rows (run)[j]);
      if (round->n_tries == 0)
        continue;
      g_assert_cmpuint (lloyd_seed_trace_try (trace, round, round->chosen)->row, ==, round->row);
      /* The least potential, the first among equals. */
      guint64 least = lloyd_seed_trace_try (trace, round, round->chosen)->potential;
      g_assert_cmpuint (least, <=, round->total);
      for (guint i = 0; i < round->n_tries; i++)
        {
          guint64 other = lloyd_seed_trace_try (trace, round, i)->potential;
          g_assert_true (i < round->chosen ? other > least : other >= least);
        }
    }
}

static void
assert_same_trace (const LloydSeedTrace *a, const LloydSeedTrace *b)
{
  g_assert_cmpuint (a->rounds->len, ==, b->rounds->len);
  for (guint j = 0; j < a->rounds->len; j++)
    {
      const LloydSeedRound *x = lloyd_seed_trace_round (a, j), *y = lloyd_seed_trace_round (b, j);
      g_assert_cmpint (x->reason, ==, y->reason);
      g_assert_cmpuint (x->row, ==, y->row);
      g_assert_cmpuint (x->total, ==, y->total);
      g_assert_cmpuint (x->chosen, ==, y->chosen);
      g_assert_cmpuint (x->n_tries, ==, y->n_tries);
    }
  g_assert_cmpmem (a->tries->data, a->tries->len * sizeof (LloydSeedTry), b->tries->data,
                   b->tries->len * sizeof (LloydSeedTry));
  g_assert_cmpmem (a->drawn->data, a->drawn->len * sizeof (size_t), b->drawn->data,
                   b->drawn->len * sizeof (size_t));
}

/* What the trace says was taken is what stands at the start, under every rule, and every backend
 * says the same. */
static void
test_trace (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      for (size_t i = 0; i < G_N_ELEMENTS (inits); i++)
        {
          guint n = 20 + test_odd_size (rand, 200), k = 1 + test_odd_size (rand, 15);
          g_autoptr (LloydPoints) points =
              test_cloud_points (cloud, n, 1 + test_odd_size (rand, 5), rand);
          g_autoptr (LloydRecipe) recipe = make_recipe (rand, k, metric, inits[i]);
          g_test_message ("%s, metric %d, rule %d, n = %u, k = %u", cloud->name, metric,
                          (int) inits[i], n, k);
          g_autoptr (LloydRun) oracle = test_run_open_on (points, recipe, &subjects[0]);
          assert_rows (oracle);
          for (const TestSubject *subject = subjects + 1; subject->backend != NULL; subject++)
            {
              g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
              assert_rows (run);
              assert_same_trace (lloyd_run_get_seed_trace (oracle), lloyd_run_get_seed_trace (run));
            }
        }
}

/* Totals and potentials of k-means++ are those of integer weights found row by row. */
static void
test_potentials (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    for (guint is_greedy = 0; is_greedy < 2; is_greedy++)
      {
        guint n = 100 + test_odd_size (rand, 200), k = 9;
        g_autofree guint64 *weights = g_new (guint64, n);
        g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], n, 3, rand);
        g_autoptr (LloydRecipe) recipe = make_recipe (
            rand, k, metric, is_greedy ? LLOYD_INIT_PLUS_PLUS : LLOYD_INIT_PLUS_PLUS_PLAIN);
        g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
        const LloydSeedTrace *trace = lloyd_run_get_seed_trace (run);
        for (guint j = 1; j < k; j++)
          {
            const LloydSeedRound *round = lloyd_seed_trace_round (trace, j);
            g_assert_cmpint (round->reason, ==, LLOYD_SEED_BY_DISTANCE);
            g_assert_cmpuint (round->n_tries, ==, is_greedy ? 2 + (guint) floor (log (k)) : 1);
            g_assert_cmpuint (round->total, ==, find_weights (run, j, weights));
            g_assert_cmpuint (weights[round->row], >, 0);
          }
        g_assert_cmpint (lloyd_seed_trace_round (trace, 0)->reason, ==, LLOYD_SEED_BY_CHANCE);
      }
}

/* Why rows were taken where all lie on centroids, or the recipe names them. */
static void
test_reasons (void)
{
  const double values[] = { 1, 5, 5, 1, 9, 9, 1, 5 };
  g_autoptr (LloydPoints) points = test_points (values, 8, 1);
  const struct
  {
    const char *init;
    LloydSeedReason second, last;
  } cases[] = {
    { "k-means++", LLOYD_SEED_BY_DISTANCE, LLOYD_SEED_UNUSED },
    { "farthest", LLOYD_SEED_FARTHEST, LLOYD_SEED_UNUSED },
    { "random", LLOYD_SEED_BY_CHANCE, LLOYD_SEED_BY_CHANCE },
    { "first", LLOYD_SEED_LISTED, LLOYD_SEED_LISTED },
    { "rows:1,2,5,7,8", LLOYD_SEED_LISTED, LLOYD_SEED_LISTED },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 5;
      test_recipe_set (recipe, "init", cases[i].init);
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      const LloydSeedTrace *trace = lloyd_run_get_seed_trace (run);
      assert_rows (run);
      g_assert_cmpint (lloyd_seed_trace_round (trace, 1)->reason, ==, cases[i].second);
      g_assert_cmpint (lloyd_seed_trace_round (trace, 4)->reason, ==, cases[i].last);
    }
}

/* ---- the field ----------------------------------------------------------------------------- */

static void
assert_field (const LloydSeedField *field, const LloydRun *run)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  double sum = 0.0, chances = 0.0;
  for (size_t i = 0; i < points->n; i++)
    {
      size_t place = lloyd_points_place (points, i);
      guint32 owner;
      double nearest = find_nearest (run, i, field->n_placed, &owner);
      g_assert_cmpfloat (field->nearest[place], ==, nearest);
      g_assert_cmpuint (field->owners[place], ==, owner);
      if (field->n_placed > 0)
        sum += (double) lloyd_points_weight (points, i) * nearest;
      chances += lloyd_seed_field_chance (field, i);
    }
  if (field->n_placed > 0)
    g_assert_cmpfloat_with_epsilon (field->potentials[field->n_placed], sum, 1e-9 * sum + 1e-300);
  if (field->n_placed == 0 || sum > 0.0)
    g_assert_cmpfloat_with_epsilon (chances, 1.0, 1e-9);
  else
    g_assert_true (isnan (chances));
}

/* Forwards, backwards and across, with any number of threads; the engine's run goes on as if nobody
 * had looked. */
static void
test_field (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        guint n = 20 + test_odd_size (rand, 300), k = 2 + test_odd_size (rand, 12);
        g_autoptr (LloydPoints) points =
            test_cloud_points (cloud, n, 1 + test_odd_size (rand, 6), rand);
        g_autoptr (LloydRecipe) recipe = make_recipe (rand, k, metric, LLOYD_INIT_PLUS_PLUS);
        g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
        g_autoptr (LloydRun) other = test_run_open (points, recipe, "cpu");
        g_autoptr (LloydSeedField) field = lloyd_seed_field_new (run, NULL);
        g_test_message ("%s, metric %d, n = %u, k = %u", cloud->name, metric, n, k);
        assert_field (field, run);
        for (guint i = 0; i < 12; i++)
          {
            guint n_placed = (guint) g_rand_int_range (rand, 0, (gint32) k + 1);
            g_assert_true (lloyd_seed_field_place (field, n_placed, 1 + i % 3, 0, NULL, NULL));
            assert_field (field, run);
          }
        g_assert_cmpmem (field->centroids, sizeof (float) * k * points->d,
                         lloyd_run_get_centroids (run), sizeof (float) * k * points->d);
        test_run_to_end (run);
        test_run_to_end (other);
        test_runs_assert_equal (run, other);
      }
}

/* Sums have the same bits for any number of threads, in many chunks; a pass that was cancelled
 * leaves nothing wrong behind. */
static void
test_chunks (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 30011, 2, rand);
  g_autoptr (LloydRecipe) recipe = make_recipe (rand, 6, 0, LLOYD_INIT_PLUS_PLUS);
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_autoptr (LloydSeedField) one = lloyd_seed_field_new (run, NULL);
  g_autoptr (LloydSeedField) many = lloyd_seed_field_new (run, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (lloyd_seed_field_place (many, 3, 2, 0, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* As if it had been cancelled later. */
  many->chunks[0] = 0;
  for (guint j = 1; j <= 6; j++)
    {
      g_assert_true (lloyd_seed_field_place (one, j, 1, 0, NULL, NULL));
      g_assert_true (lloyd_seed_field_place (many, j, 4, 0, NULL, NULL));
      g_assert_cmpmem (one->nearest, sizeof (double) * points->n, many->nearest,
                       sizeof (double) * points->n);
      g_assert_cmpmem (&one->potentials[j], sizeof (double), &many->potentials[j], sizeof (double));
    }
  assert_field (many, run);
}

/* Rows that weigh more are drawn more often; those of weight 0 never. */
static void
test_heavy_rows (void)
{
  const double values[] = { 0, 2, 1, 10 }, weights[] = { 1, 3, 0, 4 };
  g_autoptr (LloydPoints) points = test_points_weighted (values, weights, 4, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  test_recipe_set (recipe, "init", "rows:1,2");
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_autoptr (LloydSeedField) field = lloyd_seed_field_new (run, NULL);
  g_assert_cmpfloat (lloyd_seed_field_chance (field, 1), ==, 3.0 / 8.0);
  g_assert_true (lloyd_seed_field_place (field, 1, 1, 0, NULL, NULL));
  g_assert_cmpfloat (lloyd_seed_field_chance (field, 2), ==, 0.0);
  assert_field (field, run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kmeans/seed-field/trace", test_trace);
  g_test_add_func ("/kmeans/seed-field/potentials", test_potentials);
  g_test_add_func ("/kmeans/seed-field/reasons", test_reasons);
  g_test_add_func ("/kmeans/seed-field/field", test_field);
  g_test_add_func ("/kmeans/seed-field/chunks", test_chunks);
  g_test_add_func ("/kmeans/seed-field/heavy-rows", test_heavy_rows);
  return g_test_run ();
}
