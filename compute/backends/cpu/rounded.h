/* Sums as fast programs keep them, for fast mode: in float32, each thread its own, rounded at every
 * addition. They depend on how the rows fell to the threads. */
#pragma once

#include "compute/backends/cpu/kernels.h"

typedef struct _LloydRounded LloydRounded;

/* For so many threads. */
LloydRounded *lloyd_rounded_new (guint n_threads, LloydMetric metric, const LloydKernels *kernels);
void lloyd_rounded_free (LloydRounded *self);

/* All zero, k x d, for the first n_threads of them. */
void lloyd_rounded_start (LloydRounded *self, guint k, guint d, guint n_threads);

/* Adds n rows at x as thread `index`; their weights may be NULL. */
void lloyd_rounded_add (LloydRounded *self,
                        guint index,
                        const float *x,
                        size_t n,
                        const gint32 *labels,
                        const float *weights);

/* The sums of all threads, rounded once more to the grid of `sums`. FALSE with LLOYD_ERROR_DATA
 * where a sum left float32's range. */
gboolean lloyd_rounded_finish (const LloydRounded *self, LloydSums *sums, GError **error);
