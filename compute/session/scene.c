#include "compute/session/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/exact/permutation.h"
#include "compute/memory.h"

/* Rows looked at for the box, and the share of them on either side that may lie outside it. */
#define BOX_ROWS ((size_t) 20000)
#define BOX_TAIL 0.002
/* Points this much farther out than the rest stretch the box no more. */
#define BOX_STRETCH 1.6f

/* Threads that find places give way to those of the app. */
#define PLACING_NICE 5

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

static const float *
row_at (const LloydPoints *points, size_t row)
{
  return lloyd_points_values (points, row);
}

static void
fill_row (LloydScene *self, size_t i, size_t row)
{
  const LloydPoints *points = self->points;
  const float *absolute = lloyd_points_absolute (points, row);
  double square = 0.0;
  for (guint j = 0; j < points->d; j++)
    square += (double) absolute[j] * (double) absolute[j];
  self->rows[i] = row;
  self->lengths[i] = (float) sqrt (square);
  lloyd_projection_apply_row (self->projection, row_at (points, row), self->xyz + 3 * i);
}

static void
fill_rows (LloydScene *self)
{
  LloydPermutation order = lloyd_permutation (self->points->n, 0, 0, LLOYD_PURPOSE_DRAWING);
  for (size_t i = 0; i < self->n_shown; i++)
    fill_row (self, i, lloyd_permutation_at (&order, i));
}

/* ---- splats -------------------------------------------------------------------------------- */

/* Hashes below it belong to about `n_wanted` of n rows. */
static guint64
hash_limit (size_t n, size_t n_wanted)
{
  if (n_wanted >= n)
    return (guint64) 1 << 32;
  return (guint64) ((double) n_wanted / (double) n * 0x1p32);
}

static gboolean
is_below (const LloydPoints *points, size_t row, guint64 limit)
{
  return lloyd_splat_hash (lloyd_points_input_row (points, row)) < limit;
}

static void
fill_lowest (LloydScene *self, guint64 limit)
{
  size_t i = 0;
  for (size_t row = 0; row < self->points->n; row++)
    if (is_below (self->points, row, limit))
      {
        self->hashes[i] = lloyd_splat_hash (lloyd_points_input_row (self->points, row));
        fill_row (self, i++, row);
      }
}

typedef struct
{
  LloydScene *scene;
  guint n_threads;
} Places;

static void
fill_part (guint index, gpointer data)
{
  const Places *job = data;
  const LloydScene *self = job->scene;
  guint n_axes = self->projection->n_axes;
  size_t n = self->points->n;

  for (size_t i = n * index / job->n_threads; i < n * (index + 1) / job->n_threads; i++)
    {
      float seen[LLOYD_MAX_AXES];
      lloyd_projection_apply_row (self->projection, self->points->values + i * self->points->d,
                                  seen);
      memcpy (self->places + i * n_axes, seen, sizeof (float) * n_axes);
    }
}

static gboolean
fill_places (LloydScene *self, GError **error)
{
  Places job = { self, lloyd_team_default_size () };
  size_t n_values;
  if (!lloyd_size_multiply (self->points->n, self->projection->n_axes, "the picture", &n_values,
                            error))
    return FALSE;
  self->places = lloyd_allocate_aligned (n_values, sizeof (float), "the picture", error);
  if (self->places == NULL)
    return FALSE;
  LloydTeam *team = lloyd_team_new (job.n_threads, PLACING_NICE);
  lloyd_team_run (team, job.n_threads, fill_part, &job);
  lloyd_team_free (team);
  return TRUE;
}

/* The column that an axis is; FALSE where it repeats one before. */
static gboolean
find_column (const LloydProjection *projection, guint axis, guint32 *column)
{
  for (guint j = 0; j < projection->d; j++)
    if (projection->weights[(size_t) axis * projection->d + j] != 0.0)
      {
        *column = j;
        return TRUE;
      }
  return FALSE;
}

LloydSplatRows
lloyd_scene_get_rows (const LloydScene *self, LloydSceneRows which)
{
  gboolean are_all_shown = self->n_shown == self->points->n;
  if (which == LLOYD_ROWS_SHOWN || (which == LLOYD_ROWS_ALL && are_all_shown))
    return (
        LloydSplatRows){ .x = self->xyz, .stride = 3, .n = self->n_shown, .hashes = self->hashes };
  LloydSplatRows rows = { .x = self->points->values,
                          .stride = self->points->d,
                          .n = self->points->n,
                          .points = self->points };
  if (self->places != NULL)
    {
      rows.x = self->places;
      rows.stride = self->projection->n_axes;
    }
  return rows;
}

void
lloyd_scene_map (const LloydScene *self,
                 LloydSceneRows which,
                 const float matrix[16],
                 guint width,
                 guint height,
                 LloydSceneMap *out)
{
  const LloydProjection *projection = self->projection;
  gboolean is_stored = lloyd_scene_get_rows (self, which).x == self->points->values;
  double half_width = 0.5 * width, half_height = 0.5 * height;

  *out = (LloydSceneMap){ .map = { .width = width,
                                   .height = height,
                                   .across_start = half_width * ((double) matrix[12] + 1.0),
                                   .down_start = half_height * (1.0 - (double) matrix[13]) } };
  for (guint axis = 0; axis < projection->n_axes; axis++)
    {
      double across = half_width * (double) matrix[4 * axis];
      double down = -half_height * (double) matrix[4 * axis + 1];
      guint t = out->map.n_terms;
      out->columns[t] = axis;
      if (is_stored)
        {
          out->map.across_start += across * projection->start[axis];
          out->map.down_start += down * projection->start[axis];
          if (!find_column (projection, axis, &out->columns[t]))
            continue;
        }
      out->across[t] = across;
      out->down[t] = down;
      out->map.n_terms++;
    }
  out->map.columns = out->columns;
  out->map.across = out->across;
  out->map.down = out->down;
}

/* ---- making -------------------------------------------------------------------------------- */

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

/* A scene with room for its rows. Takes the projection. */
static LloydScene *
allocate (LloydPoints *points, LloydProjection *projection, size_t n_shown, GError **error)
{
  static gsize n_scenes;
  Owner *owner = g_new0 (Owner, 1);
  g_autoptr (LloydScene) self = &owner->scene;

  g_atomic_ref_count_init (&owner->refs);
  self->id = 1 + (guint64) g_atomic_pointer_add (&n_scenes, 1);
  self->points = lloyd_points_ref (points);
  self->projection = projection;
  self->n_shown = n_shown;
  self->rows = lloyd_allocate_aligned (self->n_shown, sizeof (size_t), "the picture", error);
  if (self->rows != NULL)
    self->lengths = lloyd_allocate_aligned (self->n_shown, sizeof (float), "the picture", error);
  if (self->lengths != NULL)
    self->xyz = lloyd_allocate_aligned (self->n_shown, 3 * sizeof (float), "the picture", error);
  return self->xyz != NULL ? g_steal_pointer (&self) : NULL;
}

LloydScene *
lloyd_scene_new (LloydPoints *points, LloydProjection *projection, size_t max_shown, GError **error)
{
  LloydScene *self = allocate (points, projection, MIN (points->n, max_shown), error);
  if (self == NULL)
    return NULL;
  fill_rows (self);
  find_box (self);
  find_zero (self);
  return self;
}

LloydScene *
lloyd_scene_new_splat (LloydPoints *points,
                       LloydProjection *projection,
                       size_t max_shown,
                       GError **error)
{
  guint64 limit = hash_limit (points->n, max_shown);
  size_t n_shown = 0;
  for (size_t row = 0; row < points->n; row++)
    n_shown += is_below (points, row, limit);

  g_autoptr (LloydScene) self = allocate (points, projection, n_shown, error);
  if (self == NULL)
    return NULL;
  self->is_splat = TRUE;
  self->hashes = lloyd_allocate_aligned (n_shown, sizeof (guint32), "the picture", error);
  if (self->hashes == NULL)
    return NULL;
  fill_lowest (self, limit);
  if (n_shown < points->n && !projection->is_columns && !fill_places (self, error))
    return NULL;
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
  lloyd_free_aligned (self->hashes);
  lloyd_free_aligned (self->places);
  g_free (owner_of (self));
}
