/* What the verbs of the CPU backend share. */
#pragma once

#include <stdatomic.h>

#include "compute/backends/backend.h"
#include "compute/backends/cpu/kernels.h"
#include "compute/backends/cpu/rounded.h"
#include "compute/backends/cpu/splat.h"
#include "compute/team.h"

/* What one thread works with. */
typedef struct
{
  /* Rows of a chunk that a list gathers, labels and doubtful rows of a chunk, its norms. */
  float *rows;
  gint32 *labels;
  guint32 *doubtful;
  double *norms;
  /* What the screen in 8 bits could not settle: which rows of the chunk, the rows gathered, their
   * labels; and the labels that a list's rows had. */
  guint32 *unsettled;
  float *unsettled_rows;
  gint32 *unsettled_labels;
  gint32 *known;
  /* Weights of a chunk's rows, for fast mode. */
  float *weights;
  /* A chunk in 8 bits, where there is no copy of all rows; NULL before it is wanted. */
  LloydReduced *reduced;
  /* Its part of the sums; NULL where it adds to the result itself. */
  LloydSums *sums;
} LloydCpuThread;

/* D^2 sampling row by row, between its rounds. */
typedef struct
{
  /* By row: squared distance to the nearest centre. */
  double *nearest;
  /* By piece of the rows: sum and largest of the weighed distances, in integers and not. */
  size_t piece_rows;
  size_t n_pieces;
  guint64 *sums;
  double *largest;
  /* The scale of the weights, and their total. */
  double scale;
  guint64 total;
  /* Whether the last round went over the pieces from the last one on. */
  gboolean is_backwards;
  LloydCandidates *candidates;
  /* By thread: which candidates of a round are nearer to which rows, all in `pairs`; and a list of
   * the rows of a piece and their distances. */
  LloydNearerList *nearer;
  LloydNearer *pairs;
  guint32 *rows;
  double *distances;
} LloydRowSampling;

/* D^2 sampling over blocks, between its rounds. */
typedef struct
{
  /* By place: squared distance to the nearest centre; the largest of each block and superblock. */
  double *nearest;
  double *far;
  double *super_far;
  /* Boxes of the rows less the middle, or of the unit rows, which are its own. */
  float *low, *high, *super_low, *super_high;
  gboolean has_boxes;
  /* The weights' scale, their sums over pieces of the input, and their total. */
  double scale;
  guint64 *pieces;
  guint64 total;
} LloydBlockSampling;

typedef struct
{
  LloydEngine engine;
  size_t n;
  guint d;
  const LloydKernels *kernels;
  LloydTeam *team;
  LloydCpuThread *threads;
  /* Rows of a chunk: a chunk and its sums stay in the second-level cache. */
  size_t chunk_rows;
  /* Middle of the points, d values, for the screen. */
  float *middle;
  /* The points in 8 bits; NULL where the screen does not use them, where each chunk is copied in
   * its turn, since they are large, or where nobody has needed them yet: then `is_lazy`, and how
   * often all rows were labelled without. */
  LloydReduced *reduced;
  gboolean is_lazy;
  guint n_without;
  /* Whether the engine's energy is not known yet: the first assignment of all rows finds it. */
  gboolean wants_energy;
  /* The points in blocks; NULL where there are none. The sums of their labels, if they are. */
  LloydBlocks *blocks;
  LloydSums *carried;
  gboolean is_carried;
  /* Lists of centroids for assignments in blocks. */
  LloydFew *few;
  guint n_few;
  /* The sums of fast mode; NULL in exact mode, and where that is the faster: with blocks. */
  LloydRounded *rounded;
  /* Room for the centroids of an assignment. */
  LloydPanels *panels;
  /* 2^shift of the unit rows. */
  double unit_scale;
  /* By row, where there are no blocks. See lloyd_cpu_label(). */
  LloydLabels labels;
  /* D^2 sampling over blocks; NULL before and where there is none. */
  LloydBlockSampling *sampling;
  /* D^2 sampling row by row; NULL before and where it goes by blocks. */
  LloydRowSampling *row_sampling;
  /* Scattering: squared distance of each row to the nearest of its own centres; NULL before the
   * first round. */
  double *scattered;
  /* NULL before the first splat. */
  LloydSplatter *splatter;
} LloydCpu;

static inline LloydCpu *
lloyd_cpu_of (LloydEngine *engine)
{
  return (LloydCpu *) engine;
}

/* Chunks of a job, taken by threads as they come. */
typedef struct
{
  atomic_size_t next;
  size_t n;
  size_t chunk_rows;
  GCancellable *cancellable;
  atomic_bool is_cancelled;
  /* Large points, whose rows are released where the job is past them, and how many at once; NULL:
   * they are not large, or not all of them are gone over. */
  const LloydPoints *behind;
  size_t behind_rows;
} LloydCpuChunks;

/* The chunks of n rows. */
LloydCpuChunks lloyd_cpu_chunks (const LloydCpu *self, size_t n, GCancellable *cancellable);

/* Takes the next chunk; FALSE where none is left or the job was cancelled. */
gboolean lloyd_cpu_chunks_take (LloydCpuChunks *self, size_t *first, size_t *count);

/* Whether the job was not cancelled; sets the error if it was. */
gboolean lloyd_cpu_chunks_finish (LloydCpuChunks *self, GError **error);

/* How many threads are worth waking for so many rows at so many operations each. */
guint lloyd_cpu_n_threads (const LloydCpu *self, size_t n, double operations_per_row);

/* Packs centroids into *panels, which is made anew where it has not the shape. */
void lloyd_cpu_pack (LloydCpu *self, LloydPanels **panels, const float *centroids, guint k);

/* Labels that may be written one by one, by place, with room for those below k. NULL with
 * LLOYD_ERROR_MEMORY. */
LloydLabels *lloyd_cpu_flat_labels (LloydCpu *self, guint k, GError **error);

/* The label of the row at a place; -1 for none. */
static inline gint32
lloyd_cpu_label (const LloydCpu *self, size_t place)
{
  if (self->blocks != NULL)
    return lloyd_blocks_label (self->blocks, place);
  return self->labels.width > 0 ? lloyd_labels_get (&self->labels, place) : -1;
}

/* Whether the rows of a view lie in memory one behind the other, from the place of its first. */
static inline gboolean
lloyd_cpu_is_in_place (const LloydCpu *self, const LloydView *view)
{
  return view == NULL || (view->rows == NULL && self->engine.points->order == NULL);
}

/* The place of the i-th row of a view, or the i-th place of all. */
static inline size_t
lloyd_cpu_place (const LloydCpu *self, const LloydView *view, size_t i)
{
  return view == NULL ? i : lloyd_points_place (self->engine.points, lloyd_view_row (view, i));
}

/* First exception at or after a place. */
guint lloyd_cpu_find_exception (const GArray *exceptions, size_t place);

/* Makes the sums of all threads but the first, in the shape of a result for k clusters. */
void lloyd_cpu_prepare_sums (LloydCpu *self, guint n_threads, guint k);

/* The rows of a chunk of the view, in one piece: in place, or gathered. */
const float *lloyd_cpu_rows (const LloydCpu *self,
                             LloydCpuThread *thread,
                             const LloydView *view,
                             size_t first,
                             size_t count);

/* The potentials of the candidates, what they gain ([thread][room]) taken from the total, and the
 * one of least potential; `round->chosen` must be 0. */
void lloyd_cpu_choose (
    LloydSamplingRound *round, guint64 total, const guint64 *gains, guint room, guint n_threads);

/* Verbs that have a file of their own. */
gboolean lloyd_cpu_assign (LloydEngine *engine,
                           const LloydView *view,
                           const float *centroids,
                           guint k,
                           LloydSums *sums,
                           size_t *n_moved,
                           GCancellable *cancellable,
                           GError **error);
gboolean lloyd_cpu_energy (LloydEngine *engine,
                           const LloydView *view,
                           LloydWide *energy,
                           GCancellable *cancellable,
                           GError **error);
gboolean lloyd_cpu_measure (LloydEngine *engine,
                            const LloydView *view,
                            const float *centroids,
                            guint k,
                            LloydMeasure *measure,
                            GCancellable *cancellable,
                            GError **error);
gboolean lloyd_cpu_farthest (LloydEngine *engine,
                             const float *centroids,
                             guint k,
                             int cluster,
                             size_t m,
                             size_t *rows,
                             double *distances,
                             size_t *n_found,
                             GCancellable *cancellable,
                             GError **error);
gboolean lloyd_cpu_sample (LloydEngine *engine,
                           LloydSamplingRound *round,
                           gboolean is_first,
                           GCancellable *cancellable,
                           GError **error);
gboolean lloyd_cpu_scatter (LloydEngine *engine,
                            LloydScatterRound *round,
                            gboolean is_first,
                            GCancellable *cancellable,
                            GError **error);
