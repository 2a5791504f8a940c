/* What a Parquet file says of itself at its end: columns, row groups, where their bytes are. The
 * format is described in "Apache Parquet format", file parquet.thrift. */
#pragma once

#include <glib.h>

typedef enum
{
  LLOYD_PARQUET_BOOLEAN,
  LLOYD_PARQUET_INT32,
  LLOYD_PARQUET_INT64,
  LLOYD_PARQUET_INT96,
  LLOYD_PARQUET_FLOAT,
  LLOYD_PARQUET_DOUBLE,
  LLOYD_PARQUET_BYTE_ARRAY,
  LLOYD_PARQUET_FIXED,
} LloydParquetPhysical;

typedef enum
{
  LLOYD_PARQUET_UNCOMPRESSED,
  LLOYD_PARQUET_SNAPPY,
  LLOYD_PARQUET_GZIP,
  LLOYD_PARQUET_LZO,
  LLOYD_PARQUET_BROTLI,
  LLOYD_PARQUET_LZ4,
  LLOYD_PARQUET_ZSTD,
  LLOYD_PARQUET_LZ4_RAW,
} LloydParquetCodec;

typedef enum
{
  LLOYD_PARQUET_PLAIN = 0,
  LLOYD_PARQUET_PLAIN_DICTIONARY = 2,
  LLOYD_PARQUET_RLE = 3,
  LLOYD_PARQUET_BIT_PACKED = 4,
  LLOYD_PARQUET_DELTA_BINARY_PACKED = 5,
  LLOYD_PARQUET_DELTA_LENGTH = 6,
  LLOYD_PARQUET_DELTA_BYTE_ARRAY = 7,
  LLOYD_PARQUET_RLE_DICTIONARY = 8,
  LLOYD_PARQUET_BYTE_STREAM_SPLIT = 9,
} LloydParquetEncoding;

/* What the bytes of a physical type stand for. */
typedef enum
{
  LLOYD_PARQUET_AS_IT_IS,
  LLOYD_PARQUET_TEXT,
  LLOYD_PARQUET_UNSIGNED,
  LLOYD_PARQUET_DAYS,
  LLOYD_PARQUET_TIME,
  LLOYD_PARQUET_MILLISECONDS,
  LLOYD_PARQUET_MICROSECONDS,
  LLOYD_PARQUET_NANOSECONDS,
  LLOYD_PARQUET_DECIMAL,
  LLOYD_PARQUET_FLOAT16,
  LLOYD_PARQUET_UUID,
  LLOYD_PARQUET_GEOMETRY,
} LloydParquetMeaning;

/* A column of values: a leaf of the schema. */
typedef struct
{
  /* Its path, joined by dots, without the inner names of a list. */
  char *name;
  LloydParquetPhysical physical;
  LloydParquetMeaning meaning;
  /* Bytes of a LLOYD_PARQUET_FIXED. */
  guint fixed_bytes;
  /* Digits behind the point of a decimal. */
  int scale;
  gboolean is_utc;
  /* Of LLOYD_PARQUET_GEOMETRY: as in the file; NULL: not said. */
  char *crs;

  guint max_definition;
  guint max_repetition;
  /* Of a list: the definition level from which on there is an element, missing or not. */
  guint element_definition;
  /* NULL, or why it cannot be read: a sentence that names it. */
  char *fault;
  /* Not a feature unless named. */
  gboolean is_aside;
  /* Of a geometry: the one that the file calls its own. */
  gboolean is_main;
} LloydParquetLeaf;

/* The values of one column in one row group. */
typedef struct
{
  guint64 offset;
  guint64 size;
  guint64 n_values;
  guint codec;
} LloydParquetChunk;

typedef struct
{
  size_t n_rows;
  /* One for each leaf. */
  LloydParquetChunk *chunks;
} LloydParquetGroup;

typedef struct
{
  size_t n_rows;
  /* LloydParquetLeaf and LloydParquetGroup. */
  GArray *leaves;
  GArray *groups;
  /* Key -> value of the file's own metadata. */
  GHashTable *notes;
} LloydParquetFooter;

/* Reads a footer of `n` bytes in a file of `file_size`. NULL with LLOYD_ERROR_FILE. */
LloydParquetFooter *lloyd_parquet_footer_read (
    const char *path, const guint8 *bytes, size_t n, guint64 file_size, GError **error);
void lloyd_parquet_footer_free (LloydParquetFooter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydParquetFooter, lloyd_parquet_footer_free)

static inline LloydParquetLeaf *
lloyd_parquet_footer_leaf (const LloydParquetFooter *self, guint i)
{
  return &g_array_index (self->leaves, LloydParquetLeaf, i);
}

static inline LloydParquetGroup *
lloyd_parquet_footer_group (const LloydParquetFooter *self, guint i)
{
  return &g_array_index (self->groups, LloydParquetGroup, i);
}

/* Their names, as messages have them. */
const char *lloyd_parquet_codec_name (guint codec);
const char *lloyd_parquet_encoding_name (guint encoding);
