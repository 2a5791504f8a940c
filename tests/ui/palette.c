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

/* Brettel, Vienot and Mollon's finding for colours that a dichromat and others see alike: greys.
 * And what is confused: red and green of one lightness by those without long or middle cones. */
static void
test_simulation (void)
{
  const LloydColour grey = { 0.5f, 0.5f, 0.5f }, red = { 0.72f, 0.42f, 0.30f },
                    green = { 0.45f, 0.52f, 0.25f };
  for (int v = 0; v < LLOYD_N_VISIONS; v++)
    g_assert_cmpfloat (lloyd_colour_distance (lloyd_colour_simulate (grey, (LloydVision) v), grey),
                       <, 0.1);
  for (int v = LLOYD_VISION_PROTANOPIA; v <= LLOYD_VISION_DEUTERANOPIA; v++)
    g_assert_cmpfloat (lloyd_colour_distance (lloyd_colour_simulate (red, (LloydVision) v),
                                              lloyd_colour_simulate (green, (LloydVision) v)),
                       <, 0.6 * lloyd_colour_distance (red, green));
  const LloydColour blue = { 0.0f, 0.45f, 0.7f }, teal = { 0.0f, 0.5f, 0.45f };
  g_assert_cmpfloat (lloyd_colour_distance (lloyd_colour_simulate (blue, LLOYD_VISION_TRITANOPIA),
                                            lloyd_colour_simulate (teal, LLOYD_VISION_TRITANOPIA)),
                     <, 0.6 * lloyd_colour_distance (blue, teal));
}

static double
least_seen_distance (const LloydColour *colours, guint n, LloydVision vision)
{
  LloydColour seen[LLOYD_PALETTE_DEFICIENCY_MAX];
  for (guint j = 0; j < n; j++)
    seen[j] = lloyd_colour_simulate (colours[j], vision);
  return least_distance (seen, n);
}

static void
test_deficiency (void)
{
  for (size_t b = 0; b < G_N_ELEMENTS (backgrounds); b++)
    {
      LloydColour colours[MANY], grey = lloyd_palette_unassigned (backgrounds[b]);
      lloyd_palette_fill (LLOYD_PALETTE_DEFICIENCY, backgrounds[b], colours, MANY);
      for (guint j = 0; j < MANY; j++)
        g_assert_cmpfloat (lloyd_colour_contrast (colours[j], backgrounds[b]), >=, 3.0);
      for (guint j = LLOYD_PALETTE_DEFICIENCY_MAX; j < MANY; j++)
        g_assert_true (is_same (colours[j], colours[j - LLOYD_PALETTE_DEFICIENCY_MAX]));
      for (int v = 0; v < LLOYD_N_VISIONS; v++)
        {
          LloydVision vision = (LloydVision) v;
          LloydColour seen_grey = lloyd_colour_simulate (grey, vision);
          g_test_message ("background %zu, vision %d: 8 colours %.1f, 12 %.1f, 16 %.1f apart", b, v,
                          least_seen_distance (colours, 8, vision),
                          least_seen_distance (colours, 12, vision),
                          least_seen_distance (colours, 16, vision));
          g_assert_cmpfloat (least_seen_distance (colours, 8, vision), >, 9.5);
          g_assert_cmpfloat (least_seen_distance (colours, 12, vision), >, 8.0);
          for (guint j = 0; j < 12; j++)
            g_assert_cmpfloat (
                lloyd_colour_distance (lloyd_colour_simulate (colours[j], vision), seen_grey), >,
                5.0);
        }
    }
}

static void
test_deficiency_prefix (void)
{
  LloydColour all[20], some[9];
  lloyd_palette_fill (LLOYD_PALETTE_DEFICIENCY, backgrounds[0], all, 20);
  lloyd_palette_fill (LLOYD_PALETTE_DEFICIENCY, backgrounds[0], some, 9);
  for (guint j = 0; j < 9; j++)
    g_assert_true (is_same (some[j], all[j]));
  lloyd_palette_fill (LLOYD_PALETTE_DEFICIENCY, backgrounds[0], some, 0);
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
  g_test_add_func ("/palette/simulation", test_simulation);
  g_test_add_func ("/palette/deficiency", test_deficiency);
  g_test_add_func ("/palette/deficiency-prefix", test_deficiency_prefix);
  return g_test_run ();
}
