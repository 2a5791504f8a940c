/* Rows taken from tables with the same columns, one after another, as a table of their own. */
#pragma once

#include "compute/data/table.h"

typedef struct _LloydTableRows LloydTableRows;

/* Room for `n_rows` rows in all, of a table called `path`. */
LloydTableRows *lloyd_table_rows_new (const char *path, size_t n_rows);
void lloyd_table_rows_free (LloydTableRows *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydTableRows, lloyd_table_rows_free)

/* Adds `n` rows of a part, in that order; `first_row` is what its first row is in the whole, and
 * is kept. FALSE with LLOYD_ERROR_MEMORY, or LLOYD_ERROR_FILE where the part's columns are not
 * those of the parts before. */
gboolean lloyd_table_rows_add (LloydTableRows *self,
                               const LloydTable *part,
                               size_t first_row,
                               const size_t *rows,
                               size_t n,
                               GError **error);

/* The table, once all rows are there: yours. It has a column more, set aside, of the numbers that
 * its rows had, from 1; LLOYD_NOTE_ROW_NUMBERS is its name. */
LloydTable *lloyd_table_rows_finish (LloydTableRows *self);

/* The same without that column. */
LloydTable *lloyd_table_rows_finish_plain (LloydTableRows *self);

/* The rows of a table in rising order of a column of whole numbers. Yours. NULL with
 * LLOYD_ERROR_DATA where there is no such column, or with LLOYD_ERROR_MEMORY. */
LloydTable *lloyd_table_dup_sorted (const LloydTable *table, const char *name, GError **error);
