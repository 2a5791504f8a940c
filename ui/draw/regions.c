#include "ui/draw/regions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui/draw/painter.h"

/* Corners of a region, of which one is cut off by each border. */
#define MAX_CORNERS (LLOYD_MAX_REGIONS + 4)

/* ---- planes -------------------------------------------------------------------------------- */

/* Columns of the map from pixels, counted from the middle of the picture, to rows of the points:
 * x = across X + down Y + middle. */
typedef struct
{
  double across[2];
  double down[2];
  double middle[2];
} Unproject;

static Unproject
make_unproject (const LloydScene *scene, const float matrix[16], int width, int height)
{
  const LloydProjection *seen = scene->projection;
  double half_width = 0.5 * width, half_height = 0.5 * height;
  /* What a unit of each axis is in pixels. */
  double m[4] = { half_width * (double) matrix[0], half_width * (double) matrix[4],
                  -half_height * (double) matrix[1], -half_height * (double) matrix[5] };
  double at[2] = { half_width * (double) matrix[12], -half_height * (double) matrix[13] };
  double w[4] = { seen->weights[0], 0.0, 0.0, 1.0 };
  if (seen->d == 2)
    memcpy (w, seen->weights, sizeof w);

  for (int row = 0; row < 2; row++)
    at[row] += m[2 * row] * seen->start[0] + m[2 * row + 1] * seen->start[1];
  double all[4] = { m[0] * w[0] + m[1] * w[2], m[0] * w[1] + m[1] * w[3], m[2] * w[0] + m[3] * w[2],
                    m[2] * w[1] + m[3] * w[3] };
  double area = all[0] * all[3] - all[1] * all[2];
  Unproject self = { { all[3] / area, -all[2] / area }, { -all[1] / area, all[0] / area }, { 0 } };
  for (int i = 0; i < 2; i++)
    self.middle[i] = -self.across[i] * at[0] - self.down[i] * at[1];
  return self;
}

static gboolean
is_finite (const Unproject *self)
{
  double sum = 0.0;
  for (int i = 0; i < 2; i++)
    sum += fabs (self->across[i]) + fabs (self->down[i]) + fabs (self->middle[i]);
  return isfinite (sum);
}

/* What is added to rows before they are looked at: angles are seen from the data's own zero. */
static void
find_shift (const LloydSnapshot *snapshot, double shift[2])
{
  const LloydPoints *points = snapshot->scene->points;
  shift[0] = shift[1] = 0.0;
  for (guint i = 0; i < points->d && LLOYD_METRIC_IS_ANGULAR (snapshot->metric); i++)
    shift[i] = points->origin[i];
}

/* The plane of one cluster less that of another: of small numbers, wherever both are. */
static void
make_plane (const Unproject *map,
            gboolean is_angular,
            const double c[2],
            const double other[2],
            double plane[3])
{
  plane[0] = plane[1] = plane[2] = 0.0;
  for (int i = 0; i < 2; i++)
    {
      double difference = c[i] - other[i], slope = is_angular ? -difference : -2.0 * difference;
      plane[0] += slope * map->across[i];
      plane[1] += slope * map->down[i];
      plane[2] += is_angular ? -difference * map->middle[i]
                             : difference * (c[i] + other[i] - 2.0 * map->middle[i]);
    }
}

/* A site as two numbers. */
static void
read_site (const float *sites, guint d, guint j, double c[2])
{
  c[0] = (double) sites[(size_t) j * d];
  c[1] = d == 2 ? (double) sites[(size_t) j * d + 1] : 0.0;
}

gboolean
lloyd_regions_make_planes (const LloydSnapshot *snapshot,
                           const float *sites,
                           const float matrix[16],
                           int width,
                           int height,
                           double *planes)
{
  Unproject map = make_unproject (snapshot->scene, matrix, width, height);
  guint d = snapshot->scene->points->d, nearest = 0;
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (snapshot->metric);
  double shift[2], c[2], other[2], steepest = 0.0;

  if (!is_finite (&map))
    return FALSE;
  find_shift (snapshot, shift);
  for (int i = 0; i < 2; i++)
    map.middle[i] += shift[i];
  /* All planes are told from that which is lowest in the middle: what competes is then small. */
  for (guint j = 1; j < snapshot->k; j++)
    {
      read_site (sites, d, j, c);
      read_site (sites, d, nearest, other);
      make_plane (&map, is_angular, c, other, planes);
      if (planes[2] < 0.0)
        nearest = j;
    }
  read_site (sites, d, nearest, other);
  for (guint j = 0; j < snapshot->k; j++)
    {
      read_site (sites, d, j, c);
      make_plane (&map, is_angular, c, other, planes + 3 * j);
      steepest = fmax (steepest, hypot (planes[3 * j], planes[3 * j + 1]));
    }
  for (size_t i = 0; i < 3 * (size_t) snapshot->k && steepest > 0.0; i++)
    planes[i] /= steepest;
  return TRUE;
}

/* ---- a row of pixels ----------------------------------------------------------------------- */

/* Of a row each plane is a line, and the lowest of them are found as a hull: lines in falling order
 * of slope, each of which is kept while there is a place where it is the lowest. */
typedef struct
{
  const double *planes;
  guint n;
  /* By falling slope across, of the same slope by number. */
  guint *order;
  /* The lines that are lowest somewhere, from left to right, and where each begins. */
  guint *lines;
  double *begins;
  double *heights;
  guint n_lines;
} Hull;

/* For sorting, which takes no data along. */
typedef struct
{
  double slope;
  guint j;
} Slope;

static int
compare_slopes (const void *a, const void *b)
{
  const Slope *x = a, *y = b;
  if (x->slope != y->slope)
    return x->slope > y->slope ? -1 : 1;
  return (x->j > y->j) - (x->j < y->j);
}

static Hull
hull_new (const LloydRegions *regions)
{
  Hull self = { .planes = regions->planes, .n = regions->n };
  g_autofree Slope *slopes = g_new (Slope, regions->n);
  self.order = g_new (guint, regions->n);
  self.lines = g_new (guint, regions->n);
  self.begins = g_new (double, regions->n);
  self.heights = g_new (double, regions->n);
  for (guint j = 0; j < regions->n; j++)
    slopes[j] = (Slope){ regions->planes[3 * j], j };
  qsort (slopes, regions->n, sizeof *slopes, compare_slopes);
  for (guint i = 0; i < regions->n; i++)
    self.order[i] = slopes[i].j;
  return self;
}

static void
hull_clear (Hull *self)
{
  g_free (self->order);
  g_free (self->lines);
  g_free (self->begins);
  g_free (self->heights);
}

/* Adds the line of cluster j, whose slope is at most that of all before it. */
static void
hull_add (Hull *self, guint j, double height)
{
  double slope = self->planes[3 * j], begin = -INFINITY;
  while (self->n_lines > 0)
    {
      guint last = self->n_lines - 1, i = self->lines[last];
      double fall = self->planes[3 * i] - slope, rise = height - self->heights[last];
      if (fall <= 0.0 && rise >= 0.0)
        return;
      begin = fall > 0.0 ? rise / fall : -INFINITY;
      if (begin > self->begins[last])
        break;
      self->n_lines--;
      begin = -INFINITY;
    }
  self->lines[self->n_lines] = j;
  self->heights[self->n_lines] = height;
  self->begins[self->n_lines++] = begin;
}

/* Finds the lines of a row that lies `y` below the middle. */
static void
hull_fill (Hull *self, double y)
{
  self->n_lines = 0;
  for (guint i = 0; i < self->n; i++)
    {
      guint j = self->order[i];
      hull_add (self, j, self->planes[3 * j + 1] * y + self->planes[3 * j + 2]);
    }
}

/* The pixels from *first to *last - 1 of `width` that line i is the lowest of. */
static void
hull_span (const Hull *self, guint i, int width, int *first, int *last)
{
  double half = 0.5 * width - 0.5;
  double from = i > 0 ? self->begins[i] + half : 0.0;
  double to = i + 1 < self->n_lines ? self->begins[i + 1] + half : (double) width;
  /* A pixel in the middle of which two are equal is that of the lower number. */
  gboolean takes_from = i == 0 || self->lines[i] < self->lines[i - 1];
  gboolean takes_to = i + 1 < self->n_lines && self->lines[i] < self->lines[i + 1];
  from = CLAMP (from, -1.0, (double) width);
  to = CLAMP (to, -1.0, (double) width);
  *first = MAX ((int) (takes_from ? ceil (from) : floor (from) + 1.0), 0);
  *last = MIN ((int) (takes_to ? floor (to) + 1.0 : ceil (to)), width);
}

void
lloyd_regions_find_owners (const LloydFrame *frame, int row, guint16 *owners)
{
  Hull hull = hull_new (&frame->regions);
  hull_fill (&hull, (double) row + 0.5 - 0.5 * frame->height);
  for (guint i = 0; i < hull.n_lines; i++)
    {
      int first, last;
      hull_span (&hull, i, frame->width, &first, &last);
      for (int x = first; x < last; x++)
        owners[x] = (guint16) hull.lines[i];
    }
  hull_clear (&hull);
}

/* ---- borders ------------------------------------------------------------------------------- */

/* A corner of a region, and who is beyond the side that goes on from it. */
typedef struct
{
  double x, y;
  guint beyond;
} Corner;

#define NOBODY G_MAXUINT

/* How much lower cluster j is at a corner than k: above 0 it is k's. */
static double
excess (const LloydRegions *regions, guint j, guint k, const Corner *at)
{
  const double *a = regions->planes + 3 * j, *b = regions->planes + 3 * k;
  return (a[0] - b[0]) * at->x + (a[1] - b[1]) * at->y + (a[2] - b[2]);
}

/* Where several centroids stand at one place, or in one direction, all is the first one's: which
 * are the first. */
static gboolean *
find_first (const LloydRegions *regions)
{
  gboolean *is_first = g_new (gboolean, regions->n);
  for (guint j = 0; j < regions->n; j++)
    {
      const double *a = regions->planes + 3 * j;
      is_first[j] = TRUE;
      for (guint k = 0; k < j && is_first[j]; k++)
        {
          const double *b = regions->planes + 3 * k;
          is_first[j] = a[0] != b[0] || a[1] != b[1] || a[2] != b[2];
        }
    }
  return is_first;
}

static Corner
cut (const Corner *a, double excess_a, const Corner *b, double excess_b, guint beyond)
{
  double share = excess_a / (excess_a - excess_b);
  return (Corner){ a->x + share * (b->x - a->x), a->y + share * (b->y - a->y), beyond };
}

/* Cuts off what of region j is k's. */
static guint
cut_region (const LloydRegions *regions, guint j, guint k, Corner *corners, guint n)
{
  Corner kept[MAX_CORNERS];
  guint n_kept = 0;
  gboolean is_cut = FALSE;

  for (guint i = 0; i < n; i++)
    is_cut |= excess (regions, j, k, &corners[i]) > 0.0;
  if (!is_cut)
    return n;
  for (guint i = 0; i < n; i++)
    {
      const Corner *a = &corners[i], *b = &corners[(i + 1) % n];
      double at_a = excess (regions, j, k, a), at_b = excess (regions, j, k, b);
      if (at_a <= 0.0)
        kept[n_kept++] = *a;
      if (at_a <= 0.0 && at_b > 0.0)
        kept[n_kept++] = cut (a, at_a, b, at_b, k);
      else if (at_a > 0.0 && at_b <= 0.0)
        kept[n_kept++] = cut (a, at_a, b, at_b, a->beyond);
    }
  n_kept = MIN (n_kept, MAX_CORNERS - 2);
  memcpy (corners, kept, sizeof (Corner) * n_kept);
  return n_kept;
}

static void
cover (size_t pixel, float share, gpointer data)
{
  guint8 *covers = data;
  guint8 level = (guint8) lrintf (255.0f * share);
  covers[pixel] = MAX (covers[pixel], level);
}

/* Draws the sides of region j: twice then, from either region, for between two there may be one of
 * no width that both take for their neighbour. */
static void
cover_borders (const LloydFrame *frame, guint j, const gboolean *is_first, guint8 *covers)
{
  const LloydRegions *regions = &frame->regions;
  float half_width = 0.5f * (float) frame->width, half_height = 0.5f * (float) frame->height;
  double x = (double) half_width + 2.0, y = (double) half_height + 2.0;
  Corner corners[MAX_CORNERS] = {
    { -x, -y, NOBODY }, { x, -y, NOBODY }, { x, y, NOBODY }, { -x, y, NOBODY }
  };
  guint n = 4;

  for (guint k = 0; k < regions->n && n > 0; k++)
    if (k != j && is_first[k])
      n = cut_region (regions, j, k, corners, n);
  for (guint i = 0; i < n; i++)
    {
      const Corner *a = &corners[i], *b = &corners[(i + 1) % n];
      if (a->beyond == NOBODY)
        continue;
      LloydLine line = { .x0 = (float) a->x + half_width,
                         .y0 = (float) a->y + half_height,
                         .x1 = (float) b->x + half_width,
                         .y1 = (float) b->y + half_height,
                         .width = regions->border_width };
      lloyd_cover_line (&line, frame->width, frame->height, cover, covers);
    }
}

/* Where borders meet they are no stronger: each pixel has the nearest one's. */
static void
paint_borders (const LloydFrame *frame, guint32 *pixels)
{
  const LloydRegions *regions = &frame->regions;
  size_t n = (size_t) frame->width * (size_t) frame->height;
  g_autofree gboolean *is_first = find_first (regions);
  g_autofree guint8 *covers = g_new0 (guint8, n);
  guint32 colour = lloyd_pack_colour (regions->border);

  for (guint j = 0; j < regions->n; j++)
    if (is_first[j])
      cover_borders (frame, j, is_first, covers);
  for (size_t i = 0; i < n; i++)
    if (covers[i] > 0)
      pixels[i] = lloyd_blend_pixel (pixels[i], colour,
                                     (guint32) lrintf (regions->border_alpha * (float) covers[i]));
}

/* ---- painting ------------------------------------------------------------------------------ */

static void
fill_row (const Hull *hull, const guint32 *tints, int width, guint32 *pixels)
{
  for (guint i = 0; i < hull->n_lines; i++)
    {
      guint32 tint = tints[hull->lines[i]];
      int first, last;
      hull_span (hull, i, width, &first, &last);
      for (int x = first; x < last; x++)
        pixels[x] = tint;
    }
}

static guint32 *
make_tints (const LloydFrame *frame)
{
  const LloydRegions *regions = &frame->regions;
  guint32 *tints = g_new (guint32, regions->n);
  float share = regions->alpha, rest = 1.0f - share;
  LloydColour under = frame->background;
  for (guint j = 0; j < regions->n; j++)
    {
      LloydColour c = regions->colours[j];
      tints[j] = lloyd_pack_colour ((LloydColour){ c.r * share + under.r * rest,
                                                   c.g * share + under.g * rest,
                                                   c.b * share + under.b * rest });
    }
  return tints;
}

void
lloyd_regions_paint (const LloydFrame *frame, guint32 *pixels)
{
  g_autofree guint32 *tints = make_tints (frame);
  Hull hull = hull_new (&frame->regions);

  for (int row = 0; row < frame->height; row++)
    {
      hull_fill (&hull, (double) row + 0.5 - 0.5 * frame->height);
      fill_row (&hull, tints, frame->width, pixels + (size_t) row * (size_t) frame->width);
    }
  hull_clear (&hull);
  if (frame->regions.border_alpha > 0.0f)
    paint_borders (frame, pixels);
}
