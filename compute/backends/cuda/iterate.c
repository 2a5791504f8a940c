/* Whole steps on the device, one after another, without the host in between. */
#include <string.h>

#include "compute/backends/cuda/assign.h"
#include "compute/backends/cuda/units.h"

/* Steps of at most so many multiplications are over before anybody could cancel them. */
#define SHORT_STEP 1e9
/* Bytes that the steps under way may keep on the device. */
#define MAX_BYTES ((size_t) 64 << 20)
/* Steps that may be queued: enough to hide what a launch costs, few enough to cancel at once. */
#define STEPS_AHEAD 4

/* What steps leave behind: the centroids, of one step more than there are, labels moved (behind the
 * number of the step that was the last), and the sums where they are asked for. It stays for the
 * next time. */
struct _LloydCudaTrail
{
  guint n_steps;
  guint k;
  float *centroids_dev;
  guint64 *moved_dev;
  guint8 *totals_dev;
  cudaEvent_t done[STEPS_AHEAD];
};

typedef LloydCudaTrail Trail;

void
lloyd_cuda_close_trail (LloydCuda *self)
{
  Trail *trail = g_steal_pointer (&self->trail);
  if (trail == NULL)
    return;
  cudaFree (trail->centroids_dev);
  cudaFree (trail->moved_dev);
  cudaFree (trail->totals_dev);
  for (guint i = 0; i < STEPS_AHEAD; i++)
    if (trail->done[i] != NULL)
      cudaEventDestroy (trail->done[i]);
  g_free (trail);
}

static gboolean
fill_trail (LloydCuda *self, Trail *trail, gboolean has_sums, GError **error)
{
  size_t n_values = (size_t) trail->k * self->d;
  for (guint i = 0; i < STEPS_AHEAD; i++)
    if (!LLOYD_CUDA_TRY (cudaEventCreateWithFlags (&trail->done[i], cudaEventDisableTiming), error))
      return FALSE;
  return lloyd_cuda_allocate ((gpointer *) &trail->centroids_dev, (trail->n_steps + 1) * n_values,
                              sizeof (float), error) &&
         lloyd_cuda_allocate ((gpointer *) &trail->moved_dev, trail->n_steps + 1, sizeof (guint64),
                              error) &&
         (!has_sums || lloyd_cuda_allocate ((gpointer *) &trail->totals_dev, trail->n_steps,
                                            self->clusters.totals_bytes, error));
}

/* A trail for as many steps as are asked for, or as fit. */
static gboolean
prepare_trail (LloydCuda *self, const LloydIteration *out, GError **error)
{
  gboolean has_sums = out->sums != NULL;
  size_t bytes = (size_t) self->clusters.k * self->d * sizeof (float);
  if (has_sums)
    bytes += self->clusters.totals_bytes;
  guint n_steps = (guint) CLAMP (MAX_BYTES / bytes, 1, out->n_steps);

  if (self->trail != NULL && self->trail->k == self->clusters.k &&
      self->trail->n_steps >= n_steps && (self->trail->totals_dev != NULL || !has_sums))
    return TRUE;
  lloyd_cuda_close_trail (self);
  self->trail = g_new0 (Trail, 1);
  self->trail->n_steps = n_steps;
  self->trail->k = self->clusters.k;
  if (fill_trail (self, self->trail, has_sums, error))
    return TRUE;
  lloyd_cuda_close_trail (self);
  return FALSE;
}

static float *
centroids_of_step (const LloydCuda *self, const Trail *trail, guint step)
{
  return trail->centroids_dev + (size_t) step * self->clusters.k * self->d;
}

static gboolean
begin (LloydCuda *self, const Trail *trail, GError **error)
{
  LloydCudaClusters *clusters = &self->clusters;
  size_t bytes = (size_t) clusters->k * self->d * sizeof (float);
  /* The first of the trail is what was uploaded. */
  return LLOYD_CUDA_TRY (cudaEventRecord (self->start, self->stream), error) &&
         LLOYD_CUDA_TRY (cudaMemcpyAsync (trail->centroids_dev, clusters->centroids_dev, bytes,
                                          cudaMemcpyDeviceToDevice, self->stream),
                         error) &&
         LLOYD_CUDA_TRY (cudaMemsetAsync (trail->moved_dev, 0, sizeof (guint64), self->stream),
                         error) &&
         lloyd_cuda_clear_totals (self, error) &&
         lloyd_cuda_check (lloyd_cuda_fill_panels (clusters->panels, self->stream),
                           "lloyd_cuda_fill_panels", error);
}

static gboolean
do_step (LloydCuda *self,
         const LloydIteration *out,
         const Trail *trail,
         guint index,
         GCancellable *cancellable,
         GError **error)
{
  LloydCudaClusters *clusters = &self->clusters;
  /* A number below 2^32 in a word of 64 bits. */
  unsigned int *stop_dev = (unsigned int *) (gpointer) trail->moved_dev;
  LloydCudaStep step = { .index = index,
                         .keeps_empty = out->keeps_empty,
                         .stop_dev = stop_dev,
                         .count_dev = clusters->moved_dev,
                         .moved_dev = (unsigned long long *) trail->moved_dev + 1 + index,
                         .next_dev = centroids_of_step (self, trail, index + 1) };
  cudaEvent_t done = trail->done[index % STEPS_AHEAD];
  gboolean is_long = (double) self->n * self->d * clusters->k > SHORT_STEP;

  clusters->panels.centroids_dev = centroids_of_step (self, trail, index);
  if ((is_long && index >= STEPS_AHEAD && !LLOYD_CUDA_TRY (cudaEventSynchronize (done), error)) ||
      !lloyd_cuda_label_all (self, stop_dev, cancellable, error))
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
         (!is_long || LLOYD_CUDA_TRY (cudaEventRecord (done, self->stream), error));
}

/* Brings what the caller asks for of `n_steps` to the host. */
static gboolean
download_trail (
    LloydCuda *self, LloydIteration *out, const Trail *trail, guint n_steps, GError **error)
{
  size_t n_values = (size_t) self->clusters.k * self->d;
  g_autofree guint64 *moved = g_new (guint64, n_steps + 1);
  float elapsed_ms;

  if (!LLOYD_CUDA_TRY (cudaEventRecord (self->stop, self->stream), error) ||
      !lloyd_cuda_download (self, moved, trail->moved_dev, (n_steps + 1) * sizeof *moved, error) ||
      !LLOYD_CUDA_TRY (cudaEventElapsedTime (&elapsed_ms, self->start, self->stop), error))
    return FALSE;
  guint n_done = moved[0] > 0 ? (guint) moved[0] : n_steps;
  for (guint i = 0; i < n_done; i++)
    {
      if (out->moved != NULL)
        out->moved[i] = (size_t) moved[1 + i];
      if (out->sums != NULL &&
          !lloyd_cuda_download_totals (self, trail->totals_dev + i * self->clusters.totals_bytes,
                                       out->sums[i], &moved[1 + i], error))
        return FALSE;
    }
  if (!lloyd_cuda_download (self, out->centroids, centroids_of_step (self, trail, 1),
                            n_done * n_values * sizeof (float), error))
    return FALSE;
  self->engine.assign_ns = (gint64) ((double) elapsed_ms * 1e6 / n_done);
  out->n_done = n_done;
  out->is_stopped = moved[0] > 0;
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

  out->n_done = 0;
  /* What wide sums and weights round to only the host knows. */
  if (engine->grid->n_slots > 0 || engine->grid->is_weighted)
    return TRUE;
  gboolean is_done = LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) &&
                     lloyd_cuda_prepare (self, centroids, k, error) &&
                     lloyd_cuda_choose_unit (self, self->n, error) &&
                     prepare_trail (self, out, error) && begin (self, self->trail, error);
  gboolean was_carried = self->is_carried;
  guint n_steps = is_done ? MIN (self->trail->n_steps, out->n_steps) : 0;
  for (guint i = 0; i < n_steps && is_done; i++)
    {
      self->is_carried = i > 0 || was_carried;
      is_done = do_step (self, out, self->trail, i, cancellable, error);
    }
  is_done = is_done && download_trail (self, out, self->trail, n_steps, error);
  if (!is_done)
    {
      self->is_carried = FALSE;
      cudaStreamSynchronize (self->stream);
    }
  self->clusters.panels.centroids_dev = self->clusters.centroids_dev;
  return is_done;
}
