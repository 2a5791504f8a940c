/* Kernels that do nothing but multiply or read, to see what a device can do at most. */
#pragma once

#include <cuda_runtime_api.h>
#include <stddef.h>

/* Threads of a block of these kernels, and blocks for each multiprocessor: as many as any can have
 * at a time. */
#define LLOYD_CUDA_CEILING_THREADS 256
#define LLOYD_CUDA_CEILING_BLOCKS 4
/* What a warp, or four of them, add and multiply in a round of float16, and a thread in a round of
 * float32. */
#define LLOYD_CUDA_CEILING_TILES 8
#define LLOYD_CUDA_CEILING_SUMS 16
/* Words that a thread reads in a turn of all threads. */
#define LLOYD_CUDA_CEILING_READS 4

#ifdef __cplusplus
extern "C"
{
#endif

  /* So many rounds: of products of tiles of 16 x 8 x 16 in float16, of products in float32, of
   * reading n_words words of 16 bytes,
   * which are whole turns and all zero. `sink_dev` is one number that nobody reads. */
  cudaError_t lloyd_cuda_multiply_halves (unsigned int rounds,
                                          unsigned int n_blocks,
                                          float *sink_dev,
                                          cudaStream_t stream);
  /* The same by wgmma, for four warps together tiles of 64 x 64 x 16; of sm_90a alone. */
  cudaError_t lloyd_cuda_multiply_wgmma (unsigned int rounds,
                                         unsigned int n_blocks,
                                         float *sink_dev,
                                         cudaStream_t stream);
  cudaError_t lloyd_cuda_multiply_floats (unsigned int rounds,
                                          unsigned int n_blocks,
                                          float *sink_dev,
                                          cudaStream_t stream);
  cudaError_t lloyd_cuda_read_words (unsigned int rounds,
                                     unsigned int n_blocks,
                                     const void *words_dev,
                                     size_t n_words,
                                     float *sink_dev,
                                     cudaStream_t stream);

#ifdef __cplusplus
}
#endif
