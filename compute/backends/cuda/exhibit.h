/* What the CUDA backend puts aside to be drawn: copies of labels in buffers that go round between
 * the engine's thread and the bridge's. */
#pragma once

#include "compute/backends/bridge.h"
#include "compute/backends/cuda/cuda-private.h"

/* Labels, and when they were written and read: the other side's stream waits for that. */
typedef struct
{
  void *labels_dev;
  size_t bytes;
  cudaEvent_t written;
  cudaEvent_t read;
  gboolean is_in_use;
} LloydCudaShelf;

/* The shelves of an engine, and what else of it the bridge needs. It outlives the engine while
 * exhibits are about, but without anything on the device. */
struct _LloydCudaGallery
{
  gatomicrefcount refs;
  int device;
  size_t n;
  guint d;
  const float *x_dev;

  /* What follows is under the mutex, which is held for a few lines. */
  GMutex mutex;
  gboolean is_closed;
  GPtrArray *shelves;
  /* Numbers of the rows in the input; NULL: their own. */
  size_t *numbers_dev;
  /* The rows shown, and which list that is. */
  size_t *rows_dev;
  size_t n_rows;
  guint64 rows_id;
};

typedef struct
{
  LloydExhibit exhibit;
  LloydCudaGallery *gallery;
  LloydCudaShelf *shelf;
  /* Labels of n rows: all of them in 32 bits, or those shown in 16. */
  gboolean is_all;
  size_t n;
} LloydCudaExhibit;
