/* Points from tables: on what scale, from which origin, in whose memory. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "tests/support/clouds.h"
#include "tests/support/tables.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* ---- scales -------------------------------------------------------------------------------- */

static LloydPoints *
build_scaled (const double *values, size_t n, guint d, LloydScale scale)
{
  g_autoptr (LloydTable) table = test_table_new (values, n, d);
  LloydPoints *points = test_table_points (table, &(LloydSelection){ .scale = scale });
  g_assert_cmpint (points->scale, ==, scale);
  /* Back in the data's own unit, every value is where it was, to float32's precision. */
  for (size_t i = 0; i < n * d && scale != LLOYD_SCALE_UNIT_ROWS; i++)
    {
      guint j = (guint) (i % d);
      double back =
          ((double) points->values[i] + points->origin[j]) * points->factor[j] + points->offset[j];
      double reach =
          fabs ((double) points->values[i]) * points->factor[j] + fabs (values[i]) * 1e-8;
      g_assert_cmpfloat (fabs (back - values[i]), <=, reach * 0x1p-23 + 1e-40);
    }
  return points;
}

/* Columns of means from 0 to 10^6 deviations, the last one constant. */
static void
fill_columns (double *values, size_t n, guint d, GRand *rand)
{
  static const double means[] = { 0.0, 3.0, -1e6, 100.0 };
  g_autofree double *noise = g_new (double, n *d);
  test_clouds[0].fill (noise, n, d, rand);
  for (size_t i = 0; i < n * d; i++)
    values[i] = i % d == d - 1 ? 5.5 : ldexp (means[i % d % 4] + noise[i], (int) (i % d));
}

static void
test_scales (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 20; round++)
    {
      size_t n = (size_t) g_rand_int_range (rand, 3, 1000);
      guint d = (guint) g_rand_int_range (rand, 1, 8);
      g_autofree double *values = g_new (double, n *d);
      fill_columns (values, n, d, rand);
      g_autoptr (LloydPoints) plain = build_scaled (values, n, d, LLOYD_SCALE_NONE);
      g_autoptr (LloydPoints) standard = build_scaled (values, n, d, LLOYD_SCALE_STANDARDISE);
      g_autoptr (LloydPoints) ranged = build_scaled (values, n, d, LLOYD_SCALE_MINMAX);

      for (guint j = 0; j < d; j++)
        {
          long double sum = 0.0L, squares = 0.0L;
          float low = INFINITY, high = -INFINITY;
          for (size_t i = 0; i < n; i++)
            {
              float v = standard->values[i * d + j], r = ranged->values[i * d + j];
              sum += (long double) v;
              squares += (long double) v * (long double) v;
              low = MIN (low, r);
              high = MAX (high, r);
            }
          gboolean is_constant = j == d - 1;
          g_assert_cmpfloat (plain->factor[j], ==, 1.0);
          g_assert_cmpfloat (plain->offset[j], ==, 0.0);
          g_assert_cmpfloat (standard->origin[j], ==, 0.0);
          g_assert_cmpfloat (fabsl (sum), <=, (long double) n * 1e-6L);
          g_assert_cmpfloat (fabsl (squares / (long double) (n - 1) - !is_constant), <=, 1e-5L);
          g_assert_cmpfloat ((double) low + ranged->origin[j], ==, 0.0);
          g_assert_cmpfloat_with_epsilon ((double) high + ranged->origin[j], !is_constant, 1e-7);
        }
    }
}

static void
test_unit_rows (void)
{
  g_autoptr (GRand) rand = random_new ();
  double values[300 * 4];
  for (int i = 0; i < 1200; i++)
    values[i] = i / 4 % 10 == 0 ? 0.0 : g_rand_double_range (rand, -50.0, 30.0);
  g_autoptr (LloydPoints) points = build_scaled (values, 300, 4, LLOYD_SCALE_UNIT_ROWS);
  for (int i = 0; i < 300; i++)
    {
      double length = 0.0, expected = 0.0;
      for (int j = 0; j < 4; j++)
        {
          length += values[4 * i + j] * values[4 * i + j];
          expected += pow ((double) points->absolute[4 * i + j], 2.0);
        }
      g_assert_cmpfloat_with_epsilon (expected, i % 10 != 0, 1e-6);
      for (int j = 0; j < 4; j++)
        g_assert_cmpfloat_with_epsilon ((double) points->absolute[4 * i + j] * sqrt (length),
                                        values[4 * i + j], 1e-5);
    }
}

/* ---- origins ------------------------------------------------------------------------------- */

/* The rule of the contract, with the statistics from wider arithmetic. */
static void
check_origin (const LloydPoints *points, const double *values, guint j)
{
  long double sum = 0.0L, squares = 0.0L, n = (long double) points->n;
  double unit = 0x1p-200, origin = points->origin[j];
  for (size_t i = 0; i < points->n; i++)
    sum += (long double) values[i * points->d + j];
  for (size_t i = 0; i < points->n; i++)
    squares += powl ((long double) values[i * points->d + j] - sum / n, 2.0L);
  double mean = (double) (sum / n), deviation = (double) sqrtl (squares / (n - 1.0L));

  if (deviation == 0.0)
    g_assert_cmpfloat (origin, ==, values[j]);
  else if (fabs (mean) < 15.999 * deviation)
    g_assert_cmpfloat (origin, ==, 0.0);
  else if (fabs (mean) > 16.001 * deviation)
    {
      while (unit < deviation)
        unit *= 2.0;
      g_assert_cmpfloat (fmod (origin, unit), ==, 0.0);
      g_assert_cmpfloat (fabs (origin - mean), <=, unit * (0.5 + 1e-9));
    }
}

static void
test_origins (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 30; round++)
    {
      size_t n = (size_t) g_rand_int_range (rand, 2, 800), shift;
      guint d = (guint) g_rand_int_range (rand, 1, 8);
      g_autofree double *values = g_new (double, n *d);
      g_autofree double *turned = g_new (double, n *d);
      fill_columns (values, n, d, rand);
      shift = (size_t) g_rand_int_range (rand, 0, (gint32) n);
      for (size_t i = 0; i < n; i++)
        memcpy (turned + (i + shift) % n * d, values + i * d, sizeof (double) * d);

      g_autoptr (LloydPoints) points = test_points (values, n, d);
      g_autoptr (LloydPoints) other = test_points (turned, n, d);
      for (guint j = 0; j < d; j++)
        check_origin (points, values, j);
      g_assert_cmpfloat (points->origin[d - 1], ==, 5.5);
      /* The constant column has an origin, so angles need a copy of their own. */
      g_assert_true (points->absolute != points->values);
      for (size_t i = 0; i < n * d; i++)
        {
          double origin = points->origin[i % d];
          g_assert_cmpfloat ((double) points->values[i], ==, (double) (float) (values[i] - origin));
          g_assert_cmpfloat ((double) points->absolute[i], ==, (double) (float) values[i]);
        }
      /* In any order of rows, the same bits. */
      g_assert_cmpmem (other->origin, sizeof (double) * d, points->origin, sizeof (double) * d);
      for (size_t i = 0; i < n; i++)
        g_assert_cmpmem (other->values + (i + shift) % n * d, sizeof (float) * d,
                         points->values + i * d, sizeof (float) * d);
    }
}

/* ---- whose memory -------------------------------------------------------------------------- */

/* A float32 matrix that needs no change is used where it lies; else it is copied, and the same
 * values come out. */
static void
test_adoption (void)
{
  g_autoptr (GRand) rand = random_new ();
  enum
  {
    N = 500,
    D = 3
  };
  float values[N * D], far[N * D], holes[N * D];
  for (int i = 0; i < N * D; i++)
    {
      values[i] = (float) g_rand_double_range (rand, -1.0, 1.0);
      far[i] = values[i] + 1000.0f;
      holes[i] = i == 700 ? NAN : values[i];
    }
  static const char *const some[] = { "x1", "x2", NULL }, *const swapped[] = { "x2", "x1", "x3",
                                                                               NULL };
  const struct
  {
    const float *values;
    LloydSelection selection;
    gboolean is_adopted;
  } cases[] = {
    { values, { 0 }, TRUE },
    { values, { .missing = LLOYD_MISSING_DROP }, TRUE },
    { values, { .columns = some }, FALSE },
    { values, { .columns = swapped }, FALSE },
    { values, { .scale = LLOYD_SCALE_MINMAX }, FALSE },
    { values, { .scale = LLOYD_SCALE_UNIT_ROWS }, FALSE },
    { far, { 0 }, FALSE },
    { holes, { .missing = LLOYD_MISSING_DROP }, FALSE },
    { holes, { .missing = LLOYD_MISSING_ZERO }, FALSE },
  };
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      LloydTable *table = test_table_new_block (cases[c].values, N, D);
      const float *block = lloyd_table_get_column (table, 0)->data;
      g_autoptr (LloydPoints) points = test_table_points (table, &cases[c].selection);
      g_assert_cmpint (points->values == block, ==, cases[c].is_adopted);
      g_assert_cmpint (points->absolute == block, ==, cases[c].is_adopted);
      /* The points keep what they use. */
      lloyd_table_unref (table);
      for (size_t i = 0; i < points->n && cases[c].selection.scale == LLOYD_SCALE_NONE; i++)
        for (guint j = 0; j < points->d; j++)
          {
            size_t row = lloyd_points_input_row (points, i);
            size_t column = (size_t) points->names[j][1] - '1';
            float v = cases[c].values[row * D + column];
            g_assert_cmpfloat ((double) points->absolute[i * points->d + j], ==,
                               isnan (v) ? 0.0 : (double) v);
          }
    }
}
int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/scaling/scales", test_scales);
  g_test_add_func ("/data/scaling/unit-rows", test_unit_rows);
  g_test_add_func ("/data/scaling/origins", test_origins);
  g_test_add_func ("/data/scaling/adoption", test_adoption);
  return g_test_run ();
}
