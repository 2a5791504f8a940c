/* Inside one dress of the kernels: names that carry it, so that all dresses link into one program.
 */
#pragma once

#include "compute/backends/cpu/kernels.h"
#include "compute/backends/cpu/simd.h"

#ifndef LLOYD_SIMD
#error "LLOYD_SIMD names the instruction set this file is compiled for"
#endif

#if defined(__AVX512VNNI__)
#define LLOYD_HAVE_INT8 1
#endif

#define LLOYD_JOIN2(a, b) a##_##b
#define LLOYD_JOIN(a, b) LLOYD_JOIN2 (a, b)
#define LLOYD_KERNEL(name) LLOYD_JOIN (name, LLOYD_SIMD)

#if defined(__clang__)
#define LLOYD_UNROLL _Pragma ("unroll")
#else
#define LLOYD_UNROLL _Pragma ("GCC unroll 16")
#endif

/* CASE (1); ... one for each number of dimensions that kernels for few are written out for. */
#define LLOYD_EACH_LOW_DIM(CASE)                                                                   \
  CASE (1);                                                                                        \
  CASE (2);                                                                                        \
  CASE (3);                                                                                        \
  CASE (4);                                                                                        \
  CASE (5);                                                                                        \
  CASE (6);                                                                                        \
  CASE (7);                                                                                        \
  CASE (8)
_Static_assert(LLOYD_LOW_DIMS == 8, "the cases are these");

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
void LLOYD_KERNEL (lloyd_nearest_rounded) (const LloydPanels *panels,
                                           const float *x,
                                           size_t n,
                                           gint32 *labels);
void LLOYD_KERNEL (lloyd_add_rounded) (LloydMetric metric,
                                       const float *x,
                                       size_t n,
                                       guint d,
                                       const gint32 *labels,
                                       const float *weights,
                                       float *sums);
void LLOYD_KERNEL (lloyd_reduce) (
    const float *x, const float *middle, size_t n, guint d, LloydReduced *reduced, size_t first);
void LLOYD_KERNEL (lloyd_screen_int8) (const LloydPanels *panels,
                                       const LloydReduced *reduced,
                                       const LloydScreenRows *in,
                                       LloydScreenLists *out);
size_t LLOYD_KERNEL (lloyd_screen_near) (const LloydCandidates *candidates,
                                         const LloydReduced *reduced,
                                         const float *x,
                                         size_t first,
                                         size_t n,
                                         const double *nearest,
                                         guint32 *rows);
void LLOYD_KERNEL (lloyd_try_rows) (const LloydCandidates *candidates,
                                    const LloydTrialRows *in,
                                    guint64 *gains,
                                    LloydNearerList *nearer);
void LLOYD_KERNEL (lloyd_measure_rows) (const LloydCandidates *candidates,
                                        const LloydTrialRows *in,
                                        guint number,
                                        double *out);
gboolean LLOYD_KERNEL (lloyd_narrow) (const LloydPanels *panels,
                                      const LloydFew *in,
                                      const float *low,
                                      const float *high,
                                      float norm,
                                      LloydFew *out);
guint64 LLOYD_KERNEL (lloyd_label_block) (
    const LloydPanels *panels, const LloydFew *few, const float *x, float norm, gint32 *labels);
gint32 LLOYD_KERNEL (lloyd_decide_among) (const LloydPanels *panels,
                                          const float *centroids,
                                          const LloydFew *few,
                                          const float *x);
void LLOYD_KERNEL (lloyd_block_spread) (
    LloydMetric metric, const float *rows, guint d, guint n, double unit_scale, double *u);
guint64 LLOYD_KERNEL (lloyd_block_gain) (
    const double *u, guint d, const float *centre, const double *nearest, guint n, double scale);
guint64 LLOYD_KERNEL (lloyd_block_take) (const double *u,
                                         guint d,
                                         const float *centre,
                                         double *nearest);
void LLOYD_KERNEL (lloyd_block_cut) (const double *distances, double scale, guint64 *weights);
guint64 LLOYD_KERNEL (lloyd_block_differ) (const gint32 *a, const gint32 *b);
void LLOYD_KERNEL (lloyd_block_load) (const float *rows, guint d, guint n, float *x);
guint64 LLOYD_KERNEL (lloyd_block_find) (const gint32 *a, const gint32 *b, gint32 x, gint32 y);
void LLOYD_KERNEL (lloyd_block_sum) (
    LloydMetric metric, const LloydGrid *grid, const float *x, guint64 mask, gint64 *sums);
gint32 LLOYD_KERNEL (lloyd_decide) (const LloydPanels *panels, const float *x);
void LLOYD_KERNEL (lloyd_add) (LloydMetric metric,
                               const float *x,
                               size_t n,
                               const gint32 *labels,
                               const double *norms,
                               LloydSums *sums);
void LLOYD_KERNEL (lloyd_add_squares) (const float *x, size_t n, LloydWide *total);
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
void LLOYD_KERNEL (lloyd_splat_places) (
    const float *x, size_t n, size_t stride, const LloydSplatMap *map, guint32 *at);
void LLOYD_KERNEL (lloyd_splat_hashes) (const size_t *numbers,
                                        size_t first,
                                        size_t n,
                                        guint32 *hashes);

/* Added to a sum of squares before the root, for squares that fell below float32's range. */
#define LLOYD_SMALL_SQUARE 0x1p-120f
/* Norms computed in float32 are raised by this a dimension. */
#define LLOYD_NORM_SLACK 0x1p-23f

/* B for a row of that norm whose nearest centroid has that norm. */
LLOYD_INLINE float
lloyd_bound (const LloydPanels *panels, float norm, float nearest_norm)
{
  float r = MIN (norm + norm + nearest_norm, panels->max_norm);
  return panels->a1 * (norm * r) + panels->a2 * (r * r) + panels->a3 * (norm * norm) + panels->a4;
}

/* Whether a row's label is proven by its best and second best score. */
LLOYD_INLINE gboolean
lloyd_is_proven (const LloydPanels *panels, guint number, float best, float second, float norm)
{
  float nearest_norm = panels->norm[number];
  return second - best > 2.0f * lloyd_bound (panels, norm, nearest_norm) &&
         norm + norm + nearest_norm < LLOYD_FAR_REACH;
}
