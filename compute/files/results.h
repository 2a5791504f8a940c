/* What a run leaves behind: labels, centroids, trace. Files are whole or absent. */
#pragma once

#include "compute/files/format.h"
#include "compute/files/results-table.h"
#include "compute/kmeans/run.h"

/* The format that labels go to in a file of this name; NULL with LLOYD_ERROR_WRITE where none does.
 */
const LloydFormat *lloyd_results_find_writer (const char *path, GError **error);

/* Whether the points can be the pixels of a picture; else LLOYD_ERROR_DATA. */
gboolean lloyd_results_check_picture (const LloydPoints *points, GError **error);

/* The picture that the run's points are the pixels of, each in the colour of its cluster's
 * centroid, as PNG. FALSE with an error, also where red, green and blue are not among the features.
 */
gboolean lloyd_results_save_picture (const char *path, LloydRun *run, GError **error);

/* A row for every row of the input, with columns id, cluster_id (-1 where it was dropped), geometry
 * where there is one, and what else is wished; .npy: labels alone. See results-table.h. */
gboolean lloyd_results_save (const char *path,
                             LloydRun *run,
                             const LloydTable *input,
                             const LloydResultWishes *wishes,
                             const LloydSaveOptions *save,
                             GError **error);

/* The same with nothing wished and no input: columns id and cluster_id. */
gboolean lloyd_results_save_labels (const char *path, LloydRun *run, GError **error);

/* Columns cluster, size, weight, then the features, in the data's own unit. */
gboolean lloyd_results_save_centroids (const char *path, LloydRun *run, GError **error);

/* The recipe's own centroids (init_centroids, of points with these features) as a centroid file
 * that `init file:PATH` reads back to the bit. */
gboolean lloyd_results_save_start (const char *path,
                                   const LloydRecipe *recipe,
                                   const LloydPoints *points,
                                   GError **error);

/* Columns step, objective, objective_after_update, moved, empty, assign_ms, update_ms, wall_ms. */
gboolean lloyd_results_save_trace (const char *path, LloydRun *run, GError **error);

/* As lloyd_results_save() for labels, and distances where they are not NULL, that no run holds: one
 * for each row of the input, which may be NULL; with the notes of a table, which may be NULL. */
gboolean lloyd_results_save_rows (const char *path,
                                  const LloydPoints *points,
                                  const LloydTable *input,
                                  const LloydRecipe *recipe,
                                  const LloydResultRows *rows,
                                  const LloydResultWishes *wishes,
                                  const LloydTable *notes,
                                  const LloydSaveOptions *save,
                                  GError **error);

/* Names of the features of a centroid file: its columns of numbers, without cluster, size and
 * weight where it begins with these. NULL-terminated, yours; NULL with an error where the file is
 * none. */
char **lloyd_results_load_features (const char *path, GError **error);

/* Reads the recipe's centroid file (init file:PATH) into the recipe: columns named as the features,
 * or else as many columns of numbers as there are features. k = 0 in the recipe becomes the number
 * of its rows. */
gboolean lloyd_results_load_start (LloydRecipe *recipe, const LloydPoints *points, GError **error);
/* The same for d features of these names. */
gboolean lloyd_results_load_centroids (LloydRecipe *recipe, char **names, guint d, GError **error);
