#include "compute/kmeans/leg.h"

#include <string.h>

struct _LloydLegPool
{
  grefcount refs;
  size_t budget_bytes;
  /* Borrowed: a leg leaves when it is freed. */
  GPtrArray *legs;
};

/* ---- the pool ------------------------------------------------------------------------------ */

LloydLegPool *
lloyd_leg_pool_new (size_t budget_bytes)
{
  LloydLegPool *self = g_new0 (LloydLegPool, 1);
  g_ref_count_init (&self->refs);
  self->budget_bytes = budget_bytes;
  self->legs = g_ptr_array_new ();
  return self;
}

LloydLegPool *
lloyd_leg_pool_ref (LloydLegPool *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
lloyd_leg_pool_unref (LloydLegPool *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->legs);
  g_free (self);
}

size_t
lloyd_leg_pool_get_bytes (const LloydLegPool *self)
{
  size_t bytes = 0;
  for (guint i = 0; i < self->legs->len; i++)
    bytes += lloyd_history_get_bytes (((const LloydLeg *) self->legs->pdata[i])->history);
  return bytes;
}

/* The longest history gives way, until there is none that could. */
static void
keep_budget (LloydLegPool *self)
{
  while (lloyd_leg_pool_get_bytes (self) > self->budget_bytes)
    {
      LloydHistory *longest = NULL;
      for (guint i = 0; i < self->legs->len; i++)
        {
          LloydHistory *history = ((LloydLeg *) self->legs->pdata[i])->history;
          if (longest == NULL ||
              lloyd_history_get_bytes (history) > lloyd_history_get_bytes (longest))
            longest = history;
        }
      if (longest == NULL || !lloyd_history_thin_out (longest))
        return;
    }
}

void
lloyd_leg_pool_set_budget (LloydLegPool *self, size_t budget_bytes)
{
  self->budget_bytes = budget_bytes;
  keep_budget (self);
}

void
lloyd_leg_pool_forget_batches (LloydLegPool *self)
{
  for (guint i = 0; i < self->legs->len; i++)
    g_clear_pointer (&((LloydLeg *) self->legs->pdata[i])->minibatch, lloyd_minibatch_free);
}

/* ---- legs ---------------------------------------------------------------------------------- */

LloydLeg *
lloyd_leg_new (LloydLegPool *pool, guint first, guint k, guint d)
{
  LloydLeg *self = g_new0 (LloydLeg, 1);
  g_ref_count_init (&self->refs);
  self->pool = lloyd_leg_pool_ref (pool);
  self->first = first;
  self->max_step = G_MAXUINT;
  self->k = k;
  self->d = d;
  self->slots = g_new (guint, k);
  for (guint j = 0; j < k; j++)
    self->slots[j] = j;
  self->events = g_array_new (FALSE, FALSE, sizeof (LloydEvent));
  self->history = lloyd_history_new ((size_t) k * d);
  g_ptr_array_add (pool->legs, self);
  return self;
}

LloydLeg *
lloyd_leg_ref (LloydLeg *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
lloyd_leg_unref (LloydLeg *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_ptr_array_remove_fast (self->pool->legs, self);
  lloyd_leg_pool_unref (self->pool);
  g_free (self->values);
  g_free (self->is_pinned);
  g_free (self->slots);
  g_array_unref (self->events);
  lloyd_history_free (self->history);
  g_clear_pointer (&self->minibatch, lloyd_minibatch_free);
  g_free (self);
}

void
lloyd_leg_add (LloydLeg *self, guint step, const float *centroids)
{
  lloyd_history_add (self->history, step - self->first + 1, centroids);
  keep_budget (self->pool);
}

const float *
lloyd_leg_before (const LloydLeg *self, guint step, guint *found)
{
  const float *centroids = lloyd_history_before (self->history, step - self->first + 1, found);
  *found += self->first - 1;
  return centroids;
}

int
lloyd_leg_find (const LloydLeg *self, const LloydLeg *other, guint j)
{
  /* Mostly nothing was taken out or put in. */
  if (j < self->k && self->slots[j] == other->slots[j])
    return (int) j;
  for (guint i = 0; i < self->k; i++)
    if (self->slots[i] == other->slots[j])
      return (int) i;
  return -1;
}

gboolean
lloyd_leg_is_numbered_as (const LloydLeg *self, const LloydLeg *other)
{
  return self == other ||
         (self->k == other->k && memcmp (self->slots, other->slots, sizeof (guint) * self->k) == 0);
}
