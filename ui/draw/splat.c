#include "ui/draw/splat.h"

#include "compute/memory.h"
#include "ui/draw/painter.h"

/* Points of the second pass; after each one that follows four times as many are drawn, or all if
 * that is most of them. */
#define PASS_POINTS 10000000.0
#define PASS_GROWTH 4.0
#define MOST 0.5
/* Threads that paint give way to the main loop, and go before those that compute. */
#define PAINTING_NICE 2
/* Of 255, the colour of a single point where others are crowded: on a dark background it takes more
 * of it to be seen. */
#define WEAKEST 96
#define WEAKEST_ON_DARK 128
/* Points grow to so many pixels where few are seen, at a scale of 1. */
#define LARGEST_SIDE 4

struct _LloydSplatPainter
{
  LloydSplatter *splatter;
  LloydSplatPixel *seen;
  size_t n_seen;
};

LloydSplatPainter *
lloyd_splat_painter_new (void)
{
  return g_new0 (LloydSplatPainter, 1);
}

void
lloyd_splat_painter_free (LloydSplatPainter *self)
{
  g_clear_pointer (&self->splatter, lloyd_splatter_free);
  lloyd_free_aligned (self->seen);
  g_free (self);
}

/* ---- colours ------------------------------------------------------------------------------- */

guint32 *
lloyd_splat_pack_colours (const LloydFrame *frame, const LloydColour *colours, guint k)
{
  guint32 *packed = g_new (guint32, (size_t) k + 1);
  for (guint j = 0; j < k; j++)
    packed[j] = lloyd_pack_colour (colours[j]);
  packed[k] = lloyd_pack_colour (frame->unassigned);
  return packed;
}

LloydSplatShade
lloyd_splat_make_shade (const LloydFrame *frame, const guint32 *packed, guint k)
{
  guint scale = (guint) MAX (frame->scale, 1);
  gboolean is_dark = lloyd_colour_is_dark (frame->background);
  return (LloydSplatShade){ .width = (guint) frame->width,
                            .height = (guint) frame->height,
                            .least_side = scale,
                            .largest_side = LARGEST_SIDE * scale,
                            .tone = LLOYD_TONE_LOG,
                            .weakest = is_dark ? WEAKEST_ON_DARK : WEAKEST,
                            .colours = packed,
                            .n_colours = k + 1,
                            .background = lloyd_pack_colour (frame->background) };
}

/* ---- passes -------------------------------------------------------------------------------- */

/* Share of all hashes that is drawn once pass `pass` is done. */
static double
share_after (const LloydScene *scene, guint pass)
{
  double share = PASS_POINTS / (double) scene->points->n;
  for (guint i = 1; i < pass; i++)
    share *= PASS_GROWTH;
  if (pass == 0)
    return 0.0;
  return share < MOST ? share : 1.0;
}

guint
lloyd_splat_painter_count_passes (const LloydScene *scene)
{
  guint n = 1;
  if (scene->n_shown == scene->points->n)
    return 1;
  while (share_after (scene, n) < 1.0)
    n++;
  return n + 1;
}

/* The first hash that comes after pass `pass`. */
static guint64
hash_after (const LloydScene *scene, guint pass)
{
  double share = share_after (scene, pass);
  return share < 1.0 ? (guint64) (share * 0x1p32) : (guint64) 1 << 32;
}

/* ---- painting ------------------------------------------------------------------------------ */

static gboolean
make_room (LloydSplatPainter *self, size_t n_pixels, GError **error)
{
  if (self->splatter == NULL)
    self->splatter = lloyd_splatter_new (0, PAINTING_NICE);
  if (n_pixels <= self->n_seen)
    return TRUE;
  lloyd_free_aligned (self->seen);
  self->n_seen = 0;
  self->seen = lloyd_allocate_aligned (n_pixels, sizeof *self->seen, "the picture", error);
  if (self->seen == NULL)
    return FALSE;
  self->n_seen = n_pixels;
  return TRUE;
}

static gboolean
draw (LloydSplatPainter *self,
      const LloydFrame *frame,
      const LloydSnapshot *snapshot,
      guint pass,
      GCancellable *cancellable,
      GError **error)
{
  const LloydScene *scene = snapshot->scene;
  gboolean is_all = pass > 0;
  LloydSceneRows which = is_all ? LLOYD_ROWS_ALL : LLOYD_ROWS_SHOWN;
  LloydSplatRows rows = lloyd_scene_get_rows (scene, which);
  LloydSceneMap map;
  lloyd_scene_map (scene, which, frame->matrix, (guint) frame->width, (guint) frame->height, &map);
  LloydSplat splat = { .map = map.map, .last_hash = G_MAXUINT32, .pixels = self->seen };

  rows.has_others_below = frame->has_others_below;
  rows.small_labels = is_all ? snapshot->all_labels : snapshot->labels;
  if (is_all)
    {
      splat.first_hash = (guint32) hash_after (scene, pass - 1);
      splat.last_hash = (guint32) (hash_after (scene, pass) - 1);
    }
  /* The first pass is of rows of its own: those of all begin again. */
  if (pass <= 1)
    lloyd_splat_clear (self->seen, (size_t) frame->width * (size_t) frame->height);
  return lloyd_splatter_draw (self->splatter, &rows, &splat, cancellable, error);
}

/* Regions lie where no point is: there the picture has the background's own colour. */
static void
put_regions_below (const LloydFrame *frame, guint32 *pixels)
{
  size_t n = (size_t) frame->width * (size_t) frame->height;
  guint32 background = lloyd_pack_colour (frame->background);
  guint32 *ground = frame->regions.n > 0 ? g_try_new (guint32, n) : NULL;
  if (ground == NULL)
    return;
  lloyd_paint_ground (frame, ground);
  for (size_t i = 0; i < n; i++)
    if (pixels[i] == background)
      pixels[i] = ground[i];
  g_free (ground);
}

gboolean
lloyd_splat_painter_paint (LloydSplatPainter *self,
                           const LloydFrame *frame,
                           const LloydSnapshot *snapshot,
                           const LloydColour *colours,
                           guint pass,
                           guint32 *pixels,
                           GCancellable *cancellable,
                           GError **error)
{
  if (!make_room (self, (size_t) frame->width * (size_t) frame->height, error) ||
      !draw (self, frame, snapshot, pass, cancellable, error))
    return FALSE;
  g_autofree guint32 *packed = lloyd_splat_pack_colours (frame, colours, snapshot->k);
  LloydSplatShade shade = lloyd_splat_make_shade (frame, packed, snapshot->k);
  lloyd_splatter_shade (self->splatter, &shade, self->seen, pixels);
  put_regions_below (frame, pixels);
  lloyd_paint_marks (frame, pixels);
  return TRUE;
}
