/* Prediction gives the labels of the run back, through the numbers of a centroid file. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/results.h"
#include "compute/kmeans/distances.h"
#include "compute/kmeans/predict.h"
#include "compute/kmeans/seeding.h"
#include "tests/support/clouds.h"
#include "tests/support/runs.h"

/* Distances where they are not NULL. */
typedef struct
{
  gint32 *labels;
  double *distances;
  double *ambiguities;
  size_t next;
} Sink;

static gboolean
keep (const LloydPredictedRows *rows, gpointer data, GError **error)
{
  Sink *sink = data;
  (void) error;
  g_assert_cmpuint (rows->first, ==, sink->next);
  memcpy (sink->labels + rows->first, rows->labels, sizeof (gint32) * rows->count);
  g_assert_true ((rows->distances != NULL) == (sink->distances != NULL));
  if (rows->distances != NULL)
    {
      memcpy (sink->distances + rows->first, rows->distances, sizeof (double) * rows->count);
      memcpy (sink->ambiguities + rows->first, rows->ambiguities, sizeof (double) * rows->count);
    }
  sink->next += rows->count;
  return TRUE;
}

static gboolean
refuse (const LloydPredictedRows *rows, gpointer data, GError **error)
{
  (void) rows;
  (void) data;
  g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_WRITE, "full");
  return FALSE;
}

/* Labels of the points against the centroids of a run, as the file would hold them; and what else
 * the sink has room for. */
static void
predict (LloydPoints *points, LloydRun *run, const TestSubject *subject, Sink *sink)
{
  g_autoptr (GError) error = NULL;
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  g_autofree double *centroids = g_new (double, (size_t) recipe->k * points->d);
  LloydPredictOptions options = {
    .backend = lloyd_backends_find (subject->backend, 0, NULL, NULL),
    .engine = { .metric = recipe->metric, .simd = subject->simd, .n_threads = subject->n_threads },
    .centroids = centroids,
    .k = recipe->k,
    .has_distances = sink->distances != NULL
  };
  size_t n_without;
  lloyd_centroids_to_data (lloyd_run_get_points (run), recipe->metric,
                           lloyd_run_get_centroids (run), recipe->k, centroids);
  lloyd_predict (points, &options, keep, sink, &n_without, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sink->next, ==, points->n_input);
}

static void
check_labels (LloydPoints *points, LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  g_autofree TestSubject *subjects = test_subjects_new ();
  g_autofree gint32 *expected = g_new (gint32, points->n_input);
  g_assert_true (lloyd_run_read_labels (run, expected, &error));
  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      g_autofree gint32 *labels = g_new (gint32, points->n_input);
      Sink sink = { .labels = labels };
      predict (points, run, subject, &sink);
      g_assert_cmpmem (labels, sizeof (gint32) * points->n_input, expected,
                       sizeof (gint32) * points->n_input);
    }
}

/* Whether the run's centroids are numbers in the units of the data: one near the middle of values
 * far from 0 has bits that no double there has. */
static gboolean
come_back (LloydPoints *points, LloydRun *run)
{
  const float *centroids = lloyd_run_get_centroids (run);
  guint k = lloyd_run_get_recipe (run)->k;
  g_autofree double *places = g_new (double, (size_t) k * points->d);
  lloyd_centroids_to_data (points, LLOYD_METRIC_EUCLIDEAN, centroids, k, places);
  for (size_t i = 0; i < (size_t) k * points->d; i++)
    if ((places[i] - points->offset[i % points->d]) / points->factor[i % points->d] -
            points->origin[i % points->d] !=
        centroids[i])
      return FALSE;
  return TRUE;
}

/* Distances are the run's, bit for bit, NaN and infinity included, where its centroids are. */
static void
check_distances (LloydPoints *points, LloydRun *run)
{
  size_t n = points->n_input;
  g_autoptr (GError) error = NULL;
  g_autofree TestSubject *subjects = test_subjects_new ();
  g_autofree double *expected = g_new (double, 2 * n);
  g_assert_true (lloyd_run_read_distances (run, expected, expected + n, NULL, &error));
  for (const TestSubject *subject = subjects; subject->backend != NULL; subject++)
    {
      g_autofree gint32 *labels = g_new (gint32, n);
      g_autofree double *found = g_new (double, 2 * n);
      Sink sink = { labels, found, found + n, 0 };
      predict (points, run, subject, &sink);
      for (size_t i = 0; i < 2 * n; i++)
        if (found[i] != expected[i] && !(isnan (found[i]) && isnan (expected[i])) &&
            (come_back (points, run) ||
             !(fabs (found[i] - expected[i]) <= 1e-9 * (1.0 + fabs (expected[i])))))
          g_error ("%s, row %" G_GSIZE_FORMAT ": %.17g, not %.17g", subject->backend, i % n,
                   found[i], expected[i]);
    }
}

/* On every cloud that breaks things, under every metric. */
static void
test_clouds_come_back (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
      {
        g_autoptr (LloydPoints) points = test_cloud_points (cloud, 20 + test_odd_size (rand, 500),
                                                            1 + test_odd_size (rand, 9), rand);
        g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
        recipe->metric = (LloydMetric) metric;
        g_test_message ("%s, metric %d", cloud->name, metric);
        g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
        test_run_to_end (run);
        check_labels (points, run);
        check_distances (points, run);
      }
}

/* Rows left out, by missing values and for want of a direction, come out as -1. */
static void
test_dropped (void)
{
  g_autoptr (LloydPoints) penguins = test_penguins_load (LLOYD_SCALE_NONE);
  const double values[] = { 0, 0, 1, 0, 0, 2, 3, 1, 0, 0, 2, 2, 0, 0 };
  g_autoptr (LloydPoints) zeros = test_points (values, 7, 2);
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = 2;
      recipe->missing = LLOYD_MISSING_DROP;
      recipe->metric = (LloydMetric) metric;
      g_autoptr (LloydRun) run = test_run_open (penguins, recipe, "cpu");
      test_run_to_end (run);
      check_labels (penguins, run);
      check_distances (penguins, run);
      g_autoptr (LloydRun) small = test_run_open (zeros, recipe, "cpu");
      test_run_to_end (small);
      check_labels (zeros, small);
      check_distances (zeros, small);
    }
}

/* More rows than are labelled at once, some without a direction: each comes once and in its place.
 */
static void
test_many_rows (void)
{
  const size_t n = ((size_t) 1 << 21) + 1001;
  g_autofree double *values = g_new (double, n);
  g_autofree gint32 *labels = g_new (gint32, n);
  const double centroids[] = { -1, 1 };
  LloydPredictOptions options = { .backend = lloyd_backends_find ("cpu", 0, NULL, NULL),
                                  .engine = { .metric = LLOYD_METRIC_COSINE },
                                  .centroids = centroids,
                                  .k = 2 };
  g_autoptr (GError) error = NULL;
  Sink sink = { .labels = labels };
  size_t n_without;

  for (size_t i = 0; i < n; i++)
    values[i] = (double) (i % 3) - 1.0;
  g_autoptr (LloydPoints) points = test_points (values, n, 1);
  g_assert_true (lloyd_predict (points, &options, keep, &sink, &n_without, NULL, &error));
  g_assert_cmpuint (sink.next, ==, n);
  g_assert_cmpuint (n_without, ==, n / 3);
  for (size_t i = 0; i < n; i++)
    if (labels[i] != (i % 3 == 1 ? -1 : (gint32) (i % 3 / 2)))
      g_error ("row %" G_GSIZE_FORMAT " has label %d", i, labels[i]);
}

/* A sink's error stops, and is handed on; so is a centroid that is none. */
static void
test_errors (void)
{
  g_autoptr (GError) error = NULL;
  const double values[] = { 0, 1, 2, 3 }, centroids[] = { 0, 2 }, broken[] = { 0, NAN };
  g_autoptr (LloydPoints) points = test_points (values, 4, 1);
  LloydPredictOptions options = { .backend = lloyd_backends_find ("cpu", 0, NULL, NULL),
                                  .centroids = centroids,
                                  .k = 2 };
  size_t n_without;
  g_assert_false (lloyd_predict (points, &options, refuse, NULL, &n_without, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE);
  g_clear_error (&error);
  options.centroids = broken;
  g_assert_false (lloyd_predict (points, &options, refuse, NULL, &n_without, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
}

/* Directions keep their bits through the numbers of a file; what is no direction becomes one. */
static void
test_directions (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (GError) error = NULL;
  for (guint round = 0; round < 300; round++)
    {
      guint d = 1 + test_odd_size (rand, 30);
      g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 9, d, rand);
      LloydEngineOptions options = { .metric = LLOYD_METRIC_COSINE };
      g_autoptr (LloydEngine) engine =
          lloyd_backends_find ("cpu", 0, NULL, NULL)->open (points, &options, NULL, &error);
      g_autofree float *direction = g_new (float, d);
      g_autofree float *back = g_new (float, d);
      g_autofree double *values = g_new (double, d);
      lloyd_seed_from_row (engine, round % 9, direction);
      lloyd_centroids_to_data (points, LLOYD_METRIC_COSINE, direction, 1, values);
      g_assert_true (
          lloyd_centroids_from_data (points, LLOYD_METRIC_COSINE, values, 1, back, &error));
      g_assert_cmpmem (back, sizeof (float) * d, direction, sizeof (float) * d);
      for (guint j = 0; j < d; j++)
        values[j] *= 3.0;
      g_assert_true (
          lloyd_centroids_from_data (points, LLOYD_METRIC_COSINE, values, 1, back, &error));
      for (guint j = 0; j < d; j++)
        g_assert_cmpfloat_with_epsilon ((double) back[j], (double) direction[j], 1e-6);
    }
}

/* The features of a centroid file, also where they are named as Lloyd's own columns. */
static void
test_features (void)
{
  static const struct
  {
    const char *text;
    const char *features;
  } files[] = {
    { "cluster,size,weight,a,b\n0,2,2,1,2\n1,3,3,4,5\n", "a,b" },
    { "cluster,size,weight,size,b\n0,2,2,1,2\n1,3,3,4,5\n", "size,b" },
    { "x,y\n1,2\n3,4\n", "x,y" },
    { "cluster,size,y\n1,2,3\n3,4,5\n", "cluster,size,y" },
  };
  g_autofree char *folder = g_dir_make_tmp ("lloyd-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "c.csv", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (g_file_set_contents (path, files[i].text, -1, &error));
      g_auto (GStrv) names = lloyd_results_load_features (path, &error);
      g_assert_no_error (error);
      g_autofree char *joined = g_strjoinv (",", names);
      g_assert_cmpstr (joined, ==, files[i].features);
    }
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/predict/clouds", test_clouds_come_back);
  g_test_add_func ("/predict/dropped", test_dropped);
  g_test_add_func ("/predict/many-rows", test_many_rows);
  g_test_add_func ("/predict/errors", test_errors);
  g_test_add_func ("/predict/directions", test_directions);
  g_test_add_func ("/predict/features", test_features);
  return g_test_run ();
}
