#include "compute/kmeans/update.h"

#include <string.h>

static void
update_cluster (
    LloydMetric metric, const LloydSums *sums, guint cluster, double *rounded, float *next)
{
  if (sums->sizes[cluster] == 0)
    return;
  for (guint j = 0; j < sums->d; j++)
    rounded[j] = lloyd_sums_round (sums, cluster, j);

  if (!LLOYD_METRIC_IS_ANGULAR (metric))
    {
      double weight = lloyd_sums_weight (sums, cluster);
      for (guint j = 0; j < sums->d; j++)
        next[j] = lloyd_exact_mean (rounded[j], weight);
      return;
    }
  double norm = lloyd_exact_norm_of_sums (rounded, sums->d);
  for (guint j = 0; j < sums->d && norm > 0.0; j++)
    next[j] = lloyd_exact_direction (rounded[j], norm);
}

void
lloyd_update (LloydMetric metric, const LloydSums *sums, const float *current, float *next)
{
  g_autofree double *rounded = g_new (double, sums->d);

  memcpy (next, current, sizeof (float) * sums->k * sums->d);
  for (guint cluster = 0; cluster < sums->k; cluster++)
    update_cluster (metric, sums, cluster, rounded, next + (size_t) cluster * sums->d);
}

double
lloyd_largest_shift (const float *a, const float *b, guint k, guint d)
{
  double largest = 0.0;
  for (guint cluster = 0; cluster < k; cluster++)
    {
      size_t at = (size_t) cluster * d;
      largest = MAX (largest, lloyd_exact_distance (a + at, b + at, d));
    }
  return sqrt (largest);
}
