/* Assignment by blocks, for few dimensions. */
#pragma once

#include "compute/backends/cpu/cpu-private.h"

/* Makes the blocks where they pay; else leaves them NULL. Needs the engine's grid and middle. */
gboolean lloyd_cpu_make_blocks (LloydCpu *self, GCancellable *cancellable, GError **error);

/* Superblocks that a thread takes at once. */
#define LLOYD_CHUNK_SUPERS 8

/* Bit by row: those that a block has. */
static inline guint64
lloyd_cpu_rows_of_block (const LloydBlocks *blocks, size_t block)
{
  return ~(guint64) 0 >> (LLOYD_BLOCK_ROWS - lloyd_blocks_count (blocks, block));
}

/* The rows of a block, [d][BLOCK_ROWS]; those that are missing are copies of its last one. */
static inline void
lloyd_cpu_load_block (const LloydCpu *self, size_t block, float *x)
{
  self->kernels->block_load (self->engine.rows + block * LLOYD_BLOCK_ROWS * self->d, self->d,
                             lloyd_blocks_count (self->blocks, block), x);
}

/* The superblocks, several at a time. */
static inline LloydCpuChunks
lloyd_cpu_super_chunks (const LloydCpu *self, GCancellable *cancellable)
{
  return (LloydCpuChunks){ .n = self->blocks->n_supers,
                           .chunk_rows = LLOYD_CHUNK_SUPERS,
                           .cancellable = cancellable };
}

/* Frees what assignments keep for the next one. */
void lloyd_cpu_free_few (LloydCpu *self);

/* Labels all rows, in blocks; `panels` hold the k x d centroids. `sums` and `n_moved` as in the
 * verb. */
gboolean lloyd_cpu_assign_blocks (LloydCpu *self,
                                  const LloydPanels *panels,
                                  const float *centroids,
                                  LloydSums *sums,
                                  size_t *n_moved,
                                  GCancellable *cancellable,
                                  GError **error);
