#include "compute/session/result.h"

#include "compute/data/table-rows.h"
#include "compute/error.h"
#include "compute/files/result-probe.h"
#include "compute/session/replay.h"
#include "compute/session/session-private.h"
#include "compute/words.h"

void
lloyd_result_free (LloydResult *self)
{
  g_free (self->path);
  g_free (self->layer);
  g_clear_pointer (&self->claims, lloyd_claims_free);
  g_free (self->input_sha256);
  g_free (self);
}

/* ---- the recipe ---------------------------------------------------------------------------- */

static void
set_key (LloydRecipe *recipe, const char *key, const char *value)
{
  if (!lloyd_recipe_set (recipe, key, value, NULL))
    g_assert_not_reached ();
}

/* The recipe of the run that left the result: of restarts, of the best. A centroid file may have
 * moved together with the result. */
static LloydRecipe *
make_recipe (const LloydResult *self)
{
  const LloydClaims *claims = self->claims;
  LloydRecipe *recipe = lloyd_recipe_copy (claims->recipe);
  if (claims->start_seed != NULL && lloyd_recipe_set (recipe, "seed", claims->start_seed, NULL))
    recipe->restarts = 1;
  g_autofree char *model = lloyd_claims_dup_model (claims, self->path, NULL);
  if (model != NULL)
    {
      g_free (recipe->init_path);
      recipe->init_path = g_steal_pointer (&model);
    }
  return recipe;
}

/* Whether a result's table has all that the points were made from: a column of its own stands
 * before one of the input that has its name, and coordinates with a weight are told by where they
 * come from. */
static gboolean
has_features (const LloydClaims *claims)
{
  static const char *const own[] = {
    "id", "cluster_id", "geometry", "distance", "ambiguity", NULL
  };
  const LloydRecipe *recipe = claims->recipe;
  const LloydColumn *weights = recipe->weights != NULL && claims->table != NULL
                                   ? lloyd_table_find (claims->table, recipe->weights)
                                   : NULL;
  if (claims->table == NULL || claims->features == NULL || recipe->space_weight > 0.0 ||
      (recipe->weights != NULL && weights == NULL))
    return FALSE;
  for (char **name = claims->features; *name != NULL; name++)
    {
      const LloydColumn *column = lloyd_table_find (claims->table, *name);
      if (column == NULL || column->type != LLOYD_COLUMN_NUMBER || g_strv_contains (own, *name))
        return FALSE;
    }
  return TRUE;
}

/* The same run on the result's own table, which has the rows that were drawn, or where all rows
 * were labelled those that they are drawn of, and coordinates as they were projected. */
static LloydRecipe *
make_own_recipe (const LloydResult *self)
{
  LloydRecipe *recipe = make_recipe (self);
  g_strfreev (recipe->columns);
  recipe->columns = g_strdupv (self->claims->features);
  g_free (recipe->layer);
  recipe->layer = g_strdup (self->layer);
  g_clear_pointer (&recipe->query, g_free);
  g_clear_pointer (&recipe->geometry, g_free);
  recipe->project = LLOYD_PROJECT_NONE;
  if (self->claims->labels_of != LLOYD_LABELS_OF_EVERY_ROW)
    recipe->sample = 0;
  set_key (recipe, "id-column", "id");
  return recipe;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* What the result was made from, as it is now; NULL where it is not there or of no use. */
static LloydDataset *
load_input (LloydResult *self,
            const LloydRecipe *recipe,
            const char *input,
            GCancellable *cancellable,
            GError **error)
{
  LloydDataset *dataset =
      input != NULL ? lloyd_dataset_load (input, recipe, NULL, NULL, cancellable, error) : NULL;
  if (dataset != NULL && self->claims->input_sha256 != NULL)
    self->input_sha256 = lloyd_points_dup_sha256 (dataset->points);
  return dataset;
}

/* How a result is loaded. */
typedef struct
{
  LloydOpenWhat what;
  void (*progress) (double fraction, gpointer data);
  gpointer progress_data;
  GCancellable *cancellable;
} Opening;

/* What was left in the file at first, as its features. */
static gboolean
load_rest (LloydResult *self, const LloydRecipe *recipe, const Opening *opening, GError **error)
{
  if ((opening->what & LLOYD_OPEN_RESULT) == 0 || self->claims->table == NULL)
    return TRUE;
  LloydTable *table = lloyd_dataset_load_table (
      self->path, recipe, opening->progress, opening->progress_data, opening->cancellable, error);
  if (table == NULL)
    return FALSE;
  lloyd_table_unref (self->claims->table);
  self->claims->table = table;
  return TRUE;
}

/* A run depends on the order of its rows. What was numbered by Lloyd can be put in order again. */
static gboolean
restore_order (LloydResult *self, GError **error)
{
  const LloydClaims *claims = self->claims;
  g_autoptr (GError) local = NULL;
  if (lloyd_table_get_note (claims->table, LLOYD_NOTE_REORDERED) == NULL)
    return TRUE;
  LloydTable *sorted =
      claims->recipe->id_column == NULL && claims->labels_of != LLOYD_LABELS_OF_EVERY_ROW
          ? lloyd_table_dup_sorted (claims->table, "id", &local)
          : NULL;
  if (sorted == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: its input %s is not there as it was, and the rows here have lost their "
                      "order, which the run depends on"),
                   self->path,
                   claims->input != NULL ? claims->input : _ ("(it does not say which)"));
      return FALSE;
    }
  lloyd_table_unref (self->claims->table);
  self->claims->table = sorted;
  return TRUE;
}

/* Points of the result's own features. */
static LloydDataset *
load_own (LloydResult *self, const LloydRecipe *recipe, GCancellable *cancellable, GError **error)
{
  self->has_own_features = TRUE;
  if (!restore_order (self, error))
    return NULL;
  return recipe->sample > 0
             ? lloyd_dataset_load (self->path, recipe, NULL, NULL, cancellable, error)
             : lloyd_dataset_new (self->claims->table, self->path, recipe, cancellable, error);
}

/* What can be used of all that there may be. */
static LloydDataset *
open_sources (LloydResult *self, LloydRecipe **recipe, const Opening *opening, GError **error)
{
  g_autoptr (GError) local = NULL;
  GCancellable *cancellable = opening->cancellable;
  const LloydClaims *claims = self->claims;
  g_autofree char *input = lloyd_claims_dup_input (claims, self->path);
  g_autofree char *model = lloyd_claims_dup_model (claims, self->path, error);
  if (model == NULL && claims->recipe->init == LLOYD_INIT_FILE)
    return NULL;
  g_autoptr (LloydRecipe) plain = make_recipe (self);
  if ((opening->what & LLOYD_OPEN_MAY_ASK) == 0 &&
      !lloyd_claims_check_input (claims, self->path, &local))
    g_clear_pointer (&input, g_free);
  g_autoptr (LloydDataset) dataset =
      local == NULL ? load_input (self, plain, input, cancellable, &local) : NULL;
  gboolean is_as_it_was =
      dataset != NULL && g_strcmp0 (self->input_sha256, claims->input_sha256) == 0;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (!is_as_it_was && !load_rest (self, *recipe, opening, error))
    return NULL;
  if (!is_as_it_was && has_features (claims))
    {
      g_clear_pointer (&plain, lloyd_recipe_free);
      g_clear_pointer (&dataset, lloyd_dataset_unref);
      plain = make_own_recipe (self);
      dataset = load_own (self, plain, cancellable, error);
    }
  else if (dataset == NULL && local != NULL)
    g_propagate_prefixed_error (
        error, g_steal_pointer (&local),
        local->code == LLOYD_ERROR_NOT_ALLOWED ? "%s: " : _ ("%s: its input: "), self->path);
  else if (dataset == NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                 _ ("%s: its input %s is not there, and it holds no features of it"), self->path,
                 claims->input != NULL ? claims->input : _ ("(it does not say which)"));
  if (dataset == NULL)
    return NULL;
  lloyd_recipe_free (*recipe);
  *recipe = g_steal_pointer (&plain);
  return g_steal_pointer (&dataset);
}

/* The claims of what must be a result, with no more of its table than is compared. */
static LloydClaims *
load_claims (const char *path, const char *layer, GCancellable *cancellable, GError **error)
{
  gboolean is_result;
  if (!lloyd_result_probe (path, layer, cancellable, &is_result, error))
    return NULL;
  if (is_result)
    return lloyd_claims_load (path, layer, cancellable, error);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_NO_RESULT, _ ("%s: does not say how it was made"),
               path);
  return NULL;
}

/* A few rows that many centroids have labelled are no run. */
static gboolean
can_run (const LloydResult *self, const LloydDataset *dataset, GError **error)
{
  guint k = self->claims->recipe->k;
  if (self->claims->labels_of != LLOYD_LABELS_OF_MODEL ||
      lloyd_points_count_different (dataset->points, k) >= k)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               _ ("%s: has fewer different rows than the %u centroids that labelled it"),
               self->path, k);
  return FALSE;
}

LloydDataset *
lloyd_result_open (const char *path,
                   LloydOpenWhat what,
                   LloydRecipe **recipe,
                   void (*progress) (double fraction, gpointer data),
                   gpointer progress_data,
                   LloydResult **result,
                   GCancellable *cancellable,
                   GError **error)
{
  const Opening opening = { what, progress, progress_data, cancellable };
  g_autoptr (LloydResult) self = g_new0 (LloydResult, 1);
  g_autoptr (LloydTable) table = NULL;
  self->path = g_strdup (path);
  self->layer = g_strdup ((*recipe)->layer);
  gboolean is_result = (what & LLOYD_OPEN_RESULT) != 0;
  self->claims = is_result ? load_claims (path, self->layer, cancellable, error)
                           : lloyd_claims_load_report (path, cancellable, NULL);
  if (self->claims == NULL && !is_result)
    {
      table = lloyd_dataset_load_table (path, *recipe, progress, progress_data, cancellable, error);
      if (table == NULL)
        return NULL;
      if (!lloyd_claims_are_in (table))
        return lloyd_dataset_new (table, path, *recipe, cancellable, error);
      self->claims = lloyd_claims_new (table, path, error);
    }
  if (self->claims == NULL)
    return NULL;
  lloyd_claims_take_device (self->claims, *recipe);
  g_autoptr (LloydDataset) dataset = open_sources (self, recipe, &opening, error);
  if (dataset == NULL || !can_run (self, dataset, error))
    return NULL;
  *result = g_steal_pointer (&self);
  return g_steal_pointer (&dataset);
}

LloydResult *
lloyd_session_take_result (GAsyncResult *result)
{
  LloydResult **holder = g_task_get_task_data (G_TASK (result));
  return holder != NULL ? g_steal_pointer (holder) : NULL;
}

/* ---- the run ------------------------------------------------------------------------------- */

void
lloyd_session_replay_result_async (LloydSession *self,
                                   const LloydResult *result,
                                   GAsyncReadyCallback callback,
                                   gpointer data)
{
  const LloydClaims *claims = result->claims;
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  guint64 n_steps = 0;
  if (claims->steps != NULL)
    g_ascii_string_to_unsigned (claims->steps, 10, 0, G_MAXUINT / 2, &n_steps, NULL);
  /* The end is where the points were assigned last. */
  guint position = claims->position >= 0 ? (guint) claims->position
                   : n_steps > 0         ? 2 * (guint) n_steps - 1
                                         : 0;
  lloyd_session_replay_async (self, claims->edits != NULL ? claims->edits : none, position,
                              position, callback, data);
}

static gboolean
run_check (LloydSession *self, LloydJob *job, GError **error)
{
  const LloydResult *result = job->data;
  g_auto (GStrv) compared = NULL;
  if (self->n_runs == 0)
    return FALSE;
  job->result =
      lloyd_claims_compare (result->claims, self->runs[0], &compared, job->cancellable, error);
  job->free_result = (GDestroyNotify) g_strfreev;
  return job->result != NULL;
}

void
lloyd_session_check_result_async (LloydSession *self,
                                  LloydResult *result,
                                  GAsyncReadyCallback callback,
                                  gpointer data)
{
  LloydJob *job = lloyd_job_new (self, run_check, NULL, callback, data);
  job->data = result;
  job->free_data = (GDestroyNotify) lloyd_result_free;
  lloyd_session_push (self, job);
}

char **
lloyd_session_check_result_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  self->n_asked--;
  lloyd_session_take_pending (self);
  return g_task_propagate_pointer (G_TASK (result), error);
}
