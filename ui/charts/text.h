/* Text in charts. */
#pragma once

#include "ui/charts/charts.h"

typedef enum
{
  LLOYD_TEXT_LEFT,
  LLOYD_TEXT_CENTRE,
  LLOYD_TEXT_RIGHT,
} LloydTextAlign;

/* Space round a chart's plot: title above, labels at the left and below. */
#define LLOYD_CHART_LEFT 10.0
#define LLOYD_CHART_RIGHT 10.0
#define LLOYD_CHART_TOP 30.0
#define LLOYD_CHART_BOTTOM 21.0

/* Below this width a chart says less. */
#define LLOYD_CHART_NARROW 250.0
#define LLOYD_CHART_TINY 200.0

/* How strong the second half of a step is drawn beside the first. */
#define LLOYD_CHART_UPDATE 0.45
/* Room for a button at the right below the bars. */
#define LLOYD_CHART_BUTTON 72.0
/* Below this width there is no legend. */
#define LLOYD_CHART_LEGEND 330.0

/* Draws text with its top at y, aligned at x, cut to `max_width`; returns its width. */
double lloyd_chart_text (cairo_t *cr,
                         const LloydChartStyle *style,
                         LloydTextAlign align,
                         double x,
                         double y,
                         double max_width,
                         double alpha,
                         gboolean is_bold,
                         const char *text);

/* A name at x: names that are too long differ at their ends, so it is cut in the middle. */
double lloyd_chart_name (cairo_t *cr,
                         const LloydChartStyle *style,
                         double x,
                         double y,
                         double max_width,
                         const char *name);

/* Width of a text that is not drawn. */
double
lloyd_chart_measure (cairo_t *cr, const LloydChartStyle *style, gboolean is_bold, const char *text);

/* The title at the left and the most important number at the right. */
void lloyd_chart_head (
    cairo_t *cr, const LloydChartStyle *style, double width, const char *title, const char *value);

/* What the two strengths of the accent mean, behind the title, where there is room. */
void lloyd_chart_legend (
    cairo_t *cr, const LloydChartStyle *style, double width, const char *title, const char *value);

/* How many of so many names, in columns, fit into a height, each so high; where not all do, one
 * place is left for the number of the others. */
guint lloyd_chart_fit_names (guint n_names, guint n_columns, double height, double line);

/* "and 7 more" at a place of a list; nothing of none. */
void lloyd_chart_more_names (
    cairo_t *cr, const LloydChartStyle *style, double x, double y, double max_width, guint n_more);

/* Between the two a chart paints only inside its rectangle. */
void lloyd_chart_begin (cairo_t *cr, double width, double height);
void lloyd_chart_end (cairo_t *cr);

/* A sentence in the middle of an empty chart. */
void lloyd_chart_empty (
    cairo_t *cr, const LloydChartStyle *style, double width, double height, const char *text);

void lloyd_chart_set_colour (cairo_t *cr, LloydColour colour, double alpha);
