/* A chart on the screen: a painter, and where it has marks, one that is chosen by pointer or keys.
 */
#pragma once

#include <gtk/gtk.h>

#include "ui/charts/charts.h"

#define LLOYD_TYPE_CHART (lloyd_chart_get_type ())
G_DECLARE_FINAL_TYPE (LloydChart, lloyd_chart, LLOYD, CHART, GtkWidget)

GtkWidget *lloyd_chart_new (void);

/* Paints the chart with the mark `chosen` (-1: none). */
typedef void (*LloydChartPainter) (cairo_t *cr,
                                   double width,
                                   double height,
                                   const LloydChartStyle *style,
                                   int chosen,
                                   gpointer data);

/* Which mark is at a place, or -1. */
typedef int (*LloydChartFinder) (double width, double height, double x, double y, gpointer data);

/* What paints; `finder` may be NULL: nothing can be chosen. */
void lloyd_chart_set_painter (LloydChart *self,
                              LloydChartPainter painter,
                              LloydChartFinder finder,
                              gpointer data);

/* What is painted changed: there are now `n` marks, and `words` say what is seen. */
void lloyd_chart_set_content (LloydChart *self, guint n, const char *words);

/* The mark that is chosen, or -1. Choosing by hand emits "chosen"; Enter, Space or a second click
 * on it "activated". */
void lloyd_chart_set_chosen (LloydChart *self, int mark);
int lloyd_chart_get_chosen (LloydChart *self);

/* How charts look in this widget: its text colour and font, and a named colour as the accent. */
LloydChartStyle lloyd_chart_style_of (GtkWidget *widget, const char *accent);
