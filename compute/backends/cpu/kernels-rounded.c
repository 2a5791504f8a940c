/* What fast programs do, for fast mode: the lowest score in float32 is the label, and rows are
 * added to sums in float32. Nothing is proven, and nothing is done again.
 *
 * Per row and centroid D multiply-adds and two operations that keep the best, where the screen with
 * a proof needs five. */
#include "compute/backends/cpu/kernels-tile.h"

/* Vectors of rows at once at few dimensions. */
#define VECTORS 2
#define LOW_ROWS (VECTORS * LANES)

/* ---- few dimensions: rows along the vectors ------------------------------------------------ */

typedef struct
{
  vf best;
  vi label;
} Best;

/* LOW_ROWS rows of exactly `d` dimensions, d a constant where this is inlined. */
LLOYD_INLINE void
find_nearest_low (const LloydPanels *panels, const float *x, const guint d, Best best[VECTORS])
{
  vf coordinates[VECTORS][LLOYD_LOW_DIMS];
  const guint width = panels->width;

  for (guint v = 0; v < VECTORS; v++)
    {
      best[v] = (Best){ vf_set1 (INFINITY), vi_set1 (0) };
      LLOYD_UNROLL for (guint i = 0; i < d; i++) coordinates[v][i] =
          vf_sub (vf_load_strided (x + (size_t) v * LANES * d + i, d), vf_set1 (panels->middle[i]));
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
        best[v].label = vi_select_lt (score, best[v].best, number, best[v].label);
        best[v].best = vf_min (score, best[v].best);
      }
    }
}

LLOYD_INLINE void
label_low (const LloydPanels *panels, const float *x, size_t n, gint32 *labels, const guint d)
{
  float padded[LOW_ROWS * LLOYD_LOW_DIMS] = { 0 };

  for (size_t first = 0; first < n; first += LOW_ROWS)
    {
      size_t count = MIN (n - first, (size_t) LOW_ROWS);
      const float *block = x + first * d;
      Best best[VECTORS];
      gint32 numbers[LOW_ROWS];

      if (count < LOW_ROWS)
        block = memcpy (padded, block, sizeof (float) * count * d);
      find_nearest_low (panels, block, d, best);
      for (guint v = 0; v < VECTORS; v++)
        vi_store (numbers + (size_t) v * LANES, best[v].label);
      for (size_t i = 0; i < count; i++)
        labels[first + i] = panels->index[numbers[i]];
    }
}

/* ---- many dimensions: a tile of rows by centroids ------------------------------------------ */

/* Lane i of vector h of panel p is centroid (2 p + h) LANES + i: labels hold 2 p + h. */
LLOYD_INLINE void
keep_best (Best best[ROWS], vf score[ROWS][2], guint panel)
{
  const vi first = vi_set1 ((int) (2 * panel)), second = vi_set1 ((int) (2 * panel + 1));
  LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
  {
    const vf a = score[r][0], b = score[r][1], low = vf_min (b, a);
    const vi number = vi_select_lt (b, a, second, first);
    best[r].label = vi_select_lt (low, best[r].best, number, best[r].label);
    best[r].best = vf_min (low, best[r].best);
  }
}

/* The number of the best of all lanes, the lowest among equals. */
static guint
reduce (const Best *best)
{
  float scores[LANES];
  gint32 labels[LANES];
  guint at = 0;

  vf_store (scores, best->best);
  vi_store (labels, best->label);
  for (guint i = 1; i < LANES; i++)
    if (scores[i] < scores[at] || (scores[i] == scores[at] && labels[i] < labels[at]))
      at = i;
  return (guint) labels[at] * LANES + at;
}

static void
find_nearest (const LloydPanels *panels, const float *packed, Best best[ROWS])
{
  vf score[ROWS][2];
  const float *c = panels->centred;

  for (int r = 0; r < ROWS; r++)
    best[r] = (Best){ vf_set1 (INFINITY), vi_set1 (0) };
  for (guint first = 0; first < panels->k_padded; first += 2 * LANES)
    {
      score_panel (packed, c, panels->half_square + first, panels->d, score);
      keep_best (best, score, first / (2 * LANES));
      c += (size_t) 2 * LANES * panels->d;
    }
}

static void
label_dense (const LloydPanels *panels, const float *x, size_t n, gint32 *labels)
{
  float on_stack[ROWS * STACK_DIMS], squares[ROWS];
  g_autofree float *on_heap =
      panels->d > STACK_DIMS ? g_new (float, (size_t) ROWS * panels->d) : NULL;
  float *packed = on_heap != NULL ? on_heap : on_stack;

  for (size_t first = 0; first < n; first += ROWS)
    {
      size_t count = MIN (n - first, (size_t) ROWS);
      Best best[ROWS];
      pack_rows (panels, x + first * panels->d, count, packed, squares);
      find_nearest (panels, packed, best);
      /* Nothing but infinities: any of them. */
      for (size_t r = 0; r < count; r++)
        labels[first + r] = panels->index[MIN (reduce (&best[r]), panels->k - 1)];
    }
}

void
LLOYD_KERNEL (lloyd_nearest_rounded) (const LloydPanels *panels,
                                      const float *x,
                                      size_t n,
                                      gint32 *labels)
{
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    label_low (panels, x, n, labels, D);                                                           \
    break
  switch (panels->d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      label_dense (panels, x, n, labels);
    }
#undef CASE
}

/* ---- sums ---------------------------------------------------------------------------------- */

/* What a row is multiplied by: its weight; for cosine over its norm. */
LLOYD_INLINE float
factor_of (const float *x, const guint d, float weight, gboolean is_unit)
{
  float square = 0.0f;
  if (!is_unit)
    return weight;
  if (d <= LLOYD_LOW_DIMS)
    {
      for (guint j = 0; j < d; j++)
        square += x[j] * x[j];
      return weight / sqrtf (square);
    }
  vf squares = vf_set1 (0.0f);
  float lanes[LANES];
  guint j = 0;
  for (; j + LANES <= d; j += LANES)
    squares = vf_fmadd (vf_load (x + j), vf_load (x + j), squares);
  for (; j < d; j++)
    square += x[j] * x[j];
  vf_store (lanes, squares);
  for (guint i = 0; i < LANES; i++)
    square += lanes[i];
  return weight / sqrtf (square);
}

LLOYD_INLINE void
add_all (const float *x,
         size_t n,
         const guint d,
         const gint32 *labels,
         const float *weights,
         float *sums,
         const gboolean is_unit)
{
  for (size_t i = 0; i < n; i++, x += d)
    {
      float *sum = sums + (size_t) labels[i] * d;
      const float factor = factor_of (x, d, weights != NULL ? weights[i] : 1.0f, is_unit);
      const vf factors = vf_set1 (factor);
      guint j = 0;
      for (; d > LLOYD_LOW_DIMS && j + LANES <= d; j += LANES)
        vf_store (sum + j, vf_fmadd (vf_load (x + j), factors, vf_load (sum + j)));
      for (; j < d; j++)
        sum[j] += x[j] * factor;
    }
}

void
LLOYD_KERNEL (lloyd_add_rounded) (LloydMetric metric,
                                  const float *x,
                                  size_t n,
                                  guint d,
                                  const gint32 *labels,
                                  const float *weights,
                                  float *sums)
{
  const gboolean is_unit = metric == LLOYD_METRIC_COSINE;
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    if (is_unit)                                                                                   \
      add_all (x, n, D, labels, weights, sums, TRUE);                                              \
    else                                                                                           \
      add_all (x, n, D, labels, weights, sums, FALSE);                                             \
    break
  switch (d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      add_all (x, n, d, labels, weights, sums, is_unit);
    }
#undef CASE
}
