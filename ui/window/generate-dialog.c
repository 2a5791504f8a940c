/* Asking what cloud to generate. */
#include <glib/gi18n.h>

#include "ui/window/window-private.h"

#define MAX_ROWS 200000000.0

typedef struct
{
  LloydWindow *window;
  AdwWindow *dialog;
  GtkDropDown *kind;
  GtkSpinButton *rows, *dims, *clusters, *seed;
} Dialog;

static void
on_generate (Dialog *self)
{
  LloydCloudSpec spec = lloyd_cloud_spec ((LloydCloud) gtk_drop_down_get_selected (self->kind));
  spec.rows = (size_t) gtk_spin_button_get_value (self->rows);
  spec.dims = (guint) gtk_spin_button_get_value (self->dims);
  spec.clusters = (guint) gtk_spin_button_get_value (self->clusters);
  spec.seed = (guint64) gtk_spin_button_get_value (self->seed);
  lloyd_window_generate (self->window, &spec);
  gtk_window_destroy (GTK_WINDOW (self->dialog));
}

/* A row with a name and a widget. */
static void
add_row (AdwPreferencesGroup *group, const char *title, GtkWidget *widget)
{
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), widget);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), widget);
  adw_preferences_group_add (group, row);
}

static GtkSpinButton *
add_number (AdwPreferencesGroup *group,
            const char *title,
            double low,
            double high,
            double step,
            double value)
{
  GtkWidget *spin = gtk_spin_button_new_with_range (low, high, step);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), value);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (spin), TRUE);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 9);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  add_row (group, title, spin);
  return GTK_SPIN_BUTTON (spin);
}

static GtkDropDown *
add_kinds (AdwPreferencesGroup *group)
{
  const char *const titles[] = { _ ("Gaussian"),
                                 _ ("Blobs"),
                                 _ ("Uniform"),
                                 _ ("Two moons"),
                                 _ ("Rings"),
                                 _ ("Stretched"),
                                 _ ("Uneven blobs"),
                                 _ ("Square lattice"),
                                 _ ("Circle"),
                                 _ ("Heavy-tailed"),
                                 NULL };
  G_STATIC_ASSERT (G_N_ELEMENTS (titles) == LLOYD_N_CLOUDS + 1);
  GtkWidget *list = gtk_drop_down_new_from_strings (titles);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (list), LLOYD_CLOUD_BLOBS);
  add_row (group, _ ("Kind"), list);
  return GTK_DROP_DOWN (list);
}

static GtkWidget *
make_content (Dialog *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *button = gtk_button_new_with_label (_ ("Generate"));
  GtkWidget *page = adw_preferences_page_new ();
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  gtk_widget_add_css_class (button, "suggested-action");
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_generate), self);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), button);
  self->kind = add_kinds (group);
  self->rows = add_number (group, _ ("Rows"), 1, MAX_ROWS, 1000, 10000);
  self->dims = add_number (group, _ ("Dimensions"), 1, 4096, 1, 2);
  self->clusters = add_number (group, _ ("Clusters"), 1, 100000, 1, 6);
  self->seed = add_number (group, _ ("Seed"), 0, G_MAXINT, 1, 0);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), group);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), page);
  gtk_window_set_default_widget (GTK_WINDOW (self->dialog), button);
  return box;
}

static void
close_by_escape (AdwWindow *dialog)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys), gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                                                        gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (GTK_WIDGET (dialog), keys);
}

void
lloyd_window_ask_generate (LloydWindow *self)
{
  Dialog *dialog = g_new0 (Dialog, 1);
  dialog->window = self;
  dialog->dialog = ADW_WINDOW (adw_window_new ());
  gtk_window_set_title (GTK_WINDOW (dialog->dialog), _ ("Generate a cloud"));
  gtk_window_set_transient_for (GTK_WINDOW (dialog->dialog), GTK_WINDOW (self));
  gtk_window_set_modal (GTK_WINDOW (dialog->dialog), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (dialog->dialog), 420, 440);
  adw_window_set_content (dialog->dialog, make_content (dialog));
  close_by_escape (dialog->dialog);
  g_object_set_data_full (G_OBJECT (dialog->dialog), "lloyd-dialog", dialog, g_free);
  gtk_window_present (GTK_WINDOW (dialog->dialog));
}
