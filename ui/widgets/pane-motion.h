/* What of a pane is on its way: asks for picture after picture until it has come to rest. */
#pragma once

#include <gtk/gtk.h>

#include "ui/view/motion.h"

typedef struct
{
  /* NULL at rest. */
  LloydMotion *motion;
  /* How long it may take; 0: nothing moves. */
  guint ms;
  GtkWidget *widget;
  guint tick;
  /* Asks for a picture. */
  void (*queue) (gpointer data);
  gpointer data;
} LloydPaneMotion;

/* Sets out from the snapshot that is shown, as it is seen now, to another; either may be NULL.
 * Where the desktop wants no animations nothing moves. */
void lloyd_pane_motion_begin (LloydPaneMotion *self, LloydSnapshot *from, LloydSnapshot *to);
void lloyd_pane_motion_stop (LloydPaneMotion *self);

/* What is seen now of a snapshot, at rest or on the way to it. */
LloydMoment lloyd_pane_motion_look (LloydPaneMotion *self, LloydSnapshot *snapshot);
