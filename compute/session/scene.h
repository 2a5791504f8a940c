/* A scene: what of the points is drawn, and where. Immutable, shared by reference, made off the
 * main thread. */
#pragma once

#include "compute/data/points.h"
#include "compute/data/projection.h"

typedef struct
{
  LloydPoints *points;
  LloydProjection *projection;
  /* Rows shown, a subset that does not change with time, in an order unlike the file's. */
  size_t n_shown;
  size_t *rows;
  /* n_shown x 3. */
  float *xyz;
  /* Length of each shown row from the data's own zero. */
  float *lengths;
  /* A box that holds nearly all shown points, outliers aside. */
  float low[3];
  float high[3];
  /* Where the data's own zero is seen. */
  float zero[3];
} LloydScene;

/* Takes the projection. `max_shown` limits the rows. NULL with LLOYD_ERROR_MEMORY. */
LloydScene *lloyd_scene_new (LloydPoints *points,
                             LloydProjection *projection,
                             size_t max_shown,
                             GError **error);

LloydScene *lloyd_scene_ref (LloydScene *self);
void lloyd_scene_unref (LloydScene *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydScene, lloyd_scene_unref)
