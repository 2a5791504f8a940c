/* Studies in the background: what they find is what the engine finds, they can be cancelled and
 * begun anew, and leave the session alone. */
#include "compute/session/study.h"

#include "compute/error.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

static void
wait_for (LloydStudy *study)
{
  while (lloyd_study_is_running (study))
    g_main_context_iteration (NULL, TRUE);
}

static LloydPoints *
points_new (size_t n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  return test_cloud_points (&test_clouds[1], n, 3, rand);
}

static void
count_change (LloydStudy *study, gpointer data)
{
  (void) study;
  (*(guint *) data)++;
}

/* ---- K ------------------------------------------------------------------------------------- */

static void
test_choice (void)
{
  g_autoptr (LloydPoints) points = points_new (300);
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  g_autoptr (LloydStudy) study = lloyd_study_new ();
  g_autoptr (GError) error = NULL;
  guint n_changes = 0;

  /* What belongs to one K is left out. */
  test_recipe_set (recipe, "init", "rows:1,2,3,4");
  test_recipe_set (recipe, "pin", "3");
  g_signal_connect (study, "changed", G_CALLBACK (count_change), &n_changes);
  lloyd_study_choose_k (study, points, recipe, 1, 9);
  g_assert_true (lloyd_study_is_running (study));
  wait_for (study);
  g_assert_null (lloyd_study_get_error (study));
  g_assert_cmpuint (n_changes, >=, 2);
  g_assert_cmpfloat (lloyd_study_get_progress (study), ==, 1.0);

  g_autoptr (LloydRecipe) plain = test_session_recipe (4);
  const LloydBackend *backend = lloyd_backends_find ("cpu", 0, NULL, NULL);
  LloydEngineOptions options = { 0 };
  g_autoptr (LloydKChoice) expected =
      lloyd_choose_k (points, plain, 1, 9, backend, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  const LloydKChoice *found = lloyd_study_get_choice (study);
  g_assert_cmpuint (found->n, ==, 9);
  g_assert_cmpmem (found->scores, 9 * sizeof (LloydKScore), expected->scores,
                   9 * sizeof (LloydKScore));
  g_assert_cmpuint (found->by_silhouette, ==, expected->by_silhouette);
  g_assert_cmpuint (found->by_elbow, ==, expected->by_elbow);

  lloyd_study_choose_k (study, points, recipe, 2, 301);
  wait_for (study);
  g_assert_error (lloyd_study_get_error (study), LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_cmpuint (lloyd_study_get_choice (study)->n, ==, 0);
}

/* ---- restarts ------------------------------------------------------------------------------ */

static void
test_atlas (void)
{
  static const LloydInit inits[] = { LLOYD_INIT_RANDOM, LLOYD_INIT_FIRST, LLOYD_INIT_PLUS_PLUS };
  g_autoptr (LloydPoints) points = points_new (200);
  g_autoptr (LloydRecipe) recipe = test_session_recipe (5);
  g_autoptr (LloydStudy) study = lloyd_study_new ();
  guint n;

  recipe->seed = 7;
  lloyd_study_map_restarts (study, points, recipe, inits, 3, 6);
  wait_for (study);
  g_assert_null (lloyd_study_get_error (study));
  const LloydAtlasEntry *entries = lloyd_study_get_entries (study, &n);
  /* Without chance there is one run. */
  g_assert_cmpuint (n, ==, 13);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (LloydRecipe) own = lloyd_recipe_copy (recipe);
      own->init = entries[i].init;
      own->seed = entries[i].seed;
      g_assert_cmpuint (own->seed, >=, 7);
      g_assert_cmpuint (own->seed, <, 13);
      g_autoptr (LloydRun) run = test_run_open (points, own, "cpu");
      test_run_to_end (run);
      g_assert_cmpfloat (entries[i].objective, ==, lloyd_run_get_objective (run));
      guint n_steps;
      lloyd_run_get_steps (run, &n_steps);
      g_assert_cmpuint (entries[i].n_steps, ==, n_steps);
      for (guint j = 0; j < i; j++)
        g_assert_false (entries[j].init == entries[i].init && entries[j].seed == entries[i].seed);
    }
}

/* Cancelled, it stops; begun anew, nothing of the one before comes in. */
static void
test_cancel (void)
{
  static const LloydInit inits[] = { LLOYD_INIT_RANDOM };
  g_autoptr (LloydPoints) points = points_new (20000);
  g_autoptr (LloydPoints) few = points_new (50);
  g_autoptr (LloydRecipe) recipe = test_session_recipe (40);
  g_autoptr (LloydRecipe) small = test_session_recipe (2);
  g_autoptr (LloydStudy) study = lloyd_study_new ();
  guint n;

  lloyd_study_map_restarts (study, points, recipe, inits, 1, 10000);
  while (lloyd_study_get_progress (study) == 0.0)
    g_main_context_iteration (NULL, TRUE);
  lloyd_study_cancel (study);
  wait_for (study);
  g_assert_null (lloyd_study_get_error (study));
  lloyd_study_get_entries (study, &n);
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, <, 10000);

  lloyd_study_map_restarts (study, points, recipe, inits, 1, 10000);
  lloyd_study_map_restarts (study, few, small, inits, 1, 3);
  wait_for (study);
  lloyd_study_get_entries (study, &n);
  g_assert_cmpuint (n, ==, 3);
  /* One that is let go while it works ends by itself. */
  lloyd_study_map_restarts (study, points, recipe, inits, 1, 10000);
  lloyd_study_cancel (study);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  g_test_add_func ("/session/study/choice", test_choice);
  g_test_add_func ("/session/study/atlas", test_atlas);
  g_test_add_func ("/session/study/cancel", test_cancel);
  return g_test_run ();
}
