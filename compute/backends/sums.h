/* Exact sums of the rows of each cluster, as every backend hands them back. */
#pragma once

#include "compute/backends/grid.h"
#include "compute/exact/tally.h"

typedef struct
{
  guint k;
  guint d;
  const LloydGrid *grid;
  /* k x d, in units of the grid's columns. */
  gint64 *fixed;
  /* k x d, in the grid's finer units; NULL where no column has one. */
  gint64 *fine;
  /* k x grid->n_slots: what does not fit the integers. */
  LloydWide *wide;
  /* k: rows of each cluster, without those of weight 0. */
  gint64 *sizes;
  /* k: their weights; NULL where rows have none, and each counts 1. */
  LloydWide *weights;
} LloydSums;

/* All zero, on a grid that must live longer. */
LloydSums *lloyd_sums_new (guint k, const LloydGrid *grid);
void lloyd_sums_free (LloydSums *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSums, lloyd_sums_free)

void lloyd_sums_clear (LloydSums *self);

/* self = other and self += other, of the same shape and grid. */
void lloyd_sums_copy (LloydSums *self, const LloydSums *other);
void lloyd_sums_merge (LloydSums *self, const LloydSums *other);

/* Adds (with sign -1: takes) what the integers of column j leave out of a value. */
void lloyd_sums_add_rest (LloydSums *self, guint cluster, guint j, double rest, int sign);

/* The weight of a cluster, and of all clusters together, rounded once to double. */
double lloyd_sums_weight (const LloydSums *self, guint cluster);
double lloyd_sums_total_weight (const LloydSums *self);

/* Adds v to (or, with sign -1, takes it from) column j of a cluster's sum. Sizes and weights are
 * not touched. */
void lloyd_sums_add (LloydSums *self, guint cluster, guint j, double v, int sign);

/* Adds a sum that was rounded elsewhere: what is finer than the grid is left out. */
void lloyd_sums_add_rounded (LloydSums *self, guint cluster, guint j, double sum);

/* The exact sum, and the sum rounded once to double. */
void lloyd_sums_get (const LloydSums *self, guint cluster, guint j, LloydWide *sum);
double lloyd_sums_round (const LloydSums *self, guint cluster, guint j);

/* total += factor * sum, exactly. */
void lloyd_sums_add_multiple (
    const LloydSums *self, guint cluster, guint j, float factor, LloydTally *total);

/* Whether sums, sizes and weights are equal as numbers, on whatever grids. */
gboolean lloyd_sums_equal (const LloydSums *a, const LloydSums *b);
