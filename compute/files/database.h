/* Tables of PostgreSQL and PostGIS, by addresses as libpq knows them. */
#pragma once

#include "compute/data/parts.h"
#include "compute/files/format.h"

/* What it is called in messages and by `info`. A table is written in one transaction. */
extern const LloydFormat lloyd_format_database;

/* Whether a path is such an address: postgresql://..., postgres://... or PG:... */
gboolean lloyd_database_is_address (const char *path);

/* Whether an address can be used. FALSE with LLOYD_ERROR_DATA where it holds a password, which
 * other users could read in the list of processes; the message does not hold it. */
gboolean lloyd_database_check (const char *path, GError **error);

/* What people call it, with a table of it or NULL: "test: cities". Never more of the address.
 * Yours. */
char *lloyd_database_dup_title (const char *path, const char *table);

/* The error of a file that names a database: LLOYD_ERROR_NOT_ALLOWED, saying which would be asked,
 * and for which table or by which query (each may be NULL); or that of lloyd_database_check(). */
void lloyd_database_set_not_allowed (GError **error,
                                     const char *path,
                                     const char *table,
                                     const char *query);

/* Loads the result of options->query, or the table options->member. See lloyd_files_load(). */
LloydTable *lloyd_database_load (const char *path, const LloydLoadOptions *options, GError **error);

/* The same in parts of about so many bytes of memory; each pass over them asks the server again. */
LloydParts *lloyd_database_open_parts (const char *path,
                                       const LloydLoadOptions *options,
                                       size_t part_bytes,
                                       GError **error);

/* The comment on the table options->member: yours, NULL where there is none. FALSE with an error as
 * above. */
gboolean lloyd_database_load_comment (const char *path,
                                      const LloydLoadOptions *options,
                                      char **comment,
                                      GError **error);

/* Loads the first rows of the table options->member; or with `names`, NULL-terminated, one row: how
 * many rows there are, and of each of these columns how many have a value. Which of them may be NaN
 * is in `has_nan`. NULL with an error as above. */
LloydTable *lloyd_database_load_first (const char *path,
                                       size_t n_rows,
                                       const LloydLoadOptions *options,
                                       GError **error);
LloydTable *lloyd_database_load_counts (const char *path,
                                        const char *const *names,
                                        const gboolean *has_nan,
                                        const LloydLoadOptions *options,
                                        GError **error);

/* Counts the rows of the table options->member or of the query; and loads n of them, by their
 * numbers from 0, rising. The server sends no others. The table has the numbers: see
 * LLOYD_NOTE_ROW_NUMBERS. FALSE or NULL with an error as above. */
gboolean lloyd_database_count_rows (const char *path,
                                    const LloydLoadOptions *options,
                                    size_t *n_rows,
                                    GError **error);
LloydTable *lloyd_database_load_rows (const char *path,
                                      const size_t *rows,
                                      size_t n,
                                      const LloydLoadOptions *options,
                                      GError **error);

/* Whether a table could be written; see lloyd_files_check_output(). */
gboolean
lloyd_database_check_output (const char *path, const LloydSaveOptions *options, GError **error);
