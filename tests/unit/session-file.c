/* Session files: there and back to the bit, moved, damaged, from the future. */
#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/session/session-file.h"
#include "tests/support/files.h"

static TestFolder *folder;

static LloydSessionFile *
load (const char *path)
{
  g_autoptr (GError) error = NULL;
  LloydSessionFile *file = lloyd_session_file_load (path, &error);
  g_assert_no_error (error);
  return file;
}

static void
save (const LloydSessionFile *file, const char *path)
{
  g_autoptr (GError) error = NULL;
  gboolean is_saved = lloyd_session_file_save (file, path, &error);
  g_assert_no_error (error);
  g_assert_true (is_saved);
}

/* Any number there is, of any size. */
static double
any_double (void)
{
  return (g_test_rand_double () - 0.5) * exp2 (g_test_rand_int_range (-300, 300));
}

static LloydSessionFile *
make_file (const char *data)
{
  LloydSessionFile *file = lloyd_session_file_new ();
  double place[5];

  file->path = g_strdup (data);
  file->title = g_strdup ("points; with [brackets] = and\nlines");
  file->sha256 = g_strdup ("0123abcd");
  file->recipe->k = 7;
  file->recipe->seed = G_MAXUINT64;
  file->recipe->tolerance = 0.1 + g_test_rand_double ();
  file->recipe->init = LLOYD_INIT_FARTHEST;
  file->recipe->scale = LLOYD_SCALE_STANDARDISE;
  file->recipe->columns = g_strsplit ("a|b, c|d;e| f", "|", -1);
  file->is_both = file->has_own_starts = TRUE;
  file->position = 5;
  file->last_position = 9;
  file->axes = g_strdup ("a,b, c");
  file->palette = g_strdup ("tab10");
  file->toggles = g_strsplit ("show-regions show-trails", " ", -1);
  file->has_camera = TRUE;
  for (int i = 0; i < LLOYD_CAMERA_VALUES; i++)
    file->camera[i] = any_double ();
  for (guint i = 0; i < 5; i++)
    place[i] = any_double ();
  g_ptr_array_add (file->edits, lloyd_placed_edit_new (3, LLOYD_EDIT_MOVE, 2, place, 5));
  g_ptr_array_add (file->edits, lloyd_placed_edit_new (4, LLOYD_EDIT_REMOVE, 6, NULL, 0));
  g_ptr_array_add (file->edits, lloyd_placed_edit_new (4, LLOYD_EDIT_ADD, 0, place, 5));
  lloyd_session_file_set_name (file, 3, "Adélie #1 = [x]");
  lloyd_session_file_set_name (file, 0, " Gentoo ");
  file->lesson = lloyd_lesson_new ("Title; with = and [x]");
  lloyd_lesson_add_step (file->lesson, "Press Shift+Right: “owners”.");
  lloyd_lesson_add_step (file->lesson, "Two\nlines; \\ and more");
  g_assert_true (
      lloyd_lesson_set_show (file->lesson, "k=5; metric=both;position=end;show-regions;", NULL));
  file->lesson->at = 1;
  return file;
}

static void
check_same_recipe (const LloydRecipe *a, const LloydRecipe *b)
{
  for (const char *const *key = lloyd_recipe_keys (); *key != NULL; key++)
    {
      g_autofree char *value_a = lloyd_recipe_dup_value (a, *key);
      g_autofree char *value_b = lloyd_recipe_dup_value (b, *key);
      g_assert_cmpstr (value_a, ==, value_b);
    }
  g_assert_cmpmem (&a->tolerance, sizeof a->tolerance, &b->tolerance, sizeof b->tolerance);
  g_assert_cmpint (a->columns == NULL, ==, b->columns == NULL);
  if (a->columns != NULL)
    g_assert_cmpstrv (a->columns, b->columns);
}

static void
check_same_step (const LloydLessonStep *a, const LloydLessonStep *b)
{
  g_assert_cmpstr (a->text, ==, b->text);
  g_assert_cmpint (a->show == NULL, ==, b->show == NULL);
  if (a->show == NULL)
    return;
  g_assert_cmpstr (a->show->written, ==, b->show->written);
  g_assert_cmpstrv (a->show->settings, b->show->settings);
  g_assert_cmpuint (a->show->position, ==, b->show->position);
  g_assert_cmpstrv (a->show->toggles, b->show->toggles);
}

static void
check_same (const LloydSessionFile *a, const LloydSessionFile *b)
{
  g_assert_cmpstr (a->path, ==, b->path);
  g_assert_cmpstr (a->title, ==, b->title);
  g_assert_cmpstr (a->sha256, ==, b->sha256);
  check_same_recipe (a->recipe, b->recipe);
  g_assert_cmpint (a->is_both, ==, b->is_both);
  g_assert_cmpint (a->has_own_starts, ==, b->has_own_starts);
  g_assert_cmpuint (a->position, ==, b->position);
  g_assert_cmpuint (a->last_position, ==, b->last_position);
  g_assert_cmpstr (a->axes, ==, b->axes);
  g_assert_cmpstr (a->palette, ==, b->palette);
  g_assert_true (g_strv_equal ((const char *const *) a->toggles, (const char *const *) b->toggles));
  g_assert_cmpmem (a->camera, sizeof a->camera, b->camera, sizeof b->camera);
  g_assert_cmpuint (a->edits->len, ==, b->edits->len);
  for (guint i = 0; i < a->edits->len; i++)
    {
      const LloydPlacedEdit *one = a->edits->pdata[i], *other = b->edits->pdata[i];
      g_assert_cmpuint (one->position, ==, other->position);
      g_assert_cmpint (one->kind, ==, other->kind);
      g_assert_cmpuint (one->cluster, ==, other->cluster);
      g_assert_cmpmem (one->place, sizeof (double) * one->n_values, other->place,
                       sizeof (double) * other->n_values);
    }
  g_assert_cmpuint (a->names->len, ==, b->names->len);
  for (guint i = 0; i < a->names->len; i++)
    g_assert_cmpstr (a->names->pdata[i], ==, b->names->pdata[i]);
  g_assert_cmpstr (a->lesson->title, ==, b->lesson->title);
  g_assert_cmpuint (a->lesson->at, ==, b->lesson->at);
  g_assert_cmpuint (a->lesson->steps->len, ==, b->lesson->steps->len);
  for (guint i = 0; i < a->lesson->steps->len; i++)
    check_same_step (lloyd_lesson_get_step (a->lesson, i), lloyd_lesson_get_step (b->lesson, i));
}

static void
test_there_and_back (void)
{
  g_autofree char *path = test_folder_dup_path (folder, "one.lloyd");
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (LloydSessionFile) file = make_file ("/elsewhere/points; 1.csv");
      save (file, path);
      g_autoptr (LloydSessionFile) back = load (path);
      check_same (file, back);
    }
  g_assert_true (lloyd_session_file_is_one (path));
}

/* What nobody set stays so, and what a recipe has by default is written all the same: defaults may
 * change. */
static void
test_of_nothing (void)
{
  g_autofree char *path = test_folder_dup_path (folder, "nothing.lloyd");
  g_autoptr (LloydSessionFile) file = lloyd_session_file_new ();
  g_autofree char *text = NULL;

  save (file, path);
  g_autoptr (LloydSessionFile) back = load (path);
  check_same_recipe (file->recipe, back->recipe);
  g_assert_null (back->path);
  g_assert_null (back->sha256);
  g_assert_false (back->has_camera);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\nmax-steps=300\n"));
  g_assert_null (strstr (text, "threads="));
}

static void
test_cloud (void)
{
  g_autofree char *path = test_folder_dup_path (folder, "cloud.lloyd");
  g_autoptr (LloydSessionFile) file = lloyd_session_file_new ();
  file->cloud = (LloydCloudSpec){ .cloud = LLOYD_CLOUD_BLOBS,
                                  .rows = 12345,
                                  .dims = 3,
                                  .clusters = 9,
                                  .seed = G_MAXUINT64,
                                  .spread = any_double (),
                                  .shift = any_double () };
  save (file, path);
  g_autoptr (LloydSessionFile) back = load (path);
  g_assert_cmpint (back->cloud.cloud, ==, file->cloud.cloud);
  g_assert_cmpuint (back->cloud.rows, ==, file->cloud.rows);
  g_assert_cmpuint (back->cloud.dims, ==, file->cloud.dims);
  g_assert_cmpuint (back->cloud.clusters, ==, file->cloud.clusters);
  g_assert_cmpuint (back->cloud.seed, ==, file->cloud.seed);
  g_assert_cmpmem (&back->cloud.spread, sizeof (double), &file->cloud.spread, sizeof (double));
  g_assert_cmpmem (&back->cloud.shift, sizeof (double), &file->cloud.shift, sizeof (double));
}

/* ---- where the data are -------------------------------------------------------------------- */

/* A folder with both is renamed, or sent to somebody. */
static void
test_moves_with_its_data (void)
{
  g_autofree char *before = test_folder_dup_path (folder, "before");
  g_autofree char *after = test_folder_dup_path (folder, "after");
  g_autofree char *data = g_build_filename (before, "sub", "points.csv", NULL);
  g_autofree char *sub = g_path_get_dirname (data);
  g_autofree char *own = g_build_filename (before, "a.lloyd", NULL);
  g_autoptr (LloydSessionFile) file = make_file (data);

  g_assert_cmpint (g_mkdir_with_parents (sub, 0700), ==, 0);
  g_assert_true (g_file_set_contents (data, "x\n1\n", -1, NULL));
  save (file, own);
  g_assert_cmpint (g_rename (before, after), ==, 0);
  g_autofree char *moved = g_build_filename (after, "a.lloyd", NULL);
  g_autofree char *moved_data = g_build_filename (after, "sub", "points.csv", NULL);
  g_autoptr (LloydSessionFile) back = load (moved);
  g_assert_cmpstr (back->path, ==, moved_data);

  /* Without its data, where they were is what can be said. */
  g_assert_cmpint (g_unlink (moved_data), ==, 0);
  g_autoptr (LloydSessionFile) lost = load (moved);
  g_assert_cmpstr (lost->path, ==, data);

  g_autofree char *moved_sub = g_path_get_dirname (moved_data);
  g_remove (moved_sub);
  g_remove (moved);
}

static void
test_path_that_is_no_utf8 (void)
{
  g_autofree char *path = test_folder_dup_path (folder, "bytes.lloyd");
  g_autoptr (LloydSessionFile) file = make_file ("/data/caf\xe9.csv");
  save (file, path);
  g_autoptr (LloydSessionFile) back = load (path);
  g_assert_cmpstr (back->path, ==, "/data/caf\xe9.csv");
}

/* ---- what goes wrong ----------------------------------------------------------------------- */

static void
expect_error (const char *path, const char *part)
{
  g_autoptr (GError) error = NULL;
  LloydSessionFile *file = lloyd_session_file_load (path, &error);
  g_assert_null (file);
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE);
  g_assert_true (g_str_has_prefix (error->message, path));
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” lacks “%s”", error->message, part);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *text;
    const char *part;
  } cases[] = {
    { "", "no session" },
    { "hello", "damaged" },
    { "[Lloyd Session]\nversion=2\n[Data]\npath=/a\n", "newer Lloyd (version 2" },
    { "[Lloyd Session]\nversion=one\n[Data]\npath=/a\n", "no session" },
    { "[Lloyd Session]\nversion=1\n", "what its data are" },
    { "[Lloyd Session]\nversion=1\n[Data]\ncloud=nine\n", "no cloud nine" },
    { "[Lloyd Session]\nversion=1\n[Data]\ncloud=blobs\ncloud-rows=-4\n", "cloud-rows in [Data]" },
    { "[Lloyd Session]\nversion=1\n[Data]\ncloud=blobs\ncloud-spread=nan\n", "cloud-spread" },
    { "[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[Position]\nposition=x\n", "position" },
    { "[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[View]\ncamera=1;2\n", "too few" },
    { "[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[View]\ncamera=1;a\n", "camera" },
    { "[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[Edit 1]\nkind=paint\n", "kind" },
    { "[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[Edit 1]\nkind=move\n", "place" },
    { "[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[Edit 1]\nkind=move\nplace=inf;1\n", "place" },
  };
  g_autofree char *path = test_folder_dup_path (folder, "bad.lloyd");
  g_autofree char *missing = test_folder_dup_path (folder, "missing.lloyd");

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_true (g_file_set_contents (path, cases[i].text, -1, NULL));
      expect_error (path, cases[i].part);
    }
  expect_error (missing, "No such file");
  expect_error (folder->path, "no file");
}

/* Anybody may write a lesson by hand. */
static void
test_lesson_that_cannot_be (void)
{
  static const struct
  {
    const char *text;
    const char *part;
  } cases[] = {
    { "", "title in [Lesson] is missing" },
    { "1=a\n", "title in [Lesson] is missing" },
    { "title=\n1=a\n", "title in [Lesson] is empty" },
    { "title=t\n", "1 in [Lesson] is missing" },
    { "title=t\n1=a\n3=c\n", "2 in [Lesson] is missing" },
    { "title=t\n1=a\n2[de]=c\n", "2 in [Lesson] is missing" },
    { "title=t\n1=a\n2= \n", "2 in [Lesson] is empty" },
    { "title=t\n0=a\n", "0 in [Lesson] is no part of a lesson" },
    { "title=t\n1=a\n100=a\n", "100 in [Lesson] is no part of a lesson" },
    { "title=t\n1=a\naction=quit\n", "action in [Lesson] is no part of a lesson" },
    { "title=t\n1=a\nat=2\n", "at in [Lesson] is no step" },
    { "title=t\n1=\xff\n", "1 in [Lesson]" },
    { "title=t\\nu\n1=a\n", "title in [Lesson] has too many lines" },
    { "title=t\n1=a\\nb\\nc\\nd\\ne\\nf\\ng\n", "1 in [Lesson] has too many lines" },
    { "title=t\n1=a\n2.show=position=1\n", "2 in [Lesson] is missing" },
    { "title=t\n1=a\n1.do=position=1\n", "1.do in [Lesson] is no part of a lesson" },
    { "title=t\n1=a\n1.show=;\n", "1.show: show in [Lesson] is empty" },
    { "title=t\n1=a\n1.show=quit\n", "quit in [Lesson] is nothing that a lesson can show" },
    { "title=t\n1=a\n1.show=backend=cuda\n",
      "backend in [Lesson] is nothing that a lesson can set" },
    { "title=t\n1=a\n1.show=init=file:/etc/passwd\n", "init in [Lesson] is nothing that a" },
    { "title=t\n1=a\n1.show=k=0\n", "1.show: k: " },
    { "title=t\n1=a\n1.show=position=-1\n", "position in [Lesson] is no number of half-steps" },
  };
  g_autofree char *path = test_folder_dup_path (folder, "lesson.lloyd");
  g_autofree char *many = g_strnfill (301, 'x');
  for (size_t i = 0; i <= G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[Lesson]\n%s%s\n",
                           i < G_N_ELEMENTS (cases) ? cases[i].text : "title=t\n1=",
                           i < G_N_ELEMENTS (cases) ? "" : many);
      g_assert_true (g_file_set_contents (path, text, -1, NULL));
      expect_error (path, i < G_N_ELEMENTS (cases) ? cases[i].part : "too long");
    }
}

static void
test_recipe_that_cannot_be (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = test_folder_dup_path (folder, "recipe.lloyd");
  g_assert_true (g_file_set_contents (
      path, "[Lloyd Session]\nversion=1\n[Data]\npath=/a\n[Recipe]\nk=0\n", -1, NULL));
  g_assert_null (lloyd_session_file_load (path, &error));
  g_assert_nonnull (strstr (error->message, "recipe.lloyd: k: "));
}

/* Whatever becomes of its bytes, it is read or refused with a sentence. */
static void
test_any_damage (void)
{
  g_autofree char *path = test_folder_dup_path (folder, "damaged.lloyd");
  g_autoptr (LloydSessionFile) file = make_file ("/elsewhere/points.csv");
  g_autofree char *text = NULL;
  gsize length;

  save (file, path);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (int i = 0; i < 600; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *copy = g_memdup2 (text, length);
      gsize left = i % 3 == 0 ? (gsize) g_test_rand_int_range (0, (gint) length) : length;
      for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
        copy[g_test_rand_int_range (0, (gint) length)] = (char) g_test_rand_int_range (0, 256);
      g_assert_true (g_file_set_contents (path, copy, (gssize) left, NULL));
      LloydSessionFile *back = lloyd_session_file_load (path, &error);
      g_assert_true ((back == NULL) == (error != NULL));
      g_clear_pointer (&back, lloyd_session_file_free);
    }
}

static void
test_cannot_be_written (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = test_folder_dup_path (folder, "nowhere/a.lloyd");
  g_autoptr (LloydSessionFile) file = make_file ("/a");
  g_assert_false (lloyd_session_file_save (file, path, &error));
  g_assert_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  folder = test_folder_new ();
  g_test_add_func ("/session-file/there-and-back", test_there_and_back);
  g_test_add_func ("/session-file/of-nothing", test_of_nothing);
  g_test_add_func ("/session-file/cloud", test_cloud);
  g_test_add_func ("/session-file/moves-with-its-data", test_moves_with_its_data);
  g_test_add_func ("/session-file/path-that-is-no-utf8", test_path_that_is_no_utf8);
  g_test_add_func ("/session-file/errors", test_errors);
  g_test_add_func ("/session-file/recipe-that-cannot-be", test_recipe_that_cannot_be);
  g_test_add_func ("/session-file/lesson-that-cannot-be", test_lesson_that_cannot_be);
  g_test_add_func ("/session-file/any-damage", test_any_damage);
  g_test_add_func ("/session-file/cannot-be-written", test_cannot_be_written);
  int status = g_test_run ();
  test_folder_free (folder);
  return status;
}
