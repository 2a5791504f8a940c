/* A row of a cross table: how many rows of one cluster are of each class, shaded by their share. */
#pragma once

#include "ui/charts/charts.h"

typedef struct
{
  /* n counts, and what they are of. */
  const gint64 *counts;
  guint n;
  char *const *names;
} LloydCrossRow;

#define LLOYD_CROSS_CELL 62.0
#define LLOYD_CROSS_HEIGHT 24.0

/* The counts, one in each cell. */
void lloyd_paint_cross_row (cairo_t *cr,
                            double width,
                            double height,
                            const LloydChartStyle *style,
                            const LloydCrossRow *row);

/* The names of the classes over the cells. */
void lloyd_paint_cross_head (cairo_t *cr,
                             double width,
                             double height,
                             const LloydChartStyle *style,
                             const LloydCrossRow *row);

/* "Adelie 144, Chinstrap 5, Gentoo 0". Yours. */
char *lloyd_describe_cross_row (const LloydCrossRow *row);
