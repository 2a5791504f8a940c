#include "compute/backends/cpu/assign-blocks.h"

#include <string.h>

#include "compute/memory.h"

#define FEW_EACH (2 * (1 + LLOYD_SUPER_BLOCKS))
#define CACHE_LINE 64

/* Operations that a superblock costs: its own test against every centroid, and what a few mixed
 * blocks cost. */
#define SUPER_OPERATIONS 4000.0

/* ---- assignment ---------------------------------------------------------------------------- */

/* Sums are carried from call to call: what keeps its label is not touched. */
typedef struct
{
  LloydCpu *cpu;
  const LloydPanels *panels;
  const float *centroids;
  const LloydFew *all;
  /* FEW_EACH for each thread: what is left for two superblocks, and for each of their blocks. */
  LloydFew *few;
  /* By thread: what sums gain. */
  LloydSums **changes;
  /* Whether sums start from nothing, so that no row leaves the cluster it was in. */
  gboolean is_fresh;
  /* Whether columns have no integers. */
  gboolean has_wide;
  LloydCpuChunks chunks;
  atomic_size_t n_moved;
  atomic_size_t n_touched;
} Job;

/* What a thread works on. */
typedef struct
{
  const Job *job;
  LloydBlocks *blocks;
  LloydSums *changes;
  size_t n_moved;
  /* Rows whose own values were read. */
  size_t n_touched;
} Worker;

/* A superblock whose boxes have been looked at. */
typedef struct
{
  LloydFew *room;
  size_t super;
  /* Its blocks; who may win in all of it, and whether that is one; who may win in each. */
  size_t first, end;
  const LloydFew *from;
  gboolean is_whole;
  const LloydFew *few[LLOYD_SUPER_BLOCKS];
} Pending;

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
  gboolean is_unit = self->engine.metric == LLOYD_METRIC_COSINE;
  if (__builtin_popcountll (mask) > FEW_ROWS)
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
      double norm = is_unit ? sqrt (lloyd_exact_norm_squared (row, d)) : 1.0;
      for (guint j = 0; j < d; j++)
        sums[j] += is_unit ? lloyd_exact_unit_coordinate (row[j], norm, self->unit_scale)
                           : lloyd_grid_units (self->engine.grid, j, (double) row[j]);
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
  guint64 all = lloyd_cpu_rows_of_block (blocks, block);
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

  self->n_touched += count;
  lloyd_cpu_load_block (cpu, block, x);
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
      self->n_touched += lloyd_blocks_count (blocks, block);
      lloyd_cpu_load_block (self->job->cpu, block, x);
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

/* Narrows the blocks of a mixed superblock and asks for the rows of those that stay mixed. */
static void
narrow_blocks (Worker *self, Pending *pending)
{
  const LloydBlocks *blocks = self->blocks;
  const LloydFew *from = pending->from;

  for (size_t block = pending->first; block < pending->end; block++)
    {
      size_t at = block * blocks->d, i = block - pending->first;
      LloydFew *own = &pending->room[1 + i];
      gboolean is_narrowed = self->job->cpu->kernels->narrow (
          self->job->panels, from, blocks->low + at, blocks->high + at, blocks->norm[block], own);
      pending->few[i] = is_narrowed ? own : from;
      if (!is_narrowed || own->n > 1)
        prefetch_block (self, block);
    }
}

/* Finds who may win in a superblock. TRUE where that settles it; else the rest is pending. */
static gboolean
begin_super (Worker *self, size_t super, Pending *pending)
{
  LloydBlocks *blocks = self->blocks;
  LloydFew *few = &pending->room[0];
  size_t at = super * blocks->d;
  gint32 old = blocks->super_labels[super];
  gboolean is_narrowed =
      self->job->cpu->kernels->narrow (self->job->panels, self->job->all, blocks->super_low + at,
                                       blocks->super_high + at, blocks->super_norm[super], few);

  pending->super = super;
  pending->first = super * LLOYD_SUPER_BLOCKS;
  pending->end = MIN (pending->first + LLOYD_SUPER_BLOCKS, blocks->n_blocks);
  pending->from = is_narrowed ? few : self->job->all;
  pending->is_whole = is_narrowed && few->n == 1;
  if (pending->is_whole && old != LLOYD_MIXED)
    {
      gint32 label = few->label[0];
      move_whole (self, super * LLOYD_SUPER_ROWS, lloyd_blocks_super_count (blocks, super), old,
                  label, blocks->super_sums + at);
      blocks->super_labels[super] = label;
      return TRUE;
    }
  lloyd_blocks_split (blocks, super);
  if (!pending->is_whole)
    narrow_blocks (self, pending);
  return FALSE;
}

static void
finish_super (Worker *self, const Pending *pending)
{
  for (size_t block = pending->first; block < pending->end; block++)
    {
      const LloydFew *few =
          pending->is_whole ? pending->from : pending->few[block - pending->first];
      if (few->n > 1 || few == self->job->all)
        assign_rows (self, few, block);
      else
        assign_whole (self, block, few->label[0]);
    }
  if (pending->is_whole)
    self->blocks->super_labels[pending->super] = pending->from->label[0];
}

/* While the rows of one superblock are on their way, those of the one before are labelled. */
static void
work (guint index, gpointer data)
{
  Job *job = data;
  Worker worker = { .job = job, .blocks = job->cpu->blocks, .changes = job->changes[index] };
  Pending pending[2] = { { .room = &job->few[FEW_EACH * index] },
                         { .room = &job->few[FEW_EACH * index + 1 + LLOYD_SUPER_BLOCKS] } };
  guint turn = 0;
  gboolean has_pending = FALSE;
  size_t super, count;

  lloyd_sums_clear (worker.changes);
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      if (!begin_super (&worker, super, &pending[turn]))
        {
          turn ^= 1;
          if (has_pending)
            finish_super (&worker, &pending[turn]);
          has_pending = TRUE;
        }
  if (has_pending)
    finish_super (&worker, &pending[turn ^ 1]);
  atomic_fetch_add (&job->n_moved, worker.n_moved);
  atomic_fetch_add (&job->n_touched, worker.n_touched);
}

/* Room for n lists of all centroids, which stays for the next call. */
static LloydFew *
few_room (LloydCpu *self, guint n, const LloydPanels *panels)
{
  guint d = panels->d;
  /* Whole vectors are written behind the last one. */
  guint room = panels->k_padded + LLOYD_MAX_LANES;

  if (self->n_few >= n && self->few[0].room >= room)
    return self->few;
  lloyd_cpu_free_few (self);
  self->n_few = n;
  self->few = g_new0 (LloydFew, n);
  self->few[0].label = g_aligned_alloc ((gsize) n * room, sizeof (float) * (3 + d), 64);
  for (guint i = 0; i < n; i++)
    {
      LloydFew *few = &self->few[i];
      few->room = room;
      few->label = self->few[0].label + (gsize) i * room * (3 + d);
      few->half_square = (float *) few->label + room;
      few->norm = few->half_square + room;
      few->c = few->norm + room;
    }
  return self->few;
}

void
lloyd_cpu_free_few (LloydCpu *self)
{
  if (self->few != NULL)
    g_aligned_free (self->few[0].label);
  g_clear_pointer (&self->few, g_free);
  self->n_few = 0;
}

static void
list_all (const LloydPanels *panels, LloydFew *few)
{
  few->n = panels->k;
  for (guint j = 0; j < panels->k_padded; j++)
    {
      size_t at = (size_t) (j / panels->width) * panels->d * panels->width + j % panels->width;
      few->label[j] = panels->index[j];
      few->half_square[j] = panels->half_square[j];
      few->norm[j] = panels->norm[j];
      for (guint i = 0; i < panels->d; i++, at += panels->width)
        few->c[(size_t) i * few->room + j] = panels->centred[at];
    }
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
  LloydFew *few = few_room (self, 1 + FEW_EACH * n_threads, panels);
  g_autofree LloydSums **changes = g_new (LloydSums *, n_threads);
  Job job = { .cpu = self,
              .panels = panels,
              .centroids = centroids,
              .all = &few[0],
              .few = few + 1,
              .changes = changes,
              .is_fresh = !carry_sums (self, sums->k),
              .has_wide = has_wide_columns (self->engine.grid),
              .chunks = lloyd_cpu_super_chunks (self, cancellable) };

  list_all (panels, &few[0]);
  lloyd_cpu_prepare_sums (self, n_threads, sums->k);
  for (guint i = 0; i < n_threads; i++)
    changes[i] = i == 0 ? sums : self->threads[i].sums;
  /* Until all is done the sums are neither those before nor those after. */
  self->is_carried = FALSE;
  lloyd_team_run (self->team, n_threads, work, &job);
  if (!lloyd_cpu_chunks_finish (&job.chunks, error))
    return FALSE;
  for (guint i = 0; i < n_threads; i++)
    lloyd_sums_merge (self->carried, changes[i]);
  self->is_carried = TRUE;
  lloyd_sums_copy (sums, self->carried);
  *n_moved = atomic_load (&job.n_moved);
  self->engine.n_touched = atomic_load (&job.n_touched);
  return TRUE;
}
