#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/axis.h"
#include "ui/charts/bench.h"
#include "ui/charts/text.h"

/* Where the points lie, a little more on each side. */
typedef struct
{
  double low, high, from, to;
} Axis;

static Axis
make_axis (const LloydWrongsChart *chart, guint which, double from, double to)
{
  Axis axis = { INFINITY, -INFINITY, from, to };
  for (guint i = 0; i < chart->n_around; i++)
    {
      axis.low = MIN (axis.low, chart->around[2 * i + which]);
      axis.high = MAX (axis.high, chart->around[2 * i + which]);
    }
  for (guint i = 0; i < chart->n_wrong; i++)
    {
      axis.low = MIN (axis.low, chart->wrong[2 * i + which]);
      axis.high = MAX (axis.high, chart->wrong[2 * i + which]);
    }
  double room = axis.high > axis.low ? 0.04 * (axis.high - axis.low) : 1.0;
  axis.low -= room;
  axis.high += room;
  return axis;
}

static double
axis_at (const Axis *self, double v)
{
  return self->from + (v - self->low) / (self->high - self->low) * (self->to - self->from);
}

static void
paint_dots (cairo_t *cr, const Axis *x, const Axis *y, const double *places, guint n, double radius)
{
  for (guint i = 0; i < n; i++)
    {
      cairo_new_sub_path (cr);
      cairo_arc (cr, axis_at (x, places[2 * i]), axis_at (y, places[2 * i + 1]), radius, 0.0,
                 2.0 * G_PI);
    }
}

/* The ends of an axis in numbers, its name between them. */
static void
paint_ends (cairo_t *cr,
            const LloydChartStyle *style,
            const Axis *axis,
            const char *name,
            double y,
            double em)
{
  double width = fabs (axis->to - axis->from);
  g_autofree char *low = g_strdup_printf ("%.4g", axis->low);
  g_autofree char *high = g_strdup_printf ("%.4g", axis->high);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, axis->from, y, 0.3 * width, 0.85, FALSE, low);
  lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, axis->to, y, 0.3 * width, 0.85, FALSE, high);
  lloyd_chart_text (cr, style, LLOYD_TEXT_CENTRE, (axis->from + axis->to) / 2.0, y,
                    0.4 * width + em, 0.85, FALSE, name);
}

static void
paint_plot (cairo_t *cr,
            double width,
            double height,
            const LloydChartStyle *style,
            const LloydWrongsChart *chart)
{
  double em = lloyd_chart_em (style), left = 3.0 * em, right = width - 2.0 * em;
  double top = 3.0 * em, bottom = height - 2.6 * em;
  Axis x = make_axis (chart, 0, left, right), y = make_axis (chart, 1, bottom, top);

  lloyd_chart_set_colour (cr, style->foreground, 0.25);
  cairo_set_line_width (cr, 1.0);
  cairo_rectangle (cr, left, top, right - left, bottom - top);
  cairo_stroke (cr);
  paint_dots (cr, &x, &y, chart->around, chart->n_around, 0.1 * em);
  lloyd_chart_set_colour (cr, style->foreground, 0.35);
  cairo_fill (cr);
  paint_dots (cr, &x, &y, chart->wrong, chart->n_wrong, 0.36 * em);
  lloyd_chart_set_colour (cr, chart->colour, 1.0);
  cairo_fill_preserve (cr);
  lloyd_chart_set_colour (cr, style->foreground, 1.0);
  cairo_set_line_width (cr, 0.08 * em);
  cairo_stroke (cr);
  paint_ends (cr, style, &x, chart->x_name, bottom + 0.5 * em, em);

  cairo_save (cr);
  cairo_translate (cr, 0.9 * em, bottom);
  cairo_rotate (cr, -G_PI / 2.0);
  Axis upwards = { y.low, y.high, 0.0, bottom - top };
  paint_ends (cr, style, &upwards, chart->y_name, 0.0, em);
  cairo_restore (cr);
}

void
lloyd_paint_wrongs (cairo_t *cr,
                    double width,
                    double height,
                    const LloydChartStyle *style,
                    const LloydWrongsChart *chart)
{
  double em = lloyd_chart_em (style);
  lloyd_chart_begin (cr, width, height);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.9 * em, 0.6 * em, width - 1.8 * em, 0.9, TRUE,
                    chart->title);
  if (chart->n_wrong == 0)
    lloyd_chart_empty (cr, style, width, height, _ ("No label is known to be wrong"));
  else if (width > 16.0 * em && height > 10.0 * em)
    paint_plot (cr, width, height, style, chart);
  lloyd_chart_end (cr);
}
