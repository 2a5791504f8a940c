/* Centroids changed by hand: what follows is a run of its own, and what was before comes back. */
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/results.h"
#include "compute/files/verify.h"
#include "compute/kmeans/past.h"
#include "tests/support/clouds.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"

static TestFolder *folder;

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* A recipe of any kind. */
static LloydRecipe *
random_recipe (GRand *rand, guint k)
{
  LloydRecipe *recipe = lloyd_recipe_new ();
  recipe->k = k;
  recipe->metric = (LloydMetric) g_rand_int_range (rand, 0, LLOYD_N_METRICS);
  recipe->empty = (LloydEmpty) g_rand_int_range (rand, 0, 4);
  recipe->seed = g_rand_int (rand);
  recipe->max_steps = (guint) g_rand_int_range (rand, 3, 60);
  recipe->n_threads = 2;
  if (g_rand_int_range (rand, 0, 3) == 0)
    recipe->tolerance = 1e-3;
  if (g_rand_int_range (rand, 0, 3) == 0)
    {
      recipe->algorithm = LLOYD_ALGORITHM_MINIBATCH;
      recipe->batch_rule = (LloydBatchRule) g_rand_int_range (rand, 0, 2);
      recipe->batch_size = 64;
      recipe->tolerance = 0.0;
    }
  return recipe;
}

/* The place of some row, a little off, in the data's own unit; or so far off that nobody comes. */
static void
random_place (const LloydPoints *points, GRand *rand, double *place)
{
  const float *x =
      lloyd_points_values (points, (size_t) g_rand_int_range (rand, 0, (gint32) points->n));
  double off = g_rand_int_range (rand, 0, 3) == 0 ? 1e3 : 0.1;
  for (guint j = 0; j < points->d; j++)
    place[j] =
        ((double) x[j] + points->origin[j] + g_rand_double (rand) * off) * points->factor[j] +
        points->offset[j];
}

/* Any edit that is allowed. */
static void
edit_at_random (LloydRun *run, GRand *rand)
{
  g_autoptr (GError) error = NULL;
  guint k = lloyd_run_get_k (run);
  double place[8];
  LloydEdit edit = { .kind = (LloydEditKind) g_rand_int_range (rand, 0, LLOYD_EDIT_UNPIN + 1),
                     .cluster = (guint) g_rand_int_range (rand, 0, (gint32) k),
                     .place = place };
  if (edit.kind == LLOYD_EDIT_REMOVE && k == 1)
    edit.kind = LLOYD_EDIT_ADD;
  random_place (lloyd_run_get_points (run), rand, place);
  lloyd_run_edit (run, &edit, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lloyd_run_get_k (run), ==,
                    k + (edit.kind == LLOYD_EDIT_ADD) - (edit.kind == LLOYD_EDIT_REMOVE));
}

static void
go_to (LloydRun *run, guint position)
{
  g_autoptr (GError) error = NULL;
  lloyd_run_go_to (run, position, NULL, &error);
  g_assert_no_error (error);
}

static void
half_step (LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  lloyd_run_half_step (run, NULL, &error);
  g_assert_no_error (error);
}

/* Goes about in a run, as a person does. */
static void
wander (LloydRun *run, GRand *rand)
{
  for (gint32 n = g_rand_int_range (rand, 0, 12); n > 0; n--)
    if (g_rand_int_range (rand, 0, 4) == 0)
      go_to (run,
             (guint) g_rand_int_range (rand, 0, (gint32) lloyd_run_get_last_position (run) + 1));
    else
      half_step (run);
}

/* The run that starts from what was edited last, read from a file as the command line does. */
static LloydRun *
open_again (LloydRun *run, LloydPoints *points)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = test_folder_dup_path (folder, "centroids.csv");
  g_autoptr (LloydRecipe) recipe = lloyd_run_dup_edited_recipe (run);
  g_assert_nonnull (recipe);
  g_assert_true (lloyd_results_save_start (path, recipe, points, &error));
  g_autofree char *init = g_strconcat ("file:", path, NULL);
  test_recipe_set (recipe, "init", init);
  g_assert_true (lloyd_results_load_start (recipe, points, &error));
  g_assert_no_error (error);
  return test_run_open (points, recipe, "cpu");
}

/* From its last edit on, `run` is what `again` is from its start: at every position, to the bit. */
static void
check_same (LloydRun *run, LloydRun *again)
{
  guint n, n_again;
  test_run_to_end (run);
  test_run_to_end (again);
  const LloydStep *steps = lloyd_run_get_steps (run, &n);
  lloyd_run_get_steps (again, &n_again);
  guint before = n - n_again;
  g_assert_cmpint (lloyd_run_get_stop (run), ==, lloyd_run_get_stop (again));
  g_assert_true (steps[before].is_edited);
  for (guint p = 0; p <= lloyd_run_get_last_position (again); p++)
    {
      guint k = lloyd_run_get_k (again), d = lloyd_run_get_points (again)->d;
      size_t rows = lloyd_run_get_points (again)->n_input;
      g_autoptr (GError) error = NULL;
      g_autofree gint32 *labels = g_new (gint32, rows), *expected = g_new (gint32, rows);
      go_to (run, p + 2 * before);
      go_to (again, p);
      g_assert_cmpuint (lloyd_run_get_k (run), ==, k);
      g_assert_cmpmem (lloyd_run_get_centroids (run), sizeof (float) * k * d,
                       lloyd_run_get_centroids (again), sizeof (float) * k * d);
      /* Where they stand at first the labels are those of the step before. */
      if (p == 0)
        continue;
      g_assert_cmpmem (lloyd_run_get_sizes (run), sizeof (gint64) * k, lloyd_run_get_sizes (again),
                       sizeof (gint64) * k);
      g_assert_true (lloyd_run_read_labels (run, labels, &error));
      g_assert_true (lloyd_run_read_labels (again, expected, &error));
      g_assert_cmpmem (labels, sizeof (gint32) * rows, expected, sizeof (gint32) * rows);
    }
  const LloydStep *steps_again = lloyd_run_get_steps (again, &n_again);
  for (guint i = 0; i < n_again; i++)
    {
      g_assert_cmpuint (steps[before + i].moved, ==, steps_again[i].moved);
      g_assert_cmpuint (steps[before + i].n_repaired, ==, steps_again[i].n_repaired);
      g_assert_cmpuint (steps[before + i].batch, ==, steps_again[i].batch);
      g_assert_cmpmem (&steps[before + i].objective, 8, &steps_again[i].objective, 8);
      g_assert_cmpmem (&steps[before + i].objective_after_update, 8,
                       &steps_again[i].objective_after_update, 8);
    }
}

static LloydPoints *
random_points (GRand *rand, guint *k)
{
  *k = (guint) g_rand_int_range (rand, 1, 9);
  if (g_rand_int_range (rand, 0, 3) == 0)
    return test_penguins_load ((LloydScale) g_rand_int_range (rand, 0, 3));
  return test_cloud_points (&test_clouds[g_rand_int_range (rand, 0, 2)], 600, 3, rand);
}

/* However it came there, a run goes on from an edit as one that starts there. */
static void
test_continues (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 60; round++)
    {
      guint k;
      g_autoptr (LloydPoints) points = random_points (rand, &k);
      g_autoptr (LloydRecipe) recipe = random_recipe (rand, k);
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      g_assert_null (lloyd_run_dup_edited_recipe (run));
      if (g_rand_boolean (rand))
        lloyd_run_set_history_budget (run, 1);
      for (gint32 n = g_rand_int_range (rand, 1, 6); n > 0; n--)
        {
          wander (run, rand);
          edit_at_random (run, rand);
        }
      g_autoptr (LloydRun) again = open_again (run, points);
      check_same (run, again);
    }
}

/* ---- what comes back ----------------------------------------------------------------------- */

/* What a run shows at each position, hashed. */
static GPtrArray *
read_all (LloydRun *run)
{
  GPtrArray *shown = g_ptr_array_new_with_free_func (g_free);
  guint at = lloyd_run_get_position (run);
  size_t n = lloyd_run_get_points (run)->n_input;
  g_autofree gint32 *labels = g_new (gint32, n);
  for (guint p = 0; p <= lloyd_run_get_last_position (run); p++)
    {
      g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
      g_autoptr (GError) error = NULL;
      go_to (run, p);
      guint k = lloyd_run_get_k (run);
      g_assert_true (lloyd_run_read_labels (run, labels, &error));
      g_checksum_update (sum, (const guchar *) labels, (gssize) (sizeof (gint32) * n));
      g_checksum_update (sum, (const guchar *) lloyd_run_get_centroids (run),
                         (gssize) (sizeof (float) * k * lloyd_run_get_points (run)->d));
      g_checksum_update (sum, (const guchar *) lloyd_run_get_sizes (run),
                         (gssize) (sizeof (gint64) * k));
      g_checksum_update (sum, (const guchar *) lloyd_run_get_slots (run),
                         (gssize) (sizeof (guint) * k));
      for (size_t i = 0; i < n; i++)
        g_assert_cmpint (labels[i], <, (gint32) k);
      g_ptr_array_add (shown, g_strdup (g_checksum_get_string (sum)));
    }
  go_to (run, at);
  return shown;
}

static void
check_shown (LloydRun *run, GPtrArray *expected)
{
  g_autoptr (GPtrArray) shown = read_all (run);
  g_assert_cmpuint (shown->len, ==, expected->len);
  for (guint i = 0; i < shown->len; i++)
    g_assert_cmpstr (shown->pdata[i], ==, expected->pdata[i]);
}

/* States put aside come back, each with all that it had, in this engine or another, and go on. */
static void
test_pasts (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  for (int round = 0; round < 30; round++)
    {
      guint k, n;
      g_autoptr (LloydPoints) points = random_points (rand, &k);
      g_autoptr (LloydRecipe) recipe = random_recipe (rand, k);
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      wander (run, rand);
      g_autoptr (LloydPast) past = lloyd_past_new (run);
      g_autoptr (GPtrArray) shown = read_all (run);
      guint position = lloyd_run_get_position (run);
      for (gint32 i = g_rand_int_range (rand, 1, 5); i > 0; i--)
        {
          edit_at_random (run, rand);
          wander (run, rand);
        }
      g_autoptr (LloydPast) edited = lloyd_past_new (run);
      g_autoptr (GPtrArray) edited_shown = read_all (run);

      g_assert_true (lloyd_run_restore (run, past, NULL, &error));
      g_assert_cmpuint (lloyd_run_get_position (run), ==, position);
      check_shown (run, shown);
      g_assert_true (lloyd_run_restore (run, edited, NULL, &error));
      check_shown (run, edited_shown);
      g_assert_true (lloyd_run_restore (run, past, NULL, &error));
      test_run_to_end (run);

      /* The engine goes, the state stays. */
      g_autoptr (LloydRun) plain = test_run_open (points, recipe, "cpu");
      test_run_to_end (plain);
      test_runs_assert_equal (run, plain);
      g_clear_pointer (&run, lloyd_run_free);
      const LloydBackend *backend = lloyd_backends_find ("cpu", 0, NULL, &error);
      run = lloyd_run_revive (points, edited, backend, NULL, NULL, &error);
      g_assert_no_error (error);
      check_shown (run, edited_shown);
      lloyd_run_get_steps (run, &n);
      g_autoptr (LloydRecipe) repeated = lloyd_run_dup_edited_recipe (run);
      if (repeated != NULL)
        {
          g_autoptr (LloydRun) again = open_again (run, points);
          check_same (run, again);
        }
    }
}

/* All histories together, of what is shown and of what was put aside, stay within one budget. */
static void
test_budget (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 2000, 3, rand);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (GPtrArray) pasts = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_past_free);
  const size_t frame = sizeof (float) * 40 * 3, budget = 60 * frame;
  recipe->k = 40;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  lloyd_run_set_history_budget (run, budget);
  for (int round = 0; round < 12; round++)
    {
      LloydEdit edit = { .kind = round % 2 == 0 ? LLOYD_EDIT_PIN : LLOYD_EDIT_UNPIN };
      test_run_to_end (run);
      g_ptr_array_add (pasts, lloyd_past_new (run));
      go_to (run, 2 * (guint) g_rand_int_range (rand, 0, 6));
      g_assert_true (lloyd_run_edit (run, &edit, NULL, NULL));
      g_assert_cmpuint (lloyd_run_get_history_bytes (run), <=, budget);
      g_assert_cmpuint (lloyd_run_get_history_bytes (run), >, 12 * frame);
    }
}

/* ---- what is shown and what is refused ----------------------------------------------------- */

/* Others keep their colours, labels follow them, and a colour that is still seen is not reused. */
static void
test_colours (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_STANDARDISE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autofree gint32 *before = g_new (gint32, points->n_input),
                    *after = g_new (gint32, points->n_input);
  double place[8];
  recipe->k = 4;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  go_to (run, 0);
  half_step (run);
  half_step (run);
  g_assert_true (lloyd_run_read_labels (run, before, NULL));
  gint64 size = lloyd_run_get_sizes (run)[2];
  g_assert_true (
      lloyd_run_edit (run, &(LloydEdit){ .kind = LLOYD_EDIT_REMOVE, .cluster = 1 }, NULL, NULL));
  random_place (points, rand, place);
  g_assert_true (
      lloyd_run_edit (run, &(LloydEdit){ .kind = LLOYD_EDIT_ADD, .place = place }, NULL, NULL));
  const guint expected[] = { 0, 2, 3, 4 };
  g_assert_cmpmem (lloyd_run_get_slots (run), sizeof expected, expected, sizeof expected);
  g_assert_true (lloyd_run_read_labels (run, after, NULL));
  for (size_t i = 0; i < points->n_input; i++)
    g_assert_cmpint (after[i], ==, before[i] == 1 ? -1 : before[i] > 1 ? before[i] - 1 : before[i]);
  g_assert_cmpint (lloyd_run_get_sizes (run)[1], ==, size);
  g_assert_cmpint (lloyd_run_get_sizes (run)[3], ==, 0);
  g_assert_false (lloyd_run_has_current_labels (run));

  g_autoptr (GArray) events = lloyd_run_dup_events (run);
  g_assert_cmpuint (events->len, ==, 2);
  const LloydEvent removed = g_array_index (events, LloydEvent, 0),
                   added = g_array_index (events, LloydEvent, 1);
  g_assert_true (removed.kind == LLOYD_EDIT_REMOVE && removed.step == 2 && removed.cluster == 1 &&
                 removed.k_before == 4 && removed.k_after == 3);
  g_assert_true (added.kind == LLOYD_EDIT_ADD && added.step == 2 && added.cluster == 3 &&
                 added.k_before == 3 && added.k_after == 4);
  half_step (run);
  guint n;
  const LloydStep *steps = lloyd_run_get_steps (run, &n);
  g_assert_true (!steps[0].is_edited && steps[1].is_edited && steps[1].k == 4);
  g_assert_true (lloyd_run_has_current_labels (run));
}

/* A centroid that is pinned stays to the bit. */
static void
test_pinned (void)
{
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  float pinned[4];
  recipe->k = 5;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  half_step (run);
  g_assert_true (
      lloyd_run_edit (run, &(LloydEdit){ .kind = LLOYD_EDIT_PIN, .cluster = 3 }, NULL, NULL));
  g_assert_cmpuint (lloyd_run_get_position (run), ==, 1);
  g_assert_true (lloyd_run_get_pins (run)[3]);
  memcpy (pinned, lloyd_run_get_centroids (run) + 12, sizeof pinned);
  test_run_to_end (run);
  g_assert_cmpmem (lloyd_run_get_centroids (run) + 12, sizeof pinned, pinned, sizeof pinned);
  g_assert_true (
      lloyd_run_edit (run, &(LloydEdit){ .kind = LLOYD_EDIT_UNPIN, .cluster = 3 }, NULL, NULL));
  half_step (run);
  g_assert_true (memcmp (lloyd_run_get_centroids (run) + 12, pinned, sizeof pinned) != 0);
}

static void
test_refused (void)
{
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_NONE);
  const double zero[4] = { 0.0 }, nowhere[4] = { 0.0, NAN, 0.0, 0.0 };
  static const char *const messages[] = { "there is no centroid 342, the last is 341",
                                          "343 clusters are more than the 342 rows",
                                          "centroid 341 is not finite",
                                          "centroid 341 is zero or not finite and has no direction",
                                          "the only centroid cannot be removed" };
  const LloydEdit edits[] = { { LLOYD_EDIT_MOVE, 342, zero },
                              { LLOYD_EDIT_ADD, 0, zero },
                              { LLOYD_EDIT_MOVE, 341, nowhere },
                              { LLOYD_EDIT_MOVE, 341, zero },
                              { LLOYD_EDIT_REMOVE, 0, NULL } };
  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
      recipe->k = i == 4 ? 1 : 342;
      recipe->metric = i == 3 ? LLOYD_METRIC_COSINE : LLOYD_METRIC_EUCLIDEAN;
      g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
      half_step (run);
      g_autoptr (GPtrArray) shown = read_all (run);
      g_assert_false (lloyd_run_edit (run, &edits[i], NULL, &error));
      g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
      g_assert_true (g_str_has_suffix (error->message, messages[i]));
      g_assert_null (lloyd_run_dup_edited_recipe (run));
      check_shown (run, shown);
    }
}

/* An edit that is called off while points are assigned leaves all as it was. */
static void
test_cancelled (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  double place[8];
  recipe->k = 6;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  test_run_to_end (run);
  g_autoptr (GPtrArray) shown = read_all (run);
  random_place (points, rand, place);
  g_cancellable_cancel (cancellable);
  g_assert_false (lloyd_run_edit (run, &(LloydEdit){ .kind = LLOYD_EDIT_ADD, .place = place },
                                  cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_CONVERGED);
  check_shown (run, shown);
}

/* A run that ended goes on as if it had not. */
static void
test_past_end (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  recipe->k = 6;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  g_assert_true (lloyd_run_go_past_end (run, NULL, &error));
  g_assert_cmpuint (lloyd_run_get_last_position (run), ==, 0);
  test_run_to_end (run);
  guint last = lloyd_run_get_last_position (run);
  g_autofree float *centroids = g_memdup2 (lloyd_run_get_centroids (run), sizeof (float) * 24);
  g_assert_true (lloyd_run_go_past_end (run, NULL, &error));
  g_assert_cmpuint (lloyd_run_get_position (run), ==, last + 1);
  /* Converged: it stays where it was. */
  g_assert_cmpmem (centroids, sizeof (float) * 24, lloyd_run_get_centroids (run),
                   sizeof (float) * 24);
  half_step (run);
  g_assert_cmpint (lloyd_run_get_stop (run), ==, LLOYD_STOP_CONVERGED);
}

/* A result has the edits that its labels come from. */
static void
test_result (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_penguins_load (LLOYD_SCALE_NONE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autofree char *path = test_folder_dup_path (folder, "edited.parquet");
  double place[4] = { 40.0, 17.25, 190.0, 1.0 / 3.0 };
  LloydEdit edits[] = { { .kind = LLOYD_EDIT_REMOVE, .cluster = 1 },
                        { .kind = LLOYD_EDIT_MOVE, .cluster = 2, .place = place } };
  recipe->k = 4;
  g_autoptr (LloydRun) run = test_run_open (points, recipe, "cpu");
  for (guint round = 0; round < 3; round++)
    {
      test_run_to_end (run);
      g_assert_true (lloyd_results_save_labels (path, run, &error));
      g_autoptr (LloydClaims) claims = lloyd_claims_load (path, NULL, NULL, &error);
      g_autoptr (GPtrArray) made = lloyd_run_dup_placed_edits (run);
      g_assert_no_error (error);
      g_assert_cmpuint (made->len, ==, round);
      g_assert_cmpuint (claims->edits != NULL ? claims->edits->len : 0, ==, round);
      for (guint i = 0; i < round; i++)
        {
          const LloydPlacedEdit *a = made->pdata[i], *b = claims->edits->pdata[i];
          g_assert_cmpuint (a->position, ==, b->position);
          g_assert_cmpuint (a->kind, ==, b->kind);
          g_assert_cmpuint (a->cluster, ==, b->cluster);
          g_assert_cmpmem (a->place, sizeof (double) * a->n_values, b->place,
                           sizeof (double) * b->n_values);
        }
      if (round < 2)
        g_assert_true (lloyd_run_edit (run, &edits[round], NULL, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = test_folder_new ();
  g_test_add_func ("/edits/continues", test_continues);
  g_test_add_func ("/edits/pasts", test_pasts);
  g_test_add_func ("/edits/budget", test_budget);
  g_test_add_func ("/edits/colours", test_colours);
  g_test_add_func ("/edits/pinned", test_pinned);
  g_test_add_func ("/edits/refused", test_refused);
  g_test_add_func ("/edits/cancelled", test_cancelled);
  g_test_add_func ("/edits/past-end", test_past_end);
  g_test_add_func ("/edits/result", test_result);
  int result = g_test_run ();
  test_folder_free (folder);
  return result;
}
