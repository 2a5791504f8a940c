#include "compute/data/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/data/wkb.h"
#include "compute/error.h"
#include "compute/exact/elementary.h"
#include "compute/exact/wide.h"
#include "compute/memory.h"

#define ROWS_PER_POLL 65536
#define DEGREE 0.017453292519943295
/* WGS 84: half the longer axis, and the square of the eccentricity. */
#define AXIS_M 6378137.0
#define ECCENTRICITY_SQUARED 6.69437999014e-3
/* A region that is wider than this, in degrees, is no plane any more. */
#define WIDE_REGION 10.0

const char *const lloyd_project_names[] = { "none", "local", "sphere", NULL };

/* Coordinates of all rows, NaN where missing. */
typedef struct
{
  LloydTable *table;
  GCancellable *cancellable;
  double *values;
  guint n_dims;
  const char *crs;
  const char *name;
} Space;

static gboolean
fail (const LloydTable *table, GError **error, const char *format, const char *name)
{
  g_autoptr (GString) text = g_string_new (format);
  g_string_replace (text, "NAME", name, 1);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: %s", lloyd_table_get_path (table),
               text->str);
  return FALSE;
}

/* ---- columns of numbers that are a place --------------------------------------------------- */

static gboolean
find_numbers (LloydTable *table,
              char **names,
              const LloydColumn *columns[3],
              guint *n_columns,
              GError **error)
{
  guint n = g_strv_length (names);
  if (n > 3)
    return fail (table, error, "geometry is two or three columns, not more", "");
  for (guint i = 0; i < n; i++)
    {
      columns[i] = lloyd_table_find (table, names[i]);
      if (columns[i] == NULL)
        return fail (table, error, "there is no column NAME", names[i]);
      if (columns[i]->type != LLOYD_COLUMN_NUMBER)
        return fail (table, error, "column NAME does not hold numbers, so it is no coordinate",
                     names[i]);
    }
  *n_columns = n;
  return TRUE;
}

/* A column "geometry" of points from columns of coordinates. */
static gboolean
add_points (LloydTable *table, const LloydColumn *columns[3], guint n_columns, GError **error)
{
  size_t n = lloyd_table_get_n_rows (table), at = 0, n_missing = 0;
  size_t *offsets = lloyd_allocate_aligned (n + 1, sizeof *offsets, "the geometry", error);
  char *bytes = lloyd_allocate_aligned (n, LLOYD_WKB_POINT_Z_BYTES, "the geometry", error);
  guint8 *missing = lloyd_allocate_aligned (n, 1, "the geometry", error);

  lloyd_table_take_memory (table, offsets);
  lloyd_table_take_memory (table, bytes);
  lloyd_table_take_memory (table, missing);
  if (offsets == NULL || bytes == NULL || missing == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    {
      double xyz[3] = { 0.0, 0.0, 0.0 };
      missing[i] = 0;
      for (guint d = 0; d < n_columns; d++)
        {
          xyz[d] = lloyd_column_number (columns[d], i);
          missing[i] |= isnan (xyz[d]) != 0;
        }
      offsets[i] = at;
      n_missing += missing[i];
      if (!missing[i])
        at += lloyd_wkb_write_point (bytes + at, xyz[0], xyz[1], n_columns > 2 ? &xyz[2] : NULL);
    }
  offsets[n] = at;
  LloydColumn column = { .name = (char *) "geometry",
                         .type = LLOYD_COLUMN_GEOMETRY,
                         .offsets = offsets,
                         .text = bytes,
                         .missing = n_missing > 0 ? missing : NULL,
                         .n_missing = n_missing,
                         .crs = "EPSG:4326" };
  lloyd_table_add_column (table, &column);
  return TRUE;
}

/* ---- coordinates --------------------------------------------------------------------------- */

static gboolean
read_coordinates (Space *self, const LloydColumn *column, GError **error)
{
  size_t n = lloyd_table_get_n_rows (self->table), n_values;
  gboolean has_z = FALSE;
  if (!lloyd_size_multiply (n, 3, "the coordinates", &n_values, error) ||
      (self->values =
           lloyd_allocate_aligned (n_values, sizeof (double), "the coordinates", error)) == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    {
      double *xyz = self->values + 3 * i;
      if (i % ROWS_PER_POLL == 0 && g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      xyz[0] = xyz[1] = xyz[2] = NAN;
      if (lloyd_column_is_missing (column, i))
        continue;
      if (!lloyd_wkb_read_point (column->text + column->offsets[i],
                                 column->offsets[i + 1] - column->offsets[i], xyz))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       "%s: row %" G_GSIZE_FORMAT ", column %s: only points can be features",
                       lloyd_table_get_path (self->table), i + 1, column->name);
          return FALSE;
        }
      has_z |= !isnan (xyz[2]);
    }
  self->n_dims = has_z ? 3 : 2;
  return TRUE;
}

/* Whether a reference system counts in degrees: those that are known by code, and PROJJSON of the
 * kind GeographicCRS. One that is not known may. */
static gboolean
may_be_degrees (const char *crs)
{
  if (crs == NULL || crs[0] != '{')
    return crs == NULL || g_str_equal (crs, "OGC:CRS84") || g_str_equal (crs, "EPSG:4326");
  g_autofree char *dense = g_strdup (crs);
  char *to = dense;
  for (const char *p = crs; *p != '\0'; p++)
    if (!g_ascii_isspace (*p))
      *to++ = *p;
  *to = '\0';
  return strstr (dense, "\"type\":\"ProjectedCRS\"") == NULL &&
         strstr (dense, "\"type\":\"GeographicCRS\"") != NULL;
}

static gboolean
check_degrees (const Space *self, GError **error)
{
  if (!may_be_degrees (self->crs))
    return fail (self->table, error,
                 "column NAME is not in degrees, so there is nothing to project", self->name);
  for (size_t i = 0; i < lloyd_table_get_n_rows (self->table); i++)
    {
      const double *xy = self->values + 3 * i;
      if (!isnan (xy[0]) && !(fabs (xy[0]) <= 360.0 && fabs (xy[1]) <= 90.0))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       "%s: row %" G_GSIZE_FORMAT
                       ", geometry %s: not a longitude and a latitude in degrees",
                       lloyd_table_get_path (self->table), i + 1, self->name);
          return FALSE;
        }
    }
  return TRUE;
}

/* Sine and cosine of degrees between -360 and 360, by our own arithmetic. */
static void
sincos_degrees (double degrees, double *sine, double *cosine)
{
  double turns = degrees / 360.0;
  turns -= floor (turns);
  lloyd_sincos_turns (turns < 1.0 ? turns : 0.0, sine, cosine);
}

/* A longitude as seen from another, from -180 to 180. */
static double
longitude_from (double lon, double middle)
{
  double d = lon - middle;
  return d > 180.0 ? d - 360.0 : d < -180.0 ? d + 360.0 : d;
}

static void
project_to_plane (Space *self)
{
  size_t n = lloyd_table_get_n_rows (self->table), n_points = 0;
  LloydWide sums[2] = { 0 };
  double first = NAN, sine, cosine, widest = 0.0;

  /* Longitudes are taken from the first one, so that the date line may lie among them. */
  for (size_t i = 0; i < n; i++)
    {
      const double *xy = self->values + 3 * i;
      if (isnan (xy[0]) || isnan (xy[1]))
        continue;
      first = isnan (first) ? xy[0] : first;
      lloyd_wide_add (&sums[0], longitude_from (xy[0], first));
      lloyd_wide_add (&sums[1], xy[1]);
      n_points++;
    }
  if (n_points == 0)
    return;
  double lon0 = first + lloyd_wide_round (&sums[0]) / (double) n_points;
  double lat0 = lloyd_wide_round (&sums[1]) / (double) n_points;
  sincos_degrees (lat0, &sine, &cosine);
  double w = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
  double east = AXIS_M / sqrt (w) * cosine * DEGREE;
  double north = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (w * sqrt (w)) * DEGREE;
  for (size_t i = 0; i < n; i++)
    {
      double *xy = self->values + 3 * i;
      double lon = longitude_from (xy[0], lon0), lat = xy[1] - lat0;
      widest = fmax (widest, fmax (fabs (lon), fabs (lat)));
      xy[0] = lon * east;
      xy[1] = lat * north;
    }
  if (2.0 * widest > WIDE_REGION)
    lloyd_table_set_note (self->table, "remark",
                          "the points lie so far apart that no plane has their distances; "
                          "--project sphere has");
}

static void
project_to_sphere (Space *self)
{
  for (size_t i = 0; i < lloyd_table_get_n_rows (self->table); i++)
    {
      double *xyz = self->values + 3 * i;
      double sin_lon = NAN, cos_lon = NAN, sin_lat = NAN, cos_lat = NAN;
      if (!isnan (xyz[0]) && !isnan (xyz[1]))
        {
          sincos_degrees (xyz[0], &sin_lon, &cos_lon);
          sincos_degrees (xyz[1], &sin_lat, &cos_lat);
        }
      xyz[0] = cos_lat * cos_lon;
      xyz[1] = cos_lat * sin_lon;
      xyz[2] = sin_lat;
    }
  self->n_dims = 3;
}

static gboolean
project (Space *self, LloydProject how, GError **error)
{
  if (how == LLOYD_PROJECT_NONE)
    {
      if (self->crs != NULL && may_be_degrees (self->crs))
        lloyd_table_set_note (self->table, "remark",
                              "the coordinates are degrees, and degrees are not a plane: --project "
                              "local or --project sphere measures");
      return TRUE;
    }
  if (!check_degrees (self, error))
    return FALSE;
  if (how == LLOYD_PROJECT_LOCAL)
    project_to_plane (self);
  else
    project_to_sphere (self);
  return TRUE;
}

/* The coordinates as columns NAME.x, NAME.y, NAME.z. */
static void
add_coordinates (Space *self)
{
  static const char *const suffixes[] = { "x", "y", "z" };
  size_t n = lloyd_table_get_n_rows (self->table), n_missing = 0;
  for (size_t i = 0; i < n; i++)
    n_missing += isnan (self->values[3 * i]) != 0;
  lloyd_table_take_memory (self->table, self->values);
  lloyd_table_add_derived (self->table, self->name, suffixes, self->n_dims, self->values, 3,
                           n_missing);
  self->values = NULL;
}

/* Whether a name that was asked for is the geometry's, or one of its coordinates'. */
static gboolean
is_asked_for (const char *const *columns, const char *name)
{
  size_t n = strlen (name);
  for (; columns != NULL && *columns != NULL; columns++)
    if (g_str_equal (*columns, name) ||
        (strncmp (*columns, name, n) == 0 && (*columns)[n] == '.' && (*columns)[n + 1] >= 'x' &&
         (*columns)[n + 1] <= 'z' && (*columns)[n + 2] == '\0'))
      return TRUE;
  return FALSE;
}

gboolean
lloyd_space_prepare (LloydTable *table,
                     const char *geometry,
                     const char *const *columns,
                     LloydProject how,
                     GCancellable *cancellable,
                     GError **error)
{
  const LloydColumn *numbers[3], *column;
  g_auto (GStrv) names = g_strsplit (geometry != NULL ? geometry : "", ",", -1);
  guint n_numbers = 0;

  if (names[0] != NULL && names[1] != NULL &&
      (!find_numbers (table, names, numbers, &n_numbers, error) ||
       !add_points (table, numbers, n_numbers, error)))
    return FALSE;
  column = geometry != NULL ? lloyd_table_find (table, n_numbers > 0 ? "geometry" : geometry)
                            : lloyd_table_find_geometry (table);
  if (geometry != NULL && (column == NULL || column->type != LLOYD_COLUMN_GEOMETRY))
    return fail (table, error, "there is no column NAME of geometry", geometry);
  if (column == NULL)
    return TRUE;

  const char *name = is_asked_for (columns, column->name) ? column->name
                     : is_asked_for (columns, "geometry") ? "geometry"
                                                          : NULL;
  if (name == NULL || lloyd_table_find_list (table, name) != NULL)
    return TRUE;
  Space space = { .table = table, .cancellable = cancellable, .crs = column->crs, .name = name };
  gboolean is_done = read_coordinates (&space, column, error) && project (&space, how, error);
  if (is_done)
    add_coordinates (&space);
  lloyd_free_aligned (space.values);
  return is_done;
}
