/* A picture to be drawn, whoever draws it: points as discs, and marks and lines over them. */
#pragma once

#include <glib.h>
#include <math.h>

#include "ui/colour/palette.h"

/* How much the farthest points fade in three dimensions. */
#define LLOYD_FOG 0.45f

/* A mark over the points, in pixels from the top left of the picture. */
typedef enum
{
  LLOYD_MARK_CENTROID = 1,
  LLOYD_MARK_ORIGIN = 2,
  /* A centroid that is pinned: a square, with the head of a pin. */
  LLOYD_MARK_PINNED = 3,
  /* A ring round the centroid that is chosen. */
  LLOYD_MARK_CHOSEN = 4,
} LloydMarkKind;

typedef struct
{
  float x, y;
  float size;
  LloydColour colour;
  float alpha;
  LloydMarkKind kind;
} LloydMark;

typedef struct
{
  float x0, y0, x1, y1;
  float width;
  LloydColour colour;
  float alpha;
} LloydLine;

/* Regions below the points, one for each cluster; see regions.h. */
typedef struct
{
  /* 0: none are drawn. */
  guint n;
  /* n x 3: what a pixel whose middle lies (x, y) from that of the picture, y downwards, costs each
   * cluster, a x + b y + c. It is of the cluster of the least, of several the first. */
  const double *planes;
  /* n colours, over the background with this opacity. */
  const LloydColour *colours;
  float alpha;
  LloydColour border;
  float border_alpha;
  float border_width;
} LloydRegions;

/* A change of owners that is on its way: colours spread from centroids outwards. */
typedef struct
{
  /* n x 3: where they spread from; NULL: no change is on its way. */
  const float *centres;
  guint n;
  /* Of each axis, so that the farthest point that changes lies 1 from where its colour comes. */
  float scale[3];
  /* From 0, all is as before, to 1. */
  float share;
} LloydWave;

/* Which part of the way the change of a point takes, and how much larger it is amid it. */
#define LLOYD_WAVE_WIDTH 0.45f
#define LLOYD_WAVE_SWELL 0.7f

static inline float
lloyd_wave_distance (const LloydWave *self, const float p[3], guint centre)
{
  float sum = 0.0f;
  if (centre >= self->n)
    return 0.0f;
  for (int a = 0; a < 3; a++)
    {
      float v = (p[a] - self->centres[3 * centre + (guint) a]) * self->scale[a];
      sum += v * v;
    }
  return sqrtf (sum);
}

/* How far a point has changed, 0 to 1; `centre`: whose it will be, or was if it will be nobody's.
 */
static inline float
lloyd_wave_at (const LloydWave *self, const float p[3], guint centre)
{
  float distance = fminf (lloyd_wave_distance (self, p, centre), 1.0f);
  float begin = distance * (1.0f - LLOYD_WAVE_WIDTH);
  return CLAMP ((self->share - begin) / LLOYD_WAVE_WIDTH, 0.0f, 1.0f);
}

/* How a picture is drawn. */
typedef struct
{
  /* Pixels. */
  int width, height;
  /* Pixels in a unit of length. */
  int scale;
  /* Column by column; maps points to clip space. */
  float matrix[16];
  float point_size;
  /* Where points have sizes of their own: the smallest and the largest that is drawn. */
  float least_size;
  float largest_size;
  /* How much of the sizes that they had before is left, 0 to 1. */
  float former;
  float alpha;
  /* Whether nearer points hide farther ones. */
  gboolean has_depth;
  /* Whether points that belong to nobody lie under all others, however near they are. */
  gboolean has_others_below;
  LloydColour background;
  LloydColour unassigned;
  LloydRegions regions;
  LloydWave wave;
  const LloydLine *lines;
  guint n_lines;
  const LloydMark *marks;
  guint n_marks;
} LloydFrame;
