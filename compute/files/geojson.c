#include "compute/files/geojson.h"

#include <math.h>
#include <string.h>

#include "compute/data/wkb.h"
#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/json.h"
#include "compute/files/output.h"
#include "compute/shell.h"
#include "compute/words.h"

/* Text that is written at once. */
#define TEXT_BYTES ((gsize) 1 << 18)

static void
append_text (GString *text, const char *bytes, size_t n)
{
  g_autofree char *valid = g_utf8_make_valid (bytes, (gssize) n);
  g_string_append_c (text, '"');
  for (const char *p = valid; *p != '\0'; p++)
    if (*p == '"' || *p == '\\')
      {
        g_string_append_c (text, '\\');
        g_string_append_c (text, *p);
      }
    else if ((guchar) *p < 0x20)
      g_string_append_printf (text, "\\u%04x", (guint) *p);
    else
      g_string_append_c (text, *p);
  g_string_append_c (text, '"');
}

/* JSON knows neither NaN nor infinity. A point stays, so that readers see that it is no whole
 * number.
 */
static void
append_number (GString *text, double v)
{
  gsize start = text->len;
  if (!isfinite (v))
    {
      g_string_append (text, "null");
      return;
    }
  lloyd_append_digits (text, v);
  if (strpbrk (text->str + start, ".e") == NULL)
    g_string_append (text, ".0");
}

static void
append_list (GString *text, const LloydColumn *column, size_t row)
{
  g_string_append_c (text, '[');
  for (guint j = 0; j < column->n_elements; j++)
    {
      if (j > 0)
        g_string_append_c (text, ',');
      append_number (text, lloyd_column_number (column + j, row));
    }
  g_string_append_c (text, ']');
}

static void
append_cell (GString *text, const LloydColumn *column, size_t row)
{
  if (lloyd_column_is_missing (column, row))
    g_string_append (text, "null");
  else if (column->type == LLOYD_COLUMN_TEXT)
    append_text (text, column->text + column->offsets[row],
                 column->offsets[row + 1] - column->offsets[row]);
  else if (column->type != LLOYD_COLUMN_NUMBER || column->unit >= LLOYD_UNIT_DAYS)
    {
      g_autofree char *words = lloyd_column_dup_text (column, row);
      append_text (text, words, strlen (words));
    }
  else if (column->list != NULL)
    append_list (text, column, row);
  else if (column->unit == LLOYD_UNIT_BOOLEAN && !isnan (lloyd_column_number (column, row)))
    g_string_append (text, lloyd_column_number (column, row) != 0.0 ? "true" : "false");
  else if (column->unit == LLOYD_UNIT_UNSIGNED && lloyd_column_integer (column, row) < 0)
    /* More than readers of JSON hold in a number; GDAL would give the largest that it knows. */
    g_string_append_printf (text, "\"%" G_GUINT64_FORMAT "\"",
                            (guint64) lloyd_column_integer (column, row));
  else if (column->integer_bytes != 0)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, lloyd_column_integer (column, row));
  else
    append_number (text, lloyd_column_number (column, row));
}

/* Whether a column is a property: no other geometry, and of a list the first. */
static gboolean
is_property (const LloydColumn *column)
{
  return column->type != LLOYD_COLUMN_UNUSABLE && column->type != LLOYD_COLUMN_GEOMETRY &&
         (column->list == NULL || column->element == 0);
}

/* ---- the collection ------------------------------------------------------------------------ */

static gboolean
append_crs (GString *text, const char *path, const char *crs, GError **error)
{
  g_autofree char *code = crs != NULL ? lloyd_crs_dup_code (crs) : g_strdup ("EPSG:4326");
  if (code == NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: the reference system of the geometry has no code, which is all that "
                      "GeoJSON can hold; GeoPackage and Parquet hold it"),
                   path);
      return FALSE;
    }
  if (g_str_equal (code, "OGC:CRS84") || g_str_equal (code, "EPSG:4326"))
    return TRUE;
  const char *colon = strchr (code, ':');
  g_autofree char *urn =
      g_strdup_printf ("urn:ogc:def:crs:%.*s::%s", (int) (colon - code), code, colon + 1);
  g_string_append (text, "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":");
  append_text (text, urn, strlen (urn));
  g_string_append (text, "}},\n");
  return TRUE;
}

static void
append_notes (GString *text, const LloydTable *table)
{
  g_autofree const char **keys = lloyd_table_get_note_keys (table);
  const char *separator = "\"lloyd\":{";
  for (const char **key = keys; *key != NULL; key++)
    {
      const char *value = lloyd_table_get_note (table, *key);
      if (!g_str_has_prefix (*key, "lloyd."))
        continue;
      g_string_append (text, separator);
      append_text (text, *key + strlen ("lloyd."), strlen (*key + strlen ("lloyd.")));
      g_string_append_c (text, ':');
      append_text (text, value, strlen (value));
      separator = ",";
    }
  if (separator[0] == ',')
    g_string_append (text, "},\n");
}

/* ---- parts --------------------------------------------------------------------------------- */

typedef struct
{
  LloydTableWriter writer;
  LloydOutput *output;
  char *path;
  /* Rows written so far. */
  size_t n;
  GString *text;
} GeojsonWriter;

/* Names of properties as they are written; NULL for columns that are none. */
static GPtrArray *
quote_names (const LloydTable *table)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, i);
      const char *name = column->list != NULL ? column->list : column->name;
      GString *quoted = g_string_new (NULL);
      append_text (quoted, name, strlen (name));
      g_ptr_array_add (names, g_string_free (quoted, !is_property (column)));
    }
  return names;
}

static gboolean
append_feature (GeojsonWriter *self,
                const LloydTable *table,
                const GPtrArray *names,
                const LloydColumn *geometry,
                size_t row,
                GError **error)
{
  GString *text = self->text;
  const char *separator = "";
  g_string_append (text, "{\"type\":\"Feature\",\"properties\":{");
  for (guint i = 0; i < lloyd_table_get_n_columns (table); i++)
    if (names->pdata[i] != NULL)
      {
        g_string_append_printf (text, "%s%s:", separator, (const char *) names->pdata[i]);
        append_cell (text, lloyd_table_get_column (table, i), row);
        separator = ",";
      }
  g_string_append (text, "},\"geometry\":");
  if (geometry == NULL || lloyd_column_is_missing (geometry, row))
    g_string_append (text, "null");
  else if (!lloyd_wkb_append_json (geometry->text + geometry->offsets[row],
                                   geometry->offsets[row + 1] - geometry->offsets[row], text))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("%s: row %zu, column %s: not a geometry"), self->path, self->n,
                   geometry->name);
      return FALSE;
    }
  g_string_append_c (text, '}');
  return TRUE;
}

static void
flush_text (GeojsonWriter *self, gsize least)
{
  if (self->text->len < least)
    return;
  fwrite (self->text->str, 1, self->text->len, lloyd_output_get_stream (self->output));
  g_string_truncate (self->text, 0);
}

static gboolean
append_rows (LloydTableWriter *writer, const LloydTable *table, GError **error)
{
  GeojsonWriter *self = (GeojsonWriter *) writer;
  const LloydColumn *geometry = lloyd_table_find_geometry (table);
  g_autoptr (GPtrArray) names = quote_names (table);
  for (size_t row = 0; row < lloyd_table_get_n_rows (table) && lloyd_output_goes_on (self->output);
       row++)
    {
      if (self->n > 0)
        g_string_append (self->text, ",\n");
      self->n++;
      if (!append_feature (self, table, names, geometry, row, error))
        return FALSE;
      flush_text (self, TEXT_BYTES);
    }
  return lloyd_output_check_stream (self->output, error);
}

static void
free_writer (GeojsonWriter *self)
{
  g_string_free (self->text, TRUE);
  g_free (self->path);
  g_free (self);
}

static gboolean
finish_writer (LloydTableWriter *writer, GError **error)
{
  GeojsonWriter *self = (GeojsonWriter *) writer;
  g_string_append (self->text, self->n > 0 ? "\n]}\n" : "]}\n");
  flush_text (self, 0);
  gboolean is_whole = lloyd_output_finish (self->output, error);
  free_writer (self);
  return is_whole;
}

static void
abandon_writer (LloydTableWriter *writer)
{
  GeojsonWriter *self = (GeojsonWriter *) writer;
  lloyd_output_abandon (self->output);
  free_writer (self);
}

LloydTableWriter *
lloyd_geojson_open_writer (const char *path,
                           const LloydTable *first,
                           const LloydWriteOptions *options,
                           GError **error)
{
  static const LloydTableWriterVerbs verbs = { NULL, append_rows, finish_writer, abandon_writer };
  const LloydColumn *geometry = lloyd_table_find_geometry (first);
  GString *text = g_string_new ("{\"type\":\"FeatureCollection\",\n");
  LloydOutput *output = NULL;
  if (geometry == NULL || append_crs (text, path, geometry->crs, error))
    output = lloyd_output_new (path, error);
  if (output == NULL)
    {
      g_string_free (text, TRUE);
      return NULL;
    }
  lloyd_output_set_cancellable (output, options->save->cancellable);
  append_notes (text, first);
  g_string_append (text, "\"features\":[\n");
  GeojsonWriter *self = g_new0 (GeojsonWriter, 1);
  self->writer.verbs = &verbs;
  self->output = output;
  self->path = g_strdup (path);
  self->text = text;
  return &self->writer;
}
