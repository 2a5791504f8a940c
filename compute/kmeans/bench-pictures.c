#include "compute/kmeans/bench-pictures.h"

#include <math.h>

#include "compute/memory.h"

#define WIDTH 1920
#define HEIGHT 1080
/* As the app has it. */
#define WEAKEST 96
#define LARGEST_SIDE 4

/* The weight and the start that bring a column to 0 .. n pixels. */
static void
fit_column (const LloydEngine *engine, guint column, guint n, double *weight, double *start)
{
  guint d = engine->points->d;
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < engine->points->n; i++)
    {
      double v = (double) engine->rows[i * d + column];
      low = MIN (low, v);
      high = MAX (high, v);
    }
  *weight = high > low ? (double) n / (high - low) : 0.0;
  *start = -low * *weight;
}

LloydPictures *
lloyd_pictures_new (LloydEngine *engine, guint k, guint n_threads, GError **error)
{
  g_autoptr (LloydPictures) self = g_new0 (LloydPictures, 1);
  self->engine = engine;
  self->pixels =
      lloyd_allocate_aligned ((size_t) WIDTH * HEIGHT, sizeof *self->pixels, "the picture", error);
  if (self->pixels != NULL)
    self->out =
        lloyd_allocate_aligned ((size_t) WIDTH * HEIGHT, sizeof *self->out, "the picture", error);
  if (self->out == NULL)
    return NULL;
  self->splatter = lloyd_splatter_new (n_threads, 0);
  self->colours = g_new (guint32, (size_t) k + 1);
  for (guint j = 0; j <= k; j++)
    self->colours[j] = 0xff000000u | lloyd_splat_hash (j);
  self->n_colours = k + 1;
  self->columns[1] = MIN (engine->points->d - 1, 1);
  self->map = (LloydSplatMap){ .width = WIDTH,
                               .height = HEIGHT,
                               .n_terms = 2,
                               .columns = self->columns,
                               .across = self->across,
                               .down = self->down };
  fit_column (engine, self->columns[0], WIDTH, &self->across[0], &self->map.across_start);
  fit_column (engine, self->columns[1], HEIGHT, &self->down[1], &self->map.down_start);
  return g_steal_pointer (&self);
}

void
lloyd_pictures_free (LloydPictures *self)
{
  g_clear_pointer (&self->splatter, lloyd_splatter_free);
  lloyd_free_aligned (self->pixels);
  lloyd_free_aligned (self->out);
  g_free (self->colours);
  g_free (self);
}

gboolean
lloyd_pictures_draw (LloydPictures *self, GCancellable *cancellable, GError **error)
{
  LloydSplat splat = { .map = self->map, .last_hash = G_MAXUINT32, .pixels = self->pixels };
  LloydSplatShade shade = { .width = WIDTH,
                            .height = HEIGHT,
                            .least_side = 1,
                            .largest_side = LARGEST_SIDE,
                            .weakest = WEAKEST,
                            .colours = self->colours,
                            .n_colours = self->n_colours,
                            .background = 0xffffffffu };
  lloyd_splat_clear (self->pixels, (size_t) WIDTH * HEIGHT);
  if (!self->engine->backend->splat (self->engine, &splat, cancellable, error))
    return FALSE;
  lloyd_splatter_shade (self->splatter, &shade, self->pixels, self->out);
  return TRUE;
}
