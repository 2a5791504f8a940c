/* What a run leaves behind: labels, centroids, trace. Files are whole or absent. */
#pragma once

#include "compute/kmeans/run.h"

/* Columns id and cluster_id for every row of the input, -1 where it was dropped; .npy: labels
 * alone. */
gboolean lloyd_results_save_labels (const char *path, LloydRun *run, GError **error);

/* Columns cluster, size, weight, then the features, in the data's own unit. */
gboolean lloyd_results_save_centroids (const char *path, LloydRun *run, GError **error);

/* Columns step, objective, objective_after_update, moved, empty, assign_ms, update_ms, wall_ms. */
gboolean lloyd_results_save_trace (const char *path, LloydRun *run, GError **error);

/* Reads the recipe's centroid file (init file:PATH) into the recipe: columns named as the features,
 * or else as many columns of numbers as there are features. */
gboolean lloyd_results_load_start (LloydRecipe *recipe, const LloydPoints *points, GError **error);
