/* Clusters held against the labels of another file: its rows are found by their names or their
 * order, and what cannot be compared is refused. */
#include "compute/session/other-labels.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/npy.h"
#include "tests/support/files.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

#define N_PENGUINS 344

typedef struct
{
  gboolean is_done;
  LloydOtherLabels *labels;
  LloydAgreement *agreement;
  GError *error;
} Answer;

static void
take_labels (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *self = data;
  (void) source;
  self->labels = lloyd_other_labels_load_finish (result, &self->error);
  self->is_done = TRUE;
}

static void
take_agreement (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *self = data;
  self->agreement = lloyd_session_agree_finish (LLOYD_SESSION (source), result, &self->error);
  self->is_done = TRUE;
}

static void
answer_clear (Answer *self)
{
  g_clear_pointer (&self->labels, lloyd_other_labels_unref);
  g_clear_pointer (&self->agreement, lloyd_agreement_free);
  g_clear_error (&self->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
load (LloydSession *session, const char *path, const char *column, Answer *answer)
{
  answer_clear (answer);
  answer->is_done = FALSE;
  lloyd_other_labels_load_async (path, column, lloyd_session_get_dataset (session), NULL,
                                 take_labels, answer);
  while (!answer->is_done)
    g_main_context_iteration (NULL, TRUE);
}

/* Loads what must be fine, and holds it against the first side. */
static void
agree (LloydSession *session, const char *path, const char *column, Answer *answer)
{
  load (session, path, column, answer);
  g_assert_no_error (answer->error);
  answer->is_done = FALSE;
  lloyd_session_agree_with_async (session, 0, answer->labels, NULL, take_agreement, answer);
  while (!answer->is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (answer->error);
}

static void
refuse (LloydSession *session, const char *path, const char *column, int code, const char *part)
{
  g_auto (Answer) answer = { 0 };
  load (session, path, column, &answer);
  g_assert_error (answer.error, LLOYD_ERROR, code);
  g_assert_nonnull (strstr (answer.error->message, part));
}

/* Penguins at rest, of which two were not measured. */
static LloydSession *
session_new (const char *id_column)
{
  LloydSession *session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (3);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  test_recipe_set (recipe, "columns", "bill_length_mm,bill_depth_mm");
  test_recipe_set (recipe, "scale", "standardise");
  test_recipe_set (recipe, "missing", "drop");
  if (id_column != NULL)
    test_recipe_set (recipe, "id-column", id_column);
  test_session_open (session, path, recipe, FALSE);
  test_session_run (session, 0, 0);
  return session;
}

/* The labels that a session shows, of all rows; -1 where there is none. */
static gint32 *
dup_labels (LloydSession *session)
{
  g_autoptr (LloydRun) run = test_session_plain_run (session, LLOYD_METRIC_EUCLIDEAN, NULL);
  gint32 *labels = g_new (gint32, N_PENGUINS);
  test_run_to_end (run);
  g_assert_true (lloyd_run_read_labels (run, labels, NULL));
  return labels;
}

/* A table of ids and labels, the rows turned by `turn`, clusters under other numbers, the ids from
 * `first`. */
static char *
dup_table (const char *head, const gint32 *labels, size_t n, size_t turn, size_t first)
{
  GString *text = g_string_new (head);
  for (size_t i = 0; i < n; i++)
    {
      size_t row = (i + turn) % n;
      g_string_append_printf (text, "%zu,%d\n", row + first,
                              labels[row] < 0 ? -1 : (labels[row] + 1) % 3);
    }
  return g_string_free (text, FALSE);
}

static void
check_same (const Answer *answer)
{
  g_assert_cmpfloat (answer->agreement->adjusted_rand, ==, 1.0);
  g_assert_cmpint (answer->agreement->table->n, ==, N_PENGUINS - 2);
  g_assert_cmpint (answer->agreement->table->n_left_out, ==, 2);
  g_assert_cmpuint (answer->agreement->table->n_classes, ==, 3);
  /* Other numbers, the same groups: the table is a diagonal. */
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 3; j++)
      g_assert_true ((answer->agreement->table->counts[3 * i + j] > 0) == (i == j));
  g_assert_cmpstr (answer->agreement->names[0], ==, "1");
  g_assert_cmpstr (answer->agreement->names[2], ==, "0");
}

/* A result has rows in any order; its ids are their numbers. */
static void
test_result (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydSession) session = session_new (NULL);
  g_autofree gint32 *labels = dup_labels (session);
  g_autofree char *text = dup_table ("id,cluster_id\n", labels, N_PENGUINS, 101, 1);
  g_autofree char *path = test_folder_write (folder, "other.csv", text, -1);
  g_auto (Answer) answer = { 0 };

  agree (session, path, NULL, &answer);
  g_assert_true (answer.labels->is_by_name);
  g_assert_cmpuint (answer.labels->n_found, ==, N_PENGUINS);
  g_assert_cmpstr (answer.labels->column, ==, "cluster_id");
  g_assert_cmpstr (answer.agreement->file, ==, "other.csv");
  check_same (&answer);
  /* And half of a result has half of the rows. */
  g_autofree char *half = dup_table ("id,cluster_id\n", labels, N_PENGUINS / 2, 0, 1);
  g_autofree char *half_path = test_folder_write (folder, "half.csv", half, -1);
  agree (session, half_path, NULL, &answer);
  g_assert_cmpint (answer.agreement->table->n + answer.agreement->table->n_left_out, ==,
                   N_PENGUINS);
  g_assert_cmpuint (answer.labels->n_found, ==, N_PENGUINS / 2);
}

static void
test_order (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydSession) session = session_new (NULL);
  g_autofree gint32 *labels = dup_labels (session);
  g_autofree char *path = test_folder_dup_path (folder, "labels.npy");
  g_autofree gint32 *turned = g_new (gint32, N_PENGUINS);
  g_auto (Answer) answer = { 0 };

  for (size_t i = 0; i < N_PENGUINS; i++)
    turned[i] = labels[i] < 0 ? -1 : (labels[i] + 1) % 3;
  g_assert_true (lloyd_npy_save_labels (path, turned, N_PENGUINS, NULL));
  agree (session, path, NULL, &answer);
  g_assert_false (answer.labels->is_by_name);
  check_same (&answer);
  /* Numbers that count from 0 are not those of rows, and "mine" may well be -1. */
  g_autofree char *text = dup_table ("id,mine\n", labels, N_PENGUINS, 0, 0);
  g_autofree char *other = test_folder_write (folder, "mine.csv", text, -1);
  agree (session, other, NULL, &answer);
  g_assert_cmpstr (answer.labels->column, ==, "mine");
  g_assert_cmpuint (answer.agreement->table->n_classes, ==, 4);
  g_assert_cmpfloat (answer.agreement->adjusted_rand, ==, 1.0);
  /* Another column of a file that has several. */
  g_autofree char *penguins = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  agree (session, penguins, "island", &answer);
  g_assert_cmpstr (answer.labels->column, ==, "island");
  g_assert_true (g_strv_contains ((const char *const *) answer.labels->columns, "species"));
}

/* Rows with names are found by them. */
static void
test_names (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydSession) session = lloyd_session_new ();
  g_autoptr (LloydRecipe) recipe = test_session_recipe (2);
  g_autofree char *path = test_folder_write (
      folder, "cloud.csv", "name,x,y\nanna,0,0\nbert,9,9\ncarl,0,1\ndora,9,8\n", -1);
  g_autofree char *other =
      test_folder_write (folder, "other.csv", "name,group\ndora,p\ncarl,q\nanna,q\nemil,p\n", -1);
  g_autofree char *strangers =
      test_folder_write (folder, "strangers.csv", "name,group\nx,p\ny,q\nz,q\nw,p\n", -1);
  g_auto (Answer) answer = { 0 };
  test_recipe_set (recipe, "id-column", "name");
  test_session_open (session, path, recipe, FALSE);
  test_session_run (session, 0, 0);
  agree (session, other, NULL, &answer);
  g_assert_cmpuint (answer.labels->n_found, ==, 3);
  g_assert_cmpint (answer.agreement->table->n, ==, 3);
  g_assert_cmpfloat (answer.agreement->adjusted_rand, ==, 1.0);
  refuse (session, strangers, NULL, LLOYD_ERROR_DATA, "its column name names no row that is here");
}

static void
test_refused (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (LloydSession) session = session_new (NULL);
  g_autofree char *iris = g_test_build_filename (G_TEST_DIST, "data", "iris.csv", NULL);
  g_autofree char *penguins = g_test_build_filename (G_TEST_DIST, "data", "penguins.csv", NULL);
  g_autofree char *text = test_folder_write (folder, "noise.ply", "ply\nformat no", -1);
  g_autofree char *numbers = test_folder_write (folder, "n.csv", "x\n0.5\n1.5\n2.5\n3.5\n", -1);
  g_autofree char *nowhere = test_folder_dup_path (folder, "nowhere.csv");
  refuse (session, iris, NULL, LLOYD_ERROR_DATA, "iris.csv: it has 150 rows, here are 344");
  refuse (session, penguins, "bill_length_mm", LLOYD_ERROR_DATA,
          "classes are text or whole numbers");
  refuse (session, penguins, "beak", LLOYD_ERROR_DATA, "there is no column beak");
  refuse (session, numbers, NULL, LLOYD_ERROR_DATA, "few enough values to be labels");
  refuse (session, text, NULL, LLOYD_ERROR_FILE, "noise.ply");
  refuse (session, nowhere, NULL, LLOYD_ERROR_FILE, "nowhere.csv");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watchdog ();
  g_test_add_func ("/session/other-labels/result", test_result);
  g_test_add_func ("/session/other-labels/order", test_order);
  g_test_add_func ("/session/other-labels/names", test_names);
  g_test_add_func ("/session/other-labels/refused", test_refused);
  return g_test_run ();
}
