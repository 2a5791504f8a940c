#include "tests/support/runs.h"

#include "compute/files/format.h"

const char *const test_backend_names[] = { "reference", "cpu", NULL };

LloydRun *
test_run_open (LloydPoints *points, const LloydRecipe *recipe, const char *backend_name)
{
  g_autoptr (GError) error = NULL;
  const LloydBackend *backend = lloyd_backends_find (backend_name, 0, NULL, &error);
  g_assert_no_error (error);
  LloydRun *run = lloyd_run_new (points, recipe, backend, NULL, NULL, &error);
  g_assert_no_error (error);
  return run;
}

void
test_run_to_end (LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  while (!lloyd_run_is_at_end (run))
    g_assert_true (lloyd_run_step (run, NULL, &error));
  g_assert_no_error (error);
}

void
test_recipe_set (LloydRecipe *recipe, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  lloyd_recipe_set (recipe, key, value, &error);
  g_assert_no_error (error);
}

double
test_run_objective (const LloydRun *run)
{
  guint n;
  const LloydStep *steps = lloyd_run_get_steps (run, &n);
  return steps[n - 1].objective;
}

LloydPoints *
test_penguins_load (LloydScale scale)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  static const char *const columns[] = { "bill_length_mm", "bill_depth_mm", "flipper_length_mm",
                                         "body_mass_g", NULL };
  LloydSelection selection = { .columns = columns, .scale = scale, .missing = LLOYD_MISSING_DROP };
  LloydLoadOptions options = { 0 };
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, NULL, &error);
  g_assert_no_error (error);
  LloydPoints *points = lloyd_points_new (table, &selection, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (points->n, ==, 342);
  return points;
}
