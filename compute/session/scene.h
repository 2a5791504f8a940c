/* A scene: what of the points is drawn, and where. Immutable, shared by reference, made off the
 * main thread. */
#pragma once

#include "compute/backends/cpu/splat.h"
#include "compute/data/points.h"
#include "compute/data/projection.h"

/* Of more points than are drawn one by one, so many stand for all while things move. */
#define LLOYD_QUICK_POINTS ((size_t) 1000000)

typedef struct
{
  /* Tells it from all other scenes; not 0. */
  guint64 id;
  LloydPoints *points;
  LloydProjection *projection;
  /* Whether there are too many points for discs: each is a pixel. */
  gboolean is_splat;
  /* Rows shown, a subset that does not change with time, in an order unlike the file's; of a splat
   * those of lowest hash, as they are stored. */
  size_t n_shown;
  size_t *rows;
  /* Of a splat, n_shown. */
  guint32 *hashes;
  /* n_shown x 3. */
  float *xyz;
  /* Length of each shown row from the data's own zero. */
  float *lengths;
  /* Of a splat whose axes are no columns, n x n_axes: where all rows are seen; else NULL. */
  float *places;
  /* A box that holds nearly all shown points, outliers aside. */
  float low[3];
  float high[3];
  /* Where the data's own zero is seen. */
  float zero[3];
} LloydScene;

/* A map with room for its arrays. */
typedef struct
{
  LloydSplatMap map;
  guint32 columns[LLOYD_MAX_AXES];
  double across[LLOYD_MAX_AXES];
  double down[LLOYD_MAX_AXES];
} LloydSceneMap;

/* Takes the projection. `max_shown` limits the rows shown. NULL with LLOYD_ERROR_MEMORY. */
LloydScene *lloyd_scene_new (LloydPoints *points,
                             LloydProjection *projection,
                             size_t max_shown,
                             GError **error);

/* A scene for a splat: all rows can be drawn, and those shown stand for them. Takes the projection.
 * NULL with LLOYD_ERROR_MEMORY. */
LloydScene *lloyd_scene_new_splat (LloydPoints *points,
                                   LloydProjection *projection,
                                   size_t max_shown,
                                   GError **error);

LloydScene *lloyd_scene_ref (LloydScene *self);
void lloyd_scene_unref (LloydScene *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydScene, lloyd_scene_unref)

/* Which rows a splat draws. */
typedef enum
{
  /* Those shown, which stand for all. */
  LLOYD_ROWS_SHOWN,
  /* All: as they are stored, or by their places. */
  LLOYD_ROWS_ALL,
  /* All as they are stored, which needs columns for axes: on a device there is nothing else. */
  LLOYD_ROWS_STORED,
} LloydSceneRows;

/* What a splat draws, without labels. */
LloydSplatRows lloyd_scene_get_rows (const LloydScene *self, LloydSceneRows which);

/* Where those rows are seen in a picture of that size; `matrix` maps the scene to clip space,
 * column by column, as the camera gives it. */
void lloyd_scene_map (const LloydScene *self,
                      LloydSceneRows which,
                      const float matrix[16],
                      guint width,
                      guint height,
                      LloydSceneMap *out);
