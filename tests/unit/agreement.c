/* Clusters against a column: the cross table and the adjusted Rand index against scikit-learn's
 * figures and brute force; which columns are classes. */
#include "compute/data/agreement.h"

#include <math.h>
#include <string.h>

#include "compute/data/classes.h"
#include "compute/error.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/tables.h"

/* ---- known answers ------------------------------------------------------------------------- */

static LloydTable *
load_data (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", name, NULL);
  return test_load (path);
}

/* The cross table of a run from these rows with a column. */
static LloydCrossTable *
cross (const char *name,
       const char *const *columns,
       LloydScale scale,
       const char *init,
       const char *column,
       LloydClasses **classes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = load_data (name);
  LloydSelection selection = { .columns = columns, .scale = scale, .missing = LLOYD_MISSING_DROP };
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  test_recipe_set (recipe, "k", "3");
  test_recipe_set (recipe, "init", init);
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_autofree gint32 *labels = g_new (gint32, points->n_input);

  test_run_to_end (run);
  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  *classes = lloyd_classes_new (table, column, NULL, &error);
  g_assert_no_error (error);
  LloydCrossTable *self = lloyd_cross_table_new (3, (*classes)->n);
  for (size_t i = 0; i < points->n_input; i++)
    lloyd_cross_table_add (self, labels[i], (*classes)->classes[i]);
  return self;
}

/* sklearn.metrics.adjusted_rand_score (scikit-learn 1.x) of KMeans from the same rows with tol=0.
 */
static void
test_iris (void)
{
  static const gint64 expected[] = { 50, 0, 0, 0, 47, 14, 0, 3, 36 };
  g_autoptr (LloydClasses) classes = NULL;
  g_autoptr (LloydCrossTable) table =
      cross ("iris.csv", NULL, LLOYD_SCALE_NONE, "rows:1,52,102", "species", &classes);

  g_assert_cmpuint (classes->n, ==, 3);
  g_assert_cmpstr (classes->names[0], ==, "setosa");
  g_assert_cmpstr (classes->names[2], ==, "virginica");
  g_assert_cmpmem (table->counts, sizeof expected, expected, sizeof expected);
  g_assert_cmpint (table->n, ==, 150);
  g_assert_cmpfloat_with_epsilon (lloyd_adjusted_rand (table), 0.7163421126838476, 1e-15);
  g_assert_cmpint (lloyd_cross_table_majority (table, 2), ==, 2);
}

static void
test_penguins (void)
{
  static const char *const columns[] = { "bill_length_mm", "bill_depth_mm", "flipper_length_mm",
                                         "body_mass_g", NULL };
  static const struct
  {
    const char *column;
    gint64 counts[9];
    double index;
  } cases[] = {
    { "species", { 144, 5, 0, 0, 0, 123, 7, 63, 0 }, 0.9076181508927866 },
    { "island", { 42, 60, 47, 123, 0, 0, 2, 64, 4 }, 0.3701288916783172 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LloydClasses) classes = NULL;
      g_autoptr (LloydCrossTable) table = cross ("penguins.csv", columns, LLOYD_SCALE_STANDARDISE,
                                                 "rows:1,162,303", cases[i].column, &classes);
      g_assert_cmpmem (table->counts, sizeof cases[i].counts, cases[i].counts,
                       sizeof cases[i].counts);
      g_assert_cmpint (table->n, ==, 342);
      g_assert_cmpint (table->n_left_out, ==, 2);
      g_assert_cmpfloat_with_epsilon (lloyd_adjusted_rand (table), cases[i].index, 1e-14);
    }
}

/* ---- properties ---------------------------------------------------------------------------- */

static double
index_of (const guint8 *a, const guint8 *b, guint n, guint k)
{
  g_autoptr (LloydCrossTable) table = lloyd_cross_table_new (k, k);
  for (guint i = 0; i < n; i++)
    lloyd_cross_table_add (table, a[i], b[i]);
  return lloyd_adjusted_rand (table);
}

/* By pairs of rows, as Hubert and Arabie define it. */
static double
brute_index (const guint8 *a, const guint8 *b, guint n)
{
  double both = 0.0, in_a = 0.0, in_b = 0.0, all = n * (n - 1) / 2.0;
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      {
        both += a[i] == a[j] && b[i] == b[j];
        in_a += a[i] == a[j];
        in_b += b[i] == b[j];
      }
  double expected = in_a * in_b / all;
  return (both - expected) / ((in_a + in_b) / 2.0 - expected);
}

static void
test_brute_force (void)
{
  for (int round = 0; round < 30; round++)
    {
      guint8 a[120], b[120], renamed[120];
      guint n = (guint) g_test_rand_int_range (20, 120), k = (guint) g_test_rand_int_range (2, 9);
      for (guint i = 0; i < n; i++)
        {
          a[i] = (guint8) g_test_rand_int_range (0, (gint32) k);
          b[i] = g_test_rand_bit () ? a[i] : (guint8) g_test_rand_int_range (0, (gint32) k);
          renamed[i] = (guint8) ((a[i] + 1) % k);
        }
      g_assert_cmpfloat_with_epsilon (index_of (a, b, n, k), brute_index (a, b, n), 1e-12);
      g_assert_cmpfloat_with_epsilon (index_of (a, b, n, k), index_of (b, a, n, k), 1e-15);
      g_assert_cmpfloat (index_of (a, renamed, n, k), ==, 1.0);
    }
}

static void
test_corners (void)
{
  static const guint8 together[] = { 0, 0, 0, 0 }, alone[] = { 0, 1, 2, 3 };
  g_autoptr (LloydCrossTable) empty = lloyd_cross_table_new (2, 2);

  g_assert_true (isnan (lloyd_adjusted_rand (empty)));
  g_assert_cmpint (lloyd_cross_table_majority (empty, 1), ==, -1);
  g_assert_cmpfloat (index_of (together, together, 4, 4), ==, 1.0);
  g_assert_cmpfloat (index_of (alone, alone, 4, 4), ==, 1.0);
  g_assert_cmpfloat (index_of (together, alone, 4, 4), ==, 0.0);
  lloyd_cross_table_add (empty, -1, 0);
  lloyd_cross_table_add (empty, 0, LLOYD_NO_CLASS);
  lloyd_cross_table_add (empty, 2, 0);
  g_assert_cmpint (empty->n, ==, 0);
  g_assert_cmpint (empty->n_left_out, ==, 3);
}

/* Ten million rows do not round the index away. */
static void
test_large_counts (void)
{
  g_autoptr (LloydCrossTable) table = lloyd_cross_table_new (2, 2);
  table->counts[0] = table->counts[3] = 5000000;
  table->n = 10000000;
  g_assert_cmpfloat (lloyd_adjusted_rand (table), ==, 1.0);
  table->counts[0] = table->counts[1] = table->counts[2] = table->counts[3] = 2500000;
  g_assert_cmpfloat_with_epsilon (lloyd_adjusted_rand (table), -1e-7, 1e-9);
}

/* Matching moves columns and nothing else, and finds groups that are the same under other numbers,
 * whatever else there is. */
static void
test_match (void)
{
  for (int round = 0; round < 30; round++)
    {
      guint k = (guint) g_test_rand_int_range (1, 9);
      guint n_classes = k + (guint) g_test_rand_int_range (0, 3), order[12];
      g_autoptr (LloydCrossTable) table = lloyd_cross_table_new (k, n_classes);
      guint turn = (guint) g_test_rand_int_range (0, (gint32) n_classes);
      for (guint i = 0; i < k; i++)
        for (guint j = 0; j < n_classes; j++)
          table->counts[i * n_classes + j] =
              (j + turn) % n_classes == i ? (gint64) 100 + i : g_test_rand_int_range (0, 100);
      g_autofree gint64 *before =
          g_memdup2 (table->counts, sizeof (gint64) * (gsize) k * n_classes);
      lloyd_cross_table_match (table, order);
      for (guint i = 0; i < k; i++)
        {
          g_assert_cmpint (table->counts[i * n_classes + i], ==, 100 + i);
          for (guint j = 0; j < n_classes; j++)
            g_assert_cmpint (table->counts[i * n_classes + j], ==,
                             before[i * n_classes + order[j]]);
        }
    }
}

/* A cluster that shares rows with no class leaves no gap that another's class would fill twice. */
static void
test_match_of_few (void)
{
  static const gint64 counts[] = { 0, 0, 0, 5, 0, 0, 7, 9, 0 };
  guint order[3];
  g_autoptr (LloydCrossTable) table = lloyd_cross_table_new (3, 3);
  memcpy (table->counts, counts, sizeof counts);
  lloyd_cross_table_match (table, order);
  g_assert_cmpuint (order[0], ==, 0);
  g_assert_cmpuint (order[1], ==, 1);
  g_assert_cmpuint (order[2], ==, 2);
}

/* ---- classes ------------------------------------------------------------------------------- */

static void
test_kinds_of_columns (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_table_new ("t.csv", 6);
  static const double whole[] = { 3.0, -1.0, NAN, 3.0, 20.0, -1.0 };
  static const double halves[] = { 0.5, 0.5, 1.0, 1.0, 2.0, 2.0 };
  static const char *const texts[] = { "b", "", "ab", "a", "b", "a" };
  static const guint8 of_whole[] = { 1, 0, LLOYD_NO_CLASS, 1, 2, 0 };
  static const guint8 of_texts[] = { 2, LLOYD_NO_CLASS, 1, 0, 2, 0 };

  test_table_add_doubles (table, "whole", whole);
  test_table_add_doubles (table, "halves", halves);
  test_table_add_texts (table, "texts", texts);
  g_autoptr (LloydClasses) numbers = lloyd_classes_new (table, "whole", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (numbers->n, ==, 3);
  g_assert_cmpstr (numbers->names[0], ==, "-1");
  g_assert_cmpstr (numbers->names[2], ==, "20");
  g_assert_cmpmem (numbers->classes, 6, of_whole, 6);
  g_autoptr (LloydClasses) words = lloyd_classes_new (table, "texts", NULL, &error);
  g_assert_cmpuint (words->n, ==, 3);
  g_assert_cmpstr (words->names[1], ==, "ab");
  g_assert_null (words->names[3]);
  g_assert_cmpmem (words->classes, 6, of_texts, 6);

  g_assert_null (lloyd_classes_new (table, "halves", NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_clear_error (&error);
  g_assert_null (lloyd_classes_new (table, "nothing", NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_auto (GStrv) names = lloyd_classes_list_columns (table);
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "whole");
  g_assert_cmpstr (names[1], ==, "texts");
}

/* Fifty values are classes, one more is not. */
static void
test_most_classes (void)
{
  for (guint n_values = LLOYD_MAX_CLASSES; n_values <= LLOYD_MAX_CLASSES + 1; n_values++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydTable) table = lloyd_table_new ("t.csv", 200);
      double values[200];
      for (guint i = 0; i < 200; i++)
        values[i] = i % n_values;
      test_table_add_doubles (table, "v", values);
      g_autoptr (LloydClasses) classes = lloyd_classes_new (table, "v", NULL, &error);
      g_assert_true ((classes != NULL) == (n_values == LLOYD_MAX_CLASSES));
      g_assert_true ((error != NULL) == (n_values > LLOYD_MAX_CLASSES));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agreement/iris", test_iris);
  g_test_add_func ("/agreement/penguins", test_penguins);
  g_test_add_func ("/agreement/brute-force", test_brute_force);
  g_test_add_func ("/agreement/corners", test_corners);
  g_test_add_func ("/agreement/large-counts", test_large_counts);
  g_test_add_func ("/agreement/match", test_match);
  g_test_add_func ("/agreement/match-of-few", test_match_of_few);
  g_test_add_func ("/agreement/kinds-of-columns", test_kinds_of_columns);
  g_test_add_func ("/agreement/most-classes", test_most_classes);
  return g_test_run ();
}
