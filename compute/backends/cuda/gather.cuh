/* What the lanes of a warp have found goes to memory as one: an atomic a lane, all at one address,
 * would take longer than what they did before. The whole warp calls. */
#pragma once

#include "compute/backends/cuda/warp.cuh"

/* Doubles that are not negative are ordered like their bits. */
__device__ static inline unsigned long long
lloyd_cuda_bits (double v)
{
  unsigned long long bits;
  memcpy (&bits, &v, sizeof bits);
  return bits;
}

/* Adds to a sum. */
__device__ static inline void
lloyd_cuda_gather_sum (unsigned long long *at, unsigned long long v)
{
  for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
    v += __shfl_xor_sync (LLOYD_ALL_LANES, v, step);
  if (threadIdx.x % LLOYD_WARP == 0 && v != 0)
    atomicAdd (at, v);
}

/* Lets the bits of a largest double grow; none is negative. */
__device__ static inline void
lloyd_cuda_gather_largest (unsigned long long *at, double v)
{
  for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
    v = fmax (v, __shfl_xor_sync (LLOYD_ALL_LANES, v, step));
  if (threadIdx.x % LLOYD_WARP == 0)
    atomicMax (at, lloyd_cuda_bits (v));
}
