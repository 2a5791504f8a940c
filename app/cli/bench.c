#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "compute/data/generate.h"
#include "compute/data/order.h"
#include "compute/error.h"
#include "compute/files/output.h"
#include "compute/kmeans/bench.h"
#include "compute/kmeans/recipe.h"
#include "compute/memory.h"
#include "compute/version.h"

/* ---- cases --------------------------------------------------------------------------------- */

typedef struct
{
  char *id;
  size_t n;
  guint d;
  guint k;
  LloydCloud cloud;
  LloydBenchKind kind;
} Case;

/* Rows of a batch in the case of that kind. */
#define BATCH_SIZE 4096

/* Rows of the scoreboard that name only a shape and a cloud. */
static const Case named_cases[] = {
  { (char *) "S1", 10000, 2, 50, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_ITERATIONS },
  { (char *) "S2", 1000000, 100, 1000, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_ITERATIONS },
  { (char *) "V1", 10000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_ITERATIONS },
  { (char *) "V1", 10000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_ITERATIONS },
  { (char *) "V1", 10000000, 2, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_ITERATIONS },
  { (char *) "V2", 10000000, 3, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_ITERATIONS },
  { (char *) "V2", 10000000, 3, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_ITERATIONS },
  { (char *) "V2", 10000000, 3, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_ITERATIONS },
  { (char *) "V3", 100000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_ITERATIONS },
  { (char *) "V3", 100000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_ITERATIONS },
  { (char *) "V3", 100000000, 2, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_ITERATIONS },
  { (char *) "H1", 1000000, 128, 4096, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_ITERATIONS },
  { (char *) "I1", 1000000, 100, 1000, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_SEEDING },
  { (char *) "I2", 10000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_SEEDING },
  { (char *) "MB", 1000000, 100, 1000, LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_BATCHES },
  { (char *) "R1", 10000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_PICTURES },
  { (char *) "R1", 10000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_PICTURES },
  { (char *) "R1", 10000000, 2, 64, LLOYD_CLOUD_HEAVY_TAILED, LLOYD_BENCH_PICTURES },
  { (char *) "R2", 100000000, 2, 64, LLOYD_CLOUD_UNIFORM, LLOYD_BENCH_PICTURES },
  { (char *) "R2", 100000000, 2, 64, LLOYD_CLOUD_BLOBS, LLOYD_BENCH_PICTURES },
};

static void
clear_case (gpointer data)
{
  g_free (((Case *) data)->id);
}

static void
add_case (GArray *cases, const Case *model, int cloud)
{
  Case copy = *model;
  copy.id = g_strdup (model->id);
  if (cloud >= 0)
    copy.cloud = (LloydCloud) cloud;
  g_array_append_val (cases, copy);
}

/* "S1", or a shape N,D,K; `cloud` replaces the case's own unless it is -1. */
static gboolean
add_cases (GArray *cases, const char *text, int cloud, LloydExit *code)
{
  gboolean is_found = FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (named_cases); i++)
    if (g_ascii_strcasecmp (named_cases[i].id, text) == 0 && !(is_found && cloud >= 0))
      {
        add_case (cases, &named_cases[i], cloud);
        is_found = TRUE;
      }
  if (is_found)
    return TRUE;

  guint64 shape[3];
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  if (g_strv_length (parts) != 3 ||
      !g_ascii_string_to_unsigned (parts[0], 10, 1, G_MAXINT64, &shape[0], NULL) ||
      !g_ascii_string_to_unsigned (parts[1], 10, 1, G_MAXINT, &shape[1], NULL) ||
      !g_ascii_string_to_unsigned (parts[2], 10, 1, G_MAXINT, &shape[2], NULL))
    {
      *code = lloyd_cli_misuse (
          "--case: %s is neither S1, S2, V1, V2, V3, H1, I1, I2, MB, R1, R2 nor N,D,K", text);
      return FALSE;
    }
  Case model = { (char *) text,    (size_t) shape[0],    (guint) shape[1],
                 (guint) shape[2], LLOYD_CLOUD_GAUSSIAN, LLOYD_BENCH_ITERATIONS };
  add_case (cases, &model, cloud);
  return TRUE;
}

/* The published shape of the Gaussian cloud; the others at their defaults. */
static LloydPoints *
make_points (const Case *test, guint n_threads, GCancellable *cancellable, GError **error)
{
  LloydCloudSpec spec = lloyd_cloud_spec (test->cloud);
  LloydSelection selection = { 0 };

  spec.rows = test->n;
  spec.dims = test->d;
  spec.clusters = test->k;
  if (test->cloud == LLOYD_CLOUD_GAUSSIAN)
    {
      spec.spread = 0.7;
      spec.shift = 0.3;
    }
  g_autoptr (LloydTable) table = lloyd_generate (&spec, cancellable, error);
  g_autoptr (LloydPoints) points =
      table != NULL ? lloyd_points_new (table, &selection, cancellable, error) : NULL;
  g_clear_pointer (&table, lloyd_table_unref);
  if (points == NULL || !lloyd_points_order (points, n_threads, 0, error))
    return NULL;
  return g_steal_pointer (&points);
}

/* ---- output -------------------------------------------------------------------------------- */

static double
ms (gint64 ns)
{
  return (double) ns / 1e6;
}

static void
print_head (guint iterations, guint repeats)
{
  printf ("exact mode; %u iterations (assignment and update) from the first K rows, one "
          "warm-up, median of %u; times in ms\n\n",
          iterations, repeats);
  printf ("%-4s %-12s %9s %5s %5s %-10s %-9s %-8s %10s %10s %21s %10s %10s %s\n", "case", "cloud",
          "N", "D", "K", "metric", "backend", "stepping", "prepare", "iteration", "range", "Gop/s",
          "total of 10", "wrong labels");
}

/* Multiplications and additions of one iteration by brute force; of a seeding, with one candidate a
 * centre; of a picture, where the rows are seen. */
static double
count_operations (const Case *test)
{
  if (test->kind == LLOYD_BENCH_PICTURES)
    return 8.0 * (double) test->n;
  size_t rows = test->kind == LLOYD_BENCH_BATCHES ? BATCH_SIZE : test->n;
  return 2.0 * (double) rows * test->d * test->k;
}

static const char *
stepping_of (const LloydBenchPlan *plan)
{
  return plan->is_batched ? "batched" : "stepwise";
}

static void
print_row (const Case *test,
           const LloydBenchPlan *plan,
           const LloydBackend *backend,
           const LloydBenchResult *result)
{
  double per = 1.0 / plan->iterations, iteration = ms (result->median_ns) * per;
  double operations = count_operations (test);
  g_autofree char *range =
      g_strdup_printf ("%.4g .. %.4g", ms (result->min_ns) * per, ms (result->max_ns) * per);

  printf ("%-4s %-12s %9" G_GSIZE_FORMAT
          " %5u %5u %-10s %-9s %-8s %10.4g %10.4g %21s %10.4g %10.4g "
          "%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT "\n",
          test->id, lloyd_cloud_names[test->cloud], test->n, test->d, test->k,
          lloyd_metric_names[plan->metric], backend->name, stepping_of (plan),
          ms (result->prepare_ns), iteration, range, operations / iteration / 1e6,
          ms (result->total_ns), result->n_wrong, result->n_checked);
  fflush (stdout);
}

static void
add_number (JsonBuilder *b, const char *name, double v)
{
  json_builder_set_member_name (b, name);
  json_builder_add_double_value (b, v);
}

static void
add_count (JsonBuilder *b, const char *name, size_t v)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, (gint64) v);
}

static void
add_text (JsonBuilder *b, const char *name, const char *v)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, v);
}

static void
add_row (JsonBuilder *b,
         const Case *test,
         const LloydBenchPlan *plan,
         const LloydBackend *backend,
         const LloydBenchResult *result)
{
  static const char *const kinds[] = { "iterations", "seeding", "batches", "pictures" };

  json_builder_begin_object (b);
  add_text (b, "case", test->id);
  add_text (b, "kind", kinds[test->kind]);
  add_text (b, "cloud", lloyd_cloud_names[test->cloud]);
  add_count (b, "n", test->n);
  add_count (b, "d", test->d);
  add_count (b, "k", test->k);
  add_text (b, "metric", lloyd_metric_names[plan->metric]);
  add_text (b, "mode", "exact");
  add_text (b, "stepping", stepping_of (plan));
  add_text (b, "backend", backend->name);
  add_text (b, "device", result->device_name);
  add_text (b, "detail", result->device_detail);
  add_count (b, "iterations", plan->iterations);
  add_number (b, "prepare_ms", ms (result->prepare_ns));
  add_number (b, "seeding_ms", ms (result->seeding_ns));
  add_number (b, "warmup_ms", ms (result->warmup_ns));
  json_builder_set_member_name (b, "times_ms");
  json_builder_begin_array (b);
  for (guint i = 0; i < result->n_times; i++)
    json_builder_add_double_value (b, ms (result->times_ns[i]));
  json_builder_end_array (b);
  add_number (b, "median_ms", ms (result->median_ns));
  add_number (b, "min_ms", ms (result->min_ns));
  add_number (b, "max_ms", ms (result->max_ns));
  add_number (b, "total_ms", ms (result->total_ns));
  add_number (b, "operations", count_operations (test));
  add_number (b, "bytes",
              (double) (test->kind == LLOYD_BENCH_BATCHES ? BATCH_SIZE : test->n) * test->d *
                  sizeof (float));
  add_number (b, "moved_share", result->moved_share);
  add_count (b, "labels_checked", result->n_checked);
  add_count (b, "labels_wrong", result->n_wrong);
  json_builder_end_object (b);
}

static gboolean
save_json (JsonBuilder *b, const char *path, GError **error)
{
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  g_autofree char *text = json_to_string (root, TRUE);
  LloydOutput *output = lloyd_output_new (path, error);
  if (output == NULL)
    return FALSE;
  fprintf (lloyd_output_get_stream (output), "%s\n", text);
  return lloyd_output_finish (output, error);
}

/* ---- the bench ----------------------------------------------------------------------------- */

typedef struct
{
  GArray *cases;
  GPtrArray *backends;
  gboolean metrics[LLOYD_N_METRICS];
  LloydBenchPlan plan;
  guint iterations;
  LloydEngineOptions engine;
  JsonBuilder *json;
  GCancellable *cancellable;
} Bench;

/* One row: what the plan says, on one backend. */
static gboolean
bench_plan (
    Bench *self, const Case *test, LloydPoints *points, const LloydBackend *backend, GError **error)
{
  LloydBenchResult result;
  if (!lloyd_bench_run (points, backend, &self->engine, &self->plan, &result, self->cancellable,
                        error))
    return FALSE;
  print_row (test, &self->plan, backend, &result);
  add_row (self->json, test, &self->plan, backend, &result);
  lloyd_bench_result_clear (&result);
  return TRUE;
}

static gboolean
bench_case (Bench *self, const Case *test, GError **error)
{
  g_autoptr (LloydPoints) points =
      make_points (test, self->engine.n_threads, self->cancellable, error);
  if (points == NULL)
    return FALSE;
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    for (guint i = 0; i < self->backends->len && self->metrics[metric]; i++)
      {
        const LloydBackend *backend = self->backends->pdata[i];
        gboolean has_batched = lloyd_bench_has_batched (backend, test->kind);
        self->plan.kind = test->kind;
        self->plan.iterations = test->kind == LLOYD_BENCH_SEEDING ? 1 : self->iterations;
        self->plan.batch_size = BATCH_SIZE;
        self->plan.k = test->k;
        self->plan.metric = (LloydMetric) metric;
        self->plan.is_batched = FALSE;
        if (!bench_plan (self, test, points, backend, error))
          return FALSE;
        self->plan.is_batched = has_batched;
        if (has_batched && !bench_plan (self, test, points, backend, error))
          return FALSE;
      }
  return TRUE;
}

static LloydExit
bench_all (Bench *self, const char *json_path)
{
  g_autoptr (GError) error = NULL;

  if (json_path != NULL && !lloyd_output_check (json_path, &error))
    return lloyd_cli_fail (error);
  print_head (self->iterations, self->plan.repeats);
  json_builder_begin_object (self->json);
  add_text (self->json, "lloyd", LLOYD_VERSION);
  add_text (self->json, "compiler", __VERSION__);
  json_builder_set_member_name (self->json, "rows");
  json_builder_begin_array (self->json);
  for (guint i = 0; i < self->cases->len; i++)
    if (!bench_case (self, &g_array_index (self->cases, Case, i), &error))
      return lloyd_cli_fail (error);
  json_builder_end_array (self->json);
  add_count (self->json, "peak_bytes", lloyd_peak_memory ());
  json_builder_end_object (self->json);
  if (json_path != NULL && !save_json (self->json, json_path, &error))
    return lloyd_cli_fail (error);
  return LLOYD_EXIT_DONE;
}

/* ---- options ------------------------------------------------------------------------------- */

static gboolean
choose_metrics (Bench *self, const char *text, LloydExit *code)
{
  int metric = lloyd_name_index (lloyd_metric_names, text);
  if (g_str_equal (text, "both"))
    self->metrics[LLOYD_METRIC_EUCLIDEAN] = self->metrics[LLOYD_METRIC_COSINE] = TRUE;
  else if (metric >= 0)
    self->metrics[metric] = TRUE;
  else
    *code =
        lloyd_cli_misuse ("--metric: %s is not one of both, euclidean, cosine, cosine-raw", text);
  return metric >= 0 || g_str_equal (text, "both");
}

static gboolean
is_backend (const char *name)
{
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    if (g_str_equal ((*backend)->name, name))
      return TRUE;
  return g_str_equal (name, "auto");
}

static gboolean
choose_backends (Bench *self, const char *text, LloydExit *code)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (GError) error = NULL;
      if (!is_backend (*name))
        {
          *code = lloyd_cli_misuse ("--backend: there is no backend %s", *name);
          return FALSE;
        }
      const LloydBackend *backend = lloyd_backends_find (*name, self->engine.device, NULL, &error);
      if (backend == NULL)
        {
          *code = lloyd_cli_fail (error);
          return FALSE;
        }
      g_ptr_array_add (self->backends, (gpointer) backend);
    }
  return TRUE;
}

static gboolean
choose_cases (Bench *self, char **texts, const char *cloud_name, LloydExit *code)
{
  int cloud = cloud_name != NULL ? lloyd_name_index (lloyd_cloud_names, cloud_name) : -1;
  char *usual[] = { (char *) "S1", (char *) "S2", (char *) "V1", NULL };
  if (cloud_name != NULL && cloud < 0)
    {
      *code = lloyd_cli_misuse ("--cloud: %s is not a kind of cloud", cloud_name);
      return FALSE;
    }
  for (char **text = texts != NULL ? texts : usual; *text != NULL; text++)
    if (!add_cases (self->cases, *text, cloud, code))
      return FALSE;
  return TRUE;
}

typedef struct
{
  char **cases;
  char *metric;
  char *backends;
  char *cloud;
  char *json;
  char *simd;
  int repeat;
  int iterations;
  int threads;
  int device;
} Options;

static LloydExit
bench_with (const Options *options, GCancellable *cancellable)
{
  g_autoptr (GArray) cases = g_array_new (FALSE, FALSE, sizeof (Case));
  g_autoptr (GPtrArray) backends = g_ptr_array_new ();
  g_autoptr (JsonBuilder) json = json_builder_new ();
  LloydExit code = LLOYD_EXIT_DONE;
  Bench bench = { .cases = cases,
                  .backends = backends,
                  .json = json,
                  .cancellable = cancellable,
                  .iterations = (guint) options->iterations,
                  .plan = { .repeats = (guint) options->repeat },
                  .engine = { .n_threads = (guint) options->threads,
                              .simd = options->simd,
                              .device = options->device } };

  g_array_set_clear_func (cases, clear_case);
  if (options->repeat < 1 || options->iterations < 1 || options->threads < 0 || options->device < 0)
    return lloyd_cli_misuse (
        "--repeat and --iterations must be at least 1, --threads and --device at "
        "least 0");
  if (!choose_cases (&bench, options->cases, options->cloud, &code) ||
      !choose_metrics (&bench, options->metric != NULL ? options->metric : "both", &code) ||
      !choose_backends (&bench, options->backends != NULL ? options->backends : "auto", &code))
    return code;
  return bench_all (&bench, options->json);
}

LloydExit
lloyd_cli_bench (int argc, char **argv, GCancellable *cancellable)
{
  Options options = { .repeat = 7, .iterations = 10 };
  const GOptionEntry entries[] = {
    { "case", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.cases,
      "S1, S2, V1, V2, V3, H1, I1 and I2 (seeding), MB (mini-batch), R1 and R2 (pictures) or a "
      "shape N,D,K; may be given "
      "again (S1, S2, V1)",
      "CASE" },
    { "simd", 0, 0, G_OPTION_ARG_STRING, &options.simd,
      "instruction set of the CPU: avx512-vnni, avx512, avx2, plain (the best there is)", "NAME" },
    { "metric", 0, 0, G_OPTION_ARG_STRING, &options.metric, "both, euclidean, cosine, cosine-raw",
      "METRIC" },
    { "backend", 0, 0, G_OPTION_ARG_STRING, &options.backends,
      "auto, or a list of cpu, cuda, reference", "LIST" },
    { "repeat", 0, 0, G_OPTION_ARG_INT, &options.repeat, "repeats (7)", "N" },
    { "iterations", 0, 0, G_OPTION_ARG_INT, &options.iterations, "iterations (10)", "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.threads, "threads of the CPU (all cores)", "N" },
    { "device", 0, 0, G_OPTION_ARG_INT, &options.device, "which GPU (0)", "N" },
    { "cloud", 0, 0, G_OPTION_ARG_STRING, &options.cloud,
      "kind of cloud, instead of the case's own", "KIND" },
    { "json", 0, 0, G_OPTION_ARG_FILENAME, &options.json, "write the full report", "FILE" },
    { 0 },
  };
  LloydExit code = LLOYD_EXIT_DONE;

  if (lloyd_cli_parse (
          &argc, &argv, entries, "",
          "Times the backends: the same rows and first centroids for each, exact labels.", 0,
          &code))
    code = bench_with (&options, cancellable);
  g_strfreev (options.cases);
  g_free (options.metric);
  g_free (options.backends);
  g_free (options.cloud);
  g_free (options.simd);
  g_free (options.json);
  return code;
}
