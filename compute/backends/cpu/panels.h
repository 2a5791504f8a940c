/* Centroids made ready for the kernels, once a step. */
#pragma once

#include "compute/backends/cpu/kernels.h"

/* Packs k centroids (k x d) for the kernels, around the middle m (d values; NULL: 0); with
 * `has_reduced` for the screen in 8 bits too. */
LloydPanels *lloyd_panels_new (LloydMetric metric,
                               const float *centroids,
                               guint k,
                               guint d,
                               const float *middle,
                               const LloydKernels *kernels,
                               gboolean has_reduced);
void lloyd_panels_free (LloydPanels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPanels, lloyd_panels_free)
