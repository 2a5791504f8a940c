#include "ui/draw/numbers.h"

/* Width of a mark's halo, which carries no colour of the cluster. */
#define HALO 3.5
#define HALO_STROKE 3.0
#define SIZE_INSIDE 0.8
#define SIZE_BESIDE 11.0

static void
set_colour (cairo_t *cr, LloydColour c)
{
  cairo_set_source_rgb (cr, (double) c.r, (double) c.g, (double) c.b);
}

/* Black or white, whichever is read better on a colour. */
static LloydColour
ink_on (LloydColour colour)
{
  const LloydColour black = { 0, 0, 0 }, white = { 1, 1, 1 };
  return lloyd_colour_contrast (colour, white) >= lloyd_colour_contrast (colour, black) ? white
                                                                                        : black;
}

static void
set_size (PangoLayout *layout, const PangoFontDescription *font, double size)
{
  g_autoptr (PangoFontDescription) own = pango_font_description_copy (font);
  pango_font_description_set_weight (own, PANGO_WEIGHT_BOLD);
  pango_font_description_set_absolute_size (own, size * PANGO_SCALE);
  pango_layout_set_font_description (layout, own);
}

static void
paint_number (cairo_t *cr,
              const LloydMark *mark,
              double factor,
              LloydColour background,
              PangoLayout *layout,
              const PangoFontDescription *font)
{
  double x = (double) mark->x / factor, y = (double) mark->y / factor;
  double room = (double) mark->size / factor - 2.0 * HALO;
  PangoRectangle ink;

  set_size (layout, font, MAX (room, 1.0) * SIZE_INSIDE);
  pango_layout_get_pixel_extents (layout, &ink, NULL);
  if (room >= 12.0 && ink.width <= room)
    {
      cairo_move_to (cr, x - ink.x - ink.width / 2.0, y - ink.y - ink.height / 2.0);
      set_colour (cr, ink_on (mark->colour));
      pango_cairo_show_layout (cr, layout);
      return;
    }
  set_size (layout, font, SIZE_BESIDE);
  pango_layout_get_pixel_extents (layout, &ink, NULL);
  double half = (double) mark->size / factor / 2.0;
  cairo_move_to (cr, x + half + 2.0 - ink.x, y - half - ink.y);
  pango_cairo_layout_path (cr, layout);
  set_colour (cr, background);
  cairo_set_line_width (cr, HALO_STROKE);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke_preserve (cr);
  set_colour (cr, ink_on (background));
  cairo_fill (cr);
}

void
lloyd_paint_numbers (cairo_t *cr,
                     const LloydFrame *frame,
                     double factor,
                     const PangoFontDescription *font)
{
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (cr);
  guint number = 0;

  for (guint i = 0; i < frame->n_marks; i++)
    {
      char text[12];
      if (frame->marks[i].kind != LLOYD_MARK_CENTROID && frame->marks[i].kind != LLOYD_MARK_PINNED)
        continue;
      g_snprintf (text, sizeof text, "%u", number++);
      pango_layout_set_text (layout, text, -1);
      paint_number (cr, &frame->marks[i], factor, frame->background, layout, font);
    }
}
