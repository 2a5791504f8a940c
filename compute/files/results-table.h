/* A run's result as a table: one row for each row of the input. */
#pragma once

#include "compute/kmeans/run.h"

/* What a result has beside id, cluster_id and, where the input has one, the geometry. */
typedef struct
{
  /* Values of the features, as the input has them. */
  gboolean features;
  /* See lloyd_run_read_distances(): columns distance and ambiguity. */
  gboolean distance;
  gboolean ambiguity;
  /* Every column of the input. */
  gboolean keep_columns;
  /* The path of the input as the user gave it; NULL: the points know it. */
  const char *input_path;
} LloydResultWishes;

/* The table, with notes (lloyd.recipe, lloyd.input_sha256, ...) that say how to make it again.
 * `input` is what the points were made from, with the columns that are wanted; NULL: then the ids
 * are the points'. NULL with LLOYD_ERROR_DATA, _MEMORY or _DEVICE. */
LloydTable *lloyd_results_make_table (LloydRun *run,
                                      const LloydTable *input,
                                      const LloydResultWishes *wishes,
                                      GCancellable *cancellable,
                                      GError **error);

/* What a run says of each row of its input: labels, and what is wished of the others, else NULL. */
typedef struct
{
  gint32 *labels;
  double *distances;
  double *ambiguities;
} LloydResultRows;

/* Room for n rows, with all labels 0; `wishes` may be NULL. NULL with LLOYD_ERROR_MEMORY. */
LloydResultRows *lloyd_result_rows_new (size_t n, const LloydResultWishes *wishes, GError **error);
/* NULL with an error as above. */
LloydResultRows *lloyd_result_rows_read (LloydRun *run,
                                         const LloydResultWishes *wishes,
                                         GCancellable *cancellable,
                                         GError **error);
void lloyd_result_rows_free (LloydResultRows *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydResultRows, lloyd_result_rows_free)

/* The table of input rows [first, first + n), which `input` has, as rows 0 to n - 1; without notes.
 * It is of no use after `rows` and `input`. */
LloydTable *lloyd_results_make_part (LloydRun *run,
                                     const LloydResultRows *rows,
                                     const LloydTable *input,
                                     const LloydResultWishes *wishes,
                                     size_t first,
                                     size_t n,
                                     GError **error);

/* Adds the notes, which are of the whole result, to a table. */
void lloyd_results_add_notes (LloydTable *table,
                              LloydRun *run,
                              const LloydResultRows *rows,
                              const char *input_path);

/* The same for a result that has more than the run's rows, which are a sample; `rows` are theirs.
 */
void
lloyd_results_add_notes_of_sample (LloydTable *table, LloydRun *run, const LloydResultRows *rows);

/* Those that need no run: an input, whose features have these names and whose points this hash,
 * and what was to be done with it. */
void lloyd_results_add_notes_of_recipe (LloydTable *table,
                                        const LloydRecipe *recipe,
                                        const char *path,
                                        char **names,
                                        const char *input_sha256);

/* The note "lloyd.labelled" of a result in which not a run labelled the rows. */
#define LLOYD_LABELLED_BY_SAMPLE "by the centroids of a run on a sample"
#define LLOYD_LABELLED_BY_MODEL "by the centroids of a file"

/* Gives a table the notes of another; NULL has none. */
void lloyd_results_copy_notes (LloydTable *table, const LloydTable *notes);

/* What the notes say of where a run stands: how many steps have assigned the points, the objective
 * of the last of them (yours), and why it ended there (NULL: it did not). */
guint lloyd_results_count_steps (const LloydRun *run);
char *lloyd_results_dup_objective (const LloydRun *run);
const char *lloyd_results_get_stopped (const LloydRun *run);

/* Labels that no run holds, of n rows from `first` on. */
typedef struct
{
  const char *path;
  /* What else is wished of the table: `features` of these names, and `keep_columns`; NULL: nothing.
   */
  const LloydResultWishes *wishes;
  const char *const *features;
  /* Those of the points, and a table of these rows; each may be NULL. */
  const LloydTable *ids;
  const LloydTable *input;
  /* Columns of the table, or NULL. */
  const char *id_column;
  const char *geometry;
  const gint32 *labels;
  /* Each may be NULL. */
  const double *distances;
  const double *ambiguities;
  size_t first;
  size_t n;
} LloydResultPart;

/* Their table: id, cluster_id, geometry, distances and what is wished. It is of no use after what
 * `part` points to. NULL with LLOYD_ERROR_MEMORY. */
LloydTable *lloyd_results_make_labels (const LloydResultPart *part, GError **error);

/* SHA-256, in hexadecimal, of labels (little-endian int32) and of a run's centroids (float32).
 * `labels` may be changed. Yours. */
char *lloyd_results_hash_labels (gint32 *labels, size_t n);
char *lloyd_results_hash_centroids (const LloydRun *run);
