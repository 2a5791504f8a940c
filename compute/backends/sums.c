#include "compute/backends/sums.h"

#include <math.h>
#include <string.h>

LloydSums *
lloyd_sums_new (guint k, const LloydGrid *grid)
{
  LloydSums *self = g_new0 (LloydSums, 1);
  self->k = k;
  self->d = grid->d;
  self->grid = grid;
  self->fixed = g_new0 (gint64, (size_t) k * grid->d);
  if (grid->has_fine)
    self->fine = g_new0 (gint64, (size_t) k * grid->d);
  self->wide = g_new0 (LloydWide, (size_t) k * grid->n_slots);
  self->sizes = g_new0 (gint64, k);
  if (grid->is_weighted)
    self->weights = g_new0 (LloydWide, k);
  return self;
}

void
lloyd_sums_free (LloydSums *self)
{
  g_free (self->fixed);
  g_free (self->fine);
  g_free (self->wide);
  g_free (self->sizes);
  g_free (self->weights);
  g_free (self);
}

void
lloyd_sums_clear (LloydSums *self)
{
  size_t n_wide = (size_t) self->k * self->grid->n_slots;
  memset (self->fixed, 0, sizeof (gint64) * self->k * self->d);
  memset (self->sizes, 0, sizeof (gint64) * self->k);
  if (self->weights != NULL)
    memset (self->weights, 0, sizeof (LloydWide) * self->k);
  if (self->fine != NULL)
    memset (self->fine, 0, sizeof (gint64) * self->k * self->d);
  if (n_wide > 0)
    memset (self->wide, 0, sizeof (LloydWide) * n_wide);
}

void
lloyd_sums_copy (LloydSums *self, const LloydSums *other)
{
  lloyd_sums_clear (self);
  lloyd_sums_merge (self, other);
}

void
lloyd_sums_merge (LloydSums *self, const LloydSums *other)
{
  size_t n_fixed = (size_t) self->k * self->d, n_wide = (size_t) self->k * self->grid->n_slots;

  for (size_t i = 0; i < n_fixed; i++)
    self->fixed[i] += other->fixed[i];
  for (size_t i = 0; i < n_fixed && self->fine != NULL; i++)
    self->fine[i] += other->fine[i];
  for (guint j = 0; j < self->k; j++)
    self->sizes[j] += other->sizes[j];
  for (guint j = 0; j < self->k && self->weights != NULL; j++)
    lloyd_wide_merge (&self->weights[j], &other->weights[j]);
  for (size_t i = 0; i < n_wide; i++)
    lloyd_wide_merge (&self->wide[i], &other->wide[i]);
}

double
lloyd_sums_weight (const LloydSums *self, guint cluster)
{
  return self->weights != NULL ? lloyd_wide_round (&self->weights[cluster])
                               : (double) self->sizes[cluster];
}

double
lloyd_sums_total_weight (const LloydSums *self)
{
  LloydWide weight = { 0 };
  double n = 0.0;
  for (guint cluster = 0; cluster < self->k; cluster++)
    if (self->weights != NULL)
      lloyd_wide_merge (&weight, &self->weights[cluster]);
    else
      n += (double) self->sizes[cluster];
  return self->weights != NULL ? lloyd_wide_round (&weight) : n;
}

void
lloyd_sums_add_rest (LloydSums *self, guint cluster, guint j, double rest, int sign)
{
  const LloydGrid *grid = self->grid;
  if (grid->fine_scale[j] > 0.0)
    {
      self->fine[(size_t) cluster * self->d + j] += sign * (gint64) (rest * grid->fine_scale[j]);
      return;
    }
  g_assert (grid->slot[j] >= 0);
  lloyd_wide_add (&self->wide[(size_t) cluster * grid->n_slots + (guint) grid->slot[j]],
                  sign * rest);
}

void
lloyd_sums_add (LloydSums *self, guint cluster, guint j, double v, int sign)
{
  gint64 units = lloyd_grid_units (self->grid, j, v);
  double rest = v - (double) units * self->grid->unit[j];

  self->fixed[(size_t) cluster * self->d + j] += sign * units;
  if (rest != 0.0)
    lloyd_sums_add_rest (self, cluster, j, rest, sign);
}

void
lloyd_sums_add_rounded (LloydSums *self, guint cluster, guint j, double sum)
{
  const LloydGrid *grid = self->grid;
  if (grid->slot[j] >= 0)
    lloyd_wide_add (&self->wide[(size_t) cluster * grid->n_slots + (guint) grid->slot[j]], sum);
  else
    self->fixed[(size_t) cluster * self->d + j] += (gint64) rint (sum * grid->scale[j]);
}

void
lloyd_sums_get (const LloydSums *self, guint cluster, guint j, LloydWide *sum)
{
  int slot = self->grid->slot[j];
  if (slot >= 0)
    *sum = self->wide[(size_t) cluster * self->grid->n_slots + (guint) slot];
  else
    memset (sum, 0, sizeof *sum);
  size_t at = (size_t) cluster * self->d + j;
  lloyd_wide_add_scaled (sum, self->fixed[at], -self->grid->shift[j]);
  if (self->grid->fine_scale[j] > 0.0)
    lloyd_wide_add_scaled (sum, self->fine[at], -self->grid->fine_shift[j]);
}

double
lloyd_sums_round (const LloydSums *self, guint cluster, guint j)
{
  const LloydGrid *grid = self->grid;
  size_t at = (size_t) cluster * self->d + j;
  if (grid->slot[j] < 0 && (self->fine == NULL || self->fine[at] == 0))
    return (double) self->fixed[at] * grid->unit[j];
  if (grid->slot[j] < 0)
    {
      /* In finer units: 62 bits and 62 bits of difference at most. */
      lloyd_int128 ratio = (lloyd_int128) 1 << (grid->fine_shift[j] - grid->shift[j]);
      lloyd_int128 both = self->fixed[at] * ratio;
      return (double) (both + self->fine[at]) / grid->fine_scale[j];
    }

  LloydWide sum;
  lloyd_sums_get (self, cluster, j, &sum);
  return lloyd_wide_round (&sum);
}

void
lloyd_sums_add_multiple (
    const LloydSums *self, guint cluster, guint j, float factor, LloydTally *total)
{
  const LloydGrid *grid = self->grid;
  size_t at = (size_t) cluster * self->d + j;
  int exponent;
  gint64 m = lloyd_tally_split (factor, &exponent);

  lloyd_tally_add (total, (lloyd_int128) self->fixed[at] * m, exponent - grid->shift[j]);
  if (grid->fine_scale[j] > 0.0)
    lloyd_tally_add (total, (lloyd_int128) self->fine[at] * m, exponent - grid->fine_shift[j]);
  if (grid->slot[j] >= 0)
    lloyd_wide_add_multiple (&total->rest,
                             &self->wide[(size_t) cluster * grid->n_slots + (guint) grid->slot[j]],
                             factor);
}

gboolean
lloyd_sums_equal (const LloydSums *a, const LloydSums *b)
{
  if (a->k != b->k || a->d != b->d || memcmp (a->sizes, b->sizes, sizeof (gint64) * a->k) != 0)
    return FALSE;
  if ((a->weights != NULL) != (b->weights != NULL))
    return FALSE;
  for (guint cluster = 0; cluster < a->k && a->weights != NULL; cluster++)
    if (!lloyd_wide_equal (&a->weights[cluster], &b->weights[cluster]))
      return FALSE;
  for (guint cluster = 0; cluster < a->k; cluster++)
    for (guint j = 0; j < a->d; j++)
      {
        LloydWide sum_a, sum_b;
        lloyd_sums_get (a, cluster, j, &sum_a);
        lloyd_sums_get (b, cluster, j, &sum_b);
        if (!lloyd_wide_equal (&sum_a, &sum_b))
          return FALSE;
      }
  return TRUE;
}
