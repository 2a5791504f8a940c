/* All rows of a file, labelled after a sample or by a centroid file: what the result says of how
 * that was done brings the run back, and verify labels them again. */
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/preview.h"
#include "compute/files/results.h"
#include "compute/session/saving.h"
#include "tests/support/files.h"
#include "tests/support/results.h"
#include "tests/support/runs.h"

#define N_ROWS 300

static TestFolder *folder;

/* Columns name, lon, lat, a. Returns the path. */
static char *
write_rows (void)
{
  g_autoptr (GString) text = g_string_new ("name,lon,lat,a\n");
  for (guint i = 0; i < N_ROWS; i++)
    {
      char cells[3][G_ASCII_DTOSTR_BUF_SIZE];
      g_ascii_dtostr (cells[0], sizeof cells[0], g_test_rand_double_range (10.0, 14.0));
      g_ascii_dtostr (cells[1], sizeof cells[1], g_test_rand_double_range (50.0, 53.0));
      g_ascii_dtostr (cells[2], sizeof cells[2], g_test_rand_double_range (100.0, 101.0));
      g_string_append_printf (text, "row %u,%s,%s,%s\n", i, cells[0], cells[1], cells[2]);
    }
  return test_folder_write (folder, "rows.csv", text->str, -1);
}

/* lloyd-cli with words, up to NULL, in the folder; what it says. Yours. */
static char *
run_program (int *code, ...)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  char *said, *complaints;
  va_list list;
  g_ptr_array_add (words, (gpointer) g_getenv ("LLOYD_CLI"));
  va_start (list, code);
  while (words->pdata[words->len - 1] != NULL)
    g_ptr_array_add (words, va_arg (list, char *));
  va_end (list);
  g_spawn_sync (folder->path, (char **) words->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said,
                &complaints, code, &error);
  g_assert_no_error (error);
  char *all = g_strconcat (said, complaints, NULL);
  g_free (said);
  g_free (complaints);
  return all;
}

static void
verify (const char *path, const char *words)
{
  int code;
  g_autofree char *said = run_program (&code, "verify", path, NULL);
  g_test_message ("%s", said);
  g_assert_nonnull (strstr (said, words));
  g_assert_cmpint (code == 0, ==, strstr (said, "the same bits") != NULL);
}

static void
save (LloydSession *session, const char *path, gboolean has_features)
{
  TestAnswer answer = { 0 };
  LloydSaving saving = {
    .path = path,
    .wishes = { .features = has_features, .distance = TRUE, .ambiguity = TRUE },
    .is_every_row = TRUE
  };
  lloyd_session_save_results_async (session, 0, &saving, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

/* A session with a sample of the rows. */
static LloydSession *
open_sample (const char *path, const char *const *settings)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (5);
  test_recipe_set (recipe, "sample", "60");
  test_recipe_set (recipe, "columns", "lon,lat,a");
  for (; *settings != NULL; settings += 2)
    test_recipe_set (recipe, settings[0], settings[1]);
  test_session_open (session, path, recipe, FALSE);
  return session;
}

static const char *const ways[][9] = {
  { NULL },
  { "scale", "standardise", "id-column", "name", NULL },
  { "metric", "cosine", "scale", "minmax", NULL },
  { "geometry", "lon,lat", "columns", "geometry,a", "project", "local", "space-weight", "2", NULL },
};

/* Restored from its input, and labelled again; at the end, in the middle and after an edit. */
static void
test_sample (void)
{
  for (guint way = 0; way < G_N_ELEMENTS (ways); way++)
    for (guint end = 0; end < 3; end++)
      {
        g_autofree char *input = write_rows ();
        g_autofree char *path = test_folder_dup_path (folder, "all.parquet");
        g_autoptr (LloydSession) session = open_sample (input, ways[way]);
        g_autoptr (LloydSession) other = lloyd_session_new ();
        LloydHandEdit edit = { .kind = LLOYD_EDIT_REMOVE, .cluster = 1 };
        test_session_run (session, end == 1 ? 2 : 0, 0);
        if (end == 2)
          {
            test_session_edit (session, &edit);
            test_session_run (session, 0, 0);
          }
        save (session, path, FALSE);
        g_autofree char *differences = test_result_restore (other, path, FALSE);
        g_assert_cmpstr (differences, ==, "");
        test_sessions_equal (session, other);
        verify (path, "the same bits: input, sample, steps, ");
      }
}

/* What is not as it was: the input, of which the sample knows nothing; the seed. */
static void
test_changed (void)
{
  g_autofree char *input = write_rows ();
  g_autofree char *path = test_folder_dup_path (folder, "all.parquet");
  g_autoptr (LloydSession) session = open_sample (input, ways[0]);
  g_autoptr (LloydSession) other = lloyd_session_new ();
  g_autofree char *text = NULL;
  g_autofree char *bytes = NULL;
  gsize n;

  test_session_run (session, 0, 0);
  save (session, path, FALSE);
  const LloydPoints *points = lloyd_session_get_snapshot (session, 0)->scene->points;
  guint outside = 0;
  for (size_t i = 0; i < points->n; i++)
    {
      g_autofree char *id = lloyd_points_dup_id (points, i);
      outside += (guint) (g_ascii_strtoull (id, NULL, 10) == outside + 1);
    }
  /* Its first row that the sample has not. */
  g_assert_true (g_file_get_contents (input, &text, NULL, NULL));
  g_autofree char *name = g_strdup_printf ("row %u,1", outside);
  char *cell = strstr (text, name);
  cell[strlen (name)] = cell[strlen (name)] == '3' ? '2' : '3';
  g_free (test_folder_write (folder, "rows.csv", text, -1));
  g_autofree char *unseen = test_result_restore (other, path, FALSE);
  g_assert_cmpstr (unseen, ==, "");
  verify (path, "differs from a run done again: input (SHA-256 ");

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  char *sample = memmem (bytes, n, "\"sample\":\"60\"", 13);
  g_assert_nonnull (sample);
  sample[10] = '7';
  g_free (test_folder_write (folder, "all.parquet", bytes, (gssize) n));
  g_autofree char *differences = test_result_restore (other, path, FALSE);
  g_assert_nonnull (strstr (differences, "sample (SHA-256 "));
  g_assert_nonnull (strstr (differences, "centroids (SHA-256 "));
}

/* Without the input: the sample is drawn again from the rows of the result. */
static void
test_gone (void)
{
  g_autofree char *input = write_rows ();
  g_autofree char *path = test_folder_dup_path (folder, "all.parquet");
  g_autoptr (LloydSession) session = open_sample (input, ways[1]);
  g_autoptr (LloydSession) other = lloyd_session_new ();
  test_session_run (session, 0, 0);
  save (session, path, TRUE);
  g_unlink (input);
  g_autofree char *differences = test_result_restore (other, path, TRUE);
  g_assert_cmpstr (differences, ==, "");
  test_sessions_equal (session, other);
}

/* What the import page knows of a file. */
static gboolean
looks_like_result (const char *path)
{
  LloydLoadOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LloydPreview) preview = lloyd_preview_new (path, FALSE, &options, &error);
  g_assert_no_error (error);
  return preview->is_result;
}

/* What predict wrote opens where a run from its centroids has its first labels. */
static void
test_model (void)
{
  int code;
  g_autofree char *input = write_rows ();
  g_autofree char *path = test_folder_dup_path (folder, "p.parquet");
  g_autofree char *model = test_folder_dup_path (folder, "c.csv");
  g_free (run_program (&code, "run", "rows.csv", "--columns", "lon,a", "--k", "7", "--max-steps",
                       "2", "--centroids", "c.csv", NULL));
  g_assert_cmpint (code, ==, 0);
  g_autofree char *said = run_program (&code, "predict", input, "--centroids", model, "--with",
                                       "distance,ambiguity,features", "-o", path, NULL);
  g_assert_nonnull (strstr (said, "300 rows labelled"));
  g_assert_true (looks_like_result (path));
  g_assert_false (looks_like_result (input));
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autofree char *differences = test_result_restore (session, path, FALSE);
  g_assert_cmpstr (differences, ==, "");
  const LloydSnapshot *snapshot = lloyd_session_get_snapshot (session, 0);
  g_autoptr (LloydTable) table = test_load (path);
  g_assert_cmpuint (snapshot->position, ==, 1);
  for (size_t i = 0; i < snapshot->scene->n_shown; i++)
    g_assert_cmpfloat (
        snapshot->labels[i], ==,
        lloyd_column_number (lloyd_table_find (table, "cluster_id"), snapshot->scene->rows[i]));

  g_unlink (input);
  g_autofree char *own = test_result_restore (session, path, TRUE);
  g_assert_cmpstr (own, ==, "");

  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (model, &text, NULL, NULL));
  /* Of the first centroid a digit. */
  char *cell = strstr (text, ".") + 1;
  *cell = *cell == '9' ? '8' : '9';
  g_free (test_folder_write (folder, "c.csv", text, -1));
  g_autofree char *other = test_result_restore (session, path, TRUE);
  g_assert_nonnull (strstr (other, "centroid file (SHA-256 "));
  g_unlink (model);
  TestOpened opened = test_result_open (session, path, LLOYD_OPEN_ANY);
  test_answer_expect_error (&opened.answer, LLOYD_ERROR, LLOYD_ERROR_FILE, "c.csv");
}

/* Fewer rows than centroids make no run. */
static void
test_few_rows (void)
{
  int code;
  g_autofree char *few = test_folder_write (folder, "few.csv", "lon,a\n11,100\n12,101\n", -1);
  g_autofree char *path = test_folder_dup_path (folder, "few.parquet");
  g_free (write_rows ());
  g_free (run_program (&code, "run", "rows.csv", "--columns", "lon,a", "--k", "7", "--centroids",
                       "c.csv", NULL));
  g_assert_cmpint (code, ==, 0);
  g_free (run_program (&code, "predict", few, "--centroids", "c.csv", "-o", path, NULL));
  g_assert_cmpint (code, ==, 0);
  g_autoptr (LloydSession) session = lloyd_session_new ();
  TestOpened opened = test_result_open (session, path, LLOYD_OPEN_ANY);
  test_answer_expect_error (&opened.answer, LLOYD_ERROR, LLOYD_ERROR_DATA,
                            "than the 7 centroids that labelled it");
  verify (path, "the same bits: input, cluster_id");
}

/* ---- FlatGeobuf, whose index orders the rows ------------------------------------------------ */

static gboolean
has_flatgeobuf (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "geo", "cities.fgb", NULL);
  LloydLoadOptions options = { 0 };
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, NULL, NULL);
  return table != NULL;
}

static LloydSession *
open_places (const char *input, const char *id_column)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (5);
  test_recipe_set (recipe, "geometry", "lon,lat");
  test_recipe_set (recipe, "columns", "a,lon");
  if (id_column != NULL)
    test_recipe_set (recipe, "id-column", id_column);
  test_session_open (session, input, recipe, FALSE);
  test_session_run (session, 0, 0);
  return session;
}

static void
save_places (LloydSession *session, const char *path)
{
  TestAnswer answer = { 0 };
  LloydSaving saving = { .path = path, .wishes = { .features = TRUE, .distance = TRUE } };
  lloyd_session_save_results_async (session, 0, &saving, NULL, test_answer_take, &answer);
  test_answer_expect (&answer);
}

static void
test_flatgeobuf (void)
{
  if (!has_flatgeobuf ())
    {
      g_test_skip ("built without GDAL");
      return;
    }
  for (guint way = 0; way < 2; way++)
    {
      g_autofree char *input = write_rows ();
      g_autofree char *path = test_folder_dup_path (folder, "places.fgb");
      g_autoptr (LloydSession) session = open_places (input, way == 0 ? NULL : "name");
      g_autoptr (LloydSession) other = lloyd_session_new ();
      save_places (session, path);
      g_autofree char *differences = test_result_restore (other, path, FALSE);
      g_assert_cmpstr (differences, ==, "");
      test_sessions_equal (session, other);
      g_unlink (input);
      if (way == 0)
        {
          /* Numbers of rows say how they were ordered. */
          g_autofree char *own = test_result_restore (other, path, TRUE);
          g_assert_cmpstr (own, ==, "");
          test_sessions_equal (session, other);
          continue;
        }
      TestOpened opened = test_result_open (other, path, LLOYD_OPEN_ANY);
      g_assert_null (opened.result);
      test_answer_expect_error (&opened.answer, LLOYD_ERROR, LLOYD_ERROR_FILE,
                                "the rows here have lost their order");
    }
}

/* All rows of the file after a sample, in another order. */
static void
test_flatgeobuf_sample (void)
{
  static const char *const settings[] = { "geometry", "lon,lat", "columns", "a,lon", NULL };
  if (!has_flatgeobuf ())
    {
      g_test_skip ("built without GDAL");
      return;
    }
  g_autofree char *input = write_rows ();
  g_autofree char *path = test_folder_dup_path (folder, "all.fgb");
  g_autoptr (LloydSession) session = open_sample (input, settings);
  g_autoptr (LloydSession) other = lloyd_session_new ();
  test_session_run (session, 0, 0);
  save (session, path, TRUE);
  g_autofree char *differences = test_result_restore (other, path, FALSE);
  g_assert_cmpstr (differences, ==, "");
  test_sessions_equal (session, other);
  verify (path, "the same bits: input, sample, steps, ");
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C");
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  folder = test_folder_new ();
  g_test_add_func ("/labelled/sample", test_sample);
  g_test_add_func ("/labelled/changed", test_changed);
  g_test_add_func ("/labelled/gone", test_gone);
  g_test_add_func ("/labelled/model", test_model);
  g_test_add_func ("/labelled/few-rows", test_few_rows);
  g_test_add_func ("/labelled/flatgeobuf", test_flatgeobuf);
  g_test_add_func ("/labelled/flatgeobuf-sample", test_flatgeobuf_sample);
  int result = g_test_run ();
  test_folder_free (folder);
  return result;
}
