#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/import/channel.h"
#include "compute/words.h"

/* A column of the batch that is being filled. */
typedef struct
{
  GByteArray *missing;
  gboolean has_missing;
  GByteArray *values;
  GByteArray *lengths;
  guint32 n_elements;
} Column;

struct _Rows
{
  GArray *about;
  Column *columns;
  /* Rows of the batch, its bytes, and rows that were sent. */
  size_t n;
  size_t n_bytes;
  guint64 n_sent;
  GByteArray *frame;
};

Rows *
rows_new (GArray *columns, const char *const *notes, guint64 n_expected)
{
  Rows *self = g_new0 (Rows, 1);
  guint32 n_notes = 0;
  self->about = columns;
  self->columns = g_new0 (Column, columns->len + 1);
  self->frame = g_byte_array_new ();
  for (guint i = 0; i < columns->len; i++)
    {
      self->columns[i].missing = g_byte_array_new ();
      self->columns[i].values = g_byte_array_new ();
      self->columns[i].lengths = g_byte_array_new ();
    }
  while (notes != NULL && notes[n_notes] != NULL)
    n_notes++;
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_TABLE);
  lloyd_import_put_columns (self->frame, (const LloydImportColumn *) (gpointer) columns->data,
                            columns->len);
  lloyd_import_put_u32 (self->frame, n_notes / 2);
  for (guint32 i = 0; i < n_notes / 2 * 2; i++)
    lloyd_import_put_text (self->frame, notes[i]);
  lloyd_import_put_u64 (self->frame, n_expected);
  channel_send (self->frame);
  return self;
}

static inline LloydImportColumn *
about_at (const Rows *self, guint column)
{
  return &g_array_index (self->about, LloydImportColumn, column);
}

static inline void
mark (Rows *self, Column *column, guint8 is_missing)
{
  g_byte_array_append (column->missing, &is_missing, 1);
  column->has_missing |= is_missing != 0;
  self->n_bytes++;
}

static inline void
append (Rows *self, Column *column, const void *bytes, size_t n)
{
  g_byte_array_append (column->values, bytes, (guint) n);
  self->n_bytes += n;
}

/* Zeros for a cell that is not there. */
static void
append_nothing (Rows *self, Column *column, size_t n)
{
  guint at = column->values->len;
  if (n == 0)
    return;
  if (n > LLOYD_IMPORT_FRAME_BYTES)
    channel_fail (LLOYD_ERROR_FILE, _ ("rows without a list are too many before so long a one"));
  g_byte_array_set_size (column->values, at + (guint) n);
  memset (column->values->data + at, 0, n);
  self->n_bytes += n;
}

void
rows_put_missing (Rows *self, guint i)
{
  Column *column = &self->columns[i];
  const LloydImportColumn *about = about_at (self, i);
  const guint32 none = 0;
  if (about->fault != NULL)
    return;
  mark (self, column, 1);
  if (about->store == LLOYD_IMPORT_BYTES)
    g_byte_array_append (column->lengths, (const guint8 *) &none, sizeof none);
  else
    append_nothing (self, column,
                    lloyd_import_store_bytes (about->store) *
                        ((about->flags & LLOYD_IMPORT_IS_LIST) != 0 ? column->n_elements : 1));
}

void
rows_put_double (Rows *self, guint i, double v)
{
  Column *column = &self->columns[i];
  float narrow = (float) v;
  mark (self, column, 0);
  if (about_at (self, i)->store == LLOYD_IMPORT_FLOAT32)
    append (self, column, &narrow, sizeof narrow);
  else
    append (self, column, &v, sizeof v);
}

void
rows_put_integer (Rows *self, guint i, gint64 v)
{
  Column *column = &self->columns[i];
  gint32 narrow = (gint32) v;
  mark (self, column, 0);
  if (about_at (self, i)->store == LLOYD_IMPORT_INT32)
    append (self, column, &narrow, sizeof narrow);
  else
    append (self, column, &v, sizeof v);
}

void
rows_put_bytes (Rows *self, guint i, const void *bytes, size_t n)
{
  Column *column = &self->columns[i];
  guint32 length = (guint32) n;
  if (n > LLOYD_IMPORT_FRAME_BYTES / 2)
    channel_fail (LLOYD_ERROR_FILE, _ ("row %" PRIu64 ", column %s: the cell is too long"),
                  rows_count (self) + 1, about_at (self, i)->name);
  mark (self, column, 0);
  g_byte_array_append (column->lengths, (const guint8 *) &length, sizeof length);
  append (self, column, bytes, n);
}

void
rows_put_list (Rows *self, guint i, const void *values, guint32 n)
{
  Column *column = &self->columns[i];
  const LloydImportColumn *about = about_at (self, i);
  size_t size = lloyd_import_store_bytes (about->store);
  if (about->fault != NULL)
    return;
  if (column->n_elements == 0 && n > 0)
    {
      /* Those before it in the batch had none. */
      column->n_elements = n;
      append_nothing (self, column, self->n * n * size);
    }
  if (n != column->n_elements)
    {
      rows_fault (
          self, i,
          _ ("column %s: the list in row %" PRIu64 " has %u elements, those before have %u"),
          about->name, rows_count (self) + 1, n, column->n_elements);
      return;
    }
  mark (self, column, n == 0);
  append (self, column, values, n * size);
}

void
rows_fault (Rows *self, guint i, const char *format, ...)
{
  va_list arguments;
  LloydImportColumn *about = about_at (self, i);
  if (about->fault != NULL)
    return;
  va_start (arguments, format);
  about->fault = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_FAULT);
  lloyd_import_put_u32 (self->frame, i);
  lloyd_import_put_text (self->frame, about->fault);
  channel_send (self->frame);
}

static void
put_array (GByteArray *to, const GByteArray *from)
{
  if (from->len > 0)
    g_byte_array_append (to, from->data, from->len);
}

static void
send_batch (Rows *self)
{
  lloyd_import_begin_frame (self->frame, LLOYD_IMPORT_BATCH);
  lloyd_import_put_u64 (self->frame, self->n);
  for (guint i = 0; i < self->about->len; i++)
    {
      Column *column = &self->columns[i];
      const LloydImportColumn *about = about_at (self, i);
      if (about->fault == NULL)
        {
          lloyd_import_put_u8 (self->frame, column->has_missing);
          if (column->has_missing)
            put_array (self->frame, column->missing);
          if ((about->flags & LLOYD_IMPORT_IS_LIST) != 0)
            lloyd_import_put_u32 (self->frame, column->n_elements);
          put_array (self->frame, column->lengths);
          put_array (self->frame, column->values);
        }
      column->has_missing = FALSE;
      g_byte_array_set_size (column->missing, 0);
      g_byte_array_set_size (column->lengths, 0);
      g_byte_array_set_size (column->values, 0);
    }
  channel_send (self->frame);
  self->n_sent += self->n;
  self->n = self->n_bytes = 0;
}

void
rows_end_row (Rows *self)
{
  self->n++;
  if (self->n == LLOYD_IMPORT_BATCH_ROWS || self->n_bytes >= LLOYD_IMPORT_BATCH_BYTES)
    send_batch (self);
}

guint64
rows_count (const Rows *self)
{
  return self->n_sent + self->n;
}

void
rows_finish (Rows *self)
{
  if (self->n > 0)
    send_batch (self);
  channel_finish (self->n_sent);
}
