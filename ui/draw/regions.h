/* Decision regions: to whom each place of a picture would belong.
 *
 * Of a projection that loses nothing, what a place costs each cluster is a plane over the picture,
 * but for a term that all have in common: Euclidean, |c|^2 - 2 c x; angular, -c x. So the owner of
 * a pixel is that of the lowest plane there, and the regions are those of the planes' lower
 * envelope: Voronoi cells, or sectors from the data's own zero. Any thread. */
#pragma once

#include "compute/session/snapshot.h"
#include "ui/draw/frame.h"

/* A fragment shader looks at all of them for each pixel. */
#define LLOYD_MAX_REGIONS 1024

/* Fills 3 k numbers: what a pixel whose middle lies (x, y) from that of the picture costs cluster j
 * is planes[3 j] x + planes[3 j + 1] y + planes[3 j + 2], in units of its own. `sites`: as those of
 * the snapshot, of which nothing else but the metric and the scene counts; `matrix` as the camera
 * gives it. FALSE where the picture is too flat to tell. */
gboolean lloyd_regions_make_planes (const LloydSnapshot *snapshot,
                                    const float *sites,
                                    const float matrix[16],
                                    int width,
                                    int height,
                                    double *planes);

/* Fills width x height pixels with the regions and their borders. */
void lloyd_regions_paint (const LloydFrame *frame, guint32 *pixels);

/* The owner of each of the `width` pixels of row `row`, from the top. For tests and words. */
void lloyd_regions_find_owners (const LloydFrame *frame, int row, guint16 *owners);
