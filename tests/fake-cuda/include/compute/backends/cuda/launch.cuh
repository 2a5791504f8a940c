/* Launching without a GPU: blocks of one thread each, one after another, the last first. */
#pragma once

#include "cuda_runtime.h"

#define FAKE_BLOCKS 7

#define LLOYD_LAUNCH(kernel, count, stream, ...)                                                   \
  do                                                                                               \
    {                                                                                              \
      (void) (count);                                                                              \
      (void) (stream);                                                                             \
      gridDim.x = FAKE_BLOCKS;                                                                     \
      blockDim.x = 1;                                                                              \
      threadIdx.x = 0;                                                                             \
      for (unsigned int block = FAKE_BLOCKS; block-- > 0;)                                         \
        {                                                                                          \
          blockIdx.x = block;                                                                      \
          kernel (__VA_ARGS__);                                                                    \
        }                                                                                          \
    }                                                                                              \
  while (0)

static inline size_t
lloyd_first_index (void)
{
  return (size_t) blockIdx.x * blockDim.x + threadIdx.x;
}

static inline size_t
lloyd_index_step (void)
{
  return (size_t) gridDim.x * blockDim.x;
}
