/* A session whose recipe gets weights, other weights, and none again. */
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

static void
test_restart (void)
{
  static const char *const columns[] = { "petal_width", "petal_length", "" };
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "iris.csv", NULL);

  test_recipe_set (recipe, "columns", "sepal_length,sepal_width");
  test_session_open (session, path, recipe, FALSE);
  g_assert_null (lloyd_session_get_dataset (session)->points->weights);
  for (size_t i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      const LloydPoints *before = lloyd_session_get_dataset (session)->points;
      test_recipe_set (recipe, "weights", columns[i]);
      test_session_restart (session, recipe, FALSE);
      const LloydPoints *points = lloyd_session_get_dataset (session)->points;
      g_assert_true (points != before);
      g_assert_cmpint (points->weights != NULL, ==, columns[i][0] != '\0');
      test_session_step (session);
      g_autoptr (LloydRun) run = test_session_plain_run (session, recipe->metric, NULL);
      test_session_check_side (session, 0, run);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/weights", test_restart);
  return g_test_run ();
}
