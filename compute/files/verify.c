#include "compute/files/verify.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/files/edit-notes.h"
#include "compute/files/json.h"
#include "compute/files/results-table.h"
#include "compute/kmeans/distances.h"
#include "compute/memory.h"
#include "compute/words.h"

/* Bytes in which JSON says what it is. */
#define MOST_BEFORE ((size_t) 63)

static const char *const device_keys[] = { "backend", "device", "threads", "simd", NULL };

static LloydClaims *
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return NULL;
}

static LloydClaims *
claims_new (void)
{
  LloydClaims *self = g_new0 (LloydClaims, 1);
  self->recipe = lloyd_recipe_new ();
  self->position = -1;
  return self;
}

void
lloyd_claims_free (LloydClaims *self)
{
  lloyd_recipe_free (self->recipe);
  g_free (self->start_seed);
  g_clear_pointer (&self->edits, g_ptr_array_unref);
  g_free (self->input);
  g_free (self->input_sha256);
  g_free (self->labels_sha256);
  g_free (self->labelled_sha256);
  g_free (self->model_sha256);
  g_free (self->centroids_sha256);
  g_free (self->stopped);
  g_free (self->objective);
  g_free (self->steps);
  g_strfreev (self->features);
  g_clear_pointer (&self->table, lloyd_table_unref);
  g_free (self);
}

/* ---- a report ------------------------------------------------------------------------------ */

static gboolean
set_key (LloydClaims *self, const char *path, const char *key, const char *value, GError **error)
{
  if (g_strv_contains (device_keys, key) || lloyd_recipe_set (self->recipe, key, value, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

/* lloyd-cli run INPUT --key value ... */
static gboolean
read_command (LloydClaims *self, const char *path, const char *command, GError **error)
{
  g_auto (GStrv) words = NULL;
  int n;
  if (!g_shell_parse_argv (command, &n, &words, NULL) || n < 3 || n % 2 == 0)
    return fail (error, path, _ ("the command in the report cannot be read")) != NULL;
  self->input = g_strdup (words[2]);
  for (int i = 3; i + 1 < n; i += 2)
    {
      if (!g_str_has_prefix (words[i], "--"))
        return fail (error, path, _ ("the command in the report cannot be read")) != NULL;
      if (!set_key (self, path, words[i] + 2, words[i + 1], error))
        return FALSE;
    }
  return TRUE;
}

static char *
dup_objective (JsonObject *report)
{
  JsonNode *node = json_object_get_member (report, "objective");
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  return g_strdup (g_ascii_dtostr (digits, sizeof digits, json_node_get_double (node)));
}

/* The seed of the best of restarts, the first among equals. */
static void
read_restarts (LloydClaims *self, JsonObject *report)
{
  JsonArray *restarts = lloyd_json_array_in (report, "restarts");
  guint n = restarts != NULL ? json_array_get_length (restarts) : 0, best = 0;
  for (guint i = 0; i < n; i++)
    if (!JSON_NODE_HOLDS_VALUE (json_array_get_element (restarts, i)))
      return;
    else if (json_array_get_double_element (restarts, i) <
             json_array_get_double_element (restarts, best))
      best = i;
  if (n == self->recipe->restarts && n > 1)
    self->start_seed = g_strdup_printf ("%" G_GUINT64_FORMAT, self->recipe->seed + best);
}

static LloydClaims *
read_report (const char *path, const char *text, GError **error)
{
  g_autoptr (JsonNode) root = lloyd_json_parse_object (text);
  g_autoptr (LloydClaims) self = claims_new ();
  JsonObject *report = root != NULL ? json_node_get_object (root) : NULL;
  JsonObject *recipe = report != NULL ? lloyd_json_object_in (report, "recipe") : NULL;
  JsonObject *input = report != NULL ? lloyd_json_object_in (report, "input") : NULL;
  JsonArray *steps = report != NULL ? lloyd_json_array_in (report, "steps") : NULL;
  const char *command = recipe != NULL ? lloyd_json_string_in (recipe, "command") : NULL;

  if (command == NULL || input == NULL)
    return fail (error, path, _ ("is not a report of a run"));
  if (!read_command (self, path, command, error))
    return NULL;
  self->input_sha256 = g_strdup (lloyd_json_string_in (input, "sha256"));
  self->labels_sha256 = g_strdup (lloyd_json_string_in (report, "labels_sha256"));
  self->centroids_sha256 = g_strdup (lloyd_json_string_in (report, "centroids_sha256"));
  self->stopped = g_strdup (lloyd_json_string_in (report, "stopped"));
  self->objective = dup_objective (report);
  read_restarts (self, report);
  if (steps != NULL)
    self->steps = g_strdup_printf ("%u", json_array_get_length (steps));
  return g_steal_pointer (&self);
}

/* ---- a table ------------------------------------------------------------------------------- */

static gboolean
read_recipe (LloydClaims *self, const char *path, const char *text, GError **error)
{
  g_autoptr (JsonNode) root = lloyd_json_parse_object (text);
  if (root == NULL)
    return fail (error, path, _ ("the recipe in the file cannot be read")) != NULL;
  JsonObject *recipe = json_node_get_object (root);
  g_autoptr (GList) keys = json_object_get_members (recipe);
  for (GList *key = keys; key != NULL; key = key->next)
    {
      const char *value = lloyd_json_string_in (recipe, key->data);
      if (value == NULL)
        return fail (error, path, _ ("the recipe in the file cannot be read")) != NULL;
      if (!set_key (self, path, key->data, value, error))
        return FALSE;
    }
  return TRUE;
}

static char *
dup_note (const LloydTable *table, const char *key)
{
  const char *note = lloyd_table_get_note (table, key);
  return note != NULL && note[0] != '\0' ? g_strdup (note) : NULL;
}

/* A run that went on beyond its limit had another one; where it was edited it got a new one. */
static gboolean
read_counts (LloydClaims *self, const char *path, GError **error)
{
  const char *position = lloyd_table_get_note (self->table, "lloyd.position");
  guint64 number;
  if (position != NULL)
    {
      if (!g_ascii_string_to_unsigned (position, 10, 0, G_MAXUINT, &number, NULL))
        return fail (error, path, _ ("the position in the file cannot be read")) != NULL;
      self->position = (gint64) number;
    }
  if (self->steps != NULL &&
      !g_ascii_string_to_unsigned (self->steps, 10, 0, G_MAXUINT / 2, &number, NULL))
    return fail (error, path, _ ("the number of steps in the file cannot be read")) != NULL;
  if (self->steps != NULL && self->edits == NULL)
    self->recipe->max_steps = MAX (self->recipe->max_steps, (guint) number);
  return TRUE;
}

/* Rows that no run labelled: those of a model stand where a run from it has its first labels. */
static gboolean
read_labelled (LloydClaims *self, const char *path, GError **error)
{
  const char *labelled = lloyd_table_get_note (self->table, "lloyd.labelled");
  if (labelled == NULL)
    return TRUE;
  if (g_str_equal (labelled, LLOYD_LABELLED_BY_SAMPLE))
    {
      self->labels_of = LLOYD_LABELS_OF_EVERY_ROW;
      self->labels_sha256 = dup_note (self->table, "lloyd.sample_labels_sha256");
      self->labelled_sha256 = dup_note (self->table, "lloyd.labelled_sha256");
      return TRUE;
    }
  if (!g_str_equal (labelled, LLOYD_LABELLED_BY_MODEL) || self->recipe->init != LLOYD_INIT_FILE)
    return fail (error, path, _ ("how the rows in the file were labelled cannot be read")) != NULL;
  self->labels_of = LLOYD_LABELS_OF_MODEL;
  self->model_sha256 = dup_note (self->table, "lloyd.centroid_file_sha256");
  self->position = 1;
  return TRUE;
}

gboolean
lloyd_claims_are_in (const LloydTable *table)
{
  return lloyd_table_get_note (table, "lloyd.recipe") != NULL;
}

LloydClaims *
lloyd_claims_new (LloydTable *table, const char *path, GError **error)
{
  g_autoptr (LloydClaims) self = claims_new ();
  const char *recipe = lloyd_table_get_note (table, "lloyd.recipe");
  const char *edits = lloyd_table_get_note (table, "lloyd.edits");
  const char *features = lloyd_table_get_note (table, "lloyd.feature_names");
  self->table = lloyd_table_ref (table);
  if (recipe == NULL)
    return fail (error, path,
                 _ ("does not say how it was made; results in Parquet, GeoPackage, FlatGeobuf, "
                    "GeoJSON, PLY and databases do, and reports of runs"));
  if (!read_recipe (self, path, recipe, error))
    return NULL;
  if (edits != NULL && (self->edits = lloyd_placed_edits_parse (edits)) == NULL)
    return fail (error, path, _ ("the edits in the file cannot be read"));
  if (features != NULL && (self->features = lloyd_json_parse_strings (features)) == NULL)
    return fail (error, path, _ ("the names of features in the file cannot be read"));
  self->start_seed = dup_note (table, "lloyd.start_seed");
  self->input = dup_note (table, "lloyd.input");
  self->input_sha256 = dup_note (table, "lloyd.input_sha256");
  self->labels_sha256 = dup_note (table, "lloyd.labels_sha256");
  self->centroids_sha256 = dup_note (table, "lloyd.centroids_sha256");
  self->stopped = dup_note (table, "lloyd.stopped");
  self->objective = dup_note (table, "lloyd.objective");
  self->steps = dup_note (table, "lloyd.steps");
  return read_counts (self, path, error) && read_labelled (self, path, error)
             ? g_steal_pointer (&self)
             : NULL;
}

/* The columns that are compared, and who the rows are where that must be known. */
static LloydTable *
load_rows (const char *path,
           const char *layer,
           gboolean has_ids,
           GCancellable *cancellable,
           GError **error)
{
  const char *const columns[] = { "cluster_id", "distance", "ambiguity", has_ids ? "id" : NULL,
                                  NULL };
  LloydLoadOptions options = { .member = layer,
                               .named = columns,
                               .leave_out =
                                   LLOYD_LOAD_NUMBERS | LLOYD_LOAD_GEOMETRY | LLOYD_LOAD_OTHERS,
                               .cancellable = cancellable };
  return lloyd_files_load (path, &options, NULL, error);
}

static LloydClaims *
read_table (const char *path, const char *layer, GCancellable *cancellable, GError **error)
{
  g_autoptr (LloydTable) table = load_rows (path, layer, FALSE, cancellable, error);
  if (table == NULL)
    return NULL;
  const char *labelled = lloyd_table_get_note (table, "lloyd.labelled");
  if (lloyd_table_get_note (table, LLOYD_NOTE_REORDERED) != NULL ||
      g_strcmp0 (labelled, LLOYD_LABELLED_BY_SAMPLE) == 0)
    {
      lloyd_table_unref (table);
      table = load_rows (path, layer, TRUE, cancellable, error);
    }
  return table != NULL ? lloyd_claims_new (table, path, error) : NULL;
}

/* Whether a file begins as JSON does; its text is then read. A pipe is read in any case. */
static gboolean
is_json (const char *path, GCancellable *cancellable, char **text)
{
  LloydLoadOptions options = { .cancellable = cancellable };
  size_t n;
  g_autoptr (LloydInput) input = lloyd_input_open (path, &options, NULL);
  if (input == NULL)
    return FALSE;
  const char *head = lloyd_input_get_head (input, &n);
  g_autofree char *first = g_strndup (head, MIN (n, MOST_BEFORE));
  if (g_strchug (first)[0] != '{' || strstr (first, "\"FeatureCollection\"") != NULL)
    return FALSE;
  *text = lloyd_input_take (input, &n, NULL);
  return *text != NULL;
}

static LloydClaims *
load_report (const char *path, GCancellable *cancellable, GError **error)
{
  char *text = NULL;
  if (!is_json (path, cancellable, &text))
    return NULL;
  LloydClaims *self = read_report (path, text, error);
  lloyd_free_aligned (text);
  return self;
}

/* What cannot be read once more. */
static gboolean
is_pipe (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS) &&
         !g_file_test (path, G_FILE_TEST_IS_REGULAR | G_FILE_TEST_IS_DIR);
}

LloydClaims *
lloyd_claims_load_report (const char *path, GCancellable *cancellable, GError **error)
{
  return is_pipe (path) ? NULL : load_report (path, cancellable, error);
}

LloydClaims *
lloyd_claims_load (const char *path, const char *layer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean is_database = lloyd_database_is_address (path);
  LloydClaims *self = is_database ? NULL : load_report (path, cancellable, &local);
  if (self == NULL && local == NULL && !is_database && is_pipe (path))
    return fail (error, path, _ ("only a report can come out of a pipe"));
  if (self == NULL && local == NULL)
    return read_table (path, layer, cancellable, error);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return self;
}

/* ---- doing it again ------------------------------------------------------------------------ */

/* Where a file is: at its place or, where none is there, beside the result. Yours, or NULL. A pipe
 * or a device is none, which might be waited for without end. */
static char *
find_file (const char *path, const char *result)
{
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return g_strdup (path);
  g_autofree char *folder = g_path_get_dirname (result);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *beside = g_build_filename (folder, name, NULL);
  return g_file_test (beside, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&beside) : NULL;
}

char *
lloyd_claims_dup_input (const LloydClaims *self, const char *result)
{
  if (self->input == NULL || lloyd_database_is_address (self->input))
    return g_strdup (self->input);
  return find_file (self->input, result);
}

gboolean
lloyd_claims_check_input (const LloydClaims *self, const char *result, GError **error)
{
  const LloydRecipe *recipe = self->recipe;
  if (self->input == NULL || !lloyd_database_is_address (self->input) ||
      (recipe->query == NULL && g_str_equal (self->input, result)))
    return TRUE;
  lloyd_database_set_not_allowed (error, self->input, recipe->layer, recipe->query);
  return FALSE;
}

char *
lloyd_claims_dup_model (const LloydClaims *self, const char *result, GError **error)
{
  if (self->recipe->init != LLOYD_INIT_FILE)
    return NULL;
  char *path = find_file (self->recipe->init_path, result);
  if (path == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 self->labels_of == LLOYD_LABELS_OF_MODEL
                     ? _ ("%s: the centroids that labelled it, %s, are not there")
                     : _ ("%s: the centroids that its run began with, %s, are not there"),
                 result, self->recipe->init_path);
  return path;
}

void
lloyd_claims_take_device (LloydClaims *self, const LloydRecipe *other)
{
  for (const char *const *key = device_keys; *key != NULL; key++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (other, *key);
      lloyd_recipe_set (self->recipe, *key, value, NULL);
    }
}

/* On to a position that is not known yet, beyond a limit of steps just so far as it takes. */
static gboolean
advance (LloydRun *run, guint position, GCancellable *cancellable, GError **error)
{
  if (!lloyd_run_go_to (run, lloyd_run_get_last_position (run), cancellable, error))
    return FALSE;
  while (lloyd_run_get_position (run) < position)
    {
      guint n_done = (lloyd_run_get_position (run) + 1) / 2;
      if (lloyd_run_is_at_end (run))
        lloyd_run_continue (run, position / 2 + 1 - n_done);
      if (lloyd_run_is_at_end (run))
        return TRUE;
      if (!lloyd_run_half_step (run, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* Where the edit was made; a run that had ended was then taken on by one half-step. */
static gboolean
replay_edit (LloydRun *run,
             const LloydPlacedEdit *placed,
             GCancellable *cancellable,
             GError **error)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  LloydEdit edit = { placed->kind, placed->cluster, placed->place };
  gboolean has_place = placed->kind == LLOYD_EDIT_ADD || placed->kind == LLOYD_EDIT_MOVE;
  if (!advance (run, placed->position, cancellable, error))
    return FALSE;
  guint last = lloyd_run_get_last_position (run);
  if (last + 1 == placed->position && !lloyd_run_go_past_end (run, cancellable, error))
    return FALSE;
  if (last + 1 < placed->position || (has_place && placed->n_values < points->d))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: an edit in the result is of another run: this one ends at step %u, with "
                      "%u features"),
                   points->path, (last + 1) / 2, points->d);
      return FALSE;
    }
  return lloyd_run_go_to (run, placed->position, cancellable, error) &&
         lloyd_run_edit (run, &edit, cancellable, error);
}

gboolean
lloyd_claims_replay (const LloydClaims *self,
                     LloydRun *run,
                     GCancellable *cancellable,
                     GError **error)
{
  guint64 n_steps = 0;
  for (guint i = 0; self->edits != NULL && i < self->edits->len; i++)
    if (!replay_edit (run, self->edits->pdata[i], cancellable, error))
      return FALSE;
  /* What was edited may have gone on beyond its limit. */
  if (self->steps != NULL)
    g_ascii_string_to_unsigned (self->steps, 10, 0, G_MAXUINT / 2, &n_steps, NULL);
  if (self->edits != NULL && n_steps > 0 &&
      !advance (run, 2 * (guint) n_steps - 1, cancellable, error))
    return FALSE;
  guint last = self->position >= 0 ? (guint) self->position : G_MAXUINT;
  while (lloyd_run_get_position (run) < last && !lloyd_run_is_at_end (run))
    if (!lloyd_run_half_step (run, cancellable, error))
      return FALSE;
  return lloyd_run_get_position (run) <= last || lloyd_run_go_to (run, last, cancellable, error);
}
