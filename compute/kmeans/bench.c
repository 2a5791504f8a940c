#include "compute/kmeans/bench.h"

#include <math.h>
#include <string.h>

#include "compute/clock.h"
#include "compute/error.h"
#include "compute/kmeans/bench-check.h"
#include "compute/kmeans/bench-figures.h"
#include "compute/kmeans/bench-pictures.h"
#include "compute/kmeans/run.h"
#include "compute/kmeans/seeding.h"
#include "compute/kmeans/update.h"
#include "compute/memory.h"
#include "compute/words.h"

/* A device of its own that had nothing to do has a slow clock, which goes up while it works: it is
 * warmed up for so long, but not more often than this. */
#define WARM_UP_NS 300000000
#define MAX_WARM_UPS 2000

typedef struct _LloydBench Bench;

struct _LloydBench
{
  LloydBenchPlan own_plan;
  const LloydBenchPlan *plan;
  guint n_threads;
  int nice;
  LloydEngine *engine;
  /* Whose engine it is, for mini-batches; else NULL. */
  LloydRun *run;
  LloydSums *sums;
  /* k x d: where every repeat starts, where it stands, and the next. */
  float *start;
  float *current;
  float *next;
  /* For pictures, else NULL. */
  LloydPictures *pictures;
  /* Centroids of all iterations, where they are to be done in a row; else NULL. */
  float *trail;
  /* Of the call under way. */
  GCancellable *cancellable;
  LloydBenchResult result;
  GArray *times;
};

/* All iterations once; the centroids of the last assignment stay in `current`. */
static gboolean
run_iterations (Bench *self, gint64 *time_ns, double *moved_share, GError **error)
{
  size_t bytes = sizeof (float) * self->plan->k * self->engine->points->d, moved_later = 0;
  double touched = 0.0;

  memcpy (self->next, self->start, bytes);
  gint64 start_ns = lloyd_clock_ns ();
  for (guint i = 0; i < self->plan->iterations; i++)
    {
      size_t n_moved;
      memcpy (self->current, self->next, bytes);
      if (!self->engine->backend->assign (self->engine, NULL, self->current, self->plan->k,
                                          self->sums, &n_moved, self->cancellable, error))
        return FALSE;
      lloyd_update (self->engine->metric, self->sums, self->current, self->next);
      moved_later += i > 0 ? n_moved : 0;
      touched += self->engine->knows_touched ? (double) self->engine->n_touched : NAN;
    }
  *time_ns = lloyd_clock_ns () - start_ns;
  *moved_share = self->plan->iterations > 1
                     ? (double) moved_later / (double) self->engine->points->n /
                           (double) (self->plan->iterations - 1)
                     : 0.0;
  self->result.touched_share =
      touched / (double) self->engine->points->n / (double) self->plan->iterations;
  return TRUE;
}

/* One iteration, where the engine does not do them in a row. */
static gboolean
run_one (Bench *self, LloydIteration *steps, GError **error)
{
  size_t n_moved;
  if (!self->engine->backend->assign (self->engine, NULL, self->next, self->plan->k, self->sums,
                                      &n_moved, self->cancellable, error))
    return FALSE;
  lloyd_update (self->engine->metric, self->sums, self->next, steps->centroids);
  steps->n_done = 1;
  return TRUE;
}

/* All iterations once, as many at a time as the engine does; the centroids of the last assignment
 * stay in `current`. */
static gboolean
run_batched (Bench *self, gint64 *time_ns, GError **error)
{
  const LloydBackend *backend = self->engine->backend;
  size_t n_values = (size_t) self->plan->k * self->engine->points->d;
  guint n_done = 0;

  memcpy (self->next, self->start, sizeof (float) * n_values);
  gint64 start_ns = lloyd_clock_ns ();
  while (n_done < self->plan->iterations)
    {
      LloydIteration steps = { .n_steps = self->plan->iterations - n_done,
                               .keeps_empty = TRUE,
                               .centroids = self->trail };
      if (!backend->iterate (self->engine, self->next, self->plan->k, &steps, self->cancellable,
                             error))
        return FALSE;
      if (steps.n_done == 0 && !run_one (self, &steps, error))
        return FALSE;
      n_done += steps.n_done;
      const float *before =
          steps.n_done > 1 ? self->trail + (steps.n_done - 2) * n_values : self->next;
      memcpy (self->current, before, sizeof (float) * n_values);
      memcpy (self->next, self->trail + (steps.n_done - 1) * n_values, sizeof (float) * n_values);
    }
  *time_ns = lloyd_clock_ns () - start_ns;
  return TRUE;
}

/* A greedy k-means++ seeding; its centroids, and the labels that they give, stay. */
static gboolean
run_seeding (Bench *self, gint64 *time_ns, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autofree size_t *rows = g_new (size_t, self->plan->k);
  g_autofree char *remark = NULL;
  gboolean has_rows;

  recipe->k = self->plan->k;
  recipe->metric = self->plan->metric;
  gint64 start_ns = lloyd_clock_ns ();
  if (!lloyd_seed (self->engine, NULL, recipe, self->current, rows, &has_rows, NULL, &remark,
                   self->cancellable, error))
    return FALSE;
  *time_ns = lloyd_clock_ns () - start_ns;
  return TRUE;
}

/* Mini-batch steps of a run of its own. */
static gboolean
run_batches (Bench *self, gint64 *time_ns, GError **error)
{
  g_autoptr (LloydRun) run =
      lloyd_run_new_beside (self->run, lloyd_run_get_recipe (self->run), self->cancellable, error);
  if (run == NULL)
    return FALSE;
  gint64 start_ns = lloyd_clock_ns ();
  for (guint i = 0; i < self->plan->iterations; i++)
    if (!lloyd_run_step (run, self->cancellable, error))
      return FALSE;
  *time_ns = lloyd_clock_ns () - start_ns;
  memcpy (self->current, lloyd_run_get_centroids (run),
          sizeof (float) * self->plan->k * self->engine->points->d);
  return TRUE;
}

static gboolean
run_pictures (Bench *self, gint64 *time_ns, GError **error)
{
  gint64 start_ns = lloyd_clock_ns ();
  for (guint i = 0; i < self->plan->iterations; i++)
    if (!lloyd_pictures_draw (self->pictures, self->cancellable, error))
      return FALSE;
  *time_ns = lloyd_clock_ns () - start_ns;
  return TRUE;
}

/* Labels for pictures: those of the first k rows as centroids. */
static gboolean
prepare_pictures (Bench *self, guint n_threads, GError **error)
{
  size_t n_moved;
  memcpy (self->current, self->start, sizeof (float) * self->plan->k * self->engine->points->d);
  self->pictures = lloyd_pictures_new (self->engine, self->plan->k, n_threads, error);
  return self->pictures != NULL &&
         self->engine->backend->assign (self->engine, NULL, self->current, self->plan->k,
                                        self->sums, &n_moved, self->cancellable, error);
}

static gboolean
run_once (Bench *self, gint64 *time_ns, double *moved_share, GError **error)
{
  switch (self->plan->kind)
    {
    case LLOYD_BENCH_SEEDING:
      return run_seeding (self, time_ns, error);
    case LLOYD_BENCH_BATCHES:
      return run_batches (self, time_ns, error);
    case LLOYD_BENCH_PICTURES:
      return run_pictures (self, time_ns, error);
    default:
      return self->trail != NULL ? run_batched (self, time_ns, error)
                                 : run_iterations (self, time_ns, moved_share, error);
    }
}

/* Labels of all rows by the centroids of the last assignment; yours. */
static gint32 *
read_labels (Bench *self, GError **error)
{
  size_t n = self->engine->points->n, n_moved;

  /* Seedings and batches leave centroids whose labels nobody has looked for yet. */
  if (self->plan->kind != LLOYD_BENCH_ITERATIONS &&
      !self->engine->backend->assign (self->engine, NULL, self->current, self->plan->k, self->sums,
                                      &n_moved, self->cancellable, error))
    return NULL;
  gint32 *labels = lloyd_allocate_aligned (n, sizeof *labels, "the labels", error);
  if (labels == NULL || self->engine->backend->read (self->engine, 0, n, labels, error))
    return labels;
  lloyd_free_aligned (labels);
  return NULL;
}

static gboolean
check_labels (Bench *self, LloydBenchResult *result, GError **error)
{
  gint32 *labels = read_labels (self, error);
  if (labels == NULL)
    return FALSE;
  LloydBenchCheck check = { .engine = self->engine,
                            .centroids = self->current,
                            .k = self->plan->k,
                            .labels = labels,
                            .n_threads = self->n_threads,
                            .nice = self->nice };
  gboolean is_done = lloyd_bench_check_labels (&check, self->cancellable, error);
  lloyd_free_aligned (labels);
  if (!is_done)
    return FALSE;
  result->n_checked = check.n_checked;
  result->n_wrong = check.n_wrong;
  result->wrongs = check.wrongs;
  return TRUE;
}

/* Where every repeat starts: at the first k rows. */
static void
take_first_rows (Bench *self)
{
  gint64 start_ns = lloyd_clock_ns ();
  for (guint j = 0; j < self->plan->k; j++)
    lloyd_seed_from_row (self->engine, j, self->start + (size_t) j * self->engine->points->d);
  if (self->plan->kind != LLOYD_BENCH_SEEDING)
    self->result.seeding_ns = lloyd_clock_ns () - start_ns;
}

/* What is to be said of the times so far. */
static void
summarise (Bench *self)
{
  LloydBenchResult *result = &self->result;
  LloydBenchSpread spread =
      lloyd_bench_spread ((const gint64 *) (gconstpointer) self->times->data, self->times->len);

  result->times_ns = (gint64 *) (gpointer) self->times->data;
  result->n_times = self->times->len;
  result->min_ns = spread.min_ns;
  result->median_ns = spread.median_ns;
  result->max_ns = spread.max_ns;
  result->total_ns = result->prepare_ns + result->seeding_ns;
  result->total_ns += self->plan->kind == LLOYD_BENCH_SEEDING
                          ? result->median_ns
                          : result->median_ns * 10 / (gint64) self->plan->iterations;
}

gboolean
lloyd_bench_warm_up (LloydBench *self, GCancellable *cancellable, GError **error)
{
  double unused;
  gint64 again_ns, start_ns = lloyd_clock_ns ();
  self->cancellable = cancellable;
  if (self->plan->kind == LLOYD_BENCH_PICTURES && !prepare_pictures (self, self->n_threads, error))
    return FALSE;
  if (!run_once (self, &self->result.warmup_ns, &unused, error))
    return FALSE;
  for (guint i = 1; self->engine->backend->find_ceilings != NULL && i < MAX_WARM_UPS &&
                    lloyd_clock_ns () < start_ns + WARM_UP_NS;
       i++)
    if (!run_once (self, &again_ns, &unused, error))
      return FALSE;
  return TRUE;
}

gboolean
lloyd_bench_repeat (LloydBench *self, GCancellable *cancellable, GError **error)
{
  gint64 time_ns;
  self->cancellable = cancellable;
  if (self->engine->backend->forget != NULL)
    self->engine->backend->forget (self->engine);
  if (!run_once (self, &time_ns, &self->result.moved_share, error))
    return FALSE;
  g_array_append_val (self->times, time_ns);
  self->result.device_bytes = MAX (self->result.device_bytes, self->engine->device_bytes);
  /* What it is may have been found out on the way. */
  g_free (self->result.device_detail);
  self->result.device_detail = g_strdup (self->engine->device_detail);
  summarise (self);
  return TRUE;
}

gboolean
lloyd_bench_check (LloydBench *self, GCancellable *cancellable, GError **error)
{
  self->cancellable = cancellable;
  self->result.n_wrong = self->result.n_checked = 0;
  g_clear_pointer (&self->result.wrongs, lloyd_bench_wrongs_free);
  return check_labels (self, &self->result, error);
}

const char *
lloyd_bench_get_remark (const LloydBench *self)
{
  return self->engine->remark;
}

const LloydBenchResult *
lloyd_bench_get_result (const LloydBench *self)
{
  return &self->result;
}

/* A run whose engine mini-batches share. */
static LloydRun *
open_run (LloydPoints *points,
          const LloydBackend *backend,
          const LloydEngineOptions *options,
          const LloydBenchPlan *plan,
          GCancellable *cancellable,
          GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = plan->k;
  recipe->metric = plan->metric;
  recipe->init = LLOYD_INIT_FIRST;
  recipe->algorithm = LLOYD_ALGORITHM_MINIBATCH;
  recipe->batch_size = plan->batch_size;
  recipe->max_steps = plan->iterations + 1;
  recipe->n_threads = options->n_threads;
  recipe->device = options->device;
  recipe->mode = options->is_fast ? LLOYD_MODE_FAST : LLOYD_MODE_EXACT;
  return lloyd_run_new (points, recipe, backend, options, cancellable, error);
}

gboolean
lloyd_bench_has_batched (const LloydBackend *backend, LloydBenchKind kind)
{
  return kind == LLOYD_BENCH_ITERATIONS && backend->iterate != NULL;
}

static gboolean
check_plan (const LloydPoints *points,
            const LloydBackend *backend,
            const LloydBenchPlan *plan,
            GError **error)
{
  g_return_val_if_fail (!plan->is_batched || lloyd_bench_has_batched (backend, plan->kind), FALSE);
  if (plan->k <= points->n)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, _ ("%u clusters are more than the %zu rows"),
               plan->k, points->n);
  return FALSE;
}

/* The engine that is timed; `prepare_ns` is how long it took to open. */
static LloydEngine *
open_engine (Bench *self,
             LloydPoints *points,
             const LloydBackend *backend,
             const LloydEngineOptions *options,
             GCancellable *cancellable,
             GError **error)
{
  gint64 start_ns = lloyd_clock_ns ();
  if (self->plan->kind == LLOYD_BENCH_BATCHES)
    {
      self->run = open_run (points, backend, options, self->plan, cancellable, error);
      if (self->run == NULL)
        return NULL;
      self->result.prepare_ns = lloyd_run_get_prepare_ns (self->run);
      return lloyd_run_get_engine (self->run);
    }
  LloydEngine *engine = backend->open (points, options, cancellable, error);
  self->result.prepare_ns = lloyd_clock_ns () - start_ns + points->order_ns;
  return engine;
}

LloydBench *
lloyd_bench_open (LloydPoints *points,
                  const LloydBackend *backend,
                  const LloydEngineOptions *options,
                  const LloydBenchPlan *plan,
                  GCancellable *cancellable,
                  GError **error)
{
  LloydEngineOptions engine_options = *options;
  size_t n_values = (size_t) plan->k * points->d;

  if (!check_plan (points, backend, plan, error))
    return NULL;
  g_autoptr (LloydBench) self = g_new0 (LloydBench, 1);
  engine_options.metric = plan->metric;
  engine_options.is_fast = plan->is_fast;
  self->own_plan = *plan;
  self->plan = &self->own_plan;
  self->n_threads = options->n_threads;
  self->nice = options->nice;
  self->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->result.touched_share = NAN;
  self->engine = open_engine (self, points, backend, &engine_options, cancellable, error);
  if (self->engine == NULL)
    return NULL;

  self->result.device_name = g_strdup (self->engine->device_name);
  self->result.device_detail = g_strdup (self->engine->device_detail);
  self->start = g_new (float, 3 * n_values);
  self->current = self->start + n_values;
  self->next = self->current + n_values;
  self->sums = lloyd_sums_new (plan->k, self->engine->grid);
  self->trail = plan->is_batched ? g_new (float, n_values * plan->iterations) : NULL;
  take_first_rows (self);
  return g_steal_pointer (&self);
}

void
lloyd_bench_set_start (LloydBench *self, const float *start)
{
  memcpy (self->start, start, sizeof (float) * self->plan->k * self->engine->points->d);
}

void
lloyd_bench_free (LloydBench *self)
{
  g_clear_pointer (&self->pictures, lloyd_pictures_free);
  g_clear_pointer (&self->sums, lloyd_sums_free);
  if (self->run == NULL)
    g_clear_pointer (&self->engine, lloyd_engine_close);
  g_clear_pointer (&self->run, lloyd_run_free);
  g_free (self->start);
  g_free (self->trail);
  g_array_unref (self->times);
  g_clear_pointer (&self->result.wrongs, lloyd_bench_wrongs_free);
  g_free (self->result.device_name);
  g_free (self->result.device_detail);
  g_free (self);
}

gboolean
lloyd_bench_run (LloydPoints *points,
                 const LloydBackend *backend,
                 const LloydEngineOptions *options,
                 const LloydBenchPlan *plan,
                 LloydBenchResult *result,
                 GCancellable *cancellable,
                 GError **error)
{
  memset (result, 0, sizeof *result);
  g_autoptr (LloydBench) self =
      lloyd_bench_open (points, backend, options, plan, cancellable, error);
  if (self == NULL || !lloyd_bench_warm_up (self, cancellable, error))
    return FALSE;
  for (guint i = 0; i < plan->repeats; i++)
    if (!lloyd_bench_repeat (self, cancellable, error))
      return FALSE;
  if (!lloyd_bench_check (self, cancellable, error))
    return FALSE;
  *result = self->result;
  result->wrongs = lloyd_bench_wrongs_copy (self->result.wrongs);
  result->times_ns = g_memdup2 (self->result.times_ns, sizeof (gint64) * self->result.n_times);
  result->device_name = g_strdup (self->result.device_name);
  result->device_detail = g_strdup (self->result.device_detail);
  return TRUE;
}

void
lloyd_bench_result_clear (LloydBenchResult *self)
{
  g_free (self->times_ns);
  g_clear_pointer (&self->wrongs, lloyd_bench_wrongs_free);
  g_free (self->device_name);
  g_free (self->device_detail);
  memset (self, 0, sizeof *self);
}
