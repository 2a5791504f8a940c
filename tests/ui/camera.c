/* The camera: what is fitted is seen, what is pointed at stays, nothing is bent. */
#include "ui/view/camera.h"

#include <math.h>

#define N_ROUNDS 300
/* Float matrices, and coordinates of some thousand pixels. */
#define PIXEL 0.02f

typedef struct
{
  float low[3];
  float high[3];
  int width;
  int height;
  /* Shares of the height that are left free. */
  double headroom, footroom;
  /* Share of the width that is left free at the right. */
  double sideroom;
} View;

static float
random_float (double low, double high)
{
  return (float) g_test_rand_double_range (low, high);
}

/* A box somewhere, of extents that differ a little or a lot, in a picture of any shape. Without
 * depth it lies in the plane of the picture. */
static View
random_view (gboolean has_depth)
{
  static const double extents[] = { 1e-3, 0.3, 1.0, 7.0, 500.0 };
  View view = { .width = g_test_rand_int_range (1, 4000),
                .height = g_test_rand_int_range (1, 3000),
                .headroom = g_test_rand_bit () ? 0.0 : g_test_rand_double_range (0.0, 0.4),
                .footroom = g_test_rand_bit () ? 0.0 : g_test_rand_double_range (0.0, 0.4),
                .sideroom = g_test_rand_bit () ? 0.0 : g_test_rand_double_range (0.1, 0.4) };
  for (int a = 0; a < (has_depth ? 3 : 2); a++)
    {
      double extent = extents[g_test_rand_int_range (0, G_N_ELEMENTS (extents))];
      view.low[a] = random_float (-3.0, 3.0) * (float) extent;
      view.high[a] = view.low[a] + random_float (0.2, 1.0) * (float) extent;
    }
  return view;
}

static LloydCamera *
open_camera (const View *view, gboolean has_depth)
{
  LloydCamera *camera = lloyd_camera_new ();
  lloyd_camera_set_room (camera, view->headroom, view->footroom);
  lloyd_camera_set_sideroom (camera, view->sideroom);
  lloyd_camera_set_box (camera, view->low, view->high, has_depth);
  return camera;
}

static void
get_corner (const View *view, int corner, float xyz[3])
{
  for (int a = 0; a < 3; a++)
    xyz[a] = (corner >> a & 1) != 0 ? view->high[a] : view->low[a];
}

static void
random_point (const View *view, float xyz[3])
{
  for (int a = 0; a < 3; a++)
    xyz[a] = view->low[a] + random_float (0.0, 1.0) * (view->high[a] - view->low[a]);
}

/* What pans, zooms and orbits: any view that a person may reach. */
static void
move_anyhow (LloydCamera *camera, const View *view)
{
  int w = view->width, h = view->height;
  lloyd_camera_zoom (camera, g_test_rand_double_range (0.5, 3.0), g_test_rand_double_range (0, w),
                     g_test_rand_double_range (0, h), w, h);
  lloyd_camera_orbit (camera, g_test_rand_double_range (-200, 200),
                      g_test_rand_double_range (-200, 200), w, h);
  lloyd_camera_pan (camera, g_test_rand_double_range (-50, 50), g_test_rand_double_range (-50, 50),
                    w, h);
}

/* The renderer's matrix and the projection of marks are one map. */
static void
test_matrix (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      gboolean has_depth = round % 2 != 0;
      View view = random_view (has_depth);
      g_autoptr (LloydCamera) camera = open_camera (&view, has_depth);
      float m[16], xyz[3], x, y;

      move_anyhow (camera, &view);
      random_point (&view, xyz);
      lloyd_camera_get_matrix (camera, view.width, view.height, m);
      lloyd_camera_project (camera, view.width, view.height, xyz, &x, &y);
      float clip[4] = { m[12], m[13], m[14], m[15] };
      for (int row = 0; row < 4; row++)
        for (int j = 0; j < 3; j++)
          clip[row] += m[4 * j + row] * xyz[j];
      g_assert_cmpfloat (clip[3], ==, 1.0f);
      float size = (float) MAX (view.width, view.height);
      g_assert_cmpfloat_with_epsilon (x, (clip[0] + 1.0f) / 2.0f * (float) view.width,
                                      1e-3f + 1e-4f * size);
      g_assert_cmpfloat_with_epsilon (y, (1.0f - clip[1]) / 2.0f * (float) view.height,
                                      1e-3f + 1e-4f * size);
    }
}

/* The whole box is in the picture, in the room that it has, and fills it one way, whatever its
 * shape and the picture's. */
static void
test_fit (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      gboolean has_depth = round % 2 != 0;
      View view = random_view (has_depth);
      g_autoptr (LloydCamera) camera = open_camera (&view, has_depth);
      float left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
      float m[16], w = (float) view.width, h = (float) view.height;
      float free = h * (float) view.headroom, foot = h * (float) view.footroom;
      float margin = 0.07f * h;
      /* The margin that there is anyway counts as room. */
      float side = w * fmaxf (((float) view.sideroom - 0.07f) / 0.93f, 0.0f);

      move_anyhow (camera, &view);
      lloyd_camera_fit (camera);
      lloyd_camera_get_matrix (camera, view.width, view.height, m);
      for (int corner = 0; corner < 8; corner++)
        {
          float xyz[3], x, y;
          get_corner (&view, corner, xyz);
          lloyd_camera_project (camera, view.width, view.height, xyz, &x, &y);
          left = fminf (left, x);
          right = fmaxf (right, x);
          top = fminf (top, y);
          bottom = fmaxf (bottom, y);
          float depth = m[2] * xyz[0] + m[6] * xyz[1] + m[10] * xyz[2] + m[14];
          g_assert_cmpfloat (fabsf (depth), <=, 1.0f);
        }
      g_assert_cmpfloat (left, >=, 0.0f);
      g_assert_cmpfloat (top, >=, free - 0.002f * h);
      g_assert_cmpfloat (right, <=, w * (1.0f - (float) view.sideroom) + 0.002f * w);
      g_assert_cmpfloat (bottom, <=, h - foot + 0.002f * h);
      g_assert_cmpfloat (fmaxf ((right - left) / (w - side), (bottom - top) / (h - free - foot)), >,
                         0.8f);
      /* In the middle. */
      g_assert_cmpfloat_with_epsilon (left + right, w - side, 0.01f * w);
      float above = top - fmaxf (free, margin), below = h - bottom - fmaxf (foot, margin);
      g_assert_cmpfloat_with_epsilon (above, below, margin);
    }
}

/* However a ball is turned, all of it is seen; and it is seen larger than in its box. */
static void
test_points (void)
{
  View view = { { -1, -1, -1 }, { 1, 1, 1 }, 400, 300, 0.0, 0.0 };
  g_autoptr (LloydCamera) camera = open_camera (&view, TRUE);
  float ball[300], x, y, before, farthest = 0.0f;
  for (int i = 0; i < 100; i++)
    {
      double up = g_test_rand_double_range (-1.0, 1.0), side = sqrt (1.0 - up * up);
      double angle = g_test_rand_double_range (0.0, 2.0 * G_PI);
      ball[3 * i] = (float) (side * cos (angle));
      ball[3 * i + 1] = (float) up;
      ball[3 * i + 2] = (float) (side * sin (angle));
    }
  lloyd_camera_project (camera, 400, 300, (const float[]){ 0, 1, 0 }, &x, &before);
  lloyd_camera_set_points (camera, ball, 100);
  lloyd_camera_project (camera, 400, 300, (const float[]){ 0, 1, 0 }, &x, &y);
  g_assert_cmpfloat (y, <, before - 10.0f);
  for (int turn = 0; turn < 30; turn++)
    {
      lloyd_camera_orbit (camera, 17.0, 11.0, 400, 300);
      for (int i = 0; i < 100; i++)
        {
          lloyd_camera_project (camera, 400, 300, &ball[(size_t) (3 * i)], &x, &y);
          farthest = fmaxf (farthest, fabsf (y - 150.0f));
        }
    }
  g_assert_cmpfloat (farthest, <=, 150.5f);
  g_assert_cmpfloat (farthest, >, 120.0f);
}

/* Up is up, right is right. */
static void
test_directions (void)
{
  View view = { { -1, -1, 0 }, { 1, 1, 0 }, 400, 300 };
  g_autoptr (LloydCamera) camera = open_camera (&view, FALSE);
  float x, y;
  lloyd_camera_project (camera, 400, 300, (const float[]){ 1, 1, 0 }, &x, &y);
  g_assert_cmpfloat (x, >, 200.0f);
  g_assert_cmpfloat (y, <, 150.0f);
}

/* Columns of alike extent keep their shape; one much narrower is stretched to be seen. */
static void
test_shape (void)
{
  View alike = { { 0, 0, 0 }, { 3, 1, 0 }, 600, 400 };
  View unlike = { { 0, 0, 0 }, { 1000, 1, 0 }, 600, 400 };
  g_autoptr (LloydCamera) camera = open_camera (&alike, FALSE);
  float m[16];

  lloyd_camera_get_matrix (camera, 600, 400, m);
  g_assert_cmpfloat_with_epsilon (m[0] * 600.0f, m[5] * 400.0f, 1e-3f);
  lloyd_camera_set_box (camera, unlike.low, unlike.high, FALSE);
  lloyd_camera_get_matrix (camera, 600, 400, m);
  g_assert_cmpfloat_with_epsilon (m[0] * 600.0f * 1000.0f, m[5] * 400.0f, 1e-2f);
}

static void
test_zoom (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      gboolean has_depth = round % 2 != 0;
      View view = random_view (has_depth);
      g_autoptr (LloydCamera) camera = open_camera (&view, has_depth);
      double factor = g_test_rand_double_range (0.3, 4.0);
      float xyz[3], x, y, new_x, new_y;

      random_point (&view, xyz);
      lloyd_camera_project (camera, view.width, view.height, xyz, &x, &y);
      lloyd_camera_zoom (camera, factor, (double) x, (double) y, view.width, view.height);
      lloyd_camera_project (camera, view.width, view.height, xyz, &new_x, &new_y);
      float slack = PIXEL + 1e-4f * (float) MAX (view.width, view.height);
      g_assert_cmpfloat_with_epsilon (new_x, x, slack);
      g_assert_cmpfloat_with_epsilon (new_y, y, slack);
    }
}

/* No zoom leads to a view without a way back. */
static void
test_zoom_limits (void)
{
  View view = { { -1, -1, 0 }, { 1, 1, 0 }, 400, 300 };
  g_autoptr (LloydCamera) camera = open_camera (&view, FALSE);
  static const double factors[] = { 1e30, 1e-30, 0.0 };

  for (size_t i = 0; i < G_N_ELEMENTS (factors); i++)
    {
      float m[16];
      for (int n = 0; n < 5; n++)
        lloyd_camera_zoom (camera, factors[i], 0.0, 300.0, 400, 300);
      lloyd_camera_get_matrix (camera, 400, 300, m);
      for (int j = 0; j < 16; j++)
        g_assert_true (isfinite (m[j]));
      g_assert_cmpfloat (m[0], >, 0.0f);
    }
}

static void
test_pan (void)
{
  for (int round = 0; round < N_ROUNDS; round++)
    {
      gboolean has_depth = round % 2 != 0;
      View view = random_view (has_depth);
      g_autoptr (LloydCamera) camera = open_camera (&view, has_depth);
      float xyz[3], x, y, new_x, new_y;
      float dx = random_float (-300.0, 300.0), dy = random_float (-300.0, 300.0);

      move_anyhow (camera, &view);
      random_point (&view, xyz);
      lloyd_camera_project (camera, view.width, view.height, xyz, &x, &y);
      lloyd_camera_pan (camera, (double) dx, (double) dy, view.width, view.height);
      lloyd_camera_project (camera, view.width, view.height, xyz, &new_x, &new_y);
      float slack = PIXEL + 1e-4f * (fabsf (x) + fabsf (y));
      g_assert_cmpfloat_with_epsilon (new_x, x + dx, slack);
      g_assert_cmpfloat_with_epsilon (new_y, y + dy, slack);
    }
}

/* Pixels that each axis of the box takes across and up, and the angle between them. */
static void
measure_frame (LloydCamera *camera, const View *view, double *across, double *up, double *product)
{
  float m[16];
  *across = *up = *product = 0.0;
  lloyd_camera_get_matrix (camera, view->width, view->height, m);
  for (int j = 0; j < 3; j++)
    {
      double x = (double) m[4 * j] * view->width, y = (double) m[4 * j + 1] * view->height;
      *across += x * x;
      *up += y * y;
      *product += x * y;
    }
}

/* A cube that turns stays a cube. */
static void
test_orbit (void)
{
  View view = { { -2, 1, 5 }, { 0, 3, 7 }, 640, 480 };
  g_autoptr (LloydCamera) camera = open_camera (&view, TRUE);
  double length, across, up, product;

  g_assert_true (lloyd_camera_has_depth (camera));
  measure_frame (camera, &view, &length, &up, &product);
  for (int round = 0; round < 1000; round++)
    {
      lloyd_camera_orbit (camera, g_test_rand_double_range (-400, 400),
                          g_test_rand_double_range (-400, 400), 640, 480);
      measure_frame (camera, &view, &across, &up, &product);
      g_assert_cmpfloat_with_epsilon (across / length, 1.0, 1e-5);
      g_assert_cmpfloat_with_epsilon (up / length, 1.0, 1e-5);
      g_assert_cmpfloat_with_epsilon (product / length, 0.0, 1e-5);
    }
}

/* Its front side follows the hand. */
static void
test_orbit_direction (void)
{
  View view = { { -1, -1, -1 }, { 1, 1, 1 }, 640, 480 };
  g_autoptr (LloydCamera) camera = open_camera (&view, TRUE);
  const float corner[3] = { 1, 1, 1 };
  float m[16], x, y, new_x, new_y;

  lloyd_camera_get_matrix (camera, 640, 480, m);
  /* Nearer than the middle, where depth is 0. */
  g_assert_cmpfloat (m[2] + m[6] + m[10] + m[14], <, 0.0f);
  lloyd_camera_project (camera, 640, 480, corner, &x, &y);
  lloyd_camera_orbit (camera, 10.0, 0.0, 640, 480);
  lloyd_camera_project (camera, 640, 480, corner, &new_x, &new_y);
  g_assert_cmpfloat (new_x, >, x);
  lloyd_camera_fit (camera);
  lloyd_camera_orbit (camera, 0.0, 10.0, 640, 480);
  lloyd_camera_project (camera, 640, 480, corner, &new_x, &new_y);
  g_assert_cmpfloat (new_y, >, y);
}

/* One point, or all in a line: nothing is divided by nothing. */
static void
test_flat (void)
{
  static const float boxes[][6] = {
    { 3, -4, 0, 3, -4, 0 }, { 0, 5, 0, 10, 5, 0 }, { 5, 0, 0, 5, 10, 0 }, { 0, 0, 2, 0, 0, 9 }
  };
  for (size_t b = 0; b < G_N_ELEMENTS (boxes); b++)
    for (int has_depth = 0; has_depth < 2; has_depth++)
      {
        g_autoptr (LloydCamera) camera = lloyd_camera_new ();
        float middle[3], m[16], x, y;
        lloyd_camera_set_box (camera, boxes[b], boxes[b] + 3, has_depth);
        for (int a = 0; a < 3; a++)
          middle[a] = (boxes[b][a] + boxes[b][a + 3]) / 2.0f;
        lloyd_camera_get_matrix (camera, 300, 200, m);
        for (int j = 0; j < 16; j++)
          g_assert_true (isfinite (m[j]));
        lloyd_camera_project (camera, 300, 200, middle, &x, &y);
        g_assert_cmpfloat_with_epsilon (x, 150.0f, PIXEL);
        g_assert_cmpfloat_with_epsilon (y, 100.0f, PIXEL);
        for (int end = 0; end < 2; end++)
          {
            lloyd_camera_project (camera, 300, 200, boxes[b] + 3 * end, &x, &y);
            g_assert_true (x >= 0.0f && x <= 300.0f && y >= 0.0f && y <= 200.0f);
          }
      }
}

static void
count (guint *n)
{
  (*n)++;
}

/* Panes draw anew whenever the view changes. */
static void
test_changed (void)
{
  View view = { { -1, -1, -1 }, { 1, 1, 1 }, 640, 480 };
  g_autoptr (LloydCamera) camera = lloyd_camera_new ();
  guint n = 0;

  g_signal_connect_swapped (camera, "changed", G_CALLBACK (count), &n);
  lloyd_camera_set_box (camera, view.low, view.high, TRUE);
  g_assert_cmpuint (n, ==, 1);
  lloyd_camera_pan (camera, 1, 1, 640, 480);
  g_assert_cmpuint (n, ==, 2);
  lloyd_camera_orbit (camera, 1, 1, 640, 480);
  g_assert_cmpuint (n, ==, 3);
  lloyd_camera_zoom (camera, 2, 1, 1, 640, 480);
  g_assert_cmpuint (n, ==, 4);
  lloyd_camera_fit (camera);
  g_assert_cmpuint (n, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera/matrix", test_matrix);
  g_test_add_func ("/camera/fit", test_fit);
  g_test_add_func ("/camera/points", test_points);
  g_test_add_func ("/camera/directions", test_directions);
  g_test_add_func ("/camera/shape", test_shape);
  g_test_add_func ("/camera/zoom", test_zoom);
  g_test_add_func ("/camera/zoom-limits", test_zoom_limits);
  g_test_add_func ("/camera/pan", test_pan);
  g_test_add_func ("/camera/orbit", test_orbit);
  g_test_add_func ("/camera/orbit-direction", test_orbit_direction);
  g_test_add_func ("/camera/flat", test_flat);
  g_test_add_func ("/camera/changed", test_changed);
  return g_test_run ();
}
