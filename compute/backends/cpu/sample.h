/* D^2 sampling row by row. */
#pragma once

#include "compute/backends/cpu/cpu-private.h"

void lloyd_row_sampling_free (LloydRowSampling *self);
