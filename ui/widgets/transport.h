/* The transport: going back and forth through the steps of a run. Its buttons are the window's
 * actions. */
#pragma once

#include <gtk/gtk.h>

#define LLOYD_TYPE_TRANSPORT (lloyd_transport_get_type ())
G_DECLARE_FINAL_TYPE (LloydTransport, lloyd_transport, LLOYD, TRANSPORT, GtkWidget)

/* Speeds in steps a second, as the action win.speed takes them; 0 is as fast as can be. */
#define LLOYD_SPEED_MAX 0.0
#define LLOYD_SPEED_USUAL 1.0

/* Where things stand: positions are half-steps. `can_continue`: the limit of steps was met. */
void lloyd_transport_set_position (LloydTransport *self,
                                   guint position,
                                   guint last_position,
                                   gboolean is_at_end,
                                   gboolean can_continue);
/* How many stages of seeding lie before position 0, and which of them is shown (-1: none); takes
 * effect with the next position. The scrubber counts them first. */
void lloyd_transport_set_seeding (LloydTransport *self, guint n_stages, int stage);
void lloyd_transport_set_playing (LloydTransport *self, gboolean is_playing);
void lloyd_transport_set_speed (LloydTransport *self, double speed);

/* The signal "scrubbed" (guint position) says that a person asks for another position. */
