/* What a processor can do at most, to compare with what was done. */
#pragma once

#include <gio/gio.h>

#include "compute/backends/ceilings.h"

/* Measures this processor with n_threads (0: all cores) for about that many seconds each, the
 * fastest pass counting. Fails with LLOYD_ERROR_MEMORY, or when cancelled. */
gboolean lloyd_ceilings_measure (LloydCeilings *self,
                                 guint n_threads,
                                 double seconds,
                                 GCancellable *cancellable,
                                 GError **error);
