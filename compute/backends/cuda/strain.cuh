/* What strains a matrix unit: entries whose sums of products are hard to add up. */
#pragma once

#include "compute/backends/cuda/bound.cuh"

#define LLOYD_N_STRAINS 4

/* A number that looks random, for each set of coordinates. */
__device__ static inline unsigned int
lloyd_strain_mix (unsigned int a, unsigned int b, unsigned int c)
{
  unsigned int h = a * 0x9E3779B1u ^ b * 0x85EBCA77u ^ c * 0xC2B2AE3Du;
  h = (h ^ h >> 15) * 0x2C1B3C6Du;
  h = (h ^ h >> 12) * 0x297A2D39u;
  return h ^ h >> 15;
}

/* Entry `term` of row (or column) `line`, in float16. The strains: small integers, whose sums are
 * exact; one large term and many just below what it leaves room for; all magnitudes; denormals. */
__device__ static inline unsigned int
lloyd_strain (unsigned int strain, unsigned int round, unsigned int line, unsigned int term)
{
  unsigned int h = lloyd_strain_mix (line + 128 * round, term, strain);
  float sign = (h & 1) != 0 && strain != 1 ? -1.0f : 1.0f;
  float fraction = 1.0f + (float) (h >> 8 & 1023) * 0x1p-10f;
  switch (strain)
    {
    case 0:
      return lloyd_half_bits ((float) (int) (h >> 4 & 15) - 8.0f);
    case 1:
      return lloyd_half_bits (term % 64 == 0 ? 0x1p12f : fraction * 0x1p-1f);
    case 2:
      return lloyd_half_bits (sign * fraction * ldexpf (1.0f, (int) (h >> 20) % 29 - 14));
    default:
      return lloyd_half_bits (sign * fraction * ldexpf (1.0f, (int) (h >> 20) % 9 - 24));
    }
}

/* Whether a sum of `terms` products of a row and a column is right. */
__device__ static bool
lloyd_strain_is_right (unsigned int strain,
                       unsigned int round,
                       unsigned int row,
                       unsigned int column,
                       unsigned int terms,
                       float sum)
{
  double truth = 0.0, magnitude = 0.0;
  for (unsigned int term = 0; term < terms; term++)
    {
      double product = (double) lloyd_half_value (lloyd_strain (strain, round, row, term)) *
                       (double) lloyd_half_value (lloyd_strain (strain, round, column, term));
      truth += product;
      magnitude += fabs (product);
    }
  double allowed = strain == 0 ? 0.0 : (double) lloyd_cuda_sum_error ((float) terms) * magnitude;
  return fabs ((double) sum - truth) <= allowed;
}
