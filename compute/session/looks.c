#include "compute/session/looks.h"

#include <string.h>

#include "compute/error.h"
#include "compute/memory.h"
#include "compute/session/session-private.h"
#include "compute/words.h"

/* ---- giving way ---------------------------------------------------------------------------- */

void
lloyd_session_cancel_looks (LloydSession *self)
{
  g_autoptr (GPtrArray) looks = self->looks;
  self->looks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < looks->len; i++)
    g_cancellable_cancel (looks->pdata[i]);
}

static void
forward_cancel (GCancellable *asked, gpointer own)
{
  (void) asked;
  g_cancellable_cancel (own);
}

/* What a look needs to know, and whom it answers. */
typedef struct
{
  GCancellable *asked;
  gulong handler;
  GCancellable *own;
  GAsyncReadyCallback callback;
  gpointer data;
} Look;

/* The look is over, whatever came of it. */
static void
on_look (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydSession *self = LLOYD_SESSION (source);
  Look *look = data;

  g_ptr_array_remove_fast (self->looks, look->own);
  if (look->asked != NULL)
    g_cancellable_disconnect (look->asked, look->handler);
  look->callback (source, result, look->data);
  g_clear_object (&look->asked);
  g_object_unref (look->own);
  g_free (look);
}

LloydJob *
lloyd_session_look_new (LloydSession *self,
                        guint side,
                        LloydJobFunc run,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  Look *look = g_new0 (Look, 1);
  look->own = g_cancellable_new ();
  look->callback = callback;
  look->data = data;
  if (cancellable != NULL)
    {
      look->asked = g_object_ref (cancellable);
      look->handler =
          g_cancellable_connect (cancellable, G_CALLBACK (forward_cancel), look->own, NULL);
    }
  g_ptr_array_add (self->looks, g_object_ref (look->own));
  LloydJob *job = lloyd_job_new (self, run, look->own, on_look, look);
  job->is_look = TRUE;
  job->number = side;
  self->n_asked--;
  return job;
}

/* The run of the side that a look is at; it may be gone by now. */
static LloydRun *
run_of (LloydSession *self, const LloydJob *job, GError **error)
{
  if (job->number < self->n_runs)
    return self->runs[job->number];
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("there is no side %u"), job->number + 1);
  return NULL;
}

/* ---- clusters ------------------------------------------------------------------------------ */

static gboolean
run_survey (LloydSession *self, LloydJob *job, GError **error)
{
  LloydRun *run = run_of (self, job, error);
  if (run == NULL)
    return FALSE;
  job->result = lloyd_survey_new (run, lloyd_run_get_recipe (run)->n_threads, LLOYD_ENGINE_NICE,
                                  job->cancellable, error);
  job->free_result = (GDestroyNotify) lloyd_survey_free;
  return job->result != NULL;
}

void
lloyd_session_survey_async (LloydSession *self,
                            guint side,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  g_return_if_fail (side < self->n_sides);
  lloyd_session_push (self,
                      lloyd_session_look_new (self, side, run_survey, cancellable, callback, data));
}

LloydSurvey *
lloyd_session_survey_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The means and deviations of a run's points, found once. */
static const LloydColumnFacts *
find_facts (LloydSession *self, LloydRun *run, GCancellable *cancellable, GError **error)
{
  LloydPoints *points = lloyd_run_get_points (run);
  if (self->facts != NULL && self->facts->points == points)
    return self->facts;
  LloydColumnFacts *facts = lloyd_column_facts_new (points, cancellable, error);
  if (facts == NULL)
    return NULL;
  g_clear_pointer (&self->facts, lloyd_column_facts_free);
  self->facts = facts;
  return facts;
}

static gboolean
run_explain (LloydSession *self, LloydJob *job, GError **error)
{
  LloydRun *run = run_of (self, job, error);
  const LloydColumnFacts *facts =
      run != NULL ? find_facts (self, run, job->cancellable, error) : NULL;
  if (facts == NULL)
    return FALSE;
  if (job->row >= lloyd_run_get_k (run))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("there is no cluster %zu"), job->row);
      return FALSE;
    }
  job->result = lloyd_reasons_new (run, (guint) job->row, facts, job->cancellable, error);
  job->free_result = (GDestroyNotify) lloyd_reasons_free;
  return job->result != NULL;
}

void
lloyd_session_explain_async (LloydSession *self,
                             guint side,
                             guint cluster,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  g_return_if_fail (side < self->n_sides);
  LloydJob *job = lloyd_session_look_new (self, side, run_explain, cancellable, callback, data);
  job->row = cluster;
  lloyd_session_push (self, job);
}

LloydReasons *
lloyd_session_explain_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* The row that has this id, or this number where rows have none. */
static gboolean
find_id (const LloydPoints *points, const char *id, size_t *row, GCancellable *cancellable)
{
  guint64 number;
  if (points->ids == NULL)
    {
      if (!g_ascii_string_to_unsigned (id, 10, 1, points->n_input, &number, NULL))
        return FALSE;
      *row = (size_t) number - 1;
      return TRUE;
    }
  for (size_t i = 0; i < points->n_input; i++)
    {
      g_autofree char *own = lloyd_points_dup_id (points, i);
      if (i % 65536 == 0 && g_cancellable_is_cancelled (cancellable))
        return FALSE;
      if (g_str_equal (own, id))
        {
          *row = i;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
run_locate (LloydSession *self, LloydJob *job, GError **error)
{
  LloydRun *run = run_of (self, job, error);
  if (run == NULL)
    return FALSE;
  if (job->text != NULL &&
      !find_id (lloyd_run_get_points (run), job->text, &job->row, job->cancellable))
    {
      if (!g_cancellable_set_error_if_cancelled (job->cancellable, error))
        g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("there is no row %s"), job->text);
      return FALSE;
    }
  LloydStanding standing;
  if (!lloyd_standing_find (run, job->row, NULL, &standing, error))
    return FALSE;
  job->result = g_memdup2 (&standing, sizeof standing);
  job->free_result = g_free;
  return TRUE;
}

void
lloyd_session_locate_async (LloydSession *self,
                            guint side,
                            size_t input_row,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  g_return_if_fail (side < self->n_sides);
  LloydJob *job = lloyd_session_look_new (self, side, run_locate, cancellable, callback, data);
  job->row = input_row;
  lloyd_session_push (self, job);
}

void
lloyd_session_find_row_async (LloydSession *self,
                              guint side,
                              const char *id,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  g_return_if_fail (side < self->n_sides);
  LloydJob *job = lloyd_session_look_new (self, side, run_locate, cancellable, callback, data);
  job->text = g_strdup (id);
  lloyd_session_push (self, job);
}

gboolean
lloyd_session_locate_finish (LloydSession *self,
                             GAsyncResult *result,
                             LloydStanding *standing,
                             GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_autofree LloydStanding *found = g_task_propagate_pointer (G_TASK (result), error);
  if (found == NULL)
    return FALSE;
  *standing = *found;
  return TRUE;
}

/* ---- a column ------------------------------------------------------------------------------ */

static LloydAgreement *
make_agreement (const char *column,
                const LloydClasses *classes,
                guint k,
                const LloydPoints *points,
                const gint32 *labels)
{
  LloydAgreement *self = g_new0 (LloydAgreement, 1);
  self->column = g_strdup (column);
  self->names = g_strdupv (classes->names);
  self->table = lloyd_cross_table_new (k, classes->n);
  for (size_t i = 0; i < points->n; i++)
    {
      size_t row = lloyd_points_input_row (points, i);
      lloyd_cross_table_add (self->table, labels[i],
                             row < classes->n_rows ? classes->classes[row] : LLOYD_NO_CLASS);
    }
  self->table->n_left_out += (gint64) (points->n_input - points->n);
  self->adjusted_rand = lloyd_adjusted_rand (self->table);
  return self;
}

LloydAgreement *
lloyd_session_make_agreement (LloydSession *self,
                              const LloydJob *job,
                              const char *column,
                              const LloydClasses *classes,
                              GError **error)
{
  LloydRun *run = run_of (self, job, error);
  gint32 *labels = run != NULL ? lloyd_survey_read_labels (run, job->cancellable, error) : NULL;
  if (labels == NULL)
    return NULL;
  LloydAgreement *agreement =
      make_agreement (column, classes, lloyd_run_get_k (run), lloyd_run_get_points (run), labels);
  lloyd_free_aligned (labels);
  return agreement;
}

static gboolean
run_agree (LloydSession *self, LloydJob *job, GError **error)
{
  g_autoptr (LloydClasses) classes =
      lloyd_classes_new (job->dataset->table, job->text, job->cancellable, error);
  if (classes != NULL)
    job->result = lloyd_session_make_agreement (self, job, job->text, classes, error);
  job->free_result = (GDestroyNotify) lloyd_agreement_free;
  return job->result != NULL;
}

void
lloyd_session_agree_async (LloydSession *self,
                           guint side,
                           const char *column,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_return_if_fail (side < self->n_sides);
  LloydJob *job = lloyd_session_look_new (self, side, run_agree, cancellable, callback, data);
  job->text = g_strdup (column);
  job->dataset = lloyd_dataset_ref (self->dataset);
  lloyd_session_push (self, job);
}

LloydAgreement *
lloyd_session_agree_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
lloyd_agreement_free (LloydAgreement *self)
{
  g_free (self->column);
  g_free (self->file);
  g_strfreev (self->names);
  g_clear_pointer (&self->table, lloyd_cross_table_free);
  g_free (self);
}
