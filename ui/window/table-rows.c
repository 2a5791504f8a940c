#include "ui/window/table-rows.h"

#include <glib/gi18n.h>

#include "compute/files/format.h"

AdwEntryRow *
lloyd_dialog_add_entry (AdwPreferencesGroup *group,
                        const char *title,
                        const char *text,
                        GCallback changed,
                        gpointer data)
{
  GtkWidget *row = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  adw_preferences_group_add (group, row);
  g_signal_connect_swapped (row, "changed", changed, data);
  return ADW_ENTRY_ROW (row);
}

/* ---- tables of a database ------------------------------------------------------------------ */

/* Lives with the row of the table. */
typedef struct
{
  AdwEntryRow *address;
  AdwEntryRow *table;
  GtkMenuButton *tables;
  GCancellable *listing;
} Chooser;

static void
chooser_free (gpointer data)
{
  Chooser *self = data;
  g_cancellable_cancel (self->listing);
  g_object_unref (self->listing);
  g_free (self);
}

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
  Chooser *self = data;
  gtk_editable_set_text (GTK_EDITABLE (self->table), gtk_button_get_label (button));
  gtk_menu_button_popdown (self->tables);
}

static void
show_tables (Chooser *self, const GPtrArray *tables)
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
  Chooser *self = data;

  (void) source;
  /* Then the row is gone. */
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
  Chooser *self = data;
  (void) spec;
  if (!gtk_widget_get_visible (popover))
    return;
  gtk_popover_set_child (GTK_POPOVER (popover), gtk_label_new (_ ("Looking…")));
  g_autoptr (GTask) task = g_task_new (NULL, self->listing, on_tables, self);
  g_task_set_task_data (task, g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address))),
                        g_free);
  g_task_run_in_thread (task, list_tables);
}

void
lloyd_table_row_offer (AdwEntryRow *table, AdwEntryRow *address)
{
  Chooser *self = g_new0 (Chooser, 1);
  self->address = address;
  self->table = table;
  self->listing = g_cancellable_new ();
  self->tables = GTK_MENU_BUTTON (gtk_menu_button_new ());
  gtk_menu_button_set_icon_name (self->tables, "view-list-symbolic");
  gtk_menu_button_set_popover (self->tables, gtk_popover_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->tables), GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (self->tables), "flat");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->tables), _ ("Tables of the database"));
  g_signal_connect (gtk_menu_button_get_popover (self->tables), "notify::visible",
                    G_CALLBACK (on_tables_asked), self);
  adw_entry_row_add_suffix (table, GTK_WIDGET (self->tables));
  g_object_set_data_full (G_OBJECT (table), "lloyd-chooser", self, chooser_free);
}
