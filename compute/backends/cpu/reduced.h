/* The copy of an engine's points in 8 bits, which the screen of many dimensions reads. */
#pragma once

#include "compute/backends/cpu/cpu-private.h"

/* Makes it where it pays and the processor has the instructions; else leaves it NULL. */
gboolean lloyd_cpu_reduce (LloydCpu *self, GCancellable *cancellable, GError **error);

/* The same where it was put off, and now rows are gone over again and again. */
gboolean lloyd_cpu_need_reduced (LloydCpu *self, GCancellable *cancellable, GError **error);

/* Whether chunks are copied in 8 bits in their turn, for the screen against k centroids, since
 * there is no copy of all rows. */
gboolean lloyd_cpu_reduces_chunks (const LloydCpu *self, guint k);

/* Room in each thread for a chunk in 8 bits. */
gboolean lloyd_cpu_prepare_chunks (LloydCpu *self, guint n_threads, GError **error);

void lloyd_reduced_free (LloydReduced *self);
