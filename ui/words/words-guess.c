/* Guesses in words. */
#include <glib/gi18n.h>

#include "ui/words/words.h"

static char *
open_text (const LloydGuesses *self)
{
  if (self->guesses->len == 0)
    return g_strdup_printf (
        _ ("Where will centroid %u land? Click there; a click on a centroid chooses it."),
        self->chosen);
  return g_strdup_printf (ngettext ("%u guess. Move the centroids to see.",
                                    "%u guesses. Move the centroids to see.", self->guesses->len),
                          self->guesses->len);
}

/* How it went: of the guess that was the last. */
static char *
judged_text (const LloydGuesses *self)
{
  const LloydGuessed *last = &g_array_index (self->guesses, LloydGuessed, self->guesses->len - 1);
  g_autofree char *miss = lloyd_words_number (lloyd_guessed_miss (last));
  g_autofree char *move = lloyd_words_number (lloyd_guessed_move (last));
  g_autofree char *mean = lloyd_words_number (self->sum_missed / self->n_judged);
  g_autofree char *mean_move = lloyd_words_number (self->sum_moved / self->n_judged);
  if (self->n_judged == 1)
    return g_strdup_printf (_ ("Centroid %u moved by %s; your guess was %s off."), last->cluster,
                            move, miss);
  return g_strdup_printf (_ ("Centroid %u moved by %s; your guess was %s off. %u guesses: %s off "
                             "on average, of moves by %s."),
                          last->cluster, move, miss, self->n_judged, mean, mean_move);
}

char *
lloyd_words_guess (const LloydGuesses *self)
{
  switch (self->state)
    {
    case LLOYD_GUESS_NO_PLANE:
      return g_strdup (_ ("Guessing needs a view of two dimensions."));
    case LLOYD_GUESS_TOO_EARLY:
      return g_strdup (_ ("Assign the points, then guess where a centroid will land."));
    case LLOYD_GUESS_OPEN:
      return open_text (self);
    case LLOYD_GUESS_JUDGED:
      return judged_text (self);
    case LLOYD_GUESS_OVER:
      return g_strdup (_ ("The run is over: no centroid moves any more."));
    default:
      return g_strdup ("");
    }
}
