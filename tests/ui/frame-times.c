/* Prints how long the main loop is kept and how many frames a second the window shows, for a person
 * to read: speed is not tested, it depends on the machine.
 *
 *   frame-times [million | play | orbit | pan | splat | motion | regions | travel]...
 *
 * A turn of the main loop is all that runs between two polls. Of it the work of the session's
 * "changed" (labels, lists, actions), layout and painting are told apart. */
#include <adwaita.h>
#include <stdlib.h>
#include <time.h>

#include "lloyd-resources.h"
#include "ui/window/window-private.h"

#define SECONDS 5
#define LIMIT_US 8000

typedef struct
{
  const char *name;
  GArray *us;
} Series;

enum
{
  TURN,
  TURN_CPU,
  CHANGED,
  LAYOUT,
  PAINT,
  GAP,
  WISH,
  N_SERIES
};

static Series series[N_SERIES] = {
  { "a turn of the main loop", NULL },
  { "its processor time", NULL },
  { "\"changed\"", NULL },
  { "layout", NULL },
  { "paint, with the swap", NULL },
  { "from frame to frame", NULL },
  { "from a wish to its picture", NULL },
};

typedef struct
{
  const char *name;
  const char *what;
  void (*begin) (LloydWindow *window);
  /* What each frame does. */
  void (*frame) (LloydWindow *window, guint n);
} Scene;

static gboolean is_measuring;
static gint64 turn_start, turn_cpu_start, changed_start, layout_start, paint_start, frame_start;

static void
note (int which, gint64 start)
{
  gint64 us = g_get_monotonic_time () - start;
  if (is_measuring && start > 0)
    g_array_append_val (series[which].us, us);
}

/* ---- where time is taken ------------------------------------------------------------------- */

/* What the thread has used, of which waiting for a processor is no part. */
static gint64
get_cpu_us (void)
{
  struct timespec time;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gint
timed_poll (GPollFD *fds, guint n_fds, gint timeout)
{
  gint64 cpu_us = get_cpu_us () - turn_cpu_start;
  note (TURN, turn_start);
  if (is_measuring && turn_start > 0)
    g_array_append_val (series[TURN_CPU].us, cpu_us);
  gint n = g_poll (fds, n_fds, timeout);
  turn_start = g_get_monotonic_time ();
  turn_cpu_start = get_cpu_us ();
  return n;
}

/* A hook runs before all handlers of a signal, a handler connected after, when they are done. */
static gboolean
before (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer start)
{
  (void) hint;
  (void) n;
  (void) values;
  *(gint64 *) start = g_get_monotonic_time ();
  return TRUE;
}

static void
after_changed (void)
{
  note (CHANGED, changed_start);
}

static void
after_layout (void)
{
  note (LAYOUT, layout_start);
}

static void
after_paint (void)
{
  note (PAINT, paint_start);
  note (GAP, frame_start);
  frame_start = g_get_monotonic_time ();
}

static void
time_signal (gpointer object, const char *name, gint64 *start, GCallback after)
{
  guint id = g_signal_lookup (name, G_OBJECT_TYPE (object));
  g_signal_add_emission_hook (id, 0, before, start, NULL);
  g_signal_connect_after (object, name, after, NULL);
}

static void
watch (LloydWindow *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  g_main_context_set_poll_func (NULL, timed_poll);
  time_signal (window->session, "changed", &changed_start, after_changed);
  time_signal (clock, "layout", &layout_start, after_layout);
  time_signal (clock, "paint", &paint_start, after_paint);
}

/* ---- scenes -------------------------------------------------------------------------------- */

static void
wait_until (gint64 time)
{
  while (g_get_monotonic_time () < time)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
on_wake (gpointer data)
{
  (void) data;
  return G_SOURCE_CONTINUE;
}

static void
wait_for_session (LloydWindow *window)
{
  while (window->opening != NULL || lloyd_session_is_busy (window->session))
    g_main_context_iteration (NULL, TRUE);
}

static void
open_sample (LloydWindow *window, const char *id)
{
  lloyd_window_open_sample (window, id);
  wait_for_session (window);
  wait_until (g_get_monotonic_time () + G_USEC_PER_SEC);
}

static void
begin_million (LloydWindow *window)
{
  open_sample (window, "million");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.setting", "(ss)", "max-steps", "100000");
  wait_for_session (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.init", "s", "first");
  wait_for_session (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.k", "i", 2000);
  wait_for_session (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.run", NULL);
}

static void
begin_play (LloydWindow *window)
{
  open_sample (window, "keops");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.speed", "d", 10.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.play", NULL);
}

static void
begin_orbit (LloydWindow *window)
{
  open_sample (window, "blobs");
}

/* Ten million points, a few steps on. */
static void
begin_splat (LloydWindow *window)
{
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  spec.rows = 10000000;
  spec.clusters = 24;
  spec.seed = 2;
  lloyd_window_generate (window, &spec);
  wait_for_session (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.run-steps", "i", 3);
  wait_for_session (window);
  wait_until (g_get_monotonic_time () + 2 * G_USEC_PER_SEC);
}

static void
frame_move (LloydWindow *window, guint n)
{
  double sign = n / 40 % 2 == 0 ? 1.0 : -1.0;
  lloyd_camera_orbit (window->camera, 3.0 * sign, sign, 900, 600);
}

/* Half a step to and fro, each on its way when the next comes. */
static void
begin_motion (LloydWindow *window)
{
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  open_sample (window, "keops");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.half-step", NULL);
  wait_for_session (window);
}

static void
begin_regions (LloydWindow *window)
{
  begin_motion (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-regions", NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-trails", NULL);
  wait_for_session (window);
}

static void
frame_half_step (LloydWindow *window, guint n)
{
  static const char *const moves[] = { "win.half-step", "win.half-step-back", "win.half-step-back",
                                       "win.half-step" };
  if (n % 24 == 0)
    gtk_widget_activate_action (GTK_WIDGET (window), moves[n / 24 % 4], NULL);
}

/* Of the pane that draws the most. */
static guint
count_pictures (LloydWindow *window)
{
  guint most = 0;
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    most = MAX (most, lloyd_pane_get_n_pictures (window->panes[i]));
  return most;
}

/* Twenty steps, between which the time machine goes. */
static void
begin_travel (LloydWindow *window)
{
  open_sample (window, "million");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.run-steps", "i", 20);
  while (window->is_running || lloyd_session_is_busy (window->session))
    g_main_context_iteration (NULL, TRUE);
}

/* Any other step is wished for as soon as the last one that was is seen. */
static void
frame_travel (LloydWindow *window, guint n)
{
  static gint64 wished;
  static guint n_pictures;
  gboolean is_there =
      !lloyd_session_is_busy (window->session) && count_pictures (window) > n_pictures;
  if (wished > 0 && !is_there)
    return;
  note (WISH, wished);
  wished = g_get_monotonic_time ();
  n_pictures = count_pictures (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.go-to-step", "i", 1 + n * 7 % 20);
}

static const Scene scenes[] = {
  { "million", "1,000,000 x 2, K = 2000, run to the end", begin_million, NULL },
  { "play", "KeOps demo, two panes, played at 10 steps a second", begin_play, NULL },
  { "pan", "the same, moved every frame as well", begin_play, frame_move },
  { "splat", "10,000,000 x 2, moved every frame", begin_splat, frame_move },
  { "motion", "KeOps demo, two panes, half-steps to and fro on their way", begin_motion,
    frame_half_step },
  { "regions", "the same with regions and trails", begin_regions, frame_half_step },
  { "travel", "1,000,000 x 2, K = 64, from step to step of 20", begin_travel, frame_travel },
  { "orbit", "20,000 points in three dimensions, turned every frame", begin_orbit, frame_move },
};

static gboolean
on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  static guint n;
  const Scene *scene = data;
  (void) clock;
  if (scene->frame != NULL)
    scene->frame (LLOYD_WINDOW (widget), n++);
  return G_SOURCE_CONTINUE;
}

/* ---- printing ------------------------------------------------------------------------------ */

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return (x > y) - (x < y);
}

static double
quantile_ms (const GArray *us, double q)
{
  return (double) g_array_index (us, gint64, (guint) (q * (us->len - 1))) / 1000.0;
}

static void
print_series (const Series *self)
{
  guint n_over = 0;
  if (self->us->len == 0)
    return;
  g_array_sort (self->us, compare_times);
  for (guint i = 0; i < self->us->len; i++)
    n_over += g_array_index (self->us, gint64, i) > LIMIT_US;
  g_print ("  %-26s %6u times, median %7.2f ms, 95 %% %7.2f ms, most %7.2f ms, %u over 8 ms\n",
           self->name, self->us->len, quantile_ms (self->us, 0.5), quantile_ms (self->us, 0.95),
           quantile_ms (self->us, 1.0), n_over);
}

static void
measure (LloydWindow *window, const Scene *scene)
{
  for (int i = 0; i < N_SERIES; i++)
    g_array_set_size (series[i].us, 0);
  scene->begin (window);
  guint tick = gtk_widget_add_tick_callback (GTK_WIDGET (window), on_frame, (gpointer) scene, NULL);

  frame_start = 0;
  guint n_before = count_pictures (window);
  gint64 start = g_get_monotonic_time ();
  gboolean is_run = window->is_running;
  is_measuring = TRUE;
  /* A run may end before. */
  while (g_get_monotonic_time () < start + SECONDS * G_USEC_PER_SEC && window->is_running == is_run)
    g_main_context_iteration (NULL, TRUE);
  is_measuring = FALSE;
  double seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  gtk_widget_remove_tick_callback (GTK_WIDGET (window), tick);

  guint n_pictures = count_pictures (window) - n_before;
  g_print ("%s: %s: %.1f frames and %.1f pictures a second, %u steps, drawn by %s\n", scene->name,
           scene->what, series[PAINT].us->len / seconds, n_pictures / seconds,
           (lloyd_session_get_position (window->session) + 1) / 2,
           window->has_gpu_drawing ? window->gl_device : "the processor");
  for (int i = 0; i < N_SERIES; i++)
    print_series (&series[i]);
  lloyd_window_pause (window);
  lloyd_session_stop (window->session);
  wait_for_session (window);
}

static void
on_activate (GtkApplication *application, gpointer data)
{
  char **names = data;
  LloydWindow *window = lloyd_window_new (ADW_APPLICATION (application));

  for (int i = 0; i < N_SERIES; i++)
    series[i].us = g_array_new (FALSE, FALSE, sizeof (gint64));
  gtk_window_present (GTK_WINDOW (window));
  g_timeout_add (20, on_wake, NULL);
  wait_until (g_get_monotonic_time () + G_USEC_PER_SEC);
  watch (window);
  for (size_t i = 0; i < G_N_ELEMENTS (scenes); i++)
    if (names[0] == NULL || g_strv_contains ((const char *const *) names, scenes[i].name))
      measure (window, &scenes[i]);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  (void) argc;
  g_resources_register (lloyd_get_resource ());
  g_autoptr (AdwApplication) application =
      adw_application_new ("org.lloyd.Lloyd.FrameTimes", G_APPLICATION_NON_UNIQUE);
  g_signal_connect (application, "activate", G_CALLBACK (on_activate), argv + 1);
  return g_application_run (G_APPLICATION (application), 1, argv);
}
