/* What the screens on the matrix unit share: the best two of each row, and what becomes of them.
 * Results of an instruction lie alike in all of them: with g = lane / 4 and t = lane % 4, a lane
 * has the columns 2t, 2t + 1 of each 8 and the rows g, g + 8, .. of its warp. */
#pragma once

#include "compute/backends/cuda/bound.cuh"
#include "compute/backends/cuda/labels.cuh"

/* The best two of a row that a lane has seen. The low two bits of `best` say which of the lane's
 * four columns in the group of 16. */
typedef struct
{
  float best;
  float second;
  unsigned int group;
} LloydCudaTop;

/* What a kernel gets. */
typedef struct
{
  LloydCudaPoints points;
  LloydCudaView view;
  LloydCudaPanels panels;
  LloydCudaReduced reduced;
  LloydCudaLabels labels;
  LloydCudaList doubtful;
} LloydCudaScreenJob;

/* ---- the best two -------------------------------------------------------------------------- */

__device__ static inline float
lloyd_cuda_score (float start, float scale, float product, unsigned int column)
{
  unsigned int bits = __float_as_uint (fmaf (start, scale, -product));
  return __uint_as_float ((bits & ~3u) | column);
}

/* Takes in four columns of one row. */
__device__ static inline void
lloyd_cuda_take (LloydCudaTop &top, float s0, float s1, float s2, float s3, unsigned int group)
{
  float low_a = fminf (s0, s1), high_a = fmaxf (s0, s1);
  float low_b = fminf (s2, s3), high_b = fmaxf (s2, s3);
  float low = fminf (low_a, low_b);
  float next = fminf (fmaxf (low_a, low_b), fminf (high_a, high_b));
  top.second = fminf (fminf (top.second, next), fmaxf (top.best, low));
  top.group = low < top.best ? group : top.group;
  top.best = fminf (top.best, low);
}

/* ---- proof --------------------------------------------------------------------------------- */

/* Twice the bound of a row's scores, in their scale; NaN or infinite where there is none. */
__device__ static inline float
lloyd_cuda_twice_bound (const LloydCudaScreenJob &job, size_t place, unsigned int column)
{
  const LloydCudaSpread spread = *job.panels.spread_dev;
  float n = job.reduced.norm_dev[place], rest = job.reduced.rest_dev[place];
  float largest = __uint_as_float (spread.norm), p = __uint_as_float (spread.rest);
  float scale = lloyd_cuda_scale (__uint_as_float (spread.largest));
  float floor = lloyd_cuda_rest_floor (job.panels.depth, scale);
  float reach = 2.0f * n + job.panels.norm_dev[column];
  bool is_angular = LLOYD_METRIC_IS_ANGULAR (job.points.metric);
  float r = is_angular ? largest : fminf (reach, largest);
  float depth = (float) job.panels.depth;

  if (!(reach < LLOYD_CUDA_FAR_REACH))
    return INFINITY;
  float start = 0.5f * r * r, whole = (n + r) * (n + r);
  if (is_angular)
    {
      start = job.panels.middle_norm * r;
      whole = (n + job.panels.middle_norm) * (r + job.panels.centre_norm);
    }
  float copy = r + p * r + floor, product = (n + rest) * copy;
  float bound = rest * copy + n * (p * r + floor) + lloyd_cuda_sum_error (depth) * product +
                0x1p-20f * (start + product) + (depth + 2.0f) * 0x1p-51f * whole;
  /* What is below the range of float32 of a start and of these terms, each less than 2^-149. */
  bound += 0x1p-144f;
  /* The rounding of this formula, and what is below the range of a score. */
  return 2.0f * 1.01f * bound * job.reduced.scale_dev[place] * scale + 0x1p-100f;
}

/* Brings together what the four lanes of each row saw, proves or lists the warp's rows, of which
 * there are 8 ENTRIES. Row 8 i + g of the warp is entry i of the lanes 4 g to 4 g + 3. */
template <unsigned int ENTRIES>
__device__ static inline void
lloyd_cuda_settle_warp (const LloydCudaScreenJob &job,
                        const LloydCudaTop top[ENTRIES],
                        size_t first)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP, t = lane % 4;
  float best = INFINITY, second = INFINITY;
  unsigned int column = 0;
#pragma unroll
  for (unsigned int i = 0; i < ENTRIES; i++)
    {
      LloydCudaTop own = top[i];
      unsigned int which = __float_as_uint (own.best) & 3u;
      own.group = own.group * 16 + which / 2 * 8 + which % 2 + 2 * t;
#pragma unroll
      for (unsigned int step = 1; step < 4; step *= 2)
        {
          LloydCudaTop other = { __shfl_xor_sync (LLOYD_ALL_LANES, own.best, step),
                                 __shfl_xor_sync (LLOYD_ALL_LANES, own.second, step),
                                 __shfl_xor_sync (LLOYD_ALL_LANES, own.group, step) };
          own.second = fminf (fminf (own.second, other.second), fmaxf (own.best, other.best));
          own.group = other.best < own.best ? other.group : own.group;
          own.best = fminf (own.best, other.best);
        }
      best = t == i ? own.best : best;
      second = t == i ? own.second : second;
      column = t == i ? own.group : column;
    }

  size_t at = first + t * 8 + lane / 4;
  bool is_in = t < ENTRIES && at < job.view.count, is_proven = false;
  /* Rows that no float16 holds have no winner. */
  if (is_in && job.panels.is_rounded)
    is_proven = best < INFINITY && column < job.panels.k;
  else if (is_in)
    is_proven = second - best >
                lloyd_cuda_twice_bound (job, lloyd_cuda_place (job.points, job.view, at), column);
  lloyd_cuda_set_label (job.labels, job.view, at, (int) column, is_proven);
  lloyd_cuda_list (job.doubtful, at, is_in && !is_proven);
}

/* The row of the copy that entry i of a lane is; places behind the last row are the last row. */
__device__ static inline size_t
lloyd_cuda_entry_place (const LloydCudaScreenJob &job, size_t first, unsigned int i)
{
  size_t at = first + i * 8 + threadIdx.x % LLOYD_WARP / 4;
  return lloyd_cuda_place (job.points, job.view, at < job.view.count ? at : job.view.count - 1);
}
