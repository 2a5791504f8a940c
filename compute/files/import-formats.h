/* Formats that lloyd-import reads, and writes where they say so. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_hdf5;
extern const LloydFormat lloyd_format_geopackage;
extern const LloydFormat lloyd_format_flatgeobuf;
extern const LloydFormat lloyd_format_shapefile;
extern const LloydFormat lloyd_format_geojson;
