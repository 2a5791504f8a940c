/* Seeding: which rows a round's candidates may come nearer to, and the canonical distances of rows
 * to them.
 *
 * The screen asks the points in 8 bits: a row whose score with every candidate lies more than E
 * (see kernels-int8.c) above what the distance that it has allows is out. Up to 8 candidates lie
 * twice along a vector, for two quads of dimensions at once, so that a row costs D / 8
 * multiplications and D + 20 bytes.
 *
 * Canonical distances take rows one by one in doubles and candidates along the vector, D
 * multiply-adds a row for up to DLANES of them; where dimensions are few, rows lie along the
 * vector. */
#include "compute/backends/cpu/kernels-private.h"

#include "compute/exact/canonical.h"

static void
note_nearer (LloydNearerList *list, size_t row, guint candidate, double distance)
{
  if (list->n == list->room)
    list->is_short = TRUE;
  else
    list->pairs[list->n++] = (LloydNearer){ distance, row, candidate };
}

/* ---- canonical: many dimensions ------------------------------------------------------------- */

/* Rows at once: enough to hide the latency of a multiply-add. Dimensions at once: so that their
 * values in double stay in the first-level cache. */
#define GROUP 8
#define SLAB 128
#define FLOATS_IN_LINE 16

/* Some rows, and a slab of their values (angular: of their unit rows). */
typedef struct
{
  /* A little more than a slab, so that the same value of several rows lies in several banks. */
  double values[GROUP][SLAB + 1];
  double norms[GROUP];
  const float *rows[GROUP];
  guint32 numbers[GROUP];
  /* The first dimension of the slab; G_MAXUINT before there is one. */
  guint slab;
} Group;

static void
find_norms (Group *group, guint d)
{
  double acc[GROUP] = { 0.0 };
  for (guint j = 0; j < d; j++)
    LLOYD_UNROLL for (int r = 0; r < GROUP; r++)
    {
      double v = (double) group->rows[r][j];
      acc[r] = fma (v, v, acc[r]);
    }
  for (int r = 0; r < GROUP; r++)
    group->norms[r] = sqrt (acc[r]);
}

/* Asks for the rows of the next group, which may lie anywhere. */
LLOYD_INLINE void
prefetch_group (const LloydCandidates *candidates, const LloydTrialRows *in, size_t first)
{
  for (size_t i = first; i < MIN (first + GROUP, in->n); i++)
    for (guint j = 0; j < MIN (candidates->d, SLAB); j += FLOATS_IN_LINE)
      __builtin_prefetch (in->x + (in->rows != NULL ? in->rows[i] : i) * candidates->d + j);
}

/* The rows from the i-th listed on, the last one repeated where there are fewer. */
LLOYD_INLINE void
start_group (const LloydCandidates *candidates, const LloydTrialRows *in, size_t i, Group *group)
{
  group->slab = G_MAXUINT;
  prefetch_group (candidates, in, i + GROUP);
  for (size_t r = 0; r < GROUP; r++)
    {
      size_t at = MIN (i + r, in->n - 1);
      group->numbers[r] = in->rows != NULL ? in->rows[at] : (guint32) at;
      group->rows[r] = in->x + (size_t) group->numbers[r] * candidates->d;
    }
  if (LLOYD_METRIC_IS_ANGULAR (candidates->metric))
    find_norms (group, candidates->d);
}

/* A coordinate of unit rows. */
LLOYD_INLINE vd
unit_coordinates (vd v, vd norm, double unit_scale)
{
  const vd scaled = vd_mul (vd_div (v, norm), vd_set1 (unit_scale));
  return vd_mul (vd_round (scaled), vd_set1 (1.0 / unit_scale));
}

/* Values of a row in double. */
LLOYD_INLINE void
widen (const float *row, guint count, double *values)
{
  guint j = 0;
  for (; j + DLANES <= count; j += DLANES)
    vd_store (values + j, vd_load_floats (row + j));
  /* The last vector overlaps the one before. */
  if (j < count && count >= DLANES)
    vd_store (values + count - DLANES, vd_load_floats (row + count - DLANES));
  for (; j < count && count < DLANES; j++)
    values[j] = (double) row[j];
}

/* Makes them values of the unit row. */
LLOYD_INLINE void
divide (double norm, double unit_scale, guint count, double *values)
{
  for (guint j = 0; j < count; j += DLANES)
    vd_store (values + j, unit_coordinates (vd_load (values + j), vd_set1 (norm), unit_scale));
}

static void
fill_slab (const LloydCandidates *candidates, Group *group, guint first, guint count)
{
  group->slab = first;
  for (guint r = 0; r < GROUP; r++)
    widen (group->rows[r] + first, count, group->values[r]);
  if (LLOYD_METRIC_IS_ANGULAR (candidates->metric))
    for (guint r = 0; r < GROUP; r++)
      divide (group->norms[r], candidates->unit_scale, count, group->values[r]);
}

/* Adds the squares of a slab to the distances from the rows to DLANES candidates. */
LLOYD_INLINE void
add_slab (const double *c, guint room, const Group *group, guint count, vd *distances)
{
  vd acc[GROUP];
  LLOYD_UNROLL for (int r = 0; r < GROUP; r++) acc[r] = distances[r];
  for (guint j = 0; j < count; j++, c += room)
    {
      const vd v = vd_load (c);
      LLOYD_UNROLL for (int r = 0; r < GROUP; r++)
      {
        const vd t = vd_sub (v, vd_set1 (group->values[r][j]));
        acc[r] = vd_fmadd (t, t, acc[r]);
      }
    }
  LLOYD_UNROLL for (int r = 0; r < GROUP; r++) distances[r] = acc[r];
}

/* Distances of a group to the DLANES candidates from `lane` on. */
static void
measure_group (const LloydCandidates *candidates, Group *group, guint lane, vd *distances)
{
  LLOYD_UNROLL for (int r = 0; r < GROUP; r++) distances[r] = vd_set1 (0.0);
  for (guint first = 0; first < candidates->d; first += SLAB)
    {
      guint count = MIN (candidates->d - first, SLAB);
      if (group->slab != first)
        fill_slab (candidates, group, first, count);
      add_slab (candidates->exact + (size_t) first * candidates->room + lane, candidates->room,
                group, count, distances);
    }
}

/* ---- canonical: few dimensions -------------------------------------------------------------- */

/* DLANES rows from the i-th on as the distance takes them, dimension by dimension. */
LLOYD_INLINE void
load_low (const LloydCandidates *candidates, const LloydTrialRows *in, size_t i, guint d, vd *u)
{
  vd square = vd_set1 (0.0);

  LLOYD_UNROLL for (guint j = 0; j < d; j++)
  {
    u[j] = vd_load_strided (in->x + i * d + j, d);
    square = vd_fmadd (u[j], u[j], square);
  }
  if (!LLOYD_METRIC_IS_ANGULAR (candidates->metric))
    return;
  const vd norm = vd_sqrt (square);
  LLOYD_UNROLL for (guint j = 0; j < d; j++) u[j] =
      unit_coordinates (u[j], norm, candidates->unit_scale);
}

LLOYD_INLINE vd
measure_low (const LloydCandidates *candidates, guint number, guint d, const vd *u)
{
  const double *c = candidates->exact + number;
  vd acc = vd_set1 (0.0);
  LLOYD_UNROLL for (guint j = 0; j < d; j++)
  {
    const vd t = vd_sub (u[j], vd_set1 (c[(size_t) j * candidates->room]));
    acc = vd_fmadd (t, t, acc);
  }
  return acc;
}

/* Weights of up to DLANES rows; 1 where there are none. */
LLOYD_INLINE vd
weights_of (const LloydTrialRows *in, size_t i)
{
  return in->weights != NULL ? vd_load_floats (in->weights + i) : vd_set1 (1.0);
}

LLOYD_INLINE void
try_low (const LloydCandidates *candidates,
         const LloydTrialRows *in,
         size_t i,
         guint d,
         guint64 *gains,
         LloydNearerList *nearer)
{
  const vd nearest = vd_load (in->nearest + i);
  const vd factor = weights_of (in, i), scale = vd_set1 (in->scale);
  vd u[LLOYD_LOW_DIMS];
  load_low (candidates, in, i, d, u);

  for (guint c = 0; c < candidates->m; c++)
    {
      const vd distance = measure_low (candidates, c, d, u);
      guint32 mask = vd_mask_lt (distance, nearest);
      gint64 before[DLANES], after[DLANES];
      double distances[DLANES];
      if (mask == 0)
        continue;
      vd_store_cut (before, vd_mul (vd_mul (factor, nearest), scale));
      vd_store_cut (after, vd_mul (vd_mul (factor, vd_min (distance, nearest)), scale));
      for (int r = 0; r < DLANES; r++)
        gains[c] += (guint64) (before[r] - after[r]);
      vd_store (distances, distance);
      for (; mask != 0 && !nearer->is_short; mask &= mask - 1)
        {
          guint r = (guint) __builtin_ctz (mask);
          note_nearer (nearer, in->first + i + r, c, distances[r]);
        }
    }
}

static double
distance_of_row (const LloydCandidates *candidates, const float *x, guint number)
{
  double norm = LLOYD_METRIC_IS_ANGULAR (candidates->metric)
                    ? sqrt (lloyd_exact_norm_squared (x, candidates->d))
                    : 0.0;
  return lloyd_exact_seeding_distance (candidates->metric, x, norm, candidates->unit_scale,
                                       candidates->centres + (size_t) number * candidates->d,
                                       candidates->d);
}

/* Up to `n` rows from the i-th on, one by one. */
static void
try_rest (const LloydCandidates *candidates,
          const LloydTrialRows *in,
          size_t i,
          guint64 *gains,
          LloydNearerList *nearer)
{
  for (; i < in->n; i++)
    for (guint c = 0; c < candidates->m; c++)
      {
        double distance = distance_of_row (candidates, in->x + i * candidates->d, c);
        double weight = in->weights != NULL ? (double) in->weights[i] : 1.0;
        if (!(distance < in->nearest[i]))
          continue;
        gains[c] += (guint64) (weight * in->nearest[i] * in->scale);
        gains[c] -= (guint64) (weight * distance * in->scale);
        note_nearer (nearer, in->first + i, c, distance);
      }
}

#define TRY(D)                                                                                     \
  case D:                                                                                          \
    for (; i + DLANES <= in->n; i += DLANES)                                                       \
      try_low (candidates, in, i, D, gains, nearer);                                               \
    break

static void
try_rows_low (const LloydCandidates *candidates,
              const LloydTrialRows *in,
              guint64 *gains,
              LloydNearerList *nearer)
{
  size_t i = 0;
  switch (candidates->d)
    {
      LLOYD_EACH_LOW_DIM (TRY);
    }
  try_rest (candidates, in, i, gains, nearer);
}

#define MEASURE(D)                                                                                 \
  case D:                                                                                          \
    for (; i + DLANES <= in->n; i += DLANES)                                                       \
      {                                                                                            \
        load_low (candidates, in, i, D, u);                                                        \
        vd_store (out + i, measure_low (candidates, number, D, u));                                \
      }                                                                                            \
    break

static void
measure_rows_low (const LloydCandidates *candidates,
                  const LloydTrialRows *in,
                  guint number,
                  double *out)
{
  vd u[LLOYD_LOW_DIMS];
  size_t i = 0;
  switch (candidates->d)
    {
      LLOYD_EACH_LOW_DIM (MEASURE);
    }
  for (; i < in->n; i++)
    out[i] = distance_of_row (candidates, in->x + i * candidates->d, number);
}

/* ---- canonical: rows ------------------------------------------------------------------------ */

/* Adds up what a row gains from the DLANES candidates from `lane` on. */
LLOYD_INLINE void
try_row (const LloydCandidates *candidates,
         const LloydTrialRows *in,
         guint32 row,
         guint lane,
         vd distances,
         guint64 *gains,
         LloydNearerList *nearer)
{
  double weight = in->weights != NULL ? (double) in->weights[row] : 1.0, lanes[DLANES];
  const vd nearest = vd_set1 (in->nearest[row]), factor = vd_set1 (weight);
  guint64 before = (guint64) (weight * in->nearest[row] * in->scale);
  guint32 mask = vd_mask_lt (distances, nearest);
  gint64 after[DLANES];

  vd_store_cut (after, vd_mul (vd_mul (factor, vd_min (distances, nearest)), vd_set1 (in->scale)));
  for (int c = 0; c < DLANES; c++)
    gains[lane + (guint) c] += before - (guint64) after[c];
  vd_store (lanes, distances);
  for (; mask != 0 && !nearer->is_short; mask &= mask - 1)
    {
      guint c = (guint) __builtin_ctz (mask);
      if (lane + c < candidates->m)
        note_nearer (nearer, in->first + row, lane + c, lanes[c]);
    }
}

void
LLOYD_KERNEL (lloyd_try_rows) (const LloydCandidates *candidates,
                               const LloydTrialRows *in,
                               guint64 *gains,
                               LloydNearerList *nearer)
{
  Group group;

  if (candidates->d <= LLOYD_LOW_DIMS && in->rows == NULL)
    {
      try_rows_low (candidates, in, gains, nearer);
      return;
    }
  for (size_t i = 0; i < in->n; i += GROUP)
    {
      start_group (candidates, in, i, &group);
      for (guint lane = 0; lane < candidates->room; lane += DLANES)
        {
          vd distances[GROUP];
          measure_group (candidates, &group, lane, distances);
          for (guint r = 0; r < MIN (GROUP, in->n - i); r++)
            try_row (candidates, in, group.numbers[r], lane, distances[r], gains, nearer);
        }
    }
}

void
LLOYD_KERNEL (lloyd_measure_rows) (const LloydCandidates *candidates,
                                   const LloydTrialRows *in,
                                   guint number,
                                   double *out)
{
  Group group;

  if (candidates->d <= LLOYD_LOW_DIMS && in->rows == NULL)
    {
      measure_rows_low (candidates, in, number, out);
      return;
    }
  for (size_t i = 0; i < in->n; i += GROUP)
    {
      vd distances[GROUP];
      start_group (candidates, in, i, &group);
      measure_group (candidates, &group, number - number % DLANES, distances);
      for (guint r = 0; r < MIN (GROUP, in->n - i); r++)
        {
          double lanes[DLANES];
          vd_store (lanes, distances[r]);
          out[i + r] = lanes[number % DLANES];
        }
    }
}

/* ---- the screen ------------------------------------------------------------------------------ */

#ifdef LLOYD_HAVE_INT8

#define ROWS 16
/* Tiles to ask the memory for ahead. */
#define TILES_AHEAD 3
/* What is nearer to a row or shorter than this no centre can be that is too far to be screened. */
#define NEAR_SQUARE 1e35f
#define NEAR_LENGTH 4e17f

LLOYD_INLINE vf
load_doubles (const double *p)
{
  return _mm512_insertf32x8 (_mm512_castps256_ps512 (_mm512_cvtpd_ps (vd_load (p))),
                             _mm512_cvtpd_ps (vd_load (p + DLANES)), 1);
}

/* What score a candidate must not exceed to come nearer to a row than its nearest centre so far.
 * `unknown`: of those rows nothing is known.
 *
 * Euclidean: d = 2 s + |x - m|^2 < nearest. Angular, for unit rows u and centres:
 * d = 2 - 2 u.c = 2 + 2 s / |x| < nearest. `slack` covers what the lengths are off by, and the
 * roundings here. */
LLOYD_INLINE vf
score_limits (const LloydPanels *panels,
              const LloydReduced *reduced,
              size_t first,
              const double *distances,
              __mmask16 *unknown)
{
  const vf slack = vf_set1 (((float) panels->d + 66.0f) * 0x1p-20f);
  const vf norm = vf_load (reduced->norm + first), rest = vf_load (reduced->rest + first);
  const vf nearest = load_doubles (distances), length = vf_sub (norm, rest);
  const vf largest = vf_set1 (panels->max_norm), reach = vf_add (norm, largest);
  const vf half = vf_set1 (0.5f);
  vf limit, error;

  if (LLOYD_METRIC_IS_ANGULAR (panels->metric))
    limit = vf_mul (length, vf_add (vf_fmadd (nearest, half, vf_set1 (-1.0f)), slack));
  else
    {
      const vf square = vf_mul (length, length);
      limit = vf_fmadd (slack, vf_add (square, nearest), vf_mul (half, vf_sub (nearest, square)));
    }
  limit = vf_fmadd (_mm512_abs_ps (limit), vf_set1 (0x1p-20f), limit);
  error = vf_fmadd (norm, largest, vf_set1 (panels->max_half_square));
  error = vf_fmadd (error, vf_set1 (0x1p-20f), vf_set1 (panels->reduced_small + 0x1p-130f));
  error = vf_fmadd (norm, vf_set1 (panels->max_rest), vf_fmadd (rest, largest, error));
  error = vf_fmadd (vf_mul (reach, reach), vf_set1 (panels->canonical), error);
  *unknown = _mm512_cmp_ps_mask (error, vf_set1 (LLOYD_FAR), _CMP_NLT_UQ) |
             _mm512_cmp_ps_mask (nearest, vf_set1 (NEAR_SQUARE), _CMP_NLT_UQ) |
             _mm512_cmp_ps_mask (norm, vf_set1 (NEAR_LENGTH), _CMP_NLT_UQ);
  return vf_add (limit, error);
}

/* gcc 12 spills the accumulators of the intrinsic. */
#define MULTIPLY_ADD(sum, bytes, signed_bytes)                                                     \
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(bytes), "v"(signed_bytes))

/* Which of ROWS rows may be nearer to one of up to 8 candidates; two quads of dimensions at once.
 */
LLOYD_INLINE __mmask16
screen_twice (const LloydCandidates *candidates, const guint8 *x, vf scales, vf limits)
{
  const size_t stride = (size_t) candidates->panels->n_quads * 4;
  const gint8 *c = candidates->quads;
  const vi start = vi_load (candidates->start);
  vi sum[ROWS];

  LLOYD_UNROLL for (int r = 0; r < ROWS; r++) sum[r] = start;
  for (size_t i = 0; i < stride; i += 8, c += 4 * LANES, x += 8)
    {
      const vi bytes = vi_load (c);
      LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
      {
        gint64 quads;
        memcpy (&quads, x + (size_t) r * stride, sizeof quads);
        MULTIPLY_ADD (sum[r], _mm512_set1_epi64 (quads), bytes);
      }
    }
  const vf half = vf_load (candidates->half_square), scale = vf_load (candidates->scale);
  const vi even = _mm512_add_epi32 (vi_iota (), vi_iota ());
  const vi odd = _mm512_add_epi32 (even, vi_set1 (1));
  const vi pair = _mm512_srli_epi32 (vi_iota (), 3);
  guint16 hits[ROWS / 2];
  LLOYD_UNROLL for (int r = 0; r < ROWS; r += 2)
  {
    const vi of_pair = _mm512_add_epi32 (pair, vi_set1 (r));
    const vi total = _mm512_add_epi32 (_mm512_permutex2var_epi32 (sum[r], even, sum[r + 1]),
                                       _mm512_permutex2var_epi32 (sum[r], odd, sum[r + 1]));
    const vf factor = vf_mul (_mm512_permutexvar_ps (of_pair, scales), scale);
    const vf score = vf_fnmadd (_mm512_cvtepi32_ps (total), factor, half);
    hits[r / 2] =
        (guint16) _mm512_cmp_ps_mask (score, _mm512_permutexvar_ps (of_pair, limits), _CMP_LE_OQ);
  }
  const __m128i bytes = _mm_loadu_si128 ((const __m128i *) hits);
  return _mm_test_epi8_mask (bytes, bytes);
}

/* The same for up to 16 candidates, a quad at a time. */
LLOYD_INLINE __mmask16
screen_once (const LloydCandidates *candidates, const guint8 *x, const float *scales, vf limits)
{
  const size_t stride = (size_t) candidates->panels->n_quads * 4;
  const gint8 *c = candidates->quads;
  const vi start = vi_load (candidates->start);
  float limit[ROWS];
  vi sum[ROWS];

  vf_store (limit, limits);
  LLOYD_UNROLL for (int r = 0; r < ROWS; r++) sum[r] = start;
  for (size_t i = 0; i < stride; i += 4, c += 4 * LANES, x += 4)
    {
      const vi bytes = vi_load (c);
      LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
      {
        gint32 quad;
        memcpy (&quad, x + (size_t) r * stride, sizeof quad);
        MULTIPLY_ADD (sum[r], vi_set1 (quad), bytes);
      }
    }
  const vf half = vf_load (candidates->half_square), scale = vf_load (candidates->scale);
  guint32 hits = 0;
  LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
  {
    vf score = vf_fnmadd (_mm512_cvtepi32_ps (sum[r]), vf_mul (vf_set1 (scales[r]), scale), half);
    hits |= (guint32) (_mm512_cmp_ps_mask (score, vf_set1 (limit[r]), _CMP_LE_OQ) != 0) << r;
  }
  return (__mmask16) hits;
}

/* Asks for what a tile needs; it may lie behind the last row. */
LLOYD_INLINE void
prefetch_tile (const LloydReduced *reduced, size_t row, const double *nearest)
{
  const size_t bytes = (size_t) reduced->n_quads * 4;
  const char *values = (const char *) reduced->values + row * bytes;
  for (size_t i = 0; i < ROWS * bytes; i += 64)
    _mm_prefetch (values + i, _MM_HINT_T0);
  _mm_prefetch ((const char *) (reduced->scale + row), _MM_HINT_T0);
  _mm_prefetch ((const char *) (reduced->rest + row), _MM_HINT_T0);
  _mm_prefetch ((const char *) (reduced->norm + row), _MM_HINT_T0);
  _mm_prefetch ((const char *) nearest, _MM_HINT_T0);
  _mm_prefetch ((const char *) (nearest + DLANES), _MM_HINT_T0);
}

/* Asks for a listed row, which will be looked at soon. */
LLOYD_INLINE void
prefetch_row (const float *x, guint d)
{
  for (guint j = 0; j < d; j += LANES)
    _mm_prefetch ((const char *) (x + j), _MM_HINT_T0);
}

/* Lists the rows from `first` on that the mask names, with room for a whole vector. */
LLOYD_INLINE size_t
list_rows (const float *x, guint d, size_t first, __mmask16 mask, guint32 *rows)
{
  const vi numbers = _mm512_add_epi32 (vi_iota (), vi_set1 ((int) first));
  guint n = (guint) __builtin_popcount (mask);
  vi_store (rows, _mm512_maskz_compress_epi32 (mask, numbers));
  for (guint i = 0; i < n; i++)
    prefetch_row (x + (size_t) rows[i] * d, d);
  return n;
}

size_t
LLOYD_KERNEL (lloyd_screen_near) (const LloydCandidates *candidates,
                                  const LloydReduced *reduced,
                                  const float *x,
                                  size_t first,
                                  size_t n,
                                  const double *nearest,
                                  guint32 *rows)
{
  const LloydPanels *panels = candidates->panels;
  const size_t bytes = (size_t) reduced->n_quads * 4;
  size_t n_listed = 0;

  for (size_t i = 0; i < n && n < ROWS; i++)
    rows[n_listed++] = (guint32) i;
  for (size_t i = 0; i < n && n >= ROWS; i += ROWS)
    {
      /* The last rows overlap those before. */
      size_t at = MIN (i, n - ROWS), row = first + at;
      const guint8 *values = reduced->values + row * bytes;
      const vf scales = vf_load (reduced->scale + row);
      __mmask16 unknown, mask;
      prefetch_tile (reduced, row + TILES_AHEAD * ROWS, nearest + at + TILES_AHEAD * ROWS);
      vf limits = score_limits (panels, reduced, row, nearest + at, &unknown);
      if (candidates->is_twice)
        mask = screen_twice (candidates, values, scales, limits);
      else
        mask = screen_once (candidates, values, reduced->scale + row, limits);
      /* Where numbers are too large or no integers will do, nothing is known. */
      mask |= unknown | _mm512_cmp_ps_mask (scales, scales, _CMP_UNORD_Q);
      mask &= (__mmask16) (0xFFFFu << (i - at));
      if (mask != 0)
        n_listed += list_rows (x, panels->d, at, mask, rows + n_listed);
    }
  return n_listed;
}

#endif
