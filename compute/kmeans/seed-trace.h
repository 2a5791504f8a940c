/* What seeding did, round by round: kept as it is done, so that it can be shown later what was
 * chosen and why. Shared by reference; once seeding is over nothing changes. */
#pragma once

#include "compute/kmeans/recipe.h"

/* Why a row was taken. */
typedef enum
{
  /* Drawn, each row with the same chance, or as it weighs. */
  LLOYD_SEED_BY_CHANCE,
  /* Drawn, the chance by its squared distance to the nearest centroid before. */
  LLOYD_SEED_BY_DISTANCE,
  /* The same, among a few rows drawn before, each for the rows nearest to it: k-means||. */
  LLOYD_SEED_AMONG_DRAWN,
  /* The farthest from all centroids before. */
  LLOYD_SEED_FARTHEST,
  /* Told beforehand: the first rows, or those of a list. */
  LLOYD_SEED_LISTED,
  /* The lowest not yet taken: all rows lie on centroids. */
  LLOYD_SEED_UNUSED,
} LloydSeedReason;

/* A row that was tried. */
typedef struct
{
  size_t row;
  /* The potential that it would leave, in the units of its round's total. */
  guint64 potential;
} LloydSeedTry;

/* How one row was taken. */
typedef struct
{
  LloydSeedReason reason;
  size_t row;
  /* Where its tries are among all, how many (0 where none were compared), and which was taken. */
  guint first_try;
  guint n_tries;
  guint chosen;
  /* The potential before, in integer weights; 0: not known. */
  guint64 total;
} LloydSeedRound;

typedef struct
{
  LloydInit init;
  /* Of what the distances are. */
  LloydMetric metric;
  /* LloydSeedRound, one for each centroid, and LloydSeedTry. Rows are stored rows of the points of
   * the run. */
  GArray *rounds;
  GArray *tries;
  /* Of k-means||, the rows drawn first (size_t); of others none. */
  GArray *drawn;
} LloydSeedTrace;

LloydSeedTrace *lloyd_seed_trace_new (LloydInit init, LloydMetric metric);
LloydSeedTrace *lloyd_seed_trace_ref (LloydSeedTrace *self);
void lloyd_seed_trace_unref (LloydSeedTrace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSeedTrace, lloyd_seed_trace_unref)

/* Notes that a row was taken. Where `self` is NULL nothing is done, here and below. */
void lloyd_seed_trace_add (LloydSeedTrace *self, LloydSeedReason reason, size_t row);

/* Says of the round added last that it tried n rows, and which it took. */
void lloyd_seed_trace_add_tries (LloydSeedTrace *self,
                                 const size_t *rows,
                                 const guint64 *potentials,
                                 guint n,
                                 guint chosen,
                                 guint64 total);

static inline guint
lloyd_seed_trace_get_k (const LloydSeedTrace *self)
{
  return self->rounds->len;
}

static inline const LloydSeedRound *
lloyd_seed_trace_round (const LloydSeedTrace *self, guint j)
{
  return &g_array_index (self->rounds, LloydSeedRound, j);
}

static inline const LloydSeedTry *
lloyd_seed_trace_try (const LloydSeedTrace *self, const LloydSeedRound *round, guint i)
{
  return &g_array_index (self->tries, LloydSeedTry, round->first_try + i);
}
