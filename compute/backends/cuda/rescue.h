/* When the GPU fails, the CPU goes on: every verb of the backend's table comes through here. What
 * an engine carries from verb to verb (labels, distances of sampling) is made anew on the CPU from
 * what was asked before, so that results are the same to the bit. */
#pragma once

#include "compute/backends/backend.h"

/* What was asked of an engine, as far as later answers depend on it; and who answers. */
typedef struct
{
  /* The CPU's engine, once it is needed. */
  LloydEngine *cpu;
  /* The centroids of the last assignment of all rows, and of the last one after it of some rows, by
   * their list or range; k is 0 where there was none. */
  float *all_centroids;
  guint all_k;
  float *some_centroids;
  guint some_k;
  LloydView some;
  size_t *some_rows;
  /* Centres taken by sampling and by scattering, floats. */
  GArray *sampled;
  GArray *scattered;
} LloydCudaRescue;

void lloyd_cuda_rescue_init (LloydCudaRescue *self);
void lloyd_cuda_rescue_clear (LloydCudaRescue *self);

/* Has the CPU take over after `failure`, which is taken. FALSE where that is no failure of the
 * device (a cancellation), or the CPU cannot either. */
gboolean
lloyd_cuda_rescue (LloydEngine *engine, GError *failure, GCancellable *cancellable, GError **error);

/* The verbs; see backend.h. */
gboolean lloyd_cuda_safe_assign (LloydEngine *engine,
                                 const LloydView *view,
                                 const float *centroids,
                                 guint k,
                                 LloydSums *sums,
                                 size_t *n_moved,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean lloyd_cuda_safe_iterate (LloydEngine *engine,
                                  const float *centroids,
                                  guint k,
                                  LloydIteration *out,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean lloyd_cuda_safe_read (
    LloydEngine *engine, size_t first, size_t count, gint32 *labels, GError **error);
gboolean lloyd_cuda_safe_measure (LloydEngine *engine,
                                  const LloydView *view,
                                  const float *centroids,
                                  guint k,
                                  LloydMeasure *measure,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean lloyd_cuda_safe_farthest (LloydEngine *engine,
                                   const float *centroids,
                                   guint k,
                                   int cluster,
                                   size_t m,
                                   size_t *rows,
                                   double *distances,
                                   size_t *n_found,
                                   GCancellable *cancellable,
                                   GError **error);
gboolean lloyd_cuda_safe_sample (LloydEngine *engine,
                                 LloydSamplingRound *sample,
                                 gboolean is_first,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean lloyd_cuda_safe_scatter (LloydEngine *engine,
                                  LloydScatterRound *round,
                                  gboolean is_first,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean lloyd_cuda_safe_splat (LloydEngine *engine,
                                const LloydSplat *splat,
                                GCancellable *cancellable,
                                GError **error);
void lloyd_cuda_safe_forget (LloydEngine *engine);
