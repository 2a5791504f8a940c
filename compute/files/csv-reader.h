/* Reading rows of cells off a text in memory, one after another. For the CSV format alone. */
#pragma once

#include "compute/files/format.h"

/* One cell: its content without quotes; `has_doubled_quotes` where they stand for one. */
typedef struct
{
  const char *text;
  size_t n;
  gboolean has_doubled_quotes;
} LloydCsvCell;

typedef struct
{
  const char *path;
  char delimiter;
  const char *end;
  /* A quote that is still open here is given up: `gave_up` is set, without an error. */
  const char *limit;
  gboolean gave_up;

  /* Where the reader stands, and the line it is on, from 1. */
  const char *p;
  size_t line;
} LloydCsvReader;

static inline gboolean
lloyd_csv_is_line_end (char c)
{
  return c == '\n' || c == '\r';
}

/* Whether a line ends with this byte: a line feed, or a carriage return that none follows. One more
 * byte can be read, for the text has a NUL behind it. */
static inline gboolean
lloyd_csv_ends_line (const char *p)
{
  return *p == '\n' || (*p == '\r' && p[1] != '\n');
}

/* Line ends among the bytes from `p` to `end`, which is followed by one more. */
size_t lloyd_csv_count_lines (const char *p, const char *end);

/* Goes on to the next row: over line ends, but not beyond `until`. FALSE where there is none. */
gboolean lloyd_csv_next_row (LloydCsvReader *self, const char *until);

/* Reads the cell that the reader stands at, and stays at the delimiter or the line end behind it.
 * FALSE with LLOYD_ERROR_FILE, or where it gave up. */
gboolean lloyd_csv_read_cell (LloydCsvReader *self, LloydCsvCell *cell, GError **error);

/* Goes over a delimiter. FALSE where the row has ended; its line end is then gone over. */
gboolean lloyd_csv_next_cell (LloydCsvReader *self);

/* Copies the cell's content, quotes undone, as UTF-8: what is none is taken for Windows-1252. Gives
 * how many bytes; at most as many as the other says. */
size_t lloyd_csv_measure_copy (const LloydCsvCell *self);
size_t lloyd_csv_copy_cell (const LloydCsvCell *self, char *copy);

gboolean lloyd_csv_is_missing (const LloydCsvCell *self);

/* NaN where missing; FALSE where the cell is neither missing nor a number. */
gboolean lloyd_csv_read_number (const LloydCsvCell *self, double *value);

/* The same where a comma takes the place of the point, and there is no point. */
gboolean lloyd_csv_read_comma_number (const LloydCsvCell *self, double *value);

/* "PATH: line N: M cells where the first line has K". Always FALSE. */
gboolean
lloyd_csv_fail_width (const char *path, size_t line, size_t n, size_t expected, GError **error);
