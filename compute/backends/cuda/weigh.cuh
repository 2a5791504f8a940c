/* What sampling makes of a distance. */
#pragma once

#include "compute/backends/cuda/kernels.h"

/* A finite squared distance of row i times its weight, of which there may be none. */
__device__ static inline double
lloyd_cuda_weigh (LloydCudaPoints points, size_t i, double distance)
{
  return points.weights_dev != NULL ? (double) points.weights_dev[i] * distance : distance;
}

/* The integer weight of row i at a squared distance. */
__device__ static inline unsigned long long
lloyd_cuda_sample_weight (LloydCudaPoints points, size_t i, double distance, double scale)
{
  return (unsigned long long) (lloyd_cuda_weigh (points, i, distance) * scale);
}
