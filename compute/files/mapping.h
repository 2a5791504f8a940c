/* A file mapped into memory for a while. Where another program cuts it off meanwhile, what is
 * missing reads as zeros instead of ending this program. */
#pragma once

#include <glib.h>

typedef struct _LloydMapping LloydMapping;

/* Maps `size` bytes of the file, with a NUL behind them. NULL where it cannot be done; read it
 * then. */
LloydMapping *lloyd_mapping_new (int fd, size_t size);
void lloyd_mapping_free (LloydMapping *self);

const char *lloyd_mapping_get_bytes (const LloydMapping *self);

/* Whether a part was missing when it was looked at. */
gboolean lloyd_mapping_was_cut (const LloydMapping *self);
