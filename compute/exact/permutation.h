/* A keyed permutation of [0, n) that needs no table: a Feistel network over the smallest even
 * number of bits that holds n, walked until it lands inside (cycle walking: Black and Rogaway,
 * CT-RSA 2002). */
#pragma once

#include "compute/exact/philox.h"

#define LLOYD_PERMUTATION_ROUNDS 6

typedef struct
{
  uint64_t n;
  uint64_t key[LLOYD_PERMUTATION_ROUNDS];
  int half_bits;
} LloydPermutation;

/* A permutation of [0, n), n >= 1, fixed by (seed, step, purpose). */
LLOYD_EXACT LloydPermutation
lloyd_permutation (uint64_t n, uint64_t seed, uint32_t step, uint32_t purpose)
{
  LloydPermutation self;
  self.n = n;
  self.half_bits = 1;
  while (self.half_bits < 32 && ((uint64_t) 1 << (2 * self.half_bits)) < n)
    self.half_bits++;
  for (int i = 0; i < LLOYD_PERMUTATION_ROUNDS; i++)
    self.key[i] = lloyd_philox_u64 (lloyd_philox (seed, (uint64_t) i, step, purpose), 0);
  return self;
}

/* The image of `i`, i < n. */
LLOYD_EXACT uint64_t
lloyd_permutation_at (const LloydPermutation *self, uint64_t i)
{
  const uint64_t mask = ((uint64_t) 1 << self->half_bits) - 1;
  do
    {
      uint64_t left = i >> self->half_bits, right = i & mask;
      for (int round = 0; round < LLOYD_PERMUTATION_ROUNDS; round++)
        {
          uint64_t f = (right ^ self->key[round]) * 0x9E3779B97F4A7C15u;
          f = (f ^ (f >> 32)) * 0xD6E8FEB86659FD93u;
          f = (left ^ (f >> 32)) & mask;
          left = right;
          right = f;
        }
      i = left << self->half_bits | right;
    }
  while (i >= self->n);
  return i;
}
