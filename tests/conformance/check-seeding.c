/* Seeding round by round, number by number. */
#include "compute/kmeans/seeding.h"
#include "tests/conformance/case.h"
#include "tests/support/guard.h"

/* Some rounds of sampling, the first few and later ones, candidates and draws given, compared
 * number by number. */
void
check_sample (const Case *self, GRand *rand)
{
  g_autoptr (GError) error = NULL;
  guint d = self->points->d, n_trials = (guint) g_rand_int_range (rand, 1, 4);
  g_autofree float *centres = g_new0 (float, (size_t) n_trials *d);
  g_autofree guint64 *draws = g_new (guint64, n_trials);
  g_autofree size_t *candidates = g_new0 (size_t, n_trials);
  LloydEngine *engines[2] = { self->oracle, self->engine };

  candidates[0] = (size_t) g_rand_int_range (rand, 0, (gint32) self->points->n);
  for (int round = 0; round < 6 + 2 * (int) n_trials; round++)
    {
      LloydSamplingRound results[2];
      guint n_candidates = round == 0 ? 1 : n_trials;
      for (guint c = 0; c < n_candidates; c++)
        lloyd_seed_from_row (self->oracle, candidates[c], centres + (size_t) c * d);
      for (guint c = 0; c < n_trials; c++)
        draws[c] = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
      for (int i = 0; i < 2; i++)
        {
          results[i] =
              (LloydSamplingRound){ .candidates = centres,
                                    .n_candidates = n_candidates,
                                    .draws = draws,
                                    .n_draws = n_trials,
                                    .potentials = guarded_new (sizeof (guint64) * n_trials),
                                    .rows = guarded_new (sizeof (size_t) * n_trials) };
          g_assert_true (
              engines[i]->backend->sample (engines[i], &results[i], round == 0, NULL, &error));
        }
      g_assert_cmpuint (results[1].total, ==, results[0].total);
      g_assert_cmpuint (results[1].chosen, ==, results[0].chosen);
      g_assert_cmpmem (results[1].potentials, sizeof (guint64) * n_candidates,
                       results[0].potentials, sizeof (guint64) * n_candidates);
      gboolean is_over = results[0].total == 0;
      for (guint c = 0; c < n_trials && !is_over; c++)
        {
          g_assert_cmpuint (results[1].rows[c], ==, results[0].rows[c]);
          candidates[c] = results[0].rows[c];
        }
      for (int i = 0; i < 2; i++)
        {
          guarded_free (results[i].potentials, sizeof (guint64) * n_trials);
          guarded_free (results[i].rows, sizeof (size_t) * n_trials);
        }
      if (is_over)
        return;
    }
}

/* Scattering number by number: a first centre, some on trial, a few more, with draws of many rows
 * or few. */
void
check_scatter (const Case *self, GRand *rand)
{
  g_autoptr (GError) error = NULL;
  size_t n = self->points->n, bytes = sizeof (double) * n;
  LloydEngine *engines[2] = { self->oracle, self->engine };

  for (guint32 turn = 0; turn < 5; turn++)
    {
      LloydScatterRound results[2];
      guint m = turn == 0 ? 1 : (guint) g_rand_int_range (rand, 1, 20);
      g_autofree float *centres = g_new (float, (size_t) m * self->points->d);
      guint64 n_wanted = turn % 2 == 0 ? 1 + g_rand_int (rand) % (2 * n) : 0, seed = turn * 7;
      for (guint c = 0; c < m; c++)
        lloyd_seed_from_row (self->oracle, (size_t) g_rand_int_range (rand, 0, (gint32) n),
                             centres + (size_t) c * self->points->d);
      for (int i = 0; i < 2; i++)
        {
          results[i] = (LloydScatterRound){ .centres = centres,
                                            .n_centres = m,
                                            .is_trial = turn == 2,
                                            .n_wanted = n_wanted,
                                            .seed = seed,
                                            .round = turn,
                                            .nearest = guarded_new (bytes),
                                            .rows = g_array_new (FALSE, FALSE, sizeof (size_t)) };
          g_assert_true (
              engines[i]->backend->scatter (engines[i], &results[i], turn == 0, NULL, &error));
        }
      g_assert_cmpuint (results[1].farthest, ==, results[0].farthest);
      check_doubles ("the largest distance", &results[1].distance, &results[0].distance, 1);
      check_doubles ("scattered distances", results[1].nearest, results[0].nearest, n);
      g_assert_cmpmem (results[1].rows->data, sizeof (size_t) * results[1].rows->len,
                       results[0].rows->data, sizeof (size_t) * results[0].rows->len);
      for (int i = 0; i < 2; i++)
        {
          guarded_free (results[i].nearest, bytes);
          g_array_unref (results[i].rows);
        }
    }
}
