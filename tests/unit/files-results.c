/* What a run leaves behind, cell by cell, and centroid files as a start. */
#include "compute/files/results.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/tables.h"

/* Two groups; rows 3 and 6 miss a value. */
static const char groups[] = "name,width,\"height, cm\",colour\n"
                             "a,0,0,red\n"
                             "\"b \"\"c\"\"\",0,2,red\n"
                             "d,NA,1,red\n"
                             "\"e,f\",10,20,blue\n"
                             "007,12,20,blue\n"
                             "g,1,,red\n"
                             "h,11,23,blue\n";

static LloydPoints *
load_groups (const TestFolder *folder, const char *id_column)
{
  g_autofree char *path = test_folder_write (folder, "groups.csv", groups, -1);
  LloydSelection selection = { .id_column = id_column, .missing = LLOYD_MISSING_DROP };
  LloydLoadOptions options = { .id_column = id_column };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, NULL, &error);
  g_assert_no_error (error);
  return test_table_points (table, &selection);
}

/* A run over the groups to its end; it starts from rows 1 and 4. */
static LloydRun *
run_groups (const TestFolder *folder, const char *id_column)
{
  g_autoptr (LloydPoints) points = load_groups (folder, id_column);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  test_recipe_set (recipe, "init", "rows:1,4");
  LloydRun *run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  return run;
}

typedef gboolean (*Saver) (const char *path, LloydRun *run, GError **error);

/* Saves under that name; the folder is the test's own. Gives the path. */
static char *
save (Saver saver, const TestFolder *folder, const char *name, LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  char *path = test_folder_dup_path (folder, name);
  saver (path, run, &error);
  g_assert_no_error (error);
  return path;
}

/* ---- labels -------------------------------------------------------------------------------- */

static void
test_labels (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydRun) run = run_groups (folder, "name");
  g_autofree char *csv = save (lloyd_results_save_labels, folder, "l.csv", run);
  g_autofree char *tsv = save (lloyd_results_save_labels, folder, "l.TSV", run);
  test_assert_file (
      csv, "id,cluster_id\na,0\n\"b \"\"c\"\"\",0\nd,-1\n\"e,f\",1\n007,1\ng,-1\nh,1\n", -1);
  test_assert_file (
      tsv, "id\tcluster_id\na\t0\n\"b \"\"c\"\"\"\t0\nd\t-1\n\"e,f\"\t1\n007\t1\ng\t-1\nh\t1\n",
      -1);
}

static void
test_labels_by_number (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydRun) run = run_groups (folder, NULL);
  g_autofree char *csv = save (lloyd_results_save_labels, folder, "l.csv", run);
  g_autofree char *npy = save (lloyd_results_save_labels, folder, "l.npy", run);
  test_assert_file (csv, "id,cluster_id\n1,0\n2,0\n3,-1\n4,1\n5,1\n6,-1\n7,1\n", -1);
  g_autoptr (LloydTable) table = test_load (npy);
  g_autofree char *dump = test_table_dump (table);
  g_assert_cmpstr (dump, ==, "x1#\n0\n0\n-1\n1\n1\n-1\n1\n");
}

static void
test_bad_suffix (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydRun) run = run_groups (folder, NULL);
  static const char *const names[] = { "labels", "labels.xlsx", "labels.csv.gz" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = test_folder_dup_path (folder, names[i]);
      g_assert_false (lloyd_results_save_labels (path, run, &error));
      test_assert_line (error, LLOYD_ERROR_WRITE, path);
    }
  g_assert_cmpuint (test_folder_count (folder), ==, 1);
}

/* ---- centroids and trace ------------------------------------------------------------------- */

static void
test_centroids (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydRun) run = run_groups (folder, "name");
  g_autofree char *csv = save (lloyd_results_save_centroids, folder, "c.csv", run);
  g_autofree char *tsv = save (lloyd_results_save_centroids, folder, "c.tsv", run);
  test_assert_file (csv, "cluster,size,weight,width,\"height, cm\"\n0,2,2,0,1\n1,3,3,11,21\n", -1);
  test_assert_file (
      tsv, "cluster\tsize\tweight\twidth\t\"height, cm\"\n0\t2\t2\t0\t1\n1\t3\t3\t11\t21\n", -1);
}

/* A weight is the sum of the rows' own, with the digits that it needs. */
static void
test_weighted_centroids (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path =
      test_folder_write (folder, "w.csv", "x,w\n0,0.1\n1,0.1\n10,3\n11,1\n30,0\n", -1);
  LloydSelection selection = { .weights = "w" };
  LloydLoadOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, NULL, &error);
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  test_recipe_set (recipe, "init", "rows:1,3");
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autofree char *csv = save (lloyd_results_save_centroids, folder, "c.csv", run);
  test_assert_file (csv, "cluster,size,weight,x\n0,2,0.20000000298023224,0.5\n1,2,4,10.25\n", -1);
}

static void
test_trace (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydRun) run = run_groups (folder, NULL);
  g_autofree char *path = save (lloyd_results_save_trace, folder, "t.csv", run);
  g_autofree char *text = NULL;
  guint n;
  const LloydStep *steps = lloyd_run_get_steps (run, &n);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (
      text, "step,objective,objective_after_update,moved,empty,assign_ms,update_ms,wall_ms\n1,"));
  g_autoptr (LloydTable) table = test_load (path);
  g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, n);
  g_assert_cmpuint (n, ==, 2);
  for (guint i = 0; i < n; i++)
    {
      const double expected[] = { steps[i].step,
                                  steps[i].objective,
                                  steps[i].objective_after_update,
                                  (double) steps[i].moved,
                                  steps[i].n_empty,
                                  (double) steps[i].assign_ns / 1e6,
                                  (double) steps[i].update_ns / 1e6,
                                  (double) steps[i].wall_ns / 1e6 };
      for (guint j = 0; j < G_N_ELEMENTS (expected); j++)
        {
          double v = lloyd_column_number (lloyd_table_get_column (table, j), i);
          g_assert_true (v == expected[j] || (isnan (v) && isnan (expected[j])));
        }
    }
  /* Worked out by hand: (0 + 4) + (0 + 4 + 10), then 1 + 1 + 2 + 2 + 4 on both sides. */
  g_assert_cmpfloat (steps[0].objective, ==, 18.0);
  g_assert_cmpfloat (steps[1].objective, ==, 10.0);
  g_assert_true (isnan (steps[1].objective_after_update));
}

/* Each of them, where it cannot be written: exit code 3 in the end. */
static void
test_unwritable (void)
{
  static const Saver savers[] = { lloyd_results_save_labels, lloyd_results_save_centroids,
                                  lloyd_results_save_trace };
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydRun) run = run_groups (folder, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (savers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = test_folder_dup_path (folder, "missing/t.csv");
      g_assert_false (savers[i](path, run, &error));
      test_assert_line (error, LLOYD_ERROR_WRITE, path);
    }
}

/* ---- centroids as a start ------------------------------------------------------------------ */

/* Loads a start of k centroids for points with features width and "height, cm". */
static LloydRecipe *
load_start (
    const LloydPoints *points, const TestFolder *folder, const char *text, guint k, GError **error)
{
  g_autofree char *path = test_folder_write (folder, "start.csv", text, -1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = k;
  recipe->init = LLOYD_INIT_FILE;
  recipe->init_path = g_strdup (path);
  return lloyd_results_load_start (recipe, points, error) ? g_steal_pointer (&recipe) : NULL;
}

static void
test_start (void)
{
  static const char *const texts[] = {
    /* By name: in any order, among others, as they are saved. */
    "width,\"height, cm\"\n1,2\n3,4\n",
    "\"height, cm\",width\n2,1\n4,3\n",
    "colour,\"height, cm\",x,width\nred,2,9,1\nblue,4,9,3\n",
    "cluster,size,weight,width,\"height, cm\"\n0,7,7,1,2\n1,8,8,3,4\n",
    /* By position: other names, no names, text beside them. */
    "a,b\n1,2\n3,4\n",
    "1,2\n3,4\n",
    "a;n;b\n1;red;2\n3;blue;4\n",
  };
  static const double expected[] = { 1, 2, 3, 4 };
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydPoints) points = load_groups (folder, "name");
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRecipe) recipe = load_start (points, folder, texts[i], 2, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (recipe->init_centroids, recipe->n_init_values * sizeof (double), expected,
                       sizeof expected);
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      for (size_t j = 0; j < 4; j++)
        g_assert_cmpfloat ((double) lloyd_run_get_centroids (run)[j], ==, expected[j]);
    }
}

static void
test_start_refused (void)
{
  static const struct
  {
    const char *text;
    guint k;
    const char *message;
  } cases[] = {
    { "width,\"height, cm\"\n1,2\n3,4\n", 3,
      "3 centroids of 2 features are needed, but it has 2 rows and 2" },
    { "width,\"height, cm\"\n1,2\n3,4\n5,6\n", 2,
      "2 centroids of 2 features are needed, but it has 3 rows" },
    { "a,b,c\n1,2,3\n3,4,5\n", 2,
      "2 centroids of 2 features are needed, but it has 2 rows and 3 columns" },
    { "a\n1\n3\n", 2, "2 centroids of 2 features are needed, but it has 2 rows and 1 columns" },
    { "width,\"height, cm\"\n1,x\n3,y\n", 2, "2 centroids of 2 features are needed" },
  };
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydPoints) points = load_groups (folder, "name");
  g_autofree char *path = test_folder_dup_path (folder, "start.csv");
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *message = g_strdup_printf ("%s: %s", path, cases[i].message);
      g_assert_null (load_start (points, folder, cases[i].text, cases[i].k, &error));
      test_assert_line (error, LLOYD_ERROR_DATA, message);
    }

  g_autoptr (GError) error = NULL;
  g_assert_null (load_start (points, folder, "a,b\n1,2\n3\n", 2, &error));
  test_assert_line (error, LLOYD_ERROR_FILE, path);
}

/* A hole in a centroid is an error of the run, never a NaN in it. */
static void
test_start_with_hole (void)
{
  static const char *const texts[] = { "width,\"height, cm\"\n1,\n3,4\n",
                                       "width,\"height, cm\"\n1,inf\n3,4\n",
                                       "width,\"height, cm\"\n1,1e39\n3,4\n" };
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydPoints) points = load_groups (folder, "name");
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRecipe) recipe = load_start (points, folder, texts[i], 2, &error);
      g_assert_no_error (error);
      g_assert_null (lloyd_run_new (points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL),
                                    NULL, NULL, &error));
      test_assert_line (error, LLOYD_ERROR_DATA, recipe->init_path);
    }
}

/* Saved centroids start a run that has nothing left to do, whatever the features are called. Four
 * groups that no rounding mixes, far from the origin where that means anything. */
static void
check_there_and_back (const char *names, LloydScale scale, LloydMetric metric)
{
  static const double groups_at[4][3] = { { 9, 1, 1 }, { 1, 9, 1 }, { 1, 1, 9 }, { 5, 5, 5 } };
  g_autoptr (GError) error = NULL;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GString) text = g_string_new (names);
  double far = LLOYD_METRIC_IS_ANGULAR (metric) ? 0.0 : 1e5;
  for (int i = 0; i < 300; i++)
    for (int j = 0; j < 3; j++)
      g_string_append_printf (text, "%c%.17g", j == 0 ? '\n' : ',',
                              groups_at[i % 4][j] + j * far + g_test_rand_double_range (-0.3, 0.3));
  g_autofree char *path = test_folder_write (folder, "data.csv", text->str, -1);
  g_autoptr (LloydTable) table = test_load (path);
  LloydSelection selection = { .scale = scale };
  g_autoptr (LloydPoints) points = test_table_points (table, &selection);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 4;
  recipe->metric = metric;
  recipe->init = LLOYD_INIT_FIRST;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autofree char *centroids = save (lloyd_results_save_centroids, folder, "c.csv", run);

  recipe->init = LLOYD_INIT_FILE;
  recipe->init_path = g_strdup (centroids);
  lloyd_results_load_start (recipe, points, &error);
  g_assert_no_error (error);
  g_autoptr (LloydRun) again = test_run_open (points, recipe, "cpu");
  test_run_to_end (again);
  guint n_steps;
  gint32 before[300], after[300];
  lloyd_run_get_steps (again, &n_steps);
  g_assert_cmpuint (n_steps, ==, 2);
  g_assert_true (lloyd_run_read_labels (run, before, NULL));
  g_assert_true (lloyd_run_read_labels (again, after, NULL));
  g_assert_cmpmem (before, sizeof before, after, sizeof after);
  g_assert_cmpmem (lloyd_run_get_centroids (run), sizeof (float) * 12,
                   lloyd_run_get_centroids (again), sizeof (float) * 12);
}

static void
test_there_and_back (void)
{
  static const char *const names[] = { "a,b,c", "size,weight,cluster", "weight,x,size",
                                       "cluster,size,weight", "\" a \",\"b|c\",\"d\"\"e\"" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (int scale = 0; lloyd_scale_names[scale] != NULL; scale++)
      for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
        check_there_and_back (names[i], (LloydScale) scale, (LloydMetric) metric);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/results/labels", test_labels);
  g_test_add_func ("/files/results/labels-by-number", test_labels_by_number);
  g_test_add_func ("/files/results/bad-suffix", test_bad_suffix);
  g_test_add_func ("/files/results/centroids", test_centroids);
  g_test_add_func ("/files/results/centroids/weighted", test_weighted_centroids);
  g_test_add_func ("/files/results/trace", test_trace);
  g_test_add_func ("/files/results/unwritable", test_unwritable);
  g_test_add_func ("/files/results/start", test_start);
  g_test_add_func ("/files/results/start-refused", test_start_refused);
  g_test_add_func ("/files/results/start-with-hole", test_start_with_hole);
  g_test_add_func ("/files/results/there-and-back", test_there_and_back);
  return g_test_run ();
}
