/* What screen readers are told as runs go on: the line of what happens is a status of its own,
 * which changes at once while a person sets the pace and now and then while runs go on by
 * themselves. */
#include <glib/gi18n.h>

#include "ui/widgets/live.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

/* Runs slower than this, in steps a second, can be listened to half-step by half-step. */
#define FAST_SPEED 1.0

/* Where all sides stand, and what happened last: "Euclidean: Step 2 · ... 5 points changed ..." */
static char *
make_words (LloydWindow *self)
{
  guint n_sides = lloyd_session_get_n_sides (self->session);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < n_sides; i++)
    {
      const LloydSnapshot *snapshot = lloyd_session_get_snapshot (self->session, i);
      g_autofree char *status = lloyd_words_status (snapshot);
      if (n_sides > 1)
        g_string_append_printf (text, "%s: ", lloyd_words_metric (snapshot->metric));
      g_string_append_printf (text, "%s. ", status);
    }
  g_string_append (text, gtk_label_get_text (self->event));
  return g_string_free (text, FALSE);
}

/* All of a caption that has no room. */
static gboolean
on_query_tooltip (
    GtkLabel *event, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip, gpointer data)
{
  (void) x;
  (void) y;
  (void) by_keyboard;
  (void) data;
  if (!pango_layout_is_ellipsized (gtk_label_get_layout (event)))
    return FALSE;
  gtk_tooltip_set_text (tooltip, gtk_label_get_text (event));
  return TRUE;
}

static void
setup (LloydWindow *self)
{
  self->live = g_new0 (LloydLive, 1);
  self->live->widget = self->event_line;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->event), TRUE);
  g_signal_connect (self->event, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
}

/* What is in the caption by now is said with it. */
void
lloyd_window_say (LloydWindow *self)
{
  if (self->live == NULL || lloyd_session_get_dataset (self->session) == NULL)
    return;
  g_autofree char *text = make_words (self);
  lloyd_live_say (self->live, text);
}

static void
update (LloydWindow *self)
{
  gboolean is_fast =
      self->is_playing && (self->is_running || self->speed <= 0.0 || self->speed >= FAST_SPEED);
  if (self->live == NULL)
    return;
  lloyd_live_set_fast (self->live, is_fast);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      lloyd_pane_set_fast (self->panes[i], is_fast);
      lloyd_strip_set_fast (self->strips[i], is_fast);
    }
}

static void
dispose (LloydWindow *self)
{
  if (self->live == NULL)
    return;
  lloyd_live_clear (self->live);
  g_clear_pointer (&self->live, g_free);
}

const LloydWindowPart lloyd_window_part_live = {
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
