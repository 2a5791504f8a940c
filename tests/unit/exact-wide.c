/* Wide sums against a slow twin, and against what the processor rounds right by itself. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "compute/exact/wide.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static guint64
random_u64 (GRand *rand)
{
  return (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
}

/* A double of random sign and mantissa, 2^low <= |v| < 2^high; now and then 0. */
static double
random_double (GRand *rand, int low, int high)
{
  guint64 mantissa = (guint64) 1 << 52 | random_u64 (rand) >> 12;
  /* Some with few bits, so that ties and exact cancellation happen. */
  if (g_rand_boolean (rand))
    mantissa &= ~(guint64) 0 << g_rand_int_range (rand, 0, 53);
  double v = ldexp ((double) mantissa, g_rand_int_range (rand, low, high) - 52);
  if (g_rand_int_range (rand, 0, 50) == 0)
    return 0.0;
  return g_rand_boolean (rand) ? v : -v;
}

/* A finite float of any bits. */
static float
random_float (GRand *rand)
{
  float v;
  do
    {
      guint32 bits = g_rand_int (rand);
      memcpy (&v, &bits, sizeof v);
    }
  while (!isfinite (v));
  return v;
}

/* ---- the slow twin ------------------------------------------------------------------------- */

/* The same number as a LloydWide, one bit a byte, in two's complement, carries settled at once. */
#define SLOW_BITS 1400

typedef struct
{
  guint8 bit[SLOW_BITS];
} Slow;

/* Adds +-2^exponent. */
static void
slow_add_bit (Slow *self, int exponent, gboolean is_negative)
{
  guint8 stop = is_negative ? 1 : 0;
  int i = exponent - LLOYD_WIDE_LSB;
  g_assert_cmpint (i, >=, 0);
  for (; i < SLOW_BITS && self->bit[i] != stop; i++)
    self->bit[i] ^= 1;
  if (i < SLOW_BITS)
    self->bit[i] ^= 1;
}

static void
slow_add_scaled (Slow *self, lloyd_int128 v, int exponent)
{
  lloyd_uint128 magnitude = v < 0 ? -(lloyd_uint128) v : (lloyd_uint128) v;
  for (int i = 0; i < 128; i++)
    if (magnitude >> i & 1)
      slow_add_bit (self, exponent + i, v < 0);
}

/* Adds factor * v. */
static void
slow_add_product (Slow *self, double v, float factor)
{
  int v_exponent, factor_exponent;
  gint64 v_mantissa = (gint64) ldexp (frexp (v, &v_exponent), 53);
  gint64 factor_mantissa = (gint64) ldexp (frexp ((double) factor, &factor_exponent), 24);
  lloyd_int128 product = (lloyd_int128) v_mantissa * factor_mantissa;
  int exponent = v_exponent - 53 + factor_exponent - 24;

  if (product == 0)
    return;
  for (; product % 2 == 0; product /= 2)
    exponent++;
  slow_add_scaled (self, product, exponent);
}

static void
slow_add (Slow *self, double v)
{
  slow_add_product (self, v, 1.0f);
}

static double
slow_round (const Slow *self)
{
  Slow magnitude = *self;
  gboolean is_negative = self->bit[SLOW_BITS - 1] == 1;
  if (is_negative)
    {
      for (int i = 0; i < SLOW_BITS; i++)
        magnitude.bit[i] ^= 1;
      slow_add_bit (&magnitude, LLOYD_WIDE_LSB, FALSE);
    }
  int top = SLOW_BITS - 1;
  while (top >= 0 && magnitude.bit[top] == 0)
    top--;
  if (top < 0)
    return 0.0;

  int low = MAX (top - 52, 0);
  double v = 0.0;
  for (int i = top; i >= low; i--)
    v = 2.0 * v + magnitude.bit[i];
  gboolean has_tail = FALSE;
  for (int i = 0; i < low - 1; i++)
    has_tail |= magnitude.bit[i] != 0;
  if (low > 0 && magnitude.bit[low - 1] && (has_tail || magnitude.bit[low]))
    v += 1.0;
  v = ldexp (v, low + LLOYD_WIDE_LSB);
  return is_negative ? -v : v;
}

/* Whether both are the same number: peels off rounded parts until nothing is left. */
static void
assert_same (const LloydWide *wide, const Slow *slow)
{
  LloydWide rest = *wide;
  Slow slow_rest = *slow;
  for (int i = 0; i < 40; i++)
    {
      double rounded = slow_round (&slow_rest);
      g_assert_cmpfloat (lloyd_wide_round (&rest), ==, rounded);
      g_assert_cmpint (lloyd_wide_sign (&rest), ==, (rounded > 0.0) - (rounded < 0.0));
      if (rounded == 0.0)
        return;
      if (fabs (rounded) < 0x1p448)
        lloyd_wide_add (&rest, -rounded);
      else
        lloyd_wide_add_scaled (&rest, (lloyd_int128) ldexp (-rounded, -390), 390);
      slow_add (&slow_rest, -rounded);
    }
  g_assert_not_reached ();
}

/* ---- wide sums ----------------------------------------------------------------------------- */

/* The exact sum of two doubles, rounded once, is what the processor's + gives. */
static void
test_wide_pairs (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int i = 0; i < 100000; i++)
    {
      int middle = g_rand_int_range (rand, -500, 380);
      double a = random_double (rand, middle - 60, middle + 60);
      double b = random_double (rand, middle - 60, middle + 60);
      LloydWide sum = { 0 };
      lloyd_wide_add (&sum, a);
      lloyd_wide_add (&sum, b);
      g_assert_cmpfloat (lloyd_wide_round (&sum), ==, a + b);
    }
}

static void
fill_wild (double *values, size_t n, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    switch (g_rand_int_range (rand, 0, 5))
      {
      case 0:
        values[i] = (double) random_float (rand);
        break;
      case 1:
        values[i] = (double) random_float (rand) * (double) random_float (rand);
        break;
      case 2:
        values[i] = 0x1p-149 * g_rand_int_range (rand, -1000, 1000);
        break;
      case 3:
        values[i] = i > 0 ? -values[i - 1] : 0.0;
        break;
      default:
        values[i] = random_double (rand, -700, 448);
        break;
      }
}

static void
shuffle (double *values, size_t n, GRand *rand)
{
  for (size_t i = n - 1; i > 0; i--)
    {
      size_t j = (size_t) g_rand_int_range (rand, 0, (gint32) i + 1);
      double swap = values[i];
      values[i] = values[j];
      values[j] = swap;
    }
}

/* One by one, at once, in parts, in any order: one number. */
static void
test_wide_order (void)
{
  g_autoptr (GRand) rand = random_new ();
  double values[300];
  for (int round = 0; round < 60; round++)
    {
      size_t n = (size_t) g_rand_int_range (rand, 1, G_N_ELEMENTS (values) + 1);
      size_t cut = (size_t) g_rand_int_range (rand, 0, (gint32) n);
      LloydWide sum = { 0 }, all = { 0 }, left = { 0 }, right = { 0 };
      Slow slow = { { 0 } };

      fill_wild (values, n, rand);
      for (size_t i = 0; i < n; i++)
        {
          lloyd_wide_add (&sum, values[i]);
          slow_add (&slow, values[i]);
        }
      assert_same (&sum, &slow);

      shuffle (values, n, rand);
      lloyd_wide_add_all (&all, values, n);
      g_assert_true (lloyd_wide_equal (&all, &sum));
      lloyd_wide_add_all (&left, values, cut);
      lloyd_wide_add_all (&right, values + cut, n - cut);
      g_assert_cmpint (lloyd_wide_equal (&right, &all), ==, lloyd_wide_sign (&left) == 0);
      lloyd_wide_merge (&right, &left);
      g_assert_true (lloyd_wide_equal (&right, &all));
      g_assert_cmpfloat (lloyd_wide_round (&right), ==, slow_round (&slow));
      lloyd_wide_subtract (&right, &left);
      lloyd_wide_subtract (&right, &all);
      lloyd_wide_merge (&right, &left);
      g_assert_cmpint (lloyd_wide_sign (&right), ==, 0);
    }
}

/* Adding many at once is adding one by one: for near and far magnitudes, for every length around
 * that of a block, and for what lies below the last bit. */
static void
test_wide_add_all (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const size_t lengths[] = { 0, 1, 2, 100, 2047, 2048, 2049, 4096, 5000 };
  static const int ranges[][2] = {
    { 0, 3 },       { -20, 20 },    { -40, 45 },     { 395, 448 },
    { -620, -540 }, { -760, -755 }, { -1022, -700 }, { -1022, 448 }
  };
  g_autofree double *values = g_new (double, 5000);

  for (size_t l = 0; l < G_N_ELEMENTS (lengths); l++)
    for (size_t r = 0; r < G_N_ELEMENTS (ranges); r++)
      {
        LloydWide one_by_one = { 0 }, all = { 0 };
        for (size_t i = 0; i < lengths[l]; i++)
          {
            values[i] = random_double (rand, ranges[r][0], ranges[r][1]);
            lloyd_wide_add (&one_by_one, values[i]);
          }
        lloyd_wide_add_all (&all, values, lengths[l]);
        g_assert_true (lloyd_wide_equal (&all, &one_by_one));
      }

  /* The most that a block's integers must hold: all as large as can be, all of one sign. */
  for (int sign = -1; sign <= 1; sign += 2)
    {
      LloydWide all = { 0 };
      for (size_t i = 0; i < 2048; i++)
        values[i] = sign * nextafter (0x1p300, 0.0);
      lloyd_wide_add_all (&all, values, 2048);
      g_assert_cmpfloat (lloyd_wide_round (&all), ==, 2048.0 * values[0]);
    }
}

static void
test_wide_squares (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autofree float *values = g_new (float, 5000);
  for (int round = 0; round < 20; round++)
    {
      LloydWide squares = { 0 };
      Slow slow = { { 0 } };
      size_t n = (size_t) g_rand_int_range (rand, 0, round < 3 ? 5000 : 100);
      for (size_t i = 0; i < n; i++)
        {
          values[i] = round % 2 == 0 ? random_float (rand) : (float) random_double (rand, -3, 3);
          slow_add_product (&slow, (double) values[i], values[i]);
        }
      lloyd_wide_add_squares (&squares, values, n);
      assert_same (&squares, &slow);
    }
}

static void
test_wide_cancellation (void)
{
  g_autoptr (GRand) rand = random_new ();
  LloydWide sum = { 0 };
  lloyd_wide_add (&sum, 1e30);
  lloyd_wide_add (&sum, 1.0);
  lloyd_wide_add (&sum, -1e30);
  g_assert_cmpfloat (lloyd_wide_round (&sum), ==, 1.0);

  /* Whatever comes and goes, what stays is what was there. */
  for (int round = 0; round < 200; round++)
    {
      double kept = random_double (rand, -700, 0), passing[20];
      LloydWide rest = { 0 };
      lloyd_wide_add (&rest, kept);
      for (int i = 0; i < 20; i++)
        {
          passing[i] = random_double (rand, -700, 448);
          lloyd_wide_add (&rest, passing[i]);
        }
      for (int i = 19; i >= 0; i--)
        lloyd_wide_add (&rest, -passing[i]);
      g_assert_cmpfloat (lloyd_wide_round (&rest), ==, kept);
      g_assert_cmpint (lloyd_wide_sign (&rest), ==, (kept > 0.0) - (kept < 0.0));
    }
}

/* Half way between two doubles, the even one; anything beyond the half, however far below, tells.
 */
static void
test_wide_ties (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int i = 0; i < 20000; i++)
    {
      int exponent = g_rand_int_range (rand, -600, 380);
      double v = ldexp ((double) ((guint64) 1 << 52 | random_u64 (rand) >> 12), exponent);
      double half = ldexp (0.5, exponent), up = nextafter (v, INFINITY);
      double tail = ldexp (1.0, g_rand_int_range (rand, -768, exponent - 1));
      guint64 bits;
      memcpy (&bits, &v, sizeof bits);
      double even = bits % 2 == 0 ? v : up;

      for (int sign = -1; sign <= 1; sign += 2)
        {
          LloydWide tie = { 0 };
          lloyd_wide_add (&tie, sign * v);
          lloyd_wide_add (&tie, sign * half);
          g_assert_cmpfloat (lloyd_wide_round (&tie), ==, sign * even);
          lloyd_wide_add (&tie, sign * tail);
          g_assert_cmpfloat (lloyd_wide_round (&tie), ==, sign * up);
          lloyd_wide_add (&tie, -2.0 * sign * tail);
          g_assert_cmpfloat (lloyd_wide_round (&tie), ==, sign * v);
        }
    }
}

static void
test_wide_scaled (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 200; round++)
    {
      LloydWide sum = { 0 };
      Slow slow = { { 0 } };
      for (int i = 0; i < 20; i++)
        {
          lloyd_int128 v = (lloyd_int128) random_u64 (rand) << 62 | random_u64 (rand) >> 2;
          v >>= g_rand_int_range (rand, 0, 126);
          v = g_rand_boolean (rand) ? v : -v;
          int exponent = g_rand_int_range (rand, LLOYD_WIDE_LSB, 370);
          lloyd_wide_add_scaled (&sum, v, exponent);
          slow_add_scaled (&slow, v, exponent);
        }
      assert_same (&sum, &slow);
    }
}

/* A multiple, rounded once, is what the processor's fused multiply-add gives; of a sum, it is the
 * sum of the multiples. */
static void
test_wide_multiple (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int i = 0; i < 20000; i++)
    {
      float factor = (float) random_double (rand, -100, 100);
      double x = random_double (rand, -200, 200), start = random_double (rand, -300, 300);
      LloydWide total = { 0 }, other = { 0 };
      lloyd_wide_add (&total, start);
      lloyd_wide_add (&other, x);
      lloyd_wide_add_multiple (&total, &other, factor);
      g_assert_cmpfloat (lloyd_wide_round (&total), ==, fma ((double) factor, x, start));
    }

  for (int round = 0; round < 300; round++)
    {
      float factor = random_float (rand);
      LloydWide total = { 0 }, other = { 0 };
      Slow slow = { { 0 } };
      for (int i = 0; i < 20; i++)
        {
          double v = random_double (rand, -540, 300);
          lloyd_wide_add (&other, v);
          slow_add_product (&slow, v, factor);
        }
      lloyd_wide_add_multiple (&total, &other, factor);
      assert_same (&total, &slow);
    }
}

/* Carries that wait: the limit is passed, and the number stays. */
static void
test_wide_carries (void)
{
  const double v = nextafter (2.0, 0.0);
  guint64 n = g_test_thorough () ? ((guint64) 1 << 30) + 1000 : 1000000;

  for (int sign = -1; sign <= 1; sign += 2)
    {
      LloydWide sum = { .n_waiting = g_test_thorough () ? 0 : (1u << 30) - (guint32) n / 2 };
      LloydWide expected = { 0 };
      for (guint64 i = 0; i < n; i++)
        lloyd_wide_add (&sum, sign * v);
      g_assert_cmpuint (sum.n_waiting, <=, n / 2);
      lloyd_wide_add_scaled (&expected, (lloyd_int128) (sign * ldexp (v, 52)) * (gint64) n, -52);
      g_assert_true (lloyd_wide_equal (&sum, &expected));
      lloyd_wide_carry (&sum);
      g_assert_cmpuint (sum.n_waiting, ==, 0);
      g_assert_true (lloyd_wide_equal (&sum, &expected));
    }

  /* Every kind of add counts. */
  LloydWide one = { 0 }, kinds[3] = { { .n_waiting = (1u << 30) - 1 },
                                      { .n_waiting = (1u << 30) - 1 },
                                      { .n_waiting = (1u << 30) - 1 } };
  lloyd_wide_add (&one, 1.0);
  lloyd_wide_merge (&kinds[0], &one);
  lloyd_wide_add_scaled (&kinds[1], 1, 0);
  lloyd_wide_add_multiple (&kinds[2], &one, 1.0f);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpuint (kinds[i].n_waiting, <, 2);
      g_assert_true (lloyd_wide_equal (&kinds[i], &one));
    }
}

/* What lies below the last bit is cut off, towards zero. */
static void
test_wide_floor (void)
{
  const double unit = 0x1p-768;
  for (int sign = -1; sign <= 1; sign += 2)
    {
      LloydWide sum = { 0 };
      lloyd_wide_add (&sum, sign * unit * 0.75);
      lloyd_wide_add (&sum, sign * 0x1p-1074);
      g_assert_cmpint (lloyd_wide_sign (&sum), ==, 0);
      lloyd_wide_add (&sum, sign * unit * 3.75);
      g_assert_cmpfloat (lloyd_wide_round (&sum), ==, sign * unit * 3.0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exact/wide/pairs", test_wide_pairs);
  g_test_add_func ("/exact/wide/order", test_wide_order);
  g_test_add_func ("/exact/wide/add-all", test_wide_add_all);
  g_test_add_func ("/exact/wide/squares", test_wide_squares);
  g_test_add_func ("/exact/wide/cancellation", test_wide_cancellation);
  g_test_add_func ("/exact/wide/ties", test_wide_ties);
  g_test_add_func ("/exact/wide/scaled", test_wide_scaled);
  g_test_add_func ("/exact/wide/multiple", test_wide_multiple);
  g_test_add_func ("/exact/wide/carries", test_wide_carries);
  g_test_add_func ("/exact/wide/floor", test_wide_floor);
  return g_test_run ();
}
