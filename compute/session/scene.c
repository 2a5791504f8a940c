#include "compute/session/scene.h"

#include <math.h>
#include <stdlib.h>

#include "compute/exact/permutation.h"
#include "compute/memory.h"

/* Rows looked at for the box, and the share of them on either side that may lie outside it. */
#define BOX_ROWS ((size_t) 20000)
#define BOX_TAIL 0.002
/* Points this much farther out than the rest stretch the box no more. */
#define BOX_STRETCH 1.6f

typedef struct
{
  LloydScene scene;
  gatomicrefcount refs;
} Owner;

static inline Owner *
owner_of (LloydScene *self)
{
  return (Owner *) (gpointer) ((char *) self - offsetof (Owner, scene));
}

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;
  return (x > y) - (x < y);
}

/* The whole range, unless a few outliers make it much wider than that of the rest. */
static void
find_box (LloydScene *self)
{
  size_t step = MAX (self->n_shown / BOX_ROWS, 1), n = (self->n_shown + step - 1) / step;
  g_autofree float *values = g_new (float, n);

  for (int a = 0; a < 3; a++)
    {
      for (size_t i = 0; i < n; i++)
        values[i] = self->xyz[3 * i * step + (size_t) a];
      qsort (values, n, sizeof *values, compare_floats);
      size_t tail = (size_t) (BOX_TAIL * (double) n);
      float low = values[tail], high = values[n - 1 - tail], width = high - low;
      gboolean is_stretched = values[n - 1] - values[0] > BOX_STRETCH * width && width > 0.0f;
      self->low[a] = is_stretched ? low : values[0];
      self->high[a] = is_stretched ? high : values[n - 1];
    }
}

static void
fill_rows (LloydScene *self)
{
  const LloydPoints *points = self->points;
  LloydPermutation order = lloyd_permutation (points->n, 0, 0, LLOYD_PURPOSE_DRAWING);

  for (size_t i = 0; i < self->n_shown; i++)
    {
      size_t row = lloyd_permutation_at (&order, i);
      const float *absolute = lloyd_points_absolute (points, row);
      double square = 0.0;
      for (guint j = 0; j < points->d; j++)
        square += (double) absolute[j] * (double) absolute[j];
      self->rows[i] = row;
      self->lengths[i] = (float) sqrt (square);
      lloyd_projection_apply_row (self->projection, lloyd_points_values (points, row),
                                  self->xyz + 3 * i);
    }
}

static void
find_zero (LloydScene *self)
{
  const LloydPoints *points = self->points;
  g_autofree double *x = g_new (double, points->d);
  double seen[LLOYD_MAX_AXES];

  for (guint j = 0; j < points->d; j++)
    x[j] = -points->origin[j];
  lloyd_projection_apply (self->projection, x, seen);
  for (int a = 0; a < 3; a++)
    self->zero[a] = (float) seen[a];
}

LloydScene *
lloyd_scene_new (LloydPoints *points, LloydProjection *projection, size_t max_shown, GError **error)
{
  Owner *owner = g_new0 (Owner, 1);
  g_autoptr (LloydScene) self = &owner->scene;

  g_atomic_ref_count_init (&owner->refs);
  self->points = lloyd_points_ref (points);
  self->projection = projection;
  self->n_shown = MIN (points->n, max_shown);
  self->rows = lloyd_allocate_aligned (self->n_shown, sizeof (size_t), "the picture", error);
  if (self->rows != NULL)
    self->lengths = lloyd_allocate_aligned (self->n_shown, sizeof (float), "the picture", error);
  if (self->lengths != NULL)
    self->xyz = lloyd_allocate_aligned (self->n_shown, 3 * sizeof (float), "the picture", error);
  if (self->xyz == NULL)
    return NULL;
  fill_rows (self);
  find_box (self);
  find_zero (self);
  return g_steal_pointer (&self);
}

LloydScene *
lloyd_scene_ref (LloydScene *self)
{
  g_atomic_ref_count_inc (&owner_of (self)->refs);
  return self;
}

void
lloyd_scene_unref (LloydScene *self)
{
  if (!g_atomic_ref_count_dec (&owner_of (self)->refs))
    return;
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_clear_pointer (&self->projection, lloyd_projection_free);
  lloyd_free_aligned (self->rows);
  lloyd_free_aligned (self->lengths);
  lloyd_free_aligned (self->xyz);
  g_free (owner_of (self));
}
