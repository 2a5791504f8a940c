#include "compute/files/import-formats.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/error.h"
#include "compute/files/geojson.h"
#include "compute/files/import.h"
#include "compute/files/output.h"
#include "compute/files/temporary.h"
#include "compute/memory.h"
#include "compute/words.h"

/* What a row's box takes while an index is made: 24 bytes of itself, and those of where it lies. */
#define BYTES_OF_INDEXED_ROW 128

/* SQLite whose application is GeoPackage, of whatever version. */
static gboolean
is_geopackage (const char *bytes, size_t n)
{
  return n >= 72 && memcmp (bytes, "SQLite format 3", 16) == 0 && memcmp (bytes + 68, "GP", 2) == 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* GDAL takes names that begin so for something else than files. */
static char *
dup_plain_path (const char *path)
{
  return g_path_is_absolute (path) ? g_strconcat ("/.", path, NULL)
                                   : g_strconcat ("./", path, NULL);
}

static LloydTable *
load_path (const char *file,
           const char *name,
           guint64 size,
           LloydImportVerb verb,
           const char *purpose,
           const LloydLoadOptions *options,
           GError **error)
{
  const LloydImportTask task = { .verb = verb,
                                 .name = name,
                                 .purpose = purpose,
                                 .n_bytes = size,
                                 .cancellable = options->cancellable };
  g_autofree char *plain = dup_plain_path (file);
  return lloyd_import_load (&task, plain, options, error);
}

/* Bytes that came without a file, as a file for a while. */
static LloydTable *
load_memory (const char *name,
             const char *bytes,
             size_t n,
             LloydImportVerb verb,
             const char *purpose,
             const LloydLoadOptions *options,
             GError **error)
{
  g_autofree char *file = NULL;
  LloydTable *table = NULL;
  size_t done = 0;
  /* GDAL wants to see the ending of a database. */
  int fd = g_file_open_tmp (is_geopackage (bytes, n) ? "lloyd-XXXXXX.gpkg" : "lloyd-XXXXXX", &file,
                            error);
  if (fd < 0)
    return NULL;
  lloyd_temporary_note (file);
  for (ssize_t put = 1; done < n && put > 0; done += (size_t) MAX (put, 0))
    put = write (fd, bytes + done, n - done);
  if (done == n)
    table = load_path (file, name, n, verb, purpose, options, error);
  else
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", name, g_strerror (errno));
  close (fd);
  g_unlink (file);
  lloyd_temporary_forget (file);
  return table;
}

static GPtrArray *
list_path (const char *path,
           LloydImportVerb verb,
           const char *purpose,
           const LloydLoadOptions *options,
           GError **error)
{
  struct stat info;
  /* Where a file does not say how many rows it has, they are counted. */
  const LloydImportTask task = { .verb = verb,
                                 .name = path,
                                 .purpose = purpose,
                                 .n_bytes = stat (path, &info) == 0 ? (guint64) info.st_size : 0,
                                 .cancellable = options->cancellable };
  g_autofree char *plain = dup_plain_path (path);
  return lloyd_import_list (&task, plain, error);
}

#define LOADERS(format, verb, purpose)                                                             \
  static LloydTable *load_##format (const char *path, char **bytes, size_t n,                      \
                                    const LloydLoadOptions *options, GError **error)               \
  {                                                                                                \
    return load_memory (path, *bytes, n, verb, purpose, options, error);                           \
  }                                                                                                \
  static LloydTable *load_##format##_file (const char *path, int fd, guint64 size,                 \
                                           const LloydLoadOptions *options, GError **error)        \
  {                                                                                                \
    (void) fd;                                                                                     \
    return load_path (path, path, size, verb, purpose, options, error);                            \
  }                                                                                                \
  static GPtrArray *list_##format (const char *path, const LloydLoadOptions *options,              \
                                   GError **error)                                                 \
  {                                                                                                \
    return list_path (path, verb, purpose, options, error);                                        \
  }

LOADERS (hdf5, LLOYD_IMPORT_READ_HDF5, N_ ("reads HDF5"))
LOADERS (geo, LLOYD_IMPORT_READ_GDAL, N_ ("reads geodata"))

/* ---- writing ------------------------------------------------------------------------------- */

/* The file's name without folder and ending. Yours. */
static char *
dup_stem (const char *path)
{
  char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');
  if (dot != NULL && dot != name)
    *dot = '\0';
  return name;
}

/* Whether GDAL can hold the boxes of so many rows in memory, as it does for FlatGeobuf's index. */
static gboolean
can_be_indexed (const char *driver, size_t n_rows)
{
  return !g_str_equal (driver, "FlatGeobuf") ||
         n_rows < lloyd_free_memory () / 4 / BYTES_OF_INDEXED_ROW;
}

static LloydTableWriter *
open_writer_by (const char *driver,
                const char *path,
                const LloydTable *first,
                const LloydWriteOptions *options,
                GError **error)
{
  LloydOutput *output = lloyd_output_new_for_others (path, error);
  if (output == NULL)
    return NULL;
  g_autofree char *plain = dup_plain_path (lloyd_output_get_path (output));
  g_autofree char *stem = dup_stem (path);
  const LloydImportTask task = { .verb = LLOYD_IMPORT_WRITE_GDAL,
                                 .name = path,
                                 .purpose = N_ ("writes geodata"),
                                 .n_bytes = G_MAXUINT64,
                                 .mapped_bytes = options->n_rows * (guint64) BYTES_OF_INDEXED_ROW,
                                 .cancellable = options->save->cancellable };
  const char *layer = options->save->layer;
  const LloydImportWord words[] = { { "path", plain },
                                    { "driver", driver },
                                    { "layer", layer != NULL ? layer : stem },
                                    { "index",
                                      can_be_indexed (driver, options->n_rows) ? NULL : "no" },
                                    { NULL, NULL } };
  return lloyd_import_open_writer (&task, words, output, first, options->n_rows, error);
}

static LloydTableWriter *
open_geopackage (const char *path,
                 const LloydTable *first,
                 const LloydWriteOptions *options,
                 GError **error)
{
  return open_writer_by ("GPKG", path, first, options, error);
}

static LloydTableWriter *
open_flatgeobuf (const char *path,
                 const LloydTable *first,
                 const LloydWriteOptions *options,
                 GError **error)
{
  return open_writer_by ("FlatGeobuf", path, first, options, error);
}

/* ---- bytes --------------------------------------------------------------------------------- */

static gboolean
is_hdf5 (const char *bytes, size_t n)
{
  return n >= 8 && memcmp (bytes, "\211HDF\r\n\032\n", 8) == 0;
}

static gboolean
is_flatgeobuf (const char *bytes, size_t n)
{
  return n >= 8 && memcmp (bytes, "fgb\003fgb", 7) == 0;
}

static gboolean
is_shapefile (const char *bytes, size_t n)
{
  return n >= 100 && memcmp (bytes, "\0\0\047\012", 4) == 0 &&
         memcmp (bytes + 28, "\350\003\0\0", 4) == 0;
}

static gboolean
has_word (const char *bytes, size_t n, const char *word)
{
  return memmem (bytes, n, word, strlen (word)) != NULL;
}

/* An object of JSON that names a feature. */
static gboolean
is_geojson (const char *bytes, size_t n)
{
  size_t first = n >= 3 && memcmp (bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  /* Sequences of texts begin each with a byte of its own. */
  while (first < n && (g_ascii_isspace (bytes[first]) || bytes[first] == 0x1e))
    first++;
  return first < n && bytes[first] == '{' && memchr (bytes, '\0', n) == NULL &&
         (has_word (bytes, n, "\"FeatureCollection\"") || has_word (bytes, n, "\"Feature\""));
}

/* ---- the formats --------------------------------------------------------------------------- */

static const char *const hdf5_suffixes[] = { ".hdf5", ".h5", NULL };
static const char *const geopackage_suffixes[] = { ".gpkg", NULL };
static const char *const flatgeobuf_suffixes[] = { ".fgb", NULL };
static const char *const shapefile_suffixes[] = { ".shp", NULL };
static const char *const geojson_suffixes[] = { ".geojson", ".json", ".geojsonl", ".geojsons",
                                                NULL };

const LloydFormat lloyd_format_hdf5 = {
  .name = "HDF5",
  .suffixes = hdf5_suffixes,
  .is_mine = is_hdf5,
  .has_parts = TRUE,
  .load = load_hdf5,
  .load_file = load_hdf5_file,
  .list = list_hdf5,
};

const LloydFormat lloyd_format_geopackage = {
  .name = "GeoPackage",
  .suffixes = geopackage_suffixes,
  .is_mine = is_geopackage,
  .has_parts = TRUE,
  .has_queries = TRUE,
  .load = load_geo,
  .load_file = load_geo_file,
  .list = list_geo,
  .open_writer = open_geopackage,
};

const LloydFormat lloyd_format_flatgeobuf = {
  .name = "FlatGeobuf",
  .suffixes = flatgeobuf_suffixes,
  .is_mine = is_flatgeobuf,
  .has_parts = TRUE,
  .has_queries = TRUE,
  .load = load_geo,
  .load_file = load_geo_file,
  .list = list_geo,
  .open_writer = open_flatgeobuf,
};

const LloydFormat lloyd_format_shapefile = {
  .name = "Shapefile",
  .suffixes = shapefile_suffixes,
  .is_mine = is_shapefile,
  .has_parts = TRUE,
  .has_queries = TRUE,
  .load = load_geo,
  .load_file = load_geo_file,
  .list = list_geo,
};

const LloydFormat lloyd_format_geojson = {
  .name = "GeoJSON",
  .suffixes = geojson_suffixes,
  .is_mine = is_geojson,
  .has_parts = TRUE,
  .has_queries = TRUE,
  .load = load_geo,
  .load_file = load_geo_file,
  .list = list_geo,
  .open_writer = lloyd_geojson_open_writer,
};
