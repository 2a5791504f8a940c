#include "compute/files/csv-plain.h"

#include <math.h>

#include "compute/files/csv-whole.h"
#include "compute/files/number.h"

#if defined(__x86_64__) && !defined(LLOYD_CSV_PORTABLE)
#define HAVE_SSE41
#include <smmintrin.h>
#endif

/* Reads the cell at `p`; gives the byte behind it, or NULL where it is no plain number. */
typedef const char *(*CellReader) (const char *p, char delimiter, double *value);

/* Numbers that may be whole and more than a double holds are left to who looks at their digits. */
static inline const char *
read_any (const char *p, char delimiter, double *value)
{
  (void) delimiter;
  const char *behind = lloyd_number_read_short (p, value);
  return behind != NULL && fabs (*value) < LLOYD_CSV_MOST_EXACT ? behind : NULL;
}

static inline __attribute__ ((always_inline)) const char *
read_cells (const char *p,
            const char *end,
            char delimiter,
            const int *slots,
            size_t n_columns,
            double *numbers,
            size_t *column,
            gboolean *has_ended,
            CellReader read)
{
  size_t j = *column;
  *has_ended = FALSE;
  while (j < n_columns && slots[j] >= 0 && end - p >= LLOYD_CSV_PLAIN_BYTES)
    {
      const char *behind = read (p, delimiter, &numbers[slots[j]]);
      if (behind == NULL)
        break;
      /* Guessed, not computed: where the next cell begins must not wait for what is here. */
      if (G_LIKELY (*behind == delimiter))
        {
          p = behind + 1;
          j++;
          continue;
        }
      *has_ended = *behind == '\n' || *behind == '\r';
      if (*has_ended)
        {
          p = behind;
          j++;
        }
      break;
    }
  *column = j;
  return p;
}

#ifdef HAVE_SSE41

/* Reads a number of at most 15 bytes, without exponent, with 16 bytes at once; others as above. */
static inline __attribute__ ((target ("sse4.1"))) const char *
read_16_bytes (const char *p, char delimiter, double *value)
{
  static const double scale[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
  const __m128i zero = _mm_setzero_si128 ();
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) (gconstpointer) p);
  __m128i is_end = _mm_or_si128 (_mm_cmpeq_epi8 (bytes, _mm_set1_epi8 (delimiter)),
                                 _mm_cmplt_epi8 (bytes, _mm_set1_epi8 (' ')));
  guint ends = (guint) _mm_movemask_epi8 (is_end);
  guint dots = (guint) _mm_movemask_epi8 (_mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('.')));
  if (ends == 0)
    return read_any (p, delimiter, value);

  /* Where there is no point, what ends the number takes its part. */
  guint n = (guint) __builtin_ctz (ends), dot = (guint) __builtin_ctz (dots | ends);
  guint used = MAX (n, dot + 1), sign = *p == '-';

  /* The digits move up to the last lane, over the point; zeros come in from below. */
  __m128i minus = _mm_cmpeq_epi8 (bytes, _mm_cvtsi32_si128 ('-'));
  __m128i digits = _mm_andnot_si128 (minus, _mm_sub_epi8 (bytes, _mm_set1_epi8 ('0')));
  __m128i lanes =
      _mm_add_epi8 (_mm_setr_epi8 (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                    _mm_shuffle_epi8 (_mm_cvtsi32_si128 ((int) used - 16), zero));
  __m128i is_before =
      _mm_cmpgt_epi8 (_mm_shuffle_epi8 (_mm_cvtsi32_si128 ((int) dot + 1), zero), lanes);
  digits = _mm_shuffle_epi8 (digits, _mm_add_epi8 (lanes, is_before));

  /* Each a digit, and one at the least. */
  __m128i is_digit = _mm_cmpeq_epi8 (_mm_min_epu8 (digits, _mm_set1_epi8 (9)), digits);
  if (_mm_movemask_epi8 (is_digit) != 0xFFFF || used - sign < 2)
    return read_any (p, delimiter, value);

  /* Pairs, fours, eights. */
  __m128i pairs = _mm_maddubs_epi16 (
      digits, _mm_setr_epi8 (10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
  __m128i fours = _mm_madd_epi16 (pairs, _mm_setr_epi16 (100, 1, 100, 1, 100, 1, 100, 1));
  __m128i eights = _mm_madd_epi16 (_mm_packus_epi32 (fours, fours),
                                   _mm_setr_epi16 (10000, 1, 10000, 1, 10000, 1, 10000, 1));
  guint64 halves = (guint64) _mm_cvtsi128_si64 (eights);
  guint64 mantissa = (halves & G_MAXUINT32) * 100000000u + (halves >> 32);

  /* At most 15 digits: both exact, so one correctly rounded division. */
  double v = (double) (gint64) mantissa / scale[used - dot - 1];
  guint64 bits;
  memcpy (&bits, &v, sizeof bits);
  bits |= (guint64) sign << 63;
  memcpy (value, &bits, sizeof bits);
  return p + n;
}

static __attribute__ ((target ("sse4.1"))) const char *
read_cells_sse41 (const char *p,
                  const char *end,
                  char delimiter,
                  const int *slots,
                  size_t n_columns,
                  double *numbers,
                  size_t *column,
                  gboolean *has_ended)
{
  return read_cells (p, end, delimiter, slots, n_columns, numbers, column, has_ended,
                     read_16_bytes);
}

#endif

const char *
lloyd_csv_read_plain (const char *p,
                      const char *end,
                      char delimiter,
                      const int *slots,
                      size_t n_columns,
                      double *numbers,
                      size_t *column,
                      gboolean *has_ended)
{
#ifdef HAVE_SSE41
  if (__builtin_cpu_supports ("sse4.1"))
    return read_cells_sse41 (p, end, delimiter, slots, n_columns, numbers, column, has_ended);
#endif
  return read_cells (p, end, delimiter, slots, n_columns, numbers, column, has_ended, read_any);
}
