#include "ui/widgets/strip-chart.h"

#include <math.h>
#include <stdio.h>

#include "compute/files/output.h"
#include "compute/session/rises.h"
#include "ui/charts/export.h"
#include "ui/charts/text.h"
#include "ui/words/words.h"

/* Below this total the sum does not stand at all. */
#define LEAST_SUM 1e-3
/* Side by side, sums have words from this width on: then both have them. */
#define ENOUGH_FOR_TWO 400.0
/* Of a file. */
#define SAVED_WIDTH 640.0
#define SAVED_HEIGHT 200.0

const char *const lloyd_strip_kind_names[] = { "times", "objective", NULL };

/* ---- painting ------------------------------------------------------------------------------ */

static void
paint_times (cairo_t *cr,
             double width,
             double height,
             const LloydChartStyle *style,
             const LloydStripChart *self)
{
  const LloydSnapshot *snapshot = self->snapshot;
  LloydTimeChart chart = { .top_ns = self->top_ns };
  if (snapshot != NULL)
    {
      chart.steps = snapshot->steps;
      chart.n_steps = snapshot->n_steps;
      chart.current = snapshot->label_step;
      chart.chosen = self->chosen;
      chart.prepare_ns = snapshot->prepare_ns + snapshot->seeding_ns;
    }
  lloyd_paint_times (cr, width, height, style, &chart);
}

static guint
find_rise (const LloydSnapshot *snapshot)
{
  if (!lloyd_must_fall (snapshot->metric, snapshot->algorithm))
    return 0;
  return lloyd_find_rise (snapshot->steps, snapshot->n_steps, snapshot->events, snapshot->n_events,
                          snapshot->metric);
}

/* Steps that were changed by hand before, rising. */
static guint *
list_edits (const LloydSnapshot *snapshot, guint *n)
{
  guint *steps = g_new (guint, snapshot->n_events + 1);
  *n = 0;
  for (guint i = 0; i < snapshot->n_events; i++)
    if (*n == 0 || steps[*n - 1] != snapshot->events[i].step)
      steps[(*n)++] = snapshot->events[i].step;
  return steps;
}

/* The sum below the line, in the unit of its axis; without words where these have no room. */
static char *
make_sum (const LloydSnapshot *snapshot,
          LloydObjectiveChart *chart,
          cairo_t *cr,
          const LloydChartStyle *style,
          double width)
{
  LloydSplit split;
  double left;
  if (!lloyd_words_find_split (snapshot, &left, &split))
    return NULL;
  chart->bar_total = snapshot->total;
  chart->bar_left = left;
  /* Rows of noughts are no sum that anybody reads. */
  if (snapshot->total < LEAST_SUM)
    return NULL;
  g_autofree char *text = lloyd_words_split (left, snapshot->total, split);
  double room = width - LLOYD_CHART_LEFT - LLOYD_CHART_RIGHT;
  if (!isnan (chart->total) && width < ENOUGH_FOR_TWO)
    room = 0.0;
  return text == NULL || lloyd_chart_measure (cr, style, FALSE, text) <= room
             ? g_steal_pointer (&text)
             : lloyd_words_split (left, snapshot->total, LLOYD_SPLIT_BARE);
}

static void
paint_objective (cairo_t *cr,
                 double width,
                 double height,
                 const LloydChartStyle *style,
                 const LloydStripChart *self)
{
  const LloydSnapshot *snapshot = self->snapshot;
  LloydObjectiveChart chart = { .total = NAN, .bar_total = NAN };
  g_autofree guint *edits = NULL;
  g_autofree char *sum = NULL;
  if (snapshot != NULL)
    {
      chart.steps = snapshot->steps;
      chart.n_steps = snapshot->n_steps;
      chart.position = snapshot->position;
      chart.total = self->is_percent ? snapshot->total : NAN;
      if (snapshot->algorithm == LLOYD_ALGORITHM_MINIBATCH)
        chart.weight = snapshot->weight;
      chart.edits = edits = list_edits (snapshot, &chart.n_edits);
      chart.rise = find_rise (snapshot);
      chart.bar_text = sum = make_sum (snapshot, &chart, cr, style, width);
    }
  lloyd_paint_objective (cr, width, height, style, &chart);
}

void
lloyd_strip_chart_paint (
    cairo_t *cr, double width, double height, const LloydChartStyle *style, gconstpointer chart)
{
  const LloydStripChart *self = chart;
  if (self->kind == LLOYD_STRIP_TIMES)
    paint_times (cr, width, height, style, self);
  else
    paint_objective (cr, width, height, style, self);
}

/* ---- files --------------------------------------------------------------------------------- */

/* What is not a number is an empty cell. */
static void
append_number (GString *text, double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_c (text, ',');
  if (!isnan (number))
    g_string_append (text, g_ascii_dtostr (buffer, sizeof buffer, number));
}

char *
lloyd_strip_chart_dup_csv (const LloydStripChart *self)
{
  const LloydSnapshot *snapshot = self->snapshot;
  gboolean has_times = self->kind == LLOYD_STRIP_TIMES;
  GString *text = g_string_new (has_times ? "step,assign_ms,update_ms,wall_ms,paced\n"
                                          : "step,objective,objective_after_update\n");
  for (guint i = 0; snapshot != NULL && i < snapshot->n_steps; i++)
    {
      const LloydStep *step = &snapshot->steps[i];
      g_string_append_printf (text, "%u", step->step);
      append_number (text, has_times ? (double) step->assign_ns / 1e6 : step->objective);
      append_number (text,
                     has_times ? (double) step->update_ns / 1e6 : step->objective_after_update);
      if (has_times)
        {
          append_number (text, (double) step->wall_ns / 1e6);
          g_string_append_printf (text, ",%d", step->is_paced != FALSE);
        }
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static gboolean
save_numbers (const LloydStripChart *self, const char *path, GError **error)
{
  g_autofree char *text = lloyd_strip_chart_dup_csv (self);
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  fputs (text, lloyd_output_get_stream (output));
  return lloyd_output_finish (output, error);
}

gboolean
lloyd_strip_chart_save (const LloydStripChart *self,
                        const char *path,
                        gboolean is_dark,
                        const LloydChartStyle *colours,
                        GError **error)
{
  LloydChartStyle look = { 0 };
  if (g_str_has_suffix (path, ".csv"))
    return save_numbers (self, path, error);
  LloydColour background = lloyd_chart_look (is_dark ? LLOYD_LOOK_DARK : LLOYD_LOOK_LIGHT, &look);
  look.accent = colours->accent;
  look.warning = colours->warning;
  gboolean is_saved = lloyd_chart_export (path, SAVED_WIDTH, SAVED_HEIGHT, background, &look,
                                          lloyd_strip_chart_paint, self, error);
  pango_font_description_free ((PangoFontDescription *) look.font);
  return is_saved;
}
