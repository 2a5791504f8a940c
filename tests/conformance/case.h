/* What the parts of the conformance body work on. */
#pragma once

#include "compute/backends/backend.h"

/* A case: points, centroids, and both engines open on them. */
typedef struct
{
  LloydPoints *points;
  LloydMetric metric;
  guint k;
  float *centroids;
  LloydEngine *oracle;
  LloydEngine *engine;
  LloydSums *oracle_sums;
  LloydSums *sums;
} Case;

/* Pictures: in one go, and in two parts by hash. */
void check_splat (const Case *self, GRand *rand);
