/* The session: one dataset, one or two runs on it in lock-step, and the worker thread that computes
 * them.
 *
 * All functions are called on the main thread and return at once. What is asked for is done in
 * order on the worker (files are loaded beside it); the outcome comes as snapshots, announced by
 * the signal "changed". Two runs take turns, never at once, so that their timings do not disturb
 * each other, and take turns to go first.
 *
 * Positions count half-steps as those of a run do; a run that has ended rests at its last position
 * while the other goes on. */
#pragma once

#include "compute/session/dataset.h"
#include "compute/session/snapshot.h"

#define LLOYD_MAX_SIDES 2

#define LLOYD_TYPE_SESSION (lloyd_session_get_type ())
G_DECLARE_FINAL_TYPE (LloydSession, lloyd_session, LLOYD, SESSION, GObject)

LloydSession *lloyd_session_new (void);

/* How many points are drawn one by one; more are a splat. Takes effect with the next scene. */
void lloyd_session_set_max_discs (LloydSession *self, size_t max_discs);

/* Whether a bridge shows exhibits; from the next snapshot on they carry some. */
void lloyd_session_set_bridge (LloydSession *self, gboolean has_bridge);

/* Whether each of two metrics starts by its own rule, instead of both from the same rows. Takes
 * effect with the next start. */
void lloyd_session_set_own_starts (LloydSession *self, gboolean has_own_starts);

/* ---- asking; every _async ends in lloyd_session_finish() ------------------------------------ */

/* Clusters where a recipe leaves their number open. */
#define LLOYD_USUAL_K 3

/* Opens a file, or a generated cloud, with a recipe; `is_both` puts cosine beside Euclidean. A k of
 * 0 leaves it open: LLOYD_USUAL_K, or as many as there are different rows, if these are fewer. On
 * failure everything stays as it was. */
void lloyd_session_open_async (LloydSession *self,
                               const char *path,
                               const LloydRecipe *recipe,
                               gboolean is_both,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
void lloyd_session_generate_async (LloydSession *self,
                                   const LloydCloudSpec *spec,
                                   const char *title,
                                   const LloydRecipe *recipe,
                                   gboolean is_both,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer data);

/* Starts over on the same data with another recipe. */
void lloyd_session_restart_async (LloydSession *self,
                                  const LloydRecipe *recipe,
                                  gboolean is_both,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);

/* Chooses what is seen: "widest" or "components" (with "-3d" for three axes), or names of two or
 * three columns with commas between. */
void lloyd_session_set_axes_async (LloydSession *self,
                                   const char *axes,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer data);

/* Goes on by half a step, or to the end of the step. Paced: a person or Play sets the pace. */
void
lloyd_session_half_step_async (LloydSession *self, GAsyncReadyCallback callback, gpointer data);
void lloyd_session_step_async (LloydSession *self, GAsyncReadyCallback callback, gpointer data);

/* Goes on for n_steps (0: to the end) as fast as it can; lloyd_session_stop() ends it early, which
 * is no error. Runs that met their limit of steps are given `n_more` (0: they stay ended). */
void lloyd_session_run_async (
    LloydSession *self, guint n_steps, guint n_more, GAsyncReadyCallback callback, gpointer data);
void lloyd_session_stop (LloydSession *self);

/* Labels all rows where a run has only those of a batch, and shows that; the run stays where it is.
 * Runs of lloyd_session_run_async() end so by themselves. */
void
lloyd_session_label_all_async (LloydSession *self, GAsyncReadyCallback callback, gpointer data);

/* Whether snapshots carry the places through which their centroids came; shows the position anew.
 */
void lloyd_session_set_trails_async (LloydSession *self,
                                     gboolean has_trails,
                                     GAsyncReadyCallback callback,
                                     gpointer data);

/* Shows a position between 0 and the last. */
void lloyd_session_go_to_async (LloydSession *self,
                                guint position,
                                GAsyncReadyCallback callback,
                                gpointer data);

gboolean lloyd_session_finish (LloydSession *self, GAsyncResult *result, GError **error);

/* ---- looking --------------------------------------------------------------------------------- */

/* Whether something asked for is still being done. */
gboolean lloyd_session_is_busy (LloydSession *self);

/* How far a load has come, 0 to 1. */
double lloyd_session_get_progress (LloydSession *self);

/* What is open, and with which recipe; NULL before anything is. Borrowed until "changed". */
const LloydDataset *lloyd_session_get_dataset (LloydSession *self);
const LloydRecipe *lloyd_session_get_recipe (LloydSession *self);
const char *lloyd_session_get_axes (LloydSession *self);

/* Number of runs, 0 to LLOYD_MAX_SIDES, and how each stands. Borrowed until "changed". */
guint lloyd_session_get_n_sides (LloydSession *self);
LloydSnapshot *lloyd_session_get_snapshot (LloydSession *self, guint side);

/* Position of the session, the last one known, and whether all runs stand at their end. */
guint lloyd_session_get_position (LloydSession *self);
guint lloyd_session_get_last_position (LloydSession *self);
gboolean lloyd_session_is_at_end (LloydSession *self);

/* Where the two runs differ: each side's snapshot with labels only there, and of how many rows how
 * many; NULL and 0 where that is not asked for, or there is one side. */
typedef struct
{
  LloydSnapshot *apart[LLOYD_MAX_SIDES];
  guint64 n_compared;
  guint64 n_apart;
} LloydDifferences;

/* Asks for differences from now on, or for no more; they are found on the worker, with each
 * snapshot. */
void lloyd_session_set_differences_async (LloydSession *self,
                                          gboolean has_differences,
                                          GAsyncReadyCallback callback,
                                          gpointer data);

/* Borrowed until "changed". */
const LloydDifferences *lloyd_session_get_differences (LloydSession *self);

/* Why the backend is the one it is, or NULL: "no NVIDIA driver found". */
const char *lloyd_session_get_backend_remark (LloydSession *self);
