/* The Parquet reader against files of other writers, whole, cut short and damaged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/data/points.h"
#include "compute/error.h"
#include "compute/files/parquet.h"
#include "tests/support/files.h"

/* Names of all files, and of the texts that say what they hold. */
static char **golden;

static char *
dup_golden_path (const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);
  return g_test_build_filename (G_TEST_DIST, "data", "parquet", file, NULL);
}

static void
read_golden_names (void)
{
  g_autofree char *path = dup_golden_path ("expected", ".txt");
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  golden = g_strsplit (g_strchomp (text), "\n", -1);
}

static char *
dup_bytes (const char *name, size_t *n)
{
  g_autofree char *path = dup_golden_path (name, ".parquet");
  char *bytes = NULL;
  g_assert_true (g_file_get_contents (path, &bytes, n, NULL));
  return bytes;
}

/* ---- what the files hold ------------------------------------------------------------------- */

static void
test_golden (gconstpointer data)
{
  g_auto (GStrv) names = g_strsplit (data, " ", 2);
  g_autofree char *path = dup_golden_path (names[0], ".parquet");
  g_autofree char *expected_path = dup_golden_path (names[1], ".txt");
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { 0 };
  const LloydFormat *format;
  size_t n;

  g_assert_true (g_file_get_contents (expected_path, &expected, NULL, NULL));
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, &format, &error);
  g_assert_no_error (error);
  g_assert_true (format == &lloyd_format_parquet);
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const char *fault = lloyd_table_get_column (table, i)->fault;
      if (fault != NULL && strstr (fault, "left out") != NULL)
        {
          g_test_skip (fault);
          return;
        }
    }
  g_autofree char *dump = test_table_dump (table);
  g_assert_cmpstr (dump, ==, expected);

  /* From memory the same. */
  g_autofree char *bytes = dup_bytes (names[0], &n);
  g_autoptr (LloydTable) other =
      test_load_bytes (&lloyd_format_parquet, bytes, n, &options, &error);
  g_assert_no_error (error);
  g_autofree char *other_dump = test_table_dump (other);
  g_assert_cmpstr (other_dump, ==, expected);
}

static const LloydColumn *
find (const LloydTable *table, const char *name)
{
  const LloydColumn *column = lloyd_table_find (table, name);
  g_assert_nonnull (column);
  return column;
}

/* A table without the columns of no use, as a file has it again. */
static char *
dup_usable (const LloydTable *table)
{
  g_autoptr (LloydTable) usable =
      lloyd_table_new (lloyd_table_get_path (table), lloyd_table_get_n_rows (table));
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      if (column->type == LLOYD_COLUMN_UNUSABLE)
        continue;
      if (column->list == NULL)
        lloyd_table_add_column (usable, column);
      else if (column->element == 0)
        lloyd_table_add_list (usable, column->list, column->data, column->n_elements,
                              column->is_float32, column->n_missing);
    }
  return test_table_dump (usable);
}

/* What is written is read again: values, types, reference systems, notes. */
static void
test_round_trip (gconstpointer data)
{
  g_auto (GStrv) names = g_strsplit (data, " ", 2);
  g_autofree char *path = dup_golden_path (names[0], ".parquet");
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *copy_path = test_folder_dup_path (folder, "copy.parquet");
  g_autoptr (GError) error = NULL;

  g_autoptr (LloydTable) table = test_load (path);
  lloyd_table_set_note (table, "lloyd.one", "eins");
  lloyd_table_set_note (table, "lloyd.two", "zwei \"\n");
  g_assert_true (test_save (copy_path, table, &error));
  g_assert_no_error (error);
  g_autoptr (LloydTable) copy = test_load (copy_path);
  g_autofree char *expected = dup_usable (table);
  g_autofree char *dump = test_table_dump (copy);
  g_assert_cmpstr (dump, ==, expected);
  g_assert_cmpstr (lloyd_table_get_note (copy, "lloyd.two"), ==, "zwei \"\n");
  for (guint i = 0; i < lloyd_table_get_n_columns (copy); i++)
    {
      const LloydColumn *ours = lloyd_table_get_column (copy, i);
      const LloydColumn *theirs = lloyd_table_find (table, ours->name);
      g_assert_cmpint (ours->type, ==, theirs->type);
      g_assert_cmpint (ours->unit, ==, theirs->unit);
      g_assert_cmpint (ours->is_float32, ==, theirs->is_float32);
      g_assert_cmpuint (ours->integer_bytes, ==, theirs->integer_bytes);
      g_assert_cmpint (ours->crs == NULL, ==, theirs->crs == NULL);
      if (ours->list == NULL)
        g_assert_cmpuint (ours->n_missing, ==, theirs->n_missing);
    }
  g_assert_cmpuint (test_folder_count (folder), ==, 1);
}

/* Many pages and two row groups, with and without holes. */
static void
test_many_pages (void)
{
  size_t n = 1100000;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "many.parquet");
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_table_new ("many", n);
  gint64 *ids = malloc (n * sizeof *ids);
  float *values = malloc (n * sizeof *values);
  for (size_t i = 0; i < n; i++)
    {
      ids[i] = ((gint64) 1 << 53) + (gint64) i * 3;
      values[i] = i % 1000 == 7 ? NAN : (float) i * 0.5f;
    }
  lloyd_table_take_memory (table, ids);
  lloyd_table_take_memory (table, values);
  LloydColumn id = { .name = (char *) "id",
                     .type = LLOYD_COLUMN_NUMBER,
                     .data = ids,
                     .stride = 1,
                     .integer_bytes = sizeof *ids };
  lloyd_table_add_column (table, &id);
  lloyd_table_add_numbers (table, "x", values, 1, TRUE, n / 1000);
  g_assert_true (test_save (path, table, &error));
  g_assert_no_error (error);

  g_autoptr (LloydTable) copy = test_load (path);
  const LloydColumn *copied_ids = find (copy, "id"), *copied_values = find (copy, "x");
  g_assert_cmpuint (lloyd_table_get_n_rows (copy), ==, n);
  g_assert_cmpuint (copied_values->n_missing, ==, n / 1000);
  for (size_t i = 0; i < n; i++)
    {
      double v = lloyd_column_number (copied_values, i);
      g_assert_true (lloyd_column_integer (copied_ids, i) == ids[i]);
      g_assert_true (i % 1000 == 7 ? isnan (v) : v == (double) values[i]);
    }
}

static void
test_no_rows (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, "none.parquet");
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_table_new ("none", 0);
  lloyd_table_add_numbers (table, "x", NULL, 1, FALSE, 0);
  g_assert_true (test_save (path, table, &error));
  g_assert_no_error (error);
  g_autoptr (LloydTable) copy = test_load (path);
  g_assert_cmpuint (lloyd_table_get_n_rows (copy), ==, 0);
  g_assert_cmpuint (lloyd_table_get_n_columns (copy), ==, 1);
}

static LloydTable *
load_golden (const char *name, const LloydLoadOptions *options)
{
  g_autofree char *path = dup_golden_path (name, ".parquet");
  g_autoptr (GError) error = NULL;
  LloydTable *table = lloyd_files_load (path, options, NULL, &error);
  g_assert_no_error (error);
  return table;
}

/* Types as the file has them, and how many cells are missing. */
static void
test_types (void)
{
  LloydLoadOptions options = { 0 };
  g_autoptr (LloydTable) table = load_golden ("zstd-v2", &options);
  g_assert_cmpuint (find (table, "i64")->integer_bytes, ==, 8);
  g_assert_cmpuint (find (table, "i32")->integer_bytes, ==, 4);
  g_assert_cmpuint (find (table, "u32")->integer_bytes, ==, 8);
  g_assert_cmpint (find (table, "u64")->unit, ==, LLOYD_UNIT_UNSIGNED);
  g_assert_cmpint (find (table, "b")->unit, ==, LLOYD_UNIT_BOOLEAN);
  g_assert_true (find (table, "f32")->is_float32);
  g_assert_false (find (table, "f64")->is_float32);
  g_assert_cmpuint (find (table, "i64")->n_missing, ==, 0);
  g_assert_null (find (table, "i64")->missing);
  static const char *const with_holes[] = { "b?", "i64?", "f32?", "s?" };
  for (size_t i = 0; i < G_N_ELEMENTS (with_holes); i++)
    g_assert_cmpuint (find (table, with_holes[i])->n_missing, ==, 10);

  g_autoptr (LloydTable) times = load_golden ("types", &options);
  g_assert_true (find (times, "tnsZ")->is_utc);
  g_assert_false (find (times, "tns")->is_utc);
  g_assert_true (find (times, "tms")->is_aside);
  g_assert_true (find (times, "day")->is_aside);
  g_assert_false (find (times, "half")->is_aside);
}

static void
test_lists (void)
{
  LloydLoadOptions options = { 0 };
  g_autoptr (LloydTable) table = load_golden ("list-odd", &options);
  const LloydColumn *list = lloyd_table_find_list (table, "i");
  g_assert_nonnull (list);
  g_assert_cmpuint (list->n_elements, ==, 2);
  g_assert_cmpstr (list[1].name, ==, "i.2");
  g_assert_null (lloyd_table_find_list (table, "r"));

  const LloydColumn *ragged = find (table, "r");
  g_assert_cmpint (ragged->type, ==, LLOYD_COLUMN_UNUSABLE);
  g_assert_false (ragged->is_aside);
  g_assert_cmpstr (ragged->fault, ==,
                   "column r has lists of different lengths: 2 in row 4, 1 before it");
  static const char *const faults[][2] = {
    { "t", "column t: lists of something else than numbers are not supported" },
    { "ll", "column ll: lists of lists are not supported" },
    { "m", "column m: maps are not supported" },
    { "none", "column none has no list with elements" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_assert_cmpstr (find (table, faults[i][0])->fault, ==, faults[i][1]);
      g_assert_true (find (table, faults[i][0])->is_aside);
    }
  g_autoptr (LloydTable) brotli = load_golden ("brotli", &options);
  g_assert_cmpstr (
      find (brotli, "x")->fault, ==,
      "codec Brotli in column x is not supported: write the file with zstd, Snappy or gzip");
}

/* Lists and columns by name become features; what cannot is said. */
static void
test_features (void)
{
  static const char *const vector[] = { "v", NULL };
  static const char *const ragged[] = { "r", NULL };
  LloydLoadOptions options = { 0 };
  LloydSelection selection = { .columns = vector };
  g_autoptr (GError) error = NULL;

  g_autoptr (LloydTable) table = load_golden ("list-element", &options);
  g_autoptr (LloydPoints) points = lloyd_points_new (table, &selection, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (points->d, ==, 3);
  g_assert_cmpstr (points->names[2], ==, "v.3");
  g_assert_cmpfloat (points->absolute[3 * 7 + 1], ==, -7.0f);

  g_autoptr (LloydTable) odd = load_golden ("list-odd", &options);
  selection.columns = ragged;
  g_assert_null (lloyd_points_new (odd, &selection, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_nonnull (strstr (error->message, "2 in row 4"));
  g_clear_error (&error);
  /* Where nobody says which columns, vectors that cannot be used are not passed over in silence. */
  selection.columns = NULL;
  g_assert_null (lloyd_points_new (odd, &selection, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
}

/* Only what is asked for is decoded. */
static void
test_selection (void)
{
  static const char *const named[] = { "few", "i64?", NULL };
  LloydLoadOptions options = { .leave_out =
                                   LLOYD_LOAD_NUMBERS | LLOYD_LOAD_GEOMETRY | LLOYD_LOAD_OTHERS,
                               .named = named };
  g_autoptr (LloydTable) two = load_golden ("snappy-v1", &options);
  g_assert_cmpuint (lloyd_table_get_n_columns (two), ==, 2);
  g_assert_nonnull (lloyd_table_find (two, "few"));

  options.named = NULL;
  options.leave_out = LLOYD_LOAD_OTHERS;
  g_autoptr (LloydTable) numbers = load_golden ("snappy-v1", &options);
  g_assert_cmpuint (lloyd_table_get_n_columns (numbers), ==, 16);
  g_autoptr (LloydTable) geometry = load_golden ("geo-crs84", &options);
  g_assert_cmpuint (lloyd_table_get_n_columns (geometry), ==, 3);

  static const char *const element[] = { "v.2", NULL };
  options.named = element;
  options.leave_out = LLOYD_LOAD_NUMBERS;
  g_autoptr (LloydTable) list = load_golden ("list-element", &options);
  g_assert_cmpuint (lloyd_table_get_n_columns (list), ==, 3);
}

static void
test_geometry (void)
{
  LloydLoadOptions options = { 0 };
  g_autoptr (LloydTable) plain = load_golden ("geo-crs84", &options);
  const LloydColumn *column = lloyd_table_find_geometry (plain);
  g_assert_nonnull (column);
  g_assert_nonnull (strstr (column->crs, "CRS84"));
  g_assert_cmpuint (column->n_missing, ==, 1);
  g_autoptr (LloydTable) plane = load_golden ("geo-plane", &options);
  g_assert_nonnull (strstr (lloyd_table_find_geometry (plane)->crs, "\"code\":2056"));
  g_autoptr (LloydTable) unknown = load_golden ("geo-no-crs", &options);
  g_assert_null (lloyd_table_find_geometry (unknown)->crs);
}

/* ---- damage -------------------------------------------------------------------------------- */

static void
load_damaged (const char *bytes, size_t n)
{
  LloydLoadOptions options = { 0 };
  GError *error = NULL;
  LloydTable *table = test_load_bytes (&lloyd_format_parquet, bytes, n, &options, &error);
  test_assert_table_or_line (table, error);
}

static void
test_truncated (gconstpointer data)
{
  g_auto (GStrv) names = g_strsplit (data, " ", 2);
  size_t n;
  g_autofree char *bytes = dup_bytes (names[0], &n);
  for (size_t i = 1; i < n; i++)
    {
      LloydLoadOptions options = { 0 };
      g_autoptr (GError) error = NULL;
      g_assert_null (test_load_bytes (&lloyd_format_parquet, bytes, i, &options, &error));
      g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE);
    }
}

/* What is left when the end is cut off and a footer that promises more is put behind it. */
static void
test_truncated_body (gconstpointer data)
{
  g_auto (GStrv) names = g_strsplit (data, " ", 2);
  size_t n;
  g_autofree char *bytes = dup_bytes (names[0], &n);
  guint32 size;
  memcpy (&size, bytes + n - 8, sizeof size);
  size_t footer = GUINT32_FROM_LE (size) + 8, body = n - footer;
  for (size_t i = 4; i < body; i += 1 + body / 64)
    {
      g_autofree char *part = g_malloc (i + footer);
      memcpy (part, bytes, i);
      memcpy (part + i, bytes + body, footer);
      load_damaged (part, i + footer);
    }
}

/* Files up to this size have each byte changed to every other, by -m thorough. */
#define SMALL_BYTES 3000

/* Each byte changed: to every other in small files, else to one bit of it turned, to one more and
 * one less, to 0, 1 and 255. */
static void
change_all (char *bytes, size_t n)
{
  for (size_t at = 0; at < n; at++)
    {
      guint8 before = (guint8) bytes[at];
      const guint8 some[] = { 0, 1, 255, before + 1, before - 1, before ^ 1 << at % 8 };
      for (guint i = 0; i < (n <= SMALL_BYTES ? 256 : G_N_ELEMENTS (some)); i++)
        {
          bytes[at] = (char) (n <= SMALL_BYTES ? i : some[i]);
          load_damaged (bytes, n);
        }
      bytes[at] = (char) before;
    }
}

/* Single bytes changed: some at random, or all of them. */
static void
test_changed (gconstpointer data)
{
  g_auto (GStrv) names = g_strsplit (data, " ", 2);
  size_t n;
  g_autofree char *bytes = dup_bytes (names[0], &n);
  if (g_test_thorough ())
    change_all (bytes, n);
  for (guint i = 0; i < 150; i++)
    {
      size_t at = (size_t) g_test_rand_int_range (0, (gint32) n);
      guint8 before = (guint8) bytes[at];
      bytes[at] = (char) g_test_rand_int_range (0, 256);
      load_damaged (bytes, n);
      bytes[at] = (char) before;
    }
}

static void
test_rows_of_nothing (void)
{
  static const char *const wrong[] = {
    "PAR1PAR1",
    "PAR1PAR1PAR1",
    "PAR1\x00\x00\x00\x00PAR1",
    "PAR1\xff\xff\xff\xffPAR1",
    "PAR1\x01\x00\x00\x00PARE",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      LloydLoadOptions options = { 0 };
      GError *error = NULL;
      g_assert_null (
          test_load_bytes (&lloyd_format_parquet, wrong[i], i == 0 ? 8 : 12, &options, &error));
      test_assert_line (error, LLOYD_ERROR_FILE, "test.file: ");
      g_error_free (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  read_golden_names ();
  g_test_add_func ("/files/parquet/types", test_types);
  g_test_add_func ("/files/parquet/lists", test_lists);
  g_test_add_func ("/files/parquet/features", test_features);
  g_test_add_func ("/files/parquet/selection", test_selection);
  g_test_add_func ("/files/parquet/geometry", test_geometry);
  g_test_add_func ("/files/parquet/nothing", test_rows_of_nothing);
  g_test_add_func ("/files/parquet/many-pages", test_many_pages);
  g_test_add_func ("/files/parquet/no-rows", test_no_rows);
  for (char **name = golden; *name != NULL; name++)
    {
      g_autofree char *file = g_strndup (*name, strcspn (*name, " "));
      g_autofree char *whole = g_strconcat ("/files/parquet/golden/", file, NULL);
      g_autofree char *cut = g_strconcat ("/files/parquet/truncated/", file, NULL);
      g_autofree char *body = g_strconcat ("/files/parquet/truncated-body/", file, NULL);
      g_autofree char *changed = g_strconcat ("/files/parquet/changed/", file, NULL);
      g_autofree char *again = g_strconcat ("/files/parquet/round-trip/", file, NULL);
      g_test_add_data_func (whole, *name, test_golden);
      g_test_add_data_func (again, *name, test_round_trip);
      g_test_add_data_func (cut, *name, test_truncated);
      g_test_add_data_func (body, *name, test_truncated_body);
      g_test_add_data_func (changed, *name, test_changed);
    }
  /* Of other tests' files. */
  g_test_add_data_func ("/files/parquet/truncated/cities", "../geo/cities", test_truncated);
  g_test_add_data_func ("/files/parquet/truncated/shapes", "../geo/shapes", test_truncated);
  g_test_add_data_func ("/files/parquet/changed/cities", "../geo/cities", test_changed);
  g_test_add_data_func ("/files/parquet/changed/shapes", "../geo/shapes", test_changed);
  int status = g_test_run ();
  g_strfreev (golden);
  return status;
}
