/* The canonical arithmetic: what every backend must reproduce bit for bit.
 *
 * These few functions define distance, score, unit row and centroid. They are compiled by gcc,
 * clang and nvcc with contraction off, and every fused multiply-add is written out, so that the
 * same bits come out everywhere. A backend may reach a label by any road; the label must be the one
 * that these functions give. */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "compute/exact/metric.h"

#ifdef __CUDACC__
#define LLOYD_EXACT static __host__ __device__ inline
#else
#define LLOYD_EXACT static inline
#endif

/* Squared Euclidean distance of two rows of `d` values, in double, dimension by dimension. */
LLOYD_EXACT double
lloyd_exact_distance (const float *x, const float *c, size_t d)
{
  double acc = 0.0;
  for (size_t i = 0; i < d; i++)
    {
      double t = (double) x[i] - (double) c[i];
      acc = fma (t, t, acc);
    }
  return acc;
}

/* Inner product of a row and a centroid; with a unit centroid, the cosine score of the row. */
LLOYD_EXACT double
lloyd_exact_dot (const float *x, const float *c, size_t d)
{
  double acc = 0.0;
  for (size_t i = 0; i < d; i++)
    acc = fma ((double) x[i], (double) c[i], acc);
  return acc;
}

/* Sum of squares of a row: zero exactly when every value is zero. */
LLOYD_EXACT double
lloyd_exact_norm_squared (const float *x, size_t d)
{
  return lloyd_exact_dot (x, x, d);
}

/* What a label minimises: the distance, or the score with its sign turned (exact). */
LLOYD_EXACT double
lloyd_exact_cost (LloydMetric metric, const float *x, const float *c, size_t d)
{
  if (LLOYD_METRIC_IS_ANGULAR (metric))
    return -lloyd_exact_dot (x, c, d);
  return lloyd_exact_distance (x, c, d);
}

/* The grid of unit rows: their coordinates are multiples of 2^-s, so that a sum of `n` of them fits
 * 63 bits. */
LLOYD_EXACT int
lloyd_exact_unit_shift (uint64_t n)
{
  int bits = 0;
  while (bits < 63 && ((uint64_t) 1 << bits) < n)
    bits++;
  return 62 - bits < 44 ? 62 - bits : 44;
}

/* The same where rows have weights: by their total, which is positive and finite. Below 24 bits a
 * unit row would be coarser than the float32 it is made of, however large the total. */
LLOYD_EXACT int
lloyd_exact_weighted_unit_shift (double total_weight)
{
  int exponent;
  double fraction = frexp (total_weight, &exponent);
  int shift = 62 - (fraction == 0.5 ? exponent - 1 : exponent);
  if (shift < 24)
    return 24;
  return shift < 44 ? shift : 44;
}

/* w times a coordinate of a unit row that is q units of 1 / scale. The product has up to 69 bits,
 * so it is the exact sum of two doubles: the one returned and *low. */
LLOYD_EXACT double
lloyd_exact_weighted_unit (int64_t q, float w, double scale, double *low)
{
  const int64_t half = 1 << 22;
  int64_t high = q / half;
  *low = (double) (q - high * half) / scale * (double) w;
  return (double) (high * half) / scale * (double) w;
}

/* One coordinate of a unit row in units of 2^-shift, given the row's norm (not its square).
 * `scale` is 2^shift. Rounds to nearest, ties to even. */
LLOYD_EXACT int64_t
lloyd_exact_unit_coordinate (float x, double norm, double scale)
{
  /* Adding 1.5 * 2^52 leaves the nearest integer in the low bits; |u| * 2^44 is far below 2^51. */
  const double magic = 6755399441055744.0;
  double shifted = (double) x / norm * scale + magic;
  return (int64_t) (shifted - magic);
}

/* A coordinate of a mean: the exact sum, rounded to double, over the weight. */
LLOYD_EXACT float
lloyd_exact_mean (double sum, double weight)
{
  return (float) (sum / weight);
}

/* A coordinate of a direction: the exact sum, rounded to double, over the norm of all such sums. */
LLOYD_EXACT float
lloyd_exact_direction (double sum, double norm)
{
  return (float) (sum / norm);
}

/* Norm of a row of doubles, in order. */
LLOYD_EXACT double
lloyd_exact_norm_of_sums (const double *sums, size_t d)
{
  double acc = 0.0;
  for (size_t i = 0; i < d; i++)
    acc = fma (sums[i], sums[i], acc);
  return sqrt (acc);
}

/* Distance used in seeding: Euclidean as above; cosine between the unit row (in multiples of
 * 2^-shift) and the centre. `norm` is the row's norm, unused for Euclidean. */
LLOYD_EXACT double
lloyd_exact_seeding_distance (
    LloydMetric metric, const float *x, double norm, double scale, const float *c, size_t d)
{
  if (!LLOYD_METRIC_IS_ANGULAR (metric))
    return lloyd_exact_distance (x, c, d);
  double acc = 0.0;
  for (size_t i = 0; i < d; i++)
    {
      double t = (double) lloyd_exact_unit_coordinate (x[i], norm, scale) / scale - (double) c[i];
      acc = fma (t, t, acc);
    }
  return acc;
}
