/* What a device can do at most. */
#pragma once

#include "compute/backends/backend.h"

/* As a backend has it. */
gboolean lloyd_cuda_find_ceilings (int device,
                                   LloydCeilings *found,
                                   GCancellable *cancellable,
                                   GError **error);
