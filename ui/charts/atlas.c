#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/studies.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

#define SIDE 12.0
#define TITLE 20.0
#define LABELS 20.0
/* Squares are no larger, and a bin is so wide: within it they stand side by side, too. */
#define MAX_SQUARE 12.0
#define BIN_WIDTH 36.0
/* An objective so little above the lowest counts as reaching it. */
#define NEARLY 1.001

/* Where squares stand: bins of one width, side by side, each filled from below row by row. */
typedef struct
{
  double low, high;
  double lane;
  double square;
  guint n_bins;
  double pitch;
  guint n_beside;
  double width;
  double height;
} Layout;

static guint
lane_of (const LloydAtlasChart *chart, guint i)
{
  guint lane = 0;
  while (lane + 1 < chart->n_inits && chart->inits[lane] != chart->entries[i].init)
    lane++;
  return lane;
}

static guint
bin_of (const Layout *layout, double objective)
{
  double range = layout->high - layout->low;
  double share = range > 0.0 ? (objective - layout->low) / range : 0.0;
  return (guint) CLAMP (share * layout->n_bins, 0.0, layout->n_bins - 1.0);
}

/* How many runs stand in the fullest bin. */
static guint
find_fullest (const LloydAtlasChart *chart, const Layout *layout)
{
  g_autofree guint *counts = g_new0 (guint, (size_t) layout->n_bins * chart->n_inits + 1);
  guint fullest = 1;
  for (guint i = 0; i < chart->n; i++)
    {
      guint *count = &counts[lane_of (chart, i) * layout->n_bins +
                             bin_of (layout, chart->entries[i].objective)];
      ++*count;
      fullest = MAX (fullest, *count);
    }
  return fullest;
}

static Layout
make_layout (const LloydAtlasChart *chart, double width, double height)
{
  Layout layout = {
    .low = INFINITY, .high = -INFINITY, .square = MAX_SQUARE, .width = width, .height = height
  };
  for (guint i = 0; i < chart->n; i++)
    {
      layout.low = MIN (layout.low, chart->entries[i].objective);
      layout.high = MAX (layout.high, chart->entries[i].objective);
    }
  layout.lane = MAX (height - LABELS, 0.0) / MAX (chart->n_inits, 1u);
  double room = MAX (layout.lane - TITLE - 6.0, 1.0), across = MAX (width - 2.0 * SIDE, 1.0);
  layout.n_bins = (guint) MAX (across / BIN_WIDTH, 1.0);
  layout.pitch = across / layout.n_bins;
  guint fullest = find_fullest (chart, &layout);
  /* Smaller squares, until the fullest bin has room for its own. */
  for (;; layout.square *= 0.9)
    {
      layout.n_beside = (guint) MAX ((layout.pitch - 3.0) / layout.square, 1.0);
      guint n_rows = (fullest + layout.n_beside - 1) / layout.n_beside;
      if (layout.square < 1.0 || n_rows * layout.square <= room)
        return layout;
    }
}

/* Where the square of each entry stands: x and y of its top left corner, n pairs. Yours. */
static double *
place_squares (const LloydAtlasChart *chart, const Layout *layout)
{
  double *places = g_new (double, 2 * chart->n + 1);
  g_autofree guint *counts = g_new0 (guint, (size_t) layout->n_bins * chart->n_inits + 1);

  for (guint i = 0; i < chart->n; i++)
    {
      guint lane = lane_of (chart, i), bin = bin_of (layout, chart->entries[i].objective);
      guint at = counts[lane * layout->n_bins + bin]++;
      places[2 * i] = SIDE + layout->pitch * bin + 1.5 + layout->square * (at % layout->n_beside);
      places[2 * i + 1] = layout->lane * (lane + 1) - layout->square * (at / layout->n_beside + 1);
    }
  return places;
}

int
lloyd_atlas_chart_find (
    const LloydAtlasChart *chart, double width, double height, double x, double y)
{
  if (chart->n == 0)
    return -1;
  Layout layout = make_layout (chart, width, height);
  g_autofree double *places = place_squares (chart, &layout);
  for (guint i = 0; i < chart->n; i++)
    if (x >= places[2 * i] && x < places[2 * i] + layout.square && y >= places[2 * i + 1] &&
        y < places[2 * i + 1] + layout.square)
      return (int) i;
  return -1;
}

static void
paint_square (cairo_t *cr,
              const LloydChartStyle *style,
              const LloydAtlasChart *chart,
              const Layout *layout,
              guint i,
              double x,
              double y)
{
  double gap = layout->square > 4.0 ? 1.0 : 0.0, size = layout->square - gap;
  gboolean is_chosen = (int) i == chart->chosen, is_current = (int) i == chart->current;

  lloyd_chart_set_colour (cr, style->accent, is_chosen || is_current ? 1.0 : 0.6);
  cairo_rectangle (cr, x, y, size, size);
  cairo_fill (cr);
  if (!is_chosen && !is_current)
    return;
  /* The session's own has a frame, what is chosen a thicker one. */
  lloyd_chart_set_colour (cr, style->foreground, 0.95);
  cairo_set_line_width (cr, is_chosen ? 2.5 : 1.25);
  cairo_rectangle (cr, x - 1.5, y - 1.5, size + 3.0, size + 3.0);
  cairo_stroke (cr);
}

static void
paint_lanes (cairo_t *cr,
             const LloydChartStyle *style,
             const LloydAtlasChart *chart,
             const Layout *layout)
{
  for (guint lane = 0; lane < chart->n_inits; lane++)
    {
      guint n = 0, n_best = 0;
      double best = INFINITY;
      for (guint i = 0; i < chart->n; i++)
        if (chart->entries[i].init == chart->inits[lane])
          {
            n++;
            best = MIN (best, chart->entries[i].objective);
            n_best += chart->entries[i].objective <= NEARLY * layout->low;
          }
      double y = layout->lane * lane + 5.0, base = layout->lane * (lane + 1);
      g_autofree char *number = lloyd_words_number (best);
      g_autofree char *text =
          n > 0 ? g_strdup_printf (_ ("best %s; %u of %u within 0.1 %% of the lowest"), number,
                                   n_best, n)
                : g_strdup ("");
      double used = lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, SIDE, y, layout->width / 2.0, 0.9,
                                      TRUE, chart->names[lane]);
      lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, layout->width - SIDE, y,
                        layout->width - used - 2.0 * SIDE - 12.0, 0.7, FALSE, text);
      lloyd_chart_set_colour (cr, style->foreground, 0.3);
      cairo_rectangle (cr, SIDE, round (base), layout->width - 2.0 * SIDE, 1.0);
      cairo_fill (cr);
    }
}

void
lloyd_paint_atlas (cairo_t *cr,
                   double width,
                   double height,
                   const LloydChartStyle *style,
                   const LloydAtlasChart *chart)
{
  lloyd_chart_begin (cr, width, height);
  if (chart->n == 0 || chart->n_inits == 0)
    {
      lloyd_chart_empty (cr, style, width, height, _ ("No run has ended yet"));
      lloyd_chart_end (cr);
      return;
    }
  Layout layout = make_layout (chart, width, height);
  g_autofree double *places = place_squares (chart, &layout);
  g_autofree char *low = lloyd_words_number (layout.low);
  g_autofree char *high = lloyd_words_number (layout.high);
  paint_lanes (cr, style, chart, &layout);
  for (guint i = 0; i < chart->n; i++)
    paint_square (cr, style, chart, &layout, i, places[2 * i], places[2 * i + 1]);
  double used = lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, SIDE, height - LABELS + 4.0,
                                  width / 2.0, 0.65, FALSE, low);
  lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, width - SIDE, height - LABELS + 4.0,
                    width - used - 2.0 * SIDE, 0.65, FALSE, high);
  lloyd_chart_end (cr);
}

char *
lloyd_describe_atlas (const LloydAtlasChart *chart)
{
  GString *text = g_string_new (NULL);
  for (guint lane = 0; lane < chart->n_inits; lane++)
    {
      double low = INFINITY, high = -INFINITY;
      guint n = 0;
      for (guint i = 0; i < chart->n; i++)
        if (chart->entries[i].init == chart->inits[lane])
          {
            n++;
            low = MIN (low, chart->entries[i].objective);
            high = MAX (high, chart->entries[i].objective);
          }
      g_autofree char *from = lloyd_words_number (low);
      g_autofree char *to = lloyd_words_number (high);
      if (n > 0)
        g_string_append_printf (
            text, ngettext ("%s%s: %u run ends at %s to %s", "%s%s: %u runs end at %s to %s", n),
            text->len > 0 ? "; " : "", chart->names[lane], n, from, to);
    }
  if (text->len == 0)
    g_string_append (text, _ ("No run has ended yet"));
  return g_string_free (text, FALSE);
}
