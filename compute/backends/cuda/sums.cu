/* Adds rows to the sums of their labels, or takes those that changed owner from one to the other.
 *
 * With few dimensions each thread has a row, else each warp, its lanes along the coordinates. Where
 * all sums fit, a block has its own and adds them to those in memory at its end. */
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/sums.cuh"

#define THREADS 256
/* Enough registers that nothing is spilled on sm_90. */
#define MIN_BLOCKS 4
/* From this many dimensions on a warp has a row. */
#define WARP_DIMS 12

typedef struct
{
  LloydCudaPoints points;
  LloydCudaView view;
  LloydCudaLabels labels;
  LloydCudaSums sums;
  unsigned int k;
  /* Whether only the rows listed as changed move. */
  bool is_change;
} Job;

__device__ static inline void
add_entry (
    const Job &job, const LloydCudaSink &sink, size_t at, unsigned int lane, unsigned int n_lanes)
{
  size_t place = job.is_change ? job.labels.changed.rows_dev[at] : at;
  size_t row = lloyd_cuda_row (job.view, place);
  size_t stored = lloyd_cuda_place (job.points, job.view, place);
  lloyd_cuda_add_row (job.points, sink, stored, row, (unsigned int) job.labels.labels_dev[row], 1,
                      lane, n_lanes);
  if (job.is_change && job.labels.before_dev[at] >= 0)
    lloyd_cuda_add_row (job.points, sink, stored, row, (unsigned int) job.labels.before_dev[at], -1,
                        lane, n_lanes);
}

template <unsigned int LANES, bool OWN>
__global__ static void
__launch_bounds__ (THREADS, MIN_BLOCKS) add_kernel (const LLOYD_CONSTANT Job job)
{
  LLOYD_SHARED (unsigned int, shared);
  LloydCudaSink sink = { job.sums, OWN ? shared : NULL, job.points.d };
  size_t count = job.is_change ? *job.labels.changed.n_dev : job.view.count;
  size_t step = (size_t) gridDim.x * THREADS / LANES;

  if (OWN)
    {
      lloyd_cuda_clear_own (shared, job.k, job.points.d);
      __syncthreads ();
    }
  for (size_t at = ((size_t) blockIdx.x * THREADS + threadIdx.x) / LANES; at < count; at += step)
    add_entry (job, sink, at, threadIdx.x % LANES, LANES);
  if (OWN)
    {
      __syncthreads ();
      lloyd_cuda_flush_own (sink, job.k);
    }
}

extern "C" cudaError_t
lloyd_cuda_add (LloydCudaPoints points,
                LloydCudaView view,
                LloydCudaLabels labels,
                LloydCudaSums sums,
                unsigned int k,
                int is_change,
                unsigned int n_blocks,
                cudaStream_t stream)
{
  Job job = { points, view, labels, sums, k, is_change != 0 };
  bool is_own = lloyd_cuda_fits_own (k, points.d);
  size_t shared = is_own ? 2 * (size_t) k * (points.d + 1) * sizeof (unsigned int) : 0;
  if (points.d >= WARP_DIMS && is_own)
    LLOYD_LAUNCH_BLOCKS ((add_kernel<32, true>), n_blocks, THREADS, shared, stream, job);
  else if (points.d >= WARP_DIMS)
    LLOYD_LAUNCH_BLOCKS ((add_kernel<32, false>), n_blocks, THREADS, 0, stream, job);
  else if (is_own)
    LLOYD_LAUNCH_BLOCKS ((add_kernel<1, true>), n_blocks, THREADS, shared, stream, job);
  else
    LLOYD_LAUNCH_BLOCKS ((add_kernel<1, false>), n_blocks, THREADS, 0, stream, job);
  return cudaGetLastError ();
}

__global__ static void
carry_kernel (LloydWide *wide, size_t count)
{
  for (size_t at = lloyd_first_index (); at < count; at += lloyd_index_step ())
    {
      int64_t carry = 0;
      for (int i = 0; i < LLOYD_WIDE_LIMBS - 1; i++)
        {
          int64_t v = wide[at].limb[i] + carry;
          carry = v >> 32;
          wide[at].limb[i] = v & 0xFFFFFFFF;
        }
      wide[at].limb[LLOYD_WIDE_LIMBS - 1] += carry;
    }
}

extern "C" cudaError_t
lloyd_cuda_carry (LloydWide *wide_dev, size_t count, cudaStream_t stream)
{
  LLOYD_LAUNCH (carry_kernel, count, stream, wide_dev, count);
  return cudaGetLastError ();
}
