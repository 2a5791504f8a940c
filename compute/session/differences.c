/* Where two runs differ, side by side. */
#include <string.h>

#include "compute/session/session-private.h"

void
lloyd_differences_find (LloydDifferences *self, LloydSnapshot *const *snapshots)
{
  /* Clusters of other starts have nothing to do with each other. */
  if (snapshots[0] == NULL || snapshots[1] == NULL || snapshots[0]->has_own_start)
    return;
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    self->apart[i] = lloyd_snapshot_new_apart (snapshots[i], snapshots[1 - i], &self->n_compared,
                                               &self->n_apart);
}

void
lloyd_differences_clear (LloydDifferences *self)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_clear_pointer (&self->apart[i], lloyd_snapshot_unref);
  memset (self, 0, sizeof *self);
}

const LloydDifferences *
lloyd_session_get_differences (LloydSession *self)
{
  return &self->differences;
}

static gboolean
run_show (LloydSession *self, LloydJob *job, GError **error)
{
  (void) job;
  return lloyd_session_publish (self, (LloydPending){ 0 }, error);
}

void
lloyd_session_set_differences_async (LloydSession *self,
                                     gboolean has_differences,
                                     GAsyncReadyCallback callback,
                                     gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  g_atomic_int_set (&self->has_differences, has_differences);
  lloyd_session_push (self, lloyd_job_new (self, run_show, NULL, callback, data));
}
