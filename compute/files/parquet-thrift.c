#include "compute/files/parquet-thrift.h"

#include <string.h>

/* Deeper than any footer; a file that nests deeper is none. */
#define MAX_DEPTH 32

static gint64
bad (LloydThriftReader *self)
{
  self->is_bad = TRUE;
  self->p = self->end;
  return 0;
}

static size_t
remaining (const LloydThriftReader *self)
{
  return (size_t) (self->end - self->p);
}

static guint8
read_byte (LloydThriftReader *self)
{
  return self->p < self->end ? *self->p++ : (guint8) bad (self);
}

static guint64
read_varint (LloydThriftReader *self)
{
  guint64 v = 0;
  for (guint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte = read_byte (self);
      v |= (guint64) (byte & 127) << shift;
      if (byte < 128)
        return v;
    }
  return (guint64) bad (self);
}

static gint64
read_zigzag (LloydThriftReader *self)
{
  guint64 v = read_varint (self);
  return (gint64) (v >> 1) ^ -(gint64) (v & 1);
}

gboolean
lloyd_thrift_next (LloydThriftReader *self, LloydThriftField *field)
{
  guint8 head = read_byte (self);
  field->type = (LloydThriftType) (head & 15);
  if (field->type == LLOYD_THRIFT_STOP)
    {
      /* A stop has no id. */
      if (head != 0)
        bad (self);
      return FALSE;
    }
  if (field->type > LLOYD_THRIFT_STRUCT)
    return (gboolean) bad (self);
  field->id = (gint16) (head >> 4 != 0 ? field->id + (head >> 4) : read_zigzag (self));
  return !self->is_bad;
}

static gint64
read_int_of (LloydThriftReader *self, LloydThriftType type)
{
  switch (type)
    {
    case LLOYD_THRIFT_BYTE:
      return (gint8) read_byte (self);
    case LLOYD_THRIFT_I16:
    case LLOYD_THRIFT_I32:
    case LLOYD_THRIFT_I64:
      return read_zigzag (self);
    default:
      return bad (self);
    }
}

gint64
lloyd_thrift_read_int (LloydThriftReader *self, const LloydThriftField *field)
{
  return read_int_of (self, field->type);
}

gboolean
lloyd_thrift_read_bool (LloydThriftReader *self, const LloydThriftField *field)
{
  if (field->type != LLOYD_THRIFT_TRUE && field->type != LLOYD_THRIFT_FALSE)
    return (gboolean) bad (self);
  return field->type == LLOYD_THRIFT_TRUE;
}

static const char *
read_bytes (LloydThriftReader *self, size_t *n)
{
  guint64 size = read_varint (self);
  if (size > remaining (self))
    size = (guint64) bad (self);
  const char *bytes = (const char *) self->p;
  self->p += size;
  *n = (size_t) size;
  return bytes;
}

const char *
lloyd_thrift_read_binary (LloydThriftReader *self, const LloydThriftField *field, size_t *n)
{
  if (field->type != LLOYD_THRIFT_BINARY)
    bad (self);
  return read_bytes (self, n);
}

char *
lloyd_thrift_dup_text (LloydThriftReader *self, const LloydThriftField *field)
{
  size_t n;
  const char *bytes = lloyd_thrift_read_binary (self, field, &n);
  return g_utf8_make_valid (bytes, (gssize) n);
}

static size_t
read_list_head (LloydThriftReader *self, LloydThriftType *type)
{
  guint8 head = read_byte (self);
  guint64 n = head >> 4 == 15 ? read_varint (self) : head >> 4;
  *type = (LloydThriftType) (head & 15);
  /* Every element of any type takes a byte at the least. */
  if (n > remaining (self))
    n = (guint64) bad (self);
  return (size_t) n;
}

size_t
lloyd_thrift_read_list (LloydThriftReader *self,
                        const LloydThriftField *field,
                        LloydThriftType type)
{
  LloydThriftType found;
  if (field->type != LLOYD_THRIFT_LIST)
    return (size_t) bad (self);
  size_t n = read_list_head (self, &found);
  return n == 0 || found == type ? n : (size_t) bad (self);
}

gboolean
lloyd_thrift_enter (LloydThriftReader *self, const LloydThriftField *field)
{
  return field->type == LLOYD_THRIFT_STRUCT || (gboolean) bad (self);
}

static void skip_value (LloydThriftReader *self, LloydThriftType type, guint depth);

static void
skip_elements (LloydThriftReader *self, guint depth)
{
  LloydThriftType type;
  size_t n = read_list_head (self, &type);
  for (size_t i = 0; i < n && !self->is_bad; i++)
    {
      /* A truth value is in the head of a field, but a byte in a list. */
      if (type == LLOYD_THRIFT_TRUE || type == LLOYD_THRIFT_FALSE)
        read_byte (self);
      else
        skip_value (self, type, depth + 1);
    }
}

static void
skip_map (LloydThriftReader *self, guint depth)
{
  guint64 n = read_varint (self);
  if (n == 0)
    return;
  guint8 types = read_byte (self);
  if (n > remaining (self))
    bad (self);
  for (guint64 i = 0; i < n && !self->is_bad; i++)
    {
      skip_value (self, (LloydThriftType) (types >> 4), depth + 1);
      skip_value (self, (LloydThriftType) (types & 15), depth + 1);
    }
}

static void
skip_value (LloydThriftReader *self, LloydThriftType type, guint depth)
{
  LloydThriftField field = { 0 };
  size_t n;

  if (depth > MAX_DEPTH)
    {
      bad (self);
      return;
    }
  switch (type)
    {
    case LLOYD_THRIFT_TRUE:
    case LLOYD_THRIFT_FALSE:
      break;
    case LLOYD_THRIFT_DOUBLE:
      if (remaining (self) < 8)
        bad (self);
      else
        self->p += 8;
      break;
    case LLOYD_THRIFT_BINARY:
      read_bytes (self, &n);
      break;
    case LLOYD_THRIFT_LIST:
    case LLOYD_THRIFT_SET:
      skip_elements (self, depth);
      break;
    case LLOYD_THRIFT_MAP:
      skip_map (self, depth);
      break;
    case LLOYD_THRIFT_STRUCT:
      while (lloyd_thrift_next (self, &field))
        skip_value (self, field.type, depth + 1);
      break;
    default:
      read_int_of (self, type);
    }
}

void
lloyd_thrift_skip (LloydThriftReader *self, const LloydThriftField *field)
{
  skip_value (self, field->type, 0);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
put_byte (GByteArray *out, guint8 byte)
{
  g_byte_array_append (out, &byte, 1);
}

void
lloyd_thrift_put_varint (GByteArray *out, guint64 v)
{
  for (; v >= 128; v >>= 7)
    put_byte (out, (guint8) (v | 128));
  put_byte (out, (guint8) v);
}

static void
put_zigzag (GByteArray *out, gint64 v)
{
  lloyd_thrift_put_varint (out, ((guint64) v << 1) ^ (guint64) (v >> 63));
}

void
lloyd_thrift_put_field (GByteArray *out, gint16 *last, gint16 id, LloydThriftType type)
{
  int delta = id - *last;
  if (delta >= 1 && delta <= 15)
    put_byte (out, (guint8) (delta << 4 | (int) type));
  else
    {
      put_byte (out, (guint8) type);
      put_zigzag (out, id);
    }
  *last = id;
}

void
lloyd_thrift_put_int (GByteArray *out, gint16 *last, gint16 id, LloydThriftType type, gint64 v)
{
  lloyd_thrift_put_field (out, last, id, type);
  if (type == LLOYD_THRIFT_BYTE)
    put_byte (out, (guint8) v);
  else
    put_zigzag (out, v);
}

void
lloyd_thrift_put_bool (GByteArray *out, gint16 *last, gint16 id, gboolean v)
{
  lloyd_thrift_put_field (out, last, id, v ? LLOYD_THRIFT_TRUE : LLOYD_THRIFT_FALSE);
}

void
lloyd_thrift_put_binary (GByteArray *out, gint16 *last, gint16 id, const void *bytes, size_t n)
{
  lloyd_thrift_put_field (out, last, id, LLOYD_THRIFT_BINARY);
  lloyd_thrift_put_varint (out, n);
  g_byte_array_append (out, bytes, (guint) n);
}

void
lloyd_thrift_put_text (GByteArray *out, gint16 *last, gint16 id, const char *text)
{
  lloyd_thrift_put_binary (out, last, id, text, strlen (text));
}

void
lloyd_thrift_put_list (GByteArray *out, gint16 *last, gint16 id, LloydThriftType type, size_t n)
{
  lloyd_thrift_put_field (out, last, id, LLOYD_THRIFT_LIST);
  put_byte (out, (guint8) (MIN (n, 15) << 4 | (guint) type));
  if (n >= 15)
    lloyd_thrift_put_varint (out, n);
}

void
lloyd_thrift_put_stop (GByteArray *out)
{
  put_byte (out, LLOYD_THRIFT_STOP);
}

void
lloyd_thrift_put_text_element (GByteArray *out, const char *text)
{
  size_t n = strlen (text);
  lloyd_thrift_put_varint (out, n);
  g_byte_array_append (out, (const guint8 *) text, (guint) n);
}

void
lloyd_thrift_put_int_element (GByteArray *out, gint64 v)
{
  put_zigzag (out, v);
}
