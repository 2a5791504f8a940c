/* The metrics Lloyd knows. The numbers are stable: they appear in kernels and in tests. */
#pragma once

typedef enum
{
  /* Nearest centroid by squared Euclidean distance; centroid = mean of its rows. */
  LLOYD_METRIC_EUCLIDEAN,
  /* Spherical k-means: largest cosine; centroid = direction of the sum of unit rows.
   * Dhillon and Modha, Machine Learning 42 (2001). */
  LLOYD_METRIC_COSINE,
  /* Largest cosine, but centroid = direction of the sum of the raw rows, so long rows weigh more.
   */
  LLOYD_METRIC_COSINE_RAW,
} LloydMetric;

#define LLOYD_N_METRICS 3

/* Whether labels go by angle rather than by distance. */
#define LLOYD_METRIC_IS_ANGULAR(metric) ((metric) != LLOYD_METRIC_EUCLIDEAN)
