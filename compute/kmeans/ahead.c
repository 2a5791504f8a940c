#include "compute/kmeans/ahead.h"

#include <string.h>

struct _LloydAhead
{
  guint capacity;
  guint k;
  guint d;
  /* The steps from `first` on, `n` in all; 0: none. */
  guint first;
  guint n;
  LloydSums **sums;
  size_t *moved;
  /* Centroids of the first step, and behind them those that each step leads to: k x d each. */
  float *centroids;
};

static size_t
n_values (const LloydAhead *self)
{
  return (size_t) self->k * self->d;
}

LloydAhead *
lloyd_ahead_new (guint capacity, guint k, guint d, const LloydGrid *grid)
{
  LloydAhead *self = g_new0 (LloydAhead, 1);
  *self = (LloydAhead){ .capacity = capacity, .k = k, .d = d };
  self->sums = g_new (LloydSums *, capacity);
  for (guint i = 0; i < capacity; i++)
    self->sums[i] = lloyd_sums_new (k, grid);
  self->moved = g_new (size_t, capacity);
  self->centroids = g_new (float, (capacity + 1) * n_values (self));
  return self;
}

void
lloyd_ahead_free (LloydAhead *self)
{
  for (guint i = 0; i < self->capacity; i++)
    lloyd_sums_free (self->sums[i]);
  g_free (self->sums);
  g_free (self->moved);
  g_free (self->centroids);
  g_free (self);
}

gboolean
lloyd_ahead_has (const LloydAhead *self, guint step, const float *centroids)
{
  return step >= self->first && step - self->first < self->n &&
         memcmp (self->centroids + (step - self->first) * n_values (self), centroids,
                 sizeof (float) * n_values (self)) == 0;
}

gboolean
lloyd_ahead_fill (LloydAhead *self,
                  LloydEngine *engine,
                  guint step,
                  guint n_steps,
                  const float *centroids,
                  gboolean keeps_empty,
                  guint *n_done,
                  GCancellable *cancellable,
                  GError **error)
{
  LloydIteration steps = { .n_steps = MIN (n_steps, self->capacity),
                           .keeps_empty = keeps_empty,
                           .sums = self->sums,
                           .moved = self->moved,
                           .centroids = self->centroids + n_values (self) };
  self->first = step;
  self->n = 0;
  memcpy (self->centroids, centroids, sizeof (float) * n_values (self));
  if (!engine->backend->iterate (engine, centroids, self->k, &steps, cancellable, error))
    return FALSE;
  self->n = *n_done = steps.n_done;
  return TRUE;
}

void
lloyd_ahead_take (const LloydAhead *self, guint step, LloydSums *sums, size_t *n_moved)
{
  lloyd_sums_copy (sums, self->sums[step - self->first]);
  *n_moved = self->moved[step - self->first];
}
