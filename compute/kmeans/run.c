#include "compute/kmeans/run.h"

#include <string.h>

#include "compute/clock.h"
#include "compute/kmeans/objective.h"
#include "compute/kmeans/repair.h"
#include "compute/kmeans/run-private.h"
#include "compute/kmeans/update.h"

const char *const lloyd_stop_names[] = { NULL,        "converged", "max-steps",
                                         "tolerance", "cancelled", "no-improvement" };

/* Step whose centroids stand at a position. */
static inline guint
centroid_step_of (guint position)
{
  return position / 2 + 1;
}

static inline LloydStep *
step_at (const LloydRun *self, guint step)
{
  return &g_array_index (self->steps, LloydStep, step - 1);
}

/* ---- the two halves of a step -------------------------------------------------------------- */

/* Which batch a step labels; 0: all rows. For a step known, or the next one. */
static guint
batch_of (const LloydRun *self, guint step)
{
  if (self->minibatch == NULL)
    return 0;
  if (step <= lloyd_run_n_steps (self))
    return step_at (self, step)->batch;

  const LloydStep *before = step > 1 ? step_at (self, step - 1) : NULL;
  if (step >= self->max_steps || lloyd_minibatch_is_stalled (self->minibatch) ||
      (before != NULL && before->is_within_tolerance))
    return 0;
  for (guint s = step - 1; s > 0; s--)
    if (step_at (self, s)->batch > 0)
      return step_at (self, s)->batch + 1;
  return 1;
}

size_t
lloyd_run_list_batch (LloydRun *self, guint step)
{
  guint batch = batch_of (self, step);
  return batch == 0 ? 0
                    : lloyd_minibatch_rows (self->points->n, self->recipe->batch_size,
                                            self->recipe->seed, batch, self->batch_rows);
}

void
lloyd_run_take_seat (LloydRun *self)
{
  if (self->seat->user != self && self->engine->backend->forget != NULL)
    self->engine->backend->forget (self->engine);
  self->seat->user = self;
  self->label_step = LLOYD_NO_STEP;
}

static gboolean
has_labels (const LloydRun *self, guint step)
{
  return step == 0 || (self->seat->user == self && self->label_step == step);
}

static gboolean
assign (LloydRun *self,
        guint step,
        const float *centroids,
        size_t *n_moved,
        GCancellable *cancellable,
        GError **error)
{
  LloydView batch = { .rows = self->batch_rows, .count = lloyd_run_list_batch (self, step) };

  lloyd_run_take_seat (self);
  if (!self->engine->backend->assign (self->engine, batch.count > 0 ? &batch : NULL, centroids,
                                      self->recipe->k, self->sums, n_moved, cancellable, error))
    return FALSE;
  if (batch.count == 0)
    self->energy = self->engine->energy;
  else if (!lloyd_minibatch_energy (self->engine, &batch, &self->energy, cancellable, error))
    return FALSE;
  self->n_labelled = batch.count > 0 ? batch.count : self->points->n;
  self->label_step = self->sums_step = step;
  return TRUE;
}

static void
keep_pinned (const LloydRun *self, const float *centroids, float *next)
{
  guint d = self->points->d;
  for (guint j = 0; self->is_pinned != NULL && j < self->recipe->k; j++)
    if (self->is_pinned[j])
      memcpy (next + (size_t) j * d, centroids + (size_t) j * d, sizeof (float) * d);
}

/* Makes c_(step + 1) in `next` from the sums of `step`, whose centroids are `centroids`. A batch is
 * learned by `minibatch`; all rows teach it nothing. */
static gboolean
update (LloydRun *self,
        guint step,
        LloydMiniBatch *minibatch,
        const float *centroids,
        guint *n_repaired,
        GCancellable *cancellable,
        GError **error)
{
  *n_repaired = 0;
  if (minibatch != NULL)
    {
      if (batch_of (self, step) > 0)
        lloyd_minibatch_learn (minibatch, self->sums, centroids, self->next);
      else
        memcpy (self->next, centroids, sizeof (float) * self->recipe->k * self->points->d);
    }
  else
    {
      lloyd_sums_copy (self->repaired_sums, self->sums);
      if (!lloyd_repair (self->engine, self->recipe->empty, self->recipe->seed, step,
                         self->is_pinned, centroids, self->repaired_sums, n_repaired, cancellable,
                         error))
        return FALSE;
      lloyd_update (self->engine->metric, self->repaired_sums, centroids, self->next);
    }
  keep_pinned (self, centroids, self->next);
  return TRUE;
}

/* Brings c_step into `out`, recomputing from the nearest kept one; with batches from the first one,
 * since what was learned before counts. */
static gboolean
restore_centroids (
    LloydRun *self, guint step, float *out, GCancellable *cancellable, GError **error)
{
  size_t bytes = sizeof (float) * self->recipe->k * self->points->d;
  guint at;
  memcpy (out, lloyd_history_before (self->history, step, &at), bytes);
  if (at == step)
    return TRUE;

  g_autoptr (LloydMiniBatch) minibatch = NULL;
  if (self->minibatch != NULL)
    {
      minibatch = lloyd_minibatch_new (self->recipe->metric, self->recipe->batch_rule,
                                       self->recipe->k, self->points->d, self->engine->grid);
      memcpy (out, lloyd_history_before (self->history, 1, &at), bytes);
    }
  for (; at < step; at++)
    {
      size_t n_moved;
      guint n_repaired;
      if (!assign (self, at, out, &n_moved, cancellable, error) ||
          !update (self, at, minibatch, out, &n_repaired, cancellable, error))
        return FALSE;
      memcpy (out, self->next, bytes);
    }
  return TRUE;
}

gboolean
lloyd_run_restore_labels (LloydRun *self, guint step, GCancellable *cancellable, GError **error)
{
  size_t n_moved;
  if (has_labels (self, step))
    return TRUE;

  g_autofree float *centroids = g_new (float, (size_t) self->recipe->k * self->points->d);
  return restore_centroids (self, step, centroids, cancellable, error) &&
         assign (self, step, centroids, &n_moved, cancellable, error);
}

void
lloyd_run_note_total (LloydRun *self, const LloydSums *sums)
{
  self->total = lloyd_objective_total (self->engine->metric, &self->engine->energy, sums);
  self->shift_limit = self->recipe->tolerance;
  if (!LLOYD_METRIC_IS_ANGULAR (self->engine->metric))
    self->shift_limit *= sqrt (self->total / lloyd_points_total_weight (self->points));
}

/* Moves to a position whose labels the engine holds. */
static void
stand_at (LloydRun *self, guint position)
{
  self->position = position;
  for (guint j = 0; j < self->recipe->k; j++)
    {
      self->sizes[j] = position > 0 ? self->sums->sizes[j] : 0;
      self->weights[j] = position > 0 ? lloyd_sums_weight (self->sums, j) : 0.0;
    }
}

static LloydStop
decide_stop (const LloydRun *self, const LloydStep *step)
{
  const LloydStep *before = step->step > 1 ? step_at (self, step->step - 1) : NULL;
  if (self->minibatch != NULL && step->batch > 0)
    return LLOYD_STOP_NONE;
  if (self->minibatch == NULL && step->moved == 0 && before != NULL && before->n_repaired == 0)
    return LLOYD_STOP_CONVERGED;
  if (before != NULL && before->is_within_tolerance)
    return LLOYD_STOP_TOLERANCE;
  if (self->minibatch != NULL && lloyd_minibatch_is_stalled (self->minibatch))
    return LLOYD_STOP_NO_IMPROVEMENT;
  if (step->step >= self->max_steps)
    return LLOYD_STOP_MAX_STEPS;
  return LLOYD_STOP_NONE;
}

static guint
count_empty (const LloydSums *sums)
{
  guint n = 0;
  for (guint j = 0; j < sums->k; j++)
    n += sums->sizes[j] == 0;
  return n;
}

/* Fills in what the assignment of a new step found. */
static void
note_assignment (LloydRun *self, LloydStep *step, size_t n_moved)
{
  step->n_rows = self->n_labelled;
  /* Labels of another batch are not those before. */
  step->moved = step->step == 1 || self->minibatch != NULL ? step->n_rows : n_moved;
  step->n_empty = step->batch > 0 ? lloyd_minibatch_count_untouched (self->minibatch, self->sums)
                                  : count_empty (self->sums);
  step->assign_ns = self->engine->assign_ns;
  step->objective =
      lloyd_objective (self->engine->metric, &self->energy, self->sums, self->centroids);
  if (step->batch > 0)
    lloyd_minibatch_note (self->minibatch, step->objective, lloyd_sums_total_weight (self->sums),
                          step->n_rows, self->points->n);
  else if (step->step == 1)
    lloyd_run_note_total (self, self->sums);
}

/* Has the engine do some steps in a row, from a new one on. Without `n_done` it goes step by step.
 */
static gboolean
go_ahead (LloydRun *self, guint number, guint *n_done, GCancellable *cancellable, GError **error)
{
  guint n_steps = self->max_steps >= number ? self->max_steps - number + 1 : 1;
  if (!lloyd_run_restore_labels (self, number - 1, cancellable, error))
    return FALSE;
  lloyd_run_take_seat (self);
  if (!lloyd_ahead_fill (self->ahead, self->engine, number, n_steps, self->centroids,
                         self->recipe->empty == LLOYD_EMPTY_KEEP, n_done, cancellable, error))
    return FALSE;
  if (*n_done > 0)
    self->label_step = number + *n_done - 1;
  return TRUE;
}

/* Labels all rows, or a batch, for a new step; or takes what was done ahead, with the labels of a
 * later step. */
static gboolean
assign_new (
    LloydRun *self, guint number, size_t *n_moved, GCancellable *cancellable, GError **error)
{
  guint n_done = 1;
  if (self->ahead != NULL && !lloyd_ahead_has (self->ahead, number, self->centroids) &&
      !go_ahead (self, number, &n_done, cancellable, error))
    return FALSE;
  if (self->ahead == NULL || n_done == 0)
    return lloyd_run_restore_labels (self, number - 1, cancellable, error) &&
           assign (self, number, self->centroids, n_moved, cancellable, error);
  lloyd_ahead_take (self->ahead, number, self->sums, n_moved);
  self->energy = self->engine->energy;
  self->n_labelled = self->points->n;
  self->sums_step = number;
  return TRUE;
}

/* The first half of a new step. */
static gboolean
do_assign (LloydRun *self, GCancellable *cancellable, GError **error)
{
  guint number = lloyd_run_n_steps (self) + 1;
  LloydStep step = { .step = number,
                     .k = self->recipe->k,
                     .batch = batch_of (self, number),
                     .objective_after_update = NAN,
                     .is_paced = self->is_paced };
  size_t n_moved;

  if (self->ahead == NULL && !lloyd_run_restore_labels (self, step.step - 1, cancellable, error))
    return FALSE;
  gint64 start_ns = lloyd_clock_ns ();
  if (!assign_new (self, step.step, &n_moved, cancellable, error))
    return FALSE;

  note_assignment (self, &step, n_moved);
  step.wall_ns = lloyd_clock_ns () - start_ns;
  self->stop = decide_stop (self, &step);
  if (self->stop != LLOYD_STOP_NONE && step.n_empty > 0)
    lloyd_run_add_remark (self, step.n_empty == 1
                                    ? g_strdup ("1 cluster stayed empty")
                                    : g_strdup_printf ("%u clusters stayed empty", step.n_empty));
  g_array_append_val (self->steps, step);
  lloyd_run_note_engine (self);
  stand_at (self, ++self->last_position);
  return TRUE;
}

/* The second half of the last step. */
static gboolean
do_update (LloydRun *self, GCancellable *cancellable, GError **error)
{
  LloydStep *step = step_at (self, lloyd_run_n_steps (self));
  guint k = self->recipe->k, d = self->points->d, n_repaired;

  /* A repair looks at labels. */
  gboolean needs_labels = self->sums_step != step->step || step->n_empty > 0;
  if (needs_labels && !lloyd_run_restore_labels (self, step->step, cancellable, error))
    return FALSE;
  gint64 start_ns = lloyd_clock_ns ();
  if (!update (self, step->step, self->minibatch, self->centroids, &n_repaired, cancellable, error))
    return FALSE;
  step->update_ns = lloyd_clock_ns () - start_ns;
  step->n_repaired = n_repaired;
  step->objective_after_update =
      lloyd_objective (self->engine->metric, &self->energy, self->sums, self->next);
  if (self->recipe->tolerance > 0.0 && (self->minibatch == NULL || step->batch > 0))
    step->is_within_tolerance =
        lloyd_largest_shift (self->centroids, self->next, k, d) <= self->shift_limit;

  memcpy (self->centroids, self->next, sizeof (float) * k * d);
  lloyd_run_note_engine (self);
  lloyd_history_add (self->history, step->step + 1, self->centroids);
  step->wall_ns += lloyd_clock_ns () - start_ns;
  stand_at (self, ++self->last_position);
  return TRUE;
}

/* ---- public: moving ------------------------------------------------------------------------ */

gboolean
lloyd_run_is_at_end (const LloydRun *self)
{
  return self->stop != LLOYD_STOP_NONE && self->position == self->last_position;
}

gboolean
lloyd_run_half_step (LloydRun *self, GCancellable *cancellable, GError **error)
{
  if (lloyd_run_is_at_end (self))
    return TRUE;
  if (self->position < self->last_position)
    return lloyd_run_go_to (self, self->position + 1, cancellable, error);
  return self->position % 2 == 0 ? do_assign (self, cancellable, error)
                                 : do_update (self, cancellable, error);
}

gboolean
lloyd_run_step (LloydRun *self, GCancellable *cancellable, GError **error)
{
  do
    if (!lloyd_run_half_step (self, cancellable, error))
      return FALSE;
  while (self->position % 2 != 0 && !lloyd_run_is_at_end (self));
  return TRUE;
}

gboolean
lloyd_run_go_to (LloydRun *self, guint position, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (position <= self->last_position, FALSE);
  if (position == self->position && has_labels (self, lloyd_run_label_step (position)))
    return TRUE;

  g_autofree float *centroids = g_new (float, (size_t) self->recipe->k * self->points->d);
  if (!restore_centroids (self, centroid_step_of (position), centroids, cancellable, error) ||
      !lloyd_run_restore_labels (self, lloyd_run_label_step (position), cancellable, error))
    return FALSE;
  memcpy (self->centroids, centroids, sizeof (float) * self->recipe->k * self->points->d);
  stand_at (self, position);
  return TRUE;
}

void
lloyd_run_continue (LloydRun *self, guint n_more)
{
  if (self->stop != LLOYD_STOP_MAX_STEPS)
    return;
  self->max_steps = lloyd_run_n_steps (self) + n_more;
  self->stop = LLOYD_STOP_NONE;
}

void
lloyd_run_set_ahead (LloydRun *self, guint n_steps)
{
  g_clear_pointer (&self->ahead, lloyd_ahead_free);
  if (n_steps > 0 && self->engine->backend->iterate != NULL && self->minibatch == NULL &&
      self->is_pinned == NULL)
    self->ahead = lloyd_ahead_new (n_steps, self->recipe->k, self->points->d, self->engine->grid);
}

guint
lloyd_run_get_k (const LloydRun *self)
{
  return self->recipe->k;
}

void
lloyd_run_set_paced (LloydRun *self, gboolean is_paced)
{
  self->is_paced = is_paced;
}
