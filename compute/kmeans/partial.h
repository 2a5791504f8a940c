/* Learning from rows that come in pieces: mini-batch k-means over whatever a caller reads, for
 * inputs that do not fit into memory. */
#pragma once

#include "compute/kmeans/minibatch.h"

typedef struct _LloydPartial LloydPartial;

/* Nothing learned yet. `centroids` (k x d, in the frame of the rows to come; unit rows for angles)
 * is where it starts. `n_whole`: rows of the whole, all of which may come several times; it fixes
 * the grid of unit rows, as `whole_weight` does where rows have weights, that of all of them.
 * `backend` is one that works, `options` tell it how, the metric among them. Yours. */
LloydPartial *lloyd_partial_new (const LloydBackend *backend,
                                 const LloydEngineOptions *options,
                                 LloydBatchRule rule,
                                 guint k,
                                 guint d,
                                 const float *centroids,
                                 size_t n_whole,
                                 double whole_weight);
void lloyd_partial_free (LloydPartial *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPartial, lloyd_partial_free)

/* Learns a batch: n x d floats in the frame of the whole (its origin subtracted; with a direction,
 * measured from the data's own zero, under an angular metric), and n weights or NULL, the same each
 * time. The centroids then are those that a
 * run with mini-batch has after a step on these rows, bit for bit. `objective`, which may be NULL,
 * receives that of the rows against the centroids before. On failure nothing is learned: with
 * LLOYD_ERROR_DEVICE or _MEMORY, or G_IO_ERROR_CANCELLED. */
gboolean lloyd_partial_learn (LloydPartial *self,
                              const float *rows,
                              const float *weights,
                              size_t n,
                              double *objective,
                              GCancellable *cancellable,
                              GError **error);

/* The centroids, k x d, borrowed until the next batch. */
const float *lloyd_partial_get_centroids (const LloydPartial *self);
