/* Assignment by blocks, for few dimensions. */
#pragma once

#include "compute/backends/cpu/cpu-private.h"

/* Makes the blocks where they pay; else leaves them NULL. Needs the engine's grid and middle. */
gboolean lloyd_cpu_make_blocks (LloydCpu *self, GCancellable *cancellable, GError **error);

/* Labels all rows, in blocks; `panels` hold the k x d centroids. `sums` and `n_moved` as in the
 * verb. */
gboolean lloyd_cpu_assign_blocks (LloydCpu *self,
                                  const LloydPanels *panels,
                                  const float *centroids,
                                  LloydSums *sums,
                                  size_t *n_moved,
                                  GCancellable *cancellable,
                                  GError **error);
