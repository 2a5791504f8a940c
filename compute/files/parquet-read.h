/* Reading Parquet into tables. */
#pragma once

#include "compute/files/input.h"
#include "compute/files/parquet-private.h"

/* From bytes in memory, or from an open file, of which only the parts that are wanted are read.
 * NULL with LLOYD_ERROR_FILE, LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. Columns that cannot be
 * read are LLOYD_COLUMN_UNUSABLE. */
LloydTable *lloyd_parquet_load_bytes (const char *path,
                                      const guint8 *bytes,
                                      size_t n,
                                      const LloydLoadOptions *options,
                                      GError **error);
LloydTable *lloyd_parquet_load_file (
    const char *path, int fd, guint64 size, const LloydLoadOptions *options, GError **error);
