/* Which row a place in a view is, and what happens to a label. */
#pragma once

#include "compute/backends/cuda/kernels.h"
#include "compute/backends/cuda/warp.cuh"

/* The row of the points at a place in the view. */
__device__ static inline size_t
lloyd_cuda_row (LloydCudaView view, size_t at)
{
  return view.rows_dev != NULL ? view.rows_dev[at] : view.first + at;
}

/* Where it lies among the rows on the device. */
__device__ static inline size_t
lloyd_cuda_place (LloydCudaPoints points, LloydCudaView view, size_t at)
{
  return points.is_gathered ? at : lloyd_cuda_row (view, at) - points.first_row;
}

/* Whether labels are to stay as they are. */
__device__ static inline bool
lloyd_cuda_is_stopped (LloydCudaLabels labels)
{
  return labels.stop_dev != NULL && *labels.stop_dev != 0;
}

/* Appends from some lanes of a whole warp; returns this lane's place in the list. */
__device__ static inline unsigned int
lloyd_cuda_append (unsigned int *n, bool is_wanted)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP;
  unsigned int wanted = __ballot_sync (LLOYD_ALL_LANES, is_wanted), first = 0;
  if (wanted == 0)
    return 0;
  if (lane == 0)
    first = atomicAdd (n, (unsigned int) __popc (wanted));
  first = __shfl_sync (LLOYD_ALL_LANES, first, 0);
  return first + (unsigned int) __popc (wanted & ((1u << lane) - 1));
}

__device__ static inline void
lloyd_cuda_list (LloydCudaList list, size_t at, bool is_wanted)
{
  unsigned int place = lloyd_cuda_append (list.n_dev, is_wanted);
  if (is_wanted)
    list.rows_dev[place] = (unsigned int) at;
}

/* Gives the row at a place in the view its label; the whole warp calls, and lanes with nothing to
 * say are not `is_known`. */
__device__ static inline void
lloyd_cuda_set_label (
    LloydCudaLabels labels, LloydCudaView view, size_t at, int label, bool is_known)
{
  int before = label;
  if (is_known)
    {
      int *stored = &labels.labels_dev[lloyd_cuda_row (view, at)];
      before = *stored;
      if (before != label)
        *stored = label;
    }
  unsigned int changed = __ballot_sync (LLOYD_ALL_LANES, before != label);
  if (changed == 0)
    return;
  if (threadIdx.x % LLOYD_WARP == 0)
    atomicAdd (labels.moved_dev, (unsigned long long) __popc (changed));
  if (labels.changed.n_dev == NULL)
    return;
  unsigned int place = lloyd_cuda_append (labels.changed.n_dev, before != label);
  if (before != label)
    {
      labels.changed.rows_dev[place] = (unsigned int) at;
      labels.before_dev[place] = before;
    }
}
