/* Benchmarks: figures against known answers, cases and what they take, measurements that alternate,
 * fail and are cancelled at every stage. */
#include "compute/kmeans/bench-suite.h"

#include <math.h>
#include <string.h>

#include "compute/backends/cpu/ceilings.h"
#include "compute/error.h"
#include "compute/exact/canonical.h"
#include "compute/kmeans/bench-check.h"
#include "compute/machine.h"

/* ---- figures ------------------------------------------------------------------------------- */

static void
test_spread (void)
{
  static const gint64 odd[] = { 50, 10, 40, 20, 30 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };
  LloydBenchSpread spread = lloyd_bench_spread (odd, 5);
  g_assert_cmpint (spread.min_ns, ==, 10);
  g_assert_cmpint (spread.lower_ns, ==, 20);
  g_assert_cmpint (spread.median_ns, ==, 30);
  g_assert_cmpint (spread.upper_ns, ==, 40);
  g_assert_cmpint (spread.max_ns, ==, 50);

  gint64 tens[] = { 10, 20, 30, 40 };
  spread = lloyd_bench_spread (tens, 4);
  g_assert_cmpint (spread.lower_ns, ==, 17);
  g_assert_cmpint (spread.median_ns, ==, 25);
  g_assert_cmpint (spread.upper_ns, ==, 32);
  g_assert_cmpint (lloyd_bench_spread (even, 4).median_ns, ==, 2);

  spread = lloyd_bench_spread (one, 1);
  g_assert_cmpint (spread.min_ns, ==, 7);
  g_assert_cmpint (spread.lower_ns, ==, 7);
  g_assert_cmpint (spread.max_ns, ==, 7);
  /* The order they came in stays. */
  g_assert_cmpint (odd[0], ==, 50);
}

static void
test_fit (void)
{
  const double x[] = { 1e3, 1e4, 1e5, 1e6 };
  double y[4];
  LloydPowerFit fit;

  for (guint i = 0; i < 4; i++)
    y[i] = 3.0 * pow (x[i], 1.5);
  g_assert_true (lloyd_power_fit (x, y, 4, &fit));
  g_assert_cmpfloat_with_epsilon (fit.slope, 1.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (fit.factor, 3.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (fit.error, 0.0, 1e-9);

  /* By hand: log y = 0, 1, 0, 1 over log x = 0, 1, 2, 3 has slope 0.2 and error sqrt (0.08). */
  const double steps[] = { 1.0, M_E, M_E * M_E, M_E * M_E * M_E }, saw[] = { 1.0, M_E, 1.0, M_E };
  g_assert_true (lloyd_power_fit (steps, saw, 4, &fit));
  g_assert_cmpfloat_with_epsilon (fit.slope, 0.2, 1e-12);
  g_assert_cmpfloat_with_epsilon (fit.error, sqrt (0.08), 1e-12);

  g_assert_true (lloyd_power_fit (x, y, 2, &fit));
  g_assert_true (isnan (fit.error));
  const double same[] = { 5.0, 5.0 }, bad[] = { 1.0, -1.0 };
  g_assert_false (lloyd_power_fit (same, y, 2, &fit));
  g_assert_false (lloyd_power_fit (x, bad, 2, &fit));
  g_assert_false (lloyd_power_fit (x, y, 1, &fit));
}

/* ---- cases --------------------------------------------------------------------------------- */

static const LloydBenchCase *
case_at (const GPtrArray *cases, guint i)
{
  return cases->pdata[i];
}

static void
test_cases (void)
{
  g_autoptr (GPtrArray) cases = lloyd_bench_cases_new ();

  for (const char *const *name = lloyd_bench_case_names; *name != NULL; name++)
    {
      guint before = cases->len;
      g_assert_true (lloyd_bench_cases_add (cases, *name, -1));
      g_assert_cmpuint (cases->len, >, before);
    }
  g_ptr_array_set_size (cases, 0);
  g_assert_true (lloyd_bench_cases_add (cases, "v1", -1));
  g_assert_cmpuint (cases->len, ==, 3);
  g_assert_true (lloyd_bench_cases_add (cases, "V1", LLOYD_CLOUD_BLOBS));
  g_assert_cmpuint (cases->len, ==, 4);
  g_assert_true (lloyd_bench_cases_add (cases, "1000,3,7", -1));
  g_assert_true (lloyd_bench_cases_add (cases, "1000,3,7,64", -1));
  const LloydBenchCase *whole = case_at (cases, 4), *batch = case_at (cases, 5);
  g_assert_cmpfloat (lloyd_bench_case_operations (whole), ==, 2.0 * 1000 * 3 * 7);
  g_assert_cmpfloat (lloyd_bench_case_bytes (whole), ==, 4.0 * 1000 * 3);
  g_assert_cmpfloat (lloyd_bench_case_matrix_bytes (whole), ==, 4.0 * 1000 * 7);
  g_assert_cmpint (batch->kind, ==, LLOYD_BENCH_BATCHES);
  g_assert_cmpfloat (lloyd_bench_case_operations (batch), ==, 2.0 * 64 * 3 * 7);

  static const char *const wrong[] = { "",       "S9",    "1,2",     "0,2,3", "1,2,3,4,5",
                                       "-1,2,3", "a,b,c", "10,2,3 ", "1,,3" };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (lloyd_bench_cases_add (cases, wrong[i], -1));
  g_assert_cmpuint (cases->len, ==, 6);
}

static void
test_grid (void)
{
  g_autoptr (GPtrArray) cases = lloyd_bench_cases_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (lloyd_bench_cases_add_grid (cases, "1000, 1e4", "2 3", "5", "", &error));
  g_assert_cmpuint (cases->len, ==, 4);
  g_assert_cmpstr (case_at (cases, 0)->id, ==, "1000,2,5");
  g_assert_cmpstr (case_at (cases, 3)->id, ==, "10000,3,5");
  g_assert_true (lloyd_bench_cases_add_grid (cases, "1000", "2", "5", "10,20", &error));
  g_assert_cmpstr (case_at (cases, 5)->id, ==, "1000,2,5,20");

  static const struct
  {
    const char *n, *d, *k, *batch, *message;
  } wrong[] = {
    { "", "2", "5", "", "N: there is no number" },
    { "1000", "two", "5", "", "D: two is not a number of them" },
    { "1000", "2.5", "5", "", "D: 2.5 is not a number of them" },
    { "100", "2", "5, 101", "", "100,2,101: more clusters than rows" },
    { "100", "2", "5", "200", "100,2,5,200: more rows in a batch than rows" },
    { "1 2 3 4 5 6 7 8 9 10", "1 2 3 4 5 6 7", "1 2 3", "", "210 cases are more than 200" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) local = NULL;
      g_assert_false (lloyd_bench_cases_add_grid (cases, wrong[i].n, wrong[i].d, wrong[i].k,
                                                  wrong[i].batch, &local));
      g_assert_cmpstr (local->message, ==, wrong[i].message);
      g_assert_cmpuint (cases->len, ==, 6);
    }
}

/* Nobody waits for what cannot fit. */
static void
test_memory (void)
{
  g_autoptr (LloydBenchSettings) settings = lloyd_bench_settings_new ();
  g_autoptr (GError) error = NULL;
  g_ptr_array_add (settings->backends, (gpointer) lloyd_backends_find ("cpu", 0, NULL, NULL));
  g_assert_true (lloyd_bench_cases_add (settings->cases, "S1", -1));
  g_assert_true (lloyd_bench_cases_add (settings->cases, "1000000000000,100,10", -1));
  g_assert_true (lloyd_bench_check_memory (settings, case_at (settings->cases, 0), &error));
  g_assert_false (lloyd_bench_check_memory (settings, case_at (settings->cases, 1), &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY);
  g_assert_nonnull (strstr (error->message, "are free"));
  g_assert_cmpfloat (lloyd_bench_expect_seconds (settings, case_at (settings->cases, 0), NULL), <,
                     lloyd_bench_expect_seconds (settings, case_at (settings->cases, 1), NULL));
}

/* ---- measuring ----------------------------------------------------------------------------- */

typedef struct
{
  GPtrArray *records;
  /* Rows in the order they were told of while they were timed. */
  GString *order;
  GCancellable *cancellable;
  /* Cancels at the n-th news. */
  guint n_until_cancel;
  guint n_news;
  guint stages;
  double done;
} Watch;

static void
on_news (const LloydBenchProgress *progress,
         guint row,
         const LloydBenchRecord *record,
         gpointer data)
{
  Watch *self = data;
  g_assert_cmpfloat (progress->done, >=, self->done);
  g_assert_cmpfloat (progress->done, <=, 1.0);
  self->done = progress->done;
  self->stages |= 1u << progress->stage;
  if (++self->n_news == self->n_until_cancel)
    g_cancellable_cancel (self->cancellable);
  if (record == NULL)
    return;
  g_assert_cmpuint (row, <, self->records->len);
  if (progress->stage == LLOYD_BENCH_TIMING && record->remark == NULL)
    g_string_append_printf (self->order, "%u", row);
  lloyd_bench_record_free (self->records->pdata[row]);
  self->records->pdata[row] = lloyd_bench_record_copy (record);
}

static LloydBenchSettings *
make_settings (const char *const *cases)
{
  LloydBenchSettings *settings = lloyd_bench_settings_new ();
  for (; *cases != NULL; cases++)
    g_assert_true (lloyd_bench_cases_add (settings->cases, *cases, -1));
  g_ptr_array_add (settings->backends, (gpointer) lloyd_backends_find ("cpu", 0, NULL, NULL));
  g_ptr_array_add (settings->backends, (gpointer) lloyd_backends_find ("reference", 0, NULL, NULL));
  settings->repeats = 3;
  settings->iterations = 4;
  return settings;
}

static Watch
make_watch (const LloydBenchSettings *settings)
{
  Watch watch = { g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_bench_record_free),
                  g_string_new (NULL), g_cancellable_new () };
  for (guint i = 0; i < settings->cases->len; i++)
    {
      g_autoptr (GPtrArray) rows = lloyd_bench_plan (settings, settings->cases->pdata[i]);
      for (guint j = 0; j < rows->len; j++)
        g_ptr_array_add (watch.records, lloyd_bench_record_copy (rows->pdata[j]));
    }
  return watch;
}

static void
watch_clear (Watch *self)
{
  g_ptr_array_unref (self->records);
  g_string_free (self->order, TRUE);
  g_object_unref (self->cancellable);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Watch, watch_clear)

static void
test_measure (void)
{
  static const char *const ids[] = { "400,2,5", "400,20,5", "300,3,4,50", NULL };
  g_autoptr (LloydBenchSettings) settings = make_settings (ids);
  g_auto (Watch) watch = make_watch (settings);
  g_autoptr (GError) error = NULL;

  g_assert_true (lloyd_bench_measure (settings, NULL, on_news, &watch, watch.cancellable, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (watch.records->len, ==, 12);
  g_assert_cmpuint (watch.stages, ==, 31);
  for (guint i = 0; i < watch.records->len; i++)
    {
      const LloydBenchRecord *record = watch.records->pdata[i];
      LloydBenchQuartiles each = lloyd_bench_record_each_ms (record);
      g_assert_cmpuint (record->n_times, ==, 3);
      g_assert_cmpint (record->n_wrong, ==, 0);
      g_assert_cmpint (record->n_checked, ==, (gint64) record->n);
      g_assert_cmpfloat (each.min, >, 0.0);
      g_assert_cmpfloat (each.min, <=, each.median);
      g_assert_cmpfloat (each.median, <=, each.max);
      g_assert_cmpfloat (record->warmup_ms, >, 0.0);
      g_assert_nonnull (record->device);
      g_assert_nonnull (strstr (record->command, record->case_id));
      if (record->kind != LLOYD_BENCH_ITERATIONS)
        g_assert_true (isnan (record->touched_share));
      else if (g_str_equal (record->backend, "reference"))
        g_assert_cmpfloat (record->touched_share, ==, 1.0);
      else
        g_assert_cmpfloat (record->touched_share, >, 0.0);
    }
  /* They take turns, and another goes first each time. */
  g_assert_true (g_str_has_prefix (watch.order->str, "0123"
                                                     "1230"
                                                     "2301"));
}

/* Both modes where a backend has them; what is always exact is measured once. */
static void
test_modes (void)
{
  static const char *const ids[] = { "400,2,5", "300,3,4,50", NULL };
  g_autoptr (LloydBenchSettings) settings = make_settings (ids);
  settings->metrics[LLOYD_METRIC_COSINE] = FALSE;
  settings->is_fast = TRUE;
  g_auto (Watch) watch = make_watch (settings);
  g_assert_true (lloyd_bench_measure (settings, NULL, on_news, &watch, watch.cancellable, NULL));
  /* CPU exact and fast, the reference; of each case. */
  g_assert_cmpuint (watch.records->len, ==, 6);
  for (guint i = 0; i < 6; i++)
    {
      const LloydBenchRecord *record = watch.records->pdata[i];
      gboolean is_fast = i % 3 == 1;
      g_assert_cmpstr (record->mode, ==, is_fast ? "fast" : "exact");
      g_assert_cmpint (strstr (record->command, "--mode fast") != NULL, ==, is_fast);
      g_assert_cmpuint (record->n_times, ==, 3);
      g_assert_cmpint (record->n_checked, ==, (gint64) record->n);
      g_assert_cmpuint (record->host_bytes, >, 0);
      g_assert_cmpuint (record->device_bytes, ==, 0);
      if (!is_fast)
        g_assert_cmpint (record->n_wrong, ==, 0);
    }
  settings->is_exact = FALSE;
  g_assert_true (lloyd_bench_cases_add (settings->cases, "I2", -1));
  g_autoptr (GPtrArray) seeding = lloyd_bench_plan (settings, settings->cases->pdata[2]);
  g_assert_cmpuint (seeding->len, ==, 2);
  g_assert_cmpstr (((const LloydBenchRecord *) seeding->pdata[0])->mode, ==, "exact");
}

/* Of uniform points of the plane most need not be looked at. */
static void
test_touched (void)
{
  g_autoptr (LloydBenchSettings) settings = lloyd_bench_settings_new ();
  g_assert_true (lloyd_bench_cases_add (settings->cases, "200000,2,8", LLOYD_CLOUD_UNIFORM));
  g_ptr_array_add (settings->backends, (gpointer) lloyd_backends_find ("cpu", 0, NULL, NULL));
  settings->metrics[LLOYD_METRIC_COSINE] = FALSE;
  settings->repeats = 1;
  g_auto (Watch) watch = make_watch (settings);
  g_assert_true (lloyd_bench_measure (settings, NULL, on_news, &watch, watch.cancellable, NULL));
  const LloydBenchRecord *record = watch.records->pdata[0];
  g_assert_cmpfloat (record->touched_share, >, 0.001);
  g_assert_cmpfloat (record->touched_share, <, 0.5);
}

/* One measurement that cannot be made says why; the others are made. */
static void
test_failure (void)
{
  static const char *const ids[] = { "10,2,20", "1000000000000,100,10", "400,2,5", NULL };
  g_autoptr (LloydBenchSettings) settings = make_settings (ids);
  g_auto (Watch) watch = make_watch (settings);
  g_autoptr (GError) error = NULL;

  g_assert_true (lloyd_bench_measure (settings, NULL, on_news, &watch, watch.cancellable, &error));
  for (guint i = 0; i < 12; i++)
    {
      const LloydBenchRecord *record = watch.records->pdata[i];
      g_assert_cmpuint (record->n_times, ==, i < 8 ? 0 : 3);
      if (i < 8)
        g_assert_nonnull (strstr (record->remark, i < 4 ? "20 clusters are more" : "are free"));
    }

  settings->is_strict = TRUE;
  watch.done = 0.0;
  g_assert_false (lloyd_bench_measure (settings, NULL, on_news, &watch, watch.cancellable, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
}

/* Whenever it is cancelled, what was timed stays and says that it is not all. */
static void
test_cancel (void)
{
  static const char *const ids[] = { "400,2,5", "300,2,5", NULL };
  g_autoptr (LloydBenchSettings) settings = make_settings (ids);
  guint n_partial = 0, stages = 0, at = 1;

  for (gboolean is_cancelled = TRUE; is_cancelled; at++)
    {
      g_auto (Watch) watch = make_watch (settings);
      g_autoptr (GError) error = NULL;
      watch.n_until_cancel = at;
      is_cancelled =
          !lloyd_bench_measure (settings, NULL, on_news, &watch, watch.cancellable, &error);
      if (is_cancelled)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      stages |= watch.stages;
      for (guint i = 0; i < watch.records->len; i++)
        {
          const LloydBenchRecord *record = watch.records->pdata[i];
          gboolean is_partial = record->n_times > 0 && record->n_times < settings->repeats;
          n_partial += is_partial;
          if (is_partial)
            g_assert_true (record->remark != NULL && strstr (record->remark, "of 3 repeats"));
        }
    }
  g_assert_cmpuint (at, >, 30);
  g_assert_cmpuint (stages, ==, 31);
  g_assert_cmpuint (n_partial, >, 3);
}

/* ---- labels and memory --------------------------------------------------------------------- */

#define CHECKED_ROWS 300
#define CHECKED_K 37

/* Values of all scales, with rows and centroids that are the same. */
static void
fill_values (float *values, size_t n, double scale, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    values[i] = (float) (scale * (g_rand_double (rand) - 0.3));
  for (size_t i = 0; i < n / 4; i++)
    values[n - 1 - i] = values[i];
}

static gint32
find_nearest (const LloydEngine *engine, const float *centroids, size_t row)
{
  guint d = engine->points->d;
  gint32 nearest = 0;
  for (gint32 j = 1; j < CHECKED_K; j++)
    if (lloyd_exact_cost (engine->metric, lloyd_engine_row (engine, row),
                          centroids + (size_t) j * d,
                          d) < lloyd_exact_cost (engine->metric, lloyd_engine_row (engine, row),
                                                 centroids + (size_t) nearest * d, d))
      nearest = j;
  return nearest;
}

/* Just the labels that are not canonical are found, in order, whatever the values. */
static void
check_found (guint d, double scale, double centroid_scale, LloydMetric metric)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (d);
  g_autofree float *values = g_new (float, CHECKED_ROWS *d);
  g_autofree float *centroids = g_new (float, CHECKED_K *d);
  g_autofree gint32 *labels = g_new (gint32, CHECKED_ROWS);
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .metric = metric };
  gint32 wrong_rows[] = { 0, 1, 150, CHECKED_ROWS - 1 };

  fill_values (values, CHECKED_ROWS * d, scale, rand);
  fill_values (centroids, CHECKED_K * d, centroid_scale, rand);
  g_autoptr (LloydPoints) points = lloyd_points_new_from_floats (values, CHECKED_ROWS, d, &error);
  g_assert_no_error (error);
  g_autoptr (LloydEngine) engine =
      lloyd_backends_find ("reference", 0, NULL, NULL)->open (points, &options, NULL, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < CHECKED_ROWS; i++)
    labels[i] = find_nearest (engine, centroids, i);
  for (size_t i = 0; i < G_N_ELEMENTS (wrong_rows); i++)
    labels[wrong_rows[i]] = (labels[wrong_rows[i]] + 1) % CHECKED_K;
  LloydBenchCheck check = {
    .engine = engine, .centroids = centroids, .k = CHECKED_K, .labels = labels, .n_threads = 3
  };
  g_assert_true (lloyd_bench_check_labels (&check, NULL, &error));
  g_assert_cmpuint (check.n_checked, ==, CHECKED_ROWS);
  g_assert_cmpuint (check.n_wrong, ==, G_N_ELEMENTS (wrong_rows));
  for (guint i = 0; i < G_N_ELEMENTS (wrong_rows); i++)
    g_assert_cmpuint (g_array_index (check.wrongs->rows, LloydBenchWrong, i).row, ==,
                      (guint64) wrong_rows[i]);
  lloyd_bench_wrongs_free (check.wrongs);
}

static void
test_check (void)
{
  static const double scales[] = { 1.0, 1e-20, 1e17, 1e-42 };
  static const guint dims[] = { 1, 2, 7, 100 };
  for (size_t i = 0; i < G_N_ELEMENTS (scales); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (dims); j++)
      {
        check_found (dims[j], scales[i], scales[i], LLOYD_METRIC_EUCLIDEAN);
        check_found (dims[j], scales[i], 1.0, LLOYD_METRIC_COSINE_RAW);
      }
  check_found (5, 1e9, 1e-3, LLOYD_METRIC_EUCLIDEAN);
  check_found (5, 1e-3, 1e9, LLOYD_METRIC_EUCLIDEAN);

  g_assert_cmpuint (lloyd_bench_n_checked (5, 3), ==, 5);
  g_assert_cmpuint (lloyd_bench_n_checked (1000000, 1000), ==, 1000000);
  g_assert_cmpuint (lloyd_bench_n_checked (1000000, 4096), ==, 244140);
}

/* The memory of each row is its own: the same alone as beside others that keep more or less. */
static void
test_own_memory (void)
{
  static const char *const ids[] = { "80000,100,4", NULL };
  double own = 80000 * 100;
#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("a sanitizer keeps what was freed");
  return;
#endif
  g_autoptr (LloydBenchSettings) settings = make_settings (ids);
  settings->metrics[LLOYD_METRIC_COSINE] = FALSE;
  settings->iterations = settings->repeats = 1;
  g_auto (Watch) both = make_watch (settings);
  g_assert_true (lloyd_bench_measure (settings, NULL, on_news, &both, both.cancellable, NULL));
  g_ptr_array_set_size (settings->backends, 1);
  g_auto (Watch) alone = make_watch (settings);
  g_assert_true (lloyd_bench_measure (settings, NULL, on_news, &alone, alone.cancellable, NULL));
  double cpu = (double) ((const LloydBenchRecord *) both.records->pdata[0])->host_bytes;
  double reference = (double) ((const LloydBenchRecord *) both.records->pdata[1])->host_bytes;
  double again = (double) ((const LloydBenchRecord *) alone.records->pdata[0])->host_bytes;
  if (cpu == 0.0)
    {
      g_test_skip ("the system does not say what memory is taken");
      return;
    }
  /* The CPU keeps a copy of a byte a value where it has the instructions. */
  if (strstr (((const LloydBenchRecord *) both.records->pdata[0])->detail, "vnni") != NULL)
    g_assert_cmpfloat (cpu, >, reference + own / 2.0);
  g_assert_cmpfloat (reference, >, 4.0 * own);
  g_assert_cmpfloat (fabs (cpu - again), <, own / 2.0);
}

/* ---- the machine --------------------------------------------------------------------------- */

static void
test_machine (void)
{
  LloydMachine machine;
  LloydBusyLook before = lloyd_busy_look ();
  lloyd_machine_read (&machine);
  g_assert_cmpuint (strlen (machine.cpu), >, 0);
  g_assert_cmpuint (machine.cores, >, 0);
  g_assert_cmpuint (machine.memory_bytes, >, 1 << 20);
  lloyd_machine_clear (&machine);

  /* As NVIDIA's modules of both kinds say it. */
  static const char *const texts[] = {
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.06  Wed Jun 26 06:46:07 UTC 2024\n"
    "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n",
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (root@x)\n"
  };
  g_autofree char *closed = lloyd_machine_parse_driver (texts[0]);
  g_autofree char *open = lloyd_machine_parse_driver (texts[1]);
  g_assert_cmpstr (closed, ==, "535.183.06");
  g_assert_cmpstr (open, ==, "580.65.06");
  g_assert_null (lloyd_machine_parse_driver ("no driver"));

  /* As if others had worked all the time of the last hour. */
  before.busy_s -= 3600.0;
  before.at_s -= 3600.0;
  g_autofree char *remark = lloyd_busy_remark (&before);
  g_assert_true (remark != NULL && strstr (remark, "other programs kept 1.0 of"));
}

static void
test_ceilings (void)
{
  LloydCeilings ceilings = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_assert_true (lloyd_ceilings_measure (&ceilings, 1, 0.01, NULL, &error));
  g_assert_cmpfloat (ceilings.gops_float, >, 0.1);
  g_assert_cmpfloat (ceilings.gbytes, >, 0.01);
  g_assert_cmpfloat (ceilings.gops, >=, 0.0);
  g_cancellable_cancel (cancellable);
  g_assert_false (lloyd_ceilings_measure (&ceilings, 1, 10.0, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench/spread", test_spread);
  g_test_add_func ("/bench/fit", test_fit);
  g_test_add_func ("/bench/cases", test_cases);
  g_test_add_func ("/bench/grid", test_grid);
  g_test_add_func ("/bench/memory", test_memory);
  g_test_add_func ("/bench/measure", test_measure);
  g_test_add_func ("/bench/modes", test_modes);
  g_test_add_func ("/bench/touched", test_touched);
  g_test_add_func ("/bench/failure", test_failure);
  g_test_add_func ("/bench/cancel", test_cancel);
  g_test_add_func ("/bench/check", test_check);
  g_test_add_func ("/bench/own-memory", test_own_memory);
  g_test_add_func ("/bench/machine", test_machine);
  g_test_add_func ("/bench/ceilings", test_ceilings);
  return g_test_run ();
}
