#include "compute/backends/cuda/exhibit.h"

#include "compute/backends/cuda/splat.h"
#include "compute/error.h"
#include "compute/words.h"

/* ---- the gallery --------------------------------------------------------------------------- */

static void
shelf_free (gpointer data)
{
  LloydCudaShelf *shelf = data;
  cudaFree (shelf->labels_dev);
  if (shelf->written != NULL)
    cudaEventDestroy (shelf->written);
  if (shelf->read != NULL)
    cudaEventDestroy (shelf->read);
  g_free (shelf);
}

static LloydCudaGallery *
gallery_new (const LloydCuda *cuda)
{
  LloydCudaGallery *self = g_new0 (LloydCudaGallery, 1);
  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->mutex);
  self->device = cuda->device;
  self->n = cuda->n;
  self->d = cuda->d;
  self->x_dev = cuda->is_streamed ? NULL : cuda->slots[0].x_dev;
  self->shelves = g_ptr_array_new_with_free_func (shelf_free);
  return self;
}

static void
gallery_unref (LloydCudaGallery *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->shelves);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
lloyd_cuda_gallery_close (LloydCudaGallery *self)
{
  g_mutex_lock (&self->mutex);
  self->is_closed = TRUE;
  g_mutex_unlock (&self->mutex);
  /* Nobody looks at the device's part any more. What the bridge asked for before is done first:
   * freeing waits for it. */
  g_ptr_array_set_size (self->shelves, 0);
  cudaFree (self->numbers_dev);
  cudaFree (self->rows_dev);
  gallery_unref (self);
}

/* ---- shelves ------------------------------------------------------------------------------- */

static LloydCudaShelf *
shelf_new (size_t bytes, GError **error)
{
  LloydCudaShelf *shelf = g_new0 (LloydCudaShelf, 1);
  shelf->bytes = bytes;
  if (lloyd_cuda_allocate (&shelf->labels_dev, bytes, 1, error) &&
      LLOYD_CUDA_TRY (cudaEventCreateWithFlags (&shelf->written, cudaEventDisableTiming), error) &&
      LLOYD_CUDA_TRY (cudaEventCreateWithFlags (&shelf->read, cudaEventDisableTiming), error))
    return shelf;
  shelf_free (shelf);
  return NULL;
}

/* A shelf of that size that nobody uses. */
static LloydCudaShelf *
take_shelf (LloydCudaGallery *self, size_t bytes, GError **error)
{
  LloydCudaShelf *found = NULL;
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->shelves->len && found == NULL; i++)
    {
      LloydCudaShelf *shelf = g_ptr_array_index (self->shelves, i);
      if (!shelf->is_in_use && shelf->bytes == bytes)
        found = shelf;
    }
  if (found != NULL)
    found->is_in_use = TRUE;
  g_mutex_unlock (&self->mutex);
  if (found != NULL)
    return found;

  found = shelf_new (bytes, error);
  if (found == NULL)
    return NULL;
  found->is_in_use = TRUE;
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->shelves, found);
  g_mutex_unlock (&self->mutex);
  return found;
}

static void
release (LloydExhibit *exhibit)
{
  LloydCudaExhibit *self = (LloydCudaExhibit *) exhibit;
  g_mutex_lock (&self->gallery->mutex);
  if (!self->gallery->is_closed)
    self->shelf->is_in_use = FALSE;
  g_mutex_unlock (&self->gallery->mutex);
  gallery_unref (self->gallery);
  g_free (self);
}

/* ---- exhibits ------------------------------------------------------------------------------ */

/* Copies a list of rows to the device, in place of the one before. */
static gboolean
replace_list (LloydCuda *cuda, size_t **list_dev, const size_t *rows, size_t n, GError **error)
{
  cudaFree (*list_dev);
  *list_dev = NULL;
  return lloyd_cuda_allocate ((gpointer *) list_dev, n, sizeof (size_t), error) &&
         lloyd_cuda_upload (cuda, *list_dev, rows, n * sizeof (size_t), error);
}

static gboolean
prepare (LloydCuda *cuda, const size_t *rows, size_t n_rows, guint64 rows_id, GError **error)
{
  LloydCudaGallery *gallery = cuda->gallery;
  const size_t *numbers = cuda->engine.points->input_rows;
  if (rows == NULL)
    return numbers == NULL || gallery->numbers_dev != NULL ||
           replace_list (cuda, &gallery->numbers_dev, numbers, cuda->n, error);
  if (gallery->rows_dev != NULL && gallery->rows_id == rows_id)
    return TRUE;
  gallery->rows_id = rows_id;
  gallery->n_rows = n_rows;
  return replace_list (cuda, &gallery->rows_dev, rows, n_rows, error);
}

/* Labels onto the shelf once what was there has been read. */
static gboolean
put (LloydCuda *cuda, LloydCudaShelf *shelf, gboolean is_all, size_t n, GError **error)
{
  if (!LLOYD_CUDA_TRY (cudaStreamWaitEvent (cuda->stream, shelf->read, 0), error))
    return FALSE;
  if (is_all ? !LLOYD_CUDA_TRY (cudaMemcpyAsync (shelf->labels_dev, cuda->labels_dev, shelf->bytes,
                                                 cudaMemcpyDeviceToDevice, cuda->stream),
                                error)
             : !lloyd_cuda_check (lloyd_cuda_pick_labels (cuda->labels_dev, cuda->gallery->rows_dev,
                                                          n, shelf->labels_dev, cuda->stream),
                                  "lloyd_cuda_pick_labels", error))
    return FALSE;
  return LLOYD_CUDA_TRY (cudaEventRecord (shelf->written, cuda->stream), error);
}

LloydExhibit *
lloyd_cuda_verb_exhibit (
    LloydEngine *engine, const size_t *rows, size_t n_rows, guint64 rows_id, GError **error)
{
  LloydCuda *cuda = lloyd_cuda_of (engine);
  gboolean is_all = rows == NULL;
  size_t n = is_all ? cuda->n : n_rows, bytes = n * (is_all ? sizeof (int) : sizeof (guint16));

  if (cuda->rescue.cpu != NULL || (is_all && cuda->is_streamed))
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                           _ ("the rows are not on the GPU to stay"));
      return NULL;
    }
  if (!LLOYD_CUDA_TRY (cudaSetDevice (cuda->device), error))
    return NULL;
  if (cuda->gallery == NULL)
    cuda->gallery = gallery_new (cuda);
  if (!prepare (cuda, rows, n_rows, rows_id, error))
    return NULL;
  LloydCudaShelf *shelf = take_shelf (cuda->gallery, bytes, error);
  if (shelf == NULL)
    return NULL;

  LloydCudaExhibit *self = g_new0 (LloydCudaExhibit, 1);
  g_autoptr (LloydExhibit) exhibit = &self->exhibit;
  g_atomic_ref_count_init (&exhibit->refs);
  exhibit->release = release;
  self->gallery = cuda->gallery;
  g_atomic_ref_count_inc (&self->gallery->refs);
  self->shelf = shelf;
  self->is_all = is_all;
  self->n = n;
  return put (cuda, shelf, is_all, n, error) ? g_steal_pointer (&exhibit) : NULL;
}
