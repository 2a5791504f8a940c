/* Copies of rows and centroids for the screens: a warp for each. */
#include "compute/backends/cuda/bound.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/exact/canonical.h"

#define THREADS 256
#define MAX_BLOCKS 16384
/* Up to so many values one block is faster than several launches. */
#define SMALL_VALUES 8192
#define SMALL_THREADS 512

static unsigned int
blocks_of_warps (size_t n)
{
  size_t blocks = (n * LLOYD_WARP + THREADS - 1) / THREADS;
  return (unsigned int) (blocks < 1 ? 1 : blocks < MAX_BLOCKS ? blocks : MAX_BLOCKS);
}

/* Coordinate i of v - m times `scale`, in float16, and the square of what is lost. */
__device__ static inline unsigned int
reduce_one (double v, float scale, double *lost)
{
  unsigned int bits = lloyd_half_bits ((float) (v * (double) scale));
  double rest = v - (double) lloyd_half_value (bits) / (double) scale;
  *lost = fma (rest, rest, *lost);
  return bits;
}

/* ---- rows ---------------------------------------------------------------------------------- */

__global__ static void
reduce_rows_kernel (LloydCudaPoints points,
                    const float *middle,
                    unsigned int depth,
                    LloydCudaReduced reduced)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP;
  for (size_t i = lloyd_cuda_warp (); i < points.n; i += lloyd_cuda_n_warps ())
    {
      const float *x = points.x_dev + i * points.d;
      unsigned short *out = reduced.values_dev + i * depth;
      double square = 0.0, lost = 0.0;
      float largest = 0.0f;
      for (unsigned int j = lane; j < points.d; j += LLOYD_WARP)
        {
          double v = (double) x[j] - (double) middle[j];
          square = fma (v, v, square);
          largest = fmaxf (largest, fabsf ((float) v));
        }
      float norm = lloyd_cuda_norm_above (lloyd_cuda_warp_sum (square));
      bool is_near = norm < LLOYD_CUDA_FAR;
      float scale = lloyd_cuda_scale (lloyd_cuda_warp_max (largest));
      for (unsigned int j = lane; j < depth; j += LLOYD_WARP)
        out[j] =
            j < points.d && is_near
                ? (unsigned short) reduce_one ((double) x[j] - (double) middle[j], scale, &lost)
                : (unsigned short) 0;
      float rest = lloyd_cuda_norm_above (lloyd_cuda_warp_sum (lost));
      if (lane > 0)
        continue;
      reduced.scale_dev[i] = is_near ? scale : NAN;
      reduced.norm_dev[i] = norm;
      reduced.rest_dev[i] = rest;
    }
}

extern "C" cudaError_t
lloyd_cuda_reduce_rows (LloydCudaPoints points,
                        const float *middle_dev,
                        unsigned int depth,
                        LloydCudaReduced reduced,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (reduce_rows_kernel, blocks_of_warps (points.n), THREADS, 0, stream, points,
                       middle_dev, depth, reduced);
  return cudaGetLastError ();
}

/* ---- centroids ----------------------------------------------------------------------------- */

/* A coordinate's part in the hash of a row; parts are added, so their order does not matter. */
__device__ static inline unsigned long long
hash_part (float v, unsigned int j)
{
  unsigned long long h = (unsigned long long) __float_as_uint (v) | (unsigned long long) j << 32;
  h = (h ^ h >> 31) * 0x9E3779B97F4A7C15ull;
  h = (h ^ h >> 29) * 0xD6E8FEB86659FD93ull;
  return h ^ h >> 32;
}

/* c - m of each centroid, its norm, its hash. */
__device__ static inline void
centre_all (const LloydCudaPanels &panels)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP, stride = panels.k_padded;
  for (size_t j = lloyd_cuda_warp (); j < panels.k_padded; j += lloyd_cuda_n_warps ())
    {
      const float *c = panels.centroids_dev + j * panels.d;
      bool is_real = j < panels.k;
      double square = 0.0, offset = 0.0;
      float largest = 0.0f;
      unsigned long long hash = 0;
      for (unsigned int i = lane; i < panels.d && is_real; i += LLOYD_WARP)
        {
          double v = (double) c[i] - (double) panels.centre_dev[i];
          square = fma (v, v, square);
          offset = fma (v, (double) panels.middle_dev[i], offset);
          largest = fmaxf (largest, fabsf ((float) v));
          hash += hash_part (c[i], i);
        }
      for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
        hash += __shfl_xor_sync (LLOYD_ALL_LANES, hash, step);
      square = lloyd_cuda_warp_sum (square);
      offset = lloyd_cuda_warp_sum (offset);
      largest = lloyd_cuda_warp_max (largest);
      float norm = lloyd_cuda_norm_above (square);
      bool is_near = is_real && norm < LLOYD_CUDA_FAR;
      for (unsigned int i = lane; i < panels.d; i += LLOYD_WARP)
        panels.centred_dev[(size_t) i * stride + j] = is_near ? c[i] - panels.centre_dev[i] : 0.0f;
      if (lane > 0)
        continue;
      float start = (float) (LLOYD_METRIC_IS_ANGULAR (panels.metric) ? -offset : square / 2.0);
      panels.start_dev[j] = is_near ? start : INFINITY;
      panels.norm_dev[j] = is_real ? norm : 0.0f;
      panels.hash_dev[j] = hash;
      if (!is_near)
        continue;
      atomicMax (&panels.spread_dev->norm, __float_as_uint (norm));
      atomicMax (&panels.spread_dev->largest, __float_as_uint (largest));
    }
}

/* Whether centroids i and j are equal; for one lane. */
__device__ static bool
are_equal (const LloydCudaPanels *panels, size_t i, size_t j)
{
  const float *a = panels->centroids_dev + i * panels->d;
  const float *b = panels->centroids_dev + j * panels->d;
  for (unsigned int at = 0; at < panels->d; at++)
    if (__float_as_uint (a[at]) != __float_as_uint (b[at]))
      return false;
  return true;
}

/* Takes centroids out of the screen that are equal to one before them, so that these do not leave
 * every row in doubt; makes the copies in float16. */
__device__ static inline void
reduce_all (const LloydCudaPanels &panels)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP;
  bool has_copy = panels.reduced_dev != NULL;
  float scale = lloyd_cuda_scale (__uint_as_float (panels.spread_dev->largest));
  for (size_t j = lloyd_cuda_warp (); j < panels.k_padded; j += lloyd_cuda_n_warps ())
    {
      const float *c = panels.centroids_dev + j * panels.d;
      bool is_again = false;
      for (size_t i = lane; i < j && j < panels.k && !panels.keeps_equal; i += LLOYD_WARP)
        is_again =
            is_again || (panels.hash_dev[i] == panels.hash_dev[j] && are_equal (&panels, i, j));
      is_again = __any_sync (LLOYD_ALL_LANES, is_again);
      float start = is_again ? INFINITY : panels.start_dev[j];
      bool is_screened = start < INFINITY;

      double lost = 0.0;
      for (unsigned int i = lane; i < panels.depth && has_copy; i += LLOYD_WARP)
        panels.reduced_dev[j * panels.depth + i] =
            i < panels.d && is_screened
                ? (unsigned short) reduce_one ((double) c[i] - (double) panels.centre_dev[i], scale,
                                               &lost)
                : (unsigned short) 0;
      float rest = lloyd_cuda_norm_above (lloyd_cuda_warp_sum (lost));
      __syncwarp ();
      if (lane > 0)
        continue;
      panels.start_dev[j] = start;
      if (!has_copy)
        continue;
      panels.scaled_start_dev[j] = is_screened ? start * scale : LLOYD_CUDA_FARTHEST;
      float floor = lloyd_cuda_rest_floor (panels.depth, scale);
      if (is_screened && rest > floor)
        atomicMax (&panels.spread_dev->rest, __float_as_uint ((rest - floor) / panels.norm_dev[j]));
    }
}

__global__ static void
centre_kernel (const LLOYD_CONSTANT LloydCudaPanels panels)
{
  centre_all (panels);
}

__global__ static void
reduce_kernel (const LLOYD_CONSTANT LloydCudaPanels panels)
{
  reduce_all (panels);
}

/* One block does all. */
__device__ static inline void
fill_small (const LloydCudaPanels &panels)
{
  if (threadIdx.x == 0)
    *panels.spread_dev = { 0, 0, 0 };
  __syncthreads ();
  centre_all (panels);
  __syncthreads ();
  reduce_all (panels);
}

__global__ static void
__launch_bounds__ (SMALL_THREADS, 1) fill_small_kernel (const LLOYD_CONSTANT LloydCudaPanels panels)
{
  fill_small (panels);
}

static bool
is_small (const LloydCudaPanels *panels)
{
  return (size_t) panels->k_padded * panels->d <= SMALL_VALUES;
}

extern "C" cudaError_t
lloyd_cuda_fill_panels (LloydCudaPanels panels, cudaStream_t stream)
{
  unsigned int n_blocks = blocks_of_warps (panels.k_padded);
  if (is_small (&panels))
    {
      LLOYD_LAUNCH_BLOCKS (fill_small_kernel, 1, SMALL_THREADS, 0, stream, panels);
      return cudaGetLastError ();
    }
  cudaError_t code = cudaMemsetAsync (panels.spread_dev, 0, sizeof (LloydCudaSpread), stream);
  if (code != cudaSuccess)
    return code;
  LLOYD_LAUNCH_BLOCKS (centre_kernel, n_blocks, THREADS, 0, stream, panels);
  code = cudaGetLastError ();
  if (code != cudaSuccess)
    return code;
  LLOYD_LAUNCH_BLOCKS (reduce_kernel, n_blocks, THREADS, 0, stream, panels);
  return cudaGetLastError ();
}

/* ---- the update ---------------------------------------------------------------------------- */

/* The nearest double to a number of 128 bits, ties to even. */
__device__ static inline double
round_wide (__int128 v)
{
  unsigned __int128 magnitude = v < 0 ? -(unsigned __int128) v : (unsigned __int128) v;
  unsigned long long high = (unsigned long long) (magnitude >> 64);
  unsigned int shift = 0;
  for (; high != 0; high >>= 1)
    shift++;
  /* What is shifted out can only break a tie. */
  unsigned long long top = (unsigned long long) (magnitude >> shift);
  if (magnitude != (unsigned __int128) top << shift)
    top |= 1;
  double rounded = ldexp ((double) top, (int) shift);
  return v < 0 ? -rounded : rounded;
}

/* The sum of column j of a cluster, rounded once; see lloyd_sums_round(). No column is wide. */
__device__ static inline double
round_sum (const LloydCudaSums &sums, unsigned int d, size_t cluster, unsigned int j)
{
  size_t at = cluster * d + j;
  long long fixed = (long long) sums.fixed_dev[at];
  long long fine = sums.fine_dev != NULL ? (long long) sums.fine_dev[at] : 0;
  if (fine == 0)
    return (double) fixed * sums.unit_dev[j];
  int exponent;
  frexp (sums.fine_scale_dev[j] / sums.scale_dev[j], &exponent);
  __int128 both = (__int128) fixed * ((__int128) 1 << (exponent - 1)) + fine;
  return round_wide (both) / sums.fine_scale_dev[j];
}

/* The centroid of a cluster after its step: lloyd_update() on the device. */
__device__ static inline void
update_cluster (const LloydCudaPanels &panels,
                const LloydCudaSums &sums,
                size_t cluster,
                float *next,
                const LloydCudaStep &step)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP, d = panels.d;
  const float *current = panels.centroids_dev + cluster * d;
  double weight = (double) (long long) sums.sizes_dev[cluster];
  bool is_empty = weight == 0.0;
  double over = weight;

  if (is_empty && !step.keeps_empty && lane == 0)
    atomicCAS (step.stop_dev, 0u, step.index + 1);
  if (LLOYD_METRIC_IS_ANGULAR (panels.metric))
    {
      double square = 0.0;
      for (unsigned int j = 0; j < d; j++)
        {
          double v = round_sum (sums, d, cluster, j);
          square = fma (v, v, square);
        }
      over = sqrt (square);
    }
  bool is_kept = is_empty || !(over > 0.0);
  for (unsigned int j = lane; j < d; j += LLOYD_WARP)
    next[cluster * d + j] = is_kept ? current[j] : (float) (round_sum (sums, d, cluster, j) / over);
}

/* Keeps how many labels moved, and begins to count anew. */
__device__ static inline void
note_moved (const LloydCudaStep &step)
{
  *step.moved_dev = *step.count_dev;
  *step.count_dev = 0;
}

__global__ static void
update_kernel (const LLOYD_CONSTANT LloydCudaPanels panels,
               const LLOYD_CONSTANT LloydCudaSums sums,
               const LLOYD_CONSTANT LloydCudaStep step)
{
  for (size_t j = lloyd_cuda_warp (); j < panels.k; j += lloyd_cuda_n_warps ())
    update_cluster (panels, sums, j, step.next_dev, step);
  if (lloyd_first_index () == 0)
    note_moved (step);
}

/* One block updates, and fills the panels of the next step. */
__global__ static void
__launch_bounds__ (SMALL_THREADS, 1)
    advance_small_kernel (const LLOYD_CONSTANT LloydCudaPanels panels,
                          const LLOYD_CONSTANT LloydCudaSums sums,
                          const LLOYD_CONSTANT LloydCudaStep step)
{
  for (size_t j = lloyd_cuda_warp (); j < panels.k; j += lloyd_cuda_n_warps ())
    update_cluster (panels, sums, j, step.next_dev, step);
  if (threadIdx.x == 0)
    note_moved (step);
  __syncthreads ();
  LloydCudaPanels next = panels;
  next.centroids_dev = step.next_dev;
  fill_small (next);
}

extern "C" cudaError_t
lloyd_cuda_advance (LloydCudaPanels panels,
                    LloydCudaSums sums,
                    LloydCudaStep step,
                    cudaStream_t stream)
{
  if (is_small (&panels))
    {
      LLOYD_LAUNCH_BLOCKS (advance_small_kernel, 1, SMALL_THREADS, 0, stream, panels, sums, step);
      return cudaGetLastError ();
    }
  LLOYD_LAUNCH_BLOCKS (update_kernel, blocks_of_warps (panels.k), THREADS, 0, stream, panels, sums,
                       step);
  cudaError_t code = cudaGetLastError ();
  panels.centroids_dev = step.next_dev;
  return code == cudaSuccess ? lloyd_cuda_fill_panels (panels, stream) : code;
}
