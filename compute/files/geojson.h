/* Writing GeoJSON: a collection of features, of which each row is one. */
#pragma once

#include "compute/files/format.h"

/* See LloydFormat. The first geometry is the features', the others are not written; the notes are
 * the member "lloyd". A reference system other than CRS84 and EPSG:4326 becomes the member "crs" of
 * GeoJSON 2008. */
LloydTableWriter *lloyd_geojson_open_writer (const char *path,
                                             const LloydTable *first,
                                             const LloydWriteOptions *options,
                                             GError **error);
