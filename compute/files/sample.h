/* A random sample of a file's rows, taken without holding the file in memory. */
#pragma once

#include "compute/files/format.h"

/* `n` rows of a file, in the file's order, or all of them where it has no more, or n is 0: always
 * the same rows of the same file. Read in parts of about
 * `part_bytes` of memory (0: a usual size), twice where the file does not say how many rows it
 * has; a database counts them, and sends the others not at all. The table has the rows' numbers;
 * see LLOYD_NOTE_ROW_NUMBERS. NULL with an error as lloyd_files_load(). */
LloydTable *lloyd_files_load_sample (const char *path,
                                     size_t n,
                                     size_t part_bytes,
                                     const LloydLoadOptions *options,
                                     const LloydFormat **format,
                                     GError **error);
