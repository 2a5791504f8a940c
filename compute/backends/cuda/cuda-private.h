/* What the host side of the CUDA backend shares. */
#pragma once

#include <cuda_runtime_api.h>

#include "compute/backends/backend.h"
#include "compute/backends/cuda/draw.h"
#include "compute/backends/cuda/kernels.h"
#include "compute/backends/cuda/rescue.h"
#include "compute/backends/cuda/screen.h"

/* Rows on the device: all of them, or a part that comes and goes. */
typedef struct
{
  float *x_dev;
  LloydCudaReduced reduced;
  double *norms_dev;
  /* The first of them, how many there are, and whether they are those of a list. */
  size_t first;
  size_t count;
  gboolean is_gathered;
  /* Where parts wait to be copied, in memory that the device reads by itself; NULL where all rows
   * are there to stay. */
  float *pinned;
  cudaEvent_t uploaded;
} LloydCudaSlot;

/* Room that depends on the number of clusters. Sums, and the number of labels that moved, lie
 * behind each other in one piece of memory, so that one copy brings them. */
typedef struct
{
  guint k;
  LloydCudaPanels panels;
  float *centroids_dev;
  float *centroids_pinned;
  void *totals_dev;
  void *totals_pinned;
  size_t totals_bytes;
  LloydCudaSums sums;
  unsigned long long *moved_dev;
} LloydCudaClusters;

/* Ways to the matrix unit; see units.h. */
typedef enum
{
  LLOYD_CUDA_MMA_UNIT,
  LLOYD_CUDA_WGMMA_UNIT,
  LLOYD_CUDA_N_UNITS,
} LloydCudaUnit;

/* Blocks of lloyd_cuda_settle() for each multiprocessor, which go on until all is done. */
#define LLOYD_CUDA_SETTLE_BLOCKS 2

typedef struct _LloydCudaTrail LloydCudaTrail;

/* What was put aside to be drawn; see exhibit.h. */
typedef struct _LloydCudaGallery LloydCudaGallery;

typedef struct
{
  LloydEngine engine;
  LloydCudaRescue rescue;
  LloydEngineOptions options;
  int device;
  int n_multiprocessors;
  size_t n;
  guint d;
  cudaStream_t stream;
  cudaStream_t copy_stream;
  cudaEvent_t start;
  cudaEvent_t stop;
  /* Device memory that lives as long as the engine: addresses of the pointers to it. */
  GPtrArray *kept;
  /* How many bytes (size_t) each is, and all of them. */
  GArray *kept_bytes;
  size_t held_bytes;

  /* The rows. `is_streamed`: they come in parts of `slot_rows`, in turn into both slots. */
  LloydCudaSlot slots[2];
  size_t slot_rows;
  gboolean is_streamed;
  guint current;
  /* Whether rows have copies in float16, and d rounded up for them. What is taken off rows and
   * centroids; for angles their norms. See screen.h. */
  gboolean has_reduced;
  guint depth;
  float *middle_dev;
  float *centre_dev;
  float middle_norm;
  float centre_norm;
  /* Which unit is asked for (LLOYD_CUDA_N_UNITS: the faster), which was chosen for `unit_k`
   * clusters, and what the engine's detail is without it. */
  LloydCudaUnit wanted_unit;
  LloydCudaUnit unit;
  guint unit_k;
  char *detail;
  /* The part before the last must be done before another is launched. */
  cudaEvent_t part_done[2];

  /* n values each: weights (NULL where rows have none), labels. */
  float *weights_dev;
  int *labels_dev;
  /* The grid, d values each. */
  double *scale_dev;
  double *unit_dev;
  float *limit_dev;
  int *slot_dev;
  double *fine_scale_dev;

  /* Lists for the rows of a part, at most `list_rows`: in doubt, changed, and what the label was.
   */
  size_t list_rows;
  unsigned int *doubtful_dev;
  unsigned int *changed_dev;
  int *before_dev;
  unsigned int *counts_dev;

  LloydCudaClusters clusters;
  /* Of `iterate`; NULL before the first. */
  LloydCudaTrail *trail;
  /* Whether the sums on the device are those of all labels, so that only changes need adding. */
  gboolean is_carried;

  /* Room for a list of rows. */
  size_t n_listed;
  size_t *rows_dev;

  /* D^2 sampling; NULL before the first round. */
  double *nearest_dev;
  float *candidates_dev;
  unsigned long long *potentials_dev;
  unsigned long long *largest_dev;
  unsigned long long *weight_sums_dev;
  double sample_scale;
  /* Centres taken since the first, and the sum of the weights. */
  guint n_sampled;
  guint64 sample_total;
  /* For rounds without the host: what a round is told and tells, with the same on the host; the
   * candidates' panels, the pairs. NULL before the first of them. */
  guint8 *round_dev;
  guint8 *round_pinned;
  LloydCudaPanels candidate_panels;
  LloydCudaPairs pairs;

  /* Scattering: the same distances for its own centres, and those of a trial; NULL before the
   * first round. */
  double *scattered_dev;
  double *tried_dev;

  /* NULL before the first exhibit. */
  LloydCudaGallery *gallery;
} LloydCuda;

static inline LloydCuda *
lloyd_cuda_of (LloydEngine *engine)
{
  return (LloydCuda *) engine;
}

/* ---- calls and memory ---------------------------------------------------------------------- */

/* Turns a CUDA error into a GError that names the call. TRUE for success. */
gboolean lloyd_cuda_check (cudaError_t code, const char *call, GError **error);

/* Makes a CUDA call; FALSE with the call's own text in the error. */
#define LLOYD_CUDA_TRY(call, error) lloyd_cuda_check ((call), #call, (error))

/* Keeps the name of the kernel that this thread starts, which must stay: errors name the last. */
void lloyd_cuda_note_kernel (const char *kernel);

/* Why the device is of no more use to this process, or NULL. */
const char *lloyd_cuda_death (void);
/* As if that had not been; for tests. */
void lloyd_cuda_revive (void);

/* Device memory for `n` items. `*pointer` must be NULL or is kept. */
gboolean lloyd_cuda_allocate (gpointer *pointer, size_t n, size_t size, GError **error);

/* The same for a field of the engine, which is freed with it, or when released. */
gboolean
lloyd_cuda_keep (LloydCuda *self, gpointer *pointer, size_t n, size_t size, GError **error);
void lloyd_cuda_release (LloydCuda *self, gpointer *pointer);

/* Host memory that the device reads and writes by itself, freed with cudaFreeHost(). */
gboolean lloyd_cuda_pin (gpointer *pointer, size_t n, size_t size, GError **error);

/* Copies and waits. */
gboolean
lloyd_cuda_upload (LloydCuda *self, void *dev, const void *host, size_t bytes, GError **error);
gboolean
lloyd_cuda_download (LloydCuda *self, void *host, const void *dev, size_t bytes, GError **error);

/* ---- rows ---------------------------------------------------------------------------------- */

/* Brings the rows onto the device, or makes room for parts of them. */
gboolean lloyd_cuda_open_rows (LloydCuda *self, GError **error);
void lloyd_cuda_close_rows (LloydCuda *self);

/* The rows that are on the device, as kernels take them. */
LloydCudaPoints lloyd_cuda_points (const LloydCuda *self);

/* The rows of a view on the device; NULL view: all. */
gboolean
lloyd_cuda_view (LloydCuda *self, const LloydView *view, LloydCudaView *out, GError **error);

/* A kernel over some of the rows of a view, which are on the device; see
 * lloyd_cuda_for_each_part(). */
typedef cudaError_t (*LloydCudaPart) (LloydCuda *self,
                                      LloydCudaView part,
                                      size_t offset,
                                      gpointer data);

/* Runs a kernel over a view in parts of about so many operations in double in all each (a tenth of
 * a second on a small device), at most `list_rows` rows, polling the cancellable between: a
 * desktop's GPU is never held for long. At most two parts are under way when it returns. `view` is
 * what `rows` was made from. */
gboolean lloyd_cuda_for_each_part (LloydCuda *self,
                                   const LloydView *view,
                                   LloydCudaView rows,
                                   double operations_per_row,
                                   LloydCudaPart run,
                                   gpointer data,
                                   GCancellable *cancellable,
                                   GError **error);

/* ---- clusters ------------------------------------------------------------------------------ */

/* Makes room for k clusters and uploads the centroids. */
gboolean lloyd_cuda_prepare (LloydCuda *self, const float *centroids, guint k, GError **error);
void lloyd_cuda_close_clusters (LloydCuda *self);
void lloyd_cuda_close_trail (LloydCuda *self);

/* Room for the panels of k centroids. */
gboolean
lloyd_cuda_allocate_panels (LloydCuda *self, LloydCudaPanels *panels, guint k, GError **error);

/* ---- verbs --------------------------------------------------------------------------------- */

gboolean lloyd_cuda_verb_assign (LloydEngine *engine,
                                 const LloydView *view,
                                 const float *centroids,
                                 guint k,
                                 LloydSums *sums,
                                 size_t *n_moved,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean lloyd_cuda_verb_iterate (LloydEngine *engine,
                                  const float *centroids,
                                  guint k,
                                  LloydIteration *out,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean lloyd_cuda_verb_measure (LloydEngine *engine,
                                  const LloydView *view,
                                  const float *centroids,
                                  guint k,
                                  LloydMeasure *measure,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean lloyd_cuda_verb_farthest (LloydEngine *engine,
                                   const float *centroids,
                                   guint k,
                                   int cluster,
                                   size_t m,
                                   size_t *rows,
                                   double *distances,
                                   size_t *n_found,
                                   GCancellable *cancellable,
                                   GError **error);
/* A round of sampling without the host. `*is_done` is FALSE where it cannot be, and nothing has
 * changed then. */
gboolean lloyd_cuda_fast_round (LloydCuda *self,
                                LloydSamplingRound *round,
                                gboolean *is_done,
                                GError **error);
gboolean lloyd_cuda_verb_sample (LloydEngine *engine,
                                 LloydSamplingRound *sample,
                                 gboolean is_first,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean lloyd_cuda_verb_scatter (LloydEngine *engine,
                                  LloydScatterRound *round,
                                  gboolean is_first,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean lloyd_cuda_verb_splat (LloydEngine *engine,
                                const LloydSplat *splat,
                                GCancellable *cancellable,
                                GError **error);
LloydExhibit *lloyd_cuda_verb_exhibit (
    LloydEngine *engine, const size_t *rows, size_t n_rows, guint64 rows_id, GError **error);

/* Takes everything off the device; exhibits that are left cannot be shown any more. */
void lloyd_cuda_gallery_close (LloydCudaGallery *self);
