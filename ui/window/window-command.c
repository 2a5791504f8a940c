/* The command line that gives the same bits without a screen. */
#include <glib/gi18n.h>

#include "compute/error.h"
#include "compute/files/database.h"
#include "compute/session/hands.h"
#include "ui/window/window-private.h"

typedef struct
{
  LloydWindow *window;
  /* Whether a place for the centroids was asked for already. */
  gboolean was_asked;
  /* Where points go that were in no file, or NULL. */
  char *points_path;
} Copying;

/* A dialog that is asked where to put the centroids may know already where the points go. */
#define POINTS_PATH "lloyd-points-path"

static void ask_place (LloydWindow *self, const char *points_path);

static void
on_command (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autofree Copying *copying = data;
  g_autofree char *points_path = copying->points_path;
  g_autoptr (LloydWindow) self = copying->window;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = lloyd_session_command_finish (LLOYD_SESSION (session), result, &error);

  if (text != NULL)
    {
      gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
      gboolean has_both = lloyd_session_get_n_sides (self->session) > 1;
      if (lloyd_session_is_edited (self->session))
        lloyd_window_show_toast (self, has_both ? _ ("Both commands and their centroids copied")
                                                : _ ("Command and centroids copied"));
      else
        lloyd_window_show_toast (self,
                                 has_both ? _ ("Both commands copied") : _ ("Command copied"));
    }
  else if (g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_WRITE) && !copying->was_asked)
    ask_place (self, points_path);
  else
    lloyd_window_show_error (self, error);
  lloyd_window_settle (self);
}

static void
copy (LloydWindow *self, const char *path, const char *points_path)
{
  Copying *copying = g_new0 (Copying, 1);
  copying->window = g_object_ref (self);
  copying->was_asked = path != NULL;
  copying->points_path = g_strdup (points_path);
  lloyd_session_command_async (self->session, path, points_path, on_command, copying);
}

static void
on_place (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);
      if (path != NULL)
        copy (self, path, g_object_get_data (G_OBJECT (dialog), POINTS_PATH));
    }
  g_object_unref (dialog);
}

/* Where nothing can be put beside the data: a sample, a cloud, a folder of somebody else. */
static void
ask_place (LloydWindow *self, const char *points_path)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Save the Edited Centroids"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), "centroids.csv");
  g_object_set_data_full (G_OBJECT (dialog), POINTS_PATH, g_strdup (points_path), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_place), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_points_place (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    copy (self, NULL, path);
  g_object_unref (dialog);
}

/* A command needs a file to run on. */
static void
ask_points_place (LloydWindow *self)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Save the Changed Points"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), "points.parquet");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_points_place), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* After hand edits it starts from a file of the centroids beside the data; what is not the person's
 * own file has no such place. */
static void
on_copy_command (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  (void) action;
  (void) value;
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  gboolean has_place = self->is_own_file && dataset != NULL && dataset->path != NULL &&
                       !lloyd_database_is_address (dataset->path);
  if (dataset != NULL && dataset->is_unsaved)
    ask_points_place (self);
  else if (lloyd_session_is_edited (self->session) && !has_place)
    ask_place (self, NULL);
  else
    copy (self, NULL, NULL);
}

static const GActionEntry entries[] = {
  { "copy-command", on_copy_command, NULL, NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_command = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
};
