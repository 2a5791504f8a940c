/* Edits: centroids changed by hand, in the middle of a run. */
#pragma once

#include <glib.h>

typedef enum
{
  LLOYD_EDIT_ADD,
  LLOYD_EDIT_MOVE,
  LLOYD_EDIT_REMOVE,
  LLOYD_EDIT_PIN,
  LLOYD_EDIT_UNPIN,
} LloydEditKind;

/* What was done by hand, to centroid `cluster` (as it was numbered before a removal and after an
 * addition), before step `step` assigned the points. */
typedef struct
{
  guint step;
  LloydEditKind kind;
  guint cluster;
  guint k_before;
  guint k_after;
  /* Rows that the centroid had then; 0: none, or it was not known. */
  gint64 size_before;
} LloydEvent;

/* Something to be done by hand. */
typedef struct
{
  LloydEditKind kind;
  /* Which centroid; not for one that is added. */
  guint cluster;
  /* To add or move: where, d values in the data's own unit; under an angular metric the direction
   * through that place. */
  const double *place;
} LloydEdit;
