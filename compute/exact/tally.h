/* Many exact products, summed fast: integers of 128 bits, one for each power of two.
 *
 * Adding to a wide number walks limbs and carries; here it is one multiplication and one addition.
 * Products of a float32 (24 bits) with a sum in units (62 bits) leave room for 2^41 of them in each
 * bucket. */
#pragma once

#include "compute/exact/wide.h"

/* Powers of two of what is added: products of three float32, from 2^-447 on, where a weight is cut
 * at 32 bits from 2^-458 on, up to 2^104 times 2^256. */
#define LLOYD_TALLY_LOWEST (-460)
#define LLOYD_TALLY_BUCKETS 840

/* All zero is the number 0. */
typedef struct
{
  lloyd_int128 bucket[LLOYD_TALLY_BUCKETS];
  /* What is not a product of integers. */
  LloydWide rest;
} LloydTally;

/* A float32 as m 2^exponent, m with its sign and below 2^24. */
static inline int64_t
lloyd_tally_split (float v, int *exponent)
{
  uint32_t bits;
  memcpy (&bits, &v, sizeof bits);
  int field = (int) (bits >> 23 & 0xFF);
  int64_t m = bits & 0x7FFFFF;
  if (field > 0)
    m |= 0x800000;
  *exponent = (field > 0 ? field : 1) - 150;
  return bits >> 31 ? -m : m;
}

/* Adds v 2^exponent. */
static inline void
lloyd_tally_add (LloydTally *self, lloyd_int128 v, int exponent)
{
  self->bucket[exponent - LLOYD_TALLY_LOWEST] += v;
}

/* The number. */
static inline LloydWide
lloyd_tally_get (const LloydTally *self)
{
  LloydWide total = self->rest;
  for (int i = 0; i < LLOYD_TALLY_BUCKETS; i++)
    if (self->bucket[i] != 0)
      lloyd_wide_add_scaled (&total, self->bucket[i], i + LLOYD_TALLY_LOWEST);
  return total;
}
