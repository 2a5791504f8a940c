/* Colours of clusters: well apart, legible on their background, the same for cluster j whatever K
 * is. */
#pragma once

#include <glib.h>

typedef struct
{
  float r, g, b;
} LloydColour;

typedef enum
{
  /* Hues of Okabe and Ito first, then as far apart as can be. */
  LLOYD_PALETTE_USUAL,
  /* Ten colours that repeat, as matplotlib's "tab10" does. */
  LLOYD_PALETTE_TAB10,
  /* As far apart as can be for each of the visions below. */
  LLOYD_PALETTE_DEFICIENCY,
} LloydPaletteKind;

/* Colours beyond this many repeat. */
#define LLOYD_PALETTE_MAX 256
/* Fewer are told apart when some hues look alike. */
#define LLOYD_PALETTE_DEFICIENCY_MAX 32

/* How a person sees: as most do, or without the cones for long, middle or short waves. */
typedef enum
{
  LLOYD_VISION_USUAL,
  LLOYD_VISION_PROTANOPIA,
  LLOYD_VISION_DEUTERANOPIA,
  LLOYD_VISION_TRITANOPIA,
} LloydVision;
#define LLOYD_N_VISIONS 4

/* Fills k colours for a background. Those of the usual palette and of the one for deficiencies
 * reach a contrast of 3:1 with it. */
void
lloyd_palette_fill (LloydPaletteKind kind, LloydColour background, LloydColour *colours, guint k);

/* Fills the k colours of those numbers: clusters keep theirs when others come and go. */
void lloyd_palette_fill_slots (LloydPaletteKind kind,
                               LloydColour background,
                               const guint *slots,
                               LloydColour *colours,
                               guint k);

/* The grey of points that belong to nobody. */
LloydColour lloyd_palette_unassigned (LloydColour background);

/* The pale grey of clusters that another one stands out from. */
LloydColour lloyd_palette_dimmed (LloydColour background);

/* Contrast ratio of two colours, 1 to 21 (WCAG 2.1). */
double lloyd_colour_contrast (LloydColour a, LloydColour b);

/* Whether a background is dark. */
gboolean lloyd_colour_is_dark (LloydColour background);

/* Perceptual distance: Euclidean in OKLab (Ottosson, 2020), times 100. */
double lloyd_colour_distance (LloydColour a, LloydColour b);

/* The colour that looks to most people as `colour` does to one with that vision (Machado, Oliveira
 * and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009,
 * severity 1). */
LloydColour lloyd_colour_simulate (LloydColour colour, LloydVision vision);
