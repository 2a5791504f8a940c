/* Every CUDA call of the host side failing once, with every error that is known to come: each is
 * one sentence in a GError, nothing leaks, and the engine that was not harmed works on. */
#include "compute/backends/cuda/cuda.h"
#include "compute/error.h"
#include "compute/kmeans/run.h"
#include "tests/fake-cuda/fake.h"
#include "tests/support/clouds.h"

static const int codes[] = { 2, 35, 100, 209, 219, 304, 700, 999 };

/* With weights of all scales, which takes wide sums, or without. */
static LloydPoints *
make_points (gboolean is_weighted)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  return test_cloud_weighted (&test_clouds[0], is_weighted ? &test_weights[4] : NULL, 200, 3, rand);
}

/* A run that uses every verb: seeding by sampling, steps, repair by splitting, labels. */
static gboolean
run_all (LloydPoints *points, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  gint32 labels[200];

  recipe->k = 5;
  recipe->max_steps = 3;
  recipe->empty = LLOYD_EMPTY_SPLIT;
  g_autoptr (LloydRun) run = lloyd_run_new (points, recipe, &lloyd_backend_cuda, NULL, NULL, error);
  if (run == NULL)
    return FALSE;
  while (!lloyd_run_is_at_end (run))
    if (!lloyd_run_step (run, NULL, error))
      return FALSE;

  LloydEngine *engine = lloyd_run_get_engine (run);
  double cost[200], distances[3];
  size_t rows[3], n_found;
  LloydWide energy[5];
  LloydMeasure measure = { .cost = cost, .energy = energy };
  g_autoptr (GArray) drawn = g_array_new (FALSE, FALSE, sizeof (size_t));
  LloydScatterRound scatter = { .centres = lloyd_run_get_centroids (run),
                                .n_centres = 5,
                                .n_wanted = 90,
                                .nearest = cost,
                                .rows = drawn };
  const guint32 columns[] = { 0, 1 };
  const double across[] = { 1.0, 0.0 }, down[] = { 0.0, 1.0 };
  LloydSplatPixel pixels[64];
  LloydSplat splat = { .map = { 8, 8, 2, columns, across, down, 4.0, 4.0 },
                       .last_hash = G_MAXUINT32,
                       .pixels = pixels };
  lloyd_splat_clear (pixels, G_N_ELEMENTS (pixels));
  return lloyd_run_read_labels (run, labels, error) &&
         engine->backend->splat (engine, &splat, NULL, error) &&
         engine->backend->measure (engine, NULL, lloyd_run_get_centroids (run), 5, &measure, NULL,
                                   error) &&
         engine->backend->farthest (engine, lloyd_run_get_centroids (run), 5, -1, 3, rows,
                                    distances, &n_found, NULL, error) &&
         engine->backend->scatter (engine, &scatter, TRUE, NULL, error);
}

static void
test_every_call (gconstpointer data)
{
  g_autoptr (LloydPoints) points = make_points (data != NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (codes); i++)
    for (guint call = 1;; call++)
      {
        g_autoptr (GError) error = NULL;
        fake_cuda_fail_at (call, codes[i]);
        gboolean is_done = run_all (points, &error);
        gboolean has_failed = fake_cuda_has_failed ();
        fake_cuda_fail_at (0, 0);
        g_assert_cmpuint (fake_cuda_n_open (), ==, 0);
        if (!has_failed)
          {
            g_assert_no_error (error);
            g_assert_true (is_done);
            g_assert_cmpuint (call, >, 50);
            break;
          }
        /* Failing to free or to destroy is not worth an error. */
        g_assert_true (is_done == (error == NULL));
        if (error != NULL)
          {
            g_assert_true (error->domain == LLOYD_ERROR);
            g_assert_null (strchr (error->message, '\n'));
          }
      }
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
  g_test_add_data_func ("/cuda/every-call-fails", NULL, test_every_call);
  g_test_add_data_func ("/cuda/every-call-fails-with-weights", "weights", test_every_call);
  return g_test_run ();
}
