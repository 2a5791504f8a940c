#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/axis.h"
#include "ui/charts/bench.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

/* In sizes of a letter. */
#define ROW 1.75
#define HEADING 2.0
#define TITLE 2.4
/* Numbers of the axis, above the bars, where they are seen without scrolling. */
#define AXIS 1.9
#define FOOT 0.8
#define BAR 0.9

typedef struct
{
  cairo_t *cr;
  const LloydChartStyle *style;
  const LloydBarChart *chart;
  double em;
  double width;
  LloydLogAxis axis;
} Painter;

static gboolean
is_heading (const LloydBarChart *chart, guint i)
{
  return i == 0 || g_strcmp0 (chart->bars[i].group, chart->bars[i - 1].group) != 0;
}

double
lloyd_bar_chart_height (const LloydChartStyle *style, const LloydBarChart *chart)
{
  double rows = TITLE + AXIS + FOOT;
  for (guint i = 0; i < chart->n_bars; i++)
    rows += ROW + (is_heading (chart, i) ? HEADING : 0.0);
  return ceil (rows * lloyd_chart_em (style));
}

static LloydLogAxis
make_axis (const LloydBarChart *chart, double left, double right)
{
  double low = INFINITY, high = 0.0;
  for (guint i = 0; i < chart->n_bars; i++)
    if (chart->bars[i].median > 0.0)
      {
        low = MIN (low, chart->bars[i].min);
        high = MAX (high, chart->bars[i].max);
      }
  /* The shortest bar has a length, too. */
  return lloyd_log_axis (low / 1.6, high, left, right);
}

/* From the median out to both ends, with the middle half of the times stronger. */
static void
paint_spread (const Painter *self, const LloydBar *bar, double middle)
{
  double thick = 0.11 * self->em;
  lloyd_chart_set_colour (self->cr, self->style->foreground, 0.9);
  cairo_set_line_width (self->cr, thick);
  cairo_move_to (self->cr, lloyd_log_axis_at (&self->axis, bar->min), middle);
  cairo_line_to (self->cr, lloyd_log_axis_at (&self->axis, bar->max), middle);
  cairo_stroke (self->cr);
  cairo_set_line_width (self->cr, 3.0 * thick);
  cairo_move_to (self->cr, lloyd_log_axis_at (&self->axis, bar->lower), middle);
  cairo_line_to (self->cr, lloyd_log_axis_at (&self->axis, bar->upper), middle);
  cairo_stroke (self->cr);
}

static void
paint_bar (const Painter *self, const LloydBar *bar, double top)
{
  double left = self->axis.from, end = lloyd_log_axis_at (&self->axis, bar->median);
  double middle = top + 0.5 * ROW * self->em, half = 0.5 * BAR * self->em;

  lloyd_chart_set_colour (self->cr, bar->colour, 1.0);
  cairo_rectangle (self->cr, left, middle - half, MAX (end - left, 1.0), 2.0 * half);
  if (!bar->is_other)
    {
      cairo_fill (self->cr);
      paint_spread (self, bar, middle);
      return;
    }
  lloyd_chart_set_colour (self->cr, bar->colour, 0.22);
  cairo_fill_preserve (self->cr);
  lloyd_chart_set_colour (self->cr, bar->colour, 1.0);
  cairo_set_line_width (self->cr, 0.12 * self->em);
  cairo_stroke (self->cr);
  paint_spread (self, bar, middle);
}

/* Across all bars of its group, above the words of what is published. */
static void
paint_published (const Painter *self, const LloydBar *bar, double top, double bottom)
{
  double dash = 0.35 * self->em, x = lloyd_log_axis_at (&self->axis, bar->median);
  lloyd_chart_set_colour (self->cr, self->style->foreground, 0.75);
  cairo_set_line_width (self->cr, 0.13 * self->em);
  cairo_set_dash (self->cr, &dash, 1, 0.0);
  cairo_move_to (self->cr, x, top);
  cairo_line_to (self->cr, x, bottom);
  cairo_stroke (self->cr);
  cairo_set_dash (self->cr, NULL, 0, 0.0);
}

static void
paint_words (const Painter *self, const LloydBar *bar, double top, double left, double right)
{
  g_autofree char *value = lloyd_words_duration ((gint64) llround (bar->median * 1e6));
  double em = self->em, y = top + (0.5 * ROW - 0.75) * em;
  /* A figure without a bar has room for its reservations. */
  double end = bar->is_published ? right - 5.0 * em : self->axis.from - 0.8 * em;
  lloyd_chart_text (self->cr, self->style, LLOYD_TEXT_LEFT, left, y, end - left, 0.85, FALSE,
                    bar->label);
  lloyd_chart_text (self->cr, self->style, LLOYD_TEXT_RIGHT, right, y, 6.5 * em, 0.95,
                    !bar->is_published, value);
}

/* The group from bar `first` on, whose heading stands at y; returns where the next starts. */
static double
paint_group (const Painter *self, guint *first, double y)
{
  const LloydBarChart *chart = self->chart;
  double em = self->em, top = y + HEADING * em, at = top;
  guint end = *first + 1, n_bars = 0;
  while (end < chart->n_bars && !is_heading (chart, end))
    end++;
  for (guint i = *first; i < end; i++)
    n_bars += !chart->bars[i].is_published;
  double bottom = top + (end - *first) * ROW * em;

  lloyd_chart_text (self->cr, self->style, LLOYD_TEXT_LEFT, 0.9 * em, y + 0.45 * em,
                    self->width - 1.8 * em, 0.95, TRUE, chart->bars[*first].group);
  for (guint i = *first; i < end; i++, at += ROW * em)
    {
      if (chart->bars[i].median <= 0.0)
        continue;
      if (chart->bars[i].is_published)
        paint_published (self, &chart->bars[i], top, top + n_bars * ROW * em);
      else
        paint_bar (self, &chart->bars[i], at);
      paint_words (self, &chart->bars[i], at, 1.6 * em, self->width - 0.9 * em);
    }
  *first = end;
  return bottom;
}

/* The width that the longest label takes. */
static double
find_label_width (const Painter *self)
{
  double widest = 0.0;
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (self->cr);
  pango_layout_set_font_description (layout, self->style->font);
  for (guint i = 0; i < self->chart->n_bars; i++)
    {
      int width;
      if (self->chart->bars[i].is_published)
        continue;
      pango_layout_set_text (layout, self->chart->bars[i].label, -1);
      pango_layout_get_pixel_size (layout, &width, NULL);
      widest = MAX (widest, width);
    }
  return MIN (widest + 3.2 * self->em, 0.5 * self->width);
}

void
lloyd_paint_bars (cairo_t *cr,
                  double width,
                  double height,
                  const LloydChartStyle *style,
                  const LloydBarChart *chart)
{
  double em = lloyd_chart_em (style), y = (TITLE + AXIS) * em;
  Painter self = { cr, style, chart, em, width };

  lloyd_chart_begin (cr, width, height);
  lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, 0.9 * em, 0.6 * em, width - 1.8 * em, 0.9, TRUE,
                    chart->title);
  if (chart->n_bars == 0)
    lloyd_chart_empty (cr, style, width, height, _ ("Nothing measured yet"));
  else
    {
      self.axis = make_axis (chart, find_label_width (&self), width - 7.6 * em);
      lloyd_paint_top_axis (cr, style, &self.axis, y, height - FOOT * em,
                            lloyd_chart_tick_duration);
    }
  for (guint i = 0; i < chart->n_bars;)
    y = paint_group (&self, &i, y);
  lloyd_chart_end (cr);
}
