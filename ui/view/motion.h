/* A motion: what is seen between two snapshots, half a step or a whole one apart. Colours spread
 * from the centroids, centroids glide. Going back shows the same the other way round. Between two
 * stages of seeding points grow and shrink to their new sizes. Main thread. */
#pragma once

#include "compute/session/snapshot.h"
#include "ui/draw/frame.h"

typedef struct _LloydMotion LloydMotion;

/* How it stands at a moment, all of it borrowed from the motion. */
typedef struct
{
  /* The later of the two snapshots, and that before it: owners change from the one to the other. */
  LloydSnapshot *late;
  LloydSnapshot *early;
  LloydWave wave;
  /* How much of the sizes of the early one is left. */
  float former;
  /* k x 3: where centroids are seen. */
  const float *centroids;
  /* k x d as those of the snapshots, in between; NULL where they have none. */
  const float *sites;
} LloydMoment;

/* A motion from one snapshot to the other, which is all the way there after `length_us`; NULL
 * where nothing moves, or what moves does not compare. `centroids`: where they are seen now, if it
 * is elsewhere than in `from` since that had not come to rest. */
LloydMotion *lloyd_motion_new (LloydSnapshot *from,
                               LloydSnapshot *to,
                               const float *centroids,
                               gint64 start_us,
                               gint64 length_us);
void lloyd_motion_free (LloydMotion *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydMotion, lloyd_motion_free)

/* FALSE once it is over: then the snapshot itself is to be shown. */
gboolean lloyd_motion_look (LloydMotion *self, gint64 now_us, LloydMoment *moment);
