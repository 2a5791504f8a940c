/* Comparing labels with the canonical ones. */
#pragma once

#include "compute/kmeans/bench-wrong.h"

/* So many pairs of a row and a centroid are looked at; where there are more, of rows evenly spread.
 */
#define LLOYD_MAX_CHECKED_PAIRS 1e9

/* How many of n rows are looked at with k centroids. */
size_t lloyd_bench_n_checked (size_t n, guint k);

/* What is compared, and what was found. */
typedef struct
{
  const LloydEngine *engine;
  /* k x d, in the engine's frame; and a label for each row of the engine, from 0 to k - 1. */
  const float *centroids;
  guint k;
  const gint32 *labels;
  guint n_threads;
  int nice;
  /* Out: rows looked at, how many of their labels are not canonical, and where these lie (yours;
   * NULL: there are none). */
  size_t n_checked;
  size_t n_wrong;
  LloydBenchWrongs *wrongs;
} LloydBenchCheck;

/* FALSE when cancelled (G_IO_ERROR_CANCELLED), or with LLOYD_ERROR_MEMORY. */
gboolean
lloyd_bench_check_labels (LloydBenchCheck *self, GCancellable *cancellable, GError **error);
