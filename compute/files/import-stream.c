#include "compute/files/import-stream.h"

#include <string.h>

/* Least bytes of a column and of a note in TABLE. */
#define COLUMN_BYTES 20
/* Of a batch in which no column has cells. */
#define MOST_BARE_ROWS ((guint64) 1 << 20)

void
lloyd_import_column_clear (gpointer data)
{
  LloydImportColumn *column = data;
  g_free (column->name);
  g_free (column->crs);
  g_free (column->fault);
}

/* ---- putting ------------------------------------------------------------------------------- */

void
lloyd_import_put_u8 (GByteArray *to, guint8 v)
{
  g_byte_array_append (to, &v, 1);
}

void
lloyd_import_put_u32 (GByteArray *to, guint32 v)
{
  guint8 bytes[sizeof v];
  memcpy (bytes, &v, sizeof v);
  g_byte_array_append (to, bytes, sizeof bytes);
}

void
lloyd_import_put_u64 (GByteArray *to, guint64 v)
{
  guint8 bytes[sizeof v];
  memcpy (bytes, &v, sizeof v);
  g_byte_array_append (to, bytes, sizeof bytes);
}

void
lloyd_import_put_text (GByteArray *to, const char *text)
{
  size_t n = text != NULL ? strlen (text) : 0;
  lloyd_import_put_u32 (to, (guint32) n);
  if (n > 0)
    g_byte_array_append (to, (const guint8 *) text, (guint) n);
}

void
lloyd_import_put_columns (GByteArray *to, const LloydImportColumn *columns, guint n)
{
  lloyd_import_put_u32 (to, n);
  for (guint i = 0; i < n; i++)
    {
      lloyd_import_put_text (to, columns[i].name);
      lloyd_import_put_u8 (to, (guint8) columns[i].type);
      lloyd_import_put_u8 (to, (guint8) columns[i].store);
      lloyd_import_put_u8 (to, (guint8) columns[i].unit);
      lloyd_import_put_u8 (to, (guint8) columns[i].flags);
      lloyd_import_put_u32 (to, columns[i].geometries);
      lloyd_import_put_text (to, columns[i].crs);
      lloyd_import_put_text (to, columns[i].fault);
    }
}

void
lloyd_import_begin_frame (GByteArray *to, LloydImportKind kind)
{
  g_byte_array_set_size (to, 0);
  lloyd_import_put_u32 (to, (guint32) kind);
  lloyd_import_put_u32 (to, 0);
  lloyd_import_put_u64 (to, 0);
}

void
lloyd_import_end_frame (GByteArray *to)
{
  guint64 n = to->len - LLOYD_IMPORT_HEAD_BYTES;
  memcpy (to->data + LLOYD_IMPORT_HEAD_BYTES - sizeof n, &n, sizeof n);
}

/* ---- taking -------------------------------------------------------------------------------- */

const guint8 *
lloyd_import_take_bytes (LloydImportPayload *self, guint64 n)
{
  if (self->is_bad || n > (guint64) (self->end - self->p))
    {
      self->is_bad = TRUE;
      return NULL;
    }
  const guint8 *bytes = self->p;
  self->p += n;
  return bytes;
}

guint8
lloyd_import_take_u8 (LloydImportPayload *self)
{
  const guint8 *bytes = lloyd_import_take_bytes (self, 1);
  return bytes != NULL ? *bytes : 0;
}

guint32
lloyd_import_take_u32 (LloydImportPayload *self)
{
  guint32 v = 0;
  const guint8 *bytes = lloyd_import_take_bytes (self, sizeof v);
  if (bytes != NULL)
    memcpy (&v, bytes, sizeof v);
  return v;
}

guint64
lloyd_import_take_u64 (LloydImportPayload *self)
{
  guint64 v = 0;
  const guint8 *bytes = lloyd_import_take_bytes (self, sizeof v);
  if (bytes != NULL)
    memcpy (&v, bytes, sizeof v);
  return v;
}

char *
lloyd_import_take_text (LloydImportPayload *self)
{
  guint32 n = lloyd_import_take_u32 (self);
  const guint8 *bytes = lloyd_import_take_bytes (self, n);
  return bytes != NULL ? g_strndup ((const char *) bytes, n) : g_strdup ("");
}

static char *
text_or_null (char *text)
{
  if (text[0] != '\0')
    return text;
  g_free (text);
  return NULL;
}

/* Whether what a column says of itself goes together. */
static gboolean
is_possible (const LloydImportColumn *column)
{
  gboolean is_number = column->type == LLOYD_COLUMN_NUMBER;
  gboolean is_list = (column->flags & LLOYD_IMPORT_IS_LIST) != 0;
  gboolean is_floating =
      column->store == LLOYD_IMPORT_FLOAT32 || column->store == LLOYD_IMPORT_DOUBLE;
  if (column->type > LLOYD_COLUMN_UNUSABLE || column->store > LLOYD_IMPORT_BYTES ||
      column->unit > LLOYD_UNIT_NANOSECONDS)
    return FALSE;
  if (column->type == LLOYD_COLUMN_UNUSABLE)
    return column->fault != NULL;
  return is_number == (column->store != LLOYD_IMPORT_BYTES) && (!is_list || is_floating) &&
         (column->unit == LLOYD_UNIT_NONE || is_floating == (column->unit == LLOYD_UNIT_BOOLEAN)) &&
         (column->unit != LLOYD_UNIT_BOOLEAN || column->store == LLOYD_IMPORT_FLOAT32) &&
         (column->unit < LLOYD_UNIT_MILLISECONDS || column->store == LLOYD_IMPORT_INT64);
}

GArray *
lloyd_import_take_columns (LloydImportPayload *self)
{
  guint32 n = lloyd_import_take_u32 (self);
  GArray *columns = g_array_new (FALSE, TRUE, sizeof (LloydImportColumn));
  g_array_set_clear_func (columns, lloyd_import_column_clear);
  self->is_bad |= n > (guint64) (self->end - self->p) / COLUMN_BYTES;
  for (guint32 i = 0; i < n && !self->is_bad; i++)
    {
      LloydImportColumn column = { .name = lloyd_import_take_text (self) };
      column.type = (LloydColumnType) lloyd_import_take_u8 (self);
      column.store = (LloydImportStore) lloyd_import_take_u8 (self);
      column.unit = (LloydUnit) lloyd_import_take_u8 (self);
      column.flags = lloyd_import_take_u8 (self);
      column.geometries = lloyd_import_take_u32 (self);
      column.crs = text_or_null (lloyd_import_take_text (self));
      column.fault = text_or_null (lloyd_import_take_text (self));
      self->is_bad |= !is_possible (&column);
      g_array_append_val (columns, column);
    }
  if (!self->is_bad)
    return columns;
  g_array_unref (columns);
  return NULL;
}

guint64
lloyd_import_take_rows (LloydImportPayload *self)
{
  guint64 n = lloyd_import_take_u64 (self);
  /* Every cell takes a byte at the least, and rows without any cells are few. */
  if (n > MAX ((guint64) (self->end - self->p), MOST_BARE_ROWS))
    self->is_bad = TRUE;
  return self->is_bad ? 0 : n;
}

static guint64
sum_of_lengths (const LloydImportCells *cells, guint64 n_rows)
{
  guint64 sum = 0;
  for (guint64 i = 0; i < n_rows; i++)
    sum += lloyd_import_length (cells, i);
  return sum;
}

void
lloyd_import_take_cells (LloydImportPayload *self,
                         const LloydImportColumn *column,
                         guint64 n_rows,
                         LloydImportCells *cells)
{
  guint64 n_values = n_rows, n_bytes = 0;
  gboolean is_list = (column->flags & LLOYD_IMPORT_IS_LIST) != 0;

  *cells = (LloydImportCells){ .n_elements = 1 };
  if (lloyd_import_take_u8 (self) != 0)
    cells->missing = lloyd_import_take_bytes (self, n_rows);
  if (column->store == LLOYD_IMPORT_BYTES)
    {
      cells->lengths = lloyd_import_take_bytes (self, n_rows * sizeof (guint32));
      cells->n_bytes = cells->lengths != NULL ? sum_of_lengths (cells, n_rows) : 0;
      cells->values = lloyd_import_take_bytes (self, cells->n_bytes);
      return;
    }
  if (is_list)
    cells->n_elements = lloyd_import_take_u32 (self);
  /* Lists of no elements stand for missing ones alone. */
  self->is_bad |= cells->n_elements == 0 && cells->missing == NULL && n_rows > 0;
  if (!g_uint64_checked_mul (&n_values, n_rows, cells->n_elements) ||
      !g_uint64_checked_mul (&n_bytes, n_values, lloyd_import_store_bytes (column->store)))
    self->is_bad = TRUE;
  cells->values = lloyd_import_take_bytes (self, n_bytes);
}
