#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "compute/error.h"
#include "compute/files/card.h"
#include "compute/files/ceilings.h"
#include "compute/files/device-ceilings.h"
#include "compute/files/json.h"
#include "compute/files/output.h"
#include "compute/kmeans/bench-suite.h"
#include "compute/kmeans/recipe.h"
#include "compute/memory.h"
#include "compute/shell.h"
#include "compute/team.h"

/* ---- output -------------------------------------------------------------------------------- */

static void
print_head (guint iterations, guint repeats)
{
  printf ("%u iterations (assignment and update) from the first K rows, one "
          "warm-up, median of %u; times in ms\n\n",
          iterations, repeats);
  printf ("%-4s %-12s %9s %5s %5s %-10s %-9s %-5s %-8s %10s %10s %21s %10s %10s %s\n", "case",
          "cloud", "N", "D", "K", "metric", "backend", "mode", "stepping", "prepare", "iteration",
          "range", "Gop/s", "total of 10", "wrong labels");
}

static void
print_row (const LloydBenchRecord *row)
{
  LloydBenchQuartiles each = lloyd_bench_record_each_ms (row);
  g_autofree char *backend = row->device_number > 0
                                 ? g_strdup_printf ("%s:%d", row->backend, row->device_number)
                                 : g_strdup (row->backend);
  g_autofree char *range = g_strdup_printf ("%.4g .. %.4g", each.min, each.max);

  printf ("%-4s %-12s %9" G_GUINT64_FORMAT
          " %5u %5u %-10s %-9s %-5s %-8s %10.4g %10.4g %21s %10.4g %10.4g "
          "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "%s%s%s\n",
          row->case_id, row->cloud != NULL ? row->cloud : "file", row->n, row->d, row->k,
          row->metric, backend, row->mode, row->stepping, row->prepare_ms, each.median, range,
          row->operations / each.median / 1e6, row->total_ms, row->n_wrong, row->n_checked,
          row->n_checked < (gint64) row->n ? " (sample)" : "", row->remark != NULL ? "; " : "",
          row->remark != NULL ? row->remark : "");
  fflush (stdout);
}

static void
print_ceilings (const LloydCeilings *ceilings)
{
  g_autofree char *gops = lloyd_dup_digits (ceilings->gops);
  g_autofree char *gops_float = lloyd_dup_digits (ceilings->gops_float);
  g_autofree char *gbytes = lloyd_dup_digits (ceilings->gbytes);
  printf ("\"gops\": %s, \"gops_float\": %s, \"gbytes\": %s", gops, gops_float, gbytes);
}

/* Of the processor, and of the GPUs where there are any. */
static void
print_all_ceilings (const LloydCard *card)
{
  const GPtrArray *devices = card->device_ceilings;
  printf ("{");
  print_ceilings (&card->ceilings);
  for (guint i = 0; i < devices->len; i++)
    {
      const LloydDeviceCeilings *one = devices->pdata[i];
      g_autoptr (JsonNode) name = json_node_init_string (json_node_alloc (), one->device);
      g_autofree char *quoted = json_to_string (name, FALSE);
      printf ("%s{\"device\": %s, ", i == 0 ? ", \"devices\": [" : ", ", quoted);
      print_ceilings (&one->ceilings);
      printf ("}%s", i + 1 == devices->len ? "]" : "");
    }
  printf ("}\n");
}

/* ---- the bench ----------------------------------------------------------------------------- */

typedef struct
{
  LloydBenchSettings *settings;
  LloydCard *card;
  GCancellable *cancellable;
} Bench;

/* A row is whole once its labels have been looked at. */
static void
on_news (const LloydBenchProgress *progress,
         guint row,
         const LloydBenchRecord *record,
         gpointer data)
{
  Bench *self = data;
  (void) row;
  if (record == NULL || progress->stage != LLOYD_BENCH_CHECKING)
    return;
  /* What happened on the machine is told again, for rows that were not looked at. */
  if (record->n_checked < 0)
    return;
  print_row (record);
  g_ptr_array_add (self->card->rows, lloyd_bench_record_copy (record));
}

/* What was measured before of the devices of its rows. */
static void
recall_devices (LloydCard *card)
{
  for (guint i = 0; i < card->rows->len; i++)
    {
      const LloydBenchRecord *row = card->rows->pdata[i];
      if (g_str_equal (row->backend, "cuda") && row->device != NULL)
        lloyd_device_ceilings_find (card->device_ceilings, NULL, row->device,
                                    card->machine.gpu_driver);
    }
}

static LloydExit
bench_all (Bench *self, const char *json_path)
{
  g_autoptr (GError) error = NULL;

  if (json_path != NULL && !lloyd_output_check (json_path, &error))
    return lloyd_cli_fail (error);
  print_head (self->settings->iterations, self->settings->repeats);
  if (!lloyd_bench_measure (self->settings, NULL, on_news, self, self->cancellable, &error))
    return lloyd_cli_fail (error);
  self->card->peak_bytes = lloyd_peak_memory ();
  if (self->card->ceilings.gbytes == 0.0)
    lloyd_ceilings_find (NULL, lloyd_team_default_size (), &self->card->ceilings);
  recall_devices (self->card);
  if (json_path != NULL && !lloyd_card_save (self->card, json_path, &error))
    return lloyd_cli_fail (error);
  return LLOYD_EXIT_DONE;
}

/* ---- options ------------------------------------------------------------------------------- */

static gboolean
choose_metrics (Bench *self, const char *text, LloydExit *code)
{
  int metric = lloyd_name_index (lloyd_metric_names, text);
  if (g_str_equal (text, "both"))
    self->settings->metrics[LLOYD_METRIC_EUCLIDEAN] = self->settings->metrics[LLOYD_METRIC_COSINE] =
        TRUE;
  else if (metric >= 0)
    self->settings->metrics[metric] = TRUE;
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

/* The numbers in a list. */
static gboolean
choose_devices (Bench *self, const char *text, LloydExit *code)
{
  g_auto (GStrv) numbers = g_strsplit (text, ",", -1);
  g_array_set_size (self->settings->devices, 0);
  for (char **number = numbers; *number != NULL; number++)
    {
      guint64 value;
      if (!g_ascii_string_to_unsigned (*number, 10, 0, 4096, &value, NULL))
        {
          *code = lloyd_cli_misuse ("--device: %s is no number of a GPU", *number);
          return FALSE;
        }
      int device = (int) value;
      g_array_append_val (self->settings->devices, device);
    }
  if (self->settings->devices->len > 0)
    return TRUE;
  *code = lloyd_cli_misuse ("--device: there is no number");
  return FALSE;
}

/* The backend of that name; it must have all the devices asked for. */
static const LloydBackend *
find_backend (const LloydBenchSettings *settings, const char *name, GError **error)
{
  const GArray *devices = settings->devices;
  const LloydBackend *backend =
      lloyd_backends_find (name, g_array_index (devices, int, 0), NULL, error);
  for (guint i = 1; backend != NULL && backend->count != NULL && i < devices->len; i++)
    backend = lloyd_backends_find (backend->name, g_array_index (devices, int, i), NULL, error);
  return backend;
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
      const LloydBackend *backend = find_backend (self->settings, *name, &error);
      if (backend == NULL)
        {
          *code = lloyd_cli_fail (error);
          return FALSE;
        }
      g_ptr_array_add (self->settings->backends, (gpointer) backend);
    }
  return TRUE;
}

static gboolean
choose_steppings (Bench *self, const char *text, LloydExit *code)
{
  self->settings->is_stepwise = self->settings->is_batched = g_str_equal (text, "both");
  if (g_str_equal (text, "stepwise"))
    self->settings->is_stepwise = TRUE;
  else if (g_str_equal (text, "batched"))
    self->settings->is_batched = TRUE;
  else if (!self->settings->is_stepwise)
    *code = lloyd_cli_misuse ("--stepping: %s is not one of both, stepwise, batched", text);
  return self->settings->is_stepwise || self->settings->is_batched;
}

static gboolean
choose_modes (Bench *self, const char *text, LloydExit *code)
{
  gboolean is_both = g_str_equal (text, "both");
  self->settings->is_exact = is_both || g_str_equal (text, "exact");
  self->settings->is_fast = is_both || g_str_equal (text, "fast");
  if (self->settings->is_exact || self->settings->is_fast)
    return TRUE;
  *code = lloyd_cli_misuse ("--mode: %s is not one of exact, fast, both", text);
  return FALSE;
}

static gboolean
choose_cases (Bench *self, char **texts, const char *cloud_name, gint64 seed, LloydExit *code)
{
  GPtrArray *cases = self->settings->cases;
  int cloud = cloud_name != NULL ? lloyd_name_index (lloyd_cloud_names, cloud_name) : -1;
  char *usual[] = { (char *) "S1", (char *) "S2", (char *) "V1", NULL };
  if (cloud_name != NULL && cloud < 0)
    {
      *code = lloyd_cli_misuse ("--cloud: %s is not a kind of cloud", cloud_name);
      return FALSE;
    }
  for (char **text = texts != NULL ? texts : usual; *text != NULL; text++)
    if (!lloyd_bench_cases_add (cases, *text, cloud))
      {
        g_autofree char *names = g_strjoinv (", ", (char **) lloyd_bench_case_names);
        *code =
            lloyd_cli_misuse ("--case: %s is neither %s nor N,D,K or N,D,K,BATCH", *text, names);
        return FALSE;
      }
  for (guint i = 0; i < cases->len; i++)
    ((LloydBenchCase *) cases->pdata[i])->seed = (guint64) seed;
  return TRUE;
}

typedef struct
{
  char **cases;
  char *metric;
  char *backends;
  char *devices;
  char *stepping;
  char *mode;
  char *cloud;
  char *json;
  char *simd;
  char *input;
  char *columns;
  char *scale;
  char *missing;
  int k;
  int repeat;
  int iterations;
  int threads;
  gint64 seed;
  double ceilings;
} Options;

/* What of a recipe makes points of a file. */
static LloydRecipe *
make_recipe (const Options *options, LloydExit *code)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  const char *const given[][2] = { { "columns", options->columns },
                                   { "scale", options->scale },
                                   { "missing", options->missing } };
  recipe->n_threads = (guint) options->threads;
  for (size_t i = 0; i < G_N_ELEMENTS (given); i++)
    {
      g_autoptr (GError) error = NULL;
      if (given[i][1] != NULL && !lloyd_recipe_set (recipe, given[i][0], given[i][1], &error))
        {
          *code = lloyd_cli_misuse ("--%s", error->message);
          return NULL;
        }
    }
  return g_steal_pointer (&recipe);
}

/* The words that load the same points again. */
static char *
make_input_words (const Options *options)
{
  g_autofree char *path = lloyd_quote_for_shell (options->input);
  GString *text = g_string_new (NULL);
  const char *const given[][2] = { { "columns", options->columns },
                                   { "scale", options->scale },
                                   { "missing", options->missing } };
  g_string_append_printf (text, "--input %s", path);
  for (size_t i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i][1] != NULL)
      {
        g_autofree char *word = lloyd_quote_for_shell (given[i][1]);
        g_string_append_printf (text, " --%s %s", given[i][0], word);
      }
  return g_string_free (text, FALSE);
}

/* The rows of a file as the only case. */
static gboolean
load_case (Bench *self, const Options *options, LloydExit *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = make_recipe (options, code);
  if (recipe == NULL)
    return FALSE;
  g_autoptr (LloydPoints) points =
      lloyd_cli_load_points (recipe, options->input, FALSE, NULL, NULL, self->cancellable, &error);
  if (points == NULL)
    {
      *code = lloyd_cli_fail (error);
      return FALSE;
    }
  g_autofree char *words = make_input_words (options);
  lloyd_bench_cases_add_points (self->settings->cases, points, (guint) options->k, words, NULL);
  return TRUE;
}

/* Fills in what is to be measured. */
static gboolean
choose (Bench *self, const Options *options, LloydExit *code)
{
  guint n_threads = (guint) options->threads;
  self->settings->iterations = (guint) options->iterations;
  self->settings->repeats = (guint) options->repeat;
  self->settings->simd = g_strdup (options->simd);
  self->settings->is_strict = TRUE;
  memset (self->settings->metrics, 0, sizeof self->settings->metrics);
  g_array_index (self->settings->threads, guint, 0) = n_threads;
  return choose_steppings (self, options->stepping != NULL ? options->stepping : "both", code) &&
         choose_modes (self, options->mode != NULL ? options->mode : "exact", code) &&
         choose_devices (self, options->devices != NULL ? options->devices : "0", code) &&
         choose_metrics (self, options->metric != NULL ? options->metric : "both", code) &&
         choose_backends (self, options->backends != NULL ? options->backends : "auto", code) &&
         (options->input != NULL
              ? load_case (self, options, code)
              : choose_cases (self, options->cases, options->cloud, options->seed, code));
}

/* Whether a list of backends has that one. */
static gboolean
has_backend (const char *list, const char *name)
{
  g_auto (GStrv) names = g_strsplit (list != NULL ? list : "auto", ",", -1);
  return g_strv_contains ((const char *const *) names, name) ||
         g_strv_contains ((const char *const *) names, "auto");
}

/* Those of all devices there are. One that cannot be measured is told of and passed over; FALSE
 * when cancelled. */
static gboolean
measure_devices (Bench *self, const Options *options, GError **error)
{
  for (const LloydBackend *const *backend = lloyd_backends (); *backend != NULL; backend++)
    {
      guint n = (*backend)->count != NULL && has_backend (options->backends, (*backend)->name)
                    ? (*backend)->count ()
                    : 0;
      for (guint device = 0; device < n; device++)
        {
          g_autoptr (GError) failure = NULL;
          if (!lloyd_device_ceilings_measure (self->card->device_ceilings, NULL, *backend,
                                              (int) device, self->cancellable, &failure) &&
              !g_cancellable_is_cancelled (self->cancellable))
            g_printerr ("%s:%u: %s\n", (*backend)->name, device, failure->message);
        }
    }
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

/* Measures the ceilings first; TRUE where there is more to do. */
static gboolean
measure_ceilings (Bench *self, const Options *options, LloydExit *code)
{
  g_autoptr (GError) error = NULL;
  guint n_threads = options->threads > 0 ? (guint) options->threads : lloyd_team_default_size ();
  if (options->ceilings <= 0.0)
    return TRUE;
  if (!lloyd_ceilings_measure (&self->card->ceilings, n_threads, options->ceilings,
                               self->cancellable, &error))
    {
      *code = lloyd_cli_fail (error);
      return FALSE;
    }
  lloyd_ceilings_keep (NULL, n_threads, &self->card->ceilings);
  if (!measure_devices (self, options, &error))
    {
      *code = lloyd_cli_fail (error);
      return FALSE;
    }
  if (options->cases != NULL || options->input != NULL)
    return TRUE;
  print_all_ceilings (self->card);
  return FALSE;
}

static LloydExit
bench_with (const Options *options, GCancellable *cancellable)
{
  g_autoptr (LloydBenchSettings) settings = lloyd_bench_settings_new ();
  g_autoptr (LloydCard) card = lloyd_card_new ();
  LloydExit code = LLOYD_EXIT_DONE;
  Bench bench = { settings, card, cancellable };

  if (options->repeat < 1 || options->iterations < 1 || options->threads < 0 || options->seed < 0 ||
      options->k < 1)
    return lloyd_cli_misuse (
        "--repeat, --iterations and --k must be at least 1, --threads and --seed at least 0");
  if (options->input != NULL && options->cases != NULL)
    return lloyd_cli_misuse ("--input and --case exclude each other");
  if (!measure_ceilings (&bench, options, &code) || !choose (&bench, options, &code))
    return code;
  return bench_all (&bench, options->json);
}

static void
clear_options (Options *self)
{
  char *const texts[] = { self->metric, self->backends, self->devices, self->stepping,
                          self->mode,   self->cloud,    self->json,    self->simd,
                          self->input,  self->columns,  self->scale,   self->missing };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (self->cases);
}

LloydExit
lloyd_cli_bench (int argc, char **argv, GCancellable *cancellable)
{
  Options options = { .repeat = 7, .iterations = 10, .k = 8 };
  const GOptionEntry entries[] = {
    { "case", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.cases,
      "S1, S2, V1, V2, V3, H1, I1 and I2 (seeding), MB (mini-batch), R1 and R2 (pictures) or a "
      "shape N,D,K, or N,D,K,BATCH for mini-batches; may be given again (S1, S2, V1)",
      "CASE" },
    { "input", 0, 0, G_OPTION_ARG_FILENAME, &options.input, "the rows of a file, instead of a case",
      "FILE" },
    { "k", 0, 0, G_OPTION_ARG_INT, &options.k, "clusters of a file (8)", "N" },
    { "columns", 0, 0, G_OPTION_ARG_FILENAME, &options.columns,
      "its features (every column of numbers)", "A,B,..." },
    { "scale", 0, 0, G_OPTION_ARG_STRING, &options.scale, "none, standardise, minmax, unit-rows",
      "HOW" },
    { "missing", 0, 0, G_OPTION_ARG_STRING, &options.missing, "refuse, drop, zero", "POLICY" },
    { "simd", 0, 0, G_OPTION_ARG_STRING, &options.simd,
      "avx512-vnni, avx512, avx2 or plain; of a GPU mma or wgmma (the best there is)", "NAME" },
    { "metric", 0, 0, G_OPTION_ARG_STRING, &options.metric, "both, euclidean, cosine, cosine-raw",
      "METRIC" },
    { "backend", 0, 0, G_OPTION_ARG_STRING, &options.backends,
      "auto, or a list of cpu, cuda, reference", "LIST" },
    { "stepping", 0, 0, G_OPTION_ARG_STRING, &options.stepping,
      "both, stepwise (back to the host after each step), batched (in a row on the device)",
      "HOW" },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &options.mode,
      "exact, fast (labels without proof, as others have them), both", "HOW" },
    { "repeat", 0, 0, G_OPTION_ARG_INT, &options.repeat, "repeats (7)", "N" },
    { "iterations", 0, 0, G_OPTION_ARG_INT, &options.iterations, "iterations (10)", "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.threads, "threads of the CPU (all cores)", "N" },
    { "device", 0, 0, G_OPTION_ARG_STRING, &options.devices, "which GPUs, a list (0)", "N,..." },
    { "cloud", 0, 0, G_OPTION_ARG_STRING, &options.cloud,
      "kind of cloud, instead of the case's own", "KIND" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "seed of the cloud (0)", "N" },
    { "ceilings", 0, 0, G_OPTION_ARG_DOUBLE, &options.ceilings,
      "first measure what the processor can do, so many seconds each, and the GPUs; without a case "
      "only that",
      "SECONDS" },
    { "json", 0, 0, G_OPTION_ARG_FILENAME, &options.json,
      "write the card: everything needed to judge and repeat it", "FILE" },
    { 0 },
  };
  LloydExit code = LLOYD_EXIT_DONE;

  if (lloyd_cli_parse (
          &argc, &argv, entries, "",
          "Times the backends: the same rows and first centroids for each, exact labels.", 0,
          &code))
    code = bench_with (&options, cancellable);
  clear_options (&options);
  return code;
}
