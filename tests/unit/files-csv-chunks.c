/* CSV read in chunks, by threads: the same table and the same first error, wherever chunks end.
 * This test builds csv-rows.c with chunks of a few bytes. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/csv.h"
#include "compute/files/mapping.h"
#include "tests/support/files.h"

static const char *const pieces[] = { ",",        ",",    ",",  "1",  "2.5", "-3",  "x",
                                      "\"",       "\"",   "\n", "\n", "\n",  "\r",  "\r\n",
                                      "\"a\nb\"", "\"\"", " ",  "NA", "1e3", "0.25" };

/* A file of `n_columns` cells a row, some of them quoted over several lines, with blank lines. */
static void
append_rows (GString *text, int n_rows, int n_columns)
{
  static const char *const cells[] = { "1", "2.5", "-3", "\"4\"", "NA", "", "1e3", "0.125" };
  static const char *const texts[] = { "a",          "\"b\nc\"", "\"\n\n\"", "\"x,y\"",
                                       "\"\"\"\n\"", "\"\r\"",   "z \"z" };
  for (int i = 0; i < n_rows; i++)
    {
      for (int j = 0; j < n_columns - 1; j++)
        g_string_append_printf (text, "%s,", cells[g_test_rand_int_range (0, 8)]);
      g_string_append_printf (text, "%s%s", texts[g_test_rand_int_range (0, 7)],
                              g_test_rand_int_range (0, 5) == 0 ? "\r\n\n" : "\n");
    }
}

/* What a reader with one chunk for the whole says, from a table or an error. */
static char *
describe (const char *text, size_t n, guint n_threads)
{
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { .n_threads = n_threads };
  g_autoptr (LloydTable) table = test_load_bytes (&lloyd_format_csv, text, n, &options, &error);
  return table != NULL ? test_table_dump (table) : g_strdup (error->message);
}

/* Chunks of other sizes come from what lies before the rows: a first line that grows. */
static void
test_good_files (void)
{
  for (int i = 0; i < 300; i++)
    {
      int n_rows = g_test_rand_int_range (1, 60), n_columns = g_test_rand_int_range (2, 5);
      g_autoptr (GString) rows = g_string_new (NULL);
      append_rows (rows, n_rows, n_columns);
      g_autofree char *expected = NULL;
      for (int shift = 0; shift < 12; shift++)
        {
          g_autofree char *blank = g_strnfill ((gsize) shift, '\n');
          g_autoptr (GString) text = g_string_new ("a,b,c,d");
          g_string_truncate (text, (gsize) (2 * n_columns - 1));
          g_string_append_printf (text, "\n%s%s", blank, rows->str);
          g_autofree char *found = describe (text->str, text->len, 1 + (guint) shift % 3);
          if (expected == NULL)
            expected = g_strdup (found);
          g_assert_cmpstr (found, ==, expected);
        }
      g_auto (GStrv) lines = g_strsplit (expected, "\n", -1);
      g_assert_cmpuint (g_strv_length (lines), ==, (guint) n_rows + 2);
    }
}

/* The line of the first error, whatever follows. */
static void
test_errors (void)
{
  for (int i = 0; i < 2000; i++)
    {
      g_autoptr (GString) text = g_string_new ("a,b,c\n");
      for (int row = 0; row < 1000; row++)
        g_string_append (text, "1,2,t\n");
      append_rows (text, g_test_rand_int_range (1, 8), 3);
      gsize line = 1;
      for (gsize at = 0; at < text->len; at++)
        line += text->str[at] == '\n' || (text->str[at] == '\r' && text->str[at + 1] != '\n');
      g_string_append (text, i % 2 == 0 ? "1,oops,x\n" : "1,2\n");
      append_rows (text, 3, 3);
      g_string_append (text, "1,2,3,4\n\"");

      g_autofree char *expected = i % 2 == 0
                                      ? g_strdup_printf ("test.file: line %" G_GSIZE_FORMAT
                                                         ", column b: \"oops\" is not a number",
                                                         line)
                                      : g_strdup_printf ("test.file: line %" G_GSIZE_FORMAT
                                                         ": 2 cells where the first line has 3",
                                                         line);
      g_autofree char *found = describe (text->str, text->len, 1 + (guint) i % 3);
      g_assert_cmpstr (found, ==, expected);
    }
}

/* Garbage means the same at every offset of its chunks. */
static void
test_garbage (void)
{
  int n = g_test_thorough () ? 200000 : 20000;
  for (int i = 0; i < n; i++)
    {
      g_autoptr (GString) text = g_string_new ("a,b\n");
      for (int length = g_test_rand_int_range (1, 60); length > 0; length--)
        g_string_append (text, pieces[g_test_rand_int_range (0, (gint32) G_N_ELEMENTS (pieces))]);
      g_autofree char *expected = NULL;
      for (int shift = 0; shift < 8; shift++)
        {
          /* A byte more before the rows, and no line more. */
          g_autofree char *spaces = g_strnfill ((gsize) shift, ' ');
          g_autofree char *shifted = g_strconcat (spaces, text->str, NULL);
          g_autofree char *found = describe (shifted, strlen (shifted), 1 + (guint) shift % 2);
          if (expected == NULL)
            expected = g_strdup (found);
          if (!g_str_equal (found, expected))
            g_error ("of \"%s\" with %d spaces came\n%s\nnot\n%s", text->str, shift, found,
                     expected);
        }
    }
}

static void
test_nul (void)
{
  for (gsize at = 1; at < 81; at++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("a,b\n1,2\n\"");
      for (int i = 0; i < 40; i++)
        g_string_append (text, "x\n");
      g_string_append (text, "\",7\n");
      gsize place = 8 + at, line = 1;
      text->str[place] = '\0';
      for (gsize i = 0; i < place; i++)
        line += text->str[i] == '\n';
      g_autofree char *message =
          g_strdup_printf ("test.file: line %" G_GSIZE_FORMAT ": a NUL byte", line);
      g_assert_null (test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error));
      test_assert_line (error, LLOYD_ERROR_FILE, message);
    }
}

/* ---- mapped files -------------------------------------------------------------------------- */

/* What another program cuts off reads as zeros, and is noticed. */
static void
test_cut_off (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *filling = g_strnfill (1 << 20, '7');
  g_autofree char *path = test_folder_write (folder, "a.csv", filling, 1 << 20);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  LloydMapping *mapping = lloyd_mapping_new (fd, 1 << 20);
  g_assert_nonnull (mapping);
  const char *bytes = lloyd_mapping_get_bytes (mapping);
  g_assert_cmpint (bytes[(1 << 20) - 1], ==, '7');
  g_assert_cmpint (bytes[1 << 20], ==, '\0');
  g_assert_false (lloyd_mapping_was_cut (mapping));
  g_assert_cmpint (truncate (path, 5000), ==, 0);
  g_assert_cmpint (bytes[100], ==, '7');
  g_assert_cmpint (bytes[1 << 19], ==, '\0');
  g_assert_true (lloyd_mapping_was_cut (mapping));
  lloyd_mapping_free (mapping);

  /* A new one in its place is whole. */
  mapping = lloyd_mapping_new (fd, 5000);
  g_assert_cmpint (lloyd_mapping_get_bytes (mapping)[4999], ==, '7');
  g_assert_false (lloyd_mapping_was_cut (mapping));
  lloyd_mapping_free (mapping);
  close (fd);
}

static void
cut_file (double fraction, gpointer data)
{
  (void) fraction;
  g_assert_cmpint (truncate (data, 100), ==, 0);
}

static void
test_changed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GString) text = g_string_new ("a,b\n");
  while (text->len < 400000)
    g_string_append (text, "1,2\n");
  g_autofree char *path = test_folder_write (folder, "a.csv", text->str, (gssize) text->len);
  g_autofree char *message = g_strdup_printf ("%s: the file changed while it was read", path);
  LloydLoadOptions options = { .progress = cut_file, .progress_data = path, .n_threads = 1 };
  g_assert_null (lloyd_files_load (path, &options, NULL, &error));
  test_assert_line (error, LLOYD_ERROR_FILE, message);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/csv-chunks/good-files", test_good_files);
  g_test_add_func ("/files/csv-chunks/errors", test_errors);
  g_test_add_func ("/files/csv-chunks/garbage", test_garbage);
  g_test_add_func ("/files/csv-chunks/nul", test_nul);
  g_test_add_func ("/files/csv-chunks/cut-off", test_cut_off);
  g_test_add_func ("/files/csv-chunks/changed", test_changed);
  return g_test_run ();
}
