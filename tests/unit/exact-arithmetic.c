/* Random numbers against published vectors, elementary functions and the canonical arithmetic
 * against wider arithmetic, permutations against what makes them one. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "compute/exact/elementary.h"
#include "compute/exact/permutation.h"
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

/* ---- random numbers ------------------------------------------------------------------------ */

/* Known answers of philox4x32-10, from the Random123 distribution (kat_vectors). */
static void
test_philox_vectors (void)
{
  static const struct
  {
    guint32 counter[4], key[2], answer[4];
  } vectors[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { ~0u, ~0u, ~0u, ~0u }, { ~0u, ~0u }, { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
      { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      const guint32 *counter = vectors[i].counter, *key = vectors[i].key;
      LloydPhilox block =
          lloyd_philox (key[0] | (guint64) key[1] << 32, counter[0] | (guint64) counter[1] << 32,
                        counter[2], counter[3]);
      g_assert_cmpmem (block.word, sizeof block.word, vectors[i].answer, sizeof block.word);
      for (int half = 0; half < 2; half++)
        {
          guint64 word = lloyd_philox_u64 (block, half);
          g_assert_cmphex (word & 0xFFFFFFFFu, ==, vectors[i].answer[2 * half]);
          g_assert_cmphex (word >> 32, ==, vectors[i].answer[2 * half + 1]);
        }
    }
}

/* Uniform numbers are the top 53 bits, never 1. */
static void
test_philox_uniform (void)
{
  g_autoptr (GRand) rand = random_new ();
  LloydPhilox ones = { { ~0u, ~0u, ~0u, ~0u } }, zeros = { { 0 } };
  g_assert_cmpfloat (lloyd_philox_uniform (ones, 0), ==, 1.0 - 0x1p-53);
  g_assert_cmpfloat (lloyd_philox_uniform (ones, 1), ==, 1.0 - 0x1p-53);
  g_assert_cmpfloat (lloyd_philox_uniform (zeros, 0), ==, 0.0);
  for (int i = 0; i < 1000; i++)
    {
      LloydPhilox block = lloyd_philox (random_u64 (rand), random_u64 (rand), 0, 0);
      for (int half = 0; half < 2; half++)
        {
          double u = lloyd_philox_uniform (block, half) * 0x1p53;
          g_assert_cmpuint ((guint64) u, ==, lloyd_philox_u64 (block, half) >> 11);
        }
    }
}

static void
test_multiply_high (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const guint64 corners[] = {
    0, 1, 0xFFFFFFFF, (guint64) 1 << 32, ~(guint64) 0, 1ull << 63, 0xFFFFFFFF00000000, 12345
  };
  for (int i = 0; i < 100000; i++)
    {
      guint64 a = random_u64 (rand) >> g_rand_int_range (rand, 0, 64);
      guint64 b = random_u64 (rand) >> g_rand_int_range (rand, 0, 64);
      if (i < 64)
        {
          a = corners[i / 8];
          b = corners[i % 8];
        }
      guint64 expected = (guint64) ((lloyd_uint128) a * b >> 64);
      g_assert_cmphex (lloyd_multiply_high (a, b), ==, expected);
      g_assert_true (b == 0 || lloyd_multiply_high (a, b) < b);
    }
}

/* ---- logarithm, sine and cosine ------------------------------------------------------------ */

/* How far v is from what it should be, in units of the last place. */
static double
ulps (double v, long double expected)
{
  double nearest = (double) expected;
  double unit = nextafter (fabs (nearest), INFINITY) - fabs (nearest);
  return (double) (fabsl ((long double) v - expected) / (long double) unit);
}

static void
test_log (void)
{
  g_autoptr (GRand) rand = random_new ();
  double worst = 0.0;
  for (int i = 0; i < 200000; i++)
    {
      double x = fabs (random_double (rand, -1022, 1024));
      /* Where the logarithm is near 0, and where the reduction changes its mind. */
      if (i % 4 == 0)
        x = 1.0 + ldexp (g_rand_double_range (rand, -1.0, 1.0), -g_rand_int_range (rand, 1, 53));
      else if (i % 4 == 1)
        x = 1.4142135623730951 * ldexp (1.0 + g_rand_int_range (rand, -3, 4) * 0x1p-52,
                                        g_rand_int_range (rand, -1000, 1000));
      if (x > 0.0)
        worst = MAX (worst, ulps (lloyd_log (x), logl ((long double) x)));
    }
  g_assert_cmpfloat (worst, <, 3.0);
  g_assert_cmpfloat (lloyd_log (1.0), ==, 0.0);
  g_assert_cmpfloat (lloyd_log (0x1p-1022), <, -708.39);
  g_assert_cmpfloat (lloyd_log (1.7976931348623157e308), >, 709.78);
}

static void
test_sincos (void)
{
  g_autoptr (GRand) rand = random_new ();
  const long double two_pi = 6.283185307179586476925286766559005768L;
  double worst = 0.0;

  for (int i = 0; i < 200000; i++)
    {
      double turns = g_rand_double (rand), sine, cosine;
      /* Close to a multiple of an eighth, where a function vanishes or quarters meet. */
      if (i % 2 == 0)
        turns = g_rand_int_range (rand, 0, 9) / 8.0 +
                ldexp (g_rand_double_range (rand, -1.0, 1.0), -g_rand_int_range (rand, 3, 60));
      if (turns < 0.0 || turns >= 1.0)
        continue;
      lloyd_sincos_turns (turns, &sine, &cosine);
      /* Half turns come off exactly and turn both signs; a quarter changes sine for cosine. */
      double half_turns = floor (2.0 * turns + 0.5), sign = fmod (half_turns, 2.0) == 0.0 ? 1 : -1;
      long double rest = (long double) turns - (long double) half_turns / 2;
      long double other = 0.25L - fabsl (rest);
      worst = MAX (worst, ulps (sine, sign * sinl (two_pi * rest)));
      worst = MAX (worst, ulps (cosine, sign * sinl (two_pi * other)));
    }
  g_assert_cmpfloat (worst, <, 3.0);

  static const double quarters[4][2] = { { 0, 1 }, { 1, 0 }, { 0, -1 }, { -1, 0 } };
  for (int i = 0; i < 4; i++)
    {
      double sine, cosine;
      lloyd_sincos_turns (i / 4.0, &sine, &cosine);
      g_assert_cmpfloat (sine, ==, quarters[i][0]);
      g_assert_cmpfloat (cosine, ==, quarters[i][1]);
    }
}

/* ---- permutations -------------------------------------------------------------------------- */

static void
check_bijection (guint64 n, guint64 seed, guint32 step, guint32 purpose)
{
  LloydPermutation permutation = lloyd_permutation (n, seed, step, purpose);
  g_autofree guint8 *is_seen = g_new0 (guint8, n);
  for (guint64 i = 0; i < n; i++)
    {
      guint64 image = lloyd_permutation_at (&permutation, i);
      g_assert_cmpuint (image, <, n);
      g_assert_cmpuint (is_seen[image]++, ==, 0);
    }
}

static void
test_permutation_bijection (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const guint64 primes[] = { 2, 3, 5, 7, 13, 101, 997, 10007, 65537 };

  for (guint64 n = 1; n <= 70; n++)
    check_bijection (n, random_u64 (rand), g_rand_int (rand), g_rand_int (rand));
  for (size_t i = 0; i < G_N_ELEMENTS (primes); i++)
    check_bijection (primes[i], random_u64 (rand), g_rand_int (rand), LLOYD_PURPOSE_RANDOM_ROWS);
  for (int bits = 7; bits <= (g_test_thorough () ? 22 : 15); bits++)
    for (int around = -1; around <= 1; around++)
      check_bijection (((guint64) 1 << bits) + (guint64) around, random_u64 (rand), 0,
                       LLOYD_PURPOSE_DRAWING);

  /* Too large to count: images stay inside, and no two of a few are the same. */
  for (int bits = 33; bits <= 63; bits += 10)
    {
      guint64 n = ((guint64) 1 << bits) + g_rand_int (rand);
      LloydPermutation permutation = lloyd_permutation (n, random_u64 (rand), 1, 2);
      g_autoptr (GHashTable) seen =
          g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
      for (guint64 i = 0; i < 2000; i++)
        {
          guint64 image = lloyd_permutation_at (&permutation, i < 1000 ? i : n - 1 - i);
          g_assert_cmpuint (image, <, n);
          g_assert_true (g_hash_table_add (seen, g_memdup2 (&image, sizeof image)));
        }
    }
}

static gboolean
are_permutations_equal (const LloydPermutation *a, const LloydPermutation *b)
{
  for (guint64 i = 0; i < a->n; i++)
    if (lloyd_permutation_at (a, i) != lloyd_permutation_at (b, i))
      return FALSE;
  return TRUE;
}

/* Fixed by its key, another with any part of the key changed, and not the order of counting. */
static void
test_permutation_keys (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int i = 0; i < 50; i++)
    {
      guint64 n = 50 + g_rand_int (rand) % 1000, seed = random_u64 (rand), fixed = 0;
      guint32 step = g_rand_int (rand), purpose = g_rand_int (rand);
      LloydPermutation own = lloyd_permutation (n, seed, step, purpose);
      LloydPermutation others[] = {
        lloyd_permutation (n, seed ^ (guint64) 1 << g_rand_int_range (rand, 0, 64), step, purpose),
        lloyd_permutation (n, seed, step ^ 1u << g_rand_int_range (rand, 0, 32), purpose),
        lloyd_permutation (n, seed, step, purpose ^ 1u << g_rand_int_range (rand, 0, 32)),
      };
      LloydPermutation same = lloyd_permutation (n, seed, step, purpose);

      g_assert_true (are_permutations_equal (&own, &same));
      for (size_t o = 0; o < G_N_ELEMENTS (others); o++)
        g_assert_false (are_permutations_equal (&own, &others[o]));
      for (guint64 j = 0; j < n; j++)
        fixed += lloyd_permutation_at (&own, j) == j;
      /* One is to be expected; more than 20 never happens by chance. */
      g_assert_cmpuint (fixed, <, 20);
    }
}

/* ---- the canonical arithmetic -------------------------------------------------------------- */

#define MAX_D 200

static void
fill_floats (float *values, size_t n, int low, int high, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    values[i] = (float) random_double (rand, low, high);
}

/* Each dimension rounds its difference and its sum once: no more than d + 2 half units. */
static void
test_distance (void)
{
  g_autoptr (GRand) rand = random_new ();
  float x[MAX_D], c[MAX_D];
  for (int round = 0; round < 5000; round++)
    {
      size_t d = (size_t) g_rand_int_range (rand, 0, MAX_D);
      long double expected = 0.0L;
      fill_floats (x, d, -30, 30, rand);
      fill_floats (c, d, -30, 30, rand);
      for (size_t i = 0; i < d; i++)
        {
          long double t = (long double) x[i] - (long double) c[i];
          expected += t * t;
        }
      double distance = lloyd_exact_distance (x, c, d);
      g_assert_cmpfloat (fabsl ((long double) distance - expected), <=,
                         ((long double) d + 2.0L) * 0x1p-52L * expected);
      g_assert_cmpfloat (lloyd_exact_distance (c, x, d), ==, distance);
      g_assert_cmpfloat (lloyd_exact_distance (x, x, d), ==, 0.0);
      g_assert_cmpfloat (lloyd_exact_cost (LLOYD_METRIC_EUCLIDEAN, x, c, d), ==, distance);
    }

  /* In order: a large term hides three small ones behind it, one by one. Fused: the last bit of
   * (2^27 + 1)^2 is still there when 2 comes to it. */
  const float falling[] = { 0x1p27f, 1.0f, 1.0f, 1.0f }, rising[] = { 1.0f, 1.0f, 1.0f, 0x1p27f };
  const float zeros[4] = { 0.0f }, aside[] = { 0.0f, 0.0f, -1.0f };
  g_assert_cmpfloat (lloyd_exact_distance (falling, zeros, 4), ==, 0x1p54);
  g_assert_cmpfloat (lloyd_exact_distance (rising, zeros, 4), ==, 0x1p54 + 4.0);
  g_assert_cmpfloat (lloyd_exact_distance (rising + 1, aside, 3), ==, 0x1p54 + 0x1p28 + 4.0);
}

static void
test_dot (void)
{
  g_autoptr (GRand) rand = random_new ();
  float x[MAX_D], c[MAX_D];
  for (int round = 0; round < 5000; round++)
    {
      size_t d = (size_t) g_rand_int_range (rand, 0, MAX_D);
      long double expected = 0.0L, magnitude = 0.0L;
      fill_floats (x, d, -30, 30, rand);
      fill_floats (c, d, -30, 30, rand);
      for (size_t i = 0; i < d; i++)
        {
          expected += (long double) x[i] * (long double) c[i];
          magnitude += fabsl ((long double) x[i] * (long double) c[i]);
        }
      double dot = lloyd_exact_dot (x, c, d);
      g_assert_cmpfloat (fabsl ((long double) dot - expected), <=,
                         (long double) d * 0x1p-52L * magnitude);
      g_assert_cmpfloat (lloyd_exact_norm_squared (x, d), ==, lloyd_exact_dot (x, x, d));
      g_assert_cmpfloat (lloyd_exact_cost (LLOYD_METRIC_COSINE, x, c, d), ==, -dot);
      g_assert_cmpfloat (lloyd_exact_cost (LLOYD_METRIC_COSINE_RAW, x, c, d), ==, -dot);
    }

  /* The smallest row there is still has a length. */
  const float tiny[] = { 0.0f, 0x1p-149f };
  g_assert_cmpfloat (lloyd_exact_norm_squared (tiny, 2), ==, 0x1p-298);
}

/* The finest unit, up to 2^-44, of which n sum up in 62 bits. */
static void
test_unit_shift (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int i = 0; i < 2000; i++)
    {
      guint64 n = (random_u64 (rand) >> 2 >> g_rand_int_range (rand, 0, 62)) + 1;
      if (i < 62)
        n = (guint64) 1 << i;
      else if (i < 124)
        n = ((guint64) 1 << (i - 62)) + 1;
      int shift = lloyd_exact_unit_shift (n);
      g_assert_cmpint (shift, <=, 44);
      g_assert_cmpint (shift, >=, 0);
      g_assert_true ((lloyd_uint128) n << shift <= (lloyd_uint128) 1 << 62);
      g_assert_true (shift == 44 || (lloyd_uint128) n << (shift + 1) > (lloyd_uint128) 1 << 62);
    }
  g_assert_cmpint (lloyd_exact_unit_shift ((guint64) 1 << 18), ==, 44);
  g_assert_cmpint (lloyd_exact_unit_shift (((guint64) 1 << 18) + 1), ==, 43);
}

static void
test_unit_coordinate (void)
{
  g_autoptr (GRand) rand = random_new ();
  /* Ties go to the even one. */
  static const int ties[][2] = { { 1, 0 }, { 3, 2 }, { 5, 2 }, { 7, 4 } };
  for (size_t i = 0; i < G_N_ELEMENTS (ties); i++)
    for (int sign = -1; sign <= 1; sign += 2)
      {
        float x = (float) (sign * ties[i][0]);
        g_assert_cmpint (lloyd_exact_unit_coordinate (x, 2.0, 1.0), ==, sign * ties[i][1]);
        g_assert_cmpint (lloyd_exact_unit_coordinate (x, 0x1p45, 0x1p44), ==, sign * ties[i][1]);
      }

  float x[MAX_D];
  for (int round = 0; round < 2000; round++)
    {
      size_t d = (size_t) g_rand_int_range (rand, 1, MAX_D);
      double scale = ldexp (1.0, g_rand_int_range (rand, 20, 45)), square = 0.0;
      int middle = g_rand_int_range (rand, -140, 110);
      fill_floats (x, d, middle, middle + 15, rand);
      double norm = sqrt (lloyd_exact_norm_squared (x, d));
      if (norm == 0.0)
        continue;
      for (size_t j = 0; j < d; j++)
        {
          gint64 units = lloyd_exact_unit_coordinate (x[j], norm, scale);
          g_assert_cmpint (units, ==, llrint ((double) x[j] / norm * scale));
          g_assert_cmpint (lloyd_exact_unit_coordinate (-x[j], norm, scale), ==, -units);
          g_assert_cmpint (ABS (units), <=, (gint64) scale);
          square += pow ((double) units / scale, 2.0);
        }
      /* Each coordinate is off by half a unit at the most, so the length is by sqrt (d) / 2. */
      g_assert_cmpfloat (fabs (sqrt (square) - 1.0), <=, sqrt ((double) d) / scale + 1e-14);
    }
}

static void
test_centroids (void)
{
  g_autoptr (GRand) rand = random_new ();
  double sums[MAX_D];
  for (int round = 0; round < 1000; round++)
    {
      size_t d = (size_t) g_rand_int_range (rand, 1, MAX_D);
      long double square = 0.0L, length = 0.0L;
      for (size_t j = 0; j < d; j++)
        {
          sums[j] = random_double (rand, -20, 20);
          square += (long double) sums[j] * (long double) sums[j];
        }
      double norm = lloyd_exact_norm_of_sums (sums, d);
      g_assert_cmpfloat (fabsl ((long double) norm - sqrtl (square)), <=,
                         ((long double) d + 2.0L) * 0x1p-53L * sqrtl (square));
      if (norm == 0.0)
        continue;
      for (size_t j = 0; j < d; j++)
        {
          float direction = lloyd_exact_direction (sums[j], norm);
          g_assert_cmpfloat ((double) direction, ==, (double) (float) (sums[j] / norm));
          length += (long double) direction * (long double) direction;
          g_assert_cmpfloat ((double) lloyd_exact_mean (sums[j], 3.0), ==,
                             (double) (float) (sums[j] / 3.0));
        }
      g_assert_cmpfloat (fabsl (length - 1.0L), <, 1e-6L);
    }
}

/* Euclidean: the distance as it is. Cosine: from the unit row, 2 - 2 cos but for the rounding. */
static void
test_seeding_distance (void)
{
  g_autoptr (GRand) rand = random_new ();
  float x[MAX_D], c[MAX_D], unit[MAX_D];
  for (int round = 0; round < 2000; round++)
    {
      size_t d = (size_t) g_rand_int_range (rand, 1, MAX_D);
      fill_floats (x, d, -5, 5, rand);
      fill_floats (c, d, -5, 5, rand);
      double x_norm = sqrt (lloyd_exact_norm_squared (x, d));
      double c_norm = sqrt (lloyd_exact_norm_squared (c, d));
      if (x_norm == 0.0 || c_norm == 0.0)
        continue;
      for (size_t j = 0; j < d; j++)
        unit[j] = lloyd_exact_direction ((double) c[j], c_norm);

      double cosine = lloyd_exact_dot (x, c, d) / x_norm / c_norm;
      for (int metric = LLOYD_METRIC_COSINE; metric < LLOYD_N_METRICS; metric++)
        g_assert_cmpfloat_with_epsilon (
            lloyd_exact_seeding_distance ((LloydMetric) metric, x, x_norm, 0x1p44, unit, d),
            2.0 - 2.0 * cosine, 1e-5);
      g_assert_cmpfloat (
          lloyd_exact_seeding_distance (LLOYD_METRIC_EUCLIDEAN, x, x_norm, 0x1p44, c, d), ==,
          lloyd_exact_distance (x, c, d));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exact/philox/vectors", test_philox_vectors);
  g_test_add_func ("/exact/philox/uniform", test_philox_uniform);
  g_test_add_func ("/exact/philox/multiply-high", test_multiply_high);
  g_test_add_func ("/exact/elementary/log", test_log);
  g_test_add_func ("/exact/elementary/sincos", test_sincos);
  g_test_add_func ("/exact/permutation/bijection", test_permutation_bijection);
  g_test_add_func ("/exact/permutation/keys", test_permutation_keys);
  g_test_add_func ("/exact/canonical/distance", test_distance);
  g_test_add_func ("/exact/canonical/dot", test_dot);
  g_test_add_func ("/exact/canonical/unit-shift", test_unit_shift);
  g_test_add_func ("/exact/canonical/unit-coordinate", test_unit_coordinate);
  g_test_add_func ("/exact/canonical/centroids", test_centroids);
  g_test_add_func ("/exact/canonical/seeding-distance", test_seeding_distance);
  return g_test_run ();
}
