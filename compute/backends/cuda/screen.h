/* Screening on the matrix unit, as the host side sees it; as in kernels.h.
 *
 * Rows and centroids have copies x^ and c^ in float16 of x - m and c - m', each row times a power
 * of two of its own, the centroids times one in common. For distances m' = m; for angles m' is m
 * over the usual norm of a row, since x.c = x.m' + m.(c - m') + (x - m).(c - m'), of which the
 * first part is the same for all centroids. A tile of scores s_j = start_j - x^.c^_j, where start_j
 * is |c_j - m|^2 / 2 or -m.(c_j - m'), comes from the matrix unit, the best two of a row stay in
 * registers, and nothing is stored. With measured norms n of x - m and rests r = |x - m - x^|, R
 * the largest norm of a centroid that could win (see cpu/kernels.h), p and p0 such that |c - m -
 * c^| <= p |c - m| + p0, and C = R + p R + p0, no score that matters is off by more than
 *
 *   B = r C + n (p R + p0) + g (n + r) C + 2^-20 (R^2 / 2 + (n + r) C) + (D + 2) 2^-51 (n + R)^2
 *
 * where g is of the matrix unit's sums and 2^-20 holds the rounding of |c - m|^2 / 2, of the score
 * and of the two bits in which a score carries its column; and 2^-144 for what is below the range
 * of float32. A label whose gap is above 2 B is proven; other rows are listed, and
 * lloyd_cuda_settle() decides them: in float32 by the bound of the CPU, and what that leaves by the
 * canonical arithmetic among the centroids within the bound. */
#pragma once

#include "compute/backends/cuda/kernels.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* Centroids whose norm comes up to this are left out of the screen, and rows that reach half as far
 * are not proven by it: half, so that the rounding of the norms cannot matter. */
#define LLOYD_CUDA_FAR 0x1p44f
#define LLOYD_CUDA_FAR_REACH 0x1p43f
/* What stands for an infinite start times the scale: above any score whatever the row's
 * scale, and finite times that, so that a column can be written into it. */
#define LLOYD_CUDA_FARTHEST 0x1p80f
/* Terms that an instruction of the matrix unit adds up, and centroids in a tile. */
#define LLOYD_CUDA_TERMS 16
#define LLOYD_CUDA_TILE 64
/* Terms of a row up to which the matrix unit of sm_90a has rows in registers. */
#define LLOYD_CUDA_WGMMA_DEPTH 128
/* Up to this many dimensions rows are labelled and added in one go; above, screening is the matrix
 * unit's. */
#define LLOYD_CUDA_LOW_DIMS 8

  /* What is known of all centroids together: the bits of numbers that are not negative. */
  typedef struct
  {
    /* The largest norm among those screened, the largest |coordinate| of c - m, and p. */
    unsigned int norm;
    unsigned int largest;
    unsigned int rest;
  } LloydCudaSpread;

  /* Centroids as the screens take them, `k_padded` (whole tiles) in all; what pads them is
   * infinitely far. */
  typedef struct
  {
    LloydMetric metric;
    unsigned int k;
    unsigned int k_padded;
    unsigned int d;
    /* d, rounded up to whole instructions. */
    unsigned int depth;
    /* k x d; and what is taken off rows and centroids, d values each, for angles with their norms
     * (else 0). */
    const float *centroids_dev;
    const float *middle_dev;
    const float *centre_dev;
    float middle_norm;
    float centre_norm;
    /* Whether centroids that are equal all stay in the screen; and whether the screen has the last
     * word (fast mode): a winner needs no proof then, and is not looked at again. */
    int keeps_equal;
    int is_rounded;
    /* c - m' as [d][k_padded], its norm from above, and what a score starts from: |c - m|^2 / 2 or
     * -m.(c - m'); infinite for what is far or equal to a centroid before it. */
    float *centred_dev;
    float *norm_dev;
    float *start_dev;
    /* k_padded x depth values c^ in float16, 0 behind the d-th; start times their scale. */
    unsigned short *reduced_dev;
    float *scaled_start_dev;
    unsigned long long *hash_dev;
    LloydCudaSpread *spread_dev;
  } LloydCudaPanels;

  /* The copy of the rows: as many as the points have on the device. */
  typedef struct
  {
    /* n x depth, 0 behind the d-th. */
    unsigned short *values_dev;
    /* n each: the row's power of two (NaN where none will do), n and r, from above. */
    float *scale_dev;
    float *norm_dev;
    float *rest_dev;
  } LloydCudaReduced;

  /* Makes the copy of all rows on the device; `middle_dev` has d values. */
  cudaError_t lloyd_cuda_reduce_rows (LloydCudaPoints points,
                                      const float *middle_dev,
                                      unsigned int depth,
                                      LloydCudaReduced reduced,
                                      cudaStream_t stream);

  /* Fills panels from their centroids. */
  cudaError_t lloyd_cuda_fill_panels (LloydCudaPanels panels, cudaStream_t stream);

  /* A step on the device, from its sums to the centroids of the next. */
  typedef struct
  {
    /* Which step of those under way, from 0. */
    unsigned int index;
    /* Whether empty clusters keep their centroids; else one of them sets *stop_dev to index + 1,
     * and no later step labels anything. */
    int keeps_empty;
    unsigned int *stop_dev;
    /* Where labels that moved are counted, and where their number is kept. */
    unsigned long long *count_dev;
    unsigned long long *moved_dev;
    /* k x d. */
    float *next_dev;
  } LloydCudaStep;

  /* Updates the centroids, which need no wide sums and no weights, into next_dev, and fills the
   * panels from them. */
  cudaError_t lloyd_cuda_advance (LloydCudaPanels panels,
                                  LloydCudaSums sums,
                                  LloydCudaStep step,
                                  cudaStream_t stream);

  /* Labels the rows of a view that it can prove, and lists the places in the view of the others in
   * doubtful->rows_dev. */
  cudaError_t lloyd_cuda_screen (LloydCudaPoints points,
                                 LloydCudaView view,
                                 LloydCudaPanels panels,
                                 LloydCudaReduced reduced,
                                 LloydCudaLabels labels,
                                 LloydCudaList doubtful,
                                 cudaStream_t stream);

  /* The same on the matrix unit of sm_90a, up to LLOYD_CUDA_WGMMA_DEPTH terms. */
  cudaError_t lloyd_cuda_screen_wgmma (LloydCudaPoints points,
                                       LloydCudaView view,
                                       LloydCudaPanels panels,
                                       LloydCudaReduced reduced,
                                       LloydCudaLabels labels,
                                       LloydCudaList doubtful,
                                       unsigned int n_multiprocessors,
                                       cudaStream_t stream);

  /* Labels the listed rows of a view; as many blocks as `n_blocks`, whatever the list holds. */
  cudaError_t lloyd_cuda_settle (LloydCudaPoints points,
                                 LloydCudaView view,
                                 LloydCudaPanels panels,
                                 LloydCudaLabels labels,
                                 LloydCudaList doubtful,
                                 unsigned int n_blocks,
                                 cudaStream_t stream);

  /* Labels the rows of a view of at most LLOYD_CUDA_LOW_DIMS dimensions, and adds them to the sums
   * of their labels; where `is_change`, only moves those that changed from the label before to that
   * after. */
  cudaError_t lloyd_cuda_assign_low (LloydCudaPoints points,
                                     LloydCudaView view,
                                     LloydCudaPanels panels,
                                     LloydCudaLabels labels,
                                     LloydCudaSums sums,
                                     int is_change,
                                     unsigned int max_blocks,
                                     cudaStream_t stream);

  /* Has the matrix unit of this device multiply what strains it: *wrong_dev grows by the results
   * that are further off than the bound above says, or not where they should be. */
  cudaError_t lloyd_cuda_test_matrix_unit (unsigned int *wrong_dev, cudaStream_t stream);
  /* The same of that of sm_90a; fails with cudaErrorNoKernelImageForDevice elsewhere. */
  cudaError_t lloyd_cuda_test_wgmma (unsigned int *wrong_dev, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
