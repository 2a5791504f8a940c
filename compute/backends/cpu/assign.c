#include <string.h>

#include "compute/backends/cpu/assign-blocks.h"
#include "compute/backends/cpu/panels.h"
#include "compute/backends/cpu/reduced.h"
#include "compute/backends/cpu/sample-blocks.h"
#include "compute/backends/row.h"
#include "compute/clock.h"

/* Rows after which the screen in 8 bits is judged. */
#define MIN_REDUCED_ROWS 1000

typedef struct
{
  LloydCpu *cpu;
  const LloydView *view;
  /* Whether the view's rows lie in memory one behind the other. */
  gboolean is_in_place;
  LloydLabels *labels;
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
lloyd_cpu_find_exception (const GArray *exceptions, size_t place)
{
  guint low = 0, high = exceptions->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (exceptions, LloydException, middle).row < place)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
add_exceptions_at (LloydSums *sums, size_t place, gint32 label)
{
  const GArray *exceptions = sums->grid->exceptions;
  for (guint i = lloyd_cpu_find_exception (exceptions, place); i < exceptions->len; i++)
    {
      const LloydException *exception = &g_array_index (exceptions, LloydException, i);
      if (exception->row != place)
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
  size_t row = lloyd_cpu_place (job->cpu, job->view, first);
  if (!job->is_in_place)
    {
      for (size_t i = 0; i < count; i++)
        add_exceptions_at (sums, lloyd_cpu_place (job->cpu, job->view, first + i), labels[i]);
      return;
    }
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

/* The labels that the rows of a chunk have. */
static void
read_known (const Job *job, LloydCpuThread *thread, size_t first, size_t count)
{
  if (job->is_in_place)
    lloyd_labels_read (job->labels, lloyd_cpu_place (job->cpu, job->view, first), count,
                       thread->known);
  for (size_t i = 0; !job->is_in_place && i < count; i++)
    thread->known[i] =
        lloyd_labels_get (job->labels, lloyd_cpu_place (job->cpu, job->view, first + i));
}

/* Stores a chunk's labels; returns how many are new. */
static size_t
store_labels (const Job *job, LloydCpuThread *thread, size_t first, size_t count)
{
  const gint32 *labels = thread->labels;
  size_t moved = 0;

  for (size_t i = 0; i < count; i++)
    moved += thread->known[i] != labels[i];
  if (job->is_in_place)
    lloyd_labels_write (job->labels, lloyd_cpu_place (job->cpu, job->view, first), count, labels);
  for (size_t i = 0; !job->is_in_place && i < count; i++)
    lloyd_labels_set (job->labels, lloyd_cpu_place (job->cpu, job->view, first + i), labels[i]);
  return moved;
}

/* Labels n rows at x by the screen in float32, and the doubtful ones by the canonical arithmetic;
 * in fast mode by float32 alone. */
static void
label_rows (const Job *job, LloydCpuThread *thread, const float *x, size_t n, gint32 *labels)
{
  const LloydCpu *self = job->cpu;
  size_t n_doubtful;

  if (self->rounded != NULL)
    {
      self->kernels->nearest_rounded (job->panels, x, n, labels);
      return;
    }
  self->kernels->screen (job->panels, x, n, labels, thread->doubtful, &n_doubtful);
  for (size_t i = 0; i < n_doubtful; i++)
    labels[thread->doubtful[i]] =
        self->kernels->decide (job->panels, x + (size_t) thread->doubtful[i] * self->d);
}

/* Labels a chunk by the screen in 8 bits; what that does not settle by float32. */
static void
label_reduced (Job *job, LloydCpuThread *thread, const float *x, size_t first, size_t count)
{
  const LloydCpu *self = job->cpu;
  gboolean is_list = job->view != NULL && job->view->rows != NULL;
  const LloydReduced *reduced = self->reduced != NULL ? self->reduced : thread->reduced;
  LloydScreenRows in = { .x = x, .n = count, .known = thread->known };
  if (self->reduced == NULL)
    self->kernels->reduce (x, self->middle, count, self->d, thread->reduced, 0);
  else if (is_list)
    in.rows = job->view->rows + first;
  else
    in.first = lloyd_view_row (job->view, first);
  LloydScreenLists out = { .labels = thread->labels,
                           .doubtful = thread->doubtful,
                           .unsettled = thread->unsettled };

  self->kernels->screen_int8 (job->panels, reduced, &in, &out);
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
      lloyd_row_add (self->engine.metric, lloyd_engine_row (&self->engine, row),
                     self->engine.points->weights[row], self->unit_scale, sums, (guint) labels[i],
                     1);
    }
}

static void
add_rounded (const Job *job, guint index, const float *x, size_t first, size_t count)
{
  const LloydCpu *self = job->cpu;
  const float *all = self->engine.points->weights;
  LloydCpuThread *thread = &self->threads[index];
  for (size_t i = 0; all != NULL && i < count; i++)
    thread->weights[i] = all[lloyd_view_row (job->view, first + i)];
  lloyd_rounded_add (self->rounded, index, x, count, thread->labels,
                     all != NULL ? thread->weights : NULL);
}

static void
assign_chunk (Job *job, guint index, LloydSums *sums, size_t first, size_t count)
{
  LloydCpu *self = job->cpu;
  LloydCpuThread *thread = &self->threads[index];
  const float *x = lloyd_cpu_rows (self, thread, job->view, first, count);

  read_known (job, thread, first, count);
  if (job->panels->reduced != NULL && reduced_pays (job))
    label_reduced (job, thread, x, first, count);
  else
    label_rows (job, thread, x, count, thread->labels);
  if (self->rounded != NULL)
    add_rounded (job, index, x, first, count);
  else if (self->engine.points->weights != NULL)
    add_weighted (job, first, count, thread->labels, sums);
  else
    add_unweighted (job, thread, x, first, count, sums);
  atomic_fetch_add_explicit (&job->n_moved, store_labels (job, thread, first, count),
                             memory_order_relaxed);
}

static void
work (guint index, gpointer data)
{
  Job *job = data;
  LloydSums *sums = index == 0 ? job->sums : job->cpu->threads[index].sums;
  size_t first, count;

  if (job->cpu->rounded == NULL || index == 0)
    lloyd_sums_clear (sums);
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    assign_chunk (job, index, sums, first, count);
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
              .is_in_place = lloyd_cpu_is_in_place (self, view),
              .labels = lloyd_cpu_flat_labels (self, sums->k, error),
              .panels = panels,
              .sums = sums,
              .chunks = lloyd_cpu_chunks (self, count, cancellable) };

  if (job.labels == NULL || (panels->reduced != NULL && self->reduced == NULL &&
                             !lloyd_cpu_prepare_chunks (self, n_threads, error)))
    return FALSE;
  self->is_carried = FALSE;
  if (self->rounded != NULL)
    lloyd_rounded_start (self->rounded, sums->k, self->d, n_threads);
  else
    lloyd_cpu_prepare_sums (self, n_threads, sums->k);
  lloyd_team_run (self->team, n_threads, work, &job);
  for (guint i = 1; i < n_threads && self->rounded == NULL; i++)
    lloyd_sums_merge (sums, self->threads[i].sums);
  *n_moved = atomic_load (&job.n_moved);
  self->engine.n_touched = count;
  return lloyd_cpu_chunks_finish (&job.chunks, error) &&
         (self->rounded == NULL || lloyd_rounded_finish (self->rounded, sums, error));
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
  engine->knows_touched = TRUE;
  /* Once, as at the end of mini-batches, is done without. */
  if (view == NULL && self->is_lazy && self->n_without++ > 0 &&
      !lloyd_cpu_need_reduced (self, cancellable, error))
    return FALSE;
  if (view == NULL && self->wants_energy &&
      !lloyd_cpu_energy (engine, NULL, &engine->energy, cancellable, error))
    return FALSE;
  self->wants_energy &= view != NULL;
  lloyd_cpu_pack (self, &self->panels, centroids, k);
  gboolean is_done;

  /* Seeding is over. */
  if (view == NULL)
    g_clear_pointer (&self->sampling, lloyd_block_sampling_free);
  if (view == NULL && self->blocks != NULL)
    is_done =
        lloyd_cpu_assign_blocks (self, self->panels, centroids, sums, n_moved, cancellable, error);
  else
    is_done = assign_rows (self, view, self->panels, sums, n_moved, cancellable, error);
  engine->assign_ns = lloyd_clock_ns () - start_ns;
  return is_done;
}
