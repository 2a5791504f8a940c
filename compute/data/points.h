/* Points: the immutable N x D float32 matrix that everything computes on.
 *
 * Stored value = float32 (scaled value - origin), row-major, with the origin in double; see the
 * exactness contract. Points are built once, frozen, shared by reference and safe to read from any
 * thread. */
#pragma once

#include <gio/gio.h>

#include "compute/data/table.h"
#include "compute/exact/canonical.h"

typedef enum
{
  LLOYD_SCALE_NONE,
  /* (value - mean) / standard deviation (n - 1); a constant column becomes 0. */
  LLOYD_SCALE_STANDARDISE,
  /* (value - min) / (max - min); a constant column becomes 0. */
  LLOYD_SCALE_MINMAX,
  /* Each row divided by its norm; a zero row stays. */
  LLOYD_SCALE_UNIT_ROWS,
} LloydScale;

/* What to do with rows in which a feature is missing or infinite. */
typedef enum
{
  LLOYD_MISSING_REFUSE,
  LLOYD_MISSING_DROP,
  LLOYD_MISSING_ZERO,
} LloydMissing;

/* Which part of a table becomes points. */
typedef struct
{
  /* Names of the features, in order; NULL: every column of numbers, without the id column and the
   * weights. */
  const char *const *columns;
  const char *id_column;
  /* The column of the rows' weights; NULL: they have none. It cannot be a feature. */
  const char *weights;
  /* Columns that say where a row is, which then are no features unless named: two or three names,
   * by commas, or one; NULL: none. */
  const char *geometry;
  /* Above 0: features that are coordinates of a geometry (see space.h) are standardised and
   * multiplied by this, whatever `scale` is; 0: they are features as others are. */
  double space_weight;
  LloydScale scale;
  LloydMissing missing;
} LloydSelection;

/* Where rows lie: row `row` of item i lies at place i, and row i at its `place`. */
typedef struct
{
  guint32 row;
  guint32 place;
} LloydOrder;

typedef struct
{
  /* Shape of the stored rows, which are numbered in the order of the input. */
  size_t n;
  guint d;

  /* n items; NULL: every row lies at the place of its number. See lloyd_points_order(). */
  const LloydOrder *order;
  /* How long it took to find. */
  gint64 order_ns;

  /* n x d, origin subtracted, by place. */
  const float *values;
  /* n x d, measured from the data's own zero, for angles, by place; equals `values` where every
   * origin is 0. */
  const float *absolute;

  /* A value in the data's own unit = (stored + origin) * factor + offset, column by column. */
  const double *origin;
  const double *factor;
  const double *offset;

  /* d names, NULL-terminated. */
  char **names;
  char *path;

  /* n weights, finite and at least 0, of which one at least is not 0, and then rows lie in order;
   * NULL: every row has weight 1.
   * A row of weight 0 gets a label and counts for nothing else. Scales and origins come from the
   * rows as they are. */
  const float *weights;
  /* Where there are weights: the rows whose weight is not 0, and the exact sum of the weights,
   * rounded once to double. See lloyd_points_n_counted() and lloyd_points_total_weight(). */
  size_t n_counted;
  double total_weight;

  /* Row of the input that each stored row came from (from 0, rising); NULL: the same. */
  const size_t *input_rows;
  size_t n_input;

  /* Rows of the whole that these are a part of, and where they have weights that of the whole,
   * which fix the grid of unit rows so that sums of parts add up; 0: they are the whole. */
  size_t n_whole;
  double whole_weight;

  /* Whether they may be more than memory holds: then backends keep no copies of them. */
  gboolean is_large;

  /* What is to be said of these points before anything is computed, a line each; NULL: nothing. */
  char *remark;

  /* One column, n_input rows: who the rows are; NULL: they are numbered from 1. */
  LloydTable *ids;

  LloydScale scale;
} LloydPoints;

/* Builds points from a table. NULL with LLOYD_ERROR_DATA (columns, missing values, no rows left, a
 * weight of no use) or LLOYD_ERROR_MEMORY. Polls `cancellable`. Keeps a reference to the table only
 * where it can use its memory as it is. */
LloydPoints *lloyd_points_new (LloydTable *table,
                               const LloydSelection *selection,
                               GCancellable *cancellable,
                               GError **error);

/* Points from n x d floats, copied; for tests and generated clouds. `names` may be NULL. */
LloydPoints *lloyd_points_new_from_floats (const float *values, size_t n, guint d, GError **error);

/* A part of `n_whole` rows, which weigh `whole_weight` together: n x d floats, copied, that stand
 * in the frame of the whole already, and n weights, copied, that may all be 0 here; NULL: none. */
LloydPoints *lloyd_points_new_part (const float *values,
                                    const float *weights,
                                    size_t n,
                                    guint d,
                                    size_t n_whole,
                                    double whole_weight,
                                    GError **error);

/* The points that have a direction: itself (a new reference) where no row is zero from the data's
 * own zero. `n_zero` and `first_zero` (an input row, from 0) may be NULL. NULL on
 * LLOYD_ERROR_MEMORY or where no row is left. */
LloydPoints *
lloyd_points_with_direction (LloydPoints *self, size_t *n_zero, size_t *first_zero, GError **error);

/* Whether stored row `i` is not zero from the data's own zero. */
gboolean lloyd_points_has_direction (const LloydPoints *self, size_t i);

LloydPoints *lloyd_points_ref (LloydPoints *self);
void lloyd_points_unref (LloydPoints *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPoints, lloyd_points_unref)

/* Rows of the whole that these points are, or are a part of. */
static inline size_t
lloyd_points_n_whole (const LloydPoints *self)
{
  return self->n_whole > 0 ? self->n_whole : self->n;
}

/* The place of row `i`, and the row at a place. */
static inline size_t
lloyd_points_place (const LloydPoints *self, size_t i)
{
  return self->order != NULL ? self->order[i].place : i;
}

static inline size_t
lloyd_points_row (const LloydPoints *self, size_t place)
{
  return self->order != NULL ? self->order[place].row : place;
}

/* The d values of row `i`, and the same measured from the data's own zero. */
static inline const float *
lloyd_points_values (const LloydPoints *self, size_t i)
{
  return self->values + lloyd_points_place (self, i) * self->d;
}

static inline const float *
lloyd_points_absolute (const LloydPoints *self, size_t i)
{
  return self->absolute + lloyd_points_place (self, i) * self->d;
}

/* Copies rows first .. first + count - 1 out of `values` or `absolute`; count x d. */
void lloyd_points_copy_rows (
    const LloydPoints *self, const float *from, size_t first, size_t count, float *rows);

/* Says that rows [first, first + count) of large points are not needed soon, so that they need not
 * count as this program's memory. */
void lloyd_points_release (const LloydPoints *self, size_t first, size_t count);

/* Weight of stored row `i`. */
static inline float
lloyd_points_weight (const LloydPoints *self, size_t i)
{
  return self->weights != NULL ? self->weights[i] : 1.0f;
}

/* Rows that count: those of weight above 0. */
static inline size_t
lloyd_points_n_counted (const LloydPoints *self)
{
  return self->weights != NULL ? self->n_counted : self->n;
}

/* The weight of all rows. */
static inline double
lloyd_points_total_weight (const LloydPoints *self)
{
  return self->weights != NULL ? self->total_weight : (double) self->n;
}

/* Unit rows are rounded to multiples of 2 to the minus this. */
static inline int
lloyd_points_unit_shift (const LloydPoints *self)
{
  if (self->weights == NULL)
    return lloyd_exact_unit_shift (lloyd_points_n_whole (self));
  return lloyd_exact_weighted_unit_shift (self->n_whole > 0 ? self->whole_weight
                                                            : self->total_weight);
}

/* Row of the input (from 0) that stored row `i` came from. */
static inline size_t
lloyd_points_input_row (const LloydPoints *self, size_t i)
{
  return self->input_rows != NULL ? self->input_rows[i] : i;
}

/* Stored row of input row `row`; FALSE where it was dropped. */
gboolean lloyd_points_find_input_row (const LloydPoints *self, size_t row, size_t *stored);

/* How many different rows there are among those that count, at most `most`. */
guint lloyd_points_count_different (const LloydPoints *self, guint most);

/* Whether there are at least k rows that count; else LLOYD_ERROR_DATA. */
gboolean lloyd_points_check_k (const LloydPoints *self, guint k, GError **error);

/* Name of input row `row`: its id, or its number from 1. Yours. */
char *lloyd_points_dup_id (const LloydPoints *self, size_t row);

/* SHA-256, in hexadecimal, over the shape, the stored values, the origins, and the weights where
 * there are any. Yours. */
char *lloyd_points_dup_sha256 (const LloydPoints *self);

/* The names as they stand in options, recipes and reports, by value of the enum; NULL-terminated.
 */
extern const char *const lloyd_scale_names[];
extern const char *const lloyd_missing_names[];
