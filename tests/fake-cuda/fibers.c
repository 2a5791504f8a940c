#include "tests/fake-cuda/fibers.h"

#include <glib.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <ucontext.h>

/* Jumps are fast; the address sanitizer follows contexts only. */
#if defined(__SANITIZE_ADDRESS__)
#define FOLLOWED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FOLLOWED 1
#endif
#endif
#ifndef FOLLOWED
#define FOLLOWED 0
#endif

/* The thread sanitizer takes each fiber for a thread, and knows what barriers order: whatever
 * threads of a block share without one is found. This file itself is hidden from it. */
#ifdef TEST_RACES
#undef FOLLOWED
#define FOLLOWED 1
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_acquire(at) ((void) (at))
#define __tsan_release(at) ((void) (at))
#define __tsan_create_fiber(flags) NULL
#define __tsan_get_current_fiber() NULL
#define __tsan_switch_to_fiber(fiber, flags) ((void) (fiber))
#define __tsan_switch_to_fiber_no_sync 1
#endif

#define MAX_THREADS 1024
#define STACK_BYTES ((size_t) 64 << 10)
#define WARPGROUP 128
#define SLOT_BYTES 32
#define GUARD_BYTES 64
/* What the first dimension of a grid may be. */
#define MAX_BLOCKS 0x7FFFFFFFu
/* Where the shared memory of a block begins, as PTX sees it. */
#define SHARED_BASE 1024u

typedef enum
{
  RUNNING,
  AT_WARP,
  AT_BLOCK,
  DONE,
} State;

/* 16 bytes on their way, and which group of the thread's copies they are in. */
typedef struct
{
  void *to;
  const void *from;
  unsigned int group;
} Copy;

/* Sums on their way into registers. */
typedef struct
{
  float *to;
  unsigned int group;
  float sums[FAKE_PRODUCT_RESULTS];
} Product;

/* 16 bytes that a product under way reads. */
typedef struct
{
  const void *from;
  unsigned int group;
  guint8 bytes[16];
} Watch;

typedef struct
{
  ucontext_t context;
  jmp_buf at;
  State state;
  /* What it has come to the warp for. */
  FakeMeeting meeting;
  gboolean is_created;
  gboolean has_begun;
  /* What the thread sanitizer knows it by. */
  void *seen;
  /* Which of the two buffers of its warp the next exchange uses, and of the block's barriers. */
  unsigned int turn;
  unsigned int block_turn;
  unsigned int n_groups;
  GArray *copies;
  gboolean has_unpublished;
  /* Products, how many there were, groups of them. */
  GArray *products;
  GArray *watches;
  gboolean is_fenced;
  unsigned int n_products;
  unsigned int n_product_groups;
} Fiber;

struct FakeIndex blockIdx, blockDim, gridDim, threadIdx;

float fake_matrix_error, fake_wgmma_error;
double fake_mma_us, fake_wgmma_us, fake_clock_us;

void
fake_spend (double us)
{
  fake_clock_us += us;
}

static struct
{
  Fiber *fibers;
  guint8 *stacks;
  guint8 *slots;
  guint8 *shared;
  size_t shared_bytes;
  size_t allowed;
  unsigned int n;
  unsigned int running;
  void (*body) (void *);
  void *data;
  /* Where the order of threads is drawn from. */
  guint32 random;
  void *seen_home;
  char warp_barriers[MAX_THREADS / FAKE_WARP][2];
  char block_barriers[2];
  char start;
  char end;
  ucontext_t home;
  jmp_buf scheduler;
} fake;

/* Leaves a fiber for the scheduler; returns when the fiber goes on. */
static void
leave (Fiber *fiber)
{
  __tsan_switch_to_fiber (fake.seen_home, __tsan_switch_to_fiber_no_sync);
  if (FOLLOWED)
    swapcontext (&fiber->context, &fake.home);
  else if (_setjmp (fiber->at) == 0)
    _longjmp (fake.scheduler, 1);
}

/* What a fiber does all its life: a thread of one block after another. */
static void
begin (void)
{
  for (;;)
    {
      __tsan_acquire (&fake.start);
      fake.body (fake.data);
      __tsan_release (&fake.end);
      fake.fibers[fake.running].state = DONE;
      leave (&fake.fibers[fake.running]);
    }
}

/* Runs a fiber until it waits or ends. */
static void
resume (unsigned int index)
{
  Fiber *fiber = &fake.fibers[index];
  fake.running = index;
  threadIdx.x = index;
  __tsan_switch_to_fiber (fiber->seen, __tsan_switch_to_fiber_no_sync);
  if (FOLLOWED)
    {
      swapcontext (&fake.home, &fiber->context);
      return;
    }
  if (_setjmp (fake.scheduler) != 0)
    return;
  if (fiber->has_begun)
    _longjmp (fiber->at, 1);
  fiber->has_begun = TRUE;
  setcontext (&fiber->context);
}

/* Goes to the scheduler; returns when what is waited for has come. */
static void
wait (State state, char *barrier)
{
  Fiber *fiber = &fake.fibers[fake.running];
  fiber->state = state;
  __tsan_release (barrier);
  leave (fiber);
  __tsan_acquire (barrier);
}

void *
fake_shared (void)
{
  return fake.shared + GUARD_BYTES;
}

void
fake_block_barrier (void)
{
  Fiber *fiber = &fake.fibers[fake.running];
  fiber->block_turn = !fiber->block_turn;
  wait (AT_BLOCK, &fake.block_barriers[fiber->block_turn]);
}

const uint8_t *
fake_exchange (FakeMeeting meeting, const void *mine, size_t bytes)
{
  Fiber *fiber = &fake.fibers[fake.running];
  unsigned int lane = fake.running % FAKE_WARP, warp = fake.running / FAKE_WARP;
  guint8 *slots = fake.slots + (2 * warp + fiber->turn) * FAKE_WARP * SLOT_BYTES;

  g_assert_cmpuint (bytes, <=, SLOT_BYTES);
  memcpy (slots + lane * SLOT_BYTES, mine, bytes);
  fiber->turn = !fiber->turn;
  fiber->meeting = meeting;
  wait (AT_WARP, &fake.warp_barriers[warp][fiber->turn]);
  return slots;
}

static gboolean
are_all (unsigned int first, unsigned int count, State state)
{
  for (unsigned int i = first; i < first + count; i++)
    if (fake.fibers[i].state != state)
      return FALSE;
  return TRUE;
}

static void
release (unsigned int first, unsigned int count)
{
  for (unsigned int i = first; i < first + count; i++)
    fake.fibers[i].state = RUNNING;
}

/* The order of threads, which is nobody's to count on: another one by another seed of the test. */
static guint32
draw (void)
{
  while (fake.random == 0)
    fake.random = g_test_initialized () ? (guint32) g_test_rand_int () : 1;
  fake.random ^= fake.random << 13;
  fake.random ^= fake.random >> 17;
  fake.random ^= fake.random << 5;
  return fake.random;
}

/* Whether a warp that has come together goes on; all its lanes must have come for the same. */
static gboolean
release_warp (unsigned int first)
{
  if (!are_all (first, FAKE_WARP, AT_WARP))
    return FALSE;
  for (unsigned int i = 1; i < FAKE_WARP; i++)
    g_assert_cmpint (fake.fibers[first + i].meeting, ==, fake.fibers[first].meeting);
  release (first, FAKE_WARP);
  return TRUE;
}

/* Runs warps, each for some time; FALSE once no thread could move. */
static gboolean
run_round (void)
{
  unsigned int n_warps = fake.n / FAKE_WARP, start = draw () % n_warps, back = draw () & 1;
  gboolean has_moved = FALSE;
  for (unsigned int w = 0; w < n_warps; w++)
    {
      unsigned int first = (start + (back ? n_warps - w : w)) % n_warps * FAKE_WARP;
      unsigned int order = draw ();
      do
        for (unsigned int i = 0; i < FAKE_WARP; i++)
          {
            /* An odd factor: each lane once. */
            unsigned int index = first + (i * (order | 1) + (order >> 8)) % FAKE_WARP;
            if (fake.fibers[index].state != RUNNING)
              continue;
            has_moved = TRUE;
            resume (index);
          }
      while (release_warp (first) && (order = draw ()) % 4 != 0);
    }
  return has_moved;
}

/* A new fiber, on a stack of its own. */
static void
create (Fiber *fiber)
{
  getcontext (&fiber->context);
  fiber->context.uc_stack.ss_sp = fake.stacks + (fiber - fake.fibers) * (ptrdiff_t) STACK_BYTES;
  fiber->context.uc_stack.ss_size = STACK_BYTES;
  fiber->context.uc_link = NULL;
  makecontext (&fiber->context, begin, 0);
  fiber->seen = __tsan_create_fiber (0);
  fiber->is_created = TRUE;
}

static void
run_block (void)
{
  for (unsigned int i = 0; i < fake.n; i++)
    {
      Fiber *fiber = &fake.fibers[i];
      if (!fiber->is_created)
        create (fiber);
      g_clear_pointer (&fiber->copies, g_array_unref);
      fiber->state = RUNNING;
      fiber->turn = fiber->block_turn = fiber->n_groups = 0;
      fiber->has_unpublished = fiber->is_fenced = FALSE;
      fiber->n_products = fiber->n_product_groups = 0;
    }
  while (!are_all (0, fake.n, DONE))
    {
      gboolean has_moved = run_round ();
      if (are_all (0, fake.n, AT_BLOCK))
        release (0, fake.n);
      else
        /* Else a thread waits for one that will never come. */
        g_assert_true (has_moved);
    }
  for (unsigned int i = 0; i < fake.n; i++)
    {
      g_assert_true (fake.fibers[i].products == NULL || fake.fibers[i].products->len == 0);
      g_assert_cmpuint (fake.fibers[i].n_products, ==,
                        fake.fibers[i / WARPGROUP * WARPGROUP].n_products);
    }
}

void
fake_run_blocks (
    unsigned int n_blocks, unsigned int n_threads, size_t shared, void (*body) (void *), void *data)
{
  g_assert_cmpuint (n_blocks - 1, <, MAX_BLOCKS);
  g_assert_cmpuint (n_threads, <=, MAX_THREADS);
  g_assert_cmpuint (n_threads % FAKE_WARP, ==, 0);
  if (fake.fibers == NULL)
    {
      fake.fibers = g_new0 (Fiber, MAX_THREADS);
      fake.stacks = g_malloc (MAX_THREADS * STACK_BYTES);
      fake.slots = g_malloc ((size_t) 2 * MAX_THREADS * SLOT_BYTES);
    }
  g_assert_cmpuint (shared, <=, MAX (fake.allowed, FAKE_FREE_SHARED));
  fake.allowed = 0;
  fake.shared_bytes = shared;
  fake.n = n_threads;
  fake.body = body;
  fake.data = data;
  fake.seen_home = __tsan_get_current_fiber ();
  gridDim.x = n_blocks;
  blockDim.x = n_threads;
  for (unsigned int block = n_blocks; block-- > 0;)
    {
      blockIdx.x = block;
      fake.shared = g_malloc (shared + 2 * GUARD_BYTES);
      memset (fake.shared, 0xA5, shared + 2 * GUARD_BYTES);
      __tsan_release (&fake.start);
      run_block ();
      __tsan_acquire (&fake.end);
      for (size_t i = 0; i < GUARD_BYTES; i++)
        {
          g_assert_cmphex (fake.shared[i], ==, 0xA5);
          g_assert_cmphex (fake.shared[GUARD_BYTES + shared + i], ==, 0xA5);
        }
      g_free (fake.shared);
    }
}

/* ---- copies that come late ----------------------------------------------------------------- */

void
fake_copy_later (void *to, const void *from)
{
  Fiber *fiber = &fake.fibers[fake.running];
  Copy copy = { to, from, fiber->n_groups };
  g_assert_cmpuint (((guintptr) to | (guintptr) from) % 16, ==, 0);
  if (fiber->copies == NULL)
    fiber->copies = g_array_new (FALSE, FALSE, sizeof (Copy));
  g_array_append_val (fiber->copies, copy);
  /* Until then anything may lie there: whoever still reads what was there before is found out. */
  memset (to, 0xA5, 16);
}

void
fake_copy_commit (void)
{
  fake.fibers[fake.running].n_groups++;
}

void
fake_copy_wait (unsigned int n_left)
{
  Fiber *fiber = &fake.fibers[fake.running];
  unsigned int n_done = 0;
  while (fiber->copies != NULL && n_done < fiber->copies->len)
    {
      const Copy *copy = &g_array_index (fiber->copies, Copy, n_done);
      if (copy->group + n_left >= fiber->n_groups)
        break;
      memcpy (copy->to, copy->from, 16);
      n_done++;
    }
  if (n_done > 0)
    g_array_remove_range (fiber->copies, 0, n_done);
  fiber->has_unpublished |= n_done > 0;
}

void
fake_copy_publish (void)
{
  fake.fibers[fake.running].has_unpublished = FALSE;
}

/* ---- shared memory ------------------------------------------------------------------------- */

void
fake_allow_shared (size_t bytes)
{
  g_assert_cmpuint (bytes, <=, FAKE_MOST_SHARED);
  fake.allowed = bytes;
}

unsigned int
fake_shared_address (const void *shared)
{
  return SHARED_BASE + (unsigned int) ((const guint8 *) shared - (guint8 *) fake_shared ());
}

const uint8_t *
fake_shared_at (unsigned int address, size_t bytes)
{
  g_assert_cmpuint (address, >=, SHARED_BASE);
  g_assert_cmpuint (address - SHARED_BASE + bytes, <=, fake.shared_bytes);
  return (const guint8 *) fake_shared () + (address - SHARED_BASE);
}

/* ---- products that come late --------------------------------------------------------------- */

void
fake_product_fence (void)
{
  fake.fibers[fake.running].is_fenced = TRUE;
}

float *
fake_product_begin (float *c, int is_first)
{
  Fiber *fiber = &fake.fibers[fake.running];
  Product *product = NULL;

  g_assert_true (fiber->is_fenced && !fiber->has_unpublished);
  if (fiber->products == NULL)
    {
      fiber->products = g_array_new (FALSE, TRUE, sizeof (Product));
      fiber->watches = g_array_new (FALSE, TRUE, sizeof (Watch));
    }
  fiber->n_products++;
  for (guint i = 0; i < fiber->products->len && product == NULL; i++)
    if (g_array_index (fiber->products, Product, i).to == c)
      product = &g_array_index (fiber->products, Product, i);
  if (product == NULL)
    {
      g_array_set_size (fiber->products, fiber->products->len + 1);
      product = &g_array_index (fiber->products, Product, fiber->products->len - 1);
      product->to = c;
      memcpy (product->sums, c, sizeof product->sums);
    }
  product->group = fiber->n_product_groups;
  for (guint i = 0; i < FAKE_PRODUCT_RESULTS; i++)
    {
      product->sums[i] = is_first ? 0.0f : product->sums[i];
      c[i] = NAN;
    }
  return product->sums;
}

void
fake_product_watch (const void *from, size_t bytes)
{
  Fiber *fiber = &fake.fibers[fake.running];
  Watch watch = { from, fiber->n_product_groups, { 0 } };
  g_assert_cmpuint (bytes, ==, sizeof watch.bytes);
  memcpy (watch.bytes, from, bytes);
  g_array_append_val (fiber->watches, watch);
}

void
fake_product_commit (void)
{
  fake.fibers[fake.running].n_product_groups++;
}

void
fake_product_wait (unsigned int n_left, const float *c)
{
  Fiber *fiber = &fake.fibers[fake.running];
  guint kept = 0;

  fiber->is_fenced = FALSE;
  for (guint i = 0; i < fiber->watches->len; i++)
    {
      const Watch *watch = &g_array_index (fiber->watches, Watch, i);
      if (watch->group + n_left >= fiber->n_product_groups)
        g_array_index (fiber->watches, Watch, kept++) = *watch;
      else
        g_assert_cmpmem (watch->from, sizeof watch->bytes, watch->bytes, sizeof watch->bytes);
    }
  g_array_set_size (fiber->watches, kept);
  for (guint i = fiber->products->len; i-- > 0;)
    {
      const Product *product = &g_array_index (fiber->products, Product, i);
      if (product->group + n_left < fiber->n_product_groups)
        {
          memcpy (product->to, product->sums, sizeof product->sums);
          g_array_remove_index (fiber->products, i);
        }
    }
  for (guint i = 0; i < fiber->products->len; i++)
    g_assert_true (g_array_index (fiber->products, Product, i).to != c);
}
