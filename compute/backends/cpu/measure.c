/* Distances on request: measure and farthest. Canonical arithmetic throughout; asked for now and
 * then. */
#include <string.h>

#include "compute/backends/cpu/cpu-private.h"
#include "compute/backends/ranking.h"
#include "compute/backends/row.h"

/* ---- measure ------------------------------------------------------------------------------- */

typedef struct
{
  LloydCpu *cpu;
  const LloydView *view;
  const float *centroids;
  guint k;
  LloydMeasure *out;
  /* Thread by thread, k each; NULL where energies are not asked for. */
  LloydWide *energy;
  LloydCpuChunks chunks;
} MeasureJob;

static void
measure_distances (const MeasureJob *job, const float *x, size_t at)
{
  const LloydCpu *self = job->cpu;
  double best = INFINITY, second = INFINITY;
  gint32 runner_up = -1, nearest = -1;

  for (guint j = 0; j < job->k; j++)
    {
      double cost =
          lloyd_exact_cost (self->engine.metric, x, job->centroids + (size_t) j * self->d, self->d);
      if (cost < best)
        {
          second = best;
          runner_up = nearest;
          best = cost;
          nearest = (gint32) j;
        }
      else if (cost < second)
        {
          second = cost;
          runner_up = (gint32) j;
        }
    }
  if (job->out->cost != NULL)
    job->out->cost[at] = best;
  if (job->out->runner_up != NULL)
    job->out->runner_up[at] = runner_up;
  if (job->out->runner_up_cost != NULL)
    job->out->runner_up_cost[at] = second;
}

static void
measure_work (guint index, gpointer data)
{
  MeasureJob *job = data;
  LloydCpu *self = job->cpu;
  gboolean wants_distances =
      job->out->cost != NULL || job->out->runner_up != NULL || job->out->runner_up_cost != NULL;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    for (size_t i = first; i < first + count; i++)
      {
        size_t place = lloyd_cpu_place (self, job->view, i);
        size_t row = lloyd_points_row (self->engine.points, place);
        if (wants_distances)
          measure_distances (job, self->engine.rows + place * self->d, job->view != NULL ? i : row);
        if (job->energy != NULL)
          lloyd_engine_add_energy (
              &self->engine, row,
              &job->energy[(size_t) index * job->k + (guint) lloyd_cpu_label (self, place)]);
      }
}

gboolean
lloyd_cpu_measure (LloydEngine *engine,
                   const LloydView *view,
                   const float *centroids,
                   guint k,
                   LloydMeasure *measure,
                   GCancellable *cancellable,
                   GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  size_t count = view != NULL ? view->count : self->n;
  guint n_threads = lloyd_cpu_n_threads (self, count, (double) k * self->d);
  g_autofree LloydWide *energy =
      measure->energy != NULL ? g_new0 (LloydWide, (size_t) n_threads * k) : NULL;
  MeasureJob job = {
    self, view, centroids, k, measure, energy, lloyd_cpu_chunks (self, count, cancellable)
  };

  lloyd_team_run (self->team, n_threads, measure_work, &job);
  if (!lloyd_cpu_chunks_finish (&job.chunks, error))
    return FALSE;
  if (energy == NULL)
    return TRUE;
  memset (measure->energy, 0, sizeof (LloydWide) * k);
  for (size_t i = 0; i < (size_t) n_threads * k; i++)
    lloyd_wide_merge (&measure->energy[i % k], &energy[i]);
  return TRUE;
}

/* ---- farthest ------------------------------------------------------------------------------ */

typedef struct
{
  LloydCpu *cpu;
  const float *centroids;
  int cluster;
  LloydRanking *rankings;
  LloydCpuChunks chunks;
} FarthestJob;

static void
farthest_work (guint index, gpointer data)
{
  FarthestJob *job = data;
  LloydCpu *self = job->cpu;
  size_t first, count;

  while (lloyd_cpu_chunks_take (&job->chunks, &first, &count))
    for (size_t place = first; place < first + count; place++)
      {
        gint32 label = lloyd_cpu_label (self, place);
        size_t row = lloyd_points_row (self->engine.points, place);
        if ((job->cluster >= 0 && label != job->cluster) ||
            lloyd_points_weight (self->engine.points, row) == 0.0f)
          continue;
        double distance =
            lloyd_row_distance (self->engine.metric, self->engine.rows + place * self->d,
                                job->centroids + (size_t) label * self->d, self->d);
        lloyd_ranking_add (&job->rankings[index], distance, row);
      }
}

gboolean
lloyd_cpu_farthest (LloydEngine *engine,
                    const float *centroids,
                    guint k,
                    int cluster,
                    size_t m,
                    size_t *rows,
                    double *distances,
                    size_t *n_found,
                    GCancellable *cancellable,
                    GError **error)
{
  LloydCpu *self = lloyd_cpu_of (engine);
  guint n_threads = lloyd_cpu_n_threads (self, self->n, 4.0 * self->d);
  g_autofree size_t *all_rows = g_new (size_t, m * n_threads);
  g_autofree double *all_distances = g_new (double, m *n_threads);
  g_autofree LloydRanking *rankings = g_new0 (LloydRanking, n_threads);
  FarthestJob job = { self, centroids, cluster, rankings,
                      lloyd_cpu_chunks (self, self->n, cancellable) };

  (void) k;
  for (guint i = 0; i < n_threads; i++)
    rankings[i] = (LloydRanking){ m, 0, all_rows + m * i, all_distances + m * i };
  lloyd_team_run (self->team, n_threads, farthest_work, &job);
  if (!lloyd_cpu_chunks_finish (&job.chunks, error))
    return FALSE;

  LloydRanking merged = { m, 0, rows, distances };
  for (guint i = 0; i < n_threads; i++)
    for (size_t at = 0; at < rankings[i].n; at++)
      lloyd_ranking_add (&merged, rankings[i].distances[at], rankings[i].rows[at]);
  *n_found = merged.n;
  return TRUE;
}
