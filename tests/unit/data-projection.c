/* Projections for drawing, and what is said of directions. */
#include <math.h>
#include <string.h>

#include "compute/data/directions.h"
#include "compute/data/projection-spread.h"
#include "compute/data/projection.h"
#include "compute/error.h"
#include "tests/support/clouds.h"
#include "tests/support/tables.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* ---- columns ------------------------------------------------------------------------------- */

/* Independent columns of the deviations given, about the means given. */
static LloydPoints *
make_columns (size_t n, guint d, const double *deviations, const double *means, GRand *rand)
{
  g_autofree double *values = g_new (double, n *d);
  test_clouds[0].fill (values, n, d, rand);
  for (size_t i = 0; i < n * d; i++)
    values[i] = values[i] * deviations[i % d] + means[i % d];
  return test_points (values, n, d);
}

/* A row is seen where it is, for doubles and for floats. */
static void
check_use (const LloydProjection *projection, const LloydPoints *points)
{
  g_autofree double *x = g_new (double, points->d);
  for (size_t i = 0; i < points->n; i++)
    {
      const float *row = points->values + i * points->d;
      double seen[LLOYD_MAX_AXES] = { NAN, NAN, NAN };
      float seen_row[LLOYD_MAX_AXES] = { NAN, NAN, NAN };
      for (guint j = 0; j < points->d; j++)
        x[j] = (double) row[j];
      lloyd_projection_apply (projection, x, seen);
      lloyd_projection_apply_row (projection, row, seen_row);
      for (guint a = 0; a < LLOYD_MAX_AXES; a++)
        {
          double expected = a < projection->n_axes ? projection->start[a] : 0.0;
          for (guint j = 0; j < points->d && a < projection->n_axes; j++)
            expected += projection->weights[a * points->d + j] * x[j];
          g_assert_cmpfloat (seen[a], ==, expected);
          g_assert_cmpfloat ((double) seen_row[a], ==, (double) (float) expected);
        }
    }
}

static double
variance_of (const LloydPoints *points, guint j)
{
  long double sum = 0.0L, squares = 0.0L, n = (long double) points->n;
  for (size_t i = 0; i < points->n; i++)
    sum += (long double) points->values[i * points->d + j];
  for (size_t i = 0; i < points->n; i++)
    squares += powl ((long double) points->values[i * points->d + j] - sum / n, 2.0L);
  return (double) (squares / (n - 1.0L));
}

/* Columns as they stand, in the unit that people know; a column that stands already is a line of
 * zeros without a name. */
static void
check_columns (const LloydProjection *projection,
               const LloydPoints *points,
               const guint *columns,
               guint n_axes)
{
  double all = 0.0, seen = 0.0;
  for (guint j = 0; j < points->d; j++)
    all += variance_of (points, j);

  g_assert_true (projection->is_columns);
  g_assert_cmpuint (projection->n_axes, ==, n_axes);
  g_assert_cmpuint (projection->d, ==, points->d);
  g_assert_cmpuint (projection->n_rows_used, ==, points->n);
  for (guint a = 0; a < n_axes; a++)
    {
      gboolean is_repeated = FALSE;
      for (guint b = 0; b < a; b++)
        is_repeated |= columns[b] == columns[a];
      g_assert_cmpstr (projection->names[a], ==, is_repeated ? "" : points->names[columns[a]]);
      seen += is_repeated ? 0.0 : variance_of (points, columns[a]);
      for (size_t i = 0; i < points->n; i++)
        {
          float out[LLOYD_MAX_AXES];
          lloyd_projection_apply_row (projection, points->values + i * points->d, out);
          float expected = is_repeated ? 0.0f : points->absolute[i * points->d + columns[a]];
          g_assert_cmpfloat (fabs ((double) out[a] - (double) expected), <=,
                             fabs ((double) expected) * 0x1p-22);
        }
    }
  g_assert_cmpfloat_with_epsilon (projection->variance_share, seen / all, 1e-9);
  check_use (projection, points);
}

static void
test_columns (void)
{
  g_autoptr (GRand) rand = random_new ();
  const double deviations[] = { 1.0, 5.0, 0.5, 2.0 }, means[] = { 0.0, 1e4, -3.0, 100.0 };
  g_autoptr (LloydPoints) points = make_columns (300, 4, deviations, means, rand);
  for (guint round = 0; round < 200; round++)
    {
      guint columns[3], n_axes = (guint) g_rand_int_range (rand, 2, 4);
      for (guint a = 0; a < 3; a++)
        columns[a] = (guint) g_rand_int_range (rand, 0, 4);
      g_autoptr (LloydProjection) projection =
          lloyd_projection_new_columns (points, columns, n_axes);
      check_columns (projection, points, columns, n_axes);
    }
}

/* The widest columns, each once, in the order of the data; axes beyond the columns are empty. */
static void
test_widest (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 100; round++)
    {
      guint d = (guint) g_rand_int_range (rand, 1, 6), n_axes = 2 + (guint) round % 2;
      guint n_columns = MIN (n_axes, d), at = 0;
      double deviations[6], means[6];
      guint columns[LLOYD_MAX_AXES];
      for (guint j = 0; j < d; j++)
        {
          deviations[j] = pow (3.0, j);
          means[j] = g_rand_int_range (rand, -30, 30);
        }
      for (guint j = d - 1; j > 0; j--)
        {
          guint other = (guint) g_rand_int_range (rand, 0, (gint32) j + 1);
          double swap = deviations[j];
          deviations[j] = deviations[other];
          deviations[other] = swap;
        }
      for (guint j = 0; j < d; j++)
        if (deviations[j] > pow (3.0, (double) d - n_columns) * 0.5)
          columns[at++] = j;
      g_assert_cmpuint (at, ==, n_columns);
      for (; at < n_axes; at++)
        columns[at] = columns[at - 1];

      g_autoptr (LloydPoints) points = make_columns (200, d, deviations, means, rand);
      g_autoptr (LloydProjection) projection = lloyd_projection_new_widest (points, n_axes);
      check_columns (projection, points, columns, n_axes);

      guint widest, narrowest;
      double spreads = lloyd_points_compare_spreads (points, &widest, &narrowest);
      g_assert_cmpfloat (fabs (spreads / pow (3.0, (double) d - 1.0) - 1.0), <, 0.4);
      for (guint j = 0; j < d; j++)
        {
          g_assert_cmpfloat (deviations[j], <=, deviations[widest]);
          g_assert_cmpfloat (deviations[j], >=, deviations[narrowest]);
        }
    }
}

/* Columns that do not vary do not count. */
static void
test_spreads_of_constants (void)
{
  const double values[] = { 1.0, 5.0, 2.0, 1.0, 7.0, 2.0 };
  guint widest, narrowest;
  g_autoptr (LloydPoints) points = test_points (values, 2, 3);
  g_assert_cmpfloat (lloyd_points_compare_spreads (points, &widest, &narrowest), ==, 1.0);
  g_assert_cmpuint (widest, ==, 1);
}

/* ---- principal components ------------------------------------------------------------------ */

/* d orthonormal vectors, by Gram and Schmidt. */
static double *
make_rotation (guint d, GRand *rand)
{
  double *q = g_new (double, (size_t) d *d);
  test_clouds[0].fill (q, d, d, rand);
  for (guint a = 0; a < d; a++)
    {
      double *v = q + (size_t) a * d, length = 0.0;
      for (guint b = 0; b < a; b++)
        {
          double dot = 0.0;
          for (guint j = 0; j < d; j++)
            dot += v[j] * q[(size_t) b * d + j];
          for (guint j = 0; j < d; j++)
            v[j] -= dot * q[(size_t) b * d + j];
        }
      for (guint j = 0; j < d; j++)
        length += v[j] * v[j];
      for (guint j = 0; j < d; j++)
        v[j] /= sqrt (length);
    }
  return q;
}

/* n rows whose covariance has the given directions as its axes, deviation `deviations[a]` along
 * each: every pattern comes with its mirror images, so that no two directions mix. */
static LloydPoints *
make_turned (const double *q, const double *deviations, guint d, const double *means)
{
  size_t n = 2 * (size_t) d;
  g_autofree double *values = g_new0 (double, n *d);
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < d; j++)
      {
        double sign = i % 2 == 0 ? 1.0 : -1.0;
        values[i * d + j] = means[j] + sign * deviations[i / 2] * q[i / 2 * d + j];
      }
  return test_points (values, n, d);
}

static void
test_components (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 100; round++)
    {
      g_autoptr (GError) error = NULL;
      guint n_axes = 2 + (guint) round % 2, d = n_axes + (guint) g_rand_int_range (rand, 0, 12);
      g_autofree double *q = make_rotation (d, rand);
      g_autofree double *deviations = g_new (double, d);
      g_autofree double *means = g_new (double, d);
      double seen = 0.0, all = 0.0;
      for (guint a = 0; a < d; a++)
        {
          deviations[a] = ldexp (1.0 + g_rand_double (rand) * 0.5, 4 - (int) a);
          means[a] = g_rand_double_range (rand, -1000.0, 1000.0);
          all += deviations[a] * deviations[a];
          seen += a < n_axes ? deviations[a] * deviations[a] : 0.0;
        }
      g_autoptr (LloydPoints) points = make_turned (q, deviations, d, means);
      g_autoptr (LloydProjection) projection =
          lloyd_projection_new_components (points, n_axes, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (projection->is_columns);
      g_assert_cmpuint (projection->n_rows_used, ==, points->n);
      g_assert_cmpfloat_with_epsilon (projection->variance_share, seen / all, 1e-5);

      for (guint a = 0; a < n_axes; a++)
        {
          const double *weights = projection->weights + (size_t) a * d;
          double dot = 0.0, largest = 0.0;
          for (guint j = 0; j < d; j++)
            {
              dot += weights[j] * q[(size_t) a * d + j];
              largest = fabs (weights[j]) > fabs (largest) ? weights[j] : largest;
            }
          g_assert_cmpfloat_with_epsilon (fabs (dot), 1.0, 1e-6);
          g_assert_cmpfloat (largest, >, 0.0);
          g_autofree char *name = g_strdup_printf ("component %u", a + 1);
          g_assert_cmpstr (projection->names[a], ==, name);
        }
      check_use (projection, points);
    }
}

/* The middle of the data is seen at zero, and each axis carries its part of the variance. */
static void
test_components_of_clouds (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (const TestCloud *cloud = test_clouds; cloud->name != NULL; cloud++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LloydPoints) points = test_cloud_points (cloud, 500, 5, rand);
      g_autoptr (LloydProjection) projection =
          lloyd_projection_new_components (points, 3, NULL, &error);
      double sums[3] = { 0 }, squares[3] = { 0 }, all = 0.0;

      g_assert_no_error (error);
      for (guint j = 0; j < 5; j++)
        all += variance_of (points, j);
      for (size_t i = 0; i < points->n; i++)
        {
          double x[5], out[3];
          for (guint j = 0; j < 5; j++)
            x[j] = (double) points->values[5 * i + j];
          lloyd_projection_apply (projection, x, out);
          for (int a = 0; a < 3; a++)
            {
              sums[a] += out[a];
              squares[a] += out[a] * out[a];
            }
        }
      double deviation = sqrt (all);
      for (int a = 0; a < 3; a++)
        g_assert_cmpfloat (fabs (sums[a]) / 500.0, <=, 1e-9 * deviation);
      /* What is 10^-9 of the whole cannot be told apart beside it. */
      g_assert_cmpfloat (squares[0], >=, squares[1] - 1e-9 * 500.0 * all);
      g_assert_cmpfloat (squares[1], >=, squares[2] - 1e-9 * 500.0 * all);
      if (all > 0.0)
        g_assert_cmpfloat_with_epsilon (projection->variance_share,
                                        (squares[0] + squares[1] + squares[2]) / 499.0 / all, 1e-9);
      else
        g_assert_cmpfloat (projection->variance_share, ==, 1.0);
    }
}

/* Beyond some thousand dimensions, rows enough for a picture are used. */
static void
test_components_wide (void)
{
  if (!g_test_thorough ())
    {
      g_test_skip ("the eigenvectors of a large matrix take seconds: with -m thorough");
      return;
    }
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 4100, 2050, rand);
  g_autoptr (LloydProjection) projection =
      lloyd_projection_new_components (points, 2, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (projection->n_rows_used, ==, 2050);
}

static void
test_components_cancel (void)
{
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (LloydPoints) points = test_cloud_points (&test_clouds[0], 100, 3, rand);
  g_cancellable_cancel (cancellable);
  g_assert_null (lloyd_projection_new_components (points, 2, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* ---- directions ---------------------------------------------------------------------------- */

/* Rows at known angles on both sides of an axis, of any length. */
static LloydPoints *
make_fan (size_t n, size_t n_near, double near, double far, gboolean is_unit, GRand *rand)
{
  g_autofree double *values = g_new (double, 2 * n);
  double axis = g_rand_double_range (rand, 0.0, 6.0);
  for (size_t i = 0; i < n; i++)
    {
      double angle = (i < n_near ? near : far) * G_PI / 180.0 * (i % 2 == 0 ? 1.0 : -1.0);
      double length = is_unit ? 1.0 : exp (g_rand_double_range (rand, -10.0, 10.0));
      values[2 * i] = length * cos (axis + angle);
      values[2 * i + 1] = length * sin (axis + angle);
    }
  g_autoptr (LloydTable) table = test_table_new (values, n, 2);
  LloydSelection selection = { 0 };
  return test_table_points (table, &selection);
}

static void
test_directions (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int round = 0; round < 100; round++)
    {
      size_t n = 2 * (size_t) g_rand_int_range (rand, 1, 300);
      size_t n_near = 2 * (size_t) g_rand_int_range (rand, 0, (gint32) n / 2 + 1);
      gboolean is_unit = round % 2 == 0;
      g_autoptr (LloydPoints) points = make_fan (n, n_near, 9.99, 10.01, is_unit, rand);
      LloydDirections facts = lloyd_points_describe_directions (points);
      g_assert_cmpfloat (facts.share_within_10_degrees, ==, (double) n_near / (double) n);
      g_assert_cmpint (facts.has_unit_rows, ==, is_unit);
      g_assert_cmpuint (facts.n_zero, ==, 0);
    }
}

static void
test_directions_corners (void)
{
  /* Zero rows have no direction, and the others still have one. */
  const double values[] = { 0, 0, 0.6, 0.8, 0, 0, 0.6, 0.8 }, zeros[] = { 0, 0, 0, 0 };
  g_autoptr (LloydPoints) points = test_points (values, 4, 2);
  LloydDirections facts = lloyd_points_describe_directions (points);
  g_assert_cmpuint (facts.n_zero, ==, 2);
  g_assert_false (facts.has_unit_rows);
  g_assert_cmpfloat (facts.share_within_10_degrees, ==, 1.0);

  g_autoptr (LloydPoints) none = test_points (zeros, 2, 2);
  facts = lloyd_points_describe_directions (none);
  g_assert_cmpuint (facts.n_zero, ==, 2);
  g_assert_cmpfloat (facts.share_within_10_degrees, ==, 0.0);

  /* From the data's own zero: a far cloud lies in one direction, whatever its origin. */
  g_autoptr (GRand) rand = random_new ();
  const double deviations[] = { 1.0, 1.0 }, means[] = { 1000.0, -1000.0 };
  g_autoptr (LloydPoints) far = make_columns (500, 2, deviations, means, rand);
  g_assert_cmpfloat (far->origin[0], !=, 0.0);
  facts = lloyd_points_describe_directions (far);
  g_assert_cmpfloat (facts.share_within_10_degrees, ==, 1.0);
  g_assert_false (facts.has_unit_rows);
}

/* ---- directions given, directions of spread ------------------------------------------------- */

static double
product_of (const LloydProjection *projection, guint a, guint b)
{
  double sum = 0.0;
  for (guint j = 0; j < projection->d; j++)
    sum += projection->weights[a * projection->d + j] * projection->weights[b * projection->d + j];
  return sum;
}

/* Axes are of length 1 and at right angles. */
static void
check_frame (const LloydProjection *projection)
{
  for (guint a = 0; a < projection->n_axes; a++)
    for (guint b = 0; b <= a; b++)
      g_assert_cmpfloat_with_epsilon (product_of (projection, a, b), a == b ? 1.0 : 0.0, 1e-9);
}

/* Variance along the axes over all variance, in long double. */
static double
share_of (const LloydProjection *projection, const LloydPoints *points)
{
  long double seen = 0.0L, all = 0.0L;
  for (guint j = 0; j < points->d; j++)
    all += (long double) variance_of (points, j);
  for (guint a = 0; a < projection->n_axes; a++)
    {
      long double mean = 0.0L, squares = 0.0L;
      for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < points->n; i++)
          {
            long double v = 0.0L;
            for (guint j = 0; j < points->d; j++)
              v += (long double) projection->weights[a * points->d + j] *
                   (long double) points->values[i * points->d + j];
            if (round == 0)
              mean += v / (long double) points->n;
            else
              squares += (v - mean) * (v - mean);
          }
      seen += squares / (long double) (points->n - 1);
    }
  return (double) (seen / all);
}

/* Three rows in a plane of four dimensions: that plane is seen, the wide way first; the weights
 * count. By hand: rows (4,0), (-4,0), (0,1) of weights 1, 1, 2 have mean (0, 0.5), covariance diag
 * (8, 0.25).
 */
static void
test_spread (void)
{
  static const double rows[] = { 4, 4, 0, 0, -4, -4, 0, 0, 0, 0, 1, 0 };
  static const double weights[] = { 1, 1, 2 };
  static const double deviations[] = { 1, 1, 1, 9 }, means[] = { 0, 0, 0, 0 };
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = make_columns (400, 4, deviations, means, rand);
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydProjection) self =
      lloyd_projection_new_spread (points, rows, weights, 3, 3, NULL, &error);
  double seen[LLOYD_MAX_AXES];
  static const double mean[] = { 0, 0, 0.5, 0 };

  g_assert_no_error (error);
  check_frame (self);
  check_use (self, points);
  g_assert_cmpfloat_with_epsilon (self->weights[0], sqrt (0.5), 1e-9);
  g_assert_cmpfloat_with_epsilon (self->weights[1], sqrt (0.5), 1e-9);
  g_assert_cmpfloat_with_epsilon (self->weights[4 + 2], 1.0, 1e-9);
  /* They spread no further: the third axis is where the points do. */
  g_assert_cmpfloat (self->weights[8 + 3], >, 0.9);
  g_assert_cmpstr (self->names[1], ==, "between clusters 2");
  lloyd_projection_apply (self, mean, seen);
  for (int a = 0; a < 3; a++)
    g_assert_cmpfloat_with_epsilon (seen[a], 0.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (self->variance_share, share_of (self, points), 1e-9);
}

/* Of all rows with one weight, the axes are the principal components. */
static void
test_spread_is_components (void)
{
  static const double deviations[] = { 5, 1, 2, 0.5, 3 }, means[] = { 9, -3, 0, 1, 2 };
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = make_columns (300, 5, deviations, means, rand);
  g_autofree double *rows = g_new (double, 300 * 5);
  g_autofree double *weights = g_new (double, 300);
  for (size_t i = 0; i < 300 * 5; i++)
    {
      rows[i] = (double) points->values[i];
      weights[i / 5] = 0.5;
    }
  g_autoptr (LloydProjection) self =
      lloyd_projection_new_spread (points, rows, weights, 300, 3, NULL, NULL);
  g_autoptr (LloydProjection) components = lloyd_projection_new_components (points, 3, NULL, NULL);
  for (size_t i = 0; i < 15; i++)
    g_assert_cmpfloat_with_epsilon (self->weights[i], components->weights[i], 1e-5);
  g_assert_cmpfloat_with_epsilon (self->variance_share, components->variance_share, 1e-6);
}

/* The border of two places is upright at 0: what is nearer to one is on its side. */
static void
test_along (void)
{
  static const double deviations[] = { 1, 2, 3, 1, 1 }, means[] = { 0, 0, 0, 0, 0 };
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = make_columns (500, 5, deviations, means, rand);
  double from[5], to[5], direction[5], middle[5];
  for (int j = 0; j < 5; j++)
    {
      from[j] = g_rand_double_range (rand, -3.0, 3.0);
      to[j] = g_rand_double_range (rand, -3.0, 3.0);
      direction[j] = to[j] - from[j];
      middle[j] = (to[j] + from[j]) / 2.0;
    }
  g_autoptr (LloydProjection) self =
      lloyd_projection_new_along (points, direction, middle, 2, NULL, NULL);
  check_frame (self);
  g_assert_cmpfloat_with_epsilon (self->variance_share, share_of (self, points), 1e-9);
  for (size_t i = 0; i < points->n; i++)
    {
      const float *x = points->values + 5 * i;
      double to_from = 0.0, to_to = 0.0;
      float seen[LLOYD_MAX_AXES];
      for (int j = 0; j < 5; j++)
        {
          to_from += pow ((double) x[j] - from[j], 2.0);
          to_to += pow ((double) x[j] - to[j], 2.0);
        }
      lloyd_projection_apply_row (self, x, seen);
      if (fabs (to_from - to_to) > 1e-4)
        g_assert_true ((to_to < to_from) == (seen[0] > 0.0f));
    }
}

static void
test_no_direction (void)
{
  static const double deviations[] = { 1, 2 }, means[] = { 0, 0 }, nowhere[] = { 0, 0 };
  g_autoptr (GRand) rand = random_new ();
  g_autoptr (LloydPoints) points = make_columns (50, 2, deviations, means, rand);
  g_autoptr (GError) error = NULL;
  g_assert_null (lloyd_projection_new_along (points, nowhere, nowhere, 2, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  g_clear_error (&error);
  g_assert_null (lloyd_projection_new_along (points, means, means, 3, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
  /* One centroid spreads nowhere: the points are seen where they do. */
  static const double one[] = { 3, 4 }, weight[] = { 1 };
  g_autoptr (LloydProjection) self =
      lloyd_projection_new_spread (points, one, weight, 1, 2, NULL, NULL);
  check_frame (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/projection/columns", test_columns);
  g_test_add_func ("/data/projection/widest", test_widest);
  g_test_add_func ("/data/projection/spreads-of-constants", test_spreads_of_constants);
  g_test_add_func ("/data/projection/components", test_components);
  g_test_add_func ("/data/projection/components-of-clouds", test_components_of_clouds);
  g_test_add_func ("/data/projection/components-wide", test_components_wide);
  g_test_add_func ("/data/projection/components-cancel", test_components_cancel);
  g_test_add_func ("/data/directions/shares", test_directions);
  g_test_add_func ("/data/directions/corners", test_directions_corners);
  g_test_add_func ("/data/projection/spread", test_spread);
  g_test_add_func ("/data/projection/spread-is-components", test_spread_is_components);
  g_test_add_func ("/data/projection/along", test_along);
  g_test_add_func ("/data/projection/no-direction", test_no_direction);
  return g_test_run ();
}
