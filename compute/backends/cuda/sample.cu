/* D^2 sampling. */
#include "compute/backends/cuda/gather.cuh"
#include "compute/backends/cuda/kernels.h"
#include "compute/backends/cuda/labels.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/weigh.cuh"
#include "compute/exact/canonical.h"

__device__ static inline double
sampling_distance (LloydCudaPoints points, const float *x, double norm, const float *centre)
{
  return lloyd_exact_seeding_distance (points.metric, x, norm, points.unit_scale, centre, points.d);
}

__device__ static inline double
sampling_norm (LloydCudaPoints points, const float *x)
{
  return LLOYD_METRIC_IS_ANGULAR (points.metric) ? sqrt (lloyd_exact_norm_squared (x, points.d))
                                                 : 1.0;
}

__global__ static void
try_candidates_kernel (LloydCudaPoints points,
                       LloydCudaView view,
                       const float *candidates,
                       unsigned int m,
                       const double *nearest,
                       double scale,
                       unsigned long long *potentials)
{
  unsigned long long own[LLOYD_CUDA_MAX_CANDIDATES] = { 0 };
  for (size_t at = lloyd_first_index (); at < view.count; at += lloyd_index_step ())
    {
      const float *x = points.x_dev + lloyd_cuda_place (points, view, at) * points.d;
      size_t row = lloyd_cuda_row (view, at);
      double norm = sampling_norm (points, x);
      for (unsigned int c = 0; c < m; c++)
        {
          double distance = sampling_distance (points, x, norm, candidates + (size_t) c * points.d);
          own[c] += lloyd_cuda_sample_weight (points, row, fmin (distance, nearest[row]), scale);
        }
    }
  for (unsigned int c = 0; c < m; c++)
    lloyd_cuda_gather_sum (&potentials[c], own[c]);
}

extern "C" cudaError_t
lloyd_cuda_try_candidates (LloydCudaPoints points,
                           LloydCudaView view,
                           const float *candidates_dev,
                           unsigned int m,
                           const double *nearest_dev,
                           double scale,
                           unsigned long long *potentials_dev,
                           cudaStream_t stream)
{
  LLOYD_LAUNCH_TOGETHER (try_candidates_kernel, view.count, 0, stream, points, view, candidates_dev,
                         m, nearest_dev, scale, potentials_dev);
  return cudaGetLastError ();
}

__global__ static void
take_centre_kernel (LloydCudaPoints points,
                    LloydCudaView view,
                    const float *centre,
                    double *nearest,
                    unsigned long long *largest)
{
  double own = 0.0;
  for (size_t at = lloyd_first_index (); at < view.count; at += lloyd_index_step ())
    {
      const float *x = points.x_dev + lloyd_cuda_place (points, view, at) * points.d;
      double distance = sampling_distance (points, x, sampling_norm (points, x), centre);
      size_t row = lloyd_cuda_row (view, at);
      nearest[row] = fmin (distance, nearest[row]);
      own = fmax (own, lloyd_cuda_weigh (points, row, nearest[row]));
    }
  lloyd_cuda_gather_largest (largest, own);
}

extern "C" cudaError_t
lloyd_cuda_take_centre (LloydCudaPoints points,
                        LloydCudaView view,
                        const float *centre_dev,
                        double *nearest_dev,
                        unsigned long long *largest_dev,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH_TOGETHER (take_centre_kernel, view.count, 0, stream, points, view, centre_dev,
                         nearest_dev, largest_dev);
  return cudaGetLastError ();
}

__global__ static void
sum_weights_kernel (
    LloydCudaPoints points, size_t n, const double *nearest, double scale, unsigned long long *sums)
{
  size_t n_sums = (n + LLOYD_CUDA_WEIGHT_ROWS - 1) / LLOYD_CUDA_WEIGHT_ROWS;
  for (size_t s = lloyd_first_index (); s < n_sums; s += lloyd_index_step ())
    {
      unsigned long long sum = 0;
      size_t last = (s + 1) * LLOYD_CUDA_WEIGHT_ROWS < n ? (s + 1) * LLOYD_CUDA_WEIGHT_ROWS : n;
      for (size_t i = s * LLOYD_CUDA_WEIGHT_ROWS; i < last; i++)
        sum += lloyd_cuda_sample_weight (points, i, nearest[i], scale);
      sums[s] = sum;
    }
}

extern "C" cudaError_t
lloyd_cuda_sum_weights (LloydCudaPoints points,
                        size_t n,
                        const double *nearest_dev,
                        double scale,
                        unsigned long long *sums_dev,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH (sum_weights_kernel, n / LLOYD_CUDA_WEIGHT_ROWS + 1, stream, points, n, nearest_dev,
                scale, sums_dev);
  return cudaGetLastError ();
}
