/* The start page: samples as tiles, and the way to one's own files. */
#pragma once

#include <gtk/gtk.h>

#include "ui/start/samples.h"

#define LLOYD_TYPE_START_PAGE (lloyd_start_page_get_type ())
G_DECLARE_FINAL_TYPE (LloydStartPage, lloyd_start_page, LLOYD, START_PAGE, GtkWidget)

/* Shows the samples, which must live as long as the page. */
void lloyd_start_page_set_samples (LloydStartPage *self, const GPtrArray *samples);

/* Adds a tile of a recent file, which is taken, behind those before. */
void lloyd_start_page_add_recent (LloydStartPage *self, GtkWidget *tile);

/* Removes the tile of a file, if there is one. */
void lloyd_start_page_remove_recent (LloydStartPage *self, const char *path);

/* Gives the first tile the focus, so that Space opens it. */
void lloyd_start_page_focus (LloydStartPage *self);
