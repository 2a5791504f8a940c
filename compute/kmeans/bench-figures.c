#include "compute/kmeans/bench-figures.h"

#include <math.h>
#include <stdlib.h>

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return (x > y) - (x < y);
}

/* The time at `quarter` quarters of the way from the first to the last. */
static gint64
at_quarter (const gint64 *sorted, guint n, guint quarter)
{
  guint64 at = (guint64) (n - 1) * quarter;
  guint below = (guint) (at / 4);
  if (at % 4 == 0)
    return sorted[below];
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (gint64) (at % 4) / 4;
}

LloydBenchSpread
lloyd_bench_spread (const gint64 *times_ns, guint n)
{
  g_autofree gint64 *sorted = g_memdup2 (times_ns, sizeof (gint64) * n);
  qsort (sorted, n, sizeof *sorted, compare_times);
  return (LloydBenchSpread){
    .min_ns = sorted[0],
    .lower_ns = at_quarter (sorted, n, 1),
    .median_ns = at_quarter (sorted, n, 2),
    .upper_ns = at_quarter (sorted, n, 3),
    .max_ns = sorted[n - 1],
  };
}

gboolean
lloyd_power_fit (const double *x, const double *y, guint n, LloydPowerFit *fit)
{
  double mean_x = 0.0, mean_y = 0.0, xx = 0.0, xy = 0.0, rest = 0.0;

  for (guint i = 0; i < n; i++)
    {
      if (!(x[i] > 0.0 && y[i] > 0.0 && isfinite (x[i]) && isfinite (y[i])))
        return FALSE;
      mean_x += log (x[i]) / n;
      mean_y += log (y[i]) / n;
    }
  for (guint i = 0; i < n; i++)
    {
      xx += (log (x[i]) - mean_x) * (log (x[i]) - mean_x);
      xy += (log (x[i]) - mean_x) * (log (y[i]) - mean_y);
    }
  if (n < 2 || xx < 1e-12)
    return FALSE;
  fit->slope = xy / xx;
  fit->factor = exp (mean_y - fit->slope * mean_x);
  for (guint i = 0; i < n; i++)
    {
      double off = log (y[i]) - log (fit->factor) - fit->slope * log (x[i]);
      rest += off * off;
    }
  fit->error = n > 2 ? sqrt (rest / (n - 2) / xx) : NAN;
  return TRUE;
}
