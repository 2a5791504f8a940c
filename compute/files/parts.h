/* Files in parts: see compute/data/parts.h. */
#pragma once

#include <sys/stat.h>

#include "compute/data/parts.h"
#include "compute/files/format.h"
#include "compute/files/mapping.h"

/* Opens a file in parts of about `part_bytes` of memory each; of formats that cannot be read in
 * parts the whole is one. `options` are copied, but not their cancellable. `format` may be NULL.
 * NULL with an error as lloyd_files_load(). */
LloydParts *lloyd_files_open_parts (const char *path,
                                    const LloydLoadOptions *options,
                                    size_t part_bytes,
                                    const LloydFormat **format,
                                    GError **error);

/* The whole as one part, of any format. */
LloydParts *lloyd_files_open_whole (const char *path, const LloydLoadOptions *options);

/* ---- for formats --------------------------------------------------------------------------- */

/* The common head of what formats give. */
typedef struct
{
  LloydParts parts;
  LloydLoadOptions *options;
  int fd;
  /* As it was opened. */
  struct stat info;
  /* The file in memory, where lloyd_file_parts_map() has put it there; else NULL. */
  LloydMapping *mapping;
  size_t part_bytes;
  /* Row that the next part begins with. */
  size_t next_row;
} LloydFileParts;

/* Opens the file. FALSE with LLOYD_ERROR_FILE, also where it is no regular file. */
gboolean lloyd_file_parts_init (LloydFileParts *self,
                                const LloydPartsVerbs *verbs,
                                const char *path,
                                const LloydLoadOptions *options,
                                size_t part_bytes,
                                GError **error);
void lloyd_file_parts_clear (LloydFileParts *self);

/* Whether the file is what it was; else LLOYD_ERROR_FILE. */
gboolean lloyd_file_parts_check (const LloydFileParts *self, GError **error);

/* The whole file, mapped, with a NUL behind it; NULL where it cannot be. */
const char *lloyd_file_parts_map (LloydFileParts *self);

/* Reads exactly n bytes from `offset` on. FALSE with LLOYD_ERROR_FILE. */
gboolean lloyd_file_parts_read (
    const LloydFileParts *self, guint64 offset, size_t n, char *bytes, GError **error);

/* Rows of one length in a file, behind a head: some of them, with a head that says how many, are a
 * file of the same format. */
typedef struct
{
  size_t n_rows;
  /* Where row 0 is, and bytes of a row. */
  size_t offset;
  size_t row_bytes;
  /* Above 1: the file has columns one behind the other, so many of them, instead of rows. */
  size_t n_columns;
  /* Writes the head of a file of so many rows, or with NULL only gives its size. */
  size_t (*write_head) (gconstpointer head, size_t n_rows, char *bytes);
  gpointer head;
  GDestroyNotify free_head;
  /* Where rows are nothing but float32 in this machine's order: how many in a row; 0: they are not.
   */
  guint n_floats;
  /* Whether values take more room in memory than in the file. */
  gboolean is_widened;
} LloydSlices;

/* Parts that are slices, which are taken, of a file of `format`. */
LloydParts *lloyd_slices_open (const char *path,
                               const LloydFormat *format,
                               const LloydSlices *slices,
                               const LloydLoadOptions *options,
                               size_t part_bytes,
                               GError **error);
