/* Weights of rows as points have them: which column, which rows, what is refused and in what words.
 */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "tests/support/tables.h"

#define N 5

/* "t.csv": columns a, w, b, name. */
static LloydTable *
table_new (const double *weights)
{
  const double a[N] = { 1, 2, 3, 4, 5 }, b[N] = { 5, 4, NAN, 2, 1 };
  const char *const names[N] = { "p", "q", "r", "s", "t" };
  LloydTable *table = lloyd_table_new ("t.csv", N);
  test_table_add_doubles (table, "a", a);
  test_table_add_doubles (table, "w", weights);
  test_table_add_doubles (table, "b", b);
  test_table_add_texts (table, "name", names);
  return table;
}

static void
test_column (void)
{
  const double weights[N] = { 0.5, -0.0, 7, 0.1, 1e-60 };
  static const char *const only_a[] = { "a", NULL };
  g_autoptr (LloydTable) table = table_new (weights);
  LloydSelection selection = { .weights = "w", .missing = LLOYD_MISSING_DROP };
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);

  /* The column is no feature; row 3 is dropped, and its weight with it. */
  g_assert_cmpuint (points->d, ==, 2);
  g_assert_cmpstr (points->names[0], ==, "a");
  g_assert_cmpstr (points->names[1], ==, "b");
  const float expected[] = { 0.5f, 0.0f, 0.1f, 0.0f };
  g_assert_cmpmem (points->weights, sizeof expected, expected, sizeof expected);
  g_assert_cmpuint (lloyd_points_n_counted (points), ==, 2);
  g_assert_cmpfloat (lloyd_points_total_weight (points), ==, 0.5 + (double) 0.1f);

  /* What is missing in a column that is no feature is of no account. */
  selection.columns = only_a;
  g_autoptr (LloydPoints) narrow = test_table_points (table, &selection);
  g_assert_cmpuint (narrow->n, ==, N);
  g_assert_cmpfloat (narrow->weights[2], ==, 7.0);

  selection.weights = NULL;
  selection.columns = NULL;
  g_autoptr (LloydPoints) plain = test_table_points (table, &selection);
  g_assert_cmpuint (plain->d, ==, 3);
  g_assert_null (plain->weights);
  g_assert_cmpfloat (lloyd_points_weight (plain, 1), ==, 1.0);
  g_assert_cmpuint (lloyd_points_n_counted (plain), ==, 4);
  g_assert_cmpfloat (lloyd_points_total_weight (plain), ==, 4.0);
}

/* A block of float32 that the points use as it is has weights beside it. */
static void
test_block (void)
{
  const float values[] = { 1, 2, 3, 4, 5, 6 };
  const double weights[] = { 3, 2, 1 };
  g_autoptr (LloydTable) table = test_table_new_block (values, 3, 2);
  LloydSelection selection = { .weights = "w" };
  test_table_add_doubles (table, "w", weights);
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  g_assert_cmpuint (points->d, ==, 2);
  g_assert_cmpmem (points->values, sizeof values, values, sizeof values);
  g_assert_cmpfloat (points->total_weight, ==, 6.0);

  selection.weights = "x1";
  g_autoptr (LloydPoints) other = test_table_points (table, &selection);
  g_assert_cmpuint (other->d, ==, 2);
  g_assert_cmpstr (other->names[0], ==, "x2");
  g_assert_cmpstr (other->names[1], ==, "w");
  g_assert_cmpfloat (other->total_weight, ==, 9.0);
}

static void
assert_refused (const double *weights, const LloydSelection *selection, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = table_new (weights);
  g_assert_null (lloyd_points_new (table, selection, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_refused (void)
{
  static const char *const both[] = { "a", "w", NULL };
  const double good[N] = { 1, 1, 1, 1, 1 }, zero[N] = { 0, 0, 9, 0, 0 };
  const double negative[N] = { 1, 1, 1, -1e-60, 1 }, missing[N] = { 1, NAN, 1, 1, 1 };
  const double infinite[N] = { 1, 1, 1, 1, INFINITY }, large[N] = { 4e38, 1, 1, 1, 1 };
  LloydSelection selection = { .weights = "w", .missing = LLOYD_MISSING_DROP };

  assert_refused (negative, &selection, "t.csv: row 4, column w: the weight is negative");
  assert_refused (missing, &selection, "t.csv: row 2, column w: the weight is missing");
  assert_refused (infinite, &selection,
                  "t.csv: row 5, column w: the weight is not finite as a 32-bit number");
  assert_refused (large, &selection,
                  "t.csv: row 1, column w: the weight is not finite as a 32-bit number");
  /* The one row that weighs anything was dropped. */
  assert_refused (zero, &selection, "t.csv: every row has weight 0");
  selection.missing = LLOYD_MISSING_ZERO;
  assert_refused (missing, &selection, "t.csv: row 2, column w: the weight is missing");
  selection.columns = both;
  assert_refused (good, &selection, "t.csv: column w holds the weights and cannot be a feature");
  selection.columns = NULL;
  selection.weights = "v";
  assert_refused (good, &selection, "t.csv: there is no column v");
  selection.weights = "name";
  assert_refused (good, &selection, "t.csv: weights must be numbers, and text is in column name");
}

/* Rows without direction leave and take their weights with them. */
static void
test_directions (void)
{
  const double values[] = { 0, 0, 1, 1, 0, 0, 2, 0 }, weights[] = { 5, 0.25, 3, 0.5 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = test_table_new (values, 4, 2);
  LloydSelection selection = { .weights = "w" };
  test_table_add_doubles (table, "w", weights);
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  g_autoptr (LloydPoints) usable = lloyd_points_with_direction (points, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (usable->n, ==, 2);
  g_assert_cmpfloat (usable->weights[0], ==, 0.25);
  g_assert_cmpfloat (usable->weights[1], ==, 0.5);
  g_assert_cmpfloat (usable->total_weight, ==, 0.75);
  g_assert_cmpuint (usable->n_counted, ==, 2);
  g_assert_cmpuint (usable->input_rows[1], ==, 3);

  const double none[] = { 5, 0, 3, 0 };
  g_autoptr (LloydTable) other_table = test_table_new (values, 4, 2);
  test_table_add_doubles (other_table, "w", none);
  g_autoptr (LloydPoints) other = test_table_points (other_table, &selection);
  g_assert_null (lloyd_points_with_direction (other, NULL, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_cmpstr (error->message, ==, "t.csv: every row with a direction has weight 0");
}

static char *
hash (const double *weights, const char *column)
{
  static const char *const features[] = { "a", NULL };
  g_autoptr (LloydTable) table = table_new (weights);
  LloydSelection selection = { .columns = features, .weights = column };
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  return lloyd_points_dup_sha256 (points);
}

static void
test_sha256 (void)
{
  const double ones[N] = { 1, 1, 1, 1, 1 }, others[N] = { 1, 1, 1, 1, 2 };
  g_autofree char *plain = hash (ones, NULL);
  g_autofree char *also_plain = hash (others, NULL);
  g_autofree char *with_ones = hash (ones, "w");
  g_autofree char *with_others = hash (others, "w");
  g_assert_cmpstr (plain, ==, also_plain);
  g_assert_cmpstr (plain, !=, with_ones);
  g_assert_cmpstr (with_ones, !=, with_others);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/weights/column", test_column);
  g_test_add_func ("/data/weights/block", test_block);
  g_test_add_func ("/data/weights/refused", test_refused);
  g_test_add_func ("/data/weights/directions", test_directions);
  g_test_add_func ("/data/weights/sha256", test_sha256);
  return g_test_run ();
}
