/* What the files of a run share: its state, and where it stands. */
#pragma once

#include <string.h>

#include "compute/kmeans/ahead.h"
#include "compute/kmeans/history.h"
#include "compute/kmeans/minibatch.h"
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
  /* k: which centroids stay; NULL: none. */
  gboolean *is_pinned;

  /* Mini-batch, else NULL: what the batches up to the last step taught, and the rows of a batch. */
  LloydMiniBatch *minibatch;
  size_t *batch_rows;

  /* Objective at K = 1, and the shift that counts as none. */
  double total;
  double shift_limit;

  size_t *start_rows;
  gboolean has_start_rows;
  GPtrArray *remarks;
  /* The first of them are about the points. */
  guint n_point_remarks;
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

/* Rows of the batch of a step that is known; 0 where all rows were labelled. */
size_t lloyd_run_list_batch (LloydRun *self, guint step);

/* Notes the objective at K = 1, from the sums of all rows under any labels. */
void lloyd_run_note_total (LloydRun *self, const LloydSums *sums);
