/* A round of D^2 sampling without the host: the pairs of a row and a candidate that may come nearer
 * than what the row has are listed, then weighed by the canonical arithmetic, and from what they
 * gain follow the candidate taken, the new weights and the rows drawn. As in kernels.h. */
#pragma once

#include "compute/backends/cuda/screen.h"

#ifdef __cplusplus
extern "C"
{
#endif

  /* What a round adds up and finds; all 0 at first but for `scale` and `total`. */
  typedef struct
  {
    /* Candidate by candidate, what the weights would lose. */
    unsigned long long gains[LLOYD_CUDA_MAX_CANDIDATES];
    /* Rows drawn. */
    unsigned long long rows[LLOYD_CUDA_MAX_CANDIDATES];
    /* Bits of the largest distance times a weight. */
    unsigned long long largest;
    /* In: 2^t and the sum of the weights before the round. Out: after it. */
    double scale;
    unsigned long long total;
    unsigned int n_pairs;
    unsigned int chosen;
  } LloydCudaRound;

  /* Pairs: row, candidate, and once weighed the squared distance, infinite where it is no gain.
   * Pairs beyond the `capacity` are counted and not listed; then nothing is changed. */
  typedef struct
  {
    unsigned int *rows_dev;
    unsigned char *candidates_dev;
    double *distances_dev;
    unsigned int capacity;
  } LloydCudaPairs;

  typedef struct
  {
    /* m candidates, as they are and as panels (where the rows have copies, else NULL inside). */
    unsigned int m;
    const float *candidates_dev;
    LloydCudaPanels panels;
    LloydCudaReduced reduced;
    LloydCudaPairs pairs;
    double *nearest_dev;
    LloydCudaRound *round_dev;
    /* A sum for each LLOYD_CUDA_WEIGHT_ROWS rows. */
    unsigned long long *sums_dev;
    /* Random words, one for each row to draw. */
    const unsigned long long *draws_dev;
    unsigned int n_draws;
    /* The least a with n <= 2^a. */
    int row_bits;
  } LloydCudaRoundJob;

  /* Lists the pairs by the matrix unit; for distances alone. All rows are on the device. */
  cudaError_t
  lloyd_cuda_list_near (LloydCudaPoints points, LloydCudaRoundJob job, cudaStream_t stream);

  /* The same by the canonical arithmetic, which weighs them as well. */
  cudaError_t lloyd_cuda_list_nearer (LloydCudaPoints points,
                                      LloydCudaRoundJob job,
                                      unsigned int n_blocks,
                                      cudaStream_t stream);

  /* Weighs the pairs that are listed. */
  cudaError_t lloyd_cuda_weigh_pairs (LloydCudaPoints points,
                                      LloydCudaRoundJob job,
                                      unsigned int n_blocks,
                                      cudaStream_t stream);

  /* Takes the best candidate, chooses t anew and draws. */
  cudaError_t lloyd_cuda_finish_round (LloydCudaPoints points,
                                       LloydCudaRoundJob job,
                                       unsigned int n_blocks,
                                       cudaStream_t stream);

#ifdef __cplusplus
}
#endif
