#include "compute/kmeans/bench-record.h"

#include <math.h>
#include <stdlib.h>

#include "compute/kmeans/recipe.h"
#include "compute/team.h"
#include "compute/version.h"

const char *const lloyd_bench_kind_names[] = { "iterations", "seeding", "batches", "pictures",
                                               NULL };

LloydBenchRecord *
lloyd_bench_record_new (void)
{
  LloydBenchRecord *self = g_new0 (LloydBenchRecord, 1);
  self->moved_share = self->touched_share = NAN;
  self->n_checked = self->n_wrong = -1;
  return self;
}

LloydBenchRecord *
lloyd_bench_record_copy (const LloydBenchRecord *self)
{
  LloydBenchRecord *copy = g_memdup2 (self, sizeof *self);
  char **const texts[] = { &copy->program, &copy->settings, &copy->case_id, &copy->cloud,
                           &copy->input,   &copy->metric,   &copy->mode,    &copy->stepping,
                           &copy->backend, &copy->device,   &copy->detail,  &copy->remark,
                           &copy->command };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup (*texts[i]);
  copy->wrongs = lloyd_bench_wrongs_copy (self->wrongs);
  copy->times_ms = g_memdup2 (self->times_ms, sizeof (double) * self->n_times);
  return copy;
}

void
lloyd_bench_record_free (LloydBenchRecord *self)
{
  char *const texts[] = { self->program, self->settings, self->case_id, self->cloud,
                          self->input,   self->metric,   self->mode,    self->stepping,
                          self->backend, self->device,   self->detail,  self->remark,
                          self->command };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_free (self->times_ms);
  g_clear_pointer (&self->wrongs, lloyd_bench_wrongs_free);
  g_free (self);
}

/* ---- a plan -------------------------------------------------------------------------------- */

/* The line that measures just this; NULL where no words load the rows. */
static char *
make_command (const LloydBenchRecord *self,
              const LloydBenchCase *test,
              const LloydBenchPlan *plan,
              const char *simd)
{
  if (test->points != NULL && test->input == NULL)
    return NULL;
  GString *text = g_string_new (test->prelude);
  g_string_append (text, text->len > 0 ? " && lloyd-cli bench" : "lloyd-cli bench");
  if (test->points != NULL)
    g_string_append_printf (text, " %s --k %u", test->input, test->k);
  else
    {
      g_string_append_printf (text, " --case %s --cloud %s", test->id, self->cloud);
      if (test->seed != 0)
        g_string_append_printf (text, " --seed %" G_GUINT64_FORMAT, test->seed);
    }
  g_string_append_printf (text, " --metric %s --backend %s --stepping %s --repeat %u", self->metric,
                          self->backend, self->stepping, self->repeats);
  if (self->kind != LLOYD_BENCH_SEEDING)
    g_string_append_printf (text, " --iterations %u", self->iterations);
  if (plan->is_fast)
    g_string_append (text, " --mode fast");
  if (self->n_threads != 0)
    g_string_append_printf (text, " --threads %u", self->n_threads);
  if (self->device_number != 0)
    g_string_append_printf (text, " --device %d", self->device_number);
  if (simd != NULL)
    g_string_append_printf (text, " --simd %s", simd);
  return g_string_free (text, FALSE);
}

void
lloyd_bench_record_plan (LloydBenchRecord *self,
                         const LloydBenchCase *test,
                         const LloydBackend *backend,
                         const LloydEngineOptions *options,
                         const LloydBenchPlan *plan)
{
  self->program = g_strdup ("lloyd " LLOYD_VERSION);
  self->case_id = g_strdup (test->id);
  self->kind = test->kind;
  self->cloud = test->points == NULL ? g_strdup (lloyd_cloud_names[test->cloud]) : NULL;
  self->input = g_strdup (test->input);
  self->n = test->n;
  self->d = test->d;
  self->k = test->k;
  self->batch_size = test->batch_size;
  self->seed = test->seed;
  self->metric = g_strdup (lloyd_metric_names[plan->metric]);
  self->mode = g_strdup (lloyd_mode_names[plan->is_fast]);
  self->stepping = g_strdup (plan->is_batched ? "batched" : "stepwise");
  self->backend = g_strdup (backend->name);
  self->device_number = options->device;
  self->n_threads = options->n_threads > 0 ? options->n_threads : lloyd_team_default_size ();
  self->iterations = plan->iterations;
  self->repeats = plan->repeats;
  self->operations = lloyd_bench_case_operations (test);
  self->bytes = lloyd_bench_case_bytes (test);
  self->matrix_bytes = lloyd_bench_case_matrix_bytes (test);
  self->command = make_command (self, test, plan, options->simd);
}

static double
ms (gint64 ns)
{
  return (double) ns / 1e6;
}

void
lloyd_bench_record_fill (LloydBenchRecord *self, const LloydBenchResult *result)
{
  g_free (self->device);
  g_free (self->detail);
  g_free (self->times_ms);
  self->device_bytes = result->device_bytes;
  self->device = g_strdup (result->device_name);
  self->detail = g_strdup (result->device_detail);
  self->prepare_ms = ms (result->prepare_ns);
  self->seeding_ms = ms (result->seeding_ns);
  self->warmup_ms = ms (result->warmup_ns);
  self->total_ms = ms (result->total_ns);
  self->n_times = result->n_times;
  self->times_ms = g_new (double, MAX (result->n_times, 1));
  for (guint i = 0; i < result->n_times; i++)
    self->times_ms[i] = ms (result->times_ns[i]);
  gboolean has_shares = self->kind == LLOYD_BENCH_ITERATIONS && result->n_times > 0 &&
                        !g_str_equal (self->stepping, "batched");
  self->moved_share = has_shares ? result->moved_share : NAN;
  self->touched_share = has_shares ? result->touched_share : NAN;
  if (result->n_checked > 0)
    {
      self->n_checked = (gint64) result->n_checked;
      self->n_wrong = (gint64) result->n_wrong;
      g_clear_pointer (&self->wrongs, lloyd_bench_wrongs_free);
      self->wrongs = lloyd_bench_wrongs_copy (result->wrongs);
    }
}

/* ---- looking ------------------------------------------------------------------------------- */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* What lies `share` of the way from the first to the last, interpolated; n >= 1. */
static double
quantile (const double *sorted, guint n, double share)
{
  double at = share * (n - 1);
  guint below = MIN ((guint) at, n - 1), above = MIN (below + 1, n - 1);
  return below == at ? sorted[below]
                     : sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

LloydBenchQuartiles
lloyd_bench_record_all_ms (const LloydBenchRecord *self)
{
  guint n = self->n_times;
  if (n == 0)
    return (LloydBenchQuartiles){ 0 };
  g_autofree double *sorted = g_memdup2 (self->times_ms, sizeof (double) * n);
  qsort (sorted, n, sizeof *sorted, compare_doubles);
  return (LloydBenchQuartiles){ sorted[0], quantile (sorted, n, 0.25), quantile (sorted, n, 0.5),
                                quantile (sorted, n, 0.75), sorted[n - 1] };
}

LloydBenchQuartiles
lloyd_bench_record_each_ms (const LloydBenchRecord *self)
{
  LloydBenchQuartiles all = lloyd_bench_record_all_ms (self);
  double each = 1.0 / self->iterations;
  return (LloydBenchQuartiles){ all.min * each, all.lower * each, all.median * each,
                                all.upper * each, all.max * each };
}

gboolean
lloyd_bench_record_same_work (const LloydBenchRecord *a, const LloydBenchRecord *b)
{
  return a->kind == b->kind && a->n == b->n && a->d == b->d && a->k == b->k &&
         a->batch_size == b->batch_size && a->seed == b->seed &&
         g_strcmp0 (a->cloud, b->cloud) == 0 && g_strcmp0 (a->input, b->input) == 0 &&
         g_strcmp0 (a->metric, b->metric) == 0;
}
