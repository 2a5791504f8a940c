#include "ui/widgets/hover.h"

#include "ui/view/pick.h"

/* How far from the pointer a point may be. */
#define REACH 12.0
#define RING 8.5f
/* Between a point and its card, and between a card and the edge. */
#define GAP 14
#define MARGIN 6

struct _LloydHover
{
  GtkWidget parent_instance;

  GtkWidget *card;
  GtkLabel *words;
  GtkWidget *canvas;

  LloydCamera *camera;
  gulong camera_handler;
  LloydSnapshot *snapshot;
  double point_size;

  /* The grid, for which scene and size; whether it still holds; whether one is being made. */
  LloydPick *pick;
  guint64 pick_scene;
  gboolean is_stale;
  gboolean is_making;

  gboolean is_inside;
  double x, y;
  gint64 hovered;

  /* The row with the ring, and where the scene has it. */
  gboolean is_shown;
  size_t row;
  float place[3];
};

G_DEFINE_FINAL_TYPE (LloydHover, lloyd_hover, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_HOVERED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- the grid ------------------------------------------------------------------------------ */

/* What a thread needs to make one. */
typedef struct
{
  LloydScene *scene;
  float matrix[16];
  int width, height;
} Making;

static void
making_free (gpointer data)
{
  Making *making = data;
  lloyd_scene_unref (making->scene);
  g_free (making);
}

static void
make (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Making *making = data;
  (void) source;
  (void) cancellable;
  g_task_return_pointer (task,
                         lloyd_pick_new (making->scene->xyz, making->scene->n_shown, making->matrix,
                                         making->width, making->height),
                         (GDestroyNotify) lloyd_pick_free);
}

static void find (LloydHover *self);

static void
on_made (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydHover *self = LLOYD_HOVER (source);
  const Making *making = g_task_get_task_data (G_TASK (result));
  (void) data;
  self->is_making = FALSE;
  g_clear_pointer (&self->pick, lloyd_pick_free);
  self->pick = g_task_propagate_pointer (G_TASK (result), NULL);
  self->pick_scene = making->scene->id;
  find (self);
}

static void
start_making (LloydHover *self)
{
  Making *making = g_new0 (Making, 1);
  making->scene = lloyd_scene_ref (self->snapshot->scene);
  making->width = gtk_widget_get_width (GTK_WIDGET (self));
  making->height = gtk_widget_get_height (GTK_WIDGET (self));
  lloyd_camera_get_matrix (self->camera, making->width, making->height, making->matrix);
  g_autoptr (GTask) task = g_task_new (self, NULL, on_made, NULL);
  g_task_set_task_data (task, making, making_free);
  self->is_making = TRUE;
  self->is_stale = FALSE;
  g_task_run_in_thread (task, make);
}

/* ---- what is under the pointer ------------------------------------------------------------- */

static void
note (LloydHover *self, gint64 row, int label)
{
  if (row == self->hovered)
    return;
  self->hovered = row;
  g_signal_emit (self, signals[SIGNAL_HOVERED], 0, row, label);
}

/* Finds what the pointer means; makes the grid first where there is none that holds. */
static void
find (LloydHover *self)
{
  size_t i;
  if (!self->is_inside || self->snapshot == NULL || self->camera == NULL)
    {
      note (self, -1, -1);
      return;
    }
  const LloydScene *scene = self->snapshot->scene;
  if (self->pick == NULL || self->is_stale || self->pick_scene != scene->id)
    {
      if (!self->is_making)
        start_making (self);
      return;
    }
  if (!lloyd_pick_find (self->pick, self->x, self->y, self->point_size / 2.0, REACH,
                        lloyd_camera_has_depth (self->camera), &i))
    {
      note (self, -1, -1);
      return;
    }
  const LloydSnapshot *whole = self->snapshot->whole;
  guint16 label = (whole != NULL ? whole : self->snapshot)->labels[i];
  note (self, (gint64) lloyd_points_input_row (scene->points, scene->rows[i]),
        label < self->snapshot->k ? (int) label : -1);
}

static void
on_motion (LloydHover *self, double x, double y, GtkEventController *motion)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (motion);
  /* A hand that drags does not ask. */
  self->is_inside = (state & (GDK_BUTTON1_MASK | GDK_BUTTON2_MASK | GDK_BUTTON3_MASK)) == 0;
  self->x = x;
  self->y = y;
  find (self);
}

static void
on_leave (LloydHover *self)
{
  self->is_inside = FALSE;
  find (self);
}

static void
on_view_changed (LloydHover *self)
{
  self->is_stale = TRUE;
  if (self->is_shown)
    gtk_widget_queue_draw (GTK_WIDGET (self));
  find (self);
}

/* ---- ring and card ------------------------------------------------------------------------- */

/* Where the row is seen. */
static void
locate (LloydHover *self, int width, int height, float *x, float *y)
{
  lloyd_camera_project (self->camera, width, height, self->place, x, y);
}

/* The card keeps its size; where it is is for drawing, since the camera may move at any time, also
 * while places are being given out. */
static void
lloyd_hover_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LloydHover *self = LLOYD_HOVER (widget);
  GtkRequisition size;

  (void) width;
  (void) height;
  (void) baseline;
  self->is_stale = TRUE;
  if (!gtk_widget_should_layout (self->card))
    return;
  gtk_widget_get_preferred_size (self->card, NULL, &size);
  gtk_widget_size_allocate (self->card, &(GtkAllocation){ 0, 0, size.width, size.height }, -1);
}

/* Beside the row, within the pane. */
static void
snapshot_card (LloydHover *self, GtkSnapshot *snapshot, int width, int height, float x, float y)
{
  GtkRequisition size;
  gtk_widget_get_preferred_size (self->card, NULL, &size);
  int left = (int) x + GAP, top = (int) y + GAP;
  if (left + size.width > width - MARGIN)
    left = (int) x - GAP - size.width;
  if (top + size.height > height - MARGIN)
    top = (int) y - GAP - size.height;
  left = CLAMP (left, MARGIN, MAX (width - MARGIN - size.width, MARGIN));
  top = CLAMP (top, MARGIN, MAX (height - MARGIN - size.height, MARGIN));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) left, (float) top));
  gtk_widget_snapshot_child (GTK_WIDGET (self), self->card, snapshot);
  gtk_snapshot_restore (snapshot);
}

static void
append_ring (GtkSnapshot *snapshot, float x, float y, float radius, float width, float light)
{
  GskRoundedRect ring;
  graphene_rect_t box = GRAPHENE_RECT_INIT (x - radius, y - radius, 2.0f * radius, 2.0f * radius);
  const float widths[] = { width, width, width, width };
  const GdkRGBA colour = { light, light, light, 1.0f };
  const GdkRGBA colours[] = { colour, colour, colour, colour };
  gsk_rounded_rect_init_from_rect (&ring, &box, radius);
  gtk_snapshot_append_border (snapshot, &ring, widths, colours);
}

static void
lloyd_hover_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LloydHover *self = LLOYD_HOVER (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  float x, y;

  if (!self->is_shown || self->camera == NULL)
    return;
  locate (self, width, height, &x, &y);
  if (x < 0.0f || y < 0.0f || x > (float) width || y > (float) height)
    return;
  /* Two tones, so that it is seen on any colour. */
  append_ring (snapshot, x, y, RING + 1.5f, 5.0f, 1.0f);
  append_ring (snapshot, x, y, RING, 2.0f, 0.1f);
  if (gtk_widget_get_visible (self->card))
    snapshot_card (self, snapshot, width, height, x, y);
}

static void
lloyd_hover_measure (GtkWidget *widget,
                     GtkOrientation orientation,
                     int for_size,
                     int *minimum,
                     int *natural,
                     int *minimum_baseline,
                     int *natural_baseline)
{
  (void) widget;
  (void) orientation;
  (void) for_size;
  /* It takes what the picture has. */
  *minimum = *natural = 0;
  *minimum_baseline = *natural_baseline = -1;
}

/* Where the scene has the row that is shown; FALSE where it does not hold it. */
static gboolean
place_row (LloydHover *self)
{
  size_t stored;
  if (self->snapshot == NULL)
    return FALSE;
  const LloydScene *scene = self->snapshot->scene;
  if (!lloyd_points_find_input_row (scene->points, self->row, &stored))
    return FALSE;
  lloyd_projection_apply_row (scene->projection, lloyd_points_values (scene->points, stored),
                              self->place);
  return TRUE;
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_hover_watch (LloydHover *self, GtkWidget *canvas)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  self->canvas = canvas;
  g_signal_connect_object (motion, "enter", G_CALLBACK (on_motion), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "motion", G_CALLBACK (on_motion), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (on_leave), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (canvas, motion);
}

void
lloyd_hover_set_camera (LloydHover *self, LloydCamera *camera)
{
  if (self->camera != NULL)
    g_clear_signal_handler (&self->camera_handler, self->camera);
  g_set_object (&self->camera, camera);
  if (camera != NULL)
    self->camera_handler =
        g_signal_connect_swapped (camera, "changed", G_CALLBACK (on_view_changed), self);
}

void
lloyd_hover_set_snapshot (LloydHover *self, LloydSnapshot *snapshot, double point_size)
{
  gboolean is_other_scene =
      self->snapshot == NULL || snapshot == NULL || self->snapshot->scene != snapshot->scene;
  LloydSnapshot *before = self->snapshot;
  self->snapshot = snapshot != NULL ? lloyd_snapshot_ref (snapshot) : NULL;
  g_clear_pointer (&before, lloyd_snapshot_unref);
  self->point_size = point_size;
  if (is_other_scene && self->is_shown && !place_row (self))
    lloyd_hover_hide (self);
  if (is_other_scene)
    gtk_widget_queue_draw (GTK_WIDGET (self));
  /* Its label may be another now. */
  self->hovered = -1;
  find (self);
}

void
lloyd_hover_show (LloydHover *self, size_t input_row, const char *words)
{
  self->row = input_row;
  self->is_shown = place_row (self);
  if (self->is_shown && words != NULL)
    gtk_label_set_text (self->words, words);
  gtk_widget_set_visible (self->card, self->is_shown && words != NULL);
  if (self->canvas != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->canvas),
                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    self->is_shown && words != NULL ? words : "", -1);
  /* Other words may need another size. */
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lloyd_hover_hide (LloydHover *self)
{
  self->is_shown = FALSE;
  gtk_widget_set_visible (self->card, FALSE);
  if (self->canvas != NULL)
    gtk_accessible_reset_property (GTK_ACCESSIBLE (self->canvas),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_hover_dispose (GObject *object)
{
  LloydHover *self = LLOYD_HOVER (object);
  lloyd_hover_set_camera (self, NULL);
  g_clear_pointer (&self->card, gtk_widget_unparent);
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
  self->canvas = NULL;
  G_OBJECT_CLASS (lloyd_hover_parent_class)->dispose (object);
}

static void
lloyd_hover_finalize (GObject *object)
{
  LloydHover *self = LLOYD_HOVER (object);
  g_clear_pointer (&self->pick, lloyd_pick_free);
  G_OBJECT_CLASS (lloyd_hover_parent_class)->finalize (object);
}

static void
lloyd_hover_class_init (LloydHoverClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_hover_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_hover_finalize;
  widget_class->measure = lloyd_hover_measure;
  widget_class->size_allocate = lloyd_hover_size_allocate;
  widget_class->snapshot = lloyd_hover_snapshot;
  gtk_widget_class_set_css_name (widget_class, "lloydhover");
  signals[SIGNAL_HOVERED] =
      g_signal_new ("hovered", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT);
}

static void
lloyd_hover_init (LloydHover *self)
{
  self->hovered = -1;
  self->card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->words = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->words, 0.0f);
  gtk_label_set_wrap (self->words, TRUE);
  gtk_label_set_wrap_mode (self->words, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (self->words, 36);
  gtk_widget_add_css_class (GTK_WIDGET (self->words), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->words), "numeric");
  gtk_widget_add_css_class (self->card, "point-card");
  gtk_box_append (GTK_BOX (self->card), GTK_WIDGET (self->words));
  gtk_widget_set_parent (self->card, GTK_WIDGET (self));
  gtk_widget_set_visible (self->card, FALSE);
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
}
