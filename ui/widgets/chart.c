#include "ui/widgets/chart.h"

struct _LloydChart
{
  GtkWidget parent_instance;

  LloydChartPainter painter;
  LloydChartFinder finder;
  gpointer data;
  guint n;
  int chosen;
};

G_DEFINE_FINAL_TYPE (LloydChart, lloyd_chart, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHOSEN,
  SIGNAL_ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static LloydColour
to_colour (GdkRGBA rgba)
{
  return (LloydColour){ rgba.red, rgba.green, rgba.blue };
}

LloydChartStyle
lloyd_chart_style_of (GtkWidget *widget, const char *accent)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  PangoContext *pango = gtk_widget_get_pango_context (widget);
  GdkRGBA foreground, accent_rgba = { 0.2f, 0.4f, 0.8f, 1.0f };

  gtk_style_context_get_color (context, &foreground);
  gtk_style_context_lookup_color (context, accent, &accent_rgba);
  return (LloydChartStyle){ .foreground = to_colour (foreground),
                            .accent = to_colour (accent_rgba),
                            .font = pango_context_get_font_description (pango) };
}

static void
lloyd_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LloydChart *self = LLOYD_CHART (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (self->painter == NULL || width <= 0 || height <= 0)
    return;
  LloydChartStyle style = lloyd_chart_style_of (widget, "accent_color");
  graphene_rect_t box = GRAPHENE_RECT_INIT (0.0f, 0.0f, (float) width, (float) height);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &box);
  self->painter (cr, width, height, &style, self->chosen, self->data);
  cairo_destroy (cr);
}

/* ---- choosing ------------------------------------------------------------------------------ */

static void
choose (LloydChart *self, int mark)
{
  if (mark == self->chosen)
    return;
  lloyd_chart_set_chosen (self, mark);
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, mark);
}

static void
on_pressed (LloydChart *self, int n_press, double x, double y)
{
  GtkWidget *widget = GTK_WIDGET (self);
  if (self->finder == NULL)
    return;
  gtk_widget_grab_focus (widget);
  int mark = self->finder (gtk_widget_get_width (widget), gtk_widget_get_height (widget), x, y,
                           self->data);
  if (mark < 0)
    return;
  choose (self, mark);
  if (n_press == 2)
    g_signal_emit (self, signals[SIGNAL_ACTIVATED], 0, mark);
}

/* By one, to either end, or by `step` of two; what is beyond stays at the end. */
static gboolean
on_move (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydChart *self = LLOYD_CHART (widget);
  int step = g_variant_get_int32 (arguments), last = (int) self->n - 1;
  (void) data;
  if (self->finder == NULL || self->n == 0)
    return FALSE;
  choose (self, self->chosen < 0 ? (step > 0 ? 0 : last) : CLAMP (self->chosen + step, 0, last));
  return TRUE;
}

static gboolean
on_activate (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydChart *self = LLOYD_CHART (widget);
  (void) arguments;
  (void) data;
  if (self->finder == NULL || self->chosen < 0)
    return FALSE;
  g_signal_emit (self, signals[SIGNAL_ACTIVATED], 0, self->chosen);
  return TRUE;
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_chart_set_painter (LloydChart *self,
                         LloydChartPainter painter,
                         LloydChartFinder finder,
                         gpointer data)
{
  self->painter = painter;
  self->finder = finder;
  self->data = data;
  gtk_widget_set_focusable (GTK_WIDGET (self), finder != NULL);
}

void
lloyd_chart_set_content (LloydChart *self, guint n, const char *words)
{
  self->n = n;
  if (self->chosen >= (int) n)
    self->chosen = -1;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lloyd_chart_set_chosen (LloydChart *self, int mark)
{
  self->chosen = mark < (int) self->n ? mark : -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

int
lloyd_chart_get_chosen (LloydChart *self)
{
  return self->chosen;
}

/* ---- object -------------------------------------------------------------------------------- */

/* Light or dark: the colours change with the style. */
static void
lloyd_chart_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (lloyd_chart_parent_class)->css_changed (widget, change);
  gtk_widget_queue_draw (widget);
}

static void
lloyd_chart_class_init (LloydChartClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  static const struct
  {
    guint key, keypad;
    int step;
  } moves[] = {
    { GDK_KEY_Right, GDK_KEY_KP_Right, 1 },   { GDK_KEY_Left, GDK_KEY_KP_Left, -1 },
    { GDK_KEY_Down, GDK_KEY_KP_Down, 1 },     { GDK_KEY_Up, GDK_KEY_KP_Up, -1 },
    { GDK_KEY_End, GDK_KEY_KP_End, 1 << 24 }, { GDK_KEY_Home, GDK_KEY_KP_Home, -(1 << 24) },
  };
  static const guint enters[] = { GDK_KEY_Return, GDK_KEY_KP_Enter, GDK_KEY_space };

  widget_class->snapshot = lloyd_chart_snapshot;
  widget_class->css_changed = lloyd_chart_css_changed;
  gtk_widget_class_set_css_name (widget_class, "lloydchart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  for (size_t i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      gtk_widget_class_add_binding (widget_class, moves[i].key, 0, on_move, "i", moves[i].step);
      gtk_widget_class_add_binding (widget_class, moves[i].keypad, 0, on_move, "i", moves[i].step);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (enters); i++)
    gtk_widget_class_add_binding (widget_class, enters[i], 0, on_activate, NULL);
  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[SIGNAL_ACTIVATED] =
      g_signal_new ("activated", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
lloyd_chart_init (LloydChart *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  self->chosen = -1;
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
lloyd_chart_new (void)
{
  return g_object_new (LLOYD_TYPE_CHART, NULL);
}
