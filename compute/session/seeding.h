/* Seeding shown stage by stage: which centroids stand, who is nearest to whom so far, and with what
 * chance each row is drawn next.
 *
 * Stages count half-rounds. Stage 0: nothing is placed. Stage 2j - 1: the rows that round j tries
 * are drawn. Stage 2j: the one it took stands, and chances are those of the next draw. Behind the
 * last, 2k, comes position 0 of the runs. */
#pragma once

#include "compute/kmeans/seed-trace.h"
#include "compute/session/session.h"

/* A row that was tried, where it is seen. */
typedef struct
{
  float place[3];
  /* As its size among the stage's; 1 where all are the same. */
  float size;
  gboolean is_taken;
} LloydSeedSpot;

/* What a snapshot of seeding has besides: its k centroids are those that stand, its labels the
 * nearest of them, its `whole` is that at position 0. */
struct _LloydSeedStage
{
  guint stage;
  /* Centroids in the end. */
  guint k;
  LloydInit init;
  /* Whether the rows were chosen for the run beside it, whose distances these are then. */
  gboolean is_shared;
  /* Whether chances, or for farthest-first the choice, are by squared distance; else each row has
   * the same chance, or none. */
  gboolean is_by_distance;
  /* The round that is under way, or was done last; from stage 1 on. */
  LloydSeedRound round;
  /* Its row in the input, that row's chance before it was taken, and that of a row on average; NaN
   * where chance did not decide. And its distance to the nearest centroid before. */
  size_t input_row;
  double chance;
  double average;
  double distance;
  /* Sums of weight times squared distance with and without that centroid; NaN where they were not
   * found. */
  double potential_before;
  double potential_after;
  /* Of k-means||, the rows that were drawn first. */
  guint n_drawn;
  /* Of the rows shown, how much wider than that of the average row a disc is whose area is as the
   * chance; of k-means||, those drawn first are wide; NULL: all are the same. */
  float *sizes;
  LloydSeedSpot *spots;
  guint n_spots;
};

void lloyd_seed_stage_free (LloydSeedStage *self);

/* Stages of a seeding. */
static inline guint
lloyd_seed_stage_count (const LloydSeedTrace *trace)
{
  return 2 * lloyd_seed_trace_get_k (trace) + 1;
}

/* One stage, a snapshot for each side; each may be shown as others are. */
typedef struct
{
  guint stage;
  guint n_sides;
  LloydSnapshot *snapshots[LLOYD_MAX_SIDES];
} LloydSeeding;

/* Looks at a stage; see looks.h. The runs must stand at position 0. What has been found is kept for
 * the stages beside it, until lloyd_session_forget_seeding(). */
void lloyd_session_look_at_seeding_async (LloydSession *self,
                                          guint stage,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer data);
LloydSeeding *
lloyd_session_look_at_seeding_finish (LloydSession *self, GAsyncResult *result, GError **error);
void lloyd_seeding_free (LloydSeeding *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSeeding, lloyd_seeding_free)

void lloyd_session_forget_seeding (LloydSession *self);
