/* The `geo` metadata of GeoParquet 1.1 and before. */
#include <string.h>

#include "compute/error.h"
#include "compute/files/json.h"
#include "compute/files/parquet-private.h"
#include "compute/words.h"

/* The reference system of a column: PROJJSON as it stands, OGC:CRS84 where nothing is said, NULL
 * where null is. */
static char *
dup_crs (JsonObject *column)
{
  if (!json_object_has_member (column, "crs"))
    return g_strdup ("OGC:CRS84");
  JsonObject *crs = lloyd_json_object_in (column, "crs");
  const char *text = lloyd_json_string_in (column, "crs");
  if (crs == NULL)
    return g_strdup (text);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  json_node_set_object (node, crs);
  return json_to_string (node, FALSE);
}

static LloydParquetLeaf *
find_leaf (LloydParquetFooter *footer, const char *name)
{
  for (guint i = 0; i < footer->leaves->len; i++)
    if (g_str_equal (lloyd_parquet_footer_leaf (footer, i)->name, name))
      return lloyd_parquet_footer_leaf (footer, i);
  return NULL;
}

/* "covering": {"bbox": {"xmin": ["bbox", "xmin"], ...}}. */
static void
note_covering (LloydParquetFooter *footer, JsonObject *column, GHashTable *covering)
{
  JsonObject *outer = lloyd_json_object_in (column, "covering");
  JsonObject *box = outer != NULL ? lloyd_json_object_in (outer, "bbox") : NULL;
  g_autoptr (GList) edges = box != NULL ? json_object_get_members (box) : NULL;

  for (GList *edge = edges; edge != NULL; edge = edge->next)
    {
      JsonArray *path = lloyd_json_array_in (box, edge->data);
      g_autoptr (GString) name = g_string_new (NULL);
      for (guint i = 0; path != NULL && i < json_array_get_length (path); i++)
        {
          JsonNode *part = json_array_get_element (path, i);
          if (JSON_NODE_HOLDS_VALUE (part) && json_node_get_value_type (part) == G_TYPE_STRING)
            g_string_append_printf (name, "%s%s", i > 0 ? "." : "", json_node_get_string (part));
        }
      LloydParquetLeaf *leaf = find_leaf (footer, name->str);
      if (leaf != NULL)
        g_hash_table_add (covering, leaf->name);
    }
}

static void
apply_column (LloydParquetFooter *footer,
              const char *name,
              JsonObject *column,
              GHashTable *covering)
{
  LloydParquetLeaf *leaf = find_leaf (footer, name);
  const char *encoding = lloyd_json_string_in (column, "encoding");
  note_covering (footer, column, covering);
  /* Coordinates by themselves: no features unless they are named. */
  for (guint i = 0;
       encoding != NULL && g_ascii_strcasecmp (encoding, "point") == 0 && i < footer->leaves->len;
       i++)
    {
      LloydParquetLeaf *part = lloyd_parquet_footer_leaf (footer, i);
      part->is_aside |= g_str_has_prefix (part->name, name) && part->name[strlen (name)] == '.';
    }
  if (leaf == NULL || leaf->physical != LLOYD_PARQUET_BYTE_ARRAY || leaf->max_repetition > 0 ||
      encoding == NULL || g_ascii_strcasecmp (encoding, "WKB") != 0)
    return;
  leaf->meaning = LLOYD_PARQUET_GEOMETRY;
  g_free (leaf->crs);
  leaf->crs = dup_crs (column);
}

gboolean
lloyd_parquet_geo_apply (const char *path,
                         LloydParquetFooter *footer,
                         GHashTable *covering,
                         GError **error)
{
  const char *text = g_hash_table_lookup (footer->notes, "geo");
  if (text == NULL)
    return TRUE;
  g_autoptr (JsonNode) root = lloyd_json_parse_object (text);
  JsonObject *columns =
      root != NULL ? lloyd_json_object_in (json_node_get_object (root), "columns") : NULL;
  if (columns == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: the \"geo\" metadata is not what GeoParquet says"), path);
      return FALSE;
    }
  const char *primary = lloyd_json_string_in (json_node_get_object (root), "primary_column");
  LloydParquetLeaf *main_leaf = primary != NULL ? find_leaf (footer, primary) : NULL;
  if (main_leaf != NULL)
    main_leaf->is_main = TRUE;
  g_autoptr (GList) names = json_object_get_members (columns);
  for (GList *name = names; name != NULL; name = name->next)
    {
      JsonObject *column = lloyd_json_object_in (columns, name->data);
      if (column != NULL)
        apply_column (footer, name->data, column, covering);
    }
  return TRUE;
}
