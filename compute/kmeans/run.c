#include "compute/kmeans/run.h"

#include <string.h>

#include "compute/clock.h"
#include "compute/kmeans/objective.h"
#include "compute/kmeans/repair.h"
#include "compute/kmeans/run-private.h"
#include "compute/kmeans/update.h"
#include "compute/words.h"

const char *const lloyd_stop_names[] = { NULL,        "converged", "max-steps",
                                         "tolerance", "cancelled", "no-improvement" };

const char *const lloyd_fast_remark =
    N_ ("fast mode: labels come from rounded arithmetic without proof, so some may be wrong, and "
        "neither they nor the sums repeat bit for bit");

/* ---- the two halves of a step -------------------------------------------------------------- */

/* Which batch a step labels; 0: all rows. For a step known, or the next one. */
static guint
batch_of (const LloydRun *self, guint step)
{
  if (self->batch_rows == NULL)
    return 0;
  if (step <= lloyd_run_n_steps (self))
    return lloyd_run_step_at (self, step)->batch;

  const LloydLeg *leg = lloyd_run_leg_at (self, step);
  const LloydStep *before = step > leg->first ? lloyd_run_step_at (self, step - 1) : NULL;
  if (step >= leg->max_step || lloyd_minibatch_is_stalled (leg->minibatch) ||
      (before != NULL && before->is_within_tolerance))
    return 0;
  for (guint s = step - 1; s >= leg->first && s > 0; s--)
    if (lloyd_run_step_at (self, s)->batch > 0)
      return lloyd_run_step_at (self, s)->batch + 1;
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

/* Lets the objective of a batch, whose sums are at hand, be known. */
static void
note_batch (const LloydRun *self, LloydMiniBatch *minibatch, const LloydStep *step)
{
  lloyd_minibatch_note (minibatch, step->objective, lloyd_sums_total_weight (self->sums),
                        step->n_rows, self->points->n);
}

static void
fit_sums (LloydSums **sums, guint k, const LloydGrid *grid)
{
  if (*sums != NULL && (*sums)->k == k)
    return;
  g_clear_pointer (sums, lloyd_sums_free);
  *sums = lloyd_sums_new (k, grid);
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
  guint k = lloyd_run_leg_at (self, step)->k;

  lloyd_run_take_seat (self);
  self->sums_step = LLOYD_NO_STEP;
  fit_sums (&self->sums, k, self->engine->grid);
  if (!self->engine->backend->assign (self->engine, batch.count > 0 ? &batch : NULL, centroids, k,
                                      self->sums, n_moved, cancellable, error))
    return FALSE;
  if (batch.count == 0)
    self->energy = self->engine->energy;
  else if (!lloyd_minibatch_energy (self->engine, &batch, &self->energy, cancellable, error))
    return FALSE;
  if (batch.count > 0)
    lloyd_points_release (self->points, 0, self->points->n);
  self->n_labelled = batch.count > 0 ? batch.count : self->points->n;
  self->label_step = self->sums_step = step;
  return TRUE;
}

static void
keep_pinned (const LloydLeg *leg, const float *centroids, float *next)
{
  for (guint j = 0; leg->is_pinned != NULL && j < leg->k; j++)
    if (leg->is_pinned[j])
      memcpy (next + (size_t) j * leg->d, centroids + (size_t) j * leg->d, sizeof (float) * leg->d);
}

/* Makes c_(step + 1) in `next` from the sums of `step`, whose centroids are `centroids`. A batch is
 * learned by `minibatch`; all rows teach it nothing. Repair draws by the step of the leg. */
static gboolean
update (LloydRun *self,
        guint step,
        LloydMiniBatch *minibatch,
        const float *centroids,
        guint *n_repaired,
        GCancellable *cancellable,
        GError **error)
{
  const LloydLeg *leg = lloyd_run_leg_at (self, step);
  *n_repaired = 0;
  if (minibatch != NULL)
    {
      if (batch_of (self, step) > 0)
        lloyd_minibatch_learn (minibatch, self->sums, centroids, self->next);
      else
        memcpy (self->next, centroids, sizeof (float) * leg->k * leg->d);
    }
  else
    {
      fit_sums (&self->repaired_sums, leg->k, self->engine->grid);
      lloyd_sums_copy (self->repaired_sums, self->sums);
      if (!lloyd_repair (self->engine, self->recipe->empty, self->recipe->seed,
                         step - leg->first + 1, leg->is_pinned, centroids, self->repaired_sums,
                         n_repaired, cancellable, error))
        return FALSE;
      lloyd_update (self->engine->metric, self->repaired_sums, centroids, self->next);
    }
  keep_pinned (leg, centroids, self->next);
  return TRUE;
}

LloydMiniBatch *
lloyd_run_new_minibatch (const LloydRun *self, const LloydLeg *leg)
{
  return self->batch_rows == NULL
             ? NULL
             : lloyd_minibatch_new (self->recipe->metric, self->recipe->batch_rule, leg->k, leg->d,
                                    self->engine->grid);
}

/* Goes on from c_at in `out` to c_step, in one leg; the sums of the steps between are noted as they
 * were, where `minibatch` is to learn them. */
static gboolean
repeat_steps (LloydRun *self,
              guint at,
              guint step,
              LloydMiniBatch *minibatch,
              float *out,
              GCancellable *cancellable,
              GError **error)
{
  const LloydLeg *leg = lloyd_run_leg_at (self, step);
  for (; at < step; at++)
    {
      size_t n_moved;
      guint n_repaired;
      if (!assign (self, at, out, &n_moved, cancellable, error))
        return FALSE;
      if (minibatch != NULL && batch_of (self, at) > 0)
        note_batch (self, minibatch, lloyd_run_step_at (self, at));
      if (!update (self, at, minibatch, out, &n_repaired, cancellable, error))
        return FALSE;
      memcpy (out, self->next, sizeof (float) * leg->k * leg->d);
    }
  return TRUE;
}

/* Brings c_step into `out`, recomputing from the nearest kept one of its leg; with batches from the
 * first one, since what was learned before counts. */
static gboolean
restore_centroids (
    LloydRun *self, guint step, float *out, GCancellable *cancellable, GError **error)
{
  const LloydLeg *leg = lloyd_run_leg_at (self, step);
  size_t bytes = sizeof (float) * leg->k * leg->d;
  guint at;
  memcpy (out, lloyd_leg_before (leg, step, &at), bytes);
  if (at == step)
    return TRUE;

  g_autoptr (LloydMiniBatch) minibatch = lloyd_run_new_minibatch (self, leg);
  if (minibatch != NULL)
    memcpy (out, lloyd_leg_before (leg, leg->first, &at), bytes);
  return repeat_steps (self, at, step, minibatch, out, cancellable, error);
}

/* What the batches of the last leg taught, found again where an engine took it with it. */
static gboolean
relearn (LloydRun *self, GCancellable *cancellable, GError **error)
{
  LloydLeg *leg = self->legs->pdata[self->legs->len - 1];
  guint at, step = lloyd_run_centroid_step (self->last_position);
  if (self->batch_rows == NULL || leg->minibatch != NULL)
    return TRUE;

  g_autoptr (LloydMiniBatch) minibatch = lloyd_run_new_minibatch (self, leg);
  g_autofree float *centroids = g_new (float, (size_t) leg->k * leg->d);
  memcpy (centroids, lloyd_leg_before (leg, leg->first, &at), sizeof (float) * leg->k * leg->d);
  if (!repeat_steps (self, at, step, minibatch, centroids, cancellable, error))
    return FALSE;
  /* Halfway, the last step is noted and not yet learned. */
  if (self->last_position % 2 != 0 && batch_of (self, step) > 0)
    {
      size_t n_moved;
      if (!assign (self, step, centroids, &n_moved, cancellable, error))
        return FALSE;
      note_batch (self, minibatch, lloyd_run_step_at (self, step));
    }
  leg->minibatch = g_steal_pointer (&minibatch);
  return TRUE;
}

gboolean
lloyd_run_restore_labels (LloydRun *self, guint step, GCancellable *cancellable, GError **error)
{
  size_t n_moved;
  if (has_labels (self, step))
    return TRUE;

  g_autofree float *centroids =
      g_new (float, (size_t) lloyd_run_leg_at (self, step)->k * self->points->d);
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

void
lloyd_run_make_room (LloydRun *self, guint k)
{
  if (k <= self->room_k)
    return;
  self->room_k = k;
  self->centroids = g_renew (float, self->centroids, (size_t) k * self->points->d);
  self->next = g_renew (float, self->next, (size_t) k * self->points->d);
  self->sizes = g_renew (gint64, self->sizes, k);
  self->weights = g_renew (double, self->weights, k);
}

/* Labels are of the step before, whose clusters may be others: those of the same colour are the
 * same. */
void
lloyd_run_stand_at (LloydRun *self, guint position)
{
  self->position = position;
  const LloydLeg *leg = lloyd_run_leg (self);
  const LloydLeg *label_leg = lloyd_run_leg_at (self, MAX (lloyd_run_label_step (position), 1));
  for (guint j = 0; j < leg->k; j++)
    {
      int from = position > 0 ? lloyd_leg_find (label_leg, leg, j) : -1;
      self->sizes[j] = from >= 0 ? self->sums->sizes[from] : 0;
      self->weights[j] = from >= 0 ? lloyd_sums_weight (self->sums, (guint) from) : 0.0;
    }
}

static LloydStop
decide_stop (const LloydRun *self, const LloydStep *step)
{
  const LloydLeg *leg = lloyd_run_leg_at (self, step->step);
  const LloydStep *before =
      step->step > leg->first ? lloyd_run_step_at (self, step->step - 1) : NULL;
  if (step->batch > 0)
    return LLOYD_STOP_NONE;
  if (leg->minibatch == NULL && step->moved == 0 && before != NULL && before->n_repaired == 0)
    return LLOYD_STOP_CONVERGED;
  if (before != NULL && before->is_within_tolerance)
    return LLOYD_STOP_TOLERANCE;
  if (leg->minibatch != NULL && lloyd_minibatch_is_stalled (leg->minibatch))
    return LLOYD_STOP_NO_IMPROVEMENT;
  if (step->step >= leg->max_step)
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
  step->weight = lloyd_sums_total_weight (self->sums);
  const LloydLeg *leg = lloyd_run_leg_at (self, step->step);
  /* Labels of another batch, or of other centroids, are not those before. */
  step->moved = step->step == leg->first || leg->minibatch != NULL ? step->n_rows : n_moved;
  step->n_empty = step->batch > 0 ? lloyd_minibatch_count_untouched (leg->minibatch, self->sums)
                                  : count_empty (self->sums);
  step->assign_ns = self->engine->assign_ns;
  step->objective =
      lloyd_objective (self->engine->metric, &self->energy, self->sums, self->centroids);
  if (step->batch > 0)
    note_batch (self, leg->minibatch, step);
  else if (step->step == 1)
    lloyd_run_note_total (self, self->sums);
}

/* Has the engine do some steps in a row, from a new one on. Without `n_done` it goes step by step.
 */
static gboolean
go_ahead (LloydRun *self, guint number, guint *n_done, GCancellable *cancellable, GError **error)
{
  guint max_step = lloyd_run_leg_at (self, number)->max_step;
  guint n_steps = max_step >= number ? max_step - number + 1 : 1;
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

/* Labels that move are counted from those of the step before; at the start of a leg all do. */
static gboolean
restore_labels_before (LloydRun *self, guint step, GCancellable *cancellable, GError **error)
{
  return step == lloyd_run_leg_at (self, step)->first ||
         lloyd_run_restore_labels (self, step - 1, cancellable, error);
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
    return restore_labels_before (self, number, cancellable, error) &&
           assign (self, number, self->centroids, n_moved, cancellable, error);
  fit_sums (&self->sums, lloyd_run_get_k (self), self->engine->grid);
  lloyd_ahead_take (self->ahead, number, self->sums, n_moved);
  self->energy = self->engine->energy;
  self->n_labelled = self->points->n;
  self->sums_step = number;
  return TRUE;
}

void
lloyd_run_set_stop (LloydRun *self, LloydStop stop)
{
  self->stop = stop;
  if (self->has_end_remark)
    g_ptr_array_remove_index (self->remarks, self->remarks->len - 2);
  guint n_empty = lloyd_run_n_steps (self) > 0
                      ? lloyd_run_step_at (self, lloyd_run_n_steps (self))->n_empty
                      : 0;
  self->has_end_remark = stop != LLOYD_STOP_NONE && n_empty > 0;
  if (self->has_end_remark)
    lloyd_run_add_remark (self, g_strdup_printf (PLURAL_ ("%u cluster stayed empty",
                                                          "%u clusters stayed empty", n_empty),
                                                 n_empty));
}

gboolean
lloyd_run_do_assign (LloydRun *self, GCancellable *cancellable, GError **error)
{
  guint number = lloyd_run_n_steps (self) + 1;
  const LloydLeg *leg = lloyd_run_leg_at (self, number);
  if (!relearn (self, cancellable, error))
    return FALSE;
  LloydStep step = { .step = number,
                     .k = leg->k,
                     .is_edited = number == leg->first && leg->events->len > 0,
                     .batch = batch_of (self, number),
                     .objective_after_update = NAN,
                     .is_paced = self->is_paced };
  size_t n_moved = 0;

  if (self->ahead == NULL && !restore_labels_before (self, number, cancellable, error))
    return FALSE;
  gint64 start_ns = lloyd_clock_ns ();
  if (!assign_new (self, number, &n_moved, cancellable, error))
    return FALSE;

  note_assignment (self, &step, n_moved);
  step.wall_ns = lloyd_clock_ns () - start_ns;
  g_array_append_val (self->steps, step);
  lloyd_run_note_engine (self);
  lloyd_run_set_stop (self, decide_stop (self, &step));
  lloyd_run_stand_at (self, ++self->last_position);
  return TRUE;
}

gboolean
lloyd_run_do_update (LloydRun *self, GCancellable *cancellable, GError **error)
{
  LloydStep *step = lloyd_run_step_at (self, lloyd_run_n_steps (self));
  LloydLeg *leg = lloyd_run_leg_at (self, step->step);
  guint k = leg->k, d = leg->d, n_repaired;

  if (!relearn (self, cancellable, error))
    return FALSE;
  /* A repair looks at labels. */
  gboolean needs_labels = self->sums_step != step->step || step->n_empty > 0;
  if (needs_labels && !lloyd_run_restore_labels (self, step->step, cancellable, error))
    return FALSE;
  gint64 start_ns = lloyd_clock_ns ();
  if (!update (self, step->step, leg->minibatch, self->centroids, &n_repaired, cancellable, error))
    return FALSE;
  step->update_ns = lloyd_clock_ns () - start_ns;
  step->n_repaired = n_repaired;
  step->objective_after_update =
      lloyd_objective (self->engine->metric, &self->energy, self->sums, self->next);
  if (self->recipe->tolerance > 0.0 && (leg->minibatch == NULL || step->batch > 0))
    step->is_within_tolerance =
        lloyd_largest_shift (self->centroids, self->next, k, d) <= self->shift_limit;

  memcpy (self->centroids, self->next, sizeof (float) * k * d);
  lloyd_run_note_engine (self);
  lloyd_leg_add (leg, step->step + 1, self->centroids);
  step->wall_ns += lloyd_clock_ns () - start_ns;
  lloyd_run_stand_at (self, ++self->last_position);
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
  return self->position % 2 == 0 ? lloyd_run_do_assign (self, cancellable, error)
                                 : lloyd_run_do_update (self, cancellable, error);
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
lloyd_run_show (LloydRun *self, guint position, GCancellable *cancellable, GError **error)
{
  guint step = lloyd_run_centroid_step (position), k = lloyd_run_leg_at (self, step)->k;
  g_autofree float *centroids = g_new (float, (size_t) k * self->points->d);
  lloyd_run_make_room (self, k);
  if (!restore_centroids (self, step, centroids, cancellable, error) ||
      !lloyd_run_restore_labels (self, lloyd_run_label_step (position), cancellable, error))
    return FALSE;
  memcpy (self->centroids, centroids, sizeof (float) * k * self->points->d);
  lloyd_run_stand_at (self, position);
  return TRUE;
}

gboolean
lloyd_run_go_to (LloydRun *self, guint position, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (position <= self->last_position, FALSE);
  return (position == self->position && has_labels (self, lloyd_run_label_step (position))) ||
         lloyd_run_show (self, position, cancellable, error);
}

void
lloyd_run_continue (LloydRun *self, guint n_more)
{
  if (self->stop != LLOYD_STOP_MAX_STEPS)
    return;
  lloyd_run_leg_at (self, lloyd_run_n_steps (self))->max_step = lloyd_run_n_steps (self) + n_more;
  lloyd_run_set_stop (self, LLOYD_STOP_NONE);
}

void
lloyd_run_set_ahead (LloydRun *self, guint n_steps)
{
  g_clear_pointer (&self->ahead, lloyd_ahead_free);
  const LloydLeg *leg = lloyd_run_leg (self);
  if (n_steps > 0 && self->engine->backend->iterate != NULL && self->batch_rows == NULL &&
      leg->is_pinned == NULL)
    self->ahead = lloyd_ahead_new (n_steps, leg->k, leg->d, self->engine->grid);
}

guint
lloyd_run_get_k (const LloydRun *self)
{
  return lloyd_run_leg (self)->k;
}

void
lloyd_run_set_paced (LloydRun *self, gboolean is_paced)
{
  self->is_paced = is_paced;
}
