/* What a warp does together that CUDA C++ has no word for: the matrix unit, copies into shared
 * memory that do not wait, half precision. */
#pragma once

#include <cuda_runtime.h>

#define LLOYD_WARP 32
#define LLOYD_ALL_LANES 0xFFFFFFFFu
/* A function that keeps its registers to itself. */
#define LLOYD_APART __noinline__

/* ---- half precision ------------------------------------------------------------------------ */

/* Rounds to the nearest, ties to even. */
__device__ static inline unsigned int
lloyd_half_bits (float v)
{
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(v));
  return bits;
}

__device__ static inline float
lloyd_half_value (unsigned int bits)
{
  float v;
  asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"((unsigned short) bits));
  return v;
}

/* ---- the matrix unit ----------------------------------------------------------------------- */

/* c += a b for a tile of 16 rows, 8 columns and 16 terms, float16 into float32. With g = lane / 4
 * and t = lane % 4, a lane holds of a the terms 2t, 2t + 1 of rows g (a[0]) and g + 8 (a[1]) and
 * the terms 2t + 8, 2t + 9 of the same (a[2], a[3]); of b the same terms of column g; of c the
 * columns 2t, 2t + 1 of rows g (c[0], c[1]) and g + 8. Which term is which does not matter as long
 * as a and b agree. */
__device__ static inline void
lloyd_mma (float c[4], const unsigned int a[4], const unsigned int b[2])
{
#if __CUDA_ARCH__ >= 800
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, "
               "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  for (int half = 0; half < 2; half++)
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, "
                 "{%6}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[2 * half]), "r"(a[2 * half + 1]), "r"(b[half]));
#endif
}

/* ---- copies that do not wait --------------------------------------------------------------- */

/* Copies 16 bytes into shared memory; both ends aligned to 16. */
__device__ static inline void
lloyd_copy_16 (void *shared, const void *global)
{
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;"
               :
               : "r"((unsigned int) __cvta_generic_to_shared (shared)), "l"(global)
               : "memory");
#else
  *(uint4 *) shared = *(const uint4 *) global;
#endif
}

/* Closes a group of this thread's copies. */
__device__ static inline void
lloyd_copy_commit (void)
{
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" : : : "memory");
#endif
}

/* Waits for this thread's copies but those of the last N groups. */
template <unsigned int N>
__device__ static inline void
lloyd_copy_wait (void)
{
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" : : "n"(N) : "memory");
#endif
}
