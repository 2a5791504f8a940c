/* Rows of two tables that are in different orders, by their ids. */
#include "compute/files/matching.h"

#include <string.h>

#include "compute/error.h"
#include "compute/memory.h"
#include "tests/support/files.h"

/* A table of one column, from lines. */
static LloydTable *
make_ids (gboolean is_text, const char *const *cells)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GString) text = g_string_new ("id\n");
  LloydLoadOptions options = { .id_column = is_text ? "id" : NULL };
  g_autoptr (GError) error = NULL;
  for (; *cells != NULL; cells++)
    g_string_append_printf (text, "%s\n", *cells);
  g_autofree char *path = test_folder_write (folder, "ids.csv", text->str, -1);
  LloydTable *table = lloyd_files_load (path, &options, NULL, &error);
  g_assert_no_error (error);
  return table;
}

/* Whole numbers, as row numbers are. */
static LloydTable *
make_numbers (const gint64 *numbers, size_t n)
{
  LloydTable *table = lloyd_table_new ("numbers", n);
  gint64 *own = lloyd_allocate_aligned (n, sizeof *own, "a test", NULL);
  LloydColumn column = { .name = (char *) "id",
                         .type = LLOYD_COLUMN_NUMBER,
                         .data = own,
                         .stride = 1,
                         .integer_bytes = sizeof *own };
  memcpy (own, numbers, sizeof *own * n);
  lloyd_table_take_memory (table, own);
  lloyd_table_add_column (table, &column);
  return table;
}

/* Each row is found at its place, or the words say why not. */
static void
check (const LloydTable *ids, size_t n, const LloydTable *others, const char *expected)
{
  g_autoptr (GError) error = NULL;
  const LloydColumn *theirs = lloyd_table_get_column (others, 0);
  size_t *rows = lloyd_match_ids (ids != NULL ? lloyd_table_get_column (ids, 0) : NULL, n, theirs,
                                  lloyd_table_get_n_rows (others), &error);
  g_autoptr (GString) found = g_string_new (NULL);
  for (size_t i = 0; rows != NULL && i < n; i++)
    g_string_append_printf (found, "%s%" G_GSIZE_FORMAT, i > 0 ? " " : "", rows[i]);
  g_assert_cmpstr (rows != NULL ? found->str : error->message, ==, expected);
  if (rows == NULL)
    g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  lloyd_free_aligned (rows);
}

static void
test_numbers (void)
{
  static const gint64 shuffled[] = { 4, 1, 3, 2 }, twice[] = { 4, 2, 2, 1 };
  static const gint64 large[] = { G_MAXINT64, 3, G_MAXINT64 - 1 },
                      turned[] = { G_MAXINT64 - 1, G_MAXINT64, 3 };
  g_autoptr (LloydTable) a = make_numbers (shuffled, 4);
  g_autoptr (LloydTable) b = make_numbers (twice, 4);
  g_autoptr (LloydTable) c = make_numbers (large, 3);
  g_autoptr (LloydTable) d = make_numbers (turned, 3);
  check (NULL, 4, a, "1 3 2 0");
  check (NULL, 2, a, "1 3");
  check (a, 4, a, "0 1 2 3");
  check (d, 3, c, "2 0 1");
  check (NULL, 4, b, "rows 2 and 3 of the result have one id, 2");
  check (b, 4, a, "rows 2 and 3 of the input have one id, 2");
  check (NULL, 5, a, "no row of the result has the id of row 5, 5");
}

static void
test_texts (void)
{
  static const char *const some[] = { "b", "a", "ab", "\"\"", "10", "9", NULL };
  static const char *const more[] = { "9", "ab", "z", "10", "a", "b", "\"\"", NULL };
  static const char *const twice[] = { "x", "a", "x", NULL };
  static const char *const digits[] = { "3", "1", "2", NULL };
  static const gint64 numbers[] = { 1, 2, 3 };
  g_autoptr (LloydTable) a = make_ids (TRUE, some);
  g_autoptr (LloydTable) b = make_ids (TRUE, more);
  g_autoptr (LloydTable) c = make_ids (TRUE, twice);
  g_autoptr (LloydTable) d = make_ids (TRUE, digits);
  g_autoptr (LloydTable) e = make_numbers (numbers, 3);
  check (a, 6, b, "5 4 1 6 3 0");
  check (b, 3, a, "no row of the result has the id of row 3, z");
  check (a, 6, c, "rows 1 and 3 of the result have one id, x");
  /* Of different types. */
  check (d, 3, e, "2 0 1");
  check (e, 3, d, "1 2 0");
  check (NULL, 3, d, "1 2 0");
}

/* Many rows, shuffled. */
static void
test_many (void)
{
  const size_t n = 5000;
  g_autofree gint64 *numbers = g_new (gint64, n);
  for (size_t i = 0; i < n; i++)
    numbers[i] = (gint64) i + 1;
  for (size_t i = n - 1; i > 0; i--)
    {
      size_t j = (size_t) g_test_rand_int_range (0, (gint32) i + 1);
      gint64 kept = numbers[i];
      numbers[i] = numbers[j];
      numbers[j] = kept;
    }
  g_autoptr (LloydTable) table = make_numbers (numbers, n);
  g_autoptr (GError) error = NULL;
  size_t *rows = lloyd_match_ids (NULL, n, lloyd_table_get_column (table, 0), n, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpint (numbers[rows[i]], ==, (gint64) i + 1);
  lloyd_free_aligned (rows);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/matching/numbers", test_numbers);
  g_test_add_func ("/matching/texts", test_texts);
  g_test_add_func ("/matching/many", test_many);
  return g_test_run ();
}
