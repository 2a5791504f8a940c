/* The choice of K: silhouette and elbow against brute force, blobs counted, the same bits
 * everywhere. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/choose-k.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* n rows in `k` well separated blobs on a circle. */
static LloydPoints *
blobs_new (guint n, guint k, GRand *rand)
{
  g_autofree double *values = g_new (double, 2 * (size_t) n);
  for (guint i = 0; i < n; i++)
    {
      double angle = 2.0 * G_PI * (i % k) / k;
      values[2 * i] = 100.0 * cos (angle) + g_rand_double_range (rand, -3.0, 3.0);
      values[2 * i + 1] = 100.0 * sin (angle) + g_rand_double_range (rand, -3.0, 3.0);
    }
  return test_points (values, n, 2);
}

static LloydKChoice *
choose (
    LloydPoints *points, const LloydRecipe *recipe, guint from, guint to, const TestSubject *how)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) own = lloyd_recipe_copy (recipe);
  LloydEngineOptions options = { .simd = how->simd };
  own->n_threads = how->n_threads;
  LloydKChoice *choice =
      lloyd_choose_k (points, own, from, to, lloyd_backends_find (how->backend, 0, NULL, NULL),
                      &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return choice;
}

/* ---- silhouette ---------------------------------------------------------------------------- */

static double
brute_distance (const LloydRun *run, size_t row, guint cluster)
{
  const LloydEngine *engine = lloyd_run_get_engine (run);
  guint d = engine->points->d;
  const float *x = lloyd_engine_row (engine, row), *c = lloyd_run_get_centroids (run) + cluster * d;
  long double square = 0.0L, norm = 0.0L;
  for (guint j = 0; j < d; j++)
    norm += (long double) x[j] * (long double) x[j];
  norm = LLOYD_METRIC_IS_ANGULAR (engine->metric) ? sqrtl (norm) : 1.0L;
  for (guint j = 0; j < d; j++)
    {
      long double t = (long double) x[j] / norm - (long double) c[j];
      square += t * t;
    }
  return (double) sqrtl (square);
}

static double
brute_silhouette (LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  size_t n = lloyd_run_get_points (run)->n;
  guint k = lloyd_run_get_recipe (run)->k;
  g_autofree gint32 *labels = g_new (gint32, n);
  long double sum = 0.0L;

  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  for (size_t i = 0; i < n; i++)
    {
      double a = brute_distance (run, i, (guint) labels[i]), b = INFINITY;
      if (lloyd_run_get_sizes (run)[labels[i]] == 1)
        continue;
      for (guint j = 0; j < k; j++)
        if ((gint32) j != labels[i])
          b = MIN (b, brute_distance (run, i, j));
      sum += MAX (a, b) > 0.0 ? (b - a) / MAX (a, b) : 0.0;
    }
  return (double) (sum / n);
}

static void
test_silhouette (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int turn = 0; turn < 20 * LLOYD_N_METRICS; turn++)
    {
      g_autoptr (GError) error = NULL;
      double silhouette;
      guint n = 20 + test_odd_size (rand, 300);
      g_autoptr (LloydPoints) points =
          test_cloud_points (&test_clouds[turn % 2], n, 1 + test_odd_size (rand, 5), rand);
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 2 + test_odd_size (rand, 10);
      recipe->metric = (LloydMetric) (turn % LLOYD_N_METRICS);
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      g_assert_true (lloyd_silhouette (run, &silhouette, NULL, &error));
      g_assert_cmpfloat_with_epsilon (silhouette, brute_silhouette (run), 1e-6);
    }
}

/* The order of rows does not matter, to the last bit. */
static void
test_silhouette_order (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  double values[300], reversed[300], silhouette, other;
  for (guint i = 0; i < 300; i++)
    values[i] = g_rand_double_range (rand, -1.0, 1.0);
  for (guint i = 0; i < 100; i++)
    memcpy (reversed + 3 * i, values + 3 * (99 - i), 3 * sizeof (double));
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 4;
  test_recipe_set (recipe, "init", "rows:1,20,50,70");
  g_autoptr (LloydPoints) points = test_points (values, 100, 3);
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_recipe_set (recipe, "init", "rows:100,81,51,31");
  g_autoptr (LloydPoints) other_points = test_points (reversed, 100, 3);
  g_autoptr (LloydRun) other_run = test_run_open (other_points, recipe, "cpu");
  test_run_to_end (run);
  test_run_to_end (other_run);
  g_assert_true (lloyd_silhouette (run, &silhouette, NULL, &error));
  g_assert_true (lloyd_silhouette (other_run, &other, NULL, &error));
  g_assert_cmpmem (&silhouette, sizeof silhouette, &other, sizeof other);
}

/* ---- choice -------------------------------------------------------------------------------- */

static void
test_counts_blobs (void)
{
  g_autoptr (GRand) rand = random_new ();
  TestSubject cpu = { "cpu", NULL, 2 };
  for (guint k = 3; k <= 7; k++)
    {
      g_autoptr (LloydPoints) points = blobs_new (400, k, rand);
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->restarts = 5;
      g_autoptr (LloydKChoice) choice = choose (points, recipe, 1, 10, &cpu);
      g_assert_cmpuint (choice->n, ==, 10);
      g_assert_cmpuint (choice->by_silhouette, ==, k);
      g_assert_true (isnan (choice->scores[0].silhouette));
      g_assert_cmpfloat (choice->scores[k - 1].silhouette, >, 0.9);
      g_assert_cmpfloat (choice->scores[0].chord, ==, 0.0);
      g_assert_cmpfloat_with_epsilon (choice->scores[9].chord, 0.0, 1e-15);
      /* The elbow, worked out in another way: the cross product with the chord. */
      double largest = -INFINITY;
      guint elbow = 0;
      for (guint i = 0; i < 10; i++)
        {
          double dx = 1.0, dy = -1.0, x = i / 9.0,
                 y = (choice->scores[i].objective - choice->scores[9].objective) /
                     (choice->scores[0].objective - choice->scores[9].objective);
          double distance = -((x - 0.0) * -dy - (y - 1.0) * -dx) / sqrt (2.0);
          g_assert_cmpfloat_with_epsilon (distance, choice->scores[i].chord, 1e-12);
          if (distance > largest)
            {
              largest = distance;
              elbow = i + 1;
            }
        }
      g_assert_cmpuint (choice->by_elbow, ==, elbow);
    }
}

/* Each K as if it were run by itself, and the same bits everywhere. */
static void
test_alike (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  static const char *const algorithms[] = { "lloyd", "minibatch" };
  for (int turn = 0; turn < 2 * LLOYD_N_METRICS; turn++)
    {
      g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 400, 3, rand);
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->metric = (LloydMetric) (turn / 2);
      recipe->batch_size = 50;
      recipe->restarts = 2;
      test_recipe_set (recipe, "algorithm", algorithms[turn % 2]);
      test_recipe_set (recipe, "init", turn % 3 == 0 ? "k-means-parallel" : "k-means++");
      g_autoptr (LloydKChoice) oracle = choose (points, recipe, 2, 9, &subjects[0]);
      for (const TestSubject *subject = subjects + 1; subject->backend != NULL; subject++)
        {
          g_autoptr (LloydKChoice) choice = choose (points, recipe, 2, 9, subject);
          g_assert_cmpmem (choice->scores, sizeof (LloydKScore) * choice->n, oracle->scores,
                           sizeof (LloydKScore) * oracle->n);
        }
      recipe->k = 6;
      recipe->restarts = 1;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      recipe->seed = 1;
      g_autoptr (LloydRun) second = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      test_run_to_end (second);
      g_assert_cmpfloat (oracle->scores[4].objective, ==,
                         MIN (test_run_objective (run), test_run_objective (second)));
    }
}

static void
cancel_at_third (const LloydKChoice *choice, guint n, gpointer data)
{
  g_assert_cmpuint (n, ==, 7);
  if (choice->n == 3)
    g_cancellable_cancel (data);
}

static void
test_errors (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (LloydPoints) points = blobs_new (20, 3, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  const LloydBackend *cpu = lloyd_backends_find ("cpu", 0, NULL, NULL);

  g_assert_null (lloyd_choose_k (points, recipe, 2, 8, cpu, NULL, cancel_at_third, cancellable,
                                 cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (lloyd_choose_k (points, recipe, 2, 21, cpu, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_clear_error (&error);
  g_assert_null (lloyd_choose_k (points, recipe, 5, 4, cpu, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_clear_error (&error);

  /* Two K: no elbow. */
  TestSubject subject = { "cpu", NULL, 1 };
  g_autoptr (LloydKChoice) choice = choose (points, recipe, 2, 3, &subject);
  g_assert_cmpuint (choice->by_elbow, ==, 0);
  g_assert_cmpuint (choice->by_silhouette, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/choose-k/silhouette", test_silhouette);
  g_test_add_func ("/choose-k/silhouette-order", test_silhouette_order);
  g_test_add_func ("/choose-k/counts-blobs", test_counts_blobs);
  g_test_add_func ("/choose-k/alike", test_alike);
  g_test_add_func ("/choose-k/errors", test_errors);
  return g_test_run ();
}
