/* The painter: draws a frame with the processor, pixel for pixel as the shaders do. For computers
 * without a GPU: on a thread, so that the window never waits for a picture. */
#pragma once

#include "ui/draw/frame.h"

typedef struct
{
  /* n x 3 coordinates, and who each point belongs to; a label from k on: to nobody. */
  const float *xyz;
  const guint16 *labels;
  size_t n;
  /* The colour of each cluster. */
  const LloydColour *palette;
  guint k;
  /* Whom they belonged to before, where the frame has a wave; else NULL. */
  const guint16 *before;
  /* How much wider than the frame's points each is, within the frame's bounds; NULL: all are the
   * same. */
  const float *sizes;
  /* How much wider each was before, where the frame has a part of that; NULL: all were the same. */
  const float *former_sizes;
} LloydDots;

/* Fills width x height pixels, row by row from the top, each 0xffRRGGBB as Cairo has it. Any
 * thread. */
void lloyd_paint_frame (const LloydFrame *frame, const LloydDots *dots, guint32 *pixels);

/* Only marks and lines, over what is there. Any thread. */
void lloyd_paint_marks (const LloydFrame *frame, guint32 *pixels);

/* Only what lies below the points: the background, or regions. Any thread. */
void lloyd_paint_ground (const LloydFrame *frame, guint32 *pixels);

/* What is told of each pixel that a line covers, by its number in a picture row by row: which share
 * of it. */
typedef void (*LloydCoverFunc) (size_t pixel, float cover, gpointer data);

/* Tells all that of a line. Any thread. */
void
lloyd_cover_line (const LloydLine *line, int width, int height, LloydCoverFunc func, gpointer data);

/* `share` of 255 parts of a colour over another. */
guint32 lloyd_blend_pixel (guint32 under, guint32 over, guint32 share);

/* A colour as a pixel. */
guint32 lloyd_pack_colour (LloydColour colour);
