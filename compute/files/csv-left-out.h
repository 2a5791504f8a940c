/* Columns of a CSV file that are text because of a few cells, or of how their numbers are written,
 * or for want of any value at first, and so are no features: nobody should have to find that out.
 * For the CSV format alone. */
#pragma once

#include "compute/files/csv-rows.h"

/* Of one column: its cells that are not missing, how many of them are numbers however they are
 * written, and the first that Lloyd does not read as one. */
typedef struct
{
  size_t n_values;
  size_t n_numbers;
  /* It has a name, but no value. */
  gboolean is_empty;
  LloydCsvCell first;
  size_t line;
} LloydCsvLeftOut;

/* One more cell that is not missing; `is_number` where it is read as one. */
void lloyd_csv_left_out_see (LloydCsvLeftOut *self,
                             const LloydCsvCell *cell,
                             gboolean is_number,
                             size_t line);

/* What is to be said of columns of text that are mostly numbers, or empty; NULL: nothing. Yours. */
char *lloyd_csv_left_out_dup_remark (const LloydCsvLeftOut *seen,
                                     const LloydCsvColumn *columns,
                                     guint n_columns);
