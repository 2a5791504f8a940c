#include "ui/widgets/pane-marks.h"

#include <math.h>

#include "compute/session/seeding.h"
#include "ui/draw/regions.h"

#define CENTROID_SIZE 21.0f
/* With many clusters the marks shrink, so that they do not hide the points. */
#define SMALL_CENTROID_SIZE 15.0f
#define MANY_CLUSTERS 24
#define TINY_CENTROID_SIZE 5.0f
/* What is presented is seen from afar. A mark's halo takes 3.5 on each side. */
#define PRESENTED_CENTROID_SIZE (18.0f + 7.0f)
#define PRESENTED_TINY_CENTROID_SIZE 9.0f
#define PRESENTED_POINT_SIZE 4.0f
#define ORIGIN_SIZE 15.0f
#define RAY_WIDTH 1.6f
#define RAY_ALPHA 0.7f
#define ARROW_INSET 16.0f
#define TRAIL_WIDTH 2.0f
#define TRAIL_CASING 5.0f
#define TRAIL_CASING_ALPHA 0.8f
/* Opacity of regions and of the lines between them; a dark background takes more to be seen. */
#define REGION_ALPHA 0.16f
#define REGION_ALPHA_ON_DARK 0.24f
#define BORDER_ALPHA 0.34f
/* Between a centroid and the ring that says that it is chosen, on both sides. */
#define RING_ROOM 16.0f
/* The ring round a row that is tried. */
#define SPOT_ROOM 11.0f
/* Points of sizes of their own are this much smaller and larger at most, within pixels. */
#define LEAST_SIZE 0.3f
#define LARGEST_SIZE 5.0f
#define LEAST_LARGEST 14.0f
#define MOST_LARGEST 30.0f

static void
add_mark (LloydPaneMarks *self,
          float x,
          float y,
          float size,
          LloydColour colour,
          float alpha,
          LloydMarkKind kind)
{
  LloydMark mark = { x, y, size, colour, alpha, kind };
  g_array_append_val (self->marks, mark);
}

static void
add_line (LloydPaneMarks *self,
          float x0,
          float y0,
          float x1,
          float y1,
          float width,
          LloydColour colour,
          float alpha)
{
  LloydLine line = { x0, y0, x1, y1, width, colour, alpha };
  g_array_append_val (self->lines, line);
}

/* The data's own zero: a cross, or an arrow at the edge that points to it. */
static void
add_origin (LloydPaneMarks *self, const LloydMarkView *view, float x, float y)
{
  gboolean is_dark = lloyd_colour_is_dark (view->background);
  float width = (float) view->width, height = (float) view->height, factor = view->factor;
  LloydColour ink =
      is_dark ? (LloydColour){ 0.9f, 0.9f, 0.9f } : (LloydColour){ 0.15f, 0.15f, 0.15f };
  float inset = ARROW_INSET * factor;
  gboolean is_seen = x >= 0.0f && y >= 0.0f && x <= width && y <= height;

  if (is_seen)
    {
      add_mark (self, x, y, ORIGIN_SIZE * factor, ink, 1.0f, LLOYD_MARK_ORIGIN);
      return;
    }
  float middle_x = 0.5f * width, middle_y = 0.5f * height;
  float dx = x - middle_x, dy = y - middle_y, length = hypotf (dx, dy);
  if (!(length > 0.0f))
    return;
  dx /= length;
  dy /= length;
  float reach_x = fabsf (dx) > 0.0f ? (middle_x - inset) / fabsf (dx) : INFINITY;
  float reach_y = fabsf (dy) > 0.0f ? (middle_y - inset) / fabsf (dy) : INFINITY;
  float reach = fminf (reach_x, reach_y), tip_x = middle_x + dx * reach,
        tip_y = middle_y + dy * reach;
  float barb = 9.0f * factor, thick = 2.5f * factor;
  for (int side = -1; side <= 1; side += 2)
    {
      float bx = -dx - (float) side * dy * 0.8f, by = -dy + (float) side * dx * 0.8f;
      add_line (self, tip_x, tip_y, tip_x + bx * barb, tip_y + by * barb, thick, ink, 0.8f);
    }
  add_line (self, tip_x, tip_y, tip_x - dx * 2.2f * barb, tip_y - dy * 2.2f * barb, thick, ink,
            0.8f);
}

/* Where a centroid is seen: one that is held is under the hand. */
static void
find_centroid (const LloydMarkView *view, guint j, float *x, float *y)
{
  gboolean is_held = view->hand.held == (int) j;
  lloyd_camera_project (view->camera, view->width, view->height,
                        is_held ? view->hand.place : view->centroids + 3 * j, x, y);
}

static void
add_ring (LloydPaneMarks *self, const LloydMarkView *view, float size)
{
  gboolean is_dark = lloyd_colour_is_dark (view->background);
  LloydColour ink = is_dark ? (LloydColour){ 1.0f, 1.0f, 1.0f } : (LloydColour){ 0.1f, 0.1f, 0.1f };
  float x, y;
  if (view->hand.chosen < 0 || view->hand.chosen >= (int) view->snapshot->k)
    return;
  find_centroid (view, (guint) view->hand.chosen, &x, &y);
  add_mark (self, x, y, (size + RING_ROOM) * view->factor, ink, 1.0f, LLOYD_MARK_CHOSEN);
}

/* Rings round the rows that a round of seeding tries, two round the one taken; and once it stands,
 * round the last centroid. */
static void
add_spots (LloydPaneMarks *self, const LloydMarkView *view, float size)
{
  const LloydSeedStage *stage = view->snapshot->seeding;
  gboolean is_dark = lloyd_colour_is_dark (view->background);
  LloydColour ink = is_dark ? (LloydColour){ 1.0f, 1.0f, 1.0f } : (LloydColour){ 0.1f, 0.1f, 0.1f };
  float point_size =
      lloyd_pane_marks_point_size (view->snapshot->scene->n_shown, view->is_presenting);
  float x, y, least, largest;
  lloyd_pane_marks_size_bounds (point_size, &least, &largest);
  for (guint i = 0; i < stage->n_spots; i++)
    {
      const LloydSeedSpot *spot = &stage->spots[i];
      float width = CLAMP (point_size * spot->size, least, largest) + SPOT_ROOM;
      lloyd_camera_project (view->camera, view->width, view->height, spot->place, &x, &y);
      add_mark (self, x, y, (spot->is_taken ? width + RING_ROOM : width) * view->factor, ink, 1.0f,
                LLOYD_MARK_CHOSEN);
    }
  if (stage->stage == 0 || stage->stage % 2 != 0)
    return;
  find_centroid (view, view->snapshot->k - 1, &x, &y);
  add_mark (self, x, y, (size + RING_ROOM) * view->factor, ink, 1.0f, LLOYD_MARK_CHOSEN);
}

/* Of two tones, as a centroid's rim: on its own points a line in the cluster's colour would not be
 * seen. */
static LloydColour
ink_on (LloydColour background)
{
  return lloyd_colour_is_dark (background) ? (LloydColour){ 0.95f, 0.95f, 0.95f }
                                           : (LloydColour){ 0.12f, 0.12f, 0.12f };
}

/* The way of a centroid to where it is seen now, fainter the longer ago. */
static void
add_trail (LloydPaneMarks *self, const LloydMarkView *view, guint j, gboolean is_core)
{
  const LloydSnapshot *snapshot = view->snapshot;
  const float *place = view->centroids + 3 * j;
  float width = (is_core ? TRAIL_WIDTH : TRAIL_CASING) * view->factor, x0, y0, x1, y1;

  lloyd_camera_project (view->camera, view->width, view->height, place, &x0, &y0);
  for (size_t i = 0; i < snapshot->n_trail; i++)
    {
      float age = (float) i / (float) snapshot->n_trail;
      place = snapshot->trail + 3 * (i * snapshot->k + j);
      lloyd_camera_project (view->camera, view->width, view->height, place, &x1, &y1);
      add_line (self, x0, y0, x1, y1, width, is_core ? ink_on (view->background) : view->background,
                (1.0f - 0.65f * age) * (is_core ? 1.0f : TRAIL_CASING_ALPHA));
      x0 = x1;
      y0 = y1;
    }
}

static void
add_trails (LloydPaneMarks *self, const LloydMarkView *view)
{
  for (guint j = 0; j < view->snapshot->k; j++)
    add_trail (self, view, j, FALSE);
  for (guint j = 0; j < view->snapshot->k; j++)
    add_trail (self, view, j, TRUE);
}

/* ---- public -------------------------------------------------------------------------------- */

float
lloyd_pane_marks_point_size (size_t n, gboolean is_presenting)
{
  if (n <= 600)
    return 8.0f;
  if (n <= 3000)
    return 6.0f;
  if (n <= 20000)
    return 4.0f;
  return fmaxf (n <= 200000 ? 2.5f : 2.0f, is_presenting ? PRESENTED_POINT_SIZE : 0.0f);
}

void
lloyd_pane_marks_size_bounds (float point_size, float *least, float *largest)
{
  *least = fmaxf (LEAST_SIZE * point_size, 1.0f);
  *largest = CLAMP (LARGEST_SIZE * point_size, LEAST_LARGEST, MOST_LARGEST);
}

void
lloyd_pane_marks_init (LloydPaneMarks *self)
{
  self->marks = g_array_new (FALSE, FALSE, sizeof (LloydMark));
  self->lines = g_array_new (FALSE, FALSE, sizeof (LloydLine));
  self->planes = g_array_new (FALSE, FALSE, sizeof (double));
}

void
lloyd_pane_marks_clear (LloydPaneMarks *self)
{
  g_array_unref (self->marks);
  g_array_unref (self->lines);
  g_array_unref (self->planes);
}

float
lloyd_pane_marks_centroid_size (guint k, gboolean is_presenting)
{
  if (k > LLOYD_MAX_NUMBERED)
    return is_presenting ? PRESENTED_TINY_CENTROID_SIZE : TINY_CENTROID_SIZE;
  if (is_presenting)
    return PRESENTED_CENTROID_SIZE;
  return k > MANY_CLUSTERS ? SMALL_CENTROID_SIZE : CENTROID_SIZE;
}

void
lloyd_pane_marks_fill (LloydPaneMarks *self, const LloydMarkView *view)
{
  const LloydSnapshot *snapshot = view->snapshot;
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (snapshot->metric);
  float size = lloyd_pane_marks_centroid_size (snapshot->k, view->is_presenting);
  float zero_x = 0.0f, zero_y = 0.0f;

  g_array_set_size (self->marks, 0);
  g_array_set_size (self->lines, 0);
  if (is_angular)
    {
      lloyd_camera_project (view->camera, view->width, view->height, snapshot->scene->zero, &zero_x,
                            &zero_y);
      add_origin (self, view, zero_x, zero_y);
    }
  add_ring (self, view, size);
  if (view->has_trails)
    add_trails (self, view);
  for (guint j = 0; j < snapshot->k; j++)
    {
      LloydColour colour = view->colours[j];
      float x, y;
      if (view->isolated >= 0 && j != (guint) view->isolated && snapshot->k > MANY_CLUSTERS)
        continue;
      find_centroid (view, j, &x, &y);
      if (is_angular)
        add_line (self, zero_x, zero_y, x, y, RAY_WIDTH * view->factor, colour, RAY_ALPHA);
      add_mark (self, x, y, size * view->factor, colour, 1.0f,
                snapshot->is_pinned[j] ? LLOYD_MARK_PINNED : LLOYD_MARK_CENTROID);
    }
  /* Many centroids would hide what is tried between them. */
  if (snapshot->seeding != NULL)
    add_spots (self, view, size);
}

void
lloyd_pane_marks_add_regions (LloydPaneMarks *self,
                              const LloydSnapshot *snapshot,
                              const float *sites,
                              const LloydColour *colours,
                              LloydFrame *frame)
{
  guint k = snapshot->k;
  gboolean is_dark = lloyd_colour_is_dark (frame->background);
  if (k > LLOYD_MAX_REGIONS)
    return;
  g_array_set_size (self->planes, 3 * k);
  double *planes = (double *) (gpointer) self->planes->data;
  if (!lloyd_regions_make_planes (snapshot, sites, frame->matrix, frame->width, frame->height,
                                  planes))
    return;
  frame->regions = (LloydRegions){ .n = k,
                                   .planes = planes,
                                   .colours = colours,
                                   .alpha = is_dark ? REGION_ALPHA_ON_DARK : REGION_ALPHA,
                                   .border = lloyd_palette_unassigned (frame->background),
                                   .border_alpha = BORDER_ALPHA,
                                   .border_width = (float) frame->scale };
}
