/* What a device can do at most. */
#pragma once

#include "compute/backends/backend.h"

/* As a backend has it. */
gboolean lloyd_cuda_find_ceilings (int device,
                                   LloydCeilings *found,
                                   GCancellable *cancellable,
                                   GError **error);

/* For tests: from now on the device needs no time for its clock to go up. */
void lloyd_cuda_hurry_ceilings (void);
