/* What one row adds to sums and to the objective's constant, under each metric. */
#pragma once

#include "compute/exact/wide.h"

/* The coordinate that row x adds to column j of its cluster's sum. `norm` is the row's norm and
 * `unit_scale` 2^shift of the unit rows; both only matter for cosine. */
static inline double
lloyd_row_contribution (
    LloydMetric metric, const float *x, size_t j, double norm, double unit_scale)
{
  if (metric != LLOYD_METRIC_COSINE)
    return (double) x[j];
  return (double) lloyd_exact_unit_coordinate (x[j], norm, unit_scale) / unit_scale;
}

/* Adds the row's part of the energy, of `n` rows in all: |x|^2, |u|^2 of the unit row, or |x|
 * rounded to float32. */
static inline void
lloyd_row_add_energy (LloydMetric metric, const float *x, size_t d, size_t n, LloydWide *total)
{
  if (metric == LLOYD_METRIC_EUCLIDEAN)
    {
      lloyd_wide_add_squares (total, x, d);
      return;
    }

  double norm = sqrt (lloyd_exact_norm_squared (x, d));
  if (metric == LLOYD_METRIC_COSINE_RAW)
    {
      lloyd_wide_add (total, (double) (float) norm);
      return;
    }

  int shift = lloyd_exact_unit_shift (n);
  double scale = ldexp (1.0, shift);
  lloyd_int128 squares = 0;
  for (size_t j = 0; j < d; j++)
    {
      int64_t q = lloyd_exact_unit_coordinate (x[j], norm, scale);
      squares += (lloyd_int128) q * q;
    }
  lloyd_wide_add_scaled (total, squares, -2 * shift);
}

/* How far a row is from a centroid, to find the farthest: squared distance, or negative cosine. */
static inline double
lloyd_row_distance (LloydMetric metric, const float *x, const float *c, size_t d)
{
  double cost = lloyd_exact_cost (metric, x, c, d);
  if (!LLOYD_METRIC_IS_ANGULAR (metric))
    return cost;
  return cost / sqrt (lloyd_exact_norm_squared (x, d));
}
