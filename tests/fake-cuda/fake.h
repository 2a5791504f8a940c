/* Control of the fake CUDA runtime. A program linked with it has a "cuda" backend whose host side
 * is the real one and whose kernels run on the host. Copies come as late as they may, pinned memory
 * that they come from must stay until they are waited for, streams and events are of the device
 * that was chosen, and what is copied where is memory of that kind. */
#pragma once

#include <glib.h>

/* From now on call number `call` (from 1) fails with `code`; 0: none does. Once a sticky error
 * (700, 719) has come, every later call fails with it. */
void fake_cuda_fail_at (guint call, int code);

/* Calls since fake_cuda_fail_at(), and whether the failing one was reached. */
guint fake_cuda_n_calls (void);
gboolean fake_cuda_has_failed (void);

/* Allocations, streams and events that are still open. */
guint fake_cuda_n_open (void);

/* What the driver says of itself: cudaDriverGetVersion and the number of devices. */
void fake_cuda_set_driver (int version, int n_devices, int capability);

/* OpenGL as the runtime sees it: how many bytes a buffer or texture has, and what was written to
 * one when it is unmapped. Without them every object has FAKE_CUDA_OBJECT_BYTES, and nothing is
 * kept. */
#define FAKE_CUDA_OBJECT_BYTES 65536

typedef struct
{
  size_t (*measure) (guint object, gboolean is_texture);
  void (*write) (guint object, gboolean is_texture, const void *bytes, size_t n);
} FakeCudaGl;

void fake_cuda_set_gl (const FakeCudaGl *gl);
/* How many bytes the device has; at first 1 GiB. */
void fake_cuda_set_memory (size_t bytes);

/* From now on the matrix unit loses a little more than it may. */
void fake_cuda_spoil_matrix_unit (void);
/* The same of the unit of sm_90a, by how much of each product; 0: not at all. */
void fake_cuda_spoil_wgmma (float error);

/* Events say that an instruction of either unit takes so long a lane, beside what it does take. */
void fake_cuda_set_pace (double mma_us, double wgmma_us);
