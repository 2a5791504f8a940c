/* Weights of rows: read from a column, checked, summed exactly. For the builders of points. */
#pragma once

#include "compute/data/points-private.h"

/* Gives the points the weights in the column of that name, of the rows that they have. FALSE with
 * LLOYD_ERROR_DATA, which names the row where there is one, or LLOYD_ERROR_MEMORY. Polls
 * `cancellable`. */
gboolean lloyd_weights_read (LloydPointsOwner *owner,
                             const LloydTable *table,
                             const char *name,
                             GCancellable *cancellable,
                             GError **error);

/* The same part by part: room for the weights of all rows; those of the n rows of a table that
 * `rows` lists (NULL: all), from stored row `place` on, where row 0 of the table is `first_row` of
 * the input; and, once all are there, their sums. */
gboolean lloyd_weights_allocate (LloydPointsOwner *owner, GError **error);
gboolean lloyd_weights_read_part (LloydPointsOwner *owner,
                                  const LloydTable *table,
                                  const char *name,
                                  const size_t *rows,
                                  size_t n,
                                  size_t place,
                                  size_t first_row,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean lloyd_weights_sum_up (LloydPointsOwner *owner, GError **error);

/* Gives the points the weights, if there are any, of the stored rows of `from` that
 * owner->owned_rows lists. Fails as above. */
gboolean lloyd_weights_copy (LloydPointsOwner *owner, const LloydPoints *from, GError **error);

/* n weights as they are, copied; all of them may be 0. Errors as above. */
gboolean lloyd_weights_take (LloydPointsOwner *owner, const float *weights, GError **error);
