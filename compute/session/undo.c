/* Undo: states of the session put aside, each with the change that left it. */
#include <string.h>

#include "compute/session/hands.h"
#include "compute/session/lockstep.h"
#include "compute/session/session-private.h"

/* Changes that are remembered, and the memory that they may take: data that are open no more, and
 * the centroids of past steps. */
#define MAX_RECORDS 200
#define MAX_DATA_BYTES ((size_t) 1 << 30)
#define MAX_HISTORY_BYTES ((size_t) 256 << 20)

struct _LloydRecord
{
  LloydChange change;
  /* Number of the start that the runs come from. */
  guint era;
  LloydWork work;
  guint n_runs;
  LloydPast *pasts[LLOYD_MAX_SIDES];
  GArray *stretches[LLOYD_MAX_SIDES];
};

/* ---- changes and work ---------------------------------------------------------------------- */

static void
change_clear (LloydChange *self)
{
  g_free (self->title);
}

static LloydChange
change_dup (const LloydChange *self)
{
  LloydChange copy = *self;
  copy.title = g_strdup (self->title);
  return copy;
}

LloydChange *
lloyd_change_copy (const LloydChange *self)
{
  LloydChange copy = change_dup (self);
  return g_memdup2 (&copy, sizeof copy);
}

void
lloyd_change_free (LloydChange *self)
{
  change_clear (self);
  g_free (self);
}

void
lloyd_work_clear (LloydWork *self)
{
  g_clear_pointer (&self->dataset, lloyd_dataset_unref);
  g_clear_pointer (&self->recipe, lloyd_recipe_free);
  g_clear_pointer (&self->axes, g_free);
  g_clear_pointer (&self->backend_remark, g_free);
}

static LloydWork
work_dup (const LloydWork *self)
{
  return (LloydWork){ .dataset = lloyd_dataset_ref (self->dataset),
                      .recipe = lloyd_recipe_copy (self->recipe),
                      .axes = g_strdup (self->axes),
                      .backend_remark = g_strdup (self->backend_remark) };
}

/* ---- records ------------------------------------------------------------------------------- */

void
lloyd_record_free (LloydRecord *self)
{
  change_clear (&self->change);
  lloyd_work_clear (&self->work);
  for (guint i = 0; i < self->n_runs; i++)
    {
      lloyd_past_free (self->pasts[i]);
      g_array_unref (self->stretches[i]);
    }
  g_free (self);
}

LloydRecord *
lloyd_session_record (LloydSession *self, const LloydChange *change)
{
  LloydRecord *record = g_new0 (LloydRecord, 1);
  record->change = change_dup (change);
  record->era = self->era;
  record->work = work_dup (&self->work);
  record->n_runs = self->n_runs;
  for (guint i = 0; i < self->n_runs; i++)
    {
      record->pasts[i] = lloyd_past_new (self->runs[i]);
      record->stretches[i] = g_array_copy (self->stretches[i]);
    }
  return record;
}

static size_t
count_dataset_bytes (const LloydDataset *dataset)
{
  const LloydPoints *points = dataset->points;
  size_t copies = points->absolute == points->values ? 1 : 2;
  /* A table of doubles may lie behind them. */
  return points->n * points->d * (copies * sizeof (float) + sizeof (double));
}

/* What the records hold beside what is open. */
static void
count_bytes (const LloydSession *self, size_t *data, size_t *history)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  const GPtrArray *stacks[] = { self->undo, self->redo };
  *data = *history = 0;
  g_hash_table_add (seen, self->work.dataset);
  for (guint s = 0; s < G_N_ELEMENTS (stacks); s++)
    for (guint i = 0; i < stacks[s]->len; i++)
      {
        const LloydRecord *record = stacks[s]->pdata[i];
        if (g_hash_table_add (seen, record->work.dataset))
          *data += count_dataset_bytes (record->work.dataset);
        /* Of one start all have one history, which keeps its own budget. */
        if (record->era != self->era && g_hash_table_add (seen, GUINT_TO_POINTER (record->era)))
          for (guint j = 0; j < record->n_runs; j++)
            *history += lloyd_past_get_bytes (record->pasts[j]);
      }
}

/* The oldest are forgotten first. */
static void
keep_bounds (LloydSession *self)
{
  size_t data, history;
  count_bytes (self, &data, &history);
  while (self->undo->len > 1 &&
         (self->undo->len > MAX_RECORDS || data > MAX_DATA_BYTES || history > MAX_HISTORY_BYTES))
    {
      g_ptr_array_remove_index (self->undo, 0);
      count_bytes (self, &data, &history);
    }
}

void
lloyd_session_remember (LloydSession *self, LloydRecord *record)
{
  g_ptr_array_set_size (self->redo, 0);
  g_ptr_array_add (self->undo, record);
  self->gesture = 0;
  keep_bounds (self);
}

void
lloyd_session_remember_more (LloydSession *self, const LloydChange *change)
{
  LloydRecord *last = self->undo->pdata[self->undo->len - 1];
  g_ptr_array_set_size (self->redo, 0);
  last->change.n_added += change->n_added;
  last->change.n_removed += change->n_removed;
}

/* The change on top of a stack; NULL: none. Yours. */
static LloydChange *
copy_top (const GPtrArray *stack)
{
  if (stack->len == 0)
    return NULL;
  return lloyd_change_copy (&((const LloydRecord *) stack->pdata[stack->len - 1])->change);
}

void
lloyd_session_tell_changes (const LloydSession *self, LloydPending *news)
{
  news->undo = copy_top (self->undo);
  news->redo = copy_top (self->redo);
}

/* ---- bringing back ------------------------------------------------------------------------- */

static void
take_stretches (LloydSession *self, const LloydRecord *record)
{
  for (guint i = 0; i < LLOYD_MAX_SIDES; i++)
    g_clear_pointer (&self->stretches[i], g_array_unref);
  for (guint i = 0; i < record->n_runs; i++)
    self->stretches[i] = g_array_copy (record->stretches[i]);
}

gboolean
lloyd_session_restore (LloydSession *self,
                       const LloydRecord *record,
                       GCancellable *cancellable,
                       GError **error)
{
  for (guint i = 0; i < record->n_runs; i++)
    if (!lloyd_run_restore (self->runs[i], record->pasts[i], cancellable, error))
      return FALSE;
  take_stretches (self, record);
  lloyd_work_clear (&self->work);
  self->work = work_dup (&record->work);
  return TRUE;
}

/* Each on new engines, of the rows that it had: side by side the first has those that both can
 * have, the second leaves the others out by itself. */
static gboolean
revive_runs (const LloydRecord *record,
             const LloydBackend *backend,
             LloydRun **runs,
             GCancellable *cancellable,
             GError **error)
{
  LloydEngineOptions options = { .nice = LLOYD_ENGINE_NICE };
  LloydPoints *all = record->work.dataset->points;
  g_autoptr (LloydPoints) first = record->n_runs > 1
                                      ? lloyd_points_with_direction (all, NULL, NULL, error)
                                      : lloyd_points_ref (all);
  if (first == NULL)
    return FALSE;
  for (guint i = 0; i < record->n_runs; i++)
    {
      runs[i] = lloyd_run_revive (i == 0 ? first : all, record->pasts[i], backend, &options,
                                  cancellable, error);
      if (runs[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* The same runs on new engines; the points they come from may be others. */
static gboolean
revive (LloydSession *self, const LloydRecord *record, LloydJob *job, GError **error)
{
  LloydRun *runs[LLOYD_MAX_SIDES] = { NULL };
  const LloydWork *work = &record->work;
  const LloydBackend *backend =
      lloyd_backends_find (work->recipe->backend, work->recipe->device, NULL, error);
  LloydPoints *points = work->dataset->points;
  gboolean has_scene = self->scene->points == points;
  g_autoptr (LloydScene) scene = NULL;

  if (backend != NULL && !has_scene)
    scene = lloyd_session_make_scene (points, work->axes, job->max_discs, job->cancellable, error);
  if (backend == NULL || (!has_scene && scene == NULL) ||
      !revive_runs (record, backend, runs, job->cancellable, error))
    {
      lloyd_session_free_runs (runs);
      return FALSE;
    }

  lloyd_session_free_runs (self->runs);
  memcpy (self->runs, runs, sizeof runs);
  lloyd_session_forget_facts (self);
  self->n_runs = record->n_runs;
  self->era = record->era;
  take_stretches (self, record);
  g_autofree char *axes = has_scene ? g_strdup (self->work.axes) : NULL;
  lloyd_work_clear (&self->work);
  self->work = work_dup (work);
  if (!has_scene)
    {
      lloyd_scene_unref (self->scene);
      self->scene = g_steal_pointer (&scene);
      return TRUE;
    }
  /* What is seen of the same points stays. */
  g_free (self->work.axes);
  self->work.axes = g_steal_pointer (&axes);
  return TRUE;
}

/* Takes the top of one stack, and puts what it replaces onto the other. */
static gboolean
exchange (LloydSession *self, GPtrArray *from, GPtrArray *onto, LloydJob *job, GError **error)
{
  if (from->len == 0)
    return TRUE;
  const LloydRecord *record = from->pdata[from->len - 1];
  g_autoptr (LloydRecord) now = lloyd_session_record (self, &record->change);
  if (record->era != self->era)
    {
      if (!revive (self, record, job, error))
        return FALSE;
    }
  else if (!lloyd_session_restore (self, record, job->cancellable, error))
    {
      lloyd_session_restore (self, now, NULL, NULL);
      return FALSE;
    }
  g_ptr_array_set_size (from, (gint) from->len - 1);
  g_ptr_array_add (onto, g_steal_pointer (&now));
  self->gesture = 0;
  return lloyd_session_publish (
      self,
      (LloydPending){ .dataset = lloyd_dataset_ref (self->work.dataset),
                      .recipe = lloyd_recipe_copy (self->work.recipe),
                      .axes = g_strdup (self->work.axes),
                      .backend_remark = g_strdup (self->work.backend_remark) },
      error);
}

static gboolean
run_undo (LloydSession *self, LloydJob *job, GError **error)
{
  return exchange (self, self->undo, self->redo, job, error);
}

static gboolean
run_redo (LloydSession *self, LloydJob *job, GError **error)
{
  return exchange (self, self->redo, self->undo, job, error);
}

/* ---- public -------------------------------------------------------------------------------- */

void
lloyd_session_undo_async (LloydSession *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  lloyd_session_push (self, lloyd_job_new (self, run_undo, cancellable, callback, data));
}

void
lloyd_session_redo_async (LloydSession *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  lloyd_session_push (self, lloyd_job_new (self, run_redo, cancellable, callback, data));
}

const LloydChange *
lloyd_session_get_undo (LloydSession *self)
{
  return self->undo_change;
}

const LloydChange *
lloyd_session_get_redo (LloydSession *self)
{
  return self->redo_change;
}
