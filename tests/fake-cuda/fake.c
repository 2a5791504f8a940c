#include "tests/fake-cuda/fake.h"

#include <stdlib.h>

#include "cuda_runtime_api.h"
#include "tests/fake-cuda/fake-private.h"
#include "tests/fake-cuda/fibers.h"

#define GUARD_BYTES 64
#define RUNTIME_VERSION 13000

/* Memory of the device, or pinned. */
typedef struct
{
  const guint8 *start;
  size_t bytes;
  FakeMemory kind;
} Range;

static GArray *ranges;
static _Thread_local int device_of_thread;

static struct
{
  guint n_calls;
  guint fail_at;
  int code;
  gboolean has_failed;
  gboolean is_dead;
  guint n_open;
  int last_error;
  int driver_version;
  int n_devices;
  int capability;
  size_t memory;
  size_t used;
} fake = {
  .driver_version = RUNTIME_VERSION, .n_devices = 1, .capability = 90, .memory = (size_t) 1 << 30
};

void
fake_cuda_fail_at (guint call, int code)
{
  fake.n_calls = 0;
  fake.fail_at = call;
  fake.code = code;
  fake.has_failed = FALSE;
  fake.is_dead = FALSE;
  fake.last_error = 0;
}

guint
fake_cuda_n_calls (void)
{
  return fake.n_calls;
}

gboolean
fake_cuda_has_failed (void)
{
  return fake.has_failed;
}

guint
fake_cuda_n_open (void)
{
  return fake.n_open;
}

void
fake_cuda_set_driver (int version, int n_devices, int capability)
{
  fake.driver_version = version;
  fake.n_devices = n_devices;
  fake.capability = capability;
}

void
fake_cuda_set_memory (size_t bytes)
{
  fake.memory = bytes;
}

void
fake_cuda_spoil_matrix_unit (void)
{
  fake_matrix_error = 0x1p-18f;
}

void
fake_cuda_spoil_wgmma (float error)
{
  fake_wgmma_error = error;
}

void
fake_cuda_set_pace (double mma_us, double wgmma_us)
{
  fake_mma_us = mma_us;
  fake_wgmma_us = wgmma_us;
}

cudaError_t
fake_cuda_count_call (void)
{
  fake.n_calls++;
  if (fake.n_calls == fake.fail_at)
    {
      fake.has_failed = TRUE;
      fake.is_dead = fake.code == 700 || fake.code == 719;
    }
  if (fake.n_calls == fake.fail_at || fake.is_dead)
    {
      fake.last_error = fake.code;
      return (cudaError_t) fake.code;
    }
  return cudaSuccess;
}

void
fake_cuda_count_open (int change)
{
  fake.n_open += (guint) change;
}

int
fake_device (void)
{
  return device_of_thread;
}

/* ---- which memory it is -------------------------------------------------------------------- */

void
fake_memory_add (const void *start, size_t bytes, FakeMemory kind)
{
  Range range = { start, bytes, kind };
  if (ranges == NULL)
    ranges = g_array_new (FALSE, FALSE, sizeof (Range));
  g_array_append_val (ranges, range);
}

static guint
find_range (const void *at)
{
  guint i = 0;
  while (ranges != NULL && i < ranges->len)
    {
      const Range *range = &g_array_index (ranges, Range, i);
      if ((const guint8 *) at >= range->start && (const guint8 *) at < range->start + range->bytes)
        return i;
      i++;
    }
  return G_MAXUINT;
}

FakeMemory
fake_memory_at (const void *at, size_t bytes)
{
  guint i = find_range (at);
  if (i == G_MAXUINT)
    return FAKE_HOST;
  const Range *range = &g_array_index (ranges, Range, i);
  g_assert_true ((const guint8 *) at + bytes <= range->start + range->bytes);
  return range->kind;
}

void
fake_memory_remove (const void *start)
{
  guint i = find_range (start);
  g_assert_cmpuint (i, !=, G_MAXUINT);
  const Range *range = &g_array_index (ranges, Range, i);
  g_assert_true (range->start == (const guint8 *) start);
  fake_streams_forget (range->start, range->bytes);
  g_array_remove_index_fast (ranges, i);
}

/* ---- devices ------------------------------------------------------------------------------- */

cudaError_t
cudaDriverGetVersion (int *version)
{
  *version = fake.driver_version;
  return fake_cuda_count_call ();
}

cudaError_t
cudaRuntimeGetVersion (int *version)
{
  *version = RUNTIME_VERSION;
  return fake_cuda_count_call ();
}

cudaError_t
cudaGetDeviceCount (int *count)
{
  *count = fake.n_devices;
  return fake_cuda_count_call ();
}

cudaError_t
cudaGetDeviceProperties (struct cudaDeviceProp *properties, int device)
{
  memset (properties, 0, sizeof *properties);
  g_strlcpy (properties->name, device == 0 ? "Imaginary GPU" : "Other imaginary GPU",
             sizeof properties->name);
  properties->totalGlobalMem = fake.memory;
  properties->major = fake.capability / 10;
  properties->minor = fake.capability % 10;
  properties->multiProcessorCount = 1;
  return fake_cuda_count_call ();
}

cudaError_t
cudaDeviceGetAttribute (int *value, enum cudaDeviceAttr attribute, int device)
{
  (void) device;
  *value = attribute == cudaDevAttrClockRate ? 1500000 : 2500000;
  return fake_cuda_count_call ();
}

cudaError_t
cudaSetDevice (int device)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code == cudaSuccess && (device < 0 || device >= MAX (fake.n_devices, 1)))
    code = cudaErrorInvalidDevice;
  if (code == cudaSuccess)
    device_of_thread = device;
  return code;
}

/* A launch that failed is seen here. */
cudaError_t
cudaGetLastError (void)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code == cudaSuccess)
    code = (cudaError_t) fake.last_error;
  fake.last_error = fake.is_dead ? fake.code : 0;
  return code;
}

const char *
cudaGetErrorString (cudaError_t error)
{
  return error == cudaSuccess ? "no error" : "an error made up by a test";
}

cudaError_t
cudaFuncSetAttribute (const void *function, enum cudaFuncAttribute attribute, int value)
{
  cudaError_t code = fake_cuda_count_call ();
  g_assert_true (function != NULL && attribute == cudaFuncAttributeMaxDynamicSharedMemorySize);
  if (code == cudaSuccess)
    fake_allow_shared ((size_t) value);
  return code;
}

/* Memory carries its size before it and guards round it. */
static cudaError_t
allocate (void **pointer, size_t bytes, FakeMemory kind)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess)
    return code;
  guint8 *memory = malloc (bytes + 3 * GUARD_BYTES);
  memcpy (memory, &bytes, sizeof bytes);
  memset (memory + GUARD_BYTES, 0xA5, bytes + 2 * GUARD_BYTES);
  *pointer = memory + 2 * GUARD_BYTES;
  /* One byte at least, so that each has a place of its own. */
  fake_memory_add (*pointer, MAX (bytes, 1), kind);
  fake.n_open++;
  return cudaSuccess;
}

cudaError_t
cudaMalloc (void **pointer, size_t bytes)
{
  if (bytes > fake.memory - fake.used)
    {
      fake.n_calls++;
      fake.last_error = cudaErrorMemoryAllocation;
      return cudaErrorMemoryAllocation;
    }
  cudaError_t code = allocate (pointer, bytes, FAKE_DEVICE);
  if (code == cudaSuccess)
    fake.used += bytes;
  return code;
}

cudaError_t
cudaMallocHost (void **pointer, size_t bytes)
{
  return allocate (pointer, bytes, FAKE_PINNED);
}

cudaError_t
cudaMemGetInfo (size_t *free_bytes, size_t *total_bytes)
{
  *free_bytes = fake.memory - fake.used;
  *total_bytes = fake.memory;
  return fake_cuda_count_call ();
}

/* Frees memory and looks at its guards; returns how much it was. */
static size_t
release (void *pointer)
{
  guint8 *memory = (guint8 *) pointer - 2 * GUARD_BYTES;
  size_t bytes;
  memcpy (&bytes, memory, sizeof bytes);
  fake_memory_remove (pointer);
  for (size_t i = 0; i < GUARD_BYTES; i++)
    {
      g_assert_cmphex (memory[GUARD_BYTES + i], ==, 0xA5);
      g_assert_cmphex (memory[2 * GUARD_BYTES + bytes + i], ==, 0xA5);
    }
  free (memory);
  fake.n_open--;
  return bytes;
}

cudaError_t
cudaFree (void *pointer)
{
  if (pointer == NULL)
    return cudaSuccess;
  fake.used -= release (pointer);
  return fake_cuda_count_call ();
}

cudaError_t
cudaFreeHost (void *pointer)
{
  release (pointer);
  return fake_cuda_count_call ();
}
