/* Whole steps on the device, one after another, without the host in between. */
#include <string.h>

#include "compute/backends/cuda/assign.h"

/* Bytes that the steps under way may keep on the device. */
#define MAX_BYTES ((size_t) 64 << 20)
/* Steps that may be queued: enough to hide what a launch costs, few enough to cancel at once. */
#define STEPS_AHEAD 4

/* What the steps leave behind: the centroids, of one step more than there are, labels moved, the
 * sums where they are asked for, and which step was the last. */
typedef struct
{
  guint n_steps;
  float *centroids_dev;
  unsigned long long *moved_dev;
  guint8 *totals_dev;
  unsigned int *stop_dev;
  cudaEvent_t done[STEPS_AHEAD];
} Trail;

static gboolean
allocate_trail (LloydCuda *self, const LloydIteration *out, Trail *trail, GError **error)
{
  size_t n_values = (size_t) self->clusters.k * self->d;
  size_t bytes = n_values * sizeof (float);
  if (out->sums != NULL)
    bytes += self->clusters.totals_bytes;
  trail->n_steps = (guint) CLAMP (MAX_BYTES / bytes, 1, out->n_steps);
  for (guint i = 0; i < STEPS_AHEAD; i++)
    if (!LLOYD_CUDA_TRY (cudaEventCreateWithFlags (&trail->done[i], cudaEventDisableTiming), error))
      return FALSE;
  return lloyd_cuda_allocate ((gpointer *) &trail->centroids_dev, (trail->n_steps + 1) * n_values,
                              sizeof (float), error) &&
         lloyd_cuda_allocate ((gpointer *) &trail->moved_dev, trail->n_steps, sizeof (guint64),
                              error) &&
         lloyd_cuda_allocate ((gpointer *) &trail->stop_dev, 1, sizeof (int), error) &&
         (out->sums == NULL || lloyd_cuda_allocate ((gpointer *) &trail->totals_dev, trail->n_steps,
                                                    self->clusters.totals_bytes, error));
}

static void
free_trail (Trail *trail)
{
  cudaFree (trail->centroids_dev);
  cudaFree (trail->moved_dev);
  cudaFree (trail->stop_dev);
  cudaFree (trail->totals_dev);
  for (guint i = 0; i < STEPS_AHEAD; i++)
    if (trail->done[i] != NULL)
      cudaEventDestroy (trail->done[i]);
}

static float *
centroids_of_step (const LloydCuda *self, const Trail *trail, guint step)
{
  return trail->centroids_dev + (size_t) step * self->clusters.k * self->d;
}

static gboolean
begin (LloydCuda *self, Trail *trail, GError **error)
{
  LloydCudaClusters *clusters = &self->clusters;
  size_t bytes = (size_t) clusters->k * self->d * sizeof (float);
  /* The first of the trail is what was uploaded. */
  return LLOYD_CUDA_TRY (cudaMemcpyAsync (trail->centroids_dev, clusters->centroids_dev, bytes,
                                          cudaMemcpyDeviceToDevice, self->stream),
                         error) &&
         LLOYD_CUDA_TRY (cudaMemsetAsync (trail->stop_dev, 0, sizeof (int), self->stream), error) &&
         lloyd_cuda_clear_totals (self, error) &&
         lloyd_cuda_check (lloyd_cuda_fill_panels (clusters->panels, self->stream),
                           "lloyd_cuda_fill_panels", error);
}

static gboolean
do_step (LloydCuda *self,
         const LloydIteration *out,
         Trail *trail,
         guint index,
         GCancellable *cancellable,
         GError **error)
{
  LloydCudaClusters *clusters = &self->clusters;
  LloydCudaStep step = { .index = index,
                         .keeps_empty = out->keeps_empty,
                         .stop_dev = trail->stop_dev,
                         .count_dev = clusters->moved_dev,
                         .moved_dev = trail->moved_dev + index,
                         .next_dev = centroids_of_step (self, trail, index + 1) };
  cudaEvent_t done = trail->done[index % STEPS_AHEAD];

  clusters->panels.centroids_dev = centroids_of_step (self, trail, index);
  if ((index >= STEPS_AHEAD && !LLOYD_CUDA_TRY (cudaEventSynchronize (done), error)) ||
      !lloyd_cuda_label_all (self, trail->stop_dev, cancellable, error))
    return FALSE;
  self->is_carried = TRUE;
  return (out->sums == NULL ||
          LLOYD_CUDA_TRY (cudaMemcpyAsync (trail->totals_dev + index * clusters->totals_bytes,
                                           clusters->totals_dev, clusters->totals_bytes,
                                           cudaMemcpyDeviceToDevice, self->stream),
                          error)) &&
         lloyd_cuda_check (
             lloyd_cuda_advance (clusters->panels, clusters->sums, step, self->stream),
             "lloyd_cuda_advance", error) &&
         LLOYD_CUDA_TRY (cudaEventRecord (done, self->stream), error);
}

/* Brings what the caller asks for to the host. */
static gboolean
download_trail (LloydCuda *self, LloydIteration *out, const Trail *trail, GError **error)
{
  size_t n_values = (size_t) self->clusters.k * self->d;
  g_autofree guint64 *moved = g_new (guint64, trail->n_steps);
  unsigned int stop = 0;

  if (!lloyd_cuda_download (self, &stop, trail->stop_dev, sizeof stop, error) ||
      !lloyd_cuda_download (self, moved, trail->moved_dev, trail->n_steps * sizeof (guint64),
                            error))
    return FALSE;
  guint n_done = stop > 0 ? stop : trail->n_steps;
  for (guint i = 0; i < n_done; i++)
    {
      if (out->moved != NULL)
        out->moved[i] = moved[i];
      if (out->sums != NULL &&
          !lloyd_cuda_download_totals (self, trail->totals_dev + i * self->clusters.totals_bytes,
                                       out->sums[i], &moved[i], error))
        return FALSE;
    }
  if (!lloyd_cuda_download (self, out->centroids, centroids_of_step (self, trail, 1),
                            n_done * n_values * sizeof (float), error))
    return FALSE;
  out->n_done = n_done;
  out->is_stopped = stop > 0;
  return TRUE;
}

gboolean
lloyd_cuda_verb_iterate (LloydEngine *engine,
                         const float *centroids,
                         guint k,
                         LloydIteration *out,
                         GCancellable *cancellable,
                         GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  Trail trail = { 0 };

  out->n_done = 0;
  /* What wide sums and weights round to only the host knows. */
  if (engine->grid->n_slots > 0 || engine->grid->is_weighted)
    return TRUE;
  gboolean is_done = LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) &&
                     lloyd_cuda_prepare (self, centroids, k, error) &&
                     allocate_trail (self, out, &trail, error) && begin (self, &trail, error);
  gboolean was_carried = self->is_carried;
  for (guint i = 0; i < trail.n_steps && is_done; i++)
    {
      self->is_carried = i > 0 || was_carried;
      is_done = do_step (self, out, &trail, i, cancellable, error);
    }
  is_done = is_done && download_trail (self, out, &trail, error);
  if (!is_done)
    {
      self->is_carried = FALSE;
      cudaStreamSynchronize (self->stream);
    }
  self->clusters.panels.centroids_dev = self->clusters.centroids_dev;
  free_trail (&trail);
  return is_done;
}
