/* Blocks of threads without a GPU: each thread is a fiber, and all run in turn on the one thread of
 * the host. What threads of a warp or a block do together works as CUDA documents it; a block that
 * waits for ever is found and ends the test. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

#define FAKE_WARP 32

  struct FakeIndex
  {
    unsigned int x;
  };

  extern struct FakeIndex blockIdx, blockDim, gridDim, threadIdx;

  /* Runs `body` on each thread of each block, one block after another, the last first, with that
   * many bytes of shared memory, which hold no zeros at first and have guards round them.
   * `n_threads` is whole warps. */
  void fake_run_blocks (unsigned int n_blocks,
                        unsigned int n_threads,
                        size_t shared,
                        void (*body) (void *),
                        void *data);

  /* The shared memory of the block that runs. */
  void *fake_shared (void);

  /* Waits for all threads of the block. */
  void fake_block_barrier (void);

  /* Gives `bytes` (at most 32) to the warp and waits for all of it; returns what each lane gave, at
   * a stride of 32 bytes. It stays until the exchange after the next one. */
  const uint8_t *fake_exchange (const void *mine, size_t bytes);

  /* What a matrix unit that is off adds to each product. */
  extern float fake_matrix_error;

  /* Copies of 16 bytes that the running thread does not wait for: they are made when it waits for
   * their group, and groups are closed by a commit. */
  void fake_copy_later (void *to, const void *from);
  void fake_copy_commit (void);
  void fake_copy_wait (unsigned int n_left);

#ifdef __cplusplus
}
#endif
