#include "compute/backends/grid.h"

#include <stdatomic.h>
#include <string.h>

#include "compute/scratch.h"

/* Integers stay below this many bits a value, so that adding 1.5 * 2^52 can round them. */
#define MAX_VALUE_BITS 51
/* A column with more exceptions than one row in this many is kept in wide sums whole. */
#define ROWS_PER_EXCEPTION 16
/* Integers of so many bits a value leave so few values out that their units need not be the finest.
 */
#define MIN_GUESS_BITS 40
/* Rows that are looked at for a guess of the largest values, and bits left for larger ones. */
#define GUESS_ROWS 256
#define GUESS_BITS 2
/* Below this many rows threads are not worth their waking. */
#define MIN_ROWS_PER_PART 10000

static LloydGrid *
allocate (guint d)
{
  LloydGrid *self = g_new0 (LloydGrid, 1);
  self->d = d;
  self->shift = g_new0 (int, d);
  self->scale = g_new0 (double, d);
  self->unit = g_new0 (double, d);
  self->limit = g_new0 (float, d);
  self->fine_shift = g_new0 (int, d);
  self->fine_scale = g_new0 (double, d);
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

/* The part of a value that its column's integers leave out. */
static inline double
rest_of (const LloydGrid *self, guint j, float v)
{
  return (double) v - (double) lloyd_grid_units (self, j, v) * self->unit[j];
}

/* ---- passes over the values ---------------------------------------------------------------- */

/* Values are looked at in runs of whole rows, at least this long, so that the compiler's vectors
 * have something to do at few dimensions too. */
#define MIN_RUN 16

/* One pass, shared by threads: each has its own part of the rows and its own answers. */
typedef struct
{
  LloydGrid *grid;
  const float *values;
  size_t n;
  guint n_parts;
  /* Rows and values in a run. */
  guint run_rows;
  guint run;
  /* Bits of |v|: values from 1 to low - 1 and from high on may be exceptions; a run of each. */
  guint32 *low;
  guint32 *high;
  /* By part: d bits of the largest |v|, d numbers of exceptions, the exceptions themselves. */
  guint32 *largest;
  size_t *counts;
  GArray **exceptions;
  /* Whether units were guessed, and then whether some value was too large for them. */
  gboolean is_guess;
  atomic_bool is_off;
} Pass;

static inline guint32
bits_of (float v)
{
  guint32 bits;
  memcpy (&bits, &v, sizeof bits);
  return bits & 0x7FFFFFFF;
}

static void
find_range (const Pass *self, guint part, size_t *first, size_t *end)
{
  *first = self->n / self->n_parts * part;
  *end = part + 1 < self->n_parts ? self->n / self->n_parts * (part + 1) : self->n;
}

/* Bits of positive floats are ordered as the floats are. */
static void
find_largest (guint part, gpointer data)
{
  Pass *self = data;
  guint d = self->grid->d, run = self->run;
  g_autofree guint32 *largest = g_new0 (guint32, run);
  size_t i, end;

  find_range (self, part, &i, &end);
  gconstpointer behind = self->values + i * d;
  for (; i + self->run_rows <= end; i += self->run_rows)
    {
      const float *v = self->values + i * d;
      lloyd_scratch_pass (&behind, v);
      for (guint j = 0; j < run; j++)
        {
          guint32 bits = bits_of (v[j]);
          largest[j] = bits > largest[j] ? bits : largest[j];
        }
    }
  for (const float *v = self->values + i * d; i < end; i++, v += d)
    for (guint j = 0; j < d; j++)
      largest[j] = MAX (largest[j], bits_of (v[j]));
  for (guint j = 0; j < run; j++)
    self->largest[part * d + j % d] = MAX (self->largest[part * d + j % d], largest[j]);
}

/* Counts and lists the exceptions of some rows. */
static void
look_closely (Pass *self, guint part, size_t first, size_t end)
{
  LloydGrid *grid = self->grid;
  for (size_t i = first; i < end; i++)
    for (guint j = 0; j < grid->d; j++)
      {
        float v = self->values[i * grid->d + j];
        double rest = grid->limit[j] == 0.0f ? 0.0 : rest_of (grid, j, v);
        if (rest == 0.0)
          continue;
        if (self->is_guess && fabsf (v) >= grid->limit[j])
          atomic_store_explicit (&self->is_off, true, memory_order_relaxed);
        /* A column with more of them gets another unit. */
        if (++self->counts[part * grid->d + j] > self->n / ROWS_PER_EXCEPTION)
          continue;
        /* A remainder has no more bits than the float it is cut from. */
        LloydException exception = { i, j, (float) rest };
        g_array_append_val (self->exceptions[part], exception);
      }
}

static void
find_exceptions (guint part, gpointer data)
{
  Pass *self = data;
  guint d = self->grid->d, run = self->run;
  size_t i, end;

  find_range (self, part, &i, &end);
  gconstpointer behind = self->values + i * d;
  for (; i + self->run_rows <= end; i += self->run_rows)
    {
      const float *v = self->values + i * d;
      guint32 any = 0;
      lloyd_scratch_pass (&behind, v);
      for (guint j = 0; j < run; j++)
        {
          guint32 bits = bits_of (v[j]);
          any |= (guint32) (bits - 1 < self->low[j] - 1) | (guint32) (bits >= self->high[j]);
        }
      if (any == 0)
        continue;
      look_closely (self, part, i, i + self->run_rows);
      if (atomic_load_explicit (&self->is_off, memory_order_relaxed))
        return;
    }
  look_closely (self, part, i, end);
}

/* A value from 2^(23 - shift) on has all its bits at -shift or above. */
static void
set_ranges (Pass *self)
{
  const LloydGrid *grid = self->grid;
  for (guint j = 0; j < self->run; j++)
    {
      guint column = j % grid->d;
      int exponent = 23 - grid->shift[column];
      float low = exponent > 127 ? INFINITY : ldexpf (1.0f, MAX (exponent, -150));
      self->low[j] = MAX (bits_of (low), 1);
      self->high[j] = bits_of (grid->limit[column]);
      if (grid->limit[column] == 0.0f)
        {
          self->low[j] = 1;
          self->high[j] = G_MAXUINT32;
        }
    }
}

static void
run_pass (Pass *self, LloydTeam *team, LloydTeamJob job)
{
  if (job == find_exceptions)
    set_ranges (self);
  for (guint part = 0; part < self->n_parts; part++)
    g_array_set_size (self->exceptions[part], 0);
  memset (self->counts, 0, sizeof (size_t) * self->n_parts * self->grid->d);
  if (team != NULL)
    lloyd_team_run (team, self->n_parts, job, self);
  else
    job (0, self);
  for (guint part = 1; part < self->n_parts; part++)
    for (guint j = 0; j < self->grid->d; j++)
      {
        guint32 largest = self->largest[part * self->grid->d + j];
        self->largest[j] = MAX (self->largest[j], largest);
        self->counts[j] += self->counts[part * self->grid->d + j];
      }
}

/* ---- units --------------------------------------------------------------------------------- */

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

/* Gives every column with exceptions a finer unit, or where none will do a wide sum. */
static void
place_exceptions (LloydGrid *self, const size_t *counts)
{
  g_autofree int *lowest = g_new (int, self->d);
  g_autofree gboolean *is_large = g_new0 (gboolean, self->d);

  for (guint j = 0; j < self->d; j++)
    lowest[j] = G_MAXINT;
  for (guint i = 0; i < self->exceptions->len; i++)
    {
      const LloydException *exception = &g_array_index (self->exceptions, LloydException, i);
      guint j = exception->column;
      int exponent;
      guint32 mantissa = (guint32) (frexpf (fabsf (exception->rest), &exponent) * 0x1p24f);
      lowest[j] = MIN (lowest[j], exponent - 24 + __builtin_ctz (mantissa));
      is_large[j] |= fabsf (exception->rest) >= self->limit[j];
    }
  for (guint j = 0; j < self->d; j++)
    {
      if (self->limit[j] == 0.0f || counts[j] == 0)
        continue;
      int count_bits = 64 - __builtin_clzll (counts[j]);
      self->has_large |= is_large[j];
      /* Each remainder is at most half a unit. */
      if (is_large[j] || -lowest[j] - self->shift[j] + count_bits > 62)
        {
          self->slot[j] = (int) self->n_slots++;
          continue;
        }
      self->fine_shift[j] = -lowest[j];
      self->fine_scale[j] = ldexp (1.0, -lowest[j]);
      self->has_fine = TRUE;
    }
}

static Pass
pass_new (LloydGrid *grid, const float *values, size_t n, LloydTeam *team)
{
  guint d = grid->d, run_rows = (MIN_RUN + d - 1) / d;
  guint n_parts = team != NULL && n >= MIN_ROWS_PER_PART ? lloyd_team_get_size (team) : 1;
  Pass self = { .grid = grid,
                .values = values,
                .n = n,
                .n_parts = n_parts,
                .run_rows = run_rows,
                .run = run_rows * d,
                .low = g_new (guint32, run_rows * d),
                .high = g_new (guint32, run_rows * d),
                .largest = g_new0 (guint32, n_parts * d),
                .counts = g_new (size_t, n_parts * d),
                .exceptions = g_new (GArray *, n_parts) };
  for (guint part = 0; part < n_parts; part++)
    self.exceptions[part] = g_array_new (FALSE, FALSE, sizeof (LloydException));
  return self;
}

static void
pass_clear (Pass *self)
{
  g_free (self->low);
  g_free (self->high);
  g_free (self->largest);
  g_free (self->counts);
  for (guint part = 0; part < self->n_parts; part++)
    g_array_unref (self->exceptions[part]);
  g_free (self->exceptions);
}

/* ---- the grid ------------------------------------------------------------------------------ */

/* Gives column j the finest unit for values up to `largest`. */
static void
fit_column (LloydGrid *self, guint j, float largest, int bits)
{
  int exponent = 0;
  frexpf (largest, &exponent);
  set_column (self, j, bits - exponent, bits);
}

/* Guesses units from some rows, and finds exceptions. FALSE where some value is too large for them,
 * or nothing can be guessed. */
static gboolean
find_by_guess (Pass *self, LloydTeam *team, int bits)
{
  LloydGrid *grid = self->grid;
  size_t m = MIN (self->n, (size_t) GUESS_ROWS), stride = self->n / m;

  for (guint j = 0; j < grid->d; j++)
    {
      float largest = 0.0f;
      for (size_t i = 0; i < m; i++)
        largest = MAX (largest, fabsf (self->values[i * stride * grid->d + j]));
      if (largest == 0.0f || largest > 0x1p100f)
        return FALSE;
      fit_column (grid, j, ldexpf (largest, GUESS_BITS), bits);
    }
  self->is_guess = TRUE;
  run_pass (self, team, find_exceptions);
  self->is_guess = FALSE;
  return !atomic_exchange (&self->is_off, false);
}

/* The same in two passes, for any values. */
static void
find_by_largest (Pass *self, LloydTeam *team, int bits)
{
  run_pass (self, team, find_largest);
  for (guint j = 0; j < self->grid->d; j++)
    {
      float largest;
      memcpy (&largest, &self->largest[j], sizeof largest);
      fit_column (self->grid, j, largest, bits);
    }
  run_pass (self, team, find_exceptions);
}

/* Gives columns with many exceptions other units; whether there were any. */
static gboolean
fit_others (Pass *self, int bits)
{
  size_t most = self->n / ROWS_PER_EXCEPTION;
  gboolean is_other = FALSE;
  for (guint j = 0; j < self->grid->d; j++)
    {
      if (self->counts[j] <= most)
        continue;
      is_other = TRUE;
      if (choose_shift (self->grid, self->values, self->n, j, bits) > most)
        make_wide (self->grid, j);
    }
  return is_other;
}

LloydGrid *
lloyd_grid_new (const float *values, size_t n, guint d, LloydTeam *team)
{
  LloydGrid *self = allocate (d);
  Pass pass = pass_new (self, values, n, team);
  int bits = value_bits (n);

  if (bits < MIN_GUESS_BITS || !find_by_guess (&pass, team, bits))
    find_by_largest (&pass, team, bits);
  if (fit_others (&pass, bits))
    run_pass (&pass, team, find_exceptions);
  /* By rising row. */
  for (guint part = 0; part < pass.n_parts; part++)
    g_array_append_vals (self->exceptions, pass.exceptions[part]->data, pass.exceptions[part]->len);
  if (self->exceptions->len > 0)
    place_exceptions (self, pass.counts);
  pass_clear (&pass);
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
lloyd_grid_new_wide (guint d, gboolean is_weighted)
{
  LloydGrid *self = allocate (d);
  self->is_weighted = is_weighted;
  for (guint j = 0; j < d; j++)
    {
      set_column (self, j, 0, 0);
      make_wide (self, j);
    }
  return self;
}

/* ---- weighted rows ------------------------------------------------------------------------- */

/* Beyond any exponent of a product. */
#define NO_EXPONENT 10000

/* What the terms of a column span: all are below 2^high and multiples of 2^low. */
typedef struct
{
  int low;
  int high;
} Span;

/* A pass over products, shared by threads: each has its own rows, and its own spans of d columns.
 */
typedef struct
{
  const float *values;
  const float *weights;
  size_t n;
  guint d;
  guint n_parts;
  Span *spans;
} SpanPass;

/* Of one number that is not 0. */
static Span
span_of (float v)
{
  int exponent;
  guint32 mantissa = (guint32) (frexpf (fabsf (v), &exponent) * 0x1p24f);
  return (Span){ exponent - 24 + __builtin_ctz (mantissa), exponent };
}

static void
find_spans (guint part, gpointer data)
{
  SpanPass *self = data;
  Span *spans = self->spans + (size_t) part * self->d;
  size_t end = part + 1 < self->n_parts ? self->n / self->n_parts * (part + 1) : self->n;

  for (guint j = 0; j < self->d; j++)
    spans[j] = (Span){ NO_EXPONENT, -NO_EXPONENT };
  size_t first = self->n / self->n_parts * part;
  gconstpointer behind = self->values + first * self->d;
  for (size_t i = first; i < end; i++)
    {
      lloyd_scratch_pass (&behind, self->values + i * self->d);
      if (self->weights[i] == 0.0f)
        continue;
      Span w = span_of (self->weights[i]);
      for (guint j = 0; j < self->d; j++)
        {
          float v = self->values[i * self->d + j];
          if (v == 0.0f)
            continue;
          Span x = span_of (v);
          spans[j].low = MIN (spans[j].low, x.low + w.low);
          spans[j].high = MAX (spans[j].high, x.high + w.high);
        }
    }
}

/* Places column j, of `n` terms: in one integer where that holds them, else in two, else wide. */
static void
place_span (LloydGrid *self, guint j, Span span, size_t n)
{
  int bits = value_bits (n), count_bits = 64 - __builtin_clzll (n);

  if (span.high < span.low)
    span = (Span){ 0, 0 };
  set_column (self, j, MIN (-span.low, bits - span.high), bits);
  self->limit[j] = INFINITY;
  if (self->shift[j] == -span.low)
    return;
  /* Each remainder is at most half a unit. */
  if (-span.low - self->shift[j] + count_bits > 62)
    {
      make_wide (self, j);
      return;
    }
  self->fine_shift[j] = -span.low;
  self->fine_scale[j] = ldexp (1.0, -span.low);
  self->has_fine = TRUE;
}

LloydGrid *
lloyd_grid_new_weighted (
    const float *values, const float *weights, size_t n, guint d, LloydTeam *team)
{
  LloydGrid *self = allocate (d);
  guint n_parts = team != NULL && n >= MIN_ROWS_PER_PART ? lloyd_team_get_size (team) : 1;
  g_autofree Span *spans = g_new (Span, (size_t) n_parts * d);
  SpanPass pass = { values, weights, n, d, n_parts, spans };

  self->is_weighted = TRUE;
  if (n_parts > 1)
    lloyd_team_run (team, n_parts, find_spans, &pass);
  else
    find_spans (0, &pass);
  for (guint j = 0; j < d; j++)
    {
      for (guint part = 1; part < n_parts; part++)
        {
          spans[j].low = MIN (spans[j].low, spans[(size_t) part * d + j].low);
          spans[j].high = MAX (spans[j].high, spans[(size_t) part * d + j].high);
        }
      place_span (self, j, spans[j], n);
    }
  return self;
}

LloydGrid *
lloyd_grid_new_weighted_unit (const float *weights, size_t n, guint d, int shift)
{
  LloydGrid *self = allocate (d);
  Span span = { NO_EXPONENT, -NO_EXPONENT };

  self->is_weighted = TRUE;
  for (size_t i = 0; i < n; i++)
    if (weights[i] != 0.0f)
      {
        Span w = span_of (weights[i]);
        span.low = MIN (span.low, w.low);
        span.high = MAX (span.high, w.high);
      }
  /* A coordinate reaches 1, and is added in two terms. */
  span.low -= shift;
  span.high += 1;
  for (guint j = 0; j < d; j++)
    place_span (self, j, span, 2 * n);
  return self;
}

void
lloyd_grid_free (LloydGrid *self)
{
  g_free (self->shift);
  g_free (self->scale);
  g_free (self->unit);
  g_free (self->limit);
  g_free (self->fine_shift);
  g_free (self->fine_scale);
  g_free (self->slot);
  g_array_unref (self->exceptions);
  g_free (self);
}
