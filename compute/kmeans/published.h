/* What others have published of the same work. */
#pragma once

#include <glib.h>

#include "compute/exact/canonical.h"

typedef struct
{
  guint64 n;
  guint d;
  guint k;
  LloydMetric metric;
  /* Milliseconds of ten iterations from the first k rows. */
  double ten_ms;
  const char *source;
  /* What is not known of it. */
  const char *caveat;
} LloydPublished;

/* The figure for that shape and metric, or NULL. */
const LloydPublished *lloyd_published_find (guint64 n, guint d, guint k, LloydMetric metric);
