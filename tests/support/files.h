/* Files for tests: a folder of their own, and what is asked of every load and every message. */
#pragma once

#include "compute/files/format.h"

typedef struct
{
  char *path;
} TestFolder;

/* An empty folder, removed with all its files in the end. Yours. */
TestFolder *test_folder_new (void);
void test_folder_free (TestFolder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestFolder, test_folder_free)

/* The path of a file in it, there or not. Yours. */
char *test_folder_dup_path (const TestFolder *self, const char *name);

/* How many entries it has. */
guint test_folder_count (const TestFolder *self);

/* Writes a file and gives its path. `n` is -1 for a string. Yours. */
char *test_folder_write (const TestFolder *self, const char *name, const char *bytes, gssize n);

/* The file holds this, byte for byte. */
void test_assert_file (const char *path, const char *bytes, gssize n);

/* Loads a file with every error fatal. Yours. */
LloydTable *test_load (const char *path);

/* Saves a table in the format of the name, with nothing said of how. */
gboolean test_save (const char *path, const LloydTable *table, GError **error);

/* Gives bytes to a format as lloyd_files_load() would, in memory that ends where they do. */
LloydTable *test_load_bytes (const LloydFormat *format,
                             const char *bytes,
                             size_t n,
                             const LloydLoadOptions *options,
                             GError **error);

/* What every load may end in: a table whose cells can all be read, or one line about test.file.
 * Frees both. */
void test_assert_table_or_line (LloydTable *table, GError *error);

/* An error of that code whose message is one readable line that begins with `prefix`. */
void test_assert_line (const GError *error, int code, const char *prefix);

/* All of a table on a few lines: "a# b$\n1 'x'\n~ ''\n": # stands behind a column of numbers, $
 * behind text, % bytes, @ geometry (both in hexadecimal), ! a column of no use; ~ for what is
 * missing; text is in single quotes, escaped as in C. Yours. */
char *test_table_dump (const LloydTable *table);
