/* Steps that an engine has done in a row, ahead of the run that will take them one by one. They are
 * taken only where the run comes by with the very centroids that they began from: a repaired,
 * pinned or edited centroid makes them worthless, never wrong. */
#pragma once

#include "compute/backends/backend.h"

typedef struct _LloydAhead LloydAhead;

/* Room for up to `capacity` steps of k clusters; the grid, and so the engine, must live longer. */
LloydAhead *lloyd_ahead_new (guint capacity, guint k, guint d, const LloydGrid *grid);
void lloyd_ahead_free (LloydAhead *self);

/* Whether step `step` from these centroids (k x d) is among those done. */
gboolean lloyd_ahead_has (const LloydAhead *self, guint step, const float *centroids);

/* Has the engine do up to `n_steps` from step `step` on; its labels must be those of the step
 * before. `n_done` may be less, and 0 where the engine cannot. */
gboolean lloyd_ahead_fill (LloydAhead *self,
                           LloydEngine *engine,
                           guint step,
                           guint n_steps,
                           const float *centroids,
                           gboolean keeps_empty,
                           guint *n_done,
                           GCancellable *cancellable,
                           GError **error);

/* What a step that is there found. */
void lloyd_ahead_take (const LloydAhead *self, guint step, LloydSums *sums, size_t *n_moved);
