#include "compute/session/stroke.h"

#include <math.h>
#include <string.h>

#include "compute/exact/elementary.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"
#include "compute/words.h"

#define CHUNK_ROWS ((size_t) 65536)
/* Stripes of a lasso, each with the edges that cross it. */
#define N_STRIPES 512
/* More dimensions than these leave open where a painted point is. */
#define MAX_PAINTED_DIMENSIONS 3

LloydStroke *
lloyd_stroke_copy (const LloydStroke *self)
{
  LloydStroke *copy = g_memdup2 (self, sizeof *self);
  copy->places = g_memdup2 (self->places, 2 * sizeof (double) * self->n);
  return copy;
}

void
lloyd_stroke_free (LloydStroke *self)
{
  g_free (self->places);
  g_free (self);
}

/* The column that an axis is; d: none. */
static guint
column_of (const LloydProjection *projection, guint axis)
{
  guint j = 0;
  while (j < projection->d && projection->weights[(size_t) axis * projection->d + j] == 0.0)
    j++;
  return j;
}

gboolean
lloyd_stroke_set_columns (LloydStroke *self,
                          const LloydPoints *points,
                          const LloydProjection *projection)
{
  double *const ways[] = { self->across, self->down };
  if (!projection->is_columns)
    return FALSE;
  memset (self->seen, 0, sizeof self->seen);
  memset (self->base, 0, sizeof self->base);
  memset (self->across, 0, sizeof self->across);
  memset (self->down, 0, sizeof self->down);
  for (guint a = 0; a < 2; a++)
    {
      guint j = column_of (projection, a);
      double factor = j < points->d && points->factor[j] > 0.0 ? points->factor[j] : 1.0;
      double offset = j < points->d ? points->offset[j] : 0.0;
      self->seen[a][a] = factor;
      self->seen[a][3] = offset;
      ways[a][a] = 1.0 / factor;
      self->base[a] = -offset / factor;
    }
  return TRUE;
}

const char *
lloyd_stroke_why_not (LloydStrokeKind kind,
                      const LloydDataset *dataset,
                      const LloydProjection *projection)
{
  const LloydPoints *points = dataset->points;
  for (guint j = 0; j < points->d; j++)
    {
      const LloydColumn *column = lloyd_table_find (dataset->table, points->names[j]);
      if (column == NULL || column->is_derived)
        return _ ("the points are computed from places, which a hand does not change");
    }
  if (kind == LLOYD_STROKE_ERASE)
    return NULL;
  if (!projection->is_columns)
    return _ ("points are painted on columns as they are, not on directions between them");
  if (points->d > MAX_PAINTED_DIMENSIONS)
    return _ ("of points with more than three columns a picture does not say where they are");
  if (points->scale == LLOYD_SCALE_UNIT_ROWS)
    return _ ("rows of length 1 have nothing inside to paint on");
  return NULL;
}

/* ---- a lasso ------------------------------------------------------------------------------- */

typedef struct
{
  double low[2], high[2];
  /* The edges of each stripe of the picture's height, one stripe after the other. */
  guint starts[N_STRIPES + 1];
  guint *edges;
} Lasso;

static guint
find_stripe (const Lasso *self, double y)
{
  double height = self->high[1] - self->low[1];
  double at = height > 0.0 ? (y - self->low[1]) / height * N_STRIPES : 0.0;
  return (guint) CLAMP (at, 0.0, N_STRIPES - 1.0);
}

/* The stripes that edge `i` crosses. */
static void
find_stripes (const Lasso *self, const LloydStroke *stroke, guint i, guint *from, guint *to)
{
  double y0 = stroke->places[2 * i + 1], y1 = stroke->places[2 * ((i + 1) % stroke->n) + 1];
  *from = find_stripe (self, MIN (y0, y1));
  *to = find_stripe (self, MAX (y0, y1));
}

static void
lasso_init (Lasso *self, const LloydStroke *stroke)
{
  guint filled[N_STRIPES] = { 0 }, from, to;
  memset (self->starts, 0, sizeof self->starts);
  for (guint i = 0; i < stroke->n; i++)
    {
      find_stripes (self, stroke, i, &from, &to);
      for (guint s = from; s <= to; s++)
        self->starts[s + 1]++;
    }
  for (guint s = 0; s < N_STRIPES; s++)
    self->starts[s + 1] += self->starts[s];
  self->edges = g_new (guint, self->starts[N_STRIPES] + 1);
  for (guint i = 0; i < stroke->n; i++)
    {
      find_stripes (self, stroke, i, &from, &to);
      for (guint s = from; s <= to; s++)
        self->edges[self->starts[s] + filled[s]++] = i;
    }
}

/* Inside is where a line to the left meets an odd number of edges. */
static gboolean
is_in_lasso (const Lasso *self, const LloydStroke *stroke, double x, double y)
{
  gboolean is_in = FALSE;
  guint stripe = find_stripe (self, y);
  for (guint e = self->starts[stripe]; e < self->starts[stripe + 1]; e++)
    {
      const double *a = stroke->places + 2 * self->edges[e];
      const double *b = stroke->places + 2 * ((self->edges[e] + 1) % stroke->n);
      if ((a[1] > y) != (b[1] > y) && x > a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
        is_in = !is_in;
    }
  return is_in;
}

/* ---- what is covered ----------------------------------------------------------------------- */

static gboolean
is_under_brush (const LloydStroke *self, double x, double y)
{
  for (guint i = 0; i < self->n; i++)
    {
      double dx = (x - self->places[2 * i]) / self->radius_x;
      double dy = (y - self->places[2 * i + 1]) / self->radius_y;
      if (dx * dx + dy * dy <= 1.0)
        return TRUE;
    }
  return FALSE;
}

static void
find_box (const LloydStroke *self, Lasso *box)
{
  const double reach[2] = { self->is_lasso ? 0.0 : self->radius_x,
                            self->is_lasso ? 0.0 : self->radius_y };
  for (guint a = 0; a < 2; a++)
    {
      box->low[a] = INFINITY;
      box->high[a] = -INFINITY;
      for (guint i = 0; i < self->n; i++)
        {
          box->low[a] = MIN (box->low[a], self->places[2 * i + a] - reach[a]);
          box->high[a] = MAX (box->high[a], self->places[2 * i + a] + reach[a]);
        }
    }
}

static gboolean
is_covered (const LloydStroke *self, const Lasso *box, const float xyz[3])
{
  double p[2];
  for (guint a = 0; a < 2; a++)
    {
      p[a] = self->seen[a][3];
      for (guint j = 0; j < 3; j++)
        p[a] += self->seen[a][j] * (double) xyz[j];
      if (!(p[a] >= box->low[a] && p[a] <= box->high[a]))
        return FALSE;
    }
  return self->is_lasso ? is_in_lasso (box, self, p[0], p[1]) : is_under_brush (self, p[0], p[1]);
}

guint8 *
lloyd_stroke_cover (const LloydStroke *self,
                    const LloydPoints *points,
                    const LloydProjection *projection,
                    size_t *n_covered,
                    GCancellable *cancellable,
                    GError **error)
{
  Lasso box = { .edges = NULL };
  guint8 *covered = lloyd_allocate_aligned (points->n, 1, "the points that are meant", error);
  if (covered == NULL)
    return NULL;
  find_box (self, &box);
  if (self->is_lasso)
    lasso_init (&box, self);
  *n_covered = 0;
  for (size_t place = 0; place < points->n; place++)
    {
      float xyz[LLOYD_MAX_AXES];
      if (place % CHUNK_ROWS == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        {
          g_free (box.edges);
          lloyd_free_aligned (covered);
          return NULL;
        }
      lloyd_projection_apply_row (projection, points->values + place * points->d, xyz);
      gboolean is_meant = is_covered (self, &box, xyz);
      covered[lloyd_points_row (points, place)] = is_meant;
      *n_covered += is_meant;
    }
  g_free (box.edges);
  return covered;
}

/* ---- painting ------------------------------------------------------------------------------ */

double *
lloyd_stroke_scatter (const LloydStroke *self, guint64 seed, guint64 first)
{
  size_t n = (size_t) self->n * self->n_points;
  double *places = g_new (double, 2 * n);
  for (size_t i = 0; i < n; i++)
    {
      const double *at = self->places + 2 * (i / self->n_points);
      LloydPhilox random = lloyd_philox (seed, first + i, 0, LLOYD_PURPOSE_PAINT);
      double length = sqrt (lloyd_philox_uniform (random, 0)), sine, cosine;
      lloyd_sincos_turns (lloyd_philox_uniform (random, 1), &sine, &cosine);
      places[2 * i] = at[0] + self->radius_x * length * cosine;
      places[2 * i + 1] = at[1] + self->radius_y * length * sine;
    }
  return places;
}
