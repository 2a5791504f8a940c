/* Restarts: the same recipe from several seeds, of which the best run is kept. */
#pragma once

#include "compute/kmeans/run.h"

/* Called when a restart (from 0) has come to its end; `run` is then its run, to look at. */
typedef void (*LloydRestartNote) (guint restart, LloydRun *run, gpointer data);

/* Runs the recipe to its end once for each of its restarts, on one engine, restart i with the
 * seed `seed` + i (modulo 2^64), and gives the run of the lowest final objective, the first among
 * equals. It knows the objectives of all. `note` may be NULL. Fails as lloyd_run_new() and
 * lloyd_run_step(). */
LloydRun *lloyd_restarts_run (LloydPoints *points,
                              const LloydRecipe *recipe,
                              const LloydBackend *backend,
                              const LloydEngineOptions *options,
                              LloydRestartNote note,
                              gpointer data,
                              GCancellable *cancellable,
                              GError **error);

/* The same beside a run that is there, on its engine; see lloyd_run_new_beside(). */
LloydRun *lloyd_restarts_run_beside (LloydRun *other,
                                     const LloydRecipe *recipe,
                                     LloydRestartNote note,
                                     gpointer data,
                                     GCancellable *cancellable,
                                     GError **error);

/* The objective of the last step; NaN before the first. */
double lloyd_run_get_objective (const LloydRun *self);
