#include "compute/data/wkb.h"

#include <math.h>
#include <string.h>

#include "compute/shell.h"

/* Collections within collections, and no deeper. */
#define MAX_DEPTH 16

enum
{
  POINT = 1,
  LINE_STRING,
  POLYGON,
  MULTI_POINT,
  MULTI_LINE_STRING,
  MULTI_POLYGON,
  COLLECTION,
};

typedef struct
{
  const guint8 *p;
  const guint8 *end;
  gboolean is_big_endian;
  gboolean is_bad;
} Reader;

static guint32
read_number (Reader *self)
{
  guint32 v;
  if (self->end - self->p < 4)
    {
      self->is_bad = TRUE;
      return 0;
    }
  memcpy (&v, self->p, sizeof v);
  self->p += sizeof v;
  return self->is_big_endian ? GUINT32_FROM_BE (v) : GUINT32_FROM_LE (v);
}

static double
read_coordinate (Reader *self)
{
  guint64 bits;
  double v;
  memcpy (&bits, self->p, sizeof bits);
  bits = self->is_big_endian ? GUINT64_FROM_BE (bits) : GUINT64_FROM_LE (bits);
  memcpy (&v, &bits, sizeof v);
  self->p += sizeof v;
  return v;
}

/* Byte order, type, and which further coordinates there are. */
static guint
read_head (Reader *self, gboolean *has_z, gboolean *has_m)
{
  if (self->end - self->p < 5 || self->p[0] > 1)
    {
      self->is_bad = TRUE;
      return 0;
    }
  self->is_big_endian = *self->p++ == 0;
  guint32 type = read_number (self);
  *has_z = (type & 0x80000000u) != 0;
  *has_m = (type & 0x40000000u) != 0;
  if ((type & 0x20000000u) != 0)
    read_number (self);
  type &= 0x1fffffffu;
  *has_z |= type / 1000 == 1 || type / 1000 == 3;
  *has_m |= type / 1000 == 2 || type / 1000 == 3;
  if (type >= 4000 || type % 1000 < POINT || type % 1000 > COLLECTION)
    self->is_bad = TRUE;
  return type % 1000;
}

static void
read_positions (Reader *self, guint32 n, guint n_dims, gboolean has_z, LloydBox *box)
{
  if (n > (guint64) (self->end - self->p) / (8 * n_dims))
    {
      self->is_bad = TRUE;
      return;
    }
  for (guint32 i = 0; i < n; i++)
    for (guint d = 0; d < n_dims; d++)
      {
        double v = read_coordinate (self);
        if (d < 2 || (d == 2 && has_z))
          {
            box->min[d] = fmin (box->min[d], v);
            box->max[d] = fmax (box->max[d], v);
          }
      }
}

static guint
read_geometry (Reader *self, guint depth, LloydBox *box)
{
  gboolean has_z = FALSE, has_m = FALSE;
  guint type = read_head (self, &has_z, &has_m);
  guint n_dims = 2 + (has_z != 0) + (has_m != 0);

  if (self->is_bad || depth > MAX_DEPTH)
    {
      self->is_bad = TRUE;
      return 0;
    }
  guint32 n = type == POINT ? 1 : read_number (self);
  if (type == POINT || type == LINE_STRING)
    read_positions (self, n, n_dims, has_z, box);
  else
    for (guint32 i = 0; i < n && !self->is_bad; i++)
      if (type == POLYGON)
        read_positions (self, read_number (self), n_dims, has_z, box);
      else
        read_geometry (self, depth + 1, box);
  return self->is_bad ? 0 : type + (has_z ? 8 : 0);
}

guint
lloyd_wkb_measure (const char *bytes, size_t n, LloydBox *box)
{
  Reader reader = { (const guint8 *) bytes, (const guint8 *) bytes + n, FALSE, FALSE };
  LloydBox widened = *box;
  guint type = read_geometry (&reader, 0, &widened);
  if (type != 0)
    *box = widened;
  return type;
}

gboolean
lloyd_wkb_read_point (const char *bytes, size_t n, double xyz[3])
{
  Reader reader = { (const guint8 *) bytes, (const guint8 *) bytes + n, FALSE, FALSE };
  gboolean has_z = FALSE, has_m = FALSE;
  guint type = read_head (&reader, &has_z, &has_m);
  if (reader.is_bad || type != POINT || reader.end - reader.p < (has_z ? 24 : 16))
    return FALSE;
  xyz[0] = read_coordinate (&reader);
  xyz[1] = read_coordinate (&reader);
  xyz[2] = has_z ? read_coordinate (&reader) : NAN;
  return TRUE;
}

static size_t
put_double (char *bytes, double v)
{
  guint64 bits;
  memcpy (&bits, &v, sizeof bits);
  bits = GUINT64_TO_LE (bits);
  memcpy (bytes, &bits, sizeof bits);
  return sizeof bits;
}

size_t
lloyd_wkb_write_point (char *bytes, double x, double y, const double *z)
{
  guint32 type = GUINT32_TO_LE (z != NULL ? 1001u : 1u);
  size_t n = 5;
  bytes[0] = 1;
  memcpy (bytes + 1, &type, sizeof type);
  n += put_double (bytes + n, x);
  n += put_double (bytes + n, y);
  if (z != NULL)
    n += put_double (bytes + n, *z);
  return n;
}

const char *
lloyd_wkb_type_name (guint type)
{
  static const char *const names[] = {
    NULL,
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
    NULL,
    "Point Z",
    "LineString Z",
    "Polygon Z",
    "MultiPoint Z",
    "MultiLineString Z",
    "MultiPolygon Z",
    "GeometryCollection Z",
  };
  return type < G_N_ELEMENTS (names) ? names[type] : NULL;
}

/* ---- GeoJSON ------------------------------------------------------------------------------- */

static void
append_position (Reader *self, guint n_dims, gboolean has_z, GString *text)
{
  guint n_kept = has_z ? 3 : 2;
  gboolean is_empty = FALSE;
  gsize start = text->len;
  g_string_append_c (text, '[');
  for (guint d = 0; d < n_dims; d++)
    {
      double v = read_coordinate (self);
      is_empty |= d < 2 && isnan (v);
      if (d >= n_kept)
        continue;
      if (d > 0)
        g_string_append_c (text, ',');
      if (isfinite (v))
        lloyd_append_digits (text, v);
      else
        g_string_append_c (text, '0');
    }
  g_string_append_c (text, ']');
  /* A point without coordinates. */
  if (is_empty)
    {
      g_string_truncate (text, start);
      g_string_append (text, "[]");
    }
}

static void
append_positions (Reader *self, guint n_dims, gboolean has_z, GString *text)
{
  guint32 n = read_number (self);
  if (n > (guint64) (self->end - self->p) / (8 * n_dims))
    self->is_bad = TRUE;
  g_string_append_c (text, '[');
  for (guint32 i = 0; i < n && !self->is_bad; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_position (self, n_dims, has_z, text);
    }
  g_string_append_c (text, ']');
}

/* The coordinates, or the members of a collection; `is_part`: without a name round them. */
static void
append_geometry (Reader *self, guint depth, gboolean is_part, GString *text)
{
  static const char *const names[] = { NULL,           "Point",
                                       "LineString",   "Polygon",
                                       "MultiPoint",   "MultiLineString",
                                       "MultiPolygon", "GeometryCollection" };
  gboolean has_z = FALSE, has_m = FALSE;
  guint type = read_head (self, &has_z, &has_m), n_dims = 2 + (has_z != 0) + (has_m != 0);
  if (self->is_bad || depth > MAX_DEPTH)
    {
      self->is_bad = TRUE;
      return;
    }
  if (!is_part)
    g_string_append_printf (text, "{\"type\":\"%s\",\"%s\":", names[type],
                            type == COLLECTION ? "geometries" : "coordinates");
  if (type == POINT && self->end - self->p < (gssize) (8 * n_dims))
    self->is_bad = TRUE;
  else if (type == POINT)
    append_position (self, n_dims, has_z, text);
  else if (type == LINE_STRING)
    append_positions (self, n_dims, has_z, text);
  else
    {
      guint32 n = read_number (self);
      g_string_append_c (text, '[');
      for (guint32 i = 0; i < n && !self->is_bad; i++)
        {
          if (i > 0)
            g_string_append_c (text, ',');
          if (type == POLYGON)
            append_positions (self, n_dims, has_z, text);
          else
            append_geometry (self, depth + 1, type != COLLECTION, text);
        }
      g_string_append_c (text, ']');
    }
  if (!is_part)
    g_string_append_c (text, '}');
}

gboolean
lloyd_wkb_append_json (const char *bytes, size_t n, GString *text)
{
  Reader reader = { (const guint8 *) bytes, (const guint8 *) bytes + n, FALSE, FALSE };
  append_geometry (&reader, 0, FALSE, text);
  return !reader.is_bad;
}
