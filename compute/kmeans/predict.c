#include "compute/kmeans/predict.h"

#include <math.h>

#include "compute/error.h"
#include "compute/kmeans/distances.h"
#include "compute/kmeans/seeding.h"
#include "compute/memory.h"

/* Rows labelled at once. */
#define CHUNK_ROWS ((size_t) 1 << 20)

/* Of a chunk: labels and, where they are wished, costs of the nearest and of the next centroid,
 * which become distances. */
typedef struct
{
  gint32 *labels;
  gint32 *others;
  double *nearest;
  double *next;
} Chunk;

typedef struct
{
  LloydEngine *engine;
  const float *centroids;
  guint k;
  LloydSums *sums;
  LloydPredictedSink sink;
  gpointer data;
  GCancellable *cancellable;
  /* The next input row to tell of. */
  size_t next_input;
} Prediction;

/* ---- a chunk ------------------------------------------------------------------------------- */

static gboolean
chunk_init (Chunk *self, size_t n, gboolean has_distances, GError **error)
{
  *self = (Chunk){ .labels = lloyd_allocate_aligned (n, sizeof (gint32), "the labels", error) };
  if (self->labels == NULL || !has_distances)
    return self->labels != NULL;
  self->others = lloyd_allocate_aligned (n, sizeof (gint32), "the distances", error);
  self->nearest = lloyd_allocate_aligned (n, sizeof (double), "the distances", error);
  self->next = lloyd_allocate_aligned (n, sizeof (double), "the distances", error);
  return self->others != NULL && self->nearest != NULL && self->next != NULL;
}

static void
chunk_clear (Chunk *self)
{
  lloyd_free_aligned (self->labels);
  lloyd_free_aligned (self->others);
  lloyd_free_aligned (self->nearest);
  lloyd_free_aligned (self->next);
}

static gboolean
read_chunk (const Prediction *self, const LloydView *view, Chunk *chunk, GError **error)
{
  LloydEngine *engine = self->engine;
  LloydMeasure measure = { .cost = chunk->nearest,
                           .runner_up = chunk->others,
                           .runner_up_cost = chunk->next };
  size_t n_moved;
  if (!engine->backend->assign (engine, view, self->centroids, self->k, self->sums, &n_moved,
                                self->cancellable, error) ||
      !engine->backend->read (engine, view->first, view->count, chunk->labels, error))
    return FALSE;
  if (chunk->nearest == NULL)
    return TRUE;
  if (!engine->backend->measure (engine, view, self->centroids, self->k, &measure,
                                 self->cancellable, error))
    return FALSE;
  for (size_t i = 0; i < view->count; i++)
    {
      size_t row = view->first + i;
      double distance = lloyd_distance_of_cost (engine, row, chunk->nearest[i]);
      double next =
          isinf (chunk->next[i]) ? INFINITY : lloyd_distance_of_cost (engine, row, chunk->next[i]);
      chunk->nearest[i] = distance;
      chunk->next[i] = next - distance;
    }
  return TRUE;
}

/* ---- telling ------------------------------------------------------------------------------- */

/* Spreads what is of stored rows [first, first + count) over the input rows from `start` on. */
static void
spread (const LloydPoints *points,
        const Chunk *from,
        size_t first,
        size_t count,
        size_t start,
        const Chunk *to,
        size_t n)
{
  for (size_t i = 0; i < n; i++)
    to->labels[i] = -1;
  for (size_t i = 0; i < n && to->nearest != NULL; i++)
    to->nearest[i] = to->next[i] = NAN;
  for (size_t i = 0; i < count; i++)
    {
      size_t row = points->input_rows[first + i] - start;
      to->labels[row] = from->labels[i];
      if (to->nearest == NULL)
        continue;
      to->nearest[row] = from->nearest[i];
      to->next[row] = from->next[i];
    }
}

/* Tells of the input rows up to the one behind stored rows [first, first + count). */
static gboolean
tell (Prediction *self, size_t first, size_t count, const Chunk *stored, size_t end, GError **error)
{
  const LloydPoints *points = self->engine->points;
  LloydPredictedRows rows = { .first = self->next_input, .count = end - self->next_input };
  gboolean is_spread = points->input_rows != NULL, is_done = TRUE;
  Chunk told = *stored;

  self->next_input = end;
  if (is_spread && (is_done = chunk_init (&told, rows.count, stored->nearest != NULL, error)))
    spread (points, stored, first, count, rows.first, &told, rows.count);
  rows.labels = told.labels;
  rows.distances = told.nearest;
  rows.ambiguities = told.next;
  is_done = is_done && self->sink (&rows, self->data, error);
  if (is_spread)
    chunk_clear (&told);
  return is_done;
}

static gboolean
predict_chunks (Prediction *self, gboolean has_distances, GError **error)
{
  const LloydPoints *points = self->engine->points;
  size_t n = points->n;
  Chunk chunk;
  gboolean is_done = chunk_init (&chunk, MIN (n, CHUNK_ROWS), has_distances, error);

  for (size_t first = 0; first < n && is_done; first += CHUNK_ROWS)
    {
      LloydView view = { .first = first, .count = MIN (CHUNK_ROWS, n - first) };
      size_t after = first + view.count;
      size_t end = after < n ? lloyd_points_input_row (points, after) : points->n_input;
      is_done = read_chunk (self, &view, &chunk, error) &&
                tell (self, first, view.count, &chunk, end, error);
    }
  chunk_clear (&chunk);
  return is_done;
}

gboolean
lloyd_predict (LloydPoints *points,
               const LloydPredictOptions *options,
               LloydPredictedSink sink,
               gpointer data,
               size_t *n_without,
               GCancellable *cancellable,
               GError **error)
{
  LloydMetric metric = options->engine.metric;
  size_t n_values;
  g_autoptr (LloydPoints) usable = LLOYD_METRIC_IS_ANGULAR (metric)
                                       ? lloyd_points_with_direction (points, NULL, NULL, error)
                                       : lloyd_points_ref (points);
  if (usable == NULL ||
      !lloyd_size_multiply (options->k, points->d, "the centroids", &n_values, error))
    return FALSE;
  *n_without = points->n - usable->n;

  g_autofree float *own = g_new (float, n_values);
  if (!lloyd_centroids_from_data (usable, metric, options->centroids, options->k, own, error))
    return FALSE;
  g_autoptr (LloydEngine) engine =
      options->backend->open (usable, &options->engine, cancellable, error);
  if (engine == NULL)
    return FALSE;
  g_autoptr (LloydSums) sums = lloyd_sums_new (options->k, engine->grid);
  Prediction prediction = { engine, own, options->k, sums, sink, data, cancellable, 0 };
  return predict_chunks (&prediction, options->has_distances, error);
}

gboolean
lloyd_predict_some (LloydPoints *points,
                    const LloydPredictOptions *options,
                    LloydPredictedSink sink,
                    gpointer data,
                    size_t *n_without,
                    GCancellable *cancellable,
                    GError **error)
{
  gboolean has_any = !LLOYD_METRIC_IS_ANGULAR (options->engine.metric);
  for (size_t i = 0; i < points->n && !has_any; i++)
    has_any = lloyd_points_has_direction (points, i);
  if (has_any)
    return lloyd_predict (points, options, sink, data, n_without, cancellable, error);
  *n_without = points->n;
  return TRUE;
}
