#include "compute/data/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/data/plane.h"
#include "compute/data/wkb.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

#define ROWS_PER_POLL 65536
/* Of a table whose points are made already. */
#define NOTE_POINTS "points"
const char *const lloyd_project_names[] = { "none", "local", "sphere", NULL };

/* Coordinates of all rows, NaN where missing. */
typedef struct
{
  LloydTable *table;
  /* Row of the whole that the table's first is. */
  size_t first_row;
  GCancellable *cancellable;
  double *values;
  const char *crs;
  const char *name;
} Space;

static gboolean G_GNUC_PRINTF (3, 4)
    fail (const LloydTable *table, GError **error, const char *format, ...)
{
  va_list list;
  va_start (list, format);
  g_autofree char *text = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: %s", lloyd_table_get_path (table), text);
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
    return fail (table, error, _ ("geometry is two or three columns, not more"));
  for (guint i = 0; i < n; i++)
    {
      columns[i] = lloyd_table_find (table, names[i]);
      if (columns[i] == NULL)
        return fail (table, error, _ ("there is no column %s"), names[i]);
      if (columns[i]->type != LLOYD_COLUMN_NUMBER)
        return fail (table, error, _ ("column %s does not hold numbers, so it is no coordinate"),
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
                       _ ("%s: row %zu, column %s: only points can be features"),
                       lloyd_table_get_path (self->table), self->first_row + i + 1, column->name);
          return FALSE;
        }
    }
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
                 _ ("column %s is not in degrees, so there is nothing to project"), self->name);
  for (size_t i = 0; i < lloyd_table_get_n_rows (self->table); i++)
    {
      const double *xy = self->values + 3 * i;
      if (!isnan (xy[0]) && !(fabs (xy[0]) <= 360.0 && fabs (xy[1]) <= 90.0))
        {
          g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                       _ ("%s: row %zu, geometry %s: not a longitude and a latitude in degrees"),
                       lloyd_table_get_path (self->table), self->first_row + i + 1, self->name);
          return FALSE;
        }
    }
  return TRUE;
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
          lloyd_sincos_degrees (xyz[0], &sin_lon, &cos_lon);
          lloyd_sincos_degrees (xyz[1], &sin_lat, &cos_lat);
        }
      xyz[0] = cos_lat * cos_lon;
      xyz[1] = cos_lat * sin_lon;
      xyz[2] = sin_lat;
    }
}

static void
project (Space *self, LloydProject how, const LloydPlane *plane)
{
  size_t n = lloyd_table_get_n_rows (self->table);
  if (how == LLOYD_PROJECT_NONE && self->crs != NULL && may_be_degrees (self->crs))
    lloyd_table_set_note (self->table, LLOYD_NOTE_REMARK,
                          _ ("the coordinates are degrees, and degrees are not a plane: --project "
                             "local or --project sphere measures"));
  if (how == LLOYD_PROJECT_LOCAL)
    lloyd_plane_project (plane, self->values, n);
  if (how == LLOYD_PROJECT_LOCAL && lloyd_plane_is_wide (plane))
    lloyd_table_set_note (self->table, LLOYD_NOTE_REMARK,
                          _ ("the points lie so far apart that no plane has their distances; "
                             "--project sphere has"));
  if (how == LLOYD_PROJECT_SPHERE)
    project_to_sphere (self);
}

/* The coordinates as columns %s.x, %s.y, %s.z. */
static void
add_coordinates (Space *self, guint n_dims)
{
  static const char *const suffixes[] = { "x", "y", "z" };
  size_t n = lloyd_table_get_n_rows (self->table), n_missing = 0;
  for (size_t i = 0; i < n; i++)
    n_missing += isnan (self->values[3 * i]) != 0;
  lloyd_table_take_memory (self->table, self->values);
  lloyd_table_add_derived (self->table, self->name, suffixes, n_dims, self->values, 3, n_missing);
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

/* The column of geometry whose coordinates are asked for, and the name that they get; `*column` is
 * NULL where none are. Adds the geometry where it is columns of numbers. */
static gboolean
find_asked (LloydTable *table,
            const char *geometry,
            const char *const *columns,
            const LloydColumn **column,
            const char **name,
            GError **error)
{
  const LloydColumn *numbers[3], *found;
  g_auto (GStrv) names = g_strsplit (geometry != NULL ? geometry : "", ",", -1);
  guint n_numbers = 0;

  *column = NULL;
  if (names[0] != NULL && names[1] != NULL &&
      (!find_numbers (table, names, numbers, &n_numbers, error) ||
       (lloyd_table_get_note (table, NOTE_POINTS) == NULL &&
        !add_points (table, numbers, n_numbers, error))))
    return FALSE;
  if (n_numbers > 0)
    lloyd_table_set_note (table, NOTE_POINTS, geometry);
  found = geometry != NULL ? lloyd_table_find (table, n_numbers > 0 ? "geometry" : geometry)
                           : lloyd_table_find_geometry (table);
  if (geometry != NULL && (found == NULL || found->type != LLOYD_COLUMN_GEOMETRY))
    return fail (table, error, _ ("there is no column %s of geometry"), geometry);
  if (found == NULL)
    return TRUE;
  *name = is_asked_for (columns, found->name)  ? found->name
          : is_asked_for (columns, "geometry") ? "geometry"
                                               : NULL;
  if (*name != NULL && lloyd_table_find_list (table, *name) == NULL)
    *column = found;
  return TRUE;
}

gboolean
lloyd_space_prepare_part (LloydTable *table,
                          size_t first_row,
                          const LloydSpaceWish *wish,
                          LloydPlane *plane,
                          LloydSpaceStage stage,
                          GCancellable *cancellable,
                          GError **error)
{
  const LloydColumn *column;
  Space space = { .table = table, .first_row = first_row, .cancellable = cancellable };
  if (!find_asked (table, wish->geometry, wish->columns, &column, &space.name, error))
    return FALSE;
  if (column == NULL)
    return TRUE;
  space.crs = column->crs;
  gboolean is_done = read_coordinates (&space, column, error) &&
                     (wish->project == LLOYD_PROJECT_NONE || check_degrees (&space, error));
  if (is_done && stage != LLOYD_SPACE_APPLY)
    lloyd_plane_add (plane, space.values, lloyd_table_get_n_rows (table),
                     wish->project == LLOYD_PROJECT_LOCAL);
  if (is_done && stage == LLOYD_SPACE_BOTH)
    lloyd_plane_finish (plane);
  if (is_done && stage != LLOYD_SPACE_SURVEY)
    {
      g_autofree char *text = lloyd_plane_dup_text (plane);
      lloyd_table_set_note (table, LLOYD_NOTE_PLANE, text);
      project (&space, wish->project, plane);
      add_coordinates (&space, wish->project == LLOYD_PROJECT_SPHERE || plane->has_z ? 3 : 2);
    }
  lloyd_free_aligned (space.values);
  return is_done;
}

gboolean
lloyd_space_prepare (LloydTable *table,
                     const char *geometry,
                     const char *const *columns,
                     LloydProject how,
                     GCancellable *cancellable,
                     GError **error)
{
  const LloydSpaceWish wish = { geometry, columns, how };
  LloydPlane plane;
  lloyd_plane_init (&plane);
  return lloyd_space_prepare_part (table, 0, &wish, &plane, LLOYD_SPACE_BOTH, cancellable, error);
}
