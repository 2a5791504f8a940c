/* Ceilings as they are kept from one start of the program to the next. */
#pragma once

#include "compute/backends/cpu/ceilings.h"

/* Finds what was measured on this processor with n_threads before. `folder` is where it is kept;
 * NULL: the user's cache. FALSE where there is nothing. */
gboolean lloyd_ceilings_find (const char *folder, guint n_threads, LloydCeilings *found);

/* Keeps it. What cannot be kept is measured again another time. */
void lloyd_ceilings_keep (const char *folder, guint n_threads, const LloydCeilings *ceilings);

/* The same of what has a name: see device-ceilings.h. */
gboolean lloyd_ceilings_find_group (const char *folder, const char *name, LloydCeilings *found);
void
lloyd_ceilings_keep_group (const char *folder, const char *name, const LloydCeilings *ceilings);
