/* The canonical arithmetic in vectors: labels of doubtful rows, norms, seeding distances. Always
 * across rows or centroids, never across dimensions, so that every value is computed as the
 * contract says. */
#include "compute/backends/cpu/kernels-private.h"

#include "compute/exact/canonical.h"

/* Vectors of doubles in a panel of two vectors of floats. */
#define PARTS (2 * LANES / DLANES)

/* Costs of one row against one panel of exact centroids. */
LLOYD_INLINE void
cost_of_panel (const LloydPanels *panels, const float *x, const float *c, double *costs)
{
  vd acc[PARTS];
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (panels->metric);

  LLOYD_UNROLL for (int p = 0; p < PARTS; p++) acc[p] = vd_set1 (0.0);
  for (guint i = 0; i < panels->d; i++, c += 2 * LANES)
    {
      const vd v = vd_set1 ((double) x[i]);
      if (is_angular)
        {
          LLOYD_UNROLL for (int p = 0; p < PARTS; p++) acc[p] =
              vd_fmadd (v, vd_load_floats (c + p * DLANES), acc[p]);
          continue;
        }
      LLOYD_UNROLL for (int p = 0; p < PARTS; p++)
      {
        const vd t = vd_sub (v, vd_load_floats (c + p * DLANES));
        acc[p] = vd_fmadd (t, t, acc[p]);
      }
    }
  LLOYD_UNROLL for (int p = 0; p < PARTS; p++)
      vd_store (costs + p * DLANES, is_angular ? vd_sub (vd_set1 (0.0), acc[p]) : acc[p]);
}

gint32
LLOYD_KERNEL (lloyd_decide) (const LloydPanels *panels, const float *x)
{
  double lowest = INFINITY;
  guint nearest = 0;

  for (guint first = 0; first < panels->k; first += 2 * LANES)
    {
      double costs[2 * LANES];
      guint count = MIN (panels->k - first, 2 * LANES);
      cost_of_panel (panels, x, panels->exact + (size_t) first * panels->d, costs);
      for (guint j = 0; j < count; j++)
        if (costs[j] < lowest)
          {
            lowest = costs[j];
            nearest = first + j;
          }
    }
  return panels->index[nearest];
}

void
LLOYD_KERNEL (lloyd_norms) (const float *x, size_t n, guint d, double *norms)
{
  size_t i = 0;
  for (; i + DLANES <= n; i += DLANES)
    {
      vd acc = vd_set1 (0.0);
      for (guint j = 0; j < d; j++)
        {
          const vd v = vd_load_strided (x + i * d + j, d);
          acc = vd_fmadd (v, v, acc);
        }
      vd_store (norms + i, vd_sqrt (acc));
    }
  for (; i < n; i++)
    norms[i] = sqrt (lloyd_exact_norm_squared (x + i * d, d));
}

/* Distances of DLANES rows to up to CENTRES centres: each value of a row is fetched once for all.
 */
#define CENTRES 4

LLOYD_INLINE void
distances_of_block (LloydMetric metric,
                    const float *x,
                    guint d,
                    const double *norms,
                    double unit_scale,
                    const float *centres,
                    guint m,
                    double *out,
                    size_t stride)
{
  vd acc[CENTRES];
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (metric);
  const vd norm = is_angular ? vd_load (norms) : vd_set1 (1.0);
  const vd scale = vd_set1 (unit_scale), unit = vd_set1 (1.0 / unit_scale);

  LLOYD_UNROLL for (int c = 0; c < CENTRES; c++) acc[c] = vd_set1 (0.0);
  for (guint j = 0; j < d; j++)
    {
      vd v = vd_load_strided (x + j, d);
      if (is_angular)
        v = vd_mul (vd_round (vd_mul (vd_div (v, norm), scale)), unit);
      LLOYD_UNROLL for (guint c = 0; c < CENTRES; c++)
      {
        const vd t = vd_sub (v, vd_set1 ((double) centres[(size_t) MIN (c, m - 1) * d + j]));
        acc[c] = vd_fmadd (t, t, acc[c]);
      }
    }
  for (guint c = 0; c < m; c++)
    vd_store (out + c * stride, acc[c]);
}

void
LLOYD_KERNEL (lloyd_distances) (LloydMetric metric,
                                const float *x,
                                size_t n,
                                guint d,
                                const double *norms,
                                double unit_scale,
                                const float *centres,
                                guint m,
                                double *out)
{
  for (guint c = 0; c < m; c += CENTRES)
    {
      const float *some = centres + (size_t) c * d;
      size_t i = 0;
      for (; i + DLANES <= n; i += DLANES)
        distances_of_block (metric, x + i * d, d, norms + i, unit_scale, some, MIN (m - c, CENTRES),
                            out + (size_t) c * n + i, n);
      for (; i < n; i++)
        for (guint e = c; e < MIN (m, c + CENTRES); e++)
          out[(size_t) e * n + i] = lloyd_exact_seeding_distance (
              metric, x + i * d, norms[i], unit_scale, centres + (size_t) e * d, d);
    }
}
