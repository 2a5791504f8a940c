/* A table: what a file holds, before anyone has said which columns are features.
 *
 * Columns are numbers (float32 or double, possibly strided into one block; or whole numbers), text,
 * or bytes. A list in each row, all of one length, is as many columns of numbers as it has
 * elements. A table is built by one thread and read-only afterwards. */
#pragma once

#include <glib.h>

typedef enum
{
  LLOYD_COLUMN_NUMBER,
  LLOYD_COLUMN_TEXT,
  /* Bytes without a meaning that is known. */
  LLOYD_COLUMN_BINARY,
  /* Geometries as WKB (ISO or extended), in the column's `crs`. */
  LLOYD_COLUMN_GEOMETRY,
  /* The file has such a column, but it cannot be used; `fault` says why. It has no cells. */
  LLOYD_COLUMN_UNUSABLE,
} LloydColumnType;

/* What a number stands for. */
typedef enum
{
  LLOYD_UNIT_NONE,
  /* 0 or 1. */
  LLOYD_UNIT_BOOLEAN,
  /* The 64 bits are an unsigned number. */
  LLOYD_UNIT_UNSIGNED,
  /* Days since 1970-01-01. */
  LLOYD_UNIT_DAYS,
  /* Since 1970-01-01 00:00, in UTC where the column `is_utc`, else wherever it was taken. */
  LLOYD_UNIT_MILLISECONDS,
  LLOYD_UNIT_MICROSECONDS,
  LLOYD_UNIT_NANOSECONDS,
} LloydUnit;

typedef struct
{
  char *name;
  LloydColumnType type;

  /* Numbers: value of row i at data + i * stride elements; a missing cell is NaN. */
  const void *data;
  size_t stride;
  gboolean is_float32;
  /* Whole numbers: bytes of one, 4 or 8 (gint32 or gint64); 0: floating point. */
  guint integer_bytes;
  LloydUnit unit;
  gboolean is_utc;
  size_t n_missing;
  /* Where not NULL: a byte for each row, not 0 where the cell is missing. Floating-point columns
   * have none: NaN says it. */
  const guint8 *missing;

  /* Text, bytes and geometry: row i is bytes [offsets[i], offsets[i + 1]) of `text`, not
   * terminated. */
  const size_t *offsets;
  const char *text;

  /* Of an element of a list: the list's name, which of its elements this is, and how many there
   * are; the others are the columns beside it. NULL: no list. */
  const char *list;
  guint element;
  guint n_elements;

  /* Geometry: the reference system as PROJJSON ("{...") or authority and code ("OGC:CRS84"); NULL:
   * not known. */
  const char *crs;
  /* What keeps a LLOYD_COLUMN_UNUSABLE from being used. */
  const char *fault;
  /* Not a feature unless it is named: a time, a place, a bounding box. Of an unusable column: it
   * would not have been one. */
  gboolean is_aside;
  /* Computed from other columns; no file has it. */
  gboolean is_derived;
} LloydColumn;

typedef struct _LloydTable LloydTable;

LloydTable *lloyd_table_new (const char *path, size_t n_rows);
LloydTable *lloyd_table_ref (LloydTable *self);
void lloyd_table_unref (LloydTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydTable, lloyd_table_unref)

/* Hands `memory` to the table, which frees it with lloyd_free_aligned(). Columns added later may
 * point into it.
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
void lloyd_table_set_aside (LloydTable *self, const char *name);

/* Adds a column of text: n_rows + 1 offsets into `text`, both in memory the table owns. */
void lloyd_table_add_text (
    LloydTable *self, const char *name, const size_t *offsets, const char *text, size_t n_missing);

/* Adds a column as described: name, crs and fault are copied, arrays borrowed from memory that the
 * table owns, list fields ignored. */
void lloyd_table_add_column (LloydTable *self, const LloydColumn *column);

/* Adds a list of `n_elements` numbers in each row, row-major, as columns NAME.1, NAME.2, ... */
void lloyd_table_add_list (LloydTable *self,
                           const char *name,
                           const void *data,
                           guint n_elements,
                           gboolean is_float32,
                           size_t n_missing);

/* Adds what was computed from other columns: `n_elements` doubles in each row, `stride` apart from
 * row to row, as columns NAME.suffix of a list NAME. They are no features unless named. */
void lloyd_table_add_derived (LloydTable *self,
                              const char *name,
                              const char *const *suffixes,
                              guint n_elements,
                              const double *data,
                              size_t stride,
                              size_t n_missing);

/* The first column of the list of that name, the others following it; NULL: there is none. */
const LloydColumn *lloyd_table_find_list (const LloydTable *self, const char *name);

/* The first column of geometry, or NULL. */
const LloydColumn *lloyd_table_find_geometry (const LloydTable *self);

/* The note that names the column of row numbers, from 1, where the table has only some of the rows
 * that a file has: they name the rows where no other column does. */
#define LLOYD_NOTE_ROW_NUMBERS "row-numbers"

/* Notes that begin so are to be said of a run on the table, and go into no file: what its degrees
 * mean, where they are features; what metric its file proposes; which columns are no features
 * though most of their cells are numbers. */
#define LLOYD_NOTE_REMARK "remark"
#define LLOYD_NOTE_REMARK_METRIC "remark.metric"
#define LLOYD_NOTE_LEFT_OUT "remark.left-out"

/* The note of a table whose rows stand in another order than that in which they were written. */
#define LLOYD_NOTE_REORDERED "lloyd.reordered"

/* Words that travel with the table, by key: "lloyd.recipe". NULL where there is none. */
void lloyd_table_set_note (LloydTable *self, const char *key, const char *value);
const char *lloyd_table_get_note (const LloydTable *self, const char *key);
/* All keys, sorted, NULL-terminated; the array is yours, the words are not. */
const char **lloyd_table_get_note_keys (const LloydTable *self);

/* Where the table came from, as given; for messages. */
const char *lloyd_table_get_path (const LloydTable *self);
size_t lloyd_table_get_n_rows (const LloydTable *self);
guint lloyd_table_get_n_columns (const LloydTable *self);
const LloydColumn *lloyd_table_get_column (const LloydTable *self, guint i);

/* The column of that name, or NULL. */
const LloydColumn *lloyd_table_find (const LloydTable *self, const char *name);

static inline gboolean
lloyd_column_is_missing (const LloydColumn *self, size_t row)
{
  return self->missing != NULL && self->missing[row] != 0;
}

/* A whole number as it is; 0 where missing. */
static inline gint64
lloyd_column_integer (const LloydColumn *self, size_t row)
{
  if (self->integer_bytes == sizeof (gint32))
    return ((const gint32 *) self->data)[row * self->stride];
  return ((const gint64 *) self->data)[row * self->stride];
}

/* One cell of a column of whole numbers as the nearest double; NaN where missing. */
double lloyd_column_integer_number (const LloydColumn *self, size_t row);

/* One cell of a column of numbers; NaN where missing. */
static inline double
lloyd_column_number (const LloydColumn *self, size_t row)
{
  if (self->is_float32)
    return (double) ((const float *) self->data)[row * self->stride];
  if (self->integer_bytes != 0)
    return lloyd_column_integer_number (self, row);
  return ((const double *) self->data)[row * self->stride];
}

/* One cell as text: numbers with as many digits as they need to come back the same, times by ISO
 * 8601, bytes in hexadecimal. Yours. */
char *lloyd_column_dup_text (const LloydColumn *self, size_t row);
