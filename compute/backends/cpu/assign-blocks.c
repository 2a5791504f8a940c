#include "compute/backends/cpu/assign-blocks.h"

#include <string.h>

#include "compute/memory.h"

#define FEW_EACH (1 + LLOYD_SUPER_BLOCKS)
#define CACHE_LINE 64

/* Superblocks that a thread takes at once. */
#define CHUNK_SUPERS 8
/* Operations that a superblock costs: its own test against every centroid, and what a few mixed
 * blocks cost. */
#define SUPER_OPERATIONS 4000.0

/* ---- boxes and sums ------------------------------------------------------------------------ */

typedef struct
{
  LloydCpu *cpu;
  LloydCpuChunks chunks;
} MakeJob;

/* Bit by row: those that a block has. */
static inline guint64
rows_of (const LloydBlocks *blocks, size_t block)
{
  return ~(guint64) 0 >> (LLOYD_BLOCK_ROWS - lloyd_blocks_count (blocks, block));
}

/* The rows of a block, [d][BLOCK_ROWS]; those that are missing are copies of its last one. */
static void
load_block (const LloydCpu *self, size_t block, float *x)
{
  self->kernels->block_load (self->engine.rows + block * LLOYD_BLOCK_ROWS * self->d, self->d,
                             lloyd_blocks_count (self->blocks, block), x);
}

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
            load_block (job->cpu, block, x);
            make_box (job->cpu, block, x);
            job->cpu->kernels->block_sum (job->cpu->engine.metric, job->cpu->engine.grid, x,
                                          rows_of (blocks, block),
                                          blocks->sums + block * blocks->d);
          }
        make_super (blocks, super);
      }
}

static LloydCpuChunks
super_chunks (const LloydCpu *self, GCancellable *cancellable)
{
  return (LloydCpuChunks){ .n = self->blocks->n_supers,
                           .chunk_rows = CHUNK_SUPERS,
                           .cancellable = cancellable };
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
  MakeJob job = { self, super_chunks (self, cancellable) };
  lloyd_team_run (self->team, n_threads, make_some, &job);
  return lloyd_cpu_chunks_finish (&job.chunks, error);
}

/* ---- assignment ---------------------------------------------------------------------------- */

/* Sums are carried from call to call: what keeps its label is not touched. */
typedef struct
{
  LloydCpu *cpu;
  const LloydPanels *panels;
  const float *centroids;
  LloydFew all;
  /* FEW_EACH for each thread: what is left for a superblock, and for each of its blocks. */
  LloydFew *few;
  /* By thread: what sums gain. */
  LloydSums **changes;
  /* Whether sums start from nothing, so that no row leaves the cluster it was in. */
  gboolean is_fresh;
  /* Whether columns have no integers. */
  gboolean has_wide;
  LloydCpuChunks chunks;
  atomic_size_t n_moved;
} Job;

/* What a thread works on. */
typedef struct
{
  const Job *job;
  LloydBlocks *blocks;
  LloydFew *few;
  LloydSums *changes;
  size_t n_moved;
} Worker;

static void
add_rest (LloydSums *sums, const LloydException *exception, gint32 from, gint32 to)
{
  double rest = (double) exception->rest;
  if (from >= 0)
    lloyd_sums_add_rest (sums, (guint) from, exception->column, rest, -1);
  lloyd_sums_add_rest (sums, (guint) to, exception->column, rest, 1);
}

/* Takes `count` rows from one cluster (none: -1) to another; `whole` are their integer sums. */
static inline void
move_sums (LloydSums *sums, gint32 from, gint32 to, const gint64 *whole, guint count)
{
  guint d = sums->d;
  gint64 *target = sums->fixed + (size_t) to * d;
  for (guint j = 0; j < d; j++)
    target[j] += whole[j];
  sums->sizes[to] += count;
  if (from < 0)
    return;
  gint64 *source = sums->fixed + (size_t) from * d;
  for (guint j = 0; j < d; j++)
    source[j] -= whole[j];
  sums->sizes[from] -= count;
}

/* The same for the row at a place, in columns that have no integers. */
static void
move_wide (LloydSums *sums, gint32 from, gint32 to, const float *x)
{
  for (guint j = 0; j < sums->d; j++)
    if (sums->grid->limit[j] == 0.0f)
      {
        lloyd_sums_add (sums, (guint) to, j, (double) x[j], 1);
        if (from >= 0)
          lloyd_sums_add (sums, (guint) from, j, (double) x[j], -1);
      }
}

/* Moves rows first .. first + count - 1, all of one label, to another. */
static void
move_whole (Worker *self, size_t first, guint count, gint32 from, gint32 to, const gint64 *whole)
{
  const LloydBlocks *blocks = self->blocks;
  const LloydCpu *cpu = self->job->cpu;
  gboolean is_fresh = self->job->is_fresh;

  self->n_moved += from != to ? count : 0;
  if (from == to && !is_fresh)
    return;
  from = is_fresh ? -1 : from;
  move_sums (self->changes, from, to, whole, count);
  for (guint r = 0; self->job->has_wide && r < count; r++)
    move_wide (self->changes, from, to, cpu->engine.rows + (first + r) * cpu->d);
  size_t block = first / LLOYD_BLOCK_ROWS, last = (first + count - 1) / LLOYD_BLOCK_ROWS;
  for (guint i = blocks->block_exceptions[block]; i < blocks->block_exceptions[last + 1]; i++)
    add_rest (self->changes, &g_array_index (blocks->exceptions, LloydException, i), from, to);
}

/* Rows that are summed one by one. */
#define FEW_ROWS 3

/* The sum of the rows of a block whose bit is set, in units of the grid. */
static void
sum_rows (const LloydCpu *self, size_t block, const float *x, guint64 mask, gint64 *sums)
{
  guint d = self->d;
  if (self->engine.metric == LLOYD_METRIC_COSINE || __builtin_popcountll (mask) > FEW_ROWS)
    {
      self->kernels->block_sum (self->engine.metric, self->engine.grid, x, mask, sums);
      return;
    }
  for (guint j = 0; j < d; j++)
    sums[j] = 0;
  for (; mask != 0; mask &= mask - 1)
    {
      const float *row =
          self->engine.rows + (block * LLOYD_BLOCK_ROWS + (guint) __builtin_ctzll (mask)) * d;
      for (guint j = 0; j < d; j++)
        sums[j] += lloyd_grid_units (self->engine.grid, j, (double) row[j]);
    }
}

/* Moves rows of a block of a mixed superblock, `moved` bit by row, to the labels given. */
static void
move_rows (Worker *self,
           size_t block,
           const float *x,
           guint64 moved,
           const gint32 *old,
           const gint32 *labels)
{
  const LloydCpu *cpu = self->job->cpu;
  const LloydBlocks *blocks = self->blocks;
  guint d = blocks->d;
  size_t first = block * LLOYD_BLOCK_ROWS;
  gint64 sums[LLOYD_LOW_DIMS];

  /* Most go the same way. */
  for (guint64 rest = moved; rest != 0;)
    {
      guint r = (guint) __builtin_ctzll (rest);
      gint32 from = old[r], to = labels[r];
      guint64 same = cpu->kernels->block_find (old, labels, from, to) & rest;
      sum_rows (cpu, block, x, same, sums);
      move_sums (self->changes, from, to, sums, (guint) __builtin_popcountll (same));
      rest &= ~same;
      for (; self->job->has_wide && same != 0; same &= same - 1)
        move_wide (self->changes, from, to,
                   cpu->engine.rows + (first + (guint) __builtin_ctzll (same)) * d);
    }
  for (guint i = blocks->block_exceptions[block]; i < blocks->block_exceptions[block + 1]; i++)
    {
      const LloydException *exception = &g_array_index (blocks->exceptions, LloydException, i);
      guint r = (guint) (exception->row - first);
      if (moved >> r & 1)
        add_rest (self->changes, exception, old[r], labels[r]);
    }
}

/* Gives the rows of a block of a mixed superblock, which are at x, their labels. */
static void
relabel (Worker *self, size_t block, const float *x, const gint32 *labels)
{
  const LloydBlocks *blocks = self->blocks;
  guint64 all = rows_of (blocks, block);
  gint32 old[LLOYD_BLOCK_ROWS];

  if (blocks->block_labels[block] != LLOYD_MIXED)
    for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
      old[r] = blocks->block_labels[block];
  else
    lloyd_labels_read (&blocks->labels, block * LLOYD_BLOCK_ROWS,
                       lloyd_blocks_count (blocks, block), old);
  guint64 moved = self->job->cpu->kernels->block_differ (old, labels) & all;
  self->n_moved += (guint) __builtin_popcountll (moved);
  if (self->job->is_fresh)
    {
      memset (old, 255, sizeof old);
      moved = all;
    }
  if (moved != 0)
    move_rows (self, block, x, moved, old, labels);
}

/* Labels a block row by row. */
static void
assign_rows (Worker *self, const LloydFew *few, size_t block)
{
  LloydBlocks *blocks = self->blocks;
  const LloydCpu *cpu = self->job->cpu;
  guint d = blocks->d, count = lloyd_blocks_count (blocks, block);
  size_t first = block * LLOYD_BLOCK_ROWS;
  float x[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];
  gint32 labels[LLOYD_BLOCK_ROWS];

  load_block (cpu, block, x);
  guint64 doubtful =
      cpu->kernels->label_block (self->job->panels, few, x, blocks->norm[block], labels);
  for (; doubtful != 0; doubtful &= doubtful - 1)
    {
      guint r = (guint) __builtin_ctzll (doubtful);
      if (r < count)
        labels[r] = cpu->kernels->decide_among (self->job->panels, self->job->centroids, few,
                                                cpu->engine.rows + (first + r) * d);
    }
  relabel (self, block, x, labels);
  lloyd_labels_write (&blocks->labels, first, count, labels);
  blocks->block_labels[block] = LLOYD_MIXED;
}

/* Gives a whole block of a mixed superblock its label. */
static void
assign_whole (Worker *self, size_t block, gint32 label)
{
  LloydBlocks *blocks = self->blocks;
  gint32 old = blocks->block_labels[block], labels[LLOYD_BLOCK_ROWS];
  float x[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];

  if (old != LLOYD_MIXED)
    move_whole (self, block * LLOYD_BLOCK_ROWS, lloyd_blocks_count (blocks, block), old, label,
                blocks->sums + block * blocks->d);
  else
    {
      for (guint r = 0; r < LLOYD_BLOCK_ROWS; r++)
        labels[r] = label;
      load_block (self->job->cpu, block, x);
      relabel (self, block, x, labels);
    }
  blocks->block_labels[block] = label;
}

/* Asks for the rows and labels of a block ahead of their use. */
static void
prefetch_block (const Worker *self, size_t block)
{
  const LloydCpu *cpu = self->job->cpu;
  size_t first = block * LLOYD_BLOCK_ROWS, bytes = sizeof (float) * cpu->d * LLOYD_BLOCK_ROWS;
  const char *rows = (const char *) (cpu->engine.rows + first * cpu->d);
  const char *labels = (const char *) self->blocks->labels.values;

  for (size_t at = 0; at < bytes; at += CACHE_LINE)
    __builtin_prefetch (rows + at);
  __builtin_prefetch (labels + first * self->blocks->labels.width, 1);
}

/* Labels the blocks of a mixed superblock: first all boxes, so that the rows of the mixed ones are
 * on their way when their turn comes. */
static void
assign_blocks (Worker *self, const LloydFew *from, size_t first, size_t end)
{
  const LloydBlocks *blocks = self->blocks;
  const LloydFew *few[LLOYD_SUPER_BLOCKS];

  for (size_t block = first; block < end; block++)
    {
      size_t at = block * blocks->d;
      LloydFew *own = &self->few[1 + block - first];
      gboolean is_narrowed = self->job->cpu->kernels->narrow (
          self->job->panels, from, blocks->low + at, blocks->high + at, blocks->norm[block], own);
      few[block - first] = is_narrowed ? own : from;
      if (!is_narrowed || own->n > 1)
        prefetch_block (self, block);
    }
  for (size_t block = first; block < end; block++)
    if (few[block - first] == from || few[block - first]->n > 1)
      assign_rows (self, few[block - first], block);
    else
      assign_whole (self, block, few[block - first]->label[0]);
}

static void
assign_super (Worker *self, size_t super)
{
  LloydBlocks *blocks = self->blocks;
  LloydFew *few = &self->few[0];
  size_t at = super * blocks->d, first = super * LLOYD_SUPER_BLOCKS,
         end = MIN (first + LLOYD_SUPER_BLOCKS, blocks->n_blocks);
  gint32 old = blocks->super_labels[super];
  gboolean is_narrowed =
      self->job->cpu->kernels->narrow (self->job->panels, &self->job->all, blocks->super_low + at,
                                       blocks->super_high + at, blocks->super_norm[super], few);
  gboolean is_whole = is_narrowed && few->n == 1;

  if (is_whole && old != LLOYD_MIXED)
    {
      gint32 label = few->label[0];
      move_whole (self, super * LLOYD_SUPER_ROWS, lloyd_blocks_super_count (blocks, super), old,
                  label, blocks->super_sums + at);
      blocks->super_labels[super] = label;
      return;
    }
  lloyd_blocks_split (blocks, super);
  if (!is_whole)
    {
      assign_blocks (self, is_narrowed ? few : &self->job->all, first, end);
      return;
    }
  for (size_t block = first; block < end; block++)
    assign_whole (self, block, few->label[0]);
  blocks->super_labels[super] = few->label[0];
}

static void
work (guint index, gpointer data)
{
  Job *job = data;
  Worker worker = { .job = job,
                    .blocks = job->cpu->blocks,
                    .few = &job->few[FEW_EACH * index],
                    .changes = job->changes[index] };
  size_t super, count;

  lloyd_sums_clear (worker.changes);
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      assign_super (&worker, super);
  atomic_fetch_add (&job->n_moved, worker.n_moved);
}

/* Room for all centroids, in one piece that `label` begins. */
static LloydFew
few_new (guint n, guint d)
{
  /* Whole vectors are written behind the last one. */
  guint room = n + LLOYD_MAX_LANES;
  LloydFew few = { .room = room };
  few.label = g_aligned_alloc (room, sizeof (float) * (3 + d), 64);
  few.half_square = (float *) (few.label + room);
  few.norm = few.half_square + room;
  few.c = few.norm + room;
  return few;
}

static LloydFew
all_of (const LloydPanels *panels)
{
  LloydFew few = few_new (panels->k_padded, panels->d);
  few.n = panels->k;
  for (guint j = 0; j < panels->k_padded; j++)
    {
      size_t at = (size_t) (j / panels->width) * panels->d * panels->width + j % panels->width;
      few.label[j] = panels->index[j];
      few.half_square[j] = panels->half_square[j];
      few.norm[j] = panels->norm[j];
      for (guint i = 0; i < panels->d; i++, at += panels->width)
        few.c[(size_t) i * few.room + j] = panels->centred[at];
    }
  return few;
}

/* Makes the carried sums ready; FALSE where they start from nothing. */
static gboolean
carry_sums (LloydCpu *self, guint k)
{
  if (self->carried == NULL || self->carried->k != k)
    {
      g_clear_pointer (&self->carried, lloyd_sums_free);
      self->carried = lloyd_sums_new (k, self->engine.grid);
      self->is_carried = FALSE;
    }
  if (!self->is_carried)
    lloyd_sums_clear (self->carried);
  return self->is_carried;
}

static gboolean
has_wide_columns (const LloydGrid *grid)
{
  for (guint j = 0; j < grid->d; j++)
    if (grid->limit[j] == 0.0f)
      return TRUE;
  return FALSE;
}

gboolean
lloyd_cpu_assign_blocks (LloydCpu *self,
                         const LloydPanels *panels,
                         const float *centroids,
                         LloydSums *sums,
                         size_t *n_moved,
                         GCancellable *cancellable,
                         GError **error)
{
  if (!lloyd_labels_fit (&self->blocks->labels, self->n, sums->k, error))
    return FALSE;
  self->blocks->is_flat = FALSE;

  guint n_threads = lloyd_cpu_n_threads (self, self->blocks->n_supers,
                                         SUPER_OPERATIONS + 4.0 * panels->k * panels->d);
  g_autofree LloydFew *few = g_new (LloydFew, FEW_EACH * n_threads);
  g_autofree LloydSums **changes = g_new (LloydSums *, n_threads);
  Job job = { .cpu = self,
              .panels = panels,
              .centroids = centroids,
              .all = all_of (panels),
              .few = few,
              .changes = changes,
              .is_fresh = !carry_sums (self, sums->k),
              .has_wide = has_wide_columns (self->engine.grid),
              .chunks = super_chunks (self, cancellable) };

  for (guint i = 0; i < FEW_EACH * n_threads; i++)
    few[i] = few_new (panels->k_padded, panels->d);
  lloyd_cpu_prepare_sums (self, n_threads, sums->k);
  for (guint i = 0; i < n_threads; i++)
    changes[i] = i == 0 ? sums : self->threads[i].sums;
  /* Until all is done the sums are neither those before nor those after. */
  self->is_carried = FALSE;
  lloyd_team_run (self->team, n_threads, work, &job);
  for (guint i = 0; i < FEW_EACH * n_threads; i++)
    g_aligned_free (few[i].label);
  g_aligned_free (job.all.label);
  if (!lloyd_cpu_chunks_finish (&job.chunks, error))
    return FALSE;
  for (guint i = 0; i < n_threads; i++)
    lloyd_sums_merge (self->carried, changes[i]);
  self->is_carried = TRUE;
  lloyd_sums_copy (sums, self->carried);
  *n_moved = atomic_load (&job.n_moved);
  return TRUE;
}
