/* The bridge from CUDA to OpenGL. */
#pragma once

#include "compute/backends/bridge.h"
#include "compute/backends/cuda/cuda.h"

extern const LloydGl lloyd_cuda_gl;
