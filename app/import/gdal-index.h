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

/* Adds the box of a row; none where it is empty. */
void
gdal_index_add (GArray *boxes, gint64 id, double min_x, double max_x, double min_y, double max_y);

/* Gives the layer of `path`, which has none and is not open, an index of these boxes, whose order
 * changes. `model` is a GeoPackage with the same layer, empty and with an index: what belongs to
 * one beside the boxes is copied from it. Ends the program where it cannot. */
void gdal_index_build (
    const char *path, const char *model, const char *layer, const char *geometry, GArray *boxes);
