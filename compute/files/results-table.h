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

/* The same for labels that no run holds, without notes. */
LloydTable *lloyd_results_make_labels_table (const LloydPoints *points,
                                             const LloydTable *input,
                                             const char *id_column,
                                             const char *geometry,
                                             const gint32 *labels,
                                             GError **error);

/* SHA-256, in hexadecimal, of labels (little-endian int32) and of a run's centroids (float32).
 * `labels` may be changed. Yours. */
char *lloyd_results_hash_labels (gint32 *labels, size_t n);
char *lloyd_results_hash_centroids (const LloydRun *run);
