/* What conformance cannot see, since every road gives the same bits: that rows are proven by the
 * screen, that a matrix unit that is off is found out, and that rows come in parts where memory is
 * short. Over the fake runtime. */
#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/error.h"
#include "compute/kmeans/seeding.h"
#include "tests/fake-cuda/fake.h"
#include "tests/support/clouds.h"

#define N 1500
#define K 40

static LloydCuda *
open_cuda (LloydPoints *points, LloydMetric metric)
{
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .metric = metric };
  LloydEngine *engine = lloyd_backend_cuda.open (points, &options, NULL, &error);
  g_assert_no_error (error);
  return lloyd_cuda_of (engine);
}

/* Labels all rows against the first K; how many the screen left in doubt. */
static guint
count_doubtful (LloydCuda *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *centroids = g_new (float, (size_t) K * self->d);
  g_autoptr (LloydSums) sums = lloyd_sums_new (K, self->engine.grid);
  size_t n_moved;
  for (guint j = 0; j < K; j++)
    lloyd_seed_from_row (&self->engine, j, centroids + (size_t) j * self->d);
  g_assert_true (self->engine.backend->assign (&self->engine, NULL, centroids, K, sums, &n_moved,
                                               NULL, &error));
  g_assert_cmpuint (n_moved, ==, self->n);
  /* The fake's device memory is the host's. */
  return self->counts_dev[0];
}

static void
test_proven (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  static const guint dims[] = { 9, 16, 17, 100, 128, 129, 300 };
  for (size_t i = 0; i < G_N_ELEMENTS (dims); i++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[2], N, dims[i], rand);
        LloydCuda *self = open_cuda (points, (LloydMetric) metric);
        g_assert_true (self->has_reduced);
        g_assert_false (self->is_streamed);
        guint n_doubtful = count_doubtful (self);
        g_test_message ("%u dimensions, %s: %u of %u in doubt", dims[i], lloyd_metric_names[metric],
                        n_doubtful, N);
        g_assert_cmpuint (n_doubtful, <, N / 5);
        lloyd_engine_close (&self->engine);
      }
}

static void
test_bad_matrix_unit (void)
{
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], N, 20, rand);
  fake_cuda_spoil_matrix_unit ();
  LloydCuda *self = open_cuda (points, LLOYD_METRIC_EUCLIDEAN);
  g_assert_false (self->has_reduced);
  g_assert_cmpuint (count_doubtful (self), ==, N);
  lloyd_engine_close (&self->engine);
}

/* Late rounds of sampling list a few pairs only, and do without the host. */
static void
test_sampling (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  static const guint dims[] = { 2, 100 };
  for (size_t i = 0; i < G_N_ELEMENTS (dims); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], N, dims[i], rand);
      LloydCuda *self = open_cuda (points, LLOYD_METRIC_EUCLIDEAN);
      for (guint round = 0; round < 20; round++)
        {
          guint64 potentials[2], draw = (guint64) round << 58;
          size_t row;
          LloydSamplingRound sample = { .candidates = points->values + (size_t) round * 2 * dims[i],
                                        .n_candidates = round == 0 ? 1 : 2,
                                        .draws = &draw,
                                        .n_draws = 1,
                                        .potentials = potentials,
                                        .rows = &row };
          g_assert_true (
              self->engine.backend->sample (&self->engine, &sample, round == 0, NULL, &error));
        }
      g_assert_nonnull (self->round_pinned);
      guint n_pairs = ((const LloydCudaRound *) (gpointer) self->round_pinned)->n_pairs;
      g_test_message ("%u dimensions: %u pairs of %u", dims[i], n_pairs, 2 * N);
      g_assert_cmpuint (n_pairs, >, 0);
      g_assert_cmpuint (n_pairs, <, N);
      lloyd_engine_close (&self->engine);
    }
}

static void
test_streamed (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], N, 100, rand);
  fake_cuda_set_memory (700000);
  LloydCuda *self = open_cuda (points, LLOYD_METRIC_EUCLIDEAN);
  g_assert_true (self->is_streamed);
  g_assert_cmpuint (self->slot_rows, <, N);
  count_doubtful (self);
  lloyd_engine_close (&self->engine);
  fake_cuda_set_memory ((size_t) 1 << 30);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cuda/screen/proven", test_proven);
  g_test_add_func ("/cuda/screen/bad-matrix-unit", test_bad_matrix_unit);
  g_test_add_func ("/cuda/screen/sampling", test_sampling);
  g_test_add_func ("/cuda/screen/streamed", test_streamed);
  return g_test_run ();
}
