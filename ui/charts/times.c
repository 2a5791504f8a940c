#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#include "compute/session/comparison.h"
#include "ui/charts/charts.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

#define MAX_BAR_WIDTH 18.0
#define HATCH_SPACING 4.0

/* Where bar i of n stands: left edge and width. */
static void
place_bar (double width, guint n, guint i, double *x, double *w)
{
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_RIGHT;
  double pitch = MIN (room / n, MAX_BAR_WIDTH);
  *x = LLOYD_CHART_LEFT + pitch * i;
  *w = pitch > 3.0 ? pitch - MAX (1.0, 0.15 * pitch) : pitch;
}

guint
lloyd_time_chart_step_at (double width, guint n_steps, double x)
{
  for (guint i = 0; i < n_steps; i++)
    {
      double left, w;
      place_bar (width, n_steps, i, &left, &w);
      if (x >= left && x < left + w + 1.0)
        return i + 1;
    }
  return 0;
}

gint64
lloyd_time_chart_top (const LloydStep *steps, guint n_steps)
{
  gint64 top = 0;
  /* The first step warms caches up: it may stand out of the chart, but not squeeze the others. */
  for (guint i = n_steps > 2 ? 1 : 0; i < n_steps; i++)
    top = MAX (top, lloyd_step_time_ns (&steps[i]));
  return top;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return (x > y) - (x < y);
}

static char *
median_text (const LloydTimeChart *chart, gboolean is_narrow)
{
  g_autofree gint64 *times = g_new (gint64, chart->n_steps);
  for (guint i = 0; i < chart->n_steps; i++)
    times[i] = lloyd_step_time_ns (&chart->steps[i]);
  qsort (times, chart->n_steps, sizeof *times, compare_times);
  g_autofree char *median = lloyd_words_duration (times[chart->n_steps / 2]);
  return is_narrow ? g_steal_pointer (&median) : g_strdup_printf (_ ("median %s"), median);
}

/* Diagonal strokes instead of a full bar: the device idled between such steps. */
static void
hatch (cairo_t *cr, double x, double y, double w, double h)
{
  cairo_save (cr);
  cairo_rectangle (cr, x, y, w, h);
  cairo_clip (cr);
  cairo_set_line_width (cr, 1.2);
  for (double at = -h; at < w; at += HATCH_SPACING)
    {
      cairo_move_to (cr, x + at, y + h);
      cairo_line_to (cr, x + at + h, y);
    }
  cairo_stroke (cr);
  cairo_restore (cr);
  cairo_set_line_width (cr, 1.0);
  cairo_rectangle (cr, x + 0.5, y + 0.5, MAX (w - 1.0, 0.5), MAX (h - 1.0, 0.5));
  cairo_stroke (cr);
}

static void
paint_part (cairo_t *cr,
            const LloydChartStyle *style,
            gboolean is_hatched,
            double alpha,
            double x,
            double y,
            double w,
            double h)
{
  if (h <= 0.0)
    return;
  lloyd_chart_set_colour (cr, style->accent, alpha);
  if (is_hatched && w >= 4.0)
    hatch (cr, x, y, w, h);
  else
    {
      cairo_rectangle (cr, x, y, w, h);
      cairo_fill (cr);
    }
}

static void
paint_bar (cairo_t *cr,
           const LloydChartStyle *style,
           const LloydTimeChart *chart,
           guint i,
           double width,
           double height,
           gint64 top_ns)
{
  const LloydStep *step = &chart->steps[i];
  double x, w, base = height - LLOYD_CHART_BOTTOM, room = base - LLOYD_CHART_TOP;
  double per_ns = top_ns > 0 ? room / (double) top_ns : 0.0;
  double assign = MIN ((double) step->assign_ns * per_ns, room);
  double update = MIN ((double) step->update_ns * per_ns, room - assign);
  double alpha = chart->current == 0 || chart->current == step->step ? 1.0 : 0.55;

  place_bar (width, chart->n_steps, i, &x, &w);
  paint_part (cr, style, step->is_paced, alpha, x, base - assign, w, assign);
  paint_part (cr, style, step->is_paced, 0.5 * alpha, x, base - assign - update, w, update);
}

static const char *
title_text (double width)
{
  return width < LLOYD_CHART_TINY ? _ ("Time") : _ ("Time a step");
}

static void
paint_bars (cairo_t *cr,
            double width,
            double height,
            const LloydChartStyle *style,
            const LloydTimeChart *chart)
{
  g_autofree char *median = median_text (chart, width < LLOYD_CHART_NARROW);
  gint64 top_ns =
      chart->top_ns > 0 ? chart->top_ns : lloyd_time_chart_top (chart->steps, chart->n_steps);
  double base = height - LLOYD_CHART_BOTTOM;

  lloyd_chart_head (cr, style, width, title_text (width), median);
  for (guint i = 0; i < chart->n_steps; i++)
    paint_bar (cr, style, chart, i, width, height, top_ns);
  lloyd_chart_set_colour (cr, style->foreground, 0.3);
  cairo_set_line_width (cr, 1.0);
  cairo_move_to (cr, LLOYD_CHART_LEFT, base + 0.5);
  cairo_line_to (cr, width - LLOYD_CHART_RIGHT, base + 0.5);
  cairo_stroke (cr);

  g_autofree char *top = lloyd_words_duration (top_ns);
  g_autofree char *scale = g_strdup_printf (_ ("full height %s"), top);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, LLOYD_CHART_LEFT, base + 2.0, width - 20.0, 0.6,
                    FALSE, scale);
}

void
lloyd_paint_times (cairo_t *cr,
                   double width,
                   double height,
                   const LloydChartStyle *style,
                   const LloydTimeChart *chart)
{
  lloyd_chart_begin (cr, width, height);
  if (chart->n_steps == 0)
    {
      lloyd_chart_head (cr, style, width, title_text (width), "");
      lloyd_chart_empty (cr, style, width, height, _ ("No step yet"));
    }
  else
    paint_bars (cr, width, height, style, chart);
  lloyd_chart_end (cr);
}
