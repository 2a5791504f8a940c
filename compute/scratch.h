/* Large arrays in files instead of in memory, for data larger than memory. */
#pragma once

#include <glib.h>

/* From now on, arrays of `from_bytes` or more lie in files without a name, in the folder that
 * lloyd_scratch_folder() names, instead of in memory: the system writes them out where it needs
 * room, and nothing is left of them however the program ends. 0: none do, as at first. */
void lloyd_scratch_use (size_t from_bytes);
/* $TMPDIR, or else /var/tmp, which unlike /tmp is seldom in memory itself. */
const char *lloyd_scratch_folder (void);
/* Tells the system that a part of an array is not needed soon: where it lies in a scratch file, or
 * in a mapping added below, it counts no longer as this program's memory. Its values stay. */
void lloyd_scratch_release (gconstpointer start, size_t n_bytes);

/* The same within a loop that has come to `at`: releases what lies behind since `*behind`, where
 * that is much. */
#define LLOYD_SCRATCH_STRETCH ((size_t) 16 << 20)
static inline void
lloyd_scratch_pass (gconstpointer *behind, gconstpointer at)
{
  size_t n_bytes = (size_t) ((const char *) at - (const char *) *behind);
  if (n_bytes < LLOYD_SCRATCH_STRETCH)
    return;
  lloyd_scratch_release (*behind, n_bytes);
  *behind = at;
}

/* Says that [start, start + n_bytes) is a file mapped for reading, whose pages may be released too;
 * and that it will not be any more. */
void lloyd_scratch_add_mapping (gconstpointer start, size_t n_bytes);
void lloyd_scratch_remove_mapping (gconstpointer start);

/* ---- for memory.c -------------------------------------------------------------------------- */

/* Whether an array of so many bytes lies in a file. */
gboolean lloyd_scratch_takes (size_t n_bytes);
/* NULL with LLOYD_ERROR_MEMORY, which says how much room there must be, and where. */
gpointer lloyd_scratch_allocate (size_t n_bytes, const char *what, GError **error);
/* FALSE: the array is none of these. */
gboolean lloyd_scratch_free (gpointer memory);
