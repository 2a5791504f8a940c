/* Results of inputs that come in parts, written part by part. */
#pragma once

#include "compute/data/frame.h"
#include "compute/files/format.h"
#include "compute/files/results-table.h"

/* Whether such results can go into a file of this name; else LLOYD_ERROR_WRITE. */
gboolean lloyd_results_check_parts (const char *path, GError **error);

/* As lloyd_results_save(), with the input's columns from `parts`, which begins anew. */
gboolean lloyd_results_save_parts (const char *path,
                                   LloydRun *run,
                                   LloydParts *parts,
                                   const LloydResultWishes *wishes,
                                   GCancellable *cancellable,
                                   GError **error);

/* Rows that were labelled, that had a value missing, and that had no direction. */
typedef struct
{
  size_t n_labelled;
  size_t n_dropped;
  size_t n_without;
} LloydPredicted;

/* Labels the rows of an input in parts with the nearest of the recipe's centroids, in `frame`, and
 * writes them to `path` as they come; see lloyd_predict(). */
gboolean lloyd_results_predict_parts (const char *path,
                                      LloydParts *parts,
                                      const LloydFrame *frame,
                                      const LloydRecipe *recipe,
                                      const LloydBackend *backend,
                                      LloydPredicted *predicted,
                                      GCancellable *cancellable,
                                      GError **error);
