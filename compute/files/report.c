#include "compute/files/report.h"

#include <json-glib/json-glib.h>
#include <math.h>

#include "compute/files/results-table.h"
#include "compute/kmeans/restarts.h"
#include "compute/kmeans/seeding.h"
#include "compute/memory.h"
#include "compute/version.h"

/* JSON is UTF-8; paths need not be. */
static void
add_string_value (JsonBuilder *b, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  json_builder_add_string_value (b, valid);
}

static void
add_string (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  add_string_value (b, value);
}

static void
add_int (JsonBuilder *b, const char *name, gint64 value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, value);
}

/* JSON has no NaN: what does not exist is null. */
static void
add_double (JsonBuilder *b, const char *name, double value)
{
  json_builder_set_member_name (b, name);
  if (isfinite (value))
    json_builder_add_double_value (b, value);
  else
    json_builder_add_null_value (b);
}

static void
add_ms (JsonBuilder *b, const char *name, gint64 ns)
{
  add_double (b, name, (double) ns / 1e6);
}

static void
add_doubles (JsonBuilder *b, const double *values, size_t n)
{
  json_builder_begin_array (b);
  for (size_t i = 0; i < n; i++)
    json_builder_add_double_value (b, values[i]);
  json_builder_end_array (b);
}

static void
add_input (JsonBuilder *b, const LloydPoints *points, const char *path)
{
  g_autofree char *sha256 = lloyd_points_dup_sha256 (points);

  json_builder_set_member_name (b, "input");
  json_builder_begin_object (b);
  add_string (b, "path", path);
  add_int (b, "rows", (gint64) points->n_input);
  add_int (b, "dropped", (gint64) (points->n_input - points->n));
  json_builder_set_member_name (b, "features");
  json_builder_begin_array (b);
  for (guint j = 0; j < points->d; j++)
    add_string_value (b, points->names[j]);
  json_builder_end_array (b);
  json_builder_set_member_name (b, "origin");
  add_doubles (b, points->origin, points->d);
  add_string (b, "sha256", sha256);
  json_builder_end_object (b);
}

/* A number where JSON's readers have one for it; else its digits. */
static void
add_seed (JsonBuilder *b, guint64 seed)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);
  if (seed <= G_MAXINT64)
    add_int (b, "seed", (gint64) seed);
  else
    add_string (b, "seed", digits);
}

static void
add_pins (JsonBuilder *b, const LloydRecipe *recipe)
{
  if (recipe->pins == NULL)
    return;
  json_builder_set_member_name (b, "pin");
  json_builder_begin_array (b);
  for (guint i = 0; i < recipe->pins->len; i++)
    json_builder_add_int_value (b, g_array_index (recipe->pins, guint, i));
  json_builder_end_array (b);
}

static void
add_recipe (JsonBuilder *b, const LloydRecipe *recipe, const char *path)
{
  g_autofree char *init = lloyd_recipe_dup_value (recipe, "init");
  g_autofree char *command = lloyd_recipe_dup_command (recipe, path);

  json_builder_set_member_name (b, "recipe");
  json_builder_begin_object (b);
  add_int (b, "k", recipe->k);
  add_string (b, "metric", lloyd_metric_names[recipe->metric]);
  add_string (b, "algorithm", lloyd_algorithm_names[recipe->algorithm]);
  if (recipe->algorithm == LLOYD_ALGORITHM_MINIBATCH)
    {
      add_int (b, "batch_size", recipe->batch_size);
      add_string (b, "batch_rule", lloyd_batch_rule_names[recipe->batch_rule]);
    }
  add_string (b, "init", init);
  add_seed (b, recipe->seed);
  if (recipe->restarts > 1)
    add_int (b, "restarts", recipe->restarts);
  add_pins (b, recipe);
  add_int (b, "max_steps", recipe->max_steps);
  add_double (b, "tolerance", recipe->tolerance);
  add_string (b, "empty", lloyd_empty_names[recipe->empty]);
  if (recipe->sample > 0)
    add_int (b, "sample", (gint64) recipe->sample);
  add_string (b, "scale", lloyd_scale_names[recipe->scale]);
  add_string (b, "missing", lloyd_missing_names[recipe->missing]);
  if (recipe->weights != NULL)
    add_string (b, "weights", recipe->weights);
  if (recipe->geometry != NULL)
    add_string (b, "geometry", recipe->geometry);
  if (recipe->project != LLOYD_PROJECT_NONE)
    add_string (b, "project", lloyd_project_names[recipe->project]);
  if (recipe->space_weight > 0.0)
    add_double (b, "space_weight", recipe->space_weight);
  add_string (b, "command", command);
  json_builder_end_object (b);
}

static void
add_device (JsonBuilder *b, const LloydEngine *engine)
{
  json_builder_set_member_name (b, "device");
  json_builder_begin_object (b);
  add_string (b, "backend", engine->backend->name);
  add_string (b, "name", engine->device_name);
  add_string (b, "detail", engine->device_detail);
  add_string (b, "mode", lloyd_mode_names[engine->is_fast]);
  json_builder_end_object (b);
}

static void
add_steps (JsonBuilder *b, LloydRun *run)
{
  guint n;
  const LloydStep *steps = lloyd_run_get_steps (run, &n);

  json_builder_set_member_name (b, "steps");
  json_builder_begin_array (b);
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (b);
      add_int (b, "step", steps[i].step);
      add_double (b, "objective", steps[i].objective);
      add_double (b, "objective_after_update", steps[i].objective_after_update);
      add_int (b, "moved", (gint64) steps[i].moved);
      add_int (b, "empty", steps[i].n_empty);
      add_ms (b, "assign_ms", steps[i].assign_ns);
      add_ms (b, "update_ms", steps[i].update_ns);
      add_ms (b, "wall_ms", steps[i].wall_ns);
      json_builder_end_object (b);
    }
  json_builder_end_array (b);
}

static void
add_sizes (JsonBuilder *b, const char *name, const gint64 *sizes, guint k)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_array (b);
  for (guint j = 0; j < k; j++)
    json_builder_add_int_value (b, sizes[j]);
  json_builder_end_array (b);
}

static void
add_centroids (JsonBuilder *b, LloydRun *run)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  g_autofree double *values = g_new (double, (size_t) lloyd_run_get_k (run) * points->d);

  lloyd_centroids_to_data (points, recipe->metric, lloyd_run_get_centroids (run),
                           lloyd_run_get_k (run), values);
  json_builder_set_member_name (b, "centroids");
  json_builder_begin_array (b);
  for (guint j = 0; j < lloyd_run_get_k (run); j++)
    add_doubles (b, values + (size_t) j * points->d, points->d);
  json_builder_end_array (b);
}

static gboolean
add_hashes (JsonBuilder *b, LloydRun *run, GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  gint32 *labels = lloyd_allocate_aligned (points->n_input, sizeof (gint32), "the labels", error);
  if (labels == NULL || !lloyd_run_read_labels (run, labels, error))
    {
      lloyd_free_aligned (labels);
      return FALSE;
    }
  g_autofree char *label_sum = lloyd_results_hash_labels (labels, points->n_input);
  g_autofree char *centroid_sum = lloyd_results_hash_centroids (run);
  lloyd_free_aligned (labels);
  add_string (b, "labels_sha256", label_sum);
  add_string (b, "centroids_sha256", centroid_sum);
  return TRUE;
}

static void
add_remarks (JsonBuilder *b, LloydRun *run)
{
  json_builder_set_member_name (b, "remarks");
  json_builder_begin_array (b);
  for (const char *const *remark = lloyd_run_get_remarks (run); *remark != NULL; remark++)
    add_string_value (b, *remark);
  json_builder_end_array (b);
}

/* Final objectives of all restarts, or of the one run. */
static void
add_restarts (JsonBuilder *b, const LloydRun *run, double objective)
{
  guint n;
  const double *objectives = lloyd_run_get_restarts (run, &n);

  json_builder_set_member_name (b, "restarts");
  if (n > 0)
    {
      add_doubles (b, objectives, n);
      return;
    }
  json_builder_begin_array (b);
  if (isfinite (objective))
    json_builder_add_double_value (b, objective);
  json_builder_end_array (b);
}

static void
add_outcome (JsonBuilder *b, LloydRun *run, LloydStop stop)
{
  guint k = lloyd_run_get_k (run);
  double objective = lloyd_run_get_objective (run);

  json_builder_set_member_name (b, "stopped");
  if (lloyd_stop_names[stop] != NULL)
    json_builder_add_string_value (b, lloyd_stop_names[stop]);
  else
    json_builder_add_null_value (b);
  add_double (b, "objective", objective);
  add_sizes (b, "sizes", lloyd_run_get_sizes (run), k);
  if (lloyd_run_get_points (run)->weights == NULL)
    add_sizes (b, "weights", lloyd_run_get_sizes (run), k);
  else
    {
      json_builder_set_member_name (b, "weights");
      add_doubles (b, lloyd_run_get_weights (run), k);
    }
  add_centroids (b, run);
  add_restarts (b, run, objective);
}

char *
lloyd_report_dup_json (LloydRun *run, const char *input, LloydStop stop, GError **error)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  add_string (b, "lloyd", LLOYD_VERSION);
  add_input (b, lloyd_run_get_points (run), input);
  add_recipe (b, lloyd_run_get_recipe (run), input);
  add_device (b, lloyd_run_get_engine (run));
  add_ms (b, "prepare_ms", lloyd_run_get_prepare_ns (run));
  add_ms (b, "seeding_ms", lloyd_run_get_seeding_ns (run));
  add_steps (b, run);
  add_outcome (b, run, stop != LLOYD_STOP_NONE ? stop : lloyd_run_get_stop (run));
  if (!add_hashes (b, run, error))
    return NULL;
  add_int (b, "peak_bytes", (gint64) lloyd_peak_memory ());
  add_remarks (b, run);
  json_builder_end_object (b);

  g_autoptr (JsonNode) root = json_builder_get_root (b);
  g_autofree char *text = json_to_string (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}
