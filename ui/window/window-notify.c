/* Telling who works elsewhere meanwhile that something long is done. */
#include <glib/gi18n.h>

#include "compute/clock.h"
#include "ui/window/window-private.h"

/* Shorter work is waited for. */
#define LONG_NS (G_GINT64_CONSTANT (4000000000))
#define ID "done"

struct LloydWindowNotify
{
  /* Since when something has been under way; 0: nothing is. */
  gint64 since_ns;
};

static GApplication *
get_application (LloydWindow *self)
{
  return G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
}

/* Once the window says what happened. */
static gboolean
on_told (gpointer data)
{
  LloydWindow *self = data;
  if (get_application (self) == NULL)
    return G_SOURCE_REMOVE;
  const char *event = gtk_label_get_text (self->event);
  g_autofree char *title =
      g_strdup_printf (_ ("%s: done"), gtk_window_get_title (GTK_WINDOW (self)));
  g_autoptr (GNotification) notification = g_notification_new (title);
  if (event[0] != '\0')
    g_notification_set_body (notification, event);
  g_application_send_notification (get_application (self), ID, notification);
  return G_SOURCE_REMOVE;
}

static void
update (LloydWindow *self)
{
  struct LloydWindowNotify *notify = self->notify;
  gboolean is_busy = self->opening != NULL || lloyd_session_is_busy (self->session);
  if (notify == NULL || is_busy == (notify->since_ns != 0))
    return;
  gint64 now_ns = lloyd_clock_ns ();
  if (!is_busy && now_ns - notify->since_ns >= LONG_NS && !gtk_window_is_active (GTK_WINDOW (self)))
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_told, g_object_ref (self), g_object_unref);
  notify->since_ns = is_busy ? now_ns : 0;
}

/* Whoever looks at the window needs no telling. */
static void
on_active (LloydWindow *self)
{
  if (gtk_window_is_active (GTK_WINDOW (self)) && get_application (self) != NULL)
    g_application_withdraw_notification (get_application (self), ID);
}

static void
setup (LloydWindow *self)
{
  self->notify = g_new0 (struct LloydWindowNotify, 1);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (on_active), NULL);
}

static void
dispose (LloydWindow *self)
{
  g_clear_pointer (&self->notify, g_free);
}

const LloydWindowPart lloyd_window_part_notify = {
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
