/* Points from tables: which columns and which rows. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/data/points.h"
#include "compute/error.h"
#include "tests/support/clouds.h"
#include "tests/support/tables.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static void
assert_refused (LloydTable *table,
                const LloydSelection *selection,
                LloydErrorCode code,
                const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (lloyd_points_new (table, selection, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, (int) code);
  g_assert_cmpstr (error->message, ==, message);
}

/* ---- columns and ids ----------------------------------------------------------------------- */

static const double one_to_three[] = { 1, 2, 3 }, tens[] = { 10, 20, 30 }, years[] = { 7, 8, 9 };
static const char *const who[] = { "ann", "", "bob", NULL };

static LloydTable *
make_people (void)
{
  LloydTable *table = lloyd_table_new ("t.csv", 3);
  test_table_add_doubles (table, "number", one_to_three);
  test_table_add_texts (table, "who", who);
  test_table_add_doubles (table, "tens", tens);
  test_table_add_doubles (table, "year", years);
  return table;
}

static void
test_columns (void)
{
  g_autoptr (LloydTable) table = make_people ();
  LloydSelection selection = { 0 };

  g_autoptr (LloydPoints) all = test_table_points (table, &selection);
  g_assert_cmpuint (all->n, ==, 3);
  g_assert_cmpuint (all->d, ==, 3);
  static const char *const all_names[] = { "number", "tens", "year", NULL };
  g_assert_true (g_strv_equal ((const char *const *) all->names, all_names));
  g_assert_cmpstr (all->path, ==, "t.csv");
  g_assert_null (all->ids);

  selection.id_column = "number";
  g_autoptr (LloydPoints) without_id = test_table_points (table, &selection);
  g_assert_true (g_strv_equal ((const char *const *) without_id->names, all_names + 1));

  static const char *const named[] = { "year", "number", NULL };
  selection.columns = named;
  g_autoptr (LloydPoints) some = test_table_points (table, &selection);
  g_assert_true (g_strv_equal ((const char *const *) some->names, named));
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpfloat ((double) some->values[2 * i], ==, years[i]);
      g_assert_cmpfloat ((double) some->values[2 * i + 1], ==, one_to_three[i]);
    }
}

static void
test_column_errors (void)
{
  g_autoptr (LloydTable) table = make_people ();
  static const char *const unknown[] = { "tens", "ten", NULL };
  static const char *const text[] = { "tens", "who", NULL };
  static const char *const none[] = { NULL };

  assert_refused (table, &(LloydSelection){ .columns = unknown }, LLOYD_ERROR_DATA,
                  "t.csv: there is no column ten");
  assert_refused (table, &(LloydSelection){ .columns = text }, LLOYD_ERROR_DATA,
                  "t.csv: column who is text, not numbers");
  assert_refused (table, &(LloydSelection){ .columns = none }, LLOYD_ERROR_DATA,
                  "t.csv: no column holds numbers");
  assert_refused (table, &(LloydSelection){ .id_column = "name" }, LLOYD_ERROR_DATA,
                  "t.csv: there is no column name");

  g_autoptr (LloydTable) only_text = lloyd_table_new ("t.csv", 3);
  test_table_add_texts (only_text, "who", who);
  assert_refused (only_text, &(LloydSelection){ 0 }, LLOYD_ERROR_DATA,
                  "t.csv: no column holds numbers");
  g_autoptr (LloydTable) empty = lloyd_table_new ("t.csv", 0);
  test_table_add_doubles (empty, "x", one_to_three);
  assert_refused (empty, &(LloydSelection){ 0 }, LLOYD_ERROR_DATA, "t.csv: there are no rows");
}

/* Ids belong to rows of the input, whatever was dropped. */
static void
test_ids (void)
{
  static const double holes[] = { 1, NAN, 3 };
  static const char *const numbered[] = { "1", "2", "3" }, *const ages[] = { "7", "8", "9" };
  g_autoptr (LloydTable) table = make_people ();
  test_table_add_doubles (table, "holes", holes);
  static const struct
  {
    const char *column;
    const char *const *expected;
  } cases[] = { { NULL, numbered }, { "who", who }, { "year", ages } };

  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      LloydSelection selection = { .id_column = cases[c].column, .missing = LLOYD_MISSING_DROP };
      g_autoptr (LloydPoints) points = test_table_points (table, &selection);
      g_assert_cmpuint (points->n, ==, 2);
      for (size_t row = 0; row < 3; row++)
        {
          g_autofree char *id = lloyd_points_dup_id (points, row);
          g_assert_cmpstr (id, ==, cases[c].expected[row]);
        }
    }
}

/* ---- missing values ------------------------------------------------------------------------ */

/* Infinite, or so once they are float32: 2^128 - 2^103 is half way from the largest to 2^128. */
static const double unusable[] = { NAN, INFINITY, -INFINITY, 1e300, -1e39, 0x1.ffffffp127 };

static gboolean
is_bad_row (const double *row, guint d)
{
  for (guint j = 0; j < d; j++)
    if (!(fabs (row[j]) < 0x1.ffffffp127))
      return TRUE;
  return FALSE;
}

/* Many rows, a few of them bad, some in the blocks at either end. */
static void
fill_holes (double *values, size_t n, guint d, guint n_holes, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = g_rand_double_range (rand, -10.0, 10.0);
  values[0] = 0x1.fffffefffffffp127;
  for (guint h = 0; h < n_holes; h++)
    values[g_rand_int_range (rand, 0, (gint32) (n * d))] =
        unusable[g_rand_int_range (rand, 0, G_N_ELEMENTS (unusable))];
}

static void
check_refused (LloydTable *table, const double *values, size_t n, guint d)
{
  size_t n_bad = 0, first = 0;
  guint column = 0;
  for (size_t i = n; i-- > 0;)
    if (is_bad_row (values + i * d, d))
      {
        n_bad++;
        first = i;
      }
  while (!is_bad_row (values + first * d + column, 1))
    column++;
  g_autofree char *message =
      n_bad == 1 ? g_strdup_printf ("t.csv: 1 row has a missing or infinite value: row "
                                    "%" G_GSIZE_FORMAT ", column x%u",
                                    first + 1, column + 1)
                 : g_strdup_printf ("t.csv: %" G_GSIZE_FORMAT
                                    " rows have missing or infinite values, the first in row "
                                    "%" G_GSIZE_FORMAT ", column x%u",
                                    n_bad, first + 1, column + 1);
  assert_refused (table, &(LloydSelection){ 0 }, LLOYD_ERROR_MISSING, message);
}

static void
check_dropped (LloydTable *table, const double *values, size_t n, guint d)
{
  LloydSelection selection = { .missing = LLOYD_MISSING_DROP };
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  size_t stored = 0, found = n;

  g_assert_cmpuint (points->n_input, ==, n);
  g_assert_nonnull (points->input_rows);
  for (size_t i = 0; i < n; i++)
    {
      gboolean is_there = lloyd_points_find_input_row (points, i, &found);
      g_assert_cmpint (is_there, ==, !is_bad_row (values + i * d, d));
      if (!is_there)
        continue;
      g_assert_cmpuint (found, ==, stored);
      g_assert_cmpuint (lloyd_points_input_row (points, stored), ==, i);
      for (guint j = 0; j < d; j++)
        g_assert_cmpfloat ((double) points->absolute[stored * d + j], ==,
                           (double) (float) values[i * d + j]);
      stored++;
    }
  g_assert_cmpuint (stored, ==, points->n);
  g_assert_false (lloyd_points_find_input_row (points, n, &found));
}

static void
check_zeroed (LloydTable *table, const double *values, size_t n, guint d)
{
  LloydSelection selection = { .missing = LLOYD_MISSING_ZERO };
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  g_assert_cmpuint (points->n, ==, n);
  g_assert_null (points->input_rows);
  for (size_t i = 0; i < n * d; i++)
    {
      double expected = is_bad_row (values + i, 1) ? 0.0 : (double) (float) values[i];
      g_assert_cmpfloat ((double) points->absolute[i], ==, expected);
    }
}

static void
test_missing (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 60; round++)
    {
      size_t n = (size_t) g_rand_int_range (rand, 2, 700);
      guint d = (guint) g_rand_int_range (rand, 1, 6), n_bad = 0;
      g_autofree double *values = g_new (double, n *d);
      do
        {
          fill_holes (values, n, d, 1 + (guint) round / 10, rand);
          n_bad = 0;
          for (size_t i = 0; i < n; i++)
            n_bad += is_bad_row (values + i * d, d);
        }
      while (n_bad == n);
      g_autoptr (LloydTable) table = test_table_new (values, n, d);
      check_refused (table, values, n, d);
      check_dropped (table, values, n, d);
      check_zeroed (table, values, n, d);
    }
}

static void
test_missing_corners (void)
{
  double values[40];
  size_t stored;
  for (int i = 0; i < 40; i++)
    values[i] = i % 2 == 0 ? NAN : 1.0;
  g_autoptr (LloydTable) table = test_table_new (values, 20, 2);
  LloydSelection drop = { .missing = LLOYD_MISSING_DROP };
  assert_refused (table, &drop, LLOYD_ERROR_DATA,
                  "t.csv: every row has a missing or infinite value");

  /* What is missing beside the features is nobody's business. */
  static const char *const second[] = { "x2", NULL };
  g_autoptr (LloydPoints) points =
      test_table_points (table, &(LloydSelection){ .columns = second });
  g_assert_cmpuint (points->n, ==, 20);
  g_assert_null (points->input_rows);
  g_assert_true (lloyd_points_find_input_row (points, 19, &stored));
  g_assert_cmpuint (stored, ==, 19);
  g_assert_false (lloyd_points_find_input_row (points, 20, &stored));

  /* Nothing to drop. */
  drop.columns = second;
  g_autoptr (LloydPoints) whole = test_table_points (table, &drop);
  g_assert_null (whole->input_rows);
}

/* ---- rows with a direction ----------------------------------------------------------------- */

/* Drops rows that are zero from the data's own zero; numbers of rows stay those of the input. */
static void
check_directions (LloydPoints *points)
{
  g_autoptr (GError) error = NULL;
  size_t n_zero = 0, first_zero = 0, expected_n = 0, expected_first = 0, at = 0;
  guint d = points->d;
  g_autofree gboolean *is_zero = g_new (gboolean, points->n);

  for (size_t i = points->n; i-- > 0;)
    {
      is_zero[i] = TRUE;
      for (guint j = 0; j < d; j++)
        is_zero[i] &= points->absolute[i * d + j] == 0.0f;
      if (is_zero[i])
        {
          expected_n++;
          expected_first = lloyd_points_input_row (points, i);
        }
    }
  g_autoptr (LloydPoints) directed =
      lloyd_points_with_direction (points, &n_zero, &first_zero, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_zero, ==, expected_n);
  g_assert_cmpuint (directed->n, ==, points->n - expected_n);
  g_assert_cmpint (directed == points, ==, expected_n == 0);
  if (expected_n > 0)
    g_assert_cmpuint (first_zero, ==, expected_first);

  g_assert_cmpuint (directed->n_input, ==, points->n_input);
  g_assert_true (
      g_strv_equal ((const char *const *) directed->names, (const char *const *) points->names));
  g_assert_cmpmem (directed->origin, sizeof (double) * d, points->origin, sizeof (double) * d);
  g_assert_cmpmem (directed->factor, sizeof (double) * d, points->factor, sizeof (double) * d);
  g_assert_cmpmem (directed->offset, sizeof (double) * d, points->offset, sizeof (double) * d);
  for (size_t i = 0; i < points->n; i++)
    {
      if (is_zero[i])
        continue;
      g_assert_cmpuint (lloyd_points_input_row (directed, at), ==,
                        lloyd_points_input_row (points, i));
      g_assert_cmpmem (directed->values + at * d, sizeof (float) * d, points->values + i * d,
                       sizeof (float) * d);
      g_assert_cmpmem (directed->absolute + at * d, sizeof (float) * d, points->absolute + i * d,
                       sizeof (float) * d);
      at++;
    }
  g_autofree char *id = lloyd_points_dup_id (directed, points->n_input - 1);
  g_autofree char *own_id = lloyd_points_dup_id (points, points->n_input - 1);
  g_assert_cmpstr (id, ==, own_id);
}

static void
test_directions (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 60; round++)
    {
      size_t n = (size_t) g_rand_int_range (rand, 2, 400);
      g_autofree double *values = g_new (double, 2 * n);
      LloydSelection selection = { .missing = LLOYD_MISSING_DROP };
      for (size_t i = 0; i < n; i++)
        {
          gboolean is_zero = round % 3 != 0 && g_rand_int_range (rand, 0, 5) == 0;
          values[2 * i] = is_zero || g_rand_boolean (rand) ? 0.0 : 3.0;
          values[2 * i + 1] = is_zero ? 1e-60 : values[2 * i] - 1.0;
          if (round % 2 == 0 && i > 2 && g_rand_int_range (rand, 0, 7) == 0)
            values[2 * i] = NAN;
        }
      values[0] = 1.0;
      g_autoptr (LloydTable) table = test_table_new (values, n, 2);
      if (round % 4 < 2)
        selection.id_column = "x2";
      g_autoptr (LloydPoints) points = test_table_points (table, &selection);
      check_directions (points);
    }
}

/* A far column: its stored zeros are not the data's, and the data's zero row is not stored so. */
static void
test_directions_far (void)
{
  double values[2 * 400];
  for (int i = 0; i < 400; i++)
    {
      values[2 * i] = 1000.0 + i % 2;
      values[2 * i + 1] = 50.0;
    }
  g_autoptr (LloydPoints) points = test_points (values, 400, 2);
  g_assert_cmpfloat (points->origin[1], ==, 50.0);
  check_directions (points);

  values[2 * 7] = values[2 * 7 + 1] = 0.0;
  g_autoptr (LloydPoints) with_zero = test_points (values, 400, 2);
  g_assert_cmpfloat (with_zero->origin[0], !=, 0.0);
  check_directions (with_zero);
}

static void
test_directions_none (void)
{
  g_autoptr (GError) error = NULL;
  const double values[] = { 0, 0, 0, 0 };
  g_autoptr (LloydPoints) points = test_points (values, 2, 2);
  g_assert_null (lloyd_points_with_direction (points, NULL, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_cmpstr (error->message, ==, "test: every row is zero: none has a direction");
}

/* ---- the rest ------------------------------------------------------------------------------ */

static char *
sha_of (const double *values, size_t n, guint d)
{
  g_autoptr (LloydPoints) points = test_points (values, n, d);
  return lloyd_points_dup_sha256 (points);
}

/* The sum stands for shape, values and origins, and for nothing else. */
static void
test_sha256 (void)
{
  g_autoptr (GRand) rand = random_new ();
  double values[24], changed[24], shifted[24];
  for (int i = 0; i < 24; i++)
    {
      values[i] = changed[i] = g_rand_double_range (rand, -1.0, 1.0);
      shifted[i] = 5.0;
    }
  int at = g_rand_int_range (rand, 0, 24);
  changed[at] = (double) nextafterf ((float) values[at], 2.0f);

  g_autofree char *sha = sha_of (values, 6, 4);
  g_autofree char *again = sha_of (values, 6, 4);
  g_autofree char *other_value = sha_of (changed, 6, 4);
  g_autofree char *other_shape = sha_of (values, 4, 6);
  g_autofree char *fewer = sha_of (values, 5, 4);
  g_assert_cmpuint (strlen (sha), ==, 64);
  g_assert_cmpstr (sha, ==, again);
  g_assert_cmpstr (sha, !=, other_value);
  g_assert_cmpstr (sha, !=, other_shape);
  g_assert_cmpstr (sha, !=, fewer);

  /* Constant columns are stored as zeros: only the origin tells them apart. */
  g_autofree char *fives = sha_of (shifted, 6, 4);
  for (int i = 0; i < 6; i++)
    shifted[4 * i + 2] = 6.0;
  g_autofree char *a_six = sha_of (shifted, 6, 4);
  g_assert_cmpstr (fives, !=, a_six);

  /* Saved results name it, so that it must not change: n and d as 64-bit integers, 1 and 2 as
   * floats, two origins of 0, all little-endian. */
  const double pair[] = { 1.0, -2.0, -1.0, 2.0 };
  const guint64 shape[] = { GUINT64_TO_LE (2), GUINT64_TO_LE (2) };
  const float stored[] = { 1.0f, -2.0f, -1.0f, 2.0f };
  const double origins[] = { 0.0, 0.0 };
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (gconstpointer) shape, sizeof shape);
  g_checksum_update (sum, (gconstpointer) stored, sizeof stored);
  g_checksum_update (sum, (gconstpointer) origins, sizeof origins);
  g_autofree char *pair_sha = sha_of (pair, 2, 2);
  g_assert_cmpstr (pair_sha, ==, g_checksum_get_string (sum));
}

static void
test_from_floats (void)
{
  g_autoptr (GError) error = NULL;
  float values[] = { 1, 2, 3, -4, -5, -6 };
  g_autoptr (LloydPoints) points = lloyd_points_new_from_floats (values, 2, 3, &error);
  g_assert_no_error (error);
  g_assert_true (points->values != values);
  values[0] = 9;
  g_assert_cmpfloat ((double) points->values[0], ==, 1.0);
  g_assert_cmpuint (points->n, ==, 2);
  g_assert_cmpuint (points->d, ==, 3);
  g_assert_cmpstr (points->names[2], ==, "x3");
  g_assert_null (points->names[3]);

  values[4] = INFINITY;
  g_assert_null (lloyd_points_new_from_floats (values, 2, 3, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "row 2, column x2"));
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const double values[] = { 1, 2, 3, 4 };
  g_cancellable_cancel (cancellable);
  for (int scale = LLOYD_SCALE_NONE; scale <= LLOYD_SCALE_UNIT_ROWS; scale++)
    for (int missing = LLOYD_MISSING_REFUSE; missing <= LLOYD_MISSING_ZERO; missing++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (LloydTable) table = test_table_new (values, 2, 2);
        LloydSelection selection = { .scale = (LloydScale) scale,
                                     .missing = (LloydMissing) missing };
        g_assert_null (lloyd_points_new (table, &selection, cancellable, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      }
}

/* Rows that are the same count once, rows of weight 0 not at all, and nobody counts further than
 * asked. */
static void
test_different (void)
{
  const float values[] = { 1, 2, 1, 2, 3, 4, -0.0f, 0, 0, 0, 3, 4 };
  const float weights[] = { 1, 1, 0, 1, 1, 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = lloyd_points_new_from_floats (values, 6, 2, &error);
  g_autoptr (LloydPoints) weighted = lloyd_points_new_part (values, weights, 6, 2, 6, 4.0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lloyd_points_count_different (points, 9), ==, 3);
  g_assert_cmpuint (lloyd_points_count_different (points, 2), ==, 2);
  g_assert_cmpuint (lloyd_points_count_different (weighted, 9), ==, 2);
}

/* Many of them, as many as there are or were asked for. */
static void
test_many_different (void)
{
  guint n_places = (guint) g_test_rand_int_range (1, 3000), n_rows = 3 * n_places;
  g_autoptr (GError) error = NULL;
  g_autofree float *values = g_new (float, 3 * n_rows);
  for (guint i = 0; i < n_rows; i++)
    for (guint j = 0; j < 3; j++)
      values[3 * i + j] = (float) ((i % n_places) >> (4 * j) & 15);
  g_autoptr (LloydPoints) points = lloyd_points_new_from_floats (values, n_rows, 3, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lloyd_points_count_different (points, 65536), ==, n_places);
  g_assert_cmpuint (lloyd_points_count_different (points, n_places), ==, n_places);
  g_assert_cmpuint (lloyd_points_count_different (points, (n_places + 1) / 2), ==,
                    (n_places + 1) / 2);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/points/columns", test_columns);
  g_test_add_func ("/data/points/column-errors", test_column_errors);
  g_test_add_func ("/data/points/ids", test_ids);
  g_test_add_func ("/data/points/missing", test_missing);
  g_test_add_func ("/data/points/missing-corners", test_missing_corners);
  g_test_add_func ("/data/points/directions", test_directions);
  g_test_add_func ("/data/points/directions-far", test_directions_far);
  g_test_add_func ("/data/points/directions-none", test_directions_none);
  g_test_add_func ("/data/points/sha256", test_sha256);
  g_test_add_func ("/data/points/from-floats", test_from_floats);
  g_test_add_func ("/data/points/cancel", test_cancel);
  g_test_add_func ("/points/different", test_different);
  g_test_add_func ("/points/many-different", test_many_different);
  return g_test_run ();
}
