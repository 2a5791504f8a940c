/* Jobs of strokes: points that change by hand, and points that become a cloud or a file. */
#include <inttypes.h>
#include <string.h>

#include "compute/data/table-change.h"
#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/memory.h"
#include "compute/session/session-private.h"
#include "compute/session/stroke.h"
#include "compute/words.h"

/* Points that are painted at once. */
#define MAX_PAINTED ((guint64) 10000000)

/* ---- rows ---------------------------------------------------------------------------------- */

/* Rows of the table, rising: those whose points are covered or not; of rows without a point, as
 * those with missing values, all where `has_others`. */
static size_t *
list_rows (const LloydPoints *points,
           const guint8 *covered,
           gboolean is_covered,
           gboolean has_others,
           size_t *n_rows,
           GError **error)
{
  size_t *rows = lloyd_allocate_aligned (MAX (points->n_input, 1), sizeof *rows,
                                         "the rows that are meant", error);
  size_t stored = 0;
  if (rows == NULL)
    return NULL;
  *n_rows = 0;
  for (size_t row = 0; row < points->n_input; row++)
    {
      gboolean is_point = stored < points->n && lloyd_points_input_row (points, stored) == row;
      gboolean is_meant = is_point ? (covered[stored] != 0) == is_covered : has_others;
      stored += is_point;
      if (is_meant)
        rows[(*n_rows)++] = row;
    }
  return rows;
}

/* The table with what a stroke leaves, or takes out. */
static LloydTable *
pick_rows (const LloydWork *work,
           const guint8 *covered,
           gboolean is_covered,
           const char *path,
           GError **error)
{
  size_t n;
  size_t *rows = list_rows (work->dataset->points, covered, is_covered, !is_covered, &n, error);
  LloydTable *table = rows != NULL ? lloyd_table_change (work->dataset->table, path, rows, n, NULL,
                                                         work->recipe->id_column, error)
                                   : NULL;
  lloyd_free_aligned (rows);
  return table;
}

/* ---- painted rows -------------------------------------------------------------------------- */

/* Values of the features, and a weight: what lies across the axes is at the middle of the data. */
static double *
fill_values (LloydSession *self, const LloydStroke *stroke, guint n_columns, size_t n)
{
  const LloydPoints *points = self->work.dataset->points;
  const LloydProjection *projection = self->scene->projection;
  g_autofree double *places =
      lloyd_stroke_scatter (stroke, self->work.recipe->seed, points->n_input);
  const double *middle = lloyd_session_find_middle (self);
  double *values = g_new (double, n *n_columns);

  for (size_t i = 0; i < n; i++)
    {
      double *x = values + i * n_columns, seen[LLOYD_MAX_AXES];
      for (guint a = 0; a < 3; a++)
        seen[a] = stroke->base[a] + stroke->across[a] * places[2 * i] +
                  stroke->down[a] * places[2 * i + 1];
      if (n_columns > points->d)
        x[points->d] = 1.0;
      for (guint j = 0; j < points->d; j++)
        x[j] = middle[j] + points->origin[j];
      for (guint a = 0; a < projection->n_axes; a++)
        for (guint j = 0; j < points->d; j++)
          if (projection->weights[(size_t) a * projection->d + j] != 0.0)
            x[j] = seen[a];
      for (guint j = 0; j < points->d; j++)
        x[j] = x[j] * points->factor[j] + points->offset[j];
    }
  return values;
}

static LloydTable *
add_painted (LloydSession *self, const LloydStroke *stroke, size_t n, GError **error)
{
  const LloydWork *work = &self->work;
  const LloydPoints *points = work->dataset->points;
  const char *weights = work->recipe->weights;
  guint n_columns = points->d + (weights != NULL);
  g_autofree const char **names = g_new (const char *, n_columns);
  size_t n_rows = lloyd_table_get_n_rows (work->dataset->table);
  size_t *rows =
      lloyd_allocate_aligned (MAX (n_rows, 1), sizeof *rows, "the rows of the table", error);
  if (rows == NULL)
    return NULL;

  for (guint j = 0; j < points->d; j++)
    names[j] = points->names[j];
  if (weights != NULL)
    names[points->d] = weights;
  for (size_t i = 0; i < n_rows; i++)
    rows[i] = i;
  g_autofree double *values = fill_values (self, stroke, n_columns, n);
  LloydNewRows added = { n, n_columns, names, values };
  LloydTable *table = lloyd_table_change (work->dataset->table, points->path, rows, n_rows, &added,
                                          work->recipe->id_column, error);
  lloyd_free_aligned (rows);
  return table;
}

/* ---- changing points ----------------------------------------------------------------------- */

static gboolean
check_stroke (const LloydSession *self,
              LloydStrokeKind kind,
              const LloydStroke *stroke,
              GError **error)
{
  guint64 n = (guint64) stroke->n * stroke->n_points;
  const char *reason = lloyd_stroke_why_not (kind, self->work.dataset, self->scene->projection);
  if (reason != NULL)
    g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA, reason);
  else if (kind == LLOYD_STROKE_PAINT && n > MAX_PAINTED)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%" PRIu64 " points at once are too many, %" PRIu64 " are the most"), n,
                   MAX_PAINTED);
      return FALSE;
    }
  return reason == NULL;
}

/* The changed table; NULL without an error where nothing changes. */
static LloydTable *
change_table (LloydSession *self,
              LloydStrokeKind kind,
              const LloydStroke *stroke,
              LloydChange *change,
              GCancellable *cancellable,
              GError **error)
{
  const LloydPoints *points = self->work.dataset->points;
  if (!check_stroke (self, kind, stroke, error))
    return NULL;
  if (kind == LLOYD_STROKE_PAINT)
    {
      change->n_added = (size_t) stroke->n * stroke->n_points;
      return change->n_added > 0 ? add_painted (self, stroke, change->n_added, error) : NULL;
    }
  guint8 *covered = lloyd_stroke_cover (stroke, points, self->scene->projection, &change->n_removed,
                                        cancellable, error);
  gboolean is_some = covered != NULL && change->n_removed > 0 && change->n_removed < points->n;
  LloydTable *table = is_some ? pick_rows (&self->work, covered, FALSE, points->path, error) : NULL;
  if (covered != NULL && change->n_removed == points->n)
    g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("no point would be left"));
  lloyd_free_aligned (covered);
  return table;
}

/* Seeding that lists rows or centroids gives way, as after centroids by hand. */
static LloydRecipe *
make_recipe (const LloydSession *self)
{
  LloydRecipe *recipe = lloyd_recipe_copy (self->work.recipe);
  recipe->k = lloyd_run_get_k (self->runs[0]);
  if (recipe->init == LLOYD_INIT_ROWS || recipe->init == LLOYD_INIT_FILE)
    recipe->init = LLOYD_INIT_PLUS_PLUS;
  return recipe;
}

/* Prepares a job to start runs on the rows of a table, which it takes. */
static gboolean
fill_job (LloydSession *self,
          LloydJob *job,
          LloydTable *table,
          const char *title,
          const LloydDataset *before,
          GError **error)
{
  g_clear_pointer (&job->recipe, lloyd_recipe_free);
  g_clear_pointer (&job->dataset, lloyd_dataset_unref);
  job->recipe = make_recipe (self);
  job->is_both = self->n_runs == 2;
  job->has_own_starts = self->have_own_starts;
  g_free (job->text);
  job->text = g_strdup (self->work.axes);
  job->dataset =
      lloyd_dataset_new_unsaved (table, title, before, job->recipe, job->cancellable, error);
  return job->dataset != NULL;
}

static gboolean
run_stroke (LloydSession *self, LloydJob *job, GError **error)
{
  g_autoptr (GError) local = NULL;
  const LloydStroke *stroke = job->data;
  LloydChange change = { .kind = LLOYD_CHANGE_POINTS };
  g_autoptr (LloydDataset) before = lloyd_dataset_ref (self->work.dataset);
  LloydTable *table =
      change_table (self, (LloydStrokeKind) job->number, stroke, &change, job->cancellable, &local);
  if (table == NULL)
    {
      if (local == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return fill_job (self, job, table, before->title, before, error) &&
         lloyd_session_start_runs (self, job, &change, stroke->gesture, error);
}

static LloydJob *
stroke_job_new (LloydSession *self,
                LloydJobFunc run,
                const LloydStroke *stroke,
                GAsyncReadyCallback callback,
                gpointer data)
{
  LloydJob *job = lloyd_job_new (self, run, NULL, callback, data);
  job->data = stroke != NULL ? lloyd_stroke_copy (stroke) : NULL;
  job->free_data = (GDestroyNotify) lloyd_stroke_free;
  return job;
}

void
lloyd_session_stroke_async (LloydSession *self,
                            LloydStrokeKind kind,
                            const LloydStroke *stroke,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = stroke_job_new (self, run_stroke, stroke, callback, data);
  job->number = kind;
  lloyd_session_push (self, job);
}

/* ---- a cloud of some points, or of new ones ------------------------------------------------ */

/* The rows that a stroke covers, as a table; there must be some. */
static LloydTable *
take_covered (LloydSession *self, const LloydStroke *stroke, const char *path, GError **error)
{
  size_t n;
  guint8 *covered = lloyd_stroke_cover (stroke, self->work.dataset->points, self->scene->projection,
                                        &n, NULL, error);
  LloydTable *table = covered != NULL ? pick_rows (&self->work, covered, TRUE, path, error) : NULL;
  lloyd_free_aligned (covered);
  return table;
}

static gboolean
run_take_out (LloydSession *self, LloydJob *job, GError **error)
{
  g_autofree char *title = g_steal_pointer (&job->text);
  LloydTable *table = take_covered (self, job->data, title, error);
  if (table == NULL || !fill_job (self, job, table, title, NULL, error))
    return FALSE;
  job->recipe->k = MAX (
      1, MIN (job->recipe->k, lloyd_points_count_different (job->dataset->points, job->recipe->k)));
  return lloyd_session_start_runs (self, job, NULL, 0, error);
}

void
lloyd_session_take_out_async (LloydSession *self,
                              const LloydStroke *stroke,
                              const char *title,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = stroke_job_new (self, run_take_out, stroke, callback, data);
  job->text = g_strdup (title);
  lloyd_session_push (self, job);
}

static LloydTable *
make_drawn (const LloydStroke *stroke, const char *title, guint64 seed)
{
  size_t n = (size_t) stroke->n * stroke->n_points;
  g_autofree double *places = lloyd_stroke_scatter (stroke, seed, 0);
  LloydTable *table = lloyd_table_new (title, n);
  double *values = lloyd_allocate_aligned (MAX (n, 1), 2 * sizeof *values, "the points", NULL);
  if (values == NULL)
    return table;
  memcpy (values, places, 2 * sizeof *values * n);
  lloyd_table_take_memory (table, values);
  lloyd_table_add_numbers (table, "x", values, 2, FALSE, 0);
  lloyd_table_add_numbers (table, "y", values + 1, 2, FALSE, 0);
  return table;
}

static gboolean
run_draw (LloydSession *self, LloydJob *job, GError **error)
{
  LloydTable *table = make_drawn (job->data, job->text, job->recipe->seed);
  job->dataset =
      lloyd_dataset_new_unsaved (table, job->text, NULL, job->recipe, job->cancellable, error);
  if (job->dataset == NULL)
    return FALSE;
  job->recipe->k = MAX (1, lloyd_points_count_different (job->dataset->points, job->recipe->k));
  return lloyd_session_start_runs (self, job, NULL, 0, error);
}

void
lloyd_session_draw_async (LloydSession *self,
                          const LloydStroke *stroke,
                          const char *title,
                          const LloydRecipe *recipe,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  LloydJob *job = stroke_job_new (self, run_draw, stroke, callback, data);
  job->text = g_strdup (title);
  job->recipe = lloyd_recipe_copy (recipe);
  lloyd_session_push (self, job);
}

/* ---- a file -------------------------------------------------------------------------------- */

static gboolean
run_save_points (LloydSession *self, LloydJob *job, GError **error)
{
  LloydSaveOptions options = { .cancellable = job->cancellable };
  const LloydStroke *stroke = job->data;
  g_autoptr (LloydTable) table = stroke != NULL ? take_covered (self, stroke, job->text, error)
                                                : lloyd_table_ref (self->work.dataset->table);
  return table != NULL && lloyd_files_save (job->text, table, &options, error);
}

void
lloyd_session_save_points_async (LloydSession *self,
                                 const LloydStroke *stroke,
                                 const char *path,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = stroke_job_new (self, run_save_points, stroke, callback, data);
  job->text = g_strdup (path);
  lloyd_session_push (self, job);
}

/* ---- counting ------------------------------------------------------------------------------ */

static gboolean
run_count (LloydSession *self, LloydJob *job, GError **error)
{
  size_t n;
  guint8 *covered = lloyd_stroke_cover (job->data, self->work.dataset->points,
                                        self->scene->projection, &n, job->cancellable, error);
  if (covered == NULL)
    return FALSE;
  lloyd_free_aligned (covered);
  job->result = g_memdup2 (&n, sizeof n);
  job->free_result = g_free;
  return TRUE;
}

void
lloyd_session_count_async (LloydSession *self,
                           const LloydStroke *stroke,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = lloyd_session_look_new (self, 0, run_count, cancellable, callback, data);
  job->data = lloyd_stroke_copy (stroke);
  job->free_data = (GDestroyNotify) lloyd_stroke_free;
  lloyd_session_push (self, job);
}

gboolean
lloyd_session_count_finish (LloydSession *self,
                            GAsyncResult *result,
                            size_t *n_covered,
                            GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_autofree size_t *n = g_task_propagate_pointer (G_TASK (result), error);
  if (n == NULL)
    return FALSE;
  *n_covered = *n;
  return TRUE;
}
