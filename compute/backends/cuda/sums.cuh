/* Exact sums: what a row adds to its cluster, in integers, so that the order does not matter. */
#pragma once

#include "compute/backends/cuda/labels.cuh"
#include "compute/exact/canonical.h"

#define LLOYD_CUDA_MAGIC 6755399441055744.0 /* 1.5 * 2^52: rounds to the nearest integer */
/* Words of shared memory that a block may have for sums of its own. */
#define LLOYD_CUDA_OWN_WORDS 5120

/* Where a block adds: `own` holds two words for each of d sums and the size of each cluster; NULL:
 * to memory at once. */
typedef struct
{
  LloydCudaSums sums;
  unsigned int *own;
  unsigned int d;
} LloydCudaSink;

/* Adds to a wide sum. Each limb is an integer, so threads may come in any order. */
__device__ static LLOYD_APART void
lloyd_cuda_add_wide (LloydWide *wide, double v)
{
  int first;
  int64_t part[3];
  lloyd_wide_split (v, &first, part);
  for (int i = 0; i < 3; i++)
    if (part[i] != 0)
      atomicAdd ((unsigned long long *) &wide->limb[first + i],
                 (unsigned long long) (v < 0.0 ? -part[i] : part[i]));
}

/* Adds to two words; shared memory has no 64-bit addition. */
__device__ static inline void
lloyd_cuda_add_own (unsigned int *own, long long v)
{
  unsigned int low = (unsigned int) v, high = (unsigned int) ((unsigned long long) v >> 32);
  if (low != 0 && atomicAdd (own, low) + low < low)
    high++;
  if (high != 0)
    atomicAdd (own + 1, high);
}

/* Adds units to column j of a cluster; column d counts its rows. */
__device__ static inline void
lloyd_cuda_add_units (const LloydCudaSink &sink,
                      unsigned int cluster,
                      unsigned int j,
                      long long units)
{
  if (units == 0)
    return;
  if (sink.own != NULL)
    lloyd_cuda_add_own (sink.own + 2 * ((size_t) cluster * (sink.d + 1) + j), units);
  else
    atomicAdd (j < sink.d ? &sink.sums.fixed_dev[(size_t) cluster * sink.d + j]
                          : &sink.sums.sizes_dev[cluster],
               (unsigned long long) units);
}

/* The integer part of a value; what it leaves out goes where it belongs. */
__device__ static inline long long
lloyd_cuda_units (
    const LloydCudaSums &sums, unsigned int d, unsigned int cluster, unsigned int j, double v)
{
  long long units = 0;
  if (fabs (v) < (double) sums.limit_dev[j])
    units = (long long) (v * sums.scale_dev[j] + LLOYD_CUDA_MAGIC - LLOYD_CUDA_MAGIC);

  double fine_scale = sums.fine_scale_dev[j];
  if (sums.slot_dev[j] < 0 && fine_scale == 0.0)
    return units;
  double rest = v - (double) units * sums.unit_dev[j];
  if (rest == 0.0)
    return units;
  if (fine_scale > 0.0)
    atomicAdd (&sums.fine_dev[(size_t) cluster * d + j],
               (unsigned long long) (long long) (rest * fine_scale));
  else
    lloyd_cuda_add_wide (
        &sums.wide_dev[(size_t) cluster * sums.n_slots + (unsigned int) sums.slot_dev[j]], rest);
  return units;
}

/* The units that w times coordinate x of a row adds to a cluster. */
__device__ static inline long long
lloyd_cuda_coordinate (const LloydCudaPoints &points,
                       const LloydCudaSums &sums,
                       unsigned int cluster,
                       unsigned int j,
                       float x,
                       double norm,
                       double w)
{
  double low;
  if (points.metric != LLOYD_METRIC_COSINE)
    return lloyd_cuda_units (sums, points.d, cluster, j, w * (double) x);
  int64_t q = lloyd_exact_unit_coordinate (x, norm, points.unit_scale);
  if (points.weights_dev == NULL)
    return lloyd_cuda_units (sums, points.d, cluster, j, w * ((double) q / points.unit_scale));
  double high = lloyd_exact_weighted_unit (q, (float) w, points.unit_scale, &low);
  return lloyd_cuda_units (sums, points.d, cluster, j, high) +
         lloyd_cuda_units (sums, points.d, cluster, j, low);
}

/* Norm of a row on the device, as unit rows want it. */
__device__ static inline double
lloyd_cuda_norm (const LloydCudaPoints &points, size_t place)
{
  if (points.norms_dev != NULL)
    return points.norms_dev[place];
  return sqrt (lloyd_exact_norm_squared (points.x_dev + place * points.d, points.d));
}

/* Adds the row (`place` on the device, `row` of the points) to a cluster, or with sign -1 takes it
 * off. The work is that of `n_lanes` threads, of which this is `lane`. */
__device__ static inline void
lloyd_cuda_add_row (const LloydCudaPoints &points,
                    const LloydCudaSink &sink,
                    size_t place,
                    size_t row,
                    unsigned int cluster,
                    int sign,
                    unsigned int lane,
                    unsigned int n_lanes)
{
  const float *x = points.x_dev + place * points.d;
  float weight = points.weights_dev != NULL ? points.weights_dev[row] : 1.0f;
  double w = sign < 0 ? -(double) weight : (double) weight;
  if (weight == 0.0f)
    return;
  double norm = points.metric == LLOYD_METRIC_COSINE ? lloyd_cuda_norm (points, place) : 1.0;
  for (unsigned int j = lane; j < points.d; j += n_lanes)
    lloyd_cuda_add_units (sink, cluster, j,
                          lloyd_cuda_coordinate (points, sink.sums, cluster, j, x[j], norm, w));
  if (lane > 0)
    return;
  lloyd_cuda_add_units (sink, cluster, points.d, sign);
  if (points.weights_dev != NULL)
    lloyd_cuda_add_wide (&sink.sums.weights_dev[cluster], w);
}

/* Whether k clusters' sums fit a block's own memory. */
static inline bool
lloyd_cuda_fits_own (unsigned int k, unsigned int d)
{
  return 2 * (size_t) k * (d + 1) <= LLOYD_CUDA_OWN_WORDS;
}

__device__ static inline void
lloyd_cuda_clear_own (unsigned int *own, unsigned int k, unsigned int d)
{
  for (unsigned int i = threadIdx.x; i < 2 * k * (d + 1); i += blockDim.x)
    own[i] = 0;
}

/* Adds a block's own sums to those in memory; the block waits before. */
__device__ static inline void
lloyd_cuda_flush_own (const LloydCudaSink &sink, unsigned int k)
{
  LloydCudaSink memory = { sink.sums, NULL, sink.d };
  for (unsigned int i = threadIdx.x; i < k * (sink.d + 1); i += blockDim.x)
    lloyd_cuda_add_units (
        memory, i / (sink.d + 1), i % (sink.d + 1),
        (long long) (sink.own[2 * i] | (unsigned long long) sink.own[2 * i + 1] << 32));
}
