/* A table: what a file holds, before anyone has said which columns are features.
 *
 * Columns are numbers (float32 or double, possibly strided into one block) or text. A table is
 * built by one thread and read-only afterwards. */
#pragma once

#include <glib.h>

typedef enum
{
  LLOYD_COLUMN_NUMBER,
  LLOYD_COLUMN_TEXT,
} LloydColumnType;

typedef struct
{
  char *name;
  LloydColumnType type;

  /* Numbers: value of row i at data + i * stride elements; a missing cell is NaN. */
  const void *data;
  size_t stride;
  gboolean is_float32;
  size_t n_missing;
  /* Beside the features: a place, not a measurement. No feature unless it is named. */
  gboolean is_beside;

  /* Text: row i is bytes [offsets[i], offsets[i + 1]) of `text`, not terminated. */
  const size_t *offsets;
  const char *text;
} LloydColumn;

typedef struct _LloydTable LloydTable;

LloydTable *lloyd_table_new (const char *path, size_t n_rows);
LloydTable *lloyd_table_ref (LloydTable *self);
void lloyd_table_unref (LloydTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydTable, lloyd_table_unref)

/* Hands `memory` to the table, which frees it with free(). Columns added later may point into it.
 */
void lloyd_table_take_memory (LloydTable *self, gpointer memory);

/* Adds a column of numbers, borrowed from memory the table owns. `name` is copied; one that stands
 * already gets a number appended, so that every column can be named. */
void lloyd_table_add_numbers (LloydTable *self,
                              const char *name,
                              const void *data,
                              size_t stride,
                              gboolean is_float32,
                              size_t n_missing);

/* Says that the column of that name, if there is one, is no feature unless it is named. */
void lloyd_table_set_beside (LloydTable *self, const char *name);

/* Adds a column of text: n_rows + 1 offsets into `text`, both in memory the table owns. */
void lloyd_table_add_text (
    LloydTable *self, const char *name, const size_t *offsets, const char *text, size_t n_missing);

/* Where the table came from, as given; for messages. */
const char *lloyd_table_get_path (const LloydTable *self);
size_t lloyd_table_get_n_rows (const LloydTable *self);
guint lloyd_table_get_n_columns (const LloydTable *self);
const LloydColumn *lloyd_table_get_column (const LloydTable *self, guint i);

/* The column of that name, or NULL. */
const LloydColumn *lloyd_table_find (const LloydTable *self, const char *name);

/* One cell of a column of numbers; NaN where missing. */
static inline double
lloyd_column_number (const LloydColumn *self, size_t row)
{
  if (self->is_float32)
    return (double) ((const float *) self->data)[row * self->stride];
  return ((const double *) self->data)[row * self->stride];
}

/* One cell as text, numbers with as many digits as they need to come back the same. Yours. */
char *lloyd_column_dup_text (const LloydColumn *self, size_t row);
