#include <math.h>

#include "tests/conformance/case.h"
#include "tests/support/guard.h"

/* A view of some columns, or of all: scaled to the data, turned, moved and zoomed, so that some
 * rows lie outside. */
static void
make_map (const Case *self, GRand *rand, LloydSplatMap *map, guint32 *columns, double *weights)
{
  guint d = self->points->d;
  *map = (LloydSplatMap){ .width = (guint) g_rand_int_range (rand, 1, 50),
                          .height = (guint) g_rand_int_range (rand, 1, 50),
                          .n_terms = g_rand_boolean (rand) ? MIN (d, 2) : d,
                          .columns = columns,
                          .across = weights,
                          .down = weights + d };
  map->across_start = g_rand_double_range (rand, 0.0, map->width);
  map->down_start = g_rand_double_range (rand, 0.0, map->height);
  for (guint t = 0; t < map->n_terms; t++)
    {
      columns[t] = (guint32) g_rand_int_range (rand, 0, (gint32) d);
      float value = fabsf (self->oracle->rows[columns[t]]);
      double scale = value > 0.0f ? 20.0 / (double) value : 1.0;
      weights[t] = scale * g_rand_double_range (rand, -1.0, 1.0);
      weights[d + t] = scale * g_rand_double_range (rand, -1.0, 1.0);
    }
}

void
check_splat (const Case *self, GRand *rand)
{
  g_autoptr (GError) error = NULL;
  guint d = self->points->d;
  g_autofree guint32 *columns = g_new (guint32, d);
  g_autofree double *weights = g_new (double, 2 * (size_t) d);
  LloydSplat splat;
  make_map (self, rand, &splat.map, columns, weights);
  size_t n_pixels = (size_t) splat.map.width * splat.map.height, bytes = 16 * n_pixels;
  LloydEngine *engines[3] = { self->oracle, self->engine, self->engine };
  LloydSplatPixel *pixels[3];
  guint32 border = g_rand_int (rand);

  for (int i = 0; i < 3; i++)
    {
      splat.pixels = pixels[i] = guarded_new (bytes);
      lloyd_splat_clear (pixels[i], n_pixels);
      splat.first_hash = 0;
      splat.last_hash = i == 2 ? border : G_MAXUINT32;
      g_assert_true (engines[i]->backend->splat (engines[i], &splat, NULL, &error));
      splat.first_hash = border + 1;
      splat.last_hash = G_MAXUINT32;
      if (i == 2 && border < G_MAXUINT32)
        g_assert_true (engines[i]->backend->splat (engines[i], &splat, NULL, &error));
    }
  g_assert_cmpmem (pixels[1], bytes, pixels[0], bytes);
  g_assert_cmpmem (pixels[2], bytes, pixels[0], bytes);
  for (int i = 0; i < 3; i++)
    guarded_free (pixels[i], bytes);
}
