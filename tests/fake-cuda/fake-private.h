/* What the files of the fake CUDA runtime share. */
#pragma once

#include <string.h>

#include "cuda_runtime_api.h"
#include "tests/fake-cuda/fake.h"

/* Counts a call; its error, if this is the one. */
cudaError_t fake_cuda_count_call (void);

/* Counts what was opened, or closed. */
void fake_cuda_count_open (int change);
