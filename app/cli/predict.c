#include "compute/kmeans/predict.h"

#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "compute/error.h"
#include "compute/files/results-parts.h"
#include "compute/files/results.h"
#include "compute/memory.h"

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

static gboolean
keep_labels (size_t first, size_t count, const gint32 *labels, gpointer data, GError **error)
{
  gint32 *all = data;
  (void) error;
  memcpy (all + first, labels, sizeof (gint32) * count);
  return TRUE;
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

/* The same part by part. */
static gboolean
predict_parts (LloydRecipe *recipe,
               const char *path,
               const char *output,
               const LloydBackend *backend,
               const LloydSaveOptions *save,
               GCancellable *cancellable,
               GError **error)
{
  LloydPredicted predicted;
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  g_autoptr (LloydParts) parts =
      lloyd_cli_open_parts (recipe, path, FALSE, TRUE, cancellable, error);
  g_autoptr (LloydFrame) frame =
      parts != NULL ? lloyd_frame_new (parts, &selection, cancellable, error) : NULL;
  lloyd_cli_show_progress (1.0, (gpointer) "");
  if (frame == NULL || !lloyd_results_load_centroids (recipe, frame->names, frame->d, error) ||
      !lloyd_results_predict_parts (output, parts, frame, recipe, backend, NULL, save, &predicted,
                                    error))
    return FALSE;
  lloyd_cli_show_progress (1.0, (gpointer) "");
  print_result (&predicted, recipe->metric, frame->d, frame->names, frame->origin, output);
  return TRUE;
}

static gboolean
predict (LloydRecipe *recipe,
         const char *path,
         const char *output,
         const LloydSaveOptions *save,
         gboolean is_streamed,
         GCancellable *cancellable,
         GError **error)
{
  LloydEngineOptions options = { .metric = recipe->metric,
                                 .device = recipe->device,
                                 .n_threads = recipe->n_threads };
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  size_t n_without;

  if (backend == NULL || !choose_columns (recipe, error))
    return FALSE;
  if (lloyd_cli_should_stream (recipe, path, is_streamed, cancellable))
    return predict_parts (recipe, path, output, backend, save, cancellable, error);
  g_autoptr (LloydTable) table = NULL;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, path, FALSE, &table, NULL, cancellable, error);
  if (points == NULL)
    return FALSE;
  gint32 *labels = lloyd_allocate_aligned (points->n_input, sizeof (gint32), "the labels", error);
  gboolean is_done =
      labels != NULL &&
      lloyd_predict (points, backend, &options, recipe->init_centroids, recipe->k, keep_labels,
                     labels, &n_without, cancellable, error) &&
      lloyd_results_save_row_labels (output, points, table, recipe, labels, save, error);
  lloyd_free_aligned (labels);
  if (!is_done)
    return FALSE;
  LloydPredicted predicted = { points->n - n_without, points->n_input - points->n, n_without };
  print_result (&predicted, recipe->metric, points->d, points->names, points->origin, output);
  return TRUE;
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
  LloydCliTarget target = { 0 };
  gboolean is_streamed = FALSE;
  const GOptionEntry own[] = {
    { "centroids", 0, 0, G_OPTION_ARG_FILENAME, &centroids, "centroids, as run writes them",
      "FILE" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "labels of all rows (.csv, .tsv, .npy, .parquet, .gpkg, .geojson, .fgb, postgresql://...)",
      "FILE" },
    LLOYD_CLI_TARGET_ENTRIES (target),
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
  if (lloyd_cli_read_target (&target, argv[1], output, &recipe->layer, &code))
    {
      target.save.cancellable = cancellable;
      if (!lloyd_files_check_output (output, &target.save, &error) ||
          !predict (recipe, argv[1], output, &target.save, is_streamed, cancellable, &error))
        code = lloyd_cli_fail (error);
    }
  lloyd_cli_clear_target (&target);
  return code;
}
