#include "ui/widgets/live.h"

/* The least time between two texts. */
#define GAP_US (G_USEC_PER_SEC)

static void
say_next (LloydLive *self)
{
  g_autofree char *text = g_steal_pointer (&self->next);
  g_clear_handle_id (&self->timeout, g_source_remove);
  if (text == NULL)
    return;
  self->said_us = g_get_monotonic_time ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  text, -1);
}

static gboolean
on_due (gpointer data)
{
  LloydLive *self = data;
  self->timeout = 0;
  say_next (self);
  return G_SOURCE_REMOVE;
}

void
lloyd_live_say (LloydLive *self, const char *text)
{
  gint64 wait_us = self->said_us + GAP_US - g_get_monotonic_time ();
  g_free (self->next);
  self->next = g_strdup (text);
  if (!self->is_fast || wait_us <= 0)
    say_next (self);
  else if (self->timeout == 0)
    self->timeout = g_timeout_add ((guint) (wait_us / 1000) + 1, on_due, self);
}

void
lloyd_live_set_fast (LloydLive *self, gboolean is_fast)
{
  self->is_fast = is_fast;
  if (!is_fast)
    say_next (self);
}

void
lloyd_live_clear (LloydLive *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_pointer (&self->next, g_free);
}
