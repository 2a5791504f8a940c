/* A session that is saved and replayed is the same to the bit, whatever was done by hand. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/session/replay.h"
#include "compute/session/session-file.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

static TestFolder *folder;

static LloydRecipe *
make_recipe (guint k, const char *scale, const char *metric)
{
  LloydRecipe *recipe = test_session_recipe (k);
  test_recipe_set (recipe, "columns", "bill_length_mm,bill_depth_mm,body_mass_g");
  test_recipe_set (recipe, "scale", scale);
  test_recipe_set (recipe, "metric", metric);
  test_recipe_set (recipe, "missing", "drop");
  return recipe;
}

static void
edit_somehow (LloydSession *session)
{
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  double seen[3];
  LloydHandEdit edit = { .cluster = (guint) g_test_rand_int_range (0, (gint) snapshot->k),
                         .place = LLOYD_PLACE_SEEN,
                         .values = seen,
                         .n_values = snapshot->scene->projection->n_axes };
  /* Somewhere among the points. */
  for (guint a = 0; a < 3; a++)
    seen[a] = (double) snapshot->scene->low[a] +
              g_test_rand_double () *
                  ((double) snapshot->scene->high[a] - (double) snapshot->scene->low[a]);
  switch (g_test_rand_int_range (0, 6))
    {
    case 0:
      edit.kind = LLOYD_EDIT_ADD;
      break;
    case 1:
      if (snapshot->k < 3)
        return;
      edit.kind = LLOYD_EDIT_REMOVE;
      break;
    case 2:
      edit.kind = LLOYD_EDIT_PIN;
      break;
    default:
      edit.kind = LLOYD_EDIT_MOVE;
    }
  test_session_edit (session, &edit);
}

/* Steps, edits, goes back, edits again: as a person would. */
static void
play_with (LloydSession *session, int n_turns)
{
  for (int i = 0; i < n_turns; i++)
    {
      guint last = lloyd_session_get_last_position (session);
      switch (g_test_rand_int_range (0, 5))
        {
        case 0:
          test_session_half_step (session);
          break;
        case 1:
          test_session_step (session);
          break;
        case 2:
          test_session_go_to (session, (guint) g_test_rand_int_range (0, (gint) last + 1));
          break;
        case 3:
          test_session_run (session, 0, 0);
          break;
        default:
          for (int n = g_test_rand_int_range (1, 4); n > 0; n--)
            edit_somehow (session);
        }
    }
}

static void
check_same_side (const LloydSnapshot *a, const LloydSnapshot *b)
{
  g_assert_cmpint (a->metric, ==, b->metric);
  g_assert_cmpuint (a->k, ==, b->k);
  g_assert_cmpuint (a->position, ==, b->position);
  g_assert_cmpuint (a->last_position, ==, b->last_position);
  g_assert_cmpint (a->stop, ==, b->stop);
  g_assert_cmpuint (a->scene->n_shown, ==, b->scene->n_shown);
  g_assert_cmpmem (a->labels, sizeof *a->labels * a->scene->n_shown, b->labels,
                   sizeof *b->labels * b->scene->n_shown);
  g_assert_cmpmem (a->centroids, sizeof (float) * 3 * a->k, b->centroids,
                   sizeof (float) * 3 * b->k);
  g_assert_cmpmem (a->slots, sizeof (guint) * a->k, b->slots, sizeof (guint) * b->k);
  g_assert_cmpuint (a->n_events, ==, b->n_events);
  g_assert_cmpuint (a->n_steps, ==, b->n_steps);
  for (guint i = 0; i < a->n_steps; i++)
    {
      g_assert_cmpmem (&a->steps[i].objective, sizeof (double), &b->steps[i].objective,
                       sizeof (double));
      g_assert_cmpuint (a->steps[i].moved, ==, b->steps[i].moved);
    }
}

static void
check_same (LloydSession *a, LloydSession *b)
{
  guint n_sides = lloyd_session_get_n_sides (a);
  g_assert_cmpuint (n_sides, ==, lloyd_session_get_n_sides (b));
  g_assert_cmpuint (lloyd_session_get_position (a), ==, lloyd_session_get_position (b));
  for (guint i = 0; i < n_sides; i++)
    check_same_side (lloyd_session_get_snapshot (a, i), lloyd_session_get_snapshot (b, i));
}

/* By way of a file, as the app does it. */
static LloydSession *
restore (LloydSession *session, gboolean is_both)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = test_folder_dup_path (folder, "saved.lloyd");
  g_autoptr (LloydSessionFile) file = lloyd_session_file_new ();
  TestAnswer answer = { 0 };

  file->path = g_strdup (lloyd_session_get_dataset (session)->path);
  lloyd_recipe_free (file->recipe);
  file->recipe = lloyd_recipe_copy (lloyd_session_get_start (session));
  g_ptr_array_unref (file->edits);
  file->edits = g_ptr_array_ref ((GPtrArray *) lloyd_session_get_edits (session));
  file->is_both = is_both;
  file->position = lloyd_session_get_position (session);
  file->last_position = lloyd_session_get_last_position (session);
  g_assert_true (lloyd_session_file_save (file, path, &error));

  g_autoptr (LloydSessionFile) back = lloyd_session_file_load (path, &error);
  g_assert_no_error (error);
  LloydSession *other = lloyd_session_new ();
  test_session_open (other, back->path, back->recipe, back->is_both);
  lloyd_session_replay_async (other, back->edits, back->position, back->last_position,
                              test_answer_take, &answer);
  test_answer_expect (&answer);
  return other;
}

static void
test_same_bits (void)
{
  static const char *const scales[] = { "none", "standardise", "minmax" };
  static const char *const metrics[] = { "euclidean", "cosine", "both" };
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);

  for (int i = 0; i < 150; i++)
    {
      const char *metric = metrics[i % 3];
      gboolean is_both = g_str_equal (metric, "both");
      g_autoptr (LloydRecipe) recipe =
          make_recipe ((guint) g_test_rand_int_range (2, 7), scales[g_test_rand_int_range (0, 3)],
                       is_both ? "euclidean" : metric);
      g_autoptr (LloydSession) session = lloyd_session_new ();
      recipe->seed = (guint64) g_test_rand_int_range (0, 1000);
      if (i % 5 == 0)
        recipe->init = LLOYD_INIT_FIRST;
      test_session_open (session, path, recipe, is_both);
      play_with (session, g_test_rand_int_range (0, 14));
      g_autoptr (LloydSession) other = restore (session, is_both);
      check_same (session, other);
      /* And it goes on alike. */
      test_session_run (session, 0, 0);
      test_session_run (other, 0, 0);
      check_same (session, other);
    }
}

/* Beyond the recipe's limit of steps, where the session was let go on. */
static void
test_beyond_the_limit (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  g_autoptr (LloydRecipe) recipe = make_recipe (6, "none", "euclidean");
  g_autoptr (LloydSession) session = lloyd_session_new ();
  recipe->max_steps = 2;
  test_session_open (session, path, recipe, FALSE);
  test_session_run (session, 0, 0);
  test_session_run (session, 0, 3);
  g_assert_cmpuint (lloyd_session_get_last_position (session), >, 4);
  g_autoptr (LloydSession) other = restore (session, FALSE);
  g_assert_cmpuint (lloyd_session_get_position (other), ==, lloyd_session_get_position (session));
}

/* Edits that cannot be: said, and the session stands somewhere and goes on. */
static void
test_bad_edits (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  g_autoptr (LloydRecipe) recipe = make_recipe (3, "none", "euclidean");
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (GPtrArray) edits =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_placed_edit_free);
  const double place[] = { 1.0, 2.0 };
  TestAnswer answer = { 0 }, second = { 0 };

  test_session_open (session, path, recipe, FALSE);
  g_ptr_array_add (edits, lloyd_placed_edit_new (2, LLOYD_EDIT_REMOVE, 17, NULL, 0));
  lloyd_session_replay_async (session, edits, 4, 4, test_answer_take, &answer);
  test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_DATA, "17");
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 2);
  g_ptr_array_set_size (edits, 0);
  g_ptr_array_add (edits, lloyd_placed_edit_new (2, LLOYD_EDIT_MOVE, 1, place, 2));
  lloyd_session_replay_async (session, edits, 4, 4, test_answer_take, &second);
  test_answer_expect_error (&second, LLOYD_ERROR, LLOYD_ERROR_DATA, "coordinates");
  test_session_run (session, 0, 0);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  folder = test_folder_new ();
  g_test_add_func ("/session-replay/same-bits", test_same_bits);
  g_test_add_func ("/session-replay/beyond-the-limit", test_beyond_the_limit);
  g_test_add_func ("/session-replay/bad-edits", test_bad_edits);
  int status = g_test_run ();
  test_folder_free (folder);
  return status;
}
