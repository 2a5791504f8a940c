#include "compute/backends/cpu/assign-blocks.h"

#include <string.h>

#include "compute/memory.h"

/* Fewer rows are not worth ordering. */
#define MIN_ROWS 256
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
  /* Bit by row: whether it has exceptions; NULL where none has. */
  guint8 *has_exceptions;
  /* By thread. */
  GArray **exceptions;
} MakeJob;

static void
make_box (const LloydCpu *self, size_t block)
{
  const LloydBlocks *blocks = self->blocks;
  guint d = blocks->d;
  const float *x = blocks->x + block * LLOYD_BLOCK_ROWS * d;

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
}

static void
make_sums (const LloydCpu *self, size_t block)
{
  const LloydBlocks *blocks = self->blocks;
  guint d = blocks->d, count = lloyd_blocks_count (blocks, block);
  gint64 units[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];

  self->kernels->block_units (self->engine.metric, self->engine.grid,
                              blocks->x + block * LLOYD_BLOCK_ROWS * d, units);
  for (guint j = 0; j < d; j++)
    {
      gint64 sum = 0;
      for (guint r = 0; r < count; r++)
        sum += units[j * LLOYD_BLOCK_ROWS + r];
      blocks->sums[block * d + j] = sum;
    }
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
}

/* Lists the exceptions of a block by place. */
static void
find_exceptions (const MakeJob *job, size_t block, GArray *found)
{
  const LloydBlocks *blocks = job->cpu->blocks;
  const GArray *exceptions = job->cpu->engine.grid->exceptions;
  size_t first = block * LLOYD_BLOCK_ROWS;

  for (size_t place = first; place < first + lloyd_blocks_count (blocks, block); place++)
    {
      size_t row = blocks->order[place];
      if (!(job->has_exceptions[row / 8] >> row % 8 & 1))
        continue;
      for (guint i = lloyd_cpu_find_exception (exceptions, row); i < exceptions->len; i++)
        {
          LloydException exception = g_array_index (exceptions, LloydException, i);
          if (exception.row != row)
            break;
          exception.row = place;
          g_array_append_val (found, exception);
        }
    }
}

static void
make_some (guint index, gpointer data)
{
  MakeJob *job = data;
  const LloydBlocks *blocks = job->cpu->blocks;
  size_t super, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      {
        for (size_t block = super * LLOYD_SUPER_BLOCKS;
             block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, blocks->n_blocks); block++)
          {
            make_box (job->cpu, block);
            make_sums (job->cpu, block);
            if (job->has_exceptions != NULL)
              find_exceptions (job, block, job->exceptions[index]);
          }
        make_super (blocks, super);
      }
}

static int
compare_exceptions (gconstpointer a, gconstpointer b)
{
  size_t x = ((const LloydException *) a)->row, y = ((const LloydException *) b)->row;
  return (x > y) - (x < y);
}

/* Puts the threads' lists together, by rising place, and notes where superblocks begin. */
static void
gather_exceptions (LloydBlocks *blocks, GArray **lists, guint n_lists)
{
  blocks->exceptions = g_array_new (FALSE, FALSE, sizeof (LloydException));
  blocks->super_exceptions = g_new (guint, blocks->n_supers + 1);
  for (guint i = 0; i < n_lists; i++)
    {
      g_array_append_vals (blocks->exceptions, lists[i]->data, lists[i]->len);
      g_array_unref (lists[i]);
    }
  g_array_sort (blocks->exceptions, compare_exceptions);
  guint at = 0;
  for (size_t super = 0; super <= blocks->n_supers; super++)
    {
      while (at < blocks->exceptions->len &&
             g_array_index (blocks->exceptions, LloydException, at).row < super * LLOYD_SUPER_ROWS)
        at++;
      blocks->super_exceptions[super] = at;
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
  const LloydGrid *grid = self->engine.grid;
  guint n_threads = lloyd_cpu_n_threads (self, self->n, 20.0 * self->d);

  if (self->d > LLOYD_LOW_DIMS || self->n < MIN_ROWS || self->n > G_MAXUINT32)
    return TRUE;
  /* Columns without integers have no sums to store. */
  for (guint j = 0; j < self->d; j++)
    if (grid->limit[j] == 0.0f)
      return TRUE;
  self->blocks = lloyd_blocks_new (self->engine.rows, self->n, self->d, self->team, error);
  if (self->blocks == NULL)
    return FALSE;

  gboolean has_any = grid->exceptions->len > 0;
  g_autofree guint8 *has_exceptions = has_any ? g_malloc0 (self->n / 8 + 1) : NULL;
  g_autofree GArray **lists = g_new (GArray *, n_threads);
  MakeJob job = { self, super_chunks (self, cancellable), has_exceptions, lists };
  for (guint i = 0; i < n_threads; i++)
    lists[i] = g_array_new (FALSE, FALSE, sizeof (LloydException));
  for (guint i = 0; i < grid->exceptions->len; i++)
    {
      size_t row = g_array_index (grid->exceptions, LloydException, i).row;
      has_exceptions[row / 8] |= (guint8) (1 << row % 8);
    }
  lloyd_team_run (self->team, n_threads, make_some, &job);
  gather_exceptions (self->blocks, lists, n_threads);
  return lloyd_cpu_chunks_finish (&job.chunks, error);
}

/* ---- assignment ---------------------------------------------------------------------------- */

typedef struct
{
  LloydCpu *cpu;
  const LloydPanels *panels;
  LloydFew all;
  /* Two for each thread: what is left for a superblock, and for a block. */
  LloydFew *few;
  LloydSums *sums;
  LloydCpuChunks chunks;
  atomic_size_t n_moved;
} Job;

/* Adds what the integers leave out of places first .. end - 1 of a superblock; `labels` by place
 * from `first` on, or one label for all. */
static void
add_rests (const LloydBlocks *blocks,
           size_t super,
           size_t first,
           size_t end,
           const gint32 *labels,
           gint32 label,
           LloydSums *sums)
{
  for (guint i = blocks->super_exceptions[super]; i < blocks->super_exceptions[super + 1]; i++)
    {
      const LloydException *exception = &g_array_index (blocks->exceptions, LloydException, i);
      if (exception->row < first || exception->row >= end)
        continue;
      gint32 cluster = labels != NULL ? labels[exception->row - first] : label;
      lloyd_sums_add_rest (sums, (guint) cluster, exception->column, (double) exception->rest, 1);
    }
}

static void
add_sums (LloydSums *sums, gint32 label, const gint64 *block_sums, guint count)
{
  gint64 *sum = sums->fixed + (size_t) label * sums->d;
  for (guint j = 0; j < sums->d; j++)
    sum[j] += block_sums[j];
  sums->sizes[label] += count;
}

/* Labels a block row by row. */
static size_t
assign_rows (const Job *job, const LloydFew *few, size_t super, size_t block, LloydSums *sums)
{
  LloydCpu *self = job->cpu;
  LloydBlocks *blocks = self->blocks;
  guint d = blocks->d, count = lloyd_blocks_count (blocks, block);
  size_t first = block * LLOYD_BLOCK_ROWS;
  const float *x = blocks->x + first * d;
  gint32 labels[LLOYD_BLOCK_ROWS];
  gint64 units[LLOYD_LOW_DIMS * LLOYD_BLOCK_ROWS];

  guint64 doubtful = self->kernels->label_block (job->panels, few, x, labels);
  for (; doubtful != 0; doubtful &= doubtful - 1)
    {
      guint r = (guint) __builtin_ctzll (doubtful);
      float row[LLOYD_LOW_DIMS];
      if (r >= count)
        break;
      for (guint j = 0; j < d; j++)
        row[j] = x[j * LLOYD_BLOCK_ROWS + r];
      labels[r] = self->kernels->decide (job->panels, row);
    }

  self->kernels->block_units (self->engine.metric, self->engine.grid, x, units);
  for (guint r = 0; r < count; r++)
    {
      gint64 *sum = sums->fixed + (size_t) labels[r] * d;
      for (guint j = 0; j < d; j++)
        sum[j] += units[j * LLOYD_BLOCK_ROWS + r];
      sums->sizes[labels[r]]++;
    }
  add_rests (blocks, super, first, first + count, labels, 0, sums);
  return lloyd_blocks_label_rows (blocks, block, labels);
}

static size_t
assign_block (const Job *job,
              const LloydFew *from,
              LloydFew *few,
              size_t super,
              size_t block,
              LloydSums *sums)
{
  LloydBlocks *blocks = job->cpu->blocks;
  size_t at = block * blocks->d, first = block * LLOYD_BLOCK_ROWS;

  if (!job->cpu->kernels->narrow (job->panels, from, blocks->low + at, blocks->high + at, few))
    return assign_rows (job, from, super, block, sums);
  if (few->n > 1)
    return assign_rows (job, few, super, block, sums);
  gint32 label = job->panels->index[few->number[0]];
  guint count = lloyd_blocks_count (blocks, block);
  add_sums (sums, label, blocks->sums + at, count);
  add_rests (blocks, super, first, first + count, NULL, label, sums);
  return lloyd_blocks_label_block (blocks, block, label);
}

static size_t
assign_super (const Job *job, LloydFew few[2], size_t super, LloydSums *sums)
{
  LloydBlocks *blocks = job->cpu->blocks;
  size_t at = super * blocks->d, first = super * LLOYD_SUPER_ROWS, n_moved = 0;
  gboolean is_narrowed = job->cpu->kernels->narrow (job->panels, &job->all, blocks->super_low + at,
                                                    blocks->super_high + at, &few[0]);

  if (is_narrowed && few[0].n == 1)
    {
      gint32 label = job->panels->index[few[0].number[0]];
      guint count = lloyd_blocks_super_count (blocks, super);
      add_sums (sums, label, blocks->super_sums + at, count);
      add_rests (blocks, super, first, first + count, NULL, label, sums);
      return lloyd_blocks_label_super (blocks, super, label);
    }
  lloyd_blocks_split (blocks, super);
  for (size_t block = super * LLOYD_SUPER_BLOCKS;
       block < MIN ((super + 1) * LLOYD_SUPER_BLOCKS, blocks->n_blocks); block++)
    n_moved += assign_block (job, is_narrowed ? &few[0] : &job->all, &few[1], super, block, sums);
  return n_moved;
}

static void
work (guint index, gpointer data)
{
  Job *job = data;
  LloydSums *sums = index == 0 ? job->sums : job->cpu->threads[index].sums;
  size_t super, count, n_moved = 0;

  lloyd_sums_clear (sums);
  while (lloyd_cpu_chunks_take (&job->chunks, &super, &count))
    for (; count > 0; count--, super++)
      n_moved += assign_super (job, &job->few[2 * index], super, sums);
  atomic_fetch_add (&job->n_moved, n_moved);
}

/* Room for all centroids, in one piece that `number` begins. */
static LloydFew
few_new (guint room, guint d)
{
  LloydFew few = { .room = room };
  few.number = g_aligned_alloc (room, sizeof (float) * (3 + d), 64);
  few.half_square = (float *) (few.number + room);
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
      few.number[j] = j;
      few.half_square[j] = panels->half_square[j];
      few.norm[j] = panels->norm[j];
      for (guint i = 0; i < panels->d; i++, at += panels->width)
        few.c[(size_t) i * few.room + j] = panels->centred[at];
    }
  return few;
}

gboolean
lloyd_cpu_assign_blocks (LloydCpu *self,
                         const LloydPanels *panels,
                         LloydSums *sums,
                         size_t *n_moved,
                         GCancellable *cancellable,
                         GError **error)
{
  guint n_threads = lloyd_cpu_n_threads (self, self->blocks->n_supers,
                                         SUPER_OPERATIONS + 4.0 * panels->k * panels->d);
  g_autofree LloydFew *few = g_new (LloydFew, 2 * n_threads);
  Job job = { .cpu = self,
              .panels = panels,
              .all = all_of (panels),
              .few = few,
              .sums = sums,
              .chunks = super_chunks (self, cancellable) };

  for (guint i = 0; i < 2 * n_threads; i++)
    few[i] = few_new (panels->k_padded, panels->d);
  lloyd_cpu_prepare_sums (self, n_threads, sums->k);
  lloyd_team_run (self->team, n_threads, work, &job);
  for (guint i = 0; i < 2 * n_threads; i++)
    g_aligned_free (few[i].number);
  g_aligned_free (job.all.number);
  for (guint i = 1; i < n_threads; i++)
    lloyd_sums_merge (sums, self->threads[i].sums);
  *n_moved = atomic_load (&job.n_moved);
  return lloyd_cpu_chunks_finish (&job.chunks, error);
}
