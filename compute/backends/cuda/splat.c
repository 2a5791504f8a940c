/* The verb that draws into the host's memory; pictures for the screen are the bridge's. */
#include <string.h>

#include "compute/backends/cpu/splat.h"
#include "compute/backends/cuda/cuda-private.h"
#include "compute/backends/cuda/splat-private.h"
#include "compute/memory.h"

gboolean
lloyd_cuda_upload_map (const LloydSplatMap *map,
                       LloydCudaMapRoom *room,
                       cudaStream_t stream,
                       GError **error)
{
  size_t n = map->n_terms;
  if (n > room->n_terms)
    lloyd_cuda_map_room_clear (room);
  if (!lloyd_cuda_allocate ((gpointer *) &room->columns_dev, n, sizeof (guint32), error) ||
      !lloyd_cuda_allocate ((gpointer *) &room->weights_dev, n, 2 * sizeof (double), error))
    return FALSE;
  room->n_terms = MAX (room->n_terms, map->n_terms);
  return LLOYD_CUDA_TRY (cudaMemcpyAsync (room->columns_dev, map->columns, n * sizeof (guint32),
                                          cudaMemcpyHostToDevice, stream),
                         error) &&
         LLOYD_CUDA_TRY (cudaMemcpyAsync (room->weights_dev, map->across, n * sizeof (double),
                                          cudaMemcpyHostToDevice, stream),
                         error) &&
         LLOYD_CUDA_TRY (cudaMemcpyAsync (room->weights_dev + n, map->down, n * sizeof (double),
                                          cudaMemcpyHostToDevice, stream),
                         error);
}

void
lloyd_cuda_map_room_clear (LloydCudaMapRoom *room)
{
  cudaFree (room->columns_dev);
  cudaFree (room->weights_dev);
  *room = (LloydCudaMapRoom){ 0 };
}

LloydCudaSplatMap
lloyd_cuda_splat_map (const LloydSplatMap *map, const LloydCudaMapRoom *room)
{
  return (LloydCudaSplatMap){ .width = map->width,
                              .height = map->height,
                              .n_terms = map->n_terms,
                              .columns_dev = room->columns_dev,
                              .across_dev = room->weights_dev,
                              .down_dev = room->weights_dev + map->n_terms,
                              .across_start = map->across_start,
                              .down_start = map->down_start };
}

/* ---- the verb ------------------------------------------------------------------------------ */

typedef struct
{
  LloydCudaSplatMap map;
  LloydCudaSplatRows rows;
  LloydSplatPixel *pixels_dev;
} Job;

static cudaError_t
draw_part (LloydCuda *self, LloydCudaView part, size_t offset, gpointer data)
{
  const Job *job = data;
  (void) offset;
  return lloyd_cuda_splat_rows (job->map, job->rows, part.first, part.count, job->pixels_dev,
                                self->stream);
}

/* Numbers of the rows in the input, where they are not their own. Freed by the caller. */
static gboolean
upload_numbers (LloydCuda *self, size_t **numbers_dev, GError **error)
{
  const size_t *numbers = self->engine.points->input_rows;
  return numbers == NULL ||
         (lloyd_cuda_allocate ((gpointer *) numbers_dev, self->n, sizeof (size_t), error) &&
          lloyd_cuda_upload (self, *numbers_dev, numbers, self->n * sizeof (size_t), error));
}

/* Where rows only come and go, those of the host are drawn. */
static gboolean
splat_on_host (LloydCuda *self, const LloydSplat *splat, GCancellable *cancellable, GError **error)
{
  const LloydPoints *points = self->engine.points;
  gint32 *by_row = lloyd_allocate_aligned (self->n, sizeof (gint32), "the labels", error);
  gint32 *labels = by_row != NULL
                       ? lloyd_allocate_aligned (self->n, sizeof (gint32), "the labels", error)
                       : NULL;
  gboolean is_done = labels != NULL && lloyd_cuda_download (self, by_row, self->labels_dev,
                                                            self->n * sizeof (int), error);
  if (is_done)
    {
      LloydSplatRows rows = {
        .x = self->engine.rows, .stride = self->d, .n = self->n, .labels = labels, .points = points
      };
      g_autoptr (LloydSplatter) splatter =
          lloyd_splatter_new (self->options.n_threads, self->options.nice);
      for (size_t i = 0; i < self->n; i++)
        labels[lloyd_points_place (points, i)] = by_row[i];
      is_done = lloyd_splatter_draw (splatter, &rows, splat, cancellable, error);
    }
  lloyd_free_aligned (by_row);
  lloyd_free_aligned (labels);
  return is_done;
}

gboolean
lloyd_cuda_verb_splat (LloydEngine *engine,
                       const LloydSplat *splat,
                       GCancellable *cancellable,
                       GError **error)
{
  LloydCuda *self = lloyd_cuda_of (engine);
  size_t bytes = sizeof (LloydSplatPixel) * splat->map.width * splat->map.height;
  LloydCudaMapRoom room = { 0 };
  size_t *numbers_dev = NULL;
  Job job = { .pixels_dev = NULL };
  LloydCudaView all;

  if (self->is_streamed)
    return splat_on_host (self, splat, cancellable, error);
  LloydSplatPixel *seen = lloyd_allocate_aligned (bytes, 1, "the picture", error);
  if (seen == NULL)
    return FALSE;
  gboolean is_done = LLOYD_CUDA_TRY (cudaSetDevice (self->device), error) &&
                     lloyd_cuda_upload_map (&splat->map, &room, self->stream, error) &&
                     upload_numbers (self, &numbers_dev, error) &&
                     lloyd_cuda_view (self, NULL, &all, error) &&
                     lloyd_cuda_allocate ((gpointer *) &job.pixels_dev, 1, bytes, error) &&
                     lloyd_cuda_upload (self, job.pixels_dev, splat->pixels, bytes, error);
  if (is_done)
    {
      job.map = lloyd_cuda_splat_map (&splat->map, &room);
      job.rows = (LloydCudaSplatRows){ .x_dev = self->slots[0].x_dev,
                                       .labels_dev = self->labels_dev,
                                       .numbers_dev = numbers_dev,
                                       .d = self->d,
                                       .first_hash = splat->first_hash,
                                       .last_hash = splat->last_hash };
      is_done = lloyd_cuda_for_each_part (self, NULL, all, 4.0 * splat->map.n_terms, draw_part,
                                          &job, cancellable, error) &&
                lloyd_cuda_download (self, seen, job.pixels_dev, bytes, error);
    }
  /* Not before all of it is there: who goes on after a failure starts from what was. */
  if (is_done)
    memcpy (splat->pixels, seen, bytes);
  lloyd_free_aligned (seen);
  lloyd_cuda_map_room_clear (&room);
  cudaFree (numbers_dev);
  cudaFree (job.pixels_dev);
  return is_done;
}
