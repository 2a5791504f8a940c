/* What one row adds to sums and to the objective's constant, under each metric. */
#pragma once

#include "compute/backends/backend.h"

/* The coordinate that row x, of weight 1, adds to column j of its cluster's sum. `norm` is the
 * row's norm and `unit_scale` 2^shift of the unit rows; both only matter for cosine. */
static inline double
lloyd_row_contribution (
    LloydMetric metric, const float *x, size_t j, double norm, double unit_scale)
{
  if (metric != LLOYD_METRIC_COSINE)
    return (double) x[j];
  return (double) lloyd_exact_unit_coordinate (x[j], norm, unit_scale) / unit_scale;
}

/* Adds row x of weight w, w times its coordinates, to a cluster's sums and counts it there; with
 * sign -1 takes it off. A row of weight 0 changes nothing. */
static inline void
lloyd_row_add (LloydMetric metric,
               const float *x,
               float w,
               double unit_scale,
               LloydSums *sums,
               guint cluster,
               int sign)
{
  gboolean is_unit = metric == LLOYD_METRIC_COSINE;
  double norm = is_unit ? sqrt (lloyd_exact_norm_squared (x, sums->d)) : 1.0, low;

  if (w == 0.0f)
    return;
  sums->sizes[cluster] += sign;
  if (sums->weights != NULL)
    lloyd_wide_add (&sums->weights[cluster], sign * (double) w);
  for (guint j = 0; j < sums->d; j++)
    {
      if (!is_unit || sums->weights == NULL)
        {
          /* The product of two float32 is exact: 48 bits, and 2^-298 or more. */
          double v = (double) w * lloyd_row_contribution (metric, x, j, norm, unit_scale);
          lloyd_sums_add (sums, cluster, j, v, sign);
          continue;
        }
      int64_t q = lloyd_exact_unit_coordinate (x[j], norm, unit_scale);
      double high = lloyd_exact_weighted_unit (q, w, unit_scale, &low);
      lloyd_sums_add (sums, cluster, j, high, sign);
      lloyd_sums_add (sums, cluster, j, low, sign);
    }
}

/* Adds w v, of up to 77 bits, exactly. */
static inline void
lloyd_wide_add_product (LloydWide *total, double v, float w)
{
  double product = v * (double) w;
  lloyd_wide_add (total, product);
  lloyd_wide_add (total, fma (v, (double) w, -product));
}

/* Adds the part of the energy of row x of weight w: w times |x|^2, |u|^2 of the unit row, or |x|
 * rounded to float32. `unit_shift` is that of the unit rows. */
static inline void
lloyd_row_add_energy (
    LloydMetric metric, const float *x, size_t d, float w, int unit_shift, LloydWide *total)
{
  if (metric == LLOYD_METRIC_EUCLIDEAN && w == 1.0f)
    {
      lloyd_wide_add_squares (total, x, d);
      return;
    }
  if (metric == LLOYD_METRIC_EUCLIDEAN)
    {
      for (size_t j = 0; j < d; j++)
        lloyd_wide_add_product (total, (double) x[j] * (double) x[j], w);
      return;
    }

  double norm = sqrt (lloyd_exact_norm_squared (x, d));
  if (metric == LLOYD_METRIC_COSINE_RAW)
    {
      lloyd_wide_add_product (total, (double) (float) norm, w);
      return;
    }

  /* Squares have 88 bits in all, for the row's norm is 1, and the weight 24. */
  double scale = ldexp (1.0, unit_shift);
  lloyd_int128 squares = 0;
  int exponent;
  gint64 mantissa = (gint64) (frexpf (w, &exponent) * 0x1p24f);
  for (size_t j = 0; j < d; j++)
    {
      int64_t q = lloyd_exact_unit_coordinate (x[j], norm, scale);
      squares += (lloyd_int128) q * q;
    }
  if (mantissa != 0)
    lloyd_wide_add_scaled (total, squares * mantissa, exponent - 24 - 2 * unit_shift);
}

/* The same of stored row `i` of an engine. */
static inline void
lloyd_engine_add_energy (const LloydEngine *self, size_t i, LloydWide *total)
{
  lloyd_row_add_energy (self->metric, lloyd_engine_row (self, i), self->points->d,
                        lloyd_points_weight (self->points, i),
                        lloyd_points_unit_shift (self->points), total);
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
