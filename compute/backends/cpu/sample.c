/* D^2 sampling. Each round goes over the rows twice: once for what each candidate would gain, once
 * to take the best one and, the scale known, to sum the weights chunk by chunk; the sums of the
 * chunks then lead straight to the chunk in which a drawn row lies.
 *
 * The more centres there are, the fewer rows a new one is nearer to. Where the points are there in
 * 8 bits, these rule out nearly all others: D operations and D + 20 bytes a row and round. */
#include <string.h>

#include "compute/backends/cpu/cpu-private.h"
#include "compute/backends/cpu/panels.h"
#include "compute/backends/cpu/sample-blocks.h"
#include "compute/exact/philox.h"
#include "compute/memory.h"

#define WHAT "the seeding"

typedef struct
{
  LloydCpu *cpu;
  LloydSamplingRound *round;
  const float *centre;
  /* The candidates for the screen in 8 bits, or NULL. */
  LloydPanels *panels;
  /* Scale of the weights of this pass. */
  double scale;
  /* Per thread: what the candidates gain; largest distance. */
  guint64 *gains;
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

/* What the potential loses where the distance of row `i` falls. */
static inline guint64
gain_of (const float *weights, size_t i, double nearest, double distance, double scale)
{
  if (!(distance < nearest))
    return 0;
  return lloyd_sample_weight (lloyd_weigh (weights, i, nearest), scale) -
         lloyd_sample_weight (lloyd_weigh (weights, i, distance), scale);
}

/* Lists the pairs of a row of the chunk and a candidate that may be nearer; `only` that candidate,
 * if there is one of that number. */
static size_t
list_pairs (const Job *job, LloydCpuThread *thread, size_t first, size_t count, guint only)
{
  const guint16 *hits = job->cpu->hits + first;
  guint m = job->round->n_candidates;
  size_t n = 0;

  for (size_t i = 0; i < count; i++)
    {
      if (hits[i] == 0)
        continue;
      for (guint c = only < m ? only : 0; c < (only < m ? only + 1 : m); c++)
        if (hits[i] >> job->panels->distinct_of[c] & 1)
          {
            thread->pair_rows[n] = (guint32) i;
            thread->pair_numbers[n++] = (guint8) c;
          }
    }
  return n;
}

static void
find_pair_distances (const Job *job, LloydCpuThread *thread, size_t first, size_t n)
{
  const LloydCpu *self = job->cpu;
  self->kernels->distances_of_pairs (self->engine.metric, self->engine.rows + first * self->d,
                                     self->d, self->unit_scale, job->round->candidates,
                                     thread->pair_rows, thread->pair_numbers, n, thread->distances);
}

static void
try_near (Job *job, LloydCpuThread *thread, guint64 *gains, size_t first, size_t count)
{
  LloydCpu *self = job->cpu;
  const float *weights = self->engine.points->weights;
  const double *nearest = self->nearest + first;

  self->kernels->screen_near (job->panels, self->reduced, first, count, nearest,
                              self->hits + first);
  size_t n = list_pairs (job, thread, first, count, G_MAXUINT);
  find_pair_distances (job, thread, first, n);
  for (size_t i = 0; i < n; i++)
    gains[thread->pair_numbers[i]] +=
        gain_of (weights, first + thread->pair_rows[i], nearest[thread->pair_rows[i]],
                 thread->distances[i], job->scale);
}

static void
try_candidates (guint index, gpointer data)
{
  Job *job = data;
  LloydCpu *self = job->cpu;
  LloydCpuThread *thread = &self->threads[index];
  const float *weights = self->engine.points->weights;
  guint m = job->round->n_candidates;
  guint64 *gains = job->gains + (size_t) index * m;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    {
      if (job->panels != NULL)
        {
          try_near (job, thread, gains, first, count);
          continue;
        }
      const double *distances =
          find_distances (self, thread, job->round->candidates, m, first, count);
      const double *nearest = self->nearest + first;
      for (guint c = 0; c < m; c++)
        for (size_t i = 0; i < count; i++)
          gains[c] += gain_of (weights, first + i, nearest[i], distances[(size_t) c * count + i],
                               job->scale);
    }
}

static void
take_centre (guint index, gpointer data)
{
  Job *job = data;
  LloydCpu *self = job->cpu;
  LloydCpuThread *thread = &self->threads[index];
  const float *weights = self->engine.points->weights;
  double largest = job->largest[index];
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    {
      double *nearest = self->nearest + first;
      if (job->panels != NULL)
        {
          size_t n = list_pairs (job, thread, first, count, job->round->chosen);
          find_pair_distances (job, thread, first, n);
          for (size_t i = 0; i < n; i++)
            nearest[thread->pair_rows[i]] =
                MIN (thread->distances[i], nearest[thread->pair_rows[i]]);
        }
      else
        {
          const double *distances = find_distances (self, thread, job->centre, 1, first, count);
          for (size_t i = 0; i < count; i++)
            nearest[i] = MIN (distances[i], nearest[i]);
        }
      for (size_t i = 0; i < count; i++)
        {
          double weighed = lloyd_weigh (weights, first + i, nearest[i]);
          largest = weighed > largest ? weighed : largest;
        }
    }
  job->largest[index] = largest;
}

static void
sum_weights (guint index, gpointer data)
{
  Job *job = data;
  LloydCpu *self = job->cpu;
  const float *weights = self->engine.points->weights;
  size_t first, count;

  (void) index;
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    {
      guint64 sum = 0;
      for (size_t i = first; i < first + count; i++)
        sum += lloyd_sample_weight (lloyd_weigh (weights, i, self->nearest[i]), job->scale);
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
      double weighed = lloyd_weigh (self->engine.points->weights, row, self->nearest[row]);
      sum += lloyd_sample_weight (weighed, job->scale);
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

void
lloyd_cpu_choose (LloydSamplingRound *round, guint64 total, const guint64 *gains, guint n_threads)
{
  guint m = round->n_candidates;
  for (guint c = 0; c < m; c++)
    {
      round->potentials[c] = total;
      for (guint i = 0; i < n_threads; i++)
        round->potentials[c] -= gains[(size_t) i * m + c];
      if (round->potentials[c] < round->potentials[round->chosen])
        round->chosen = c;
    }
}

static gboolean
choose_candidate (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  LloydSamplingRound *round = job->round;

  if (!run_pass (job, try_candidates, 4.0 * round->n_candidates * self->d, cancellable, error))
    return FALSE;
  lloyd_cpu_choose (round, self->sample_total, job->gains, lloyd_team_get_size (self->team));
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
  for (guint i = 0; i < lloyd_team_get_size (self->team) && m > self->n_sample_room; i++)
    {
      LloydCpuThread *thread = &self->threads[i];
      size_t room = self->chunk_rows * m;
      lloyd_free_aligned (thread->distances);
      lloyd_free_aligned (thread->pair_rows);
      lloyd_free_aligned (thread->pair_numbers);
      thread->distances = lloyd_allocate_aligned (room, sizeof (double), WHAT, error);
      thread->pair_rows = lloyd_allocate_aligned (room, sizeof (guint32), WHAT, error);
      thread->pair_numbers = lloyd_allocate_aligned (room, sizeof (guint8), WHAT, error);
      if (thread->distances == NULL || thread->pair_rows == NULL || thread->pair_numbers == NULL)
        return FALSE;
    }
  self->n_sample_room = MAX (self->n_sample_room, m);
  if (self->nearest == NULL)
    self->nearest = lloyd_allocate_aligned (self->n, sizeof (double), WHAT, error);
  if (self->hits == NULL && self->reduced != NULL && self->nearest != NULL)
    self->hits = lloyd_allocate_aligned (self->n, sizeof (guint16), WHAT, error);
  return self->nearest != NULL && (self->reduced == NULL || self->hits != NULL);
}

gboolean
lloyd_cpu_sample (LloydEngine *engine,
                  LloydSamplingRound *round,
                  gboolean is_first,
                  GCancellable *cancellable,
                  GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  if (lloyd_cpu_samples_blocks (self))
    return lloyd_cpu_sample_blocks (self, round, is_first, cancellable, error);

  guint n_threads = lloyd_team_get_size (self->team), m = round->n_candidates;
  g_autofree guint64 *gains = g_new0 (guint64, (size_t) n_threads * m);
  g_autofree double *largest = g_new0 (double, n_threads);
  g_autofree guint64 *chunk_sums = g_new0 (guint64, self->n / self->chunk_rows + 1);
  Job job = {
    .cpu = self, .round = round, .gains = gains, .largest = largest, .chunk_sums = chunk_sums
  };

  if (!prepare (self, m, error))
    return FALSE;
  round->chosen = 0;
  if (is_first)
    for (size_t i = 0; i < self->n; i++)
      self->nearest[i] = INFINITY;
  else
    {
      job.scale = self->sample_scale;
      if (self->reduced != NULL && m <= LLOYD_MAX_NEAR)
        {
          lloyd_cpu_pack (self, &self->candidate_panels, round->candidates, m);
          job.panels = self->candidate_panels;
        }
      if (!choose_candidate (&job, cancellable, error))
        return FALSE;
    }
  if (!take_candidate (&job, cancellable, error))
    return FALSE;
  self->sample_scale = job.scale;
  self->sample_total = round->total;
  if (is_first)
    round->potentials[0] = round->total;
  for (guint r = 0; r < round->n_draws && round->total > 0; r++)
    round->rows[r] = find_drawn_row (&job, lloyd_multiply_high (round->draws[r], round->total));
  return TRUE;
}
