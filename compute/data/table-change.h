/* A table with rows gone and others added by hand. */
#pragma once

#include "compute/data/table.h"

/* Rows of which some columns are known: n x n_columns values. Whole numbers are rounded to. What is
 * not known is missing, but for who they are: numbers go on where those of the table end. */
typedef struct
{
  size_t n;
  guint n_columns;
  const char *const *columns;
  const double *values;
} LloydNewRows;

/* The rows listed, rising, in that order, and behind them `added` (NULL: none), as a table called
 * `path` with the same columns. Where rows are gone that no column names, it has a column more of
 * the numbers that they had (see LLOYD_NOTE_ROW_NUMBERS). NULL with LLOYD_ERROR_MEMORY, or
 * LLOYD_ERROR_DATA where no row is left. */
LloydTable *lloyd_table_change (const LloydTable *self,
                                const char *path,
                                const size_t *kept,
                                size_t n_kept,
                                const LloydNewRows *added,
                                const char *id_column,
                                GError **error);
