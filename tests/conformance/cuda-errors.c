/* Every CUDA call of the host side failing once, with every error that is known to come: where the
 * device had been usable the CPU goes on, the results are what they would have been to the bit, the
 * run says so in a sentence, and nothing leaks. */
#include <string.h>

#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/error.h"
#include "compute/kmeans/run.h"
#include "tests/fake-cuda/fake.h"
#include "tests/support/clouds.h"

#define N 200
/* So many that the last rounds of seeding go without the host. */
#define K 12
#define MAX_STEPS 3

/* Memory, and what ends CUDA; then all that is known to come. */
static const int codes[] = { 2, 700, 35, 100, 209, 219, 304, 719, 999 };

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
  if (!lloyd_run_read_labels (run, out->labels, error) ||
      !engine->backend->measure (engine, NULL, centroids, K, &measure, NULL, error) ||
      !engine->backend->farthest (engine, centroids, K, -1, 3, out->rows, out->distances, &n_found,
                                  NULL, error) ||
      !engine->backend->scatter (engine, &scatter, TRUE, NULL, error))
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

static void
every_call (gboolean is_weighted, guint d, guint n_codes)
{
  g_autoptr (LloydPoints) points = make_points (is_weighted, d);
  g_autoptr (GError) error = NULL;
  g_autofree char *remark = NULL;
  Outcome expected;

  fake_cuda_fail_at (0, 0);
  g_assert_true (run_all (points, lloyd_backends_find ("reference", 0, NULL, NULL), &expected,
                          &remark, &error));
  for (guint i = 0; i < n_codes; i++)
    {
      guint call = 1;
      while (check_failure (points, call, codes[i], &expected))
        call++;
      g_assert_cmpuint (call, >, 50);
    }
}

static void
test_every_call (void)
{
  every_call (FALSE, 3, G_N_ELEMENTS (codes));
}

static void
test_every_call_wide (void)
{
  every_call (FALSE, 20, 2);
}

static void
test_every_call_weights (void)
{
  every_call (TRUE, 3, 2);
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
  g_assert_nonnull (strstr (refused->message, "CUDA error 700"));
  fake_cuda_fail_at (0, 0);
  lloyd_cuda_revive ();
}

static void
check_probe (int version, int n_devices, int capability, const char *expected)
{
  g_autoptr (GError) error = NULL;
  fake_cuda_fail_at (0, 0);
  fake_cuda_set_driver (version, n_devices, capability);
  gboolean is_usable = lloyd_backend_cuda.probe (0, NULL, NULL, &error);
  fake_cuda_set_driver (13000, 1, 90);
  if (expected == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (is_usable);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda/probe", test_probe);
  g_test_add_func ("/cuda/every-call-fails", test_every_call);
  g_test_add_func ("/cuda/every-call-fails-in-many-dimensions", test_every_call_wide);
  g_test_add_func ("/cuda/every-call-fails-with-weights", test_every_call_weights);
  g_test_add_func ("/cuda/sticky-error", test_death);
  return g_test_run ();
}
