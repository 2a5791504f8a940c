#include "compute/kmeans/bench-suite.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/kmeans/bench-check.h"
#include "compute/kmeans/bench-memory.h"
#include "compute/machine.h"
#include "compute/memory.h"
#include "compute/team.h"
#include "compute/words.h"

/* What is expected of a core, or of a GPU, of which nothing is known: 10^9 operations and bytes a
 * second. */
#define CORE_GOPS 500.0
#define CORE_GBYTES 20.0
#define REFERENCE_GOPS 0.35
#define GPU_GOPS 40000.0
#define GPU_GBYTES 400.0
/* Multiply-adds, and pairs of a row and a centroid, that a core compares with the canonical labels
 * in a second. */
#define CHECK_PACE 12e9
#define CHECK_PAIRS 4e8
/* Share of the free memory that a case may take. */
#define MEMORY_SHARE 0.9

LloydBenchSettings *
lloyd_bench_settings_new (void)
{
  LloydBenchSettings *self = g_new0 (LloydBenchSettings, 1);
  guint all = 0;
  int first = 0;
  self->cases = lloyd_bench_cases_new ();
  self->backends = g_ptr_array_new ();
  self->metrics[LLOYD_METRIC_EUCLIDEAN] = self->metrics[LLOYD_METRIC_COSINE] = TRUE;
  self->is_stepwise = self->is_batched = TRUE;
  self->is_exact = TRUE;
  self->threads = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (self->threads, all);
  self->devices = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_append_val (self->devices, first);
  self->iterations = 10;
  self->repeats = 7;
  return self;
}

void
lloyd_bench_settings_free (LloydBenchSettings *self)
{
  g_ptr_array_unref (self->cases);
  g_ptr_array_unref (self->backends);
  g_array_unref (self->threads);
  g_array_unref (self->devices);
  g_free (self->simd);
  g_free (self);
}

/* ---- the plan ------------------------------------------------------------------------------ */

/* One measurement of a case. */
typedef struct
{
  const LloydBackend *backend;
  LloydEngineOptions options;
  LloydBenchPlan plan;
  LloydBenchRecord *record;
  LloydBench *bench;
  LloydBenchMemory memory;
} Item;

static void
item_free (gpointer data)
{
  Item *self = data;
  g_clear_pointer (&self->bench, lloyd_bench_free);
  g_clear_pointer (&self->record, lloyd_bench_record_free);
  g_free (self);
}

/* How an engine is opened and used, whatever the stepping and the mode. */
typedef struct
{
  const LloydBackend *backend;
  LloydMetric metric;
  int device;
  guint n_threads;
} Way;

static void
add_item (GPtrArray *items,
          const LloydBenchSettings *settings,
          const LloydBenchCase *test,
          const Way *way,
          gboolean is_batched,
          gboolean is_fast)
{
  Item *item = g_new0 (Item, 1);
  item->backend = way->backend;
  item->options = (LloydEngineOptions){ .metric = way->metric,
                                        .device = way->device,
                                        .n_threads = way->n_threads,
                                        .nice = settings->nice,
                                        .simd = settings->simd };
  item->plan =
      (LloydBenchPlan){ .kind = test->kind,
                        .k = test->k,
                        .metric = way->metric,
                        .iterations = test->kind == LLOYD_BENCH_SEEDING ? 1 : settings->iterations,
                        .batch_size = test->batch_size,
                        .repeats = settings->repeats,
                        .is_batched = is_batched,
                        .is_fast = is_fast };
  item->record = lloyd_bench_record_new ();
  lloyd_bench_record_plan (item->record, test, way->backend, &item->options, &item->plan);
  g_ptr_array_add (items, item);
}

/* In every mode that there is: seeding and pictures are always exact. */
static void
add_modes (GPtrArray *items,
           const LloydBenchSettings *settings,
           const LloydBenchCase *test,
           const Way *way,
           gboolean is_batched)
{
  gboolean has_fast = way->backend->has_fast &&
                      (test->kind == LLOYD_BENCH_ITERATIONS || test->kind == LLOYD_BENCH_BATCHES);
  if (settings->is_exact || !has_fast)
    add_item (items, settings, test, way, is_batched, FALSE);
  if (settings->is_fast && has_fast)
    add_item (items, settings, test, way, is_batched, TRUE);
}

/* With every stepping that there is. A backend that cannot do steps in a row is stepwise. */
static void
add_steppings (GPtrArray *items,
               const LloydBenchSettings *settings,
               const LloydBenchCase *test,
               const Way *way)
{
  gboolean has_batched = lloyd_bench_has_batched (way->backend, test->kind);
  if (settings->is_stepwise || !has_batched)
    add_modes (items, settings, test, way, FALSE);
  if (settings->is_batched && has_batched)
    add_modes (items, settings, test, way, TRUE);
}

/* On each of its devices, and with each number of threads: a backend has several of at most one of
 * these. */
static void
add_devices (GPtrArray *items,
             const LloydBenchSettings *settings,
             const LloydBenchCase *test,
             const LloydBackend *backend,
             LloydMetric metric)
{
  guint n_threads = g_str_equal (backend->name, "cpu") ? settings->threads->len : 1;
  guint n_devices = backend->count != NULL ? settings->devices->len : 1;
  for (guint i = 0; i < n_devices; i++)
    for (guint j = 0; j < n_threads; j++)
      {
        Way way = { .backend = backend,
                    .metric = metric,
                    .device =
                        backend->count != NULL ? g_array_index (settings->devices, int, i) : 0,
                    .n_threads = g_array_index (settings->threads, guint, j) };
        add_steppings (items, settings, test, &way);
      }
}

static GPtrArray *
make_items (const LloydBenchSettings *settings, const LloydBenchCase *test)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (item_free);
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    for (guint b = 0; settings->metrics[metric] && b < settings->backends->len; b++)
      add_devices (items, settings, test, settings->backends->pdata[b], (LloydMetric) metric);
  return items;
}

GPtrArray *
lloyd_bench_plan (const LloydBenchSettings *settings, const LloydBenchCase *test)
{
  g_autoptr (GPtrArray) items = make_items (settings, test);
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_bench_record_free);
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (records, g_steal_pointer (&((Item *) items->pdata[i])->record));
  return records;
}

/* ---- what it takes ------------------------------------------------------------------------- */

static gboolean
is_on_device (const LloydBackend *backend)
{
  return g_str_equal (backend->name, "cuda");
}

double
lloyd_bench_expect_host_bytes (const LloydBenchSettings *settings, const LloydBenchCase *test)
{
  g_autoptr (GPtrArray) items = make_items (settings, test);
  guint n[2] = { 0 };
  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = items->pdata[i];
      if (!is_on_device (item->backend))
        n[LLOYD_METRIC_IS_ANGULAR (item->plan.metric)]++;
    }
  return lloyd_bench_case_host_bytes (test, n[0], n[1]);
}

double
lloyd_bench_expect_device_bytes (const LloydBenchSettings *settings, const LloydBenchCase *test)
{
  g_autoptr (GPtrArray) items = make_items (settings, test);
  guint n = 0;
  for (guint i = 0; i < items->len; i++)
    n += is_on_device (((Item *) items->pdata[i])->backend);
  /* As many on one device as on another. */
  return (double) n / MAX (settings->devices->len, 1) * lloyd_bench_case_device_bytes (test);
}

/* Seconds of all iterations once. */
static double
expect_repeat (const Item *item, const LloydBenchCase *test, const LloydCeilings *ceilings)
{
  guint n_threads =
      item->options.n_threads > 0 ? item->options.n_threads : lloyd_team_default_size ();
  double gops = CORE_GOPS * n_threads, gbytes = CORE_GBYTES * n_threads;

  if (is_on_device (item->backend))
    {
      gops = GPU_GOPS;
      gbytes = GPU_GBYTES;
    }
  else if (g_str_equal (item->backend->name, "reference"))
    return item->plan.iterations *
           (lloyd_bench_case_operations (test) / (REFERENCE_GOPS * 1e9) + 1e-6);
  else if (ceilings != NULL && ceilings->gbytes > 0.0)
    {
      double share = (double) n_threads / lloyd_team_default_size ();
      gops = share * (ceilings->gops > 0.0 ? ceilings->gops : ceilings->gops_float);
      gbytes = share * ceilings->gbytes;
    }
  return item->plan.iterations *
         lloyd_bench_case_iteration_seconds (test, gops * 1e9, gbytes * 1e9);
}

static double
expect_opening (const LloydBenchCase *test)
{
  return 3e-9 * (double) test->n * test->d + 1e-3;
}

static double
expect_check (const LloydBenchCase *test)
{
  double pairs = (double) lloyd_bench_n_checked (test->n, test->k) * test->k;
  return pairs * (test->d / CHECK_PACE + 1.0 / CHECK_PAIRS) / lloyd_team_default_size () +
         5e-9 * (double) test->n;
}

static double
expect_item (const Item *item, const LloydBenchCase *test, const LloydCeilings *ceilings)
{
  return expect_opening (test) + expect_check (test) +
         (item->plan.repeats + 1) * expect_repeat (item, test, ceilings);
}

double
lloyd_bench_expect_seconds (const LloydBenchSettings *settings,
                            const LloydBenchCase *test,
                            const LloydCeilings *ceilings)
{
  g_autoptr (GPtrArray) items = make_items (settings, test);
  double seconds = lloyd_bench_case_making_seconds (test);
  for (guint i = 0; i < items->len; i++)
    seconds += expect_item (items->pdata[i], test, ceilings);
  return seconds;
}

gboolean
lloyd_bench_check_memory (const LloydBenchSettings *settings,
                          const LloydBenchCase *test,
                          GError **error)
{
  double bytes = lloyd_bench_expect_host_bytes (settings, test);
  double room = MEMORY_SHARE * (double) lloyd_free_memory ();
  if (bytes <= room)
    return TRUE;
  g_autofree char *need = g_format_size ((guint64) MIN (bytes, 1e18));
  g_autofree char *free = g_format_size ((guint64) room);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY, _ ("needs about %s of memory, %s are free"),
               need, free);
  return FALSE;
}

/* ---- measuring ----------------------------------------------------------------------------- */

typedef struct
{
  const LloydBenchSettings *settings;
  const LloydCeilings *ceilings;
  LloydBenchNews news;
  gpointer data;
  GCancellable *cancellable;
  LloydBenchProgress progress;
  double expected_s;
  double over_s;
  /* Rows of the cases before. */
  guint first_row;
  /* Memory with the case's points and no engine. */
  guint64 base_bytes;
} Suite;

/* Tells how far it is, and, with an item, what is known of it now. */
static void
tell (Suite *self, guint index, const Item *item)
{
  self->progress.done = CLAMP (self->over_s / self->expected_s, self->progress.done, 1.0);
  if (self->news != NULL)
    self->news (&self->progress, self->first_row + index, item != NULL ? item->record : NULL,
                self->data);
}

static void
enter (Suite *self, LloydBenchStage stage, guint repeat)
{
  self->progress.stage = stage;
  self->progress.repeat = repeat;
  tell (self, 0, NULL);
}

/* A remark behind those that are there. */
static void
add_remark (LloydBenchRecord *record, const char *remark)
{
  char *old = record->remark;
  record->remark = old != NULL ? g_strconcat (old, "; ", remark, NULL) : g_strdup (remark);
  g_free (old);
}

static gboolean
is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Gives a measurement up that failed; FALSE where that ends it all. */
static gboolean
give_up (Suite *self, guint index, Item *item, GError *failure, GError **error)
{
  g_clear_pointer (&item->bench, lloyd_bench_free);
  if (self->settings->is_strict || is_cancelled (failure))
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  add_remark (item->record, failure->message);
  g_error_free (failure);
  tell (self, index, item);
  return TRUE;
}

/* One thing that is done with an engine. */
typedef gboolean (*Work) (LloydBench *bench, GCancellable *cancellable, GError **error);

/* What the warm-up takes of memory is looked at: repeats take no more, and looking takes time. */
static gboolean
do_with (Suite *self, Item *item, Work work, GError **error)
{
  if (work != lloyd_bench_warm_up)
    return work (item->bench, self->cancellable, error);
  lloyd_bench_memory_enter (&item->memory, FALSE);
  gboolean is_done = work (item->bench, self->cancellable, error);
  lloyd_bench_memory_leave (&item->memory);
  return is_done;
}

/* Does one thing with every engine that is open, in turn; another goes first each time. */
static gboolean
do_with_all (Suite *self,
             GPtrArray *items,
             guint turn,
             Work work,
             double (*expect) (const Item *item, const LloydBenchCase *test, const LloydCeilings *),
             const LloydBenchCase *test,
             GError **error)
{
  for (guint i = 0; i < items->len; i++)
    {
      guint index = (i + turn) % items->len;
      Item *item = items->pdata[index];
      GError *failure = NULL;
      if (item->bench == NULL)
        continue;
      if (!do_with (self, item, work, &failure))
        {
          if (!give_up (self, index, item, failure, error))
            return FALSE;
          continue;
        }
      self->over_s += expect (item, test, self->ceilings);
      lloyd_bench_record_fill (item->record, lloyd_bench_get_result (item->bench));
      tell (self, index, item);
    }
  return TRUE;
}

static double
expect_check_of (const Item *item, const LloydBenchCase *test, const LloydCeilings *ceilings)
{
  (void) item;
  (void) ceilings;
  return expect_check (test);
}

/* Opens an engine; for angles on the rows that have one. */
static LloydBench *
open_item (Suite *self, const Item *item, LloydPoints *points, GError **error)
{
  g_autoptr (LloydPoints) rows = LLOYD_METRIC_IS_ANGULAR (item->plan.metric)
                                     ? lloyd_points_with_direction (points, NULL, NULL, error)
                                     : lloyd_points_ref (points);
  return rows != NULL ? lloyd_bench_open (rows, item->backend, &item->options, &item->plan,
                                          self->cancellable, error)
                      : NULL;
}

static gboolean
open_all (
    Suite *self, GPtrArray *items, LloydPoints *points, const LloydBenchCase *test, GError **error)
{
  for (guint i = 0; i < items->len; i++)
    {
      Item *item = items->pdata[i];
      GError *failure = NULL;
      lloyd_bench_memory_enter (&item->memory, TRUE);
      item->bench = open_item (self, item, points, &failure);
      lloyd_bench_memory_leave (&item->memory);
      self->over_s += expect_opening (test);
      if (item->bench == NULL && !give_up (self, i, item, failure, error))
        return FALSE;
    }
  return TRUE;
}

/* What happened on the machine meanwhile, for all rows of the case. */
static void
note_machine (Suite *self, GPtrArray *items, const LloydBusyLook *before)
{
  g_autofree char *busy = lloyd_busy_remark (before);
  for (guint i = 0; i < items->len; i++)
    {
      Item *item = items->pdata[i];
      if (item->record->n_times == 0)
        continue;
      item->record->host_bytes = lloyd_bench_memory_peak (&item->memory, self->base_bytes);
      if (busy != NULL)
        add_remark (item->record, busy);
      if (item->bench != NULL && lloyd_bench_get_remark (item->bench) != NULL)
        add_remark (item->record, lloyd_bench_get_remark (item->bench));
      if (item->record->n_times < item->plan.repeats)
        {
          g_autofree char *partial = g_strdup_printf ("stopped after %u of %u repeats",
                                                      item->record->n_times, item->plan.repeats);
          add_remark (item->record, partial);
        }
      tell (self, i, item);
    }
}

static gboolean
time_all (Suite *self, GPtrArray *items, const LloydBenchCase *test, GError **error)
{
  LloydBusyLook before = lloyd_busy_look ();
  gboolean is_fine = TRUE;

  enter (self, LLOYD_BENCH_WARMING, 0);
  is_fine = do_with_all (self, items, 0, lloyd_bench_warm_up, expect_repeat, test, error);
  for (guint i = 0; is_fine && i < self->settings->repeats; i++)
    {
      enter (self, LLOYD_BENCH_TIMING, i + 1);
      is_fine = do_with_all (self, items, i, lloyd_bench_repeat, expect_repeat, test, error);
    }
  note_machine (self, items, &before);
  if (!is_fine)
    return FALSE;
  enter (self, LLOYD_BENCH_CHECKING, 0);
  return do_with_all (self, items, 0, lloyd_bench_check, expect_check_of, test, error);
}

/* Says of every measurement of a case why there is none. FALSE where it was cancelled. */
static gboolean
fail_all (Suite *self, GPtrArray *items, GError *failure, GError **error)
{
  gboolean is_fine = TRUE;
  for (guint i = 0; i < items->len && is_fine; i++)
    is_fine = give_up (self, i, items->pdata[i], g_error_copy (failure), error);
  g_error_free (failure);
  return is_fine;
}

static gboolean
measure_case (Suite *self, const LloydBenchCase *test, GPtrArray *items, GError **error)
{
  GError *failure = NULL;

  if (!self->settings->is_strict && !lloyd_bench_check_memory (self->settings, test, &failure))
    return fail_all (self, items, failure, error);
  enter (self, LLOYD_BENCH_MAKING, 0);
  g_autoptr (LloydPoints) points =
      lloyd_bench_case_make_points (test, 0, self->cancellable, &failure);
  if (points == NULL)
    return fail_all (self, items, failure, error);
  self->over_s += lloyd_bench_case_making_seconds (test);
  self->base_bytes = lloyd_bench_memory_base ();
  enter (self, LLOYD_BENCH_OPENING, 0);
  return open_all (self, items, points, test, error) && time_all (self, items, test, error);
}

static double
expect_all (const LloydBenchSettings *settings, const LloydCeilings *ceilings)
{
  double seconds = 1e-9;
  for (guint i = 0; i < settings->cases->len; i++)
    seconds += lloyd_bench_expect_seconds (settings, settings->cases->pdata[i], ceilings);
  return seconds;
}

static gboolean
measure_cases (Suite *self, GError **error)
{
  const LloydBenchSettings *settings = self->settings;
  double over_s = 0.0;

  for (guint i = 0; i < settings->cases->len; i++)
    {
      const LloydBenchCase *test = settings->cases->pdata[i];
      g_autoptr (GPtrArray) items = make_items (settings, test);
      self->progress.case_number = i + 1;
      if (!measure_case (self, test, items, error))
        return FALSE;
      self->first_row += items->len;
      /* Whatever failed on the way. */
      self->over_s = over_s += lloyd_bench_expect_seconds (settings, test, self->ceilings);
    }
  return TRUE;
}

gboolean
lloyd_bench_measure (const LloydBenchSettings *settings,
                     const LloydCeilings *ceilings,
                     LloydBenchNews news,
                     gpointer data,
                     GCancellable *cancellable,
                     GError **error)
{
  Suite self = { .settings = settings,
                 .ceilings = ceilings,
                 .news = news,
                 .data = data,
                 .cancellable = cancellable,
                 .progress = { .n_cases = settings->cases->len, .n_repeats = settings->repeats },
                 .expected_s = expect_all (settings, ceilings) };
  /* Remarks go into cards: those, and what is refused meanwhile, are in English. */
  locale_t english =
      newlocale (LC_MESSAGES_MASK | LC_NUMERIC_MASK, "C", duplocale (LC_GLOBAL_LOCALE));
  locale_t before = uselocale (english);
  gboolean is_done = measure_cases (&self, error);
  uselocale (before);
  if (english != (locale_t) 0)
    freelocale (english);
  return is_done && !g_cancellable_set_error_if_cancelled (cancellable, error);
}
