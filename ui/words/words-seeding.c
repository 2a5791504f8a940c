#include "ui/words/words-seeding.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/words/words.h"

/* Chances below this share are told as one in so many. */
#define LEAST_PERCENT 1e-3

char *
lloyd_words_chance (double chance)
{
  if (chance >= 0.01)
    return g_strdup_printf (_ ("%.1f %%"), 100.0 * chance);
  if (chance >= LEAST_PERCENT)
    return g_strdup_printf (_ ("%.2f %%"), 100.0 * chance);
  if (!(chance > 0.0))
    return g_strdup (_ ("0 %"));
  g_autofree char *many = lloyd_words_number (fmin (round (1.0 / chance), 1e15));
  return g_strdup_printf (_ ("1 in %s"), many);
}

/* "row 17", or what the row is called. */
static char *
row_text (const LloydSnapshot *self)
{
  const LloydPoints *points = self->scene->points;
  g_autofree char *id = lloyd_points_dup_id (points, self->seeding->input_row);
  return points->ids != NULL ? g_steal_pointer (&id) : g_strdup_printf (_ ("row %s"), id);
}

/* "a chance of 1.2 %, 40 times that of an average point". */
static char *
chance_text (const LloydSeedStage *stage)
{
  g_autofree char *chance = lloyd_words_chance (stage->chance);
  double times = stage->chance / stage->average;
  g_autofree char *many =
      times >= 9.95 ? lloyd_words_count ((guint64) round (times)) : g_strdup_printf ("%.1f", times);
  return g_strdup_printf (_ ("a chance of %s, %s times that of an average point"), chance, many);
}

static gboolean
has_fall (const LloydSeedStage *stage)
{
  return isfinite (stage->potential_before) && isfinite (stage->potential_after);
}

/* ---- before anything is placed ------------------------------------------------------------- */

static char *
empty_text (const LloydSnapshot *self)
{
  const LloydSeedStage *stage = self->seeding;
  g_autofree char *count = lloyd_words_number (round (1.0 / stage->average));
  switch (stage->init)
    {
    case LLOYD_INIT_FIRST:
      return g_strdup_printf (ngettext ("No chance here: the first row becomes the centroid.",
                                        "No chance here: the first %u rows become centroids.",
                                        stage->k),
                              stage->k);
    case LLOYD_INIT_ROWS:
      return g_strdup (_ ("No chance here: the recipe names the rows that become centroids."));
    case LLOYD_INIT_RANDOM:
      return g_strdup_printf (
          _ ("Nothing is placed yet: in every round each of the %s points has the same chance."),
          count);
    case LLOYD_INIT_PARALLEL:
      return g_strdup_printf (
          ngettext ("%u candidate was drawn, far points more often; centroids are chosen from it.",
                    "%u candidates were drawn in a few rounds, far points more often; centroids "
                    "are chosen among them.",
                    stage->n_drawn),
          stage->n_drawn);
    default:
      if (stage->sizes != NULL)
        return g_strdup (_ ("Nothing is placed yet: each point has a chance by its weight."));
      return g_strdup_printf (_ ("Nothing is placed yet: each point has the same chance, 1 in %s."),
                              count);
    }
}

/* ---- drawn --------------------------------------------------------------------------------- */

static char *
compared_text (const LloydSeedStage *stage, const char *row)
{
  guint n = stage->round.n_tries;
  if (!has_fall (stage))
    return g_strdup_printf (_ ("%u candidates tried: %s lowers the sum of squares most."), n, row);
  g_autofree char *before = lloyd_words_number (stage->potential_before);
  g_autofree char *after = lloyd_words_number (stage->potential_after);
  return g_strdup_printf (
      _ ("%u candidates tried: %s lowers the sum of squares most, from %s to %s."), n, row, before,
      after);
}

static char *
drawn_text (const LloydSnapshot *self)
{
  const LloydSeedStage *stage = self->seeding;
  g_autofree char *row = row_text (self);
  g_autofree char *distance = lloyd_words_number (stage->distance);
  if (stage->round.n_tries > 1)
    return compared_text (stage, row);
  switch (stage->round.reason)
    {
    case LLOYD_SEED_FARTHEST:
      return g_strdup_printf (_ ("Farthest from every centroid: %s, at a distance of %s."), row,
                              distance);
    case LLOYD_SEED_LISTED:
      return g_strdup_printf (_ ("Next in the list: %s."), row);
    case LLOYD_SEED_UNUSED:
      return g_strdup_printf (_ ("Every point lies on a centroid: %s is the first not yet taken."),
                              row);
    case LLOYD_SEED_AMONG_DRAWN:
      return g_strdup_printf (_ ("Drawn among the candidates, by the points near them: %s."), row);
    default:
      break;
    }
  if (stage->round.reason == LLOYD_SEED_BY_CHANCE)
    return g_strdup_printf (_ ("Drawn by chance: %s."), row);
  g_autofree char *chance = chance_text (stage);
  return g_strdup_printf (_ ("Drawn: %s, with %s."), row, chance);
}

/* ---- placed -------------------------------------------------------------------------------- */

/* Why it was taken, behind "Centroid 3 of 5: ". */
static char *
why_text (const LloydSnapshot *self)
{
  const LloydSeedStage *stage = self->seeding;
  g_autofree char *row = row_text (self);
  g_autofree char *distance = lloyd_words_number (stage->distance);
  g_autofree char *chance = isnan (stage->chance) ? NULL : chance_text (stage);
  switch (stage->round.reason)
    {
    case LLOYD_SEED_FARTHEST:
      return g_strdup_printf (_ ("%s, the farthest from all before, at a distance of %s"), row,
                              distance);
    case LLOYD_SEED_LISTED:
      return g_strdup_printf (_ ("%s, as listed"), row);
    case LLOYD_SEED_UNUSED:
      return g_strdup_printf (_ ("%s, the first not yet taken: all points lie on centroids"), row);
    case LLOYD_SEED_AMONG_DRAWN:
      return stage->round.n_tries > 1
                 ? g_strdup_printf (_ ("%s, the best of %u tried among the candidates"), row,
                                    stage->round.n_tries)
                 : g_strdup_printf (_ ("%s, drawn among the candidates"), row);
    case LLOYD_SEED_BY_DISTANCE:
      return stage->round.n_tries > 1 ? g_strdup_printf (_ ("%s had %s; the best of %u tried"), row,
                                                         chance, stage->round.n_tries)
                                      : g_strdup_printf (_ ("%s had %s"), row, chance);
    default:
      break;
    }
  g_autofree char *plain = lloyd_words_chance (stage->chance);
  if (stage->round.reason == LLOYD_SEED_BY_CHANCE && self->scene->points->weights != NULL &&
      stage->stage == 2)
    return g_strdup_printf (_ ("%s, drawn by its weight, with a chance of %s"), row, plain);
  return g_strdup_printf (_ ("%s, drawn when every point had the same chance, %s"), row, plain);
}

static char *
placed_text (const LloydSnapshot *self)
{
  const LloydSeedStage *stage = self->seeding;
  g_autofree char *why = why_text (self);
  return g_strdup_printf (_ ("Centroid %u of %u: %s."), self->k, stage->k, why);
}

/* ---- public -------------------------------------------------------------------------------- */

char *
lloyd_words_seeding (const LloydSnapshot *self)
{
  if (self->seeding->stage == 0)
    return empty_text (self);
  return self->seeding->stage % 2 != 0 ? drawn_text (self) : placed_text (self);
}

static const char *
rule_text (LloydInit init)
{
  switch (init)
    {
    case LLOYD_INIT_PLUS_PLUS:
      return _ ("greedy k-means++");
    case LLOYD_INIT_PLUS_PLUS_PLAIN:
      return _ ("plain k-means++");
    case LLOYD_INIT_RANDOM:
      return _ ("random rows");
    case LLOYD_INIT_PARALLEL:
      return _ ("k-means||");
    case LLOYD_INIT_FARTHEST:
      return _ ("farthest first");
    case LLOYD_INIT_FIRST:
      return _ ("first rows");
    default:
      return _ ("listed rows");
    }
}

char *
lloyd_words_seeding_status (const LloydSnapshot *self)
{
  const LloydSeedStage *stage = self->seeding;
  const char *what = stage->stage == 0       ? _ ("nothing placed yet")
                     : stage->stage % 2 == 0 ? _ ("centroid placed")
                                             : _ ("point chosen");
  g_autofree char *position = lloyd_words_seeding_position (stage->stage, 2 * stage->k + 1);
  if (stage->is_shared)
    return g_strdup_printf (_ ("%s · the rows and distances of Euclidean"), position);
  if (stage->stage % 2 == 0 && isfinite (stage->potential_after))
    {
      g_autofree char *sum = lloyd_words_number (stage->potential_after);
      return g_strdup_printf (_ ("%s · %s · sum of squares %s"), position, rule_text (stage->init),
                              sum);
    }
  return g_strdup_printf ("%s · %s · %s", position, rule_text (stage->init), what);
}

char *
lloyd_words_seeding_shown (const LloydSnapshot *self)
{
  const LloydSeedStage *stage = self->seeding;
  if (self->scene->is_splat)
    return g_strdup (_ ("Too many points for sizes: colours tell the nearest centroid so far"));
  if (stage->sizes == NULL)
    return NULL;
  if (stage->n_drawn > 0)
    return g_strdup (_ ("Large discs are the candidates that were drawn first"));
  if (stage->init != LLOYD_INIT_FARTHEST && self->k == stage->k)
    return g_strdup (_ ("The area of a disc is its squared distance to the nearest centroid"));
  if (stage->init == LLOYD_INIT_FARTHEST && self->k > 0)
    return g_strdup (_ ("The wider a disc, the farther from its nearest centroid"));
  return g_strdup (_ ("The area of a disc is its chance to be drawn next"));
}

char *
lloyd_words_seeding_position (guint stage, guint n_stages)
{
  return g_strdup_printf (_ ("Seeding %u of %u"), (stage + 1) / 2, n_stages / 2);
}

const char *
lloyd_words_seeding_next (guint stage, guint n_stages)
{
  if (stage + 1 == n_stages)
    return _ ("To step 0");
  return stage % 2 == 0 ? _ ("Choose a point") : _ ("Place centroid");
}
