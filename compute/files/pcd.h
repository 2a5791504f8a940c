/* PCD, the point clouds of the Point Cloud Library, version 0.7 and before: as text, binary, or
 * binary compressed by LZF. The format is described in PCL's documentation, "The PCD (Point Cloud
 * Data) file format". */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_pcd;
