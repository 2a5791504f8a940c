/* NPZ, NumPy's archives of arrays: a ZIP file with one NPY file for each. Needs libzip. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_npz;
