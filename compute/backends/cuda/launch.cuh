/* How a kernel is started, and where a thread finds itself. */
#pragma once

#include <cuda_runtime.h>

/* Keeps the name of the kernel that this thread started last, for errors that come later; see
 * cuda-private.h. */
extern "C" void lloyd_cuda_note_kernel (const char *kernel);

/* A parameter of a kernel whose address may be taken without a copy of it. */
#define LLOYD_CONSTANT __grid_constant__

/* Starts a kernel over about `count` threads and returns the launch's error. */
#define LLOYD_LAUNCH(kernel, count, stream, ...)                                                   \
  do                                                                                               \
    {                                                                                              \
      lloyd_cuda_note_kernel (#kernel);                                                            \
      kernel<<<lloyd_blocks (count), LLOYD_BLOCK_THREADS, 0, stream>>> (__VA_ARGS__);              \
    }                                                                                              \
  while (0)

/* Starts that many blocks of so many threads, with `shared` bytes of shared memory each. */
#define LLOYD_LAUNCH_BLOCKS(kernel, n_blocks, n_threads, shared, stream, ...)                      \
  do                                                                                               \
    {                                                                                              \
      lloyd_cuda_note_kernel (#kernel);                                                            \
      kernel<<<n_blocks, n_threads, shared, stream>>> (__VA_ARGS__);                               \
    }                                                                                              \
  while (0)

/* Starts a kernel over about `count` threads whose warps, or blocks, end with something in common:
 * no more blocks than are at work at a time on a large device. */
#define LLOYD_LAUNCH_TOGETHER(kernel, count, shared, stream, ...)                                  \
  LLOYD_LAUNCH_BLOCKS (kernel, lloyd_few_blocks (count), LLOYD_BLOCK_THREADS, shared, stream,      \
                       __VA_ARGS__)

/* In a kernel: the shared memory that the launch asked for. */
#define LLOYD_SHARED(type, name)                                                                   \
  extern __shared__ __align__ (16) unsigned char lloyd_shared_bytes[];                             \
  type *name = reinterpret_cast<type *> (lloyd_shared_bytes)

/* What any kernel may have of shared memory without asking. */
#define LLOYD_FREE_SHARED ((size_t) 48 << 10)

/* Asks that a kernel may be launched with so many bytes of shared memory. */
template <typename Kernel>
static inline cudaError_t
lloyd_allow_shared (Kernel *kernel, size_t bytes)
{
  return bytes <= LLOYD_FREE_SHARED
             ? cudaSuccess
             : cudaFuncSetAttribute (kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                     (int) bytes);
}

#define LLOYD_BLOCK_THREADS 256
/* Enough to fill any device many times over; threads stride over what is left. */
#define LLOYD_MAX_BLOCKS 65536
/* Enough to fill one. */
#define LLOYD_FEW_BLOCKS 1024u

static inline unsigned int
lloyd_blocks (size_t count)
{
  size_t blocks = (count + LLOYD_BLOCK_THREADS - 1) / LLOYD_BLOCK_THREADS;
  if (blocks < 1)
    return 1;
  return (unsigned int) (blocks < LLOYD_MAX_BLOCKS ? blocks : LLOYD_MAX_BLOCKS);
}

static inline unsigned int
lloyd_few_blocks (size_t count)
{
  unsigned int blocks = lloyd_blocks (count);
  return blocks < LLOYD_FEW_BLOCKS ? blocks : LLOYD_FEW_BLOCKS;
}

/* The first index of this thread, and the step to its next. */
__device__ static inline size_t
lloyd_first_index (void)
{
  return (size_t) blockIdx.x * blockDim.x + threadIdx.x;
}

__device__ static inline size_t
lloyd_index_step (void)
{
  return (size_t) gridDim.x * blockDim.x;
}
