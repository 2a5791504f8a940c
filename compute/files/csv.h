/* CSV and TSV: cells with quotes, the delimiter and the header found by looking. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_csv;
