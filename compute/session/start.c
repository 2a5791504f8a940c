/* Opening: a thread of the pool makes the dataset, the worker seeds the runs. */
#include <string.h>

#include "compute/error.h"
#include "compute/files/results.h"
#include "compute/session/axes.h"
#include "compute/session/lockstep.h"
#include "compute/session/result.h"
#include "compute/session/session-private.h"
#include "compute/words.h"

/* ---- jobs: starting ------------------------------------------------------------------------ */

LloydScene *
lloyd_session_make_scene_of (LloydPoints *points,
                             LloydProjection *projection,
                             size_t max_discs,
                             GError **error)
{
  if (points->n <= max_discs)
    return lloyd_scene_new (points, projection, points->n, error);
  return lloyd_scene_new_splat (points, projection, LLOYD_QUICK_POINTS, error);
}

LloydScene *
lloyd_session_make_scene (LloydPoints *points,
                          const char *axes,
                          size_t max_discs,
                          GCancellable *cancellable,
                          GError **error)
{
  const char *plain = lloyd_axes_follow_centroids (axes) ? lloyd_axes_usual (points) : axes;
  LloydProjection *projection = lloyd_axes_make (points, plain, cancellable, error);
  return projection != NULL ? lloyd_session_make_scene_of (points, projection, max_discs, error)
                            : NULL;
}

/* As Fowler, Noll and Vo do, by values instead of bytes. */
guint64
lloyd_session_hash_centroids (const LloydSession *self)
{
  const LloydRun *run = self->runs[0];
  guint k = lloyd_run_get_k (run);
  const float *centroids = lloyd_run_get_centroids (run);
  const gint64 *sizes = lloyd_run_get_sizes (run);
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037);
  guint32 bits;

  for (size_t i = 0; i < (size_t) k * lloyd_run_get_points (run)->d; i++)
    {
      memcpy (&bits, &centroids[i], sizeof bits);
      hash = (hash ^ bits) * G_GUINT64_CONSTANT (1099511628211);
    }
  for (guint j = 0; j < k; j++)
    hash = (hash ^ (guint64) sizes[j]) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

/* The projection between centroids as they stand. Two clusters of which one is gone give way to all
 * of them, and these, where they are too few, to the data's own axes. */
static LloydProjection *
follow_or_give_way (LloydSession *self)
{
  LloydPoints *points = self->scene->points;
  gboolean has_depth = g_str_has_suffix (self->work.axes, "-3d");
  const char *const names[] = { self->work.axes, has_depth ? "between-3d" : "between",
                                lloyd_axes_usual (points) };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      LloydProjection *projection =
          lloyd_axes_follow_centroids (names[i])
              ? lloyd_axes_make_between (points, names[i], self->runs[0], NULL, NULL)
              : lloyd_axes_make (points, names[i], NULL, NULL);
      if (projection == NULL)
        continue;
      if (i > 0)
        {
          g_free (self->work.axes);
          self->work.axes = g_strdup (names[i]);
        }
      return projection;
    }
  return NULL;
}

void
lloyd_session_follow_centroids (LloydSession *self, char **axes)
{
  if (self->work.axes == NULL || self->n_runs == 0 ||
      !lloyd_axes_follow_centroids (self->work.axes))
    return;
  guint64 hash = lloyd_session_hash_centroids (self);
  if (self->followed == hash && !self->scene->projection->is_columns)
    return;
  self->followed = hash;
  g_autofree char *before = g_strdup (self->work.axes);
  LloydProjection *projection = follow_or_give_way (self);
  LloydScene *scene = projection != NULL
                          ? lloyd_session_make_scene_of (self->scene->points, projection,
                                                         self->scene_max_discs, NULL)
                          : NULL;
  if (!g_str_equal (before, self->work.axes))
    {
      g_free (*axes);
      *axes = g_strdup (self->work.axes);
    }
  if (scene == NULL)
    return;
  lloyd_scene_unref (self->scene);
  self->scene = scene;
}

/* Makes the second run start from the rows that the first one starts from, so that cluster j is the
 * same row in both. A row without direction gives way to the next that has one. */
static void
copy_start (LloydRecipe *recipe, LloydRun *first)
{
  const LloydPoints *points = lloyd_run_get_points (first);
  const size_t *rows = lloyd_run_get_start_rows (first);
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  if (rows == NULL)
    return;

  g_clear_pointer (&recipe->init_rows, g_array_unref);
  recipe->init = LLOYD_INIT_ROWS;
  recipe->init_rows = g_array_new (FALSE, FALSE, sizeof (size_t));
  for (guint j = 0; j < recipe->k; j++)
    {
      size_t row = rows[j];
      for (size_t i = 0; i < points->n; i++, row = (row + 1) % points->n)
        {
          double square = lloyd_exact_norm_squared (lloyd_points_absolute (points, row), points->d);
          if (square > 0.0 && !g_hash_table_contains (taken, GSIZE_TO_POINTER (row + 1)))
            break;
        }
      if (row != rows[j])
        g_hash_table_add (taken, GSIZE_TO_POINTER (row + 1));
      size_t input_row = lloyd_points_input_row (points, row);
      g_array_append_val (recipe->init_rows, input_row);
    }
}

static LloydRun *
open_run (LloydPoints *points,
          const LloydRecipe *recipe,
          const LloydBackend *backend,
          GCancellable *cancellable,
          GError **error)
{
  LloydEngineOptions options = { .nice = LLOYD_ENGINE_NICE };
  g_autoptr (LloydRecipe) copy = lloyd_recipe_copy (recipe);

  /* Rows without direction are left out, and the run remarks on them. The points are made already.
   */
  copy->missing = LLOYD_MISSING_DROP;
  if (!lloyd_results_load_start (copy, points, error))
    return NULL;
  return lloyd_run_new (points, copy, backend, &options, cancellable, error);
}

void
lloyd_session_free_runs (LloydRun **runs)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_clear_pointer (&runs[i], lloyd_run_free);
}

static gboolean
open_runs (const LloydJob *job,
           gboolean is_going_on,
           const LloydBackend *backend,
           LloydRun **runs,
           GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (job->recipe);
  LloydPoints *all = job->dataset->points;
  /* Side by side both have the rows that both can have; the second remarks on the others. */
  g_autoptr (LloydPoints) points =
      job->is_both ? lloyd_points_with_direction (all, NULL, NULL, error) : lloyd_points_ref (all);
  if (points == NULL)
    return FALSE;
  /* The best of several starts is of no use to what stands elsewhere at once. */
  if (is_going_on)
    recipe->restarts = 1;
  if (job->is_both)
    recipe->metric = LLOYD_METRIC_EUCLIDEAN;
  runs[0] = open_run (points, recipe, backend, job->cancellable, error);
  if (runs[0] == NULL)
    return FALSE;
  if (!job->is_both)
    return TRUE;

  recipe->metric = job->recipe->metric == LLOYD_METRIC_COSINE_RAW ? LLOYD_METRIC_COSINE_RAW
                                                                  : LLOYD_METRIC_COSINE;
  if (!job->has_own_starts)
    copy_start (recipe, runs[0]);
  runs[1] = open_run (all, recipe, backend, job->cancellable, error);
  return runs[1] != NULL;
}

/* Whether axes chosen before still fit. */
static gboolean
do_axes_fit (const LloydSession *self, const LloydJob *job)
{
  return self->scene != NULL && job->text != NULL &&
         self->scene->points->d == job->dataset->points->d &&
         g_strv_equal ((const char *const *) self->scene->points->names,
                       (const char *const *) job->dataset->points->names);
}

/* The one key in which two recipes differ, interned; NULL where there are more. */
static const char *
find_changed_key (const LloydRecipe *before, const LloydRecipe *after)
{
  const char *found = NULL;
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *a = lloyd_recipe_dup_value (before, *key);
      g_autofree char *b = lloyd_recipe_dup_value (after, *key);
      if (g_strcmp0 (a, b) == 0)
        continue;
      if (found != NULL)
        return NULL;
      found = g_intern_string (*key);
    }
  return found;
}

/* Puts aside what gives way. */
static void
remember_change (LloydSession *self, const LloydJob *job)
{
  LloydChange change = { .kind = LLOYD_CHANGE_DATA, .title = job->dataset->title };
  if (self->n_runs == 0)
    return;
  if (job->dataset->table == self->work.dataset->table)
    {
      change = (LloydChange){ .kind = LLOYD_CHANGE_RECIPE };
      change.key = find_changed_key (self->work.recipe, job->recipe);
      if (change.key == NULL && job->is_both != (self->n_runs == 2))
        change.key = "metric";
    }
  lloyd_session_remember (self, lloyd_session_record (self, &change));
}

void
lloyd_session_forget_facts (LloydSession *self)
{
  self->middle_points = NULL;
  g_clear_pointer (&self->facts, lloyd_column_facts_free);
}

/* Lets new runs go on from where the old ones stand. */
static gboolean
go_on (LloydSession *self, LloydRun **runs, GCancellable *cancellable, GError **error)
{
  gboolean was_assigned = lloyd_session_position (self) > 0;
  for (guint i = 0; i < self->n_runs; i++)
    {
      if (!lloyd_run_go_on_from (runs[i], self->runs[i], error))
        return FALSE;
      lloyd_run_set_paced (runs[i], TRUE);
      if (was_assigned && !lloyd_run_half_step (runs[i], cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static void
remember_hand (LloydSession *self, const LloydChange *hand, guint gesture)
{
  if (gesture != 0 && gesture == self->gesture)
    lloyd_session_remember_more (self, hand);
  else
    lloyd_session_remember (self, lloyd_session_record (self, hand));
  self->gesture = gesture;
}

static void
take_over (LloydSession *self, const LloydJob *job, LloydRun **runs)
{
  lloyd_session_free_runs (self->runs);
  memcpy (self->runs, runs, sizeof self->runs);
  self->n_runs = job->is_both ? 2 : 1;
  self->have_own_starts = job->is_both && job->has_own_starts;
  self->era = ++self->n_eras;
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      g_clear_pointer (&self->stretches[i], g_array_unref);
      self->stretches[i] = lloyd_stretches_new ();
    }
  lloyd_session_forget_facts (self);
}

gboolean
lloyd_session_check_k (guint k, GError **error)
{
  if (k <= LLOYD_MOST_SHOWN_CLUSTERS)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               _ ("%u clusters: the app shows %u at most; lloyd-cli run takes more"), k,
               LLOYD_MOST_SHOWN_CLUSTERS);
  return FALSE;
}

gboolean
lloyd_session_start_runs (
    LloydSession *self, LloydJob *job, const LloydChange *hand, guint gesture, GError **error)
{
  LloydRun *runs[LLOYD_MAX_SIDES] = { NULL };
  g_autofree char *remark = NULL;
  const LloydBackend *backend =
      lloyd_backends_find (job->recipe->backend, job->recipe->device, &remark, error);
  if (backend == NULL || !lloyd_session_check_k (job->recipe->k, error))
    return FALSE;

  const char *axes = do_axes_fit (self, job) ? job->text : lloyd_axes_usual (job->dataset->points);
  g_autoptr (LloydScene) scene = lloyd_session_make_scene (job->dataset->points, axes,
                                                           job->max_discs, job->cancellable, error);
  if (scene == NULL || !open_runs (job, hand != NULL, backend, runs, error) ||
      (hand != NULL && !go_on (self, runs, job->cancellable, error)))
    {
      lloyd_session_free_runs (runs);
      return FALSE;
    }

  if (hand != NULL)
    remember_hand (self, hand, gesture);
  else
    remember_change (self, job);
  take_over (self, job, runs);
  g_clear_pointer (&self->scene, lloyd_scene_unref);
  self->scene = g_steal_pointer (&scene);
  LloydWork work = { .dataset = lloyd_dataset_ref (job->dataset),
                     .recipe = lloyd_recipe_copy (job->recipe),
                     .axes = g_strdup (axes),
                     .backend_remark = g_strdup (remark) };
  lloyd_work_clear (&self->work);
  self->work = work;
  return lloyd_session_publish (self,
                                (LloydPending){ .dataset = lloyd_dataset_ref (job->dataset),
                                                .recipe = lloyd_recipe_copy (job->recipe),
                                                .axes = g_strdup (axes),
                                                .backend_remark = g_steal_pointer (&remark) },
                                error);
}

static gboolean
run_start (LloydSession *self, LloydJob *job, GError **error)
{
  return lloyd_session_start_runs (self, job, NULL, 0, error);
}

/* A stroke that was asked for before it, and is not seen yet, has left other points. */
static gboolean
run_restart (LloydSession *self, LloydJob *job, GError **error)
{
  LloydDataset *now = self->work.dataset;
  if (now != job->dataset && now->family == job->dataset->family)
    {
      lloyd_dataset_unref (job->dataset);
      job->dataset = lloyd_dataset_ref (now);
    }
  return run_start (self, job, error);
}

/* ---- asking: data -------------------------------------------------------------------------- */

/* What a thread of the pool makes a dataset from: a file, a cloud, or the dataset before. */
typedef struct
{
  LloydJob *job;
  char *path;
  LloydCloudSpec cloud;
  char *title;
  LloydDataset *before;
  /* Where the result goes, if the file may or must be one; see result.h. */
  LloydResult **result;
  LloydOpenWhat what;
} Making;

static void
making_free (gpointer data)
{
  Making *making = data;
  g_clear_pointer (&making->job, lloyd_job_free);
  g_free (making->path);
  g_free (making->title);
  g_clear_pointer (&making->before, lloyd_dataset_unref);
  g_free (making);
}

static void
note_progress (double fraction, gpointer data)
{
  LloydSession *self = data;
  g_atomic_int_set (&self->progress_permille, (gint) (fraction * 1000.0));
}

static void
make_dataset (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Making *making = data;
  LloydRecipe *recipe = making->job->recipe;
  g_autoptr (GError) error = NULL;
  LloydDataset *dataset;

  if (making->result != NULL)
    dataset = lloyd_result_open (making->path, making->what, &making->job->recipe, note_progress,
                                 source, making->result, cancellable, &error);
  else if (making->path != NULL)
    dataset = lloyd_dataset_load (making->path, recipe, note_progress, source, cancellable, &error);
  else if (making->before != NULL)
    dataset = lloyd_dataset_remake (making->before, recipe, cancellable, &error);
  else
    dataset = lloyd_dataset_generate (&making->cloud, making->title, recipe, cancellable, &error);
  recipe = making->job->recipe;
  if (dataset != NULL && recipe->k == 0)
    recipe->k = lloyd_points_count_different (dataset->points, LLOYD_USUAL_K);
  if (dataset != NULL)
    g_task_return_pointer (task, dataset, (GDestroyNotify) lloyd_dataset_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* The dataset is there: the worker takes over. */
static void
on_dataset (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydSession *self = LLOYD_SESSION (source);
  g_autoptr (GError) error = NULL;
  LloydDataset *dataset = g_task_propagate_pointer (G_TASK (result), &error);
  Making *making = g_task_get_task_data (G_TASK (result));
  LloydJob *job = g_steal_pointer (&making->job);

  (void) data;
  if (dataset == NULL)
    {
      g_task_return_error (job->task, g_steal_pointer (&error));
      lloyd_job_free (job);
      return;
    }
  job->dataset = dataset;
  /* A result is of one metric. */
  job->is_both &= making->result == NULL || *making->result == NULL;
  lloyd_session_push (self, job);
}

static void
start_making (LloydSession *self, Making *making)
{
  g_autoptr (GTask) task = g_task_new (self, making->job->cancellable, on_dataset, NULL);
  g_atomic_int_set (&self->progress_permille, 0);
  g_task_set_task_data (task, making, making_free);
  g_task_run_in_thread (task, make_dataset);
}

static LloydJob *
start_job_new (LloydSession *self,
               const LloydRecipe *recipe,
               gboolean is_both,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer data)
{
  LloydJob *job = lloyd_job_new (self, run_start, cancellable, callback, data);
  job->recipe = lloyd_recipe_copy (recipe);
  job->is_both = is_both;
  return job;
}

void
lloyd_session_open_async (LloydSession *self,
                          const char *path,
                          const LloydRecipe *recipe,
                          gboolean is_both,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  Making *making = g_new0 (Making, 1);
  making->job = start_job_new (self, recipe, is_both, cancellable, callback, data);
  making->path = g_strdup (path);
  start_making (self, making);
}

static void
free_result (gpointer data)
{
  LloydResult **result = data;
  g_clear_pointer (result, lloyd_result_free);
  g_free (result);
}

void
lloyd_session_open_any_async (LloydSession *self,
                              const char *path,
                              LloydOpenWhat what,
                              const LloydRecipe *recipe,
                              gboolean is_both,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  Making *making = g_new0 (Making, 1);
  making->job = start_job_new (self, recipe, is_both, cancellable, callback, data);
  making->path = g_strdup (path);
  making->what = what;
  making->result = g_new0 (LloydResult *, 1);
  g_task_set_task_data (making->job->task, making->result, free_result);
  start_making (self, making);
}

void
lloyd_session_generate_async (LloydSession *self,
                              const LloydCloudSpec *spec,
                              const char *title,
                              const LloydRecipe *recipe,
                              gboolean is_both,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  Making *making = g_new0 (Making, 1);
  making->job = start_job_new (self, recipe, is_both, cancellable, callback, data);
  making->cloud = *spec;
  making->title = g_strdup (title);
  start_making (self, making);
}

/* Whether two recipes make the same points of a table. */
static gboolean
make_same_points (const LloydRecipe *a, const LloydRecipe *b)
{
  static const char *const keys[] = { "columns",      "id-column", "weights", "geometry", "project",
                                      "space-weight", "scale",     "missing", "sample" };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *value_a = lloyd_recipe_dup_value (a, keys[i]);
      g_autofree char *value_b = lloyd_recipe_dup_value (b, keys[i]);
      if (g_strcmp0 (value_a, value_b) != 0)
        return FALSE;
    }
  return TRUE;
}

/* Geometry becomes columns of a table before anyone shares it, so another one needs the file; as do
 * rows that were not in a sample. */
static gboolean
needs_reading (const LloydRecipe *recipe, const LloydRecipe *before, const LloydDataset *dataset)
{
  gboolean has_asked = recipe->geometry != NULL;
  for (guint i = 0; i < lloyd_table_get_n_columns (dataset->table); i++)
    has_asked |= lloyd_table_get_column (dataset->table, i)->type == LLOYD_COLUMN_GEOMETRY;
  g_autofree char *columns = lloyd_recipe_dup_value (recipe, "columns");
  g_autofree char *columns_before = lloyd_recipe_dup_value (before, "columns");
  gboolean is_same = recipe->project == before->project &&
                     g_strcmp0 (recipe->geometry, before->geometry) == 0 &&
                     g_strcmp0 (columns, columns_before) == 0;
  return dataset->path != NULL && (recipe->sample != before->sample ||
                                   (!is_same && (has_asked || before->geometry != NULL)));
}

void
lloyd_session_restart_async (LloydSession *self,
                             const LloydRecipe *recipe,
                             gboolean is_both,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = start_job_new (self, recipe, is_both, cancellable, callback, data);
  job->text = g_strdup (self->axes);
  if (make_same_points (recipe, self->recipe))
    {
      job->dataset = lloyd_dataset_ref (self->dataset);
      job->run = run_restart;
      lloyd_session_push (self, job);
      return;
    }
  Making *making = g_new0 (Making, 1);
  making->job = job;
  if (needs_reading (recipe, self->recipe, self->dataset))
    making->path = g_strdup (self->dataset->path);
  else
    making->before = lloyd_dataset_ref (self->dataset);
  start_making (self, making);
}
