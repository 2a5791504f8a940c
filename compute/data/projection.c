#include "compute/data/projection.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/error.h"
#include "compute/memory.h"
#include "compute/words.h"

#define MAX_EXACT_DIMS 2048
#define MAX_OPERATIONS 1e11
/* Rows enough to choose columns by their variance. */
#define VARIANCE_VALUES 2e7
/* An axis with less than this of a square length to itself shows nothing that those before do not.
 */
#define LEAST_SQUARE 1e-12

/* ---- means and variances ------------------------------------------------------------------- */

/* Evenly spread rows, about as many as the work allows. */
static size_t
choose_step (const LloydPoints *points, double operations_per_row, double most)
{
  double wanted = (double) points->n * operations_per_row / most;
  return wanted > 1.0 ? (size_t) ceil (wanted) : 1;
}

static size_t
find_variances (const LloydPoints *points, double *means, double *variances)
{
  guint d = points->d;
  size_t step = choose_step (points, d, VARIANCE_VALUES), n = 0;

  memset (means, 0, sizeof (double) * d);
  memset (variances, 0, sizeof (double) * d);
  for (size_t i = 0; i < points->n; i += step)
    {
      const float *x = lloyd_points_values (points, i);
      n++;
      for (guint j = 0; j < d; j++)
        {
          /* Welford (1962): stable whatever the mean. */
          double delta = (double) x[j] - means[j];
          means[j] += delta / (double) n;
          variances[j] += delta * ((double) x[j] - means[j]);
        }
    }
  for (guint j = 0; j < d && n > 1; j++)
    variances[j] /= (double) (n - 1);
  return n;
}

double
lloyd_points_compare_spreads (const LloydPoints *points, guint *widest, guint *narrowest)
{
  g_autofree double *means = g_new (double, points->d);
  g_autofree double *variances = g_new (double, points->d);
  double low = INFINITY, high = 0.0;

  find_variances (points, means, variances);
  *widest = *narrowest = 0;
  for (guint j = 0; j < points->d; j++)
    {
      if (variances[j] > high)
        *widest = j;
      if (variances[j] > 0.0 && variances[j] < low)
        *narrowest = j;
      high = MAX (high, variances[j]);
      low = variances[j] > 0.0 ? MIN (low, variances[j]) : low;
    }
  return high > low ? sqrt (high / low) : 1.0;
}

static double
sum_of (const double *values, guint n)
{
  double sum = 0.0;
  for (guint i = 0; i < n; i++)
    sum += values[i];
  return sum;
}

/* ---- columns ------------------------------------------------------------------------------- */

static LloydProjection *
allocate (const LloydPoints *points, guint n_axes)
{
  LloydProjection *self = g_new0 (LloydProjection, 1);
  self->d = points->d;
  self->n_axes = n_axes;
  self->weights = g_new0 (double, (size_t) n_axes * points->d);
  return self;
}

static gboolean
is_among (const guint *columns, guint n, guint j)
{
  for (guint i = 0; i < n; i++)
    if (columns[i] == j)
      return TRUE;
  return FALSE;
}

static LloydProjection *
project_columns (const LloydPoints *points,
                 const guint *columns,
                 guint n_axes,
                 const double *variances,
                 size_t n_rows_used)
{
  LloydProjection *self = allocate (points, n_axes);
  double seen = 0.0, all = sum_of (variances, points->d);

  self->is_columns = TRUE;
  self->n_rows_used = n_rows_used;
  for (guint a = 0; a < n_axes; a++)
    {
      guint j = columns[a];
      gboolean is_repeated = is_among (columns, a, j);
      self->names[a] = g_strdup (is_repeated ? "" : points->names[j]);
      if (is_repeated)
        continue;
      self->weights[(size_t) a * points->d + j] = 1.0;
      self->start[a] = points->origin[j];
      seen += variances[j];
    }
  self->variance_share = all > 0.0 ? seen / all : 1.0;
  return self;
}

LloydProjection *
lloyd_projection_new_columns (const LloydPoints *points, const guint *columns, guint n_axes)
{
  g_autofree double *means = g_new (double, points->d);
  g_autofree double *variances = g_new (double, points->d);

  g_return_val_if_fail (n_axes >= 2 && n_axes <= LLOYD_MAX_AXES, NULL);
  size_t n = find_variances (points, means, variances);
  return project_columns (points, columns, n_axes, variances, n);
}

static int
compare_columns (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;
  return (x > y) - (x < y);
}

LloydProjection *
lloyd_projection_new_widest (const LloydPoints *points, guint n_axes)
{
  g_autofree double *means = g_new (double, points->d);
  g_autofree double *variances = g_new (double, points->d);
  guint columns[LLOYD_MAX_AXES] = { 0 }, n_columns = MIN (n_axes, points->d);
  size_t n = find_variances (points, means, variances);

  for (guint a = 0; a < n_columns; a++)
    {
      gboolean is_found = FALSE;
      for (guint j = 0; j < points->d; j++)
        if (!is_among (columns, a, j) && (!is_found || variances[j] > variances[columns[a]]))
          {
            columns[a] = j;
            is_found = TRUE;
          }
    }
  /* In the order of the data, which is the order people know them in. */
  qsort (columns, n_columns, sizeof *columns, compare_columns);
  for (guint a = n_columns; a < n_axes; a++)
    columns[a] = columns[a - 1];
  return project_columns (points, columns, n_axes, variances, n);
}

/* ---- principal components ------------------------------------------------------------------ */

/* The upper triangle of sum (x - mean)(x - mean)^T over every step-th row. */
static gboolean
find_covariance (const LloydPoints *points,
                 size_t step,
                 const double *means,
                 double *covariance,
                 GCancellable *cancellable,
                 GError **error)
{
  guint d = points->d;
  g_autofree double *x = g_new (double, d);
  size_t rows_per_poll = MAX ((size_t) 4000000 / ((size_t) d * d), 1), seen = 0;

  for (size_t i = 0; i < points->n; i += step, seen++)
    {
      if (seen % rows_per_poll == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      for (guint j = 0; j < d; j++)
        x[j] = (double) lloyd_points_values (points, i)[j] - means[j];
      for (guint j = 0; j < d; j++)
        {
          double v = x[j], *row = covariance + (size_t) j * d;
          for (guint l = j; l < d; l++)
            row[l] += v * x[l];
        }
    }
  return TRUE;
}

/* The eigenvectors of the n_axes largest eigenvalues, largest first, into weights. */
static gboolean
find_eigenvectors (guint d, guint n_axes, double *covariance, double *weights, GError **error)
{
  lapack_int n = (lapack_int) d, m = 0, first = n - (lapack_int) n_axes + 1;
  g_autofree double *values = g_new0 (double, d);
  g_autofree double *vectors = g_new0 (double, (size_t) d *n_axes);
  g_autofree lapack_int *support = g_new0 (lapack_int, 2 * (size_t) d);

  lapack_int info =
      LAPACKE_dsyevr (LAPACK_ROW_MAJOR, 'V', 'I', 'U', n, covariance, n, 0.0, 0.0, first, n, 0.0,
                      &m, values, vectors, (lapack_int) n_axes, support);
  if (info != 0 || m != (lapack_int) n_axes)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   _ ("the principal components could not be found (LAPACK dsyevr: %d)"),
                   (int) info);
      return FALSE;
    }
  for (guint a = 0; a < n_axes; a++)
    {
      double largest = 0.0;
      for (guint j = 0; j < d; j++)
        {
          double v = vectors[(size_t) j * n_axes + (n_axes - 1 - a)];
          weights[(size_t) a * d + j] = v;
          largest = fabs (v) > fabs (largest) ? v : largest;
        }
      for (guint j = 0; j < d && largest < 0.0; j++)
        weights[(size_t) a * d + j] = -weights[(size_t) a * d + j];
    }
  return TRUE;
}

/* Variance of the points along an axis, from the covariance's upper triangle. */
static double
variance_along (const double *covariance, const double *axis, guint d)
{
  double sum = 0.0;
  for (guint j = 0; j < d; j++)
    for (guint l = j; l < d; l++)
      sum += (l == j ? 1.0 : 2.0) * axis[j] * axis[l] * covariance[(size_t) j * d + l];
  return sum;
}

static void
describe_components (LloydProjection *self, const double *covariance, const double *means)
{
  double seen = 0.0, all = 0.0;
  for (guint j = 0; j < self->d; j++)
    all += covariance[(size_t) j * self->d + j];
  for (guint a = 0; a < self->n_axes; a++)
    {
      const double *axis = self->weights + (size_t) a * self->d;
      self->names[a] = g_strdup_printf (_ ("component %u"), a + 1);
      for (guint j = 0; j < self->d; j++)
        self->start[a] -= axis[j] * means[j];
      seen += variance_along (covariance, axis, self->d);
    }
  self->variance_share = all > 0.0 ? seen / all : 1.0;
}

LloydProjection *
lloyd_projection_new_components (const LloydPoints *points,
                                 guint n_axes,
                                 GCancellable *cancellable,
                                 GError **error)
{
  guint d = points->d;
  size_t n_values, step = choose_step (points, (double) d * d, MAX_OPERATIONS);

  g_return_val_if_fail (n_axes >= 2 && n_axes <= LLOYD_MAX_AXES && n_axes <= d, NULL);
  if (d > MAX_EXACT_DIMS)
    step = MAX (step, points->n / MAX_EXACT_DIMS);
  if (!lloyd_size_multiply (d, d, "the covariance", &n_values, error))
    return NULL;
  double *covariance = lloyd_allocate_aligned (n_values, sizeof (double), "the covariance", error);
  double *copy = covariance != NULL
                     ? lloyd_allocate_aligned (n_values, sizeof (double), "the covariance", error)
                     : NULL;
  g_autofree double *means = g_new (double, d);
  g_autofree double *variances = g_new (double, d);
  g_autoptr (LloydProjection) self = allocate (points, n_axes);
  gboolean is_done = copy != NULL;

  if (is_done)
    {
      memset (covariance, 0, n_values * sizeof (double));
      find_variances (points, means, variances);
      is_done = find_covariance (points, step, means, covariance, cancellable, error);
    }
  if (is_done)
    {
      memcpy (copy, covariance, n_values * sizeof (double));
      is_done = find_eigenvectors (d, n_axes, copy, self->weights, error);
    }
  if (is_done)
    {
      self->n_rows_used = (points->n + step - 1) / step;
      describe_components (self, covariance, means);
    }
  lloyd_free_aligned (covariance);
  lloyd_free_aligned (copy);
  return is_done ? g_steal_pointer (&self) : NULL;
}

/* ---- using it ------------------------------------------------------------------------------ */

/* By Gram and Schmidt: what of an axis no axis before it shows. */
guint
lloyd_projection_count_kept (const LloydProjection *self)
{
  g_autofree double *rest = g_memdup2 (self->weights, sizeof (double) * self->n_axes * self->d);
  guint n = 0;

  for (guint a = 0; a < self->n_axes; a++)
    {
      double *own = rest + (size_t) a * self->d, square = 0.0;
      for (guint b = 0; b < a; b++)
        {
          const double *other = rest + (size_t) b * self->d;
          double product = 0.0;
          for (guint j = 0; j < self->d; j++)
            product += own[j] * other[j];
          for (guint j = 0; j < self->d; j++)
            own[j] -= product * other[j];
        }
      for (guint j = 0; j < self->d; j++)
        square += own[j] * own[j];
      n += square > LEAST_SQUARE;
      for (guint j = 0; j < self->d; j++)
        own[j] = square > LEAST_SQUARE ? own[j] / sqrt (square) : 0.0;
    }
  return n;
}

void
lloyd_projection_free (LloydProjection *self)
{
  for (guint a = 0; a < LLOYD_MAX_AXES; a++)
    g_free (self->names[a]);
  g_free (self->weights);
  g_free (self);
}

void
lloyd_projection_apply (const LloydProjection *self, const double *x, double out[LLOYD_MAX_AXES])
{
  out[2] = 0.0;
  for (guint a = 0; a < self->n_axes; a++)
    {
      const double *axis = self->weights + (size_t) a * self->d;
      double sum = self->start[a];
      for (guint j = 0; j < self->d; j++)
        sum += axis[j] * x[j];
      out[a] = sum;
    }
}

void
lloyd_projection_apply_row (const LloydProjection *self, const float *x, float out[LLOYD_MAX_AXES])
{
  out[2] = 0.0f;
  for (guint a = 0; a < self->n_axes; a++)
    {
      const double *axis = self->weights + (size_t) a * self->d;
      double sum = self->start[a];
      for (guint j = 0; j < self->d; j++)
        sum += axis[j] * (double) x[j];
      out[a] = (float) sum;
    }
}
