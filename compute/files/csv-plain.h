/* Plain numbers, cell by cell, as fast as they come: the hot loop of CSV. */
#pragma once

#include <glib.h>

/* Bytes that may be looked at from a cell's beginning on. */
#define LLOYD_CSV_PLAIN_BYTES 64

/* Reads the cells from `p` on, the first of column `*column` of `n_columns`; the number of column j
 * goes to numbers[slots[j]]. Stops at a column whose slot is negative, at a cell that is not a
 * number without quotes and spaces, and before `end` where bytes get few. `*column` becomes the
 * column whose cell begins where it stopped; or, with `*has_ended`, the one behind the last of the
 * row, and it stopped at the line end. */
const char *lloyd_csv_read_plain (const char *p,
                                  const char *end,
                                  char delimiter,
                                  const int *slots,
                                  size_t n_columns,
                                  double *numbers,
                                  size_t *column,
                                  gboolean *has_ended);
