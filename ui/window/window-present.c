/* Presenting: the panes fill the screen, with words large enough for the last row. */
#include "ui/widgets/letters.h"
#include "ui/window/settings.h"
#include "ui/window/window-private.h"

/* Until text has its usual size again. */
#define SETTLE_MS 60
/* Letters that are so many times as large as usual anyway are seen from the last row, too. */
#define LARGE 1.3

/* How it was before. */
struct LloydWindowPresent
{
  gboolean is_on;
  gboolean had_left_panel;
  gboolean had_right_panel;
  gboolean was_fullscreen;
  /* Panels that come back. */
  guint timeout;
};

static void
show_presenting (LloydWindow *self, gboolean is_on)
{
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_set_visible (self->header, !is_on);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_pane_set_presenting (self->panes[i], is_on);
  if (is_on)
    gtk_widget_add_css_class (widget, lloyd_letters_scale (widget) > LARGE ? "presenting-large"
                                                                           : "presenting");
  else
    {
      gtk_widget_remove_css_class (widget, "presenting");
      gtk_widget_remove_css_class (widget, "presenting-large");
    }
  lloyd_settings_set_presenting (is_on);
  /* No widget that was hidden keeps the keys. */
  gtk_widget_grab_focus (lloyd_pane_get_area (self->panes[0]));
}

static void
show_panels (LloydWindow *self, gboolean is_left, gboolean is_right)
{
  g_action_group_change_action_state (G_ACTION_GROUP (self), "left-panel",
                                      g_variant_new_boolean (is_left));
  g_action_group_change_action_state (G_ACTION_GROUP (self), "right-panel",
                                      g_variant_new_boolean (is_right));
}

static gboolean
on_text_is_small (gpointer data)
{
  LloydWindow *self = data;
  self->present->timeout = 0;
  show_panels (self, self->present->had_left_panel, self->present->had_right_panel);
  return G_SOURCE_REMOVE;
}

static void
set_presenting (LloydWindow *self, gboolean is_on)
{
  struct LloydWindowPresent *present = self->present;
  if (present->is_on == is_on)
    return;
  present->is_on = is_on;
  if (is_on && present->timeout == 0)
    {
      present->had_left_panel = gtk_revealer_get_reveal_child (self->left_revealer);
      present->had_right_panel = gtk_revealer_get_reveal_child (self->right_revealer);
    }
  g_clear_handle_id (&present->timeout, g_source_remove);
  if (is_on)
    {
      present->was_fullscreen = gtk_window_is_fullscreen (GTK_WINDOW (self));
      gtk_window_fullscreen (GTK_WINDOW (self));
      show_panels (self, FALSE, FALSE);
    }
  else if (!present->was_fullscreen)
    gtk_window_unfullscreen (GTK_WINDOW (self));
  show_presenting (self, is_on);
  /* Large text and panels at once would widen the window for good. */
  if (!is_on)
    present->timeout = g_timeout_add (SETTLE_MS, on_text_is_small, self);
}

void
lloyd_window_settle_panels (LloydWindow *self)
{
  if (self->present->timeout == 0)
    return;
  g_source_remove (self->present->timeout);
  on_text_is_small (self);
}

gboolean
lloyd_window_stop_presenting (LloydWindow *self)
{
  if (!self->present->is_on)
    return FALSE;
  g_action_group_change_action_state (G_ACTION_GROUP (self), "present",
                                      g_variant_new_boolean (FALSE));
  return TRUE;
}

static void
on_present (GSimpleAction *action, GVariant *value, gpointer data)
{
  g_simple_action_set_state (action, value);
  set_presenting (LLOYD_WINDOW (data), g_variant_get_boolean (value));
}

static const GActionEntry entries[] = {
  { "present", NULL, NULL, "false", on_present, { 0 } },
};

static void
setup (LloydWindow *self)
{
  self->present = g_new0 (struct LloydWindowPresent, 1);
}

static void
update (LloydWindow *self)
{
  lloyd_window_set_enabled (self, "present", lloyd_session_get_dataset (self->session) != NULL);
}

static void
dispose (LloydWindow *self)
{
  if (self->present != NULL && self->present->is_on)
    lloyd_settings_set_presenting (FALSE);
  if (self->present != NULL)
    g_clear_handle_id (&self->present->timeout, g_source_remove);
  g_clear_pointer (&self->present, g_free);
}

const LloydWindowPart lloyd_window_part_present = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
