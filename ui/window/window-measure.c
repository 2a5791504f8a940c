/* Measure: steps timed without pauses and without drawing, in a window of its own beside the main
 * one, which stays usable. */
#include <glib/gi18n.h>

#include "compute/session/measure.h"
#include "ui/window/dialog-rows.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

/* Often enough to see that it goes on, and seldom enough not to disturb what is timed. */
#define PROGRESS_MS 400

struct _LloydWindowMeasure
{
  GtkWindow *window;
  GtkStack *stack;
  GtkProgressBar *progress;
  GtkLabel *about;
  GtkBox *results;
  GCancellable *cancellable;
  guint timeout;
  char *text;
};

/* ---- progress ------------------------------------------------------------------------------ */

/* While it is measured, nobody draws. */
static void
set_drawing (LloydWindow *self, gboolean is_drawing)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_canvas_set_drawing (lloyd_pane_get_canvas (self->panes[i]), is_drawing);
}

static gboolean
on_progress (gpointer data)
{
  LloydWindow *self = data;
  gtk_progress_bar_set_fraction (self->measure->progress,
                                 lloyd_session_get_measured (self->session));
  return G_SOURCE_CONTINUE;
}

static void
end_measuring (LloydWindow *self)
{
  g_clear_handle_id (&self->measure->timeout, g_source_remove);
  g_clear_object (&self->measure->cancellable);
  set_drawing (self, TRUE);
  lloyd_window_update_actions (self);
}

/* ---- what came out ------------------------------------------------------------------------- */

static void
add_line (GtkBox *box, const char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_focusable (label, FALSE);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  gtk_box_append (box, label);
}

/* The first line of a text names it, the second is what counts. */
static void
add_side (GtkBox *box, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GtkWidget *group = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  for (guint i = 0; lines[i] != NULL; i++)
    add_line (GTK_BOX (group), lines[i], i == 0 ? "heading" : i == 1 ? "measured" : "dim-label");
  gtk_box_append (box, group);
}

static void
show_results (LloydWindowMeasure *measure, const LloydMeasurement *measurement)
{
  g_autofree char *about = lloyd_words_measured_case (measurement);
  g_autofree char *ratio = lloyd_words_measured_ratio (measurement);
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (measure->results))) != NULL)
    gtk_box_remove (measure->results, child);
  gtk_label_set_text (measure->about, about);
  for (guint s = 0; s < measurement->n_sides; s++)
    {
      g_autofree char *text = lloyd_words_measured_side (measurement, s);
      add_side (measure->results, text);
    }
  if (ratio != NULL)
    add_line (measure->results, ratio, "heading");
  g_free (measure->text);
  measure->text = lloyd_words_measurement (measurement);
  gtk_stack_set_visible_child_name (measure->stack, "results");
}

static void
on_measured (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydMeasurement) measurement =
      lloyd_session_measure_finish (LLOYD_SESSION (session), result, &error);
  GtkWindow *window = self->measure != NULL ? self->measure->window : NULL;

  if (self->measure != NULL)
    end_measuring (self);
  if (measurement != NULL && window != NULL)
    show_results (self->measure, measurement);
  else if (window != NULL)
    gtk_window_destroy (window);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    lloyd_window_show_error (self, error);
  lloyd_window_settle (self);
}

/* ---- the window ---------------------------------------------------------------------------- */

static void
on_copy (LloydWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->measure->text);
  lloyd_window_show_toast (self, _ ("Measurement copied"));
}

static void
cancel (LloydWindow *self)
{
  if (self->measure->cancellable != NULL)
    g_cancellable_cancel (self->measure->cancellable);
}

static void
on_cancel (LloydWindow *self)
{
  gtk_window_close (self->measure->window);
}

/* The window is gone: what it measures is of no use. */
static void
on_destroyed (LloydWindow *self)
{
  self->measure->window = NULL;
  g_clear_handle_id (&self->measure->timeout, g_source_remove);
  cancel (self);
}

static void
make_window (LloydWindow *self)
{
  LloydWindowMeasure *measure = self->measure;
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/lloyd/Lloyd/ui/measure.ui");
  measure->window = GTK_WINDOW (gtk_builder_get_object (builder, "measure"));
  measure->stack = GTK_STACK (gtk_builder_get_object (builder, "stack"));
  measure->progress = GTK_PROGRESS_BAR (gtk_builder_get_object (builder, "progress"));
  measure->about = GTK_LABEL (gtk_builder_get_object (builder, "about"));
  measure->results = GTK_BOX (gtk_builder_get_object (builder, "results"));
  g_signal_connect_object (gtk_builder_get_object (builder, "copy"), "clicked",
                           G_CALLBACK (on_copy), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_builder_get_object (builder, "cancel"), "clicked",
                           G_CALLBACK (on_cancel), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (measure->window, "destroy", G_CALLBACK (on_destroyed), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_insert_action_group (GTK_WIDGET (measure->window), "win", G_ACTION_GROUP (self));
  gtk_window_set_transient_for (measure->window, GTK_WINDOW (self));
  lloyd_dialog_close_by_escape (measure->window);
}

static void
on_measure (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  LloydWindowMeasure *measure = self->measure;

  (void) action;
  (void) value;
  if (!lloyd_window_can_move (self) || measure->cancellable != NULL)
    return;
  lloyd_window_pause (self);
  if (measure->window == NULL)
    make_window (self);
  gtk_stack_set_visible_child_name (measure->stack, "progress");
  gtk_progress_bar_set_fraction (measure->progress, 0.0);
  gtk_window_present (measure->window);
  measure->cancellable = g_cancellable_new ();
  measure->timeout = g_timeout_add (PROGRESS_MS, on_progress, self);
  set_drawing (self, FALSE);
  lloyd_session_measure_async (self->session, measure->cancellable, on_measured,
                               g_object_ref (self));
  lloyd_window_update_actions (self);
}

/* ---- the part ------------------------------------------------------------------------------ */

static void
setup (LloydWindow *self)
{
  self->measure = g_new0 (LloydWindowMeasure, 1);
}

static void
update (LloydWindow *self)
{
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  gboolean is_measuring = self->measure != NULL && self->measure->cancellable != NULL;
  lloyd_window_set_enabled (self, "measure", has_data && !is_measuring);
}

static void
dispose (LloydWindow *self)
{
  if (self->measure == NULL)
    return;
  cancel (self);
  g_clear_handle_id (&self->measure->timeout, g_source_remove);
  g_clear_object (&self->measure->cancellable);
  g_clear_pointer (&self->measure->window, gtk_window_destroy);
  g_free (self->measure->text);
  g_clear_pointer (&self->measure, g_free);
}

static const GActionEntry entries[] = {
  { "measure", on_measure, NULL, NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_measure = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
