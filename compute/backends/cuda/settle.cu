/* Rows that a screen could not prove: in float32 against all centroids, and by the canonical
 * arithmetic where that proves nothing either. A warp takes eight rows at a time, its lanes go
 * along the centroids. */
#include "compute/backends/cuda/bound.cuh"
#include "compute/backends/cuda/labels.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/exact/canonical.h"

#define THREADS 256
#define ROWS 8
/* Coordinates of a row that lie in shared memory at once. */
#define CHUNK 128

typedef struct
{
  float best;
  float second;
  unsigned int column;
} Top;

typedef struct
{
  LloydCudaPoints points;
  LloydCudaView view;
  LloydCudaPanels panels;
  LloydCudaLabels labels;
  LloydCudaList doubtful;
} Job;

/* The rows of a warp: where they lie, and where a chunk of them goes, ROWS x CHUNK. */
typedef struct
{
  const float *from[ROWS];
  float *chunk;
} Rows;

/* Copies a chunk of x - m, 0 behind the last coordinate. */
__device__ static inline void
load_chunk (const Job &job, const Rows &rows, unsigned int first)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP;
  __syncwarp ();
  for (unsigned int i = lane; i < CHUNK; i += LLOYD_WARP)
    {
      unsigned int d = first + i;
#pragma unroll
      for (unsigned int r = 0; r < ROWS; r++)
        rows.chunk[r * CHUNK + i] =
            d < job.points.d ? rows.from[r][d] - job.panels.middle_dev[d] : 0.0f;
    }
  __syncwarp ();
}

/* Takes the products of a chunk off the scores of column `column`. */
__device__ static inline void
subtract_chunk (
    const Job &job, const float *chunk, unsigned int first, unsigned int column, float scores[ROWS])
{
  unsigned int stride = job.panels.k_padded;
  unsigned int count = min (job.points.d - first, (unsigned int) CHUNK);
  const float *c = job.panels.centred_dev + (size_t) first * stride + column;
  for (unsigned int i = 0; i < count; i += 4)
    {
      float v[4];
#pragma unroll
      for (unsigned int at = 0; at < 4; at++)
        v[at] = i + at < count ? c[(size_t) (i + at) * stride] : 0.0f;
#pragma unroll
      for (unsigned int r = 0; r < ROWS; r++)
        {
          float4 x = *reinterpret_cast<const float4 *> (chunk + r * CHUNK + i);
          scores[r] = fmaf (-x.x, v[0], scores[r]);
          scores[r] = fmaf (-x.y, v[1], scores[r]);
          scores[r] = fmaf (-x.z, v[2], scores[r]);
          scores[r] = fmaf (-x.w, v[3], scores[r]);
        }
    }
}

/* The best two of each row among all centroids, in every lane. */
__device__ static inline void
find_best (const Job &job, const Rows &rows, Top top[ROWS])
{
  unsigned int lane = threadIdx.x % LLOYD_WARP, d = job.points.d;
#pragma unroll
  for (unsigned int r = 0; r < ROWS; r++)
    top[r] = { INFINITY, INFINITY, 0 };
  if (d <= CHUNK)
    load_chunk (job, rows, 0);
  for (unsigned int column = lane; column < job.panels.k_padded; column += LLOYD_WARP)
    {
      float scores[ROWS], start = job.panels.start_dev[column];
#pragma unroll
      for (unsigned int r = 0; r < ROWS; r++)
        scores[r] = start;
      for (unsigned int first = 0; first < d; first += CHUNK)
        {
          if (d > CHUNK)
            load_chunk (job, rows, first);
          subtract_chunk (job, rows.chunk, first, column, scores);
        }
#pragma unroll
      for (unsigned int r = 0; r < ROWS; r++)
        {
          top[r].second = fminf (fmaxf (scores[r], top[r].best), top[r].second);
          top[r].column = scores[r] < top[r].best ? column : top[r].column;
          top[r].best = fminf (scores[r], top[r].best);
        }
    }
#pragma unroll
  for (unsigned int r = 0; r < ROWS; r++)
    for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
      {
        Top other = { __shfl_xor_sync (LLOYD_ALL_LANES, top[r].best, step),
                      __shfl_xor_sync (LLOYD_ALL_LANES, top[r].second, step),
                      __shfl_xor_sync (LLOYD_ALL_LANES, top[r].column, step) };
        top[r].second =
            fminf (fminf (top[r].second, other.second), fmaxf (top[r].best, other.best));
        top[r].column = other.best < top[r].best ? other.column : top[r].column;
        top[r].best = fminf (top[r].best, other.best);
      }
}

/* The bound of a row's scores; infinite where there is none. */
__device__ static inline float
bound_of (const Job &job, float norm, unsigned int column)
{
  float largest = __uint_as_float (job.panels.spread_dev->norm);
  float reach = 2.0f * norm + job.panels.norm_dev[column];
  if (!(reach < LLOYD_CUDA_FAR_REACH))
    return INFINITY;
  return lloyd_cuda_bound_float (
      job.panels, norm,
      LLOYD_METRIC_IS_ANGULAR (job.points.metric) ? largest : fminf (reach, largest));
}

__device__ static inline float
norm_of (const Job &job, const float *x)
{
  double square = 0.0;
  for (unsigned int i = threadIdx.x % LLOYD_WARP; i < job.points.d; i += LLOYD_WARP)
    {
      double v = (double) x[i] - (double) job.panels.middle_dev[i];
      square = fma (v, v, square);
    }
  return lloyd_cuda_norm_above (lloyd_cuda_warp_sum (square));
}

/* The canonical label of a row, among the centroids whose score is not above `limit`. The warp
 * works together; centroids out of the screen count where `limit` is infinite. */
__device__ static unsigned int
decide (const Job &job, const float *x, float limit)
{
  unsigned int stride = job.panels.k_padded;
  double lowest = INFINITY;
  unsigned int nearest = job.panels.k;
  for (unsigned int j = threadIdx.x % LLOYD_WARP; j < job.panels.k; j += LLOYD_WARP)
    {
      if (limit < INFINITY)
        {
          float score = job.panels.start_dev[j];
          for (unsigned int i = 0; i < job.points.d; i++)
            score = fmaf (-(x[i] - job.panels.middle_dev[i]),
                          job.panels.centred_dev[(size_t) i * stride + j], score);
          if (score > limit)
            continue;
        }
      double cost = lloyd_exact_cost (
          job.points.metric, x, job.panels.centroids_dev + (size_t) j * job.points.d, job.points.d);
      if (cost < lowest)
        {
          lowest = cost;
          nearest = j;
        }
    }
  for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
    {
      double cost = __shfl_xor_sync (LLOYD_ALL_LANES, lowest, step);
      unsigned int other = __shfl_xor_sync (LLOYD_ALL_LANES, nearest, step);
      if (cost < lowest || (cost == lowest && other < nearest))
        {
          lowest = cost;
          nearest = other;
        }
    }
  return nearest;
}

/* Decides those of the listed rows from `first` on whose lane says that they are open. */
__device__ static inline void
decide_open (const Job &job, size_t first, bool is_open, float limit, unsigned int *label)
{
  unsigned int open = __ballot_sync (LLOYD_ALL_LANES, is_open);
  for (; open != 0; open &= open - 1)
    {
      unsigned int r = (unsigned int) __ffs ((int) open) - 1;
      size_t place = lloyd_cuda_place (job.points, job.view, job.doubtful.rows_dev[first + r]);
      unsigned int nearest = decide (job, job.points.x_dev + place * job.points.d,
                                     __shfl_sync (LLOYD_ALL_LANES, limit, r));
      *label = threadIdx.x % LLOYD_WARP == r ? nearest : *label;
    }
}

__global__ static void
__launch_bounds__ (THREADS) settle_kernel (const LLOYD_CONSTANT Job job)
{
  LLOYD_SHARED (float, shared);
  unsigned int lane = threadIdx.x % LLOYD_WARP, n = *job.doubtful.n_dev;
  if (lloyd_cuda_is_stopped (job.labels))
    return;
  for (size_t first = lloyd_cuda_warp () * ROWS; first < n; first += lloyd_cuda_n_warps () * ROWS)
    {
      Rows rows;
      Top top[ROWS];
      rows.chunk = shared + threadIdx.x / LLOYD_WARP * ROWS * CHUNK;
#pragma unroll
      for (unsigned int r = 0; r < ROWS; r++)
        {
          unsigned int at = job.doubtful.rows_dev[first + r < n ? first + r : n - 1];
          rows.from[r] =
              job.points.x_dev + lloyd_cuda_place (job.points, job.view, at) * job.points.d;
        }
      find_best (job, rows, top);

      Top own = top[0];
      float norm = 0.0f;
#pragma unroll
      for (unsigned int r = 0; r < ROWS; r++)
        {
          float row_norm = norm_of (job, rows.from[r]);
          norm = lane == r ? row_norm : norm;
          own = lane == r ? top[r] : own;
        }
      bool is_in = lane < ROWS && first + lane < n;
      float bound = bound_of (job, norm, own.column);
      bool is_known =
          job.panels.is_rounded ? own.best < INFINITY : own.second - own.best > 2.0f * bound;
      decide_open (job, first, is_in && !is_known, fmaf (2.5f, bound, own.best), &own.column);
      lloyd_cuda_set_label (job.labels, job.view,
                            job.doubtful.rows_dev[is_in ? first + lane : n - 1], (int) own.column,
                            is_in);
    }
}

extern "C" cudaError_t
lloyd_cuda_settle (LloydCudaPoints points,
                   LloydCudaView view,
                   LloydCudaPanels panels,
                   LloydCudaLabels labels,
                   LloydCudaList doubtful,
                   unsigned int n_blocks,
                   cudaStream_t stream)
{
  Job job = { points, view, panels, labels, doubtful };
  LLOYD_LAUNCH_BLOCKS (settle_kernel, n_blocks, THREADS,
                       THREADS / LLOYD_WARP * ROWS * CHUNK * sizeof (float), stream, job);
  return cudaGetLastError ();
}
