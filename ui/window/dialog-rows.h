/* Small dialogs: a window beside the main one, and rows with a name and a widget. Main thread. */
#pragma once

#include <adwaita.h>

/* A dialog of that title over `parent`, which Escape closes; `button`, which is taken, stands at
 * the end of its header and is what Enter presses. Rows go into `group`. Shown by
 * gtk_window_present(). */
AdwWindow *lloyd_dialog_new (GtkWindow *parent,
                             const char *title,
                             int width,
                             int height,
                             GtkWidget *button,
                             AdwPreferencesGroup *group);

/* Lets Escape close a window, as it does such a dialog. */
void lloyd_dialog_close_by_escape (GtkWindow *self);

/* Adds a row that presses `widget`. Borrowed. */
AdwActionRow *
lloyd_dialog_add_row (AdwPreferencesGroup *group, const char *title, GtkWidget *widget);

GtkSpinButton *lloyd_dialog_add_number (AdwPreferencesGroup *group,
                                        const char *title,
                                        double low,
                                        double high,
                                        double step,
                                        double value);
GtkSwitch *
lloyd_dialog_add_switch (AdwPreferencesGroup *group, const char *title, const char *subtitle);

/* `names` are NULL-terminated. */
GtkDropDown *
lloyd_dialog_add_choice (AdwPreferencesGroup *group, const char *title, const char *const *names);
