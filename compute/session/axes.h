/* Axes by name. */
#pragma once

#include "compute/data/projection.h"

/* The projection that a text names: "widest", "components" (either with "-3d"), or columns with
 * commas between. NULL with LLOYD_ERROR_DATA. */
LloydProjection *lloyd_axes_make (const LloydPoints *points,
                                  const char *axes,
                                  GCancellable *cancellable,
                                  GError **error);

/* The axes that data of this shape open with. */
const char *lloyd_axes_usual (const LloydPoints *points);
