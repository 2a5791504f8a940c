/* The part of the fake runtime that speaks to OpenGL: memory that stands in for a mapped object. */
#include "tests/fake-cuda/fake-private.h"

struct FakeResource
{
  guint object;
  gboolean is_texture;
  gboolean is_mapped;
  size_t bytes;
  guint8 *memory;
};

static const FakeCudaGl *gl;

void
fake_cuda_set_gl (const FakeCudaGl *table)
{
  gl = table;
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
  g_free (resource->memory);
  g_free (resource);
  fake_cuda_count_open (-1);
  return fake_cuda_count_call ();
}

cudaError_t
cudaGraphicsMapResources (int count, cudaGraphicsResource_t *resources, cudaStream_t stream)
{
  struct FakeResource *resource = *resources;
  (void) stream;
  g_assert_cmpint (count, ==, 1);
  g_assert_false (resource->is_mapped);
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess)
    return code;
  resource->is_mapped = TRUE;
  resource->bytes =
      gl != NULL ? gl->measure (resource->object, resource->is_texture) : FAKE_CUDA_OBJECT_BYTES;
  g_free (resource->memory);
  resource->memory = g_malloc0 (resource->bytes + 1);
  return cudaSuccess;
}

cudaError_t
cudaGraphicsUnmapResources (int count, cudaGraphicsResource_t *resources, cudaStream_t stream)
{
  struct FakeResource *resource = *resources;
  (void) stream;
  g_assert_cmpint (count, ==, 1);
  g_assert_true (resource->is_mapped);
  resource->is_mapped = FALSE;
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
  (void) stream;
  g_assert_true (to->is_mapped && across == 0 && down == 0 && pitch == width);
  g_assert_true (kind == cudaMemcpyDeviceToDevice && width * height <= to->bytes);
  cudaError_t code = fake_cuda_count_call ();
  if (code == cudaSuccess)
    memcpy (to->memory, from, width * height);
  return code;
}
