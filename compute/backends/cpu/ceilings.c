#include "compute/backends/cpu/ceilings.h"

#include <string.h>

#include "compute/clock.h"
#include "compute/memory.h"
#include "compute/team.h"

/* Rounds of a pass: some milliseconds. Sums that do not wait for each other. */
#define ROUNDS 400000
#define SUMS 16
/* More than any cache holds. */
#define BYTES ((size_t) 1 << 29)

/* ---- products ------------------------------------------------------------------------------ */

#if defined(__x86_64__)
/* One instruction for each of sixteen registers; operands are zero, which no processor is slow
 * with. */
#define EACH(op, reg)                                                                              \
  op " %%" reg "16, %%" reg "17, %%" reg "0\n\t" op " %%" reg "16, %%" reg "17, %%" reg "1\n\t" op \
     " %%" reg "16, %%" reg "17, %%" reg "2\n\t" op " %%" reg "16, %%" reg "17, %%" reg "3\n\t" op \
     " %%" reg "16, %%" reg "17, %%" reg "4\n\t" op " %%" reg "16, %%" reg "17, %%" reg "5\n\t" op \
     " %%" reg "16, %%" reg "17, %%" reg "6\n\t" op " %%" reg "16, %%" reg "17, %%" reg "7\n\t" op \
     " %%" reg "16, %%" reg "17, %%" reg "8\n\t" op " %%" reg "16, %%" reg "17, %%" reg "9\n\t" op \
     " %%" reg "16, %%" reg "17, %%" reg "10\n\t" op " %%" reg "16, %%" reg "17, %%" reg           \
     "11\n\t" op " %%" reg "16, %%" reg "17, %%" reg "12\n\t" op " %%" reg "16, %%" reg            \
     "17, %%" reg "13\n\t" op " %%" reg "16, %%" reg "17, %%" reg "14\n\t" op " %%" reg            \
     "16, %%" reg "17, %%" reg "15\n\t"
#define ALL_SUMS                                                                                   \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",         \
      "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

static __attribute__ ((target ("avx512f"))) void
multiply_int8 (void)
{
  __asm__ volatile("vpxord %%zmm16, %%zmm16, %%zmm16\n\tvpxord %%zmm17, %%zmm17, %%zmm17" ::
                       : "xmm16", "xmm17");
  for (guint i = 0; i < ROUNDS; i++)
    __asm__ volatile(EACH ("vpdpbusd", "zmm")::: ALL_SUMS);
}

static __attribute__ ((target ("avx512f"))) void
multiply_float_512 (void)
{
  __asm__ volatile("vpxord %%zmm16, %%zmm16, %%zmm16\n\tvpxord %%zmm17, %%zmm17, %%zmm17" ::
                       : "xmm16", "xmm17");
  for (guint i = 0; i < ROUNDS; i++)
    __asm__ volatile(EACH ("vfmadd231ps", "zmm")::: ALL_SUMS);
}

/* Without AVX-512 there are sixteen registers: two hold operands, and twelve sums are enough to
 * keep every unit busy. */
#define FEW_SUMS 12
static __attribute__ ((target ("avx2,fma"))) void
multiply_float_256 (void)
{
  __asm__ volatile("vxorps %%ymm14, %%ymm14, %%ymm14\n\tvxorps %%ymm15, %%ymm15, %%ymm15" ::
                       : "xmm14", "xmm15");
  for (guint i = 0; i < ROUNDS; i++)
    __asm__ volatile("vfmadd231ps %%ymm14, %%ymm15, %%ymm0\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm1\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm2\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm3\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm4\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm5\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm6\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm7\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm8\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm9\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm10\n\t"
                     "vfmadd231ps %%ymm14, %%ymm15, %%ymm11\n\t"
                     :
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11");
}
#endif

/* What every compiler makes of vectors of four. */
typedef float Four __attribute__ ((vector_size (16)));

static void
multiply_float_any (void)
{
  Four sums[8] = { { 0.0f } }, factor = { 1.0f, 1.0f, 1.0f, 1.0f }, term = { 0.0f };
  for (guint i = 0; i < ROUNDS; i++)
    for (guint j = 0; j < 8; j++)
      {
        sums[j] = sums[j] * factor + term;
        /* So that nothing is left out. */
        __asm__ volatile("" : "+m"(sums[j]));
      }
}

/* A way to multiply, and operations of a round. */
typedef struct
{
  void (*multiply) (void);
  double operations;
} Products;

static Products
choose_int8 (void)
{
#if defined(__x86_64__)
  if (__builtin_cpu_supports ("avx512vnni"))
    return (Products){ multiply_int8, 2.0 * 64.0 * SUMS };
#endif
  return (Products){ NULL, 0.0 };
}

static Products
choose_float (void)
{
#if defined(__x86_64__)
  if (__builtin_cpu_supports ("avx512f"))
    return (Products){ multiply_float_512, 2.0 * 16.0 * SUMS };
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    return (Products){ multiply_float_256, 2.0 * 8.0 * FEW_SUMS };
#endif
  return (Products){ multiply_float_any, 2.0 * 4.0 * 8.0 };
}

/* ---- passes -------------------------------------------------------------------------------- */

typedef struct
{
  LloydTeam *team;
  Products products;
  const guint64 *words;
  size_t n_words;
  /* The sums end here, so that their loop is not left out. */
  gint64 sink;
} Pass;

static void
multiply (guint index, gpointer data)
{
  (void) index;
  ((Pass *) data)->products.multiply ();
}

/* Four vectors a turn, so that reading waits for memory and not for adding. */
static void
read_words (guint index, gpointer data)
{
  typedef guint64 Pair __attribute__ ((vector_size (16)));
  Pass *self = data;
  size_t n = self->n_words / 2, share = n / lloyd_team_get_size (self->team);
  const Pair *pairs = (const Pair *) (gconstpointer) self->words + share * index;
  Pair sums[4] = { { 0 } };

  for (size_t i = 0; i + 4 <= share; i += 4)
    for (guint j = 0; j < 4; j++)
      sums[j] += pairs[i + j];
  Pair sum = sums[0] + sums[1] + sums[2] + sums[3];
  __atomic_fetch_add (&self->sink, (gint64) (sum[0] + sum[1]), __ATOMIC_RELAXED);
}

/* Seconds of the fastest pass. */
static gboolean
time_passes (Pass *self,
             LloydTeamJob job,
             double seconds,
             double *fastest,
             GCancellable *cancellable,
             GError **error)
{
  gint64 end_ns = lloyd_clock_ns () + (gint64) (seconds * 1e9), best_ns = G_MAXINT64;
  do
    {
      gint64 start_ns = lloyd_clock_ns ();
      lloyd_team_run (self->team, lloyd_team_get_size (self->team), job, self);
      best_ns = MIN (best_ns, MAX (lloyd_clock_ns () - start_ns, 1));
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
  while (lloyd_clock_ns () < end_ns);
  *fastest = (double) best_ns * 1e-9;
  return TRUE;
}

static gboolean
measure_products (Pass *self,
                  Products products,
                  double seconds,
                  double *gops,
                  GCancellable *cancellable,
                  GError **error)
{
  double fastest;
  *gops = 0.0;
  self->products = products;
  if (products.multiply == NULL)
    return TRUE;
  if (!time_passes (self, multiply, seconds, &fastest, cancellable, error))
    return FALSE;
  *gops = products.operations * ROUNDS * lloyd_team_get_size (self->team) / fastest * 1e-9;
  return TRUE;
}

static gboolean
measure_reading (
    Pass *self, double seconds, double *gbytes, GCancellable *cancellable, GError **error)
{
  double fastest;
  guint64 *words = lloyd_allocate_aligned (BYTES, 1, "what is read", error);
  if (words == NULL)
    return FALSE;
  memset (words, 1, BYTES);
  self->words = words;
  self->n_words = BYTES / sizeof *words;
  gboolean is_done = time_passes (self, read_words, seconds, &fastest, cancellable, error);
  lloyd_free_aligned (words);
  if (is_done)
    *gbytes = (double) BYTES / fastest * 1e-9;
  return is_done;
}

gboolean
lloyd_ceilings_measure (
    LloydCeilings *self, guint n_threads, double seconds, GCancellable *cancellable, GError **error)
{
  LloydCeilings found;
  Pass pass = { .team =
                    lloyd_team_new (n_threads > 0 ? n_threads : lloyd_team_default_size (), 0) };
  gboolean is_done =
      measure_products (&pass, choose_int8 (), seconds, &found.gops, cancellable, error) &&
      measure_products (&pass, choose_float (), seconds, &found.gops_float, cancellable, error) &&
      measure_reading (&pass, seconds, &found.gbytes, cancellable, error);
  lloyd_team_free (pass.team);
  if (is_done)
    *self = found;
  return is_done;
}
