#include "compute/files/database.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/import.h"
#include "compute/files/table-name.h"
#include "compute/words.h"

/* The column of row numbers that a sample gets. */
#define NUMBERS "number of the row"

static const char *const schemes[] = { "postgresql://", "postgres://", "PG:" };

gboolean
lloyd_database_is_address (const char *path)
{
  for (size_t i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (path, schemes[i], strlen (schemes[i])) == 0)
      return TRUE;
  return FALSE;
}

/* key = 'value' ...: a password, wherever that word may be the key. */
static gboolean
has_password_pair (const char *text)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  for (const char *p = strstr (lower, "password"); p != NULL; p = strstr (p + 1, "password"))
    {
      const char *rest = p + strlen ("password");
      while (g_ascii_isspace (*rest))
        rest++;
      if (*rest == '=')
        return TRUE;
    }
  return FALSE;
}

/* user:password@host/base?password=...; what could be one counts. */
static gboolean
has_password_in_url (const char *text)
{
  const char *query = strchr (text, '?');
  /* For libpq who asks ends at the first of these, and a question mark may be of the password. */
  const char *user_end = text + strcspn (text, "@/");
  if (*user_end == '@' && memchr (text, ':', (size_t) (user_end - text)) != NULL)
    return TRUE;
  g_autofree char *place =
      query != NULL ? g_strndup (text, (size_t) (query - text)) : g_strdup (text);
  const char *at = strrchr (place, '@');
  if (at != NULL && memchr (place, ':', (size_t) (at - place)) != NULL)
    return TRUE;
  g_autofree char *decoded = query != NULL ? g_uri_unescape_string (query + 1, NULL) : NULL;
  return query != NULL && (decoded == NULL || has_password_pair (decoded));
}

gboolean
lloyd_database_check (const char *path, GError **error)
{
  const char *place = strstr (path, "://");
  if (!lloyd_database_is_address (path) ||
      !(has_password_pair (path) || (place != NULL && has_password_in_url (place + 3))))
    return TRUE;
  g_set_error_literal (
      error, LLOYD_ERROR, LLOYD_ERROR_DATA,
      _ ("the address of the database holds a password, which everyone on this machine could read: "
         "give it by PGPASSWORD, ~/.pgpass or a service file"));
  return FALSE;
}

/* libpq's own form. */
static const char *
skip_prefix (const char *path)
{
  return g_ascii_strncasecmp (path, "PG:", 3) == 0 ? path + 3 : path;
}

/* The value of a key in key = 'value' ...; NULL: there is none. Yours. */
static char *
dup_value_of (const char *text, const char *key)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n", -1);
  for (char **word = words; *word != NULL; word++)
    if (g_str_has_prefix (*word, key) && (*word)[strlen (key)] == '=')
      {
        g_auto (GStrv) parts = g_strsplit (*word + strlen (key) + 1, "'", -1);
        return g_strjoinv ("", parts);
      }
  return NULL;
}

/* The name of the base in //user@host/base?...; NULL: none is given. Yours. */
static char *
dup_base_of_url (const char *url)
{
  const char *slash = strchr (url, '/');
  if (slash == NULL || strcspn (url, "?") < (size_t) (slash - url))
    return NULL;
  g_autofree char *base = g_strndup (slash + 1, strcspn (slash + 1, "?"));
  char *plain = g_uri_unescape_string (base, NULL);
  return plain != NULL && plain[0] != '\0' ? plain : (g_free (plain), NULL);
}

char *
lloyd_database_dup_title (const char *path, const char *table)
{
  const char *url = strstr (path, "://");
  g_autofree char *found =
      url != NULL ? dup_base_of_url (url + 3) : dup_value_of (skip_prefix (path), "dbname");
  const char *base = found != NULL ? found : "PostgreSQL";
  return table != NULL ? g_strdup_printf ("%s: %s", base, table) : g_strdup (base);
}

void
lloyd_database_set_not_allowed (GError **error,
                                const char *path,
                                const char *table,
                                const char *query)
{
  if (!lloyd_database_check (path, error))
    return;
  if (query != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_NOT_ALLOWED,
                 _ ("would have %s asked by the query %s"), path, query);
  else if (table != NULL)
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_NOT_ALLOWED,
                 _ ("would have %s asked for the table %s"), path, table);
  else
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_NOT_ALLOWED,
                 _ ("would have %s asked for its table"), path);
}

/* Whether it is clear what is to be read. */
static gboolean
check_source (const char *path, const LloydLoadOptions *options, GError **error)
{
  if (!lloyd_database_check (path, error))
    return FALSE;
  if (options->member == NULL || options->query == NULL)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               _ ("%s: a table and a query cannot both be read"), path);
  return FALSE;
}

static LloydImportTask
reading_task (const char *path, const LloydLoadOptions *options)
{
  return (LloydImportTask){ .verb = LLOYD_IMPORT_READ_POSTGRES,
                            .name = path,
                            .purpose = N_ ("reads databases"),
                            .n_bytes = G_MAXUINT64,
                            .may_wait = TRUE,
                            .cancellable = options->cancellable };
}

LloydTable *
lloyd_database_load (const char *path, const LloydLoadOptions *options, GError **error)
{
  const LloydImportTask task = reading_task (path, options);
  return check_source (path, options, error)
             ? lloyd_import_load (&task, skip_prefix (path), options, error)
             : NULL;
}

LloydParts *
lloyd_database_open_parts (const char *path,
                           const LloydLoadOptions *options,
                           size_t part_bytes,
                           GError **error)
{
  const LloydImportTask task = reading_task (path, options);
  return check_source (path, options, error)
             ? lloyd_import_open_parts (&task, skip_prefix (path), options, part_bytes)
             : NULL;
}

/* ---- a look at a table --------------------------------------------------------------------- */

static void
append_name (GString *sql, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);
  g_string_append_printf (sql, "\"%s\"", doubled);
}

/* One that cannot be taken apart as it stands: the server then says that there is none. */
static void
append_table (GString *sql, const char *table)
{
  g_autofree char *schema = NULL, *name = NULL;
  if (!lloyd_table_name_split (table, &schema, &name, NULL))
    name = g_strdup (table);
  if (schema != NULL)
    {
      append_name (sql, schema);
      g_string_append_c (sql, '.');
    }
  append_name (sql, name);
}

static LloydTable *
ask (const char *path, GString *sql, const LloydLoadOptions *options, GError **error)
{
  LloydLoadOptions asked = { .query = sql->str, .nice = options->nice };
  asked.cancellable = options->cancellable;
  return lloyd_database_load (path, &asked, error);
}

gboolean
lloyd_database_load_comment (const char *path,
                             const LloydLoadOptions *options,
                             char **comment,
                             GError **error)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) sql = g_string_new ("SELECT obj_description(to_regclass(");
  append_table (name, options->member);
  g_string_replace (name, "'", "''", 0);
  /* As text that no setting reads otherwise. */
  g_string_replace (name, "\\", "\\\\", 0);
  g_string_append_printf (sql, " E'%s'), 'pg_class') AS comment", name->str);
  g_autoptr (LloydTable) table = ask (path, sql, options, error);
  if (table == NULL)
    return FALSE;
  const LloydColumn *column =
      lloyd_table_get_n_rows (table) == 1 ? lloyd_table_find (table, "comment") : NULL;
  gboolean is_there =
      column != NULL && column->type == LLOYD_COLUMN_TEXT && !lloyd_column_is_missing (column, 0);
  *comment = is_there ? lloyd_column_dup_text (column, 0) : NULL;
  return TRUE;
}

LloydTable *
lloyd_database_load_first (const char *path,
                           size_t n_rows,
                           const LloydLoadOptions *options,
                           GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT * FROM ");
  append_table (sql, options->member);
  g_string_append_printf (sql, " LIMIT %" G_GSIZE_FORMAT, n_rows);
  return ask (path, sql, options, error);
}

LloydTable *
lloyd_database_load_counts (const char *path,
                            const char *const *names,
                            const gboolean *has_nan,
                            const LloydLoadOptions *options,
                            GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT count(*) AS n");
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_string_append (sql, ", count(");
      append_name (sql, names[i]);
      g_string_append (sql, ")");
      if (has_nan[i])
        {
          g_string_append (sql, " FILTER (WHERE ");
          append_name (sql, names[i]);
          g_string_append (sql, "::text <> 'NaN')");
        }
      g_string_append_printf (sql, " AS c%u", i);
    }
  g_string_append (sql, " FROM ");
  append_table (sql, options->member);
  return ask (path, sql, options, error);
}

/* ---- some rows ----------------------------------------------------------------------------- */

/* A query without the semicolons at its end, in brackets, or the table. */
static void
append_source (GString *sql, const LloydLoadOptions *options)
{
  if (options->query == NULL)
    {
      append_table (sql, options->member);
      return;
    }
  size_t n = strlen (options->query);
  while (n > 0 && (g_ascii_isspace (options->query[n - 1]) || options->query[n - 1] == ';'))
    n--;
  /* A comment at its end ends with the line. */
  g_string_append_printf (sql, "(%.*s\n)", (int) MIN (n, G_MAXINT), options->query);
}

gboolean
lloyd_database_count_rows (const char *path,
                           const LloydLoadOptions *options,
                           size_t *n_rows,
                           GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT count(*) AS n FROM ");
  append_source (sql, options);
  g_string_append (sql, " AS s");
  g_autoptr (LloydTable) table = ask (path, sql, options, error);
  if (table == NULL)
    return FALSE;
  const LloydColumn *column = lloyd_table_find (table, "n");
  gboolean is_there = column != NULL && lloyd_table_get_n_rows (table) == 1;
  *n_rows = is_there ? (size_t) lloyd_column_integer (column, 0) : 0;
  return TRUE;
}

/* A name for the numbers that no column has, as the table of an earlier sample may. Yours. */
static char *
choose_name (const char *path, const LloydLoadOptions *options, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT * FROM ");
  append_source (sql, options);
  g_string_append (sql, " AS s LIMIT 0");
  g_autoptr (LloydTable) columns = ask (path, sql, options, error);
  char *name = columns != NULL ? g_strdup (NUMBERS) : NULL;
  for (guint i = 2; name != NULL && (lloyd_table_find (columns, name) != NULL ||
                                     lloyd_table_find_list (columns, name) != NULL);
       i++)
    {
      g_free (name);
      name = g_strdup_printf (NUMBERS " (%u)", i);
    }
  return name;
}

/* Rows by their numbers, from 1, in the order in which the server has them; so that it sends no
 * others. */
static GString *
make_rows_query (const LloydLoadOptions *options, const char *name, const size_t *rows, size_t n)
{
  GString *sql = g_string_new (NULL);
  g_string_printf (sql, "SELECT t.* FROM (SELECT row_number() OVER () AS \"%s\", s.* FROM ", name);
  append_source (sql, options);
  g_string_append (sql, " AS s) AS t JOIN unnest('{");
  for (size_t i = 0; i < n; i++)
    g_string_append_printf (sql, "%s%" G_GSIZE_FORMAT, i > 0 ? "," : "", rows[i] + 1);
  g_string_append_printf (sql, "}'::int8[]) AS w(n) ON t.\"%s\" = w.n ORDER BY w.n", name);
  return sql;
}

LloydTable *
lloyd_database_load_rows (
    const char *path, const size_t *rows, size_t n, const LloydLoadOptions *options, GError **error)
{
  g_autofree char *numbers = choose_name (path, options, error);
  if (numbers == NULL)
    return NULL;
  g_autoptr (GString) sql = make_rows_query (options, numbers, rows, n);
  g_autoptr (GPtrArray) named = g_ptr_array_new ();
  LloydLoadOptions asked = *options;
  for (const char *const *name = options->named; name != NULL && *name != NULL; name++)
    g_ptr_array_add (named, (gpointer) *name);
  g_ptr_array_add (named, numbers);
  g_ptr_array_add (named, NULL);
  asked.named = (const char *const *) named->pdata;
  asked.member = NULL;
  asked.query = sql->str;
  LloydTable *table = lloyd_database_load (path, &asked, error);
  if (table == NULL)
    return NULL;
  if (lloyd_table_get_n_rows (table) != n)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: changed while it was read"), path);
      lloyd_table_unref (table);
      return NULL;
    }
  lloyd_table_set_aside (table, numbers);
  lloyd_table_set_note (table, LLOYD_NOTE_ROW_NUMBERS, numbers);
  return table;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Opens a writer; or without a first part only asks whether it could, and `*writer` is NULL. */
static gboolean
open_or_ask (const char *path,
             const LloydTable *first,
             size_t n_rows,
             const LloydSaveOptions *options,
             LloydTableWriter **writer,
             GError **error)
{
  const LloydImportTask task = { .verb = LLOYD_IMPORT_WRITE_POSTGRES,
                                 .name = path,
                                 .purpose = N_ ("writes to databases"),
                                 .n_bytes = G_MAXUINT64,
                                 .may_wait = TRUE,
                                 .cancellable = options->cancellable };
  const LloydImportWord words[] = { { "path", skip_prefix (path) },
                                    { "layer", options->layer },
                                    { "if-exists", lloyd_if_exists_names[options->if_exists] },
                                    { "check", first == NULL ? "yes" : NULL },
                                    { NULL, NULL } };
  if (!lloyd_database_check (path, error))
    return FALSE;
  if (options->layer == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                   _ ("%s: --table says which table to write"), path);
      return FALSE;
    }
  *writer = NULL;
  if (first == NULL)
    return lloyd_import_ask_to_save (&task, words, error);
  *writer = lloyd_import_open_writer (&task, words, NULL, first, n_rows, error);
  return *writer != NULL;
}

static LloydTableWriter *
open_writer (const char *path,
             const LloydTable *first,
             const LloydWriteOptions *options,
             GError **error)
{
  LloydTableWriter *writer = NULL;
  open_or_ask (path, first, options->n_rows, options->save, &writer, error);
  return writer;
}

gboolean
lloyd_database_check_output (const char *path, const LloydSaveOptions *options, GError **error)
{
  LloydTableWriter *none;
  return open_or_ask (path, NULL, 0, options, &none, error);
}

static GPtrArray *
list (const char *path, const LloydLoadOptions *options, GError **error)
{
  const LloydImportTask task = reading_task (path, options);
  return lloyd_database_check (path, error) ? lloyd_import_list (&task, skip_prefix (path), error)
                                            : NULL;
}

static gboolean
is_mine (const char *bytes, size_t n)
{
  (void) bytes;
  (void) n;
  return FALSE;
}

static const char *const suffixes[] = { NULL };

const LloydFormat lloyd_format_database = {
  .name = "PostgreSQL",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .has_parts = TRUE,
  .has_queries = TRUE,
  .list = list,
  .open_writer = open_writer,
};
