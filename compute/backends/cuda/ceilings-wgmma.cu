/* Nothing but products of the matrix unit of sm_90a: what such a device can do at most. */
#include "compute/backends/cuda/ceilings-kernels.h"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/wgmma.cuh"

#define STEP_BYTES (2 * LLOYD_WGMMA_BLOCK_BYTES)
#define COLUMNS_BYTES (LLOYD_WGMMA_COLUMNS / 8 * STEP_BYTES)

/* Two sums in turn, and all is zero; as in ceilings.cu. */
__global__ static void
__launch_bounds__ (LLOYD_CUDA_CEILING_THREADS)
    products_kernel (unsigned int rounds, unsigned int pair, float *sink)
{
  LLOYD_SHARED (unsigned int, columns);
  float c[2][LLOYD_WGMMA_RESULTS] = {};
  unsigned int row[4] = { pair, pair, pair, pair };
  float sum = 0.0f;

  for (unsigned int i = threadIdx.x; i < COLUMNS_BYTES / 4; i += LLOYD_CUDA_CEILING_THREADS)
    columns[i] = pair;
  lloyd_wgmma_publish ();
  __syncthreads ();
  unsigned long long at = lloyd_wgmma_describe (columns, LLOYD_WGMMA_BLOCK_BYTES, STEP_BYTES);
  for (unsigned int round = 0; round < rounds; round++)
    {
      lloyd_wgmma_fence ();
#pragma unroll
      for (unsigned int i = 0; i < LLOYD_CUDA_CEILING_TILES; i++)
        lloyd_wgmma<false> (c[i % 2], row, at);
      lloyd_wgmma_commit ();
      lloyd_wgmma_wait<0> (c[0]);
      lloyd_wgmma_wait<0> (c[1]);
    }
  for (unsigned int i = 0; i < LLOYD_WGMMA_RESULTS; i++)
    sum += c[0][i] + c[1][i];
  if (sum != 0.0f)
    *sink = sum;
}

extern "C" cudaError_t
lloyd_cuda_multiply_wgmma (unsigned int rounds,
                           unsigned int n_blocks,
                           float *sink_dev,
                           cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (products_kernel, n_blocks, LLOYD_CUDA_CEILING_THREADS, COLUMNS_BYTES, stream,
                       rounds, 0, sink_dev);
  return cudaGetLastError ();
}
