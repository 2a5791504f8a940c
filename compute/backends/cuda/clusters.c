/* Centroids and sums on the device. */
#include <string.h>

#include "compute/backends/cuda/cuda-private.h"

void
lloyd_cuda_close_clusters (LloydCuda *self)
{
  LloydCudaClusters *clusters = &self->clusters;
  gpointer *const kept[] = { (gpointer *) &clusters->centroids_dev,
                             (gpointer *) &clusters->panels.centred_dev,
                             (gpointer *) &clusters->panels.norm_dev,
                             (gpointer *) &clusters->panels.start_dev,
                             (gpointer *) &clusters->panels.reduced_dev,
                             (gpointer *) &clusters->panels.scaled_start_dev,
                             (gpointer *) &clusters->panels.hash_dev,
                             (gpointer *) &clusters->panels.spread_dev,
                             &clusters->totals_dev };
  for (size_t i = 0; i < G_N_ELEMENTS (kept); i++)
    lloyd_cuda_release (self, kept[i]);
  if (clusters->centroids_pinned != NULL)
    cudaFreeHost (clusters->centroids_pinned);
  if (clusters->totals_pinned != NULL)
    cudaFreeHost (clusters->totals_pinned);
  *clusters = (LloydCudaClusters){ 0 };
}

gboolean
lloyd_cuda_allocate_panels (LloydCuda *self, LloydCudaPanels *panels, guint k, GError **error)
{
  size_t padded = ((size_t) k + LLOYD_CUDA_TILE - 1) / LLOYD_CUDA_TILE * LLOYD_CUDA_TILE;

  panels->metric = self->engine.metric;
  panels->k = k;
  panels->k_padded = (unsigned int) padded;
  panels->d = self->d;
  panels->depth = self->depth;
  panels->middle_dev = self->middle_dev;
  panels->centre_dev = self->centre_dev;
  panels->middle_norm = self->middle_norm;
  panels->centre_norm = self->centre_norm;
  return lloyd_cuda_keep (self, (gpointer *) &panels->centred_dev, padded * self->d, sizeof (float),
                          error) &&
         lloyd_cuda_keep (self, (gpointer *) &panels->norm_dev, padded, sizeof (float), error) &&
         lloyd_cuda_keep (self, (gpointer *) &panels->start_dev, padded, sizeof (float), error) &&
         lloyd_cuda_keep (self, (gpointer *) &panels->hash_dev, padded, sizeof (guint64), error) &&
         lloyd_cuda_keep (self, (gpointer *) &panels->spread_dev, 1, sizeof (LloydCudaSpread),
                          error) &&
         (!self->has_reduced ||
          (lloyd_cuda_keep (self, (gpointer *) &panels->reduced_dev, padded * self->depth,
                            sizeof (unsigned short), error) &&
           lloyd_cuda_keep (self, (gpointer *) &panels->scaled_start_dev, padded, sizeof (float),
                            error)));
}

/* The parts of the sums, one behind the other; the wide ones come first, being the largest. */
static gboolean
allocate_totals (LloydCuda *self, guint k, GError **error)
{
  LloydCudaClusters *clusters = &self->clusters;
  const LloydGrid *grid = self->engine.grid;
  size_t n_values = (size_t) k * self->d, n_wide = (size_t) k * grid->n_slots;
  size_t n_weights = grid->is_weighted ? k : 0, n_fine = grid->has_fine ? n_values : 0;
  size_t bytes =
      (n_wide + n_weights) * sizeof (LloydWide) + (n_values + n_fine + k + 1) * sizeof (guint64);

  clusters->totals_bytes = bytes;
  if (!lloyd_cuda_keep (self, &clusters->totals_dev, bytes, 1, error) ||
      !lloyd_cuda_pin (&clusters->totals_pinned, bytes, 1, error))
    return FALSE;
  LloydWide *wide = clusters->totals_dev;
  unsigned long long *integers = (unsigned long long *) (wide + n_wide + n_weights);
  clusters->sums = (LloydCudaSums){
    .scale_dev = self->scale_dev,
    .unit_dev = self->unit_dev,
    .limit_dev = self->limit_dev,
    .slot_dev = self->slot_dev,
    .fine_scale_dev = self->fine_scale_dev,
    .n_slots = grid->n_slots,
    .wide_dev = wide,
    .weights_dev = n_weights > 0 ? wide + n_wide : NULL,
    .fixed_dev = integers,
    .fine_dev = n_fine > 0 ? integers + n_values : NULL,
    .sizes_dev = integers + n_values + n_fine,
  };
  clusters->moved_dev = clusters->sums.sizes_dev + k;
  return TRUE;
}

gboolean
lloyd_cuda_prepare (LloydCuda *self, const float *centroids, guint k, GError **error)
{
  LloydCudaClusters *clusters = &self->clusters;
  size_t n_values = (size_t) k * self->d;

  if (k != clusters->k)
    {
      self->is_carried = FALSE;
      lloyd_cuda_close_clusters (self);
      if (!lloyd_cuda_keep (self, (gpointer *) &clusters->centroids_dev, n_values, sizeof (float),
                            error) ||
          !lloyd_cuda_pin ((gpointer *) &clusters->centroids_pinned, n_values, sizeof (float),
                           error) ||
          !lloyd_cuda_allocate_panels (self, &clusters->panels, k, error) ||
          !allocate_totals (self, k, error))
        return FALSE;
      clusters->panels.centroids_dev = clusters->centroids_dev;
      clusters->panels.is_rounded = self->engine.is_fast;
      clusters->k = k;
    }
  /* Every verb waits for its end, so nobody reads the pinned copy any more. */
  memcpy (clusters->centroids_pinned, centroids, n_values * sizeof (float));
  return LLOYD_CUDA_TRY (cudaMemcpyAsync (clusters->centroids_dev, clusters->centroids_pinned,
                                          n_values * sizeof (float), cudaMemcpyHostToDevice,
                                          self->stream),
                         error);
}
