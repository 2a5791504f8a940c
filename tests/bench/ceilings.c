/* What the processor could do at most: multiplications and additions of 8-bit numbers, and reading
 * memory, by all threads at once. peers.py builds it with -O3 -march=native -fopenmp and prints the
 * shares against it. The argument: seconds of each (1). Prints {"gops": G, "gbytes": B}; gops is 0
 * where there are no 8-bit products.
 */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROUNDS ((size_t) 4000000)
#define BYTES ((size_t) 1 << 29)
#define WORDS (BYTES / sizeof (uint64_t))

/* The sum ends here, so that its loop is not left out. */
static volatile uint64_t sink;

#if defined(__AVX512VNNI__)
/* Sums that do not wait for each other; numbers that one instruction multiplies. */
#define SUMS 16
#define LANES 64

static void
multiply (void)
{
  for (size_t i = 0; i < ROUNDS; i++)
    __asm__ volatile("vpdpbusd %%zmm16, %%zmm17, %%zmm0\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm1\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm2\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm3\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm4\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm5\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm6\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm7\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm8\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm9\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm10\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm11\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm12\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm13\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm14\n\t"
                     "vpdpbusd %%zmm16, %%zmm17, %%zmm15"
                     :
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}
#else
#define SUMS 0
#define LANES 0

static void
multiply (void)
{
}
#endif

/* Seconds of the fastest repeat of that many seconds, all threads at once. */
static double
time_products (double seconds_in_all)
{
  double best = 1e30, end = omp_get_wtime () + seconds_in_all;
  while (omp_get_wtime () < end)
    {
      double start = omp_get_wtime ();
#pragma omp parallel
      multiply ();
      double seconds = omp_get_wtime () - start;
      best = seconds < best ? seconds : best;
    }
  return best;
}

static double
time_reading (const uint64_t *words, double seconds_in_all)
{
  double best = 1e30, end = omp_get_wtime () + seconds_in_all;
  while (omp_get_wtime () < end)
    {
      uint64_t sum = 0;
      double start = omp_get_wtime ();
#pragma omp parallel for reduction(+ : sum) schedule(static)
      for (size_t i = 0; i < WORDS; i++)
        sum += words[i];
      double seconds = omp_get_wtime () - start;
      sink = sum;
      best = seconds < best ? seconds : best;
    }
  return best;
}

int
main (int argc, char **argv)
{
  double seconds = argc > 1 ? atof (argv[1]) : 1.0;
  uint64_t *words = aligned_alloc ((size_t) 1 << 21, BYTES);
  if (words == NULL)
    {
      fprintf (stderr, "ceilings: not enough memory for %zu bytes\n", BYTES);
      return 1;
    }
  madvise (words, BYTES, MADV_HUGEPAGE);
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < WORDS; i++)
    words[i] = i;

  double operations = 2.0 * LANES * SUMS * ROUNDS * omp_get_max_threads ();
  printf ("{\"gops\": %.1f, \"gbytes\": %.1f}\n", operations / time_products (seconds) / 1e9,
          (double) BYTES / time_reading (words, seconds) / 1e9);
  free (words);
  return 0;
}
