/* What the right panel is made of, without a screen: the grid that finds points, the order of
 * clusters, their names, and the charts. */
#include <math.h>
#include <string.h>

#include "compute/session/cluster-names.h"
#include "ui/charts/cross.h"
#include "ui/charts/deviations.h"
#include "ui/charts/studies.h"
#include "ui/view/pick.h"
#include "ui/widgets/cluster-model.h"

/* ---- finding points ------------------------------------------------------------------------ */

#define WIDTH 300
#define HEIGHT 200
#define N 2000

/* Where the matrix below shows a point. */
static void
see (const float *p, double *x, double *y)
{
  *x = 0.5 * ((double) p[0] * 0.8 + 1.0) * WIDTH;
  *y = 0.5 * (1.0 - ((double) p[1] * 0.9 + 0.05)) * HEIGHT;
}

static const float matrix[16] = { 0.8f, 0, 0, 0, 0, 0.9f, 0, 0, 0, 0, 0.5f, 0, 0, 0.05f, 0, 1 };

static gboolean
find_brute (const float *xyz,
            double x,
            double y,
            double disc,
            double reach,
            gboolean has_depth,
            size_t *index)
{
  gssize top = -1, nearest = -1;
  double least = INFINITY;
  for (gssize i = 0; i < N; i++)
    {
      double px, py;
      see (xyz + 3 * i, &px, &py);
      if (px < 0.0 || py < 0.0 || px >= WIDTH || py >= HEIGHT)
        continue;
      double distance = hypot (px - x, py - y);
      if (distance <= disc && (top < 0 || !has_depth || xyz[3 * i + 2] < xyz[3 * top + 2]))
        top = i;
      if (distance <= reach && distance < least)
        {
          nearest = i;
          least = distance;
        }
    }
  *index = (size_t) (top >= 0 ? top : nearest);
  return top >= 0 || nearest >= 0;
}

static void
test_pick (void)
{
  g_autofree float *xyz = g_new (float, 3 * N);
  guint n_found = 0;
  for (size_t i = 0; i < 3 * N; i++)
    xyz[i] = (float) g_test_rand_double_range (-1.5, 1.5);
  g_autoptr (LloydPick) pick = lloyd_pick_new (xyz, N, matrix, WIDTH, HEIGHT);
  for (int round = 0; round < 3000; round++)
    {
      double x = g_test_rand_double_range (-20.0, WIDTH + 20.0);
      double y = g_test_rand_double_range (-20.0, HEIGHT + 20.0);
      double disc = round % 3 == 0 ? 6.0 : 0.3, reach = round % 2 == 0 ? 12.0 : 2.0;
      size_t found = N, expected = N;
      gboolean is_expected = find_brute (xyz, x, y, disc, reach, round % 5 == 0, &expected);
      g_assert_true (lloyd_pick_find (pick, x, y, disc, reach, round % 5 == 0, &found) ==
                     is_expected);
      if (!is_expected)
        continue;
      n_found++;
      /* Floats may tell two that are equally near apart the other way. */
      double ax, ay, bx, by;
      see (xyz + 3 * found, &ax, &ay);
      see (xyz + 3 * expected, &bx, &by);
      g_assert_true (found == expected ||
                     fabs (hypot (ax - x, ay - y) - hypot (bx - x, by - y)) < 1e-3);
    }
  g_assert_cmpuint (n_found, >, 300);
}

static void
test_pick_nothing (void)
{
  const float far_away[] = { 5.0f, 0.0f, 0.0f };
  size_t found;
  g_autoptr (LloydPick) empty = lloyd_pick_new (NULL, 0, matrix, WIDTH, HEIGHT);
  g_autoptr (LloydPick) outside = lloyd_pick_new (far_away, 1, matrix, WIDTH, HEIGHT);
  g_autoptr (LloydPick) no_picture = lloyd_pick_new (far_away, 1, matrix, 0, 0);
  g_assert_false (lloyd_pick_find (empty, 10.0, 10.0, 5.0, 500.0, FALSE, &found));
  g_assert_false (lloyd_pick_find (outside, WIDTH, 100.0, 5.0, 500.0, TRUE, &found));
  g_assert_false (lloyd_pick_find (no_picture, 0.0, 0.0, 5.0, 12.0, TRUE, &found));
}

/* ---- the order of clusters ----------------------------------------------------------------- */

static guint
cluster_at (LloydClusterModel *model, guint position)
{
  g_autoptr (LloydClusterItem) item = g_list_model_get_item (G_LIST_MODEL (model), position);
  return lloyd_cluster_item_get_cluster (item);
}

static void
count_change (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  g_assert_cmpuint (position, ==, 0);
  g_assert_cmpuint (added, ==, g_list_model_get_n_items (model));
  (void) removed;
  (*(guint *) data)++;
}

static void
test_model (void)
{
  static const double keys[] = { 2.0, NAN, 5.0, 2.0, -1.0 };
  static const guint falling[] = { 2, 0, 3, 4, 1 }, rising[] = { 4, 0, 3, 2, 1 };
  g_autoptr (LloydClusterModel) model = lloyd_cluster_model_new ();
  guint n_changes = 0;

  g_signal_connect (model, "items-changed", G_CALLBACK (count_change), &n_changes);
  lloyd_cluster_model_set_k (model, 5);
  g_assert_cmpuint (n_changes, ==, 1);
  g_autoptr (LloydClusterItem) third = g_list_model_get_item (G_LIST_MODEL (model), 2);
  lloyd_cluster_model_sort (model, keys, TRUE);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (cluster_at (model, i), ==, falling[i]);
  g_assert_cmpuint (n_changes, ==, 2);
  lloyd_cluster_model_sort (model, keys, TRUE);
  g_assert_cmpuint (n_changes, ==, 2);
  lloyd_cluster_model_sort (model, keys, FALSE);
  for (guint i = 0; i < 5; i++)
    {
      g_assert_cmpuint (cluster_at (model, i), ==, rising[i]);
      g_assert_cmpuint (lloyd_cluster_model_find (model, rising[i]), ==, i);
    }
  /* An item stays itself, so that a selection follows it. */
  g_autoptr (LloydClusterItem) same = g_list_model_get_item (G_LIST_MODEL (model), 3);
  g_assert_true (same == third);
  lloyd_cluster_model_sort (model, NULL, TRUE);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (cluster_at (model, i), ==, 4 - i);
  lloyd_cluster_model_set_k (model, 2);
  g_assert_cmpuint (lloyd_cluster_model_find (model, 4), ==, 2);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (model), 2));
}

/* ---- names --------------------------------------------------------------------------------- */

static void
count_names (LloydClusterNames *names, gpointer data)
{
  (void) names;
  (*(guint *) data)++;
}

static void
test_names (void)
{
  g_autoptr (LloydClusterNames) names = lloyd_cluster_names_new ();
  guint n_changes = 0;

  g_signal_connect (names, "changed", G_CALLBACK (count_names), &n_changes);
  lloyd_cluster_names_set_start (names, "seed 1");
  lloyd_cluster_names_set (names, 3, "  Gentoo ");
  g_assert_cmpstr (lloyd_cluster_names_get (names, 3), ==, "Gentoo");
  g_assert_null (lloyd_cluster_names_get (names, 2));
  g_assert_null (lloyd_cluster_names_get (names, 4));
  g_assert_cmpuint (lloyd_cluster_names_get_n (names), ==, 4);
  n_changes = 0;
  lloyd_cluster_names_set (names, 3, "Gentoo");
  lloyd_cluster_names_set (names, 5, " ");
  lloyd_cluster_names_set_start (names, "seed 1");
  g_assert_cmpuint (n_changes, ==, 0);
  /* Other clusters have no names yet; the first keep theirs. */
  lloyd_cluster_names_set_start (names, "seed 2");
  g_assert_cmpuint (lloyd_cluster_names_get_n (names), ==, 0);
  lloyd_cluster_names_set_start (names, "seed 1");
  g_assert_cmpstr (lloyd_cluster_names_get (names, 3), ==, "Gentoo");
  g_assert_cmpuint (n_changes, ==, 2);
  lloyd_cluster_names_set (names, 3, NULL);
  g_assert_cmpuint (lloyd_cluster_names_get_n (names), ==, 0);
}

/* ---- charts -------------------------------------------------------------------------------- */

static LloydChartStyle
make_style (void)
{
  static PangoFontDescription *font;
  if (font == NULL)
    font = pango_font_description_from_string ("Sans 9");
  return (LloydChartStyle){ .foreground = { 0.0f, 0.0f, 0.0f },
                            .accent = { 0.0f, 0.0f, 1.0f },
                            .font = font };
}

/* Pixels of pure accent left and right of a column, and of anything outside the chart. */
static void
count_pixels (cairo_surface_t *surface, int middle, guint *left, guint *right)
{
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);
  const guint32 *pixels = (const guint32 *) (gconstpointer) cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface) / 4;
  *left = *right = 0;
  cairo_surface_flush (surface);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      if (pixels[y * stride + x] == 0xff0000ff)
        (*(x < middle ? left : right))++;
}

static const LloydDeviation deviations[] = {
  { .column = 1, .deviation = -3.0, .mean = 1.0, .overall = 10.0 },
  { .column = 0, .deviation = 1.5, .mean = 7.0, .overall = 5.0 },
};
static char *const column_names[] = { (char *) "width", (char *) "a name of some length" };

static void
test_deviations (void)
{
  LloydChartStyle style = make_style ();
  LloydDeviationChart chart = { deviations, 2, column_names };
  int height = (int) lloyd_deviation_chart_height (2);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 300, height);
  cairo_t *cr = cairo_create (surface);
  guint left, right;

  lloyd_paint_deviations (cr, 300, height, &style, &chart);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  count_pixels (surface, 150, &left, &right);
  /* The first reaches to the left, the second half as far to the right. */
  g_assert_cmpuint (left, >, 500);
  g_assert_cmpfloat_with_epsilon ((double) left / right, 2.0, 0.1);
  g_autofree char *words = lloyd_describe_deviations (&chart);
  g_assert_cmpstr (words, ==,
                   "a name of some length: 3.00 standard deviations below all, 1 against 10; "
                   "width: 1.50 standard deviations above all, 7 against 5");
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* Any size is fine, and nothing at all. */
static void
test_sizes (void)
{
  static const gint64 counts[] = { 0, 12000000, 3 };
  static char *const names[] = { (char *) "one", (char *) "a very long name indeed", (char *) "" };
  LloydChartStyle style = make_style ();
  LloydDeviationChart chart = { deviations, 2, column_names }, empty = { NULL };
  LloydCrossRow row = { counts, 3, names }, none = { NULL };
  for (int size = 1; size < 400; size += 57)
    {
      cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 400, 400);
      cairo_t *cr = cairo_create (surface);
      lloyd_paint_deviations (cr, size, 400 - size, &style, &chart);
      lloyd_paint_deviations (cr, size, 400 - size, &style, &empty);
      lloyd_paint_cross_row (cr, size, 400 - size, &style, &row);
      lloyd_paint_cross_head (cr, size, 400 - size, &style, &row);
      lloyd_paint_cross_row (cr, size, 400 - size, &style, &none);
      g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
      cairo_destroy (cr);
      cairo_surface_destroy (surface);
    }
  g_autofree char *words = lloyd_describe_cross_row (&row);
  g_assert_nonnull (strstr (words, "one 0, a very long name indeed 12"));
}

/* ---- studies ------------------------------------------------------------------------------- */

static LloydKScore scores[] = {
  { .k = 2, .objective = 100.0, .silhouette = 0.5, .chord = 0.0 },
  { .k = 3, .objective = 30.0, .silhouette = 0.8, .chord = 0.4 },
  { .k = 4, .objective = 20.0, .silhouette = 0.3, .chord = 0.2 },
  { .k = 5, .objective = 10.0, .silhouette = NAN, .chord = 0.0 },
};

/* The pointer finds every K where it is drawn, from end to end. */
static void
test_k_chart (void)
{
  LloydKChoice choice = { .n = 4, .scores = scores, .by_silhouette = 3, .by_elbow = 3 };
  LloydKChoice none = { 0 };
  LloydKChart chart = { &choice, 3, 4 }, empty = { &none, 0, 0 };
  LloydChartStyle style = make_style ();
  guint left, right;

  g_assert_cmpint (lloyd_k_chart_find (&choice, 400.0, -5.0), ==, 0);
  g_assert_cmpint (lloyd_k_chart_find (&choice, 400.0, 150.0), ==, 1);
  g_assert_cmpint (lloyd_k_chart_find (&choice, 400.0, 399.0), ==, 3);
  g_assert_cmpint (lloyd_k_chart_find (&none, 400.0, 100.0), ==, -1);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 400, 300);
  cairo_t *cr = cairo_create (surface);
  lloyd_paint_k (cr, 400, 300, &style, &empty);
  count_pixels (surface, 200, &left, &right);
  g_assert_cmpuint (left + right, ==, 0);
  lloyd_paint_k (cr, 400, 300, &style, &chart);
  count_pixels (surface, 200, &left, &right);
  /* The best have large dots, and stand at the left. */
  g_assert_cmpuint (left, >, right);
  g_assert_cmpuint (right, >, 100);
  lloyd_paint_k (cr, 1, 1, &style, &chart);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  g_autofree char *words = lloyd_describe_k (&choice);
  g_assert_cmpstr (words, ==,
                   "From K = 2 to 5 the objective goes from 100 to 10; its elbow is at K = 3; "
                   "the silhouette is largest at K = 3");
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* Every run has a square of its own, found where it is, none over another, all inside. */
static void
test_atlas_chart (void)
{
  static const LloydInit inits[] = { LLOYD_INIT_PLUS_PLUS, LLOYD_INIT_RANDOM };
  static const char *const names[] = { "plus", "random" };
  LloydAtlasEntry entries[240];
  for (guint i = 0; i < 240; i++)
    entries[i] = (LloydAtlasEntry){ .init = inits[i % 2],
                                    .seed = i,
                                    /* Most of them pile up. */
                                    .objective = i % 5 == 0 ? 10.0 + i : 10.0 };
  LloydAtlasChart chart = { entries, 240, inits, 2, names, 7, 3 };
  LloydAtlasChart empty = { entries, 0, inits, 2, names, -1, -1 };
  LloydChartStyle style = make_style ();
  gboolean is_found[240] = { FALSE };
  guint left, right, n_found = 0;

  for (double y = 0.5; y < 300.0; y += 1.0)
    for (double x = 0.5; x < 400.0; x += 1.0)
      {
        int at = lloyd_atlas_chart_find (&chart, 400.0, 300.0, x, y);
        g_assert_cmpint (at, <, 240);
        if (at >= 0)
          {
            /* A lane each. */
            g_assert_true ((entries[at].init == LLOYD_INIT_PLUS_PLUS) == (y < 140.0));
            n_found += !is_found[at];
            is_found[at] = TRUE;
          }
      }
  g_assert_cmpuint (n_found, ==, 240);
  g_assert_cmpint (lloyd_atlas_chart_find (&empty, 400.0, 300.0, 10.0, 10.0), ==, -1);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 400, 300);
  cairo_t *cr = cairo_create (surface);
  lloyd_paint_atlas (cr, 400, 300, &style, &empty);
  count_pixels (surface, 200, &left, &right);
  g_assert_cmpuint (left + right, ==, 0);
  lloyd_paint_atlas (cr, 400, 300, &style, &chart);
  count_pixels (surface, 200, &left, &right);
  /* Only what is chosen or current has the full colour: two squares at the lowest objective. */
  g_assert_cmpuint (left, >, 10);
  g_assert_cmpuint (right, ==, 0);
  lloyd_paint_atlas (cr, 3, 2, &style, &chart);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  g_autofree char *words = lloyd_describe_atlas (&chart);
  g_assert_cmpstr (words, ==, "plus: 120 runs end at 10 to 240; random: 120 runs end at 10 to 245");
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clusters/pick", test_pick);
  g_test_add_func ("/clusters/pick-nothing", test_pick_nothing);
  g_test_add_func ("/clusters/model", test_model);
  g_test_add_func ("/clusters/names", test_names);
  g_test_add_func ("/clusters/deviations", test_deviations);
  g_test_add_func ("/clusters/sizes", test_sizes);
  g_test_add_func ("/clusters/k-chart", test_k_chart);
  g_test_add_func ("/clusters/atlas-chart", test_atlas_chart);
  return g_test_run ();
}
