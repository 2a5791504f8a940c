/* Rows of a table on their way to points, some at a time: read, scaled, and what their columns'
 * sums make of scale and origin. For the builders of points, which all do the same arithmetic. */
#pragma once

#include "compute/data/points.h"
#include "compute/data/statistics.h"

/* Rows handled at once: a block of them over 100 columns stays in the second-level cache. */
#define LLOYD_BLOCK_ROWS 256

typedef struct
{
  /* The features (const LloydColumn). */
  const GPtrArray *columns;
  /* Rows of the table that there are; NULL: all. */
  const size_t *rows;
  const LloydSelection *selection;
  /* Column by column; whether any of them is scaled by its own values. */
  gboolean is_scaled;
  /* Column by column: whether it is a coordinate that has a weight of its own. */
  gboolean *is_space;
  double *offset;
  double *factor;
  /* Column by column, LLOYD_BLOCK_ROWS values each. */
  double *values;
} LloydBlock;

/* A block for columns whose offsets are 0 and factors 1 until they are chosen. */
void lloyd_block_init (LloydBlock *self,
                       const GPtrArray *columns,
                       const LloydSelection *selection,
                       double *offset,
                       double *factor);
void lloyd_block_clear (LloydBlock *self);

/* Reads rows [first, first + count), as the table has them or as they are scaled; what is missing
 * is 0 where the selection says so. */
typedef void (*LloydBlockReader) (LloydBlock *self, size_t first, size_t count);
void lloyd_block_read_raw (LloydBlock *self, size_t first, size_t count);
void lloyd_block_read (LloydBlock *self, size_t first, size_t count);

static inline size_t
lloyd_block_count (size_t n, size_t first)
{
  return MIN (n - first, (size_t) LLOYD_BLOCK_ROWS);
}

/* Rows that cannot be used: how many, and which value is the first. */
typedef struct
{
  size_t n_rows;
  size_t first_row;
  guint first_column;
} LloydBadRows;

/* Marks the rows of a raw block that cannot be used, and adds them; the first has number
 * `first_row`. */
void lloyd_block_find_bad (
    const LloydBlock *self, size_t first_row, size_t count, guint8 *is_bad, LloydBadRows *bad);

/* "PATH: N rows have missing or infinite values, the first in row R, column NAME";
 * LLOYD_ERROR_MISSING. Always FALSE. */
gboolean
lloyd_block_refuse (const char *path, const char *name, const LloydBadRows *bad, GError **error);

/* Whether the deviation of column j decides its scale. */
gboolean lloyd_block_needs_deviation (const LloydBlock *self, guint j, const LloydColumnSums *sums);

/* Chooses offsets and factors of d columns by their raw sums and deviations. */
void lloyd_scale_choose (LloydScale scale,
                         double space_weight,
                         const gboolean *is_space,
                         guint d,
                         const LloydColumnSums *sums,
                         const double *deviations,
                         double *offset,
                         double *factor);

/* The origins by the sums and deviations of the scaled columns. Gives whether any is not 0. */
gboolean lloyd_origins_choose (guint d,
                               const LloydColumnSums *sums,
                               const double *deviations,
                               double *origins);

/* Stores a block that was read, row by row: less the origins into `values`, and as it is into
 * `absolute`, which may be NULL. */
void lloyd_block_store (
    const LloydBlock *self, size_t count, const double *origins, float *values, float *absolute);
