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
} LloydDots;

/* Fills width x height pixels, row by row from the top, each 0xffRRGGBB as Cairo has it. Any
 * thread. */
void lloyd_paint_frame (const LloydFrame *frame, const LloydDots *dots, guint32 *pixels);

/* Only marks and lines, over what is there. Any thread. */
void lloyd_paint_marks (const LloydFrame *frame, guint32 *pixels);

/* A colour as a pixel. */
guint32 lloyd_pack_colour (LloydColour colour);
