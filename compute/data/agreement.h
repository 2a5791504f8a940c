/* Agreement of clusters with classes: the cross table, and one number. */
#pragma once

#include <glib.h>

/* How many rows of each cluster are of each class. */
typedef struct
{
  guint k;
  guint n_classes;
  /* k x n_classes. */
  gint64 *counts;
  /* Rows counted, and rows left out for having no cluster or no class. */
  gint64 n;
  gint64 n_left_out;
} LloydCrossTable;

/* An empty table. Yours. */
LloydCrossTable *lloyd_cross_table_new (guint k, guint n_classes);
void lloyd_cross_table_free (LloydCrossTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydCrossTable, lloyd_cross_table_free)

/* Counts one row; a cluster or class out of range leaves it out. */
static inline void
lloyd_cross_table_add (LloydCrossTable *self, gint32 cluster, guint class)
{
  if (cluster < 0 || (guint) cluster >= self->k || class >= self->n_classes)
    {
      self->n_left_out++;
      return;
    }
  self->counts[(gsize) cluster * self->n_classes + class]++;
  self->n++;
}

/* Adjusted Rand index, 1 for the same partition and about 0 for chance: with n_ij the counts, a_i
 * and b_j their sums by row and column, and C (m) = m (m - 1) / 2,
 *   (sum C (n_ij) - E) / ((sum C (a_i) + sum C (b_j)) / 2 - E), E = sum C (a_i) sum C (b_j) / C (n)
 * Hubert and Arabie, "Comparing partitions", Journal of Classification 2, 1985. Where both put all
 * rows together, or each row alone, it is 1; NaN for no row. */
double lloyd_adjusted_rand (const LloydCrossTable *self);

/* Lets each class stand, as far as can be, where the cluster of its number does that it shares most
 * rows with: of the clusters and classes that are left, the pair with the most rows comes first.
 * The classes of no cluster come last. `order`: what was where, n_classes. */
void lloyd_cross_table_match (LloydCrossTable *self, guint *order);

/* The class that most rows of a cluster have, the first among equals; -1 where it has none. */
int lloyd_cross_table_majority (const LloydCrossTable *self, guint cluster);
