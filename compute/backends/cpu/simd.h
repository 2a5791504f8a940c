/* Vectors of floats and doubles for the CPU kernels, in three dresses: AVX-512, AVX2 with FMA, and
 * plain C (which gcc and clang turn into SSE2 or NEON). Kernels are written once over these few
 * operations and compiled once for each; LLOYD_SIMD names the dress.
 *
 *   vf, vi   LANES floats, 32-bit integers        vd   DLANES doubles, DLANES = LANES / 2
 */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 1.5 * 2^52: added to a double below 2^51 in magnitude, it leaves the nearest integer in the low
 * bits. */
#define LLOYD_MAGIC 6755399441055744.0

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)

#include <immintrin.h>

#define LANES 16
#define DLANES 8
typedef __m512 vf;
typedef __m512i vi;
typedef __m512d vd;

#define vf_load(p) _mm512_loadu_ps (p)
#define vf_store(p, v) _mm512_storeu_ps (p, v)
#define vf_set1(x) _mm512_set1_ps (x)
#define vf_add(a, b) _mm512_add_ps (a, b)
#define vf_sub(a, b) _mm512_sub_ps (a, b)
#define vf_mul(a, b) _mm512_mul_ps (a, b)
#define vf_min(a, b) _mm512_min_ps (a, b)
#define vf_max(a, b) _mm512_max_ps (a, b)
#define vf_sqrt(a) _mm512_sqrt_ps (a)
/* c + a b and c - a b. */
#define vf_fmadd(a, b, c) _mm512_fmadd_ps (a, b, c)
#define vf_fnmadd(a, b, c) _mm512_fnmadd_ps (a, b, c)
/* Bit i: not (a > b), so that a NaN counts. */
#define vf_mask_not_gt(a, b) ((uint32_t) _mm512_cmp_ps_mask (a, b, _CMP_NGT_UQ))
#define vf_lookup(table, index) _mm512_i32gather_ps (index, table, 4)
#define vi_set1(x) _mm512_set1_epi32 (x)
#define vi_store(p, v) _mm512_storeu_si512 (p, v)
#define vi_load(p) _mm512_loadu_si512 (p)
/* Bit i: a != b. */
#define vi_mask_ne(a, b) ((uint32_t) _mm512_cmpneq_epi32_mask (a, b))
#define vi_mul(a, b) _mm512_mullo_epi32 (a, b)
#define vi_iota() _mm512_set_epi32 (15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
/* yes where a < b, else no. */
#define vi_select_lt(a, b, yes, no)                                                                \
  _mm512_mask_mov_epi32 (no, _mm512_cmp_ps_mask (a, b, _CMP_LT_OQ), yes)

/* Gathering value l d + j of d vectors in a row for each lane l, vector s after s - 1: what lane l
 * wants of vector s goes there. */
#define LLOYD_WANTED(l, s, j, d)                                                                   \
  (((l) * (d) + (j)) / 16 == (s)             ? 16 + (int) (((l) * (d) + (j)) % 16)                 \
   : (s) == 1 && ((l) * (d) + (j)) / 16 == 0 ? (int) ((l) * (d) + (j))                             \
                                             : (l))
#define vf_pick(v, next, s, j, d)                                                                  \
  _mm512_permutex2var_ps (                                                                         \
      v,                                                                                           \
      _mm512_set_epi32 (                                                                           \
          LLOYD_WANTED (15, s, j, d), LLOYD_WANTED (14, s, j, d), LLOYD_WANTED (13, s, j, d),      \
          LLOYD_WANTED (12, s, j, d), LLOYD_WANTED (11, s, j, d), LLOYD_WANTED (10, s, j, d),      \
          LLOYD_WANTED (9, s, j, d), LLOYD_WANTED (8, s, j, d), LLOYD_WANTED (7, s, j, d),         \
          LLOYD_WANTED (6, s, j, d), LLOYD_WANTED (5, s, j, d), LLOYD_WANTED (4, s, j, d),         \
          LLOYD_WANTED (3, s, j, d), LLOYD_WANTED (2, s, j, d), LLOYD_WANTED (1, s, j, d),         \
          LLOYD_WANTED (0, s, j, d)),                                                              \
      next)

/* The lanes whose bit is set, moved together. */
#define vf_compress(mask, v) _mm512_maskz_compress_ps ((__mmask16) (mask), v)

/* The lowest lane that holds the least value; 0 where there are only NaNs. */
static inline unsigned
vf_lowest_lane (vf v)
{
  unsigned mask = _mm512_cmp_ps_mask (v, _mm512_set1_ps (_mm512_reduce_min_ps (v)), _CMP_EQ_OQ);
  return mask != 0 ? (unsigned) __builtin_ctz (mask) : 0;
}

#define vd_load(p) _mm512_loadu_pd (p)
#define vd_store(p, v) _mm512_storeu_pd (p, v)
#define vd_load_floats(p) _mm512_cvtps_pd (_mm256_loadu_ps (p))
#define vd_set1(x) _mm512_set1_pd (x)
#define vd_add(a, b) _mm512_add_pd (a, b)
#define vd_sub(a, b) _mm512_sub_pd (a, b)
#define vd_mul(a, b) _mm512_mul_pd (a, b)
#define vd_div(a, b) _mm512_div_pd (a, b)
#define vd_sqrt(a) _mm512_sqrt_pd (a)
#define vd_fmadd(a, b, c) _mm512_fmadd_pd (a, b, c)
/* v where |x| < limit, else 0. */
#define vd_if_below(v, x, limit)                                                                   \
  _mm512_maskz_mov_pd (_mm512_cmp_pd_mask (_mm512_abs_pd (x), limit, _CMP_LT_OQ), v)

/* DLANES 64-bit integers. */
typedef __m512i vl;
#define vl_zero() _mm512_setzero_si512 ()
#define vl_add(a, b) _mm512_add_epi64 (a, b)
#define vl_sum(a) _mm512_reduce_add_epi64 (a)
/* The lanes whose bit is set, 0 elsewhere. */
#define vd_keep(v, mask) _mm512_maskz_mov_pd ((__mmask8) (mask), v)

static inline __m512i
vd_units (vd v)
{
  const vd magic = vd_set1 (LLOYD_MAGIC);
  return _mm512_sub_epi64 (_mm512_castpd_si512 (vd_add (v, magic)), _mm512_castpd_si512 (magic));
}

/* Stores, or adds to what is there, v rounded to integers. */
#define vd_store_units(p, v) _mm512_storeu_si512 (p, vd_units (v))
#define vd_add_units(p, v)                                                                         \
  _mm512_storeu_si512 (p, _mm512_add_epi64 (_mm512_loadu_si512 (p), vd_units (v)))
/* v >= 0 cut to integers. */
#define vd_store_cut(p, v) _mm512_storeu_si512 (p, _mm512_cvttpd_epi64 (v))
#define vd_min(a, b) _mm512_min_pd (a, b)
/* Bit i: a < b. */
#define vd_mask_lt(a, b) ((uint32_t) _mm512_cmp_pd_mask (a, b, _CMP_LT_OQ))
/* v rounded to integers, in double again. */
#define vd_round(v) vd_sub (vd_add (v, vd_set1 (LLOYD_MAGIC)), vd_set1 (LLOYD_MAGIC))

/* LANES, or DLANES, floats that lie `stride` apart. */
static inline vf
vf_load_strided (const float *p, size_t stride)
{
  if (stride == 1)
    return vf_load (p);
  return vf_lookup (p, vi_mul (vi_iota (), vi_set1 ((int) stride)));
}

static inline vd
vd_load_strided (const float *p, size_t stride)
{
  __m256i at = _mm256_mullo_epi32 (_mm256_set_epi32 (7, 6, 5, 4, 3, 2, 1, 0),
                                   _mm256_set1_epi32 ((int) stride));
  return _mm512_cvtps_pd (_mm256_i32gather_ps (p, at, 4));
}

#elif defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>

#define LANES 8
#define DLANES 4
typedef __m256 vf;
typedef __m256i vi;
typedef __m256d vd;

#define vf_load(p) _mm256_loadu_ps (p)
#define vf_store(p, v) _mm256_storeu_ps (p, v)
#define vf_set1(x) _mm256_set1_ps (x)
#define vf_add(a, b) _mm256_add_ps (a, b)
#define vf_sub(a, b) _mm256_sub_ps (a, b)
#define vf_mul(a, b) _mm256_mul_ps (a, b)
#define vf_min(a, b) _mm256_min_ps (a, b)
#define vf_max(a, b) _mm256_max_ps (a, b)
#define vf_sqrt(a) _mm256_sqrt_ps (a)
#define vf_fmadd(a, b, c) _mm256_fmadd_ps (a, b, c)
#define vf_fnmadd(a, b, c) _mm256_fnmadd_ps (a, b, c)
#define vf_mask_not_gt(a, b) ((uint32_t) _mm256_movemask_ps (_mm256_cmp_ps (a, b, _CMP_NGT_UQ)))
#define vf_lookup(table, index) _mm256_i32gather_ps (table, index, 4)
#define vi_set1(x) _mm256_set1_epi32 (x)
#define vi_store(p, v) _mm256_storeu_si256 ((__m256i *) (p), v)
#define vi_load(p) _mm256_loadu_si256 ((const __m256i *) (p))
#define vi_mask_ne(a, b)                                                                           \
  ((uint32_t) _mm256_movemask_ps (_mm256_castsi256_ps (_mm256_cmpeq_epi32 (a, b))) ^ 0xFFu)
#define vi_mul(a, b) _mm256_mullo_epi32 (a, b)
#define vi_iota() _mm256_set_epi32 (7, 6, 5, 4, 3, 2, 1, 0)
#define vi_select_lt(a, b, yes, no)                                                                \
  _mm256_blendv_epi8 (no, yes, _mm256_castps_si256 (_mm256_cmp_ps (a, b, _CMP_LT_OQ)))

#define vd_load(p) _mm256_loadu_pd (p)
#define vd_store(p, v) _mm256_storeu_pd (p, v)
#define vd_load_floats(p) _mm256_cvtps_pd (_mm_loadu_ps (p))
#define vd_set1(x) _mm256_set1_pd (x)
#define vd_add(a, b) _mm256_add_pd (a, b)
#define vd_sub(a, b) _mm256_sub_pd (a, b)
#define vd_mul(a, b) _mm256_mul_pd (a, b)
#define vd_div(a, b) _mm256_div_pd (a, b)
#define vd_sqrt(a) _mm256_sqrt_pd (a)
#define vd_fmadd(a, b, c) _mm256_fmadd_pd (a, b, c)
#define vd_if_below(v, x, limit)                                                                   \
  _mm256_and_pd (v, _mm256_cmp_pd (_mm256_andnot_pd (_mm256_set1_pd (-0.0), x), limit, _CMP_LT_OQ))

typedef __m256i vl;
#define vl_zero() _mm256_setzero_si256 ()
#define vl_add(a, b) _mm256_add_epi64 (a, b)

static inline int64_t
vl_sum (vl v)
{
  int64_t lanes[4];
  _mm256_storeu_si256 ((__m256i *) lanes, v);
  return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

static inline vd
vd_keep (vd v, uint32_t mask)
{
  const __m256i bits = _mm256_set_epi64x (8, 4, 2, 1);
  __m256i set = _mm256_and_si256 (_mm256_set1_epi64x (mask), bits);
  return _mm256_and_pd (v, _mm256_castsi256_pd (_mm256_cmpeq_epi64 (set, bits)));
}

static inline __m256i
vd_units (vd v)
{
  const vd magic = vd_set1 (LLOYD_MAGIC);
  return _mm256_sub_epi64 (_mm256_castpd_si256 (vd_add (v, magic)), _mm256_castpd_si256 (magic));
}

#define vd_store_units(p, v) _mm256_storeu_si256 ((__m256i *) (p), vd_units (v))
#define vd_add_units(p, v)                                                                         \
  _mm256_storeu_si256 (                                                                            \
      (__m256i *) (p),                                                                             \
      _mm256_add_epi64 (_mm256_loadu_si256 ((const __m256i *) (p)), vd_units (v)))
#define vd_round(v) vd_sub (vd_add (v, vd_set1 (LLOYD_MAGIC)), vd_set1 (LLOYD_MAGIC))
#define vd_min(a, b) _mm256_min_pd (a, b)
#define vd_mask_lt(a, b) ((uint32_t) _mm256_movemask_pd (_mm256_cmp_pd (a, b, _CMP_LT_OQ)))

static inline vf
vf_load_strided (const float *p, size_t stride)
{
  if (stride == 1)
    return vf_load (p);
  return vf_lookup (p, vi_mul (vi_iota (), vi_set1 ((int) stride)));
}

static inline vd
vd_load_strided (const float *p, size_t stride)
{
  return _mm256_set_pd ((double) p[3 * stride], (double) p[2 * stride], (double) p[stride],
                        (double) p[0]);
}

#else

/* Four lanes of the compilers' own vectors; no fused multiply-add is taken for granted. */
#define LANES 4
#define DLANES 2
typedef float vf __attribute__ ((vector_size (16), aligned (4)));
typedef int32_t vi __attribute__ ((vector_size (16), aligned (4)));
typedef double vd __attribute__ ((vector_size (16), aligned (8)));
typedef int64_t vl __attribute__ ((vector_size (16), aligned (8)));

#define vf_load(p) (*(const vf *) (p))
#define vf_store(p, v) (*(vf *) (p) = (v))
#define vf_set1(x) ((vf){ (x), (x), (x), (x) })
#define vf_add(a, b) ((a) + (b))
#define vf_sub(a, b) ((a) - (b))
#define vf_mul(a, b) ((a) * (b))
#define vf_fmadd(a, b, c) ((c) + (a) * (b))
#define vf_fnmadd(a, b, c) ((c) - (a) * (b))
#define vi_set1(x) ((vi){ (x), (x), (x), (x) })
#define vi_store(p, v) (*(vi *) (p) = (v))

/* yes where the mask's lane is all ones, else no. */
static inline vi
vi_select (vi mask, vi yes, vi no)
{
  return (mask & yes) | (~mask & no);
}

static inline vi
vi_select_lt (vf a, vf b, vi yes, vi no)
{
  return vi_select ((vi) (a < b), yes, no);
}

static inline vf
vf_min (vf a, vf b)
{
  return (vf) vi_select ((vi) (a < b), (vi) a, (vi) b);
}

static inline vf
vf_max (vf a, vf b)
{
  return (vf) vi_select ((vi) (a > b), (vi) a, (vi) b);
}

static inline vf
vf_sqrt (vf a)
{
  return (vf){ sqrtf (a[0]), sqrtf (a[1]), sqrtf (a[2]), sqrtf (a[3]) };
}

static inline uint32_t
vf_mask_not_gt (vf a, vf b)
{
  uint32_t mask = 0;
  for (int i = 0; i < LANES; i++)
    mask |= (uint32_t) !(a[i] > b[i]) << i;
  return mask;
}

#define vi_load(p) (*(const vi *) (p))

static inline uint32_t
vi_mask_ne (vi a, vi b)
{
  uint32_t mask = 0;
  for (int i = 0; i < LANES; i++)
    mask |= (uint32_t) (a[i] != b[i]) << i;
  return mask;
}

static inline vf
vf_lookup (const float *table, vi index)
{
  return (vf){ table[index[0]], table[index[1]], table[index[2]], table[index[3]] };
}

static inline vf
vf_load_strided (const float *p, size_t stride)
{
  return (vf){ p[0], p[stride], p[2 * stride], p[3 * stride] };
}

#define vd_load(p) (*(const vd *) (p))
#define vd_store(p, v) (*(vd *) (p) = (v))
#define vd_load_floats(p) ((vd){ (double) (p)[0], (double) (p)[1] })
#define vd_set1(x) ((vd){ (x), (x) })
#define vd_add(a, b) ((a) + (b))
#define vd_sub(a, b) ((a) - (b))
#define vd_mul(a, b) ((a) * (b))
#define vd_div(a, b) ((a) / (b))
#define vd_sqrt(a) ((vd){ sqrt ((a)[0]), sqrt ((a)[1]) })
#define vd_round(v) ((v) + vd_set1 (LLOYD_MAGIC) - vd_set1 (LLOYD_MAGIC))

static inline vd
vd_fmadd (vd a, vd b, vd c)
{
  return (vd){ fma (a[0], b[0], c[0]), fma (a[1], b[1], c[1]) };
}

static inline vd
vd_if_below (vd v, vd x, vd limit)
{
  return (vd){ fabs (x[0]) < limit[0] ? v[0] : 0.0, fabs (x[1]) < limit[1] ? v[1] : 0.0 };
}

#define vl_zero() ((vl){ 0, 0 })
#define vl_add(a, b) ((a) + (b))
#define vl_sum(a) ((a)[0] + (a)[1])

static inline vd
vd_keep (vd v, uint32_t mask)
{
  return (vd){ mask & 1 ? v[0] : 0.0, mask & 2 ? v[1] : 0.0 };
}

static inline vl
vd_units (vd v)
{
  const vd magic = vd_set1 (LLOYD_MAGIC);
  return (vl) (v + magic) - (vl) magic;
}

static inline vd
vd_min (vd a, vd b)
{
  return (vd){ a[0] < b[0] ? a[0] : b[0], a[1] < b[1] ? a[1] : b[1] };
}

static inline uint32_t
vd_mask_lt (vd a, vd b)
{
  return (uint32_t) (a[0] < b[0]) | (uint32_t) (a[1] < b[1]) << 1;
}

#define vd_store_units(p, v) (*(vl *) (p) = vd_units (v))
#define vd_add_units(p, v) (*(vl *) (p) += vd_units (v))

static inline vd
vd_load_strided (const float *p, size_t stride)
{
  return (vd){ (double) p[0], (double) p[stride] };
}

#endif

#if LANES < 16

static inline void
vd_store_cut (int64_t *p, vd v)
{
  double lanes[DLANES];
  vd_store (lanes, v);
  for (int i = 0; i < DLANES; i++)
    p[i] = (int64_t) lanes[i];
}

static inline unsigned
vf_lowest_lane (vf v)
{
  float lanes[LANES];
  unsigned at = 0;
  vf_store (lanes, v);
  for (unsigned i = 1; i < LANES; i++)
    if (lanes[i] < lanes[at])
      at = i;
  return at;
}

#endif
