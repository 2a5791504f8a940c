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
  /* Family and size of all text. */
  const PangoFontDescription *font;
} LloydChartStyle;

typedef struct
{
  const LloydStep *steps;
  guint n_steps;
  /* The step that is shown, 0 for none. */
  guint current;
  /* Top of the scale, so that two charts may share one; 0: this chart's own. */
  gint64 top_ns;
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

/* Which step's bar is at x, or 0. */
guint lloyd_time_chart_step_at (double width, guint n_steps, double x);

typedef struct
{
  const LloydStep *steps;
  guint n_steps;
  /* The position that is shown, in half-steps. */
  guint position;
  /* Objective at K = 1 for an axis in percent of it; NaN: the objective itself. */
  double total;
} LloydObjectiveChart;

/* The staircase of the objective: each assignment and each update takes it down a bit. */
void lloyd_paint_objective (cairo_t *cr,
                            double width,
                            double height,
                            const LloydChartStyle *style,
                            const LloydObjectiveChart *chart);
