/* Norms from above, powers of two, and what the bounds of screens have in common. */
#pragma once

#include "compute/backends/cuda/screen.h"
#include "compute/backends/cuda/warp.cuh"

/* A norm from above: of a sum of squares in double, whatever the order. */
__device__ static inline float
lloyd_cuda_norm_above (double square)
{
  return (float) sqrt (square) * (1.0f + 0x1p-20f) + 0x1p-140f;
}

/* The power of two that takes a largest coordinate to [2^14, 2^15), as far as a score in float32
 * bears it. */
__device__ static inline float
lloyd_cuda_scale (float largest)
{
  int exponent;
  if (!(largest > 0.0f))
    return 1.0f;
  frexpf (largest, &exponent);
  int shift = 15 - exponent;
  shift = shift > 45 ? 45 : shift < -30 ? -30 : shift;
  return ldexpf (1.0f, shift);
}

/* p0 of the bound: what denormals of float16 may lose of a centroid, whatever its norm. */
__device__ static inline float
lloyd_cuda_rest_floor (unsigned int depth, float scale)
{
  return sqrtf ((float) depth) * 0x1p-25f / scale;
}

/* g of the bound: what the matrix unit may lose of a sum of products, as a share of the sum of
 * their magnitudes. It is known to cut off instead of rounding, a bit in 2^-23 a term and one for
 * each of its blocks; this is nearly twice that. lloyd_cuda_test_matrix_unit() looks. */
__device__ static inline float
lloyd_cuda_sum_error (float depth)
{
  return (2.0f * depth + 16.0f) * 0x1p-23f;
}

__device__ static inline double
lloyd_cuda_warp_sum (double v)
{
  for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
    v += __shfl_xor_sync (LLOYD_ALL_LANES, v, step);
  return v;
}

__device__ static inline float
lloyd_cuda_warp_max (float v)
{
  for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
    v = fmaxf (v, __shfl_xor_sync (LLOYD_ALL_LANES, v, step));
  return v;
}

/* The index of this warp among all, and how many there are. */
__device__ static inline size_t
lloyd_cuda_warp (void)
{
  return ((size_t) blockIdx.x * blockDim.x + threadIdx.x) / LLOYD_WARP;
}

__device__ static inline size_t
lloyd_cuda_n_warps (void)
{
  return (size_t) gridDim.x * blockDim.x / LLOYD_WARP;
}

/* The bound of a score in float32; the derivation is in cpu/kernels.h. `n` is the norm of x - m and
 * `r` that of the farthest centroid that counts. */
__device__ static inline float
lloyd_cuda_bound_float (const LloydCudaPanels &panels, float n, float r)
{
  float terms = (float) panels.d, canonical = (terms + 2.0f) * 0x1p-51f;
  float a1 = (terms + 4.0f) * 0x1p-23f * (1.0f + (terms + 8.0f) * 0x1p-23f);
  float bound = (2.0f * terms + 8.0f) * 0x1p-149f;
  if (LLOYD_METRIC_IS_ANGULAR (panels.metric))
    {
      float whole = n + panels.middle_norm;
      bound += a1 * whole * r + canonical * whole * (r + panels.centre_norm);
    }
  else
    bound += a1 * n * r + (0.5f * a1 + canonical) * r * r + canonical * n * n;
  return bound * (1.0f + 0x1p-10f);
}
