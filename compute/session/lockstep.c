#include "compute/session/lockstep.h"

static const LloydStretch *
stretch_at (const GArray *self, guint i)
{
  return &g_array_index (self, LloydStretch, i);
}

GArray *
lloyd_stretches_new (void)
{
  GArray *self = g_array_new (FALSE, TRUE, sizeof (LloydStretch));
  return g_array_set_size (self, 1);
}

guint
lloyd_stretches_to_session (const GArray *self, guint own)
{
  guint i = self->len - 1;
  while (stretch_at (self, i)->own > own)
    i--;
  return stretch_at (self, i)->at + (own - stretch_at (self, i)->own);
}

static guint
find_stretch (const GArray *self, guint at)
{
  guint i = self->len - 1;
  while (stretch_at (self, i)->at > at)
    i--;
  return i;
}

guint
lloyd_stretches_to_run (const GArray *self, guint at, guint last)
{
  guint i = find_stretch (self, at);
  guint own = stretch_at (self, i)->own + (at - stretch_at (self, i)->at);
  /* Before the next stretch it rested. */
  return MIN (own, i + 1 < self->len ? stretch_at (self, i + 1)->own - 1 : last);
}

gboolean
lloyd_stretches_is_behind (const GArray *self, guint at, guint own)
{
  const LloydStretch *stretch = stretch_at (self, find_stretch (self, at));
  return own != stretch->own + (at - stretch->at);
}

void
lloyd_stretches_cut (GArray *self, guint at)
{
  while (self->len > 1 && stretch_at (self, self->len - 1)->at > at)
    g_array_set_size (self, self->len - 1);
}

void
lloyd_stretches_add (GArray *self, guint at, guint own)
{
  LloydStretch stretch = { at, own };
  lloyd_stretches_cut (self, at - 1);
  g_array_append_val (self, stretch);
}
