/* Every CUDA call of the host side failing once, with every error that is known to come: where the
 * device had been usable the CPU goes on, the results are what they would have been to the bit, the
 * run says so in a sentence, and nothing leaks. */
#include <string.h>

#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/backends/cuda/units.h"
#include "compute/error.h"
#include "compute/kmeans/bench-suite.h"
#include "compute/kmeans/run.h"
#include "tests/fake-cuda/fake.h"
#include "tests/support/clouds.h"

#define N 200
/* So many that the last rounds of seeding go without the host. */
#define K 12
#define MAX_STEPS 3

/* Memory, and what ends CUDA; then all that is known to come. */
static const int codes[] = { 2, 700, 35, 100, 209, 219, 304, 701, 719, 999 };

/* All that a run and its engine say. */
typedef struct
{
  gint32 labels[N];
  double cost[N];
  double nearest[N];
  double distances[3];
  size_t rows[3];
  size_t n_drawn;
  size_t drawn[N];
  double energy[K];
  double objectives[MAX_STEPS];
  size_t moved[MAX_STEPS];
  float centroids[K * 20];
  LloydSplatPixel pixels[64];
} Outcome;

/* With weights of all scales, which takes wide sums, or without. */
static LloydPoints *
make_points (gboolean is_weighted, guint d)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  return test_cloud_weighted (&test_clouds[0], is_weighted ? &test_weights[4] : NULL, N, d, rand);
}

static gboolean
ask_engine (LloydRun *run, Outcome *out, GError **error)
{
  LloydEngine *engine = lloyd_run_get_engine (run);
  const float *centroids = lloyd_run_get_centroids (run);
  size_t n_found;
  LloydWide energy[K];
  LloydMeasure measure = { .cost = out->cost, .energy = energy };
  g_autoptr (GArray) drawn = g_array_new (FALSE, FALSE, sizeof (size_t));
  LloydScatterRound scatter = {
    .centres = centroids, .n_centres = K, .n_wanted = 90, .nearest = out->nearest, .rows = drawn
  };
  const guint32 columns[] = { 0, 1 };
  const double across[] = { 1.0, 0.0 }, down[] = { 0.0, 1.0 };
  LloydSplat splat = { .map = { 8, 8, 2, columns, across, down, 4.0, 4.0 },
                       .last_hash = G_MAXUINT32,
                       .pixels = out->pixels };

  lloyd_splat_clear (out->pixels, G_N_ELEMENTS (out->pixels));
  if (!lloyd_run_read_labels (run, out->labels, error) ||
      !engine->backend->measure (engine, NULL, centroids, K, &measure, NULL, error) ||
      !engine->backend->farthest (engine, centroids, K, -1, 3, out->rows, out->distances, &n_found,
                                  NULL, error) ||
      !engine->backend->scatter (engine, &scatter, TRUE, NULL, error) ||
      !engine->backend->splat (engine, &splat, NULL, error))
    return FALSE;
  /* A second round, which builds on the first. */
  scatter.centres = engine->rows;
  scatter.n_centres = 1;
  if (!engine->backend->scatter (engine, &scatter, FALSE, NULL, error))
    return FALSE;
  for (guint j = 0; j < K; j++)
    out->energy[j] = lloyd_wide_round (&energy[j]);
  out->n_drawn = drawn->len;
  memcpy (out->drawn, drawn->data, sizeof (size_t) * drawn->len);
  return TRUE;
}

/* A run that uses every verb: seeding by sampling, steps, repair by splitting, labels. `remark` is
 * the run's last; yours. */
static gboolean
run_all (
    LloydPoints *points, const LloydBackend *backend, Outcome *out, char **remark, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  guint n_steps;

  memset (out, 0, sizeof *out);
  recipe->k = K;
  recipe->max_steps = MAX_STEPS;
  recipe->empty = LLOYD_EMPTY_SPLIT;
  g_autoptr (LloydRun) run = lloyd_run_new (points, recipe, backend, NULL, NULL, error);
  if (run == NULL)
    return FALSE;
  lloyd_run_set_ahead (run, 2);
  while (!lloyd_run_is_at_end (run))
    if (!lloyd_run_step (run, NULL, error))
      return FALSE;

  const LloydStep *steps = lloyd_run_get_steps (run, &n_steps);
  for (guint i = 0; i < n_steps; i++)
    {
      out->objectives[i] = steps[i].objective;
      out->moved[i] = steps[i].moved;
    }
  memcpy (out->centroids, lloyd_run_get_centroids (run), sizeof (float) * K * points->d);
  if (!ask_engine (run, out, error))
    return FALSE;
  *remark = g_strdup (lloyd_run_get_engine (run)->remark);
  const char *const *remarks = lloyd_run_get_remarks (run);
  if (*remark != NULL && remarks[0] != NULL)
    g_assert_true (g_strv_contains (remarks, *remark));
  return TRUE;
}

/* What must hold after one call has failed. FALSE once none was left to fail. */
static gboolean
check_failure (LloydPoints *points, guint call, int code, const Outcome *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *remark = NULL;
  Outcome out;

  fake_cuda_fail_at (call, code);
  gboolean is_done = run_all (points, &lloyd_backend_cuda, &out, &remark, &error);
  gboolean has_failed = fake_cuda_has_failed ();
  gboolean is_dead = lloyd_cuda_death () != NULL;
  fake_cuda_fail_at (0, 0);
  lloyd_cuda_revive ();
  g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
  g_assert_true (is_done == (error == NULL));
  if (is_done)
    {
      if (memcmp (&out, expected, sizeof out) != 0)
        g_test_message ("code %d at call %u: %s", code, call, remark);
      g_assert_cmpmem (&out, sizeof out, expected, sizeof *expected);
      /* Failing to free or to destroy is not worth a remark, nor is memory that parts can do
       * without. */
      if (remark != NULL)
        g_assert_true (has_failed);
      if (remark != NULL)
        g_assert_null (strchr (remark, '\n'));
    }
  else
    {
      g_assert_true (error->domain == LLOYD_ERROR);
      g_assert_null (strchr (error->message, '\n'));
    }
  if (is_dead)
    g_assert_true (code == 700 || code == 719);
  return has_failed;
}

/* The first call that fails, and how far the next is: thoroughly every call, else every other, by
 * turns. */
static guint
first_call (void)
{
  return g_test_thorough () ? 1 : (guint) g_test_rand_int_range (1, 3);
}

static guint
next_call (guint call)
{
  return call + (g_test_thorough () ? 1 : 2);
}

/* Calls fail with `n_codes` of the codes from `first` on: thoroughly with each of them, else with
 * the one whose turn it is, another at each run. */
static void
every_call (gboolean is_weighted, guint d, guint first, guint n_codes)
{
  g_autoptr (LloydPoints) points = make_points (is_weighted, d);
  g_autoptr (GError) error = NULL;
  g_autofree char *remark = NULL;
  guint n_rounds = g_test_thorough () ? n_codes : 1;
  guint turn = (guint) g_test_rand_int_range (0, (gint32) n_codes);
  Outcome expected;

  fake_cuda_fail_at (0, 0);
  g_assert_true (run_all (points, lloyd_backends_find ("reference", 0, NULL, NULL), &expected,
                          &remark, &error));
  for (guint i = 0; i < n_rounds; i++)
    {
      guint call = first_call ();
      while (
          check_failure (points, call, codes[first + (turn + i + call / 2) % n_codes], &expected))
        call = next_call (call);
      g_assert_cmpuint (call, >, 50);
    }
}

/* No memory, at every call. */
static void
test_no_memory (void)
{
  every_call (FALSE, 3, 0, 1);
}

static void
test_every_call (void)
{
  every_call (FALSE, 3, 1, G_N_ELEMENTS (codes) - 1);
}

static void
test_every_call_wide (void)
{
  every_call (FALSE, 20, 0, 2);
}

static void
test_every_call_weights (void)
{
  every_call (TRUE, 3, 0, 2);
}

/* Labels of all rows by an engine of its own. */
static gboolean
label_all (const LloydBackend *backend,
           LloydPoints *points,
           guint k,
           const char *simd,
           gint32 *labels,
           GError **error)
{
  LloydEngineOptions options = { .simd = simd };
  g_autoptr (LloydEngine) engine = backend->open (points, &options, NULL, error);
  size_t n_moved;
  if (engine == NULL)
    return FALSE;
  g_autoptr (LloydSums) sums = lloyd_sums_new (k, engine->grid);
  return backend->assign (engine, NULL, points->values, k, sums, &n_moved, NULL, error) &&
         backend->read (engine, 0, points->n, labels, error);
}

/* Labels as they should be, whichever call of the two ways to the matrix unit fails; k rows are the
 * centroids. */
static void
every_unit_call (guint d, guint k, const char *simd, int code)
{
  g_autoptr (LloydPoints) points = make_points (FALSE, d);
  g_autoptr (GError) unexpected = NULL;
  gint32 expected[N], labels[N];
  gboolean has_failed = TRUE;
  guint call;

  fake_cuda_fail_at (0, 0);
  g_assert_true (label_all (lloyd_backends_find ("reference", 0, NULL, NULL), points, k, NULL,
                            expected, &unexpected));
  for (call = first_call (); has_failed; call = next_call (call))
    {
      g_autoptr (GError) error = NULL;
      lloyd_cuda_forget_trials (0.0);
      fake_cuda_fail_at (call, code);
      gboolean is_done = label_all (&lloyd_backend_cuda, points, k, simd, labels, &error);
      has_failed = fake_cuda_has_failed ();
      fake_cuda_fail_at (0, 0);
      lloyd_cuda_revive ();
      g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
      g_assert_true (is_done == (error == NULL));
      g_assert_true (is_done || error->domain == LLOYD_ERROR);
      if (is_done)
        g_assert_cmpmem (labels, sizeof labels, expected, sizeof expected);
    }
  g_assert_cmpuint (call, >, 50);
}

static void
test_every_unit_call (void)
{
  /* Both are tried; then more shared memory is asked for than is free to take. */
  every_unit_call (20, K, NULL, 700);
  every_unit_call (20, K, NULL, 2);
  every_unit_call (128, 190, "wgmma", 700);
}

/* After a sticky error CUDA stays unused, and says why. */
static void
test_death (void)
{
  g_autoptr (LloydPoints) points = make_points (FALSE, 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refused = NULL;
  g_autofree char *remark = NULL;
  Outcome out;

  fake_cuda_fail_at (60, 700);
  g_assert_true (run_all (points, &lloyd_backend_cuda, &out, &remark, &error));
  g_assert_nonnull (remark);
  g_assert_false (lloyd_backend_cuda.probe (0, NULL, NULL, &refused));
  /* With the kernel that may have done it. */
  g_assert_true (
      g_pattern_match_simple ("*CUDA error 700 (*) in *, after *_kernel*", refused->message));
  fake_cuda_fail_at (0, 0);
  lloyd_cuda_revive ();
}

/* Everything that the bridge does: the probe's bytes, labels of rows shown into a buffer, all rows
 * as a picture into a texture, twice. */
static gboolean
show_all (LloydEngine *engine, GError **error)
{
  const LloydGl *gl = engine->backend->gl;
  const size_t rows[] = { 3, 1, 4 };
  const guint32 columns[] = { 0, 1 }, colours[] = { 1, 2, 3 };
  const double across[] = { 1.0, 0.0 }, down[] = { 0.0, 1.0 };
  LloydSplatMap map = { 8, 8, 2, columns, across, down, 4.0, 4.0 };
  LloydSplatShade shade = { 8, 8, 1, 2, LLOYD_TONE_LOG, 90, colours, 3, 0 };
  g_autoptr (LloydExhibit) shown = NULL;
  g_autoptr (LloydExhibit) all = NULL;
  LloydBridge *bridge = gl->open (0, error);
  if (bridge == NULL)
    return FALSE;

  gboolean is_done = gl->write (bridge, 1, rows, sizeof rows, error) &&
                     (shown = engine->backend->exhibit (engine, rows, 3, 1, error)) != NULL &&
                     gl->copy_labels (bridge, shown, 1, error) &&
                     (all = engine->backend->exhibit (engine, NULL, 0, 0, error)) != NULL &&
                     gl->draw (bridge, all, &map, &shade, 2, error) &&
                     gl->draw (bridge, all, &map, &shade, 3, error);
  gl->close (bridge);
  return is_done;
}

static void
test_every_bridge_call (void)
{
  g_autoptr (LloydPoints) points = make_points (FALSE, 3);
  for (size_t i = 0; i < G_N_ELEMENTS (codes); i++)
    for (guint call = 1;; call++)
      {
        g_autoptr (GError) error = NULL;
        LloydEngineOptions options = { 0 };
        fake_cuda_fail_at (0, 0);
        g_autoptr (LloydEngine) engine = lloyd_backend_cuda.open (points, &options, NULL, &error);
        g_assert_no_error (error);
        guint n_before = fake_cuda_n_open ();
        fake_cuda_fail_at (call, codes[i]);
        gboolean is_done = show_all (engine, &error), has_failed = fake_cuda_has_failed ();
        fake_cuda_fail_at (0, 0);
        lloyd_cuda_revive ();
        g_assert_true (is_done == (error == NULL));
        /* What stays is on the engine's shelves. */
        g_assert_cmpuint (fake_cuda_n_open (), <=, n_before + 7);
        lloyd_engine_close (g_steal_pointer (&engine));
        g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
        if (!has_failed)
          {
            g_assert_true (is_done);
            g_assert_cmpuint (call, >, 40);
            break;
          }
        if (error != NULL)
          g_assert_null (strchr (error->message, '\n'));
      }
}

/* An exhibit may outlive its engine; then it says so, and nothing of it is left on the device. */
static void
test_closed_run (void)
{
  g_autoptr (LloydPoints) points = make_points (FALSE, 3);
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { 0 };
  const size_t rows[] = { 0 };
  fake_cuda_fail_at (0, 0);
  LloydEngine *engine = lloyd_backend_cuda.open (points, &options, NULL, &error);
  LloydBridge *bridge = engine->backend->gl->open (0, &error);
  g_autoptr (LloydExhibit) exhibit = engine->backend->exhibit (engine, rows, 1, 1, &error);
  const LloydGl *gl = engine->backend->gl;

  g_assert_no_error (error);
  g_assert_true (gl->copy_labels (bridge, exhibit, 1, &error));
  lloyd_engine_close (engine);
  g_assert_false (gl->copy_labels (bridge, exhibit, 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  gl->close (bridge);
  g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
}

/* Labels go round on as many shelves as are looked at, no more. */
static void
test_shelves (void)
{
  g_autoptr (LloydPoints) points = make_points (FALSE, 3);
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { 0 };
  fake_cuda_fail_at (0, 0);
  g_autoptr (LloydEngine) engine = lloyd_backend_cuda.open (points, &options, NULL, &error);
  LloydExhibit *kept = lloyd_backend_cuda.exhibit (engine, NULL, 0, 0, &error);
  lloyd_exhibit_unref (lloyd_backend_cuda.exhibit (engine, NULL, 0, 0, &error));
  guint n_open = fake_cuda_n_open ();
  for (int i = 0; i < 5; i++)
    lloyd_exhibit_unref (lloyd_backend_cuda.exhibit (engine, NULL, 0, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fake_cuda_n_open (), ==, n_open);
  lloyd_exhibit_unref (kept);
}

static void
test_plain_causes (void)
{
  static const struct
  {
    int code;
    const char *message;
  } cases[] = {
    { 304, "OpenGL does not run on the GPU that computes (CUDA error 304 in *" },
    { 219, "there is no OpenGL context that CUDA could use (CUDA error 219 in *" },
    { 999, "CUDA error 999 (*" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      fake_cuda_fail_at (0, 0);
      LloydBridge *bridge = lloyd_backend_cuda.gl->open (0, &error);
      g_assert_no_error (error);
      /* After the choice of the device. */
      fake_cuda_fail_at (2, cases[i].code);
      g_assert_false (lloyd_backend_cuda.gl->write (bridge, 1, "x", 1, &error));
      g_assert_true (g_pattern_match_simple (cases[i].message, error->message));
      fake_cuda_fail_at (0, 0);
      lloyd_backend_cuda.gl->close (bridge);
    }
}

static void
check_probe (int version, int n_devices, int capability, const char *expected)
{
  g_autoptr (GError) error = NULL;
  fake_cuda_fail_at (0, 0);
  fake_cuda_set_driver (version, n_devices, capability);
  g_autofree char *detail = NULL;
  gboolean is_usable = lloyd_backend_cuda.probe (0, NULL, &detail, &error);
  fake_cuda_set_driver (13000, 1, 90);
  if (expected == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (is_usable);
      g_assert_true (g_pattern_match_simple (
          "sm_*, 1 multiprocessors up to 1500 MHz, *B up to 2500 MHz", detail));
      return;
    }
  g_assert_false (is_usable);
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_probe (void)
{
  check_probe (13000, 1, 90, NULL);
  check_probe (13010, 1, 75, NULL);
  check_probe (0, 0, 0, "no NVIDIA driver found");
  check_probe (12040, 1, 90, "the NVIDIA driver knows CUDA 12.4, and this program needs 13.0");
  check_probe (13000, 0, 90, "no NVIDIA GPU found");
  check_probe (13000, 1, 61,
               "Imaginary GPU has compute capability 6.1, and at least 7.5 is needed");
}

/* Rows that the device has no room for come in parts, which the detail says, also behind a unit. */
static void
test_parts (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  g_autoptr (LloydPoints) points = test_cloud_weighted (&test_clouds[0], NULL, 10 * N, 20, rand);
  for (gboolean is_small = FALSE; is_small <= TRUE; is_small++)
    {
      g_autoptr (GError) error = NULL;
      LloydEngineOptions options = { 0 };
      fake_cuda_fail_at (0, 0);
      fake_cuda_set_memory (is_small ? 250000 : (size_t) 1 << 30);
      g_autoptr (LloydEngine) engine = lloyd_backend_cuda.open (points, &options, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (LloydSums) sums = lloyd_sums_new (2, engine->grid);
      size_t n_moved;
      g_assert_cmpint (strstr (engine->device_detail, ", rows in parts") != NULL, ==, is_small);
      g_assert_true (lloyd_backend_cuda.assign (engine, NULL, points->values, 2, sums, &n_moved,
                                                NULL, &error));
      g_assert_cmpstr (engine->remark, ==, NULL);
      g_assert_true (
          g_str_has_suffix (engine->device_detail, is_small ? ", rows in parts, mma" : "MHz, mma"));
    }
  fake_cuda_set_memory ((size_t) 1 << 30);
}

static void
keep_record (const LloydBenchProgress *progress,
             guint row,
             const LloydBenchRecord *record,
             gpointer data)
{
  GPtrArray *records = data;
  if (record == NULL || progress->stage != LLOYD_BENCH_CHECKING || record->n_checked < 0)
    return;
  g_assert_cmpuint (row, ==, records->len);
  g_ptr_array_add (records, lloyd_bench_record_copy (record));
}

/* Several GPUs, and the CPU once: each is measured, and says what it takes there. */
static void
test_devices (void)
{
  g_autoptr (LloydBenchSettings) settings = lloyd_bench_settings_new ();
  g_autoptr (GPtrArray) records =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_bench_record_free);
  g_autoptr (GError) error = NULL;
  int second = 1;

  fake_cuda_fail_at (0, 0);
  fake_cuda_set_driver (13000, 2, 90);
  g_assert_cmpuint (lloyd_backend_n_devices (&lloyd_backend_cuda), ==, 2);
  g_assert_true (lloyd_bench_cases_add (settings->cases, "300,3,5", -1));
  const LloydBenchCase *test = settings->cases->pdata[0];
  g_ptr_array_add (settings->backends, (gpointer) &lloyd_backend_cuda);
  g_ptr_array_add (settings->backends, (gpointer) lloyd_backends_find ("cpu", 0, NULL, NULL));
  settings->metrics[LLOYD_METRIC_COSINE] = settings->is_batched = FALSE;
  settings->repeats = settings->iterations = 2;
  double bytes_of_one = lloyd_bench_expect_device_bytes (settings, test);
  g_array_append_val (settings->devices, second);
  g_assert_cmpfloat (lloyd_bench_expect_device_bytes (settings, test), ==, bytes_of_one);
  g_assert_true (lloyd_bench_measure (settings, NULL, keep_record, records, NULL, &error));
  fake_cuda_set_driver (13000, 1, 90);
  g_assert_no_error (error);
  g_assert_cmpuint (records->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      static const char *const names[] = { "Imaginary GPU", "Other imaginary GPU" };
      const LloydBenchRecord *record = records->pdata[i];
      g_assert_cmpint (record->device_number, ==, i == 1);
      g_assert_cmpint (strstr (record->command, " --device 1") != NULL, ==, i == 1);
      g_assert_cmpint (record->n_wrong, ==, 0);
      if (i < 2)
        g_assert_cmpstr (record->device, ==, names[i]);
      g_assert_cmpint (record->device_bytes > 0, ==, i < 2);
    }
  g_assert_cmpuint (lloyd_backend_n_devices (&lloyd_backend_cuda), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda/probe", test_probe);
  g_test_add_func ("/cuda/every-call-fails-for-memory", test_no_memory);
  g_test_add_func ("/cuda/every-call-fails", test_every_call);
  g_test_add_func ("/cuda/every-call-fails-in-many-dimensions", test_every_call_wide);
  g_test_add_func ("/cuda/every-call-fails-with-weights", test_every_call_weights);
  g_test_add_func ("/cuda/every-call-fails-of-either-unit", test_every_unit_call);
  g_test_add_func ("/cuda/sticky-error", test_death);
  g_test_add_func ("/cuda/every-bridge-call-fails", test_every_bridge_call);
  g_test_add_func ("/cuda/closed-run", test_closed_run);
  g_test_add_func ("/cuda/shelves", test_shelves);
  g_test_add_func ("/cuda/plain-causes", test_plain_causes);
  g_test_add_func ("/cuda/parts", test_parts);
  g_test_add_func ("/cuda/devices", test_devices);
  return g_test_run ();
}
