#include "compute/data/statistics.h"

#define FAR_DEVIATIONS 16.0
#define BLOCK 1024

void
lloyd_column_sums_add (LloydColumnSums *self, const double *values, size_t n)
{
  if (n == 0)
    return;
  double min = self->n > 0 ? self->min : values[0], max = self->n > 0 ? self->max : values[0];
  double squares[BLOCK];
  for (size_t first = 0; first < n; first += BLOCK)
    {
      size_t count = n - first < BLOCK ? n - first : BLOCK;
      const double *block = values + first;
      for (size_t i = 0; i < count; i++)
        {
          min = block[i] < min ? block[i] : min;
          max = block[i] > max ? block[i] : max;
          squares[i] = block[i] * block[i];
        }
      lloyd_wide_add_all (&self->sum, block, count);
      lloyd_wide_add_all (&self->sum_of_squares, squares, count);
    }
  self->min = min;
  self->max = max;
  self->n += n;
}

double
lloyd_column_sums_mean (const LloydColumnSums *self)
{
  return lloyd_wide_round (&self->sum) / (double) self->n;
}

/* n times the sum of squared deviations: n sum v^2 - (sum v)^2. */
static double
scaled_squares (const LloydColumnSums *self)
{
  double sum = lloyd_wide_round (&self->sum);
  return (double) self->n * lloyd_wide_round (&self->sum_of_squares) - sum * sum;
}

bool
lloyd_column_sums_is_far (const LloydColumnSums *self)
{
  double mean = lloyd_column_sums_mean (self), n = (double) self->n;
  double variance = scaled_squares (self) / (n * n);
  /* Half the limit: far from it, rounding cannot change the answer. */
  return !(mean * mean <= FAR_DEVIATIONS * FAR_DEVIATIONS / 4.0 * variance);
}

double
lloyd_column_sums_deviation (const LloydColumnSums *self)
{
  if (self->n < 2)
    return 0.0;
  double n = (double) self->n, squares = scaled_squares (self);
  return squares > 0.0 ? sqrt (squares / n / (n - 1.0)) : 0.0;
}

void
lloyd_column_squares_add (LloydWide *sum_of_squares, double mean, double *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    values[i] = (values[i] - mean) * (values[i] - mean);
  lloyd_wide_add_all (sum_of_squares, values, n);
}

double
lloyd_deviation_from_squares (const LloydWide *sum_of_squares, size_t n)
{
  return n < 2 ? 0.0 : sqrt (lloyd_wide_round (sum_of_squares) / (double) (n - 1));
}

double
lloyd_column_origin (double mean, double deviation)
{
  if (fabs (mean) <= FAR_DEVIATIONS * deviation)
    return 0.0;
  if (deviation == 0.0)
    return mean;
  int exponent;
  double fraction = frexp (deviation, &exponent);
  double unit = ldexp (1.0, fraction == 0.5 ? exponent - 1 : exponent);
  return nearbyint (mean / unit) * unit;
}
