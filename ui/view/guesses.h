/* Guesses where centroids will land when they are moved next, and how far off they were. Main
 * thread. */
#pragma once

#include "compute/session/snapshot.h"

typedef struct
{
  guint cluster;
  /* In the scene: where the centroid was, was guessed to land and, once it did, landed. */
  float start[2];
  float guess[2];
  float landed[2];
} LloydGuessed;

typedef enum
{
  /* Nothing is seen; the view has three dimensions; the points are to be assigned first. */
  LLOYD_GUESS_NOTHING,
  LLOYD_GUESS_NO_PLANE,
  LLOYD_GUESS_TOO_EARLY,
  /* The centroids are moved next; they were moved, and the guesses can be judged; or it ended. */
  LLOYD_GUESS_OPEN,
  LLOYD_GUESS_JUDGED,
  LLOYD_GUESS_OVER,
} LloydGuessState;

typedef struct
{
  LloydGuessState state;
  LloydSnapshot *snapshot;
  /* Whom the next guess is about. */
  guint chosen;
  /* LloydGuessed, one a cluster at most. */
  GArray *guesses;
  /* Of all that were judged: how far they were off, and how far it would have been to say that each
   * centroid stays, in units of the axes. */
  guint n_judged;
  double sum_missed;
  double sum_moved;
} LloydGuesses;

void lloyd_guesses_init (LloydGuesses *self);
void lloyd_guesses_clear (LloydGuesses *self);

/* What is seen now: judges what was guessed when this is what the guesses were about, and forgets
 * it otherwise. Other data begin a new score. */
void lloyd_guesses_set_snapshot (LloydGuesses *self, LloydSnapshot *snapshot);

/* Guesses where a centroid will land, in the scene. FALSE where that is not open, or there is no
 * such cluster. */
gboolean lloyd_guesses_place (LloydGuesses *self, guint cluster, float x, float y);

/* What was guessed of a cluster, borrowed until the next guess; NULL: nothing. */
const LloydGuessed *lloyd_guesses_find (const LloydGuesses *self, guint cluster);

/* How far a guess was off, and the centroid moved. */
double lloyd_guessed_miss (const LloydGuessed *self);
double lloyd_guessed_move (const LloydGuessed *self);
