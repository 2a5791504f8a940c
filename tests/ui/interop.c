/* The bridge on a context without a screen: CUDA computes, OpenGL draws, and what arrives is what
 * goes through the host's memory, pixel by pixel. With TEST_FAKE_CUDA the fake computes beside any
 * OpenGL, and every call fails once; else a GPU must do both. */
#include "ui/gl/interop.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/error.h"
#include "compute/session/axes.h"
#include "lloyd-resources.h"
#include "tests/support/clouds.h"
#include "tests/ui/gl-context.h"
#include "ui/draw/painter.h"
#include "ui/draw/splat.h"
#include "ui/gl/renderer.h"
#include "ui/gl/stage.h"

#if TEST_FAKE_CUDA
#include "tests/fake-cuda/fake.h"
#endif

#define WIDTH 120
#define HEIGHT 80
#define N 5000
#define N_SHOWN 1500
#define K 7

static const char *reason;

#if TEST_FAKE_CUDA
static gboolean loses_bytes;

/* ---- OpenGL, as the fake sees it ----------------------------------------------------------- */

/* As with CUDA, whatever is bound meanwhile stays so. */
static size_t
measure (guint object, gboolean is_texture)
{
  GLint bytes = 4 * WIDTH * HEIGHT, bound;
  if (is_texture)
    return (size_t) bytes;
  glGetIntegerv (GL_ARRAY_BUFFER_BINDING, &bound);
  glBindBuffer (GL_ARRAY_BUFFER, object);
  glGetBufferParameteriv (GL_ARRAY_BUFFER, GL_BUFFER_SIZE, &bytes);
  glBindBuffer (GL_ARRAY_BUFFER, (GLuint) bound);
  return (size_t) bytes;
}

static void
write_object (guint object, gboolean is_texture, const void *bytes, size_t n)
{
  GLint bound;
  if (loses_bytes)
    return;
  glGetIntegerv (is_texture ? GL_TEXTURE_BINDING_2D : GL_ARRAY_BUFFER_BINDING, &bound);
  if (is_texture)
    {
      glBindTexture (GL_TEXTURE_2D, object);
      glTexSubImage2D (GL_TEXTURE_2D, 0, 0, 0, WIDTH, HEIGHT, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
      glBindTexture (GL_TEXTURE_2D, (GLuint) bound);
      return;
    }
  glBindBuffer (GL_ARRAY_BUFFER, object);
  glBufferSubData (GL_ARRAY_BUFFER, 0, (GLsizeiptr) n, bytes);
  glBindBuffer (GL_ARRAY_BUFFER, (GLuint) bound);
}

static const FakeCudaGl fake_gl = { measure, write_object };

static void
begin (void)
{
  fake_cuda_fail_at (0, 0);
  fake_cuda_set_gl (&fake_gl);
  loses_bytes = FALSE;
}

static void
end (void)
{
  fake_cuda_set_gl (NULL);
  g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
}
#else
static void
begin (void)
{
}

static void
end (void)
{
}

/* Why a GPU cannot do both here; NULL: it can. Yours. */
static char *
find_reason (void)
{
  g_autoptr (GError) error = NULL;
  const char *vendor = (const char *) glGetString (GL_VENDOR);
  g_test_message ("OpenGL %s of %s on %s", glGetString (GL_VERSION), vendor,
                  glGetString (GL_RENDERER));
  if (!lloyd_backend_cuda.probe (0, NULL, NULL, &error))
    return g_strdup (error->message);
  if (strstr (vendor, "NVIDIA") == NULL)
    return g_strdup_printf ("OpenGL is %s here, and not of the GPU that computes", vendor);
  return NULL;
}
#endif

/* ---- a run --------------------------------------------------------------------------------- */

typedef struct
{
  LloydPoints *points;
  LloydRun *run;
  TestCanvas *canvas;
  LloydColour colours[K];
  LloydFrame frame;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  (void) data;
  if (reason != NULL)
    return;
  begin ();
  self->points = test_cloud_weighted (&test_clouds[0], NULL, N, 2, rand);
  recipe->k = K;
  self->run = lloyd_run_new (self->points, recipe, &lloyd_backend_cuda, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (lloyd_run_step (self->run, NULL, &error));
  self->canvas = test_canvas_new (WIDTH, HEIGHT);
  self->frame =
      (LloydFrame){ .width = WIDTH,
                    .height = HEIGHT,
                    .scale = 1,
                    .matrix = { 0.3f, 0, 0, 0, 0, 0.25f, 0, 0, 0, 0, 1, 0, 0.1f, 0, 0, 1 },
                    .point_size = 3.0f,
                    .alpha = 1.0f,
                    .background = { 1.0f, 1.0f, 1.0f } };
  self->frame.unassigned = lloyd_palette_unassigned (self->frame.background);
  lloyd_palette_fill (LLOYD_PALETTE_USUAL, self->frame.background, self->colours, K);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void) data;
  if (reason != NULL)
    return;
  g_clear_pointer (&self->run, lloyd_run_free);
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_clear_pointer (&self->canvas, test_canvas_free);
  end ();
}

static gboolean
is_skipped (void)
{
  if (reason != NULL)
    g_test_skip (reason);
  return reason != NULL;
}

static LloydSnapshot *
make_snapshot (Fixture *self, gboolean is_splat, gboolean has_bridge)
{
  g_autoptr (GError) error = NULL;
  LloydProjection *projection = lloyd_axes_make (self->points, "widest", NULL, &error);
  g_autoptr (LloydScene) scene =
      is_splat ? lloyd_scene_new_splat (self->points, projection, N_SHOWN, &error)
               : lloyd_scene_new (self->points, projection, N, &error);
  LloydSnapshot *snapshot = lloyd_snapshot_new (self->run, scene, has_bridge, &error);
  g_assert_no_error (error);
  g_assert_true ((snapshot->exhibit != NULL) == has_bridge);
  return snapshot;
}

static guint32 *
read_pixels (Fixture *self)
{
  guint32 *pixels = g_new (guint32, WIDTH * HEIGHT);
  test_canvas_read (self->canvas);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      pixels[y * WIDTH + x] = lloyd_pack_colour (test_canvas_at (self->canvas, x, y));
  return pixels;
}

static guint32 *
draw (Fixture *self, LloydStage *stage, LloydSnapshot *snapshot)
{
  g_assert_true (lloyd_stage_draw (stage, snapshot, NULL, self->colours, &self->frame));
  return read_pixels (self);
}

static guint
count_coloured (const guint32 *pixels)
{
  guint n = 0;
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    n += pixels[i] != 0xffffffff;
  return n;
}

static void
check_bridge (const LloydStage *stage, LloydBridgeState expected, const char *pattern)
{
  const char *why;
  g_assert_cmpint (lloyd_stage_get_bridge (stage, &why), ==, expected);
  if (pattern == NULL)
    g_assert_null (why);
  else if (!g_pattern_match_simple (pattern, why))
    g_error ("\"%s\" is not like \"%s\"", why, pattern);
}

/* ---- tests --------------------------------------------------------------------------------- */

/* Discs with labels from the device look like those with labels from the host. */
static void
test_labels (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  (void) data;
  if (is_skipped ())
    return;
  g_autoptr (LloydStage) stage = lloyd_stage_new (&error);
  g_autoptr (LloydSnapshot) by_host = make_snapshot (self, FALSE, FALSE);
  g_autoptr (LloydSnapshot) by_device = make_snapshot (self, FALSE, TRUE);
  g_assert_no_error (error);
  g_autofree guint32 *expected = draw (self, stage, by_host);
  check_bridge (stage, LLOYD_BRIDGE_UNTRIED, NULL);
  g_assert_cmpuint (count_coloured (expected), >, 500);

  /* So that only the device can tell. */
  memset (by_device->labels, 0, sizeof (guint16) * by_device->scene->n_shown);
  g_autofree guint32 *found = draw (self, stage, by_device);
  g_assert_cmpmem (found, 4 * WIDTH * HEIGHT, expected, 4 * WIDTH * HEIGHT);
  check_bridge (stage, LLOYD_BRIDGE_WORKS, NULL);
  /* Again, with the labels of another moment. */
  g_assert_true (lloyd_run_step (self->run, NULL, &error));
  g_autoptr (LloydSnapshot) next_by_host = make_snapshot (self, FALSE, FALSE);
  g_autoptr (LloydSnapshot) next_by_device = make_snapshot (self, FALSE, TRUE);
  g_autofree guint32 *next = draw (self, stage, next_by_device);
  g_autofree guint32 *next_expected = draw (self, stage, next_by_host);
  g_assert_cmpmem (next, 4 * WIDTH * HEIGHT, next_expected, 4 * WIDTH * HEIGHT);
}

/* The picture of the device is, bit for bit, that of the processor. */
static void
test_splat (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint32 expected[WIDTH * HEIGHT];
  (void) data;
  if (is_skipped ())
    return;
  g_autoptr (LloydStage) stage = lloyd_stage_new (&error);
  g_autoptr (LloydSplatPainter) painter = lloyd_splat_painter_new ();
  g_autoptr (LloydSnapshot) snapshot = make_snapshot (self, TRUE, TRUE);
  for (int turn = 0; turn < 4; turn++)
    {
      /* Zoomed in, points are larger. */
      self->frame.matrix[0] *= 2.0f;
      self->frame.matrix[5] *= 2.0f;
      for (guint pass = 0; pass < lloyd_splat_painter_count_passes (snapshot->scene); pass++)
        g_assert_true (lloyd_splat_painter_paint (painter, &self->frame, snapshot, self->colours,
                                                  pass, expected, NULL, &error));
      g_autofree guint32 *found = draw (self, stage, snapshot);
      g_assert_cmpmem (found, sizeof expected, expected, sizeof expected);
      g_assert_cmpuint (count_coloured (found), >, 50);
    }
}

static void
test_splat_needs_a_bridge (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  (void) data;
  if (is_skipped ())
    return;
  g_autoptr (LloydStage) stage = lloyd_stage_new (&error);
  g_autoptr (LloydSnapshot) snapshot = make_snapshot (self, TRUE, FALSE);
  g_assert_false (lloyd_stage_draw (stage, snapshot, NULL, self->colours, &self->frame));
}

#if TEST_FAKE_CUDA
/* Whatever fails, and whenever: the picture comes through the host, and it is kept why. */
static void
test_copy_path (Fixture *self, gconstpointer data)
{
  static const int codes[] = { 304, 219, 999 };
  g_autoptr (GError) error = NULL;
  (void) data;
  if (is_skipped ())
    return;
  g_autoptr (LloydSnapshot) by_host = make_snapshot (self, FALSE, FALSE);
  g_autoptr (LloydSnapshot) by_device = make_snapshot (self, FALSE, TRUE);
  g_autoptr (LloydStage) plain = lloyd_stage_new (&error);
  g_autofree guint32 *expected = draw (self, plain, by_host);
  for (size_t i = 0; i < G_N_ELEMENTS (codes); i++)
    for (guint call = 1;; call++)
      {
        g_autoptr (LloydStage) stage = lloyd_stage_new (&error);
        fake_cuda_fail_at (call, codes[i]);
        g_autofree guint32 *found = draw (self, stage, by_device);
        gboolean has_failed = fake_cuda_has_failed ();
        fake_cuda_fail_at (0, 0);
        g_assert_cmpmem (found, 4 * WIDTH * HEIGHT, expected, 4 * WIDTH * HEIGHT);
        if (!has_failed)
          {
            check_bridge (stage, LLOYD_BRIDGE_WORKS, NULL);
            break;
          }
        /* Some failures change nothing: that an error is taken off, for one. */
        if (lloyd_stage_get_bridge (stage, NULL) == LLOYD_BRIDGE_FAILED)
          check_bridge (stage, LLOYD_BRIDGE_FAILED, "?*");
      }
}

static void
test_reasons (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  (void) data;
  if (is_skipped ())
    return;
  g_autoptr (LloydSnapshot) snapshot = make_snapshot (self, FALSE, TRUE);
  g_autoptr (LloydStage) lost = lloyd_stage_new (&error);
  loses_bytes = TRUE;
  g_free (draw (self, lost, snapshot));
  loses_bytes = FALSE;
  check_bridge (lost, LLOYD_BRIDGE_FAILED, "what the GPU wrote * did not arrive in OpenGL");

  g_autoptr (LloydStage) without = lloyd_stage_new (&error);
  fake_cuda_set_driver (0, 0, 0);
  g_free (draw (self, without, snapshot));
  fake_cuda_set_driver (13000, 1, 90);
  check_bridge (without, LLOYD_BRIDGE_FAILED, "no NVIDIA driver found");
}

#endif

/* A snapshot that outlives its run shows what it showed. */
static void
test_closed_run (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  (void) data;
  if (is_skipped ())
    return;
  g_autoptr (LloydStage) stage = lloyd_stage_new (&error);
  g_autoptr (LloydSnapshot) splat = make_snapshot (self, TRUE, TRUE);
  g_autofree guint32 *before = draw (self, stage, splat);
  g_clear_pointer (&self->run, lloyd_run_free);
  g_autofree guint32 *after = draw (self, stage, splat);
  g_assert_cmpmem (after, 4 * WIDTH * HEIGHT, before, 4 * WIDTH * HEIGHT);
  check_bridge (stage, LLOYD_BRIDGE_WORKS, NULL);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/interop/labels", test_labels },
    { "/interop/splat", test_splat },
    { "/interop/splat-needs-a-bridge", test_splat_needs_a_bridge },
    { "/interop/closed-run", test_closed_run },
#if TEST_FAKE_CUDA
    { "/interop/copy-path", test_copy_path },
    { "/interop/reasons", test_reasons },
#endif
  };
  g_test_init (&argc, &argv, NULL);
  g_resources_register (lloyd_get_resource ());
#if TEST_FAKE_CUDA
  test_gl_make_current (FALSE, &reason);
#else
  g_autofree char *why = NULL;
  if (test_gl_make_current_on_gpu (&reason))
    reason = why = find_reason ();
#endif
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
