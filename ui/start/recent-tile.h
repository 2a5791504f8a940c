/* A tile of the start page for a file that was open before: its last picture, name and folder. */
#pragma once

#include <gtk/gtk.h>

#define LLOYD_TYPE_RECENT_TILE (lloyd_recent_tile_get_type ())
G_DECLARE_FINAL_TYPE (LloydRecentTile, lloyd_recent_tile, LLOYD, RECENT_TILE, GtkButton)

/* A tile that opens `path` by win.open-recent. `picture` is a PNG, there or not. */
GtkWidget *lloyd_recent_tile_new (const char *path, const char *picture);

/* The path that it opens. Borrowed. */
const char *lloyd_recent_tile_get_path (LloydRecentTile *self);
