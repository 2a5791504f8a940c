#include "compute/data/directions.h"

#include <math.h>

#define MAX_ROWS ((size_t) 100000)
/* cos 10 degrees. */
#define COSINE_10 0.984807753012208
#define UNIT_TOLERANCE 1e-5

static double
norm_of (const float *x, guint d)
{
  double sum = 0.0;
  for (guint j = 0; j < d; j++)
    sum += (double) x[j] * (double) x[j];
  return sqrt (sum);
}

LloydDirections
lloyd_points_describe_directions (const LloydPoints *self)
{
  LloydDirections facts = { .has_unit_rows = TRUE };
  guint d = self->d;
  size_t step = MAX (self->n / MAX_ROWS, 1), n = 0, n_near = 0;
  g_autofree double *mean = g_new0 (double, d);

  for (size_t i = 0; i < self->n; i += step)
    {
      const float *x = lloyd_points_absolute (self, i);
      double norm = norm_of (x, d);
      facts.has_unit_rows &= fabs (norm - 1.0) < UNIT_TOLERANCE;
      facts.n_zero += norm == 0.0;
      n += norm > 0.0;
      for (guint j = 0; j < d && norm > 0.0; j++)
        mean[j] += (double) x[j] / norm;
    }

  double mean_norm = 0.0;
  for (guint j = 0; j < d; j++)
    mean_norm += mean[j] * mean[j];
  mean_norm = sqrt (mean_norm);
  for (size_t i = 0; i < self->n && mean_norm > 0.0; i += step)
    {
      const float *x = lloyd_points_absolute (self, i);
      double dot = 0.0;
      for (guint j = 0; j < d; j++)
        dot += (double) x[j] * mean[j];
      n_near += dot > COSINE_10 * mean_norm * norm_of (x, d);
    }
  facts.share_within_10_degrees = n > 0 ? (double) n_near / (double) n : 0.0;
  return facts;
}
