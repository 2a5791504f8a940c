/* The CPU backend: a screen in float32 with a proof, exact integer sums, threads. */
#pragma once

#include "compute/backends/backend.h"

extern const LloydBackend lloyd_backend_cpu;
