/* Legs: a run that is edited by hand is several stretches of steps, one behind the other. Each
 * begins with centroids of its own and is from there what a run of its own would be: it counts its
 * steps and batches anew, and nothing before it matters.
 *
 * A run and the states of it that were put aside (see LloydPast) share their legs; a leg is only
 * ever added to at its end. One thread at a time, as the run. */
#pragma once

#include "compute/kmeans/edit.h"
#include "compute/kmeans/history.h"
#include "compute/kmeans/minibatch.h"

/* The memory that the histories of all legs of a run have together, those of states put aside
 * among them. */
typedef struct _LloydLegPool LloydLegPool;

LloydLegPool *lloyd_leg_pool_new (size_t budget_bytes);
LloydLegPool *lloyd_leg_pool_ref (LloydLegPool *self);
void lloyd_leg_pool_unref (LloydLegPool *self);
void lloyd_leg_pool_set_budget (LloydLegPool *self, size_t budget_bytes);
size_t lloyd_leg_pool_get_bytes (const LloydLegPool *self);

/* Drops what legs learned from batches: it belongs to an engine that goes. */
void lloyd_leg_pool_forget_batches (LloydLegPool *self);

typedef struct
{
  grefcount refs;
  LloydLegPool *pool;
  /* Its first step, and the last that the recipe's limit lets it take. */
  guint first;
  guint max_step;
  guint k;
  guint d;
  /* Where it starts in the data's own unit, k x d, as a centroid file would say it; NULL: where
   * seeding put it. */
  double *values;
  /* k each: which centroids stay (NULL: none), and the numbers of the clusters' colours. */
  gboolean *is_pinned;
  guint *slots;
  /* LloydEvent: the edits that it began with; empty for the first leg of a run. */
  GArray *events;
  /* Centroids of its steps, counted from 1. */
  LloydHistory *history;
  /* With mini-batch what its batches taught so far; NULL: to be found again. */
  LloydMiniBatch *minibatch;
} LloydLeg;

/* A leg without history yet, of k clusters, whose colours are numbered as they are. */
LloydLeg *lloyd_leg_new (LloydLegPool *pool, guint first, guint k, guint d);
LloydLeg *lloyd_leg_ref (LloydLeg *self);
void lloyd_leg_unref (LloydLeg *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydLeg, lloyd_leg_unref)

static inline gboolean
lloyd_leg_is_pinned (const LloydLeg *self, guint cluster)
{
  return self->is_pinned != NULL && self->is_pinned[cluster];
}

/* Notes the centroids (k x d, copied) of a step of the run; the pool may then thin out the longest
 * history. */
void lloyd_leg_add (LloydLeg *self, guint step, const float *centroids);

/* The latest centroids kept at or before a step of the run, borrowed until more are noted. */
const float *lloyd_leg_before (const LloydLeg *self, guint step, guint *found);

/* The cluster of this leg that has the colour of cluster `j` of another; -1: none. */
int lloyd_leg_find (const LloydLeg *self, const LloydLeg *other, guint j);

/* Whether clusters are numbered alike. */
gboolean lloyd_leg_is_numbered_as (const LloydLeg *self, const LloydLeg *other);
