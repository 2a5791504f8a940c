/* Rows that are labelled by centroids of something else: all rows of a file by those of a run on a
 * sample of it, or the rows of any file by those of a centroid file; and what their result says of
 * how that was done. */
#pragma once

#include "compute/data/frame.h"
#include "compute/files/results-table.h"

/* What a run's recipe becomes where its centroids, which are in it, label others. Yours. */
LloydRecipe *lloyd_labelling_make_recipe (LloydRun *run);

/* The whole file that a recipe took a sample of, in parts, with every column, and coordinates as
 * `sample` has them. The recipe must live as long. NULL with an error. */
LloydParts *lloyd_labelling_open_whole (const char *path,
                                        const LloydRecipe *recipe,
                                        const LloydTable *sample,
                                        int nice,
                                        GCancellable *cancellable,
                                        GError **error);

/* Whether results in a file of this name, or in a database, say how they were made. */
gboolean lloyd_labelling_is_noted (const char *path);

/* SHA-256, in hexadecimal, of the centroids that a recipe holds: how many, how many values they
 * have together, and the values. Yours. */
char *lloyd_labelling_hash_model (const LloydRecipe *recipe);

/* The notes of a result that has all rows of `parts`, labelled by a run on a sample of them, as a
 * table without rows; one pass. NULL with an error. */
LloydTable *lloyd_labelling_note_run (
    LloydRun *run, LloydFrame *frame, LloydParts *parts, GCancellable *cancellable, GError **error);

/* The same where there was no run, and the recipe has the centroids of a file: of the input `path`,
 * whose features have these names, and whose points have this hash. Yours. */
LloydTable *lloyd_labelling_note_model (const LloydRecipe *recipe,
                                        const char *path,
                                        char **names,
                                        const char *input_sha256);
