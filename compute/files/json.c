#include "compute/files/json.h"

#include <string.h>

#include "compute/words.h"

#define MAX_DEPTH 64

/* The parser goes one call deeper with each bracket, so they are counted before it sees them. */
static gboolean
is_shallow (const char *text)
{
  gboolean is_quoted = FALSE;
  guint depth = 0;
  for (const char *p = text; *p != '\0'; p++)
    if (is_quoted)
      {
        if (*p == '\\' && p[1] != '\0')
          p++;
        else if (*p == '"')
          is_quoted = FALSE;
      }
    else if (*p == '"')
      is_quoted = TRUE;
    else if (*p == '[' || *p == '{')
      {
        if (++depth > MAX_DEPTH)
          return FALSE;
      }
    else if ((*p == ']' || *p == '}') && depth > 0)
      depth--;
  return TRUE;
}

JsonNode *
lloyd_json_parse_object (const char *text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  if (!g_utf8_validate (text, -1, NULL) || !is_shallow (text) ||
      !json_parser_load_from_data (parser, text, -1, NULL))
    return NULL;
  JsonNode *root = json_parser_steal_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return root;
  g_clear_pointer (&root, json_node_unref);
  return NULL;
}

static JsonNode *
member_of_type (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_TYPE (node) == type ? node : NULL;
}

JsonObject *
lloyd_json_object_in (JsonObject *object, const char *name)
{
  JsonNode *node = member_of_type (object, name, JSON_NODE_OBJECT);
  return node != NULL ? json_node_get_object (node) : NULL;
}

JsonArray *
lloyd_json_array_in (JsonObject *object, const char *name)
{
  JsonNode *node = member_of_type (object, name, JSON_NODE_ARRAY);
  return node != NULL ? json_node_get_array (node) : NULL;
}

const char *
lloyd_json_string_in (JsonObject *object, const char *name)
{
  JsonNode *node = member_of_type (object, name, JSON_NODE_VALUE);
  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

char *
lloyd_json_dup_strings (char **strings)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  json_builder_begin_array (b);
  for (char **word = strings; *word != NULL; word++)
    {
      g_autofree char *valid = g_utf8_make_valid (*word, -1);
      json_builder_add_string_value (b, valid);
    }
  json_builder_end_array (b);
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

JsonNode *
lloyd_json_parse_list (const char *text)
{
  g_autofree char *object = g_strconcat ("{\"list\":", text, "}", NULL);
  g_autoptr (JsonNode) root = lloyd_json_parse_object (object);
  return root != NULL && lloyd_json_array_in (json_node_get_object (root), "list") != NULL
             ? g_steal_pointer (&root)
             : NULL;
}

char **
lloyd_json_parse_strings (const char *text)
{
  g_autoptr (JsonNode) root = lloyd_json_parse_list (text);
  if (root == NULL)
    return NULL;
  JsonArray *list = lloyd_json_array_in (json_node_get_object (root), "list");
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *node = json_array_get_element (list, i);
      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return NULL;
      g_strv_builder_add (words, json_node_get_string (node));
    }
  return g_strv_builder_end (words);
}

char *
lloyd_crs_dup_name (const char *crs)
{
  if (crs == NULL)
    return g_strdup (_ ("reference system unknown"));
  g_autoptr (JsonNode) root = crs[0] == '{' ? lloyd_json_parse_object (crs) : NULL;
  const char *name =
      root != NULL ? lloyd_json_string_in (json_node_get_object (root), "name") : NULL;
  if (name == NULL)
    name = root != NULL ? _ ("PROJJSON without a name") : crs;
  return g_utf8_make_valid (name, -1);
}

char *
lloyd_crs_dup_code (const char *crs)
{
  if (crs[0] != '{')
    return strchr (crs, ':') != NULL ? g_strdup (crs) : NULL;
  g_autoptr (JsonNode) root = lloyd_json_parse_object (crs);
  JsonObject *id = root != NULL ? lloyd_json_object_in (json_node_get_object (root), "id") : NULL;
  const char *authority = id != NULL ? lloyd_json_string_in (id, "authority") : NULL;
  JsonNode *code = id != NULL ? json_object_get_member (id, "code") : NULL;
  if (authority == NULL || code == NULL || !JSON_NODE_HOLDS_VALUE (code))
    return NULL;
  if (json_node_get_value_type (code) == G_TYPE_STRING)
    return g_strconcat (authority, ":", json_node_get_string (code), NULL);
  return g_strdup_printf ("%s:%" G_GINT64_FORMAT, authority, json_node_get_int (code));
}
