/* Lock-step: where the runs of a session stand when the session stands somewhere.
 *
 * As long as nobody edits, a run's position is the session's, or its last one where it has ended. A
 * run that rests and is edited goes on from where it rested, while the session's position is
 * farther: from then on the two differ by a constant. Worker. */
#pragma once

#include "compute/session/session.h"

/* From `at` on the session's positions are the run's from `own` on. */
typedef struct
{
  guint at;
  guint own;
} LloydStretch;

/* Stretches (LloydStretch) by rising positions; the first is { 0, 0 }. Yours. */
GArray *lloyd_stretches_new (void);

/* The session's position of a position of the run. */
guint lloyd_stretches_to_session (const GArray *self, guint own);

/* The run's position when the session is at `at`, and `last` is the run's last. */
guint lloyd_stretches_to_run (const GArray *self, guint at, guint last);

/* Whether a run that stands at `own` rests while the session is at `at`. */
gboolean lloyd_stretches_is_behind (const GArray *self, guint at, guint own);

/* Lets all stretches from `at` on go: what came after is no more. */
void lloyd_stretches_cut (GArray *self, guint at);

/* The session's position `at` becomes the run's `own`. */
void lloyd_stretches_add (GArray *self, guint at, guint own);
