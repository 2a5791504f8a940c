/* The screen on the matrix unit: 256 rows a block, 32 a warp, which stay in registers up to 128
 * dimensions while tiles of centroids come by through shared memory, the next on its way while one
 * is worked on.
 *
 * Operations: 2 N K depth on the matrix unit; 18 a row and four centroids beside it, of which 14
 * compare. Bytes: 2 N depth from memory, 2 K depth from the cache for each 256 rows. */
#include "compute/backends/cuda/bound.cuh"
#include "compute/backends/cuda/labels.cuh"
#include "compute/backends/cuda/launch.cuh"

#define THREADS 256
#define WARP_ROWS 32
#define BLOCK_ROWS (THREADS / LLOYD_WARP * WARP_ROWS)
/* Instructions along the terms whose rows fit the registers; and that a stage of the wide kernel
 * holds. */
#define MAX_STEPS 8u
/* Bytes of a centroid in one such instruction. */
#define STEP_BYTES (LLOYD_CUDA_TERMS * 2)

/* The best two of a row that a lane has seen. The low two bits of `best` say which of the lane's
 * four columns in the group of 16. */
typedef struct
{
  float best;
  float second;
  unsigned int group;
} Top;

/* What a kernel gets. */
typedef struct
{
  LloydCudaPoints points;
  LloydCudaView view;
  LloydCudaPanels panels;
  LloydCudaReduced reduced;
  LloydCudaLabels labels;
  LloydCudaList doubtful;
} Job;

/* ---- tiles --------------------------------------------------------------------------------- */

/* Centroids in shared memory are this far apart: an odd number of 32 bytes, so that the eight lanes
 * that read eight of them hit different banks. */
__device__ static constexpr unsigned int
stride_of (unsigned int steps)
{
  return (steps | 1) * STEP_BYTES;
}

static constexpr unsigned int
stage_bytes (unsigned int steps)
{
  return LLOYD_CUDA_TILE * (steps | 1) * STEP_BYTES +
         LLOYD_CUDA_TILE * (unsigned int) sizeof (float);
}

/* Starts the copy of `steps` instructions' worth, from `first_step` on, of the centroids of a tile,
 * and of their starts behind them. */
__device__ static inline void
load_stage (const LloydCudaPanels &panels,
            unsigned char *stage,
            unsigned int stride,
            unsigned int tile,
            unsigned int first_step,
            unsigned int steps)
{
  const unsigned char *from = reinterpret_cast<const unsigned char *> (panels.reduced_dev) +
                              (size_t) tile * LLOYD_CUDA_TILE * panels.depth * 2 +
                              (size_t) first_step * STEP_BYTES;
  unsigned int pieces = steps * STEP_BYTES / 16;
  for (unsigned int i = threadIdx.x; i < LLOYD_CUDA_TILE * pieces; i += THREADS)
    {
      unsigned int row = i / pieces, at = i % pieces * 16;
      lloyd_copy_16 (stage + row * stride + at, from + (size_t) row * panels.depth * 2 + at);
    }
  const float *starts = panels.scaled_start_dev + (size_t) tile * LLOYD_CUDA_TILE;
  for (unsigned int i = threadIdx.x; i < LLOYD_CUDA_TILE / 4; i += THREADS)
    lloyd_copy_16 (stage + LLOYD_CUDA_TILE * stride + i * 16, starts + i * 4);
  lloyd_copy_commit ();
}

/* The terms of a centroid, as an instruction wants them: four that follow each other. */
__device__ static inline uint2
terms_at (const unsigned char *from)
{
  return *reinterpret_cast<const uint2 *> (from);
}

/* ---- the best two -------------------------------------------------------------------------- */

__device__ static inline float
score (float start, float scale, float product, unsigned int column)
{
  unsigned int bits = __float_as_uint (fmaf (start, scale, -product));
  return __uint_as_float ((bits & ~3u) | column);
}

/* Takes in four columns of one row. */
__device__ static inline void
take (Top &top, float s0, float s1, float s2, float s3, unsigned int group)
{
  float low_a = fminf (s0, s1), high_a = fmaxf (s0, s1);
  float low_b = fminf (s2, s3), high_b = fmaxf (s2, s3);
  float low = fminf (low_a, low_b);
  float next = fminf (fmaxf (low_a, low_b), fminf (high_a, high_b));
  top.second = fminf (fminf (top.second, next), fmaxf (top.best, low));
  top.group = low < top.best ? group : top.group;
  top.best = fminf (top.best, low);
}

/* Takes in a group of 16 columns for the rows of a warp. c[m][n]: rows 16 m to 16 m + 15, columns
 * 8 n to 8 n + 7. */
__device__ static inline void
take_group (Top top[4],
            const float c[2][2][4],
            const float scale[4],
            const float *starts,
            unsigned int group)
{
  const float *h = starts + threadIdx.x % 4 * 2;
  float h0 = h[0], h1 = h[1], h2 = h[8], h3 = h[9];
#pragma unroll
  for (int m = 0; m < 2; m++)
#pragma unroll
    for (int half = 0; half < 2; half++)
      {
        float s = scale[2 * m + half];
        take (top[2 * m + half], score (h0, s, c[m][0][2 * half], 0),
              score (h1, s, c[m][0][2 * half + 1], 1), score (h2, s, c[m][1][2 * half], 2),
              score (h3, s, c[m][1][2 * half + 1], 3), group);
      }
}

/* ---- proof --------------------------------------------------------------------------------- */

/* Twice the bound of a row's scores, in their scale; NaN or infinite where there is none. */
__device__ static inline float
twice_bound (const Job &job, size_t place, unsigned int column)
{
  const LloydCudaSpread spread = *job.panels.spread_dev;
  float n = job.reduced.norm_dev[place], rest = job.reduced.rest_dev[place];
  float largest = __uint_as_float (spread.norm), p = __uint_as_float (spread.rest);
  float scale = lloyd_cuda_scale (__uint_as_float (spread.largest));
  float floor = lloyd_cuda_rest_floor (job.panels.depth, scale);
  float reach = 2.0f * n + job.panels.norm_dev[column];
  bool is_angular = LLOYD_METRIC_IS_ANGULAR (job.points.metric);
  float r = is_angular ? largest : fminf (reach, largest);
  float depth = (float) job.panels.depth;

  if (!(reach < LLOYD_CUDA_FAR_REACH))
    return INFINITY;
  float start = 0.5f * r * r, whole = (n + r) * (n + r);
  if (is_angular)
    {
      start = job.panels.middle_norm * r;
      whole = (n + job.panels.middle_norm) * (r + job.panels.centre_norm);
    }
  float copy = r + p * r + floor, product = (n + rest) * copy;
  float bound = rest * copy + n * (p * r + floor) + lloyd_cuda_sum_error (depth) * product +
                0x1p-20f * (start + product) + (depth + 2.0f) * 0x1p-51f * whole;
  /* The rounding of this formula, and what is below the range of float32. */
  return 2.0f * 1.01f * bound * job.reduced.scale_dev[place] * scale + 0x1p-100f;
}

/* Brings together what the four lanes of each row saw, proves or lists the warp's rows. Row 8 i + g
 * of the warp is entry i of the lanes 4 g to 4 g + 3. */
__device__ static inline void
settle_warp (const Job &job, const Top top[4], size_t first)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP, t = lane % 4;
  float best = INFINITY, second = INFINITY;
  unsigned int column = 0;
#pragma unroll
  for (unsigned int i = 0; i < 4; i++)
    {
      Top own = top[i];
      unsigned int which = __float_as_uint (own.best) & 3u;
      own.group = own.group * 16 + which / 2 * 8 + which % 2 + 2 * t;
#pragma unroll
      for (unsigned int step = 1; step < 4; step *= 2)
        {
          Top other = { __shfl_xor_sync (LLOYD_ALL_LANES, own.best, step),
                        __shfl_xor_sync (LLOYD_ALL_LANES, own.second, step),
                        __shfl_xor_sync (LLOYD_ALL_LANES, own.group, step) };
          own.second = fminf (fminf (own.second, other.second), fmaxf (own.best, other.best));
          own.group = other.best < own.best ? other.group : own.group;
          own.best = fminf (own.best, other.best);
        }
      best = t == i ? own.best : best;
      second = t == i ? own.second : second;
      column = t == i ? own.group : column;
    }

  size_t at = first + t * 8 + lane / 4;
  bool is_in = at < job.view.count, is_proven = false;
  /* Rows that no float16 holds have no winner. */
  if (is_in && job.panels.is_rounded)
    is_proven = best < INFINITY && column < job.panels.k;
  else if (is_in)
    is_proven =
        second - best > twice_bound (job, lloyd_cuda_place (job.points, job.view, at), column);
  lloyd_cuda_set_label (job.labels, job.view, at, (int) column, is_proven);
  lloyd_cuda_list (job.doubtful, at, is_in && !is_proven);
}

/* The row of the copy that entry i of a lane is; places behind the last row are the last row. */
__device__ static inline size_t
entry_place (const Job &job, size_t first, unsigned int i)
{
  size_t at = first + i * 8 + threadIdx.x % LLOYD_WARP / 4;
  return lloyd_cuda_place (job.points, job.view, at < job.view.count ? at : job.view.count - 1);
}

__device__ static inline const unsigned char *
entry_terms (const Job &job, size_t place)
{
  return reinterpret_cast<const unsigned char *> (job.reduced.values_dev) +
         place * job.panels.depth * 2 + threadIdx.x % 4 * 8;
}

/* ---- few dimensions: rows in registers ----------------------------------------------------- */

/* Adds the products of a warp's rows with 16 centroids, which begin at `columns`. */
template <unsigned int STEPS>
__device__ static inline void
multiply_group (float c[2][2][4],
                const unsigned int rows[STEPS][2][4],
                const unsigned char *columns)
{
  constexpr unsigned int stride = stride_of (STEPS);
  const unsigned int lane = threadIdx.x % LLOYD_WARP;
  const unsigned char *from = columns + lane / 4 * stride + lane % 4 * 8;
#pragma unroll
  for (unsigned int s = 0; s < STEPS; s++)
#pragma unroll
    for (unsigned int n = 0; n < 2; n++)
      {
        uint2 v = terms_at (from + n * 8 * stride + s * STEP_BYTES);
        const unsigned int b[2] = { v.x, v.y };
        lloyd_mma (c[0][n], rows[s][0], b);
        lloyd_mma (c[1][n], rows[s][1], b);
      }
}

template <unsigned int STEPS>
__global__ static void
__launch_bounds__ (THREADS, 2) screen_kernel (const LLOYD_CONSTANT Job job)
{
  LLOYD_SHARED (unsigned char, shared);
  constexpr unsigned int stride = stride_of (STEPS);
  constexpr unsigned int stage = LLOYD_CUDA_TILE * stride + LLOYD_CUDA_TILE * 4;
  const size_t first = (size_t) blockIdx.x * BLOCK_ROWS + threadIdx.x / LLOYD_WARP * WARP_ROWS;
  const unsigned int n_tiles = job.panels.k_padded / LLOYD_CUDA_TILE;
  unsigned int rows[STEPS][2][4];
  Top top[4];
  float scale[4];

  if (lloyd_cuda_is_stopped (job.labels))
    return;
  load_stage (job.panels, shared, stride, 0, 0, STEPS);
#pragma unroll
  for (unsigned int i = 0; i < 4; i++)
    {
      size_t place = entry_place (job, first, i);
      const unsigned char *from = entry_terms (job, place);
      top[i] = { INFINITY, INFINITY, 0 };
      scale[i] = job.reduced.scale_dev[place];
#pragma unroll
      for (unsigned int s = 0; s < STEPS; s++)
        {
          uint2 v = terms_at (from + s * STEP_BYTES);
          rows[s][i / 2][i % 2] = v.x;
          rows[s][i / 2][i % 2 + 2] = v.y;
        }
    }

  for (unsigned int tile = 0; tile < n_tiles; tile++)
    {
      const unsigned char *columns = shared + tile % 2 * stage;
      if (tile + 1 < n_tiles)
        load_stage (job.panels, shared + (tile + 1) % 2 * stage, stride, tile + 1, 0, STEPS);
      else
        lloyd_copy_commit ();
      lloyd_copy_wait<1> ();
      __syncthreads ();
      for (unsigned int group = 0; group < 4 && tile * LLOYD_CUDA_TILE + group * 16 < job.panels.k;
           group++)
        {
          float c[2][2][4] = {};
          multiply_group<STEPS> (c, rows, columns + group * 16 * stride);
          take_group (top, c, scale,
                      reinterpret_cast<const float *> (columns + LLOYD_CUDA_TILE * stride) +
                          group * 16,
                      tile * 4 + group);
        }
      __syncthreads ();
    }
  settle_warp (job, top, first);
}

/* ---- many dimensions: rows come again for each tile ---------------------------------------- */

/* Adds a stage to the products of a tile. */
__device__ static inline void
multiply_stage (float c[4][2][2][4],
                const unsigned char *const from[4],
                size_t offset,
                const unsigned char *columns,
                unsigned int stride,
                unsigned int steps)
{
  const unsigned int lane = threadIdx.x % LLOYD_WARP;
  for (unsigned int s = 0; s < steps; s++)
    {
      unsigned int rows[2][4];
#pragma unroll
      for (unsigned int i = 0; i < 4; i++)
        {
          uint2 v = terms_at (from[i] + offset + s * STEP_BYTES);
          rows[i / 2][i % 2] = v.x;
          rows[i / 2][i % 2 + 2] = v.y;
        }
#pragma unroll
      for (unsigned int n = 0; n < 8; n++)
        {
          uint2 v =
              terms_at (columns + (n * 8 + lane / 4) * stride + s * STEP_BYTES + lane % 4 * 8);
          const unsigned int b[2] = { v.x, v.y };
          lloyd_mma (c[n / 2][0][n % 2], rows[0], b);
          lloyd_mma (c[n / 2][1][n % 2], rows[1], b);
        }
    }
}

__global__ static void
__launch_bounds__ (THREADS, 2) screen_wide_kernel (const LLOYD_CONSTANT Job job)
{
  LLOYD_SHARED (unsigned char, shared);
  constexpr unsigned int stride = stride_of (MAX_STEPS);
  constexpr unsigned int stage = LLOYD_CUDA_TILE * stride + LLOYD_CUDA_TILE * 4;
  const size_t first = (size_t) blockIdx.x * BLOCK_ROWS + threadIdx.x / LLOYD_WARP * WARP_ROWS;
  const unsigned int n_steps = job.panels.depth / LLOYD_CUDA_TERMS;
  const unsigned int n_chunks = (n_steps + MAX_STEPS - 1) / MAX_STEPS;
  const unsigned int n_stages = job.panels.k_padded / LLOYD_CUDA_TILE * n_chunks;
  const unsigned char *from[4];
  float c[4][2][2][4], scale[4];
  Top top[4];

  if (lloyd_cuda_is_stopped (job.labels))
    return;
  load_stage (job.panels, shared, stride, 0, 0, min (MAX_STEPS, n_steps));
#pragma unroll
  for (unsigned int i = 0; i < 4; i++)
    {
      size_t place = entry_place (job, first, i);
      from[i] = entry_terms (job, place);
      top[i] = { INFINITY, INFINITY, 0 };
      scale[i] = job.reduced.scale_dev[place];
    }

  for (unsigned int at = 0; at < n_stages; at++)
    {
      const unsigned int tile = at / n_chunks, chunk = at % n_chunks, next = at + 1;
      const unsigned char *columns = shared + at % 2 * stage;
      if (next < n_stages)
        load_stage (job.panels, shared + next % 2 * stage, stride, next / n_chunks,
                    next % n_chunks * MAX_STEPS,
                    min (MAX_STEPS, n_steps - next % n_chunks * MAX_STEPS));
      else
        lloyd_copy_commit ();
      lloyd_copy_wait<1> ();
      __syncthreads ();
      if (chunk == 0)
        memset (c, 0, sizeof c);
      multiply_stage (c, from, (size_t) chunk * MAX_STEPS * STEP_BYTES, columns, stride,
                      min (MAX_STEPS, n_steps - chunk * MAX_STEPS));
      if (chunk + 1 == n_chunks)
#pragma unroll
        for (unsigned int group = 0; group < 4; group++)
          take_group (top, c[group], scale,
                      reinterpret_cast<const float *> (columns + LLOYD_CUDA_TILE * stride) +
                          group * 16,
                      tile * 4 + group);
      __syncthreads ();
    }
  settle_warp (job, top, first);
}

/* ---- launching ----------------------------------------------------------------------------- */

extern "C" cudaError_t
lloyd_cuda_screen (LloydCudaPoints points,
                   LloydCudaView view,
                   LloydCudaPanels panels,
                   LloydCudaReduced reduced,
                   LloydCudaLabels labels,
                   LloydCudaList doubtful,
                   cudaStream_t stream)
{
  Job job = { points, view, panels, reduced, labels, doubtful };
  unsigned int n_blocks = (unsigned int) ((view.count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  unsigned int steps = panels.depth / LLOYD_CUDA_TERMS;
#define CASE(STEPS)                                                                                \
  case STEPS:                                                                                      \
    LLOYD_LAUNCH_BLOCKS (screen_kernel<STEPS>, n_blocks, THREADS, 2 * stage_bytes (STEPS), stream, \
                         job);                                                                     \
    break
  switch (steps)
    {
      CASE (1);
      CASE (2);
      CASE (3);
      CASE (4);
      CASE (5);
      CASE (6);
      CASE (7);
      CASE (8);
    default:
      LLOYD_LAUNCH_BLOCKS (screen_wide_kernel, n_blocks, THREADS, 2 * stage_bytes (MAX_STEPS),
                           stream, job);
    }
#undef CASE
  return cudaGetLastError ();
}
