/* The grid on which sums are kept: column d counts in multiples of 2^-shift[d], so that a sum is
 * one 64-bit integer and the order of adding cannot matter.
 *
 * The remainders of values that are no multiple of their column's unit are few; they are summed in
 * a second integer that counts in multiples of a finer unit. Where two integers will not do (a
 * value too large, remainders too far apart), what the first leaves out goes to a wide sum. Either
 * way nothing is lost. */
#pragma once

#include <glib.h>

#include "compute/exact/wide.h"
#include "compute/team.h"

/* A value that does not fit the grid, and the part of it that the integers leave out. */
typedef struct
{
  size_t row;
  guint32 column;
  float rest;
} LloydException;

typedef struct
{
  guint d;
  int *shift;
  /* 2^shift and 2^-shift. */
  double *scale;
  double *unit;
  /* Values of this magnitude or more leave the integers out altogether; 0: the whole column does.
   */
  float *limit;
  /* The finer unit: 2^fine_shift, or 0 where the column has none. */
  int *fine_shift;
  double *fine_scale;
  gboolean has_fine;
  /* Index of the column's wide sums, or -1. */
  int *slot;
  guint n_slots;
  /* By rising row; columns with limit 0 have none. */
  GArray *exceptions;
  /* Whether any value reaches its column's (non-zero) limit. */
  gboolean has_large;
  /* Whether sums on it are of weighted rows, and carry the weights of the clusters. Remainders are
   * then found as values come, and no exceptions are listed. */
  gboolean is_weighted;
} LloydGrid;

/* The grid of n x d finite values, row-major. The team, which may be NULL, shares the work. */
LloydGrid *lloyd_grid_new (const float *values, size_t n, guint d, LloydTeam *team);

/* The grid of unit rows: one unit for all columns, and nothing ever left out. */
LloydGrid *lloyd_grid_new_unit (size_t n, guint d);

/* The grid with every column wide: slow and obvious. */
LloydGrid *lloyd_grid_new_wide (guint d, gboolean is_weighted);

/* The grid of the products of n x d finite values with n weights, which are exact doubles; the team
 * as above. */
LloydGrid *lloyd_grid_new_weighted (
    const float *values, const float *weights, size_t n, guint d, LloydTeam *team);

/* The grid of n weights times unit rows in multiples of 2^-shift; see
 * lloyd_exact_weighted_unit(). */
LloydGrid *lloyd_grid_new_weighted_unit (const float *weights, size_t n, guint d, int shift);

void lloyd_grid_free (LloydGrid *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydGrid, lloyd_grid_free)

/* The integer part of a value of column j, in units of the column. */
static inline gint64
lloyd_grid_units (const LloydGrid *self, guint j, double v)
{
  const double magic = 6755399441055744.0; /* 1.5 * 2^52: rounds to the nearest integer */
  if (!(fabs (v) < (double) self->limit[j]))
    return 0;
  return (gint64) (v * self->scale[j] + magic - magic);
}
