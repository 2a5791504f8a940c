/* Inside one dress of the kernels: names that carry it, so that all dresses link into one program.
 */
#pragma once

#include "compute/backends/cpu/kernels.h"
#include "compute/backends/cpu/simd.h"

#ifndef LLOYD_SIMD
#error "LLOYD_SIMD names the instruction set this file is compiled for"
#endif

#define LLOYD_JOIN2(a, b) a##_##b
#define LLOYD_JOIN(a, b) LLOYD_JOIN2 (a, b)
#define LLOYD_KERNEL(name) LLOYD_JOIN (name, LLOYD_SIMD)

#if defined(__clang__)
#define LLOYD_UNROLL _Pragma ("unroll")
#else
#define LLOYD_UNROLL _Pragma ("GCC unroll 16")
#endif

#define LLOYD_INLINE static inline __attribute__ ((always_inline))

void LLOYD_KERNEL (lloyd_screen_low) (const LloydPanels *panels,
                                      const float *x,
                                      size_t n,
                                      gint32 *labels,
                                      guint32 *doubtful,
                                      size_t *n_doubtful);
void LLOYD_KERNEL (lloyd_screen_dense) (const LloydPanels *panels,
                                        const float *x,
                                        size_t n,
                                        gint32 *labels,
                                        guint32 *doubtful,
                                        size_t *n_doubtful);
gint32 LLOYD_KERNEL (lloyd_decide) (const LloydPanels *panels, const float *x);
void LLOYD_KERNEL (lloyd_add) (LloydMetric metric,
                               const float *x,
                               size_t n,
                               const gint32 *labels,
                               const double *norms,
                               LloydSums *sums);
void LLOYD_KERNEL (lloyd_norms) (const float *x, size_t n, guint d, double *norms);
void LLOYD_KERNEL (lloyd_distances) (LloydMetric metric,
                                     const float *x,
                                     size_t n,
                                     guint d,
                                     const double *norms,
                                     double unit_scale,
                                     const float *centres,
                                     guint m,
                                     double *out);

/* Added to a sum of squares before the root, for squares that fell below float32's range. */
#define LLOYD_SMALL_SQUARE 0x1p-120f
/* Norms computed in float32 are raised by this a dimension. */
#define LLOYD_NORM_SLACK 0x1p-23f
