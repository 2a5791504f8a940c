/* Saving what a session found: rows that were opened, and after a sample all rows of the file. */
#include "compute/session/saving.h"

#include <locale.h>

#include "compute/error.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

#define N_ROWS 400

/* Columns name, a, b: rows anywhere, so that it matters how they are scaled. Returns the path. */
static char *
write_table (const TestFolder *folder)
{
  g_autoptr (GString) text = g_string_new ("name,a,b\n");
  for (guint i = 0; i < N_ROWS; i++)
    {
      char a[G_ASCII_DTOSTR_BUF_SIZE], b[G_ASCII_DTOSTR_BUF_SIZE];
      g_ascii_dtostr (a, sizeof a, g_test_rand_double_range (100.0, 150.0));
      g_ascii_dtostr (b, sizeof b, g_test_rand_double_range (-1.0, 1.0));
      g_string_append_printf (text, "row %u,%s,%s\n", i, a, b);
    }
  return test_folder_write (folder, "rows.csv", text->str, (gssize) text->len);
}

static void
save (LloydSession *session, const LloydSaving *saving, TestAnswer *answer)
{
  lloyd_session_save_results_async (session, 0, saving, NULL, test_answer_take, answer);
}

static LloydTable *
saved (LloydSession *session, const LloydSaving *saving)
{
  TestAnswer answer = { 0 };
  save (session, saving, &answer);
  test_answer_expect (&answer);
  return test_load (saving->path);
}

static LloydSession *
open_scaled (const char *path, const char *sample, const char *scale)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (5);
  test_recipe_set (recipe, "id-column", "name");
  test_recipe_set (recipe, "sample", sample);
  test_recipe_set (recipe, "scale", scale);
  test_session_open (session, path, recipe, FALSE);
  test_session_run (session, 0, 0);
  return session;
}

static LloydSession *
open_and_run (const char *path, const char *sample)
{
  return open_scaled (path, sample, "none");
}

static double
cell (const LloydTable *table, const char *name, size_t row)
{
  const LloydColumn *column = lloyd_table_find (table, name);
  g_assert_nonnull (column);
  return lloyd_column_number (column, row);
}

/* A row for each row, with its label and all that is wished. */
static void
test_rows (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = write_table (folder);
  g_autofree char *out = test_folder_dup_path (folder, "out.csv");
  g_autoptr (LloydSession) session = open_and_run (path, "0");
  LloydSaving saving = { .path = out, .wishes = { .features = TRUE, .distance = TRUE } };
  g_autoptr (LloydTable) table = saved (session, &saving);
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);

  g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, N_ROWS);
  g_assert_cmpuint (lloyd_table_get_n_columns (table), ==, 5);
  for (size_t i = 0; i < N_ROWS; i++)
    {
      size_t row = snapshot->scene->rows[i];
      g_autofree char *id = lloyd_points_dup_id (snapshot->scene->points, row);
      g_autofree char *name = lloyd_column_dup_text (lloyd_table_find (table, "id"), row);
      g_assert_cmpstr (name, ==, id);
      g_assert_cmpfloat (cell (table, "cluster_id", row), ==, snapshot->labels[i]);
      g_assert_cmpfloat (cell (table, "distance", row), >=, 0.0);
    }
}

/* What cannot be written is an error, and leaves nothing behind. */
static void
test_refused (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = write_table (folder);
  g_autoptr (LloydSession) session = open_and_run (path, "0");
  g_autofree char *nowhere = test_folder_dup_path (folder, "nowhere/out.csv");
  g_autofree char *strange = test_folder_dup_path (folder, "out.xyz");
  LloydSaving saving = { .path = nowhere };
  TestAnswer answer = { 0 };

  save (session, &saving, &answer);
  test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_WRITE, nowhere);
  saving.path = strange;
  save (session, &saving, &answer);
  test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_WRITE, "out.xyz");
  /* The data are still needed, whatever a file chooser was answered. */
  g_autofree char *other = g_build_filename (folder->path, ".", "rows.csv", NULL);
  saving.path = other;
  for (saving.is_every_row = FALSE; saving.is_every_row <= TRUE; saving.is_every_row++)
    {
      save (session, &saving, &answer);
      test_answer_expect_error (&answer, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                                "is the file that is open");
    }
  g_assert_cmpuint (test_folder_count (folder), ==, 1);
}

/* Rows of the sample get the same labels as before, the others those of the nearest centroid, all
 * scaled as the sample was; and the columns that are wished come along. */
static void
check_every_row (const char *scale)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = write_table (folder);
  g_autofree char *out = test_folder_dup_path (folder, "some.csv");
  g_autofree char *all = test_folder_dup_path (folder, "all.csv");
  g_autoptr (LloydSession) session = open_scaled (path, "60", scale);
  g_autoptr (LloydTable) input = test_load (path);
  LloydSaving some = { .path = out };
  LloydSaving every = { .path = all, .wishes = { .features = TRUE }, .is_every_row = TRUE };
  g_autoptr (LloydTable) sampled = saved (session, &some);
  g_autoptr (LloydTable) whole = saved (session, &every);
  g_autoptr (GHashTable) labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_assert_cmpuint (lloyd_table_get_n_rows (sampled), ==, 60);
  g_assert_cmpuint (lloyd_table_get_n_rows (whole), ==, N_ROWS);
  g_assert_cmpuint (lloyd_table_get_n_columns (whole), ==, 4);
  for (size_t i = 0; i < N_ROWS; i++)
    {
      g_assert_cmpfloat (cell (whole, "a", i), ==, cell (input, "a", i));
      g_assert_cmpfloat (cell (whole, "b", i), ==, cell (input, "b", i));
      double label = cell (whole, "cluster_id", i);
      g_assert_cmpfloat (label, >=, 0.0);
      g_assert_cmpfloat (label, <, 5.0);
      g_hash_table_insert (labels, lloyd_column_dup_text (lloyd_table_find (whole, "id"), i),
                           GINT_TO_POINTER ((int) label + 1));
    }
  for (size_t i = 0; i < 60; i++)
    {
      g_autofree char *id = lloyd_column_dup_text (lloyd_table_find (sampled, "id"), i);
      g_assert_cmpint (GPOINTER_TO_INT (g_hash_table_lookup (labels, id)), ==,
                       (int) cell (sampled, "cluster_id", i) + 1);
    }
}

static void
test_every_row (void)
{
  for (const char *const *scale = lloyd_scale_names; *scale != NULL; scale++)
    check_every_row (*scale);
}

/* Columns name, lon, lat, a. Returns the path. */
static char *
write_places (const TestFolder *folder)
{
  g_autoptr (GString) text = g_string_new ("name,lon,lat,a\n");
  for (guint i = 0; i < N_ROWS; i++)
    {
      char cells[3][G_ASCII_DTOSTR_BUF_SIZE];
      g_ascii_dtostr (cells[0], sizeof cells[0], g_test_rand_double_range (10.0, 14.0));
      g_ascii_dtostr (cells[1], sizeof cells[1], g_test_rand_double_range (50.0, 53.0));
      g_ascii_dtostr (cells[2], sizeof cells[2], g_test_rand_double_range (-1.0, 1.0));
      g_string_append_printf (text, "row %u,%s,%s,%s\n", i, cells[0], cells[1], cells[2]);
    }
  return test_folder_write (folder, "places.csv", text->str, (gssize) text->len);
}

/* Compares two columns of geometry or numbers in two rows, to the bit. */
static void
assert_same_cell (
    const LloydTable *one, size_t i, const LloydTable *other, size_t j, const char *name)
{
  const LloydColumn *a = lloyd_table_find (one, name), *b = lloyd_table_find (other, name);
  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_cmpint (a->type, ==, b->type);
  if (a->type == LLOYD_COLUMN_NUMBER)
    g_assert_cmpfloat (lloyd_column_number (a, i), ==, lloyd_column_number (b, j));
  else
    g_assert_cmpmem (a->text + a->offsets[i], a->offsets[i + 1] - a->offsets[i],
                     b->text + b->offsets[j], b->offsets[j + 1] - b->offsets[j]);
}

/* A geometry as features, projected for the sample: all rows are projected as its rows were, so
 * that these say of themselves what they said before, distances included, and the geometry and all
 * columns come along. */
static void
check_every_place (const char *project, const char *metric)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = write_places (folder);
  g_autofree char *out = test_folder_dup_path (folder, "some.parquet");
  g_autofree char *all = test_folder_dup_path (folder, "all.parquet");
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (4);
  test_recipe_set (recipe, "id-column", "name");
  test_recipe_set (recipe, "sample", "60");
  test_recipe_set (recipe, "geometry", "lon,lat");
  test_recipe_set (recipe, "columns", "geometry,a");
  test_recipe_set (recipe, "project", project);
  test_recipe_set (recipe, "space-weight", "2");
  test_recipe_set (recipe, "metric", metric);
  test_session_open (session, path, recipe, FALSE);
  test_session_run (session, 0, 0);
  LloydSaving some = { .path = out,
                       .wishes = { .distance = TRUE, .ambiguity = TRUE, .keep_columns = TRUE } };
  LloydSaving every = some;
  every.path = all;
  every.is_every_row = TRUE;
  g_autoptr (LloydTable) sampled = saved (session, &some);
  g_autoptr (LloydTable) whole = saved (session, &every);
  g_autoptr (GHashTable) rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *const same[] = { "cluster_id", "geometry", "distance", "ambiguity",
                               "lon",        "lat",      "a",        NULL };

  g_assert_cmpuint (lloyd_table_get_n_rows (whole), ==, N_ROWS);
  g_assert_cmpstr (lloyd_table_find (whole, "geometry")->crs, ==,
                   lloyd_table_find (sampled, "geometry")->crs);
  for (size_t i = 0; i < N_ROWS; i++)
    g_hash_table_insert (rows, lloyd_column_dup_text (lloyd_table_find (whole, "id"), i),
                         GSIZE_TO_POINTER (i));
  for (size_t i = 0; i < 60; i++)
    {
      g_autofree char *id = lloyd_column_dup_text (lloyd_table_find (sampled, "id"), i);
      size_t row = GPOINTER_TO_SIZE (g_hash_table_lookup (rows, id));
      for (const char *const *name = same; *name != NULL; name++)
        assert_same_cell (sampled, i, whole, row, *name);
    }
}

static void
test_every_place (void)
{
  for (const char *const *project = lloyd_project_names; *project != NULL; project++)
    {
      check_every_place (*project, "euclidean");
      check_every_place (*project, "cosine");
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  g_test_add_func ("/session-saving/rows", test_rows);
  g_test_add_func ("/session-saving/refused", test_refused);
  g_test_add_func ("/session-saving/every-row", test_every_row);
  g_test_add_func ("/session-saving/every-place", test_every_place);
  return g_test_run ();
}
