/* All rows of a CSV file at once, by as many threads as there are. For the CSV format alone. */
#pragma once

#include "compute/files/csv-reader.h"

/* What was seen in a column whose numbers all are whole, as bits; once seen, it stays. */
typedef enum
{
  /* A number that a double may not hold. */
  LLOYD_CSV_SEEN_LARGE = 1,
  /* One below 0; one that is more than 63 bits hold. */
  LLOYD_CSV_SEEN_NEGATIVE = 2,
  LLOYD_CSV_SEEN_HUGE = 4,
  /* One that is not whole, or more than 64 bits hold. */
  LLOYD_CSV_SEEN_OTHER = 8,
} LloydCsvSeen;

typedef struct
{
  char *name;
  gboolean is_text;
  /* Whether its numbers have a comma for the point. */
  gboolean has_comma;
  /* Whether all that decided were whole numbers; and what is known of them, LloydCsvSeen. */
  gboolean may_be_whole;
  guint seen;
} LloydCsvColumn;

/* Reads the rows that follow `start` and begin before `until`; `after`, which may be NULL, then
 * stands behind them. What they are found to hold is noted in the columns. The numbers of a row lie
 * side by side. Missing numbers are NaN. NULL with LLOYD_ERROR_FILE (a text among the numbers,
 * another count of cells, a NUL, always the first in the file), LLOYD_ERROR_MEMORY or
 * G_IO_ERROR_CANCELLED. */
LloydTable *lloyd_csv_read_rows (const LloydCsvReader *start,
                                 const char *until,
                                 LloydCsvColumn *columns,
                                 guint n_columns,
                                 const LloydLoadOptions *options,
                                 LloydCsvReader *after,
                                 GError **error);
