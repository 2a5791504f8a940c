#include "compute/kmeans/partial.h"

#include "compute/kmeans/objective.h"

struct _LloydPartial
{
  const LloydBackend *backend;
  LloydEngineOptions options;
  guint k;
  guint d;
  size_t n_whole;
  double whole_weight;
  LloydMiniBatch *minibatch;
  /* k x d each: where the centroids stand, and the ones being made. */
  float *centroids;
  float *next;
};

LloydPartial *
lloyd_partial_new (const LloydBackend *backend,
                   const LloydEngineOptions *options,
                   LloydBatchRule rule,
                   guint k,
                   guint d,
                   const float *centroids,
                   size_t n_whole,
                   double whole_weight)
{
  LloydPartial *self = g_new0 (LloydPartial, 1);
  size_t bytes = sizeof (float) * k * d;

  self->backend = backend;
  self->options = *options;
  self->k = k;
  self->d = d;
  self->n_whole = n_whole;
  self->whole_weight = whole_weight;
  /* The sums of each piece are on a grid of its own. */
  self->minibatch = lloyd_minibatch_new (options->metric, rule, k, d, NULL);
  self->centroids = g_memdup2 (centroids, bytes);
  self->next = g_malloc (bytes);
  return self;
}

void
lloyd_partial_free (LloydPartial *self)
{
  lloyd_minibatch_free (self->minibatch);
  g_free (self->centroids);
  g_free (self->next);
  g_free (self);
}

gboolean
lloyd_partial_learn (LloydPartial *self,
                     const float *rows,
                     const float *weights,
                     size_t n,
                     double *objective,
                     GCancellable *cancellable,
                     GError **error)
{
  size_t n_moved;
  g_autoptr (LloydPoints) points =
      lloyd_points_new_part (rows, weights, n, self->d, self->n_whole, self->whole_weight, error);
  if (points == NULL)
    return FALSE;
  g_autoptr (LloydEngine) engine = self->backend->open (points, &self->options, cancellable, error);
  if (engine == NULL)
    return FALSE;
  g_autoptr (LloydSums) sums = lloyd_sums_new (self->k, engine->grid);
  if (!self->backend->assign (engine, NULL, self->centroids, self->k, sums, &n_moved, cancellable,
                              error))
    return FALSE;

  if (objective != NULL)
    *objective = lloyd_objective (self->options.metric, &engine->energy, sums, self->centroids);
  lloyd_minibatch_learn (self->minibatch, sums, self->centroids, self->next);
  float *before = self->centroids;
  self->centroids = self->next;
  self->next = before;
  return TRUE;
}

const float *
lloyd_partial_get_centroids (const LloydPartial *self)
{
  return self->centroids;
}
