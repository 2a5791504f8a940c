/* Sums on a grid: whatever the data, the same numbers as plain wide sums. */
#include <math.h>
#include <string.h>

#include "compute/backends/sums.h"
#include "tests/support/clouds.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* ---- grids --------------------------------------------------------------------------------- */

/* Each value is its units and, where it is listed, its rest: exactly. Sums of all units fit. */
static void
check_grid (const LloydGrid *grid, const float *values, size_t n, guint d)
{
  g_autofree gboolean *is_slot_used = g_new0 (gboolean, grid->n_slots + 1);
  guint next = 0, n_slots = 0;
  gboolean has_large = FALSE;

  g_assert_cmpuint (grid->d, ==, d);
  for (guint j = 0; j < d; j++)
    {
      g_assert_cmpfloat (grid->scale[j], ==, ldexp (1.0, grid->shift[j]));
      g_assert_cmpfloat (grid->unit[j], ==, ldexp (1.0, -grid->shift[j]));
      g_assert_cmpint (grid->slot[j], <, (int) grid->n_slots);
      if (grid->slot[j] < 0)
        continue;
      g_assert_false (is_slot_used[grid->slot[j]]);
      is_slot_used[grid->slot[j]] = TRUE;
      n_slots++;
    }
  g_assert_cmpuint (n_slots, ==, grid->n_slots);

  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < d; j++)
      {
        double v = (double) values[i * d + j];
        gint64 units = lloyd_grid_units (grid, j, v);
        double rest = v - (double) units * grid->unit[j];
        g_assert_true ((lloyd_int128) ABS (units) * (lloyd_int128) n <= (lloyd_int128) 1 << 62);
        if (grid->limit[j] == 0.0f)
          {
            g_assert_cmpint (grid->slot[j], >=, 0);
            g_assert_cmpint (units, ==, 0);
            continue;
          }
        has_large |= fabs (v) >= (double) grid->limit[j];
        if (rest == 0.0)
          continue;
        g_assert_true ((grid->slot[j] >= 0) != (grid->fine_scale[j] > 0.0));
        if (grid->fine_scale[j] > 0.0)
          g_assert_cmpfloat (rest * grid->fine_scale[j], ==, rint (rest * grid->fine_scale[j]));
        g_assert_cmpuint (next, <, grid->exceptions->len);
        const LloydException *exception = &g_array_index (grid->exceptions, LloydException, next++);
        g_assert_cmpuint (exception->row, ==, i);
        g_assert_cmpuint (exception->column, ==, j);
        g_assert_cmpfloat ((double) exception->rest, ==, rest);
        LloydWide parts = { 0 }, whole = { 0 };
        lloyd_wide_add_scaled (&parts, units, -grid->shift[j]);
        lloyd_wide_add (&parts, (double) exception->rest);
        lloyd_wide_add (&whole, v);
        g_assert_true (lloyd_wide_equal (&parts, &whole));
      }
  g_assert_cmpuint (next, ==, grid->exceptions->len);
  g_assert_cmpint (grid->has_large, ==, has_large);
}

static void
test_grids (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int round = 0; round < 6; round++)
      {
        size_t n = test_odd_size (rand, 1000);
        guint d = test_odd_size (rand, 7);
        g_autoptr (LloydPoints) points = test_cloud_points (cloud, n, d, rand);
        g_test_message ("%s, n = %" G_GSIZE_FORMAT ", d = %u", cloud->name, n, d);
        g_autoptr (LloydGrid) grid = lloyd_grid_new (points->values, n, d, NULL);
        check_grid (grid, points->values, n, d);
        g_autoptr (LloydGrid) absolute = lloyd_grid_new (points->absolute, n, d, NULL);
        check_grid (absolute, points->absolute, n, d);
      }
}

/* An outlier is left out of the integers by itself, and does not push the others out. */
static void
test_outlier (void)
{
  g_autoptr (GRand) rand = random_new ();
  enum
  {
    N = 5000
  };
  static const double outliers[] = { 1e30, -3.4e38, 1e-42, -1e-30, 1e-11 };
  for (size_t o = 0; o < G_N_ELEMENTS (outliers); o++)
    {
      g_autofree double *cloud = g_new (double, N);
      g_autofree float *values = g_new (float, N);
      size_t at = (size_t) g_rand_int_range (rand, 0, N);
      test_clouds[0].fill (cloud, N, 1, rand);
      for (size_t i = 0; i < N; i++)
        values[i] = (float) cloud[i];
      values[at] = (float) outliers[o];

      g_autoptr (LloydGrid) grid = lloyd_grid_new (values, N, 1, NULL);
      check_grid (grid, values, N, 1);
      g_assert_cmpfloat ((double) grid->limit[0], >, 0.0);
      /* A second integer holds what is not too far from the first. */
      gboolean is_near = fabs (outliers[o]) < 1.0 && fabs (outliers[o]) > 1e-20;
      g_assert_cmpuint (grid->n_slots, ==, !is_near);
      g_assert_cmpint (grid->has_fine, ==, is_near);
      /* Beside the outlier, the few normal numbers that are close to 0. */
      g_assert_cmpuint (grid->exceptions->len, <, 10);
      gboolean is_listed = FALSE;
      for (guint i = 0; i < grid->exceptions->len; i++)
        is_listed |= g_array_index (grid->exceptions, LloydException, i).row == at;
      g_assert_true (is_listed);
      g_assert_cmpint (grid->has_large, ==, fabs (outliers[o]) > 1.0);
    }
}

/* Columns beside each other keep their own units; one that has no good unit is wide by itself. */
static void
test_columns_apart (void)
{
  g_autoptr (GRand) rand = random_new ();
  enum
  {
    N = 1000
  };
  float values[N * 4];
  for (size_t i = 0; i < N; i++)
    {
      values[4 * i] = (float) g_rand_int_range (rand, -1000, 1000);
      values[4 * i + 1] = (float) ldexp (g_rand_int_range (rand, -1000, 1000), -149);
      values[4 * i + 2] = (float) ldexp (g_rand_double (rand), g_rand_int_range (rand, -140, 120));
      values[4 * i + 3] = 0.0f;
    }
  g_autoptr (LloydGrid) grid = lloyd_grid_new (values, N, 4, NULL);
  check_grid (grid, values, N, 4);
  g_assert_cmpuint (grid->exceptions->len, ==, 0);
  g_assert_cmpuint (grid->n_slots, ==, 1);
  g_assert_cmpint (grid->slot[2], ==, 0);
  g_assert_cmpfloat ((double) grid->limit[2], ==, 0.0);
}

static void
test_other_grids (void)
{
  static const size_t sizes[] = { 1, 1000, (size_t) 1 << 18, (size_t) 1 << 30 };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (LloydGrid) unit = lloyd_grid_new_unit (sizes[s], 3);
      double scale = ldexp (1.0, lloyd_exact_unit_shift (sizes[s]));
      g_assert_cmpuint (unit->n_slots, ==, 0);
      for (guint j = 0; j < 3; j++)
        {
          g_assert_cmpfloat (unit->scale[j], ==, scale);
          g_assert_cmpint (lloyd_grid_units (unit, j, -1.0), ==, -(gint64) scale);
          g_assert_cmpint (lloyd_grid_units (unit, j, 3.0 / scale), ==, 3);
        }
    }
  g_autoptr (LloydGrid) wide = lloyd_grid_new_wide (3, FALSE);
  g_assert_cmpuint (wide->n_slots, ==, 3);
  for (guint j = 0; j < 3; j++)
    {
      g_assert_cmpint (lloyd_grid_units (wide, j, 5.0), ==, 0);
      g_assert_cmpint (wide->slot[j], >=, 0);
    }
}

/* ---- sums ---------------------------------------------------------------------------------- */

typedef struct
{
  LloydPoints *points;
  guint k;
  guint *labels;
  /* k x d: the sums as they must be. */
  LloydWide *expected;
} Case;

static void
case_open (Case *self, const TestCloud *cloud, GRand *rand)
{
  size_t n = test_odd_size (rand, 500);
  guint d = test_odd_size (rand, 5);
  self->points = test_cloud_points (cloud, n, d, rand);
  self->k = test_odd_size (rand, 9);
  self->labels = g_new (guint, n);
  self->expected = g_new0 (LloydWide, (size_t) self->k * d);
  for (size_t i = 0; i < n; i++)
    {
      self->labels[i] = (guint) g_rand_int_range (rand, 0, (gint32) self->k);
      for (guint j = 0; j < d; j++)
        lloyd_wide_add (&self->expected[(size_t) self->labels[i] * d + j],
                        (double) self->points->values[i * d + j]);
    }
}

static void
case_close (Case *self)
{
  lloyd_points_unref (self->points);
  g_free (self->labels);
  g_free (self->expected);
}

/* Adds rows first .. end - 1, or takes them away. */
static void
add_rows (LloydSums *sums, const Case *test, size_t first, size_t end, int sign)
{
  for (size_t i = first; i < end; i++)
    {
      sums->sizes[test->labels[i]] += sign;
      for (guint j = 0; j < sums->d; j++)
        lloyd_sums_add (sums, test->labels[i], j, (double) test->points->values[i * sums->d + j],
                        sign);
    }
}

static void
check_sums (const LloydSums *sums, const Case *test)
{
  static const float factors[] = { 0.0f, 1.0f, -3.25f, 1e-30f, -1e38f, 0x1p-149f };
  for (guint cluster = 0; cluster < sums->k; cluster++)
    for (guint j = 0; j < sums->d; j++)
      {
        const LloydWide *expected = &test->expected[(size_t) cluster * sums->d + j];
        LloydWide sum;
        lloyd_sums_get (sums, cluster, j, &sum);
        g_assert_true (lloyd_wide_equal (&sum, expected));
        g_assert_cmpfloat (lloyd_sums_round (sums, cluster, j), ==, lloyd_wide_round (expected));
        for (size_t f = 0; f < G_N_ELEMENTS (factors); f++)
          {
            g_autofree LloydTally *tally = g_new0 (LloydTally, 1);
            LloydWide expected_total = { 0 };
            lloyd_wide_add (&tally->rest, 7.0);
            lloyd_wide_add (&expected_total, 7.0);
            lloyd_sums_add_multiple (sums, cluster, j, factors[f], tally);
            lloyd_wide_add_multiple (&expected_total, expected, factors[f]);
            LloydWide total = lloyd_tally_get (tally);
            g_assert_true (lloyd_wide_equal (&total, &expected_total));
          }
      }
}

/* On every grid the sums are the same; in parts, in copies, and after rows came and went. */
static void
check_case (const Case *test, const LloydGrid *grid, const LloydGrid *wide, GRand *rand)
{
  size_t n = test->points->n, middle = (size_t) g_rand_int_range (rand, 0, (gint32) n + 1);
  g_autoptr (LloydSums) sums = lloyd_sums_new (test->k, grid);
  g_autoptr (LloydSums) other = lloyd_sums_new (test->k, wide);
  g_autoptr (LloydSums) left = lloyd_sums_new (test->k, grid);
  g_autoptr (LloydSums) right = lloyd_sums_new (test->k, grid);

  add_rows (sums, test, 0, n, 1);
  add_rows (other, test, 0, n, 1);
  check_sums (sums, test);
  check_sums (other, test);
  g_assert_true (lloyd_sums_equal (sums, other));

  add_rows (left, test, 0, middle, 1);
  add_rows (right, test, middle, n, 1);
  g_assert_cmpint (lloyd_sums_equal (right, sums), ==, middle == 0);
  lloyd_sums_merge (right, left);
  g_assert_true (lloyd_sums_equal (right, sums));
  add_rows (right, test, 0, middle, -1);
  add_rows (left, test, middle, n, 1);
  add_rows (left, test, 0, middle, -1);
  g_assert_true (lloyd_sums_equal (right, left));

  lloyd_sums_copy (left, sums);
  g_assert_true (lloyd_sums_equal (left, sums));
  lloyd_sums_clear (left);
  lloyd_sums_clear (right);
  add_rows (sums, test, 0, n, -1);
  g_assert_true (lloyd_sums_equal (left, sums));
  g_assert_true (lloyd_sums_equal (left, right));
  g_assert_false (lloyd_sums_equal (left, other));
}

static void
test_sums (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    for (int round = 0; round < 4; round++)
      {
        Case test;
        case_open (&test, cloud, rand);
        g_test_message ("%s, n = %" G_GSIZE_FORMAT ", d = %u, k = %u", cloud->name, test.points->n,
                        test.points->d, test.k);
        g_autoptr (LloydGrid) grid =
            lloyd_grid_new (test.points->values, test.points->n, test.points->d, NULL);
        g_autoptr (LloydGrid) wide = lloyd_grid_new_wide (test.points->d, FALSE);
        check_case (&test, grid, wide, rand);
        check_case (&test, wide, grid, rand);
        case_close (&test);
      }
}

/* Equal means sizes, shape and every last bit. */
static void
test_equal (void)
{
  g_autoptr (LloydGrid) wide = lloyd_grid_new_wide (2, FALSE);
  const float values[] = { 1.0f, 2.0f };
  g_autoptr (LloydGrid) grid = lloyd_grid_new (values, 1, 2, NULL);
  g_autoptr (LloydSums) a = lloyd_sums_new (2, wide);
  g_autoptr (LloydSums) b = lloyd_sums_new (2, grid);
  g_autoptr (LloydSums) more = lloyd_sums_new (3, wide);
  g_assert_true (lloyd_sums_equal (a, b));
  g_assert_false (lloyd_sums_equal (a, more));
  a->sizes[1] = 1;
  g_assert_false (lloyd_sums_equal (a, b));
  b->sizes[1] = 1;
  g_assert_true (lloyd_sums_equal (a, b));
  lloyd_sums_add (a, 1, 1, 1.0, 1);
  g_assert_false (lloyd_sums_equal (a, b));
  lloyd_sums_add (b, 1, 1, 1.0, 1);
  g_assert_true (lloyd_sums_equal (a, b));
  lloyd_sums_add (a, 1, 1, 0x1p-149, 1);
  g_assert_false (lloyd_sums_equal (a, b));
  g_assert_cmpfloat (lloyd_sums_round (a, 1, 1), ==, lloyd_sums_round (b, 1, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sums/grids", test_grids);
  g_test_add_func ("/sums/outlier", test_outlier);
  g_test_add_func ("/sums/columns-apart", test_columns_apart);
  g_test_add_func ("/sums/other-grids", test_other_grids);
  g_test_add_func ("/sums/sums", test_sums);
  g_test_add_func ("/sums/equal", test_equal);
  return g_test_run ();
}
