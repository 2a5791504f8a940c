/* Replaying: what brings a session back from nothing, and doing so. Main thread. */
#pragma once

#include "compute/kmeans/placed-edit.h"
#include "compute/session/session.h"

/* The recipe that the runs began with: edits change how many clusters the session's own has; NULL
 * before anything is open. And all edits since (LloydPlacedEdit), at positions of the session, with
 * a place for each run, one after the other. Borrowed until "changed". */
const LloydRecipe *lloyd_session_get_start (LloydSession *self);
const GPtrArray *lloyd_session_get_edits (LloydSession *self);

/* Takes a session that was just opened with a start through edits (LloydPlacedEdit, kept until it
 * is done) to the last position that is known, and shows `position`: then it is what it was, bit
 * for bit, as far as the data are. lloyd_session_stop() ends it early. Ends in
 * lloyd_session_finish(); fails as edits and steps do. */
void lloyd_session_replay_async (LloydSession *self,
                                 GPtrArray *edits,
                                 guint position,
                                 guint last_position,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
