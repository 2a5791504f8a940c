#include "compute/files/las.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/records.h"
#include "compute/words.h"

#define MIN_HEADER_BYTES 227
#define HEADER_BYTES_1_4 375
/* Set in the number of the point format where points are compressed. */
#define COMPRESSED_BITS 0xC0

typedef struct
{
  guint8 minor;
  guint8 format;
  size_t record_bytes;
  size_t first_point;
  guint64 n_points;
  double scale[3];
  double shift[3];
} Header;

/* Bytes that the fields of each format take. */
static const guint8 format_bytes[] = { 20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67 };

static guint64
load_integer (const char *p, size_t size)
{
  guint64 v = 0;
  for (size_t i = 0; i < size; i++)
    v |= (guint64) (guint8) p[i] << 8 * i;
  return v;
}

static double
load_double (const char *p)
{
  guint64 bits = load_integer (p, 8);
  double v;
  memcpy (&v, &bits, sizeof v);
  return v;
}

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path, what);
  return FALSE;
}

static gboolean
check_header (const char *path, const Header *header, size_t n, GError **error)
{
  for (int i = 0; i < 3; i++)
    if (!isfinite (header->scale[i]) || header->scale[i] == 0.0 || !isfinite (header->shift[i]))
      return fail (error, path, _ ("the LAS header has a scale or an offset of no use"));
  if (header->format >= G_N_ELEMENTS (format_bytes))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: points of LAS format %u are not supported"), path, header->format);
      return FALSE;
    }
  if (header->record_bytes < format_bytes[header->format])
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: %zu bytes a point are too few for LAS format %u"), path,
                   header->record_bytes, header->format);
      return FALSE;
    }
  if (header->n_points == 0)
    return fail (error, path, _ ("the file has no points"));
  if (header->first_point > n ||
      header->n_points > (n - header->first_point) / header->record_bytes)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE,
                   _ ("%s: the header promises %" PRIu64
                      " points of %zu bytes from byte %zu on, but the file has %zu bytes"),
                   path, header->n_points, header->record_bytes, header->first_point, n);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_header (const char *path, const char *bytes, size_t n, Header *header, GError **error)
{
  if (n < MIN_HEADER_BYTES)
    return fail (error, path, _ ("the LAS header is cut short"));
  guint8 major = (guint8) bytes[24], format = (guint8) bytes[104];
  header->minor = (guint8) bytes[25];
  if (major != 1 || header->minor > 4)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: LAS %u.%u is not supported"), path,
                   major, header->minor);
      return FALSE;
    }
  if (header->minor == 4 && n < HEADER_BYTES_1_4)
    return fail (error, path, _ ("the LAS header is cut short"));
  if ((format & COMPRESSED_BITS) != 0)
    return fail (error, path,
                 _ ("is compressed (LAZ), which Lloyd does not read: unpack it to LAS"));

  header->format = format;
  header->first_point = (size_t) load_integer (bytes + 96, 4);
  header->record_bytes = (size_t) load_integer (bytes + 105, 2);
  header->n_points = load_integer (bytes + 107, 4);
  if (header->minor == 4 && header->n_points == 0)
    header->n_points = load_integer (bytes + 247, 8);
  for (int i = 0; i < 3; i++)
    {
      header->scale[i] = load_double (bytes + 131 + 8 * i);
      header->shift[i] = load_double (bytes + 155 + 8 * i);
    }
  return check_header (path, header, n, error);
}

static LloydField *
add_field (
    GArray *fields, const Header *header, const char *name, LloydFieldType type, size_t offset)
{
  lloyd_fields_add (fields, name, type, header->first_point + offset, header->record_bytes);
  return &g_array_index (fields, LloydField, fields->len - 1);
}

static void
add_bits (GArray *fields,
          const Header *header,
          const char *name,
          size_t offset,
          guint first_bit,
          guint n_bits)
{
  LloydField *field = add_field (fields, header, name, LLOYD_FIELD_UINT8, offset);
  field->first_bit = first_bit;
  field->n_bits = n_bits;
}

static void
add_colours (GArray *fields, const Header *header, size_t offset, gboolean has_infrared)
{
  static const char *const names[] = { "red", "green", "blue", "nir" };
  for (size_t i = 0; i < (has_infrared ? 4 : 3); i++)
    add_field (fields, header, names[i], LLOYD_FIELD_UINT16, offset + 2 * i);
}

/* Formats 0 to 5. */
static void
add_old_fields (GArray *fields, const Header *header)
{
  guint8 format = header->format;
  add_bits (fields, header, "return_number", 14, 0, 3);
  add_bits (fields, header, "number_of_returns", 14, 3, 3);
  add_bits (fields, header, "classification", 15, 0, 5);
  add_field (fields, header, "scan_angle", LLOYD_FIELD_INT8, 16);
  add_field (fields, header, "user_data", LLOYD_FIELD_UINT8, 17);
  add_field (fields, header, "point_source_id", LLOYD_FIELD_UINT16, 18);
  if (format == 1 || format >= 3)
    add_field (fields, header, "gps_time", LLOYD_FIELD_FLOAT64, 20);
  if (format == 2)
    add_colours (fields, header, 20, FALSE);
  if (format == 3 || format == 5)
    add_colours (fields, header, 28, FALSE);
}

/* Formats 6 to 10. */
static void
add_new_fields (GArray *fields, const Header *header)
{
  guint8 format = header->format;
  add_bits (fields, header, "return_number", 14, 0, 4);
  add_bits (fields, header, "number_of_returns", 14, 4, 4);
  add_field (fields, header, "classification", LLOYD_FIELD_UINT8, 16);
  add_field (fields, header, "user_data", LLOYD_FIELD_UINT8, 17);
  LloydField *angle = add_field (fields, header, "scan_angle", LLOYD_FIELD_INT16, 18);
  angle->scale = 0.006;
  add_field (fields, header, "point_source_id", LLOYD_FIELD_UINT16, 20);
  add_field (fields, header, "gps_time", LLOYD_FIELD_FLOAT64, 22);
  if (format == 7 || format == 8 || format == 10)
    add_colours (fields, header, 30, format != 7);
}

static LloydTable *
load (const char *path, char **bytes, size_t n, const LloydLoadOptions *options, GError **error)
{
  static const char *const places[] = { "x", "y", "z" };
  g_autoptr (GArray) fields = lloyd_fields_new ();
  Header header;
  if (!read_header (path, *bytes, n, &header, error))
    return NULL;

  for (size_t i = 0; i < 3; i++)
    {
      LloydField *field = add_field (fields, &header, places[i], LLOYD_FIELD_INT32, 4 * i);
      field->scale = header.scale[i];
      field->shift = header.shift[i];
    }
  add_field (fields, &header, "intensity", LLOYD_FIELD_UINT16, 12);
  if (header.format <= 5)
    add_old_fields (fields, &header);
  else
    add_new_fields (fields, &header);
  return lloyd_records_to_table (path, *bytes, FALSE,
                                 (const LloydField *) (gconstpointer) fields->data, fields->len,
                                 (size_t) header.n_points, options, error);
}

static gboolean
is_mine (const char *bytes, size_t n)
{
  return n >= 4 && memcmp (bytes, "LASF", 4) == 0;
}

static const char *const suffixes[] = { ".las", ".laz", NULL };

const LloydFormat lloyd_format_las = {
  .name = "LAS",
  .suffixes = suffixes,
  .is_mine = is_mine,
  .can_be_mapped = TRUE,
  .load = load,
};
