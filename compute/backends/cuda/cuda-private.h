/* What the host side of the CUDA backend shares. */
#pragma once

#include <cuda_runtime_api.h>

#include "compute/backends/backend.h"
#include "compute/backends/cuda/kernels.h"

/* What was put aside to be drawn; see exhibit.h. */
typedef struct _LloydCudaGallery LloydCudaGallery;

typedef struct
{
  LloydEngine engine;
  int device;
  size_t n;
  guint d;
  cudaStream_t stream;
  cudaEvent_t start;
  cudaEvent_t stop;

  float *x_dev;
  /* n weights; NULL where rows have none. */
  float *weights_dev;
  int *labels_dev;
  /* The grid, d values each. */
  double *scale_dev;
  double *unit_dev;
  float *limit_dev;
  int *slot_dev;
  double *fine_scale_dev;

  /* Room that grows with k: centroids, sums. */
  guint k;
  float *centroids_dev;
  unsigned long long *fixed_dev;
  unsigned long long *fine_dev;
  unsigned long long *sizes_dev;
  LloydWide *wide_dev;
  LloydWide *cluster_weights_dev;
  unsigned long long *moved_dev;

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

/* Turns a CUDA error into a GError that names the call. TRUE for success. */
gboolean lloyd_cuda_check (cudaError_t code, const char *call, GError **error);

/* Makes a CUDA call; FALSE with the call's own text in the error. */
#define LLOYD_CUDA_TRY(call, error) lloyd_cuda_check ((call), #call, (error))

/* Device memory for `n` items. `*pointer` must be NULL or is kept. */
gboolean lloyd_cuda_allocate (gpointer *pointer, size_t n, size_t size, GError **error);

/* Copies and waits. */
gboolean
lloyd_cuda_upload (LloydCuda *self, void *dev, const void *host, size_t bytes, GError **error);
gboolean
lloyd_cuda_download (LloydCuda *self, void *host, const void *dev, size_t bytes, GError **error);

/* The points as kernels take them. */
LloydCudaPoints lloyd_cuda_points (const LloydCuda *self);

/* The rows of a view on the device; NULL view: all. */
gboolean
lloyd_cuda_view (LloydCuda *self, const LloydView *view, LloydCudaView *out, GError **error);

/* Makes room for k clusters and uploads the centroids. */
gboolean lloyd_cuda_prepare (LloydCuda *self, const float *centroids, guint k, GError **error);

/* A kernel over some of the rows of a view; see lloyd_cuda_for_each_part(). */
typedef cudaError_t (*LloydCudaPart) (LloydCuda *self,
                                      LloydCudaView part,
                                      size_t offset,
                                      gpointer data);

/* Runs a kernel over a view in parts of about `operations` floating-point operations in all each,
 * waiting for each and polling the cancellable between: a desktop's GPU is never held for long. */
gboolean lloyd_cuda_for_each_part (LloydCuda *self,
                                   LloydCudaView view,
                                   double operations_per_row,
                                   LloydCudaPart run,
                                   gpointer data,
                                   GCancellable *cancellable,
                                   GError **error);

/* Verbs that have a file of their own. */
gboolean lloyd_cuda_verb_assign (LloydEngine *engine,
                                 const LloydView *view,
                                 const float *centroids,
                                 guint k,
                                 LloydSums *sums,
                                 size_t *n_moved,
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
gboolean lloyd_cuda_verb_sample (LloydEngine *engine,
                                 LloydSamplingRound *round,
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
