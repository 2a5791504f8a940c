/* The part of the fake runtime that speaks to OpenGL: memory that stands in for a mapped object. */
#include "tests/fake-cuda/fake-private.h"

struct FakeResource
{
  guint object;
  gboolean is_texture;
  gboolean is_mapped;
  size_t bytes;
  guint8 *memory;
  /* Where it was unmapped last. */
  cudaStream_t stream;
};

static const FakeCudaGl *gl;

void
fake_cuda_set_gl (const FakeCudaGl *table)
{
  gl = table;
}

static size_t
measure (guint object, gboolean is_texture)
{
  return gl != NULL ? gl->measure (object, is_texture) : FAKE_CUDA_OBJECT_BYTES;
}

static void
free_memory (struct FakeResource *resource)
{
  if (resource->memory != NULL)
    fake_memory_remove (resource->memory);
  g_clear_pointer (&resource->memory, g_free);
}

static cudaError_t
register_object (cudaGraphicsResource_t *resource, guint object, gboolean is_texture)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess)
    return code;
  *resource = g_new0 (struct FakeResource, 1);
  (*resource)->object = object;
  (*resource)->is_texture = is_texture;
  (*resource)->bytes = measure (object, is_texture);
  fake_cuda_count_open (1);
  return cudaSuccess;
}

cudaError_t
cudaGraphicsGLRegisterBuffer (cudaGraphicsResource_t *resource,
                              unsigned int buffer,
                              unsigned int flags)
{
  g_assert_cmpuint (flags, ==, cudaGraphicsRegisterFlagsWriteDiscard);
  return register_object (resource, buffer, FALSE);
}

cudaError_t
cudaGraphicsGLRegisterImage (cudaGraphicsResource_t *resource,
                             unsigned int image,
                             unsigned int target,
                             unsigned int flags)
{
  g_assert_cmphex (target, ==, 0x0DE1);
  g_assert_cmpuint (flags, ==, cudaGraphicsRegisterFlagsWriteDiscard);
  return register_object (resource, image, TRUE);
}

cudaError_t
cudaGraphicsUnregisterResource (cudaGraphicsResource_t resource)
{
  cudaError_t code = fake_cuda_count_call ();
  g_assert_false (resource->is_mapped);
  /* Nobody says that this waits. */
  if (code == cudaSuccess && resource->stream != NULL)
    g_assert_true (fake_cuda_has_failed () || fake_stream_is_done (resource->stream));
  free_memory (resource);
  g_free (resource);
  fake_cuda_count_open (-1);
  return code;
}

cudaError_t
cudaGraphicsMapResources (int count, cudaGraphicsResource_t *resources, cudaStream_t stream)
{
  struct FakeResource *resource = *resources;
  g_assert_cmpint (count, ==, 1);
  g_assert_false (resource->is_mapped);
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess)
    return code;
  fake_stream_use (stream);
  resource->is_mapped = TRUE;
  /* An object that was given other memory meanwhile is no more the one that was registered. */
  g_assert_cmpuint (measure (resource->object, resource->is_texture), ==, resource->bytes);
  free_memory (resource);
  resource->memory = g_malloc0 (resource->bytes + 1);
  fake_memory_add (resource->memory, resource->bytes + 1, FAKE_DEVICE);
  return cudaSuccess;
}

cudaError_t
cudaGraphicsUnmapResources (int count, cudaGraphicsResource_t *resources, cudaStream_t stream)
{
  struct FakeResource *resource = *resources;
  g_assert_cmpint (count, ==, 1);
  g_assert_true (resource->is_mapped);
  fake_stream_use (stream);
  resource->is_mapped = FALSE;
  resource->stream = stream;
  if (gl != NULL)
    gl->write (resource->object, resource->is_texture, resource->memory, resource->bytes);
  return fake_cuda_count_call ();
}

cudaError_t
cudaGraphicsResourceGetMappedPointer (void **pointer, size_t *size, cudaGraphicsResource_t resource)
{
  g_assert_true (resource->is_mapped && !resource->is_texture);
  *pointer = resource->memory;
  *size = resource->bytes;
  return fake_cuda_count_call ();
}

cudaError_t
cudaGraphicsSubResourceGetMappedArray (cudaArray_t *array,
                                       cudaGraphicsResource_t resource,
                                       unsigned int index,
                                       unsigned int level)
{
  g_assert_true (resource->is_mapped && resource->is_texture);
  g_assert_true (index == 0 && level == 0);
  *array = resource;
  return fake_cuda_count_call ();
}

cudaError_t
cudaMemcpy2DToArrayAsync (cudaArray_t to,
                          size_t across,
                          size_t down,
                          const void *from,
                          size_t pitch,
                          size_t width,
                          size_t height,
                          enum cudaMemcpyKind kind,
                          cudaStream_t stream)
{
  fake_stream_use (stream);
  g_assert_cmpint (fake_memory_at (from, width * height), ==, FAKE_DEVICE);
  g_assert_true (to->is_mapped && across == 0 && down == 0 && pitch == width);
  g_assert_true (kind == cudaMemcpyDeviceToDevice && width * height <= to->bytes);
  cudaError_t code = fake_cuda_count_call ();
  if (code == cudaSuccess)
    memcpy (to->memory, from, width * height);
  return code;
}
