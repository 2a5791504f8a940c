/* Cells as COPY has them in its binary form. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/import/postgres-write.h"
#include "compute/words.h"

static inline void
put_32 (GByteArray *to, guint32 v)
{
  v = GUINT32_TO_BE (v);
  g_byte_array_append (to, (const guint8 *) &v, sizeof v);
}

static inline void
put_64 (GByteArray *to, guint64 v)
{
  put_32 (to, 8);
  v = GUINT64_TO_BE (v);
  g_byte_array_append (to, (const guint8 *) &v, sizeof v);
}

static void
put_nothing (GByteArray *to)
{
  put_32 (to, G_MAXUINT32);
}

/* A whole number as numeric: digits of 10,000, the highest first. */
static void
put_numeric (GByteArray *to, guint64 v)
{
  guint16 digits[5];
  guint n = 0;
  for (; v > 0; v /= 10000)
    digits[n++] = (guint16) (v % 10000);
  put_32 (to, 8 + 2 * n);
  postgres_put_16 (to, (guint16) n);
  postgres_put_16 (to, (guint16) (n > 0 ? n - 1 : 0));
  postgres_put_16 (to, 0);
  postgres_put_16 (to, 0);
  while (n-- > 0)
    postgres_put_16 (to, digits[n]);
}

static void
put_time (GByteArray *to, LloydUnit unit, gint64 v)
{
  gint64 us = v;
  if (unit == LLOYD_UNIT_NANOSECONDS)
    us = v / 1000 - (v % 1000 < 0);
  if (unit == LLOYD_UNIT_MILLISECONDS && !__builtin_mul_overflow (v, (gint64) 1000, &us))
    us = v * 1000;
  put_64 (to, (guint64) (us - POSTGRES_EPOCH_US));
}

static void
put_integer (PostgresWriter *self, const LloydImportColumn *column, gint64 v)
{
  if (column->unit == LLOYD_UNIT_DAYS)
    {
      put_32 (self->bytes, 4);
      put_32 (self->bytes, (guint32) (v - POSTGRES_EPOCH_DAYS));
    }
  else if (column->unit >= LLOYD_UNIT_MILLISECONDS)
    put_time (self->bytes, column->unit, v);
  else if (column->unit == LLOYD_UNIT_UNSIGNED)
    put_numeric (self->bytes, (guint64) v);
  else if (column->store == LLOYD_IMPORT_INT32)
    {
      put_32 (self->bytes, 4);
      put_32 (self->bytes, (guint32) v);
    }
  else
    put_64 (self->bytes, (guint64) v);
}

static gboolean
is_nan_at (const guint8 *from, size_t size)
{
  float narrow;
  double v;
  memcpy (&narrow, from, sizeof narrow);
  if (size == sizeof narrow)
    return isnan (narrow) != 0;
  memcpy (&v, from, sizeof v);
  return isnan (v) != 0;
}

static void
put_float (GByteArray *to, const guint8 *from, size_t size)
{
  guint32 narrow;
  guint64 wide;
  if (is_nan_at (from, size))
    put_nothing (to);
  else if (size == sizeof narrow)
    {
      memcpy (&narrow, from, sizeof narrow);
      put_32 (to, sizeof narrow);
      put_32 (to, narrow);
    }
  else
    {
      memcpy (&wide, from, sizeof wide);
      put_64 (to, wide);
    }
}

static void
put_number (PostgresWriter *self, guint i, size_t row)
{
  const LloydImportColumn *column = postgres_about (self, i);
  size_t size = lloyd_import_store_bytes (column->store);
  const guint8 *from = self->cells[i].values + row * size;
  gint32 narrow;
  gint64 wide;
  memcpy (&narrow, from, sizeof narrow);
  if (column->unit == LLOYD_UNIT_BOOLEAN && !is_nan_at (from, size))
    {
      put_32 (self->bytes, 1);
      lloyd_import_put_u8 (self->bytes, (narrow & 0x7fffffff) != 0);
    }
  else if (column->store == LLOYD_IMPORT_INT32)
    put_integer (self, column, narrow);
  else if (column->store == LLOYD_IMPORT_INT64)
    {
      memcpy (&wide, from, sizeof wide);
      put_integer (self, column, wide);
    }
  else
    put_float (self->bytes, from, size);
}

/* real[] and double precision[]: one dimension from 1, and each element with its length. */
static void
put_list (PostgresWriter *self, guint i, size_t row)
{
  enum
  {
    FLOAT4 = 700,
    FLOAT8 = 701,
  };
  size_t size = lloyd_import_store_bytes (postgres_about (self, i)->store);
  guint32 d = self->cells[i].n_elements;
  const guint8 *from = self->cells[i].values + row * d * size;
  guint start = self->bytes->len;
  put_32 (self->bytes, 0);
  put_32 (self->bytes, 1);
  put_32 (self->bytes, 1);
  put_32 (self->bytes, size == 4 ? FLOAT4 : FLOAT8);
  put_32 (self->bytes, d);
  put_32 (self->bytes, 1);
  for (guint32 j = 0; j < d; j++)
    put_float (self->bytes, from + j * size, size);
  guint32 length = GUINT32_TO_BE (self->bytes->len - start - 4);
  memcpy (self->bytes->data + start, &length, sizeof length);
}

/* Well-known binary with its reference number put in. */
static void
put_geometry (PostgresWriter *self, guint i, const guint8 *bytes, guint32 n, guint64 row)
{
  guint32 type, srid = (guint32) self->srids[i];
  if (n < 5 || bytes[0] > 1)
    channel_fail (LLOYD_ERROR_DATA, _ ("row %" PRIu64 ", column %s: not a geometry"), row + 1,
                  postgres_about (self, i)->name);
  gboolean is_little = bytes[0] == 1;
  memcpy (&type, bytes + 1, sizeof type);
  type = is_little ? GUINT32_FROM_LE (type) : GUINT32_FROM_BE (type);
  guint32 had_srid = (type & 0x20000000u) != 0 && n >= 9 ? 4 : 0;
  type |= 0x20000000u;
  type = is_little ? GUINT32_TO_LE (type) : GUINT32_TO_BE (type);
  srid = is_little ? GUINT32_TO_LE (srid) : GUINT32_TO_BE (srid);
  put_32 (self->bytes, n + 4 - had_srid);
  g_byte_array_append (self->bytes, bytes, 1);
  g_byte_array_append (self->bytes, (const guint8 *) &type, sizeof type);
  g_byte_array_append (self->bytes, (const guint8 *) &srid, sizeof srid);
  g_byte_array_append (self->bytes, bytes + 5 + had_srid, n - 5 - had_srid);
}

void
postgres_put_row (PostgresWriter *self, size_t row, guint64 n_before)
{
  postgres_put_16 (self->bytes, (guint16) self->columns->len);
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydImportColumn *column = postgres_about (self, i);
      const LloydImportCells *cells = &self->cells[i];
      gboolean is_bytes = column->store == LLOYD_IMPORT_BYTES;
      guint32 n = is_bytes ? lloyd_import_length (cells, row) : 0;
      if (cells->missing != NULL && cells->missing[row] != 0)
        put_nothing (self->bytes);
      else if (column->type == LLOYD_COLUMN_GEOMETRY)
        put_geometry (self, i, self->at[i], n, n_before + row);
      else if (is_bytes)
        {
          put_32 (self->bytes, n);
          g_byte_array_append (self->bytes, self->at[i], n);
        }
      else if ((column->flags & LLOYD_IMPORT_IS_LIST) != 0)
        put_list (self, i, row);
      else
        put_number (self, i, row);
      if (is_bytes)
        self->at[i] += n;
    }
}
