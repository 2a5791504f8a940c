/* A result that is opened brings back its recipe and its labels, bit for bit, or says what differs.
 */
#include "compute/session/result.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>

#include "compute/error.h"
#include "compute/files/results.h"
#include "compute/kmeans/restarts.h"
#include "compute/session/replay.h"
#include "compute/session/saving.h"
#include "compute/session/session-file.h"
#include "tests/support/files.h"
#include "tests/support/results.h"
#include "tests/support/runs.h"

static TestFolder *folder;

/* A copy of the penguins that a test may change. */
static char *
copy_penguins (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  g_autofree char *text = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  return test_folder_write (folder, "penguins.csv", text, (gssize) n);
}

static LloydRecipe *
make_recipe (void)
{
  LloydRecipe *recipe = test_session_recipe (4);
  test_recipe_set (recipe, "columns", "bill_length_mm,bill_depth_mm,body_mass_g");
  test_recipe_set (recipe, "scale", "standardise");
  test_recipe_set (recipe, "metric", "cosine");
  test_recipe_set (recipe, "missing", "drop");
  test_recipe_set (recipe, "seed", "7");
  return recipe;
}

/* A session with that recipe on a copy of the penguins. */
static LloydSession *
open_penguins (void)
{
  g_autofree char *path = copy_penguins ();
  g_autoptr (LloydRecipe) recipe = make_recipe ();
  LloydSession *session = lloyd_session_new ();
  test_session_open (session, path, recipe, FALSE);
  return session;
}

static void
save (LloydSession *session, const char *path, gboolean has_features)
{
  TestAnswer answer = { 0 };
  LloydSaving saving = {
    .path = path, .wishes = { .features = has_features, .distance = TRUE, .ambiguity = TRUE }
  };
  lloyd_session_save_results_async (session, 0, &saving, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

/* Formats that keep what a result says of itself. */
static const char *const names[] = { "r.parquet", NULL };

/* ---- the tests ----------------------------------------------------------------------------- */

/* The same without a session, as verify does it. */
static char *
verify (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) compared = NULL;
  g_autoptr (LloydClaims) claims = lloyd_claims_load (path, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LloydDataset) dataset =
      lloyd_dataset_load (claims->input, claims->recipe, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LloydRun) run =
      lloyd_run_new (dataset->points, claims->recipe, lloyd_backends_find ("cpu", 0, NULL, NULL),
                     NULL, NULL, &error);
  g_assert_no_error (error);
  lloyd_claims_replay (claims, run, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) differences = lloyd_claims_compare (claims, run, &compared, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_strv_contains ((const char *const *) compared, "cluster_id"));
  return g_strjoinv (", ", differences);
}

/* A run that is edited at random, again and again, in the middle, at its end and beyond its limit.
 */
static void
edit_at_random (LloydSession *session)
{
  guint n = (guint) g_test_rand_int_range (1, 6);
  for (guint i = 0; i < n; i++)
    {
      double place[3];
      for (guint j = 0; j < 3; j++)
        place[j] = g_test_rand_double_range (10.0, 60.0);
      guint last = lloyd_session_get_snapshot (session, 0)->last_position;
      if (g_test_rand_bit ())
        test_session_go_to (session, (guint) g_test_rand_int_range (0, (int) last + 1));
      guint k = lloyd_session_get_snapshot (session, 0)->k;
      LloydHandEdit edit = { .kind = (LloydEditKind) g_test_rand_int_range (0, 4),
                             .cluster = (guint) g_test_rand_int_range (0, (int) k),
                             .place = LLOYD_PLACE_DATA,
                             .values = place,
                             .n_values = 3 };
      /* The last one stays. */
      if (edit.kind == LLOYD_EDIT_REMOVE && k == 1)
        edit.kind = LLOYD_EDIT_ADD;
      test_session_edit (session, &edit);
      test_session_run (session, (guint) g_test_rand_int_range (0, 3), g_test_rand_bit () ? 2 : 0);
    }
}

static void
test_edited (void)
{
  for (guint round = 0; round < 40; round++)
    {
      g_autofree char *input = copy_penguins ();
      g_autofree char *path = test_folder_dup_path (folder, "edited.parquet");
      g_autoptr (LloydRecipe) recipe = make_recipe ();
      g_autoptr (LloydSession) session = lloyd_session_new ();
      g_autoptr (LloydSession) other = lloyd_session_new ();
      test_recipe_set (recipe, "max-steps", round % 2 == 0 ? "3" : "300");
      test_recipe_set (recipe, "metric", round % 4 < 2 ? "euclidean" : "cosine");
      test_session_open (session, input, recipe, FALSE);
      test_session_run (session, (guint) g_test_rand_int_range (0, 3), 0);
      edit_at_random (session);
      save (session, path, FALSE);
      g_autofree char *by_itself = verify (path);
      g_assert_cmpstr (by_itself, ==, "");
      g_autofree char *differences = test_result_restore (other, path, FALSE);
      g_assert_cmpstr (differences, ==, "");
      test_sessions_equal (session, other);
    }
}

/* At the end, in the middle, beyond the limit of steps, and after edits. */
static void
test_restored (void)
{
  for (guint way = 0; way < 5; way++)
    for (const char *const *name = names; *name != NULL; name++)
      {
        g_autofree char *path = test_folder_dup_path (folder, *name);
        g_autoptr (LloydSession) session = open_penguins ();
        g_autoptr (LloydSession) other = lloyd_session_new ();
        LloydHandEdit edit = { .kind = LLOYD_EDIT_REMOVE, .cluster = 1 };
        if (way == 1)
          test_session_run (session, 2, 0);
        else
          test_session_run (session, 0, 0);
        if (way == 2)
          test_session_go_to (session, 3);
        if (way == 3)
          {
            test_session_go_to (session, 2);
            test_session_edit (session, &edit);
            test_session_run (session, 0, 0);
          }
        if (way == 4)
          test_session_go_to (session, 0);
        save (session, path, FALSE);
        g_autofree char *differences = test_result_restore (other, path, FALSE);
        g_assert_cmpstr (differences, ==, "");
        g_autofree char *by_itself = verify (path);
        g_assert_cmpstr (by_itself, ==, "");
        test_sessions_equal (session, other);
        const LloydRecipe *recipe = lloyd_session_get_start (other);
        g_assert_cmpuint (recipe->k, ==, 4);
        g_assert_cmpuint (recipe->seed, ==, 7);
        g_assert_cmpint (recipe->metric, ==, LLOYD_METRIC_COSINE);
        g_assert_cmpint (recipe->scale, ==, LLOYD_SCALE_STANDARDISE);
        g_assert_cmpint (recipe->missing, ==, LLOYD_MISSING_DROP);
        g_assert_cmpuint (g_strv_length (recipe->columns), ==, 3);
      }
}

/* A run that went on beyond its limit, and the best of restarts. */
static void
test_other_runs (void)
{
  g_autofree char *path = copy_penguins ();
  g_autofree char *out = test_folder_dup_path (folder, "other.parquet");
  for (guint way = 0; way < 2; way++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydSession) session = lloyd_session_new ();
      g_autoptr (LloydSession) other = lloyd_session_new ();
      g_autoptr (LloydRecipe) recipe = make_recipe ();
      if (way == 0)
        {
          test_recipe_set (recipe, "max-steps", "2");
          test_session_open (session, path, recipe, FALSE);
          test_session_run (session, 0, 0);
          test_session_run (session, 3, 3);
          save (session, out, FALSE);
        }
      else
        {
          test_recipe_set (recipe, "restarts", "6");
          test_recipe_set (recipe, "k", "9");
          g_autoptr (LloydDataset) dataset =
              lloyd_dataset_load (path, recipe, NULL, NULL, NULL, &error);
          const LloydBackend *backend = lloyd_backends_find ("cpu", 0, NULL, NULL);
          g_autoptr (LloydRun) run =
              lloyd_restarts_run (dataset->points, recipe, backend, NULL, NULL, NULL, NULL, &error);
          g_assert_true (lloyd_results_save_labels (out, run, &error));
        }
      g_autofree char *differences = test_result_restore (other, out, FALSE);
      g_assert_cmpstr (differences, ==, "");
    }
}

/* Where only a result is to be opened, anything else is told so, and nothing of it is loaded. */
static void
test_no_result (void)
{
  g_autofree char *path = copy_penguins ();
  g_autofree char *plain = test_folder_dup_path (folder, "plain.parquet");
  g_autofree char *nowhere = test_folder_dup_path (folder, "nowhere.parquet");
  g_autoptr (LloydTable) table = test_load (path);
  LloydSaveOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_assert_true (lloyd_files_save (plain, table, &options, &error));
  const char *const paths[] = { path, plain, NULL };
  for (const char *const *each = paths; *each != NULL; each++)
    {
      TestOpened opened = test_result_open (session, *each, LLOYD_OPEN_RESULT);
      test_answer_expect_error (&opened.answer, LLOYD_ERROR, LLOYD_ERROR_NO_RESULT, *each);
      g_assert_null (opened.result);
    }
  TestOpened opened = test_result_open (session, nowhere, LLOYD_OPEN_RESULT);
  test_answer_expect_error (&opened.answer, LLOYD_ERROR, LLOYD_ERROR_FILE, nowhere);
}

/* Another input: the features in the result, where it has them, else the words. */
static void
test_changed (void)
{
  g_autofree char *features = test_folder_dup_path (folder, "features.parquet");
  g_autofree char *labels = test_folder_dup_path (folder, "labels.parquet");
  g_autoptr (LloydSession) session = open_penguins ();
  g_autofree char *input = copy_penguins ();
  g_autofree char *text = NULL;

  test_session_run (session, 0, 0);
  save (session, features, TRUE);
  save (session, labels, FALSE);
  g_assert_true (g_file_get_contents (input, &text, NULL, NULL));
  *strstr (text, "39.1") = '4';
  g_free (test_folder_write (folder, "penguins.csv", text, -1));

  g_autoptr (LloydSession) one = lloyd_session_new ();
  g_autofree char *same = test_result_restore (one, features, TRUE);
  g_assert_cmpstr (same, ==, "");
  test_sessions_equal (session, one);
  g_assert_cmpstr (lloyd_session_get_dataset (one)->title, ==, "features.parquet");

  g_autoptr (LloydSession) two = lloyd_session_new ();
  TestOpened opened = test_result_open (two, labels, LLOYD_OPEN_ANY);
  test_answer_expect (&opened.answer);
  g_assert_nonnull (opened.result->input_sha256);
  g_assert_cmpstr (opened.result->input_sha256, !=, opened.result->claims->input_sha256);
  g_autofree char *differences = test_result_replay (two, opened.result);
  g_assert_nonnull (strstr (differences, "input (SHA-256 "));
  g_assert_nonnull (strstr (differences, "distance (first in row "));
  g_assert_cmpstr (lloyd_session_get_dataset (two)->title, ==, "penguins.csv");
}

/* No input any more. */
static void
test_gone (void)
{
  g_autofree char *features = test_folder_dup_path (folder, "features.parquet");
  g_autofree char *labels = test_folder_dup_path (folder, "labels.parquet");
  g_autoptr (LloydSession) session = open_penguins ();
  g_autofree char *input = copy_penguins ();

  test_session_run (session, 0, 0);
  save (session, features, TRUE);
  save (session, labels, FALSE);
  g_unlink (input);
  g_autoptr (LloydSession) one = lloyd_session_new ();
  g_autofree char *same = test_result_restore (one, features, TRUE);
  g_assert_cmpstr (same, ==, "");

  TestOpened opened = test_result_open (one, labels, LLOYD_OPEN_ANY);
  g_assert_null (opened.result);
  test_answer_expect_error (&opened.answer, LLOYD_ERROR, LLOYD_ERROR_FILE, "is not there");
  g_assert_cmpstr (lloyd_session_get_dataset (one)->title, ==, "features.parquet");
}

/* A result whose labels are not those of its recipe; a file that is none; a damaged one. */
static void
test_others (void)
{
  g_autofree char *path = test_folder_dup_path (folder, "r.parquet");
  g_autoptr (LloydSession) session = open_penguins ();
  g_autoptr (LloydSession) other = lloyd_session_new ();
  g_autofree char *input = copy_penguins ();
  g_autofree char *bytes = NULL;
  gsize n;

  test_session_run (session, 0, 0);
  save (session, path, FALSE);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  char *seed = memmem (bytes, n, "\"seed\":\"7\"", 10);
  g_assert_nonnull (seed);
  seed[8] = '1';
  g_free (test_folder_write (folder, "r.parquet", bytes, (gssize) n));
  g_autofree char *differences = test_result_restore (other, path, FALSE);
  g_assert_nonnull (strstr (differences, "centroids (SHA-256 "));
  g_assert_nonnull (strstr (differences, "cluster_id (first in row "));
  g_assert_null (strstr (differences, "input"));

  TestOpened plain = test_result_open (other, input, LLOYD_OPEN_ANY);
  test_answer_expect (&plain.answer);
  g_assert_null (plain.result);
  g_assert_cmpuint (lloyd_session_get_n_sides (other), ==, 2);

  seed[1] = 'z';
  g_free (test_folder_write (folder, "r.parquet", bytes, (gssize) n));
  TestOpened damaged = test_result_open (other, path, LLOYD_OPEN_ANY);
  g_assert_null (damaged.result);
  test_answer_expect_error (&damaged.answer, LLOYD_ERROR, LLOYD_ERROR_DATA, "z");
}

/* A file that says how its rows are measured proposes that metric, until it is the one used. */
static void
test_proposed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  spec.rows = 50;
  g_autoptr (LloydTable) table = lloyd_generate (&spec, NULL, &error);
  lloyd_table_set_note (table, "distance", "angular");
  g_autoptr (LloydDataset) dataset = lloyd_dataset_new (table, "a.hdf5", recipe, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LloydRun) euclidean = test_run_open (dataset->points, recipe, "cpu");
  g_assert_nonnull (strstr (lloyd_run_get_remarks (euclidean)[0], "--metric cosine does that"));
  test_recipe_set (recipe, "metric", "cosine");
  g_autoptr (LloydRun) cosine = test_run_open (dataset->points, recipe, "cpu");
  g_assert_null (lloyd_run_get_remarks (cosine)[0]);
}

static gpointer
write_pipe (gpointer path)
{
  FILE *stream = fopen (path, "w");
  fputs ("a,b\n1,2\n3,4\n5,6\n", stream);
  fclose (stream);
  return NULL;
}

/* Whoever looks what a file is leaves what is in a pipe to who opens it. */
static void
test_pipe (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydResult) result = NULL;
  LloydRecipe *recipe = test_session_recipe (2);
  g_autofree char *path = test_folder_dup_path (folder, "pipe.csv");
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_false (lloyd_session_file_is_one (path));
  GThread *writer = g_thread_new ("writer", write_pipe, path);
  g_autoptr (LloydDataset) dataset =
      lloyd_result_open (path, LLOYD_OPEN_ANY, &recipe, NULL, NULL, &result, NULL, &error);
  g_thread_join (writer);
  g_assert_no_error (error);
  g_assert_cmpuint (dataset->points->n_input, ==, 3);
  lloyd_recipe_free (recipe);
}

/* Names of files need not be text; what stands over a window is. */
static void
test_name_of_bytes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  g_autofree char *path = test_folder_write (folder, "caf\xe9.csv", "a,b\n1,2\n3,4\n", -1);
  g_autoptr (LloydDataset) dataset = lloyd_dataset_load (path, recipe, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dataset->title, ==, "caf\xef\xbf\xbd.csv");
  g_assert_cmpstr (dataset->path, ==, path);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  folder = test_folder_new ();
  g_test_add_func ("/results/restored", test_restored);
  g_test_add_func ("/results/edited", test_edited);
  g_test_add_func ("/results/no-result", test_no_result);
  g_test_add_func ("/results/pipe", test_pipe);
  g_test_add_func ("/results/name-of-bytes", test_name_of_bytes);
  g_test_add_func ("/results/other-runs", test_other_runs);
  g_test_add_func ("/results/changed", test_changed);
  g_test_add_func ("/results/gone", test_gone);
  g_test_add_func ("/results/others", test_others);
  g_test_add_func ("/results/proposed", test_proposed);
  int result = g_test_run ();
  test_folder_free (folder);
  return result;
}
