/* Projections along directions that are given, or in which some points of their own spread most:
 * what tells clusters apart. For drawing only. */
#pragma once

#include "compute/data/projection.h"

/* The axes in which `m` rows of the stored frame (m x d), by weight (m; not all 0), spread most
 * about their mean, most first, and where they spread no further those in which the points do. The
 * largest loading of each is positive. NULL with LLOYD_ERROR_DATA where the points have fewer
 * dimensions than axes, or G_IO_ERROR_CANCELLED. */
LloydProjection *lloyd_projection_new_spread (const LloydPoints *points,
                                              const double *rows,
                                              const double *weights,
                                              guint m,
                                              guint n_axes,
                                              GCancellable *cancellable,
                                              GError **error);

/* The first axis along `direction` (d values, not all 0), where `origin` (d values of the stored
 * frame) is seen at 0; the others those across it in which the points spread most. Fails as above,
 * and where the direction is 0. */
LloydProjection *lloyd_projection_new_along (const LloydPoints *points,
                                             const double *direction,
                                             const double *origin,
                                             guint n_axes,
                                             GCancellable *cancellable,
                                             GError **error);
