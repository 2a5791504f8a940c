/* The samples of the start page: each opens, with a recipe that is understood to the last word. */
#include "ui/start/samples.h"

#include <math.h>
#include <string.h>

#include "compute/data/agreement.h"
#include "compute/kmeans/run.h"
#include "compute/session/axes.h"
#include "compute/session/dataset.h"
#include "compute/session/session-file.h"
#include "lloyd-resources.h"
#include "ui/start/lessons.h"
#include "ui/words/words.h"

/* Generated clouds are made smaller than this, which their recipes do not mind. */
#define MAX_ROWS 3000

/* Keys of samples.ini that are no keys of a recipe. */
static const char *const own_keys[] = { "title",          "about",        "file",
                                        "cloud",          "cloud-rows",   "cloud-dims",
                                        "cloud-clusters", "cloud-spread", "cloud-shift",
                                        "cloud-seed",     "both",         "axes",
                                        "palette",        "gallery",      NULL };

static GPtrArray *
load (void)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *samples = lloyd_samples_load (&error);
  g_assert_no_error (error);
  return samples;
}

static void
test_load (void)
{
  g_autoptr (GPtrArray) samples = load ();
  g_assert_cmpuint (samples->len, >=, 6);
  for (guint i = 0; i < samples->len; i++)
    {
      const LloydSample *sample = samples->pdata[i];
      g_assert_cmpint (sample->title[0], !=, '\0');
      g_assert_cmpint (sample->about[0], !=, '\0');
      g_assert_true (lloyd_samples_find (samples, sample->id) == sample);
    }
  g_assert_null (lloyd_samples_find (samples, "nothing"));
}

/* A misspelt key would be passed over in silence. */
static void
test_keys (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GBytes) bytes =
      g_resources_lookup_data ("/org/lloyd/Lloyd/samples/samples.ini", 0, NULL);
  g_assert_true (g_key_file_load_from_bytes (file, bytes, G_KEY_FILE_NONE, NULL));
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, *group, NULL, NULL);
      g_autofree char *palette = g_key_file_get_string (file, *group, "palette", NULL);
      for (char **key = keys; *key != NULL; key++)
        if (!g_strv_contains (own_keys, *key) && !g_strv_contains (lloyd_recipe_keys (), *key))
          g_error ("sample %s: there is no key %s", *group, *key);
      g_assert_true (palette == NULL || g_str_equal (palette, "tab10"));
    }
}

/* What the interface promises of two of them. */
static void
test_promises (void)
{
  g_autoptr (GPtrArray) samples = load ();
  const LloydSample *first = samples->pdata[0], *keops = lloyd_samples_find (samples, "keops");

  g_assert_cmpstr (first->id, ==, "penguins");
  g_assert_cmpuint (first->recipe->k, ==, 3);
  g_assert_cmpint (first->recipe->scale, ==, LLOYD_SCALE_STANDARDISE);
  g_assert_cmpint (first->recipe->missing, ==, LLOYD_MISSING_DROP);
  g_assert_cmpuint (g_strv_length (first->recipe->columns), ==, 2);
  g_assert_false (first->is_both);

  g_assert_cmpint (keops->cloud.cloud, ==, LLOYD_CLOUD_GAUSSIAN);
  g_assert_cmpuint (keops->cloud.rows, ==, 10000);
  g_assert_cmpuint (keops->cloud.dims, ==, 2);
  g_assert_cmpfloat (keops->cloud.spread, ==, 0.7);
  g_assert_cmpfloat (keops->cloud.shift, ==, 0.3);
  g_assert_cmpuint (keops->recipe->k, ==, 50);
  g_assert_cmpint (keops->recipe->init, ==, LLOYD_INIT_FIRST);
  g_assert_true (keops->is_both);
  g_assert_cmpint (keops->palette, ==, LLOYD_PALETTE_TAB10);
}

static LloydDataset *
open_sample (const LloydSample *sample, GError **error)
{
  LloydCloudSpec cloud = sample->cloud;
  if (sample->path != NULL)
    return lloyd_dataset_load (sample->path, sample->recipe, NULL, NULL, NULL, error);
  cloud.rows = MIN (cloud.rows, MAX_ROWS);
  return lloyd_dataset_generate (&cloud, sample->title, sample->recipe, NULL, error);
}

/* Each opens, is seen through its axes, and steps under the metrics it asks for. */
static void
test_open (void)
{
  g_autoptr (GPtrArray) samples = load ();
  for (guint i = 0; i < samples->len; i++)
    {
      const LloydSample *sample = samples->pdata[i];
      g_autoptr (GError) error = NULL;
      g_test_message ("%s", sample->id);
      g_autoptr (LloydDataset) dataset = open_sample (sample, &error);
      g_assert_no_error (error);

      const char *axes = sample->axes != NULL ? sample->axes : lloyd_axes_usual (dataset->points);
      g_autoptr (LloydProjection) projection =
          lloyd_axes_make (dataset->points, axes, NULL, &error);
      g_assert_no_error (error);
      g_assert_nonnull (projection);
      for (int side = 0; side < (sample->is_both ? 2 : 1); side++)
        {
          g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (sample->recipe);
          if (side == 1)
            recipe->metric = LLOYD_METRIC_COSINE;
          g_autoptr (LloydRun) run =
              lloyd_run_new (dataset->points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL),
                             NULL, NULL, &error);
          g_assert_no_error (error);
          g_assert_true (lloyd_run_step (run, NULL, &error));
          g_assert_no_error (error);
        }
    }
}

/* ---- the gallery ---------------------------------------------------------------------------- */

static LloydDataset *
generate (const LloydSample *sample, double spread)
{
  g_autoptr (GError) error = NULL;
  LloydCloudSpec cloud = sample->cloud;
  cloud.spread = spread;
  LloydDataset *dataset =
      lloyd_dataset_generate (&cloud, sample->title, sample->recipe, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

static double
to_unit (const LloydPoints *points, size_t row, guint j)
{
  return lloyd_points_values (points, row)[j] + points->origin[j];
}

/* How well k-means finds what was made, which the same cloud without noise tells: a ring is a
 * distance from the middle then, and any other cluster one place. */
static double
measure_agreement (const LloydSample *sample)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydDataset) dataset = generate (sample, sample->cloud.spread);
  g_autoptr (LloydDataset) made = generate (sample, 0.0);
  g_autoptr (GHashTable) classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (LloydCrossTable) table = lloyd_cross_table_new (sample->recipe->k, 100);
  g_autofree gint32 *labels = g_new (gint32, dataset->points->n);
  g_autoptr (LloydRun) run =
      lloyd_run_new (dataset->points, sample->recipe, lloyd_backends_find ("cpu", 0, NULL, NULL),
                     NULL, NULL, &error);
  g_assert_no_error (error);
  while (!lloyd_run_is_at_end (run))
    g_assert_true (lloyd_run_step (run, NULL, &error));
  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  for (size_t i = 0; i < made->points->n; i++)
    {
      double x = to_unit (made->points, i, 0), y = to_unit (made->points, i, 1);
      char *key = sample->cloud.cloud == LLOYD_CLOUD_RINGS ? g_strdup_printf ("%.2f", hypot (x, y))
                                                           : g_strdup_printf ("%.2f %.2f", x, y);
      guint class = GPOINTER_TO_UINT (g_hash_table_lookup (classes, key));
      if (class == 0)
        class = g_hash_table_size (classes) + 1;
      g_hash_table_replace (classes, key, GUINT_TO_POINTER (class));
      lloyd_cross_table_add (table, labels[i], class - 1);
    }
  g_assert_cmpuint (g_hash_table_size (classes), ==, sample->cloud.clusters);
  return lloyd_adjusted_rand (table);
}

/* What the gallery says goes wrong does: another seed or a library's whim must not mend it. */
static void
test_gallery (void)
{
  static const char *const mixed[] = { "rings", "stretched", "unbalanced", NULL };
  g_autoptr (GPtrArray) samples = load ();
  guint n_gallery = 0;
  for (guint i = 0; i < samples->len; i++)
    {
      const LloydSample *sample = samples->pdata[i];
      /* The others, which are first, stand on the page itself. */
      g_assert_true (sample->is_gallery == (i >= 6));
      n_gallery += sample->is_gallery ? 1 : 0;
      if (g_strv_contains (mixed, sample->id))
        {
          double agreement = measure_agreement (sample);
          g_test_message ("%s: %.3f", sample->id, agreement);
          g_assert_cmpfloat (agreement, <, 0.75);
        }
    }
  g_assert_cmpuint (n_gallery, ==, 6);
}

/* The lessons that come with the program: each is there, and sets a K that its data can have. */
static void
test_lessons (void)
{
  static const char *const ids[] = { "steps", "start", "angle", "how-many", "wrong" };
  g_autoptr (GMenu) menu = g_menu_new ();
  lloyd_lessons_list (menu);
  g_assert_cmpint (g_menu_model_get_n_items (G_MENU_MODEL (menu)), ==, G_N_ELEMENTS (ids));
  g_assert_null (lloyd_lessons_find ("none"));
  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = lloyd_lessons_find (ids[i]);
      g_autofree char *label = NULL;
      g_autoptr (LloydSessionFile) file = lloyd_session_file_load (path, &error);
      g_assert_no_error (error);
      g_assert_true (g_menu_model_get_item_attribute (G_MENU_MODEL (menu), (gint) i,
                                                      G_MENU_ATTRIBUTE_LABEL, "s", &label));
      g_assert_cmpstr (file->lesson->title, ==, label);
      g_assert_cmpuint (file->lesson->steps->len, >=, 4);
      for (guint j = 0; j < 3; j++)
        g_assert_nonnull (lloyd_lesson_get_step (file->lesson, j)->show);
    }
}

/* What the lesson of the start promises: its own ends badly, and the next finds all five. */
static void
test_start_lesson (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = lloyd_lessons_find ("start");
  g_autoptr (LloydSessionFile) file = lloyd_session_file_load (path, &error);
  g_assert_no_error (error);
  LloydSample sample = { .cloud = file->cloud, .title = file->title, .recipe = file->recipe };
  g_assert_cmpfloat (measure_agreement (&sample), <, 0.75);
  file->recipe->seed++;
  g_assert_cmpfloat (measure_agreement (&sample), >, 0.99);
}

/* Words on data whose columns differ far in how they spread. */
static void
test_spreads (void)
{
  char income[] = "income", age[] = "age", *names[] = { income, age, NULL };
  LloydPoints points = { .names = names, .d = 2 };
  LloydDataset dataset = { .points = &points, .spreads = 1234.5, .widest = 0, .narrowest = 1 };
  g_autofree char *text = lloyd_words_spreads (&dataset);
  g_assert_true (g_str_has_prefix (text, "income spreads 1,234 times as far as age,"));
  points.scale = LLOYD_SCALE_STANDARDISE;
  g_assert_null (lloyd_words_spreads (&dataset));
  points.scale = LLOYD_SCALE_NONE;
  dataset.spreads = 99.0;
  g_assert_null (lloyd_words_spreads (&dataset));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_resources_register (lloyd_get_resource ());
  g_test_add_func ("/samples/load", test_load);
  g_test_add_func ("/samples/keys", test_keys);
  g_test_add_func ("/samples/promises", test_promises);
  g_test_add_func ("/samples/open", test_open);
  g_test_add_func ("/samples/gallery", test_gallery);
  g_test_add_func ("/samples/lessons", test_lessons);
  g_test_add_func ("/samples/start-lesson", test_start_lesson);
  g_test_add_func ("/samples/spreads", test_spreads);
  return g_test_run ();
}
