/* A table into PostgreSQL: made, filled by COPY, indexed and described in one transaction. */
#include <inttypes.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "app/import/postgres-write.h"
#include "compute/data/wkb.h"
#include "compute/files/json.h"
#include "compute/words.h"

#define COPY_BYTES 65536

static void
run (PostgresWriter *self, char *sql)
{
  PQclear (postgres_run (self->connection, LLOYD_ERROR_WRITE, sql));
  g_free (sql);
}

static void
take_table (PostgresWriter *self)
{
  LloydImportPayload payload;
  if (channel_receive (&payload) != LLOYD_IMPORT_TABLE)
    channel_fail_rubbish ();
  self->columns = lloyd_import_take_columns (&payload);
  self->notes = json_object_new ();
  guint32 n = lloyd_import_take_u32 (&payload);
  for (guint32 i = 0; i < n && !payload.is_bad; i++)
    {
      g_autofree char *key = lloyd_import_take_text (&payload);
      g_autofree char *value = lloyd_import_take_text (&payload);
      g_autofree char *valid = g_utf8_make_valid (value, -1);
      if (g_str_has_prefix (key, "lloyd."))
        json_object_set_string_member (self->notes, key + strlen ("lloyd."), valid);
    }
  self->n_rows = lloyd_import_take_u64 (&payload);
  if (payload.is_bad)
    channel_fail_rubbish ();
  self->types = g_new0 (char *, self->columns->len + 1);
  self->srids = g_new0 (gint32, self->columns->len + 1);
  self->cells = g_new0 (LloydImportCells, self->columns->len + 1);
  self->at = g_new0 (const guint8 *, self->columns->len + 1);
  self->bytes = g_byte_array_new ();
}

/* ---- types --------------------------------------------------------------------------------- */

static gint32
find_srid (PostgresWriter *self, const LloydImportColumn *column)
{
  g_autofree char *authority = NULL;
  g_autofree char *number = NULL;
  g_autofree char *code = column->crs != NULL ? lloyd_crs_dup_code (column->crs) : NULL;
  int n;
  if (column->crs == NULL)
    return 0;
  if (g_strcmp0 (code, "OGC:CRS84") == 0 || g_strcmp0 (code, "EPSG:4326") == 0)
    return 4326;
  if (!crs_find_code (code != NULL ? code : column->crs, &authority, &n))
    {
      g_autofree char *name = lloyd_crs_dup_name (column->crs);
      channel_fail (LLOYD_ERROR_DATA, _ ("column %s: its reference system (%s) has no number"),
                    column->name, name);
    }
  number = g_strdup_printf ("%d", n);
  const char *const values[] = { authority, number };
  PGresult *found = postgres_ask (
      self->connection, LLOYD_ERROR_WRITE,
      "SELECT srid FROM spatial_ref_sys WHERE auth_name = $1 AND auth_srid = $2::int ORDER BY srid",
      values, 2);
  if (PQntuples (found) == 0)
    channel_fail (LLOYD_ERROR_DATA,
                  _ ("column %s: the database does not know %s:%d (spatial_ref_sys)"), column->name,
                  authority, n);
  gint32 srid = (gint32) g_ascii_strtoll (PQgetvalue (found, 0, 0), NULL, 10);
  PQclear (found);
  return srid;
}

/* geometry(PointZ,4326) where all are such; plain where some have a height and some have not. */
static char *
dup_geometry_type (const LloydImportColumn *column, gint32 srid)
{
  guint32 flat = column->geometries & 0x00feu, high = column->geometries >> 8 & 0x00feu;
  const char *z = high != 0 ? "Z" : "";
  if ((flat != 0 && high != 0) || (column->geometries & 1u) != 0 || column->geometries == 0)
    return g_strdup ("geometry");
  for (guint type = 1; type <= 7; type++)
    if ((flat | high) == 1u << type)
      return g_strdup_printf ("geometry(%s%s,%d)", lloyd_wkb_type_name (type), z, srid);
  return g_strdup_printf ("geometry(Geometry%s,%d)", z, srid);
}

static char *
dup_type (const LloydImportColumn *column, gint32 srid)
{
  const char *type = "text";
  gboolean is_list = (column->flags & LLOYD_IMPORT_IS_LIST) != 0;
  if (column->type == LLOYD_COLUMN_GEOMETRY)
    return dup_geometry_type (column, srid);
  if (column->type == LLOYD_COLUMN_BINARY)
    type = "bytea";
  else if (column->unit == LLOYD_UNIT_BOOLEAN)
    type = "boolean";
  else if (column->unit == LLOYD_UNIT_UNSIGNED)
    type = "numeric(20)";
  else if (column->unit == LLOYD_UNIT_DAYS)
    type = "date";
  else if (column->unit >= LLOYD_UNIT_MILLISECONDS)
    type = (column->flags & LLOYD_IMPORT_IS_UTC) != 0 ? "timestamp with time zone"
                                                      : "timestamp without time zone";
  else if (column->store == LLOYD_IMPORT_INT32)
    type = "integer";
  else if (column->store == LLOYD_IMPORT_INT64)
    type = "bigint";
  else if (column->store == LLOYD_IMPORT_FLOAT32)
    type = is_list ? "real[]" : "real";
  else if (column->store == LLOYD_IMPORT_DOUBLE)
    type = is_list ? "double precision[]" : "double precision";
  return g_strdup (type);
}

static void
choose_types (PostgresWriter *self)
{
  gboolean has_geometry = FALSE;
  for (guint i = 0; i < self->columns->len; i++)
    has_geometry |= postgres_about (self, i)->type == LLOYD_COLUMN_GEOMETRY;
  if (has_geometry)
    {
      PGresult *found =
          postgres_run (self->connection, LLOYD_ERROR_WRITE, "SELECT to_regtype('geometry')");
      if (PQgetisnull (found, 0, 0))
        channel_fail (
            LLOYD_ERROR_WRITE,
            _ ("the database has no PostGIS, which geometry needs: CREATE EXTENSION postgis"));
      PQclear (found);
    }
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydImportColumn *column = postgres_about (self, i);
      if (column->type == LLOYD_COLUMN_GEOMETRY)
        self->srids[i] = find_srid (self, column);
      self->types[i] = dup_type (column, self->srids[i]);
    }
}

/* ---- the table ----------------------------------------------------------------------------- */

/* What is there under that name, and whether it may be. */
static void
look_at_table (PostgresWriter *self, const Request *request)
{
  const char *const values[] = { self->table };
  PGresult *found = postgres_ask (
      self->connection, LLOYD_ERROR_WRITE,
      "SELECT c.relkind, pg_has_role(c.relowner, 'USAGE'), has_table_privilege(c.oid, 'INSERT') "
      "FROM pg_class c WHERE c.oid = to_regclass($1)",
      values, 1);
  const char *if_exists = request->if_exists != NULL ? request->if_exists : "fail";
  self->is_there = PQntuples (found) == 1;
  self->appends = self->is_there && g_str_equal (if_exists, "append");
  gboolean replaces = self->is_there && g_str_equal (if_exists, "replace");
  if (self->is_there && !self->appends && !replaces)
    channel_fail (LLOYD_ERROR_WRITE,
                  _ ("table %s is there already (--if-exists replace or append says what to do)"),
                  request->layer);
  if (self->is_there && strchr ("rp", PQgetvalue (found, 0, 0)[0]) == NULL)
    channel_fail (LLOYD_ERROR_WRITE, _ ("%s is there and is no table"), request->layer);
  if (self->is_there && PQgetvalue (found, 0, replaces ? 1 : 2)[0] != 't')
    channel_fail (LLOYD_ERROR_WRITE, _ ("table %s may not be written to by this user"),
                  request->layer);
  PQclear (found);
  if (self->is_there)
    return;
  g_autofree char *own_schema = NULL;
  g_free (postgres_dup_table_name (request->layer, &own_schema));
  const char *const schema[] = { own_schema };
  found = postgres_ask (self->connection, LLOYD_ERROR_WRITE,
                        "SELECT s, has_schema_privilege(s, 'CREATE') FROM "
                        "(SELECT coalesce($1::text, current_schema()::text) AS s) AS t",
                        schema, 1);
  if (PQgetisnull (found, 0, 0) || PQgetvalue (found, 0, 1)[0] != 't')
    channel_fail (LLOYD_ERROR_WRITE, _ ("this user may not make tables in schema %s"),
                  PQgetvalue (found, 0, 0));
  PQclear (found);
}

/* Names and types of columns, or names alone. */
static char *
dup_columns (const PostgresWriter *self, gboolean with_types)
{
  GString *sql = g_string_new (NULL);
  for (guint i = 0; i < self->columns->len; i++)
    {
      g_autofree char *name =
          postgres_quote_name (self->connection, postgres_about (self, i)->name);
      g_string_append_printf (sql, "%s%s", i > 0 ? ", " : "", name);
      if (with_types)
        g_string_append_printf (sql, " %s", self->types[i]);
    }
  return g_string_free (sql, FALSE);
}

static void
create_table (PostgresWriter *self, const Request *request)
{
  g_autofree char *columns = dup_columns (self, TRUE);
  self->filled = g_strdup (self->table);
  if (self->is_there)
    {
      /* The old one is read until the new one is full. */
      g_autofree char *schema = NULL;
      g_free (postgres_dup_table_name (request->layer, &schema));
      g_autofree char *name = g_strdup_printf ("lloyd_%08x", g_random_int ());
      g_free (self->filled);
      self->filled = postgres_join_table (self->connection, schema, name);
    }
  run (self, g_strdup_printf ("CREATE TABLE %s (%s)", self->filled, columns));
}

/* ---- a table that is there ----------------------------------------------------------------- */

static void
check_srid (PostgresWriter *self, guint i, int modifier)
{
  g_autofree char *name = postgres_quote_name (self->connection, postgres_about (self, i)->name);
  g_autofree char *sql =
      g_strdup_printf ("SELECT coalesce(nullif(postgis_typmod_srid(%d), 0), "
                       "(SELECT ST_SRID(%s::geometry) FROM %s WHERE %s IS NOT NULL LIMIT 1), -1)",
                       modifier, name, self->table, name);
  PGresult *found = postgres_run (self->connection, LLOYD_ERROR_WRITE, sql);
  gint64 srid = g_ascii_strtoll (PQgetvalue (found, 0, 0), NULL, 10);
  if (srid >= 0 && srid != self->srids[i])
    channel_fail (LLOYD_ERROR_DATA,
                  _ ("column %s of the table has the reference system %" PRId64 ", not %d"),
                  postgres_about (self, i)->name, srid, self->srids[i]);
  PQclear (found);
}

/* Each column must be there with its type; others must do without a value. */
static void
check_columns (PostgresWriter *self)
{
  const char *const values[] = { self->table };
  PGresult *found = postgres_ask (
      self->connection, LLOYD_ERROR_WRITE,
      "SELECT attname, format_type(atttypid, NULL), atttypmod, attnotnull AND NOT atthasdef AND "
      "attidentity = '' FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT "
      "attisdropped",
      values, 1);
  int n = PQntuples (found);
  for (guint i = 0; i < self->columns->len; i++)
    {
      const char *name = postgres_about (self, i)->name;
      size_t n_bare = strcspn (self->types[i], "(");
      int at = 0;
      while (at < n && !g_str_equal (PQgetvalue (found, at, 0), name))
        at++;
      if (at == n)
        channel_fail (LLOYD_ERROR_DATA, _ ("the table has no column %s"), name);
      const char *type = PQgetvalue (found, at, 1);
      if (strncmp (type, self->types[i], n_bare) != 0 || type[n_bare] != '\0')
        channel_fail (LLOYD_ERROR_DATA, _ ("column %s of the table is %s, not %.*s"), name, type,
                      (int) n_bare, self->types[i]);
      if (postgres_about (self, i)->type == LLOYD_COLUMN_GEOMETRY)
        check_srid (self, i, (int) g_ascii_strtoll (PQgetvalue (found, at, 2), NULL, 10));
    }
  for (int at = 0; at < n; at++)
    {
      gboolean is_ours = FALSE;
      for (guint i = 0; i < self->columns->len; i++)
        is_ours |= g_str_equal (PQgetvalue (found, at, 0), postgres_about (self, i)->name);
      if (!is_ours && PQgetvalue (found, at, 3)[0] == 't')
        channel_fail (LLOYD_ERROR_DATA,
                      _ ("column %s of the table needs a value, and there is none"),
                      PQgetvalue (found, at, 0));
    }
  PQclear (found);
}

/* ---- rows ------------------------------------------------------------------------------- */

static void
send_copied (PostgresWriter *self, guint least)
{
  if (self->bytes->len < least || self->bytes->len == 0)
    return;
  if (PQputCopyData (self->connection, (const char *) self->bytes->data, (int) self->bytes->len) !=
      1)
    postgres_fail (self->connection, LLOYD_ERROR_WRITE, NULL);
  g_byte_array_set_size (self->bytes, 0);
}

static void
finish_copy (PostgresWriter *self)
{
  postgres_put_16 (self->bytes, G_MAXUINT16);
  send_copied (self, 1);
  if (PQputCopyEnd (self->connection, NULL) != 1)
    postgres_fail (self->connection, LLOYD_ERROR_WRITE, NULL);
  PGresult *result;
  while ((result = PQgetResult (self->connection)) != NULL)
    {
      if (PQresultStatus (result) != PGRES_COMMAND_OK)
        postgres_fail (self->connection, LLOYD_ERROR_WRITE, PQresultErrorMessage (result));
      PQclear (result);
    }
}

static void
copy_rows (PostgresWriter *self)
{
  static const guint8 head[19] = "PGCOPY\n\377\r\n";
  g_autofree char *columns = dup_columns (self, FALSE);
  LloydImportPayload payload;
  LloydImportKind kind;
  guint64 n_done = 0;
  /* Rows of a table of this transaction are final as they are written. */
  run (self, g_strdup_printf ("COPY %s (%s) FROM STDIN (FORMAT binary%s)",
                              self->appends ? self->table : self->filled, columns,
                              self->appends ? "" : ", FREEZE"));
  g_byte_array_append (self->bytes, head, sizeof head);
  while ((kind = channel_receive (&payload)) == LLOYD_IMPORT_BATCH)
    {
      guint64 n = lloyd_import_take_rows (&payload);
      for (guint i = 0; i < self->columns->len; i++)
        {
          lloyd_import_take_cells (&payload, postgres_about (self, i), n, &self->cells[i]);
          self->at[i] = self->cells[i].values;
        }
      if (payload.is_bad)
        channel_fail_rubbish ();
      for (size_t row = 0; row < n; row++)
        {
          postgres_put_row (self, row, n_done);
          send_copied (self, COPY_BYTES);
        }
      n_done += n;
    }
  if (kind != LLOYD_IMPORT_END || lloyd_import_take_u64 (&payload) != n_done)
    channel_fail_rubbish ();
  finish_copy (self);
}

/* ---- behind the rows ----------------------------------------------------------------------- */

static void
put_in_place (PostgresWriter *self, const Request *request)
{
  if (self->is_there)
    {
      g_autofree char *schema = NULL;
      g_autofree char *bare = postgres_dup_table_name (request->layer, &schema);
      g_autofree char *name = postgres_quote_name (self->connection, bare);
      run (self, g_strdup_printf ("DROP TABLE %s", self->table));
      run (self, g_strdup_printf ("ALTER TABLE %s RENAME TO %s", self->filled, name));
    }
  for (guint i = 0; i < self->columns->len; i++)
    if (postgres_about (self, i)->type == LLOYD_COLUMN_GEOMETRY)
      {
        g_autofree char *name =
            postgres_quote_name (self->connection, postgres_about (self, i)->name);
        run (self, g_strdup_printf ("CREATE INDEX ON %s USING gist (%s)", self->table, name));
      }
}

/* The comment of a table that rows were added to: runs in a row, if it had any. NULL: a comment of
 * somebody else. */
static JsonNode *
join_comments (const char *old, JsonNode *fresh)
{
  g_autoptr (JsonNode) root = lloyd_json_parse_object (old);
  JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;
  JsonArray *runs = object != NULL ? lloyd_json_array_in (object, "lloyd_runs") : NULL;
  if (object == NULL || (runs == NULL && lloyd_json_object_in (object, "lloyd") == NULL))
    return NULL;
  JsonArray *all = json_array_new ();
  for (guint i = 0; runs != NULL && i < json_array_get_length (runs); i++)
    json_array_add_element (all, json_node_copy (json_array_get_element (runs, i)));
  if (runs == NULL)
    json_array_add_element (all, json_node_copy (json_object_get_member (object, "lloyd")));
  json_array_add_element (all, json_node_copy (fresh));
  JsonObject *joined = json_object_new ();
  json_object_set_array_member (joined, "lloyd_runs", all);
  return json_node_init_object (json_node_alloc (), joined);
}

static void
comment (PostgresWriter *self)
{
  if (json_object_get_size (self->notes) == 0)
    return;
  JsonNode *fresh = json_node_init_object (json_node_alloc (), self->notes);
  JsonObject *whole = json_object_new ();
  json_object_set_member (whole, "lloyd", json_node_copy (fresh));
  JsonNode *root = json_node_init_object (json_node_alloc (), whole);
  if (self->appends)
    {
      const char *const values[] = { self->table };
      PGresult *found =
          postgres_ask (self->connection, LLOYD_ERROR_WRITE,
                        "SELECT obj_description($1::regclass, 'pg_class')", values, 1);
      /* Rows that were there without a word are not from this run. */
      root = PQgetisnull (found, 0, 0) ? NULL : join_comments (PQgetvalue (found, 0, 0), fresh);
      PQclear (found);
    }
  if (root == NULL)
    return;
  g_autofree char *text = json_to_string (root, FALSE);
  char *literal = PQescapeLiteral (self->connection, text, strlen (text));
  if (literal == NULL)
    postgres_fail (self->connection, LLOYD_ERROR_WRITE, NULL);
  run (self, g_strdup_printf ("COMMENT ON TABLE %s IS %s", self->table, literal));
  PQfreemem (literal);
}

void
postgres_write (const Request *request)
{
  PostgresWriter self = { 0 };
  if (request->layer == NULL)
    channel_fail_rubbish ();
  self.connection = postgres_connect (request);
  self.table = postgres_quote_table (self.connection, request->layer);
  run (&self, g_strdup ("BEGIN"));
  look_at_table (&self, request);
  if (request->checks)
    channel_finish (0);
  take_table (&self);
  if (self.columns->len > G_MAXINT16)
    channel_fail (LLOYD_ERROR_WRITE, _ ("%u columns are more than a table can have"),
                  self.columns->len);
  choose_types (&self);
  if (self.appends)
    check_columns (&self);
  else
    create_table (&self, request);
  copy_rows (&self);
  if (!self.appends)
    put_in_place (&self, request);
  comment (&self);
  run (&self, g_strdup ("COMMIT"));
  channel_finish (self.n_rows);
}
