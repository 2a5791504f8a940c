/* A canvas without a GPU: a splat is there at once, for a part of its points, and becomes that of
 * all when nothing moves. Needs a screen. */
#include "ui/widgets/canvas.h"

#include <adwaita.h>

#include "compute/session/axes.h"
#include "lloyd-resources.h"
#include "tests/support/clouds.h"

#define N 3001
#define N_SHOWN 500
#define K 3
#define PATIENCE_S 30

typedef struct
{
  LloydSnapshot *snapshot;
  LloydColour colours[K];
  LloydCanvas *canvas;
  GtkWidget *window;
  guint n_asked;
} Fixture;

static void
fill_view (LloydCanvasView *view, int width, int height, float factor, gpointer data)
{
  static const float matrix[16] = { 0.3f, 0, 0, 0, 0, 0.3f, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };
  Fixture *self = data;
  (void) width;
  (void) height;
  (void) factor;
  self->n_asked++;
  memcpy (view->frame.matrix, matrix, sizeof matrix);
  view->snapshot = self->snapshot;
  view->colours = self->colours;
  view->frame.point_size = 2.0f;
  view->frame.alpha = 1.0f;
  view->frame.background = (LloydColour){ 1.0f, 1.0f, 1.0f };
}

static LloydSnapshot *
make_snapshot (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (LloydPoints) points = test_cloud_weighted (&test_clouds[0], NULL, N, 2, rand);
  recipe->k = K;
  g_autoptr (LloydRun) run = lloyd_run_new (
      points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL, NULL, &error);
  g_assert_true (lloyd_run_step (run, NULL, &error));
  g_autoptr (LloydScene) scene = lloyd_scene_new_splat (
      points, lloyd_axes_make (points, "widest", NULL, &error), N_SHOWN, &error);
  g_assert_no_error (error);
  return lloyd_snapshot_new (run, scene, FALSE, &error);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  (void) data;
  self->snapshot = make_snapshot ();
  self->canvas = g_object_new (LLOYD_TYPE_CANVAS, NULL);
  self->window = gtk_window_new ();
  lloyd_canvas_set_func (self->canvas, fill_view, self);
  lloyd_canvas_set_splat (self->canvas, TRUE, FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 300, 200);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->canvas));
  gtk_window_present (GTK_WINDOW (self->window));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void) data;
  gtk_window_destroy (GTK_WINDOW (self->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  lloyd_snapshot_unref (self->snapshot);
}

static gboolean
on_timeout (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_ms (guint ms)
{
  gboolean is_over = FALSE;
  g_timeout_add (ms, on_timeout, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_pictures (Fixture *self, guint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  while (lloyd_canvas_get_n_pictures (self->canvas) < n && g_get_monotonic_time () < end)
    wait_ms (5);
  g_assert_cmpuint (lloyd_canvas_get_n_pictures (self->canvas), >=, n);
}

/* Two pictures come whatever happened before, and then no more. */
static void
test_refines (Fixture *self, gconstpointer data)
{
  (void) data;
  wait_pictures (self, 2);
  wait_ms (300);
  guint n = lloyd_canvas_get_n_pictures (self->canvas);
  wait_ms (300);
  g_assert_cmpuint (lloyd_canvas_get_n_pictures (self->canvas), ==, n);
  lloyd_canvas_queue_picture (self->canvas);
  wait_pictures (self, n + 2);
  wait_ms (300);
  g_assert_cmpuint (lloyd_canvas_get_n_pictures (self->canvas), ==, n + 2);
}

/* A change on its way to the full picture begins anew; in the end it is there. */
static void
test_interrupted (Fixture *self, gconstpointer data)
{
  (void) data;
  for (int i = 0; i < 40; i++)
    {
      lloyd_canvas_queue_picture (self->canvas);
      wait_ms ((guint) g_test_rand_int_range (1, 90));
    }
  guint n = lloyd_canvas_get_n_pictures (self->canvas);
  lloyd_canvas_queue_picture (self->canvas);
  wait_pictures (self, n + 2);
}

/* The window may go while a picture is under way. */
static void
test_goes_away (Fixture *self, gconstpointer data)
{
  (void) data;
  wait_pictures (self, 1);
  wait_ms ((guint) g_test_rand_int_range (1, 90));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_resources_register (lloyd_get_resource ());
  g_test_add ("/canvas/refines", Fixture, NULL, set_up, test_refines, tear_down);
  g_test_add ("/canvas/interrupted", Fixture, NULL, set_up, test_interrupted, tear_down);
  g_test_add ("/canvas/goes-away", Fixture, NULL, set_up, test_goes_away, tear_down);
  return g_test_run ();
}
