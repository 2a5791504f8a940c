/* Reading Parquet into tables. */
#pragma once

#include "compute/data/parts.h"
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

/* Row groups as parts; see compute/files/parts.h. */
LloydParts *lloyd_parquet_open_parts (const char *path,
                                      const LloydLoadOptions *options,
                                      size_t part_bytes,
                                      GError **error);

/* ---- shared by the parts of the reader ----------------------------------------------------- */

/* Where the bytes are: in memory, or in an open file. */
typedef struct
{
  const char *path;
  const guint8 *bytes;
  int fd;
  guint64 size;
} LloydParquetSource;

/* The bytes from `offset` on, in `buffer` if they have to be read. NULL: they cannot be had. */
const guint8 *lloyd_parquet_source_fetch (const LloydParquetSource *self,
                                          LloydParquetBuffer *buffer,
                                          guint64 offset,
                                          size_t n);
LloydParquetFooter *lloyd_parquet_source_read_footer (const LloydParquetSource *self,
                                                      GError **error);

/* A column to be: its leaf, and the memory of all rows. */
typedef struct
{
  LloydParquetLeaf *leaf;
  guint index;
  guint n_elements;
  guint8 *numbers;
  size_t *offsets;
  guint8 *missing;
  char *text;
  size_t n_missing;
  char *fault;
  gboolean is_aside;
} LloydParquetColumn;

/* Adds the column to a table, which takes its memory but not that of `numbers`. */
void lloyd_parquet_column_add (LloydParquetColumn *column, LloydTable *table);
