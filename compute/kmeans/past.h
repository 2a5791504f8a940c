/* The past: a state of a run put aside, with all that it had found, to be shown again later, also
 * by another engine. It shares the centroids with the run, and costs little. */
#pragma once

#include "compute/kmeans/run.h"

typedef struct _LloydPast LloydPast;

/* How the run stands. Yours. */
LloydPast *lloyd_past_new (const LloydRun *run);
void lloyd_past_free (LloydPast *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPast, lloyd_past_free)

/* What its history takes, with that of other states of the same run. */
size_t lloyd_past_get_bytes (const LloydPast *self);

/* Brings a state of this run back, bit for bit. Fails as lloyd_run_go_to(), and then nothing has
 * changed. */
gboolean lloyd_run_restore (LloydRun *self,
                            const LloydPast *past,
                            GCancellable *cancellable,
                            GError **error);

/* The run again that the state is of, on a new engine; `points` and `backend` are those it had. The
 * state may be used once more. Fails as lloyd_run_new(). */
LloydRun *lloyd_run_revive (LloydPoints *points,
                            const LloydPast *past,
                            const LloydBackend *backend,
                            const LloydEngineOptions *options,
                            GCancellable *cancellable,
                            GError **error);
