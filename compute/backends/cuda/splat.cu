/* Splats: one thread a row, or a pixel. Minima and sums of integers, so the order of threads does
 * not matter. */
#include "compute/backends/cuda/gather.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/splat.h"

__global__ static void
clear_kernel (LloydSplatPixel *pixels, size_t n)
{
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    {
      pixels[i].key = UINT64_MAX;
      pixels[i].count = 0;
    }
}

extern "C" cudaError_t
lloyd_cuda_splat_clear (LloydSplatPixel *pixels_dev, size_t n, cudaStream_t stream)
{
  LLOYD_LAUNCH (clear_kernel, n, stream, pixels_dev, n);
  return cudaGetLastError ();
}

__global__ static void
rows_kernel (LloydCudaSplatMap map,
             LloydCudaSplatRows rows,
             size_t first,
             size_t count,
             LloydSplatPixel *pixels)
{
  const unsigned int outside = map.width * map.height;
  for (size_t i = lloyd_first_index (); i < count; i += lloyd_index_step ())
    {
      size_t row = first + i;
      const float *x = rows.x_dev + row * rows.d;
      unsigned int hash = lloyd_splat_hash (rows.numbers_dev != NULL ? rows.numbers_dev[row] : row);
      if (hash < rows.first_hash || hash > rows.last_hash)
        continue;
      double across =
          lloyd_splat_place (x, map.columns_dev, map.across_dev, map.n_terms, map.across_start);
      double down =
          lloyd_splat_place (x, map.columns_dev, map.down_dev, map.n_terms, map.down_start);
      unsigned int at = lloyd_splat_at (across, down, map.width, map.height, outside);
      if (at == outside)
        continue;
      unsigned long long key = lloyd_splat_key (hash, rows.labels_dev[row]);
      /* Keys only shrink: an old one that is small enough needs no atomic. */
      if (key < pixels[at].key)
        atomicMin ((unsigned long long *) &pixels[at].key, key);
      atomicAdd ((unsigned long long *) &pixels[at].count, 1ULL);
    }
}

extern "C" cudaError_t
lloyd_cuda_splat_rows (LloydCudaSplatMap map,
                       LloydCudaSplatRows rows,
                       size_t first,
                       size_t count,
                       LloydSplatPixel *pixels_dev,
                       cudaStream_t stream)
{
  LLOYD_LAUNCH (rows_kernel, count, stream, map, rows, first, count, pixels_dev);
  return cudaGetLastError ();
}

/* ---- colours ------------------------------------------------------------------------------- */

__device__ static inline LloydSplatPixel
look (const LloydCudaSplatShade &shade,
      const LloydSplatPixel *pixels,
      const LloydCudaSplatTones *tones,
      size_t i)
{
  unsigned int side = lloyd_splat_side (tones->n_seen, (size_t) shade.width * shade.height,
                                        shade.least_side, shade.largest_side);
  if (side == 1)
    return pixels[i];
  return lloyd_splat_around (pixels, shade.width, shade.height, (unsigned int) (i % shade.width),
                             (unsigned int) (i / shade.width), side);
}

__global__ static void
sum_kernel (const LloydSplatPixel *pixels, size_t n, LloydCudaSplatTones *tones)
{
  unsigned long long sum = 0;
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    sum += pixels[i].count;
  lloyd_cuda_gather_sum (&tones->n_seen, sum);
}

/* Each block counts by itself first: most pixels are at a few levels. */
__global__ static void
count_kernel (LloydCudaSplatShade shade, const LloydSplatPixel *pixels, LloydCudaSplatTones *tones)
{
  LLOYD_SHARED (unsigned int, n_at);
  size_t n = (size_t) shade.width * shade.height;
  for (unsigned int level = threadIdx.x; level < LLOYD_SPLAT_LEVELS; level += blockDim.x)
    n_at[level] = 0;
  __syncthreads ();
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    {
      unsigned long long count = look (shade, pixels, tones, i).count;
      if (count > 0)
        atomicAdd (&n_at[lloyd_splat_level (count)], 1u);
    }
  __syncthreads ();
  for (unsigned int level = threadIdx.x; level < LLOYD_SPLAT_LEVELS; level += blockDim.x)
    if (n_at[level] != 0)
      atomicAdd (&tones->n_at[level], (unsigned long long) n_at[level]);
}

__global__ static void
tones_kernel (LloydTone tone, unsigned int weakest, LloydCudaSplatTones *tones)
{
  for (size_t i = lloyd_first_index (); i < 1; i += lloyd_index_step ())
    lloyd_splat_make_tones (tone, (const uint64_t *) tones->n_at, weakest, tones->strength);
}

__global__ static void
colour_kernel (LloydCudaSplatShade shade,
               const LloydSplatPixel *pixels,
               const LloydCudaSplatTones *tones,
               unsigned int *out)
{
  size_t n = (size_t) shade.width * shade.height;
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    out[i] = lloyd_splat_colour (look (shade, pixels, tones, i), shade.colours_dev, shade.n_colours,
                                 shade.background, tones->strength);
}

extern "C" cudaError_t
lloyd_cuda_splat_shade (LloydCudaSplatShade shade,
                        const LloydSplatPixel *pixels_dev,
                        LloydCudaSplatTones *tones_dev,
                        unsigned int *out_dev,
                        cudaStream_t stream)
{
  size_t n = (size_t) shade.width * shade.height;
  LLOYD_LAUNCH_TOGETHER (sum_kernel, n, 0, stream, pixels_dev, n, tones_dev);
  cudaError_t code = cudaGetLastError ();
  if (code != cudaSuccess)
    return code;
  LLOYD_LAUNCH_TOGETHER (count_kernel, n, LLOYD_SPLAT_LEVELS * sizeof (unsigned int), stream, shade,
                         pixels_dev, tones_dev);
  code = cudaGetLastError ();
  if (code != cudaSuccess)
    return code;
  LLOYD_LAUNCH (tones_kernel, 1, stream, shade.tone, shade.weakest, tones_dev);
  code = cudaGetLastError ();
  if (code != cudaSuccess)
    return code;
  LLOYD_LAUNCH (colour_kernel, n, stream, shade, pixels_dev, tones_dev, out_dev);
  return cudaGetLastError ();
}

/* ---- labels -------------------------------------------------------------------------------- */

__global__ static void
pick_labels_kernel (const int *labels, const size_t *rows, size_t n, unsigned short *out)
{
  for (size_t i = lloyd_first_index (); i < n; i += lloyd_index_step ())
    {
      int label = labels[rows[i]];
      out[i] = (unsigned short) (label < 0 ? 65535 : label % 65535);
    }
}

extern "C" cudaError_t
lloyd_cuda_pick_labels (const int *labels_dev,
                        const size_t *rows_dev,
                        size_t n,
                        unsigned short *out_dev,
                        cudaStream_t stream)
{
  LLOYD_LAUNCH (pick_labels_kernel, n, stream, labels_dev, rows_dev, n, out_dev);
  return cudaGetLastError ();
}
