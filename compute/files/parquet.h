/* Parquet, and GeoParquet 1.1 in it. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_parquet;
