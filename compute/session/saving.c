#include "compute/session/saving.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "compute/files/parts.h"
#include "compute/files/results-parts.h"
#include "compute/files/results.h"
#include "compute/session/session-private.h"

#define PART_BYTES ((size_t) 64 << 20)

/* The wishes, with words of its own. */
static void
free_saving (gpointer data)
{
  LloydSaving *saving = data;
  g_free ((char *) saving->path);
  g_free ((char *) saving->table);
  g_free (saving);
}

static LloydSaving *
copy_saving (const LloydSaving *saving)
{
  LloydSaving *copy = g_memdup2 (saving, sizeof *saving);
  copy->path = g_strdup (saving->path);
  copy->table = g_strdup (saving->table);
  copy->wishes.input_path = NULL;
  return copy;
}

/* ---- the rows that were opened ------------------------------------------------------------- */

static LloydSaveOptions
save_options (const LloydJob *job, const LloydSaving *saving)
{
  return (LloydSaveOptions){ .layer = saving->table,
                             .if_exists = saving->if_exists,
                             .cancellable = job->cancellable };
}

static gboolean
save_rows (LloydRun *run, const LloydJob *job, const LloydSaving *saving, GError **error)
{
  LloydSaveOptions options = save_options (job, saving);
  /* Another file may have been opened since. */
  const LloydPoints *points = lloyd_run_get_points (run);
  const LloydTable *table = job->dataset->table;
  if (lloyd_table_get_n_rows (table) != points->n_input ||
      !g_str_equal (lloyd_table_get_path (table), points->path))
    table = NULL;
  return lloyd_results_save (saving->path, run, table, &saving->wishes, &options, error);
}

/* ---- all rows of the file ------------------------------------------------------------------ */

const char *
lloyd_saving_why_not_every_row (const LloydRecipe *recipe)
{
  if (recipe->geometry != NULL || recipe->project != LLOYD_PROJECT_NONE)
    return "coordinates were projected for the sample";
  return NULL;
}

/* The run's centroids in the data's own unit, by way of a file of them. */
static LloydRecipe *
make_recipe (LloydRun *run, const LloydFrame *frame, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_recipe_copy (lloyd_run_get_recipe (run));
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("lloyd-XXXXXX.csv", &path, error);
  if (fd < 0)
    return NULL;
  close (fd);
  recipe->sample = 0;
  recipe->init = LLOYD_INIT_FILE;
  g_free (recipe->init_path);
  recipe->init_path = g_strdup (path);
  gboolean is_done = lloyd_results_save_centroids (path, run, error) &&
                     lloyd_results_load_centroids (recipe, frame->names, frame->d, error);
  g_unlink (path);
  return is_done ? g_steal_pointer (&recipe) : NULL;
}

static gboolean
save_every_row (LloydRun *run, const LloydJob *job, const LloydSaving *saving, GError **error)
{
  const LloydRecipe *recipe = lloyd_run_get_recipe (run);
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  LloydLoadOptions options = { .id_column = recipe->id_column,
                               .member = recipe->layer,
                               .query = recipe->query,
                               .nice = LLOYD_ENGINE_NICE,
                               .cancellable = job->cancellable };
  LloydPredicted predicted;
  LloydSaveOptions save = save_options (job, saving);
  g_autoptr (LloydParts) parts =
      lloyd_files_open_parts (job->dataset->path, &options, PART_BYTES, NULL, error);
  g_autoptr (LloydFrame) frame =
      parts != NULL ? lloyd_frame_new_like (parts, &selection, lloyd_run_get_points (run),
                                            job->cancellable, error)
                    : NULL;
  g_autoptr (LloydRecipe) all = frame != NULL ? make_recipe (run, frame, error) : NULL;
  return all != NULL && lloyd_results_predict_parts (saving->path, parts, frame, all,
                                                     lloyd_run_get_engine (run)->backend,
                                                     &saving->wishes, &save, &predicted, error);
}

/* ---- the job ------------------------------------------------------------------------------- */

static gboolean
run_save (LloydSession *self, LloydJob *job, GError **error)
{
  g_return_val_if_fail (job->number < self->n_runs, FALSE);
  const LloydSaving *saving = job->data;
  LloydRun *run = self->runs[job->number];
  return saving->is_every_row ? save_every_row (run, job, saving, error)
                              : save_rows (run, job, saving, error);
}

void
lloyd_session_save_results_async (LloydSession *self,
                                  guint side,
                                  const LloydSaving *saving,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data)
{
  g_return_if_fail (side < self->n_sides);
  LloydJob *job = lloyd_job_new (self, run_save, cancellable, callback, data);
  job->number = side;
  job->dataset = lloyd_dataset_ref (self->dataset);
  job->data = copy_saving (saving);
  job->free_data = free_saving;
  lloyd_session_push (self, job);
}
