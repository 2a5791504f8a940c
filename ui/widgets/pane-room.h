/* How a pane lays out what it holds, and what the words at its edges leave to the points. */
#pragma once

#include <gtk/gtk.h>

#define LLOYD_TYPE_PANE_ROOM (lloyd_pane_room_get_type ())
G_DECLARE_FINAL_TYPE (LloydPaneRoom, lloyd_pane_room, LLOYD, PANE_ROOM, GtkLayoutManager)

/* Lays out the one child of a pane, which holds these, borrowed. Emits "changed" when they take
 * other shares of the pane. Main thread. */
GtkLayoutManager *lloyd_pane_room_new (GtkWidget *chip, GtkLabel *status, GtkWidget *axes);

/* Large words: the line of the status counts as what the longest takes, else as one line. It never
 * counts as it is: points that leap with each step could not be followed. */
void lloyd_pane_room_set_is_large (LloydPaneRoom *self, gboolean is_large);

/* Something else at the right edge that the points shall not lie under, borrowed. */
void lloyd_pane_room_set_tools (LloydPaneRoom *self, GtkWidget *tools);

/* Shares of the height that the chip takes at the top and the line of the axes at the bottom, and
 * the share of the width that the tools take. */
void lloyd_pane_room_get (LloydPaneRoom *self, double *top, double *bottom, double *right);

/* Ends the chip's words before the button beside them, whichever label it has, if it is seen. */
void lloyd_pane_room_part (GtkWidget *chip, GtkWidget *button);
