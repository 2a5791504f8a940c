/* Well-known binary: geometries as bytes, ISO (SQL/MM) or extended (with flags and a reference
 * number), of either byte order. */
#pragma once

#include <glib.h>

/* The least box round coordinates; `max` below `min` where there are none. */
typedef struct
{
  double min[3];
  double max[3];
} LloydBox;

#define LLOYD_BOX_EMPTY                                                                            \
  {                                                                                                \
    { INFINITY, INFINITY, INFINITY },                                                              \
    {                                                                                              \
      -INFINITY, -INFINITY, -INFINITY                                                              \
    }                                                                                              \
  }

/* Widens `box` by all coordinates of a geometry and says what it is: 1 a point, 2 a line string, 3
 * a polygon, 4 to 6 several of them, 7 a collection; plus 8 where it has a third dimension. 0 where
 * the bytes are damaged or of another type. */
guint lloyd_wkb_measure (const char *bytes, size_t n, LloydBox *box);

/* The coordinates of a point; z is NaN where it has none. FALSE where the bytes are no point. A
 * point without coordinates has NaN. */
gboolean lloyd_wkb_read_point (const char *bytes, size_t n, double xyz[3]);

/* Bytes of a point in the plane and in space. */
#define LLOYD_WKB_POINT_BYTES 21
#define LLOYD_WKB_POINT_Z_BYTES 29

/* Writes a point, with z unless that is NULL; gives how many bytes. */
size_t lloyd_wkb_write_point (char *bytes, double x, double y, const double *z);

/* Appends a geometry as GeoJSON has it, without further coordinates than x, y and z. FALSE where
 * the bytes are damaged or of another type; `text` may then have been appended to. */
gboolean lloyd_wkb_append_json (const char *bytes, size_t n, GString *text);

/* "Point", "LineString Z", ... by what lloyd_wkb_measure() says; NULL for what it does not. */
const char *lloyd_wkb_type_name (guint type);
