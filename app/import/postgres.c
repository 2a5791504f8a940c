#include "app/import/postgres.h"

#include <string.h>

#include "compute/files/table-name.h"
#include "compute/words.h"

/* The first line of what the server says, without its level. */
static char *
dup_sentence (const char *said)
{
  static const char *const levels[] = { "ERROR:", "FATAL:" };
  for (size_t i = 0; i < G_N_ELEMENTS (levels); i++)
    if (g_str_has_prefix (said, levels[i]))
      said += strlen (levels[i]);
  while (g_ascii_isspace (*said))
    said++;
  return g_strndup (said, strcspn (said, "\n"));
}

void
postgres_fail (PGconn *connection, LloydErrorCode code, const char *said)
{
  g_autofree char *sentence = dup_sentence (said != NULL ? said : PQerrorMessage (connection));
  g_strchomp (sentence);
  channel_fail (code, "%s", sentence[0] != '\0' ? sentence : _ ("the database did not answer"));
}

/* Passwords in the address would be seen by others; a second look, by libpq's own eyes. */
static void
check_address (const char *address)
{
  char *message = NULL;
  PQconninfoOption *options = PQconninfoParse (address, &message);
  if (options == NULL)
    /* The message may quote the address. */
    channel_fail (LLOYD_ERROR_DATA, _ ("libpq cannot read this address"));
  for (PQconninfoOption *option = options; option->keyword != NULL; option++)
    if (option->val != NULL &&
        (g_str_equal (option->keyword, "password") || g_str_equal (option->keyword, "sslpassword")))
      channel_fail (
          LLOYD_ERROR_DATA,
          _ ("the address holds a password: give it by PGPASSWORD, ~/.pgpass or a service file"));
  PQconninfoFree (options);
}

static void
ignore_notice (void *data, const PGresult *result)
{
  (void) data;
  (void) result;
}

PGconn *
postgres_connect (const Request *request)
{
  /* What the address says goes before what stands in front of it. */
  const char *address = request->path[0] != '\0' ? request->path : "dbname=''";
  const char *const keywords[] = { "connect_timeout", "fallback_application_name",
                                   "client_encoding", "dbname", NULL };
  const char *const values[] = { "15", "lloyd", "UTF8", address, NULL };
  if (strchr (address, '=') == NULL && strstr (address, "://") == NULL)
    channel_fail (LLOYD_ERROR_DATA, _ ("libpq cannot read this address"));
  check_address (address);
  PGconn *connection = PQconnectdbParams (keywords, values, 1);
  if (PQstatus (connection) != CONNECTION_OK)
    postgres_fail (connection, LLOYD_ERROR_FILE, NULL);
  PQsetNoticeReceiver (connection, ignore_notice, NULL);
  PQclear (
      postgres_run (connection, LLOYD_ERROR_FILE,
                    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO';"
                    /* Rows in one order, each time. */
                    "SET synchronize_seqscans = off; SET max_parallel_workers_per_gather = 0"));
  /* Since version 14 the server sees that nobody waits any more. */
  if (PQserverVersion (connection) >= 140000)
    PQclear (PQexec (connection, "SET client_connection_check_interval = '1s'"));
  return connection;
}

static PGresult *
check_result (PGconn *connection, LloydErrorCode code, PGresult *result)
{
  ExecStatusType status = PQresultStatus (result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_OUT &&
      status != PGRES_COPY_IN)
    postgres_fail (connection, code,
                   result != NULL ? PQresultErrorMessage (result) : PQerrorMessage (connection));
  return result;
}

PGresult *
postgres_run (PGconn *connection, LloydErrorCode code, const char *sql)
{
  return check_result (connection, code, PQexec (connection, sql));
}

PGresult *
postgres_ask (
    PGconn *connection, LloydErrorCode code, const char *sql, const char *const *values, int n)
{
  return check_result (connection, code,
                       PQexecParams (connection, sql, n, NULL, values, NULL, NULL, 0));
}

char *
postgres_quote_name (PGconn *connection, const char *name)
{
  char *quoted = PQescapeIdentifier (connection, name, strlen (name));
  if (quoted == NULL)
    channel_fail (LLOYD_ERROR_DATA, _ ("a name that is no text in UTF-8"));
  char *copy = g_strdup (quoted);
  PQfreemem (quoted);
  return copy;
}

char *
postgres_dup_table_name (const char *table, char **schema)
{
  g_autoptr (GError) error = NULL;
  char *name;
  if (!lloyd_table_name_split (table, schema, &name, &error))
    channel_fail (LLOYD_ERROR_DATA, "%s", error->message);
  return name;
}

char *
postgres_join_table (PGconn *connection, const char *schema, const char *name)
{
  g_autofree char *last = postgres_quote_name (connection, name);
  if (schema == NULL)
    return g_steal_pointer (&last);
  g_autofree char *first = postgres_quote_name (connection, schema);
  return g_strconcat (first, ".", last, NULL);
}

char *
postgres_quote_table (PGconn *connection, const char *table)
{
  g_autofree char *schema = NULL;
  g_autofree char *name = postgres_dup_table_name (table, &schema);
  return postgres_join_table (connection, schema, name);
}
