#include "ui/widgets/hands.h"

#include <math.h>

/* How near to a centroid's edge a pointer, or a finger, means it. */
#define REACH 4.0
#define FINGER_REACH 16.0
/* A hand that trembles does not drag. */
#define TREMBLE 3.0

typedef struct
{
  LloydPane *pane;
  const LloydHandsFuncs *funcs;
  gpointer data;
  /* The centroid under the hand, or -1; whether it is dragged yet, and where from its middle it was
   * taken. */
  int cluster;
  gboolean is_dragging;
  double grip_x, grip_y;
  double start_x, start_y;
  gboolean is_resting;
} Hands;

/* ---- places -------------------------------------------------------------------------------- */

static gboolean
get_size (LloydPane *pane, int *width, int *height)
{
  GtkWidget *canvas = lloyd_pane_get_area (pane);
  *width = gtk_widget_get_width (canvas);
  *height = gtk_widget_get_height (canvas);
  return lloyd_pane_get_snapshot (pane) != NULL && *width > 0 && *height > 0;
}

gboolean
lloyd_hands_find_centroid (LloydPane *pane, guint cluster, double *x, double *y)
{
  const LloydSnapshot *snapshot = lloyd_pane_get_snapshot (pane);
  int width, height;
  float seen_x, seen_y;
  if (!get_size (pane, &width, &height) || cluster >= snapshot->k)
    return FALSE;
  lloyd_camera_project (lloyd_pane_get_camera (pane), width, height,
                        snapshot->centroids + 3 * (size_t) cluster, &seen_x, &seen_y);
  *x = (double) seen_x;
  *y = (double) seen_y;
  return TRUE;
}

gboolean
lloyd_hands_find_place (LloydPane *pane, int cluster, double x, double y, double place[3])
{
  LloydCamera *camera = lloyd_pane_get_camera (pane);
  const LloydSnapshot *snapshot = lloyd_pane_get_snapshot (pane);
  int width, height;
  float like[3];
  if (!get_size (pane, &width, &height))
    return FALSE;
  lloyd_camera_get_middle (camera, like);
  for (int a = 0; cluster >= 0 && cluster < (int) snapshot->k && a < 3; a++)
    like[a] = snapshot->centroids[3 * (size_t) cluster + (size_t) a];
  lloyd_camera_unproject (camera, width, height, x, y, like, place);
  return TRUE;
}

/* The centroid that is meant, the nearest of several; -1: none. */
static int
find (LloydPane *pane, double x, double y, double reach)
{
  const LloydSnapshot *snapshot = lloyd_pane_get_snapshot (pane);
  int found = -1;
  double at_x, at_y;
  if (snapshot == NULL)
    return -1;
  double nearest = reach + 0.5 * (double) lloyd_pane_marks_centroid_size (
                                     snapshot->k, lloyd_pane_is_presenting (pane));
  for (guint j = 0; j < snapshot->k; j++)
    if (lloyd_hands_find_centroid (pane, j, &at_x, &at_y) && hypot (x - at_x, y - at_y) <= nearest)
      {
        nearest = hypot (x - at_x, y - at_y);
        found = (int) j;
      }
  return found;
}

static gboolean
is_finger (GtkGesture *gesture)
{
  /* Its device is the pointer, whatever it is that points; only touches have sequences. */
  return gtk_gesture_single_get_current_sequence (GTK_GESTURE_SINGLE (gesture)) != NULL;
}

static double
reach_of (GtkGesture *gesture)
{
  return is_finger (gesture) ? FINGER_REACH : REACH;
}

/* ---- dragging ------------------------------------------------------------------------------ */

static void
on_drag_begin (Hands *self, double x, double y, GtkGesture *drag)
{
  double at_x, at_y;
  self->is_dragging = FALSE;
  self->cluster = self->is_resting ? -1 : find (self->pane, x, y, reach_of (drag));
  if (self->cluster < 0 ||
      !lloyd_hands_find_centroid (self->pane, (guint) self->cluster, &at_x, &at_y))
    {
      gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  self->start_x = x;
  self->start_y = y;
  self->grip_x = at_x - x;
  self->grip_y = at_y - y;
  /* A finger that stays asks for the menu, as long as nobody has claimed it. */
  if (!is_finger (drag))
    gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (lloyd_pane_get_area (self->pane));
  self->funcs->choose (self->pane, (guint) self->cluster, self->data);
}

static gboolean
tell_hold (Hands *self, double x, double y, LloydHold phase)
{
  double place[3];
  return lloyd_hands_find_place (self->pane, self->cluster, self->start_x + x + self->grip_x,
                                 self->start_y + y + self->grip_y, place) &&
         self->funcs->hold (self->pane, (guint) self->cluster, place, phase, self->data);
}

static void
on_drag_update (Hands *self, double x, double y, GtkGesture *drag)
{
  if (self->cluster < 0 || (!self->is_dragging && hypot (x, y) < TREMBLE))
    return;
  if (!self->is_dragging && !tell_hold (self, x, y, LLOYD_HOLD_BEGIN))
    {
      gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  if (!self->is_dragging)
    gtk_gesture_set_state (drag, GTK_EVENT_SEQUENCE_CLAIMED);
  self->is_dragging = TRUE;
  gtk_widget_set_cursor_from_name (lloyd_pane_get_area (self->pane), "grabbing");
  tell_hold (self, x, y, LLOYD_HOLD_MOVE);
}

static void
let_go (Hands *self, double x, double y)
{
  if (self->is_dragging)
    tell_hold (self, x, y, LLOYD_HOLD_END);
  self->is_dragging = FALSE;
  self->cluster = -1;
  gtk_widget_set_cursor (lloyd_pane_get_area (self->pane), NULL);
}

static void
on_drag_end (Hands *self, double x, double y)
{
  let_go (self, x, y);
}

/* Called off by the system: it stays where it came to. */
static void
on_drag_cancel (Hands *self, GdkEventSequence *sequence, GtkGesture *drag)
{
  double x = 0.0, y = 0.0;
  (void) sequence;
  gtk_gesture_drag_get_offset (GTK_GESTURE_DRAG (drag), &x, &y);
  let_go (self, x, y);
}

/* ---- touching ------------------------------------------------------------------------------ */

static void
add_at (Hands *self, double x, double y)
{
  double place[3];
  if (lloyd_hands_find_place (self->pane, -1, x, y, place))
    self->funcs->add (self->pane, place, self->data);
}

static void
on_pressed (Hands *self, int n_press, double x, double y, GtkGesture *click)
{
  if (n_press == 2 && !self->is_resting && find (self->pane, x, y, reach_of (click)) < 0)
    add_at (self, x, y);
}

static void
ask_at (Hands *self, double x, double y, GtkGesture *gesture)
{
  double place[3];
  int cluster = find (self->pane, x, y, reach_of (gesture));
  if (!lloyd_hands_find_place (self->pane, -1, x, y, place))
    return;
  if (cluster >= 0)
    self->funcs->choose (self->pane, (guint) cluster, self->data);
  self->funcs->ask (self->pane, cluster, x, y, place, self->data);
}

static void
on_other_released (Hands *self, int n_press, double x, double y, GtkGesture *click)
{
  (void) n_press;
  ask_at (self, x, y, click);
}

static void
on_long_press (Hands *self, double x, double y, GtkGesture *press)
{
  if (self->is_resting)
    return;
  /* The finger does nothing else until it is lifted. */
  self->cluster = -1;
  gtk_gesture_set_state (press, GTK_EVENT_SEQUENCE_CLAIMED);
  if (find (self->pane, x, y, reach_of (press)) >= 0)
    ask_at (self, x, y, press);
  else
    add_at (self, x, y);
}

static void
on_motion (Hands *self, double x, double y)
{
  if (!self->is_dragging && !self->is_resting)
    gtk_widget_set_cursor_from_name (lloyd_pane_get_area (self->pane),
                                     find (self->pane, x, y, REACH) >= 0 ? "grab" : NULL);
}

/* ---- public -------------------------------------------------------------------------------- */

static void
add_gesture (GtkWidget *canvas, GtkGesture *gesture, GtkGesture *group)
{
  /* Before the pane's own, which move the camera: what is claimed here does not reach them. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (gesture), GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (canvas, GTK_EVENT_CONTROLLER (gesture));
  if (group != NULL)
    gtk_gesture_group (group, gesture);
}

void
lloyd_hands_set_resting (LloydPane *pane, gboolean is_resting)
{
  Hands *self = g_object_get_data (G_OBJECT (pane), "lloyd-hands");
  self->is_resting = is_resting;
}

void
lloyd_hands_attach (LloydPane *pane, const LloydHandsFuncs *funcs, gpointer data)
{
  GtkWidget *canvas = lloyd_pane_get_area (pane);
  Hands *self = g_new0 (Hands, 1);
  *self = (Hands){ .pane = pane, .funcs = funcs, .data = data, .cluster = -1 };
  g_object_set_data_full (G_OBJECT (pane), "lloyd-hands", self, g_free);

  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect_swapped (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect_swapped (drag, "cancel", G_CALLBACK (on_drag_cancel), self);
  add_gesture (canvas, drag, NULL);

  GtkGesture *press = gtk_gesture_long_press_new ();
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_swapped (press, "pressed", G_CALLBACK (on_long_press), self);
  add_gesture (canvas, press, drag);

  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed), self);
  add_gesture (canvas, click, drag);

  GtkGesture *other = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (other), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (other, "released", G_CALLBACK (on_other_released), self);
  add_gesture (canvas, other, NULL);

  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  gtk_widget_add_controller (canvas, motion);
}
