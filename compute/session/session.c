#include "compute/session/session-private.h"

#define DEFAULT_MAX_DISCS 2000000

G_DEFINE_FINAL_TYPE (LloydSession, lloyd_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
lloyd_session_emit_changed (LloydSession *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

gboolean
lloyd_session_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  self->n_asked--;
  /* What was published before the job ended is seen before its callback goes on. */
  lloyd_session_take_pending (self);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- looking ------------------------------------------------------------------------------- */

void
lloyd_session_set_max_discs (LloydSession *self, size_t max_discs)
{
  self->max_discs = max_discs;
}

void
lloyd_session_set_bridge (LloydSession *self, gboolean has_bridge)
{
  g_atomic_int_set (&self->has_bridge, has_bridge);
}

void
lloyd_session_set_own_starts (LloydSession *self, gboolean has_own_starts)
{
  self->has_own_starts = has_own_starts;
}

gboolean
lloyd_session_is_busy (LloydSession *self)
{
  return self->n_asked > 0;
}

double
lloyd_session_get_progress (LloydSession *self)
{
  return g_atomic_int_get (&self->progress_permille) / 1000.0;
}

const LloydDataset *
lloyd_session_get_dataset (LloydSession *self)
{
  return self->dataset;
}

const LloydRecipe *
lloyd_session_get_recipe (LloydSession *self)
{
  return self->recipe;
}

const char *
lloyd_session_get_axes (LloydSession *self)
{
  return self->axes;
}

guint
lloyd_session_get_n_sides (LloydSession *self)
{
  return self->n_sides;
}

LloydSnapshot *
lloyd_session_get_snapshot (LloydSession *self, guint side)
{
  g_return_val_if_fail (side < self->n_sides, NULL);
  return self->snapshots[side];
}

guint
lloyd_session_get_position (LloydSession *self)
{
  return self->position;
}

guint
lloyd_session_get_last_position (LloydSession *self)
{
  return self->last_position;
}

gboolean
lloyd_session_is_at_end (LloydSession *self)
{
  for (guint i = 0; i < self->n_sides; i++)
    if (!self->snapshots[i]->is_at_end)
      return FALSE;
  return self->n_sides > 0;
}

const char *
lloyd_session_get_backend_remark (LloydSession *self)
{
  return self->backend_remark;
}

/* ---- object -------------------------------------------------------------------------------- */

/* Every job holds a reference, so none is under way here. */
static void
lloyd_session_finalize (GObject *object)
{
  LloydSession *self = LLOYD_SESSION (object);

  lloyd_session_push (self, g_new0 (LloydJob, 1));
  g_thread_join (self->worker);
  g_clear_handle_id (&self->idle, g_source_remove);
  lloyd_pending_clear (&self->pending);
  lloyd_differences_clear (&self->differences);
  g_ptr_array_unref (self->undo);
  g_ptr_array_unref (self->redo);
  lloyd_session_free_runs (self->runs);
  lloyd_work_clear (&self->work);
  g_free (self->middle);
  g_clear_pointer (&self->undo_change, lloyd_change_free);
  g_clear_pointer (&self->redo_change, lloyd_change_free);
  g_clear_pointer (&self->scene, lloyd_scene_unref);
  g_clear_pointer (&self->facts, lloyd_column_facts_free);
  lloyd_session_free_seeding (self);
  g_ptr_array_unref (self->looks);
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    {
      g_clear_pointer (&self->snapshots[i], lloyd_snapshot_unref);
      g_clear_pointer (&self->shown[i], lloyd_snapshot_unref);
      g_clear_pointer (&self->stretches[i], g_array_unref);
    }
  g_clear_pointer (&self->dataset, lloyd_dataset_unref);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  g_clear_pointer (&self->start, lloyd_recipe_free);
  g_clear_pointer (&self->edits, g_ptr_array_unref);
  g_clear_object (&self->run_cancellable);
  g_free (self->axes);
  g_free (self->backend_remark);
  g_async_queue_unref (self->jobs);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (lloyd_session_parent_class)->finalize (object);
}

static void
lloyd_session_class_init (LloydSessionClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_session_finalize;

  /* The dataset or a snapshot is new. */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lloyd_session_init (LloydSession *self)
{
  g_mutex_init (&self->mutex);
  self->max_discs = DEFAULT_MAX_DISCS;
  self->undo = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_record_free);
  self->redo = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_record_free);
  self->looks = g_ptr_array_new_with_free_func (g_object_unref);
  self->jobs = g_async_queue_new ();
  self->worker = g_thread_new ("lloyd-worker", lloyd_session_work, self);
}

LloydSession *
lloyd_session_new (void)
{
  return g_object_new (LLOYD_TYPE_SESSION, NULL);
}
