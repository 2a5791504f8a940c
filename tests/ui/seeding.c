/* Seeding as it is shown: centroids, nearest ones, sizes and rings of each stage against those of a
 * plain run, and what is said of them. */
#include "compute/session/seeding.h"

#include <math.h>
#include <string.h>

#include "compute/kmeans/seed-field.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"
#include "ui/words/words-seeding.h"
#include "ui/words/words.h"

typedef struct
{
  gboolean is_done;
  LloydSeeding *seeding;
  GError *error;
} Answer;

static void
take (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *self = data;
  self->seeding =
      lloyd_session_look_at_seeding_finish (LLOYD_SESSION (source), result, &self->error);
  self->is_done = TRUE;
}

static LloydSeeding *
look (LloydSession *session, guint stage)
{
  Answer answer = { 0 };
  lloyd_session_look_at_seeding_async (session, stage, NULL, take, &answer);
  g_assert_false (lloyd_session_is_busy (session));
  while (!answer.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.seeding->stage, ==, stage);
  return answer.seeding;
}

static LloydSession *
session_new (const char *init, guint k, gboolean is_both, gboolean has_own_starts)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (k);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  test_recipe_set (recipe, "columns", "bill_length_mm,bill_depth_mm");
  test_recipe_set (recipe, "scale", "standardise");
  test_recipe_set (recipe, "missing", "drop");
  test_recipe_set (recipe, "init", init);
  lloyd_session_set_own_starts (session, has_own_starts);
  test_session_open (session, path, recipe, is_both);
  return session;
}

/* ---- what is shown ------------------------------------------------------------------------- */

/* `field` is of the run whose rule chose. */
static void
check_side (const LloydSnapshot *snapshot, LloydSeedField *field, guint stage, gboolean has_sizes)
{
  const LloydScene *scene = snapshot->scene;
  guint n_placed = stage / 2;
  g_assert_true (lloyd_seed_field_place (field, n_placed, 1, 0, NULL, NULL));
  g_assert_cmpuint (snapshot->k, ==, n_placed);
  g_assert_cmpuint (snapshot->position, ==, 0);
  guint n_drawn = field->trace->drawn->len, n_wide = 0;
  g_assert_cmpint (snapshot->seeding->sizes != NULL, ==,
                   n_drawn > 0 || (has_sizes && n_placed > 0));
  double area = 0.0;
  for (size_t i = 0; i < scene->n_shown; i++)
    {
      guint32 owner = field->owners[lloyd_points_place (field->points, scene->rows[i])];
      double chance = lloyd_seed_field_chance (field, scene->rows[i]);
      g_assert_cmpuint (snapshot->labels[i], ==,
                        owner == LLOYD_SEED_NOBODY ? LLOYD_NO_LABEL : owner);
      if (snapshot->seeding->sizes == NULL)
        continue;
      n_wide += snapshot->seeding->sizes[i] > 1.0f;
      if (n_drawn > 0)
        continue;
      double size = (double) snapshot->seeding->sizes[i];
      g_assert_cmpfloat_with_epsilon (size, sqrt (chance * (double) scene->n_shown), 1e-5);
      area += size * size;
    }
  /* All discs together have the area that they have without sizes. */
  if (n_drawn > 0)
    g_assert_cmpuint (n_wide, ==, n_drawn);
  else if (snapshot->seeding->sizes != NULL)
    g_assert_cmpfloat_with_epsilon (area / (double) scene->n_shown, 1.0, 1e-5);
}

/* Rings are where the rows tried are, the last where the one taken is. */
static void
check_spots (const LloydSnapshot *snapshot, const LloydSeedTrace *trace, guint stage)
{
  const LloydSeedStage *seeding = snapshot->seeding;
  if (stage % 2 == 0)
    {
      g_assert_cmpuint (seeding->n_spots, ==, 0);
      return;
    }
  const LloydSeedRound *round = lloyd_seed_trace_round (trace, stage / 2);
  guint n_others = round->n_tries;
  g_assert_cmpuint (seeding->n_spots, ==, n_others + 1);
  const LloydSeedSpot *last = &seeding->spots[n_others];
  g_assert_true (last->is_taken);
  for (size_t i = 0; i < snapshot->scene->n_shown; i++)
    if (snapshot->scene->rows[i] == round->row)
      g_assert_cmpmem (snapshot->scene->xyz + 3 * i, 2 * sizeof (float), last->place,
                       2 * sizeof (float));
}

static void
test_stages (void)
{
  static const struct
  {
    const char *init;
    gboolean has_sizes;
  } cases[] = { { "k-means++", TRUE }, { "k-means++-plain", TRUE },   { "random", FALSE },
                { "first", FALSE },    { "k-means-parallel", FALSE }, { "farthest", TRUE } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint k = 5;
      g_autoptr (LloydSession) session = session_new (cases[i].init, k, FALSE, FALSE);
      g_autoptr (LloydRun) plain = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
      g_autoptr (LloydSeedField) field = lloyd_seed_field_new (plain, NULL);
      const LloydSeedTrace *trace = lloyd_run_get_seed_trace (plain);
      g_autofree char *before = test_session_dup_hash (session);
      /* On, back and across. */
      static const guint order[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 9, 8, 3, 10, 0, 7 };
      for (size_t j = 0; j < G_N_ELEMENTS (order); j++)
        {
          g_autoptr (LloydSeeding) seeding = look (session, order[j]);
          check_side (seeding->snapshots[0], field, order[j], cases[i].has_sizes);
          check_spots (seeding->snapshots[0], trace, order[j]);
        }
      /* The last stage has the centroids of position 0. */
      g_autoptr (LloydSeeding) last = look (session, 2 * k);
      g_assert_cmpmem (last->snapshots[0]->centroids, 3 * sizeof (float) * k,
                       lloyd_session_get_snapshot (session, 0)->centroids, 3 * sizeof (float) * k);
      lloyd_session_forget_seeding (session);
      g_autofree char *after = test_session_dup_hash (session);
      g_assert_cmpstr (before, ==, after);
    }
}

/* Both metrics show how Euclidean came to the rows; with starts of their own each its own. */
static void
test_sides (void)
{
  for (guint is_own = 0; is_own < 2; is_own++)
    {
      g_autoptr (LloydSession) session = session_new ("k-means++", 4, TRUE, is_own);
      g_autoptr (LloydRun) euclidean =
          test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
      g_autoptr (LloydRun) cosine = test_session_plain_run (session, LLOYD_METRIC_COSINE, NULL);
      g_autoptr (LloydSeedField) first = lloyd_seed_field_new (euclidean, NULL);
      g_autoptr (LloydSeedField) second = lloyd_seed_field_new (cosine, NULL);
      for (guint stage = 0; stage <= 8; stage++)
        {
          g_autoptr (LloydSeeding) seeding = look (session, stage);
          g_assert_cmpuint (seeding->n_sides, ==, 2);
          check_side (seeding->snapshots[0], first, stage, TRUE);
          check_side (seeding->snapshots[1], is_own ? second : first, stage, TRUE);
          g_assert_cmpint (seeding->snapshots[1]->seeding->is_shared, ==, !is_own);
        }
    }
}

/* Beyond the start there is nothing to see. */
static void
test_elsewhere (void)
{
  g_autoptr (LloydSession) session = session_new ("k-means++", 3, FALSE, FALSE);
  Answer answer = { 0 };
  test_session_step (session);
  lloyd_session_look_at_seeding_async (session, 1, NULL, take, &answer);
  while (!answer.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (answer.seeding);
  g_assert_nonnull (answer.error);
  g_clear_error (&answer.error);
}

/* ---- what is said -------------------------------------------------------------------------- */

static void
check_words (LloydSession *session, guint stage, const char *expected)
{
  g_autoptr (LloydSeeding) seeding = look (session, stage);
  g_autofree char *text = lloyd_words_event (seeding->snapshots[0]);
  if (!g_regex_match_simple (expected, text, 0, 0))
    g_error ("\"%s\" is not \"%s\"", text, expected);
}

static void
test_words (void)
{
  static const struct
  {
    const char *init, *first, *drawn, *placed;
  } cases[] = {
    { "k-means++", "^Nothing is placed yet: each point has the same chance, 1 in 342\\.$",
      "^3 candidates tried: row \\d+ lowers the sum of squares most, from [\\d.]+ to [\\d.]+\\.$",
      "^Centroid 3 of 4: row \\d+ had a chance of [\\d.]+ %, [\\d.]+ times that of an average "
      "point; the best of 3 tried\\.$" },
    { "k-means++-plain", "1 in 342\\.$",
      "^Drawn: row \\d+, with a chance of [\\d.]+ %, [\\d.]+ times that of an average point\\.$",
      "^Centroid 3 of 4: row \\d+ had a chance of [\\d.]+ %, [\\d.]+ times that of an average "
      "point\\.$" },
    { "random", "each of the 342 points has the same chance\\.$", "^Drawn by chance: row \\d+\\.$",
      "^Centroid 3 of 4: row \\d+, drawn when every point had the same chance, 0\\.29 %\\.$" },
    { "first", "^No chance here: the first 4 rows become centroids\\.$",
      "^Next in the list: row 3\\.$", "^Centroid 3 of 4: row 3, as listed\\.$" },
    { "farthest", "1 in 342\\.$",
      "^Farthest from every centroid: row \\d+, at a distance of [\\d.]+\\.$",
      "^Centroid 3 of 4: row \\d+, the farthest from all before, at a distance of [\\d.]+\\.$" },
    { "k-means-parallel", "^\\d+ candidates were drawn in a few rounds",
      "^3 candidates tried: row \\d+ lowers the sum of squares most\\.$",
      "^Centroid 3 of 4: row \\d+, the best of 3 tried among the candidates\\.$" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LloydSession) session = session_new (cases[i].init, 4, FALSE, FALSE);
      check_words (session, 0, cases[i].first);
      check_words (session, 5, cases[i].drawn);
      check_words (session, 6, cases[i].placed);
    }
}

/* The numbers are those of the weights. */
static void
test_facts (void)
{
  g_autoptr (LloydSession) session = session_new ("k-means++", 4, FALSE, FALSE);
  g_autoptr (LloydRun) plain = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  g_autoptr (LloydSeedField) field = lloyd_seed_field_new (plain, NULL);
  for (guint j = 1; j < 4; j++)
    {
      const LloydSeedRound *round = lloyd_seed_trace_round (lloyd_run_get_seed_trace (plain), j);
      g_autoptr (LloydSeeding) drawn = look (session, 2 * j + 1);
      g_autoptr (LloydSeeding) placed = look (session, 2 * j + 2);
      const LloydSeedStage *stage = placed->snapshots[0]->seeding;
      g_assert_true (lloyd_seed_field_place (field, j, 1, 0, NULL, NULL));
      g_assert_cmpfloat (stage->chance, ==, lloyd_seed_field_chance (field, round->row));
      g_assert_cmpfloat (stage->potential_before, ==, field->potentials[j]);
      g_assert_true (lloyd_seed_field_place (field, j + 1, 1, 0, NULL, NULL));
      g_assert_cmpfloat (stage->potential_after, ==, field->potentials[j + 1]);
      /* The engine's integers foretell it. */
      g_assert_cmpfloat_with_epsilon (drawn->snapshots[0]->seeding->potential_after,
                                      stage->potential_after, 1e-9 * stage->potential_after);
    }
}

static void
test_chances (void)
{
  static const struct
  {
    double chance;
    const char *text;
  } cases[] = { { 0.5, "50.0 %" },
                { 0.012, "1.2 %" },
                { 0.0029, "0.29 %" },
                { 0.0005, "1 in 2,000" },
                { 1.0 / 84000.0, "1 in 84,000" },
                { 0.0, "0 %" } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = lloyd_words_chance (cases[i].chance);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  g_test_add_func ("/seeding/stages", test_stages);
  g_test_add_func ("/seeding/sides", test_sides);
  g_test_add_func ("/seeding/elsewhere", test_elsewhere);
  g_test_add_func ("/seeding/words", test_words);
  g_test_add_func ("/seeding/facts", test_facts);
  g_test_add_func ("/seeding/chances", test_chances);
  return g_test_run ();
}
