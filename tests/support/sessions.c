#include "tests/support/sessions.h"

#include <string.h>
#include <unistd.h>

#include "tests/support/runs.h"

/* Sanitizers and slow machines included. */
#define WATCHDOG_SECONDS 110

void
test_answer_take (GObject *source, GAsyncResult *result, gpointer data)
{
  TestAnswer *self = data;
  self->is_fine = lloyd_session_finish (LLOYD_SESSION (source), result, &self->error);
  self->is_done = TRUE;
}

void
test_answer_wait (TestAnswer *self)
{
  while (!self->is_done)
    g_main_context_iteration (NULL, TRUE);
}

void
test_answer_expect (TestAnswer *self)
{
  test_answer_wait (self);
  g_assert_no_error (self->error);
  g_assert_true (self->is_fine);
  memset (self, 0, sizeof *self);
}

void
test_answer_expect_error (TestAnswer *self, GQuark domain, int code, const char *part)
{
  test_answer_wait (self);
  g_assert_false (self->is_fine);
  g_assert_error (self->error, domain, code);
  if (strstr (self->error->message, part) == NULL)
    g_error ("\"%s\" does not hold \"%s\"", self->error->message, part);
  g_clear_error (&self->error);
  memset (self, 0, sizeof *self);
}

void
test_watchdog (void)
{
  alarm (WATCHDOG_SECONDS);
}

void
test_session_open (LloydSession *session,
                   const char *path,
                   const LloydRecipe *recipe,
                   gboolean is_both)
{
  TestAnswer answer = { 0 };
  lloyd_session_open_async (session, path, recipe, is_both, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_generate (LloydSession *session,
                       const LloydCloudSpec *spec,
                       const LloydRecipe *recipe,
                       gboolean is_both)
{
  TestAnswer answer = { 0 };
  lloyd_session_generate_async (session, spec, "a cloud", recipe, is_both, NULL, test_answer_take,
                                &answer);
  test_answer_expect (&answer);
}

void
test_session_restart (LloydSession *session, const LloydRecipe *recipe, gboolean is_both)
{
  TestAnswer answer = { 0 };
  lloyd_session_restart_async (session, recipe, is_both, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_half_step (LloydSession *session)
{
  TestAnswer answer = { 0 };
  lloyd_session_half_step_async (session, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_step (LloydSession *session)
{
  TestAnswer answer = { 0 };
  lloyd_session_step_async (session, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_run (LloydSession *session, guint n_steps, guint n_more)
{
  TestAnswer answer = { 0 };
  lloyd_session_run_async (session, n_steps, n_more, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_go_to (LloydSession *session, guint position)
{
  TestAnswer answer = { 0 };
  lloyd_session_go_to_async (session, position, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_set_axes (LloydSession *session, const char *axes)
{
  TestAnswer answer = { 0 };
  lloyd_session_set_axes_async (session, axes, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_edit (LloydSession *session, const LloydHandEdit *edit)
{
  TestAnswer answer = { 0 };
  lloyd_session_edit_async (session, edit, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_undo (LloydSession *session)
{
  TestAnswer answer = { 0 };
  lloyd_session_undo_async (session, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

void
test_session_redo (LloydSession *session)
{
  TestAnswer answer = { 0 };
  lloyd_session_redo_async (session, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

static void
hash_side (GChecksum *sum, const LloydSnapshot *snapshot)
{
#define HASH(values, n)                                                                            \
  g_checksum_update (sum, (const guchar *) (values), (gssize) (sizeof *(values) * (n)))
  HASH (&snapshot->k, 1);
  HASH (&snapshot->position, 1);
  HASH (&snapshot->last_position, 1);
  HASH (&snapshot->stop, 1);
  HASH (snapshot->labels, snapshot->scene->n_shown);
  HASH (snapshot->sizes, snapshot->k);
  HASH (snapshot->slots, snapshot->k);
  HASH (snapshot->is_pinned, snapshot->k);
  HASH (snapshot->centroids, 3 * (size_t) snapshot->k);
  for (guint i = 0; i < snapshot->n_steps; i++)
    {
      HASH (&snapshot->steps[i].k, 1);
      HASH (&snapshot->steps[i].is_edited, 1);
      HASH (&snapshot->steps[i].moved, 1);
      HASH (&snapshot->steps[i].objective, 1);
      /* Times as well: it is the same step, not one that was done again. */
      HASH (&snapshot->steps[i].assign_ns, 1);
    }
  for (char **remark = snapshot->remarks; *remark != NULL; remark++)
    HASH (*remark, strlen (*remark));
#undef HASH
}

char *
test_session_dup_hash (LloydSession *session)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint at = lloyd_session_get_position (session);
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *value = lloyd_recipe_dup_value (lloyd_session_get_recipe (session), *key);
      g_checksum_update (sum, (const guchar *) (value != NULL ? value : "-"), -1);
    }
  const char *title = lloyd_session_get_dataset (session)->title;
  g_checksum_update (sum, (const guchar *) title, -1);
  g_checksum_update (sum, (const guchar *) &at, sizeof at);
  for (guint p = 0; p <= lloyd_session_get_last_position (session); p++)
    {
      test_session_go_to (session, p);
      for (guint i = 0; i < lloyd_session_get_n_sides (session); i++)
        hash_side (sum, lloyd_session_get_snapshot (session, i));
    }
  test_session_go_to (session, at);
  return g_strdup (g_checksum_get_string (sum));
}

LloydRecipe *
test_session_recipe (guint k)
{
  LloydRecipe *recipe = lloyd_recipe_new ();
  recipe->k = k;
  test_recipe_set (recipe, "backend", "cpu");
  test_recipe_set (recipe, "threads", "2");
  return recipe;
}

LloydRun *
test_session_plain_run (LloydSession *session, LloydMetric metric, LloydRun *first)
{
  const LloydDataset *dataset = lloyd_session_get_dataset (session);
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_session_get_recipe (session));
  recipe->metric = metric;
  recipe->missing = LLOYD_MISSING_DROP;
  if (first != NULL)
    {
      g_autoptr (GString) init = g_string_new ("rows:");
      for (guint j = 0; j < recipe->k; j++)
        g_string_append_printf (init, "%s%" G_GSIZE_FORMAT, j > 0 ? "," : "",
                                lloyd_points_input_row (lloyd_run_get_points (first),
                                                        lloyd_run_get_start_rows (first)[j]) +
                                    1);
      test_recipe_set (recipe, "init", init->str);
    }
  return test_run_open (dataset->points, recipe, "cpu");
}

static void
check_labels (const LloydSnapshot *snapshot, LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  const LloydScene *scene = snapshot->scene;
  g_autofree gint32 *labels = g_new (gint32, scene->points->n_input);

  g_assert_true (lloyd_run_read_labels (run, labels, &error));
  for (size_t i = 0; i < scene->n_shown; i++)
    {
      gint32 label = labels[lloyd_points_input_row (scene->points, scene->rows[i])];
      g_assert_cmpuint (snapshot->labels[i], ==, label < 0 ? LLOYD_NO_LABEL : label);
    }
}

void
test_session_check_side (LloydSession *session, guint side, LloydRun *run)
{
  g_autoptr (GError) error = NULL;
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, side);
  guint n;

  while (lloyd_run_get_last_position (run) < snapshot->last_position)
    g_assert_true (lloyd_run_half_step (run, NULL, &error));
  g_assert_true (lloyd_run_go_to (run, snapshot->position, NULL, &error));
  g_assert_cmpuint (lloyd_run_get_last_position (run), ==, snapshot->last_position);
  g_assert_cmpint (lloyd_run_get_stop (run), ==, snapshot->stop);
  g_assert_cmpint (lloyd_run_is_at_end (run), ==, snapshot->is_at_end);
  g_assert_cmpuint (snapshot->label_step, ==, (snapshot->position + 1) / 2);
  g_assert_cmpmem (snapshot->sizes, sizeof (gint64) * snapshot->k, lloyd_run_get_sizes (run),
                   sizeof (gint64) * snapshot->k);

  const LloydStep *steps = lloyd_run_get_steps (run, &n);
  g_assert_cmpuint (snapshot->n_steps, ==, n);
  for (guint i = 0; i < n; i++)
    {
      const LloydStep *step = &snapshot->steps[i];
      g_assert_cmpuint (step->step, ==, steps[i].step);
      g_assert_cmpuint (step->moved, ==, steps[i].moved);
      g_assert_cmpmem (&step->objective, sizeof (double), &steps[i].objective, sizeof (double));
      g_assert_cmpmem (&step->objective_after_update, sizeof (double),
                       &steps[i].objective_after_update, sizeof (double));
    }
  if (n > 0)
    {
      double total = lloyd_run_get_total (run);
      g_assert_cmpmem (&snapshot->total, sizeof (double), &total, sizeof (double));
    }
  check_labels (snapshot, run);
}
