#include "compute/kmeans/bench.h"

#include <stdlib.h>
#include <string.h>

#include "compute/clock.h"
#include "compute/error.h"
#include "compute/kmeans/bench-pictures.h"
#include "compute/kmeans/run.h"
#include "compute/kmeans/seeding.h"
#include "compute/kmeans/update.h"

/* The canonical labels are found for as many rows as this many multiply-adds allow, evenly spread.
 */
#define CHECK_OPERATIONS 2e9

typedef struct
{
  const LloydBenchPlan *plan;
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
  GCancellable *cancellable;
} Bench;

/* All iterations once; the centroids of the last assignment stay in `current`. */
static gboolean
run_iterations (Bench *self, gint64 *time_ns, double *moved_share, GError **error)
{
  size_t bytes = sizeof (float) * self->plan->k * self->engine->points->d, moved_later = 0;

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
    }
  *time_ns = lloyd_clock_ns () - start_ns;
  *moved_share = self->plan->iterations > 1
                     ? (double) moved_later / (double) self->engine->points->n /
                           (double) (self->plan->iterations - 1)
                     : 0.0;
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
  if (!lloyd_seed (self->engine, NULL, recipe, self->current, rows, &has_rows, &remark,
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

static gint32
canonical_label (const Bench *self, size_t row)
{
  guint d = self->engine->points->d;
  const float *x = lloyd_engine_row (self->engine, row);
  double lowest = INFINITY;
  gint32 nearest = 0;

  for (guint j = 0; j < self->plan->k; j++)
    {
      double cost = lloyd_exact_cost (self->engine->metric, x, self->current + (size_t) j * d, d);
      if (cost < lowest)
        {
          lowest = cost;
          nearest = (gint32) j;
        }
    }
  return nearest;
}

static gboolean
check_labels (Bench *self, LloydBenchResult *result, GError **error)
{
  size_t n = self->engine->points->n;
  double per_row = (double) self->plan->k * self->engine->points->d;
  size_t n_checked = (size_t) CLAMP (CHECK_OPERATIONS / per_row, 1.0, (double) n);
  g_autofree gint32 *labels = g_try_new (gint32, n);
  size_t n_moved;

  /* Seedings and batches leave centroids whose labels nobody has looked for yet. */
  if (self->plan->kind != LLOYD_BENCH_ITERATIONS &&
      !self->engine->backend->assign (self->engine, NULL, self->current, self->plan->k, self->sums,
                                      &n_moved, self->cancellable, error))
    return FALSE;
  if (labels == NULL)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                           "not enough memory for the labels");
      return FALSE;
    }
  if (!self->engine->backend->read (self->engine, 0, n, labels, error))
    return FALSE;
  for (size_t i = 0; i < n_checked; i++)
    {
      size_t row = (size_t) ((double) i * ((double) n / (double) n_checked));
      if (i % 256 == 0 && g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      result->n_wrong += labels[row] != canonical_label (self, row);
    }
  result->n_checked = n_checked;
  return TRUE;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return (x > y) - (x < y);
}

static void
summarise (LloydBenchResult *result, LloydBenchKind kind, guint iterations)
{
  guint n = result->n_times;
  g_autofree gint64 *sorted = g_memdup2 (result->times_ns, sizeof (gint64) * n);
  qsort (sorted, n, sizeof *sorted, compare_times);
  result->min_ns = sorted[0];
  result->max_ns = sorted[n - 1];
  result->median_ns = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  result->total_ns = result->prepare_ns + result->seeding_ns;
  result->total_ns += kind == LLOYD_BENCH_SEEDING ? result->median_ns
                                                  : result->median_ns * 10 / (gint64) iterations;
}

static gboolean
measure (Bench *self, guint n_threads, LloydBenchResult *result, GError **error)
{
  guint d = self->engine->points->d;
  double unused;

  gint64 start_ns = lloyd_clock_ns ();
  for (guint j = 0; j < self->plan->k; j++)
    lloyd_seed_from_row (self->engine, j, self->start + (size_t) j * d);
  if (self->plan->kind != LLOYD_BENCH_SEEDING)
    result->seeding_ns = lloyd_clock_ns () - start_ns;

  if (self->plan->kind == LLOYD_BENCH_PICTURES && !prepare_pictures (self, n_threads, error))
    return FALSE;
  if (!run_once (self, &result->warmup_ns, &unused, error))
    return FALSE;
  for (guint i = 0; i < self->plan->repeats; i++)
    {
      if (self->engine->backend->forget != NULL)
        self->engine->backend->forget (self->engine);
      if (!run_once (self, &result->times_ns[i], &result->moved_share, error))
        return FALSE;
    }
  summarise (result, self->plan->kind, self->plan->iterations);
  return check_labels (self, result, error);
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
  return lloyd_run_new (points, recipe, backend, options, cancellable, error);
}

gboolean
lloyd_bench_has_batched (const LloydBackend *backend, LloydBenchKind kind)
{
  return kind == LLOYD_BENCH_ITERATIONS && backend->iterate != NULL;
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
  LloydEngineOptions engine_options = *options;
  size_t n_values = (size_t) plan->k * points->d;
  gint64 start_ns = lloyd_clock_ns ();

  memset (result, 0, sizeof *result);
  if (plan->k > points->n)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                   "%u clusters are more than the %" G_GSIZE_FORMAT " rows", plan->k, points->n);
      return FALSE;
    }
  g_return_val_if_fail (!plan->is_batched || lloyd_bench_has_batched (backend, plan->kind), FALSE);
  engine_options.metric = plan->metric;
  g_autoptr (LloydRun) run = NULL;
  g_autoptr (LloydEngine) own_engine = NULL;
  LloydEngine *engine = NULL;
  if (plan->kind == LLOYD_BENCH_BATCHES)
    {
      run = open_run (points, backend, &engine_options, plan, cancellable, error);
      engine = run != NULL ? lloyd_run_get_engine (run) : NULL;
    }
  else
    engine = own_engine = backend->open (points, &engine_options, cancellable, error);
  if (engine == NULL)
    return FALSE;

  result->prepare_ns = run != NULL ? lloyd_run_get_prepare_ns (run)
                                   : lloyd_clock_ns () - start_ns + points->order_ns;
  result->device_name = g_strdup (engine->device_name);
  result->device_detail = g_strdup (engine->device_detail);
  result->n_times = plan->repeats;
  result->times_ns = g_new0 (gint64, plan->repeats);
  g_autofree float *centroids = g_new (float, 3 * n_values);
  g_autoptr (LloydSums) sums = lloyd_sums_new (plan->k, engine->grid);
  g_autofree float *trail = plan->is_batched ? g_new (float, n_values * plan->iterations) : NULL;
  Bench bench = {
    plan, engine, run,         sums, centroids, centroids + n_values, centroids + 2 * n_values,
    NULL, trail,  cancellable,
  };
  gboolean is_done = measure (&bench, options->n_threads, result, error);
  g_clear_pointer (&bench.pictures, lloyd_pictures_free);
  if (!is_done)
    lloyd_bench_result_clear (result);
  return is_done;
}

void
lloyd_bench_result_clear (LloydBenchResult *self)
{
  g_free (self->times_ns);
  g_free (self->device_name);
  g_free (self->device_detail);
  memset (self, 0, sizeof *self);
}
