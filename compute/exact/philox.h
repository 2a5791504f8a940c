/* Philox4x32-10, a counter-based random generator: Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011. The same counter gives the same bits on every machine and
 * in any order, so nothing random depends on threads. */
#pragma once

#include "compute/exact/canonical.h"

/* What a number is drawn for. The values are part of the contract: never renumber. */
typedef enum
{
  LLOYD_PURPOSE_GENERATE = 1,
  LLOYD_PURPOSE_GENERATE_CENTRES = 2,
  LLOYD_PURPOSE_SEEDING = 3,
  LLOYD_PURPOSE_RANDOM_ROWS = 4,
  LLOYD_PURPOSE_REPAIR = 5,
  LLOYD_PURPOSE_DRAWING = 6,
  LLOYD_PURPOSE_SCATTER = 7,
  LLOYD_PURPOSE_CANDIDATES = 8,
  LLOYD_PURPOSE_BATCHES = 9,
  LLOYD_PURPOSE_SAMPLE = 10,
  LLOYD_PURPOSE_PAINT = 11,
} LloydPurpose;

typedef struct
{
  uint32_t word[4];
} LloydPhilox;

LLOYD_EXACT LloydPhilox
lloyd_philox (uint64_t seed, uint64_t row, uint32_t step, uint32_t purpose)
{
  LloydPhilox x = { { (uint32_t) row, (uint32_t) (row >> 32), step, purpose } };
  uint32_t key0 = (uint32_t) seed, key1 = (uint32_t) (seed >> 32);

  for (int round = 0; round < 10; round++)
    {
      uint64_t a = (uint64_t) 0xD2511F53u * x.word[0];
      uint64_t b = (uint64_t) 0xCD9E8D57u * x.word[2];
      uint32_t w0 = (uint32_t) (b >> 32) ^ x.word[1] ^ key0;
      uint32_t w2 = (uint32_t) (a >> 32) ^ x.word[3] ^ key1;
      x.word[1] = (uint32_t) b;
      x.word[3] = (uint32_t) a;
      x.word[0] = w0;
      x.word[2] = w2;
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
  return x;
}

/* The two 64-bit halves of a block; `half` is 0 or 1. */
LLOYD_EXACT uint64_t
lloyd_philox_u64 (LloydPhilox block, int half)
{
  return (uint64_t) block.word[2 * half] | (uint64_t) block.word[2 * half + 1] << 32;
}

/* Uniform in [0, 1), a multiple of 2^-53. */
LLOYD_EXACT double
lloyd_philox_uniform (LloydPhilox block, int half)
{
  return (double) (lloyd_philox_u64 (block, half) >> 11) * 0x1p-53;
}

/* The high 64 bits of a * b: maps a uniform 64-bit word onto [0, b). */
LLOYD_EXACT uint64_t
lloyd_multiply_high (uint64_t a, uint64_t b)
{
  uint64_t al = (uint32_t) a, ah = a >> 32, bl = (uint32_t) b, bh = b >> 32;
  uint64_t low = al * bl;
  uint64_t mid1 = ah * bl + (low >> 32);
  uint64_t mid2 = al * bh + (uint32_t) mid1;
  return ah * bh + (mid1 >> 32) + (mid2 >> 32);
}

/* Whether a row of integer weight `weight` is among the rows drawn, each by itself with probability
 * min (1, n_wanted weight / total): Bahmani et al., VLDB 2012. `total` is not 0. */
LLOYD_EXACT int
lloyd_exact_scatter_draws (
    uint64_t seed, uint64_t row, uint32_t round, uint64_t n_wanted, uint64_t weight, uint64_t total)
{
  uint64_t share = n_wanted * weight;
  if (lloyd_multiply_high (n_wanted, weight) != 0 || share > total)
    share = total;
  uint64_t word = lloyd_philox_u64 (lloyd_philox (seed, row, round, LLOYD_PURPOSE_SCATTER), 0);
  return lloyd_multiply_high (word, total) < share;
}
