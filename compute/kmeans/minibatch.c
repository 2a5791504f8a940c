#include "compute/kmeans/minibatch.h"

#include <string.h>

#include "compute/backends/row.h"
#include "compute/exact/permutation.h"

struct _LloydMiniBatch
{
  LloydMetric metric;
  LloydBatchRule rule;
  guint k;
  guint d;
  /* Rows of each cluster in all batches, and their weights; NULL where rows have none. */
  gint64 *counts;
  LloydWide *weights;

  /* Their sums, for `count`. On a grid: integers of twice the width, k x d, so that any number of
   * epochs fits (`fine` is NULL where the grid has none), and wide sums for its slots. Without:
   * wide sums, k x d. */
  const LloydGrid *grid;
  lloyd_int128 *fixed;
  lloyd_int128 *fine;
  LloydWide *wide;

  /* The objective of a row, smoothed; the lowest it was, and batches since. */
  double smoothed;
  double best;
  guint n_without;
  gboolean has_objective;
};

LloydMiniBatch *
lloyd_minibatch_new (
    LloydMetric metric, LloydBatchRule rule, guint k, guint d, const LloydGrid *grid)
{
  LloydMiniBatch *self = g_new0 (LloydMiniBatch, 1);
  *self = (LloydMiniBatch){ .metric = metric, .rule = rule, .k = k, .d = d, .grid = grid };
  self->counts = g_new0 (gint64, k);
  if (rule != LLOYD_BATCH_COUNT)
    return self;
  if (grid != NULL)
    self->fixed = g_new0 (lloyd_int128, (size_t) k * d);
  if (grid != NULL && grid->has_fine)
    self->fine = g_new0 (lloyd_int128, (size_t) k * d);
  self->wide = g_new0 (LloydWide, (size_t) k * (grid != NULL ? grid->n_slots : d));
  return self;
}

void
lloyd_minibatch_free (LloydMiniBatch *self)
{
  g_free (self->counts);
  g_free (self->weights);
  g_free (self->fixed);
  g_free (self->fine);
  g_free (self->wide);
  g_free (self);
}

/* ---- sums ---------------------------------------------------------------------------------- */

static void
add_sums (LloydMiniBatch *self, const LloydSums *sums, guint cluster)
{
  size_t at = (size_t) cluster * self->d;

  if (self->grid == NULL)
    {
      for (guint j = 0; j < self->d; j++)
        {
          LloydWide sum;
          lloyd_sums_get (sums, cluster, j, &sum);
          lloyd_wide_merge (&self->wide[at + j], &sum);
        }
      return;
    }
  for (guint j = 0; j < self->d; j++)
    self->fixed[at + j] += sums->fixed[at + j];
  for (guint j = 0; j < self->d && self->fine != NULL; j++)
    self->fine[at + j] += sums->fine[at + j];
  for (guint slot = 0; slot < self->grid->n_slots; slot++)
    lloyd_wide_merge (&self->wide[(size_t) cluster * self->grid->n_slots + slot],
                      &sums->wide[(size_t) cluster * self->grid->n_slots + slot]);
}

/* The sum of all batches, rounded once to double. */
static double
round_sum (const LloydMiniBatch *self, guint cluster, guint j)
{
  size_t at = (size_t) cluster * self->d + j;
  if (self->grid == NULL)
    return lloyd_wide_round (&self->wide[at]);

  const LloydGrid *grid = self->grid;
  lloyd_int128 fixed = self->fixed[at], fine = self->fine != NULL ? self->fine[at] : 0;
  int slot = grid->slot[j];
  if (slot < 0 && fine == 0)
    return (fixed == (gint64) fixed ? (double) (gint64) fixed : (double) fixed) * grid->unit[j];

  LloydWide sum = { 0 };
  if (slot >= 0)
    sum = self->wide[(size_t) cluster * grid->n_slots + (guint) slot];
  lloyd_wide_add_scaled (&sum, fixed, -grid->shift[j]);
  if (fine != 0)
    lloyd_wide_add_scaled (&sum, fine, -grid->fine_shift[j]);
  return lloyd_wide_round (&sum);
}

/* ---- learning ------------------------------------------------------------------------------ */

static void
learn_by_count (LloydMiniBatch *self, const LloydSums *sums, guint cluster, double *v, float *next)
{
  add_sums (self, sums, cluster);
  for (guint j = 0; j < self->d; j++)
    v[j] = round_sum (self, cluster, j);
  if (!LLOYD_METRIC_IS_ANGULAR (self->metric))
    {
      double weight = self->weights != NULL ? lloyd_wide_round (&self->weights[cluster])
                                            : (double) self->counts[cluster];
      for (guint j = 0; j < self->d; j++)
        next[j] = lloyd_exact_mean (v[j], weight);
      return;
    }
  double norm = lloyd_exact_norm_of_sums (v, self->d);
  for (guint j = 0; j < self->d && norm > 0.0; j++)
    next[j] = lloyd_exact_direction (v[j], norm);
}

static void
learn_as_published (
    LloydMiniBatch *self, const LloydSums *sums, guint cluster, double *v, float *next)
{
  gboolean is_angular = LLOYD_METRIC_IS_ANGULAR (self->metric);
  for (guint j = 0; j < self->d; j++)
    v[j] = lloyd_sums_round (sums, cluster, j);
  double over =
      is_angular ? lloyd_exact_norm_of_sums (v, self->d) : lloyd_sums_weight (sums, cluster);
  if (over == 0.0)
    return;
  for (guint j = 0; j < self->d; j++)
    {
      double c = next[j];
      v[j] = c + (v[j] / over - c) / (double) self->counts[cluster];
    }
  double norm = is_angular ? lloyd_exact_norm_of_sums (v, self->d) : 1.0;
  for (guint j = 0; j < self->d && norm > 0.0; j++)
    next[j] = lloyd_exact_direction (v[j], norm);
}

void
lloyd_minibatch_learn (LloydMiniBatch *self,
                       const LloydSums *sums,
                       const float *current,
                       float *next)
{
  g_autofree double *v = g_new (double, self->d);

  memcpy (next, current, sizeof (float) * self->k * self->d);
  if (sums->weights != NULL && self->weights == NULL)
    self->weights = g_new0 (LloydWide, self->k);
  for (guint cluster = 0; cluster < self->k; cluster++)
    {
      float *c = next + (size_t) cluster * self->d;
      if (sums->sizes[cluster] == 0)
        continue;
      self->counts[cluster] += sums->sizes[cluster];
      if (self->weights != NULL)
        lloyd_wide_merge (&self->weights[cluster], &sums->weights[cluster]);
      if (self->rule == LLOYD_BATCH_COUNT)
        learn_by_count (self, sums, cluster, v, c);
      else
        learn_as_published (self, sums, cluster, v, c);
    }
}

guint
lloyd_minibatch_count_untouched (const LloydMiniBatch *self, const LloydSums *sums)
{
  guint n = 0;
  for (guint cluster = 0; cluster < self->k; cluster++)
    n += self->counts[cluster] == 0 && sums->sizes[cluster] == 0;
  return n;
}

/* ---- stopping ------------------------------------------------------------------------------ */

void
lloyd_minibatch_note (
    LloydMiniBatch *self, double objective, double total_weight, size_t n_rows, size_t n)
{
  double weight = MIN (1.0, 2.0 * (double) n_rows / ((double) n + 1.0));

  /* Rows of weight 0 alone say nothing. */
  if (total_weight == 0.0)
    return;
  double mean = objective / total_weight;

  self->smoothed = self->has_objective ? self->smoothed + weight * (mean - self->smoothed) : mean;
  if (!self->has_objective || self->smoothed < self->best)
    {
      self->best = self->smoothed;
      self->n_without = 0;
    }
  else
    self->n_without++;
  self->has_objective = TRUE;
}

gboolean
lloyd_minibatch_is_stalled (const LloydMiniBatch *self)
{
  return self->n_without >= LLOYD_BATCH_PATIENCE;
}

/* ---- rows ---------------------------------------------------------------------------------- */

size_t
lloyd_minibatch_rows (size_t n, guint batch_size, guint64 seed, guint batch, size_t *rows)
{
  size_t per_epoch = (n + batch_size - 1) / batch_size;
  size_t epoch = (batch - 1) / per_epoch, first = (batch - 1) % per_epoch * batch_size;
  size_t count = MIN ((size_t) batch_size, n - first);
  LloydPermutation permutation =
      lloyd_permutation (n, seed, (guint32) epoch, LLOYD_PURPOSE_BATCHES);

  for (size_t i = 0; i < count; i++)
    rows[i] = lloyd_permutation_at (&permutation, first + i);
  return count;
}

/* Rows gathered at once, so that their squares are summed in long stretches. */
#define GATHERED_VALUES 2048

static void
add_energy (const LloydEngine *engine, const size_t *rows, size_t n_rows, LloydWide *energy)
{
  guint d = engine->points->d;
  size_t at_once = GATHERED_VALUES / d;
  float values[GATHERED_VALUES];

  if (engine->metric != LLOYD_METRIC_EUCLIDEAN || at_once < 2 || engine->points->weights != NULL)
    {
      for (size_t i = 0; i < n_rows; i++)
        lloyd_engine_add_energy (engine, rows[i], energy);
      return;
    }
  for (size_t first = 0; first < n_rows; first += at_once)
    {
      size_t count = MIN (at_once, n_rows - first);
      for (size_t i = 0; i < count; i++)
        memcpy (values + i * d, lloyd_engine_row (engine, rows[first + i]), sizeof (float) * d);
      lloyd_wide_add_squares (energy, values, count * d);
    }
}

gboolean
lloyd_minibatch_energy (LloydEngine *engine,
                        const LloydView *batch,
                        LloydWide *energy,
                        GCancellable *cancellable,
                        GError **error)
{
  if (engine->backend->energy != NULL)
    return engine->backend->energy (engine, batch, energy, cancellable, error);
  memset (energy, 0, sizeof *energy);
  add_energy (engine, batch->rows, batch->count, energy);
  return TRUE;
}
