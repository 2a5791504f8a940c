/* Points by hand: what strokes cover and add, that a changed cloud is the same as a file of it, and
 * what Undo brings back. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/data/table-change.h"
#include "compute/error.h"
#include "compute/memory.h"
#include "compute/session/looks.h"
#include "compute/session/replay.h"
#include "compute/session/stroke.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"
#include "tests/support/tables.h"

#define COLUMNS "bill_length_mm,bill_depth_mm"

static TestFolder *folder;

static LloydRecipe *
make_recipe (const char *columns, const char *scale, guint k)
{
  LloydRecipe *recipe = test_session_recipe (k);
  test_recipe_set (recipe, "columns", columns);
  test_recipe_set (recipe, "scale", scale);
  test_recipe_set (recipe, "missing", "drop");
  return recipe;
}

static LloydSession *
open_penguins (const char *columns, const char *scale, guint k, gboolean is_both)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  g_autoptr (LloydRecipe) recipe = make_recipe (columns, scale, k);
  LloydSession *session = lloyd_session_new ();
  test_session_open (session, path, recipe, is_both);
  return session;
}

/* A brush at (x, y) of the columns shown, in the data's own unit. */
static LloydStroke *
make_stroke (LloydSession *session, double x, double y, double radius, guint n_points)
{
  const LloydScene *scene = lloyd_session_get_snapshot (session, 0)->scene;
  LloydStroke *stroke = g_new0 (LloydStroke, 1);
  const double place[] = { x, y };
  g_assert_true (lloyd_stroke_set_columns (stroke, lloyd_session_get_dataset (session)->points,
                                           scene->projection));
  stroke->n = 1;
  stroke->places = g_memdup2 (place, sizeof place);
  stroke->radius_x = stroke->radius_y = radius;
  stroke->n_points = n_points;
  return stroke;
}

static void
do_stroke (LloydSession *session, LloydStrokeKind kind, const LloydStroke *stroke)
{
  TestAnswer answer = { 0 };
  lloyd_session_stroke_async (session, kind, stroke, test_answer_take, &answer);
  test_answer_expect (&answer);
}

static void
paint (LloydSession *session, double x, double y, double radius, guint n_points, guint gesture)
{
  g_autoptr (LloydStroke) stroke = make_stroke (session, x, y, radius, n_points);
  stroke->gesture = gesture;
  do_stroke (session, LLOYD_STROKE_PAINT, stroke);
}

static void
erase (LloydSession *session, double x, double y, double radius)
{
  g_autoptr (LloydStroke) stroke = make_stroke (session, x, y, radius, 0);
  do_stroke (session, LLOYD_STROKE_ERASE, stroke);
}

static size_t
count_points (LloydSession *session)
{
  return lloyd_session_get_dataset (session)->points->n;
}

/* A value in the data's own unit. */
static double
get_value (const LloydPoints *points, size_t row, guint j)
{
  return ((double) lloyd_points_values (points, row)[j] + points->origin[j]) * points->factor[j] +
         points->offset[j];
}

/* ---- strokes ------------------------------------------------------------------------------- */

static void
test_scatter (void)
{
  double places[] = { 3.0, -2.0, 100.0, 7.0 };
  LloydStroke stroke = {
    .n = 2, .places = places, .radius_x = 2.0, .radius_y = 0.5, .n_points = 500
  };
  g_autofree double *all = lloyd_stroke_scatter (&stroke, 7, 40);
  double mean = 0.0;
  for (guint i = 0; i < 1000; i++)
    {
      double dx = (all[2 * i] - places[2 * (i / 500)]) / 2.0;
      double dy = (all[2 * i + 1] - places[2 * (i / 500) + 1]) / 0.5;
      g_assert_cmpfloat (dx * dx + dy * dy, <=, 1.0 + 1e-12);
      mean += dx * dx + dy * dy;
    }
  /* Even over the disc. */
  g_assert_cmpfloat_with_epsilon (mean / 1000.0, 0.5, 0.05);
  /* A point is drawn by its number alone: in two strokes the second goes on where one ended. */
  stroke.n = 1;
  stroke.places = places + 2;
  g_autofree double *second = lloyd_stroke_scatter (&stroke, 7, 540);
  g_assert_cmpmem (second, sizeof (double) * 1000, all + 1000, sizeof (double) * 1000);
}

/* Whether a point is inside a line round it, by the angle that it sees of it. */
static gboolean
is_inside (const double *corners, guint n, double x, double y)
{
  double turn = 0.0;
  for (guint i = 0; i < n; i++)
    {
      const double *a = corners + 2 * i, *b = corners + 2 * ((i + 1) % n);
      double ax = a[0] - x, ay = a[1] - y, bx = b[0] - x, by = b[1] - y;
      turn += atan2 (ax * by - ay * bx, ax * bx + ay * by);
    }
  return ((int) lrint (turn / (2.0 * G_PI))) % 2 != 0;
}

static void
test_lasso (void)
{
  g_autoptr (GError) error = NULL;
  for (int turn = 0; turn < 20; turn++)
    {
      guint n = 2000, corners = (guint) g_test_rand_int_range (3, 40);
      g_autofree float *values = g_new (float, 2 * n);
      g_autofree double *line = g_new (double, 2 * corners);
      for (guint i = 0; i < 2 * n; i++)
        values[i] = (float) g_test_rand_double_range (-5.0, 5.0);
      for (guint i = 0; i < 2 * corners; i++)
        line[i] = g_test_rand_double_range (-20.0, 20.0);
      g_autoptr (LloydPoints) points = lloyd_points_new_from_floats (values, n, 2, &error);
      g_autoptr (LloydProjection) projection = lloyd_projection_new_widest (points, 2);
      LloydStroke stroke = { .seen = { { 3.0, 1.0, 0.0, 2.0 }, { 0.5, -2.0, 0.0, 1.0 } },
                             .n = corners,
                             .places = line,
                             .is_lasso = TRUE };
      size_t n_covered, n_expected = 0;
      guint8 *covered = lloyd_stroke_cover (&stroke, points, projection, &n_covered, NULL, &error);
      g_assert_no_error (error);
      for (guint i = 0; i < n; i++)
        {
          float xyz[3];
          lloyd_projection_apply_row (projection, lloyd_points_values (points, i), xyz);
          double x = (double) xyz[0], y = (double) xyz[1];
          gboolean is_in = is_inside (line, corners, 3.0 * x + y + 2.0, 0.5 * x - 2.0 * y + 1.0);
          g_assert_cmpuint (covered[i], ==, is_in);
          n_expected += is_in;
        }
      g_assert_cmpuint (n_covered, ==, n_expected);
      lloyd_free_aligned (covered);
    }
}

/* ---- tables -------------------------------------------------------------------------------- */

static void
test_table (void)
{
  g_autofree char *path = test_folder_write (
      folder, "cells.csv", "name,x,n,w\nann,1.5,7,1\nbob,,9,2\ncyd,2.5,8,3\n", -1);
  g_autoptr (LloydTable) table = test_load (path);
  g_autoptr (GError) error = NULL;
  const size_t kept[] = { 0, 2 };
  const char *const columns[] = { "x", "n" };
  const double values[] = { 0.25, 3.6, -1.0, 5.2 };
  LloydNewRows added = { 2, 2, columns, values };
  g_autoptr (LloydTable) changed = lloyd_table_change (table, "t", kept, 2, &added, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *dump = test_table_dump (changed);
  g_assert_cmpstr (lloyd_table_get_note (changed, LLOYD_NOTE_ROW_NUMBERS), ==, "row");
  g_assert_nonnull (strstr (dump, "'ann' 1.5 7 1 1"));
  g_assert_nonnull (strstr (dump, "'cyd' 2.5 8 3 3"));
  /* Who names rows goes on; the ids of rows that came before stay. */
  g_assert_nonnull (strstr (dump, "0.25"));
  const size_t all[] = { 0, 1, 2, 3 };
  g_autoptr (LloydTable) again =
      lloyd_table_change (changed, "t", all + 1, 3, &added, NULL, &error);
  const LloydColumn *row = lloyd_table_find (again, "row");
  const gint64 expected[] = { 3, 4, 5, 6, 7 };
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (lloyd_column_integer (row, i), ==, expected[i]);
  g_assert_null (lloyd_table_find (again, "row.2"));
  g_assert_null (lloyd_table_change (table, "t", kept, 0, NULL, NULL, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA);
}

/* ---- a changed cloud ----------------------------------------------------------------------- */

static void
save_points (LloydSession *session, const char *path)
{
  TestAnswer answer = { 0 };
  lloyd_session_save_points_async (session, NULL, path, test_answer_take, &answer);
  test_answer_expect (&answer);
}

static void
check_same (LloydSession *a, LloydSession *b)
{
  for (guint i = 0; i < lloyd_session_get_n_sides (a); i++)
    {
      const LloydSnapshot *x = lloyd_session_get_snapshot (a, i);
      const LloydSnapshot *y = lloyd_session_get_snapshot (b, i);
      g_assert_cmpuint (x->k, ==, y->k);
      g_assert_cmpuint (x->position, ==, y->position);
      g_assert_cmpuint (x->scene->n_shown, ==, y->scene->n_shown);
      g_assert_cmpmem (x->labels, sizeof *x->labels * x->scene->n_shown, y->labels,
                       sizeof *y->labels * y->scene->n_shown);
      g_assert_cmpmem (x->centroids, sizeof (float) * 3 * x->k, y->centroids,
                       sizeof (float) * 3 * y->k);
      g_assert_cmpmem (x->is_pinned, sizeof (gboolean) * x->k, y->is_pinned,
                       sizeof (gboolean) * y->k);
      g_assert_cmpuint (x->n_steps, ==, y->n_steps);
      for (guint n = 0; n < x->n_steps; n++)
        g_assert_cmpmem (&x->steps[n].objective, sizeof (double), &y->steps[n].objective,
                         sizeof (double));
    }
}

/* Saved with its points, a session comes back to the bit, whatever the points are scaled to and
 * however many sides there are. */
static void
check_file (const char *scale, const char *suffix, gboolean is_both)
{
  g_autoptr (LloydSession) session = open_penguins (COLUMNS, scale, 3, is_both);
  g_autoptr (LloydSession) other = lloyd_session_new ();
  g_autofree char *name = g_strconcat ("points", suffix, NULL);
  g_autofree char *path = test_folder_dup_path (folder, name);
  TestAnswer answer = { 0 };

  test_session_step (session);
  test_session_step (session);
  test_session_edit (session, &(LloydHandEdit){ .kind = LLOYD_EDIT_PIN, .cluster = 1 });
  paint (session, 45.0, 17.0, 3.3, 17, 0);
  erase (session, 50.0, 15.0, 2.0);
  paint (session, 60.1, 13.7, 0.1, 5, 0);
  test_session_run (session, 0, 0);
  save_points (session, path);

  g_autoptr (LloydRecipe) start = lloyd_recipe_copy (lloyd_session_get_start (session));
  test_session_open (other, path, start, is_both);
  const LloydPoints *mine = lloyd_session_get_dataset (session)->points;
  g_autofree char *hash = lloyd_points_dup_sha256 (mine);
  g_autofree char *other_hash = lloyd_points_dup_sha256 (lloyd_session_get_dataset (other)->points);
  g_assert_cmpstr (hash, ==, other_hash);
  lloyd_session_replay_async (other, (GPtrArray *) lloyd_session_get_edits (session),
                              lloyd_session_get_position (session),
                              lloyd_session_get_last_position (session), test_answer_take, &answer);
  test_answer_expect (&answer);
  check_same (session, other);
}

static void
test_same_as_a_file (void)
{
  check_file ("none", ".parquet", FALSE);
  check_file ("standardise", ".parquet", TRUE);
  check_file ("none", ".csv", TRUE);
}

/* The next step goes on from where the centroids are. */
static void
test_goes_on (void)
{
  g_autoptr (LloydSession) session = open_penguins (COLUMNS, "none", 4, FALSE);
  test_session_run (session, 0, 0);
  const LloydSnapshot *before = lloyd_session_get_snapshot (session, 0);
  g_autofree float *centroids = g_memdup2 (before->centroids, sizeof (float) * 12);
  size_t n = count_points (session);

  paint (session, 80.0, 40.0, 0.5, 9, 0);
  const LloydSnapshot *after = lloyd_session_get_snapshot (session, 0);
  g_assert_cmpuint (count_points (session), ==, n + 9);
  g_assert_true (lloyd_session_get_dataset (session)->is_unsaved);
  /* Each point knows at once whose it is, and no centroid has moved. */
  g_assert_cmpuint (after->position, ==, 1);
  for (guint i = 0; i < 12; i += 1)
    g_assert_cmpfloat_with_epsilon ((double) after->centroids[i], (double) centroids[i], 1e-4);
  gint64 total = 0;
  for (guint j = 0; j < 4; j++)
    total += after->sizes[j];
  g_assert_cmpint (total, ==, (gint64) n + 9);
  test_session_step (session);
  g_assert_cmpuint (lloyd_session_get_snapshot (session, 0)->position, ==, 2);

  /* Before the first step nobody belongs to anyone, and that stays. */
  test_session_go_to (session, 0);
  erase (session, 80.0, 40.0, 1.0);
  g_assert_cmpuint (count_points (session), ==, n);
  g_assert_cmpuint (lloyd_session_get_position (session), ==, 0);
}

/* Rows keep their names, and those without a point stay in the table. */
static void
test_erase (void)
{
  g_autoptr (LloydSession) session = open_penguins (COLUMNS, "standardise", 3, FALSE);
  const LloydPoints *points = lloyd_session_get_dataset (session)->points;
  GHashTable *kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (size_t i = 0; i < points->n; i++)
    {
      double dx = get_value (points, i, 0) - 45.0, dy = get_value (points, i, 1) - 17.0;
      if (dx * dx + dy * dy > 9.0)
        g_hash_table_add (kept, lloyd_points_dup_id (points, lloyd_points_input_row (points, i)));
    }
  size_t n_without = points->n_input - points->n;
  erase (session, 45.0, 17.0, 3.0);
  points = lloyd_session_get_dataset (session)->points;
  g_assert_cmpuint (points->n, ==, g_hash_table_size (kept));
  g_assert_cmpuint (points->n_input - points->n, ==, n_without);
  for (size_t i = 0; i < points->n; i++)
    {
      g_autofree char *id = lloyd_points_dup_id (points, lloyd_points_input_row (points, i));
      g_assert_true (g_hash_table_contains (kept, id));
    }
  g_hash_table_unref (kept);
  /* What covers nothing changes nothing. */
  const LloydDataset *dataset = lloyd_session_get_dataset (session);
  erase (session, 1000.0, 0.0, 1.0);
  g_assert_true (lloyd_session_get_dataset (session) == dataset);
}

static void
test_undo (void)
{
  g_autoptr (LloydSession) session = open_penguins (COLUMNS, "standardise", 3, TRUE);
  test_session_run (session, 0, 0);
  test_session_go_to (session, 2);
  g_autofree char *before = test_session_dup_hash (session);
  size_t n = count_points (session);
  for (guint i = 0; i < 3; i++)
    paint (session, 50.0 + i, 20.0, 1.0, 10, 5);
  const LloydChange *change = lloyd_session_get_undo (session);
  g_assert_cmpint (change->kind, ==, LLOYD_CHANGE_POINTS);
  g_assert_cmpuint (change->n_added, ==, 30);
  test_session_run (session, 0, 0);
  erase (session, 40.0, 18.0, 2.0);
  g_assert_cmpuint (lloyd_session_get_undo (session)->n_removed, >, 0);
  g_autofree char *after = test_session_dup_hash (session);
  test_session_undo (session);
  g_assert_cmpuint (count_points (session), ==, n + 30);
  test_session_undo (session);
  g_assert_cmpuint (count_points (session), ==, n);
  g_assert_null (lloyd_session_get_undo (session));
  g_autofree char *again = test_session_dup_hash (session);
  g_assert_cmpstr (again, ==, before);
  test_session_redo (session);
  test_session_redo (session);
  g_autofree char *redone = test_session_dup_hash (session);
  g_assert_cmpstr (redone, ==, after);
  /* The same strokes from the same state paint the same points. */
  test_session_undo (session);
  g_autofree char *hash = lloyd_points_dup_sha256 (lloyd_session_get_dataset (session)->points);
  test_session_undo (session);
  g_autoptr (LloydStroke) stroke = make_stroke (session, 50.0, 20.0, 1.0, 10);
  const double places[] = { 50.0, 20.0, 51.0, 20.0, 52.0, 20.0 };
  g_free (stroke->places);
  stroke->n = 3;
  stroke->places = g_memdup2 (places, sizeof places);
  do_stroke (session, LLOYD_STROKE_PAINT, stroke);
  g_autofree char *other = lloyd_points_dup_sha256 (lloyd_session_get_dataset (session)->points);
  g_assert_cmpstr (other, ==, hash);
}

static void
expect_refused (LloydSession *session, LloydStrokeKind kind, LloydStroke *stroke, const char *part)
{
  TestAnswer answer = { 0 };
  size_t n = count_points (session);
  lloyd_session_stroke_async (session, kind, stroke, test_answer_take, &answer);
  test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_DATA, part);
  g_assert_cmpuint (count_points (session), ==, n);
}

static void
test_refused (void)
{
  g_autoptr (LloydSession) session = open_penguins (COLUMNS, "none", 3, FALSE);
  g_autoptr (LloydStroke) all = make_stroke (session, 45.0, 17.0, 1000.0, 1);
  expect_refused (session, LLOYD_STROKE_ERASE, all, "no point would be left");
  all->n_points = G_MAXUINT;
  expect_refused (session, LLOYD_STROKE_PAINT, all, "too many");
  all->n_points = 1;
  test_session_set_axes (session, "components");
  expect_refused (session, LLOYD_STROKE_PAINT, all, "columns as they are");
  g_autoptr (LloydSession) wide =
      open_penguins (COLUMNS ",flipper_length_mm,body_mass_g", "none", 3, FALSE);
  expect_refused (wide, LLOYD_STROKE_PAINT, all, "more than three columns");
  g_assert_null (lloyd_session_get_undo (session));
}

static void
test_take_out (void)
{
  g_autoptr (LloydSession) session = open_penguins (COLUMNS, "none", 3, FALSE);
  g_autoptr (LloydStroke) stroke = make_stroke (session, 45.0, 17.0, 3.0, 0);
  g_autofree char *path = test_folder_dup_path (folder, "part.csv");
  g_autoptr (GError) error = NULL;
  TestAnswer saved = { 0 }, taken = { 0 };
  size_t n = count_points (session), n_covered;
  guint8 *covered = lloyd_stroke_cover (stroke, lloyd_session_get_dataset (session)->points,
                                        lloyd_session_get_snapshot (session, 0)->scene->projection,
                                        &n_covered, NULL, &error);
  lloyd_free_aligned (covered);
  lloyd_session_save_points_async (session, stroke, path, test_answer_take, &saved);
  test_answer_expect (&saved);
  lloyd_session_take_out_async (session, stroke, "some", test_answer_take, &taken);
  test_answer_expect (&taken);
  g_assert_cmpuint (n_covered, >, 10);
  g_assert_cmpuint (count_points (session), ==, n_covered);
  g_assert_cmpstr (lloyd_session_get_dataset (session)->title, ==, "some");
  g_autoptr (LloydTable) table = test_load (path);
  g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, n_covered);
  g_assert_nonnull (lloyd_table_find (table, "species"));
  test_session_undo (session);
  g_assert_cmpuint (count_points (session), ==, n);
}

static void
test_draw (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  double places[] = { 1.0, 2.0, 8.0, 9.0 };
  LloydStroke stroke = {
    .n = 2, .places = places, .radius_x = 0.5, .radius_y = 0.5, .n_points = 1
  };
  TestAnswer answer = { 0 };
  lloyd_session_draw_async (session, &stroke, "Drawn", recipe, test_answer_take, &answer);
  test_answer_expect (&answer);
  g_assert_cmpuint (count_points (session), ==, 2);
  g_assert_cmpuint (lloyd_session_get_recipe (session)->k, ==, 2);
  paint (session, 5.0, 5.0, 2.0, 40, 0);
  g_assert_cmpuint (count_points (session), ==, 42);
}

/* A new start that is asked for before a stroke is answered starts on what the stroke leaves. */
static void
test_restart_behind_a_stroke (void)
{
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  double places[] = { 1.0, 2.0, 8.0, 9.0, 5.0, 5.0 };
  LloydStroke begin = { .n = 3, .places = places, .radius_x = 0.5, .radius_y = 0.5, .n_points = 5 };
  TestAnswer drawn = { 0 }, painted = { 0 }, restarted = { 0 };
  lloyd_session_draw_async (session, &begin, "Drawn", recipe, test_answer_take, &drawn);
  test_answer_expect (&drawn);
  g_autoptr (LloydStroke) stroke = make_stroke (session, 5.0, 5.0, 2.0, 40);
  recipe->k = 5;
  lloyd_session_stroke_async (session, LLOYD_STROKE_PAINT, stroke, test_answer_take, &painted);
  lloyd_session_restart_async (session, recipe, FALSE, NULL, test_answer_take, &restarted);
  test_answer_expect (&painted);
  test_answer_expect (&restarted);
  g_assert_cmpuint (count_points (session), ==, 55);
  g_assert_cmpuint (lloyd_session_get_recipe (session)->k, ==, 5);
  test_session_undo (session);
  g_assert_cmpuint (count_points (session), ==, 55);
  g_assert_cmpuint (lloyd_session_get_recipe (session)->k, ==, 3);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  folder = test_folder_new ();
  g_test_add_func ("/points/scatter", test_scatter);
  g_test_add_func ("/points/lasso", test_lasso);
  g_test_add_func ("/points/table", test_table);
  g_test_add_func ("/points/same-as-a-file", test_same_as_a_file);
  g_test_add_func ("/points/goes-on", test_goes_on);
  g_test_add_func ("/points/erase", test_erase);
  g_test_add_func ("/points/undo", test_undo);
  g_test_add_func ("/points/refused", test_refused);
  g_test_add_func ("/points/take-out", test_take_out);
  g_test_add_func ("/points/draw", test_draw);
  g_test_add_func ("/points/draw-and-restart", test_restart_behind_a_stroke);
  int result = g_test_run ();
  test_folder_free (folder);
  return result;
}
