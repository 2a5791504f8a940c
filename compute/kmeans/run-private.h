/* What the files of a run share: its state, and where it stands. */
#pragma once

#include <string.h>

#include "compute/kmeans/ahead.h"
#include "compute/kmeans/leg.h"
#include "compute/kmeans/run.h"

/* No step: the engine's labels are of no use. */
#define LLOYD_NO_STEP G_MAXUINT

/* An engine that several runs on the same points use in turn. */
typedef struct
{
  LloydEngine *engine;
  LloydEngineOptions options;
  guint n_runs;
  /* Whose labels the engine holds. */
  const LloydRun *user;
} LloydSeat;

struct _LloydRun
{
  LloydPoints *points;
  /* As it was given, and with the seed and the number of clusters of this very run. */
  LloydRecipe *given;
  LloydRecipe *recipe;
  LloydSeat *seat;
  LloydEngine *engine;
  /* LloydLeg, by rising first steps: the first from seeding, the others from edits. */
  LloydLegPool *pool;
  GPtrArray *legs;
  GArray *steps;
  LloydStop stop;
  guint position;
  guint last_position;
  gboolean is_paced;

  /* The centroids that stand, and those being made; room for so many of them, and for the sizes
   * below. */
  guint room_k;
  float *centroids;
  float *next;
  /* Of the last assign, before any repair; which step it was (0: none yet), the energy of its rows
   * and how many they were. */
  LloydSums *sums;
  guint label_step;
  /* Which step the sums are of: they may be there without its labels. */
  guint sums_step;
  /* Steps done in a row, or NULL. */
  LloydAhead *ahead;
  LloydWide energy;
  size_t n_labelled;
  /* What repair works on. */
  LloydSums *repaired_sums;
  /* Rows of each cluster at this position, and their weight. */
  gint64 *sizes;
  double *weights;

  /* Mini-batch, else NULL: the rows of a batch. */
  size_t *batch_rows;

  /* Objective at K = 1, and the shift that counts as none. */
  double total;
  double shift_limit;

  size_t *start_rows;
  gboolean has_start_rows;
  /* How they were taken; NULL where there are none. */
  LloydSeedTrace *seed_trace;
  GPtrArray *remarks;
  /* The first of them are about the points. */
  guint n_point_remarks;
  /* Whether the last of them is about the clusters at the end. */
  gboolean has_end_remark;
  gboolean has_engine_remark;
  /* Final objectives (double) of all restarts; empty where there was but this run. */
  GArray *restarts;
  gint64 prepare_ns;
  gint64 seeding_ns;
};

static inline guint
lloyd_run_n_steps (const LloydRun *self)
{
  return self->steps->len;
}

/* Adds a remark, which becomes the run's. */
static inline void
lloyd_run_add_remark (LloydRun *self, char *remark)
{
  /* The array stays NULL-terminated. */
  g_ptr_array_insert (self->remarks, (gint) self->remarks->len - 1, remark);
}

/* Takes up what the engine has to say, once. */
static inline void
lloyd_run_note_engine (LloydRun *self)
{
  if (self->engine->remark == NULL || self->has_engine_remark)
    return;
  self->has_engine_remark = TRUE;
  lloyd_run_add_remark (self, g_strdup (self->engine->remark));
}

/* The leg that a step belongs to. */
static inline LloydLeg *
lloyd_run_leg_at (const LloydRun *self, guint step)
{
  guint i = self->legs->len - 1;
  while (i > 0 && ((const LloydLeg *) self->legs->pdata[i])->first > step)
    i--;
  return self->legs->pdata[i];
}

static inline LloydStep *
lloyd_run_step_at (const LloydRun *self, guint step)
{
  return &g_array_index (self->steps, LloydStep, step - 1);
}

/* Takes the engine over from a run that used it in between; its labels are then of no use. */
void lloyd_run_take_seat (LloydRun *self);

/* Makes the engine hold the labels of `step` again, if it does not; `self->sums` are theirs. */
gboolean
lloyd_run_restore_labels (LloydRun *self, guint step, GCancellable *cancellable, GError **error);

/* Step whose labels belong to a position. */
static inline guint
lloyd_run_label_step (guint position)
{
  return (position + 1) / 2;
}

/* Step whose centroids stand at a position, and the leg that they are of. */
static inline guint
lloyd_run_centroid_step (guint position)
{
  return position / 2 + 1;
}

static inline LloydLeg *
lloyd_run_leg (const LloydRun *self)
{
  return lloyd_run_leg_at (self, lloyd_run_centroid_step (self->position));
}

/* A run with an engine and nothing else. Fails as lloyd_run_new(). */
LloydRun *lloyd_run_open (LloydPoints *points,
                          const LloydRecipe *recipe,
                          const LloydBackend *backend,
                          const LloydEngineOptions *options,
                          GCancellable *cancellable,
                          GError **error);

/* Makes its first leg, and room for all that it works with. */
gboolean lloyd_run_allocate (LloydRun *self, GError **error);

/* Makes room for k centroids, and their sizes. */
void lloyd_run_make_room (LloydRun *self, guint k);

/* Moves to a position whose labels the engine holds, or which has none. */
void lloyd_run_stand_at (LloydRun *self, guint position);

/* Shows a position, whatever is shown. */
gboolean lloyd_run_show (LloydRun *self, guint position, GCancellable *cancellable, GError **error);

/* The first half of a new step, and the second half of the last one. */
gboolean lloyd_run_do_assign (LloydRun *self, GCancellable *cancellable, GError **error);
gboolean lloyd_run_do_update (LloydRun *self, GCancellable *cancellable, GError **error);

/* Says why there is no step after the last, or that there may be. */
void lloyd_run_set_stop (LloydRun *self, LloydStop stop);

/* For a leg, nothing learned from batches; NULL where all rows are labelled. */
LloydMiniBatch *lloyd_run_new_minibatch (const LloydRun *self, const LloydLeg *leg);

/* Rows of the batch of a step that is known; 0 where all rows were labelled. */
size_t lloyd_run_list_batch (LloydRun *self, guint step);

/* Notes the objective at K = 1, from the sums of all rows under any labels. */
void lloyd_run_note_total (LloydRun *self, const LloydSums *sums);
