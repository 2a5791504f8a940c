/* Asking what of a result to save, and where. */
#include <glib/gi18n.h>
#include <string.h>

#include "ui/widgets/refusal.h"
#include "ui/window/dialog-rows.h"
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
  GtkMenuButton *tables;
  GtkWidget *exists_row;
  GtkDropDown *if_exists;
  GtkWidget *button;
  GCancellable *listing;
  /* Whether names were refused, and have not been mended. */
  gboolean is_refused;
} Dialog;

static void
dialog_free (gpointer data)
{
  Dialog *self = data;
  g_cancellable_cancel (self->listing);
  g_object_unref (self->listing);
  g_free (self);
}

static gboolean
is_database (const Dialog *self)
{
  return gtk_drop_down_get_selected (self->target) == TARGET_DATABASE;
}

static LloydSaving
get_saving (const Dialog *self)
{
  gboolean is_every = self->every_row != NULL && gtk_switch_get_active (self->every_row);
  LloydSaving saving = {
    .wishes = { .features = gtk_switch_get_active (self->features),
                .distance = gtk_switch_get_active (self->distance),
                .ambiguity = gtk_switch_get_active (self->ambiguity),
                .keep_columns = gtk_switch_get_active (self->keep_columns) },
    .if_exists = (LloydIfExists) gtk_drop_down_get_selected (self->if_exists),
    .is_every_row = is_every,
  };
  if (is_every)
    saving.wishes.distance = saving.wishes.ambiguity = FALSE;
  return saving;
}

/* ---- saving -------------------------------------------------------------------------------- */

static void
on_file (GtkNativeDialog *chooser, int response, gpointer data)
{
  Dialog *self = data;
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
      g_autofree char *path = g_file_get_path (file);
      LloydSaving saving = get_saving (self);
      saving.path = path;
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

/* ---- tables of a database ------------------------------------------------------------------ */

static void
list_tables (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  LloydLoadOptions options = { .cancellable = cancellable };
  GPtrArray *tables = lloyd_files_list (data, &options, NULL, &error);
  (void) source;
  if (tables != NULL)
    g_task_return_pointer (task, tables, (GDestroyNotify) g_ptr_array_unref);
  else if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_ptr_array_new (), (GDestroyNotify) g_ptr_array_unref);
}

static void
on_table_chosen (GtkButton *button, gpointer data)
{
  Dialog *self = data;
  gtk_editable_set_text (GTK_EDITABLE (self->table), gtk_button_get_label (button));
  gtk_menu_button_popdown (self->tables);
}

static void
show_tables (Dialog *self, const GPtrArray *tables)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  for (guint i = 0; i < tables->len; i++)
    {
      const LloydLayer *layer = tables->pdata[i];
      GtkWidget *button = gtk_button_new_with_label (layer->name);
      gtk_widget_add_css_class (button, "flat");
      g_signal_connect (button, "clicked", G_CALLBACK (on_table_chosen), self);
      gtk_box_append (GTK_BOX (box), button);
    }
  if (tables->len == 0)
    gtk_box_append (GTK_BOX (box), gtk_label_new (_ ("No tables")));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 280);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_popover_set_child (gtk_menu_button_get_popover (self->tables), scroller);
}

static void
on_tables (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) tables = g_task_propagate_pointer (G_TASK (result), &error);
  Dialog *self = data;

  (void) source;
  /* Then the dialog is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (tables != NULL)
    show_tables (self, tables);
  else
    {
      GtkWidget *label = gtk_label_new (error->message);
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_max_width_chars (GTK_LABEL (label), 40);
      gtk_popover_set_child (gtk_menu_button_get_popover (self->tables), label);
    }
}

static void
on_tables_asked (GtkWidget *popover, GParamSpec *spec, gpointer data)
{
  Dialog *self = data;
  (void) spec;
  if (!gtk_widget_get_visible (popover))
    return;
  gtk_popover_set_child (GTK_POPOVER (popover), gtk_label_new (_ ("Looking…")));
  g_autoptr (GTask) task = g_task_new (NULL, self->listing, on_tables, self);
  g_task_set_task_data (task, g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address))),
                        g_free);
  g_task_run_in_thread (task, list_tables);
}

/* ---- the rows ------------------------------------------------------------------------------ */

/* What cannot be had together is not offered together. */
static void
update (Dialog *self)
{
  gboolean is_every = self->every_row != NULL && gtk_switch_get_active (self->every_row);
  GtkSwitch *wishes[] = { self->distance, self->ambiguity };

  for (size_t i = 0; i < G_N_ELEMENTS (wishes); i++)
    gtk_widget_set_sensitive (GTK_WIDGET (wishes[i]), !is_every);
  gtk_widget_set_visible (GTK_WIDGET (self->address), is_database (self));
  gtk_widget_set_visible (GTK_WIDGET (self->table), is_database (self));
  gtk_widget_set_visible (self->exists_row, is_database (self));
  gtk_widget_set_sensitive (self->button, !is_database (self) || !is_every);
}

static void
add_every_row (Dialog *self, AdwPreferencesGroup *group)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->window->session);
  const LloydRecipe *recipe = lloyd_session_get_recipe (self->window->session);
  const char *reason = lloyd_saving_why_not_every_row (recipe);
  if (recipe->sample == 0 || dataset->path == NULL)
    return;
  g_autofree char *rows = lloyd_words_count (dataset->points->n_input);
  g_autofree char *subtitle =
      reason != NULL
          ? g_strdup_printf (_ ("Not possible: %s"), reason)
          : g_strdup_printf (_ ("Not only the sample of %s: each by its nearest centroid"), rows);
  self->every_row = lloyd_dialog_add_switch (group, _ ("Label all rows of the file"), subtitle);
  gtk_widget_set_sensitive (GTK_WIDGET (self->every_row), reason == NULL);
  g_signal_connect_swapped (self->every_row, "notify::active", G_CALLBACK (update), self);
}

static void
on_name_changed (Dialog *self)
{
  if (self->is_refused)
    check_names (self);
}

static AdwEntryRow *
add_entry (Dialog *self, AdwPreferencesGroup *group, const char *title, const char *text)
{
  GtkWidget *row = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  adw_preferences_group_add (group, row);
  g_signal_connect_swapped (row, "changed", G_CALLBACK (on_name_changed), self);
  return ADW_ENTRY_ROW (row);
}

static void
add_database (Dialog *self, AdwPreferencesGroup *group)
{
  const char *const if_exists[] = { _ ("Leave it, and stop"), _ ("Replace it"), _ ("Append rows"),
                                    NULL };
  self->address = add_entry (self, group, _ ("Database, without a password"), "postgresql://");
  self->table = add_entry (self, group, _ ("Table"), "");
  self->tables = GTK_MENU_BUTTON (gtk_menu_button_new ());
  gtk_menu_button_set_icon_name (self->tables, "view-list-symbolic");
  gtk_menu_button_set_popover (self->tables, gtk_popover_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->tables), GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (self->tables), "flat");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->tables), _ ("Tables of the database"));
  g_signal_connect (gtk_menu_button_get_popover (self->tables), "notify::visible",
                    G_CALLBACK (on_tables_asked), self);
  adw_entry_row_add_suffix (self->table, GTK_WIDGET (self->tables));
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
  dialog->listing = g_cancellable_new ();
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
  g_object_set_data_full (G_OBJECT (dialog->dialog), "lloyd-dialog", dialog, dialog_free);
  update (dialog);
  gtk_window_present (GTK_WINDOW (dialog->dialog));
}
