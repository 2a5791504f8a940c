/* Whole numbers in CSV, digit for digit: a column of nothing else, some of which are more than a
 * double holds, is read as numbers of 64 bits. For the CSV format alone. */
#pragma once

#include "compute/files/csv-rows.h"

/* The whole numbers up to this one, and none beyond all of them, are doubles. */
#define LLOYD_CSV_MOST_EXACT 0x1p53

/* How the numbers of a column are kept. */
typedef enum
{
  LLOYD_CSV_DOUBLE,
  LLOYD_CSV_SIGNED,
  LLOYD_CSV_UNSIGNED,
} LloydCsvKind;

/* By what is known of the column so far. */
LloydCsvKind lloyd_csv_kind_of (const LloydCsvColumn *column);

/* Reads a whole number: its 64 bits, and what it is among LloydCsvSeen. FALSE where it is none, or
 * has more bits. */
gboolean lloyd_csv_read_whole (const LloydCsvCell *cell, gint64 *value, guint8 *seen);

/* Whether a cell is digits that a number of 64 bits does not give back: zeros in front, or too
 * many. */
gboolean lloyd_csv_loses_digits (const LloydCsvCell *cell);
