/* Jobs that move the runs, and that look at them. */
#include "compute/clock.h"
#include "compute/session/axes.h"
#include "compute/session/lockstep.h"
#include "compute/session/session-private.h"

/* A run to the end is shown at most this often. */
#define PUBLISH_INTERVAL_NS (G_GINT64_CONSTANT (1000000000) / 60)
/* And no more of its time goes into showing it than one part of so many. */
#define PUBLISH_SHARE 5

/* ---- jobs: moving -------------------------------------------------------------------------- */

/* The session's position of a run. */
static guint
side_position (const LloydSession *self, guint side)
{
  return lloyd_stretches_to_session (self->stretches[side],
                                     lloyd_run_get_position (self->runs[side]));
}

guint
lloyd_session_position (const LloydSession *self)
{
  guint position = 0;
  for (guint i = 0; i < self->n_runs; i++)
    position = MAX (position, side_position (self, i));
  return position;
}

guint
lloyd_session_last_position (const LloydSession *self)
{
  guint position = 0;
  for (guint i = 0; i < self->n_runs; i++)
    position = MAX (position, lloyd_stretches_to_session (
                                  self->stretches[i], lloyd_run_get_last_position (self->runs[i])));
  return position;
}

gboolean
lloyd_session_are_all_at_end (const LloydSession *self)
{
  for (guint i = 0; i < self->n_runs; i++)
    if (!lloyd_run_is_at_end (self->runs[i]))
      return FALSE;
  return TRUE;
}

/* Does what a run lacks to stand at `own`, or until it ends: one that was stopped while another had
 * gone half a step ahead lacks that one. */
static gboolean
catch_up (LloydRun *run, guint own, GCancellable *cancellable, GError **error)
{
  while (lloyd_run_get_position (run) < own && !lloyd_run_is_at_end (run))
    if (!lloyd_run_half_step (run, cancellable, error))
      return FALSE;
  return TRUE;
}

/* Half a step for every run that does not rest; who goes first changes with each
 * step. */
gboolean
lloyd_session_half_step_all (LloydSession *self,
                             gboolean is_paced,
                             GCancellable *cancellable,
                             GError **error)
{
  guint position = lloyd_session_position (self);
  for (guint n = 0; n < self->n_runs; n++)
    {
      guint i = (n + position / 2) % self->n_runs;
      /* One that rests waits, until it is woken. */
      guint own = lloyd_stretches_to_run (self->stretches[i], position + 1, G_MAXUINT);
      lloyd_run_set_paced (self->runs[i], is_paced);
      if (!catch_up (self->runs[i], own, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
step_all (LloydSession *self, gboolean is_paced, GCancellable *cancellable, GError **error)
{
  do
    if (!lloyd_session_half_step_all (self, is_paced, cancellable, error))
      return FALSE;
  while (lloyd_session_position (self) % 2 != 0 && !lloyd_session_are_all_at_end (self));
  return TRUE;
}

gboolean
lloyd_session_go_to_all (LloydSession *self,
                         guint position,
                         GCancellable *cancellable,
                         GError **error)
{
  for (guint i = 0; i < self->n_runs; i++)
    {
      LloydRun *run = self->runs[i];
      guint own =
          lloyd_stretches_to_run (self->stretches[i], position, lloyd_run_get_last_position (run));
      guint wanted = lloyd_stretches_to_run (self->stretches[i], position, G_MAXUINT);
      if (!lloyd_run_go_to (run, own, cancellable, error) ||
          !catch_up (run, wanted, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
lloyd_session_continue (LloydSession *self, guint n_more)
{
  guint at = lloyd_session_last_position (self);
  gboolean can_go_on = FALSE;
  for (guint i = 0; i < self->n_runs; i++)
    {
      guint own = lloyd_run_get_last_position (self->runs[i]);
      if (lloyd_run_get_stop (self->runs[i]) != LLOYD_STOP_MAX_STEPS)
        continue;
      lloyd_run_continue (self->runs[i], n_more);
      can_go_on = TRUE;
      /* One that rested goes on with the others: next are the centroids of both. */
      if (lloyd_stretches_is_behind (self->stretches[i], at, own))
        lloyd_stretches_add (self->stretches[i], at + 2 - at % 2, own + 1);
    }
  return can_go_on;
}

/* Whether it is time to show a run on its way. */
gboolean
lloyd_session_is_show_due (const LloydSession *self)
{
  gint64 wait_ns = MAX (PUBLISH_INTERVAL_NS, (PUBLISH_SHARE - 1) * self->publish_ns);
  return lloyd_clock_ns () - self->published_ns >= wait_ns;
}

static gboolean
run_half_step (LloydSession *self, LloydJob *job, GError **error)
{
  return lloyd_session_half_step_all (self, TRUE, job->cancellable, error) &&
         lloyd_session_publish (self, (LloydPending){ 0 }, error);
}

static gboolean
run_step (LloydSession *self, LloydJob *job, GError **error)
{
  return step_all (self, TRUE, job->cancellable, error) &&
         lloyd_session_publish (self, (LloydPending){ 0 }, error);
}

static gboolean
run_go_to (LloydSession *self, LloydJob *job, GError **error)
{
  guint position = MIN (job->number, lloyd_session_last_position (self));
  return lloyd_session_go_to_all (self, position, job->cancellable, error) &&
         lloyd_session_publish (self, (LloydPending){ 0 }, error);
}

/* Shows all rows labelled. */
static gboolean
publish_labelled (LloydSession *self, GError **error)
{
  self->labels_all = TRUE;
  gboolean is_published = lloyd_session_publish (self, (LloydPending){ 0 }, error);
  self->labels_all = FALSE;
  return is_published;
}

/* Steps until told to stop. A cancelled step leaves the run where it was, which is no error here.
 */
static gboolean
run_on (LloydSession *self, LloydJob *job, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (job->n_more > 0)
    lloyd_session_continue (self, job->n_more);
  gboolean is_fine =
      lloyd_session_go_to_all (self, lloyd_session_last_position (self), job->cancellable, &local);
  for (guint n = 0;
       is_fine && !lloyd_session_are_all_at_end (self) && (job->number == 0 || n < job->number);
       n++)
    {
      is_fine = step_all (self, FALSE, job->cancellable, &local);
      if (is_fine && lloyd_session_is_show_due (self))
        is_fine = lloyd_session_publish (self, (LloydPending){ 0 }, &local);
    }
  if (!is_fine && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  /* Both runs stand at one position again. */
  guint position = lloyd_session_position (self);
  for (guint i = 0; !is_fine && i < self->n_runs; i++)
    if (!lloyd_run_is_at_end (self->runs[i]))
      position = MIN (position, side_position (self, i));
  return lloyd_session_go_to_all (self, position, NULL, error) && publish_labelled (self, error);
}

static gboolean
run_label_all (LloydSession *self, LloydJob *job, GError **error)
{
  (void) job;
  for (guint i = 0; i < self->n_runs; i++)
    if (lloyd_run_is_at_batch (self->runs[i]))
      return publish_labelled (self, error);
  return TRUE;
}

static gboolean
run_set_axes (LloydSession *self, LloydJob *job, GError **error)
{
  LloydPoints *points = self->scene->points;
  LloydProjection *projection =
      lloyd_axes_follow_centroids (job->text)
          ? lloyd_axes_make_between (points, job->text, self->runs[0], job->cancellable, error)
          : lloyd_axes_make (points, job->text, job->cancellable, error);
  LloydScene *scene = projection != NULL
                          ? lloyd_session_make_scene_of (points, projection, job->max_discs, error)
                          : NULL;
  if (scene == NULL)
    return FALSE;
  lloyd_scene_unref (self->scene);
  self->scene = scene;
  self->followed = lloyd_session_hash_centroids (self);
  g_free (self->work.axes);
  self->work.axes = g_strdup (job->text);
  return lloyd_session_publish (self, (LloydPending){ .axes = g_steal_pointer (&job->text) },
                                error);
}

/* ---- asking: moving ------------------------------------------------------------------------ */

void
lloyd_session_set_axes_async (LloydSession *self,
                              const char *axes,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = lloyd_job_new (self, run_set_axes, cancellable, callback, data);
  job->text = g_strdup (axes);
  lloyd_session_push (self, job);
}

void
lloyd_session_half_step_async (LloydSession *self, GAsyncReadyCallback callback, gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  lloyd_session_push (self, lloyd_job_new (self, run_half_step, NULL, callback, data));
}

void
lloyd_session_step_async (LloydSession *self, GAsyncReadyCallback callback, gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  lloyd_session_push (self, lloyd_job_new (self, run_step, NULL, callback, data));
}

void
lloyd_session_run_async (
    LloydSession *self, guint n_steps, guint n_more, GAsyncReadyCallback callback, gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  g_clear_object (&self->run_cancellable);
  self->run_cancellable = g_cancellable_new ();
  LloydJob *job = lloyd_job_new (self, run_on, self->run_cancellable, callback, data);
  job->number = n_steps;
  job->n_more = n_more;
  lloyd_session_push (self, job);
}

void
lloyd_session_label_all_async (LloydSession *self, GAsyncReadyCallback callback, gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  lloyd_session_push (self, lloyd_job_new (self, run_label_all, NULL, callback, data));
}

void
lloyd_session_stop (LloydSession *self)
{
  if (self->run_cancellable != NULL)
    g_cancellable_cancel (self->run_cancellable);
}

void
lloyd_session_go_to_async (LloydSession *self,
                           guint position,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = lloyd_job_new (self, run_go_to, NULL, callback, data);
  job->number = position;
  lloyd_session_push (self, job);
}
