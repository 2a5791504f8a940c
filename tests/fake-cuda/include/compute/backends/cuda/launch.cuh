/* Launching without a GPU. Kernels whose threads go alone run as blocks of one thread each, the
 * last first; blocks whose threads work together run as fibers. */
#pragma once

#include "cuda_runtime.h"

extern "C" void lloyd_cuda_note_kernel (const char *kernel);

#define LLOYD_CONSTANT

#define FAKE_BLOCKS 7

#define LLOYD_LAUNCH(kernel, count, stream, ...)                                                   \
  do                                                                                               \
    {                                                                                              \
      lloyd_cuda_note_kernel (#kernel);                                                            \
      (void) (count);                                                                              \
      fake_stream_use (stream);                                                                    \
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

template <typename Body>
static inline void
fake_launch (unsigned int n_blocks, unsigned int n_threads, size_t shared, Body body)
{
  fake_run_blocks (
      n_blocks, n_threads, shared, [] (void *data) { (*static_cast<Body *> (data)) (); }, &body);
}

#define LLOYD_LAUNCH_BLOCKS(kernel, n_blocks, n_threads, shared, stream, ...)                      \
  do                                                                                               \
    {                                                                                              \
      lloyd_cuda_note_kernel (#kernel);                                                            \
      fake_stream_use (stream);                                                                    \
      fake_launch (n_blocks, n_threads, shared, [&] { kernel (__VA_ARGS__); });                    \
    }                                                                                              \
  while (0)

/* So few threads that it takes no time. */
#define LLOYD_LAUNCH_TOGETHER(kernel, count, shared, stream, ...)                                  \
  do                                                                                               \
    {                                                                                              \
      (void) (count);                                                                              \
      LLOYD_LAUNCH_BLOCKS (kernel, 2, 64, shared, stream, __VA_ARGS__);                            \
    }                                                                                              \
  while (0)

#define LLOYD_SHARED(type, name) type *name = static_cast<type *> (fake_shared ())

template <typename Kernel>
static inline cudaError_t
lloyd_allow_shared (Kernel *kernel, size_t bytes)
{
  return bytes <= FAKE_FREE_SHARED
             ? cudaSuccess
             : cudaFuncSetAttribute (reinterpret_cast<const void *> (kernel),
                                     cudaFuncAttributeMaxDynamicSharedMemorySize, (int) bytes);
}

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
