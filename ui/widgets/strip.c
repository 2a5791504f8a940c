#include "ui/widgets/strip.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/charts.h"
#include "ui/words/words.h"

struct _LloydStrip
{
  GtkWidget parent_instance;

  GtkDrawingArea *times;
  GtkDrawingArea *objective;

  LloydSnapshot *snapshot;
  gint64 top_ns;
  gboolean is_percent;
};

G_DEFINE_FINAL_TYPE (LloydStrip, lloyd_strip, GTK_TYPE_WIDGET)

/* ---- painting ------------------------------------------------------------------------------ */

static LloydColour
to_colour (GdkRGBA rgba)
{
  return (LloydColour){ rgba.red, rgba.green, rgba.blue };
}

/* Each metric has its colour in both charts. */
static LloydColour
accent_of (GtkStyleContext *context, LloydMetric metric)
{
  const char *name = LLOYD_METRIC_IS_ANGULAR (metric) ? "cosine_color" : "euclidean_color";
  GdkRGBA rgba = { 0.2f, 0.4f, 0.8f, 1.0f };
  gtk_style_context_lookup_color (context, name, &rgba);
  return to_colour (rgba);
}

static LloydChartStyle
make_style (LloydStrip *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  PangoContext *pango = gtk_widget_get_pango_context (GTK_WIDGET (self));
  GdkRGBA foreground;
  LloydMetric metric = self->snapshot != NULL ? self->snapshot->metric : LLOYD_METRIC_EUCLIDEAN;

  gtk_style_context_get_color (context, &foreground);
  return (LloydChartStyle){ .foreground = to_colour (foreground),
                            .accent = accent_of (context, metric),
                            .font = pango_context_get_font_description (pango) };
}

static void
draw_times (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydStrip *self = data;
  LloydChartStyle style = make_style (self);
  LloydTimeChart chart = { .top_ns = self->top_ns };

  (void) area;
  if (self->snapshot != NULL)
    {
      chart.steps = self->snapshot->steps;
      chart.n_steps = self->snapshot->n_steps;
      chart.current = self->snapshot->label_step;
    }
  lloyd_paint_times (cr, width, height, &style, &chart);
}

static void
draw_objective (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydStrip *self = data;
  LloydChartStyle style = make_style (self);
  LloydObjectiveChart chart = { .total = NAN };

  (void) area;
  if (self->snapshot != NULL)
    {
      chart.steps = self->snapshot->steps;
      chart.n_steps = self->snapshot->n_steps;
      chart.position = self->snapshot->position;
      chart.total = self->is_percent ? self->snapshot->total : NAN;
    }
  lloyd_paint_objective (cr, width, height, &style, &chart);
}

/* ---- words --------------------------------------------------------------------------------- */

static gboolean
on_query_tooltip (LloydStrip *self, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  (void) y;
  if (self->snapshot == NULL || by_keyboard)
    return FALSE;
  guint number = lloyd_time_chart_step_at (gtk_widget_get_width (GTK_WIDGET (self->times)),
                                           self->snapshot->n_steps, x);
  if (number == 0)
    return FALSE;

  const LloydStep *step = &self->snapshot->steps[number - 1];
  g_autofree char *assign = lloyd_words_duration (step->assign_ns);
  g_autofree char *update = lloyd_words_duration (step->update_ns);
  g_autofree char *wall = lloyd_words_duration (step->wall_ns);
  g_autofree char *text = g_strdup_printf (
      step->is_paced ? _ ("Step %u: assignment %s, update %s; with all bookkeeping %s.\n"
                          "Hatched: you or Play set the pace, so it is left out of comparisons.")
                     : _ ("Step %u: assignment %s, update %s; with all bookkeeping %s."),
      step->step, assign, update, wall);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
set_name (GtkDrawingArea *area, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
describe (LloydStrip *self)
{
  const LloydSnapshot *snapshot = self->snapshot;
  if (snapshot == NULL || snapshot->n_steps == 0)
    {
      set_name (self->times, _ ("Time a step: no step yet"));
      set_name (self->objective, _ ("Objective: no step yet"));
      return;
    }

  const LloydStep *last = &snapshot->steps[snapshot->n_steps - 1];
  g_autofree char *time = lloyd_words_duration (lloyd_step_time_ns (last));
  g_autofree char *objective = lloyd_words_number (last->objective);
  g_autofree char *times_text = g_strdup_printf (
      ngettext ("Time of %u step, the last %s", "Time of %u steps, the last %s", snapshot->n_steps),
      snapshot->n_steps, time);
  g_autofree char *objective_text =
      g_strdup_printf (ngettext ("Objective of %u step, the last %s",
                                 "Objective of %u steps, the last %s", snapshot->n_steps),
                       snapshot->n_steps, objective);
  set_name (self->times, times_text);
  set_name (self->objective, objective_text);
}

void
lloyd_strip_set_snapshot (LloydStrip *self,
                          LloydSnapshot *snapshot,
                          gint64 top_ns,
                          gboolean is_percent)
{
  LloydSnapshot *old = self->snapshot;
  self->snapshot = snapshot != NULL ? lloyd_snapshot_ref (snapshot) : NULL;
  g_clear_pointer (&old, lloyd_snapshot_unref);
  self->top_ns = top_ns;
  self->is_percent = is_percent;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self->times));
  gtk_widget_queue_draw (GTK_WIDGET (self->objective));
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_strip_dispose (GObject *object)
{
  LloydStrip *self = LLOYD_STRIP (object);
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
  G_OBJECT_CLASS (lloyd_strip_parent_class)->dispose (object);
}

static void
lloyd_strip_class_init (LloydStripClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_strip_dispose;
  gtk_widget_class_set_css_name (widget_class, "lloydstrip");
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/strip.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydStrip, times);
  gtk_widget_class_bind_template_child (widget_class, LloydStrip, objective);
  gtk_widget_class_bind_template_callback (widget_class, on_query_tooltip);
}

static void
lloyd_strip_init (LloydStrip *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drawing_area_set_draw_func (self->times, draw_times, self, NULL);
  gtk_drawing_area_set_draw_func (self->objective, draw_objective, self, NULL);
  describe (self);
}

GtkWidget *
lloyd_strip_new (void)
{
  return g_object_new (LLOYD_TYPE_STRIP, NULL);
}
