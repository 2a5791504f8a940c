#include "compute/session/measure.h"

#include <math.h>

#include "compute/kmeans/bench-figures.h"
#include "compute/kmeans/bench.h"
#include "compute/kmeans/published.h"
#include "compute/session/comparison.h"
#include "compute/session/session-private.h"

/* The warm-up and the repeats. */
#define N_TURNS (1 + LLOYD_MEASURE_REPEATS)

void
lloyd_measurement_free (LloydMeasurement *self)
{
  g_free (self->title);
  g_free (self->device);
  g_free (self);
}

gint64
lloyd_measurement_find_published (const LloydMeasurement *self, guint side)
{
  const LloydPublished *figure =
      self->is_first ? lloyd_published_find (self->n, self->d, self->k, self->sides[side].metric)
                     : NULL;
  return figure != NULL ? (gint64) llround (figure->ten_ms * 1e6) : 0;
}

/* ---- the ratio ----------------------------------------------------------------------------- */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

void
lloyd_measurement_summarise (LloydMeasurement *self)
{
  double ratios[LLOYD_MEASURE_REPEATS];
  LloydBenchSpread spreads[LLOYD_MAX_SIDES];
  for (guint s = 0; s < self->n_sides; s++)
    {
      LloydMeasuredSide *side = &self->sides[s];
      spreads[s] = lloyd_bench_spread (side->times_ns, LLOYD_MEASURE_REPEATS);
      side->median_ns = spreads[s].median_ns;
      side->min_ns = spreads[s].min_ns;
      side->max_ns = spreads[s].max_ns;
    }
  if (self->n_sides < 2)
    return;
  for (guint i = 0; i < LLOYD_MEASURE_REPEATS; i++)
    ratios[i] = (double) self->sides[0].times_ns[i] / (double) MAX (self->sides[1].times_ns[i], 1);
  qsort (ratios, LLOYD_MEASURE_REPEATS, sizeof *ratios, compare_doubles);
  self->ratio = lloyd_quantile (ratios, LLOYD_MEASURE_REPEATS, 0.5);
  self->low = lloyd_quantile (ratios, LLOYD_MEASURE_REPEATS, 0.25);
  self->high = lloyd_quantile (ratios, LLOYD_MEASURE_REPEATS, 0.75);
  self->is_clear = (self->high < 1.0 && spreads[0].upper_ns < spreads[1].lower_ns) ||
                   (self->low > 1.0 && spreads[1].upper_ns < spreads[0].lower_ns);
}

/* ---- on the worker ------------------------------------------------------------------------- */

static LloydBench *
open_bench (LloydRun *run, GCancellable *cancellable, GError **error)
{
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  const LloydBackend *backend = lloyd_run_get_engine (run)->backend;
  LloydEngineOptions options = { .nice = LLOYD_ENGINE_NICE,
                                 .n_threads = recipe->n_threads,
                                 .device = recipe->device,
                                 .simd = recipe->simd };
  LloydBenchPlan plan = { .kind = LLOYD_BENCH_ITERATIONS,
                          .metric = recipe->metric,
                          .iterations = LLOYD_MEASURE_ITERATIONS,
                          .repeats = LLOYD_MEASURE_REPEATS,
                          .is_batched = lloyd_bench_has_batched (backend, LLOYD_BENCH_ITERATIONS) };
  const float *start = lloyd_run_get_first_centroids (run, &plan.k);
  LloydBench *bench =
      lloyd_bench_open (lloyd_run_get_points (run), backend, &options, &plan, cancellable, error);
  if (bench != NULL)
    lloyd_bench_set_start (bench, start);
  return bench;
}

static void
note_case (LloydSession *self, LloydMeasurement *measurement, const LloydDataset *dataset)
{
  const LloydRecipe *recipe = lloyd_run_get_recipe (self->runs[0]);
  const LloydEngine *engine = lloyd_run_get_engine (self->runs[0]);
  const LloydPoints *points = lloyd_run_get_points (self->runs[self->n_runs - 1]);
  measurement->title = g_strdup (dataset->title);
  measurement->n = points->n;
  measurement->d = points->d;
  lloyd_run_get_first_centroids (self->runs[0], &measurement->k);
  measurement->is_first = recipe->init == LLOYD_INIT_FIRST;
  measurement->device = g_strdup_printf ("%s, %s", engine->device_name, engine->device_detail);
  measurement->is_batched = lloyd_bench_has_batched (engine->backend, LLOYD_BENCH_ITERATIONS);
  measurement->n_sides = self->n_runs;
  for (guint s = 0; s < self->n_runs; s++)
    measurement->sides[s].metric = lloyd_run_get_recipe (self->runs[s])->metric;
}

/* One turn of every metric; who goes first changes with each. */
static gboolean
take_turn (LloydSession *self,
           LloydBench **benches,
           LloydMeasurement *measurement,
           guint turn,
           GCancellable *cancellable,
           GError **error)
{
  guint n = measurement->n_sides;
  for (guint i = 0; i < n; i++)
    {
      guint s = (i + turn) % n;
      gboolean is_done = turn == 0 ? lloyd_bench_warm_up (benches[s], cancellable, error)
                                   : lloyd_bench_repeat (benches[s], cancellable, error);
      if (!is_done)
        return FALSE;
      if (turn > 0)
        measurement->sides[s].times_ns[turn - 1] =
            lloyd_bench_get_result (benches[s])->times_ns[turn - 1];
      g_atomic_int_add (&self->measured, 1);
    }
  return TRUE;
}

static gboolean
run_measure (LloydSession *self, LloydJob *job, GError **error)
{
  LloydBench *benches[LLOYD_MAX_SIDES] = { NULL };
  g_autoptr (LloydMeasurement) measurement = g_new0 (LloydMeasurement, 1);
  gboolean is_fine = TRUE;

  note_case (self, measurement, job->dataset);
  for (guint s = 0; s < self->n_runs && is_fine; s++)
    {
      benches[s] = open_bench (self->runs[s], job->cancellable, error);
      is_fine = benches[s] != NULL;
    }
  for (guint turn = 0; turn < N_TURNS && is_fine; turn++)
    is_fine = take_turn (self, benches, measurement, turn, job->cancellable, error);
  for (guint s = 0; s < LLOYD_MAX_SIDES; s++)
    g_clear_pointer (&benches[s], lloyd_bench_free);
  if (!is_fine)
    return FALSE;
  lloyd_measurement_summarise (measurement);
  g_object_set_data_full (G_OBJECT (job->task), "lloyd-measurement", g_steal_pointer (&measurement),
                          (GDestroyNotify) lloyd_measurement_free);
  return TRUE;
}

/* ---- asking -------------------------------------------------------------------------------- */

void
lloyd_session_measure_async (LloydSession *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = lloyd_job_new (self, run_measure, cancellable, callback, data);
  job->dataset = lloyd_dataset_ref (self->dataset);
  g_atomic_int_set (&self->measured, 0);
  lloyd_session_push (self, job);
}

LloydMeasurement *
lloyd_session_measure_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  if (!lloyd_session_finish (self, result, error))
    return NULL;
  return g_object_steal_data (G_OBJECT (result), "lloyd-measurement");
}

double
lloyd_session_get_measured (LloydSession *self)
{
  guint n = MAX (self->n_sides, 1) * N_TURNS;
  return MIN ((double) g_atomic_int_get (&self->measured) / n, 1.0);
}
