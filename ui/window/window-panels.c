/* The side panels: where there is no room for both, opening one closes the other. */
#include "ui/widgets/drop-downs.h"
#include "ui/widgets/letters.h"
#include "ui/widgets/pane-room.h"
#include "ui/window/window-private.h"

/* A window narrower than this has room for one, with letters of the usual size. */
#define ROOM_FOR_BOTH 1100

static gboolean
is_open (LloydWindow *self, const char *name)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);
  g_autoptr (GVariant) state = g_action_get_state (action);
  return g_variant_get_boolean (state);
}

static void
show (LloydWindow *self, GtkRevealer *revealer, const char *name, gboolean is_shown)
{
  gtk_revealer_set_reveal_child (revealer, is_shown);
  lloyd_window_set_state (self, name, g_variant_new_boolean (is_shown));
}

static gboolean
has_room_for_both (LloydWindow *self, int width)
{
  return width >= ROOM_FOR_BOTH * lloyd_letters_scale (GTK_WIDGET (self));
}

static gboolean
is_narrow (LloydWindow *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  return width > 0 && !has_room_for_both (self, width);
}

static void
on_left_panel (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  gboolean is_shown = g_variant_get_boolean (value);
  (void) action;
  if (is_shown && is_narrow (self))
    show (self, self->right_revealer, "right-panel", FALSE);
  show (self, self->left_revealer, "left-panel", is_shown);
}

static void
on_right_panel (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  gboolean is_shown = g_variant_get_boolean (value);
  (void) action;
  if (is_shown && is_narrow (self))
    show (self, self->left_revealer, "left-panel", FALSE);
  show (self, self->right_revealer, "right-panel", is_shown);
  /* What it shows is looked up only while it is open. */
  lloyd_window_update_parts (self);
}

/* The one that was opened first gives way where a window becomes narrow. */
static void
on_resized (LloydWindow *self)
{
  int width, height;
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  if (width > 0 && !has_room_for_both (self, width) && is_open (self, "left-panel") &&
      is_open (self, "right-panel"))
    show (self, self->left_revealer, "left-panel", FALSE);
}

/* All panes are seen by one camera: it leaves what any of them needs for its words. */
static void
on_room_changed (LloydWindow *self)
{
  double top = 0.0, bottom = 0.0, right = 0.0;
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      GtkLayoutManager *room = gtk_widget_get_layout_manager (GTK_WIDGET (self->panes[i]));
      double above, below, beside;
      if (!gtk_widget_get_visible (self->sides[i]))
        continue;
      lloyd_pane_room_get (LLOYD_PANE_ROOM (room), &above, &below, &beside);
      top = MAX (top, above);
      bottom = MAX (bottom, below);
      right = MAX (right, beside);
    }
  lloyd_camera_set_room (self->camera, top, bottom);
  lloyd_camera_set_sideroom (self->camera, right);
}

static void
setup (LloydWindow *self)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_signal_connect_object (gtk_widget_get_layout_manager (GTK_WIDGET (self->panes[i])), "changed",
                             G_CALLBACK (on_room_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::default-width", G_CALLBACK (on_resized), NULL);
  lloyd_drop_downs_name (GTK_WIDGET (self));
}

static void
update (LloydWindow *self)
{
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  lloyd_window_set_enabled (self, "left-panel", has_data);
  lloyd_window_set_enabled (self, "right-panel", has_data);
}

void
lloyd_window_show_right_panel (LloydWindow *self)
{
  if (!is_open (self, "right-panel"))
    g_action_group_change_action_state (G_ACTION_GROUP (self), "right-panel",
                                        g_variant_new_boolean (TRUE));
}

gboolean
lloyd_window_shows_right_panel (LloydWindow *self)
{
  return is_open (self, "right-panel");
}

static const GActionEntry entries[] = {
  { "left-panel", NULL, NULL, "true", on_left_panel, { 0 } },
  { "right-panel", NULL, NULL, "false", on_right_panel, { 0 } },
};

const LloydWindowPart lloyd_window_part_panels = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
};
