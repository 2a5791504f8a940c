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

/* Labels, sums, numbers, against what they should be; what is different is said. */
void check_labels (const Case *self);
void check_sums (const LloydSums *found, const LloydSums *expected);
void check_doubles (const char *what, const double *found, const double *expected, size_t n);

/* That the engine did it all by itself: where a GPU fails the CPU goes on, and all would be right.
 */
void check_engine (const Case *self);

/* Rounds of sampling, and of scattering. */
void check_sample (const Case *self, GRand *rand);
void check_scatter (const Case *self, GRand *rand);

/* Pictures: in one go, and in two parts by hash. */
void check_splat (const Case *self, GRand *rand);
