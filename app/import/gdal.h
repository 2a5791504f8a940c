/* What the parts that use GDAL share. */
#pragma once

#include <gdal.h>
#include <ogr_srs_api.h>

#include "app/import/channel.h"

/* Gets GDAL ready: quiet, and without the network. */
void gdal_start (void);

/* The first thing that GDAL called a failure since the last reset; NULL: nothing. */
const char *gdal_get_failure (void);
void gdal_reset_failure (void);

/* From what a column says; NULL where it is not known. Its coordinates are x, y. */
OGRSpatialReferenceH gdal_make_crs (const char *crs);
