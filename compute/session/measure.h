/* Measuring: how long steps take where nothing paces and nothing draws. */
#pragma once

#include "compute/session/session.h"

#define LLOYD_MEASURE_ITERATIONS 10
#define LLOYD_MEASURE_REPEATS 7

/* Of one metric: iterations all together, each repeat and their median and range. */
typedef struct
{
  LloydMetric metric;
  gint64 times_ns[LLOYD_MEASURE_REPEATS];
  gint64 median_ns;
  gint64 min_ns;
  gint64 max_ns;
} LloydMeasuredSide;

typedef struct
{
  /* What was measured. */
  char *title;
  size_t n;
  guint d;
  guint k;
  /* Whether the first k rows were the centroids to start from. */
  gboolean is_first;
  char *device;
  /* Whether iterations were done in a row on the device, or step by step. */
  gboolean is_batched;
  LloydMeasuredSide sides[LLOYD_MAX_SIDES];
  guint n_sides;
  /* Of two sides: the median over the repeats of time of the first / time of the second, its
   * quartiles, and whether the quartiles of the two sets of times lie apart. */
  double ratio;
  double low;
  double high;
  gboolean is_clear;
} LloydMeasurement;

void lloyd_measurement_free (LloydMeasurement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydMeasurement, lloyd_measurement_free)

/* Measures every metric that is open, on the same rows, from the centroids that its run started
 * from: fixed iterations, one warm-up, repeats in which the metrics take turns to go first. It
 * works on engines of its own; the runs stay where they are. Fails with LLOYD_ERROR_MEMORY,
 * _DEVICE or G_IO_ERROR_CANCELLED. Main thread. */
void lloyd_session_measure_async (LloydSession *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);

/* What came out; NULL with an error. Yours. */
LloydMeasurement *
lloyd_session_measure_finish (LloydSession *self, GAsyncResult *result, GError **error);

/* How much of it is done, 0 to 1. */
double lloyd_session_get_measured (LloydSession *self);

/* Fills in medians, ranges and the ratio from the times. */
void lloyd_measurement_summarise (LloydMeasurement *self);

/* What the KeOps tutorial page publishes for this very case, in nanoseconds, or 0: its rows,
 * dimensions and clusters, the first rows as centroids, and its metrics. */
gint64 lloyd_measurement_find_published (const LloydMeasurement *self, guint side);
