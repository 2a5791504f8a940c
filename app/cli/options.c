/* Options that fill a recipe, and the points that it asks for. */
#include <string.h>

#include "app/cli/cli.h"
#include "compute/data/order.h"
#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/results.h"
#include "compute/files/sample.h"

/* What each key of the recipe is called in the help; in the order of the help. */
static const char *const key_help[][3] = {
  { "k", "N", "clusters (8)" },
  { "metric", "METRIC", "euclidean, cosine, cosine-raw" },
  { "algorithm", "NAME", "lloyd, minibatch" },
  { "batch-size", "N", "rows of a batch (1024)" },
  { "batch-rule", "RULE", "count, published" },
  { "init", "HOW",
    "k-means++, k-means++-plain, k-means-parallel, random, first, farthest, rows:1,51,101, "
    "file:PATH" },
  { "seed", "N", "seed of everything random (0)" },
  { "restarts", "N", "runs with seed, seed + 1, ..., the best kept (1)" },
  { "pin", "0,3", "clusters whose centroids stay where they start (none)" },
  { "max-steps", "N", "stop after so many steps (300)" },
  { "tolerance", "X", "stop when centroids move less than X deviations (0)" },
  { "empty", "POLICY", "farthest, keep, split, random" },
  { "layer", "NAME", "which table of a file or database (the only one)" },
  { "query", "SQL", "read what this gives instead of a table" },
  { "columns", "A,B,...", "features (every column of numbers)" },
  { "sample", "N", "so many rows, chosen at random; the same each time (0: all)" },
  { "id-column", "NAME", "column that names the rows (row numbers)" },
  { "weights", "COLUMN", "column of the rows' weights (each row counts once)" },
  { "geometry", "NAME",
    "where the rows are: a column of geometry, or two or three of numbers, as lon,lat; no features "
    "unless --columns says geometry" },
  { "project", "HOW", "coordinates as features: none, local (metres), sphere (unit sphere)" },
  { "space-weight", "W", "coordinates standardised, times W (0: as they are)" },
  { "scale", "HOW", "none, standardise, minmax, unit-rows" },
  { "missing", "POLICY", "refuse, drop, zero" },
  { "backend", "NAME", "auto, cpu, cuda, reference" },
  { "device", "N", "which GPU (0)" },
  { "threads", "N", "threads of the CPU backend (all cores)" },
  { "simd", "NAME", "its instruction set: auto, avx512-vnni, avx512, avx2, plain" },
};

/* Fills one option for each key; `values` receives what was given, its bytes as they are: names of
 * columns and files are not in the locale's encoding. */
static void
add_recipe_options (GArray *entries, const char *const *keys, char **values)
{
  for (size_t i = 0; i < G_N_ELEMENTS (key_help); i++)
    {
      if (keys != NULL && !g_strv_contains (keys, key_help[i][0]))
        continue;
      GOptionEntry entry = { .long_name = key_help[i][0],
                             .arg = G_OPTION_ARG_FILENAME,
                             .arg_data = &values[i],
                             .description = key_help[i][2],
                             .arg_description = key_help[i][1] };
      g_array_append_val (entries, entry);
    }
}

static gboolean
fill_recipe (LloydRecipe *recipe, char **values, LloydExit *code)
{
  for (size_t i = 0; i < G_N_ELEMENTS (key_help); i++)
    {
      g_autoptr (GError) error = NULL;
      if (values[i] != NULL && !lloyd_recipe_set (recipe, key_help[i][0], values[i], &error))
        {
          *code = lloyd_cli_misuse ("--%s", error->message);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
lloyd_cli_parse_recipe (int *argc,
                        char ***argv,
                        const GOptionEntry *own,
                        const char *operands,
                        const char *summary,
                        const char *const *keys,
                        LloydRecipe *recipe,
                        LloydExit *code)
{
  char *values[G_N_ELEMENTS (key_help)] = { NULL };
  g_autoptr (GArray) entries = g_array_new (TRUE, FALSE, sizeof (GOptionEntry));

  add_recipe_options (entries, keys, values);
  for (const GOptionEntry *entry = own; entry->long_name != NULL; entry++)
    g_array_append_vals (entries, entry, 1);
  gboolean is_parsed =
      lloyd_cli_parse (argc, argv, (const GOptionEntry *) (gconstpointer) entries->data, operands,
                       summary, 1, code) &&
      fill_recipe (recipe, values, code);
  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    g_free (values[i]);
  return is_parsed;
}

/* The columns that a run will ask for, by name. NULL-terminated; the names are the recipe's, or
 * `places`', which the caller frees. */
static const char **
list_named (const LloydRecipe *recipe, char **places)
{
  GPtrArray *names = g_ptr_array_new ();
  for (char **name = recipe->columns; name != NULL && *name != NULL; name++)
    g_ptr_array_add (names, *name);
  for (char **name = places; *name != NULL; name++)
    g_ptr_array_add (names, *name);
  if (recipe->id_column != NULL)
    g_ptr_array_add (names, recipe->id_column);
  if (recipe->weights != NULL)
    g_ptr_array_add (names, recipe->weights);
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}

/* Whether the features have the geometry among them under its common name. */
static gboolean
asks_for_geometry (const LloydRecipe *recipe)
{
  for (char **name = recipe->columns; name != NULL && *name != NULL; name++)
    if (g_str_equal (*name, "geometry") || g_str_has_prefix (*name, "geometry."))
      return TRUE;
  return FALSE;
}

LloydPoints *
lloyd_cli_load_points (LloydRecipe *recipe,
                       const char *path,
                       gboolean is_whole,
                       LloydTable **table,
                       GCancellable *cancellable,
                       GError **error)
{
  g_auto (GStrv) places = g_strsplit (recipe->geometry != NULL ? recipe->geometry : "", ",", -1);
  g_autofree const char **named = list_named (recipe, places);
  LloydLoadOptions load = { .id_column = recipe->id_column,
                            .member = recipe->layer,
                            .query = recipe->query,
                            .n_threads = recipe->n_threads,
                            .named = named,
                            .cancellable = cancellable,
                            .progress = lloyd_cli_show_progress,
                            .progress_data = (gpointer) "loading" };
  if (!is_whole)
    load.leave_out = LLOYD_LOAD_OTHERS | (recipe->columns != NULL ? LLOYD_LOAD_NUMBERS : 0) |
                     (table == NULL && !asks_for_geometry (recipe) ? LLOYD_LOAD_GEOMETRY : 0);
  g_autoptr (LloydTable) loaded =
      lloyd_files_load_sample (path, recipe->sample, 0, &load, NULL, error);
  lloyd_cli_show_progress (1.0, (gpointer) "");
  if (loaded == NULL ||
      !lloyd_space_prepare (loaded, recipe->geometry, (const char *const *) recipe->columns,
                            recipe->project, cancellable, error))
    return NULL;
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  g_autoptr (LloydPoints) points = lloyd_points_new (loaded, &selection, cancellable, error);
  if (table != NULL)
    *table = g_steal_pointer (&loaded);
  g_clear_pointer (&loaded, lloyd_table_unref);
  if (points == NULL || !lloyd_points_order (points, recipe->n_threads, 0, error) ||
      !lloyd_results_load_start (recipe, points, error))
    return NULL;
  return g_steal_pointer (&points);
}
