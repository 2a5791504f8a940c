#include <math.h>

#include "compute/backends/cpu/assign-blocks.h"

typedef struct
{
  LloydCpu *cpu;
  LloydCpuChunks chunks;
} MakeJob;

/* Upper bound of the norms in a box. */
static float
norm_of (const float *low, const float *high, guint d)
{
  double square = 0.0;
  for (guint j = 0; j < d; j++)
    {
      double far = MAX (fabs ((double) low[j]), fabs ((double) high[j]));
      square += far * far;
    }
  return (float) sqrt (square) * (1.0f + 0x1p-20f) + 0x1p-140f;
}

static void
make_box (const LloydCpu *self, size_t block, const float *x)
{
  const LloydBlocks *blocks = self->blocks;
  guint d = blocks->d;

  for (guint j = 0; j < d; j++, x += LLOYD_BLOCK_ROWS)
    {
      float low = INFINITY, high = -INFINITY;
      for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
        {
          float v = x[r] - self->middle[j];
          low = v < low ? v : low;
          high = v > high ? v : high;
        }
      blocks->low[block * d + j] = low;
      blocks->high[block * d + j] = high;
    }
  blocks->norm[block] = norm_of (blocks->low + block * d, blocks->high + block * d, d);
}

static void
make_super (const LloydBlocks *blocks, size_t super)
{
  guint d = blocks->d;
  size_t first = super * LLOYD_SUPER_BLOCKS,
         end = MIN (first + LLOYD_SUPER_BLOCKS, blocks->n_blocks);

  for (guint j = 0; j < d; j++)
    {
      float low = INFINITY, high = -INFINITY;
      gint64 sum = 0;
      for (size_t block = first; block < end; block++)
        {
          low = MIN (low, blocks->low[block * d + j]);
          high = MAX (high, blocks->high[block * d + j]);
          sum += blocks->sums[block * d + j];
        }
      blocks->super_low[super * d + j] = low;
      blocks->super_high[super * d + j] = high;
      blocks->super_sums[super * d + j] = sum;
    }
  blocks->super_norm[super] =
      norm_of (blocks->super_low + super * d, blocks->super_high + super * d, d);
}

static void
make_some (guint index, gpointer data)
{
  MakeJob *job = data;
  const LloydBlocks *blocks = job->cpu->blocks;
  float x[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];
  size_t super, count;

  (void) index;
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      {
        for (size_t block = super * LLOYD_SUPER_BLOCKS;
             block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, blocks->n_blocks); block++)
          {
            lloyd_cpu_load_block (job->cpu, block, x);
            make_box (job->cpu, block, x);
            job->cpu->kernels->block_sum (job->cpu->engine.metric, job->cpu->engine.grid, x,
                                          lloyd_cpu_rows_of_block (blocks, block),
                                          blocks->sums + block * blocks->d);
          }
        make_super (blocks, super);
      }
}

gboolean
lloyd_cpu_make_blocks (LloydCpu *self, GCancellable *cancellable, GError **error)
{
  guint n_threads = lloyd_cpu_n_threads (self, self->n, 20.0 * self->d);

  if (self->engine.points->order == NULL)
    return TRUE;
  self->blocks = lloyd_blocks_new (self->n, self->d, self->engine.grid->exceptions, error);
  if (self->blocks == NULL)
    return FALSE;
  MakeJob job = { self, lloyd_cpu_super_chunks (self, cancellable) };
  lloyd_team_run (self->team, n_threads, make_some, &job);
  return lloyd_cpu_chunks_finish (&job.chunks, error);
}
