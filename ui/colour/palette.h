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
} LloydPaletteKind;

/* Colours beyond this many repeat. */
#define LLOYD_PALETTE_MAX 256

/* Fills k colours for a background. Those of the usual palette reach a contrast of 3:1 with it. */
void
lloyd_palette_fill (LloydPaletteKind kind, LloydColour background, LloydColour *colours, guint k);

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
