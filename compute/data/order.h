/* An order of points of few dimensions in memory that keeps neighbours together. */
#pragma once

#include "compute/data/points.h"

/* Points of up to this many dimensions are put in order, */
#define LLOYD_ORDER_MAX_DIMS 8
/* from this many rows on. */
#define LLOYD_ORDER_MIN_ROWS 256
/* Neighbours come together down to about so many rows; what lies in one such run is in no order. */
#define LLOYD_ORDER_RUN 64

/* Moves the rows in memory so that they lie along a Morton curve (G. M. Morton, 1966), and notes
 * where each one went; the rows keep their numbers. Does nothing where there are more dimensions or
 * fewer rows, 2^32 rows or more, weights, points that are large, or only a part of the rows. Works
 * on `n_threads` threads (0: one for each core), of which the others run at `nice`.
 *
 * Before the points are shared with anyone. Needs room for the rows once more while it works; FALSE
 * with LLOYD_ERROR_MEMORY where there is none, and the points stay as they were. */
gboolean lloyd_points_order (LloydPoints *self, guint n_threads, int nice, GError **error);
