/* Thrift's compact protocol, as far as Parquet uses it: reading with every size checked against the
 * bytes that remain, and writing. The protocol is described in "Thrift Compact protocol encoding".
 */
#pragma once

#include <glib.h>

typedef enum
{
  LLOYD_THRIFT_STOP = 0,
  LLOYD_THRIFT_TRUE = 1,
  LLOYD_THRIFT_FALSE = 2,
  LLOYD_THRIFT_BYTE = 3,
  LLOYD_THRIFT_I16 = 4,
  LLOYD_THRIFT_I32 = 5,
  LLOYD_THRIFT_I64 = 6,
  LLOYD_THRIFT_DOUBLE = 7,
  LLOYD_THRIFT_BINARY = 8,
  LLOYD_THRIFT_LIST = 9,
  LLOYD_THRIFT_SET = 10,
  LLOYD_THRIFT_MAP = 11,
  LLOYD_THRIFT_STRUCT = 12,
} LloydThriftType;

/* What is left to read. Once something is wrong, `is_bad` stays and every read gives 0. */
typedef struct
{
  const guint8 *p;
  const guint8 *end;
  gboolean is_bad;
} LloydThriftReader;

/* Where one is in a struct. Zero to begin with. */
typedef struct
{
  gint16 id;
  LloydThriftType type;
} LloydThriftField;

/* Goes on to the next field of a struct; FALSE at its end, or where something is wrong. The value
 * of each field must be read or skipped before the next. */
gboolean lloyd_thrift_next (LloydThriftReader *self, LloydThriftField *field);

/* The value of a field, by its type; another type than the one asked for makes the reader bad. */
gint64 lloyd_thrift_read_int (LloydThriftReader *self, const LloydThriftField *field);
gboolean lloyd_thrift_read_bool (LloydThriftReader *self, const LloydThriftField *field);
/* Borrowed from what is read; not terminated. */
const char *
lloyd_thrift_read_binary (LloydThriftReader *self, const LloydThriftField *field, size_t *n);
/* Yours, terminated, and valid UTF-8. */
char *lloyd_thrift_dup_text (LloydThriftReader *self, const LloydThriftField *field);
/* How many elements a list has, each of `type`: as a rule, no more than bytes remain. */
size_t lloyd_thrift_read_list (LloydThriftReader *self,
                               const LloydThriftField *field,
                               LloydThriftType type);
/* Whether the field is a struct, which then follows. */
gboolean lloyd_thrift_enter (LloydThriftReader *self, const LloydThriftField *field);
void lloyd_thrift_skip (LloydThriftReader *self, const LloydThriftField *field);

/* Writing. `last` is the id of the field before in the same struct, 0 at its beginning. */
void lloyd_thrift_put_field (GByteArray *out, gint16 *last, gint16 id, LloydThriftType type);
void lloyd_thrift_put_varint (GByteArray *out, guint64 v);
void
lloyd_thrift_put_int (GByteArray *out, gint16 *last, gint16 id, LloydThriftType type, gint64 v);
void lloyd_thrift_put_bool (GByteArray *out, gint16 *last, gint16 id, gboolean v);
void
lloyd_thrift_put_binary (GByteArray *out, gint16 *last, gint16 id, const void *bytes, size_t n);
void lloyd_thrift_put_text (GByteArray *out, gint16 *last, gint16 id, const char *text);
/* The head of a list; the elements follow as they are. */
void
lloyd_thrift_put_list (GByteArray *out, gint16 *last, gint16 id, LloydThriftType type, size_t n);
void lloyd_thrift_put_stop (GByteArray *out);
/* A text as an element of a list, and a whole number. */
void lloyd_thrift_put_text_element (GByteArray *out, const char *text);
void lloyd_thrift_put_int_element (GByteArray *out, gint64 v);
