/* Whether an objective rose where it must not. */
#pragma once

#include "compute/kmeans/edit.h"
#include "compute/kmeans/run.h"

/* Whether the objective of such a run only falls between edits: that of all rows, against
 * centroids that are the best for their rows. Raw sums and batches may make it rise. */
gboolean lloyd_must_fall (LloydMetric metric, LloydAlgorithm algorithm);

/* The first step of a run that must fall in which the objective rose, by its assignment or its
 * update, beyond what the rounding of centroids to float32 explains; 0: none. Steps after edits and
 * updates that gave empty clusters a new centroid are passed over. */
guint lloyd_find_rise (const LloydStep *steps,
                       guint n_steps,
                       const LloydEvent *events,
                       guint n_events,
                       LloydMetric metric);
