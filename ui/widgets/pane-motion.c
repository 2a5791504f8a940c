#include "ui/widgets/pane-motion.h"

#include <adwaita.h>

/* Once more when it is over: the last picture shows where it came to rest. */
static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  LloydPaneMotion *self = data;
  LloydMoment moment;
  (void) widget;
  (void) clock;
  self->queue (self->data);
  if (lloyd_motion_look (self->motion, g_get_monotonic_time (), &moment))
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->motion, lloyd_motion_free);
  self->tick = 0;
  return G_SOURCE_REMOVE;
}

void
lloyd_pane_motion_stop (LloydPaneMotion *self)
{
  g_clear_pointer (&self->motion, lloyd_motion_free);
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (self->widget, self->tick);
  self->tick = 0;
}

void
lloyd_pane_motion_begin (LloydPaneMotion *self, LloydSnapshot *from, LloydSnapshot *to)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean may_move = from != NULL && to != NULL && gtk_widget_get_mapped (self->widget) &&
                      adw_get_enable_animations (self->widget);
  LloydMoment moment = { NULL };
  LloydMotion *motion = NULL;

  if (self->motion != NULL && !lloyd_motion_look (self->motion, now_us, &moment))
    moment.centroids = NULL;
  if (may_move)
    motion = lloyd_motion_new (from, to, from->k == to->k ? moment.centroids : NULL, now_us,
                               (gint64) self->ms * 1000);
  lloyd_pane_motion_stop (self);
  self->motion = motion;
  if (motion != NULL)
    self->tick = gtk_widget_add_tick_callback (self->widget, on_tick, self, NULL);
}

LloydMoment
lloyd_pane_motion_look (LloydPaneMotion *self, LloydSnapshot *snapshot)
{
  LloydMoment moment;
  if (self->motion != NULL && lloyd_motion_look (self->motion, g_get_monotonic_time (), &moment))
    return moment;
  return (
      LloydMoment){ .late = snapshot, .centroids = snapshot->centroids, .sites = snapshot->sites };
}
