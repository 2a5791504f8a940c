/* Side by side: only the points on which both metrics disagree, starts by each metric's own rule,
 * and what a pane offers. */
#include <glib/gi18n.h>

#include "ui/window/window-private.h"
#include "ui/words/words.h"

static void
on_show_differences (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  g_simple_action_set_state (action, value);
  if (lloyd_session_get_dataset (self->session) != NULL)
    lloyd_session_set_differences_async (self->session, g_variant_get_boolean (value),
                                         lloyd_window_on_done, g_object_ref (self));
}

static void
on_own_starts (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const LloydRecipe *recipe = lloyd_session_get_recipe (self->session);
  g_simple_action_set_state (action, value);
  lloyd_session_set_own_starts (self->session, g_variant_get_boolean (value));
  if (recipe != NULL && lloyd_session_get_n_sides (self->session) == 2)
    lloyd_window_restart (self, recipe, TRUE);
}

/* Cosine cannot tell rows of nearly one direction apart: standardising would help. */
static gboolean
offers_standardising (LloydWindow *self, guint side)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (self->session, side);
  return LLOYD_METRIC_IS_ANGULAR (snapshot->metric) && dataset->points->scale == LLOYD_SCALE_NONE &&
         !dataset->directions.has_unit_rows && dataset->directions.share_within_10_degrees >= 0.99;
}

static void
update_offers (LloydWindow *self)
{
  guint n_sides = lloyd_session_get_n_sides (self->session);
  for (guint i = 0; i < n_sides; i++)
    {
      LloydMetric metric = lloyd_session_get_snapshot (self->session, i)->metric;
      if (offers_standardising (self, i))
        lloyd_pane_set_offer (self->panes[i], _ ("Standardise"), "win.scale::standardise");
      else if (n_sides == 1 && self->is_own_file)
        lloyd_pane_set_offer (self->panes[i],
                              LLOYD_METRIC_IS_ANGULAR (metric) ? _ ("Compare with Euclidean")
                                                               : _ ("Compare with cosine"),
                              "win.metric::both");
      else
        lloyd_pane_set_offer (self->panes[i], NULL, NULL);
    }
}

static void
update (LloydWindow *self)
{
  gboolean is_both = lloyd_session_get_n_sides (self->session) == 2;
  g_autofree char *text = lloyd_words_differences (lloyd_session_get_differences (self->session));
  gboolean has_own_starts = is_both && lloyd_session_get_snapshot (self->session, 0)->has_own_start;
  lloyd_window_set_enabled (self, "show-differences", is_both && !has_own_starts);
  lloyd_window_set_enabled (self, "own-starts", is_both);
  update_offers (self);
  gtk_widget_set_tooltip_text (
      GTK_WIDGET (self->differences),
      has_own_starts ? _ ("Clusters of different starts cannot be compared by number")
                     : _ ("Only points that the metrics put into different clusters"));
  gtk_widget_set_visible (GTK_WIDGET (self->differences), is_both);
  gtk_button_set_label (GTK_BUTTON (self->differences), text != NULL ? text : _ ("Differences"));
}

static const GActionEntry entries[] = {
  { "show-differences", NULL, NULL, "false", on_show_differences, { 0 } },
  { "own-starts", NULL, NULL, "false", on_own_starts, { 0 } },
};

const LloydWindowPart lloyd_window_part_differences = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .update = update,
};
