#include "ui/charts/text.h"

#include <glib/gi18n.h>
#include <math.h>

void
lloyd_chart_set_colour (cairo_t *cr, LloydColour colour, double alpha)
{
  cairo_set_source_rgba (cr, (double) colour.r, (double) colour.g, (double) colour.b, alpha);
}

static double
draw_text (cairo_t *cr,
           const LloydChartStyle *style,
           LloydTextAlign align,
           double x,
           double y,
           double max_width,
           double alpha,
           gboolean is_bold,
           PangoEllipsizeMode cut,
           const char *text)
{
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (cr);
  g_autoptr (PangoFontDescription) font = pango_font_description_copy (style->font);
  int width, height;

  if (max_width <= 0.0)
    return 0.0;
  if (is_bold)
    pango_font_description_set_weight (font, PANGO_WEIGHT_SEMIBOLD);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_set_width (layout, (int) (max_width * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, cut);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_get_pixel_size (layout, &width, &height);

  double left = x;
  if (align == LLOYD_TEXT_CENTRE)
    left -= width / 2.0;
  else if (align == LLOYD_TEXT_RIGHT)
    left -= width;
  lloyd_chart_set_colour (cr, style->foreground, alpha);
  cairo_move_to (cr, round (left), y);
  pango_cairo_show_layout (cr, layout);
  return width;
}

double
lloyd_chart_text (cairo_t *cr,
                  const LloydChartStyle *style,
                  LloydTextAlign align,
                  double x,
                  double y,
                  double max_width,
                  double alpha,
                  gboolean is_bold,
                  const char *text)
{
  return draw_text (cr, style, align, x, y, max_width, alpha, is_bold, PANGO_ELLIPSIZE_END, text);
}

double
lloyd_chart_name (cairo_t *cr,
                  const LloydChartStyle *style,
                  double x,
                  double y,
                  double max_width,
                  const char *name)
{
  return draw_text (cr, style, LLOYD_TEXT_LEFT, x, y, max_width, 0.95, FALSE,
                    PANGO_ELLIPSIZE_MIDDLE, name);
}

void
lloyd_chart_begin (cairo_t *cr, double width, double height)
{
  cairo_save (cr);
  cairo_rectangle (cr, 0.0, 0.0, width, height);
  cairo_clip (cr);
}

void
lloyd_chart_end (cairo_t *cr)
{
  cairo_restore (cr);
}

void
lloyd_chart_head (
    cairo_t *cr, const LloydChartStyle *style, double width, const char *title, const char *value)
{
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_RIGHT;
  double used =
      lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, LLOYD_CHART_LEFT, 7.0, room, 0.9, TRUE, title);
  lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, width - LLOYD_CHART_RIGHT, 7.0, room - used - 12.0,
                    0.75, FALSE, value);
}

/* What a part of it takes beside its word. */
#define LEGEND_PART 22.0

/* Nothing is drawn where alpha is 0: only measured. */
static double
legend_part (cairo_t *cr, const LloydChartStyle *style, double x, double strength, const char *text)
{
  lloyd_chart_set_colour (cr, style->accent, strength);
  cairo_rectangle (cr, x, 11.0, 8.0, 8.0);
  cairo_fill (cr);
  return x + 12.0 +
         lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, x + 12.0, 7.0, 90.0, 0.6, FALSE, text) +
         10.0;
}

double
lloyd_chart_measure (cairo_t *cr, const LloydChartStyle *style, gboolean is_bold, const char *text)
{
  return lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.0, 0.0, 1000.0, 0.0, is_bold, text);
}

void
lloyd_chart_legend (
    cairo_t *cr, const LloydChartStyle *style, double width, const char *title, const char *value)
{
  double legend = 2.0 * LEGEND_PART + lloyd_chart_measure (cr, style, FALSE, _ ("assign")) +
                  lloyd_chart_measure (cr, style, FALSE, _ ("update"));
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_RIGHT - 14.0 - legend -
                lloyd_chart_measure (cr, style, FALSE, value);
  double used = lloyd_chart_measure (cr, style, TRUE, title);
  if (width < LLOYD_CHART_LEGEND || used > room)
    return;
  double x = legend_part (cr, style, LLOYD_CHART_LEFT + used + 14.0, 1.0, _ ("assign"));
  legend_part (cr, style, x, LLOYD_CHART_UPDATE, _ ("update"));
}

void
lloyd_chart_empty (
    cairo_t *cr, const LloydChartStyle *style, double width, double height, const char *text)
{
  lloyd_chart_text (cr, style, LLOYD_TEXT_CENTRE, width / 2.0, height / 2.0 - 2.0, width - 16.0,
                    0.55, FALSE, text);
}

guint
lloyd_chart_fit_names (guint n_names, guint n_columns, double height, double line)
{
  guint n_places = (guint) MAX (floor (height / line), 1.0) * n_columns;
  return n_names <= n_places ? n_names : n_places - 1;
}

void
lloyd_chart_more_names (
    cairo_t *cr, const LloydChartStyle *style, double x, double y, double max_width, guint n_more)
{
  g_autofree char *text = g_strdup_printf (_ ("and %u more"), n_more);
  if (n_more > 0)
    lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, x, y, max_width, 0.9, FALSE, text);
}
