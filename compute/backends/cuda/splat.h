/* The kernels of splats, as the host side sees them; as in kernels.h. */
#pragma once

#include "compute/backends/cuda/kernels.h"
#include "compute/exact/splat.h"

#ifdef __cplusplus
extern "C"
{
#endif

  /* Where rows are seen; see LloydSplatMap. */
  typedef struct
  {
    unsigned int width, height;
    unsigned int n_terms;
    const unsigned int *columns_dev;
    const double *across_dev, *down_dev;
    double across_start, down_start;
  } LloydCudaSplatMap;

  /* Which rows are drawn: n of them, d floats apart, with their labels; the numbers that they have
   * in the input, NULL: their own; only those whose hash lies between the two, both included. */
  typedef struct
  {
    const float *x_dev;
    const int *labels_dev;
    const size_t *numbers_dev;
    unsigned int d;
    unsigned int first_hash, last_hash;
  } LloydCudaSplatRows;

  /* How pixels get their colours; see LloydSplatShade. */
  typedef struct
  {
    unsigned int width, height;
    unsigned int least_side, largest_side;
    LloydTone tone;
    unsigned int weakest;
    const unsigned int *colours_dev;
    unsigned int n_colours;
    unsigned int background;
  } LloydCudaSplatShade;

  /* n pixels at which nothing is seen. */
  cudaError_t lloyd_cuda_splat_clear (LloydSplatPixel *pixels_dev, size_t n, cudaStream_t stream);

  /* Adds rows `first` to `first + count - 1` to the pixels. */
  cudaError_t lloyd_cuda_splat_rows (LloydCudaSplatMap map,
                                     LloydCudaSplatRows rows,
                                     size_t first,
                                     size_t count,
                                     LloydSplatPixel *pixels_dev,
                                     cudaStream_t stream);

  /* What is counted on the way from pixels to colours. */
  typedef struct
  {
    /* Pixels at each level; all rows seen. All 0 at first. */
    unsigned long long n_at[LLOYD_SPLAT_LEVELS];
    unsigned long long n_seen;
    unsigned char strength[LLOYD_SPLAT_LEVELS];
  } LloydCudaSplatTones;

  /* Colours the pixels, each 0xffRRGGBB. */
  cudaError_t lloyd_cuda_splat_shade (LloydCudaSplatShade shade,
                                      const LloydSplatPixel *pixels_dev,
                                      LloydCudaSplatTones *tones_dev,
                                      unsigned int *out_dev,
                                      cudaStream_t stream);

  /* Labels in 16 bits of the n rows listed; 65535 for one that has none, and larger ones from 0 on
   * again. */
  cudaError_t lloyd_cuda_pick_labels (const int *labels_dev,
                                      const size_t *rows_dev,
                                      size_t n,
                                      unsigned short *out_dev,
                                      cudaStream_t stream);

#ifdef __cplusplus
}
#endif
