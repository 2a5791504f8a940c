/* What the verbs of the CPU backend share. */
#pragma once

#include <stdatomic.h>

#include "compute/backends/backend.h"
#include "compute/backends/cpu/kernels.h"
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
  /* Distances of a chunk to a few centres. */
  double *distances;
  /* Pairs of a row and a candidate to look at. */
  guint32 *pair_rows;
  guint8 *pair_numbers;
  /* Its part of the sums; NULL where it adds to the result itself. */
  LloydSums *sums;
} LloydCpuThread;

/* D^2 sampling over blocks, between its rounds. */
typedef struct
{
  /* By place: squared distance to the nearest centre; the largest of each block and superblock. */
  double *nearest;
  double *far;
  double *super_far;
  /* The place of each row. */
  guint32 *places;
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
  /* The points in 8 bits; NULL where the screen does not use them. */
  LloydReduced *reduced;
  /* The points in blocks; NULL where there are none. The sums of their labels, if they are. */
  LloydBlocks *blocks;
  LloydSums *carried;
  gboolean is_carried;
  /* Room for the centroids of an assignment, and for the candidates of a seeding round. */
  LloydPanels *panels;
  LloydPanels *candidate_panels;
  /* 2^shift of the unit rows. */
  double unit_scale;
  /* By row; see lloyd_cpu_labels(). NULL until they are needed where there are blocks. */
  gint32 *labels;
  gboolean are_labels_known;
  gboolean are_block_labels_known;
  /* D^2 sampling over blocks; NULL before and where there is none. */
  LloydBlockSampling *sampling;
  /* D^2 sampling: squared distance of each row to the nearest centre; NULL before the first. */
  double *nearest;
  /* The scale of the weights after the last round, and their total. */
  double sample_scale;
  guint64 sample_total;
  /* Which candidates of the round may be nearer to a row; NULL without the copy in 8 bits. */
  guint16 *hits;
  /* Candidates that threads have room for. */
  guint n_sample_room;
  /* Scattering: the same distances for its own centres; NULL before the first round. */
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

/* The labels by row, wherever they were; those in blocks, if any, are not to be trusted after the
 * answer is written to. NULL with LLOYD_ERROR_MEMORY. */
gint32 *lloyd_cpu_labels (LloydCpu *self, GError **error);

/* First exception of a row at or after `row`. */
guint lloyd_cpu_find_exception (const GArray *exceptions, size_t row);

/* Makes the sums of all threads but the first, in the shape of a result for k clusters. */
void lloyd_cpu_prepare_sums (LloydCpu *self, guint n_threads, guint k);

/* The rows of a chunk of the view, in one piece: in place, or gathered. */
const float *lloyd_cpu_rows (const LloydCpu *self,
                             LloydCpuThread *thread,
                             const LloydView *view,
                             size_t first,
                             size_t count);

/* The potentials of the candidates, [thread][candidate] of what they gain taken from the total, and
 * the one of least potential; `round->chosen` must be 0. */
void
lloyd_cpu_choose (LloydSamplingRound *round, guint64 total, const guint64 *gains, guint n_threads);

/* Verbs that have a file of their own. */
gboolean lloyd_cpu_assign (LloydEngine *engine,
                           const LloydView *view,
                           const float *centroids,
                           guint k,
                           LloydSums *sums,
                           size_t *n_moved,
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
