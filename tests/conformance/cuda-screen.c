/* What conformance cannot see, since every road gives the same bits: that rows are proven by the
 * screen, by either way to the matrix unit, that one that is off is found out and of two the faster
 * is taken, and that rows come in parts where memory is short. Over the fake runtime. */
#include <math.h>
#include <string.h>

#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/cuda.h"
#include "compute/backends/cuda/units.h"
#include "compute/error.h"
#include "compute/kmeans/seeding.h"
#include "tests/fake-cuda/fake.h"
#include "tests/support/clouds.h"

#define N 1500
#define K 40

static LloydCuda *
open_by (LloydPoints *points, LloydMetric metric, const char *simd)
{
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .metric = metric, .simd = simd };
  LloydEngine *engine = lloyd_backend_cuda.open (points, &options, NULL, &error);
  g_assert_no_error (error);
  return lloyd_cuda_of (engine);
}

static LloydCuda *
open_cuda (LloydPoints *points, LloydMetric metric)
{
  return open_by (points, metric, NULL);
}

/* Labels all rows for the first time, against the first k; how many the screen left in doubt. */
static guint
label (LloydCuda *self, guint k)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *centroids = g_new (float, (size_t) k * self->d);
  g_autoptr (LloydSums) sums = lloyd_sums_new (k, self->engine.grid);
  size_t n_moved;
  for (guint j = 0; j < k; j++)
    {
      float *c = centroids + (size_t) j * self->d;
      lloyd_seed_from_row (&self->engine, j % self->n, c);
      /* Beyond the last row others, for distances. */
      for (guint i = 0; i < self->d && j >= self->n; i++)
        c[i] *= 0.5f;
    }
  g_assert_true (self->engine.backend->assign (&self->engine, NULL, centroids, k, sums, &n_moved,
                                               NULL, &error));
  g_assert_cmpuint (n_moved, ==, self->n);
  /* The fake's device memory is the host's. */
  return self->counts_dev[0];
}

static guint
count_doubtful (LloydCuda *self)
{
  return label (self, K);
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

/* Points so near to zero that half of a squared norm is a few times the least float32: rounded to
 * one, the nearer centroid of two looks farther. */
static void
test_faint (void)
{
  const guint d = 9, n = 70;
  const double least = 0x1p-149, away = 0x1p-83;
  g_autofree double *values = g_new0 (double, (size_t) n *d);
  g_autofree float *centroids = g_new0 (float, 2 * d);
  for (guint i = 0; i < n; i += 3)
    values[(size_t) i * d] = -away;
  centroids[0] = (float) sqrt (2.0 * 16.496 * least);
  centroids[d] = (float) -sqrt (2.0 * 16.504 * least);
  g_autoptr (LloydPoints) points = test_points (values, n, d);
  for (guint unit = 0; lloyd_cuda_unit_names[unit] != NULL; unit++)
    {
      g_autoptr (GError) error = NULL;
      LloydCuda *self = open_by (points, LLOYD_METRIC_EUCLIDEAN, lloyd_cuda_unit_names[unit]);
      g_autoptr (LloydSums) sums = lloyd_sums_new (2, self->engine.grid);
      size_t n_moved;
      g_assert_true (self->engine.backend->assign (&self->engine, NULL, centroids, 2, sums,
                                                   &n_moved, NULL, &error));
      for (guint i = 0; i < n; i++)
        g_assert_cmpint (self->labels_dev[i], ==, i % 3 == 0 ? 1 : 0);
      lloyd_engine_close (&self->engine);
    }
}

/* One tile of centroids and a part, two, three, all held in shared memory; many that come by. */
static void
test_wgmma (void)
{
  static const guint shapes[][3] = { { 250, 128, 970 }, { 300, 17, 48 }, { 250, 100, 70 },
                                     { 140, 50, 129 },  { 520, 9, 5 },   { 250, 128, 250 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      const guint *shape = shapes[i];
      LloydMetric metric = (LloydMetric) (i % LLOYD_N_METRICS);
      g_autoptr (LloydPoints) points =
          test_cloud_points (&test_clouds[2], shape[0], shape[1], rand);
      LloydCuda *mma = open_by (points, metric, "mma"), *wgmma = open_by (points, metric, "wgmma");
      guint n_mma = label (mma, shape[2]), n_wgmma = label (wgmma, shape[2]);
      g_test_message ("%u x %u, %u clusters, %s: %u in doubt by mma, %u by wgmma", shape[0],
                      shape[1], shape[2], lloyd_metric_names[metric], n_mma, n_wgmma);
      g_assert_true (g_str_has_suffix (mma->engine.device_detail, ", mma"));
      g_assert_true (g_str_has_suffix (wgmma->engine.device_detail, ", wgmma"));
      /* By the same bound; they need not add up in the same order. */
      g_assert_cmpuint (n_wgmma, <=, n_mma + 2);
      g_assert_cmpmem (wgmma->labels_dev, shape[0] * sizeof (int), mma->labels_dev,
                       shape[0] * sizeof (int));
      lloyd_engine_close (&mma->engine);
      lloyd_engine_close (&wgmma->engine);
    }
}

/* How a run of some rows names the unit that it took. */
static char *
take_unit (LloydPoints *points, const char *simd, gboolean *has_remark)
{
  LloydCuda *self = open_by (points, LLOYD_METRIC_EUCLIDEAN, simd);
  label (self, K);
  *has_remark = self->engine.remark != NULL;
  if (*has_remark)
    g_assert_nonnull (strstr (self->engine.remark, "wgmma is not used any more"));
  char *unit = g_strdup (strrchr (self->engine.device_detail, ' ') + 1);
  lloyd_engine_close (&self->engine);
  return unit;
}

static void
check_unit (LloydPoints *points, const char *simd, const char *expected, gboolean is_remarked)
{
  gboolean has_remark;
  g_autofree char *unit = take_unit (points, simd, &has_remark);
  g_assert_cmpstr (unit, ==, expected);
  g_assert_true (has_remark == is_remarked);
}

/* The faster of two is taken, and stays; neither is tried where there is little to do, or only one
 * can be used. */
static void
test_choice (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 300, 20, rand);
  g_autoptr (LloydPoints) wide = test_cloud_points (&test_clouds[0], 100, 130, rand);

  fake_cuda_set_pace (100.0, 0.0);
  check_unit (points, NULL, "mma", FALSE);
  lloyd_cuda_forget_trials (0.0);
  check_unit (wide, NULL, "mma", FALSE);
  check_unit (points, "mma", "mma", FALSE);
  check_unit (points, NULL, "wgmma", FALSE);
  fake_cuda_set_pace (0.0, 1000.0);
  check_unit (points, NULL, "wgmma", FALSE);
  lloyd_cuda_forget_trials (0.0);
  check_unit (points, NULL, "mma", FALSE);
  check_unit (points, "wgmma", "wgmma", FALSE);
  fake_cuda_set_pace (1000.0, 0.0);
  check_unit (points, NULL, "mma", FALSE);
  fake_cuda_set_driver (13000, 1, 100);
  lloyd_cuda_forget_units ();
  lloyd_cuda_forget_trials (0.0);
  check_unit (points, NULL, "mma", FALSE);
  fake_cuda_set_driver (13000, 1, 90);
}

static void
check_refusal (LloydPoints *points, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  LloydEngineOptions options = { .simd = "wgmma" };
  g_assert_null (lloyd_backend_cuda.open (points, &options, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_false (lloyd_backend_cuda.try_way (0, "wgmma", &again));
  g_assert_cmpstr (again->message, ==, message);
}

/* A wgmma that is off is found out before it is used, or by its labels; it is refused then. */
static void
test_bad_wgmma (void)
{
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 300, 20, rand);
  lloyd_cuda_forget_trials (0.0);
  fake_cuda_set_pace (1000.0, 0.0);
  fake_cuda_spoil_wgmma (0x1p-14f);
  check_unit (points, NULL, "mma", FALSE);
  check_refusal (points, "wgmma cannot be used: its sums are further off than its bound says");

  fake_cuda_spoil_wgmma (0.0f);
  lloyd_cuda_forget_units ();
  g_assert_true (lloyd_backend_cuda.try_way (0, "wgmma", NULL));
  fake_cuda_spoil_wgmma (0.5f);
  check_unit (points, NULL, "mma", TRUE);
  check_refusal (points, "wgmma cannot be used: its labels were not those of mma");
  check_unit (points, NULL, "mma", FALSE);

  fake_cuda_set_driver (13000, 1, 120);
  lloyd_cuda_forget_units ();
  check_refusal (points, "wgmma cannot be used: needs compute capability 9.0");
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
  g_test_add_func ("/cuda/screen/faint", test_faint);
  g_test_add_func ("/cuda/screen/wgmma", test_wgmma);
  g_test_add_func ("/cuda/screen/choice", test_choice);
  g_test_add_func ("/cuda/screen/bad-wgmma", test_bad_wgmma);
  g_test_add_func ("/cuda/screen/bad-matrix-unit", test_bad_matrix_unit);
  g_test_add_func ("/cuda/screen/sampling", test_sampling);
  g_test_add_func ("/cuda/screen/streamed", test_streamed);
  return g_test_run ();
}
