/* Names of tables in a database, as people type them: NAME, SCHEMA.NAME, SCHEMA."NAME". */
#pragma once

#include <glib.h>

/* Takes a name apart at its first dot; a part in double quotes, within which two of them stand for
 * one, may have dots in it. `schema` is NULL where none is said; both are yours. FALSE with
 * LLOYD_ERROR_DATA where a quote is not closed, or text stands behind it. */
gboolean lloyd_table_name_split (const char *text, char **schema, char **name, GError **error);
