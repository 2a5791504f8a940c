/* Points of few dimensions, which lie in memory so that neighbours are together, as blocks with
 * boxes.
 *
 * BLOCK_ROWS places are a block and BLOCKS blocks a superblock. Each has the box of its rows and
 * their exact sums. Where one centroid beats all others at every point of the box, the whole of it
 * is labelled without looking at its rows. */
#pragma once

#include "compute/backends/cpu/labels.h"
#include "compute/backends/sums.h"
#include "compute/data/order.h"

/* Up to this many dimensions there are blocks. */
#define LLOYD_LOW_DIMS LLOYD_ORDER_MAX_DIMS
#define LLOYD_BLOCK_ROWS LLOYD_ORDER_RUN
#define LLOYD_SUPER_BLOCKS 16
#define LLOYD_SUPER_ROWS (LLOYD_BLOCK_ROWS * LLOYD_SUPER_BLOCKS)

/* Not one label for all. */
#define LLOYD_MIXED G_MININT32

typedef struct
{
  size_t n;
  guint d;
  size_t n_blocks;
  size_t n_supers;
  /* [block][d] and [superblock][d]: boxes of x - middle as the screen computes it, upper bounds of
   * its norm, exact sums. */
  float *low, *high, *super_low, *super_high;
  float *norm, *super_norm;
  gint64 *sums, *super_sums;
  /* What the integers leave out, by rising place; and the first of each block, n_blocks + 1 values.
   */
  const GArray *exceptions;
  guint *block_exceptions;
  /* The label of all rows of a superblock, or LLOYD_MIXED; then of a block; then by place. */
  gint32 *super_labels, *block_labels;
  LloydLabels labels;
  /* Whether the labels by place hold them all. */
  gboolean is_flat;
} LloydBlocks;

/* Room for the blocks of n rows (d <= LLOYD_LOW_DIMS, n < 2^32) that leave `exceptions` out, which
 * must live longer. Boxes and sums are not made yet; no row has a label. NULL with
 * LLOYD_ERROR_MEMORY. */
LloydBlocks *lloyd_blocks_new (size_t n, guint d, const GArray *exceptions, GError **error);
void lloyd_blocks_free (LloydBlocks *self);

/* Rows in a block, and in a superblock. */
static inline guint
lloyd_blocks_count (const LloydBlocks *self, size_t block)
{
  return (guint) MIN (self->n - block * LLOYD_BLOCK_ROWS, (size_t) LLOYD_BLOCK_ROWS);
}

static inline guint
lloyd_blocks_super_count (const LloydBlocks *self, size_t super)
{
  return (guint) MIN (self->n - super * LLOYD_SUPER_ROWS, (size_t) LLOYD_SUPER_ROWS);
}

/* The label that all rows of the block around a place share, -1 for none; or LLOYD_MIXED. */
static inline gint32
lloyd_blocks_shared (const LloydBlocks *self, size_t place)
{
  gint32 label = self->super_labels[place / LLOYD_SUPER_ROWS];
  return label != LLOYD_MIXED ? label : self->block_labels[place / LLOYD_BLOCK_ROWS];
}

/* The label of the row at a place, -1 for none. */
static inline gint32
lloyd_blocks_label (const LloydBlocks *self, size_t place)
{
  gint32 label = lloyd_blocks_shared (self, place);
  return label != LLOYD_MIXED ? label : lloyd_labels_get (&self->labels, place);
}

/* Makes a superblock mixed; its blocks keep the label that it had. */
void lloyd_blocks_split (LloydBlocks *self, size_t super);

/* Makes every block mixed: each label stands by its place and may be changed there. */
void lloyd_blocks_flatten (LloydBlocks *self);
