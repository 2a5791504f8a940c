/* The screen for many dimensions: a register tile of rows by centroids, the best two kept in
 * registers' reach, nothing of size N x K ever stored.
 *
 * Per row and centroid 2 D operations; a tile of ROWS rows reads each panel once, 8 D K / ROWS
 * bytes a row from the second-level cache, so with 12 rows the multiply-adds are the limit. */
#include "compute/backends/cpu/kernels-tile.h"

typedef struct
{
  vf best[ROWS];
  vf second[ROWS];
  vi label[ROWS];
} Top;

/* Lane i of vector h of panel p is centroid (2 p + h) LANES + i: labels hold 2 p + h. */
LLOYD_INLINE void
keep_best (Top *top, vf score[ROWS][2], guint panel)
{
  const vi first = vi_set1 ((int) (2 * panel)), second = vi_set1 ((int) (2 * panel + 1));
  LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
  {
    const vf a = score[r][0], b = score[r][1], best = top->best[r];
    const vf low = vf_min (b, a), high = vf_max (b, a);
    const vi number = vi_select_lt (b, a, second, first);
    top->label[r] = vi_select_lt (low, best, number, top->label[r]);
    top->second[r] = vf_min (vf_min (high, vf_max (low, best)), top->second[r]);
    top->best[r] = vf_min (low, best);
  }
}

/* Best and second best of a row over all lanes; the number of the best among distinct centroids. */
static guint
reduce (const Top *top, int r, float *best, float *second)
{
  float lane_best[LANES], lane_second[LANES];
  gint32 lane_label[LANES];
  int at = 0;

  vf_store (lane_best, top->best[r]);
  vf_store (lane_second, top->second[r]);
  vi_store (lane_label, top->label[r]);
  for (int i = 1; i < LANES; i++)
    if (lane_best[i] < lane_best[at])
      at = i;
  *best = lane_best[at];
  *second = lane_second[at];
  for (int i = 0; i < LANES; i++)
    if (i != at && lane_best[i] < *second)
      *second = lane_best[i];
  return (guint) lane_label[at] * LANES + (guint) at;
}

/* An upper bound of a norm, from its square in float32. */
static inline float
norm_of (const LloydPanels *panels, float square)
{
  return sqrtf (square + LLOYD_SMALL_SQUARE) *
         (1.0f + ((float) panels->d + 8.0f) * LLOYD_NORM_SLACK);
}

static void
screen_tile (const LloydPanels *panels, const float *packed, Top *top)
{
  vf score[ROWS][2];
  const float *c = panels->centred;

  for (int r = 0; r < ROWS; r++)
    {
      top->best[r] = top->second[r] = vf_set1 (INFINITY);
      top->label[r] = vi_set1 (0);
    }
  for (guint first = 0; first < panels->k_padded; first += 2 * LANES)
    {
      score_panel (packed, c, panels->half_square + first, panels->d, score);
      keep_best (top, score, first / (2 * LANES));
      c += (size_t) 2 * LANES * panels->d;
    }
}

void
LLOYD_KERNEL (lloyd_screen_dense) (const LloydPanels *panels,
                                   const float *x,
                                   size_t n,
                                   gint32 *labels,
                                   guint32 *doubtful,
                                   size_t *n_doubtful)
{
  float on_stack[ROWS * STACK_DIMS], squares[ROWS];
  g_autofree float *on_heap =
      panels->d > STACK_DIMS ? g_new (float, (size_t) ROWS * panels->d) : NULL;
  float *packed = on_heap != NULL ? on_heap : on_stack;
  size_t found = 0;

  for (size_t first = 0; first < n; first += ROWS)
    {
      size_t count = MIN (n - first, (size_t) ROWS);
      Top top;
      pack_rows (panels, x + first * panels->d, count, packed, squares);
      screen_tile (panels, packed, &top);
      for (size_t r = 0; r < count; r++)
        {
          float best, second;
          guint number = reduce (&top, (int) r, &best, &second);
          /* Nothing but infinities: any number will do until the row is decided. */
          number = MIN (number, panels->k - 1);
          labels[first + r] = panels->index[number];
          if (!lloyd_is_proven (panels, number, best, second, norm_of (panels, squares[r])))
            doubtful[found++] = (guint32) (first + r);
        }
    }
  *n_doubtful = found;
}
