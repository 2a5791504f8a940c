/* What owns the memory that a LloydPoints shows. */
#pragma once

#include "compute/data/parts.h"
#include "compute/data/points.h"

typedef struct
{
  LloydPoints points;
  gatomicrefcount refs;
  /* What the public pointers point into. */
  float *owned_values, *owned_absolute, *owned_weights;
  double *owned_columns;
  size_t *owned_rows;
  LloydOrder *owned_order;
  LloydTable *borrowed;
  LloydParts *parts;
} LloydPointsOwner;

static inline LloydPointsOwner *
lloyd_points_owner_of (LloydPoints *self)
{
  return (LloydPointsOwner *) (gpointer) ((char *) self - offsetof (LloydPointsOwner, points));
}

/* One reference, everything else zero. */
LloydPointsOwner *lloyd_points_owner_new (void);

/* Sets the d origins, factors and offsets to room for them: 0, 1 and 0. */
void lloyd_points_owner_allocate_columns (LloydPointsOwner *self, guint d);

/* The column of that name; else LLOYD_ERROR_DATA. */
gboolean lloyd_points_find_column (const LloydTable *table,
                                   const char *name,
                                   const LloydColumn **column,
                                   GError **error);

/* Adds the columns (const LloydColumn) that are features; one at least, else LLOYD_ERROR_DATA. */
gboolean lloyd_points_choose_columns (const LloydTable *table,
                                      const LloydSelection *selection,
                                      GPtrArray *columns,
                                      GError **error);

/* What is to be said of points that these columns of a table become, a line each; NULL: nothing.
 * Yours. */
char *lloyd_points_dup_remarks (const LloydTable *table,
                                const LloydSelection *selection,
                                const GPtrArray *columns);
