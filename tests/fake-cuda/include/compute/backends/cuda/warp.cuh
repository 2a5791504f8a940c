/* What the real header says in PTX, said in C++ for the host. */
#pragma once

#include "cuda_runtime.h"

#define LLOYD_WARP 32
#define LLOYD_ALL_LANES 0xFFFFFFFFu
/* A function that keeps its registers to itself. */
#define LLOYD_APART

/* ---- half precision ------------------------------------------------------------------------ */

/* What each float16 is, looked up. */
struct FakeHalves
{
  float values[65536];

  FakeHalves ()
  {
    for (unsigned int bits = 0; bits < 65536; bits++)
      {
        int exponent = (int) (bits >> 10 & 31);
        float fraction = (float) (bits & 1023);
        float v =
            exponent == 0 ? ldexpf (fraction, -24) : ldexpf (1024.0f + fraction, exponent - 25);
        if (exponent == 31)
          v = (bits & 1023) != 0 ? NAN : INFINITY;
        values[bits] = (bits & 0x8000) != 0 ? -v : v;
      }
  }
};

inline const FakeHalves fake_halves;

static inline float
lloyd_half_value (unsigned int bits)
{
  return fake_halves.values[bits & 0xFFFF];
}

static inline unsigned int
lloyd_half_bits (float v)
{
  unsigned int sign = __float_as_uint (v) >> 16 & 0x8000;
  int exponent;
  if (v != v)
    return 0x7FFF;
  float magnitude = fabsf (v);
  if (magnitude >= 65520.0f)
    return sign | 0x7C00;
  frexpf (magnitude, &exponent);
  if (magnitude < 0x1p-14f)
    return sign | (unsigned int) rintf (magnitude * 0x1p24f);
  /* A carry out of the fraction raises the exponent, as it should. */
  return sign | (((unsigned int) (exponent + 14) << 10) +
                 (unsigned int) rintf (ldexpf (magnitude, 11 - exponent)) - 0x400u);
}

/* ---- the matrix unit ----------------------------------------------------------------------- */

/* Adds in float32 and cuts off, which no unit does worse. */
static inline float
fake_add_cut (float a, float b)
{
  double sum = (double) a + (double) b;
  float rounded = (float) sum;
  /* One less in magnitude. */
  return fabs ((double) rounded) > fabs (sum) ? __uint_as_float (__float_as_uint (rounded) - 1)
                                              : rounded;
}

/* The layout is that of mma.m16n8k16 in the PTX manual. */
static inline void
lloyd_mma (float c[4], const unsigned int a[4], const unsigned int b[2])
{
  struct
  {
    unsigned int a[4];
    unsigned int b[2];
  } own, row, column;
  unsigned int lane = threadIdx.x % FAKE_WARP;
  memcpy (own.a, a, sizeof own.a);
  memcpy (own.b, b, sizeof own.b);
  const uint8_t *all = fake_exchange (FAKE_PRODUCT, &own, sizeof own);

  fake_spend (fake_mma_us);
  for (unsigned int i = 0; i < 4; i++)
    for (unsigned int k = 0; k < 16; k++)
      {
        unsigned int g = lane / 4, t = k % 8 / 2, shift = k % 2 * 16;
        unsigned int n = lane % 4 * 2 + i % 2;
        memcpy (&row, all + 32 * (g * 4 + t), sizeof row);
        memcpy (&column, all + 32 * (n * 4 + t), sizeof column);
        float x = lloyd_half_value (row.a[i / 2 + k / 8 * 2] >> shift & 0xFFFF);
        float y = lloyd_half_value (column.b[k / 8] >> shift & 0xFFFF);
        c[i] = fake_add_cut (c[i], x * y * (1.0f + fake_matrix_error));
      }
}

/* ---- copies that do not wait --------------------------------------------------------------- */

/* Done late, so that a kernel that does not wait is found out. */
static inline void
lloyd_copy_16 (void *shared, const void *global)
{
  fake_copy_later (shared, global);
}

static inline void
lloyd_copy_commit (void)
{
  fake_copy_commit ();
}

template <unsigned int N>
static inline void
lloyd_copy_wait (void)
{
  fake_copy_wait (N);
}
