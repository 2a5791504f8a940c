/* Tables and queries of PostgreSQL, by COPY in its binary form. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/import/postgres.h"
#include "compute/files/input.h"
#include "compute/words.h"

/* How a value comes over. */
typedef enum
{
  AS_BOOLEAN,
  AS_INT2,
  AS_INT4,
  AS_INT8,
  AS_FLOAT4,
  AS_FLOAT8,
  AS_DATE,
  AS_TIME,
  AS_BYTES,
  AS_LIST,
  AS_GEOMETRY,
} Form;

typedef struct
{
  Oid oid;
  /* Where the number of a type differs from base to base. */
  const char *name;
  Form form;
  /* What it is cast to, or NULL. */
  const char *cast;
  LloydColumnType type;
  LloydImportStore store;
  LloydUnit unit;
  guint flags;
} Type;

/* Numbers of types, which never change. */
static const Type types[] = {
  { 16, "bool", AS_BOOLEAN, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_FLOAT32, LLOYD_UNIT_BOOLEAN,
    0 },
  { 21, "int2", AS_INT2, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT32, 0, 0 },
  { 23, "int4", AS_INT4, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT32, 0, 0 },
  { 20, "int8", AS_INT8, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT64, 0, 0 },
  { 26, "oid", AS_INT8, "int8", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT64, 0, 0 },
  { 700, "float4", AS_FLOAT4, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_FLOAT32, 0, 0 },
  { 701, "float8", AS_FLOAT8, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_DOUBLE, 0, 0 },
  { 1700, "numeric", AS_FLOAT8, "float8", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_DOUBLE, 0, 0 },
  { 1082, "date", AS_DATE, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT32, LLOYD_UNIT_DAYS,
    LLOYD_IMPORT_IS_ASIDE },
  { 1114, "timestamp", AS_TIME, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT64,
    LLOYD_UNIT_MICROSECONDS, LLOYD_IMPORT_IS_ASIDE },
  { 1184, "timestamptz", AS_TIME, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT64,
    LLOYD_UNIT_MICROSECONDS, LLOYD_IMPORT_IS_ASIDE | LLOYD_IMPORT_IS_UTC },
  { 17, "bytea", AS_BYTES, NULL, LLOYD_COLUMN_BINARY, LLOYD_IMPORT_BYTES, 0, 0 },
  { 1021, "_float4", AS_LIST, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_FLOAT32, 0,
    LLOYD_IMPORT_IS_LIST },
  { 1022, "_float8", AS_LIST, NULL, LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_DOUBLE, 0,
    LLOYD_IMPORT_IS_LIST },
  { 1005, "_int2", AS_LIST, "float8[]", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_DOUBLE, 0,
    LLOYD_IMPORT_IS_LIST },
  { 1007, "_int4", AS_LIST, "float8[]", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_DOUBLE, 0,
    LLOYD_IMPORT_IS_LIST },
  { 1016, "_int8", AS_LIST, "float8[]", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_DOUBLE, 0,
    LLOYD_IMPORT_IS_LIST },
  { 1231, "_numeric", AS_LIST, "float8[]", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_DOUBLE, 0,
    LLOYD_IMPORT_IS_LIST },
  { 0, "geometry", AS_GEOMETRY, NULL, LLOYD_COLUMN_GEOMETRY, LLOYD_IMPORT_BYTES, 0, 0 },
  { 0, "geography", AS_GEOMETRY, NULL, LLOYD_COLUMN_GEOMETRY, LLOYD_IMPORT_BYTES, 0, 0 },
  /* pgvector. */
  { 0, "vector", AS_LIST, "real[]", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_FLOAT32, 0,
    LLOYD_IMPORT_IS_LIST },
  { 0, "halfvec", AS_LIST, "real[]", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_FLOAT32, 0,
    LLOYD_IMPORT_IS_LIST },
};
/* Decimals without a fraction that have no more digits than a number of 64 bits always holds. */
#define WHOLE_DIGITS 18
static const Type whole_numeric = {
  1700, "numeric", AS_INT8, "int8", LLOYD_COLUMN_NUMBER, LLOYD_IMPORT_INT64, 0, 0
};
static const Type as_text = {
  0, NULL, AS_BYTES, "text", LLOYD_COLUMN_TEXT, LLOYD_IMPORT_BYTES, 0, 0
};

typedef struct
{
  const Type *type;
  /* Which column of the query, from 0. */
  int field;
  /* Of a geometry. */
  gint32 srid;
} Source;

typedef struct
{
  PGconn *connection;
  /* A query in brackets, or a table. */
  char *from;
  int n_fields;
  GArray *columns;
  GArray *sources;
} Reader;

/* ---- what to read -------------------------------------------------------------------------- */

/* A name that would be taken for another stands in double quotes. */
static const char tables_sql[] =
    "SELECT (SELECT string_agg(CASE WHEN x ~ '^\"|[.]' THEN '\"' || replace(x, '\"', '\"\"') || "
    "'\"' ELSE x END, '.' ORDER BY i) FROM unnest(ARRAY[CASE WHEN n.nspname <> ALL "
    "(current_schemas(false)) THEN n.nspname END, c.relname]::text[]) WITH ORDINALITY AS t(x, i)), "
    "c.reltuples::int8, "
    "(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN "
    "pg_type t "
    "ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND t.typname IN ('geometry', "
    "'geography') "
    "AND a.attnum > 0 AND NOT a.attisdropped LIMIT 1) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname !~ '^pg_' "
    "AND n.nspname <> 'information_schema' AND NOT c.relispartition "
    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype "
    "= 'e') "
    "AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1";

/* The only table there is, or the names of all. */
static char *
choose_table (PGconn *connection, const Request *request)
{
  PGresult *found = postgres_run (connection, LLOYD_ERROR_FILE, tables_sql);
  Layers layers;
  int n = PQntuples (found);
  if (n == 0 && !request->lists)
    channel_fail (LLOYD_ERROR_FILE, _ ("there is no table in this database"));
  if (n == 1 && !request->lists)
    return g_strdup (PQgetvalue (found, 0, 0));
  layers_begin (&layers);
  for (int i = 0; i < n; i++)
    {
      gint64 rows = g_ascii_strtoll (PQgetvalue (found, i, 1), NULL, 10);
      layers_add (&layers, PQgetvalue (found, i, 0), rows < 0 ? G_MAXUINT64 : (guint64) rows,
                  PQgetvalue (found, i, 2), NULL);
    }
  layers_finish (&layers);
}

static void
check_table (PGconn *connection, const char *quoted, const char *table)
{
  const char *const values[] = { quoted };
  PGresult *found =
      postgres_ask (connection, LLOYD_ERROR_DATA, "SELECT to_regclass($1) IS NULL", values, 1);
  if (PQgetvalue (found, 0, 0)[0] == 't')
    channel_fail (LLOYD_ERROR_DATA,
                  strchr (table, '.') != NULL && strchr (table, '"') == NULL
                      ? _ ("there is no table %s (a name with a dot in it goes into double quotes: "
                           "schema.\"a.b\")")
                      : _ ("there is no table %s"),
                  table);
  PQclear (found);
}

/* What Lloyd has left as a comment on the table. */
static char *
dup_comment (PGconn *connection, const char *table)
{
  const char *const values[] = { table };
  PGresult *found = postgres_ask (connection, LLOYD_ERROR_DATA,
                                  "SELECT obj_description($1::regclass, 'pg_class')", values, 1);
  char *comment = PQgetisnull (found, 0, 0) ? NULL : g_strdup (PQgetvalue (found, 0, 0));
  PQclear (found);
  return comment != NULL && comment[0] == '{' ? comment : NULL;
}

/* About how many rows a table has; 0: nobody knows. */
static guint64
estimate_rows (PGconn *connection, const char *table)
{
  const char *const values[] = { table };
  PGresult *found = postgres_ask (
      connection, LLOYD_ERROR_DATA,
      "SELECT greatest(reltuples, 0)::int8 FROM pg_class WHERE oid = $1::regclass", values, 1);
  guint64 n = PQntuples (found) == 1 ? g_ascii_strtoull (PQgetvalue (found, 0, 0), NULL, 10) : 0;
  PQclear (found);
  return n;
}

static const Type *
find_type (PGconn *connection, Oid oid)
{
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].oid == oid && oid != 0)
      return &types[i];
  g_autofree char *number = g_strdup_printf ("%u", oid);
  const char *const values[] = { number };
  PGresult *found = postgres_ask (connection, LLOYD_ERROR_DATA,
                                  "SELECT typname FROM pg_type WHERE oid = $1::oid", values, 1);
  const Type *type = &as_text;
  for (size_t i = 0; i < G_N_ELEMENTS (types) && PQntuples (found) == 1; i++)
    if (types[i].oid == 0 && g_str_equal (types[i].name, PQgetvalue (found, 0, 0)))
      type = &types[i];
  PQclear (found);
  return type;
}

/* Whether numbers of this type, whose digits its modifier says, are whole and short. */
static gboolean
is_whole_numeric (const Type *type, int modifier)
{
  guint32 bits = (guint32) modifier - 4;
  return type->oid == whole_numeric.oid && modifier >= 4 && (bits & 0x7FF) == 0 &&
         bits >> 16 <= WHOLE_DIGITS;
}

/* "q(c1, c2, ...)": names that are certain to be different. */
static char *
dup_alias (const Reader *self)
{
  GString *alias = g_string_new ("q(");
  for (int i = 0; i < self->n_fields; i++)
    g_string_append_printf (alias, "%sc%d", i > 0 ? ", " : "", i + 1);
  g_string_append_c (alias, ')');
  return g_string_free (alias, FALSE);
}

/* ---- reference systems --------------------------------------------------------------------- */

/* The number that the column's type holds, or that of its first geometry; 0: none. */
static gint32
find_srid (const Reader *self, int field, int modifier)
{
  guint32 bits = (guint32) modifier;
  if (modifier >= 0 && ((bits & 0x0FFFFF00u) >> 8) != 0)
    return (gint32) ((bits & 0x0FFFFF00u) >> 8);
  g_autofree char *alias = dup_alias (self);
  g_autofree char *sql =
      g_strdup_printf ("SELECT ST_SRID(c%d::geometry) FROM %s AS %s WHERE c%d IS NOT NULL LIMIT 1",
                       field + 1, self->from, alias, field + 1);
  PGresult *found = postgres_run (self->connection, LLOYD_ERROR_DATA, sql);
  gint64 srid = PQntuples (found) == 1 ? g_ascii_strtoll (PQgetvalue (found, 0, 0), NULL, 10) : 0;
  PQclear (found);
  return (gint32) srid;
}

static char *
dup_crs (PGconn *connection, gint32 srid)
{
  g_autofree char *number = g_strdup_printf ("%d", srid);
  const char *const values[] = { number };
  if (srid == 0)
    return NULL;
  if (srid == 4326)
    return g_strdup ("EPSG:4326");
  PGresult *found = postgres_ask (
      connection, LLOYD_ERROR_DATA,
      "SELECT auth_name || ':' || auth_srid FROM spatial_ref_sys WHERE srid = $1::int", values, 1);
  char *code = PQntuples (found) == 1 && !PQgetisnull (found, 0, 0)
                   ? g_strdup (PQgetvalue (found, 0, 0))
                   : NULL;
  PQclear (found);
  char *described = code != NULL ? crs_dup_projjson (code) : NULL;
  return described != NULL ? described : code;
}

/* ---- columns ------------------------------------------------------------------------------- */

static guint
kind_of (const Type *type)
{
  if (type->type == LLOYD_COLUMN_NUMBER)
    return LLOYD_LOAD_NUMBERS;
  return type->type == LLOYD_COLUMN_GEOMETRY ? LLOYD_LOAD_GEOMETRY : LLOYD_LOAD_OTHERS;
}

static void
choose_columns (Reader *self, const Request *request)
{
  g_autofree char *sql = g_strdup_printf ("SELECT * FROM %s AS q", self->from);
  PQclear (postgres_run (self->connection, LLOYD_ERROR_DATA, "DEALLOCATE ALL"));
  PGresult *prepared = PQprepare (self->connection, "q", sql, 0, NULL);
  if (PQresultStatus (prepared) != PGRES_COMMAND_OK)
    postgres_fail (self->connection, LLOYD_ERROR_DATA, PQresultErrorMessage (prepared));
  PQclear (prepared);
  PGresult *about = PQdescribePrepared (self->connection, "q");
  if (PQresultStatus (about) != PGRES_COMMAND_OK)
    postgres_fail (self->connection, LLOYD_ERROR_DATA, PQresultErrorMessage (about));

  self->n_fields = PQnfields (about);
  if (self->n_fields == 0)
    channel_fail (LLOYD_ERROR_DATA, _ ("there are no columns"));
  self->columns = g_array_new (FALSE, TRUE, sizeof (LloydImportColumn));
  self->sources = g_array_new (FALSE, TRUE, sizeof (Source));
  for (int i = 0; i < self->n_fields; i++)
    {
      Source source = { .type = find_type (self->connection, PQftype (about, i)), .field = i };
      if (is_whole_numeric (source.type, PQfmod (about, i)))
        source.type = &whole_numeric;
      LloydImportColumn column = { .name = g_strdup (PQfname (about, i)),
                                   .type = source.type->type,
                                   .store = source.type->store,
                                   .unit = source.type->unit,
                                   .flags = source.type->flags };
      if (!request_wants (request, column.name, kind_of (source.type)))
        continue;
      if (source.type->form == AS_GEOMETRY)
        {
          source.srid = find_srid (self, i, PQfmod (about, i));
          column.crs = dup_crs (self->connection, source.srid);
        }
      g_array_append_val (self->columns, column);
      g_array_append_val (self->sources, source);
    }
  PQclear (about);
}

static char *
dup_copy (const Reader *self)
{
  GString *sql = g_string_new ("COPY (SELECT ");
  g_autofree char *alias = dup_alias (self);
  for (guint i = 0; i < self->sources->len; i++)
    {
      const Source *source = &g_array_index (self->sources, Source, i);
      g_string_append_printf (sql, "%sc%d", i > 0 ? ", " : "", source->field + 1);
      if (source->type->cast != NULL)
        g_string_append_printf (sql, "::%s", source->type->cast);
    }
  g_string_append_printf (sql, " FROM %s AS %s) TO STDOUT (FORMAT binary)", self->from, alias);
  return g_string_free (sql, FALSE);
}

/* ---- cells --------------------------------------------------------------------------------- */

static double
read_double (const guint8 *p)
{
  guint64 bits = postgres_get_64 (p);
  double v;
  memcpy (&v, &bits, sizeof v);
  return v;
}

static float
read_float (const guint8 *p)
{
  guint32 bits = postgres_get_32 (p);
  float v;
  memcpy (&v, &bits, sizeof v);
  return v;
}

/* An array: dimensions, whether there are nulls, type; length and lower bound; then elements. */
static void
put_array (Rows *rows, guint i, const LloydImportColumn *column, const guint8 *p, size_t n)
{
  size_t size = lloyd_import_store_bytes (column->store);
  guint32 n_dims = n >= 12 ? postgres_get_32 (p) : 0;
  guint32 d = n_dims == 1 && n >= 20 ? postgres_get_32 (p + 12) : 0;
  const guint8 *end = p + n;
  if (n_dims > 1)
    {
      rows_fault (rows, i, _ ("column %s: the array in row %" PRIu64 " has %u dimensions"),
                  column->name, rows_count (rows) + 1, n_dims);
      return;
    }
  p += 20;
  if (d > n / 4)
    channel_fail (LLOYD_ERROR_FILE, _ ("an array that the server sent is damaged"));
  g_autofree guint8 *values = g_malloc (d * size + 1);
  for (guint32 j = 0; j < d; j++)
    {
      guint32 length = end - p >= 4 ? postgres_get_32 (p) : 0;
      double v = NAN;
      p += 4;
      if (length == size && (size_t) (end - p) >= size)
        v = size == sizeof (float) ? (double) read_float (p) : read_double (p);
      if (length != G_MAXUINT32)
        p += length;
      if (p > end)
        channel_fail (LLOYD_ERROR_FILE, _ ("an array that the server sent is damaged"));
      if (size == sizeof (float))
        ((float *) (gpointer) values)[j] = (float) v;
      else
        ((double *) (gpointer) values)[j] = v;
    }
  rows_put_list (rows, i, values, d);
}

/* Extended well-known binary with its reference number: that is taken out. What lies further in has
 * flags alone, which readers of Lloyd know as well. */
static void
put_geometry (Rows *rows,
              guint i,
              const LloydImportColumn *column,
              const Source *source,
              const guint8 *p,
              size_t n)
{
  gboolean is_little = n > 0 && p[0] == 1;
  guint32 type = 0;
  gint32 srid = 0;
  if (n >= 5)
    memcpy (&type, p + 1, sizeof type);
  type = is_little ? GUINT32_FROM_LE (type) : GUINT32_FROM_BE (type);
  gboolean has_srid = (type & 0x20000000u) != 0 && n >= 9;
  if (has_srid)
    {
      memcpy (&srid, p + 5, sizeof srid);
      srid = is_little ? GINT32_FROM_LE (srid) : GINT32_FROM_BE (srid);
    }
  if (srid != source->srid)
    {
      rows_fault (rows, i,
                  _ ("column %s: the geometry in row %" PRIu64
                     " has the reference system %d, those before have %d"),
                  column->name, rows_count (rows) + 1, srid, source->srid);
      return;
    }
  guint8 *bytes = g_malloc (n + 1);
  size_t skipped = has_srid ? 4 : 0;
  guint32 plain = type & 0x0fffffffu;
  plain += ((type & 0x80000000u) != 0 ? 1000u : 0u) + ((type & 0x40000000u) != 0 ? 2000u : 0u);
  plain = is_little ? GUINT32_TO_LE (plain) : GUINT32_TO_BE (plain);
  memcpy (bytes, p, MIN (n, 1));
  if (n >= 5 + skipped)
    {
      memcpy (bytes + 1, &plain, sizeof plain);
      memcpy (bytes + 5, p + 5 + skipped, n - 5 - skipped);
    }
  rows_put_bytes (rows, i, bytes, n - skipped);
  g_free (bytes);
}

static void
put_time (Rows *rows, guint i, const guint8 *p)
{
  gint64 us = (gint64) postgres_get_64 (p);
  /* Infinity, both ways. */
  if (us == G_MAXINT64 || us == G_MININT64)
    rows_put_missing (rows, i);
  else
    rows_put_integer (rows, i, us + POSTGRES_EPOCH_US);
}

static void
put_date (Rows *rows, guint i, const guint8 *p)
{
  gint32 days = (gint32) postgres_get_32 (p);
  if (days == G_MAXINT32 || days == G_MININT32)
    rows_put_missing (rows, i);
  else
    rows_put_integer (rows, i, (gint64) days + POSTGRES_EPOCH_DAYS);
}

static void
put_cell (Rows *rows,
          guint i,
          const LloydImportColumn *column,
          const Source *source,
          const guint8 *p,
          size_t n)
{
  static const guint8 sizes[] = { [AS_BOOLEAN] = 1, [AS_INT2] = 2,   [AS_INT4] = 4, [AS_INT8] = 8,
                                  [AS_FLOAT4] = 4,  [AS_FLOAT8] = 8, [AS_DATE] = 4, [AS_TIME] = 8 };
  Form form = source->type->form;
  if (form < AS_BYTES && n != sizes[form])
    channel_fail (LLOYD_ERROR_FILE, _ ("a value that the server sent is damaged"));
  switch (form)
    {
    case AS_BOOLEAN:
      rows_put_double (rows, i, p[0] != 0);
      break;
    case AS_INT2:
      rows_put_integer (rows, i, (gint16) postgres_get_16 (p));
      break;
    case AS_INT4:
      rows_put_integer (rows, i, (gint32) postgres_get_32 (p));
      break;
    case AS_INT8:
      rows_put_integer (rows, i, (gint64) postgres_get_64 (p));
      break;
    case AS_FLOAT4:
      rows_put_double (rows, i, (double) read_float (p));
      break;
    case AS_FLOAT8:
      rows_put_double (rows, i, read_double (p));
      break;
    case AS_DATE:
      put_date (rows, i, p);
      break;
    case AS_TIME:
      put_time (rows, i, p);
      break;
    case AS_LIST:
      put_array (rows, i, column, p, n);
      break;
    case AS_GEOMETRY:
      put_geometry (rows, i, column, source, p, n);
      break;
    default:
      rows_put_bytes (rows, i, p, n);
      break;
    }
}

/* A row: how many cells, and each with its length, of which -1 is none. */
static void
put_row (Reader *self, Rows *rows, const guint8 *p, const guint8 *end)
{
  p += 2;
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydImportColumn *column = &g_array_index (self->columns, LloydImportColumn, i);
      gint32 n = end - p >= 4 ? (gint32) postgres_get_32 (p) : 0;
      p += 4;
      if (n > end - p)
        channel_fail (LLOYD_ERROR_FILE, _ ("a row that the server sent is damaged"));
      if (column->fault == NULL && n < 0)
        rows_put_missing (rows, i);
      else if (column->fault == NULL)
        put_cell (rows, i, column, &g_array_index (self->sources, Source, i), p, (size_t) n);
      p += MAX (n, 0);
    }
  rows_end_row (rows);
}

/* Signature, flags, and a part for what may come. */
static size_t
skip_head (const guint8 *bytes, size_t n)
{
  if (n < 19 || memcmp (bytes, "PGCOPY\n\377\r\n", 11) != 0 ||
      postgres_get_32 (bytes + 15) > n - 19)
    channel_fail (LLOYD_ERROR_FILE, _ ("the server sent rows in a form that is not known"));
  return 19 + postgres_get_32 (bytes + 15);
}

static void
read_rows (Reader *self, Rows *rows)
{
  gboolean is_first = TRUE;
  char *message;
  int n;
  while ((n = PQgetCopyData (self->connection, &message, 0)) > 0)
    {
      const guint8 *bytes = (const guint8 *) message, *end = bytes + n;
      if (is_first)
        bytes += skip_head (bytes, (size_t) n);
      is_first = FALSE;
      if (end - bytes >= 2 && postgres_get_16 (bytes) == self->columns->len)
        put_row (self, rows, bytes, end);
      PQfreemem (message);
    }
  PGresult *result = PQgetResult (self->connection);
  if (n == -2 || PQresultStatus (result) != PGRES_COMMAND_OK)
    postgres_fail (self->connection, LLOYD_ERROR_FILE,
                   result != NULL ? PQresultErrorMessage (result) : NULL);
}

/* A query without the semicolons at its end. */
static char *
dup_bracketed (const char *query)
{
  g_autofree char *bare = g_strchomp (g_strdup (query));
  for (size_t n = strlen (bare); n > 0 && bare[n - 1] == ';'; n = strlen (bare))
    {
      bare[n - 1] = '\0';
      g_strchomp (bare);
    }
  /* A comment at its end ends with the line. */
  return g_strdup_printf ("(%s\n)", bare);
}

void
postgres_read (const Request *request)
{
  Reader self = { .connection = postgres_connect (request) };
  const char *notes[] = { "provenance", NULL, NULL };
  guint64 n_expected = 0;
  PQclear (postgres_run (self.connection, LLOYD_ERROR_FILE,
                         "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  if (request->query != NULL)
    self.from = dup_bracketed (request->query);
  else
    {
      g_autofree char *table = request->layer != NULL && !request->lists
                                   ? g_strdup (request->layer)
                                   : choose_table (self.connection, request);
      self.from = postgres_quote_table (self.connection, table);
      check_table (self.connection, self.from, table);
      notes[1] = dup_comment (self.connection, self.from);
      n_expected = estimate_rows (self.connection, self.from);
    }
  choose_columns (&self, request);
  Rows *rows = rows_new (self.columns, notes[1] != NULL ? notes : NULL, n_expected);
  g_autofree char *copy = dup_copy (&self);
  PQclear (postgres_run (self.connection, LLOYD_ERROR_DATA, copy));
  read_rows (&self, rows);
  rows_finish (rows);
}
