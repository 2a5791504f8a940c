/* Generated clouds: the same for the same arguments, and what their names promise. */
#include <gio/gio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/data/generate.h"
#include "compute/error.h"

static GRand *
random_new (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static LloydTable *
generate (const LloydCloudSpec *spec)
{
  g_autoptr (GError) error = NULL;
  LloydTable *table = lloyd_generate (spec, NULL, &error);
  g_assert_no_error (error);
  return table;
}

/* The rows, row-major, borrowed from the table. */
static const float *
values_of (const LloydTable *table)
{
  return lloyd_table_get_column (table, 0)->data;
}

static guint64
random_seed (GRand *rand)
{
  return (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
}

/* A spec with a random seed. */
static LloydCloudSpec
make_spec (LloydCloud cloud, size_t rows, guint dims, guint clusters)
{
  g_autoptr (GRand) rand = random_new ();
  LloydCloudSpec spec = lloyd_cloud_spec (cloud);
  spec.rows = rows;
  spec.dims = dims;
  spec.clusters = clusters;
  spec.seed = random_seed (rand);
  return spec;
}

/* ---- every kind ---------------------------------------------------------------------------- */

static void
check_shape (const LloydTable *table, const LloydCloudSpec *spec)
{
  const float *values = values_of (table);
  g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, spec->rows);
  g_assert_cmpuint (lloyd_table_get_n_columns (table), ==, spec->dims);
  for (guint j = 0; j < spec->dims; j++)
    {
      const LloydColumn *column = lloyd_table_get_column (table, j);
      g_autofree char *name = g_strdup_printf ("x%u", j + 1);
      g_assert_cmpstr (column->name, ==, name);
      g_assert_true (column->is_float32);
      g_assert_cmpuint (column->stride, ==, spec->dims);
      g_assert_true (column->data == values + j);
    }
  for (size_t i = 0; i < spec->rows * spec->dims; i++)
    g_assert_true (isfinite (values[i]));
}

static void
test_every_kind (void)
{
  g_autoptr (GRand) rand = random_new ();
  for (int cloud = 0; cloud < LLOYD_N_CLOUDS; cloud++)
    for (int round = 0; round < 20; round++)
      {
        LloydCloudSpec spec = make_spec (
            (LloydCloud) cloud, (size_t) g_rand_int_range (rand, 1, 500),
            (guint) g_rand_int_range (rand, 1, 8), (guint) g_rand_int_range (rand, 1, 30));
        spec.spread = g_rand_double_range (rand, 0.0, 3.0);
        spec.shift = g_rand_double_range (rand, -100.0, 100.0);
        size_t bytes = sizeof (float) * spec.rows * spec.dims;
        g_autoptr (LloydTable) table = generate (&spec);
        g_autoptr (LloydTable) again = generate (&spec);
        check_shape (table, &spec);
        g_assert_cmpmem (values_of (again), bytes, values_of (table), bytes);

        spec.seed ^= (guint64) 1 << g_rand_int_range (rand, 0, 64);
        g_autoptr (LloydTable) other = generate (&spec);
        g_assert_true (memcmp (values_of (other), values_of (table), bytes) != 0);
      }
}

/* The same bits on every machine: these are what they were. */
static void
test_bits (void)
{
  static const char *const sums[LLOYD_N_CLOUDS] = {
    "3d0059d63e99022edd7ca1593ee523f73038df440eb55b8be98f59c2857c26d7",
    "4a63f4823e53d63ef55a56b1f1e1631fe46a34d5d6eb54b96158985785460822",
    "fe814403beb0d60a99db8ad8e8d43362710291d378e274b11cb782aae0889aa2",
    "6d136058ebe98827c7be72ceb026cfe100617c00ea89073905988241b8ce56cf",
    "e91c4f7afe0915b92b7421a310e01028a1e4d940ce2f414f8c0b87f292fda938",
    "1f001fe5e0f1f9aee0e69140e8bab821231d8cbba438423cf0941d02ebe63830",
    "b9599a5434a82262ed05c8eb7ed31c7ed2b21cb611fde54512394c08943913f6",
    "eb8300ce8317c8e28889e85463a3559db75198434edffe2932f1e8dd58cf402d",
    "96b1fbd13e88b782fb56c27496fa3e1b7eab41823548e6d454e4ae5d3bd1975f",
    "2a6047f578a1641591d30fae7b3bec29ad8f770efeef35b9ef45713f0e2c6945",
  };
  for (int cloud = 0; cloud < LLOYD_N_CLOUDS; cloud++)
    {
      LloydCloudSpec spec = lloyd_cloud_spec ((LloydCloud) cloud);
      spec.rows = 2000;
      spec.dims = 3;
      spec.clusters = 5;
      spec.seed = 12345678901234567890u;
      spec.spread = 1.25;
      spec.shift = 0.5;
      g_autoptr (LloydTable) table = generate (&spec);
      g_autofree char *sum = g_compute_checksum_for_data (
          G_CHECKSUM_SHA256, (gconstpointer) values_of (table), sizeof (float) * 3 * spec.rows);
      g_test_message ("%s", sum);
      g_assert_cmpstr (sum, ==, sums[cloud]);
    }
}

static void
test_names (void)
{
  for (int cloud = 0; cloud < LLOYD_N_CLOUDS; cloud++)
    {
      LloydCloudSpec spec = lloyd_cloud_spec ((LloydCloud) cloud);
      g_assert_cmpint (spec.cloud, ==, cloud);
      g_assert_cmpuint (spec.rows, ==, 10000);
      g_assert_cmpuint (spec.dims, ==, 2);
      g_assert_cmpuint (spec.clusters, ==, 4);
      g_assert_cmpuint (spec.seed, ==, 0);
      g_assert_nonnull (lloyd_cloud_names[cloud]);
      for (int other = 0; other < cloud; other++)
        g_assert_cmpstr (lloyd_cloud_names[other], !=, lloyd_cloud_names[cloud]);
    }
  g_assert_null (lloyd_cloud_names[LLOYD_N_CLOUDS]);
  g_assert_cmpstr (lloyd_cloud_names[LLOYD_CLOUD_HEAVY_TAILED], ==, "heavy-tailed");
}

/* ---- what is known of each ----------------------------------------------------------------- */

/* How far a share of n is from what chance allows, in standard deviations. */
static double
share_deviations (size_t count, size_t n, double expected)
{
  return fabs ((double) count / (double) n - expected) /
         sqrt (expected * (1.0 - expected) / (double) n);
}

static void
test_gaussian (void)
{
  const size_t n = 200000;
  LloydCloudSpec spec = make_spec (LLOYD_CLOUD_GAUSSIAN, n, 3, 1);
  spec.spread = 2.5;
  spec.shift = -7.0;
  g_autoptr (LloydTable) table = generate (&spec);
  const float *values = values_of (table);
  double moments[3][5] = { { 0 } }, products[3] = { 0 };

  for (size_t i = 0; i < n; i++)
    {
      double z[3];
      for (int j = 0; j < 3; j++)
        {
          z[j] = ((double) values[3 * i + j] - spec.shift) / spec.spread;
          for (int p = 1; p < 5; p++)
            moments[j][p] += pow (z[j], p) / (double) n;
        }
      for (int j = 0; j < 3; j++)
        products[j] += z[j] * z[(j + 1) % 3] / (double) n;
    }
  /* Six standard deviations of each mean: of z^p it is sqrt (E z^2p - (E z^p)^2). */
  double reach = 6.0 / sqrt ((double) n);
  for (int j = 0; j < 3; j++)
    {
      g_assert_cmpfloat (fabs (moments[j][1]), <, reach);
      g_assert_cmpfloat (fabs (moments[j][2] - 1.0), <, reach * sqrt (2.0));
      g_assert_cmpfloat (fabs (moments[j][3]), <, reach * sqrt (15.0));
      g_assert_cmpfloat (fabs (moments[j][4] - 3.0), <, reach * sqrt (96.0));
      g_assert_cmpfloat (fabs (products[j]), <, reach);
    }
}

static void
test_uniform (void)
{
  const size_t n = 100000;
  LloydCloudSpec spec = make_spec (LLOYD_CLOUD_UNIFORM, n, 3, 1);
  g_autoptr (LloydTable) table = generate (&spec);
  const float *values = values_of (table);
  size_t counts[3][10] = { { 0 } };
  for (size_t i = 0; i < 3 * n; i++)
    {
      g_assert_cmpfloat ((double) values[i], >=, 0.0);
      /* A double just below 1 may round to 1. */
      g_assert_cmpfloat ((double) values[i], <=, 1.0);
      counts[i % 3][MIN ((int) (values[i] * 10.0f), 9)]++;
    }
  for (int j = 0; j < 3; j++)
    for (int bin = 0; bin < 10; bin++)
      g_assert_cmpfloat (share_deviations (counts[j][bin], n, 0.1), <, 6.0);
}

static void
test_circle (void)
{
  const size_t n = 40000;
  LloydCloudSpec spec = make_spec (LLOYD_CLOUD_CIRCLE, n, 3, 7);
  g_autoptr (LloydTable) table = generate (&spec);
  const float *values = values_of (table);
  size_t sectors[8] = { 0 };
  for (size_t i = 0; i < n; i++)
    {
      double x = (double) values[3 * i], y = (double) values[3 * i + 1];
      g_assert_cmpfloat_with_epsilon (x * x + y * y, 1.0, 3e-7);
      g_assert_cmpfloat ((double) values[3 * i + 2], ==, 0.0);
      sectors[(x > 0.0) + 2 * (y > 0.0) + 4 * (fabs (x) > fabs (y))]++;
    }
  for (int s = 0; s < 8; s++)
    g_assert_cmpfloat (share_deviations (sectors[s], n, 0.125), <, 6.0);
}

/* Rings of radius 1 to `clusters`, as often as each other; without spread nothing lies beside. */
static void
test_rings (void)
{
  const size_t n = 20000;
  LloydCloudSpec spec = make_spec (LLOYD_CLOUD_RINGS, n, 2, 5);
  spec.spread = 0.0;
  g_autoptr (LloydTable) table = generate (&spec);
  const float *values = values_of (table);
  size_t counts[7] = { 0 };
  for (size_t i = 0; i < n; i++)
    {
      double radius = hypot ((double) values[2 * i], (double) values[2 * i + 1]);
      g_assert_cmpfloat (fabs (radius - round (radius)), <, 1e-6);
      g_assert_cmpfloat (radius, <, 5.5);
      counts[(int) round (radius)]++;
    }
  g_assert_cmpuint (counts[0], ==, 0);
  for (int ring = 1; ring <= 5; ring++)
    g_assert_cmpfloat (share_deviations (counts[ring], n, 0.2), <, 6.0);
}

static void
test_moons (void)
{
  const size_t n = 20000;
  LloydCloudSpec spec = make_spec (LLOYD_CLOUD_MOONS, n, 2, 1);
  spec.spread = 0.0;
  g_autoptr (LloydTable) table = generate (&spec);
  const float *values = values_of (table);
  size_t n_first = 0;
  for (size_t i = 0; i < n; i++)
    {
      double x = (double) values[2 * i], y = (double) values[2 * i + 1];
      gboolean is_first = fabs (hypot (x, y) - 1.0) < 1e-6 && y > -1e-6;
      gboolean is_second = fabs (hypot (1.0 - x, 0.5 - y) - 1.0) < 1e-6 && y < 0.5 + 1e-6;
      g_assert_true (is_first || is_second);
      n_first += is_first;
    }
  g_assert_cmpfloat (share_deviations (n_first, n, 0.5), <, 6.0);
}

/* Cells of the smallest square that holds them, row by row, filled evenly by area. */
static void
test_grid (void)
{
  const size_t n = 30000;
  for (guint clusters = 1; clusters <= 17; clusters += 4)
    {
      LloydCloudSpec spec = make_spec (LLOYD_CLOUD_GRID, n, 3, clusters);
      g_autoptr (LloydTable) table = generate (&spec);
      const float *values = values_of (table);
      guint side = (guint) ceil (sqrt (clusters));
      size_t counts[25] = { 0 }, n_inner = 0;
      for (size_t i = 0; i < n; i++)
        {
          double x = (double) values[3 * i], y = (double) values[3 * i + 1];
          double distance = hypot (x - round (x), y - round (y));
          g_assert_cmpfloat (distance, <=, 0.3 + 1e-6);
          g_assert_cmpfloat ((double) values[3 * i + 2], ==, 0.0);
          g_assert_true (round (x) >= 0.0 && round (x) < side && round (y) >= 0.0);
          counts[(guint) round (y) * side + (guint) round (x)]++;
          n_inner += distance < 0.3 * 0.5;
        }
      for (guint cell = 0; cell < clusters && clusters > 1; cell++)
        g_assert_cmpfloat (share_deviations (counts[cell], n, 1.0 / clusters), <, 6.0);
      for (guint cell = clusters; cell < 25; cell++)
        g_assert_cmpuint (counts[cell], ==, 0);
      g_assert_cmpfloat (share_deviations (n_inner, n, 0.25), <, 6.0);
    }
}

static int
compare_counts (gconstpointer a, gconstpointer b)
{
  size_t x = *(const size_t *) a, y = *(const size_t *) b;
  return (x < y) - (x > y);
}

static gboolean
is_near (const float *a, const float *b, guint d)
{
  for (guint j = 0; j < d; j++)
    if (fabsf (a[j] - b[j]) > 1e-3f)
      return FALSE;
  return TRUE;
}

/* Rows of each centre, most first, where there is hardly any spread. */
static guint
count_centres (const LloydCloudSpec *spec, size_t *counts, guint max)
{
  g_autoptr (LloydTable) table = generate (spec);
  const float *values = values_of (table);
  g_autofree float *centres = g_new (float, (size_t) max * spec->dims);
  guint n = 0;
  for (size_t i = 0; i < spec->rows; i++)
    {
      const float *x = values + i * spec->dims;
      guint c = 0;
      while (c < n && !is_near (x, centres + c * spec->dims, spec->dims))
        c++;
      for (guint j = 0; j < spec->dims; j++)
        g_assert_cmpfloat (fabs ((double) x[j] - spec->shift), <=, 10.0 + 1e-3);
      if (c == n)
        {
          g_assert_cmpuint (n, <, max);
          memcpy (centres + c * spec->dims, x, sizeof (float) * spec->dims);
          counts[n++] = 0;
        }
      counts[c]++;
    }
  qsort (counts, n, sizeof *counts, compare_counts);
  return n;
}

static void
test_blobs (void)
{
  const size_t n = 20000;
  static const LloydCloud clouds[] = { LLOYD_CLOUD_BLOBS, LLOYD_CLOUD_STRETCHED };
  size_t counts[8];
  for (size_t c = 0; c < G_N_ELEMENTS (clouds); c++)
    {
      LloydCloudSpec spec = make_spec (clouds[c], n, 4, 6);
      spec.spread = 1e-6;
      spec.shift = 100.0;
      g_assert_cmpuint (count_centres (&spec, counts, 8), ==, 6);
      for (int k = 0; k < 6; k++)
        g_assert_cmpfloat (share_deviations (counts[k], n, 1.0 / 6.0), <, 6.0);
    }

  LloydCloudSpec spec = make_spec (LLOYD_CLOUD_UNBALANCED, n, 2, 5);
  spec.spread = 1e-6;
  g_assert_cmpuint (count_centres (&spec, counts, 8), ==, 5);
  for (int k = 0; k < 5; k++)
    g_assert_cmpfloat (share_deviations (counts[k], n, ldexp (1.0, -MIN (k + 1, 4))), <, 6.0);
}

/* One blob: round, or six times longer along the diagonal than across. */
static void
test_blob_shape (void)
{
  const size_t n = 50000;
  static const struct
  {
    LloydCloud cloud;
    double along, across;
  } cases[] = { { LLOYD_CLOUD_BLOBS, 2.0, 2.0 },
                { LLOYD_CLOUD_UNBALANCED, 2.0, 2.0 },
                { LLOYD_CLOUD_STRETCHED, 6.0 * 1.4142135623730951, 1.4142135623730951 } };
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      LloydCloudSpec spec = make_spec (cases[c].cloud, n, 2, 1);
      double sums[2] = { 0 }, squares[2] = { 0 };
      spec.spread = 2.0;
      g_autoptr (LloydTable) table = generate (&spec);
      const float *values = values_of (table);
      for (size_t i = 0; i < n; i++)
        for (int axis = 0; axis < 2; axis++)
          {
            double sign = axis == 0 ? 1.0 : -1.0;
            double v = ((double) values[2 * i] + sign * (double) values[2 * i + 1]) * M_SQRT1_2;
            sums[axis] += v / (double) n;
            squares[axis] += v * v / (double) n;
          }
      double along = sqrt (squares[0] - sums[0] * sums[0]);
      double across = sqrt (squares[1] - sums[1] * sums[1]);
      g_assert_cmpfloat_with_epsilon (along / cases[c].along, 1.0, 0.02);
      g_assert_cmpfloat_with_epsilon (across / cases[c].across, 1.0, 0.02);
    }
}

/* Student's t with two degrees of freedom: P (|t| > x) = 1 - x / sqrt (2 + x^2). */
static void
test_heavy_tailed (void)
{
  const size_t n = 100000;
  LloydCloudSpec spec = make_spec (LLOYD_CLOUD_HEAVY_TAILED, n, 2, 1);
  spec.spread = 3.0;
  static const double limits[] = { 0.1, 1.0, 4.0, 20.0, 50.0 };
  g_autoptr (LloydTable) table = generate (&spec);
  const float *values = values_of (table);
  for (size_t l = 0; l < G_N_ELEMENTS (limits); l++)
    {
      size_t above = 0, below = 0;
      for (size_t i = 0; i < 2 * n; i++)
        {
          above += (double) values[i] > 3.0 * limits[l];
          below += (double) values[i] < -3.0 * limits[l];
        }
      double expected = 0.5 - 0.5 * limits[l] / sqrt (2.0 + limits[l] * limits[l]);
      g_assert_cmpfloat (share_deviations (above, 2 * n, expected), <, 6.0);
      g_assert_cmpfloat (share_deviations (below, 2 * n, expected), <, 6.0);
    }
}

/* ---- what cannot be ------------------------------------------------------------------------ */

static void
test_bad_specs (void)
{
  const LloydCloudSpec fine = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  LloydCloudSpec bad[8] = { fine, fine, fine, fine, fine, fine, fine, fine };
  static const char *const messages[] = { "row",    "dimension", "cluster",   "finite",
                                          "finite", "finite",    "the cloud", "the cloud" };
  bad[0].rows = 0;
  bad[1].dims = 0;
  bad[2].clusters = 0;
  bad[3].spread = NAN;
  bad[4].shift = INFINITY;
  bad[5].spread = -INFINITY;
  bad[6].rows = G_MAXSIZE / 2;
  /* More centres than there is memory for is no reason to die. */
  bad[7].rows = 1;
  bad[7].clusters = G_MAXUINT;
  bad[7].dims = G_MAXUINT;
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (lloyd_generate (&bad[i], NULL, &error));
      g_assert_error (error, LLOYD_ERROR, (int) (i < 6 ? LLOYD_ERROR_DATA : LLOYD_ERROR_MEMORY));
      g_assert_nonnull (strstr (error->message, messages[i]));
    }
}

/* Clouds without centres have room for as many clusters as there are numbers. */
static void
test_many_clusters (void)
{
  for (int cloud = 0; cloud < LLOYD_N_CLOUDS; cloud++)
    {
      LloydCloudSpec spec = make_spec ((LloydCloud) cloud, 10, 2, G_MAXUINT);
      if (cloud == LLOYD_CLOUD_BLOBS || cloud == LLOYD_CLOUD_STRETCHED ||
          cloud == LLOYD_CLOUD_UNBALANCED)
        spec.clusters = 100000;
      g_autoptr (LloydTable) table = generate (&spec);
      check_shape (table, &spec);
    }
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  LloydCloudSpec spec = lloyd_cloud_spec (LLOYD_CLOUD_BLOBS);
  g_cancellable_cancel (cancellable);
  g_assert_null (lloyd_generate (&spec, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The command, read as a shell reads it, names the same cloud and the same file. */
static void
test_command (void)
{
  g_autoptr (GRand) rand = random_new ();
  static const char *const outputs[] = { "cloud.npy", "my cloud's \"best\".csv",
                                         "$HOME/`a`;b.csv" };
  for (int round = 0; round < 100; round++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) argv = NULL;
      LloydCloudSpec spec = make_spec ((LloydCloud) g_rand_int_range (rand, 0, LLOYD_N_CLOUDS),
                                       g_rand_int (rand), g_rand_int (rand), g_rand_int (rand));
      const char *output = outputs[round % 3];
      spec.seed = round % 2 == 0 ? spec.seed : 0;
      spec.spread = g_rand_boolean (rand) ? 1.0 : g_rand_double (rand);
      spec.shift = g_rand_boolean (rand) ? 0.0 : -g_rand_double (rand) * 1e-9;
      g_autofree char *command = lloyd_cloud_spec_dup_command (&spec, output);
      g_assert_true (g_shell_parse_argv (command, NULL, &argv, &error));
      g_assert_cmpstr (argv[0], ==, "lloyd-cli");
      g_assert_cmpstr (argv[1], ==, "generate");
      g_assert_cmpstr (argv[2], ==, lloyd_cloud_names[spec.cloud]);

      LloydCloudSpec back = lloyd_cloud_spec (spec.cloud);
      const char *back_output = NULL;
      for (char **arg = argv + 3; *arg != NULL; arg += 2)
        {
          g_assert_nonnull (arg[1]);
          guint64 number = g_ascii_strtoull (arg[1], NULL, 10);
          if (g_str_equal (arg[0], "--rows"))
            back.rows = number;
          else if (g_str_equal (arg[0], "--dims"))
            back.dims = (guint) number;
          else if (g_str_equal (arg[0], "--clusters"))
            back.clusters = (guint) number;
          else if (g_str_equal (arg[0], "--seed"))
            back.seed = number;
          else if (g_str_equal (arg[0], "--spread"))
            back.spread = g_ascii_strtod (arg[1], NULL);
          else if (g_str_equal (arg[0], "--shift"))
            back.shift = g_ascii_strtod (arg[1], NULL);
          else if (g_str_equal (arg[0], "--output"))
            back_output = arg[1];
          else
            g_assert_not_reached ();
        }
      g_assert_cmpstr (back_output, ==, output);
      g_assert_cmpuint (back.rows, ==, spec.rows);
      g_assert_cmpuint (back.dims, ==, spec.dims);
      g_assert_cmpuint (back.clusters, ==, spec.clusters);
      g_assert_cmpuint (back.seed, ==, spec.seed);
      g_assert_cmpfloat (back.spread, ==, spec.spread);
      g_assert_cmpfloat (back.shift, ==, spec.shift);
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/clouds/every-kind", test_every_kind);
  g_test_add_func ("/data/clouds/bits", test_bits);
  g_test_add_func ("/data/clouds/names", test_names);
  g_test_add_func ("/data/clouds/gaussian", test_gaussian);
  g_test_add_func ("/data/clouds/uniform", test_uniform);
  g_test_add_func ("/data/clouds/circle", test_circle);
  g_test_add_func ("/data/clouds/rings", test_rings);
  g_test_add_func ("/data/clouds/moons", test_moons);
  g_test_add_func ("/data/clouds/grid", test_grid);
  g_test_add_func ("/data/clouds/blobs", test_blobs);
  g_test_add_func ("/data/clouds/blob-shape", test_blob_shape);
  g_test_add_func ("/data/clouds/heavy-tailed", test_heavy_tailed);
  g_test_add_func ("/data/clouds/bad-specs", test_bad_specs);
  g_test_add_func ("/data/clouds/many-clusters", test_many_clusters);
  g_test_add_func ("/data/clouds/cancel", test_cancel);
  g_test_add_func ("/data/clouds/command", test_command);
  return g_test_run ();
}
