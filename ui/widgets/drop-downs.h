/* What screen readers say where a drop-down has the keys. */
#pragma once

#include <gtk/gtk.h>

/* The button inside each drop-down below `root` is called as the drop-down itself, which never has
 * the focus. Those that are made later are not. Main thread. */
void lloyd_drop_downs_name (GtkWidget *root);
