/* Scattering: one thread a row, integer atomics for what is added up, so that the order of threads
 * does not matter. */
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/scatter.h"
#include "compute/exact/philox.h"

__global__ static void
take_centres_kernel (LloydCudaPoints points,
                     const float *centres,
                     unsigned int m,
                     const double *nearest,
                     double *out,
                     LloydCudaScatter *result)
{
  double largest = 0.0;
  for (size_t i = lloyd_first_index (); i < points.n; i += lloyd_index_step ())
    {
      const float *x = points.x_dev + i * points.d;
      double norm = LLOYD_METRIC_IS_ANGULAR (points.metric)
                        ? sqrt (lloyd_exact_norm_squared (x, points.d))
                        : 1.0;
      double lowest = nearest[i];
      for (unsigned int c = 0; c < m; c++)
        lowest =
            fmin (lowest, lloyd_exact_seeding_distance (points.metric, x, norm, points.unit_scale,
                                                        centres + (size_t) c * points.d, points.d));
      out[i] = lowest;
      largest = fmax (largest, lowest);
    }
  /* Doubles that are not negative are ordered like their bits. */
  unsigned long long bits;
  memcpy (&bits, &largest, sizeof bits);
  atomicMax (&result->largest, bits);
}

extern "C" cudaError_t
lloyd_cuda_take_centres (LloydCudaPoints points,
                         const float *centres_dev,
                         unsigned int m,
                         const double *nearest_dev,
                         double *out_dev,
                         LloydCudaScatter *result_dev,
                         cudaStream_t stream)
{
  LLOYD_LAUNCH (take_centres_kernel, points.n, stream, points, centres_dev, m, nearest_dev, out_dev,
                result_dev);
  return cudaGetLastError ();
}

__global__ static void
find_farthest_kernel (const double *nearest, size_t n, LloydCudaScatter *result)
{
  unsigned long long largest = result->largest;
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    {
      unsigned long long bits;
      double distance = nearest[i];
      memcpy (&bits, &distance, sizeof bits);
      if (bits == largest)
        atomicMin (&result->farthest, (unsigned long long) i);
    }
}

extern "C" cudaError_t
lloyd_cuda_find_farthest (const double *nearest_dev,
                          size_t n,
                          LloydCudaScatter *result_dev,
                          cudaStream_t stream)
{
  LLOYD_LAUNCH (find_farthest_kernel, n, stream, nearest_dev, n, result_dev);
  return cudaGetLastError ();
}

__global__ static void
sum_all_weights_kernel (const double *nearest, size_t n, double scale, LloydCudaScatter *result)
{
  unsigned long long sum = 0;
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    sum += (unsigned long long) (nearest[i] * scale);
  if (sum != 0)
    atomicAdd (&result->total, sum);
}

extern "C" cudaError_t
lloyd_cuda_sum_all_weights (const double *nearest_dev,
                            size_t n,
                            double scale,
                            LloydCudaScatter *result_dev,
                            cudaStream_t stream)
{
  LLOYD_LAUNCH (sum_all_weights_kernel, n, stream, nearest_dev, n, scale, result_dev);
  return cudaGetLastError ();
}

__global__ static void
draw_rows_kernel (const double *nearest,
                  size_t n,
                  LloydCudaDraws draws,
                  size_t *rows,
                  size_t capacity,
                  LloydCudaScatter *result)
{
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    {
      unsigned long long weight = (unsigned long long) (nearest[i] * draws.scale);
      if (!lloyd_exact_scatter_draws (draws.seed, i, draws.round, draws.n_wanted, weight,
                                      draws.total))
        continue;
      unsigned long long at = atomicAdd (&result->n_drawn, 1ULL);
      if (at < capacity)
        rows[at] = i;
    }
}

extern "C" cudaError_t
lloyd_cuda_draw_rows (const double *nearest_dev,
                      size_t n,
                      LloydCudaDraws draws,
                      size_t *rows_dev,
                      size_t capacity,
                      LloydCudaScatter *result_dev,
                      cudaStream_t stream)
{
  LLOYD_LAUNCH (draw_rows_kernel, n, stream, nearest_dev, n, draws, rows_dev, capacity, result_dev);
  return cudaGetLastError ();
}
