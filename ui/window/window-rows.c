/* Points that a person asks about: under the pointer, by number or id, from a list. */
#include <glib/gi18n.h>

#include "ui/window/question.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

struct _LloydWindowRows
{
  /* The row that is shown in the panes, or -1; whether it was looked up rather than pointed at; the
   * pane that has its card. */
  gint64 row;
  gboolean is_pinned;
  guint pane;
  LloydQuestion question;
  /* What the row is of. */
  const LloydDataset *dataset;
};

/* ---- rows ---------------------------------------------------------------------------------- */

static char *
cluster_words (LloydWindow *self, int cluster)
{
  const char *name =
      lloyd_cluster_names_get (lloyd_window_get_cluster_names (self), (guint) cluster);
  return name != NULL ? g_strdup_printf ("%d, %s", cluster, name) : g_strdup_printf ("%d", cluster);
}

/* "Row 101", cluster, distance and runner-up, line by line. `standing` may be NULL: not known yet.
 */
static char *
row_words (LloydWindow *self, size_t row, int label, const LloydStanding *standing)
{
  const LloydPoints *points = lloyd_session_get_dataset (self->session)->points;
  g_autofree char *id = lloyd_points_dup_id (points, row);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, points->ids != NULL ? "%s" : _ ("Row %s"), id);
  if (label >= 0)
    {
      g_autofree char *cluster = cluster_words (self, label);
      g_string_append_printf (text, _ ("\nCluster %s"), cluster);
    }
  else
    g_string_append (text, _ ("\nBelongs to nobody yet"));
  if (standing == NULL)
    return g_string_free (text, FALSE);
  if (standing->cluster >= 0)
    {
      g_autofree char *distance = lloyd_words_number (standing->distance);
      g_string_append_printf (text, _ ("\nDistance %s"), distance);
    }
  if (standing->other >= 0)
    {
      g_autofree char *other = cluster_words (self, standing->other);
      g_autofree char *distance = lloyd_words_number (standing->other_distance);
      g_string_append_printf (text,
                              standing->cluster >= 0 ? _ ("\nNext: cluster %s at %s")
                                                     : _ ("\nNearest: centroid %s at %s"),
                              other, distance);
    }
  return g_string_free (text, FALSE);
}

static void
hide_row (LloydWindow *self)
{
  LloydWindowRows *state = self->rows;
  state->row = -1;
  state->is_pinned = FALSE;
  lloyd_question_clear (&state->question);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_hover_hide (lloyd_pane_get_hover (self->panes[i]));
}

/* A ring in every pane, and a card in the one that was asked. */
static void
show_row (LloydWindow *self, const char *words)
{
  LloydWindowRows *state = self->rows;
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_hover_show (lloyd_pane_get_hover (self->panes[i]), (size_t) state->row,
                      i == state->pane ? words : NULL);
}

static void
on_located (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydAsked) asked = data;
  g_autoptr (GError) error = NULL;
  LloydStanding standing;
  LloydWindow *self = asked->window;
  LloydWindowRows *state = self->rows;
  gboolean is_found =
      lloyd_session_locate_finish (LLOYD_SESSION (session), result, &standing, &error);

  if (state == NULL || !lloyd_asked_is_wanted (asked, &state->question, error))
    return;
  if (!is_found)
    {
      g_autofree char *sentence = lloyd_words_sentence (error->message);
      if (state->is_pinned && lloyd_window_shows_right_panel (self))
        lloyd_clusters_panel_refuse_find (self->clusters_panel, sentence);
      else if (state->is_pinned)
        lloyd_window_show_error (self, error);
      hide_row (self);
      return;
    }
  state->row = (gint64) standing.input_row;
  g_autofree char *words = row_words (self, standing.input_row, standing.cluster, &standing);
  show_row (self, words);
  if (state->is_pinned)
    {
      g_auto (GStrv) facts = g_strsplit (words, "\n", -1);
      g_autofree char *line = g_strjoinv (" · ", facts);
      gtk_label_set_text (self->event, line);
    }
}

/* Looks the row up again when the runs have moved. */
static void
update_row (LloydWindow *self)
{
  LloydWindowRows *state = self->rows;
  guint n_sides = lloyd_session_get_n_sides (self->session);
  if (state->row < 0 || state->pane >= n_sides)
    return;
  if (lloyd_question_begin (&state->question, self->session,
                            lloyd_session_get_snapshot (self->session, state->pane)))
    lloyd_session_locate_async (self->session, state->pane, (size_t) state->row,
                                state->question.cancellable, on_located,
                                lloyd_asked_new (self, &state->question));
}

static void
on_hovered (LloydWindow *self, gint64 row, int label, LloydHover *hover)
{
  LloydWindowRows *state = self->rows;
  /* What was looked up stays until the pointer is at another point. */
  if (state == NULL || (row < 0 && state->is_pinned))
    return;
  if (row < 0)
    {
      hide_row (self);
      return;
    }
  if (row != state->row)
    lloyd_question_clear (&state->question);
  state->row = row;
  state->is_pinned = FALSE;
  state->pane = hover == lloyd_pane_get_hover (self->panes[0]) ? 0 : 1;
  if (state->question.about == NULL)
    {
      g_autofree char *words = row_words (self, (size_t) row, label, NULL);
      show_row (self, words);
    }
  update_row (self);
}

static void
pin_row (LloydWindow *self, gint64 row)
{
  LloydWindowRows *state = self->rows;
  lloyd_question_clear (&state->question);
  state->row = row;
  state->is_pinned = TRUE;
  state->pane = lloyd_window_get_looked_side (self);
}

static void
on_show_row (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  guint64 number = g_variant_get_uint64 (value);
  (void) action;
  if (number == 0)
    {
      hide_row (self);
      return;
    }
  pin_row (self, (gint64) (number - 1));
  update_row (self);
}

/* An empty text asks. */
static void
on_find_row (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowRows *state = self->rows;
  const char *id = g_variant_get_string (value, NULL);
  (void) action;
  if (id[0] == '\0')
    {
      lloyd_window_show_right_panel (self);
      lloyd_clusters_panel_focus_find (self->clusters_panel);
      return;
    }
  pin_row (self, -1);
  state->question.about =
      lloyd_snapshot_ref (lloyd_session_get_snapshot (self->session, state->pane));
  state->question.cancellable = g_cancellable_new ();
  lloyd_session_find_row_async (self->session, state->pane, id, state->question.cancellable,
                                on_located, lloyd_asked_new (self, &state->question));
}

/* ---- part of the window -------------------------------------------------------------------- */

gboolean
lloyd_window_hide_row (LloydWindow *self)
{
  gboolean was_pinned = self->rows->is_pinned;
  if (was_pinned)
    hide_row (self);
  return was_pinned;
}

static void
update (LloydWindow *self)
{
  static const char *const names[] = { "show-row", "find-row" };
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    lloyd_window_set_enabled (self, names[i], dataset != NULL);
  if (self->rows == NULL || dataset == NULL)
    return;
  if (self->rows->dataset != dataset ||
      self->rows->pane >= lloyd_session_get_n_sides (self->session))
    hide_row (self);
  self->rows->dataset = dataset;
  update_row (self);
}

/* Escape leaves the field; what was found stays until the next. */
static void
on_stop_search (GtkSearchEntry *find, LloydWindow *self)
{
  gtk_editable_set_text (GTK_EDITABLE (find), "");
  gtk_widget_grab_focus (lloyd_pane_get_area (self->panes[lloyd_window_get_looked_side (self)]));
}

static void
setup (LloydWindow *self)
{
  self->rows = g_new0 (LloydWindowRows, 1);
  self->rows->row = -1;
  g_signal_connect_object (lloyd_clusters_panel_get_find (self->clusters_panel), "stop-search",
                           G_CALLBACK (on_stop_search), self, 0);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_signal_connect_object (lloyd_pane_get_hover (self->panes[i]), "hovered",
                             G_CALLBACK (on_hovered), self, G_CONNECT_SWAPPED);
}

static void
dispose (LloydWindow *self)
{
  LloydWindowRows *state = g_steal_pointer (&self->rows);
  if (state == NULL)
    return;
  lloyd_question_clear (&state->question);
  g_free (state);
}

static const GActionEntry entries[] = {
  { "show-row", on_show_row, "t", NULL, NULL, { 0 } },
  { "find-row", on_find_row, "s", NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_rows = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
