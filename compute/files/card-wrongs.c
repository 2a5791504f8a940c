#include "compute/files/card-wrongs.h"

#include <math.h>

#include "compute/error.h"
#include "compute/files/json.h"
#include "compute/words.h"

/* Wrong labels that a document lists of a row; it says how many there are. */
#define MAX_LISTED 100

void
lloyd_card_add_wrongs (JsonBuilder *b, const LloydBenchWrongs *wrongs)
{
  if (wrongs == NULL)
    return;
  json_builder_set_member_name (b, "wrong_columns");
  json_builder_begin_array (b);
  json_builder_add_int_value (b, (gint64) wrongs->columns[0] + 1);
  json_builder_add_int_value (b, (gint64) wrongs->columns[1] + 1);
  json_builder_end_array (b);
  json_builder_set_member_name (b, "wrong");
  json_builder_begin_array (b);
  for (guint i = 0; i < MIN (wrongs->rows->len, MAX_LISTED); i++)
    {
      const LloydBenchWrong *wrong = &g_array_index (wrongs->rows, LloydBenchWrong, i);
      json_builder_begin_array (b);
      json_builder_add_int_value (b, (gint64) wrong->row + 1);
      json_builder_add_int_value (b, wrong->label);
      json_builder_add_int_value (b, wrong->nearest);
      json_builder_add_double_value (b, wrong->gap);
      json_builder_add_double_value (b, wrong->x);
      json_builder_add_double_value (b, wrong->y);
      json_builder_end_array (b);
    }
  json_builder_end_array (b);
}

/* The numbers of an array, so many of them and all there. */
static gboolean
read_numbers (JsonArray *array, double *numbers, guint n)
{
  if (array == NULL || json_array_get_length (array) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      numbers[i] = JSON_NODE_HOLDS_VALUE (node) &&
                           json_node_get_value_type (node) != G_TYPE_STRING &&
                           json_node_get_value_type (node) != G_TYPE_BOOLEAN
                       ? json_node_get_double (node)
                       : NAN;
      if (!isfinite (numbers[i]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_wrong (const LloydBenchRecord *row, JsonNode *node, LloydBenchWrong *wrong)
{
  double v[6];
  if (!JSON_NODE_HOLDS_ARRAY (node) || !read_numbers (json_node_get_array (node), v, 6) ||
      !(v[0] >= 1.0 && v[0] <= (double) row->n) || !(v[1] >= 0.0 && v[1] < row->k) ||
      !(v[2] >= 0.0 && v[2] < row->k))
    return FALSE;
  *wrong = (LloydBenchWrong){ .row = (guint64) v[0] - 1,
                              .label = (gint32) v[1],
                              .nearest = (gint32) v[2],
                              .gap = v[3],
                              .x = v[4],
                              .y = v[5] };
  return TRUE;
}

gboolean
lloyd_card_read_wrongs (JsonObject *object, LloydBenchRecord *row, const char *name, GError **error)
{
  JsonArray *list = lloyd_json_array_in (object, "wrong");
  double columns[2];
  guint n = list != NULL ? json_array_get_length (list) : 0;
  if (n == 0)
    return TRUE;
  if (n > LLOYD_MAX_WRONG || (gint64) n > row->n_wrong ||
      !read_numbers (lloyd_json_array_in (object, "wrong_columns"), columns, 2) ||
      !(columns[0] >= 1.0 && columns[0] <= row->d && columns[1] >= 1.0 && columns[1] <= row->d))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: wrong is not a list of its wrong labels"), name);
      return FALSE;
    }
  row->wrongs = lloyd_bench_wrongs_new ();
  row->wrongs->columns[0] = (guint) columns[0] - 1;
  row->wrongs->columns[1] = (guint) columns[1] - 1;
  for (guint i = 0; i < n; i++)
    {
      LloydBenchWrong wrong;
      if (!read_wrong (row, json_array_get_element (list, i), &wrong))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%s: wrong label %u cannot be"),
                       name, i + 1);
          return FALSE;
        }
      g_array_append_val (row->wrongs->rows, wrong);
    }
  return TRUE;
}
