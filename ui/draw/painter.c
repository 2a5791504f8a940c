#include "ui/draw/painter.h"

#include <math.h>
#include <string.h>

#include "ui/draw/regions.h"

/* Points are placed to this part of a pixel, in the middle of it. */
#define PARTS 8
/* With depth there is no blending in order: a soft edge would hide what is behind it. */
#define DEPTH_CUTOFF 127

typedef struct
{
  const LloydFrame *frame;
  guint32 *pixels;
  /* Of the nearest point at each pixel; NULL without depth. */
  float *depths;
} Target;

/* What a disc covers, from 0 to 255, for each place of its corner within a pixel. */
typedef struct
{
  float size;
  int side;
  guint8 *covers;
} Stamp;

/* ---- pixels -------------------------------------------------------------------------------- */

static guint32
pack (float r, float g, float b)
{
  return 0xff000000u | (guint32) lrintf (255.0f * CLAMP (r, 0.0f, 1.0f)) << 16 |
         (guint32) lrintf (255.0f * CLAMP (g, 0.0f, 1.0f)) << 8 |
         (guint32) lrintf (255.0f * CLAMP (b, 0.0f, 1.0f));
}

guint32
lloyd_pack_colour (LloydColour c)
{
  return pack (c.r, c.g, c.b);
}

/* Two channels at a time. */
static inline guint32
blend (guint32 under, guint32 over, guint32 share)
{
  guint32 rest = 255 - share;
  guint32 odd =
      ((over >> 8) & 0x00ff00ff) * share + ((under >> 8) & 0x00ff00ff) * rest + 0x00800080;
  guint32 even = (over & 0x00ff00ff) * share + (under & 0x00ff00ff) * rest + 0x00800080;
  odd += (odd >> 8) & 0x00ff00ff;
  even += (even >> 8) & 0x00ff00ff;
  return (odd & 0xff00ff00) | ((even >> 8) & 0x00ff00ff);
}

guint32
lloyd_blend_pixel (guint32 under, guint32 over, guint32 share)
{
  return blend (under, over, share);
}

static guint32
to_share (float share)
{
  return (guint32) lrintf (255.0f * CLAMP (share, 0.0f, 1.0f));
}

/* The part from first to last - 1 of pixels that a stretch touches, within 0 to n. */
static void
clip_stretch (float from, float to, int n, int *first, int *last)
{
  *first = (int) floorf (CLAMP (from, 0.0f, (float) n));
  *last = (int) ceilf (CLAMP (to, 0.0f, (float) n));
}

/* ---- points -------------------------------------------------------------------------------- */

/* The share of a pixel that lies (x, y) from the middle of a disc. */
static float
disc_cover (float x, float y, float size)
{
  if (fabsf (x) > size / 2.0f || fabsf (y) > size / 2.0f)
    return 0.0f;
  return CLAMP (size / 2.0f - hypotf (x, y) + 0.5f, 0.0f, 1.0f);
}

static Stamp
make_stamp (float size, float alpha)
{
  Stamp self = { .size = size, .side = (int) ceilf (size) + 1 };
  size_t n = (size_t) self.side * (size_t) self.side;
  guint8 *cover = self.covers = g_malloc (PARTS * PARTS * n);
  for (int place = 0; place < PARTS * PARTS; place++)
    for (int y = 0; y < self.side; y++)
      for (int x = 0; x < self.side; x++)
        {
          float dx = (float) x + 0.5f - ((float) (place % PARTS) + 0.5f) / PARTS - size / 2.0f;
          float dy = (float) y + 0.5f - ((float) (place / PARTS) + 0.5f) / PARTS - size / 2.0f;
          *cover++ = (guint8) to_share (alpha * disc_cover (dx, dy, size));
        }
  return self;
}

/* Where a stamp goes, and which one, for a disc around (x, y). */
static const guint8 *
place_stamp (const Stamp *stamp, float x, float y, int *left, int *top)
{
  int at_x = (int) floorf ((x - stamp->size / 2.0f) * PARTS);
  int at_y = (int) floorf ((y - stamp->size / 2.0f) * PARTS);
  /* Rounded down, for negative places as well. */
  *left = at_x >= 0 ? at_x / PARTS : -((PARTS - 1 - at_x) / PARTS);
  *top = at_y >= 0 ? at_y / PARTS : -((PARTS - 1 - at_y) / PARTS);
  int part = (at_y - *top * PARTS) * PARTS + at_x - *left * PARTS;
  return stamp->covers + (size_t) part * (size_t) stamp->side * (size_t) stamp->side;
}

static void
paint_disc (const Target *target, const Stamp *stamp, float x, float y, guint32 colour)
{
  int left, top, width = target->frame->width;
  const guint8 *covers = place_stamp (stamp, x, y, &left, &top);
  int first_x = MAX (left, 0), last_x = MIN (left + stamp->side, width);
  int first_y = MAX (top, 0), last_y = MIN (top + stamp->side, target->frame->height);

  for (int row = first_y; row < last_y; row++)
    {
      guint32 *pixels = target->pixels + (size_t) row * (size_t) width;
      const guint8 *cover = covers + (row - top) * stamp->side;
      for (int column = first_x; column < last_x; column++)
        pixels[column] = blend (pixels[column], colour, cover[column - left]);
    }
}

static void
paint_deep_disc (
    const Target *target, const Stamp *stamp, float x, float y, float depth, guint32 colour)
{
  int left, top, width = target->frame->width;
  const guint8 *covers = place_stamp (stamp, x, y, &left, &top);
  int first_x = MAX (left, 0), last_x = MIN (left + stamp->side, width);
  int first_y = MAX (top, 0), last_y = MIN (top + stamp->side, target->frame->height);

  for (int row = first_y; row < last_y; row++)
    {
      size_t start = (size_t) row * (size_t) width;
      const guint8 *cover = covers + (row - top) * stamp->side;
      for (int column = first_x; column < last_x; column++)
        {
          size_t at = start + (size_t) column;
          if (cover[column - left] <= DEPTH_CUTOFF || depth >= target->depths[at])
            continue;
          target->pixels[at] = blend (target->pixels[at], colour, cover[column - left]);
          target->depths[at] = depth;
        }
    }
}

/* Far points fade towards the background: depth -1 is near, 1 is far. */
static guint32
fade (const LloydFrame *frame, LloydColour own, float depth)
{
  float fog = LLOYD_FOG * CLAMP (0.5f + 0.5f * depth, 0.0f, 1.0f), rest = 1.0f - fog;
  LloydColour far = frame->background;
  return pack (own.r * rest + far.r * fog, own.g * rest + far.g * fog, own.b * rest + far.b * fog);
}

/* The pixel of a point; FALSE where it cannot be seen. */
static gboolean
project (const LloydFrame *frame, const float *p, float margin, float *x, float *y)
{
  const float *m = frame->matrix;
  float width = (float) frame->width, height = (float) frame->height;
  *x = (m[0] * p[0] + m[4] * p[1] + m[8] * p[2] + m[12] + 1.0f) * 0.5f * width;
  *y = (1.0f - (m[1] * p[0] + m[5] * p[1] + m[9] * p[2] + m[13])) * 0.5f * height;
  return *x > -margin && *x<width + margin && * y> - margin && *y < height + margin;
}

/* ---- a change on its way ------------------------------------------------------------------- */

/* Points swell while they change, in so many sizes; where they have sizes of their own, in these,
 * each by the same factor larger than the one before. */
#define N_SIZES 24
#define N_OWN_SIZES 48

/* The palette with the colour of nobody behind it, and discs of all sizes, rising. */
typedef struct
{
  LloydColour *colours;
  guint32 *packed;
  Stamp stamps[N_OWN_SIZES];
  guint n_stamps;
} Ink;

static float
size_of_stamp (const LloydFrame *frame, const LloydDots *dots, guint i)
{
  if (dots->sizes == NULL)
    return frame->point_size * (1.0f + LLOYD_WAVE_SWELL * (float) i / (N_SIZES - 1));
  return frame->least_size *
         powf (frame->largest_size / frame->least_size, (float) i / (N_OWN_SIZES - 1));
}

static Ink
make_ink (const LloydFrame *frame, const LloydDots *dots)
{
  float alpha = frame->has_depth ? 1.0f : frame->alpha;
  Ink self = { .n_stamps = dots->sizes != NULL ? N_OWN_SIZES : dots->before != NULL ? N_SIZES : 1 };
  self.colours = g_new (LloydColour, (size_t) dots->k + 1);
  self.packed = g_new (guint32, (size_t) dots->k + 1);
  if (dots->k > 0)
    memcpy (self.colours, dots->palette, sizeof (LloydColour) * dots->k);
  self.colours[dots->k] = frame->unassigned;
  for (guint j = 0; j <= dots->k; j++)
    self.packed[j] = lloyd_pack_colour (self.colours[j]);
  for (guint i = 0; i < self.n_stamps; i++)
    self.stamps[i] = make_stamp (size_of_stamp (frame, dots, i), alpha);
  return self;
}

static void
ink_clear (Ink *self)
{
  for (guint i = 0; i < self->n_stamps; i++)
    g_free (self->stamps[i].covers);
  g_free (self->colours);
  g_free (self->packed);
}

/* How far a point has changed that belongs to another than before; 1: all the way, or nothing
 * changes. */
static inline float
change_of (const LloydFrame *frame, const LloydDots *dots, size_t i)
{
  if (dots->before == NULL || dots->before[i] == dots->labels[i])
    return 1.0f;
  guint centre = dots->labels[i] < dots->k ? dots->labels[i] : dots->before[i];
  return lloyd_wave_at (&frame->wave, dots->xyz + 3 * i, centre);
}

static LloydColour
colour_amid (const Ink *ink, const LloydDots *dots, size_t i, float change)
{
  const LloydColour *a = &ink->colours[MIN (dots->before[i], dots->k)];
  const LloydColour *b = &ink->colours[MIN (dots->labels[i], dots->k)];
  return (LloydColour){ a->r + change * (b->r - a->r), a->g + change * (b->g - a->g),
                        a->b + change * (b->b - a->b) };
}

static inline const Stamp *
stamp_amid (const Ink *ink, float change)
{
  guint size = (guint) (4.0f * change * (1.0f - change) * ((float) ink->n_stamps - 0.01f));
  return &ink->stamps[MIN (size, ink->n_stamps - 1)];
}

/* The stamp of a point. */
static inline const Stamp *
stamp_of (const Ink *ink, const LloydFrame *frame, const LloydDots *dots, size_t i, float change)
{
  if (dots->sizes == NULL)
    return stamp_amid (ink, change);
  float swell = dots->sizes[i], before = dots->former_sizes != NULL ? dots->former_sizes[i] : 1.0f;
  swell += frame->former * (before - swell);
  float size = CLAMP (frame->point_size * swell, frame->least_size, frame->largest_size);
  float way = logf (size / frame->least_size) / logf (frame->largest_size / frame->least_size);
  return &ink->stamps[(guint) (way * (N_OWN_SIZES - 1) + 0.5f)];
}

/* Which points are painted in one go. */
typedef enum
{
  PAINT_ALL,
  PAINT_NOBODY,
  PAINT_MEMBERS,
} Part;

static inline gboolean
is_in_part (const LloydDots *dots, size_t i, Part part)
{
  return part == PAINT_ALL || (dots->labels[i] >= dots->k) == (part == PAINT_NOBODY);
}

static void
paint_flat_points (const Target *target, const LloydDots *dots, const Ink *ink, Part part)
{
  float x, y, margin = ink->stamps[ink->n_stamps - 1].size;

  for (size_t i = 0; i < dots->n; i++)
    {
      if (!is_in_part (dots, i, part) ||
          !project (target->frame, dots->xyz + 3 * i, margin, &x, &y))
        continue;
      float change = change_of (target->frame, dots, i);
      guint32 colour = change < 1.0f ? lloyd_pack_colour (colour_amid (ink, dots, i, change))
                                     : ink->packed[MIN (dots->labels[i], dots->k)];
      paint_disc (target, stamp_of (ink, target->frame, dots, i, change), x, y, colour);
    }
}

static void
paint_deep_points (const Target *target, const LloydDots *dots, const Ink *ink, Part part)
{
  const LloydFrame *frame = target->frame;
  const float *m = frame->matrix;
  float x, y, margin = ink->stamps[ink->n_stamps - 1].size;

  for (size_t i = 0; i < (size_t) frame->width * (size_t) frame->height; i++)
    target->depths[i] = 1.0f;
  for (size_t i = 0; i < dots->n; i++)
    {
      const float *p = dots->xyz + 3 * i;
      if (!is_in_part (dots, i, part) || !project (frame, p, margin, &x, &y))
        continue;
      /* Outliers stay in the picture, however far in front or behind. */
      float depth = m[2] * p[0] + m[6] * p[1] + m[10] * p[2] + m[14];
      depth = CLAMP (depth, -1.0f, 0.9999f);
      float change = change_of (frame, dots, i);
      LloydColour own = change < 1.0f ? colour_amid (ink, dots, i, change)
                                      : ink->colours[MIN (dots->labels[i], dots->k)];
      paint_deep_disc (target, stamp_of (ink, frame, dots, i, change), x, y, depth,
                       fade (frame, own, depth));
    }
}

/* ---- marks and lines ----------------------------------------------------------------------- */

/* Goes along the direction in which the line is longer, a stretch across it at each pixel. */
void
lloyd_cover_line (const LloydLine *line, int width, int height, LloydCoverFunc func, gpointer data)
{
  float dx = line->x1 - line->x0, dy = line->y1 - line->y0, length = hypotf (dx, dy);
  gboolean is_steep = fabsf (dy) > fabsf (dx);
  int n_along = is_steep ? height : width, n_across = is_steep ? width : height;
  int first, last, low, high;

  if (!(length > 0.0f) || !isfinite (length))
    return;
  float along0 = is_steep ? line->y0 : line->x0, across0 = is_steep ? line->x0 : line->y0;
  float along = (is_steep ? dy : dx) / length, across = (is_steep ? dx : dy) / length;
  float end = along0 + along * length, half = line->width / 2.0f, reach = half + 1.0f;
  clip_stretch (fminf (along0, end) - reach, fmaxf (along0, end) + reach, n_along, &first, &last);
  for (int i = first; i < last; i++)
    {
      float u = (float) i + 0.5f - along0, middle = across0 + u * across / along;
      float wide = reach / fabsf (along);
      clip_stretch (middle - wide, middle + wide, n_across, &low, &high);
      for (int j = low; j < high; j++)
        {
          float v = (float) j + 0.5f - across0, at = u * along + v * across;
          float cover = CLAMP (half + 0.5f - fabsf (v * along - u * across), 0.0f, 1.0f);
          if (at >= 0.0f && at <= length)
            func (is_steep ? (size_t) i * (size_t) n_across + (size_t) j
                           : (size_t) j * (size_t) n_along + (size_t) i,
                  cover, data);
        }
    }
}

typedef struct
{
  guint32 *pixels;
  guint32 colour;
  float alpha;
} Pen;

static void
blend_pen (size_t pixel, float cover, gpointer data)
{
  const Pen *pen = data;
  pen->pixels[pixel] = blend (pen->pixels[pixel], pen->colour, to_share (pen->alpha * cover));
}

static void
paint_line (const Target *target, const LloydLine *line)
{
  Pen pen = { target->pixels, lloyd_pack_colour (line->colour), line->alpha };
  lloyd_cover_line (line, target->frame->width, target->frame->height, blend_pen, &pen);
}

static const LloydColour white = { 1.0f, 1.0f, 1.0f }, black = { 0.1f, 0.1f, 0.1f };

static LloydColour
mix (LloydColour a, LloydColour b, float share)
{
  float rest = 1.0f - share;
  return (LloydColour){ a.r * rest + b.r * share, a.g * rest + b.g * share,
                        a.b * rest + b.b * share };
}

/* What lies that far inside an edge: a two-tone halo, so that it stands out on its own colour and
 * on any other, and the colour. */
static LloydColour
tint (const LloydMark *mark, gboolean is_dark, float inside)
{
  LloydColour c =
      mix (is_dark ? white : black, is_dark ? black : white, CLAMP (inside - 1.5f, 0.0f, 1.0f));
  return mix (c, mark->colour, CLAMP (inside - 3.5f, 0.0f, 1.0f));
}

static guint32
paint_centroid (const LloydMark *mark, gboolean is_dark, float x, float y, guint32 under)
{
  float inside = mark->size / 2.0f - hypotf (x, y);
  return blend (under, lloyd_pack_colour (tint (mark, is_dark, inside)), to_share (inside));
}

/* A square of rounded corners with the head of a pin. */
static guint32
paint_pinned (const LloydMark *mark, gboolean is_dark, float x, float y, guint32 under)
{
  float corner = mark->size * 0.15f, side = mark->size * 0.45f - corner;
  float across = fabsf (x) - side, down = fabsf (y) - side;
  float inside = corner - hypotf (fmaxf (across, 0.0f), fmaxf (down, 0.0f)) -
                 fminf (fmaxf (across, down), 0.0f);
  LloydColour c = mix (tint (mark, is_dark, inside), is_dark ? black : white,
                       CLAMP (mark->size * 0.16f - hypotf (x, y), 0.0f, 1.0f));
  return blend (under, lloyd_pack_colour (c), to_share (inside));
}

/* A ring in its colour between two thin ones in the halo's. */
static guint32
paint_ring (const LloydMark *mark, gboolean is_dark, float x, float y, guint32 under)
{
  float off = fabsf (hypotf (x, y) - mark->size / 2.0f + 3.0f);
  LloydColour c = mix (is_dark ? black : white, mark->colour, CLAMP (1.75f - off, 0.0f, 1.0f));
  return blend (under, lloyd_pack_colour (c), to_share (3.0f - off));
}

/* Two strokes that cross: where the data's own zero is. */
static guint32
paint_origin (const LloydMark *mark, float x, float y, guint32 under)
{
  float stroke = CLAMP (1.7f - fminf (fabsf (x), fabsf (y)), 0.0f, 1.0f);
  return blend (under, lloyd_pack_colour (mark->colour), to_share (stroke * mark->alpha));
}

static guint32
paint_mark_pixel (const LloydMark *mark, gboolean is_dark, float x, float y, guint32 under)
{
  switch (mark->kind)
    {
    case LLOYD_MARK_CENTROID:
      return paint_centroid (mark, is_dark, x, y, under);
    case LLOYD_MARK_PINNED:
      return paint_pinned (mark, is_dark, x, y, under);
    case LLOYD_MARK_CHOSEN:
      return paint_ring (mark, is_dark, x, y, under);
    default:
      return paint_origin (mark, x, y, under);
    }
}

static void
paint_mark (const Target *target, const LloydMark *mark)
{
  gboolean is_dark = lloyd_colour_is_dark (target->frame->background);
  float half = mark->size / 2.0f;
  int left, right, top, bottom;

  clip_stretch (mark->x - half, mark->x + half, target->frame->width, &left, &right);
  clip_stretch (mark->y - half, mark->y + half, target->frame->height, &top, &bottom);
  for (int row = top; row < bottom; row++)
    for (int column = left; column < right; column++)
      {
        guint32 *pixel = target->pixels + (size_t) row * (size_t) target->frame->width + column;
        float x = (float) column + 0.5f - mark->x, y = (float) row + 0.5f - mark->y;
        if (fabsf (x) > half || fabsf (y) > half)
          continue;
        *pixel = paint_mark_pixel (mark, is_dark, x, y, *pixel);
      }
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_paint_marks (const LloydFrame *frame, guint32 *pixels)
{
  Target target = { frame, pixels, NULL };
  for (guint i = 0; i < frame->n_lines; i++)
    paint_line (&target, &frame->lines[i]);
  for (guint i = 0; i < frame->n_marks; i++)
    paint_mark (&target, &frame->marks[i]);
}

static void
paint_points (const Target *target, const LloydDots *dots, const Ink *ink, Part part)
{
  if (target->depths != NULL)
    paint_deep_points (target, dots, ink, part);
  else
    paint_flat_points (target, dots, ink, part);
}

void
lloyd_paint_ground (const LloydFrame *frame, guint32 *pixels)
{
  size_t n = (size_t) frame->width * (size_t) frame->height;
  guint32 background = lloyd_pack_colour (frame->background);

  if (frame->regions.n > 0)
    lloyd_regions_paint (frame, pixels);
  for (size_t i = 0; i < n && frame->regions.n == 0; i++)
    pixels[i] = background;
}

void
lloyd_paint_frame (const LloydFrame *frame, const LloydDots *dots, guint32 *pixels)
{
  size_t n = (size_t) frame->width * (size_t) frame->height;
  Target target = { frame, pixels, NULL };
  Ink ink = make_ink (frame, dots);

  lloyd_paint_ground (frame, pixels);
  if (frame->has_depth)
    target.depths = g_new (float, n);
  if (frame->has_others_below)
    paint_points (&target, dots, &ink, PAINT_NOBODY);
  paint_points (&target, dots, &ink, frame->has_others_below ? PAINT_MEMBERS : PAINT_ALL);
  lloyd_paint_marks (frame, pixels);
  g_free (target.depths);
  ink_clear (&ink);
}
