/* Hands on a session: where centroids come to lie, on one side and on two, and what Undo brings
 * back. */
#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/session/lockstep.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

static TestFolder *folder;

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static LloydSession *
open_penguins (const char *columns, const char *scale, guint k, gboolean is_both)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  g_autoptr (LloydRecipe) recipe = test_session_recipe (k);
  LloydSession *session = lloyd_session_new ();
  test_recipe_set (recipe, "columns", columns);
  test_recipe_set (recipe, "scale", scale);
  test_recipe_set (recipe, "missing", "drop");
  test_session_open (session, path, recipe, is_both);
  return session;
}

/* Centroids of a side as a file would say them: k x d. Yours. */
static double *
dup_centroids (LloydSession *session, guint side)
{
  g_autoptr (GError) error = NULL;
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, side);
  const LloydPoints *points = snapshot->scene->points;
  double *values = g_new (double, (size_t) snapshot->k * points->d);
  (void) error;
  for (guint j = 0; j < snapshot->k; j++)
    for (guint a = 0; a < 2; a++)
      values[j * points->d + a] =
          (double) snapshot->centroids[3 * j + a] * points->factor[a] + points->offset[a];
  return values;
}

/* ---- places -------------------------------------------------------------------------------- */

static void
expect_seen (LloydSession *session, guint side, guint cluster, const double *seen, guint n)
{
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, side);
  for (guint a = 0; a < n; a++)
    g_assert_cmpfloat_with_epsilon ((double) snapshot->centroids[3 * cluster + a], seen[a],
                                    1e-4 * (1.0 + fabs (seen[a])));
}

/* What is said in the data's unit is where the centroid is; what is not said stays. */
static void
test_data_places (void)
{
  static const char *const scales[] = { "none", "standardise", "minmax" };
  for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      g_autoptr (LloydSession) session =
          open_penguins ("bill_length_mm,bill_depth_mm", scales[i], 3, FALSE);
      const double place[] = { 45.25, 17.5 }, other[] = { 40.0, 15.0 };
      test_session_edit (session,
                         &(LloydHandEdit){ LLOYD_EDIT_MOVE, 1, LLOYD_PLACE_DATA, place, 2, 0 });
      g_autofree double *moved = dup_centroids (session, 0);
      g_assert_cmpfloat_with_epsilon (moved[2], 45.25, 1e-4);
      g_assert_cmpfloat_with_epsilon (moved[3], 17.5, 1e-4);
      test_session_edit (session,
                         &(LloydHandEdit){ LLOYD_EDIT_ADD, 0, LLOYD_PLACE_SHOWN, other, 2, 0 });
      g_autofree double *added = dup_centroids (session, 0);
      g_assert_cmpuint (lloyd_session_get_snapshot (session, 0)->k, ==, 4);
      g_assert_cmpuint (lloyd_session_get_recipe (session)->k, ==, 4);
      g_assert_cmpfloat_with_epsilon (added[6], 40.0, 1e-4);
      g_assert_cmpfloat_with_epsilon (added[7], 15.0, 1e-4);
    }
}

/* A centroid dragged within a plane goes where it is seen, and nowhere else. */
static void
test_seen_places (void)
{
  static const char *const axes[] = { "body_mass_g,bill_depth_mm", "components", "components-3d",
                                      "widest-3d" };
  for (guint i = 0; i < G_N_ELEMENTS (axes); i++)
    {
      g_autoptr (LloydSession) session = open_penguins (
          "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g", "standardise", 3, FALSE);
      const double seen[] = { 0.5, -0.25, 0.125 };
      float before[3];
      test_session_set_axes (session, axes[i]);
      guint n = lloyd_session_get_snapshot (session, 0)->scene->projection->n_axes;
      test_session_edit (session,
                         &(LloydHandEdit){ LLOYD_EDIT_MOVE, 2, LLOYD_PLACE_SEEN, seen, n, 0 });
      expect_seen (session, 0, 2, seen, n);

      /* Seen from elsewhere, a move within the plane of other columns leaves it where it was. */
      test_session_set_axes (session, "bill_length_mm,flipper_length_mm");
      memcpy (before, lloyd_session_get_snapshot (session, 0)->centroids + 6, sizeof before);
      test_session_set_axes (session, "body_mass_g,bill_depth_mm");
      test_session_edit (session,
                         &(LloydHandEdit){ LLOYD_EDIT_MOVE, 2, LLOYD_PLACE_SEEN, seen, 2, 0 });
      test_session_set_axes (session, "bill_length_mm,flipper_length_mm");
      g_assert_cmpmem (lloyd_session_get_snapshot (session, 0)->centroids + 6, sizeof before,
                       before, sizeof before);
      /* What is added lies at the mean of what is not seen: 0, of standardised columns. */
      test_session_edit (session,
                         &(LloydHandEdit){ LLOYD_EDIT_ADD, 0, LLOYD_PLACE_SEEN, seen, 2, 0 });
      expect_seen (session, 0, 3, seen, 2);
      test_session_set_axes (session, "body_mass_g,bill_depth_mm");
      expect_seen (session, 0, 3, (const double[]){ 0.0, 0.0 }, 2);
    }
}

/* On both sides at once: the other one is seen in the direction of the place. */
static void
test_both_sides (void)
{
  g_autoptr (LloydSession) session =
      open_penguins ("bill_length_mm,bill_depth_mm", "none", 3, TRUE);
  for (int position = 0; position < 3; position++)
    {
      const double place[] = { 50.0 + position, 14.0 };
      test_session_edit (session,
                         &(LloydHandEdit){ LLOYD_EDIT_MOVE, 0, LLOYD_PLACE_DATA, place, 2, 0 });
      g_autofree double *euclidean = dup_centroids (session, 0),
                        *cosine = dup_centroids (session, 1);
      g_assert_cmpfloat_with_epsilon (euclidean[0], place[0], 1e-4);
      g_assert_cmpfloat_with_epsilon (cosine[1] / cosine[0], place[1] / place[0], 1e-5);
      test_session_half_step (session);
    }
}

/* ---- where it stands ----------------------------------------------------------------------- */

/* Before the first step nobody is assigned; after it everybody is, at once. */
static void
test_positions (void)
{
  g_autoptr (LloydSession) session =
      open_penguins ("bill_length_mm,bill_depth_mm", "none", 3, FALSE);
  const double place[] = { 50.0, 14.0 };
  const LloydHandEdit move = { LLOYD_EDIT_MOVE, 0, LLOYD_PLACE_DATA, place, 2, 0 };
  const LloydHandEdit pin = { .kind = LLOYD_EDIT_PIN, .cluster = 1 };
  static const guint expected[] = { 0, 1, 3, 3, 5 };
  for (guint position = 0; position < G_N_ELEMENTS (expected); position++)
    {
      while (lloyd_session_get_last_position (session) < position)
        test_session_half_step (session);
      test_session_go_to (session, position);
      test_session_edit (session, &pin);
      g_assert_cmpuint (lloyd_session_get_position (session), ==, position);
      g_assert_cmpuint (lloyd_session_get_last_position (session), ==, position);
      test_session_edit (session, &move);
      g_assert_cmpuint (lloyd_session_get_position (session), ==, expected[position]);
      const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
      g_assert_cmpint (snapshot->is_pinned[1], ==, position % 2 == 0);
      g_assert_cmpuint (snapshot->n_events, >, 0);
      const LloydStep *step = lloyd_snapshot_get_step (snapshot);
      g_assert_true (position == 0 ? step == NULL : step != NULL && step->is_edited);
    }
}

/* Woken where one side rested, that side wakes as it was, not as it was edited then; time passes
 * the edit at `edited` again for both. */
static void
check_woken (LloydSession *session, guint resting, guint edited)
{
  test_session_go_to (session, edited - 2);
  for (guint p = edited - 2; p < edited + 2; p++)
    {
      test_session_half_step (session);
      const LloydSnapshot *one = lloyd_session_get_snapshot (session, 0),
                          *two = lloyd_session_get_snapshot (session, 1);
      g_assert_cmpuint (lloyd_session_get_position (session), ==, p + 1);
      g_assert_cmpuint (one->k, ==, p + 1 < edited - 1 ? 3 : 2);
      g_assert_cmpuint (two->k, ==, one->k);
    }
  test_session_run (session, 0, 0);
  g_assert_true (lloyd_session_is_at_end (session));
  test_session_go_to (session, edited - 2);
  test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_PIN, .cluster = 2 });
  g_assert_cmpuint (lloyd_session_get_snapshot (session, resting)->k, ==, 3);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, edited - 2);
  test_session_half_step (session);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, edited - 1);
  g_assert_cmpuint (lloyd_session_get_snapshot (session, 1 - resting)->position, ==, edited - 1);
  test_session_undo (session);
}

/* A side that rests wakes up where it rested; time goes on for both, and back. */
static void
test_resting_side (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "iris.csv", NULL);
  for (int round = 0; round < 20; round++)
    {
      g_autoptr (LloydSession) session = lloyd_session_new ();
      g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
      recipe->seed = g_rand_int (rand);
      test_session_open (session, path, recipe, TRUE);
      test_session_run (session, 0, 0);
      guint last = lloyd_session_get_last_position (session);
      guint ends[2] = { lloyd_session_get_snapshot (session, 0)->position,
                        lloyd_session_get_snapshot (session, 1)->position };
      guint resting = ends[0] < ends[1] ? 0 : 1;
      guint position =
          (guint) g_rand_int_range (rand, (gint32) MIN (ends[0], ends[1]) + 1, (gint32) last + 2);
      position = MIN (position, last);
      test_session_go_to (session, position);
      test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_REMOVE, .cluster = 1 });
      guint edited = lloyd_session_get_position (session);
      g_assert_cmpuint (edited % 2, ==, 1);
      if (ends[0] != ends[1] && position > ends[resting])
        g_assert_cmpuint (lloyd_session_get_snapshot (session, resting)->position, ==,
                          ends[resting] + 2);
      /* Both go on together. */
      for (int i = 1; i < 3; i++)
        {
          guint before[2] = { lloyd_session_get_snapshot (session, 0)->position,
                              lloyd_session_get_snapshot (session, 1)->position };
          test_session_half_step (session);
          g_assert_cmpuint (lloyd_session_get_position (session), ==, edited + (guint) i);
          for (guint side = 0; side < 2; side++)
            g_assert_cmpuint (lloyd_session_get_snapshot (session, side)->position, ==,
                              before[side] + 1);
        }
      /* Before the edit the one still rests. */
      test_session_go_to (session, edited - 2);
      g_assert_cmpuint (lloyd_session_get_position (session), ==, edited - 2);
      for (guint side = 0; side < 2; side++)
        {
          g_assert_cmpuint (lloyd_session_get_snapshot (session, side)->position, ==,
                            MIN (edited - 2, ends[side]));
          g_assert_cmpuint (lloyd_session_get_snapshot (session, side)->k, ==, 3);
        }
      check_woken (session, resting, edited);
      test_session_undo (session);
      g_assert_cmpuint (lloyd_session_get_position (session), ==, position);
      g_assert_cmpuint (lloyd_session_get_last_position (session), ==, last);
    }
}

static void
test_stretches (void)
{
  g_autoptr (GArray) stretches = lloyd_stretches_new ();
  g_assert_cmpuint (lloyd_stretches_to_session (stretches, 7), ==, 7);
  g_assert_cmpuint (lloyd_stretches_to_run (stretches, 7, 5), ==, 5);
  g_assert_true (lloyd_stretches_is_behind (stretches, 7, 5));
  g_assert_false (lloyd_stretches_is_behind (stretches, 5, 5));
  /* It rested at 5, and goes on as 6 where the session is at 10. */
  lloyd_stretches_add (stretches, 10, 6);
  static const guint own[] = { 0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 6, 7, 8, 8 };
  for (guint at = 0; at < G_N_ELEMENTS (own); at++)
    g_assert_cmpuint (lloyd_stretches_to_run (stretches, at, 8), ==, own[at]);
  g_assert_cmpuint (lloyd_stretches_to_session (stretches, 5), ==, 5);
  g_assert_cmpuint (lloyd_stretches_to_session (stretches, 6), ==, 10);
  lloyd_stretches_cut (stretches, 10);
  g_assert_cmpuint (stretches->len, ==, 2);
  lloyd_stretches_cut (stretches, 9);
  g_assert_cmpuint (stretches->len, ==, 1);
}

/* ---- Undo ---------------------------------------------------------------------------------- */

/* One Undo brings back all that was, to the bit, and Redo all that is. */
static void
check_undo (LloydSession *session, const char *before, const LloydChange *expected)
{
  g_autofree char *after = test_session_dup_hash (session);
  g_assert_cmpstr (before, !=, after);
  const LloydChange *change = lloyd_session_get_undo (session);
  g_assert_nonnull (change);
  g_assert_cmpint (change->kind, ==, expected->kind);
  g_assert_cmpint (change->edit, ==, expected->edit);
  g_assert_cmpuint (change->cluster, ==, expected->cluster);
  g_assert_cmpuint (change->k_before, ==, expected->k_before);
  g_assert_cmpuint (change->k_after, ==, expected->k_after);
  g_assert_cmpstr (change->key, ==, expected->key);
  g_assert_cmpstr (change->title, ==, expected->title);
  g_assert_null (lloyd_session_get_redo (session));

  test_session_undo (session);
  g_assert_cmpint (lloyd_session_get_redo (session)->kind, ==, expected->kind);
  g_autofree char *undone = test_session_dup_hash (session);
  g_assert_cmpstr (undone, ==, before);
  test_session_redo (session);
  g_assert_null (lloyd_session_get_redo (session));
  g_autofree char *redone = test_session_dup_hash (session);
  g_assert_cmpstr (redone, ==, after);
}

static void
test_undo_edits (void)
{
  static const LloydEditKind kinds[] = { LLOYD_EDIT_ADD, LLOYD_EDIT_MOVE, LLOYD_EDIT_REMOVE,
                                         LLOYD_EDIT_PIN, LLOYD_EDIT_PIN };
  for (int is_both = 0; is_both < 2; is_both++)
    {
      g_autoptr (LloydSession) session =
          open_penguins ("bill_length_mm,bill_depth_mm", "standardise", 4, is_both);
      const double place[] = { 42.0, 19.0 };
      guint k = 4;
      g_assert_null (lloyd_session_get_undo (session));
      test_session_run (session, 0, 0);
      for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        {
          test_session_go_to (session, i + 1);
          g_autofree char *before = test_session_dup_hash (session);
          test_session_edit (session,
                             &(LloydHandEdit){ kinds[i], 2, LLOYD_PLACE_DATA, place, 2, 0 });
          guint after = lloyd_session_get_recipe (session)->k;
          LloydChange expected = { .kind = LLOYD_CHANGE_EDIT,
                                   .edit = i == 4 ? LLOYD_EDIT_UNPIN : kinds[i],
                                   .cluster = kinds[i] == LLOYD_EDIT_ADD ? k : 2,
                                   .k_before = k,
                                   .k_after = after };
          g_assert_cmpuint (after, ==, k + (i == 0) - (i == 2));
          k = after;
          check_undo (session, before, &expected);
          test_session_run (session, 3, 0);
        }
      for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        test_session_undo (session);
      g_assert_null (lloyd_session_get_undo (session));
      g_assert_false (lloyd_session_is_edited (session));
      /* More than there is does nothing. */
      test_session_undo (session);
      g_assert_cmpuint (lloyd_session_get_recipe (session)->k, ==, 4);
    }
}

static void
test_undo_recipe (void)
{
  static const char *const changes[][2] = { { "k", "6" },
                                            { "metric", "cosine" },
                                            { "seed", "5" },
                                            { "scale", "standardise" },
                                            { "init", "random" },
                                            { "columns", "bill_length_mm,body_mass_g" },
                                            { "empty", "split" },
                                            { "max-steps", "3" },
                                            { "algorithm", "minibatch" } };
  g_autoptr (LloydSession) session =
      open_penguins ("bill_length_mm,bill_depth_mm", "none", 4, FALSE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_session_get_recipe (session));
  test_recipe_set (recipe, "batch-size", "50");
  test_session_restart (session, recipe, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      LloydChange expected = { .kind = LLOYD_CHANGE_RECIPE, .key = changes[i][0] };
      test_session_run (session, 4, 0);
      if (i % 2 == 0)
        test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_PIN, .cluster = 1 });
      g_autofree char *before = test_session_dup_hash (session);
      test_recipe_set (recipe, changes[i][0], changes[i][1]);
      test_session_restart (session, recipe, FALSE);
      check_undo (session, before, &expected);
    }
  LloydChange expected = { .kind = LLOYD_CHANGE_RECIPE, .key = "metric" };
  g_autofree char *before = test_session_dup_hash (session);
  test_session_restart (session, recipe, TRUE);
  check_undo (session, before, &expected);
}

/* Another file: what was open comes back with all its edits, and goes on. */
static void
test_undo_data (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "iris.csv", NULL);
  g_autoptr (LloydSession) session =
      open_penguins ("bill_length_mm,bill_depth_mm", "none", 4, TRUE);
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_MOONS);
  LloydChange expected = { .kind = LLOYD_CHANGE_DATA, .title = (char *) "iris.csv" };
  test_session_run (session, 0, 0);
  test_session_go_to (session, 4);
  test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_REMOVE, .cluster = 1 });
  g_autofree char *first = test_session_dup_hash (session);
  test_session_open (session, path, recipe, FALSE);
  check_undo (session, first, &expected);
  test_session_run (session, 2, 0);
  g_autofree char *second = test_session_dup_hash (session);
  test_session_generate (session, &spec, recipe, FALSE);
  expected.title = (char *) "a cloud";
  check_undo (session, second, &expected);
  test_session_undo (session);
  test_session_undo (session);
  g_autofree char *back = test_session_dup_hash (session);
  g_assert_cmpstr (back, ==, first);
  g_assert_cmpstr (lloyd_session_get_dataset (session)->title, ==, "penguins.csv");
  g_assert_cmpuint (lloyd_session_get_n_sides (session), ==, 2);
  test_session_run (session, 0, 0);
  g_assert_true (lloyd_session_is_at_end (session));
  /* A new change, and what was undone is gone. */
  test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_PIN, .cluster = 0 });
  g_assert_null (lloyd_session_get_redo (session));
}

/* A drag is one change, however many places it passed. */
static void
test_gesture (void)
{
  g_autoptr (LloydSession) session =
      open_penguins ("bill_length_mm,bill_depth_mm", "none", 4, FALSE);
  test_session_run (session, 0, 0);
  test_session_go_to (session, 2);
  g_autofree char *before = test_session_dup_hash (session);
  for (guint gesture = 1; gesture < 3; gesture++)
    for (int i = 0; i < 10; i++)
      {
        const double place[] = { 40.0 + i, 15.0 };
        test_session_edit (session, &(LloydHandEdit){ LLOYD_EDIT_MOVE, gesture, LLOYD_PLACE_DATA,
                                                      place, 2, gesture });
      }
  g_assert_cmpuint (lloyd_session_get_snapshot (session, 0)->n_events, ==, 2);
  test_session_undo (session);
  g_assert_nonnull (lloyd_session_get_undo (session));
  test_session_undo (session);
  g_assert_null (lloyd_session_get_undo (session));
  g_autofree char *after = test_session_dup_hash (session);
  g_assert_cmpstr (after, ==, before);
}

/* ---- what goes wrong ----------------------------------------------------------------------- */

static void
test_refused (void)
{
  g_autoptr (LloydSession) session =
      open_penguins ("bill_length_mm,bill_depth_mm,body_mass_g", "none", 1, TRUE);
  const double places[][4] = { { 1.0, 2.0, 3.0, 4.0 }, { 1.0, INFINITY, 3.0 }, { 0.0, 0.0, 0.0 } };
  const struct
  {
    LloydHandEdit edit;
    const char *message;
  } bad[] = {
    { { LLOYD_EDIT_ADD, 0, LLOYD_PLACE_DATA, places[0], 4, 0 },
      "needs 3 coordinates, or 2 for the columns shown, not 4" },
    { { LLOYD_EDIT_ADD, 0, LLOYD_PLACE_SHOWN, places[0], 1, 0 }, "not 1" },
    { { LLOYD_EDIT_MOVE, 0, LLOYD_PLACE_DATA, places[1], 3, 0 }, "coordinate 2 is not finite" },
    { { LLOYD_EDIT_MOVE, 0, LLOYD_PLACE_DATA, places[2], 3, 0 }, "has no direction" },
    { { LLOYD_EDIT_MOVE, 1, LLOYD_PLACE_DATA, places[0], 3, 0 }, "there is no centroid 1" },
    { { .kind = LLOYD_EDIT_REMOVE }, "the only centroid" },
    { { .kind = LLOYD_EDIT_PIN, .cluster = 7 }, "there is no centroid 7" },
  };
  test_session_set_axes (session, "bill_length_mm,body_mass_g");
  test_session_run (session, 1, 0);
  g_autofree char *before = test_session_dup_hash (session);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      TestAnswer answer = { 0 };
      lloyd_session_edit_async (session, &bad[i].edit, test_answer_take, &answer);
      test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_DATA, bad[i].message);
      g_assert_null (lloyd_session_get_undo (session));
      g_autofree char *after = test_session_dup_hash (session);
      g_assert_cmpstr (after, ==, before);
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  folder = test_folder_new ();
  g_test_add_func ("/hands/data-places", test_data_places);
  g_test_add_func ("/hands/seen-places", test_seen_places);
  g_test_add_func ("/hands/both-sides", test_both_sides);
  g_test_add_func ("/hands/positions", test_positions);
  g_test_add_func ("/hands/stretches", test_stretches);
  g_test_add_func ("/hands/resting-side", test_resting_side);
  g_test_add_func ("/hands/undo-edits", test_undo_edits);
  g_test_add_func ("/hands/undo-recipe", test_undo_recipe);
  g_test_add_func ("/hands/undo-data", test_undo_data);
  g_test_add_func ("/hands/gesture", test_gesture);
  g_test_add_func ("/hands/refused", test_refused);
  int result = g_test_run ();
  test_folder_free (folder);
  return result;
}
