/* How a cluster differs from all rows, column by column: a bar to the left or right of the mean of
 * all for each. */
#pragma once

#include "compute/kmeans/reasons.h"
#include "ui/charts/charts.h"

typedef struct
{
  /* The most deviant first, n of them; and the names of the points' columns. */
  const LloydDeviation *columns;
  guint n;
  char *const *names;
} LloydDeviationChart;

/* How high the chart should be. */
double lloyd_deviation_chart_height (guint n);

void lloyd_paint_deviations (cairo_t *cr,
                             double width,
                             double height,
                             const LloydChartStyle *style,
                             const LloydDeviationChart *chart);

/* "flipper_length_mm: 1.16 standard deviations above all, 217.2 against 200.9; ...". Yours. */
char *lloyd_describe_deviations (const LloydDeviationChart *chart);
