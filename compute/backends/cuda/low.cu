/* Few dimensions: labels and sums in one go. A warp takes a few hundred rows, finds which centroids
 * could be nearest to any of them by the corners of their box, and screens the rows among those in
 * float32 (the bound is that of cpu/kernels.h); what is not proven goes by the canonical arithmetic
 * at once. Where rows that follow each other lie together one centroid is often all that is left,
 * and then no row is looked at twice.
 *
 * Bytes: 4 D + 4 a row, and 4 where a label changes. Operations, by rows in disorder: D + 4 a row
 * and centroid, of which 4 compare. */
#include "compute/backends/cuda/bound.cuh"
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/sums.cuh"

#define THREADS 256
/* Left alone, the compiler fits three blocks of D = R = 4 on a multiprocessor of sm_120 by spilling
 * registers. */
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1200
#define MIN_BLOCKS 2
#else
#define MIN_BLOCKS 1
#endif
#define WARPS (THREADS / LLOYD_WARP)
/* Centroids that a warp holds at once: whole groups of 4. */
#define ROOM 64
#define NONE 0xFFFFFFFFu

typedef struct
{
  LloydCudaPoints points;
  LloydCudaView view;
  LloydCudaPanels panels;
  LloydCudaLabels labels;
  LloydCudaSums sums;
  bool is_change;
} Job;

/* Centroids that are left, with what fills up their last group: infinitely far. */
template <unsigned int D, unsigned int R> struct Few
{
  float c[D][ROOM];
  float start[ROOM];
  unsigned int column[ROOM];
  /* Row by row, what the screen says, and for a row that is not proven up to which score a centroid
   * may be its nearest; NaN for one that is. */
  unsigned int label[LLOYD_WARP * R];
  float limit[LLOYD_WARP * R];
};

template <unsigned int D, unsigned int R> struct Rows
{
  float x[R][D];
  float best[R];
  float second[R];
  unsigned int group[R];
  unsigned int column[R];
};

/* What is known of a warp's rows together. */
typedef struct
{
  /* An upper bound of |x - m|, and the centroid nearest to the middle. */
  float norm;
  unsigned int nearest;
  /* Whether scores in float32 can tell anything. */
  bool is_far;
} Box;

/* ---- rows ---------------------------------------------------------------------------------- */

/* Loads rows first + 32 r + lane, less m; behind the last row the last one again. */
template <unsigned int D, unsigned int R>
__device__ static inline void
load_rows (const Job &job, size_t first, Rows<D, R> &rows)
{
#pragma unroll
  for (unsigned int r = 0; r < R; r++)
    {
      size_t at = first + r * LLOYD_WARP + threadIdx.x % LLOYD_WARP;
      at = at < job.view.count ? at : job.view.count - 1;
      const float *x = job.points.x_dev + lloyd_cuda_place (job.points, job.view, at) * D;
#pragma unroll
      for (unsigned int i = 0; i < D; i++)
        rows.x[r][i] = x[i] - job.panels.middle_dev[i];
      rows.best[r] = rows.second[r] = INFINITY;
      rows.column[r] = 0;
    }
}

/* The box of a warp's rows, in all lanes. */
template <unsigned int D, unsigned int R>
__device__ static inline Box
find_box (const Job &job, const Rows<D, R> &rows, float low[D], float high[D])
{
  Box box = { 0.0f, 0, false };
  float square = 0.0f;
#pragma unroll
  for (unsigned int i = 0; i < D; i++)
    {
      low[i] = high[i] = rows.x[0][i];
#pragma unroll
      for (unsigned int r = 1; r < R; r++)
        {
          low[i] = fminf (low[i], rows.x[r][i]);
          high[i] = fmaxf (high[i], rows.x[r][i]);
        }
      low[i] = -lloyd_cuda_warp_max (-low[i]);
      high[i] = lloyd_cuda_warp_max (high[i]);
      float largest = fmaxf (-low[i], high[i]);
      square = fmaf (largest, largest, square);
    }
  box.norm = sqrtf (square) * (1.0f + 0x1p-18f) + 0x1p-70f;

  float best = INFINITY;
  unsigned int stride = job.panels.k_padded;
  for (unsigned int j = threadIdx.x % LLOYD_WARP; j < stride; j += LLOYD_WARP)
    {
      float score = job.panels.start_dev[j];
#pragma unroll
      for (unsigned int i = 0; i < D; i++)
        score = fmaf (-0.5f * (low[i] + high[i]), job.panels.centred_dev[i * stride + j], score);
      box.nearest = score < best ? j : box.nearest;
      best = fminf (score, best);
    }
  float least = -lloyd_cuda_warp_max (-best);
  unsigned int owner = __ballot_sync (LLOYD_ALL_LANES, best == least);
  box.nearest = __shfl_sync (LLOYD_ALL_LANES, box.nearest,
                             owner != 0 ? (unsigned int) __ffs ((int) owner) - 1 : 0);
  float reach = 2.0f * box.norm + job.panels.norm_dev[box.nearest];
  box.is_far = !(reach < LLOYD_CUDA_FAR_REACH) || !(least < INFINITY) || owner == 0;
  return box;
}

/* Whether centroid j could be nearest to a point of the box: at the corner that suits it best. */
template <unsigned int D>
__device__ static inline bool
survives (const Job &job, const Box &box, const float low[D], const float high[D], unsigned int j)
{
  unsigned int stride = job.panels.k_padded, b = box.nearest;
  float start = job.panels.start_dev[j];
  float gap = start - job.panels.start_dev[b];
#pragma unroll
  for (unsigned int i = 0; i < D; i++)
    {
      float way = job.panels.centred_dev[i * stride + j] - job.panels.centred_dev[i * stride + b];
      gap -= fmaxf (low[i] * way, high[i] * way);
    }
  float bound = lloyd_cuda_bound_float (job.panels, box.norm,
                                        fmaxf (job.panels.norm_dev[j], job.panels.norm_dev[b]));
  return start < INFINITY && !(gap > 2.0f * bound);
}

/* ---- screen -------------------------------------------------------------------------------- */

template <unsigned int D, unsigned int R>
__device__ static inline float
score_of (const Few<D, R> &few, const Rows<D, R> &rows, unsigned int r, unsigned int at)
{
  float score = few.start[at];
#pragma unroll
  for (unsigned int i = 0; i < D; i++)
    score = fmaf (-rows.x[r][i], few.c[i][at], score);
  return score;
}

/* Takes `n` centroids of the list, and what fills their last group, into the best two of the rows.
 */
template <unsigned int D, unsigned int R>
__device__ static inline void
screen (Few<D, R> &few, unsigned int n, Rows<D, R> &rows)
{
  unsigned int padded = (n + 3) / 4 * 4, lane = threadIdx.x % LLOYD_WARP;
  __syncwarp ();
  if (n + lane < padded)
    {
      few.start[n + lane] = INFINITY;
      few.column[n + lane] = 0;
      for (unsigned int i = 0; i < D; i++)
        few.c[i][n + lane] = 0.0f;
    }
  __syncwarp ();
#pragma unroll
  for (unsigned int r = 0; r < R; r++)
    rows.group[r] = NONE;
  for (unsigned int at = 0; at < padded; at += 4)
#pragma unroll
    for (unsigned int r = 0; r < R; r++)
      {
        float s0 = score_of (few, rows, r, at), s1 = score_of (few, rows, r, at + 1);
        float s2 = score_of (few, rows, r, at + 2), s3 = score_of (few, rows, r, at + 3);
        float low_a = fminf (s0, s1), high_a = fmaxf (s0, s1);
        float low_b = fminf (s2, s3), high_b = fmaxf (s2, s3);
        float low = fminf (low_a, low_b);
        float next = fminf (fmaxf (low_a, low_b), fminf (high_a, high_b));
        rows.second[r] = fminf (fminf (rows.second[r], next), fmaxf (rows.best[r], low));
        rows.group[r] = low < rows.best[r] ? at : rows.group[r];
        rows.best[r] = fminf (rows.best[r], low);
      }
#pragma unroll
  for (unsigned int r = 0; r < R; r++)
    for (unsigned int i = 0; i < 4 && rows.group[r] != NONE; i++)
      if (score_of (few, rows, r, rows.group[r] + i) == rows.best[r])
        rows.column[r] = few.column[rows.group[r] + i];
  __syncwarp ();
}

/* Finds the centroids that are left and screens the rows among them; how many there were. */
template <unsigned int D, unsigned int R>
__device__ static inline unsigned int
narrow_and_screen (const Job &job,
                   const Box &box,
                   const float low[D],
                   const float high[D],
                   Few<D, R> &few,
                   Rows<D, R> &rows)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP, stride = job.panels.k_padded, n = 0, total = 0;
  for (unsigned int first = 0; first < stride; first += LLOYD_WARP)
    {
      unsigned int j = first + lane;
      bool is_left = survives<D> (job, box, low, high, j);
      unsigned int left = __ballot_sync (LLOYD_ALL_LANES, is_left);
      unsigned int count = (unsigned int) __popc (left);
      if (n + count > ROOM)
        {
          screen (few, n, rows);
          n = 0;
        }
      if (is_left)
        {
          unsigned int at = n + (unsigned int) __popc (left & ((1u << lane) - 1));
          few.start[at] = job.panels.start_dev[j];
          few.column[at] = j;
#pragma unroll
          for (unsigned int i = 0; i < D; i++)
            few.c[i][at] = job.panels.centred_dev[i * stride + j];
        }
      n += count;
      total += count;
    }
  if (total > 1)
    screen (few, n, rows);
  return total;
}

/* ---- proof --------------------------------------------------------------------------------- */

/* The canonical label of a row, among the centroids whose score is not above `limit`; among all
 * where that is infinite. */
template <unsigned int D>
__device__ static LLOYD_APART unsigned int
decide (const Job &job, const float *raw, float limit)
{
  unsigned int stride = job.panels.k_padded, nearest = 0;
  double lowest = INFINITY;
  for (unsigned int j = 0; j < job.panels.k; j++)
    {
      float score = job.panels.start_dev[j];
#pragma unroll
      for (unsigned int i = 0; i < D; i++)
        score = fmaf (-(raw[i] - job.panels.middle_dev[i]), job.panels.centred_dev[i * stride + j],
                      score);
      if (limit < INFINITY && score > limit)
        continue;
      double cost =
          lloyd_exact_cost (job.points.metric, raw, job.panels.centroids_dev + (size_t) j * D, D);
      if (cost < lowest)
        {
          lowest = cost;
          nearest = j;
        }
    }
  return nearest;
}

/* Whether the screen has proven row r; else up to which score a centroid may be its nearest. */
template <unsigned int D, unsigned int R>
__device__ static inline bool
is_proven (const Job &job, const Rows<D, R> &rows, unsigned int r, float *limit)
{
  float square = 0x1p-140f;
#pragma unroll
  for (unsigned int i = 0; i < D; i++)
    square = fmaf (rows.x[r][i], rows.x[r][i], square);
  float norm = sqrtf (square) * (1.0f + 0x1p-18f) + 0x1p-70f;
  float largest = __uint_as_float (job.panels.spread_dev->norm);
  float reach = 2.0f * norm + job.panels.norm_dev[rows.column[r]];
  float bound = INFINITY;
  if (reach < LLOYD_CUDA_FAR_REACH)
    bound = lloyd_cuda_bound_float (
        job.panels, norm,
        LLOYD_METRIC_IS_ANGULAR (job.points.metric) ? largest : fminf (reach, largest));
  *limit = bound < INFINITY ? fmaf (2.5f, bound, rows.best[r]) : INFINITY;
  return rows.second[r] - rows.best[r] > 2.0f * bound;
}

/* ---- labels and sums ----------------------------------------------------------------------- */

/* Adds rows that all have one label and weight 1: summed in the warp first. */
template <unsigned int D, unsigned int R>
__device__ static inline void
add_together (const Job &job, const LloydCudaSink &sink, size_t first, unsigned int cluster)
{
  unsigned int lane = threadIdx.x % LLOYD_WARP;
  size_t left = job.view.count - first;
  for (unsigned int i = 0; i < D; i++)
    {
      long long sum = 0;
      for (unsigned int r = 0; r < R; r++)
        {
          size_t at = first + r * LLOYD_WARP + lane;
          if (at >= job.view.count)
            continue;
          size_t place = lloyd_cuda_place (job.points, job.view, at);
          double norm =
              job.points.metric == LLOYD_METRIC_COSINE ? lloyd_cuda_norm (job.points, place) : 1.0;
          sum += lloyd_cuda_coordinate (job.points, job.sums, cluster, i,
                                        job.points.x_dev[place * D + i], norm, 1.0);
        }
      for (unsigned int step = LLOYD_WARP / 2; step > 0; step /= 2)
        sum += __shfl_xor_sync (LLOYD_ALL_LANES, sum, step);
      if (lane == 0)
        lloyd_cuda_add_units (sink, cluster, i, sum);
    }
  if (lane == 0)
    lloyd_cuda_add_units (sink, cluster, D,
                          (long long) (left < R * LLOYD_WARP ? left : R * LLOYD_WARP));
}

/* Stores the label of a row and moves it from sum to sum; whether it changed. */
__device__ static inline bool
note_label (const Job &job, const LloydCudaSink &sink, size_t at, unsigned int label, bool is_added)
{
  size_t row = lloyd_cuda_row (job.view, at), place = lloyd_cuda_place (job.points, job.view, at);
  int *stored = &job.labels.labels_dev[row], before = *stored;
  bool has_changed = before != (int) label;
  if (has_changed)
    *stored = (int) label;
  if (!is_added && (has_changed || !job.is_change))
    lloyd_cuda_add_row (job.points, sink, place, row, label, 1, 0, 1);
  if (job.is_change && has_changed && before >= 0)
    lloyd_cuda_add_row (job.points, sink, place, row, (unsigned int) before, -1, 0, 1);
  return has_changed;
}

template <unsigned int D, unsigned int R>
__device__ static inline unsigned int
label_rows (const Job &job, const LloydCudaSink &sink, Few<D, R> &few, size_t first)
{
  Rows<D, R> rows;
  float low[D], high[D];
  unsigned int moved = 0, lane = threadIdx.x % LLOYD_WARP;
  load_rows (job, first, rows);
  Box box = find_box (job, rows, low, high);
  unsigned int n_left = box.is_far ? 0 : narrow_and_screen (job, box, low, high, few, rows);
  bool is_one = n_left == 1;
  /* It is the one nearest to the middle. */
  bool is_added = is_one && !job.is_change && job.points.weights_dev == NULL;
  if (is_added)
    add_together<D, R> (job, sink, first, box.nearest);
  unsigned int todo = 0;
#pragma unroll
  for (unsigned int r = 0; r < R; r++)
    {
      size_t at = first + r * LLOYD_WARP + lane;
      float limit = INFINITY;
      bool is_known =
          is_one || (!box.is_far && (job.panels.is_rounded || is_proven (job, rows, r, &limit)));
      unsigned int label = is_one ? box.nearest : rows.column[r];
      few.label[r * LLOYD_WARP + lane] = label;
      few.limit[r * LLOYD_WARP + lane] = is_known ? NAN : limit;
      if (at >= job.view.count)
        continue;
      /* All labels are on their way at once; most say that nothing is to do. */
      int before = job.labels.labels_dev[lloyd_cuda_row (job.view, at)];
      bool is_settled = is_known && before == (int) label && (job.is_change || is_added);
      todo |= is_settled ? 0 : 1u << r;
    }
  for (; todo != 0; todo &= todo - 1)
    {
      unsigned int r = (unsigned int) __ffs ((int) todo) - 1;
      size_t at = first + r * LLOYD_WARP + lane;
      unsigned int label = few.label[r * LLOYD_WARP + lane];
      float limit = few.limit[r * LLOYD_WARP + lane];
      if (limit == limit)
        label = decide<D> (job, job.points.x_dev + lloyd_cuda_place (job.points, job.view, at) * D,
                           limit);
      moved += note_label (job, sink, at, label, is_added);
    }
  return moved;
}

template <unsigned int D, unsigned int R, bool OWN>
__global__ static void
__launch_bounds__ (THREADS, MIN_BLOCKS) low_kernel (const LLOYD_CONSTANT Job job)
{
  LLOYD_SHARED (unsigned char, shared);
  Few<D, R> *few = reinterpret_cast<Few<D, R> *> (shared) + threadIdx.x / LLOYD_WARP;
  unsigned int *own = reinterpret_cast<unsigned int *> (shared + WARPS * sizeof (Few<D, R>));
  LloydCudaSink sink = { job.sums, OWN ? own : NULL, D };
  size_t step = lloyd_cuda_n_warps () * R * LLOYD_WARP;
  unsigned int moved = 0;

  if (lloyd_cuda_is_stopped (job.labels))
    return;
  if (OWN)
    {
      lloyd_cuda_clear_own (own, job.panels.k, D);
      __syncthreads ();
    }
  for (size_t first = lloyd_cuda_warp () * R * LLOYD_WARP; first < job.view.count; first += step)
    moved += label_rows<D, R> (job, sink, *few, first);
  for (unsigned int lanes = LLOYD_WARP / 2; lanes > 0; lanes /= 2)
    moved += __shfl_xor_sync (LLOYD_ALL_LANES, moved, lanes);
  if (threadIdx.x % LLOYD_WARP == 0 && moved > 0)
    atomicAdd (job.labels.moved_dev, (unsigned long long) moved);
  if (OWN)
    {
      __syncthreads ();
      lloyd_cuda_flush_own (sink, job.panels.k);
    }
}

template <unsigned int D, unsigned int R>
static cudaError_t
launch (const Job &job, unsigned int max_blocks, cudaStream_t stream)
{
  size_t per_block = (size_t) WARPS * R * LLOYD_WARP,
         wanted = (job.view.count + per_block - 1) / per_block;
  unsigned int n_blocks = wanted < max_blocks ? (unsigned int) wanted : max_blocks;
  size_t few = WARPS * sizeof (Few<D, R>);
  if (lloyd_cuda_fits_own (job.panels.k, D))
    LLOYD_LAUNCH_BLOCKS ((low_kernel<D, R, true>), n_blocks, THREADS,
                         few + 2 * (size_t) job.panels.k * (D + 1) * sizeof (unsigned int), stream,
                         job);
  else
    LLOYD_LAUNCH_BLOCKS ((low_kernel<D, R, false>), n_blocks, THREADS, few, stream, job);
  return cudaGetLastError ();
}

extern "C" cudaError_t
lloyd_cuda_assign_low (LloydCudaPoints points,
                       LloydCudaView view,
                       LloydCudaPanels panels,
                       LloydCudaLabels labels,
                       LloydCudaSums sums,
                       int is_change,
                       unsigned int max_blocks,
                       cudaStream_t stream)
{
  Job job = { points, view, panels, labels, sums, is_change != 0 };
  switch (points.d)
    {
    case 1:
      return launch<1, 8> (job, max_blocks, stream);
    case 2:
      return launch<2, 8> (job, max_blocks, stream);
    case 3:
      return launch<3, 8> (job, max_blocks, stream);
    case 4:
      return launch<4, 4> (job, max_blocks, stream);
    case 5:
      return launch<5, 4> (job, max_blocks, stream);
    case 6:
      return launch<6, 4> (job, max_blocks, stream);
    case 7:
      return launch<7, 4> (job, max_blocks, stream);
    case 8:
      return launch<8, 4> (job, max_blocks, stream);
    default:
      return cudaErrorInvalidValue;
    }
}
