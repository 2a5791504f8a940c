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

/* A count, and where it is. */
typedef struct
{
  gint64 count;
  guint cluster;
  guint class;
} Cell;

static int
compare_cells (gconstpointer a, gconstpointer b)
{
  const Cell *x = a, *y = b;
  if (x->count != y->count)
    return x->count < y->count ? 1 : -1;
  if (x->cluster != y->cluster)
    return x->cluster > y->cluster ? 1 : -1;
  return (x->class > y->class) - (x->class < y->class);
}

/* For each class the cluster that it goes with; k: none. */
static void
pair_up (const LloydCrossTable *self, guint *clusters)
{
  g_autoptr (GArray) cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  g_autofree gboolean *is_taken = g_new0 (gboolean, self->k);
  for (guint i = 0; i < self->k; i++)
    for (guint j = 0; j < self->n_classes; j++)
      {
        Cell cell = { self->counts[(gsize) i * self->n_classes + j], i, j };
        if (cell.count > 0)
          g_array_append_val (cells, cell);
      }
  g_array_sort (cells, compare_cells);
  for (guint j = 0; j < self->n_classes; j++)
    clusters[j] = self->k;
  for (guint i = 0; i < cells->len; i++)
    {
      const Cell *cell = &g_array_index (cells, Cell, i);
      if (is_taken[cell->cluster] || clusters[cell->class] < self->k)
        continue;
      is_taken[cell->cluster] = TRUE;
      clusters[cell->class] = cell->cluster;
    }
}

void
lloyd_cross_table_match (LloydCrossTable *self, guint *order)
{
  g_autofree guint *clusters = g_new (guint, self->n_classes);
  g_autofree gint64 *row = g_new (gint64, self->n_classes);
  guint n = 0;
  pair_up (self, clusters);
  /* Few classes, each of which is put behind those of earlier clusters. */
  for (guint j = 0; j < self->n_classes; j++, n++)
    {
      guint at = n;
      for (; at > 0 && clusters[order[at - 1]] > clusters[j]; at--)
        order[at] = order[at - 1];
      order[at] = j;
    }
  for (guint i = 0; i < self->k; i++)
    {
      gint64 *counts = self->counts + (gsize) i * self->n_classes;
      for (guint j = 0; j < self->n_classes; j++)
        row[j] = counts[order[j]];
      for (guint j = 0; j < self->n_classes; j++)
        counts[j] = row[j];
    }
}
