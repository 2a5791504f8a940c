#include "compute/files/results-parts.h"

#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "compute/files/npy.h"
#include "compute/files/results.h"
#include "compute/kmeans/predict.h"
#include "compute/words.h"

/* Rows written at once where nothing of the input is. */
#define ROWS_AT_ONCE ((size_t) 1 << 20)

/* Where tables of the result go, one after another: in one pass, or in two of the same where the
 * writer wants to see all of them first. */
typedef struct
{
  const char *path;
  const LloydFormat *format;
  LloydWriteOptions options;
  /* Opened for the first table. */
  LloydTableWriter *writer;
  gboolean is_survey;
} Target;

/* FALSE with an error as lloyd_results_find_writer(). */
static gboolean
open_target (Target *self, const char *path, const LloydSaveOptions *save, GError **error)
{
  *self = (Target){ .path = path,
                    .format = lloyd_results_find_writer (path, error),
                    .options = { .is_in_parts = TRUE, .save = save } };
  return self->format != NULL;
}

static gboolean
take (Target *self, const LloydTable *table, GError **error)
{
  if (self->writer == NULL)
    {
      self->writer = self->format->open_writer (self->path, table, &self->options, error);
      if (self->writer == NULL)
        return FALSE;
      self->is_survey = self->writer->wants_survey;
    }
  return self->is_survey ? lloyd_table_writer_survey (self->writer, table, error)
                         : lloyd_table_writer_append (self->writer, table, error);
}

/* What became of it: the file is there where all `is_done`. */
static gboolean
close_target (Target *self, gboolean is_done, GError **error)
{
  if (is_done)
    return lloyd_table_writer_finish (g_steal_pointer (&self->writer), error);
  g_clear_pointer (&self->writer, lloyd_table_writer_abandon);
  return FALSE;
}

/* ---- results of a run ---------------------------------------------------------------------- */

typedef struct
{
  Target target;
  LloydRun *run;
  LloydResultRows *rows;
  const LloydResultWishes *wishes;
  /* Rows written so far. */
  size_t n;
} Saving;

static gboolean
append_rows (Saving *self, const LloydTable *input, size_t n, GError **error)
{
  g_autoptr (LloydTable) table =
      lloyd_results_make_part (self->run, self->rows, input, self->wishes, self->n, n, error);
  if (table == NULL)
    return FALSE;
  if (self->target.writer == NULL)
    lloyd_results_add_notes (table, self->run, self->rows, self->wishes->input_path);
  self->n += n;
  return take (&self->target, table, error);
}

/* Whether rows of the result have anything of the input's. */
static gboolean
needs_input (const Saving *self, const LloydTable *input)
{
  return self->wishes->features || self->wishes->keep_columns ||
         lloyd_run_get_recipe (self->run)->id_column != NULL ||
         lloyd_table_find_geometry (input) != NULL;
}

static gboolean
fail_changed (const char *path, GError **error)
{
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, _ ("%s: the file changed while it was read"),
               path);
  return FALSE;
}

/* All rows, once. */
static gboolean
take_parts (Saving *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  size_t n = lloyd_run_get_points (self->run)->n_input;
  self->n = 0;
  if (!lloyd_parts_rewind (parts, error))
    return FALSE;
  while (self->n < n)
    {
      g_autoptr (LloydTable) input = NULL;
      if (!lloyd_parts_next (parts, &input, cancellable, error))
        return FALSE;
      size_t n_rows = input != NULL ? lloyd_table_get_n_rows (input) : 0;
      if (n_rows == 0 || n_rows > n - self->n)
        return fail_changed (parts->path, error);
      if (!needs_input (self, input))
        break;
      if (!append_rows (self, input, n_rows, error))
        return FALSE;
    }
  while (self->n < n)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
        !append_rows (self, NULL, MIN (ROWS_AT_ONCE, n - self->n), error))
      return FALSE;
  /* Says so where the file has changed. */
  return lloyd_parts_rewind (parts, error);
}

static gboolean
save_parts (Saving *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  gboolean is_done = take_parts (self, parts, cancellable, error);
  if (is_done && self->target.is_survey)
    {
      self->target.is_survey = FALSE;
      is_done = take_parts (self, parts, cancellable, error);
    }
  return close_target (&self->target, is_done, error);
}

gboolean
lloyd_results_save_parts (const char *path,
                          LloydRun *run,
                          LloydParts *parts,
                          const LloydResultWishes *wishes,
                          const LloydSaveOptions *save,
                          GError **error)
{
  Saving saving = { .run = run, .wishes = wishes };
  if (!open_target (&saving.target, path, save, error))
    return FALSE;
  g_autoptr (LloydResultRows) rows = lloyd_result_rows_read (run, wishes, save->cancellable, error);
  if (rows == NULL)
    return FALSE;
  size_t n = saving.target.options.n_rows = lloyd_run_get_points (run)->n_input;
  if (saving.target.format == &lloyd_format_npy)
    return lloyd_npy_save_labels (path, rows->labels, n, error);
  saving.rows = rows;
  return save_parts (&saving, parts, save->cancellable, error);
}

/* ---- prediction ---------------------------------------------------------------------------- */

static gboolean
keep_rows (const LloydPredictedRows *rows, gpointer data, GError **error)
{
  const LloydResultRows *all = data;
  (void) error;
  memcpy (all->labels + rows->first, rows->labels, sizeof (gint32) * rows->count);
  if (all->distances != NULL)
    memcpy (all->distances + rows->first, rows->distances, sizeof (double) * rows->count);
  if (all->ambiguities != NULL)
    memcpy (all->ambiguities + rows->first, rows->ambiguities, sizeof (double) * rows->count);
  return TRUE;
}

/* As of rows that belong to nobody. */
static void
clear_rows (const LloydResultRows *rows, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      rows->labels[i] = -1;
      if (rows->distances != NULL)
        rows->distances[i] = NAN;
      if (rows->ambiguities != NULL)
        rows->ambiguities[i] = NAN;
    }
}

gboolean
lloyd_results_predict_rows (LloydPoints *points,
                            const LloydRecipe *recipe,
                            const LloydBackend *backend,
                            gboolean is_part,
                            const LloydResultRows *rows,
                            LloydPredicted *predicted,
                            GCancellable *cancellable,
                            GError **error)
{
  LloydPredictOptions options = {
    .backend = backend,
    .engine = { .metric = recipe->metric,
                .device = recipe->device,
                .n_threads = recipe->n_threads },
    .centroids = recipe->init_centroids,
    .k = recipe->k,
    .has_distances = rows->distances != NULL || rows->ambiguities != NULL,
  };
  gboolean (*predict) (LloydPoints *, const LloydPredictOptions *, LloydPredictedSink, gpointer,
                       size_t *, GCancellable *, GError **) =
      is_part ? lloyd_predict_some : lloyd_predict;
  size_t n_without = 0;
  clear_rows (rows, points->n_input);
  predicted->n_dropped += points->n_input - points->n;
  if (points->n > 0 &&
      !predict (points, &options, keep_rows, (gpointer) rows, &n_without, cancellable, error))
    return FALSE;
  predicted->n_without += n_without;
  predicted->n_labelled += points->n - n_without;
  return TRUE;
}

typedef struct
{
  Target target;
  const LloydFrame *frame;
  const LloydRecipe *recipe;
  const LloydBackend *backend;
  const LloydResultWishes *wishes;
  const LloydTable *notes;
  LloydPredicted *predicted;
  /* Of all rows, where no file is written as they come; else NULL. */
  LloydResultRows *all;
  size_t n;
} Predicting;

/* Those from a row on; borrowed. */
static LloydResultRows
rows_from (const LloydResultRows *rows, size_t first)
{
  return (LloydResultRows){
    .labels = rows->labels + first,
    .distances = rows->distances != NULL ? rows->distances + first : NULL,
    .ambiguities = rows->ambiguities != NULL ? rows->ambiguities + first : NULL,
  };
}

static gboolean
label_part (Predicting *self,
            LloydTable *table,
            const LloydResultRows *rows,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (LloydPoints) points = lloyd_frame_make_part (self->frame, table, cancellable, error);
  return points != NULL && lloyd_results_predict_rows (points, self->recipe, self->backend, TRUE,
                                                       rows, self->predicted, cancellable, error);
}

static gboolean
predict_part (Predicting *self, LloydTable *table, GCancellable *cancellable, GError **error)
{
  size_t n = lloyd_table_get_n_rows (table);
  if (n > self->frame->n_input - self->n)
    return fail_changed (self->frame->path, error);
  self->n += n;
  if (self->all != NULL)
    {
      const LloydResultRows here = rows_from (self->all, self->n - n);
      return label_part (self, table, &here, cancellable, error);
    }

  g_autoptr (LloydResultRows) rows = lloyd_result_rows_new (n, self->wishes, error);
  if (rows == NULL)
    return FALSE;
  if (self->target.is_survey)
    clear_rows (rows, n);
  else if (!label_part (self, table, rows, cancellable, error))
    return FALSE;
  LloydResultPart part = { .path = self->frame->path,
                           .wishes = self->wishes,
                           .features = (const char *const *) self->frame->names,
                           .input = table,
                           .id_column = self->recipe->id_column,
                           .geometry = self->recipe->geometry,
                           .labels = rows->labels,
                           .distances = rows->distances,
                           .ambiguities = rows->ambiguities,
                           .first = self->n - n,
                           .n = n };
  g_autoptr (LloydTable) result = lloyd_results_make_labels (&part, error);
  if (result != NULL && self->target.writer == NULL)
    lloyd_results_copy_notes (result, self->notes);
  return result != NULL && take (&self->target, result, error);
}

static gboolean
predict_parts (Predicting *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  self->n = 0;
  *self->predicted = (LloydPredicted){ 0 };
  if (!lloyd_parts_rewind (parts, error))
    return FALSE;
  for (;;)
    {
      g_autoptr (LloydTable) table = NULL;
      if (!lloyd_parts_next (parts, &table, cancellable, error))
        return FALSE;
      if (table == NULL)
        break;
      if (!predict_part (self, table, cancellable, error))
        return FALSE;
    }
  if (self->n != self->frame->n_input)
    return fail_changed (self->frame->path, error);
  if (self->predicted->n_labelled > 0 || self->target.is_survey)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA,
               _ ("%s: every row is zero: none has a direction"), self->frame->path);
  return FALSE;
}

static gboolean
predict_and_save (Predicting *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  gboolean is_done = predict_parts (self, parts, cancellable, error);
  if (is_done && self->target.is_survey)
    {
      self->target.is_survey = FALSE;
      is_done = predict_parts (self, parts, cancellable, error);
    }
  if (is_done && self->all != NULL)
    return lloyd_npy_save_labels (self->target.path, self->all->labels, self->frame->n_input,
                                  error);
  return close_target (&self->target, is_done, error);
}

gboolean
lloyd_results_label_parts (LloydParts *parts,
                           const LloydFrame *frame,
                           const LloydRecipe *recipe,
                           const LloydBackend *backend,
                           LloydResultRows *rows,
                           LloydPredicted *predicted,
                           GCancellable *cancellable,
                           GError **error)
{
  Predicting self = {
    .frame = frame, .recipe = recipe, .backend = backend, .predicted = predicted, .all = rows
  };
  return predict_parts (&self, parts, cancellable, error);
}

gboolean
lloyd_results_predict_parts (const char *path,
                             LloydParts *parts,
                             const LloydFrame *frame,
                             const LloydRecipe *recipe,
                             const LloydBackend *backend,
                             const LloydResultWishes *wishes,
                             const LloydTable *notes,
                             const LloydSaveOptions *save,
                             LloydPredicted *predicted,
                             GError **error)
{
  Predicting self = {
    .frame = frame,
    .recipe = recipe,
    .backend = backend,
    .wishes = wishes,
    .notes = notes,
    .predicted = predicted,
  };
  if (!open_target (&self.target, path, save, error))
    return FALSE;
  self.target.options.n_rows = frame->n_input;
  if (self.target.format == &lloyd_format_npy &&
      (self.all = lloyd_result_rows_new (frame->n_input, NULL, error)) == NULL)
    return FALSE;
  gboolean is_done = predict_and_save (&self, parts, save->cancellable, error);
  g_clear_pointer (&self.all, lloyd_result_rows_free);
  return is_done;
}
