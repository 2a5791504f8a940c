#include "ui/charts/deviations.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/text.h"
#include "ui/words/words.h"

#define ROW_HEIGHT 40.0
#define BAR_HEIGHT 8.0
#define BAR_TOP 20.0
#define EDGE 2.0
/* Room for the number beside a bar. */
#define NUMBER_WIDTH 44.0
/* A deviation of so many standard deviations fills the chart, or the largest there is. */
#define LEAST_SCALE 1.0

double
lloyd_deviation_chart_height (guint n)
{
  return ROW_HEIGHT * n;
}

static double
find_scale (const LloydDeviationChart *chart)
{
  double scale = LEAST_SCALE;
  for (guint i = 0; i < chart->n; i++)
    if (isfinite (chart->columns[i].deviation))
      scale = MAX (scale, fabs (chart->columns[i].deviation));
  return scale;
}

static void
paint_bar (cairo_t *cr,
           double width,
           double y,
           const LloydChartStyle *style,
           double deviation,
           double scale)
{
  double middle = width / 2.0, room = middle - NUMBER_WIDTH - EDGE;
  double length = isfinite (deviation) ? deviation / scale * MAX (room, 0.0) : 0.0;
  g_autofree char *text = g_strdup_printf ("%+.2f σ", deviation);

  lloyd_chart_set_colour (cr, style->accent, 1.0);
  cairo_rectangle (cr, MIN (middle, middle + length), y, fabs (length), BAR_HEIGHT);
  cairo_fill (cr);
  lloyd_chart_set_colour (cr, style->foreground, 0.6);
  cairo_rectangle (cr, round (middle) - 0.5, y - 2.0, 1.0, BAR_HEIGHT + 4.0);
  cairo_fill (cr);
  lloyd_chart_text (cr, style, length < 0.0 ? LLOYD_TEXT_RIGHT : LLOYD_TEXT_LEFT,
                    middle + length + (length < 0.0 ? -5.0 : 5.0), y - 5.0, NUMBER_WIDTH + 10.0,
                    0.75, FALSE, text);
}

static void
paint_row (cairo_t *cr,
           double width,
           double y,
           const LloydChartStyle *style,
           const LloydDeviationChart *chart,
           guint i,
           double scale)
{
  const LloydDeviation *column = &chart->columns[i];
  g_autofree char *mean = lloyd_words_number (column->mean);
  g_autofree char *overall = lloyd_words_number (column->overall);
  g_autofree char *values = g_strdup_printf (_ ("%s, all %s"), mean, overall);
  double used = lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, width - EDGE, y, 0.6 * width, 0.75,
                                  FALSE, values);

  lloyd_chart_name (cr, style, EDGE, y, width - used - 2.0 * EDGE - 10.0,
                    chart->names[column->column]);
  paint_bar (cr, width, y + BAR_TOP, style, column->deviation, scale);
}

void
lloyd_paint_deviations (cairo_t *cr,
                        double width,
                        double height,
                        const LloydChartStyle *style,
                        const LloydDeviationChart *chart)
{
  double scale = find_scale (chart);
  lloyd_chart_begin (cr, width, height);
  for (guint i = 0; i < chart->n; i++)
    paint_row (cr, width, ROW_HEIGHT * i, style, chart, i, scale);
  lloyd_chart_end (cr);
}

char *
lloyd_describe_deviations (const LloydDeviationChart *chart)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < chart->n; i++)
    {
      const LloydDeviation *column = &chart->columns[i];
      g_autofree char *mean = lloyd_words_number (column->mean);
      g_autofree char *overall = lloyd_words_number (column->overall);
      g_string_append_printf (
          text,
          column->deviation < 0.0 ? _ ("%s%s: %.2f standard deviations below all, %s against %s")
                                  : _ ("%s%s: %.2f standard deviations above all, %s against %s"),
          i > 0 ? "; " : "", chart->names[column->column], fabs (column->deviation), mean, overall);
    }
  return g_string_free (text, FALSE);
}
