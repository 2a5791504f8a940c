/* Comparing the clusters with a column, in the right panel. */
#include <glib/gi18n.h>

#include "ui/window/question.h"
#include "ui/window/window-private.h"

struct _LloydWindowComparing
{
  /* The column to compare with, or NULL; and what the columns were listed of. */
  char *column;
  const LloydDataset *listed;
  LloydQuestion question;
};

/* ---- a column ------------------------------------------------------------------------------ */

static void
list_columns (LloydWindow *self)
{
  LloydWindowComparing *state = self->comparing;
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  g_auto (GStrv) columns = lloyd_classes_list_columns (dataset->table);
  lloyd_cross_view_set_columns (lloyd_clusters_panel_get_cross (self->clusters_panel),
                                (const char *const *) columns, state->column);
  state->listed = dataset;
}

/* What cannot be compared is said once, and not asked for again. */
static void
forget_column (LloydWindow *self)
{
  LloydWindowComparing *state = self->comparing;
  g_clear_pointer (&state->column, g_free);
  lloyd_question_clear (&state->question);
  lloyd_cross_view_take_agreement (lloyd_clusters_panel_get_cross (self->clusters_panel), NULL);
  list_columns (self);
}

static void
on_agreed (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydAsked) asked = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydAgreement) agreement =
      lloyd_session_agree_finish (LLOYD_SESSION (session), result, &error);
  LloydWindow *self = asked->window;

  if (self->comparing == NULL || !lloyd_asked_is_wanted (asked, &self->comparing->question, error))
    return;
  if (agreement == NULL)
    {
      lloyd_window_show_error (self, error);
      forget_column (self);
      return;
    }
  lloyd_cross_view_take_agreement (lloyd_clusters_panel_get_cross (self->clusters_panel),
                                   g_steal_pointer (&agreement));
}

static void
update_agreement (LloydWindow *self)
{
  LloydWindowComparing *state = self->comparing;
  if (state->listed != lloyd_session_get_dataset (self->session))
    list_columns (self);
  if (state->column != NULL &&
      lloyd_question_begin (
          &state->question, self->session,
          lloyd_session_get_snapshot (self->session, lloyd_window_get_looked_side (self))))
    lloyd_session_agree_async (self->session, lloyd_window_get_looked_side (self), state->column,
                               state->question.cancellable, on_agreed,
                               lloyd_asked_new (self, &state->question));
}

static void
on_compare (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowComparing *state = self->comparing;
  const char *column = g_variant_get_string (value, NULL);

  (void) action;
  lloyd_window_show_right_panel (self);
  lloyd_clusters_panel_show_comparison (self->clusters_panel, TRUE);
  if (column[0] != '\0')
    {
      lloyd_question_clear (&state->question);
      g_free (state->column);
      state->column = g_strdup (column);
      list_columns (self);
    }
  update_agreement (self);
}

/* ---- part of the window -------------------------------------------------------------------- */

static void
on_refresh (GSimpleAction *action, GVariant *value, gpointer data)
{
  (void) action;
  (void) value;
  lloyd_window_update_parts (LLOYD_WINDOW (data));
}

static void
update (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  LloydWindowComparing *state = self->comparing;
  lloyd_window_set_enabled (self, "compare", dataset != NULL);
  if (state == NULL || dataset == NULL)
    return;
  /* Remade from the same table, data keep their columns. */
  if (state->column != NULL && state->listed != dataset &&
      lloyd_table_find (dataset->table, state->column) == NULL)
    forget_column (self);
  if (lloyd_window_shows_right_panel (self) &&
      lloyd_clusters_panel_shows_comparison (self->clusters_panel))
    update_agreement (self);
}

static void
setup (LloydWindow *self)
{
  self->comparing = g_new0 (LloydWindowComparing, 1);
}

static void
dispose (LloydWindow *self)
{
  LloydWindowComparing *state = g_steal_pointer (&self->comparing);
  if (state == NULL)
    return;
  lloyd_question_clear (&state->question);
  g_free (state->column);
  g_free (state);
}

static const GActionEntry entries[] = {
  { "compare", on_compare, "s", NULL, NULL, { 0 } },
  { "refresh-clusters", on_refresh, NULL, NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_comparing = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
