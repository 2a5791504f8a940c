#include "app/import/gdal.h"

#include <cpl_conv.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <ogr_api.h>
#include <string.h>

#include "compute/words.h"

static char *failure;

static void
on_error (CPLErr class, CPLErrorNum number, const char *message)
{
  (void) number;
  if (class >= CE_Failure && failure == NULL)
    failure = g_strdup (message);
  if (class != CE_Fatal)
    return;
  /* Nothing of GDAL is to be called any more. */
  channel_at_end (NULL);
  channel_fail (LLOYD_ERROR_FILE, "%s", message);
}

/* A file may name addresses, which are nobody's business here. */
static CPLHTTPResult *
refuse (const char *url,
        CSLConstList options,
        GDALProgressFunc progress,
        void *progress_data,
        CPLHTTPFetchWriteFunc write,
        void *write_data,
        void *data)
{
  (void) url;
  (void) options;
  (void) progress;
  (void) progress_data;
  (void) write;
  (void) write_data;
  (void) data;
  return NULL;
}

void
gdal_start (void)
{
  CPLSetErrorHandler (on_error);
  CPLHTTPSetFetchCallback (refuse, NULL);
  /* No plug-ins of others, no side files, no journal for what is thrown away on failure. */
  CPLSetConfigOption ("GDAL_DRIVER_PATH", "disable");
  CPLSetConfigOption ("GDAL_PAM_ENABLED", "NO");
  CPLSetConfigOption ("OGR_SQLITE_SYNCHRONOUS", "OFF");
  CPLSetConfigOption ("OGR_SQLITE_JOURNAL", "OFF");
  CPLSetConfigOption ("PROJ_NETWORK", "OFF");
  OGRRegisterAll ();
}

const char *
gdal_get_failure (void)
{
  return failure;
}

void
gdal_reset_failure (void)
{
  g_clear_pointer (&failure, g_free);
}

/* ---- reference systems --------------------------------------------------------------------- */

/* Codes and PROJJSON, and nothing that could be a file or an address. */
static gboolean
is_code (const char *crs)
{
  return g_regex_match_simple ("^[A-Za-z]+:[0-9A-Za-z]+$", crs, G_REGEX_DOLLAR_ENDONLY, 0);
}

OGRSpatialReferenceH
gdal_make_crs (const char *crs)
{
  OGRSpatialReferenceH made = OSRNewSpatialReference (NULL);
  if (crs != NULL && (crs[0] == '{' || is_code (crs)) &&
      OSRSetFromUserInput (made, crs) == OGRERR_NONE)
    {
      OSRSetAxisMappingStrategy (made, OAMS_TRADITIONAL_GIS_ORDER);
      return made;
    }
  OSRDestroySpatialReference (made);
  return NULL;
}

char *
crs_dup_projjson (const char *code)
{
  char *text = NULL;
  const char *const options[] = { "MULTILINE=NO", NULL };
  if (GDALGetDriverCount () == 0)
    gdal_start ();
  OGRSpatialReferenceH crs = gdal_make_crs (code);
  if (crs == NULL || OSRExportToPROJJSON (crs, &text, options) != OGRERR_NONE || text == NULL)
    return NULL;
  char *copy = g_strdup (text);
  CPLFree (text);
  OSRDestroySpatialReference (crs);
  return copy;
}

gboolean
crs_find_code (const char *crs, char **authority, int *code)
{
  guint64 v;
  if (GDALGetDriverCount () == 0)
    gdal_start ();
  OGRSpatialReferenceH made = gdal_make_crs (crs);
  if (made == NULL)
    return FALSE;
  if (OSRGetAuthorityCode (made, NULL) == NULL)
    OSRAutoIdentifyEPSG (made);
  const char *name = OSRGetAuthorityName (made, NULL), *number = OSRGetAuthorityCode (made, NULL);
  gboolean is_found = FALSE;
  if (g_strcmp0 (name, "OGC") == 0 && g_strcmp0 (number, "CRS84") == 0)
    {
      *authority = g_strdup ("EPSG");
      *code = 4326;
      is_found = TRUE;
    }
  else if (name != NULL && number != NULL &&
           g_ascii_string_to_unsigned (number, 10, 1, G_MAXINT, &v, NULL))
    {
      *authority = g_strdup (name);
      *code = (int) v;
      is_found = TRUE;
    }
  OSRDestroySpatialReference (made);
  return is_found;
}

void
gdal_describe_crs (const Request *request)
{
  GByteArray *frame = g_byte_array_new ();
  char *text = crs_dup_projjson (request->crs);
  if (text == NULL)
    channel_fail (LLOYD_ERROR_DATA, _ ("%s is not known"), request->crs);
  lloyd_import_begin_frame (frame, LLOYD_IMPORT_WORDS);
  lloyd_import_put_text (frame, text);
  channel_send (frame);
  channel_finish (0);
}
