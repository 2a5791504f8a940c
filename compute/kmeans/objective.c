#include "compute/kmeans/objective.h"

/* What the objective is made of besides the energy: sums of c.S and of W |c|^2. */
typedef struct
{
  LloydTally products;
  LloydTally squares;
} Parts;

/* total += W square 2^exponent, where W is not a whole number: limb by limb, of which few are not
 * 0. W is not negative and no carries wait in it. */
static void
add_real_square (LloydTally *total, const LloydWide *weight, gint64 square, int exponent)
{
  for (int i = 0; i < LLOYD_WIDE_LIMBS; i++)
    if (weight->limb[i] != 0)
      lloyd_tally_add (total, (lloyd_int128) weight->limb[i] * square,
                       exponent + LLOYD_WIDE_LSB + 32 * i);
}

/* Adds c.S and W |c|^2 of one cluster. */
static void
add_cluster (const LloydSums *sums, guint cluster, const float *centroid, Parts *parts)
{
  LloydWide weight;
  if (sums->weights != NULL)
    {
      weight = sums->weights[cluster];
      lloyd_wide_carry (&weight);
    }
  for (guint j = 0; j < sums->d; j++)
    {
      int exponent;
      gint64 m = lloyd_tally_split (centroid[j], &exponent);
      lloyd_sums_add_multiple (sums, cluster, j, centroid[j], &parts->products);
      if (sums->weights == NULL)
        lloyd_tally_add (&parts->squares, (lloyd_int128) sums->sizes[cluster] * (m * m),
                         2 * exponent);
      else
        add_real_square (&parts->squares, &weight, m * m, 2 * exponent);
    }
}

static double
finish (LloydMetric metric, LloydWide total, const Parts *parts)
{
  LloydWide products = lloyd_tally_get (&parts->products);
  lloyd_wide_subtract (&total, &products);
  if (metric == LLOYD_METRIC_COSINE_RAW)
    return lloyd_wide_round (&total);

  LloydWide squares = lloyd_tally_get (&parts->squares);
  lloyd_wide_subtract (&total, &products);
  lloyd_wide_merge (&total, &squares);
  double rounded = lloyd_wide_round (&total);
  return metric == LLOYD_METRIC_COSINE ? rounded / 2.0 : rounded;
}

double
lloyd_objective (LloydMetric metric,
                 const LloydWide *energy,
                 const LloydSums *sums,
                 const float *centroids)
{
  g_autofree Parts *parts = g_new0 (Parts, 1);
  for (guint cluster = 0; cluster < sums->k; cluster++)
    if (sums->sizes[cluster] > 0)
      add_cluster (sums, cluster, centroids + (size_t) cluster * sums->d, parts);
  return finish (metric, *energy, parts);
}

double
lloyd_objective_of_cluster (LloydMetric metric,
                            const LloydWide *energy,
                            const LloydSums *sums,
                            guint cluster,
                            const float *centroid)
{
  g_autofree Parts *parts = g_new0 (Parts, 1);
  add_cluster (sums, cluster, centroid, parts);
  return finish (metric, *energy, parts);
}

double
lloyd_objective_total (LloydMetric metric, const LloydWide *energy, const LloydSums *sums)
{
  double squares = 0.0, n = lloyd_sums_total_weight (sums), e = lloyd_wide_round (energy);

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
