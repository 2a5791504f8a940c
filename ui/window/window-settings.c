/* Preferences as a window follows them, and the window's own state. */
#include "ui/window/settings.h"
#include "ui/window/window-private.h"

/* ---- following preferences ----------------------------------------------------------------- */

LloydPaletteKind
lloyd_window_get_palette (LloydWindow *self)
{
  return g_settings_get_enum (lloyd_settings (), "palette") == 1 ? LLOYD_PALETTE_DEFICIENCY
                                                                 : self->palette;
}

LloydRecipe *
lloyd_window_make_recipe (gboolean *is_both)
{
  GSettings *settings = lloyd_settings ();
  LloydRecipe *recipe = lloyd_recipe_new ();
  g_autofree char *metric = g_settings_get_string (settings, "metric");
  g_autofree char *init = g_settings_get_string (settings, "init");

  *is_both = g_str_equal (metric, "both");
  recipe->metric = g_str_equal (metric, "cosine") ? LLOYD_METRIC_COSINE : LLOYD_METRIC_EUCLIDEAN;
  /* The schema knows the same names. */
  recipe->init = (LloydInit) MAX (lloyd_name_index (lloyd_init_names, init), 0);
  g_free (recipe->backend);
  recipe->backend = g_settings_get_string (settings, "backend");
  /* A person's own table opens whatever is missing in it: rows are left out, and that is said. */
  recipe->missing = LLOYD_MISSING_DROP;
  recipe->k = 0;
  return recipe;
}

static void
apply_colours (LloydWindow *self)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_pane_set_palette (self->panes[i], lloyd_window_get_palette (self));
}

gboolean
lloyd_window_shows_numbers (void)
{
  return g_settings_get_boolean (lloyd_settings (), "centroid-numbers");
}

static void
apply_numbers (LloydWindow *self)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_pane_set_numbers (self->panes[i], lloyd_window_shows_numbers ());
}

static void
apply_max_discs (LloydWindow *self)
{
  int wanted = g_settings_get_int (lloyd_settings (), "max-discs");
  lloyd_session_set_max_discs (self->session, wanted > 0 ? (size_t) wanted : self->max_discs);
  if (lloyd_window_can_move (self))
    lloyd_session_set_axes_async (self->session, lloyd_session_get_axes (self->session), NULL,
                                  lloyd_window_on_done, g_object_ref (self));
}

/* ---- the window's own state ---------------------------------------------------------------- */

static void
save_state (LloydWindow *self)
{
  GSettings *settings = lloyd_settings ();
  int width, height;

  lloyd_window_stop_presenting (self);
  lloyd_window_settle_panels (self);
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_int (settings, "window-width", width);
  g_settings_set_int (settings, "window-height", height);
  g_settings_set_boolean (settings, "is-maximised", gtk_window_is_maximized (GTK_WINDOW (self)));
  g_settings_set_boolean (settings, "left-panel",
                          gtk_revealer_get_reveal_child (self->left_revealer));
}

static gboolean
on_close_request (LloydWindow *self)
{
  save_state (self);
  return GDK_EVENT_PROPAGATE;
}

static void
restore_state (LloydWindow *self)
{
  GSettings *settings = lloyd_settings ();
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "is-maximised"))
    gtk_window_maximize (GTK_WINDOW (self));
  g_action_group_change_action_state (
      G_ACTION_GROUP (self), "left-panel",
      g_variant_new_boolean (g_settings_get_boolean (settings, "left-panel")));
}

/* ---- the part ------------------------------------------------------------------------------ */

static void
setup (LloydWindow *self)
{
  static const struct
  {
    const char *signal;
    void (*apply) (LloydWindow *self);
  } following[] = {
    { "changed::palette", apply_colours },
    { "changed::centroid-numbers", apply_numbers },
    { "changed::max-discs", apply_max_discs },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (following); i++)
    {
      g_signal_connect_object (lloyd_settings (), following[i].signal,
                               G_CALLBACK (following[i].apply), self, G_CONNECT_SWAPPED);
      following[i].apply (self);
    }
  restore_state (self);
  g_signal_connect (self, "close-request", G_CALLBACK (on_close_request), NULL);
}

const LloydWindowPart lloyd_window_part_settings = {
  .setup = setup,
};
