/* Tables as files leave them, and the statistics of their columns. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/data/statistics.h"
#include "compute/data/table.h"
#include "compute/exact/elementary.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* ---- tables -------------------------------------------------------------------------------- */

/* Memory as tables take it. */
static gpointer
copy_of (gconstpointer data, size_t bytes)
{
  gpointer copy = malloc (MAX (bytes, 1));
  memcpy (copy, data, bytes);
  return copy;
}

/* Whatever names come, each column can be named, and a name that is free is kept. */
static void
test_names (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const char *const names[] = { "a", "a.2", "a.2.2", "a.3", "b", "", " ", "é", "a.1" };
  static const double value = 1.0;

  for (int round = 0; round < 50; round++)
    {
      g_autoptr (LloydTable) table = lloyd_table_new ("names.csv", 1);
      g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
      double *data = copy_of (&value, sizeof value);
      guint n = (guint) g_rand_int_range (rand, 1, 60);

      lloyd_table_take_memory (table, data);
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *name = g_strdup (names[g_rand_int_range (rand, 0, 9)]);
          gboolean is_free = lloyd_table_find (table, name) == NULL;
          lloyd_table_add_numbers (table, name, data, 1, FALSE, 0);
          const char *given = lloyd_table_get_column (table, i)->name;
          g_assert_true (g_str_has_prefix (given, name));
          g_assert_cmpint (g_str_equal (given, name), ==, is_free);
        }
      g_assert_cmpuint (lloyd_table_get_n_columns (table), ==, n);
      for (guint i = 0; i < n; i++)
        {
          const LloydColumn *column = lloyd_table_get_column (table, i);
          g_assert_true (g_hash_table_add (seen, column->name));
          g_assert_true (lloyd_table_find (table, column->name) == column);
        }
      g_assert_null (lloyd_table_find (table, "nobody"));
      g_assert_null (lloyd_table_find (table, "A"));
    }
}

/* Columns borrowed from one block, and from blocks of their own. */
static void
test_numbers (void)
{
  g_autoptr (GRand) rand = random_new ();
  enum
  {
    N = 57,
    D = 5
  };
  float block[N * D];
  double own[N];
  g_autoptr (LloydTable) table = lloyd_table_new ("numbers.npy", N);

  for (guint i = 0; i < N * D; i++)
    block[i] = i % 7 == 0 ? NAN : (float) g_rand_double_range (rand, -1e9, 1e9);
  for (guint i = 0; i < N; i++)
    own[i] = i % 5 == 0 ? NAN : g_rand_double_range (rand, -1e9, 1e9);
  float *block_copy = copy_of (block, sizeof block);
  double *own_copy = copy_of (own, sizeof own);
  lloyd_table_take_memory (table, block_copy);
  lloyd_table_take_memory (table, own_copy);
  for (guint j = 0; j < D; j++)
    lloyd_table_add_numbers (table, "x", block_copy + j, D, TRUE, j);
  lloyd_table_add_numbers (table, "own", own_copy, 1, FALSE, 12);

  g_assert_cmpstr (lloyd_table_get_path (table), ==, "numbers.npy");
  g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, N);
  g_assert_cmpuint (lloyd_table_get_n_columns (table), ==, D + 1);
  for (guint j = 0; j <= D; j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      g_assert_cmpint (column->type, ==, LLOYD_COLUMN_NUMBER);
      g_assert_cmpint (column->is_float32, ==, j < D);
      g_assert_cmpuint (column->n_missing, ==, j < D ? j : 12);
      for (guint i = 0; i < N; i++)
        {
          double expected = j < D ? (double) block[i * D + j] : own[i];
          double v = lloyd_column_number (column, i);
          g_assert_true (v == expected || (isnan (v) && isnan (expected)));
          g_autofree char *text = lloyd_column_dup_text (column, i);
          g_assert_cmpint (text[0] == '\0', ==, isnan (expected));
        }
    }
}

/* Cells are bytes: empty, with line ends, in no encoding. */
static void
test_texts (void)
{
  g_autoptr (GRand) rand = random_new ();
  enum
  {
    N = 200
  };
  g_autoptr (GString) all = g_string_new (NULL);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  size_t offsets[N + 1] = { 0 };

  for (guint i = 0; i < N; i++)
    {
      char cell[20] = "";
      guint length = (guint) g_rand_int_range (rand, 0, 20);
      for (guint b = 0; b < length; b++)
        cell[b] = (char) g_rand_int_range (rand, 1, 256);
      cell[MIN (length, 19)] = '\0';
      g_string_append (all, cell);
      offsets[i + 1] = all->len;
      g_ptr_array_add (cells, g_strdup (cell));
    }
  g_autoptr (LloydTable) table = lloyd_table_new ("texts.csv", N);
  size_t *offsets_copy = copy_of (offsets, sizeof offsets);
  char *text_copy = copy_of (all->str, all->len);
  lloyd_table_take_memory (table, offsets_copy);
  lloyd_table_take_memory (table, text_copy);
  lloyd_table_add_text (table, "who", offsets_copy, text_copy, 3);

  const LloydColumn *column = lloyd_table_find (table, "who");
  g_assert_cmpint (column->type, ==, LLOYD_COLUMN_TEXT);
  g_assert_cmpuint (column->n_missing, ==, 3);
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *cell = lloyd_column_dup_text (column, i);
      g_assert_cmpstr (cell, ==, cells->pdata[i]);
    }
}

static char *
text_of (gconstpointer value, gboolean is_float32)
{
  g_autoptr (LloydTable) table = lloyd_table_new ("one", 1);
  gpointer data = copy_of (value, is_float32 ? sizeof (float) : sizeof (double));
  lloyd_table_take_memory (table, data);
  lloyd_table_add_numbers (table, "x", data, 1, is_float32, 0);
  return lloyd_column_dup_text (lloyd_table_get_column (table, 0), 0);
}

/* Numbers as text come back with the same bits, and doubles are as short as they can be. */
static void
test_number_texts (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int i = 0; i < 20000; i++)
    {
      guint64 bits = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
      double v, back;
      float v_float;
      memcpy (&v, &bits, sizeof v);
      memcpy (&v_float, &bits, sizeof v_float);
      if (i % 3 == 0)
        v = g_rand_int_range (rand, -100000, 100000) / 1000.0;
      if (isnan (v) || isnan (v_float))
        continue;
      g_autofree char *text = text_of (&v, FALSE);
      back = g_ascii_strtod (text, NULL);
      g_assert_cmpmem (&back, sizeof back, &v, sizeof v);

      g_autofree char *float_text = text_of (&v_float, TRUE);
      float float_back = (float) g_ascii_strtod (float_text, NULL);
      g_assert_cmpmem (&float_back, sizeof float_back, &v_float, sizeof v_float);
    }

  static const struct
  {
    double value;
    const char *text;
  } short_ones[] = { { 0.1, "0.1" },      { 5.1, "5.1" }, { -2.5, "-2.5" },
                     { 1e300, "1e+300" }, { 0.0, "0" },   { 1.0 / 3.0, "0.3333333333333333" } };
  for (size_t i = 0; i < G_N_ELEMENTS (short_ones); i++)
    {
      g_autofree char *text = text_of (&short_ones[i].value, FALSE);
      g_assert_cmpstr (text, ==, short_ones[i].text);
    }
}

/* ---- statistics ---------------------------------------------------------------------------- */

static double
normal (GRand *rand)
{
  double sine, cosine;
  lloyd_sincos_turns (g_rand_double (rand), &sine, &cosine);
  return sqrt (-2.0 * lloyd_log (1.0 - g_rand_double (rand))) * cosine;
}

static void
shuffle (double *values, size_t n, GRand *rand)
{
  for (size_t i = n - 1; i > 0; i--)
    {
      size_t j = (size_t) g_rand_int_range (rand, 0, (gint32) i + 1);
      double swap = values[i];
      values[i] = values[j];
      values[j] = swap;
    }
}

static long double
plain_mean (const double *values, size_t n)
{
  long double sum = 0.0L;
  for (size_t i = 0; i < n; i++)
    sum += (long double) values[i];
  return sum / (long double) n;
}

static long double
plain_deviation (const double *values, size_t n, long double mean)
{
  long double squares = 0.0L;
  for (size_t i = 0; i < n; i++)
    squares += ((long double) values[i] - mean) * ((long double) values[i] - mean);
  return n > 1 ? sqrtl (squares / (long double) (n - 1)) : 0.0L;
}

/* The deviation as points take it: from the first pass, or from a second where that is far off. */
static double
find_deviation (const LloydColumnSums *sums, const double *values, size_t n)
{
  LloydWide squares = { 0 };
  double mean = lloyd_column_sums_mean (sums);
  if (!lloyd_column_sums_is_far (sums))
    return lloyd_column_sums_deviation (sums);
  for (size_t i = 0; i < n; i++)
    lloyd_wide_add (&squares, (values[i] - mean) * (values[i] - mean));
  return lloyd_deviation_from_squares (&squares, n);
}

/* Mean and deviation against two passes in wider arithmetic, from means of 0 to 10^6 deviations. */
static void
test_statistics (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const double ratios[] = { 0.0, 0.1, 1.0, 4.0, 7.9, 8.1, 15.0, 17.0, 1e3, 1e6, -1.0, -1e6 };
  g_autofree double *values = g_new (double, 3000);

  for (int round = 0; round < 200; round++)
    {
      double ratio = ratios[round % (int) G_N_ELEMENTS (ratios)];
      double scale = ldexp (1.0, g_rand_int_range (rand, -100, 100));
      size_t n = (size_t) g_rand_int_range (rand, 2, 3000);
      LloydColumnSums sums = { 0 };
      for (size_t i = 0; i < n; i++)
        values[i] = scale * (ratio + normal (rand));
      lloyd_column_sums_add (&sums, values, n);

      long double mean = plain_mean (values, n), deviation = plain_deviation (values, n, mean);
      g_assert_cmpfloat (fabsl (lloyd_column_sums_mean (&sums) - mean), <=,
                         1e-15L * (fabsl (mean) + deviation));
      g_assert_cmpfloat (fabsl (find_deviation (&sums, values, n) - deviation), <=,
                         1e-12L * deviation);
      if (fabsl (mean) > 16.0L * deviation)
        g_assert_true (lloyd_column_sums_is_far (&sums));
      if (fabs (ratio) < 1.5 && n > 100)
        g_assert_false (lloyd_column_sums_is_far (&sums));
    }
}

/* In any order and any pieces, the same bits. */
static void
test_statistics_order (void)
{
  g_autoptr (GRand) rand = random_new ();
  double values[2500];
  for (int round = 0; round < 40; round++)
    {
      size_t n = (size_t) g_rand_int_range (rand, 2, G_N_ELEMENTS (values));
      LloydColumnSums sums = { 0 }, other = { 0 };
      for (size_t i = 0; i < n; i++)
        values[i] = round % 2 == 0 ? normal (rand)
                                   : ldexp (normal (rand), g_rand_int_range (rand, -149, 127));
      lloyd_column_sums_add (&sums, values, n);
      shuffle (values, n, rand);
      for (size_t at = 0; at < n;)
        {
          size_t count = (size_t) g_rand_int_range (rand, 0, 700);
          count = MIN (count, n - at);
          lloyd_column_sums_add (&other, values + at, count);
          at += count;
        }

      g_assert_cmpuint (other.n, ==, sums.n);
      g_assert_cmpfloat (other.min, ==, sums.min);
      g_assert_cmpfloat (other.max, ==, sums.max);
      g_assert_cmpfloat (lloyd_column_sums_mean (&other), ==, lloyd_column_sums_mean (&sums));
      g_assert_cmpfloat (lloyd_column_sums_deviation (&other), ==,
                         lloyd_column_sums_deviation (&sums));
      for (size_t i = 0; i < n; i++)
        g_assert_true (values[i] >= sums.min && values[i] <= sums.max);
    }
}

static void
test_statistics_corners (void)
{
  const double cancelling[] = { 1e30, 1.0, -1e30 }, pair[] = { -3.0, -5.0 };
  LloydColumnSums none = { 0 }, one = { 0 }, sums = { 0 }, negative = { 0 };
  LloydWide nothing = { 0 };

  g_assert_true (isnan (lloyd_column_sums_mean (&none)));
  g_assert_cmpfloat (lloyd_column_sums_deviation (&none), ==, 0.0);
  lloyd_column_sums_add (&one, pair, 1);
  g_assert_cmpfloat (lloyd_column_sums_mean (&one), ==, -3.0);
  g_assert_cmpfloat (lloyd_column_sums_deviation (&one), ==, 0.0);
  g_assert_cmpfloat (lloyd_deviation_from_squares (&nothing, 1), ==, 0.0);
  lloyd_column_sums_add (&sums, cancelling, 3);
  g_assert_cmpfloat (lloyd_column_sums_mean (&sums), ==, 1.0 / 3.0);
  lloyd_column_sums_add (&negative, pair, 2);
  g_assert_cmpfloat (negative.max, ==, -3.0);
  g_assert_cmpfloat (negative.min, ==, -5.0);
  g_assert_cmpfloat (lloyd_column_sums_deviation (&negative), ==, sqrt (2.0));
}

/* 0 up to 16 deviations; beyond, the mean rounded to the least power of two that holds one. */
static void
test_origin (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int i = 0; i < 20000; i++)
    {
      double deviation =
          ldexp (g_rand_double_range (rand, 0.5, 1.0), g_rand_int_range (rand, -60, 60));
      if (i % 4 == 0)
        deviation = ldexp (1.0, g_rand_int_range (rand, -60, 60));
      double mean =
          deviation * ldexp (g_rand_double_range (rand, -1.0, 1.0), g_rand_int_range (rand, 0, 30));
      double origin = lloyd_column_origin (mean, deviation), unit = 0x1p-80;

      g_assert_cmpfloat (lloyd_column_origin (-mean, deviation), ==, -origin);
      if (fabs (mean) <= 16.0 * deviation)
        {
          g_assert_cmpfloat (origin, ==, 0.0);
          continue;
        }
      while (unit < deviation)
        unit *= 2.0;
      g_assert_cmpfloat (fmod (origin, unit), ==, 0.0);
      g_assert_cmpfloat (fabs (origin - mean), <=, unit / 2.0);
    }
  g_assert_cmpfloat (lloyd_column_origin (16.0, 1.0), ==, 0.0);
  g_assert_cmpfloat (lloyd_column_origin (nextafter (16.0, 17.0), 1.0), ==, 16.0);
  g_assert_cmpfloat (lloyd_column_origin (100.5, 1.0), ==, 100.0);
  g_assert_cmpfloat (lloyd_column_origin (101.5, 1.0), ==, 102.0);
  g_assert_cmpfloat (lloyd_column_origin (100.75, 1.5), ==, 100.0);
  g_assert_cmpfloat (lloyd_column_origin (0.1, 0.0), ==, 0.1);
  g_assert_cmpfloat (lloyd_column_origin (0.0, 0.0), ==, 0.0);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/table/names", test_names);
  g_test_add_func ("/data/table/numbers", test_numbers);
  g_test_add_func ("/data/table/texts", test_texts);
  g_test_add_func ("/data/table/number-texts", test_number_texts);
  g_test_add_func ("/data/statistics/mean-and-deviation", test_statistics);
  g_test_add_func ("/data/statistics/order", test_statistics_order);
  g_test_add_func ("/data/statistics/corners", test_statistics_corners);
  g_test_add_func ("/data/statistics/origin", test_origin);
  return g_test_run ();
}
