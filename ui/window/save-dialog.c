/* Asking what of a result to save, and where. */
#include <glib/gi18n.h>
#include <string.h>

#include "ui/widgets/refusal.h"
#include "ui/window/dialog-rows.h"
#include "ui/window/table-rows.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

/* PostgreSQL cuts longer ones off. */
#define MOST_TABLE_BYTES 63

typedef enum
{
  TARGET_FILE,
  TARGET_DATABASE,
} Target;

typedef struct
{
  LloydWindow *window;
  AdwWindow *dialog;
  GtkDropDown *target;
  GtkSwitch *features, *distance, *ambiguity, *keep_columns;
  /* NULL: there is no more than what is open. */
  GtkSwitch *every_row;
  AdwEntryRow *address, *table;
  GtkWidget *exists_row;
  GtkDropDown *if_exists;
  GtkWidget *button;
  /* Whether names were refused, and have not been mended. */
  gboolean is_refused;
} Dialog;

static gboolean
is_database (const Dialog *self)
{
  return gtk_drop_down_get_selected (self->target) == TARGET_DATABASE;
}

static LloydSaving
get_saving (const Dialog *self)
{
  return (LloydSaving){
    .wishes = { .features = gtk_switch_get_active (self->features),
                .distance = gtk_switch_get_active (self->distance),
                .ambiguity = gtk_switch_get_active (self->ambiguity),
                .keep_columns = gtk_switch_get_active (self->keep_columns) },
    .if_exists = (LloydIfExists) gtk_drop_down_get_selected (self->if_exists),
    .is_every_row = self->every_row != NULL && gtk_switch_get_active (self->every_row),
  };
}

/* ---- saving -------------------------------------------------------------------------------- */

/* Whether the file can be written; else says so. */
static gboolean
check_place (Dialog *self, GFile *file)
{
  if (g_file_peek_path (file) != NULL)
    return TRUE;
  g_autofree char *name = g_file_get_parse_name (file);
  g_autoptr (GError) error =
      g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("%s is not a local file"), name);
  lloyd_window_show_error (self->window, error);
  return FALSE;
}

static void
on_file (GtkNativeDialog *chooser, int response, gpointer data)
{
  Dialog *self = data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (response == GTK_RESPONSE_ACCEPT && file != NULL && check_place (self, file))
    {
      LloydSaving saving = get_saving (self);
      saving.path = g_file_peek_path (file);
      lloyd_window_save_results (self->window, &saving);
      gtk_window_destroy (GTK_WINDOW (self->dialog));
    }
  g_object_unref (chooser);
}

static void
choose_file (Dialog *self)
{
  GtkFileChooserNative *chooser =
      gtk_file_chooser_native_new (_ ("Save Results"), GTK_WINDOW (self->dialog),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), "labels.csv");
  g_signal_connect_data (chooser, "response", G_CALLBACK (on_file), self, NULL, 0);
  /* The chooser goes with the dialog that waits for it. */
  g_object_set_data_full (G_OBJECT (self->dialog), "lloyd-chooser", g_object_ref (chooser),
                          g_object_unref);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* Refuses in its place what is no address or no name. What was refused is looked at again. */
static gboolean
check_names (Dialog *self)
{
  const char *address = gtk_editable_get_text (GTK_EDITABLE (self->address));
  const char *table = gtk_editable_get_text (GTK_EDITABLE (self->table));
  gboolean is_address =
      g_uri_is_valid (address, G_URI_FLAGS_NONE, NULL) &&
      (g_str_has_prefix (address, "postgresql://") || g_str_has_prefix (address, "postgres://"));
  gboolean is_table = table[0] != '\0' && strlen (table) <= MOST_TABLE_BYTES;

  lloyd_refusal_show (GTK_WIDGET (self->address),
                      is_address ? NULL : _ ("A database is written as postgresql://host/name."));
  lloyd_refusal_show (GTK_WIDGET (self->table),
                      is_table           ? NULL
                      : table[0] == '\0' ? _ ("The table needs a name.")
                                         : _ ("A name of a table has at most 63 letters."));
  self->is_refused = !is_address || !is_table;
  return !self->is_refused;
}

static void
on_save (Dialog *self)
{
  if (!is_database (self))
    {
      choose_file (self);
      return;
    }
  if (!check_names (self))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->address));
      return;
    }
  LloydSaving saving = get_saving (self);
  saving.path = gtk_editable_get_text (GTK_EDITABLE (self->address));
  saving.table = gtk_editable_get_text (GTK_EDITABLE (self->table));
  lloyd_window_save_results (self->window, &saving);
  gtk_window_destroy (GTK_WINDOW (self->dialog));
}

/* ---- the rows ------------------------------------------------------------------------------ */

static void
update (Dialog *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->address), is_database (self));
  gtk_widget_set_visible (GTK_WIDGET (self->table), is_database (self));
  gtk_widget_set_visible (self->exists_row, is_database (self));
}

static void
add_every_row (Dialog *self, AdwPreferencesGroup *group)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->window->session);
  const LloydRecipe *recipe = lloyd_session_get_recipe (self->window->session);
  if (recipe->sample == 0 || dataset->path == NULL)
    return;
  g_autofree char *rows = lloyd_words_count (dataset->points->n_input);
  g_autofree char *subtitle =
      g_strdup_printf (_ ("Not only the sample of %s: each by its nearest centroid"), rows);
  self->every_row = lloyd_dialog_add_switch (group, _ ("Label all rows of the file"), subtitle);
}

static void
on_name_changed (Dialog *self)
{
  if (self->is_refused)
    check_names (self);
}

static void
add_database (Dialog *self, AdwPreferencesGroup *group)
{
  const char *const if_exists[] = { _ ("Leave it, and stop"), _ ("Replace it"), _ ("Append rows"),
                                    NULL };
  self->address = lloyd_dialog_add_entry (group, _ ("Database, without a password"),
                                          "postgresql://", G_CALLBACK (on_name_changed), self);
  self->table = lloyd_dialog_add_entry (group, _ ("Table"), "", G_CALLBACK (on_name_changed), self);
  lloyd_table_row_offer (self->table, self->address);
  self->if_exists = lloyd_dialog_add_choice (group, _ ("If the table exists"), if_exists);
  self->exists_row = gtk_widget_get_ancestor (GTK_WIDGET (self->if_exists), ADW_TYPE_ACTION_ROW);
}

void
lloyd_window_ask_save (LloydWindow *self)
{
  const char *const targets[] = { _ ("A file"), _ ("A PostgreSQL database"), NULL };
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  Dialog *dialog = g_new0 (Dialog, 1);

  dialog->window = self;
  dialog->button = gtk_button_new_with_label (_ ("Save"));
  dialog->target = lloyd_dialog_add_choice (group, _ ("Save to"), targets);
  add_database (dialog, group);
  add_every_row (dialog, group);
  dialog->features = lloyd_dialog_add_switch (group, _ ("Features"), "");
  dialog->distance = lloyd_dialog_add_switch (group, _ ("Distance to the centroid"), "");
  dialog->ambiguity = lloyd_dialog_add_switch (
      group, _ ("Ambiguity"), _ ("How much farther the second nearest centroid is"));
  dialog->keep_columns = lloyd_dialog_add_switch (group, _ ("All columns of the file"), "");
  g_signal_connect_swapped (dialog->target, "notify::selected", G_CALLBACK (update), dialog);
  g_signal_connect_swapped (dialog->button, "clicked", G_CALLBACK (on_save), dialog);
  dialog->dialog =
      lloyd_dialog_new (GTK_WINDOW (self), _ ("Save Results"), 480, 520, dialog->button, group);
  g_object_set_data_full (G_OBJECT (dialog->dialog), "lloyd-dialog", dialog, g_free);
  update (dialog);
  gtk_window_present (GTK_WINDOW (dialog->dialog));
}
