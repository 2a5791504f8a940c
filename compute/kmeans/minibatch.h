/* Mini-batch k-means: Sculley, "Web-scale k-means clustering", WWW 2010.
 *
 * Each step labels a batch of rows and moves the centroids of the clusters that got any; the others
 * stay. Over an epoch the batches are a keyed permutation of all rows, cut into pieces; its last
 * batch has the rows that are left. With m the batch's rows of a cluster, and n those of all
 * batches so far, this one among them:
 *
 *   count: c = the exact sum of all n rows / n, so c moves to the batch's mean by m / n of the way;
 *   published: c moves to the batch's own centroid b by 1 / n of the way, c + (b - c) / n in
 * double.
 *
 * Where rows have weights, sums are of weighted rows, `count` divides by the exact weight of all n
 * rows, and `published` goes on counting the rows of weight above 0.
 *
 * Under an angular metric sums become directions, as in the update: `count` takes the direction of
 * the exact sum, `published` the direction of c + (b - c) / n with b the direction of the batch's
 * sum. A sum without direction leaves its centroid where it is. */
#pragma once

#include "compute/backends/backend.h"
#include "compute/kmeans/recipe.h"

/* Steps without a better smoothed objective after which a run stops. */
#define LLOYD_BATCH_PATIENCE 10

typedef struct _LloydMiniBatch LloydMiniBatch;

/* What is carried from batch to batch; nothing learned yet. All sums that come must be on `grid`,
 * which must live longer; NULL: they may be on any, at some cost. */
LloydMiniBatch *lloyd_minibatch_new (
    LloydMetric metric, LloydBatchRule rule, guint k, guint d, const LloydGrid *grid);
void lloyd_minibatch_free (LloydMiniBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydMiniBatch, lloyd_minibatch_free)

/* Learns a batch from the exact sums of its rows against `current`, and makes the centroids that
 * come next; both are k x d in the engine's frame and may not overlap. */
void lloyd_minibatch_learn (LloydMiniBatch *self,
                            const LloydSums *sums,
                            const float *current,
                            float *next);

/* Clusters that neither a batch learned nor this one gives a row. */
guint lloyd_minibatch_count_untouched (const LloydMiniBatch *self, const LloydSums *sums);

/* Notes the objective of a batch of `n_rows` of `n` rows, which weigh `total_weight` together: its
 * mean over that is smoothed by min (1, 2 n_rows / (n + 1)). */
void lloyd_minibatch_note (
    LloydMiniBatch *self, double objective, double total_weight, size_t n_rows, size_t n);

/* Whether the smoothed objective has not become better for LLOYD_BATCH_PATIENCE batches. */
gboolean lloyd_minibatch_is_stalled (const LloydMiniBatch *self);

/* The rows of batch `batch` (from 1) of `n`; `rows` has room for `batch_size`. Returns how many. */
size_t lloyd_minibatch_rows (size_t n, guint batch_size, guint64 seed, guint batch, size_t *rows);

/* The part of the engine's energy that the rows of a batch, which is a list, have, exactly. Fails
 * as the engine's verbs do. */
gboolean lloyd_minibatch_energy (LloydEngine *engine,
                                 const LloydView *batch,
                                 LloydWide *energy,
                                 GCancellable *cancellable,
                                 GError **error);
