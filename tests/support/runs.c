#include "tests/support/runs.h"

#include "compute/backends/cpu/kernels.h"
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

TestSubject *
test_subjects_new (void)
{
  GArray *subjects = g_array_new (TRUE, FALSE, sizeof (TestSubject));
  TestSubject reference = { "reference", NULL, 1 };
  g_array_append_val (subjects, reference);
  for (const char *const *simd = lloyd_kernels_names (); *simd != NULL; simd++)
    for (guint n_threads = 1; n_threads <= 3; n_threads += 2)
      {
        TestSubject subject = { "cpu", *simd, n_threads };
        g_array_append_val (subjects, subject);
      }
  return (TestSubject *) (gpointer) g_array_free (subjects, FALSE);
}

LloydRun *
test_run_open_on (LloydPoints *points, const LloydRecipe *recipe, const TestSubject *subject)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) copy = lloyd_recipe_copy (recipe);
  LloydEngineOptions options = { .simd = subject->simd };
  const LloydBackend *backend = lloyd_backends_find (subject->backend, 0, NULL, &error);
  g_assert_no_error (error);
  copy->n_threads = subject->n_threads;
  LloydRun *run = lloyd_run_new (points, copy, backend, &options, NULL, &error);
  g_assert_no_error (error);
  return run;
}

static void
assert_same_steps (const LloydStep *a, const LloydStep *b)
{
  g_assert_cmpuint (a->step, ==, b->step);
  g_assert_cmpuint (a->batch, ==, b->batch);
  g_assert_cmpuint (a->n_rows, ==, b->n_rows);
  g_assert_cmpuint (a->moved, ==, b->moved);
  g_assert_cmpuint (a->n_empty, ==, b->n_empty);
  g_assert_cmpuint (a->n_repaired, ==, b->n_repaired);
  g_assert_cmpmem (&a->objective, sizeof (double), &b->objective, sizeof (double));
  g_assert_cmpmem (&a->objective_after_update, sizeof (double), &b->objective_after_update,
                   sizeof (double));
}

void
test_runs_assert_equal (LloydRun *a, LloydRun *b)
{
  g_autoptr (GError) error = NULL;
  guint k = lloyd_run_get_recipe (a)->k, n_a, n_b;
  size_t n = lloyd_run_get_points (a)->n_input;
  const LloydStep *steps_a = lloyd_run_get_steps (a, &n_a),
                  *steps_b = lloyd_run_get_steps (b, &n_b);
  g_autofree gint32 *labels_a = g_new (gint32, n);
  g_autofree gint32 *labels_b = g_new (gint32, n);

  g_assert_cmpuint (n_a, ==, n_b);
  for (guint i = 0; i < n_a; i++)
    assert_same_steps (&steps_a[i], &steps_b[i]);
  g_assert_cmpint (lloyd_run_get_stop (a), ==, lloyd_run_get_stop (b));
  g_assert_cmpuint (lloyd_run_get_position (a), ==, lloyd_run_get_position (b));
  g_assert_cmpmem (lloyd_run_get_centroids (a), sizeof (float) * k * lloyd_run_get_points (a)->d,
                   lloyd_run_get_centroids (b), sizeof (float) * k * lloyd_run_get_points (b)->d);
  g_assert_cmpmem (lloyd_run_get_sizes (a), sizeof (gint64) * k, lloyd_run_get_sizes (b),
                   sizeof (gint64) * k);
  g_assert_true (lloyd_run_read_labels (a, labels_a, &error));
  g_assert_true (lloyd_run_read_labels (b, labels_b, &error));
  g_assert_cmpmem (labels_a, sizeof (gint32) * n, labels_b, sizeof (gint32) * n);
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
