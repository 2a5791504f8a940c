/* How the rows of a run lay to its first centroids while those were taken one after another: the
 * weights that k-means++ draws by. Works beside the engine, whose labels and distances it does not
 * touch. One thread at a time, which shares the work with a team. */
#pragma once

#include "compute/kmeans/run.h"

/* Owner of a row while there is no centroid. */
#define LLOYD_SEED_NOBODY G_MAXUINT32

typedef struct
{
  LloydPoints *points;
  LloydMetric metric;
  LloydSeedTrace *trace;
  /* The values that count under the metric, borrowed from the points, and the scale of their unit
   * rows. */
  const float *values;
  double unit_scale;
  /* k x d: what the rows taken make. */
  float *centroids;

  /* How many of the centroids stand, of the k that the trace has. */
  guint n_placed;
  /* n values each, by place: the squared distance of seeding to the nearest centroid that stands
   * (infinite without any), and which that is, the lowest among equals. */
  double *nearest;
  guint32 *owners;
  /* k + 1 values, by how many stand: the sum of weight times squared distance, where it was found,
   * else NaN. The same for any number of threads. */
  double *potentials;

  /* How many stand for each chunk of rows: they differ after a move that was cancelled. */
  guint *chunks;
  guint n_chunks;
} LloydSeedField;

/* Without any centroid. NULL with LLOYD_ERROR_MEMORY. The run must have a trace. */
LloydSeedField *lloyd_seed_field_new (const LloydRun *run, GError **error);
void lloyd_seed_field_free (LloydSeedField *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydSeedField, lloyd_seed_field_free)

/* Lets the first n centroids stand, in one pass that looks at as many more as come, and at all of
 * them for rows whose nearest goes. `n_threads` 0: as many as there are. */
gboolean lloyd_seed_field_place (LloydSeedField *self,
                                 guint n,
                                 guint n_threads,
                                 int nice,
                                 GCancellable *cancellable,
                                 GError **error);

/* What a stored row weighs in the next draw, as a share of all rows: by its squared distance, or
 * while none stands by its weight. NaN where no row has any. */
double lloyd_seed_field_chance (const LloydSeedField *self, size_t row);
