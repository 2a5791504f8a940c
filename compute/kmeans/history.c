#include "compute/kmeans/history.h"

struct _LloydHistory
{
  size_t n_values;
  /* Frame i is of step 1 + i * stride. */
  guint stride;
  guint n_steps;
  GPtrArray *frames;
};

LloydHistory *
lloyd_history_new (size_t n_values)
{
  LloydHistory *self = g_new0 (LloydHistory, 1);
  self->n_values = n_values;
  self->stride = 1;
  self->frames = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
lloyd_history_free (LloydHistory *self)
{
  g_ptr_array_unref (self->frames);
  g_free (self);
}

void
lloyd_history_add (LloydHistory *self, guint step, const float *values)
{
  if (step <= self->n_steps)
    return;
  g_return_if_fail (step == self->n_steps + 1);

  self->n_steps = step;
  if ((step - 1) % self->stride == 0)
    g_ptr_array_add (self->frames, g_memdup2 (values, sizeof (float) * self->n_values));
}

const float *
lloyd_history_before (const LloydHistory *self, guint step, guint *found)
{
  g_return_val_if_fail (step >= 1 && self->frames->len > 0, NULL);
  guint i = MIN ((step - 1) / self->stride, self->frames->len - 1);
  *found = 1 + i * self->stride;
  return self->frames->pdata[i];
}

size_t
lloyd_history_get_bytes (const LloydHistory *self)
{
  return sizeof (float) * self->n_values * self->frames->len;
}

gboolean
lloyd_history_thin_out (LloydHistory *self)
{
  if (self->frames->len < 2)
    return FALSE;
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < self->frames->len; i += 2)
    g_ptr_array_add (kept, g_steal_pointer (&self->frames->pdata[i]));
  g_ptr_array_unref (self->frames);
  self->frames = g_steal_pointer (&kept);
  self->stride *= 2;
  return TRUE;
}
