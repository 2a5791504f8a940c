#include "ui/view/camera.h"

#include <math.h>
#include <string.h>

/* Share of the picture that the box fills in the direction in which it fills more. */
#define FIT_MARGIN 0.86
#define MIN_ZOOM 0.05
#define MAX_ZOOM 1e5
/* Axes whose extents differ by more than this are stretched to fill the picture alike. */
#define MAX_ASPECT 4.0
/* A box that is flat one way takes at least this much. */
#define MIN_HALF 0.05
/* So many points tell how far all reach. */
#define N_TRIED 4096
/* Of that reach so much is fitted, by which no turn brings a point out of the picture. */
#define REACH FIT_MARGIN
/* A drag across the picture's shorter side turns by this much. */
#define ORBIT_RADIANS 3.0

struct _LloydCamera
{
  GObject parent_instance;

  /* The box: its middle, and the factor that brings each axis to [-1, 1] or less. */
  double middle[3];
  double scale[3];
  /* Half of what the scaled box takes across and up, turned as it is first seen. */
  double half[2];
  gboolean has_depth;
  /* Shares of the height that are left free at the top and at the bottom. */
  double headroom, footroom;
  /* Share of the width that is left free at the right. */
  double sideroom;

  /* Turn of the box, row by row; zoom; the middle of the view, in units of the scaled box. */
  double turn[9];
  double zoom;
  double at[2];
};

G_DEFINE_FINAL_TYPE (LloydCamera, lloyd_camera, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
emit_changed (LloydCamera *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- turning ------------------------------------------------------------------------------- */

static void
multiply (const double a[9], const double b[9], double out[9])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
}

/* Turns about the vertical axis of the screen, then about the horizontal one. */
static void
turn_by (LloydCamera *self, double about_y, double about_x)
{
  double cy = cos (about_y), sy = sin (about_y), cx = cos (about_x), sx = sin (about_x);
  const double y[9] = { cy, 0, sy, 0, 1, 0, -sy, 0, cy };
  const double x[9] = { 1, 0, 0, 0, cx, -sx, 0, sx, cx };
  double once[9], twice[9];
  multiply (y, self->turn, once);
  multiply (x, once, twice);
  memcpy (self->turn, twice, sizeof twice);
}

static void
reset_turn (LloydCamera *self)
{
  const double none[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  memcpy (self->turn, none, sizeof none);
  if (self->has_depth)
    turn_by (self, -0.6, 0.45);
}

/* ---- the view ------------------------------------------------------------------------------ */

/* Halves of the picture that one unit of the scaled box takes, for each direction. */
static void
get_reach (LloydCamera *self, int width, int height, double reach[2])
{
  double w = MAX (width, 1), h = MAX (height, 1), across = w * (1.0 - self->sideroom),
         up = h * (1.0 - self->headroom - self->footroom);
  double pixels =
      self->zoom * FIT_MARGIN * MIN (across / (2.0 * self->half[0]), up / (2.0 * self->half[1]));
  reach[0] = 2.0 * pixels / w;
  reach[1] = 2.0 * pixels / h;
}

void
lloyd_camera_get_matrix (LloydCamera *self, int width, int height, float matrix[16])
{
  double reach[2];
  get_reach (self, width, height, reach);
  /* Rows of the map from a point to clip space: reach (turn (p - middle) scale - at). */
  /* The box is at most its diagonal deep, sqrt (3) either way. */
  const double row_scale[3] = { reach[0], reach[1], -0.55 };
  for (int row = 0; row < 3; row++)
    {
      double constant = row < 2 ? -self->at[row] * row_scale[row] : 0.0;
      /* Of the two halves from end to end, room at one end moves the middle by one share. */
      if (row == 0)
        constant -= self->sideroom;
      if (row == 1)
        constant += self->footroom - self->headroom;
      for (int j = 0; j < 3; j++)
        {
          double v = row_scale[row] * self->turn[3 * row + j] * self->scale[j];
          matrix[4 * j + row] = (float) v;
          constant -= v * self->middle[j];
        }
      matrix[12 + row] = (float) constant;
    }
  for (int j = 0; j < 3; j++)
    matrix[4 * j + 3] = 0.0f;
  matrix[15] = 1.0f;
}

void
lloyd_camera_project (
    LloydCamera *self, int width, int height, const float xyz[3], float *x, float *y)
{
  float m[16];
  lloyd_camera_get_matrix (self, width, height, m);
  float cx = m[0] * xyz[0] + m[4] * xyz[1] + m[8] * xyz[2] + m[12];
  float cy = m[1] * xyz[0] + m[5] * xyz[1] + m[9] * xyz[2] + m[13];
  *x = (cx + 1.0f) * 0.5f * (float) width;
  *y = (1.0f - cy) * 0.5f * (float) height;
}

void
lloyd_camera_unproject (LloydCamera *self,
                        int width,
                        int height,
                        double x,
                        double y,
                        const float like[3],
                        double xyz[3])
{
  float from_x, from_y;
  double reach[2];
  get_reach (self, width, height, reach);
  lloyd_camera_project (self, width, height, like, &from_x, &from_y);
  /* In units of the scaled box, across and up the screen. */
  double across = 2.0 * (x - (double) from_x) / MAX (width, 1) / reach[0];
  double up = -2.0 * (y - (double) from_y) / MAX (height, 1) / reach[1];
  for (int j = 0; j < 3; j++)
    xyz[j] = (double) like[j] + (self->turn[j] * across + self->turn[3 + j] * up) / self->scale[j];
}

void
lloyd_camera_get_middle (LloydCamera *self, float xyz[3])
{
  for (int j = 0; j < 3; j++)
    xyz[j] = (float) self->middle[j];
}

void
lloyd_camera_set_box (LloydCamera *self,
                      const float low[3],
                      const float high[3],
                      gboolean has_depth)
{
  double widest = 0.0, extent[3];
  for (int a = 0; a < 3; a++)
    {
      self->middle[a] = 0.5 * ((double) low[a] + (double) high[a]);
      extent[a] = (double) high[a] - (double) low[a];
      widest = MAX (widest, extent[a]);
    }
  for (int a = 0; a < 3; a++)
    {
      gboolean is_flat = extent[a] <= 0.0, is_narrow = widest > MAX_ASPECT * extent[a];
      double own = is_flat || !is_narrow ? widest : extent[a];
      self->scale[a] = own > 0.0 ? 2.0 / own : 1.0;
    }
  self->has_depth = has_depth;
  reset_turn (self);
  for (int row = 0; row < 2; row++)
    {
      double reach = 0.0;
      for (int a = 0; a < 3; a++)
        reach += fabs (self->turn[3 * row + a]) * extent[a] * self->scale[a] / 2.0;
      self->half[row] = MAX (reach, MIN_HALF);
    }
  lloyd_camera_fit (self);
}

void
lloyd_camera_set_points (LloydCamera *self, const float *xyz, size_t n)
{
  size_t stride = MAX (n / N_TRIED, 1);
  double farthest = 0.0;
  if (!self->has_depth || n == 0)
    return;
  for (size_t i = 0; i < n; i += stride)
    {
      double square = 0.0;
      for (int a = 0; a < 3; a++)
        {
          double at = ((double) xyz[3 * i + (size_t) a] - self->middle[a]) * self->scale[a];
          square += at * at;
        }
      farthest = MAX (farthest, square);
    }
  for (int row = 0; row < 2; row++)
    self->half[row] = CLAMP (REACH * sqrt (farthest), MIN_HALF, self->half[row]);
  lloyd_camera_fit (self);
}

void
lloyd_camera_set_room (LloydCamera *self, double top, double bottom)
{
  /* Fitting leaves a margin anyway, a share of the room that is left. */
  const double margin = 0.5 * (1.0 - FIT_MARGIN);
  double taken = (top + bottom - 2.0 * margin) / (1.0 - 2.0 * margin);
  double headroom = top - margin * (1.0 - taken), footroom = bottom - margin * (1.0 - taken);
  if (headroom < 0.0)
    footroom = (bottom - margin) / (1.0 - margin);
  if (footroom < 0.0)
    headroom = (top - margin) / (1.0 - margin);
  headroom = MAX (headroom, 0.0);
  footroom = MAX (footroom, 0.0);
  if (headroom == self->headroom && footroom == self->footroom)
    return;
  self->headroom = headroom;
  self->footroom = footroom;
  emit_changed (self);
}

void
lloyd_camera_set_sideroom (LloydCamera *self, double right)
{
  const double margin = 0.5 * (1.0 - FIT_MARGIN);
  double sideroom = MAX ((right - margin) / (1.0 - margin), 0.0);
  if (sideroom == self->sideroom)
    return;
  self->sideroom = sideroom;
  emit_changed (self);
}

gboolean
lloyd_camera_has_depth (LloydCamera *self)
{
  return self->has_depth;
}

void
lloyd_camera_fit (LloydCamera *self)
{
  self->zoom = 1.0;
  self->at[0] = self->at[1] = 0.0;
  reset_turn (self);
  emit_changed (self);
}

void
lloyd_camera_get_state (LloydCamera *self, double state[LLOYD_CAMERA_STATE])
{
  memcpy (state, self->turn, sizeof self->turn);
  state[9] = self->zoom;
  memcpy (state + 10, self->at, sizeof self->at);
}

/* Whether nine numbers turn, and do nothing else: rows of length 1 at right angles. */
static gboolean
is_turn (const double turn[9])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j <= i; j++)
      {
        double product = 0.0;
        for (int a = 0; a < 3; a++)
          product += turn[3 * i + a] * turn[3 * j + a];
        if (!(fabs (product - (i == j)) < 1e-6))
          return FALSE;
      }
  return TRUE;
}

void
lloyd_camera_set_state (LloydCamera *self, const double state[LLOYD_CAMERA_STATE])
{
  if (!is_turn (state) || !(state[9] >= MIN_ZOOM) || !(state[9] <= MAX_ZOOM) ||
      !isfinite (state[10]) || !isfinite (state[11]))
    return;
  memcpy (self->turn, state, sizeof self->turn);
  self->zoom = state[9];
  memcpy (self->at, state + 10, sizeof self->at);
  emit_changed (self);
}

void
lloyd_camera_pan (LloydCamera *self, double dx, double dy, int width, int height)
{
  double reach[2];
  get_reach (self, width, height, reach);
  self->at[0] -= 2.0 * dx / MAX (width, 1) / reach[0];
  self->at[1] += 2.0 * dy / MAX (height, 1) / reach[1];
  emit_changed (self);
}

void
lloyd_camera_orbit (LloydCamera *self, double dx, double dy, int width, int height)
{
  if (!self->has_depth)
    {
      lloyd_camera_pan (self, dx, dy, width, height);
      return;
    }
  double per_pixel = ORBIT_RADIANS / MAX (MIN (width, height), 1);
  turn_by (self, dx * per_pixel, dy * per_pixel);
  emit_changed (self);
}

void
lloyd_camera_zoom (LloydCamera *self, double factor, double x, double y, int width, int height)
{
  double before[2], after[2];
  double sx = 2.0 * x / MAX (width, 1) - 1.0 + self->sideroom;
  double sy = 1.0 - 2.0 * y / MAX (height, 1) + self->headroom - self->footroom;

  get_reach (self, width, height, before);
  self->zoom = CLAMP (self->zoom * factor, MIN_ZOOM, MAX_ZOOM);
  get_reach (self, width, height, after);
  self->at[0] += sx / before[0] - sx / after[0];
  self->at[1] += sy / before[1] - sy / after[1];
  emit_changed (self);
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_camera_class_init (LloydCameraClass *class)
{
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lloyd_camera_init (LloydCamera *self)
{
  for (int a = 0; a < 3; a++)
    self->scale[a] = 1.0;
  self->half[0] = self->half[1] = 1.0;
  self->zoom = 1.0;
  reset_turn (self);
}

LloydCamera *
lloyd_camera_new (void)
{
  return g_object_new (LLOYD_TYPE_CAMERA, NULL);
}
