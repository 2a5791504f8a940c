/* The worker: jobs in order, and what they have to show on the way to the main thread. */
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compute/clock.h"
#include "compute/session/session-private.h"
#include "compute/session/trail.h"

/* ---- from the worker to the main thread ---------------------------------------------------- */

void
lloyd_pending_clear (LloydPending *self)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_clear_pointer (&self->snapshots[i], lloyd_snapshot_unref);
  lloyd_differences_clear (&self->differences);
  g_clear_pointer (&self->dataset, lloyd_dataset_unref);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  g_clear_pointer (&self->axes, g_free);
  g_clear_pointer (&self->backend_remark, g_free);
  g_clear_pointer (&self->start, lloyd_recipe_free);
  g_clear_pointer (&self->edits, g_ptr_array_unref);
  g_clear_pointer (&self->undo, lloyd_change_free);
  g_clear_pointer (&self->redo, lloyd_change_free);
  memset (self, 0, sizeof *self);
}

/* Takes what is pending, on the main thread, and says so. */
void
lloyd_session_take_pending (LloydSession *self)
{
  g_mutex_lock (&self->mutex);
  LloydPending pending = self->pending;
  memset (&self->pending, 0, sizeof self->pending);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_mutex_unlock (&self->mutex);
  if (!pending.is_set)
    return;

  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      g_clear_pointer (&self->snapshots[i], lloyd_snapshot_unref);
      self->snapshots[i] = g_steal_pointer (&pending.snapshots[i]);
    }
  lloyd_differences_clear (&self->differences);
  self->differences = pending.differences;
  memset (&pending.differences, 0, sizeof pending.differences);
  self->n_sides = pending.n_sides;
  self->position = pending.position;
  self->last_position = pending.last_position;
  g_clear_pointer (&self->undo_change, lloyd_change_free);
  g_clear_pointer (&self->redo_change, lloyd_change_free);
  self->undo_change = g_steal_pointer (&pending.undo);
  self->redo_change = g_steal_pointer (&pending.redo);
  if (pending.dataset != NULL)
    {
      g_clear_pointer (&self->dataset, lloyd_dataset_unref);
      g_clear_pointer (&self->backend_remark, g_free);
      g_clear_pointer (&self->start, lloyd_recipe_free);
      g_clear_pointer (&self->edits, g_ptr_array_unref);
      self->dataset = g_steal_pointer (&pending.dataset);
      self->backend_remark = g_steal_pointer (&pending.backend_remark);
    }
  if (pending.recipe != NULL)
    {
      g_clear_pointer (&self->recipe, lloyd_recipe_free);
      self->recipe = g_steal_pointer (&pending.recipe);
      g_clear_pointer (&self->start, lloyd_recipe_free);
      g_clear_pointer (&self->edits, g_ptr_array_unref);
      self->start = g_steal_pointer (&pending.start);
      self->edits = g_steal_pointer (&pending.edits);
    }
  if (pending.axes != NULL)
    {
      g_free (self->axes);
      self->axes = g_steal_pointer (&pending.axes);
    }
  lloyd_pending_clear (&pending);
  lloyd_session_emit_changed (self);
}

static gboolean
on_idle (gpointer data)
{
  LloydSession *self = data;
  g_mutex_lock (&self->mutex);
  self->idle = 0;
  g_mutex_unlock (&self->mutex);
  lloyd_session_take_pending (self);
  return G_SOURCE_REMOVE;
}

/* Hands over how the runs stand. `news` carries what else is new; it is taken. At most one idle
 * waits. */
gboolean
lloyd_session_publish (LloydSession *self, LloydPending news, GError **error)
{
  gint64 start_ns = lloyd_clock_ns ();
  lloyd_session_follow_centroids (self, &news.axes);
  news.is_set = TRUE;
  news.n_sides = self->n_runs;
  news.position = lloyd_session_position (self);
  news.last_position = lloyd_session_last_position (self);
  for (guint i = 0; i < self->n_runs; i++)
    {
      gboolean has_bridge = g_atomic_int_get (&self->has_bridge);
      news.snapshots[i] =
          self->labels_all
              ? lloyd_snapshot_new_labelled (self->runs[i], self->scene, has_bridge, NULL, error)
              : lloyd_snapshot_new (self->runs[i], self->scene, has_bridge, error);
      if (news.snapshots[i] == NULL)
        {
          lloyd_pending_clear (&news);
          return FALSE;
        }
      news.snapshots[i]->has_own_start = self->have_own_starts;
      lloyd_snapshot_trace (news.snapshots[i], self->runs[i], g_atomic_int_get (&self->has_trails));
    }
  if (g_atomic_int_get (&self->has_differences))
    lloyd_differences_find (&news.differences, news.snapshots);
  lloyd_session_tell_changes (self, &news);
  if (news.recipe != NULL)
    {
      news.start = lloyd_session_make_start (self);
      news.edits = lloyd_session_make_edits (self);
    }
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      g_clear_pointer (&self->shown[i], lloyd_snapshot_unref);
      self->shown[i] = news.snapshots[i] != NULL ? lloyd_snapshot_ref (news.snapshots[i]) : NULL;
    }

  g_mutex_lock (&self->mutex);
  LloydPending old = self->pending;
  if (news.dataset == NULL)
    {
      news.dataset = g_steal_pointer (&old.dataset);
      news.backend_remark = g_steal_pointer (&old.backend_remark);
    }
  if (news.recipe == NULL)
    {
      news.recipe = g_steal_pointer (&old.recipe);
      news.start = g_steal_pointer (&old.start);
      news.edits = g_steal_pointer (&old.edits);
    }
  if (news.axes == NULL)
    news.axes = g_steal_pointer (&old.axes);
  self->pending = news;
  if (self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_DEFAULT, on_idle, self, NULL);
  g_mutex_unlock (&self->mutex);
  lloyd_pending_clear (&old);
  self->published_ns = lloyd_clock_ns ();
  self->publish_ns = self->published_ns - start_ns;
  return TRUE;
}

void
lloyd_job_free (LloydJob *job)
{
  g_clear_object (&job->task);
  g_clear_object (&job->cancellable);
  g_free (job->text);
  g_free ((gpointer) job->hand.values);
  g_clear_pointer (&job->edits, g_ptr_array_unref);
  g_clear_pointer (&job->dataset, lloyd_dataset_unref);
  g_clear_pointer (&job->recipe, lloyd_recipe_free);
  if (job->data != NULL)
    job->free_data (job->data);
  if (job->result != NULL)
    job->free_result (job->result);
  g_free (job);
}

/* ---- the worker ---------------------------------------------------------------------------- */

gpointer
lloyd_session_work (gpointer data)
{
  LloydSession *self = data;
  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), LLOYD_ENGINE_NICE);
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      LloydJob *job = g_async_queue_pop (self->jobs);
      if (job->run == NULL)
        {
          lloyd_job_free (job);
          return NULL;
        }
      self->scene_max_discs = job->max_discs;
      gboolean is_done = !g_cancellable_set_error_if_cancelled (job->cancellable, &error) &&
                         job->run (self, job, &error);
      GTask *task = g_steal_pointer (&job->task);
      gpointer result = is_done ? g_steal_pointer (&job->result) : NULL;
      GDestroyNotify free_result = job->free_result;
      lloyd_job_free (job);
      if (result != NULL)
        g_task_return_pointer (task, result, free_result);
      else if (is_done)
        g_task_return_boolean (task, TRUE);
      else
        g_task_return_error (task, g_steal_pointer (&error));
      /* The task holds the session, whose last reference must not go on its own worker. */
      g_idle_add_once (g_object_unref, task);
    }
}

void
lloyd_session_push (LloydSession *self, LloydJob *job)
{
  if (!job->is_look)
    lloyd_session_cancel_looks (self);
  g_async_queue_push (self->jobs, job);
}

LloydJob *
lloyd_job_new (LloydSession *self,
               LloydJobFunc run,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer data)
{
  LloydJob *job = g_new0 (LloydJob, 1);
  job->run = run;
  job->task = g_task_new (self, cancellable, callback, data);
  g_task_set_check_cancellable (job->task, FALSE);
  job->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  job->max_discs = self->max_discs;
  job->has_own_starts = self->has_own_starts;
  self->n_asked++;
  return job;
}
