/* A file format, and the table of all that Lloyd knows. */
#pragma once

#include "compute/data/parts.h"
#include "compute/data/table.h"
#include "compute/files/input.h"

/* More columns than this are an error. */
#define LLOYD_MAX_COLUMNS (1 << 20)

typedef struct
{
  /* As people call it: "CSV". */
  const char *name;
  /* File name endings with their dot, NULL-terminated; they break ties and name what is written. */
  const char *const *suffixes;
  /* Whether the file's first bytes are this format's. */
  gboolean (*is_mine) (const char *bytes, size_t n);
  /* Whether bytes are not enough to know it: it is then only taken where the name ends so. */
  gboolean needs_suffix;
  /* Whether `bytes` may be a mapped file, which the table does not keep. */
  gboolean can_be_mapped;
  /* A table from the whole file, which is `bytes` with a NUL behind; it may keep `bytes`, which it
   * then takes by setting it to NULL. NULL with LLOYD_ERROR_FILE: "PATH: what, where". */
  LloydTable *(*load) (
      const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error);
  /* The same from a file that is open for reading and has a size; NULL: it is always read whole. */
  LloydTable *(*load_file) (
      const char *path, int fd, guint64 size, const LloydLoadOptions *options, GError **error);
  /* The file in parts of about so many bytes of memory; see compute/files/parts.h. NULL: it is
   * always read whole. */
  LloydParts *(*open_parts) (const char *path,
                             const LloydLoadOptions *options,
                             size_t part_bytes,
                             GError **error);
  /* Writes a table; NULL where the format is only read. */
  gboolean (*save) (const char *path, const LloydTable *table, GError **error);
} LloydFormat;

/* All formats, NULL-terminated. */
extern const LloydFormat *const lloyd_formats[];

/* Loads a file in whatever format its bytes are. NULL with LLOYD_ERROR_FILE, LLOYD_ERROR_MEMORY or
 * G_IO_ERROR_CANCELLED. `format` may be NULL. */
LloydTable *lloyd_files_load (const char *path,
                              const LloydLoadOptions *options,
                              const LloydFormat **format,
                              GError **error);

/* The format that a file of this name with these first bytes is in, or NULL. */
const LloydFormat *lloyd_files_find_reader (const char *path, const char *bytes, size_t n);

/* The format that writes files of this name; NULL with LLOYD_ERROR_WRITE where none does. */
const LloydFormat *lloyd_files_find_writer (const char *path, GError **error);
