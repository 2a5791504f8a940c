/* How far each row is from its centroid, and how nearly it belongs to another. */
#pragma once

#include "compute/kmeans/run.h"

/* For each row of the input: the distance to its centroid as it stands, and how much farther the
 * nearest other one is (infinite where there is but one cluster; less than 0 where the centroids
 * have moved since and another is nearer now). Distance is |x - c| in the units of the run, or 1 -
 * cos under an angular metric. NaN where a row was dropped or belongs to nobody. Each array has
 * n_input values and may be NULL. The same bits on every backend. */
gboolean lloyd_run_read_distances (LloydRun *run,
                                   double *distances,
                                   double *ambiguities,
                                   GCancellable *cancellable,
                                   GError **error);

/* Distance of stored row `row`, given its cost as lloyd_exact_cost() has it: a squared distance, or
 * a negative score. */
double lloyd_distance_of_cost (const LloydEngine *engine, size_t row, double cost);
