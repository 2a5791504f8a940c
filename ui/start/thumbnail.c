#include "ui/start/thumbnail.h"

#define POINT_RADIUS 1.5
#define FEW_POINT_RADIUS 2.2
#define FEW_POINTS 600

/* One more than the highest number of a cluster's colour. */
static guint
count_colours (const LloydSnapshot *snapshot)
{
  guint n = snapshot->k;
  for (guint j = 0; j < snapshot->k; j++)
    n = MAX (n, snapshot->slots[j] + 1);
  return n;
}

void
lloyd_paint_thumbnail (cairo_t *cr,
                       int width,
                       int height,
                       const LloydSnapshot *snapshot,
                       LloydCamera *camera,
                       LloydPaletteKind palette,
                       LloydColour background)
{
  const LloydScene *scene = snapshot->scene;
  guint n_colours = count_colours (snapshot);
  g_autofree LloydColour *colours = g_new (LloydColour, n_colours);
  size_t n = MIN (scene->n_shown, LLOYD_THUMBNAIL_POINTS);
  double radius = n < FEW_POINTS ? FEW_POINT_RADIUS : POINT_RADIUS;

  lloyd_palette_fill (palette, background, colours, n_colours);
  for (size_t i = 0; i < n; i++)
    {
      guint16 label = snapshot->labels[i];
      LloydColour c = label < snapshot->k ? colours[snapshot->slots[label]]
                                          : lloyd_palette_unassigned (background);
      float x, y;
      lloyd_camera_project (camera, width, height, scene->xyz + 3 * i, &x, &y);
      cairo_set_source_rgb (cr, (double) c.r, (double) c.g, (double) c.b);
      cairo_arc (cr, (double) x, (double) y, radius, 0.0, 2.0 * G_PI);
      cairo_fill (cr);
    }
}
