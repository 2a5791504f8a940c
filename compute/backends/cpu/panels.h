/* Centroids made ready for the kernels, once a step. */
#pragma once

#include "compute/backends/cpu/kernels.h"

/* Packs k centroids (k x d) for kernels of `lanes` lanes, around the middle m (d values; NULL: 0).
 */
LloydPanels *lloyd_panels_new (
    LloydMetric metric, const float *centroids, guint k, guint d, const float *middle, guint lanes);
void lloyd_panels_free (LloydPanels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPanels, lloyd_panels_free)
