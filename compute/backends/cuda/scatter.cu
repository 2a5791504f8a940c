/* Scattering: one thread a row, integer atomics for what is added up, so that the order of threads
 * does not matter. */
#include "compute/backends/cuda/gather.cuh"
#include "compute/backends/cuda/labels.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/scatter.h"
#include "compute/backends/cuda/weigh.cuh"
#include "compute/exact/philox.h"

__device__ static inline bool
counts (LloydCudaPoints points, size_t i)
{
  return points.weights_dev == NULL || points.weights_dev[i] > 0.0f;
}

__global__ static void
take_centres_kernel (LloydCudaPoints points,
                     LloydCudaView view,
                     const float *centres,
                     unsigned int m,
                     const double *nearest,
                     double *out,
                     LloydCudaScatter *result)
{
  double largest = 0.0, heaviest = 0.0;
  for (size_t at = lloyd_first_index (); at < view.count; at += lloyd_index_step ())
    {
      const float *x = points.x_dev + lloyd_cuda_place (points, view, at) * points.d;
      double norm = LLOYD_METRIC_IS_ANGULAR (points.metric)
                        ? sqrt (lloyd_exact_norm_squared (x, points.d))
                        : 1.0;
      size_t row = lloyd_cuda_row (view, at);
      double lowest = nearest[row];
      for (unsigned int c = 0; c < m; c++)
        lowest =
            fmin (lowest, lloyd_exact_seeding_distance (points.metric, x, norm, points.unit_scale,
                                                        centres + (size_t) c * points.d, points.d));
      out[row] = lowest;
      heaviest = fmax (heaviest, lloyd_cuda_weigh (points, row, lowest));
      if (counts (points, row))
        largest = fmax (largest, lowest);
    }
  lloyd_cuda_gather_largest (&result->largest, largest);
  lloyd_cuda_gather_largest (&result->heaviest, heaviest);
}

extern "C" cudaError_t
lloyd_cuda_take_centres (LloydCudaPoints points,
                         LloydCudaView view,
                         const float *centres_dev,
                         unsigned int m,
                         const double *nearest_dev,
                         double *out_dev,
                         LloydCudaScatter *result_dev,
                         cudaStream_t stream)
{
  LLOYD_LAUNCH_TOGETHER (take_centres_kernel, view.count, 0, stream, points, view, centres_dev, m,
                         nearest_dev, out_dev, result_dev);
  return cudaGetLastError ();
}

__global__ static void
find_farthest_kernel (LloydCudaPoints points,
                      size_t n,
                      const double *nearest,
                      LloydCudaScatter *result)
{
  unsigned long long largest = result->largest;
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    if (lloyd_cuda_bits (nearest[i]) == largest && counts (points, i))
      atomicMin (&result->farthest, (unsigned long long) i);
}

extern "C" cudaError_t
lloyd_cuda_find_farthest (LloydCudaPoints points,
                          size_t n,
                          const double *nearest_dev,
                          LloydCudaScatter *result_dev,
                          cudaStream_t stream)
{
  LLOYD_LAUNCH (find_farthest_kernel, n, stream, points, n, nearest_dev, result_dev);
  return cudaGetLastError ();
}

__global__ static void
sum_all_weights_kernel (
    LloydCudaPoints points, size_t n, const double *nearest, double scale, LloydCudaScatter *result)
{
  unsigned long long sum = 0;
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    sum += lloyd_cuda_sample_weight (points, i, nearest[i], scale);
  lloyd_cuda_gather_sum (&result->total, sum);
}

extern "C" cudaError_t
lloyd_cuda_sum_all_weights (LloydCudaPoints points,
                            size_t n,
                            const double *nearest_dev,
                            double scale,
                            LloydCudaScatter *result_dev,
                            cudaStream_t stream)
{
  LLOYD_LAUNCH_TOGETHER (sum_all_weights_kernel, n, 0, stream, points, n, nearest_dev, scale,
                         result_dev);
  return cudaGetLastError ();
}

__global__ static void
draw_rows_kernel (LloydCudaPoints points,
                  size_t n,
                  const double *nearest,
                  LloydCudaDraws draws,
                  size_t *rows,
                  size_t capacity,
                  LloydCudaScatter *result)
{
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    {
      unsigned long long weight = lloyd_cuda_sample_weight (points, i, nearest[i], draws.scale);
      if (!lloyd_exact_scatter_draws (draws.seed, i, draws.round, draws.n_wanted, weight,
                                      draws.total))
        continue;
      unsigned long long at = atomicAdd (&result->n_drawn, 1ULL);
      if (at < capacity)
        rows[at] = i;
    }
}

extern "C" cudaError_t
lloyd_cuda_draw_rows (LloydCudaPoints points,
                      size_t n,
                      const double *nearest_dev,
                      LloydCudaDraws draws,
                      size_t *rows_dev,
                      size_t capacity,
                      LloydCudaScatter *result_dev,
                      cudaStream_t stream)
{
  LLOYD_LAUNCH (draw_rows_kernel, n, stream, points, n, nearest_dev, draws, rows_dev, capacity,
                result_dev);
  return cudaGetLastError ();
}
