/* The CUDA kernels, as the host side sees them: launchers that take device pointers, sizes and a
 * stream, start the kernel and return the launch's error. Rows are row-major; arrays on the device
 * end in _dev. */
#pragma once

#include <cuda_runtime_api.h>

#include "compute/exact/metric.h"
#include "compute/exact/wide.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* Centres tried at once by sampling, at most: 2 + floor (ln K) for any K. */
#define LLOYD_CUDA_MAX_CANDIDATES 32
/* Rows whose weights are summed together, so that a drawn row is found in two short looks. */
#define LLOYD_CUDA_WEIGHT_ROWS 256

  /* The rows to work on: rows_dev lists them, or they are `count` from `first` on where it is NULL.
   */
  typedef struct
  {
    const size_t *rows_dev;
    size_t first;
    size_t count;
  } LloydCudaView;

  /* The points and what belongs to them. */
  typedef struct
  {
    LloydMetric metric;
    const float *x_dev;
    /* n weights; NULL where rows have none. */
    const float *weights_dev;
    size_t n;
    unsigned int d;
    /* 2^shift of the unit rows. */
    double unit_scale;
  } LloydCudaPoints;

  /* Sums on the device; see LloydSums and LloydGrid. The grid's arrays have d values. */
  typedef struct
  {
    const double *scale_dev;
    const double *unit_dev;
    const float *limit_dev;
    const int *slot_dev;
    const double *fine_scale_dev;
    unsigned int n_slots;
    unsigned long long *fixed_dev;
    unsigned long long *fine_dev;
    LloydWide *wide_dev;
    unsigned long long *sizes_dev;
    /* Weights of the clusters, where the points have weights. */
    LloydWide *weights_dev;
  } LloydCudaSums;

  /* Labels of the rows of a view against k centroids; *moved_dev grows by those that changed. */
  cudaError_t lloyd_cuda_assign (LloydCudaPoints points,
                                 LloydCudaView view,
                                 const float *centroids_dev,
                                 unsigned int k,
                                 int *labels_dev,
                                 unsigned long long *moved_dev,
                                 cudaStream_t stream);

  /* Adds the rows of a view to the sums of their labels. At most 2^28 rows a call. */
  cudaError_t lloyd_cuda_add (LloydCudaPoints points,
                              LloydCudaView view,
                              const int *labels_dev,
                              LloydCudaSums sums,
                              cudaStream_t stream);

  /* Settles the carries of `count` wide sums. */
  cudaError_t lloyd_cuda_carry (LloydWide *wide_dev, size_t count, cudaStream_t stream);

  /* Cost of the nearest centroid, runner-up and its cost, for each row of a view. */
  cudaError_t lloyd_cuda_measure (LloydCudaPoints points,
                                  LloydCudaView view,
                                  const float *centroids_dev,
                                  unsigned int k,
                                  double *cost_dev,
                                  int *runner_up_dev,
                                  double *runner_up_cost_dev,
                                  cudaStream_t stream);

  /* Distance of every row to the centroid that its label names. */
  cudaError_t lloyd_cuda_distances (LloydCudaPoints points,
                                    const float *centroids_dev,
                                    const int *labels_dev,
                                    double *distances_dev,
                                    cudaStream_t stream);

  /* potentials_dev[c] grows by what candidate c would leave. */
  cudaError_t lloyd_cuda_try_candidates (LloydCudaPoints points,
                                         const float *candidates_dev,
                                         unsigned int m,
                                         const double *nearest_dev,
                                         double scale,
                                         unsigned long long *potentials_dev,
                                         cudaStream_t stream);

  /* Takes a centre: nearest_dev shrinks, *largest_dev (the bits of a double) grows to the largest,
   * times the row's weight. */
  cudaError_t lloyd_cuda_take_centre (LloydCudaPoints points,
                                      const float *centre_dev,
                                      double *nearest_dev,
                                      unsigned long long *largest_dev,
                                      cudaStream_t stream);

  /* Sums of the integer weights of LLOYD_CUDA_WEIGHT_ROWS rows each. */
  cudaError_t lloyd_cuda_sum_weights (LloydCudaPoints points,
                                      const double *nearest_dev,
                                      double scale,
                                      unsigned long long *sums_dev,
                                      cudaStream_t stream);

  /* n values of infinity. */
  cudaError_t lloyd_cuda_fill_infinity (double *values_dev, size_t n, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
