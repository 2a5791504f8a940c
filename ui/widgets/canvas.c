#include "ui/widgets/canvas.h"

#include "compute/clock.h"
#include "compute/session/seeding.h"
#include "ui/draw/painter.h"
#include "ui/draw/splat.h"
#include "ui/gl/stage.h"
#include "ui/gl/timer.h"

/* A splat is drawn in full once nothing has changed for so long. */
#define REST_MS 60

struct _LloydCanvas
{
  GtkWidget parent_instance;

  LloydCanvasFunc func;
  gpointer func_data;
  gboolean is_paused;
  /* gint64, by step: what its last picture took. */
  GArray *drawing_ns;
  guint n_pictures;

  /* Where a GPU draws, and while it is realised. */
  GtkGLArea *area;
  LloydStage *stage;
  LloydTimer *timer;

  /* Whether each point is a pixel, and whether the labels for that lie on the device. */
  gboolean is_splat;
  gboolean is_on_device;

  /* Where the processor draws: the last picture, whether it was shown, whether the next is under
   * way, whether another is wanted, and what waits to begin that. */
  cairo_surface_t *picture;
  gboolean is_shown;
  gboolean is_painting;
  gboolean is_stale;
  guint idle;

  /* A splat by the processor: the pass to come, of how many; what stops one under way that nobody
   * waits for any more; and whether nothing moves, or what waits for that. */
  LloydSplatPainter *painter;
  guint pass, n_passes;
  GCancellable *cancellable;
  gboolean is_resting;
  guint rest_timeout;
};

G_DEFINE_FINAL_TYPE (LloydCanvas, lloyd_canvas, GTK_TYPE_WIDGET)

/* Whether OpenGL draws, rather than the processor. */
static gboolean
is_by_gl (LloydCanvas *self)
{
  if (self->area == NULL || !self->is_splat)
    return self->area != NULL;
  return self->is_on_device && self->stage != NULL &&
         lloyd_stage_get_bridge (self->stage, NULL) != LLOYD_BRIDGE_FAILED;
}

static LloydCanvasView
ask_view (LloydCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int factor = gtk_widget_get_scale_factor (widget);
  LloydCanvasView view = { NULL };
  view.frame.width = gtk_widget_get_width (widget) * factor;
  view.frame.height = gtk_widget_get_height (widget) * factor;
  view.frame.scale = factor;
  self->func (&view, view.frame.width, view.frame.height, (float) factor, self->func_data);
  return view;
}

/* ---- by the processor ---------------------------------------------------------------------- */

/* A picture to be painted on a thread: all of it is its own, or shared and immutable. */
typedef struct
{
  LloydFrame frame;
  LloydSnapshot *snapshot;
  LloydSnapshot *before;
  LloydColour *colours;
  /* Of a splat: which pass, and what paints it. */
  LloydSplatPainter *painter;
  guint pass;
  /* What it took. */
  gint64 time_ns;
} Job;

static Job *
job_new (const LloydCanvasView *view)
{
  Job *job = g_new0 (Job, 1);
  job->frame = view->frame;
  job->frame.marks = g_memdup2 (view->frame.marks, sizeof (LloydMark) * view->frame.n_marks);
  job->frame.lines = g_memdup2 (view->frame.lines, sizeof (LloydLine) * view->frame.n_lines);
  job->frame.regions.planes =
      g_memdup2 (view->frame.regions.planes, 3 * sizeof (double) * view->frame.regions.n);
  job->frame.regions.colours =
      g_memdup2 (view->frame.regions.colours, sizeof (LloydColour) * view->frame.regions.n);
  if (view->snapshot != NULL)
    {
      job->snapshot = lloyd_snapshot_ref (view->snapshot);
      if (view->before != NULL)
        job->before = lloyd_snapshot_ref (view->before);
      job->frame.wave.centres =
          g_memdup2 (view->frame.wave.centres, 3 * sizeof (float) * view->frame.wave.n);
      job->colours = g_memdup2 (view->colours, sizeof (LloydColour) * view->snapshot->k);
    }
  return job;
}

static void
job_free (gpointer data)
{
  Job *job = data;
  g_clear_pointer (&job->snapshot, lloyd_snapshot_unref);
  g_clear_pointer (&job->before, lloyd_snapshot_unref);
  g_free ((gpointer) job->frame.wave.centres);
  g_free (job->colours);
  g_free ((gpointer) job->frame.marks);
  g_free ((gpointer) job->frame.lines);
  g_free ((gpointer) job->frame.regions.planes);
  g_free ((gpointer) job->frame.regions.colours);
  g_free (job);
}

/* FALSE if it was cancelled: there is no picture. */
static gboolean
paint_pixels (const Job *job, guint32 *pixels, GCancellable *cancellable)
{
  LloydSnapshot *snapshot = job->snapshot;
  LloydDots dots = { NULL };
  if (snapshot != NULL && snapshot->scene->is_splat)
    return lloyd_splat_painter_paint (job->painter, &job->frame, snapshot, job->colours, job->pass,
                                      pixels, cancellable, NULL);
  if (snapshot != NULL)
    dots = (LloydDots){
      .xyz = snapshot->scene->xyz,
      .labels = snapshot->labels,
      .before = job->before != NULL && job->frame.wave.centres != NULL ? job->before->labels : NULL,
      .sizes = snapshot->seeding != NULL ? snapshot->seeding->sizes : NULL,
      .former_sizes =
          job->before != NULL && job->before->seeding != NULL ? job->before->seeding->sizes : NULL,
      .n = snapshot->scene->n_shown,
      .palette = job->colours,
      .k = snapshot->k
    };
  lloyd_paint_frame (&job->frame, &dots, pixels);
  return TRUE;
}

static void
paint (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  gint64 start_ns = lloyd_clock_ns ();
  cairo_surface_t *picture =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, job->frame.width, job->frame.height);

  (void) source;
  /* Of four bytes a pixel, rows have no gaps. There are no pixels where memory lacks. */
  if (cairo_surface_status (picture) == CAIRO_STATUS_SUCCESS &&
      !paint_pixels (job, (guint32 *) (gpointer) cairo_image_surface_get_data (picture),
                     cancellable))
    g_clear_pointer (&picture, cairo_surface_destroy);
  else
    cairo_surface_mark_dirty (picture);
  job->time_ns = lloyd_clock_ns () - start_ns;
  g_task_return_pointer (task, picture, (GDestroyNotify) cairo_surface_destroy);
}

static void begin_picture (LloydCanvas *self);

static void
note_drawn (LloydCanvas *self, guint step, gint64 time_ns)
{
  if (step == 0 || step >= self->drawing_ns->len)
    g_array_set_size (self->drawing_ns, step + 1);
  g_array_index (self->drawing_ns, gint64, step) = time_ns;
}

static void
on_painted (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydCanvas *self = LLOYD_CANVAS (source);
  cairo_surface_t *picture = g_task_propagate_pointer (G_TASK (result), NULL);
  const Job *job = g_task_get_task_data (G_TASK (result));
  (void) data;
  self->is_painting = FALSE;
  if (picture == NULL)
    {
      begin_picture (self);
      return;
    }
  g_clear_pointer (&self->picture, cairo_surface_destroy);
  self->picture = picture;
  self->is_shown = FALSE;
  if (job->snapshot != NULL)
    note_drawn (self, job->snapshot->label_step, job->time_ns);
  self->n_pictures++;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
on_rest (gpointer data)
{
  LloydCanvas *self = data;
  self->rest_timeout = 0;
  self->is_resting = TRUE;
  begin_picture (self);
  return G_SOURCE_REMOVE;
}

/* What changed begins anew; a splat's other passes come when nothing changes. */
static gboolean
choose_pass (LloydCanvas *self)
{
  if (self->is_stale)
    self->pass = 0;
  else if (self->pass >= self->n_passes)
    return FALSE;
  else if (!self->is_resting)
    {
      if (self->rest_timeout == 0)
        self->rest_timeout = g_timeout_add (REST_MS, on_rest, self);
      return FALSE;
    }
  return TRUE;
}

/* One picture at a time, and the next only when the last was shown: what changes meanwhile waits.
 */
static void
begin_picture (LloydCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  if (self->is_paused || is_by_gl (self) || self->is_painting ||
      (self->picture != NULL && !self->is_shown) || !gtk_widget_get_mapped (widget) ||
      gtk_widget_get_width (widget) <= 0 || gtk_widget_get_height (widget) <= 0 ||
      !choose_pass (self))
    return;
  LloydCanvasView view = ask_view (self);
  Job *job = job_new (&view);
  gboolean is_splat = view.snapshot != NULL && view.snapshot->scene->is_splat;
  if (is_splat && self->painter == NULL)
    self->painter = lloyd_splat_painter_new ();
  job->painter = self->painter;
  job->pass = self->pass++;
  self->n_passes = is_splat ? lloyd_splat_painter_count_passes (view.snapshot->scene) : 1;
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_painted, NULL);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, job, job_free);
  self->is_painting = TRUE;
  self->is_stale = FALSE;
  g_task_run_in_thread (task, paint);
}

static void
queue_painting (LloydCanvas *self)
{
  self->is_stale = TRUE;
  self->is_resting = FALSE;
  g_clear_handle_id (&self->rest_timeout, g_source_remove);
  /* The first pass is short, and a picture that comes is better than none. */
  if (self->is_painting && self->pass > 1)
    g_cancellable_cancel (self->cancellable);
}

static gboolean
on_idle (gpointer data)
{
  LloydCanvas *self = data;
  self->idle = 0;
  begin_picture (self);
  return G_SOURCE_REMOVE;
}

/* By Cairo, as the rest of the window where no GPU draws: GTK would convert a texture pixel by
 * pixel through floating point. */
static void
snapshot_picture (LloydCanvas *self, GtkSnapshot *snapshot)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  graphene_rect_t box = GRAPHENE_RECT_INIT (0.0f, 0.0f, (float) width, (float) height);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &box);
  cairo_scale (cr, (double) width / cairo_image_surface_get_width (self->picture),
               (double) height / cairo_image_surface_get_height (self->picture));
  cairo_set_source_surface (cr, self->picture, 0.0, 0.0);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint (cr);
  cairo_destroy (cr);
}

static void
lloyd_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LloydCanvas *self = LLOYD_CANVAS (widget);
  if (is_by_gl (self))
    gtk_widget_snapshot_child (widget, GTK_WIDGET (self->area), snapshot);
  else if (self->picture != NULL)
    {
      snapshot_picture (self, snapshot);
      self->is_shown = TRUE;
      begin_picture (self);
    }
}

/* ---- by a GPU ------------------------------------------------------------------------------ */

/* The area is there only while it draws: it would lie over the other's picture. */
static void
show_area (LloydCanvas *self)
{
  if (self->area != NULL)
    gtk_widget_set_child_visible (GTK_WIDGET (self->area), self->stage == NULL || is_by_gl (self));
}

static gboolean
give_up_gpu (gpointer data)
{
  LloydCanvas *self = data;
  if (self->area != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->area));
  self->area = NULL;
  lloyd_canvas_queue_picture (self);
  return G_SOURCE_REMOVE;
}

static void
on_realize (LloydCanvas *self)
{
  g_autoptr (GError) error = NULL;

  gtk_gl_area_make_current (self->area);
  if (gtk_gl_area_get_error (self->area) == NULL)
    self->stage = lloyd_stage_new (&error);
  if (self->stage != NULL)
    {
      self->timer = lloyd_timer_new ();
      show_area (self);
      return;
    }
  g_message ("drawing without OpenGL: %s",
             error != NULL ? error->message : gtk_gl_area_get_error (self->area)->message);
  /* Not while the area is being realised. */
  g_idle_add_full (G_PRIORITY_HIGH, give_up_gpu, g_object_ref (self), g_object_unref);
}

static void
on_unrealize (LloydCanvas *self)
{
  gtk_gl_area_make_current (self->area);
  if (gtk_gl_area_get_error (self->area) != NULL)
    return;
  g_clear_pointer (&self->stage, lloyd_stage_free);
  g_clear_pointer (&self->timer, lloyd_timer_free);
}

/* Not within drawing: that is done with the area. */
static gboolean
on_no_splat (gpointer data)
{
  LloydCanvas *self = data;
  show_area (self);
  lloyd_canvas_queue_picture (self);
  return G_SOURCE_REMOVE;
}

static void
begin_timing (LloydCanvas *self, const LloydSnapshot *snapshot)
{
  guint step;
  gint64 time_ns;
  if (self->timer == NULL)
    return;
  if (lloyd_timer_take (self->timer, &step, &time_ns))
    note_drawn (self, step, time_ns);
  lloyd_timer_begin (self->timer, snapshot != NULL ? snapshot->label_step : 0);
}

static gboolean
on_render (LloydCanvas *self)
{
  if (self->stage == NULL)
    return TRUE;
  LloydCanvasView view = ask_view (self);
  begin_timing (self, view.snapshot);
  gboolean is_drawn =
      lloyd_stage_draw (self->stage, view.snapshot, view.before, view.colours, &view.frame);
  if (self->timer != NULL)
    lloyd_timer_end (self->timer);
  if (is_drawn)
    self->n_pictures++;
  else
    g_idle_add_full (G_PRIORITY_HIGH, on_no_splat, g_object_ref (self), g_object_unref);
  return TRUE;
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_canvas_set_func (LloydCanvas *self, LloydCanvasFunc func, gpointer data)
{
  self->func = func;
  self->func_data = data;
}

gint64
lloyd_canvas_get_drawing_ns (LloydCanvas *self, guint step)
{
  return step < self->drawing_ns->len ? g_array_index (self->drawing_ns, gint64, step) : 0;
}

void
lloyd_canvas_use_gpu (LloydCanvas *self)
{
  g_return_if_fail (!gtk_widget_get_realized (GTK_WIDGET (self)));
  self->area = GTK_GL_AREA (gtk_gl_area_new ());
  gtk_gl_area_set_auto_render (self->area, FALSE);
  gtk_gl_area_set_has_depth_buffer (self->area, TRUE);
  gtk_gl_area_set_required_version (self->area, 3, 3);
  gtk_widget_set_can_target (GTK_WIDGET (self->area), FALSE);
  g_signal_connect_swapped (self->area, "realize", G_CALLBACK (on_realize), self);
  g_signal_connect_swapped (self->area, "unrealize", G_CALLBACK (on_unrealize), self);
  g_signal_connect_swapped (self->area, "render", G_CALLBACK (on_render), self);
  gtk_widget_set_parent (GTK_WIDGET (self->area), GTK_WIDGET (self));
}

void
lloyd_canvas_set_drawing (LloydCanvas *self, gboolean is_drawing)
{
  self->is_paused = !is_drawing;
  lloyd_canvas_queue_picture (self);
}

void
lloyd_canvas_queue_picture (LloydCanvas *self)
{
  if (self->is_paused)
    return;
  if (is_by_gl (self))
    {
      gtk_gl_area_queue_render (self->area);
      return;
    }
  queue_painting (self);
  /* After all that one event changes, and before the window is drawn. */
  if (self->idle == 0)
    self->idle = g_idle_add_full (GDK_PRIORITY_REDRAW - 1, on_idle, self, NULL);
}

void
lloyd_canvas_set_splat (LloydCanvas *self, gboolean is_splat, gboolean is_on_device)
{
  self->is_splat = is_splat;
  self->is_on_device = is_on_device;
  show_area (self);
  lloyd_canvas_queue_picture (self);
}

LloydBridgeState
lloyd_canvas_get_bridge (LloydCanvas *self, const char **reason)
{
  if (reason != NULL)
    *reason = NULL;
  return self->stage != NULL ? lloyd_stage_get_bridge (self->stage, reason) : LLOYD_BRIDGE_UNTRIED;
}

guint
lloyd_canvas_get_n_pictures (LloydCanvas *self)
{
  return self->n_pictures;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LloydCanvas *self = LLOYD_CANVAS (widget);
  if (self->area != NULL)
    gtk_widget_allocate (GTK_WIDGET (self->area), width, height, baseline, NULL);
  lloyd_canvas_queue_picture (self);
}

static void
lloyd_canvas_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (lloyd_canvas_parent_class)->map (widget);
  lloyd_canvas_queue_picture (LLOYD_CANVAS (widget));
}

static void
lloyd_canvas_dispose (GObject *object)
{
  LloydCanvas *self = LLOYD_CANVAS (object);
  if (self->area != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->area));
  self->area = NULL;
  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_handle_id (&self->rest_timeout, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  G_OBJECT_CLASS (lloyd_canvas_parent_class)->dispose (object);
}

/* Not in dispose: a picture under way comes after it. */
static void
lloyd_canvas_finalize (GObject *object)
{
  LloydCanvas *self = LLOYD_CANVAS (object);
  g_clear_pointer (&self->picture, cairo_surface_destroy);
  g_clear_pointer (&self->painter, lloyd_splat_painter_free);
  g_clear_object (&self->cancellable);
  g_array_unref (self->drawing_ns);
  G_OBJECT_CLASS (lloyd_canvas_parent_class)->finalize (object);
}

static void
lloyd_canvas_class_init (LloydCanvasClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lloyd_canvas_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_canvas_finalize;
  widget_class->map = lloyd_canvas_map;
  widget_class->snapshot = lloyd_canvas_snapshot;
  widget_class->size_allocate = lloyd_canvas_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "lloydcanvas");
}

static void
lloyd_canvas_init (LloydCanvas *self)
{
  self->drawing_ns = g_array_new (FALSE, TRUE, sizeof (gint64));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
