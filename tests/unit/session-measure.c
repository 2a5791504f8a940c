/* Measuring: what is timed, what comes out, and that the runs stay what they are. */
#include "compute/session/measure.h"

#include "compute/error.h"
#include "tests/support/sessions.h"

typedef struct
{
  gboolean is_done;
  LloydMeasurement *measurement;
  GError *error;
} Answer;

static void
take (GObject *session, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;
  answer->measurement =
      lloyd_session_measure_finish (LLOYD_SESSION (session), result, &answer->error);
  answer->is_done = TRUE;
}

static Answer
measure (LloydSession *session, GCancellable *cancellable)
{
  Answer answer = { 0 };
  lloyd_session_measure_async (session, cancellable, take, &answer);
  g_assert_true (lloyd_session_is_busy (session));
  while (!answer.is_done)
    g_main_context_iteration (NULL, TRUE);
  return answer;
}

static LloydSession *
open_cloud (gboolean is_both, LloydInit init)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (7);
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  spec.rows = 2000;
  recipe->init = init;
  test_session_generate (session, &spec, recipe, is_both);
  return session;
}

/* Times of every repeat of both metrics, while the runs go on as if nothing had been. */
static void
test_both (void)
{
  g_autoptr (LloydSession) session = open_cloud (TRUE, LLOYD_INIT_PLUS_PLUS);
  test_session_half_step (session);
  Answer answer = measure (session, NULL);
  g_autoptr (LloydMeasurement) found = answer.measurement;
  g_assert_no_error (answer.error);
  g_assert_cmpuint (found->n_sides, ==, 2);
  g_assert_cmpuint (found->n, ==, 2000);
  g_assert_cmpuint (found->d, ==, 2);
  g_assert_cmpuint (found->k, ==, 7);
  g_assert_false (found->is_first);
  g_assert_cmpfloat (lloyd_session_get_measured (session), ==, 1.0);
  g_assert_cmpint (found->sides[0].metric, ==, LLOYD_METRIC_EUCLIDEAN);
  g_assert_cmpint (found->sides[1].metric, ==, LLOYD_METRIC_COSINE);
  for (guint s = 0; s < 2; s++)
    {
      const LloydMeasuredSide *side = &found->sides[s];
      for (guint i = 0; i < LLOYD_MEASURE_REPEATS; i++)
        {
          g_assert_cmpint (side->times_ns[i], >, 0);
          g_assert_cmpint (side->times_ns[i], >=, side->min_ns);
          g_assert_cmpint (side->times_ns[i], <=, side->max_ns);
        }
      g_assert_cmpint (side->median_ns, >=, side->min_ns);
      g_assert_cmpint (side->median_ns, <=, side->max_ns);
    }
  g_assert_cmpfloat (found->low, <=, found->ratio);
  g_assert_cmpfloat (found->ratio, <=, found->high);

  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRun) run = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  g_assert_true (lloyd_run_half_step (run, NULL, &error));
  test_session_check_side (session, 0, run);
  test_session_step (session);
  test_session_step (session);
  g_assert_true (lloyd_run_step (run, NULL, &error) && lloyd_run_step (run, NULL, &error));
  test_session_check_side (session, 0, run);
}

static void
test_cancelled (void)
{
  g_autoptr (LloydSession) session = open_cloud (FALSE, LLOYD_INIT_FIRST);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_cancellable_cancel (cancellable);
  Answer answer = measure (session, cancellable);
  g_assert_null (answer.measurement);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
  test_session_step (session);
  Answer again = measure (session, NULL);
  g_assert_cmpuint (again.measurement->n_sides, ==, 1);
  g_assert_true (again.measurement->is_first);
  g_clear_pointer (&again.measurement, lloyd_measurement_free);
}

/* The ratio is that of the repeats, and clear only where the times are apart. */
static void
test_ratio (void)
{
  static const gint64 quick[] = { 100, 101, 102, 103, 104, 105, 106 };
  static const gint64 slow[] = { 212, 210, 208, 206, 204, 202, 200 };
  LloydMeasurement measurement = { .n_sides = 2 };
  for (guint i = 0; i < LLOYD_MEASURE_REPEATS; i++)
    {
      measurement.sides[0].times_ns[i] = slow[i];
      measurement.sides[1].times_ns[i] = quick[i];
    }
  lloyd_measurement_summarise (&measurement);
  g_assert_cmpint (measurement.sides[0].median_ns, ==, 206);
  g_assert_cmpint (measurement.sides[1].min_ns, ==, 100);
  g_assert_cmpint (measurement.sides[1].max_ns, ==, 106);
  g_assert_cmpfloat (measurement.ratio, ==, 2.0);
  g_assert_true (measurement.is_clear);
  for (guint i = 0; i < LLOYD_MEASURE_REPEATS; i++)
    measurement.sides[0].times_ns[i] = quick[LLOYD_MEASURE_REPEATS - 1 - i];
  lloyd_measurement_summarise (&measurement);
  g_assert_cmpfloat (measurement.ratio, ==, 1.0);
  g_assert_false (measurement.is_clear);
}

/* Published times stand beside their very case alone. */
static void
test_published (void)
{
  LloydMeasurement measurement = { .n = 10000, .d = 2, .k = 50, .is_first = TRUE, .n_sides = 2 };
  measurement.sides[1].metric = LLOYD_METRIC_COSINE;
  g_assert_cmpint (lloyd_measurement_find_published (&measurement, 0), ==, 12750000);
  g_assert_cmpint (lloyd_measurement_find_published (&measurement, 1), ==, 0);
  measurement.sides[1].metric = LLOYD_METRIC_COSINE_RAW;
  g_assert_cmpint (lloyd_measurement_find_published (&measurement, 1), ==, 9090000);
  measurement.is_first = FALSE;
  g_assert_cmpint (lloyd_measurement_find_published (&measurement, 0), ==, 0);
  measurement.is_first = TRUE;
  measurement.n = 10001;
  g_assert_cmpint (lloyd_measurement_find_published (&measurement, 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  g_test_add_func ("/session-measure/both", test_both);
  g_test_add_func ("/session-measure/cancelled", test_cancelled);
  g_test_add_func ("/session-measure/ratio", test_ratio);
  g_test_add_func ("/session-measure/published", test_published);
  return g_test_run ();
}
