/* Whether an angular metric can tell the rows apart at all: facts for a sentence to the user. */
#pragma once

#include "compute/data/points.h"

typedef struct
{
  /* Share of the rows within 10 degrees of the mean direction. */
  double share_within_10_degrees;
  /* Whether every row has length 1, within float32's rounding. */
  gboolean has_unit_rows;
  size_t n_zero;
} LloydDirections;

/* Looks at the rows from the data's own zero; at most some 100,000 of them, evenly spread. */
LloydDirections lloyd_points_describe_directions (const LloydPoints *self);
