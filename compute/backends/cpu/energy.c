/* The energy of rows: the constant of their objective. */
#include <string.h>

#include "compute/backends/cpu/cpu-private.h"
#include "compute/backends/row.h"

/* Operations a value costs. */
#define OPERATIONS 10.0

typedef struct
{
  LloydCpu *cpu;
  const LloydView *view;
  LloydCpuChunks chunks;
  /* By thread. */
  LloydWide *energy;
} Job;

static void
work (guint index, gpointer data)
{
  Job *job = data;
  LloydCpu *self = job->cpu;
  gboolean is_plain =
      self->engine.metric == LLOYD_METRIC_EUCLIDEAN && self->engine.points->weights == NULL;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    if (is_plain)
      self->kernels->add_squares (
          lloyd_cpu_rows (self, &self->threads[index], job->view, first, count), count * self->d,
          &job->energy[index]);
    else
      for (size_t i = first; i < first + count; i++)
        {
          size_t place = lloyd_cpu_place (self, job->view, i);
          size_t row = lloyd_points_row (self->engine.points, place);
          lloyd_row_add_energy (self->engine.metric, self->engine.rows + place * self->d, self->d,
                                lloyd_points_weight (self->engine.points, row),
                                lloyd_points_unit_shift (self->engine.points), &job->energy[index]);
        }
}

gboolean
lloyd_cpu_energy (LloydEngine *engine,
                  const LloydView *view,
                  LloydWide *energy,
                  GCancellable *cancellable,
                  GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  size_t count = view != NULL ? view->count : self->n;
  guint n_threads = lloyd_cpu_n_threads (self, count, OPERATIONS * self->d);
  g_autofree LloydWide *parts = g_new0 (LloydWide, n_threads);
  Job job = { self, view, lloyd_cpu_chunks (self, count, cancellable), parts };

  lloyd_team_run (self->team, n_threads, work, &job);
  if (!lloyd_cpu_chunks_finish (&job.chunks, error))
    return FALSE;
  memset (energy, 0, sizeof *energy);
  for (guint i = 0; i < n_threads; i++)
    lloyd_wide_merge (energy, &parts[i]);
  return TRUE;
}
