#include "compute/data/projection-spread.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/words.h"

/* Numbers of the points that a direction is found from, and that variances are. */
#define SAMPLE_VALUES 1e6
#define VARIANCE_VALUES 2e7
/* Power iteration ends when a step turns the axis by less, or after so many. */
#define LEAST_TURN 1e-11
#define MAX_TURNS 3000
/* Operations between two looks at the cancellable. */
#define POLL_OPERATIONS 2e7
/* A share of all variance below this is none. */
#define LEAST_SHARE 1e-12

/* Rows about their mean, by weight. */
typedef struct
{
  guint d;
  size_t m;
  double *rows;
  double *weights;
  double *mean;
} Cloud;

static void
cloud_clear (Cloud *self)
{
  g_free (self->rows);
  g_free (self->weights);
  g_free (self->mean);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cloud, cloud_clear)

/* Takes the mean off. */
static void
centre (Cloud *self)
{
  double total = 0.0;
  self->mean = g_new0 (double, self->d);
  for (size_t i = 0; i < self->m; i++)
    {
      total += self->weights[i];
      for (guint j = 0; j < self->d; j++)
        self->mean[j] += self->weights[i] * self->rows[i * self->d + j];
    }
  for (guint j = 0; j < self->d; j++)
    self->mean[j] /= total;
  for (size_t i = 0; i < self->m * self->d; i++)
    self->rows[i] -= self->mean[i % self->d];
}

/* Evenly spread rows of the points. */
static Cloud
sample_points (const LloydPoints *points)
{
  double wanted = (double) points->n * points->d / SAMPLE_VALUES;
  size_t step = wanted > 1.0 ? (size_t) ceil (wanted) : 1;
  Cloud self = { .d = points->d, .m = (points->n + step - 1) / step };
  self.rows = g_new (double, self.m *self.d);
  self.weights = g_new (double, self.m);
  for (size_t i = 0; i < self.m; i++)
    {
      const float *x = lloyd_points_values (points, i * step);
      self.weights[i] = 1.0;
      for (guint j = 0; j < self.d; j++)
        self.rows[i * self.d + j] = (double) x[j];
    }
  centre (&self);
  return self;
}

static double
dot (const double *a, const double *b, guint d)
{
  double sum = 0.0;
  for (guint j = 0; j < d; j++)
    sum += a[j] * b[j];
  return sum;
}

/* Takes off what the axes before show, twice, for rounding; and the length. FALSE where nothing is
 * left of it. */
static gboolean
make_unit (const LloydProjection *self, guint n_before, double *axis, double least)
{
  for (int round = 0; round < 2; round++)
    for (guint a = 0; a < n_before; a++)
      {
        const double *before = self->weights + (size_t) a * self->d;
        double product = dot (axis, before, self->d);
        for (guint j = 0; j < self->d; j++)
          axis[j] -= product * before[j];
      }
  double length = sqrt (dot (axis, axis, self->d));
  if (!(length > least))
    return FALSE;
  for (guint j = 0; j < self->d; j++)
    axis[j] /= length;
  return TRUE;
}

/* next = sum of w x (x . axis). */
static void
turn (const Cloud *cloud, const double *axis, double *next)
{
  memset (next, 0, sizeof (double) * cloud->d);
  for (size_t i = 0; i < cloud->m; i++)
    {
      const double *x = cloud->rows + i * cloud->d;
      double factor = cloud->weights[i] * dot (x, axis, cloud->d);
      for (guint j = 0; j < cloud->d; j++)
        next[j] += factor * x[j];
    }
}

/* Begins with the row that reaches farthest across the axes before. FALSE where none reaches out.
 */
static gboolean
begin_axis (const LloydProjection *self, guint n_before, const Cloud *cloud, double *axis)
{
  double farthest = -1.0, all = 0.0;
  g_autofree double *x = g_new (double, cloud->d);
  for (size_t i = 0; i < cloud->m; i++)
    {
      memcpy (x, cloud->rows + i * cloud->d, sizeof (double) * cloud->d);
      double square = dot (x, x, cloud->d);
      all = MAX (all, square);
      for (guint a = 0; a < n_before; a++)
        square -= pow (dot (x, self->weights + (size_t) a * cloud->d, cloud->d), 2.0);
      if (cloud->weights[i] > 0.0 && square > farthest)
        {
          farthest = square;
          memcpy (axis, x, sizeof (double) * cloud->d);
        }
    }
  return farthest > LEAST_SHARE * all && make_unit (self, n_before, axis, 0.0);
}

/* The direction across the axes before in which the cloud spreads most, by power iteration. FALSE
 * where it spreads nowhere else, or with an error if cancelled. */
static gboolean
find_axis (const LloydProjection *self,
           guint n_before,
           const Cloud *cloud,
           double *axis,
           GCancellable *cancellable,
           GError **error)
{
  g_autofree double *next = g_new (double, cloud->d);
  double operations = 0.0, size = (double) cloud->m * cloud->d;

  if (!begin_axis (self, n_before, cloud, axis))
    return FALSE;
  for (guint i = 0; i < MAX_TURNS; i++)
    {
      operations += size;
      if (operations > POLL_OPERATIONS)
        {
          operations = 0.0;
          if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        }
      turn (cloud, axis, next);
      if (!make_unit (self, n_before, next, 0.0))
        return TRUE;
      double turned = 1.0 - fabs (dot (axis, next, cloud->d));
      memcpy (axis, next, sizeof (double) * cloud->d);
      if (turned < LEAST_TURN * LEAST_TURN)
        break;
    }
  return TRUE;
}

static void
make_largest_positive (double *axis, guint d)
{
  double largest = 0.0;
  for (guint j = 0; j < d; j++)
    largest = fabs (axis[j]) > fabs (largest) ? axis[j] : largest;
  for (guint j = 0; j < d && largest < 0.0; j++)
    axis[j] = -axis[j];
}

/* The next axis: of the first cloud that spreads across those before, or, where all of them are
 * flat, any direction that is left. */
static gboolean
add_axis (LloydProjection *self,
          guint a,
          const Cloud *clouds,
          guint n_clouds,
          GCancellable *cancellable,
          GError **error)
{
  double *axis = self->weights + (size_t) a * self->d;
  for (guint i = 0; i < n_clouds; i++)
    {
      if (find_axis (self, a, &clouds[i], axis, cancellable, error))
        {
          make_largest_positive (axis, self->d);
          return TRUE;
        }
      if (g_cancellable_is_cancelled (cancellable))
        return FALSE;
    }
  for (guint j = 0; j < self->d; j++)
    {
      memset (axis, 0, sizeof (double) * self->d);
      axis[j] = 1.0;
      if (make_unit (self, a, axis, 0.5 / self->d))
        return TRUE;
    }
  return FALSE;
}

/* How much of the points' variance the axes show. */
static void
find_share (LloydProjection *self, const LloydPoints *points)
{
  double wanted = (double) points->n * points->d / VARIANCE_VALUES, seen = 0.0, all = 0.0;
  size_t step = wanted > 1.0 ? (size_t) ceil (wanted) : 1, n = 0;
  g_autofree double *means = g_new0 (double, points->d);
  double along[LLOYD_MAX_AXES] = { 0.0 };

  for (size_t i = 0; i < points->n; i += step)
    {
      const float *x = lloyd_points_values (points, i);
      double now[LLOYD_MAX_AXES] = { 0.0 };
      n++;
      for (guint j = 0; j < points->d; j++)
        {
          /* Welford (1962), of every column and, by the sums of both, along the axes. */
          double before = (double) x[j] - means[j];
          means[j] += before / (double) n;
          all += before * ((double) x[j] - means[j]);
          for (guint a = 0; a < self->n_axes; a++)
            now[a] += self->weights[(size_t) a * points->d + j] * (double) x[j];
        }
      for (guint a = 0; a < self->n_axes; a++)
        {
          double before = now[a] - along[a];
          along[a] += before / (double) n;
          seen += before * (now[a] - along[a]);
        }
    }
  self->n_rows_used = n;
  self->variance_share = all > 0.0 ? MIN (seen / all, 1.0) : 1.0;
}

static LloydProjection *
allocate (const LloydPoints *points, guint n_axes, GError **error)
{
  if (points->d < n_axes)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("axes: %u features have no %u directions"), points->d, n_axes);
      return NULL;
    }
  LloydProjection *self = g_new0 (LloydProjection, 1);
  self->d = points->d;
  self->n_axes = n_axes;
  self->weights = g_new0 (double, (size_t) n_axes * points->d);
  return self;
}

/* Where `origin` is seen at 0, and what of the points is. */
static void
finish (LloydProjection *self, const LloydPoints *points, const double *origin)
{
  for (guint a = 0; a < self->n_axes; a++)
    self->start[a] = -dot (self->weights + (size_t) a * self->d, origin, self->d);
  find_share (self, points);
}

LloydProjection *
lloyd_projection_new_spread (const LloydPoints *points,
                             const double *rows,
                             const double *weights,
                             guint m,
                             guint n_axes,
                             GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (LloydProjection) self = allocate (points, n_axes, error);
  if (self == NULL)
    return NULL;
  g_auto (Cloud) own = { .d = points->d, .m = m };
  own.rows = g_memdup2 (rows, sizeof (double) * m * points->d);
  own.weights = g_memdup2 (weights, sizeof (double) * m);
  centre (&own);
  g_auto (Cloud) all = sample_points (points);
  const Cloud clouds[] = { own, all };
  for (guint a = 0; a < n_axes; a++)
    {
      if (!add_axis (self, a, clouds, 2, cancellable, error))
        return NULL;
      self->names[a] = g_strdup_printf (_ ("between clusters %u"), a + 1);
    }
  finish (self, points, own.mean);
  return g_steal_pointer (&self);
}

LloydProjection *
lloyd_projection_new_along (const LloydPoints *points,
                            const double *direction,
                            const double *origin,
                            guint n_axes,
                            GCancellable *cancellable,
                            GError **error)
{
  g_autoptr (LloydProjection) self = allocate (points, n_axes, error);
  if (self == NULL)
    return NULL;
  memcpy (self->weights, direction, sizeof (double) * points->d);
  if (!make_unit (self, 0, self->weights, 0.0))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("axes: the two centroids are one and the same"));
      return NULL;
    }
  self->names[0] = g_strdup ("along");
  g_auto (Cloud) all = sample_points (points);
  for (guint a = 1; a < n_axes; a++)
    {
      if (!add_axis (self, a, &all, 1, cancellable, error))
        return NULL;
      self->names[a] = n_axes > 2 ? g_strdup_printf (_ ("across %u"), a) : g_strdup (_ ("across"));
    }
  finish (self, points, origin);
  return g_steal_pointer (&self);
}
