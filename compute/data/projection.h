/* Projections: which two or three directions of the points are seen. For drawing only, outside the
 * exactness contract. */
#pragma once

#include "compute/data/points.h"

#define LLOYD_MAX_AXES 3

typedef struct
{
  guint d;
  /* Two or three. */
  guint n_axes;
  /* n_axes x d: coordinate a of a stored row x is start[a] + sum_j weights[a][j] x[j]. */
  double *weights;
  double start[LLOYD_MAX_AXES];
  /* What each axis is called. */
  char *names[LLOYD_MAX_AXES];
  /* Share of the points' variance that is seen, and of how many rows it was found. */
  double variance_share;
  size_t n_rows_used;
  /* Whether the axes are columns as they stand. */
  gboolean is_columns;
} LloydProjection;

/* Columns as axes: n_axes indices of columns. A single column is its own second axis' zero line. */
LloydProjection *
lloyd_projection_new_columns (const LloydPoints *points, const guint *columns, guint n_axes);

/* The columns that vary most and least, without those that do not vary at all, and how many times
 * as far the one spreads (standard deviations; of evenly spread rows where there are very many);
 * 1 where there are no two. */
double lloyd_points_compare_spreads (const LloydPoints *points, guint *widest, guint *narrowest);

/* The columns of largest variance as axes. */
LloydProjection *lloyd_projection_new_widest (const LloydPoints *points, guint n_axes);

/* The first principal components as axes: exact where D <= 2048 and the work is bearable, else of
 * evenly spread rows. The largest loading of each is positive. NULL with LLOYD_ERROR_MEMORY or
 * G_IO_ERROR_CANCELLED. */
LloydProjection *lloyd_projection_new_components (const LloydPoints *points,
                                                  guint n_axes,
                                                  GCancellable *cancellable,
                                                  GError **error);

/* How many dimensions of the points are seen: of two axes that show the same, one. */
guint lloyd_projection_count_kept (const LloydProjection *self);

void lloyd_projection_free (LloydProjection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydProjection, lloyd_projection_free)

/* Where a point of the stored frame (d values) is seen; out has 3 values, the third 0 for two axes.
 */
void
lloyd_projection_apply (const LloydProjection *self, const double *x, double out[LLOYD_MAX_AXES]);

/* The same for a stored row. */
void
lloyd_projection_apply_row (const LloydProjection *self, const float *x, float out[LLOYD_MAX_AXES]);
