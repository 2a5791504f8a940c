/* Colours: legible, apart, and the same for a cluster whatever K is. */
#include <math.h>

#include "ui/colour/palette.h"

/* Most that is told apart by colour; beyond it numbers help. */
#define MANY 64

static const LloydColour backgrounds[] = {
  { 1.0f, 1.0f, 1.0f },          /* white */
  { 0.9804f, 0.9804f, 0.9804f }, /* #fafafa */
  { 0.1176f, 0.1176f, 0.1176f }, /* #1e1e1e */
  { 0.1412f, 0.1412f, 0.1412f }, /* #242424 */
};

static gboolean
is_same (LloydColour a, LloydColour b)
{
  return a.r == b.r && a.g == b.g && a.b == b.b;
}

static double
least_distance (const LloydColour *colours, guint n)
{
  double least = INFINITY;
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < i; j++)
      least = MIN (least, lloyd_colour_distance (colours[i], colours[j]));
  return least;
}

static void
test_measures (void)
{
  LloydColour black = { 0, 0, 0 }, white = { 1, 1, 1 }, grey = { 0.5f, 0.5f, 0.5f };
  g_assert_cmpfloat_with_epsilon (lloyd_colour_contrast (black, white), 21.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (lloyd_colour_contrast (white, black), 21.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (lloyd_colour_contrast (grey, grey), 1.0, 1e-9);
  /* As published with OKLab: white has lightness 1, black 0. */
  g_assert_cmpfloat_with_epsilon (lloyd_colour_distance (black, white), 100.0, 0.01);
  g_assert_false (lloyd_colour_is_dark (backgrounds[1]));
  g_assert_true (lloyd_colour_is_dark (backgrounds[2]));
}

static void
test_legible (void)
{
  for (size_t b = 0; b < G_N_ELEMENTS (backgrounds); b++)
    {
      LloydColour colours[MANY];
      lloyd_palette_fill (LLOYD_PALETTE_USUAL, backgrounds[b], colours, MANY);
      for (guint j = 0; j < MANY; j++)
        g_assert_cmpfloat (lloyd_colour_contrast (colours[j], backgrounds[b]), >=, 3.0);
    }
}

static void
test_apart (void)
{
  for (size_t b = 0; b < G_N_ELEMENTS (backgrounds); b++)
    {
      LloydColour colours[MANY];
      lloyd_palette_fill (LLOYD_PALETTE_USUAL, backgrounds[b], colours, MANY);
      g_assert_cmpfloat (least_distance (colours, 16), >, 7.0);
      g_assert_cmpfloat (least_distance (colours, MANY), >, 5.0);
    }
}

/* Grey is kept for nobody's points, and black for marks. */
static void
test_kept_free (void)
{
  const LloydColour black = { 0, 0, 0 };
  for (size_t b = 0; b < G_N_ELEMENTS (backgrounds); b++)
    {
      LloydColour colours[LLOYD_PALETTE_MAX], grey = lloyd_palette_unassigned (backgrounds[b]);
      lloyd_palette_fill (LLOYD_PALETTE_USUAL, backgrounds[b], colours, LLOYD_PALETTE_MAX);
      for (guint j = 0; j < MANY; j++)
        {
          g_assert_cmpfloat (lloyd_colour_contrast (colours[j], black), >, 2.2);
          g_assert_cmpfloat (lloyd_colour_distance (colours[j], grey), >, 6.0);
        }
      for (guint j = 0; j < LLOYD_PALETTE_MAX; j++)
        g_assert_cmpfloat (MAX (colours[j].r, MAX (colours[j].g, colours[j].b)) -
                               MIN (colours[j].r, MIN (colours[j].g, colours[j].b)),
                           >, 0.05f);
    }
}

/* Cluster j keeps its colour when K changes; beyond the last colour they repeat. */
static void
test_prefix (void)
{
  const guint k = LLOYD_PALETTE_MAX + 40;
  g_autofree LloydColour *all = g_new (LloydColour, k);
  lloyd_palette_fill (LLOYD_PALETTE_USUAL, backgrounds[0], all, k);
  static const guint counts[] = { 0, 1, 2, 7, 8, 9, 17, 50, 200 };

  for (size_t i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree LloydColour *some = g_new (LloydColour, counts[i] + 1);
      some[counts[i]] = (LloydColour){ 0.25f, 0.5f, 0.75f };
      lloyd_palette_fill (LLOYD_PALETTE_USUAL, backgrounds[0], some, counts[i]);
      for (guint j = 0; j < counts[i]; j++)
        g_assert_true (is_same (some[j], all[j]));
      g_assert_true (is_same (some[counts[i]], (LloydColour){ 0.25f, 0.5f, 0.75f }));
    }
  for (guint j = LLOYD_PALETTE_MAX; j < k; j++)
    g_assert_true (is_same (all[j], all[j - LLOYD_PALETTE_MAX]));
}

static void
test_tab10 (void)
{
  LloydColour light[50], dark[50];
  lloyd_palette_fill (LLOYD_PALETTE_TAB10, backgrounds[0], light, 50);
  lloyd_palette_fill (LLOYD_PALETTE_TAB10, backgrounds[2], dark, 50);
  for (guint j = 0; j < 50; j++)
    {
      g_assert_true (is_same (light[j], light[j % 10]));
      g_assert_true (is_same (light[j], dark[j]));
    }
  g_assert_cmpfloat (least_distance (light, 10), >, 5.0);
  /* Its first is #1f77b4. */
  g_assert_cmpint (lrintf (255.0f * light[0].r), ==, 0x1f);
  g_assert_cmpint (lrintf (255.0f * light[0].g), ==, 0x77);
  g_assert_cmpint (lrintf (255.0f * light[0].b), ==, 0xb4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/palette/measures", test_measures);
  g_test_add_func ("/palette/legible", test_legible);
  g_test_add_func ("/palette/apart", test_apart);
  g_test_add_func ("/palette/kept-free", test_kept_free);
  g_test_add_func ("/palette/prefix", test_prefix);
  g_test_add_func ("/palette/tab10", test_tab10);
  return g_test_run ();
}
