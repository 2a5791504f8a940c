/* Plain kernels: one thread a row, the canonical arithmetic as it stands, integer atomics for sums.
 * Nothing here depends on the order of threads, so the bits are those of every other backend. */
#include "compute/backends/cuda/kernels.h"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/weigh.cuh"
#include "compute/exact/canonical.h"

#define MAGIC 6755399441055744.0 /* 1.5 * 2^52: rounds to the nearest integer */

__device__ static inline size_t
row_of (LloydCudaView view, size_t at)
{
  return view.rows_dev != NULL ? view.rows_dev[at] : view.first + at;
}

__device__ static inline double
norm_of (const float *x, unsigned int d)
{
  return sqrt (lloyd_exact_norm_squared (x, d));
}

/* ---- assignment ---------------------------------------------------------------------------- */

__global__ static void
assign_kernel (LloydCudaPoints points,
               LloydCudaView view,
               const float *centroids,
               unsigned int k,
               int *labels,
               unsigned long long *moved)
{
  unsigned long long n_moved = 0;
  for (size_t at = lloyd_first_index (); at < view.count; at += lloyd_index_step ())
    {
      size_t i = row_of (view, at);
      const float *x = points.x_dev + i * points.d;
      double lowest = INFINITY;
      int nearest = 0;
      for (unsigned int j = 0; j < k; j++)
        {
          double cost =
              lloyd_exact_cost (points.metric, x, centroids + (size_t) j * points.d, points.d);
          if (cost < lowest)
            {
              lowest = cost;
              nearest = (int) j;
            }
        }
      n_moved += labels[i] != nearest;
      labels[i] = nearest;
    }
  if (n_moved > 0)
    atomicAdd (moved, n_moved);
}

extern "C" cudaError_t
lloyd_cuda_assign (LloydCudaPoints points,
                   LloydCudaView view,
                   const float *centroids_dev,
                   unsigned int k,
                   int *labels_dev,
                   unsigned long long *moved_dev,
                   cudaStream_t stream)
{
  LLOYD_LAUNCH (assign_kernel, view.count, stream, points, view, centroids_dev, k, labels_dev,
                moved_dev);
  return cudaGetLastError ();
}

/* ---- sums ---------------------------------------------------------------------------------- */

/* Adds v to a wide sum. Each limb is an integer, so threads may come in any order. */
__device__ static void
add_wide (LloydWide *wide, double v)
{
  int first;
  int64_t part[3];
  lloyd_wide_split (v, &first, part);
  for (int i = 0; i < 3; i++)
    if (part[i] != 0)
      atomicAdd ((unsigned long long *) &wide->limb[first + i],
                 (unsigned long long) (v < 0.0 ? -part[i] : part[i]));
}

__device__ static void
add_value (LloydCudaSums sums, unsigned int cluster, unsigned int d, unsigned int j, double v)
{
  long long units = 0;
  if (fabs (v) < (double) sums.limit_dev[j])
    units = (long long) (v * sums.scale_dev[j] + MAGIC - MAGIC);
  if (units != 0)
    atomicAdd (&sums.fixed_dev[(size_t) cluster * d + j], (unsigned long long) units);

  double fine_scale = sums.fine_scale_dev[j];
  if (sums.slot_dev[j] < 0 && fine_scale == 0.0)
    return;
  double rest = v - (double) units * sums.unit_dev[j];
  if (rest == 0.0)
    return;
  if (fine_scale > 0.0)
    atomicAdd (&sums.fine_dev[(size_t) cluster * d + j],
               (unsigned long long) (long long) (rest * fine_scale));
  else
    add_wide (&sums.wide_dev[(size_t) cluster * sums.n_slots + (unsigned int) sums.slot_dev[j]],
              rest);
}

/* Adds w times a coordinate. */
__device__ static inline void
add_coordinate (LloydCudaPoints points,
                LloydCudaSums sums,
                unsigned int cluster,
                unsigned int j,
                float x,
                double norm,
                float w)
{
  double low;
  if (points.metric != LLOYD_METRIC_COSINE)
    {
      add_value (sums, cluster, points.d, j, (double) w * (double) x);
      return;
    }
  int64_t q = lloyd_exact_unit_coordinate (x, norm, points.unit_scale);
  if (points.weights_dev == NULL)
    {
      add_value (sums, cluster, points.d, j, (double) q / points.unit_scale);
      return;
    }
  add_value (sums, cluster, points.d, j, lloyd_exact_weighted_unit (q, w, points.unit_scale, &low));
  add_value (sums, cluster, points.d, j, low);
}

__global__ static void
add_kernel (LloydCudaPoints points, LloydCudaView view, const int *labels, LloydCudaSums sums)
{
  for (size_t at = lloyd_first_index (); at < view.count; at += lloyd_index_step ())
    {
      size_t i = row_of (view, at);
      const float *x = points.x_dev + i * points.d;
      unsigned int cluster = (unsigned int) labels[i];
      double norm = points.metric == LLOYD_METRIC_COSINE ? norm_of (x, points.d) : 1.0;
      float w = points.weights_dev != NULL ? points.weights_dev[i] : 1.0f;

      if (w == 0.0f)
        continue;
      atomicAdd (&sums.sizes_dev[cluster], 1ULL);
      if (points.weights_dev != NULL)
        add_wide (&sums.weights_dev[cluster], (double) w);
      for (unsigned int j = 0; j < points.d; j++)
        add_coordinate (points, sums, cluster, j, x[j], norm, w);
    }
}

extern "C" cudaError_t
lloyd_cuda_add (LloydCudaPoints points,
                LloydCudaView view,
                const int *labels_dev,
                LloydCudaSums sums,
                cudaStream_t stream)
{
  LLOYD_LAUNCH (add_kernel, view.count, stream, points, view, labels_dev, sums);
  return cudaGetLastError ();
}

__global__ static void
carry_kernel (LloydWide *wide, size_t count)
{
  for (size_t at = lloyd_first_index (); at < count; at += lloyd_index_step ())
    {
      int64_t carry = 0;
      for (int i = 0; i < LLOYD_WIDE_LIMBS - 1; i++)
        {
          int64_t v = wide[at].limb[i] + carry;
          carry = v >> 32;
          wide[at].limb[i] = v & 0xFFFFFFFF;
        }
      wide[at].limb[LLOYD_WIDE_LIMBS - 1] += carry;
    }
}

extern "C" cudaError_t
lloyd_cuda_carry (LloydWide *wide_dev, size_t count, cudaStream_t stream)
{
  LLOYD_LAUNCH (carry_kernel, count, stream, wide_dev, count);
  return cudaGetLastError ();
}

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
      const float *x = points.x_dev + row_of (view, at) * points.d;
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
                  const float *centroids,
                  const int *labels,
                  double *distances)
{
  for (size_t i = lloyd_first_index (); i < points.n; i += lloyd_index_step ())
    {
      const float *x = points.x_dev + i * points.d;
      double cost = INFINITY;
      if (labels[i] >= 0)
        cost = lloyd_exact_cost (points.metric, x, centroids + (size_t) labels[i] * points.d,
                                 points.d);
      distances[i] = LLOYD_METRIC_IS_ANGULAR (points.metric) ? cost / norm_of (x, points.d) : cost;
    }
}

extern "C" cudaError_t
lloyd_cuda_distances (LloydCudaPoints points,
                      const float *centroids_dev,
                      const int *labels_dev,
                      double *distances_dev,
                      cudaStream_t stream)
{
  LLOYD_LAUNCH (distances_kernel, points.n, stream, points, centroids_dev, labels_dev,
                distances_dev);
  return cudaGetLastError ();
}

/* ---- sampling ------------------------------------------------------------------------------ */

__device__ static inline double
sampling_distance (LloydCudaPoints points, const float *x, double norm, const float *centre)
{
  return lloyd_exact_seeding_distance (points.metric, x, norm, points.unit_scale, centre, points.d);
}

__device__ static inline double
sampling_norm (LloydCudaPoints points, const float *x)
{
  return LLOYD_METRIC_IS_ANGULAR (points.metric) ? norm_of (x, points.d) : 1.0;
}

__global__ static void
try_candidates_kernel (LloydCudaPoints points,
                       const float *candidates,
                       unsigned int m,
                       const double *nearest,
                       double scale,
                       unsigned long long *potentials)
{
  unsigned long long own[LLOYD_CUDA_MAX_CANDIDATES] = { 0 };
  for (size_t i = lloyd_first_index (); i < points.n; i += lloyd_index_step ())
    {
      const float *x = points.x_dev + i * points.d;
      double norm = sampling_norm (points, x);
      for (unsigned int c = 0; c < m; c++)
        {
          double distance = sampling_distance (points, x, norm, candidates + (size_t) c * points.d);
          own[c] += lloyd_cuda_sample_weight (points, i, fmin (distance, nearest[i]), scale);
        }
    }
  for (unsigned int c = 0; c < m; c++)
    if (own[c] != 0)
      atomicAdd (&potentials[c], own[c]);
}

extern "C" cudaError_t
lloyd_cuda_try_candidates (LloydCudaPoints points,
                           const float *candidates_dev,
                           unsigned int m,
                           const double *nearest_dev,
                           double scale,
                           unsigned long long *potentials_dev,
                           cudaStream_t stream)
{
  LLOYD_LAUNCH (try_candidates_kernel, points.n, stream, points, candidates_dev, m, nearest_dev,
                scale, potentials_dev);
  return cudaGetLastError ();
}

__global__ static void
take_centre_kernel (LloydCudaPoints points,
                    const float *centre,
                    double *nearest,
                    unsigned long long *largest)
{
  double own = 0.0;
  for (size_t i = lloyd_first_index (); i < points.n; i += lloyd_index_step ())
    {
      const float *x = points.x_dev + i * points.d;
      double distance = sampling_distance (points, x, sampling_norm (points, x), centre);
      nearest[i] = fmin (distance, nearest[i]);
      own = fmax (own, lloyd_cuda_weigh (points, i, nearest[i]));
    }
  /* Doubles that are not negative are ordered like their bits. */
  unsigned long long bits;
  memcpy (&bits, &own, sizeof bits);
  atomicMax (largest, bits);
}

extern "C" cudaError_t
lloyd_cuda_take_centre (LloydCudaPoints points,
                        const float *centre_dev,
                        double *nearest_dev,
                        unsigned long long *largest_dev,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH (take_centre_kernel, points.n, stream, points, centre_dev, nearest_dev, largest_dev);
  return cudaGetLastError ();
}

__global__ static void
sum_weights_kernel (LloydCudaPoints points,
                    const double *nearest,
                    double scale,
                    unsigned long long *sums)
{
  size_t n = points.n;
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
                        const double *nearest_dev,
                        double scale,
                        unsigned long long *sums_dev,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH (sum_weights_kernel, points.n / LLOYD_CUDA_WEIGHT_ROWS + 1, stream, points,
                nearest_dev, scale, sums_dev);
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
