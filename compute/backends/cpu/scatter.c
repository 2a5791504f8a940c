/* Scattering: distances to many centres at once, the farthest row, and rows drawn each by itself.
 * One pass over the rows for the distances, one to sum the weights, one to draw. */
#include <string.h>

#include "compute/backends/cpu/cpu-private.h"
#include "compute/memory.h"

/* Centres measured together: their distances to a chunk stay in the cache. */
#define CENTRES_AT_ONCE 8

/* What one thread has found. */
typedef struct
{
  /* Distances of a chunk to CENTRES_AT_ONCE centres. */
  double *distances;
  double largest;
  size_t farthest;
  /* The largest distance times a weight. */
  double heaviest;
  guint64 total;
  GArray *rows;
} Part;

typedef struct
{
  LloydCpu *cpu;
  LloydScatterRound *round;
  /* Where distances go, by place: those carried, or those of a trial. */
  double *nearest;
  double scale;
  guint64 total;
  Part *parts;
  LloydCpuChunks chunks;
} Job;

/* nearest = min (nearest, distances to the centres), for the rows of a chunk. */
static void
take_centres (Job *job, Part *part, double *norms, double *nearest, size_t first, size_t count)
{
  const LloydCpu *self = job->cpu;
  const LloydScatterRound *round = job->round;
  const float *x = self->engine.rows + first * self->d;

  if (LLOYD_METRIC_IS_ANGULAR (self->engine.metric))
    self->kernels->norms (x, count, self->d, norms);
  for (guint c = 0; c < round->n_centres; c += CENTRES_AT_ONCE)
    {
      guint m = MIN (round->n_centres - c, CENTRES_AT_ONCE);
      self->kernels->distances (self->engine.metric, x, count, self->d, norms, self->unit_scale,
                                round->centres + (size_t) c * self->d, m, part->distances);
      for (guint j = 0; j < m; j++)
        for (size_t i = 0; i < count; i++)
          nearest[i] = MIN (nearest[i], part->distances[j * count + i]);
    }
}

static void
measure (guint index, gpointer data)
{
  Job *job = data;
  const LloydCpu *self = job->cpu;
  const float *weights = self->engine.points->weights;
  Part *part = &job->parts[index];
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    {
      double *nearest = job->nearest + first;
      if (job->nearest != self->scattered)
        memcpy (nearest, self->scattered + first, sizeof (double) * count);
      take_centres (job, part, self->threads[index].norms, nearest, first, count);
      for (size_t i = 0; i < count; i++)
        {
          part->heaviest = MAX (part->heaviest, lloyd_weigh (weights, first + i, nearest[i]));
          if (nearest[i] < part->largest || (weights != NULL && weights[first + i] == 0.0f))
            continue;
          size_t row = lloyd_points_row (self->engine.points, first + i);
          if (nearest[i] > part->largest || row < part->farthest)
            {
              part->largest = nearest[i];
              part->farthest = row;
            }
        }
    }
}

/* The integer weight of a row. */
static inline guint64
weight_of (const Job *job, size_t i)
{
  double weighed = lloyd_weigh (job->cpu->engine.points->weights, i, job->nearest[i]);
  return lloyd_sample_weight (weighed, job->scale);
}

static void
sum_weights (guint index, gpointer data)
{
  Job *job = data;
  size_t first, count;
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    for (size_t i = first; i < first + count; i++)
      job->parts[index].total += weight_of (job, i);
}

static void
draw (guint index, gpointer data)
{
  Job *job = data;
  size_t first, count;
  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    for (size_t i = first; i < first + count; i++)
      {
        size_t row = lloyd_points_row (job->cpu->engine.points, i);
        if (lloyd_scatter_draws (job->round, row, weight_of (job, i), job->total))
          g_array_append_val (job->parts[index].rows, row);
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

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  size_t x = *(const size_t *) a, y = *(const size_t *) b;
  return (x > y) - (x < y);
}

static gboolean
draw_rows (Job *job, GCancellable *cancellable, GError **error)
{
  LloydScatterRound *round = job->round;
  guint n_threads = lloyd_team_get_size (job->cpu->team);

  g_array_set_size (round->rows, 0);
  if (!run_pass (job, sum_weights, 4.0, cancellable, error))
    return FALSE;
  for (guint i = 0; i < n_threads; i++)
    job->total += job->parts[i].total;
  if (job->total == 0)
    return TRUE;
  if (!run_pass (job, draw, 50.0, cancellable, error))
    return FALSE;
  for (guint i = 0; i < n_threads; i++)
    g_array_append_vals (round->rows, job->parts[i].rows->data, job->parts[i].rows->len);
  g_array_sort (round->rows, compare_rows);
  return TRUE;
}

static gboolean
work (Job *job, GCancellable *cancellable, GError **error)
{
  LloydCpu *self = job->cpu;
  LloydScatterRound *round = job->round;

  if (!run_pass (job, measure, 4.0 * round->n_centres * self->d, cancellable, error))
    return FALSE;
  double heaviest = 0.0;
  round->distance = -1.0;
  for (guint i = 0; i < lloyd_team_get_size (self->team); i++)
    {
      const Part *part = &job->parts[i];
      heaviest = MAX (heaviest, part->heaviest);
      if (part->largest > round->distance ||
          (part->largest == round->distance && part->farthest < round->farthest))
        {
          round->distance = part->largest;
          round->farthest = part->farthest;
        }
    }
  job->scale = lloyd_sample_scale (self->n, heaviest);
  return round->n_wanted == 0 || draw_rows (job, cancellable, error);
}

static gboolean
prepare (LloydCpu *self, Part *parts, gboolean is_first, GError **error)
{
  if (self->scattered == NULL)
    self->scattered = lloyd_allocate_aligned (self->n, sizeof (double), "the seeding", error);
  if (self->scattered == NULL)
    return FALSE;
  for (size_t i = 0; is_first && i < self->n; i++)
    self->scattered[i] = INFINITY;
  for (guint i = 0; i < lloyd_team_get_size (self->team); i++)
    {
      parts[i] = (Part){ .largest = -1.0, .rows = g_array_new (FALSE, FALSE, sizeof (size_t)) };
      parts[i].distances = lloyd_allocate_aligned (self->chunk_rows * CENTRES_AT_ONCE,
                                                   sizeof (double), "the seeding", error);
      if (parts[i].distances == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Distances by row, of those by place. */
static void
hand_over (const LloydCpu *self, const double *nearest, double *out)
{
  if (out == NULL || nearest == out)
    return;
  for (size_t place = 0; place < self->n; place++)
    out[lloyd_points_row (self->engine.points, place)] = nearest[place];
}

gboolean
lloyd_cpu_scatter (LloydEngine *engine,
                   LloydScatterRound *round,
                   gboolean is_first,
                   GCancellable *cancellable,
                   GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  guint n_threads = lloyd_team_get_size (self->team);
  g_return_val_if_fail (!round->is_trial || round->nearest != NULL, FALSE);
  g_autofree Part *parts = g_new0 (Part, n_threads);
  Job job = { .cpu = self, .round = round, .parts = parts };

  /* A trial's distances go straight to their rows where these lie in order. */
  double *tried = NULL;
  gboolean is_apart = round->is_trial && engine->points->order != NULL;
  if (is_apart)
    tried = lloyd_allocate_aligned (self->n, sizeof (double), "the seeding", error);
  gboolean is_done = (tried != NULL || !is_apart) && prepare (self, parts, is_first, error);
  job.nearest = tried != NULL ? tried : round->is_trial ? round->nearest : self->scattered;
  is_done = is_done && work (&job, cancellable, error);
  if (is_done)
    hand_over (self, job.nearest, round->nearest);
  lloyd_free_aligned (tried);
  for (guint i = 0; i < n_threads; i++)
    {
      lloyd_free_aligned (parts[i].distances);
      g_clear_pointer (&parts[i].rows, g_array_unref);
    }
  return is_done;
}
