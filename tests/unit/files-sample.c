/* A sample of a file's rows: the same rows as the file has, whatever the format. */
#include "compute/files/sample.h"

#include <string.h>

#include "compute/data/points.h"
#include "compute/error.h"
#include "tests/support/files.h"

#define N_ROWS 5000
#define N_SAMPLE 137

/* Text, whole numbers with gaps, numbers with gaps, and a list. */
static char *
make_text (void)
{
  GString *text = g_string_new ("name,count,x,e\n");
  for (guint i = 0; i < N_ROWS; i++)
    {
      g_string_append_printf (text, "\"r, %u\",", i);
      if (i % 7 != 3)
        g_string_append_printf (text, "%u", 3 * i);
      g_string_append (text, ",");
      if (i % 5 != 2)
        g_string_append_printf (text, "%u.25", i);
      g_string_append_printf (text, ",\"[%u,%u.5]\"\n", i, 2 * i);
    }
  return g_string_free (text, FALSE);
}

static char *
save_as (const TestFolder *folder, const char *csv, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = test_load (csv);
  char *path = test_folder_dup_path (folder, name);
  test_save (path, table, &error);
  g_assert_no_error (error);
  return path;
}

static LloydTable *
load_sample (const char *path, size_t n, size_t part_bytes)
{
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { 0 };
  LloydTable *table = lloyd_files_load_sample (path, n, part_bytes, &options, NULL, &error);
  g_assert_no_error (error);
  return table;
}

static const LloydColumn *
row_numbers (const LloydTable *table)
{
  const char *name = lloyd_table_get_note (table, LLOYD_NOTE_ROW_NUMBERS);
  g_assert_nonnull (name);
  return lloyd_table_find (table, name);
}

/* Every cell of the sample is the cell of that row of the whole. */
static void
check_rows (const LloydTable *sample, const LloydTable *whole)
{
  const LloydColumn *numbers = row_numbers (sample);
  guint n_columns = lloyd_table_get_n_columns (whole);
  gint64 before = 0;

  g_assert_cmpuint (lloyd_table_get_n_columns (sample), ==, n_columns + 1);
  g_assert_true (numbers->is_aside);
  for (size_t i = 0; i < lloyd_table_get_n_rows (sample); i++)
    {
      gint64 number = lloyd_column_integer (numbers, i);
      g_assert_cmpint (number, >, before);
      before = number;
      for (guint j = 0; j < n_columns; j++)
        {
          const LloydColumn *a = lloyd_table_get_column (sample, j);
          const LloydColumn *b = lloyd_table_get_column (whole, j);
          g_assert_cmpstr (a->name, ==, b->name);
          g_assert_cmpint (a->type, ==, b->type);
          g_assert_cmpint (a->element, ==, b->element);
          g_assert_cmpint (lloyd_column_is_missing (a, i), ==,
                           lloyd_column_is_missing (b, (size_t) number - 1));
          g_autofree char *text_a = lloyd_column_dup_text (a, i);
          g_autofree char *text_b = lloyd_column_dup_text (b, (size_t) number - 1);
          g_assert_cmpstr (text_a, ==, text_b);
        }
    }
  g_assert_cmpint (before, <=, (gint64) lloyd_table_get_n_rows (whole));
}

static void
test_rows (gconstpointer data)
{
  const char *name = data;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *text = make_text ();
  g_autofree char *csv = test_folder_write (folder, "rows.csv", text, -1);
  g_autofree char *path =
      g_str_equal (name, "rows.csv") ? g_strdup (csv) : save_as (folder, csv, name);
  g_autoptr (LloydTable) whole = test_load (path);
  g_autoptr (LloydTable) sample = load_sample (path, N_SAMPLE, 0);
  g_autoptr (LloydTable) again = load_sample (path, N_SAMPLE, 10000);

  g_assert_cmpuint (lloyd_table_get_n_rows (sample), ==, N_SAMPLE);
  check_rows (sample, whole);
  g_autofree char *dump = test_table_dump (sample);
  g_autofree char *dump_again = test_table_dump (again);
  g_assert_cmpstr (dump, ==, dump_again);
}

/* Chosen from all of the file, not from its beginning. */
static void
test_spread (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *text = make_text ();
  g_autofree char *csv = test_folder_write (folder, "rows.csv", text, -1);
  g_autoptr (LloydTable) sample = load_sample (csv, 500, 20000);
  const LloydColumn *numbers = row_numbers (sample);
  guint counts[10] = { 0 };

  for (size_t i = 0; i < 500; i++)
    counts[(lloyd_column_integer (numbers, i) - 1) / (N_ROWS / 10)]++;
  for (guint i = 0; i < 10; i++)
    {
      /* 50 on average; five deviations. */
      g_assert_cmpuint (counts[i], >, 15);
      g_assert_cmpuint (counts[i], <, 85);
    }
}

static void
test_all (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *csv = test_folder_write (folder, "few.csv", "a,b\n1,2\n3,4\n", -1);
  g_autoptr (LloydTable) whole = test_load (csv);
  g_autofree char *dump = test_table_dump (whole);
  for (size_t n = 0; n < 4; n++)
    {
      g_autoptr (LloydTable) sample = load_sample (csv, n, 0);
      g_autofree char *sampled = test_table_dump (sample);
      if (n == 1)
        g_assert_cmpuint (lloyd_table_get_n_rows (sample), ==, 1);
      else
        g_assert_cmpstr (sampled, ==, dump);
    }
}

/* Rows keep their numbers where no column names them. */
static void
test_ids (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *text = make_text ();
  g_autofree char *csv = test_folder_write (folder, "rows.csv", text, -1);
  g_autoptr (LloydTable) sample = load_sample (csv, N_SAMPLE, 0);
  g_autoptr (GError) error = NULL;
  LloydSelection selection = { .missing = LLOYD_MISSING_DROP };
  g_autoptr (LloydPoints) points = lloyd_points_new (sample, &selection, NULL, &error);
  g_assert_no_error (error);

  g_autofree char *id = lloyd_points_dup_id (points, 0);
  g_autofree char *number = lloyd_column_dup_text (row_numbers (sample), 0);
  g_assert_cmpstr (id, ==, number);
  for (char **name = points->names; *name != NULL; name++)
    g_assert_cmpstr (*name, !=, "row");
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "rows.csv", "rows.parquet" };
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/files-sample/rows/", names[i], NULL);
      g_test_add_data_func (path, names[i], test_rows);
    }
  g_test_add_func ("/files-sample/spread", test_spread);
  g_test_add_func ("/files-sample/all", test_all);
  g_test_add_func ("/files-sample/ids", test_ids);
  return g_test_run ();
}
