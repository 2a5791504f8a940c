/* A file format, and the table of all that Lloyd knows. */
#pragma once

#include "compute/data/parts.h"
#include "compute/data/table.h"
#include "compute/files/input.h"
#include "compute/files/writer.h"

/* More columns than this are an error. */
#define LLOYD_MAX_COLUMNS (1 << 20)

/* What becomes of a table that is there already. */
typedef enum
{
  LLOYD_IF_EXISTS_FAIL,
  LLOYD_IF_EXISTS_REPLACE,
  LLOYD_IF_EXISTS_APPEND,
} LloydIfExists;

/* Their names, as in options; NULL-terminated. */
extern const char *const lloyd_if_exists_names[];

/* How a table is written where that is not plain. Zero asks for nothing. */
typedef struct _LloydSaveOptions
{
  /* The table of a database, or what the layer of a file is called; NULL: as the file. */
  const char *layer;
  /* For databases; files are replaced. */
  LloydIfExists if_exists;
  GCancellable *cancellable;
} LloydSaveOptions;

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
  /* Whether a file may hold several tables, of which options->member is one; and whether it can be
   * asked in SQL. */
  gboolean has_parts;
  gboolean has_queries;
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
  /* The tables of a file, as LloydLayer, yours; NULL: such files hold one. */
  GPtrArray *(*list) (const char *path, const LloydLoadOptions *options, GError **error);
  /* Writes a table; NULL where the format is only read, or has a writer. */
  gboolean (*save) (const char *path, const LloydTable *table, GError **error);
  /* A writer for tables like `first` (its columns, and its notes), to be surveyed, where it wants
   * that, and appended themselves; NULL where the format writes only whole tables. */
  LloydTableWriter *(*open_writer) (const char *path,
                                    const LloydTable *first,
                                    const LloydWriteOptions *options,
                                    GError **error);
} LloydFormat;

/* All formats, NULL-terminated. */
extern const LloydFormat *const lloyd_formats[];

/* Loads a file in whatever format its bytes are, or a table of a database (see database.h). NULL
 * with LLOYD_ERROR_FILE, LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. `format` may be NULL. */
LloydTable *lloyd_files_load (const char *path,
                              const LloydLoadOptions *options,
                              const LloydFormat **format,
                              GError **error);

/* The format that a file of this name with these first bytes is in, or NULL. */
const LloydFormat *lloyd_files_find_reader (const char *path, const char *bytes, size_t n);

/* The tables that a file or database holds, LloydLayer each. Yours; NULL with an error, or without
 * one where files of its format hold no more than one. `format` is then not told. */
GPtrArray *lloyd_files_list (const char *path,
                             const LloydLoadOptions *options,
                             const LloydFormat **format,
                             GError **error);

/* The format that writes files of this name, or the database's; NULL with LLOYD_ERROR_WRITE where
 * none does. */
const LloydFormat *lloyd_files_find_writer (const char *path, GError **error);

/* Whether two paths are one file, there or not. A member of a file is of that file; tables of
 * databases are none. */
gboolean lloyd_files_is_same (const char *path, const char *other);

/* Whether a table can be written there, before the work that makes it; leaves no trace. FALSE with
 * LLOYD_ERROR_WRITE or LLOYD_ERROR_DATA. */
gboolean
lloyd_files_check_output (const char *path, const LloydSaveOptions *options, GError **error);

/* Writes a table to a file, in the format of its name, or into a database: whole, or not at all.
 * FALSE with LLOYD_ERROR_WRITE, LLOYD_ERROR_DATA or G_IO_ERROR_CANCELLED. */
gboolean lloyd_files_save (const char *path,
                           const LloydTable *table,
                           const LloydSaveOptions *options,
                           GError **error);
