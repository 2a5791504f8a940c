/* The window's keys. */
#include "ui/window/window-private.h"

#define ZOOM_STEP 1.25
#define PAN_PIXELS 40.0

static gboolean
on_zoom_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  GtkWidget *pane = GTK_WIDGET (self->panes[0]);
  int width = gtk_widget_get_width (pane), height = gtk_widget_get_height (pane);
  double factor = g_variant_get_double (arguments);

  (void) data;
  lloyd_camera_zoom (self->camera, factor, width / 2.0, height / 2.0, width, height);
  return TRUE;
}

static gboolean
on_pan_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  GtkWidget *pane = GTK_WIDGET (self->panes[0]);
  int width = gtk_widget_get_width (pane), height = gtk_widget_get_height (pane);
  double dx, dy;

  (void) data;
  g_variant_get (arguments, "(dd)", &dx, &dy);
  lloyd_camera_orbit (self->camera, dx, dy, width, height);
  return TRUE;
}

/* To the last step known, or, if none is, on to it; from within seeding to step 0 first. */
static gboolean
on_end_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  (void) arguments;
  (void) data;
  if (lloyd_session_get_dataset (self->session) == NULL)
    return FALSE;
  if (lloyd_window_is_seeding (self))
    lloyd_window_leave_seeding (self);
  else
    gtk_widget_activate_action (widget, "win.run", NULL);
  return TRUE;
}

static gboolean
on_home_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  (void) arguments;
  (void) data;
  if (!lloyd_window_enter_seeding (LLOYD_WINDOW (widget), 0))
    gtk_widget_activate_action (widget, "win.go-to-step", "i", 1);
  return TRUE;
}

/* Moves. A key held down asks faster than steps can be: while the move of a key is under way it
 * asks in vain. What plays is stopped by it; what else is under way is waited for. */
static gboolean
on_move_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  (void) data;
  const char *name = g_variant_get_string (arguments, NULL);
  gboolean is_waiting =
      self->opening != NULL || (!self->is_playing && lloyd_session_is_busy (self->session));
  if (is_waiting && !self->is_key_moving)
    lloyd_window_let_wait (self, g_intern_string (name));
  else if (!is_waiting)
    {
      g_action_group_activate_action (G_ACTION_GROUP (self), name, NULL);
      self->is_key_moving = lloyd_session_is_busy (self->session);
    }
  return TRUE;
}

static gboolean
on_escape_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  (void) arguments;
  (void) data;
  /* One thing after another, and nothing that is not seen. */
  if (self->opening != NULL)
    {
      gtk_widget_activate_action (widget, "win.cancel-opening", NULL);
      return TRUE;
    }
  if (lloyd_window_leave_import (self))
    return TRUE;
  if (lloyd_window_shows_benchmark (self) || lloyd_session_get_dataset (self->session) == NULL)
    return FALSE;
  return lloyd_window_drop_selection (self) || lloyd_window_drop_tool (self) ||
         lloyd_window_stop_guessing (self) || lloyd_window_hide_row (self) ||
         lloyd_window_show_all_clusters (self) || lloyd_window_stop_presenting (self);
}

static void
add_shortcut (GtkShortcutController *keys,
              const char *trigger,
              GtkShortcutAction *action,
              GVariant *arguments)
{
  GtkShortcut *shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (trigger), action);
  if (arguments != NULL)
    gtk_shortcut_set_arguments (shortcut, arguments);
  gtk_shortcut_controller_add_shortcut (keys, shortcut);
}

/* Keys without Ctrl are no application accelerators, which would take them from entries: they
 * bubble up here if the focused widget had no use for them. */
GtkShortcutController *
lloyd_window_new_keys (LloydWindow *self)
{
  GtkEventController *keys = GTK_EVENT_CONTROLLER (gtk_shortcut_controller_new ());
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_BUBBLE);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  return GTK_SHORTCUT_CONTROLLER (keys);
}

void
lloyd_window_add_key (GtkShortcutController *keys,
                      const char *trigger,
                      GtkShortcutFunc func,
                      GVariant *arguments)
{
  add_shortcut (keys, trigger, gtk_callback_action_new (func, NULL, NULL), arguments);
}

void
lloyd_window_add_keys (LloydWindow *self)
{
  static const struct
  {
    const char *trigger;
    const char *action;
    const char *target;
  } plain[] = {
    { "space", "win.play", NULL },      { "r", "win.reseed", NULL },
    { "1", "win.metric", "euclidean" }, { "2", "win.metric", "cosine" },
    { "3", "win.metric", "both" },      { "f", "win.fit", NULL },
    { "v", "win.show-regions", NULL },  { "t", "win.show-trails", NULL },
    { "g", "win.guess", NULL },         { "s", "win.show-seeding", NULL },
  };
  static const char *const moves[][2] = {
    { "Right", "step" },
    { "Left", "step-back" },
    { "<Shift>Right|Page_Down", "half-step" },
    { "<Shift>Left|Page_Up", "half-step-back" },
  };
  GtkShortcutController *keys = lloyd_window_new_keys (self);
  for (size_t i = 0; i < G_N_ELEMENTS (plain); i++)
    add_shortcut (keys, plain[i].trigger, gtk_named_action_new (plain[i].action),
                  plain[i].target != NULL ? g_variant_new_string (plain[i].target) : NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (moves); i++)
    lloyd_window_add_key (keys, moves[i][0], on_move_key, g_variant_new_string (moves[i][1]));
  lloyd_window_add_key (keys, "Escape", on_escape_key, NULL);
  lloyd_window_add_key (keys, "Home", on_home_key, NULL);
  lloyd_window_add_key (keys, "End", on_end_key, NULL);

  lloyd_window_add_key (keys, "<Ctrl>plus|<Ctrl>equal|<Ctrl>KP_Add", on_zoom_key,
                        g_variant_new_double (ZOOM_STEP));
  lloyd_window_add_key (keys, "<Ctrl>minus|<Ctrl>KP_Subtract", on_zoom_key,
                        g_variant_new_double (1.0 / ZOOM_STEP));
  add_shortcut (keys, "<Ctrl>0|<Ctrl>KP_0", gtk_named_action_new ("win.fit"), NULL);
  lloyd_window_add_key (keys, "<Ctrl>Left", on_pan_key, g_variant_new ("(dd)", PAN_PIXELS, 0.0));
  lloyd_window_add_key (keys, "<Ctrl>Right", on_pan_key, g_variant_new ("(dd)", -PAN_PIXELS, 0.0));
  lloyd_window_add_key (keys, "<Ctrl>Up", on_pan_key, g_variant_new ("(dd)", 0.0, PAN_PIXELS));
  lloyd_window_add_key (keys, "<Ctrl>Down", on_pan_key, g_variant_new ("(dd)", 0.0, -PAN_PIXELS));
}
