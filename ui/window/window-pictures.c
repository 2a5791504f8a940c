/* Saving what the panes show as a picture. */
#include <glib/gi18n.h>

#include "ui/charts/export.h"
#include "ui/charts/picture.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

static LloydPicture *
make_picture (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  LloydClusterNames *names = lloyd_window_get_cluster_names (self);
  int width = gtk_widget_get_width (GTK_WIDGET (self->panes[0]));
  int height = gtk_widget_get_height (GTK_WIDGET (self->panes[0]));
  LloydPicture *picture = lloyd_picture_new (width, height);
  g_autofree char *rows = lloyd_words_count (dataset->points->n);

  picture->title = g_strdup_printf ("%s · %s × %u", dataset->title, rows, dataset->points->d);
  picture->has_numbers = lloyd_window_shows_numbers ();
  for (guint i = 0; i < lloyd_session_get_n_sides (self->session); i++)
    {
      LloydSnapshot *snapshot = lloyd_window_get_seen (self, i);
      g_autofree char *status = lloyd_words_status (snapshot);
      g_autofree char *axes = lloyd_words_axes (snapshot->scene);
      LloydCanvasView view = { NULL };
      view.frame.width = width * LLOYD_PICTURE_SCALE;
      view.frame.height = height * LLOYD_PICTURE_SCALE;
      view.frame.scale = LLOYD_PICTURE_SCALE;
      lloyd_pane_fill_view (self->panes[i], &view, view.frame.width, view.frame.height,
                            LLOYD_PICTURE_SCALE);
      lloyd_picture_add_side (picture, view.snapshot, &view.frame, view.colours, status, axes);
    }
  for (guint j = 0; j < lloyd_cluster_names_get_n (names); j++)
    g_ptr_array_add (picture->names, g_strdup (lloyd_cluster_names_get (names, j)));
  return picture;
}

typedef struct
{
  LloydPicture *picture;
  LloydColour background;
  char *path;
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;
  lloyd_picture_free (saving->picture);
  g_free (saving->path);
  g_free (saving);
}

static void
save_on_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Saving *saving = data;
  g_autoptr (GError) error = NULL;
  LloydChartStyle style = { 0 };
  gboolean is_dark = lloyd_colour_is_dark (saving->background);
  double width, height;

  (void) source;
  (void) cancellable;
  lloyd_chart_look (is_dark ? LLOYD_LOOK_DARK : LLOYD_LOOK_LIGHT, &style);
  lloyd_picture_measure (saving->picture, &width, &height);
  gboolean is_saved = lloyd_chart_export (saving->path, width, height, saving->background, &style,
                                          lloyd_paint_picture, saving->picture, &error);
  pango_font_description_free ((PangoFontDescription *) style.font);
  if (is_saved)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (source);
  const Saving *saving = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  (void) data;
  lloyd_window_end_writing ();
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      lloyd_window_show_error (self, error);
      return;
    }
  g_autofree char *name = g_filename_display_basename (saving->path);
  g_autofree char *text = g_strdup_printf (_ ("Picture saved to %s"), name);
  lloyd_window_show_toast (self, text);
}

static void
save (LloydWindow *self, const char *path)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_saved, NULL);
  Saving *saving = g_new0 (Saving, 1);
  saving->picture = make_picture (self);
  saving->background = saving->picture->sides[0].frame.background;
  saving->path = g_strdup (path);
  g_task_set_task_data (task, saving, saving_free);
  lloyd_window_begin_writing ();
  g_task_run_in_thread (task, save_on_thread);
}

static void
on_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL &&
      lloyd_session_get_dataset (self->session) != NULL)
    save (self, path);
  g_object_unref (dialog);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *suffix)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, name);
  gtk_file_filter_add_suffix (filter, suffix);
  gtk_file_chooser_add_filter (chooser, filter);
}

static void
on_save_image (GSimpleAction *action, GVariant *value, gpointer data)
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
      gtk_file_chooser_native_new (_ ("Save picture"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  add_filter (GTK_FILE_CHOOSER (dialog), _ ("PNG, pixels"), "png");
  add_filter (GTK_FILE_CHOOSER (dialog), _ ("SVG, shapes"), "svg");
  add_filter (GTK_FILE_CHOOSER (dialog), _ ("PDF, shapes"), "pdf");
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), "lloyd.png");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- a chart of a strip -------------------------------------------------------------------- */

typedef struct
{
  LloydStripChart chart;
  LloydChartStyle colours;
  gboolean is_dark;
  char *path;
} SavingChart;

static void
saving_chart_free (gpointer data)
{
  SavingChart *saving = data;
  g_clear_pointer (&saving->chart.snapshot, lloyd_snapshot_unref);
  g_free (saving->path);
  g_free (saving);
}

static void
save_chart_on_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const SavingChart *saving = data;
  GError *error = NULL;
  (void) source;
  (void) cancellable;
  if (lloyd_strip_chart_save (&saving->chart, saving->path, saving->is_dark, &saving->colours,
                              &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_chart_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (source);
  const SavingChart *saving = g_task_get_task_data (G_TASK (result));
  g_autofree char *name = g_filename_display_basename (saving->path);
  g_autofree char *text = g_strdup_printf (_ ("Chart saved to %s"), name);
  g_autoptr (GError) error = NULL;
  (void) data;
  lloyd_window_end_writing ();
  if (g_task_propagate_boolean (G_TASK (result), &error))
    lloyd_window_show_toast (self, text);
  else
    lloyd_window_show_error (self, error);
}

static void
save_chart (LloydWindow *self, guint side, LloydStripKind kind, const char *path)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_chart_saved, NULL);
  SavingChart *saving = g_new0 (SavingChart, 1);
  saving->chart = lloyd_strip_get_chart (self->strips[side], kind, &saving->colours);
  if (saving->chart.snapshot != NULL)
    lloyd_snapshot_ref (saving->chart.snapshot);
  saving->is_dark = !lloyd_colour_is_dark (saving->colours.foreground);
  saving->path = g_strdup (path);
  g_task_set_task_data (task, saving, saving_chart_free);
  lloyd_window_begin_writing ();
  g_task_run_in_thread (task, save_chart_on_thread);
}

/* Of a dialog, which chart it is for: the side and the kind in one. */
#define CHART_KEY "lloyd-chart"

static void
on_chart_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  guint which = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), CHART_KEY));
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    save_chart (self, which / 2, which % 2, path);
  g_object_unref (dialog);
}

static void
ask_chart_place (LloydWindow *self, guint side, LloydStripKind kind)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Save the chart (.png, .svg, .pdf, .csv)"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  g_autofree char *name = g_strconcat (lloyd_strip_kind_names[kind], ".svg", NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_object_set_data (G_OBJECT (dialog), CHART_KEY, GUINT_TO_POINTER (2 * side + kind));
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_chart_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_save_chart (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  const char *name, *path;
  gint32 side;
  (void) action;
  g_variant_get (value, "(i&s&s)", &side, &name, &path);
  int kind = lloyd_name_index (lloyd_strip_kind_names, name);
  if (side < 0 || side >= (gint32) lloyd_session_get_n_sides (self->session) || kind < 0)
    return;
  if (path[0] != '\0')
    save_chart (self, (guint) side, (LloydStripKind) kind, path);
  else
    ask_chart_place (self, (guint) side, (LloydStripKind) kind);
}

static const GActionEntry entries[] = {
  { "save-image", on_save_image, "s", NULL, NULL, { 0 } },
  { "save-chart", on_save_chart, "(iss)", NULL, NULL, { 0 } },
};

static void
update (LloydWindow *self)
{
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  lloyd_window_set_enabled (self, "save-image", has_data);
  lloyd_window_set_enabled (self, "save-chart", has_data);
}

const LloydWindowPart lloyd_window_part_pictures = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .update = update,
};
