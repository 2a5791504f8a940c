#include "compute/backends/grid.h"

/* Integers stay below this many bits a value, so that adding 1.5 * 2^52 can round them. */
#define MAX_VALUE_BITS 51
/* A column with more exceptions than one row in this many is kept in wide sums whole. */
#define ROWS_PER_EXCEPTION 16

static LloydGrid *
allocate (guint d)
{
  LloydGrid *self = g_new0 (LloydGrid, 1);
  self->d = d;
  self->shift = g_new0 (int, d);
  self->scale = g_new0 (double, d);
  self->unit = g_new0 (double, d);
  self->limit = g_new0 (float, d);
  self->slot = g_new0 (int, d);
  self->exceptions = g_array_new (FALSE, FALSE, sizeof (LloydException));
  return self;
}

static void
set_column (LloydGrid *self, guint j, int shift, int bits)
{
  self->shift[j] = shift;
  self->scale[j] = ldexp (1.0, shift);
  self->unit[j] = ldexp (1.0, -shift);
  /* Beyond float32: no value reaches it. */
  self->limit[j] = bits - shift > 127 ? INFINITY : ldexpf (1.0f, bits - shift);
  self->slot[j] = -1;
}

static void
make_wide (LloydGrid *self, guint j)
{
  self->limit[j] = 0.0f;
  self->slot[j] = (int) self->n_slots++;
}

static int
value_bits (size_t n)
{
  int bits = 0;
  while (bits < 62 && ((size_t) 1 << bits) < n)
    bits++;
  return MIN (62 - bits, MAX_VALUE_BITS);
}

static void
find_largest (const float *values, size_t n, guint d, float *largest)
{
  for (guint j = 0; j < d; j++)
    largest[j] = 0.0f;
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < d; j++)
      {
        float v = fabsf (values[i * d + j]);
        largest[j] = v > largest[j] ? v : largest[j];
      }
}

/* The part of a value that its column's integers leave out. */
static inline double
rest_of (const LloydGrid *self, guint j, float v)
{
  return (double) v - (double) lloyd_grid_units (self, j, v) * self->unit[j];
}

static void
count_exceptions (const LloydGrid *self, const float *values, size_t n, size_t *counts)
{
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < self->d; j++)
      counts[j] += rest_of (self, j, values[i * self->d + j]) != 0.0;
}

/* Exponents of float32, from that of the smallest denormal. */
#define LOWEST_EXPONENT (-149)
#define N_EXPONENTS 278

/* Chooses the shift that leaves out the fewest values of column j; returns how many. A value fits
 * if its lowest bit is at -shift or above and its highest below value_bits - shift. */
static size_t
choose_shift (LloydGrid *self, const float *values, size_t n, guint j, int bits)
{
  size_t lowest[N_EXPONENTS] = { 0 }, highest[N_EXPONENTS] = { 0 };
  for (size_t i = 0; i < n; i++)
    {
      int exponent;
      float v = values[i * self->d + j];
      if (v == 0.0f)
        continue;
      guint32 mantissa = (guint32) (frexpf (fabsf (v), &exponent) * 0x1p24f);
      highest[exponent - 1 - LOWEST_EXPONENT]++;
      lowest[exponent - 24 + __builtin_ctz (mantissa) - LOWEST_EXPONENT]++;
    }

  /* With the lowest exponent as unit nothing is too small; then raise the unit step by step. */
  size_t too_small = 0, too_large = 0, best = G_MAXSIZE;
  int best_unit = 0;
  for (int e = bits; e < N_EXPONENTS; e++)
    too_large += highest[e];
  for (int unit = 0; unit < N_EXPONENTS; unit++)
    {
      if (too_small + too_large < best)
        {
          best = too_small + too_large;
          best_unit = unit;
        }
      too_small += lowest[unit];
      if (unit + bits < N_EXPONENTS)
        too_large -= highest[unit + bits];
    }
  set_column (self, j, -(best_unit + LOWEST_EXPONENT), bits);
  return best;
}

static void
list_exceptions (LloydGrid *self, const float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < self->d; j++)
      {
        if (self->slot[j] < 0 || self->limit[j] == 0.0f)
          continue;
        float v = values[i * self->d + j];
        double rest = rest_of (self, j, v);
        if (rest == 0.0)
          continue;
        /* A remainder has no more bits than the float it is cut from. */
        LloydException exception = { i, j, (float) rest };
        g_array_append_val (self->exceptions, exception);
        self->has_large |= fabsf (v) >= self->limit[j];
      }
}

LloydGrid *
lloyd_grid_new (const float *values, size_t n, guint d)
{
  LloydGrid *self = allocate (d);
  g_autofree float *largest = g_new (float, d);
  g_autofree size_t *counts = g_new0 (size_t, d);
  int bits = value_bits (n);

  find_largest (values, n, d, largest);
  for (guint j = 0; j < d; j++)
    {
      int exponent = 0;
      frexpf (largest[j], &exponent);
      set_column (self, j, bits - exponent, bits);
    }
  count_exceptions (self, values, n, counts);
  for (guint j = 0; j < d; j++)
    {
      if (counts[j] > n / ROWS_PER_EXCEPTION)
        counts[j] = choose_shift (self, values, n, j, bits);
      if (counts[j] > n / ROWS_PER_EXCEPTION)
        make_wide (self, j);
      else if (counts[j] > 0)
        self->slot[j] = (int) self->n_slots++;
    }
  if (self->n_slots > 0)
    list_exceptions (self, values, n);
  return self;
}

LloydGrid *
lloyd_grid_new_unit (size_t n, guint d)
{
  LloydGrid *self = allocate (d);
  for (guint j = 0; j < d; j++)
    set_column (self, j, lloyd_exact_unit_shift (n), MAX_VALUE_BITS);
  return self;
}

LloydGrid *
lloyd_grid_new_wide (guint d)
{
  LloydGrid *self = allocate (d);
  for (guint j = 0; j < d; j++)
    {
      set_column (self, j, 0, 0);
      make_wide (self, j);
    }
  return self;
}

void
lloyd_grid_free (LloydGrid *self)
{
  g_free (self->shift);
  g_free (self->scale);
  g_free (self->unit);
  g_free (self->limit);
  g_free (self->slot);
  g_array_unref (self->exceptions);
  g_free (self);
}
