#include "tests/support/results.h"

#include "tests/support/runs.h"

static void
take_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  TestOpened *opened = data;
  opened->result = lloyd_session_take_result (result);
  test_answer_take (source, result, &opened->answer);
}

TestOpened
test_result_open (LloydSession *session, const char *path, LloydOpenWhat what)
{
  TestOpened opened = { 0 };
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  test_recipe_set (recipe, "missing", "zero");
  lloyd_session_open_any_async (session, path, what, recipe, TRUE, NULL, take_opened, &opened);
  test_answer_wait (&opened.answer);
  return opened;
}

typedef struct
{
  gboolean is_done;
  char **differences;
} Checked;

static void
take_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  Checked *checked = data;
  checked->differences = lloyd_session_check_result_finish (LLOYD_SESSION (source), result, &error);
  g_assert_no_error (error);
  checked->is_done = TRUE;
}

char *
test_result_replay (LloydSession *session, LloydResult *result)
{
  TestAnswer answer = { 0 };
  Checked checked = { 0 };
  lloyd_session_replay_result_async (session, result, test_answer_take, &answer);
  test_answer_expect (&answer);
  lloyd_session_check_result_async (session, result, take_checked, &checked);
  while (!checked.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (lloyd_session_is_busy (session));
  char *list = g_strjoinv (", ", checked.differences);
  g_strfreev (checked.differences);
  return list;
}

char *
test_result_restore (LloydSession *session, const char *path, gboolean has_own_features)
{
  TestOpened opened =
      test_result_open (session, path, g_test_rand_bit () ? LLOYD_OPEN_ANY : LLOYD_OPEN_RESULT);
  test_answer_expect (&opened.answer);
  g_assert_nonnull (opened.result);
  g_assert_cmpint (opened.result->has_own_features, ==, has_own_features);
  g_assert_cmpuint (lloyd_session_get_n_sides (session), ==, 1);
  return test_result_replay (session, opened.result);
}

void
test_sessions_equal (LloydSession *a, LloydSession *b)
{
  const LloydSnapshot *x = lloyd_session_get_snapshot (a, 0),
                      *y = lloyd_session_get_snapshot (b, 0);
  g_assert_cmpint (x->metric, ==, y->metric);
  g_assert_cmpuint (x->position, ==, y->position);
  g_assert_cmpuint (x->scene->n_shown, ==, y->scene->n_shown);
  g_assert_cmpmem (x->labels, sizeof *x->labels * x->scene->n_shown, y->labels,
                   sizeof *y->labels * y->scene->n_shown);
}
