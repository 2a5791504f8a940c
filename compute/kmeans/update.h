/* The update: new centroids from exact sums. */
#pragma once

#include "compute/backends/backend.h"

/* next = the mean of each cluster's rows (Euclidean) or the direction of their sum (angular); a
 * cluster without rows, or whose sum is 0 under an angular metric, keeps the centroid it has in
 * `current`. Both are k x d in the engine's frame and may not overlap. */
void lloyd_update (LloydMetric metric, const LloydSums *sums, const float *current, float *next);

/* The largest distance that a centroid moved. */
double lloyd_largest_shift (const float *a, const float *b, guint k, guint d);
