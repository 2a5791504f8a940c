/* CSV: random files against a writer of every habit, garbage, and tables that come back the same.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/csv.h"
#include "compute/files/number.h"
#include "tests/support/files.h"
#include "tests/support/tables.h"

static int
below (int n)
{
  return g_test_rand_int_range (0, n);
}

/* ---- files of every habit ------------------------------------------------------------------ */

typedef struct
{
  char delimiter;
  /* Names of line ends to choose among. */
  int line_ends;
  gboolean has_blank_lines;
  int quotes_in_ten;
} Habit;

static void
append_line_end (GString *text, const Habit *habit)
{
  static const char *const ends[] = { "\n", "\r\n", "\r" };
  int n = 1;
  if (habit->has_blank_lines && below (4) == 0)
    n += below (3);
  for (int i = 0; i < n; i++)
    g_string_append (text, habit->line_ends < 3 ? ends[habit->line_ends] : ends[below (3)]);
}

static void
append_cell (GString *text, const char *cell, const Habit *habit)
{
  gboolean must_quote =
      strpbrk (cell, ",;|\t\"\r\n") != NULL || cell[0] == ' ' || g_str_has_suffix (cell, " ");
  if (!must_quote && below (10) >= habit->quotes_in_ten)
    {
      for (int spaces = below (3) == 0 ? below (3) : 0; spaces > 0; spaces--)
        g_string_append_c (text, ' ');
      g_string_append (text, cell);
      return;
    }
  g_string_append_c (text, '"');
  for (const char *p = cell; *p != '\0'; p++)
    {
      g_string_append_c (text, *p);
      if (*p == '"')
        g_string_append_c (text, '"');
    }
  g_string_append_c (text, '"');
}

/* A cell as the file has it; `*value` is what it means in a column of numbers. */
static char *
random_cell (gboolean is_text, double *value)
{
  static const char *const pieces[] = { "a",  "B",  "7",  " ",  ",", ";", "|",
                                        "\t", "\"", "\n", "\r", "ü", "-" };
  static const char *const missing[] = { "", "NA", "nan", "N/A", "null" };
  *value = NAN;
  if (!is_text && below (10) == 0)
    return g_strdup (missing[below (5)]);
  if (!is_text)
    {
      *value = below (2) ? below (1000) / 8.0 : g_test_rand_double_range (-1e6, 1e6);
      return g_strdup_printf ("%.17g", *value);
    }
  GString *cell = g_string_new (NULL);
  for (int n = below (6); n > 0; n--)
    g_string_append (cell, pieces[below ((int) G_N_ELEMENTS (pieces))]);
  return g_string_free (cell, FALSE);
}

/* Writes one file and what test_table_dump() must say of it. */
static void
make_file (const Habit *habit, GString *text, GString *expected)
{
  int n_rows = 1 + below (12), n_columns = 2 + below (5);
  guint types = (guint) below (1 << n_columns);

  if (below (4) == 0)
    g_string_append (text, "\xEF\xBB\xBF");
  for (int i = -1; i < n_rows; i++)
    {
      for (int j = 0; j < n_columns; j++)
        {
          gboolean is_text = types >> j & 1;
          double value = NAN;
          g_autofree char *cell = NULL;
          if (i < 0)
            cell = g_strdup_printf ("c%d", j);
          else if (i == 0 && is_text)
            cell = g_strdup ("text");
          else
            /* Of a column whose only cells are missing nobody knows what it holds. */
            do
              {
                g_free (cell);
                cell = random_cell (is_text, &value);
              }
            while (i == 0 && isnan (value));
          g_autofree char *escaped = g_strescape (cell, NULL);
          append_cell (text, cell, habit);
          g_string_append_c (text, j + 1 < n_columns ? habit->delimiter : '\0');

          char number[G_ASCII_DTOSTR_BUF_SIZE];
          g_string_append (expected, j > 0 ? " " : i < 0 ? "" : "\n");
          if (i < 0)
            g_string_append_printf (expected, "c%d%c", j, is_text ? '$' : '#');
          else if (is_text)
            g_string_append_printf (expected, "'%s'", escaped);
          else
            g_string_append (expected,
                             isnan (value) ? "~" : g_ascii_dtostr (number, sizeof number, value));
        }
      g_string_truncate (text, text->len - 1);
      if (i + 1 < n_rows || below (2))
        append_line_end (text, habit);
    }
  g_string_append_c (expected, '\n');
}

static void
test_habits (void)
{
  static const char delimiters[] = { ',', ';', '\t', '|' };
  int n = g_test_thorough () ? 300000 : 50000;

  for (int i = 0; i < n; i++)
    {
      Habit habit = { delimiters[below (4)], below (4), below (2), below (11) };
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GString) expected = g_string_new (NULL);
      make_file (&habit, text, expected);
      g_autoptr (LloydTable) table =
          test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error);
      g_autofree char *dump = table != NULL ? test_table_dump (table) : NULL;
      if (g_strcmp0 (dump, expected->str) != 0)
        g_error ("of\n%s\ncame\n%s%s\nnot\n%s", text->str, dump,
                 error != NULL ? error->message : "", expected->str);
    }
}

/* ---- garbage ------------------------------------------------------------------------------- */

static void
test_garbage (void)
{
  static const char *const pieces[] = {
    ",", ",",    ";",  "\t", "|",   "\"", "\"",  "\n", "\n", "\r",   "\r\n",         " ",    "0",
    "1", "-1.5", "1e", "e5", "inf", "NA", "nan", "x",  "ü",  "\xFF", "\xEF\xBB\xBF", "\x01", "."
  };
  int n = g_test_thorough () ? 2000000 : 200000;
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < n; i++)
    {
      GError *error = NULL;
      g_string_truncate (text, 0);
      for (int length = 1 + below (40); length > 0; length--)
        g_string_append (text, pieces[below ((int) G_N_ELEMENTS (pieces))]);
      LloydTable *table = test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error);
      test_assert_table_or_line (table, error);
    }
}

/* A good file cut off anywhere, and with any one byte of it changed. */
static void
test_damage (void)
{
  static const char text[] =
      "id,\"a \"\"b\"\"\",c\r\nx,1.5,-2e3\r\n\"y\nz\",NA,inf\r\n\"\",7,8\r\n";
  for (size_t n = 1; n < sizeof text; n++)
    {
      GError *error = NULL;
      LloydTable *table = test_load_bytes (&lloyd_format_csv, text, n, NULL, &error);
      test_assert_table_or_line (table, error);
    }
  for (size_t at = 0; at + 1 < sizeof text; at++)
    for (int byte = 0; byte < 256; byte++)
      {
        GError *error = NULL;
        char changed[sizeof text];
        memcpy (changed, text, sizeof text);
        changed[at] = (char) byte;
        LloydTable *table =
            test_load_bytes (&lloyd_format_csv, changed, sizeof text - 1, NULL, &error);
        test_assert_table_or_line (table, error);
      }
}

/* ---- short cells --------------------------------------------------------------------------- */

/* A number of up to 17 bytes: with or without sign, point, digits on either side, zeros before. */
static void
append_short_number (GString *text)
{
  int n_before = below (9), n_behind = below (3) == 0 ? 0 : below (9);
  g_string_append (text, below (2) ? "-" : "");
  if (n_before + n_behind == 0)
    n_before = 1;
  for (int i = 0; i < n_before; i++)
    g_string_append_c (text, (char) ('0' + below (10)));
  if (n_behind > 0 || below (4) == 0)
    g_string_append_c (text, '.');
  for (int i = 0; i < n_behind; i++)
    g_string_append_c (text, (char) ('0' + below (10)));
}

/* The bits that strtod() makes of them; the test runs in the C locale. */
static void
test_short_numbers (void)
{
  for (int file = 0; file < (g_test_thorough () ? 2000 : 200); file++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("a,b,c\n");
      g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (double));
      for (int i = 0; i < 3000; i++)
        {
          g_autoptr (GString) cell = g_string_new (NULL);
          append_short_number (cell);
          double v = strtod (cell->str, NULL);
          g_array_append_val (expected, v);
          g_string_append (text, cell->str);
          g_string_append (text, i % 3 < 2 ? "," : file % 2 == 0 ? "\n" : "\r\n");
        }
      g_autoptr (LloydTable) table =
          test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error);
      g_assert_no_error (error);
      for (guint i = 0; i < 3000; i++)
        {
          double v = lloyd_column_number (lloyd_table_get_column (table, i % 3), i / 3);
          double wanted = g_array_index (expected, double, i);
          g_assert_cmpmem (&v, sizeof v, &wanted, sizeof wanted);
        }
    }
}

/* Bytes of which numbers are made, in any order: a number exactly where lloyd_number_read() says
 * so.
 */
static void
test_short_garbage (void)
{
  static const char pieces[] = "0123456789..--+eE x/:";
  static const char *const named[] = { "a", NULL };
  const LloydLoadOptions options = { .named = named };
  g_autofree char *filling = g_strnfill (80, '7');
  for (int i = 0; i < (g_test_thorough () ? 2000000 : 100000); i++)
    {
      g_autoptr (GString) text = g_string_new ("a,b\n");
      char cell[18] = "";
      double wanted;
      for (int j = 1 + below (17); j > 0; j--)
        cell[j - 1] = pieces[below ((int) sizeof pieces - 1)];
      g_string_append_printf (text, "%s,1\n1,0.%s\n", cell, filling);
      g_strstrip (cell);
      gboolean is_number = lloyd_number_read (cell, strlen (cell), &wanted);
      g_autoptr (LloydTable) table =
          test_load_bytes (&lloyd_format_csv, text->str, text->len, &options, NULL);
      const LloydColumn *column = lloyd_table_get_column (table, 0);
      g_assert_true (is_number == (column->type == LLOYD_COLUMN_NUMBER && column->n_missing == 0));
      double v = is_number ? lloyd_column_number (column, 0) : 0.0;
      if (is_number)
        g_assert_cmpmem (&v, sizeof v, &wanted, sizeof wanted);
    }
}

/* ---- there and back ------------------------------------------------------------------------ */

#define ROWS 4000

static guint64
random_bits (void)
{
  return (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
}

/* Any double but a NaN; now and then one of the last or first that there are. */
static double
random_double (void)
{
  static const double special[] = { 0.0,
                                    -0.0,
                                    5e-324,
                                    -5e-324,
                                    2.2250738585072009e-308,
                                    1e308,
                                    -1e308,
                                    INFINITY,
                                    -INFINITY,
                                    1.7976931348623157e308,
                                    0.1,
                                    1.0 / 3.0,
                                    1e23,
                                    9007199254740993.0,
                                    -1e-320 };
  double v;
  if (below (5) == 0)
    return special[below ((int) G_N_ELEMENTS (special))];
  do
    {
      guint64 bits = random_bits ();
      memcpy (&v, &bits, sizeof v);
    }
  while (isnan (v));
  return v;
}

static float
random_float (void)
{
  static const float special[] = { 0.0f,          -0.0f,          1e-45f,   -1e-45f, 1.1754942e-38f,
                                   3.4028235e38f, -3.4028235e38f, INFINITY, 0.1f,    16777217.0f };
  float v;
  if (below (5) == 0)
    return special[below ((int) G_N_ELEMENTS (special))];
  do
    {
      guint32 bits = (guint32) g_test_rand_int ();
      memcpy (&v, &bits, sizeof v);
    }
  while (isnan (v));
  return v;
}

static LloydTable *
save_and_load (const LloydTable *table, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_dup_path (folder, name);
  test_save (path, table, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (test_folder_count (folder), ==, 1);
  return test_load (path);
}

static void
test_doubles_come_back (void)
{
  g_autoptr (LloydTable) table = lloyd_table_new ("t", ROWS);
  g_autofree double *values = g_new (double, ROWS);
  for (size_t i = 0; i < ROWS; i++)
    values[i] = i == 7 ? NAN : random_double ();
  test_table_add_doubles (table, "a,\"b\"", values);
  test_table_add_doubles (table, "c", values);

  static const char *const names[] = { "t.csv", "t.tsv", "T.TSV" };
  for (size_t f = 0; f < G_N_ELEMENTS (names); f++)
    {
      g_autoptr (LloydTable) back = save_and_load (table, names[f]);
      const LloydColumn *column = lloyd_table_find (back, "a,\"b\"");
      g_assert_nonnull (column);
      g_assert_cmpuint (column->n_missing, ==, 1);
      for (size_t i = 0; i < ROWS; i++)
        {
          double v = lloyd_column_number (column, i);
          if (i == 7)
            g_assert_true (isnan (v));
          else
            g_assert_cmpmem (&v, sizeof v, &values[i], sizeof v);
        }
    }
}

/* A whole number that may need all 64 bits; small ones are the more frequent. */
static guint64
random_whole (gboolean is_unsigned)
{
  guint64 bits = random_bits () >> below (64);
  return is_unsigned || below (2) ? bits : 0 - bits;
}

/* Digit for digit, with and without a sign, where cells are missing, and where text with line ends
 * stands beside them, so that chunks do not end where rows do. */
static void
test_wholes_come_back (void)
{
  for (int file = 0; file < 8; file++)
    {
      gboolean is_unsigned = file % 2, has_gaps = file / 2 % 2, has_text = file / 4;
      g_autoptr (GString) text = g_string_new (has_text ? "t,a,b\n" : "a,b\n");
      for (size_t i = 0; i < ROWS; i++)
        {
          guint64 v = i == 0 ? (is_unsigned ? G_MAXUINT64 : (guint64) G_MININT64)
                             : random_whole (is_unsigned);
          g_string_append (text, has_text ? below (3) == 0 ? "\"x\ny\"," : "z," : "");
          if (has_gaps && below (5) == 0)
            g_string_append (text, "");
          else if (is_unsigned)
            g_string_append_printf (text, "%" G_GUINT64_FORMAT, v);
          else
            g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64) v);
          g_string_append_printf (text, ",%d\n", below (100));
        }
      g_autoptr (GError) error = NULL;
      g_autoptr (TestFolder) folder = test_folder_new ();
      g_autofree char *path = test_folder_dup_path (folder, "t.csv");
      g_autoptr (LloydTable) table =
          test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (lloyd_table_find (table, "a")->integer_bytes, ==, 8);
      g_assert_cmpint (lloyd_table_find (table, "a")->unit, ==,
                       is_unsigned ? LLOYD_UNIT_UNSIGNED : LLOYD_UNIT_NONE);
      g_assert_true (test_save (path, table, &error));
      test_assert_file (path, text->str, (gssize) text->len);
    }
}

static void
test_floats_come_back (void)
{
  g_autofree float *values = g_new (float, 2 * ROWS);
  for (size_t i = 0; i < 2 * ROWS; i++)
    values[i] = random_float ();
  g_autoptr (LloydTable) table = test_table_new_block (values, ROWS, 2);
  g_autoptr (LloydTable) back = save_and_load (table, "t.csv");
  for (size_t i = 0; i < ROWS; i++)
    for (guint j = 0; j < 2; j++)
      {
        float v = (float) lloyd_column_number (lloyd_table_get_column (back, j), i);
        g_assert_cmpmem (&v, sizeof v, &values[2 * i + j], sizeof v);
      }
}

/* Texts that could be taken for something else, alone in their file and beside a number. */
static void
test_texts_come_back (void)
{
  static const char *const texts[] = { "a",  "x,y",  "x;y", "x|y", "x\ty", "",
                                       "\"", "\"\"", " a",  "a ",  " ",    "line\nbreak",
                                       "\r", "\r\n", "NA",  "ü",   "'",    "a\"b" };
  static const double numbers[G_N_ELEMENTS (texts)] = { 0 };
  for (int is_alone = 0; is_alone <= 1; is_alone++)
    for (int is_tsv = 0; is_tsv <= 1; is_tsv++)
      {
        g_autoptr (LloydTable) table = lloyd_table_new ("t", G_N_ELEMENTS (texts));
        test_table_add_texts (table, "some text", texts);
        if (!is_alone)
          test_table_add_doubles (table, "n", numbers);
        g_autoptr (LloydTable) back = save_and_load (table, is_tsv ? "t.tsv" : "t.csv");
        g_autofree char *expected = test_table_dump (table);
        g_autofree char *found = test_table_dump (back);
        g_assert_cmpstr (found, ==, expected);
      }
}

/* A row whose only cell is missing is a row all the same. */
static void
test_missing_alone (void)
{
  static const double numbers[] = { 1.0, NAN, NAN, 2.0, NAN };
  g_autoptr (LloydTable) table = lloyd_table_new ("t", G_N_ELEMENTS (numbers));
  test_table_add_doubles (table, "n", numbers);
  g_autoptr (LloydTable) back = save_and_load (table, "t.csv");
  g_autofree char *found = test_table_dump (back);
  g_assert_cmpstr (found, ==, "n#\n1\n~\n~\n2\n~\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/csv-random/habits", test_habits);
  g_test_add_func ("/files/csv-random/garbage", test_garbage);
  g_test_add_func ("/files/csv-random/damage", test_damage);
  g_test_add_func ("/files/csv-random/short-numbers", test_short_numbers);
  g_test_add_func ("/files/csv-random/short-garbage", test_short_garbage);
  g_test_add_func ("/files/csv-random/doubles-come-back", test_doubles_come_back);
  g_test_add_func ("/files/csv-random/wholes-come-back", test_wholes_come_back);
  g_test_add_func ("/files/csv-random/floats-come-back", test_floats_come_back);
  g_test_add_func ("/files/csv-random/texts-come-back", test_texts_come_back);
  g_test_add_func ("/files/csv-random/missing-alone", test_missing_alone);
  return g_test_run ();
}
