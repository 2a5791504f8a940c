/* Splats: pictures of many points, a pixel each; see compute/exact/splat.h for what they are. */
#pragma once

#include <gio/gio.h>

#include "compute/exact/splat.h"

/* Pixels of a picture, at most. */
#define LLOYD_SPLAT_MAX_SIDE 16384u

/* Where rows are seen: in pixels from the top left, across_start + sum of across[t] x[columns[t]],
 * and down likewise. */
typedef struct
{
  guint width, height;
  guint n_terms;
  const guint32 *columns;
  const double *across, *down;
  double across_start, down_start;
} LloydSplatMap;

/* A picture, or a part of it, to be drawn. */
typedef struct
{
  LloydSplatMap map;
  /* Only rows whose hash lies between these, both included. */
  guint32 first_hash, last_hash;
  /* In and out: width x height. What was seen before stays. */
  LloydSplatPixel *pixels;
} LloydSplat;

/* How pixels get their colours. */
typedef struct
{
  guint width, height;
  /* Points are squares of so many pixels: few are larger than many. At least 1. */
  guint least_side, largest_side;
  LloydTone tone;
  /* Of 255, how strong the colour of a single point is where others are crowded. */
  guint weakest;
  /* Each 0xffRRGGBB: of each label, and last that of nobody. */
  const guint32 *colours;
  guint n_colours;
  guint32 background;
} LloydSplatShade;

/* Pixels with nothing to be seen. */
static inline void
lloyd_splat_clear (LloydSplatPixel *pixels, size_t n)
{
  for (size_t i = 0; i < n; i++)
    pixels[i] = LLOYD_SPLAT_EMPTY;
}
