/* Prediction: the nearest of given centroids for each row, chunk by chunk. */
#pragma once

#include "compute/backends/backend.h"

/* What is told of `count` input rows from `first` on. */
typedef struct
{
  size_t first;
  size_t count;
  /* -1 for rows that were dropped or have no direction. */
  const gint32 *labels;
  /* As lloyd_run_read_distances() has them, NaN where the label is -1; NULL unless wished. */
  const double *distances;
  const double *ambiguities;
} LloydPredictedRows;

/* Called in order, with each row once. FALSE with an error stops. */
typedef gboolean (*LloydPredictedSink) (const LloydPredictedRows *rows,
                                        gpointer data,
                                        GError **error);

/* What is predicted from, and with what. */
typedef struct
{
  const LloydBackend *backend;
  LloydEngineOptions engine;
  /* k x d, in the data's own unit, as a centroid file holds them. */
  const double *centroids;
  guint k;
  gboolean has_distances;
} LloydPredictOptions;

/* Labels the rows of `points` with the nearest of the centroids. `n_without` receives how many rows
 * have no direction under an angular metric. Points that are a part of a larger input give the
 * labels of that part.
 *
 * The labels are those of the run that made the centroids wherever it ran on the same values: with
 * no scaling, and with origins as its points had them. Points of other origins round their values
 * elsewhere, and a row that lies on the border of two clusters within that rounding may fall on the
 * other side. Distances are in the units of the points. Fails with LLOYD_ERROR_DATA, _DEVICE or
 * _MEMORY. */
gboolean lloyd_predict (LloydPoints *points,
                        const LloydPredictOptions *options,
                        LloydPredictedSink sink,
                        gpointer data,
                        size_t *n_without,
                        GCancellable *cancellable,
                        GError **error);

/* The same where it is no error that no row has a direction, as in a part of a larger input: nobody
 * is then told of them. */
gboolean lloyd_predict_some (LloydPoints *points,
                             const LloydPredictOptions *options,
                             LloydPredictedSink sink,
                             gpointer data,
                             size_t *n_without,
                             GCancellable *cancellable,
                             GError **error);
