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
   * `n_threads` is whole warps. Between barriers warps and lanes go on in an order that is drawn
   * from the seed of the test. */
  void fake_run_blocks (unsigned int n_blocks,
                        unsigned int n_threads,
                        size_t shared,
                        void (*body) (void *),
                        void *data);

  /* Before a launch in a stream, which must be of the device that was chosen: what was asked of it
   * before is done. */
  struct FakeStream;
  void fake_stream_use (struct FakeStream *stream);

  /* The shared memory of the block that runs. */
  void *fake_shared (void);

  /* Waits for all threads of the block. */
  void fake_block_barrier (void);

  /* What lanes of a warp come together for: all for the same. */
  typedef enum
  {
    FAKE_SYNC,
    FAKE_SHUFFLE,
    FAKE_VOTE,
    FAKE_PRODUCT,
    FAKE_GROUP_PRODUCT,
  } FakeMeeting;

  /* Gives `bytes` (at most 32) to the warp and waits for all of it; returns what each lane gave, at
   * a stride of 32 bytes. It stays until the exchange after the next one. */
  const uint8_t *fake_exchange (FakeMeeting meeting, const void *mine, size_t bytes);

  /* What a matrix unit that is off adds to each product, and how long the clock of events says that
   * an instruction takes a lane: of either unit. */
  extern float fake_matrix_error, fake_wgmma_error;
  extern double fake_mma_us, fake_wgmma_us, fake_clock_us;
  void fake_spend (double us);

  /* Copies of 16 bytes that the running thread does not wait for: they are made when it waits for
   * their group, and groups are closed by a commit. */
  void fake_copy_later (void *to, const void *from);
  void fake_copy_commit (void);
  void fake_copy_wait (unsigned int n_left);

  /* Lets the matrix unit see what copies have brought. */
  void fake_copy_publish (void);

  /* More shared memory than any block may have has to be allowed for the next launch. */
#define FAKE_FREE_SHARED ((size_t) 48 << 10)
#define FAKE_MOST_SHARED ((size_t) 227 << 10)
  void fake_allow_shared (size_t bytes);

  /* Addresses in shared memory as PTX has them; what lies at one, which must be the block's. */
  unsigned int fake_shared_address (const void *shared);
  const uint8_t *fake_shared_at (unsigned int address, size_t bytes);

  /* Products that the running thread does not wait for. Until they are waited for `c` is poisoned,
   * and what is watched must stay as it is; what begins needs a fence before it, and copies must
   * have been published. The four warps of a group all do the same. */
#define FAKE_PRODUCT_RESULTS 32
  void fake_product_fence (void);
  /* The sums that go on; they come to `c` in the end. */
  float *fake_product_begin (float *c, int is_first);
  void fake_product_watch (const void *from, size_t bytes);
  void fake_product_commit (void);
  /* Ends all but the last groups; those of `c` must be among them. */
  void fake_product_wait (unsigned int n_left, const float *c);

#ifdef __cplusplus
}
#endif
