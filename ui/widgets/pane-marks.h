/* The marks and lines of a pane: centroids, their rays, the data's own zero. Main thread. */
#pragma once

#include "compute/session/snapshot.h"
#include "ui/draw/frame.h"
#include "ui/view/camera.h"

/* More clusters than these have no room for numbers on them. */
#define LLOYD_MAX_NUMBERED 400

/* What a hand does to centroids: which one is chosen, and which one is held where; -1: none. */
typedef struct
{
  int chosen;
  int held;
  float place[3];
} LloydPaneHand;

/* What is marked, all of it borrowed, in a picture of that many pixels, of which `factor` make a
 * unit of length. */
typedef struct
{
  const LloydSnapshot *snapshot;
  /* k x 3: where its centroids are seen. */
  const float *centroids;
  LloydCamera *camera;
  /* The colour of each cluster. */
  const LloydColour *colours;
  LloydColour background;
  int width, height;
  float factor;
  /* Whether the ways of the centroids are drawn, which the snapshot has. */
  gboolean has_trails;
  /* The cluster that stands out, or -1; of many, the marks of the others would hide its rows. */
  int isolated;
  /* Whether it is seen from afar: centroids are larger. */
  gboolean is_presenting;
  LloydPaneHand hand;
} LloydMarkView;

typedef struct
{
  /* LloydMark and LloydLine. */
  GArray *marks;
  GArray *lines;
  /* Of the regions, double. */
  GArray *planes;
} LloydPaneMarks;

void lloyd_pane_marks_init (LloydPaneMarks *self);
void lloyd_pane_marks_clear (LloydPaneMarks *self);

/* Diameter of a centroid's mark, in units of length. */
float lloyd_pane_marks_centroid_size (guint k, gboolean is_presenting);

/* Makes them anew: the ring of the chosen centroid first, then the centroids in their order. */
void lloyd_pane_marks_fill (LloydPaneMarks *self, const LloydMarkView *view);

/* Gives a frame the regions of centroids that stand at `sites` (see LloydSnapshot), if it can be
 * told where they are; until the next call. */
void lloyd_pane_marks_add_regions (LloydPaneMarks *self,
                                   const LloydSnapshot *snapshot,
                                   const float *sites,
                                   const LloydColour *colours,
                                   LloydFrame *frame);

/* Diameter of a point of `n`, in units of length: larger of few. */
float lloyd_pane_marks_point_size (size_t n, gboolean is_presenting);

/* Where each has a size of its own, those of the smallest and the largest of points that are
 * `point_size` wide. */
void lloyd_pane_marks_size_bounds (float point_size, float *least, float *largest);
