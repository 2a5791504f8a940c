/* The commands that give the bits of the runs without a screen, and the files that they need. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/results.h"
#include "compute/session/hands.h"
#include "compute/session/session-private.h"
#include "compute/session/stroke.h"
#include "compute/words.h"

/* Names tried for a centroid file. */
#define MAX_NAMES 1000

/* "iris.csv" and "centroids" -> "iris-centroids.csv", "iris-centroids-2.csv", ... */
static char *
make_name (const char *path, const char *what, guint number)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  char *dot = strrchr (base, '.');
  if (dot != NULL && dot != base)
    *dot = '\0';
  g_autofree char *name = number == 1 ? g_strdup_printf ("%s-%s.csv", base, what)
                                      : g_strdup_printf ("%s-%s-%u.csv", base, what, number);
  return g_build_filename (folder, name, NULL);
}

/* Whether two files hold the same. */
static gboolean
is_same_file (const char *a, const char *b)
{
  g_autofree char *text_a = NULL, *text_b = NULL;
  gsize n_a, n_b;
  return g_file_get_contents (a, &text_a, &n_a, NULL) &&
         g_file_get_contents (b, &text_b, &n_b, NULL) && n_a == n_b &&
         memcmp (text_a, text_b, n_a) == 0;
}

/* Gives a file another name that nobody has. FALSE with errno. */
static gboolean
name_file (const char *draft, const char *path)
{
  if (renameat2 (AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
    return TRUE;
  /* Not every file system can do that at once. */
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;
  errno = EEXIST;
  return !g_file_test (path, G_FILE_TEST_EXISTS) && g_rename (draft, path) == 0;
}

/* Writes the centroids beside a file: nothing that is there is written over. */
static char *
save_beside (const LloydRecipe *recipe,
             const LloydPoints *points,
             const char *data,
             const char *what,
             GError **error)
{
  g_autofree char *folder = g_path_get_dirname (data);
  /* Another window may do the same at this moment. */
  g_autofree char *name =
      g_strdup_printf (".lloyd-centroids-%08x%08x.csv", g_random_int (), g_random_int ());
  g_autofree char *draft = g_build_filename (folder, name, NULL);
  if (!lloyd_results_save_start (draft, recipe, points, error))
    return NULL;
  for (guint number = 1; number <= MAX_NAMES; number++)
    {
      g_autofree char *path = make_name (data, what, number);
      gboolean is_named = name_file (draft, path), is_taken = errno == EEXIST;
      if (!is_named && !is_taken)
        break;
      if (!is_named && !is_same_file (path, draft))
        continue;
      g_unlink (draft);
      return g_steal_pointer (&path);
    }
  g_unlink (draft);
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
               _ ("%s: no file of centroids can be put here"), folder);
  return NULL;
}

/* Lets the recipe start from a file of its centroids. That of a second side lies beside the one
 * that was asked for. */
static gboolean
save_start (LloydSession *self,
            guint side,
            LloydRecipe *recipe,
            const char *path,
            const char *input,
            GError **error)
{
  const LloydDataset *dataset = self->work.dataset;
  g_autofree char *written = NULL;
  if (path != NULL && side > 0)
    written =
        save_beside (recipe, dataset->points, path, lloyd_metric_names[recipe->metric], error);
  else if (path != NULL)
    written =
        lloyd_results_save_start (path, recipe, dataset->points, error) ? g_strdup (path) : NULL;
  else if (input != NULL)
    written = save_beside (recipe, dataset->points, input, "centroids", error);
  else
    g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
                 _ ("%s: a cloud without a file has no place for the centroids"), dataset->title);
  if (written == NULL)
    return FALSE;
  g_autofree char *init = g_strconcat ("file:", written, NULL);
  return lloyd_recipe_set (recipe, "init", init, error);
}

/* Rows without direction were left out of the runs: the command must leave out the same. */
static gboolean
leave_out_same (const LloydSession *self, LloydRecipe *recipe, GError **error)
{
  const LloydPoints *points = self->work.dataset->points;
  size_t n_without = points->n - lloyd_run_get_points (self->runs[0])->n;
  if (n_without == 0 || (self->n_runs == 1 && recipe->missing == LLOYD_MISSING_DROP))
    return TRUE;
  if (self->n_runs == 1 && recipe->missing == LLOYD_MISSING_REFUSE)
    {
      recipe->missing = LLOYD_MISSING_DROP;
      return TRUE;
    }
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               self->n_runs > 1 ? _ ("a comparison leaves out %zu rows without direction, which a "
                                     "Euclidean command would keep: choose one metric, then copy")
                                : _ ("no command both counts missing values as 0 and leaves out "
                                     "the %zu rows without direction"),
               n_without);
  return FALSE;
}

/* The file of the data, written where there was none; NULL: they are generated. */
static gboolean
find_input (const LloydDataset *dataset, const char *path, const char **input, GError **error)
{
  LloydSaveOptions options = { NULL };
  *input = dataset->is_unsaved ? path : dataset->path;
  if (!dataset->is_unsaved)
    return TRUE;
  const char *reason = lloyd_stroke_why_not (LLOYD_STROKE_ERASE, dataset, NULL);
  if (path == NULL || reason != NULL)
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: %s", dataset->title,
                   reason != NULL ? reason : _ ("points changed by hand are in no file"));
      return FALSE;
    }
  return lloyd_files_save (path, dataset->table, &options, error);
}

/* What repeats one side. The second starts from the rows of the first, unless each has its own. */
static LloydRecipe *
make_side_recipe (LloydSession *self, guint side, gboolean *is_edited)
{
  const LloydRecipe *began = lloyd_run_get_recipe (self->runs[side]);
  LloydRecipe *recipe = lloyd_run_dup_edited_recipe (self->runs[side]);
  *is_edited = recipe != NULL;
  if (recipe == NULL)
    recipe = lloyd_recipe_copy (self->work.recipe);
  if (!*is_edited && side > 0 && !self->have_own_starts)
    {
      g_autofree char *init = lloyd_recipe_dup_value (began, "init");
      if (lloyd_recipe_set (recipe, "init", init, NULL) && began->init == LLOYD_INIT_ROWS)
        recipe->restarts = 1;
    }
  recipe->metric = began->metric;
  /* The session opens runs with missing rows dropped: they are by then. */
  recipe->missing = self->work.recipe->missing;
  return recipe;
}

static char *
make_side_command (
    LloydSession *self, guint side, const LloydJob *job, const char *input, GError **error)
{
  const LloydDataset *dataset = self->work.dataset;
  gboolean is_edited;
  g_autoptr (LloydRecipe) recipe = make_side_recipe (self, side, &is_edited);
  if (!leave_out_same (self, recipe, error) ||
      (is_edited && !save_start (self, side, recipe, job->text, input, error)))
    return NULL;
  if (dataset->is_unsaved)
    lloyd_dataset_fit_recipe (dataset, recipe);
  return lloyd_recipe_dup_command (recipe, input != NULL ? input : "cloud.npy");
}

static gboolean
run_command (LloydSession *self, LloydJob *job, GError **error)
{
  const LloydDataset *dataset = self->work.dataset;
  g_autoptr (GString) text = g_string_new (NULL);
  const char *input;
  if (!find_input (dataset, job->data, &input, error))
    return FALSE;
  if (input == NULL)
    {
      g_autofree char *make = lloyd_cloud_spec_dup_command (&dataset->cloud, "cloud.npy");
      g_string_append_printf (text, "%s && ", make);
    }
  for (guint side = 0; side < self->n_runs; side++)
    {
      g_autofree char *run = make_side_command (self, side, job, input, error);
      if (run == NULL)
        return FALSE;
      g_string_append_printf (text, "%s%s", side > 0 ? "\n" : "", run);
    }
  job->result = g_strdup (text->str);
  job->free_result = g_free;
  return TRUE;
}

void
lloyd_session_command_async (LloydSession *self,
                             const char *path,
                             const char *points_path,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  g_return_if_fail (self->dataset != NULL);
  LloydJob *job = lloyd_job_new (self, run_command, NULL, callback, data);
  job->text = g_strdup (path);
  job->data = g_strdup (points_path);
  job->free_data = g_free;
  lloyd_session_push (self, job);
}

char *
lloyd_session_command_finish (LloydSession *self, GAsyncResult *result, GError **error)
{
  self->n_asked--;
  return g_task_propagate_pointer (G_TASK (result), error);
}
