/* The screen for many dimensions in 8-bit integers, where the processor multiplies them in fours
 * (VNNI): four times the products of float32 in a vector, and nothing rounded on the way.
 *
 * Rows and centroids are kept as x = s q + r: one scale s a row, q integers of 8 bits, and the norm
 * of the rest r measured. A score from the integers alone is off by at most
 *
 *   E = |r| R + |x - m| P + 2^-20 (|x - m| R + H) + (D + 2) 2^-51 (|x - m| + R)^2 + (D 2^14 + 8)
 *       2^-149
 *
 * with R, P and H the largest |c - m|, rest and |c - m|^2 / 2 of any centroid screened. The terms:
 * the two rests; some 16 roundings of float32 in score and bound; the rounding of the canonical
 * value; what falls below float32's range. So a centroid whose score lies more than E above an
 * upper bound U of the least true score is out. U starts from the label that the row had, if it had
 * one, and falls as scores come in. The few that stay are scored in float32; what that does not
 * prove is listed as doubtful. Rows with too many candidates, or that no integers can hold, are
 * listed as unsettled.
 *
 * Per row and centroid 2 D operations, 64 of them an instruction; per 16 pairs five instructions to
 * turn sums into scores and compare; a tile of ROWS rows reads each panel once, D K / ROWS bytes a
 * row. */
#include "compute/backends/cpu/kernels-private.h"

#ifdef LLOYD_HAVE_INT8

#define ROWS 12
#define PANEL (2 * LANES)
/* Candidates of one row. */
#define MAX_CANDIDATES 128

typedef struct
{
  /* Scores up to this are candidates; upper bound of the least true score; E. */
  float threshold;
  float upper;
  float error;
  guint n;
  gboolean is_unsettled;
  /* With room for a whole vector behind the last. */
  guint32 ids[MAX_CANDIDATES + LANES];
  float scores[MAX_CANDIDATES + LANES];
} Row;

/* ---- the copy ------------------------------------------------------------------------------ */

LLOYD_INLINE __mmask16
tail_mask (guint d, guint i)
{
  return d - i >= LANES ? (__mmask16) 0xFFFF : (__mmask16) ((1u << (d - i)) - 1);
}

/* The largest |x - m| of a row. */
static float
find_largest (const float *x, const float *middle, guint d)
{
  vf largest = vf_set1 (0.0f);
  for (guint i = 0; i < d; i += LANES)
    {
      __mmask16 mask = tail_mask (d, i);
      vf v = vf_sub (_mm512_maskz_loadu_ps (mask, x + i), _mm512_maskz_loadu_ps (mask, middle + i));
      /* The order of the operands lets a NaN through. */
      largest = _mm512_max_ps (largest, _mm512_abs_ps (v));
    }
  return _mm512_reduce_max_ps (largest);
}

void
LLOYD_KERNEL (lloyd_reduce) (
    const float *x, const float *middle, size_t n, guint d, LloydReduced *reduced, size_t first)
{
  size_t bytes = (size_t) reduced->n_quads * 4;
  float slack = 1.0f + ((float) d + 8.0f) * LLOYD_NORM_SLACK;

  for (size_t r = 0; r < n; r++, x += d)
    {
      guint8 *out = reduced->values + (first + r) * bytes;
      float largest = find_largest (x, middle, d), scale = largest / 127.0f;
      gboolean is_usable = largest < LLOYD_FAR_REACH && (scale > 0x1p-100f || largest == 0.0f);
      const vf inverse = vf_set1 (is_usable && scale > 0.0f ? 1.0f / scale : 0.0f);
      vf square = vf_set1 (0.0f), rest_square = vf_set1 (0.0f);

      for (guint i = 0; i < reduced->n_quads * 4; i += LANES)
        {
          __mmask16 mask = i < d ? tail_mask (d, i) : 0;
          __mmask16 room = tail_mask (reduced->n_quads * 4, i);
          vf v = vf_sub (_mm512_maskz_loadu_ps (mask, x + i),
                         _mm512_maskz_loadu_ps (mask, middle + i));
          vi q = _mm512_cvtps_epi32 (vf_mul (v, inverse));
          vf rest = vf_fnmadd (_mm512_cvtepi32_ps (q), vf_set1 (scale), v);
          square = vf_fmadd (v, v, square);
          rest_square = vf_fmadd (rest, rest, rest_square);
          q = _mm512_add_epi32 (q, vi_set1 (128));
          _mm_mask_storeu_epi8 (out + i, room, _mm512_cvtepi32_epi8 (q));
        }
      float norm = sqrtf (_mm512_reduce_add_ps (square) + LLOYD_SMALL_SQUARE) * slack;
      float rest = sqrtf (_mm512_reduce_add_ps (rest_square) + LLOYD_SMALL_SQUARE) * slack;
      reduced->scale[first + r] = is_usable ? scale : NAN;
      reduced->rest[first + r] = rest;
      /* Of the row and of its copy. */
      reduced->norm[first + r] = norm + rest;
    }
}

/* A tile of rows at work. */
typedef struct
{
  /* [quad][row], and [row][row_stride]. */
  gint32 *packed;
  float *centred;
  float scales[ROWS];
  /* Of the panel at work. */
  float scores[ROWS][2][LANES];
  Row rows[ROWS];
} Tile;

/* ---- candidates ---------------------------------------------------------------------------- */

static void
prune (Row *row)
{
  const vf threshold = vf_set1 (row->threshold);
  guint n = 0;
  for (guint i = 0; i < row->n; i += LANES)
    {
      const vf scores = vf_load (row->scores + i);
      const vi ids = vi_load (row->ids + i);
      __mmask16 mask =
          _mm512_mask_cmp_ps_mask (tail_mask (row->n, i), scores, threshold, _CMP_LE_OQ);
      vf_store (row->scores + n, _mm512_maskz_compress_ps (mask, scores));
      vi_store (row->ids + n, _mm512_maskz_compress_epi32 (mask, ids));
      n += (guint) __builtin_popcount (mask);
    }
  row->n = n;
}

/* Compressed in registers: some processors are very slow at compressing to memory. */
LLOYD_INLINE void
append (Row *row, __mmask16 mask, vf scores, vi numbers)
{
  vf_store (row->scores + row->n, _mm512_maskz_compress_ps (mask, scores));
  vi_store (row->ids + row->n, _mm512_maskz_compress_epi32 (mask, numbers));
  row->n += (guint) __builtin_popcount (mask);
}

/* Takes row r's candidates of the panel that begins with centroid `first`. */
static void
take (Tile *tile, guint r, guint first)
{
  Row *row = &tile->rows[r];
  const vf score0 = vf_load (tile->scores[r][0]), score1 = vf_load (tile->scores[r][1]);
  float lowest = _mm512_reduce_min_ps (vf_min (score0, score1));
  if (lowest + row->error < row->upper)
    {
      row->upper = lowest + row->error;
      row->threshold = row->upper + row->error;
    }
  if (row->n > MAX_CANDIDATES - PANEL)
    prune (row);
  if (row->n > MAX_CANDIDATES - PANEL)
    {
      row->is_unsettled = TRUE;
      row->n = 0;
      row->threshold = row->upper = -INFINITY;
      return;
    }
  const vf threshold = vf_set1 (row->threshold);
  __mmask16 mask0 = _mm512_cmp_ps_mask (score0, threshold, _CMP_LE_OQ);
  __mmask16 mask1 = _mm512_cmp_ps_mask (score1, threshold, _CMP_LE_OQ);
  const vi numbers = _mm512_add_epi32 (vi_set1 ((int) first), vi_iota ());
  append (row, mask0, score0, numbers);
  append (row, mask1, score1, _mm512_add_epi32 (numbers, vi_set1 (LANES)));
}

/* gcc 12 spills the accumulators of the intrinsic. */
#define MULTIPLY_ADD(sum, bytes, signed_bytes)                                                     \
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(bytes), "v"(signed_bytes))

/* A tile against the panel that begins with centroid `first`. */
LLOYD_INLINE void
screen_panel (const LloydPanels *panels, guint first, Tile *tile)
{
  const guint n_quads = panels->n_quads;
  const gint32 *x = tile->packed;
  const gint8 *c = panels->reduced + (size_t) first * n_quads * 4;
  const vi start0 = _mm512_loadu_si512 (panels->reduced_start + first);
  const vi start1 = _mm512_loadu_si512 (panels->reduced_start + first + LANES);
  vi sum[ROWS][2];

  LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
  {
    sum[r][0] = start0;
    sum[r][1] = start1;
  }
  for (guint i = 0; i < n_quads; i++, c += 4 * PANEL, x += ROWS)
    {
      const vi c0 = _mm512_load_si512 (c), c1 = _mm512_load_si512 (c + 4 * LANES);
      LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
      {
        const vi v = vi_set1 (x[r]);
        MULTIPLY_ADD (sum[r][0], v, c0);
        MULTIPLY_ADD (sum[r][1], v, c1);
      }
    }
  const vf half0 = vf_load (panels->half_square + first);
  const vf half1 = vf_load (panels->half_square + first + LANES);
  const vf scale0 = vf_load (panels->reduced_scale + first);
  const vf scale1 = vf_load (panels->reduced_scale + first + LANES);
  guint32 hits = 0;
  LLOYD_UNROLL for (int r = 0; r < ROWS; r++)
  {
    const vf scale = vf_set1 (tile->scales[r]), threshold = vf_set1 (tile->rows[r].threshold);
    vf score0 = vf_fnmadd (_mm512_cvtepi32_ps (sum[r][0]), vf_mul (scale, scale0), half0);
    vf score1 = vf_fnmadd (_mm512_cvtepi32_ps (sum[r][1]), vf_mul (scale, scale1), half1);
    __mmask16 mask0 = _mm512_cmp_ps_mask (score0, threshold, _CMP_LE_OQ);
    __mmask16 mask1 = _mm512_cmp_ps_mask (score1, threshold, _CMP_LE_OQ);
    vf_store (tile->scores[r][0], score0);
    vf_store (tile->scores[r][1], score1);
    hits |= (guint32) !_kortestz_mask16_u8 (mask0, mask1) << r;
  }
  for (; hits != 0; hits &= hits - 1)
    take (tile, (guint) __builtin_ctz (hits), first);
}

/* ---- rows ------------------------------------------------------------------------------ */

/* The score in float32 of a row with the middle taken off. */
LLOYD_INLINE float
score_one (const LloydPanels *panels, const float *x, guint number)
{
  const float *c = panels->centred_rows + (size_t) number * panels->row_stride;
  vf sum = vf_set1 (0.0f);
  for (guint i = 0; i < panels->row_stride; i += LANES)
    sum = vf_fmadd (vf_load (x + i), vf_load (c + i), sum);
  return panels->half_square[number] - _mm512_reduce_add_ps (sum);
}

/* The sums of the lanes of four vectors. */
LLOYD_INLINE __m128
sum_lanes (const vf *v)
{
  __m256 half[4];
  LLOYD_UNROLL for (int i = 0; i < 4; i++) half[i] =
      _mm256_add_ps (_mm512_castps512_ps256 (v[i]), _mm512_extractf32x8_ps (v[i], 1));
  const __m256 pairs = _mm256_hadd_ps (half[0], half[1]);
  const __m256 other = _mm256_hadd_ps (half[2], half[3]);
  const __m256 all = _mm256_hadd_ps (pairs, other);
  return _mm_add_ps (_mm256_castps256_ps128 (all), _mm256_extractf128_ps (all, 1));
}

/* The same of all candidates of a row, of which there is one at least; four at once. */
LLOYD_INLINE void
score_candidates (const LloydPanels *panels, const float *x, Row *row)
{
  for (guint first = 0; first < row->n; first += 4)
    {
      const float *c[4];
      vf sum[4];
      LLOYD_UNROLL for (guint i = 0; i < 4; i++)
      {
        c[i] = panels->centred_rows +
               (size_t) row->ids[MIN (first + i, row->n - 1)] * panels->row_stride;
        sum[i] = vf_set1 (0.0f);
      }
      for (guint j = 0; j < panels->row_stride; j += LANES)
        {
          const vf v = vf_load (x + j);
          LLOYD_UNROLL for (int i = 0; i < 4; i++) sum[i] =
              vf_fmadd (v, vf_load (c[i] + j), sum[i]);
        }
      _mm_storeu_ps (row->scores + first, sum_lanes (sum));
    }
  for (guint i = 0; i < row->n; i++)
    row->scores[i] = panels->half_square[row->ids[i]] - row->scores[i];
}

/* The place of the lowest score of a row, and the lowest of the others. */
LLOYD_INLINE guint
find_best (const Row *row, float *second)
{
  vf least = vf_set1 (INFINITY), next = least;
  vi place = vi_set1 (0);
  for (guint i = 0; i < row->n; i += LANES)
    {
      const vf scores =
          _mm512_mask_loadu_ps (vf_set1 (INFINITY), tail_mask (row->n, i), row->scores + i);
      next = vf_min (next, vf_max (least, scores));
      place = vi_select_lt (scores, least, _mm512_add_epi32 (vi_iota (), vi_set1 ((int) i)), place);
      least = vf_min (least, scores);
    }
  guint lane = vf_lowest_lane (least), places[LANES];
  vi_store (places, place);
  least = _mm512_mask_mov_ps (least, (__mmask16) (1u << lane), next);
  *second = _mm512_reduce_min_ps (least);
  return places[lane];
}

/* Takes the middle off a row, filled up with 0. */
static void
centre_row (const LloydPanels *panels, const float *x, float *out)
{
  for (guint i = 0; i < panels->row_stride; i += LANES)
    {
      __mmask16 mask = tail_mask (panels->d, i);
      vf_store (out + i, vf_sub (_mm512_maskz_loadu_ps (mask, x + i),
                                 _mm512_maskz_loadu_ps (mask, panels->middle + i)));
    }
}

/* E of a row. */
LLOYD_INLINE float
error_of (const LloydPanels *panels, const LloydReduced *reduced, size_t number)
{
  float norm = reduced->norm[number], largest = panels->max_norm, reach = norm + largest;
  float error = reduced->rest[number] * largest + norm * panels->max_rest +
                0x1p-20f * (norm * largest + panels->max_half_square) +
                panels->canonical * (reach * reach) + panels->reduced_small;
  return error < LLOYD_FAR ? error : NAN;
}

/* Bounds of a row, and the upper bound that its last label gives. */
static void
start_row (const LloydPanels *panels,
           const LloydReduced *reduced,
           size_t number,
           const float *centred,
           gint32 known,
           Row *row)
{
  float norm = reduced->norm[number];

  row->n = 0;
  row->error = error_of (panels, reduced, number);
  row->is_unsettled = isnan (row->error) || isnan (reduced->scale[number]);
  row->upper = row->threshold = FLT_MAX;
  if (row->is_unsettled)
    row->upper = row->threshold = -INFINITY;
  else if (known >= 0 && (guint) known < panels->n_given)
    {
      guint at = panels->distinct_of[known];
      float b = lloyd_bound (panels, norm, panels->norm[at]);
      if (panels->norm[at] < LLOYD_FAR)
        {
          row->upper = score_one (panels, centred, at) + b;
          row->threshold = row->upper + row->error;
        }
    }
}

/* The canonical label of a row among its candidates that float32 cannot tell from the best. */
static guint
decide_among (const LloydPanels *panels, const float *x, const Row *row, float limit)
{
  double lowest = INFINITY;
  guint nearest = row->ids[0];

  for (guint i = 0; i < row->n; i++)
    {
      guint number = row->ids[i];
      const float *c =
          panels->exact + (size_t) (number / PANEL) * panels->d * PANEL + number % PANEL;
      double acc = 0.0;
      if (row->scores[i] > limit)
        continue;
      for (guint j = 0; j < panels->d; j++, c += PANEL)
        {
          double v = (double) x[j], t = v - (double) *c;
          acc = LLOYD_METRIC_IS_ANGULAR (panels->metric) ? fma (v, (double) *c, acc)
                                                         : fma (t, t, acc);
        }
      double cost = LLOYD_METRIC_IS_ANGULAR (panels->metric) ? -acc : acc;
      if (cost < lowest || (cost == lowest && number < nearest))
        {
          lowest = cost;
          nearest = number;
        }
    }
  return nearest;
}

/* Settles a row from its candidates; FALSE where it is doubtful. */
static gboolean
settle_row (const LloydPanels *panels,
            const float *x,
            float norm,
            const float *centred,
            Row *row,
            guint *number)
{
  prune (row);
  *number = row->ids[0];
  if (row->n == 1)
    return norm + norm + panels->norm[*number] < LLOYD_FAR_REACH;

  float second;
  score_candidates (panels, centred, row);
  guint place = find_best (row, &second);
  float best = row->scores[place];
  *number = row->ids[place];
  if (panels->is_rounded)
    return TRUE;
  if (lloyd_is_proven (panels, *number, best, second, norm))
    return TRUE;
  float limit = best + 2.0f * lloyd_bound (panels, norm, panels->norm[*number]);
  *number = decide_among (panels, x, row, limit + fabsf (limit) * 0x1p-22f);
  return norm + norm + panels->norm[*number] < LLOYD_FAR_REACH;
}

LLOYD_INLINE size_t
number_of (const LloydScreenRows *in, size_t at)
{
  return in->rows != NULL ? in->rows[at] : in->first + at;
}

/* Asks for what the next rows will need. */
LLOYD_INLINE void
prefetch_row (const LloydPanels *panels,
              const LloydReduced *reduced,
              const LloydScreenRows *in,
              size_t at)
{
  if (at >= in->n)
    return;
  const char *x = (const char *) (in->x + at * panels->d);
  const char *values = (const char *) (reduced->values + number_of (in, at) * reduced->n_quads * 4);
  if (in->rows != NULL)
    {
      _mm_prefetch ((const char *) &reduced->scale[in->rows[at]], _MM_HINT_T0);
      _mm_prefetch ((const char *) &reduced->rest[in->rows[at]], _MM_HINT_T0);
      _mm_prefetch ((const char *) &reduced->norm[in->rows[at]], _MM_HINT_T0);
    }
  for (size_t i = 0; i < sizeof (float) * panels->d; i += 64)
    _mm_prefetch (x + i, _MM_HINT_T0);
  for (size_t i = 0; i < (size_t) reduced->n_quads * 4; i += 64)
    _mm_prefetch (values + i, _MM_HINT_T0);
}

/* Packs ROWS rows from `first` on, the last one repeated where there are fewer. */
static void
pack_tile (const LloydPanels *panels,
           const LloydReduced *reduced,
           const LloydScreenRows *in,
           size_t first,
           Tile *tile)
{
  size_t n_quads = reduced->n_quads;
  for (size_t r = 0; r < ROWS; r++)
    {
      size_t at = MIN (first + r, in->n - 1), number = number_of (in, at);
      const guint8 *values = reduced->values + number * n_quads * 4;
      float *centred = tile->centred + r * panels->row_stride;

      prefetch_row (panels, reduced, in, at + ROWS);
      for (size_t i = 0; i < n_quads; i++)
        memcpy (&tile->packed[i * ROWS + r], values + 4 * i, 4);
      centre_row (panels, in->x + at * panels->d, centred);
      tile->scales[r] = reduced->scale[number];
      start_row (panels, reduced, number, centred, in->known[at], &tile->rows[r]);
    }
}

static void
settle_tile (const LloydPanels *panels,
             const LloydReduced *reduced,
             const LloydScreenRows *in,
             size_t first,
             Tile *tile,
             LloydScreenLists *out)
{
  for (size_t r = 0; r < ROWS && first + r < in->n; r++)
    {
      size_t at = first + r;
      Row *row = &tile->rows[r];
      guint nearest = 0;
      if (row->is_unsettled || row->n == 0)
        {
          out->unsettled[out->n_unsettled++] = (guint32) at;
          continue;
        }
      if (!settle_row (panels, in->x + at * panels->d, reduced->norm[number_of (in, at)],
                       tile->centred + r * panels->row_stride, row, &nearest))
        out->doubtful[out->n_doubtful++] = (guint32) at;
      out->labels[at] = panels->index[nearest];
    }
}

void
LLOYD_KERNEL (lloyd_screen_int8) (const LloydPanels *panels,
                                  const LloydReduced *reduced,
                                  const LloydScreenRows *in,
                                  LloydScreenLists *out)
{
  Tile tile;
  tile.packed = g_aligned_alloc (sizeof (gint32), (size_t) ROWS * panels->n_quads, 64);
  tile.centred = g_aligned_alloc (sizeof (float), (size_t) ROWS * panels->row_stride, 64);
  out->n_doubtful = out->n_unsettled = 0;
  for (size_t first = 0; first < in->n; first += ROWS)
    {
      pack_tile (panels, reduced, in, first, &tile);
      for (guint centroid = 0; centroid < panels->k_padded; centroid += PANEL)
        screen_panel (panels, centroid, &tile);
      settle_tile (panels, reduced, in, first, &tile, out);
    }
  g_aligned_free (tile.packed);
  g_aligned_free (tile.centred);
}

#endif
