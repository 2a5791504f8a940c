/* The screen on the matrix unit: 256 rows a block, 32 a warp, which stay in registers up to 128
 * dimensions while tiles of centroids come by through shared memory, the next on its way while one
 * is worked on.
 *
 * Operations: 2 N K depth on the matrix unit; 18 a row and four centroids beside it, of which 14
 * compare. Bytes: 2 N depth from memory, 2 K depth from the cache for each 256 rows. */
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/screen.cuh"

#define THREADS 256
#define WARP_ROWS 32
#define BLOCK_ROWS (THREADS / LLOYD_WARP * WARP_ROWS)
/* Instructions along the terms whose rows fit the registers; and that a stage of the wide kernel
 * holds. */
#define MAX_STEPS 8u
/* Bytes of a centroid in one such instruction. */
#define STEP_BYTES (LLOYD_CUDA_TERMS * 2)

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

/* Takes in a group of 16 columns for the rows of a warp. c[m][n]: rows 16 m to 16 m + 15, columns
 * 8 n to 8 n + 7. */
__device__ static inline void
take_group (LloydCudaTop top[4],
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
        lloyd_cuda_take (top[2 * m + half], lloyd_cuda_score (h0, s, c[m][0][2 * half], 0),
                         lloyd_cuda_score (h1, s, c[m][0][2 * half + 1], 1),
                         lloyd_cuda_score (h2, s, c[m][1][2 * half], 2),
                         lloyd_cuda_score (h3, s, c[m][1][2 * half + 1], 3), group);
      }
}

/* ---- few dimensions: rows in registers ----------------------------------------------------- */

__device__ static inline const unsigned char *
entry_terms (const LloydCudaScreenJob &job, size_t place)
{
  return reinterpret_cast<const unsigned char *> (job.reduced.values_dev) +
         place * job.panels.depth * 2 + threadIdx.x % 4 * 8;
}

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
__launch_bounds__ (THREADS, 2) screen_kernel (const LLOYD_CONSTANT LloydCudaScreenJob job)
{
  LLOYD_SHARED (unsigned char, shared);
  constexpr unsigned int stride = stride_of (STEPS);
  constexpr unsigned int stage = LLOYD_CUDA_TILE * stride + LLOYD_CUDA_TILE * 4;
  const size_t first = (size_t) blockIdx.x * BLOCK_ROWS + threadIdx.x / LLOYD_WARP * WARP_ROWS;
  const unsigned int n_tiles = job.panels.k_padded / LLOYD_CUDA_TILE;
  unsigned int rows[STEPS][2][4];
  LloydCudaTop top[4];
  float scale[4];

  if (lloyd_cuda_is_stopped (job.labels))
    return;
  load_stage (job.panels, shared, stride, 0, 0, STEPS);
#pragma unroll
  for (unsigned int i = 0; i < 4; i++)
    {
      size_t place = lloyd_cuda_entry_place (job, first, i);
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
  lloyd_cuda_settle_warp<4> (job, top, first);
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
__launch_bounds__ (THREADS, 2) screen_wide_kernel (const LLOYD_CONSTANT LloydCudaScreenJob job)
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
  LloydCudaTop top[4];

  if (lloyd_cuda_is_stopped (job.labels))
    return;
  load_stage (job.panels, shared, stride, 0, 0, min (MAX_STEPS, n_steps));
#pragma unroll
  for (unsigned int i = 0; i < 4; i++)
    {
      size_t place = lloyd_cuda_entry_place (job, first, i);
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
  lloyd_cuda_settle_warp<4> (job, top, first);
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
  LloydCudaScreenJob job = { points, view, panels, reduced, labels, doubtful };
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
