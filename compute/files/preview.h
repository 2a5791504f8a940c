/* A look into a file before it is opened: its first rows, what its columns are, how many rows there
 * are, and what memory they will take. */
#pragma once

#include "compute/files/format.h"

/* Cells shown of each column. */
#define LLOYD_PREVIEW_ROWS 8

typedef struct
{
  /* A list in each row is one column here. */
  char *name;
  LloydColumnType type;
  gboolean is_integer;
  /* Numbers in each row; 1 where it is no list. */
  guint n_elements;
  /* Whether it is a feature where nobody chooses. */
  gboolean is_feature;
  /* Of all rows looked at. */
  size_t n_missing;
  /* What keeps it from being used; NULL: nothing. */
  char *fault;
  /* The first cells as text, "" where missing; NULL-terminated. */
  char **cells;
} LloydPreviewColumn;

typedef struct
{
  char *path;
  const char *format;
  guint64 file_bytes;
  /* Rows looked at, and whether these are all. */
  size_t n_rows;
  gboolean is_whole;
  /* Of LloydPreviewColumn *. */
  GPtrArray *columns;
  /* Memory that a row takes as the file's table. */
  double table_bytes;
  /* All tables (LloydLayer) where the file holds more than one, else NULL; and which of them this
   * is, else NULL. */
  GPtrArray *layers;
  char *layer;
  /* The column that seems to name the rows and may do so, for others are features; NULL: none. */
  char *id;
  /* Whether it says how it was made; see result-probe.h. */
  gboolean is_result;
} LloydPreview;

/* Looks at the beginning of a file, or of the table in it that options->member names; of several
 * the one that is usual, or else the first; with `is_whole` at all rows, part by part, which takes
 * its time but not much memory. NULL with an error as lloyd_files_load(). Any thread. */
LloydPreview *lloyd_preview_new (const char *path,
                                 gboolean is_whole,
                                 const LloydLoadOptions *options,
                                 GError **error);
void lloyd_preview_free (LloydPreview *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPreview, lloyd_preview_free)

/* Memory, in bytes, that `n_rows` rows of this file and a run on `d` features of them take on the
 * host: an estimate. */
double lloyd_preview_estimate_bytes (const LloydPreview *self, size_t n_rows, guint d);
