/* The screen on the matrix unit of sm_90a, up to 128 dimensions: 256 rows a block, 64 for four
 * warps together, which stay in registers. Where they fit, all centroids stay in shared memory
 * while a block goes from rows to rows; else tiles of them come by, two ahead. While the unit works
 * on a tile, its four warps look at the results of the one before.
 *
 * Operations: 2 N K depth on the matrix unit, N K / 32 bytes read from shared memory for each term;
 * 18 a row and four centroids beside it, of which 14 compare. Bytes: 2 N depth from memory;
 * 2 K depth from the cache for each block, of which there is one a multiprocessor where centroids
 * stay, else for each 256 rows. */
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/screen.cuh"
#include "compute/backends/cuda/strain.cuh"
#include "compute/backends/cuda/wgmma.cuh"

#define THREADS 512
#define BLOCK_ROWS (THREADS / LLOYD_WARPGROUP * LLOYD_WGMMA_ROWS)
#define WARP_ROWS 16
#define TILE LLOYD_WGMMA_COLUMNS
/* Bytes of a centroid in one instruction, and of columns that are looked at together. */
#define STEP_BYTES (LLOYD_CUDA_TERMS * 2)
#define GROUP 16
/* Tiles that come by: one whose results are looked at, one at work, two on their way. */
#define STAGES 4
/* What a block of sm_90 may have of shared memory. */
#define MAX_SHARED 232448
#define MAX_STEPS 8

static_assert (TILE == LLOYD_CUDA_TILE, "panels are padded to whole tiles");

/* ---- tiles --------------------------------------------------------------------------------- */

/* Starts the copy of some centroids, whole groups, and of their starts. Piece i of 16 bytes lies
 * i-th: 8 columns, one after another, for each 8 terms, then the next 8 columns. */
template <unsigned int STEPS>
__device__ static inline void
load_columns (const LloydCudaPanels &panels,
              unsigned char *columns,
              unsigned char *starts,
              unsigned int first,
              unsigned int count)
{
  constexpr unsigned int pieces = STEPS * STEP_BYTES / 16;
  const unsigned char *from =
      reinterpret_cast<const unsigned char *> (panels.reduced_dev) + (size_t) first * pieces * 16;
  for (unsigned int i = threadIdx.x; i < count * pieces; i += THREADS)
    {
      unsigned int column = i / (8 * pieces) * 8 + i % 8, piece = i / 8 % pieces;
      lloyd_copy_16 (columns + i * 16, from + ((size_t) column * pieces + piece) * 16);
    }
  for (unsigned int i = threadIdx.x; i < count / 4; i += THREADS)
    lloyd_copy_16 (starts + i * 16, panels.scaled_start_dev + first + i * 4);
  lloyd_copy_commit ();
}

__device__ __host__ static constexpr unsigned int
whole_groups (unsigned int k)
{
  return (k + GROUP - 1) / GROUP * GROUP;
}

/* All centroids in shared memory, starts behind them. */
template <unsigned int STEPS> struct Held
{
  unsigned char *shared;
  unsigned int k;

  /* The last tile is read to its end, whatever lies there. */
  static unsigned int
  bytes (const LloydCudaPanels &panels)
  {
    unsigned int tiles = panels.k_padded * STEPS * STEP_BYTES;
    unsigned int all = whole_groups (panels.k) * (STEPS * STEP_BYTES + 4);
    return tiles > all ? tiles : all;
  }

  __device__ inline unsigned char *
  columns (unsigned int tile) const
  {
    return shared + (size_t) tile * TILE * STEPS * STEP_BYTES;
  }

  __device__ inline unsigned char *
  starts (unsigned int tile) const
  {
    return shared + (size_t) whole_groups (k) * STEPS * STEP_BYTES + (size_t) tile * TILE * 4;
  }

  __device__ inline void
  load (const LloydCudaPanels &panels) const
  {
    load_columns<STEPS> (panels, columns (0), starts (0), 0, whole_groups (k));
    lloyd_copy_wait<0> ();
    lloyd_wgmma_publish ();
    __syncthreads ();
  }

  __device__ inline void
  bring (const LloydCudaPanels &, unsigned int) const
  {
  }
};

/* Tiles that come by, each with its starts behind it. */
template <unsigned int STEPS> struct Passing
{
  unsigned char *shared;
  unsigned int k;

  static constexpr unsigned int stage = TILE * STEPS * STEP_BYTES + TILE * 4;

  static unsigned int
  bytes (const LloydCudaPanels &)
  {
    return STAGES * stage;
  }

  __device__ inline unsigned char *
  columns (unsigned int tile) const
  {
    return shared + tile % STAGES * stage;
  }

  __device__ inline unsigned char *
  starts (unsigned int tile) const
  {
    return columns (tile) + TILE * STEPS * STEP_BYTES;
  }

  /* Starts the copy of a tile; one too many is an empty group. */
  __device__ inline void
  load_tile (const LloydCudaPanels &panels, unsigned int tile) const
  {
    if (tile < panels.k_padded / TILE)
      load_columns<STEPS> (panels, columns (tile), starts (tile), tile * TILE, TILE);
    else
      lloyd_copy_commit ();
  }

  __device__ inline void
  load (const LloydCudaPanels &panels) const
  {
    load_tile (panels, 0);
    load_tile (panels, 1);
  }

  /* A tile is there when this returns. All threads come by; what the next one overwrites they have
   * done with, since they have the results of the tile before the last. */
  __device__ inline void
  bring (const LloydCudaPanels &panels, unsigned int tile) const
  {
    lloyd_copy_wait<1> ();
    lloyd_wgmma_publish ();
    __syncthreads ();
    load_tile (panels, tile + 2);
  }
};

/* ---- rows ---------------------------------------------------------------------------------- */

template <unsigned int STEPS>
__device__ static inline void
hold_rows (unsigned int rows[STEPS][4])
{
#pragma unroll
  for (unsigned int i = 0; i < STEPS * 4; i++)
    lloyd_wgmma_hold (rows[i / 4][i % 4]);
}

/* Begins the products of four warps' rows with a tile. */
template <unsigned int STEPS>
__device__ static inline void
multiply_tile (float c[LLOYD_WGMMA_RESULTS],
               const unsigned int rows[STEPS][4],
               const unsigned char *columns)
{
  constexpr unsigned int step = 2 * LLOYD_WGMMA_BLOCK_BYTES;
  unsigned long long at = lloyd_wgmma_describe (columns, LLOYD_WGMMA_BLOCK_BYTES, STEPS * step);
  lloyd_wgmma_fence ();
  lloyd_wgmma<true> (c, rows[0], at);
#pragma unroll
  for (unsigned int s = 1; s < STEPS; s++)
    lloyd_wgmma<false> (c, rows[s], at + s * (step / 16));
  lloyd_wgmma_commit ();
}

/* Takes in the results of a tile. */
__device__ static inline void
take_tile (LloydCudaTop top[2],
           const float c[LLOYD_WGMMA_RESULTS],
           const float scale[2],
           const unsigned char *starts,
           unsigned int tile,
           unsigned int k)
{
#pragma unroll
  for (unsigned int group = 0; group < TILE / GROUP; group++)
    {
      const unsigned char *from = starts + group * GROUP * 4 + threadIdx.x % 4 * 8;
      if (tile * TILE + group * GROUP >= k)
        break;
      uint2 low = *reinterpret_cast<const uint2 *> (from);
      uint2 high = *reinterpret_cast<const uint2 *> (from + 32);
#pragma unroll
      for (unsigned int half = 0; half < 2; half++)
        {
          const float *at = c + group * 8 + half * 2;
          float s = scale[half];
          lloyd_cuda_take (top[half], lloyd_cuda_score (__uint_as_float (low.x), s, at[0], 0),
                           lloyd_cuda_score (__uint_as_float (low.y), s, at[1], 1),
                           lloyd_cuda_score (__uint_as_float (high.x), s, at[4], 2),
                           lloyd_cuda_score (__uint_as_float (high.y), s, at[5], 3),
                           tile * (TILE / GROUP) + group);
        }
    }
}

/* Takes the 16 rows of a warp from `first` on into registers. */
template <unsigned int STEPS>
__device__ static inline void
load_rows (const LloydCudaScreenJob &job, size_t first, unsigned int rows[STEPS][4], float scale[2])
{
#pragma unroll
  for (unsigned int i = 0; i < 2; i++)
    {
      size_t place = lloyd_cuda_entry_place (job, first, i);
      const unsigned char *from = reinterpret_cast<const unsigned char *> (job.reduced.values_dev) +
                                  place * STEPS * STEP_BYTES + threadIdx.x % 4 * 4;
      scale[i] = job.reduced.scale_dev[place];
#pragma unroll
      for (unsigned int s = 0; s < STEPS; s++)
        {
          rows[s][i] = *reinterpret_cast<const unsigned int *> (from + s * STEP_BYTES);
          rows[s][i + 2] = *reinterpret_cast<const unsigned int *> (from + s * STEP_BYTES + 16);
        }
    }
  hold_rows<STEPS> (rows);
  /* Lanes may have gone apart over the rows before; products are of whole warps. */
  __syncwarp ();
}

/* Labels the 16 rows of this warp from `first` on. */
template <unsigned int STEPS, typename Tiles>
__device__ static inline void
label_rows (const LloydCudaScreenJob &job, const Tiles &tiles, size_t first)
{
  const LloydCudaPanels &panels = job.panels;
  const unsigned int n_tiles = panels.k_padded / TILE;
  LloydCudaTop top[2] = { { INFINITY, INFINITY, 0 }, { INFINITY, INFINITY, 0 } };
  float even[LLOYD_WGMMA_RESULTS], odd[LLOYD_WGMMA_RESULTS], scale[2];
  unsigned int rows[STEPS][4], tile = 0;

  load_rows<STEPS> (job, first, rows, scale);
  tiles.bring (panels, 0);
  multiply_tile<STEPS> (even, rows, tiles.columns (0));
  for (; tile + 2 < n_tiles; tile += 2)
    {
      tiles.bring (panels, tile + 1);
      multiply_tile<STEPS> (odd, rows, tiles.columns (tile + 1));
      lloyd_wgmma_wait<1> (even);
      take_tile (top, even, scale, tiles.starts (tile), tile, panels.k);
      tiles.bring (panels, tile + 2);
      multiply_tile<STEPS> (even, rows, tiles.columns (tile + 2));
      lloyd_wgmma_wait<1> (odd);
      take_tile (top, odd, scale, tiles.starts (tile + 1), tile + 1, panels.k);
    }
  if (tile + 1 < n_tiles)
    {
      tiles.bring (panels, tile + 1);
      multiply_tile<STEPS> (odd, rows, tiles.columns (tile + 1));
      lloyd_wgmma_wait<1> (even);
      take_tile (top, even, scale, tiles.starts (tile), tile, panels.k);
      lloyd_wgmma_wait<0> (odd);
      take_tile (top, odd, scale, tiles.starts (tile + 1), tile + 1, panels.k);
    }
  else
    {
      lloyd_wgmma_wait<0> (even);
      take_tile (top, even, scale, tiles.starts (tile), tile, panels.k);
    }
  lloyd_cuda_settle_warp<2> (job, top, first);
}

/* ---- kernels ------------------------------------------------------------------------------- */

template <unsigned int STEPS, typename Tiles>
__global__ static void
__launch_bounds__ (THREADS, 1) wgmma_kernel (const LLOYD_CONSTANT LloydCudaScreenJob job)
{
  LLOYD_SHARED (unsigned char, shared);
  const Tiles tiles = { shared, job.panels.k };
  const unsigned int warp = threadIdx.x / LLOYD_WARP;

  if (lloyd_cuda_is_stopped (job.labels))
    return;
  tiles.load (job.panels);
  /* Where tiles come by there are blocks for all rows, and this is done once. */
  for (size_t first = (size_t) blockIdx.x * BLOCK_ROWS; first < job.view.count;
       first += (size_t) gridDim.x * BLOCK_ROWS)
    label_rows<STEPS> (job, tiles, first + warp * WARP_ROWS);
}

/* As many rows and columns as there are in an instruction, 128 terms. */
__global__ static void
__launch_bounds__ (LLOYD_WARPGROUP, 1) test_wgmma_kernel (unsigned int *wrong)
{
  LLOYD_SHARED (unsigned char, shared);
  const unsigned int strain = blockIdx.x % LLOYD_N_STRAINS, round = blockIdx.x / LLOYD_N_STRAINS;
  const unsigned int t = threadIdx.x % 4;
  const unsigned int row = threadIdx.x / LLOYD_WARP * WARP_ROWS + threadIdx.x % LLOYD_WARP / 4;
  unsigned short *halves = reinterpret_cast<unsigned short *> (shared);
  unsigned int rows[MAX_STEPS][4];
  float c[LLOYD_WGMMA_RESULTS];

  for (unsigned int i = threadIdx.x; i < TILE * MAX_STEPS * LLOYD_CUDA_TERMS; i += LLOYD_WARPGROUP)
    {
      unsigned int piece = i / 8, pieces = MAX_STEPS * 2;
      unsigned int column = piece / (8 * pieces) * 8 + piece % 8, term = piece / 8 % pieces * 8;
      halves[i] =
          (unsigned short) lloyd_strain (strain, round, LLOYD_WGMMA_ROWS + column, term + i % 8);
    }
  for (unsigned int i = 0; i < MAX_STEPS * 4; i++)
    {
      unsigned int term = i / 4 * LLOYD_CUDA_TERMS + i % 4 / 2 * 8 + 2 * t;
      unsigned int line = row + i % 2 * 8;
      rows[i / 4][i % 4] = lloyd_strain (strain, round, line, term) |
                           lloyd_strain (strain, round, line, term + 1) << 16;
    }
  hold_rows<MAX_STEPS> (rows);
  lloyd_wgmma_publish ();
  __syncthreads ();
  multiply_tile<MAX_STEPS> (c, rows, shared);
  lloyd_wgmma_wait<0> (c);
  for (unsigned int i = 0; i < LLOYD_WGMMA_RESULTS; i++)
    if (!lloyd_strain_is_right (strain, round, row + i / 2 % 2 * 8,
                                LLOYD_WGMMA_ROWS + i / 4 * 8 + 2 * t + i % 2,
                                MAX_STEPS * LLOYD_CUDA_TERMS, c[i]))
      atomicAdd (wrong, 1u);
}

/* ---- launching ----------------------------------------------------------------------------- */

template <unsigned int STEPS, typename Tiles>
static cudaError_t
launch (const LloydCudaScreenJob &job, unsigned int most_blocks, cudaStream_t stream)
{
  size_t wanted = (job.view.count + BLOCK_ROWS - 1) / BLOCK_ROWS;
  unsigned int n_blocks = wanted < most_blocks ? (unsigned int) wanted : most_blocks;
  unsigned int bytes = Tiles::bytes (job.panels);
  cudaError_t code = lloyd_allow_shared (wgmma_kernel<STEPS, Tiles>, bytes);
  if (code != cudaSuccess)
    return code;
  LLOYD_LAUNCH_BLOCKS ((wgmma_kernel<STEPS, Tiles>), n_blocks, THREADS, bytes, stream, job);
  return cudaGetLastError ();
}

template <unsigned int STEPS>
static cudaError_t
launch_either (const LloydCudaScreenJob &job, unsigned int n_multiprocessors, cudaStream_t stream)
{
  if (Held<STEPS>::bytes (job.panels) <= MAX_SHARED)
    return launch<STEPS, Held<STEPS>> (job, n_multiprocessors, stream);
  return launch<STEPS, Passing<STEPS>> (job, ~0u, stream);
}

extern "C" cudaError_t
lloyd_cuda_screen_wgmma (LloydCudaPoints points,
                         LloydCudaView view,
                         LloydCudaPanels panels,
                         LloydCudaReduced reduced,
                         LloydCudaLabels labels,
                         LloydCudaList doubtful,
                         unsigned int n_multiprocessors,
                         cudaStream_t stream)
{
  LloydCudaScreenJob job = { points, view, panels, reduced, labels, doubtful };
  switch (panels.depth / LLOYD_CUDA_TERMS)
    {
    case 1:
      return launch_either<1> (job, n_multiprocessors, stream);
    case 2:
      return launch_either<2> (job, n_multiprocessors, stream);
    case 3:
      return launch_either<3> (job, n_multiprocessors, stream);
    case 4:
      return launch_either<4> (job, n_multiprocessors, stream);
    case 5:
      return launch_either<5> (job, n_multiprocessors, stream);
    case 6:
      return launch_either<6> (job, n_multiprocessors, stream);
    case 7:
      return launch_either<7> (job, n_multiprocessors, stream);
    case 8:
      return launch_either<8> (job, n_multiprocessors, stream);
    default:
      return cudaErrorInvalidValue;
    }
}

extern "C" cudaError_t
lloyd_cuda_test_wgmma (unsigned int *wrong_dev, cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (test_wgmma_kernel, 2 * LLOYD_N_STRAINS, LLOYD_WARPGROUP,
                       TILE * MAX_STEPS * STEP_BYTES, stream, wrong_dev);
  return cudaGetLastError ();
}
