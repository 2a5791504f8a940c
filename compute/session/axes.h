/* Axes by name. */
#pragma once

#include "compute/data/projection.h"
#include "compute/kmeans/run.h"

/* The projection that a text names: "widest", "components" (either with "-3d"), or columns with
 * commas between. NULL with LLOYD_ERROR_DATA. */
LloydProjection *lloyd_axes_make (const LloydPoints *points,
                                  const char *axes,
                                  GCancellable *cancellable,
                                  GError **error);

/* Whether a text names axes that follow the centroids: "between" (the components of the centroids,
 * weighted by size; also with "-3d"), or "between:3,7" (from centroid 3 to centroid 7, so that
 * their border is an upright line, and across it). */
gboolean lloyd_axes_follow_centroids (const char *axes);

/* The projection that such a text names, as the run stands, of `points` that the run's are, or are
 * a part of. NULL with LLOYD_ERROR_DATA where there are no such clusters or fewer dimensions than
 * axes, or G_IO_ERROR_CANCELLED. */
LloydProjection *lloyd_axes_make_between (const LloydPoints *points,
                                          const char *axes,
                                          LloydRun *run,
                                          GCancellable *cancellable,
                                          GError **error);

/* The axes that data of this shape open with. */
const char *lloyd_axes_usual (const LloydPoints *points);
