#include "ui/charts/axis.h"

#include <math.h>

#include "ui/charts/text.h"

#define MAX_TICKS 64
/* Below so many decades an axis ends between them. */
#define FEW_DECADES 2.0

double
lloyd_chart_em (const LloydChartStyle *style)
{
  double size = (double) pango_font_description_get_size (style->font) / PANGO_SCALE;
  return pango_font_description_get_size_is_absolute (style->font) ? size : size * 96.0 / 72.0;
}

/* The largest of 1, 2, 5, 10, ... not above a value, or the smallest not below it. */
static double
round_to (double value, gboolean is_up)
{
  double decade = pow (10.0, floor (log10 (value) + 1e-9)), part = value / decade;
  static const double parts[] = { 1.0, 2.0, 5.0, 10.0 };
  for (guint i = 0; i < 3; i++)
    if (is_up ? part <= parts[i] * (1.0 + 1e-9) : part < parts[i + 1] * (1.0 - 1e-9))
      return decade * parts[i];
  return decade * parts[is_up ? 3 : 2];
}

LloydLogAxis
lloyd_log_axis (double low, double high, double from, double to)
{
  LloydLogAxis self = { 1.0, 10.0, from, to };
  if (!(low > 0.0 && high >= low && isfinite (high)))
    return self;
  if (log10 (high / low) > FEW_DECADES)
    {
      self.low = pow (10.0, floor (log10 (low) + 1e-9));
      self.high = round_to (high, TRUE);
      return self;
    }
  self.low = round_to (low, FALSE);
  self.high = round_to (high, TRUE);
  if (self.high / self.low < 3.0)
    {
      self.low = round_to (self.low * 0.7, FALSE);
      self.high = round_to (self.high * 1.5, TRUE);
    }
  return self;
}

double
lloyd_log_axis_at (const LloydLogAxis *self, double value)
{
  return self->from +
         (self->to - self->from) * log (value / self->low) / log (self->high / self->low);
}

guint
lloyd_log_axis_ticks (const LloydLogAxis *self, double room, double *ticks, guint n_ticks)
{
  double decades = log10 (self->high / self->low);
  double pixels = fabs (self->to - self->from) / decades;
  gboolean has_parts = pixels * log10 (2.0) >= room;
  int step = MAX (1, (int) ceil (room / MAX (pixels, 1e-9) - 1e-9)), n = 0;
  int first = (int) floor (log10 (self->low) - 1e-9), last = (int) ceil (log10 (self->high));
  guint found = 0;

  for (int decade = first; decade <= last; decade++, n++)
    for (guint part = 0; part < 3; part++)
      {
        static const double parts[] = { 1.0, 2.0, 5.0 };
        double value = parts[part] * pow (10.0, decade);
        gboolean is_shown = part == 0 ? ((decade % step) + step) % step == 0 : has_parts;
        if (is_shown && value >= self->low * (1.0 - 1e-9) && value <= self->high * (1.0 + 1e-9) &&
            found < n_ticks)
          ticks[found++] = value;
      }
  return found;
}

char *
lloyd_chart_tick_number (double value)
{
  static const struct
  {
    double unit;
    const char *name;
  } units[] = {
    { 1e15, "P" }, { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 1.0, "" }
  };
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++)
    if (value >= units[i].unit * (1.0 - 1e-9))
      return g_strdup_printf ("%.3g%s%s", value / units[i].unit,
                              units[i].name[0] != '\0' ? "\u202f" : "", units[i].name);
  return g_strdup_printf ("%.4g", value);
}

char *
lloyd_chart_tick_duration (double ms)
{
  if (ms >= 1000.0 * (1.0 - 1e-9))
    return g_strdup_printf ("%.4g s", ms / 1000.0);
  if (ms >= 1.0 - 1e-9)
    return g_strdup_printf ("%.4g ms", ms);
  if (ms >= 1e-3 * (1.0 - 1e-9))
    return g_strdup_printf ("%.4g µs", ms * 1e3);
  return g_strdup_printf ("%.4g ns", ms * 1e6);
}

static void
paint_line (cairo_t *cr, const LloydChartStyle *style, double x1, double y1, double x2, double y2)
{
  cairo_set_line_width (cr, 1.0);
  lloyd_chart_set_colour (cr, style->foreground, 0.13);
  cairo_move_to (cr, floor (x1) + 0.5, floor (y1) + 0.5);
  cairo_line_to (cr, floor (x2) + 0.5, floor (y2) + 0.5);
  cairo_stroke (cr);
}

/* Lines from top to bottom, and numbers at text_y. */
static void
paint_across (cairo_t *cr,
              const LloydChartStyle *style,
              const LloydLogAxis *axis,
              double top,
              double bottom,
              double text_y,
              char *(*dup_text) (double value))
{
  double ticks[MAX_TICKS], em = lloyd_chart_em (style);
  guint n = lloyd_log_axis_ticks (axis, 4.5 * em, ticks, MAX_TICKS);
  for (guint i = 0; i < n; i++)
    {
      double x = lloyd_log_axis_at (axis, ticks[i]);
      g_autofree char *text = dup_text (ticks[i]);
      paint_line (cr, style, x, top, x, bottom);
      lloyd_chart_text (cr, style, LLOYD_TEXT_CENTRE, x, text_y, 8.0 * em, 0.7, FALSE, text);
    }
}

void
lloyd_paint_bottom_axis (cairo_t *cr,
                         const LloydChartStyle *style,
                         const LloydLogAxis *axis,
                         double top,
                         double bottom,
                         char *(*dup_text) (double value))
{
  paint_across (cr, style, axis, top, bottom, bottom + 0.25 * lloyd_chart_em (style), dup_text);
}

void
lloyd_paint_top_axis (cairo_t *cr,
                      const LloydChartStyle *style,
                      const LloydLogAxis *axis,
                      double top,
                      double bottom,
                      char *(*dup_text) (double value))
{
  paint_across (cr, style, axis, top, bottom, top - 1.7 * lloyd_chart_em (style), dup_text);
}

void
lloyd_paint_left_axis (cairo_t *cr,
                       const LloydChartStyle *style,
                       const LloydLogAxis *axis,
                       double left,
                       double right,
                       char *(*dup_text) (double value))
{
  double ticks[MAX_TICKS], em = lloyd_chart_em (style);
  guint n = lloyd_log_axis_ticks (axis, 1.7 * em, ticks, MAX_TICKS);
  for (guint i = 0; i < n; i++)
    {
      double y = lloyd_log_axis_at (axis, ticks[i]);
      g_autofree char *text = dup_text (ticks[i]);
      paint_line (cr, style, left, y, right, y);
      lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, left - 0.5 * em, y - 0.75 * em, 8.0 * em, 0.7,
                        FALSE, text);
    }
}
