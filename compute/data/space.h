/* Geometry as features: coordinates of points, as they are or projected. */
#pragma once

#include <gio/gio.h>

#include "compute/data/parts.h"
#include "compute/data/plane.h"
#include "compute/data/table.h"

typedef enum
{
  /* Coordinates in the source's own units. */
  LLOYD_PROJECT_NONE,
  /* Metres east and north of the middle, on the plane that touches the ellipsoid WGS 84 there:
   * x = N cos(lat0) (lon - lon0), y = M (lat - lat0), N and M the radii of curvature at the middle,
   * which is the mean of the coordinates. Good for a region, not for a continent. */
  LLOYD_PROJECT_LOCAL,
  /* Unit sphere in space: (cos lat cos lon, cos lat sin lon, sin lat). */
  LLOYD_PROJECT_SPHERE,
} LloydProject;

/* The names as they stand in options; NULL-terminated. */
extern const char *const lloyd_project_names[];

/* Adds to a table, before it is shared, what is asked of its geometry. `geometry` is the name of a
 * column of geometry, or of two or three columns of numbers, by commas (x,y or x,y,z; longitude
 * first), which then also become a column "geometry" of points; NULL: the table's own, if any.
 * Where `columns` (NULL: none) ask for the geometry, by its name or as "geometry", or for one of
 * its coordinates ("geometry.x"), the coordinates are added as columns of that name with .x, .y and
 * .z. A remark on degrees goes into the note "remark". FALSE with LLOYD_ERROR_DATA: no such column,
 * not a point, not degrees. */
gboolean lloyd_space_prepare (LloydTable *table,
                              const char *geometry,
                              const char *const *columns,
                              LloydProject project,
                              GCancellable *cancellable,
                              GError **error);

/* What lloyd_space_prepare() takes; borrowed. */
typedef struct
{
  const char *geometry;
  const char *const *columns;
  LloydProject project;
} LloydSpaceWish;

/* Of a table that had coordinates added: their plane, as lloyd_plane_dup_text() has it. */
#define LLOYD_NOTE_PLANE "plane"

typedef enum
{
  /* Only adds to the plane; the table may get a column of points. */
  LLOYD_SPACE_SURVEY,
  /* Only projects by the plane. */
  LLOYD_SPACE_APPLY,
  LLOYD_SPACE_BOTH,
} LloydSpaceStage;

/* The same for a part of a table, whose row 0 is `first_row` of the whole. */
gboolean lloyd_space_prepare_part (LloydTable *table,
                                   size_t first_row,
                                   const LloydSpaceWish *wish,
                                   LloydPlane *plane,
                                   LloydSpaceStage stage,
                                   GCancellable *cancellable,
                                   GError **error);

/* The same for a table in parts, which takes `inner`: where coordinates are asked for, one pass
 * over all of them comes before the first part. With `like`, a table of some of the rows that was
 * prepared in the same way, they are projected as its were, without that pass. The words must live
 * as long. */
LloydParts *
lloyd_space_new_parts (LloydParts *inner, const LloydSpaceWish *wish, const LloydTable *like);
