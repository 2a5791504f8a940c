/* Figures about times: their middle and spread, and how they grow. */
#pragma once

#include <glib.h>

typedef struct
{
  gint64 min_ns;
  gint64 lower_ns;
  gint64 median_ns;
  gint64 upper_ns;
  gint64 max_ns;
} LloydBenchSpread;

/* Extremes, quartiles and median of n >= 1 times in any order; what lies between two of them is
 * interpolated. */
LloydBenchSpread lloyd_bench_spread (const gint64 *times_ns, guint n);

/* y = factor * x ^ slope. */
typedef struct
{
  double slope;
  double factor;
  /* Standard error of the slope; NaN for two points, which any line meets. */
  double error;
} LloydPowerFit;

/* Fits a power by least squares of the logarithms of n pairs above 0. FALSE where there are not two
 * different x, or a value is not above 0. */
gboolean lloyd_power_fit (const double *x, const double *y, guint n, LloydPowerFit *fit);
