/* A run: points, a recipe and a backend at work, step by step, forwards and backwards.
 *
 * Positions count half-steps. Position 0: the first centroids stand, nobody belongs yet. Odd
 * position 2t - 1: step t has assigned the points to centroids c_t. Even position 2t: step t has
 * moved the centroids to c_(t+1); labels are still those of step t. Any position reached once can
 * be shown again, bit for bit. One thread at a time; long calls poll their cancellable and leave
 * the run usable. */
#pragma once

#include "compute/backends/backend.h"
#include "compute/kmeans/edit.h"
#include "compute/kmeans/recipe.h"
#include "compute/kmeans/seed-trace.h"

typedef enum
{
  LLOYD_STOP_NONE,
  LLOYD_STOP_CONVERGED,
  LLOYD_STOP_MAX_STEPS,
  LLOYD_STOP_TOLERANCE,
  LLOYD_STOP_CANCELLED,
  /* Mini-batch: the smoothed objective has not become better for some steps. */
  LLOYD_STOP_NO_IMPROVEMENT,
} LloydStop;

/* By value of the enum, as in reports: NULL (still running), "converged", "max-steps", ... */
extern const char *const lloyd_stop_names[];

/* One step of the trace: what is known of it for good. Times in nanoseconds. With mini-batch all of
 * it is of the step's batch, and the last step, which labels all rows, has none. */
typedef struct
{
  guint step;
  /* Clusters it assigned to, and whether their centroids were edited by hand before it did: its
   * objective does not go on from the step before. See lloyd_run_get_events(). */
  guint k;
  gboolean is_edited;
  /* Number of the batch, from 1; 0: all rows were labelled. And how many rows were. */
  guint batch;
  guint64 n_rows;
  /* What these rows weigh together: their number, where rows have no weights. */
  double weight;
  /* Of the labels against the centroids that gave them, and against the ones they lead to (NaN
   * where the run stopped before). */
  double objective;
  double objective_after_update;
  /* With mini-batch, and after an edit: every row labelled. */
  guint64 moved;
  /* With mini-batch: clusters that no batch has given a row yet. */
  guint n_empty;
  guint n_repaired;
  /* Whether the largest shift of the update was within the tolerance. */
  gboolean is_within_tolerance;
  /* Whether the device idled before it, because a person or Play set the pace: its times do not
   * compare. */
  gboolean is_paced;
  gint64 assign_ns;
  gint64 update_ns;
  gint64 wall_ns;
} LloydStep;

typedef struct _LloydRun LloydRun;

/* What is said of a run in fast mode wherever its results go; files have it in English. */
extern const char *const lloyd_fast_remark;

/* Opens the backend and seeds. `backend` is one that works. Rows without direction are refused
 * under an angular metric, unless the recipe drops missing rows: then they are left out, with a
 * remark. One run with the recipe's seed, however many restarts it asks for (see restarts.h). Fails
 * with LLOYD_ERROR_DATA, _ZERO_ROW, _DEVICE or _MEMORY. */
LloydRun *lloyd_run_new (LloydPoints *points,
                         const LloydRecipe *recipe,
                         const LloydBackend *backend,
                         const LloydEngineOptions *options,
                         GCancellable *cancellable,
                         GError **error);

/* Another run on the same points and the same engine, which both then use in turn; `recipe` must
 * have the metric and the backend of the first one's. Either may be freed first. Both are used by
 * one thread. Fails as lloyd_run_new(). */
LloydRun *lloyd_run_new_beside (LloydRun *other,
                                const LloydRecipe *recipe,
                                GCancellable *cancellable,
                                GError **error);
void lloyd_run_free (LloydRun *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydRun, lloyd_run_free)

/* One half-step on from where the run stands: recomputed if it is known, new if not. At the end
 * nothing happens. */
gboolean lloyd_run_half_step (LloydRun *self, GCancellable *cancellable, GError **error);

/* On to the end of the step: to the next even position, or to where the run stops. */
gboolean lloyd_run_step (LloydRun *self, GCancellable *cancellable, GError **error);

/* Shows a position between 0 and the last. */
gboolean
lloyd_run_go_to (LloydRun *self, guint position, GCancellable *cancellable, GError **error);

/* How much memory the centroids of past steps may take (256 MiB), those of states put aside among
 * them, and what they take. */
void lloyd_run_set_history_budget (LloydRun *self, size_t bytes);
size_t lloyd_run_get_history_bytes (const LloydRun *self);

/* Changes a centroid of those that stand at this position; what came after is let go, and the run
 * goes on from here as one that starts with these centroids and pins. Where points were assigned
 * (an odd position) they are assigned anew. A centroid that is added is the last; clusters behind
 * one that is removed move up by one, and keep the number of their colour. Fails with
 * LLOYD_ERROR_DATA (no such centroid, the last one, more than rows, a place of no use) or as
 * stepping does, and then nothing has changed. */
gboolean
lloyd_run_edit (LloydRun *self, const LloydEdit *edit, GCancellable *cancellable, GError **error);

/* Puts the centroids of another run where it stands, in the data's own unit, in place of the start,
 * as if each had been moved there by hand; pins and the numbers of colours come along. The points
 * may be others, of the same features; both runs have as many clusters, and this one stands at its
 * start. FALSE with LLOYD_ERROR_DATA where one cannot be placed, and then nothing has changed. */
gboolean lloyd_run_go_on_from (LloydRun *self, const LloydRun *from, GError **error);

/* From a position where points are assigned, on as if the run neither ended there nor was edited
 * behind it: what came after is let go, and the centroids are moved once more. Elsewhere nothing
 * happens. */
gboolean lloyd_run_go_past_end (LloydRun *self, GCancellable *cancellable, GError **error);

/* The recipe of a run that starts with the centroids (init_centroids, without a path) and pins that
 * were edited last, and from there on gives the same bits. Yours; NULL where nothing was edited. */
LloydRecipe *lloyd_run_dup_edited_recipe (const LloydRun *self);

/* Lets a run that met its limit of steps go on for `n_more`. */
void lloyd_run_continue (LloydRun *self, guint n_more);

/* Lets the engine do up to `n_steps` in a row where it can, for a caller that goes to the end and
 * looks at no labels on the way (it may, but each look costs an assignment); 0: step by step, as at
 * first. Results are the same. */
void lloyd_run_set_ahead (LloydRun *self, guint n_steps);

/* Whether the steps from now on are paced from outside. */
void lloyd_run_set_paced (LloydRun *self, gboolean is_paced);

/* Where the run stands, and the last position known. */
guint lloyd_run_get_position (const LloydRun *self);
guint lloyd_run_get_last_position (const LloydRun *self);

/* Why there is no step after the last one; LLOYD_STOP_NONE while there may be. */
LloydStop lloyd_run_get_stop (const LloydRun *self);

/* Whether the run stands at its end. */
gboolean lloyd_run_is_at_end (const LloydRun *self);

/* The trace so far, borrowed until the run goes on. */
const LloydStep *lloyd_run_get_steps (const LloydRun *self, guint *n_steps);

/* Clusters at this position: the recipe's, until centroids are added or removed by hand. */
guint lloyd_run_get_k (const LloydRun *self);

/* What the clusters at this position are, k values each, borrowed: the numbers of their colours,
 * which they keep when others come and go, and which are pinned (NULL: none). */
const guint *lloyd_run_get_slots (const LloydRun *self);
const gboolean *lloyd_run_get_pins (const LloydRun *self);

/* All edits that the known steps come from, by rising steps (LloydEvent). Yours. */
GArray *lloyd_run_dup_events (const LloydRun *self);

/* The centroids that stand at this position, k x d in the engine's frame, borrowed until it moves.
 */
const float *lloyd_run_get_centroids (const LloydRun *self);

/* The centroids of the latest step at or before `step` that are kept, as they stood when its points
 * were assigned; NULL where there are none whose clusters are those of this position. Borrowed
 * until the run goes on or is edited. */
const float *lloyd_run_get_past_centroids (const LloydRun *self, guint step, guint *found);

/* Rows of each cluster under the labels at this position, without those of weight 0, and their
 * weight: the exact sum, rounded once. k values, borrowed; all 0 at position 0. */
const gint64 *lloyd_run_get_sizes (const LloydRun *self);
const double *lloyd_run_get_weights (const LloydRun *self);

/* Labels at this position of all rows of the input: -1 where a row was dropped, nobody belongs yet,
 * or the row is not in the batch. `labels` has n_input values. */
gboolean lloyd_run_read_labels (LloydRun *self, gint32 *labels, GError **error);

/* Whether the engine's labels are those of this position's clusters: not where centroids were added
 * or removed since. */
gboolean lloyd_run_has_current_labels (const LloydRun *self);

/* The same of all n stored rows of its points, in their order. */
gboolean lloyd_run_read_stored_labels (LloydRun *self, gint32 *labels, GError **error);

/* As lloyd_run_read_labels(), but where the position is a batch's, all rows get the centroid
 * nearest to them of those that stand there: one full assignment. */
gboolean lloyd_run_read_all_labels (LloydRun *self,
                                    gint32 *labels,
                                    GCancellable *cancellable,
                                    GError **error);

/* The same, where the position is a batch's; with the objective of all rows against the centroids
 * that stand, and the time of the assignment on the device. */
gboolean lloyd_run_label_all (LloydRun *self,
                              gint32 *labels,
                              double *objective,
                              gint64 *time_ns,
                              GCancellable *cancellable,
                              GError **error);

/* Whether the labels at this position are those of a batch alone. */
gboolean lloyd_run_is_at_batch (LloydRun *self);

/* The objective at K = 1, which percentages are of; NaN before the first step. Mini-batches, who
 * see few rows, go over all of them when this is first asked for; NaN where that fails. */
double lloyd_run_get_total (LloydRun *self);

/* The points that take part: those given, without the rows that have no direction. */
LloydPoints *lloyd_run_get_points (const LloydRun *self);
const LloydRecipe *lloyd_run_get_recipe (const LloydRun *self);
LloydEngine *lloyd_run_get_engine (const LloydRun *self);

/* The centroids that the run started from, k x d in the engine's frame, borrowed. */
const float *lloyd_run_get_first_centroids (const LloydRun *self, guint *k);

/* Final objectives of all restarts, in their order; NULL where there were none. Borrowed. */
const double *lloyd_run_get_restarts (const LloydRun *self, guint *n);

/* Says that this run is the best of `n` restarts, whose final objectives are copied, and what the
 * recipe was that asked for them. */
void lloyd_run_set_restarts (LloydRun *self,
                             const LloydRecipe *recipe,
                             const double *objectives,
                             guint n);

/* The stored rows that the first centroids were, k values, borrowed; NULL if they came from a file.
 */
const size_t *lloyd_run_get_start_rows (const LloydRun *self);

/* How those rows were taken, borrowed; NULL as they. */
LloydSeedTrace *lloyd_run_get_seed_trace (const LloydRun *self);

/* What was said along the way, NULL-terminated, borrowed. */
const char *const *lloyd_run_get_remarks (const LloydRun *self);

gint64 lloyd_run_get_prepare_ns (const LloydRun *self);
gint64 lloyd_run_get_seeding_ns (const LloydRun *self);
