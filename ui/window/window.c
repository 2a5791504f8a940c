#include "ui/window/window.h"

#include <glib/gi18n.h>

#include "ui/charts/charts.h"
#include "ui/gl/renderer.h"
#include "ui/window/window-private.h"
#include "ui/words/words.h"

/* Without a GPU for drawing more points than this are not drawn. */
#define MAX_SOFTWARE_POINTS 100000
#define MAX_GPU_POINTS 2000000
/* A step that takes longer than this is said to be under way. */
#define BUSY_AFTER_MS 200
#define ZOOM_STEP 1.25
#define PAN_PIXELS 40.0

G_DEFINE_FINAL_TYPE (LloydWindow, lloyd_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- errors -------------------------------------------------------------------------------- */

static void
on_details (AdwToast *toast, gpointer data)
{
  LloydWindow *self = data;
  const char *message = g_object_get_data (G_OBJECT (toast), "lloyd-message");
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Details"), message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

void
lloyd_window_show_error (LloydWindow *self, const GError *error)
{
  g_autofree char *title = g_markup_escape_text (error->message, -1);
  AdwToast *toast = adw_toast_new (title);
  adw_toast_set_button_label (toast, _ ("Details"));
  adw_toast_set_timeout (toast, 8);
  g_object_set_data_full (G_OBJECT (toast), "lloyd-message", g_strdup (error->message), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_details), self, 0);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

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

gboolean
lloyd_window_finish (LloydWindow *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = lloyd_session_finish (self->session, result, &error);
  if (!is_done && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      lloyd_window_show_error (self, error);
      lloyd_recipe_panel_show (self->recipe_panel, self->session);
    }
  lloyd_window_update (self);
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
  g_autofree char *subtitle = g_strdup_printf ("%s × %u", rows, dataset->points->d);
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

  if (self->framed_dataset == dataset && g_strcmp0 (self->framed_axes, axes) == 0)
    return;
  self->framed_dataset = dataset;
  g_free (self->framed_axes);
  self->framed_axes = g_strdup (axes);
  lloyd_camera_set_box (self->camera, scene->low, scene->high, scene->projection->n_axes == 3);
}

static char *
make_remark (LloydWindow *self, const LloydSnapshot *snapshot, const LloydDataset *dataset)
{
  (void) self;
  if (snapshot->remarks[0] != NULL)
    return g_strjoinv ("\n", snapshot->remarks);
  return LLOYD_METRIC_IS_ANGULAR (snapshot->metric) ? lloyd_words_directions (dataset) : NULL;
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
      g_autofree char *remark = make_remark (self, snapshot, dataset);
      lloyd_pane_set_palette (self->panes[i], self->palette);
      lloyd_pane_set_snapshot (self->panes[i], snapshot);
      lloyd_pane_set_remark (self->panes[i], remark);
      lloyd_strip_set_snapshot (self->strips[i], snapshot, top_ns, n_sides > 1);
    }
  lloyd_pane_set_offers_comparison (self->panes[0], n_sides == 1 && self->is_own_file);
}

static void
update_comparison (LloydWindow *self)
{
  g_autofree char *text = NULL;
  if (lloyd_session_get_n_sides (self->session) == 2)
    {
      const LloydSnapshot *a = lloyd_session_get_snapshot (self->session, 0);
      const LloydSnapshot *b = lloyd_session_get_snapshot (self->session, 1);
      LloydComparison comparison = lloyd_compare (a->steps, a->n_steps, a->stop != LLOYD_STOP_NONE,
                                                  b->steps, b->n_steps, b->stop != LLOYD_STOP_NONE);
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
  lloyd_transport_set_position (self->transport, lloyd_session_get_position (self->session),
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

  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (self->session, told);
  g_autofree char *event = lloyd_words_event (snapshot);
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

  gboolean was_start = g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "explore") != 0;
  gtk_stack_set_visible_child_name (self->stack, "explore");
  update_title (self, dataset);
  update_camera (self, dataset);
  update_sides (self, dataset);
  update_comparison (self);
  update_transport (self);
  update_event (self);
  if (was_start)
    gtk_widget_child_focus (GTK_WIDGET (self->panes[0]), GTK_DIR_TAB_FORWARD);
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
  if (lloyd_session_get_dataset (self->session) != NULL && !lloyd_session_is_busy (self->session))
    lloyd_session_go_to_async (self->session, position, lloyd_window_on_done, g_object_ref (self));
  lloyd_window_note_busy (self);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static gboolean
on_zoom_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  GtkWidget *pane = GTK_WIDGET (self->panes[0]);
  int width = gtk_widget_get_width (pane), height = gtk_widget_get_height (pane);
  double factor = g_variant_get_double (arguments);

  (void) data;
  lloyd_camera_zoom (self->camera, factor, width / 2.0, height / 2.0, width, height);
  return TRUE;
}

static gboolean
on_pan_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  GtkWidget *pane = GTK_WIDGET (self->panes[0]);
  int width = gtk_widget_get_width (pane), height = gtk_widget_get_height (pane);
  double dx, dy;

  (void) data;
  g_variant_get (arguments, "(dd)", &dx, &dy);
  lloyd_camera_orbit (self->camera, dx, dy, width, height);
  return TRUE;
}

/* To the last step known, or, if none is, on to it. */
static gboolean
on_end_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LloydWindow *self = LLOYD_WINDOW (widget);
  (void) arguments;
  (void) data;
  if (lloyd_session_get_dataset (self->session) == NULL)
    return FALSE;
  gtk_widget_activate_action (widget, "win.run", NULL);
  return TRUE;
}

static gboolean
on_home_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  (void) arguments;
  (void) data;
  gtk_widget_activate_action (widget, "win.go-to-step", "i", 1);
  return TRUE;
}

static void
add_shortcut (GtkShortcutController *keys,
              const char *trigger,
              GtkShortcutAction *action,
              GVariant *arguments)
{
  GtkShortcut *shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (trigger), action);
  if (arguments != NULL)
    gtk_shortcut_set_arguments (shortcut, arguments);
  gtk_shortcut_controller_add_shortcut (keys, shortcut);
}

/* Keys without Ctrl are no application accelerators, which would take them from entries: they
 * bubble up here if the focused widget had no use for them. */
static void
add_keys (LloydWindow *self)
{
  static const struct
  {
    const char *trigger;
    const char *action;
    const char *target;
  } plain[] = {
    { "space", "win.play", NULL },
    { "Right", "win.step", NULL },
    { "Left", "win.step-back", NULL },
    { "<Shift>Right", "win.half-step", NULL },
    { "<Shift>Left", "win.half-step-back", NULL },
    { "Page_Down", "win.half-step", NULL },
    { "Page_Up", "win.half-step-back", NULL },
    { "r", "win.reseed", NULL },
    { "1", "win.metric", "euclidean" },
    { "2", "win.metric", "cosine" },
    { "3", "win.metric", "both" },
    { "f", "win.fit", NULL },
  };
  GtkShortcutController *keys = GTK_SHORTCUT_CONTROLLER (gtk_shortcut_controller_new ());
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (keys), GTK_PHASE_BUBBLE);
  for (size_t i = 0; i < G_N_ELEMENTS (plain); i++)
    add_shortcut (keys, plain[i].trigger, gtk_named_action_new (plain[i].action),
                  plain[i].target != NULL ? g_variant_new_string (plain[i].target) : NULL);
  add_shortcut (keys, "Home", gtk_callback_action_new (on_home_key, NULL, NULL), NULL);
  add_shortcut (keys, "End", gtk_callback_action_new (on_end_key, NULL, NULL), NULL);

  add_shortcut (keys, "<Ctrl>plus|<Ctrl>equal|<Ctrl>KP_Add",
                gtk_callback_action_new (on_zoom_key, NULL, NULL),
                g_variant_new_double (ZOOM_STEP));
  add_shortcut (keys, "<Ctrl>minus|<Ctrl>KP_Subtract",
                gtk_callback_action_new (on_zoom_key, NULL, NULL),
                g_variant_new_double (1.0 / ZOOM_STEP));
  add_shortcut (keys, "<Ctrl>0|<Ctrl>KP_0", gtk_named_action_new ("win.fit"), NULL);
  add_shortcut (keys, "<Ctrl>Left", gtk_callback_action_new (on_pan_key, NULL, NULL),
                g_variant_new ("(dd)", PAN_PIXELS, 0.0));
  add_shortcut (keys, "<Ctrl>Right", gtk_callback_action_new (on_pan_key, NULL, NULL),
                g_variant_new ("(dd)", -PAN_PIXELS, 0.0));
  add_shortcut (keys, "<Ctrl>Up", gtk_callback_action_new (on_pan_key, NULL, NULL),
                g_variant_new ("(dd)", 0.0, PAN_PIXELS));
  add_shortcut (keys, "<Ctrl>Down", gtk_callback_action_new (on_pan_key, NULL, NULL),
                g_variant_new ("(dd)", 0.0, -PAN_PIXELS));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (keys));
}

/* ---- drawing device ------------------------------------------------------------------------ */

/* Asks once what draws, before anything is drawn: without a GPU fewer points are handed out, and
 * GTK is told to put its widgets on the screen by Cairo, which takes half the time of OpenGL on a
 * processor. */
static void
find_drawing_device (LloydWindow *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkGLContext) context =
      gdk_display_create_gl_context (gtk_widget_get_display (GTK_WIDGET (self)), &error);

  if (context == NULL || !gdk_gl_context_realize (context, &error))
    self->gl_device = g_strdup_printf (_ ("no OpenGL: %s"), error->message);
  else
    {
      gdk_gl_context_make_current (context);
      self->gl_device = g_strdup (lloyd_renderer_get_device ());
      self->has_gpu_drawing = !lloyd_renderer_is_software ();
      gdk_gl_context_clear_current ();
    }
  lloyd_session_set_max_shown (self->session,
                               self->has_gpu_drawing ? MAX_GPU_POINTS : MAX_SOFTWARE_POINTS);
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

char *
lloyd_window_dup_diagnostics (LloydWindow *self)
{
  GString *text = g_string_new (NULL);
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *name = NULL;
      g_autofree char *detail = NULL;
      if ((*backend)->probe (0, &name, &detail, &error))
        g_string_append_printf (text, "%s: %s, %s\n", (*backend)->name, name, detail);
      else
        g_string_append_printf (text, "%s: %s\n", (*backend)->name, error->message);
    }
  g_string_append_printf (text, "OpenGL: %s%s\n",
                          self->gl_device != NULL ? self->gl_device : "not started",
                          self->has_gpu_drawing ? "" : " (points are drawn by the processor)");
  g_string_append (text, "Labels reach the screen through the host's memory.\n");
  return g_string_free (text, FALSE);
}

/* ---- object -------------------------------------------------------------------------------- */

static gboolean
lloyd_window_close_request (GtkWindow *window)
{
  LloydWindow *self = LLOYD_WINDOW (window);
  lloyd_window_pause (self);
  lloyd_session_stop (self->session);
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  return GTK_WINDOW_CLASS (lloyd_window_parent_class)->close_request (window);
}

static void
lloyd_window_dispose (GObject *object)
{
  LloydWindow *self = LLOYD_WINDOW (object);
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
  g_type_ensure (LLOYD_TYPE_START_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lloyd/Lloyd/ui/window.ui");
  BIND (title);
  BIND (toasts);
  BIND (stack);
  BIND (start_page);
  BIND (left_revealer);
  BIND (recipe_panel);
  BIND (event);
  BIND (comparison);
  BIND (spinner);
  BIND (transport);
  BIND (open_menu);
  BIND (progress_page);
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
  add_keys (self);
  lloyd_window_setup_opening (self);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    lloyd_pane_set_camera (self->panes[i], self->camera);
  lloyd_start_page_set_samples (self->start_page, self->samples);
  g_signal_connect_swapped (self->session, "changed", G_CALLBACK (on_changed), self);
}

LloydWindow *
lloyd_window_new (AdwApplication *application)
{
  LloydWindow *self = g_object_new (LLOYD_TYPE_WINDOW, "application", application, NULL);
  lloyd_start_page_focus (self->start_page);
  return self;
}
