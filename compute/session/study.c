#include "compute/session/study.h"

#include "compute/session/session-private.h"

/* Its threads give way to those of the session by this much. */
#define STUDY_NICE (LLOYD_ENGINE_NICE + 5)

struct _LloydStudy
{
  GObject parent_instance;

  GCancellable *cancellable;
  gboolean is_running;
  double progress;
  GError *error;
  LloydKChoice choice;
  GArray *entries;

  /* What the thread found and the main thread has not taken yet. */
  GMutex mutex;
  GArray *new_scores;
  GArray *new_entries;
  double new_progress;
  guint idle;
};

G_DEFINE_FINAL_TYPE (LloydStudy, lloyd_study, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* What to do, on the thread. */
typedef struct
{
  LloydStudy *study;
  LloydPoints *points;
  LloydRecipe *recipe;
  guint from, to;
  LloydInit *inits;
  guint n_inits, n_seeds;
  GCancellable *cancellable;
  guint n_done;
} Plan;

static void
plan_free (gpointer data)
{
  Plan *plan = data;
  lloyd_points_unref (plan->points);
  lloyd_recipe_free (plan->recipe);
  g_free (plan->inits);
  g_object_unref (plan->cancellable);
  g_free (plan);
}

/* ---- from the thread to the main one ------------------------------------------------------- */

/* Takes what is new. */
static void
take_news (LloydStudy *self)
{
  g_mutex_lock (&self->mutex);
  self->idle = 0;
  self->progress = self->new_progress;
  g_array_append_vals (self->entries, self->new_entries->data, self->new_entries->len);
  g_array_set_size (self->new_entries, 0);
  self->choice.scores =
      g_renew (LloydKScore, self->choice.scores, self->choice.n + self->new_scores->len);
  for (guint i = 0; i < self->new_scores->len; i++)
    self->choice.scores[self->choice.n++] = g_array_index (self->new_scores, LloydKScore, i);
  g_array_set_size (self->new_scores, 0);
  g_mutex_unlock (&self->mutex);
}

static gboolean
on_idle (gpointer data)
{
  LloydStudy *self = data;
  take_news (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* Under the mutex; what a study before it still finds is not for anybody. */
static void
announce (LloydStudy *self, double progress)
{
  self->new_progress = progress;
  if (self->idle == 0)
    self->idle =
        g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_idle, g_object_ref (self), g_object_unref);
}

static void
note_choice (const LloydKChoice *choice, guint n, gpointer data)
{
  const Plan *plan = data;
  LloydStudy *self = plan->study;
  g_mutex_lock (&self->mutex);
  if (!g_cancellable_is_cancelled (plan->cancellable))
    {
      g_array_append_val (self->new_scores, choice->scores[choice->n - 1]);
      announce (self, (double) choice->n / n);
    }
  g_mutex_unlock (&self->mutex);
}

static void
note_entry (const LloydAtlasEntry *entry, guint n, gpointer data)
{
  Plan *plan = data;
  LloydStudy *self = plan->study;
  plan->n_done++;
  g_mutex_lock (&self->mutex);
  if (!g_cancellable_is_cancelled (plan->cancellable))
    {
      g_array_append_val (self->new_entries, *entry);
      announce (self, (double) plan->n_done / n);
    }
  g_mutex_unlock (&self->mutex);
}

/* ---- the thread ---------------------------------------------------------------------------- */

static void
work (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Plan *plan = data;
  g_autoptr (GError) error = NULL;
  LloydEngineOptions options = { .nice = STUDY_NICE };
  const LloydBackend *backend =
      lloyd_backends_find (plan->recipe->backend, plan->recipe->device, NULL, &error);
  LloydKChoice *choice = NULL;
  gboolean is_done = FALSE;

  (void) source;
  if (backend != NULL && plan->n_inits == 0)
    choice = lloyd_choose_k (plan->points, plan->recipe, plan->from, plan->to, backend, &options,
                             note_choice, plan, cancellable, &error);
  else if (backend != NULL)
    is_done =
        lloyd_atlas_run (plan->points, plan->recipe, plan->inits, plan->n_inits, plan->n_seeds,
                         backend, &options, note_entry, plan, cancellable, &error);
  if (choice != NULL)
    g_task_return_pointer (task, choice, (GDestroyNotify) lloyd_k_choice_free);
  else if (is_done)
    g_task_return_pointer (task, NULL, NULL);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_worked (GObject *source, GAsyncResult *result, gpointer data)
{
  LloydStudy *self = LLOYD_STUDY (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydKChoice) choice = g_task_propagate_pointer (G_TASK (result), &error);

  (void) data;
  /* Another one has begun since. */
  if (g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return;
  take_news (self);
  self->is_running = FALSE;
  if (choice != NULL)
    {
      g_free (self->choice.scores);
      self->choice = *choice;
      choice->scores = NULL;
    }
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->error = g_steal_pointer (&error);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- public -------------------------------------------------------------------------------- */

static void
forget (LloydStudy *self)
{
  g_mutex_lock (&self->mutex);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_array_set_size (self->new_scores, 0);
  g_array_set_size (self->new_entries, 0);
  self->new_progress = 0.0;
  g_mutex_unlock (&self->mutex);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_clear_pointer (&self->choice.scores, g_free);
  self->choice = (LloydKChoice){ 0 };
  g_array_set_size (self->entries, 0);
  self->progress = 0.0;
}

/* Takes the plan. */
static void
start (LloydStudy *self, Plan *plan)
{
  forget (self);
  self->cancellable = g_cancellable_new ();
  self->is_running = TRUE;
  plan->study = self;
  plan->cancellable = g_object_ref (self->cancellable);
  /* Rows without direction are left out, as the session does. */
  plan->recipe->missing = LLOYD_MISSING_DROP;
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_worked, NULL);
  g_task_set_task_data (task, plan, plan_free);
  g_task_run_in_thread (task, work);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static Plan *
plan_new (LloydPoints *points, const LloydRecipe *recipe)
{
  Plan *plan = g_new0 (Plan, 1);
  plan->points = lloyd_points_ref (points);
  plan->recipe = lloyd_recipe_copy (recipe);
  return plan;
}

void
lloyd_study_choose_k (
    LloydStudy *self, LloydPoints *points, const LloydRecipe *recipe, guint from, guint to)
{
  Plan *plan = plan_new (points, recipe);
  plan->from = from;
  plan->to = to;
  g_clear_pointer (&plan->recipe->pins, g_array_unref);
  if (recipe->init == LLOYD_INIT_ROWS || recipe->init == LLOYD_INIT_FILE)
    plan->recipe->init = LLOYD_INIT_PLUS_PLUS;
  start (self, plan);
}

void
lloyd_study_map_restarts (LloydStudy *self,
                          LloydPoints *points,
                          const LloydRecipe *recipe,
                          const LloydInit *inits,
                          guint n_inits,
                          guint n_seeds)
{
  g_return_if_fail (n_inits > 0);
  Plan *plan = plan_new (points, recipe);
  plan->inits = g_memdup2 (inits, sizeof *inits * n_inits);
  plan->n_inits = n_inits;
  plan->n_seeds = n_seeds;
  start (self, plan);
}

void
lloyd_study_cancel (LloydStudy *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

gboolean
lloyd_study_is_running (LloydStudy *self)
{
  return self->is_running;
}

double
lloyd_study_get_progress (LloydStudy *self)
{
  return self->progress;
}

const GError *
lloyd_study_get_error (LloydStudy *self)
{
  return self->error;
}

const LloydKChoice *
lloyd_study_get_choice (LloydStudy *self)
{
  return &self->choice;
}

const LloydAtlasEntry *
lloyd_study_get_entries (LloydStudy *self, guint *n)
{
  *n = self->entries->len;
  return (const LloydAtlasEntry *) (gconstpointer) self->entries->data;
}

/* ---- object -------------------------------------------------------------------------------- */

static void
lloyd_study_finalize (GObject *object)
{
  LloydStudy *self = LLOYD_STUDY (object);
  forget (self);
  g_array_unref (self->entries);
  g_array_unref (self->new_entries);
  g_array_unref (self->new_scores);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (lloyd_study_parent_class)->finalize (object);
}

static void
lloyd_study_class_init (LloydStudyClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lloyd_study_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lloyd_study_init (LloydStudy *self)
{
  g_mutex_init (&self->mutex);
  self->entries = g_array_new (FALSE, FALSE, sizeof (LloydAtlasEntry));
  self->new_entries = g_array_new (FALSE, FALSE, sizeof (LloydAtlasEntry));
  self->new_scores = g_array_new (FALSE, FALSE, sizeof (LloydKScore));
}

LloydStudy *
lloyd_study_new (void)
{
  return g_object_new (LLOYD_TYPE_STUDY, NULL);
}
