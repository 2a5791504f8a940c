/* Comparing the clusters with a column, of the data or of another file, in the right panel. */
#include <glib/gi18n.h>

#include "compute/session/other-labels.h"
#include "ui/window/question.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

struct _LloydWindowComparing
{
  /* The column to compare with, or the labels of another file and of which table's rows they are;
   * NULL: none. */
  char *column;
  LloydOtherLabels *labels;
  LloydTable *labelled;
  /* The family of those rows: of points that were changed by hand it stays. */
  guint64 family;
  /* A file that is being read. */
  GCancellable *reading;
  /* What the columns were listed of. */
  const LloydDataset *listed;
  LloydQuestion question;
};

static LloydCrossView *
get_view (LloydWindow *self)
{
  return lloyd_clusters_panel_get_cross (self->clusters_panel);
}

/* ---- what it is compared with -------------------------------------------------------------- */

static void
list_columns (LloydWindow *self)
{
  LloydWindowComparing *state = self->comparing;
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  g_auto (GStrv) columns = lloyd_classes_list_columns (dataset->table);
  lloyd_cross_view_set_columns (get_view (self), (const char *const *) columns,
                                state->labels != NULL ? state->labels->column : state->column,
                                state->labels);
  state->listed = dataset;
}

static void
drop_labels (LloydWindowComparing *state)
{
  g_clear_pointer (&state->labels, lloyd_other_labels_unref);
  g_clear_pointer (&state->labelled, lloyd_table_unref);
}

static void
stop_reading (LloydWindowComparing *state)
{
  if (state->reading != NULL)
    g_cancellable_cancel (state->reading);
  g_clear_object (&state->reading);
}

/* Compares with nothing. What cannot be compared is said once, and not asked for again. */
static void
forget (LloydWindow *self)
{
  LloydWindowComparing *state = self->comparing;
  g_clear_pointer (&state->column, g_free);
  drop_labels (state);
  lloyd_question_clear (&state->question);
  lloyd_cross_view_take_agreement (get_view (self), NULL);
  list_columns (self);
}

static void
refuse (LloydWindow *self, const GError *error)
{
  g_autofree char *sentence = lloyd_words_sentence (error->message);
  lloyd_cross_view_refuse (get_view (self), sentence);
}

/* ---- what comes of it ---------------------------------------------------------------------- */

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
      forget (self);
      refuse (self, error);
      return;
    }
  lloyd_cross_view_take_agreement (get_view (self), g_steal_pointer (&agreement));
}

static void
update_agreement (LloydWindow *self)
{
  LloydWindowComparing *state = self->comparing;
  guint side = lloyd_window_get_looked_side (self);
  if (state->listed != lloyd_session_get_dataset (self->session))
    list_columns (self);
  if ((state->column == NULL && state->labels == NULL) ||
      !lloyd_question_begin (&state->question, self->session,
                             lloyd_session_get_snapshot (self->session, side)))
    return;
  LloydAsked *asked = lloyd_asked_new (self, &state->question);
  if (state->labels != NULL)
    lloyd_session_agree_with_async (self->session, side, state->labels, state->question.cancellable,
                                    on_agreed, asked);
  else
    lloyd_session_agree_async (self->session, side, state->column, state->question.cancellable,
                               on_agreed, asked);
}

/* ---- another file -------------------------------------------------------------------------- */

/* Who waits for a file. */
typedef struct
{
  LloydWindow *window;
  GCancellable *cancellable;
  LloydDataset *dataset;
} Reading;

static void
reading_free (Reading *self)
{
  g_object_unref (self->window);
  g_object_unref (self->cancellable);
  lloyd_dataset_unref (self->dataset);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

/* What is refused leaves the comparison as it was. */
static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Reading) reading = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydOtherLabels) labels = lloyd_other_labels_load_finish (result, &error);
  LloydWindow *self = reading->window;
  LloydWindowComparing *state = self->comparing;

  (void) source;
  if (state == NULL || state->reading != reading->cancellable)
    return;
  g_clear_object (&state->reading);
  lloyd_cross_view_set_reading (get_view (self), NULL);
  if (labels == NULL)
    {
      refuse (self, error);
      return;
    }
  forget (self);
  state->labels = g_steal_pointer (&labels);
  state->labelled = lloyd_table_ref (reading->dataset->table);
  state->family = reading->dataset->family;
  list_columns (self);
  lloyd_window_update_parts (self);
}

static void
read_file (LloydWindow *self, const char *path, const char *column)
{
  LloydWindowComparing *state = self->comparing;
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  g_autofree char *title = g_path_get_basename (path);
  Reading *reading = g_new0 (Reading, 1);
  stop_reading (state);
  state->reading = g_cancellable_new ();
  reading->window = g_object_ref (self);
  reading->cancellable = g_object_ref (state->reading);
  reading->dataset = lloyd_dataset_ref ((LloydDataset *) dataset);
  lloyd_cross_view_refuse (get_view (self), NULL);
  lloyd_cross_view_set_reading (get_view (self), title);
  lloyd_other_labels_load_async (path, column, dataset, state->reading, on_read, reading);
}

static void
on_file_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL &&
      lloyd_session_get_dataset (self->session) != NULL)
    read_file (self, path, NULL);
  g_object_unref (dialog);
}

static void
ask_for_file (LloydWindow *self)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Compare with the Clusters of a File"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Compare"), _ ("_Cancel"));
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_file_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* Rows that are others now are looked for again, where they came of those; of other data nothing is
 * known. */
static void
renew_labels (LloydWindow *self)
{
  LloydWindowComparing *state = self->comparing;
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  if (state->labels == NULL || state->labelled == dataset->table)
    return;
  g_autoptr (LloydOtherLabels) labels = lloyd_other_labels_ref (state->labels);
  gboolean is_same = dataset->family == state->family;
  forget (self);
  if (is_same)
    read_file (self, labels->path, labels->column);
}

/* ---- actions ------------------------------------------------------------------------------- */

static void
show_comparison (LloydWindow *self)
{
  lloyd_window_show_right_panel (self);
  lloyd_clusters_panel_show_comparison (self->clusters_panel, TRUE);
}

static void
on_compare (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowComparing *state = self->comparing;
  const char *column = g_variant_get_string (value, NULL);

  (void) action;
  show_comparison (self);
  if (column[0] != '\0')
    {
      stop_reading (state);
      lloyd_cross_view_refuse (get_view (self), NULL);
      forget (self);
      state->column = g_strdup (column);
      list_columns (self);
    }
  update_agreement (self);
}

static void
on_compare_file (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *path, *column;
  (void) action;
  g_variant_get (value, "(&s&s)", &path, &column);
  show_comparison (self);
  if (path[0] == '\0')
    ask_for_file (self);
  else
    read_file (self, path, column[0] != '\0' ? column : NULL);
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
  lloyd_window_set_enabled (self, "compare-file", dataset != NULL);
  if (state == NULL || dataset == NULL)
    return;
  /* Remade from the same table, data keep their columns. */
  if (state->column != NULL && state->listed != dataset &&
      lloyd_table_find (dataset->table, state->column) == NULL)
    forget (self);
  renew_labels (self);
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
  stop_reading (state);
  drop_labels (state);
  g_free (state->column);
  g_free (state);
}

static const GActionEntry entries[] = {
  { "compare", on_compare, "s", NULL, NULL, { 0 } },
  { "compare-file", on_compare_file, "(ss)", NULL, NULL, { 0 } },
  { "refresh-clusters", on_refresh, NULL, NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_comparing = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
