/* Two sides of a session: where they differ, which rows they have, and where they start. */
#include "compute/error.h"
#include "tests/support/files.h"
#include "tests/support/sessions.h"

#define N 800

static LloydSession *
open_both (size_t max_discs, gboolean has_own_starts)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (6);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_GAUSSIAN);
  spec.rows = N;
  spec.seed = (guint64) g_test_rand_int ();
  lloyd_session_set_max_discs (session, max_discs);
  lloyd_session_set_own_starts (session, has_own_starts);
  test_session_generate (session, &spec, recipe, TRUE);
  return session;
}

static void
set_differences (LloydSession *session, gboolean has_differences)
{
  TestAnswer answer = { 0 };
  lloyd_session_set_differences_async (session, has_differences, test_answer_take, &answer);
  test_answer_expect (&answer);
}

/* Labels stay where the two differ, and the others are nobody's; all rows are counted. */
static void
check_differences (LloydSession *session)
{
  const LloydDifferences *differences = lloyd_session_get_differences (session);
  const LloydSnapshot *a = lloyd_session_get_snapshot (session, 0);
  const LloydSnapshot *b = lloyd_session_get_snapshot (session, 1);
  guint64 n_apart = 0;
  for (size_t i = 0; i < a->scene->n_shown; i++)
    {
      gboolean is_apart = a->labels[i] != b->labels[i];
      g_assert_cmpuint (differences->apart[0]->labels[i], ==,
                        is_apart ? a->labels[i] : LLOYD_NO_LABEL);
      g_assert_cmpuint (differences->apart[1]->labels[i], ==,
                        is_apart ? b->labels[i] : LLOYD_NO_LABEL);
      n_apart += is_apart;
    }
  g_assert_cmpuint (differences->n_apart, ==, n_apart);
  g_assert_cmpuint (differences->n_compared, ==, a->position > 0 ? N : 0);
  g_assert_true (differences->apart[0]->is_partial);
  g_assert_true (differences->apart[0]->whole == a);
}

static void
test_differences (void)
{
  static const size_t max_discs[] = { 10000, 100 };
  for (size_t i = 0; i < G_N_ELEMENTS (max_discs); i++)
    {
      g_autoptr (LloydSession) session = open_both (max_discs[i], FALSE);
      g_assert_null (lloyd_session_get_differences (session)->apart[0]);
      set_differences (session, TRUE);
      check_differences (session);
      for (guint step = 0; step < 3; step++)
        {
          test_session_half_step (session);
          check_differences (session);
        }
      g_assert_cmpuint (lloyd_session_get_differences (session)->n_apart, >, 0);
      /* A picture under way outlives them. */
      LloydSnapshot *kept = lloyd_snapshot_ref (lloyd_session_get_differences (session)->apart[0]);
      test_session_run (session, 0, 0);
      check_differences (session);
      set_differences (session, FALSE);
      g_assert_null (lloyd_session_get_differences (session)->apart[0]);
      g_assert_cmpuint (kept->scene->points->n, ==, N);
      lloyd_snapshot_unref (kept);
    }
}

/* A row that is zero takes part on neither side. */
static void
test_zero_rows (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  g_autofree char *path = test_folder_dup_path (folder, "zero.csv");
  g_file_set_contents (path, "a,b\n1,2\n0,0\n3,1\n5,1\n0,0\n2,7\n", -1, &error);
  g_assert_no_error (error);
  test_session_open (session, path, recipe, FALSE);
  g_assert_cmpuint (lloyd_session_get_snapshot (session, 0)->n_rows, ==, 6);
  test_session_open (session, path, recipe, TRUE);
  test_session_step (session);
  for (guint side = 0; side < 2; side++)
    {
      const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, side);
      g_assert_cmpuint (snapshot->n_rows, ==, 4);
      g_assert_cmpint (snapshot->sizes[0] + snapshot->sizes[1], ==, 4);
      for (size_t i = 0; i < 6; i++)
        {
          size_t row = snapshot->scene->rows[i];
          g_assert_cmpint (snapshot->labels[i] == LLOYD_NO_LABEL, ==, row == 1 || row == 4);
        }
    }
  /* How many, and which. */
  g_assert_cmpstr (lloyd_session_get_snapshot (session, 1)->remarks[0], ==,
                   "2 rows are zero, have no direction and belong to no cluster: 2, 5");
}

/* And so it is when other runs took over in between, and what was comes back. */
static void
test_zero_rows_return (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  g_autofree char *path =
      test_folder_write (folder, "zero.csv", "a,b\n1,2\n0,0\n3,1\n5,1\n0,0\n2,7\n9,9\n", -1);
  test_session_open (session, path, recipe, TRUE);
  test_session_run (session, 0, 0);
  g_autofree char *before = test_session_dup_hash (session);
  recipe->k = 3;
  test_session_restart (session, recipe, TRUE);
  test_session_run (session, 0, 0);
  g_autofree char *between = test_session_dup_hash (session);
  test_session_undo (session);
  g_assert_cmpuint (lloyd_session_get_snapshot (session, 0)->n_rows, ==, 5);
  g_autofree char *after = test_session_dup_hash (session);
  g_assert_cmpstr (after, ==, before);
  test_session_redo (session);
  g_autofree char *again = test_session_dup_hash (session);
  g_assert_cmpstr (again, ==, between);
}

/* Each by its own rule: the second starts as it would alone. */
static void
test_own_starts (void)
{
  g_autoptr (LloydSession) session = open_both (10000, TRUE);
  g_assert_true (lloyd_session_get_snapshot (session, 0)->has_own_start);
  g_autoptr (LloydRun) alone = test_session_plain_run (session, LLOYD_METRIC_COSINE, NULL);
  test_session_check_side (session, 1, alone);
  set_differences (session, TRUE);
  test_session_step (session);
  g_assert_null (lloyd_session_get_differences (session)->apart[0]);

  g_autoptr (LloydSession) same = open_both (10000, FALSE);
  g_assert_false (lloyd_session_get_snapshot (same, 0)->has_own_start);
}

static void
check_ended (LloydSession *session)
{
  g_assert_true (lloyd_session_is_at_end (session));
  for (guint side = 0; side < 2; side++)
    g_assert_cmpint (lloyd_session_get_snapshot (session, side)->stop, !=, LLOYD_STOP_NONE);
}

/* Stopped while one side had gone ahead of the other, edited, and past the limit of steps: running
 * on always comes to an end, for both. */
static void
test_run_ends (void)
{
  for (int round = 0; round < 60; round++)
    {
      g_autoptr (LloydSession) session = open_both (N, FALSE);
      g_autoptr (LloydRecipe) recipe = test_session_recipe (6);
      recipe->max_steps = (guint) g_test_rand_int_range (2, 7);
      recipe->seed = (guint64) g_test_rand_int ();
      test_session_restart (session, recipe, TRUE);
      for (int i = 0; i < 3; i++)
        {
          TestAnswer stopped = { 0 };
          lloyd_session_run_async (session, 0, 3, test_answer_take, &stopped);
          g_usleep ((gulong) g_test_rand_int_range (0, 300));
          lloyd_session_stop (session);
          test_answer_wait (&stopped);
          g_clear_error (&stopped.error);
          test_session_run (session, 0, (guint) g_test_rand_int_range (0, 3));
          check_ended (session);
          guint last = lloyd_session_get_last_position (session);
          test_session_go_to (session, (guint) g_test_rand_int_range (0, (gint32) last + 1));
          test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_REMOVE, .cluster = 1 });
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  test_watchdog ();
  g_test_add_func ("/session-sides/differences", test_differences);
  g_test_add_func ("/session-sides/zero-rows", test_zero_rows);
  g_test_add_func ("/session-sides/zero-rows-return", test_zero_rows_return);
  g_test_add_func ("/session-sides/own-starts", test_own_starts);
  g_test_add_func ("/session-sides/run-ends", test_run_ends);
  return g_test_run ();
}
