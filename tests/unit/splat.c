/* Splats: what a pixel shows does not depend on the order of rows, on threads or on passes, and
 * colours follow counts. */
#include "compute/backends/cpu/splat.h"

#include <string.h>

#include "compute/session/axes.h"
#include "compute/session/snapshot.h"
#include "tests/support/clouds.h"

#define WIDTH 61
#define HEIGHT 37
#define N_PIXELS (WIDTH * HEIGHT)
/* So many that several threads get a part. */
#define N 200003

/* ---- counts to colours --------------------------------------------------------------------- */

static guint64
random_count (void)
{
  guint64 word = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
  guint64 count = word >> g_test_rand_int_range (0, 64);
  return MAX (count, 1);
}

static void
test_levels (void)
{
  for (guint32 i = 0; i < LLOYD_SPLAT_LEVELS - 1; i++)
    g_assert_cmpuint (lloyd_splat_least_count (i), <=, lloyd_splat_least_count (i + 1));
  g_assert_cmpuint (lloyd_splat_level (1), ==, 0);
  g_assert_cmpuint (lloyd_splat_level (2), ==, 16);
  g_assert_cmpuint (lloyd_splat_level (G_MAXUINT64), ==, LLOYD_SPLAT_LEVELS - 1);
  for (int round = 0; round < 10000; round++)
    {
      guint64 count = random_count ();
      guint32 level = lloyd_splat_level (count);
      g_assert_cmpuint (level, <, LLOYD_SPLAT_LEVELS);
      g_assert_cmpuint (lloyd_splat_least_count (level), <=, count);
      if (level < LLOYD_SPLAT_LEVELS - 1)
        g_assert_cmpuint (count, <=, lloyd_splat_least_count (level + 1));
      g_assert_cmpuint (lloyd_splat_level (MAX (count / 2, 1)), <=, level);
    }
}

static void
test_tones (void)
{
  for (int round = 0; round < 1000; round++)
    {
      guint64 pixels[LLOYD_SPLAT_LEVELS] = { 0 };
      guint8 strength[LLOYD_SPLAT_LEVELS];
      LloydTone tone = (LloydTone) g_test_rand_int_range (0, 3);
      guint32 weakest = (guint32) g_test_rand_int_range (0, 256);
      int n = g_test_rand_int_range (0, 30), top = g_test_rand_int_range (1, LLOYD_SPLAT_LEVELS);
      for (int i = 0; i < n; i++)
        pixels[g_test_rand_int_range (0, top)] += (guint64) g_test_rand_int_range (1, 100000);
      lloyd_splat_make_tones (tone, pixels, weakest, strength);
      g_assert_cmpuint (strength[0], >=, weakest);
      g_assert_cmpuint (strength[LLOYD_SPLAT_LEVELS - 1], ==, LLOYD_SPLAT_STRONGEST);
      for (guint i = 1; i < LLOYD_SPLAT_LEVELS; i++)
        g_assert_cmpuint (strength[i], >=, strength[i - 1]);
    }
}

/* Counts that are all alike are no contrast, those of a wide range a full one. */
static void
test_contrast (void)
{
  guint64 pixels[LLOYD_SPLAT_LEVELS] = { 0 };
  guint8 strength[LLOYD_SPLAT_LEVELS];
  pixels[0] = 1000;
  lloyd_splat_make_tones (LLOYD_TONE_LOG, pixels, 100, strength);
  g_assert_cmpuint (strength[0], ==, 255);
  pixels[LLOYD_SPLAT_SPAN] = 1000;
  lloyd_splat_make_tones (LLOYD_TONE_LOG, pixels, 100, strength);
  g_assert_cmpuint (strength[0], ==, 100);
  g_assert_cmpuint (strength[LLOYD_SPLAT_SPAN], ==, 255);
  g_assert_cmpuint (strength[LLOYD_SPLAT_SPAN / 2], ==, 177);
  /* One crowded pixel of thousands changes nothing. */
  pixels[LLOYD_SPLAT_LEVELS - 1] = 1;
  lloyd_splat_make_tones (LLOYD_TONE_LOG, pixels, 100, strength);
  g_assert_cmpuint (strength[LLOYD_SPLAT_SPAN], ==, 255);
}

static void
test_blend (void)
{
  for (int round = 0; round < 10000; round++)
    {
      guint32 under = 0xff000000u | (guint32) g_test_rand_int ();
      guint32 over = 0xff000000u | (guint32) g_test_rand_int ();
      guint32 strength = (guint32) g_test_rand_int_range (0, 256);
      guint32 mixed = lloyd_splat_blend (under, over, strength);
      g_assert_cmphex (lloyd_splat_blend (under, over, 255), ==, over);
      g_assert_cmphex (lloyd_splat_blend (under, over, 0), ==, under);
      g_assert_cmpuint (mixed >> 24, ==, 255);
      for (int shift = 0; shift < 24; shift += 8)
        {
          double a = over >> shift & 255, b = under >> shift & 255, share = strength / 255.0;
          g_assert_cmpfloat_with_epsilon ((double) (mixed >> shift & 255),
                                          a * share + b * (1.0 - share), 0.51);
        }
    }
}

/* ---- pixels -------------------------------------------------------------------------------- */

typedef struct
{
  float *x;
  gint32 *labels;
  guint32 *hashes;
  guint32 columns[2];
  double across[2], down[2];
  LloydSplatMap map;
} Cloud;

static void
set_up (Cloud *self, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  (void) data;
  self->x = g_new (float, 2 * N);
  self->labels = g_new (gint32, N);
  self->hashes = g_new (guint32, N);
  for (int i = 0; i < N; i++)
    {
      /* Some lie outside. */
      self->x[2 * i] = (float) g_rand_double_range (rand, -0.2, 1.2);
      self->x[2 * i + 1] = (float) g_rand_double_range (rand, -0.2, 1.2);
      self->labels[i] = g_rand_int_range (rand, -1, 9);
      self->hashes[i] = lloyd_splat_hash ((guint64) i);
    }
  self->columns[1] = 1;
  self->across[0] = WIDTH;
  self->down[1] = HEIGHT;
  self->map = (LloydSplatMap){ WIDTH, HEIGHT, 2, self->columns, self->across, self->down, 0, 0 };
}

static void
tear_down (Cloud *self, gconstpointer data)
{
  (void) data;
  g_free (self->x);
  g_free (self->labels);
  g_free (self->hashes);
}

/* Rows whose hash lies within the two, by so many threads. */
static LloydSplatPixel *
draw (const Cloud *self, guint n_threads, guint32 first, guint32 last, LloydSplatPixel *pixels)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSplatter) splatter = lloyd_splatter_new (n_threads, 0);
  LloydSplatRows rows = {
    .x = self->x, .stride = 2, .n = N, .labels = self->labels, .hashes = self->hashes
  };
  if (pixels == NULL)
    {
      pixels = g_new (LloydSplatPixel, N_PIXELS);
      lloyd_splat_clear (pixels, N_PIXELS);
    }
  LloydSplat splat = { self->map, first, last, pixels };
  g_assert_true (lloyd_splatter_draw (splatter, &rows, &splat, NULL, &error));
  g_assert_no_error (error);
  return pixels;
}

static void
assert_same (const LloydSplatPixel *a, const LloydSplatPixel *b)
{
  g_assert_cmpmem (a, sizeof (LloydSplatPixel) * N_PIXELS, b, sizeof (LloydSplatPixel) * N_PIXELS);
}

/* Who is seen is a point that lies there, and all are counted. */
static void
test_real_points (Cloud *self, gconstpointer data)
{
  g_autofree LloydSplatPixel *pixels = draw (self, 1, 0, G_MAXUINT32, NULL);
  guint64 n_seen = 0, n_inside = 0;
  (void) data;
  for (int i = 0; i < N; i++)
    {
      double across = WIDTH * (double) self->x[2 * i], down = HEIGHT * (double) self->x[2 * i + 1];
      if (across < 0.0 || across >= WIDTH || down < 0.0 || down >= HEIGHT)
        continue;
      const LloydSplatPixel *pixel = &pixels[(int) down * WIDTH + (int) across];
      guint64 key = lloyd_splat_key (self->hashes[i], self->labels[i]);
      n_inside++;
      g_assert_cmpuint (pixel->key, <=, key);
    }
  for (int i = 0; i < N_PIXELS; i++)
    n_seen += pixels[i].count;
  g_assert_cmpuint (n_seen, ==, n_inside);
}

static void
test_order (Cloud *self, gconstpointer data)
{
  g_autofree LloydSplatPixel *expected = draw (self, 1, 0, G_MAXUINT32, NULL);
  (void) data;
  for (int i = N - 1; i > 0; i--)
    {
      int j = g_test_rand_int_range (0, i + 1);
      float x = self->x[2 * i], y = self->x[2 * i + 1];
      gint32 label = self->labels[i];
      guint32 hash = self->hashes[i];
      memcpy (self->x + 2 * i, self->x + 2 * j, 2 * sizeof (float));
      self->x[2 * j] = x;
      self->x[2 * j + 1] = y;
      self->labels[i] = self->labels[j];
      self->labels[j] = label;
      self->hashes[i] = self->hashes[j];
      self->hashes[j] = hash;
    }
  for (guint n_threads = 1; n_threads <= 4; n_threads++)
    {
      g_autofree LloydSplatPixel *pixels = draw (self, n_threads, 0, G_MAXUINT32, NULL);
      assert_same (pixels, expected);
    }
}

/* A part by hash shows nothing that the whole does not, and with the rest it is the whole. */
static void
test_parts (Cloud *self, gconstpointer data)
{
  g_autofree LloydSplatPixel *whole = draw (self, 1, 0, G_MAXUINT32, NULL);
  guint32 border = (guint32) g_test_rand_int () >> 4;
  g_autofree LloydSplatPixel *part = draw (self, 2, 0, border, NULL);
  guint n_seen = 0;
  (void) data;
  for (int i = 0; i < N_PIXELS; i++)
    if (part[i].count > 0)
      {
        n_seen++;
        g_assert_cmpuint (part[i].key, ==, whole[i].key);
        g_assert_cmpuint (part[i].count, <=, whole[i].count);
      }
  g_assert_cmpuint (n_seen, >, 0);
  draw (self, 2, border + 1, G_MAXUINT32, part);
  assert_same (part, whole);
}

/* Who belongs to nobody is seen only where nobody else is, and is counted all the same. */
static void
test_others_below (Cloud *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydSplatter) splatter = lloyd_splatter_new (2, 0);
  g_autofree LloydSplatPixel *all = draw (self, 1, 0, G_MAXUINT32, NULL);
  g_autofree LloydSplatPixel *pixels = g_new (LloydSplatPixel, N_PIXELS);
  g_autofree guint16 *labels = g_new (guint16, N);
  gboolean has_member[N_PIXELS] = { FALSE };
  (void) data;
  for (int i = 0; i < N; i++)
    {
      double across = WIDTH * (double) self->x[2 * i], down = HEIGHT * (double) self->x[2 * i + 1];
      gboolean is_inside = across >= 0.0 && across < WIDTH && down >= 0.0 && down < HEIGHT;
      labels[i] = g_test_rand_int_range (0, 4) > 0 ? G_MAXUINT16 : 3;
      if (is_inside && labels[i] == 3)
        has_member[(int) down * WIDTH + (int) across] = TRUE;
    }
  LloydSplatRows rows = { .x = self->x,
                          .stride = 2,
                          .n = N,
                          .small_labels = labels,
                          .hashes = self->hashes,
                          .has_others_below = TRUE };
  LloydSplat splat = { self->map, 0, G_MAXUINT32, pixels };
  lloyd_splat_clear (pixels, N_PIXELS);
  g_assert_true (lloyd_splatter_draw (splatter, &rows, &splat, NULL, &error));
  for (int i = 0; i < N_PIXELS; i++)
    {
      g_assert_cmpuint (pixels[i].count, ==, all[i].count);
      if (pixels[i].count > 0)
        g_assert_cmpuint ((guint32) pixels[i].key, ==, has_member[i] ? 3 : G_MAXUINT16);
    }
}

static void
test_cancelled (Cloud *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (LloydSplatter) splatter = lloyd_splatter_new (2, 0);
  g_autofree LloydSplatPixel *pixels = g_new (LloydSplatPixel, N_PIXELS);
  LloydSplatRows rows = {
    .x = self->x, .stride = 2, .n = N, .labels = self->labels, .hashes = self->hashes
  };
  LloydSplat splat = { self->map, 0, G_MAXUINT32, pixels };
  (void) data;
  lloyd_splat_clear (pixels, N_PIXELS);
  g_cancellable_cancel (cancellable);
  g_assert_false (lloyd_splatter_draw (splatter, &rows, &splat, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Every pixel's colour as the definition has it, by any number of threads; few points are large. */
static void
test_shade (Cloud *self, gconstpointer data)
{
  const guint32 colours[] = { 0xff0072b2, 0xffd55e00, 0xff009e73, 0xff999999 };
  guint32 few = G_MAXUINT32 / 20000;
  (void) data;
  for (int turn = 0; turn < 4; turn++)
    {
      g_autofree LloydSplatPixel *pixels = draw (self, 1, 0, turn < 2 ? G_MAXUINT32 : few, NULL);
      LloydSplatShade shade = { WIDTH, HEIGHT, 1, 5, LLOYD_TONE_LOG, 90, colours, 4, 0xffffffff };
      guint64 n_at[LLOYD_SPLAT_LEVELS] = { 0 }, n_seen = 0;
      guint8 strength[LLOYD_SPLAT_LEVELS];
      guint32 found[N_PIXELS];
      g_autoptr (LloydSplatter) splatter = lloyd_splatter_new (1 + (guint) turn % 2 * 2, 0);

      lloyd_splatter_shade (splatter, &shade, pixels, found);
      for (int i = 0; i < N_PIXELS; i++)
        n_seen += pixels[i].count;
      guint side = lloyd_splat_side (n_seen, N_PIXELS, 1, 5);
      g_assert_true (turn < 2 ? side == 1 : side > 1);
      for (guint y = 0; y < HEIGHT; y++)
        for (guint x = 0; x < WIDTH; x++)
          {
            guint64 count = lloyd_splat_around (pixels, WIDTH, HEIGHT, x, y, side).count;
            if (count > 0)
              n_at[lloyd_splat_level (count)]++;
          }
      lloyd_splat_make_tones (LLOYD_TONE_LOG, n_at, 90, strength);
      for (guint y = 0; y < HEIGHT; y++)
        for (guint x = 0; x < WIDTH; x++)
          g_assert_cmphex (
              found[y * WIDTH + x], ==,
              lloyd_splat_colour (lloyd_splat_around (pixels, WIDTH, HEIGHT, x, y, side), colours,
                                  4, 0xffffffff, strength));
    }
}

/* A point takes a square of pixels, a large one without corners, cut at the edges. */
static void
test_side (void)
{
  for (guint side = 1; side <= 5; side++)
    for (int i = 0; i < N_PIXELS; i += 7)
      {
        LloydSplatPixel pixels[N_PIXELS];
        guint n = 0;
        lloyd_splat_clear (pixels, N_PIXELS);
        pixels[i] = (LloydSplatPixel){ 5, 1 };
        for (guint y = 0; y < HEIGHT; y++)
          for (guint x = 0; x < WIDTH; x++)
            n += (guint) lloyd_splat_around (pixels, WIDTH, HEIGHT, x, y, side).count;
        guint x = (guint) i % WIDTH, y = (guint) i / WIDTH;
        if (x >= 3 && y >= 3 && x < WIDTH - 3 && y < HEIGHT - 3)
          g_assert_cmpuint (n, ==, side * side - (side < 4 ? 0 : 4));
        g_assert_cmpuint (n, >, 0);
        g_assert_cmpuint (n, <=, side * side);
      }
}

/* ---- scenes -------------------------------------------------------------------------------- */

/* Where a row is seen through a map. */
static void
find_place (const LloydSplatRows *rows, const LloydSplatMap *map, size_t i, double place[2])
{
  const float *x = rows->x + i * rows->stride;
  place[0] = lloyd_splat_place (x, map->columns, map->across, map->n_terms, map->across_start);
  place[1] = lloyd_splat_place (x, map->columns, map->down, map->n_terms, map->down_start);
}

/* The rows shown are those of lowest hash, and all rows are seen where the camera sees them. */
static void
check_scene (LloydPoints *points, const char *axes, size_t max_shown)
{
  const float matrix[16] = { 0.2f, 0.1f, 0, 0, -0.1f, 0.3f, 0, 0, 0.05f, 0.1f, 1, 0, 0.1f, 0.2f };
  g_autoptr (GError) error = NULL;
  LloydProjection *projection = lloyd_axes_make (points, axes, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LloydScene) scene = lloyd_scene_new_splat (points, projection, max_shown, &error);
  g_assert_no_error (error);
  LloydSplatRows shown = lloyd_scene_get_rows (scene, LLOYD_ROWS_SHOWN);
  LloydSplatRows all = lloyd_scene_get_rows (scene, LLOYD_ROWS_ALL);
  LloydSceneMap shown_map, all_map;
  guint32 highest = 0;
  size_t at = 0;

  lloyd_scene_map (scene, LLOYD_ROWS_SHOWN, matrix, WIDTH, HEIGHT, &shown_map);
  lloyd_scene_map (scene, LLOYD_ROWS_ALL, matrix, WIDTH, HEIGHT, &all_map);
  g_assert_cmpuint (all.n, ==, points->n);
  for (size_t i = 0; i < scene->n_shown; i++)
    highest = MAX (highest, scene->hashes[i]);
  for (size_t i = 0; i < points->n; i++)
    {
      guint32 hash = lloyd_splat_hash (lloyd_points_input_row (points, i));
      gboolean is_shown = at < scene->n_shown && scene->rows[at] == i;
      double place[2], xyz[2];
      g_assert_true (is_shown || hash > highest);
      if (!is_shown)
        continue;
      g_assert_cmpuint (scene->hashes[at], ==, hash);
      find_place (&shown, &shown_map.map, at, xyz);
      find_place (&all, &all_map.map, all.points != NULL ? lloyd_points_place (points, i) : i,
                  place);
      g_assert_cmpfloat_with_epsilon (place[0], xyz[0], 2e-3);
      g_assert_cmpfloat_with_epsilon (place[1], xyz[1], 2e-3);
      at++;
    }
  g_assert_cmpuint (at, ==, scene->n_shown);
}

/* Far from zero, rows are stored from an origin of their own. */
static void
test_far_scene (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autofree double *values = g_new (double, 3 * 1009);
  for (int i = 0; i < 3 * 1009; i++)
    values[i] = 1000.0 + g_rand_double_range (rand, -1.0, 1.0);
  g_autoptr (LloydPoints) points = test_points (values, 1009, 3);
  g_assert_cmpfloat (points->origin[0], >, 900.0);
  check_scene (points, "widest", 100);
  check_scene (points, "x3,x1,x2", 100);
  check_scene (points, "components", 100);
}

static void
test_scene (void)
{
  static const char *const axes[] = { "widest", "widest-3d", "components", "components-3d" };
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  for (guint d = 2; d <= 5; d++)
    for (size_t i = 0; i < G_N_ELEMENTS (axes); i++)
      {
        g_autoptr (LloydPoints) points = test_cloud_weighted (&test_clouds[0], NULL, 3001, d, rand);
        if (d == 2 && i == 3)
          continue;
        check_scene (points, axes[i], 700);
        check_scene (points, axes[i], 3001);
      }
}

/* A snapshot has the labels of all rows, and those of the rows shown among them. */
static void
test_snapshot (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_new ();
  g_autoptr (LloydPoints) points = test_cloud_weighted (&test_clouds[0], NULL, 3001, 2, rand);
  const LloydBackend *backend = lloyd_backends_find ("cpu", 0, NULL, &error);
  gint32 labels[3001];
  for (int metric = 0; metric < LLOYD_N_METRICS; metric++)
    {
      recipe->metric = (LloydMetric) metric;
      recipe->missing = LLOYD_MISSING_DROP;
      g_autoptr (LloydRun) run = lloyd_run_new (points, recipe, backend, NULL, NULL, &error);
      g_autoptr (LloydScene) scene = lloyd_scene_new_splat (
          points, lloyd_axes_make (points, "widest", NULL, &error), 500, &error);
      g_autoptr (LloydSnapshot) first = lloyd_snapshot_new (run, scene, TRUE, &error);
      g_assert_null (first->all_labels);
      g_assert_true (lloyd_run_step (run, NULL, &error));
      g_autoptr (LloydSnapshot) snapshot = lloyd_snapshot_new (run, scene, TRUE, &error);
      g_assert_no_error (error);
      g_assert_null (snapshot->exhibit);
      g_assert_true (lloyd_run_read_labels (run, labels, &error));
      for (size_t i = 0; i < points->n; i++)
        g_assert_cmpuint (snapshot->all_labels[lloyd_points_place (points, i)], ==,
                          (guint16) labels[i]);
      for (size_t i = 0; i < scene->n_shown; i++)
        g_assert_cmpuint (snapshot->labels[i], ==, (guint16) labels[scene->rows[i]]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/splat/levels", test_levels);
  g_test_add_func ("/splat/tones", test_tones);
  g_test_add_func ("/splat/contrast", test_contrast);
  g_test_add_func ("/splat/blend", test_blend);
  g_test_add ("/splat/real-points", Cloud, NULL, set_up, test_real_points, tear_down);
  g_test_add ("/splat/order", Cloud, NULL, set_up, test_order, tear_down);
  g_test_add ("/splat/parts", Cloud, NULL, set_up, test_parts, tear_down);
  g_test_add ("/splat/others-below", Cloud, NULL, set_up, test_others_below, tear_down);
  g_test_add ("/splat/cancelled", Cloud, NULL, set_up, test_cancelled, tear_down);
  g_test_add ("/splat/shade", Cloud, NULL, set_up, test_shade, tear_down);
  g_test_add_func ("/splat/side", test_side);
  g_test_add_func ("/splat/scene", test_scene);
  g_test_add_func ("/splat/far-scene", test_far_scene);
  g_test_add_func ("/splat/snapshot", test_snapshot);
  return g_test_run ();
}
