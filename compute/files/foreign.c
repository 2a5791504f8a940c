#include "compute/files/foreign.h"

#include <string.h>

#include "compute/words.h"

/* Behind the head of the first member of a ZIP archive stands its name. */
#define ZIP_NAME 30

typedef struct
{
  const char *first;
  size_t n;
  size_t offset;
  const char *said;
} Kind;

#define KIND(offset, first, said)                                                                  \
  {                                                                                                \
    first, sizeof (first) - 1, offset, said                                                        \
  }

#define OFFICE N_ ("is a spreadsheet or another office document: save the table as CSV")

static const Kind kinds[] = {
  KIND (0, "\xFF\xFE", N_ ("is text in UTF-16, which Lloyd does not read: save it as UTF-8")),
  KIND (0, "\xFE\xFF", N_ ("is text in UTF-16, which Lloyd does not read: save it as UTF-8")),
  KIND (0, "\x1F\x8B", N_ ("is compressed by gzip: unpack it first")),
  KIND (0, "BZh", N_ ("is compressed by bzip2: unpack it first")),
  KIND (0,
        "\xFD"
        "7zXZ",
        N_ ("is compressed by xz: unpack it first")),
  KIND (0, "\x28\xB5\x2F\xFD", N_ ("is compressed by zstd: unpack it first")),
  KIND (0, "\x04\x22\x4D\x18", N_ ("is compressed by LZ4: unpack it first")),
  KIND (0, "7z\xBC\xAF\x27\x1C", N_ ("is an archive of 7-Zip: unpack it first")),
  KIND (0, "Rar!", N_ ("is an archive of RAR: unpack it first")),
  KIND (0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", OFFICE),
  KIND (ZIP_NAME, "[Content_Types].xml", OFFICE),
  KIND (ZIP_NAME, "xl/", OFFICE),
  KIND (ZIP_NAME, "_rels/", OFFICE),
  KIND (ZIP_NAME, "docProps/", OFFICE),
  KIND (ZIP_NAME, "mimetypeapplication/vnd.oasis", OFFICE),
  KIND (0, "ARROW1", N_ ("is a Feather or Arrow file: save the table as Parquet")),
  KIND (0, "ORC", N_ ("is an ORC file: save the table as Parquet")),
  KIND (0, "Obj\x01", N_ ("is an Avro file: save the table as Parquet")),
  KIND (0, "SQLite format 3", N_ ("is a database of SQLite: save the table as GeoPackage or CSV")),
  KIND (8, "DUCK", N_ ("is a database of DuckDB: copy the table to a file in Parquet")),
  KIND (0, "MATLAB 5.0", N_ ("is a file of MATLAB before version 7.3: save it with -v7.3")),
  KIND (0, "CDF\x01", N_ ("is a file in classic netCDF: save it as netCDF-4")),
  KIND (0, "CDF\x02", N_ ("is a file in classic netCDF: save it as netCDF-4")),
  KIND (0, "RDX2\n", N_ ("is data of R: save the table as CSV or Parquet")),
  KIND (0, "RDX3\n", N_ ("is data of R: save the table as CSV or Parquet")),
  KIND (0, "$FL", N_ ("is a file of SPSS: save the table as CSV")),
  KIND (0, "<stata_dta>", N_ ("is a file of Stata: save the table as CSV")),
  KIND (0, "ASTM-E57", N_ ("is a point cloud in E57: save it as PLY or LAS")),
  KIND (0, "%PDF-", N_ ("is a PDF document: save its table as CSV")),
};

/* Whether a file begins so. What begins with letters is text unless it has a NUL in it. */
static gboolean
is_of_kind (const Kind *kind, const char *bytes, size_t n)
{
  return n >= kind->offset + kind->n && memcmp (bytes + kind->offset, kind->first, kind->n) == 0 &&
         (kind->offset != ZIP_NAME || memcmp (bytes, "PK\x03\x04", 4) == 0) &&
         (!g_ascii_isprint (kind->first[0]) || strchr ("%<", kind->first[0]) != NULL ||
          memchr (bytes, '\0', n) != NULL);
}

/* A pickle of protocol 2 to 5, as joblib writes it; or in an archive, as torch.save() does. */
static gboolean
is_pickle (const char *bytes, size_t n)
{
  if (n > ZIP_NAME && memcmp (bytes, "PK\x03\x04", 4) == 0)
    return memmem (bytes, MIN (n, 300), "/data.pkl", 9) != NULL;
  return n > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5 &&
         strchr ("\x95}](Xcq", bytes[2]) != NULL;
}

/* `p` behind spaces, line ends and the mark of UTF-8. */
static const char *
skip_spaces (const char *p, const char *end)
{
  if (end - p >= 3 && memcmp (p, "\xEF\xBB\xBF", 3) == 0)
    p += 3;
  while (p < end && g_ascii_isspace (*p))
    p++;
  return p;
}

/* Objects, or lists in lists; one list alone may be a vector in the first cell of CSV. */
static gboolean
is_json (const char *p, const char *end)
{
  if (p == end || (*p != '{' && *p != '['))
    return FALSE;
  const char *next = skip_spaces (p + 1, end);
  return next < end && (*p == '{' ? *next == '"' || *next == '}' : *next == '{' || *next == '[');
}

static gboolean
is_xml (const char *p, const char *end)
{
  static const char *const firsts[] = { "<?xml", "<!doctype", "<html", "<kml", "<gpx" };
  for (size_t i = 0; i < G_N_ELEMENTS (firsts); i++)
    if ((size_t) (end - p) >= strlen (firsts[i]) &&
        g_ascii_strncasecmp (p, firsts[i], strlen (firsts[i])) == 0)
      return TRUE;
  return FALSE;
}

const char *
lloyd_foreign_describe (const char *bytes, size_t n)
{
  const char *end = bytes + n, *text = skip_spaces (bytes, end);
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (is_of_kind (&kinds[i], bytes, n))
      return _ (kinds[i].said);
  if (is_pickle (bytes, n))
    return _ ("is a pickle of Python: save the table as Parquet, or the array by numpy.save");
  if (is_json (text, end))
    return _ ("is JSON, of which Lloyd reads GeoJSON alone: save the table as CSV or Parquet");
  if (is_xml (text, end))
    return _ ("is XML or HTML: save the table as CSV, or geodata as GeoPackage");
  return NULL;
}
