/* Points that are selected: how many they are, and what can be done with them. */
#include <glib/gi18n.h>
#include <math.h>

#include "ui/window/question.h"
#include "ui/window/window-points.h"
#include "ui/words/words.h"

/* Corners of what is seen as round. */
#define ROUND_CORNERS 48

struct _LloydWindowSelection
{
  /* What is selected, or NULL; of which points, seen how. */
  LloydStroke *stroke;
  guint64 scene;
  GtkWidget *bar;
  GtkLabel *words;
  LloydQuestion question;
};

/* ---- showing ------------------------------------------------------------------------------- */

static void
clear (LloydWindow *self)
{
  LloydWindowSelection *state = self->selection;
  g_clear_pointer (&state->stroke, lloyd_stroke_free);
  lloyd_question_clear (&state->question);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_brush_set_selected (lloyd_window_get_brush (self, i), NULL, 0);
  gtk_widget_set_visible (state->bar, FALSE);
}

gboolean
lloyd_window_drop_selection (LloydWindow *self)
{
  if (self->selection->stroke == NULL)
    return FALSE;
  clear (self);
  return TRUE;
}

static void
on_counted (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydAsked) asked = data;
  g_autoptr (GError) error = NULL;
  size_t n = 0;
  gboolean is_counted = lloyd_session_count_finish (LLOYD_SESSION (session), result, &n, &error);
  LloydWindow *self = asked->window;

  if (self->selection == NULL || !lloyd_asked_is_wanted (asked, &self->selection->question, error))
    return;
  if (!is_counted)
    {
      lloyd_window_show_error (self, error);
      return;
    }
  g_autofree char *count = lloyd_words_count (n);
  g_autofree char *text =
      n > 0
          ? g_strdup_printf (ngettext ("%s point", "%s points", (gulong) MIN (n, G_MAXUINT)), count)
          : g_strdup (_ ("No points"));
  gtk_label_set_text (self->selection->words, text);
  lloyd_window_set_enabled (self, "selection-to-cloud", n > 0);
  lloyd_window_set_enabled (self, "save-selection", n > 0);
  lloyd_window_set_enabled (self, "erase-selection", n > 0);
}

static void
update_count (LloydWindow *self)
{
  LloydWindowSelection *state = self->selection;
  if (lloyd_question_begin (&state->question, self->session,
                            lloyd_session_get_snapshot (self->session, 0)))
    lloyd_session_count_async (self->session, state->stroke, state->question.cancellable,
                               on_counted, lloyd_asked_new (self, &state->question));
}

/* Takes the stroke. */
static void
select_stroke (LloydWindow *self, LloydBrush *brush, LloydStroke *stroke)
{
  LloydWindowSelection *state = self->selection;
  GtkWidget *bar = state->bar;
  GtkWidget *overlay = gtk_widget_get_parent (lloyd_pane_get_area (lloyd_brush_get_pane (brush)));
  guint n = stroke->is_lasso ? stroke->n : ROUND_CORNERS;
  g_autofree float *corners = g_new (float, 3 * (size_t) n);

  clear (self);
  state->stroke = stroke;
  state->scene = lloyd_session_get_snapshot (self->session, 0)->scene->id;
  for (guint i = 0; i < n; i++)
    {
      double turn = 2.0 * G_PI * i / n;
      double x = stroke->is_lasso ? stroke->places[2 * i]
                                  : stroke->places[0] + stroke->radius_x * cos (turn);
      double y = stroke->is_lasso ? stroke->places[2 * i + 1]
                                  : stroke->places[1] + stroke->radius_y * sin (turn);
      for (guint j = 0; j < 3; j++)
        corners[3 * i + j] =
            (float) (stroke->base[j] + x * stroke->across[j] + y * stroke->down[j]);
    }
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_brush_set_selected (lloyd_window_get_brush (self, i), corners, n);
  g_object_ref (bar);
  if (gtk_widget_get_parent (bar) != NULL)
    gtk_overlay_remove_overlay (GTK_OVERLAY (gtk_widget_get_parent (bar)), bar);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), bar);
  g_object_unref (bar);
  gtk_label_set_text (state->words, "…");
  gtk_widget_set_visible (bar, TRUE);
  update_count (self);
  lloyd_window_update_parts (self);
}

void
lloyd_window_select_inside (LloydWindow *self, LloydBrush *brush, const double *corners, guint n)
{
  LloydStroke stroke = { .n = n, .places = (double *) corners, .is_lasso = TRUE };
  if (n == 0 || !lloyd_window_can_move (self) ||
      !lloyd_window_see_stroke (lloyd_brush_get_pane (brush), &stroke))
    {
      clear (self);
      lloyd_window_update_parts (self);
      return;
    }
  select_stroke (self, brush, lloyd_stroke_copy (&stroke));
}

void
lloyd_window_select_round (LloydWindow *self, LloydBrush *brush, const double place[2])
{
  double radius = lloyd_window_get_brush_radius (self);
  LloydStroke stroke = {
    .n = 1, .places = (double *) place, .radius_x = radius, .radius_y = radius
  };
  if (lloyd_window_can_move (self) &&
      lloyd_window_see_stroke (lloyd_brush_get_pane (brush), &stroke))
    select_stroke (self, brush, lloyd_stroke_copy (&stroke));
}

/* ---- actions ------------------------------------------------------------------------------- */

static void
on_select_points (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  g_autoptr (GError) error = NULL;
  LloydStroke stroke = { 0 };
  double place[2], radius;
  (void) action;
  g_variant_get (value, "(ddd)", &place[0], &place[1], &radius);
  if (!lloyd_window_can_move (self))
    return;
  if (lloyd_window_fill_stroke (self, &stroke, place, radius, &error))
    select_stroke (self, lloyd_window_get_brush (self, 0), lloyd_stroke_copy (&stroke));
  else
    lloyd_window_show_error (self, error);
}

static void
on_clear_selection (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  clear (self);
  lloyd_window_update_parts (self);
}

static void
on_erase_selection (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  g_autoptr (LloydStroke) stroke = g_steal_pointer (&self->selection->stroke);
  (void) action;
  (void) value;
  clear (self);
  lloyd_window_pause (self);
  lloyd_session_stroke_async (self->session, LLOYD_STROKE_ERASE, stroke, lloyd_window_on_done,
                              g_object_ref (self));
  lloyd_window_update (self);
}

static void
on_taken_out (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydWindow) self = data;
  gboolean is_done = lloyd_window_finish (self, result);
  (void) session;
  if (!is_done || self->selection == NULL)
    return;
  g_clear_pointer (&self->recent_path, g_free);
  lloyd_window_take_lesson (self, NULL);
  lloyd_window_note_data (self);
  lloyd_window_update (self);
}

static void
on_selection_to_cloud (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  g_autoptr (LloydStroke) stroke = g_steal_pointer (&self->selection->stroke);
  g_autofree char *title = g_strdup_printf (_ ("%s, selection"), dataset->title);
  (void) action;
  (void) value;
  clear (self);
  lloyd_window_pause (self);
  lloyd_window_keep (self);
  lloyd_session_take_out_async (self->session, stroke, title, on_taken_out, g_object_ref (self));
  lloyd_window_update (self);
}

/* ---- saving -------------------------------------------------------------------------------- */

static void
on_saved (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydWindow) self = data;
  (void) session;
  lloyd_window_end_writing ();
  if (lloyd_window_finish (self, result))
    lloyd_window_show_toast (self, _ ("Selection saved"));
}

static void
save (LloydWindow *self, const char *path)
{
  if (self->selection->stroke == NULL)
    return;
  lloyd_window_begin_writing ();
  lloyd_session_save_points_async (self->session, self->selection->stroke, path, on_saved,
                                   g_object_ref (self));
  lloyd_window_note_busy (self);
}

static void
on_save_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    save (self, path);
  g_object_unref (dialog);
}

static void
on_save_selection (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *path = g_variant_get_string (value, NULL);
  (void) action;
  if (path[0] != '\0')
    {
      save (self, path);
      return;
    }
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Save the Selection"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), "selection.csv");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_save_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- the part ------------------------------------------------------------------------------ */

static void
add_button (GtkWidget *bar, const char *label, const char *action)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  gtk_widget_add_css_class (button, "flat");
  gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (button), action);
  gtk_box_append (GTK_BOX (bar), button);
}

static GtkWidget *
make_bar (GtkLabel **words)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *close = gtk_button_new_from_icon_name ("window-close-symbolic");
  *words = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (*words), "heading");
  gtk_widget_add_css_class (GTK_WIDGET (*words), "numeric");
  gtk_widget_set_margin_end (GTK_WIDGET (*words), 6);
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (*words));
  add_button (bar, _ ("_New Cloud"), "win.selection-to-cloud");
  add_button (bar, _ ("_Save…"), "win.save-selection::");
  add_button (bar, _ ("_Erase"), "win.erase-selection");
  gtk_widget_add_css_class (close, "flat");
  gtk_widget_set_tooltip_text (close, _ ("Select nothing (Esc)"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (close), "win.clear-selection");
  gtk_box_append (GTK_BOX (bar), close);
  gtk_widget_set_halign (bar, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (bar, GTK_ALIGN_END);
  gtk_widget_set_margin_bottom (bar, 40);
  gtk_widget_add_css_class (bar, "chip");
  gtk_widget_add_css_class (bar, "selection-bar");
  gtk_widget_set_visible (bar, FALSE);
  return bar;
}

static void
setup (LloydWindow *self)
{
  self->selection = g_new0 (LloydWindowSelection, 1);
  self->selection->bar = g_object_ref_sink (make_bar (&self->selection->words));
}

/* Other points, or other axes: what was drawn round is elsewhere. */
static void
update (LloydWindow *self)
{
  static const char *const names[] = { "selection-to-cloud", "save-selection", "erase-selection",
                                       "clear-selection" };
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  LloydWindowSelection *state = self->selection;
  lloyd_window_set_enabled (self, "select-points", has_data);
  if (state != NULL && state->stroke != NULL &&
      state->scene != lloyd_session_get_snapshot (self->session, 0)->scene->id)
    clear (self);
  gboolean has_selection = state != NULL && state->stroke != NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    lloyd_window_set_enabled (self, names[i], has_selection);
  if (has_selection)
    update_count (self);
}

static void
dispose (LloydWindow *self)
{
  LloydWindowSelection *state = g_steal_pointer (&self->selection);
  if (state == NULL)
    return;
  lloyd_question_clear (&state->question);
  g_clear_pointer (&state->stroke, lloyd_stroke_free);
  g_clear_object (&state->bar);
  g_free (state);
}

static const GActionEntry entries[] = {
  { "select-points", on_select_points, "(ddd)", NULL, NULL, { 0 } },
  { "selection-to-cloud", on_selection_to_cloud, NULL, NULL, NULL, { 0 } },
  { "save-selection", on_save_selection, "s", NULL, NULL, { 0 } },
  { "erase-selection", on_erase_selection, NULL, NULL, NULL, { 0 } },
  { "clear-selection", on_clear_selection, NULL, NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_selection = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
