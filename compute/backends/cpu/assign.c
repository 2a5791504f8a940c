#include <string.h>

#include "compute/backends/cpu/assign-blocks.h"
#include "compute/backends/cpu/panels.h"
#include "compute/backends/cpu/sample-blocks.h"
#include "compute/backends/row.h"
#include "compute/clock.h"

/* Rows after which the screen in 8 bits is judged. */
#define MIN_REDUCED_ROWS 1000

typedef struct
{
  LloydCpu *cpu;
  const LloydView *view;
  const LloydPanels *panels;
  LloydSums *sums;
  LloydCpuChunks chunks;
  atomic_size_t n_moved;
  /* Rows that the screen in 8 bits has seen, and not settled. */
  atomic_size_t n_reduced;
  atomic_size_t n_unsettled;
} Job;

/* ---- what does not fit the integers -------------------------------------------------------- */

static inline LloydWide *
wide_at (LloydSums *sums, gint32 label, guint column)
{
  const LloydGrid *grid = sums->grid;
  return &sums->wide[(size_t) label * grid->n_slots + (guint) grid->slot[column]];
}

guint
lloyd_cpu_find_exception (const GArray *exceptions, size_t row)
{
  guint low = 0, high = exceptions->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (exceptions, LloydException, middle).row < row)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
add_exceptions_of_row (LloydSums *sums, size_t row, gint32 label)
{
  const GArray *exceptions = sums->grid->exceptions;
  for (guint i = lloyd_cpu_find_exception (exceptions, row); i < exceptions->len; i++)
    {
      const LloydException *exception = &g_array_index (exceptions, LloydException, i);
      if (exception->row != row)
        return;
      lloyd_sums_add_rest (sums, (guint) label, exception->column, (double) exception->rest, 1);
    }
}

/* Adds to the wide sums what the integers of a chunk left out. */
static void
add_rest (const Job *job,
          const float *x,
          size_t first,
          size_t count,
          const gint32 *labels,
          LloydSums *sums)
{
  const LloydGrid *grid = sums->grid;

  for (guint j = 0; j < grid->d; j++)
    if (grid->limit[j] == 0.0f)
      for (size_t i = 0; i < count; i++)
        lloyd_wide_add (wide_at (sums, labels[i], j), x[i * grid->d + j]);

  if (grid->exceptions->len == 0)
    return;
  if (job->view != NULL && job->view->rows != NULL)
    {
      for (size_t i = 0; i < count; i++)
        add_exceptions_of_row (sums, job->view->rows[first + i], labels[i]);
      return;
    }
  size_t row = lloyd_view_row (job->view, first);
  for (guint i = lloyd_cpu_find_exception (grid->exceptions, row); i < grid->exceptions->len; i++)
    {
      const LloydException *exception = &g_array_index (grid->exceptions, LloydException, i);
      if (exception->row >= row + count)
        return;
      lloyd_sums_add_rest (sums, (guint) labels[exception->row - row], exception->column,
                           (double) exception->rest, 1);
    }
}

/* ---- chunks -------------------------------------------------------------------------------- */

/* Stores a chunk's labels; returns how many are new. */
static size_t
store_labels (const Job *job, size_t first, size_t count, const gint32 *labels)
{
  gint32 *stored = job->cpu->labels;
  size_t moved = 0;

  if (job->view != NULL && job->view->rows != NULL)
    {
      for (size_t i = 0; i < count; i++)
        {
          gint32 *label = &stored[job->view->rows[first + i]];
          moved += *label != labels[i];
          *label = labels[i];
        }
      return moved;
    }
  stored += lloyd_view_row (job->view, first);
  for (size_t i = 0; i < count; i++)
    moved += stored[i] != labels[i];
  memcpy (stored, labels, sizeof (gint32) * count);
  return moved;
}

/* Labels n rows at x by the screen in float32, and the doubtful ones by the canonical arithmetic.
 */
static void
label_rows (const Job *job, LloydCpuThread *thread, const float *x, size_t n, gint32 *labels)
{
  const LloydCpu *self = job->cpu;
  size_t n_doubtful;

  self->kernels->screen (job->panels, x, n, labels, thread->doubtful, &n_doubtful);
  for (size_t i = 0; i < n_doubtful; i++)
    labels[thread->doubtful[i]] =
        self->kernels->decide (job->panels, x + (size_t) thread->doubtful[i] * self->d);
}

/* The labels that the rows of a chunk have. */
static const gint32 *
known_labels (const Job *job, LloydCpuThread *thread, size_t first, size_t count)
{
  const gint32 *stored = job->cpu->labels;
  if (job->view == NULL || job->view->rows == NULL)
    return stored + lloyd_view_row (job->view, first);
  for (size_t i = 0; i < count; i++)
    thread->known[i] = stored[job->view->rows[first + i]];
  return thread->known;
}

/* Labels a chunk by the screen in 8 bits; what that does not settle by float32. */
static void
label_reduced (Job *job, LloydCpuThread *thread, const float *x, size_t first, size_t count)
{
  const LloydCpu *self = job->cpu;
  gboolean is_list = job->view != NULL && job->view->rows != NULL;
  LloydScreenRows in = { .x = x,
                         .rows = is_list ? job->view->rows + first : NULL,
                         .first = is_list ? 0 : lloyd_view_row (job->view, first),
                         .n = count,
                         .known = known_labels (job, thread, first, count) };
  LloydScreenLists out = { .labels = thread->labels,
                           .doubtful = thread->doubtful,
                           .unsettled = thread->unsettled };

  self->kernels->screen_int8 (job->panels, self->reduced, &in, &out);
  for (size_t i = 0; i < out.n_doubtful; i++)
    out.labels[out.doubtful[i]] =
        self->kernels->decide (job->panels, x + (size_t) out.doubtful[i] * self->d);
  for (size_t i = 0; i < out.n_unsettled; i++)
    memcpy (thread->unsettled_rows + i * self->d, x + (size_t) out.unsettled[i] * self->d,
            sizeof (float) * self->d);
  if (out.n_unsettled > 0)
    label_rows (job, thread, thread->unsettled_rows, out.n_unsettled, thread->unsettled_labels);
  for (size_t i = 0; i < out.n_unsettled; i++)
    out.labels[out.unsettled[i]] = thread->unsettled_labels[i];

  atomic_fetch_add_explicit (&job->n_reduced, count, memory_order_relaxed);
  atomic_fetch_add_explicit (&job->n_unsettled, out.n_unsettled, memory_order_relaxed);
}

/* Whether the screen in 8 bits has been settling most rows. */
static gboolean
reduced_pays (Job *job)
{
  size_t n = atomic_load_explicit (&job->n_reduced, memory_order_relaxed);
  return n < MIN_REDUCED_ROWS ||
         atomic_load_explicit (&job->n_unsettled, memory_order_relaxed) < n / 2;
}

/* Adds the rows of a chunk to the sums of their clusters. */
static void
add_unweighted (const Job *job,
                LloydCpuThread *thread,
                const float *x,
                size_t first,
                size_t count,
                LloydSums *sums)
{
  const LloydCpu *self = job->cpu;
  if (self->engine.metric == LLOYD_METRIC_COSINE)
    self->kernels->norms (x, count, self->d, thread->norms);
  self->kernels->add (self->engine.metric, x, count, thread->labels, thread->norms, sums);
  if (self->engine.grid->n_slots > 0 || self->engine.grid->has_fine)
    add_rest (job, x, first, count, thread->labels, sums);
}

static void
add_weighted (const Job *job, size_t first, size_t count, const gint32 *labels, LloydSums *sums)
{
  const LloydCpu *self = job->cpu;
  for (size_t i = 0; i < count; i++)
    {
      size_t row = lloyd_view_row (job->view, first + i);
      lloyd_row_add (self->engine.metric, self->engine.rows + row * self->d,
                     self->engine.points->weights[row], self->unit_scale, sums, (guint) labels[i],
                     1);
    }
}

static void
assign_chunk (Job *job, LloydCpuThread *thread, LloydSums *sums, size_t first, size_t count)
{
  LloydCpu *self = job->cpu;
  const float *x = lloyd_cpu_rows (self, thread, job->view, first, count);

  if (job->panels->reduced != NULL && reduced_pays (job))
    label_reduced (job, thread, x, first, count);
  else
    label_rows (job, thread, x, count, thread->labels);
  if (self->engine.points->weights != NULL)
    add_weighted (job, first, count, thread->labels, sums);
  else
    add_unweighted (job, thread, x, first, count, sums);
  atomic_fetch_add_explicit (&job->n_moved, store_labels (job, first, count, thread->labels),
                             memory_order_relaxed);
}

static void
work (guint index, gpointer data)
{
  Job *job = data;
  LloydCpuThread *thread = &job->cpu->threads[index];
  LloydSums *sums = index == 0 ? job->sums : thread->sums;
  size_t first, count;

  lloyd_sums_clear (sums);
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    assign_chunk (job, thread, sums, first, count);
}

void
lloyd_cpu_prepare_sums (LloydCpu *self, guint n_threads, guint k)
{
  for (guint i = 1; i < n_threads; i++)
    {
      LloydCpuThread *thread = &self->threads[i];
      if (thread->sums != NULL && thread->sums->k == k)
        continue;
      g_clear_pointer (&thread->sums, lloyd_sums_free);
      thread->sums = lloyd_sums_new (k, self->engine.grid);
    }
}

/* Labels the rows of a view one by one, or all of them. */
static gboolean
assign_rows (LloydCpu *self,
             const LloydView *view,
             const LloydPanels *panels,
             LloydSums *sums,
             size_t *n_moved,
             GCancellable *cancellable,
             GError **error)
{
  size_t count = view != NULL ? view->count : self->n;
  guint n_threads = lloyd_cpu_n_threads (self, count, (double) panels->k * self->d);
  Job job = { .cpu = self,
              .view = view,
              .panels = panels,
              .sums = sums,
              .chunks = lloyd_cpu_chunks (self, count, cancellable) };

  if (lloyd_cpu_labels (self, error) == NULL)
    return FALSE;
  self->are_block_labels_known = self->is_carried = FALSE;
  lloyd_cpu_prepare_sums (self, n_threads, sums->k);
  lloyd_team_run (self->team, n_threads, work, &job);
  for (guint i = 1; i < n_threads; i++)
    lloyd_sums_merge (sums, self->threads[i].sums);
  *n_moved = atomic_load (&job.n_moved);
  return lloyd_cpu_chunks_finish (&job.chunks, error);
}

gboolean
lloyd_cpu_assign (LloydEngine *engine,
                  const LloydView *view,
                  const float *centroids,
                  guint k,
                  LloydSums *sums,
                  size_t *n_moved,
                  GCancellable *cancellable,
                  GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  gint64 start_ns = lloyd_clock_ns ();
  lloyd_cpu_pack (self, &self->panels, centroids, k);
  gboolean is_done;

  if (view == NULL && self->blocks != NULL)
    {
      /* Seeding is over. */
      g_clear_pointer (&self->sampling, lloyd_block_sampling_free);
      if (!self->are_block_labels_known)
        lloyd_blocks_set_labels (self->blocks, self->labels, self->team);
      self->are_block_labels_known = TRUE;
      self->are_labels_known = FALSE;
      is_done = lloyd_cpu_assign_blocks (self, self->panels, centroids, sums, n_moved, cancellable,
                                         error);
    }
  else
    is_done = assign_rows (self, view, self->panels, sums, n_moved, cancellable, error);
  engine->assign_ns = lloyd_clock_ns () - start_ns;
  return is_done;
}
