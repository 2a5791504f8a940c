/* Nothing but products, and nothing but reading: what a device can do at most. */
#include "compute/backends/cuda/ceilings-kernels.h"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/warp.cuh"

/* Sums that do not wait for each other. All is zero, which no device is slow with, and which who
 * translates this does not know. */
__global__ static void
halves_kernel (unsigned int rounds, unsigned int pair, float *sink)
{
  float c[LLOYD_CUDA_CEILING_TILES][4] = {};
  const unsigned int a[4] = { pair, pair, pair, pair }, b[2] = { pair, pair };
  float sum = 0.0f;

  for (unsigned int round = 0; round < rounds; round++)
    {
#pragma unroll
      for (unsigned int i = 0; i < LLOYD_CUDA_CEILING_TILES; i++)
        lloyd_mma (c[i], a, b);
    }
  for (unsigned int i = 0; i < LLOYD_CUDA_CEILING_TILES; i++)
    sum += c[i][0] + c[i][1] + c[i][2] + c[i][3];
  if (sum != 0.0f)
    *sink = sum;
}

__global__ static void
floats_kernel (unsigned int rounds, float factor, float term, float *sink)
{
  float sums[LLOYD_CUDA_CEILING_SUMS];
  float sum = 0.0f;

  /* Each thread its own: what is the same in all is done once for a warp by some devices. */
  for (unsigned int i = 0; i < LLOYD_CUDA_CEILING_SUMS; i++)
    sums[i] = term * (float) (threadIdx.x + i);
  for (unsigned int round = 0; round < rounds; round++)
    {
#pragma unroll
      for (unsigned int i = 0; i < LLOYD_CUDA_CEILING_SUMS; i++)
        sums[i] = fmaf (sums[i], factor, term);
    }
  for (unsigned int i = 0; i < LLOYD_CUDA_CEILING_SUMS; i++)
    sum += sums[i];
  if (sum != 0.0f)
    *sink = sum;
}

__global__ static void
read_kernel (unsigned int rounds, const uint4 *words, size_t n_words, float *sink)
{
  unsigned int sum = 0;
  size_t step = lloyd_index_step ();

  for (unsigned int round = 0; round < rounds; round++)
    for (size_t i = lloyd_first_index (); i < n_words; i += LLOYD_CUDA_CEILING_READS * step)
      {
        uint4 read[LLOYD_CUDA_CEILING_READS];
#pragma unroll
        for (unsigned int j = 0; j < LLOYD_CUDA_CEILING_READS; j++)
          read[j] = words[i + j * step];
#pragma unroll
        for (unsigned int j = 0; j < LLOYD_CUDA_CEILING_READS; j++)
          sum |= read[j].x | read[j].y | read[j].z | read[j].w;
      }
  if (sum != 0)
    *sink = (float) sum;
}

extern "C" cudaError_t
lloyd_cuda_multiply_halves (unsigned int rounds,
                            unsigned int n_blocks,
                            float *sink_dev,
                            cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (halves_kernel, n_blocks, LLOYD_CUDA_CEILING_THREADS, 0, stream, rounds, 0,
                       sink_dev);
  return cudaGetLastError ();
}

extern "C" cudaError_t
lloyd_cuda_multiply_floats (unsigned int rounds,
                            unsigned int n_blocks,
                            float *sink_dev,
                            cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (floats_kernel, n_blocks, LLOYD_CUDA_CEILING_THREADS, 0, stream, rounds, 1.0f,
                       0.0f, sink_dev);
  return cudaGetLastError ();
}

extern "C" cudaError_t
lloyd_cuda_read_words (unsigned int rounds,
                       unsigned int n_blocks,
                       const void *words_dev,
                       size_t n_words,
                       float *sink_dev,
                       cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (read_kernel, n_blocks, LLOYD_CUDA_CEILING_THREADS, 0, stream, rounds,
                       static_cast<const uint4 *> (words_dev), n_words, sink_dev);
  return cudaGetLastError ();
}
