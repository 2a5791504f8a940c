/* Repair: what is done with clusters that lost all their rows. */
#pragma once

#include "compute/backends/backend.h"
#include "compute/kmeans/recipe.h"

/* Gives each empty cluster, in index order, a row by the policy: the row's value leaves its donor's
 * sum and becomes the empty cluster's. Labels stay as they are. `sums` are those of the last assign
 * against `centroids` (k x d) and are changed in place; `n_repaired` counts the clusters that got a
 * row; those that `is_pinned` (k values, or NULL) names stay empty. A row is taken once, never the
 * last of its cluster, and only if it is away from its centroid and its weight is not 0. */
gboolean lloyd_repair (LloydEngine *engine,
                       LloydEmpty policy,
                       guint64 seed,
                       guint step,
                       const gboolean *is_pinned,
                       const float *centroids,
                       LloydSums *sums,
                       guint *n_repaired,
                       GCancellable *cancellable,
                       GError **error);
