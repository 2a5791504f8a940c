/* The colours of a pane's clusters: the same for a cluster as long as it is there. Main thread. */
#pragma once

#include "ui/colour/palette.h"

typedef struct
{
  LloydPaletteKind kind;
  LloydColour background;
  /* LloydColour of each cluster, and by which numbers they were filled. */
  GArray *own;
  GArray *slots;
  gboolean is_filled;
  /* The cluster that stands out, or -1, and the colours that then are seen: the others dimmed. */
  int isolated;
  GArray *seen;
} LloydPaneColours;

void lloyd_pane_colours_init (LloydPaneColours *self);
void lloyd_pane_colours_clear (LloydPaneColours *self);

/* Fills them anew for k clusters with the colours of these numbers, if anything is new. */
void lloyd_pane_colours_update (LloydPaneColours *self,
                                LloydColour background,
                                const guint *slots,
                                guint k);

/* FALSE where that is so already. */
gboolean lloyd_pane_colours_set_kind (LloydPaneColours *self, LloydPaletteKind kind);
gboolean lloyd_pane_colours_set_isolated (LloydPaneColours *self, int cluster);
