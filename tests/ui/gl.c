/* What the renderer draws, pixel by pixel, on a context without a screen. Built once for OpenGL and
 * once for GLES, since the shaders are the same. */
#include <math.h>
#include <string.h>

#include "lloyd-resources.h"
#include "tests/ui/gl-context.h"
#include "ui/gl/program.h"
#include "ui/gl/renderer.h"

#ifndef TEST_GLES
#define TEST_GLES FALSE
#endif

/* Wider than high, so that nothing may be turned round unseen. */
#define WIDTH 96
#define HEIGHT 64
/* Two levels of 8 bits. */
#define LEVEL 0.0085f

static const LloydColour white = { 1.0f, 1.0f, 1.0f };
static const LloydColour ink = { 0.1f, 0.1f, 0.1f };
static const LloydColour night = { 0.12f, 0.12f, 0.12f };
static const LloydColour palette[] = { { 0.0f, 0.45f, 0.70f },
                                       { 0.84f, 0.37f, 0.00f },
                                       { 0.00f, 0.62f, 0.45f } };
static const char *reason;

/* ---- a scene ------------------------------------------------------------------------------- */

typedef struct
{
  TestCanvas *canvas;
  LloydRenderer *renderer;
  LloydFrame frame;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  (void) data;
  if (reason != NULL)
    return;
  self->canvas = test_canvas_new (WIDTH, HEIGHT);
  self->renderer = lloyd_renderer_new (&error);
  g_assert_no_error (error);
  lloyd_renderer_set_palette (self->renderer, palette, G_N_ELEMENTS (palette));
  self->frame = (LloydFrame){ .width = WIDTH,
                              .height = HEIGHT,
                              .matrix = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 },
                              .point_size = 9.0f,
                              .alpha = 1.0f,
                              .background = white,
                              .unassigned = lloyd_palette_unassigned (white) };
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void) data;
  g_clear_pointer (&self->renderer, lloyd_renderer_free);
  g_clear_pointer (&self->canvas, test_canvas_free);
}

static gboolean
is_skipped (void)
{
  if (reason != NULL)
    g_test_skip (reason);
  return reason != NULL;
}

/* A point in the middle of a pixel, as the frame's matrix, which changes nothing, takes it. */
static void
place (float xyz[3], int x, int y, int width, int height, float z)
{
  xyz[0] = 2.0f * ((float) x + 0.5f) / (float) width - 1.0f;
  xyz[1] = 1.0f - 2.0f * ((float) y + 0.5f) / (float) height;
  xyz[2] = z;
}

static void
draw (Fixture *self)
{
  lloyd_renderer_draw (self->renderer, &self->frame);
  test_canvas_read (self->canvas);
}

static float
difference (LloydColour a, LloydColour b)
{
  return fmaxf (fabsf (a.r - b.r), fmaxf (fabsf (a.g - b.g), fabsf (a.b - b.b)));
}

static void
assert_pixel (const Fixture *self, int x, int y, LloydColour expected)
{
  LloydColour found = test_canvas_at (self->canvas, x, y);
  if (difference (found, expected) > LEVEL)
    g_error ("pixel %d, %d is %.3f %.3f %.3f, not %.3f %.3f %.3f", x, y, (double) found.r,
             (double) found.g, (double) found.b, (double) expected.r, (double) expected.g,
             (double) expected.b);
}

/* `share` of a, the rest b. */
static LloydColour
mix (LloydColour a, LloydColour b, float share)
{
  return (LloydColour){ a.r * share + b.r * (1.0f - share), a.g * share + b.g * (1.0f - share),
                        a.b * share + b.b * (1.0f - share) };
}

/* ---- points -------------------------------------------------------------------------------- */

static const int places[][2] = { { 20, 15 }, { 70, 15 }, { 20, 50 }, { 70, 50 } };

static void
set_four_points (Fixture *self)
{
  float xyz[12];
  for (int i = 0; i < 4; i++)
    place (xyz + 3 * i, places[i][0], places[i][1], WIDTH, HEIGHT, 0.0f);
  lloyd_renderer_set_points (self->renderer, xyz, 4);
}

static void
test_points (Fixture *self, gconstpointer data)
{
  static const guint16 labels[] = { 2, 0, 1, 65535 };
  (void) data;
  if (is_skipped ())
    return;
  set_four_points (self);
  lloyd_renderer_set_labels (self->renderer, labels, 4);
  draw (self);
  for (int i = 0; i < 3; i++)
    assert_pixel (self, places[i][0], places[i][1], palette[labels[i]]);
  assert_pixel (self, places[3][0], places[3][1], self->frame.unassigned);
  for (int i = 0; i < 4; i++)
    {
      assert_pixel (self, places[i][0] + 6, places[i][1], white);
      assert_pixel (self, places[i][0], places[i][1] - 6, white);
      /* A disc, no square. */
      assert_pixel (self, places[i][0] + 4, places[i][1] + 4, white);
    }
}

/* Until labels come, and again with new points, nobody belongs to anybody. */
static void
test_unassigned (Fixture *self, gconstpointer data)
{
  static const guint16 labels[] = { 0, 1, 2, 0 };
  (void) data;
  if (is_skipped ())
    return;
  for (int round = 0; round < 2; round++)
    {
      set_four_points (self);
      draw (self);
      for (int i = 0; i < 4; i++)
        assert_pixel (self, places[i][0], places[i][1], self->frame.unassigned);
      lloyd_renderer_set_labels (self->renderer, labels, 4);
      draw (self);
      assert_pixel (self, places[1][0], places[1][1], palette[1]);
    }
}

/* The rim is soft, and the disc as large as its size says. */
static void
test_soft_edge (Fixture *self, gconstpointer data)
{
  static const guint16 label = 0;
  double area = 0.0;
  guint n_between = 0;
  float xyz[3];
  (void) data;
  if (is_skipped ())
    return;
  place (xyz, 40, 30, WIDTH, HEIGHT, 0.0f);
  lloyd_renderer_set_points (self->renderer, xyz, 1);
  lloyd_renderer_set_labels (self->renderer, &label, 1);
  self->frame.point_size = 21.0f;
  draw (self);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      {
        /* Of this blue, red is what the background leaves. */
        double cover = 1.0 - (double) test_canvas_at (self->canvas, x, y).r;
        area += cover;
        n_between += cover > 0.1 && cover < 0.9;
      }
  g_assert_cmpuint (n_between, >, 20);
  g_assert_cmpfloat_with_epsilon (area / (G_PI * 10.5 * 10.5), 1.0, 0.04);
}

static void
test_alpha (Fixture *self, gconstpointer data)
{
  static const guint16 labels[] = { 0, 1, 2, 0 };
  (void) data;
  if (is_skipped ())
    return;
  set_four_points (self);
  lloyd_renderer_set_labels (self->renderer, labels, 4);
  self->frame.alpha = 0.5f;
  draw (self);
  for (int i = 0; i < 4; i++)
    assert_pixel (self, places[i][0], places[i][1], mix (palette[labels[i]], white, 0.5f));
}

/* The matrix is column by column: x' = x / 2 + 0.25, y' = -y. */
static void
test_matrix (Fixture *self, gconstpointer data)
{
  static const guint16 label = 1;
  float xyz[3];
  (void) data;
  if (is_skipped ())
    return;
  place (xyz, 24, 16, WIDTH, HEIGHT, 0.0f);
  lloyd_renderer_set_points (self->renderer, xyz, 1);
  lloyd_renderer_set_labels (self->renderer, &label, 1);
  self->frame.matrix[0] = 0.5f;
  self->frame.matrix[5] = -1.0f;
  self->frame.matrix[12] = 0.25f;
  draw (self);
  assert_pixel (self, 48, HEIGHT - 1 - 16, palette[1]);
  assert_pixel (self, 24, 16, white);
}

/* Labels beyond one row of the palette's texture. */
static void
test_many_clusters (Fixture *self, gconstpointer data)
{
  enum
  {
    ACROSS = 40,
    N = 1000,
    PITCH = 6
  };
  g_autofree float *xyz = g_new (float, 3 * N);
  g_autofree guint16 *labels = g_new (guint16, N);
  g_autofree LloydColour *colours = g_new (LloydColour, N);
  int width = PITCH * ACROSS, height = PITCH * N / ACROSS;
  (void) data;
  if (is_skipped ())
    return;

  /* Each cluster's colour is its own, so that no other may stand in for it. */
  for (guint j = 0; j < N; j++)
    {
      colours[j] = (LloydColour){ (float) (j % 256) / 255.0f, (float) (j / 256) / 4.0f, 0.5f };
      labels[j] = (guint16) j;
      place (xyz + 3 * j, PITCH * (int) (j % ACROSS) + 3, PITCH * (int) (j / ACROSS) + 3, width,
             height, 0.0f);
    }
  g_autoptr (TestCanvas) canvas = test_canvas_new (width, height);
  lloyd_renderer_set_palette (self->renderer, colours, N);
  lloyd_renderer_set_points (self->renderer, xyz, N);
  lloyd_renderer_set_labels (self->renderer, labels, N);
  self->frame.width = width;
  self->frame.height = height;
  self->frame.point_size = 5.0f;
  lloyd_renderer_draw (self->renderer, &self->frame);
  test_canvas_read (canvas);
  for (guint j = 0; j < N; j++)
    g_assert_cmpfloat (difference (test_canvas_at (canvas, PITCH * (int) (j % ACROSS) + 3,
                                                   PITCH * (int) (j / ACROSS) + 3),
                                   colours[j]),
                       <=, LEVEL);
}

static void
test_nothing (Fixture *self, gconstpointer data)
{
  (void) data;
  if (is_skipped ())
    return;
  self->frame.background = night;
  draw (self);
  assert_pixel (self, 0, 0, night);
  assert_pixel (self, WIDTH - 1, HEIGHT - 1, night);
  lloyd_renderer_set_points (self->renderer, NULL, 0);
  lloyd_renderer_set_palette (self->renderer, NULL, 0);
  draw (self);
  assert_pixel (self, 40, 30, night);
}

/* ---- depth --------------------------------------------------------------------------------- */

/* Two points at one place, one of depth `first`, the other of depth `second`. */
static LloydColour
draw_two (Fixture *self, float first, float second)
{
  static const guint16 labels[] = { 0, 1 };
  float xyz[6];
  place (xyz, 40, 30, WIDTH, HEIGHT, first);
  place (xyz + 3, 40, 30, WIDTH, HEIGHT, second);
  lloyd_renderer_set_points (self->renderer, xyz, 2);
  lloyd_renderer_set_labels (self->renderer, labels, 2);
  draw (self);
  return test_canvas_at (self->canvas, 40, 30);
}

static void
test_depth (Fixture *self, gconstpointer data)
{
  (void) data;
  if (is_skipped ())
    return;
  self->frame.has_depth = TRUE;
  g_assert_cmpfloat (difference (draw_two (self, -1.0f, 0.5f), palette[0]), <=, LEVEL);
  g_assert_cmpfloat (difference (draw_two (self, 0.5f, -1.0f), palette[1]), <=, LEVEL);
  /* Without depth the later one is on top. */
  self->frame.has_depth = FALSE;
  g_assert_cmpfloat (difference (draw_two (self, -1.0f, 0.5f), palette[1]), <=, LEVEL);
  /* Even if who lent the context left the test on. */
  glEnable (GL_DEPTH_TEST);
  g_assert_cmpfloat (difference (draw_two (self, -1.0f, 0.5f), palette[1]), <=, LEVEL);
}

/* Far points fade, and none is lost however far it is. */
static void
test_far (Fixture *self, gconstpointer data)
{
  (void) data;
  if (is_skipped ())
    return;
  self->frame.has_depth = TRUE;
  float near = difference (draw_two (self, 9.0f, -0.5f), white);
  float far = difference (draw_two (self, 9.0f, 0.9f), white);
  g_assert_cmpfloat (near, >, far + 0.1f);
  g_assert_cmpfloat (difference (draw_two (self, 9.0f, 5.0f), white), >, 0.3f);
  g_assert_cmpfloat (difference (draw_two (self, 9.0f, -5.0f), palette[1]), <=, LEVEL);
}

/* ---- marks and lines ----------------------------------------------------------------------- */

/* Out from its middle: its own colour, a halo, a rim of the other tone, and nothing. */
static void
check_halo (Fixture *self, LloydColour background, LloydColour halo, LloydColour rim)
{
  LloydMark mark = { 40.5f, 30.5f, 21.0f, palette[1], 1.0f, LLOYD_MARK_CENTROID };
  self->frame.background = background;
  self->frame.marks = &mark;
  self->frame.n_marks = 1;
  draw (self);
  assert_pixel (self, 40, 30, palette[1]);
  assert_pixel (self, 45, 30, palette[1]);
  assert_pixel (self, 48, 30, halo);
  assert_pixel (self, 32, 30, halo);
  assert_pixel (self, 40, 38, halo);
  LloydColour edge = test_canvas_at (self->canvas, 49, 30);
  g_assert_cmpfloat (difference (edge, rim), <, difference (edge, halo));
  assert_pixel (self, 52, 30, background);
  assert_pixel (self, 40, 19, background);
}

static void
test_centroid (Fixture *self, gconstpointer data)
{
  (void) data;
  if (is_skipped ())
    return;
  check_halo (self, white, white, ink);
  check_halo (self, night, ink, white);
}

static void
test_origin (Fixture *self, gconstpointer data)
{
  LloydMark mark = { 40.5f, 30.5f, 15.0f, ink, 1.0f, LLOYD_MARK_ORIGIN };
  (void) data;
  if (is_skipped ())
    return;
  self->frame.marks = &mark;
  self->frame.n_marks = 1;
  draw (self);
  assert_pixel (self, 40, 30, ink);
  assert_pixel (self, 45, 30, ink);
  assert_pixel (self, 40, 25, ink);
  assert_pixel (self, 45, 25, white);
  assert_pixel (self, 50, 30, white);
}

static void
test_lines (Fixture *self, gconstpointer data)
{
  const LloydLine lines[] = {
    { 10.0f, 20.5f, 50.0f, 20.5f, 5.0f, palette[0], 1.0f },
    { 10.0f, 40.5f, 50.0f, 40.5f, 5.0f, palette[1], 0.5f },
    { 60.5f, 10.0f, 60.5f, 50.0f, 5.0f, palette[2], 1.0f },
    /* Of no length: nothing. */
    { 80.0f, 30.0f, 80.0f, 30.0f, 5.0f, palette[2], 1.0f },
  };
  (void) data;
  if (is_skipped ())
    return;
  self->frame.lines = lines;
  self->frame.n_lines = G_N_ELEMENTS (lines);
  draw (self);
  assert_pixel (self, 30, 20, palette[0]);
  assert_pixel (self, 30, 22, palette[0]);
  assert_pixel (self, 30, 25, white);
  assert_pixel (self, 5, 20, white);
  assert_pixel (self, 30, 40, mix (palette[1], white, 0.5f));
  assert_pixel (self, 60, 30, palette[2]);
  assert_pixel (self, 64, 30, white);
  assert_pixel (self, 80, 30, white);
}

/* Marks lie over lines, and both over points. */
static void
test_order (Fixture *self, gconstpointer data)
{
  static const guint16 label = 2;
  LloydMark mark = { 40.5f, 30.5f, 15.0f, palette[1], 1.0f, LLOYD_MARK_CENTROID };
  LloydLine line = { 20.0f, 30.5f, 60.0f, 30.5f, 5.0f, palette[0], 1.0f };
  float xyz[3];
  (void) data;
  if (is_skipped ())
    return;
  place (xyz, 40, 30, WIDTH, HEIGHT, -1.0f);
  lloyd_renderer_set_points (self->renderer, xyz, 1);
  lloyd_renderer_set_labels (self->renderer, &label, 1);
  self->frame.point_size = 40.0f;
  self->frame.has_depth = TRUE;
  self->frame.marks = &mark;
  self->frame.n_marks = 1;
  self->frame.lines = &line;
  self->frame.n_lines = 1;
  draw (self);
  assert_pixel (self, 40, 30, palette[1]);
  assert_pixel (self, 27, 30, palette[0]);
  assert_pixel (self, 40, 45, palette[2]);
}

/* ---- what is around ------------------------------------------------------------------------ */

static void
assert_binding (GLenum name)
{
  GLint bound = -1;
  glGetIntegerv (name, &bound);
  g_assert_cmpint (bound, ==, 0);
}

/* GTK draws with the same context: nothing stays set. */
static void
test_state (Fixture *self, gconstpointer data)
{
  LloydMark mark = { 40.5f, 30.5f, 15.0f, palette[1], 1.0f, LLOYD_MARK_CENTROID };
  LloydLine line = { 20.0f, 30.5f, 60.0f, 30.5f, 5.0f, palette[0], 1.0f };
  (void) data;
  if (is_skipped ())
    return;
  set_four_points (self);
  self->frame.marks = &mark;
  self->frame.n_marks = 1;
  self->frame.lines = &line;
  self->frame.n_lines = 1;
  for (int has_depth = 0; has_depth < 2; has_depth++)
    {
      self->frame.has_depth = has_depth;
      draw (self);
      g_assert_false (glIsEnabled (GL_BLEND));
      g_assert_false (glIsEnabled (GL_DEPTH_TEST));
      if (!TEST_GLES)
        g_assert_false (glIsEnabled (GL_PROGRAM_POINT_SIZE));
      assert_binding (GL_CURRENT_PROGRAM);
      assert_binding (GL_VERTEX_ARRAY_BINDING);
      assert_binding (GL_ARRAY_BUFFER_BINDING);
      assert_binding (GL_TEXTURE_BINDING_2D);
    }
}

/* A frame is the same whatever was drawn before it. */
static void
test_again (Fixture *self, gconstpointer data)
{
  (void) data;
  if (is_skipped ())
    return;
  set_four_points (self);
  self->frame.has_depth = TRUE;
  draw (self);
  LloydColour first = test_canvas_at (self->canvas, 20, 15);
  draw (self);
  assert_pixel (self, 20, 15, first);
  assert_pixel (self, 45, 30, white);
}

static void
test_device (Fixture *self, gconstpointer data)
{
  (void) self;
  (void) data;
  if (is_skipped ())
    return;
  const char *device = lloyd_renderer_get_device ();
  g_test_message ("%s", device);
  g_assert_cmpint (device[0], !=, '\0');
  if (strstr (device, "llvmpipe") != NULL)
    g_assert_true (lloyd_renderer_is_software ());
}

static void
test_no_shader (Fixture *self, gconstpointer data)
{
  static const char *const attributes[] = { NULL };
  g_autoptr (GError) error = NULL;
  (void) self;
  (void) data;
  if (is_skipped ())
    return;
  g_assert_cmpuint (lloyd_program_new ("nothing", attributes, &error), ==, 0);
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/gl/points", test_points },
    { "/gl/unassigned", test_unassigned },
    { "/gl/soft-edge", test_soft_edge },
    { "/gl/alpha", test_alpha },
    { "/gl/matrix", test_matrix },
    { "/gl/many-clusters", test_many_clusters },
    { "/gl/nothing", test_nothing },
    { "/gl/depth", test_depth },
    { "/gl/far", test_far },
    { "/gl/centroid", test_centroid },
    { "/gl/origin", test_origin },
    { "/gl/lines", test_lines },
    { "/gl/order", test_order },
    { "/gl/state", test_state },
    { "/gl/again", test_again },
    { "/gl/device", test_device },
    { "/gl/no-shader", test_no_shader },
  };
  g_test_init (&argc, &argv, NULL);
  g_resources_register (lloyd_get_resource ());
  test_gl_make_current (TEST_GLES, &reason);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
