/* Lines of numbers between spaces, as text files of points hold them. */
#pragma once

#include "compute/files/format.h"

typedef struct
{
  const char *path;
  const char *end;
  /* Where the reader stands, and the line it is on, from 1. */
  const char *p;
  size_t line;
} LloydLines;

/* Goes over blank lines, and over those that begin with # or //. FALSE at the end. */
gboolean lloyd_lines_next_line (LloydLines *self);

/* The next word of the line, or FALSE where the line has ended. The end of the line is left. */
gboolean lloyd_lines_next (LloydLines *self, const char **word, size_t *n);

/* Goes over the rest of the line. */
void lloyd_lines_skip_line (LloydLines *self);

/* How many words there are to the end of the line, at most LLOYD_MAX_COLUMNS. */
guint lloyd_lines_count (const LloydLines *self);

/* Reads a line of `n` numbers ("nan" is one) and goes behind it. FALSE with LLOYD_ERROR_FILE. */
gboolean lloyd_lines_read_row (LloydLines *self, guint n, double *row, GError **error);

/* Rows of `n` numbers that there can be in what is left. */
size_t lloyd_lines_max_rows (const LloydLines *self, guint n);

/* A table of rows of doubles, side by side, that it takes. */
LloydTable *lloyd_lines_make_table (
    const char *path, char *const *names, guint n_columns, double *rows, size_t n_rows);
