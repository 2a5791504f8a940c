/* Rounds of D^2 sampling. Bytes of one: the rows' copies in float16 (few dimensions: the rows) and
 * the distances, twice. */
#include "compute/backends/cuda/draw.h"

#include "compute/backends/cuda/bound.cuh"
#include "compute/backends/cuda/gather.cuh"
#include "compute/backends/cuda/labels.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/weigh.cuh"
#include "compute/exact/canonical.h"

#define THREADS 256
#define WARP_ROWS 16
#define DRAW_THREADS 512
#define COLUMNS 8

/* ---- pairs --------------------------------------------------------------------------------- */

/* Lists a pair of each lane that has one; the whole warp calls. */
__device__ static inline unsigned int
list_pair (const LloydCudaRoundJob &job, size_t row, unsigned int candidate, bool is_wanted)
{
  unsigned int at = lloyd_cuda_append (&job.round_dev->n_pairs, is_wanted);
  if (!is_wanted || at >= job.pairs.capacity)
    return job.pairs.capacity;
  job.pairs.rows_dev[at] = (unsigned int) row;
  job.pairs.candidates_dev[at] = (unsigned char) candidate;
  return at;
}

/* Whether pairs were left out, so that the round is void. */
__device__ static inline bool
is_void (const LloydCudaRoundJob &job)
{
  return job.round_dev->n_pairs > job.pairs.capacity;
}

/* The bound of the score of candidate c for a row, in the scale of nothing; see screen.h. */
__device__ static inline float
bound_of (const LloydCudaRoundJob &job, size_t row, unsigned int c)
{
  const LloydCudaSpread spread = *job.panels.spread_dev;
  float n = job.reduced.norm_dev[row], rest = job.reduced.rest_dev[row];
  float r = job.panels.norm_dev[c], p = __uint_as_float (spread.rest);
  float scale = lloyd_cuda_scale (__uint_as_float (spread.largest));
  float floor = lloyd_cuda_rest_floor (job.panels.depth, scale), depth = (float) job.panels.depth;
  float copy = r + p * r + floor, product = (n + rest) * copy;
  float bound = rest * copy + n * (p * r + floor) + lloyd_cuda_sum_error (depth) * product +
                0x1p-20f * (r * r + product + n * n) +
                (depth + 2.0f) * 0x1p-51f * (n + r) * (n + r);
  return 1.01f * bound + 0x1p-100f;
}

/* Whether candidate c may be nearer to a row than `nearest`, by the product of their copies. The
 * squared distance is n^2 + 2 score; n comes from above, and its rounding is in the bound. */
__device__ static inline bool
may_be_nearer (
    const LloydCudaRoundJob &job, size_t row, unsigned int c, float product, double nearest)
{
  float scale = lloyd_cuda_scale (__uint_as_float (job.panels.spread_dev->largest));
  float n = job.reduced.norm_dev[row];
  float score = job.panels.start_dev[c] - product / job.reduced.scale_dev[row] / scale;
  float least = n * n + 2.0f * score - 4.0f * bound_of (job, row, c);
  /* Centroids out of the screen, and rows without a copy. */
  return !((double) least > nearest) || !(job.panels.start_dev[c] < INFINITY);
}

/* 16 rows a warp against eight candidates at a time. */
__global__ static void
list_near_kernel (LloydCudaPoints points, const LLOYD_CONSTANT LloydCudaRoundJob job)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP, g = lane / 4, t = lane % 4;
  unsigned int depth = job.panels.depth;
  for (size_t first = lloyd_cuda_warp () * WARP_ROWS; first < points.n;
       first += lloyd_cuda_n_warps () * WARP_ROWS)
    for (unsigned int column = 0; column < job.m; column += COLUMNS)
      {
        const unsigned short *from[3];
        float c[4] = { 0.0f, 0.0f, 0.0f, 0.0f };
        for (unsigned int half = 0; half < 2; half++)
          {
            size_t row = first + 8 * half + g;
            from[half] = job.reduced.values_dev + (row < points.n ? row : points.n - 1) * depth;
          }
        from[2] = job.panels.reduced_dev + (size_t) (column + g) * depth;
        for (unsigned int at = 4 * t; at < depth; at += LLOYD_CUDA_TERMS)
          {
            uint2 low = *reinterpret_cast<const uint2 *> (from[0] + at);
            uint2 high = *reinterpret_cast<const uint2 *> (from[1] + at);
            uint2 candidate = *reinterpret_cast<const uint2 *> (from[2] + at);
            const unsigned int a[4] = { low.x, high.x, low.y, high.y };
            const unsigned int b[2] = { candidate.x, candidate.y };
            lloyd_mma (c, a, b);
          }
        for (unsigned int i = 0; i < 4; i++)
          {
            size_t row = first + 8 * (i / 2) + g;
            unsigned int which = column + 2 * t + i % 2;
            bool is_wanted = row < points.n && which < job.m &&
                             may_be_nearer (job, row, which, c[i], job.nearest_dev[row]);
            list_pair (job, row, which, is_wanted);
          }
      }
}

extern "C" cudaError_t
lloyd_cuda_list_near (LloydCudaPoints points, LloydCudaRoundJob job, cudaStream_t stream)
{
  size_t n_blocks =
      (points.n + THREADS / LLOYD_WARP * WARP_ROWS - 1) / (THREADS / LLOYD_WARP * WARP_ROWS);
  LLOYD_LAUNCH_BLOCKS (list_near_kernel, (unsigned int) n_blocks, THREADS, 0, stream, points, job);
  return cudaGetLastError ();
}

/* ---- weights ------------------------------------------------------------------------------- */

__device__ static inline double
distance_of (const LloydCudaPoints &points,
             const LloydCudaRoundJob &job,
             size_t row,
             unsigned int c)
{
  const float *x = points.x_dev + row * points.d;
  double norm = 1.0;
  if (points.norms_dev != NULL)
    norm = points.norms_dev[row];
  else if (LLOYD_METRIC_IS_ANGULAR (points.metric))
    norm = sqrt (lloyd_exact_norm_squared (x, points.d));
  return lloyd_exact_seeding_distance (points.metric, x, norm, points.unit_scale,
                                       job.candidates_dev + (size_t) c * points.d, points.d);
}

/* What a row's weight loses if its distance falls. */
__device__ static inline unsigned long long
gain_of (const LloydCudaPoints &points, const LloydCudaRoundJob &job, size_t row, double distance)
{
  double scale = job.round_dev->scale;
  return lloyd_cuda_sample_weight (points, row, job.nearest_dev[row], scale) -
         lloyd_cuda_sample_weight (points, row, distance, scale);
}

/* Adds what the lanes of a warp gain, each for a candidate of its own, candidate by candidate; the
 * whole warp calls. */
__device__ static inline void
add_gain (unsigned long long *gains, unsigned int candidate, unsigned long long gain)
{
  unsigned int left = __ballot_sync (LLOYD_ALL_LANES, gain != 0);
  while (left != 0)
    {
      unsigned int first = (unsigned int) __ffs ((int) left) - 1;
      unsigned int c = __shfl_sync (LLOYD_ALL_LANES, candidate, first);
      lloyd_cuda_gather_sum (&gains[c], candidate == c ? gain : 0);
      left &= ~__ballot_sync (LLOYD_ALL_LANES, candidate == c);
    }
}

__global__ static void
list_nearer_kernel (LloydCudaPoints points, const LLOYD_CONSTANT LloydCudaRoundJob job)
{
  size_t step = (size_t) gridDim.x * blockDim.x;
  unsigned int lane = threadIdx.x % LLOYD_WARP;
  for (size_t first = (size_t) blockIdx.x * blockDim.x + threadIdx.x - lane; first < points.n;
       first += step)
    {
      size_t row = first + lane;
      double nearest = row < points.n ? job.nearest_dev[row] : -1.0;
      for (unsigned int c = 0; c < job.m; c++)
        {
          double distance = row < points.n ? distance_of (points, job, row, c) : 0.0;
          bool is_nearer = distance < nearest;
          unsigned int at = list_pair (job, row, c, is_nearer);
          unsigned long long gain = 0;
          if (at < job.pairs.capacity)
            {
              job.pairs.distances_dev[at] = distance;
              gain = gain_of (points, job, row, distance);
            }
          lloyd_cuda_gather_sum (&job.round_dev->gains[c], gain);
        }
    }
}

extern "C" cudaError_t
lloyd_cuda_list_nearer (LloydCudaPoints points,
                        LloydCudaRoundJob job,
                        unsigned int n_blocks,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (list_nearer_kernel, n_blocks, THREADS, 0, stream, points, job);
  return cudaGetLastError ();
}

__global__ static void
weigh_pairs_kernel (LloydCudaPoints points, const LLOYD_CONSTANT LloydCudaRoundJob job)
{
  unsigned int n_pairs = job.round_dev->n_pairs, lane = threadIdx.x % LLOYD_WARP;
  if (is_void (job))
    return;
  for (size_t first = lloyd_first_index () - lane; first < n_pairs; first += lloyd_index_step ())
    {
      size_t at = first + lane;
      unsigned long long gain = 0;
      unsigned int c = 0;
      if (at < n_pairs)
        {
          size_t row = job.pairs.rows_dev[at];
          c = job.pairs.candidates_dev[at];
          double distance = distance_of (points, job, row, c);
          bool is_nearer = distance < job.nearest_dev[row];
          job.pairs.distances_dev[at] = is_nearer ? distance : INFINITY;
          gain = is_nearer ? gain_of (points, job, row, distance) : 0;
        }
      add_gain (job.round_dev->gains, c, gain);
    }
}

extern "C" cudaError_t
lloyd_cuda_weigh_pairs (LloydCudaPoints points,
                        LloydCudaRoundJob job,
                        unsigned int n_blocks,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (weigh_pairs_kernel, n_blocks, THREADS, 0, stream, points, job);
  return cudaGetLastError ();
}

/* ---- the end of a round -------------------------------------------------------------------- */

/* The candidate that leaves least, the first among equals. */
__device__ static inline unsigned int
choose (const LloydCudaRoundJob &job)
{
  unsigned int chosen = 0;
  for (unsigned int c = 1; c < job.m; c++)
    if (job.round_dev->gains[c] > job.round_dev->gains[chosen])
      chosen = c;
  return chosen;
}

__global__ static void
take_pairs_kernel (const LLOYD_CONSTANT LloydCudaRoundJob job)
{
  if (is_void (job))
    return;
  unsigned int chosen = choose (job);
  for (size_t at = lloyd_first_index (); at < job.round_dev->n_pairs; at += lloyd_index_step ())
    if (job.pairs.candidates_dev[at] == chosen && job.pairs.distances_dev[at] < INFINITY)
      job.nearest_dev[job.pairs.rows_dev[at]] = job.pairs.distances_dev[at];
  if (lloyd_first_index () == 0)
    job.round_dev->chosen = chosen;
}

/* 2^t by the largest distance; see lloyd_sample_scale(). */
__device__ static inline double
scale_of (const LloydCudaRoundJob &job)
{
  double largest;
  int exponent;
  memcpy (&largest, &job.round_dev->largest, sizeof largest);
  if (largest == 0.0)
    return 0.0;
  frexp (largest, &exponent);
  return ldexp (1.0, 62 - job.row_bits - exponent);
}

/* Sums of weights, a warp for LLOYD_CUDA_WEIGHT_ROWS rows: by the t there is, with the largest
 * distance; or once more where that makes another t. */
__global__ static void
sum_rows_kernel (LloydCudaPoints points, const LLOYD_CONSTANT LloydCudaRoundJob job, bool is_again)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP;
  double scale = is_again ? scale_of (job) : job.round_dev->scale, largest = 0.0;
  if (is_void (job) || (is_again && scale == job.round_dev->scale))
    return;
  for (size_t at = lloyd_cuda_warp (); at * LLOYD_CUDA_WEIGHT_ROWS < points.n;
       at += lloyd_cuda_n_warps ())
    {
      unsigned long long sum = 0;
      for (unsigned int i = lane; i < LLOYD_CUDA_WEIGHT_ROWS; i += LLOYD_WARP)
        {
          size_t row = at * LLOYD_CUDA_WEIGHT_ROWS + i;
          if (row >= points.n)
            break;
          sum += lloyd_cuda_sample_weight (points, row, job.nearest_dev[row], scale);
          largest = fmax (largest, lloyd_cuda_weigh (points, row, job.nearest_dev[row]));
        }
      for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
        sum += __shfl_xor_sync (LLOYD_ALL_LANES, sum, step);
      if (lane == 0)
        job.sums_dev[at] = sum;
    }
  if (!is_again)
    lloyd_cuda_gather_largest (&job.round_dev->largest, largest);
}

/* The first row of block `at` of rows at which the running sum, `sum` before them, exceeds the
 * threshold. For one thread. */
__device__ static inline size_t
find_row (const LloydCudaPoints &points,
          const LloydCudaRoundJob &job,
          size_t at,
          unsigned long long sum,
          unsigned long long threshold)
{
  size_t row = at * LLOYD_CUDA_WEIGHT_ROWS;
  for (; row + 1 < points.n; row++)
    {
      sum += lloyd_cuda_sample_weight (points, row, job.nearest_dev[row], job.round_dev->scale);
      if (sum > threshold)
        break;
    }
  return row;
}

/* One block: each thread has a run of the sums. */
__global__ static void
__launch_bounds__ (DRAW_THREADS, 1)
    draw_kernel (LloydCudaPoints points, const LLOYD_CONSTANT LloydCudaRoundJob job)
{
  LLOYD_SHARED (unsigned long long, before);
  size_t n_sums = (points.n + LLOYD_CUDA_WEIGHT_ROWS - 1) / LLOYD_CUDA_WEIGHT_ROWS;
  size_t run = (n_sums + DRAW_THREADS - 1) / DRAW_THREADS, first = threadIdx.x * run;
  size_t end = first + run < n_sums ? first + run : n_sums;
  unsigned long long own = 0;

  if (is_void (job))
    return;
  for (size_t at = first; at < end; at++)
    own += job.sums_dev[at];
  before[threadIdx.x + 1] = own;
  __syncthreads ();
  if (threadIdx.x == 0)
    {
      before[0] = 0;
      for (unsigned int i = 1; i <= DRAW_THREADS; i++)
        before[i] += before[i - 1];
      job.round_dev->scale = scale_of (job);
      job.round_dev->total = before[DRAW_THREADS];
    }
  __syncthreads ();
  unsigned long long total = before[DRAW_THREADS];
  for (unsigned int r = 0; r < job.n_draws && total > 0; r++)
    {
      unsigned long long threshold = __umul64hi (job.draws_dev[r], total);
      unsigned long long sum = before[threadIdx.x];
      if (threshold < sum || threshold >= sum + own)
        continue;
      size_t at = first;
      for (; sum + job.sums_dev[at] <= threshold; at++)
        sum += job.sums_dev[at];
      job.round_dev->rows[r] = find_row (points, job, at, sum, threshold);
    }
}

extern "C" cudaError_t
lloyd_cuda_finish_round (LloydCudaPoints points,
                         LloydCudaRoundJob job,
                         unsigned int n_blocks,
                         cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (take_pairs_kernel, n_blocks, THREADS, 0, stream, job);
  cudaError_t code = cudaGetLastError ();
  for (int again = 0; again < 2 && code == cudaSuccess; again++)
    {
      LLOYD_LAUNCH_BLOCKS (sum_rows_kernel, n_blocks, THREADS, 0, stream, points, job, again != 0);
      code = cudaGetLastError ();
    }
  if (code != cudaSuccess)
    return code;
  LLOYD_LAUNCH_BLOCKS (draw_kernel, 1, DRAW_THREADS, (DRAW_THREADS + 1) * sizeof (long long),
                       stream, points, job);
  return cudaGetLastError ();
}
