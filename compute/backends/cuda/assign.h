/* What assigning and iterating share. */
#pragma once

#include "compute/backends/cuda/cuda-private.h"

/* Clears the sums, or where only changes are added the number of labels that moved. */
gboolean lloyd_cuda_clear_totals (LloydCuda *self, GError **error);

/* Labels all rows and adds them to the sums, by the panels that are filled; where the sums are
 * carried only what changes. The kernels heed `stop_dev`, which may be NULL. */
gboolean lloyd_cuda_label_all (LloydCuda *self,
                               const unsigned int *stop_dev,
                               GCancellable *cancellable,
                               GError **error);

/* Sums from the device to the host. */
gboolean lloyd_cuda_download_totals (
    LloydCuda *self, const void *totals_dev, LloydSums *sums, guint64 *n_moved, GError **error);
