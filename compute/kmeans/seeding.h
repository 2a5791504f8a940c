/* Seeding: the first centroids. */
#pragma once

#include "compute/backends/backend.h"
#include "compute/kmeans/recipe.h"
#include "compute/kmeans/seed-trace.h"

/* Fills `centroids` (k x d, the engine's frame) as the recipe says. `options` are those the engine
 * was opened with. `rows` (k stored rows) tells which row each centroid is; it is left alone for
 * centroids from a file, and `*has_rows` says so. A row of weight 0 is taken only where it is
 * listed. `trace`, new or NULL, is told how each row was taken. `remark` is set, to a text that is
 * yours, where there was something to say. Fails with LLOYD_ERROR_DATA where the recipe does not
 * fit the points. */
gboolean lloyd_seed (LloydEngine *engine,
                     const LloydEngineOptions *options,
                     const LloydRecipe *recipe,
                     float *centroids,
                     size_t *rows,
                     gboolean *has_rows,
                     LloydSeedTrace *trace,
                     char **remark,
                     GCancellable *cancellable,
                     GError **error);

/* The centroid that a stored row makes: its value, or its direction. `centroid` has d values. */
void lloyd_seed_from_row (const LloydEngine *engine, size_t row, float *centroid);

/* The stored row that k-means++ and its kin start from: each with the same chance, or where rows
 * have weights the first at which the running sum of the integers floor (w 2^t), t such that
 * n max (w) 2^t < 2^62, exceeds the high 64 bits of a random word times their total. */
size_t lloyd_seed_first_row (const LloydEngine *engine, guint64 seed);

/* The lowest stored row at or after `row` that counts and is not a key of `taken` (one more than
 * the row's number); there must be one. */
size_t lloyd_seed_next_unused (const LloydEngine *engine, GHashTable *taken, size_t row);

/* Centroids as a person reads them and files hold them: in the data's own unit (Euclidean), or the
 * unit vectors themselves (angular). Both are k x d. */
void lloyd_centroids_to_data (
    const LloydPoints *points, LloydMetric metric, const float *centroids, guint k, double *out);
gboolean lloyd_centroids_from_data (const LloydPoints *points,
                                    LloydMetric metric,
                                    const double *values,
                                    guint k,
                                    float *out,
                                    GError **error);
