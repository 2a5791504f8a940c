#include "ui/colour/palette.h"

#include <math.h>

#define MIN_CONTRAST 3.05
/* The first eight are seen the most; on dark, blue of so little contrast is gloomy. */
#define MIN_CONTRAST_ON_DARK 4.2
/* Steps of each channel among the candidates of a generated palette. */
#define CANDIDATE_STEPS 22
/* Generated colours are neither greyish nor glaring nor nearly black. */
#define MIN_CHROMA 0.07
#define MAX_CHROMA 0.26
#define MIN_LIGHTNESS 0.42

typedef struct
{
  double l, a, b;
} Lab;

/* ---- colour spaces ------------------------------------------------------------------------- */

static double
to_linear (double v)
{
  return v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4);
}

static double
from_linear (double v)
{
  return v <= 0.0031308 ? v * 12.92 : 1.055 * pow (v, 1.0 / 2.4) - 0.055;
}

/* OKLab: Ottosson, "A perceptual color space for image processing", 2020. */
static Lab
linear_to_lab (double r, double g, double b)
{
  double l = cbrt (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  double m = cbrt (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  double s = cbrt (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return (Lab){ 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
                1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s };
}

static Lab
to_lab (LloydColour c)
{
  return linear_to_lab (to_linear (c.r), to_linear (c.g), to_linear (c.b));
}

static LloydColour
from_lab (Lab c)
{
  double l = pow (c.l + 0.3963377774 * c.a + 0.2158037573 * c.b, 3.0);
  double m = pow (c.l - 0.1055613458 * c.a - 0.0638541728 * c.b, 3.0);
  double s = pow (c.l - 0.0894841775 * c.a - 1.2914855480 * c.b, 3.0);
  double r = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
  double g = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
  double b = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
  return (LloydColour){ (float) from_linear (CLAMP (r, 0.0, 1.0)),
                        (float) from_linear (CLAMP (g, 0.0, 1.0)),
                        (float) from_linear (CLAMP (b, 0.0, 1.0)) };
}

static double
linear_luminance (double r, double g, double b)
{
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

static double
luminance (LloydColour c)
{
  return linear_luminance (to_linear (c.r), to_linear (c.g), to_linear (c.b));
}

/* Machado, Oliveira and Fernandes, 2009, table of severity 1.0, by linear red, green and blue. */
static const double simulations[LLOYD_N_VISIONS][9] = {
  [LLOYD_VISION_USUAL] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 },
  [LLOYD_VISION_PROTANOPIA] = { 0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216,
                                -0.003882, -0.048116, 1.051998 },
  [LLOYD_VISION_DEUTERANOPIA] = { 0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413,
                                  -0.011820, 0.042940, 0.968881 },
  [LLOYD_VISION_TRITANOPIA] = { 1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602,
                                0.004733, 0.691367, 0.303900 },
};

static void
simulate_linear (const double in[3], LloydVision vision, double out[3])
{
  const double *m = simulations[vision];
  for (int i = 0; i < 3; i++)
    out[i] = CLAMP (m[3 * i] * in[0] + m[3 * i + 1] * in[1] + m[3 * i + 2] * in[2], 0.0, 1.0);
}

LloydColour
lloyd_colour_simulate (LloydColour colour, LloydVision vision)
{
  const double in[3] = { to_linear (colour.r), to_linear (colour.g), to_linear (colour.b) };
  double out[3];
  simulate_linear (in, vision, out);
  return (LloydColour){ (float) from_linear (out[0]), (float) from_linear (out[1]),
                        (float) from_linear (out[2]) };
}

double
lloyd_colour_contrast (LloydColour a, LloydColour b)
{
  double la = luminance (a) + 0.05, lb = luminance (b) + 0.05;
  return la > lb ? la / lb : lb / la;
}

gboolean
lloyd_colour_is_dark (LloydColour background)
{
  return luminance (background) < 0.18;
}

static double
lab_distance_squared (Lab a, Lab b)
{
  double dl = a.l - b.l, da = a.a - b.a, db = a.b - b.b;
  return dl * dl + da * da + db * db;
}

double
lloyd_colour_distance (LloydColour a, LloydColour b)
{
  return 100.0 * sqrt (lab_distance_squared (to_lab (a), to_lab (b)));
}

/* ---- the first eight ----------------------------------------------------------------------- */

/* Hues of Okabe and Ito, "Color universal design", 2002, without black; their yellow is too pale on
 * white and is set darker like the rest, and a violet takes the place of black. */
static const LloydColour hues[] = {
  { 0.00f, 0.45f, 0.70f }, /* blue */
  { 0.84f, 0.37f, 0.00f }, /* vermilion */
  { 0.00f, 0.62f, 0.45f }, /* bluish green */
  { 0.80f, 0.47f, 0.65f }, /* reddish purple */
  { 0.90f, 0.62f, 0.00f }, /* orange */
  { 0.34f, 0.71f, 0.91f }, /* sky blue */
  { 0.94f, 0.89f, 0.26f }, /* yellow */
  { 0.45f, 0.30f, 0.75f }, /* violet */
};

static const LloydColour tab10[] = {
  { 0.122f, 0.467f, 0.706f }, { 1.000f, 0.498f, 0.055f }, { 0.173f, 0.627f, 0.173f },
  { 0.839f, 0.153f, 0.157f }, { 0.580f, 0.404f, 0.741f }, { 0.549f, 0.337f, 0.294f },
  { 0.890f, 0.467f, 0.761f }, { 0.498f, 0.498f, 0.498f }, { 0.737f, 0.741f, 0.133f },
  { 0.090f, 0.745f, 0.812f },
};

/* The colour with its lightness moved no farther than the contrast asks for. */
static LloydColour
make_legible (LloydColour colour, LloydColour background)
{
  Lab lab = to_lab (colour);
  gboolean is_dark = lloyd_colour_is_dark (background);
  double step = is_dark ? 0.01 : -0.01, least = is_dark ? MIN_CONTRAST_ON_DARK : MIN_CONTRAST;
  while (lloyd_colour_contrast (colour, background) < least && lab.l > 0.05 && lab.l < 0.97)
    {
      lab.l += step;
      colour = from_lab (lab);
    }
  return colour;
}

/* ---- the rest ------------------------------------------------------------------------------ */

typedef struct
{
  LloydColour colour;
  /* As each vision sees it; of the usual palette only the first counts. */
  Lab labs[LLOYD_N_VISIONS];
  /* Square of the distance from grey and the colours taken, for the vision that sees least. */
  double distance;
} Candidate;

/* What may be a candidate. Whoever tells few hues apart needs lightness for it, so that more of it
 * is let pass. */
typedef struct
{
  guint n_visions;
  double min_chroma;
  double max_chroma;
  double min_lightness;
} Wishes;

static const Wishes usual_wishes = { 1, MIN_CHROMA, MAX_CHROMA, MIN_LIGHTNESS };
static const Wishes deficiency_wishes = { LLOYD_N_VISIONS, 0.05, 0.30, 0.30 };

static void
see (const double linear[3], guint n_visions, Lab labs[LLOYD_N_VISIONS])
{
  for (guint v = 0; v < n_visions; v++)
    {
      double out[3];
      simulate_linear (linear, (LloydVision) v, out);
      labs[v] = linear_to_lab (out[0], out[1], out[2]);
    }
}

/* The colour at a place of the grid of candidates. */
static LloydColour
candidate_at (int i)
{
  const int n = CANDIDATE_STEPS;
  return (LloydColour){ (float) (i % n) / (n - 1), (float) (i / n % n) / (n - 1),
                        (float) (i / n / n) / (n - 1) };
}

/* Lets a colour be taken: the candidates keep away from it. */
static void
keep_away (GArray *candidates, guint n_visions, const Lab taken[LLOYD_N_VISIONS])
{
  Candidate *all = (Candidate *) (gpointer) candidates->data;
  for (guint i = 0; i < candidates->len; i++)
    for (guint v = 0; v < n_visions; v++)
      all[i].distance = MIN (all[i].distance, lab_distance_squared (all[i].labs[v], taken[v]));
}

static void
keep_away_from (GArray *candidates, guint n_visions, LloydColour taken)
{
  const double linear[3] = { to_linear (taken.r), to_linear (taken.g), to_linear (taken.b) };
  Lab labs[LLOYD_N_VISIONS];
  see (linear, n_visions, labs);
  keep_away (candidates, n_visions, labs);
}

/* Legible colours on a grid, away from grey and the colours taken. */
static GArray *
list_candidates (const Wishes *wishes,
                 LloydColour background,
                 const LloydColour *taken,
                 guint n_taken)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  double steps[CANDIDATE_STEPS], own = luminance (background) + 0.05;

  for (int i = 0; i < CANDIDATE_STEPS; i++)
    steps[i] = to_linear ((float) i / (CANDIDATE_STEPS - 1));
  for (int i = 0; i < CANDIDATE_STEPS * CANDIDATE_STEPS * CANDIDATE_STEPS; i++)
    {
      const double linear[3] = { steps[i % CANDIDATE_STEPS],
                                 steps[i / CANDIDATE_STEPS % CANDIDATE_STEPS],
                                 steps[i / CANDIDATE_STEPS / CANDIDATE_STEPS] };
      double light = linear_luminance (linear[0], linear[1], linear[2]) + 0.05;
      if (MAX (light, own) / MIN (light, own) < MIN_CONTRAST)
        continue;
      Candidate c = { .colour = candidate_at (i), .distance = INFINITY };
      see (linear, wishes->n_visions, c.labs);
      double chroma = hypot (c.labs[0].a, c.labs[0].b);
      if (chroma >= wishes->min_chroma && chroma <= wishes->max_chroma &&
          c.labs[0].l >= wishes->min_lightness)
        g_array_append_val (candidates, c);
    }
  keep_away_from (candidates, wishes->n_visions, lloyd_palette_unassigned (background));
  for (guint j = 0; j < n_taken; j++)
    keep_away_from (candidates, wishes->n_visions, taken[j]);
  return candidates;
}

/* Takes, again and again, the candidate farthest from all taken before: a palette that only grows.
 */
static void
fill_far_apart (
    const Wishes *wishes, LloydColour background, LloydColour *colours, guint n_taken, guint k)
{
  g_autoptr (GArray) candidates = list_candidates (wishes, background, colours, n_taken);
  const Candidate *all = (const Candidate *) (gconstpointer) candidates->data;

  for (guint n = n_taken; n < k; n++)
    {
      guint best = 0;
      for (guint i = 1; i < candidates->len; i++)
        if (all[i].distance > all[best].distance)
          best = i;
      colours[n] = all[best].colour;
      keep_away (candidates, wishes->n_visions, all[best].labs);
    }
}

/* ---- public -------------------------------------------------------------------------------- */

/* How many colours a palette has before they repeat. */
static guint
count_colours (LloydPaletteKind kind)
{
  switch (kind)
    {
    case LLOYD_PALETTE_TAB10:
      return G_N_ELEMENTS (tab10);
    case LLOYD_PALETTE_DEFICIENCY:
      return LLOYD_PALETTE_DEFICIENCY_MAX;
    default:
      return LLOYD_PALETTE_MAX;
    }
}

void
lloyd_palette_fill (LloydPaletteKind kind, LloydColour background, LloydColour *colours, guint k)
{
  guint n = MIN (k, count_colours (kind));

  if (kind == LLOYD_PALETTE_DEFICIENCY)
    {
      if (n > 0)
        colours[0] = make_legible (hues[0], background);
      fill_far_apart (&deficiency_wishes, background, colours, MIN (n, 1), n);
    }
  else
    for (guint j = 0; j < MIN (n, kind == LLOYD_PALETTE_TAB10 ? n : G_N_ELEMENTS (hues)); j++)
      colours[j] = kind == LLOYD_PALETTE_TAB10 ? tab10[j] : make_legible (hues[j], background);
  if (kind == LLOYD_PALETTE_USUAL && n > G_N_ELEMENTS (hues))
    fill_far_apart (&usual_wishes, background, colours, G_N_ELEMENTS (hues), n);
  for (guint j = n; j < k; j++)
    colours[j] = colours[j % n];
}

void
lloyd_palette_fill_slots (LloydPaletteKind kind,
                          LloydColour background,
                          const guint *slots,
                          LloydColour *colours,
                          guint k)
{
  guint n = 0;
  for (guint j = 0; j < k; j++)
    n = MAX (n, slots[j] + 1);
  g_autofree LloydColour *all = g_new (LloydColour, n);
  lloyd_palette_fill (kind, background, all, n);
  for (guint j = 0; j < k; j++)
    colours[j] = all[slots[j]];
}

LloydColour
lloyd_palette_unassigned (LloydColour background)
{
  if (lloyd_colour_is_dark (background))
    return (LloydColour){ 0.50f, 0.50f, 0.52f };
  return (LloydColour){ 0.60f, 0.60f, 0.62f };
}

LloydColour
lloyd_palette_dimmed (LloydColour background)
{
  const float share = 0.32f;
  LloydColour grey = lloyd_palette_unassigned (background);
  return (LloydColour){ background.r + share * (grey.r - background.r),
                        background.g + share * (grey.g - background.g),
                        background.b + share * (grey.b - background.b) };
}
