/* Weights: a whole number is a row repeated, 1 is none, 0 does not count; sums are exact. */
#include <math.h>
#include <string.h>

#include "compute/backends/row.h"
#include "compute/error.h"
#include "compute/kmeans/choose-k.h"
#include "compute/kmeans/objective.h"
#include "compute/kmeans/seeding.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static LloydEngine *
open_engine (LloydPoints *points, LloydMetric metric, const TestSubject *subject)
{
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .metric = metric,
                                 .simd = subject->simd,
                                 .n_threads = subject->n_threads };
  const LloydBackend *backend = lloyd_backends_find (subject->backend, 0, NULL, &error);
  g_assert_no_error (error);
  LloydEngine *engine = backend->open (points, &options, NULL, &error);
  g_assert_no_error (error);
  return engine;
}

/* ---- exact sums ---------------------------------------------------------------------------- */

/* total += a b 2^exponent of two floats, by their integers. */
static void
add_integers (LloydWide *total, gint64 a, float b, int exponent)
{
  int e;
  gint64 m = (gint64) (frexpf (b, &e) * 0x1p24f);
  if (a != 0 && m != 0)
    lloyd_wide_add_scaled (total, (lloyd_int128) a * m, exponent + e - 24);
}

/* The exact sum of column j, in integers of 128 bits. */
static LloydWide
sum_of_column (const LloydEngine *engine, guint j)
{
  const LloydPoints *points = engine->points;
  int shift = lloyd_exact_weighted_unit_shift (points->total_weight);
  LloydWide total = { 0 };
  for (size_t i = 0; i < points->n; i++)
    {
      const float *x = lloyd_engine_row (engine, i);
      int exponent = 0;
      if (engine->metric == LLOYD_METRIC_COSINE)
        {
          double norm = sqrt (lloyd_exact_norm_squared (x, points->d));
          gint64 q = lloyd_exact_unit_coordinate (x[j], norm, ldexp (1.0, shift));
          add_integers (&total, q, points->weights[i], -shift);
          continue;
        }
      gint64 m = (gint64) (frexpf (x[j], &exponent) * 0x1p24f);
      add_integers (&total, m, points->weights[i], exponent - 24);
    }
  return total;
}

static void
check_sums (const TestCloud *cloud, const TestWeights *weights, LloydMetric metric, GRand *rand)
{
  g_autofree TestSubject *subjects = test_subjects_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_weighted (
      cloud, weights, 1 + test_odd_size (rand, 300), 1 + test_odd_size (rand, 10), rand);
  g_autofree float *centroid = g_new0 (float, points->d);
  LloydWide weight = { 0 };
  gint64 n_counted = 0;

  centroid[0] = 1.0f;
  for (size_t i = 0; i < points->n; i++)
    {
      add_integers (&weight, 1, points->weights[i], 0);
      n_counted += points->weights[i] > 0.0f;
    }
  g_assert_cmpfloat (points->total_weight, ==, lloyd_wide_round (&weight));
  g_assert_cmpuint (points->n_counted, ==, (guint64) n_counted);
  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      size_t n_moved;
      g_autoptr (LloydEngine) engine = open_engine (points, metric, subject);
      g_autoptr (LloydSums) sums = lloyd_sums_new (1, engine->grid);
      g_assert_true (
          engine->backend->assign (engine, NULL, centroid, 1, sums, &n_moved, NULL, &error));
      g_assert_cmpint (sums->sizes[0], ==, n_counted);
      g_assert_true (lloyd_wide_equal (&sums->weights[0], &weight));
      g_assert_cmpfloat (lloyd_sums_weight (sums, 0), ==, points->total_weight);
      for (guint j = 0; j < points->d; j++)
        {
          LloydWide sum, expected = sum_of_column (engine, j);
          lloyd_sums_get (sums, 0, j, &sum);
          g_assert_true (lloyd_wide_equal (&sum, &expected));
          g_assert_cmpfloat (lloyd_sums_round (sums, 0, j), ==, lloyd_wide_round (&expected));
        }
    }
}

static void
test_sums (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestWeights *weights = test_weights; weights->name != NULL; weights++)
    for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
      for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
        check_sums (cloud, weights, (LloydMetric) metric, rand);
}

/* A float as its integer and exponent. */
typedef struct
{
  lloyd_int128 m;
  int exponent;
} Whole;

static Whole
whole (float v)
{
  int exponent;
  gint64 m = (gint64) (frexpf (v, &exponent) * 0x1p24f);
  return (Whole){ m, m != 0 ? exponent - 24 : 0 };
}

/* total += factor a b c. */
static void
add_triple (LloydWide *total, int factor, Whole a, Whole b, Whole c)
{
  lloyd_wide_add_scaled (total, factor * (a.m * b.m * c.m), a.exponent + b.exponent + c.exponent);
}

/* What row i adds to the objective, twice that under cosine: in integers, term by term. */
static void
add_objective_of_row (const LloydEngine *engine, size_t i, const float *c, LloydWide *total)
{
  const LloydPoints *points = engine->points;
  const float *x = lloyd_engine_row (engine, i);
  int shift = lloyd_exact_weighted_unit_shift (points->total_weight);
  Whole w = whole (points->weights[i]), one = { 1, 0 };
  double norm = sqrt (lloyd_exact_norm_squared (x, points->d));

  if (engine->metric == LLOYD_METRIC_COSINE_RAW)
    add_triple (total, 1, w, whole ((float) norm), one);
  for (guint j = 0; j < points->d; j++)
    {
      Whole v = whole (x[j]), m = whole (c[j]);
      if (engine->metric == LLOYD_METRIC_COSINE)
        v = (Whole){ lloyd_exact_unit_coordinate (x[j], norm, ldexp (1.0, shift)), -shift };
      if (engine->metric == LLOYD_METRIC_COSINE_RAW)
        {
          add_triple (total, -1, w, v, m);
          continue;
        }
      add_triple (total, 1, w, v, v);
      add_triple (total, -2, w, v, m);
      add_triple (total, 1, w, m, m);
    }
}

static void
check_objective (const TestCloud *cloud,
                 const TestWeights *weights,
                 LloydMetric metric,
                 GRand *rand)
{
  g_autofree TestSubject *subjects = test_subjects_new ();
  g_autoptr (GError) error = NULL;
  guint n = 1 + test_odd_size (rand, 100), d = 1 + test_odd_size (rand, 10), k = MIN (n, 3);
  g_autoptr (LloydPoints) points = test_cloud_weighted (cloud, weights, n, d, rand);
  g_autofree float *centroids = g_new (float, (size_t) k *d);
  g_autofree gint32 *labels = g_new (gint32, n);

  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      size_t n_moved;
      LloydWide total = { 0 };
      g_autoptr (LloydEngine) engine = open_engine (points, metric, subject);
      g_autoptr (LloydSums) sums = lloyd_sums_new (k, engine->grid);
      for (guint j = 0; j < k; j++)
        lloyd_seed_from_row (engine, j * (n / k), centroids + (size_t) j * d);
      g_assert_true (
          engine->backend->assign (engine, NULL, centroids, k, sums, &n_moved, NULL, &error));
      g_assert_true (engine->backend->read (engine, 0, n, labels, &error));
      for (size_t i = 0; i < n; i++)
        add_objective_of_row (engine, i, centroids + (size_t) labels[i] * d, &total);
      double expected = lloyd_wide_round (&total) / (metric == LLOYD_METRIC_COSINE ? 2.0 : 1.0);
      g_assert_cmpfloat (lloyd_objective (metric, &engine->energy, sums, centroids), ==, expected);
    }
}

static void
test_objective (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestWeights *weights = test_weights; weights->name != NULL; weights++)
    for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
      for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
        check_objective (cloud, weights, (LloydMetric) metric, rand);
}

/* The grid of unit rows follows the total weight. */
static void
test_unit_shift (void)
{
  for (guint64 n = 1; n < (guint64) 1 << 38; n = n * 3 + 1)
    g_assert_cmpint (lloyd_exact_weighted_unit_shift ((double) n), ==, lloyd_exact_unit_shift (n));
  g_assert_cmpint (lloyd_exact_weighted_unit_shift (0x1p18), ==, 44);
  g_assert_cmpint (lloyd_exact_weighted_unit_shift (0x1p18 * 1.0000001), ==, 43);
  g_assert_cmpint (lloyd_exact_weighted_unit_shift (0x1p-149), ==, 44);
  g_assert_cmpint (lloyd_exact_weighted_unit_shift (0x1p38), ==, 24);
  g_assert_cmpint (lloyd_exact_weighted_unit_shift (0x1p190), ==, 24);
}

/* ---- a whole number is a row repeated ------------------------------------------------------ */

typedef struct
{
  LloydPoints *weighted;
  LloydPoints *repeated;
  /* For each repeated row, the row it came from; for each row, where its repeats begin. */
  GArray *sources;
  size_t *firsts;
} Pair;

static void
pair_init (Pair *self, const TestCloud *cloud, size_t n, guint d, GRand *rand)
{
  g_autofree double *values = g_new (double, n *d);
  g_autofree double *weights = g_new (double, n);
  g_autoptr (GArray) repeated = g_array_new (FALSE, FALSE, sizeof (double));

  self->sources = g_array_new (FALSE, FALSE, sizeof (size_t));
  self->firsts = g_new (size_t, n);
  cloud->fill (values, n, d, rand);
  for (size_t i = 0; i < n; i++)
    {
      values[i * d] = values[i * d] == 0.0 ? 0.5 : values[i * d];
      weights[i] = g_rand_int_range (rand, 0, 6);
      self->firsts[i] = self->sources->len;
      for (int copy = 0; copy < (int) weights[i]; copy++)
        {
          g_array_append_vals (repeated, values + i * d, d);
          g_array_append_val (self->sources, i);
        }
    }
  self->weighted = test_points_weighted (values, weights, n, d);
  self->repeated =
      test_points ((const double *) (gconstpointer) repeated->data, self->sources->len, d);
}

static void
pair_clear (Pair *self)
{
  lloyd_points_unref (self->weighted);
  lloyd_points_unref (self->repeated);
  g_array_unref (self->sources);
  g_free (self->firsts);
}

/* k rows that count, as rows of both inputs. */
static void
list_rows (const Pair *pair, LloydRecipe *recipe, LloydRecipe *other, GRand *rand)
{
  recipe->init = other->init = LLOYD_INIT_ROWS;
  recipe->init_rows = g_array_new (FALSE, FALSE, sizeof (size_t));
  other->init_rows = g_array_new (FALSE, FALSE, sizeof (size_t));
  for (guint j = 0; j < recipe->k; j++)
    {
      size_t row = (size_t) g_rand_int_range (rand, 0, (gint32) pair->repeated->n);
      g_array_append_val (other->init_rows, row);
      row = g_array_index (pair->sources, size_t, row);
      g_array_append_val (recipe->init_rows, row);
    }
}

static void
assert_same_result (const Pair *pair, LloydRun *run, LloydRun *other)
{
  g_autoptr (GError) error = NULL;
  guint k = lloyd_run_get_recipe (run)->k, d = pair->weighted->d;
  g_autofree gint32 *labels = g_new (gint32, pair->weighted->n);
  g_autofree gint32 *other_labels = g_new (gint32, pair->repeated->n);
  double objective = test_run_objective (run), expected = test_run_objective (other);

  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  g_assert_true (lloyd_run_read_labels (other, other_labels, &error));
  for (size_t i = 0; i < pair->repeated->n; i++)
    g_assert_cmpint (labels[g_array_index (pair->sources, size_t, i)], ==, other_labels[i]);
  g_assert_cmpmem (lloyd_run_get_centroids (run), sizeof (float) * k * d,
                   lloyd_run_get_centroids (other), sizeof (float) * k * d);
  g_assert_cmpmem (&objective, sizeof objective, &expected, sizeof expected);
  g_assert_cmpfloat (lloyd_run_get_total (run), ==, lloyd_run_get_total (other));
  for (guint j = 0; j < k; j++)
    g_assert_cmpfloat (lloyd_run_get_weights (run)[j], ==, (double) lloyd_run_get_sizes (other)[j]);
}

static void
check_repeated (
    const Pair *pair, LloydInit init, LloydMetric metric, const TestSubject *subject, GRand *rand)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 5;
  recipe->metric = metric;
  recipe->init = init;
  recipe->empty = LLOYD_EMPTY_KEEP;
  recipe->seed = g_rand_int (rand);
  recipe->max_steps = 50;
  g_autoptr (LloydRecipe) other = lloyd_recipe_copy (recipe);
  if (init == LLOYD_INIT_ROWS)
    list_rows (pair, recipe, other, rand);

  g_autoptr (LloydRun) run = test_run_open_on (pair->weighted, recipe, subject);
  g_autoptr (LloydRun) repeated = test_run_open_on (pair->repeated, other, subject);
  for (guint j = 0; j < recipe->k; j++)
    g_assert_cmpuint (
        lloyd_run_get_start_rows (run)[j], ==,
        g_array_index (pair->sources, size_t, lloyd_run_get_start_rows (repeated)[j]));
  test_run_to_end (run);
  test_run_to_end (repeated);
  assert_same_result (pair, run, repeated);
}

/* Where distances are small multiples of a power of two, seeding draws the same rows too. */
static void
test_repeated (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  static const LloydInit drawn[] = { LLOYD_INIT_PLUS_PLUS, LLOYD_INIT_PLUS_PLUS_PLAIN,
                                     LLOYD_INIT_FARTHEST };

  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      Pair lattice, blobs;
      pair_init (&lattice, &test_clouds[7], 150, 3, rand);
      pair_init (&blobs, &test_clouds[1], 200, 17, rand);
      for (size_t i = 0; i < G_N_ELEMENTS (drawn); i++)
        check_repeated (&lattice, drawn[i], LLOYD_METRIC_EUCLIDEAN, subject, rand);
      for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
        {
          check_repeated (&blobs, LLOYD_INIT_ROWS, (LloydMetric) metric, subject, rand);
          check_repeated (&blobs, LLOYD_INIT_FARTHEST, (LloydMetric) metric, subject, rand);
        }
      pair_clear (&lattice);
      pair_clear (&blobs);
    }
}

/* The total of a round of sampling, without its power of two. */
static double
sample_total (LloydPoints *points, size_t row, const TestSubject *subject)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydEngine) engine = open_engine (points, LLOYD_METRIC_EUCLIDEAN, subject);
  guint64 potential;
  int exponent;
  LloydSamplingRound round = { .candidates = lloyd_engine_row (engine, row),
                               .n_candidates = 1,
                               .potentials = &potential };
  g_assert_true (engine->backend->sample (engine, &round, TRUE, NULL, &error));
  g_assert_cmpuint (potential, ==, round.total);
  g_assert_cmpuint (round.total, <, (guint64) 1 << 62);
  return frexp ((double) round.total, &exponent);
}

static void
test_sampling_totals (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree TestSubject *subjects = test_subjects_new ();
  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      Pair pair;
      pair_init (&pair, &test_clouds[7], 100, 4, rand);
      size_t row = (size_t) g_rand_int_range (rand, 0, (gint32) pair.repeated->n);
      g_assert_cmpfloat (
          sample_total (pair.weighted, g_array_index (pair.sources, size_t, row), subject), ==,
          sample_total (pair.repeated, row, subject));
      pair_clear (&pair);
    }
}

/* A silhouette is that of the repeated rows; clusters of one row are the exception. */
static void
test_silhouette (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    {
      Pair pair;
      double silhouette, expected;
      pair_init (&pair, &test_clouds[1], 300, 2, rand);
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 2;
      recipe->metric = (LloydMetric) metric;
      g_autoptr (LloydRecipe) other = lloyd_recipe_copy (recipe);
      list_rows (&pair, recipe, other, rand);
      g_autoptr (LloydRun) run = test_run_open (pair.weighted, recipe, "cpu");
      g_autoptr (LloydRun) repeated = test_run_open (pair.repeated, other, "cpu");
      test_run_to_end (run);
      test_run_to_end (repeated);
      g_assert_true (lloyd_silhouette (run, &silhouette, NULL, &error));
      g_assert_true (lloyd_silhouette (repeated, &expected, NULL, &error));
      if (lloyd_run_get_sizes (run)[0] > 1 && lloyd_run_get_sizes (run)[1] > 1)
        g_assert_cmpfloat (silhouette, ==, expected);
      pair_clear (&pair);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights/sums", test_sums);
  g_test_add_func ("/weights/objective", test_objective);
  g_test_add_func ("/weights/unit-shift", test_unit_shift);
  g_test_add_func ("/weights/repeated", test_repeated);
  g_test_add_func ("/weights/sampling-totals", test_sampling_totals);
  g_test_add_func ("/weights/silhouette", test_silhouette);
  return g_test_run ();
}
