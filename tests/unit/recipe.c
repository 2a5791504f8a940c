/* The recipe: every key from text and back, and the command line that repeats it. */
#include <locale.h>
#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/recipe.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static void
set (LloydRecipe *recipe, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  lloyd_recipe_set (recipe, key, value, &error);
  g_assert_no_error (error);
}

static void
assert_equal (const LloydRecipe *a, const LloydRecipe *b)
{
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *value_a = lloyd_recipe_dup_value (a, *key);
      g_autofree char *value_b = lloyd_recipe_dup_value (b, *key);
      g_assert_cmpstr (value_a, ==, value_b);
    }
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* Every key, values that it takes back word for word, and values that it refuses. */
static const struct
{
  const char *key;
  const char *usual;
  const char *good[10];
  const char *bad[10];
} cases[] = {
  { "columns", NULL, { "a", "a,b,c", "with space", "\"quoted\"", "é,ü" }, { NULL } },
  { "id-column", NULL, { "id", "my id", "it's" }, { NULL } },
  { "weights", NULL, { "w", "my weights", "it's" }, { NULL } },
  { "sample",
    "0",
    { "0", "1", "9223372036854775807" },
    { "", "-1", "1.5", "9223372036854775808" } },
  { "scale",
    "none",
    { "none", "standardise", "minmax", "unit-rows" },
    { "", "None", "std", "min" } },
  { "missing", "refuse", { "refuse", "drop", "zero" }, { "", "keep", "drop " } },
  { "k",
    "8",
    { "1", "2", "1000000" },
    { "", "0", "-1", "+1", "1.5", "2x", " 3", "1000001", "1e3" } },
  { "metric",
    "euclidean",
    { "euclidean", "cosine", "cosine-raw" },
    { "", "cosine_raw", "manhattan" } },
  { "algorithm", "lloyd", { "lloyd", "minibatch" }, { "", "mini-batch", "Lloyd" } },
  { "batch-size", "1024", { "1", "1024", "2147483647" }, { "", "0", "-1", "1e3", "2147483648" } },
  { "batch-rule", "count", { "count", "published" }, { "", "counts" } },
  { "restarts", "1", { "1", "10", "1000000" }, { "", "0", "-1", "1000001", "2.5" } },
  { "pin", NULL, { "0", "0,3", "7,12,999999" }, { "0,", ",0", "a", "-1", "1 ,2", "1000000" } },
  { "init",
    "k-means++",
    { "k-means++", "k-means++-plain", "random", "first", "rows:1", "rows:3,1,2,3",
      "file:/tmp/a b.csv", "k-means-parallel", "farthest", "file:rows:1" },
    { "", "rows", "rows:", "rows:0", "rows:1,,2", "rows:1,x", "rows:-1", "rows:1,",
      "file:", "file" } },
  { "seed",
    "0",
    { "0", "1", "18446744073709551615" },
    { "", "-1", "18446744073709551616", "x", "0x10" } },
  { "max-steps", "300", { "1", "300", "2147483647" }, { "", "0", "2147483648", "-5", "1.0" } },
  { "tolerance",
    "0",
    { "0", "0.5", "1e-10", "100" },
    { "", "-1", "-1e-9", "nan", "inf", "1e999", "0,5", "1 " } },
  { "layer", NULL, { "cities", "public.cities" }, { NULL } },
  { "query", NULL, { "SELECT 1", "SELECT a FROM \"b\" WHERE c = 'd'" }, { NULL } },
  { "geometry", NULL, { "geometry", "lon,lat", "x,y,z" }, { NULL } },
  { "project", "none", { "none", "local", "sphere" }, { "", "utm", "Local" } },
  { "space-weight", "0", { "0", "2.5", "0.001" }, { "", "-1", "nan", "inf", "2," } },
  { "empty", "farthest", { "farthest", "keep", "split", "random" }, { "", "nearest", "far" } },
  { "mode", "exact", { "exact", "fast" }, { "", "Fast", "both" } },
  { "backend", "auto", { "auto", "cpu", "cuda", "reference" }, { "", "gpu", "CPU" } },
  { "device", "0", { "0", "1", "1024" }, { "", "-1", "1025", "a" } },
  { "threads", "0", { "0", "1", "4096" }, { "", "-1", "4097", "all" } },
  { "simd", "auto", { "auto", "plain", "wgmma" }, { "", "sse", "AVX2" } },
};

static void
test_keys (void)
{
  const char *const *keys = lloyd_recipe_keys ();
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *usual = lloyd_recipe_dup_value (recipe, cases[i].key);
      g_assert_cmpstr (usual, ==, cases[i].usual);
      g_assert_true (g_strv_contains (keys, cases[i].key));
    }
  g_assert_cmpuint (g_strv_length ((char **) keys), ==, G_N_ELEMENTS (cases));
}

/* What is set is read back, and nothing else changes. */
static void
test_good_values (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    for (size_t v = 0; v < G_N_ELEMENTS (cases[i].good) && cases[i].good[v] != NULL; v++)
      {
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        g_autoptr (LloydRecipe) other = lloyd_recipe_new ();
        set (recipe, cases[i].key, cases[i].good[v]);
        g_autofree char *value = lloyd_recipe_dup_value (recipe, cases[i].key);
        g_assert_cmpstr (value, ==, cases[i].good[v]);
        if (cases[i].usual != NULL)
          set (recipe, cases[i].key, cases[i].usual);
        else
          set (recipe, cases[i].key, "");
        assert_equal (recipe, other);
      }
}

/* What is refused is named, and changes nothing. */
static void
test_bad_values (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    for (size_t v = 0; v < G_N_ELEMENTS (cases[i].bad) && cases[i].bad[v] != NULL; v++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        for (size_t k = 0; k < G_N_ELEMENTS (cases); k++)
          set (recipe, cases[k].key, cases[k].good[1]);
        g_autoptr (LloydRecipe) before = lloyd_recipe_copy (recipe);
        g_autofree char *prefix = g_strconcat (cases[i].key, ": ", NULL);

        g_test_message ("%s %s", cases[i].key, cases[i].bad[v]);
        g_assert_false (lloyd_recipe_set (recipe, cases[i].key, cases[i].bad[v], &error));
        g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
        g_assert_true (g_str_has_prefix (error->message, prefix));
        assert_equal (recipe, before);
      }

  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_assert_false (lloyd_recipe_set (recipe, "clusters", "3", &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_assert_cmpstr (error->message, ==, "there is no setting clusters");
}

/* Text becomes what the engine reads, counted from 0 where people count from 1. */
static void
test_meaning (void)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  set (recipe, "columns", "b,a");
  set (recipe, "id-column", "id");
  set (recipe, "scale", "minmax");
  set (recipe, "missing", "drop");
  set (recipe, "metric", "cosine-raw");
  set (recipe, "init", "rows:3,1");
  set (recipe, "tolerance", "2.5e-3");
  set (recipe, "empty", "split");
  g_assert_cmpint (recipe->metric, ==, LLOYD_METRIC_COSINE_RAW);
  g_assert_cmpint (recipe->init, ==, LLOYD_INIT_ROWS);
  g_assert_cmpuint (recipe->init_rows->len, ==, 2);
  g_assert_cmpuint (g_array_index (recipe->init_rows, size_t, 0), ==, 2);
  g_assert_cmpuint (g_array_index (recipe->init_rows, size_t, 1), ==, 0);
  g_assert_cmpfloat (recipe->tolerance, ==, 0.0025);
  g_assert_cmpint (recipe->empty, ==, LLOYD_EMPTY_SPLIT);

  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  static const char *const columns[] = { "b", "a", NULL };
  g_assert_true (g_strv_equal (selection.columns, columns));
  g_assert_cmpstr (selection.id_column, ==, "id");
  g_assert_cmpint (selection.scale, ==, LLOYD_SCALE_MINMAX);
  g_assert_cmpint (selection.missing, ==, LLOYD_MISSING_DROP);

  /* Another file: the centroids of the one before are not its own. */
  recipe->init_centroids = g_new0 (double, 4);
  recipe->n_init_values = 4;
  set (recipe, "init", "file:c.csv");
  g_assert_cmpint (recipe->init, ==, LLOYD_INIT_FILE);
  g_assert_cmpstr (recipe->init_path, ==, "c.csv");
  g_assert_null (recipe->init_centroids);
  g_assert_cmpuint (recipe->n_init_values, ==, 0);
}

static void
test_name_index (void)
{
  for (int i = 0; lloyd_metric_names[i] != NULL; i++)
    g_assert_cmpint (lloyd_name_index (lloyd_metric_names, lloyd_metric_names[i]), ==, i);
  g_assert_cmpint (lloyd_name_index (lloyd_metric_names, "cos"), ==, -1);
  g_assert_cmpint (lloyd_name_index (lloyd_metric_names, ""), ==, -1);
}

/* ---- copies -------------------------------------------------------------------------------- */

/* Deep: what happens to the one is not seen in the other, and each is freed by itself. */
static void
test_copy (void)
{
  LloydRecipe *recipe = lloyd_recipe_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    set (recipe, cases[i].key, cases[i].good[1]);
  set (recipe, "init", "rows:4,5,6");
  recipe->init_path = g_strdup ("c.csv");
  recipe->n_init_values = 3;
  recipe->init_centroids = g_new (double, 3);
  for (int i = 0; i < 3; i++)
    recipe->init_centroids[i] = i;

  g_autoptr (LloydRecipe) copy = lloyd_recipe_copy (recipe);
  g_autoptr (LloydRecipe) second = lloyd_recipe_copy (copy);
  assert_equal (copy, recipe);
  g_assert_true (copy->columns != recipe->columns && copy->columns[0] != recipe->columns[0]);
  g_assert_true (copy->init_rows != recipe->init_rows);
  g_assert_true (copy->init_centroids != recipe->init_centroids);
  recipe->columns[0][0] = 'X';
  recipe->backend[0] = 'X';
  recipe->id_column[0] = 'X';
  recipe->init_path[0] = 'X';
  recipe->init_centroids[1] = -1.0;
  g_array_index (recipe->init_rows, size_t, 0) = 99;
  recipe->k = 77;
  lloyd_recipe_free (recipe);

  assert_equal (copy, second);
  g_assert_cmpstr (copy->init_path, ==, "c.csv");
  g_assert_cmpfloat (copy->init_centroids[1], ==, 1.0);
  g_assert_cmpuint (copy->n_init_values, ==, 3);
  g_autofree char *init = lloyd_recipe_dup_value (copy, "init");
  g_assert_cmpstr (init, ==, "rows:4,5,6");
  g_autoptr (LloydRecipe) plain = lloyd_recipe_new ();
  g_autoptr (LloydRecipe) plain_copy = lloyd_recipe_copy (plain);
  assert_equal (plain, plain_copy);
}

/* ---- the command line ---------------------------------------------------------------------- */

static const char *const hostile[] = { "iris.csv", "my data.csv", "it's.csv", "\"quoted\".csv",
                                       "a;rm b",   "$HOME",       "`ls`",     "a\\b",
                                       "a\nb",     "*?[x]",       "~me",      "#1",
                                       "é ü.csv",  "<in",         "a&b|c",    "!x",
                                       "{a,b}",    "\t",          "-k.csv",   "--seed",
                                       "-" };

/* The last of what a command says of its input, as the run that it starts will read it. */
static void
check_command (const LloydRecipe *recipe, const char *input)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;
  g_autofree char *command = lloyd_recipe_dup_command (recipe, input);
  g_autoptr (LloydRecipe) back = lloyd_recipe_new ();

  g_test_message ("%s", command);
  g_assert_true (g_shell_parse_argv (command, NULL, &argv, &error));
  g_assert_cmpuint (g_strv_length (argv), >=, 3);
  g_assert_cmpstr (argv[0], ==, "lloyd-cli");
  g_assert_cmpstr (argv[1], ==, "run");
  /* A name that looks like an option is a path all the same. */
  g_assert_cmpint (argv[2][0], !=, '-');
  g_assert_cmpstr (input[0] == '-' ? argv[2] + strlen ("./") : argv[2], ==, input);
  for (char **arg = argv + 3; *arg != NULL; arg += 2)
    {
      g_assert_true (g_str_has_prefix (arg[0], "--"));
      g_assert_nonnull (arg[1]);
      set (back, arg[0] + 2, arg[1]);
    }
  assert_equal (back, recipe);
}

static void
test_command (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydRecipe) plain = lloyd_recipe_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (hostile); i++)
    check_command (plain, hostile[i]);
  g_autofree char *short_one = lloyd_recipe_dup_command (plain, "iris.csv");
  g_assert_cmpstr (short_one, ==, "lloyd-cli run iris.csv");

  for (int round = 0; round < 500; round++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          guint n_good = 0;
          while (n_good < G_N_ELEMENTS (cases[i].good) && cases[i].good[n_good] != NULL)
            n_good++;
          if (g_rand_boolean (rand))
            set (recipe, cases[i].key, cases[i].good[g_rand_int_range (rand, 0, (gint32) n_good)]);
        }
      const char *name = hostile[g_rand_int_range (rand, 0, G_N_ELEMENTS (hostile))];
      g_autofree char *init = g_strconcat ("file:", name, NULL);
      if (round % 3 == 0)
        set (recipe, "init", init);
      if (round % 4 == 0)
        set (recipe, "id-column", name);
      if (round % 5 == 0)
        recipe->tolerance = g_rand_double (rand) * 1e-5;
      if (round % 7 == 0)
        recipe->seed = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
      check_command (recipe, hostile[g_rand_int_range (rand, 0, G_N_ELEMENTS (hostile))]);
    }
}

/* Only what differs from the default is said, and only what must be is quoted. */
static void
test_command_words (void)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  set (recipe, "k", "3");
  set (recipe, "init", "rows:1,51,101");
  set (recipe, "columns", "sepal length,petal_width");
  g_autofree char *command = lloyd_recipe_dup_command (recipe, "data/iris.csv");
  g_assert_cmpstr (command, ==,
                   "lloyd-cli run data/iris.csv --columns 'sepal length,petal_width' --k 3 "
                   "--init rows:1,51,101");
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/keys", test_keys);
  g_test_add_func ("/recipe/good-values", test_good_values);
  g_test_add_func ("/recipe/bad-values", test_bad_values);
  g_test_add_func ("/recipe/meaning", test_meaning);
  g_test_add_func ("/recipe/name-index", test_name_index);
  g_test_add_func ("/recipe/copy", test_copy);
  g_test_add_func ("/recipe/command", test_command);
  g_test_add_func ("/recipe/command-words", test_command_words);
  return g_test_run ();
}
