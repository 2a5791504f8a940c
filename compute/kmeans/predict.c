#include "compute/kmeans/predict.h"

#include "compute/error.h"
#include "compute/kmeans/seeding.h"
#include "compute/memory.h"

/* Rows labelled at once. */
#define CHUNK_ROWS ((size_t) 1 << 20)

typedef struct
{
  LloydEngine *engine;
  const float *centroids;
  guint k;
  LloydSums *sums;
  LloydLabelSink sink;
  gpointer data;
  GCancellable *cancellable;
  /* The next input row to tell of. */
  size_t next_input;
} Prediction;

/* Tells of the input rows up to the one behind stored rows [first, first + count). */
static gboolean
tell (
    Prediction *self, size_t first, size_t count, const gint32 *stored, size_t end, GError **error)
{
  const LloydPoints *points = self->engine->points;
  size_t start = self->next_input;
  g_autofree gint32 *labels = NULL;

  self->next_input = end;
  if (points->input_rows == NULL)
    return self->sink (start, end - start, stored, self->data, error);
  labels = g_try_new (gint32, end - start);
  if (labels == NULL)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                           "not enough memory for the labels");
      return FALSE;
    }
  for (size_t i = 0; i < end - start; i++)
    labels[i] = -1;
  for (size_t i = 0; i < count; i++)
    labels[points->input_rows[first + i] - start] = stored[i];
  return self->sink (start, end - start, labels, self->data, error);
}

static gboolean
predict_chunks (Prediction *self, GError **error)
{
  LloydEngine *engine = self->engine;
  size_t n = engine->points->n, n_moved;
  g_autofree gint32 *labels = g_new (gint32, MIN (n, CHUNK_ROWS));

  for (size_t first = 0; first < n; first += CHUNK_ROWS)
    {
      LloydView view = { .first = first, .count = MIN (CHUNK_ROWS, n - first) };
      size_t after = first + view.count;
      if (!engine->backend->assign (engine, &view, self->centroids, self->k, self->sums, &n_moved,
                                    self->cancellable, error) ||
          !engine->backend->read (engine, first, view.count, labels, error) ||
          !tell (self, first, view.count, labels,
                 after < n ? lloyd_points_input_row (engine->points, after)
                           : engine->points->n_input,
                 error))
        return FALSE;
    }
  return TRUE;
}

gboolean
lloyd_predict (LloydPoints *points,
               const LloydBackend *backend,
               const LloydEngineOptions *options,
               const double *centroids,
               guint k,
               LloydLabelSink sink,
               gpointer data,
               size_t *n_without,
               GCancellable *cancellable,
               GError **error)
{
  size_t n_values;
  g_autoptr (LloydPoints) usable = LLOYD_METRIC_IS_ANGULAR (options->metric)
                                       ? lloyd_points_with_direction (points, NULL, NULL, error)
                                       : lloyd_points_ref (points);
  if (usable == NULL || !lloyd_size_multiply (k, points->d, "the centroids", &n_values, error))
    return FALSE;
  *n_without = points->n - usable->n;

  g_autofree float *own = g_new (float, n_values);
  if (!lloyd_centroids_from_data (usable, options->metric, centroids, k, own, error))
    return FALSE;
  g_autoptr (LloydEngine) engine = backend->open (usable, options, cancellable, error);
  if (engine == NULL)
    return FALSE;
  g_autoptr (LloydSums) sums = lloyd_sums_new (k, engine->grid);
  Prediction prediction = { engine, own, k, sums, sink, data, cancellable, 0 };
  return predict_chunks (&prediction, error);
}

gboolean
lloyd_predict_some (LloydPoints *points,
                    const LloydBackend *backend,
                    const LloydEngineOptions *options,
                    const double *centroids,
                    guint k,
                    LloydLabelSink sink,
                    gpointer data,
                    size_t *n_without,
                    GCancellable *cancellable,
                    GError **error)
{
  gboolean has_any = !LLOYD_METRIC_IS_ANGULAR (options->metric);
  for (size_t i = 0; i < points->n && !has_any; i++)
    has_any = lloyd_points_has_direction (points, i);
  if (has_any)
    return lloyd_predict (points, backend, options, centroids, k, sink, data, n_without,
                          cancellable, error);
  *n_without = points->n;
  return TRUE;
}
