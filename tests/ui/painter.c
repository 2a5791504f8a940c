/* The painter: what it draws is what the shaders draw, to the last levels of a colour. */
#include "ui/draw/painter.h"

#include <math.h>
#include <string.h>

#include "lloyd-resources.h"
#include "tests/ui/gl-context.h"
#include "ui/gl/renderer.h"

#define N_ROUNDS 60
#define MAX_POINTS 60
#define MAX_MARKS 6
#define N_COLOURS 5
#define NOBODY 65535
/* Levels of 255: each blend is rounded. */
#define LEVELS 4
/* Pixels that may differ more, and a share of all: where an edge is exactly half covered. */
#define N_STRAY 12.0
#define STRAY_SHARE 0.003

typedef struct
{
  LloydFrame frame;
  LloydColour colours[N_COLOURS];
  float xyz[3 * MAX_POINTS];
  guint16 labels[MAX_POINTS];
  guint16 before[MAX_POINTS];
  float sizes[MAX_POINTS];
  float former_sizes[MAX_POINTS];
  float centres[3 * N_COLOURS];
  size_t n;
  LloydMark marks[MAX_MARKS];
  LloydLine lines[MAX_MARKS];
} Scene;

static const char *reason;

static float
random_float (double low, double high)
{
  return (float) g_test_rand_double_range (low, high);
}

/* A place to which the painter keeps, within n pixels: sizes are of quarters. */
static float
random_place (int n)
{
  return ((float) g_test_rand_int_range (0, 8 * n) + 0.5f) / 8.0f;
}

static LloydColour
random_colour (void)
{
  return (LloydColour){ random_float (0, 1), random_float (0, 1), random_float (0, 1) };
}

static void
fill_points (Scene *self)
{
  int width = self->frame.width, height = self->frame.height;
  self->n = (size_t) g_test_rand_int_range (0, MAX_POINTS + 1);
  for (size_t i = 0; i < self->n; i++)
    {
      self->xyz[3 * i] = 2.0f * random_place (width) / (float) width - 1.0f;
      self->xyz[3 * i + 1] = 1.0f - 2.0f * random_place (height) / (float) height;
      self->xyz[3 * i + 2] = random_float (-1.5, 1.5);
      self->labels[i] =
          g_test_rand_int_range (0, 4) == 0 ? NOBODY : (guint16) g_test_rand_int_range (0, 5);
    }
  for (int j = 0; j < N_COLOURS; j++)
    self->colours[j] = random_colour ();
}

static void
fill_marks (Scene *self)
{
  float width = (float) self->frame.width, height = (float) self->frame.height;
  for (guint i = 0; i < MAX_MARKS; i++)
    {
      self->marks[i] = (LloydMark){ random_float (0, (double) width),
                                    random_float (0, (double) height),
                                    (float) g_test_rand_int_range (9, 25),
                                    random_colour (),
                                    random_float (0.3, 1.0),
                                    (LloydMarkKind) g_test_rand_int_range (LLOYD_MARK_CENTROID,
                                                                           LLOYD_MARK_CHOSEN + 1) };
      self->lines[i] = (LloydLine){ random_float (-50, (double) width + 50),
                                    random_float (-50, (double) height + 50),
                                    random_float (-50, (double) width + 50),
                                    random_float (-50, (double) height + 50),
                                    random_float (0.5, 8.0),
                                    random_colour (),
                                    random_float (0.2, 1.0) };
    }
  self->frame.marks = self->marks;
  self->frame.n_marks = (guint) g_test_rand_int_range (0, MAX_MARKS + 1);
  self->frame.lines = self->lines;
  self->frame.n_lines = (guint) g_test_rand_int_range (0, MAX_MARKS + 1);
}

/* Amid a change of owners. */
static void
fill_wave (Scene *self)
{
  for (size_t i = 0; i < self->n; i++)
    self->before[i] =
        g_test_rand_int_range (0, 4) == 0 ? NOBODY : (guint16) g_test_rand_int_range (0, 5);
  for (int i = 0; i < 3 * N_COLOURS; i++)
    self->centres[i] = random_float (-1.0, 1.0);
  self->frame.wave = (LloydWave){ .centres = self->centres,
                                  .n = N_COLOURS,
                                  .scale = { random_float (0.1, 1.0), random_float (0.1, 1.0), 0 },
                                  .share = random_float (0.0, 1.0) };
}

/* Points of sizes of their own, which are those that the painter has, with or without a part of
 * what they were before. */
static void
fill_sizes (Scene *self)
{
  self->frame.least_size = random_float (0.75, 2.0);
  self->frame.largest_size = random_float (9.0, 20.0);
  self->frame.former = (float) g_test_rand_int_range (0, 4) / 4.0f;
  float ratio = self->frame.largest_size / self->frame.least_size;
  for (size_t i = 0; i < self->n; i++)
    {
      float way = (float) g_test_rand_int_range (-5, 53) / 47.0f;
      float seen = self->frame.least_size * powf (ratio, way) / self->frame.point_size;
      self->former_sizes[i] = random_float (0.2, 3.0);
      self->sizes[i] =
          (seen - self->frame.former * self->former_sizes[i]) / (1.0f - self->frame.former);
    }
}

static void
fill_scene (Scene *self)
{
  self->frame = (LloydFrame){ .width = g_test_rand_int_range (8, 160),
                              .height = g_test_rand_int_range (8, 160),
                              .matrix = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 },
                              .point_size = (float) g_test_rand_int_range (4, 48) / 4.0f,
                              .alpha = g_test_rand_bit () ? 1.0f : random_float (0.2, 1.0),
                              .has_depth = g_test_rand_bit (),
                              .has_others_below = g_test_rand_bit (),
                              .background = random_colour () };
  self->frame.unassigned = lloyd_palette_unassigned (self->frame.background);
  fill_points (self);
  fill_marks (self);
}

static guint32 *
paint (const Scene *scene)
{
  guint32 *pixels = g_new (guint32, (size_t) scene->frame.width * (size_t) scene->frame.height);
  LloydDots dots = { scene->xyz, scene->labels, scene->n, scene->colours, N_COLOURS, NULL };
  if (scene->frame.wave.centres != NULL)
    dots.before = scene->before;
  if (scene->frame.largest_size > 0.0f)
    {
      dots.sizes = scene->sizes;
      dots.former_sizes = scene->former_sizes;
    }
  lloyd_paint_frame (&scene->frame, &dots, pixels);
  return pixels;
}

static LloydColour
unpack (guint32 pixel)
{
  g_assert_cmpuint (pixel >> 24, ==, 255);
  return (LloydColour){ (float) (pixel >> 16 & 255) / 255.0f, (float) (pixel >> 8 & 255) / 255.0f,
                        (float) (pixel & 255) / 255.0f };
}

static float
difference (LloydColour a, LloydColour b)
{
  return fmaxf (fabsf (a.r - b.r), fmaxf (fabsf (a.g - b.g), fabsf (a.b - b.b)));
}

static void
compare (const Scene *scene, double n_more)
{
  int width = scene->frame.width, height = scene->frame.height, n_stray = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (TestCanvas) canvas = test_canvas_new (width, height);
  g_autoptr (LloydRenderer) renderer = lloyd_renderer_new (&error);
  g_autofree guint32 *pixels = paint (scene);

  g_assert_no_error (error);
  lloyd_renderer_set_palette (renderer, scene->colours, N_COLOURS);
  lloyd_renderer_set_points (renderer, scene->xyz, scene->n);
  lloyd_renderer_set_labels (renderer, scene->labels, scene->n);
  lloyd_renderer_set_labels_before (renderer, scene->before, scene->n);
  if (scene->frame.largest_size > 0.0f)
    {
      lloyd_renderer_set_sizes (renderer, scene->sizes, scene->n);
      lloyd_renderer_set_former_sizes (renderer, scene->former_sizes, scene->n);
    }
  lloyd_renderer_draw (renderer, &scene->frame);
  test_canvas_read (canvas);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      n_stray += difference (unpack (pixels[y * width + x]), test_canvas_at (canvas, x, y)) >
                 (LEVELS + 0.5f) / 255.0f;
  g_assert_cmpfloat (n_stray, <=, N_STRAY + n_more + STRAY_SHARE * width * height);
}

/* The painter has discs of a few sizes for those that swell. */
static void
test_wave_like_the_shaders (void)
{
  if (reason != NULL)
    {
      g_test_skip (reason);
      return;
    }
  for (int round = 0; round < N_ROUNDS; round++)
    {
      Scene scene = { 0 };
      fill_scene (&scene);
      fill_wave (&scene);
      scene.frame.has_depth = FALSE;
      compare (&scene, 0.03 * scene.frame.width * scene.frame.height + 400.0);
    }
}

static void
test_sizes_like_the_shaders (void)
{
  if (reason != NULL)
    {
      g_test_skip (reason);
      return;
    }
  for (int round = 0; round < N_ROUNDS; round++)
    {
      Scene scene = { 0 };
      fill_scene (&scene);
      fill_sizes (&scene);
      /* Places are eighths of a pixel, edges of odd sizes lie between. */
      compare (&scene, 0.03 * scene.frame.width * scene.frame.height + 400.0);
    }
}

/* A disc covers as much as it weighs, within its bounds. */
static void
test_areas (void)
{
  const float sizes[] = { 0.1f, 0.5f, 1.0f, 2.0f, 5.0f };
  const double widths[] = { 3.0, 4.0, 8.0, 16.0, 20.0 };
  for (size_t n = 0; n < G_N_ELEMENTS (sizes); n++)
    {
      const float xyz[3] = { 0.01f, 0.01f, 0.0f };
      const LloydColour black = { 0, 0, 0 };
      guint16 label = 0;
      guint32 pixels[40 * 40];
      double area = 0.0;
      LloydFrame frame = { .width = 40,
                           .height = 40,
                           .matrix = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 },
                           .point_size = 8.0f,
                           .least_size = 3.0f,
                           .largest_size = 20.0f,
                           .alpha = 1.0f,
                           .background = { 1.0f, 1.0f, 1.0f } };
      LloydDots dots = { xyz, &label, 1, &black, 1, NULL, &sizes[n] };
      lloyd_paint_frame (&frame, &dots, pixels);
      for (int i = 0; i < 40 * 40; i++)
        area += 1.0 - (double) unpack (pixels[i]).r;
      g_assert_cmpfloat_with_epsilon (area / (G_PI * widths[n] * widths[n] / 4.0), 1.0, 0.2);
    }
}

/* At either end of a change the picture is that without one. */
static void
test_ends_of_a_wave (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      Scene scene = { 0 };
      fill_scene (&scene);
      scene.frame.has_others_below = FALSE;
      size_t bytes = sizeof (guint32) * (size_t) scene.frame.width * (size_t) scene.frame.height;
      g_autofree guint32 *late = paint (&scene);
      fill_wave (&scene);
      scene.frame.wave.share = 1.0f;
      g_autofree guint32 *end = paint (&scene);
      g_assert_cmpmem (end, bytes, late, bytes);
      scene.frame.wave.share = 0.0f;
      g_autofree guint32 *begin = paint (&scene);
      memcpy (scene.labels, scene.before, sizeof scene.labels);
      scene.frame.wave = (LloydWave){ NULL };
      g_autofree guint32 *early = paint (&scene);
      g_assert_cmpmem (begin, bytes, early, bytes);
    }
}

static void
test_like_the_shaders (void)
{
  if (reason != NULL)
    {
      g_test_skip (reason);
      return;
    }
  for (int round = 0; round < N_ROUNDS; round++)
    {
      Scene scene = { 0 };
      fill_scene (&scene);
      compare (&scene, 0.0);
    }
}

/* Whatever is asked for, nothing is written beside the picture. */
static void
test_far_out (void)
{
  static const float places[] = { 0.0f, -1.0f, 1.0f, 1.001f, -3.0f, 1e9f, -1e30f, INFINITY, NAN };
  for (int round = 0; round < N_ROUNDS; round++)
    {
      Scene scene = { 0 };
      fill_scene (&scene);
      for (size_t i = 0; i < 3 * scene.n; i++)
        scene.xyz[i] = places[g_test_rand_int_range (0, G_N_ELEMENTS (places))];
      for (guint i = 0; i < MAX_MARKS; i++)
        {
          scene.marks[i].x = 100.0f * places[g_test_rand_int_range (0, G_N_ELEMENTS (places))];
          scene.lines[i].y1 = 100.0f * places[g_test_rand_int_range (0, G_N_ELEMENTS (places))];
        }
      g_free (paint (&scene));
    }
}

/* Between the places of the grid a disc keeps its size. */
static void
test_size (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      float size = random_float (6.0, 12.0), xyz[3] = { random_float (-0.5, 0.5), 0.01f, 0.0f };
      const LloydColour black = { 0, 0, 0 };
      guint16 label = 0;
      double area = 0.0;
      guint32 pixels[40 * 40];
      LloydFrame frame = { .width = 40,
                           .height = 40,
                           .matrix = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 },
                           .point_size = size,
                           .alpha = 1.0f,
                           .background = { 1.0f, 1.0f, 1.0f } };
      LloydDots dots = { xyz, &label, 1, &black, 1, NULL };
      lloyd_paint_frame (&frame, &dots, pixels);
      for (int i = 0; i < 40 * 40; i++)
        area += 1.0 - (double) unpack (pixels[i]).r;
      double radius = (double) size / 2.0;
      g_assert_cmpfloat_with_epsilon (area / (G_PI * radius * radius), 1.0, 0.15);
    }
}

/* Points of nobody lie under all others, though they come later and are nearer. */
static void
test_others_below (void)
{
  const LloydColour black = { 0, 0, 0 };
  const float xyz[] = { 0, 0, 0.5f, 0, 0, -0.5f };
  const guint16 labels[] = { 0, NOBODY };
  LloydDots dots = { xyz, labels, 2, &black, 1, NULL };
  for (int below = 0; below < 2; below++)
    for (int depth = 0; depth < 2; depth++)
      {
        guint32 pixels[9 * 9];
        LloydFrame frame = { .width = 9,
                             .height = 9,
                             .matrix = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 },
                             .point_size = 6.0f,
                             .alpha = 1.0f,
                             .has_depth = depth,
                             .has_others_below = below,
                             .background = { 0.0f, 0.0f, 1.0f },
                             .unassigned = { 1.0f, 1.0f, 1.0f } };
        lloyd_paint_frame (&frame, &dots, pixels);
        /* What is far fades a bit. */
        g_assert_cmpint (unpack (pixels[4 * 9 + 4]).r < 0.5f, ==, below);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_resources_register (lloyd_get_resource ());
  test_gl_make_current (FALSE, &reason);
  g_test_add_func ("/painter/like-the-shaders", test_like_the_shaders);
  g_test_add_func ("/painter/wave-like-the-shaders", test_wave_like_the_shaders);
  g_test_add_func ("/painter/sizes-like-the-shaders", test_sizes_like_the_shaders);
  g_test_add_func ("/painter/areas", test_areas);
  g_test_add_func ("/painter/ends-of-a-wave", test_ends_of_a_wave);
  g_test_add_func ("/painter/far-out", test_far_out);
  g_test_add_func ("/painter/size", test_size);
  g_test_add_func ("/painter/others-below", test_others_below);
  return g_test_run ();
}
