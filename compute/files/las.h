/* LAS 1.0 to 1.4, the points of laser scanners, formats 0 to 10: "LAS Specification 1.4 - R15",
 * ASPRS 2019. Coordinates are integers with a scale and an offset, kept in double. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_las;
