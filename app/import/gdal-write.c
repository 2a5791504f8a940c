/* Tables as layers of GeoPackage and FlatGeobuf. */
#include <cpl_string.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <math.h>
#include <ogr_api.h>
#include <string.h>

#include "app/import/gdal-index.h"
#include "app/import/gdal.h"
#include "compute/data/wkb.h"
#include "compute/files/flatgeobuf.h"
#include "compute/words.h"

typedef struct
{
  GArray *columns;
  GPtrArray *notes;
  guint64 n_rows;
  GDALDatasetH dataset;
  OGRLayerH layer;
  OGRFeatureH feature;
  /* Which field a column is; -1: the geometry. */
  int *fields;
  LloydImportCells *cells;
  /* Where the bytes of each column stand. */
  const guint8 **at;
  GString *text;
  /* Of a GeoPackage with a geometry: the boxes of its rows. */
  IndexBoxes *boxes;
  /* GDAL leaves rows without a place out of a FlatGeobuf file, and says nothing. */
  gboolean needs_places;
} Writer;

static const LloydImportColumn *
about_at (const Writer *self, guint i)
{
  return &g_array_index (self->columns, LloydImportColumn, i);
}

static void
take_table (Writer *self)
{
  LloydImportPayload payload;
  if (channel_receive (&payload) != LLOYD_IMPORT_TABLE)
    channel_fail_rubbish ();
  self->columns = lloyd_import_take_columns (&payload);
  self->notes = g_ptr_array_new ();
  guint32 n = lloyd_import_take_u32 (&payload);
  for (guint32 i = 0; i < 2 * (guint64) n && !payload.is_bad; i++)
    g_ptr_array_add (self->notes, lloyd_import_take_text (&payload));
  self->n_rows = lloyd_import_take_u64 (&payload);
  if (payload.is_bad)
    channel_fail_rubbish ();
  self->fields = g_new0 (int, self->columns->len + 1);
  self->cells = g_new0 (LloydImportCells, self->columns->len + 1);
  self->at = g_new0 (const guint8 *, self->columns->len + 1);
  self->text = g_string_new (NULL);
}

static void fail_by_gdal (const char *what) G_GNUC_NORETURN;

static void
fail_by_gdal (const char *what)
{
  channel_fail (LLOYD_ERROR_WRITE, "%s: %s", what,
                gdal_get_failure () != NULL ? gdal_get_failure () : _ ("GDAL cannot"));
}

/* ---- the layer ----------------------------------------------------------------------------- */

/* The type that all geometries have. */
static OGRwkbGeometryType
choose_type (guint32 geometries)
{
  for (guint type = 1; type <= 7; type++)
    if (geometries == 1u << type)
      return (OGRwkbGeometryType) type;
    else if (geometries == 1u << (type + 8))
      return OGR_GT_SetZ ((OGRwkbGeometryType) type);
  return wkbUnknown;
}

static const LloydImportColumn *
find_geometry (const Writer *self)
{
  for (guint i = 0; i < self->columns->len; i++)
    if (about_at (self, i)->type == LLOYD_COLUMN_GEOMETRY)
      return about_at (self, i);
  return NULL;
}

/* A name for the numbers that the format itself gives to rows. */
static const char *
choose_id_name (const Writer *self)
{
  static const char *const names[] = { "fid", "ogc_fid", "lloyd_fid", "lloyd_row" };
  for (size_t n = 0; n < G_N_ELEMENTS (names); n++)
    {
      gboolean is_taken = FALSE;
      for (guint i = 0; i < self->columns->len; i++)
        is_taken |= g_ascii_strcasecmp (about_at (self, i)->name, names[n]) == 0;
      if (!is_taken)
        return names[n];
    }
  return "lloyd_number";
}

/* A file with the layer, without its fields. */
static GDALDatasetH
create_dataset (
    Writer *self, const Request *request, const char *path, gboolean has_index, OGRLayerH *layer)
{
  GDALDriverH driver = GDALGetDriverByName (request->driver);
  const LloydImportColumn *geometry = find_geometry (self);
  char **options = NULL;
  if (driver == NULL)
    channel_fail (LLOYD_ERROR_WRITE, _ ("the GDAL that is installed has no driver %s"),
                  request->driver);
  GDALDatasetH dataset = GDALCreate (driver, path, 0, 0, 0, GDT_Unknown, NULL);
  if (dataset == NULL)
    fail_by_gdal (_ ("cannot be created"));
  OGRSpatialReferenceH crs = geometry != NULL ? gdal_make_crs (geometry->crs) : NULL;
  options = CSLSetNameValue (options, "SPATIAL_INDEX", has_index ? "YES" : "NO");
  if (g_str_equal (request->driver, "GPKG"))
    {
      options = CSLSetNameValue (options, "FID", choose_id_name (self));
      if (geometry != NULL)
        options = CSLSetNameValue (options, "GEOMETRY_NAME", geometry->name);
    }
  gdal_reset_failure ();
  *layer = GDALDatasetCreateLayer (dataset, request->layer, crs,
                                   geometry != NULL ? choose_type (geometry->geometries) : wkbNone,
                                   options);
  CSLDestroy (options);
  if (*layer == NULL)
    fail_by_gdal (_ ("the layer cannot be created"));
  return dataset;
}

static void
describe_field (const LloydImportColumn *column, OGRFieldType *type, OGRFieldSubType *subtype)
{
  *subtype = OFSTNone;
  if (column->type == LLOYD_COLUMN_TEXT)
    *type = OFTString;
  else if (column->type != LLOYD_COLUMN_NUMBER)
    *type = OFTBinary;
  else if ((column->flags & LLOYD_IMPORT_IS_LIST) != 0)
    {
      *type = OFTString;
      *subtype = OFSTJSON;
    }
  else if (column->unit == LLOYD_UNIT_DAYS)
    *type = OFTDate;
  else if (column->unit >= LLOYD_UNIT_MILLISECONDS)
    *type = OFTDateTime;
  else if (column->unit == LLOYD_UNIT_UNSIGNED)
    *type = OFTString;
  else if (column->unit == LLOYD_UNIT_BOOLEAN)
    {
      *type = OFTInteger;
      *subtype = OFSTBoolean;
    }
  else if (column->store == LLOYD_IMPORT_INT32)
    *type = OFTInteger;
  else if (column->store == LLOYD_IMPORT_INT64)
    *type = OFTInteger64;
  else
    {
      *type = OFTReal;
      *subtype = column->store == LLOYD_IMPORT_FLOAT32 ? OFSTFloat32 : OFSTNone;
    }
}

static void
create_fields (Writer *self)
{
  const LloydImportColumn *geometry = find_geometry (self);
  int n = 0;
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydImportColumn *column = about_at (self, i);
      OGRFieldType type;
      OGRFieldSubType subtype;
      self->fields[i] = -1;
      if (column == geometry)
        continue;
      describe_field (column, &type, &subtype);
      OGRFieldDefnH field = OGR_Fld_Create (column->name, type);
      OGR_Fld_SetSubType (field, subtype);
      if (OGR_L_CreateField (self->layer, field, FALSE) != OGRERR_NONE)
        fail_by_gdal (column->name);
      OGR_Fld_Destroy (field);
      self->fields[i] = n++;
    }
  self->feature = OGR_F_Create (OGR_L_GetLayerDefn (self->layer));
}

/* ---- cells --------------------------------------------------------------------------------- */

static void
append_digits (GString *text, double v)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (isnan (v))
    g_string_append (text, "null");
  else
    g_string_append (text, g_ascii_dtostr (digits, sizeof digits, v));
}

static void
set_list (Writer *self, guint i, size_t row)
{
  guint32 d = self->cells[i].n_elements;
  size_t size = lloyd_import_store_bytes (about_at (self, i)->store);
  g_string_assign (self->text, "[");
  for (guint32 j = 0; j < d; j++)
    {
      const guint8 *from = self->cells[i].values + (row * d + j) * size;
      double v;
      float narrow;
      memcpy (&narrow, from, sizeof narrow);
      if (size == sizeof v)
        memcpy (&v, from, sizeof v);
      else
        v = (double) narrow;
      if (j > 0)
        g_string_append (self->text, ", ");
      append_digits (self->text, v);
    }
  g_string_append_c (self->text, ']');
  OGR_F_SetFieldString (self->feature, self->fields[i], self->text->str);
}

static void
set_date (Writer *self, guint i, gint64 days, int hour, int minute, float second)
{
  const LloydImportColumn *column = about_at (self, i);
  g_autoptr (GDateTime) start = g_date_time_new_utc (1970, 1, 1, 0, 0, 0.0);
  g_autoptr (GDateTime) day =
      days > -720000 && days < 2930000 ? g_date_time_add_days (start, (int) days) : NULL;
  if (day == NULL)
    {
      OGR_F_SetFieldNull (self->feature, self->fields[i]);
      return;
    }
  OGR_F_SetFieldDateTimeEx (self->feature, self->fields[i], g_date_time_get_year (day),
                            g_date_time_get_month (day), g_date_time_get_day_of_month (day), hour,
                            minute, second, (column->flags & LLOYD_IMPORT_IS_UTC) != 0 ? 100 : 0);
}

static void
set_time (Writer *self, guint i, gint64 v)
{
  static const gint64 per_ms[] = { [LLOYD_UNIT_MILLISECONDS] = 1,
                                   [LLOYD_UNIT_MICROSECONDS] = 1000,
                                   [LLOYD_UNIT_NANOSECONDS] = 1000000 };
  gint64 unit = per_ms[about_at (self, i)->unit], day = 86400000;
  gint64 ms = v / unit - (v % unit < 0), days = ms / day - (ms % day < 0), rest = ms - days * day;
  set_date (self, i, days, (int) (rest / 3600000), (int) (rest / 60000 % 60),
            (float) (rest % 60000) / 1000.0f);
}

static void
set_integer (Writer *self, guint i, gint64 v)
{
  const LloydImportColumn *column = about_at (self, i);
  if (column->unit == LLOYD_UNIT_DAYS)
    set_date (self, i, v, 0, 0, 0.0f);
  else if (column->unit >= LLOYD_UNIT_MILLISECONDS)
    set_time (self, i, v);
  else if (column->unit == LLOYD_UNIT_UNSIGNED)
    {
      g_string_printf (self->text, "%" G_GUINT64_FORMAT, (guint64) v);
      OGR_F_SetFieldString (self->feature, self->fields[i], self->text->str);
    }
  else if (column->store == LLOYD_IMPORT_INT32)
    OGR_F_SetFieldInteger (self->feature, self->fields[i], (int) v);
  else
    OGR_F_SetFieldInteger64 (self->feature, self->fields[i], v);
}

static void
set_number (Writer *self, guint i, size_t row)
{
  const LloydImportColumn *column = about_at (self, i);
  const guint8 *from = self->cells[i].values + row * lloyd_import_store_bytes (column->store);
  gint32 narrow;
  gint64 wide = 0;
  float single;
  double v = 0.0;
  memcpy (&narrow, from, sizeof narrow);
  memcpy (&single, from, sizeof single);
  if (column->store == LLOYD_IMPORT_INT32)
    set_integer (self, i, narrow);
  else if (column->store == LLOYD_IMPORT_INT64)
    {
      memcpy (&wide, from, sizeof wide);
      set_integer (self, i, wide);
    }
  else
    {
      if (column->store == LLOYD_IMPORT_FLOAT32)
        v = (double) single;
      else
        memcpy (&v, from, sizeof v);
      if (isnan (v))
        OGR_F_SetFieldNull (self->feature, self->fields[i]);
      else if (column->unit == LLOYD_UNIT_BOOLEAN)
        OGR_F_SetFieldInteger (self->feature, self->fields[i], v != 0.0);
      else
        OGR_F_SetFieldDouble (self->feature, self->fields[i], v);
    }
}

static void fail_by_place (guint64 row) G_GNUC_NORETURN;

static void
fail_by_place (guint64 row)
{
  channel_fail (LLOYD_ERROR_WRITE,
                _ ("row %" PRIu64 " has no place, and a FlatGeobuf file holds no such rows; "
                   "GeoPackage, GeoJSON and Parquet do"),
                row + 1);
}

static void
set_geometry (Writer *self, guint i, const guint8 *bytes, guint32 n, guint64 row)
{
  OGRGeometryH geometry = NULL;
  if (OGR_G_CreateFromWkb (bytes, NULL, &geometry, (int) n) != OGRERR_NONE)
    channel_fail (LLOYD_ERROR_DATA, _ ("row %" PRIu64 ", column %s: not a geometry"), row + 1,
                  about_at (self, i)->name);
  OGR_F_SetGeometryDirectly (self->feature, geometry);
  if (self->needs_places && OGR_G_IsEmpty (geometry))
    fail_by_place (row);
  if (self->boxes != NULL && !OGR_G_IsEmpty (geometry))
    {
      OGREnvelope box;
      OGR_G_GetEnvelope (geometry, &box);
      /* Rows of a new table are numbered from 1. */
      gdal_index_add (self->boxes, (gint64) row + 1, box.MinX, box.MaxX, box.MinY, box.MaxY);
    }
}

static void
set_bytes (Writer *self, guint i, size_t row, guint64 n_before)
{
  guint32 n = lloyd_import_length (&self->cells[i], row);
  const guint8 *bytes = self->at[i];
  if (self->fields[i] < 0)
    set_geometry (self, i, bytes, n, n_before + row);
  else if (about_at (self, i)->type == LLOYD_COLUMN_TEXT)
    {
      g_string_truncate (self->text, 0);
      g_string_append_len (self->text, (const char *) bytes, (gssize) n);
      OGR_F_SetFieldString (self->feature, self->fields[i], self->text->str);
    }
  else
    OGR_F_SetFieldBinary (self->feature, self->fields[i], (int) n, bytes);
}

static void
write_row (Writer *self, size_t row, guint64 n_before)
{
  OGR_F_SetFID (self->feature, OGRNullFID);
  for (guint i = 0; i < self->columns->len; i++)
    {
      const LloydImportColumn *column = about_at (self, i);
      const LloydImportCells *cells = &self->cells[i];
      gboolean is_missing = cells->missing != NULL && cells->missing[row] != 0;
      if (is_missing && self->fields[i] < 0 && self->needs_places)
        fail_by_place (n_before + row);
      else if (is_missing && self->fields[i] < 0)
        OGR_F_SetGeometryDirectly (self->feature, NULL);
      else if (is_missing)
        OGR_F_SetFieldNull (self->feature, self->fields[i]);
      else if (column->store == LLOYD_IMPORT_BYTES)
        set_bytes (self, i, row, n_before);
      else if ((column->flags & LLOYD_IMPORT_IS_LIST) != 0)
        set_list (self, i, row);
      else
        set_number (self, i, row);
      if (column->store == LLOYD_IMPORT_BYTES)
        self->at[i] += lloyd_import_length (cells, row);
    }
  if (OGR_L_CreateFeature (self->layer, self->feature) != OGRERR_NONE)
    channel_fail (LLOYD_ERROR_WRITE, _ ("row %" PRIu64 ": %s"), n_before + row + 1,
                  gdal_get_failure () != NULL ? gdal_get_failure () : _ ("GDAL cannot write it"));
}

static void
write_batches (Writer *self)
{
  LloydImportPayload payload;
  LloydImportKind kind;
  guint64 n_done = 0;
  while ((kind = channel_receive (&payload)) == LLOYD_IMPORT_BATCH)
    {
      guint64 n = lloyd_import_take_rows (&payload);
      for (guint i = 0; i < self->columns->len; i++)
        {
          lloyd_import_take_cells (&payload, about_at (self, i), n, &self->cells[i]);
          self->at[i] = self->cells[i].values;
        }
      if (payload.is_bad)
        channel_fail_rubbish ();
      if (n > self->n_rows - n_done)
        channel_fail_rubbish ();
      for (size_t row = 0; row < n; row++)
        write_row (self, row, n_done);
      n_done += n;
    }
  if (kind != LLOYD_IMPORT_END || lloyd_import_take_u64 (&payload) != n_done)
    channel_fail_rubbish ();
}

/* What belongs to an index beside its boxes is for GDAL to know: it makes an empty layer with one.
 */
static void
add_index (Writer *self, const Request *request)
{
  OGRLayerH layer;
  g_autofree char *model = g_strconcat (request->path, ".model.gpkg", NULL);
  GDALClose (create_dataset (self, request, model, TRUE, &layer));
  if (gdal_get_failure () != NULL)
    fail_by_gdal (_ ("the spatial index cannot be made"));
  gdal_index_build (request->path, model, request->layer, find_geometry (self)->name, self->boxes);
  gdal_index_clear (self->boxes);
  g_unlink (model);
}

void
gdal_write (const Request *request)
{
  Writer self = { 0 };
  IndexBoxes boxes;
  g_autoptr (GError) error = NULL;
  gdal_start ();
  take_table (&self);
  gboolean is_geopackage = g_str_equal (request->driver, "GPKG");
  self.needs_places = g_str_equal (request->driver, "FlatGeobuf");
  if (self.needs_places && find_geometry (&self) == NULL)
    channel_fail (LLOYD_ERROR_WRITE,
                  _ ("a FlatGeobuf file needs a place for each row, and there is no geometry; "
                     "GeoPackage, GeoJSON and Parquet do without"));
  if (is_geopackage && find_geometry (&self) != NULL)
    {
      self.boxes = &boxes;
      gdal_index_init (&boxes, request->path, self.n_rows);
    }
  gboolean has_index = !is_geopackage && g_strcmp0 (request->index, "no") != 0;
  self.dataset = create_dataset (&self, request, request->path, has_index, &self.layer);
  create_fields (&self);
  gdal_reset_failure ();
  gboolean has_transactions = OGR_L_TestCapability (self.layer, OLCTransactions) &&
                              OGR_L_StartTransaction (self.layer) == OGRERR_NONE;
  write_batches (&self);
  if (has_transactions && OGR_L_CommitTransaction (self.layer) != OGRERR_NONE)
    fail_by_gdal (_ ("cannot be written"));
  if (is_geopackage)
    for (guint i = 0; i + 1 < self.notes->len; i += 2)
      GDALSetMetadataItem (self.layer, self.notes->pdata[i], self.notes->pdata[i + 1], "LLOYD");
  OGR_F_Destroy (self.feature);
  gdal_reset_failure ();
  GDALClose (self.dataset);
  if (gdal_get_failure () != NULL)
    fail_by_gdal (_ ("cannot be written in full"));
  if (self.boxes != NULL)
    add_index (&self, request);
  /* GDAL has no place for them. */
  if (self.needs_places && !lloyd_flatgeobuf_write_notes (request->path, self.notes, &error))
    channel_fail (LLOYD_ERROR_WRITE, "%s", error->message);
  channel_finish (self.n_rows);
}
