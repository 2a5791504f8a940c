#include "compute/backends/cpu/reduced.h"

#include <string.h>

#include "compute/memory.h"
#include "compute/words.h"

#define WHAT N_ ("the copy of the points in 8 bits")

/* Centroids from which on a row is worth copying for one look at it. */
#define MIN_CHUNK_CENTROIDS 64

typedef struct
{
  LloydCpu *cpu;
  LloydReduced *reduced;
  LloydCpuChunks chunks;
} Job;

static void
work (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  size_t first, count;

  (void) index;
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    self->kernels->reduce (self->engine.rows + first * self->d, self->middle, count, self->d,
                           job->reduced, first);
}

static gboolean
allocate (LloydReduced *self, size_t n, guint d, GError **error)
{
  size_t n_values;
  self->n_quads = (d + 3) / 4;
  if (!lloyd_size_multiply (n, (size_t) self->n_quads * 4, WHAT, &n_values, error))
    return FALSE;
  /* Seeding reads two quads at once, the last one alone with what comes behind it. */
  self->values = lloyd_allocate_aligned (n_values + 4, 1, WHAT, error);
  if (self->values != NULL)
    self->scale = lloyd_allocate_aligned (n, sizeof (float), WHAT, error);
  if (self->scale != NULL)
    self->rest = lloyd_allocate_aligned (n, sizeof (float), WHAT, error);
  if (self->rest != NULL)
    self->norm = lloyd_allocate_aligned (n, sizeof (float), WHAT, error);
  if (self->norm == NULL)
    return FALSE;
  memset (self->values + n_values, 0, 4);
  return TRUE;
}

static gboolean
can_reduce (const LloydCpu *self)
{
  return self->kernels->reduce != NULL && self->d >= LLOYD_MIN_REDUCED_DIMS &&
         self->d <= LLOYD_MAX_REDUCED_DIMS;
}

gboolean
lloyd_cpu_reduce (LloydCpu *self, GCancellable *cancellable, GError **error)
{
  if (!can_reduce (self) || self->engine.points->is_large)
    return TRUE;

  LloydReduced *reduced = g_new0 (LloydReduced, 1);
  gboolean is_done = allocate (reduced, self->n, self->d, error);
  if (is_done)
    {
      Job job = { self, reduced, lloyd_cpu_chunks (self, self->n, cancellable) };
      lloyd_team_run (self->team, lloyd_cpu_n_threads (self, self->n, self->d), work, &job);
      is_done = lloyd_cpu_chunks_finish (&job.chunks, error);
    }
  if (is_done)
    self->reduced = reduced;
  else
    lloyd_reduced_free (reduced);
  return is_done;
}

gboolean
lloyd_cpu_need_reduced (LloydCpu *self, GCancellable *cancellable, GError **error)
{
  if (!self->is_lazy)
    return TRUE;
  if (!lloyd_cpu_reduce (self, cancellable, error))
    return FALSE;
  self->is_lazy = FALSE;
  return TRUE;
}

gboolean
lloyd_cpu_reduces_chunks (const LloydCpu *self, guint k)
{
  return self->reduced == NULL && k >= MIN_CHUNK_CENTROIDS && can_reduce (self);
}

gboolean
lloyd_cpu_prepare_chunks (LloydCpu *self, guint n_threads, GError **error)
{
  for (guint i = 0; i < n_threads; i++)
    {
      LloydCpuThread *thread = &self->threads[i];
      if (thread->reduced != NULL)
        continue;
      thread->reduced = g_new0 (LloydReduced, 1);
      if (allocate (thread->reduced, self->chunk_rows, self->d, error))
        continue;
      g_clear_pointer (&thread->reduced, lloyd_reduced_free);
      return FALSE;
    }
  return TRUE;
}

void
lloyd_reduced_free (LloydReduced *self)
{
  lloyd_free_aligned (self->values);
  lloyd_free_aligned (self->scale);
  lloyd_free_aligned (self->rest);
  lloyd_free_aligned (self->norm);
  g_free (self);
}
