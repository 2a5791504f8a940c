/* The choice of K: the same recipe for every K of a range, and what speaks for each. */
#pragma once

#include "compute/kmeans/restarts.h"

/* What is known of one K. NaN where it is not defined. */
typedef struct
{
  guint k;
  /* Of the final labels; the best of the recipe's restarts. */
  double objective;
  /* See lloyd_silhouette(). */
  double silhouette;
  /* How far (K, objective) lies below the chord from the first K to the last, both axes scaled to
   * [0, 1]: (1 - x - y) / sqrt (2), after Satopaa et al., "Finding a kneedle in a haystack", ICDCSW
   * 2011. Not defined for fewer than three K, or where the objective does not fall. */
  double chord;
} LloydKScore;

typedef struct
{
  /* One for each K, rising. */
  guint n;
  LloydKScore *scores;
  /* The K of the largest silhouette and of the largest distance from the chord, the lowest among
   * equals; 0 where there is none. */
  guint by_silhouette;
  guint by_elbow;
} LloydKChoice;

/* Called after each K, of which there are `n` in all, with the choice so far (the chord comes
 * last). */
typedef void (*LloydKProgress) (const LloydKChoice *choice, guint n, gpointer data);

/* Runs the recipe, to its end, with every K from `from` (at least 1) to `to`, all on one engine.
 * Yours, freed with lloyd_k_choice_free(). Fails as lloyd_restarts_run(). */
LloydKChoice *lloyd_choose_k (LloydPoints *points,
                              const LloydRecipe *recipe,
                              guint from,
                              guint to,
                              const LloydBackend *backend,
                              const LloydEngineOptions *options,
                              LloydKProgress progress,
                              gpointer data,
                              GCancellable *cancellable,
                              GError **error);
void lloyd_k_choice_free (LloydKChoice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydKChoice, lloyd_k_choice_free)

/* The simplified silhouette of a run that stands at its end: the mean over all rows, by weight, of
 * (b - a) / max (a, b), a the distance to the row's own centroid and b to the next nearest; 0 for
 * the only row of a cluster and where both are 0. Distance is |x - c|, not squared, of the unit row
 * under an angular metric; summed exactly and rounded once, so the order of rows does not matter.
 * NaN for one cluster. Hruschka, de Castro and Campello, ICDM 2004; the full one: Rousseeuw,
 * Journal of Computational and Applied Mathematics 20, 1987. */
gboolean
lloyd_silhouette (LloydRun *run, double *silhouette, GCancellable *cancellable, GError **error);
