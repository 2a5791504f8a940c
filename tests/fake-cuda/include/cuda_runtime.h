/* What kernels need to compile as plain C++; names as CUDA documents them. */
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "cuda_runtime_api.h"
#include "tests/fake-cuda/fibers.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
/* One block at a time: what is static in a kernel is the block's. */
#define __shared__ static

struct alignas (8) uint2
{
  unsigned int x, y;
};

struct alignas (16) float4
{
  float x, y, z, w;
};

struct alignas (16) uint4
{
  unsigned int x, y, z, w;
};

/* ---- atomics ------------------------------------------------------------------------------- */

/* One thread runs at a time, so that nothing comes between; a sanitizer must know that they may
 * meet. */
template <typename T>
static inline T
fake_look (T *at)
{
  return __atomic_load_n (at, __ATOMIC_RELAXED);
}

template <typename T>
static inline T
fake_put (T *at, T before, T v)
{
  __atomic_store_n (at, v, __ATOMIC_RELAXED);
  return before;
}

template <typename T>
static inline T
atomicAdd (T *at, T v)
{
  T before = fake_look (at);
  return fake_put (at, before, (T) (before + v));
}

template <typename T>
static inline T
atomicMax (T *at, T v)
{
  T before = fake_look (at);
  return fake_put (at, before, v > before ? v : before);
}

template <typename T>
static inline T
atomicMin (T *at, T v)
{
  T before = fake_look (at);
  return fake_put (at, before, v < before ? v : before);
}

template <typename T>
static inline T
atomicCAS (T *at, T expected, T v)
{
  T before = fake_look (at);
  return fake_put (at, before, before == expected ? v : before);
}

static inline void
__threadfence (void)
{
}

/* ---- threads together ---------------------------------------------------------------------- */

static inline void
__syncthreads (void)
{
  fake_block_barrier ();
}

/* Only whole warps come together. */
#define FAKE_ALL_LANES 0xFFFFFFFFu

static inline void
fake_check_mask (unsigned int mask)
{
  if (mask != FAKE_ALL_LANES)
    __builtin_trap ();
}

static inline void
__syncwarp (unsigned int mask = FAKE_ALL_LANES)
{
  fake_check_mask (mask);
  fake_exchange (FAKE_SYNC, &mask, 1);
}

template <typename T>
static inline T
fake_lane (T v, unsigned int lane)
{
  T other;
  memcpy (&other, fake_exchange (FAKE_SHUFFLE, &v, sizeof v) + 32 * (lane % FAKE_WARP),
          sizeof other);
  return other;
}

template <typename T>
static inline T
__shfl_sync (unsigned int mask, T v, unsigned int lane)
{
  fake_check_mask (mask);
  return fake_lane (v, lane);
}

template <typename T>
static inline T
__shfl_xor_sync (unsigned int mask, T v, unsigned int flips)
{
  fake_check_mask (mask);
  return fake_lane (v, threadIdx.x % FAKE_WARP ^ flips);
}

static inline unsigned int
__ballot_sync (unsigned int mask, int predicate)
{
  fake_check_mask (mask);
  uint8_t mine = predicate != 0;
  const uint8_t *all = fake_exchange (FAKE_VOTE, &mine, 1);
  unsigned int ballot = 0;
  for (unsigned int i = 0; i < FAKE_WARP; i++)
    ballot |= (unsigned int) all[32 * i] << i;
  return ballot;
}

static inline int
__any_sync (unsigned int mask, int predicate)
{
  return __ballot_sync (mask, predicate) != 0;
}

template <typename T>
static inline T
min (T a, T b)
{
  return a < b ? a : b;
}

/* ---- bits ---------------------------------------------------------------------------------- */

static inline int
__popc (unsigned int v)
{
  return __builtin_popcount (v);
}

static inline int
__ffs (int v)
{
  return __builtin_ffs (v);
}

static inline unsigned int
__float_as_uint (float v)
{
  unsigned int bits;
  memcpy (&bits, &v, sizeof bits);
  return bits;
}

static inline float
__uint_as_float (unsigned int bits)
{
  float v;
  memcpy (&v, &bits, sizeof v);
  return v;
}

static inline unsigned long long
__umul64hi (unsigned long long a, unsigned long long b)
{
  return (unsigned long long) ((unsigned __int128) a * b >> 64);
}
