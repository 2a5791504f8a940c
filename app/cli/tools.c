/* The small commands: generate, convert, info, devices. */
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "compute/backends/backend.h"
#include "compute/data/generate.h"
#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/json.h"
#include "compute/files/npz.h"
#include "compute/kmeans/recipe.h"

/* ---- generate ------------------------------------------------------------------------------ */

static gboolean
check_counts (gint64 rows, int dims, int clusters, LloydExit *code)
{
  if (rows >= 1 && dims >= 1 && clusters >= 1)
    return TRUE;
  *code = lloyd_cli_misuse ("--rows, --dims and --clusters must be at least 1");
  return FALSE;
}

static LloydExit
write_cloud (const LloydCloudSpec *spec, const char *path, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  const LloydSaveOptions save = { .cancellable = cancellable };
  if (lloyd_files_find_writer (path, &error) == NULL)
    return lloyd_cli_misuse ("%s", error->message);

  g_autoptr (LloydTable) table = lloyd_generate (spec, cancellable, &error);
  if (table == NULL || !lloyd_files_save (path, table, &save, &error))
    return lloyd_cli_fail (error);
  return LLOYD_EXIT_DONE;
}

LloydExit
lloyd_cli_generate (int argc, char **argv, GCancellable *cancellable)
{
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_GAUSSIAN);
  gint64 rows = (gint64) spec.rows;
  int dims = (int) spec.dims, clusters = (int) spec.clusters;
  g_autofree char *output = NULL;
  g_autofree char *seed = NULL;
  const GOptionEntry entries[] = {
    { "rows", 0, 0, G_OPTION_ARG_INT64, &rows, "rows (10000)", "N" },
    { "dims", 0, 0, G_OPTION_ARG_INT, &dims, "dimensions (2)", "D" },
    { "clusters", 0, 0, G_OPTION_ARG_INT, &clusters, "clusters, where the kind has any (4)", "K" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &seed, "seed (0)", "S" },
    { "spread", 0, 0, G_OPTION_ARG_DOUBLE, &spec.spread, "factor on what is random (1)", "X" },
    { "shift", 0, 0, G_OPTION_ARG_DOUBLE, &spec.shift, "added to every coordinate (0)", "X" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "file to write (.csv, .tsv, .npy, .parquet, .ply, .fvecs)", "FILE" },
    { 0 },
  };
  g_autofree char *kinds = g_strjoinv (", ", (char **) lloyd_cloud_names);
  g_autofree char *summary = g_strdup_printf (
      "Makes a cloud, the same for the same options on every machine.\nKINDs: %s.", kinds);
  LloydExit code;

  if (!lloyd_cli_parse (&argc, &argv, entries, "KIND", summary, 1, &code) ||
      !check_counts (rows, dims, clusters, &code))
    return code;
  int kind = lloyd_name_index (lloyd_cloud_names, argv[1]);
  if (kind < 0)
    return lloyd_cli_misuse ("%s is not one of %s", argv[1], kinds);
  if (seed != NULL && !g_ascii_string_to_unsigned (seed, 10, 0, G_MAXUINT64, &spec.seed, NULL))
    return lloyd_cli_misuse ("--seed: %s is not a whole number of at least 0", seed);
  if (output == NULL)
    return lloyd_cli_misuse ("--output says where to write");

  spec.cloud = (LloydCloud) kind;
  spec.rows = (size_t) rows;
  spec.dims = (guint) dims;
  spec.clusters = (guint) clusters;
  return write_cloud (&spec, output, cancellable);
}

/* ---- files --------------------------------------------------------------------------------- */

static LloydTable *
load_table (const char *path,
            const char *layer,
            const char *query,
            const LloydFormat **format,
            GCancellable *cancellable,
            GError **error)
{
  LloydLoadOptions options = { .member = layer,
                               .query = query,
                               .cancellable = cancellable,
                               .progress = lloyd_cli_show_progress,
                               .progress_data = (gpointer) "loading" };
  LloydTable *table = lloyd_files_load (path, &options, format, error);
  lloyd_cli_show_progress (1.0, (gpointer) "");
  return table;
}

/* What --layer and --query say of the input. */
#define INPUT_ENTRIES                                                                              \
  { "layer", 0,                                                                                    \
    0,       G_OPTION_ARG_FILENAME,                                                                \
    &layer,  "which table of a file or database (the only one)",                                   \
    "NAME" },                                                                                      \
  {                                                                                                \
    "query", 0, 0, G_OPTION_ARG_FILENAME, &query, "read what this gives instead of a table", "SQL" \
  }

LloydExit
lloyd_cli_convert (int argc, char **argv, GCancellable *cancellable)
{
  g_autofree char *layer = NULL;
  g_autofree char *query = NULL;
  LloydCliTarget target = { 0 };
  const GOptionEntry entries[] = { INPUT_ENTRIES, LLOYD_CLI_TARGET_ENTRIES (target), { 0 } };
  g_autoptr (GError) error = NULL;
  LloydExit code = LLOYD_EXIT_DONE;

  if (!lloyd_cli_parse (&argc, &argv, entries, "IN OUT",
                        "Writes the table of one file into another (.csv, .tsv, .npy, .parquet, "
                        ".gpkg, .geojson, .fgb, .ply, .fvecs) or into a database.",
                        2, &code))
    return code;
  if (lloyd_files_find_writer (argv[2], &error) == NULL)
    return lloyd_cli_misuse ("%s", error->message);
  if (lloyd_cli_check_place (argv[2], argv[1], &code) &&
      lloyd_cli_read_target (&target, argv[1], argv[2], &layer, &code))
    {
      g_autoptr (LloydTable) table = NULL;
      target.save.cancellable = cancellable;
      if (lloyd_files_check_output (argv[2], &target.save, &error))
        table = load_table (argv[1], layer, query, NULL, cancellable, &error);
      if (table == NULL || !lloyd_files_save (argv[2], table, &target.save, &error))
        code = lloyd_cli_fail (error);
    }
  lloyd_cli_clear_target (&target);
  return code;
}

static const char *
type_of (const LloydColumn *column)
{
  switch (column->type)
    {
    case LLOYD_COLUMN_TEXT:
      return "text";
    case LLOYD_COLUMN_BINARY:
      return "bytes";
    case LLOYD_COLUMN_GEOMETRY:
      return "geometry";
    case LLOYD_COLUMN_UNUSABLE:
      return "unusable";
    default:
      break;
    }
  if (column->unit >= LLOYD_UNIT_DAYS)
    return column->unit == LLOYD_UNIT_DAYS ? "date" : "time";
  if (column->unit == LLOYD_UNIT_BOOLEAN)
    return "boolean";
  if (column->integer_bytes != 0)
    return column->integer_bytes == 4            ? "int32"
           : column->unit == LLOYD_UNIT_UNSIGNED ? "uint64"
                                                 : "int64";
  return column->is_float32 ? "float32" : "double";
}

static void
print_column (const LloydColumn *column)
{
  g_autofree char *name =
      lloyd_cli_dup_plain (column->list != NULL ? column->list : column->name, -24);
  if (column->list != NULL)
    {
      g_autofree char *type = g_strdup_printf ("list of %u %s", column->n_elements,
                                               column->is_float32 ? "float32" : "double");
      printf ("  %s %-8s", name, type);
    }
  else
    printf ("  %s %-8s", name, type_of (column));
  if (column->n_missing > 0)
    printf (" %" G_GSIZE_FORMAT " missing", column->n_missing);
  if (column->type == LLOYD_COLUMN_GEOMETRY)
    {
      g_autofree char *crs = lloyd_crs_dup_name (column->crs);
      printf (" %s", crs);
    }
  if (column->fault != NULL)
    printf (" %s", column->fault);
  printf ("\n");
}

static void
print_layers (const char *path, const LloydFormat *format, const GPtrArray *layers)
{
  g_autofree char *plain = lloyd_cli_dup_plain (path, 0);
  printf ("%s: %s, %u tables; --layer NAME tells more of one\n", plain, format->name, layers->len);
  for (guint i = 0; i < layers->len; i++)
    {
      const LloydLayer *layer = layers->pdata[i];
      g_autofree char *name = lloyd_cli_dup_plain (layer->name, -24);
      printf ("  %s", name);
      if (layer->n_rows != G_MAXUINT64)
        printf (" %12" G_GUINT64_FORMAT " rows", layer->n_rows);
      if (layer->geometry[0] != '\0')
        printf (", %s", layer->geometry);
      g_autofree char *crs = layer->crs != NULL ? lloyd_crs_dup_name (layer->crs) : NULL;
      printf (crs != NULL ? ", %s\n" : "\n", crs);
    }
}

static void
print_table (const char *path, const LloydFormat *format, const LloydTable *table)
{
  guint n_columns = lloyd_table_get_n_columns (table);
  g_autofree char *plain = lloyd_cli_dup_plain (path, 0);
  printf ("%s: %s, %" G_GSIZE_FORMAT " rows, %u columns\n", plain, format->name,
          lloyd_table_get_n_rows (table), n_columns);
  for (guint i = 0; i < n_columns; i++)
    if (lloyd_table_get_column (table, i)->element == 0)
      print_column (lloyd_table_get_column (table, i));
}

LloydExit
lloyd_cli_info (int argc, char **argv, GCancellable *cancellable)
{
  g_autofree char *layer = NULL;
  g_autofree char *query = NULL;
  LloydCliTarget target = { 0 };
  const GOptionEntry entries[] = { INPUT_ENTRIES, LLOYD_CLI_TARGET_ENTRIES (target), { 0 } };
  const LloydLoadOptions options = { .cancellable = cancellable };
  const LloydFormat *format;
  g_autoptr (GError) error = NULL;
  LloydExit code = LLOYD_EXIT_DONE;

  if (!lloyd_cli_parse (&argc, &argv, entries, "FILE",
                        "Says what a file holds: format, rows, columns, types, missing values; of "
                        "several tables, which.",
                        1, &code))
    return code;
  if (lloyd_cli_read_target (&target, argv[1], NULL, &layer, &code))
    {
      g_autoptr (GPtrArray) layers = layer == NULL && query == NULL
                                         ? lloyd_files_list (argv[1], &options, &format, &error)
                                         : NULL;
      g_autoptr (LloydTable) table = NULL;
      /* Of an archive what is loaded is shown: the one that stands out, or an error that lists all.
       */
      if (layers != NULL && layers->len > 1 && format != &lloyd_format_npz)
        print_layers (argv[1], format, layers);
      else if (error == NULL)
        table = load_table (argv[1], layer, query, &format, cancellable, &error);
      if (table != NULL)
        print_table (argv[1], format, table);
      if (error != NULL)
        code = lloyd_cli_fail (error);
    }
  lloyd_cli_clear_target (&target);
  return code;
}

/* ---- devices ------------------------------------------------------------------------------- */

/* Which way labels and pictures can go to a screen; which they do go depends on it, and it is not
 * asked for here. */
static void
print_path (void)
{
  g_autofree char *reason = g_strdup ("this program was built without CUDA");
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    {
      g_autoptr (GError) error = NULL;
      if ((*backend)->gl == NULL)
        continue;
      if ((*backend)->probe (0, NULL, NULL, &error))
        {
          printf (
              "%-10s without a copy where OpenGL runs on the GPU of %s, else through the host's "
              "memory: needs a screen to tell, and is told in the app's About\n",
              "to screen", (*backend)->name);
          return;
        }
      g_free (reason);
      reason = g_strdup (error->message);
    }
  printf ("%-10s through the host's memory: %s\n", "to screen", reason);
}

/* The ways of labelling of a backend that is usable, each with what a look at it says. */
static void
print_ways (const LloydBackend *backend, guint device)
{
  for (const char *const *way = backend->ways; way != NULL && *way != NULL; way++)
    {
      g_autoptr (GError) error = NULL;
      /* A device may be in a state in which it never answers: what is known is told before. */
      fflush (stdout);
      if (backend->try_way ((int) device, *way, &error))
        printf ("%-10s %s keeps to its bound\n", "", *way);
      else
        printf ("%-10s %s\n", "", error->message);
    }
}

static void
print_device (const LloydBackend *backend, guint device)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *id =
      device > 0 ? g_strdup_printf ("%s:%u", backend->name, device) : g_strdup (backend->name);
  if (backend->probe ((int) device, &name, &detail, &error))
    {
      printf ("%-10s usable: %s, %s\n", id, name, detail);
      print_ways (backend, device);
    }
  else
    printf ("%-10s not usable: %s\n", id, error->message);
}

LloydExit
lloyd_cli_devices (int argc, char **argv, GCancellable *cancellable)
{
  const GOptionEntry entries[] = { { 0 } };
  LloydExit code;

  (void) cancellable;
  if (!lloyd_cli_parse (&argc, &argv, entries, "", "Says what can compute here, or why not.", 0,
                        &code))
    return code;
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    for (guint i = 0; i < lloyd_backend_n_devices (*backend); i++)
      print_device (*backend, i);
  print_path ();
  return LLOYD_EXIT_DONE;
}
