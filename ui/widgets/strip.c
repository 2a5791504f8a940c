#include "ui/widgets/strip.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/charts/charts.h"
#include "ui/widgets/letters.h"
#include "ui/widgets/live.h"
#include "ui/words/words.h"

/* Popovers point to the top of a bar. */
#define POPOVER_Y 30.0
/* Charts are made for letters of this height; for larger ones they grow. */
#define FONT_PIXELS 12.7
#define HEIGHT 120.0
/* Of an area, its menu. */
#define MENU_KEY "lloyd-menu"

struct _LloydStrip
{
  GtkWidget parent_instance;

  GtkDrawingArea *times;
  GtkDrawingArea *objective;
  GtkWidget *measure;

  LloydLive live_times, live_objective;

  LloydPane *pane;
  guint side;
  LloydSnapshot *snapshot;
  gint64 top_ns;
  gboolean is_percent;
  /* gint64, by step: what bringing its labels took. */
  GArray *transfer_ns;

  /* How much larger than usual letters and charts are, and the letters in units of a chart. */
  double scale;
  PangoFontDescription *font;

  /* The step whose times are told, 0 for none, and the popover that tells them. */
  guint chosen;
  GtkWidget *popover;
  GtkLabel *told;
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

static LloydColour
warning_of (GtkStyleContext *context)
{
  GdkRGBA rgba = { 0.8f, 0.2f, 0.1f, 1.0f };
  gtk_style_context_lookup_color (context, "error_color", &rgba);
  return to_colour (rgba);
}

static LloydChartStyle
make_style (LloydStrip *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA foreground;
  LloydMetric metric = self->snapshot != NULL ? self->snapshot->metric : LLOYD_METRIC_EUCLIDEAN;

  gtk_style_context_get_color (context, &foreground);
  return (LloydChartStyle){ .foreground = to_colour (foreground),
                            .accent = accent_of (context, metric),
                            .warning = warning_of (context),
                            .font = self->font };
}

/* Lets the charts grow with the letters. */
static void
update_scale (LloydStrip *self)
{
  PangoContext *pango = gtk_widget_get_pango_context (GTK_WIDGET (self));
  const PangoFontDescription *font = pango_context_get_font_description (pango);
  double pixels = lloyd_letters_pixels (GTK_WIDGET (self));

  self->scale = fmax (1.0, pixels / FONT_PIXELS);
  g_clear_pointer (&self->font, pango_font_description_free);
  self->font = pango_font_description_copy (font);
  pango_font_description_set_absolute_size (self->font, pixels / self->scale * PANGO_SCALE);
  gtk_drawing_area_set_content_height (self->times, (int) lrint (HEIGHT * self->scale));
  gtk_drawing_area_set_content_height (self->objective, (int) lrint (HEIGHT * self->scale));
}

static LloydStripChart
make_chart (LloydStrip *self, LloydStripKind kind)
{
  return (LloydStripChart){ .kind = kind,
                            .snapshot = self->snapshot,
                            .top_ns = self->top_ns,
                            .chosen = self->chosen,
                            .is_percent = self->is_percent };
}

static void
draw (LloydStrip *self, cairo_t *cr, int width, int height, LloydStripKind kind)
{
  LloydChartStyle style = make_style (self);
  LloydStripChart chart = make_chart (self, kind);
  cairo_scale (cr, self->scale, self->scale);
  lloyd_strip_chart_paint (cr, width / self->scale, height / self->scale, &style, &chart);
}

static void
draw_times (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  (void) area;
  draw (data, cr, width, height, LLOYD_STRIP_TIMES);
}

static void
draw_objective (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  (void) area;
  draw (data, cr, width, height, LLOYD_STRIP_OBJECTIVE);
}

/* ---- words --------------------------------------------------------------------------------- */

/* All about the time of a step. Yours. */
static char *
tell_step (LloydStrip *self, guint number)
{
  gint64 transfer_ns =
      number < self->transfer_ns->len ? g_array_index (self->transfer_ns, gint64, number) : 0;
  gint64 drawing_ns = self->pane != NULL
                          ? lloyd_canvas_get_drawing_ns (lloyd_pane_get_canvas (self->pane), number)
                          : 0;
  g_autofree char *times =
      lloyd_words_step_times (&self->snapshot->steps[number - 1], transfer_ns, drawing_ns);
  return g_strdup_printf ("%s\n%s", times, self->snapshot->device);
}

static guint
step_at (LloydStrip *self, double x)
{
  if (self->snapshot == NULL)
    return 0;
  return lloyd_time_chart_step_at (gtk_widget_get_width (GTK_WIDGET (self->times)) / self->scale,
                                   self->snapshot->n_steps, x / self->scale);
}

static gboolean
on_query_tooltip (LloydStrip *self, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  (void) y;
  guint number = by_keyboard ? self->chosen : step_at (self, x);
  if (number == 0 || gtk_widget_get_visible (self->popover))
    return FALSE;
  g_autofree char *text = tell_step (self, number);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static gboolean
on_query_objective (LloydStrip *self, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  (void) x;
  (void) y;
  (void) by_keyboard;
  if (self->snapshot == NULL || self->snapshot->n_steps == 0)
    return FALSE;
  g_autofree char *text = lloyd_words_objective (self->snapshot);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
describe (LloydStrip *self)
{
  const LloydSnapshot *snapshot = self->snapshot;
  if (snapshot == NULL)
    {
      lloyd_live_say (&self->live_times, _ ("Time a step: no step yet"));
      lloyd_live_say (&self->live_objective, _ ("Objective: no step yet"));
      return;
    }
  g_autofree char *times = lloyd_words_times (snapshot);
  g_autofree char *objective = lloyd_words_objective (snapshot);
  g_autofree char *told = self->chosen > 0 ? tell_step (self, self->chosen) : NULL;
  g_autofree char *both = told != NULL ? g_strdup_printf ("%s. %s", times, told) : NULL;
  lloyd_live_say (&self->live_times, both != NULL ? both : times);
  lloyd_live_say (&self->live_objective, objective);
}

/* ---- a bar looked at closely --------------------------------------------------------------- */

static void
choose (LloydStrip *self, guint number)
{
  self->chosen = number;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self->times));
}

/* Shows where the time of the chosen step went. */
static void
pop_up (LloydStrip *self)
{
  GtkWidget *area = GTK_WIDGET (self->times);
  double x = self->scale * lloyd_time_chart_x_of (gtk_widget_get_width (area) / self->scale,
                                                  self->snapshot->n_steps, self->chosen);
  double at_x = 0.0, at_y = 0.0;
  gtk_widget_translate_coordinates (area, GTK_WIDGET (self), x, POPOVER_Y, &at_x, &at_y);
  GdkRectangle box = { (int) at_x, (int) at_y, 1, 1 };
  g_autofree char *text = tell_step (self, self->chosen);
  gtk_label_set_text (self->told, text);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &box);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
on_pressed (LloydStrip *self, int n_times, double x)
{
  (void) n_times;
  guint number = step_at (self, x);
  gtk_widget_grab_focus (GTK_WIDGET (self->times));
  choose (self, number);
  if (number > 0)
    pop_up (self);
}

/* Left and right choose a bar, Enter and Space tell of it, Escape lets go of it; without bars the
 * keys are the window's.
 */
static gboolean
on_key (LloydStrip *self, guint key)
{
  guint n = self->snapshot != NULL ? self->snapshot->n_steps : 0;
  if (n == 0)
    return FALSE;
  guint shown = self->chosen > 0 ? self->chosen : CLAMP (self->snapshot->label_step, 1, n);
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      choose (self, self->chosen > 0 ? MAX (shown - 1, 1) : shown);
      return TRUE;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      choose (self, self->chosen > 0 ? MIN (shown + 1, n) : shown);
      return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_space:
      choose (self, shown);
      pop_up (self);
      return TRUE;
    case GDK_KEY_Escape:
      if (self->chosen == 0)
        return FALSE;
      choose (self, 0);
      return TRUE;
    default:
      return FALSE;
    }
}

/* The keys go on where they were. */
static void
on_closed (LloydStrip *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->times));
}

static void
add_popover (LloydStrip *self)
{
  self->popover = gtk_popover_new ();
  self->told = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->told, 0.0f);
  gtk_widget_add_css_class (GTK_WIDGET (self->told), "numeric");
  gtk_popover_set_child (GTK_POPOVER (self->popover), GTK_WIDGET (self->told));
  gtk_popover_set_position (GTK_POPOVER (self->popover), GTK_POS_TOP);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (on_closed), self);
}

/* ---- saving a chart ------------------------------------------------------------------------ */

/* The menu of a chart, by keyboard at its middle. */
static void
show_menu (GtkWidget *area, double x, double y)
{
  GtkWidget *menu = g_object_get_data (G_OBJECT (area), MENU_KEY);
  gtk_widget_translate_coordinates (area, gtk_widget_get_parent (menu), x, y, &x, &y);
  gtk_popover_set_pointing_to (GTK_POPOVER (menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (menu));
}

static void
on_menu_pressed (GtkGestureClick *gesture, int n_times, double x, double y)
{
  GtkWidget *area = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  (void) n_times;
  gtk_widget_grab_focus (area);
  show_menu (area, x, y);
}

static gboolean
on_menu_key (GtkWidget *area, GVariant *arguments, gpointer data)
{
  (void) arguments;
  (void) data;
  show_menu (area, gtk_widget_get_width (area) / 2.0, gtk_widget_get_height (area) / 2.0);
  return TRUE;
}

static void
add_menu (LloydStrip *self, GtkWidget *area, LloydStripKind kind)
{
  g_autoptr (GMenu) model = g_menu_new ();
  g_autoptr (GMenuItem) entry = g_menu_item_new (_ ("Save Chart…"), NULL);
  GtkGesture *gesture = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  g_menu_item_set_action_and_target (entry, "win.save-chart", "(iss)", (gint32) self->side,
                                     lloyd_strip_kind_names[kind], "");
  g_menu_append_item (model, entry);
  GtkWidget *menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (model));
  gtk_popover_set_has_arrow (GTK_POPOVER (menu), FALSE);
  gtk_widget_set_halign (menu, GTK_ALIGN_START);
  gtk_widget_set_parent (menu, GTK_WIDGET (self));
  g_object_set_data (G_OBJECT (area), MENU_KEY, menu);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect (gesture, "pressed", G_CALLBACK (on_menu_pressed), NULL);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (gesture));
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                        gtk_callback_action_new (on_menu_key, NULL, NULL)));
  gtk_widget_add_controller (area, keys);
}

/* ---- public -------------------------------------------------------------------------------- */

static void
note_transfer (LloydStrip *self, const LloydSnapshot *snapshot)
{
  guint step = snapshot->label_step;
  if (snapshot->n_steps == 0)
    g_array_set_size (self->transfer_ns, 0);
  if (step >= self->transfer_ns->len)
    g_array_set_size (self->transfer_ns, step + 1);
  g_array_index (self->transfer_ns, gint64, step) = snapshot->transfer_ns;
}

void
lloyd_strip_set_pane (LloydStrip *self, LloydPane *pane, guint side)
{
  self->pane = pane;
  self->side = side;
  add_menu (self, GTK_WIDGET (self->times), LLOYD_STRIP_TIMES);
  add_menu (self, GTK_WIDGET (self->objective), LLOYD_STRIP_OBJECTIVE);
}

LloydStripChart
lloyd_strip_get_chart (LloydStrip *self, LloydStripKind kind, LloydChartStyle *colours)
{
  *colours = make_style (self);
  colours->font = NULL;
  return make_chart (self, kind);
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
  if (snapshot != NULL)
    note_transfer (self, snapshot);
  if (snapshot == NULL || self->chosen > snapshot->n_steps)
    self->chosen = 0;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self->times));
  gtk_widget_queue_draw (GTK_WIDGET (self->objective));
}

void
lloyd_strip_set_fast (LloydStrip *self, gboolean is_fast)
{
  lloyd_live_set_fast (&self->live_times, is_fast);
  lloyd_live_set_fast (&self->live_objective, is_fast);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_strip_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (lloyd_strip_parent_class)->css_changed (widget, change);
  update_scale (LLOYD_STRIP (widget));
}

static void
lloyd_strip_dispose (GObject *object)
{
  LloydStrip *self = LLOYD_STRIP (object);
  GtkWidget *child;
  lloyd_live_clear (&self->live_times);
  lloyd_live_clear (&self->live_objective);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
  G_OBJECT_CLASS (lloyd_strip_parent_class)->dispose (object);
}

static void
lloyd_strip_finalize (GObject *object)
{
  LloydStrip *self = LLOYD_STRIP (object);
  g_array_unref (self->transfer_ns);
  g_clear_pointer (&self->font, pango_font_description_free);
  G_OBJECT_CLASS (lloyd_strip_parent_class)->finalize (object);
}

static void
lloyd_strip_class_init (LloydStripClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_strip_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_strip_finalize;
  widget_class->css_changed = lloyd_strip_css_changed;
  gtk_widget_class_set_css_name (widget_class, "lloydstrip");
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/strip.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydStrip, times);
  gtk_widget_class_bind_template_child (widget_class, LloydStrip, objective);
  gtk_widget_class_bind_template_child (widget_class, LloydStrip, measure);
  gtk_widget_class_bind_template_callback (widget_class, on_query_tooltip);
  gtk_widget_class_bind_template_callback (widget_class, on_query_objective);
  gtk_widget_class_bind_template_callback (widget_class, on_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_key);
}

static void
lloyd_strip_init (LloydStrip *self)
{
  self->transfer_ns = g_array_new (FALSE, TRUE, sizeof (gint64));
  gtk_widget_init_template (GTK_WIDGET (self));
  self->live_times.widget = GTK_WIDGET (self->times);
  self->live_objective.widget = GTK_WIDGET (self->objective);
  add_popover (self);
  update_scale (self);
  gtk_drawing_area_set_draw_func (self->times, draw_times, self, NULL);
  gtk_drawing_area_set_draw_func (self->objective, draw_objective, self, NULL);
  describe (self);
}

GtkWidget *
lloyd_strip_new (void)
{
  return g_object_new (LLOYD_TYPE_STRIP, NULL);
}
