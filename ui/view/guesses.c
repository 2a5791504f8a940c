#include "ui/view/guesses.h"

#include <math.h>

void
lloyd_guesses_init (LloydGuesses *self)
{
  *self = (LloydGuesses){ .guesses = g_array_new (FALSE, FALSE, sizeof (LloydGuessed)) };
}

void
lloyd_guesses_clear (LloydGuesses *self)
{
  g_clear_pointer (&self->guesses, g_array_unref);
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
}

double
lloyd_guessed_miss (const LloydGuessed *self)
{
  return hypot ((double) self->landed[0] - (double) self->guess[0],
                (double) self->landed[1] - (double) self->guess[1]);
}

double
lloyd_guessed_move (const LloydGuessed *self)
{
  return hypot ((double) self->landed[0] - (double) self->start[0],
                (double) self->landed[1] - (double) self->start[1]);
}

/* ---- snapshots ----------------------------------------------------------------------------- */

/* Whether the second is what the guesses at the first were about. */
static gboolean
is_next (const LloydSnapshot *a, const LloydSnapshot *b)
{
  return a->scene == b->scene && a->metric == b->metric && a->k == b->k && a->position % 2 == 1 &&
         b->position == a->position + 1;
}

/* The same moment, told once more. */
static gboolean
is_same (const LloydSnapshot *a, const LloydSnapshot *b)
{
  return a->scene == b->scene && a->metric == b->metric && a->k == b->k &&
         a->position == b->position;
}

static void
judge (LloydGuesses *self, const LloydSnapshot *snapshot)
{
  for (guint i = 0; i < self->guesses->len; i++)
    {
      LloydGuessed *one = &g_array_index (self->guesses, LloydGuessed, i);
      one->landed[0] = snapshot->centroids[3 * one->cluster];
      one->landed[1] = snapshot->centroids[3 * one->cluster + 1];
      self->sum_missed += lloyd_guessed_miss (one);
      self->sum_moved += lloyd_guessed_move (one);
      self->n_judged++;
    }
}

static LloydGuessState
find_state (const LloydSnapshot *snapshot, gboolean is_judged)
{
  if (snapshot == NULL)
    return LLOYD_GUESS_NOTHING;
  if (snapshot->scene->projection->n_axes != 2)
    return LLOYD_GUESS_NO_PLANE;
  if (is_judged)
    return LLOYD_GUESS_JUDGED;
  if (snapshot->is_at_end)
    return LLOYD_GUESS_OVER;
  return snapshot->position % 2 == 1 ? LLOYD_GUESS_OPEN : LLOYD_GUESS_TOO_EARLY;
}

void
lloyd_guesses_set_snapshot (LloydGuesses *self, LloydSnapshot *snapshot)
{
  LloydSnapshot *before = self->snapshot;
  gboolean has_both = before != NULL && snapshot != NULL;
  gboolean stays = has_both && is_same (before, snapshot);
  gboolean is_judged = (stays && self->state == LLOYD_GUESS_JUDGED) ||
                       (has_both && is_next (before, snapshot) && self->guesses->len > 0);

  if (is_judged && !stays)
    judge (self, snapshot);
  else if (!stays)
    g_array_set_size (self->guesses, 0);
  if (!has_both || before->scene->points != snapshot->scene->points ||
      before->metric != snapshot->metric)
    {
      self->n_judged = 0;
      self->sum_missed = self->sum_moved = 0.0;
    }
  self->state = find_state (snapshot, is_judged);
  self->chosen = snapshot != NULL && self->chosen < snapshot->k ? self->chosen : 0;
  if (snapshot != NULL)
    lloyd_snapshot_ref (snapshot);
  g_clear_pointer (&self->snapshot, lloyd_snapshot_unref);
  self->snapshot = snapshot;
}

/* ---- guessing ------------------------------------------------------------------------------ */

const LloydGuessed *
lloyd_guesses_find (const LloydGuesses *self, guint cluster)
{
  for (guint i = 0; i < self->guesses->len; i++)
    if (g_array_index (self->guesses, LloydGuessed, i).cluster == cluster)
      return &g_array_index (self->guesses, LloydGuessed, i);
  return NULL;
}

gboolean
lloyd_guesses_place (LloydGuesses *self, guint cluster, float x, float y)
{
  if (self->state != LLOYD_GUESS_OPEN || cluster >= self->snapshot->k || !isfinite (x) ||
      !isfinite (y))
    return FALSE;
  const float *start = self->snapshot->centroids + 3 * cluster;
  LloydGuessed one = { cluster, { start[0], start[1] }, { x, y }, { 0.0f, 0.0f } };
  for (guint i = 0; i < self->guesses->len; i++)
    if (g_array_index (self->guesses, LloydGuessed, i).cluster == cluster)
      g_array_remove_index (self->guesses, i);
  g_array_append_val (self->guesses, one);
  self->chosen = cluster;
  return TRUE;
}
