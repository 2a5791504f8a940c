#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/axis.h"
#include "ui/charts/bench.h"
#include "ui/charts/text.h"

/* What the title, the axis and the least of a plot take of the height. */
#define BESIDE_LEGEND 13.0

typedef struct
{
  cairo_t *cr;
  const LloydChartStyle *style;
  double em;
  LloydLogAxis x, y;
} Painter;

static void
find_range (const LloydGrowthChart *chart, double *x, double *y)
{
  x[0] = y[0] = INFINITY;
  x[1] = y[1] = 0.0;
  for (guint i = 0; i < chart->n_series; i++)
    for (guint j = 0; j < chart->series[i].n; j++)
      {
        x[0] = MIN (x[0], chart->series[i].x[j]);
        x[1] = MAX (x[1], chart->series[i].x[j]);
        y[0] = MIN (y[0], chart->series[i].min[j]);
        y[1] = MAX (y[1], chart->series[i].max[j]);
      }
}

/* The law, from the first value to the last. */
static void
paint_fit (const Painter *self, const LloydSeries *series)
{
  double dash = 0.3 * self->em, low = series->x[0], high = series->x[0];
  for (guint i = 1; i < series->n; i++)
    {
      low = MIN (low, series->x[i]);
      high = MAX (high, series->x[i]);
    }
  cairo_set_dash (self->cr, &dash, 1, 0.0);
  cairo_set_line_width (self->cr, 0.12 * self->em);
  lloyd_chart_set_colour (self->cr, series->colour, 0.8);
  cairo_move_to (self->cr, lloyd_log_axis_at (&self->x, low),
                 lloyd_log_axis_at (&self->y, series->factor * pow (low, series->slope)));
  cairo_line_to (self->cr, lloyd_log_axis_at (&self->x, high),
                 lloyd_log_axis_at (&self->y, series->factor * pow (high, series->slope)));
  cairo_stroke (self->cr);
  cairo_set_dash (self->cr, NULL, 0, 0.0);
}

static void
paint_point (const Painter *self, const LloydSeries *series, guint i)
{
  double x = lloyd_log_axis_at (&self->x, series->x[i]);
  double y = lloyd_log_axis_at (&self->y, series->median[i]);

  cairo_set_line_width (self->cr, 0.12 * self->em);
  lloyd_chart_set_colour (self->cr, series->colour, 0.8);
  cairo_move_to (self->cr, x, lloyd_log_axis_at (&self->y, series->min[i]));
  cairo_line_to (self->cr, x, lloyd_log_axis_at (&self->y, series->max[i]));
  cairo_stroke (self->cr);
  lloyd_chart_set_colour (self->cr, series->colour, 1.0);
  cairo_new_path (self->cr);
  cairo_arc (self->cr, x, y, 0.34 * self->em, 0.0, 2.0 * G_PI);
  if (!series->is_other)
    cairo_fill (self->cr);
  else
    {
      cairo_set_line_width (self->cr, 0.16 * self->em);
      cairo_stroke (self->cr);
    }
}

/* "CPU, Euclidean: grows as N to the power 0.98 ± 0.02". */
static char *
make_words (const LloydSeries *series)
{
  if (!series->has_fit)
    return g_strdup (series->name);
  if (isnan (series->error))
    return g_strdup_printf (_ ("%s: power %.3f"), series->name, series->slope);
  return g_strdup_printf (_ ("%s: power %.3f ± %.3f"), series->name, series->slope, series->error);
}

/* Side by side where there is room for two. */
static guint
count_columns (const LloydGrowthChart *chart, double em, double room)
{
  return chart->n_series > 3 && room > 52.0 * em ? 2 : 1;
}

static void
paint_legend (const Painter *self, const LloydGrowthChart *chart, double top, double room, guint n)
{
  double em = self->em;
  guint n_columns = count_columns (chart, em, room);
  room /= n_columns;
  for (guint i = 0; i < n; i++)
    {
      const LloydSeries *series = &chart->series[i];
      g_autofree char *words = make_words (series);
      double y = top + 1.5 * em * (i / n_columns), left = 1.0 * em + room * (i % n_columns);
      lloyd_chart_set_colour (self->cr, series->colour, 1.0);
      cairo_new_path (self->cr);
      cairo_arc (self->cr, left + 0.4 * em, y + 0.8 * em, 0.34 * em, 0.0, 2.0 * G_PI);
      if (!series->is_other)
        cairo_fill (self->cr);
      else
        {
          cairo_set_line_width (self->cr, 0.16 * em);
          cairo_stroke (self->cr);
        }
      lloyd_chart_text (self->cr, self->style, LLOYD_TEXT_LEFT, left + 1.2 * em, y, room - 2.2 * em,
                        0.9, FALSE, words);
    }
  lloyd_chart_more_names (self->cr, self->style, 2.2 * em + room * (n % n_columns),
                          top + 1.5 * em * (n / n_columns), room - 2.2 * em, chart->n_series - n);
}

static void
paint_plot (cairo_t *cr,
            double width,
            double height,
            const LloydChartStyle *style,
            const LloydGrowthChart *chart)
{
  double em = lloyd_chart_em (style), x[2], y[2];
  guint n_columns = count_columns (chart, em, width - 2.0 * em);
  guint n =
      lloyd_chart_fit_names (chart->n_series, n_columns, height - BESIDE_LEGEND * em, 1.5 * em);
  guint n_rows = (n + (n < chart->n_series) + n_columns - 1) / n_columns;
  double legend = 1.5 * em * n_rows + 0.5 * em;
  double left = 6.0 * em, right = width - 2.0 * em, top = 2.6 * em;
  double foot = height - legend, bottom = foot - 3.8 * em;
  Painter self = { cr, style, em };

  find_range (chart, x, y);
  self.x = lloyd_log_axis (x[0], x[1], left, right);
  self.y = lloyd_log_axis (y[0], y[1], bottom, MIN (top, bottom - em));
  lloyd_paint_bottom_axis (cr, style, &self.x, self.y.to, bottom, lloyd_chart_tick_number);
  lloyd_paint_left_axis (cr, style, &self.y, left, right, lloyd_chart_tick_duration);
  lloyd_chart_text (cr, style, LLOYD_TEXT_CENTRE, (left + right) / 2.0, foot - 1.9 * em,
                    right - left, 0.85, FALSE, chart->along);
  for (guint i = 0; i < chart->n_series; i++)
    {
      if (chart->series[i].has_fit)
        paint_fit (&self, &chart->series[i]);
      for (guint j = 0; j < chart->series[i].n; j++)
        paint_point (&self, &chart->series[i], j);
    }
  paint_legend (&self, chart, foot, width - 2.0 * em, n);
}

double
lloyd_growth_chart_height (const LloydChartStyle *style, const LloydGrowthChart *chart)
{
  return ceil (lloyd_chart_em (style) * (18.0 + 1.5 * chart->n_series));
}

void
lloyd_paint_growth (cairo_t *cr,
                    double width,
                    double height,
                    const LloydChartStyle *style,
                    const LloydGrowthChart *chart)
{
  double em = lloyd_chart_em (style);
  lloyd_chart_begin (cr, width, height);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.9 * em, 0.6 * em, width - 1.8 * em, 0.9, TRUE,
                    chart->title);
  if (chart->n_series == 0)
    lloyd_chart_empty (cr, style, width, height,
                       _ ("Measure several sizes to see how the time grows"));
  else if (width > 14.0 * em && height > 10.0 * em)
    paint_plot (cr, width, height, style, chart);
  lloyd_chart_end (cr);
}
