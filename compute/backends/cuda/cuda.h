/* The CUDA backend. Built without nvcc, it is a backend that says so when probed. */
#pragma once

#include "compute/backends/backend.h"

extern const LloydBackend lloyd_backend_cuda;
