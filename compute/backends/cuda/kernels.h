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

  /* Places in a view, in any order, and how many. There is room for all of the view. */
  typedef struct
  {
    unsigned int *rows_dev;
    unsigned int *n_dev;
  } LloydCudaList;

  /* Where labels go. */
  typedef struct
  {
    /* n, by row of the points; -1: none. */
    int *labels_dev;
    /* Grows by the labels that change. */
    unsigned long long *moved_dev;
    /* The rows of the view whose label changed, and, place by place in this list, what it was; NULL
     * where nobody asks. */
    LloydCudaList changed;
    int *before_dev;
    /* Where not 0, nothing is labelled any more; NULL: always. */
    const unsigned int *stop_dev;
  } LloydCudaLabels;

  /* The points and what belongs to them. */
  typedef struct
  {
    LloydMetric metric;
    /* Rows from `first_row` on; or, where `is_gathered`, the rows of the view, one after another.
     */
    const float *x_dev;
    size_t first_row;
    int is_gathered;
    /* n weights; NULL where rows have none. */
    const float *weights_dev;
    size_t n;
    unsigned int d;
    /* 2^shift of the unit rows, and norms of the rows on the device; NULL where they are not kept.
     */
    double unit_scale;
    const double *norms_dev;
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

  /* Adds the rows of a view to the sums of their labels; where `is_change`, only moves those listed
   * as changed from the label before to that after. At most 2^28 rows a call. */
  cudaError_t lloyd_cuda_add (LloydCudaPoints points,
                              LloydCudaView view,
                              LloydCudaLabels labels,
                              LloydCudaSums sums,
                              unsigned int k,
                              int is_change,
                              unsigned int n_blocks,
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

  /* Distance of each row of a view to the centroid that its label names. */
  cudaError_t lloyd_cuda_distances (LloydCudaPoints points,
                                    LloydCudaView view,
                                    const float *centroids_dev,
                                    const int *labels_dev,
                                    double *distances_dev,
                                    cudaStream_t stream);

  /* potentials_dev[c] grows by what candidate c would leave. */
  cudaError_t lloyd_cuda_try_candidates (LloydCudaPoints points,
                                         LloydCudaView view,
                                         const float *candidates_dev,
                                         unsigned int m,
                                         const double *nearest_dev,
                                         double scale,
                                         unsigned long long *potentials_dev,
                                         cudaStream_t stream);

  /* Takes a centre: nearest_dev shrinks, *largest_dev (the bits of a double) grows to the largest,
   * times the row's weight. */
  cudaError_t lloyd_cuda_take_centre (LloydCudaPoints points,
                                      LloydCudaView view,
                                      const float *centre_dev,
                                      double *nearest_dev,
                                      unsigned long long *largest_dev,
                                      cudaStream_t stream);

  /* Sums of the integer weights of LLOYD_CUDA_WEIGHT_ROWS rows each, of n in all. */
  cudaError_t lloyd_cuda_sum_weights (LloydCudaPoints points,
                                      size_t n,
                                      const double *nearest_dev,
                                      double scale,
                                      unsigned long long *sums_dev,
                                      cudaStream_t stream);

  /* Lists all places of a view. */
  cudaError_t lloyd_cuda_list_all (LloydCudaList list, unsigned int count, cudaStream_t stream);

  /* Canonical norms of the rows on the device. */
  cudaError_t
  lloyd_cuda_find_norms (LloydCudaPoints points, double *norms_dev, cudaStream_t stream);

  /* n values of infinity. */
  cudaError_t lloyd_cuda_fill_infinity (double *values_dev, size_t n, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
