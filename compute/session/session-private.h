/* The inside of a session: what its files share. */
#pragma once

#include "compute/kmeans/reasons.h"
#include "compute/session/session.h"

/* Engine threads give way to the app's by this much. */
#define LLOYD_ENGINE_NICE 5

typedef struct _LloydJob LloydJob;

/* What the worker has to show and the main thread has not taken yet. */
typedef struct
{
  gboolean is_set;
  guint n_sides;
  LloydSnapshot *snapshots[LLOYD_MAX_SIDES];
  /* Set when a new dataset or recipe took over. */
  LloydDataset *dataset;
  LloydRecipe *recipe;
  char *axes;
  char *backend_remark;
} LloydPending;

struct _LloydSession
{
  GObject parent_instance;

  /* Main thread. */
  LloydDataset *dataset;
  LloydRecipe *recipe;
  char *axes;
  char *backend_remark;
  LloydSnapshot *snapshots[LLOYD_MAX_SIDES];
  guint n_sides;
  guint n_asked;
  size_t max_discs;
  GCancellable *run_cancellable;
  gint progress_permille;
  gint has_bridge;
  /* Cancellables of the looks under way; see looks.h. */
  GPtrArray *looks;

  /* Worker. */
  GThread *worker;
  GAsyncQueue *jobs;
  LloydRun *runs[LLOYD_MAX_SIDES];
  guint n_runs;
  LloydScene *scene;
  /* What is known of the columns of the points looked at last, or NULL. */
  LloydColumnFacts *facts;
  /* When it was shown last how the runs stand, and how long that took. */
  gint64 published_ns;
  gint64 publish_ns;

  /* Both, under the mutex, which is held for a few lines and never across a signal. */
  GMutex mutex;
  LloydPending pending;
  guint idle;
};

/* Something to do on the worker. */
struct _LloydJob
{
  gboolean (*run) (LloydSession *self, LloydJob *job, GError **error);
  GTask *task;
  GCancellable *cancellable;
  /* What for: each kind of job uses some. */
  guint number;
  guint n_more;
  char *text;
  LloydDataset *dataset;
  LloydRecipe *recipe;
  gboolean is_both;
  size_t max_discs;
  size_t row;
  /* Whether it only looks, and so gives way to what is asked next. */
  gboolean is_look;
  /* What came of it, for a task that returns more than success. */
  gpointer result;
  GDestroyNotify free_result;
};

/* ---- worker.c ------------------------------------------------------------------------------- */

/* Does one thing on the worker. */
typedef gboolean (*LloydJobFunc) (LloydSession *self, LloydJob *job, GError **error);

/* A job whose outcome goes to the callback. Main thread. */
LloydJob *lloyd_job_new (LloydSession *self,
                         LloydJobFunc run,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data);
void lloyd_job_free (LloydJob *job);

/* Hands a job to the worker. */
void lloyd_session_push (LloydSession *self, LloydJob *job);

/* Cancels all looks under way. Main thread. */
void lloyd_session_cancel_looks (LloydSession *self);

/* The worker's thread. */
gpointer lloyd_session_work (gpointer session);

/* Hands over how the runs stand; `news` carries what else is new and is taken. Worker. */
gboolean lloyd_session_publish (LloydSession *self, LloydPending news, GError **error);

/* Takes what is pending, and says so. Main thread. */
void lloyd_session_take_pending (LloydSession *self);
void lloyd_pending_clear (LloydPending *self);

/* Says that a dataset or a snapshot is new. */
void lloyd_session_emit_changed (LloydSession *self);

/* ---- start.c -------------------------------------------------------------------------------- */

/* Drops all runs. Worker, or when it is gone. */
void lloyd_session_free_runs (LloydRun **runs);

/* The scene of points under axes. */
LloydScene *lloyd_session_make_scene (LloydPoints *points,
                                      const char *axes,
                                      size_t max_discs,
                                      GCancellable *cancellable,
                                      GError **error);
