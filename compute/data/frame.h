/* How rows that come in parts become points: what passes over all of them have found. The points
 * are those that lloyd_points_new() would make of the whole table, bit for bit. */
#pragma once

#include "compute/data/parts.h"
#include "compute/data/points.h"

typedef struct
{
  /* Borrowed. */
  const LloydSelection *selection;
  char *path;
  /* d names, NULL-terminated. */
  char **names;
  guint d;
  double *origin;
  double *factor;
  double *offset;
  gboolean has_origin;
  /* d: whether a column is a coordinate that has a weight of its own. */
  gboolean *is_space;
  /* Whether the features are all columns as they stand. */
  gboolean is_matrix;
  /* Rows there are, and those that can be used. */
  size_t n_input;
  size_t n;
  char *remark;
} LloydFrame;

/* Goes over the parts, at least once, twice where columns lie far from 0 or are scaled, at most
 * four times. `selection` must live as long. NULL with an error as lloyd_points_new(), or as the
 * parts'.
 */
LloydFrame *lloyd_frame_new (LloydParts *parts,
                             const LloydSelection *selection,
                             GCancellable *cancellable,
                             GError **error);

/* The same with the origins and the scales of points that were made with the same selection of some
 * of the rows: a row has the values that it has, or would have, there. One pass. Fails with
 * LLOYD_ERROR_DATA also where the features are others. */
LloydFrame *lloyd_frame_new_like (LloydParts *parts,
                                  const LloydSelection *selection,
                                  const LloydPoints *points,
                                  GCancellable *cancellable,
                                  GError **error);

/* What lloyd_points_dup_sha256() says of the points of all rows, weights aside; one pass. Yours;
 * NULL with an error as the parts'. */
char *lloyd_frame_dup_sha256 (LloydFrame *self,
                              LloydParts *parts,
                              GCancellable *cancellable,
                              GError **error);
void lloyd_frame_free (LloydFrame *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydFrame, lloyd_frame_free)

/* Points of one part alone, as if it were the whole input, but with the values that rows of the
 * whole have; n may be 0. They know no ids and have no weights. NULL with LLOYD_ERROR_MEMORY. */
LloydPoints *lloyd_frame_make_part (const LloydFrame *self,
                                    LloydTable *part,
                                    GCancellable *cancellable,
                                    GError **error);

/* Points of all rows, in arrays that scratch files should hold (see scratch.h), or where the file
 * is the matrix, in the file itself. Without `needs_absolute` they do for the Euclidean metric
 * alone. They know no ids. Fails as above, or as the parts do. */
LloydPoints *lloyd_frame_make_points (LloydFrame *self,
                                      LloydParts *parts,
                                      gboolean needs_absolute,
                                      GCancellable *cancellable,
                                      GError **error);
