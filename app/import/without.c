/* What stands in the place of libraries that were not found. */
#include "app/import/channel.h"
#include "compute/words.h"

#ifndef LLOYD_HAVE_GDAL
void
gdal_read (const Request *request)
{
  (void) request;
  channel_fail (LLOYD_ERROR_FILE, _ ("this Lloyd was built without GDAL, which reads such files"));
}

void
gdal_write (const Request *request)
{
  (void) request;
  channel_fail (LLOYD_ERROR_WRITE,
                _ ("this Lloyd was built without GDAL, which writes such files"));
}

void
gdal_describe_crs (const Request *request)
{
  (void) request;
  channel_fail (LLOYD_ERROR_FILE, _ ("this Lloyd was built without GDAL, which knows them"));
}

char *
crs_dup_projjson (const char *code)
{
  (void) code;
  return NULL;
}

/* Only what is a code already. */
gboolean
crs_find_code (const char *crs, char **authority, int *code)
{
  guint64 v;
  g_auto (GStrv) parts = g_strsplit (crs, ":", 2);
  if (g_str_equal (crs, "OGC:CRS84"))
    {
      *authority = g_strdup ("EPSG");
      *code = 4326;
      return TRUE;
    }
  if (g_strv_length (parts) != 2 ||
      !g_ascii_string_to_unsigned (parts[1], 10, 1, G_MAXINT, &v, NULL))
    return FALSE;
  *authority = g_strdup (parts[0]);
  *code = (int) v;
  return TRUE;
}
#endif

#ifndef LLOYD_HAVE_HDF5
void
hdf5_read (const Request *request)
{
  (void) request;
  channel_fail (LLOYD_ERROR_FILE, _ ("this Lloyd was built without HDF5, which reads such files"));
}
#endif

#ifndef LLOYD_HAVE_POSTGRES
void
postgres_read (const Request *request)
{
  (void) request;
  channel_fail (LLOYD_ERROR_FILE, _ ("this Lloyd was built without libpq, which reads databases"));
}

void
postgres_write (const Request *request)
{
  (void) request;
  channel_fail (LLOYD_ERROR_WRITE,
                _ ("this Lloyd was built without libpq, which writes to databases"));
}
#endif
