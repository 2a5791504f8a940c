#include "ui/widgets/pane-colours.h"

#include <string.h>

static gboolean
is_same_colour (LloydColour a, LloydColour b)
{
  return a.r == b.r && a.g == b.g && a.b == b.b;
}

/* All but the cluster that stands out fade towards the background. */
static void
dim (LloydPaneColours *self)
{
  LloydColour grey = lloyd_palette_dimmed (self->background);
  g_array_set_size (self->seen, 0);
  g_array_append_vals (self->seen, self->own->data, self->own->len);
  for (guint j = 0; j < self->seen->len && self->isolated >= 0; j++)
    if (j != (guint) self->isolated)
      g_array_index (self->seen, LloydColour, j) = grey;
}

void
lloyd_pane_colours_init (LloydPaneColours *self)
{
  *self = (LloydPaneColours){ .isolated = -1 };
  self->own = g_array_new (FALSE, TRUE, sizeof (LloydColour));
  self->seen = g_array_new (FALSE, TRUE, sizeof (LloydColour));
  self->slots = g_array_new (FALSE, FALSE, sizeof (guint));
}

void
lloyd_pane_colours_clear (LloydPaneColours *self)
{
  g_array_unref (self->own);
  g_array_unref (self->seen);
  g_array_unref (self->slots);
}

void
lloyd_pane_colours_update (LloydPaneColours *self,
                           LloydColour background,
                           const guint *slots,
                           guint k)
{
  gboolean has_slots = self->slots->len == k &&
                       (k == 0 || memcmp (self->slots->data, slots, sizeof (guint) * k) == 0);
  if (is_same_colour (background, self->background) && has_slots && self->is_filled)
    return;
  self->background = background;
  self->is_filled = TRUE;
  g_array_set_size (self->own, k);
  g_array_set_size (self->slots, 0);
  if (k > 0)
    {
      g_array_append_vals (self->slots, slots, k);
      lloyd_palette_fill_slots (self->kind, background, slots,
                                (LloydColour *) (gpointer) self->own->data, k);
    }
  dim (self);
}

gboolean
lloyd_pane_colours_set_kind (LloydPaneColours *self, LloydPaletteKind kind)
{
  if (self->kind == kind)
    return FALSE;
  self->kind = kind;
  self->is_filled = FALSE;
  return TRUE;
}

gboolean
lloyd_pane_colours_set_isolated (LloydPaneColours *self, int cluster)
{
  if (self->isolated == cluster)
    return FALSE;
  self->isolated = cluster;
  dim (self);
  return TRUE;
}
