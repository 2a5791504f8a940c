/* Objective and update against plain sums over rows in wider arithmetic. */
#include <math.h>
#include <string.h>

#include "compute/backends/row.h"
#include "compute/kmeans/objective.h"
#include "compute/kmeans/seeding.h"
#include "compute/kmeans/update.h"
#include "tests/support/clouds.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* ---- cases --------------------------------------------------------------------------------- */

/* Points with labels and centroids that need not have anything to do with each other. */
typedef struct
{
  LloydMetric metric;
  LloydPoints *points;
  /* The rows that count under the metric. */
  const float *rows;
  guint k;
  gint32 *labels;
  float *centroids;
  LloydGrid *grid;
  LloydSums *sums;
  /* Of all rows, and of each cluster. */
  LloydWide energy;
  LloydWide *energies;
  double unit_scale;
} Case;

static void
add_row (Case *self, size_t i)
{
  guint d = self->points->d;
  const float *x = self->rows + i * d;
  double norm = sqrt (lloyd_exact_norm_squared (x, d));
  guint label = (guint) self->labels[i];
  self->sums->sizes[label]++;
  for (guint j = 0; j < d; j++)
    lloyd_sums_add (self->sums, label, j,
                    lloyd_row_contribution (self->metric, x, j, norm, self->unit_scale), 1);
  lloyd_row_add_energy (self->metric, x, d, 1.0f, lloyd_points_unit_shift (self->points),
                        &self->energy);
  lloyd_row_add_energy (self->metric, x, d, 1.0f, lloyd_points_unit_shift (self->points),
                        &self->energies[label]);
}

static void
make_centroid (Case *self, guint cluster, GRand *rand)
{
  guint d = self->points->d;
  size_t row = (size_t) g_rand_int_range (rand, 0, (gint32) self->points->n);
  const float *x = self->rows + row * d;
  double norm = sqrt (lloyd_exact_norm_squared (x, d));
  for (guint j = 0; j < d; j++)
    self->centroids[(size_t) cluster * d + j] =
        LLOYD_METRIC_IS_ANGULAR (self->metric) ? lloyd_exact_direction ((double) x[j], norm) : x[j];
}

/* Takes the points; the last cluster stays empty where there are several. */
static void
case_open (Case *self, LloydPoints *points, LloydMetric metric, guint k, GRand *rand)
{
  guint d = points->d;
  *self = (Case){ .metric = metric, .points = points, .k = k };
  self->rows = LLOYD_METRIC_IS_ANGULAR (metric) ? points->absolute : points->values;
  self->unit_scale = ldexp (1.0, lloyd_exact_unit_shift (points->n));
  self->labels = g_new (gint32, points->n);
  self->centroids = g_new (float, (size_t) k *d);
  self->energies = g_new0 (LloydWide, k);
  if (metric == LLOYD_METRIC_COSINE)
    self->grid = lloyd_grid_new_unit (points->n, d);
  else if (g_rand_boolean (rand))
    self->grid = lloyd_grid_new (self->rows, points->n, d, NULL);
  else
    self->grid = lloyd_grid_new_wide (d, FALSE);
  self->sums = lloyd_sums_new (k, self->grid);
  for (guint j = 0; j < k; j++)
    make_centroid (self, j, rand);
  for (size_t i = 0; i < points->n; i++)
    {
      self->labels[i] = k > 1 ? g_rand_int_range (rand, 0, (gint32) k - 1) : 0;
      add_row (self, i);
    }
}

static void
case_close (Case *self)
{
  lloyd_sums_free (self->sums);
  lloyd_grid_free (self->grid);
  lloyd_points_unref (self->points);
  g_free (self->labels);
  g_free (self->centroids);
  g_free (self->energies);
}

/* One row's part of the objective; `*magnitude` grows by what rounding may be measured by. */
static long double
row_objective (const Case *self, size_t i, const float *c, long double *magnitude)
{
  guint d = self->points->d;
  const float *x = self->rows + i * d;
  double norm = sqrt (lloyd_exact_norm_squared (x, d));
  long double sum = 0.0L;

  if (self->metric == LLOYD_METRIC_COSINE_RAW)
    {
      sum = (long double) (float) norm;
      *magnitude += sum;
      for (guint j = 0; j < d; j++)
        {
          sum -= (long double) x[j] * (long double) c[j];
          *magnitude += fabsl ((long double) x[j] * (long double) c[j]);
        }
      return sum;
    }
  for (guint j = 0; j < d; j++)
    {
      long double v = (long double) x[j];
      if (self->metric == LLOYD_METRIC_COSINE)
        v = (long double) lloyd_exact_unit_coordinate (x[j], norm, self->unit_scale) /
            (long double) self->unit_scale;
      sum += (v - (long double) c[j]) * (v - (long double) c[j]);
    }
  sum = self->metric == LLOYD_METRIC_COSINE ? sum / 2.0L : sum;
  *magnitude += sum;
  return sum;
}

/* ---- the objective ------------------------------------------------------------------------- */

static void
check_objective (const Case *self)
{
  guint d = self->points->d;
  long double total = 0.0L, magnitude = 0.0L;
  double shares = 0.0;

  for (guint cluster = 0; cluster < self->k; cluster++)
    {
      const float *c = self->centroids + (size_t) cluster * d;
      long double expected = 0.0L, own_magnitude = 0.0L;
      for (size_t i = 0; i < self->points->n; i++)
        if (self->labels[i] == (gint32) cluster)
          expected += row_objective (self, i, c, &own_magnitude);
      double share = lloyd_objective_of_cluster (self->metric, &self->energies[cluster], self->sums,
                                                 cluster, c);
      g_assert_cmpfloat (fabsl ((long double) share - expected), <=, 1e-15L * own_magnitude);
      if (self->metric != LLOYD_METRIC_COSINE_RAW)
        g_assert_cmpfloat (share, >=, 0.0);
      total += expected;
      magnitude += own_magnitude;
      shares += share;
    }
  double objective = lloyd_objective (self->metric, &self->energy, self->sums, self->centroids);
  g_assert_cmpfloat (fabsl ((long double) objective - total), <=, 1e-15L * magnitude);
  g_assert_cmpfloat (fabs (objective - shares), <=, (double) (1e-13L * magnitude));
}

static void
test_objective (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      for (int round = 0; round < 3; round++)
        {
          Case test;
          size_t n = test_odd_size (rand, 300);
          guint d = test_odd_size (rand, 9), k = 1 + test_odd_size (rand, 8);
          g_test_message ("%s, %s, n = %" G_GSIZE_FORMAT ", d = %u, k = %u", cloud->name,
                          lloyd_metric_names[metric], n, d, k);
          case_open (&test, test_cloud_points (cloud, n, d, rand), (LloydMetric) metric, k, rand);
          check_objective (&test);
          case_close (&test);
        }
}

/* Under cosine the objective is the sum of 1 - cos, which people know. */
static void
test_cosine_meaning (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 50; round++)
    {
      Case test;
      guint d = 1 + test_odd_size (rand, 30);
      double expected = 0.0;
      case_open (&test, test_cloud_points (&test_clouds[0], 400, d, rand), LLOYD_METRIC_COSINE, 5,
                 rand);
      for (size_t i = 0; i < 400; i++)
        {
          const float *x = test.rows + i * d;
          const float *c = test.centroids + (size_t) test.labels[i] * d;
          expected += 1.0 - lloyd_exact_dot (x, c, d) / sqrt (lloyd_exact_norm_squared (x, d));
        }
      g_assert_cmpfloat_with_epsilon (
          lloyd_objective (test.metric, &test.energy, test.sums, test.centroids), expected,
          400 * 1e-7);
      case_close (&test);
    }
}

/* ---- total = within + between -------------------------------------------------------------- */

/* The mean of the rows of a cluster (-1: of all), exact but for the last step. */
static void
find_mean (const Case *self, int cluster, long double *mean, gint64 *size)
{
  *size = 0;
  for (guint j = 0; j < self->points->d; j++)
    {
      LloydWide sum = { 0 };
      *size = 0;
      for (guint other = 0; other < self->k; other++)
        if (cluster < 0 || other == (guint) cluster)
          {
            LloydWide part;
            lloyd_sums_get (self->sums, other, j, &part);
            lloyd_wide_merge (&sum, &part);
            *size += self->sums->sizes[other];
          }
      mean[j] = *size > 0 ? (long double) lloyd_wide_round (&sum) / (long double) *size : 0.0L;
    }
}

/* SST = SSW + SSB about the exact means. */
static void
test_decomposition (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const guint well_conditioned[] = { 0, 1, 2, 3, 5, 7 };
  for (size_t c = 0; c < G_N_ELEMENTS (well_conditioned); c++)
    for (int round = 0; round < 10; round++)
      {
        const TestCloud *cloud = &test_clouds[well_conditioned[c]];
        Case test;
        guint d = test_odd_size (rand, 9), k = 2 + test_odd_size (rand, 8);
        long double mean[9], own[9], between = 0.0L;
        gint64 size;
        case_open (&test, test_cloud_points (cloud, 100 + test_odd_size (rand, 900), d, rand),
                   LLOYD_METRIC_EUCLIDEAN, k, rand);
        g_autofree float *next = g_new (float, (size_t) k *d);
        find_mean (&test, -1, mean, &size);
        for (guint cluster = 0; cluster < k; cluster++)
          {
            find_mean (&test, (int) cluster, own, &size);
            for (guint j = 0; j < d; j++)
              between += (long double) size * (own[j] - mean[j]) * (own[j] - mean[j]);
          }
        lloyd_update (test.metric, test.sums, test.centroids, next);
        double within = lloyd_objective (test.metric, &test.energy, test.sums, next);
        double total = lloyd_objective_total (test.metric, &test.energy, test.sums);
        g_test_message ("%s: %.17g = %.17g + %.17g", cloud->name, total, within, (double) between);
        g_assert_cmpfloat (within, >, 0.0);
        g_assert_cmpfloat (between, >, 0.0);
        g_assert_cmpfloat (fabsl ((long double) total - (long double) within - between), <=,
                           1e-9L * (long double) total);
        case_close (&test);
      }
}

/* The total is what one cluster with the best centroid has. */
static void
test_total (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        Case test;
        guint d = test_odd_size (rand, 9);
        g_autofree float *next = g_new (float, d);
        case_open (&test, test_cloud_points (cloud, 200, d, rand), (LloydMetric) metric, 1, rand);
        lloyd_update (test.metric, test.sums, test.centroids, next);
        double energy = lloyd_wide_round (&test.energy);
        double total = lloyd_objective_total (test.metric, &test.energy, test.sums);
        double one = lloyd_objective (test.metric, &test.energy, test.sums, next);
        g_test_message ("%s, %s: %.17g and %.17g", cloud->name, lloyd_metric_names[metric], total,
                        one);
        /* Rounding the centroid to float32 costs a part of the energy, or of the smallest float. */
        double cost = 2e-7 * energy + 200.0 * d * 0x1p-300;
        g_assert_cmpfloat (total, >=, 0.0);
        g_assert_cmpfloat (fabs (total - one), <=, cost);
        case_close (&test);
      }
}

/* ---- the update ---------------------------------------------------------------------------- */

static void
check_update (Case *self)
{
  guint d = self->points->d;
  size_t bytes = sizeof (float) * self->k * d;
  g_autofree float *next = g_malloc (bytes);
  g_autofree float *before = g_memdup2 (self->centroids, bytes);
  g_autofree long double *mean = g_new (long double, d);

  memset (next, 0xA5, bytes);
  lloyd_update (self->metric, self->sums, self->centroids, next);
  g_assert_cmpmem (self->centroids, bytes, before, bytes);
  for (guint cluster = 0; cluster < self->k; cluster++)
    {
      const float *c = next + (size_t) cluster * d;
      long double square = 0.0L;
      gint64 size;
      find_mean (self, (int) cluster, mean, &size);
      for (guint j = 0; j < d; j++)
        square += mean[j] * mean[j];
      if (size == 0 || (LLOYD_METRIC_IS_ANGULAR (self->metric) && square == 0.0L))
        {
          g_assert_cmpmem (c, sizeof (float) * d, before + (size_t) cluster * d,
                           sizeof (float) * d);
          continue;
        }
      long double norm = LLOYD_METRIC_IS_ANGULAR (self->metric) ? sqrtl (square) : 1.0L;
      for (guint j = 0; j < d; j++)
        g_assert_cmpfloat (fabsl ((long double) c[j] - mean[j] / norm), <=,
                           0x1.00001p-24L * fabsl (mean[j] / norm) + 0x1p-149L);
    }
}

static void
test_update (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        Case test;
        size_t n = test_odd_size (rand, 200);
        guint d = test_odd_size (rand, 9), k = test_odd_size (rand, 60);
        case_open (&test, test_cloud_points (cloud, n, d, rand), (LloydMetric) metric, k, rand);
        check_update (&test);
        case_close (&test);
      }
}

/* Rows that cancel have no direction: the centroid stays; their mean is 0. */
static void
test_update_cancelled (void)
{
  g_autoptr (GRand) rand = random_new ();
  const double values[] = { 1, 2, -1, -2, 3, 1, -3, -1 };
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    {
      Case test;
      float next[4];
      case_open (&test, test_points (values, 4, 2), (LloydMetric) metric, 2, rand);
      g_assert_cmpint (test.sums->sizes[0], ==, 4);
      lloyd_update (test.metric, test.sums, test.centroids, next);
      for (guint j = 0; j < 4; j++)
        {
          gboolean is_mean = metric == LLOYD_METRIC_EUCLIDEAN && j < 2;
          g_assert_cmpfloat ((double) next[j], ==, is_mean ? 0.0 : (double) test.centroids[j]);
        }
      case_close (&test);
    }
}

static void
test_largest_shift (void)
{
  const float a[] = { 0, 0, 1, 1, -5, 2 }, b[] = { 0, 1, 4, 5, -5, 2 };
  g_assert_cmpfloat (lloyd_largest_shift (a, b, 3, 2), ==, 5.0);
  g_assert_cmpfloat (lloyd_largest_shift (a, b, 1, 2), ==, 1.0);
  g_assert_cmpfloat (lloyd_largest_shift (a, a, 3, 2), ==, 0.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/objective/objective", test_objective);
  g_test_add_func ("/objective/cosine-meaning", test_cosine_meaning);
  g_test_add_func ("/objective/decomposition", test_decomposition);
  g_test_add_func ("/objective/total", test_total);
  g_test_add_func ("/objective/update", test_update);
  g_test_add_func ("/objective/update-cancelled", test_update_cancelled);
  g_test_add_func ("/objective/largest-shift", test_largest_shift);
  return g_test_run ();
}
