/* Commands that repeat what a session shows, without it. */
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/results.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

static TestFolder *folder;

typedef struct
{
  gboolean is_done;
  char *text;
  GError *error;
} Command;

static void
take_command (GObject *session, GAsyncResult *result, gpointer data)
{
  Command *command = data;
  command->text = lloyd_session_command_finish (LLOYD_SESSION (session), result, &command->error);
  command->is_done = TRUE;
}

static char *
get_command (LloydSession *session, const char *path, GError **error)
{
  Command command = { 0 };
  lloyd_session_command_async (session, path, NULL, take_command, &command);
  while (!command.is_done)
    g_main_context_iteration (NULL, TRUE);
  if (command.error != NULL)
    g_propagate_error (error, command.error);
  return command.text;
}

static void
test_command (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  g_autofree char *path = test_folder_dup_path (folder, "some points.csv");
  const double place[] = { 0.1, 1e-17 };
  /* What other windows may be writing. */
  g_autofree char *draft = test_folder_write (folder, ".lloyd-centroids.csv", "theirs", -1);
  g_assert_true (g_file_set_contents (path, "a,b\n1,2\n2,1\n5,5\n6,5\n9,1\n9,2\n", -1, &error));
  test_session_open (session, path, recipe, FALSE);
  g_autofree char *plain = get_command (session, NULL, &error);
  g_assert_null (strstr (plain, "file:"));
  test_session_step (session);
  test_session_edit (session, &(LloydHandEdit){ LLOYD_EDIT_ADD, 0, LLOYD_PLACE_DATA, place, 2, 0 });
  test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_PIN, .cluster = 3 });
  for (int i = 0; i < 2; i++)
    {
      g_autofree char *command = get_command (session, NULL, &error);
      g_assert_no_error (error);
      g_assert_nonnull (strstr (command, "some points-centroids.csv"));
      g_assert_nonnull (strstr (command, "--pin 3"));
      g_assert_nonnull (strstr (command, "--k 4"));
    }
  /* Another start goes beside it, and what is there stays. */
  test_session_undo (session);
  test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_REMOVE, .cluster = 0 });
  g_autofree char *other = get_command (session, NULL, &error);
  g_assert_nonnull (strstr (other, "some points-centroids-2.csv"));
  test_assert_file (draft, "theirs", -1);
  g_assert_cmpuint (test_folder_count (folder), ==, 4);
  g_autofree char *named = test_folder_dup_path (folder, "named.csv");
  g_autofree char *asked = get_command (session, named, &error);
  g_assert_nonnull (strstr (asked, named));
  g_assert_true (g_file_test (named, G_FILE_TEST_EXISTS));

  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_MOONS);
  test_session_generate (session, &spec, recipe, FALSE);
  test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_REMOVE, .cluster = 0 });
  g_assert_null (get_command (session, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
}

/* What the recipe of a line starts from, steps and labels. */
static void
check_line (LloydSession *session, guint side, const char *line, const char *metric)
{
  g_autofree char *expected = g_strdup_printf ("--metric %s", metric);
  g_auto (GStrv) words = NULL;
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  g_autoptr (GError) error = NULL;
  const LloydDataset *dataset = lloyd_session_get_dataset (session);
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, side);
  g_assert_true (strstr (line, expected) != NULL || g_str_equal (metric, "euclidean"));
  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  for (guint i = 3; words[i] != NULL; i += 2)
    test_recipe_set (recipe, words[i] + 2, words[i + 1]);
  g_assert_true (lloyd_results_load_start (recipe, dataset->points, &error));
  g_autoptr (LloydRun) run = test_run_open (dataset->points, recipe, "cpu");
  test_run_to_end (run);
  g_assert_cmpfloat (test_run_objective (run), ==,
                     snapshot->steps[snapshot->n_steps - 1].objective);
  for (guint j = 0; j < snapshot->k; j++)
    g_assert_cmpint (lloyd_run_get_sizes (run)[j], ==, snapshot->sizes[j]);
}

/* Side by side there is one for each, from the same rows, and from centroids of its own once these
 * were moved. */
static void
test_both_commands (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  g_autofree char *path = test_folder_dup_path (folder, "both.csv");
  g_autofree char *named = test_folder_dup_path (folder, "mine.csv");
  const double place[] = { 4.0, 1.0 };
  g_assert_true (g_file_set_contents (
      path, "a,b\n1,2\n2,1\n5,5\n6,5\n9,1\n9,2\n1,7\n3,8\n4,9\n8,3\n", -1, &error));
  test_session_open (session, path, recipe, TRUE);
  for (guint round = 0; round < 2; round++)
    {
      test_session_run (session, 0, 0);
      g_autofree char *text = get_command (session, round == 0 ? NULL : named, &error);
      g_assert_no_error (error);
      g_auto (GStrv) lines = g_strsplit (text, "\n", 0);
      g_assert_cmpuint (g_strv_length (lines), ==, 2);
      g_assert_true ((strstr (lines[1], "--init rows:") != NULL) == (round == 0));
      g_assert_true ((strstr (lines[1], "mine-cosine.csv") != NULL) == (round == 1));
      check_line (session, 0, lines[0], "euclidean");
      check_line (session, 1, lines[1], "cosine");
      test_session_edit (session,
                         &(LloydHandEdit){ LLOYD_EDIT_MOVE, 0, LLOYD_PLACE_DATA, place, 2, 0 });
    }
}

/* A command that would keep rows which the runs leave out is refused, or leaves them out too. */
static void
test_command_without_direction (void)
{
  static const char text[] = "a,b\n1,2\n0,0\n3,1\n2,2\n";
  g_autofree char *path = test_folder_dup_path (folder, "no-direction.csv");
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents (path, text, -1, NULL));

  test_session_open (session, path, recipe, TRUE);
  g_assert_null (get_command (session, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_nonnull (strstr (error->message, "leaves out 1 rows without direction"));
  test_session_restart (session, recipe, FALSE);
  g_autofree char *plain = get_command (session, NULL, NULL);
  g_assert_null (strstr (plain, "--missing drop"));
  test_recipe_set (recipe, "metric", "cosine");
  test_session_restart (session, recipe, FALSE);
  g_autofree char *angular = get_command (session, NULL, NULL);
  g_assert_nonnull (strstr (angular, "--missing drop"));
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  folder = test_folder_new ();
  g_test_add_func ("/session/command/plain", test_command);
  g_test_add_func ("/session/command/both", test_both_commands);
  g_test_add_func ("/session/command/without-direction", test_command_without_direction);
  int result = g_test_run ();
  test_folder_free (folder);
  return result;
}
