/* A look at the matrix unit: whether results are where the screen expects them, and as near to the
 * truth as its bound says. One warp. */
#include "compute/backends/cuda/launch.cuh"
#include "compute/backends/cuda/strain.cuh"

/* Sums of so many instructions, one after another; and how often each strain comes. */
#define STEPS 64
#define ROUNDS 8

/* Two entries in one register. */
__device__ static inline unsigned int
pair (unsigned int strain, unsigned int round, unsigned int line, unsigned int term)
{
  return lloyd_strain (strain, round, line, term) | lloyd_strain (strain, round, line, term + 1)
                                                        << 16;
}

__global__ static void
test_kernel (unsigned int *wrong)
{
  unsigned int g = threadIdx.x / 4, t = threadIdx.x % 4;
  for (unsigned int at = blockIdx.x; at < LLOYD_N_STRAINS * ROUNDS; at += gridDim.x)
    {
      unsigned int strain = at % LLOYD_N_STRAINS, round = at / LLOYD_N_STRAINS;
      float c[4] = { 0.0f, 0.0f, 0.0f, 0.0f };
      for (unsigned int step = 0; step < STEPS; step++)
        {
          unsigned int first = step * 16 + 2 * t;
          unsigned int a[4] = { pair (strain, round, g, first), pair (strain, round, g + 8, first),
                                pair (strain, round, g, first + 8),
                                pair (strain, round, g + 8, first + 8) };
          unsigned int b[2] = { pair (strain, round, 16 + g, first),
                                pair (strain, round, 16 + g, first + 8) };
          lloyd_mma (c, a, b);
        }
      for (unsigned int i = 0; i < 4; i++)
        if (!lloyd_strain_is_right (strain, round, g + i / 2 * 8, 16 + 2 * t + i % 2, STEPS * 16,
                                    c[i]))
          atomicAdd (wrong, 1u);
    }
}

extern "C" cudaError_t
lloyd_cuda_test_matrix_unit (unsigned int *wrong_dev, cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (test_kernel, LLOYD_N_STRAINS * ROUNDS, LLOYD_WARP, 0, stream, wrong_dev);
  return cudaGetLastError ();
}
