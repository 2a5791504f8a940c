#include "tests/support/clouds.h"

#include <math.h>
#include <stdlib.h>

#include "compute/data/order.h"
#include "compute/exact/elementary.h"

static double
normal (GRand *rand)
{
  double sine, cosine;
  lloyd_sincos_turns (g_rand_double (rand), &sine, &cosine);
  return sqrt (-2.0 * lloyd_log (1.0 - g_rand_double (rand))) * cosine;
}

static void
fill_normal (double *values, size_t n, guint d, GRand *rand, double mean)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = mean + normal (rand);
}

static void
fill_gaussian (double *values, size_t n, guint d, GRand *rand)
{
  fill_normal (values, n, d, rand, 0.0);
}

static void
fill_mean_4 (double *values, size_t n, guint d, GRand *rand)
{
  fill_normal (values, n, d, rand, 4.0);
}

static void
fill_mean_15 (double *values, size_t n, guint d, GRand *rand)
{
  fill_normal (values, n, d, rand, 15.0);
}

static void
fill_mean_million (double *values, size_t n, guint d, GRand *rand)
{
  fill_normal (values, n, d, rand, 1e6);
}

static void
fill_blobs (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < d; j++)
      values[i * d + j] = 20.0 * (double) ((i * 7 + j * 3) % 5) + normal (rand);
}

static void
fill_duplicates (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = g_rand_int_range (rand, 0, 3);
}

static void
fill_equal (double *values, size_t n, guint d, GRand *rand)
{
  (void) rand;
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < d; j++)
      values[i * d + j] = 0.1 * (j + 1);
}

static void
fill_lattice (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = 0.5 * g_rand_int_range (rand, -8, 9);
}

static void
fill_outlier_high (double *values, size_t n, guint d, GRand *rand)
{
  fill_gaussian (values, n, d, rand);
  values[(n / 2) * d] = 1e30;
}

static void
fill_outlier_low (double *values, size_t n, guint d, GRand *rand)
{
  fill_gaussian (values, n, d, rand);
  values[(n / 3) * d + d - 1] = -3.4e38;
}

static void
fill_uneven_columns (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < d; j++)
      values[i * d + j] = normal (rand) * (j % 2 == 0 ? 3e7 : 1e-3);
}

static void
fill_denormals (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = 1e-44 * g_rand_int_range (rand, -50, 51);
}

static void
fill_mixed_denormals (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = g_rand_boolean (rand) ? normal (rand) : 1e-41 * normal (rand);
}

static void
fill_huge (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = 1e37 * normal (rand);
}

static void
fill_heavy_tailed (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    {
      double u = g_rand_double_range (rand, 1e-6, 1.0 - 1e-6);
      values[i] = tan (3.141592653589793 * (u - 0.5));
    }
}

/* Every exponent of float32. */
static void
fill_all_scales (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n * d; i++)
    values[i] = ldexp (normal (rand), g_rand_int_range (rand, -140, 120));
}

/* Almost on the border between rows: nothing but the canonical arithmetic can tell. */
static void
fill_near_ties (double *values, size_t n, guint d, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    for (guint j = 0; j < d; j++)
      values[i * d + j] =
          (double) (i % 2) + (i % 3 == 0 ? 0.5 : 0.0) + ldexp (g_rand_int_range (rand, -2, 3), -24);
}

const TestCloud test_clouds[] = {
  { "gaussian", fill_gaussian },
  { "blobs", fill_blobs },
  { "mean 4", fill_mean_4 },
  { "mean 15", fill_mean_15 },
  { "mean 1e6", fill_mean_million },
  { "duplicates", fill_duplicates },
  { "all equal", fill_equal },
  { "lattice", fill_lattice },
  { "near ties", fill_near_ties },
  { "one 1e30", fill_outlier_high },
  { "one -3.4e38", fill_outlier_low },
  { "3e7 beside 1e-3", fill_uneven_columns },
  { "denormals", fill_denormals },
  { "denormals mixed in", fill_mixed_denormals },
  { "huge", fill_huge },
  { "heavy-tailed", fill_heavy_tailed },
  { "all scales", fill_all_scales },
  { NULL, NULL },
};

static void
fill_ones (double *weights, size_t n, GRand *rand)
{
  (void) rand;
  for (size_t i = 0; i < n; i++)
    weights[i] = 1.0;
}

/* Whole numbers, some of them 0. */
static void
fill_whole (double *weights, size_t n, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    weights[i] = g_rand_int_range (rand, 0, 6);
  weights[g_rand_int_range (rand, 0, (gint32) n)] = 2.0;
}

static void
fill_real (double *weights, size_t n, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    weights[i] = g_rand_double_range (rand, 1e-3, 1.0);
}

/* Few rows of weight, and of these some of 1e30 or 1e-30. */
static void
fill_extreme (double *weights, size_t n, GRand *rand)
{
  static const double choices[] = { 0.0, 0.0, 1.0, 1e30, 1e-30, 0.3 };
  for (size_t i = 0; i < n; i++)
    weights[i] = choices[g_rand_int_range (rand, 0, G_N_ELEMENTS (choices))];
  weights[g_rand_int_range (rand, 0, (gint32) n)] = 1e-30;
}

/* Every exponent of float32, its denormals among them. */
static void
fill_weights_of_all_scales (double *weights, size_t n, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    weights[i] = ldexp (g_rand_double_range (rand, 1.0, 2.0), g_rand_int_range (rand, -149, 127));
}

/* So little in all that the grid of unit rows is at its finest. */
static void
fill_tiny (double *weights, size_t n, GRand *rand)
{
  for (size_t i = 0; i < n; i++)
    weights[i] = ldexp (g_rand_int_range (rand, 1, 9), -149);
}

const TestWeights test_weights[] = {
  { "ones", fill_ones },
  { "whole", fill_whole },
  { "real", fill_real },
  { "extreme", fill_extreme },
  { "all scales", fill_weights_of_all_scales },
  { "tiny", fill_tiny },
  { NULL, NULL },
};

LloydPoints *
test_points (const double *values, size_t n, guint d)
{
  return test_points_weighted (values, NULL, n, d);
}

LloydPoints *
test_points_weighted (const double *values, const double *weights, size_t n, guint d)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydTable) table = lloyd_table_new ("test", n);
  LloydSelection selection = { .weights = weights != NULL ? "weight" : NULL };
  double *copy = malloc (sizeof (double) * n * d);

  for (size_t i = 0; i < n * d; i++)
    copy[i] = values[i];
  lloyd_table_take_memory (table, copy);
  for (guint j = 0; j < d; j++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", j + 1);
      lloyd_table_add_numbers (table, name, copy + j, d, FALSE, 0);
    }
  if (weights != NULL)
    {
      double *own = malloc (sizeof (double) * n);
      memcpy (own, weights, sizeof (double) * n);
      lloyd_table_take_memory (table, own);
      lloyd_table_add_numbers (table, "weight", own, 1, FALSE, 0);
    }
  LloydPoints *points = lloyd_points_new (table, &selection, NULL, &error);
  g_assert_no_error (error);
  return points;
}

LloydPoints *
test_cloud_points (const TestCloud *cloud, size_t n, guint d, GRand *rand)
{
  return test_cloud_weighted (cloud, NULL, n, d, rand);
}

LloydPoints *
test_cloud_weighted (
    const TestCloud *cloud, const TestWeights *weights, size_t n, guint d, GRand *rand)
{
  g_autofree double *values = g_new (double, n *d);
  g_autofree double *own = weights != NULL ? g_new (double, n) : NULL;
  cloud->fill (values, n, d, rand);
  for (size_t i = 0; i < n; i++)
    {
      gboolean is_zero = TRUE;
      for (guint j = 0; j < d; j++)
        is_zero &= (float) values[i * d + j] == 0.0f;
      if (is_zero)
        values[i * d] = 1.0;
    }
  if (weights != NULL)
    weights->fill (own, n, rand);
  LloydPoints *points = test_points_weighted (values, own, n, d);
  /* In memory as they come, or in an order of their own: no result may tell. */
  if (g_rand_boolean (rand))
    g_assert_true (lloyd_points_order (points, 2, 0, NULL));
  return points;
}

guint
test_odd_size (GRand *rand, guint max)
{
  static const guint favourites[] = { 1, 2, 3, 7, 17, 31, 33, 64, 100, 129 };
  if (g_rand_boolean (rand))
    {
      guint size = favourites[g_rand_int_range (rand, 0, G_N_ELEMENTS (favourites))];
      if (size <= max)
        return size;
    }
  return (guint) g_rand_int_range (rand, 1, (gint32) max + 1);
}
