/* D^2 sampling. Each round goes over the rows twice: once for the potentials of the candidates,
 * once to take the best one and, the scale known, to sum the weights chunk by chunk; the sums of
 * the chunks then lead straight to the chunk in which a drawn row lies. */
#include <string.h>

#include "compute/backends/cpu/cpu-private.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"

typedef struct
{
  LloydCpu *cpu;
  LloydSamplingRound *round;
  const float *centre;
  /* Scale of the weights of this pass. */
  double scale;
  /* Per thread: potentials of the candidates; largest distance. */
  guint64 *potentials;
  double *largest;
  /* Per chunk: sum of its weights. */
  guint64 *chunk_sums;
  LloydCpuChunks chunks;
} Job;

/* Distances of a chunk to m centres, [m][count]. */
static const double *
find_distances (LloydCpu *self,
                LloydCpuThread *thread,
                const float *centres,
                guint m,
                size_t first,
                size_t count)
{
  const float *x = self->engine.rows + first * self->d;
  if (LLOYD_METRIC_IS_ANGULAR (self->engine.metric))
    self->kernels->norms (x, count, self->d, thread->norms);
  self->kernels->distances (self->engine.metric, x, count, self->d, thread->norms, self->unit_scale,
                            centres, m, thread->distances);
  return thread->distances;
}

static void
try_candidates (guint index, gpointer data)
{
  Job *job = data;
  LloydCpu *self = job->cpu;
  guint m = job->round->n_candidates;
  guint64 *potentials = job->potentials + (size_t) index * m;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    {
      const double *distances =
          find_distances (self, &self->threads[index], job->round->candidates, m, first, count);
      const double *nearest = self->nearest + first;
      for (guint c = 0; c < m; c++)
        for (size_t i = 0; i < count; i++)
          potentials[c] +=
              lloyd_sample_weight (MIN (distances[(size_t) c * count + i], nearest[i]), job->scale);
    }
}

static void
take_centre (guint index, gpointer data)
{
  Job *job = data;
  LloydCpu *self = job->cpu;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    {
      const double *distances =
          find_distances (self, &self->threads[index], job->centre, 1, first, count);
      double *nearest = self->nearest + first, largest = job->largest[index];
      for (size_t i = 0; i < count; i++)
        {
          nearest[i] = MIN (distances[i], nearest[i]);
          largest = MAX (largest, nearest[i]);
        }
      job->largest[index] = largest;
    }
}

static void
sum_weights (guint index, gpointer data)
{
  Job *job = data;
  LloydCpu *self = job->cpu;
  size_t first, count;

  (void) index;
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    {
      guint64 sum = 0;
      for (size_t i = first; i < first + count; i++)
        sum += lloyd_sample_weight (self->nearest[i], job->scale);
      job->chunk_sums[first / self->chunk_rows] = sum;
    }
}

static gboolean
run_pass (Job *job,
          LloydTeamJob pass,
          double operations_per_row,
          GCancellable *cancellable,
          GError **error)
{
  LloydCpu *self = job->cpu;
  job->chunks = lloyd_cpu_chunks (self, self->n, cancellable);
  lloyd_team_run (self->team, lloyd_cpu_n_threads (self, self->n, operations_per_row), pass, job);
  return lloyd_cpu_chunks_finish (&job->chunks, error);
}

/* The first row at which the running sum exceeds the threshold. */
static size_t
find_drawn_row (const Job *job, guint64 threshold)
{
  const LloydCpu *self = job->cpu;
  size_t chunk = 0;
  guint64 sum = 0;

  for (; sum + job->chunk_sums[chunk] <= threshold; chunk++)
    sum += job->chunk_sums[chunk];
  size_t row = chunk * self->chunk_rows;
  for (;; row++)
    {
      sum += lloyd_sample_weight (self->nearest[row], job->scale);
      if (sum > threshold)
        return row;
    }
}

static double
find_largest (const Job *job)
{
  double largest = 0.0;
  for (guint i = 0; i < lloyd_team_get_size (job->cpu->team); i++)
    largest = MAX (largest, job->largest[i]);
  return largest;
}

static gboolean
choose_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  LloydSamplingRound *round = job->round;
  guint n_threads = lloyd_team_get_size (self->team), m = round->n_candidates;

  if (!run_pass (job, try_candidates, 4.0 * m * self->d, cancellable, error))
    return FALSE;
  for (guint c = 0; c < m; c++)
    {
      round->potentials[c] = 0;
      for (guint i = 0; i < n_threads; i++)
        round->potentials[c] += job->potentials[(size_t) i * m + c];
      if (round->potentials[c] < round->potentials[round->chosen])
        round->chosen = c;
    }
  return TRUE;
}

/* Takes the chosen candidate and sums the weights that then are. */
static gboolean
take_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  LloydSamplingRound *round = job->round;

  job->centre = round->candidates + (size_t) round->chosen * self->d;
  if (!run_pass (job, take_centre, 4.0 * self->d, cancellable, error))
    return FALSE;
  job->scale = lloyd_sample_scale (self->n, find_largest (job));
  if (!run_pass (job, sum_weights, 4.0, cancellable, error))
    return FALSE;
  round->total = 0;
  for (size_t chunk = 0; chunk * self->chunk_rows < self->n; chunk++)
    round->total += job->chunk_sums[chunk];
  return TRUE;
}

static gboolean
prepare (LloydCpu *self, guint m, GError **error)
{
  for (guint i = 0; i < lloyd_team_get_size (self->team); i++)
    {
      LloydCpuThread *thread = &self->threads[i];
      g_clear_pointer (&thread->distances, lloyd_free_aligned);
      thread->distances =
          lloyd_allocate_aligned (self->chunk_rows * m, sizeof (double), "the seeding", error);
      if (thread->distances == NULL)
        return FALSE;
    }
  if (self->nearest == NULL)
    self->nearest = lloyd_allocate_aligned (self->n, sizeof (double), "the seeding", error);
  return self->nearest != NULL;
}

gboolean
lloyd_cpu_sample (LloydEngine *engine,
                  LloydSamplingRound *round,
                  gboolean is_first,
                  GCancellable *cancellable,
                  GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  guint n_threads = lloyd_team_get_size (self->team), m = round->n_candidates;
  g_autofree guint64 *potentials = g_new0 (guint64, (size_t) n_threads * m);
  g_autofree double *largest = g_new0 (double, n_threads);
  g_autofree guint64 *chunk_sums = g_new0 (guint64, self->n / self->chunk_rows + 1);
  Job job = { .cpu = self,
              .round = round,
              .potentials = potentials,
              .largest = largest,
              .chunk_sums = chunk_sums };

  if (!prepare (self, m, error))
    return FALSE;
  round->chosen = 0;
  if (is_first)
    for (size_t i = 0; i < self->n; i++)
      self->nearest[i] = INFINITY;
  else
    {
      job.scale = self->sample_scale;
      if (!choose_candidate (&job, cancellable, error))
        return FALSE;
    }
  if (!take_candidate (&job, cancellable, error))
    return FALSE;
  self->sample_scale = job.scale;
  if (is_first)
    round->potentials[0] = round->total;
  for (guint r = 0; r < round->n_draws && round->total > 0; r++)
    round->rows[r] = find_drawn_row (&job, lloyd_multiply_high (round->draws[r], round->total));
  return TRUE;
}
