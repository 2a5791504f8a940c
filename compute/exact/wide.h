/* A number wide enough to hold any sum of Lloyd's exactly: a fixed-point accumulator of 1280 bits.
 *
 * It holds multiples of 2^-768 below 2^511 in magnitude: sums of float32 values, of their products
 * with float32 weights and centroids, over 2^62 terms. The idea is Kulisch's long accumulator;
 * keeping 32 bits a limb in 64-bit words lets carries wait, so that adding touches three limbs. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "compute/exact/canonical.h"

#define LLOYD_WIDE_LIMBS 40
#define LLOYD_WIDE_LSB (-768)

__extension__ typedef __int128 lloyd_int128;
__extension__ typedef unsigned __int128 lloyd_uint128;

/* All zero is the number 0. */
typedef struct
{
  int64_t limb[LLOYD_WIDE_LIMBS];
  /* Adds since the last carry: below 2^30, so that no limb overflows. */
  uint32_t n_waiting;
} LloydWide;

/* The limbs that adding |v| touches: part[0], part[1] and part[2] go, with the sign of v, to limb
 * `first` and the two behind it. Bits below 2^-768 are cut off. |v| < 2^448, so that all three
 * limbs exist. */
LLOYD_EXACT void
lloyd_wide_split (double v, int *first, int64_t part[3])
{
  uint64_t bits;
  memcpy (&bits, &v, sizeof bits);
  int exponent = (int) (bits >> 52 & 0x7FF);
  uint64_t mantissa = bits & 0x000FFFFFFFFFFFFFu;
  if (exponent == 0)
    exponent = 1;
  else
    mantissa |= 0x0010000000000000u;

  int position = exponent - 1075 - LLOYD_WIDE_LSB;
  if (position < 0)
    {
      mantissa = -position < 64 ? mantissa >> -position : 0;
      position = 0;
    }
  int shift = position % 32;
  uint64_t low = (mantissa & 0xFFFFFFFFu) << shift, high = (mantissa >> 32) << shift;
  uint64_t middle = (low >> 32) + high;
  *first = position / 32;
  part[0] = (int64_t) (low & 0xFFFFFFFFu);
  part[1] = (int64_t) (middle & 0xFFFFFFFFu);
  part[2] = (int64_t) (middle >> 32);
}

/* Settles the carries that wait; the number stays the same. */
void lloyd_wide_carry (LloydWide *self);

/* Adds v, |v| < 2^448. Bits below 2^-768 are cut off, which no sum of float32 products has. */
void lloyd_wide_add (LloydWide *self, double v);

/* Adds v * 2^exponent, exactly; exponent >= -768 and |v| 2^exponent < 2^500. */
void lloyd_wide_add_scaled (LloydWide *self, lloyd_int128 v, int exponent);

/* self += factor * other; factor finite, and `other` a multiple of 2^-600. */
void lloyd_wide_add_multiple (LloydWide *self, const LloydWide *other, float factor);

/* self += other and self -= other. */
void lloyd_wide_merge (LloydWide *self, const LloydWide *other);
void lloyd_wide_subtract (LloydWide *self, const LloydWide *other);

/* -1, 0 or 1. */
int lloyd_wide_sign (const LloydWide *self);

/* Whether the two numbers are equal, whatever carries wait. */
bool lloyd_wide_equal (const LloydWide *a, const LloydWide *b);

/* The number, rounded once to the nearest double, ties to even. */
double lloyd_wide_round (const LloydWide *self);

/* Adds `n` values, |v| < 2^448: the same as adding one by one, several times faster. */
void lloyd_wide_add_all (LloydWide *self, const double *values, size_t n);

/* Adds the exact squares of `n` values. */
void lloyd_wide_add_squares (LloydWide *self, const float *values, size_t n);
