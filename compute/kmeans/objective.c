#include "compute/kmeans/objective.h"

/* total += W c^2, exactly: a float32 squared has 48 bits. */
static void
add_weighted_square (LloydWide *total, gint64 weight, float c)
{
  int exponent;
  gint64 mantissa = (gint64) (frexpf (c, &exponent) * 0x1p24f);
  if (mantissa != 0)
    lloyd_wide_add_scaled (total, (lloyd_int128) weight * mantissa * mantissa, 2 * (exponent - 24));
}

/* Adds c.S and W |c|^2 of one cluster. */
static void
add_cluster (const LloydSums *sums,
             guint cluster,
             const float *centroid,
             LloydWide *products,
             LloydWide *squares)
{
  for (guint j = 0; j < sums->d; j++)
    {
      lloyd_sums_add_multiple (sums, cluster, j, centroid[j], products);
      add_weighted_square (squares, sums->sizes[cluster], centroid[j]);
    }
}

static double
finish (LloydMetric metric, LloydWide total, const LloydWide *products, const LloydWide *squares)
{
  lloyd_wide_subtract (&total, products);
  if (metric == LLOYD_METRIC_COSINE_RAW)
    return lloyd_wide_round (&total);

  lloyd_wide_subtract (&total, products);
  lloyd_wide_merge (&total, squares);
  double rounded = lloyd_wide_round (&total);
  return metric == LLOYD_METRIC_COSINE ? rounded / 2.0 : rounded;
}

double
lloyd_objective (LloydMetric metric,
                 const LloydWide *energy,
                 const LloydSums *sums,
                 const float *centroids)
{
  LloydWide products = { 0 }, squares = { 0 };
  for (guint cluster = 0; cluster < sums->k; cluster++)
    if (sums->sizes[cluster] > 0)
      add_cluster (sums, cluster, centroids + (size_t) cluster * sums->d, &products, &squares);
  return finish (metric, *energy, &products, &squares);
}

double
lloyd_objective_of_cluster (LloydMetric metric,
                            const LloydWide *energy,
                            const LloydSums *sums,
                            guint cluster,
                            const float *centroid)
{
  LloydWide products = { 0 }, squares = { 0 };
  add_cluster (sums, cluster, centroid, &products, &squares);
  return finish (metric, *energy, &products, &squares);
}

double
lloyd_objective_total (LloydMetric metric, const LloydWide *energy, const LloydSums *sums)
{
  double squares = 0.0, n = 0.0, e = lloyd_wide_round (energy);

  for (guint cluster = 0; cluster < sums->k; cluster++)
    n += (double) sums->sizes[cluster];
  for (guint j = 0; j < sums->d; j++)
    {
      LloydWide column = { 0 };
      for (guint cluster = 0; cluster < sums->k; cluster++)
        {
          LloydWide sum;
          lloyd_sums_get (sums, cluster, j, &sum);
          lloyd_wide_merge (&column, &sum);
        }
      double s = lloyd_wide_round (&column);
      squares += s * s;
    }

  switch (metric)
    {
    case LLOYD_METRIC_EUCLIDEAN:
      return MAX (e - squares / n, 0.0);
    case LLOYD_METRIC_COSINE:
      return MAX ((e + n) / 2.0 - sqrt (squares), 0.0);
    default:
      return MAX (e - sqrt (squares), 0.0);
    }
}
