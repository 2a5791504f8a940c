#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "compute/error.h"
#include "compute/files/csv.h"
#include "compute/files/image.h"
#include "compute/files/import-formats.h"
#include "compute/files/npy.h"
#include "compute/files/report.h"
#include "compute/files/results-parts.h"
#include "compute/files/results.h"
#include "compute/kmeans/restarts.h"
#include "compute/kmeans/seeding.h"

/* What `run` takes beside the recipe. */
typedef struct
{
  char *output;
  char *centroids;
  char *trace;
  gboolean json;
  LloydCliStream stream;
  /* What --output has beside labels: --with, and all of it together. */
  char *with;
  LloydResultWishes results;
  LloydCliTarget target;
} Wishes;

static const char summary[] = "Clusters the rows of INPUT, a table, a cloud or a picture. Rows "
                              "count from 1, clusters from 0.\n"
                              "Exact: the same bits on every backend and number of threads.";

/* ---- options ------------------------------------------------------------------------------- */

static gboolean
parse (int *argc, char ***argv, LloydRecipe *recipe, Wishes *wishes, LloydExit *code)
{
  const GOptionEntry own[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &wishes->output,
      "labels of all rows (.csv, .tsv, .npy, .parquet, .gpkg, .geojson, .fgb, .ply, "
      "postgresql://...), or the picture in the centroids' colours (.png)",
      "FILE" },
    LLOYD_CLI_TARGET_ENTRIES (wishes->target),
    LLOYD_CLI_WITH_ENTRIES (wishes->with, wishes->results),
    { "centroids", 0, 0, G_OPTION_ARG_FILENAME, &wishes->centroids, "final centroids (.csv, .tsv)",
      "FILE" },
    { "trace", 0, 0, G_OPTION_ARG_FILENAME, &wishes->trace,
      "objective and times of every step (.csv)", "FILE" },
    lloyd_cli_stream_entries (&wishes->stream.is_wanted)[0],
    lloyd_cli_stream_entries (&wishes->stream.is_wanted)[1],
    { "json", 0, 0, G_OPTION_ARG_NONE, &wishes->json, "print the report, and nothing else", NULL },
    { 0 },
  };

  return lloyd_cli_parse_recipe (argc, argv, own, "INPUT", summary, NULL, recipe, code);
}

static gboolean
is_picture (const char *output)
{
  return output != NULL && lloyd_image_can_write (output);
}

static gboolean
check_path (const char *path, gboolean is_output, const LloydSaveOptions *save, LloydExit *code)
{
  g_autoptr (GError) error = NULL;
  const LloydFormat *format =
      is_output && is_picture (path) ? NULL : lloyd_results_find_writer (path, &error);

  if (error != NULL)
    *code = lloyd_cli_misuse ("%s", error->message);
  else if (format != &lloyd_format_csv && format != NULL && !is_output)
    *code = lloyd_cli_misuse ("%s: the name must end in .csv or .tsv", path);
  else if (!lloyd_files_check_output (path, save, &error))
    *code = lloyd_cli_fail (error);
  return *code == LLOYD_EXIT_DONE;
}

/* What cannot be written is said before the work, not after it. */
static gboolean
check_wishes (const Wishes *wishes, const char *input, LloydExit *code)
{
  const char *const paths[] = { wishes->output, wishes->centroids, wishes->trace };
  if (is_picture (wishes->output) && g_file_test (input, G_FILE_TEST_EXISTS) &&
      !g_file_test (input, G_FILE_TEST_IS_REGULAR))
    {
      *code = lloyd_cli_misuse ("%s: is read twice for a picture, which only a file can be", input);
      return FALSE;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      if (paths[i] == NULL)
        continue;
      if (!check_path (paths[i], i == 0, &wishes->target.save, code) ||
          !lloyd_cli_check_place (paths[i], input, code))
        return FALSE;
      for (size_t j = 0; j < i; j++)
        if (paths[j] != NULL && lloyd_files_is_same (paths[i], paths[j]))
          {
            *code = lloyd_cli_misuse ("%s: two results cannot go into one file", paths[i]);
            return FALSE;
          }
    }
  return TRUE;
}

/* ---- talking ------------------------------------------------------------------------------- */

static void
print_head (LloydRun *run)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydEngine *engine = lloyd_run_get_engine (run);
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  g_autofree char *names = g_strjoinv (", ", points->names);

  if (points->d > 8)
    {
      g_free (names);
      names = g_strdup_printf ("%s to %s", points->names[0], points->names[points->d - 1]);
    }
  g_autofree char *path = lloyd_cli_dup_plain (points->path, 0);
  g_autofree char *plain = lloyd_cli_dup_plain (names, 0);
  printf ("%s: %" G_GSIZE_FORMAT " x %u (%s)", path, points->n, points->d, plain);
  if (points->n < points->n_input)
    printf (", %" G_GSIZE_FORMAT " dropped", points->n_input - points->n);
  printf ("\nk = %u, %s", recipe->k, lloyd_metric_names[recipe->metric]);
  if (recipe->mode == LLOYD_MODE_FAST)
    printf (", fast mode");
  if (recipe->algorithm == LLOYD_ALGORITHM_MINIBATCH)
    printf (", batches of %u", recipe->batch_size);
  printf ("; %s: %s, %s\n", engine->backend->name, engine->device_name, engine->device_detail);
  printf ("prepare %.3f ms, seeding %.3f ms\n\n", (double) lloyd_run_get_prepare_ns (run) / 1e6,
          (double) lloyd_run_get_seeding_ns (run) / 1e6);
  printf ("%6s %20s %12s %8s %12s %12s\n", "step", "objective", "moved", "empty", "assign ms",
          "update ms");
}

static void
print_step (const LloydStep *step)
{
  printf ("%6u %20.10g %12" G_GUINT64_FORMAT " %8u %12.3f %12.3f\n", step->step, step->objective,
          step->moved, step->n_empty, (double) step->assign_ns / 1e6,
          (double) step->update_ns / 1e6);
}

static void
print_result (LloydRun *run, const Wishes *wishes)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  const gint64 *sizes = lloyd_run_get_sizes (run);
  gboolean has_weights = points->weights != NULL;
  g_autofree double *values = g_new (double, (size_t) recipe->k * points->d);
  guint n, shown_columns = MIN (points->d, 6);
  lloyd_run_get_steps (run, &n);

  printf ("\n%s after %u %s\n\n%8s %12s", lloyd_stop_names[lloyd_run_get_stop (run)], n,
          n == 1 ? "step" : "steps", "cluster", "size");
  if (has_weights)
    printf (" %18s", "weight");
  for (guint j = 0; j < shown_columns; j++)
    {
      g_autofree char *name = lloyd_cli_dup_plain (points->names[j], 18);
      printf (" %s", name);
    }
  printf (points->d > shown_columns ? " ...\n" : "\n");

  lloyd_centroids_to_data (points, recipe->metric, lloyd_run_get_centroids (run), recipe->k,
                           values);
  for (guint cluster = 0; cluster < recipe->k; cluster++)
    {
      printf ("%8u %12" G_GINT64_FORMAT, cluster, sizes[cluster]);
      if (has_weights)
        printf (" %18.8g", lloyd_run_get_weights (run)[cluster]);
      for (guint j = 0; j < shown_columns; j++)
        printf (" %18.8g", values[(size_t) cluster * points->d + j]);
      printf ("\n");
    }
  for (const char *const *remark = lloyd_run_get_remarks (run); *remark != NULL; remark++)
    printf ("\nremark: %s\n", *remark);
  if (wishes->centroids != NULL && recipe->scale != LLOYD_SCALE_NONE)
    printf ("\nremark: %s is in the data's own unit, so predict does not bring back the labels of "
            "this scaled run\n",
            wishes->centroids);
}

/* ---- the run ------------------------------------------------------------------------------- */

/* One line for each restart; the steps of the best come later. */
static void
print_restart (guint restart, LloydRun *run, gpointer data)
{
  guint n;
  (void) data;
  lloyd_run_get_steps (run, &n);
  printf ("restart %u: seed %" G_GUINT64_FORMAT ", objective %.10g after %u steps, %s\n",
          restart + 1, lloyd_run_get_recipe (run)->seed, lloyd_run_get_objective (run), n,
          lloyd_stop_names[lloyd_run_get_stop (run)]);
}

/* A run at its start; or, with restarts, the best at its end. */
static LloydRun *
open_run (LloydRecipe *recipe,
          const char *path,
          Wishes *wishes,
          LloydTable **table,
          GCancellable *cancellable,
          GError **error)
{
  const LloydBackend *backend = lloyd_backends_find (recipe->backend, recipe->device, NULL, error);
  if (backend == NULL)
    return NULL;
  gboolean has_input =
      wishes->output != NULL && lloyd_files_find_writer (wishes->output, NULL) != &lloyd_format_npy;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, path, wishes->results.keep_columns, has_input ? table : NULL,
                             &wishes->stream, cancellable, error);
  if (points == NULL)
    return NULL;
  if (recipe->restarts == 1)
    return lloyd_run_new (points, recipe, backend, NULL, cancellable, error);
  return lloyd_restarts_run (points, recipe, backend, NULL, wishes->json ? NULL : print_restart,
                             NULL, cancellable, error);
}

static gboolean
take_steps (LloydRun *run, gboolean is_quiet, GCancellable *cancellable, GError **error)
{
  guint n_known;
  const LloydStep *known = lloyd_run_get_steps (run, &n_known);
  for (guint i = 0; i < n_known && !is_quiet; i++)
    print_step (&known[i]);
  while (!lloyd_run_is_at_end (run))
    {
      guint n;
      if (!lloyd_run_step (run, cancellable, error))
        return FALSE;
      const LloydStep *steps = lloyd_run_get_steps (run, &n);
      if (!is_quiet)
        print_step (&steps[n - 1]);
    }
  return TRUE;
}

static gboolean
save_output (LloydRun *run,
             const LloydTable *table,
             const Wishes *wishes,
             GCancellable *cancellable,
             GError **error)
{
  if (is_picture (wishes->output))
    return lloyd_results_save_picture (wishes->output, run, error);
  LloydSaveOptions save = wishes->target.save;
  save.cancellable = cancellable;
  if (wishes->stream.parts != NULL)
    return lloyd_results_save_parts (wishes->output, run, wishes->stream.parts, &wishes->results,
                                     &save, error);
  return lloyd_results_save (wishes->output, run, table, &wishes->results, &save, error);
}

static gboolean
save (LloydRun *run,
      const LloydTable *table,
      const Wishes *wishes,
      GCancellable *cancellable,
      GError **error)
{
  return (wishes->output == NULL || save_output (run, table, wishes, cancellable, error)) &&
         (wishes->centroids == NULL ||
          lloyd_results_save_centroids (wishes->centroids, run, error)) &&
         (wishes->trace == NULL || lloyd_results_save_trace (wishes->trace, run, error));
}

static gboolean
print_report (LloydRun *run, const char *path, GError **error)
{
  g_autofree char *json = lloyd_report_dup_json (run, path, LLOYD_STOP_NONE, error);
  if (json == NULL)
    return FALSE;
  fputs (json, stdout);
  return TRUE;
}

/* Rows without a place, which a FlatGeobuf file cannot hold, are told of before the work. */
static gboolean
check_rows (const Wishes *wishes, const char *name, const LloydTable *table, GError **error)
{
  if (wishes->output == NULL || table == NULL ||
      lloyd_files_find_writer (wishes->output, NULL) != &lloyd_format_flatgeobuf)
    return TRUE;
  const LloydColumn *geometry = name != NULL ? lloyd_table_find (table, name) : NULL;
  if (geometry == NULL || geometry->type != LLOYD_COLUMN_GEOMETRY)
    geometry = lloyd_table_find_geometry (table);
  if (geometry == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                 "%s: a FlatGeobuf file needs a place for each row, and there is no geometry; "
                 "GeoPackage, GeoJSON and Parquet do without",
                 wishes->output);
  else if (geometry->n_missing > 0)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                 "%s: rows without a place: %zu, and a FlatGeobuf file holds none; GeoPackage, "
                 "GeoJSON and Parquet do",
                 wishes->output, geometry->n_missing);
  return geometry != NULL && geometry->n_missing == 0;
}

static LloydExit
run_recipe (LloydRecipe *recipe, const char *path, Wishes *wishes, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = NULL;
  g_autoptr (LloydRun) run = open_run (recipe, path, wishes, &table, cancellable, &error);
  if (run == NULL ||
      (is_picture (wishes->output) &&
       !lloyd_results_check_picture (lloyd_run_get_points (run), &error)) ||
      !check_rows (wishes, recipe->geometry, table, &error))
    return lloyd_cli_fail (error);

  if (!wishes->json)
    print_head (run);
  if (!take_steps (run, wishes->json, cancellable, &error) ||
      !save (run, table, wishes, cancellable, &error))
    return lloyd_cli_fail (error);
  if (!wishes->json)
    print_result (run, wishes);
  else if (!print_report (run, path, &error))
    return lloyd_cli_fail (error);
  return LLOYD_EXIT_DONE;
}

LloydExit
lloyd_cli_run (int argc, char **argv, GCancellable *cancellable)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  Wishes wishes = { 0 };
  LloydExit code = LLOYD_EXIT_DONE;

  if (parse (&argc, &argv, recipe, &wishes, &code) &&
      lloyd_cli_read_with (wishes.with, wishes.output, &wishes.results, &code) &&
      lloyd_cli_read_target (&wishes.target, argv[1], wishes.output, &recipe->layer, &code) &&
      check_wishes (&wishes, argv[1], &code))
    {
      wishes.results.input_path = argv[1];
      code = run_recipe (recipe, argv[1], &wishes, cancellable);
    }
  g_clear_pointer (&wishes.stream.parts, lloyd_parts_unref);
  g_free (wishes.output);
  g_free (wishes.centroids);
  g_free (wishes.trace);
  g_free (wishes.with);
  lloyd_cli_clear_target (&wishes.target);
  return code;
}
