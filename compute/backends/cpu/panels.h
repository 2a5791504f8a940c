/* Centroids made ready for the kernels, once a step. */
#pragma once

#include "compute/backends/cpu/kernels.h"
#include "compute/team.h"

/* Room for k centroids of d dimensions for the kernels, around the middle m (d values; NULL: 0);
 * with `has_reduced` for the screen in 8 bits too. */
LloydPanels *lloyd_panels_new (LloydMetric metric,
                               guint k,
                               guint d,
                               const float *middle,
                               const LloydKernels *kernels,
                               gboolean has_reduced);

/* Packs the k centroids (k x d). The team shares the work where there is enough of it. */
void lloyd_panels_fill (LloydPanels *self, const float *centroids, LloydTeam *team);
void lloyd_panels_free (LloydPanels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPanels, lloyd_panels_free)
