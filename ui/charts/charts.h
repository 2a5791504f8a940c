/* Charts as pure functions of arrays, a size and a style: the same code draws the screen and files.
 */
#pragma once

#include <pango/pangocairo.h>

#include "compute/kmeans/run.h"
#include "ui/colour/palette.h"

typedef struct
{
  LloydColour foreground;
  LloydColour accent;
  /* What must not be. */
  LloydColour warning;
  /* Family and size of all text. */
  const PangoFontDescription *font;
} LloydChartStyle;

typedef struct
{
  const LloydStep *steps;
  guint n_steps;
  /* The step that is shown, 0 for none, and one that is looked at closely, 0 for none. */
  guint current;
  guint chosen;
  /* Top of the scale, so that two charts may share one; 0: this chart's own. */
  gint64 top_ns;
  /* All that was done once, before the first step; 0: not said. */
  gint64 prepare_ns;
} LloydTimeChart;

/* All charts keep to the rectangle from (0, 0) of that width and height, and set the context back.
 */

/* Bars, one a step: assignment below, update on top; paced steps hatched. */
void lloyd_paint_times (cairo_t *cr,
                        double width,
                        double height,
                        const LloydChartStyle *style,
                        const LloydTimeChart *chart);

/* The largest time of a step among them, for a common scale. */
gint64 lloyd_time_chart_top (const LloydStep *steps, guint n_steps);

/* Which step's bar is at x, or 0; and where the middle of a step's bar is. */
guint lloyd_time_chart_step_at (double width, guint n_steps, double x);
double lloyd_time_chart_x_of (double width, guint n_steps, guint step);

typedef struct
{
  const LloydStep *steps;
  guint n_steps;
  /* The position that is shown, in half-steps. */
  guint position;
  /* Objective at K = 1 for an axis in percent of it; NaN: the objective itself. */
  double total;
  /* What all rows weigh, where steps label batches: values are then per row, a row of weight 2
   * counting twice, and dotted; 0: no batches. */
  double weight;
  /* Steps, rising, before which something was changed by hand: there the line is cut. */
  const guint *edits;
  guint n_edits;
  /* The step in which it rose though it must not, or 0. */
  guint rise;
  /* The bar below: of the objective at K = 1 (NaN: no bar) the part that is left, and how that is
   * put in words. */
  double bar_total;
  double bar_left;
  const char *bar_text;
} LloydObjectiveChart;

/* The staircase of the objective: each assignment and each update takes it down a bit. Below it a
 * bar that always adds up. */
void lloyd_paint_objective (cairo_t *cr,
                            double width,
                            double height,
                            const LloydChartStyle *style,
                            const LloydObjectiveChart *chart);
