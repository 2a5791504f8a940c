/* Exact sums: values to integers in units of their column, added to the sums of their cluster.
 * Integer addition has no order, so neither threads nor vectors can change a sum.
 *
 * Per value one multiplication, one rounding and one addition to memory (cosine: a division too); 4
 * bytes in. At few dimensions the scattered additions bound it, at many the reading of the rows. */
#include "compute/backends/cpu/kernels-private.h"

#include "compute/exact/canonical.h"

/* Rows that share one pass of conversion at few dimensions: with DLANES rows the columns line up
 * with the vectors. */
#define BLOCK_ROWS 8

/* What a value is before it is rounded: x 2^s, or x / |x| 2^s; 0 where it is left out. */
LLOYD_INLINE vd
to_units (vd x, vd scale, vd limit, vd norm, gboolean is_unit, gboolean has_limits)
{
  vd v = is_unit ? vd_mul (vd_div (x, norm), scale) : vd_mul (x, scale);
  return has_limits ? vd_if_below (v, x, limit) : v;
}

static inline gint64
to_units_1 (float x, double scale, float limit, double norm, gboolean is_unit)
{
  if (is_unit)
    return lloyd_exact_unit_coordinate (x, norm, scale);
  if (!(fabsf (x) < limit))
    return 0;
  return (gint64) ((double) x * scale + LLOYD_MAGIC - LLOYD_MAGIC);
}

/* ---- many dimensions: along each row ------------------------------------------------------- */

LLOYD_INLINE void
add_rows (const float *x,
          size_t n,
          const gint32 *labels,
          const double *norms,
          LloydSums *sums,
          const gboolean is_unit,
          const gboolean has_limits)
{
  const LloydGrid *grid = sums->grid;
  const guint d = sums->d;

  for (size_t i = 0; i < n; i++, x += d)
    {
      gint64 *sum = sums->fixed + (size_t) labels[i] * d;
      const vd norm = vd_set1 (is_unit ? norms[i] : 1.0);
      guint j = 0;
      for (; j + DLANES <= d; j += DLANES)
        {
          vd limit = has_limits ? vd_load_floats (grid->limit + j) : norm;
          vd_add_units (sum + j, to_units (vd_load_floats (x + j), vd_load (grid->scale + j), limit,
                                           norm, is_unit, has_limits));
        }
      for (; j < d; j++)
        sum[j] +=
            to_units_1 (x[j], grid->scale[j], grid->limit[j], is_unit ? norms[i] : 1.0, is_unit);
    }
}

/* ---- squares ------------------------------------------------------------------------------- */

/* Values squared at once. */
#define SQUARES 2048

static inline gint64
bits_of (double v)
{
  gint64 bits;
  memcpy (&bits, &v, sizeof bits);
  return bits;
}

/* Adds SQUARES squares, which double holds exactly, as lloyd_wide_add_all() does: cut, without
 * error, into multiples of 2^e and of 2^(e-52), where the largest is below 2^(e+51). FALSE, with
 * nothing added, where that leaves a rest. Loops of so many turns become vectors. */
static gboolean
add_cut (const double *squares, LloydWide *total)
{
  gint64 largest = 0;
  guint64 high = 0, low = 0, lost = 0;
  int exponent;
  double top;

  /* Doubles above 0 are in the order of their bits. */
  for (int i = 0; i < SQUARES; i++)
    largest = bits_of (squares[i]) > largest ? bits_of (squares[i]) : largest;
  memcpy (&top, &largest, sizeof top);
  if (largest == 0)
    return TRUE;
  if (!isfinite (top))
    return FALSE;
  frexp (top, &exponent);
  exponent -= 51;
  if (exponent < -600)
    return FALSE;

  const double high_magic = ldexp (1.5, exponent + 52), low_magic = ldexp (1.5, exponent);
  const guint64 high_bits = (guint64) bits_of (high_magic),
                low_bits = (guint64) bits_of (low_magic);
  for (int i = 0; i < SQUARES; i++)
    {
      double cut = squares[i] + high_magic, rest = squares[i] - (cut - high_magic);
      double low_cut = rest + low_magic;
      high += (guint64) bits_of (cut) - high_bits;
      low += (guint64) bits_of (low_cut) - low_bits;
      /* Twice, so that the sign of a 0 is gone. */
      lost |= (guint64) bits_of (rest - (low_cut - low_magic)) << 1;
    }
  if (lost != 0)
    return FALSE;
  lloyd_wide_add_scaled (total, (gint64) high, exponent);
  lloyd_wide_add_scaled (total, (gint64) low, exponent - 52);
  return TRUE;
}

void
LLOYD_KERNEL (lloyd_add_squares) (const float *x, size_t n, LloydWide *total)
{
  double squares[SQUARES];
  size_t i = 0;

  for (; i + SQUARES <= n; i += SQUARES)
    {
      for (int j = 0; j < SQUARES; j++)
        squares[j] = (double) x[i + (size_t) j] * (double) x[i + (size_t) j];
      if (!add_cut (squares, total))
        lloyd_wide_add_squares (total, x + i, SQUARES);
    }
  lloyd_wide_add_squares (total, x + i, n - i);
}

/* ---- few dimensions: BLOCK_ROWS rows at once ----------------------------------------------- */

/* Columns repeat through a block of rows: their scales and limits, laid out like it. */
typedef struct
{
  double scale[BLOCK_ROWS * LLOYD_LOW_DIMS];
  float limit[BLOCK_ROWS * LLOYD_LOW_DIMS];
} Pattern;

static void
make_pattern (const LloydGrid *grid, Pattern *pattern)
{
  for (guint i = 0; i < BLOCK_ROWS * grid->d; i++)
    {
      pattern->scale[i] = grid->scale[i % grid->d];
      pattern->limit[i] = grid->limit[i % grid->d];
    }
}

LLOYD_INLINE void
convert_block (const float *x,
               const Pattern *pattern,
               const double *norms,
               gint64 *units,
               const guint d,
               const gboolean is_unit,
               const gboolean has_limits)
{
  for (guint at = 0; at < BLOCK_ROWS * d; at += DLANES)
    {
      vd norm = vd_set1 (1.0), limit = norm;
      if (is_unit)
        norm = vd_load (norms + at);
      if (has_limits)
        limit = vd_load_floats (pattern->limit + at);
      vd_store_units (units + at, to_units (vd_load_floats (x + at), vd_load (pattern->scale + at),
                                            limit, norm, is_unit, has_limits));
    }
}

LLOYD_INLINE void
add_block (const gint64 *units, const gint32 *labels, gint64 *fixed, const guint d)
{
  for (guint r = 0; r < BLOCK_ROWS; r++)
    {
      gint64 *sum = fixed + (size_t) labels[r] * d;
      LLOYD_UNROLL for (guint j = 0; j < d; j++) sum[j] += units[r * d + j];
    }
}

LLOYD_INLINE void
add_blocks (const float *x,
            size_t n,
            const gint32 *labels,
            const double *norms,
            LloydSums *sums,
            const guint d,
            const gboolean is_unit,
            const gboolean has_limits)
{
  Pattern pattern;
  gint64 units[BLOCK_ROWS * LLOYD_LOW_DIMS];
  double spread_norms[BLOCK_ROWS * LLOYD_LOW_DIMS];
  size_t i = 0;

  make_pattern (sums->grid, &pattern);
  for (; i + BLOCK_ROWS <= n; i += BLOCK_ROWS)
    {
      for (guint at = 0; is_unit && at < BLOCK_ROWS * d; at++)
        spread_norms[at] = norms[i + at / d];
      convert_block (x + i * d, &pattern, spread_norms, units, d, is_unit, has_limits);
      add_block (units, labels + i, sums->fixed, d);
    }
  if (i < n)
    add_rows (x + i * d, n - i, labels + i, is_unit ? norms + i : NULL, sums, is_unit, has_limits);
}

/* ---- which --------------------------------------------------------------------------------- */

LLOYD_INLINE void
add_some (const float *x,
          size_t n,
          const gint32 *labels,
          const double *norms,
          LloydSums *sums,
          const gboolean is_unit,
          const gboolean has_limits)
{
#define CASE(D)                                                                                    \
  case D:                                                                                          \
    add_blocks (x, n, labels, norms, sums, D, is_unit, has_limits);                                \
    break
  switch (sums->d)
    {
      LLOYD_EACH_LOW_DIM (CASE);
    default:
      add_rows (x, n, labels, norms, sums, is_unit, has_limits);
      break;
    }
#undef CASE
}

void
LLOYD_KERNEL (lloyd_add) (LloydMetric metric,
                          const float *x,
                          size_t n,
                          const gint32 *labels,
                          const double *norms,
                          LloydSums *sums)
{
  for (size_t i = 0; i < n; i++)
    sums->sizes[labels[i]]++;
  if (metric == LLOYD_METRIC_COSINE)
    add_some (x, n, labels, norms, sums, TRUE, FALSE);
  else if (sums->grid->n_slots > 0)
    add_some (x, n, labels, norms, sums, FALSE, TRUE);
  else
    add_some (x, n, labels, norms, sums, FALSE, FALSE);
}
