/* How points become pixels: exact, so that every backend draws the same picture.
 *
 * A row is seen at one pixel. Of the rows seen at a pixel, that of lowest hash lends its label, so
 * the colour is that of one real point; how many they are decides how strong the colour is. Neither
 * depends on an order. A part of the rows by hash (all those below some hash) shows, where it shows
 * anything, the colours of the whole. */
#pragma once

#include "compute/exact/canonical.h"

/* Label of a row that belongs to nobody. */
#define LLOYD_SPLAT_NOBODY 0xFFFFFFFFu

/* A pixel: the least key of the rows seen there, and how many they are. */
typedef struct
{
  uint64_t key;
  uint64_t count;
} LloydSplatPixel;

/* A pixel at which nothing is seen. */
#define LLOYD_SPLAT_EMPTY ((LloydSplatPixel){ UINT64_MAX, 0 })

/* The hash of a row by its number in the input: a permutation of 32-bit words, the finaliser of
 * MurmurHash3 (Appleby, 2011). */
LLOYD_EXACT uint32_t
lloyd_splat_hash (uint64_t row)
{
  uint32_t x = (uint32_t) row ^ ((uint32_t) (row >> 32) * 0x9E3779B9u);
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  return x ^ (x >> 16);
}

/* Orders rows by hash and carries the label; one without a label comes as -1. */
LLOYD_EXACT uint64_t
lloyd_splat_key (uint32_t hash, int32_t label)
{
  return (uint64_t) hash << 32 | (uint32_t) label;
}

/* Where a row is seen in one direction, in pixels: start + sum of weights[t] x[columns[t]], in
 * order, each product and sum rounded to double. */
LLOYD_EXACT double
lloyd_splat_place (
    const float *x, const uint32_t *columns, const double *weights, size_t n, double start)
{
  double place = start;
  for (size_t t = 0; t < n; t++)
    place = place + weights[t] * (double) x[columns[t]];
  return place;
}

/* The pixel at a place, row by row from the top left, or `outside`. */
LLOYD_EXACT uint32_t
lloyd_splat_at (double across, double down, uint32_t width, uint32_t height, uint32_t outside)
{
  if (!(across >= 0.0 && across < (double) width && down >= 0.0 && down < (double) height))
    return outside;
  return (uint32_t) (int32_t) down * width + (uint32_t) (int32_t) across;
}

/* Adds what is seen at one pixel to another. */
LLOYD_EXACT void
lloyd_splat_add (LloydSplatPixel *to, LloydSplatPixel from)
{
  to->key = from.key < to->key ? from.key : to->key;
  to->count += from.count;
}

/* ---- from counts to colours ---------------------------------------------------------------- */

/* How strong a colour is for a count. */
typedef enum
{
  LLOYD_TONE_LOG,
  LLOYD_TONE_LINEAR,
  /* Each strength for as many pixels as any other. */
  LLOYD_TONE_EQUALISED,
} LloydTone;

/* Counts fall into this many levels, 16 to a doubling; the last holds all from 2^39 on. */
#define LLOYD_SPLAT_LEVELS 640
/* A picture whose counts span so many levels (2^6) uses all strengths, one that spans less uses
 * fewer: a few more points at a pixel are no contrast. */
#define LLOYD_SPLAT_SPAN 96
/* Of 1024 pixels with points so many may be stronger than the strongest colour: a few crowded ones
 * do not darken all others. */
#define LLOYD_SPLAT_CROWDED 4
#define LLOYD_SPLAT_STRONGEST 255

/* Level of a count of at least 1: 16 times its logarithm of base 2, in straight pieces. */
LLOYD_EXACT uint32_t
lloyd_splat_level (uint64_t count)
{
#ifdef __CUDA_ARCH__
  uint32_t doublings = 63 - (uint32_t) __clzll ((long long) count);
#else
  uint32_t doublings = 63 - (uint32_t) __builtin_clzll (count);
#endif
  if (doublings > 39)
    return LLOYD_SPLAT_LEVELS - 1;
  return 16 * doublings + (uint32_t) (((count << 4) >> doublings) & 15);
}

/* The least count of a level. */
LLOYD_EXACT uint64_t
lloyd_splat_least_count (uint32_t level)
{
  uint64_t count = ((uint64_t) (16 + level % 16) << (level / 16));
  return (count + 15) >> 4;
}

/* The strength, up to LLOYD_SPLAT_STRONGEST, of each level, from the number of pixels at each and
 * the strength of the weakest colour. */
LLOYD_EXACT void
lloyd_splat_make_tones (LloydTone tone, const uint64_t *pixels, uint32_t weakest, uint8_t *strength)
{
  uint64_t all = 0, below = 0, within = 0;
  uint32_t top = 0, span;
  for (uint32_t i = 0; i < LLOYD_SPLAT_LEVELS; i++)
    all += pixels[i];
  for (uint32_t i = 0; i < LLOYD_SPLAT_LEVELS; i++)
    {
      within += pixels[i];
      top = i;
      if (within * 1024 >= all * (1024 - LLOYD_SPLAT_CROWDED))
        break;
    }
  span = top < LLOYD_SPLAT_SPAN ? top : LLOYD_SPLAT_SPAN;
  const uint64_t range = (uint64_t) (LLOYD_SPLAT_STRONGEST - weakest) * span / LLOYD_SPLAT_SPAN;
  const uint64_t lowest = LLOYD_SPLAT_STRONGEST - range;
  const uint64_t most = lloyd_splat_least_count (top);

  for (uint32_t i = 0; i < LLOYD_SPLAT_LEVELS; i++)
    {
      uint64_t share = range;
      if (i < top && tone == LLOYD_TONE_LOG)
        share = range * i / top;
      else if (i < top && tone == LLOYD_TONE_LINEAR)
        share = range * lloyd_splat_least_count (i) / most;
      else if (i < top)
        share = range * below / within;
      below += pixels[i];
      strength[i] = (uint8_t) (lowest + share);
    }
}

/* How many pixels a point is wide: the more, up to `largest`, the fewer points are seen, so that
 * points cover about half of the picture. */
LLOYD_EXACT uint32_t
lloyd_splat_side (uint64_t n_seen, uint64_t n_pixels, uint32_t least, uint32_t largest)
{
  uint32_t side = least;
  while (side < largest && 2 * n_seen * (side + 1) * (side + 1) <= n_pixels)
    side++;
  return side;
}

/* What is seen in a square of `side` pixels around a pixel, from 4 on without its corners: a point
 * that is larger than one. */
LLOYD_EXACT LloydSplatPixel
lloyd_splat_around (const LloydSplatPixel *pixels,
                    uint32_t width,
                    uint32_t height,
                    uint32_t x,
                    uint32_t y,
                    uint32_t side)
{
  LloydSplatPixel seen = { UINT64_MAX, 0 };
  /* Left and top may be below 0 and wrap; then no column or row equals them. */
  uint32_t left = x - side / 2, right = x + (side - 1) / 2;
  uint32_t top = y - side / 2, bottom = y + (side - 1) / 2;
  uint32_t first_x = left <= x ? left : 0, last_x = right < width ? right : width - 1;
  uint32_t first_y = top <= y ? top : 0, last_y = bottom < height ? bottom : height - 1;
  for (uint32_t row = first_y; row <= last_y; row++)
    for (uint32_t column = first_x; column <= last_x; column++)
      if (side < 4 || (row != top && row != bottom) || (column != left && column != right))
        lloyd_splat_add (&seen, pixels[(size_t) row * width + column]);
  return seen;
}

/* `strength` of 255 parts of a colour over another, each 0xffRRGGBB; two channels at a time. */
LLOYD_EXACT uint32_t
lloyd_splat_blend (uint32_t under, uint32_t over, uint32_t strength)
{
  const uint32_t channels = 0x00ff00ffu, half = 0x00800080u;
  uint32_t rest = LLOYD_SPLAT_STRONGEST - strength;
  uint32_t odd = ((over >> 8) & channels) * strength + ((under >> 8) & channels) * rest + half;
  uint32_t even = (over & channels) * strength + (under & channels) * rest + half;
  /* Over 255, rounded: x / 255 = x / 256 + x / 256^2 + ... */
  odd += (odd >> 8) & channels;
  even += (even >> 8) & channels;
  return (odd & 0xff00ff00u) | ((even >> 8) & channels);
}

/* The colour of what is seen: that of its label, by n colours of which the last is nobody's. */
LLOYD_EXACT uint32_t
lloyd_splat_colour (LloydSplatPixel seen,
                    const uint32_t *colours,
                    uint32_t n_colours,
                    uint32_t background,
                    const uint8_t *strength)
{
  if (seen.count == 0)
    return background;
  uint32_t label = (uint32_t) seen.key;
  return lloyd_splat_blend (background, colours[label < n_colours ? label : n_colours - 1],
                            strength[lloyd_splat_level (seen.count)]);
}
