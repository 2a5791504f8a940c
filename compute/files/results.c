#include "compute/files/results.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/csv.h"
#include "compute/files/database.h"
#include "compute/files/image.h"
#include "compute/files/import-formats.h"
#include "compute/files/npy.h"
#include "compute/files/output.h"
#include "compute/files/parquet.h"
#include "compute/files/ply.h"
#include "compute/kmeans/seeding.h"
#include "compute/memory.h"
#include "compute/words.h"

static int
delimiter_for (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  return g_str_has_suffix (lower, ".tsv") ? '\t' : ',';
}

/* Labels alone, in the order of the input. */
static gboolean
save_labels_alone (const char *path, LloydRun *run, GCancellable *cancellable, GError **error)
{
  size_t n = lloyd_run_get_points (run)->n_input;
  gint32 *labels = lloyd_allocate_aligned (n, sizeof (gint32), "the labels", error);
  gboolean is_saved = labels != NULL &&
                      lloyd_run_read_all_labels (run, labels, cancellable, error) &&
                      lloyd_npy_save_labels (path, labels, n, error);
  lloyd_free_aligned (labels);
  return is_saved;
}

const LloydFormat *
lloyd_results_find_writer (const char *path, GError **error)
{
  const LloydFormat *format = lloyd_files_find_writer (path, NULL);
  const LloydFormat *const formats[] = { &lloyd_format_npy,        &lloyd_format_csv,
                                         &lloyd_format_parquet,    &lloyd_format_ply,
                                         &lloyd_format_geopackage, &lloyd_format_geojson,
                                         &lloyd_format_flatgeobuf, &lloyd_format_database };
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    if (format == formats[i])
      return format;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
               _ ("%s: the name must end in .csv, .tsv, .npy, .parquet, .gpkg, .geojson, .fgb or "
                  ".ply, or be the address of a database"),
               path);
  return NULL;
}

/* Which features are red, green and blue. */
static gboolean
find_channels (const LloydPoints *points, guint channels[3], GError **error)
{
  static const char *const names[] = { "red", "green", "blue" };
  for (guint c = 0; c < 3; c++)
    {
      guint j = 0;
      while (j < points->d && !g_str_equal (points->names[j], names[c]))
        j++;
      if (j == points->d)
        {
          g_set_error (
              error, LLOYD_ERROR, LLOYD_ERROR_DATA,
              _ ("%s: a picture needs red, green and blue among the features, and %s is not"),
              points->path, names[c]);
          return FALSE;
        }
      channels[c] = j;
    }
  return TRUE;
}

gboolean
lloyd_results_check_picture (const LloydPoints *points, GError **error)
{
  guint channels[3];
  return find_channels (points, channels, error);
}

/* k x 3 colours of the centroids; NULL where the features are none. */
static double *
dup_colours (LloydRun *run, GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  g_autofree double *values = g_new (double, (size_t) lloyd_run_get_k (run) * points->d);
  guint channels[3];
  if (!find_channels (points, channels, error))
    return NULL;

  double *colours = g_new (double, (size_t) lloyd_run_get_k (run) * 3);
  lloyd_centroids_to_data (points, recipe->metric, lloyd_run_get_centroids (run),
                           lloyd_run_get_k (run), values);
  for (size_t cluster = 0; cluster < lloyd_run_get_k (run); cluster++)
    for (guint c = 0; c < 3; c++)
      colours[3 * cluster + c] = values[cluster * points->d + channels[c]];
  return colours;
}

gboolean
lloyd_results_save_picture (const char *path, LloydRun *run, GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  g_autofree double *colours = dup_colours (run, error);
  gint32 *labels = colours != NULL ? lloyd_allocate_aligned (points->n_input, sizeof (gint32),
                                                             "the labels", error)
                                   : NULL;
  gboolean is_saved =
      labels != NULL && lloyd_run_read_all_labels (run, labels, NULL, error) &&
      lloyd_image_save_recoloured (path, points->path, labels, points->n_input, colours, error);
  lloyd_free_aligned (labels);
  return is_saved;
}

gboolean
lloyd_results_save_rows (const char *path,
                         const LloydPoints *points,
                         const LloydTable *input,
                         const LloydRecipe *recipe,
                         const LloydResultRows *rows,
                         const LloydResultWishes *wishes,
                         const LloydTable *notes,
                         const LloydSaveOptions *save,
                         GError **error)
{
  const LloydFormat *format = lloyd_results_find_writer (path, error);
  if (format == NULL)
    return FALSE;
  if (format == &lloyd_format_npy)
    return lloyd_npy_save_labels (path, rows->labels, points->n_input, error);
  LloydResultPart part = { .path = points->path,
                           .wishes = wishes,
                           .features = (const char *const *) points->names,
                           .ids = points->ids,
                           .input = input,
                           .id_column = recipe->id_column,
                           .geometry = recipe->geometry,
                           .labels = rows->labels,
                           .distances = rows->distances,
                           .ambiguities = rows->ambiguities,
                           .n = points->n_input };
  g_autoptr (LloydTable) table = lloyd_results_make_labels (&part, error);
  if (table != NULL)
    lloyd_results_copy_notes (table, notes);
  return table != NULL && lloyd_files_save (path, table, save, error);
}

gboolean
lloyd_results_save (const char *path,
                    LloydRun *run,
                    const LloydTable *input,
                    const LloydResultWishes *wishes,
                    const LloydSaveOptions *save,
                    GError **error)
{
  const LloydFormat *format = lloyd_results_find_writer (path, error);
  if (format == NULL)
    return FALSE;
  if (format == &lloyd_format_npy)
    return save_labels_alone (path, run, save->cancellable, error);
  g_autoptr (LloydTable) table =
      lloyd_results_make_table (run, input, wishes, save->cancellable, error);
  return table != NULL && lloyd_files_save (path, table, save, error);
}

gboolean
lloyd_results_save_labels (const char *path, LloydRun *run, GError **error)
{
  LloydResultWishes wishes = { 0 };
  LloydSaveOptions save = { 0 };
  return lloyd_results_save (path, run, NULL, &wishes, &save, error);
}

gboolean
lloyd_results_save_centroids (const char *path, LloydRun *run, GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  guint k = lloyd_run_get_k (run);
  const gint64 *sizes = lloyd_run_get_sizes (run);
  const double *weights = lloyd_run_get_weights (run);
  g_autofree double *values = g_new (double, (size_t) k * points->d);
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;

  FILE *stream = lloyd_output_get_stream (output);
  int delimiter = delimiter_for (path);
  lloyd_centroids_to_data (points, lloyd_run_get_recipe (run)->metric,
                           lloyd_run_get_centroids (run), k, values);
  fprintf (stream, "cluster%csize%cweight", delimiter, delimiter);
  for (guint j = 0; j < points->d; j++)
    {
      fputc (delimiter, stream);
      lloyd_output_print_cell (output, points->names[j]);
    }
  fputc ('\n', stream);
  for (guint cluster = 0; cluster < k; cluster++)
    {
      fprintf (stream, "%u%c%" G_GINT64_FORMAT "%c", cluster, delimiter, sizes[cluster], delimiter);
      lloyd_output_print_double (output, weights[cluster]);
      for (guint j = 0; j < points->d; j++)
        {
          fputc (delimiter, stream);
          lloyd_output_print_double (output, values[(size_t) cluster * points->d + j]);
        }
      fputc ('\n', stream);
    }
  return lloyd_output_finish (output, error);
}

gboolean
lloyd_results_save_start (const char *path,
                          const LloydRecipe *recipe,
                          const LloydPoints *points,
                          GError **error)
{
  g_return_val_if_fail (recipe->init_centroids != NULL, FALSE);
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;

  FILE *stream = lloyd_output_get_stream (output);
  int delimiter = delimiter_for (path);
  for (guint j = 0; j < points->d; j++)
    {
      if (j > 0)
        fputc (delimiter, stream);
      lloyd_output_print_cell (output, points->names[j]);
    }
  fputc ('\n', stream);
  for (size_t i = 0; i < (size_t) recipe->k * points->d; i++)
    {
      lloyd_output_print_double (output, recipe->init_centroids[i]);
      fputc ((i + 1) % points->d == 0 ? '\n' : delimiter, stream);
    }
  return lloyd_output_finish (output, error);
}

gboolean
lloyd_results_save_trace (const char *path, LloydRun *run, GError **error)
{
  guint n;
  const LloydStep *steps = lloyd_run_get_steps (run, &n);
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;

  FILE *stream = lloyd_output_get_stream (output);
  int t = delimiter_for (path);
  fprintf (stream,
           "step%cobjective%cobjective_after_update%cmoved%cempty%cassign_ms%cupdate_ms%cwall_ms\n",
           t, t, t, t, t, t, t);
  for (guint i = 0; i < n; i++)
    {
      const LloydStep *step = &steps[i];
      const gint64 times_ns[3] = { step->assign_ns, step->update_ns, step->wall_ns };
      fprintf (stream, "%u%c", step->step, t);
      lloyd_output_print_double (output, step->objective);
      fputc (t, stream);
      lloyd_output_print_double (output, step->objective_after_update);
      fprintf (stream, "%c%" G_GUINT64_FORMAT "%c%u", t, step->moved, t, step->n_empty);
      for (int j = 0; j < 3; j++)
        {
          fputc (t, stream);
          lloyd_output_print_double (output, (double) times_ns[j] / 1e6);
        }
      fputc ('\n', stream);
    }
  return lloyd_output_finish (output, error);
}

/* ---- centroids from a file ----------------------------------------------------------------- */

/* A feature by its name. Files that Lloyd writes begin with three columns of their own; a feature
 * of the same name stands behind them, and the table numbered it. */
static const LloydColumn *
find_feature (const LloydTable *table, const char *name)
{
  static const char *const own[] = { "cluster", "size", "weight" };
  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    if (g_str_equal (name, own[i]))
      {
        g_autofree char *numbered = g_strconcat (name, ".2", NULL);
        const LloydColumn *column = lloyd_table_find (table, numbered);
        if (column != NULL)
          return column;
      }
  return lloyd_table_find (table, name);
}

/* The features by name, or else every column of numbers, if there are as many. */
static GPtrArray *
choose_columns (const LloydTable *table, char **names, guint d)
{
  g_autoptr (GPtrArray) named = g_ptr_array_new ();
  g_autoptr (GPtrArray) numbers = g_ptr_array_new ();

  for (guint j = 0; j < d; j++)
    {
      const LloydColumn *column = find_feature (table, names[j]);
      if (column != NULL && column->type == LLOYD_COLUMN_NUMBER)
        g_ptr_array_add (named, (gpointer) column);
    }
  if (named->len == d)
    return g_steal_pointer (&named);

  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      if (column->type == LLOYD_COLUMN_NUMBER)
        g_ptr_array_add (numbers, (gpointer) column);
    }
  return numbers->len == d ? g_steal_pointer (&numbers) : NULL;
}

gboolean
lloyd_results_load_start (LloydRecipe *recipe, const LloydPoints *points, GError **error)
{
  return lloyd_results_load_centroids (recipe, points->names, points->d, error);
}

gboolean
lloyd_results_load_centroids (LloydRecipe *recipe, char **names, guint d, GError **error)
{
  LloydLoadOptions options = { 0 };
  if (recipe->init != LLOYD_INIT_FILE)
    return TRUE;

  g_autoptr (LloydTable) table = lloyd_files_load (recipe->init_path, &options, NULL, error);
  if (table == NULL)
    return FALSE;
  size_t n_rows = lloyd_table_get_n_rows (table);
  g_autoptr (GPtrArray) columns = choose_columns (table, names, d);
  if (recipe->k == 0)
    recipe->k = (guint) MIN (n_rows, G_MAXUINT);
  if (columns == NULL || n_rows == 0 || n_rows != recipe->k)
    {
      g_set_error (
          error, LLOYD_ERROR, LLOYD_ERROR_DATA,
          _ ("%s: %u centroids of %u features are needed, but it has %zu rows and %u columns"),
          recipe->init_path, recipe->k, d, n_rows, lloyd_table_get_n_columns (table));
      return FALSE;
    }

  double *values = g_new (double, n_rows *d);
  for (size_t i = 0; i < n_rows; i++)
    for (guint j = 0; j < d; j++)
      values[i * d + j] = lloyd_column_number (columns->pdata[j], i);
  g_free (recipe->init_centroids);
  recipe->init_centroids = values;
  recipe->n_init_values = n_rows * d;
  return TRUE;
}

char **
lloyd_results_load_features (const char *path, GError **error)
{
  static const char *const own[] = { "cluster", "size", "weight" };
  LloydLoadOptions options = { 0 };
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, NULL, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  if (table == NULL)
    return NULL;

  guint n_columns = lloyd_table_get_n_columns (table), n_own = 0;
  while (n_own < G_N_ELEMENTS (own) && n_own < n_columns &&
         g_str_equal (lloyd_table_get_column (table, n_own)->name, own[n_own]))
    n_own++;
  for (guint i = n_own == G_N_ELEMENTS (own) ? n_own : 0; i < n_columns; i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      gboolean is_numbered = FALSE;
      for (guint j = 0; j < G_N_ELEMENTS (own); j++)
        is_numbered |= n_own == G_N_ELEMENTS (own) && g_str_has_prefix (column->name, own[j]) &&
                       g_str_equal (column->name + strlen (own[j]), ".2");
      if (column->type == LLOYD_COLUMN_NUMBER)
        g_ptr_array_add (names, is_numbered ? g_strndup (column->name, strlen (column->name) - 2)
                                            : g_strdup (column->name));
    }
  if (names->len == 0)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: has no column of numbers"), path);
      return NULL;
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
