/* The footer of a file that is written, and its `geo` metadata. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "compute/files/import.h"
#include "compute/files/json.h"
#include "compute/files/parquet-write.h"
#include "compute/version.h"

enum
{
  REQUIRED,
  OPTIONAL,
  REPEATED,
};

/* Old annotations, which every reader knows. */
enum
{
  CONVERTED_UTF8 = 0,
  CONVERTED_LIST = 3,
  CONVERTED_DATE = 6,
  CONVERTED_UINT_64 = 14,
};

static const char *const edge_names[] = { "xmin", "ymin", "xmax", "ymax" };

/* The name of the group of boxes: one that no column has. */
static char *
dup_covering_name (const GArray *outs)
{
  char *name = g_strdup ("bbox");
  for (guint i = 0; i < outs->len; i++)
    {
      const LloydParquetOut *out = &g_array_index (outs, LloydParquetOut, i);
      if (out->edge >= 0 ||
          !g_str_equal (out->is_list ? out->column->list : out->column->name, name))
        continue;
      char *longer = g_strconcat (name, "_of_geometry", NULL);
      g_free (name);
      name = longer;
      i = G_MAXUINT;
    }
  return name;
}

/* ---- schema -------------------------------------------------------------------------------- */

static void
put_group (GByteArray *out, const char *name, int repetition, guint n_children, int converted)
{
  gint16 last = 0, inner = 0;
  if (repetition >= 0)
    lloyd_thrift_put_int (out, &last, 3, LLOYD_THRIFT_I32, repetition);
  lloyd_thrift_put_text (out, &last, 4, name);
  lloyd_thrift_put_int (out, &last, 5, LLOYD_THRIFT_I32, n_children);
  if (converted >= 0)
    {
      lloyd_thrift_put_int (out, &last, 6, LLOYD_THRIFT_I32, converted);
      lloyd_thrift_put_field (out, &last, 10, LLOYD_THRIFT_STRUCT);
      lloyd_thrift_put_field (out, &inner, 3, LLOYD_THRIFT_STRUCT);
      lloyd_thrift_put_stop (out);
      lloyd_thrift_put_stop (out);
    }
  lloyd_thrift_put_stop (out);
}

static int
converted_type (const LloydColumn *column)
{
  if (column->type == LLOYD_COLUMN_TEXT)
    return CONVERTED_UTF8;
  if (column->unit == LLOYD_UNIT_DAYS)
    return CONVERTED_DATE;
  return column->unit == LLOYD_UNIT_UNSIGNED ? CONVERTED_UINT_64 : -1;
}

/* TIMESTAMP { 1: is it UTC? 2: { unit } }, or INTEGER { 1: bits, 2: has it a sign? }. */
static void
put_logical_fields (GByteArray *out, const LloydColumn *column)
{
  gint16 last = 0, unit = 0;
  if (column->unit >= LLOYD_UNIT_MILLISECONDS)
    {
      lloyd_thrift_put_bool (out, &last, 1, column->is_utc);
      lloyd_thrift_put_field (out, &last, 2, LLOYD_THRIFT_STRUCT);
      lloyd_thrift_put_field (out, &unit, (gint16) (column->unit - LLOYD_UNIT_MILLISECONDS + 1),
                              LLOYD_THRIFT_STRUCT);
      lloyd_thrift_put_stop (out);
      lloyd_thrift_put_stop (out);
    }
  else if (column->unit == LLOYD_UNIT_UNSIGNED)
    {
      lloyd_thrift_put_int (out, &last, 1, LLOYD_THRIFT_BYTE, 64);
      lloyd_thrift_put_bool (out, &last, 2, FALSE);
    }
  lloyd_thrift_put_stop (out);
}

static void
put_logical (GByteArray *out, gint16 *last, const LloydColumn *column)
{
  gint16 inner = 0, id = 0;
  if (column->type == LLOYD_COLUMN_TEXT)
    id = 1;
  else if (column->unit == LLOYD_UNIT_DAYS)
    id = 6;
  else if (column->unit >= LLOYD_UNIT_MILLISECONDS)
    id = 8;
  else if (column->unit == LLOYD_UNIT_UNSIGNED)
    id = 10;
  if (id == 0)
    return;
  lloyd_thrift_put_field (out, last, 10, LLOYD_THRIFT_STRUCT);
  lloyd_thrift_put_field (out, &inner, id, LLOYD_THRIFT_STRUCT);
  put_logical_fields (out, column);
  lloyd_thrift_put_stop (out);
}

static void
put_leaf (GByteArray *bytes, const LloydParquetOut *out, const char *name)
{
  gint16 last = 0;
  int converted = out->is_list || out->edge >= 0 ? -1 : converted_type (out->column);
  lloyd_thrift_put_int (bytes, &last, 1, LLOYD_THRIFT_I32, out->physical);
  lloyd_thrift_put_int (bytes, &last, 3, LLOYD_THRIFT_I32,
                        out->is_optional && out->edge < 0 ? OPTIONAL : REQUIRED);
  lloyd_thrift_put_text (bytes, &last, 4, name);
  if (converted >= 0)
    lloyd_thrift_put_int (bytes, &last, 6, LLOYD_THRIFT_I32, converted);
  if (!out->is_list && out->edge < 0)
    put_logical (bytes, &last, out->column);
  lloyd_thrift_put_stop (bytes);
}

/* The elements of the schema; gives how many. */
static guint
put_schema (GByteArray *bytes, const GArray *outs, const char *covering)
{
  guint n = 1, n_top = 0;
  for (guint i = 0; i < outs->len; i++)
    n_top += g_array_index (outs, LloydParquetOut, i).edge <= 0;
  put_group (bytes, "schema", -1, n_top, -1);
  for (guint i = 0; i < outs->len; i++, n++)
    {
      const LloydParquetOut *out = &g_array_index (outs, LloydParquetOut, i);
      if (out->is_list)
        {
          put_group (bytes, out->column->list, REQUIRED, 1, CONVERTED_LIST);
          put_group (bytes, "list", REPEATED, 1, -1);
          n += 2;
        }
      if (out->edge == 0)
        {
          put_group (bytes, covering, out->is_optional ? OPTIONAL : REQUIRED, 4, -1);
          n++;
        }
      put_leaf (bytes, out,
                out->is_list     ? "element"
                : out->edge >= 0 ? edge_names[out->edge]
                                 : out->column->name);
    }
  return n;
}

/* ---- row groups ---------------------------------------------------------------------------- */

static void
put_statistics (GByteArray *bytes, gint16 *last, const LloydParquetPiece *piece)
{
  gint16 inner = 0;
  lloyd_thrift_put_field (bytes, last, 12, LLOYD_THRIFT_STRUCT);
  lloyd_thrift_put_int (bytes, &inner, 3, LLOYD_THRIFT_I64, (gint64) piece->n_missing);
  if (piece->has_range)
    {
      lloyd_thrift_put_binary (bytes, &inner, 5, piece->max, piece->n_range_bytes);
      lloyd_thrift_put_binary (bytes, &inner, 6, piece->min, piece->n_range_bytes);
    }
  lloyd_thrift_put_stop (bytes);
}

static void
put_path (GByteArray *bytes, gint16 *last, const LloydParquetOut *out, const char *covering)
{
  if (out->is_list)
    {
      lloyd_thrift_put_list (bytes, last, 3, LLOYD_THRIFT_BINARY, 3);
      lloyd_thrift_put_text_element (bytes, out->column->list);
      lloyd_thrift_put_text_element (bytes, "list");
      lloyd_thrift_put_text_element (bytes, "element");
      return;
    }
  lloyd_thrift_put_list (bytes, last, 3, LLOYD_THRIFT_BINARY, out->edge >= 0 ? 2 : 1);
  if (out->edge >= 0)
    lloyd_thrift_put_text_element (bytes, covering);
  lloyd_thrift_put_text_element (bytes, out->edge >= 0 ? edge_names[out->edge] : out->column->name);
}

static void
put_chunk (GByteArray *bytes,
           const LloydParquetOut *out,
           const LloydParquetPiece *piece,
           const char *covering)
{
  gint16 last = 0, inner = 0;
  lloyd_thrift_put_int (bytes, &last, 2, LLOYD_THRIFT_I64, (gint64) piece->offset);
  lloyd_thrift_put_field (bytes, &last, 3, LLOYD_THRIFT_STRUCT);
  lloyd_thrift_put_int (bytes, &inner, 1, LLOYD_THRIFT_I32, out->physical);
  lloyd_thrift_put_list (bytes, &inner, 2, LLOYD_THRIFT_I32, 2);
  lloyd_thrift_put_int_element (bytes, LLOYD_PARQUET_PLAIN);
  lloyd_thrift_put_int_element (bytes, LLOYD_PARQUET_RLE);
  put_path (bytes, &inner, out, covering);
  lloyd_thrift_put_int (bytes, &inner, 4, LLOYD_THRIFT_I32, lloyd_parquet_codec_written ());
  lloyd_thrift_put_int (bytes, &inner, 5, LLOYD_THRIFT_I64, (gint64) piece->n_values);
  lloyd_thrift_put_int (bytes, &inner, 6, LLOYD_THRIFT_I64, (gint64) piece->n_plain_bytes);
  lloyd_thrift_put_int (bytes, &inner, 7, LLOYD_THRIFT_I64, (gint64) piece->n_bytes);
  lloyd_thrift_put_int (bytes, &inner, 9, LLOYD_THRIFT_I64, (gint64) piece->offset);
  put_statistics (bytes, &inner, piece);
  lloyd_thrift_put_stop (bytes);
  lloyd_thrift_put_stop (bytes);
}

static void
put_row_group (GByteArray *bytes,
               const GArray *outs,
               const LloydParquetPiece *pieces,
               size_t n_rows,
               const char *covering)
{
  gint16 last = 0;
  guint64 n_plain_bytes = 0, n_bytes = 0;
  lloyd_thrift_put_list (bytes, &last, 1, LLOYD_THRIFT_STRUCT, outs->len);
  for (guint i = 0; i < outs->len; i++)
    {
      put_chunk (bytes, &g_array_index (outs, LloydParquetOut, i), &pieces[i], covering);
      n_plain_bytes += pieces[i].n_plain_bytes;
      n_bytes += pieces[i].n_bytes;
    }
  lloyd_thrift_put_int (bytes, &last, 2, LLOYD_THRIFT_I64, (gint64) n_plain_bytes);
  lloyd_thrift_put_int (bytes, &last, 3, LLOYD_THRIFT_I64, (gint64) n_rows);
  if (outs->len > 0)
    lloyd_thrift_put_int (bytes, &last, 5, LLOYD_THRIFT_I64, (gint64) pieces[0].offset);
  lloyd_thrift_put_int (bytes, &last, 6, LLOYD_THRIFT_I64, (gint64) n_bytes);
  lloyd_thrift_put_stop (bytes);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void
put_note (GByteArray *bytes, const char *key, const char *value)
{
  gint16 last = 0;
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  lloyd_thrift_put_text (bytes, &last, 1, key);
  lloyd_thrift_put_text (bytes, &last, 2, valid);
  lloyd_thrift_put_stop (bytes);
}

static void
put_notes (GByteArray *bytes, gint16 *last, const LloydTable *table, const char *geo)
{
  g_autofree const char **keys = lloyd_table_get_note_keys (table);
  guint n = 0;
  /* What was to be said of the input is nothing to keep. */
  for (const char **key = keys; *key != NULL; key++)
    if (!g_str_has_prefix (*key, LLOYD_NOTE_REMARK))
      keys[n++] = *key;
  if (n == 0 && geo == NULL)
    return;
  lloyd_thrift_put_list (bytes, last, 5, LLOYD_THRIFT_STRUCT, n + (geo != NULL));
  if (geo != NULL)
    put_note (bytes, "geo", geo);
  for (guint i = 0; i < n; i++)
    put_note (bytes, keys[i], lloyd_table_get_note (table, keys[i]));
}

/* Every column in the order of its type: one union with an empty struct for each. */
static void
put_orders (GByteArray *bytes, gint16 *last, guint n)
{
  lloyd_thrift_put_list (bytes, last, 7, LLOYD_THRIFT_STRUCT, n);
  for (guint i = 0; i < n; i++)
    {
      gint16 inner = 0;
      lloyd_thrift_put_field (bytes, &inner, 1, LLOYD_THRIFT_STRUCT);
      lloyd_thrift_put_stop (bytes);
      lloyd_thrift_put_stop (bytes);
    }
}

GByteArray *
lloyd_parquet_footer_write (const LloydTable *table,
                            const GArray *outs,
                            const LloydParquetPiece *pieces,
                            const size_t *group_rows,
                            guint n_groups,
                            const char *geo)
{
  size_t n_rows = 0;
  for (guint g = 0; g < n_groups; g++)
    n_rows += group_rows[g];

  gint16 last = 0;
  GByteArray *bytes = g_byte_array_new ();
  g_autofree char *covering = dup_covering_name (outs);
  g_autoptr (GByteArray) schema = g_byte_array_new ();
  guint n_elements = put_schema (schema, outs, covering);

  lloyd_thrift_put_int (bytes, &last, 1, LLOYD_THRIFT_I32, 2);
  lloyd_thrift_put_list (bytes, &last, 2, LLOYD_THRIFT_STRUCT, n_elements);
  g_byte_array_append (bytes, schema->data, schema->len);
  lloyd_thrift_put_int (bytes, &last, 3, LLOYD_THRIFT_I64, (gint64) n_rows);
  lloyd_thrift_put_list (bytes, &last, 4, LLOYD_THRIFT_STRUCT, n_groups);
  for (guint g = 0; g < n_groups; g++)
    put_row_group (bytes, outs, pieces + (size_t) g * outs->len, group_rows[g], covering);
  put_notes (bytes, &last, table, geo);
  lloyd_thrift_put_text (bytes, &last, 6, "lloyd version " LLOYD_VERSION);
  put_orders (bytes, &last, outs->len);
  lloyd_thrift_put_stop (bytes);
  return bytes;
}

/* ---- geometry ------------------------------------------------------------------------------ */

static void
add_crs (JsonBuilder *b, const char *crs)
{
  /* What stands in degrees of longitude and latitude is what no word means. */
  if (g_strcmp0 (crs, "OGC:CRS84") == 0 || g_strcmp0 (crs, "EPSG:4326") == 0)
    return;
  g_autofree char *described =
      crs != NULL && crs[0] != '{' ? lloyd_import_dup_projjson (crs) : g_strdup (crs);
  g_autoptr (JsonNode) node = described != NULL ? lloyd_json_parse_object (described) : NULL;
  json_builder_set_member_name (b, "crs");
  if (node != NULL)
    json_builder_add_value (b, json_node_copy (node));
  else
    json_builder_add_null_value (b);
}

static void
add_box (JsonBuilder *b, const LloydBox *box, gboolean has_z)
{
  guint n = has_z ? 3 : 2;
  if (!(box->min[0] <= box->max[0]))
    return;
  json_builder_set_member_name (b, "bbox");
  json_builder_begin_array (b);
  for (guint i = 0; i < n; i++)
    json_builder_add_double_value (b, box->min[i]);
  for (guint i = 0; i < n; i++)
    json_builder_add_double_value (b, box->max[i]);
  json_builder_end_array (b);
}

static void
add_covering (JsonBuilder *b, const char *covering)
{
  json_builder_set_member_name (b, "covering");
  json_builder_begin_object (b);
  json_builder_set_member_name (b, "bbox");
  json_builder_begin_object (b);
  for (guint i = 0; i < G_N_ELEMENTS (edge_names); i++)
    {
      json_builder_set_member_name (b, edge_names[i]);
      json_builder_begin_array (b);
      json_builder_add_string_value (b, covering);
      json_builder_add_string_value (b, edge_names[i]);
      json_builder_end_array (b);
    }
  json_builder_end_object (b);
  json_builder_end_object (b);
}

/* All of a column: the box round it and the types in it. */
static guint
sum_up (const GArray *outs,
        guint column,
        const LloydParquetPiece *pieces,
        guint n_groups,
        LloydBox *box)
{
  guint types = 0;
  for (guint g = 0; g < n_groups; g++)
    {
      const LloydParquetPiece *piece = &pieces[(size_t) g * outs->len + column];
      types |= piece->types;
      for (guint d = 0; d < 3; d++)
        {
          box->min[d] = fmin (box->min[d], piece->box.min[d]);
          box->max[d] = fmax (box->max[d], piece->box.max[d]);
        }
    }
  return types;
}

static void
add_geometry (JsonBuilder *b,
              const GArray *outs,
              guint i,
              const LloydParquetPiece *pieces,
              guint n_groups,
              const char *covering)
{
  const LloydColumn *column = g_array_index (outs, LloydParquetOut, i).column;
  LloydBox box = LLOYD_BOX_EMPTY;
  guint types = sum_up (outs, i, pieces, n_groups, &box);

  json_builder_set_member_name (b, column->name);
  json_builder_begin_object (b);
  json_builder_set_member_name (b, "encoding");
  json_builder_add_string_value (b, "WKB");
  json_builder_set_member_name (b, "geometry_types");
  json_builder_begin_array (b);
  for (guint type = 0; type < 16 && (types & 1) == 0; type++)
    if ((types >> type & 1) != 0 && lloyd_wkb_type_name (type) != NULL)
      json_builder_add_string_value (b, lloyd_wkb_type_name (type));
  json_builder_end_array (b);
  add_crs (b, column->crs);
  add_box (b, &box, types >> 8 != 0);
  if (covering != NULL)
    add_covering (b, covering);
  json_builder_end_object (b);
}

char *
lloyd_parquet_geo_write (const GArray *outs, const LloydParquetPiece *pieces, guint n_groups)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char *covering = dup_covering_name (outs);
  const LloydColumn *primary = NULL;

  for (guint i = 0; i < outs->len; i++)
    {
      const LloydParquetOut *out = &g_array_index (outs, LloydParquetOut, i);
      if (out->edge >= 0 || out->column->type != LLOYD_COLUMN_GEOMETRY)
        continue;
      if (primary == NULL)
        {
          json_builder_begin_object (b);
          json_builder_set_member_name (b, "version");
          json_builder_add_string_value (b, "1.1.0");
          json_builder_set_member_name (b, "primary_column");
          json_builder_add_string_value (b, out->column->name);
          json_builder_set_member_name (b, "columns");
          json_builder_begin_object (b);
        }
      add_geometry (b, outs, i, pieces, n_groups, primary == NULL ? covering : NULL);
      if (primary == NULL)
        primary = out->column;
    }
  if (primary == NULL)
    return NULL;
  json_builder_end_object (b);
  json_builder_end_object (b);
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}
