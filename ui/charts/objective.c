#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/charts.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

#define DOT_RADIUS 4.0

/* The value at a position, in half-steps from 1: after the assignment of a step, after its update.
 */
static double
value_at (const LloydObjectiveChart *chart, guint position)
{
  const LloydStep *step = &chart->steps[(position - 1) / 2];
  return position % 2 != 0 ? step->objective : step->objective_after_update;
}

/* The last position that has a value. */
static guint
last_position (const LloydObjectiveChart *chart)
{
  guint last = 2 * chart->n_steps;
  return isnan (value_at (chart, last)) ? last - 1 : last;
}

static char *
value_text (const LloydObjectiveChart *chart, double value)
{
  if (isnan (chart->total) || !isfinite (value))
    return lloyd_words_number (value);
  return g_strdup_printf (_ ("%.1f %%"), 100.0 * value / chart->total);
}

/* From the highest value to the lowest, which may be one and the same. */
static char *
range_text (const LloydObjectiveChart *chart, double high, double low)
{
  g_autofree char *from = value_text (chart, high);
  g_autofree char *to = value_text (chart, low);
  return g_str_equal (from, to) ? g_steal_pointer (&from)
                                : g_strdup_printf (_ ("%s to %s"), from, to);
}

/* The title says what percent are of. */
static const char *
title_text (const LloydObjectiveChart *chart, double width)
{
  if (isnan (chart->total) || width < LLOYD_CHART_NARROW)
    return _ ("Objective");
  return _ ("Objective, of its K = 1");
}

typedef struct
{
  double left, right, top, bottom;
  double low, high;
  guint last;
} Frame;

static double
x_at (const Frame *frame, guint position)
{
  /* A few steps do not spread over the whole width, so that the line grows from the left. */
  double span = MAX (frame->last, 12u);
  return frame->left + (frame->right - frame->left) * (position - 1) / span;
}

static double
y_at (const Frame *frame, double value)
{
  double range = frame->high - frame->low;
  double share = range > 0.0 ? (value - frame->low) / range : 0.5;
  return frame->bottom - share * (frame->bottom - frame->top);
}

static Frame
make_frame (const LloydObjectiveChart *chart, double width, double height)
{
  Frame frame = { .left = LLOYD_CHART_LEFT + DOT_RADIUS,
                  .right = width - LLOYD_CHART_RIGHT - DOT_RADIUS,
                  .top = LLOYD_CHART_TOP + DOT_RADIUS,
                  .bottom = height - LLOYD_CHART_BOTTOM,
                  .low = INFINITY,
                  .high = -INFINITY,
                  .last = last_position (chart) };
  for (guint p = 1; p <= frame.last; p++)
    {
      double value = value_at (chart, p);
      if (!isfinite (value))
        continue;
      frame.low = MIN (frame.low, value);
      frame.high = MAX (frame.high, value);
    }
  return frame;
}

/* Level from assignment to update, then down: each half-step is one stair. Values that are unknown
 * are passed over. */
static void
paint_stairs (cairo_t *cr,
              const LloydChartStyle *style,
              const LloydObjectiveChart *chart,
              const Frame *frame)
{
  double before = 0.0;
  cairo_new_path (cr);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_width (cr, 2.0);
  lloyd_chart_set_colour (cr, style->accent, 1.0);
  for (guint p = 1; p <= frame->last; p++)
    {
      double value = value_at (chart, p), x = x_at (frame, p), y = y_at (frame, value);
      if (!isfinite (value))
        continue;
      /* Without a current point this only moves there. */
      cairo_line_to (cr, x, cairo_has_current_point (cr) ? before : y);
      cairo_line_to (cr, x, y);
      before = y;
    }
  cairo_stroke (cr);
}

static void
paint_line (cairo_t *cr,
            double width,
            double height,
            const LloydChartStyle *style,
            const LloydObjectiveChart *chart)
{
  Frame frame = make_frame (chart, width, height);
  guint shown = CLAMP (chart->position, 1, frame.last);
  double value = value_at (chart, shown);
  g_autofree char *text = value_text (chart, value);
  g_autofree char *range = range_text (chart, frame.high, frame.low);

  lloyd_chart_head (cr, style, width, title_text (chart, width), chart->position > 0 ? text : "");
  paint_stairs (cr, style, chart, &frame);
  if (chart->position > 0 && isfinite (value))
    {
      cairo_arc (cr, x_at (&frame, shown), y_at (&frame, value), DOT_RADIUS, 0.0, 2.0 * G_PI);
      lloyd_chart_set_colour (cr, style->accent, 1.0);
      cairo_fill (cr);
    }
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, LLOYD_CHART_LEFT, height - LLOYD_CHART_BOTTOM + 2.0,
                    width - 20.0, 0.6, FALSE, range);
}

void
lloyd_paint_objective (cairo_t *cr,
                       double width,
                       double height,
                       const LloydChartStyle *style,
                       const LloydObjectiveChart *chart)
{
  lloyd_chart_begin (cr, width, height);
  if (chart->n_steps == 0)
    {
      lloyd_chart_head (cr, style, width, _ ("Objective"), "");
      lloyd_chart_empty (cr, style, width, height, _ ("No step yet"));
    }
  else
    paint_line (cr, width, height, style, chart);
  lloyd_chart_end (cr);
}
