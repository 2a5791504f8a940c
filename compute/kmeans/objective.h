/* The objective of given labels against given centroids, from exact sums, rounded once. */
#pragma once

#include "compute/backends/backend.h"

/* Euclidean: E - sum_j (2 c_j.S_j - W_j |c_j|^2). Cosine: half of that over unit rows, which is the
 * sum of (1 - cosine) up to the rounding of c. Cosine-raw: sum |x| - sum_j c_j.S_j. `centroids` is
 * k x d in the engine's frame. */
double lloyd_objective (LloydMetric metric,
                        const LloydWide *energy,
                        const LloydSums *sums,
                        const float *centroids);

/* The share of one cluster, given its own part of the energy. */
double lloyd_objective_of_cluster (LloydMetric metric,
                                   const LloydWide *energy,
                                   const LloydSums *sums,
                                   guint cluster,
                                   const float *centroid);

/* The objective at K = 1 with the best centroid, in double: the total that a split is measured by.
 * For Euclidean this is the total sum of squares about the mean. */
double lloyd_objective_total (LloydMetric metric, const LloydWide *energy, const LloydSums *sums);
