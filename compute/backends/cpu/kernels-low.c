/* The screen for few dimensions: rows along the vectors, centroids one after another.
 *
 * Per row and centroid: D multiply-adds and five operations that keep the best two; 4 D bytes a
 * row. At D = 2 that is 7 operations against 8 / K bytes, so arithmetic bounds it from K = 4 on. */
#include "compute/backends/cpu/kernels-private.h"

/* Vectors of rows at once: enough to hide the latency of the chain through best and second. */
#define VECTORS 2
#define ROWS (VECTORS * LANES)

typedef struct
{
  vf best;
  vf second;
  vi label;
  vf norm_squared;
} Top;

/* Which of the rows are not proven; bit r is row r of the vector. */
LLOYD_INLINE uint32_t
find_doubtful (const LloydPanels *panels, const Top *top)
{
  const vf slack = vf_set1 (1.0f + ((float) panels->d + 8.0f) * LLOYD_NORM_SLACK);
  vf norm = vf_mul (vf_sqrt (vf_add (top->norm_squared, vf_set1 (LLOYD_SMALL_SQUARE))), slack);
  vf reach = vf_add (vf_add (norm, norm), vf_lookup (panels->norm, top->label));
  vf r = vf_min (reach, vf_set1 (panels->max_norm));

  vf b = vf_fmadd (vf_set1 (panels->a3), vf_mul (norm, norm), vf_set1 (panels->a4));
  b = vf_fmadd (vf_set1 (panels->a2), vf_mul (r, r), b);
  b = vf_fmadd (vf_set1 (panels->a1), vf_mul (norm, r), b);
  return vf_mask_not_gt (vf_sub (top->second, top->best), vf_add (b, b)) |
         vf_mask_not_gt (vf_set1 (LLOYD_FAR_REACH), reach);
}

/* Screens ROWS rows of exactly `d` dimensions, d a constant where this is inlined. */
LLOYD_INLINE void
screen_block (const LloydPanels *panels, const float *x, const guint d, Top top[VECTORS])
{
  vf coordinates[VECTORS][LLOYD_LOW_DIMS];
  const guint width = panels->width;

  for (guint v = 0; v < VECTORS; v++)
    {
      top[v] = (Top){ vf_set1 (INFINITY), vf_set1 (INFINITY), vi_set1 (0), vf_set1 (0.0f) };
      LLOYD_UNROLL for (guint i = 0; i < d; i++)
      {
        vf raw = vf_load_strided (x + (size_t) v * LANES * d + i, d);
        coordinates[v][i] = vf_sub (raw, vf_set1 (panels->middle[i]));
        top[v].norm_squared = vf_fmadd (coordinates[v][i], coordinates[v][i], top[v].norm_squared);
      }
    }

  for (guint j = 0; j < panels->k; j++)
    {
      const float *c = panels->centred + (size_t) (j / width) * d * width + j % width;
      const vf start = vf_set1 (panels->half_square[j]);
      const vi number = vi_set1 ((int) j);
      LLOYD_UNROLL for (guint v = 0; v < VECTORS; v++)
      {
        vf score = start;
        LLOYD_UNROLL for (guint i = 0; i < d; i++) score =
            vf_fnmadd (coordinates[v][i], vf_set1 (c[(size_t) i * width]), score);
        top[v].label = vi_select_lt (score, top[v].best, number, top[v].label);
        top[v].second = vf_min (vf_max (score, top[v].best), top[v].second);
        top[v].best = vf_min (score, top[v].best);
      }
    }
}

LLOYD_INLINE void
screen_all (const LloydPanels *panels,
            const float *x,
            size_t n,
            gint32 *labels,
            guint32 *doubtful,
            size_t *n_doubtful,
            const guint d)
{
  float padded[ROWS * LLOYD_LOW_DIMS] = { 0 };
  size_t found = 0;

  for (size_t first = 0; first < n; first += ROWS)
    {
      size_t count = MIN (n - first, (size_t) ROWS);
      const float *block = x + first * d;
      Top top[VECTORS];
      gint32 numbers[ROWS];

      if (count < ROWS)
        block = memcpy (padded, block, sizeof (float) * count * d);
      screen_block (panels, block, d, top);
      uint64_t mask = 0;
      for (guint v = 0; v < VECTORS; v++)
        {
          vi_store (numbers + (size_t) v * LANES, top[v].label);
          mask |= (uint64_t) find_doubtful (panels, &top[v]) << (v * LANES);
        }
      for (size_t i = 0; i < count; i++)
        labels[first + i] = panels->index[numbers[i]];
      for (; mask != 0; mask &= mask - 1)
        {
          size_t i = (size_t) __builtin_ctzll (mask);
          if (i < count)
            doubtful[found++] = (guint32) (first + i);
        }
    }
  *n_doubtful = found;
}

void
LLOYD_KERNEL (lloyd_screen_low) (const LloydPanels *panels,
                                 const float *x,
                                 size_t n,
                                 gint32 *labels,
                                 guint32 *doubtful,
                                 size_t *n_doubtful)
{
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    screen_all (panels, x, n, labels, doubtful, n_doubtful, D);                                    \
    break
  switch (panels->d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      g_assert_not_reached ();
    }
#undef CASE
}
