/* A picture of one or two panes for a file: what is seen, what it shows, and whose colour is whose.
 *
 * By Cairo: on paper and in vector files few points are discs of their own and marks are shapes;
 * many points, and all in a file of pixels, are painted as on the screen. Any thread. */
#pragma once

#include "compute/session/snapshot.h"
#include "ui/charts/charts.h"
#include "ui/draw/frame.h"

#define LLOYD_PICTURE_SIDES 2

/* Frames are made for so many pixels in a unit of the picture. */
#define LLOYD_PICTURE_SCALE 2

/* More clusters than these are counted in the legend, not listed. */
#define LLOYD_PICTURE_LEGEND 24

typedef struct
{
  LloydSnapshot *snapshot;
  /* Of LLOYD_PICTURE_SCALE times the pane's size; its arrays are the picture's own. */
  LloydFrame frame;
  /* The colour of each cluster. */
  LloydColour *colours;
  char *title;
  char *status;
  char *axes;
} LloydPictureSide;

typedef struct
{
  guint n_sides;
  LloydPictureSide sides[LLOYD_PICTURE_SIDES];
  /* Of a pane. */
  double width, height;
  char *title;
  gboolean has_numbers;
  /* What the clusters are called; NULL where one has no name. */
  GPtrArray *names;
} LloydPicture;

/* An empty picture of panes of that size. Yours. */
LloydPicture *lloyd_picture_new (double width, double height);
void lloyd_picture_free (LloydPicture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydPicture, lloyd_picture_free)

/* Adds a side; all is copied, or held. */
void lloyd_picture_add_side (LloydPicture *self,
                             LloydSnapshot *snapshot,
                             const LloydFrame *frame,
                             const LloydColour *colours,
                             const char *status,
                             const char *axes);

/* The size of all of it. */
void lloyd_picture_measure (const LloydPicture *self, double *width, double *height);

/* Paints a LloydPicture, on a background that is there. */
void lloyd_paint_picture (
    cairo_t *cr, double width, double height, const LloydChartStyle *style, gconstpointer picture);
