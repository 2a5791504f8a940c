/* A snapshot: one run as it stands at one moment, ready to be drawn and read. Immutable, shared by
 * reference; made on the worker, read on the main thread. */
#pragma once

#include "compute/kmeans/run.h"
#include "compute/session/scene.h"

/* Label of a point that belongs to nobody; and how many clusters have labels of their own. */
#define LLOYD_NO_LABEL G_MAXUINT16
#define LLOYD_MOST_SHOWN_CLUSTERS ((guint) LLOYD_NO_LABEL)

typedef struct _LloydSnapshot LloydSnapshot;

/* What seeding has done so far; see seeding.h. */
typedef struct _LloydSeedStage LloydSeedStage;

struct _LloydSnapshot
{
  /* Of one that shows only where two runs differ, or how a run was seeded, the snapshot of the run
   * itself; else NULL. */
  LloydSnapshot *whole;
  /* Of one that shows how a run was seeded; else NULL. */
  LloydSeedStage *seeding;

  LloydScene *scene;
  LloydMetric metric;
  /* Whether it started by its own rule, beside another that did so too. */
  gboolean has_own_start;
  guint k;
  guint position;
  guint last_position;
  LloydStop stop;
  gboolean is_at_end;
  guint max_steps;

  /* scene->n_shown labels, LLOYD_NO_LABEL where there is none. */
  guint16 *labels;
  /* The same of all rows of the scene's points, by place, where more are drawn than are shown; else
   * NULL. */
  guint16 *all_labels;
  /* The labels on the device, where a bridge may show them: of the rows shown, or of all rows of a
   * splat; else NULL. */
  LloydExhibit *exhibit;
  /* k x 3: where the centroids are seen; under an angular metric, at their members' mean length. */
  float *centroids;
  /* k: at which length a centroid is seen under an angular metric; else NULL. */
  double *lengths;
  /* k x d, where the points have one or two dimensions and the scene loses none of them: the
   * centroids as they stand, in the engine's frame; else NULL. */
  float *sites;
  /* n_trail x k x 3: where they were seen at the steps before, the latest first (under an angular
   * metric as far out as they are now); NULL where it was not asked for. */
  float *trail;
  size_t n_trail;
  /* Where they were moved half a step ago, how far (under an angular metric by how many degrees):
   * how many, on average, the most, and which cluster that was. */
  gboolean has_shift;
  guint n_shifted;
  double mean_shift;
  double largest_shift;
  guint farthest;
  /* k: rows of each cluster. */
  gint64 *sizes;
  /* k: the number of each cluster's colour, which it keeps when others are added or removed, and
   * whether its centroid is pinned. */
  guint *slots;
  gboolean *is_pinned;

  /* The whole trace so far, and the step of it that the labels belong to (0: none). */
  LloydStep *steps;
  guint n_steps;
  guint label_step;
  /* All edits by hand so far, by rising steps; what was undone is not among them. */
  LloydEvent *events;
  guint n_events;
  /* Of mini-batch: whether the labels are of the step's batch alone. Where all rows were labelled
   * once more for this snapshot, the time of that on the device and their objective; else 0. */
  LloydAlgorithm algorithm;
  gboolean is_partial;
  gint64 label_all_ns;
  double label_all_objective;
  /* What it took to bring the labels from the device to the host. */
  gint64 transfer_ns;
  /* Rows that take part. */
  size_t n_rows;
  /* What they weigh together; their number, where rows have no weights. */
  double weight;

  /* Objective at K = 1; NaN before the first step. */
  double total;
  gint64 prepare_ns;
  gint64 seeding_ns;

  /* How the first centroids were chosen; NULL where they are no rows. */
  LloydSeedTrace *seed_trace;

  /* NULL-terminated. */
  char **remarks;
  /* "cpu" and "AMD EPYC, avx512, 2 threads". */
  const char *backend;
  char *device;
};

/* What the run is like now, seen through a scene of the points it was made from; `has_bridge`: with
 * an exhibit, if there can be one. NULL with an error where the labels cannot be had. The second
 * labels all rows where the run has only those of a batch. */
LloydSnapshot *
lloyd_snapshot_new (LloydRun *run, LloydScene *scene, gboolean has_bridge, GError **error);

LloydSnapshot *lloyd_snapshot_new_labelled (LloydRun *run,
                                            LloydScene *scene,
                                            gboolean has_bridge,
                                            GCancellable *cancellable,
                                            GError **error);

/* Where centroids of the run (k x d, in the engine's frame) are seen, k x 3. */
void lloyd_snapshot_project (const LloydSnapshot *snapshot, const float *centroids, float *places);

/* The same where labels are left only to points that the other puts into a cluster of another
 * colour; the others are nobody's. Both must be seen through one scene. Of all rows that both
 * label, how many they are and how many differ. */
LloydSnapshot *lloyd_snapshot_new_apart (LloydSnapshot *self,
                                         const LloydSnapshot *other,
                                         guint64 *n_compared,
                                         guint64 *n_apart);

/* The same, at position 0, while n centroids (n x d, in the engine's frame) stand; without labels.
 * It takes the stage. */
LloydSnapshot *lloyd_snapshot_new_seeding (LloydSnapshot *self,
                                           LloydSeedStage *stage,
                                           const float *centroids,
                                           guint n);

LloydSnapshot *lloyd_snapshot_ref (LloydSnapshot *self);
void lloyd_snapshot_unref (LloydSnapshot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSnapshot, lloyd_snapshot_unref)

/* The step that the labels belong to, or NULL at position 0. */
static inline const LloydStep *
lloyd_snapshot_get_step (const LloydSnapshot *self)
{
  return self->label_step > 0 ? &self->steps[self->label_step - 1] : NULL;
}
