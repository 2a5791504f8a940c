/* PLY, the polygon file format: its vertices, as text or binary of either order of bytes. Faces are
 * left out. The format is described in Greg Turk's "The PLY Polygon File Format", 1994. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_ply;

/* See LloydFormat. Binary, little-endian. */
LloydTableWriter *lloyd_ply_open_writer (const char *path,
                                         const LloydTable *first,
                                         const LloydWriteOptions *options,
                                         GError **error);
