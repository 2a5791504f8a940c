/* What the files of the fake CUDA runtime share. */
#pragma once

#include <string.h>

#include "cuda_runtime_api.h"
#include "tests/fake-cuda/fake.h"
#include "tests/fake-cuda/fibers.h"

/* Counts a call; its error, if this is the one. */
cudaError_t fake_cuda_count_call (void);

/* Counts what was opened, or closed. */
void fake_cuda_count_open (int change);

/* The device that this thread has chosen. */
int fake_device (void);

/* ---- memory -------------------------------------------------------------------------------- */

typedef enum
{
  FAKE_HOST,
  FAKE_PINNED,
  FAKE_DEVICE,
} FakeMemory;

void fake_memory_add (const void *start, size_t bytes, FakeMemory kind);
void fake_memory_remove (const void *start);

/* What the bytes there are, which must be of one piece. */
FakeMemory fake_memory_at (const void *at, size_t bytes);

/* ---- streams ------------------------------------------------------------------------------- */

/* Memory goes: no copy goes on there. */
void fake_streams_forget (const void *from, size_t bytes);

/* Whether the host has waited for all that was asked of it. */
gboolean fake_stream_is_done (cudaStream_t stream);
