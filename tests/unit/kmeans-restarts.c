/* Restarts keep the best run, runs share an engine, and pinned centroids stay. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/restarts.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* ---- restarts ------------------------------------------------------------------------------ */

static void
count_note (guint restart, LloydRun *run, gpointer data)
{
  guint *n_notes = data;
  g_assert_cmpuint (restart, ==, *n_notes);
  g_assert_true (lloyd_run_is_at_end (run));
  (*n_notes)++;
}

/* The best of runs made one by one, the first among equals, is what restarts give. */
static void
test_best (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[1], 700, 3, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  const guint n_restarts = 9;
  g_autofree TestSubject *subjects = test_subjects_new ();

  recipe->k = 6;
  recipe->init = LLOYD_INIT_RANDOM;
  recipe->seed = G_MAXUINT64 - 3;
  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      g_autoptr (LloydRecipe) own = lloyd_recipe_copy (recipe);
      g_autoptr (LloydRun) best = NULL;
      guint n_notes = 0, n;
      double objectives[9];
      for (guint i = 0; i < n_restarts; i++)
        {
          own->seed = recipe->seed + i;
          LloydRun *run = test_run_open_on (points, own, subject);
          test_run_to_end (run);
          objectives[i] = test_run_objective (run);
          if (best == NULL || objectives[i] < test_run_objective (best))
            {
              g_clear_pointer (&best, lloyd_run_free);
              best = run;
            }
          else
            lloyd_run_free (run);
        }

      LloydEngineOptions options = { .simd = subject->simd };
      own->seed = recipe->seed;
      own->restarts = n_restarts;
      own->n_threads = subject->n_threads;
      g_autoptr (LloydRun) run =
          lloyd_restarts_run (points, own, lloyd_backends_find (subject->backend, 0, NULL, NULL),
                              &options, count_note, &n_notes, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (n_notes, ==, n_restarts);
      test_runs_assert_equal (run, best);
      const double *found = lloyd_run_get_restarts (run, &n);
      g_assert_cmpmem (found, sizeof (double) * n, objectives, sizeof objectives);
      /* The recipe is the one that was asked for. */
      g_assert_cmpuint (lloyd_run_get_recipe (run)->seed, ==, recipe->seed);
      g_assert_cmpuint (lloyd_run_get_recipe (run)->restarts, ==, n_restarts);
    }
}

/* A start that no seed changes: all are equal, and the first is kept. */
static void
test_equals (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 300, 2, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  guint n;
  recipe->k = 4;
  recipe->restarts = 3;
  recipe->init = LLOYD_INIT_FIRST;
  g_autoptr (LloydRun) run = lloyd_restarts_run (
      points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL, NULL, NULL, NULL, &error);
  const double *objectives = lloyd_run_get_restarts (run, &n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpfloat (objectives[0], ==, objectives[1]);
  g_assert_cmpfloat (objectives[0], ==, objectives[2]);
  g_assert_cmpfloat (objectives[0], ==, test_run_objective (run));
  g_autoptr (LloydRun) plain = test_run_open (points, recipe, "cpu");
  g_assert_null (lloyd_run_get_restarts (plain, &n));
  g_assert_cmpuint (n, ==, 0);
}

/* Two runs on one engine, in turns of any length: each as if it were alone. */
static void
test_sharing (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 1500, 3, rand);
  for (guint b = 0; test_backend_names[b] != NULL; b++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      g_autoptr (LloydRecipe) other_recipe = lloyd_recipe_new ();
      recipe->k = 9;
      other_recipe->k = 23;
      other_recipe->seed = 5;
      g_autoptr (LloydRun) alone = test_run_open (points, recipe, test_backend_names[b]);
      g_autoptr (LloydRun) other_alone =
          test_run_open (points, other_recipe, test_backend_names[b]);
      test_run_to_end (alone);
      test_run_to_end (other_alone);

      LloydRun *run = test_run_open (points, recipe, test_backend_names[b]);
      LloydRun *other = lloyd_run_new_beside (run, other_recipe, NULL, &error);
      g_assert_no_error (error);
      while (!lloyd_run_is_at_end (run) || !lloyd_run_is_at_end (other))
        {
          LloydRun *next = g_rand_boolean (rand) ? run : other;
          g_assert_true (lloyd_run_half_step (next, NULL, &error));
          if (g_rand_int_range (rand, 0, 10) > 0)
            continue;
          guint last = lloyd_run_get_last_position (run);
          g_assert_true (lloyd_run_go_to (
              run, (guint) g_rand_int_range (rand, 0, 1 + (gint32) last), NULL, &error));
          g_assert_true (lloyd_run_go_to (run, last, NULL, &error));
        }
      test_runs_assert_equal (run, alone);
      test_runs_assert_equal (other, other_alone);
      /* Whoever goes first. */
      if (b == 0)
        g_clear_pointer (&run, lloyd_run_free);
      test_runs_assert_equal (other, other_alone);
      lloyd_run_free (other);
      if (run != NULL)
        test_runs_assert_equal (run, alone);
      g_clear_pointer (&run, lloyd_run_free);
    }
}

/* ---- pins ---------------------------------------------------------------------------------- */

/* What is pinned keeps its bits; the others are the means of their rows. */
static void
test_pins (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  static const char *const inits[] = { "first", "k-means++", "rows:5,3,9,200,17", "random" };
  static const char *const algorithms[] = { "lloyd", "minibatch" };
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 400, 3, rand);

  for (guint i = 0; i < G_N_ELEMENTS (inits) * LLOYD_N_METRICS * 2; i++)
    {
      g_autoptr (LloydRun) oracle = NULL;
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 5;
      recipe->metric = (LloydMetric) (i % LLOYD_N_METRICS);
      recipe->batch_size = 70;
      test_recipe_set (recipe, "algorithm", algorithms[i / LLOYD_N_METRICS % 2]);
      test_recipe_set (recipe, "init", inits[i / LLOYD_N_METRICS / 2]);
      test_recipe_set (recipe, "pin", "3,0,3");
      for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
        {
          g_autoptr (LloydRun) run = test_run_open_on (points, recipe, subject);
          float first[15];
          memcpy (first, lloyd_run_get_centroids (run), sizeof first);
          test_run_to_end (run);
          for (guint j = 0; j < 5; j++)
            g_assert_true ((memcmp (first + 3 * j, lloyd_run_get_centroids (run) + 3 * j,
                                    3 * sizeof (float)) == 0) == (j == 0 || j == 3));
          if (oracle == NULL)
            oracle = g_steal_pointer (&run);
          else
            test_runs_assert_equal (run, oracle);
        }
    }
}

/* A pinned cluster without rows stays without, whatever the policy; others are repaired. */
static void
test_pins_are_not_repaired (void)
{
  const double values[] = { 0, 1, 2, 3, 4, 5, 100, 101 };
  g_autoptr (LloydPoints) points = test_points (values, 8, 1);
  static const char *const policies[] = { "farthest", "split", "random" };
  for (guint i = 0; i < 2 * G_N_ELEMENTS (policies); i++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      const double centroids[] = { 2, 1000, 2000 };
      recipe->k = 3;
      test_recipe_set (recipe, "init", "file:x");
      recipe->init_centroids = g_memdup2 (centroids, sizeof centroids);
      recipe->n_init_values = 3;
      test_recipe_set (recipe, "empty", policies[i / 2]);
      test_recipe_set (recipe, "pin", i % 2 == 0 ? "1" : "");
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      /* A repair in each step would go on for ever. */
      g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_CONVERGED);
      g_assert_cmpint (lloyd_run_get_sizes (run)[2], >, 0);
      g_assert_true ((lloyd_run_get_sizes (run)[1] == 0) == (i % 2 == 0));
      g_assert_true ((lloyd_run_get_centroids (run)[1] == 1000.0f) == (i % 2 == 0));
    }
}

static void
test_pin_too_high (void)
{
  g_autoptr (GError) error = NULL;
  const double values[] = { 0, 1, 2, 3 };
  g_autoptr (LloydPoints) points = test_points (values, 4, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  test_recipe_set (recipe, "pin", "1,2");
  g_assert_null (lloyd_run_new (points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL,
                                NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_cmpstr (error->message, ==, "pin: there is no cluster 2, the last is 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restarts/best", test_best);
  g_test_add_func ("/restarts/equals", test_equals);
  g_test_add_func ("/restarts/sharing", test_sharing);
  g_test_add_func ("/pins/stay", test_pins);
  g_test_add_func ("/pins/not-repaired", test_pins_are_not_repaired);
  g_test_add_func ("/pins/too-high", test_pin_too_high);
  return g_test_run ();
}
