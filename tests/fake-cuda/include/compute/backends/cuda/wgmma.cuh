/* What the real header says in PTX, said in C++ for the host, as the PTX manual has wgmma. */
#pragma once

#include "compute/backends/cuda/warp.cuh"

#define LLOYD_WARPGROUP 128
#define LLOYD_WGMMA_ROWS 64
#define LLOYD_WGMMA_COLUMNS 64
#define LLOYD_WGMMA_RESULTS FAKE_PRODUCT_RESULTS
#define LLOYD_WGMMA_BLOCK_BYTES 128

/* The matrix descriptor: bits 0-13 the address, 16-29 the leading, 32-45 the stride byte offset,
 * each over 16; bits 49-51 and 62-63 say that nothing is swizzled. */
static inline unsigned long long
lloyd_wgmma_describe (const void *shared, unsigned int terms_apart, unsigned int columns_apart)
{
  unsigned int at = fake_shared_address (shared);
  return (unsigned long long) (at >> 4 & 0x3FFF) | (unsigned long long) (terms_apart >> 4) << 16 |
         (unsigned long long) (columns_apart >> 4) << 32;
}

static inline void
lloyd_wgmma_publish (void)
{
  fake_copy_publish ();
}

static inline void
lloyd_wgmma_hold (unsigned int &)
{
}

static inline void
lloyd_wgmma_fence (void)
{
  fake_product_fence ();
}

/* The 8 terms of a column from a multiple of 8 on: eight columns of 16 bytes make a block; the
 * leading offset goes from terms to terms, the stride offset from columns to columns. */
static inline const uint8_t *
fake_wgmma_terms (unsigned long long b, unsigned int column, unsigned int eight)
{
  unsigned int at = (unsigned int) (b & 0x3FFF) << 4;
  unsigned int leading = (unsigned int) (b >> 16 & 0x3FFF) << 4;
  unsigned int stride = (unsigned int) (b >> 32 & 0x3FFF) << 4;
  if ((b & 0xFFFFC000C000C000ull) != 0)
    __builtin_trap ();
  return fake_shared_at (at + eight * leading + column / 8 * stride + column % 8 * 16, 16);
}

/* Registers and results lie as in the figures of wgmma.m64nNk16 for A and D. The sums come when
 * they are waited for. */
template <bool is_first>
static inline void
lloyd_wgmma (float c[LLOYD_WGMMA_RESULTS], const unsigned int a[4], unsigned long long b)
{
  const unsigned int lane = threadIdx.x % FAKE_WARP, g = lane / 4, t = lane % 4;
  const uint8_t *all = fake_exchange (FAKE_GROUP_PRODUCT, a, 16);
  float *sums = fake_product_begin (c, is_first);
  float rows[2][16];

  fake_spend (fake_wgmma_us);
  fake_product_watch (a, 16);
  /* The lanes of a warp watch over all columns together. */
  for (unsigned int i = 0; i < 4; i++)
    fake_product_watch (fake_wgmma_terms (b, 2 * lane + i / 2, i % 2), 16);
  for (unsigned int k = 0; k < 16; k++)
    for (unsigned int half = 0; half < 2; half++)
      {
        unsigned int words[4];
        memcpy (words, all + 32 * (g * 4 + k % 8 / 2), sizeof words);
        rows[half][k] = lloyd_half_value (words[half + k / 8 * 2] >> k % 2 * 16 & 0xFFFF);
      }
  for (unsigned int n = 0; n < LLOYD_WGMMA_COLUMNS / 4; n++)
    {
      unsigned int column = n / 2 * 8 + 2 * t + n % 2;
      uint16_t terms[16];
      memcpy (terms, fake_wgmma_terms (b, column, 0), 16);
      memcpy (terms + 8, fake_wgmma_terms (b, column, 1), 16);
      for (unsigned int half = 0; half < 2; half++)
        {
          float *sum = sums + n / 2 * 4 + half * 2 + n % 2;
          for (unsigned int k = 0; k < 16; k++)
            *sum = fake_add_cut (*sum, rows[half][k] * lloyd_half_value (terms[k]) *
                                           (1.0f + fake_wgmma_error));
        }
    }
}

static inline void
lloyd_wgmma_commit (void)
{
  fake_product_commit ();
}

template <unsigned int N>
static inline void
lloyd_wgmma_wait (float c[LLOYD_WGMMA_RESULTS])
{
  fake_product_wait (N, c);
}
