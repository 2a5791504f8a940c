/* The inside of a session: what its files share. */
#pragma once

#include "compute/kmeans/past.h"
#include "compute/kmeans/reasons.h"
#include "compute/kmeans/seed-field.h"
#include "compute/session/hands.h"
#include "compute/session/looks.h"
#include "compute/session/session.h"

/* Engine threads give way to the app's by this much. */
#define LLOYD_ENGINE_NICE 5

typedef struct _LloydJob LloydJob;

/* A state that a change left; see undo.c. */
typedef struct _LloydRecord LloydRecord;

/* What is being worked on. */
typedef struct
{
  LloydDataset *dataset;
  LloydRecipe *recipe;
  char *axes;
  char *backend_remark;
} LloydWork;

/* What the worker has to show and the main thread has not taken yet. */
typedef struct
{
  gboolean is_set;
  guint n_sides;
  LloydSnapshot *snapshots[LLOYD_MAX_SIDES];
  LloydDifferences differences;
  guint position;
  guint last_position;
  /* What would be undone, or made again; NULL: nothing. */
  LloydChange *undo;
  LloydChange *redo;
  /* Set when new data took over, or another recipe. */
  LloydDataset *dataset;
  LloydRecipe *recipe;
  char *axes;
  char *backend_remark;
  /* What repeats the runs; set with the recipe. */
  LloydRecipe *start;
  GPtrArray *edits;
} LloydPending;

struct _LloydSession
{
  GObject parent_instance;

  /* Main thread. */
  LloydDataset *dataset;
  LloydRecipe *recipe;
  char *axes;
  char *backend_remark;
  LloydRecipe *start;
  GPtrArray *edits;
  LloydSnapshot *snapshots[LLOYD_MAX_SIDES];
  guint n_sides;
  guint position;
  guint last_position;
  LloydChange *undo_change;
  LloydChange *redo_change;
  guint n_asked;
  size_t max_discs;
  GCancellable *run_cancellable;
  gint progress_permille;
  /* Turns of a measurement that are done. */
  gint measured;
  gint has_bridge;
  gint has_trails;
  gint has_differences;
  gboolean has_own_starts;
  LloydDifferences differences;
  /* Cancellables of the looks under way; see looks.h. */
  GPtrArray *looks;

  /* Worker. */
  GThread *worker;
  GAsyncQueue *jobs;
  LloydWork work;
  LloydRun *runs[LLOYD_MAX_SIDES];
  guint n_runs;
  gboolean have_own_starts;
  LloydScene *scene;
  /* Where each run stands when the session stands somewhere; see lockstep.h. And what was shown of
   * it last. */
  GArray *stretches[LLOYD_MAX_SIDES];
  LloydSnapshot *shown[LLOYD_MAX_SIDES];
  /* Numbers of the start that the runs come from, and of starts so far. */
  guint era;
  guint n_eras;
  /* LloydRecord: the last is the next to be brought back. And the gesture that the last edit was
   * part of. */
  GPtrArray *undo;
  GPtrArray *redo;
  guint gesture;
  /* The mean of these points. */
  const LloydPoints *middle_points;
  double *middle;
  /* A hash of the centroids that the axes are turned to, where they follow them; and how many discs
   * a scene may have. */
  guint64 followed;
  size_t scene_max_discs;
  /* What is known of the columns of the points looked at last, or NULL. */
  LloydColumnFacts *facts;
  /* How rows lay to the first centroids of each run, while seeding is looked at; or NULL. */
  LloydSeedField *seed_fields[LLOYD_MAX_SIDES];
  /* Whether what is shown next has all rows labelled, where the runs have only those of a batch. */
  gboolean labels_all;
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
  gboolean has_own_starts;
  LloydHandEdit hand;
  GPtrArray *edits;
  size_t max_discs;
  size_t row;
  /* Whether it only looks, and so gives way to what is asked next. */
  gboolean is_look;
  /* What it needs beside, which it owns. */
  gpointer data;
  GDestroyNotify free_data;
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

/* ---- looks.c -------------------------------------------------------------------------------- */

/* A job with a cancellable of its own, which what is asked next cancels too. Main thread. */
LloydJob *lloyd_session_look_new (LloydSession *self,
                                  guint side,
                                  LloydJobFunc run,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);

/* How the clusters of the side that a look is at agree with classes of the input's rows. Worker;
 * yours. */
LloydAgreement *lloyd_session_make_agreement (LloydSession *self,
                                              const LloydJob *job,
                                              const char *column,
                                              const LloydClasses *classes,
                                              GError **error);

/* ---- seeding.c ------------------------------------------------------------------------------ */

/* Drops what was found for showing seeding. Worker, or when it is gone. */
void lloyd_session_free_seeding (LloydSession *self);

/* ---- differences.c -------------------------------------------------------------------------- */

/* Fills in what is asked for, of two snapshots; of one: nothing. */
void lloyd_differences_find (LloydDifferences *self, LloydSnapshot *const *snapshots);
void lloyd_differences_clear (LloydDifferences *self);

/* ---- start.c -------------------------------------------------------------------------------- */

/* Drops all runs. Worker, or when it is gone. */
void lloyd_session_free_runs (LloydRun **runs);

/* Starts runs on the job's dataset, as its recipe, is_both, has_own_starts and text (axes that may
 * fit) say, in place of those that are open. Where `hand` is not NULL it is the change that is
 * undone, in one with the last of its gesture (0: alone), and the new runs go on from where the
 * centroids of the old ones stand: then the points are assigned at once, if they were. On failure
 * nothing has changed. */
gboolean lloyd_session_start_runs (
    LloydSession *self, LloydJob *job, const LloydChange *hand, guint gesture, GError **error);

/* Whether so many clusters can be shown; else LLOYD_ERROR_DATA. */
gboolean lloyd_session_check_k (guint k, GError **error);

/* Drops what is known of points that may be gone. */
void lloyd_session_forget_facts (LloydSession *self);

/* The scene of points under axes. Axes that follow centroids show the usual ones until they are
 * published. */
LloydScene *lloyd_session_make_scene (LloydPoints *points,
                                      const char *axes,
                                      size_t max_discs,
                                      GCancellable *cancellable,
                                      GError **error);

/* The same under a projection, which it takes. */
LloydScene *lloyd_session_make_scene_of (LloydPoints *points,
                                         LloydProjection *projection,
                                         size_t max_discs,
                                         GError **error);

/* Turns axes that follow centroids to where those stand now. Where these axes are no more and
 * others take their place, `axes` is set to the name of these. Worker. */
void lloyd_session_follow_centroids (LloydSession *self, char **axes);

/* A hash of where the centroids of the first run stand. Worker. */
guint64 lloyd_session_hash_centroids (const LloydSession *self);

/* ---- motions.c ------------------------------------------------------------------------------ */

/* Where the session stands, and where it could at most. Worker. */
guint lloyd_session_position (const LloydSession *self);
guint lloyd_session_last_position (const LloydSession *self);

/* Half a step for every run that does not rest. Worker. */
gboolean lloyd_session_half_step_all (LloydSession *self,
                                      gboolean is_paced,
                                      GCancellable *cancellable,
                                      GError **error);

/* Whether no run would go on by itself. Worker. */
gboolean lloyd_session_are_all_at_end (const LloydSession *self);

/* Lets runs that met their limit do so many steps more, where the session stands last; FALSE: none
 * met it. Worker. */
gboolean lloyd_session_continue (LloydSession *self, guint n_more);

/* Shows a position that is known. Worker. */
gboolean lloyd_session_go_to_all (LloydSession *self,
                                  guint position,
                                  GCancellable *cancellable,
                                  GError **error);

/* Whether it is time to show runs on their way. Worker. */
gboolean lloyd_session_is_show_due (const LloydSession *self);

/* ---- hands.c -------------------------------------------------------------------------------- */

/* The mean of the scene's points in the stored frame, of evenly spread rows where there are very
 * many; borrowed until others are open. Worker. */
const double *lloyd_session_find_middle (LloydSession *self);

/* Edits all runs where the session stands, and lets that be undone. Worker. */
gboolean lloyd_session_edit_all (LloydSession *self,
                                 const LloydHandEdit *hand,
                                 GCancellable *cancellable,
                                 GError **error);

/* ---- replay.c ------------------------------------------------------------------------------- */

/* What repeats the runs; see replay.h. Worker; yours. */
GPtrArray *lloyd_session_make_edits (LloydSession *self);
LloydRecipe *lloyd_session_make_start (LloydSession *self);

/* ---- undo.c: worker ------------------------------------------------------------------------- */

void lloyd_work_clear (LloydWork *self);

/* How the session stands, to be brought back when `change`, which is copied, is undone. Yours. */
LloydRecord *lloyd_session_record (LloydSession *self, const LloydChange *change);
void lloyd_record_free (LloydRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydRecord, lloyd_record_free)

/* Puts a record on the stack, which takes it; what was undone before is gone. */
void lloyd_session_remember (LloydSession *self, LloydRecord *record);

/* Lets a change of the same gesture as the last be undone with it. */
void lloyd_session_remember_more (LloydSession *self, const LloydChange *change);

/* Brings back a state of the runs that are open. */
gboolean lloyd_session_restore (LloydSession *self,
                                const LloydRecord *record,
                                GCancellable *cancellable,
                                GError **error);

/* Fills in what can be undone. */
void lloyd_session_tell_changes (const LloydSession *self, LloydPending *news);
