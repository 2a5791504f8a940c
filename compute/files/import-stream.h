/* What lloyd-import and the programs that start it say to each other.
 *
 * The two ends of one socket, which is the helper's file descriptor 0, carry frames both ways:
 *
 *     u32 kind, u32 zero, u64 n_bytes, then n_bytes of payload
 *
 * Both sides are programs of one machine, so numbers are in its own order of bytes. A text is u32
 * n_bytes and the bytes. No count is believed: each is held against the bytes that are left of its
 * frame, and memory for a frame grows as its bytes arrive.
 *
 *     helper:  HELLO u32 magic, u32 version
 *     program: REQUEST u32 verb, u32 n, n times text key and text value
 *
 * To a request to read the helper answers LAYERS where there are several tables and none was asked
 * for, else TABLE, any number of BATCH, FAULT and PROGRESS, and END. After a request to write the
 * program sends TABLE, BATCH ... and END, and the helper answers END when all is written; an end of
 * the stream before END is no END, and nothing is written. ERROR ends everything, at any time.
 *
 *     TABLE    u32 n, n columns: text name, u8 type, u8 store, u8 unit, u8 flags, u32 geometries,
 *              text crs, text fault; u32 n, n notes: text key, text value; u64 rows (0: not known)
 *     BATCH    u64 rows; of each column without a fault, u8 whether rows may be missing, then a
 *              byte a row if so, and then
 *                numbers: the values
 *                lists:   u32 elements a row, and rows x elements values
 *                others:  a u32 length a row, then all their bytes
 *              (truth values are float32, 0 or 1)
 *     FAULT    u32 column, text: it has no cells any more, and those that came are void
 *     PROGRESS u64 done, u64 of
 *     LAYERS   u32 n, n times text name, u64 rows (G_MAXUINT64: not known), text geometry, text crs
 *     WORDS    text
 *     ERROR    u32 code (LloydErrorCode), text
 *     END      u64 rows
 */
#pragma once

#include "compute/data/table.h"

#define LLOYD_IMPORT_MAGIC 0x4c6c4f79u
#define LLOYD_IMPORT_VERSION 1u
#define LLOYD_IMPORT_HEAD_BYTES 16
/* No frame is longer. */
#define LLOYD_IMPORT_FRAME_BYTES ((guint64) 1 << 30)
/* A batch is sent when it is this long. */
#define LLOYD_IMPORT_BATCH_BYTES ((size_t) 2 << 20)
#define LLOYD_IMPORT_BATCH_ROWS ((size_t) 16384)

typedef enum
{
  LLOYD_IMPORT_HELLO = 1,
  LLOYD_IMPORT_REQUEST,
  LLOYD_IMPORT_TABLE,
  LLOYD_IMPORT_BATCH,
  LLOYD_IMPORT_FAULT,
  LLOYD_IMPORT_PROGRESS,
  LLOYD_IMPORT_LAYERS,
  LLOYD_IMPORT_WORDS,
  LLOYD_IMPORT_ERROR,
  LLOYD_IMPORT_END,
} LloydImportKind;

/* What is asked for. Keys of a request: "path" (a file, or where a database is), "name" (the path
 * as messages call it), "layer", "query", "leave-out" (bits of LloydLoadKinds), "named" (once for
 * each column), "id-column", "driver", "if-exists", "crs", "index" ("no": without one),
 * "translations" (the folder of the sentences that the user reads; none: they are English). */
typedef enum
{
  LLOYD_IMPORT_READ_GDAL = 1,
  LLOYD_IMPORT_READ_HDF5,
  LLOYD_IMPORT_READ_POSTGRES,
  LLOYD_IMPORT_WRITE_GDAL,
  LLOYD_IMPORT_WRITE_POSTGRES,
  /* WORDS: the PROJJSON of "crs". */
  LLOYD_IMPORT_DESCRIBE_CRS,
} LloydImportVerb;

typedef enum
{
  LLOYD_IMPORT_FLOAT32,
  LLOYD_IMPORT_DOUBLE,
  LLOYD_IMPORT_INT32,
  LLOYD_IMPORT_INT64,
  LLOYD_IMPORT_BYTES,
} LloydImportStore;

enum
{
  LLOYD_IMPORT_IS_LIST = 1,
  LLOYD_IMPORT_IS_UTC = 2,
  LLOYD_IMPORT_IS_ASIDE = 4,
};

static inline size_t
lloyd_import_store_bytes (LloydImportStore store)
{
  return store == LLOYD_IMPORT_BYTES                                   ? 0
         : store == LLOYD_IMPORT_DOUBLE || store == LLOYD_IMPORT_INT64 ? 8
                                                                       : 4;
}

/* A column as TABLE describes it; the texts are the owner's. */
typedef struct
{
  char *name;
  LloydColumnType type;
  LloydImportStore store;
  LloydUnit unit;
  guint flags;
  /* Types of geometry there are, as bits 1 << lloyd_wkb_measure(); 0: not known. */
  guint32 geometries;
  char *crs;
  /* NULL: none. */
  char *fault;
} LloydImportColumn;

/* Clears an element of a GArray of columns. */
void lloyd_import_column_clear (gpointer column);

/* ---- putting -------------------------------------------------------------------------------- */

/* Appends to a payload. */
void lloyd_import_put_u8 (GByteArray *to, guint8 v);
void lloyd_import_put_u32 (GByteArray *to, guint32 v);
void lloyd_import_put_u64 (GByteArray *to, guint64 v);
/* NULL is "". */
void lloyd_import_put_text (GByteArray *to, const char *text);
void lloyd_import_put_columns (GByteArray *to, const LloydImportColumn *columns, guint n);

/* Begins a frame in an empty array, which keeps its memory, and gives it its length in the end. */
void lloyd_import_begin_frame (GByteArray *to, LloydImportKind kind);
void lloyd_import_end_frame (GByteArray *to);

/* ---- taking --------------------------------------------------------------------------------- */

/* A payload as it is read; once `is_bad`, everything taken is 0. */
typedef struct
{
  const guint8 *p;
  const guint8 *end;
  gboolean is_bad;
} LloydImportPayload;

guint8 lloyd_import_take_u8 (LloydImportPayload *self);
guint32 lloyd_import_take_u32 (LloydImportPayload *self);
guint64 lloyd_import_take_u64 (LloydImportPayload *self);
/* `n` bytes that are there; NULL where they are not. */
const guint8 *lloyd_import_take_bytes (LloydImportPayload *self, guint64 n);
/* Yours; "" where it is bad. */
char *lloyd_import_take_text (LloydImportPayload *self);
/* Columns of LloydImportColumn, checked one by one. NULL where they are bad. */
GArray *lloyd_import_take_columns (LloydImportPayload *self);

/* One column of a batch, whose arrays lie in its frame and are not aligned. */
typedef struct
{
  /* NULL: no row is missing. */
  const guint8 *missing;
  const guint8 *values;
  /* Of a list. */
  guint32 n_elements;
  /* n_rows lengths of u32, and the sum of them. */
  const guint8 *lengths;
  guint64 n_bytes;
} LloydImportCells;

/* Rows of a batch, which no column can have more of than its frame holds. */
guint64 lloyd_import_take_rows (LloydImportPayload *self);
/* The cells of the next column without a fault. */
void lloyd_import_take_cells (LloydImportPayload *self,
                              const LloydImportColumn *column,
                              guint64 n_rows,
                              LloydImportCells *cells);

static inline guint32
lloyd_import_length (const LloydImportCells *cells, size_t row)
{
  guint32 v;
  __builtin_memcpy (&v, cells->lengths + row * sizeof v, sizeof v);
  return v;
}
