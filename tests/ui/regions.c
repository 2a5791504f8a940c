/* Decision regions: each pixel is of the cluster that the engine would give it, by the canonical
 * arithmetic; by the processor, and by the shader for each kind of GL. */
#include "ui/draw/regions.h"

#include <math.h>
#include <string.h>

#include "compute/exact/canonical.h"
#include "lloyd-resources.h"
#include "tests/ui/gl-context.h"
#include "ui/draw/painter.h"
#include "ui/gl/renderer.h"
#include "ui/view/camera.h"

#ifndef TEST_GLES
#define TEST_GLES FALSE
#endif

#define N_ROUNDS 24
#define MAX_K 1024
#define MAX_SIDE 200
/* How far from a border, in pixels, the shader may be wrong; the processor but for the rounding of
 * the place itself. */
#define SHADER_SLACK 0.01
#define PROCESSOR_SLACK 1e-7

static const char *reason;

typedef struct
{
  LloydPoints points;
  LloydProjection projection;
  LloydScene scene;
  LloydSnapshot snapshot;
  double origin[2];
  double weights[4];
  float sites[2 * MAX_K];
  double planes[3 * MAX_K];
  LloydColour colours[MAX_K];
  LloydFrame frame;
} Case;

/* ---- cases --------------------------------------------------------------------------------- */

/* Columns in either order, or turned and mirrored as components are. */
static void
choose_projection (Case *self)
{
  double turn = g_test_rand_double_range (0.0, 2.0 * G_PI), c = cos (turn), s = sin (turn);
  const double kinds[][4] = { { 1, 0, 0, 1 }, { 0, 1, 1, 0 }, { c, s, -s, c }, { c, s, s, -c } };
  memcpy (self->weights, kinds[g_test_rand_int_range (0, 4)], sizeof self->weights);
  if (self->points.d == 1)
    memcpy (self->weights, (const double[]){ 1, 0 }, 2 * sizeof (double));
  self->projection = (LloydProjection){ .d = self->points.d,
                                        .n_axes = 2,
                                        .weights = self->weights,
                                        .start = { g_test_rand_double_range (-5, 5),
                                                   g_test_rand_double_range (-5, 5), 0.0 } };
}

static void
choose_sites (Case *self, guint k)
{
  gboolean is_lattice = g_test_rand_int_range (0, 4) == 0;
  for (guint i = 0; i < k * self->points.d; i++)
    self->sites[i] = is_lattice ? (float) g_test_rand_int_range (-3, 4)
                                : (float) g_test_rand_double_range (-3.0, 3.0);
  /* As many centroids stand where another does. */
  for (guint n = 0; n < k / 8; n++)
    {
      guint from = (guint) g_test_rand_int_range (0, (gint32) k);
      guint to = (guint) g_test_rand_int_range (0, (gint32) k);
      memcpy (self->sites + to * self->points.d, self->sites + from * self->points.d,
              sizeof (float) * self->points.d);
    }
  for (guint j = 0; j < k && self->snapshot.metric == LLOYD_METRIC_COSINE; j++)
    {
      float *c = self->sites + j * self->points.d;
      float norm = self->points.d == 2 ? hypotf (c[0], c[1]) : fabsf (c[0]);
      for (guint i = 0; i < self->points.d && norm > 0.0f; i++)
        c[i] /= norm;
    }
}

/* Seen by a camera that was moved. */
static void
choose_view (Case *self)
{
  g_autoptr (LloydCamera) camera = lloyd_camera_new ();
  int width = self->frame.width, height = self->frame.height;
  const float low[3] = { -8, -5, 0 }, high[3] = { 8, 5 + (float) g_test_rand_int_range (0, 90), 0 };
  lloyd_camera_set_box (camera, low, high, FALSE);
  lloyd_camera_set_room (camera, g_test_rand_double_range (0.0, 0.3),
                         g_test_rand_double_range (0.0, 0.3));
  lloyd_camera_zoom (camera, exp (g_test_rand_double_range (-1.0, 4.0)), width / 2.0, height / 2.0,
                     width, height);
  lloyd_camera_pan (camera, g_test_rand_double_range (-50, 50), g_test_rand_double_range (-50, 50),
                    width, height);
  lloyd_camera_get_matrix (camera, width, height, self->frame.matrix);
}

static Case *
case_new (guint k)
{
  static const LloydMetric metrics[] = { LLOYD_METRIC_EUCLIDEAN, LLOYD_METRIC_EUCLIDEAN,
                                         LLOYD_METRIC_COSINE, LLOYD_METRIC_COSINE_RAW };
  Case *self = g_new0 (Case, 1);
  self->points.d = g_test_rand_int_range (0, 5) == 0 ? 1 : 2;
  self->points.origin = self->origin;
  for (int i = 0; i < 2; i++)
    self->origin[i] = g_test_rand_double_range (-4.0, 4.0);
  self->snapshot.metric = metrics[g_test_rand_int_range (0, G_N_ELEMENTS (metrics))];
  self->snapshot.scene = &self->scene;
  self->snapshot.k = k;
  self->scene.points = &self->points;
  self->scene.projection = &self->projection;
  self->frame.width = g_test_rand_int_range (8, MAX_SIDE);
  self->frame.height = g_test_rand_int_range (8, MAX_SIDE);
  choose_projection (self);
  choose_sites (self, k);
  choose_view (self);
  g_assert_true (lloyd_regions_make_planes (&self->snapshot, self->sites, self->frame.matrix,
                                            self->frame.width, self->frame.height, self->planes));
  /* A colour tells whose a pixel is. */
  for (guint j = 0; j < k; j++)
    self->colours[j] = (LloydColour){ (float) (j % 256) / 255.0f, (float) (j / 256) / 255.0f, 0 };
  self->frame.regions = (LloydRegions){
    .n = k, .planes = self->planes, .colours = self->colours, .alpha = 1.0f, .border_width = 1.0f
  };
  return self;
}

/* ---- what the engine would say ------------------------------------------------------------- */

/* The row in the middle of a pixel, as the engine would be given it; and how many pixels one unit
 * of the rows is at most. */
static double
find_row (const Case *self, int column, int line, float x[2])
{
  const float *m = self->frame.matrix;
  double clip[2] = { 2.0 * (column + 0.5) / self->frame.width - 1.0,
                     1.0 - 2.0 * (line + 0.5) / self->frame.height };
  /* The camera's matrix stretches, but does not turn. */
  double seen[2] = { (clip[0] - (double) m[12]) / (double) m[0] - self->projection.start[0],
                     (clip[1] - (double) m[13]) / (double) m[5] - self->projection.start[1] };
  for (guint i = 0; i < self->points.d; i++)
    {
      double v = self->weights[i] * seen[0];
      if (self->points.d == 2)
        v += self->weights[2 + i] * seen[1];
      if (LLOYD_METRIC_IS_ANGULAR (self->snapshot.metric))
        v += self->origin[i];
      x[i] = (float) v;
    }
  return fmax (0.5 * self->frame.width * fabs ((double) m[0]),
               0.5 * self->frame.height * fabs ((double) m[5]));
}

/* How far the pixel is, in pixels, from where `owner` would be right; 0 where it is. */
static double
find_miss (const Case *self, guint owner, int column, int line, double *place_slack)
{
  guint d = self->points.d, best = 0;
  float x[2] = { 0 };
  double pixels = find_row (self, column, line, x), least = INFINITY, step = 0.0, own = 0.0;
  LloydMetric metric = self->snapshot.metric;

  for (guint j = 0; j < self->snapshot.k; j++)
    {
      double cost = lloyd_exact_cost (metric, x, self->sites + j * d, d);
      if (cost < least)
        best = j;
      least = fmin (least, cost);
      own = j == owner ? cost : own;
    }
  *place_slack = pixels * 0x1p-24 * (fabs ((double) x[0]) + fabs ((double) x[1]));
  if (owner == best)
    return 0.0;
  for (guint i = 0; i < d; i++)
    step = hypot (step, (double) self->sites[owner * d + i] - (double) self->sites[best * d + i]);
  /* Of two that stand at one place the first is the owner. */
  if (step == 0.0)
    return INFINITY;
  return (own - least) / (LLOYD_METRIC_IS_ANGULAR (metric) ? step : 2.0 * step) * pixels;
}

typedef guint (*Ask) (gconstpointer picture, int column, int line);

static void
check (const Case *self, gconstpointer picture, Ask ask, double slack)
{
  guint n_other = 0, n = 0;
  for (int line = 0; line < self->frame.height; line++)
    for (int column = line % 3; column < self->frame.width; column += 3)
      {
        double place_slack;
        guint owner = ask (picture, column, line);
        g_assert_cmpuint (owner, <, self->snapshot.k);
        double miss = find_miss (self, owner, column, line, &place_slack);
        if (miss > slack + 4.0 * place_slack)
          g_error ("pixel %d, %d of %d x %d, K = %u, metric %d: cluster %u, %g pixels off", column,
                   line, self->frame.width, self->frame.height, self->snapshot.k,
                   self->snapshot.metric, owner, miss);
        n_other += miss > 0.0;
        n++;
      }
  /* Near a border is rare: but not in a lattice. */
  g_test_message ("K = %u: %u of %u pixels on a border", self->snapshot.k, n_other, n);
}

static guint
choose_k (int round)
{
  static const guint few[] = { 2, 3, 7, 50, 256, 257, 1000, MAX_K };
  return (gsize) round < G_N_ELEMENTS (few) ? few[round]
                                            : (guint) g_test_rand_int_range (2, MAX_K + 1);
}

/* ---- tests --------------------------------------------------------------------------------- */

typedef struct
{
  const guint32 *pixels;
  int width;
} Pixels;

static guint
ask_pixels (gconstpointer picture, int column, int line)
{
  const Pixels *self = picture;
  guint32 pixel = self->pixels[line * self->width + column];
  return (pixel >> 16 & 255) + 256 * (pixel >> 8 & 255);
}

static void
test_owners (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      g_autofree Case *self = case_new (choose_k (round));
      g_autofree guint32 *pixels = g_new (guint32, MAX_SIDE * MAX_SIDE);
      Pixels picture = { pixels, self->frame.width };
      guint16 owners[MAX_SIDE];
      for (int line = 0; line < self->frame.height; line++)
        {
          lloyd_regions_find_owners (&self->frame, line, owners);
          for (int x = 0; x < self->frame.width; x++)
            pixels[line * self->frame.width + x] =
                (guint32) (owners[x] % 256) << 16 | (guint32) (owners[x] / 256) << 8;
        }
      check (self, &picture, ask_pixels, PROCESSOR_SLACK);
    }
}

static void
test_painted (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      g_autofree Case *self = case_new (choose_k (round));
      g_autofree guint32 *pixels = g_new (guint32, MAX_SIDE * MAX_SIDE);
      LloydDots none = { NULL };
      lloyd_paint_frame (&self->frame, &none, pixels);
      Pixels picture = { pixels, self->frame.width };
      check (self, &picture, ask_pixels, PROCESSOR_SLACK);
    }
}

static guint
ask_canvas (gconstpointer picture, int column, int line)
{
  LloydColour c = test_canvas_at (picture, column, line);
  return (guint) lrintf (255.0f * c.r) + 256 * (guint) lrintf (255.0f * c.g);
}

static TestCanvas *
draw (const LloydFrame *frame)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRenderer) renderer = lloyd_renderer_new (&error);
  TestCanvas *canvas = test_canvas_new (frame->width, frame->height);
  g_assert_no_error (error);
  lloyd_renderer_draw (renderer, frame);
  test_canvas_read (canvas);
  return canvas;
}

static void
test_drawn (void)
{
  if (reason != NULL)
    {
      g_test_skip (reason);
      return;
    }
  for (int round = 0; round < N_ROUNDS; round++)
    {
      g_autofree Case *self = case_new (choose_k (round));
      g_autoptr (TestCanvas) canvas = draw (&self->frame);
      check (self, canvas, ask_canvas, SHADER_SLACK);
    }
}

static float
difference (LloydColour a, guint32 pixel)
{
  LloydColour b = { (float) (pixel >> 16 & 255) / 255.0f, (float) (pixel >> 8 & 255) / 255.0f,
                    (float) (pixel & 255) / 255.0f };
  return fmaxf (fabsf (a.r - b.r), fmaxf (fabsf (a.g - b.g), fabsf (a.b - b.b)));
}

/* With borders, and through the background: both draw alike. */
static void
test_like_the_shader (void)
{
  if (reason != NULL)
    {
      g_test_skip (reason);
      return;
    }
  for (int round = 0; round < N_ROUNDS; round++)
    {
      g_autofree Case *self = case_new ((guint) g_test_rand_int_range (2, 40));
      g_autofree guint32 *pixels = g_new (guint32, MAX_SIDE * MAX_SIDE);
      LloydDots none = { NULL };
      int n = self->frame.width * self->frame.height, n_stray = 0;
      for (guint j = 0; j < self->snapshot.k; j++)
        self->colours[j] = (LloydColour){ 0.5f, (float) j / 40.0f, 0.9f };
      self->frame.background = (LloydColour){ 0.9f, 0.8f, 0.7f };
      self->frame.regions.alpha = 0.2f;
      self->frame.regions.border_alpha = 0.5f;
      self->frame.regions.border_width = 1.5f;
      g_autoptr (TestCanvas) canvas = draw (&self->frame);
      lloyd_paint_frame (&self->frame, &none, pixels);
      for (int i = 0; i < n; i++)
        n_stray +=
            difference (test_canvas_at (canvas, i % self->frame.width, i / self->frame.width),
                        pixels[i]) > 0.03f;
      /* At corners lines end, and nearness does not. */
      g_assert_cmpfloat (n_stray, <, 20.0 + 4.0 * self->snapshot.k + 0.002 * n);
    }
}

/* The borders are there: of two clusters a line in between; and where a third has no room there. */
static void
test_border (void)
{
  g_autofree Case *self = g_new0 (Case, 1);
  guint32 pixels[40 * 30];
  LloydDots none = { NULL };
  const LloydColour black = { 0, 0, 0 };
  self->colours[1] = (LloydColour){ 1, 0, 0 };
  self->colours[2] = (LloydColour){ 0, 0, 1 };
  for (guint round = 0; round < 20; round++)
    {
      guint first = round % 2;
      double a = g_test_rand_double_range (0.5, 1.0), b = 5.0 * a;
      const double planes[9] = { a / 3, 0, b / 3, a, 0, b, -a, 0, -b };
      self->frame = (LloydFrame){ .width = 40,
                                  .height = 30,
                                  .background = { 1, 1, 1 },
                                  .regions = { .n = 3 - first,
                                               .planes = planes + 3 * first,
                                               .colours = self->colours + first,
                                               .alpha = 0.5f,
                                               .border = black,
                                               .border_alpha = 1.0f,
                                               .border_width = 2.0f } };
      lloyd_paint_frame (&self->frame, &none, pixels);
      for (int y = 0; y < 30; y++)
        {
          g_assert_cmpuint (pixels[40 * y + 3], ==, 0xffff8080);
          g_assert_cmpuint (pixels[40 * y + 12], ==, 0xffff8080);
          g_assert_cmpuint (pixels[40 * y + 14], ==, 0xff000000);
          g_assert_cmpuint (pixels[40 * y + 15], ==, 0xff000000);
          g_assert_cmpuint (pixels[40 * y + 17], ==, 0xff8080ff);
        }
    }
}

/* Where two are equal in the middle of a pixel, it is the first one's. */
static void
test_tie (void)
{
  const double orders[2][6] = { { 1, 0, -0.5, -1, 0, 0.5 }, { -1, 0, 0.5, 1, 0, -0.5 } };
  for (int i = 0; i < 2; i++)
    {
      LloydFrame frame = { .width = 40, .height = 1, .regions = { .n = 2, .planes = orders[i] } };
      guint16 owners[40];
      lloyd_regions_find_owners (&frame, 0, owners);
      g_assert_cmpuint (owners[19], ==, i);
      g_assert_cmpuint (owners[20], ==, 0);
      g_assert_cmpuint (owners[21], ==, 1 - i);
    }
}

/* A picture that has no depth one way tells nothing. */
static void
test_flat (void)
{
  g_autofree Case *self = case_new (5);
  self->frame.matrix[0] = self->frame.matrix[4] = 0.0f;
  g_assert_false (lloyd_regions_make_planes (&self->snapshot, self->sites, self->frame.matrix, 40,
                                             30, self->planes));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_resources_register (lloyd_get_resource ());
  test_gl_make_current (TEST_GLES, &reason);
  g_test_add_func ("/regions/owners", test_owners);
  g_test_add_func ("/regions/painted", test_painted);
  g_test_add_func ("/regions/drawn", test_drawn);
  g_test_add_func ("/regions/like-the-shader", test_like_the_shader);
  g_test_add_func ("/regions/border", test_border);
  g_test_add_func ("/regions/tie", test_tie);
  g_test_add_func ("/regions/flat", test_flat);
  return g_test_run ();
}
