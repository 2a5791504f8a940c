/* Looking at a session: the answers are those of a plain run, and looks give way. */
#include "compute/session/looks.h"

#include <math.h>

#include "compute/error.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

/* What came of a look. */
typedef struct
{
  gboolean is_done;
  LloydSurvey *survey;
  LloydReasons *reasons;
  LloydAgreement *agreement;
  gboolean has_standing;
  LloydStanding standing;
  GError *error;
} Answer;

static void
take_survey (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *self = data;
  self->survey = lloyd_session_survey_finish (LLOYD_SESSION (source), result, &self->error);
  self->is_done = TRUE;
}

static void
take_reasons (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *self = data;
  self->reasons = lloyd_session_explain_finish (LLOYD_SESSION (source), result, &self->error);
  self->is_done = TRUE;
}

static void
take_agreement (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *self = data;
  self->agreement = lloyd_session_agree_finish (LLOYD_SESSION (source), result, &self->error);
  self->is_done = TRUE;
}

static void
take_standing (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *self = data;
  self->has_standing =
      lloyd_session_locate_finish (LLOYD_SESSION (source), result, &self->standing, &self->error);
  self->is_done = TRUE;
}

static void
wait_for (Answer *self)
{
  while (!self->is_done)
    g_main_context_iteration (NULL, TRUE);
  self->is_done = FALSE;
}

static void
answer_clear (Answer *self)
{
  g_clear_pointer (&self->survey, lloyd_survey_free);
  g_clear_pointer (&self->reasons, lloyd_reasons_free);
  g_clear_pointer (&self->agreement, lloyd_agreement_free);
  g_clear_error (&self->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

/* Penguins with names for ids, three clusters, one step on. */
static LloydSession *
session_new (gboolean is_both)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  test_recipe_set (recipe, "columns", "bill_length_mm,bill_depth_mm");
  test_recipe_set (recipe, "scale", "standardise");
  test_recipe_set (recipe, "missing", "drop");
  test_session_open (session, path, recipe, is_both);
  test_session_step (session);
  return session;
}

/* ---- answers ------------------------------------------------------------------------------- */

static void
test_survey (void)
{
  g_autoptr (LloydSession) session = session_new (TRUE);
  g_autoptr (LloydRun) plain = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  g_autoptr (LloydRun) angular = test_session_plain_run (session, LLOYD_METRIC_COSINE, plain);
  LloydRun *runs[] = { plain, angular };
  for (guint side = 0; side < 2; side++)
    {
      g_auto (Answer) answer = { 0 };
      g_assert_true (lloyd_run_step (runs[side], NULL, &answer.error));
      lloyd_session_survey_async (session, side, NULL, take_survey, &answer);
      /* A look is nobody's business. */
      g_assert_false (lloyd_session_is_busy (session));
      wait_for (&answer);
      g_assert_no_error (answer.error);
      g_autoptr (LloydSurvey) expected = lloyd_survey_new (runs[side], 1, 0, NULL, NULL);
      for (guint j = 0; j < 3; j++)
        {
          g_assert_cmpint (answer.survey->sizes[j], ==, expected->sizes[j]);
          g_assert_cmpfloat_with_epsilon (answer.survey->shares[j], expected->shares[j], 1e-12);
          g_assert_cmpfloat_with_epsilon (answer.survey->spreads[j], expected->spreads[j], 1e-12);
        }
    }
}

static void
test_explain (void)
{
  g_autoptr (LloydSession) session = session_new (FALSE);
  g_autoptr (LloydRun) plain = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  g_auto (Answer) answer = { 0 };
  g_assert_true (lloyd_run_step (plain, NULL, &answer.error));
  g_autoptr (LloydColumnFacts) facts =
      lloyd_column_facts_new (lloyd_run_get_points (plain), NULL, NULL);
  for (guint cluster = 0; cluster < 3; cluster++)
    {
      lloyd_session_explain_async (session, 0, cluster, NULL, take_reasons, &answer);
      wait_for (&answer);
      g_assert_no_error (answer.error);
      g_autoptr (LloydReasons) expected = lloyd_reasons_new (plain, cluster, facts, NULL, NULL);
      g_assert_cmpuint (answer.reasons->cluster, ==, cluster);
      g_assert_cmpuint (answer.reasons->n_columns, ==, 2);
      g_assert_cmpmem (answer.reasons->columns, 2 * sizeof (LloydDeviation), expected->columns,
                       2 * sizeof (LloydDeviation));
      g_assert_cmpuint (answer.reasons->doubtful[0].input_row, ==, expected->doubtful[0].input_row);
      answer_clear (&answer);
    }
  lloyd_session_explain_async (session, 0, 3, NULL, take_reasons, &answer);
  wait_for (&answer);
  g_assert_error (answer.error, LLOYD_ERROR, LLOYD_ERROR_DATA);
}

static void
test_rows (void)
{
  g_autoptr (LloydSession) session = session_new (FALSE);
  g_auto (Answer) answer = { 0 };

  lloyd_session_locate_async (session, 0, 100, NULL, take_standing, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.standing.input_row, ==, 100);
  LloydStanding by_number = answer.standing;
  lloyd_session_find_row_async (session, 0, "101", NULL, take_standing, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  g_assert_cmpmem (&answer.standing, sizeof by_number, &by_number, sizeof by_number);

  static const char *const wrong[] = { "0", "345", "-1", "Pingu", "", "4" };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      lloyd_session_find_row_async (session, 0, wrong[i], NULL, take_standing, &answer);
      wait_for (&answer);
      g_assert_false (answer.has_standing);
      g_assert_error (answer.error, LLOYD_ERROR, LLOYD_ERROR_DATA);
      g_clear_error (&answer.error);
    }
}

static void
test_ids (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  g_auto (Answer) answer = { 0 };
  test_recipe_set (recipe, "columns", "bill_length_mm,bill_depth_mm");
  test_recipe_set (recipe, "missing", "drop");
  test_recipe_set (recipe, "id-column", "island");
  test_session_open (session, path, recipe, FALSE);
  /* Nobody belongs yet, and the first penguin of Biscoe is the 21st. */
  lloyd_session_find_row_async (session, 0, "Biscoe", NULL, take_standing, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.standing.input_row, ==, 20);
  g_assert_cmpint (answer.standing.cluster, ==, -1);
  g_assert_cmpint (answer.standing.other, >=, 0);
}

static void
test_agree (void)
{
  g_autoptr (LloydSession) session = session_new (FALSE);
  g_auto (Answer) answer = { 0 };
  lloyd_session_agree_async (session, 0, "species", NULL, take_agreement, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  g_assert_cmpstr (answer.agreement->names[0], ==, "Adelie");
  g_assert_cmpint (answer.agreement->table->n, ==, 342);
  g_assert_cmpint (answer.agreement->table->n_left_out, ==, 2);
  LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  for (guint j = 0; j < 3; j++)
    {
      const gint64 *counts = answer.agreement->table->counts + (gsize) 3 * j;
      g_assert_cmpint (counts[0] + counts[1] + counts[2], ==, snapshot->sizes[j]);
    }
  g_assert_cmpfloat (answer.agreement->adjusted_rand, >, 0.3);
  answer_clear (&answer);
  lloyd_session_agree_async (session, 0, "no such column", NULL, take_agreement, &answer);
  wait_for (&answer);
  g_assert_error (answer.error, LLOYD_ERROR, LLOYD_ERROR_DATA);
}

/* ---- axes ---------------------------------------------------------------------------------- */

/* Axes between two clusters follow their centroids: the border stays at 0, whatever the runs do. */
static void
check_border (LloydSession *session, guint from, guint to)
{
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  double a = (double) snapshot->centroids[3 * from], b = (double) snapshot->centroids[3 * to];
  g_assert_cmpfloat (a, <, 0.0);
  g_assert_cmpfloat_with_epsilon (a, -b, 1e-5);
  g_assert_cmpfloat_with_epsilon ((double) snapshot->centroids[3 * from + 1],
                                  (double) snapshot->centroids[3 * to + 1], 1e-5);
}

static void
test_axes (void)
{
  g_autoptr (LloydSession) session = session_new (FALSE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_session_get_recipe (session));
  TestAnswer answer = { 0 };

  test_session_set_axes (session, "between:0,2");
  check_border (session, 0, 2);
  test_session_half_step (session);
  test_session_half_step (session);
  check_border (session, 0, 2);
  test_session_run (session, 0, 0);
  check_border (session, 0, 2);
  test_session_go_to (session, 0);
  check_border (session, 0, 2);
  recipe->seed++;
  test_session_restart (session, recipe, FALSE);
  g_assert_cmpstr (lloyd_session_get_axes (session), ==, "between:0,2");
  check_border (session, 0, 2);
  test_session_set_axes (session, "between");
  g_assert_false (lloyd_session_get_snapshot (session, 0)->scene->projection->is_columns);
  g_assert_cmpfloat_with_epsilon (
      lloyd_session_get_snapshot (session, 0)->scene->projection->variance_share, 1.0, 1e-9);

  static const char *const wrong[] = { "between:0,3", "between:1,1", "between:1", "between:x,y",
                                       "between-3d" };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      answer = (TestAnswer){ 0 };
      lloyd_session_set_axes_async (session, wrong[i], NULL, test_answer_take, &answer);
      test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_DATA, "axes: ");
      g_assert_cmpstr (lloyd_session_get_axes (session), ==, "between");
    }
}

/* Two clusters of which one is gone give way to all, these to the data's own axes; and clusters
 * that were added by hand can be chosen at once. */
static void
test_axes_of_fewer (void)
{
  g_autoptr (LloydSession) session = session_new (FALSE);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_session_get_recipe (session));
  LloydHandEdit remove = { .kind = LLOYD_EDIT_REMOVE, .cluster = 2 };
  double place[2] = { 0.0, 0.0 };
  LloydHandEdit add = {
    .kind = LLOYD_EDIT_ADD, .place = LLOYD_PLACE_SEEN, .values = place, .n_values = 2
  };

  test_session_edit (session, &add);
  test_session_set_axes (session, "between:0,3");
  check_border (session, 0, 3);
  test_session_edit (session, &remove);
  g_assert_cmpstr (lloyd_session_get_axes (session), ==, "between");
  test_session_set_axes (session, "between:1,2");
  recipe->k = 2;
  test_session_restart (session, recipe, FALSE);
  g_assert_cmpstr (lloyd_session_get_axes (session), ==, "between");
  recipe->k = 1;
  test_session_restart (session, recipe, FALSE);
  g_assert_cmpuint (lloyd_session_get_snapshot (session, 0)->k, ==, 1);
  g_assert_cmpint (lloyd_session_get_snapshot (session, 0)->scene->projection->n_axes, ==, 2);
}

/* Of angles, what is at 0 is as near to one direction as to the other. */
static void
test_angular_axes (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  spec.rows = 400;
  spec.dims = 4;
  test_recipe_set (recipe, "metric", "cosine");
  test_session_generate (session, &spec, recipe, FALSE);
  test_session_run (session, 0, 0);
  test_session_set_axes (session, "between:0,1");
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  for (size_t i = 0; i < snapshot->scene->n_shown; i++)
    if (fabsf (snapshot->scene->xyz[3 * i]) > 1e-4f)
      g_assert_true ((snapshot->labels[i] == 1) == (snapshot->scene->xyz[3 * i] > 0.0f));
}

/* ---- giving way ---------------------------------------------------------------------------- */

/* What is asked next cancels every look; so does the one who asked. */
static void
test_give_way (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (20);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  spec.rows = 300000;
  g_auto (Answer) first = { 0 };
  g_auto (Answer) second = { 0 };
  TestAnswer step = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  test_session_generate (session, &spec, recipe, FALSE);
  test_session_step (session);
  lloyd_session_explain_async (session, 0, 1, NULL, take_reasons, &first);
  lloyd_session_survey_async (session, 0, NULL, take_survey, &second);
  lloyd_session_step_async (session, test_answer_take, &step);
  wait_for (&second);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  test_answer_expect (&step);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 4);
  g_assert_false (lloyd_session_is_busy (session));
  answer_clear (&second);

  lloyd_session_survey_async (session, 0, cancellable, take_survey, &second);
  g_cancellable_cancel (cancellable);
  wait_for (&second);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  answer_clear (&second);
  /* And what was looked at in vain goes on as before. */
  test_session_run (session, 3, 0);
  g_autoptr (LloydRun) plain = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  test_session_check_side (session, 0, plain);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  g_test_add_func ("/session/looks/survey", test_survey);
  g_test_add_func ("/session/looks/explain", test_explain);
  g_test_add_func ("/session/looks/rows", test_rows);
  g_test_add_func ("/session/looks/ids", test_ids);
  g_test_add_func ("/session/looks/agree", test_agree);
  g_test_add_func ("/session/looks/axes", test_axes);
  g_test_add_func ("/session/looks/axes-of-fewer", test_axes_of_fewer);
  g_test_add_func ("/session/looks/angular-axes", test_angular_axes);
  g_test_add_func ("/session/looks/give-way", test_give_way);
  return g_test_run ();
}
