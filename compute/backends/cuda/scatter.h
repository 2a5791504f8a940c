/* The kernels of scattering, as the host side sees them; as in kernels.h. */
#pragma once

#include "compute/backends/cuda/kernels.h"

#ifdef __cplusplus
extern "C"
{
#endif

  /* What a round adds up on the device. */
  typedef struct
  {
    /* Bits of the largest distance of a row of weight above 0, which order like the distances; the
     * lowest such row that has it. Bits of the largest distance times a weight. */
    unsigned long long largest;
    unsigned long long farthest;
    unsigned long long heaviest;
    /* Sum of the integer weights, and how many rows were drawn. */
    unsigned long long total;
    unsigned long long n_drawn;
  } LloydCudaScatter;

  /* What decides the draws; see LloydScatterRound. */
  typedef struct
  {
    unsigned long long n_wanted;
    unsigned long long seed;
    unsigned int round;
    double scale;
    unsigned long long total;
  } LloydCudaDraws;

  /* out_dev = the smaller of nearest_dev and the distance to the nearest of m centres, n values
   * each, which may be the same; result_dev->largest and ->heaviest grow to the largest. */
  cudaError_t lloyd_cuda_take_centres (LloydCudaPoints points,
                                       LloydCudaView view,
                                       const float *centres_dev,
                                       unsigned int m,
                                       const double *nearest_dev,
                                       double *out_dev,
                                       LloydCudaScatter *result_dev,
                                       cudaStream_t stream);

  /* result_dev->farthest shrinks to the lowest row of distance result_dev->largest. */
  cudaError_t lloyd_cuda_find_farthest (LloydCudaPoints points,
                                        size_t n,
                                        const double *nearest_dev,
                                        LloydCudaScatter *result_dev,
                                        cudaStream_t stream);

  /* result_dev->total grows by the integer weights of n distances. */
  cudaError_t lloyd_cuda_sum_all_weights (LloydCudaPoints points,
                                          size_t n,
                                          const double *nearest_dev,
                                          double scale,
                                          LloydCudaScatter *result_dev,
                                          cudaStream_t stream);

  /* Writes the rows drawn, in any order, to rows_dev as far as its `capacity` goes;
   * result_dev->n_drawn grows by all of them. */
  cudaError_t lloyd_cuda_draw_rows (LloydCudaPoints points,
                                    size_t n,
                                    const double *nearest_dev,
                                    LloydCudaDraws draws,
                                    size_t *rows_dev,
                                    size_t capacity,
                                    LloydCudaScatter *result_dev,
                                    cudaStream_t stream);

#ifdef __cplusplus
}
#endif
