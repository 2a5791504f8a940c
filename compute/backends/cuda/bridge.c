/* The bridge from CUDA to OpenGL: buffers and textures are registered, mapped, written and
 * unmapped, all in the order of a stream of the bridge's own. */
#include "compute/backends/cuda/bridge.h"

#include "compute/backends/cuda/exhibit.h"
#include "compute/backends/cuda/splat-private.h"
#include "compute/error.h"
#include "compute/words.h"

/* As CUDA documents them; its own header needs those of OpenGL. */
extern cudaError_t cudaGraphicsGLRegisterBuffer (cudaGraphicsResource_t *resource,
                                                 unsigned int buffer,
                                                 unsigned int flags);
extern cudaError_t cudaGraphicsGLRegisterImage (cudaGraphicsResource_t *resource,
                                                unsigned int image,
                                                unsigned int target,
                                                unsigned int flags);

/* GL_TEXTURE_2D. */
#define TEXTURE_2D 0x0DE1u
/* Errors of CUDA that have a plain cause. */
#define NO_CONTEXT 219
#define OTHER_DEVICE 304

struct _LloydBridge
{
  int device;
  cudaStream_t stream;
  /* The texture drawn into last, and the buffer that has labels. */
  guint texture;
  cudaGraphicsResource_t image;
  guint buffer;
  cudaGraphicsResource_t labels;
  /* Room for a picture, kept from one to the next. */
  size_t n_pixels;
  LloydSplatPixel *pixels_dev;
  guint32 *out_dev;
  LloydCudaSplatTones *tones_dev;
  guint n_colours;
  guint32 *colours_dev;
  LloydCudaMapRoom map_room;
};

/* ---- errors -------------------------------------------------------------------------------- */

static gboolean
check (cudaError_t code, const char *call, GError **error)
{
  const char *cause = NULL;
  if ((int) code == OTHER_DEVICE)
    cause = _ ("OpenGL does not run on the GPU that computes");
  else if ((int) code == NO_CONTEXT)
    cause = _ ("there is no OpenGL context that CUDA could use");
  if (cause == NULL)
    return lloyd_cuda_check (code, call, error);
  /* Not sticky: it is taken off, so that the next call does not see it. */
  cudaGetLastError ();
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE, _ ("%s (CUDA error %d in %s)"), cause,
               (int) code, call);
  return FALSE;
}

#define TRY(call, error) check ((call), #call, (error))

/* ---- opening ------------------------------------------------------------------------------- */

/* What was asked for before still writes to it: that is waited for, since nobody says whether
 * taking it away does. An error here changes nothing any more. */
static void
forget (LloydBridge *self, cudaGraphicsResource_t *resource, guint *name)
{
  if (*resource != NULL)
    {
      cudaSetDevice (self->device);
      cudaStreamSynchronize (self->stream);
      cudaGraphicsUnregisterResource (*resource);
    }
  *resource = NULL;
  *name = 0;
}

static void
forget_texture (LloydBridge *self)
{
  forget (self, &self->image, &self->texture);
}

static void
forget_buffer (LloydBridge *self)
{
  forget (self, &self->labels, &self->buffer);
}

static void
free_room (LloydBridge *self)
{
  cudaFree (self->pixels_dev);
  cudaFree (self->out_dev);
  self->pixels_dev = NULL;
  self->out_dev = NULL;
  self->n_pixels = 0;
}

static void
close_bridge (LloydBridge *self)
{
  /* An error here changes nothing any more. */
  cudaSetDevice (self->device);
  forget_texture (self);
  forget_buffer (self);
  free_room (self);
  cudaFree (self->tones_dev);
  cudaFree (self->colours_dev);
  lloyd_cuda_map_room_clear (&self->map_room);
  if (self->stream != NULL)
    cudaStreamDestroy (self->stream);
  g_free (self);
}

static LloydBridge *
open_bridge (int device, GError **error)
{
  LloydBridge *self;
  if (!lloyd_backend_cuda.probe (device, NULL, NULL, error))
    return NULL;
  self = g_new0 (LloydBridge, 1);
  self->device = device;
  if (TRY (cudaSetDevice (device), error) &&
      TRY (cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking), error))
    return self;
  close_bridge (self);
  return NULL;
}

/* ---- buffers ------------------------------------------------------------------------------- */

static gboolean
copy_to_mapped (LloydBridge *self,
                cudaGraphicsResource_t resource,
                const void *from,
                size_t bytes,
                enum cudaMemcpyKind kind,
                GError **error)
{
  void *to;
  size_t room;
  if (!TRY (cudaGraphicsResourceGetMappedPointer (&to, &room, resource), error))
    return FALSE;
  if (room < bytes)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                   _ ("the OpenGL buffer has %zu bytes, and %zu are needed"), room, bytes);
      return FALSE;
    }
  return TRY (cudaMemcpyAsync (to, from, bytes, kind, self->stream), error);
}

static gboolean
map_and_copy (LloydBridge *self,
              cudaGraphicsResource_t resource,
              const void *from,
              size_t bytes,
              enum cudaMemcpyKind kind,
              GError **error)
{
  if (!TRY (cudaGraphicsMapResources (1, &resource, self->stream), error))
    return FALSE;
  gboolean is_done = copy_to_mapped (self, resource, from, bytes, kind, error);
  return TRY (cudaGraphicsUnmapResources (1, &resource, self->stream), is_done ? error : NULL) &&
         is_done;
}

static gboolean
copy_to_buffer (LloydBridge *self,
                guint buffer,
                const void *from,
                size_t bytes,
                enum cudaMemcpyKind kind,
                GError **error)
{
  if (self->buffer != buffer)
    {
      forget_buffer (self);
      if (!TRY (cudaSetDevice (self->device), error) ||
          !TRY (cudaGraphicsGLRegisterBuffer (&self->labels, buffer,
                                              cudaGraphicsRegisterFlagsWriteDiscard),
                error))
        return FALSE;
      self->buffer = buffer;
    }
  return map_and_copy (self, self->labels, from, bytes, kind, error);
}

static gboolean
write_bytes (LloydBridge *self, guint buffer, const void *bytes, size_t n, GError **error)
{
  gboolean is_done = copy_to_buffer (self, buffer, bytes, n, cudaMemcpyHostToDevice, error);
  forget_buffer (self);
  return is_done;
}

/* ---- exhibits ------------------------------------------------------------------------------ */

/* Does something with what lies on a shelf: after it was written, and before it is written again.
 */
typedef gboolean (*Use) (LloydBridge *self,
                         const LloydCudaExhibit *exhibit,
                         gpointer data,
                         GError **error);

static gboolean
use_exhibit (LloydBridge *self, LloydExhibit *base, Use use, gpointer data, GError **error)
{
  LloydCudaExhibit *exhibit = (LloydCudaExhibit *) base;
  LloydCudaGallery *gallery = exhibit->gallery;
  gboolean is_done = FALSE;

  if (gallery->device != self->device)
    {
      g_set_error_literal (error, LLOYD_ERROR, LLOYD_ERROR_DEVICE,
                           _ ("the run computes on another GPU"));
      return FALSE;
    }
  if (!TRY (cudaSetDevice (self->device), error))
    return FALSE;
  g_mutex_lock (&gallery->mutex);
  if (gallery->is_closed)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("the run is closed"));
  else
    is_done = TRY (cudaStreamWaitEvent (self->stream, exhibit->shelf->written, 0), error) &&
              use (self, exhibit, data, error) &&
              TRY (cudaEventRecord (exhibit->shelf->read, self->stream), error);
  g_mutex_unlock (&gallery->mutex);
  return is_done;
}

static gboolean
use_labels (LloydBridge *self, const LloydCudaExhibit *exhibit, gpointer data, GError **error)
{
  const guint *buffer = data;
  return copy_to_buffer (self, *buffer, exhibit->shelf->labels_dev, exhibit->shelf->bytes,
                         cudaMemcpyDeviceToDevice, error);
}

static gboolean
copy_labels (LloydBridge *self, LloydExhibit *exhibit, guint buffer, GError **error)
{
  g_return_val_if_fail (!((LloydCudaExhibit *) exhibit)->is_all, FALSE);
  return use_exhibit (self, exhibit, use_labels, &buffer, error);
}

/* ---- pictures ------------------------------------------------------------------------------ */

typedef struct
{
  const LloydSplatMap *map;
  const LloydSplatShade *shade;
  size_t n_pixels;
} Picture;

static gboolean
make_room (LloydBridge *self, const Picture *picture, GError **error)
{
  const LloydSplatShade *shade = picture->shade;
  if (picture->n_pixels > self->n_pixels)
    free_room (self);
  if (shade->n_colours > self->n_colours)
    {
      cudaFree (self->colours_dev);
      self->colours_dev = NULL;
      self->n_colours = 0;
    }
  if (!lloyd_cuda_allocate ((gpointer *) &self->pixels_dev, picture->n_pixels,
                            sizeof *self->pixels_dev, error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->out_dev, picture->n_pixels, sizeof *self->out_dev,
                            error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->tones_dev, 1, sizeof *self->tones_dev, error) ||
      !lloyd_cuda_allocate ((gpointer *) &self->colours_dev, shade->n_colours, sizeof (guint32),
                            error))
    return FALSE;
  self->n_pixels = MAX (self->n_pixels, picture->n_pixels);
  self->n_colours = MAX (self->n_colours, shade->n_colours);
  return TRUE;
}

static gboolean
draw_rows (LloydBridge *self, const LloydCudaExhibit *exhibit, gpointer data, GError **error)
{
  const Picture *picture = data;
  const LloydCudaGallery *gallery = exhibit->gallery;
  LloydCudaSplatRows rows = { .x_dev = gallery->x_dev,
                              .labels_dev = exhibit->shelf->labels_dev,
                              .numbers_dev = gallery->numbers_dev,
                              .d = gallery->d,
                              .last_hash = G_MAXUINT32 };
  return lloyd_cuda_check (
             lloyd_cuda_splat_clear (self->pixels_dev, picture->n_pixels, self->stream),
             "lloyd_cuda_splat_clear", error) &&
         lloyd_cuda_check (
             lloyd_cuda_splat_rows (lloyd_cuda_splat_map (picture->map, &self->map_room), rows, 0,
                                    gallery->n, self->pixels_dev, self->stream),
             "lloyd_cuda_splat_rows", error);
}

static gboolean
colour_pixels (LloydBridge *self, const LloydSplatShade *shade, GError **error)
{
  LloydCudaSplatShade on_device = { .width = shade->width,
                                    .height = shade->height,
                                    .least_side = shade->least_side,
                                    .largest_side = shade->largest_side,
                                    .tone = shade->tone,
                                    .weakest = shade->weakest,
                                    .colours_dev = self->colours_dev,
                                    .n_colours = shade->n_colours,
                                    .background = shade->background };
  return TRY (cudaMemcpyAsync (self->colours_dev, shade->colours,
                               shade->n_colours * sizeof (guint32), cudaMemcpyHostToDevice,
                               self->stream),
              error) &&
         TRY (cudaMemsetAsync (self->tones_dev, 0, sizeof *self->tones_dev, self->stream), error) &&
         lloyd_cuda_check (lloyd_cuda_splat_shade (on_device, self->pixels_dev, self->tones_dev,
                                                   self->out_dev, self->stream),
                           "lloyd_cuda_splat_shade", error);
}

static gboolean
copy_to_mapped_texture (LloydBridge *self, const LloydSplatShade *shade, GError **error)
{
  cudaArray_t array;
  size_t row_bytes = sizeof (guint32) * shade->width;
  return TRY (cudaGraphicsSubResourceGetMappedArray (&array, self->image, 0, 0), error) &&
         TRY (cudaMemcpy2DToArrayAsync (array, 0, 0, self->out_dev, row_bytes, row_bytes,
                                        shade->height, cudaMemcpyDeviceToDevice, self->stream),
              error);
}

static gboolean
copy_to_texture (LloydBridge *self, const LloydSplatShade *shade, guint texture, GError **error)
{
  if (self->texture != texture)
    {
      forget_texture (self);
      if (!TRY (cudaGraphicsGLRegisterImage (&self->image, texture, TEXTURE_2D,
                                             cudaGraphicsRegisterFlagsWriteDiscard),
                error))
        return FALSE;
      self->texture = texture;
    }
  if (!TRY (cudaGraphicsMapResources (1, &self->image, self->stream), error))
    return FALSE;
  gboolean is_done = copy_to_mapped_texture (self, shade, error);
  return TRY (cudaGraphicsUnmapResources (1, &self->image, self->stream), is_done ? error : NULL) &&
         is_done;
}

static gboolean
draw (LloydBridge *self,
      LloydExhibit *exhibit,
      const LloydSplatMap *map,
      const LloydSplatShade *shade,
      guint texture,
      GError **error)
{
  Picture picture = { map, shade, (size_t) map->width * map->height };
  g_return_val_if_fail (((LloydCudaExhibit *) exhibit)->is_all, FALSE);
  return TRY (cudaSetDevice (self->device), error) && make_room (self, &picture, error) &&
         lloyd_cuda_upload_map (map, &self->map_room, self->stream, error) &&
         use_exhibit (self, exhibit, draw_rows, &picture, error) &&
         colour_pixels (self, shade, error) && copy_to_texture (self, shade, texture, error);
}

const LloydGl lloyd_cuda_gl = {
  .open = open_bridge,
  .write = write_bytes,
  .copy_labels = copy_labels,
  .draw = draw,
  .forget_texture = forget_texture,
  .forget_buffer = forget_buffer,
  .close = close_bridge,
};
