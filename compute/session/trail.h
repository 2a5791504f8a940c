/* Trails: where the centroids of a snapshot came from. */
#pragma once

#include "compute/session/snapshot.h"

/* Finds how far the centroids of a snapshot of this run moved last, and, with `has_trail`, through
 * which places they came; before anyone else sees the snapshot. Worker. */
void lloyd_snapshot_trace (LloydSnapshot *snapshot, const LloydRun *run, gboolean has_trail);
