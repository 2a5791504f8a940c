/* The program is killed at each point at which an output takes its target's place: the old file is
 * there or the new one, whole. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compute/files/output.h"
#include "compute/files/temporary.h"
#include "tests/support/files.h"

#define N_POINTS 3

/* Writes to `path` in a process of its own that is killed at a fault point; -1: at none. */
static void
write_until (const char *path, int point)
{
  pid_t child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      g_autofree char *number = g_strdup_printf ("%d", point);
      g_setenv ("LLOYD_FAULT_POINT", number, TRUE);
      LloydOutput *output = lloyd_output_new (path, NULL);
      fputs ("new", lloyd_output_get_stream (output));
      _exit (lloyd_output_finish (output, NULL) ? 0 : 1);
    }
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (point < 0)
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static void
test_killed (void)
{
  for (int point = -1; point < N_POINTS; point++)
    for (int is_old = 0; is_old < 2; is_old++)
      {
        g_autoptr (TestFolder) folder = test_folder_new ();
        g_autofree char *path = test_folder_dup_path (folder, "result.csv");
        if (is_old)
          g_file_set_contents (path, "old", -1, NULL);
        write_until (path, point);

        gboolean is_there = g_file_test (path, G_FILE_TEST_EXISTS);
        g_autofree char *text = NULL;
        if (is_there)
          g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
        g_assert_true (is_old ? is_there : TRUE);
        g_assert_true (text == NULL || g_str_equal (text, "new") ||
                       (is_old && g_str_equal (text, "old")));
        if (point < 0 || (point == 2 && is_old))
          g_assert_cmpstr (text, ==, "new");
        if (point == 0)
          g_assert_cmpstr (text, ==, is_old ? "old" : NULL);
        /* Only between the two calls that replace a file may there be a name beside it. */
        if (point != 1 || !is_old)
          g_assert_cmpuint (test_folder_count (folder), ==, is_there ? 1 : 0);
      }
}

/* What a program that ends at once takes with it. */
static void
test_remove_all (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "map.gpkg");
  pid_t child = fork ();
  if (child == 0)
    {
      LloydOutput *output = lloyd_output_new_for_others (path, NULL);
      g_file_set_contents (lloyd_output_get_path (output), "half", -1, NULL);
      lloyd_temporary_remove_all ();
      _exit (130);
    }
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpuint (test_folder_count (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/output/killed", test_killed);
  g_test_add_func ("/files/output/remove-all", test_remove_all);
  return g_test_run ();
}
