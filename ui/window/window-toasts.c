/* Toasts: what happened, in a line that goes by itself. */
#include <glib/gi18n.h>

#include "ui/window/window-private.h"
#include "ui/words/words.h"

/* libadwaita 1.2 crashes where a toast goes that is still on its way in, which takes 200 ms. */
#define SHOWN_AT_LEAST_US 500000

static void
on_dismissed (LloydWindow *self, AdwToast *toast)
{
  if (self->toast == toast)
    self->toast = NULL;
}

/* In place of the one before. Takes the toast. */
static void
show (LloydWindow *self, AdwToast *toast)
{
  if (self->toast != NULL)
    adw_toast_dismiss (self->toast);
  self->toast = toast;
  self->toast_us = g_get_monotonic_time ();
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (on_dismissed), self, G_CONNECT_SWAPPED);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static gboolean
on_due (gpointer data)
{
  LloydWindow *self = data;
  self->toast_timeout = 0;
  show (self, g_steal_pointer (&self->next_toast));
  return G_SOURCE_REMOVE;
}

/* News takes the place of what was said before, instead of waiting until that is gone; but what
 * was said just now is there for a moment. Takes the toast. */
static void
say (LloydWindow *self, AdwToast *toast)
{
  gint64 wait_us = self->toast_us + SHOWN_AT_LEAST_US - g_get_monotonic_time ();
  if (self->toast_timeout == 0 && (self->toast_us == 0 || wait_us <= 0))
    {
      show (self, toast);
      return;
    }
  g_clear_object (&self->next_toast);
  self->next_toast = toast;
  if (self->toast_timeout == 0)
    self->toast_timeout = g_timeout_add ((guint) (wait_us / 1000 + 1), on_due, self);
}

/* The title of a toast is markup, and in UTF-8, as names of files need not be. Yours. */
static AdwToast *
make (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *sentence = lloyd_words_sentence (valid);
  g_autofree char *title = g_markup_escape_text (sentence, -1);
  return adw_toast_new (title);
}

void
lloyd_window_show_toast (LloydWindow *self, const char *text)
{
  say (self, make (text));
}

void
lloyd_window_show_offer (
    LloydWindow *self, const char *text, const char *label, const char *action, GVariant *value)
{
  AdwToast *toast = make (text);
  adw_toast_set_button_label (toast, label);
  adw_toast_set_action_name (toast, action);
  adw_toast_set_action_target_value (toast, value);
  adw_toast_set_timeout (toast, 12);
  say (self, toast);
}

static void
on_details (AdwToast *toast, gpointer data)
{
  LloydWindow *self = data;
  const char *message = g_object_get_data (G_OBJECT (toast), "lloyd-message");
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Details"), message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* A toast has one line: of a path that leads the message only the name of the file. */
static const char *
skip_folder (const char *message)
{
  const char *end = strstr (message, ": ");
  const char *slash =
      end != NULL ? g_strrstr_len (message, end - message, G_DIR_SEPARATOR_S) : NULL;
  return slash != NULL && g_path_is_absolute (message) ? slash + 1 : message;
}

void
lloyd_window_show_error (LloydWindow *self, const GError *error)
{
  AdwToast *toast = make (skip_folder (error->message));
  adw_toast_set_button_label (toast, _ ("Details"));
  adw_toast_set_timeout (toast, 8);
  g_object_set_data_full (G_OBJECT (toast), "lloyd-message", g_utf8_make_valid (error->message, -1),
                          g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_details), self, 0);
  say (self, toast);
}

/* ---- the part ------------------------------------------------------------------------------ */

static void
dispose (LloydWindow *self)
{
  g_clear_handle_id (&self->toast_timeout, g_source_remove);
  g_clear_object (&self->next_toast);
}

const LloydWindowPart lloyd_window_part_toasts = { .dispose = dispose };
