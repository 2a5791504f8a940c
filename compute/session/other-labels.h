/* The labels of another file, held against the clusters of a session. Immutable, shared by
 * reference. */
#pragma once

#include "compute/data/classes.h"
#include "compute/session/dataset.h"
#include "compute/session/looks.h"

typedef struct
{
  /* The file, and its name for people. */
  char *path;
  char *title;
  /* The columns that may hold labels, NULL-terminated, and the one they are of. */
  char **columns;
  char *column;
  /* For each row of the input; LLOYD_NO_CLASS also for those that the file does not have. */
  LloydClasses *classes;
  /* Whether rows were found by their names, not by their order; and how many were. */
  gboolean is_by_name;
  size_t n_found;
} LloydOtherLabels;

/* Reads a table and finds the rows of the dataset in it, beside the session's worker: by the names
 * of the rows where both have them, by the rows' numbers in a result of Lloyd, by order where there
 * are as many. `column` NULL: the likeliest one, which is called cluster_id, cluster, labels or
 * label, or else repeats its values. -1 is no label in cluster_id, cluster and an array.
 *
 * Ends in _finish: yours; NULL with LLOYD_ERROR_FILE or LLOYD_ERROR_DATA (no table, no labels, too
 * many of them, other rows), LLOYD_ERROR_SEVERAL, LLOYD_ERROR_MEMORY or G_IO_ERROR_CANCELLED. Main
 * thread. */
void lloyd_other_labels_load_async (const char *path,
                                    const char *column,
                                    const LloydDataset *dataset,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data);
LloydOtherLabels *lloyd_other_labels_load_finish (GAsyncResult *result, GError **error);

LloydOtherLabels *lloyd_other_labels_ref (LloydOtherLabels *self);
void lloyd_other_labels_unref (LloydOtherLabels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LloydOtherLabels, lloyd_other_labels_unref)

/* How the clusters of a side agree with them: a look, see looks.h. The classes stand in the order
 * of the clusters that they share most rows with. Ends in lloyd_session_agree_finish(). */
void lloyd_session_agree_with_async (LloydSession *self,
                                     guint side,
                                     LloydOtherLabels *labels,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer data);
