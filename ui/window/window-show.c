/* What is shown in the panes besides points and centroids. */
#include "ui/window/window-private.h"

typedef void (*SetFunc) (LloydPane *pane, gboolean shows);

static void
show (LloydWindow *self, GSimpleAction *action, GVariant *value, SetFunc set)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    set (self->panes[i], g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
}

static void
on_show_regions (GSimpleAction *action, GVariant *value, gpointer data)
{
  show (LLOYD_WINDOW (data), action, value, lloyd_pane_set_shows_regions);
}

static void
on_show_trails (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  show (self, action, value, lloyd_pane_set_shows_trails);
  if (lloyd_session_get_dataset (self->session) != NULL)
    lloyd_session_set_trails_async (self->session, g_variant_get_boolean (value),
                                    lloyd_window_on_done, g_object_ref (self));
}

static void
set_guessing (LloydPane *pane, gboolean is_guessing)
{
  gtk_widget_set_visible (GTK_WIDGET (lloyd_pane_get_guesser (pane)), is_guessing);
}

static void
on_guess (GSimpleAction *action, GVariant *value, gpointer data)
{
  show (LLOYD_WINDOW (data), action, value, set_guessing);
}

gboolean
lloyd_window_stop_guessing (LloydWindow *self)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (self), "guess");
  gboolean is_guessing = g_variant_get_boolean (state);
  if (is_guessing)
    g_action_group_change_action_state (G_ACTION_GROUP (self), "guess",
                                        g_variant_new_boolean (FALSE));
  return is_guessing;
}

/* In every pane: that a centroid will land at a place of the axes. */
static void
on_guess_at (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  gint32 cluster;
  double x, y;
  (void) action;
  g_variant_get (value, "(idd)", &cluster, &x, &y);
  for (guint i = 0; i < LLOYD_MAX_SIDES && cluster >= 0; i++)
    lloyd_guesser_place (lloyd_pane_get_guesser (self->panes[i]), (guint) cluster, (float) x,
                         (float) y);
}

static const GActionEntry entries[] = {
  { "show-regions", NULL, NULL, "false", on_show_regions, { 0 } },
  { "show-trails", NULL, NULL, "false", on_show_trails, { 0 } },
  { "guess", NULL, NULL, "false", on_guess, { 0 } },
  { "guess-at", on_guess_at, "(idd)", NULL, NULL, { 0 } },
};

static void
update (LloydWindow *self)
{
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++)
    lloyd_window_set_enabled (self, entries[i].name, has_data);
}

const LloydWindowPart lloyd_window_part_show = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .update = update,
};
