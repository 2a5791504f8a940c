#include "ui/charts/picture.h"

#include <glib/gi18n.h>

#include "compute/session/seeding.h"
#include "ui/charts/text.h"
#include "ui/draw/numbers.h"
#include "ui/draw/painter.h"
#include "ui/draw/splat.h"
#include "ui/words/words.h"

/* More points than these are pixels in vector files, too: a viewer would be slow. */
#define MAX_VECTOR_POINTS 10000
#define MARGIN 16.0
#define GAP 12.0
#define HEAD 26.0
#define SIDE_HEAD 44.0
#define AXES 24.0
#define LEGEND_ROW 22.0
#define LEGEND_COLUMN 150.0
#define SWATCH 11.0

/* ---- the picture --------------------------------------------------------------------------- */

LloydPicture *
lloyd_picture_new (double width, double height)
{
  LloydPicture *self = g_new0 (LloydPicture, 1);
  self->width = width;
  self->height = height;
  self->names = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
clear_side (LloydPictureSide *side)
{
  g_clear_pointer (&side->snapshot, lloyd_snapshot_unref);
  g_free ((gpointer) side->frame.marks);
  g_free ((gpointer) side->frame.lines);
  g_free ((gpointer) side->frame.regions.planes);
  g_free ((gpointer) side->frame.regions.colours);
  g_free (side->colours);
  g_free (side->title);
  g_free (side->status);
  g_free (side->axes);
}

void
lloyd_picture_free (LloydPicture *self)
{
  for (guint i = 0; i < self->n_sides; i++)
    clear_side (&self->sides[i]);
  g_ptr_array_unref (self->names);
  g_free (self->title);
  g_free (self);
}

void
lloyd_picture_add_side (LloydPicture *self,
                        LloydSnapshot *snapshot,
                        const LloydFrame *frame,
                        const LloydColour *colours,
                        const char *status,
                        const char *axes)
{
  g_return_if_fail (self->n_sides < LLOYD_PICTURE_SIDES);
  LloydPictureSide *side = &self->sides[self->n_sides++];
  const LloydRegions *regions = &frame->regions;

  side->snapshot = lloyd_snapshot_ref (snapshot);
  side->frame = *frame;
  side->frame.marks = g_memdup2 (frame->marks, sizeof (LloydMark) * frame->n_marks);
  side->frame.lines = g_memdup2 (frame->lines, sizeof (LloydLine) * frame->n_lines);
  side->frame.regions.planes = g_memdup2 (regions->planes, sizeof (double) * 3 * regions->n);
  side->frame.regions.colours = g_memdup2 (regions->colours, sizeof (LloydColour) * regions->n);
  /* What is on its way has come. */
  side->frame.wave = (LloydWave){ NULL };
  side->colours = g_memdup2 (colours, sizeof (LloydColour) * snapshot->k);
  side->title = g_strdup (lloyd_words_metric (snapshot->metric));
  side->status = g_strdup (status);
  side->axes = g_strdup (axes);
}

static guint
count_columns (double width)
{
  return (guint) MAX ((width - 2.0 * MARGIN) / LEGEND_COLUMN, 1.0);
}

static guint
count_entries (const LloydPicture *self)
{
  guint k = self->n_sides > 0 ? self->sides[0].snapshot->k : 0;
  return MIN (k, LLOYD_PICTURE_LEGEND) + (k > LLOYD_PICTURE_LEGEND);
}

void
lloyd_picture_measure (const LloydPicture *self, double *width, double *height)
{
  *width = 2.0 * MARGIN + self->n_sides * self->width + (self->n_sides - 1) * GAP;
  guint columns = count_columns (*width), rows = (count_entries (self) + columns - 1) / columns;
  *height = 2.0 * MARGIN + HEAD + SIDE_HEAD + self->height + AXES + rows * LEGEND_ROW;
}

/* ---- points -------------------------------------------------------------------------------- */

static gboolean
is_of_pixels (cairo_t *cr)
{
  return cairo_surface_get_type (cairo_get_target (cr)) == CAIRO_SURFACE_TYPE_IMAGE;
}

/* All that the frame has, as on the screen; `with_marks`: lines and marks, too. */
static void
fill_pixels (const LloydPictureSide *side, gboolean with_marks, guint32 *pixels)
{
  const LloydSnapshot *snapshot = side->snapshot;
  LloydFrame frame = side->frame;
  if (!with_marks)
    frame.n_marks = frame.n_lines = 0;
  if (snapshot->scene->is_splat)
    {
      g_autoptr (LloydSplatPainter) painter = lloyd_splat_painter_new ();
      guint n = lloyd_splat_painter_count_passes (snapshot->scene);
      for (guint pass = 0; pass < n; pass++)
        if (!lloyd_splat_painter_paint (painter, &frame, snapshot, side->colours, pass, pixels,
                                        NULL, NULL))
          return;
      return;
    }
  LloydDots dots = { .xyz = snapshot->scene->xyz,
                     .labels = snapshot->labels,
                     .sizes = snapshot->seeding != NULL ? snapshot->seeding->sizes : NULL,
                     .n = snapshot->scene->n_shown,
                     .palette = side->colours,
                     .k = snapshot->k };
  lloyd_paint_frame (&frame, &dots, pixels);
}

typedef void (*FillFunc) (const LloydPictureSide *side, gboolean with_marks, guint32 *pixels);

static void
fill_ground (const LloydPictureSide *side, gboolean with_marks, guint32 *pixels)
{
  (void) with_marks;
  lloyd_paint_ground (&side->frame, pixels);
}

/* In units of the picture's pixels. */
static void
paint_pixels (cairo_t *cr, const LloydPictureSide *side, FillFunc fill, gboolean with_marks)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, side->frame.width, side->frame.height);
  if (cairo_surface_status (surface) == CAIRO_STATUS_SUCCESS)
    {
      cairo_surface_flush (surface);
      fill (side, with_marks, (guint32 *) (gpointer) cairo_image_surface_get_data (surface));
      cairo_surface_mark_dirty (surface);
    }
  cairo_set_source_surface (cr, surface, 0.0, 0.0);
  cairo_paint (cr);
  cairo_surface_destroy (surface);
}

/* In two dimensions depth hides nothing. */
static void
paint_discs (cairo_t *cr, const LloydPictureSide *side)
{
  const LloydScene *scene = side->snapshot->scene;
  const LloydFrame *frame = &side->frame;
  const float *m = frame->matrix;
  const float *sizes = side->snapshot->seeding != NULL ? side->snapshot->seeding->sizes : NULL;

  for (size_t i = 0; i < scene->n_shown; i++)
    {
      const float *p = scene->xyz + 3 * i;
      guint label = side->snapshot->labels[i];
      float x = m[0] * p[0] + m[4] * p[1] + m[8] * p[2] + m[12];
      float y = m[1] * p[0] + m[5] * p[1] + m[9] * p[2] + m[13];
      if (!(x > -1.1f && x < 1.1f && y > -1.1f && y < 1.1f))
        continue;
      float size = sizes == NULL ? frame->point_size
                                 : CLAMP (frame->point_size * sizes[i], frame->least_size,
                                          frame->largest_size);
      lloyd_chart_set_colour (cr,
                              label < side->snapshot->k ? side->colours[label] : frame->unassigned,
                              (double) frame->alpha);
      cairo_arc (cr, ((double) x + 1.0) / 2.0 * frame->width,
                 (1.0 - (double) y) / 2.0 * frame->height, (double) size / 2.0, 0.0, 2.0 * G_PI);
      cairo_fill (cr);
    }
}

/* ---- marks --------------------------------------------------------------------------------- */

static void
paint_line (cairo_t *cr, const LloydLine *line)
{
  lloyd_chart_set_colour (cr, line->colour, (double) line->alpha);
  cairo_set_line_width (cr, (double) line->width);
  cairo_move_to (cr, (double) line->x0, (double) line->y0);
  cairo_line_to (cr, (double) line->x1, (double) line->y1);
  cairo_stroke (cr);
}

/* A mark's shape, `inset` inside its edge. */
static void
trace_mark (cairo_t *cr, const LloydMark *mark, double inset)
{
  double x = (double) mark->x, y = (double) mark->y;
  if (mark->kind == LLOYD_MARK_PINNED)
    {
      double half = 0.45 * (double) mark->size - inset;
      cairo_rectangle (cr, x - half, y - half, 2.0 * half, 2.0 * half);
      return;
    }
  cairo_new_sub_path (cr);
  cairo_arc (cr, x, y, MAX ((double) mark->size / 2.0 - inset, 0.5), 0.0, 2.0 * G_PI);
}

static void
paint_centroid (cairo_t *cr, const LloydMark *mark, gboolean is_dark)
{
  const LloydColour white = { 1.0f, 1.0f, 1.0f }, black = { 0.1f, 0.1f, 0.1f };
  const LloydColour tones[] = { is_dark ? white : black, is_dark ? black : white, mark->colour };
  const double insets[] = { 0.0, 1.5, 3.5 };
  for (int i = 0; i < 3; i++)
    {
      trace_mark (cr, mark, insets[i]);
      lloyd_chart_set_colour (cr, tones[i], 1.0);
      cairo_fill (cr);
    }
  if (mark->kind != LLOYD_MARK_PINNED)
    return;
  cairo_arc (cr, (double) mark->x, (double) mark->y, 0.16 * (double) mark->size, 0.0, 2.0 * G_PI);
  lloyd_chart_set_colour (cr, is_dark ? black : white, 1.0);
  cairo_fill (cr);
}

static void
paint_origin (cairo_t *cr, const LloydMark *mark)
{
  double x = (double) mark->x, y = (double) mark->y, half = (double) mark->size / 2.0;
  lloyd_chart_set_colour (cr, mark->colour, (double) mark->alpha);
  cairo_set_line_width (cr, 2.4);
  cairo_move_to (cr, x - half, y);
  cairo_line_to (cr, x + half, y);
  cairo_move_to (cr, x, y - half);
  cairo_line_to (cr, x, y + half);
  cairo_stroke (cr);
}

/* The ring of the centroid that is chosen is the window's affair. */
static void
paint_marks (cairo_t *cr, const LloydFrame *frame)
{
  gboolean is_dark = lloyd_colour_is_dark (frame->background);
  for (guint i = 0; i < frame->n_lines; i++)
    paint_line (cr, &frame->lines[i]);
  for (guint i = 0; i < frame->n_marks; i++)
    if (frame->marks[i].kind == LLOYD_MARK_ORIGIN)
      paint_origin (cr, &frame->marks[i]);
    else if (frame->marks[i].kind != LLOYD_MARK_CHOSEN)
      paint_centroid (cr, &frame->marks[i], is_dark);
}

static void
paint_pane (cairo_t *cr, const LloydPicture *self, const LloydPictureSide *side)
{
  const LloydScene *scene = side->snapshot->scene;
  gboolean has_discs = !is_of_pixels (cr) && !scene->is_splat && !side->frame.has_depth &&
                       !side->frame.has_others_below && scene->n_shown <= MAX_VECTOR_POINTS;

  cairo_save (cr);
  cairo_rectangle (cr, 0.0, 0.0, self->width, self->height);
  cairo_clip (cr);
  cairo_scale (cr, 1.0 / LLOYD_PICTURE_SCALE, 1.0 / LLOYD_PICTURE_SCALE);
  if (is_of_pixels (cr))
    paint_pixels (cr, side, fill_pixels, TRUE);
  else if (!has_discs)
    paint_pixels (cr, side, fill_pixels, FALSE);
  else if (side->frame.regions.n > 0)
    paint_pixels (cr, side, fill_ground, FALSE);
  if (has_discs)
    paint_discs (cr, side);
  if (!is_of_pixels (cr))
    paint_marks (cr, &side->frame);
  cairo_restore (cr);
}

/* ---- words --------------------------------------------------------------------------------- */

static void
paint_side (cairo_t *cr,
            const LloydPicture *self,
            const LloydPictureSide *side,
            const LloydChartStyle *style)
{
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.0, 0.0, self->width, 1.0, TRUE, side->title);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.0, 19.0, self->width, 0.8, FALSE, side->status);
  cairo_save (cr);
  cairo_translate (cr, 0.0, SIDE_HEAD);
  paint_pane (cr, self, side);
  if (self->has_numbers)
    lloyd_paint_numbers (cr, &side->frame, LLOYD_PICTURE_SCALE, style->font);
  lloyd_chart_set_colour (cr, style->foreground, 0.25);
  cairo_set_line_width (cr, 0.75);
  cairo_rectangle (cr, 0.0, 0.0, self->width, self->height);
  cairo_stroke (cr);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.0, self->height + 5.0, self->width, 0.8, FALSE,
                    side->axes);
  cairo_restore (cr);
}

/* "0 · Adélie · 151": a cluster's number, name and rows. */
static char *
dup_entry (const LloydPicture *self, guint j)
{
  const LloydSnapshot *snapshot = self->sides[0].snapshot;
  const char *name = j < self->names->len ? self->names->pdata[j] : NULL;
  g_autofree char *rows = lloyd_words_count ((guint64) MAX (snapshot->sizes[j], 0));
  if (snapshot->position == 0 || self->n_sides > 1)
    return name != NULL ? g_strdup_printf ("%u · %s", j, name) : g_strdup_printf ("%u", j);
  return name != NULL ? g_strdup_printf ("%u · %s · %s", j, name, rows)
                      : g_strdup_printf ("%u · %s", j, rows);
}

static void
paint_legend (cairo_t *cr, const LloydPicture *self, const LloydChartStyle *style, double width)
{
  const LloydPictureSide *side = &self->sides[0];
  guint columns = count_columns (width), k = side->snapshot->k, n = MIN (k, LLOYD_PICTURE_LEGEND);

  for (guint j = 0; j < count_entries (self); j++)
    {
      double x = (j % columns) * LEGEND_COLUMN, y = (j / columns) * LEGEND_ROW;
      if (j == n)
        {
          g_autofree char *more = g_strdup_printf (_ ("and %u more"), k - n);
          lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, x, y, LEGEND_COLUMN, 0.8, FALSE, more);
          break;
        }
      g_autofree char *entry = dup_entry (self, j);
      lloyd_chart_set_colour (cr, side->colours[j], 1.0);
      cairo_arc (cr, x + SWATCH / 2.0, y + 9.0, SWATCH / 2.0, 0.0, 2.0 * G_PI);
      cairo_fill (cr);
      lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, x + SWATCH + 6.0, y,
                        LEGEND_COLUMN - SWATCH - 14.0, 0.9, FALSE, entry);
    }
}

void
lloyd_paint_picture (
    cairo_t *cr, double width, double height, const LloydChartStyle *style, gconstpointer picture)
{
  const LloydPicture *self = picture;

  (void) height;
  cairo_save (cr);
  cairo_translate (cr, MARGIN, MARGIN);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.0, 0.0, width - 2.0 * MARGIN, 0.65, FALSE,
                    self->title);
  for (guint i = 0; i < self->n_sides; i++)
    {
      cairo_save (cr);
      cairo_translate (cr, i * (self->width + GAP), HEAD);
      paint_side (cr, self, &self->sides[i], style);
      cairo_restore (cr);
    }
  cairo_translate (cr, 0.0, HEAD + SIDE_HEAD + self->height + AXES + 6.0);
  paint_legend (cr, self, style, width);
  cairo_restore (cr);
}
