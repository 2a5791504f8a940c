/* Points of few dimensions in an order that keeps neighbours together, in blocks with boxes.
 *
 * Rows lie along a Morton curve, BLOCK_ROWS to a block and BLOCKS blocks to a superblock. Each has
 * the box of its rows and their exact sums. Where one centroid beats all others at every point of
 * the box, the whole of it is labelled without looking at its rows. */
#pragma once

#include "compute/backends/sums.h"
#include "compute/team.h"

/* Up to this many dimensions there are blocks. */
#define LLOYD_LOW_DIMS 8
#define LLOYD_BLOCK_ROWS 64
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
  /* Which row lies at each of the n places. */
  guint32 *order;
  /* [block][d][BLOCK_ROWS]: the rows; the last block is filled up with its last row. */
  float *x;
  /* [block][d] and [superblock][d]: boxes of x - middle as the screen computes it, upper bounds of
   * its norm, exact sums. */
  float *low, *high, *super_low, *super_high;
  float *norm, *super_norm;
  gint64 *sums, *super_sums;
  /* What the integers leave out, by place instead of row; and the first of each superblock,
   * n_supers + 1 values. */
  GArray *exceptions;
  guint *super_exceptions;
  /* The label of all rows of a superblock, or LLOYD_MIXED; then of a block; then of each place. */
  gint32 *super_labels, *block_labels, *labels;
} LloydBlocks;

/* Orders n rows (n x d, d <= LLOYD_LOW_DIMS, n < 2^32) and copies them. Boxes and sums are not made
 * yet. NULL with LLOYD_ERROR_MEMORY. */
LloydBlocks *
lloyd_blocks_new (const float *rows, size_t n, guint d, LloydTeam *team, GError **error);
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

/* Labels by row, n values: out of the blocks, and into them. */
void lloyd_blocks_get_labels (LloydBlocks *self, gint32 *labels, LloydTeam *team);
void lloyd_blocks_set_labels (LloydBlocks *self, const gint32 *labels, LloydTeam *team);

/* The label of a place in a mixed superblock. */
static inline gint32
lloyd_blocks_label (const LloydBlocks *self, size_t place)
{
  gint32 label = self->block_labels[place / LLOYD_BLOCK_ROWS];
  return label != LLOYD_MIXED ? label : self->labels[place];
}

/* Makes a superblock mixed; its blocks keep the label that it had. */
void lloyd_blocks_split (LloydBlocks *self, size_t super);
