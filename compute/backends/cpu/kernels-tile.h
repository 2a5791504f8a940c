/* A register tile of rows by centroids, for the kernels of many dimensions. */
#pragma once

#include "compute/backends/cpu/kernels-private.h"

/* Accumulators: two vectors a row; with two for centroids and one for the row they fill the
 * registers. */
#if LANES == 16
#define ROWS 12
#else
#define ROWS 6
#endif

/* Dimensions of a tile that lie on the stack; taller ones are packed into the heap. */
#define STACK_DIMS 1024

/* Packs `count` rows, middle taken off, as [d][ROWS]; the rest of the tile is 0. Norms squared
 * beside. */
static inline void
pack_rows (const LloydPanels *panels, const float *x, size_t count, float *packed, float *squares)
{
  guint d = panels->d;
  for (size_t r = 0; r < ROWS; r++)
    {
      const float *row = x + r * d;
      float square = 0.0f;
      for (guint i = 0; i < d; i++)
        {
          float v = r < count ? row[i] - panels->middle[i] : 0.0f;
          packed[(size_t) i * ROWS + r] = v;
          square += v * v;
        }
      squares[r] = square;
    }
}

/* The scores of ROWS rows against one panel, starting from |c|^2 / 2. */
LLOYD_INLINE void
score_panel (
    const float *packed, const float *c, const float *half_square, guint d, vf score[ROWS][2])
{
  const vf start0 = vf_load (half_square), start1 = vf_load (half_square + LANES);
  LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
  {
    score[r][0] = start0;
    score[r][1] = start1;
  }
  for (guint i = 0; i < d; i++, packed += ROWS, c += 2 * LANES)
    {
      const vf c0 = vf_load (c), c1 = vf_load (c + LANES);
      LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
      {
        const vf v = vf_set1 (packed[r]);
        score[r][0] = vf_fnmadd (v, c0, score[r][0]);
        score[r][1] = vf_fnmadd (v, c1, score[r][1]);
      }
    }
}
