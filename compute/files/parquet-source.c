/* The bytes of a file, and what its columns become in a table. */
#include <string.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/parquet-read.h"
#include "compute/words.h"

#define MAGIC "PAR1"
#define TAIL_BYTES 8

/* ---- bytes --------------------------------------------------------------------------------- */

const guint8 *
lloyd_parquet_source_fetch (const LloydParquetSource *self,
                            LloydParquetBuffer *buffer,
                            guint64 offset,
                            size_t n)
{
  if (offset > self->size || n > self->size - offset)
    return NULL;
  if (self->bytes != NULL)
    return self->bytes + offset;
  buffer->n = 0;
  if (!lloyd_parquet_buffer_reserve (buffer, MAX (n, 1)))
    return NULL;
  for (size_t done = 0; done < n;)
    {
      ssize_t got = pread (self->fd, buffer->data + done, n - done, (off_t) (offset + done));
      if (got <= 0)
        return NULL;
      done += (size_t) got;
    }
  return buffer->data;
}

LloydParquetFooter *
lloyd_parquet_source_read_footer (const LloydParquetSource *self, GError **error)
{
  LloydParquetBuffer buffer = { 0 };
  LloydParquetFooter *footer = NULL;
  guint32 size = 0;
  const char *what = NULL;
  const guint8 *tail =
      self->size >= TAIL_BYTES + strlen (MAGIC)
          ? lloyd_parquet_source_fetch (self, &buffer, self->size - TAIL_BYTES, TAIL_BYTES)
          : NULL;
  if (tail == NULL)
    what = _ ("the file is cut short");
  else if (memcmp (tail + 4, "PARE", 4) == 0)
    what = _ ("the footer is encrypted, which is not supported");
  else if (memcmp (tail + 4, MAGIC, 4) != 0)
    what = _ ("the file is cut short: it does not end with its footer");
  else
    {
      memcpy (&size, tail, sizeof size);
      size = GUINT32_FROM_LE (size);
      const guint8 *bytes =
          size <= self->size - TAIL_BYTES
              ? lloyd_parquet_source_fetch (self, &buffer, self->size - TAIL_BYTES - size, size)
              : NULL;
      if (bytes == NULL)
        what = _ ("the footer is damaged");
      else
        footer = lloyd_parquet_footer_read (self->path, bytes, size, self->size, error);
    }
  if (what != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", self->path, what);
  lloyd_parquet_buffer_clear (&buffer);
  return footer;
}

/* ---- columns of the table ------------------------------------------------------------------ */

static LloydUnit
unit_of (const LloydParquetLeaf *leaf)
{
  if (leaf->physical == LLOYD_PARQUET_BOOLEAN)
    return LLOYD_UNIT_BOOLEAN;
  if (leaf->physical == LLOYD_PARQUET_INT96)
    return LLOYD_UNIT_NANOSECONDS;
  switch (leaf->meaning)
    {
    case LLOYD_PARQUET_UNSIGNED:
      /* Those of 32 bits are stored in 64. */
      return leaf->physical == LLOYD_PARQUET_INT64 ? LLOYD_UNIT_UNSIGNED : LLOYD_UNIT_NONE;
    case LLOYD_PARQUET_DAYS:
      return LLOYD_UNIT_DAYS;
    case LLOYD_PARQUET_MILLISECONDS:
      return LLOYD_UNIT_MILLISECONDS;
    case LLOYD_PARQUET_MICROSECONDS:
      return LLOYD_UNIT_MICROSECONDS;
    case LLOYD_PARQUET_NANOSECONDS:
      return LLOYD_UNIT_NANOSECONDS;
    default:
      return LLOYD_UNIT_NONE;
    }
}

static LloydColumnType
type_of (const LloydParquetColumn *column)
{
  if (column->fault != NULL)
    return LLOYD_COLUMN_UNUSABLE;
  if (column->offsets == NULL)
    return LLOYD_COLUMN_NUMBER;
  if (column->leaf->meaning == LLOYD_PARQUET_GEOMETRY)
    return LLOYD_COLUMN_GEOMETRY;
  return column->leaf->meaning == LLOYD_PARQUET_TEXT || column->leaf->meaning == LLOYD_PARQUET_UUID
             ? LLOYD_COLUMN_TEXT
             : LLOYD_COLUMN_BINARY;
}

void
lloyd_parquet_column_add (LloydParquetColumn *column, LloydTable *table)
{
  LloydParquetStore store = lloyd_parquet_store_of (column->leaf);
  gboolean is_float = store == LLOYD_PARQUET_STORE_FLOAT;
  gboolean is_integer = store == LLOYD_PARQUET_STORE_INT32 || store == LLOYD_PARQUET_STORE_INT64;

  if (column->fault == NULL && column->leaf->max_repetition > 0)
    lloyd_table_add_list (table, column->leaf->name, column->numbers, column->n_elements, is_float,
                          (column->n_missing + column->n_elements - 1) / column->n_elements);
  else
    {
      LloydColumn described = {
        .name = column->leaf->name,
        .type = type_of (column),
        .data = column->numbers,
        .stride = 1,
        .is_float32 = is_float,
        .integer_bytes = is_integer ? (guint) lloyd_parquet_store_bytes (store) : 0,
        .unit = unit_of (column->leaf),
        .is_utc = column->leaf->is_utc,
        .n_missing = column->fault == NULL ? column->n_missing : 0,
        .missing = column->n_missing > 0 ? column->missing : NULL,
        .offsets = column->offsets,
        .text = column->text,
        .crs = column->leaf->crs,
        .fault = column->fault,
        .is_aside = column->is_aside,
      };
      lloyd_table_add_column (table, &described);
    }
  if (column->fault != NULL)
    return;
  lloyd_table_take_memory (table, g_steal_pointer (&column->offsets));
  lloyd_table_take_memory (table, g_steal_pointer (&column->text));
  lloyd_table_take_memory (table, g_steal_pointer (&column->missing));
}
