/* The matrix unit of sm_90a: four warps multiply together, and go on while it works. Columns come
 * from shared memory, rows and sums are in registers. */
#pragma once

#include "compute/backends/cuda/warp.cuh"

/* Threads that multiply together, and the rows and columns of an instruction. */
#define LLOYD_WARPGROUP 128
#define LLOYD_WGMMA_ROWS 64
#define LLOYD_WGMMA_COLUMNS 64
/* What a lane holds of the results. */
#define LLOYD_WGMMA_RESULTS (LLOYD_WGMMA_ROWS * LLOYD_WGMMA_COLUMNS / LLOYD_WARPGROUP)
/* Columns lie in blocks of 8 columns by 8 terms, a column's 16 bytes after the other's. */
#define LLOYD_WGMMA_BLOCK_BYTES 128

/* Says where columns lie in shared memory, not swizzled: from the first block on, `terms_apart`
 * bytes to the block of the next 8 terms, `columns_apart` to that of the next 8 columns. */
__device__ static inline unsigned long long
lloyd_wgmma_describe (const void *shared, unsigned int terms_apart, unsigned int columns_apart)
{
  unsigned int at = (unsigned int) __cvta_generic_to_shared (shared);
  return (unsigned long long) (at >> 4 & 0x3FFF) | (unsigned long long) (terms_apart >> 4) << 16 |
         (unsigned long long) (columns_apart >> 4) << 32;
}

/* Lets the matrix unit see what this thread has written to shared memory; then comes a barrier. */
__device__ static inline void
lloyd_wgmma_publish (void)
{
  asm volatile("fence.proxy.async.shared::cta;" : : : "memory");
}

/* Has a register of a row written before what follows, since the compiler does not see that the
 * fence is about it. */
__device__ static inline void
lloyd_wgmma_hold (unsigned int &row)
{
  asm volatile("" : "+r"(row) : : "memory");
}

/* Before the first product after registers of it were written or read. */
__device__ static inline void
lloyd_wgmma_fence (void)
{
  asm volatile("wgmma.fence.sync.aligned;" : : : "memory");
}

/* c += a b (where `is_first`, c = a b) for 64 rows, 64 columns and 16 terms, float16 into float32;
 * begun, not done: c holds nothing and neither c nor a may be touched until it is waited for. With
 * w the warp of the four, g = lane / 4 and t = lane % 4, a lane holds of a the terms 2t, 2t + 1 of
 * rows 16 w + g (a[0]) and 16 w + g + 8 (a[1]) and the terms 2t + 8, 2t + 9 of the same (a[2],
 * a[3]); of c, for each n of 8, the columns 8 n + 2t, 8 n + 2t + 1 of these rows (c[4 n] and after,
 * row by row). */
template <bool is_first>
__device__ static inline void
lloyd_wgmma (float c[LLOYD_WGMMA_RESULTS], const unsigned int a[4], unsigned long long b)
{
  asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %37, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 "
               "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
               "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
               "{%32, %33, %34, %35}, %36, adds, 1, 1, 0;\n}"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]), "+f"(c[4]), "+f"(c[5]), "+f"(c[6]),
                 "+f"(c[7]), "+f"(c[8]), "+f"(c[9]), "+f"(c[10]), "+f"(c[11]), "+f"(c[12]),
                 "+f"(c[13]), "+f"(c[14]), "+f"(c[15]), "+f"(c[16]), "+f"(c[17]), "+f"(c[18]),
                 "+f"(c[19]), "+f"(c[20]), "+f"(c[21]), "+f"(c[22]), "+f"(c[23]), "+f"(c[24]),
                 "+f"(c[25]), "+f"(c[26]), "+f"(c[27]), "+f"(c[28]), "+f"(c[29]), "+f"(c[30]),
                 "+f"(c[31])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "n"(is_first ? 0 : 1));
}

/* Closes a group of products. */
__device__ static inline void
lloyd_wgmma_commit (void)
{
  asm volatile("wgmma.commit_group.sync.aligned;" : : : "memory");
}

/* Waits for all products but those of the last N groups; c is what they gave. */
template <unsigned int N>
__device__ static inline void
lloyd_wgmma_wait (float c[LLOYD_WGMMA_RESULTS])
{
  asm volatile("wgmma.wait_group.sync.aligned %32;"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]), "+f"(c[4]), "+f"(c[5]), "+f"(c[6]),
                 "+f"(c[7]), "+f"(c[8]), "+f"(c[9]), "+f"(c[10]), "+f"(c[11]), "+f"(c[12]),
                 "+f"(c[13]), "+f"(c[14]), "+f"(c[15]), "+f"(c[16]), "+f"(c[17]), "+f"(c[18]),
                 "+f"(c[19]), "+f"(c[20]), "+f"(c[21]), "+f"(c[22]), "+f"(c[23]), "+f"(c[24]),
                 "+f"(c[25]), "+f"(c[26]), "+f"(c[27]), "+f"(c[28]), "+f"(c[29]), "+f"(c[30]),
                 "+f"(c[31])
               : "n"(N)
               : "memory");
}
