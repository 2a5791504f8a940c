/* Blocks of few dimensions: which centroids can win anywhere in a box, which is nearest to each row
 * of a block, and the rows as integers.
 *
 * Scores are linear in x, so of two centroids a and b the difference s_b - s_a is least at the
 * corner of the box that lies furthest along c_b - c_a:
 *
 *   min (s_b - s_a) = |c_b|^2 / 2 - |c_a|^2 / 2 - sum_d max (low_d (c_b - c_a)_d, high_d (...)_d)
 *
 * Where that is positive by more than the errors of both scores (2 B) and of this sum (less than
 * 2 B), b is nowhere nearest. One comparison of a centroid with a box costs some 4 D operations;
 * a block of 64 rows with one survivor costs nothing more, one with a few 7 each a row. */
#include "compute/backends/cpu/kernels-private.h"

#include "compute/exact/canonical.h"

/* The nearest of the few to a point. */
LLOYD_INLINE guint
find_nearest (const LloydFew *few, const float *point, const guint d)
{
  vf best = vf_set1 (INFINITY);
  vi number = vi_set1 (0);
  gint32 numbers[LANES];

  for (guint j = 0; j < few->n; j += LANES)
    {
      vf score = vf_load (few->half_square + j);
      LLOYD_UNROLL for (guint i = 0; i < d; i++) score =
          vf_fnmadd (vf_set1 (point[i]), vf_load (few->c + i * few->room + j), score);
      number = vi_select_lt (score, best, vi_set1 ((int) j), number);
      best = vf_min (score, best);
    }
  guint lane = vf_lowest_lane (best);
  vi_store (numbers, number);
  return (guint) numbers[lane] + lane;
}

/* Appends those of the vector at `at` whose bit is set; writes a whole vector. */
LLOYD_INLINE void
copy_some (const LloydFew *in, guint at, uint32_t mask, LloydFew *out, const guint d)
{
  guint n = out->n;
#ifdef vf_compress
  vf_store ((float *) (out->label + n), vf_compress (mask, vf_load ((float *) (in->label + at))));
  vf_store (out->half_square + n, vf_compress (mask, vf_load (in->half_square + at)));
  vf_store (out->norm + n, vf_compress (mask, vf_load (in->norm + at)));
  LLOYD_UNROLL for (guint i = 0; i < d; i++) vf_store (
      out->c + i * out->room + n, vf_compress (mask, vf_load (in->c + i * in->room + at)));
  out->n += (guint) __builtin_popcount (mask);
#else
  for (; mask != 0; mask &= mask - 1, n++)
    {
      guint from = at + (guint) __builtin_ctz (mask);
      out->label[n] = in->label[from];
      out->half_square[n] = in->half_square[from];
      out->norm[n] = in->norm[from];
      LLOYD_UNROLL for (guint i = 0; i < d; i++) out->c[i * out->room + n] =
          in->c[i * in->room + from];
    }
  out->n = n;
#endif
}

/* Fills up the last vector. */
LLOYD_INLINE void
pad (LloydFew *self, const guint d)
{
  guint n = self->n;
  vf_store (self->half_square + n, vf_set1 (INFINITY));
  LLOYD_UNROLL for (guint i = 0; i < d; i++)
      vf_store (self->c + i * self->room + n, vf_set1 (0.0f));
}

LLOYD_INLINE gboolean
narrow (const LloydPanels *panels,
        const LloydFew *in,
        const float *low,
        const float *high,
        float norm,
        LloydFew *out,
        const guint d)
{
  float middle[LLOYD_LOW_DIMS], from[LLOYD_LOW_DIMS];
  LLOYD_UNROLL for (guint i = 0; i < d; i++) middle[i] = 0.5f * low[i] + 0.5f * high[i];
  guint nearest = find_nearest (in, middle, d);
  nearest = MIN (nearest, in->n - 1);
  if (!(norm + norm + in->norm[nearest] < LLOYD_FAR_REACH))
    return FALSE;

  const vf margin = vf_set1 (4.0f * lloyd_bound (panels, norm, in->norm[nearest]));
  const vf half_square = vf_set1 (in->half_square[nearest]);
  LLOYD_UNROLL for (guint i = 0; i < d; i++) from[i] = in->c[i * in->room + nearest];
  out->n = 0;
  for (guint j = 0; j < in->n; j += LANES)
    {
      vf least = vf_sub (vf_load (in->half_square + j), half_square);
      LLOYD_UNROLL for (guint i = 0; i < d; i++)
      {
        vf way = vf_sub (vf_load (in->c + i * in->room + j), vf_set1 (from[i]));
        least = vf_sub (least,
                        vf_max (vf_mul (vf_set1 (low[i]), way), vf_mul (vf_set1 (high[i]), way)));
      }
      uint32_t mask = vf_mask_not_gt (least, margin);
      if (in->n - j < LANES)
        mask &= (1u << (in->n - j)) - 1;
      if (mask != 0)
        copy_some (in, j, mask, out, d);
    }
  pad (out, d);
  return TRUE;
}

gboolean
LLOYD_KERNEL (lloyd_narrow) (const LloydPanels *panels,
                             const LloydFew *in,
                             const float *low,
                             const float *high,
                             float norm,
                             LloydFew *out)
{
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    return narrow (panels, in, low, high, norm, out, D)
  switch (panels->d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      return FALSE;
    }
#undef CASE
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* Labels LANES rows at x, [d][LLOYD_BLOCK_ROWS]; bit r of the answer: the second best of row r is
 * not more than `gap` away. */
LLOYD_INLINE uint32_t
label_vector (const LloydPanels *panels,
              const LloydFew *few,
              const float *x,
              vf gap,
              gint32 *labels,
              const guint d)
{
  vf v[LLOYD_LOW_DIMS], best = vf_set1 (INFINITY), second = vf_set1 (INFINITY);
  vi label = vi_set1 (few->label[0]);

  LLOYD_UNROLL for (guint i = 0; i < d; i++) v[i] =
      vf_sub (vf_load (x + (size_t) i * LLOYD_BLOCK_ROWS), vf_set1 (panels->middle[i]));
  for (guint j = 0; j < few->n; j++)
    {
      vf score = vf_set1 (few->half_square[j]);
      LLOYD_UNROLL for (guint i = 0; i < d; i++) score =
          vf_fnmadd (v[i], vf_set1 (few->c[i * few->room + j]), score);
      label = vi_select_lt (score, best, vi_set1 (few->label[j]), label);
      second = vf_min (vf_max (score, best), second);
      best = vf_min (score, best);
    }
  vi_store (labels, label);
  return vf_mask_not_gt (vf_sub (second, best), gap);
}

/* One bound for all rows of the block, and whichever of the few is nearest. */
LLOYD_INLINE guint64
label_block (const LloydPanels *panels,
             const LloydFew *few,
             const float *x,
             float norm,
             gint32 *labels,
             const guint d)
{
  guint64 doubtful = 0;
  float farthest = 0.0f;

  for (guint j = 0; j < few->n; j++)
    farthest = MAX (farthest, few->norm[j]);
  const vf gap = vf_set1 (2.0f * lloyd_bound (panels, norm, farthest));
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += LANES)
    doubtful |= (guint64) label_vector (panels, few, x + r, gap, labels + r, d) << r;
  return norm + norm + farthest < LLOYD_FAR_REACH ? doubtful : ~(guint64) 0;
}

guint64
LLOYD_KERNEL (lloyd_label_block) (
    const LloydPanels *panels, const LloydFew *few, const float *x, float norm, gint32 *labels)
{
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    return label_block (panels, few, x, norm, labels, D)
  switch (panels->d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      return ~(guint64) 0;
    }
#undef CASE
}

gint32
LLOYD_KERNEL (lloyd_decide_among) (const LloydPanels *panels,
                                   const float *centroids,
                                   const LloydFew *few,
                                   const float *x)
{
  double lowest = INFINITY;
  gint32 nearest = few->label[0];

  for (guint i = 0; i < few->n; i++)
    {
      double cost = lloyd_exact_cost (panels->metric, x,
                                      centroids + (size_t) few->label[i] * panels->d, panels->d);
      if (cost < lowest || (cost == lowest && few->label[i] < nearest))
        {
          lowest = cost;
          nearest = few->label[i];
        }
    }
  return nearest;
}

guint64
LLOYD_KERNEL (lloyd_block_differ) (const gint32 *a, const gint32 *b)
{
  guint64 mask = 0;
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += LANES)
    mask |= (guint64) vi_mask_ne (vi_load (a + r), vi_load (b + r)) << r;
  return mask;
}

guint64
LLOYD_KERNEL (lloyd_block_find) (const gint32 *a, const gint32 *b, gint32 x, gint32 y)
{
  guint64 mask = 0;
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += LANES)
    mask |= (guint64) (vi_mask_ne (vi_load (a + r), vi_set1 (x)) |
                       vi_mask_ne (vi_load (b + r), vi_set1 (y)))
            << r;
  return ~mask;
}

/* ---- integers ------------------------------------------------------------------------------ */

/* Adds to `sums` the units of the rows whose bit is set. */
LLOYD_INLINE void
sum_rows (const LloydGrid *grid,
          const float *x,
          guint64 mask,
          gint64 *sums,
          const guint d,
          const gboolean is_unit,
          const gboolean has_limits)
{
  vl sum[LLOYD_LOW_DIMS];
  LLOYD_UNROLL for (guint j = 0; j < d; j++) sum[j] = vl_zero ();
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += DLANES, mask >>= DLANES)
    {
      vd norm = vd_set1 (0.0);
      if (is_unit)
        {
          LLOYD_UNROLL for (guint j = 0; j < d; j++)
          {
            vd v = vd_load_floats (x + j * LLOYD_BLOCK_ROWS + r);
            norm = vd_fmadd (v, v, norm);
          }
          norm = vd_sqrt (norm);
        }
      LLOYD_UNROLL for (guint j = 0; j < d; j++)
      {
        const vd scale = vd_set1 (grid->scale[j]);
        vd v = vd_load_floats (x + j * LLOYD_BLOCK_ROWS + r), scaled = vd_mul (v, scale);
        if (is_unit)
          scaled = vd_mul (vd_div (v, norm), scale);
        else if (has_limits)
          scaled = vd_if_below (scaled, v, vd_set1 ((double) grid->limit[j]));
        sum[j] = vl_add (sum[j], vd_units (vd_keep (scaled, (uint32_t) mask)));
      }
    }
  LLOYD_UNROLL for (guint j = 0; j < d; j++) sums[j] = vl_sum (sum[j]);
}

void
LLOYD_KERNEL (lloyd_block_sum) (
    LloydMetric metric, const LloydGrid *grid, const float *x, guint64 mask, gint64 *sums)
{
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    if (metric == LLOYD_METRIC_COSINE)                                                             \
      sum_rows (grid, x, mask, sums, D, TRUE, FALSE);                                              \
    else if (grid->n_slots > 0)                                                                    \
      sum_rows (grid, x, mask, sums, D, FALSE, TRUE);                                              \
    else                                                                                           \
      sum_rows (grid, x, mask, sums, D, FALSE, FALSE);                                             \
    break
  switch (grid->d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      break;
    }
#undef CASE
}

/* ---- loading ------------------------------------------------------------------------------- */

/* Coordinate j of LANES rows, which are d vectors: it is value l d + j of lane l. */
LLOYD_INLINE vf
load_coordinate (const float *rows, const guint j, const guint d)
{
#ifdef vf_pick
  vf v = vf_load (rows);
  LLOYD_UNROLL for (guint s = 1; s < d; s++) v = vf_pick (v, vf_load (rows + s * LANES), s, j, d);
  return v;
#else
  return vf_load_strided (rows + j, d);
#endif
}

LLOYD_INLINE void
load_rows (const float *rows, float *x, const guint d)
{
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += LANES)
    LLOYD_UNROLL for (guint j = 0; j < d; j++)
        vf_store (x + j * LLOYD_BLOCK_ROWS + r, load_coordinate (rows + r * d, j, d));
}

void
LLOYD_KERNEL (lloyd_block_load) (const float *rows, guint d, guint n, float *x)
{
  if (n < LLOYD_BLOCK_ROWS)
    {
      for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
        for (guint j = 0; j < d; j++)
          x[j * LLOYD_BLOCK_ROWS + r] = rows[MIN (r, n - 1) * d + j];
      return;
    }
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    load_rows (rows, x, D);                                                                        \
    break
  switch (d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      break;
    }
#undef CASE
}

/* ---- seeding ------------------------------------------------------------------------------- */

/* Unit rows as the contract has them, in double. */
LLOYD_INLINE void
make_units (const float *x, guint d, double unit_scale, double *u)
{
  const vd scale = vd_set1 (unit_scale), unit = vd_set1 (1.0 / unit_scale);
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += DLANES)
    {
      vd square = vd_set1 (0.0);
      for (guint j = 0; j < d; j++)
        {
          const vd v = vd_load_floats (x + j * LLOYD_BLOCK_ROWS + r);
          square = vd_fmadd (v, v, square);
        }
      const vd norm = vd_sqrt (square);
      for (guint j = 0; j < d; j++)
        {
          const vd v = vd_load_floats (x + j * LLOYD_BLOCK_ROWS + r);
          vd_store (u + j * LLOYD_BLOCK_ROWS + r,
                    vd_mul (vd_round (vd_mul (vd_div (v, norm), scale)), unit));
        }
    }
}

void
LLOYD_KERNEL (lloyd_block_spread) (
    LloydMetric metric, const float *rows, guint d, guint n, double unit_scale, double *u)
{
  float x[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];
  LLOYD_KERNEL (lloyd_block_load) (rows, d, n, x);
  if (LLOYD_METRIC_IS_ANGULAR (metric))
    make_units (x, d, unit_scale, u);
  else
    for (guint i = 0; i < d * LLOYD_BLOCK_ROWS; i += DLANES)
      vd_store (u + i, vd_load_floats (x + i));
}

/* Canonical squared distances of DLANES rows to a centre. */
LLOYD_INLINE vd
distances_to (const double *u, guint d, const float *centre)
{
  vd acc = vd_set1 (0.0);
  for (guint j = 0; j < d; j++)
    {
      const vd t = vd_sub (vd_load (u + j * LLOYD_BLOCK_ROWS), vd_set1 ((double) centre[j]));
      acc = vd_fmadd (t, t, acc);
    }
  return acc;
}

guint64
LLOYD_KERNEL (lloyd_block_gain) (
    const double *u, guint d, const float *centre, const double *nearest, guint n, double scale)
{
  gint64 before[LLOYD_BLOCK_ROWS], after[LLOYD_BLOCK_ROWS];
  guint64 gain = 0;

  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += DLANES)
    {
      const vd old = vd_load (nearest + r);
      const vd least = vd_min (distances_to (u + r, d, centre), old);
      vd_store_cut (before + r, vd_mul (old, vd_set1 (scale)));
      vd_store_cut (after + r, vd_mul (least, vd_set1 (scale)));
    }
  for (guint r = 0; r < n; r++)
    gain += (guint64) (before[r] - after[r]);
  return gain;
}

guint64
LLOYD_KERNEL (lloyd_block_take) (const double *u, guint d, const float *centre, double *nearest)
{
  guint64 changed = 0;
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += DLANES)
    {
      const vd old = vd_load (nearest + r), distance = distances_to (u + r, d, centre);
      changed |= (guint64) vd_mask_lt (distance, old) << r;
      vd_store (nearest + r, vd_min (distance, old));
    }
  return changed;
}

void
LLOYD_KERNEL (lloyd_block_cut) (const double *distances, double scale, guint64 *weights)
{
  for (guint r = 0; r < LLOYD_BLOCK_ROWS; r += DLANES)
    vd_store_cut ((gint64 *) weights + r, vd_mul (vd_load (distances + r), vd_set1 (scale)));
}
