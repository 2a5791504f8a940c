/* Options that fill a recipe, and the points that it asks for. */
#include <string.h>
#include <sys/stat.h>

#include "app/cli/cli.h"
#include "compute/data/frame.h"
#include "compute/data/order.h"
#include "compute/error.h"
#include "compute/files/parts.h"
#include "compute/files/results.h"
#include "compute/files/sample.h"
#include "compute/memory.h"
#include "compute/scratch.h"

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
  { "mode", "HOW",
    "exact, or fast: labels by rounded arithmetic without proof, for comparison with programs that "
    "do so" },
  { "backend", "NAME", "auto, cpu, cuda, reference" },
  { "device", "N", "which GPU (0)" },
  { "threads", "N", "threads of the CPU backend (all cores)" },
  { "simd", "NAME",
    "its instruction set: auto, avx512-vnni, avx512, avx2, plain; of a GPU mma, wgmma" },
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

/* What of the file is read; `named` is list_named()'s. */
static LloydLoadOptions
load_options (const LloydRecipe *recipe,
              const char **named,
              gboolean is_whole,
              gboolean has_output,
              GCancellable *cancellable)
{
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
                     (!has_output && !asks_for_geometry (recipe) ? LLOYD_LOAD_GEOMETRY : 0);
  return load;
}

/* ---- in parts ------------------------------------------------------------------------------ */

/* Parts take this much of the memory that is free, but neither little nor very much; arrays of more
 * than some parts lie in files. */
#define SHARE_OF_FREE 64
#define LEAST_PART_BYTES ((guint64) 64 << 10)
#define MOST_PART_BYTES ((guint64) 64 << 20)
#define PARTS_IN_MEMORY 4
/* What a table and its points take, in tenths of the table. */
#define TENTHS_NEEDED 16

/* Reads --memory. */
static gboolean
read_memory (const char *name, const char *value, gpointer data, GError **error)
{
  char *end;
  guint64 bytes = g_ascii_strtoull (value, &end, 10), times = 1;
  static const char units[] = "KMGT";
  const char *unit = *end != '\0' ? strchr (units, g_ascii_toupper (*end)) : NULL;
  (void) name;
  (void) data;
  for (const char *u = units; unit != NULL && u <= unit; u++)
    times *= 1024;
  if (unit != NULL)
    end++;
  if (!g_ascii_isdigit (value[0]) || *end != '\0' || bytes == 0 ||
      !g_uint64_checked_mul (&bytes, bytes, times))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--memory: %s is not a size, as 500M or 8G", value);
      return FALSE;
    }
  lloyd_memory_limit (bytes);
  return TRUE;
}

static LloydParts *
open_parts (LloydRecipe *recipe,
            const char *path,
            gboolean is_whole,
            gboolean has_output,
            GCancellable *cancellable,
            GError **error)
{
  g_auto (GStrv) places = g_strsplit (recipe->geometry != NULL ? recipe->geometry : "", ",", -1);
  g_autofree const char **named = list_named (recipe, places);
  LloydLoadOptions load = load_options (recipe, named, is_whole, has_output, cancellable);
  guint64 part_bytes =
      CLAMP (lloyd_free_memory () / SHARE_OF_FREE, LEAST_PART_BYTES, MOST_PART_BYTES);
  return lloyd_files_open_parts (path, &load, part_bytes, NULL, error);
}

const GOptionEntry *
lloyd_cli_stream_entries (gboolean *is_wanted)
{
  static GOptionEntry entries[] = {
    { "stream", 0, 0, G_OPTION_ARG_NONE, NULL,
      "go through INPUT in parts, whatever its size; usual where its rows may not fit into memory",
      NULL },
    { "memory", 0, 0, G_OPTION_ARG_CALLBACK, NULL,
      "memory that INPUT may take, as 500M or 8G (what is free)", "SIZE" },
    { 0 },
  };
  const GOptionArgFunc reader = read_memory;
  entries[0].arg_data = is_wanted;
  /* ISO C knows no other way from a function to a gpointer. */
  memcpy (&entries[1].arg_data, &reader, sizeof reader);
  return entries;
}

LloydParts *
lloyd_cli_open_parts (LloydRecipe *recipe,
                      const char *path,
                      gboolean is_whole,
                      gboolean has_output,
                      GCancellable *cancellable,
                      GError **error)
{
  guint64 part_bytes =
      CLAMP (lloyd_free_memory () / SHARE_OF_FREE, LEAST_PART_BYTES, MOST_PART_BYTES);
  lloyd_scratch_use (PARTS_IN_MEMORY * part_bytes);
  LloydParts *parts = open_parts (recipe, path, is_whole, has_output, cancellable, error);
  if (parts == NULL)
    return NULL;
  const LloydSpaceWish wish = { recipe->geometry, (const char *const *) recipe->columns,
                                recipe->project };
  return lloyd_space_new_parts (parts, &wish, NULL);
}

gboolean
lloyd_cli_should_stream (LloydRecipe *recipe,
                         const char *path,
                         gboolean is_wanted,
                         GCancellable *cancellable)
{
  guint64 free_bytes = lloyd_free_memory ();
  struct stat info;
  /* A sample is loaded, not all the rest. */
  if (recipe->sample > 0)
    return FALSE;
  if (is_wanted)
    return TRUE;
  /* A file that is small even where it is packed needs no closer look. */
  if (stat (path, &info) != 0 || !S_ISREG (info.st_mode) ||
      (guint64) info.st_size < free_bytes / 1024)
    return FALSE;
  LloydParts *parts = open_parts (recipe, path, FALSE, FALSE, cancellable, NULL);
  if (parts == NULL)
    return FALSE;
  gboolean is_large = parts->n_bytes / 10 > free_bytes / TENTHS_NEEDED;
  lloyd_parts_unref (parts);
  return is_large;
}

static LloydPoints *
stream_points (LloydRecipe *recipe,
               const char *path,
               gboolean is_whole,
               gboolean has_output,
               LloydCliStream *stream,
               GCancellable *cancellable,
               GError **error)
{
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  g_autoptr (LloydParts) parts =
      lloyd_cli_open_parts (recipe, path, FALSE, FALSE, cancellable, error);
  g_autoptr (LloydFrame) frame =
      parts != NULL ? lloyd_frame_new (parts, &selection, cancellable, error) : NULL;
  g_autoptr (LloydPoints) points =
      frame != NULL
          ? lloyd_frame_make_points (frame, parts, LLOYD_METRIC_IS_ANGULAR (recipe->metric),
                                     cancellable, error)
          : NULL;
  lloyd_cli_show_progress (1.0, (gpointer) "");
  if (points == NULL || !lloyd_results_load_start (recipe, points, error))
    return NULL;
  if (has_output)
    stream->parts = parts->has_all_columns
                        ? lloyd_parts_ref (parts)
                        : lloyd_cli_open_parts (recipe, path, is_whole, TRUE, cancellable, error);
  if (has_output && stream->parts == NULL)
    return NULL;
  return g_steal_pointer (&points);
}

/* ---- points -------------------------------------------------------------------------------- */

LloydPoints *
lloyd_cli_load_points (LloydRecipe *recipe,
                       const char *path,
                       gboolean is_whole,
                       LloydTable **table,
                       LloydCliStream *stream,
                       GCancellable *cancellable,
                       GError **error)
{
  if (lloyd_cli_should_stream (recipe, path, stream != NULL && stream->is_wanted, cancellable))
    return stream_points (recipe, path, is_whole, stream != NULL && table != NULL, stream,
                          cancellable, error);
  g_auto (GStrv) places = g_strsplit (recipe->geometry != NULL ? recipe->geometry : "", ",", -1);
  g_autofree const char **named = list_named (recipe, places);
  LloydLoadOptions load = load_options (recipe, named, is_whole, table != NULL, cancellable);
  g_autoptr (LloydTable) loaded =
      lloyd_files_load_sample (path, recipe->sample, 0, &load, NULL, error);
  lloyd_cli_show_progress (1.0, (gpointer) "");
  if (loaded == NULL ||
      !lloyd_space_prepare (loaded, recipe->geometry, (const char *const *) recipe->columns,
                            recipe->project, cancellable, error))
    return NULL;
  lloyd_recipe_remark_on_metric (recipe, loaded);
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
