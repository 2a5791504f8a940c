#include "ui/charts/cross.h"

#include "ui/charts/text.h"
#include "ui/words/words.h"

#define GAP 2.0
/* How strong a cell is that has all rows of its cluster. */
#define FULL 0.5
#define TEXT_HEIGHT 15.0

static gint64
total_of (const LloydCrossRow *row)
{
  gint64 total = 0;
  for (guint i = 0; i < row->n; i++)
    total += row->counts[i];
  return total;
}

void
lloyd_paint_cross_row (cairo_t *cr,
                       double width,
                       double height,
                       const LloydChartStyle *style,
                       const LloydCrossRow *row)
{
  double total = (double) total_of (row), top = (height - TEXT_HEIGHT) / 2.0;
  lloyd_chart_begin (cr, width, height);
  for (guint i = 0; i < row->n; i++)
    {
      double x = LLOYD_CROSS_CELL * i, share = total > 0.0 ? (double) row->counts[i] / total : 0.0;
      g_autofree char *text = lloyd_words_count ((guint64) row->counts[i]);
      lloyd_chart_set_colour (cr, style->accent, FULL * share);
      cairo_rectangle (cr, x, GAP / 2.0, LLOYD_CROSS_CELL - GAP, height - GAP);
      cairo_fill (cr);
      lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, x + LLOYD_CROSS_CELL - GAP - 5.0, top,
                        LLOYD_CROSS_CELL - 6.0, row->counts[i] > 0 ? 1.0 : 0.45, FALSE, text);
    }
  lloyd_chart_end (cr);
}

void
lloyd_paint_cross_head (cairo_t *cr,
                        double width,
                        double height,
                        const LloydChartStyle *style,
                        const LloydCrossRow *row)
{
  lloyd_chart_begin (cr, width, height);
  for (guint i = 0; i < row->n; i++)
    lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, LLOYD_CROSS_CELL * (i + 1) - GAP - 5.0,
                      (height - TEXT_HEIGHT) / 2.0, LLOYD_CROSS_CELL - 6.0, 0.75, FALSE,
                      row->names[i]);
  lloyd_chart_end (cr);
}

char *
lloyd_describe_cross_row (const LloydCrossRow *row)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < row->n; i++)
    {
      g_autofree char *count = lloyd_words_count ((guint64) row->counts[i]);
      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", row->names[i], count);
    }
  return g_string_free (text, FALSE);
}
