#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/studies.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

#define LEFT 14.0
#define RIGHT 14.0
#define TITLE 28.0
#define LABELS 20.0
#define GAP 10.0
#define DOT 3.5
/* Share of the height that the objective takes. */
#define UPPER 0.55
/* Between two numbers below the chart. */
#define LABEL_WIDTH 26.0

static double
x_at (const LloydKChoice *choice, double width, guint i)
{
  double room = width - LEFT - RIGHT;
  return choice->n < 2 ? LEFT + room / 2.0 : LEFT + room * i / (choice->n - 1);
}

int
lloyd_k_chart_find (const LloydKChoice *choice, double width, double x)
{
  int best = -1;
  for (guint i = 0; i < choice->n; i++)
    if (best < 0 ||
        fabs (x_at (choice, width, i) - x) < fabs (x_at (choice, width, (guint) best) - x))
      best = (int) i;
  return best;
}

static double
value_of (const LloydKScore *score, gboolean is_silhouette)
{
  return is_silhouette ? score->silhouette : score->objective;
}

typedef struct
{
  double top, bottom;
  double low, high;
  gboolean is_silhouette;
} Part;

static double
y_at (const Part *part, double value)
{
  double range = part->high - part->low;
  double share = range > 0.0 ? (value - part->low) / range : 0.5;
  return part->bottom - DOT - share * (part->bottom - part->top - 2.0 * DOT);
}

static Part
make_part (const LloydKChoice *choice, double height, gboolean is_silhouette)
{
  double room = height - LABELS;
  Part part = { .top = is_silhouette ? UPPER * room + TITLE : TITLE,
                .bottom = is_silhouette ? room : UPPER * room - GAP,
                .low = INFINITY,
                .high = -INFINITY,
                .is_silhouette = is_silhouette };
  for (guint i = 0; i < choice->n; i++)
    {
      double value = value_of (&choice->scores[i], is_silhouette);
      if (!isfinite (value))
        continue;
      part.low = MIN (part.low, value);
      part.high = MAX (part.high, value);
    }
  return part;
}

static void
paint_line (cairo_t *cr,
            double width,
            const LloydChartStyle *style,
            const LloydKChart *chart,
            const Part *part)
{
  const LloydKChoice *choice = chart->choice;
  guint best = part->is_silhouette ? choice->by_silhouette : choice->by_elbow;

  cairo_new_path (cr);
  lloyd_chart_set_colour (cr, style->accent, 1.0);
  cairo_set_line_width (cr, 2.0);
  for (guint i = 0; i < choice->n; i++)
    {
      double value = value_of (&choice->scores[i], part->is_silhouette);
      if (isfinite (value))
        cairo_line_to (cr, x_at (choice, width, i), y_at (part, value));
    }
  cairo_stroke (cr);
  for (guint i = 0; i < choice->n; i++)
    {
      const LloydKScore *score = &choice->scores[i];
      double value = value_of (score, part->is_silhouette);
      double radius = score->k == best ? 2.0 * DOT : DOT;
      if (!isfinite (value))
        continue;
      cairo_arc (cr, x_at (choice, width, i), y_at (part, value), radius, 0.0, 2.0 * G_PI);
      cairo_fill (cr);
    }
}

static void
paint_title (cairo_t *cr,
             double width,
             const LloydChartStyle *style,
             const LloydKChart *chart,
             const Part *part)
{
  guint best = part->is_silhouette ? chart->choice->by_silhouette : chart->choice->by_elbow;
  g_autofree char *text = NULL;
  if (best > 0)
    text =
        g_strdup_printf (part->is_silhouette ? _ ("best at K = %u") : _ ("elbow at K = %u"), best);
  double used =
      lloyd_chart_text (cr, style, LLOYD_TEXT_LEFT, LEFT, part->top - TITLE + 5.0, width / 2.0, 0.9,
                        TRUE, part->is_silhouette ? _ ("Silhouette") : _ ("Objective"));
  lloyd_chart_text (cr, style, LLOYD_TEXT_RIGHT, width - RIGHT, part->top - TITLE + 5.0,
                    width - used - LEFT - RIGHT - 12.0, 0.75, FALSE, text != NULL ? text : "");
}

/* Upright lines: where the session is, and what is chosen. */
static void
paint_marks (cairo_t *cr,
             double width,
             double height,
             const LloydChartStyle *style,
             const LloydKChart *chart)
{
  const double dashes[] = { 3.0, 3.0 };
  for (guint i = 0; i < chart->choice->n; i++)
    {
      guint k = chart->choice->scores[i].k;
      double x = round (x_at (chart->choice, width, i));
      if (k != chart->chosen && k != chart->current)
        continue;
      cairo_set_line_width (cr, k == chart->chosen ? 2.0 : 1.0);
      cairo_set_dash (cr, dashes, k == chart->chosen ? 0 : 2, 0.0);
      lloyd_chart_set_colour (cr, style->foreground, k == chart->chosen ? 0.55 : 0.4);
      for (int part = 0; part < 2; part++)
        {
          Part place = make_part (chart->choice, height, part == 1);
          cairo_move_to (cr, x, place.top);
          cairo_line_to (cr, x, place.bottom);
        }
      cairo_stroke (cr);
    }
  cairo_set_dash (cr, NULL, 0, 0.0);
}

static void
paint_numbers (cairo_t *cr,
               double width,
               double height,
               const LloydChartStyle *style,
               const LloydKChart *chart)
{
  const LloydKChoice *choice = chart->choice;
  guint step = 1;
  while (step < choice->n && (width - LEFT - RIGHT) * step / (choice->n - 1) < LABEL_WIDTH)
    step++;
  for (guint i = 0; i < choice->n; i++)
    {
      guint k = choice->scores[i].k;
      g_autofree char *text = g_strdup_printf ("%u", k);
      if (i % step == 0 || k == chart->chosen)
        lloyd_chart_text (cr, style, LLOYD_TEXT_CENTRE, x_at (choice, width, i),
                          height - LABELS + 3.0, LABEL_WIDTH, k == chart->chosen ? 1.0 : 0.65,
                          k == chart->chosen, text);
    }
}

void
lloyd_paint_k (cairo_t *cr,
               double width,
               double height,
               const LloydChartStyle *style,
               const LloydKChart *chart)
{
  lloyd_chart_begin (cr, width, height);
  if (chart->choice->n == 0)
    lloyd_chart_empty (cr, style, width, height, _ ("No K has been tried yet"));
  else
    {
      paint_marks (cr, width, height, style, chart);
      for (int i = 0; i < 2; i++)
        {
          Part part = make_part (chart->choice, height, i == 1);
          paint_title (cr, width, style, chart, &part);
          if (isfinite (part.low))
            paint_line (cr, width, style, chart, &part);
        }
      paint_numbers (cr, width, height, style, chart);
    }
  lloyd_chart_end (cr);
}

char *
lloyd_describe_k (const LloydKChoice *choice)
{
  GString *text = g_string_new (NULL);
  if (choice->n == 0)
    return g_strdup (_ ("No K has been tried yet"));
  const LloydKScore *first = &choice->scores[0], *last = &choice->scores[choice->n - 1];
  g_autofree char *high = lloyd_words_number (first->objective);
  g_autofree char *low = lloyd_words_number (last->objective);
  g_string_append_printf (text, _ ("From K = %u to %u the objective goes from %s to %s"), first->k,
                          last->k, high, low);
  if (choice->by_elbow > 0)
    g_string_append_printf (text, _ ("; its elbow is at K = %u"), choice->by_elbow);
  if (choice->by_silhouette > 0)
    g_string_append_printf (text, _ ("; the silhouette is largest at K = %u"),
                            choice->by_silhouette);
  return g_string_free (text, FALSE);
}
