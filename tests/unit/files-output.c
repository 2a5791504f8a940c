/* Outputs are whole or absent: whatever fails, the target is what it was and nothing lies beside
 * it. */
#include "compute/files/output.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"
#include "tests/support/files.h"

static LloydOutput *
open_output (const char *path)
{
  g_autoptr (GError) error = NULL;
  LloydOutput *output = lloyd_output_new (path, &error);
  g_assert_no_error (error);
  return output;
}

static void
finish (LloydOutput *output)
{
  g_autoptr (GError) error = NULL;
  lloyd_output_finish (output, &error);
  g_assert_no_error (error);
}

static mode_t
mode_of (const char *path)
{
  struct stat info;
  g_assert_cmpint (stat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

/* ---- whole --------------------------------------------------------------------------------- */

static void
test_new_file (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "new.csv");
  mode_t before = umask (0027);
  LloydOutput *output = open_output (path);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  fputs ("a,b\n", lloyd_output_get_stream (output));
  finish (output);
  g_assert_cmpint (mode_of (path), ==, 0640);
  g_assert_cmpint (umask (before), ==, 0027);
  test_assert_file (path, "a,b\n", -1);
  g_assert_cmpuint (test_folder_count (folder), ==, 1);
}

/* Until it is finished, the old file stands; the new one gets its permissions. */
static void
test_replaced (void)
{
  static const mode_t modes[] = { 0644, 0600, 0755, 0664 };
  for (size_t i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_write (folder, "old.csv", "old", -1);
      g_assert_cmpint (g_chmod (path, (int) modes[i]), ==, 0);
      LloydOutput *output = open_output (path);
      fputs ("new", lloyd_output_get_stream (output));
      fflush (lloyd_output_get_stream (output));
      test_assert_file (path, "old", -1);
      finish (output);
      test_assert_file (path, "new", -1);
      g_assert_cmpint (mode_of (path), ==, modes[i]);
      g_assert_cmpuint (test_folder_count (folder), ==, 1);
    }
}

/* As long a name as there can be, which may be of letters of three bytes. */
static void
test_long_name (void)
{
  for (int is_for_others = 0; is_for_others < 2; is_for_others++)
    {
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autoptr (GString) name = g_string_new ("x");
      for (int i = 0; i < 83; i++)
        g_string_append (name, "重");
      g_string_append (name, ".gpkg");
      g_assert_cmpuint (name->len, ==, 255);
      g_autofree char *path = test_folder_dup_path (folder, name->str);
      for (int i = 0; i < 2; i++)
        {
          g_autoptr (GError) error = NULL;
          const char *bytes = i == 0 ? "old" : "new";
          LloydOutput *output =
              is_for_others ? lloyd_output_new_for_others (path, &error) : open_output (path);
          g_assert_no_error (error);
          if (is_for_others)
            {
              g_autofree char *beside =
                  g_strconcat (lloyd_output_get_path (output), ".model.gpkg.XXXXXX", NULL);
              g_assert_true (g_str_has_suffix (lloyd_output_get_path (output), ".gpkg"));
              g_assert_true (g_file_set_contents (beside, "", 0, NULL));
              g_file_set_contents (lloyd_output_get_path (output), bytes, -1, NULL);
            }
          else
            fputs (bytes, lloyd_output_get_stream (output));
          finish (output);
          test_assert_file (path, bytes, -1);
          g_assert_cmpuint (test_folder_count (folder), ==, 1);
        }
    }
}

/* More than any buffer, byte for byte. */
static void
test_large (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "large");
  g_autofree char *bytes = g_malloc (5000000);
  for (size_t i = 0; i < 5000000; i++)
    bytes[i] = (char) (i * 2654435761u >> 13);
  LloydOutput *output = open_output (path);
  g_assert_cmpuint (fwrite (bytes, 1, 5000000, lloyd_output_get_stream (output)), ==, 5000000);
  finish (output);
  test_assert_file (path, bytes, 5000000);
}

/* What a link stands for is replaced, in its own folder; the link stays. */
static void
test_link (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (TestFolder) elsewhere = test_folder_new ();
  g_autofree char *target = test_folder_write (elsewhere, "target.csv", "old", -1);
  g_autofree char *middle = test_folder_dup_path (folder, "middle");
  g_autofree char *link_path = test_folder_dup_path (folder, "link.csv");
  g_assert_cmpint (symlink (target, middle), ==, 0);
  g_assert_cmpint (symlink ("middle", link_path), ==, 0);

  LloydOutput *output = open_output (link_path);
  fputs ("new", lloyd_output_get_stream (output));
  finish (output);
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_test (middle, G_FILE_TEST_IS_SYMLINK));
  g_assert_false (g_file_test (target, G_FILE_TEST_IS_SYMLINK));
  test_assert_file (target, "new", -1);
  g_assert_cmpuint (test_folder_count (folder), ==, 2);
  g_assert_cmpuint (test_folder_count (elsewhere), ==, 1);
}

/* Also where nothing is there yet. */
static void
test_link_to_nothing (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (TestFolder) elsewhere = test_folder_new ();
  g_autofree char *target = test_folder_dup_path (elsewhere, "target.csv");
  g_autofree char *middle = test_folder_dup_path (folder, "middle");
  g_autofree char *link_path = test_folder_dup_path (folder, "link.csv");
  g_assert_cmpint (symlink (target, middle), ==, 0);
  g_assert_cmpint (symlink ("middle", link_path), ==, 0);

  for (int i = 0; i < 2; i++)
    {
      LloydOutput *output = open_output (link_path);
      fputs (i == 0 ? "new" : "newer", lloyd_output_get_stream (output));
      finish (output);
      g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));
      g_assert_true (g_file_test (middle, G_FILE_TEST_IS_SYMLINK));
      test_assert_file (target, i == 0 ? "new" : "newer", -1);
      g_assert_cmpuint (test_folder_count (folder), ==, 2);
      g_assert_cmpuint (test_folder_count (elsewhere), ==, 1);
    }
}

/* Whoever may give files away keeps the owner; a group that cannot be kept loses what it might do,
 * but not to another one. */
static void
test_owner (void)
{
  if (geteuid () != 0)
    {
      g_test_skip ("only root gives files away");
      return;
    }
  static const mode_t modes[][2] = { { 0660, 0600 }, { 0664, 0644 }, { 0666, 0666 } };
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_assert_cmpint (g_chmod (folder->path, 0777), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (modes); i++)
    for (int as_other = 0; as_other < 2; as_other++)
      {
        struct stat info;
        g_autofree char *path = test_folder_write (folder, "shared.csv", "old", -1);
        g_assert_cmpint (chown (path, 1234, 5678), ==, 0);
        g_assert_cmpint (g_chmod (path, (int) modes[i][0]), ==, 0);
        g_assert_cmpint (as_other ? setegid (4321) + seteuid (4321) : 0, ==, 0);
        LloydOutput *output = open_output (path);
        fputs ("new", lloyd_output_get_stream (output));
        finish (output);
        g_assert_cmpint (as_other ? seteuid (0) + setegid (0) : 0, ==, 0);
        test_assert_file (path, "new", -1);
        g_assert_cmpint (stat (path, &info), ==, 0);
        g_assert_cmpuint (info.st_uid, ==, as_other ? 4321 : 1234);
        g_assert_cmpuint (info.st_gid, ==, as_other ? 4321 : 5678);
        g_assert_cmpint (info.st_mode & 07777, ==, modes[i][as_other]);
      }
}

static gpointer
read_pipe (gpointer path)
{
  char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* A pipe is written to as it stands. */
static void
test_pipe (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "pipe.csv");
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  GThread *reader = g_thread_new ("reader", read_pipe, path);
  LloydOutput *output = open_output (path);
  fputs ("through", lloyd_output_get_stream (output));
  finish (output);
  g_autofree char *text = g_thread_join (reader);
  g_assert_cmpstr (text, ==, "through");
  struct stat info;
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_true (S_ISFIFO (info.st_mode));
  g_assert_cmpuint (test_folder_count (folder), ==, 1);
}

/* Nor is a link to one that has no name, as that of the standard output. */
static void
test_nameless_pipe (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "link.csv");
  int ends[2];
  char bytes[8] = { 0 };
  g_assert_cmpint (pipe (ends), ==, 0);
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", ends[1]);
  g_assert_cmpint (symlink (link, path), ==, 0);
  LloydOutput *output = open_output (path);
  fputs ("through", lloyd_output_get_stream (output));
  finish (output);
  g_assert_cmpint (read (ends[0], bytes, sizeof bytes), ==, 7);
  g_assert_cmpstr (bytes, ==, "through");
  close (ends[0]);
  close (ends[1]);
}

/* ---- or absent ----------------------------------------------------------------------------- */

static void
test_abandoned (void)
{
  for (int exists = 0; exists <= 1; exists++)
    {
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_dup_path (folder, "t.csv");
      if (exists)
        g_free (test_folder_write (folder, "t.csv", "old", -1));
      LloydOutput *output = open_output (path);
      fputs ("new", lloyd_output_get_stream (output));
      lloyd_output_abandon (output);
      if (exists)
        test_assert_file (path, "old", -1);
      g_assert_cmpint (test_folder_count (folder), ==, exists);
    }
}

static void
test_cannot_open (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_free (test_folder_write (folder, "file", "", 0));
  static const char *const names[] = { "missing/t.csv", "file/t.csv", "" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = test_folder_dup_path (folder, names[i]);
      g_autofree char *prefix = g_strconcat (path, ": ", NULL);
      g_assert_null (lloyd_output_new (path, &error));
      test_assert_line (error, LLOYD_ERROR_WRITE, prefix);
    }
  g_assert_cmpuint (test_folder_count (folder), ==, 1);
}

static void
test_forbidden (void)
{
  if (geteuid () == 0)
    {
      g_test_skip ("nothing is forbidden to root");
      return;
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "t.csv");
  g_assert_cmpint (g_chmod (folder->path, 0500), ==, 0);
  g_assert_null (lloyd_output_new (path, &error));
  g_assert_cmpint (g_chmod (folder->path, 0700), ==, 0);
  test_assert_line (error, LLOYD_ERROR_WRITE, path);
}

/* A device that is always full, with less and with more than a buffer. */
static void
test_full_device (void)
{
  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is no /dev/full");
      return;
    }
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "link.csv");
  g_assert_cmpint (symlink ("/dev/full", path), ==, 0);
  static const int sizes[] = { 1, 5000000 };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *prefix = g_strconcat (path, ": ", NULL);
      LloydOutput *output = open_output (path);
      for (int n = 0; n < sizes[i]; n++)
        fputc ('x', lloyd_output_get_stream (output));
      g_assert_false (lloyd_output_finish (output, &error));
      test_assert_line (error, LLOYD_ERROR_WRITE, prefix);
      g_assert_true (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
      g_assert_cmpuint (test_folder_count (folder), ==, 1);
    }
}

/* A disk that fills up, at once and only when the last buffer is written. */
static void
test_full_disk (void)
{
  static const size_t sizes[] = { 100000, 5000000 };
  struct rlimit before, low;
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  low = before;
  low.rlim_cur = 65536;
  signal (SIGXFSZ, SIG_IGN);

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_write (folder, "t.csv", "old", -1);
      g_autofree char *prefix = g_strconcat (path, ": ", NULL);
      LloydOutput *output = open_output (path);
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &low), ==, 0);
      for (size_t n = 0; n < sizes[i]; n++)
        fputc ('x', lloyd_output_get_stream (output));
      gboolean is_finished = lloyd_output_finish (output, &error);
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
      g_assert_false (is_finished);
      test_assert_line (error, LLOYD_ERROR_WRITE, prefix);
      test_assert_file (path, "old", -1);
      g_assert_cmpuint (test_folder_count (folder), ==, 1);
    }
}

/* The folder goes away under the output: an error, and no file anywhere. */
static void
test_folder_gone (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *moved = g_strconcat (folder->path, "-moved", NULL);
  g_autofree char *path = test_folder_dup_path (folder, "t.csv");
  LloydOutput *output = open_output (path);
  fputs ("new", lloyd_output_get_stream (output));
  g_assert_cmpint (g_rename (folder->path, moved), ==, 0);
  g_assert_false (lloyd_output_finish (output, &error));
  g_assert_cmpint (g_rename (moved, folder->path), ==, 0);
  test_assert_line (error, LLOYD_ERROR_WRITE, path);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Messages name the file as the user did, link or not. */
static void
test_message_path (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *target = test_folder_write (folder, "target.csv", "old", -1);
  g_autofree char *path = test_folder_dup_path (folder, "link.csv");
  g_autofree char *prefix = g_strconcat (path, ": ", NULL);
  g_assert_cmpint (symlink ("target.csv", path), ==, 0);
  LloydOutput *output = open_output (path);
  /* Nothing more can be written. */
  g_assert_cmpint (close (fileno (lloyd_output_get_stream (output))), ==, 0);
  fputs ("new", lloyd_output_get_stream (output));
  g_assert_false (lloyd_output_finish (output, &error));
  test_assert_line (error, LLOYD_ERROR_WRITE, prefix);
  test_assert_file (target, "old", -1);
  g_assert_cmpuint (test_folder_count (folder), ==, 2);
}

/* What can be written is known before there is anything to write, and nothing shows it. */
static void
test_check (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *old = test_folder_write (folder, "old.csv", "old", -1);
  g_autofree char *pipe = test_folder_dup_path (folder, "pipe.csv");
  g_autofree char *new = test_folder_dup_path (folder, "new.csv");
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_true (lloyd_output_check (old, &error));
  g_assert_true (lloyd_output_check (new, &error));
  g_assert_true (lloyd_output_check (pipe, &error));
  g_assert_no_error (error);
  test_assert_file (old, "old", -1);

  static const char *const names[] = { "missing/t.csv", "old.csv/t.csv", "" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = test_folder_dup_path (folder, names[i]);
      g_autofree char *prefix = g_strconcat (path, ": ", NULL);
      g_assert_false (lloyd_output_check (path, &error));
      test_assert_line (error, LLOYD_ERROR_WRITE, prefix);
      g_clear_error (&error);
    }
  g_assert_cmpuint (test_folder_count (folder), ==, 2);
}

/* ---- cells and numbers --------------------------------------------------------------------- */

static void
test_cells (void)
{
  static const char *const cells[][2] = {
    { "", "" },
    { "plain", "plain" },
    { "two words", "two words" },
    { "größe", "größe" },
    { "it's", "it's" },
    { "a,b", "\"a,b\"" },
    { "a;b", "\"a;b\"" },
    { "a|b", "\"a|b\"" },
    { "a\tb", "\"a\tb\"" },
    { "a\nb", "\"a\nb\"" },
    { "a\rb", "\"a\rb\"" },
    { "\"", "\"\"\"\"" },
    { "say \"a\", b", "\"say \"\"a\"\", b\"" },
    { " a", "\" a\"" },
    { "a ", "\"a \"" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cells); i++)
    {
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_dup_path (folder, "cell");
      LloydOutput *output = open_output (path);
      lloyd_output_print_cell (output, cells[i][0]);
      finish (output);
      test_assert_file (path, cells[i][1], -1);
    }
}

static void
test_doubles (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "doubles");
  static const double values[] = { 0.0,   -0.0,    1.0,          0.1, 1.0 / 3.0,
                                   1e300, -5e-324, 78.855665826, NAN, INFINITY };
  LloydOutput *output = open_output (path);
  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    {
      lloyd_output_print_double (output, values[i]);
      fputc ('\n', lloyd_output_get_stream (output));
    }
  finish (output);
  test_assert_file (path,
                    "0\n-0\n1\n0.10000000000000001\n0.33333333333333331\n1.0000000000000001e+300\n"
                    "-4.9406564584124654e-324\n78.855665826000006\n\ninf\n",
                    -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/output/new-file", test_new_file);
  g_test_add_func ("/files/output/replaced", test_replaced);
  g_test_add_func ("/files/output/long-name", test_long_name);
  g_test_add_func ("/files/output/large", test_large);
  g_test_add_func ("/files/output/link", test_link);
  g_test_add_func ("/files/output/link-to-nothing", test_link_to_nothing);
  g_test_add_func ("/files/output/owner", test_owner);
  g_test_add_func ("/files/output/pipe", test_pipe);
  g_test_add_func ("/files/output/nameless-pipe", test_nameless_pipe);
  g_test_add_func ("/files/output/abandoned", test_abandoned);
  g_test_add_func ("/files/output/cannot-open", test_cannot_open);
  g_test_add_func ("/files/output/forbidden", test_forbidden);
  g_test_add_func ("/files/output/full-device", test_full_device);
  g_test_add_func ("/files/output/full-disk", test_full_disk);
  g_test_add_func ("/files/output/folder-gone", test_folder_gone);
  g_test_add_func ("/files/output/message-path", test_message_path);
  g_test_add_func ("/files/output/check", test_check);
  g_test_add_func ("/files/output/cells", test_cells);
  g_test_add_func ("/files/output/doubles", test_doubles);
  return g_test_run ();
}
