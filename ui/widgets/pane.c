#include "ui/widgets/pane.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "compute/session/seeding.h"
#include "ui/draw/numbers.h"
#include "ui/draw/regions.h"
#include "ui/widgets/canvas.h"
#include "ui/widgets/live.h"
#include "ui/widgets/pane-colours.h"
#include "ui/widgets/pane-motion.h"
#include "ui/widgets/pane-room.h"
#include "ui/words/words-seeding.h"
#include "ui/words/words.h"

#define SCROLL_ZOOM 1.12
#define SEEDING_ALPHA 0.8f

struct _LloydPane
{
  GtkWidget parent_instance;

  LloydCanvas *canvas;
  GtkWidget *chip;
  GtkLabel *title;
  GtkLabel *status;
  GtkLabel *remark;
  GtkLabel *guess_words;
  GtkWidget *foot;
  GtkLabel *axes;
  GtkLabel *shown;
  GtkButton *compare;
  LloydLive live;
  LloydHover *hover;
  LloydGuesser *guesser;
  /* Over the canvas: numbers of the clusters. */
  GtkDrawingArea *numbers;

  LloydCamera *camera;
  gulong camera_handler;
  LloydSnapshot *snapshot;
  LloydPaneColours colours;
  gboolean is_presenting;

  LloydPaneMarks marks;
  LloydPaneMotion motion;
  LloydPaneHand hand;
  gboolean shows_regions;
  gboolean shows_trails;
  /* What is remarked on the data. */
  char *remark_text;
  double drag_x, drag_y;
  double pointer_x, pointer_y;
  double pinch;
};

G_DEFINE_FINAL_TYPE (LloydPane, lloyd_pane, GTK_TYPE_WIDGET)

/* ---- colours ------------------------------------------------------------------------------- */

/* The background of views in this style. */
static LloydColour
find_background (LloydPane *self)
{
  GdkRGBA rgba = { 1.0f, 1.0f, 1.0f, 1.0f };
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  gtk_style_context_lookup_color (context, "view_bg_color", &rgba);
  return (LloydColour){ rgba.red, rgba.green, rgba.blue };
}

static void
update_colours (LloydPane *self)
{
  const LloydSnapshot *snapshot = self->snapshot;
  lloyd_pane_colours_update (&self->colours, find_background (self),
                             snapshot != NULL ? snapshot->slots : NULL,
                             snapshot != NULL ? snapshot->k : 0);
}

/* ---- the picture --------------------------------------------------------------------------- */

/* Of points that are there only to show where the others are. */
static LloydColour
fade (LloydColour colour, LloydColour background)
{
  const float share = 0.45f, rest = 1.0f - share;
  return (LloydColour){ colour.r * share + background.r * rest,
                        colour.g * share + background.g * rest,
                        colour.b * share + background.b * rest };
}

/* Points of sizes of their own lie over each other. */
static void
fill_sizes (LloydPane *self, LloydCanvasView *view, float factor)
{
  float size = lloyd_pane_marks_point_size (self->snapshot->scene->n_shown, self->is_presenting);
  view->frame.point_size = size * factor;
  if (self->snapshot->seeding == NULL)
    return;
  lloyd_pane_marks_size_bounds (size, &view->frame.least_size, &view->frame.largest_size);
  view->frame.least_size *= factor;
  view->frame.largest_size *= factor;
  view->frame.alpha = SEEDING_ALPHA;
}

static void
fill_view (LloydCanvasView *view, int width, int height, float factor, gpointer data)
{
  lloyd_pane_fill_view (data, view, width, height, factor);
}

void
lloyd_pane_fill_view (LloydPane *self, LloydCanvasView *view, int width, int height, float factor)
{
  update_colours (self);
  view->frame.alpha = 1.0f;
  view->frame.background = self->colours.background;
  view->frame.unassigned = lloyd_palette_unassigned (self->colours.background);
  view->frame.point_size = 1.0f;
  if (self->snapshot == NULL)
    return;

  LloydMoment moment = lloyd_pane_motion_look (&self->motion, self->snapshot);
  view->snapshot = moment.late;
  view->before = moment.early;
  view->frame.wave = moment.wave;
  view->frame.former = moment.former;
  view->colours = (const LloydColour *) (gconstpointer) self->colours.seen->data;
  LloydMarkView marks = { .snapshot = moment.late,
                          .centroids = moment.centroids,
                          .camera = self->camera,
                          .colours = view->colours,
                          .background = self->colours.background,
                          .width = width,
                          .height = height,
                          .factor = factor,
                          .has_trails = self->shows_trails,
                          .isolated = self->colours.isolated,
                          .is_presenting = self->is_presenting,
                          .hand = self->hand };
  lloyd_pane_marks_fill (&self->marks, &marks);
  lloyd_camera_get_matrix (self->camera, width, height, view->frame.matrix);
  if (self->shows_regions && moment.sites != NULL)
    lloyd_pane_marks_add_regions (&self->marks, moment.late, moment.sites, view->colours,
                                  &view->frame);
  view->frame.has_depth = lloyd_camera_has_depth (self->camera);
  view->frame.has_others_below = self->snapshot->is_partial;
  if (self->snapshot->is_partial)
    view->frame.unassigned = fade (view->frame.unassigned, self->colours.background);
  fill_sizes (self, view, factor);
  view->frame.marks = (const LloydMark *) (gconstpointer) self->marks.marks->data;
  view->frame.n_marks = self->marks.marks->len;
  view->frame.lines = (const LloydLine *) (gconstpointer) self->marks.lines->data;
  view->frame.n_lines = self->marks.lines->len;
}

static void
queue_picture (gpointer data)
{
  LloydPane *self = data;
  lloyd_canvas_queue_picture (self->canvas);
  if (gtk_widget_get_visible (GTK_WIDGET (self->numbers)))
    gtk_widget_queue_draw (GTK_WIDGET (self->numbers));
}

static void
draw_numbers (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LloydPane *self = data;
  PangoContext *pango = gtk_widget_get_pango_context (GTK_WIDGET (area));
  LloydCanvasView view = { NULL };

  if (self->snapshot == NULL || self->snapshot->k > LLOYD_MAX_NUMBERED)
    return;
  lloyd_pane_fill_view (self, &view, width, height, 1.0f);
  lloyd_paint_numbers (cr, &view.frame, 1.0, pango_context_get_font_description (pango));
}

/* ---- hands --------------------------------------------------------------------------------- */

static void
on_drag_begin (LloydPane *self)
{
  self->drag_x = self->drag_y = 0.0;
  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static void
on_drag_update (LloydPane *self, double x, double y, GtkGestureDrag *drag)
{
  GtkWidget *area = GTK_WIDGET (self->canvas);
  int width = gtk_widget_get_width (area), height = gtk_widget_get_height (area);
  double dx = x - self->drag_x, dy = y - self->drag_y;
  GdkModifierType state =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (drag));
  gboolean pans = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (drag)) != 1 ||
                  (state & GDK_SHIFT_MASK) != 0;

  self->drag_x = x;
  self->drag_y = y;
  if (pans)
    lloyd_camera_pan (self->camera, dx, dy, width, height);
  else
    lloyd_camera_orbit (self->camera, dx, dy, width, height);
}

static void
zoom_at (LloydPane *self, double factor, double x, double y)
{
  GtkWidget *area = GTK_WIDGET (self->canvas);
  lloyd_camera_zoom (self->camera, factor, x, y, gtk_widget_get_width (area),
                     gtk_widget_get_height (area));
}

static void
on_motion (LloydPane *self, double x, double y)
{
  self->pointer_x = x;
  self->pointer_y = y;
}

static gboolean
on_scroll (LloydPane *self, double dx, double dy)
{
  (void) dx;
  zoom_at (self, pow (SCROLL_ZOOM, -dy), self->pointer_x, self->pointer_y);
  return TRUE;
}

static void
on_pinch_begin (LloydPane *self)
{
  self->pinch = 1.0;
}

static void
on_pinch (LloydPane *self, double scale, GtkGestureZoom *gesture)
{
  double x, y;
  if (!gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    return;
  zoom_at (self, scale / self->pinch, x, y);
  self->pinch = scale;
}

static void
add_controllers (LloydPane *self)
{
  GtkWidget *area = GTK_WIDGET (self->canvas);
  GtkGesture *drag = gtk_gesture_drag_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (drag));

  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  gtk_widget_add_controller (area, motion);

  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect_swapped (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (area, scroll);

  GtkGesture *pinch = gtk_gesture_zoom_new ();
  g_signal_connect_swapped (pinch, "begin", G_CALLBACK (on_pinch_begin), self);
  g_signal_connect_swapped (pinch, "scale-changed", G_CALLBACK (on_pinch), self);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (pinch));
}

/* ---- words --------------------------------------------------------------------------------- */

static void
update_remark (LloydPane *self)
{
  g_autofree char *reason = self->shows_regions && self->snapshot != NULL
                                ? lloyd_words_no_regions (self->snapshot, LLOYD_MAX_REGIONS)
                                : NULL;
  const char *first = reason != NULL ? reason : self->remark_text;
  g_autofree char *text =
      g_strjoin ("\n", first, first != self->remark_text ? self->remark_text : NULL, NULL);
  gtk_label_set_text (self->remark, text);
  gtk_widget_set_visible (GTK_WIDGET (self->remark), first != NULL);
}

static void
update_words (LloydPane *self)
{
  LloydSnapshot *snapshot = self->snapshot;
  if (snapshot == NULL)
    return;

  g_autofree char *status = lloyd_words_status (snapshot);
  g_autofree char *axes = lloyd_words_axes (snapshot->scene);
  g_autofree char *shown = snapshot->seeding != NULL ? lloyd_words_seeding_shown (snapshot)
                                                     : lloyd_words_shown (snapshot->scene);
  g_autofree char *description =
      g_strdup_printf ("%s: %s", lloyd_words_metric (snapshot->metric), status);
  gtk_label_set_text (self->title, lloyd_words_title (snapshot));
  gtk_label_set_text (self->status, status);
  gtk_label_set_text (self->axes, axes);
  gtk_label_set_text (self->shown, shown != NULL ? shown : "");
  gtk_widget_set_visible (GTK_WIDGET (self->shown), shown != NULL);
  lloyd_live_say (&self->live, description);
  update_remark (self);
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_pane_set_camera (LloydPane *self, LloydCamera *camera)
{
  if (self->camera != NULL)
    g_clear_signal_handler (&self->camera_handler, self->camera);
  g_set_object (&self->camera, camera);
  if (camera != NULL)
    self->camera_handler =
        g_signal_connect_swapped (camera, "changed", G_CALLBACK (queue_picture), self);
  if (self->hover != NULL)
    lloyd_hover_set_camera (self->hover, camera);
  if (self->guesser != NULL)
    lloyd_guesser_set_camera (self->guesser, camera);
}

void
lloyd_pane_set_snapshot (LloydPane *self, LloydSnapshot *snapshot)
{
  if (self->snapshot == snapshot)
    return;
  lloyd_pane_motion_begin (&self->motion, self->snapshot, snapshot);
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
  self->snapshot = snapshot != NULL ? lloyd_snapshot_ref (snapshot) : NULL;
  update_words (self);
  lloyd_guesser_set_snapshot (
      self->guesser, snapshot != NULL && snapshot->seeding != NULL ? snapshot->whole : snapshot);
  lloyd_hover_set_snapshot (self->hover, snapshot,
                            snapshot != NULL ? (double) lloyd_pane_marks_point_size (
                                                   snapshot->scene->n_shown, self->is_presenting)
                                             : 0.0);
  lloyd_canvas_set_splat (self->canvas, snapshot != NULL && snapshot->scene->is_splat,
                          snapshot != NULL && snapshot->exhibit != NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self->numbers));
}

void
lloyd_pane_set_palette (LloydPane *self, LloydPaletteKind kind)
{
  if (lloyd_pane_colours_set_kind (&self->colours, kind))
    queue_picture (self);
}

void
lloyd_pane_set_isolated (LloydPane *self, int cluster)
{
  if (lloyd_pane_colours_set_isolated (&self->colours, cluster))
    queue_picture (self);
}

void
lloyd_pane_fill_colours (LloydPane *self, const LloydSnapshot *snapshot, LloydColour *colours)
{
  update_colours (self);
  lloyd_palette_fill_slots (self->colours.kind, self->colours.background, snapshot->slots, colours,
                            snapshot->k);
}

void
lloyd_pane_set_hand (LloydPane *self, const LloydPaneHand *hand)
{
  if (memcmp (&self->hand, hand, sizeof *hand) == 0)
    return;
  self->hand = *hand;
  queue_picture (self);
}

GtkWidget *
lloyd_pane_get_area (LloydPane *self)
{
  return GTK_WIDGET (self->canvas);
}

LloydSnapshot *
lloyd_pane_get_snapshot (LloydPane *self)
{
  return self->snapshot;
}

LloydCamera *
lloyd_pane_get_camera (LloydPane *self)
{
  return self->camera;
}

gboolean
lloyd_pane_is_presenting (LloydPane *self)
{
  return self->is_presenting;
}

LloydHover *
lloyd_pane_get_hover (LloydPane *self)
{
  return self->hover;
}

LloydGuesser *
lloyd_pane_get_guesser (LloydPane *self)
{
  return self->guesser;
}

void
lloyd_pane_set_presenting (LloydPane *self, gboolean is_presenting)
{
  if (self->is_presenting == is_presenting)
    return;
  self->is_presenting = is_presenting;
  lloyd_pane_room_set_is_large (LLOYD_PANE_ROOM (gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                                is_presenting);
  queue_picture (self);
}

void
lloyd_pane_set_motion_ms (LloydPane *self, guint ms)
{
  self->motion.ms = ms;
}

void
lloyd_pane_set_fast (LloydPane *self, gboolean is_fast)
{
  lloyd_live_set_fast (&self->live, is_fast);
}

void
lloyd_pane_set_shows_trails (LloydPane *self, gboolean shows)
{
  self->shows_trails = shows;
  queue_picture (self);
}

void
lloyd_pane_set_shows_regions (LloydPane *self, gboolean shows)
{
  self->shows_regions = shows;
  update_remark (self);
  queue_picture (self);
}

void
lloyd_pane_set_numbers (LloydPane *self, gboolean has_numbers)
{
  gtk_widget_set_visible (GTK_WIDGET (self->numbers), has_numbers);
}

void
lloyd_pane_set_remark (LloydPane *self, const char *remark)
{
  if (g_strcmp0 (remark, self->remark_text) == 0)
    return;
  g_free (self->remark_text);
  self->remark_text = g_strdup (remark);
  update_remark (self);
}

void
lloyd_pane_set_offer (LloydPane *self, const char *label, const char *action)
{
  GtkActionable *button = GTK_ACTIONABLE (self->compare);
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  gtk_widget_set_visible (GTK_WIDGET (self->compare), label != NULL);
  lloyd_pane_room_part (self->chip, GTK_WIDGET (self->compare));
  if (label == NULL || !g_action_parse_detailed_name (action, &name, &target, NULL))
    return;
  gtk_button_set_label (self->compare, label);
  lloyd_pane_room_part (self->chip, GTK_WIDGET (self->compare));
  /* An action never sees the target of another. */
  gtk_actionable_set_action_name (button, NULL);
  gtk_actionable_set_action_target_value (button, target);
  gtk_actionable_set_action_name (button, name);
}

void
lloyd_pane_use_gpu (LloydPane *self)
{
  lloyd_canvas_use_gpu (self->canvas);
}

LloydBridgeState
lloyd_pane_get_bridge (LloydPane *self, const char **reason)
{
  return lloyd_canvas_get_bridge (self->canvas, reason);
}

LloydCanvas *
lloyd_pane_get_canvas (LloydPane *self)
{
  return self->canvas;
}

guint
lloyd_pane_get_n_pictures (LloydPane *self)
{
  return lloyd_canvas_get_n_pictures (self->canvas);
}

/* ---- object -------------------------------------------------------------------------------- */

/* Light or dark: the colours change with the style. */
static void
lloyd_pane_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (lloyd_pane_parent_class)->css_changed (widget, change);
  queue_picture (LLOYD_PANE (widget));
}

static void
lloyd_pane_dispose (GObject *object)
{
  LloydPane *self = LLOYD_PANE (object);
  GtkWidget *child;

  lloyd_pane_set_camera (self, NULL);
  lloyd_pane_motion_stop (&self->motion);
  lloyd_live_clear (&self->live);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  self->hover = NULL;
  self->guesser = NULL;
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
  G_OBJECT_CLASS (lloyd_pane_parent_class)->dispose (object);
}

static void
lloyd_pane_finalize (GObject *object)
{
  LloydPane *self = LLOYD_PANE (object);
  lloyd_pane_colours_clear (&self->colours);
  lloyd_pane_marks_clear (&self->marks);
  g_free (self->remark_text);
  G_OBJECT_CLASS (lloyd_pane_parent_class)->finalize (object);
}

static void
lloyd_pane_class_init (LloydPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = lloyd_pane_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_pane_finalize;
  widget_class->css_changed = lloyd_pane_css_changed;
  g_type_ensure (LLOYD_TYPE_CANVAS);
  g_type_ensure (LLOYD_TYPE_HOVER);
  g_type_ensure (LLOYD_TYPE_GUESSER);
  gtk_widget_class_set_css_name (widget_class, "lloydpane");
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/pane.ui");
  gtk_widget_class_bind_template_child (widget_class, LloydPane, canvas);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, chip);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, title);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, status);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, remark);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, guess_words);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, foot);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, axes);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, shown);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, compare);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, hover);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, guesser);
  gtk_widget_class_bind_template_child (widget_class, LloydPane, numbers);
}

static void
lloyd_pane_init (LloydPane *self)
{
  lloyd_pane_colours_init (&self->colours);
  self->hand = (LloydPaneHand){ .chosen = -1, .held = -1 };
  lloyd_pane_marks_init (&self->marks);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_layout_manager (GTK_WIDGET (self),
                                 lloyd_pane_room_new (self->chip, self->status, self->foot));
  self->motion = (LloydPaneMotion){ .widget = GTK_WIDGET (self->canvas),
                                    .queue = queue_picture,
                                    .data = self };
  self->live.widget = GTK_WIDGET (self->canvas);
  lloyd_canvas_set_func (self->canvas, fill_view, self);
  gtk_drawing_area_set_draw_func (self->numbers, draw_numbers, self, NULL);
  add_controllers (self);
  lloyd_guesser_watch (self->guesser, GTK_WIDGET (self->canvas));
  lloyd_guesser_set_label (self->guesser, self->guess_words);
  lloyd_hover_watch (self->hover, GTK_WIDGET (self->canvas));
}

GtkWidget *
lloyd_pane_new (void)
{
  return g_object_new (LLOYD_TYPE_PANE, NULL);
}
