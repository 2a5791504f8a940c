/* Layers of GDAL's vector formats as tables. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <inttypes.h>
#include <ogr_api.h>
#include <string.h>

#include "app/import/gdal.h"
#include "compute/files/flatgeobuf.h"
#include "compute/files/input.h"
#include "compute/words.h"

/* Where the cells of a column come from. */
typedef enum
{
  FROM_ID,
  FROM_FIELD,
  FROM_GEOMETRY,
} Origin;

typedef struct
{
  Origin origin;
  int index;
  OGRFieldType type;
} Source;

typedef struct
{
  OGRLayerH layer;
  GArray *columns;
  GArray *sources;
} Reader;

/* ---- the end ------------------------------------------------------------------------------- */

static GDALDatasetH opened;
static OGRLayerH answer;

static void
close_opened (void)
{
  if (answer != NULL)
    GDALDatasetReleaseResultSet (opened, answer);
  GDALClose (opened);
}

/* ---- layers -------------------------------------------------------------------------------- */

static char *
dup_projjson (OGRSpatialReferenceH crs)
{
  char *text = NULL, *copy = NULL;
  const char *const options[] = { "MULTILINE=NO", NULL };
  if (crs != NULL && OSRExportToPROJJSON (crs, &text, options) == OGRERR_NONE && text != NULL)
    copy = g_strdup (text);
  CPLFree (text);
  return copy;
}

static void
list_layers (GDALDatasetH dataset)
{
  Layers layers;
  layers_begin (&layers);
  for (int i = 0; i < GDALDatasetGetLayerCount (dataset); i++)
    {
      OGRLayerH layer = GDALDatasetGetLayer (dataset, i);
      OGRwkbGeometryType type = OGR_L_GetGeomType (layer);
      GIntBig n = OGR_L_GetFeatureCount (layer, TRUE);
      g_autofree char *crs = dup_projjson (OGR_L_GetSpatialRef (layer));
      layers_add (&layers, OGR_L_GetName (layer), n < 0 ? G_MAXUINT64 : (guint64) n,
                  type == wkbNone      ? ""
                  : type == wkbUnknown ? "geometry"
                                       : OGRGeometryTypeToName (type),
                  crs);
    }
  layers_finish (&layers);
}

/* The only layer, or the only one with a geometry. */
static OGRLayerH
choose_layer (GDALDatasetH dataset)
{
  OGRLayerH chosen = NULL;
  int n = GDALDatasetGetLayerCount (dataset), n_with = 0;
  for (int i = 0; i < n; i++)
    {
      OGRLayerH layer = GDALDatasetGetLayer (dataset, i);
      gboolean has_geometry = OGR_L_GetGeomType (layer) != wkbNone;
      n_with += has_geometry;
      if (has_geometry || chosen == NULL)
        chosen = layer;
    }
  if (n == 0)
    channel_fail (LLOYD_ERROR_FILE, _ ("holds no table"));
  if (n > 1 && n_with != 1)
    list_layers (dataset);
  return chosen;
}

static OGRLayerH
find_layer (GDALDatasetH dataset, const Request *request)
{
  OGRLayerH layer;
  if (request->query != NULL)
    {
      gdal_reset_failure ();
      layer = GDALDatasetExecuteSQL (dataset, request->query, NULL, NULL);
      if (layer == NULL)
        channel_fail (LLOYD_ERROR_DATA, _ ("the query: %s"),
                      gdal_get_failure () != NULL ? gdal_get_failure () : _ ("gives no table"));
      return answer = layer;
    }
  if (request->layer == NULL)
    return choose_layer (dataset);
  layer = GDALDatasetGetLayerByName (dataset, request->layer);
  if (layer == NULL)
    channel_fail (LLOYD_ERROR_DATA, _ ("there is no layer %s"), request->layer);
  return layer;
}

/* ---- columns ------------------------------------------------------------------------------- */

static void
add_column (Reader *self, LloydImportColumn column, Source source)
{
  g_array_append_val (self->columns, column);
  g_array_append_val (self->sources, source);
}

/* What a field becomes; text where it is nothing else. */
static void
describe_field (OGRFieldDefnH field, LloydImportColumn *column)
{
  OGRFieldSubType subtype = OGR_Fld_GetSubType (field);
  column->type = LLOYD_COLUMN_NUMBER;
  switch (OGR_Fld_GetType (field))
    {
    case OFTInteger:
      column->store = subtype == OFSTBoolean ? LLOYD_IMPORT_FLOAT32 : LLOYD_IMPORT_INT32;
      column->unit = subtype == OFSTBoolean ? LLOYD_UNIT_BOOLEAN : LLOYD_UNIT_NONE;
      break;
    case OFTInteger64:
      column->store = LLOYD_IMPORT_INT64;
      break;
    case OFTReal:
      column->store = subtype == OFSTFloat32 ? LLOYD_IMPORT_FLOAT32 : LLOYD_IMPORT_DOUBLE;
      break;
    case OFTIntegerList:
    case OFTInteger64List:
    case OFTRealList:
      column->store = subtype == OFSTFloat32 ? LLOYD_IMPORT_FLOAT32 : LLOYD_IMPORT_DOUBLE;
      column->flags = LLOYD_IMPORT_IS_LIST;
      break;
    case OFTDate:
      column->store = LLOYD_IMPORT_INT32;
      column->unit = LLOYD_UNIT_DAYS;
      column->flags = LLOYD_IMPORT_IS_ASIDE;
      break;
    case OFTDateTime:
      column->store = LLOYD_IMPORT_INT64;
      column->unit = LLOYD_UNIT_MILLISECONDS;
      column->flags = LLOYD_IMPORT_IS_ASIDE | LLOYD_IMPORT_IS_UTC;
      break;
    case OFTBinary:
      column->type = LLOYD_COLUMN_BINARY;
      column->store = LLOYD_IMPORT_BYTES;
      break;
    default:
      column->type = LLOYD_COLUMN_TEXT;
      column->store = LLOYD_IMPORT_BYTES;
      break;
    }
}

static void
add_fields (Reader *self, const Request *request, char ***ignored)
{
  OGRFeatureDefnH about = OGR_L_GetLayerDefn (self->layer);
  for (int i = 0; i < OGR_FD_GetFieldCount (about); i++)
    {
      OGRFieldDefnH field = OGR_FD_GetFieldDefn (about, i);
      const char *name = OGR_Fld_GetNameRef (field);
      LloydImportColumn column = { .name = g_strdup (name) };
      Source source = { FROM_FIELD, i, OGR_Fld_GetType (field) };
      describe_field (field, &column);
      /* JSON may be a vector. */
      gboolean may_be_number =
          column.type == LLOYD_COLUMN_NUMBER || OGR_Fld_GetSubType (field) == OFSTJSON;
      if (request_wants (request, name, may_be_number ? LLOYD_LOAD_NUMBERS : LLOYD_LOAD_OTHERS))
        add_column (self, column, source);
      else
        *ignored = CSLAddString (*ignored, name);
    }
}

static void
add_geometries (Reader *self, const Request *request, char ***ignored)
{
  OGRFeatureDefnH about = OGR_L_GetLayerDefn (self->layer);
  for (int i = 0; i < OGR_FD_GetGeomFieldCount (about); i++)
    {
      OGRGeomFieldDefnH field = OGR_FD_GetGeomFieldDefn (about, i);
      const char *name = OGR_GFld_GetNameRef (field);
      if (name[0] == '\0')
        name = "geometry";
      LloydImportColumn column = { .name = g_strdup (name),
                                   .type = LLOYD_COLUMN_GEOMETRY,
                                   .store = LLOYD_IMPORT_BYTES };
      Source source = { .origin = FROM_GEOMETRY, .index = i };
      if (!request_wants (request, name, LLOYD_LOAD_GEOMETRY))
        {
          *ignored = CSLAddString (*ignored, i == 0 ? "OGR_GEOMETRY" : name);
          continue;
        }
      column.crs = dup_projjson (OGR_GFld_GetSpatialRef (field));
      add_column (self, column, source);
    }
}

static void
choose_columns (Reader *self, const Request *request)
{
  const char *id = OGR_L_GetFIDColumn (self->layer);
  char **ignored = NULL;
  self->columns = g_array_new (FALSE, TRUE, sizeof (LloydImportColumn));
  self->sources = g_array_new (FALSE, TRUE, sizeof (Source));
  /* GeoJSON takes a property for it, which stays a column of its own. */
  if (id != NULL && id[0] != '\0' && request->query == NULL &&
      OGR_FD_GetFieldIndex (OGR_L_GetLayerDefn (self->layer), id) < 0 &&
      request_wants (request, id, LLOYD_LOAD_NUMBERS))
    {
      LloydImportColumn column = { .name = g_strdup (id),
                                   .type = LLOYD_COLUMN_NUMBER,
                                   .store = LLOYD_IMPORT_INT64,
                                   .flags = LLOYD_IMPORT_IS_ASIDE };
      add_column (self, column, (Source){ .origin = FROM_ID });
    }
  add_fields (self, request, &ignored);
  add_geometries (self, request, &ignored);
  if (ignored != NULL)
    OGR_L_SetIgnoredFields (self->layer, (const char **) ignored);
  CSLDestroy (ignored);
}

/* ---- cells --------------------------------------------------------------------------------- */

static gint64
days_of (int year, int month, int day)
{
  gint64 y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
  gint64 of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
put_time (Rows *rows, guint i, OGRFeatureH feature, const Source *source)
{
  int year, month, day, hour, minute, zone;
  float second;
  if (!OGR_F_GetFieldAsDateTimeEx (feature, source->index, &year, &month, &day, &hour, &minute,
                                   &second, &zone) ||
      month < 1 || month > 12)
    {
      rows_put_missing (rows, i);
      return;
    }
  gint64 days = days_of (year, month, day);
  if (source->type == OFTDate)
    {
      rows_put_integer (rows, i, days);
      return;
    }
  /* A zone is 100 for UTC and a quarter of an hour for each one beside. */
  gint64 minutes = days * 1440 + hour * 60 + minute - (zone > 1 ? (zone - 100) * 15 : 0);
  rows_put_integer (rows, i, minutes * 60000 + (gint64) (second * 1000.0f + 0.5f));
}

static void
put_list (Rows *rows, guint i, OGRFeatureH feature, const Source *source, gboolean is_float32)
{
  int n = 0;
  const int *narrow = NULL;
  const GIntBig *wide = NULL;
  const double *doubles = NULL;
  if (source->type == OFTIntegerList)
    narrow = OGR_F_GetFieldAsIntegerList (feature, source->index, &n);
  else if (source->type == OFTInteger64List)
    wide = OGR_F_GetFieldAsInteger64List (feature, source->index, &n);
  else
    doubles = OGR_F_GetFieldAsDoubleList (feature, source->index, &n);
  if (doubles != NULL && !is_float32)
    {
      rows_put_list (rows, i, doubles, (guint32) n);
      return;
    }
  g_autofree double *copy = g_new (double, (size_t) n + 1);
  for (int j = 0; j < n; j++)
    if (is_float32)
      ((float *) (gpointer) copy)[j] = (float) doubles[j];
    else
      copy[j] = narrow != NULL ? (double) narrow[j] : (double) wide[j];
  rows_put_list (rows, i, copy, (guint32) n);
}

static void
put_field (
    Rows *rows, guint i, OGRFeatureH feature, const Source *source, const LloydImportColumn *column)
{
  int n;
  const char *text;
  const GByte *bytes;
  if (!OGR_F_IsFieldSetAndNotNull (feature, source->index))
    rows_put_missing (rows, i);
  else if ((column->flags & LLOYD_IMPORT_IS_LIST) != 0)
    put_list (rows, i, feature, source, column->store == LLOYD_IMPORT_FLOAT32);
  else
    switch (source->type)
      {
      case OFTInteger:
        if (column->store == LLOYD_IMPORT_FLOAT32)
          rows_put_double (rows, i, OGR_F_GetFieldAsInteger (feature, source->index) != 0);
        else
          rows_put_integer (rows, i, OGR_F_GetFieldAsInteger (feature, source->index));
        break;
      case OFTInteger64:
        rows_put_integer (rows, i, OGR_F_GetFieldAsInteger64 (feature, source->index));
        break;
      case OFTReal:
        rows_put_double (rows, i, OGR_F_GetFieldAsDouble (feature, source->index));
        break;
      case OFTDate:
      case OFTDateTime:
        put_time (rows, i, feature, source);
        break;
      case OFTBinary:
        bytes = OGR_F_GetFieldAsBinary (feature, source->index, &n);
        rows_put_bytes (rows, i, bytes, (size_t) n);
        break;
      default:
        text = OGR_F_GetFieldAsString (feature, source->index);
        rows_put_bytes (rows, i, text, strlen (text));
        break;
      }
}

/* Curves are drawn straight, as well-known binary of simple features wants it. */
static void
put_geometry (Rows *rows, guint i, OGRFeatureH feature, const Source *source)
{
  OGRGeometryH geometry = OGR_F_GetGeomFieldRef (feature, source->index);
  if (geometry == NULL)
    {
      rows_put_missing (rows, i);
      return;
    }
  OGRGeometryH straight = NULL;
  if (OGR_G_HasCurveGeometry (geometry, TRUE))
    geometry = straight = OGR_G_GetLinearGeometry (geometry, 0.0, NULL);
  size_t n = OGR_G_WkbSizeEx (geometry);
  unsigned char *bytes = g_malloc (n + 1);
  if (OGR_G_ExportToIsoWkb (geometry, wkbNDR, bytes) != OGRERR_NONE)
    channel_fail (LLOYD_ERROR_FILE, _ ("row %" PRIu64 ": a geometry that cannot be read"),
                  rows_count (rows) + 1);
  rows_put_bytes (rows, i, bytes, n);
  g_free (bytes);
  if (straight != NULL)
    OGR_G_DestroyGeometry (straight);
}

static void
put_row (Rows *rows, const Reader *self, OGRFeatureH feature)
{
  for (guint i = 0; i < self->columns->len; i++)
    {
      const Source *source = &g_array_index (self->sources, Source, i);
      if (rows_has_fault (self->columns, i))
        continue;
      if (source->origin == FROM_ID)
        rows_put_integer (rows, i, OGR_F_GetFID (feature));
      else if (source->origin == FROM_GEOMETRY)
        put_geometry (rows, i, feature, source);
      else
        put_field (rows, i, feature, source, &g_array_index (self->columns, LloydImportColumn, i));
    }
  rows_end_row (rows);
}

/* ---- notes --------------------------------------------------------------------------------- */

/* Keys and values of the metadata that Lloyd has left. */
static void
add_metadata (GPtrArray *notes, char **metadata)
{
  for (char **pair = metadata; pair != NULL && *pair != NULL; pair++)
    {
      const char *equals = strchr (*pair, '=');
      if (equals == NULL || !g_str_has_prefix (*pair, "lloyd."))
        continue;
      g_ptr_array_add (notes, g_strndup (*pair, (size_t) (equals - *pair)));
      g_ptr_array_add (notes, g_strdup (equals + 1));
    }
}

static gboolean
is_flatgeobuf (GDALDatasetH dataset)
{
  return g_str_equal (GDALGetDriverShortName (GDALGetDatasetDriver (dataset)), "FlatGeobuf");
}

static gboolean
is_geopackage (GDALDatasetH dataset)
{
  return g_str_equal (GDALGetDriverShortName (GDALGetDatasetDriver (dataset)), "GPKG");
}

static GPtrArray *
read_notes (GDALDatasetH dataset, OGRLayerH layer, const Request *request)
{
  GPtrArray *notes = g_ptr_array_new ();
  if (is_flatgeobuf (dataset) && request->query == NULL)
    lloyd_flatgeobuf_read_notes (request->path, notes);
  add_metadata (notes, GDALGetMetadata (layer, "LLOYD"));
  const char *native = GDALGetMetadataItem (layer, "NATIVE_DATA", "NATIVE_DATA");
  if (native != NULL)
    {
      /* The members of a collection beside its features, as they were. */
      g_ptr_array_add (notes, g_strdup ("provenance"));
      g_ptr_array_add (notes, g_strdup (native));
    }
  g_ptr_array_add (notes, NULL);
  return notes;
}

/* ---- the request --------------------------------------------------------------------------- */

static GDALDatasetH
open_dataset (const char *path)
{
  static const char *const drivers[] = { "GPKG",           "GeoJSON",    "GeoJSONSeq",
                                         "ESRI Shapefile", "FlatGeobuf", NULL };
  static const char *const options[] = { "NATIVE_DATA=YES", NULL };
  GDALDatasetH dataset =
      GDALOpenEx (path, GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, options, NULL);
  if (dataset == NULL)
    channel_fail (LLOYD_ERROR_FILE, _ ("cannot be read: %s"),
                  gdal_get_failure () != NULL ? gdal_get_failure ()
                                              : _ ("no driver of GDAL takes it"));
  opened = dataset;
  /* SQLite may have put files beside it, which it takes away at the end. */
  if (is_geopackage (dataset))
    channel_at_end (close_opened);
  return dataset;
}

void
gdal_read (const Request *request)
{
  gdal_start ();
  Reader self = { 0 };
  GDALDatasetH dataset = open_dataset (request->path);
  if (request->lists)
    list_layers (dataset);
  self.layer = find_layer (dataset, request);
  choose_columns (&self, request);
  GPtrArray *notes = read_notes (dataset, self.layer, request);
  GIntBig expected = OGR_L_TestCapability (self.layer, OLCFastFeatureCount)
                         ? OGR_L_GetFeatureCount (self.layer, TRUE)
                         : 0;
  Rows *rows =
      rows_new (self.columns, (const char *const *) notes->pdata, (guint64) MAX (expected, 0));
  OGRFeatureH feature;

  gdal_reset_failure ();
  OGR_L_ResetReading (self.layer);
  while ((feature = OGR_L_GetNextFeature (self.layer)) != NULL)
    {
      put_row (rows, &self, feature);
      OGR_F_Destroy (feature);
    }
  /* GDAL takes some ends of a damaged file for its end. */
  if (gdal_get_failure () == NULL && expected > 0 && rows_count (rows) != (guint64) expected &&
      is_flatgeobuf (dataset) && request->query == NULL)
    channel_fail (LLOYD_ERROR_FILE,
                  _ ("its header promises %" PRIu64 " rows, but only %" PRIu64 " can be read"),
                  (guint64) expected, rows_count (rows));
  if (gdal_get_failure () != NULL)
    channel_fail (LLOYD_ERROR_FILE, _ ("row %" PRIu64 ": %s"), rows_count (rows) + 1,
                  gdal_get_failure ());
  rows_finish (rows);
}
