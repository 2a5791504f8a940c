#include "compute/kmeans/run.h"

#include <string.h>

#include "compute/clock.h"
#include "compute/error.h"
#include "compute/kmeans/history.h"
#include "compute/kmeans/objective.h"
#include "compute/kmeans/repair.h"
#include "compute/kmeans/seeding.h"
#include "compute/kmeans/update.h"
#include "compute/memory.h"

const char *const lloyd_stop_names[] = { NULL, "converged", "max-steps", "tolerance", "cancelled" };

#define HISTORY_BYTES ((size_t) 256 << 20)

/* No step: the engine's labels are of no use. */
#define NO_STEP G_MAXUINT

struct _LloydRun
{
  LloydPoints *points;
  LloydRecipe *recipe;
  LloydEngine *engine;
  LloydHistory *history;
  GArray *steps;
  LloydStop stop;
  guint position;
  guint last_position;
  guint max_steps;
  gboolean is_paced;

  /* The centroids that stand, and those being made. */
  float *centroids;
  float *next;
  /* Of the last assign, before any repair; which step it was (0: none yet). */
  LloydSums *sums;
  guint label_step;
  /* What repair works on. */
  LloydSums *repaired_sums;
  /* Rows of each cluster at this position. */
  gint64 *sizes;

  /* Objective at K = 1, and the shift that counts as none. */
  double total;
  double shift_limit;

  size_t *start_rows;
  gboolean has_start_rows;
  GPtrArray *remarks;
  gint64 prepare_ns;
  gint64 seeding_ns;
};

/* Step whose labels belong to a position, and step whose centroids stand there. */
static inline guint
label_step_of (guint position)
{
  return (position + 1) / 2;
}

static inline guint
centroid_step_of (guint position)
{
  return position / 2 + 1;
}

static inline guint
n_steps (const LloydRun *self)
{
  return self->steps->len;
}

static inline LloydStep *
step_at (const LloydRun *self, guint step)
{
  return &g_array_index (self->steps, LloydStep, step - 1);
}

static void
add_remark (LloydRun *self, char *remark)
{
  /* The array stays NULL-terminated. */
  g_ptr_array_insert (self->remarks, (gint) self->remarks->len - 1, remark);
}

/* ---- the two halves of a step -------------------------------------------------------------- */

static gboolean
assign (LloydRun *self,
        guint step,
        const float *centroids,
        size_t *n_moved,
        GCancellable *cancellable,
        GError **error)
{
  self->label_step = NO_STEP;
  if (!self->engine->backend->assign (self->engine, NULL, centroids, self->recipe->k, self->sums,
                                      n_moved, cancellable, error))
    return FALSE;
  self->label_step = step;
  return TRUE;
}

/* Makes c_(step + 1) in `next` from the sums of `step`, whose centroids are `centroids`. */
static gboolean
update (LloydRun *self,
        guint step,
        const float *centroids,
        guint *n_repaired,
        GCancellable *cancellable,
        GError **error)
{
  lloyd_sums_copy (self->repaired_sums, self->sums);
  if (!lloyd_repair (self->engine, self->recipe->empty, self->recipe->seed, step, centroids,
                     self->repaired_sums, n_repaired, cancellable, error))
    return FALSE;
  lloyd_update (self->engine->metric, self->repaired_sums, centroids, self->next);
  return TRUE;
}

/* Brings c_step into `out`, recomputing from the nearest kept one. */
static gboolean
restore_centroids (
    LloydRun *self, guint step, float *out, GCancellable *cancellable, GError **error)
{
  size_t bytes = sizeof (float) * self->recipe->k * self->points->d;
  guint at;
  memcpy (out, lloyd_history_before (self->history, step, &at), bytes);
  for (; at < step; at++)
    {
      size_t n_moved;
      guint n_repaired;
      if (!assign (self, at, out, &n_moved, cancellable, error) ||
          !update (self, at, out, &n_repaired, cancellable, error))
        return FALSE;
      memcpy (out, self->next, bytes);
    }
  return TRUE;
}

/* Makes the engine hold the labels and sums of `step` again, if it does not. */
static gboolean
restore_labels (LloydRun *self, guint step, GCancellable *cancellable, GError **error)
{
  size_t n_moved;
  if (self->label_step == step || step == 0)
    return TRUE;

  g_autofree float *centroids = g_new (float, (size_t) self->recipe->k * self->points->d);
  return restore_centroids (self, step, centroids, cancellable, error) &&
         assign (self, step, centroids, &n_moved, cancellable, error);
}

static void
note_totals (LloydRun *self)
{
  self->total = lloyd_objective_total (self->engine->metric, &self->engine->energy, self->sums);
  self->shift_limit = self->recipe->tolerance;
  if (!LLOYD_METRIC_IS_ANGULAR (self->engine->metric))
    self->shift_limit *= sqrt (self->total / (double) self->points->n);
}

/* Moves to a position whose labels the engine holds. */
static void
stand_at (LloydRun *self, guint position)
{
  size_t bytes = sizeof (gint64) * self->recipe->k;
  self->position = position;
  if (position == 0)
    memset (self->sizes, 0, bytes);
  else
    memcpy (self->sizes, self->sums->sizes, bytes);
}

static LloydStop
decide_stop (const LloydRun *self, const LloydStep *step)
{
  const LloydStep *before = step->step > 1 ? step_at (self, step->step - 1) : NULL;
  if (step->moved == 0 && before != NULL && before->n_repaired == 0)
    return LLOYD_STOP_CONVERGED;
  if (before != NULL && before->is_within_tolerance)
    return LLOYD_STOP_TOLERANCE;
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

/* The first half of a new step. */
static gboolean
do_assign (LloydRun *self, GCancellable *cancellable, GError **error)
{
  LloydStep step = { .step = n_steps (self) + 1,
                     .objective_after_update = NAN,
                     .is_paced = self->is_paced };
  size_t n_moved;

  if (!restore_labels (self, step.step - 1, cancellable, error))
    return FALSE;
  gint64 start_ns = lloyd_clock_ns ();
  if (!assign (self, step.step, self->centroids, &n_moved, cancellable, error))
    return FALSE;

  step.moved = step.step == 1 ? self->points->n : n_moved;
  step.n_empty = count_empty (self->sums);
  step.assign_ns = self->engine->assign_ns;
  step.objective =
      lloyd_objective (self->engine->metric, &self->engine->energy, self->sums, self->centroids);
  if (step.step == 1)
    note_totals (self);
  step.wall_ns = lloyd_clock_ns () - start_ns;
  self->stop = decide_stop (self, &step);
  if (self->stop != LLOYD_STOP_NONE && step.n_empty > 0)
    add_remark (self, step.n_empty == 1
                          ? g_strdup ("1 cluster stayed empty")
                          : g_strdup_printf ("%u clusters stayed empty", step.n_empty));
  g_array_append_val (self->steps, step);
  stand_at (self, ++self->last_position);
  return TRUE;
}

/* The second half of the last step. */
static gboolean
do_update (LloydRun *self, GCancellable *cancellable, GError **error)
{
  LloydStep *step = step_at (self, n_steps (self));
  guint k = self->recipe->k, d = self->points->d, n_repaired;

  if (!restore_labels (self, step->step, cancellable, error))
    return FALSE;
  gint64 start_ns = lloyd_clock_ns ();
  if (!update (self, step->step, self->centroids, &n_repaired, cancellable, error))
    return FALSE;
  step->update_ns = lloyd_clock_ns () - start_ns;
  step->n_repaired = n_repaired;
  step->objective_after_update =
      lloyd_objective (self->engine->metric, &self->engine->energy, self->sums, self->next);
  if (self->recipe->tolerance > 0.0)
    step->is_within_tolerance =
        lloyd_largest_shift (self->centroids, self->next, k, d) <= self->shift_limit;

  memcpy (self->centroids, self->next, sizeof (float) * k * d);
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
  if (position == self->position && self->label_step == label_step_of (position))
    return TRUE;

  g_autofree float *centroids = g_new (float, (size_t) self->recipe->k * self->points->d);
  if (!restore_centroids (self, centroid_step_of (position), centroids, cancellable, error) ||
      !restore_labels (self, label_step_of (position), cancellable, error))
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
  self->max_steps = n_steps (self) + n_more;
  self->stop = LLOYD_STOP_NONE;
}

void
lloyd_run_set_paced (LloydRun *self, gboolean is_paced)
{
  self->is_paced = is_paced;
}

/* ---- public: opening and closing ----------------------------------------------------------- */

static gboolean
choose_points (LloydRun *self, LloydPoints *points, GError **error)
{
  size_t n_zero, first_zero;

  if (!LLOYD_METRIC_IS_ANGULAR (self->recipe->metric))
    {
      self->points = lloyd_points_ref (points);
      return TRUE;
    }
  self->points = lloyd_points_with_direction (points, &n_zero, &first_zero, error);
  if (self->points == NULL)
    return FALSE;
  if (n_zero == 0)
    return TRUE;
  if (self->recipe->missing != LLOYD_MISSING_DROP)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_ZERO_ROW,
                   n_zero == 1 ? "%s: row %" G_GSIZE_FORMAT " is zero and has no direction"
                               : "%s: row %" G_GSIZE_FORMAT " and %" G_GSIZE_FORMAT
                                 " more rows are zero and have no direction",
                   points->path, first_zero + 1, n_zero - 1);
      return FALSE;
    }
  add_remark (self,
              n_zero == 1
                  ? g_strdup_printf ("row %" G_GSIZE_FORMAT
                                     " is zero, has no direction and belongs to no cluster",
                                     first_zero + 1)
                  : g_strdup_printf ("%" G_GSIZE_FORMAT
                                     " rows are zero, have no direction and belong to no cluster; "
                                     "the first is row %" G_GSIZE_FORMAT,
                                     n_zero, first_zero + 1));
  return TRUE;
}

static gboolean
allocate (LloydRun *self, GError **error)
{
  size_t n_values, k = self->recipe->k;
  if (!lloyd_size_multiply (k, self->points->d, "the centroids", &n_values, error))
    return FALSE;
  self->centroids = g_new0 (float, n_values);
  self->next = g_new0 (float, n_values);
  self->sizes = g_new0 (gint64, k);
  self->start_rows = g_new0 (size_t, k);
  self->sums = lloyd_sums_new ((guint) k, self->engine->grid);
  self->repaired_sums = lloyd_sums_new ((guint) k, self->engine->grid);
  self->history = lloyd_history_new (n_values, HISTORY_BYTES);
  return TRUE;
}

static gboolean
seed (LloydRun *self, GCancellable *cancellable, GError **error)
{
  char *remark = NULL;
  gint64 start_ns = lloyd_clock_ns ();
  if (!lloyd_seed (self->engine, self->recipe, self->centroids, self->start_rows,
                   &self->has_start_rows, &remark, cancellable, error))
    return FALSE;
  self->seeding_ns = lloyd_clock_ns () - start_ns;
  if (remark != NULL)
    add_remark (self, remark);
  lloyd_history_add (self->history, 1, self->centroids);
  return TRUE;
}

LloydRun *
lloyd_run_new (LloydPoints *points,
               const LloydRecipe *recipe,
               const LloydBackend *backend,
               const LloydEngineOptions *options,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (LloydRun) self = g_new0 (LloydRun, 1);
  LloydEngineOptions engine_options = options != NULL ? *options : (LloydEngineOptions){ 0 };

  self->recipe = lloyd_recipe_copy (recipe);
  self->max_steps = recipe->max_steps;
  self->total = NAN;
  self->steps = g_array_new (FALSE, FALSE, sizeof (LloydStep));
  self->remarks = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->remarks, NULL);
  if (!choose_points (self, points, error))
    return NULL;

  gint64 start_ns = lloyd_clock_ns ();
  engine_options.metric = recipe->metric;
  engine_options.device = recipe->device;
  engine_options.n_threads = recipe->n_threads;
  self->engine = backend->open (self->points, &engine_options, cancellable, error);
  if (self->engine == NULL)
    return NULL;
  self->prepare_ns = lloyd_clock_ns () - start_ns;
  if (!allocate (self, error) || !seed (self, cancellable, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
lloyd_run_free (LloydRun *self)
{
  g_clear_pointer (&self->sums, lloyd_sums_free);
  g_clear_pointer (&self->repaired_sums, lloyd_sums_free);
  g_clear_pointer (&self->engine, lloyd_engine_close);
  g_clear_pointer (&self->history, lloyd_history_free);
  g_clear_pointer (&self->points, lloyd_points_unref);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  g_array_unref (self->steps);
  g_ptr_array_unref (self->remarks);
  g_free (self->centroids);
  g_free (self->next);
  g_free (self->sizes);
  g_free (self->start_rows);
  g_free (self);
}

/* ---- public: looking ----------------------------------------------------------------------- */

guint
lloyd_run_get_position (const LloydRun *self)
{
  return self->position;
}

guint
lloyd_run_get_last_position (const LloydRun *self)
{
  return self->last_position;
}

LloydStop
lloyd_run_get_stop (const LloydRun *self)
{
  return self->stop;
}

const LloydStep *
lloyd_run_get_steps (const LloydRun *self, guint *n)
{
  *n = n_steps (self);
  return (const LloydStep *) (gconstpointer) self->steps->data;
}

const float *
lloyd_run_get_centroids (const LloydRun *self)
{
  return self->centroids;
}

const gint64 *
lloyd_run_get_sizes (const LloydRun *self)
{
  return self->sizes;
}

gboolean
lloyd_run_read_labels (LloydRun *self, gint32 *labels, GError **error)
{
  size_t n_input = self->points->n_input;
  gboolean has_gaps = self->points->input_rows != NULL;

  if (self->position == 0 || has_gaps)
    for (size_t i = 0; i < n_input; i++)
      labels[i] = -1;
  if (self->position == 0)
    return TRUE;
  if (!restore_labels (self, label_step_of (self->position), NULL, error))
    return FALSE;
  if (!has_gaps)
    return self->engine->backend->read (self->engine, 0, self->points->n, labels, error);

  g_autofree gint32 *stored = g_try_new (gint32, self->points->n);
  if (stored == NULL)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_MEMORY,
                           "not enough memory for the labels");
      return FALSE;
    }
  if (!self->engine->backend->read (self->engine, 0, self->points->n, stored, error))
    return FALSE;
  for (size_t i = 0; i < self->points->n; i++)
    labels[self->points->input_rows[i]] = stored[i];
  return TRUE;
}

double
lloyd_run_get_total (const LloydRun *self)
{
  return self->total;
}

LloydPoints *
lloyd_run_get_points (const LloydRun *self)
{
  return self->points;
}

const LloydRecipe *
lloyd_run_get_recipe (const LloydRun *self)
{
  return self->recipe;
}

LloydEngine *
lloyd_run_get_engine (const LloydRun *self)
{
  return self->engine;
}

const size_t *
lloyd_run_get_start_rows (const LloydRun *self)
{
  return self->has_start_rows ? self->start_rows : NULL;
}

const char *const *
lloyd_run_get_remarks (const LloydRun *self)
{
  return (const char *const *) self->remarks->pdata;
}

gint64
lloyd_run_get_prepare_ns (const LloydRun *self)
{
  return self->prepare_ns;
}

gint64
lloyd_run_get_seeding_ns (const LloydRun *self)
{
  return self->seeding_ns;
}
