/* Results of inputs that come in parts, written part by part. */
#pragma once

#include "compute/data/frame.h"
#include "compute/files/format.h"
#include "compute/files/results-table.h"

/* As lloyd_results_save(), with the input's columns from `parts`, which begins anew; twice where
 * the format's head says something of all rows, as which geometries there are. */
gboolean lloyd_results_save_parts (const char *path,
                                   LloydRun *run,
                                   LloydParts *parts,
                                   const LloydResultWishes *wishes,
                                   const LloydSaveOptions *save,
                                   GError **error);

/* Rows that were labelled, that had a value missing, and that had no direction. */
typedef struct
{
  size_t n_labelled;
  size_t n_dropped;
  size_t n_without;
} LloydPredicted;

/* Fills in the rows of `points`, which are all of the input or a part of it, with the nearest of
 * the recipe's centroids; what is wished of them has room in `rows`. Adds to `predicted`. Fails as
 * lloyd_predict() or, with `is_part`, as lloyd_predict_some(). */
gboolean lloyd_results_predict_rows (LloydPoints *points,
                                     const LloydRecipe *recipe,
                                     const LloydBackend *backend,
                                     gboolean is_part,
                                     const LloydResultRows *rows,
                                     LloydPredicted *predicted,
                                     GCancellable *cancellable,
                                     GError **error);

/* Labels the rows of an input in parts with the nearest of the recipe's centroids, in `frame`, into
 * `rows`, which has room for all of them. Fails as lloyd_predict(), or as the parts do. */
gboolean lloyd_results_label_parts (LloydParts *parts,
                                    const LloydFrame *frame,
                                    const LloydRecipe *recipe,
                                    const LloydBackend *backend,
                                    LloydResultRows *rows,
                                    LloydPredicted *predicted,
                                    GCancellable *cancellable,
                                    GError **error);

/* The same, but writes them, with what is wished and the notes of a table, which may be NULL, to
 * `path` as they come; see lloyd_results_save_parts(). */
gboolean lloyd_results_predict_parts (const char *path,
                                      LloydParts *parts,
                                      const LloydFrame *frame,
                                      const LloydRecipe *recipe,
                                      const LloydBackend *backend,
                                      const LloydResultWishes *wishes,
                                      const LloydTable *notes,
                                      const LloydSaveOptions *save,
                                      LloydPredicted *predicted,
                                      GError **error);
