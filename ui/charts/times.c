#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#include "compute/session/comparison.h"
#include "ui/charts/charts.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

#define MAX_BAR_WIDTH 18.0
#define HATCH_SPACING 4.0
/* How strong all bars but the one that is looked at are: 3 to 1 against a white page. */
#define OTHER_STEPS 0.75
/* Of so many steps, those that took more than so many times what most took stand out of the chart.
 */
#define MANY_STEPS 10
#define OUTLIER 2

/* From one bar to the next. */
static double
pitch_of (double room, guint n)
{
  return MIN (room / MAX (n, 1), MAX_BAR_WIDTH);
}

/* Where bar i of n stands: left edge and width. */
static void
place_bar (double width, guint n, guint i, double *x, double *w)
{
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_RIGHT;
  double pitch = pitch_of (room, n);
  *x = LLOYD_CHART_LEFT + pitch * i;
  *w = pitch > 3.0 ? pitch - MAX (1.0, 0.15 * pitch) : pitch;
}

guint
lloyd_time_chart_step_at (double width, guint n_steps, double x)
{
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_RIGHT;
  double at = (x - LLOYD_CHART_LEFT) / pitch_of (room, n_steps);
  return n_steps > 0 && room > 0.0 && at >= 0.0 && at < n_steps ? (guint) at + 1 : 0;
}

double
lloyd_time_chart_x_of (double width, guint n_steps, guint step)
{
  double left, w;
  place_bar (width, MAX (n_steps, 1), MAX (step, 1) - 1, &left, &w);
  return left + 0.5 * w;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return (x > y) - (x < y);
}

gint64
lloyd_time_chart_top (const LloydStep *steps, guint n_steps)
{
  gint64 top = 0;
  /* The first step warms caches up: it may stand out of the chart, but not squeeze the others. */
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = n_steps > 2 ? 1 : 0; i < n_steps; i++)
    {
      gint64 time_ns = lloyd_step_time_ns (&steps[i]);
      g_array_append_val (times, time_ns);
      top = MAX (top, time_ns);
    }
  if (times->len < MANY_STEPS)
    return top;
  /* Nor may a few that something else held up. */
  g_array_sort (times, compare_times);
  return MIN (top, OUTLIER * g_array_index (times, gint64, times->len * 9 / 10));
}

/* Of steps without pauses, if there are any: between others the device idles. */
static char *
median_text (const LloydTimeChart *chart, gboolean is_narrow)
{
  g_autofree gint64 *times = g_new (gint64, chart->n_steps);
  gboolean are_all_paced = TRUE;
  guint n = 0;
  for (guint i = 0; i < chart->n_steps; i++)
    are_all_paced &= chart->steps[i].is_paced;
  for (guint i = 0; i < chart->n_steps; i++)
    if (are_all_paced || !chart->steps[i].is_paced)
      times[n++] = lloyd_step_time_ns (&chart->steps[i]);
  qsort (times, n, sizeof *times, compare_times);
  g_autofree char *median = lloyd_words_duration (times[n / 2]);
  if (is_narrow)
    return g_steal_pointer (&median);
  return g_strdup_printf (are_all_paced ? _ ("median %s, paced") : _ ("median %s"), median);
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
  double alpha = chart->current == 0 || chart->current == step->step ? 1.0 : OTHER_STEPS;

  place_bar (width, chart->n_steps, i, &x, &w);
  paint_part (cr, style, step->is_paced, alpha, x, base - assign, w, assign);
  paint_part (cr, style, step->is_paced, LLOYD_CHART_UPDATE * alpha, x, base - assign - update, w,
              update);
  if (lloyd_step_time_ns (step) > top_ns)
    {
      /* It goes on beyond. */
      lloyd_chart_set_colour (cr, style->foreground, 0.8);
      cairo_rectangle (cr, x, base - room - 2.0, MAX (w, 2.0), 2.0);
      cairo_fill (cr);
    }
  if (chart->chosen != step->step)
    return;
  cairo_set_line_width (cr, 1.5);
  lloyd_chart_set_colour (cr, style->foreground, 0.9);
  cairo_rectangle (cr, x - 1.5, LLOYD_CHART_TOP - 2.0, w + 3.0, room + 2.0);
  cairo_stroke (cr);
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
  lloyd_chart_legend (cr, style, width, title_text (width), median);
  for (guint i = 0; i < chart->n_steps; i++)
    paint_bar (cr, style, chart, i, width, height, top_ns);
  lloyd_chart_set_colour (cr, style->foreground, 0.3);
  cairo_set_line_width (cr, 1.0);
  cairo_move_to (cr, LLOYD_CHART_LEFT, base + 0.5);
  cairo_line_to (cr, width - LLOYD_CHART_RIGHT, base + 0.5);
  cairo_stroke (cr);

  g_autofree char *top = lloyd_words_duration (top_ns);
  g_autofree char *prepare = lloyd_words_duration (chart->prepare_ns);
  g_autofree char *scale = g_strdup_printf (_ ("top %s"), top);
  g_autofree char *both = g_strdup_printf (_ ("top %s · prepare %s"), top, prepare);
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_BUTTON;
  /* A number that is cut off is none. */
  gboolean has_room = lloyd_chart_measure (cr, style, FALSE, both) <= room;
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, LLOYD_CHART_LEFT, base + 2.0, room, 0.7, FALSE,
                    chart->prepare_ns > 0 && has_room ? both : scale);
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
