/* Mini-batch runs of a session: what is shown of a batch, and of all rows when it rests. */
#include "compute/error.h"
#include "tests/support/sessions.h"

#define N 500
#define BATCH 60

static LloydSession *
open_batches (void)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (5);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_UNIFORM);
  spec.rows = N;
  spec.seed = (guint64) g_test_rand_int ();
  recipe->algorithm = LLOYD_ALGORITHM_MINIBATCH;
  recipe->batch_size = BATCH;
  test_session_generate (session, &spec, recipe, g_test_rand_bit ());
  return session;
}

static guint
count_labelled (const LloydSnapshot *snapshot)
{
  guint n = 0;
  for (size_t i = 0; i < snapshot->scene->n_shown; i++)
    n += snapshot->labels[i] != LLOYD_NO_LABEL;
  return n;
}

/* A step shows its batch alone. */
static void
test_steps (void)
{
  g_autoptr (LloydSession) session = open_batches ();
  for (guint step = 1; step <= 5; step++)
    {
      test_session_half_step (session);
      test_session_half_step (session);
      for (guint side = 0; side < lloyd_session_get_n_sides (session); side++)
        {
          const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, side);
          g_assert_true (snapshot->is_partial);
          g_assert_cmpint (snapshot->label_all_ns, ==, 0);
          g_assert_cmpuint (count_labelled (snapshot), ==, BATCH);
          g_assert_cmpuint (snapshot->n_rows, ==, N);
        }
    }
}

/* All rows are labelled when it rests, by the centroids that stand, and the run goes on as if
 * nothing had been. */
static void
test_rest (void)
{
  g_autoptr (LloydSession) session = open_batches ();
  TestAnswer answer = { 0 };
  test_session_step (session);
  test_session_step (session);
  lloyd_session_label_all_async (session, test_answer_take, &answer);
  test_answer_expect (&answer);
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  g_assert_false (snapshot->is_partial);
  g_assert_cmpint (snapshot->label_all_ns, >, 0);
  g_assert_cmpuint (count_labelled (snapshot), ==, N);
  g_assert_cmpuint (snapshot->position, ==, 4);

  g_autoptr (LloydRun) run = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gint32 *labels = g_new (gint32, N);
  g_assert_true (lloyd_run_step (run, NULL, &error) && lloyd_run_step (run, NULL, &error));
  g_assert_true (lloyd_run_read_all_labels (run, labels, NULL, &error));
  for (size_t i = 0; i < N; i++)
    g_assert_cmpint (snapshot->labels[i], ==, labels[snapshot->scene->rows[i]]);

  test_session_run (session, 2, 0);
  g_assert_cmpint (lloyd_session_get_snapshot (session, 0)->label_all_ns, >, 0);
  test_session_run (session, 0, 0);
  snapshot = lloyd_session_get_snapshot (session, 0);
  g_assert_false (snapshot->is_partial);
  g_assert_cmpint (snapshot->label_all_ns, ==, 0);
  g_assert_cmpuint (count_labelled (snapshot), ==, N);
  while (!lloyd_run_is_at_end (run))
    g_assert_true (lloyd_run_step (run, NULL, &error));
  test_session_check_side (session, 0, run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  g_test_add_func ("/session-batches/steps", test_steps);
  g_test_add_func ("/session-batches/rest", test_rest);
  return g_test_run ();
}
