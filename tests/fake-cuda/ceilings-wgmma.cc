/* The real kernels, compiled for the host. */
#include "compute/backends/cuda/ceilings-wgmma.cu"
