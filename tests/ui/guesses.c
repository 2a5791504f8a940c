/* Guesses: open halfway through a step, judged once the centroids have moved. */
#include "ui/view/guesses.h"

#include <math.h>
#include <string.h>

#include "compute/session/dataset.h"
#include "ui/words/words.h"

#define K 4

/* A run at positions 0 to 4. */
typedef struct
{
  LloydScene *scene;
  LloydSnapshot *snapshots[5];
  LloydGuesses guesses;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  (void) data;
  spec.rows = 500;
  recipe->k = K;
  recipe->init = LLOYD_INIT_FIRST;
  g_autoptr (LloydDataset) dataset = lloyd_dataset_generate (&spec, "cloud", recipe, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LloydRun) run = lloyd_run_new (
      dataset->points, recipe, lloyd_backends_find ("cpu", 0, NULL, NULL), NULL, NULL, &error);
  self->scene = lloyd_scene_new (dataset->points, lloyd_projection_new_widest (dataset->points, 2),
                                 1000, &error);
  for (guint i = 0; i < 5; i++)
    {
      self->snapshots[i] = lloyd_snapshot_new (run, self->scene, FALSE, &error);
      g_assert_true (lloyd_run_half_step (run, NULL, &error));
    }
  lloyd_guesses_init (&self->guesses);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void) data;
  lloyd_guesses_clear (&self->guesses);
  for (guint i = 0; i < 5; i++)
    lloyd_snapshot_unref (self->snapshots[i]);
  lloyd_scene_unref (self->scene);
}

static void
go_to (Fixture *self, guint position, LloydGuessState state)
{
  lloyd_guesses_set_snapshot (&self->guesses, self->snapshots[position]);
  g_assert_cmpint (self->guesses.state, ==, state);
}

/* Where cluster j lands, and (dx, dy) beside it. */
static void
guess (Fixture *self, guint j, float dx, float dy)
{
  const float *c = self->snapshots[2]->centroids + 3 * j;
  g_assert_true (lloyd_guesses_place (&self->guesses, j, c[0] + dx, c[1] + dy));
}

static void
assert_words (Fixture *self, const char *part)
{
  g_autofree char *text = lloyd_words_guess (&self->guesses);
  g_assert_nonnull (strstr (text, part));
}

static void
test_judged (Fixture *self, gconstpointer data)
{
  (void) data;
  go_to (self, 0, LLOYD_GUESS_TOO_EARLY);
  g_assert_false (lloyd_guesses_place (&self->guesses, 0, 0.0f, 0.0f));
  go_to (self, 1, LLOYD_GUESS_OPEN);
  assert_words (self, "Where will centroid 0 land?");
  g_assert_false (lloyd_guesses_place (&self->guesses, K, 0.0f, 0.0f));
  g_assert_false (lloyd_guesses_place (&self->guesses, 0, NAN, 0.0f));
  guess (self, 1, 9.0f, 9.0f);
  guess (self, 2, 0.0f, 0.0f);
  /* The later guess counts. */
  guess (self, 1, 3.0f, 4.0f);
  g_assert_cmpuint (self->guesses.guesses->len, ==, 2);
  assert_words (self, "2 guesses.");
  /* Told once more: nothing is lost. */
  go_to (self, 1, LLOYD_GUESS_OPEN);
  go_to (self, 2, LLOYD_GUESS_JUDGED);
  g_assert_cmpfloat_with_epsilon (lloyd_guessed_miss (lloyd_guesses_find (&self->guesses, 1)), 5.0,
                                  1e-4);
  g_assert_cmpfloat (lloyd_guessed_miss (lloyd_guesses_find (&self->guesses, 2)), <, 1e-4);
  g_assert_cmpuint (self->guesses.n_judged, ==, 2);
  g_assert_cmpfloat_with_epsilon (self->guesses.sum_missed, 5.0, 1e-4);
  double moved = lloyd_guessed_move (lloyd_guesses_find (&self->guesses, 1)) +
                 lloyd_guessed_move (lloyd_guesses_find (&self->guesses, 2));
  const float *from = self->snapshots[1]->centroids + 3, *to = self->snapshots[2]->centroids + 3;
  g_assert_cmpfloat_with_epsilon (lloyd_guessed_move (lloyd_guesses_find (&self->guesses, 1)),
                                  hypot ((double) (to[0] - from[0]), (double) (to[1] - from[1])),
                                  1e-4);
  g_assert_cmpfloat_with_epsilon (self->guesses.sum_moved, moved, 1e-6);
  assert_words (self, "your guess was 5 off. 2 guesses: 2.5 off on average");
  go_to (self, 2, LLOYD_GUESS_JUDGED);
  g_assert_cmpuint (self->guesses.n_judged, ==, 2);
}

/* The score goes on from step to step, and back it does not count again. */
static void
test_score (Fixture *self, gconstpointer data)
{
  (void) data;
  go_to (self, 1, LLOYD_GUESS_OPEN);
  guess (self, 0, 1.0f, 0.0f);
  go_to (self, 2, LLOYD_GUESS_JUDGED);
  assert_words (self, "your guess was 1 off.");
  go_to (self, 3, LLOYD_GUESS_OPEN);
  g_assert_cmpuint (self->guesses.guesses->len, ==, 0);
  go_to (self, 2, LLOYD_GUESS_TOO_EARLY);
  go_to (self, 1, LLOYD_GUESS_OPEN);
  guess (self, 0, 1.0f, 0.0f);
  go_to (self, 3, LLOYD_GUESS_OPEN);
  go_to (self, 4, LLOYD_GUESS_TOO_EARLY);
  g_assert_cmpuint (self->guesses.n_judged, ==, 1);
  lloyd_guesses_set_snapshot (&self->guesses, NULL);
  g_assert_cmpuint (self->guesses.n_judged, ==, 0);
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/guesses/judged", test_judged);
  ADD ("/guesses/score", test_score);
  return g_test_run ();
}
