/* K-means against figures from outside. */
#include <math.h>

#include "compute/data/generate.h"
#include "tests/support/clouds.h"
#include "tests/support/reference.h"
#include "tests/support/runs.h"

static void
set_rows (LloydRecipe *recipe, JsonArray *rows)
{
  g_autoptr (GString) text = g_string_new ("rows:");
  for (guint i = 0; i < json_array_get_length (rows); i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "",
                            json_array_get_int_element (rows, i) + 1);
  test_recipe_set (recipe, "init", text->str);
}

static void
assert_near (double value, double expected, double tolerance)
{
  g_assert_cmpfloat_with_epsilon (value, expected, tolerance * fabs (expected));
}

static void
check_trajectory (JsonObject *trajectory, const char *backend)
{
  g_autoptr (LloydPoints) points =
      test_reference_points (json_object_get_string_member (trajectory, "data"),
                             json_object_get_array_member (trajectory, "columns"));
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  JsonArray *objective = json_object_get_array_member (trajectory, "objective");
  JsonArray *moved = json_object_get_array_member (trajectory, "moved");
  JsonArray *sizes = json_object_get_array_member (trajectory, "sizes");
  guint n;

  recipe->k = (guint) json_object_get_int_member (trajectory, "k");
  test_recipe_set (recipe, "metric", json_object_get_string_member (trajectory, "metric"));
  set_rows (recipe, json_object_get_array_member (trajectory, "init_rows"));
  g_autoptr (LloydRun) run = test_run_open (points, recipe, backend);
  test_run_to_end (run);

  const LloydStep *steps = lloyd_run_get_steps (run, &n);
  g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_CONVERGED);
  g_assert_cmpuint (n, ==, json_array_get_length (objective));
  for (guint i = 0; i < n; i++)
    {
      assert_near (steps[i].objective, json_array_get_double_element (objective, i), 1e-5);
      g_assert_cmpuint (steps[i].moved, ==, (guint64) json_array_get_int_element (moved, i));
    }
  for (guint j = 0; j < recipe->k; j++)
    g_assert_cmpint (lloyd_run_get_sizes (run)[j], ==, json_array_get_int_element (sizes, j));
}

static void
test_trajectories (void)
{
  g_autoptr (JsonNode) root = test_reference_load ();
  JsonArray *all = json_object_get_array_member (json_node_get_object (root), "trajectories");
  for (guint i = 0; i < json_array_get_length (all); i++)
    for (guint b = 0; test_backend_names[b] != NULL; b++)
      check_trajectory (json_array_get_object_element (all, i), test_backend_names[b]);
}

/* Iris in whole millimetres: exact ties, which the lowest index wins. */
static void
test_ties (void)
{
  g_autoptr (JsonNode) root = test_reference_load ();
  JsonObject *ties = json_object_get_object_member (json_node_get_object (root), "ties");
  JsonObject *first = json_array_get_object_element (
      json_object_get_array_member (json_node_get_object (root), "trajectories"), 0);
  g_autoptr (LloydPoints) iris =
      test_reference_points ("iris.csv", json_object_get_array_member (first, "columns"));
  g_autofree double *millimetres = g_new (double, iris->n * iris->d);

  for (size_t i = 0; i < iris->n * iris->d; i++)
    millimetres[i] = round (10.0 * (double) iris->values[i]);
  g_autoptr (LloydPoints) points = test_points (millimetres, iris->n, iris->d);

  static const struct
  {
    const char *key, *init;
  } starts[] = { { "0,50,100", "rows:1,51,101" }, { "0,1,2", "rows:1,2,3" } };
  for (size_t s = 0; s < G_N_ELEMENTS (starts); s++)
    for (guint b = 0; test_backend_names[b] != NULL; b++)
      {
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        JsonArray *moved = json_object_get_array_member (ties, starts[s].key);
        guint n;
        recipe->k = 3;
        test_recipe_set (recipe, "init", starts[s].init);
        g_autoptr (LloydRun) run = test_run_open (points, recipe, test_backend_names[b]);
        test_run_to_end (run);
        const LloydStep *steps = lloyd_run_get_steps (run, &n);
        g_assert_cmpuint (n, ==, json_array_get_length (moved));
        for (guint i = 0; i < n; i++)
          g_assert_cmpuint (steps[i].moved, ==, (guint64) json_array_get_int_element (moved, i));
      }
}

/* The best of many starts reaches the proven optimum. */
static double
best_of (LloydPoints *points, LloydRecipe *recipe, guint n_starts)
{
  double best = INFINITY;
  for (guint seed = 0; seed < n_starts; seed++)
    {
      recipe->seed = seed;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      best = MIN (best, test_run_objective (run));
    }
  return best;
}

static void
test_optimal (void)
{
  g_autoptr (JsonNode) root = test_reference_load ();
  JsonObject *figures = json_node_get_object (root);
  JsonObject *iris_sse = json_object_get_object_member (
      json_object_get_object_member (figures, "optimal_sse"), "iris.csv");
  JsonObject *first =
      json_array_get_object_element (json_object_get_array_member (figures, "trajectories"), 0);
  g_autoptr (LloydPoints) iris =
      test_reference_points ("iris.csv", json_object_get_array_member (first, "columns"));

  for (guint k = 2; k <= 6; k++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      g_autofree char *key = g_strdup_printf ("%u", k);
      double optimum = json_object_get_double_member (iris_sse, key);
      recipe->k = k;
      double best = best_of (iris, recipe, 60);
      /* Lloyd's method may rest a hair above the optimum, never below it. */
      g_assert_cmpfloat (best, >=, optimum * (1.0 - 1e-6));
      g_assert_cmpfloat (best, <=, optimum * 1.001);
    }
}

static void
test_penguins (void)
{
  g_autoptr (JsonNode) root = test_reference_load ();
  JsonObject *figures = json_object_get_object_member (json_node_get_object (root), "penguins_sse");
  g_autoptr (LloydPoints) raw = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (LloydPoints) standardised = test_penguins_load (LLOYD_SCALE_STANDARDISE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();

  recipe->k = 3;
  assert_near (best_of (raw, recipe, 40), json_object_get_double_member (figures, "raw_k3"), 1e-5);
  assert_near (best_of (standardised, recipe, 40),
               json_object_get_double_member (figures, "standardised_n_minus_1_k3"), 1e-5);
}

static LloydPoints *
generate (LloydCloud cloud, size_t rows, guint dims)
{
  g_autoptr (GError) error = NULL;
  LloydCloudSpec spec = lloyd_cloud_spec (cloud);
  LloydSelection selection = { 0 };
  spec.rows = rows;
  spec.dims = dims;
  g_autoptr (LloydTable) table = lloyd_generate (&spec, NULL, &error);
  g_assert_no_error (error);
  LloydPoints *points = lloyd_points_new (table, &selection, NULL, &error);
  g_assert_no_error (error);
  return points;
}

/* K-means on a line of normal numbers is Lloyd and Max's quantiser. */
static void
test_quantiser (void)
{
  g_autoptr (JsonNode) root = test_reference_load ();
  JsonObject *figures =
      json_object_get_object_member (json_node_get_object (root), "lloyd_max_normal");
  g_autoptr (LloydPoints) points = generate (LLOYD_CLOUD_GAUSSIAN, 200000, 1);

  for (guint k = 2; k <= 8; k++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      g_autofree char *key = g_strdup_printf ("%u", k);
      recipe->k = k;
      recipe->max_steps = 2000;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      assert_near (test_run_objective (run) / (double) points->n,
                   json_object_get_double_member (figures, key), 0.02);
    }
}

/* On the plane, many clusters tend to hexagons. */
static void
test_hexagons (void)
{
  g_autoptr (JsonNode) root = test_reference_load ();
  double limit = json_object_get_double_member (
      json_object_get_object_member (json_node_get_object (root), "uniform_plane"), "limit");
  g_autoptr (LloydPoints) points = generate (LLOYD_CLOUD_UNIFORM, 200000, 2);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();

  recipe->k = 256;
  recipe->max_steps = 120;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  double constant = test_run_objective (run) / (double) points->n * recipe->k;
  g_assert_cmpfloat (constant, >, limit);
  g_assert_cmpfloat (constant, <, limit * 1.12);
}

/* Spherical k-means on the circle ends in arcs that are equal but for chance. */
static void
test_circle (void)
{
  g_autoptr (JsonNode) root = test_reference_load ();
  JsonObject *figures =
      json_object_get_object_member (json_node_get_object (root), "uniform_circle_cosine");
  g_autoptr (LloydPoints) points = generate (LLOYD_CLOUD_CIRCLE, 50000, 2);

  for (guint k = 2; k <= 4; k++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      g_autofree char *key = g_strdup_printf ("%u", k);
      recipe->k = k;
      recipe->metric = LLOYD_METRIC_COSINE;
      recipe->max_steps = 1000;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      test_run_to_end (run);
      double mean = 1.0 - test_run_objective (run) / (double) points->n;
      assert_near (mean, json_object_get_double_member (figures, key), 0.01);
    }
}

static void
test_far_origin (void)
{
  g_autofree double *values = g_new (double, 2 * 4000);
  g_autofree gint32 *labels = g_new (gint32, 4000);
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();

  /* The first hundred points are the grid itself. */
  for (guint i = 0; i < 4000; i++)
    {
      double reach = i < 100 ? 0.0 : 0.21;
      values[2 * i] = 500000.0 + i % 10 + g_rand_double_range (rand, -1.0, 1.0) * reach;
      values[2 * i + 1] = 4500000.0 + i / 10 % 10 + g_rand_double_range (rand, -1.0, 1.0) * reach;
    }
  g_autoptr (LloydPoints) points = test_points (values, 4000, 2);
  recipe->k = 100;
  recipe->init = LLOYD_INIT_FIRST;
  for (guint b = 0; test_backend_names[b] != NULL; b++)
    {
      g_autoptr (LloydRun) run = test_run_open (points, recipe, test_backend_names[b]);
      g_assert_true (lloyd_run_half_step (run, NULL, &error));
      g_assert_true (lloyd_run_read_labels (run, labels, &error));
      for (gint32 i = 0; i < 4000; i++)
        g_assert_cmpint (labels[i], ==, i % 100);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kmeans/trajectories", test_trajectories);
  g_test_add_func ("/kmeans/ties", test_ties);
  g_test_add_func ("/kmeans/optimal", test_optimal);
  g_test_add_func ("/kmeans/penguins", test_penguins);
  g_test_add_func ("/kmeans/quantiser", test_quantiser);
  g_test_add_func ("/kmeans/hexagons", test_hexagons);
  g_test_add_func ("/kmeans/circle", test_circle);
  g_test_add_func ("/kmeans/far-origin", test_far_origin);
  return g_test_run ();
}
