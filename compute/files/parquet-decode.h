/* A walk through the pages of a column, and the values of one page. */
#pragma once

#include "compute/files/parquet-private.h"

typedef struct
{
  LloydParquetDecoder *decoder;
  LloydParquetSink *sink;

  gboolean has_dictionary;
  const guint8 *dictionary;
  size_t n_dictionary;

  /* Entries and rows so far; of a list, rows begun, and how far in the last. */
  guint64 n_seen;
  size_t row;
  size_t in_row;
  gboolean is_in_list;
  /* Length of the first list that has elements, when that is all that is wanted. */
  size_t n_probed;

  char *fault;
  gboolean is_unsupported;
} LloydParquetWalk;

/* The values of a page, still encoded. */
typedef struct
{
  /* Entries, of which n_present have a value. */
  size_t n;
  size_t n_present;
  /* Levels; NULL where all are the highest. */
  const guint8 *definitions;
  const guint8 *repetitions;
  guint encoding;
  const guint8 *bytes;
  size_t n_bytes;
} LloydParquetPage;

/* Each says what is wrong, once, and is FALSE. */
gboolean lloyd_parquet_walk_damaged (LloydParquetWalk *self);
gboolean lloyd_parquet_walk_no_memory (LloydParquetWalk *self);
gboolean lloyd_parquet_walk_unsupported (LloydParquetWalk *self, guint encoding);

/* Keeps the values of a dictionary page; its bytes must stay. */
gboolean lloyd_parquet_read_dictionary (
    LloydParquetWalk *self, guint encoding, const guint8 *bytes, size_t n_bytes, size_t n);

/* The numbers that are present, as they are stored, one behind the other. */
gboolean
lloyd_parquet_read_numbers (LloydParquetWalk *self, const LloydParquetPage *page, guint8 *stored);

/* Adds the byte arrays of a page to the sink's; a length for each entry, 0 where there is none. */
gboolean
lloyd_parquet_read_bytes (LloydParquetWalk *self, const LloydParquetPage *page, size_t *lengths);
