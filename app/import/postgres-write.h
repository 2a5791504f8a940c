/* A table on its way into PostgreSQL. */
#pragma once

#include <json-glib/json-glib.h>

#include "app/import/postgres.h"

typedef struct
{
  PGconn *connection;
  GArray *columns;
  JsonObject *notes;
  guint64 n_rows;
  /* As it is to be called in the end, and while it is filled; the same where nothing is replaced.
   */
  char *table;
  char *filled;
  gboolean is_there;
  gboolean appends;
  /* SQL types, and reference numbers of geometries. */
  char **types;
  gint32 *srids;
  LloydImportCells *cells;
  const guint8 **at;
  GByteArray *bytes;
} PostgresWriter;

static inline const LloydImportColumn *
postgres_about (const PostgresWriter *self, guint i)
{
  return &g_array_index (self->columns, LloydImportColumn, i);
}

static inline void
postgres_put_16 (GByteArray *to, guint16 v)
{
  v = GUINT16_TO_BE (v);
  g_byte_array_append (to, (const guint8 *) &v, sizeof v);
}

/* Appends a row of the batch that `cells` and `at` describe, as COPY has it in its binary form, and
 * goes on in `at`. */
void postgres_put_row (PostgresWriter *self, size_t row, guint64 n_before);
