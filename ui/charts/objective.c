#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/charts.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

#define DOT_RADIUS 4.0
/* The bar, with the space above it; lower charts have none. */
#define BAR_HEIGHT 7.0
#define BAR_ROOM 12.0
#define LEAST_HEIGHT_FOR_BAR 90.0
/* Steps that a line of few is drawn as wide as. */
#define LEAST_SPAN 12

/* The value at a position, in half-steps from 1: after the assignment of a step, after its update.
 */
static double
value_at (const LloydObjectiveChart *chart, guint position)
{
  const LloydStep *step = &chart->steps[(position - 1) / 2];
  double value = position % 2 != 0 ? step->objective : step->objective_after_update;
  if (chart->weight <= 0.0)
    return value;
  /* A batch of rows of weight 0 has no objective. */
  return step->weight > 0.0 ? value / step->weight : 0.0;
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
  double total = chart->weight > 0.0 ? chart->total / chart->weight : chart->total;
  if (isnan (chart->total) || !isfinite (value))
    return lloyd_words_number (value);
  return g_strdup_printf (_ ("%.1f %%"), 100.0 * value / total);
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
  if (width < LLOYD_CHART_NARROW)
    return _ ("Objective");
  if (chart->weight > 0.0)
    return isnan (chart->total) ? _ ("Objective per point")
                                : _ ("Objective per point, of its K = 1");
  return isnan (chart->total) ? _ ("Objective") : _ ("Objective, of its K = 1");
}

typedef struct
{
  double left, right, top, bottom;
  double low, high;
  guint last;
} Frame;

static double
x_at (const Frame *frame, double position)
{
  /* A few steps do not spread over the whole width, so that the line grows from the left. */
  double span = MAX (frame->last, (guint) LEAST_SPAN);
  return frame->left + (frame->right - frame->left) * (position - 1.0) / span;
}

static double
y_at (const Frame *frame, double value)
{
  double range = frame->high - frame->low;
  double share = range > 0.0 ? (value - frame->low) / range : 0.5;
  return frame->bottom - share * (frame->bottom - frame->top);
}

static gboolean
has_bar (const LloydObjectiveChart *chart, double height)
{
  return isfinite (chart->bar_total) && chart->bar_total > 0.0 && height >= LEAST_HEIGHT_FOR_BAR;
}

static Frame
make_frame (const LloydObjectiveChart *chart, double width, double height)
{
  Frame frame = { .left = LLOYD_CHART_LEFT + DOT_RADIUS,
                  .right = width - LLOYD_CHART_RIGHT - DOT_RADIUS,
                  .top = LLOYD_CHART_TOP + DOT_RADIUS,
                  .bottom =
                      height - LLOYD_CHART_BOTTOM - (has_bar (chart, height) ? BAR_ROOM : 0.0),
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

/* ---- the line ------------------------------------------------------------------------------ */

/* Whether something was changed by hand before the assignment of this position. */
static gboolean
is_edited (const LloydObjectiveChart *chart, guint position)
{
  guint step = (position + 1) / 2;
  for (guint i = 0; i < chart->n_edits && position % 2 != 0; i++)
    if (chart->edits[i] == step)
      return TRUE;
  return FALSE;
}

static void
stroke (cairo_t *cr, double x0, double y0, double x1, double y1)
{
  cairo_move_to (cr, x0, y0);
  cairo_line_to (cr, x1, y1);
  cairo_stroke (cr);
}

/* A dashed line across the chart where the run was changed, with a flag on top. */
static void
paint_edit (cairo_t *cr, const LloydChartStyle *style, const Frame *frame, double x)
{
  static const double dashes[] = { 2.0, 3.0 };
  lloyd_chart_set_colour (cr, style->foreground, 0.55);
  cairo_set_line_width (cr, 1.0);
  cairo_set_dash (cr, dashes, 2, 0.0);
  stroke (cr, x, frame->top, x, frame->bottom);
  cairo_set_dash (cr, NULL, 0, 0.0);
  cairo_move_to (cr, x - 4.0, frame->top - 4.0);
  cairo_line_to (cr, x + 4.0, frame->top - 4.0);
  cairo_line_to (cr, x, frame->top + 2.0);
  cairo_fill (cr);
}

/* One stair: level from the position before, then up or down, by whichever half of the step it was.
 */
static void
paint_stair (cairo_t *cr,
             const LloydChartStyle *style,
             const Frame *frame,
             guint from,
             double before,
             guint to,
             double after)
{
  double strength = to % 2 != 0 ? 1.0 : LLOYD_CHART_UPDATE;
  double x = x_at (frame, to), y0 = y_at (frame, before), y1 = y_at (frame, after);
  lloyd_chart_set_colour (cr, style->accent, strength);
  cairo_set_line_width (cr, 1.5);
  stroke (cr, x_at (frame, from), y0, x, y0);
  cairo_set_line_width (cr, 3.0);
  if (fabs (y1 - y0) > 0.05)
    stroke (cr, x, y0, x, y1);
}

/* Values of batches are dots: each is of other rows. */
static void
paint_dot (cairo_t *cr, const LloydChartStyle *style, const Frame *frame, guint p, double value)
{
  double pitch = (frame->right - frame->left) / MAX (frame->last, (guint) LEAST_SPAN);
  lloyd_chart_set_colour (cr, style->accent, p % 2 != 0 ? 1.0 : LLOYD_CHART_UPDATE);
  cairo_arc (cr, x_at (frame, p), y_at (frame, value), CLAMP (0.35 * pitch, 0.8, 1.8), 0.0,
             2.0 * G_PI);
  cairo_fill (cr);
}

/* Values that are unknown are passed over. */
static void
paint_stairs (cairo_t *cr,
              const LloydChartStyle *style,
              const LloydObjectiveChart *chart,
              const Frame *frame)
{
  double before = NAN;
  guint from = 0;
  for (guint p = 1; p <= frame->last; p++)
    {
      double value = value_at (chart, p);
      if (is_edited (chart, p))
        {
          paint_edit (cr, style, frame, MAX (x_at (frame, p - 0.5), frame->left));
          before = NAN;
        }
      if (!isfinite (value))
        continue;
      if (chart->weight > 0.0)
        paint_dot (cr, style, frame, p, value);
      else if (isfinite (before))
        paint_stair (cr, style, frame, from, before, p, value);
      else
        paint_dot (cr, style, frame, p, value);
      before = value;
      from = p;
    }
}

/* A ring round the step that rose. */
static void
paint_rise (cairo_t *cr,
            const LloydChartStyle *style,
            const LloydObjectiveChart *chart,
            const Frame *frame)
{
  double value = value_at (chart, 2 * chart->rise - 1);
  if (!isfinite (value))
    return;
  lloyd_chart_set_colour (cr, style->warning, 1.0);
  cairo_set_line_width (cr, 2.0);
  cairo_arc (cr, x_at (frame, 2.0 * chart->rise - 1.0), y_at (frame, value), 2.0 * DOT_RADIUS, 0.0,
             2.0 * G_PI);
  cairo_stroke (cr);
}

/* ---- the bar ------------------------------------------------------------------------------- */

/* What is left and what is won, which add up to the whole at any time. */
static void
paint_bar (cairo_t *cr,
           double width,
           double height,
           const LloydChartStyle *style,
           const LloydObjectiveChart *chart)
{
  double y = height - LLOYD_CHART_BOTTOM - BAR_HEIGHT + 1.0;
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_RIGHT;
  double left = room * CLAMP (chart->bar_left / chart->bar_total, 0.0, 1.0);

  if (room <= 0.0)
    return;
  lloyd_chart_set_colour (cr, style->foreground, 0.16);
  cairo_rectangle (cr, LLOYD_CHART_LEFT, y, room, BAR_HEIGHT);
  cairo_fill (cr);
  lloyd_chart_set_colour (cr, style->accent, 0.8);
  cairo_rectangle (cr, LLOYD_CHART_LEFT, y, left, BAR_HEIGHT);
  cairo_fill (cr);
}

/* ---- the chart ----------------------------------------------------------------------------- */

/* What stands below: a warning, how the bar adds up, or what the line spans. */
static void
paint_foot (cairo_t *cr,
            double width,
            double height,
            const LloydChartStyle *style,
            const LloydObjectiveChart *chart,
            const Frame *frame)
{
  LloydChartStyle loud = *style;
  g_autofree char *text = NULL;
  if (chart->rise > 0)
    {
      loud.foreground = style->warning;
      text = g_strdup_printf (_ ("Rose in step %u, which must not be"), chart->rise);
    }
  else if (has_bar (chart, height) && chart->bar_text != NULL)
    text = g_strdup (chart->bar_text);
  else
    text = range_text (chart, frame->high, frame->low);
  lloyd_chart_text (cr, &loud, LLOYD_TEXT_LEFT, LLOYD_CHART_LEFT, height - LLOYD_CHART_BOTTOM + 2.0,
                    width - 20.0, chart->rise > 0 ? 1.0 : 0.7, FALSE, text);
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

  lloyd_chart_head (cr, style, width, title_text (chart, width), chart->position > 0 ? text : "");
  if (width >= 1.3 * LLOYD_CHART_LEGEND || isnan (chart->total))
    lloyd_chart_legend (cr, style, width, title_text (chart, width), text);
  paint_stairs (cr, style, chart, &frame);
  if (chart->rise > 0 && chart->rise <= chart->n_steps)
    paint_rise (cr, style, chart, &frame);
  if (chart->position > 0 && isfinite (value))
    {
      cairo_arc (cr, x_at (&frame, shown), y_at (&frame, value), DOT_RADIUS, 0.0, 2.0 * G_PI);
      lloyd_chart_set_colour (cr, style->accent, 1.0);
      cairo_fill (cr);
    }
  if (has_bar (chart, height))
    paint_bar (cr, width, height, style, chart);
  paint_foot (cr, width, height, style, chart, &frame);
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
