#include "ui/window/window.h"

#include <glib/gi18n.h>

#include "compute/session/hands.h"
#include "ui/gl/renderer.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

/* More points than these are a splat; without a GPU for drawing, the first. */
#define MAX_SOFTWARE_DISCS 100000
#define MAX_GPU_DISCS 2000000
/* A step that takes longer than this is said to be under way. */
#define BUSY_AFTER_MS 200

G_DEFINE_FINAL_TYPE (LloydWindow, lloyd_window, ADW_TYPE_APPLICATION_WINDOW)

/* One a line, so that a new one changes one. */
/* clang-format off */
const LloydWindowPart *const lloyd_window_parts[] = {
  &lloyd_window_part_differences,
  &lloyd_window_part_measure,
  &lloyd_window_part_files,
  &lloyd_window_part_panels,
  &lloyd_window_part_import,
  &lloyd_window_part_database,
  &lloyd_window_part_clusters,
  &lloyd_window_part_comparing,
  &lloyd_window_part_rows,
  &lloyd_window_part_studies,
  &lloyd_window_part_save,
  &lloyd_window_part_notify,
  &lloyd_window_part_pictures,
  &lloyd_window_part_present,
  &lloyd_window_part_recent,
  &lloyd_window_part_seeding,
  &lloyd_window_part_sessions,
  &lloyd_window_part_settings,
  &lloyd_window_part_show,
  &lloyd_window_part_command,
  &lloyd_window_part_hands,
  &lloyd_window_part_points,
  &lloyd_window_part_selection,
  &lloyd_window_part_undo,
  &lloyd_window_part_bench,
  &lloyd_window_part_live,
  &lloyd_window_part_lesson,
  &lloyd_window_part_toasts,
  NULL,
};
/* clang-format on */

/* ---- busy ---------------------------------------------------------------------------------- */

static gboolean
on_busy_due (gpointer data)
{
  LloydWindow *self = data;
  self->busy_timeout = 0;
  if (lloyd_session_is_busy (self->session) && self->opening == NULL)
    {
      gtk_spinner_start (self->spinner);
      gtk_widget_set_visible (GTK_WIDGET (self->spinner), TRUE);
      gtk_label_set_text (self->event, _ ("Computing…"));
    }
  return G_SOURCE_REMOVE;
}

void
lloyd_window_note_busy (LloydWindow *self)
{
  /* All news starts the wait anew: a run that shows step after step is not waited for. */
  g_clear_handle_id (&self->busy_timeout, g_source_remove);
  if (lloyd_session_is_busy (self->session))
    {
      self->busy_timeout = g_timeout_add (BUSY_AFTER_MS, on_busy_due, self);
      return;
    }
  gtk_spinner_stop (self->spinner);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), FALSE);
}

/* Goes where the scrubber is, or lets that wait: what it passed meanwhile is left out. */
static void
scrub (LloydWindow *self)
{
  self->is_scrub_waiting = lloyd_session_is_busy (self->session);
  if (!self->is_scrub_waiting)
    lloyd_session_go_to_async (self->session, self->scrubbed_to, lloyd_window_on_done,
                               g_object_ref (self));
  lloyd_window_note_busy (self);
}

void
lloyd_window_tell (LloydWindow *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  lloyd_window_show_error (self, error);
  lloyd_recipe_panel_show (self->recipe_panel, self->session);
}

void
lloyd_window_settle (LloydWindow *self)
{
  if (self->is_scrub_waiting && !lloyd_session_is_busy (self->session))
    scrub (self);
  lloyd_window_update (self);
  lloyd_window_grant_move (self);
}

gboolean
lloyd_window_end (LloydWindow *self, GAsyncResult *result, GError **error)
{
  gboolean is_done = lloyd_session_finish (self->session, result, error);
  lloyd_window_settle (self);
  return is_done;
}

gboolean
lloyd_window_finish (LloydWindow *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = lloyd_window_end (self, result, &error);
  if (!is_done)
    lloyd_window_tell (self, error);
  return is_done;
}

void
lloyd_window_on_done (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (LloydWindow) self = data;
  (void) session;
  lloyd_window_finish (self, result);
}

/* ---- updating ------------------------------------------------------------------------------ */

static void
update_title (LloydWindow *self, const LloydDataset *dataset)
{
  g_autofree char *rows = lloyd_words_count (dataset->points->n);
  g_autofree char *size = g_strdup_printf ("%s × %u", rows, dataset->points->d);
  g_autofree char *subtitle =
      dataset->is_unsaved ? g_strdup_printf (_ ("%s, points in no file"), size) : g_strdup (size);
  adw_window_title_set_title (self->title, dataset->title);
  adw_window_title_set_subtitle (self->title, subtitle);
  gtk_window_set_title (GTK_WINDOW (self), dataset->title);
}

/* Fits the camera when other data or other axes came. */
static void
update_camera (LloydWindow *self, const LloydDataset *dataset)
{
  const LloydScene *scene = lloyd_session_get_snapshot (self->session, 0)->scene;
  const char *axes = lloyd_session_get_axes (self->session);

  if (self->framed_family == dataset->family && g_strcmp0 (self->framed_axes, axes) == 0)
    return;
  self->framed_family = dataset->family;
  g_free (self->framed_axes);
  self->framed_axes = g_strdup (axes);
  lloyd_camera_set_box (self->camera, scene->low, scene->high, scene->projection->n_axes == 3);
  lloyd_camera_set_points (self->camera, scene->xyz, scene->n_shown);
}

static void
update_sides (LloydWindow *self, const LloydDataset *dataset)
{
  guint n_sides = lloyd_session_get_n_sides (self->session);
  gint64 top_ns = 0;

  for (guint i = 0; i < n_sides; i++)
    {
      const LloydSnapshot *snapshot = lloyd_session_get_snapshot (self->session, i);
      top_ns = MAX (top_ns, lloyd_time_chart_top (snapshot->steps, snapshot->n_steps));
    }
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      gtk_widget_set_visible (self->sides[i], i < n_sides);
      if (i >= n_sides)
        continue;
      LloydSnapshot *snapshot = lloyd_session_get_snapshot (self->session, i);
      g_autofree char *remark = lloyd_words_remarks (snapshot, dataset);
      lloyd_pane_set_palette (self->panes[i], lloyd_window_get_palette (self));
      lloyd_pane_set_motion_ms (self->panes[i], lloyd_window_get_motion_ms (self));
      lloyd_pane_set_snapshot (self->panes[i], lloyd_window_get_seen (self, i));
      lloyd_pane_set_remark (self->panes[i], remark);
      if (lloyd_pane_get_bridge (self->panes[i], NULL) == LLOYD_BRIDGE_FAILED)
        lloyd_session_set_bridge (self->session, FALSE);
      lloyd_strip_set_snapshot (self->strips[i], snapshot, top_ns, n_sides > 1);
    }
}

/* A run that only met its limit has not converged. */
static gboolean
has_arrived (const LloydSnapshot *snapshot)
{
  return snapshot->stop == LLOYD_STOP_CONVERGED || snapshot->stop == LLOYD_STOP_TOLERANCE;
}

static void
update_comparison (LloydWindow *self)
{
  g_autofree char *text = NULL;
  if (lloyd_session_get_n_sides (self->session) == 2)
    {
      const LloydSnapshot *a = lloyd_session_get_snapshot (self->session, 0);
      const LloydSnapshot *b = lloyd_session_get_snapshot (self->session, 1);
      LloydComparison comparison = lloyd_compare (a->steps, a->n_steps, has_arrived (a), b->steps,
                                                  b->n_steps, has_arrived (b));
      text = lloyd_words_comparison (&comparison);
    }
  gtk_label_set_text (self->comparison, text != NULL ? text : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->comparison), text);
  gtk_widget_set_visible (GTK_WIDGET (self->comparison), text != NULL);
}

static void
update_transport (LloydWindow *self)
{
  gboolean met_limit = FALSE, is_at_end = lloyd_session_is_at_end (self->session);
  for (guint i = 0; i < lloyd_session_get_n_sides (self->session); i++)
    met_limit |= lloyd_session_get_snapshot (self->session, i)->stop == LLOYD_STOP_MAX_STEPS;
  guint position =
      self->is_scrub_waiting ? self->scrubbed_to : lloyd_session_get_position (self->session);
  lloyd_transport_set_position (self->transport, position,
                                lloyd_session_get_last_position (self->session), is_at_end,
                                is_at_end && met_limit);
}

/* The side that goes on longest tells what happened. */
static void
update_event (LloydWindow *self)
{
  guint n_sides = lloyd_session_get_n_sides (self->session), told = 0;
  for (guint i = 1; i < n_sides; i++)
    if (lloyd_session_get_snapshot (self->session, i)->position >
        lloyd_session_get_snapshot (self->session, told)->position)
      told = i;

  const LloydSnapshot *snapshot = lloyd_window_get_seen (self, told);
  g_autofree char *event =
      lloyd_words_points_event (snapshot, lloyd_session_get_undo (self->session));
  if (event == NULL)
    event = lloyd_words_event (snapshot);
  g_autofree char *text =
      n_sides > 1 ? g_strdup_printf ("%s: %s", lloyd_words_metric (snapshot->metric), event)
                  : g_strdup (event);
  gtk_label_set_text (self->event, text);
}

void
lloyd_window_update (LloydWindow *self)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (self->session);
  lloyd_window_note_busy (self);
  lloyd_window_update_actions (self);
  if (dataset == NULL)
    return;

  gboolean was_start = g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "start") == 0;
  /* Whoever opens something wants to see it. */
  if (lloyd_window_shows_benchmark (self) && self->framed_family != dataset->family)
    lloyd_window_set_view (self, "explore");
  if (!lloyd_window_is_importing (self) && !lloyd_window_shows_benchmark (self))
    gtk_stack_set_visible_child_name (self->stack, "explore");
  gtk_widget_add_css_class (GTK_WIDGET (self->toasts), "above-transport");
  update_title (self, dataset);
  update_camera (self, dataset);
  update_sides (self, dataset);
  update_comparison (self);
  update_transport (self);
  update_event (self);
  lloyd_window_say (self);
  if (was_start)
    {
      gtk_widget_child_focus (GTK_WIDGET (self->panes[0]), GTK_DIR_TAB_FORWARD);
      gtk_window_set_focus_visible (GTK_WINDOW (self), FALSE);
    }
}

/* The panel's lists are remade only when the recipe or the data changed, not with every step. */
static void
on_changed (LloydWindow *self)
{
  lloyd_recipe_panel_show (self->recipe_panel, self->session);
  lloyd_window_update (self);
}

static void
on_scrubbed (LloydWindow *self, guint position)
{
  lloyd_window_pause (self);
  if (lloyd_window_seed_scrub (self, &position))
    return;
  self->scrubbed_to = position;
  if (lloyd_session_get_dataset (self->session) != NULL)
    scrub (self);
}

/* Space opens the first tile: that it has the focus is seen for a while. */
static void
on_active (LloydWindow *self)
{
  if (gtk_window_is_active (GTK_WINDOW (self)) && !lloyd_window_has_data (self))
    gtk_window_set_focus_visible (GTK_WINDOW (self), TRUE);
}

/* ---- drawing device ------------------------------------------------------------------------ */

/* Asks once what draws, before anything is drawn: without a GPU fewer points are discs, and GTK
 * is told to put its widgets on the screen by Cairo, which takes half the time of OpenGL on a
 * processor. */
static void
find_drawing_device (LloydWindow *self)
{
  g_autoptr (GError) error = NULL;
  const char *wanted = g_getenv ("LLOYD_DRAWING");
  g_autoptr (GdkGLContext) context =
      gdk_display_create_gl_context (gtk_widget_get_display (GTK_WIDGET (self)), &error);

  if (context == NULL || !gdk_gl_context_realize (context, &error))
    self->gl_device = g_strdup_printf (_ ("no OpenGL: %s"), error->message);
  else
    {
      gdk_gl_context_make_current (context);
      self->gl_device = g_strdup (lloyd_renderer_get_device ());
      self->has_gpu_drawing =
          wanted != NULL ? g_str_equal (wanted, "opengl") : !lloyd_renderer_is_software ();
      gdk_gl_context_clear_current ();
    }
  self->max_discs = self->has_gpu_drawing ? MAX_GPU_DISCS : MAX_SOFTWARE_DISCS;
  lloyd_session_set_bridge (self->session, self->has_gpu_drawing);
  /* As GSK_RENDERER does, which is for the user, and which threads do not let a program set. */
  if (!self->has_gpu_drawing && g_getenv ("GSK_RENDERER") == NULL)
    g_object_set_data (G_OBJECT (gtk_widget_get_display (GTK_WIDGET (self))), "gsk-renderer",
                       (gpointer) "cairo");
}

/* ---- public -------------------------------------------------------------------------------- */

gboolean
lloyd_window_has_data (LloydWindow *self)
{
  return lloyd_session_get_dataset (self->session) != NULL || self->opening != NULL;
}

/* ---- object -------------------------------------------------------------------------------- */

static gboolean
lloyd_window_close_request (GtkWindow *window)
{
  LloydWindow *self = LLOYD_WINDOW (window);
  lloyd_window_pause (self);
  lloyd_session_stop (self->session);
  return GTK_WINDOW_CLASS (lloyd_window_parent_class)->close_request (window);
}

static void
lloyd_window_dispose (GObject *object)
{
  LloydWindow *self = LLOYD_WINDOW (object);
  /* What is opened too late is of no use. */
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  for (const LloydWindowPart *const *part = lloyd_window_parts; *part != NULL; part++)
    if ((*part)->dispose != NULL)
      (*part)->dispose (self);
  g_clear_handle_id (&self->play_timeout, g_source_remove);
  g_clear_handle_id (&self->busy_timeout, g_source_remove);
  g_clear_handle_id (&self->progress_timeout, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  G_OBJECT_CLASS (lloyd_window_parent_class)->dispose (object);
}

static void
lloyd_window_finalize (GObject *object)
{
  LloydWindow *self = LLOYD_WINDOW (object);
  g_clear_object (&self->session);
  g_clear_object (&self->camera);
  g_clear_object (&self->opening);
  g_clear_pointer (&self->samples, g_ptr_array_unref);
  g_clear_pointer (&self->wanted_recipe, lloyd_recipe_free);
  g_free (self->wanted_axes);
  g_free (self->framed_axes);
  g_free (self->gl_device);
  G_OBJECT_CLASS (lloyd_window_parent_class)->finalize (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, LloydWindow, name)

static void
lloyd_window_class_init (LloydWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = lloyd_window_dispose;
  G_OBJECT_CLASS (class)->finalize = lloyd_window_finalize;
  GTK_WINDOW_CLASS (class)->close_request = lloyd_window_close_request;
  g_type_ensure (LLOYD_TYPE_PANE);
  g_type_ensure (LLOYD_TYPE_STRIP);
  g_type_ensure (LLOYD_TYPE_TRANSPORT);
  g_type_ensure (LLOYD_TYPE_RECIPE_PANEL);
  g_type_ensure (LLOYD_TYPE_CLUSTERS_PANEL);
  g_type_ensure (LLOYD_TYPE_START_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/window.ui");
  BIND (header);
  BIND (title);
  BIND (toasts);
  BIND (stack);
  BIND (start_page);
  BIND (left_revealer);
  BIND (right_revealer);
  BIND (clusters_panel);
  BIND (recipe_panel);
  BIND (event);
  BIND (event_line);
  BIND (comparison);
  BIND (differences);
  BIND (spinner);
  BIND (transport);
  BIND (open_menu);
  BIND (progress_page);
  BIND (progress_title);
  BIND (progress);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      static const char *const sides[] = { "side_1", "side_2" };
      static const char *const panes[] = { "pane_1", "pane_2" };
      static const char *const strips[] = { "strip_1", "strip_2" };
      gtk_widget_class_bind_template_child_full (widget_class, sides[i], FALSE,
                                                 G_STRUCT_OFFSET (LloydWindow, sides[i]));
      gtk_widget_class_bind_template_child_full (widget_class, panes[i], FALSE,
                                                 G_STRUCT_OFFSET (LloydWindow, panes[i]));
      gtk_widget_class_bind_template_child_full (widget_class, strips[i], FALSE,
                                                 G_STRUCT_OFFSET (LloydWindow, strips[i]));
    }
  gtk_widget_class_bind_template_callback (widget_class, on_scrubbed);
}

static void
lloyd_window_init (LloydWindow *self)
{
  g_autoptr (GError) error = NULL;

  self->session = lloyd_session_new ();
  self->camera = lloyd_camera_new ();
  self->speed = LLOYD_SPEED_USUAL;
  find_drawing_device (self);
  self->samples = lloyd_samples_load (&error);
  /* They are part of the program: this cannot fail where the tests passed. */
  if (self->samples == NULL)
    g_error ("samples: %s", error->message);
  gtk_widget_init_template (GTK_WIDGET (self));
  lloyd_window_add_actions (self);
  lloyd_window_add_keys (self);
  lloyd_window_setup_opening (self);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      lloyd_pane_set_camera (self->panes[i], self->camera);
      lloyd_strip_set_pane (self->strips[i], self->panes[i], i);
      if (self->has_gpu_drawing)
        lloyd_pane_use_gpu (self->panes[i]);
    }
  lloyd_start_page_set_samples (self->start_page, self->samples);
  g_signal_connect_swapped (self->session, "changed", G_CALLBACK (on_changed), self);
  for (const LloydWindowPart *const *part = lloyd_window_parts; *part != NULL; part++)
    if ((*part)->setup != NULL)
      (*part)->setup (self);
}

LloydWindow *
lloyd_window_new (AdwApplication *application)
{
  LloydWindow *self = g_object_new (LLOYD_TYPE_WINDOW, "application", application, NULL);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (on_active), NULL);
  lloyd_start_page_focus (self->start_page);
  return self;
}
