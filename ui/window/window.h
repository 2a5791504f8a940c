/* The main window. */
#pragma once

#include <adwaita.h>

#define LLOYD_TYPE_WINDOW (lloyd_window_get_type ())
G_DECLARE_FINAL_TYPE (LloydWindow, lloyd_window, LLOYD, WINDOW, AdwApplicationWindow)

LloydWindow *lloyd_window_new (AdwApplication *application);

/* Opens a file in this window; NULL asks for one. */
void lloyd_window_open (LloydWindow *self, GFile *file);

/* Whether something is open. */
gboolean lloyd_window_has_data (LloydWindow *self);

/* What the window computes and draws with, for About. Yours. */
char *lloyd_window_dup_diagnostics (LloydWindow *self);
