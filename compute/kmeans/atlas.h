/* An atlas of restarts: the same recipe from many seeds by several ways of seeding, and how well
 * each ends. */
#pragma once

#include "compute/kmeans/restarts.h"

typedef struct
{
  LloydInit init;
  guint64 seed;
  /* Of the final labels, and after how many steps. */
  double objective;
  guint n_steps;
} LloydAtlasEntry;

/* Called after each run; `n` in all. */
typedef void (*LloydAtlasNote) (const LloydAtlasEntry *entry, guint n, gpointer data);

/* Runs the recipe to its end for every one of `n_inits` ways of seeding and the seeds `seed` to
 * `seed` + n_seeds - 1 of the recipe (modulo 2^64), all on one engine, seed after seed. What leaves
 * nothing to chance (LLOYD_INIT_FIRST) runs once; rows that are listed and centroids from a file
 * are no way of seeding. Fails as lloyd_run_new() and lloyd_run_step(). */
gboolean lloyd_atlas_run (LloydPoints *points,
                          const LloydRecipe *recipe,
                          const LloydInit *inits,
                          guint n_inits,
                          guint n_seeds,
                          const LloydBackend *backend,
                          const LloydEngineOptions *options,
                          LloydAtlasNote note,
                          gpointer data,
                          GCancellable *cancellable,
                          GError **error);
