#include "compute/files/edit-notes.h"

#include "compute/files/json.h"

char *
lloyd_placed_edits_dup_text (const GPtrArray *edits)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  json_builder_begin_array (b);
  for (guint i = 0; i < edits->len; i++)
    {
      const LloydPlacedEdit *edit = edits->pdata[i];
      json_builder_begin_array (b);
      json_builder_add_int_value (b, edit->position);
      json_builder_add_string_value (b, lloyd_edit_names[edit->kind]);
      json_builder_add_int_value (b, edit->cluster);
      for (guint j = 0; j < edit->n_values; j++)
        json_builder_add_double_value (b, edit->place[j]);
      json_builder_end_array (b);
    }
  json_builder_end_array (b);
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

static gboolean
is_number (JsonArray *list, guint i)
{
  JsonNode *node = json_array_get_element (list, i);
  return JSON_NODE_HOLDS_VALUE (node) && (json_node_get_value_type (node) == G_TYPE_INT64 ||
                                          json_node_get_value_type (node) == G_TYPE_DOUBLE);
}

/* Whether element i is a whole number that a guint holds. */
static gboolean
read_guint (JsonArray *list, guint i, guint *value)
{
  gint64 number = is_number (list, i) ? json_array_get_int_element (list, i) : -1;
  *value = (guint) number;
  return number >= 0 && number <= G_MAXINT;
}

static LloydPlacedEdit *
read_edit (JsonArray *list)
{
  guint n = json_array_get_length (list), position, cluster;
  JsonNode *word = n > 2 ? json_array_get_element (list, 1) : NULL;
  if (word == NULL || !JSON_NODE_HOLDS_VALUE (word) ||
      json_node_get_value_type (word) != G_TYPE_STRING || !read_guint (list, 0, &position) ||
      !read_guint (list, 2, &cluster))
    return NULL;
  int kind = lloyd_name_index (lloyd_edit_names, json_node_get_string (word));
  gboolean has_place = kind == LLOYD_EDIT_ADD || kind == LLOYD_EDIT_MOVE;
  if (kind < 0 || has_place != (n > 3))
    return NULL;
  g_autofree double *place = g_new (double, n);
  for (guint i = 3; i < n; i++)
    {
      if (!is_number (list, i))
        return NULL;
      place[i - 3] = json_array_get_double_element (list, i);
    }
  return lloyd_placed_edit_new (position, (LloydEditKind) kind, cluster, place, n - 3);
}

GPtrArray *
lloyd_placed_edits_parse (const char *text)
{
  g_autoptr (JsonNode) root = lloyd_json_parse_list (text);
  if (root == NULL)
    return NULL;
  JsonArray *list = lloyd_json_array_in (json_node_get_object (root), "list");
  g_autoptr (GPtrArray) edits =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_placed_edit_free);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *node = json_array_get_element (list, i);
      LloydPlacedEdit *edit =
          JSON_NODE_HOLDS_ARRAY (node) ? read_edit (json_node_get_array (node)) : NULL;
      if (edit == NULL)
        return NULL;
      g_ptr_array_add (edits, edit);
    }
  return g_steal_pointer (&edits);
}
