/* Charts as files, painted by what paints the screen. */
#pragma once

#include <gio/gio.h>

#include "ui/charts/charts.h"

/* Paints a chart of that size. */
typedef void (*LloydFigurePainter) (
    cairo_t *cr, double width, double height, const LloydChartStyle *style, gconstpointer chart);

/* The looks that files come in. The projector's letters are 1.6 times as large. */
typedef enum
{
  LLOYD_LOOK_LIGHT,
  LLOYD_LOOK_DARK,
  LLOYD_LOOK_PROJECTOR,
} LloydChartLook;

/* A background and a style for a look; the font is yours, to be freed by
 * pango_font_description_free(). */
LloydColour lloyd_chart_look (LloydChartLook look, LloydChartStyle *style);

/* Writes a chart of width x height; the suffix says how: .png (twice as many pixels), .svg or .pdf
 * (the same bytes for the same chart). FALSE with LLOYD_ERROR_WRITE, or LLOYD_ERROR_DATA for
 * another suffix. */
gboolean lloyd_chart_export (const char *path,
                             double width,
                             double height,
                             LloydColour background,
                             const LloydChartStyle *style,
                             LloydFigurePainter painter,
                             gconstpointer chart,
                             GError **error);
