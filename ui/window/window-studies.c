/* Many runs in the background: which K, and which start. */
#include <glib/gi18n.h>

#include "ui/window/study-window.h"
#include "ui/window/window-private.h"

/* Tells a study what the session has. */
static void
update_study (LloydWindow *self, LloydStudyKind kind)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  if (self->studies[kind] != NULL && dataset != NULL)
    lloyd_study_window_set_start (self->studies[kind], dataset->points,
                                  lloyd_session_get_recipe (self->session));
}

static void
show (LloydWindow *self, LloydStudyKind kind)
{
  if (self->studies[kind] == NULL)
    g_set_weak_pointer (&self->studies[kind], lloyd_study_window_new (GTK_WINDOW (self), kind));
  update_study (self, kind);
  gtk_window_present (GTK_WINDOW (self->studies[kind]));
}

static void
on_suggest_k (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  show (LLOYD_WINDOW (data), LLOYD_STUDY_K);
}

static void
on_restart_atlas (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  show (LLOYD_WINDOW (data), LLOYD_STUDY_RESTARTS);
}

/* A way of seeding and a seed at once: one start, not two. */
static void
on_load_start (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *init;
  guint64 seed;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_session_get_recipe (self->session));

  (void) action;
  g_variant_get (value, "(&st)", &init, &seed);
  recipe->seed = seed;
  if (!lloyd_recipe_set (recipe, "init", init, &error))
    {
      lloyd_window_show_error (self, error);
      return;
    }
  lloyd_window_restart (self, recipe, lloyd_session_get_n_sides (self->session) == 2);
}

static void
update (LloydWindow *self)
{
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  lloyd_window_set_enabled (self, "suggest-k", has_data);
  lloyd_window_set_enabled (self, "restart-atlas", has_data);
  lloyd_window_set_enabled (self, "load-start", has_data);
  for (guint i = 0; i < G_N_ELEMENTS (self->studies); i++)
    update_study (self, (LloydStudyKind) i);
}

static void
dispose (LloydWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->studies); i++)
    if (self->studies[i] != NULL)
      {
        LloydStudyWindow *window = self->studies[i];
        g_clear_weak_pointer (&self->studies[i]);
        gtk_window_destroy (GTK_WINDOW (window));
      }
}

static const GActionEntry entries[] = {
  { "suggest-k", on_suggest_k, NULL, NULL, NULL, { 0 } },
  { "restart-atlas", on_restart_atlas, NULL, NULL, NULL, { 0 } },
  { "load-start", on_load_start, "(st)", NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_studies = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .update = update,
  .dispose = dispose,
};
