/* Small pictures of a session: points alone, by Cairo. Any thread but for the camera's. */
#pragma once

#include <cairo.h>

#include "compute/session/snapshot.h"
#include "ui/colour/palette.h"
#include "ui/view/camera.h"

/* A picture needs no more points than this. */
#define LLOYD_THUMBNAIL_POINTS 2500

/* Paints a snapshot as the camera sees it, without its background. */
void lloyd_paint_thumbnail (cairo_t *cr,
                            int width,
                            int height,
                            const LloydSnapshot *snapshot,
                            LloydCamera *camera,
                            LloydPaletteKind palette,
                            LloydColour background);
