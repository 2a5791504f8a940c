/* What the charts of a strip are of: painted on the screen, and written to files. */
#pragma once

#include <gio/gio.h>

#include "compute/session/snapshot.h"
#include "ui/charts/charts.h"

typedef enum
{
  LLOYD_STRIP_TIMES,
  LLOYD_STRIP_OBJECTIVE,
} LloydStripKind;

extern const char *const lloyd_strip_kind_names[];

typedef struct
{
  LloydStripKind kind;
  /* Borrowed; NULL: no step yet. */
  LloydSnapshot *snapshot;
  /* Of times: top of the scale (0: their own), and the step that is looked at closely (0: none). */
  gint64 top_ns;
  guint chosen;
  /* Of objectives: in percent of the value at K = 1. */
  gboolean is_percent;
} LloydStripChart;

/* Paints a LloydStripChart; see export.h. */
void lloyd_strip_chart_paint (
    cairo_t *cr, double width, double height, const LloydChartStyle *style, gconstpointer chart);

/* Its numbers, a step in a row: times in milliseconds, or objectives as they are. Yours. */
char *lloyd_strip_chart_dup_csv (const LloydStripChart *self);

/* Writes it to a file, as its suffix says: .png, .svg, .pdf or .csv; in these colours, with letters
 * for paper. FALSE with LLOYD_ERROR_WRITE, or LLOYD_ERROR_DATA for another suffix. Any thread. */
gboolean lloyd_strip_chart_save (const LloydStripChart *self,
                                 const char *path,
                                 gboolean is_dark,
                                 const LloydChartStyle *colours,
                                 GError **error);
