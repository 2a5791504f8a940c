#include "compute/session/saving.h"

#include "compute/error.h"
#include "compute/files/format.h"
#include "compute/files/labelling.h"
#include "compute/files/results-parts.h"
#include "compute/files/results.h"
#include "compute/session/session-private.h"
#include "compute/words.h"

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

static gboolean
save_every_row (LloydRun *run, const LloydJob *job, const LloydSaving *saving, GError **error)
{
  g_autoptr (LloydRecipe) recipe = lloyd_labelling_make_recipe (run);
  LloydSelection selection = lloyd_recipe_get_selection (recipe);
  LloydPredicted predicted;
  LloydSaveOptions save = save_options (job, saving);
  g_autoptr (LloydTable) notes = NULL;
  g_autoptr (LloydParts) parts = lloyd_labelling_open_whole (
      job->dataset->path, recipe, job->dataset->table, LLOYD_ENGINE_NICE, job->cancellable, error);
  g_autoptr (LloydFrame) frame =
      parts != NULL ? lloyd_frame_new_like (parts, &selection, lloyd_run_get_points (run),
                                            job->cancellable, error)
                    : NULL;
  if (frame == NULL ||
      (lloyd_labelling_is_noted (saving->path) &&
       (notes = lloyd_labelling_note_run (run, frame, parts, job->cancellable, error)) == NULL))
    return FALSE;
  return lloyd_results_predict_parts (saving->path, parts, frame, recipe,
                                      lloyd_run_get_engine (run)->backend, &saving->wishes, notes,
                                      &save, &predicted, error);
}

/* ---- the job ------------------------------------------------------------------------------- */

static gboolean
run_save (LloydSession *self, LloydJob *job, GError **error)
{
  g_return_val_if_fail (job->number < self->n_runs, FALSE);
  const LloydSaving *saving = job->data;
  LloydRun *run = self->runs[job->number];
  const char *open = job->dataset->path;
  if (open != NULL && lloyd_files_is_same (saving->path, open))
    {
      g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
                   _ ("%s: is the file that is open, whose place the results would take"),
                   saving->path);
      return FALSE;
    }
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
