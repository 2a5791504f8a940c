/* Axes in decades. */
#pragma once

#include "ui/charts/charts.h"

typedef struct
{
  /* The ends in values, and where they are painted. */
  double low;
  double high;
  double from;
  double to;
} LloydLogAxis;

/* The size of the style's letters, in pixels: everything in these charts scales with it. */
double lloyd_chart_em (const LloydChartStyle *style);

/* An axis that holds values from `low` to `high` (above 0), ending at round numbers. */
LloydLogAxis lloyd_log_axis (double low, double high, double from, double to);

/* Where a value is painted; what lies outside is painted outside. */
double lloyd_log_axis_at (const LloydLogAxis *self, double value);

/* Up to n_ticks round values from `low` to `high`, as many as have room when one takes `room`
 * pixels; returns how many. */
guint lloyd_log_axis_ticks (const LloydLogAxis *self, double room, double *ticks, guint n_ticks);

/* A number as it stands at a tick: "10k", "0.5", "1M". Yours. */
char *lloyd_chart_tick_number (double value);

/* Milliseconds as they stand at a tick: "10 µs", "2 s". Yours. */
char *lloyd_chart_tick_duration (double ms);

/* Lines and numbers of an axis at the bottom of a plot, at its top, and at its left. */
void lloyd_paint_bottom_axis (cairo_t *cr,
                              const LloydChartStyle *style,
                              const LloydLogAxis *axis,
                              double top,
                              double bottom,
                              char *(*dup_text) (double value));
void lloyd_paint_top_axis (cairo_t *cr,
                           const LloydChartStyle *style,
                           const LloydLogAxis *axis,
                           double top,
                           double bottom,
                           char *(*dup_text) (double value));
void lloyd_paint_left_axis (cairo_t *cr,
                            const LloydChartStyle *style,
                            const LloydLogAxis *axis,
                            double left,
                            double right,
                            char *(*dup_text) (double value));
