#include "ui/window/dialog-rows.h"

#include "ui/widgets/number-guard.h"

void
lloyd_dialog_close_by_escape (GtkWindow *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys), gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                                                        gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

AdwWindow *
lloyd_dialog_new (GtkWindow *parent,
                  const char *title,
                  int width,
                  int height,
                  GtkWidget *button,
                  AdwPreferencesGroup *group)
{
  GtkWidget *self = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *page = adw_preferences_page_new ();

  gtk_window_set_title (GTK_WINDOW (self), title);
  gtk_window_set_transient_for (GTK_WINDOW (self), parent);
  gtk_window_set_modal (GTK_WINDOW (self), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  gtk_widget_add_css_class (button, "suggested-action");
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), button);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), group);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), page);
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_window_set_default_widget (GTK_WINDOW (self), button);
  lloyd_dialog_close_by_escape (GTK_WINDOW (self));
  return ADW_WINDOW (self);
}

AdwActionRow *
lloyd_dialog_add_row (AdwPreferencesGroup *group, const char *title, GtkWidget *widget)
{
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), widget);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), widget);
  adw_preferences_group_add (group, row);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  return ADW_ACTION_ROW (row);
}

GtkSpinButton *
lloyd_dialog_add_number (AdwPreferencesGroup *group,
                         const char *title,
                         double low,
                         double high,
                         double step,
                         double value)
{
  GtkWidget *spin = gtk_spin_button_new_with_range (low, high, step);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), value);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 9);
  lloyd_dialog_add_row (group, title, spin);
  lloyd_number_guard (GTK_SPIN_BUTTON (spin), NULL);
  return GTK_SPIN_BUTTON (spin);
}

GtkSwitch *
lloyd_dialog_add_switch (AdwPreferencesGroup *group, const char *title, const char *subtitle)
{
  GtkWidget *widget = gtk_switch_new ();
  AdwActionRow *row = lloyd_dialog_add_row (group, title, widget);
  adw_action_row_set_subtitle (row, subtitle);
  return GTK_SWITCH (widget);
}

GtkDropDown *
lloyd_dialog_add_choice (AdwPreferencesGroup *group, const char *title, const char *const *names)
{
  GtkWidget *list = gtk_drop_down_new_from_strings (names);
  lloyd_dialog_add_row (group, title, list);
  return GTK_DROP_DOWN (list);
}
