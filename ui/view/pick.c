#include "ui/view/pick.h"

#include <math.h>

/* Pixels of a cell. */
#define CELL 8

typedef struct
{
  float x, y, depth;
  guint32 index;
} Seen;

struct _LloydPick
{
  int n_across, n_down;
  /* Of each cell where its points begin; one more at the end. Points of a cell are in their order.
   */
  guint32 *begins;
  Seen *seen;
};

/* Where a point is seen; FALSE where it is out of sight. */
static gboolean
see (const float *p, const float *m, int width, int height, Seen *seen)
{
  float x = m[0] * p[0] + m[4] * p[1] + m[8] * p[2] + m[12];
  float y = m[1] * p[0] + m[5] * p[1] + m[9] * p[2] + m[13];
  seen->x = 0.5f * (x + 1.0f) * (float) width;
  seen->y = 0.5f * (1.0f - y) * (float) height;
  seen->depth = m[2] * p[0] + m[6] * p[1] + m[10] * p[2] + m[14];
  return seen->x >= 0.0f && seen->y >= 0.0f && seen->x < (float) width && seen->y < (float) height;
}

static size_t
cell_of (const LloydPick *self, const Seen *seen)
{
  return (size_t) ((int) seen->y / CELL) * (size_t) self->n_across +
         (size_t) ((int) seen->x / CELL);
}

LloydPick *
lloyd_pick_new (const float *xyz, size_t n, const float matrix[16], int width, int height)
{
  LloydPick *self = g_new0 (LloydPick, 1);
  Seen seen;

  self->n_across = MAX (width, 0) / CELL + 1;
  self->n_down = MAX (height, 0) / CELL + 1;
  size_t n_cells = (size_t) self->n_across * (size_t) self->n_down;
  self->begins = g_new0 (guint32, n_cells + 1);
  for (size_t i = 0; i < n; i++)
    if (see (xyz + 3 * i, matrix, width, height, &seen))
      self->begins[cell_of (self, &seen) + 1]++;
  for (size_t cell = 0; cell < n_cells; cell++)
    self->begins[cell + 1] += self->begins[cell];
  self->seen = g_new (Seen, self->begins[n_cells] + 1);
  g_autofree guint32 *next = g_memdup2 (self->begins, sizeof (guint32) * n_cells);
  for (size_t i = 0; i < n; i++)
    if (see (xyz + 3 * i, matrix, width, height, &seen))
      {
        seen.index = (guint32) i;
        self->seen[next[cell_of (self, &seen)]++] = seen;
      }
  return self;
}

void
lloyd_pick_free (LloydPick *self)
{
  g_free (self->begins);
  g_free (self->seen);
  g_free (self);
}

/* Whether `a` lies over `b`. */
static gboolean
is_over (const Seen *a, const Seen *b, gboolean has_depth)
{
  if (has_depth && a->depth != b->depth)
    return a->depth < b->depth;
  return a->index > b->index;
}

/* What is best so far: the top one of those that cover the pointer, else the nearest. */
typedef struct
{
  const Seen *top;
  const Seen *nearest;
  double square;
} Best;

static void
look_at_cell (const LloydPick *self,
              size_t cell,
              double x,
              double y,
              double disc,
              gboolean has_depth,
              Best *best)
{
  for (guint32 i = self->begins[cell]; i < self->begins[cell + 1]; i++)
    {
      const Seen *seen = &self->seen[i];
      double dx = (double) seen->x - x, dy = (double) seen->y - y, square = dx * dx + dy * dy;
      if (square <= disc * disc && (best->top == NULL || is_over (seen, best->top, has_depth)))
        best->top = seen;
      if (square < best->square)
        {
          best->nearest = seen;
          best->square = square;
        }
    }
}

gboolean
lloyd_pick_find (const LloydPick *self,
                 double x,
                 double y,
                 double disc,
                 double reach,
                 gboolean has_depth,
                 size_t *index)
{
  double most = MAX (disc, reach);
  int left = (int) floor ((x - most) / CELL), right = (int) floor ((x + most) / CELL);
  int top = (int) floor ((y - most) / CELL), bottom = (int) floor ((y + most) / CELL);
  Best best = { .square = nextafter (reach * reach, INFINITY) };

  for (int down = MAX (top, 0); down <= MIN (bottom, self->n_down - 1); down++)
    for (int across = MAX (left, 0); across <= MIN (right, self->n_across - 1); across++)
      look_at_cell (self, (size_t) down * (size_t) self->n_across + (size_t) across, x, y, disc,
                    has_depth, &best);
  const Seen *found = best.top != NULL ? best.top : best.nearest;
  if (found != NULL)
    *index = found->index;
  return found != NULL;
}
