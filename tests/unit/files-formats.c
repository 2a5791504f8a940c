/* Every format against files that other programs wrote, and against what can happen to such files:
 * each beginning of them, each byte changed. What the files hold is in FILE.txt; see
 * tests/data/make-formats.py. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/vectors.h"
#include "tests/support/files.h"
#include "tests/support/tables.h"

/* Bytes changed in each file, unless all are. */
#define CHANGES 1500
/* Beginnings of a file, unless all are. */
#define BEGINNINGS 1000

typedef void (*Visitor) (const char *path, const char *bytes, gsize n);

/* Calls for each file of tests/data/formats that this build can read. */
static void
visit_files (Visitor visit)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "formats", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *bytes = NULL;
      gsize n;
      if (g_str_has_suffix (name, ".txt"))
        continue;
      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      visit (path, bytes, n);
    }
}

/* NULL where the library of the format is not there. */
static const LloydFormat *
format_of (const char *path)
{
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { 0 };
  const LloydFormat *format = NULL;
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, &format, &error);
  if (table == NULL && strstr (error->message, "built without") != NULL)
    return NULL;
  g_assert_no_error (error);
  return format;
}

/* ---- as they are --------------------------------------------------------------------------- */

/* Numbers that are the same double, whatever digits they have. */
static void
assert_same_dump (const char *path, const char *found, const char *expected)
{
  g_auto (GStrv) words = g_strsplit_set (found, " \n", -1);
  g_auto (GStrv) wanted = g_strsplit_set (expected, " \n", -1);
  g_assert_cmpuint (g_strv_length (words), ==, g_strv_length (wanted));
  for (guint i = 0; words[i] != NULL; i++)
    {
      char *end;
      double v = g_ascii_strtod (words[i], &end), w = g_ascii_strtod (wanted[i], NULL);
      gboolean is_number = words[i][0] != '\0' && *end == '\0';
      if (is_number ? v != w : !g_str_equal (words[i], wanted[i]))
        g_error ("%s: word %u: %s, not %s", path, i + 1, words[i], wanted[i]);
    }
}

static void
check_content (const char *path, const char *bytes, gsize n)
{
  g_autofree char *description = g_strconcat (path, ".txt", NULL);
  g_autofree char *expected = NULL;
  (void) bytes, (void) n;
  if (format_of (path) == NULL)
    return;
  g_assert_true (g_file_get_contents (description, &expected, NULL, NULL));
  g_autoptr (LloydTable) table = test_load (path);
  g_autofree char *found = test_table_dump (table);
  assert_same_dump (path, found, expected);
  for (guint j = 0; j < lloyd_table_get_n_columns (table); j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      size_t n_missing = 0;
      for (size_t i = 0; i < lloyd_table_get_n_rows (table); i++)
        n_missing += isnan (lloyd_column_number (column, i)) != 0;
      g_assert_cmpuint (column->n_missing, ==, n_missing);
    }
}

static void
test_content (void)
{
  visit_files (check_content);
}

/* Under another name, the bytes say what it is; where they cannot, it is no file of points. */
static void
check_other_name (const char *path, const char *bytes, gsize n)
{
  const LloydFormat *format = format_of (path), *found = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *other = test_folder_write (folder, "other", bytes, (gssize) n);
  LloydLoadOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  if (format == NULL)
    return;
  g_autoptr (LloydTable) table = lloyd_files_load (other, &options, &found, &error);
  g_assert_true ((table == NULL) == (error != NULL));
  if (!format->needs_suffix)
    g_assert_true (table != NULL && found == format);
  else
    g_assert_true (found == NULL || g_str_equal (found->name, "CSV"));
}

static void
test_other_names (void)
{
  visit_files (check_other_name);
}

/* ---- damaged ------------------------------------------------------------------------------- */

static void
load_damaged (const LloydFormat *format, const char *bytes, gsize n)
{
  GError *error = NULL;
  LloydTable *table = test_load_bytes (format, bytes, n, NULL, &error);
  test_assert_table_or_line (table, error);
}

static void
check_beginnings (const char *path, const char *bytes, gsize n)
{
  const LloydFormat *format = format_of (path);
  gsize step = g_test_thorough () ? 1 : n / BEGINNINGS + 1;
  for (gsize length = 1; format != NULL && length < n; length += step)
    load_damaged (format, bytes, length);
}

static void
test_beginnings (void)
{
  visit_files (check_beginnings);
}

static void
check_changes (const char *path, const char *bytes, gsize n)
{
  const LloydFormat *format = format_of (path);
  g_autofree char *changed = g_memdup2 (bytes, n);
  if (format == NULL)
    return;
  if (!g_test_thorough ())
    for (int i = 0; i < CHANGES; i++)
      {
        gsize at = (gsize) g_test_rand_int_range (0, (gint32) n);
        changed[at] = (char) g_test_rand_int_range (0, 256);
        load_damaged (format, changed, n);
        changed[at] = bytes[at];
      }
  else
    for (gsize at = 0; at < n; at++)
      {
        for (int byte = 0; byte < 256; byte++)
          {
            changed[at] = (char) byte;
            load_damaged (format, changed, n);
          }
        changed[at] = bytes[at];
      }
}

static void
test_changes (void)
{
  visit_files (check_changes);
}

/* Several at once, and pieces of the file moved about in it. */
static void
check_scrambled (const char *path, const char *bytes, gsize n)
{
  const LloydFormat *format = format_of (path);
  for (int i = 0; format != NULL && i < (g_test_thorough () ? 20000 : 1000); i++)
    {
      g_autofree char *changed = g_memdup2 (bytes, n);
      for (int pieces = g_test_rand_int_range (1, 5); pieces > 0; pieces--)
        {
          gsize from = (gsize) g_test_rand_int_range (0, (gint32) n);
          gsize to = (gsize) g_test_rand_int_range (0, (gint32) n);
          memmove (changed + to, changed + from, MIN (n - MAX (from, to), (gsize) 12));
        }
      load_damaged (format, changed, n);
    }
}

static void
test_scrambled (void)
{
  visit_files (check_scrambled);
}

/* What fuzzing has found, and texts that were written to be hard: tests/fuzz/corpus/FORMAT-*. */
static void
test_corpus (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "fuzz", "corpus", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *bytes = NULL;
      gsize n;
      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      for (size_t i = 0; lloyd_formats[i] != NULL; i++)
        {
          g_autofree char *prefix = g_strconcat (lloyd_formats[i]->name, "-", NULL);
          if (g_str_has_prefix (name, prefix))
            load_damaged (lloyd_formats[i], bytes, n);
        }
    }
}

/* ---- sentences ----------------------------------------------------------------------------- */

static const LloydFormat *
find_format (const char *name)
{
  for (size_t i = 0; lloyd_formats[i] != NULL; i++)
    if (g_str_equal (lloyd_formats[i]->name, name))
      return lloyd_formats[i];
  g_error ("there is no format %s", name);
}

#define PLY "ply\nformat ascii 1.0\n"
#define PCD "VERSION .7\nFIELDS x y\nSIZE 4 4\nTYPE F F\nCOUNT 1 1\nWIDTH 2\nHEIGHT 1\n"

static void
test_sentences (void)
{
  static const struct
  {
    const char *format, *bytes;
    size_t n;
    const char *message;
  } cases[] = {
    { "fvecs", "\2\0\0", 3, "too short for a vector" },
    { "fvecs", "\0\0\0\0", 4, "vectors of 0 values" },
    { "fvecs", "\377\377\377\377", 4, "vectors of 4294967295 values" },
    { "fvecs", "\1\0\0\0aaaa\1", 9, "9 bytes are not a number of vectors of 1 values" },
    { "bvecs", "\1\0\0\0a\2\0\0\0a", 10, "vector 2 has 2 values where the first has 1" },
    { "fbin", "\2\0\0\0\1\0\0\0aaaa", 12,
      "the header promises 2 vectors of 1 values, but only 4 bytes follow it" },
    { "u8bin", "\0\0\0\0\1\0\0\0", 8, "the file has no rows" },
    { "PLY", PLY "element vertex 2\nproperty float x\nend_header\n1\n", 0,
      "the header promises 2 vertices, but what follows can hold 1" },
    { "PLY", PLY "element vertex 2\nproperty float x\nend_header\n1\nred\n", 0,
      "line 7: \"red\" is not a number" },
    { "PLY", PLY "element vertex 2\nproperty float x\nend_header\n1\n1 2\n", 0,
      "line 7: 2 numbers where there should be 1" },
    { "PLY", PLY "element vertex 99999999999999\nproperty float x\nend_header\n1\n", 0,
      "the header promises 99999999999999 vertices" },
    { "PLY", PLY "element vertex 2\nproperty list int int x\n", 0,
      "line 4: vertices with a list are not supported" },
    { "PLY", PLY "property float x\n", 0, "line 3: a property" },
    { "PLY", PLY "element face 2\nproperty float x\nend_header\n", 0,
      "line 6: the PLY header has no vertices" },
    { "PLY", PLY "element vertex 2\nproperty half x\n", 0, "line 4: a property" },
    { "PLY", PLY "element vertex 2", 0, "line 3: the PLY header does not end" },
    { "PLY", "ply\nformat binary 1.0\n", 0, "line 2: the format must be" },
    { "PLY", PLY "verse\n", 0, "line 3: not a line of a PLY header" },
    { "PCD", PCD "DATA ascii\n1 2\n", 0,
      "the header promises 2 points, but what follows can hold 1" },
    { "PCD", PCD "DATA ascii\n1 2\n3 x\n", 0, "line 10: \"x\" is not a number" },
    { "PCD", PCD "DATA zip\n", 0, "line 8: DATA must be" },
    { "PCD", PCD "POINTS 9999999999\nDATA ascii\n1 2\n3 4\n", 0,
      "the header promises 9999999999 points, but only 8 bytes follow it" },
    { "PCD", PCD "DATA binary\n01234567", 0, "the header promises 2 points" },
    { "PCD", "VERSION .7\nFIELDS x y\nSIZE 4\nTYPE F F\nWIDTH 1\nDATA ascii\n1 2\n", 0,
      "line 7: FIELDS, SIZE, TYPE and COUNT" },
    { "PCD", "VERSION .7\nFIELDS x\nSIZE 3\nTYPE F\nWIDTH 1\nDATA ascii\n1 2\n", 0,
      "line 7: a field has a size, type or count that there is not" },
    { "PTS", "3\n1 2 3\n4 5 6\n", 0, "3 points are promised, but there are 2" },
    { "PTS", "2\n1 2 3\n4 5\n", 0, "line 3: 2 numbers where there should be 3" },
    { "PTS", "-2\n1 2 3\n", 0, "line 1: a number of points was expected" },
    { "XYZ", "1 2 3\n# so\n4 5 six\n", 0, "line 3: \"six\" is not a number" },
    { "XYZ", "1\n", 0, "line 1: two numbers or more were expected" },
    { "XYZ", "# 1\n// 2\n\n", 0, "the file has no rows" },
    { "LAS", "LASF", 0, "the LAS header is cut short" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *message = g_strconcat ("test.file: ", cases[i].message, NULL);
      size_t n = cases[i].n > 0 ? cases[i].n : strlen (cases[i].bytes);
      g_assert_null (
          test_load_bytes (find_format (cases[i].format), cases[i].bytes, n, NULL, &error));
      test_assert_line (error, LLOYD_ERROR_FILE, message);
    }
}

/* ---- there and back ------------------------------------------------------------------------ */

static void
test_come_back (void)
{
  static const char *const names[] = { "t.fvecs", "t.ply", "t.PLY" };
  g_autofree float *values = g_new (float, 3000);
  for (size_t i = 0; i < 3000; i++)
    {
      guint32 bits = (guint32) g_test_rand_int ();
      memcpy (&values[i], &bits, sizeof bits);
    }
  g_autoptr (LloydTable) table = test_table_new_block (values, 1000, 3);
  g_autofree char *expected = test_table_dump (table);
  for (size_t f = 0; f < G_N_ELEMENTS (names); f++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_dup_path (folder, names[f]);
      test_save (path, table, &error);
      g_assert_no_error (error);
      g_autoptr (LloydTable) back = test_load (path);
      g_autofree char *found = test_table_dump (back);
      g_assert_cmpstr (found, ==, expected);
    }
}

static void
test_text_refused (void)
{
  static const char *const texts[] = { "a", "b" };
  static const char *const names[] = { "t.fvecs", "t.ply" };
  for (size_t f = 0; f < G_N_ELEMENTS (names); f++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_dup_path (folder, names[f]);
      g_autoptr (LloydTable) table = lloyd_table_new ("t", 2);
      test_table_add_texts (table, "names", texts);
      g_assert_false (test_save (path, table, &error));
      test_assert_line (error, LLOYD_ERROR_WRITE, path);
      g_assert_cmpuint (test_folder_count (folder), ==, 0);
    }
}

/* A save that is cancelled leaves the file that was there. */
static void
test_cancelled (void)
{
  static const char *const names[] = { "t.csv", "t.tsv", "t.parquet", "t.ply", "t.geojson" };
  static const double values[] = { 1.0, 2.0, 3.0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const LloydSaveOptions save = { .cancellable = cancellable };
  g_cancellable_cancel (cancellable);
  for (size_t f = 0; f < G_N_ELEMENTS (names); f++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_write (folder, names[f], "old", -1);
      g_autoptr (LloydTable) table = lloyd_table_new ("t", 3);
      lloyd_table_add_numbers (table, "v", values, 1, FALSE, 0);
      g_assert_false (lloyd_files_save (path, table, &save, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      test_assert_file (path, "old", -1);
      g_assert_cmpuint (test_folder_count (folder), ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/formats/content", test_content);
  g_test_add_func ("/files/formats/other-names", test_other_names);
  g_test_add_func ("/files/formats/beginnings", test_beginnings);
  g_test_add_func ("/files/formats/changes", test_changes);
  g_test_add_func ("/files/formats/scrambled", test_scrambled);
  g_test_add_func ("/files/formats/corpus", test_corpus);
  g_test_add_func ("/files/formats/sentences", test_sentences);
  g_test_add_func ("/files/formats/come-back", test_come_back);
  g_test_add_func ("/files/formats/text-refused", test_text_refused);
  g_test_add_func ("/files/formats/cancelled", test_cancelled);
  return g_test_run ();
}
