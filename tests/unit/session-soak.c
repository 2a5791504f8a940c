/* Anything that a person could ask of a session, in any order: nothing breaks, what is shown stays
 * consistent, and Undo finds its way back to the start. */
#include <locale.h>
#include <string.h>

#include "compute/error.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

/* What was asked for and not yet answered. */
typedef struct
{
  guint n_asked;
  guint n_done;
} Soak;

static const char *const axes[] = { "widest", "components", "widest-3d", "x1,x2", "x2" };
static const char *const settings[][2] = {
  { "k", "3" },
  { "k", "9" },
  { "metric", "cosine" },
  { "metric", "euclidean" },
  { "seed", "4" },
  { "scale", "minmax" },
  { "scale", "none" },
  { "init", "random" },
  { "algorithm", "lloyd" },
  { "algorithm", "minibatch" },
  { "empty", "split" },
  { "max-steps", "4" },
  { "columns", "x1,x3" },
  { "columns", "" },
  { "init", "first" },
  { "max-steps", "300" },
};

static void
take (GObject *source, GAsyncResult *result, gpointer data)
{
  Soak *soak = data;
  g_autoptr (GError) error = NULL;
  gboolean is_fine = lloyd_session_finish (LLOYD_SESSION (source), result, &error);
  /* What cannot be is refused; nothing else goes wrong. */
  g_assert_true (is_fine || g_error_matches (error, LLOYD_ERROR, LLOYD_ERROR_DATA) ||
                 g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  soak->n_done++;
}

static void
settle (Soak *soak)
{
  while (soak->n_done < soak->n_asked)
    g_main_context_iteration (NULL, TRUE);
}

static void
ask_edit (LloydSession *session, Soak *soak, GRand *rand)
{
  guint k = lloyd_session_get_snapshot (session, 0)->k;
  const double values[] = { g_rand_double_range (rand, -2.0, 2.0),
                            g_rand_double_range (rand, -2.0, 2.0),
                            g_rand_double_range (rand, -2.0, 2.0) };
  LloydHandEdit edit = { .kind = (LloydEditKind) g_rand_int_range (rand, 0, LLOYD_EDIT_PIN + 1),
                         .cluster = (guint) g_rand_int_range (rand, 0, (gint32) k + 1),
                         .place = (LloydPlace) g_rand_int_range (rand, 0, 3),
                         .values = values,
                         .n_values = (guint) g_rand_int_range (rand, 2, 4),
                         .gesture = (guint) g_rand_int_range (rand, 0, 3) };
  lloyd_session_edit_async (session, &edit, take, soak);
}

static void
ask_restart (LloydSession *session, Soak *soak, GRand *rand)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_session_get_recipe (session));
  const char *const *setting = settings[g_rand_int_range (rand, 0, G_N_ELEMENTS (settings))];
  test_recipe_set (recipe, setting[0], setting[1]);
  test_recipe_set (recipe, "batch-size", "100");
  lloyd_session_restart_async (session, recipe, g_rand_int_range (rand, 0, 4) == 0, NULL, take,
                               soak);
}

static void
ask_cloud (LloydSession *session, Soak *soak, GRand *rand)
{
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  LloydCloudSpec spec = lloyd_cloud_spec ((LloydCloud) g_rand_int_range (rand, 0, 4));
  spec.rows = 400;
  spec.dims = MAX (spec.dims, 3);
  spec.seed = g_rand_int (rand);
  if (spec.cloud == LLOYD_CLOUD_MOONS || spec.cloud == LLOYD_CLOUD_RINGS)
    spec.dims = 2;
  lloyd_session_generate_async (session, &spec, "a cloud", recipe, g_rand_boolean (rand), NULL,
                                take, soak);
}

/* One verb, without waiting for it. */
static void
ask (LloydSession *session, Soak *soak, GRand *rand)
{
  guint last = lloyd_session_get_last_position (session);
  soak->n_asked++;
  switch (g_rand_int_range (rand, 0, 24))
    {
    case 0:
      ask_cloud (session, soak, rand);
      return;
    case 1:
    case 2:
      ask_restart (session, soak, rand);
      return;
    case 3:
      lloyd_session_run_async (session, 0, 0, take, soak);
      return;
    case 4:
      lloyd_session_run_async (session, (guint) g_rand_int_range (rand, 1, 6), 3, take, soak);
      lloyd_session_stop (session);
      return;
    case 5:
      lloyd_session_set_axes_async (session, axes[g_rand_int_range (rand, 0, G_N_ELEMENTS (axes))],
                                    NULL, take, soak);
      return;
    case 6:
    case 7:
    case 8:
      lloyd_session_undo_async (session, NULL, take, soak);
      return;
    case 9:
    case 10:
      lloyd_session_redo_async (session, NULL, take, soak);
      return;
    case 11:
    case 12:
    case 13:
      lloyd_session_go_to_async (session, (guint) g_rand_int_range (rand, 0, (gint32) last + 3),
                                 take, soak);
      return;
    case 14:
    case 15:
    case 16:
      lloyd_session_half_step_async (session, take, soak);
      return;
    case 17:
      lloyd_session_step_async (session, take, soak);
      return;
    default:
      ask_edit (session, soak, rand);
    }
}

/* What is shown fits together. */
static void
check (LloydSession *session)
{
  guint n_sides = lloyd_session_get_n_sides (session);
  g_assert_cmpuint (lloyd_session_get_position (session), <=,
                    lloyd_session_get_last_position (session));
  for (guint i = 0; i < n_sides; i++)
    {
      const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, i);
      g_autofree gint64 *sizes = g_new0 (gint64, snapshot->k);
      const LloydStep *step = lloyd_snapshot_get_step (snapshot);
      g_assert_cmpuint (snapshot->k, ==, lloyd_session_get_snapshot (session, 0)->k);
      g_assert_cmpuint (snapshot->n_steps, ==, (snapshot->last_position + 1) / 2);
      for (size_t p = 0; p < snapshot->scene->n_shown; p++)
        if (snapshot->labels[p] != LLOYD_NO_LABEL)
          {
            g_assert_cmpuint (snapshot->labels[p], <, snapshot->k);
            sizes[snapshot->labels[p]]++;
          }
      /* On pause all rows get labels, while a batch keeps its sizes. */
      if (step == NULL || step->batch == 0)
        g_assert_cmpmem (sizes, sizeof (gint64) * snapshot->k, snapshot->sizes,
                         sizeof (gint64) * snapshot->k);
      for (guint j = 0; j < snapshot->k; j++)
        for (guint l = 0; l < j; l++)
          g_assert_cmpuint (snapshot->slots[j], !=, snapshot->slots[l]);
      for (guint e = 0; e < snapshot->n_events; e++)
        g_assert_true (e == 0 || snapshot->events[e - 1].step <= snapshot->events[e].step);
      g_assert_true (step == NULL || step->step == snapshot->label_step);
    }
}

static void
test_soak (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  guint n_rounds = g_test_thorough () ? 40 : 15, n_verbs = g_test_thorough () ? 500 : 150;
  for (guint round = 0; round < n_rounds; round++)
    {
      g_autoptr (LloydSession) session = lloyd_session_new ();
      Soak soak = { 1, 0 };
      ask_cloud (session, &soak, rand);
      settle (&soak);
      const LloydDataset *first = lloyd_session_get_dataset (session);
      for (guint i = 0; i < n_verbs; i++)
        {
          ask (session, &soak, rand);
          if (g_rand_int_range (rand, 0, 4) > 0)
            settle (&soak);
          check (session);
        }
      settle (&soak);
      /* All the way back, where all of it is remembered, and on again. */
      for (; lloyd_session_get_undo (session) != NULL;)
        {
          test_session_undo (session);
          check (session);
        }
      g_assert_true (n_verbs > 200 || lloyd_session_get_dataset (session) == first);
      for (; lloyd_session_get_redo (session) != NULL;)
        {
          test_session_redo (session);
          check (session);
        }
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-soak/anything", test_soak);
  return g_test_run ();
}
