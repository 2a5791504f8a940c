/* Importing: a page that asks what of a file is opened. */
#include <glib/gi18n.h>

#include "ui/start/import-page.h"
#include "ui/window/window-private.h"

struct _LloydWindowImport
{
  LloydImportPage *page;
  /* What was seen before. */
  char *page_before;
};

gboolean
lloyd_window_is_importing (LloydWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "import") == 0;
}

static void
leave (LloydWindow *self)
{
  if (lloyd_window_is_importing (self))
    gtk_stack_set_visible_child_name (self->stack, self->import->page_before);
}

static void
on_cancelled (LloydWindow *self)
{
  leave (self);
  lloyd_window_update (self);
}

gboolean
lloyd_window_leave_import (LloydWindow *self)
{
  if (!lloyd_window_is_importing (self))
    return FALSE;
  lloyd_import_page_stop (self->import->page);
  on_cancelled (self);
  return TRUE;
}

static void
on_failed (LloydWindow *self, const GError *error)
{
  leave (self);
  lloyd_window_show_error (self, error);
  lloyd_window_update (self);
}

static void
on_accepted (LloydWindow *self)
{
  g_autoptr (GError) error = NULL;
  gboolean is_both;
  if (lloyd_import_page_restores (self->import->page))
    {
      leave (self);
      lloyd_window_open_table (self, lloyd_import_page_get_path (self->import->page),
                               lloyd_import_page_get_layer (self->import->page));
      return;
    }
  g_autoptr (LloydRecipe) recipe = lloyd_window_make_recipe (&is_both);
  if (!lloyd_import_page_fill (self->import->page, recipe, &error))
    {
      lloyd_window_show_error (self, error);
      return;
    }
  leave (self);
  lloyd_window_open_path (self, lloyd_import_page_get_path (self->import->page), recipe, is_both);
}

void
lloyd_window_import (LloydWindow *self, const char *path, const char *layer)
{
  lloyd_window_pause (self);
  if (!lloyd_window_is_importing (self))
    {
      g_free (self->import->page_before);
      self->import->page_before = g_strdup (gtk_stack_get_visible_child_name (self->stack));
    }
  gtk_stack_set_visible_child_name (self->stack, "import");
  lloyd_import_page_look (self->import->page, path, layer);
  gtk_widget_child_focus (GTK_WIDGET (self->import->page), GTK_DIR_TAB_FORWARD);
}

/* ---- the action ---------------------------------------------------------------------------- */

static void
on_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  LloydWindow *self = data;
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);
      if (path != NULL)
        lloyd_window_import (self, path, NULL);
    }
  g_object_unref (dialog);
}

/* Without a path the file that is open is asked about again; without one, a dialog asks. */
static void
on_import_file (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = data;
  const char *path = g_variant_get_string (value, NULL);
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);

  (void) action;
  const char *layer = NULL;
  if (path[0] == '\0' && dataset != NULL && dataset->path != NULL)
    {
      path = dataset->path;
      layer = lloyd_session_get_recipe (self->session)->layer;
    }
  if (path[0] != '\0')
    {
      lloyd_window_import (self, path, layer);
      return;
    }
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Choose columns and rows of a file"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Choose"), _ ("_Cancel"));
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), self, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- the part ------------------------------------------------------------------------------ */

static void
setup (LloydWindow *self)
{
  self->import = g_new0 (LloydWindowImport, 1);
  self->import->page = g_object_new (LLOYD_TYPE_IMPORT_PAGE, NULL);
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->import->page), "import");
  g_signal_connect_swapped (self->import->page, "accepted", G_CALLBACK (on_accepted), self);
  g_signal_connect_swapped (self->import->page, "cancelled", G_CALLBACK (on_cancelled), self);
  g_signal_connect_swapped (self->import->page, "failed", G_CALLBACK (on_failed), self);
}

static void
dispose (LloydWindow *self)
{
  if (self->import == NULL)
    return;
  lloyd_import_page_stop (self->import->page);
  g_free (self->import->page_before);
  g_clear_pointer (&self->import, g_free);
}

static const GActionEntry entries[] = {
  { "import-file", on_import_file, "s", NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_import = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .dispose = dispose,
};
