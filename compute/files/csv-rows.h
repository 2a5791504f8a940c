/* All rows of a CSV file at once, by as many threads as there are. For the CSV format alone. */
#pragma once

#include "compute/files/csv-reader.h"

typedef struct
{
  char *name;
  gboolean is_text;
  /* Whether its numbers have a comma for the point. */
  gboolean has_comma;
} LloydCsvColumn;

/* Reads the rows that follow `start` and begin before `until`; `after`, which may be NULL, then
 * stands behind them. The numbers of a row lie side by side. Missing numbers are
 * NaN. NULL with LLOYD_ERROR_FILE (a text among the numbers, another count of cells, a NUL, always
 * the first in the file), LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. */
LloydTable *lloyd_csv_read_rows (const LloydCsvReader *start,
                                 const char *until,
                                 const LloydCsvColumn *columns,
                                 guint n_columns,
                                 const LloydLoadOptions *options,
                                 LloydCsvReader *after,
                                 GError **error);
