/* What the readers of CSV's rows have in common: the file in chunks, and what was read of them. */
#pragma once

#include <stdatomic.h>

#include "compute/files/csv-whole.h"
#include "compute/team.h"

/* Text that grows. */
typedef struct
{
  char *bytes;
  size_t n;
  size_t capacity;
} LloydCsvText;

typedef struct
{
  /* Rows that begin from `begin` on and before `until` are this chunk's. */
  const char *begin;
  const char *until;
  /* Line ends before these, and whether it holds a NUL. */
  size_t n_lines;
  const char *nul;
  /* The line that `begin` lies on; where in the table its rows go, and how many there can be. */
  size_t line;
  size_t first_row;
  size_t max_rows;

  /* What was read, and where the first row began and the last one ended. */
  const char *start;
  const char *stop;
  size_t stop_line;
  size_t n_rows;
  /* The cells of all columns of text, row by row; the missing of each column of numbers, or NULL.
   */
  LloydCsvText text;
  guint32 *n_missing;
  /* LloydCsvSeen of each column, or NULL. */
  guint8 *seen;
  GError *error;
  gboolean gave_up;
} LloydCsvChunk;

typedef struct
{
  const LloydCsvReader *start;
  const char *until;
  LloydCsvReader *after;
  LloydCsvColumn *columns;
  guint n_columns;
  const LloydLoadOptions *options;

  /* Of each column: its place among the numbers, or -1 less that among the texts. */
  int *slots;
  guint n_numbers;
  guint n_texts;
  /* Commas stand for points, or any number of spaces between cells: all is read cell by cell. */
  gboolean is_odd;
  /* How each column is read, and the slots of those that are plain: the others have -1. */
  LloydCsvKind *kinds;
  int *plain_slots;

  LloydCsvChunk *chunks;
  size_t n_chunks;
  LloydTeam *team;
  /* The next chunk to take; bytes that were read. */
  atomic_size_t next;
  atomic_size_t n_done;

  /* max_rows of all chunks: numbers row by row, those of a column of whole numbers by their bits;
   * of each text the length at row + 1; of each column of whole numbers which are missing. */
  size_t max_rows;
  double *numbers;
  size_t **offsets;
  guint8 **missing;
} LloydCsvJob;

/* The table of the rows that were read, whose memory it takes. NULL with LLOYD_ERROR_MEMORY or
 * G_IO_ERROR_CANCELLED. */
LloydTable *lloyd_csv_make_table (LloydCsvJob *self, GError **error);
