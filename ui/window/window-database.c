/* Opening from a database: its address, a table, and then the import page, unless it is a result.
 */
#include <glib/gi18n.h>

#include "compute/files/database.h"
#include "ui/widgets/refusal.h"
#include "ui/window/dialog-rows.h"
#include "ui/window/table-rows.h"
#include "ui/window/window-private.h"

/* What an address begins with that is not written yet. */
#define ADDRESS_BEGIN "postgresql://"

typedef struct
{
  LloydWindow *window;
  AdwWindow *dialog;
  AdwEntryRow *address, *table;
  /* Whether the address was refused, and has not been mended. */
  gboolean is_refused;
} Dialog;

/* Refuses in its place what is no address, or holds a password. */
static gboolean
check_address (Dialog *self)
{
  const char *address = gtk_editable_get_text (GTK_EDITABLE (self->address));
  const char *words = NULL;
  if (!lloyd_database_check (address, NULL))
    words = _ ("Without a password: give it by PGPASSWORD, ~/.pgpass or a service file.");
  else if (!lloyd_database_is_address (address) || g_str_equal (address, ADDRESS_BEGIN))
    words = _ ("A database is written as postgresql://host/name.");
  lloyd_refusal_show (GTK_WIDGET (self->address), words);
  self->is_refused = words != NULL;
  return words == NULL;
}

static void
on_changed (Dialog *self)
{
  if (self->is_refused)
    check_address (self);
}

static void
open_table (LloydWindow *self, const char *address, const char *table)
{
  g_autoptr (GError) error = NULL;
  if (!lloyd_database_is_address (address))
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("%s is not the address of a database, as postgresql://user@host/base"),
                 address);
  if (error != NULL || !lloyd_database_check (address, &error))
    lloyd_window_show_error (self, error);
  else
    lloyd_window_open_table (self, address, table[0] != '\0' ? table : NULL);
}

static void
on_open (Dialog *self)
{
  if (!check_address (self))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->address));
      return;
    }
  open_table (self->window, gtk_editable_get_text (GTK_EDITABLE (self->address)),
              gtk_editable_get_text (GTK_EDITABLE (self->table)));
  gtk_window_destroy (GTK_WINDOW (self->dialog));
}

/* The database that is open now is asked about again. */
static const char *
find_address (const LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  return dataset != NULL && dataset->path != NULL && lloyd_database_is_address (dataset->path)
             ? dataset->path
             : ADDRESS_BEGIN;
}

static void
ask (LloydWindow *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  GtkWidget *button = gtk_button_new_with_label (_ ("Open"));
  Dialog *dialog = g_new0 (Dialog, 1);
  dialog->window = self;
  adw_preferences_group_set_description (
      group, _ ("The address is as psql takes it. A password comes from PGPASSWORD, ~/.pgpass or "
                "a service file, and is kept nowhere."));
  dialog->address = lloyd_dialog_add_entry (group, _ ("Database, without a password"),
                                            find_address (self), G_CALLBACK (on_changed), dialog);
  dialog->table = lloyd_dialog_add_entry (group, _ ("Table (may be chosen later)"), "",
                                          G_CALLBACK (on_changed), dialog);
  lloyd_table_row_offer (dialog->table, dialog->address);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_open), dialog);
  dialog->dialog =
      lloyd_dialog_new (GTK_WINDOW (self), _ ("Open from a Database"), 480, 300, button, group);
  g_object_set_data_full (G_OBJECT (dialog->dialog), "lloyd-dialog", dialog, g_free);
  gtk_window_present (GTK_WINDOW (dialog->dialog));
}

/* ---- the part ------------------------------------------------------------------------------ */

static void
on_open_database (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = data;
  const char *address, *table;
  (void) action;
  g_variant_get (value, "(&s&s)", &address, &table);
  if (address[0] == '\0')
    ask (self);
  else
    open_table (self, address, table);
}

static const GActionEntry entries[] = {
  { "open-database", on_open_database, "(ss)", NULL, NULL, { 0 } },
};

const LloydWindowPart lloyd_window_part_database = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
};
