/* A look at the matrix unit: whether results are where the screen expects them, and as near to the
 * truth as its bound says. One warp. */
#include "compute/backends/cuda/bound.cuh"
#include "compute/backends/cuda/launch.cuh"

/* Sums of so many instructions, one after another; and how often each strain comes. */
#define STEPS 64
#define ROUNDS 8
#define N_STRAINS 4

/* A number that looks random, for each set of coordinates. */
__device__ static inline unsigned int
mix (unsigned int a, unsigned int b, unsigned int c)
{
  unsigned int h = a * 0x9E3779B1u ^ b * 0x85EBCA77u ^ c * 0xC2B2AE3Du;
  h = (h ^ h >> 15) * 0x2C1B3C6Du;
  h = (h ^ h >> 12) * 0x297A2D39u;
  return h ^ h >> 15;
}

/* Entry `term` of row (or column) `line`, in float16. The strains: small integers, whose sums are
 * exact; one large term and many just below what it leaves room for; all magnitudes; denormals. */
__device__ static inline unsigned int
entry (unsigned int strain, unsigned int round, unsigned int line, unsigned int term)
{
  unsigned int h = mix (line + 64 * round, term, strain);
  float sign = (h & 1) != 0 && strain != 1 ? -1.0f : 1.0f;
  float fraction = 1.0f + (float) (h >> 8 & 1023) * 0x1p-10f;
  switch (strain)
    {
    case 0:
      return lloyd_half_bits ((float) (int) (h >> 4 & 15) - 8.0f);
    case 1:
      return lloyd_half_bits (term % 64 == 0 ? 0x1p12f : fraction * 0x1p-1f);
    case 2:
      return lloyd_half_bits (sign * fraction * ldexpf (1.0f, (int) (h >> 20) % 29 - 14));
    default:
      return lloyd_half_bits (sign * fraction * ldexpf (1.0f, (int) (h >> 20) % 9 - 24));
    }
}

/* Two entries in one register. */
__device__ static inline unsigned int
pair (unsigned int strain, unsigned int round, unsigned int line, unsigned int term)
{
  return entry (strain, round, line, term) | entry (strain, round, line, term + 1) << 16;
}

/* Whether the sum of `steps` instructions for a row and a column is right. */
__device__ static bool
is_right (unsigned int strain, unsigned int round, unsigned int row, unsigned int column, float sum)
{
  double truth = 0.0, magnitude = 0.0;
  for (unsigned int term = 0; term < STEPS * 16; term++)
    {
      double product = (double) lloyd_half_value (entry (strain, round, row, term)) *
                       (double) lloyd_half_value (entry (strain, round, 16 + column, term));
      truth += product;
      magnitude += fabs (product);
    }
  double allowed = strain == 0 ? 0.0 : (double) lloyd_cuda_sum_error (STEPS * 16.0f) * magnitude;
  return fabs ((double) sum - truth) <= allowed;
}

__global__ static void
test_kernel (unsigned int *wrong)
{
  unsigned int g = threadIdx.x / 4, t = threadIdx.x % 4;
  for (unsigned int at = blockIdx.x; at < N_STRAINS * ROUNDS; at += gridDim.x)
    {
      unsigned int strain = at % N_STRAINS, round = at / N_STRAINS;
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
        if (!is_right (strain, round, g + i / 2 * 8, 2 * t + i % 2, c[i]))
          atomicAdd (wrong, 1u);
    }
}

extern "C" cudaError_t
lloyd_cuda_test_matrix_unit (unsigned int *wrong_dev, cudaStream_t stream)
{
  LLOYD_LAUNCH_BLOCKS (test_kernel, N_STRAINS * ROUNDS, LLOYD_WARP, 0, stream, wrong_dev);
  return cudaGetLastError ();
}
