/* The reference: the exactness contract written down as plainly as C allows, one row after another.
 * Slow, obvious, and what every other backend is compared with. */
#pragma once

#include "compute/backends/backend.h"

extern const LloydBackend lloyd_backend_reference;
