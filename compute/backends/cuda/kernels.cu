/* Plain kernels for what is asked seldom: one thread a row, the canonical arithmetic as it stands.
 */
#include "compute/backends/cuda/kernels.h"
#include "compute/backends/cuda/labels.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/exact/canonical.h"

/* ---- distances ----------------------------------------------------------------------------- */

__global__ static void
measure_kernel (LloydCudaPoints points,
                LloydCudaView view,
                const float *centroids,
                unsigned int k,
                double *costs,
                int *runners_up,
                double *runner_up_costs)
{
  for (size_t at = lloyd_first_index (); at < view.count; at += lloyd_index_step ())
    {
      const float *x = points.x_dev + lloyd_cuda_place (points, view, at) * points.d;
      double best = INFINITY, second = INFINITY;
      int nearest = -1, runner_up = -1;
      for (unsigned int j = 0; j < k; j++)
        {
          double cost =
              lloyd_exact_cost (points.metric, x, centroids + (size_t) j * points.d, points.d);
          if (cost < best)
            {
              second = best;
              runner_up = nearest;
              best = cost;
              nearest = (int) j;
            }
          else if (cost < second)
            {
              second = cost;
              runner_up = (int) j;
            }
        }
      costs[at] = best;
      runners_up[at] = runner_up;
      runner_up_costs[at] = second;
    }
}

extern "C" cudaError_t
lloyd_cuda_measure (LloydCudaPoints points,
                    LloydCudaView view,
                    const float *centroids_dev,
                    unsigned int k,
                    double *cost_dev,
                    int *runner_up_dev,
                    double *runner_up_cost_dev,
                    cudaStream_t stream)
{
  LLOYD_LAUNCH (measure_kernel, view.count, stream, points, view, centroids_dev, k, cost_dev,
                runner_up_dev, runner_up_cost_dev);
  return cudaGetLastError ();
}

__global__ static void
distances_kernel (LloydCudaPoints points,
                  LloydCudaView view,
                  const float *centroids,
                  const int *labels,
                  double *distances)
{
  for (size_t at = lloyd_first_index (); at < view.count; at += lloyd_index_step ())
    {
      const float *x = points.x_dev + lloyd_cuda_place (points, view, at) * points.d;
      int label = labels[lloyd_cuda_row (view, at)];
      double cost = INFINITY;
      if (label >= 0)
        cost = lloyd_exact_cost (points.metric, x, centroids + (size_t) label * points.d, points.d);
      distances[at] = LLOYD_METRIC_IS_ANGULAR (points.metric)
                          ? cost / sqrt (lloyd_exact_norm_squared (x, points.d))
                          : cost;
    }
}

extern "C" cudaError_t
lloyd_cuda_distances (LloydCudaPoints points,
                      LloydCudaView view,
                      const float *centroids_dev,
                      const int *labels_dev,
                      double *distances_dev,
                      cudaStream_t stream)
{
  LLOYD_LAUNCH (distances_kernel, view.count, stream, points, view, centroids_dev, labels_dev,
                distances_dev);
  return cudaGetLastError ();
}

/* ---- lists --------------------------------------------------------------------------------- */

__global__ static void
list_all_kernel (LloydCudaList list, unsigned int count)
{
  for (size_t at = lloyd_first_index (); at < count; at += lloyd_index_step ())
    list.rows_dev[at] = (unsigned int) at;
  if (lloyd_first_index () == 0)
    *list.n_dev = count;
}

extern "C" cudaError_t
lloyd_cuda_list_all (LloydCudaList list, unsigned int count, cudaStream_t stream)
{
  LLOYD_LAUNCH (list_all_kernel, count, stream, list, count);
  return cudaGetLastError ();
}

__global__ static void
norms_kernel (LloydCudaPoints points, double *norms)
{
  for (size_t i = lloyd_first_index (); i < points.n; i += lloyd_index_step ())
    norms[i] = sqrt (lloyd_exact_norm_squared (points.x_dev + i * points.d, points.d));
}

extern "C" cudaError_t
lloyd_cuda_find_norms (LloydCudaPoints points, double *norms_dev, cudaStream_t stream)
{
  LLOYD_LAUNCH (norms_kernel, points.n, stream, points, norms_dev);
  return cudaGetLastError ();
}

__global__ static void
fill_infinity_kernel (double *values, size_t n)
{
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    values[i] = INFINITY;
}

extern "C" cudaError_t
lloyd_cuda_fill_infinity (double *values_dev, size_t n, cudaStream_t stream)
{
  LLOYD_LAUNCH (fill_infinity_kernel, n, stream, values_dev, n);
  return cudaGetLastError ();
}
