/* The report: every key with its type, figures that are the run's own, hashes made anew. */
#include "compute/files/report.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "compute/kmeans/restarts.h"
#include "compute/version.h"
#include "tests/support/clouds.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"

static JsonNode *
report (LloydRun *run, const char *input, LloydStop stop)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = lloyd_report_dup_json (run, input, stop, &error);
  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_str_has_suffix (text, "}\n"));
  JsonNode *root = json_from_string (text, &error);
  g_assert_no_error (error);
  return root;
}

/* The value at a path of members and elements: "steps/0/moved"; NULL where there is none. */
static JsonNode *
find (JsonNode *node, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  for (char **part = parts; *part != NULL && node != NULL; part++)
    {
      if (JSON_NODE_HOLDS_OBJECT (node))
        node = json_object_get_member (json_node_get_object (node), *part);
      else if (JSON_NODE_HOLDS_ARRAY (node))
        node = json_array_get_element (json_node_get_array (node),
                                       (guint) g_ascii_strtoull (*part, NULL, 10));
      else
        node = NULL;
    }
  return node;
}

static guint
length_at (JsonNode *root, const char *path)
{
  return json_array_get_length (json_node_get_array (find (root, path)));
}

/* s: string, i: whole number, d: number with a point, o: object, a: array, n: null. */
static char
type_of (JsonNode *node)
{
  if (node == NULL)
    return '?';
  if (JSON_NODE_HOLDS_OBJECT (node))
    return 'o';
  if (JSON_NODE_HOLDS_ARRAY (node))
    return 'a';
  if (JSON_NODE_HOLDS_NULL (node))
    return 'n';
  GType type = json_node_get_value_type (node);
  return type == G_TYPE_STRING   ? 's'
         : type == G_TYPE_INT64  ? 'i'
         : type == G_TYPE_DOUBLE ? 'd'
                                 : '!';
}

static LloydRun *
penguin_run (const char *metric, const char *max_steps)
{
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_STANDARDISE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 3;
  recipe->missing = LLOYD_MISSING_DROP;
  recipe->scale = LLOYD_SCALE_STANDARDISE;
  test_recipe_set (recipe, "metric", metric);
  test_recipe_set (recipe, "max-steps", max_steps);
  LloydRun *run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  return run;
}

static const struct
{
  const char *path;
  char type;
} keys[] = {
  { "lloyd", 's' },
  { "input", 'o' },
  { "input/path", 's' },
  { "input/rows", 'i' },
  { "input/dropped", 'i' },
  { "input/features", 'a' },
  { "input/features/0", 's' },
  { "input/origin", 'a' },
  { "input/origin/0", 'd' },
  { "input/sha256", 's' },
  { "recipe", 'o' },
  { "recipe/k", 'i' },
  { "recipe/metric", 's' },
  { "recipe/algorithm", 's' },
  { "recipe/init", 's' },
  { "recipe/seed", 'i' },
  { "recipe/command", 's' },
  { "device", 'o' },
  { "device/backend", 's' },
  { "device/name", 's' },
  { "device/detail", 's' },
  { "device/mode", 's' },
  { "prepare_ms", 'd' },
  { "seeding_ms", 'd' },
  { "steps", 'a' },
  { "steps/0", 'o' },
  { "steps/0/step", 'i' },
  { "steps/0/objective", 'd' },
  { "steps/0/objective_after_update", 'd' },
  { "steps/0/moved", 'i' },
  { "steps/0/empty", 'i' },
  { "steps/0/assign_ms", 'd' },
  { "steps/0/update_ms", 'd' },
  { "steps/0/wall_ms", 'd' },
  { "stopped", 's' },
  { "objective", 'd' },
  { "sizes", 'a' },
  { "sizes/0", 'i' },
  { "weights", 'a' },
  { "weights/0", 'i' },
  { "centroids", 'a' },
  { "centroids/0", 'a' },
  { "centroids/0/0", 'd' },
  { "restarts", 'a' },
  { "restarts/0", 'd' },
  { "labels_sha256", 's' },
  { "centroids_sha256", 's' },
  { "peak_bytes", 'i' },
  { "remarks", 'a' },
};

static void
test_keys (void)
{
  g_autoptr (LloydRun) run = penguin_run ("euclidean", "300");
  g_autoptr (JsonNode) root = report (run, "p.csv", LLOYD_STOP_NONE);
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    if (type_of (find (root, keys[i].path)) != keys[i].type)
      g_error ("%s is of type %c, not %c", keys[i].path, type_of (find (root, keys[i].path)),
               keys[i].type);
}

static void
assert_string (JsonNode *root, const char *path, const char *expected)
{
  g_assert_cmpstr (json_node_get_string (find (root, path)), ==, expected);
}

static void
assert_int (JsonNode *root, const char *path, gint64 expected)
{
  g_assert_cmpint (json_node_get_int (find (root, path)), ==, expected);
}

static void
assert_double (JsonNode *root, const char *path, double expected)
{
  g_assert_cmpfloat (json_node_get_double (find (root, path)), ==, expected);
}

static void
test_input_and_recipe (void)
{
  g_autoptr (LloydRun) run = penguin_run ("euclidean", "300");
  const LloydPoints *points = lloyd_run_get_points (run);
  g_autoptr (JsonNode) root = report (run, "my data/p.csv", LLOYD_STOP_NONE);

  assert_string (root, "lloyd", LLOYD_VERSION);
  assert_string (root, "input/path", "my data/p.csv");
  assert_int (root, "input/rows", 344);
  assert_int (root, "input/dropped", 2);
  g_assert_cmpuint (length_at (root, "input/features"), ==, 4);
  assert_string (root, "input/features/3", "body_mass_g");
  g_assert_cmpuint (length_at (root, "input/origin"), ==, 4);
  assert_double (root, "input/origin/1", points->origin[1]);
  assert_int (root, "recipe/k", 3);
  assert_string (root, "recipe/metric", "euclidean");
  assert_string (root, "recipe/algorithm", "lloyd");
  assert_string (root, "recipe/init", "k-means++");
  assert_string (root, "recipe/scale", "standardise");
  assert_string (root, "recipe/missing", "drop");
  assert_string (root, "recipe/command",
                 "lloyd-cli run 'my data/p.csv' --scale standardise --missing drop --k 3");
  assert_string (root, "device/backend", "cpu");
  assert_string (root, "device/mode", "exact");
  assert_string (root, "device/detail", lloyd_run_get_engine (run)->device_detail);
}

static void
test_steps_and_outcome (void)
{
  g_autoptr (LloydRun) run = penguin_run ("euclidean", "300");
  g_autoptr (JsonNode) root = report (run, "p.csv", LLOYD_STOP_NONE);
  guint n;
  const LloydStep *steps = lloyd_run_get_steps (run, &n);

  g_assert_cmpuint (length_at (root, "steps"), ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("steps/%u", i);
      JsonNode *step = find (root, path);
      assert_int (step, "step", i + 1);
      assert_double (step, "objective", steps[i].objective);
      if (i + 1 < n)
        assert_double (step, "objective_after_update", steps[i].objective_after_update);
      else
        g_assert_cmpint (type_of (find (step, "objective_after_update")), ==, 'n');
      assert_int (step, "moved", (gint64) steps[i].moved);
      assert_int (step, "empty", steps[i].n_empty);
      assert_double (step, "assign_ms", (double) steps[i].assign_ns / 1e6);
      assert_double (step, "update_ms", (double) steps[i].update_ns / 1e6);
      assert_double (step, "wall_ms", (double) steps[i].wall_ns / 1e6);
    }
  assert_string (root, "stopped", "converged");
  assert_double (root, "objective", steps[n - 1].objective);
  g_assert_cmpuint (length_at (root, "restarts"), ==, 1);
  assert_double (root, "restarts/0", steps[n - 1].objective);
  g_assert_cmpuint (length_at (root, "sizes"), ==, 3);
  g_assert_cmpuint (length_at (root, "weights"), ==, 3);
  gint64 total = 0;
  for (guint j = 0; j < 3; j++)
    {
      g_autofree char *size = g_strdup_printf ("sizes/%u", j);
      g_autofree char *weight = g_strdup_printf ("weights/%u", j);
      assert_int (root, size, lloyd_run_get_sizes (run)[j]);
      assert_int (root, weight, lloyd_run_get_sizes (run)[j]);
      total += lloyd_run_get_sizes (run)[j];
    }
  g_assert_cmpint (total, ==, 342);
  g_assert_cmpint (json_node_get_int (find (root, "peak_bytes")), >, 1000000);
  g_assert_cmpuint (length_at (root, "remarks"), ==, 0);
}

/* Weights are numbers with a point, sizes rows that count, and the recipe names the column. */
static void
test_real_weights (void)
{
  const double values[] = { 0, 1, 10, 11, 30 }, weights[] = { 0.1, 0.1, 3, 1, 0 };
  g_autoptr (LloydPoints) points = test_points_weighted (values, weights, 5, 1);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  test_recipe_set (recipe, "init", "rows:1,3");
  test_recipe_set (recipe, "weights", "weight");
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autoptr (JsonNode) root = report (run, "p.csv", LLOYD_STOP_NONE);
  g_autofree char *sha256 = lloyd_points_dup_sha256 (points);

  assert_int (root, "sizes/0", 2);
  assert_int (root, "sizes/1", 2);
  assert_double (root, "weights/0", 2.0 * (double) 0.1f);
  assert_double (root, "weights/1", 4.0);
  assert_double (root, "centroids/0/0", 0.5);
  assert_double (root, "centroids/1/0", 10.25);
  assert_string (root, "recipe/weights", "weight");
  assert_string (root, "recipe/command",
                 "lloyd-cli run p.csv --weights weight --k 2 --init rows:1,3");
  assert_string (root, "input/sha256", sha256);
}

/* Standardised inside, millimetres and grams outside: the means of each cluster's rows. */
static void
test_centroids (void)
{
  g_autoptr (LloydRun) run = penguin_run ("euclidean", "300");
  g_autoptr (LloydPoints) raw = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (JsonNode) root = report (run, "p.csv", LLOYD_STOP_NONE);
  gint32 labels[344];
  double sums[3][4] = { { 0 } };

  g_assert_true (lloyd_run_read_labels (run, labels, NULL));
  for (size_t i = 0; i < raw->n; i++)
    for (guint j = 0; j < 4; j++)
      sums[labels[lloyd_points_input_row (raw, i)]][j] +=
          (double) raw->values[i * 4 + j] + raw->origin[j];
  g_assert_cmpuint (length_at (root, "centroids"), ==, 3);
  for (guint cluster = 0; cluster < 3; cluster++)
    for (guint j = 0; j < 4; j++)
      {
        g_autofree char *path = g_strdup_printf ("centroids/%u/%u", cluster, j);
        double mean = sums[cluster][j] / (double) lloyd_run_get_sizes (run)[cluster];
        g_assert_cmpfloat_with_epsilon (json_node_get_double (find (root, path)), mean,
                                        1e-5 * mean);
      }
}

static void
assert_sum (JsonNode *root, const char *path, GChecksum *sum)
{
  assert_string (root, path, g_checksum_get_string (sum));
}

static void
test_hashes (void)
{
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    {
      g_autoptr (LloydRun) run = penguin_run (lloyd_metric_names[metric], "300");
      const LloydPoints *points = lloyd_run_get_points (run);
      g_autoptr (JsonNode) root = report (run, "p.csv", LLOYD_STOP_NONE);
      g_autoptr (GChecksum) labels_sum = g_checksum_new (G_CHECKSUM_SHA256);
      g_autoptr (GChecksum) centroids_sum = g_checksum_new (G_CHECKSUM_SHA256);
      g_autoptr (GChecksum) input_sum = g_checksum_new (G_CHECKSUM_SHA256);
      gint32 labels[344];
      guint n_missing = 0;

      g_assert_true (lloyd_run_read_labels (run, labels, NULL));
      for (size_t i = 0; i < 344; i++)
        {
          const guint8 bytes[4] = { (guint8) labels[i], (guint8) (labels[i] >> 8),
                                    (guint8) (labels[i] >> 16), (guint8) (labels[i] >> 24) };
          n_missing += labels[i] == -1;
          g_checksum_update (labels_sum, bytes, 4);
        }
      g_assert_cmpuint (n_missing, ==, 2);
      g_checksum_update (centroids_sum, (const guchar *) lloyd_run_get_centroids (run),
                         3 * 4 * sizeof (float));
      const guint64 shape[2] = { GUINT64_TO_LE (342), GUINT64_TO_LE (4) };
      g_checksum_update (input_sum, (const guchar *) shape, sizeof shape);
      g_checksum_update (input_sum, (const guchar *) points->values, 342 * 4 * sizeof (float));
      g_checksum_update (input_sum, (const guchar *) points->origin, 4 * sizeof (double));
      assert_sum (root, "labels_sha256", labels_sum);
      assert_sum (root, "centroids_sha256", centroids_sum);
      assert_sum (root, "input/sha256", input_sum);
    }
}

static void
test_stopped (void)
{
  g_autoptr (LloydRun) run = penguin_run ("euclidean", "2");
  g_autoptr (JsonNode) own = report (run, "p.csv", LLOYD_STOP_NONE);
  g_autoptr (JsonNode) told = report (run, "p.csv", LLOYD_STOP_CANCELLED);
  assert_string (own, "stopped", "max-steps");
  assert_string (told, "stopped", "cancelled");
}

/* Before the first step there is no objective, and JSON has no NaN. */
static void
test_unstarted (void)
{
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_autoptr (JsonNode) root = report (run, "p.csv", LLOYD_STOP_NONE);
  g_assert_cmpint (type_of (find (root, "objective")), ==, 'n');
  g_assert_cmpint (type_of (find (root, "stopped")), ==, 'n');
  g_assert_cmpuint (length_at (root, "steps"), ==, 0);
  g_assert_cmpuint (length_at (root, "restarts"), ==, 0);
}

static void
test_remarks (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_write (folder, "t.csv", "a\n1\n1\n2\n", -1);
  g_autoptr (LloydTable) table = test_load (path);
  LloydSelection selection = { 0 };
  g_autoptr (LloydPoints) points = lloyd_points_new (table, &selection, NULL, NULL);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 3;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autoptr (JsonNode) root = report (run, path, LLOYD_STOP_NONE);
  guint n = g_strv_length ((char **) lloyd_run_get_remarks (run));
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (length_at (root, "remarks"), ==, n);
  assert_string (root, "remarks/0", lloyd_run_get_remarks (run)[0]);
}

/* Whatever the names are and however large the seed, the document is JSON and says no wrong number.
 */
static void
test_strange (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_write (folder, "t.csv",
                                             "\"a\nb\",\"c\"\"d\\\",gr\xF6\xDF"
                                             "e,\x01\n1,2,3,4\n5,6,7,8\n",
                                             -1);
  g_autoptr (LloydTable) table = test_load (path);
  LloydSelection selection = { 0 };
  g_autoptr (LloydPoints) points = lloyd_points_new (table, &selection, NULL, NULL);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 2;
  test_recipe_set (recipe, "seed", "18446744073709551615");
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);

  g_autoptr (JsonNode) root = report (run, "caf\xE9 \"1\"\n.csv", LLOYD_STOP_NONE);
  assert_string (root, "input/path", "caf\xEF\xBF\xBD \"1\"\n.csv");
  assert_string (root, "input/features/0", "a\nb");
  assert_string (root, "input/features/1", "c\"d\\");
  assert_string (root, "input/features/3", "\x01");
  assert_string (root, "recipe/seed", "18446744073709551615");
}

/* What mini-batch, restarts and pins add; the trace is that of the best. */
static void
test_algorithm (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_STANDARDISE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  guint n;
  recipe->k = 3;
  test_recipe_set (recipe, "algorithm", "minibatch");
  test_recipe_set (recipe, "batch-size", "100");
  test_recipe_set (recipe, "batch-rule", "published");
  test_recipe_set (recipe, "restarts", "4");
  test_recipe_set (recipe, "pin", "2,0");
  test_recipe_set (recipe, "max-steps", "6");
  g_autoptr (LloydRun) run = lloyd_restarts_run (
      points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (JsonNode) root = report (run, "p.csv", LLOYD_STOP_NONE);
  const double *objectives = lloyd_run_get_restarts (run, &n);

  g_assert_cmpstr (json_node_get_string (find (root, "recipe/algorithm")), ==, "minibatch");
  g_assert_cmpint (json_node_get_int (find (root, "recipe/batch_size")), ==, 100);
  g_assert_cmpstr (json_node_get_string (find (root, "recipe/batch_rule")), ==, "published");
  g_assert_cmpint (json_node_get_int (find (root, "recipe/restarts")), ==, 4);
  g_assert_cmpint (json_node_get_int (find (root, "recipe/seed")), ==, 0);
  g_assert_cmpint (json_node_get_int (find (root, "recipe/pin/0")), ==, 0);
  g_assert_cmpint (json_node_get_int (find (root, "recipe/pin/1")), ==, 2);
  g_assert_cmpuint (length_at (root, "recipe/pin"), ==, 2);
  g_assert_cmpuint (length_at (root, "restarts"), ==, 4);
  g_assert_cmpuint (n, ==, 4);
  double best = objectives[0];
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *path = g_strdup_printf ("restarts/%u", i);
      g_assert_cmpfloat (json_node_get_double (find (root, path)), ==, objectives[i]);
      best = MIN (best, objectives[i]);
    }
  g_assert_cmpuint (length_at (root, "steps"), ==, 6);
  g_assert_cmpint (json_node_get_int (find (root, "steps/0/moved")), ==, 100);
  g_assert_cmpint (json_node_get_int (find (root, "steps/5/moved")), ==, 342);
  g_assert_cmpfloat (json_node_get_double (find (root, "steps/5/objective")), ==, best);
  g_assert_cmpfloat (json_node_get_double (find (root, "objective")), ==, best);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/report/keys", test_keys);
  g_test_add_func ("/files/report/input-and-recipe", test_input_and_recipe);
  g_test_add_func ("/files/report/steps-and-outcome", test_steps_and_outcome);
  g_test_add_func ("/files/report/weights", test_real_weights);
  g_test_add_func ("/files/report/centroids", test_centroids);
  g_test_add_func ("/files/report/hashes", test_hashes);
  g_test_add_func ("/files/report/algorithm", test_algorithm);
  g_test_add_func ("/files/report/stopped", test_stopped);
  g_test_add_func ("/files/report/unstarted", test_unstarted);
  g_test_add_func ("/files/report/remarks", test_remarks);
  g_test_add_func ("/files/report/strange", test_strange);
  return g_test_run ();
}
