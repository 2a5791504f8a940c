/* Where rows are seen, and their hashes: plain loops that compilers turn into vectors. What follows
 * is one addition to memory a row, which no vector can do. */
#include "compute/backends/cpu/kernels-private.h"

/* Adds one column's part to the places of n rows. */
LLOYD_INLINE void
add_term (const float *x,
          size_t n,
          const size_t stride,
          double across,
          double down,
          double *restrict all_across,
          double *restrict all_down)
{
  for (size_t i = 0; i < n; i++)
    {
      double v = (double) x[i * stride];
      all_across[i] = all_across[i] + across * v;
      all_down[i] = all_down[i] + down * v;
    }
}

void
LLOYD_KERNEL (lloyd_splat_places) (
    const float *x, size_t n, size_t stride, const LloydSplatMap *map, guint32 *at)
{
  double across[LLOYD_SPLAT_ROWS], down[LLOYD_SPLAT_ROWS];
  const guint32 width = map->width, height = map->height, outside = width * height;

  for (size_t i = 0; i < n; i++)
    {
      across[i] = map->across_start;
      down[i] = map->down_start;
    }
  for (guint t = 0; t < map->n_terms; t++)
    {
      const float *column = x + map->columns[t];
      if (stride == 2)
        add_term (column, n, 2, map->across[t], map->down[t], across, down);
      else if (stride == 3)
        add_term (column, n, 3, map->across[t], map->down[t], across, down);
      else
        add_term (column, n, stride, map->across[t], map->down[t], across, down);
    }
  for (size_t i = 0; i < n; i++)
    {
      /* As lloyd_splat_at() has it, without a branch. */
      gboolean is_inside = (across[i] >= 0.0) & (across[i] < (double) width) & (down[i] >= 0.0) &
                           (down[i] < (double) height);
      double right = is_inside ? across[i] : 0.0, below = is_inside ? down[i] : 0.0;
      guint32 pixel = (guint32) (gint32) below * width + (guint32) (gint32) right;
      at[i] = is_inside ? pixel : outside;
    }
}

void
LLOYD_KERNEL (lloyd_splat_hashes) (const size_t *numbers, size_t first, size_t n, guint32 *hashes)
{
  if (numbers != NULL)
    for (size_t i = 0; i < n; i++)
      hashes[i] = lloyd_splat_hash (numbers[i]);
  else if (first + n <= G_MAXUINT32)
    for (size_t i = 0; i < n; i++)
      hashes[i] = lloyd_splat_hash ((guint32) first + (guint32) i);
  else
    for (size_t i = 0; i < n; i++)
      hashes[i] = lloyd_splat_hash (first + i);
}
