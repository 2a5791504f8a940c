/* Asking what cloud to generate. */
#include <glib/gi18n.h>

#include "ui/widgets/number-guard.h"
#include "ui/window/dialog-rows.h"
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
  if (!lloyd_number_guard_check (self->rows) || !lloyd_number_guard_check (self->dims) ||
      !lloyd_number_guard_check (self->clusters) || !lloyd_number_guard_check (self->seed))
    return;
  LloydCloudSpec spec = lloyd_cloud_spec ((LloydCloud) gtk_drop_down_get_selected (self->kind));
  spec.rows = (size_t) gtk_spin_button_get_value (self->rows);
  spec.dims = (guint) gtk_spin_button_get_value (self->dims);
  spec.clusters = (guint) gtk_spin_button_get_value (self->clusters);
  spec.seed = (guint64) gtk_spin_button_get_value (self->seed);
  lloyd_window_generate (self->window, &spec);
  gtk_window_destroy (GTK_WINDOW (self->dialog));
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
  GtkDropDown *list = lloyd_dialog_add_choice (group, _ ("Kind"), titles);
  gtk_drop_down_set_selected (list, LLOYD_CLOUD_BLOBS);
  return list;
}

void
lloyd_window_ask_generate (LloydWindow *self)
{
  Dialog *dialog = g_new0 (Dialog, 1);
  GtkWidget *button = gtk_button_new_with_label (_ ("Generate"));
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  dialog->window = self;
  dialog->kind = add_kinds (group);
  dialog->rows = lloyd_dialog_add_number (group, _ ("Rows"), 1, MAX_ROWS, 1000, 10000);
  dialog->dims = lloyd_dialog_add_number (group, _ ("Dimensions"), 1, 4096, 1, 2);
  dialog->clusters = lloyd_dialog_add_number (group, _ ("Clusters"), 1, 100000, 1, 6);
  dialog->seed = lloyd_dialog_add_number (group, _ ("Seed"), 0, G_MAXINT, 1, 0);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_generate), dialog);
  dialog->dialog =
      lloyd_dialog_new (GTK_WINDOW (self), _ ("Generate a Cloud"), 420, 440, button, group);
  g_object_set_data_full (G_OBJECT (dialog->dialog), "lloyd-dialog", dialog, g_free);
  gtk_window_present (GTK_WINDOW (dialog->dialog));
}
