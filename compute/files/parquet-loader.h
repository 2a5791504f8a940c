/* What reads row groups into a table. For the parts of the Parquet reader. */
#pragma once

#include "compute/files/parquet-read.h"

/* A column of a row group to decode, and what came of it. */
typedef struct
{
  LloydParquetSink sink;
  guint column;
  char *fault;
  gboolean is_unsupported;
} LloydParquetTask;

typedef struct
{
  const LloydParquetSource *source;
  const LloydLoadOptions *options;
  LloydParquetFooter *footer;
  GArray *columns;
  /* Row groups [first_group, end_group) are read: their rows, and those before them. */
  guint first_group;
  guint end_group;
  size_t n_rows;
  size_t first_row;
  /* The numbers of all columns. */
  guint8 *numbers;
  LloydParquetTask *tasks;
  guint n_tasks;
  gint next;
  gint done;
  gint next_column;
} LloydParquetLoader;

static inline LloydParquetColumn *
lloyd_parquet_loader_column (const LloydParquetLoader *self, guint i)
{
  return &g_array_index (self->columns, LloydParquetColumn, i);
}

/* Chooses the columns that the options ask for, and measures lists. FALSE with an error. */
gboolean lloyd_parquet_loader_choose (LloydParquetLoader *self, GError **error);

/* Bytes of numbers in a row. */
size_t lloyd_parquet_loader_row_bytes (const LloydParquetLoader *self);

/* Room for the columns of n_rows. FALSE with an error. */
gboolean lloyd_parquet_loader_allocate (LloydParquetLoader *self, GError **error);
