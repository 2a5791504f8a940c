/* The window of preferences: each row is a key of the settings. */
#pragma once

#include <adwaita.h>

/* A window over `parent`, to be presented. */
GtkWidget *lloyd_preferences_new (GtkWindow *parent);
