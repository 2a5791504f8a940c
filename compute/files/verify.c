#include "compute/files/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/files/edit-notes.h"
#include "compute/files/json.h"
#include "compute/files/results-table.h"
#include "compute/kmeans/distances.h"
#include "compute/memory.h"

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
    return fail (error, path, "the command in the report cannot be read") != NULL;
  self->input = g_strdup (words[2]);
  for (int i = 3; i + 1 < n; i += 2)
    {
      if (!g_str_has_prefix (words[i], "--"))
        return fail (error, path, "the command in the report cannot be read") != NULL;
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
    return fail (error, path, "is not a report of a run");
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
    return fail (error, path, "the recipe in the file cannot be read") != NULL;
  JsonObject *recipe = json_node_get_object (root);
  g_autoptr (GList) keys = json_object_get_members (recipe);
  for (GList *key = keys; key != NULL; key = key->next)
    {
      const char *value = lloyd_json_string_in (recipe, key->data);
      if (value == NULL)
        return fail (error, path, "the recipe in the file cannot be read") != NULL;
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
        return fail (error, path, "the position in the file cannot be read") != NULL;
      self->position = (gint64) number;
    }
  if (self->steps != NULL &&
      !g_ascii_string_to_unsigned (self->steps, 10, 0, G_MAXUINT / 2, &number, NULL))
    return fail (error, path, "the number of steps in the file cannot be read") != NULL;
  if (self->steps != NULL && self->edits == NULL)
    self->recipe->max_steps = MAX (self->recipe->max_steps, (guint) number);
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
    return fail (
        error, path,
        "does not say how it was made; results of run in Parquet, GeoPackage, GeoJSON, PLY and "
        "databases do, and its reports");
  if (!read_recipe (self, path, recipe, error))
    return NULL;
  if (edits != NULL && (self->edits = lloyd_placed_edits_parse (edits)) == NULL)
    return fail (error, path, "the edits in the file cannot be read");
  if (features != NULL && (self->features = lloyd_json_parse_strings (features)) == NULL)
    return fail (error, path, "the names of features in the file cannot be read");
  self->start_seed = dup_note (table, "lloyd.start_seed");
  self->input = dup_note (table, "lloyd.input");
  self->input_sha256 = dup_note (table, "lloyd.input_sha256");
  self->labels_sha256 = dup_note (table, "lloyd.labels_sha256");
  self->centroids_sha256 = dup_note (table, "lloyd.centroids_sha256");
  self->stopped = dup_note (table, "lloyd.stopped");
  self->objective = dup_note (table, "lloyd.objective");
  self->steps = dup_note (table, "lloyd.steps");
  return read_counts (self, path, error) ? g_steal_pointer (&self) : NULL;
}

static LloydClaims *
read_table (const char *path, const char *layer, GCancellable *cancellable, GError **error)
{
  static const char *const columns[] = { "cluster_id", "distance", "ambiguity", NULL };
  LloydLoadOptions options = { .member = layer,
                               .named = columns,
                               .leave_out =
                                   LLOYD_LOAD_NUMBERS | LLOYD_LOAD_GEOMETRY | LLOYD_LOAD_OTHERS,
                               .cancellable = cancellable };
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, NULL, error);
  return table != NULL ? lloyd_claims_new (table, path, error) : NULL;
}

/* Whether a file begins as JSON does; its text is then read. */
static gboolean
is_json (const char *path, GCancellable *cancellable, char **text)
{
  LloydLoadOptions options = { .cancellable = cancellable };
  char first[64] = { 0 };
  size_t n;
  FILE *file = fopen (path, "re");
  if (file == NULL)
    return FALSE;
  size_t n_first = fread (first, 1, sizeof first - 1, file);
  fclose (file);
  if (n_first == 0 || g_strchug (first)[0] != '{' ||
      strstr (first, "\"FeatureCollection\"") != NULL)
    return FALSE;
  g_autoptr (LloydInput) input = lloyd_input_open (path, &options, NULL);
  *text = input != NULL ? lloyd_input_take (input, &n, NULL) : NULL;
  return *text != NULL;
}

LloydClaims *
lloyd_claims_load_report (const char *path, GCancellable *cancellable, GError **error)
{
  char *text = NULL;
  if (!is_json (path, cancellable, &text))
    return NULL;
  LloydClaims *self = read_report (path, text, error);
  lloyd_free_aligned (text);
  return self;
}

LloydClaims *
lloyd_claims_load (const char *path, const char *layer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  LloydClaims *self = lloyd_database_is_address (path)
                          ? NULL
                          : lloyd_claims_load_report (path, cancellable, &local);
  if (self == NULL && local == NULL)
    return read_table (path, layer, cancellable, error);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return self;
}

/* ---- doing it again ------------------------------------------------------------------------ */

char *
lloyd_claims_dup_input (const LloydClaims *self, const char *result)
{
  if (self->input == NULL || lloyd_database_is_address (self->input) ||
      g_file_test (self->input, G_FILE_TEST_EXISTS))
    return g_strdup (self->input);
  g_autofree char *folder = g_path_get_dirname (result);
  g_autofree char *name = g_path_get_basename (self->input);
  g_autofree char *beside = g_build_filename (folder, name, NULL);
  return g_file_test (beside, G_FILE_TEST_EXISTS) ? g_steal_pointer (&beside) : NULL;
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
                   "%s: an edit in the result is of another run: this one ends at step %u, with %u "
                   "features",
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

/* ---- comparing ----------------------------------------------------------------------------- */

typedef struct
{
  GPtrArray *differences;
  GPtrArray *compared;
} Outcome;

static void
note_difference (Outcome *self, char *what)
{
  g_ptr_array_add (self->differences, what);
}

static void
compare_words (Outcome *self, const char *what, const char *claimed, const char *found)
{
  if (claimed == NULL)
    return;
  g_ptr_array_add (self->compared, g_strdup (what));
  if (g_strcmp0 (claimed, found) != 0)
    note_difference (self, g_strdup_printf ("%s (%s in the result, %s now)", what, claimed,
                                            found != NULL ? found : "none"));
}

/* Hashes are told apart by their first digits. */
static void
compare_hashes (Outcome *self, const char *what, const char *claimed, const char *found)
{
  if (claimed == NULL)
    return;
  g_ptr_array_add (self->compared, g_strdup (what));
  if (strcmp (claimed, found) != 0)
    note_difference (self, g_strdup_printf ("%s (SHA-256 %.12s in the result, %.12s now)", what,
                                            claimed, found));
}

static const LloydColumn *
find_claimed (const LloydClaims *self, const char *name)
{
  const LloydColumn *column = self->table != NULL ? lloyd_table_find (self->table, name) : NULL;
  return column != NULL && column->type == LLOYD_COLUMN_NUMBER ? column : NULL;
}

/* Whether a table has another number of rows than the input; that is said once. */
static gboolean
has_other_rows (const LloydClaims *self, size_t n, Outcome *outcome)
{
  size_t n_claimed = lloyd_table_get_n_rows (self->table);
  if (n_claimed != n && outcome != NULL)
    note_difference (outcome, g_strdup_printf ("rows (%" G_GSIZE_FORMAT
                                               " in the result, %" G_GSIZE_FORMAT " now)",
                                               n_claimed, n));
  return n_claimed != n;
}

static void
compare_labels (const LloydClaims *self, const gint32 *labels, size_t n, Outcome *outcome)
{
  const LloydColumn *column = find_claimed (self, "cluster_id");
  if (column == NULL)
    return;
  g_ptr_array_add (outcome->compared, g_strdup ("cluster_id"));
  if (has_other_rows (self, n, outcome))
    return;
  for (size_t i = 0; i < n; i++)
    if (lloyd_column_number (column, i) != (double) labels[i])
      {
        g_autofree char *claimed = lloyd_column_dup_text (column, i);
        note_difference (outcome, g_strdup_printf ("cluster_id (first in row %" G_GSIZE_FORMAT
                                                   ": %s in the result, %d now)",
                                                   i + 1, claimed, labels[i]));
        return;
      }
}

static void
compare_numbers (const LloydClaims *self, const char *name, const double *now, Outcome *outcome)
{
  const LloydColumn *column = find_claimed (self, name);
  g_ptr_array_add (outcome->compared, g_strdup (name));
  for (size_t i = 0; i < lloyd_table_get_n_rows (self->table); i++)
    {
      double claimed = lloyd_column_number (column, i);
      if (claimed == now[i] || (claimed != claimed && now[i] != now[i]))
        continue;
      note_difference (outcome,
                       g_strdup_printf ("%s (first in row %" G_GSIZE_FORMAT ")", name, i + 1));
      return;
    }
}

static gboolean
compare_distances (const LloydClaims *self,
                   LloydRun *run,
                   Outcome *outcome,
                   GCancellable *cancellable,
                   GError **error)
{
  static const char *const names[] = { "distance", "ambiguity" };
  size_t n = lloyd_run_get_points (run)->n_input;
  if (self->table == NULL || has_other_rows (self, n, NULL))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const LloydColumn *column = find_claimed (self, names[i]);
      if (column == NULL || column->is_float32 || column->integer_bytes != 0)
        continue;
      double *now = lloyd_allocate_aligned (n, sizeof *now, "the distances", error);
      if (now == NULL || !lloyd_run_read_distances (run, i == 0 ? now : NULL, i == 1 ? now : NULL,
                                                    cancellable, error))
        {
          lloyd_free_aligned (now);
          return FALSE;
        }
      compare_numbers (self, names[i], now, outcome);
      lloyd_free_aligned (now);
    }
  return TRUE;
}

static void
compare_notes (const LloydClaims *self, LloydRun *run, Outcome *outcome)
{
  const LloydPoints *points = lloyd_run_get_points (run);
  g_autofree char *objective = lloyd_results_dup_objective (run);
  g_autofree char *steps = g_strdup_printf ("%u", lloyd_results_count_steps (run));
  g_autofree char *input = lloyd_points_dup_sha256 (points);
  g_autofree char *centroids = lloyd_results_hash_centroids (run);

  compare_hashes (outcome, "input", self->input_sha256, input);
  compare_words (outcome, "steps", self->steps, steps);
  compare_words (outcome, "stopped", self->stopped, lloyd_results_get_stopped (run));
  compare_words (outcome, "objective", self->objective, objective);
  compare_hashes (outcome, "centroids", self->centroids_sha256, centroids);
}

char **
lloyd_claims_compare (const LloydClaims *self,
                      LloydRun *run,
                      char ***compared,
                      GCancellable *cancellable,
                      GError **error)
{
  size_t n = lloyd_run_get_points (run)->n_input;
  Outcome outcome = { g_ptr_array_new_with_free_func (g_free),
                      g_ptr_array_new_with_free_func (g_free) };
  gint32 *labels = lloyd_allocate_aligned (n, sizeof *labels, "the labels", error);
  gboolean is_read = labels != NULL && lloyd_run_read_all_labels (run, labels, cancellable, error);

  if (is_read)
    {
      compare_notes (self, run, &outcome);
      compare_labels (self, labels, n, &outcome);
      g_autofree char *hash = lloyd_results_hash_labels (labels, n);
      compare_hashes (&outcome, "labels", self->labels_sha256, hash);
    }
  lloyd_free_aligned (labels);
  is_read = is_read && compare_distances (self, run, &outcome, cancellable, error);
  g_ptr_array_add (outcome.differences, NULL);
  g_ptr_array_add (outcome.compared, NULL);
  char **differences = (char **) g_ptr_array_free (outcome.differences, FALSE);
  *compared = (char **) g_ptr_array_free (outcome.compared, FALSE);
  if (is_read)
    return differences;
  g_strfreev (differences);
  g_clear_pointer (compared, g_strfreev);
  return NULL;
}
