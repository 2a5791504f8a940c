/* What the parts of the Parquet reader and writer share. */
#pragma once

#include <gio/gio.h>

#include "compute/data/table.h"
#include "compute/files/parquet-footer.h"
#include "compute/files/parquet-thrift.h"

/* ---- memory -------------------------------------------------------------------------------- */

/* Bytes that grow; zero to begin with. Room for them may not be had. */
typedef struct
{
  guint8 *data;
  size_t n;
  size_t capacity;
} LloydParquetBuffer;

/* Makes room for n bytes behind those that are there. */
gboolean lloyd_parquet_buffer_reserve (LloydParquetBuffer *self, size_t n);
void lloyd_parquet_buffer_clear (LloydParquetBuffer *self);

/* ---- schema -------------------------------------------------------------------------------- */

/* Reads the list of schema elements and adds its leaves. */
gboolean lloyd_parquet_schema_read (const char *path,
                                    LloydThriftReader *reader,
                                    const LloydThriftField *field,
                                    GArray *leaves,
                                    GError **error);

/* ---- codecs -------------------------------------------------------------------------------- */

/* What one thread needs to compress and decompress. Zero to begin with. */
typedef struct
{
  gpointer zstd_in;
  gpointer zstd_out;
} LloydParquetCodecState;

void lloyd_parquet_codec_state_clear (LloydParquetCodecState *self);

/* NULL, or why this program does not read the codec, as the end of a sentence: "is not supported".
 */
const char *lloyd_parquet_codec_fault (guint codec);

/* Whether these compressed bytes can be `n_out` at all. */
gboolean lloyd_parquet_codec_can_be (guint codec, const guint8 *bytes, size_t n, size_t n_out);

/* Fills `out` with exactly `n_out` bytes; FALSE where the bytes are damaged. */
gboolean lloyd_parquet_decompress (LloydParquetCodecState *state,
                                   guint codec,
                                   const guint8 *bytes,
                                   size_t n,
                                   guint8 *out,
                                   size_t n_out);

/* The codec that is written: zstd, or none where it was not built in. */
guint lloyd_parquet_codec_written (void);
/* Appends the compressed bytes. */
void lloyd_parquet_compress (
    LloydParquetCodecState *state, guint codec, const guint8 *bytes, size_t n, GByteArray *out);

/* ---- encodings ----------------------------------------------------------------------------- */

/* Runs of equal and of bit-packed numbers. */
typedef struct
{
  const guint8 *p;
  const guint8 *end;
  guint bit_width;
  /* What is left of the run at hand: equal numbers, or packed ones from bit `bit` of `packed` on.
   */
  size_t n_left;
  gboolean is_packed;
  guint32 value;
  const guint8 *packed;
  size_t n_packed_bytes;
  size_t bit;
} LloydParquetRuns;

void
lloyd_parquet_runs_init (LloydParquetRuns *self, const guint8 *bytes, size_t n, guint bit_width);
/* The next numbers; FALSE where there are not as many. */
gboolean lloyd_parquet_runs_read (LloydParquetRuns *self, guint32 *out, size_t n);
/* The same for levels, which fit into a byte. */
gboolean lloyd_parquet_runs_read_levels (LloydParquetRuns *self, guint8 *out, size_t n);
/* Whether the next n numbers are one run of `value`; it is then taken. */
gboolean lloyd_parquet_runs_take_all (LloydParquetRuns *self, guint32 value, size_t n);

/* DELTA_BINARY_PACKED: exactly n numbers; how many bytes they took goes to `n_used`. `n` must not
 * be more than memory was made for. */
gboolean lloyd_parquet_read_deltas (
    const guint8 *bytes, size_t n_bytes, gint64 *out, size_t n, size_t *n_used);

/* BYTE_STREAM_SPLIT of n values of `width` bytes. */
void lloyd_parquet_join_streams (const guint8 *bytes, size_t n, guint width, guint8 *out);

/* ---- values -------------------------------------------------------------------------------- */

/* How values lie in a table. */
typedef enum
{
  LLOYD_PARQUET_STORE_FLOAT,
  LLOYD_PARQUET_STORE_DOUBLE,
  LLOYD_PARQUET_STORE_INT32,
  LLOYD_PARQUET_STORE_INT64,
  LLOYD_PARQUET_STORE_BYTES,
} LloydParquetStore;

/* A byte array within a page. */
typedef struct
{
  const guint8 *p;
  guint32 n;
} LloydParquetView;

/* How the leaf's values are stored; elements of lists are never whole numbers. */
LloydParquetStore lloyd_parquet_store_of (const LloydParquetLeaf *leaf);
/* Bytes of a stored number. */
size_t lloyd_parquet_store_bytes (LloydParquetStore store);
/* Bytes of a value in PLAIN encoding; 0: a byte array, 1: a truth value, unpacked. */
guint lloyd_parquet_width_of (const LloydParquetLeaf *leaf);
/* Whether PLAIN bytes are what is stored. */
gboolean lloyd_parquet_is_stored_as_it_is (const LloydParquetLeaf *leaf);
/* Numbers of the leaf's width into stored ones. */
void
lloyd_parquet_convert (const LloydParquetLeaf *leaf, const guint8 *raw, size_t n, void *stored);
/* A decimal in a byte array. */
double lloyd_parquet_decimal (const guint8 *bytes, size_t n, int scale);

/* ---- pages --------------------------------------------------------------------------------- */

/* Where the values of one column in one row group go. */
typedef struct
{
  const LloydParquetLeaf *leaf;
  const LloydParquetChunk *chunk;
  /* Rows of the row group; the first of them in the file, for messages. */
  size_t n_rows;
  size_t first_row;

  /* Numbers: room for n_rows times n_elements; bytes: room for n_rows lengths, and the bytes. */
  guint8 *numbers;
  size_t *lengths;
  LloydParquetBuffer bytes;
  /* Room for n_rows; NULL where nothing can be missing or NaN says so. */
  guint8 *missing;
  size_t n_missing;

  /* Lists: numbers in a row, 0 to find it out: then only levels are read, until a row is complete.
   */
  guint n_elements;
  /* The first row whose length is another (from 0 in the file), and that length. */
  gboolean has_bad_row;
  size_t bad_row;
  size_t bad_length;
} LloydParquetSink;

/* What one thread needs to decode. Zero to begin with. */
typedef struct
{
  LloydParquetCodecState codecs;
  LloydParquetBuffer page;
  LloydParquetBuffer dictionary_page;
  LloydParquetBuffer dictionary_views;
  LloydParquetBuffer views;
  LloydParquetBuffer raw;
  LloydParquetBuffer stored;
  LloydParquetBuffer definitions;
  LloydParquetBuffer repetitions;
  LloydParquetBuffer joined;
  LloydParquetBuffer lengths;
  LloydParquetBuffer prefixes;
} LloydParquetDecoder;

void lloyd_parquet_decoder_clear (LloydParquetDecoder *self);

/* Decodes the chunk's bytes into the sink. NULL, or a sentence about the column (yours): what is
 * damaged or not supported; `is_unsupported` says which. */
char *lloyd_parquet_decode (LloydParquetDecoder *self,
                            LloydParquetSink *sink,
                            const guint8 *bytes,
                            size_t n,
                            GCancellable *cancellable,
                            gboolean *is_unsupported);

/* ---- geometry ------------------------------------------------------------------------------ */

/* Applies the file's `geo` metadata (GeoParquet): leaves of WKB become geometry with a reference
 * system, and those of a covering are put into `covering` (a set of names, borrowed from leaves).
 * FALSE with LLOYD_ERROR_FILE where it is damaged. */
gboolean lloyd_parquet_geo_apply (const char *path,
                                  LloydParquetFooter *footer,
                                  GHashTable *covering,
                                  GError **error);
