/* Charts at every size, of every length: something is drawn, nothing outside, nothing wrong. */
#include "ui/charts/charts.h"

#include <math.h>

/* Empty space round a chart, which must stay empty. */
#define MARGIN 20
#define MAX_STEPS 3000

typedef enum
{
  TIMES,
  OBJECTIVE,
  N_CHARTS
} ChartKind;

static const struct
{
  int width, height;
} sizes[] = {
  { 1, 1 }, { 7, 3 }, { 60, 116 }, { 400, 116 }, { 401, 47 }, { 2500, 300 },
};

static LloydStep steps[MAX_STEPS];

/* Steps whose objective falls from 1,000 towards 100 and whose times vary. */
static void
fill_steps (void)
{
  double objective = 1000.0;
  for (guint i = 0; i < MAX_STEPS; i++)
    {
      steps[i] = (LloydStep){ .step = i + 1,
                              .objective = objective,
                              .assign_ns = 800000 + 1000 * (i % 7),
                              .update_ns = 200000 + 1000 * (i % 5) };
      objective = 100.0 + (objective - 100.0) * 0.8;
      steps[i].objective_after_update = objective;
    }
}

static LloydChartStyle
make_style (void)
{
  static PangoFontDescription *font;
  if (font == NULL)
    font = pango_font_description_from_string ("Sans 9");
  return (LloydChartStyle){ .foreground = { 0.1f, 0.1f, 0.1f },
                            .accent = { 0.0f, 0.0f, 1.0f },
                            .warning = { 1.0f, 0.0f, 0.0f },
                            .font = font };
}

/* ---- pictures ------------------------------------------------------------------------------ */

typedef struct
{
  cairo_surface_t *surface;
  int width, height;
} Picture;

static Picture
paint (ChartKind kind, int width, int height, guint n_steps, guint current, double total)
{
  LloydChartStyle style = make_style ();
  LloydTimeChart times = { .steps = steps, .n_steps = n_steps, .current = current };
  LloydObjectiveChart objective = {
    .steps = steps, .n_steps = n_steps, .position = 2 * current, .total = total
  };
  Picture self = { cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width + 2 * MARGIN,
                                               height + 2 * MARGIN),
                   width, height };
  cairo_t *cr = cairo_create (self.surface);

  cairo_translate (cr, MARGIN, MARGIN);
  if (kind == TIMES)
    lloyd_paint_times (cr, width, height, &style, &times);
  else
    lloyd_paint_objective (cr, width, height, &style, &objective);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_flush (self.surface);
  return self;
}

static void
picture_clear (Picture *self)
{
  cairo_surface_destroy (self->surface);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Picture, picture_clear)

/* The pixel at a place of the chart, premultiplied. */
static guint32
pixel_at (const Picture *self, int x, int y)
{
  const guint8 *data = cairo_image_surface_get_data (self->surface);
  int stride = cairo_image_surface_get_stride (self->surface);
  return ((const guint32 *) (gconstpointer) (data + (y + MARGIN) * stride))[x + MARGIN];
}

/* Whether the accent, which is blue, was painted there; text is grey. */
static gboolean
is_accent (guint32 pixel)
{
  int red = (pixel >> 16) & 255, blue = pixel & 255;
  return blue - red > 40;
}

static guint
count_drawn (const Picture *self, gboolean is_outside)
{
  guint n = 0;
  for (int y = -MARGIN; y < self->height + MARGIN; y++)
    for (int x = -MARGIN; x < self->width + MARGIN; x++)
      {
        gboolean is_inside = x >= 0 && y >= 0 && x < self->width && y < self->height;
        if (is_inside != is_outside)
          n += pixel_at (self, x, y) != 0;
      }
  return n;
}

static guint
count_accent (const Picture *self)
{
  guint n = 0;
  for (int y = 0; y < self->height; y++)
    for (int x = 0; x < self->width; x++)
      n += is_accent (pixel_at (self, x, y));
  return n;
}

/* Height of the accent's middle in a column of pixels, NaN where there is none. */
static double
accent_height (const Picture *self, int x)
{
  double sum = 0.0;
  guint n = 0;
  for (int y = 0; y < self->height; y++)
    if (is_accent (pixel_at (self, x, y)))
      {
        sum += y;
        n++;
      }
  return n > 0 ? sum / n : NAN;
}

/* ---- every size, every length -------------------------------------------------------------- */

static void
test_sizes (void)
{
  static const guint lengths[] = { 0, 1, 2, 40, MAX_STEPS };
  fill_steps ();
  for (int kind = 0; kind < N_CHARTS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (size_t l = 0; l < G_N_ELEMENTS (lengths); l++)
        for (int is_percent = 0; is_percent < 2; is_percent++)
          {
            guint n = lengths[l];
            g_auto (Picture) picture = paint ((ChartKind) kind, sizes[s].width, sizes[s].height, n,
                                              n / 2, is_percent ? 1200.0 : NAN);
            g_assert_cmpuint (count_drawn (&picture, TRUE), ==, 0);
            if (sizes[s].width >= 60 && sizes[s].height >= 116)
              g_assert_cmpuint (count_drawn (&picture, FALSE), >, 0);
            if (sizes[s].width >= 60 && sizes[s].height >= 116 && n > 0)
              g_assert_cmpuint (count_accent (&picture), >, 0);
          }
}

/* The context comes back as it was. */
static void
test_set_back (void)
{
  LloydChartStyle style = make_style ();
  LloydTimeChart times = { .steps = steps, .n_steps = 5, .current = 2 };
  LloydObjectiveChart objective = { .steps = steps, .n_steps = 5, .position = 3, .total = NAN };
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 100, 100);
  cairo_t *cr = cairo_create (surface);
  double left, top, right, bottom;

  fill_steps ();
  lloyd_paint_times (cr, 50.0, 50.0, &style, &times);
  lloyd_paint_objective (cr, 50.0, 50.0, &style, &objective);
  cairo_clip_extents (cr, &left, &top, &right, &bottom);
  g_assert_cmpfloat (right - left, ==, 100.0);
  g_assert_cmpfloat (bottom - top, ==, 100.0);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* ---- times --------------------------------------------------------------------------------- */

/* Ink of the first bar; what is half covered counts half. */
static guint
weigh_bar (gboolean is_paced)
{
  guint ink = 0;
  fill_steps ();
  steps[0].is_paced = is_paced;
  g_auto (Picture) picture = paint (TIMES, 400, 120, 1, 1, NAN);
  for (int y = 0; y < picture.height; y++)
    for (int x = 0; x < picture.width; x++)
      {
        guint32 pixel = pixel_at (&picture, x, y);
        if (is_accent (pixel))
          ink += pixel & 255;
      }
  return ink;
}

static void
test_hatched (void)
{
  guint full = weigh_bar (FALSE), hatched = weigh_bar (TRUE);
  g_assert_cmpuint (hatched, >, full / 8);
  g_assert_cmpuint (hatched, <, full * 3 / 4);
}

/* A bar of half the time is half as high. */
static void
test_heights (void)
{
  fill_steps ();
  for (guint i = 0; i < 4; i++)
    {
      steps[i].assign_ns = i % 2 == 0 ? 1000000 : 500000;
      steps[i].update_ns = 0;
    }
  g_auto (Picture) picture = paint (TIMES, 400, 116, 4, 0, NAN);
  guint heights[4] = { 0 };
  for (int x = 0; x < 400; x++)
    {
      guint bar = lloyd_time_chart_step_at (400.0, 4, x + 0.5), n = 0;
      for (int y = 0; y < 116; y++)
        n += is_accent (pixel_at (&picture, x, y));
      if (bar > 0)
        heights[bar - 1] = MAX (heights[bar - 1], n);
    }
  g_assert_cmpuint (heights[0], >, 50);
  g_assert_cmpfloat_with_epsilon ((double) heights[1] / heights[0], 0.5, 0.04);
  g_assert_cmpuint (heights[2], ==, heights[0]);
  g_assert_cmpuint (heights[3], ==, heights[1]);
}

/* The first step, which warms up, does not squeeze the others. */
static void
test_top (void)
{
  fill_steps ();
  g_assert_cmpint (lloyd_time_chart_top (steps, 0), ==, 0);
  g_assert_cmpint (lloyd_time_chart_top (steps, 1), ==, 1000000);
  steps[0].assign_ns = 50000000;
  g_assert_cmpint (lloyd_time_chart_top (steps, 2), ==, 50200000);
  g_assert_cmpint (lloyd_time_chart_top (steps, 3), ==, 1004000);
  /* Of many steps a few that took much longer stand out of the chart as well. */
  steps[30].assign_ns = 90000000;
  g_assert_cmpint (lloyd_time_chart_top (steps, 60), <, 2100000);
  g_assert_cmpint (lloyd_time_chart_top (steps, 60), >, 1010000);
}

/* Bars stand in their order, and a place beside them is none. */
static void
test_step_at (void)
{
  static const guint lengths[] = { 1, 2, 20, 300, MAX_STEPS };
  for (size_t l = 0; l < G_N_ELEMENTS (lengths); l++)
    {
      guint n = lengths[l], before = 0, last = 0;
      for (double x = -5.0; x < 405.0; x += 0.05)
        {
          guint found = lloyd_time_chart_step_at (400.0, n, x);
          g_assert_cmpuint (found, <=, n);
          if (found == 0)
            continue;
          g_assert_cmpuint (found, >=, before);
          before = last = found;
        }
      g_assert_cmpuint (last, ==, n);
      g_assert_cmpuint (lloyd_time_chart_step_at (400.0, n, 0.0), ==, 0);
      g_assert_cmpuint (lloyd_time_chart_step_at (400.0, n, 399.5), ==, 0);
    }
  g_assert_cmpuint (lloyd_time_chart_step_at (400.0, 0, 50.0), ==, 0);
}

/* ---- objective ----------------------------------------------------------------------------- */

/* What falls is drawn falling, and what rises rising. */
static void
test_falls (void)
{
  fill_steps ();
  g_auto (Picture) falling = paint (OBJECTIVE, 400, 116, 20, 20, NAN);
  double left = accent_height (&falling, 20), right = accent_height (&falling, 380);
  g_assert_cmpfloat (left, <, 60.0);
  g_assert_cmpfloat (right, >, 80.0);

  for (guint i = 0; i < 20; i++)
    steps[i].objective = steps[i].objective_after_update = 10.0 + i;
  g_auto (Picture) rising = paint (OBJECTIVE, 400, 116, 20, 20, NAN);
  g_assert_cmpfloat (accent_height (&rising, 20), >, accent_height (&rising, 380) + 30.0);
}

/* The run's last step has no update; values that are unknown leave the rest of the line. */
static void
test_unknown (void)
{
  fill_steps ();
  steps[9].objective_after_update = NAN;
  g_auto (Picture) ended = paint (OBJECTIVE, 400, 116, 10, 10, NAN);
  g_assert_cmpuint (count_accent (&ended), >, 100);

  steps[3].objective_after_update = NAN;
  steps[4].objective = INFINITY;
  g_auto (Picture) holed = paint (OBJECTIVE, 400, 116, 10, 2, 1000.0);
  g_assert_cmpuint (count_accent (&holed), >, 100);
  g_assert_cmpfloat (accent_height (&holed, 20), <, accent_height (&holed, 300));
  g_assert_cmpuint (count_drawn (&holed, TRUE), ==, 0);

  for (guint i = 0; i < 10; i++)
    steps[i].objective = steps[i].objective_after_update = NAN;
  for (int is_percent = 0; is_percent < 2; is_percent++)
    {
      g_auto (Picture) unknown = paint (OBJECTIVE, 300, 116, 10, 5, is_percent ? 1000.0 : NAN);
      g_assert_cmpuint (count_accent (&unknown), ==, 0);
      g_assert_cmpuint (count_drawn (&unknown, FALSE), >, 0);
    }
}

/* The place that is shown bears a dot. */
static void
test_dot (void)
{
  fill_steps ();
  g_auto (Picture) without = paint (OBJECTIVE, 400, 116, 20, 0, NAN);
  g_auto (Picture) with = paint (OBJECTIVE, 400, 116, 20, 15, NAN);
  g_assert_cmpuint (count_accent (&with), >, count_accent (&without) + 20);
}

/* A picture of an objective with all its marks. */
static Picture
paint_marked (const LloydObjectiveChart *chart)
{
  LloydChartStyle style = make_style ();
  Picture self = {
    cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 300 + 2 * MARGIN, 120 + 2 * MARGIN), 300, 120
  };
  cairo_t *cr = cairo_create (self.surface);
  cairo_translate (cr, MARGIN, MARGIN);
  lloyd_paint_objective (cr, 300, 120, &style, chart);
  cairo_destroy (cr);
  cairo_surface_flush (self.surface);
  g_assert_cmpuint (count_drawn (&self, TRUE), ==, 0);
  return self;
}

static guint
count_red (const Picture *self)
{
  guint n = 0;
  for (int y = 0; y < self->height; y++)
    for (int x = 0; x < self->width; x++)
      {
        guint32 pixel = pixel_at (self, x, y);
        n += (int) ((pixel >> 16) & 255) - (int) (pixel & 255) > 60;
      }
  return n;
}

/* Width of the accent in the row of pixels that crosses the bar. */
static int
bar_width (const Picture *self)
{
  int n = 0;
  for (int x = 0; x < self->width; x++)
    n += is_accent (pixel_at (self, x, 95));
  return n;
}

/* The bar is as long as its share of the whole, also where there is more than that. */
static void
test_bar (void)
{
  static const double shares[] = { 0.0, 0.25, 0.5, 1.0, 1.7 };
  fill_steps ();
  for (size_t i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      LloydObjectiveChart chart = { .steps = steps,
                                    .n_steps = 6,
                                    .total = NAN,
                                    .bar_total = 1000.0,
                                    .bar_left = 1000.0 * shares[i],
                                    .bar_text = "a + b = c" };
      g_auto (Picture) picture = paint_marked (&chart);
      g_assert_cmpfloat_with_epsilon (bar_width (&picture), 280.0 * MIN (shares[i], 1.0), 1.5);
    }
}

/* Where something was changed by hand the line is cut; where it rose there is a ring. */
static void
test_edits_and_rises (void)
{
  const guint edits[] = { 4 };
  LloydObjectiveChart chart = {
    .steps = steps, .n_steps = 7, .position = 14, .total = NAN, .bar_total = NAN
  };
  fill_steps ();
  g_auto (Picture) plain = paint_marked (&chart);
  chart.edits = edits;
  chart.n_edits = 1;
  g_auto (Picture) cut = paint_marked (&chart);
  g_assert_cmpuint (count_accent (&cut), <, count_accent (&plain));
  g_assert_cmpuint (count_drawn (&cut, FALSE), >, count_drawn (&plain, FALSE) - 100);
  g_assert_cmpuint (count_red (&cut), ==, 0);
  chart.rise = 5;
  g_auto (Picture) risen = paint_marked (&chart);
  g_assert_cmpuint (count_red (&risen), >, 40);
  /* A step that is not there is no step. */
  chart.rise = 50;
  g_auto (Picture) beyond = paint_marked (&chart);
  g_assert_cmpuint (count_accent (&beyond), >, 0);
}

/* Batches of other sizes are compared by the row, as dots. */
static void
test_batches (void)
{
  fill_steps ();
  for (guint i = 0; i < 8; i++)
    {
      steps[i].n_rows = 10 + 10 * i;
      steps[i].weight = (double) steps[i].n_rows;
      steps[i].objective = steps[i].objective_after_update = 3.0 * (double) steps[i].n_rows;
    }
  LloydObjectiveChart chart = {
    .steps = steps, .n_steps = 8, .total = NAN, .weight = 500.0, .bar_total = NAN
  };
  g_auto (Picture) level = paint_marked (&chart);
  g_assert_cmpfloat (accent_height (&level, 14), >, 0.0);
  double low = INFINITY, high = -INFINITY;
  for (int x = 0; x < level.width; x++)
    {
      double height = accent_height (&level, x);
      if (isnan (height))
        continue;
      low = MIN (low, height);
      high = MAX (high, height);
    }
  g_assert_cmpfloat (high - low, <, 3.0);
  guint dots = count_accent (&level);
  chart.weight = 0.0;
  g_auto (Picture) line = paint_marked (&chart);
  g_assert_cmpuint (count_accent (&line), >, 2 * dots);
}

/* The bar that is looked at has a frame, and its middle is where it says. */
static void
test_chosen (void)
{
  LloydChartStyle style = make_style ();
  fill_steps ();
  for (guint n = 1; n < 400; n += 57)
    for (guint step = 1; step <= n; step++)
      g_assert_cmpuint (lloyd_time_chart_step_at (300.0, n, lloyd_time_chart_x_of (300.0, n, step)),
                        ==, step);
  guint drawn[2];
  for (guint chosen = 0; chosen < 2; chosen++)
    {
      LloydTimeChart chart = { .steps = steps, .n_steps = 5, .chosen = 3 * chosen };
      Picture self = { cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 300 + 2 * MARGIN,
                                                   120 + 2 * MARGIN),
                       300, 120 };
      cairo_t *cr = cairo_create (self.surface);
      cairo_translate (cr, MARGIN, MARGIN);
      lloyd_paint_times (cr, 300, 120, &style, &chart);
      cairo_destroy (cr);
      cairo_surface_flush (self.surface);
      drawn[chosen] = count_drawn (&self, FALSE);
      picture_clear (&self);
    }
  g_assert_cmpuint (drawn[1], >, drawn[0] + 30);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/charts/sizes", test_sizes);
  g_test_add_func ("/charts/set-back", test_set_back);
  g_test_add_func ("/charts/hatched", test_hatched);
  g_test_add_func ("/charts/heights", test_heights);
  g_test_add_func ("/charts/top", test_top);
  g_test_add_func ("/charts/step-at", test_step_at);
  g_test_add_func ("/charts/falls", test_falls);
  g_test_add_func ("/charts/unknown", test_unknown);
  g_test_add_func ("/charts/dot", test_dot);
  g_test_add_func ("/charts/bar", test_bar);
  g_test_add_func ("/charts/edits-and-rises", test_edits_and_rises);
  g_test_add_func ("/charts/batches", test_batches);
  g_test_add_func ("/charts/chosen", test_chosen);
  return g_test_run ();
}
