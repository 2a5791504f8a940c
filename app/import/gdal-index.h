/* The spatial index of a GeoPackage, packed at once: row by row it takes most of the time of a
 * file. */
#pragma once

#include <glib.h>

/* The box of a row's geometry, rounded outwards. */
typedef struct
{
  gint64 id;
  /* Least and greatest x, least and greatest y. */
  float edges[4];
} IndexBox;

/* Boxes of as many rows as there are: in a file without a name that lies in memory, so that the
 * system can take the memory back. */
typedef struct
{
  IndexBox *boxes;
  size_t n;
  /* Rows are 1 to n_rows; those without a box are in no node: 0. */
  gint64 *nodes;
  guint64 n_rows;
  size_t n_bytes;
} IndexBoxes;

/* For up to n_rows boxes, in the folder of `path`. Ends the program where there is no room. */
void gdal_index_init (IndexBoxes *self, const char *path, guint64 n_rows);
void gdal_index_clear (IndexBoxes *self);

/* Adds the box of a row; none where it is empty. No more than were announced. */
void gdal_index_add (
    IndexBoxes *self, gint64 id, double min_x, double max_x, double min_y, double max_y);

/* Gives the layer of `path`, which has none and is not open, an index of these boxes, whose order
 * changes. `model` is a GeoPackage with the same layer, empty and with an index: what belongs to
 * one beside the boxes is copied from it. Ends the program where it cannot. */
void gdal_index_build (const char *path,
                       const char *model,
                       const char *layer,
                       const char *geometry,
                       IndexBoxes *boxes);
