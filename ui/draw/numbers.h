/* Numbers of clusters on their centroids, as text: the same on the screen and in files. */
#pragma once

#include <pango/pangocairo.h>

#include "ui/draw/frame.h"

/* Writes 0, 1, ... (as labels are saved) on the centroids among the marks of a frame, in their
 * order; numbers lie inside a mark that has room for them, beside it otherwise. Marks are in pixels
 * of the frame, of which `factor` make a unit of the context. Any thread. */
void lloyd_paint_numbers (cairo_t *cr,
                          const LloydFrame *frame,
                          double factor,
                          const PangoFontDescription *font);
