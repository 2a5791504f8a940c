/* What kernels need to compile as plain C++. */
#pragma once

#include "cuda_runtime_api.h"

#define __global__
#define __device__
#define __host__

struct FakeIndex
{
  unsigned int x;
};

extern FakeIndex blockIdx, blockDim, gridDim, threadIdx;

static inline unsigned long long
atomicAdd (unsigned long long *at, unsigned long long v)
{
  unsigned long long before = *at;
  *at += v;
  return before;
}

static inline unsigned long long
atomicMax (unsigned long long *at, unsigned long long v)
{
  unsigned long long before = *at;
  *at = v > before ? v : before;
  return before;
}

static inline unsigned long long
atomicMin (unsigned long long *at, unsigned long long v)
{
  unsigned long long before = *at;
  *at = v < before ? v : before;
  return before;
}
