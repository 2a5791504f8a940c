#include "compute/kmeans/past.h"
#include "compute/kmeans/run-private.h"

struct _LloydPast
{
  LloydRecipe *given;
  LloydRecipe *recipe;
  LloydLegPool *pool;
  GPtrArray *legs;
  GArray *steps;
  LloydStop stop;
  guint position;
  guint last_position;

  double total;
  double shift_limit;
  size_t *start_rows;
  gboolean has_start_rows;
  LloydSeedTrace *seed_trace;
  GPtrArray *remarks;
  guint n_point_remarks;
  gboolean has_end_remark;
  gboolean has_engine_remark;
  GArray *restarts;
  gint64 prepare_ns;
  gint64 seeding_ns;
};

/* ---- copies -------------------------------------------------------------------------------- */

static gpointer
ref_leg (gconstpointer leg, gpointer data)
{
  (void) data;
  return lloyd_leg_ref ((LloydLeg *) leg);
}

static GPtrArray *
copy_legs (GPtrArray *legs)
{
  GPtrArray *copy = g_ptr_array_copy (legs, ref_leg, NULL);
  g_ptr_array_set_free_func (copy, (GDestroyNotify) lloyd_leg_unref);
  return copy;
}

/* A remark, or the NULL behind the last. */
static gpointer
copy_remark (gconstpointer remark, gpointer data)
{
  (void) data;
  return g_strdup (remark);
}

static GPtrArray *
copy_remarks (GPtrArray *remarks)
{
  GPtrArray *copy = g_ptr_array_copy (remarks, copy_remark, NULL);
  g_ptr_array_set_free_func (copy, g_free);
  return copy;
}

/* ---- putting aside ------------------------------------------------------------------------- */

LloydPast *
lloyd_past_new (const LloydRun *run)
{
  LloydPast *self = g_new0 (LloydPast, 1);
  *self = (LloydPast){ .given = lloyd_recipe_copy (run->given),
                       .recipe = lloyd_recipe_copy (run->recipe),
                       .pool = lloyd_leg_pool_ref (run->pool),
                       .legs = copy_legs (run->legs),
                       .steps = g_array_copy (run->steps),
                       .stop = run->stop,
                       .position = run->position,
                       .last_position = run->last_position,
                       .total = run->total,
                       .shift_limit = run->shift_limit,
                       .start_rows = g_memdup2 (run->start_rows, sizeof (size_t) * run->recipe->k),
                       .has_start_rows = run->has_start_rows,
                       .remarks = copy_remarks (run->remarks),
                       .n_point_remarks = run->n_point_remarks,
                       .has_end_remark = run->has_end_remark,
                       .has_engine_remark = run->has_engine_remark,
                       .restarts = g_array_copy (run->restarts),
                       .prepare_ns = run->prepare_ns,
                       .seeding_ns = run->seeding_ns };
  if (run->seed_trace != NULL)
    self->seed_trace = lloyd_seed_trace_ref (run->seed_trace);
  return self;
}

void
lloyd_past_free (LloydPast *self)
{
  lloyd_recipe_free (self->given);
  lloyd_recipe_free (self->recipe);
  g_ptr_array_unref (self->legs);
  lloyd_leg_pool_unref (self->pool);
  g_array_unref (self->steps);
  g_free (self->start_rows);
  g_clear_pointer (&self->seed_trace, lloyd_seed_trace_unref);
  g_ptr_array_unref (self->remarks);
  g_array_unref (self->restarts);
  g_free (self);
}

size_t
lloyd_past_get_bytes (const LloydPast *self)
{
  return lloyd_leg_pool_get_bytes (self->pool);
}

/* ---- bringing back ------------------------------------------------------------------------- */

/* Gives the run what the state has, all but the position. */
static void
take_over (LloydRun *self, const LloydPast *past)
{
  g_ptr_array_unref (self->legs);
  self->legs = copy_legs (past->legs);
  g_array_unref (self->steps);
  self->steps = g_array_copy (past->steps);
  g_ptr_array_unref (self->remarks);
  self->remarks = copy_remarks (past->remarks);
  self->n_point_remarks = past->n_point_remarks;
  self->has_end_remark = past->has_end_remark;
  self->has_engine_remark = past->has_engine_remark;
  self->stop = past->stop;
  self->last_position = past->last_position;
  self->total = past->total;
  self->shift_limit = past->shift_limit;
  self->label_step = self->sums_step = LLOYD_NO_STEP;
  lloyd_run_set_ahead (self, 0);
}

gboolean
lloyd_run_restore (LloydRun *self, const LloydPast *past, GCancellable *cancellable, GError **error)
{
  g_autoptr (LloydPast) before = lloyd_past_new (self);
  take_over (self, past);
  if (lloyd_run_show (self, past->position, cancellable, error))
    return TRUE;
  take_over (self, before);
  lloyd_run_show (self, before->position, NULL, NULL);
  return FALSE;
}

LloydRun *
lloyd_run_revive (LloydPoints *points,
                  const LloydPast *past,
                  const LloydBackend *backend,
                  const LloydEngineOptions *options,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (LloydRun) self =
      lloyd_run_open (points, past->given, backend, options, cancellable, error);
  if (self == NULL || !lloyd_run_allocate (self, error))
    return NULL;
  lloyd_run_take_seat (self);
  lloyd_recipe_free (self->recipe);
  self->recipe = lloyd_recipe_copy (past->recipe);
  lloyd_leg_pool_unref (self->pool);
  self->pool = lloyd_leg_pool_ref (past->pool);
  take_over (self, past);
  memcpy (self->start_rows, past->start_rows, sizeof (size_t) * past->recipe->k);
  self->has_start_rows = past->has_start_rows;
  if (past->seed_trace != NULL)
    self->seed_trace = lloyd_seed_trace_ref (past->seed_trace);
  g_array_unref (self->restarts);
  self->restarts = g_array_copy (past->restarts);
  self->prepare_ns = past->prepare_ns;
  self->seeding_ns = past->seeding_ns;
  return lloyd_run_show (self, past->position, cancellable, error) ? g_steal_pointer (&self) : NULL;
}

const float *
lloyd_run_get_past_centroids (const LloydRun *self, guint step, guint *found)
{
  const LloydLeg *leg = step > 0 ? lloyd_run_leg_at (self, step) : NULL;
  if (leg == NULL || step > lloyd_run_centroid_step (self->last_position) ||
      !lloyd_leg_is_numbered_as (leg, lloyd_run_leg (self)))
    return NULL;
  return lloyd_leg_before (leg, step, found);
}
