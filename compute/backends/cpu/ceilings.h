/* What a processor can do at most, to compare with what was done. */
#pragma once

#include <gio/gio.h>

typedef struct
{
  /* 10^9 multiplications and additions a second: of float32, and of 8-bit numbers (0: the processor
   * has no such products). */
  double gops_float;
  double gops;
  /* 10^9 bytes a second read from memory. */
  double gbytes;
} LloydCeilings;

/* Measures this processor with n_threads (0: all cores) for about that many seconds each, the
 * fastest pass counting. Fails with LLOYD_ERROR_MEMORY, or when cancelled. */
gboolean lloyd_ceilings_measure (LloydCeilings *self,
                                 guint n_threads,
                                 double seconds,
                                 GCancellable *cancellable,
                                 GError **error);
