#include "compute/files/results-parts.h"

#include <string.h>

#include "compute/error.h"
#include "compute/files/npy.h"
#include "compute/files/results.h"
#include "compute/kmeans/predict.h"
#include "compute/memory.h"

/* Rows written at once where nothing of the input is. */
#define ROWS_AT_ONCE ((size_t) 1 << 20)

/* Appends a table, by a writer that is opened for the first one. */
static gboolean
append (LloydTableWriter **writer,
        const char *path,
        const LloydFormat *format,
        const LloydTable *table,
        GError **error)
{
  LloydWriteOptions options = { .is_in_parts = TRUE };
  if (*writer == NULL)
    *writer = format->open_writer (path, table, &options, error);
  return *writer != NULL && lloyd_table_writer_append (*writer, table, error);
}

gboolean
lloyd_results_check_parts (const char *path, GError **error)
{
  const LloydFormat *format = lloyd_results_find_writer (path, error);
  if (format == NULL || format == &lloyd_format_npy || format->open_writer != NULL)
    return format != NULL;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_WRITE,
               "%s: what an input that is read in parts gives can be written to .csv, .tsv, .npy "
               "and .parquet, which lloyd-cli convert then turns into others",
               path);
  return FALSE;
}

/* ---- results of a run ---------------------------------------------------------------------- */

typedef struct
{
  const char *path;
  const LloydFormat *format;
  LloydRun *run;
  LloydResultRows *rows;
  const LloydResultWishes *wishes;
  LloydTableWriter *writer;
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
  if (self->n == 0)
    lloyd_results_add_notes (table, self->run, self->rows, self->wishes->input_path);
  self->n += n;
  return append (&self->writer, self->path, self->format, table, error);
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
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: the file changed while it was read",
               path);
  return FALSE;
}

static gboolean
append_parts (Saving *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
  size_t n = lloyd_run_get_points (self->run)->n_input;
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

gboolean
lloyd_results_save_parts (const char *path,
                          LloydRun *run,
                          LloydParts *parts,
                          const LloydResultWishes *wishes,
                          GCancellable *cancellable,
                          GError **error)
{
  const LloydFormat *format = lloyd_results_find_writer (path, error);
  if (format == NULL || !lloyd_results_check_parts (path, error))
    return FALSE;
  g_autoptr (LloydResultRows) rows = lloyd_result_rows_read (run, wishes, cancellable, error);
  if (rows == NULL)
    return FALSE;
  if (format == &lloyd_format_npy)
    return lloyd_npy_save_labels (path, rows->labels, lloyd_run_get_points (run)->n_input, error);
  Saving saving = { .path = path, .format = format, .run = run, .rows = rows, .wishes = wishes };
  if (append_parts (&saving, parts, cancellable, error))
    return lloyd_table_writer_finish (saving.writer, error);
  if (saving.writer != NULL)
    lloyd_table_writer_abandon (saving.writer);
  return FALSE;
}

/* ---- prediction ---------------------------------------------------------------------------- */

typedef struct
{
  const char *path;
  const LloydFormat *format;
  const LloydFrame *frame;
  const LloydRecipe *recipe;
  const LloydBackend *backend;
  LloydEngineOptions options;
  LloydPredicted *predicted;
  LloydTableWriter *writer;
  /* Of all rows, where the file has nothing else; else NULL. */
  gint32 *all;
  size_t n;
} Predicting;

static gboolean
keep_labels (size_t first, size_t count, const gint32 *labels, gpointer data, GError **error)
{
  (void) error;
  memcpy ((gint32 *) data + first, labels, sizeof (gint32) * count);
  return TRUE;
}

/* Labels the rows of a part; -1 where they cannot be. */
static gboolean
label_part (
    Predicting *self, LloydTable *table, gint32 *labels, GCancellable *cancellable, GError **error)
{
  size_t n = lloyd_table_get_n_rows (table), n_without = 0;
  g_autoptr (LloydPoints) points = lloyd_frame_make_part (self->frame, table, cancellable, error);
  if (points == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    labels[i] = -1;
  self->predicted->n_dropped += n - points->n;
  if (points->n > 0 &&
      !lloyd_predict_some (points, self->backend, &self->options, self->recipe->init_centroids,
                           self->recipe->k, keep_labels, labels, &n_without, cancellable, error))
    return FALSE;
  self->predicted->n_without += n_without;
  self->predicted->n_labelled += points->n - n_without;
  return TRUE;
}

static gboolean
predict_part (Predicting *self, LloydTable *table, GCancellable *cancellable, GError **error)
{
  size_t n = lloyd_table_get_n_rows (table);
  if (n > self->frame->n_input - self->n)
    return fail_changed (self->frame->path, error);
  self->n += n;
  if (self->all != NULL)
    return label_part (self, table, self->all + self->n - n, cancellable, error);

  g_autofree gint32 *labels = g_new (gint32, n);
  if (!label_part (self, table, labels, cancellable, error))
    return FALSE;
  LloydResultPart part = { .path = self->frame->path,
                           .input = table,
                           .id_column = self->recipe->id_column,
                           .geometry = self->recipe->geometry,
                           .labels = labels,
                           .first = self->n - n,
                           .n = n };
  g_autoptr (LloydTable) result = lloyd_results_make_labels (&part, error);
  return result != NULL && append (&self->writer, self->path, self->format, result, error);
}

static gboolean
predict_parts (Predicting *self, LloydParts *parts, GCancellable *cancellable, GError **error)
{
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
  if (self->predicted->n_labelled > 0)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_DATA, "%s: every row is zero: none has a direction",
               self->frame->path);
  return FALSE;
}

gboolean
lloyd_results_predict_parts (const char *path,
                             LloydParts *parts,
                             const LloydFrame *frame,
                             const LloydRecipe *recipe,
                             const LloydBackend *backend,
                             LloydPredicted *predicted,
                             GCancellable *cancellable,
                             GError **error)
{
  Predicting self = {
    .path = path,
    .format = lloyd_results_find_writer (path, error),
    .frame = frame,
    .recipe = recipe,
    .backend = backend,
    .options = { .metric = recipe->metric,
                 .device = recipe->device,
                 .n_threads = recipe->n_threads },
    .predicted = predicted,
  };
  if (self.format == NULL || !lloyd_results_check_parts (path, error))
    return FALSE;
  *predicted = (LloydPredicted){ 0 };
  if (self.format == &lloyd_format_npy &&
      (self.all = lloyd_allocate_aligned (frame->n_input, sizeof (gint32), "the labels", error)) ==
          NULL)
    return FALSE;
  gboolean is_done = predict_parts (&self, parts, cancellable, error);
  if (is_done && self.all != NULL)
    is_done = lloyd_npy_save_labels (path, self.all, frame->n_input, error);
  else if (is_done)
    is_done = lloyd_table_writer_finish (g_steal_pointer (&self.writer), error);
  if (self.writer != NULL)
    lloyd_table_writer_abandon (self.writer);
  lloyd_free_aligned (self.all);
  return is_done;
}
