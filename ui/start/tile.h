/* A tile of the start page: a small picture of a sample, its title, and a line about it. */
#pragma once

#include <gtk/gtk.h>

#include "ui/start/samples.h"

#define LLOYD_TYPE_TILE (lloyd_tile_get_type ())
G_DECLARE_FINAL_TYPE (LloydTile, lloyd_tile, LLOYD, TILE, GtkButton)

/* A tile that opens the sample by win.open-sample and plays it. The sample must live as long. The
 * picture is a real run, made off the main thread. */
GtkWidget *lloyd_tile_new (const LloydSample *sample);
