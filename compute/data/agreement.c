#include "compute/data/agreement.h"

#include <math.h>

LloydCrossTable *
lloyd_cross_table_new (guint k, guint n_classes)
{
  LloydCrossTable *self = g_new0 (LloydCrossTable, 1);
  self->k = k;
  self->n_classes = n_classes;
  self->counts = g_new0 (gint64, (gsize) k * n_classes);
  return self;
}

void
lloyd_cross_table_free (LloydCrossTable *self)
{
  g_free (self->counts);
  g_free (self);
}

/* Pairs among m: in extended precision, for the index is a small difference of large numbers. */
static long double
pairs (gint64 m)
{
  return (long double) m * (long double) (m - 1) / 2.0L;
}

double
lloyd_adjusted_rand (const LloydCrossTable *self)
{
  g_autofree gint64 *columns = g_new0 (gint64, self->n_classes);
  long double both = 0.0L, of_rows = 0.0L, of_columns = 0.0L;

  if (self->n == 0)
    return NAN;
  for (guint i = 0; i < self->k; i++)
    {
      gint64 row = 0;
      for (guint j = 0; j < self->n_classes; j++)
        {
          gint64 count = self->counts[(gsize) i * self->n_classes + j];
          row += count;
          columns[j] += count;
          both += pairs (count);
        }
      of_rows += pairs (row);
    }
  for (guint j = 0; j < self->n_classes; j++)
    of_columns += pairs (columns[j]);
  long double expected = self->n > 1 ? of_rows * of_columns / pairs (self->n) : 0.0L;
  long double most = (of_rows + of_columns) / 2.0L;
  return most == expected ? 1.0 : (double) ((both - expected) / (most - expected));
}

int
lloyd_cross_table_majority (const LloydCrossTable *self, guint cluster)
{
  const gint64 *counts = self->counts + (gsize) cluster * self->n_classes;
  int best = -1;
  for (guint j = 0; j < self->n_classes; j++)
    if (counts[j] > 0 && (best < 0 || counts[j] > counts[best]))
      best = (int) j;
  return best;
}
