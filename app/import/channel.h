/* lloyd-import's end of the stream; see compute/files/import-stream.h.
 *
 * The program does one request and ends. Whatever goes wrong ends it too, with one frame that says
 * what: nothing here returns an error. */
#pragma once

#include "compute/error.h"
#include "compute/files/import-stream.h"

/* What was asked for. */
typedef struct
{
  LloydImportVerb verb;
  char *path;
  char *layer;
  char *query;
  char *driver;
  char *if_exists;
  char *crs;
  char *id_column;
  /* "no": the file gets no spatial index. */
  char *index;
  /* Bits of LloydLoadKinds, and the columns that are wanted all the same. */
  guint leave_out;
  GPtrArray *named;
  /* Only what tables there are. */
  gboolean lists;
  /* Only whether it could be written. */
  gboolean checks;
} Request;

/* Says who we are, and waits for the request. */
Request *channel_open (void);

/* Sends a frame, whose memory stays the caller's. */
void channel_send (GByteArray *frame);

/* The next frame; its payload stands until the one after. */
LloydImportKind channel_receive (LloydImportPayload *payload);

/* Has this called before the program ends by one of these: once. */
void channel_at_end (void (*end) (void));

/* Ends the program: "what is wrong", without the name of the file. */
void channel_fail (LloydErrorCode code, const char *format, ...)
    G_GNUC_PRINTF (2, 3) G_GNUC_NORETURN;
/* The other side does not keep to what was agreed. */
void channel_fail_rubbish (void) G_GNUC_NORETURN;

/* END, and the end. */
void channel_finish (guint64 n_rows) G_GNUC_NORETURN;

/* ---- tables --------------------------------------------------------------------------------- */

/* LAYERS, as they are named one by one. */
typedef struct
{
  GByteArray *frame;
  guint32 n;
} Layers;

void layers_begin (Layers *self);
void
layers_add (Layers *self, const char *name, guint64 n_rows, const char *geometry, const char *crs);
/* Sends them and ends the program. */
void layers_finish (Layers *self) G_GNUC_NORETURN;

/* Whether a column is wanted; the bit says of what kind it is. */
gboolean request_wants (const Request *self, const char *name, guint kind);

/* ---- rows ----------------------------------------------------------------------------------- */

/* Rows on their way out, sent in batches. */
typedef struct _Rows Rows;

/* Sends TABLE; `notes` is keys and values, NULL-terminated, or NULL. Takes the columns. */
Rows *rows_new (GArray *columns, const char *const *notes, guint64 n_expected);

/* The next cell of the row; each column without a fault gets one. */
void rows_put_missing (Rows *self, guint column);
void rows_put_double (Rows *self, guint column, double v);
void rows_put_integer (Rows *self, guint column, gint64 v);
void rows_put_bytes (Rows *self, guint column, const void *bytes, size_t n);
/* A list, of floats or doubles as the column says. One of another length than those before makes
 * the column unusable. */
void rows_put_list (Rows *self, guint column, const void *values, guint32 n);
/* Makes a column unusable; its cells are then left out. */
void rows_fault (Rows *self, guint column, const char *format, ...) G_GNUC_PRINTF (3, 4);
static inline gboolean rows_has_fault (const GArray *columns, guint column);

void rows_end_row (Rows *self);
/* The row that is being put, from 0. */
guint64 rows_count (const Rows *self);
/* The rest, and the end of the program. */
void rows_finish (Rows *self) G_GNUC_NORETURN;

static inline gboolean
rows_has_fault (const GArray *columns, guint column)
{
  return g_array_index (columns, LloydImportColumn, column).fault != NULL;
}

/* Takes a request from whoever is at the other end of the standard input, answers it, and ends the
 * program. */
void import_answer (void) G_GNUC_NORETURN;

/* ---- what is there ----------------------------------------------------------------------------
 */

/* Each does a request to its end, or says that it was built without what it needs. */
void gdal_read (const Request *request) G_GNUC_NORETURN;
void gdal_write (const Request *request) G_GNUC_NORETURN;
void gdal_describe_crs (const Request *request) G_GNUC_NORETURN;
void hdf5_read (const Request *request) G_GNUC_NORETURN;
void postgres_read (const Request *request) G_GNUC_NORETURN;
void postgres_write (const Request *request) G_GNUC_NORETURN;

/* PROJJSON of a code, as "EPSG:25832"; NULL where nobody knows. Yours. */
char *crs_dup_projjson (const char *code);
/* "EPSG" and 25832 of a reference system. FALSE: it has no such number. */
gboolean crs_find_code (const char *crs, char **authority, int *code);
