/* The kernels of the CPU backend: one table for each instruction set, chosen when the program runs.
 *
 * Labels come from a screen in float32 and a proof. A row's scores s_j = |c_j|^2 / 2 - x.c_j
 * (angular: -x.c_j) are computed from copies of points and centroids with a common middle m taken
 * off; the best and the second best are kept. If they differ by more than twice a bound B on the
 * error of any score that matters, the label is proven; else the row is doubtful and decided by the
 * canonical arithmetic.
 *
 * With u = 2^-24, n_x >= |x - m|, n_c >= |c - m|, and R the largest norm of a centroid that could
 * win:
 *
 *   B = a1 n_x R + a2 R^2 + a3 n_x^2 + a4
 *
 * where a1 = (D + 4) 2 u, a2 = a1 / 2 for the float32 products and sums (D 2 u, twice what is
 * needed), the rounding of x - m and c - m, of |c|^2 / 2 and of the score itself; a2 and a3 also
 * hold the rounding of the canonical value, (D + 2) 2^-52 (|x| + |c|)^2; a4 is for what falls below
 * float32's range. A centroid with n_c > 2 n_x + n_best is farther than the best by the triangle
 * inequality, so R = min (max n_c, 2 n_x + n_best): a far centroid cannot spoil the proof of the
 * others. (That n_c is an upper bound does not matter: B is twice what is needed, so it holds up
 * to 1.25 R, and beyond that the distance is certain.) By the same argument centroids beyond
 * LLOYD_FAR stay out of the screen altogether, and a row whose reach 2 n_x + n_best comes that far
 * is not proven: so no score can overflow. */
#pragma once

#include <glib.h>

#include "compute/backends/cpu/blocks.h"
#include "compute/backends/splat.h"
#include "compute/backends/sums.h"
#include "compute/exact/metric.h"

/* Norms from here on are too large for scores in float32, and rows that reach half as far are not
 * proven: half, so that the rounding of the norms cannot matter. */
#define LLOYD_FAR 1e18f
#define LLOYD_FAR_REACH 5e17f
/* From this many dimensions on, and up to that many, the screen in 8 bits pays; beyond, its sums
 * might not fit 32 bits. */
#define LLOYD_MIN_REDUCED_DIMS 16
#define LLOYD_MAX_REDUCED_DIMS 16384
/* Candidates of seeding that the screen in 8 bits takes. */
#define LLOYD_MAX_NEAR 16
/* Rows of a splat that are placed at once. */
#define LLOYD_SPLAT_ROWS 1024
/* Up to LLOYD_LOW_DIMS rows lie along the vectors, above it centroids do. */

/* Centroids as the kernels want them; without duplicates, so that these do not make every row
 * doubtful. */
typedef struct
{
  LloydMetric metric;
  guint d;
  /* Distinct centroids, and that rounded up to whole panels. */
  guint k;
  guint k_padded;
  /* Centroids in a panel: two vectors. */
  guint width;
  /* Number of each distinct centroid among those given; the lowest among equals. k_padded values.
   */
  gint32 *index;
  /* m, d values; all 0 for angular metrics. */
  float *middle;
  /* Whether float32 has the last word (fast mode): no label is proven, none settled canonically. */
  gboolean is_rounded;
  /* c - m and c, panel by panel: [k_padded / width][d][width]. Padding is 0, and so is c - m of
   * what is too far. */
  float *centred;
  float *exact;
  /* |c - m|^2 / 2, or 0 for angular; infinity for padding and for what is too far to be screened.
   * k_padded values. */
  float *half_square;
  /* Upper bounds of |c - m|, and the largest of those screened. */
  float *norm;
  float max_norm;
  /* The coefficients of B. */
  float a1, a2, a3, a4;

  /* Number of each given centroid among the distinct ones; n_given values. The table finds equal
   * ones: places in `index`, from 1. */
  guint32 *distinct_of;
  guint n_given;
  guint32 *table;
  guint table_size;
  /* c - m, row by row, each filled up with 0 to row_stride. */
  float *centred_rows;
  guint row_stride;

  /* For the screen in 8 bits; NULL and 0 where there is none. */
  /* c - m = scale q + rest: q as [k_padded / width][n_quads][width][4], k_padded scales and upper
   * bounds of |rest|, and what sums of q (x + 128) start from. */
  guint n_quads;
  gint8 *reduced;
  float *reduced_scale;
  gint32 *reduced_start;
  float *rest;
  /* The coefficients of E, and upper bounds over the centroids screened. */
  float max_rest, max_half_square;
  float canonical, reduced_small;
} LloydPanels;

/* The copy of the points in 8 bits: x - m = scale q + rest. */
typedef struct
{
  /* A quarter of the dimensions, rounded up. */
  guint n_quads;
  /* n x n_quads x 4: q + 128. */
  guint8 *values;
  /* n each; scale is NaN where no integers will do. Upper bounds of |rest| and of |x - m|. */
  float *scale;
  float *rest;
  float *norm;
} LloydReduced;

/* Candidates of a round of seeding, at most LLOYD_MAX_NEAR where they are screened. */
typedef struct
{
  LloydMetric metric;
  guint d;
  guint m;
  /* m x d, borrowed; and in double, [d][room], where room is m in whole vectors. */
  const float *centres;
  double *exact;
  guint room;
  /* 2^shift of the unit rows. */
  double unit_scale;

  /* For the screen in 8 bits: whose copies these are; NULL where there is none. */
  LloydPanels *panels;
  /* Whether a vector of 16 holds two quads of 8 candidates, or else one quad of 16. Vectors of
   * quads, [][candidate][quad][4]; what their sums start from; and by candidate, the second 8 like
   * the first where they are twice, half squares and scales. */
  gboolean is_twice;
  gint8 *quads;
  gint32 start[LLOYD_MAX_NEAR];
  float half_square[LLOYD_MAX_NEAR];
  float scale[LLOYD_MAX_NEAR];
} LloydCandidates;

/* Rows to try candidates on: those listed of those at x, or n from there on where `rows` is NULL; x
 * is row `first` of all. By row at x: squared distance to the nearest centre so far, and weight
 * (may be NULL). The scale of the integer weights. */
typedef struct
{
  const float *x;
  size_t first;
  const guint32 *rows;
  size_t n;
  const double *nearest;
  const float *weights;
  double scale;
} LloydTrialRows;

/* Pairs of a row and a candidate that is nearer to it than all centres so far, as far as there is
 * room for them. */
typedef struct
{
  double distance;
  guint64 row : 56;
  guint64 candidate : 8;
} LloydNearer;

typedef struct
{
  LloydNearer *pairs;
  size_t n;
  size_t room;
  gboolean is_short;
} LloydNearerList;

/* Floats in the longest vector. */
#define LLOYD_MAX_LANES 16

/* Some of the centroids of few dimensions, filled up to whole vectors with infinitely far ones, and
 * room for a vector behind them: the label, |c - m|^2 / 2, |c - m|, and c - m as [d][room]. */
typedef struct
{
  guint n;
  guint room;
  gint32 *label;
  float *half_square;
  float *norm;
  float *c;
} LloydFew;

/* Some rows to screen: n rows at x, which are those listed or those from `first` on; `known` are
 * the labels that they had, -1 for none. */
typedef struct
{
  const float *x;
  const size_t *rows;
  size_t first;
  size_t n;
  const gint32 *known;
} LloydScreenRows;

/* What a screen found: a label for each row, and numbers below n of rows that are not proven, or
 * that it could do nothing with. Room for n each. */
typedef struct
{
  gint32 *labels;
  guint32 *doubtful;
  size_t n_doubtful;
  guint32 *unsettled;
  size_t n_unsettled;
} LloydScreenLists;

typedef struct
{
  /* "avx512-vnni", "avx512", "avx2" or "plain". */
  const char *name;
  /* Floats in a vector; panels are twice as wide. */
  guint lanes;

  /* Labels of n rows at x, row-major; those that are not proven are listed, as numbers below n, in
   * `doubtful` (n values at most). */
  void (*screen) (const LloydPanels *panels,
                  const float *x,
                  size_t n,
                  gint32 *labels,
                  guint32 *doubtful,
                  size_t *n_doubtful);

  /* For fast mode: labels of n rows at x by their scores in float32, with no word on which are
   * proven; and adds n rows, times their weights (NULL: none), to float32 sums of their clusters,
   * k x d, rounded at every addition. Cosine adds unit rows. */
  void (*nearest_rounded) (const LloydPanels *panels, const float *x, size_t n, gint32 *labels);
  void (*add_rounded) (LloydMetric metric,
                       const float *x,
                       size_t n,
                       guint d,
                       const gint32 *labels,
                       const float *weights,
                       float *sums);

  /* Makes the copy of n rows, which are those from `first` on; and screens rows by it. NULL where
   * the processor is not made for it. */
  void (*reduce) (
      const float *x, const float *middle, size_t n, guint d, LloydReduced *reduced, size_t first);
  void (*screen_int8) (const LloydPanels *panels,
                       const LloydReduced *reduced,
                       const LloydScreenRows *in,
                       LloydScreenLists *out);

  /* Lists those of n rows, at x and in the copy from `first` on, that some candidate may come
   * nearer to in the sense of seeding than `nearest` says, as numbers below n, rising; room for n
   * and a vector. */
  size_t (*screen_near) (const LloydCandidates *candidates,
                         const LloydReduced *reduced,
                         const float *x,
                         size_t first,
                         size_t n,
                         const double *nearest,
                         guint32 *rows);

  /* The centroids among `in` that may be nearest to a point of the box, into `out`. `norm` is an
   * upper bound of |x - m| in the box. FALSE where the box is too far off to tell. */
  gboolean (*narrow) (const LloydPanels *panels,
                      const LloydFew *in,
                      const float *low,
                      const float *high,
                      float norm,
                      LloydFew *out);

  /* n rows (row-major, at most a block) as [d][LLOYD_BLOCK_ROWS]; the last one fills it up. */
  void (*block_load) (const float *rows, guint d, guint n, float *x);

  /* Labels of the rows of a block, [d][LLOYD_BLOCK_ROWS], among a few centroids; `norm` as above.
   * Bit r of the answer: row r is not proven. */
  guint64 (*label_block) (
      const LloydPanels *panels, const LloydFew *few, const float *x, float norm, gint32 *labels);

  /* The canonical label of a row among a few of the centroids (k x d). */
  gint32 (*decide_among) (const LloydPanels *panels,
                          const float *centroids,
                          const LloydFew *few,
                          const float *x);

  /* n rows (row-major, at most a block) as seeding sees them, unit rows for angles, in double:
   * [d][LLOYD_BLOCK_ROWS], filled up as above. */
  void (*block_spread) (
      LloydMetric metric, const float *rows, guint d, guint n, double unit_scale, double *u);
  /* What the weights of the first n rows of a block lose if a centre is taken; taking it: bit by
   * row whose squared distance to the nearest centre falls; and the integer weights. */
  guint64 (*block_gain) (
      const double *u, guint d, const float *centre, const double *nearest, guint n, double scale);
  guint64 (*block_take) (const double *u, guint d, const float *centre, double *nearest);
  void (*block_cut) (const double *distances, double scale, guint64 *weights);

  /* Which of LLOYD_BLOCK_ROWS labels differ; bit by row. */
  guint64 (*block_differ) (const gint32 *a, const gint32 *b);

  /* Of which rows a is x and b is y. */
  guint64 (*block_find) (const gint32 *a, const gint32 *b, gint32 x, gint32 y);

  /* The sum, in units of the grid, of the rows of a block whose bit is set; d values. */
  void (*block_sum) (
      LloydMetric metric, const LloydGrid *grid, const float *x, guint64 mask, gint64 *sums);

  /* The canonical label of one row. */
  gint32 (*decide) (const LloydPanels *panels, const float *x);

  /* Adds n rows to the integer sums of their clusters, and counts them. `norms` (n values) serves
   * cosine alone. */
  void (*add) (LloydMetric metric,
               const float *x,
               size_t n,
               const gint32 *labels,
               const double *norms,
               LloydSums *sums);

  /* Adds the exact squares of n values. */
  void (*add_squares) (const float *x, size_t n, LloydWide *total);

  /* Canonical norms of n rows. */
  void (*norms) (const float *x, size_t n, guint d, double *norms);

  /* Canonical seeding distances of n rows to m centres: out[c * n + i]. `norms` serves angular
   * metrics. */
  void (*distances) (LloydMetric metric,
                     const float *x,
                     size_t n,
                     guint d,
                     const double *norms,
                     double unit_scale,
                     const float *centres,
                     guint m,
                     double *out);

  /* Adds to the gains of the candidates (room for all of them) what the integer weights of the rows
   * lose if it is taken; and the pairs in which a candidate is nearer to a list, row by row. */
  void (*try_rows) (const LloydCandidates *candidates,
                    const LloydTrialRows *in,
                    guint64 *gains,
                    LloydNearerList *nearer);

  /* The distances of the rows, as listed, to one candidate. */
  void (*measure_rows) (const LloydCandidates *candidates,
                        const LloydTrialRows *in,
                        guint number,
                        double *out);

  /* The pixels at which n <= LLOYD_SPLAT_ROWS rows, `stride` floats apart, are seen; width x height
   * for a row that is not. */
  void (*splat_places) (
      const float *x, size_t n, size_t stride, const LloydSplatMap *map, guint32 *at);

  /* The hashes of the rows of these numbers, or of those from `first` on where it is NULL. */
  void (*splat_hashes) (const size_t *numbers, size_t first, size_t n, guint32 *hashes);
} LloydKernels;

extern const LloydKernels lloyd_kernels_plain;
#ifdef LLOYD_HAVE_X86
extern const LloydKernels lloyd_kernels_avx2;
extern const LloydKernels lloyd_kernels_avx512;
extern const LloydKernels lloyd_kernels_avx512_vnni;
#endif

/* The kernels of that name, or the best ones that this processor has for NULL. NULL where it has
 * not. */
const LloydKernels *lloyd_kernels_find (const char *name);

/* The names of those this processor has, best first; NULL-terminated, borrowed. */
const char *const *lloyd_kernels_names (void);
