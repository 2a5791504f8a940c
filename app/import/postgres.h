/* What reading from and writing to PostgreSQL share. */
#pragma once

#include <libpq-fe.h>

#include "app/import/channel.h"

/* Connects, or ends the program. Times are in UTC and text in UTF-8. */
PGconn *postgres_connect (const Request *request);

/* Runs a command that must work. Freed by PQclear(). */
PGresult *postgres_run (PGconn *connection, LloydErrorCode code, const char *sql);
/* The same with texts for $1, $2, ... */
PGresult *postgres_ask (
    PGconn *connection, LloydErrorCode code, const char *sql, const char *const *values, int n);

/* Ends the program with what the server said. */
void postgres_fail (PGconn *connection, LloydErrorCode code, const char *said) G_GNUC_NORETURN;

/* The name in SCHEMA.NAME or NAME, and the schema or NULL; a name in double quotes may have dots in
 * it, as in SQL. Ends the program where a quote is not closed. Both yours. */
char *postgres_dup_table_name (const char *table, char **schema);
/* "schema"."name", as SQL wants it; from parts, and from SCHEMA.NAME. Yours. */
char *postgres_join_table (PGconn *connection, const char *schema, const char *name);
char *postgres_quote_table (PGconn *connection, const char *table);
char *postgres_quote_name (PGconn *connection, const char *name);

/* Numbers in network order. */
static inline guint16
postgres_get_16 (const guint8 *p)
{
  return (guint16) (p[0] << 8 | p[1]);
}

static inline guint32
postgres_get_32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

static inline guint64
postgres_get_64 (const guint8 *p)
{
  return (guint64) postgres_get_32 (p) << 32 | postgres_get_32 (p + 4);
}

/* Days and microseconds from 1970-01-01 to 2000-01-01. */
#define POSTGRES_EPOCH_DAYS 10957
#define POSTGRES_EPOCH_US ((gint64) POSTGRES_EPOCH_DAYS * 86400 * 1000000)
