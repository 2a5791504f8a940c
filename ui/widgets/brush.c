#include "ui/widgets/brush.h"

#include <math.h>

/* A stroke covers places no farther apart than this share of its radius. */
#define STRIDE 0.35
#define LEAST_STRIDE 2.0
/* Corners of a lasso lie at least so far apart; and lines with fewer enclose nothing. */
#define CORNER_STRIDE 3.0
#define LEAST_CORNERS 3
#define SCROLL_FACTOR 1.15

const char *const lloyd_tool_names[] = { "pointer", "paint", "erase", "lasso", NULL };

struct _LloydBrush
{
  GtkWidget parent_instance;

  LloydPane *pane;
  const LloydBrushFuncs *funcs;
  gpointer data;
  LloydTool tool;
  double radius;

  /* Where the pointer is, or keys put it, and whether it is seen. */
  double x, y;
  gboolean is_there;
  gboolean is_placed;
  /* A stroke: where it began, and the place that was covered last. */
  gboolean is_down;
  double start_x, start_y;
  double last_x, last_y;
  /* double: the line of a lasso on its way, and what is covered. */
  GArray *line;
  GArray *covered;
  /* float: x, y, z of the scene. */
  GArray *selected;
};

G_DEFINE_FINAL_TYPE (LloydBrush, lloyd_brush, GTK_TYPE_WIDGET)

/* ---- drawing ------------------------------------------------------------------------------- */

static GdkRGBA
find_colour (LloydBrush *self, const char *name)
{
  GdkRGBA colour = { 0.2f, 0.4f, 0.8f, 1.0f };
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  gtk_style_context_lookup_color (context, name, &colour);
  return colour;
}

static void
set_source (cairo_t *cr, const GdkRGBA *colour, double alpha)
{
  cairo_set_source_rgba (cr, (double) colour->red, (double) colour->green, (double) colour->blue,
                         alpha);
}

/* A line that is seen on points of any colour. */
static void
stroke_twice (LloydBrush *self, cairo_t *cr, const GdkRGBA *ink)
{
  GdkRGBA paper = find_colour (self, "view_bg_color");
  set_source (cr, &paper, 0.85);
  cairo_set_line_width (cr, 4.0);
  cairo_stroke_preserve (cr);
  set_source (cr, ink, 1.0);
  cairo_set_line_width (cr, 1.75);
  cairo_stroke (cr);
}

static void
draw_covered (LloydBrush *self, cairo_t *cr, const GdkRGBA *ink)
{
  const double *places = (const double *) (gconstpointer) self->covered->data;
  guint n = self->covered->len / 2;
  if (n == 0)
    return;
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_width (cr, 2.0 * self->radius);
  cairo_move_to (cr, places[0], places[1]);
  for (guint i = 0; i < n; i++)
    cairo_line_to (cr, places[2 * i], places[2 * i + 1]);
  cairo_line_to (cr, places[2 * n - 2] + 0.01, places[2 * n - 1]);
  set_source (cr, ink, 0.16);
  cairo_stroke (cr);
}

static void
draw_lasso (LloydBrush *self, cairo_t *cr, const GdkRGBA *ink)
{
  const double *line = (const double *) (gconstpointer) self->line->data;
  for (guint i = 0; i < self->line->len / 2; i++)
    cairo_line_to (cr, line[2 * i], line[2 * i + 1]);
  if (self->line->len > 0)
    stroke_twice (self, cr, ink);
}

static void
draw_selected (LloydBrush *self, cairo_t *cr, const GdkRGBA *ink, int width, int height)
{
  const float *corners = (const float *) (gconstpointer) self->selected->data;
  LloydCamera *camera = lloyd_pane_get_camera (self->pane);
  for (guint i = 0; i < self->selected->len / 3; i++)
    {
      float x, y;
      lloyd_camera_project (camera, width, height, corners + 3 * (size_t) i, &x, &y);
      cairo_line_to (cr, (double) x, (double) y);
    }
  if (self->selected->len == 0)
    return;
  cairo_close_path (cr);
  set_source (cr, ink, 0.10);
  cairo_fill_preserve (cr);
  stroke_twice (self, cr, ink);
}

static void
lloyd_brush_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LloydBrush *self = LLOYD_BRUSH (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GdkRGBA ink =
      find_colour (self, self->tool == LLOYD_TOOL_ERASE ? "destructive_color" : "accent_color");
  if (self->tool == LLOYD_TOOL_POINTER && self->selected->len == 0 && self->covered->len == 0)
    return;

  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0.0f, 0.0f, (float) width, (float) height));
  draw_selected (self, cr, &ink, width, height);
  draw_covered (self, cr, &ink);
  draw_lasso (self, cr, &ink);
  if (self->is_there && self->tool != LLOYD_TOOL_POINTER &&
      (self->tool != LLOYD_TOOL_LASSO || self->is_placed))
    {
      cairo_arc (cr, self->x, self->y, self->radius, 0.0, 2.0 * G_PI);
      stroke_twice (self, cr, &ink);
    }
  cairo_destroy (cr);
}

/* ---- strokes ------------------------------------------------------------------------------- */

/* All the way from the place before, so that nothing is left out where the hand is fast. */
static void
go_to (LloydBrush *self, double x, double y)
{
  double way = hypot (x - self->last_x, y - self->last_y);
  double stride = MAX (LEAST_STRIDE, STRIDE * self->radius);
  guint n = (guint) (way / stride);
  g_autofree double *places = g_new (double, 2 * (size_t) MAX (n, 1));
  if (n == 0)
    return;
  for (guint i = 0; i < n; i++)
    {
      double share = (double) (i + 1) * stride / way;
      places[2 * i] = self->last_x + share * (x - self->last_x);
      places[2 * i + 1] = self->last_y + share * (y - self->last_y);
    }
  self->last_x = places[2 * n - 2];
  self->last_y = places[2 * n - 1];
  self->funcs->cover (self, places, n, self->data);
}

static void
add_corner (LloydBrush *self, double x, double y)
{
  const double place[] = { x, y };
  if (self->line->len > 0 && hypot (x - self->last_x, y - self->last_y) < CORNER_STRIDE)
    return;
  g_array_append_vals (self->line, place, 2);
  self->last_x = x;
  self->last_y = y;
}

static void
on_drag_begin (LloydBrush *self, double x, double y, GtkGesture *drag)
{
  const double place[] = { x, y };
  GdkModifierType state =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (drag));
  self->is_down = self->tool != LLOYD_TOOL_POINTER && (state & GDK_SHIFT_MASK) == 0;
  if (self->is_down && self->tool != LLOYD_TOOL_LASSO)
    self->is_down = self->funcs->begin (self, self->data);
  if (!self->is_down)
    {
      gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (lloyd_pane_get_area (self->pane));
  self->is_placed = FALSE;
  self->start_x = self->last_x = x;
  self->start_y = self->last_y = y;
  g_array_set_size (self->line, 0);
  if (self->tool == LLOYD_TOOL_LASSO)
    add_corner (self, x, y);
  else
    self->funcs->cover (self, place, 1, self->data);
}

static void
on_drag_update (LloydBrush *self, double dx, double dy)
{
  if (!self->is_down)
    return;
  self->x = self->start_x + dx;
  self->y = self->start_y + dy;
  if (self->tool == LLOYD_TOOL_LASSO)
    add_corner (self, self->x, self->y);
  else
    go_to (self, self->x, self->y);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
lift (LloydBrush *self)
{
  gboolean was_down = self->is_down;
  self->is_down = FALSE;
  if (!was_down)
    return;
  if (self->tool == LLOYD_TOOL_LASSO)
    {
      guint n = self->line->len / 2;
      self->funcs->enclose (self, (const double *) (gconstpointer) self->line->data,
                            n >= LEAST_CORNERS ? n : 0, self->data);
      g_array_set_size (self->line, 0);
    }
  else
    self->funcs->end (self, self->data);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (LloydBrush *self, double x, double y)
{
  if (self->is_placed && hypot (x - self->x, y - self->y) < 1.0)
    return;
  self->x = x;
  self->y = y;
  self->is_there = TRUE;
  self->is_placed = FALSE;
  if (self->tool != LLOYD_TOOL_POINTER)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_leave (LloydBrush *self)
{
  self->is_there = self->is_placed;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* With Ctrl it zooms, as it does without a brush. */
static gboolean
on_scroll (LloydBrush *self, double dx, double dy, GtkEventController *scroll)
{
  gboolean zooms = (gtk_event_controller_get_current_event_state (scroll) & GDK_CONTROL_MASK) != 0;
  (void) dx;
  if (zooms || (self->tool != LLOYD_TOOL_PAINT && self->tool != LLOYD_TOOL_ERASE))
    return FALSE;
  self->funcs->resize (self, pow (SCROLL_FACTOR, -dy), self->data);
  return TRUE;
}

static void
add_controllers (LloydBrush *self)
{
  GtkWidget *canvas = lloyd_pane_get_area (self->pane);
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  /* Before all others, which then do not get what it claims. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drag), GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (scroll, GTK_PHASE_CAPTURE);
  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (on_drag_begin), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (on_drag_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "drag-end", G_CALLBACK (lift), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "cancel", G_CALLBACK (lift), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "enter", G_CALLBACK (on_motion), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "motion", G_CALLBACK (on_motion), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (on_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (scroll, "scroll", G_CALLBACK (on_scroll), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (canvas, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (canvas, motion);
  gtk_widget_add_controller (canvas, scroll);
}

/* ---- public -------------------------------------------------------------------------------- */

LloydBrush *
lloyd_brush_new (LloydPane *pane, const LloydBrushFuncs *funcs, gpointer data)
{
  LloydBrush *self = g_object_new (LLOYD_TYPE_BRUSH, NULL);
  GtkWidget *overlay = gtk_widget_get_parent (lloyd_pane_get_area (pane));
  self->pane = pane;
  self->funcs = funcs;
  self->data = data;
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), GTK_WIDGET (self));
  add_controllers (self);
  return self;
}

LloydPane *
lloyd_brush_get_pane (LloydBrush *self)
{
  return self->pane;
}

void
lloyd_brush_set_tool (LloydBrush *self, LloydTool tool)
{
  GtkWidget *canvas = lloyd_pane_get_area (self->pane);
  if (self->tool == tool)
    return;
  /* What was painted so far stays; a line that is not closed is none. */
  if (self->tool == LLOYD_TOOL_LASSO)
    self->is_down = FALSE;
  lift (self);
  g_array_set_size (self->line, 0);
  self->tool = tool;
  self->is_placed = FALSE;
  gtk_widget_set_cursor_from_name (canvas, tool == LLOYD_TOOL_POINTER ? NULL : "crosshair");
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lloyd_brush_set_radius (LloydBrush *self, double radius)
{
  self->radius = radius;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lloyd_brush_set_covered (LloydBrush *self, const double *places, guint n)
{
  g_array_set_size (self->covered, 0);
  if (n > 0)
    g_array_append_vals (self->covered, places, 2 * n);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lloyd_brush_set_selected (LloydBrush *self, const float *corners, guint n)
{
  g_array_set_size (self->selected, 0);
  if (n > 0)
    g_array_append_vals (self->selected, corners, 3 * n);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
place_in_middle (LloydBrush *self)
{
  if (self->is_there)
    return;
  self->x = gtk_widget_get_width (GTK_WIDGET (self)) / 2.0;
  self->y = gtk_widget_get_height (GTK_WIDGET (self)) / 2.0;
}

void
lloyd_brush_move (LloydBrush *self, double dx, double dy)
{
  place_in_middle (self);
  self->is_there = self->is_placed = TRUE;
  self->x = CLAMP (self->x + dx, 0.0, (double) gtk_widget_get_width (GTK_WIDGET (self)));
  self->y = CLAMP (self->y + dy, 0.0, (double) gtk_widget_get_height (GTK_WIDGET (self)));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lloyd_brush_get_place (LloydBrush *self, double place[2])
{
  lloyd_brush_move (self, 0.0, 0.0);
  place[0] = self->x;
  place[1] = self->y;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_brush_finalize (GObject *object)
{
  LloydBrush *self = LLOYD_BRUSH (object);
  g_array_unref (self->line);
  g_array_unref (self->covered);
  g_array_unref (self->selected);
  G_OBJECT_CLASS (lloyd_brush_parent_class)->finalize (object);
}

static void
lloyd_brush_class_init (LloydBrushClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_brush_finalize;
  GTK_WIDGET_CLASS (class)->snapshot = lloyd_brush_snapshot;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class), GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
lloyd_brush_init (LloydBrush *self)
{
  self->line = g_array_new (FALSE, FALSE, sizeof (double));
  self->covered = g_array_new (FALSE, FALSE, sizeof (double));
  self->selected = g_array_new (FALSE, FALSE, sizeof (float));
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
}
