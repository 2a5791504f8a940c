/* Charts of benchmarks: bars, growth, roofline, wrong labels. Pure functions of arrays, a size and
 * a style. */
#pragma once

#include "ui/charts/charts.h"

/* Where there is room, everything scales with the size of the style's letters. */

/* A measurement: milliseconds of one iteration. */
typedef struct
{
  /* What the bars next to each other share, a heading; and what sets this one apart. */
  const char *group;
  const char *label;
  double min, lower, median, upper, max;
  LloydColour colour;
  /* Somebody's figure without a spread: a line across its group instead of a bar. */
  gboolean is_published;
  /* Of a card that lies over one's own: a frame instead of a full bar. */
  gboolean is_other;
} LloydBar;

typedef struct
{
  const char *title;
  const LloydBar *bars;
  guint n_bars;
} LloydBarChart;

/* The height that all bars need. */
double lloyd_bar_chart_height (const LloydChartStyle *style, const LloydBarChart *chart);

void lloyd_paint_bars (cairo_t *cr,
                       double width,
                       double height,
                       const LloydChartStyle *style,
                       const LloydBarChart *chart);

/* Times along N, D, K or the batch; the law that fits them, if there is one. */
typedef struct
{
  const char *name;
  const double *x;
  const double *median;
  const double *min;
  const double *max;
  guint n;
  LloydColour colour;
  gboolean has_fit;
  double slope;
  double factor;
  /* NaN: not known. */
  double error;
  gboolean is_other;
} LloydSeries;

typedef struct
{
  const char *title;
  /* "rows", "dimensions", ... */
  const char *along;
  const LloydSeries *series;
  guint n_series;
} LloydGrowthChart;

/* The least height at which the plot is a plot. */
double lloyd_growth_chart_height (const LloydChartStyle *style, const LloydGrowthChart *chart);
/* The same of a roofline with so many names; 0: any height will do. */
double lloyd_roofline_chart_height (const LloydChartStyle *style, guint n_names);

void lloyd_paint_growth (cairo_t *cr,
                         double width,
                         double height,
                         const LloydChartStyle *style,
                         const LloydGrowthChart *chart);

/* A line that nothing can be above. */
typedef struct
{
  const char *name;
  double gops;
  /* 10^9 bytes a second from the memory of the same device; 0: not measured. */
  double gbytes;
} LloydRoof;

typedef struct
{
  const char *label;
  /* Operations a byte, and 10^9 operations a second. */
  double intensity;
  double gops;
  LloydColour colour;
  gboolean is_other;
} LloydRoofPoint;

/* What a colour stands for. */
typedef struct
{
  const char *name;
  LloydColour colour;
} LloydColourName;

typedef struct
{
  const char *title;
  const LloydRoof *roofs;
  guint n_roofs;
  /* Their labels stand where there is room. */
  const LloydRoofPoint *points;
  guint n_points;
  const LloydColourName *names;
  guint n_names;
} LloydRooflineChart;

void lloyd_paint_roofline (cairo_t *cr,
                           double width,
                           double height,
                           const LloydChartStyle *style,
                           const LloydRooflineChart *chart);

/* Wrong labels among their surroundings, in two columns. */
typedef struct
{
  const char *title;
  const char *x_name;
  const char *y_name;
  /* x and y of each. */
  const double *around;
  guint n_around;
  const double *wrong;
  guint n_wrong;
  LloydColour colour;
} LloydWrongsChart;

void lloyd_paint_wrongs (cairo_t *cr,
                         double width,
                         double height,
                         const LloydChartStyle *style,
                         const LloydWrongsChart *chart);
