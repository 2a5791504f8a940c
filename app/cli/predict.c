#include <stdio.h>

#include "app/cli/cli.h"
#include "compute/error.h"
#include "compute/files/labelling.h"
#include "compute/files/results-parts.h"
#include "compute/files/results.h"

static const char summary[] = "Labels each row of INPUT with the nearest of the centroids that run "
                              "--centroids wrote. They are\n"
                              "in the data's own unit: the labels of a run with --scale "
                              "standardise or minmax, whose distances\n"
                              "are others, do not come back.";

/* The features of the centroid file are those of the input, unless others are named. */
static gboolean
choose_columns (LloydRecipe *recipe, GError **error)
{
  if (recipe->columns == NULL)
    recipe->columns = lloyd_results_load_features (recipe->init_path, error);
  return recipe->columns != NULL;
}

/* What there is to say: `d` names and origins of columns. */
static void
print_result (const LloydPredicted *predicted,
              LloydMetric metric,
              guint d,
              char **names,
              const double *origin,
              const char *output)
{
  printf ("%s: %" G_GSIZE_FORMAT " rows labelled", output, predicted->n_labelled);
  if (predicted->n_dropped > 0)
    printf (", %" G_GSIZE_FORMAT " dropped", predicted->n_dropped);
  if (predicted->n_without > 0)
    printf (", %" G_GSIZE_FORMAT " without direction", predicted->n_without);
  printf ("\n");
  for (guint j = 0; j < d && !LLOYD_METRIC_IS_ANGULAR (metric); j++)
    if (origin[j] != 0.0)
      {
        printf (
            "\nremark: column %s is stored from another origin than 0; a run on other rows than "
            "these may have rounded it elsewhere, and label rows on the border of two clusters "
            "otherwise\n",
            names[j]);
        return;
      }
}

/* What the output says of how it was made; NULL where it cannot. */
static LloydTable *
make_notes (const LloydRecipe *recipe,
            const char *path,
            char **names,
            const char *output,
            const char *input_sha256)
{
  return lloyd_labelling_is_noted (output)
             ? lloyd_labelling_note_model (recipe, path, names, input_sha256)
             : NULL;
}

/* The same part by part. */
static gboolean
predict_parts (LloydRecipe *recipe,
               const char *path,
               const char *output,
               const LloydBackend *backend,
               const LloydResultWishes *wishes,
               const LloydSaveOptions *save,
               GCancellable *cancellable,
               GError **error)
{
  LloydPredicted predicted;
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  g_autoptr (LloydParts) parts =
      lloyd_cli_open_parts (recipe, path, wishes->keep_columns, TRUE, cancellable, error);
  g_autoptr (LloydFrame) frame =
      parts != NULL ? lloyd_frame_new (parts, &selection, cancellable, error) : NULL;
  lloyd_cli_show_progress (1.0, (gpointer) "");
  if (frame == NULL || !lloyd_results_load_centroids (recipe, frame->names, frame->d, error))
    return FALSE;
  g_autofree char *sha256 = NULL;
  if (lloyd_labelling_is_noted (output) &&
      (sha256 = lloyd_frame_dup_sha256 (frame, parts, cancellable, error)) == NULL)
    return FALSE;
  g_autoptr (LloydTable) notes = make_notes (recipe, path, frame->names, output, sha256);
  if (!lloyd_results_predict_parts (output, parts, frame, recipe, backend, wishes, notes, save,
                                    &predicted, error))
    return FALSE;
  lloyd_cli_show_progress (1.0, (gpointer) "");
  print_result (&predicted, recipe->metric, frame->d, frame->names, frame->origin, output);
  return TRUE;
}

/* The same of an input that is loaded. */
static gboolean
predict_table (LloydRecipe *recipe,
               const char *path,
               const char *output,
               const LloydBackend *backend,
               const LloydResultWishes *wishes,
               const LloydSaveOptions *save,
               GCancellable *cancellable,
               GError **error)
{
  LloydPredicted predicted = { 0 };
  g_autoptr (LloydTable) table = NULL;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, path, wishes->keep_columns, &table, NULL, cancellable, error);
  g_autoptr (LloydResultRows) rows =
      points != NULL ? lloyd_result_rows_new (points->n_input, wishes, error) : NULL;
  if (rows == NULL || !lloyd_results_predict_rows (points, recipe, backend, FALSE, rows, &predicted,
                                                   cancellable, error))
    return FALSE;
  g_autofree char *sha256 =
      lloyd_labelling_is_noted (output) ? lloyd_points_dup_sha256 (points) : NULL;
  g_autoptr (LloydTable) notes = make_notes (recipe, path, points->names, output, sha256);
  if (!lloyd_results_save_rows (output, points, table, recipe, rows, wishes, notes, save, error))
    return FALSE;
  print_result (&predicted, recipe->metric, points->d, points->names, points->origin, output);
  return TRUE;
}

static gboolean
predict (LloydRecipe *recipe,
         const char *path,
         const char *output,
         const LloydResultWishes *wishes,
         const LloydSaveOptions *save,
         gboolean is_streamed,
         GCancellable *cancellable,
         GError **error)
{
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  if (backend == NULL || !choose_columns (recipe, error))
    return FALSE;
  if (lloyd_cli_should_stream (recipe, path, is_streamed, cancellable))
    return predict_parts (recipe, path, output, backend, wishes, save, cancellable, error);
  return predict_table (recipe, path, output, backend, wishes, save, cancellable, error);
}

LloydExit
lloyd_cli_predict (int argc, char **argv, GCancellable *cancellable)
{
  static const char *const keys[] = { "metric",    "layer",    "query",   "columns",
                                      "id-column", "geometry", "project", "missing",
                                      "backend",   "device",   "threads", NULL };
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *centroids = NULL;
  g_autofree char *output = NULL;
  g_autofree char *with = NULL;
  LloydResultWishes wishes = { 0 };
  LloydCliTarget target = { 0 };
  gboolean is_streamed = FALSE;
  const GOptionEntry own[] = {
    { "centroids", 0, 0, G_OPTION_ARG_FILENAME, &centroids, "centroids, as run writes them",
      "FILE" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "labels of all rows (.csv, .tsv, .npy, .parquet, .gpkg, .geojson, .fgb, postgresql://...)",
      "FILE" },
    LLOYD_CLI_TARGET_ENTRIES (target),
    LLOYD_CLI_WITH_ENTRIES (with, wishes),
    lloyd_cli_stream_entries (&is_streamed)[0],
    lloyd_cli_stream_entries (&is_streamed)[1],
    { 0 },
  };
  LloydExit code = LLOYD_EXIT_DONE;

  if (!lloyd_cli_parse_recipe (&argc, &argv, own, "INPUT", summary, keys, recipe, &code))
    return code;
  if (centroids == NULL || output == NULL)
    return lloyd_cli_misuse ("--centroids and --output are needed");
  if (lloyd_results_find_writer (output, &error) == NULL)
    return lloyd_cli_misuse ("%s", error->message);
  recipe->init = LLOYD_INIT_FILE;
  recipe->init_path = g_strdup (centroids);
  recipe->k = 0;
  if (lloyd_cli_check_place (output, argv[1], &code) &&
      lloyd_cli_check_place (output, centroids, &code) &&
      lloyd_cli_read_with (with, output, &wishes, &code) &&
      lloyd_cli_read_target (&target, argv[1], output, &recipe->layer, &code))
    {
      target.save.cancellable = cancellable;
      if (!lloyd_files_check_output (output, &target.save, &error) ||
          !predict (recipe, argv[1], output, &wishes, &target.save, is_streamed, cancellable,
                    &error))
        code = lloyd_cli_fail (error);
    }
  lloyd_cli_clear_target (&target);
  return code;
}
