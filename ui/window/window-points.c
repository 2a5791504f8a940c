/* Points by hand: the tools of the panes, strokes on their way, and what keys and actions do. */
#include <glib/gi18n.h>
#include <math.h>

#include "ui/window/window-points.h"

#define USUAL_RADIUS 20.0
#define LEAST_RADIUS 4.0
#define MOST_RADIUS 240.0
#define KEY_FACTOR 1.2
/* How far a key moves the brush, in units of length. */
#define NUDGE 10.0
/* The cloud that one's own begins with: three points, seen in a square of so many units. */
#define BOARD 10.0f

struct _LloydWindowPoints
{
  LloydTool tool;
  /* The points that it was taken for. */
  guint64 family;
  double radius;
  LloydBrush *brushes[LLOYD_MAX_SIDES];
  GtkWidget *buttons[LLOYD_MAX_SIDES][4];
  LloydWindowStrokes *strokes;
};

/* ---- the picture --------------------------------------------------------------------------- */

gboolean
lloyd_window_see_stroke (LloydPane *pane, LloydStroke *stroke)
{
  LloydCamera *camera = lloyd_pane_get_camera (pane);
  GtkWidget *canvas = lloyd_pane_get_area (pane);
  int width = gtk_widget_get_width (canvas), height = gtk_widget_get_height (canvas);
  double w = 0.5 * width, h = 0.5 * height;
  float m[16], middle[3];

  if (width <= 0 || height <= 0 || lloyd_pane_get_snapshot (pane) == NULL)
    return FALSE;
  lloyd_camera_get_matrix (camera, width, height, m);
  for (int j = 0; j < 3; j++)
    {
      stroke->seen[0][j] = (double) m[4 * j] * w;
      stroke->seen[1][j] = (double) -m[4 * j + 1] * h;
    }
  stroke->seen[0][3] = ((double) m[12] + 1.0) * w;
  stroke->seen[1][3] = (1.0 - (double) m[13]) * h;
  lloyd_camera_get_middle (camera, middle);
  lloyd_camera_unproject (camera, width, height, 0.0, 0.0, middle, stroke->base);
  lloyd_camera_unproject (camera, width, height, 1.0, 0.0, middle, stroke->across);
  lloyd_camera_unproject (camera, width, height, 0.0, 1.0, middle, stroke->down);
  for (int j = 0; j < 3; j++)
    {
      stroke->across[j] -= stroke->base[j];
      stroke->down[j] -= stroke->base[j];
    }
  return TRUE;
}

/* How many units of the second axis look as long as one of the first. */
static double
find_aspect (LloydPane *pane, const LloydStroke *columns)
{
  LloydStroke pixels = { 0 };
  if (!lloyd_window_see_stroke (pane, &pixels))
    return 1.0;
  double x = hypot (pixels.seen[0][0], pixels.seen[1][0]) * columns->across[0];
  double y = hypot (pixels.seen[0][1], pixels.seen[1][1]) * columns->down[1];
  return x > 0.0 && y > 0.0 ? x / y : 1.0;
}

gboolean
lloyd_window_fill_stroke (
    LloydWindow *self, LloydStroke *stroke, double place[2], double radius, GError **error)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  const LloydProjection *projection =
      lloyd_session_get_snapshot (self->session, 0)->scene->projection;
  gboolean is_size =
      isfinite (place[0]) && isfinite (place[1]) && radius > 0.0 && isfinite (radius);
  if (!is_size || !lloyd_stroke_set_columns (stroke, dataset->points, projection))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           is_size ? _ ("The axes are no columns")
                                   : _ ("A place and a radius above 0 are needed"));
      return FALSE;
    }
  stroke->n = 1;
  stroke->places = place;
  stroke->radius_x = radius;
  stroke->radius_y = radius * find_aspect (self->panes[0], stroke);
  return TRUE;
}

/* ---- strokes by hand ----------------------------------------------------------------------- */

static gboolean
begin (LloydBrush *brush, gpointer data)
{
  LloydWindowPoints *state = ((LloydWindow *) data)->points;
  return lloyd_window_begin_stroke (
      data, brush, state->tool == LLOYD_TOOL_ERASE ? LLOYD_STROKE_ERASE : LLOYD_STROKE_PAINT,
      state->radius);
}

static void
cover (LloydBrush *brush, const double *places, guint n, gpointer data)
{
  (void) brush;
  lloyd_window_cover (data, places, n);
}

static void
end (LloydBrush *brush, gpointer data)
{
  (void) brush;
  lloyd_window_end_stroke (data);
}

static void
resize (LloydBrush *brush, double factor, gpointer data)
{
  LloydWindow *self = data;
  LloydWindowPoints *state = self->points;
  (void) brush;
  /* A stroke has one width. */
  if (lloyd_window_has_stroke (self))
    return;
  state->radius = CLAMP (state->radius * factor, LEAST_RADIUS, MOST_RADIUS);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_brush_set_radius (state->brushes[i], state->radius);
}

static void
enclose (LloydBrush *brush, const double *corners, guint n, gpointer data)
{
  lloyd_window_select_inside (data, brush, corners, n);
}

static const LloydBrushFuncs funcs = {
  .begin = begin, .cover = cover, .end = end, .enclose = enclose, .resize = resize
};

LloydBrush *
lloyd_window_get_brush (LloydWindow *self, guint side)
{
  return self->points->brushes[side];
}

LloydWindowStrokes *
lloyd_window_get_strokes (LloydWindow *self)
{
  return self->points != NULL ? self->points->strokes : NULL;
}

double
lloyd_window_get_brush_radius (LloydWindow *self)
{
  return self->points->radius;
}

/* ---- tools --------------------------------------------------------------------------------- */

/* Why a tool is of no use for what is seen; NULL: it is. */
static const char *
why_not (LloydWindow *self, LloydTool tool)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  if (tool != LLOYD_TOOL_PAINT && tool != LLOYD_TOOL_ERASE)
    return NULL;
  return lloyd_stroke_why_not (tool == LLOYD_TOOL_PAINT ? LLOYD_STROKE_PAINT : LLOYD_STROKE_ERASE,
                               dataset,
                               lloyd_session_get_snapshot (self->session, 0)->scene->projection);
}

static void
set_tool (LloydWindow *self, LloydTool tool)
{
  LloydWindowPoints *state = self->points;
  state->tool = tool;
  lloyd_window_set_state (self, "tool", g_variant_new_string (lloyd_tool_names[tool]));
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      lloyd_brush_set_tool (state->brushes[i], tool);
      lloyd_hands_set_resting (self->panes[i], tool != LLOYD_TOOL_POINTER);
      /* Who a point is would be in the way of the brush. */
      gtk_widget_set_opacity (GTK_WIDGET (lloyd_pane_get_hover (self->panes[i])),
                              tool == LLOYD_TOOL_POINTER ? 1.0 : 0.0);
    }
}

gboolean
lloyd_window_drop_tool (LloydWindow *self)
{
  if (self->points->tool == LLOYD_TOOL_POINTER)
    return FALSE;
  set_tool (self, LLOYD_TOOL_POINTER);
  return TRUE;
}

static void
on_tool (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  int tool = lloyd_name_index (lloyd_tool_names, g_variant_get_string (value, NULL));
  (void) action;
  if (tool < 0)
    return;
  const char *reason = why_not (self, (LloydTool) tool);
  if (reason != NULL)
    lloyd_window_show_toast (self, reason);
  else
    set_tool (self, (LloydTool) tool);
}

static GtkWidget *
make_tool (LloydTool tool)
{
  static const char *const labels[] = { N_ ("Pointer"), N_ ("Paint points"), N_ ("Erase points"),
                                        N_ ("Select points") };
  g_autofree char *icon = g_strdup_printf ("lloyd-%s-symbolic", lloyd_tool_names[tool]);
  GtkWidget *button = gtk_toggle_button_new ();
  gtk_button_set_icon_name (GTK_BUTTON (button), icon);
  gtk_widget_add_css_class (button, "flat");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", lloyd_tool_names[tool]);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.tool");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (labels[tool]), -1);
  return button;
}

static void
add_tools (LloydWindow *self, guint side)
{
  LloydWindowPoints *state = self->points;
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *overlay = gtk_widget_get_parent (lloyd_pane_get_area (self->panes[side]));
  for (guint tool = 0; tool < G_N_ELEMENTS (state->buttons[side]); tool++)
    {
      state->buttons[side][tool] = make_tool ((LloydTool) tool);
      gtk_box_append (GTK_BOX (box), state->buttons[side][tool]);
    }
  gtk_widget_set_halign (box, GTK_ALIGN_END);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_end (box, 10);
  gtk_widget_add_css_class (box, "chip");
  gtk_widget_add_css_class (box, "tools");
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), box);
  lloyd_pane_room_set_tools (
      LLOYD_PANE_ROOM (gtk_widget_get_layout_manager (GTK_WIDGET (self->panes[side]))), box);
}

static void
update_tools (LloydWindow *self)
{
  const char *const tips[] = {
    _ ("Drag to move what is seen, or a centroid (Esc)"),
    _ ("Paint points (B); scroll, or + and −, for the size"),
    _ ("Erase points (E); scroll, or + and −, for the size"),
    _ ("Draw a line round points to select them (L)"),
  };
  LloydWindowPoints *state = self->points;
  for (guint tool = 0; tool < G_N_ELEMENTS (tips); tool++)
    {
      const char *reason = why_not (self, (LloydTool) tool);
      if (reason != NULL && state->tool == (LloydTool) tool)
        set_tool (self, LLOYD_TOOL_POINTER);
      for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
        {
          gtk_widget_set_sensitive (state->buttons[i][tool], reason == NULL);
          gtk_widget_set_tooltip_text (state->buttons[i][tool],
                                       reason != NULL ? reason : tips[tool]);
        }
    }
}

/* ---- actions ------------------------------------------------------------------------------- */

static void
ask_stroke (LloydWindow *self, LloydStrokeKind kind, double place[2], double radius, guint n_points)
{
  g_autoptr (GError) error = NULL;
  LloydStroke stroke = { .n_points = n_points };
  if (!lloyd_window_can_move (self))
    return;
  if (!lloyd_window_fill_stroke (self, &stroke, place, radius, &error))
    {
      lloyd_window_show_error (self, error);
      return;
    }
  lloyd_window_pause (self);
  lloyd_session_stroke_async (self->session, kind, &stroke, lloyd_window_on_done,
                              g_object_ref (self));
  lloyd_window_note_busy (self);
}

static void
on_paint_points (GSimpleAction *action, GVariant *value, gpointer data)
{
  double place[2], radius;
  gint32 count;
  (void) action;
  g_variant_get (value, "(dddi)", &place[0], &place[1], &radius, &count);
  ask_stroke (LLOYD_WINDOW (data), LLOYD_STROKE_PAINT, place, radius, (guint) MAX (count, 0));
}

static void
on_erase_points (GSimpleAction *action, GVariant *value, gpointer data)
{
  double place[2], radius;
  (void) action;
  g_variant_get (value, "(ddd)", &place[0], &place[1], &radius);
  ask_stroke (LLOYD_WINDOW (data), LLOYD_STROKE_ERASE, place, radius, 0);
}

/* What an own cloud begins with, and how it grows; it stands there until it is closed. */
static LloydLesson *
make_lesson (void)
{
  LloydLesson *lesson = lloyd_lesson_new (_ ("Your own cloud"));
  lloyd_lesson_add_step (lesson,
                         _ ("Three points to begin with, one for each centroid: k-means cannot "
                            "start from none. Drag to paint more; E erases, + and − size the "
                            "brush. Then R chooses first centroids anew, and Space plays."));
  return lesson;
}

static void
on_drawn (GObject *session, GAsyncResult *result, gpointer data)
{
  const float low[] = { 0.0f, 0.0f, 0.0f }, high[] = { BOARD, BOARD, 0.0f };
  g_autoptr (LloydWindow) self = data;
  gboolean is_done = lloyd_window_finish (self, result);
  (void) session;
  if (!is_done || self->points == NULL)
    return;
  self->palette = LLOYD_PALETTE_USUAL;
  self->is_own_file = FALSE;
  g_clear_pointer (&self->recent_path, g_free);
  lloyd_window_take_lesson (self, make_lesson ());
  lloyd_window_note_data (self);
  lloyd_window_update (self);
  lloyd_camera_set_box (self->camera, low, high, FALSE);
  set_tool (self, LLOYD_TOOL_PAINT);
}

/* Nothing but a point for each centroid: k-means needs some to begin with. */
static void
on_draw_cloud (GSimpleAction *action, GVariant *value, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (data);
  double places[] = { 2.5, 3.0, 7.5, 3.0, 5.0, 7.5 };
  LloydStroke stroke = {
    .n = 3, .places = places, .radius_x = 1e-3, .radius_y = 1e-3, .n_points = 1
  };
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  (void) action;
  (void) value;
  if (self->opening != NULL)
    return;
  recipe->k = 3;
  lloyd_window_pause (self);
  lloyd_window_keep (self);
  lloyd_session_stop (self->session);
  lloyd_session_draw_async (self->session, &stroke, _ ("Drawn points"), recipe, on_drawn,
                            g_object_ref (self));
  lloyd_window_note_busy (self);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static gboolean
on_tool_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  (void) data;
  if (lloyd_session_get_dataset (self->session) == NULL)
    return FALSE;
  g_action_group_activate_action (G_ACTION_GROUP (self), "tool", arguments);
  return TRUE;
}

static gboolean
on_size_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  (void) data;
  if (self->points->tool == LLOYD_TOOL_POINTER)
    return FALSE;
  resize (NULL, g_variant_get_double (arguments), self);
  return TRUE;
}

static gboolean
on_move_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  double dx, dy;
  (void) data;
  if (self->points->tool == LLOYD_TOOL_POINTER)
    return FALSE;
  g_variant_get (arguments, "(dd)", &dx, &dy);
  lloyd_brush_move (self->points->brushes[0], dx, dy);
  return TRUE;
}

/* One touch of the brush where it is; with the lasso it selects what is under it. */
static gboolean
on_touch_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  LloydBrush *brush = self->points->brushes[0];
  double place[2];
  (void) arguments;
  (void) data;
  if (self->points->tool == LLOYD_TOOL_POINTER || lloyd_session_get_dataset (self->session) == NULL)
    return FALSE;
  lloyd_brush_get_place (brush, place);
  if (self->points->tool == LLOYD_TOOL_LASSO)
    lloyd_window_select_round (self, brush, place);
  else if (begin (brush, self))
    {
      cover (brush, place, 1, self);
      end (brush, self);
    }
  return TRUE;
}

static void
add_keys (LloydWindow *self)
{
  GtkShortcutController *keys = lloyd_window_new_keys (self);
  lloyd_window_add_key (keys, "b", on_tool_key, g_variant_new_string ("paint"));
  lloyd_window_add_key (keys, "e", on_tool_key, g_variant_new_string ("erase"));
  lloyd_window_add_key (keys, "l", on_tool_key, g_variant_new_string ("lasso"));
  lloyd_window_add_key (keys, "plus|equal|KP_Add", on_size_key, g_variant_new_double (KEY_FACTOR));
  lloyd_window_add_key (keys, "minus|KP_Subtract", on_size_key,
                        g_variant_new_double (1.0 / KEY_FACTOR));
  lloyd_window_add_key (keys, "<Alt>Left", on_move_key, g_variant_new ("(dd)", -NUDGE, 0.0));
  lloyd_window_add_key (keys, "<Alt>Right", on_move_key, g_variant_new ("(dd)", NUDGE, 0.0));
  lloyd_window_add_key (keys, "<Alt>Up", on_move_key, g_variant_new ("(dd)", 0.0, -NUDGE));
  lloyd_window_add_key (keys, "<Alt>Down", on_move_key, g_variant_new ("(dd)", 0.0, NUDGE));
  lloyd_window_add_key (keys, "Return|KP_Enter", on_touch_key, NULL);
}

/* ---- the part ------------------------------------------------------------------------------ */

static const GActionEntry entries[] = {
  { "tool", on_tool, "s", "'pointer'", NULL, { 0 } },
  { "paint-points", on_paint_points, "(dddi)", NULL, NULL, { 0 } },
  { "erase-points", on_erase_points, "(ddd)", NULL, NULL, { 0 } },
  { "draw-cloud", on_draw_cloud, NULL, NULL, NULL, { 0 } },
};

static void
setup (LloydWindow *self)
{
  self->points = g_new0 (LloydWindowPoints, 1);
  self->points->radius = USUAL_RADIUS;
  self->points->strokes = lloyd_window_strokes_new ();
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      self->points->brushes[i] = lloyd_brush_new (self->panes[i], &funcs, self);
      lloyd_brush_set_radius (self->points->brushes[i], USUAL_RADIUS);
      g_signal_connect_object (self->camera, "changed", G_CALLBACK (gtk_widget_queue_draw),
                               self->points->brushes[i], G_CONNECT_SWAPPED);
      add_tools (self, i);
    }
  add_keys (self);
}

static void
update (LloydWindow *self)
{
  gboolean has_data = lloyd_session_get_dataset (self->session) != NULL;
  lloyd_window_set_enabled (self, "tool", has_data);
  lloyd_window_set_enabled (self, "paint-points", has_data);
  lloyd_window_set_enabled (self, "erase-points", has_data);
  if (self->points == NULL || !has_data)
    return;
  guint64 family = lloyd_session_get_dataset (self->session)->family;
  /* Whoever opens something else does not want to paint on it. */
  if (family != self->points->family)
    lloyd_window_drop_tool (self);
  self->points->family = family;
  update_tools (self);
  lloyd_window_ask_strokes (self);
}

static void
dispose (LloydWindow *self)
{
  if (self->points == NULL)
    return;
  lloyd_window_strokes_free (self->points->strokes);
  g_clear_pointer (&self->points, g_free);
}

const LloydWindowPart lloyd_window_part_points = {
  .entries = entries,
  .n_entries = G_N_ELEMENTS (entries),
  .setup = setup,
  .update = update,
  .dispose = dispose,
};
