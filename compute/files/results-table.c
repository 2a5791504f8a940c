#include "compute/files/results-table.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/edit-notes.h"
#include "compute/files/json.h"
#include "compute/kmeans/distances.h"
#include "compute/memory.h"
#include "compute/version.h"

/* Bytes that go into a checksum at once. */
#define HASHED_LABELS ((size_t) 1 << 20)

char *
lloyd_results_hash_labels (gint32 *labels, size_t n)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  for (size_t i = 0; i < n; i++)
    labels[i] = GINT32_TO_LE (labels[i]);
  for (size_t i = 0; i < n; i += HASHED_LABELS)
    g_checksum_update (sum, (const guchar *) (labels + i),
                       (gssize) (sizeof (gint32) * MIN (n - i, HASHED_LABELS)));
  for (size_t i = 0; i < n; i++)
    labels[i] = GINT32_FROM_LE (labels[i]);
  return g_strdup (g_checksum_get_string (sum));
}

char *
lloyd_results_hash_centroids (const LloydRun *run)
{
  size_t n = (size_t) lloyd_run_get_k (run) * lloyd_run_get_points (run)->d;
  return g_compute_checksum_for_data (
      G_CHECKSUM_SHA256, (const guchar *) lloyd_run_get_centroids (run), sizeof (float) * n);
}

/* ---- columns ------------------------------------------------------------------------------- */

/* A column of the input under another name; its memory is the input's. */
static void
add_borrowed (LloydTable *table, const LloydColumn *column, const char *name)
{
  LloydColumn copy = *column;
  copy.name = (char *) name;
  lloyd_table_add_column (table, &copy);
}

/* Who the rows are: the input's column as it is, the points' names, or numbers from 1. */
static gboolean
add_ids (LloydTable *table, const LloydResultPart *part, GError **error)
{
  const char *id_column = part->id_column;
  if (part->input != NULL && id_column == NULL)
    id_column = lloyd_table_get_note (part->input, LLOYD_NOTE_ROW_NUMBERS);
  const LloydColumn *column =
      part->input != NULL && id_column != NULL ? lloyd_table_find (part->input, id_column) : NULL;
  if (column == NULL && part->ids != NULL)
    column = lloyd_table_get_column (part->ids, 0);
  if (column != NULL)
    {
      add_borrowed (table, column, "id");
      return TRUE;
    }
  gint64 *numbers = lloyd_allocate_aligned (part->n, sizeof *numbers, "the ids", error);
  if (numbers == NULL)
    return FALSE;
  for (size_t i = 0; i < part->n; i++)
    numbers[i] = (gint64) (part->first + i) + 1;
  lloyd_table_take_memory (table, numbers);
  LloydColumn id = { .name = (char *) "id",
                     .type = LLOYD_COLUMN_NUMBER,
                     .data = numbers,
                     .stride = 1,
                     .integer_bytes = sizeof *numbers };
  lloyd_table_add_column (table, &id);
  return TRUE;
}

/* The column of geometry that was named, or the first. */
static const LloydColumn *
find_geometry (const LloydTable *input, const char *name)
{
  const LloydColumn *column = input != NULL && name != NULL ? lloyd_table_find (input, name) : NULL;
  if (column != NULL && column->type == LLOYD_COLUMN_GEOMETRY)
    return column;
  return input != NULL ? lloyd_table_find_geometry (input) : NULL;
}

/* The features and, where all are wanted, the other columns of the input. Elements of a list stand
 * beside one another as they did. */
static void
add_inputs (LloydTable *table, const LloydResultPart *part)
{
  const LloydTable *input = part->input;
  const LloydColumn *geometry = find_geometry (input, part->geometry);
  for (guint i = 0; i < lloyd_table_get_n_columns (input); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (input, i);
      gboolean is_feature = g_strv_contains (part->features, column->name);
      if (column == geometry || g_strcmp0 (column->name, part->id_column) == 0 ||
          column->type == LLOYD_COLUMN_UNUSABLE ||
          !((part->wishes->keep_columns && !column->is_derived) ||
            (part->wishes->features && is_feature)))
        continue;
      if (column->list == NULL || column->is_derived)
        {
          add_borrowed (table, column, column->name);
          continue;
        }
      if (column->element == 0)
        lloyd_table_add_list (table, column->list, column->data, column->n_elements,
                              column->is_float32, column->n_missing);
    }
}

/* What stands before distances. */
static LloydTable *
make_labels (const LloydResultPart *part, GError **error)
{
  g_autoptr (LloydTable) table = lloyd_table_new (part->path, part->n);
  const LloydColumn *place = find_geometry (part->input, part->geometry);
  if (!add_ids (table, part, error))
    return NULL;
  LloydColumn cluster = { .name = (char *) "cluster_id",
                          .type = LLOYD_COLUMN_NUMBER,
                          .data = part->labels,
                          .stride = 1,
                          .integer_bytes = sizeof *part->labels };
  lloyd_table_add_column (table, &cluster);
  if (place != NULL)
    add_borrowed (table, place, "geometry");
  return g_steal_pointer (&table);
}

static gboolean
wishes_input (const LloydResultPart *part)
{
  return part->input != NULL && part->wishes != NULL &&
         (part->wishes->features || part->wishes->keep_columns);
}

static void
add_numbers (LloydTable *table, const char *name, const double *values, size_t n)
{
  size_t n_missing = 0;
  for (size_t i = 0; i < n; i++)
    n_missing += isnan (values[i]) != 0;
  lloyd_table_add_numbers (table, name, values, 1, FALSE, n_missing);
}

LloydTable *
lloyd_results_make_labels (const LloydResultPart *part, GError **error)
{
  LloydTable *table = make_labels (part, error);
  if (table != NULL && part->distances != NULL)
    add_numbers (table, "distance", part->distances, part->n);
  if (table != NULL && part->ambiguities != NULL)
    add_numbers (table, "ambiguity", part->ambiguities, part->n);
  if (table != NULL && wishes_input (part))
    add_inputs (table, part);
  return table;
}

/* ---- rows ---------------------------------------------------------------------------------- */

LloydResultRows *
lloyd_result_rows_new (size_t n, const LloydResultWishes *wishes, GError **error)
{
  g_autoptr (LloydResultRows) self = g_new0 (LloydResultRows, 1);
  gboolean has_distance = wishes != NULL && wishes->distance;
  gboolean has_ambiguity = wishes != NULL && wishes->ambiguity;
  self->labels = lloyd_allocate_aligned (n, sizeof (gint32), "the labels", error);
  if (self->labels == NULL)
    return NULL;
  memset (self->labels, 0, sizeof (gint32) * n);
  if (has_distance && (self->distances = lloyd_allocate_aligned (n, sizeof (double),
                                                                 "the distances", error)) == NULL)
    return NULL;
  if (has_ambiguity && (self->ambiguities = lloyd_allocate_aligned (
                            n, sizeof (double), "the distances", error)) == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

LloydResultRows *
lloyd_result_rows_read (LloydRun *run,
                        const LloydResultWishes *wishes,
                        GCancellable *cancellable,
                        GError **error)
{
  size_t n = lloyd_run_get_points (run)->n_input;
  g_autoptr (LloydResultRows) self = lloyd_result_rows_new (n, wishes, error);
  if (self == NULL || !lloyd_run_read_all_labels (run, self->labels, cancellable, error))
    return NULL;
  gboolean has_any = self->distances != NULL || self->ambiguities != NULL;
  return !has_any || lloyd_run_read_distances (run, self->distances, self->ambiguities, cancellable,
                                               error)
             ? g_steal_pointer (&self)
             : NULL;
}

void
lloyd_result_rows_free (LloydResultRows *self)
{
  lloyd_free_aligned (self->labels);
  lloyd_free_aligned (self->distances);
  lloyd_free_aligned (self->ambiguities);
  g_free (self);
}

/* ---- notes --------------------------------------------------------------------------------- */

/* The settings that differ from the usual ones, but not those of the device. */
static char *
dup_recipe_json (const LloydRecipe *recipe)
{
  static const char *const device[] = { "backend", "device", "threads", "simd", NULL };
  g_autoptr (LloydRecipe) plain = lloyd_recipe_new ();
  g_autoptr (JsonBuilder) b = json_builder_new ();
  json_builder_begin_object (b);
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (recipe, *key);
      g_autofree char *usual = lloyd_recipe_dup_value (plain, *key);
      gboolean is_k = g_str_equal (*key, "k");
      if (value == NULL || g_strv_contains (device, *key) ||
          (!is_k && g_strcmp0 (value, usual) == 0))
        continue;
      g_autofree char *valid = g_utf8_make_valid (value, -1);
      json_builder_set_member_name (b, *key);
      json_builder_add_string_value (b, valid);
    }
  json_builder_end_object (b);
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

guint
lloyd_results_count_steps (const LloydRun *run)
{
  return (lloyd_run_get_position (run) + 1) / 2;
}

char *
lloyd_results_dup_objective (const LloydRun *run)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  guint n = lloyd_results_count_steps (run), n_known;
  const LloydStep *steps = lloyd_run_get_steps (run, &n_known);
  return g_strdup (
      g_ascii_dtostr (digits, sizeof digits, n > 0 ? steps[n - 1].objective : (double) NAN));
}

const char *
lloyd_results_get_stopped (const LloydRun *run)
{
  return lloyd_run_is_at_end (run) ? lloyd_stop_names[lloyd_run_get_stop (run)] : NULL;
}

/* The seed of the best of restarts, the first among equals. */
static guint64
find_start_seed (const LloydRun *run, const double *objectives, guint n)
{
  guint best = 0;
  for (guint i = 1; i < n; i++)
    if (objectives[i] < objectives[best])
      best = i;
  return lloyd_run_get_recipe (run)->seed + best;
}

static void
take_note (LloydTable *table, const char *key, char *value)
{
  lloyd_table_set_note (table, key, value);
  g_free (value);
}

void
lloyd_results_add_notes_of_recipe (LloydTable *table,
                                   const LloydRecipe *recipe,
                                   const char *path,
                                   char **names,
                                   const char *input_sha256)
{
  lloyd_table_set_note (table, "lloyd.version", LLOYD_VERSION);
  lloyd_table_set_note (table, "lloyd.input", path);
  lloyd_table_set_note (table, "lloyd.input_sha256", input_sha256);
  take_note (table, "lloyd.recipe", dup_recipe_json (recipe));
  if (recipe->mode == LLOYD_MODE_FAST)
    lloyd_table_set_note (table, "lloyd.remark", lloyd_fast_remark);
  /* GDAL takes any "features" for those of GeoJSON. */
  take_note (table, "lloyd.feature_names", lloyd_json_dup_strings (names));
}

/* Those of a run, but for its labels. */
static void
add_run_notes (LloydTable *table, LloydRun *run, const char *input_path)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  const char *path = input_path != NULL ? input_path : points->path;
  const char *stopped = lloyd_results_get_stopped (run);
  guint n_restarts = 0;
  const double *restarts = lloyd_run_get_restarts (run, &n_restarts);
  g_autofree char *input = lloyd_points_dup_sha256 (points);
  g_autoptr (GPtrArray) edits = lloyd_run_dup_placed_edits (run);

  lloyd_results_add_notes_of_recipe (table, recipe, path, points->names, input);
  if (edits->len == 0)
    take_note (table, "lloyd.command", lloyd_recipe_dup_command (recipe, path));
  else
    take_note (table, "lloyd.edits", lloyd_placed_edits_dup_text (edits));
  take_note (table, "lloyd.seed", g_strdup_printf ("%" G_GUINT64_FORMAT, recipe->seed));
  if (restarts != NULL)
    take_note (table, "lloyd.start_seed",
               g_strdup_printf ("%" G_GUINT64_FORMAT, find_start_seed (run, restarts, n_restarts)));
  take_note (table, "lloyd.objective", lloyd_results_dup_objective (run));
  lloyd_table_set_note (table, "lloyd.stopped", stopped != NULL ? stopped : "");
  take_note (table, "lloyd.steps", g_strdup_printf ("%u", lloyd_results_count_steps (run)));
  if (stopped == NULL)
    take_note (table, "lloyd.position", g_strdup_printf ("%u", lloyd_run_get_position (run)));
  take_note (table, "lloyd.centroids_sha256", lloyd_results_hash_centroids (run));
}

void
lloyd_results_add_notes (LloydTable *table,
                         LloydRun *run,
                         const LloydResultRows *rows,
                         const char *input_path)
{
  size_t n = lloyd_run_get_points (run)->n_input;
  add_run_notes (table, run, input_path);
  take_note (table, "lloyd.labels_sha256", lloyd_results_hash_labels (rows->labels, n));
}

void
lloyd_results_add_notes_of_sample (LloydTable *table, LloydRun *run, const LloydResultRows *rows)
{
  size_t n = lloyd_run_get_points (run)->n_input;
  add_run_notes (table, run, NULL);
  take_note (table, "lloyd.sample_labels_sha256", lloyd_results_hash_labels (rows->labels, n));
}

void
lloyd_results_copy_notes (LloydTable *table, const LloydTable *notes)
{
  if (notes == NULL)
    return;
  g_autofree const char **keys = lloyd_table_get_note_keys (notes);
  for (const char **key = keys; *key != NULL; key++)
    lloyd_table_set_note (table, *key, lloyd_table_get_note (notes, *key));
}

LloydTable *
lloyd_results_make_part (LloydRun *run,
                         const LloydResultRows *rows,
                         const LloydTable *input,
                         const LloydResultWishes *wishes,
                         size_t first,
                         size_t n,
                         GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  LloydResultPart part = { .path = points->path,
                           .wishes = wishes,
                           .features = (const char *const *) points->names,
                           .ids = points->ids,
                           .input = input,
                           .id_column = recipe->id_column,
                           .geometry = recipe->geometry,
                           .labels = rows->labels + first,
                           .distances = rows->distances != NULL ? rows->distances + first : NULL,
                           .ambiguities =
                               rows->ambiguities != NULL ? rows->ambiguities + first : NULL,
                           .first = first,
                           .n = n };
  return lloyd_results_make_labels (&part, error);
}

LloydTable *
lloyd_results_make_table (LloydRun *run,
                          const LloydTable *input,
                          const LloydResultWishes *wishes,
                          GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (LloydResultRows) rows = lloyd_result_rows_read (run, wishes, cancellable, error);
  g_autoptr (LloydTable) table =
      rows != NULL ? lloyd_results_make_part (run, rows, input, wishes, 0,
                                              lloyd_run_get_points (run)->n_input, error)
                   : NULL;
  if (table == NULL)
    return NULL;
  lloyd_results_add_notes (table, run, rows, wishes->input_path);
  lloyd_table_take_memory (table, g_steal_pointer (&rows->labels));
  lloyd_table_take_memory (table, g_steal_pointer (&rows->distances));
  lloyd_table_take_memory (table, g_steal_pointer (&rows->ambiguities));
  return g_steal_pointer (&table);
}
