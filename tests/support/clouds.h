/* Data that break careless k-means: each a small cloud with a name, made from a GRand. */
#pragma once

#include "compute/data/points.h"

typedef struct
{
  const char *name;
  /* Fills n x d values. */
  void (*fill) (double *values, size_t n, guint d, GRand *rand);
} TestCloud;

/* All of them, ended by a NULL name. */
extern const TestCloud test_clouds[];

/* Weights that break careless sums: each kind with a name. */
typedef struct
{
  const char *name;
  /* Fills n weights, not all of them 0. */
  void (*fill) (double *weights, size_t n, GRand *rand);
} TestWeights;

/* All of them, ended by a NULL name. */
extern const TestWeights test_weights[];

/* Points of a cloud, every row with a direction (a zero row becomes a unit vector). Yours. */
LloydPoints *test_cloud_points (const TestCloud *cloud, size_t n, guint d, GRand *rand);

/* The same with weights; NULL: without. Yours. */
LloydPoints *test_cloud_weighted (
    const TestCloud *cloud, const TestWeights *weights, size_t n, guint d, GRand *rand);

/* Points from n x d doubles, through a table, as a file would bring them. Yours. */
LloydPoints *test_points (const double *values, size_t n, guint d);

/* The same with n weights, or NULL. Yours. */
LloydPoints *test_points_weighted (const double *values, const double *weights, size_t n, guint d);

/* A number of rows, dimensions or clusters that is a multiple of nothing, up to `max`. */
guint test_odd_size (GRand *rand, guint max);
