/* XYZ and PTS: a point a line, its numbers between spaces. PTS begins with the number of points.
 * Known by their names alone. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_xyz;
extern const LloydFormat lloyd_format_pts;
