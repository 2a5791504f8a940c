/* One session on one side: opening, stepping, restarting, axes, and what goes wrong. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "tests/support/clouds.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

/* A folder of this program's own, removed at the end. */
static TestFolder *folder;

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static char *
path_of (const char *name)
{
  return test_folder_dup_path (folder, name);
}

/* Columns name, a, b, c: n rows in some clumps. Returns the path. */
static char *
write_table (const char *name, guint n, GRand *rand)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("name,a,b,c\n");
  g_autofree double *values = g_new (double, 3 * n);
  char *path = path_of (name);

  test_clouds[1].fill (values, n, 3, rand);
  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (text, "row %u", i);
      for (guint j = 0; j < 3; j++)
        {
          char number[G_ASCII_DTOSTR_BUF_SIZE];
          g_ascii_dtostr (number, sizeof number, values[3 * i + j]);
          g_string_append_printf (text, ",%s", number);
        }
      g_string_append_c (text, '\n');
    }
  g_file_set_contents (path, text->str, (gssize) text->len, &error);
  g_assert_no_error (error);
  return path;
}

static void
count_change (LloydSession *session, gpointer data)
{
  (void) session;
  (*(guint *) data)++;
}

/* ---- opening ------------------------------------------------------------------------------- */

static void
test_open (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  g_autofree char *path = write_table ("open.csv", 300, rand);
  guint n_changes = 0;
  TestAnswer answer = { 0 };

  g_assert_null (lloyd_session_get_dataset (session));
  g_assert_null (lloyd_session_get_recipe (session));
  g_assert_cmpuint (lloyd_session_get_n_sides (session), ==, 0);
  g_assert_false (lloyd_session_is_at_end (session));
  g_assert_false (lloyd_session_is_busy (session));
  g_signal_connect (session, "changed", G_CALLBACK (count_change), &n_changes);
  lloyd_session_open_async (session, path, recipe, FALSE, NULL, test_answer_take, &answer);
  g_assert_true (lloyd_session_is_busy (session));
  g_assert_null (lloyd_session_get_dataset (session));
  /* The recipe is the session's own by now. */
  recipe->k = 99;
  test_answer_expect (&answer);

  g_assert_false (lloyd_session_is_busy (session));
  g_assert_cmpuint (n_changes, ==, 1);
  const LloydDataset *dataset = lloyd_session_get_dataset (session);
  g_assert_cmpstr (dataset->title, ==, "open.csv");
  g_assert_cmpstr (dataset->path, ==, path);
  g_assert_cmpuint (dataset->points->n, ==, 300);
  g_assert_cmpuint (dataset->points->d, ==, 3);
  g_assert_cmpuint (lloyd_session_get_recipe (session)->k, ==, 4);
  g_assert_cmpstr (lloyd_session_get_axes (session), ==, "widest-3d");
  g_assert_cmpuint (lloyd_session_get_n_sides (session), ==, 1);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 0);
  g_assert_cmpfloat (lloyd_session_get_progress (session), <=, 1.0);

  LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  g_assert_cmpuint (snapshot->k, ==, 4);
  g_assert_cmpstr (snapshot->backend, ==, "cpu");
  g_assert_cmpuint (snapshot->scene->n_shown, ==, 300);
  g_assert_null (lloyd_snapshot_get_step (snapshot));
  for (size_t i = 0; i < 300; i++)
    g_assert_cmpuint (snapshot->labels[i], ==, LLOYD_NO_LABEL);
  g_autoptr (LloydRun) run = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  test_session_check_side (session, 0, run);
}

/* Every row that is shown lies where the projection sees it, inside the box. */
static void
check_scene (const LloydScene *scene, size_t n_shown)
{
  const LloydPoints *points = scene->points;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_assert_cmpuint (scene->n_shown, ==, n_shown);
  for (size_t i = 0; i < n_shown; i++)
    {
      float xyz[3];
      double square =
          lloyd_exact_norm_squared (lloyd_points_absolute (points, scene->rows[i]), points->d);
      g_assert_cmpuint (scene->rows[i], <, points->n);
      g_assert_true (g_hash_table_add (seen, GSIZE_TO_POINTER (scene->rows[i])));
      lloyd_projection_apply_row (scene->projection, lloyd_points_values (points, scene->rows[i]),
                                  xyz);
      g_assert_cmpmem (scene->xyz + 3 * i, sizeof xyz, xyz, sizeof xyz);
      g_assert_cmpfloat_with_epsilon ((double) scene->lengths[i], sqrt (square),
                                      1e-6 * sqrt (square));
      for (int a = 0; a < 3; a++)
        g_assert_true (scene->low[a] <= xyz[a] && xyz[a] <= scene->high[a]);
    }
}

static void
test_generate (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  spec.rows = 5000;
  spec.dims = 4;
  spec.seed = (guint64) g_test_rand_int ();
  lloyd_session_set_max_discs (session, 700);
  test_session_generate (session, &spec, recipe, FALSE);
  const LloydDataset *dataset = lloyd_session_get_dataset (session);
  const LloydScene *scene = lloyd_session_get_snapshot (session, 0)->scene;
  g_assert_cmpstr (dataset->title, ==, "a cloud");
  g_assert_cmpuint (dataset->cloud.seed, ==, spec.seed);
  g_assert_cmpstr (lloyd_session_get_axes (session), ==, "widest");
  g_assert_true (scene->is_splat);
  check_scene (scene, 5000);
  test_session_step (session);
  g_autoptr (LloydRun) run = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  test_session_check_side (session, 0, run);

  /* Remade points are still that cloud's, and now few enough for discs. */
  lloyd_session_set_max_discs (session, 5000);
  test_recipe_set (recipe, "columns", "x3,x1");
  test_session_restart (session, recipe, FALSE);
  dataset = lloyd_session_get_dataset (session);
  g_assert_cmpuint (dataset->cloud.seed, ==, spec.seed);
  g_assert_cmpuint (dataset->points->d, ==, 2);
  g_assert_false (lloyd_session_get_snapshot (session, 0)->scene->is_splat);
}

/* ---- moving -------------------------------------------------------------------------------- */

/* Half steps, whole steps and jumps, in any order, show what a plain run shows. */
static void
test_moving (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autofree char *path = write_table ("moving.csv", 2000, rand);
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    {
      g_autoptr (LloydRecipe) recipe = test_session_recipe (9);
      recipe->metric = (LloydMetric) metric;
      recipe->seed = g_rand_int (rand);
      test_session_open (session, path, recipe, FALSE);
      g_autoptr (LloydRun) run = test_session_plain_run (session, recipe->metric, NULL);
      for (int i = 0; i < 40; i++)
        {
          guint position = lloyd_session_get_position (session);
          guint last = lloyd_session_get_last_position (session), asked;
          gboolean is_at_end = lloyd_session_is_at_end (session);
          switch (g_rand_int_range (rand, 0, 4))
            {
            case 0:
              test_session_half_step (session);
              g_assert_cmpuint (lloyd_session_get_position (session), ==, position + !is_at_end);
              break;
            case 1:
              asked = (guint) g_rand_int_range (rand, 0, (gint32) last + 5);
              test_session_go_to (session, asked);
              g_assert_cmpuint (lloyd_session_get_position (session), ==, MIN (asked, last));
              g_assert_cmpuint (lloyd_session_get_last_position (session), ==, last);
              break;
            default:
              test_session_step (session);
              g_assert_true (lloyd_session_get_position (session) == position / 2 * 2 + 2 ||
                             lloyd_session_is_at_end (session));
              break;
            }
          test_session_check_side (session, 0, run);
        }
    }
}

/* To the end, or some steps on, from wherever it stands: the end is that of a plain run. */
static void
test_run (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autofree char *path = write_table ("run.csv", 3000, rand);
  for (int round = 0; round < 6; round++)
    {
      g_autoptr (LloydRecipe) recipe = test_session_recipe (12);
      recipe->metric = (LloydMetric) (round % LLOYD_N_METRICS);
      recipe->seed = g_rand_int (rand);
      test_session_open (session, path, recipe, FALSE);
      test_session_run (session, 2, 0);
      g_assert_true (lloyd_session_get_position (session) == 4 ||
                     lloyd_session_is_at_end (session));
      test_session_go_to (session, (guint) g_rand_int_range (rand, 0, 4));
      test_session_run (session, 0, 0);
      g_assert_true (lloyd_session_is_at_end (session));
      g_assert_cmpint (lloyd_session_get_snapshot (session, 0)->stop, ==, LLOYD_STOP_CONVERGED);
      g_autoptr (LloydRun) run = test_session_plain_run (session, recipe->metric, NULL);
      test_run_to_end (run);
      test_session_check_side (session, 0, run);
      /* At the end nothing happens. */
      test_session_run (session, 0, 0);
      test_session_step (session);
      test_session_check_side (session, 0, run);
    }
}

/* A run that met its limit of steps goes on if it is given more. */
static void
test_more_steps (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (40);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_UNIFORM);
  spec.seed = g_rand_int (rand);
  recipe->max_steps = 3;
  test_session_generate (session, &spec, recipe, FALSE);
  test_session_run (session, 0, 0);
  g_assert_cmpint (lloyd_session_get_snapshot (session, 0)->stop, ==, LLOYD_STOP_MAX_STEPS);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 5);
  test_session_run (session, 0, 0);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 5);
  test_session_run (session, 0, 2);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 9);
  test_session_run (session, 0, 100000);
  g_assert_cmpint (lloyd_session_get_snapshot (session, 0)->stop, ==, LLOYD_STOP_CONVERGED);
}

/* Steps at a person's pace do not compare with those of a run to the end. */
static void
test_paced (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (40);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_UNIFORM);
  test_session_generate (session, &spec, recipe, FALSE);
  test_session_step (session);
  test_session_half_step (session);
  test_session_half_step (session);
  test_session_run (session, 3, 0);
  test_session_step (session);
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  static const gboolean expected[] = { TRUE, TRUE, FALSE, FALSE, FALSE, TRUE };
  g_assert_cmpuint (snapshot->n_steps, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpint (snapshot->steps[i].is_paced, ==, expected[i]);
}

/* What is asked for at once is done in order. */
static void
test_order (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (40);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_UNIFORM);
  TestAnswer answers[6] = { { 0 } };
  spec.seed = g_rand_int (rand);
  test_session_generate (session, &spec, recipe, FALSE);
  lloyd_session_step_async (session, test_answer_take, &answers[0]);
  lloyd_session_run_async (session, 3, 0, test_answer_take, &answers[1]);
  lloyd_session_go_to_async (session, 1, test_answer_take, &answers[2]);
  lloyd_session_half_step_async (session, test_answer_take, &answers[3]);
  lloyd_session_set_axes_async (session, "x2,x1", NULL, test_answer_take, &answers[4]);
  lloyd_session_step_async (session, test_answer_take, &answers[5]);
  for (int i = 0; i < 6; i++)
    {
      g_assert_true (lloyd_session_is_busy (session) || answers[5].is_done);
      test_answer_expect (&answers[i]);
    }
  g_assert_false (lloyd_session_is_busy (session));
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 4);
  g_assert_cmpuint (lloyd_session_get_last_position (session), ==, 8);
  g_assert_cmpstr (lloyd_session_get_axes (session), ==, "x2,x1");

  /* A restart that waits behind a run has the last word. */
  recipe->k = 5;
  lloyd_session_run_async (session, 0, 0, test_answer_take, &answers[0]);
  lloyd_session_restart_async (session, recipe, FALSE, NULL, test_answer_take, &answers[1]);
  test_answer_expect (&answers[0]);
  test_answer_expect (&answers[1]);
  g_assert_cmpuint (lloyd_session_get_snapshot (session, 0)->k, ==, 5);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 0);
}

/* ---- starting over ------------------------------------------------------------------------- */

static void
test_restart (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  g_autofree char *path = write_table ("restart.csv", 500, rand);
  static const char *const changes[][3] = { { "k", "7", "b,a" },
                                            { "metric", "cosine", "b,a" },
                                            { "scale", "standardise", "b,a" },
                                            { "columns", "a,c", "widest" },
                                            { "columns", "c,a", "widest" },
                                            { "id-column", "name", "widest" },
                                            { "init", "random", "widest" },
                                            { "columns", "", "widest-3d" } };
  test_session_open (session, path, recipe, FALSE);
  test_session_set_axes (session, "b,a");
  for (size_t i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      const LloydPoints *before = lloyd_session_get_dataset (session)->points;
      gboolean is_same_data = g_str_equal (changes[i][0], "k") ||
                              g_str_equal (changes[i][0], "metric") ||
                              g_str_equal (changes[i][0], "init");
      test_session_step (session);
      test_recipe_set (recipe, changes[i][0], changes[i][1]);
      test_session_restart (session, recipe, FALSE);
      g_autofree char *value =
          lloyd_recipe_dup_value (lloyd_session_get_recipe (session), changes[i][0]);
      g_assert_cmpstr (value != NULL ? value : "", ==, changes[i][1]);
      g_assert_cmpuint (lloyd_session_get_position (session), ==, 0);
      g_assert_cmpuint (lloyd_session_get_last_position (session), ==, 0);
      g_assert_cmpstr (lloyd_session_get_dataset (session)->path, ==, path);
      g_assert_cmpint (lloyd_session_get_dataset (session)->points == before, ==, is_same_data);
      /* Axes stay as long as the features do. */
      g_assert_cmpstr (lloyd_session_get_axes (session), ==, changes[i][2]);
      test_session_step (session);
      g_autoptr (LloydRun) run = test_session_plain_run (session, recipe->metric, NULL);
      test_session_check_side (session, 0, run);
    }
}

/* ---- axes ---------------------------------------------------------------------------------- */

static void
test_axes (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  g_autofree char *path = write_table ("axes.csv", 200, rand);
  static const struct
  {
    const char *axes;
    guint n;
    const char *names[3];
  } good[] = { { "c,a", 2, { "c", "a" } },
               { "b", 2, { "b", "" } },
               { "a,b,c", 3, { "a", "b", "c" } },
               { "components", 2, { "component 1", "component 2" } },
               { "components-3d", 3, { "component 1", "component 2", "component 3" } },
               { "widest-3d", 3, { "a", "b", "c" } } };
  static const char *const bad[][2] = { { "q", "axes: q is not a feature" },
                                        { "a,", "axes:  is not a feature" },
                                        { "a,name", "axes: name is not a feature" },
                                        { "", "one to three columns" },
                                        { "a,b,c,a", "one to three columns" } };

  test_session_open (session, path, recipe, FALSE);
  test_session_step (session);
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    {
      test_session_set_axes (session, good[i].axes);
      const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
      const LloydProjection *projection = snapshot->scene->projection;
      g_assert_cmpstr (lloyd_session_get_axes (session), ==, good[i].axes);
      g_assert_cmpuint (projection->n_axes, ==, good[i].n);
      for (guint a = 0; a < good[i].n; a++)
        g_assert_cmpstr (projection->names[a], ==, good[i].names[a]);
      check_scene (snapshot->scene, 200);
      g_assert_cmpuint (snapshot->position, ==, 2);
      for (size_t b = 0; b < G_N_ELEMENTS (bad); b++)
        {
          TestAnswer answer = { 0 };
          lloyd_session_set_axes_async (session, bad[b][0], NULL, test_answer_take, &answer);
          test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_DATA, bad[b][1]);
          g_assert_cmpstr (lloyd_session_get_axes (session), ==, good[i].axes);
          g_assert_true (lloyd_session_get_snapshot (session, 0) == snapshot);
        }
    }
}

/* ---- what goes wrong ----------------------------------------------------------------------- */

/* Everything that a session shows. */
typedef struct
{
  const LloydDataset *dataset;
  const LloydRecipe *recipe;
  const LloydSnapshot *snapshot;
  const char *axes;
} Shown;

static Shown
look (LloydSession *session)
{
  return (Shown){ lloyd_session_get_dataset (session), lloyd_session_get_recipe (session),
                  lloyd_session_get_snapshot (session, 0), lloyd_session_get_axes (session) };
}

static void
expect_unchanged (
    LloydSession *session, TestAnswer *answer, GQuark domain, int code, const char *part)
{
  Shown before = look (session);
  test_answer_expect_error (answer, domain, code, part);
  Shown after = look (session);
  g_assert_cmpmem (&after, sizeof after, &before, sizeof before);
  g_assert_cmpuint (lloyd_session_get_n_sides (session), ==, 1);
  g_assert_false (lloyd_session_is_busy (session));
}

static void
test_errors (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) fine = test_session_recipe (4);
  g_autofree char *path = write_table ("errors.csv", 50, rand);
  g_autofree char *missing = path_of ("missing.csv");
  LloydCloudSpec empty = lloyd_cloud_spec (LLOYD_CLOUD_GRID);
  TestAnswer answer = { 0 };
  static const struct
  {
    const char *key, *value;
    gboolean is_both;
    const char *message;
  } bad[] = { { "k", "51", FALSE, "51 clusters are more than the 50 rows" },
              { "k", "65536", FALSE, "65536 clusters: the app shows 65535 at most" },
              { "columns", "a,q", FALSE, "there is no column q" },
              { "columns", "a,name", FALSE, "column name is text" },
              { "init", "rows:1,2", FALSE, "2 rows are listed for 4 clusters" },
              { "init", "rows:1,2,3,51", TRUE, "there is no row 51" },
              { "init", "file:nowhere.csv", FALSE, "nowhere.csv" } };

  empty.rows = 0;
  test_session_open (session, path, fine, FALSE);
  test_session_run (session, 1, 0);
  g_autoptr (LloydRun) run = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  lloyd_session_open_async (session, missing, fine, FALSE, NULL, test_answer_take, &answer);
  expect_unchanged (session, &answer, LLOYD_ERROR, LLOYD_ERROR_FILE, "missing.csv");
  lloyd_session_generate_async (session, &empty, "none", fine, FALSE, NULL, test_answer_take,
                                &answer);
  expect_unchanged (session, &answer, LLOYD_ERROR, LLOYD_ERROR_DATA, "at least one row");
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (fine);
      gboolean is_file = g_str_equal (bad[i].message, "nowhere.csv");
      test_recipe_set (recipe, bad[i].key, bad[i].value);
      lloyd_session_restart_async (session, recipe, bad[i].is_both, NULL, test_answer_take,
                                   &answer);
      expect_unchanged (session, &answer, LLOYD_ERROR,
                        is_file ? LLOYD_ERROR_FILE : LLOYD_ERROR_DATA, bad[i].message);
      lloyd_session_open_async (session, path, recipe, bad[i].is_both, NULL, test_answer_take,
                                &answer);
      expect_unchanged (session, &answer, LLOYD_ERROR,
                        is_file ? LLOYD_ERROR_FILE : LLOYD_ERROR_DATA, bad[i].message);
      test_session_check_side (session, 0, run);
    }
  test_session_run (session, 0, 0);
  test_session_check_side (session, 0, run);
}

/* An error before anything is open leaves nothing open. */
static void
test_error_first (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  g_autofree char *missing = path_of ("missing.csv");
  TestAnswer answer = { 0 };
  lloyd_session_open_async (session, missing, recipe, TRUE, NULL, test_answer_take, &answer);
  test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_FILE, "missing.csv");
  g_assert_null (lloyd_session_get_dataset (session));
  g_assert_cmpuint (lloyd_session_get_n_sides (session), ==, 0);
  g_assert_false (lloyd_session_is_busy (session));
}

/* Opening called off, before it begins or on the way, changes nothing. */
static void
test_cancelled_open (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (40);
  g_autofree char *path = write_table ("cancelled.csv", 500, rand);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_UNIFORM);
  test_session_open (session, path, recipe, FALSE);
  spec.rows = 400000;
  for (int round = 0; round < 8; round++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      TestAnswer answer = { 0 };
      if (round == 0)
        g_cancellable_cancel (cancellable);
      lloyd_session_generate_async (session, &spec, "big", recipe, TRUE, cancellable,
                                    test_answer_take, &answer);
      g_usleep ((gulong) g_rand_int_range (rand, 0, 20000));
      g_cancellable_cancel (cancellable);
      expect_unchanged (session, &answer, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
      test_session_step (session);
    }
  g_autoptr (LloydRun) run = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  test_session_check_side (session, 0, run);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  folder = test_folder_new ();
  g_test_add_func ("/session/open", test_open);
  g_test_add_func ("/session/generate", test_generate);
  g_test_add_func ("/session/moving", test_moving);
  g_test_add_func ("/session/run", test_run);
  g_test_add_func ("/session/more-steps", test_more_steps);
  g_test_add_func ("/session/paced", test_paced);
  g_test_add_func ("/session/order", test_order);
  g_test_add_func ("/session/restart", test_restart);
  g_test_add_func ("/session/axes", test_axes);
  g_test_add_func ("/session/errors", test_errors);
  g_test_add_func ("/session/error-first", test_error_first);
  g_test_add_func ("/session/cancelled-open", test_cancelled_open);
  int result = g_test_run ();
  test_folder_free (folder);
  return result;
}
